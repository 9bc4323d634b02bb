/*
 * numeric_math.c - long products and quotients, roots, logarithms, powers of e, through GMP
 *
 * Why        these need more digits than school methods do well. Transcendental functions run on
 *            fixed-point binary numbers (mpz, `bits` after the point) with 64 guard bits, so the
 *            decimals asked for are correctly rounded but for vanishing chances.
 * Errors     throws; GMP's memory is palloc'd, so an error leaks nothing.
 * Read first numeric_var_exp(), numeric_var_ln()
 */
#include "numeric_int.h"

#define GUARD_BITS 64
#define BITS_PER_DECIMAL 3.3219280948873626
#define EXP_HALVINGS 16
#define LN_ROOTS 10

static void *
numeric_gmp_alloc(size_t size)
{
    return palloc(size);
}

static void *
numeric_gmp_realloc(void *old, size_t old_size, size_t size)
{
    return repalloc(old, size);
}

static void
numeric_gmp_free(void *chunk, size_t size)
{
    pfree(chunk);
}

void
numeric_gmp_init(void)
{
    static bool done;

    if (done)
        return;
    mp_set_memory_functions(numeric_gmp_alloc, numeric_gmp_realloc, numeric_gmp_free);
    done = true;
}

/* The digits as one integer; the var's magnitude is ret * 10^-scale, scale a multiple of 4. */
void
numeric_var_to_mpz(mpz_t ret, const NumericVar *var, int *ret_scale)
{
    char *text = palloc(var->ndigits * DEC_DIGITS + 2);
    char *p = text;

    for (int i = 0; i < var->ndigits; i++)
        p = pg_ultostr_zeropad(p, (uint32) var->digits[i], DEC_DIGITS);
    *p = '\0';
    if (var->ndigits == 0)
        mpz_set_ui(ret, 0);
    else
        mpz_set_str(ret, text, 10);
    *ret_scale = (var->ndigits - 1 - var->weight) * DEC_DIGITS;
    pfree(text);
}

/* ret = value * 10^-scale; scale is a multiple of 4, and may be negative. */
void
numeric_var_from_mpz(NumericVar *ret, const mpz_t value, int scale)
{
    char *text = mpz_get_str(NULL, 10, value);
    char *digits = text[0] == '-' ? text + 1 : text;
    int length = (int) strlen(digits);
    int count = (length + DEC_DIGITS - 1) / DEC_DIGITS;
    int position = length - count * DEC_DIGITS;

    Assert(scale % DEC_DIGITS == 0);
    numeric_var_alloc(ret, count);
    for (int i = 0; i < count; i++)
    {
        int digit = 0;

        for (int j = 0; j < DEC_DIGITS; j++, position++)
            digit = digit * 10 + (position >= 0 ? digits[position] - '0' : 0);
        ret->digits[i] = (NumericDigit) digit;
    }
    ret->weight = count - 1 - scale / DEC_DIGITS;
    ret->sign = text[0] == '-' ? NUMERIC_NEG : NUMERIC_POS;
    ret->dscale = Max(scale, 0);
    numeric_var_strip(ret);
    pfree(text);
}

static void
numeric_mpz_power_of_ten(mpz_t ret, int exponent)
{
    Assert(exponent >= 0);
    mpz_ui_pow_ui(ret, 10, exponent);
}

void
numeric_var_mul_big(NumericVar *ret, const NumericVar *a, const NumericVar *b)
{
    mpz_t x;
    mpz_t y;
    int scale_a;
    int scale_b;

    numeric_gmp_init();
    mpz_inits(x, y, NULL);
    numeric_var_to_mpz(x, a, &scale_a);
    numeric_var_to_mpz(y, b, &scale_b);
    mpz_mul(x, x, y);
    numeric_var_from_mpz(ret, x, scale_a + scale_b);
    mpz_clears(x, y, NULL);
}

/* Truncated magnitude of a / b with at least scale + 1 decimals. */
void
numeric_var_div_big(NumericVar *ret, const NumericVar *a, const NumericVar *b, int scale)
{
    int scale_wanted = (Max(scale, 0) / DEC_DIGITS + 1) * DEC_DIGITS;
    mpz_t x;
    mpz_t y;
    mpz_t power;
    int scale_a;
    int scale_b;
    int shift;

    numeric_gmp_init();
    mpz_inits(x, y, power, NULL);
    numeric_var_to_mpz(x, a, &scale_a);
    numeric_var_to_mpz(y, b, &scale_b);
    shift = scale_wanted - (scale_a - scale_b);
    numeric_mpz_power_of_ten(power, abs(shift));
    if (shift >= 0)
        mpz_mul(x, x, power);
    else
        mpz_mul(y, y, power);
    mpz_tdiv_q(x, x, y);
    numeric_var_from_mpz(ret, x, scale_wanted);
    mpz_clears(x, y, power, NULL);
}

