/*
 * numeric_ops.c - numeric: operators and functions
 *
 * Invariants N4. NaN equals NaN and is above Infinity, which is above every number.
 *            N5. what an operation does with NaN and infinities follows float8.
 */
#include "numeric_int.h"
#include "types/hashing.h"

bool
numeric_is_nan(Numeric value)
{
    NumericVar var;

    numeric_var_load(&var, value);
    numeric_var_free(&var);
    return var.sign == NUMERIC_NAN;
}

bool
numeric_is_inf(Numeric value)
{
    NumericVar var;

    numeric_var_load(&var, value);
    numeric_var_free(&var);
    return var.sign == NUMERIC_PINF || var.sign == NUMERIC_NINF;
}

/* -2 -Infinity, -1, 0, 1 finite by sign, 2 Infinity, 3 NaN */
static int
numeric_var_class(const NumericVar *var)
{
    switch (var->sign)
    {
        case NUMERIC_NINF:
            return -2;
        case NUMERIC_PINF:
            return 2;
        case NUMERIC_NAN:
            return 3;
        default:
            return var->ndigits == 0 ? 0 : var->sign == NUMERIC_NEG ? -1 : 1;
    }
}

int
numeric_compare(Numeric left, Numeric right)
{
    NumericVar a;
    NumericVar b;
    int result;

    numeric_var_load(&a, left);
    numeric_var_load(&b, right);
    if (numeric_var_special(&a) || numeric_var_special(&b))
    {
        int class_a = numeric_var_special(&a) ? numeric_var_class(&a) : 0;
        int class_b = numeric_var_special(&b) ? numeric_var_class(&b) : 0;

        result = class_a < class_b ? -1 : class_a > class_b;
    }
    else
        result = numeric_var_cmp(&a, &b);
    numeric_var_free(&a);
    numeric_var_free(&b);
    return result;
}

#define NUMERIC_COMPARE(name, operator)                                                            \
    SQL_FUNCTION(name)                                                                             \
    {                                                                                              \
        PG_RETURN_BOOL(numeric_compare(PG_GETARG_NUMERIC(0), PG_GETARG_NUMERIC(1)) operator 0);    \
    }

NUMERIC_COMPARE(numeric_eq, ==)
NUMERIC_COMPARE(numeric_ne, !=)
NUMERIC_COMPARE(numeric_lt, <)
NUMERIC_COMPARE(numeric_le, <=)
NUMERIC_COMPARE(numeric_gt, >)
NUMERIC_COMPARE(numeric_ge, >=)

SQL_FUNCTION(numeric_cmp)
{
    PG_RETURN_INT32(numeric_compare(PG_GETARG_NUMERIC(0), PG_GETARG_NUMERIC(1)));
}

SQL_FUNCTION(numeric_larger)
{
    return numeric_compare(PG_GETARG_NUMERIC(0), PG_GETARG_NUMERIC(1)) > 0 ? PG_GETARG_DATUM(0)
                                                                           : PG_GETARG_DATUM(1);
}

SQL_FUNCTION(numeric_smaller)
{
    return numeric_compare(PG_GETARG_NUMERIC(0), PG_GETARG_NUMERIC(1)) < 0 ? PG_GETARG_DATUM(0)
                                                                           : PG_GETARG_DATUM(1);
}

/* ---- the four operations and remainder ---- */

/* Result of an operation with a special operand: a class as numeric_var_class() gives, or finite 0. */
static int
numeric_special_result(char operation, int a, int b, bool *ret_error)
{
    int sign_a = a < 0 ? -1 : a > 0;
    int sign_b = b < 0 ? -1 : b > 0;

    if (a == 3 || b == 3)
        return 3;
    switch (operation)
    {
        case '-':
            b = -b;
            /* FALLTHROUGH */
        case '+':
            if (abs(a) == 2)
                return abs(b) == 2 && a != b ? 3 : a;
            return b;
        case '*':
            return sign_a * sign_b == 0 ? 3 : 2 * sign_a * sign_b;
        default:
            if (sign_b == 0)
            {
                *ret_error = true;
                return 3;
            }
            if (operation == '%')
                return abs(a) == 2 ? 3 : 1;
            if (abs(a) == 2)
                return abs(b) == 2 ? 3 : 2 * sign_a * sign_b;
            return 0;
    }
}

