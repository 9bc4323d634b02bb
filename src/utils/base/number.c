/*
 * number.c - integers and text, letters and case, without locale
 *
 * Errors     returns a status; the throwing forms are in the error room.
 */
#include "base/number.h"

/* Magnitude and sign of a decimal integer. Values up to 2^64 - 1 are told exactly. */
static NumberStatus
parse_magnitude(const char *s, bool *ret_negative, uint64 *ret_magnitude)
{
    uint64 magnitude = 0;
    bool overflow = false;
    bool negative = false;
    while (scanner_isspace(*s))
        s++;
    if (*s == '-' || *s == '+')
        negative = *s++ == '-';
    if (!pg_ascii_isdigit(*s))
        return NUMBER_BAD_SYNTAX;
    for (; pg_ascii_isdigit(*s); s++)
        overflow = __builtin_mul_overflow(magnitude, 10, &magnitude) ||
                   __builtin_add_overflow(magnitude, (uint64) (*s - '0'), &magnitude) || overflow;
    while (scanner_isspace(*s))
        s++;
    if (*s != '\0')
        return NUMBER_BAD_SYNTAX;
    if (overflow)
        return NUMBER_OUT_OF_RANGE;
    *ret_negative = negative;
    *ret_magnitude = magnitude;
    return NUMBER_OK;
}

NumberStatus
number_parse_int64(const char *s, int64 *ret_value)
{
    bool negative;
    uint64 magnitude;
    NumberStatus status = parse_magnitude(s, &negative, &magnitude);
    if (status != NUMBER_OK)
        return status;
    if (magnitude > (uint64) INT64_MAX + negative)
        return NUMBER_OUT_OF_RANGE;
    *ret_value = negative ? (int64) -magnitude : (int64) magnitude;
    return NUMBER_OK;
}

static NumberStatus
parse_signed_within(const char *s, int64 min, int64 max, int64 *ret_value)
{
    NumberStatus status = number_parse_int64(s, ret_value);
    if (status == NUMBER_OK && (*ret_value < min || *ret_value > max))
        return NUMBER_OUT_OF_RANGE;
    return status;
}

NumberStatus
number_parse_int32(const char *s, int32 *ret_value)
{
    int64 value;
    NumberStatus status = parse_signed_within(s, INT32_MIN, INT32_MAX, &value);
    if (status == NUMBER_OK)
        *ret_value = (int32) value;
    return status;
}

NumberStatus
number_parse_int16(const char *s, int16 *ret_value)
{
    int64 value;
    NumberStatus status = parse_signed_within(s, INT16_MIN, INT16_MAX, &value);
    if (status == NUMBER_OK)
        *ret_value = (int16) value;
    return status;
}

NumberStatus
number_parse_uint64(const char *s, uint64 *ret_value)
{
    bool negative;
    uint64 magnitude;
    NumberStatus status = parse_magnitude(s, &negative, &magnitude);
    if (status != NUMBER_OK)
        return status;
    if (negative && magnitude != 0)
        return NUMBER_OUT_OF_RANGE;
    *ret_value = magnitude;
    return NUMBER_OK;
}

/* Minus means wrapping around, down to INT32_MIN, as SQL's oid input has it. */
NumberStatus
number_parse_uint32(const char *s, uint32 *ret_value)
{
    bool negative;
    uint64 magnitude;
    NumberStatus status = parse_magnitude(s, &negative, &magnitude);
    if (status != NUMBER_OK)
        return status;
    if (magnitude > (negative ? (uint64) INT32_MAX + 1 : UINT32_MAX))
        return NUMBER_OUT_OF_RANGE;
    *ret_value = negative ? (uint32) -magnitude : (uint32) magnitude;
    return NUMBER_OK;
}

static const char digit_pairs[201] = "00010203040506070809101112131415161718192021222324"
                                     "25262728293031323334353637383940414243444546474849"
                                     "50515253545556575859606162636465666768697071727374"
                                     "75767778798081828384858687888990919293949596979899";

