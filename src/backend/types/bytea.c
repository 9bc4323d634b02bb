/*
 * bytea.c - bytes: text forms, parts, order, encode and decode, digests
 */
#include <openssl/evp.h>

#include "types_int.h"
#include "types/encoding.h"
#include "config/settings.h"

#define BYTES(b) ((unsigned char *) VARDATA_ANY(b))
#define LENGTH(b) ((int) VARSIZE_ANY_EXHDR(b))

static const char bytea_hex_digits[] = "0123456789abcdef";

static bytea *
bytea_make(const void *data, int length)
{
    return (bytea *) cstring_to_text_with_len(data, length);
}

/* ---- hex, escape, base64 ---- */

static void
bytea_put_hex(StringInfo out, const unsigned char *data, int length)
{
    enlargeStringInfo(out, length * 2 + 1);
    for (int i = 0; i < length; i++)
    {
        out->data[out->len++] = bytea_hex_digits[data[i] >> 4];
        out->data[out->len++] = bytea_hex_digits[data[i] & 15];
    }
    out->data[out->len] = '\0';
}

static int
bytea_hex_value(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    if (c >= 'a' && c <= 'f')
        return c - 'a' + 10;
    if (c >= 'A' && c <= 'F')
        return c - 'A' + 10;
    return -1;
}

static int
bytea_need_hex(const char *p)
{
    int value = bytea_hex_value(*p);

    if (value < 0)
        ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE),
                        errmsg("invalid hexadecimal digit: \"%.*s\"", pg_mblen(p), p)));
    return value;
}

static void
bytea_read_hex(StringInfo out, const char *p, int length)
{
    const char *end = p + length;

    while (p < end)
    {
        int high;

        if (isspace((unsigned char) *p))
        {
            p++;
            continue;
        }
        high = bytea_need_hex(p++);
        if (p >= end)
            ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE),
                            errmsg("invalid hexadecimal data: odd number of digits")));
        appendStringInfoChar(out, (char) (high << 4 | bytea_need_hex(p++)));
    }
}

static void
bytea_put_escape(StringInfo out, const unsigned char *data, int length, bool all_unprintable)
{
    for (int i = 0; i < length; i++)
    {
        if (data[i] == '\\')
            appendStringInfoString(out, "\\\\");
        else if (data[i] >= 0x80 || data[i] == 0 || (all_unprintable && (data[i] < 0x20 || data[i] > 0x7e)))
            appendStringInfo(out, "\\%03o", data[i]);
        else
            appendStringInfoChar(out, (char) data[i]);
    }
}

static void
bytea_read_escape(StringInfo out, const char *p, int length)
{
    const char *end = p + length;

    while (p < end)
    {
        if (*p != '\\')
            appendStringInfoChar(out, *p++);
        else if (end - p >= 4 && p[1] >= '0' && p[1] <= '3' && p[2] >= '0' && p[2] <= '7' &&
                 p[3] >= '0' && p[3] <= '7')
        {
            appendStringInfoChar(out, (char) ((p[1] - '0') << 6 | (p[2] - '0') << 3 | (p[3] - '0')));
            p += 4;
        }
        else if (end - p >= 2 && p[1] == '\\')
        {
            appendStringInfoChar(out, '\\');
            p += 2;
        }
        else
            ereport(ERROR, (errcode(ERRCODE_INVALID_TEXT_REPRESENTATION),
                            errmsg("invalid input syntax for type %s", "bytea")));
    }
}

static const char bytea_base64_digits[] =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

static void
bytea_put_base64(StringInfo out, const unsigned char *data, int length)
{
    int line = 0;

    for (int i = 0; i < length; i += 3)
    {
        uint32 word = (uint32) data[i] << 16;

        if (line == 76)
        {
            appendStringInfoChar(out, '\n');
            line = 0;
        }
        if (i + 1 < length)
            word |= (uint32) data[i + 1] << 8;
        if (i + 2 < length)
            word |= data[i + 2];
        appendStringInfoChar(out, bytea_base64_digits[word >> 18]);
        appendStringInfoChar(out, bytea_base64_digits[(word >> 12) & 63]);
        appendStringInfoChar(out, i + 1 < length ? bytea_base64_digits[(word >> 6) & 63] : '=');
        appendStringInfoChar(out, i + 2 < length ? bytea_base64_digits[word & 63] : '=');
        line += 4;
    }
}