/* The root of a non-negative number, rounded to scale decimals. */
void
numeric_var_sqrt(NumericVar *ret, const NumericVar *a, int scale)
{
    int work_scale = (Max(scale, 0) / DEC_DIGITS + 2) * DEC_DIGITS;
    mpz_t x;
    mpz_t power;
    int scale_a;
    int shift;

    numeric_gmp_init();
    mpz_inits(x, power, NULL);
    numeric_var_to_mpz(x, a, &scale_a);
    shift = 2 * work_scale - scale_a;
    numeric_mpz_power_of_ten(power, abs(shift));
    if (shift >= 0)
        mpz_mul(x, x, power);
    else
        mpz_tdiv_q(x, x, power);
    mpz_sqrt(x, x);
    numeric_var_from_mpz(ret, x, work_scale);
    numeric_var_round(ret, scale);
    ret->dscale = Max(scale, 0);
    mpz_clears(x, power, NULL);
}

/* ---- fixed point ---- */

/* ret = signed var * 2^bits, rounded down */
static void
fixed_from_var(mpz_t ret, const NumericVar *var, int bits)
{
    mpz_t power;
    int scale;

    mpz_init(power);
    numeric_var_to_mpz(ret, var, &scale);
    numeric_mpz_power_of_ten(power, abs(scale));
    mpz_mul_2exp(ret, ret, bits);
    if (scale >= 0)
        mpz_fdiv_q(ret, ret, power);
    else
        mpz_mul(ret, ret, power);
    if (var->sign == NUMERIC_NEG)
        mpz_neg(ret, ret);
    mpz_clear(power);
}

static void
fixed_to_var(NumericVar *ret, const mpz_t value, int bits, int scale)
{
    int work_scale = (Max(scale, 0) / DEC_DIGITS + 2) * DEC_DIGITS;
    mpz_t power;

    mpz_init(power);
    numeric_mpz_power_of_ten(power, work_scale);
    mpz_mul(power, power, value);
    mpz_tdiv_q_2exp(power, power, bits);
    numeric_var_from_mpz(ret, power, work_scale);
    numeric_var_round(ret, scale);
    numeric_var_strip(ret);
    ret->dscale = Max(scale, 0);
    mpz_clear(power);
}

/* ret += factor * atanh(1/n) */
static void
fixed_add_atanh_inverse(mpz_t ret, int factor, unsigned long n, int bits)
{
    mpz_t term;
    mpz_t part;

    mpz_inits(term, part, NULL);
    mpz_set_si(term, factor);
    mpz_mul_2exp(term, term, bits);
    mpz_tdiv_q_ui(term, term, n);
    for (unsigned long i = 1; mpz_sgn(term) != 0; i += 2)
    {
        mpz_tdiv_q_ui(part, term, i);
        mpz_add(ret, ret, part);
        mpz_tdiv_q_ui(term, term, n * n);
    }
    mpz_clears(term, part, NULL);
}

/* Machin-like: ln 2 = 18 atanh(1/26) - 2 atanh(1/4801) + 8 atanh(1/8749) */
static void
fixed_ln2(mpz_t ret, int bits)
{
    mpz_set_ui(ret, 0);
    fixed_add_atanh_inverse(ret, 18, 26, bits);
    fixed_add_atanh_inverse(ret, -2, 4801, bits);
    fixed_add_atanh_inverse(ret, 8, 8749, bits);
}

/* x in [0, 1): Taylor on x / 2^16, then squared sixteen times. */
static void
fixed_exp_small(mpz_t ret, const mpz_t x, int bits)
{
    mpz_t small;
    mpz_t term;

    mpz_inits(small, term, NULL);
    mpz_tdiv_q_2exp(small, x, EXP_HALVINGS);
    mpz_set_ui(ret, 1);
    mpz_mul_2exp(ret, ret, bits);
    mpz_set(term, ret);
    for (unsigned long i = 1; mpz_sgn(term) != 0; i++)
    {
        mpz_mul(term, term, small);
        mpz_tdiv_q_2exp(term, term, bits);
        mpz_tdiv_q_ui(term, term, i);
        mpz_add(ret, ret, term);
    }
    for (int i = 0; i < EXP_HALVINGS; i++)
    {
        mpz_mul(ret, ret, ret);
        mpz_tdiv_q_2exp(ret, ret, bits);
    }
    mpz_clears(small, term, NULL);
}

