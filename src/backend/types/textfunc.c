/*
 * textfunc.c - functions on text: parts, places, padding, case, codes
 *
 * Invariants T4. positions and lengths count characters from 1; sums of arguments that overflow
 *                mean "to the end".
 */
#include "types_int.h"
#include "types/collation.h"
#include "types/encoding.h"

#define TEXT_DATA(t) VARDATA_ANY(t)
#define TEXT_LENGTH(t) ((int) VARSIZE_ANY_EXHDR(t))

static text *
textfunc_slice(text *t, int from, int to)
{
    return cstring_to_text_with_len(TEXT_DATA(t) + from, to - from);
}

/* ---- concatenation ---- */

static text *
textfunc_concat(text *a, text *b)
{
    int a_length = TEXT_LENGTH(a);
    int b_length = TEXT_LENGTH(b);
    text *result = palloc(VARHDRSZ + a_length + b_length);

    SET_VARSIZE(result, VARHDRSZ + a_length + b_length);
    memcpy(VARDATA(result), TEXT_DATA(a), a_length);
    memcpy(VARDATA(result) + a_length, TEXT_DATA(b), b_length);
    return result;
}

SQL_FUNCTION(textcat)
{
    PG_RETURN_TEXT_P(textfunc_concat(PG_GETARG_TEXT_PP(0), PG_GETARG_TEXT_PP(1)));
}

SQL_FUNCTION(repeat)
{
    text *t = PG_GETARG_TEXT_PP(0);
    int32 count = Max(PG_GETARG_INT32(1), 0);
    int length = TEXT_LENGTH(t);
    int size;
    text *result;

    if (__builtin_mul_overflow(count, length, &size) ||
        __builtin_add_overflow(size, VARHDRSZ, &size) || !AllocSizeIsValid(size))
        ereport(ERROR, (errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
                        errmsg("requested length too large")));
    result = palloc(size);
    SET_VARSIZE(result, size);
    for (int i = 0; i < count; i++)
    {
        memcpy(VARDATA(result) + i * length, TEXT_DATA(t), length);
        if (i % 65536 == 65535)
            CHECK_FOR_INTERRUPTS();
    }
    PG_RETURN_TEXT_P(result);
}

/* ---- parts ---- */

/* Characters start .. start + count - 1, those before 1 do not exist; count < 0 throws. */
static text *
textfunc_substring(text *t, int32 start, int32 count, bool to_end)
{
    int length = TEXT_LENGTH(t);
    int32 end = PG_INT32_MAX;
    int from;
    int to;

    if (!to_end && __builtin_add_overflow(start, count, &end))
    {
        end = PG_INT32_MAX;
        if (count < 0)
            ereport(ERROR, (errcode(ERRCODE_SUBSTRING_ERROR),
                            errmsg("negative substring length not allowed")));
    }
    else if (!to_end && end < start)
        ereport(ERROR, (errcode(ERRCODE_SUBSTRING_ERROR),
                        errmsg("negative substring length not allowed")));
    if (end <= 1)
        return cstring_to_text("");
    start = Max(start, 1);
    from = encoding_char_offset(TEXT_DATA(t), length, start - 1);
    to = from + encoding_char_offset(TEXT_DATA(t) + from, length - from, end - start);
    return textfunc_slice(t, from, to);
}

SQL_FUNCTION(text_substr)
{
    PG_RETURN_TEXT_P(textfunc_substring(PG_GETARG_TEXT_PP(0), PG_GETARG_INT32(1),
                                        PG_GETARG_INT32(2), false));
}

SQL_FUNCTION(text_substr_no_len)
{
    PG_RETURN_TEXT_P(textfunc_substring(PG_GETARG_TEXT_PP(0), PG_GETARG_INT32(1), 0, true));
}

static text *
textfunc_overlay(text *t, text *with, int32 start, int32 count)
{
    int32 after;

    if (start <= 0)
        ereport(ERROR, (errcode(ERRCODE_SUBSTRING_ERROR),
                        errmsg("negative substring length not allowed")));
    if (__builtin_add_overflow(start, count, &after))
        types_throw_range("integer out of range");
    return textfunc_concat(textfunc_concat(textfunc_substring(t, 1, start - 1, false), with),
                           textfunc_substring(t, after, 0, true));
}

