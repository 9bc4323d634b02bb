/*
 * numeric_power.c - numeric: roots, logarithms, powers as SQL sees them
 *
 * Why        each result shows at least 16 significant digits; so its size is estimated first, and
 *            the number of decimals follows from that.
 */
#include "numeric_int.h"

#define LOG10_OF_E 0.434294481903252
#define LN_OF_10 2.302585092994046

pg_noreturn static void
numeric_throw_argument(int code, const char *message)
{
    ereport(ERROR, (errcode(code), errmsg("%s", message)));
    pg_unreachable();
}

static int
numeric_clamp_scale(int scale)
{
    return Min(Max(scale, 0), NUMERIC_MAX_DISPLAY_SCALE);
}

/* Decimal weight of ln(var)'s first digit. */
static int
numeric_ln_weight(const NumericVar *var)
{
    double approximate = numeric_var_double(var);
    double digits;
    int weight;

    if (var->sign != NUMERIC_POS || var->ndigits == 0)
        return 0;
    if (var->weight >= -2 && var->weight <= 0 && approximate >= 0.9 && approximate <= 1.1)
    {
        NumericVar one;
        NumericVar x;

        numeric_var_init(&one);
        numeric_var_init(&x);
        numeric_var_from_int64(&one, 1);
        numeric_var_sub(&x, var, &one);
        weight = x.ndigits > 0 ? x.weight * DEC_DIGITS + (int) log10(x.digits[0]) : 0;
        numeric_var_free(&x);
        return weight;
    }
    digits = var->digits[0];
    weight = var->weight * DEC_DIGITS;
    if (var->ndigits > 1)
    {
        digits = digits * NBASE + var->digits[1];
        weight -= DEC_DIGITS;
    }
    return (int) log10(fabs(log(digits) + weight * LN_OF_10));
}

SQL_FUNCTION(numeric_sqrt)
{
    NumericVar a;
    NumericVar r;
    int scale;

    numeric_var_load(&a, PG_GETARG_NUMERIC(0));
    if (a.sign == NUMERIC_NEG || a.sign == NUMERIC_NINF)
        numeric_throw_argument(ERRCODE_INVALID_ARGUMENT_FOR_POWER_FUNCTION,
                               "cannot take square root of a negative number");
    if (numeric_var_special(&a))
        PG_RETURN_NUMERIC(numeric_var_store(&a));
    scale = NUMERIC_MIN_SIG_DIGITS - ((a.weight + 1) * DEC_DIGITS / 2 - 1);
    scale = numeric_clamp_scale(Max(scale, a.dscale));
    numeric_var_init(&r);
    numeric_var_sqrt(&r, &a, scale);
    PG_RETURN_NUMERIC(numeric_var_store(&r));
}

SQL_FUNCTION(numeric_exp)
{
    NumericVar a;
    NumericVar r;
    double decimals;
    int scale;

    numeric_var_load(&a, PG_GETARG_NUMERIC(0));
    if (a.sign == NUMERIC_NINF)
        PG_RETURN_NUMERIC(int64_to_numeric(0));
    if (numeric_var_special(&a))
        PG_RETURN_NUMERIC(numeric_var_store(&a));
    decimals = numeric_var_double(&a) * LOG10_OF_E;
    decimals = Min(Max(decimals, -NUMERIC_MAX_RESULT_SCALE), NUMERIC_MAX_RESULT_SCALE);
    scale = numeric_clamp_scale(Max(NUMERIC_MIN_SIG_DIGITS - (int) decimals, a.dscale));
    numeric_var_init(&r);
    numeric_var_exp(&r, &a, scale);
    PG_RETURN_NUMERIC(numeric_var_store(&r));
}

static void
numeric_check_log(const NumericVar *a)
{
    if (a->sign == NUMERIC_NEG || a->sign == NUMERIC_NINF)
        numeric_throw_argument(ERRCODE_INVALID_ARGUMENT_FOR_LOG,
                               "cannot take logarithm of a negative number");
    if (!numeric_var_special(a) && a->ndigits == 0)
        numeric_throw_argument(ERRCODE_INVALID_ARGUMENT_FOR_LOG, "cannot take logarithm of zero");
}