static void
bytea_read_base64(StringInfo out, const char *p, int length)
{
    const char *end = p + length;
    uint32 word = 0;
    int position = 0;
    int padding = 0;

    for (; p < end; p++)
    {
        const char *digit;

        if (*p == ' ' || *p == '\t' || *p == '\n' || *p == '\r')
            continue;
        if (*p == '=')
        {
            if (padding == 0)
            {
                if (position < 2)
                    ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE),
                                    errmsg("unexpected \"=\" while decoding base64 sequence")));
                padding = position == 2 ? 1 : 2;
            }
            digit = bytea_base64_digits;
        }
        else
        {
            digit = *p != '\0' ? strchr(bytea_base64_digits, *p) : NULL;
            if (digit == NULL || padding)
                ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE),
                                errmsg("invalid symbol \"%.*s\" found while decoding base64 sequence",
                                       pg_mblen(p), p)));
        }
        word = word << 6 | (uint32) (digit - bytea_base64_digits);
        if (++position == 4)
        {
            appendStringInfoChar(out, (char) (word >> 16));
            if (padding == 0 || padding > 1)
                appendStringInfoChar(out, (char) (word >> 8));
            if (padding == 0)
                appendStringInfoChar(out, (char) word);
            position = 0;
            word = 0;
        }
    }
    if (position != 0)
        ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE),
                        errmsg("invalid base64 end sequence"),
                        errhint("Input data is missing padding, is truncated, or is otherwise corrupted.")));
}

SQL_FUNCTION(binary_encode)
{
    bytea *data = PG_GETARG_BYTEA_PP(0);
    char *name = text_to_cstring(PG_GETARG_TEXT_PP(1));
    StringInfoData out;

    initStringInfo(&out);
    if (pg_strcasecmp(name, "hex") == 0)
        bytea_put_hex(&out, BYTES(data), LENGTH(data));
    else if (pg_strcasecmp(name, "base64") == 0)
        bytea_put_base64(&out, BYTES(data), LENGTH(data));
    else if (pg_strcasecmp(name, "escape") == 0)
        bytea_put_escape(&out, BYTES(data), LENGTH(data), false);
    else
        ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE),
                        errmsg("unrecognized encoding: \"%s\"", name)));
    PG_RETURN_TEXT_P(cstring_to_text_with_len(out.data, out.len));
}

SQL_FUNCTION(binary_decode)
{
    text *data = PG_GETARG_TEXT_PP(0);
    char *name = text_to_cstring(PG_GETARG_TEXT_PP(1));
    StringInfoData out;

    initStringInfo(&out);
    if (pg_strcasecmp(name, "hex") == 0)
        bytea_read_hex(&out, VARDATA_ANY(data), LENGTH(data));
    else if (pg_strcasecmp(name, "base64") == 0)
        bytea_read_base64(&out, VARDATA_ANY(data), LENGTH(data));
    else if (pg_strcasecmp(name, "escape") == 0)
        bytea_read_escape(&out, VARDATA_ANY(data), LENGTH(data));
    else
        ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE),
                        errmsg("unrecognized encoding: \"%s\"", name)));
    PG_RETURN_BYTEA_P(bytea_make(out.data, out.len));
}

/* ---- input, output ---- */

SQL_FUNCTION(byteain)
{
    const char *s = PG_GETARG_CSTRING(0);
    StringInfoData out;

    initStringInfo(&out);
    if (s[0] == '\\' && s[1] == 'x')
        bytea_read_hex(&out, s + 2, (int) strlen(s + 2));
    else
        bytea_read_escape(&out, s, (int) strlen(s));
    PG_RETURN_BYTEA_P(bytea_make(out.data, out.len));
}

SQL_FUNCTION(byteaout)
{
    bytea *data = PG_GETARG_BYTEA_PP(0);
    StringInfoData out;

    initStringInfo(&out);
    if (bytea_output == BYTEA_OUTPUT_HEX)
    {
        appendStringInfoString(&out, "\\x");
        bytea_put_hex(&out, BYTES(data), LENGTH(data));
    }
    else
        bytea_put_escape(&out, BYTES(data), LENGTH(data), true);
    PG_RETURN_CSTRING(out.data);
}

SQL_FUNCTION(bytearecv)
{
    StringInfo buf = (StringInfo) PG_GETARG_POINTER(0);
    int length = buf->len - buf->cursor;

    PG_RETURN_BYTEA_P(bytea_make(pq_getmsgbytes(buf, length), length));
}

SQL_FUNCTION(byteasend)
{
    PG_RETURN_BYTEA_P(PG_GETARG_TEXT_P_COPY(0));
}

/* ---- order ---- */

static int
bytea_compare(FunctionCallInfo fcinfo)
{
    bytea *a = PG_GETARG_BYTEA_PP(0);
    bytea *b = PG_GETARG_BYTEA_PP(1);
    int r = memcmp(BYTES(a), BYTES(b), Min(LENGTH(a), LENGTH(b)));

    return r != 0 ? r : LENGTH(a) < LENGTH(b) ? -1 : LENGTH(a) > LENGTH(b);
}

