/*
 * array_func.c - functions and operators on arrays
 */
#include "types_int.h"
#include "types/array.h"
#include "types/funcapi.h"
#include "types/hashing.h"
#include "types/typeinfo.h"

static Datum
array_call2(FmgrInfo *function, Oid collation, Datum a, Datum b, bool *ret_null)
{
    LOCAL_FCINFO(call, 2);
    Datum result;

    InitFunctionCallInfoData(*call, function, 2, collation, NULL, NULL);
    call->args[0] = (NullableDatum){a, false};
    call->args[1] = (NullableDatum){b, false};
    result = FunctionCallInvoke(call);
    *ret_null = call->isnull;
    return result;
}

/* ---- shape ---- */

SQL_FUNCTION(array_ndims)
{
    ArrayType *array = PG_GETARG_ARRAYTYPE_P(0);

    if (ARR_NDIM(array) <= 0)
        PG_RETURN_NULL();
    PG_RETURN_INT32(ARR_NDIM(array));
}

SQL_FUNCTION(array_dims)
{
    ArrayType *array = PG_GETARG_ARRAYTYPE_P(0);
    StringInfoData out;

    if (ARR_NDIM(array) <= 0)
        PG_RETURN_NULL();
    initStringInfo(&out);
    for (int i = 0; i < ARR_NDIM(array); i++)
        appendStringInfo(&out, "[%d:%d]", ARR_LBOUND(array)[i],
                         ARR_LBOUND(array)[i] + ARR_DIMS(array)[i] - 1);
    PG_RETURN_TEXT_P(cstring_to_text(out.data));
}

static bool
array_has_dimension(ArrayType *array, int dimension)
{
    return dimension >= 1 && dimension <= ARR_NDIM(array);
}

SQL_FUNCTION(array_lower)
{
    ArrayType *array = PG_GETARG_ARRAYTYPE_P(0);
    int dimension = PG_GETARG_INT32(1);

    if (!array_has_dimension(array, dimension))
        PG_RETURN_NULL();
    PG_RETURN_INT32(ARR_LBOUND(array)[dimension - 1]);
}

SQL_FUNCTION(array_upper)
{
    ArrayType *array = PG_GETARG_ARRAYTYPE_P(0);
    int dimension = PG_GETARG_INT32(1);

    if (!array_has_dimension(array, dimension))
        PG_RETURN_NULL();
    PG_RETURN_INT32(ARR_LBOUND(array)[dimension - 1] + ARR_DIMS(array)[dimension - 1] - 1);
}

SQL_FUNCTION(array_length)
{
    ArrayType *array = PG_GETARG_ARRAYTYPE_P(0);
    int dimension = PG_GETARG_INT32(1);

    if (!array_has_dimension(array, dimension))
        PG_RETURN_NULL();
    PG_RETURN_INT32(ARR_DIMS(array)[dimension - 1]);
}

SQL_FUNCTION(array_cardinality)
{
    ArrayType *array = PG_GETARG_ARRAYTYPE_P(0);

    PG_RETURN_INT32(ArrayGetNItems(ARR_NDIM(array), ARR_DIMS(array)));
}

/* ---- comparison ---- */

static void
array_check_same_element(ArrayType *a, ArrayType *b)
{
    if (ARR_ELEMTYPE(a) != ARR_ELEMTYPE(b))
        ereport(ERROR, (errcode(ERRCODE_DATATYPE_MISMATCH),
                        errmsg("cannot compare arrays of different element types")));
}

static bool
array_equal(ArrayType *a, ArrayType *b, Oid collation)
{
    ArrayWalk walk_a;
    ArrayWalk walk_b;
    TypeCacheEntry *entry;
    Datum x;
    Datum y;
    bool x_null;
    bool y_null;

    array_check_same_element(a, b);
    if (ARR_NDIM(a) != ARR_NDIM(b) ||
        memcmp(ARR_DIMS(a), ARR_DIMS(b), ARR_NDIM(a) * 2 * sizeof(int)) != 0)
        return false;
    entry = types_eq(ARR_ELEMTYPE(a));
    array_walk_begin(&walk_a, a, entry->typlen, entry->typbyval, entry->typalign);
    array_walk_begin(&walk_b, b, entry->typlen, entry->typbyval, entry->typalign);
    while (array_walk_next(&walk_a, &x, &x_null) && array_walk_next(&walk_b, &y, &y_null))
    {
        bool null;

        if (x_null && y_null)
            continue;
        if (x_null || y_null ||
            !DatumGetBool(array_call2(&entry->eq_opr_finfo, collation, x, y, &null)) || null)
            return false;
    }
    return true;
}

