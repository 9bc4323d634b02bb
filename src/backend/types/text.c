/*
 * text.c - text, varchar, bpchar, unknown, cstring: text, binary, lengths, order
 *
 * Invariants T1. stored text is well-formed in the server's encoding; what comes from outside is
 *                checked once, on its way in.
 *            T2. order is that of bytes (UTF-8: code points) unless the collation names a locale.
 *            T3. trailing spaces of bpchar never count in comparison and length.
 */
#include "types_int.h"
#include "types/array.h"
#include "types/collation.h"
#include "types/encoding.h"
#include "types/hashing.h"

/* ---- C strings ---- */

text *
cstring_to_text_with_len(const char *s, int len)
{
    text *result = palloc(len + VARHDRSZ);

    SET_VARSIZE(result, len + VARHDRSZ);
    memcpy(VARDATA(result), s, len);
    return result;
}

text *
cstring_to_text(const char *s)
{
    return cstring_to_text_with_len(s, (int) strlen(s));
}

char *
text_to_cstring(const text *t)
{
    text *plain = pg_detoast_datum_packed((struct varlena *) t);
    int length = (int) VARSIZE_ANY_EXHDR(plain);
    char *result = palloc(length + 1);

    memcpy(result, VARDATA_ANY(plain), length);
    result[length] = '\0';
    return result;
}

void
text_to_cstring_buffer(const text *src, char *dst, size_t dst_len)
{
    text *plain = pg_detoast_datum_packed((struct varlena *) src);
    size_t length = VARSIZE_ANY_EXHDR(plain);

    Assert(dst_len > 0);
    if (length >= dst_len)
        length = pg_mbcliplen(VARDATA_ANY(plain), (int) length, (int) dst_len - 1);
    memcpy(dst, VARDATA_ANY(plain), length);
    dst[length] = '\0';
}

/* ---- text, unknown, cstring ---- */

SQL_FUNCTION(textin)
{
    PG_RETURN_TEXT_P(cstring_to_text(PG_GETARG_CSTRING(0)));
}

SQL_FUNCTION(textout)
{
    PG_RETURN_CSTRING(text_to_cstring(PG_GETARG_TEXT_PP(0)));
}

SQL_FUNCTION(textrecv)
{
    StringInfo buf = (StringInfo) PG_GETARG_POINTER(0);
    int length;
    char *s = pq_getmsgtext(buf, buf->len - buf->cursor, &length);

    PG_RETURN_TEXT_P(cstring_to_text_with_len(s, length));
}

SQL_FUNCTION(textsend)
{
    text *t = PG_GETARG_TEXT_PP(0);
    StringInfoData buf;

    pq_begintypsend(&buf);
    pq_sendtext(&buf, VARDATA_ANY(t), (int) VARSIZE_ANY_EXHDR(t));
    PG_RETURN_BYTEA_P(pq_endtypsend(&buf));
}

#define TEXT_CSTRING_TYPE(name)                                                                    \
    SQL_FUNCTION(name##in)                                                                         \
    {                                                                                              \
        PG_RETURN_CSTRING(pstrdup(PG_GETARG_CSTRING(0)));                                          \
    }                                                                                              \
    SQL_FUNCTION(name##out)                                                                        \
    {                                                                                              \
        PG_RETURN_CSTRING(pstrdup(PG_GETARG_CSTRING(0)));                                          \
    }                                                                                              \
    SQL_FUNCTION(name##recv)                                                                       \
    {                                                                                              \
        StringInfo buf = (StringInfo) PG_GETARG_POINTER(0);                                        \
        int length;                                                                                \
        PG_RETURN_CSTRING(pq_getmsgtext(buf, buf->len - buf->cursor, &length));                    \
    }                                                                                              \
    SQL_FUNCTION(name##send)                                                                       \
    {                                                                                              \
        char *s = PG_GETARG_CSTRING(0);                                                            \
        StringInfoData buf;                                                                        \
        pq_begintypsend(&buf);                                                                     \
        pq_sendtext(&buf, s, (int) strlen(s));                                                     \
        PG_RETURN_BYTEA_P(pq_endtypsend(&buf));                                                    \
    }

TEXT_CSTRING_TYPE(unknown)
TEXT_CSTRING_TYPE(cstring_)

/* ---- modifiers of bpchar and varchar: declared length + 4 ---- */

static int32
text_typmod_in(ArrayType *array, const char *type)
{
    int count;
    int32 *modifiers = ArrayGetIntegerTypmods(array, &count);

    if (count != 1)
        ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE), errmsg("invalid type modifier")));
    if (modifiers[0] < 1)
        ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE),
                        errmsg("length for type %s must be at least 1", type)));
    if (modifiers[0] > 10 * 1024 * 1024)
        ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE),
                        errmsg("length for type %s cannot exceed %d", type, 10 * 1024 * 1024)));
    return VARHDRSZ + modifiers[0];
}