SQL_FUNCTION(textoverlay)
{
    PG_RETURN_TEXT_P(textfunc_overlay(PG_GETARG_TEXT_PP(0), PG_GETARG_TEXT_PP(1),
                                      PG_GETARG_INT32(2), PG_GETARG_INT32(3)));
}

SQL_FUNCTION(textoverlay_no_len)
{
    text *with = PG_GETARG_TEXT_PP(1);

    PG_RETURN_TEXT_P(textfunc_overlay(PG_GETARG_TEXT_PP(0), with, PG_GETARG_INT32(2),
                                      pg_mbstrlen_with_len(TEXT_DATA(with), TEXT_LENGTH(with))));
}

/* Bytes before character n; a negative n counts from the end. */
static int
textfunc_cut_point(text *t, int32 n)
{
    if (n < 0)
        n = Max(pg_mbstrlen_with_len(TEXT_DATA(t), TEXT_LENGTH(t)) + n, 0);
    return encoding_char_offset(TEXT_DATA(t), TEXT_LENGTH(t), n);
}

SQL_FUNCTION(text_left)
{
    text *t = PG_GETARG_TEXT_PP(0);

    PG_RETURN_TEXT_P(textfunc_slice(t, 0, textfunc_cut_point(t, PG_GETARG_INT32(1))));
}

SQL_FUNCTION(text_right)
{
    text *t = PG_GETARG_TEXT_PP(0);
    int32 n = PG_GETARG_INT32(1);
    int from;

    if (n < 0)
        from = encoding_char_offset(TEXT_DATA(t), TEXT_LENGTH(t), n == PG_INT32_MIN ? PG_INT32_MAX : -n);
    else
        from = n == 0 ? TEXT_LENGTH(t) : textfunc_cut_point(t, -n);
    PG_RETURN_TEXT_P(textfunc_slice(t, from, TEXT_LENGTH(t)));
}

SQL_FUNCTION(text_reverse)
{
    text *t = PG_GETARG_TEXT_PP(0);
    int length = TEXT_LENGTH(t);
    text *result = palloc(VARHDRSZ + length);
    char *to = VARDATA(result) + length;

    SET_VARSIZE(result, VARHDRSZ + length);
    for (int i = 0; i < length;)
    {
        int n = Min(pg_mblen(TEXT_DATA(t) + i), length - i);

        to -= n;
        memcpy(to, TEXT_DATA(t) + i, n);
        i += n;
    }
    PG_RETURN_TEXT_P(result);
}

/* ---- places ---- */

static const char *
textfunc_find(const char *haystack, int haystack_length, const char *needle, int needle_length)
{
    return memmem(haystack, haystack_length, needle, needle_length);
}

SQL_FUNCTION(textpos)
{
    text *t = PG_GETARG_TEXT_PP(0);
    text *search = PG_GETARG_TEXT_PP(1);
    const char *found;

    if (TEXT_LENGTH(search) == 0)
        PG_RETURN_INT32(1);
    found = textfunc_find(TEXT_DATA(t), TEXT_LENGTH(t), TEXT_DATA(search), TEXT_LENGTH(search));
    if (found == NULL)
        PG_RETURN_INT32(0);
    PG_RETURN_INT32(pg_mbstrlen_with_len(TEXT_DATA(t), (int) (found - TEXT_DATA(t))) + 1);
}

SQL_FUNCTION(text_starts_with)
{
    text *t = PG_GETARG_TEXT_PP(0);
    text *prefix = PG_GETARG_TEXT_PP(1);

    PG_RETURN_BOOL(TEXT_LENGTH(prefix) <= TEXT_LENGTH(t) &&
                   memcmp(TEXT_DATA(t), TEXT_DATA(prefix), TEXT_LENGTH(prefix)) == 0);
}

