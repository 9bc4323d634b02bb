/*
 * scalar.c - bool, "char", name, oid, xid, cid, tid, pg_lsn, uuid and the pseudo-types
 */
#include <openssl/rand.h>

#include "types_int.h"
#include "types/array.h"
#include "types/encoding.h"
#include "types/hashing.h"
#include "types/numeric.h"

/* Binary form of a type held by value in network order. */
#define SCALAR_SEND(name, kind, GET, type)                                                         \
    SQL_FUNCTION(name)                                                                             \
    {                                                                                              \
        StringInfoData buf;                                                                        \
        pq_begintypsend(&buf);                                                                     \
        pq_send##kind(&buf, (type) GET(0));                                                        \
        PG_RETURN_BYTEA_P(pq_endtypsend(&buf));                                                    \
    }

#define SCALAR_RECV_BUFFER ((StringInfo) PG_GETARG_POINTER(0))

/* ---- bool ---- */

SQL_FUNCTION(boolin)
{
    const char *text = PG_GETARG_CSTRING(0);
    const char *s = text;
    size_t length;
    bool result;

    while (isspace((unsigned char) *s))
        s++;
    length = strlen(s);
    while (length > 0 && isspace((unsigned char) s[length - 1]))
        length--;
    if (!parse_bool_with_len(s, length, &result))
        types_throw_syntax("boolean", text);
    PG_RETURN_BOOL(result);
}

SQL_FUNCTION(boolout)
{
    PG_RETURN_CSTRING(pstrdup(PG_GETARG_BOOL(0) ? "t" : "f"));
}

SQL_FUNCTION(boolrecv)
{
    PG_RETURN_BOOL(pq_getmsgbyte(SCALAR_RECV_BUFFER) != 0);
}

SCALAR_SEND(boolsend, byte, PG_GETARG_BOOL, uint8)

SQL_FUNCTION(booltext)
{
    PG_RETURN_TEXT_P(cstring_to_text(PG_GETARG_BOOL(0) ? "true" : "false"));
}

SQL_FUNCTION(booland_statefunc)
{
    PG_RETURN_BOOL(PG_GETARG_BOOL(0) && PG_GETARG_BOOL(1));
}

SQL_FUNCTION(boolor_statefunc)
{
    PG_RETURN_BOOL(PG_GETARG_BOOL(0) || PG_GETARG_BOOL(1));
}

/* ---- "char": bytes with the high bit set are shown as \ooo ---- */

static char
scalar_read_char(const char *s, size_t length)
{
    if (length == 4 && s[0] == '\\' && s[1] >= '0' && s[1] <= '3' && s[2] >= '0' && s[2] <= '7' &&
        s[3] >= '0' && s[3] <= '7')
        return (char) ((s[1] - '0') * 64 + (s[2] - '0') * 8 + (s[3] - '0'));
    return length > 0 ? s[0] : '\0';
}

/* Returns the length; 5 bytes are enough. */
static int
scalar_write_char(char value, char *ret_text)
{
    unsigned char c = (unsigned char) value;

    if (c >= 0x80)
        return snprintf(ret_text, 5, "\\%03o", c);
    ret_text[0] = value;
    ret_text[1] = '\0';
    return value != '\0';
}

SQL_FUNCTION(charin)
{
    const char *s = PG_GETARG_CSTRING(0);

    PG_RETURN_CHAR(scalar_read_char(s, strlen(s)));
}

SQL_FUNCTION(charout)
{
    char *text = palloc(5);

    scalar_write_char(PG_GETARG_CHAR(0), text);
    PG_RETURN_CSTRING(text);
}

SQL_FUNCTION(charrecv)
{
    PG_RETURN_CHAR((char) pq_getmsgbyte(SCALAR_RECV_BUFFER));
}

SCALAR_SEND(charsend, byte, PG_GETARG_CHAR, uint8)

SQL_FUNCTION(chartoi4)
{
    PG_RETURN_INT32((int32) (int8) PG_GETARG_CHAR(0));
}

SQL_FUNCTION(i4tochar)
{
    int32 value = PG_GETARG_INT32(0);

    if (value < SCHAR_MIN || value > SCHAR_MAX)
        types_throw_range("\"char\" out of range");
    PG_RETURN_CHAR((char) value);
}

