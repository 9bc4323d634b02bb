/*
 * numeric_var.c - decimal arithmetic on digits of base 10000
 *
 * Why        most numerics are money and counts: a handful of digits. Those are added, multiplied
 *            and divided here in registers; long ones go to GMP (numeric_math.c).
 * Invariants N1-N3 of numeric_int.h
 * Errors     22003 when a result's weight does not fit, 22012 on division by zero
 */
#include "numeric_int.h"

/* Longer operands are multiplied and divided by GMP. */
#define MUL_SCHOOL_DIGITS_MAX 24
#define DIV_SCHOOL_DIGITS_MAX 3

static const int numeric_round_powers[DEC_DIGITS] = {0, 1000, 100, 10};

void
numeric_var_init(NumericVar *var)
{
    var->ndigits = 0;
    var->weight = 0;
    var->sign = NUMERIC_POS;
    var->dscale = 0;
    var->allocated = NULL;
    var->digits = var->local + 1;
}

void
numeric_var_free(NumericVar *var)
{
    if (var->allocated != NULL)
        pfree(var->allocated);
    var->allocated = NULL;
}

/* Room for ndigits and a carry before them; the former contents are lost. */
void
numeric_var_alloc(NumericVar *var, int ndigits)
{
    numeric_var_free(var);
    if (ndigits + 2 <= NUMERIC_LOCAL_DIGITS)
        var->digits = var->local + 1;
    else
    {
        var->allocated = palloc((ndigits + 2) * sizeof(NumericDigit));
        var->digits = var->allocated + 1;
    }
    var->digits[-1] = 0;
    var->ndigits = ndigits;
}

void
numeric_var_zero(NumericVar *ret, int dscale)
{
    numeric_var_alloc(ret, 0);
    ret->weight = 0;
    ret->sign = NUMERIC_POS;
    ret->dscale = dscale;
}

void
numeric_var_copy(NumericVar *ret, const NumericVar *from)
{
    Assert(ret != from);
    numeric_var_alloc(ret, from->ndigits);
    memcpy(ret->digits, from->digits, from->ndigits * sizeof(NumericDigit));
    ret->weight = from->weight;
    ret->sign = from->sign;
    ret->dscale = from->dscale;
}

/* ---- the stored form ---- */

void
numeric_var_load(NumericVar *ret, Numeric value)
{
    const char *data = VARDATA_ANY(value);
    int length = (int) VARSIZE_ANY_EXHDR(value);
    int header_size = 2;
    uint16 header;

    numeric_var_init(ret);
    memcpy(&header, data, sizeof(header));
    if ((header & 0xC000) == 0xC000)
    {
        ret->sign = header & 0xF000;
        return;
    }
    if (header & 0x8000)
    {
        ret->sign = header & 0x2000 ? NUMERIC_NEG : NUMERIC_POS;
        ret->dscale = (header & 0x1F80) >> 7;
        ret->weight = (header & 0x3F) | (header & 0x40 ? ~0x3F : 0);
    }
    else
    {
        int16 weight;

        memcpy(&weight, data + 2, sizeof(weight));
        header_size = 4;
        ret->sign = header & 0xC000;
        ret->dscale = header & NUMERIC_DSCALE_MAX;
        ret->weight = weight;
    }
    numeric_var_alloc(ret, (length - header_size) / (int) sizeof(NumericDigit));
    memcpy(ret->digits, data + header_size, ret->ndigits * sizeof(NumericDigit));
}

Numeric
numeric_special(int sign)
{
    uint16 header = (uint16) sign;
    Numeric result = palloc(VARHDRSZ + sizeof(header));

    SET_VARSIZE(result, VARHDRSZ + sizeof(header));
    memcpy(VARDATA(result), &header, sizeof(header));
    return result;
}