#define BYTEA_COMPARE(name, operator)                                                              \
    SQL_FUNCTION(name)                                                                             \
    {                                                                                              \
        PG_RETURN_BOOL(bytea_compare(fcinfo) operator 0);                                          \
    }

BYTEA_COMPARE(byteaeq, ==)
BYTEA_COMPARE(byteane, !=)
BYTEA_COMPARE(bytealt, <)
BYTEA_COMPARE(byteale, <=)
BYTEA_COMPARE(byteagt, >)
BYTEA_COMPARE(byteage, >=)

SQL_FUNCTION(byteacmp)
{
    PG_RETURN_INT32(bytea_compare(fcinfo));
}

/* ---- parts ---- */

SQL_FUNCTION(byteaoctetlen)
{
    PG_RETURN_INT32(LENGTH(PG_GETARG_BYTEA_PP(0)));
}

static bytea *
bytea_concat(bytea *a, bytea *b)
{
    bytea *result = palloc(VARHDRSZ + LENGTH(a) + LENGTH(b));

    SET_VARSIZE(result, VARHDRSZ + LENGTH(a) + LENGTH(b));
    memcpy(VARDATA(result), BYTES(a), LENGTH(a));
    memcpy(VARDATA(result) + LENGTH(a), BYTES(b), LENGTH(b));
    return result;
}

SQL_FUNCTION(byteacat)
{
    PG_RETURN_BYTEA_P(bytea_concat(PG_GETARG_BYTEA_PP(0), PG_GETARG_BYTEA_PP(1)));
}

static bytea *
bytea_substring(bytea *data, int32 start, int32 count, bool to_end)
{
    int32 end = PG_INT32_MAX;
    int from;
    int to;

    if (!to_end)
    {
        bool overflow = __builtin_add_overflow(start, count, &end);

        if (overflow)
            end = PG_INT32_MAX;
        if (overflow ? count < 0 : end < start)
            ereport(ERROR, (errcode(ERRCODE_SUBSTRING_ERROR),
                            errmsg("negative substring length not allowed")));
    }
    if (end <= 1)
        return bytea_make("", 0);
    from = Min(Max(start, 1) - 1, LENGTH(data));
    to = Min(end - 1, LENGTH(data));
    return bytea_make(BYTES(data) + from, Max(to - from, 0));
}

SQL_FUNCTION(bytea_substr)
{
    PG_RETURN_BYTEA_P(bytea_substring(PG_GETARG_BYTEA_PP(0), PG_GETARG_INT32(1), PG_GETARG_INT32(2),
                                      false));
}

SQL_FUNCTION(bytea_substr_no_len)
{
    PG_RETURN_BYTEA_P(bytea_substring(PG_GETARG_BYTEA_PP(0), PG_GETARG_INT32(1), 0, true));
}

static bytea *
bytea_overlay(bytea *data, bytea *with, int32 start, int32 count)
{
    int32 after;

    if (start <= 0)
        ereport(ERROR, (errcode(ERRCODE_SUBSTRING_ERROR),
                        errmsg("negative substring length not allowed")));
    if (__builtin_add_overflow(start, count, &after))
        types_throw_range("integer out of range");
    return bytea_concat(bytea_concat(bytea_substring(data, 1, start - 1, false), with),
                        bytea_substring(data, after, 0, true));
}

SQL_FUNCTION(byteaoverlay)
{
    PG_RETURN_BYTEA_P(bytea_overlay(PG_GETARG_BYTEA_PP(0), PG_GETARG_BYTEA_PP(1),
                                    PG_GETARG_INT32(2), PG_GETARG_INT32(3)));
}

SQL_FUNCTION(byteaoverlay_no_len)
{
    bytea *with = PG_GETARG_BYTEA_PP(1);

    PG_RETURN_BYTEA_P(bytea_overlay(PG_GETARG_BYTEA_PP(0), with, PG_GETARG_INT32(2), LENGTH(with)));
}

SQL_FUNCTION(byteapos)
{
    bytea *data = PG_GETARG_BYTEA_PP(0);
    bytea *search = PG_GETARG_BYTEA_PP(1);
    unsigned char *found = memmem(BYTES(data), LENGTH(data), BYTES(search), LENGTH(search));

    PG_RETURN_INT32(LENGTH(search) == 0 ? 1 : found == NULL ? 0 : (int32) (found - BYTES(data)) + 1);
}

static Datum
bytea_trim(bytea *data, bytea *set, bool left, bool right)
{
    int from = 0;
    int to = LENGTH(data);

    if (LENGTH(set) > 0)
    {
        while (left && from < to && memchr(BYTES(set), BYTES(data)[from], LENGTH(set)))
            from++;
        while (right && to > from && memchr(BYTES(set), BYTES(data)[to - 1], LENGTH(set)))
            to--;
    }
    PG_RETURN_BYTEA_P(bytea_make(BYTES(data) + from, to - from));
}