SQL_FUNCTION(text_char)
{
    text *t = PG_GETARG_TEXT_PP(0);

    PG_RETURN_CHAR(scalar_read_char(VARDATA_ANY(t), VARSIZE_ANY_EXHDR(t)));
}

SQL_FUNCTION(char_text)
{
    char shown[5];
    int length = scalar_write_char(PG_GETARG_CHAR(0), shown);

    PG_RETURN_TEXT_P(cstring_to_text_with_len(shown, length));
}

SQL_FUNCTION(char_bpchar)
{
    PG_RETURN_TEXT_P(cstring_to_text_with_len(&(char){PG_GETARG_CHAR(0)}, 1));
}

/* ---- name ---- */

static Datum
scalar_make_name(const char *s, int length)
{
    NameData *name = palloc0(sizeof(NameData));

    if (length >= NAMEDATALEN)
        length = pg_mbcliplen(s, length, NAMEDATALEN - 1);
    memcpy(name->data, s, length);
    PG_RETURN_NAME(name);
}

SQL_FUNCTION(namein)
{
    const char *s = PG_GETARG_CSTRING(0);

    return scalar_make_name(s, (int) strlen(s));
}

SQL_FUNCTION(nameout)
{
    PG_RETURN_CSTRING(pnstrdup(PG_GETARG_POINTER(0), NAMEDATALEN));
}

SQL_FUNCTION(namerecv)
{
    StringInfo buf = SCALAR_RECV_BUFFER;
    int length;
    char *s = pq_getmsgtext(buf, buf->len - buf->cursor, &length);

    if (length >= NAMEDATALEN)
        ereport(ERROR, (errcode(ERRCODE_NAME_TOO_LONG), errmsg("identifier too long"),
                        errdetail("Identifier must be less than %d characters.", NAMEDATALEN)));
    return scalar_make_name(s, length);
}

SQL_FUNCTION(namesend)
{
    const char *s = PG_GETARG_POINTER(0);
    StringInfoData buf;

    pq_begintypsend(&buf);
    pq_sendtext(&buf, s, (int) strnlen(s, NAMEDATALEN));
    PG_RETURN_BYTEA_P(pq_endtypsend(&buf));
}

SQL_FUNCTION(nameconcatoid)
{
    const char *s = PG_GETARG_POINTER(0);
    char suffix[16];
    int suffix_length = snprintf(suffix, sizeof(suffix), "_%u", PG_GETARG_OID(1));
    int length = (int) strnlen(s, NAMEDATALEN);
    NameData *name = palloc0(sizeof(NameData));

    if (length + suffix_length >= NAMEDATALEN)
        length = pg_mbcliplen(s, length, NAMEDATALEN - 1 - suffix_length);
    memcpy(name->data, s, length);
    memcpy(name->data + length, suffix, suffix_length);
    PG_RETURN_NAME(name);
}

/* ---- oid, xid, cid: unsigned numbers, read as strtoul does ---- */

/* ret_end NULL: nothing but white space may follow. */
static uint64
scalar_parse_unsigned(const char *text, char **ret_end, const char *type)
{
    char *end;
    uint64 value;

    errno = 0;
    value = strtoull(text, &end, 10);
    if (end == text || (errno != 0 && errno != ERANGE))
        types_throw_syntax(type, text);
    if (errno == ERANGE)
        types_throw_out_of_range(type, text);
    if (ret_end != NULL)
        *ret_end = end;
    else
    {
        while (isspace((unsigned char) *end))
            end++;
        if (*end != '\0')
            types_throw_syntax(type, text);
    }
    return value;
}

/* "-1" is 4294967295, as PostgreSQL has always read it. */
static Oid
scalar_parse_oid(const char *text, char **ret_end)
{
    uint64 value = scalar_parse_unsigned(text, ret_end, "oid");

    if (value != (Oid) value && value != (uint64) (int64) (int32) value)
        types_throw_out_of_range("oid", text);
    return (Oid) value;
}

SQL_FUNCTION(oidin)
{
    PG_RETURN_OID(scalar_parse_oid(PG_GETARG_CSTRING(0), NULL));
}

SQL_FUNCTION(oidout)
{
    PG_RETURN_CSTRING(psprintf("%u", PG_GETARG_OID(0)));
}

