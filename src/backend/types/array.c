/*
 * array.c - arrays: layout, building, taking apart, subscripts
 *
 * Invariants A1. an empty array has no dimensions.
 *            A2. the null bitmap exists only if an element is null (PostgreSQL permits more when reading).
 *            A3. what DatumGetArrayTypeP returns is aligned for int and has a 4-byte length word.
 * Errors     2202E for subscripts, 54000 for sizes
 */
#include "types_int.h"
#include "types/array.h"
#include "types/typeinfo.h"

ArrayType *
array_copy(Datum value)
{
    struct varlena *plain = PG_DETOAST_DATUM_PACKED(value);
    Size size = VARSIZE_ANY_EXHDR(plain) + VARHDRSZ;
    ArrayType *array = palloc(size);

    memcpy((char *) array + VARHDRSZ, VARDATA_ANY(plain), size - VARHDRSZ);
    SET_VARSIZE(array, size);
    return array;
}

ArrayType *
array_aligned(Datum value)
{
    struct varlena *plain = PG_DETOAST_DATUM_PACKED(value);

    if (!VARATT_IS_1B(plain) && ((uintptr_t) plain & (MAXIMUM_ALIGNOF - 1)) == 0)
        return (ArrayType *) plain;
    return array_copy(PointerGetDatum(plain));
}

/* ---- sizes ---- */

int
ArrayGetNItems(int ndim, const int *dims)
{
    int64 count = 1;

    if (ndim <= 0)
        return 0;
    for (int i = 0; i < ndim; i++)
    {
        if (dims[i] < 0)
            count = (int64) MaxArraySize + 1;
        else
            count *= dims[i];
        if (count > (int64) MaxArraySize)
            ereport(ERROR, (errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
                            errmsg("array size exceeds the maximum allowed (%d)",
                                   (int) MaxArraySize)));
    }
    return (int) count;
}

void
ArrayCheckBounds(int ndim, const int *dims, const int *lb)
{
    int sum;

    for (int i = 0; i < ndim; i++)
        if (__builtin_add_overflow(dims[i], lb[i], &sum))
            ereport(ERROR, (errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
                            errmsg("array lower bound is too large: %d", lb[i])));
}

int
ArrayGetOffset(int n, const int *dim, const int *lb, const int *indx)
{
    int scale = 1;
    int offset = 0;

    for (int i = n - 1; i >= 0; i--)
    {
        offset += (indx[i] - lb[i]) * scale;
        scale *= dim[i];
    }
    return offset;
}

static Size
array_align(Size offset, char align)
{
    switch (align)
    {
        case 'd':
            return (offset + 7) & ~(Size) 7;
        case 'i':
            return (offset + 3) & ~(Size) 3;
        case 's':
            return (offset + 1) & ~(Size) 1;
        default:
            return offset;
    }
}

static Size
array_element_size(Datum value, int16 typlen)
{
    if (typlen > 0)
        return typlen;
    if (typlen == -2)
        return strlen(DatumGetCString(value)) + 1;
    return VARSIZE_ANY(DatumGetPointer(value));
}

static void
array_store(char *place, Datum value, bool byval, int16 typlen)
{
    if (!byval)
        memcpy(place, DatumGetPointer(value), array_element_size(value, typlen));
    else if (typlen == 1)
        *place = DatumGetChar(value);
    else if (typlen == 2)
        memcpy(place, &(int16){DatumGetInt16(value)}, 2);
    else if (typlen == 4)
        memcpy(place, &(int32){DatumGetInt32(value)}, 4);
    else
        memcpy(place, &value, 8);
}

static Datum
array_fetch(const char *place, bool byval, int16 typlen)
{
    int16 i2;
    int32 i4;
    Datum d;

    if (!byval)
        return PointerGetDatum(place);
    switch (typlen)
    {
        case 1:
            return CharGetDatum(*place);
        case 2:
            memcpy(&i2, place, 2);
            return Int16GetDatum(i2);
        case 4:
            memcpy(&i4, place, 4);
            return Int32GetDatum(i4);
        default:
            memcpy(&d, place, 8);
            return d;
    }
}