SQL_FUNCTION(array_eq)
{
    PG_RETURN_BOOL(array_equal(PG_GETARG_ARRAYTYPE_P(0), PG_GETARG_ARRAYTYPE_P(1),
                               PG_GET_COLLATION()));
}

SQL_FUNCTION(array_ne)
{
    PG_RETURN_BOOL(!array_equal(PG_GETARG_ARRAYTYPE_P(0), PG_GETARG_ARRAYTYPE_P(1),
                                PG_GET_COLLATION()));
}

/* Elements first, then their number, then the dimensions; null is above all. */
static int
array_compare(FunctionCallInfo fcinfo)
{
    ArrayType *a = PG_GETARG_ARRAYTYPE_P(0);
    ArrayType *b = PG_GETARG_ARRAYTYPE_P(1);
    TypeCacheEntry *entry;
    ArrayWalk walk_a;
    ArrayWalk walk_b;
    Datum x;
    Datum y;
    bool x_null;
    bool y_null;

    array_check_same_element(a, b);
    entry = types_cmp(ARR_ELEMTYPE(a));
    array_walk_begin(&walk_a, a, entry->typlen, entry->typbyval, entry->typalign);
    array_walk_begin(&walk_b, b, entry->typlen, entry->typbyval, entry->typalign);
    while (array_walk_next(&walk_a, &x, &x_null) && array_walk_next(&walk_b, &y, &y_null))
    {
        int order;
        bool null;

        if (x_null && y_null)
            continue;
        if (x_null || y_null)
            return x_null ? 1 : -1;
        order = DatumGetInt32(array_call2(&entry->cmp_proc_finfo, PG_GET_COLLATION(), x, y, &null));
        if (order != 0)
            return order < 0 ? -1 : 1;
    }
    if (walk_a.count != walk_b.count)
        return walk_a.count < walk_b.count ? -1 : 1;
    if (ARR_NDIM(a) != ARR_NDIM(b))
        return ARR_NDIM(a) < ARR_NDIM(b) ? -1 : 1;
    for (int i = 0; i < 2 * ARR_NDIM(a); i++)
        if (ARR_DIMS(a)[i] != ARR_DIMS(b)[i])
            return ARR_DIMS(a)[i] < ARR_DIMS(b)[i] ? -1 : 1;
    return 0;
}

#define ARRAY_COMPARE(name, operator)                                                              \
    SQL_FUNCTION(name)                                                                             \
    {                                                                                              \
        PG_RETURN_BOOL(array_compare(fcinfo) operator 0);                                          \
    }

ARRAY_COMPARE(array_lt, <)
ARRAY_COMPARE(array_le, <=)
ARRAY_COMPARE(array_gt, >)
ARRAY_COMPARE(array_ge, >=)

SQL_FUNCTION(btarraycmp)
{
    PG_RETURN_INT32(array_compare(fcinfo));
}

SQL_FUNCTION(array_larger)
{
    return array_compare(fcinfo) > 0 ? PG_GETARG_DATUM(0) : PG_GETARG_DATUM(1);
}

SQL_FUNCTION(array_smaller)
{
    return array_compare(fcinfo) < 0 ? PG_GETARG_DATUM(0) : PG_GETARG_DATUM(1);
}

SQL_FUNCTION(hash_array)
{
    ArrayType *array = PG_GETARG_ARRAYTYPE_P(0);
    TypeCacheEntry *entry = lookup_type_cache(ARR_ELEMTYPE(array), TYPECACHE_HASH_PROC_FINFO);
    ArrayWalk walk;
    Datum value;
    bool null;
    uint32 result = 1;

    if (!OidIsValid(entry->hash_proc_finfo.fn_oid))
        ereport(ERROR, (errcode(ERRCODE_UNDEFINED_FUNCTION),
                        errmsg("could not identify a hash function for type %s",
                               format_type_be(ARR_ELEMTYPE(array)))));
    array_walk_begin(&walk, array, entry->typlen, entry->typbyval, entry->typalign);
    while (array_walk_next(&walk, &value, &null))
        result = (result << 5) - result +
                 (null ? 0
                       : DatumGetUInt32(FunctionCall1Coll(&entry->hash_proc_finfo,
                                                          PG_GET_COLLATION(), value)));
    PG_RETURN_UINT32(result);
}