SQL_FUNCTION(oidrecv)
{
    PG_RETURN_OID((Oid) pq_getmsgint(SCALAR_RECV_BUFFER, 4));
}

SCALAR_SEND(oidsend, int32, PG_GETARG_OID, uint32)

SQL_FUNCTION(xidin)
{
    PG_RETURN_UINT32((uint32) strtoul(PG_GETARG_CSTRING(0), NULL, 0));
}

SQL_FUNCTION(xidout)
{
    PG_RETURN_CSTRING(psprintf("%u", PG_GETARG_UINT32(0)));
}

SQL_FUNCTION(xidrecv)
{
    PG_RETURN_UINT32(pq_getmsgint(SCALAR_RECV_BUFFER, 4));
}

SCALAR_SEND(xidsend, int32, PG_GETARG_UINT32, uint32)

SQL_FUNCTION(xid8in)
{
    PG_RETURN_UINT64(strtoull(PG_GETARG_CSTRING(0), NULL, 0));
}

SQL_FUNCTION(xid8out)
{
    PG_RETURN_CSTRING(psprintf(UINT64_FORMAT, (uint64) PG_GETARG_INT64(0)));
}

SQL_FUNCTION(xid8recv)
{
    PG_RETURN_INT64(pq_getmsgint64(SCALAR_RECV_BUFFER));
}

SCALAR_SEND(xid8send, int64, PG_GETARG_INT64, uint64)

SQL_FUNCTION(xid8toxid)
{
    PG_RETURN_UINT32((uint32) PG_GETARG_INT64(0));
}

SQL_FUNCTION(cidin)
{
    PG_RETURN_UINT32((uint32) strtoul(PG_GETARG_CSTRING(0), NULL, 0));
}

SQL_FUNCTION(cidout)
{
    PG_RETURN_CSTRING(psprintf("%u", PG_GETARG_UINT32(0)));
}

SQL_FUNCTION(cidrecv)
{
    PG_RETURN_UINT32(pq_getmsgint(SCALAR_RECV_BUFFER, 4));
}

SCALAR_SEND(cidsend, int32, PG_GETARG_UINT32, uint32)

/* ---- tid ---- */

SQL_FUNCTION(tidin)
{
    const char *text = PG_GETARG_CSTRING(0);
    ItemPointerData *tid = palloc(sizeof(*tid));
    unsigned long block;
    unsigned long offset;
    char *end;
    const char *p = text;

    while (isspace((unsigned char) *p))
        p++;
    if (*p != '(')
        types_throw_syntax("tid", text);
    block = strtoul(p + 1, &end, 10);
    if (*end != ',' || block > PG_UINT32_MAX)
        types_throw_syntax("tid", text);
    offset = strtoul(end + 1, &end, 10);
    if (*end != ')' || offset > PG_UINT16_MAX)
        types_throw_syntax("tid", text);
    ItemPointerSet(tid, (BlockNumber) block, (OffsetNumber) offset);
    PG_RETURN_ITEMPOINTER(tid);
}

SQL_FUNCTION(tidout)
{
    ItemPointerData tid;

    memcpy(&tid, PG_GETARG_POINTER(0), sizeof(tid));
    PG_RETURN_CSTRING(psprintf("(%u,%u)", ItemPointerGetBlockNumberNoCheck(&tid),
                               ItemPointerGetOffsetNumberNoCheck(&tid)));
}

SQL_FUNCTION(tidrecv)
{
    ItemPointerData *tid = palloc(sizeof(*tid));
    BlockNumber block = pq_getmsgint(SCALAR_RECV_BUFFER, 4);

    ItemPointerSet(tid, block, (OffsetNumber) pq_getmsgint(SCALAR_RECV_BUFFER, 2));
    PG_RETURN_ITEMPOINTER(tid);
}

SQL_FUNCTION(tidsend)
{
    ItemPointerData tid;
    StringInfoData buf;

    memcpy(&tid, PG_GETARG_POINTER(0), sizeof(tid));
    pq_begintypsend(&buf);
    pq_sendint32(&buf, ItemPointerGetBlockNumberNoCheck(&tid));
    pq_sendint16(&buf, ItemPointerGetOffsetNumberNoCheck(&tid));
    PG_RETURN_BYTEA_P(pq_endtypsend(&buf));
}

