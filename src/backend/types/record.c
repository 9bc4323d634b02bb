/*
 * record.c - rows as values: text, binary, comparison
 *
 * Text       (1,"two words",): a column's text, quoted at need; nothing at all is NULL
 */
#include "types_int.h"
#include "types/hashing.h"
#include "types/typeinfo.h"
#include "heap/tuple.h"

typedef struct RecordValue
{
    TupleDesc desc;
    HeapTupleData tuple;
    Datum *values;
    bool *nulls;
} RecordValue;

static void
record_open(Datum record, RecordValue *ret)
{
    Oid type;
    int32 typmod;

    heap_tuple_from_datum(PointerGetDatum(PG_DETOAST_DATUM(record)), &ret->tuple, &type, &typmod);
    ret->desc = lookup_rowtype_tupdesc(type, typmod);
    ret->values = palloc((ret->desc->natts + 1) * sizeof(Datum));
    ret->nulls = palloc((ret->desc->natts + 1) * sizeof(bool));
    heap_deform_tuple(&ret->tuple, ret->desc, ret->values, ret->nulls);
}

static void
record_close(RecordValue *value)
{
    ReleaseTupleDesc(value->desc);
}

static TupleDesc
record_input_desc(Oid type, int32 typmod)
{
    if (type == RECORDOID && typmod < 0)
        ereport(ERROR, (errcode(ERRCODE_FEATURE_NOT_SUPPORTED),
                        errmsg("input of anonymous composite types is not implemented")));
    return lookup_rowtype_tupdesc(type, typmod);
}

pg_noreturn static void
record_throw_malformed(const char *text, const char *detail)
{
    ereport(ERROR, (errcode(ERRCODE_INVALID_TEXT_REPRESENTATION),
                    errmsg("malformed record literal: \"%s\"", text), errdetail("%s", detail)));
    pg_unreachable();
}

/* One column's text up to a comma or parenthesis. */
static const char *
record_read_column(const char *p, const char *text, StringInfo out)
{
    bool quoted = false;

    resetStringInfo(out);
    for (; quoted || (*p != ',' && *p != ')'); p++)
    {
        if (*p == '\0')
            record_throw_malformed(text, "Unexpected end of input.");
        if (*p == '\\')
        {
            if (*++p == '\0')
                record_throw_malformed(text, "Unexpected end of input.");
            appendStringInfoChar(out, *p);
        }
        else if (*p == '"')
        {
            if (quoted && p[1] == '"')
                appendStringInfoChar(out, *++p);
            else
                quoted = !quoted;
        }
        else
            appendStringInfoChar(out, *p);
    }
    return p;
}

SQL_FUNCTION(record_in)
{
    const char *text = PG_GETARG_CSTRING(0);
    TupleDesc desc = record_input_desc(PG_GETARG_OID(1), PG_GETARG_INT32(2));
    Datum *values = palloc0((desc->natts + 1) * sizeof(Datum));
    bool *nulls = palloc((desc->natts + 1) * sizeof(bool));
    const char *p = text;
    bool comma_due = false;
    StringInfoData column;
    Datum result;

    initStringInfo(&column);
    while (isspace((unsigned char) *p))
        p++;
    if (*p++ != '(')
        record_throw_malformed(text, "Missing left parenthesis.");
    for (int i = 0; i < desc->natts; i++)
    {
        Form_pg_attribute attribute = TupleDescAttr(desc, i);

        nulls[i] = true;
        if (attribute->attisdropped)
            continue;
        if (comma_due)
        {
            if (*p != ',')
                record_throw_malformed(text, "Too few columns.");
            p++;
        }
        if (*p != ',' && *p != ')')
        {
            p = record_read_column(p, text, &column);
            values[i] = types_input(attribute->atttypid, column.data, attribute->atttypmod);
            nulls[i] = false;
        }
        comma_due = true;
    }
    if (*p++ != ')')
        record_throw_malformed(text, "Too many columns.");
    while (isspace((unsigned char) *p))
        p++;
    if (*p != '\0')
        record_throw_malformed(text, "Junk after right parenthesis.");
    result = heap_copy_tuple_as_datum(heap_form_tuple(desc, values, nulls), desc);
    ReleaseTupleDesc(desc);
    PG_RETURN_DATUM(result);
}