static char *
text_typmod_out(int32 typmod)
{
    return typmod > VARHDRSZ ? psprintf("(%d)", typmod - VARHDRSZ) : pstrdup("");
}

SQL_FUNCTION(bpchartypmodin)
{
    PG_RETURN_INT32(text_typmod_in(PG_GETARG_ARRAYTYPE_P(0), "char"));
}

SQL_FUNCTION(varchartypmodin)
{
    PG_RETURN_INT32(text_typmod_in(PG_GETARG_ARRAYTYPE_P(0), "varchar"));
}

SQL_FUNCTION(bpchartypmodout)
{
    PG_RETURN_CSTRING(text_typmod_out(PG_GETARG_INT32(0)));
}

SQL_FUNCTION(varchartypmodout)
{
    PG_RETURN_CSTRING(text_typmod_out(PG_GETARG_INT32(0)));
}

/*
 * Cuts s to at most max characters: what is cut must be spaces unless the cast is explicit.
 * Returns the bytes kept.
 */
static int
text_cut(const char *s, int length, int max, bool explicit_cast, const char *type)
{
    int kept = encoding_char_offset(s, length, max);

    if (!explicit_cast)
        for (int i = kept; i < length; i++)
            if (s[i] != ' ')
                ereport(ERROR, (errcode(ERRCODE_STRING_DATA_RIGHT_TRUNCATION),
                                errmsg("value too long for type %s(%d)", type, max)));
    return kept;
}

static BpChar *
text_make_bpchar(const char *s, int length, int32 typmod, bool explicit_cast)
{
    int max = typmod - VARHDRSZ;
    int count;
    BpChar *result;

    if (typmod < VARHDRSZ)
        return cstring_to_text_with_len(s, length);
    count = pg_mbstrlen_with_len(s, length);
    if (count > max)
    {
        length = text_cut(s, length, max, explicit_cast, "character");
        count = max;
    }
    result = palloc(VARHDRSZ + length + max - count);
    SET_VARSIZE(result, VARHDRSZ + length + max - count);
    memcpy(VARDATA(result), s, length);
    memset(VARDATA(result) + length, ' ', max - count);
    return result;
}

static VarChar *
text_make_varchar(const char *s, int length, int32 typmod, bool explicit_cast)
{
    int max = typmod - VARHDRSZ;

    if (typmod >= VARHDRSZ && length > max && pg_mbstrlen_with_len(s, length) > max)
        length = text_cut(s, length, max, explicit_cast, "character varying");
    return cstring_to_text_with_len(s, length);
}

SQL_FUNCTION(bpcharin)
{
    char *s = PG_GETARG_CSTRING(0);

    PG_RETURN_BPCHAR_P(text_make_bpchar(s, (int) strlen(s), PG_GETARG_INT32(2), false));
}

SQL_FUNCTION(bpcharrecv)
{
    StringInfo buf = (StringInfo) PG_GETARG_POINTER(0);
    int length;
    char *s = pq_getmsgtext(buf, buf->len - buf->cursor, &length);

    PG_RETURN_BPCHAR_P(text_make_bpchar(s, length, PG_GETARG_INT32(2), false));
}

SQL_FUNCTION(bpcharout)
{
    return textout(fcinfo);
}

SQL_FUNCTION(bpcharsend)
{
    return textsend(fcinfo);
}

SQL_FUNCTION(bpchar)
{
    BpChar *source = PG_GETARG_BPCHAR_PP(0);

    PG_RETURN_BPCHAR_P(text_make_bpchar(VARDATA_ANY(source), (int) VARSIZE_ANY_EXHDR(source),
                                        PG_GETARG_INT32(1), PG_GETARG_BOOL(2)));
}

SQL_FUNCTION(varcharin)
{
    char *s = PG_GETARG_CSTRING(0);

    PG_RETURN_VARCHAR_P(text_make_varchar(s, (int) strlen(s), PG_GETARG_INT32(2), false));
}

SQL_FUNCTION(varcharrecv)
{
    StringInfo buf = (StringInfo) PG_GETARG_POINTER(0);
    int length;
    char *s = pq_getmsgtext(buf, buf->len - buf->cursor, &length);

    PG_RETURN_VARCHAR_P(text_make_varchar(s, length, PG_GETARG_INT32(2), false));
}

SQL_FUNCTION(varcharout)
{
    return textout(fcinfo);
}

SQL_FUNCTION(varcharsend)
{
    return textsend(fcinfo);
}