/* ---- pg_lsn ---- */

SQL_FUNCTION(pg_lsn_in)
{
    const char *text = PG_GETARG_CSTRING(0);
    size_t high = strspn(text, "0123456789abcdefABCDEF");
    size_t low = text[high] == '/' ? strspn(text + high + 1, "0123456789abcdefABCDEF") : 0;

    if (high < 1 || high > 8 || low < 1 || low > 8 || text[high + 1 + low] != '\0')
        types_throw_syntax("pg_lsn", text);
    PG_RETURN_UINT64(((uint64) strtoul(text, NULL, 16) << 32) | strtoul(text + high + 1, NULL, 16));
}

SQL_FUNCTION(pg_lsn_out)
{
    uint64 lsn = (uint64) PG_GETARG_INT64(0);

    PG_RETURN_CSTRING(psprintf("%X/%X", LSN_FORMAT_ARGS(lsn)));
}

SQL_FUNCTION(pg_lsn_recv)
{
    PG_RETURN_INT64(pq_getmsgint64(SCALAR_RECV_BUFFER));
}

SCALAR_SEND(pg_lsn_send, int64, PG_GETARG_INT64, uint64)

SQL_FUNCTION(pg_lsn_mi)
{
    uint64 a = (uint64) PG_GETARG_INT64(0);
    uint64 b = (uint64) PG_GETARG_INT64(1);

    PG_RETURN_NUMERIC(numeric_from_int128((__int128) a - (__int128) b, 0));
}

static Datum
scalar_lsn_move(uint64 lsn, Numeric bytes, bool back)
{
    Numeric start = numeric_from_int128((__int128) lsn, 0);
    bool error = false;

    if (numeric_is_nan(bytes))
        ereport(ERROR, (errcode(ERRCODE_FEATURE_NOT_SUPPORTED),
                        errmsg("cannot %s NaN %s pg_lsn", back ? "subtract" : "add",
                               back ? "from" : "to")));
    return DirectFunctionCall1(numeric_pg_lsn,
                               NumericGetDatum(back ? numeric_sub_opt_error(start, bytes, &error)
                                                    : numeric_add_opt_error(start, bytes, &error)));
}

SQL_FUNCTION(pg_lsn_pli)
{
    return scalar_lsn_move((uint64) PG_GETARG_INT64(0), PG_GETARG_NUMERIC(1), false);
}

SQL_FUNCTION(pg_lsn_mii)
{
    return scalar_lsn_move((uint64) PG_GETARG_INT64(0), PG_GETARG_NUMERIC(1), true);
}

/* ---- uuid ---- */

#define UUID_SIZE 16

SQL_FUNCTION(uuid_in)
{
    const char *text = PG_GETARG_CSTRING(0);
    const char *p = text;
    unsigned char *uuid = palloc(UUID_SIZE);
    bool brace = *p == '{';

    if (brace)
        p++;
    for (int i = 0; i < UUID_SIZE; i++)
    {
        char pair[3] = {p[0], p[0] != '\0' ? p[1] : '\0', '\0'};

        if (!isxdigit((unsigned char) pair[0]) || !isxdigit((unsigned char) pair[1]))
            types_throw_syntax("uuid", text);
        uuid[i] = (unsigned char) strtoul(pair, NULL, 16);
        p += 2;
        if (*p == '-' && i % 2 == 1 && i < UUID_SIZE - 1)
            p++;
    }
    if (brace && *p++ != '}')
        types_throw_syntax("uuid", text);
    if (*p != '\0')
        types_throw_syntax("uuid", text);
    PG_RETURN_POINTER(uuid);
}

SQL_FUNCTION(uuid_out)
{
    static const char digits[] = "0123456789abcdef";
    const unsigned char *uuid = (const unsigned char *) PG_GETARG_POINTER(0);
    char *text = palloc(37);
    char *p = text;

    for (int i = 0; i < UUID_SIZE; i++)
    {
        if (i == 4 || i == 6 || i == 8 || i == 10)
            *p++ = '-';
        *p++ = digits[uuid[i] >> 4];
        *p++ = digits[uuid[i] & 15];
    }
    *p = '\0';
    PG_RETURN_CSTRING(text);
}