SQL_FUNCTION(replace_text)
{
    text *t = PG_GETARG_TEXT_PP(0);
    text *from = PG_GETARG_TEXT_PP(1);
    text *to = PG_GETARG_TEXT_PP(2);
    const char *p = TEXT_DATA(t);
    const char *end = p + TEXT_LENGTH(t);
    const char *found;
    StringInfoData result;

    if (TEXT_LENGTH(from) == 0 ||
        textfunc_find(p, (int) (end - p), TEXT_DATA(from), TEXT_LENGTH(from)) == NULL)
        PG_RETURN_TEXT_P(t);
    initStringInfo(&result);
    while ((found = textfunc_find(p, (int) (end - p), TEXT_DATA(from), TEXT_LENGTH(from))) != NULL)
    {
        CHECK_FOR_INTERRUPTS();
        appendBinaryStringInfo(&result, p, (int) (found - p));
        appendBinaryStringInfo(&result, TEXT_DATA(to), TEXT_LENGTH(to));
        p = found + TEXT_LENGTH(from);
    }
    appendBinaryStringInfo(&result, p, (int) (end - p));
    PG_RETURN_TEXT_P(cstring_to_text_with_len(result.data, result.len));
}

static int
textfunc_count(text *t, text *separator)
{
    const char *p = TEXT_DATA(t);
    const char *end = p + TEXT_LENGTH(t);
    int count = 0;

    while ((p = textfunc_find(p, (int) (end - p), TEXT_DATA(separator), TEXT_LENGTH(separator))))
    {
        count++;
        p += TEXT_LENGTH(separator);
    }
    return count;
}

SQL_FUNCTION(split_part)
{
    text *t = PG_GETARG_TEXT_PP(0);
    text *separator = PG_GETARG_TEXT_PP(1);
    int64 field = PG_GETARG_INT32(2);
    const char *p = TEXT_DATA(t);
    const char *end = p + TEXT_LENGTH(t);
    const char *found;

    if (field == 0)
        ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE),
                        errmsg("field position must not be zero")));
    if (TEXT_LENGTH(t) == 0)
        PG_RETURN_TEXT_P(cstring_to_text(""));
    if (TEXT_LENGTH(separator) == 0)
        PG_RETURN_TEXT_P(field == 1 || field == -1 ? t : cstring_to_text(""));
    if (field < 0)
        field = textfunc_count(t, separator) + 2 + field;
    if (field <= 0)
        PG_RETURN_TEXT_P(cstring_to_text(""));
    for (;;)
    {
        found = textfunc_find(p, (int) (end - p), TEXT_DATA(separator), TEXT_LENGTH(separator));
        if (--field == 0)
            PG_RETURN_TEXT_P(cstring_to_text_with_len(p, (int) ((found ? found : end) - p)));
        if (found == NULL)
            PG_RETURN_TEXT_P(cstring_to_text(""));
        p = found + TEXT_LENGTH(separator);
    }
}

/* ---- character sets: trim, translate ---- */

static bool
textfunc_in_set(const char *c, int n, const char *set, int set_length)
{
    for (int i = 0; i < set_length; i += pg_mblen(set + i))
        if (pg_mblen(set + i) == n && memcmp(c, set + i, n) == 0)
            return true;
    return false;
}

static Datum
textfunc_trim(text *t, const char *set, int set_length, bool left, bool right)
{
    const char *s = TEXT_DATA(t);
    int from = 0;
    int to = TEXT_LENGTH(t);

    while (left && from < to && textfunc_in_set(s + from, pg_mblen(s + from), set, set_length))
        from += pg_mblen(s + from);
    while (right && to > from)
    {
        int last = to - 1;

        while (last > from && pg_database_encoding_max_length() > 1 && (s[last] & 0xc0) == 0x80)
            last--;
        if (!textfunc_in_set(s + last, to - last, set, set_length))
            break;
        to = last;
    }
    PG_RETURN_TEXT_P(textfunc_slice(t, from, to));
}