/* ---- building ---- */

ArrayType *
construct_empty_array(Oid elmtype)
{
    ArrayType *array = palloc0(sizeof(ArrayType));

    SET_VARSIZE(array, sizeof(ArrayType));
    array->elemtype = elmtype;
    return array;
}

ArrayType *
construct_md_array(Datum *elems, bool *nulls, int ndims, int *dims, int *lbs, Oid elmtype,
                   int elmlen, bool elmbyval, char elmalign)
{
    int count = ArrayGetNItems(ndims, dims);
    bool has_null = false;
    Size size = 0;
    Size header;
    ArrayType *array;
    char *place;

    if (ndims < 0 || ndims > MAXDIM)
        ereport(ERROR, (errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
                        errmsg("number of array dimensions (%d) exceeds the maximum allowed (%d)",
                               ndims, MAXDIM)));
    ArrayCheckBounds(ndims, dims, lbs);
    if (count <= 0)
        return construct_empty_array(elmtype);
    for (int i = 0; i < count; i++)
    {
        if (nulls != NULL && nulls[i])
        {
            has_null = true;
            continue;
        }
        if (elmlen == -1)
            elems[i] = PointerGetDatum(PG_DETOAST_DATUM(elems[i]));
        size += array_element_size(elems[i], elmlen);
        size = array_align(size, elmalign);
    }
    header = has_null ? ARR_OVERHEAD_WITHNULLS(ndims, count) : ARR_OVERHEAD_NONULLS(ndims);
    if (!AllocSizeIsValid(header + size))
        ereport(ERROR, (errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
                        errmsg("array size exceeds the maximum allowed (%d)", (int) MaxAllocSize)));
    array = palloc0(header + size);
    SET_VARSIZE(array, header + size);
    array->ndim = ndims;
    array->dataoffset = has_null ? (int32) header : 0;
    array->elemtype = elmtype;
    memcpy(ARR_DIMS(array), dims, ndims * sizeof(int));
    memcpy(ARR_LBOUND(array), lbs, ndims * sizeof(int));
    place = ARR_DATA_PTR(array);
    for (int i = 0; i < count; i++)
    {
        if (nulls != NULL && nulls[i])
            continue;
        if (has_null)
            ARR_NULLBITMAP(array)[i / 8] |= (uint8) (1 << (i % 8));
        array_store(place, elems[i], elmbyval, (int16) elmlen);
        place += array_align(array_element_size(elems[i], (int16) elmlen), elmalign);
    }
    return array;
}

ArrayType *
construct_array(Datum *elems, int nelems, Oid elmtype, int elmlen, bool elmbyval, char elmalign)
{
    int lower = 1;

    return construct_md_array(elems, NULL, 1, &nelems, &lower, elmtype, elmlen, elmbyval, elmalign);
}

ArrayType *
array_construct_of(Oid elmtype, Datum *elems, bool *nulls, int nelems)
{
    const TypeOps *ops = types_ops(elmtype);
    int lower = 1;

    return construct_md_array(elems, nulls, 1, &nelems, &lower, elmtype, ops->typlen, ops->typbyval,
                              ops->typalign);
}

/* ---- taking apart ---- */

void
array_walk_begin(ArrayWalk *walk, ArrayType *array, int16 typlen, bool typbyval, char typalign)
{
    walk->data = ARR_DATA_PTR(array);
    walk->nulls = ARR_NULLBITMAP(array);
    walk->index = 0;
    walk->count = ArrayGetNItems(ARR_NDIM(array), ARR_DIMS(array));
    walk->typlen = typlen;
    walk->typbyval = typbyval;
    walk->typalign = typalign;
}

bool
array_walk_next(ArrayWalk *walk, Datum *ret_value, bool *ret_null)
{
    int i = walk->index;

    if (i >= walk->count)
        return false;
    walk->index++;
    *ret_null = walk->nulls != NULL && !(walk->nulls[i / 8] & (1 << (i % 8)));
    *ret_value = (Datum) 0;
    if (*ret_null)
        return true;
    *ret_value = array_fetch(walk->data, walk->typbyval, walk->typlen);
    walk->data += array_align(array_element_size(PointerGetDatum(walk->data), walk->typlen),
                              walk->typalign);
    return true;
}