/* ---- containment ---- */

/* Does b hold each (any) element of a? */
static bool
array_held(ArrayType *a, ArrayType *b, Oid collation, bool all)
{
    TypeCacheEntry *entry;
    Datum *values;
    bool *nulls;
    int count;
    ArrayWalk walk;
    Datum x;
    bool x_null;

    array_check_same_element(a, b);
    entry = types_eq(ARR_ELEMTYPE(a));
    deconstruct_array(b, ARR_ELEMTYPE(b), entry->typlen, entry->typbyval, entry->typalign, &values,
                      &nulls, &count);
    array_walk_begin(&walk, a, entry->typlen, entry->typbyval, entry->typalign);
    while (array_walk_next(&walk, &x, &x_null))
    {
        bool found = false;

        for (int i = 0; i < count && !x_null && !found; i++)
        {
            bool null;

            found = !nulls[i] &&
                    DatumGetBool(array_call2(&entry->eq_opr_finfo, collation, x, values[i], &null)) &&
                    !null;
        }
        if (found != all)
            return !all;
    }
    return all;
}

SQL_FUNCTION(arrayoverlap)
{
    PG_RETURN_BOOL(array_held(PG_GETARG_ARRAYTYPE_P(0), PG_GETARG_ARRAYTYPE_P(1),
                              PG_GET_COLLATION(), false));
}

SQL_FUNCTION(arraycontains)
{
    PG_RETURN_BOOL(array_held(PG_GETARG_ARRAYTYPE_P(1), PG_GETARG_ARRAYTYPE_P(0),
                              PG_GET_COLLATION(), true));
}

SQL_FUNCTION(arraycontained)
{
    PG_RETURN_BOOL(array_held(PG_GETARG_ARRAYTYPE_P(0), PG_GETARG_ARRAYTYPE_P(1),
                              PG_GET_COLLATION(), true));
}

/* ---- joining ---- */

/* The array argument, or an empty one of the type the expression tells. */
static ArrayType *
array_or_empty(FunctionCallInfo fcinfo, int argument)
{
    Oid type;

    if (!PG_ARGISNULL(argument))
        return PG_GETARG_ARRAYTYPE_P(argument);
    type = get_fn_expr_argtype(fcinfo->flinfo, argument);
    if (!OidIsValid(type))
        ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE),
                        errmsg("could not determine input data type")));
    if (!OidIsValid(types_ops(type)->element))
        ereport(ERROR, (errcode(ERRCODE_DATATYPE_MISMATCH), errmsg("input data type is not an array")));
    return construct_empty_array(types_ops(type)->element);
}

static Datum
array_insert(ArrayType *array, Datum value, bool null, bool front)
{
    TypeOps *ops = types_ops(ARR_ELEMTYPE(array));
    int index = 1;
    Datum result;

    if (ARR_NDIM(array) > 1)
        ereport(ERROR, (errcode(ERRCODE_DATA_EXCEPTION),
                        errmsg("argument must be empty or one-dimensional array")));
    if (ARR_NDIM(array) == 1)
    {
        int lower = ARR_LBOUND(array)[0];

        if (front ? __builtin_sub_overflow(lower, 1, &index)
                  : __builtin_add_overflow(lower, ARR_DIMS(array)[0], &index))
            types_throw_range("integer out of range");
    }
    result = array_set_element(PointerGetDatum(array), 1, &index, value, null, -1, ops->typlen,
                               ops->typbyval, ops->typalign);
    /* What stood first keeps its number. */
    if (front && ARR_NDIM(array) == 1)
        ARR_LBOUND((ArrayType *) DatumGetPointer(result))[0] = ARR_LBOUND(array)[0];
    return result;
}

SQL_FUNCTION(array_append)
{
    return array_insert(array_or_empty(fcinfo, 0), PG_GETARG_DATUM(1), PG_ARGISNULL(1), false);
}

