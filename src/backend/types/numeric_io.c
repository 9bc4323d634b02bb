/*
 * numeric_io.c - numeric: text, binary, modifier, casts
 *
 * Modifier   ((precision << 16) | (scale & 0x7ff)) + 4, or -1; scale is signed, 11 bits.
 */
#include "numeric_int.h"
#include "types/array.h"
#include "types/float.h"

void
numeric_throw_overflow(void)
{
    types_throw_range("value overflows numeric format");
}

/* ---- text ---- */

static bool
numeric_parse_special(const char *p, int *ret_special, const char **ret_end)
{
    static const struct
    {
        const char *word;
        int sign;
    } words[] = {{"NaN", NUMERIC_NAN},       {"Infinity", NUMERIC_PINF}, {"+Infinity", NUMERIC_PINF},
                 {"-Infinity", NUMERIC_NINF}, {"inf", NUMERIC_PINF},      {"+inf", NUMERIC_PINF},
                 {"-inf", NUMERIC_NINF}};

    for (int i = 0; i < lengthof(words); i++)
    {
        size_t length = strlen(words[i].word);

        if (strncasecmp(p, words[i].word, length) == 0)
        {
            *ret_special = words[i].sign;
            *ret_end = p + length;
            return true;
        }
    }
    return false;
}

/* Puts the decimal digits (point removed, `before` of them before it) into base 10000. */
static void
numeric_var_from_decimals(NumericVar *ret, const char *decimals, int count, int64 before, int sign,
                          int dscale)
{
    int64 weight = before > 0 ? (before - 1) / DEC_DIGITS : -((-before) / DEC_DIGITS + 1);
    int lead = (int) ((weight + 1) * DEC_DIGITS - before);
    int ndigits = (count + lead + DEC_DIGITS - 1) / DEC_DIGITS;

    numeric_var_alloc(ret, ndigits);
    for (int i = 0, position = -lead; i < ndigits; i++)
    {
        int digit = 0;

        for (int j = 0; j < DEC_DIGITS; j++, position++)
            digit = digit * 10 + (position >= 0 && position < count ? decimals[position] - '0' : 0);
        ret->digits[i] = (NumericDigit) digit;
    }
    ret->weight = (int) weight;
    ret->sign = sign;
    ret->dscale = dscale;
    numeric_var_strip(ret);
}

/* Reads "[sign]digits[.digits][e[sign]digits]" up to the end; *ret_special tells NaN and infinity. */
void
numeric_var_parse(NumericVar *ret, const char *text, const char *original, int *ret_special)
{
    const char *p = text;
    const char *end;
    char *decimals;
    int sign = NUMERIC_POS;
    int count = 0;
    int before = -1;
    int64 exponent = 0;
    int dscale;

    *ret_special = 0;
    while (isspace((unsigned char) *p))
        p++;
    if (numeric_parse_special(p, ret_special, &end))
    {
        while (isspace((unsigned char) *end))
            end++;
        if (*end != '\0')
            types_throw_syntax("numeric", original);
        ret->sign = *ret_special;
        return;
    }
    if (*p == '-')
        sign = NUMERIC_NEG;
    if (*p == '-' || *p == '+')
        p++;
    decimals = palloc(strlen(p) + 1);
    for (; isdigit((unsigned char) *p) || (*p == '.' && before < 0); p++)
    {
        if (*p == '.')
            before = count;
        else
            decimals[count++] = *p;
    }
    if (count == 0)
        types_throw_syntax("numeric", original);
    if (before < 0)
        before = count;
    dscale = count - before;
    if (*p == 'e' || *p == 'E')
    {
        char *exponent_end;

        if (!isdigit((unsigned char) p[1]) &&
            !((p[1] == '-' || p[1] == '+') && isdigit((unsigned char) p[2])))
            types_throw_syntax("numeric", original);
        exponent = strtol(p + 1, &exponent_end, 10);
        p = exponent_end;
        if (exponent >= INT_MAX / 2 || exponent <= -(INT_MAX / 2))
            numeric_throw_overflow();
        dscale = exponent > dscale ? 0 : (int) (dscale - exponent);
    }
    while (isspace((unsigned char) *p))
        p++;
    if (*p != '\0')
        types_throw_syntax("numeric", original);
    numeric_var_from_decimals(ret, decimals, count, before + exponent, sign, dscale);
    pfree(decimals);
}