static Numeric
numeric_special_of_class(int class)
{
    switch (class)
    {
        case -2:
            return numeric_special(NUMERIC_NINF);
        case 2:
            return numeric_special(NUMERIC_PINF);
        case 3:
            return numeric_special(NUMERIC_NAN);
        default:
            return int64_to_numeric(0);
    }
}

/* Operations + - * / % and d (quotient cut to an integer); *ret_error: division by zero. */
static Numeric
numeric_operate(char operation, Numeric left, Numeric right, bool *ret_error)
{
    NumericVar a;
    NumericVar b;
    NumericVar r;

    numeric_var_load(&a, left);
    numeric_var_load(&b, right);
    if (unlikely(numeric_var_special(&a) || numeric_var_special(&b)))
    {
        int class = numeric_special_result(operation, numeric_var_class(&a), numeric_var_class(&b),
                                           ret_error);

        if (operation == '%' && class == 1)
            return numeric_var_store(&a);
        return numeric_special_of_class(class);
    }
    numeric_var_init(&r);
    if (b.ndigits == 0 && (operation == '/' || operation == '%' || operation == 'd'))
    {
        *ret_error = true;
        return NULL;
    }
    switch (operation)
    {
        case '+':
            numeric_var_add(&r, &a, &b);
            break;
        case '-':
            numeric_var_sub(&r, &a, &b);
            break;
        case '*':
            numeric_var_mul(&r, &a, &b, Min(a.dscale + b.dscale, NUMERIC_DSCALE_MAX));
            break;
        case '/':
            numeric_var_div(&r, &a, &b, numeric_div_scale(&a, &b), true);
            break;
        case '%':
            numeric_var_mod(&r, &a, &b);
            break;
        default:
            numeric_var_div(&r, &a, &b, 0, false);
            break;
    }
    numeric_var_free(&a);
    numeric_var_free(&b);
    return numeric_var_store(&r);
}

#define NUMERIC_OPERATION(name, operation)                                                         \
    SQL_FUNCTION(name)                                                                             \
    {                                                                                              \
        bool error = false;                                                                        \
        Numeric result = numeric_operate(operation, PG_GETARG_NUMERIC(0), PG_GETARG_NUMERIC(1),    \
                                         &error);                                                  \
        if (error)                                                                                 \
            types_throw_division_by_zero();                                                        \
        PG_RETURN_NUMERIC(result);                                                                 \
    }

NUMERIC_OPERATION(numeric_add, '+')
NUMERIC_OPERATION(numeric_sub, '-')
NUMERIC_OPERATION(numeric_mul, '*')
NUMERIC_OPERATION(numeric_div, '/')
NUMERIC_OPERATION(numeric_mod, '%')
NUMERIC_OPERATION(numeric_div_trunc, 'd')

Numeric
numeric_add_opt_error(Numeric a, Numeric b, bool *ret_error)
{
    return numeric_operate('+', a, b, ret_error);
}

Numeric
numeric_sub_opt_error(Numeric a, Numeric b, bool *ret_error)
{
    return numeric_operate('-', a, b, ret_error);
}

Numeric
numeric_mul_opt_error(Numeric a, Numeric b, bool *ret_error)
{
    return numeric_operate('*', a, b, ret_error);
}

Numeric
numeric_div_opt_error(Numeric a, Numeric b, bool *ret_error)
{
    return numeric_operate('/', a, b, ret_error);
}

/* ---- signs ---- */

SQL_FUNCTION(numeric_abs)
{
    NumericVar a;

    numeric_var_load(&a, PG_GETARG_NUMERIC(0));
    if (a.sign == NUMERIC_NEG)
        a.sign = NUMERIC_POS;
    else if (a.sign == NUMERIC_NINF)
        a.sign = NUMERIC_PINF;
    PG_RETURN_NUMERIC(numeric_var_store(&a));
}

SQL_FUNCTION(numeric_uminus)
{
    NumericVar a;

    numeric_var_load(&a, PG_GETARG_NUMERIC(0));
    switch (a.sign)
    {
        case NUMERIC_POS:
            a.sign = NUMERIC_NEG;
            break;
        case NUMERIC_NEG:
            a.sign = NUMERIC_POS;
            break;
        case NUMERIC_PINF:
            a.sign = NUMERIC_NINF;
            break;
        case NUMERIC_NINF:
            a.sign = NUMERIC_PINF;
            break;
    }
    PG_RETURN_NUMERIC(numeric_var_store(&a));
}