SQL_FUNCTION(uuid_recv)
{
    char *uuid = palloc(UUID_SIZE);

    pq_copymsgbytes(SCALAR_RECV_BUFFER, uuid, UUID_SIZE);
    PG_RETURN_POINTER(uuid);
}

SQL_FUNCTION(uuid_send)
{
    StringInfoData buf;

    pq_begintypsend(&buf);
    pq_sendbytes(&buf, PG_GETARG_POINTER(0), UUID_SIZE);
    PG_RETURN_BYTEA_P(pq_endtypsend(&buf));
}

#define UUID_COMPARE(name, operator)                                                               \
    SQL_FUNCTION(name)                                                                             \
    {                                                                                              \
        PG_RETURN_BOOL(memcmp(PG_GETARG_POINTER(0), PG_GETARG_POINTER(1), UUID_SIZE) operator 0);  \
    }

UUID_COMPARE(uuid_eq, ==)
UUID_COMPARE(uuid_ne, !=)
UUID_COMPARE(uuid_lt, <)
UUID_COMPARE(uuid_le, <=)
UUID_COMPARE(uuid_gt, >)
UUID_COMPARE(uuid_ge, >=)

SQL_FUNCTION(uuid_cmp)
{
    PG_RETURN_INT32(memcmp(PG_GETARG_POINTER(0), PG_GETARG_POINTER(1), UUID_SIZE));
}

SQL_FUNCTION(uuid_hash)
{
    return hash_any((unsigned char *) PG_GETARG_POINTER(0), UUID_SIZE);
}

SQL_FUNCTION(uuid_hash_extended)
{
    return hash_any_extended((unsigned char *) PG_GETARG_POINTER(0), UUID_SIZE,
                             DatumGetUInt64(PG_GETARG_DATUM(1)));
}

SQL_FUNCTION(gen_random_uuid)
{
    unsigned char *uuid = palloc(UUID_SIZE);

    if (RAND_bytes(uuid, UUID_SIZE) != 1)
        ereport(ERROR, (errcode(ERRCODE_INTERNAL_ERROR), errmsg("could not generate random values")));
    uuid[6] = (uuid[6] & 0x0f) | 0x40;
    uuid[8] = (uuid[8] & 0x3f) | 0x80;
    PG_RETURN_POINTER(uuid);
}

/* ---- int2vector and oidvector: arrays from 0, shown as words ---- */

static ArrayType *
scalar_make_vector(Datum *values, int count, Oid type, int size, char align)
{
    int lower = 0;
    ArrayType *vector;

    if (count == 0)
    {
        /* One dimension of no elements: what PostgreSQL keeps for these two types. */
        vector = palloc0(ARR_OVERHEAD_NONULLS(1));
        SET_VARSIZE(vector, ARR_OVERHEAD_NONULLS(1));
        vector->ndim = 1;
        vector->elemtype = type;
        return vector;
    }
    return construct_md_array(values, NULL, 1, &count, &lower, type, size, true, align);
}

SQL_FUNCTION(int2vectorin)
{
    const char *p = PG_GETARG_CSTRING(0);
    Datum *values = palloc((strlen(p) / 2 + 1) * sizeof(Datum));
    int count = 0;

    for (;;)
    {
        char *end;
        long value;

        while (isspace((unsigned char) *p))
            p++;
        if (*p == '\0')
            break;
        value = strtol(p, &end, 10);
        if (end == p || (*end != '\0' && *end != ' '))
            types_throw_syntax("smallint", p);
        if (value != (int16) value)
            types_throw_out_of_range("smallint", p);
        values[count++] = Int16GetDatum((int16) value);
        p = end;
    }
    PG_RETURN_POINTER(scalar_make_vector(values, count, INT2OID, 2, 's'));
}

SQL_FUNCTION(oidvectorin)
{
    char *p = PG_GETARG_CSTRING(0);
    Datum *values = palloc((strlen(p) / 2 + 1) * sizeof(Datum));
    int count = 0;

    for (;;)
    {
        while (isspace((unsigned char) *p))
            p++;
        if (*p == '\0')
            break;
        values[count++] = ObjectIdGetDatum(scalar_parse_oid(p, &p));
    }
    PG_RETURN_POINTER(scalar_make_vector(values, count, OIDOID, 4, 'i'));
}