SQL_FUNCTION(record_out)
{
    RecordValue record;
    StringInfoData out;
    bool first = true;

    record_open(PG_GETARG_DATUM(0), &record);
    initStringInfo(&out);
    appendStringInfoChar(&out, '(');
    for (int i = 0; i < record.desc->natts; i++)
    {
        Form_pg_attribute attribute = TupleDescAttr(record.desc, i);
        char *text;
        bool quote;

        if (attribute->attisdropped)
            continue;
        if (!first)
            appendStringInfoChar(&out, ',');
        first = false;
        if (record.nulls[i])
            continue;
        text = types_output(attribute->atttypid, record.values[i]);
        quote = *text == '\0';
        for (char *p = text; *p != '\0' && !quote; p++)
            quote = strchr("\"\\(),", *p) != NULL || isspace((unsigned char) *p);
        if (quote)
            appendStringInfoChar(&out, '"');
        for (char *p = text; *p != '\0'; p++)
        {
            if (*p == '"' || *p == '\\')
                appendStringInfoChar(&out, *p);
            appendStringInfoChar(&out, *p);
        }
        if (quote)
            appendStringInfoChar(&out, '"');
    }
    appendStringInfoChar(&out, ')');
    record_close(&record);
    PG_RETURN_CSTRING(out.data);
}

/* ---- binary: count, then type, length and bytes of each column ---- */

SQL_FUNCTION(record_send)
{
    RecordValue record;
    StringInfoData buf;
    int count = 0;

    record_open(PG_GETARG_DATUM(0), &record);
    pq_begintypsend(&buf);
    for (int i = 0; i < record.desc->natts; i++)
        count += !TupleDescAttr(record.desc, i)->attisdropped;
    pq_sendint32(&buf, (uint32) count);
    for (int i = 0; i < record.desc->natts; i++)
    {
        Form_pg_attribute attribute = TupleDescAttr(record.desc, i);
        bytea *bytes;

        if (attribute->attisdropped)
            continue;
        pq_sendint32(&buf, attribute->atttypid);
        if (record.nulls[i])
        {
            pq_sendint32(&buf, (uint32) -1);
            continue;
        }
        bytes = SendFunctionCall(&types_ops_binary(attribute->atttypid)->send, record.values[i]);
        pq_sendint32(&buf, (uint32) VARSIZE_ANY_EXHDR(bytes));
        pq_sendbytes(&buf, VARDATA_ANY(bytes), (int) VARSIZE_ANY_EXHDR(bytes));
    }
    record_close(&record);
    PG_RETURN_BYTEA_P(pq_endtypsend(&buf));
}