void
deconstruct_array(ArrayType *array, Oid elmtype, int elmlen, bool elmbyval, char elmalign,
                  Datum **elemsp, bool **nullsp, int *nelemsp)
{
    ArrayWalk walk;
    Datum value;
    bool null;

    array_walk_begin(&walk, array, (int16) elmlen, elmbyval, elmalign);
    *elemsp = palloc((walk.count + 1) * sizeof(Datum));
    if (nullsp != NULL)
        *nullsp = palloc0((walk.count + 1) * sizeof(bool));
    while (array_walk_next(&walk, &value, &null))
    {
        (*elemsp)[walk.index - 1] = value;
        if (nullsp != NULL)
            (*nullsp)[walk.index - 1] = null;
        else if (null)
            ereport(ERROR, (errcode(ERRCODE_NULL_VALUE_NOT_ALLOWED),
                            errmsg("null array element not allowed in this context")));
    }
    *nelemsp = walk.count;
}

void
array_deconstruct(ArrayType *array, Datum **ret_elems, bool **ret_nulls, int *ret_count)
{
    const TypeOps *ops = types_ops(ARR_ELEMTYPE(array));

    deconstruct_array(array, ARR_ELEMTYPE(array), ops->typlen, ops->typbyval, ops->typalign,
                      ret_elems, ret_nulls, ret_count);
}

bool
array_contains_nulls(ArrayType *array)
{
    const uint8 *nulls = ARR_NULLBITMAP(array);
    int count = ArrayGetNItems(ARR_NDIM(array), ARR_DIMS(array));

    for (int i = 0; nulls != NULL && i < count; i++)
        if (!(nulls[i / 8] & (1 << (i % 8))))
            return true;
    return false;
}

int32 *
ArrayGetIntegerTypmods(ArrayType *array, int *ret_count)
{
    Datum *elements;
    int32 *result;

    if (ARR_ELEMTYPE(array) != 2275)
        ereport(ERROR, (errcode(ERRCODE_ARRAY_ELEMENT_ERROR),
                        errmsg("typmod array must be type cstring[]")));
    if (ARR_NDIM(array) != 1)
        ereport(ERROR, (errcode(ERRCODE_ARRAY_SUBSCRIPT_ERROR),
                        errmsg("typmod array must be one-dimensional")));
    deconstruct_array(array, 2275, -2, false, 'c', &elements, NULL, ret_count);
    result = palloc(*ret_count * sizeof(int32));
    for (int i = 0; i < *ret_count; i++)
        result[i] = pg_strtoint32(DatumGetCString(elements[i]));
    return result;
}

/* ---- gathering ---- */

ArrayBuildState *
initArrayResult(Oid element_type, MemoryContext rcontext, bool subcontext)
{
    const TypeOps *ops = types_ops(element_type);
    MemoryContext context = rcontext;
    ArrayBuildState *state;

    /* Deleted by makeArrayResult, or with the caller's context. */
    if (subcontext)
        context = AllocSetContextCreate(rcontext, "accumArrayResult", ALLOCSET_DEFAULT_SIZES);
    state = MemoryContextAllocZero(context, sizeof(*state));
    state->mcontext = context;
    state->private_cxt = subcontext;
    state->alen = subcontext ? 64 : 8;
    state->dvalues = MemoryContextAlloc(context, state->alen * sizeof(Datum));
    state->dnulls = MemoryContextAlloc(context, state->alen * sizeof(bool));
    state->element_type = element_type;
    state->typlen = ops->typlen;
    state->typbyval = ops->typbyval;
    state->typalign = ops->typalign;
    return state;
}