SQL_FUNCTION(varchar)
{
    VarChar *source = PG_GETARG_VARCHAR_PP(0);

    PG_RETURN_VARCHAR_P(text_make_varchar(VARDATA_ANY(source), (int) VARSIZE_ANY_EXHDR(source),
                                          PG_GETARG_INT32(1), PG_GETARG_BOOL(2)));
}

/* ---- lengths ---- */

/* Bytes of a bpchar without its padding. */
static int
text_bpchar_length(const BpChar *value)
{
    const char *s = VARDATA_ANY(value);
    int length = (int) VARSIZE_ANY_EXHDR(value);

    while (length > 0 && s[length - 1] == ' ')
        length--;
    return length;
}

SQL_FUNCTION(textlen)
{
    text *t = PG_GETARG_TEXT_PP(0);

    PG_RETURN_INT32(pg_mbstrlen_with_len(VARDATA_ANY(t), (int) VARSIZE_ANY_EXHDR(t)));
}

SQL_FUNCTION(textoctetlen)
{
    PG_RETURN_INT32((int32) VARSIZE_ANY_EXHDR(PG_GETARG_TEXT_PP(0)));
}

SQL_FUNCTION(bpcharlen)
{
    BpChar *value = PG_GETARG_BPCHAR_PP(0);

    PG_RETURN_INT32(pg_mbstrlen_with_len(VARDATA_ANY(value), text_bpchar_length(value)));
}

SQL_FUNCTION(bpcharoctetlen)
{
    PG_RETURN_INT32((int32) VARSIZE_ANY_EXHDR(PG_GETARG_BPCHAR_PP(0)));
}

/* ---- order ---- */

int
text_cmp(text *arg1, text *arg2, Oid collid)
{
    return varstr_cmp(VARDATA_ANY(arg1), (int) VARSIZE_ANY_EXHDR(arg1), VARDATA_ANY(arg2),
                      (int) VARSIZE_ANY_EXHDR(arg2), collid);
}

static int
text_compare_args(FunctionCallInfo fcinfo)
{
    return text_cmp(PG_GETARG_TEXT_PP(0), PG_GETARG_TEXT_PP(1), PG_GET_COLLATION());
}

static int
text_compare_bytes(const char *a, int a_length, const char *b, int b_length)
{
    int r = memcmp(a, b, Min(a_length, b_length));

    return r != 0 ? r : a_length < b_length ? -1 : a_length > b_length;
}

static int
text_compare_pattern(FunctionCallInfo fcinfo)
{
    text *a = PG_GETARG_TEXT_PP(0);
    text *b = PG_GETARG_TEXT_PP(1);

    return text_compare_bytes(VARDATA_ANY(a), (int) VARSIZE_ANY_EXHDR(a), VARDATA_ANY(b),
                              (int) VARSIZE_ANY_EXHDR(b));
}

static int
text_compare_bpchar(FunctionCallInfo fcinfo)
{
    BpChar *a = PG_GETARG_BPCHAR_PP(0);
    BpChar *b = PG_GETARG_BPCHAR_PP(1);

    return varstr_cmp(VARDATA_ANY(a), text_bpchar_length(a), VARDATA_ANY(b), text_bpchar_length(b),
                      PG_GET_COLLATION());
}

static int
text_compare_bpchar_pattern(FunctionCallInfo fcinfo)
{
    BpChar *a = PG_GETARG_BPCHAR_PP(0);
    BpChar *b = PG_GETARG_BPCHAR_PP(1);

    return text_compare_bytes(VARDATA_ANY(a), text_bpchar_length(a), VARDATA_ANY(b),
                              text_bpchar_length(b));
}

#define TEXT_COMPARE(name, compare, operator)                                                      \
    SQL_FUNCTION(name)                                                                             \
    {                                                                                              \
        PG_RETURN_BOOL(compare(fcinfo) operator 0);                                                \
    }

/* Equality needs no collation while collations are deterministic. */
static int
text_compare_equal(FunctionCallInfo fcinfo)
{
    if (likely(collation_is_deterministic(PG_GET_COLLATION())))
    {
        text *a = PG_GETARG_TEXT_PP(0);
        text *b = PG_GETARG_TEXT_PP(1);

        return VARSIZE_ANY_EXHDR(a) != VARSIZE_ANY_EXHDR(b) ||
               memcmp(VARDATA_ANY(a), VARDATA_ANY(b), VARSIZE_ANY_EXHDR(a)) != 0;
    }
    return text_compare_args(fcinfo);
}

