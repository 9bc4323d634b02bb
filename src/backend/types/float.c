/*
 * float.c - float4 and float8: arithmetic, order, casts
 *
 * Invariants F1. a finite operation never yields infinity or a false zero: it throws 22003.
 *            F2. NaN equals NaN and is greater than every number, so that floats can be sorted.
 */
#include "types_int.h"
#include "types/float.h"

void
float_overflow_error(void)
{
    types_throw_range("value out of range: overflow");
}

void
float_underflow_error(void)
{
    types_throw_range("value out of range: underflow");
}

float8
float8_pl(float8 a, float8 b)
{
    float8 r = a + b;

    if (unlikely(isinf(r)) && !isinf(a) && !isinf(b))
        float_overflow_error();
    return r;
}

float8
float8_mi(float8 a, float8 b)
{
    float8 r = a - b;

    if (unlikely(isinf(r)) && !isinf(a) && !isinf(b))
        float_overflow_error();
    return r;
}

float8
float8_mul(float8 a, float8 b)
{
    float8 r = a * b;

    if (unlikely(isinf(r)) && !isinf(a) && !isinf(b))
        float_overflow_error();
    if (unlikely(r == 0.0) && a != 0.0 && b != 0.0)
        float_underflow_error();
    return r;
}

float8
float8_div(float8 a, float8 b)
{
    float8 r;

    if (unlikely(b == 0.0) && !isnan(a))
        types_throw_division_by_zero();
    r = a / b;
    if (unlikely(isinf(r)) && !isinf(a))
        float_overflow_error();
    if (unlikely(r == 0.0) && a != 0.0 && !isinf(b))
        float_underflow_error();
    return r;
}

static float4
float4_pl(float4 a, float4 b)
{
    float4 r = a + b;

    if (unlikely(isinf(r)) && !isinf(a) && !isinf(b))
        float_overflow_error();
    return r;
}

static float4
float4_mi(float4 a, float4 b)
{
    return float4_pl(a, -b);
}

static float4
float4_mul(float4 a, float4 b)
{
    float4 r = a * b;

    if (unlikely(isinf(r)) && !isinf(a) && !isinf(b))
        float_overflow_error();
    if (unlikely(r == 0.0f) && a != 0.0f && b != 0.0f)
        float_underflow_error();
    return r;
}

static float4
float4_div(float4 a, float4 b)
{
    float4 r;

    if (unlikely(b == 0.0f) && !isnan(a))
        types_throw_division_by_zero();
    r = a / b;
    if (unlikely(isinf(r)) && !isinf(a))
        float_overflow_error();
    if (unlikely(r == 0.0f) && a != 0.0f && !isinf(b))
        float_underflow_error();
    return r;
}

