/*
 * aggregate.c - sums, averages, variances and the like over numbers
 *
 * Why        sums of numerics are kept as an int128 at one scale as long as that is enough; past that
 *            in a NumericVar. Sums of int8 always fit the int128.
 * Invariants G1. of a NumericAggState: total sum = small * 10^-scale + large
 */
#include "numeric_int.h"
#include "types/array.h"
#include "types/float.h"
#include "base/aggcall.h"

#define SMALL_DIGITS_MAX 4 /* base 10000: at most 16 decimal digits enter the int128 */
#define SMALL_LIMIT ((__int128) 1 << 120)

typedef struct NumericSum
{
    __int128 small __attribute__((packed, aligned(8))); /* at state->scale; chunks align to 8 */
    NumericVar *large;
} NumericSum;

typedef struct NumericAggState
{
    bool squares;
    MemoryContext context;
    int64 count; /* of finite and other values */
    NumericSum x;
    NumericSum xx;
    int scale;         /* of x.small, a multiple of 4; xx.small has twice that */
    int max_scale;     /* of the values shown */
    int64 max_scale_count;
    int64 nan_count;
    int64 plus_count;
    int64 minus_count;
} NumericAggState;

static NumericAggState *
agg_state(FunctionCallInfo fcinfo, bool squares)
{
    NumericAggState *state;
    MemoryContext context;

    if (!PG_ARGISNULL(0))
        return (NumericAggState *) PG_GETARG_POINTER(0);
    context = types_aggregate_context(fcinfo, "aggregate transition function");
    state = MemoryContextAllocZero(context, sizeof(*state));
    state->context = context;
    state->squares = squares;
    return state;
}

/* Moves the int128 part into the var. */
static void
agg_flush(NumericAggState *state, NumericSum *sum, int scale)
{
    MemoryContext old;
    NumericVar part;
    NumericVar *total;

    if (sum->small == 0 && sum->large != NULL)
        return;
    old = MemoryContextSwitchTo(state->context);
    numeric_var_init(&part);
    numeric_var_from_int128(&part, sum->small, scale);
    total = palloc(sizeof(NumericVar));
    numeric_var_init(total);
    if (sum->large != NULL)
    {
        numeric_var_add(total, sum->large, &part);
        numeric_var_free(sum->large);
        pfree(sum->large);
    }
    else
        numeric_var_copy(total, &part);
    numeric_var_free(&part);
    sum->large = total;
    sum->small = 0;
    MemoryContextSwitchTo(old);
}

static void
agg_add_small(NumericAggState *state, NumericSum *sum, __int128 value, int scale)
{
    if (sum->small > SMALL_LIMIT || sum->small < -SMALL_LIMIT)
        agg_flush(state, sum, scale);
    sum->small += value;
}

static void
agg_add_large(NumericAggState *state, NumericSum *sum, const NumericVar *value, bool subtract)
{
    MemoryContext old = MemoryContextSwitchTo(state->context);
    NumericVar *total = palloc(sizeof(NumericVar));
    NumericVar zero;

    numeric_var_init(&zero);
    numeric_var_init(total);
    if (subtract)
        numeric_var_sub(total, sum->large ? sum->large : &zero, value);
    else
        numeric_var_add(total, sum->large ? sum->large : &zero, value);
    if (sum->large != NULL)
    {
        numeric_var_free(sum->large);
        pfree(sum->large);
    }
    sum->large = total;
    MemoryContextSwitchTo(old);
}

/* The value at the state's scale, where it is short and that scale can hold it. */
static bool
agg_small_value(NumericAggState *state, const NumericVar *value, int64 *ret)
{
    int scale = (value->ndigits - 1 - value->weight) * DEC_DIGITS;
    int64 result = 0;

    if (value->ndigits > SMALL_DIGITS_MAX)
        return false;
    if (value->ndigits == 0)
        scale = 0;
    if (scale > state->scale)
    {
        if (scale > 12)
            return false;
        agg_flush(state, &state->x, state->scale);
        agg_flush(state, &state->xx, 2 * state->scale);
        state->scale = scale;
    }
    for (int i = 0; i < value->ndigits; i++)
        result = result * NBASE + value->digits[i];
    for (; scale < state->scale; scale += DEC_DIGITS)
        if (__builtin_mul_overflow(result, (int64) NBASE, &result))
            return false;
    if (result > INT64CONST(1000000000000000000))
        return false;
    *ret = value->sign == NUMERIC_NEG ? -result : result;
    return true;
}