TEXT_COMPARE(texteq, text_compare_equal, ==)
TEXT_COMPARE(textne, text_compare_equal, !=)
TEXT_COMPARE(text_lt, text_compare_args, <)
TEXT_COMPARE(text_le, text_compare_args, <=)
TEXT_COMPARE(text_gt, text_compare_args, >)
TEXT_COMPARE(text_ge, text_compare_args, >=)
TEXT_COMPARE(text_pattern_lt, text_compare_pattern, <)
TEXT_COMPARE(text_pattern_le, text_compare_pattern, <=)
TEXT_COMPARE(text_pattern_gt, text_compare_pattern, >)
TEXT_COMPARE(text_pattern_ge, text_compare_pattern, >=)
TEXT_COMPARE(bpchareq, text_compare_bpchar, ==)
TEXT_COMPARE(bpcharne, text_compare_bpchar, !=)
TEXT_COMPARE(bpcharlt, text_compare_bpchar, <)
TEXT_COMPARE(bpcharle, text_compare_bpchar, <=)
TEXT_COMPARE(bpchargt, text_compare_bpchar, >)
TEXT_COMPARE(bpcharge, text_compare_bpchar, >=)
TEXT_COMPARE(bpchar_pattern_lt, text_compare_bpchar_pattern, <)
TEXT_COMPARE(bpchar_pattern_le, text_compare_bpchar_pattern, <=)
TEXT_COMPARE(bpchar_pattern_gt, text_compare_bpchar_pattern, >)
TEXT_COMPARE(bpchar_pattern_ge, text_compare_bpchar_pattern, >=)

#define TEXT_ORDER(name, compare)                                                                  \
    SQL_FUNCTION(name)                                                                             \
    {                                                                                              \
        PG_RETURN_INT32(compare(fcinfo));                                                          \
    }

TEXT_ORDER(bttextcmp, text_compare_args)
TEXT_ORDER(bttext_pattern_cmp, text_compare_pattern)
TEXT_ORDER(bpcharcmp, text_compare_bpchar)
TEXT_ORDER(btbpchar_pattern_cmp, text_compare_bpchar_pattern)

#define TEXT_CHOICE(name, compare, operator)                                                       \
    SQL_FUNCTION(name)                                                                             \
    {                                                                                              \
        return compare(fcinfo) operator 0 ? PG_GETARG_DATUM(0) : PG_GETARG_DATUM(1);               \
    }

TEXT_CHOICE(text_larger, text_compare_args, >)
TEXT_CHOICE(text_smaller, text_compare_args, <)
TEXT_CHOICE(bpchar_larger, text_compare_bpchar, >=)
TEXT_CHOICE(bpchar_smaller, text_compare_bpchar, <=)

SQL_FUNCTION(btvarstrequalimage)
{
    PG_RETURN_BOOL(collation_is_deterministic(PG_GET_COLLATION()));
}

/* ---- hashing ---- */

SQL_FUNCTION(hashtext)
{
    text *t = PG_GETARG_TEXT_PP(0);

    return hash_any((unsigned char *) VARDATA_ANY(t), (int) VARSIZE_ANY_EXHDR(t));
}

SQL_FUNCTION(hashtextextended)
{
    text *t = PG_GETARG_TEXT_PP(0);

    return hash_any_extended((unsigned char *) VARDATA_ANY(t), (int) VARSIZE_ANY_EXHDR(t),
                             DatumGetUInt64(PG_GETARG_DATUM(1)));
}

SQL_FUNCTION(hashbpchar)
{
    BpChar *value = PG_GETARG_BPCHAR_PP(0);

    return hash_any((unsigned char *) VARDATA_ANY(value), text_bpchar_length(value));
}

SQL_FUNCTION(hashbpcharextended)
{
    BpChar *value = PG_GETARG_BPCHAR_PP(0);

    return hash_any_extended((unsigned char *) VARDATA_ANY(value), text_bpchar_length(value),
                             DatumGetUInt64(PG_GETARG_DATUM(1)));
}

/* ---- casts between string types and name ---- */

static Datum
text_to_name(const char *s, int length)
{
    NameData *name = palloc0(sizeof(NameData));

    if (length >= NAMEDATALEN)
        length = pg_mbcliplen(s, length, NAMEDATALEN - 1);
    memcpy(name->data, s, length);
    PG_RETURN_NAME(name);
}

SQL_FUNCTION(text_name)
{
    text *t = PG_GETARG_TEXT_PP(0);

    return text_to_name(VARDATA_ANY(t), (int) VARSIZE_ANY_EXHDR(t));
}

SQL_FUNCTION(bpchar_name)
{
    BpChar *value = PG_GETARG_BPCHAR_PP(0);

    return text_to_name(VARDATA_ANY(value), text_bpchar_length(value));
}

SQL_FUNCTION(name_text)
{
    const char *s = PG_GETARG_POINTER(0);

    PG_RETURN_TEXT_P(cstring_to_text_with_len(s, (int) strnlen(s, NAMEDATALEN)));
}

SQL_FUNCTION(name_bpchar)
{
    return name_text(fcinfo);
}
