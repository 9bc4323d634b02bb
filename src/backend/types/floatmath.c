/*
 * floatmath.c - roots, powers, logarithms, angles, random numbers
 *
 * Errors     the C library's quiet NaN or infinity becomes PostgreSQL's error: 2201F, 2201E, 22003
 */
#include <errno.h>
#include <openssl/rand.h>

#include "types_int.h"
#include "types/float.h"

#define DEGREES_PER_RADIAN 57.29577951308232087679815481410517
#define PI 3.14159265358979323846

static struct
{
    uint64 s0;
    uint64 s1;
    bool seeded;
} floatmath_random;

static float8
floatmath_check(float8 result, bool infinity_valid, bool zero_valid)
{
    if (unlikely(isinf(result)) && !infinity_valid)
        float_overflow_error();
    if (unlikely(result == 0.0) && !zero_valid)
        float_underflow_error();
    return result;
}

#define FLOAT_MATH(name, expression)                                                               \
    SQL_FUNCTION(name)                                                                             \
    {                                                                                              \
        float8 a = PG_GETARG_FLOAT8(0);                                                            \
        PG_RETURN_FLOAT8(expression);                                                              \
    }

FLOAT_MATH(dround, rint(a))
FLOAT_MATH(dceil, ceil(a))
FLOAT_MATH(dfloor, floor(a))
FLOAT_MATH(dtrunc, a >= 0 ? floor(a) : -floor(-a))
FLOAT_MATH(dsign, a > 0 ? 1.0 : a < 0 ? -1.0 : 0.0)
FLOAT_MATH(dcbrt, floatmath_check(cbrt(a), isinf(a), a == 0.0))
FLOAT_MATH(degrees, float8_div(a, PI / 180.0))
FLOAT_MATH(radians, float8_mul(a, PI / 180.0))
FLOAT_MATH(dtanh, floatmath_check(tanh(a), false, true))
FLOAT_MATH(dasinh, asinh(a))

SQL_FUNCTION(dpi)
{
    PG_RETURN_FLOAT8(PI);
}

SQL_FUNCTION(dsqrt)
{
    float8 a = PG_GETARG_FLOAT8(0);

    if (a < 0)
        ereport(ERROR, (errcode(ERRCODE_INVALID_ARGUMENT_FOR_POWER_FUNCTION),
                        errmsg("cannot take square root of a negative number")));
    PG_RETURN_FLOAT8(sqrt(a));
}

/* Infinite arguments, for which POSIX and PostgreSQL agree on the result but not on errors. */
static bool
floatmath_pow_special(float8 a, float8 b, float8 *ret)
{
    if (isnan(a) || isnan(b))
        *ret = (isnan(a) && b == 0.0) || (isnan(b) && a == 1.0) ? 1.0 : NAN;
    else if (isinf(a) || isinf(b))
        *ret = pow(a, b);
    else
        return false;
    return true;
}

SQL_FUNCTION(dpow)
{
    float8 a = PG_GETARG_FLOAT8(0);
    float8 b = PG_GETARG_FLOAT8(1);
    float8 r;

    if (isnan(a) || isnan(b))
    {
        floatmath_pow_special(a, b, &r);
        PG_RETURN_FLOAT8(r);
    }
    if (a == 0 && b < 0)
        ereport(ERROR, (errcode(ERRCODE_INVALID_ARGUMENT_FOR_POWER_FUNCTION),
                        errmsg("zero raised to a negative power is undefined")));
    if (a < 0 && floor(b) != b)
        ereport(ERROR, (errcode(ERRCODE_INVALID_ARGUMENT_FOR_POWER_FUNCTION),
                        errmsg("a negative number raised to a non-integer power yields a complex result")));
    if (floatmath_pow_special(a, b, &r))
        PG_RETURN_FLOAT8(r);
    PG_RETURN_FLOAT8(floatmath_check(pow(a, b), false, a == 0.0));
}

SQL_FUNCTION(dexp)
{
    float8 a = PG_GETARG_FLOAT8(0);

    if (isnan(a))
        PG_RETURN_FLOAT8(a);
    if (isinf(a))
        PG_RETURN_FLOAT8(a > 0 ? a : 0);
    PG_RETURN_FLOAT8(floatmath_check(exp(a), false, false));
}