char *
numeric_var_text(const NumericVar *var, int dscale)
{
    int before = Max(var->weight + 1, 1) * DEC_DIGITS;
    char *text;
    char *p;
    int i;

    if (numeric_var_special(var))
        return pstrdup(var->sign == NUMERIC_NAN    ? "NaN"
                       : var->sign == NUMERIC_PINF ? "Infinity"
                                                   : "-Infinity");
    text = p = palloc(before + dscale + DEC_DIGITS + 4);
    if (var->sign == NUMERIC_NEG)
        *p++ = '-';
    if (var->weight < 0 || var->ndigits == 0)
        *p++ = '0';
    else
    {
        p = pg_ultostr(p, (uint32) var->digits[0]);
        for (i = 1; i <= var->weight; i++)
            p = pg_ultostr_zeropad(p, i < var->ndigits ? (uint32) var->digits[i] : 0, DEC_DIGITS);
    }
    if (dscale > 0)
    {
        char *point = p;

        *p++ = '.';
        for (int weight = -1; p < point + 1 + dscale; weight--)
        {
            i = var->weight - weight;
            p = pg_ultostr_zeropad(p, i >= 0 && i < var->ndigits ? (uint32) var->digits[i] : 0,
                                   DEC_DIGITS);
        }
        p = point + 1 + dscale;
    }
    *p = '\0';
    return text;
}

char *
numeric_to_text(Numeric value)
{
    NumericVar var;
    char *text;

    numeric_var_load(&var, value);
    text = numeric_var_text(&var, var.dscale);
    numeric_var_free(&var);
    return text;
}

/* Without trailing zeros after the point. */
char *
numeric_normalize(Numeric value)
{
    char *text = numeric_to_text(value);
    int last = (int) strlen(text) - 1;

    if (strchr(text, '.') != NULL)
    {
        while (text[last] == '0')
            text[last--] = '\0';
        if (text[last] == '.')
            text[last] = '\0';
    }
    return text;
}

/* d.ddde+XX with scale decimals */
char *
numeric_out_sci(Numeric value, int scale)
{
    NumericVar var;
    NumericVar power;
    NumericVar mantissa;
    char *text;
    int exponent = 0;

    numeric_var_load(&var, value);
    if (numeric_var_special(&var))
        return numeric_var_text(&var, 0);
    if (var.ndigits > 0)
    {
        int first = var.digits[0];

        exponent = var.weight * DEC_DIGITS + (first >= 1000 ? 3 : first >= 100 ? 2 : first >= 10);
    }
    numeric_var_init(&power);
    numeric_var_init(&mantissa);
    numeric_var_from_decimals(&power, "1", 1, exponent + 1, NUMERIC_POS, Max(-exponent, 0));
    numeric_var_div(&mantissa, &var, &power, scale, true);
    text = numeric_var_text(&mantissa, scale);
    return psprintf("%se%+03d", text, exponent);
}

void
numeric_apply_typmod(NumericVar *var, int32 typmod)
{
    int precision;
    int scale;
    int digits_max;
    int digits = 0;

    if (typmod < (int32) VARHDRSZ)
        return;
    precision = ((typmod - VARHDRSZ) >> 16) & 0xffff;
    scale = (((typmod - VARHDRSZ) & 0x7ff) ^ 1024) - 1024;
    digits_max = precision - scale;
    if (numeric_var_special(var))
    {
        if (var->sign == NUMERIC_NAN)
            return;
        ereport(ERROR, (errcode(ERRCODE_NUMERIC_VALUE_OUT_OF_RANGE), errmsg("numeric field overflow"),
                        errdetail("A field with precision %d, scale %d cannot hold an infinite value.",
                                  precision, scale)));
    }
    numeric_var_round(var, scale);
    var->dscale = Max(scale, 0);
    numeric_var_strip(var);
    if (var->ndigits > 0)
    {
        int first = var->digits[0];

        digits = var->weight * DEC_DIGITS + (first >= 1000 ? 4 : first >= 100 ? 3 : first >= 10 ? 2 : 1);
        if (digits > digits_max)
            ereport(ERROR, (errcode(ERRCODE_NUMERIC_VALUE_OUT_OF_RANGE),
                            errmsg("numeric field overflow"),
                            errdetail("A field with precision %d, scale %d must round to an absolute value less than %s%d.",
                                      precision, scale, digits_max ? "10^" : "",
                                      digits_max ? digits_max : 1)));
    }
}

Numeric
numeric_from_text(const char *text, int32 typmod)
{
    NumericVar var;
    int special;

    numeric_var_init(&var);
    numeric_var_parse(&var, text, text, &special);
    numeric_apply_typmod(&var, typmod);
    return numeric_var_store(&var);
}

SQL_FUNCTION(numeric_in)
{
    PG_RETURN_NUMERIC(numeric_from_text(PG_GETARG_CSTRING(0), PG_GETARG_INT32(2)));
}

SQL_FUNCTION(numeric_out)
{
    PG_RETURN_CSTRING(numeric_to_text(PG_GETARG_NUMERIC(0)));
}