SQL_FUNCTION(numeric_uplus)
{
    return PG_GETARG_DATUM(0);
}

SQL_FUNCTION(numeric_sign)
{
    NumericVar a;
    int class;

    numeric_var_load(&a, PG_GETARG_NUMERIC(0));
    class = numeric_var_class(&a);
    if (class == 3)
        PG_RETURN_NUMERIC(numeric_special(NUMERIC_NAN));
    PG_RETURN_NUMERIC(int64_to_numeric(class < 0 ? -1 : class > 0));
}

SQL_FUNCTION(numeric_inc)
{
    PG_RETURN_NUMERIC(numeric_operate('+', PG_GETARG_NUMERIC(0), int64_to_numeric(1), NULL));
}

/* ---- rounding ---- */

Numeric
numeric_round_to(Numeric value, int scale)
{
    NumericVar a;

    numeric_var_load(&a, value);
    if (!numeric_var_special(&a))
        numeric_var_round(&a, Min(Max(scale, -NUMERIC_MAX_RESULT_SCALE), NUMERIC_MAX_RESULT_SCALE));
    return numeric_var_store(&a);
}

SQL_FUNCTION(numeric_round)
{
    PG_RETURN_NUMERIC(numeric_round_to(PG_GETARG_NUMERIC(0), PG_GETARG_INT32(1)));
}

SQL_FUNCTION(numeric_trunc)
{
    NumericVar a;
    int32 scale = PG_GETARG_INT32(1);

    numeric_var_load(&a, PG_GETARG_NUMERIC(0));
    if (!numeric_var_special(&a))
        numeric_var_trunc(&a, Min(Max(scale, -NUMERIC_MAX_RESULT_SCALE), NUMERIC_MAX_RESULT_SCALE));
    PG_RETURN_NUMERIC(numeric_var_store(&a));
}

/* To the integer at or beyond a in the direction of sign (1 up, -1 down). */
static Numeric
numeric_step_to_integer(Numeric value, int direction)
{
    NumericVar a;
    NumericVar r;
    NumericVar one;
    NumericVar sum;

    numeric_var_load(&a, value);
    if (numeric_var_special(&a))
        return numeric_var_store(&a);
    numeric_var_init(&r);
    numeric_var_init(&one);
    numeric_var_init(&sum);
    numeric_var_copy(&r, &a);
    numeric_var_trunc(&r, 0);
    numeric_var_strip(&r);
    if (numeric_var_cmp(&a, &r) * direction <= 0)
        return numeric_var_store(&r);
    numeric_var_from_int64(&one, direction);
    numeric_var_add(&sum, &r, &one);
    return numeric_var_store(&sum);
}

SQL_FUNCTION(numeric_ceil)
{
    PG_RETURN_NUMERIC(numeric_step_to_integer(PG_GETARG_NUMERIC(0), 1));
}

SQL_FUNCTION(numeric_floor)
{
    PG_RETURN_NUMERIC(numeric_step_to_integer(PG_GETARG_NUMERIC(0), -1));
}

/* ---- scale ---- */

static int
numeric_var_min_scale(const NumericVar *var)
{
    int scale;
    int last;

    if (var->ndigits == 0)
        return 0;
    scale = (var->ndigits - 1 - var->weight) * DEC_DIGITS;
    last = var->digits[var->ndigits - 1];
    if (scale <= 0)
        return 0;
    for (; last % 10 == 0; last /= 10)
        scale--;
    return scale;
}

SQL_FUNCTION(numeric_scale)
{
    NumericVar a;

    numeric_var_load(&a, PG_GETARG_NUMERIC(0));
    if (numeric_var_special(&a))
        PG_RETURN_NULL();
    PG_RETURN_INT32(a.dscale);
}

SQL_FUNCTION(numeric_min_scale)
{
    NumericVar a;

    numeric_var_load(&a, PG_GETARG_NUMERIC(0));
    if (numeric_var_special(&a))
        PG_RETURN_NULL();
    PG_RETURN_INT32(numeric_var_min_scale(&a));
}