SQL_FUNCTION(record_recv)
{
    StringInfo buf = (StringInfo) PG_GETARG_POINTER(0);
    TupleDesc desc = record_input_desc(PG_GETARG_OID(1), PG_GETARG_INT32(2));
    Datum *values = palloc0((desc->natts + 1) * sizeof(Datum));
    bool *nulls = palloc((desc->natts + 1) * sizeof(bool));
    int count = (int) pq_getmsgint(buf, 4);
    int expected = 0;
    Datum result;

    for (int i = 0; i < desc->natts; i++)
        expected += !TupleDescAttr(desc, i)->attisdropped;
    if (count != expected)
        ereport(ERROR, (errcode(ERRCODE_DATATYPE_MISMATCH),
                        errmsg("wrong number of columns: %d, expected %d", count, expected)));
    for (int i = 0; i < desc->natts; i++)
    {
        Form_pg_attribute attribute = TupleDescAttr(desc, i);
        Oid type;
        int size;
        StringInfoData part;
        TypeOps *ops;

        nulls[i] = true;
        if (attribute->attisdropped)
            continue;
        type = pq_getmsgint(buf, 4);
        if (type != attribute->atttypid)
            ereport(ERROR, (errcode(ERRCODE_DATATYPE_MISMATCH),
                            errmsg("binary data has type %u (%s) instead of expected %u (%s) in record column %d",
                                   type, format_type_extended(type, -1, FORMAT_TYPE_ALLOW_INVALID),
                                   attribute->atttypid, format_type_be(attribute->atttypid), i + 1)));
        size = (int) pq_getmsgint(buf, 4);
        if (size == -1)
            continue;
        if (size < -1 || size > buf->len - buf->cursor)
            ereport(ERROR, (errcode(ERRCODE_INVALID_BINARY_REPRESENTATION),
                            errmsg("insufficient data left in message")));
        ops = types_ops_binary(type);
        initStringInfo(&part);
        appendBinaryStringInfo(&part, pq_getmsgbytes(buf, size), size);
        values[i] = ReceiveFunctionCall(&ops->receive, &part, ops->typioparam, attribute->atttypmod);
        nulls[i] = false;
        if (part.cursor != part.len)
            ereport(ERROR, (errcode(ERRCODE_INVALID_BINARY_REPRESENTATION),
                            errmsg("improper binary format in record column %d", i + 1)));
    }
    result = heap_copy_tuple_as_datum(heap_form_tuple(desc, values, nulls), desc);
    ReleaseTupleDesc(desc);
    PG_RETURN_DATUM(result);
}

/* ---- comparison, column by column; NULL is above all and equal to itself ---- */

static int
record_next_column(RecordValue *record, int i)
{
    while (i < record->desc->natts && TupleDescAttr(record->desc, i)->attisdropped)
        i++;
    return i;
}

/* Bytes of a column, detoasted, for the image operators. */
static int
record_compare_image(Datum a, Datum b, Form_pg_attribute attribute)
{
    int order;
    Size length_a;
    Size length_b;

    if (attribute->attbyval)
        return a < b ? -1 : a > b;
    if (attribute->attlen > 0)
        return memcmp(DatumGetPointer(a), DatumGetPointer(b), attribute->attlen);
    if (attribute->attlen == -2)
        return strcmp(DatumGetCString(a), DatumGetCString(b));
    a = PointerGetDatum(PG_DETOAST_DATUM_PACKED(a));
    b = PointerGetDatum(PG_DETOAST_DATUM_PACKED(b));
    length_a = VARSIZE_ANY_EXHDR(DatumGetPointer(a));
    length_b = VARSIZE_ANY_EXHDR(DatumGetPointer(b));
    order = memcmp(VARDATA_ANY(DatumGetPointer(a)), VARDATA_ANY(DatumGetPointer(b)),
                   Min(length_a, length_b));
    return order != 0 ? order : length_a < length_b ? -1 : length_a > length_b;
}

typedef enum RecordMode
{
    RECORD_EQUAL, /* 0 equal, else not */
    RECORD_ORDER,
    RECORD_IMAGE,
} RecordMode;

static int
record_compare_column(RecordValue *a, int i, RecordValue *b, int j, int column, RecordMode mode)
{
    Form_pg_attribute left = TupleDescAttr(a->desc, i);
    Form_pg_attribute right = TupleDescAttr(b->desc, j);
    Oid collation = left->attcollation == right->attcollation ? left->attcollation : InvalidOid;

    if (left->atttypid != right->atttypid)
        ereport(ERROR, (errcode(ERRCODE_DATATYPE_MISMATCH),
                        errmsg("cannot compare dissimilar column types %s and %s at record column %d",
                               format_type_be(left->atttypid), format_type_be(right->atttypid),
                               column)));
    if (a->nulls[i] || b->nulls[j])
        return a->nulls[i] && b->nulls[j] ? 0 : a->nulls[i] ? 1 : -1;
    if (mode == RECORD_IMAGE)
        return record_compare_image(a->values[i], b->values[j], left);
    if (mode == RECORD_EQUAL)
        return !DatumGetBool(FunctionCall2Coll(&types_eq(left->atttypid)->eq_opr_finfo, collation,
                                               a->values[i], b->values[j]));
    return DatumGetInt32(FunctionCall2Coll(&types_cmp(left->atttypid)->cmp_proc_finfo, collation,
                                           a->values[i], b->values[j]));
}