SQL_FUNCTION(array_prepend)
{
    return array_insert(array_or_empty(fcinfo, 1), PG_GETARG_DATUM(0), PG_ARGISNULL(0), true);
}

static void
array_throw_concat(const char *detail)
{
    ereport(ERROR, (errcode(ERRCODE_ARRAY_SUBSCRIPT_ERROR),
                    errmsg("cannot concatenate incompatible arrays"), errdetail("%s", detail)));
}

/* Dimensions of a || b: of equal depth end to end, or one as an element of the other. */
static int
array_concat_shape(ArrayType *a, ArrayType *b, int *dims, int *lower)
{
    int na = ARR_NDIM(a);
    int nb = ARR_NDIM(b);
    ArrayType *outer = na >= nb ? a : b;
    ArrayType *inner = na >= nb ? b : a;
    int shift = abs(na - nb);

    if (shift > 1)
        array_throw_concat(psprintf("Arrays of %d and %d dimensions are not compatible for concatenation.",
                                    na, nb));
    memcpy(dims, ARR_DIMS(outer), ARR_NDIM(outer) * sizeof(int));
    memcpy(lower, ARR_LBOUND(outer), ARR_NDIM(outer) * sizeof(int));
    for (int i = shift == 0 ? 1 : 0; i < ARR_NDIM(inner); i++)
        if (ARR_DIMS(inner)[i] != dims[i + shift] || ARR_LBOUND(inner)[i] != lower[i + shift])
            array_throw_concat(shift == 0
                                   ? "Arrays with differing element dimensions are not compatible for concatenation."
                                   : "Arrays with differing dimensions are not compatible for concatenation.");
    dims[0] += shift == 0 ? ARR_DIMS(b)[0] : 1;
    return ARR_NDIM(outer);
}

SQL_FUNCTION(array_cat)
{
    ArrayType *a;
    ArrayType *b;
    TypeOps *ops;
    int dims[MAXDIM];
    int lower[MAXDIM];
    int ndim;
    Datum *values;
    bool *nulls;
    int count = 0;

    if (PG_ARGISNULL(0))
    {
        if (PG_ARGISNULL(1))
            PG_RETURN_NULL();
        return PG_GETARG_DATUM(1);
    }
    if (PG_ARGISNULL(1))
        return PG_GETARG_DATUM(0);
    a = PG_GETARG_ARRAYTYPE_P(0);
    b = PG_GETARG_ARRAYTYPE_P(1);
    if (ARR_ELEMTYPE(a) != ARR_ELEMTYPE(b))
        ereport(ERROR, (errcode(ERRCODE_DATATYPE_MISMATCH),
                        errmsg("cannot concatenate incompatible arrays"),
                        errdetail("Arrays with element types %s and %s are not compatible for concatenation.",
                                  format_type_be(ARR_ELEMTYPE(a)), format_type_be(ARR_ELEMTYPE(b)))));
    if (ARR_NDIM(a) == 0 && ARR_NDIM(b) > 0)
        PG_RETURN_ARRAYTYPE_P(b);
    if (ARR_NDIM(b) == 0)
        PG_RETURN_ARRAYTYPE_P(a);
    ndim = array_concat_shape(a, b, dims, lower);
    ops = types_ops(ARR_ELEMTYPE(a));
    values = palloc(ArrayGetNItems(ndim, dims) * sizeof(Datum));
    nulls = palloc(ArrayGetNItems(ndim, dims) * sizeof(bool));
    for (int side = 0; side < 2; side++)
    {
        ArrayWalk walk;

        array_walk_begin(&walk, side == 0 ? a : b, ops->typlen, ops->typbyval, ops->typalign);
        while (array_walk_next(&walk, &values[count], &nulls[count]))
            count++;
    }
    PG_RETURN_ARRAYTYPE_P(construct_md_array(values, nulls, ndim, dims, lower, ARR_ELEMTYPE(a),
                                             ops->typlen, ops->typbyval, ops->typalign));
}

/* ---- search ---- */

static bool
array_same(TypeCacheEntry *entry, Oid collation, Datum a, bool a_null, Datum b, bool b_null)
{
    bool null;

    if (a_null || b_null)
        return a_null && b_null;
    return DatumGetBool(array_call2(&entry->eq_opr_finfo, collation, a, b, &null)) && !null;
}