ArrayBuildState *
accumArrayResult(ArrayBuildState *astate, Datum dvalue, bool disnull, Oid element_type,
                 MemoryContext rcontext)
{
    MemoryContext old;

    if (astate == NULL)
        astate = initArrayResult(element_type, rcontext, true);
    old = MemoryContextSwitchTo(astate->mcontext);
    if (astate->nelems >= astate->alen)
    {
        astate->alen *= 2;
        astate->dvalues = repalloc(astate->dvalues, astate->alen * sizeof(Datum));
        astate->dnulls = repalloc(astate->dnulls, astate->alen * sizeof(bool));
    }
    if (!disnull && !astate->typbyval)
    {
        if (astate->typlen == -1)
            dvalue = PointerGetDatum(PG_DETOAST_DATUM_PACKED(dvalue));
        dvalue = types_copy_datum(dvalue, astate->typbyval, astate->typlen);
    }
    astate->dvalues[astate->nelems] = dvalue;
    astate->dnulls[astate->nelems] = disnull;
    astate->nelems++;
    MemoryContextSwitchTo(old);
    return astate;
}

Datum
makeMdArrayResult(ArrayBuildState *astate, int ndims, int *dims, int *lbs, MemoryContext rcontext,
                  bool release)
{
    MemoryContext old = MemoryContextSwitchTo(rcontext);
    ArrayType *array = construct_md_array(astate->dvalues, astate->dnulls, ndims, dims, lbs,
                                          astate->element_type, astate->typlen, astate->typbyval,
                                          astate->typalign);

    MemoryContextSwitchTo(old);
    if (release)
        MemoryContextDelete(astate->mcontext);
    return PointerGetDatum(array);
}

Datum
makeArrayResult(ArrayBuildState *astate, MemoryContext rcontext)
{
    int count = astate->nelems;
    int lower = 1;

    return makeMdArrayResult(astate, count > 0 ? 1 : 0, &count, &lower, rcontext,
                             astate->private_cxt);
}

/* ---- subscripts ---- */

pg_noreturn static void
array_throw_subscript(const char *message)
{
    ereport(ERROR, (errcode(ERRCODE_ARRAY_SUBSCRIPT_ERROR), errmsg("%s", message)));
    pg_unreachable();
}

/* A fixed-length type subscripted as an array (name, point): its elements lie side by side. */
static Datum
array_get_fixed(Datum value, int index, int size, int elmlen, bool elmbyval, bool *isNull)
{
    if (index < 0 || index >= size / elmlen)
    {
        *isNull = true;
        return (Datum) 0;
    }
    *isNull = false;
    return array_fetch(DatumGetPointer(value) + index * elmlen, elmbyval, (int16) elmlen);
}

Datum
array_get_element(Datum arraydatum, int nSubscripts, int *indx, int arraytyplen, int elmlen,
                  bool elmbyval, char elmalign, bool *isNull)
{
    ArrayType *array;
    ArrayWalk walk;
    Datum value = (Datum) 0;
    int offset;

    if (arraytyplen > 0)
        return array_get_fixed(arraydatum, indx[0], arraytyplen, elmlen, elmbyval, isNull);
    array = DatumGetArrayTypeP(arraydatum);
    *isNull = true;
    if (ARR_NDIM(array) != nSubscripts || ARR_NDIM(array) <= 0)
        return (Datum) 0;
    for (int i = 0; i < nSubscripts; i++)
        if (indx[i] < ARR_LBOUND(array)[i] ||
            (int64) indx[i] >= (int64) ARR_DIMS(array)[i] + ARR_LBOUND(array)[i])
            return (Datum) 0;
    offset = ArrayGetOffset(nSubscripts, ARR_DIMS(array), ARR_LBOUND(array), indx);
    if (elmlen > 0 && !ARR_HASNULL(array))
    {
        *isNull = false;
        return array_fetch(ARR_DATA_PTR(array) + offset * array_align(elmlen, elmalign), elmbyval,
                           (int16) elmlen);
    }
    array_walk_begin(&walk, array, (int16) elmlen, elmbyval, elmalign);
    for (int i = 0; i <= offset; i++)
        array_walk_next(&walk, &value, isNull);
    return value;
}