void
numeric_var_strip(NumericVar *var)
{
    while (var->ndigits > 0 && var->digits[0] == 0)
    {
        var->digits++;
        var->weight--;
        var->ndigits--;
    }
    while (var->ndigits > 0 && var->digits[var->ndigits - 1] == 0)
        var->ndigits--;
    if (var->ndigits == 0)
    {
        var->sign = NUMERIC_POS;
        var->weight = 0;
    }
}

/* The palloc'd value; the var is stripped and freed. */
Numeric
numeric_var_store(NumericVar *var)
{
    Numeric result;
    bool fits_short;
    int header_size;
    int size;

    if (numeric_var_special(var))
        return numeric_special(var->sign);
    numeric_var_strip(var);
    if (var->weight > NUMERIC_WEIGHT_MAX || var->dscale > NUMERIC_DSCALE_MAX)
        numeric_throw_overflow();
    fits_short = var->dscale <= 0x3F && var->weight <= 63 && var->weight >= -64;
    header_size = fits_short ? 2 : 4;
    size = VARHDRSZ + header_size + var->ndigits * (int) sizeof(NumericDigit);
    result = palloc(size);
    SET_VARSIZE(result, size);
    if (fits_short)
    {
        uint16 header = 0x8000 | (var->sign == NUMERIC_NEG ? 0x2000 : 0) | (var->dscale << 7) |
                        (var->weight < 0 ? 0x40 : 0) | (var->weight & 0x3F);

        memcpy(VARDATA(result), &header, 2);
    }
    else
    {
        uint16 header = (uint16) (var->sign | var->dscale);
        int16 weight = (int16) var->weight;

        memcpy(VARDATA(result), &header, 2);
        memcpy(VARDATA(result) + 2, &weight, 2);
    }
    memcpy(VARDATA(result) + header_size, var->digits, var->ndigits * sizeof(NumericDigit));
    numeric_var_free(var);
    return result;
}

/* ---- integers ---- */

void
numeric_var_from_int64(NumericVar *ret, int64 value)
{
    uint64 magnitude = value < 0 ? 0 - (uint64) value : (uint64) value;

    numeric_var_alloc(ret, 5);
    ret->sign = value < 0 ? NUMERIC_NEG : NUMERIC_POS;
    ret->weight = 4;
    ret->dscale = 0;
    for (int i = 4; i >= 0; i--)
    {
        ret->digits[i] = (NumericDigit) (magnitude % NBASE);
        magnitude /= NBASE;
    }
    numeric_var_strip(ret);
}

/* value * 10^-scale */
void
numeric_var_from_int128(NumericVar *ret, __int128 value, int scale)
{
    unsigned __int128 magnitude = value < 0 ? 0 - (unsigned __int128) value : value;
    int fraction_digits = (scale + DEC_DIGITS - 1) / DEC_DIGITS;
    int shift = fraction_digits * DEC_DIGITS - scale;
    static const int powers[DEC_DIGITS] = {1, 10, 100, 1000};
    unsigned carry = 0;

    numeric_var_alloc(ret, 11);
    ret->sign = value < 0 ? NUMERIC_NEG : NUMERIC_POS;
    ret->weight = 10 - fraction_digits;
    ret->dscale = scale;
    for (int i = 10; i >= 0; i--)
    {
        unsigned digit = (unsigned) (magnitude % NBASE) * powers[shift] + carry;

        ret->digits[i] = (NumericDigit) (digit % NBASE);
        carry = digit / NBASE;
        magnitude /= NBASE;
    }
    Assert(carry == 0 && magnitude == 0);
    numeric_var_strip(ret);
}

Numeric
numeric_from_int128(__int128 value, int scale)
{
    NumericVar var;

    numeric_var_init(&var);
    numeric_var_from_int128(&var, value, scale);
    return numeric_var_store(&var);
}

Numeric
int64_to_numeric(int64 value)
{
    NumericVar var;

    numeric_var_init(&var);
    numeric_var_from_int64(&var, value);
    return numeric_var_store(&var);
}