static void
array_check_one_dimension(ArrayType *array, const char *what)
{
    if (ARR_NDIM(array) > 1)
        ereport(ERROR, (errcode(ERRCODE_FEATURE_NOT_SUPPORTED),
                        errmsg("%s is not supported", what)));
}

static Datum
array_find(FunctionCallInfo fcinfo, bool all)
{
    ArrayType *array;
    ArrayBuildState *found = NULL;
    TypeCacheEntry *entry;
    ArrayWalk walk;
    Datum value;
    bool null;
    int start = PG_INT32_MIN;

    if (PG_ARGISNULL(0))
        PG_RETURN_NULL();
    array = PG_GETARG_ARRAYTYPE_P(0);
    if (ARR_NDIM(array) > 1)
        ereport(ERROR, (errcode(ERRCODE_FEATURE_NOT_SUPPORTED),
                        errmsg("searching for elements in multidimensional arrays is not supported")));
    if (!all && PG_NARGS() == 3)
    {
        if (PG_ARGISNULL(2))
            ereport(ERROR, (errcode(ERRCODE_NULL_VALUE_NOT_ALLOWED),
                            errmsg("initial position must not be null")));
        start = PG_GETARG_INT32(2);
    }
    entry = types_eq(ARR_ELEMTYPE(array));
    if (all)
        found = initArrayResult(INT4OID, CurrentMemoryContext, false);
    array_walk_begin(&walk, array, entry->typlen, entry->typbyval, entry->typalign);
    while (array_walk_next(&walk, &value, &null))
    {
        int position = ARR_LBOUND(array)[0] + walk.index - 1;

        if (position < start || !array_same(entry, PG_GET_COLLATION(), value, null,
                                            PG_GETARG_DATUM(1), PG_ARGISNULL(1)))
            continue;
        if (!all)
            PG_RETURN_INT32(position);
        accumArrayResult(found, Int32GetDatum(position), false, INT4OID, CurrentMemoryContext);
    }
    if (all)
        return makeArrayResult(found, CurrentMemoryContext);
    PG_RETURN_NULL();
}

SQL_FUNCTION(array_position)
{
    return array_find(fcinfo, false);
}

SQL_FUNCTION(array_position_start)
{
    return array_find(fcinfo, false);
}

SQL_FUNCTION(array_positions)
{
    return array_find(fcinfo, true);
}

/* ---- replace, remove ---- */

static Datum
array_substitute(ArrayType *array, NullableDatum search, NullableDatum replace, bool remove,
                 Oid collation)
{
    TypeCacheEntry *entry = types_eq(ARR_ELEMTYPE(array));
    ArrayWalk walk;
    Datum value;
    bool null;
    bool changed = false;
    int count = 0;
    Datum *values;
    bool *nulls;
    int dims[MAXDIM];

    if (remove)
        array_check_one_dimension(array, "removing elements from multidimensional arrays");
    array_walk_begin(&walk, array, entry->typlen, entry->typbyval, entry->typalign);
    values = palloc((walk.count + 1) * sizeof(Datum));
    nulls = palloc((walk.count + 1) * sizeof(bool));
    while (array_walk_next(&walk, &value, &null))
    {
        bool same = array_same(entry, collation, value, null, search.value, search.isnull);

        changed |= same;
        if (same && remove)
            continue;
        values[count] = same ? replace.value : value;
        nulls[count++] = same ? replace.isnull : null;
    }
    if (!changed)
        PG_RETURN_ARRAYTYPE_P(array);
    if (count == 0)
        PG_RETURN_ARRAYTYPE_P(construct_empty_array(ARR_ELEMTYPE(array)));
    memcpy(dims, ARR_DIMS(array), ARR_NDIM(array) * sizeof(int));
    if (remove)
        dims[0] = count;
    PG_RETURN_ARRAYTYPE_P(construct_md_array(values, nulls, ARR_NDIM(array), dims, ARR_LBOUND(array),
                                             ARR_ELEMTYPE(array), entry->typlen, entry->typbyval,
                                             entry->typalign));
}

SQL_FUNCTION(array_remove)
{
    if (PG_ARGISNULL(0))
        PG_RETURN_NULL();
    return array_substitute(PG_GETARG_ARRAYTYPE_P(0), fcinfo->args[1], (NullableDatum){0, true}, true,
                            PG_GET_COLLATION());
}