static float8
floatmath_log(float8 a, double (*function)(double))
{
    if (a == 0.0)
        ereport(ERROR, (errcode(ERRCODE_INVALID_ARGUMENT_FOR_LOG),
                        errmsg("cannot take logarithm of zero")));
    if (a < 0)
        ereport(ERROR, (errcode(ERRCODE_INVALID_ARGUMENT_FOR_LOG),
                        errmsg("cannot take logarithm of a negative number")));
    return floatmath_check(function(a), isinf(a), a == 1.0);
}

SQL_FUNCTION(dlog1)
{
    PG_RETURN_FLOAT8(floatmath_log(PG_GETARG_FLOAT8(0), log));
}

SQL_FUNCTION(dlog10)
{
    PG_RETURN_FLOAT8(floatmath_log(PG_GETARG_FLOAT8(0), log10));
}

/* ---- angles in radians ---- */

static void
floatmath_require(bool valid)
{
    if (unlikely(!valid))
        types_throw_range("input is out of range");
}

#define FLOAT_ANGLE(name, domain, expression, infinity_valid)                                      \
    SQL_FUNCTION(name)                                                                             \
    {                                                                                              \
        float8 a = PG_GETARG_FLOAT8(0);                                                            \
        if (isnan(a))                                                                              \
            PG_RETURN_FLOAT8(a);                                                                   \
        floatmath_require(domain);                                                                 \
        PG_RETURN_FLOAT8(floatmath_check(expression, infinity_valid, true));                       \
    }

FLOAT_ANGLE(dacos, a >= -1.0 && a <= 1.0, acos(a), false)
FLOAT_ANGLE(dasin, a >= -1.0 && a <= 1.0, asin(a), false)
FLOAT_ANGLE(datan, true, atan(a), false)
FLOAT_ANGLE(dcos, !isinf(a), cos(a), false)
FLOAT_ANGLE(dsin, !isinf(a), sin(a), false)
FLOAT_ANGLE(dtan, !isinf(a), tan(a), true)
FLOAT_ANGLE(dcot, !isinf(a), 1.0 / tan(a), true)
FLOAT_ANGLE(dsinh, true, sinh(a), true)
FLOAT_ANGLE(dcosh, true, cosh(a), true)
FLOAT_ANGLE(dacosh, a >= 1.0, acosh(a), true)
FLOAT_ANGLE(datanh, a >= -1.0 && a <= 1.0, atanh(a), true)

SQL_FUNCTION(datan2)
{
    float8 a = PG_GETARG_FLOAT8(0);
    float8 b = PG_GETARG_FLOAT8(1);

    if (isnan(a) || isnan(b))
        PG_RETURN_FLOAT8(NAN);
    PG_RETURN_FLOAT8(atan2(a, b));
}

/* ---- angles in degrees: exact where the result is exact ---- */

/* The library's results at the exact points, read through volatile so that nothing folds. */
static struct
{
    bool set;
    float8 sin_30;
    float8 one_minus_cos_60;
    float8 asin_0_5;
    float8 acos_0_5;
    float8 atan_1_0;
    float8 tan_45;
    float8 cot_45;
} floatmath_degrees;

static float8
floatmath_sind_0_to_30(float8 x)
{
    volatile float8 sin_x = sin(x * (PI / 180.0));

    return sin_x / floatmath_degrees.sin_30 / 2.0;
}

static float8
floatmath_cosd_0_to_60(float8 x)
{
    volatile float8 one_minus_cos_x = 1.0 - cos(x * (PI / 180.0));

    return 1.0 - one_minus_cos_x / floatmath_degrees.one_minus_cos_60 / 2.0;
}

static float8
floatmath_sind_q1(float8 x)
{
    return x <= 30.0 ? floatmath_sind_0_to_30(x) : floatmath_cosd_0_to_60(90.0 - x);
}

static float8
floatmath_cosd_q1(float8 x)
{
    return x <= 60.0 ? floatmath_cosd_0_to_60(x) : floatmath_sind_0_to_30(90.0 - x);
}