#define TEXT_TRIM(name, left, right)                                                               \
    SQL_FUNCTION(name)                                                                             \
    {                                                                                              \
        text *set = PG_GETARG_TEXT_PP(1);                                                          \
        return textfunc_trim(PG_GETARG_TEXT_PP(0), TEXT_DATA(set), TEXT_LENGTH(set), left, right); \
    }                                                                                              \
    SQL_FUNCTION(name##1)                                                                          \
    {                                                                                              \
        return textfunc_trim(PG_GETARG_TEXT_PP(0), " ", 1, left, right);                           \
    }

TEXT_TRIM(btrim, true, true)
TEXT_TRIM(ltrim, true, false)
TEXT_TRIM(rtrim, false, true)

SQL_FUNCTION(translate)
{
    text *t = PG_GETARG_TEXT_PP(0);
    text *from = PG_GETARG_TEXT_PP(1);
    text *to = PG_GETARG_TEXT_PP(2);
    StringInfoData result;

    initStringInfo(&result);
    for (int i = 0; i < TEXT_LENGTH(t);)
    {
        const char *c = TEXT_DATA(t) + i;
        int n = Min(pg_mblen(c), TEXT_LENGTH(t) - i);
        int f = 0;
        int o = 0;

        while (f < TEXT_LENGTH(from) && !(pg_mblen(TEXT_DATA(from) + f) == n &&
                                          memcmp(TEXT_DATA(from) + f, c, n) == 0))
        {
            f += pg_mblen(TEXT_DATA(from) + f);
            if (o < TEXT_LENGTH(to))
                o += pg_mblen(TEXT_DATA(to) + o);
        }
        if (f >= TEXT_LENGTH(from))
            appendBinaryStringInfo(&result, c, n);
        else if (o < TEXT_LENGTH(to))
            appendBinaryStringInfo(&result, TEXT_DATA(to) + o, pg_mblen(TEXT_DATA(to) + o));
        i += n;
    }
    PG_RETURN_TEXT_P(cstring_to_text_with_len(result.data, result.len));
}

/* ---- padding ---- */

static Datum
textfunc_pad(FunctionCallInfo fcinfo, bool left)
{
    text *t = PG_GETARG_TEXT_PP(0);
    int32 width = Max(PG_GETARG_INT32(1), 0);
    text *fill = PG_GETARG_TEXT_PP(2);
    int kept = encoding_char_offset(TEXT_DATA(t), TEXT_LENGTH(t), width);
    int missing = width - pg_mbstrlen_with_len(TEXT_DATA(t), kept);
    StringInfoData result;

    if (TEXT_LENGTH(fill) == 0)
        missing = 0;
    else if ((int64) width * pg_database_encoding_max_length() + VARHDRSZ > (int64) MaxAllocSize)
        ereport(ERROR, (errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
                        errmsg("requested length too large")));
    initStringInfo(&result);
    if (!left)
        appendBinaryStringInfo(&result, TEXT_DATA(t), kept);
    for (int f = 0; missing > 0; missing--)
    {
        int n = pg_mblen(TEXT_DATA(fill) + f);

        appendBinaryStringInfo(&result, TEXT_DATA(fill) + f, n);
        f = f + n >= TEXT_LENGTH(fill) ? 0 : f + n;
    }
    if (left)
        appendBinaryStringInfo(&result, TEXT_DATA(t), kept);
    PG_RETURN_TEXT_P(cstring_to_text_with_len(result.data, result.len));
}

SQL_FUNCTION(lpad)
{
    return textfunc_pad(fcinfo, true);
}

SQL_FUNCTION(rpad)
{
    return textfunc_pad(fcinfo, false);
}

/* ---- case ---- */

#define TEXT_CASE(name, function)                                                                  \
    SQL_FUNCTION(name)                                                                             \
    {                                                                                              \
        text *t = PG_GETARG_TEXT_PP(0);                                                            \
        PG_RETURN_TEXT_P(                                                                          \
            cstring_to_text(function(TEXT_DATA(t), TEXT_LENGTH(t), PG_GET_COLLATION())));          \
    }

TEXT_CASE(lower, str_tolower)
TEXT_CASE(upper, str_toupper)
TEXT_CASE(initcap, str_initcap)

/* ---- codes ---- */

SQL_FUNCTION(ascii)
{
    text *t = PG_GETARG_TEXT_PP(0);

    if (TEXT_LENGTH(t) == 0)
        PG_RETURN_INT32(0);
    if (GetDatabaseEncoding() == PG_UTF8)
        PG_RETURN_INT32((int32) encoding_utf8_decode((unsigned char *) TEXT_DATA(t)));
    PG_RETURN_INT32(*(unsigned char *) TEXT_DATA(t));
}

SQL_FUNCTION(chr)
{
    int32 argument = PG_GETARG_INT32(0);
    uint32 code = (uint32) argument;
    unsigned char bytes[8];
    int length = 1;

    if (argument < 0)
        ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE),
                        errmsg("character number must be positive")));
    if (argument == 0)
        ereport(ERROR, (errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
                        errmsg("null character not permitted")));
    if (GetDatabaseEncoding() == PG_UTF8)
    {
        if (code > 0x10ffff)
            ereport(ERROR, (errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
                            errmsg("requested character too large for encoding: %u", code)));
        length = encoding_utf8_encode(code, bytes);
        if (!pg_verify_mbstr(PG_UTF8, (char *) bytes, length, true))
            ereport(ERROR, (errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
                            errmsg("requested character not valid for encoding: %u", code)));
    }
    else
    {
        if (code > 255)
            ereport(ERROR, (errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
                            errmsg("requested character too large for encoding: %u", code)));
        bytes[0] = (unsigned char) code;
    }
    PG_RETURN_TEXT_P(cstring_to_text_with_len((char *) bytes, length));
}