static char *
scalar_vector_out(ArrayType *vector, int size, bool is_signed)
{
    StringInfoData text;
    ArrayWalk walk;
    Datum value;
    bool null;

    initStringInfo(&text);
    array_walk_begin(&walk, vector, (int16) size, true, size == 2 ? 's' : 'i');
    while (array_walk_next(&walk, &value, &null))
    {
        if (text.len > 0)
            appendStringInfoChar(&text, ' ');
        if (is_signed)
            appendStringInfo(&text, "%d", DatumGetInt16(value));
        else
            appendStringInfo(&text, "%u", DatumGetObjectId(value));
    }
    return text.data;
}

SQL_FUNCTION(int2vectorout)
{
    PG_RETURN_CSTRING(scalar_vector_out(PG_GETARG_ARRAYTYPE_P(0), 2, true));
}

SQL_FUNCTION(oidvectorout)
{
    PG_RETURN_CSTRING(scalar_vector_out(PG_GETARG_ARRAYTYPE_P(0), 4, false));
}

static Datum
scalar_vector_recv(StringInfo buf, Oid element)
{
    return DirectFunctionCall3(array_recv, PointerGetDatum(buf), ObjectIdGetDatum(element),
                               Int32GetDatum(-1));
}

SQL_FUNCTION(int2vectorrecv)
{
    return scalar_vector_recv(SCALAR_RECV_BUFFER, INT2OID);
}

SQL_FUNCTION(oidvectorrecv)
{
    return scalar_vector_recv(SCALAR_RECV_BUFFER, OIDOID);
}

SQL_FUNCTION(int2vectorsend)
{
    return array_send(fcinfo);
}

SQL_FUNCTION(oidvectorsend)
{
    return array_send(fcinfo);
}

/* By length first, then element by element. */
static int
scalar_compare_oidvector(FunctionCallInfo fcinfo)
{
    ArrayType *a = PG_GETARG_ARRAYTYPE_P(0);
    ArrayType *b = PG_GETARG_ARRAYTYPE_P(1);
    int count_a = ArrayGetNItems(ARR_NDIM(a), ARR_DIMS(a));
    int count_b = ArrayGetNItems(ARR_NDIM(b), ARR_DIMS(b));
    const Oid *oids_a = (const Oid *) ARR_DATA_PTR(a);
    const Oid *oids_b = (const Oid *) ARR_DATA_PTR(b);

    if (count_a != count_b)
        return count_a - count_b;
    for (int i = 0; i < count_a; i++)
        if (oids_a[i] != oids_b[i])
            return oids_a[i] < oids_b[i] ? -1 : 1;
    return 0;
}

#define OIDVECTOR_COMPARE(name, operator)                                                          \
    SQL_FUNCTION(name)                                                                             \
    {                                                                                              \
        PG_RETURN_BOOL(scalar_compare_oidvector(fcinfo) operator 0);                               \
    }

OIDVECTOR_COMPARE(oidvectoreq, ==)
OIDVECTOR_COMPARE(oidvectorne, !=)
OIDVECTOR_COMPARE(oidvectorlt, <)
OIDVECTOR_COMPARE(oidvectorle, <=)
OIDVECTOR_COMPARE(oidvectorgt, >)
OIDVECTOR_COMPARE(oidvectorge, >=)

SQL_FUNCTION(btoidvectorcmp)
{
    PG_RETURN_INT32(scalar_compare_oidvector(fcinfo));
}

SQL_FUNCTION(hashoidvector)
{
    ArrayType *a = PG_GETARG_ARRAYTYPE_P(0);

    return hash_any((unsigned char *) ARR_DATA_PTR(a),
                    ArrayGetNItems(ARR_NDIM(a), ARR_DIMS(a)) * (int) sizeof(Oid));
}

SQL_FUNCTION(hashoidvectorextended)
{
    ArrayType *a = PG_GETARG_ARRAYTYPE_P(0);

    return hash_any_extended((unsigned char *) ARR_DATA_PTR(a),
                             ArrayGetNItems(ARR_NDIM(a), ARR_DIMS(a)) * (int) sizeof(Oid),
                             DatumGetUInt64(PG_GETARG_DATUM(1)));
}