SQL_FUNCTION(numeric_trim_scale)
{
    NumericVar a;

    numeric_var_load(&a, PG_GETARG_NUMERIC(0));
    if (!numeric_var_special(&a))
        a.dscale = numeric_var_min_scale(&a);
    PG_RETURN_NUMERIC(numeric_var_store(&a));
}

/* ---- number theory ---- */

static Numeric
numeric_gcd_lcm(Numeric left, Numeric right, bool lcm)
{
    NumericVar a;
    NumericVar b;
    NumericVar r;
    mpz_t x;
    mpz_t y;
    int scale_a;
    int scale_b;
    int dscale;

    numeric_var_load(&a, left);
    numeric_var_load(&b, right);
    if (numeric_var_special(&a) || numeric_var_special(&b))
        return numeric_special(NUMERIC_NAN);
    dscale = Max(a.dscale, b.dscale);
    numeric_gmp_init();
    mpz_inits(x, y, NULL);
    numeric_var_init(&r);
    numeric_var_to_mpz(x, &a, &scale_a);
    numeric_var_to_mpz(y, &b, &scale_b);
    for (; scale_a < scale_b; scale_a += DEC_DIGITS)
        mpz_mul_ui(x, x, NBASE);
    for (; scale_b < scale_a; scale_b += DEC_DIGITS)
        mpz_mul_ui(y, y, NBASE);
    if (lcm)
        mpz_lcm(x, x, y);
    else
        mpz_gcd(x, x, y);
    numeric_var_from_mpz(&r, x, scale_a);
    r.dscale = dscale;
    mpz_clears(x, y, NULL);
    return numeric_var_store(&r);
}

SQL_FUNCTION(numeric_gcd)
{
    PG_RETURN_NUMERIC(numeric_gcd_lcm(PG_GETARG_NUMERIC(0), PG_GETARG_NUMERIC(1), false));
}

SQL_FUNCTION(numeric_lcm)
{
    PG_RETURN_NUMERIC(numeric_gcd_lcm(PG_GETARG_NUMERIC(0), PG_GETARG_NUMERIC(1), true));
}

SQL_FUNCTION(numeric_fac)
{
    int64 n = PG_GETARG_INT64(0);
    NumericVar r;
    mpz_t x;

    if (n < 0)
        types_throw_range("factorial of a negative number is undefined");
    if (n > 32177)
        numeric_throw_overflow();
    numeric_gmp_init();
    mpz_init(x);
    mpz_fac_ui(x, (unsigned long) n);
    numeric_var_init(&r);
    numeric_var_from_mpz(&r, x, 0);
    mpz_clear(x);
    PG_RETURN_NUMERIC(numeric_var_store(&r));
}

/* ---- histograms and windows ---- */

SQL_FUNCTION(width_bucket_numeric)
{
    NumericVar operand;
    NumericVar low;
    NumericVar high;
    NumericVar distance;
    NumericVar span;
    NumericVar count;
    NumericVar product;
    NumericVar quotient;
    int32 buckets = PG_GETARG_INT32(3);
    int32 result;
    int64 bucket;
    int order;

    numeric_var_load(&operand, PG_GETARG_NUMERIC(0));
    numeric_var_load(&low, PG_GETARG_NUMERIC(1));
    numeric_var_load(&high, PG_GETARG_NUMERIC(2));
    if (buckets <= 0)
        ereport(ERROR, (errcode(ERRCODE_INVALID_ARGUMENT_FOR_WIDTH_BUCKET_FUNCTION),
                        errmsg("count must be greater than zero")));
    if (operand.sign == NUMERIC_NAN || low.sign == NUMERIC_NAN || high.sign == NUMERIC_NAN)
        ereport(ERROR, (errcode(ERRCODE_INVALID_ARGUMENT_FOR_WIDTH_BUCKET_FUNCTION),
                        errmsg("operand, lower bound, and upper bound cannot be NaN")));
    if (numeric_var_special(&low) || numeric_var_special(&high))
        ereport(ERROR, (errcode(ERRCODE_INVALID_ARGUMENT_FOR_WIDTH_BUCKET_FUNCTION),
                        errmsg("lower and upper bounds must be finite")));
    order = numeric_var_cmp(&low, &high);
    if (order == 0)
        ereport(ERROR, (errcode(ERRCODE_INVALID_ARGUMENT_FOR_WIDTH_BUCKET_FUNCTION),
                        errmsg("lower bound cannot equal upper bound")));
    if (numeric_compare(PG_GETARG_NUMERIC(0), PG_GETARG_NUMERIC(1)) * order > 0)
        PG_RETURN_INT32(0);
    if (numeric_compare(PG_GETARG_NUMERIC(0), PG_GETARG_NUMERIC(2)) * order <= 0)
    {
        if (__builtin_add_overflow(buckets, 1, &result))
            types_throw_range("integer out of range");
        PG_RETURN_INT32(result);
    }
    numeric_var_init(&distance);
    numeric_var_init(&span);
    numeric_var_init(&count);
    numeric_var_init(&product);
    numeric_var_init(&quotient);
    numeric_var_sub(&distance, &operand, &low);
    numeric_var_sub(&span, &high, &low);
    numeric_var_from_int64(&count, buckets);
    numeric_var_mul(&product, &distance, &count, distance.dscale);
    numeric_var_div(&quotient, &product, &span, numeric_div_scale(&product, &span), true);
    numeric_var_trunc(&quotient, 0);
    if (!numeric_var_to_int64(&quotient, &bucket) || bucket + 1 > PG_INT32_MAX)
        types_throw_range("integer out of range");
    PG_RETURN_INT32((int32) bucket + 1);
}