static void
agg_accumulate(NumericAggState *state, const NumericVar *value, bool remove)
{
    int64 small;
    int sign = remove ? -1 : 1;

    if (value->sign == NUMERIC_NAN)
        state->nan_count += sign;
    else if (value->sign == NUMERIC_PINF)
        state->plus_count += sign;
    else if (value->sign == NUMERIC_NINF)
        state->minus_count += sign;
    if (numeric_var_special(value))
        return;
    state->count += sign;
    if (!remove)
    {
        if (value->dscale > state->max_scale)
        {
            state->max_scale = value->dscale;
            state->max_scale_count = 1;
        }
        else if (value->dscale == state->max_scale)
            state->max_scale_count++;
    }
    if (agg_small_value(state, value, &small))
    {
        agg_add_small(state, &state->x, sign * (__int128) small, state->scale);
        if (state->squares)
            agg_add_small(state, &state->xx, sign * (__int128) small * small, 2 * state->scale);
        return;
    }
    agg_add_large(state, &state->x, value, remove);
    if (state->squares)
    {
        NumericVar square;

        numeric_var_init(&square);
        numeric_var_mul(&square, value, value, value->dscale * 2);
        agg_add_large(state, &state->xx, &square, remove);
        numeric_var_free(&square);
    }
}

/* Taking out the last value of the largest scale would change the scale shown: then refuse. */
static bool
agg_remove(NumericAggState *state, const NumericVar *value)
{
    if (!numeric_var_special(value) && value->dscale == state->max_scale)
    {
        if (state->max_scale_count > 1 || state->max_scale == 0)
            state->max_scale_count--;
        else if (state->count == 1)
        {
            state->max_scale = 0;
            state->max_scale_count = 0;
        }
        else
            return false;
    }
    agg_accumulate(state, value, true);
    return true;
}

static void
agg_total(NumericAggState *state, NumericSum *sum, int scale, NumericVar *ret)
{
    NumericVar part;

    numeric_var_init(&part);
    numeric_var_init(ret);
    numeric_var_from_int128(&part, sum->small, scale);
    if (sum->large != NULL)
        numeric_var_add(ret, &part, sum->large);
    else
        numeric_var_copy(ret, &part);
    ret->dscale = state->max_scale;
    numeric_var_free(&part);
}

/* NaN or infinity in the sum: true, and which. */
static bool
agg_special(NumericAggState *state, int *ret_sign)
{
    if (state->nan_count > 0 || (state->plus_count > 0 && state->minus_count > 0))
        *ret_sign = NUMERIC_NAN;
    else if (state->plus_count > 0)
        *ret_sign = NUMERIC_PINF;
    else if (state->minus_count > 0)
        *ret_sign = NUMERIC_NINF;
    else
        return false;
    return true;
}

static int64
agg_all_count(NumericAggState *state)
{
    return state->count + state->nan_count + state->plus_count + state->minus_count;
}

/* ---- transitions ---- */

static Datum
agg_numeric_step(FunctionCallInfo fcinfo, bool squares)
{
    NumericAggState *state = agg_state(fcinfo, squares);

    if (!PG_ARGISNULL(1))
    {
        NumericVar value;

        numeric_var_load(&value, PG_GETARG_NUMERIC(1));
        agg_accumulate(state, &value, false);
        numeric_var_free(&value);
    }
    PG_RETURN_POINTER(state);
}

SQL_FUNCTION(numeric_avg_accum)
{
    return agg_numeric_step(fcinfo, false);
}

SQL_FUNCTION(numeric_accum)
{
    return agg_numeric_step(fcinfo, true);
}

SQL_FUNCTION(numeric_accum_inv)
{
    NumericAggState *state = (NumericAggState *) PG_GETARG_POINTER(0);

    if (PG_ARGISNULL(0))
        elog(ERROR, "numeric_accum_inv called with NULL state");
    if (!PG_ARGISNULL(1))
    {
        NumericVar value;

        numeric_var_load(&value, PG_GETARG_NUMERIC(1));
        if (!agg_remove(state, &value))
            PG_RETURN_NULL();
    }
    PG_RETURN_POINTER(state);
}