static int
record_compare(FunctionCallInfo fcinfo, RecordMode mode)
{
    RecordValue a;
    RecordValue b;
    int i = 0;
    int j = 0;
    int order = 0;

    record_open(PG_GETARG_DATUM(0), &a);
    record_open(PG_GETARG_DATUM(1), &b);
    for (int column = 1;; column++)
    {
        i = record_next_column(&a, i);
        j = record_next_column(&b, j);
        if (i >= a.desc->natts || j >= b.desc->natts)
            break;
        order = record_compare_column(&a, i++, &b, j++, column, mode);
        if (order != 0)
            break;
    }
    if (order == 0 && (i < a.desc->natts || j < b.desc->natts))
        ereport(ERROR, (errcode(ERRCODE_DATATYPE_MISMATCH),
                        errmsg("cannot compare record types with different numbers of columns")));
    record_close(&a);
    record_close(&b);
    return order < 0 ? -1 : order > 0;
}

#define RECORD_COMPARE(name, mode, operator)                                                       \
    SQL_FUNCTION(name)                                                                             \
    {                                                                                              \
        PG_RETURN_BOOL(record_compare(fcinfo, mode) operator 0);                                   \
    }

RECORD_COMPARE(record_eq, RECORD_EQUAL, ==)
RECORD_COMPARE(record_ne, RECORD_EQUAL, !=)
RECORD_COMPARE(record_lt, RECORD_ORDER, <)
RECORD_COMPARE(record_le, RECORD_ORDER, <=)
RECORD_COMPARE(record_gt, RECORD_ORDER, >)
RECORD_COMPARE(record_ge, RECORD_ORDER, >=)
RECORD_COMPARE(record_image_eq, RECORD_IMAGE, ==)
RECORD_COMPARE(record_image_ne, RECORD_IMAGE, !=)
RECORD_COMPARE(record_image_lt, RECORD_IMAGE, <)
RECORD_COMPARE(record_image_le, RECORD_IMAGE, <=)
RECORD_COMPARE(record_image_gt, RECORD_IMAGE, >)
RECORD_COMPARE(record_image_ge, RECORD_IMAGE, >=)

SQL_FUNCTION(btrecordcmp)
{
    PG_RETURN_INT32(record_compare(fcinfo, RECORD_ORDER));
}

SQL_FUNCTION(btrecordimagecmp)
{
    PG_RETURN_INT32(record_compare(fcinfo, RECORD_IMAGE));
}

SQL_FUNCTION(hash_record)
{
    RecordValue record;
    uint32 result = 0;

    record_open(PG_GETARG_DATUM(0), &record);
    for (int i = 0; i < record.desc->natts; i++)
    {
        Form_pg_attribute attribute = TupleDescAttr(record.desc, i);
        TypeCacheEntry *entry;
        uint32 hash = 0;

        if (attribute->attisdropped)
            continue;
        entry = lookup_type_cache(attribute->atttypid, TYPECACHE_HASH_PROC_FINFO);
        if (!OidIsValid(entry->hash_proc_finfo.fn_oid))
            ereport(ERROR, (errcode(ERRCODE_UNDEFINED_FUNCTION),
                            errmsg("could not identify a hash function for type %s",
                                   format_type_be(attribute->atttypid))));
        if (!record.nulls[i])
            hash = DatumGetUInt32(FunctionCall1Coll(&entry->hash_proc_finfo, attribute->attcollation,
                                                    record.values[i]));
        result = (result << 5) - result + hash;
    }
    record_close(&record);
    PG_RETURN_UINT32(result);
}