static void
floatmath_init_degrees(void)
{
    static volatile float8 half = 0.5;
    static volatile float8 one = 1.0;
    static volatile float8 thirty = 30.0;
    static volatile float8 forty_five = 45.0;
    static volatile float8 sixty = 60.0;

    if (floatmath_degrees.set)
        return;
    floatmath_degrees.sin_30 = sin(thirty * (PI / 180.0));
    floatmath_degrees.one_minus_cos_60 = 1.0 - cos(sixty * (PI / 180.0));
    floatmath_degrees.asin_0_5 = asin(half);
    floatmath_degrees.acos_0_5 = acos(half);
    floatmath_degrees.atan_1_0 = atan(one);
    floatmath_degrees.tan_45 = floatmath_sind_q1(forty_five) / floatmath_cosd_q1(forty_five);
    floatmath_degrees.cot_45 = floatmath_cosd_q1(forty_five) / floatmath_sind_q1(forty_five);
    floatmath_degrees.set = true;
}

static float8
floatmath_asind_q1(float8 x)
{
    if (x <= 0.5)
    {
        volatile float8 asin_x = asin(x);

        return asin_x / floatmath_degrees.asin_0_5 * 30.0;
    }
    else
    {
        volatile float8 acos_x = acos(x);

        return 90.0 - acos_x / floatmath_degrees.acos_0_5 * 60.0;
    }
}

static float8
floatmath_acosd_q1(float8 x)
{
    if (x <= 0.5)
    {
        volatile float8 asin_x = asin(x);

        return 90.0 - asin_x / floatmath_degrees.asin_0_5 * 30.0;
    }
    else
    {
        volatile float8 acos_x = acos(x);

        return acos_x / floatmath_degrees.acos_0_5 * 60.0;
    }
}

SQL_FUNCTION(dasind)
{
    float8 a = PG_GETARG_FLOAT8(0);

    if (isnan(a))
        PG_RETURN_FLOAT8(a);
    floatmath_init_degrees();
    floatmath_require(a >= -1.0 && a <= 1.0);
    PG_RETURN_FLOAT8(a >= 0 ? floatmath_asind_q1(a) : -floatmath_asind_q1(-a));
}

SQL_FUNCTION(dacosd)
{
    float8 a = PG_GETARG_FLOAT8(0);

    if (isnan(a))
        PG_RETURN_FLOAT8(a);
    floatmath_init_degrees();
    floatmath_require(a >= -1.0 && a <= 1.0);
    PG_RETURN_FLOAT8(a >= 0 ? floatmath_acosd_q1(a) : 90.0 + floatmath_asind_q1(-a));
}

SQL_FUNCTION(datand)
{
    float8 a = PG_GETARG_FLOAT8(0);
    volatile float8 atan_a;

    if (isnan(a))
        PG_RETURN_FLOAT8(a);
    floatmath_init_degrees();
    atan_a = atan(a);
    PG_RETURN_FLOAT8(atan_a / floatmath_degrees.atan_1_0 * 45.0);
}

SQL_FUNCTION(datan2d)
{
    float8 a = PG_GETARG_FLOAT8(0);
    float8 b = PG_GETARG_FLOAT8(1);
    volatile float8 atan2_ab;

    if (isnan(a) || isnan(b))
        PG_RETURN_FLOAT8(NAN);
    floatmath_init_degrees();
    atan2_ab = atan2(a, b);
    PG_RETURN_FLOAT8(atan2_ab / floatmath_degrees.atan_1_0 * 45.0);
}

/* Brings an angle into the first quadrant; tells how sine and cosine change sign for it. */
static float8
floatmath_to_q1(float8 a, int *ret_sine_sign, int *ret_cosine_sign)
{
    *ret_sine_sign = 1;
    *ret_cosine_sign = 1;
    floatmath_require(!isinf(a));
    floatmath_init_degrees();
    a = fmod(a, 360.0);
    if (a < 0.0)
    {
        a = -a;
        *ret_sine_sign = -*ret_sine_sign;
    }
    if (a > 180.0)
    {
        a = 360.0 - a;
        *ret_sine_sign = -*ret_sine_sign;
    }
    if (a > 90.0)
    {
        a = 180.0 - a;
        *ret_cosine_sign = -*ret_cosine_sign;
    }
    return a;
}