static Datum
agg_int_step(FunctionCallInfo fcinfo, int64 value, bool squares, int sign)
{
    NumericAggState *state = agg_state(fcinfo, squares);

    if (!PG_ARGISNULL(1))
    {
        state->count += sign;
        agg_add_small(state, &state->x, sign * (__int128) value, 0);
        if (squares)
        {
            /* The square of an int8 takes 126 bits: it goes in through the large sum. */
            if (value > PG_INT32_MAX || value < PG_INT32_MIN)
            {
                NumericVar square;

                numeric_var_init(&square);
                numeric_var_from_int128(&square, (__int128) value * value, 0);
                agg_add_large(state, &state->xx, &square, sign < 0);
                numeric_var_free(&square);
            }
            else
                agg_add_small(state, &state->xx, sign * (__int128) value * value, 0);
        }
    }
    PG_RETURN_POINTER(state);
}

#define AGG_INT_STEP(name, KIND, squares, sign)                                                    \
    SQL_FUNCTION(name)                                                                             \
    {                                                                                              \
        return agg_int_step(fcinfo, PG_GETARG_##KIND(1), squares, sign);                           \
    }

AGG_INT_STEP(int2_accum, INT16, true, 1)
AGG_INT_STEP(int4_accum, INT32, true, 1)
AGG_INT_STEP(int8_accum, INT64, true, 1)
AGG_INT_STEP(int2_accum_inv, INT16, true, -1)
AGG_INT_STEP(int4_accum_inv, INT32, true, -1)
AGG_INT_STEP(int8_accum_inv, INT64, true, -1)
AGG_INT_STEP(int8_avg_accum, INT64, false, 1)
AGG_INT_STEP(int8_avg_accum_inv, INT64, false, -1)

/* ---- results ---- */

SQL_FUNCTION(numeric_sum)
{
    NumericAggState *state = PG_ARGISNULL(0) ? NULL : (NumericAggState *) PG_GETARG_POINTER(0);
    NumericVar total;
    int sign;

    if (state == NULL || agg_all_count(state) == 0)
        PG_RETURN_NULL();
    if (agg_special(state, &sign))
        PG_RETURN_NUMERIC(numeric_special(sign));
    agg_total(state, &state->x, state->scale, &total);
    PG_RETURN_NUMERIC(numeric_var_store(&total));
}

SQL_FUNCTION(numeric_avg)
{
    NumericAggState *state = PG_ARGISNULL(0) ? NULL : (NumericAggState *) PG_GETARG_POINTER(0);
    NumericVar total;
    NumericVar count;
    NumericVar r;
    int sign;

    if (state == NULL || agg_all_count(state) == 0)
        PG_RETURN_NULL();
    if (agg_special(state, &sign))
        PG_RETURN_NUMERIC(numeric_special(sign));
    agg_total(state, &state->x, state->scale, &total);
    numeric_var_init(&count);
    numeric_var_init(&r);
    numeric_var_from_int64(&count, state->count);
    numeric_var_div(&r, &total, &count, numeric_div_scale(&total, &count), true);
    PG_RETURN_NUMERIC(numeric_var_store(&r));
}

SQL_FUNCTION(numeric_poly_sum)
{
    return numeric_sum(fcinfo);
}

SQL_FUNCTION(numeric_poly_avg)
{
    return numeric_avg(fcinfo);
}

/* (N sum(x^2) - sum(x)^2) / (N (N - 1)), or / N^2 for the whole population; the root of it. */
static Datum
agg_deviation(FunctionCallInfo fcinfo, bool variance, bool sample)
{
    NumericAggState *state = PG_ARGISNULL(0) ? NULL : (NumericAggState *) PG_GETARG_POINTER(0);
    NumericVar x;
    NumericVar xx;
    NumericVar n;
    NumericVar n_other;
    NumericVar left;
    NumericVar right;
    NumericVar difference;
    NumericVar divisor;
    NumericVar r;
    int sign;
    int scale;

    if (state == NULL || agg_all_count(state) <= (sample ? 1 : 0))
        PG_RETURN_NULL();
    if (agg_special(state, &sign))
        PG_RETURN_NUMERIC(numeric_special(NUMERIC_NAN));
    agg_total(state, &state->x, state->scale, &x);
    agg_total(state, &state->xx, 2 * state->scale, &xx);
    numeric_var_init(&n);
    numeric_var_init(&n_other);
    numeric_var_init(&left);
    numeric_var_init(&right);
    numeric_var_init(&difference);
    numeric_var_init(&divisor);
    numeric_var_init(&r);
    numeric_var_from_int64(&n, state->count);
    numeric_var_from_int64(&n_other, sample ? state->count - 1 : state->count);
    scale = x.dscale * 2;
    numeric_var_mul(&left, &n, &xx, scale);
    numeric_var_mul(&right, &x, &x, scale);
    numeric_var_sub(&difference, &left, &right);
    if (difference.ndigits == 0 || difference.sign == NUMERIC_NEG)
        PG_RETURN_NUMERIC(int64_to_numeric(0));
    numeric_var_mul(&divisor, &n, &n_other, 0);
    scale = numeric_div_scale(&difference, &divisor);
    numeric_var_div(&r, &difference, &divisor, scale, true);
    if (variance)
        PG_RETURN_NUMERIC(numeric_var_store(&r));
    numeric_var_sqrt(&left, &r, scale);
    PG_RETURN_NUMERIC(numeric_var_store(&left));
}

#define AGG_DEVIATION(prefix)                                                                      \
    SQL_FUNCTION(prefix##_var_samp)                                                                \
    {                                                                                              \
        return agg_deviation(fcinfo, true, true);                                                  \
    }                                                                                              \
    SQL_FUNCTION(prefix##_var_pop)                                                                 \
    {                                                                                              \
        return agg_deviation(fcinfo, true, false);                                                 \
    }                                                                                              \
    SQL_FUNCTION(prefix##_stddev_samp)                                                             \
    {                                                                                              \
        return agg_deviation(fcinfo, false, true);                                                 \
    }                                                                                              \
    SQL_FUNCTION(prefix##_stddev_pop)                                                              \
    {                                                                                              \
        return agg_deviation(fcinfo, false, false);                                                \
    }

AGG_DEVIATION(numeric)
AGG_DEVIATION(numeric_poly)

/* ---- partial states, for parallel plans ---- */

static void
agg_move_sum(NumericAggState *to, NumericSum *to_sum, NumericAggState *from, NumericSum *from_sum,
             int scale)
{
    NumericVar part;

    numeric_var_init(&part);
    numeric_var_from_int128(&part, from_sum->small, scale);
    agg_add_large(to, to_sum, &part, false);
    if (from_sum->large != NULL)
        agg_add_large(to, to_sum, from_sum->large, false);
    numeric_var_free(&part);
}

static Datum
agg_combine(FunctionCallInfo fcinfo, bool squares)
{
    NumericAggState *from = PG_ARGISNULL(1) ? NULL : (NumericAggState *) PG_GETARG_POINTER(1);
    NumericAggState *to;

    if (from == NULL)
    {
        if (PG_ARGISNULL(0))
            PG_RETURN_NULL();
        return PG_GETARG_DATUM(0);
    }
    to = agg_state(fcinfo, squares);
    to->count += from->count;
    to->nan_count += from->nan_count;
    to->plus_count += from->plus_count;
    to->minus_count += from->minus_count;
    if (from->max_scale > to->max_scale)
    {
        to->max_scale = from->max_scale;
        to->max_scale_count = 0;
    }
    if (from->max_scale == to->max_scale)
        to->max_scale_count += from->max_scale_count;
    agg_move_sum(to, &to->x, from, &from->x, from->scale);
    if (squares)
        agg_move_sum(to, &to->xx, from, &from->xx, 2 * from->scale);
    PG_RETURN_POINTER(to);
}

static void
agg_send_sum(StringInfo buf, NumericAggState *state, NumericSum *sum, int scale)
{
    NumericVar total;
    char *text;

    agg_total(state, sum, scale, &total);
    text = numeric_var_text(&total, Max((total.ndigits - 1 - total.weight) * DEC_DIGITS, 0));
    pq_sendstring(buf, text);
}

static Datum
agg_serialize(FunctionCallInfo fcinfo)
{
    NumericAggState *state = (NumericAggState *) PG_GETARG_POINTER(0);
    StringInfoData buf;

    pq_begintypsend(&buf);
    pq_sendbyte(&buf, state->squares);
    pq_sendint64(&buf, (uint64) state->count);
    pq_sendint64(&buf, (uint64) state->nan_count);
    pq_sendint64(&buf, (uint64) state->plus_count);
    pq_sendint64(&buf, (uint64) state->minus_count);
    pq_sendint32(&buf, (uint32) state->max_scale);
    pq_sendint64(&buf, (uint64) state->max_scale_count);
    agg_send_sum(&buf, state, &state->x, state->scale);
    agg_send_sum(&buf, state, &state->xx, 2 * state->scale);
    PG_RETURN_BYTEA_P(pq_endtypsend(&buf));
}

static void
agg_receive_sum(StringInfo buf, NumericAggState *state, NumericSum *sum)
{
    NumericVar value;
    const char *text = pq_getmsgstring(buf);
    int special;

    numeric_var_init(&value);
    numeric_var_parse(&value, text, text, &special);
    agg_add_large(state, sum, &value, false);
    numeric_var_free(&value);
}

static Datum
agg_deserialize(FunctionCallInfo fcinfo)
{
    bytea *bytes = PG_GETARG_BYTEA_PP(0);
    NumericAggState *state = palloc0(sizeof(*state));
    StringInfoData buf;

    initReadOnlyStringInfo(&buf, VARDATA_ANY(bytes), (int) VARSIZE_ANY_EXHDR(bytes));
    state->context = CurrentMemoryContext;
    state->squares = pq_getmsgbyte(&buf);
    state->count = pq_getmsgint64(&buf);
    state->nan_count = pq_getmsgint64(&buf);
    state->plus_count = pq_getmsgint64(&buf);
    state->minus_count = pq_getmsgint64(&buf);
    state->max_scale = (int) pq_getmsgint(&buf, 4);
    state->max_scale_count = pq_getmsgint64(&buf);
    agg_receive_sum(&buf, state, &state->x);
    agg_receive_sum(&buf, state, &state->xx);
    PG_RETURN_POINTER(state);
}

#define AGG_PARALLEL(prefix, squares)                                                              \
    SQL_FUNCTION(prefix##_combine)                                                                 \
    {                                                                                              \
        return agg_combine(fcinfo, squares);                                                       \
    }                                                                                              \
    SQL_FUNCTION(prefix##_serialize)                                                               \
    {                                                                                              \
        return agg_serialize(fcinfo);                                                              \
    }                                                                                              \
    SQL_FUNCTION(prefix##_deserialize)                                                             \
    {                                                                                              \
        return agg_deserialize(fcinfo);                                                            \
    }

AGG_PARALLEL(numeric_avg, false)
AGG_PARALLEL(numeric, true)
AGG_PARALLEL(numeric_poly, true)
AGG_PARALLEL(int8_avg, false)

/* ---- sums of small integers ---- */

#define AGG_INT_SUM(name, KIND)                                                                    \
    SQL_FUNCTION(name)                                                                             \
    {                                                                                              \
        if (PG_ARGISNULL(0))                                                                       \
        {                                                                                          \
            if (PG_ARGISNULL(1))                                                                   \
                PG_RETURN_NULL();                                                                  \
            PG_RETURN_INT64((int64) PG_GETARG_##KIND(1));                                          \
        }                                                                                          \
        if (PG_ARGISNULL(1))                                                                       \
            return PG_GETARG_DATUM(0);                                                             \
        /* As many int4 as overflow this do not fit any table. */                                  \
        PG_RETURN_INT64(PG_GETARG_INT64(0) + (int64) PG_GETARG_##KIND(1));                         \
    }

AGG_INT_SUM(int2_sum, INT16)
AGG_INT_SUM(int4_sum, INT32)

SQL_FUNCTION(int8_sum)
{
    if (PG_ARGISNULL(0))
    {
        if (PG_ARGISNULL(1))
            PG_RETURN_NULL();
        PG_RETURN_NUMERIC(int64_to_numeric(PG_GETARG_INT64(1)));
    }
    if (PG_ARGISNULL(1))
        return PG_GETARG_DATUM(0);
    return DirectFunctionCall2(numeric_add, PG_GETARG_DATUM(0),
                               NumericGetDatum(int64_to_numeric(PG_GETARG_INT64(1))));
}

/* avg(int2) and avg(int4): state int8[2], count and sum, changed in place inside an aggregate. */
static int64 *
agg_int_pair(FunctionCallInfo fcinfo, ArrayType **ret_array)
{
    ArrayType *array = AggCheckCallContext(fcinfo, NULL) ? PG_GETARG_ARRAYTYPE_P(0)
                                                         : array_copy(PG_GETARG_DATUM(0));

    if (ARR_HASNULL(array) || ARR_SIZE(array) != ARR_OVERHEAD_NONULLS(1) + 2 * sizeof(int64))
        elog(ERROR, "expected 2-element int8 array");
    *ret_array = array;
    return (int64 *) ARR_DATA_PTR(array);
}

#define AGG_INT_AVG(name, KIND, operator)                                                          \
    SQL_FUNCTION(name)                                                                             \
    {                                                                                              \
        ArrayType *array;                                                                          \
        int64 *pair = agg_int_pair(fcinfo, &array);                                                \
        pair[0] operator 1;                                                                        \
        pair[1] operator PG_GETARG_##KIND(1);                                                      \
        PG_RETURN_ARRAYTYPE_P(array);                                                              \
    }

AGG_INT_AVG(int2_avg_accum, INT16, +=)
AGG_INT_AVG(int4_avg_accum, INT32, +=)
AGG_INT_AVG(int2_avg_accum_inv, INT16, -=)
AGG_INT_AVG(int4_avg_accum_inv, INT32, -=)

SQL_FUNCTION(int4_avg_combine)
{
    ArrayType *array;
    int64 *pair = agg_int_pair(fcinfo, &array);
    int64 *other = (int64 *) ARR_DATA_PTR(PG_GETARG_ARRAYTYPE_P(1));

    pair[0] += other[0];
    pair[1] += other[1];
    PG_RETURN_ARRAYTYPE_P(array);
}

SQL_FUNCTION(int8_avg)
{
    int64 *pair = (int64 *) ARR_DATA_PTR(PG_GETARG_ARRAYTYPE_P(0));

    if (pair[0] == 0)
        PG_RETURN_NULL();
    return DirectFunctionCall2(numeric_div, NumericGetDatum(int64_to_numeric(pair[1])),
                               NumericGetDatum(int64_to_numeric(pair[0])));
}

SQL_FUNCTION(int2int4_sum)
{
    int64 *pair = (int64 *) ARR_DATA_PTR(PG_GETARG_ARRAYTYPE_P(0));

    if (pair[0] == 0)
        PG_RETURN_NULL();
    PG_RETURN_INT64(pair[1]);
}

/* ---- bool_and, bool_or as moving aggregates ---- */

typedef struct BoolAggState
{
    int64 count;
    int64 true_count;
} BoolAggState;

SQL_FUNCTION(bool_accum)
{
    BoolAggState *state = PG_ARGISNULL(0) ? NULL : (BoolAggState *) PG_GETARG_POINTER(0);

    if (state == NULL)
        state = MemoryContextAllocZero(types_aggregate_context(fcinfo, "bool_accum"),
                                       sizeof(*state));
    if (!PG_ARGISNULL(1))
    {
        state->count++;
        state->true_count += PG_GETARG_BOOL(1);
    }
    PG_RETURN_POINTER(state);
}

SQL_FUNCTION(bool_accum_inv)
{
    BoolAggState *state = (BoolAggState *) PG_GETARG_POINTER(0);

    if (!PG_ARGISNULL(1))
    {
        state->count--;
        state->true_count -= PG_GETARG_BOOL(1);
    }
    PG_RETURN_POINTER(state);
}

SQL_FUNCTION(bool_alltrue)
{
    BoolAggState *state = PG_ARGISNULL(0) ? NULL : (BoolAggState *) PG_GETARG_POINTER(0);

    if (state == NULL || state->count == 0)
        PG_RETURN_NULL();
    PG_RETURN_BOOL(state->true_count == state->count);
}

SQL_FUNCTION(bool_anytrue)
{
    BoolAggState *state = PG_ARGISNULL(0) ? NULL : (BoolAggState *) PG_GETARG_POINTER(0);

    if (state == NULL || state->count == 0)
        PG_RETURN_NULL();
    PG_RETURN_BOOL(state->true_count != 0);
}

SQL_FUNCTION(aggregate_dummy)
{
    elog(ERROR, "aggregate function %u called as normal function", fcinfo->flinfo->fn_oid);
    pg_unreachable();
}
