/*
 * arrays.c - the array values that catalog rows hold
 *
 * Why        the array functions of SQL stand in a room above; catalogs need no more than
 *            one-dimensional arrays without slices. The layout is PostgreSQL's: length word,
 *            dimensions, data offset (0: no nulls), element type, length, lower bound, bitmap,
 *            elements aligned as their type says, counted from a length word of 4 bytes.
 */
#include "catalog_int.h"

#include "heap/toast.h"

typedef struct ArrayHeader {
    int32 vl_len;
    int32 ndim;
    int32 dataoffset;
    Oid elemtype;
    int32 dim1;
    int32 lbound1;
} ArrayHeader;

static Size
align_to(Size offset, char align)
{
    switch (align) {
    case TYPALIGN_DOUBLE:
        return DOUBLEALIGN(offset);
    case TYPALIGN_INT:
        return INTALIGN(offset);
    case TYPALIGN_SHORT:
        return SHORTALIGN(offset);
    default:
        return offset;
    }
}

static const TypeInfo *
element_type_info(Oid type)
{
    const TypeInfo *info = catalog_type(type);

    if (info == NULL)
        elog(ERROR, "cache lookup failed for type %u", type);
    return info;
}

static void
store_value(char *at, const TypeInfo *type, Datum value, Size size)
{
    if (!type->typbyval)
        memcpy(at, DatumGetPointer(value), size);
    else
        memcpy(at, &value, size); /* little-endian: the low bytes come first */
}

/* An aligned, in-line copy with a 4-byte length word. */
static char *
flatten(Datum array)
{
    struct varlena *value = (struct varlena *)DatumGetPointer(array);
    struct varlena *plain = detoast_attr(value);
    Size size = VARSIZE_ANY_EXHDR(plain) + VARHDRSZ;
    char *copy;

    if (plain != value && !VARATT_IS_SHORT(plain))
        return (char *)plain;
    copy = palloc(size);
    SET_VARSIZE(copy, size);
    memcpy(copy + VARHDRSZ, VARDATA_ANY(plain), size - VARHDRSZ);
    return copy;
}

static const Datum *
flatten_elements(const Datum *elements, const bool *nulls, int count)
{
    Datum *flat = palloc_array(Datum, Max(count, 1));

    for (int i = 0; i < count; i++)
        flat[i] = nulls && nulls[i] ? 0 : PointerGetDatum(flatten(elements[i]));
    return flat;
}

/* Varlena elements get a length word of 4 bytes. */
Datum
catalog_array_build(Oid element_type, const Datum *elements, const bool *nulls, int count)
{
    const TypeInfo *type = element_type_info(element_type);
    bool has_nulls = false;
    Size header = sizeof(ArrayHeader);
    Size size;
    char *array;
    ArrayHeader *head;

    for (int i = 0; nulls && i < count; i++)
        has_nulls |= nulls[i];
    if (type->typlen == -1)
        elements = flatten_elements(elements, nulls, count);
    if (count == 0)
        header = offsetof(ArrayHeader, dim1);
    else
        header = MAXALIGN(header + (has_nulls ? (Size)BITMAPLEN(count) : 0));
    size = header;
    for (int i = 0; i < count; i++)
        if (!(nulls && nulls[i]))
            size = align_to(size, type->typalign) +
                   (type->typbyval ? (Size)type->typlen
                                   : datumGetSize(elements[i], false, type->typlen));
    size = align_to(size, type->typalign);
    array = palloc0(size);
    head = (ArrayHeader *)array;
    SET_VARSIZE(array, size);
    head->elemtype = element_type;
    if (count == 0)
        return PointerGetDatum(array);
    head->ndim = 1;
    head->dataoffset = has_nulls ? (int32)header : 0;
    head->dim1 = count;
    head->lbound1 = 1;
    size = header;
    for (int i = 0; i < count; i++) {
        Size length;

        if (nulls && nulls[i])
            continue;
        if (has_nulls)
            array[sizeof(ArrayHeader) + i / 8] |= (char)(1 << (i % 8));
        length = type->typbyval ? (Size)type->typlen
                                : datumGetSize(elements[i], false, type->typlen);
        size = align_to(size, type->typalign);
        store_value(array + size, type, elements[i], length);
        size += length;
    }
    return PointerGetDatum(array);
}

