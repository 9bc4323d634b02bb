/*
 * numutils.c - floating-point numbers to decimal text and back
 *
 * Why        a number is written with the fewest digits that read back as the same number. Most real
 *            data have at most fifteen, and those are found by one multiplication and one exact
 *            division; the rest asks the C library for 15, 16, then 17 digits. A candidate that lies
 *            exactly between two numbers is refused, as PostgreSQL does.
 */
#include <errno.h>

#include "types_int.h"
#include "types/float.h"
#include "config/settings.h"

/* ---- floating point out ---- */

static const double numutils_powers[] = {1e0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10,
                                         1e11, 1e12, 1e13, 1e14, 1e15};

/* Lays out digits * 10^exponent (of the first digit): fixed when -5 < exponent < fixed_max. */
static int
numutils_layout(bool negative, const char *digits, int count, int exponent, int fixed_max,
                char *ret_text)
{
    char *p = ret_text;

    if (negative)
        *p++ = '-';
    if (exponent < -4 || exponent >= fixed_max)
    {
        *p++ = digits[0];
        if (count > 1)
        {
            *p++ = '.';
            memcpy(p, digits + 1, count - 1);
            p += count - 1;
        }
        *p++ = 'e';
        *p++ = exponent < 0 ? '-' : '+';
        if (abs(exponent) < 10)
            *p++ = '0';
        p += pg_ultoa_n((uint32) abs(exponent), p);
    }
    else if (exponent < 0)
    {
        *p++ = '0';
        *p++ = '.';
        for (int i = -1; i > exponent; i--)
            *p++ = '0';
        memcpy(p, digits, count);
        p += count;
    }
    else
    {
        for (int i = 0; i <= exponent || i < count; i++)
        {
            if (i == exponent + 1)
                *p++ = '.';
            *p++ = i < count ? digits[i] : '0';
        }
    }
    *p = '\0';
    return (int) (p - ret_text);
}

/* Digits by one multiplication, where fifteen (six) are enough; false where they are not. */
static bool
numutils_try_short(double magnitude, bool single, char *ret_digits, int *ret_count,
                   int *ret_exponent)
{
    double max = single ? 1e6 : 1e15;
    int scale_max = single ? 10 : 15;

    if (magnitude >= max || magnitude < 1e-5)
        return false;
    for (int scale = 0; scale <= scale_max; scale++)
    {
        double scaled = rint(magnitude * numutils_powers[scale]);
        double back = scaled / numutils_powers[scale];

        if (scaled >= max)
            return false;
        if (single ? (float) back == (float) magnitude : back == magnitude)
        {
            int count = pg_ulltoa_n((uint64) scaled, ret_digits);

            *ret_exponent = count - 1 - scale;
            while (count > 1 && ret_digits[count - 1] == '0')
                count--;
            *ret_count = count;
            return true;
        }
    }
    return false;
}

/* Is the text strictly nearer to this number than to its neighbours? */
static bool
numutils_reads_back(const char *text, double magnitude, bool single)
{
    long double exact = strtold(text, NULL);
    long double near;

    if (single)
    {
        float f = (float) magnitude;

        if (strtof(text, NULL) != f)
            return false;
        near = ((long double) f + nextafterf(f, exact > f ? HUGE_VALF : 0)) / 2;
    }
    else
    {
        if (strtod(text, NULL) != magnitude)
            return false;
        near = ((long double) magnitude + nextafter(magnitude, exact > magnitude ? HUGE_VAL : 0)) / 2;
    }
    return exact != near;
}

static void
numutils_try_long(double magnitude, bool single, char *ret_digits, int *ret_count,
                  int *ret_exponent)
{
    int count_first = single ? FLT_DIG : DBL_DIG;
    int count_last = single ? FLT_DECIMAL_DIG : DBL_DECIMAL_DIG;
    char text[40];

    if (magnitude < (single ? (double) FLT_MIN : DBL_MIN))
        count_first = 1;
    for (int count = count_first; count <= count_last; count++)
    {
        snprintf(text, sizeof(text), "%.*e", count - 1, magnitude);
        if (count < count_last && !numutils_reads_back(text, magnitude, single))
            continue;
        ret_digits[0] = text[0];
        memcpy(ret_digits + 1, text + 2, count - 1);
        *ret_exponent = atoi(strchr(text, 'e') + 1);
        while (count > 1 && ret_digits[count - 1] == '0')
            count--;
        *ret_count = count;
        return;
    }
}