SQL_FUNCTION(to_hex32)
{
    PG_RETURN_TEXT_P(cstring_to_text(psprintf("%x", PG_GETARG_UINT32(0))));
}

SQL_FUNCTION(to_hex64)
{
    PG_RETURN_TEXT_P(cstring_to_text(psprintf("%" PRIx64, (uint64) PG_GETARG_INT64(0))));
}

static int
textfunc_hex(const char *s, int count, uint32 *ret_value)
{
    *ret_value = 0;
    for (int i = 0; i < count; i++)
    {
        if (!isxdigit((unsigned char) s[i]))
            return 0;
        *ret_value = *ret_value * 16 +
                     (uint32) (isdigit((unsigned char) s[i]) ? s[i] - '0'
                                                             : tolower((unsigned char) s[i]) - 'a' + 10);
    }
    return count;
}

/* Reads \XXXX, \+XXXXXX, \uXXXX or \UXXXXXXXX; returns its length, 0 if it is none. */
static int
textfunc_unicode_escape(const char *s, uint32 *ret_code)
{
    if (s[1] == '+' && textfunc_hex(s + 2, 6, ret_code))
        return 8;
    if (s[1] == 'u' && textfunc_hex(s + 2, 4, ret_code))
        return 6;
    if (s[1] == 'U' && textfunc_hex(s + 2, 8, ret_code))
        return 10;
    if (textfunc_hex(s + 1, 4, ret_code))
        return 5;
    return 0;
}

pg_noreturn static void
textfunc_throw_escape(const char *message)
{
    ereport(ERROR, (errcode(ERRCODE_SYNTAX_ERROR), errmsg("%s", message)));
    pg_unreachable();
}

SQL_FUNCTION(unistr)
{
    const char *p = text_to_cstring(PG_GETARG_TEXT_PP(0));
    StringInfoData result;
    uint32 high = 0;

    initStringInfo(&result);
    while (*p != '\0')
    {
        unsigned char bytes[4];
        uint32 code;
        int n;

        if (*p != '\\' || p[1] == '\\')
        {
            if (high)
                textfunc_throw_escape("invalid Unicode surrogate pair");
            appendStringInfoChar(&result, *p);
            p += *p == '\\' ? 2 : 1;
            continue;
        }
        n = textfunc_unicode_escape(p, &code);
        if (n == 0)
            ereport(ERROR, (errcode(ERRCODE_SYNTAX_ERROR), errmsg("invalid Unicode escape"),
                            errhint("Unicode escapes must be \\XXXX, \\+XXXXXX, \\uXXXX, or \\UXXXXXXXX.")));
        p += n;
        if ((high != 0) != (code >= 0xdc00 && code <= 0xdfff))
            textfunc_throw_escape("invalid Unicode surrogate pair");
        if (high)
        {
            code = ((high & 0x3ff) << 10) + 0x10000 + (code & 0x3ff);
            high = 0;
        }
        else if (code >= 0xd800 && code <= 0xdbff)
        {
            high = code;
            continue;
        }
        if (code == 0 || code > 0x10ffff)
            ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE),
                            errmsg("invalid Unicode code point: %04X", code)));
        appendBinaryStringInfo(&result, bytes, encoding_utf8_encode(code, bytes));
    }
    if (high)
        textfunc_throw_escape("invalid Unicode surrogate pair");
    PG_RETURN_TEXT_P(cstring_to_text_with_len(result.data, result.len));
}