/* Elements of source's box [lower, upper] copied between two element lists by position. */
static void
array_copy_box(int ndim, const int *dims, const int *bounds, const int *lower, const int *upper,
               Datum *whole, bool *whole_nulls, Datum *part, bool *part_nulls, bool into_part)
{
    int index[MAXDIM];
    int position = 0;
    int i;

    memcpy(index, lower, ndim * sizeof(int));
    do
    {
        int offset = ArrayGetOffset(ndim, dims, bounds, index);

        if (into_part)
        {
            part[position] = whole[offset];
            part_nulls[position] = whole_nulls[offset];
        }
        else
        {
            whole[offset] = part[position];
            whole_nulls[offset] = part_nulls[position];
        }
        position++;
        for (i = ndim - 1; i >= 0; i--)
        {
            if (++index[i] <= upper[i])
                break;
            index[i] = lower[i];
        }
    } while (i >= 0);
}

Datum
array_get_slice(Datum arraydatum, int nSubscripts, int *upperIndx, int *lowerIndx,
                bool *upperProvided, bool *lowerProvided, int arraytyplen, int elmlen, bool elmbyval,
                char elmalign)
{
    ArrayType *array;
    Datum *elements;
    bool *nulls;
    Datum *part;
    bool *part_nulls;
    int lower[MAXDIM];
    int upper[MAXDIM];
    int spans[MAXDIM];
    int ones[MAXDIM];
    int count;

    if (arraytyplen > 0)
        ereport(ERROR, (errcode(ERRCODE_FEATURE_NOT_SUPPORTED),
                        errmsg("slices of fixed-length arrays not implemented")));
    array = DatumGetArrayTypeP(arraydatum);
    if (ARR_NDIM(array) < nSubscripts || ARR_NDIM(array) <= 0 || ARR_NDIM(array) > MAXDIM)
        return PointerGetDatum(construct_empty_array(ARR_ELEMTYPE(array)));
    for (int i = 0; i < ARR_NDIM(array); i++)
    {
        int first = ARR_LBOUND(array)[i];
        int last = first + ARR_DIMS(array)[i] - 1;

        lower[i] = i < nSubscripts && lowerProvided[i] ? Max(lowerIndx[i], first) : first;
        upper[i] = i < nSubscripts && upperProvided[i] ? Min(upperIndx[i], last) : last;
        if (lower[i] > upper[i])
            return PointerGetDatum(construct_empty_array(ARR_ELEMTYPE(array)));
        spans[i] = upper[i] - lower[i] + 1;
        ones[i] = 1;
    }
    deconstruct_array(array, ARR_ELEMTYPE(array), elmlen, elmbyval, elmalign, &elements, &nulls,
                      &count);
    count = ArrayGetNItems(ARR_NDIM(array), spans);
    part = palloc(count * sizeof(Datum));
    part_nulls = palloc(count * sizeof(bool));
    array_copy_box(ARR_NDIM(array), ARR_DIMS(array), ARR_LBOUND(array), lower, upper, elements,
                   nulls, part, part_nulls, true);
    return PointerGetDatum(construct_md_array(part, part_nulls, ARR_NDIM(array), spans, ones,
                                              ARR_ELEMTYPE(array), elmlen, elmbyval, elmalign));
}

static Datum
array_set_fixed(Datum arraydatum, int index, Datum value, bool isNull, int size, int elmlen,
                bool elmbyval)
{
    char *copy;

    if (index < 0 || index >= size / elmlen)
        array_throw_subscript("array subscript out of range");
    if (isNull)
        ereport(ERROR, (errcode(ERRCODE_NULL_VALUE_NOT_ALLOWED),
                        errmsg("cannot assign null value to an element of a fixed-length array")));
    copy = palloc(size);
    memcpy(copy, DatumGetPointer(arraydatum), size);
    array_store(copy + index * elmlen, value, elmbyval, (int16) elmlen);
    return PointerGetDatum(copy);
}