static int
numutils_shortest(double value, bool single, char *ret_text)
{
    char digits[24];
    int count;
    int exponent;
    double magnitude = fabs(value);

    if (isnan(value))
        return (int) strlen(strcpy(ret_text, "NaN"));
    if (isinf(value))
        return (int) strlen(strcpy(ret_text, value < 0 ? "-Infinity" : "Infinity"));
    if (value == 0)
        return (int) strlen(strcpy(ret_text, signbit(value) ? "-0" : "0"));
    if (!numutils_try_short(magnitude, single, digits, &count, &exponent))
        numutils_try_long(magnitude, single, digits, &count, &exponent);
    return numutils_layout(signbit(value), digits, count, exponent, single ? 6 : 15, ret_text);
}

int
double_to_shortest_decimal_buf(double value, char *ret_text)
{
    return numutils_shortest(value, false, ret_text);
}

int
float_to_shortest_decimal_buf(float value, char *ret_text)
{
    return numutils_shortest(value, true, ret_text);
}

static char *
numutils_float_out(double value, bool single)
{
    char *text = palloc(32);
    int digits = (single ? FLT_DIG : DBL_DIG) + extra_float_digits;

    if (extra_float_digits > 0 || !isfinite(value))
        numutils_shortest(value, single, text);
    else
        snprintf(text, 32, "%.*g", Max(digits, 1), value);
    return text;
}

char *
float8out_internal(double value)
{
    return numutils_float_out(value, false);
}

char *
float4out_internal(float value)
{
    return numutils_float_out(value, true);
}

/* ---- floating point in ---- */

/*
 * Reads a number; the whole text must be one unless ret_end is given. original is what errors show.
 */
static double
numutils_float_in(char *text, char **ret_end, const char *type, const char *original, bool single)
{
    char *p = text;
    char *end;
    double value;

    while (isspace((unsigned char) *p))
        p++;
    if (*p == '\0')
        types_throw_syntax(type, original);
    errno = 0;
    value = single ? strtof(p, &end) : strtod(p, &end);
    if (end == p)
        types_throw_syntax(type, original);
    if (errno == ERANGE && (value == 0.0 || isinf(value)))
    {
        char *number = pstrdup(p);

        number[end - p] = '\0';
        ereport(ERROR, (errcode(ERRCODE_NUMERIC_VALUE_OUT_OF_RANGE),
                        errmsg("\"%s\" is out of range for type %s", number, type)));
    }
    while (isspace((unsigned char) *end))
        end++;
    if (ret_end != NULL)
        *ret_end = end;
    else if (*end != '\0')
        types_throw_syntax(type, original);
    return value;
}

double
float8in_internal(char *text, char **ret_end, const char *type_name, const char *original)
{
    return numutils_float_in(text, ret_end, type_name, original, false);
}

SQL_FUNCTION(float8in)
{
    char *text = PG_GETARG_CSTRING(0);

    PG_RETURN_FLOAT8(numutils_float_in(text, NULL, "double precision", text, false));
}

SQL_FUNCTION(float4in)
{
    char *text = PG_GETARG_CSTRING(0);

    PG_RETURN_FLOAT4((float4) numutils_float_in(text, NULL, "real", text, true));
}

SQL_FUNCTION(float8out)
{
    PG_RETURN_CSTRING(float8out_internal(PG_GETARG_FLOAT8(0)));
}

SQL_FUNCTION(float4out)
{
    PG_RETURN_CSTRING(float4out_internal(PG_GETARG_FLOAT4(0)));
}

SQL_FUNCTION(float8recv)
{
    PG_RETURN_FLOAT8(pq_getmsgfloat8((StringInfo) PG_GETARG_POINTER(0)));
}

SQL_FUNCTION(float4recv)
{
    PG_RETURN_FLOAT4(pq_getmsgfloat4((StringInfo) PG_GETARG_POINTER(0)));
}

SQL_FUNCTION(float8send)
{
    StringInfoData buf;

    pq_begintypsend(&buf);
    pq_sendfloat8(&buf, PG_GETARG_FLOAT8(0));
    PG_RETURN_BYTEA_P(pq_endtypsend(&buf));
}

SQL_FUNCTION(float4send)
{
    StringInfoData buf;

    pq_begintypsend(&buf);
    pq_sendfloat4(&buf, PG_GETARG_FLOAT4(0));
    PG_RETURN_BYTEA_P(pq_endtypsend(&buf));
}