SQL_FUNCTION(array_replace)
{
    if (PG_ARGISNULL(0))
        PG_RETURN_NULL();
    return array_substitute(PG_GETARG_ARRAYTYPE_P(0), fcinfo->args[1], fcinfo->args[2], false,
                            PG_GET_COLLATION());
}

SQL_FUNCTION(trim_array)
{
    ArrayType *array = PG_GETARG_ARRAYTYPE_P(0);
    TypeOps *ops = types_ops(ARR_ELEMTYPE(array));
    int n = PG_GETARG_INT32(1);
    int length = ARR_NDIM(array) > 0 ? ARR_DIMS(array)[0] : 0;
    int upper[MAXDIM] = {0};
    int lower[MAXDIM] = {0};
    bool upper_given[MAXDIM] = {true};
    bool lower_given[MAXDIM] = {false};

    if (n < 0 || n > length)
        ereport(ERROR, (errcode(ERRCODE_ARRAY_ELEMENT_ERROR),
                        errmsg("number of elements to trim must be between 0 and %d", length)));
    if (length > 0)
        upper[0] = ARR_LBOUND(array)[0] + length - n - 1;
    return array_get_slice(PointerGetDatum(array), 1, upper, lower, upper_given, lower_given, -1,
                           ops->typlen, ops->typbyval, ops->typalign);
}

/* ---- fill ---- */

static int
array_int_argument(Datum argument, int *ret_values, const char *what)
{
    ArrayType *array = DatumGetArrayTypeP(argument);
    ArrayWalk walk;
    Datum value;
    bool null;

    if (ARR_NDIM(array) > 1)
        ereport(ERROR, (errcode(ERRCODE_ARRAY_SUBSCRIPT_ERROR),
                        errmsg("wrong number of array subscripts"),
                        errdetail("Dimension array must be one dimensional.")));
    array_walk_begin(&walk, array, 4, true, 'i');
    if (walk.count > MAXDIM)
        ereport(ERROR, (errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
                        errmsg("number of array dimensions (%d) exceeds the maximum allowed (%d)",
                               walk.count, MAXDIM)));
    while (array_walk_next(&walk, &value, &null))
    {
        if (null)
            ereport(ERROR, (errcode(ERRCODE_NULL_VALUE_NOT_ALLOWED), errmsg("%s cannot be null", what)));
        ret_values[walk.index - 1] = DatumGetInt32(value);
    }
    return walk.count;
}

static Datum
array_fill_internal(FunctionCallInfo fcinfo, bool with_bounds)
{
    Oid type = get_fn_expr_argtype(fcinfo->flinfo, 0);
    TypeOps *ops;
    int dims[MAXDIM];
    int lower[MAXDIM] = {1, 1, 1, 1, 1, 1};
    int ndim;
    int count;
    Datum *values;
    bool *nulls;

    if (PG_ARGISNULL(1) || (with_bounds && PG_ARGISNULL(2)))
        ereport(ERROR, (errcode(ERRCODE_NULL_VALUE_NOT_ALLOWED),
                        errmsg("dimension array or low bound array cannot be null")));
    if (!OidIsValid(type))
        elog(ERROR, "could not determine data type of input");
    ndim = array_int_argument(PG_GETARG_DATUM(1), dims, "dimension values");
    if (with_bounds && array_int_argument(PG_GETARG_DATUM(2), lower, "dimension values") != ndim)
        ereport(ERROR, (errcode(ERRCODE_ARRAY_SUBSCRIPT_ERROR),
                        errmsg("wrong number of array subscripts"),
                        errdetail("Low bound array has different size than dimensions array.")));
    count = ArrayGetNItems(ndim, dims);
    ArrayCheckBounds(ndim, dims, lower);
    if (count == 0)
        PG_RETURN_ARRAYTYPE_P(construct_empty_array(type));
    ops = types_ops(type);
    values = palloc(count * sizeof(Datum));
    nulls = palloc(count * sizeof(bool));
    for (int i = 0; i < count; i++)
    {
        values[i] = PG_GETARG_DATUM(0);
        nulls[i] = PG_ARGISNULL(0);
    }
    PG_RETURN_ARRAYTYPE_P(construct_md_array(values, nulls, ndim, dims, lower, type, ops->typlen,
                                             ops->typbyval, ops->typalign));
}