#define FLOAT_FOUR(prefix, left, right, family, RETURN)                                            \
    SQL_FUNCTION(prefix##pl)                                                                       \
    {                                                                                              \
        RETURN(family##_pl(PG_GETARG_##left(0), PG_GETARG_##right(1)));                            \
    }                                                                                              \
    SQL_FUNCTION(prefix##mi)                                                                       \
    {                                                                                              \
        RETURN(family##_mi(PG_GETARG_##left(0), PG_GETARG_##right(1)));                            \
    }                                                                                              \
    SQL_FUNCTION(prefix##mul)                                                                      \
    {                                                                                              \
        RETURN(family##_mul(PG_GETARG_##left(0), PG_GETARG_##right(1)));                           \
    }                                                                                              \
    SQL_FUNCTION(prefix##div)                                                                      \
    {                                                                                              \
        RETURN(family##_div(PG_GETARG_##left(0), PG_GETARG_##right(1)));                           \
    }

FLOAT_FOUR(float4, FLOAT4, FLOAT4, float4, PG_RETURN_FLOAT4)
FLOAT_FOUR(float8, FLOAT8, FLOAT8, float8, PG_RETURN_FLOAT8)
FLOAT_FOUR(float48, FLOAT4, FLOAT8, float8, PG_RETURN_FLOAT8)
FLOAT_FOUR(float84, FLOAT8, FLOAT4, float8, PG_RETURN_FLOAT8)

#define FLOAT_COMPARE_ONE(name, left, right, operator)                                             \
    SQL_FUNCTION(name)                                                                             \
    {                                                                                              \
        PG_RETURN_BOOL(float8_cmp_internal(PG_GETARG_##left(0), PG_GETARG_##right(1)) operator 0); \
    }

#define FLOAT_COMPARE(prefix, left, right)                                                         \
    FLOAT_COMPARE_ONE(prefix##eq, left, right, ==)                                                 \
    FLOAT_COMPARE_ONE(prefix##ne, left, right, !=)                                                 \
    FLOAT_COMPARE_ONE(prefix##lt, left, right, <)                                                  \
    FLOAT_COMPARE_ONE(prefix##le, left, right, <=)                                                 \
    FLOAT_COMPARE_ONE(prefix##gt, left, right, >)                                                  \
    FLOAT_COMPARE_ONE(prefix##ge, left, right, >=)                                                 \
    SQL_FUNCTION(bt##prefix##cmp)                                                                  \
    {                                                                                              \
        PG_RETURN_INT32(float8_cmp_internal(PG_GETARG_##left(0), PG_GETARG_##right(1)));           \
    }

FLOAT_COMPARE(float4, FLOAT4, FLOAT4)
FLOAT_COMPARE(float8, FLOAT8, FLOAT8)
FLOAT_COMPARE(float48, FLOAT4, FLOAT8)
FLOAT_COMPARE(float84, FLOAT8, FLOAT4)

#define FLOAT_UNARY(prefix, KIND, absolute)                                                        \
    SQL_FUNCTION(prefix##abs)                                                                      \
    {                                                                                              \
        PG_RETURN_##KIND(absolute(PG_GETARG_##KIND(0)));                                           \
    }                                                                                              \
    SQL_FUNCTION(prefix##um)                                                                       \
    {                                                                                              \
        PG_RETURN_##KIND(-PG_GETARG_##KIND(0));                                                    \
    }                                                                                              \
    SQL_FUNCTION(prefix##up)                                                                       \
    {                                                                                              \
        PG_RETURN_##KIND(PG_GETARG_##KIND(0));                                                     \
    }                                                                                              \
    SQL_FUNCTION(prefix##larger)                                                                   \
    {                                                                                              \
        return float8_cmp_internal(PG_GETARG_##KIND(0), PG_GETARG_##KIND(1)) > 0                   \
                   ? PG_GETARG_DATUM(0)                                                            \
                   : PG_GETARG_DATUM(1);                                                           \
    }                                                                                              \
    SQL_FUNCTION(prefix##smaller)                                                                  \
    {                                                                                              \
        return float8_cmp_internal(PG_GETARG_##KIND(0), PG_GETARG_##KIND(1)) < 0                   \
                   ? PG_GETARG_DATUM(0)                                                            \
                   : PG_GETARG_DATUM(1);                                                           \
    }

FLOAT_UNARY(float4, FLOAT4, fabsf)
FLOAT_UNARY(float8, FLOAT8, fabs)

/* ---- casts ---- */

SQL_FUNCTION(ftod)
{
    PG_RETURN_FLOAT8((float8) PG_GETARG_FLOAT4(0));
}

SQL_FUNCTION(dtof)
{
    float8 value = PG_GETARG_FLOAT8(0);
    float4 r = (float4) value;

    if (unlikely(isinf(r)) && !isinf(value))
        float_overflow_error();
    if (unlikely(r == 0.0f) && value != 0.0)
        float_underflow_error();
    PG_RETURN_FLOAT4(r);
}

/* Half-way cases round to even; the upper bound is exclusive since it is not a float. */
#define FLOAT_TO_INT(name, KIND, RETURN, type, min, message)                                       \
    SQL_FUNCTION(name)                                                                             \
    {                                                                                              \
        float8 value = rint((float8) PG_GETARG_##KIND(0));                                         \
        if (unlikely(isnan(value) || !(value >= (float8) min && value < -(float8) min)))           \
            types_throw_range(message);                                                            \
        RETURN((type) value);                                                                      \
    }

FLOAT_TO_INT(dtoi2, FLOAT8, PG_RETURN_INT16, int16, PG_INT16_MIN, "smallint out of range")
FLOAT_TO_INT(dtoi4, FLOAT8, PG_RETURN_INT32, int32, PG_INT32_MIN, "integer out of range")
FLOAT_TO_INT(dtoi8, FLOAT8, PG_RETURN_INT64, int64, PG_INT64_MIN, "bigint out of range")
FLOAT_TO_INT(ftoi2, FLOAT4, PG_RETURN_INT16, int16, PG_INT16_MIN, "smallint out of range")
FLOAT_TO_INT(ftoi4, FLOAT4, PG_RETURN_INT32, int32, PG_INT32_MIN, "integer out of range")
FLOAT_TO_INT(ftoi8, FLOAT4, PG_RETURN_INT64, int64, PG_INT64_MIN, "bigint out of range")

#define INT_TO_FLOAT(name, KIND, FLOAT_KIND, type)                                                 \
    SQL_FUNCTION(name)                                                                             \
    {                                                                                              \
        PG_RETURN_##FLOAT_KIND((type) PG_GETARG_##KIND(0));                                        \
    }

INT_TO_FLOAT(i2tod, INT16, FLOAT8, float8)
INT_TO_FLOAT(i4tod, INT32, FLOAT8, float8)
INT_TO_FLOAT(i8tod, INT64, FLOAT8, float8)
INT_TO_FLOAT(i2tof, INT16, FLOAT4, float4)
INT_TO_FLOAT(i4tof, INT32, FLOAT4, float4)
INT_TO_FLOAT(i8tof, INT64, FLOAT4, float4)

/* ---- window frames ---- */

static bool
float_in_range(float8 value, float8 base, float8 offset, bool preceding, bool less)
{
    float8 sum;

    if (isnan(offset) || offset < 0)
        ereport(ERROR, (errcode(ERRCODE_INVALID_PRECEDING_OR_FOLLOWING_SIZE),
                        errmsg("invalid preceding or following size in window function")));
    if (isnan(value))
        return isnan(base) ? true : !less;
    if (isnan(base))
        return less;
    if (isinf(offset) && isinf(base) && (preceding ? base > 0 : base < 0))
        return true;
    sum = preceding ? base - offset : base + offset;
    return less ? value <= sum : value >= sum;
}

SQL_FUNCTION(in_range_float8_float8)
{
    PG_RETURN_BOOL(float_in_range(PG_GETARG_FLOAT8(0), PG_GETARG_FLOAT8(1), PG_GETARG_FLOAT8(2),
                                  PG_GETARG_BOOL(3), PG_GETARG_BOOL(4)));
}

SQL_FUNCTION(in_range_float4_float8)
{
    PG_RETURN_BOOL(float_in_range(PG_GETARG_FLOAT4(0), PG_GETARG_FLOAT4(1), PG_GETARG_FLOAT8(2),
                                  PG_GETARG_BOOL(3), PG_GETARG_BOOL(4)));
}

SQL_FUNCTION(width_bucket_float8)
{
    float8 operand = PG_GETARG_FLOAT8(0);
    float8 low = PG_GETARG_FLOAT8(1);
    float8 high = PG_GETARG_FLOAT8(2);
    int32 count = PG_GETARG_INT32(3);
    bool descending = low > high;
    float8 first = descending ? high : low;
    float8 last = descending ? low : high;
    int32 r;

    if (count <= 0)
        ereport(ERROR, (errcode(ERRCODE_INVALID_ARGUMENT_FOR_WIDTH_BUCKET_FUNCTION),
                        errmsg("count must be greater than zero")));
    if (isnan(operand) || isnan(low) || isnan(high))
        ereport(ERROR, (errcode(ERRCODE_INVALID_ARGUMENT_FOR_WIDTH_BUCKET_FUNCTION),
                        errmsg("operand, lower bound, and upper bound cannot be NaN")));
    if (isinf(low) || isinf(high))
        ereport(ERROR, (errcode(ERRCODE_INVALID_ARGUMENT_FOR_WIDTH_BUCKET_FUNCTION),
                        errmsg("lower and upper bounds must be finite")));
    if (low == high)
        ereport(ERROR, (errcode(ERRCODE_INVALID_ARGUMENT_FOR_WIDTH_BUCKET_FUNCTION),
                        errmsg("lower bound cannot equal upper bound")));
    if (descending ? operand > low : operand < low)
        PG_RETURN_INT32(0);
    if (descending ? operand <= high : operand >= high)
    {
        if (__builtin_add_overflow(count, 1, &r))
            types_throw_range("integer out of range");
        PG_RETURN_INT32(r);
    }
    /* Halved where the plain difference would overflow. */
    if (isinf(last - first))
        r = (int32) (count * ((descending ? low / 2 - operand / 2 : operand / 2 - low / 2) /
                              (last / 2 - first / 2)));
    else
        r = (int32) (count * ((descending ? low - operand : operand - low) / (last - first)));
    /* The quotient may round to one: that is still the last bucket. Descending, PostgreSQL 15 does
     * not look. */
    PG_RETURN_INT32((descending ? r : Min(r, count - 1)) + 1);
}