/* What ret_elements points to is palloc'd, values by reference point into a copy of the array. */
int
catalog_array_elements(Datum array, Oid element_type, Datum **ret_elements, bool **ret_nulls)
{
    const TypeInfo *type = element_type_info(element_type);
    char *data = flatten(array);
    int ndim;
    int count = 1;
    int32 dataoffset;
    const char *bitmap = NULL;
    Size at;
    Datum *elements;
    bool *nulls;

    memcpy(&ndim, data + offsetof(ArrayHeader, ndim), sizeof(int32));
    memcpy(&dataoffset, data + offsetof(ArrayHeader, dataoffset), sizeof(int32));
    if (ndim == 0)
        count = 0;
    for (int i = 0; i < ndim; i++) {
        int32 length;

        memcpy(&length, data + offsetof(ArrayHeader, dim1) + sizeof(int32) * (Size)i, 4);
        count *= length;
    }
    at = MAXALIGN(offsetof(ArrayHeader, dim1) + 2 * sizeof(int32) * (Size)ndim);
    if (dataoffset != 0) {
        bitmap = data + offsetof(ArrayHeader, dim1) + 2 * sizeof(int32) * (Size)ndim;
        at = (Size)dataoffset;
    }
    elements = palloc_array(Datum, Max(count, 1));
    nulls = palloc0_array(bool, Max(count, 1));
    for (int i = 0; i < count; i++) {
        elements[i] = 0;
        if (bitmap && !(bitmap[i / 8] & (1 << (i % 8)))) {
            nulls[i] = true;
            continue;
        }
        at = align_to(at, type->typalign);
        elements[i] = tuple_fetch(data + at, type->typlen, type->typbyval);
        at += tuple_value_size(data + at, type->typlen);
    }
    *ret_elements = elements;
    if (ret_nulls)
        *ret_nulls = nulls;
    return count;
}

static Datum
make_vector(Oid element_type, const void *numbers, int count, Size width)
{
    Size size = sizeof(ArrayHeader) + width * (Size)count;
    char *vector = palloc0(size);
    ArrayHeader *head = (ArrayHeader *)vector;

    SET_VARSIZE(vector, size);
    head->ndim = 1;
    head->elemtype = element_type;
    head->dim1 = count;
    head->lbound1 = 0;
    if (count > 0)
        memcpy(vector + sizeof(ArrayHeader), numbers, width * (Size)count);
    return PointerGetDatum(vector);
}

Datum
catalog_oidvector(const Oid *oids, int count)
{
    return make_vector(OIDOID, oids, count, sizeof(Oid));
}

Datum
catalog_int2vector(const int16 *numbers, int count)
{
    return make_vector(INT2OID, numbers, count, sizeof(int16));
}

const char *
catalog__vector_data(Datum vector)
{
    const char *value = DatumGetPointer(vector);

    return VARDATA_ANY(value) + sizeof(ArrayHeader) - VARHDRSZ;
}

Datum
catalog__text(const char *string)
{
    Size length = strlen(string);
    char *value = palloc(length + VARHDRSZ);

    SET_VARSIZE(value, length + VARHDRSZ);
    memcpy(value + VARHDRSZ, string, length);
    return PointerGetDatum(value);
}

char *
catalog__cstring(Datum text)
{
    struct varlena *plain = detoast_attr((struct varlena *)DatumGetPointer(text));

    return pnstrdup(VARDATA_ANY(plain), VARSIZE_ANY_EXHDR(plain));
}

/* Cut at a character's first byte. */
Datum
catalog__name(const char *string)
{
    NameData *name = palloc0(sizeof(NameData));
    Size length = strlen(string);

    if (length >= NAMEDATALEN) {
        length = NAMEDATALEN - 1;
        while (length > 0 && ((uint8)string[length] & 0xC0) == 0x80)
            length--;
    }
    memcpy(NameStr(*name), string, length);
    return NameGetDatum(name);
}