/* Makes a one-dimensional list reach from lower to upper, new places null. */
static void
array_extend(Datum **elements, bool **nulls, int *dim, int *bound, int lower, int upper)
{
    int before = Max(*bound - lower, 0);
    int64 total = (int64) Max(upper, *bound + *dim - 1) - Min(lower, *bound) + 1;
    Datum *grown;
    bool *grown_nulls;

    if (total > (int64) MaxArraySize)
        ereport(ERROR, (errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
                        errmsg("array size exceeds the maximum allowed (%d)", (int) MaxArraySize)));
    grown = palloc0(total * sizeof(Datum));
    grown_nulls = palloc(total * sizeof(bool));
    memset(grown_nulls, true, total);
    memcpy(grown + before, *elements, *dim * sizeof(Datum));
    memcpy(grown_nulls + before, *nulls, *dim * sizeof(bool));
    *elements = grown;
    *nulls = grown_nulls;
    *dim = (int) total;
    *bound = Min(lower, *bound);
}

Datum
array_set_element(Datum arraydatum, int nSubscripts, int *indx, Datum dataValue, bool isNull,
                  int arraytyplen, int elmlen, bool elmbyval, char elmalign)
{
    ArrayType *array;
    Datum *elements;
    bool *nulls;
    int dims[MAXDIM];
    int bounds[MAXDIM];
    int count;
    int offset;

    if (arraytyplen > 0)
        return array_set_fixed(arraydatum, indx[0], dataValue, isNull, arraytyplen, elmlen,
                               elmbyval);
    if (nSubscripts <= 0 || nSubscripts > MAXDIM)
        array_throw_subscript("wrong number of array subscripts");
    if (elmlen == -1 && !isNull)
        dataValue = PointerGetDatum(PG_DETOAST_DATUM_PACKED(dataValue));
    array = DatumGetArrayTypeP(arraydatum);
    if (ARR_NDIM(array) == 0)
    {
        for (int i = 0; i < nSubscripts; i++)
        {
            dims[i] = 1;
            bounds[i] = indx[i];
        }
        return PointerGetDatum(construct_md_array(&dataValue, &isNull, nSubscripts, dims, bounds,
                                                  ARR_ELEMTYPE(array), elmlen, elmbyval, elmalign));
    }
    if (ARR_NDIM(array) != nSubscripts)
        array_throw_subscript("wrong number of array subscripts");
    memcpy(dims, ARR_DIMS(array), nSubscripts * sizeof(int));
    memcpy(bounds, ARR_LBOUND(array), nSubscripts * sizeof(int));
    deconstruct_array(array, ARR_ELEMTYPE(array), elmlen, elmbyval, elmalign, &elements, &nulls,
                      &count);
    if (nSubscripts == 1)
    {
        if (indx[0] < bounds[0] || (int64) indx[0] >= (int64) bounds[0] + dims[0])
            array_extend(&elements, &nulls, &dims[0], &bounds[0], indx[0], indx[0]);
    }
    else
    {
        for (int i = 0; i < nSubscripts; i++)
            if (indx[i] < bounds[i] || (int64) indx[i] >= (int64) bounds[i] + dims[i])
                array_throw_subscript("array subscript out of range");
    }
    offset = ArrayGetOffset(nSubscripts, dims, bounds, indx);
    elements[offset] = dataValue;
    nulls[offset] = isNull;
    return PointerGetDatum(construct_md_array(elements, nulls, nSubscripts, dims, bounds,
                                              ARR_ELEMTYPE(array), elmlen, elmbyval, elmalign));
}

