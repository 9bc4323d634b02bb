/*
 * number.h - integers and text, letters and case, without locale and without errors thrown
 *
 * The throwing forms (pg_strtoint32 and so on) are in error/number_input.h.
 */
#ifndef BASE_NUMBER_H
#define BASE_NUMBER_H

#include "base/base.h"

typedef enum NumberStatus
{
    NUMBER_OK,
    NUMBER_BAD_SYNTAX,
    NUMBER_OUT_OF_RANGE,
} NumberStatus;

/* Decimal integer with surrounding white space allowed, as SQL input takes it. */
NumberStatus number_parse_int16(const char *s, int16 *ret_value);
NumberStatus number_parse_int32(const char *s, int32 *ret_value);
NumberStatus number_parse_int64(const char *s, int64 *ret_value);
NumberStatus number_parse_uint32(const char *s, uint32 *ret_value);
NumberStatus number_parse_uint64(const char *s, uint64 *ret_value);

/* Write the digits and a terminator (12, 12, 21 bytes at most); return the length. */
int pg_itoa(int16 value, char *to);
int pg_ltoa(int32 value, char *to);
int pg_lltoa(int64 value, char *to);
/* Without terminator. */
int pg_ultoa_n(uint32 value, char *to);
int pg_ulltoa_n(uint64 value, char *to);
/* Exactly or at least that many digits, zero-padded; return the end of what was written. */
char *pg_ultostr_zeropad(char *to, uint32 value, int32 min_width);
char *pg_ultostr(char *to, uint32 value);

static inline bool
scanner_isspace(char c)
{
    return c == ' ' || c == '\t' || c == '\n' || c == '\r' || c == '\f' || c == '\v';
}

static inline bool pg_ascii_isdigit(char c) { return c >= '0' && c <= '9'; }
static inline bool pg_ascii_isupper(char c) { return c >= 'A' && c <= 'Z'; }
static inline bool pg_ascii_islower(char c) { return c >= 'a' && c <= 'z'; }
static inline bool pg_ascii_isalpha(char c) { return pg_ascii_isupper(c) || pg_ascii_islower(c); }
static inline unsigned char
pg_ascii_tolower(unsigned char c)
{
    return c >= 'A' && c <= 'Z' ? (unsigned char) (c + 32) : c;
}
static inline unsigned char
pg_ascii_toupper(unsigned char c)
{
    return c >= 'a' && c <= 'z' ? (unsigned char) (c - 32) : c;
}
#define pg_tolower(c) pg_ascii_tolower(c)
#define pg_toupper(c) pg_ascii_toupper(c)

/* Compare without regard to the case of ASCII letters. */
int pg_strcasecmp(const char *a, const char *b);
int pg_strncasecmp(const char *a, const char *b, Size n);

/* true/false/yes/no/on/off/1/0 and unique prefixes; returns false when it is none of them. */
bool parse_bool(const char *value, bool *ret_result);
bool parse_bool_with_len(const char *value, Size len, bool *ret_result);

#endif
