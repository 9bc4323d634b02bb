/*
 * floatagg.c - averages, deviations and regressions over float8
 *
 * Why        Youngs and Cramer's updating formulas: the sum of squares of differences grows without
 *            the cancellation that sum(x^2) - sum(x)^2 / N suffers.
 * State      float8[3]: N, sum(x), sum((x - mean)^2); float8[6] for two variables:
 *            N, Sx, Sxx, Sy, Syy, Sxy
 */
#include "types_int.h"
#include "types/array.h"
#include "types/float.h"
#include "base/aggcall.h"

static void
floatagg_state(ArrayType *array, int count, const char *function, float8 *ret_state)
{
    if (ARR_NDIM(array) != 1 || ARR_DIMS(array)[0] != count || ARR_HASNULL(array) ||
        ARR_ELEMTYPE(array) != FLOAT8OID)
        elog(ERROR, "%s: expected %d-element float8 array", function, count);
    memcpy(ret_state, ARR_DATA_PTR(array), count * sizeof(float8));
}

/* In place inside an aggregate, else a new array. */
static Datum
floatagg_return(FunctionCallInfo fcinfo, const float8 *state, int count)
{
    Datum values[6];

    if (AggCheckCallContext(fcinfo, NULL))
    {
        ArrayType *array = (ArrayType *) PG_GETARG_POINTER(0);

        if (PG_GETARG_ARRAYTYPE_P(0) == array)
        {
            memcpy(ARR_DATA_PTR(array), state, count * sizeof(float8));
            PG_RETURN_ARRAYTYPE_P(array);
        }
    }
    for (int i = 0; i < count; i++)
        values[i] = Float8GetDatum(state[i]);
    PG_RETURN_ARRAYTYPE_P(construct_array(values, count, FLOAT8OID, sizeof(float8), true, 'd'));
}

static Datum
floatagg_step(FunctionCallInfo fcinfo, float8 value)
{
    float8 s[3];
    float8 n;
    float8 sum;

    floatagg_state(PG_GETARG_ARRAYTYPE_P(0), 3, "float8_accum", s);
    n = s[0] + 1.0;
    sum = s[1] + value;
    if (s[0] > 0.0)
    {
        float8 difference = value * n - sum;

        s[2] += difference * difference / (n * s[0]);
        if (isinf(sum) || isinf(s[2]))
        {
            if (!isinf(s[1]) && !isinf(value))
                float_overflow_error();
            s[2] = NAN;
        }
    }
    else if (isnan(value) || isinf(value))
        s[2] = NAN;
    s[0] = n;
    s[1] = sum;
    return floatagg_return(fcinfo, s, 3);
}

SQL_FUNCTION(float8_accum)
{
    return floatagg_step(fcinfo, PG_GETARG_FLOAT8(1));
}

SQL_FUNCTION(float4_accum)
{
    return floatagg_step(fcinfo, (float8) PG_GETARG_FLOAT4(1));
}

/* Sum of squared differences of two groups taken together. */
static float8
floatagg_join(float8 n1, float8 s1, float8 q1, float8 n2, float8 s2, float8 q2)
{
    float8 difference = s1 / n1 - s2 / n2;
    float8 r = q1 + q2 + n1 * n2 * difference * difference / (n1 + n2);

    if (isinf(r) && !isinf(q1) && !isinf(q2))
        float_overflow_error();
    return r;
}

SQL_FUNCTION(float8_combine)
{
    float8 a[3];
    float8 b[3];

    floatagg_state(PG_GETARG_ARRAYTYPE_P(0), 3, "float8_combine", a);
    floatagg_state(PG_GETARG_ARRAYTYPE_P(1), 3, "float8_combine", b);
    if (a[0] == 0.0)
        return floatagg_return(fcinfo, b, 3);
    if (b[0] != 0.0)
    {
        a[2] = floatagg_join(a[0], a[1], a[2], b[0], b[1], b[2]);
        a[1] = float8_pl(a[1], b[1]);
        a[0] += b[0];
    }
    return floatagg_return(fcinfo, a, 3);
}