static inline int
decimal_length64(uint64 v)
{
    static const uint64 powers[] = {
        UINT64CONST(1), UINT64CONST(10), UINT64CONST(100), UINT64CONST(1000), UINT64CONST(10000),
        UINT64CONST(100000), UINT64CONST(1000000), UINT64CONST(10000000), UINT64CONST(100000000),
        UINT64CONST(1000000000), UINT64CONST(10000000000), UINT64CONST(100000000000),
        UINT64CONST(1000000000000), UINT64CONST(10000000000000), UINT64CONST(100000000000000),
        UINT64CONST(1000000000000000), UINT64CONST(10000000000000000),
        UINT64CONST(100000000000000000), UINT64CONST(1000000000000000000),
        UINT64CONST(10000000000000000000)};
    if (v == 0)
        return 1;
    int t = (64 - __builtin_clzll(v)) * 1233 >> 12;
    return t + (v >= powers[t]);
}

int
pg_ulltoa_n(uint64 value, char *to)
{
    int length = decimal_length64(value);
    char *p = to + length;
    for (; value >= 100; value /= 100)
    {
        p -= 2;
        memcpy(p, digit_pairs + (value % 100) * 2, 2);
    }
    if (value >= 10)
        memcpy(p - 2, digit_pairs + value * 2, 2);
    else
        p[-1] = (char) ('0' + value);
    return length;
}

int
pg_ultoa_n(uint32 value, char *to)
{
    int length = decimal_length64(value);
    char *p = to + length;
    for (; value >= 100; value /= 100)
    {
        p -= 2;
        memcpy(p, digit_pairs + (value % 100) * 2, 2);
    }
    if (value >= 10)
        memcpy(p - 2, digit_pairs + value * 2, 2);
    else
        p[-1] = (char) ('0' + value);
    return length;
}

int
pg_ltoa(int32 value, char *to)
{
    uint32 magnitude = (uint32) value;
    int length = 0;
    if (value < 0)
    {
        magnitude = -magnitude;
        to[length++] = '-';
    }
    length += pg_ultoa_n(magnitude, to + length);
    to[length] = '\0';
    return length;
}

int
pg_itoa(int16 value, char *to)
{
    return pg_ltoa(value, to);
}

int
pg_lltoa(int64 value, char *to)
{
    uint64 magnitude = (uint64) value;
    int length = 0;
    if (value < 0)
    {
        magnitude = -magnitude;
        to[length++] = '-';
    }
    length += pg_ulltoa_n(magnitude, to + length);
    to[length] = '\0';
    return length;
}

char *
pg_ultostr_zeropad(char *to, uint32 value, int32 min_width)
{
    int length = decimal_length64(value);
    int zeros = Max(min_width - length, 0);
    memset(to, '0', (Size) zeros);
    return to + zeros + pg_ultoa_n(value, to + zeros);
}

char *
pg_ultostr(char *to, uint32 value)
{
    return to + pg_ultoa_n(value, to);
}

int
pg_strncasecmp(const char *a, const char *b, Size n)
{
    for (; n > 0; n--, a++, b++)
    {
        int difference = pg_ascii_tolower((unsigned char) *a) - pg_ascii_tolower((unsigned char) *b);
        if (difference != 0 || *a == '\0')
            return difference;
    }
    return 0;
}

int
pg_strcasecmp(const char *a, const char *b)
{
    return pg_strncasecmp(a, b, SIZE_MAX);
}

bool
parse_bool_with_len(const char *value, Size len, bool *ret_result)
{
    static const struct
    {
        const char *word;
        Size shortest; /* prefixes down to this length are unique */
        bool result;
    } words[] = {{"true", 1, true}, {"false", 1, false}, {"yes", 1, true}, {"no", 1, false},
                 {"on", 2, true},   {"off", 2, false},   {"1", 1, true},   {"0", 1, false}};
    for (Size i = 0; i < lengthof(words); i++)
    {
        if (len < words[i].shortest || len > strlen(words[i].word) ||
            pg_strncasecmp(value, words[i].word, len) != 0)
            continue;
        *ret_result = words[i].result;
        return true;
    }
    return false;
}

bool
parse_bool(const char *value, bool *ret_result)
{
    return parse_bool_with_len(value, strlen(value), ret_result);
}