/* Rounds half away from zero; false where it does not fit. */
bool
numeric_var_to_int64(const NumericVar *var, int64 *ret)
{
    NumericVar rounded;
    int64 value = 0;
    bool fits = true;

    numeric_var_init(&rounded);
    numeric_var_copy(&rounded, var);
    numeric_var_round(&rounded, 0);
    numeric_var_strip(&rounded);
    for (int i = 0; i <= rounded.weight && fits && rounded.ndigits > 0; i++)
    {
        int64 digit = i < rounded.ndigits ? rounded.digits[i] : 0;

        fits = !__builtin_mul_overflow(value, (int64) NBASE, &value) &&
               !__builtin_sub_overflow(value, digit, &value);
    }
    if (fits && rounded.sign == NUMERIC_POS)
        fits = !__builtin_sub_overflow((int64) 0, value, &value);
    numeric_var_free(&rounded);
    if (fits)
        *ret = value;
    return fits;
}

/* ---- rounding ---- */

static void
numeric_var_cut(NumericVar *var, int scale, bool round)
{
    int kept = (var->weight + 1) * DEC_DIGITS + scale; /* decimal digits kept */
    int carry = 0;
    int last;

    var->dscale = Max(scale, 0);
    if (kept < 0 || (kept == 0 && (!round || var->ndigits == 0)))
    {
        var->ndigits = 0;
        var->weight = 0;
        var->sign = NUMERIC_POS;
        return;
    }
    last = (kept + DEC_DIGITS - 1) / DEC_DIGITS;
    kept %= DEC_DIGITS;
    if (last > var->ndigits || (last == var->ndigits && kept == 0))
        return;
    if (kept == 0)
    {
        carry = round && var->digits[last] >= NBASE / 2;
        var->ndigits = last;
    }
    else
    {
        int power = numeric_round_powers[kept];
        int rest = var->digits[last - 1] % power;

        var->ndigits = last;
        var->digits[last - 1] -= rest;
        if (round && rest >= power / 2)
        {
            rest = var->digits[last - 1] + power;
            carry = rest >= NBASE;
            var->digits[last - 1] = carry ? rest - NBASE : rest;
        }
        last--;
    }
    while (carry)
    {
        last--;
        if (last < -1 || (last == -1 && var->digits[-1] != 0))
            break;
        carry = ++var->digits[last] >= NBASE;
        if (carry)
            var->digits[last] -= NBASE;
    }
    if (last < 0 && var->digits[-1] != 0)
    {
        var->digits--;
        var->ndigits++;
        var->weight++;
    }
}

/* Half away from zero, to scale decimals; a negative scale rounds before the point. */
void
numeric_var_round(NumericVar *var, int scale)
{
    /* A stripped leading digit may lie before digits[0]: the carry place must be zero (N1). */
    var->digits[-1] = 0;
    numeric_var_cut(var, scale, true);
}

void
numeric_var_trunc(NumericVar *var, int scale)
{
    var->digits[-1] = 0;
    numeric_var_cut(var, scale, false);
}

/* ---- comparison, addition ---- */

static int
numeric_var_digit(const NumericVar *var, int weight)
{
    int i = var->weight - weight;

    return i >= 0 && i < var->ndigits ? var->digits[i] : 0;
}

static int
numeric_var_cmp_abs(const NumericVar *a, const NumericVar *b)
{
    int high = Max(a->weight, b->weight);
    int low = Min(a->weight - a->ndigits, b->weight - b->ndigits);

    if (a->ndigits == 0 || b->ndigits == 0)
    {
        low = Max(a->ndigits, b->ndigits) == 0 ? high
              : a->ndigits == 0                ? b->weight - b->ndigits
                                               : a->weight - a->ndigits;
        high = a->ndigits == 0 ? b->weight : a->weight;
    }
    for (int weight = high; weight > low; weight--)
    {
        int difference = numeric_var_digit(a, weight) - numeric_var_digit(b, weight);

        if (difference != 0)
            return difference < 0 ? -1 : 1;
    }
    return 0;
}