/* The cast that applies a modifier. */
SQL_FUNCTION(numeric)
{
    NumericVar var;

    if (PG_GETARG_INT32(1) < (int32) VARHDRSZ)
        return PG_GETARG_DATUM(0);
    numeric_var_load(&var, PG_GETARG_NUMERIC(0));
    numeric_apply_typmod(&var, PG_GETARG_INT32(1));
    PG_RETURN_NUMERIC(numeric_var_store(&var));
}

SQL_FUNCTION(numerictypmodin)
{
    int count;
    int32 *modifiers = ArrayGetIntegerTypmods(PG_GETARG_ARRAYTYPE_P(0), &count);
    int32 scale = count == 2 ? modifiers[1] : 0;

    if (count != 1 && count != 2)
        ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE),
                        errmsg("invalid NUMERIC type modifier")));
    if (modifiers[0] < 1 || modifiers[0] > NUMERIC_MAX_PRECISION)
        ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE),
                        errmsg("NUMERIC precision %d must be between 1 and %d", modifiers[0],
                               NUMERIC_MAX_PRECISION)));
    if (scale < NUMERIC_MIN_SCALE || scale > NUMERIC_MAX_SCALE)
        ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE),
                        errmsg("NUMERIC scale %d must be between %d and %d", scale,
                               NUMERIC_MIN_SCALE, NUMERIC_MAX_SCALE)));
    PG_RETURN_INT32(((modifiers[0] << 16) | (scale & 0x7ff)) + VARHDRSZ);
}

SQL_FUNCTION(numerictypmodout)
{
    int32 typmod = PG_GETARG_INT32(0) - VARHDRSZ;

    if (typmod < 0)
        PG_RETURN_CSTRING(pstrdup(""));
    PG_RETURN_CSTRING(psprintf("(%d,%d)", (typmod >> 16) & 0xffff, ((typmod & 0x7ff) ^ 1024) - 1024));
}

/* ---- binary ---- */

pg_noreturn static void
numeric_throw_binary(const char *message)
{
    ereport(ERROR, (errcode(ERRCODE_INVALID_BINARY_REPRESENTATION), errmsg("%s", message)));
    pg_unreachable();
}

SQL_FUNCTION(numeric_recv)
{
    StringInfo buf = (StringInfo) PG_GETARG_POINTER(0);
    int32 typmod = PG_GETARG_INT32(2);
    NumericVar var;
    int ndigits = (uint16) pq_getmsgint(buf, 2);

    numeric_var_init(&var);
    numeric_var_alloc(&var, ndigits);
    var.weight = (int16) pq_getmsgint(buf, 2);
    var.sign = (uint16) pq_getmsgint(buf, 2);
    if (var.sign != NUMERIC_POS && var.sign != NUMERIC_NEG && var.sign != NUMERIC_NAN &&
        var.sign != NUMERIC_PINF && var.sign != NUMERIC_NINF)
        numeric_throw_binary("invalid sign in external \"numeric\" value");
    var.dscale = (uint16) pq_getmsgint(buf, 2);
    if (var.dscale > NUMERIC_DSCALE_MAX)
        numeric_throw_binary("invalid scale in external \"numeric\" value");
    for (int i = 0; i < ndigits; i++)
    {
        NumericDigit digit = (NumericDigit) pq_getmsgint(buf, 2);

        if (digit < 0 || digit >= NBASE)
            numeric_throw_binary("invalid digit in external \"numeric\" value");
        var.digits[i] = digit;
    }
    if (!numeric_var_special(&var))
    {
        int dscale = var.dscale;

        numeric_var_trunc(&var, dscale);
        numeric_var_strip(&var);
    }
    numeric_apply_typmod(&var, typmod);
    PG_RETURN_NUMERIC(numeric_var_store(&var));
}

SQL_FUNCTION(numeric_send)
{
    StringInfoData buf;
    NumericVar var;

    numeric_var_load(&var, PG_GETARG_NUMERIC(0));
    pq_begintypsend(&buf);
    pq_sendint16(&buf, (uint16) var.ndigits);
    pq_sendint16(&buf, (uint16) var.weight);
    pq_sendint16(&buf, (uint16) var.sign);
    /* A special value shows the bits where a short header keeps the scale. */
    pq_sendint16(&buf, (uint16) (numeric_var_special(&var) ? (var.sign & 0x1F80) >> 7 : var.dscale));
    for (int i = 0; i < var.ndigits; i++)
        pq_sendint16(&buf, (uint16) var.digits[i]);
    PG_RETURN_BYTEA_P(pq_endtypsend(&buf));
}

/* ---- casts ---- */

/* Clamped, never an error; for estimates. */
double
numeric_var_double(const NumericVar *var)
{
    char *text = numeric_var_text(var, var->dscale);
    double value = strtod(text, NULL);

    pfree(text);
    return value;
}