SQL_FUNCTION(array_fill)
{
    return array_fill_internal(fcinfo, false);
}

SQL_FUNCTION(array_fill_with_lower_bounds)
{
    return array_fill_internal(fcinfo, true);
}

/* ---- sets ---- */

SQL_FUNCTION(array_unnest)
{
    FuncCallContext *funcctx;
    ArrayWalk *walk;
    Datum value;
    bool null;

    if (SRF_IS_FIRSTCALL())
    {
        MemoryContext old;
        ArrayType *array;
        TypeOps *ops;

        funcctx = SRF_FIRSTCALL_INIT();
        old = MemoryContextSwitchTo(funcctx->multi_call_memory_ctx);
        array = array_copy(PG_GETARG_DATUM(0));
        ops = types_ops(ARR_ELEMTYPE(array));
        funcctx->user_fctx = walk = palloc(sizeof(*walk));
        array_walk_begin(walk, array, ops->typlen, ops->typbyval, ops->typalign);
        MemoryContextSwitchTo(old);
    }
    funcctx = SRF_PERCALL_SETUP();
    walk = funcctx->user_fctx;
    if (!array_walk_next(walk, &value, &null))
        SRF_RETURN_DONE(funcctx);
    if (null)
        SRF_RETURN_NEXT_NULL(funcctx);
    SRF_RETURN_NEXT(funcctx, value);
}

typedef struct SubscriptSeries
{
    int64 next;
    int64 last;
    bool reverse;
} SubscriptSeries;

SQL_FUNCTION(generate_subscripts)
{
    FuncCallContext *funcctx;
    SubscriptSeries *series;
    int result;

    if (SRF_IS_FIRSTCALL())
    {
        ArrayType *array = PG_GETARG_ARRAYTYPE_P(0);
        int dimension = PG_GETARG_INT32(1);

        funcctx = SRF_FIRSTCALL_INIT();
        series = MemoryContextAllocZero(funcctx->multi_call_memory_ctx, sizeof(*series));
        series->next = 1;
        if (array_has_dimension(array, dimension))
        {
            series->next = ARR_LBOUND(array)[dimension - 1];
            series->last = series->next + ARR_DIMS(array)[dimension - 1] - 1;
        }
        series->reverse = PG_NARGS() > 2 && PG_GETARG_BOOL(2);
        funcctx->user_fctx = series;
    }
    funcctx = SRF_PERCALL_SETUP();
    series = funcctx->user_fctx;
    if (series->next > series->last)
        SRF_RETURN_DONE(funcctx);
    result = (int) (series->reverse ? series->last-- : series->next++);
    SRF_RETURN_NEXT(funcctx, Int32GetDatum(result));
}

SQL_FUNCTION(generate_subscripts_nodir)
{
    return generate_subscripts(fcinfo);
}

/* ---- array_agg ---- */

SQL_FUNCTION(array_agg_transfn)
{
    MemoryContext context = types_aggregate_context(fcinfo, "array_agg_transfn");
    Oid type = get_fn_expr_argtype(fcinfo->flinfo, 1);
    ArrayBuildState *state;

    if (!OidIsValid(type))
        ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE),
                        errmsg("could not determine input data type")));
    state = PG_ARGISNULL(0) ? initArrayResult(type, context, false)
                            : (ArrayBuildState *) PG_GETARG_POINTER(0);
    state = accumArrayResult(state, PG_ARGISNULL(1) ? (Datum) 0 : PG_GETARG_DATUM(1),
                             PG_ARGISNULL(1), type, context);
    PG_RETURN_POINTER(state);
}

SQL_FUNCTION(array_agg_finalfn)
{
    ArrayBuildState *state = PG_ARGISNULL(0) ? NULL : (ArrayBuildState *) PG_GETARG_POINTER(0);
    int lower = 1;
    int count;

    if (state == NULL)
        PG_RETURN_NULL();
    count = state->nelems;
    return makeMdArrayResult(state, 1, &count, &lower, CurrentMemoryContext, false);
}