SQL_FUNCTION(numeric_ln)
{
    NumericVar a;
    NumericVar r;
    int scale;

    numeric_var_load(&a, PG_GETARG_NUMERIC(0));
    if (a.sign == NUMERIC_NAN)
        PG_RETURN_NUMERIC(numeric_var_store(&a));
    numeric_check_log(&a);
    if (numeric_var_special(&a))
        PG_RETURN_NUMERIC(numeric_var_store(&a));
    scale = NUMERIC_MIN_SIG_DIGITS - numeric_ln_weight(&a);
    scale = numeric_clamp_scale(Max(scale, a.dscale));
    numeric_var_init(&r);
    numeric_var_ln(&r, &a, scale);
    PG_RETURN_NUMERIC(numeric_var_store(&r));
}

static Numeric
numeric_log_special(const NumericVar *base, const NumericVar *a)
{
    if (base->sign == NUMERIC_NAN || a->sign == NUMERIC_NAN)
        return numeric_special(NUMERIC_NAN);
    if (base->sign == NUMERIC_NEG || base->sign == NUMERIC_NINF)
        numeric_check_log(base);
    numeric_check_log(a);
    numeric_check_log(base);
    if (base->sign == NUMERIC_PINF)
        return a->sign == NUMERIC_PINF ? numeric_special(NUMERIC_NAN) : int64_to_numeric(0);
    return numeric_special(NUMERIC_PINF);
}

SQL_FUNCTION(numeric_log)
{
    NumericVar base;
    NumericVar a;
    NumericVar ln_base;
    NumericVar ln_a;
    NumericVar r;
    int weight_base;
    int weight_a;
    int weight;
    int scale;

    numeric_var_load(&base, PG_GETARG_NUMERIC(0));
    numeric_var_load(&a, PG_GETARG_NUMERIC(1));
    if (numeric_var_special(&base) || numeric_var_special(&a))
        PG_RETURN_NUMERIC(numeric_log_special(&base, &a));
    numeric_check_log(&base);
    numeric_check_log(&a);
    weight_base = numeric_ln_weight(&base);
    weight_a = numeric_ln_weight(&a);
    weight = weight_a - weight_base;
    scale = Max(NUMERIC_MIN_SIG_DIGITS - weight, Max(base.dscale, a.dscale));
    scale = numeric_clamp_scale(scale);
    numeric_var_init(&ln_base);
    numeric_var_init(&ln_a);
    numeric_var_init(&r);
    numeric_var_ln(&ln_base, &base, Max(scale + weight - weight_base, 0) + 16);
    numeric_var_ln(&ln_a, &a, Max(scale + weight - weight_a, 0) + 16);
    numeric_var_div(&r, &ln_a, &ln_base, scale, true);
    PG_RETURN_NUMERIC(numeric_var_store(&r));
}

/* ---- power ---- */