SQL_FUNCTION(in_range_numeric_numeric)
{
    Numeric value = PG_GETARG_NUMERIC(0);
    Numeric base = PG_GETARG_NUMERIC(1);
    Numeric offset = PG_GETARG_NUMERIC(2);
    bool preceding = PG_GETARG_BOOL(3);
    bool less = PG_GETARG_BOOL(4);
    bool error = false;
    int order;

    if (numeric_is_nan(offset) || numeric_compare(offset, int64_to_numeric(0)) < 0)
        ereport(ERROR, (errcode(ERRCODE_INVALID_PRECEDING_OR_FOLLOWING_SIZE),
                        errmsg("invalid preceding or following size in window function")));
    if (numeric_is_nan(value))
        PG_RETURN_BOOL(numeric_is_nan(base) ? true : !less);
    if (numeric_is_nan(base))
        PG_RETURN_BOOL(less);
    if (numeric_is_inf(offset) && numeric_is_inf(base) &&
        (numeric_compare(base, int64_to_numeric(0)) > 0) == preceding)
        PG_RETURN_BOOL(true);
    order = numeric_compare(value, numeric_operate(preceding ? '-' : '+', base, offset, &error));
    PG_RETURN_BOOL(less ? order <= 0 : order >= 0);
}

/* ---- hashing: by value, so the display scale does not count ---- */

static bool
numeric_hash_digits(Numeric value, NumericVar *ret_var)
{
    numeric_var_load(ret_var, value);
    if (numeric_var_special(ret_var))
        return false;
    numeric_var_strip(ret_var);
    return true;
}

SQL_FUNCTION(hash_numeric)
{
    NumericVar a;
    uint32 hash;

    if (!numeric_hash_digits(PG_GETARG_NUMERIC(0), &a))
        PG_RETURN_UINT32(0);
    if (a.ndigits == 0)
        PG_RETURN_INT32(-1);
    hash = DatumGetUInt32(hash_any((unsigned char *) a.digits,
                                   a.ndigits * (int) sizeof(NumericDigit)));
    numeric_var_free(&a);
    PG_RETURN_UINT32(hash ^ (uint32) a.weight);
}

SQL_FUNCTION(hash_numeric_extended)
{
    NumericVar a;
    uint64 seed = (uint64) PG_GETARG_INT64(1);
    uint64 hash;

    if (!numeric_hash_digits(PG_GETARG_NUMERIC(0), &a))
        PG_RETURN_INT64((int64) seed);
    if (a.ndigits == 0)
        PG_RETURN_INT64((int64) (seed - 1));
    hash = DatumGetUInt64(hash_any_extended((unsigned char *) a.digits,
                                            a.ndigits * (int) sizeof(NumericDigit), seed));
    numeric_var_free(&a);
    PG_RETURN_INT64((int64) (hash ^ (uint64) (int64) a.weight));
}