SQL_FUNCTION(int2_numeric)
{
    PG_RETURN_NUMERIC(int64_to_numeric(PG_GETARG_INT16(0)));
}

SQL_FUNCTION(int4_numeric)
{
    PG_RETURN_NUMERIC(int64_to_numeric(PG_GETARG_INT32(0)));
}

SQL_FUNCTION(int8_numeric)
{
    PG_RETURN_NUMERIC(int64_to_numeric(PG_GETARG_INT64(0)));
}

static Numeric
numeric_from_float(double value, int digits)
{
    char text[40];

    if (isnan(value))
        return numeric_special(NUMERIC_NAN);
    if (isinf(value))
        return numeric_special(value < 0 ? NUMERIC_NINF : NUMERIC_PINF);
    snprintf(text, sizeof(text), "%.*g", digits, value);
    return numeric_from_text(text, -1);
}

SQL_FUNCTION(float8_numeric)
{
    PG_RETURN_NUMERIC(numeric_from_float(PG_GETARG_FLOAT8(0), DBL_DIG));
}

SQL_FUNCTION(float4_numeric)
{
    PG_RETURN_NUMERIC(numeric_from_float(PG_GETARG_FLOAT4(0), FLT_DIG));
}

SQL_FUNCTION(numeric_float8)
{
    return DirectFunctionCall1(float8in, CStringGetDatum(numeric_to_text(PG_GETARG_NUMERIC(0))));
}

SQL_FUNCTION(numeric_float4)
{
    return DirectFunctionCall1(float4in, CStringGetDatum(numeric_to_text(PG_GETARG_NUMERIC(0))));
}

static int64
numeric_to_int(Numeric value, int64 min, int64 max, const char *type)
{
    NumericVar var;
    int64 result;

    numeric_var_load(&var, value);
    if (var.sign == NUMERIC_NAN)
        ereport(ERROR, (errcode(ERRCODE_FEATURE_NOT_SUPPORTED),
                        errmsg("cannot convert NaN to %s", type)));
    if (numeric_var_special(&var))
        ereport(ERROR, (errcode(ERRCODE_FEATURE_NOT_SUPPORTED),
                        errmsg("cannot convert infinity to %s", type)));
    if (!numeric_var_to_int64(&var, &result) || result < min || result > max)
        ereport(ERROR, (errcode(ERRCODE_NUMERIC_VALUE_OUT_OF_RANGE),
                        errmsg("%s out of range", type)));
    numeric_var_free(&var);
    return result;
}

int32
numeric_int4_opt_error(Numeric value, bool *ret_error)
{
    NumericVar var;
    int64 result = 0;

    numeric_var_load(&var, value);
    *ret_error = numeric_var_special(&var) || !numeric_var_to_int64(&var, &result) ||
                 result != (int32) result;
    numeric_var_free(&var);
    return *ret_error ? 0 : (int32) result;
}

SQL_FUNCTION(numeric_int2)
{
    PG_RETURN_INT16((int16) numeric_to_int(PG_GETARG_NUMERIC(0), PG_INT16_MIN, PG_INT16_MAX,
                                           "smallint"));
}

SQL_FUNCTION(numeric_int4)
{
    PG_RETURN_INT32((int32) numeric_to_int(PG_GETARG_NUMERIC(0), PG_INT32_MIN, PG_INT32_MAX,
                                           "integer"));
}

SQL_FUNCTION(numeric_int8)
{
    PG_RETURN_INT64(numeric_to_int(PG_GETARG_NUMERIC(0), PG_INT64_MIN, PG_INT64_MAX, "bigint"));
}

SQL_FUNCTION(numeric_pg_lsn)
{
    NumericVar var;
    mpz_t integer;
    uint64 lsn;
    int scale;

    numeric_gmp_init();
    numeric_var_load(&var, PG_GETARG_NUMERIC(0));
    if (numeric_var_special(&var))
        ereport(ERROR, (errcode(ERRCODE_FEATURE_NOT_SUPPORTED),
                        errmsg("cannot convert %s to pg_lsn",
                               var.sign == NUMERIC_NAN ? "NaN" : "infinity")));
    numeric_var_round(&var, 0);
    numeric_var_strip(&var);
    mpz_init(integer);
    numeric_var_to_mpz(integer, &var, &scale);
    for (; scale < 0; scale += DEC_DIGITS)
        mpz_mul_ui(integer, integer, NBASE);
    if (var.sign == NUMERIC_NEG || mpz_sizeinbase(integer, 2) > 64)
        ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE), errmsg("pg_lsn out of range")));
    lsn = mpz_get_ui(integer);
    mpz_clear(integer);
    PG_RETURN_INT64((int64) lsn);
}