/* base^exponent by squaring; digits beyond those needed are dropped on the way. */
static void
numeric_power_integer(NumericVar *ret, const NumericVar *base, int64 exponent, int scale)
{
    double decimals = base->digits[0];
    int weight = base->weight * DEC_DIGITS;
    NumericVar one;
    NumericVar power;
    mpz_t x;
    mpz_t r;
    uint64 n = exponent < 0 ? (uint64) -exponent : (uint64) exponent;
    int scale_x;
    int64 scale_r = 0;
    int64 scale_b;
    int digits;

    if (base->ndigits > 1)
    {
        decimals = decimals * NBASE + base->digits[1];
        weight -= DEC_DIGITS;
    }
    decimals = exponent * (log10(decimals) + weight);
    if (decimals > (NUMERIC_WEIGHT_MAX + 1) * DEC_DIGITS)
        numeric_throw_overflow();
    if (decimals + 1 < -scale || decimals + 1 < -NUMERIC_MAX_DISPLAY_SCALE)
    {
        numeric_var_zero(ret, scale);
        return;
    }
    digits = 1 + scale + abs((int) decimals) + (int) log10((double) n + 1) + 24;
    numeric_gmp_init();
    mpz_inits(x, r, NULL);
    numeric_var_init(&one);
    numeric_var_init(&power);
    numeric_var_to_mpz(x, base, &scale_x);
    scale_b = scale_x;
    mpz_set_ui(r, 1);
    for (; n > 0; n >>= 1)
    {
        if (n & 1)
        {
            mpz_mul(r, r, x);
            scale_r += scale_b;
        }
        if (n > 1)
        {
            mpz_mul(x, x, x);
            scale_b *= 2;
        }
        while (mpz_sizeinbase(x, 10) > (size_t) digits + 16)
        {
            int cut = (int) (mpz_sizeinbase(x, 10) - digits - 8) / DEC_DIGITS * DEC_DIGITS;
            mpz_t divisor;

            mpz_init(divisor);
            mpz_ui_pow_ui(divisor, 10, cut);
            mpz_tdiv_q(x, x, divisor);
            mpz_clear(divisor);
            scale_b -= cut;
        }
        while (mpz_sizeinbase(r, 10) > (size_t) digits + 16)
        {
            int cut = (int) (mpz_sizeinbase(r, 10) - digits - 8) / DEC_DIGITS * DEC_DIGITS;
            mpz_t divisor;

            mpz_init(divisor);
            mpz_ui_pow_ui(divisor, 10, cut);
            mpz_tdiv_q(r, r, divisor);
            mpz_clear(divisor);
            scale_r -= cut;
        }
    }
    numeric_var_from_mpz(&power, r, (int) scale_r);
    numeric_var_from_int64(&one, 1);
    if (exponent < 0)
        numeric_var_div(ret, &one, &power, scale, true);
    else
    {
        numeric_var_copy(ret, &power);
        numeric_var_round(ret, scale);
        ret->dscale = scale;
    }
    ret->sign = base->sign == NUMERIC_NEG && (exponent & 1) ? NUMERIC_NEG : NUMERIC_POS;
    mpz_clears(x, r, NULL);
}

static bool
numeric_var_is_integer(const NumericVar *var)
{
    return var->ndigits == 0 || var->ndigits <= var->weight + 1;
}

static bool
numeric_var_is_odd(const NumericVar *var)
{
    return var->ndigits == var->weight + 1 && (var->digits[var->ndigits - 1] & 1);
}

/* base > 0, any exponent: e^(exponent * ln base) */
static void
numeric_power_real(NumericVar *ret, const NumericVar *base, const NumericVar *exponent)
{
    NumericVar ln_base;
    NumericVar product;
    int ln_weight = numeric_ln_weight(base);
    double decimals;
    int scale;

    numeric_var_init(&ln_base);
    numeric_var_init(&product);
    numeric_var_ln(&ln_base, base, numeric_clamp_scale(8 - ln_weight));
    numeric_var_mul(&product, &ln_base, exponent, numeric_clamp_scale(8 - ln_weight));
    decimals = numeric_var_double(&product);
    if (fabs(decimals) > NUMERIC_MAX_RESULT_SCALE * 3.01)
    {
        if (decimals > 0)
            numeric_throw_overflow();
        numeric_var_zero(ret, NUMERIC_MAX_DISPLAY_SCALE);
        return;
    }
    decimals *= LOG10_OF_E;
    scale = Max(NUMERIC_MIN_SIG_DIGITS - (int) decimals, Max(base->dscale, exponent->dscale));
    scale = numeric_clamp_scale(scale);
    ln_weight = scale + abs((int) decimals) + Max(exponent->weight + 1, 0) * DEC_DIGITS + 24;
    numeric_var_ln(&ln_base, base, ln_weight);
    numeric_var_mul(&product, &ln_base, exponent, ln_weight);
    numeric_var_exp(ret, &product, scale);
}