SQL_FUNCTION(dsind)
{
    float8 a = PG_GETARG_FLOAT8(0);
    int sine;
    int cosine;

    if (isnan(a))
        PG_RETURN_FLOAT8(a);
    a = floatmath_to_q1(a, &sine, &cosine);
    PG_RETURN_FLOAT8(sine * floatmath_sind_q1(a));
}

SQL_FUNCTION(dcosd)
{
    float8 a = PG_GETARG_FLOAT8(0);
    int sine;
    int cosine;

    if (isnan(a))
        PG_RETURN_FLOAT8(a);
    a = floatmath_to_q1(a, &sine, &cosine);
    PG_RETURN_FLOAT8(cosine * floatmath_cosd_q1(a));
}

SQL_FUNCTION(dtand)
{
    float8 a = PG_GETARG_FLOAT8(0);
    int sine;
    int cosine;
    float8 r;

    if (isnan(a))
        PG_RETURN_FLOAT8(a);
    a = floatmath_to_q1(a, &sine, &cosine);
    r = sine * cosine * (floatmath_sind_q1(a) / floatmath_cosd_q1(a) / floatmath_degrees.tan_45);
    PG_RETURN_FLOAT8(r == 0.0 ? 0.0 : r);
}

SQL_FUNCTION(dcotd)
{
    float8 a = PG_GETARG_FLOAT8(0);
    int sine;
    int cosine;
    float8 r;

    if (isnan(a))
        PG_RETURN_FLOAT8(a);
    a = floatmath_to_q1(a, &sine, &cosine);
    r = sine * cosine * (floatmath_cosd_q1(a) / floatmath_sind_q1(a) / floatmath_degrees.cot_45);
    PG_RETURN_FLOAT8(r == 0.0 ? 0.0 : r);
}

/* ---- random numbers: xoroshiro128**, seeded by splitmix64 ---- */

static uint64
floatmath_split_mix(uint64 *state)
{
    uint64 value = (*state += UINT64CONST(0x9E3779B97F4A7C15));

    value = (value ^ (value >> 30)) * UINT64CONST(0xBF58476D1CE4E5B9);
    value = (value ^ (value >> 27)) * UINT64CONST(0x94D049BB133111EB);
    return value ^ (value >> 31);
}

static uint64
floatmath_rotate(uint64 x, int bits)
{
    return (x << bits) | (x >> (64 - bits));
}

static uint64
floatmath_random_next(void)
{
    uint64 s0 = floatmath_random.s0;
    uint64 mixed = floatmath_random.s1 ^ s0;
    uint64 value = floatmath_rotate(s0 * 5, 7) * 9;

    floatmath_random.s0 = floatmath_rotate(s0, 24) ^ mixed ^ (mixed << 16);
    floatmath_random.s1 = floatmath_rotate(mixed, 37);
    return value;
}

double
types_random_double(void)
{
    if (!floatmath_random.seeded)
    {
        if (RAND_bytes((unsigned char *) &floatmath_random, 2 * sizeof(uint64)) != 1)
            ereport(ERROR, (errcode(ERRCODE_INTERNAL_ERROR),
                            errmsg("could not generate random values")));
        floatmath_random.s0 |= 1;
        floatmath_random.seeded = true;
    }
    return ldexp((double) (floatmath_random_next() >> 12), -52);
}

SQL_FUNCTION(drandom)
{
    PG_RETURN_FLOAT8(types_random_double());
}

SQL_FUNCTION(setseed)
{
    float8 seed = PG_GETARG_FLOAT8(0);
    uint64 state;

    if (seed < -1 || seed > 1 || isnan(seed))
        ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE),
                        errmsg("setseed parameter %g is out of allowed range [-1,1]", seed)));
    state = (uint64) (int64) ((double) ((UINT64CONST(1) << 52) - 1) * seed);
    floatmath_random.s0 = floatmath_split_mix(&state);
    floatmath_random.s1 = floatmath_split_mix(&state);
    floatmath_random.seeded = true;
    PG_RETURN_VOID();
}