/* Neither may be special. */
int
numeric_var_cmp(const NumericVar *a, const NumericVar *b)
{
    int sign_a = a->ndigits == 0 ? 0 : a->sign == NUMERIC_NEG ? -1 : 1;
    int sign_b = b->ndigits == 0 ? 0 : b->sign == NUMERIC_NEG ? -1 : 1;

    if (sign_a != sign_b || sign_a == 0)
        return sign_a < sign_b ? -1 : sign_a > sign_b;
    return sign_a * numeric_var_cmp_abs(a, b);
}

/* |a| + |b|, or |a| - |b| where |a| >= |b|. */
static void
numeric_var_combine(NumericVar *ret, const NumericVar *a, const NumericVar *b, bool subtract)
{
    int high = a->ndigits == 0 ? b->weight : b->ndigits == 0 ? a->weight : Max(a->weight, b->weight);
    int low_a = a->weight - a->ndigits + 1;
    int low_b = b->weight - b->ndigits + 1;
    int low = a->ndigits == 0 ? low_b : b->ndigits == 0 ? low_a : Min(low_a, low_b);
    int carry = 0;

    Assert(ret != a && ret != b);
    numeric_var_alloc(ret, high - low + 1);
    ret->weight = high;
    ret->dscale = Max(a->dscale, b->dscale);
    for (int weight = low; weight <= high; weight++)
    {
        int digit = numeric_var_digit(a, weight) +
                    (subtract ? -numeric_var_digit(b, weight) : numeric_var_digit(b, weight)) + carry;

        carry = digit < 0 ? -1 : digit >= NBASE ? 1 : 0;
        ret->digits[high - weight] = (NumericDigit) (digit - carry * NBASE);
    }
    Assert(carry >= 0);
    if (carry > 0)
    {
        *--ret->digits = 1;
        ret->ndigits++;
        ret->weight++;
    }
    numeric_var_strip(ret);
}

static void
numeric_var_add_signed(NumericVar *ret, const NumericVar *a, const NumericVar *b, int sign_b)
{
    if (a->sign == sign_b)
    {
        numeric_var_combine(ret, a, b, false);
        ret->sign = a->sign;
    }
    else if (numeric_var_cmp_abs(a, b) >= 0)
    {
        numeric_var_combine(ret, a, b, true);
        ret->sign = a->sign;
    }
    else
    {
        numeric_var_combine(ret, b, a, true);
        ret->sign = sign_b;
    }
    if (ret->ndigits == 0)
        ret->sign = NUMERIC_POS;
}

void
numeric_var_add(NumericVar *ret, const NumericVar *a, const NumericVar *b)
{
    numeric_var_add_signed(ret, a, b, b->sign);
}

void
numeric_var_sub(NumericVar *ret, const NumericVar *a, const NumericVar *b)
{
    numeric_var_add_signed(ret, a, b, b->sign == NUMERIC_NEG ? NUMERIC_POS : NUMERIC_NEG);
}

/* ---- multiplication, division ---- */

static void
numeric_var_mul_school(NumericVar *ret, const NumericVar *a, const NumericVar *b)
{
    uint64 sums[2 * MUL_SCHOOL_DIGITS_MAX] = {0};
    int count = a->ndigits + b->ndigits;
    uint64 carry = 0;

    for (int i = 0; i < a->ndigits; i++)
        for (int j = 0; j < b->ndigits; j++)
            sums[i + j + 1] += (uint64) a->digits[i] * (uint64) b->digits[j];
    numeric_var_alloc(ret, count);
    for (int i = count - 1; i >= 0; i--)
    {
        uint64 sum = sums[i] + carry;

        ret->digits[i] = (NumericDigit) (sum % NBASE);
        carry = sum / NBASE;
    }
    ret->weight = a->weight + b->weight + 1;
}