static void
numeric_power_finite(NumericVar *ret, const NumericVar *base, const NumericVar *exponent)
{
    bool integer = numeric_var_is_integer(exponent);
    int64 n;

    if (integer && numeric_var_to_int64(exponent, &n) && n == (int32) n)
    {
        int scale = numeric_clamp_scale(Max(NUMERIC_MIN_SIG_DIGITS, base->dscale));

        if (base->ndigits == 0 && n != 0)
            numeric_var_zero(ret, scale);
        else if (n == 0)
        {
            numeric_var_from_int64(ret, 1);
            ret->dscale = scale;
        }
        else
            numeric_power_integer(ret, base, n, scale);
        return;
    }
    if (base->ndigits == 0)
    {
        numeric_var_zero(ret, NUMERIC_MIN_SIG_DIGITS);
        return;
    }
    if (base->sign == NUMERIC_NEG)
    {
        NumericVar positive;

        if (!integer)
            numeric_throw_argument(ERRCODE_INVALID_ARGUMENT_FOR_POWER_FUNCTION,
                                   "a negative number raised to a non-integer power yields a complex result");
        numeric_var_init(&positive);
        numeric_var_copy(&positive, base);
        positive.sign = NUMERIC_POS;
        numeric_power_real(ret, &positive, exponent);
        if (numeric_var_is_odd(exponent) && ret->ndigits > 0)
            ret->sign = NUMERIC_NEG;
        return;
    }
    numeric_power_real(ret, base, exponent);
}

/* One of the two is infinite or NaN. */
static Numeric
numeric_power_special(const NumericVar *a, const NumericVar *b)
{
    NumericVar one;
    int order;

    numeric_var_init(&one);
    numeric_var_from_int64(&one, 1);
    if (a->sign == NUMERIC_NAN)
        return !numeric_var_special(b) && b->ndigits == 0 ? int64_to_numeric(1)
                                                          : numeric_special(NUMERIC_NAN);
    if (b->sign == NUMERIC_NAN)
        return !numeric_var_special(a) && numeric_var_cmp(a, &one) == 0
                   ? int64_to_numeric(1)
                   : numeric_special(NUMERIC_NAN);
    if (!numeric_var_special(a) && a->ndigits == 0 && b->sign == NUMERIC_NINF)
        numeric_throw_argument(ERRCODE_INVALID_ARGUMENT_FOR_POWER_FUNCTION,
                               "zero raised to a negative power is undefined");
    if (a->sign == NUMERIC_NINF && !numeric_var_special(b) && !numeric_var_is_integer(b))
        numeric_throw_argument(ERRCODE_INVALID_ARGUMENT_FOR_POWER_FUNCTION,
                               "a negative number raised to a non-integer power yields a complex result");
    if (!numeric_var_special(b))
    {
        if (b->ndigits == 0)
            return int64_to_numeric(1);
        if (b->sign == NUMERIC_NEG)
            return int64_to_numeric(0);
        return numeric_special(a->sign == NUMERIC_NINF && numeric_var_is_odd(b) ? NUMERIC_NINF
                                                                               : NUMERIC_PINF);
    }
    if (numeric_var_special(a))
        return b->sign == NUMERIC_PINF ? numeric_special(NUMERIC_PINF) : int64_to_numeric(0);
    {
        NumericVar magnitude;

        numeric_var_init(&magnitude);
        numeric_var_copy(&magnitude, a);
        magnitude.sign = NUMERIC_POS;
        order = numeric_var_cmp(&magnitude, &one);
    }
    if (order == 0)
        return int64_to_numeric(1);
    return (order > 0) == (b->sign == NUMERIC_PINF) ? numeric_special(NUMERIC_PINF)
                                                    : int64_to_numeric(0);
}

SQL_FUNCTION(numeric_power)
{
    NumericVar a;
    NumericVar b;
    NumericVar r;

    numeric_var_load(&a, PG_GETARG_NUMERIC(0));
    numeric_var_load(&b, PG_GETARG_NUMERIC(1));
    if (numeric_var_special(&a) || numeric_var_special(&b))
        PG_RETURN_NUMERIC(numeric_power_special(&a, &b));
    if (a.ndigits == 0 && b.ndigits > 0 && b.sign == NUMERIC_NEG)
        numeric_throw_argument(ERRCODE_INVALID_ARGUMENT_FOR_POWER_FUNCTION,
                               "zero raised to a negative power is undefined");
    if (a.sign == NUMERIC_NEG && !numeric_var_is_integer(&b))
        numeric_throw_argument(ERRCODE_INVALID_ARGUMENT_FOR_POWER_FUNCTION,
                               "a negative number raised to a non-integer power yields a complex result");
    numeric_var_init(&r);
    numeric_power_finite(&r, &a, &b);
    PG_RETURN_NUMERIC(numeric_var_store(&r));
}