void
numeric_var_exp(NumericVar *ret, const NumericVar *a, int scale)
{
    double approximate = numeric_var_double(a);
    int bits;
    mpz_t x;
    mpz_t ln2;
    mpz_t doublings;
    long count;

    if (fabs(approximate) >= NUMERIC_MAX_RESULT_SCALE * 3)
    {
        if (approximate > 0)
            numeric_throw_overflow();
        numeric_var_zero(ret, scale);
        return;
    }
    numeric_gmp_init();
    bits = (int) (scale * BITS_PER_DECIMAL + fabs(approximate) * 1.5) + 2 * GUARD_BITS;
    mpz_inits(x, ln2, doublings, NULL);
    fixed_from_var(x, a, bits);
    fixed_ln2(ln2, bits);
    mpz_fdiv_qr(doublings, x, x, ln2);
    count = mpz_get_si(doublings);
    fixed_exp_small(doublings, x, bits);
    if (count >= 0)
        mpz_mul_2exp(doublings, doublings, count);
    else
        mpz_fdiv_q_2exp(doublings, doublings, -count);
    fixed_to_var(ret, doublings, bits, scale);
    mpz_clears(x, ln2, doublings, NULL);
}

/* m in [1, 2): ten square roots bring it near 1, then 2 atanh((m - 1) / (m + 1)). */
static void
fixed_ln_small(mpz_t ret, mpz_t m, int bits)
{
    mpz_t one;
    mpz_t square;
    mpz_t term;

    mpz_inits(one, square, term, NULL);
    mpz_set_ui(one, 1);
    mpz_mul_2exp(one, one, bits);
    for (int i = 0; i < LN_ROOTS; i++)
    {
        mpz_mul_2exp(m, m, bits);
        mpz_sqrt(m, m);
    }
    mpz_sub(term, m, one);
    mpz_add(m, m, one);
    mpz_mul_2exp(term, term, bits);
    mpz_tdiv_q(term, term, m);
    mpz_mul(square, term, term);
    mpz_tdiv_q_2exp(square, square, bits);
    mpz_set_ui(ret, 0);
    for (unsigned long i = 1; mpz_sgn(term) != 0; i += 2)
    {
        mpz_tdiv_q_ui(one, term, i);
        mpz_add(ret, ret, one);
        mpz_mul(term, term, square);
        mpz_tdiv_q_2exp(term, term, bits);
    }
    mpz_mul_2exp(ret, ret, LN_ROOTS + 1);
    mpz_clears(one, square, term, NULL);
}

/* a > 0 */
void
numeric_var_ln(NumericVar *ret, const NumericVar *a, int scale)
{
    int bits = (int) (Max(scale, 0) * BITS_PER_DECIMAL) + 2 * GUARD_BITS;
    mpz_t x;
    mpz_t power;
    mpz_t result;
    int decimals;
    long exponent;

    Assert(a->ndigits > 0 && a->sign == NUMERIC_POS);
    numeric_gmp_init();
    mpz_inits(x, power, result, NULL);
    numeric_var_to_mpz(x, a, &decimals);
    numeric_mpz_power_of_ten(power, abs(decimals));
    if (decimals < 0)
    {
        mpz_mul(x, x, power);
        mpz_set_ui(power, 1);
    }
    /* x / power = m * 2^exponent with m in [1, 2) */
    exponent = (long) mpz_sizeinbase(x, 2) - (long) mpz_sizeinbase(power, 2);
    if (bits >= exponent)
        mpz_mul_2exp(x, x, bits - exponent);
    else
        mpz_mul_2exp(power, power, exponent - bits);
    mpz_fdiv_q(x, x, power);
    if (mpz_sizeinbase(x, 2) < (size_t) bits + 1)
    {
        mpz_mul_2exp(x, x, 1);
        exponent--;
    }
    fixed_ln_small(result, x, bits);
    fixed_ln2(power, bits);
    mpz_mul_si(power, power, exponent);
    mpz_add(result, result, power);
    fixed_to_var(ret, result, bits, scale);
    mpz_clears(x, power, result, NULL);
}