Datum
array_set_slice(Datum arraydatum, int nSubscripts, int *upperIndx, int *lowerIndx,
                bool *upperProvided, bool *lowerProvided, Datum srcArrayDatum, bool isNull,
                int arraytyplen, int elmlen, bool elmbyval, char elmalign)
{
    ArrayType *array;
    ArrayType *source;
    Datum *elements;
    bool *nulls;
    Datum *part;
    bool *part_nulls;
    int dims[MAXDIM];
    int bounds[MAXDIM];
    int lower[MAXDIM];
    int upper[MAXDIM];
    int ndim;
    int count;
    int part_count;
    int64 wanted = 1;

    if (arraytyplen > 0)
        ereport(ERROR, (errcode(ERRCODE_FEATURE_NOT_SUPPORTED),
                        errmsg("updates on slices of fixed-length arrays not implemented")));
    if (isNull)
        return arraydatum;
    array = DatumGetArrayTypeP(arraydatum);
    source = DatumGetArrayTypeP(srcArrayDatum);
    ndim = ARR_NDIM(array);
    deconstruct_array(source, ARR_ELEMTYPE(array), elmlen, elmbyval, elmalign, &part, &part_nulls,
                      &part_count);
    if (ndim == 0)
    {
        for (int i = 0; i < nSubscripts; i++)
        {
            if (!upperProvided[i] || !lowerProvided[i])
                ereport(ERROR, (errcode(ERRCODE_ARRAY_SUBSCRIPT_ERROR),
                                errmsg("array slice subscript must provide both boundaries"),
                                errdetail("When assigning to a slice of an empty array value, slice boundaries must be fully specified.")));
            dims[i] = 1 + upperIndx[i] - lowerIndx[i];
            bounds[i] = lowerIndx[i];
        }
        if (part_count < ArrayGetNItems(nSubscripts, dims))
            array_throw_subscript("source array too small");
        return PointerGetDatum(construct_md_array(part, part_nulls, nSubscripts, dims, bounds,
                                                  ARR_ELEMTYPE(array), elmlen, elmbyval, elmalign));
    }
    if (ndim < nSubscripts)
        array_throw_subscript("wrong number of array subscripts");
    memcpy(dims, ARR_DIMS(array), ndim * sizeof(int));
    memcpy(bounds, ARR_LBOUND(array), ndim * sizeof(int));
    deconstruct_array(array, ARR_ELEMTYPE(array), elmlen, elmbyval, elmalign, &elements, &nulls,
                      &count);
    for (int i = 0; i < ndim; i++)
    {
        lower[i] = i < nSubscripts && lowerProvided[i] ? lowerIndx[i] : bounds[i];
        upper[i] = i < nSubscripts && upperProvided[i] ? upperIndx[i] : bounds[i] + dims[i] - 1;
        if (lower[i] > upper[i])
            array_throw_subscript("upper bound cannot be less than lower bound");
        if (ndim > 1 && (lower[i] < bounds[i] || upper[i] >= bounds[i] + dims[i]))
            array_throw_subscript("array subscript out of range");
        wanted *= (int64) upper[i] - lower[i] + 1;
    }
    if (ndim == 1 && (lower[0] < bounds[0] || upper[0] >= bounds[0] + dims[0]))
        array_extend(&elements, &nulls, &dims[0], &bounds[0], lower[0], upper[0]);
    if (wanted > part_count)
        array_throw_subscript("source array too small");
    array_copy_box(ndim, dims, bounds, lower, upper, elements, nulls, part, part_nulls, false);
    return PointerGetDatum(construct_md_array(elements, nulls, ndim, dims, bounds,
                                              ARR_ELEMTYPE(array), elmlen, elmbyval, elmalign));
}

/* ---- ANY and ALL ---- */

bool
array_any_all(FmgrInfo *function, Oid collation, Datum scalar, bool scalar_null, ArrayType *array,
              bool any, bool *ret_null)
{
    const TypeOps *ops = types_ops(ARR_ELEMTYPE(array));
    ArrayWalk walk;
    Datum value;
    bool null;
    bool unknown = false;
    LOCAL_FCINFO(fcinfo, 2);

    *ret_null = false;
    array_walk_begin(&walk, array, ops->typlen, ops->typbyval, ops->typalign);
    if (walk.count == 0)
        return !any;
    if (scalar_null && function->fn_strict)
    {
        *ret_null = true;
        return false;
    }
    while (array_walk_next(&walk, &value, &null))
    {
        bool result;

        if (null && function->fn_strict)
        {
            unknown = true;
            continue;
        }
        InitFunctionCallInfoData(*fcinfo, function, 2, collation, NULL, NULL);
        fcinfo->args[0] = (NullableDatum){scalar, scalar_null};
        fcinfo->args[1] = (NullableDatum){value, null};
        result = DatumGetBool(FunctionCallInvoke(fcinfo));
        if (fcinfo->isnull)
            unknown = true;
        else if (result == any)
            return any;
    }
    *ret_null = unknown;
    return !any && !unknown;
}