#define FLOAT_AGG_FINAL(name, min_count, expression)                                               \
    SQL_FUNCTION(name)                                                                             \
    {                                                                                              \
        float8 s[3];                                                                               \
        floatagg_state(PG_GETARG_ARRAYTYPE_P(0), 3, #name, s);                                     \
        if (s[0] < min_count)                                                                      \
            PG_RETURN_NULL();                                                                      \
        PG_RETURN_FLOAT8(expression);                                                              \
    }

FLOAT_AGG_FINAL(float8_avg, 1.0, s[1] / s[0])
FLOAT_AGG_FINAL(float8_var_pop, 1.0, s[2] / s[0])
FLOAT_AGG_FINAL(float8_var_samp, 2.0, s[2] / (s[0] - 1.0))
FLOAT_AGG_FINAL(float8_stddev_pop, 1.0, sqrt(s[2] / s[0]))
FLOAT_AGG_FINAL(float8_stddev_samp, 2.0, sqrt(s[2] / (s[0] - 1.0)))

/* ---- two variables: the dependent one comes first ---- */

enum
{
    N,
    SX,
    SXX,
    SY,
    SYY,
    SXY,
};

SQL_FUNCTION(float8_regr_accum)
{
    float8 y = PG_GETARG_FLOAT8(1);
    float8 x = PG_GETARG_FLOAT8(2);
    float8 s[6];
    float8 old[6];

    floatagg_state(PG_GETARG_ARRAYTYPE_P(0), 6, "float8_regr_accum", s);
    memcpy(old, s, sizeof(s));
    s[N] += 1.0;
    s[SX] += x;
    s[SY] += y;
    if (old[N] > 0.0)
    {
        float8 dx = x * s[N] - s[SX];
        float8 dy = y * s[N] - s[SY];
        float8 scale = 1.0 / (s[N] * old[N]);

        s[SXX] += dx * dx * scale;
        s[SYY] += dy * dy * scale;
        s[SXY] += dx * dy * scale;
        if (isinf(s[SX]) || isinf(s[SXX]) || isinf(s[SY]) || isinf(s[SYY]) || isinf(s[SXY]))
        {
            if (((isinf(s[SX]) || isinf(s[SXX])) && !isinf(old[SX]) && !isinf(x)) ||
                ((isinf(s[SY]) || isinf(s[SYY])) && !isinf(old[SY]) && !isinf(y)) ||
                (isinf(s[SXY]) && !isinf(old[SX]) && !isinf(x) && !isinf(old[SY]) && !isinf(y)))
                float_overflow_error();
            if (isinf(s[SXX]))
                s[SXX] = NAN;
            if (isinf(s[SYY]))
                s[SYY] = NAN;
            if (isinf(s[SXY]))
                s[SXY] = NAN;
        }
    }
    else
    {
        if (isnan(x) || isinf(x))
            s[SXX] = s[SXY] = NAN;
        if (isnan(y) || isinf(y))
            s[SYY] = s[SXY] = NAN;
    }
    return floatagg_return(fcinfo, s, 6);
}

SQL_FUNCTION(float8_regr_combine)
{
    float8 a[6];
    float8 b[6];

    floatagg_state(PG_GETARG_ARRAYTYPE_P(0), 6, "float8_regr_combine", a);
    floatagg_state(PG_GETARG_ARRAYTYPE_P(1), 6, "float8_regr_combine", b);
    if (a[N] == 0.0)
        return floatagg_return(fcinfo, b, 6);
    if (b[N] != 0.0)
    {
        float8 dx = a[SX] / a[N] - b[SX] / b[N];
        float8 dy = a[SY] / a[N] - b[SY] / b[N];

        a[SXX] = floatagg_join(a[N], a[SX], a[SXX], b[N], b[SX], b[SXX]);
        a[SYY] = floatagg_join(a[N], a[SY], a[SYY], b[N], b[SY], b[SYY]);
        a[SXY] += b[SXY] + a[N] * b[N] * dx * dy / (a[N] + b[N]);
        a[SX] = float8_pl(a[SX], b[SX]);
        a[SY] = float8_pl(a[SY], b[SY]);
        a[N] += b[N];
    }
    return floatagg_return(fcinfo, a, 6);
}

#define FLOAT_REGR_FINAL(name, null_if, expression)                                                \
    SQL_FUNCTION(name)                                                                             \
    {                                                                                              \
        float8 s[6];                                                                               \
        floatagg_state(PG_GETARG_ARRAYTYPE_P(0), 6, #name, s);                                     \
        if (null_if)                                                                               \
            PG_RETURN_NULL();                                                                      \
        PG_RETURN_FLOAT8(expression);                                                              \
    }

FLOAT_REGR_FINAL(float8_regr_sxx, s[N] < 1.0, s[SXX])
FLOAT_REGR_FINAL(float8_regr_syy, s[N] < 1.0, s[SYY])
FLOAT_REGR_FINAL(float8_regr_sxy, s[N] < 1.0, s[SXY])
FLOAT_REGR_FINAL(float8_regr_avgx, s[N] < 1.0, s[SX] / s[N])
FLOAT_REGR_FINAL(float8_regr_avgy, s[N] < 1.0, s[SY] / s[N])
FLOAT_REGR_FINAL(float8_covar_pop, s[N] < 1.0, s[SXY] / s[N])
FLOAT_REGR_FINAL(float8_covar_samp, s[N] < 2.0, s[SXY] / (s[N] - 1.0))
FLOAT_REGR_FINAL(float8_corr, s[N] < 1.0 || s[SXX] == 0 || s[SYY] == 0,
                 s[SXY] / sqrt(s[SXX] * s[SYY]))
FLOAT_REGR_FINAL(float8_regr_r2, s[N] < 1.0 || s[SXX] == 0,
                 s[SYY] == 0 ? 1.0 : s[SXY] * s[SXY] / (s[SXX] * s[SYY]))
FLOAT_REGR_FINAL(float8_regr_slope, s[N] < 1.0 || s[SXX] == 0, s[SXY] / s[SXX])
FLOAT_REGR_FINAL(float8_regr_intercept, s[N] < 1.0 || s[SXX] == 0,
                 (s[SY] - s[SX] * s[SXY] / s[SXX]) / s[N])