SQL_FUNCTION(byteatrim)
{
    return bytea_trim(PG_GETARG_BYTEA_PP(0), PG_GETARG_BYTEA_PP(1), true, true);
}

SQL_FUNCTION(bytealtrim)
{
    return bytea_trim(PG_GETARG_BYTEA_PP(0), PG_GETARG_BYTEA_PP(1), true, false);
}

SQL_FUNCTION(byteartrim)
{
    return bytea_trim(PG_GETARG_BYTEA_PP(0), PG_GETARG_BYTEA_PP(1), false, true);
}

SQL_FUNCTION(bytea_bit_count)
{
    bytea *data = PG_GETARG_BYTEA_PP(0);
    int64 count = 0;

    for (int i = 0; i < LENGTH(data); i++)
        count += __builtin_popcount(BYTES(data)[i]);
    PG_RETURN_INT64(count);
}

static void
bytea_check_index(int64 index, int64 count)
{
    if (index < 0 || index >= count)
        ereport(ERROR, (errcode(ERRCODE_ARRAY_SUBSCRIPT_ERROR),
                        errmsg("index %" PRId64 " out of valid range, 0..%" PRId64, index,
                               count - 1)));
}

SQL_FUNCTION(byteaGetByte)
{
    bytea *data = PG_GETARG_BYTEA_PP(0);

    bytea_check_index(PG_GETARG_INT32(1), LENGTH(data));
    PG_RETURN_INT32(BYTES(data)[PG_GETARG_INT32(1)]);
}

SQL_FUNCTION(byteaGetBit)
{
    bytea *data = PG_GETARG_BYTEA_PP(0);
    int64 n = PG_GETARG_INT64(1);

    bytea_check_index(n, (int64) LENGTH(data) * 8);
    PG_RETURN_INT32((BYTES(data)[n / 8] >> (n % 8)) & 1);
}

SQL_FUNCTION(byteaSetByte)
{
    bytea *result = (bytea *) PG_GETARG_TEXT_P_COPY(0);

    bytea_check_index(PG_GETARG_INT32(1), LENGTH(result));
    BYTES(result)[PG_GETARG_INT32(1)] = (unsigned char) PG_GETARG_INT32(2);
    PG_RETURN_BYTEA_P(result);
}

SQL_FUNCTION(byteaSetBit)
{
    bytea *result = (bytea *) PG_GETARG_TEXT_P_COPY(0);
    int64 n = PG_GETARG_INT64(1);
    int32 bit = PG_GETARG_INT32(2);

    bytea_check_index(n, (int64) LENGTH(result) * 8);
    if (bit != 0 && bit != 1)
        ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE), errmsg("new bit must be 0 or 1")));
    BYTES(result)[n / 8] &= (unsigned char) ~(1 << (n % 8));
    BYTES(result)[n / 8] |= (unsigned char) (bit << (n % 8));
    PG_RETURN_BYTEA_P(result);
}

/* ---- digests ---- */

static int
bytea_digest(struct varlena *data, const EVP_MD *method, unsigned char *ret_digest)
{
    unsigned int length;

    if (EVP_Digest(BYTES(data), LENGTH(data), ret_digest, &length, method, NULL) != 1)
        ereport(ERROR, (errcode(ERRCODE_INTERNAL_ERROR), errmsg("could not compute %s hash: %s",
                                                                EVP_MD_get0_name(method), "failed")));
    return (int) length;
}

static Datum
bytea_md5(struct varlena *data)
{
    unsigned char digest[EVP_MAX_MD_SIZE];
    StringInfoData hex;

    initStringInfo(&hex);
    bytea_put_hex(&hex, digest, bytea_digest(data, EVP_md5(), digest));
    PG_RETURN_TEXT_P(cstring_to_text(hex.data));
}

SQL_FUNCTION(md5_text)
{
    return bytea_md5(PG_GETARG_TEXT_PP(0));
}

SQL_FUNCTION(md5_bytea)
{
    return bytea_md5(PG_GETARG_BYTEA_PP(0));
}

#define BYTEA_SHA(bits)                                                                            \
    SQL_FUNCTION(sha##bits##_bytea)                                                                \
    {                                                                                              \
        unsigned char digest[EVP_MAX_MD_SIZE];                                                     \
        int length = bytea_digest(PG_GETARG_BYTEA_PP(0), EVP_sha##bits(), digest);                 \
        PG_RETURN_BYTEA_P(bytea_make(digest, length));                                             \
    }

BYTEA_SHA(224)
BYTEA_SHA(256)
BYTEA_SHA(384)
BYTEA_SHA(512)