/* Arrays of one shape, gathered into one with a dimension more. */
typedef struct ArrayArrayState
{
    ArrayBuildState *elements;
    int ndim;
    int dims[MAXDIM];
    int lower[MAXDIM];
} ArrayArrayState;

SQL_FUNCTION(array_agg_array_transfn)
{
    MemoryContext context = types_aggregate_context(fcinfo, "array_agg_array_transfn");
    ArrayArrayState *state = PG_ARGISNULL(0) ? NULL : (ArrayArrayState *) PG_GETARG_POINTER(0);
    ArrayType *array;
    ArrayWalk walk;
    Datum value;
    bool null;

    if (PG_ARGISNULL(1))
        ereport(ERROR, (errcode(ERRCODE_NULL_VALUE_NOT_ALLOWED),
                        errmsg("cannot accumulate null arrays")));
    array = PG_GETARG_ARRAYTYPE_P(1);
    if (ARR_NDIM(array) == 0)
        ereport(ERROR, (errcode(ERRCODE_ARRAY_SUBSCRIPT_ERROR),
                        errmsg("cannot accumulate empty arrays")));
    if (state == NULL)
    {
        if (ARR_NDIM(array) + 1 > MAXDIM)
            ereport(ERROR, (errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
                            errmsg("number of array dimensions (%d) exceeds the maximum allowed (%d)",
                                   ARR_NDIM(array) + 1, MAXDIM)));
        state = MemoryContextAllocZero(context, sizeof(*state));
        state->elements = initArrayResult(ARR_ELEMTYPE(array), context, false);
        state->ndim = ARR_NDIM(array) + 1;
        state->lower[0] = 1;
        memcpy(state->dims + 1, ARR_DIMS(array), ARR_NDIM(array) * sizeof(int));
        memcpy(state->lower + 1, ARR_LBOUND(array), ARR_NDIM(array) * sizeof(int));
    }
    else if (state->ndim != ARR_NDIM(array) + 1 ||
             memcmp(state->dims + 1, ARR_DIMS(array), ARR_NDIM(array) * sizeof(int)) != 0 ||
             memcmp(state->lower + 1, ARR_LBOUND(array), ARR_NDIM(array) * sizeof(int)) != 0)
        ereport(ERROR, (errcode(ERRCODE_ARRAY_SUBSCRIPT_ERROR),
                        errmsg("cannot accumulate arrays of different dimensionality")));
    array_walk_begin(&walk, array, state->elements->typlen, state->elements->typbyval,
                     state->elements->typalign);
    while (array_walk_next(&walk, &value, &null))
        accumArrayResult(state->elements, value, null, ARR_ELEMTYPE(array), context);
    state->dims[0]++;
    PG_RETURN_POINTER(state);
}

SQL_FUNCTION(array_agg_array_finalfn)
{
    ArrayArrayState *state = PG_ARGISNULL(0) ? NULL : (ArrayArrayState *) PG_GETARG_POINTER(0);

    if (state == NULL)
        PG_RETURN_NULL();
    return makeMdArrayResult(state->elements, state->ndim, state->dims, state->lower,
                             CurrentMemoryContext, false);
}

/* Index of the last threshold not above the operand; thresholds rise. */
SQL_FUNCTION(width_bucket_array)
{
    ArrayType *array = PG_GETARG_ARRAYTYPE_P(1);
    TypeCacheEntry *entry = types_cmp(ARR_ELEMTYPE(array));
    Datum *values;
    bool *nulls;
    int low = 0;
    int high;

    if (ARR_NDIM(array) > 1)
        ereport(ERROR, (errcode(ERRCODE_ARRAY_SUBSCRIPT_ERROR),
                        errmsg("thresholds must be one-dimensional array")));
    if (array_contains_nulls(array))
        ereport(ERROR, (errcode(ERRCODE_NULL_VALUE_NOT_ALLOWED),
                        errmsg("thresholds array must not contain NULLs")));
    array_deconstruct(array, &values, &nulls, &high);
    while (low < high)
    {
        int middle = (low + high) / 2;

        if (DatumGetInt32(FunctionCall2Coll(&entry->cmp_proc_finfo, PG_GET_COLLATION(),
                                            PG_GETARG_DATUM(0), values[middle])) < 0)
            high = middle;
        else
            low = middle + 1;
    }
    PG_RETURN_INT32(low);
}