void
numeric_var_mul(NumericVar *ret, const NumericVar *a, const NumericVar *b, int scale)
{
    Assert(ret != a && ret != b);
    if (a->ndigits == 0 || b->ndigits == 0)
    {
        numeric_var_zero(ret, scale);
        return;
    }
    if (a->ndigits <= MUL_SCHOOL_DIGITS_MAX && b->ndigits <= MUL_SCHOOL_DIGITS_MAX)
        numeric_var_mul_school(ret, a, b);
    else
        numeric_var_mul_big(ret, a, b);
    ret->sign = a->sign == b->sign ? NUMERIC_POS : NUMERIC_NEG;
    numeric_var_strip(ret);
    numeric_var_round(ret, scale);
    numeric_var_strip(ret);
    ret->dscale = scale;
}

/* Truncated quotient with at least scale + 1 decimals; the divisor has at most three digits. */
static void
numeric_var_div_school(NumericVar *ret, const NumericVar *a, const NumericVar *b, int scale)
{
    uint64 divisor = 0;
    uint64 rest = 0;
    int weight;
    int count;

    for (int i = 0; i < b->ndigits; i++)
        divisor = divisor * NBASE + (uint64) b->digits[i];
    /* The quotient's first digit stands under the first digit of a, moved by b's last. */
    weight = a->weight - (b->weight - b->ndigits + 1);
    count = weight + 1 + (Max(scale, 0) + DEC_DIGITS) / DEC_DIGITS;
    numeric_var_alloc(ret, Max(count, 0));
    for (int i = 0; i < count; i++)
    {
        rest = rest * NBASE + (uint64) (i < a->ndigits ? a->digits[i] : 0);
        ret->digits[i] = (NumericDigit) (rest / divisor);
        rest %= divisor;
    }
    ret->weight = weight;
}

/* a / b to scale decimals, rounded half away from zero or truncated. */
void
numeric_var_div(NumericVar *ret, const NumericVar *a, const NumericVar *b, int scale, bool round)
{
    Assert(ret != a && ret != b);
    if (b->ndigits == 0)
        types_throw_division_by_zero();
    if (a->ndigits == 0)
    {
        numeric_var_zero(ret, scale);
        return;
    }
    if (b->ndigits <= DIV_SCHOOL_DIGITS_MAX)
        numeric_var_div_school(ret, a, b, scale);
    else
        numeric_var_div_big(ret, a, b, scale);
    ret->sign = a->sign == b->sign ? NUMERIC_POS : NUMERIC_NEG;
    numeric_var_strip(ret);
    numeric_var_cut(ret, scale, round);
    numeric_var_strip(ret);
    ret->dscale = Max(scale, 0);
}

/* a - b * trunc(a / b), with the sign of a. */
void
numeric_var_mod(NumericVar *ret, const NumericVar *a, const NumericVar *b)
{
    NumericVar quotient;
    NumericVar product;

    numeric_var_init(&quotient);
    numeric_var_init(&product);
    numeric_var_div(&quotient, a, b, 0, false);
    numeric_var_mul(&product, &quotient, b, b->dscale);
    numeric_var_sub(ret, a, &product);
    numeric_var_free(&quotient);
    numeric_var_free(&product);
}

/* Decimals of a quotient: at least 16 significant digits, and no fewer than the operands show. */
int
numeric_div_scale(const NumericVar *a, const NumericVar *b)
{
    int weight_a = a->ndigits > 0 ? a->weight : 0;
    int weight_b = b->ndigits > 0 ? b->weight : 0;
    int first_a = a->ndigits > 0 ? a->digits[0] : 0;
    int first_b = b->ndigits > 0 ? b->digits[0] : 0;
    int weight = weight_a - weight_b - (first_a <= first_b ? 1 : 0);
    int scale = NUMERIC_MIN_SIG_DIGITS - weight * DEC_DIGITS;

    scale = Max(scale, Max(a->dscale, b->dscale));
    return Min(Max(scale, 0), NUMERIC_MAX_DISPLAY_SCALE);
}
