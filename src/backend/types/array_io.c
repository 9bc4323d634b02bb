/*
 * array_io.c - arrays: text and binary
 *
 * Text       {1,2,NULL}, {{1,2},{3,4}}, [0:1]={a,"b c"}; elements separated by the type's delimiter
 */
#include "types_int.h"
#include "types/array.h"
#include "types/typeinfo.h"

typedef struct ArrayReader
{
    const char *p;
    const char *original;
    char delimiter;
    TypeOps *ops;
    int32 typmod;
    int ndim;
    int dims[MAXDIM];
    bool closed[MAXDIM]; /* a sub-array of this depth has set the length */
    Datum *values;
    bool *nulls;
    int count;
    int capacity;
} ArrayReader;

pg_noreturn static void
array_throw_malformed(ArrayReader *reader, const char *detail)
{
    ereport(ERROR, (errcode(ERRCODE_INVALID_TEXT_REPRESENTATION),
                    errmsg("malformed array literal: \"%s\"", reader->original),
                    errdetail("%s", detail)));
    pg_unreachable();
}

static void
array_skip_space(ArrayReader *reader)
{
    while (scanner_isspace(*reader->p))
        reader->p++;
}

static void
array_put(ArrayReader *reader, Datum value, bool null)
{
    if (reader->count >= reader->capacity)
    {
        reader->capacity = Max(reader->capacity * 2, 32);
        reader->values = reader->values ? repalloc(reader->values, reader->capacity * sizeof(Datum))
                                        : palloc(reader->capacity * sizeof(Datum));
        reader->nulls = reader->nulls ? repalloc(reader->nulls, reader->capacity * sizeof(bool))
                                      : palloc(reader->capacity * sizeof(bool));
    }
    reader->values[reader->count] = value;
    reader->nulls[reader->count++] = null;
}

/* "quoted" or bare text up to a delimiter or brace. */
static void
array_read_element(ArrayReader *reader)
{
    StringInfoData text;
    bool quoted = false;
    bool escaped = false;
    int solid = 0; /* length without trailing white space */

    initStringInfo(&text);
    for (;;)
    {
        char c = *reader->p;

        if (c == '\0')
            array_throw_malformed(reader, "Unexpected end of input.");
        if (c == '"')
        {
            if (quoted || text.len > 0)
                array_throw_malformed(reader, "Incorrectly quoted array element.");
            quoted = true;
            for (reader->p++; *reader->p != '"'; reader->p++)
            {
                if (*reader->p == '\\')
                    reader->p++;
                if (*reader->p == '\0')
                    array_throw_malformed(reader, "Unexpected end of input.");
                appendStringInfoChar(&text, *reader->p);
            }
            reader->p++;
            solid = text.len;
            continue;
        }
        if (c == reader->delimiter || c == '}')
            break;
        if (c == '{')
            array_throw_malformed(reader, "Unexpected \"{\" character.");
        if (quoted)
        {
            if (!scanner_isspace(c))
                array_throw_malformed(reader, "Incorrectly quoted array element.");
            reader->p++;
            continue;
        }
        if (c == '\\')
        {
            reader->p++;
            escaped = true;
            if (*reader->p == '\0')
                array_throw_malformed(reader, "Unexpected end of input.");
            appendStringInfoChar(&text, *reader->p++);
            solid = text.len;
            continue;
        }
        appendStringInfoChar(&text, c);
        if (!scanner_isspace(c))
            solid = text.len;
        reader->p++;
    }
    text.data[solid] = '\0';
    text.len = solid;
    if (!quoted && solid == 0)
        array_throw_malformed(reader, psprintf("Unexpected \"%c\" character.", *reader->p));
    if (!quoted && !escaped && pg_strcasecmp(text.data, "NULL") == 0)
        array_put(reader, (Datum) 0, true);
    else
        array_put(reader,
                  InputFunctionCall(&reader->ops->input, text.data, reader->ops->typioparam,
                                    reader->typmod),
                  false);
    pfree(text.data);
}

static void
array_close_level(ArrayReader *reader, int depth, int length)
{
    if (reader->closed[depth] && reader->dims[depth] != length)
        array_throw_malformed(reader,
                              "Multidimensional arrays must have sub-arrays with matching dimensions.");
    reader->closed[depth] = true;
    reader->dims[depth] = length;
}

/* At an opening brace. */
static void
array_read_level(ArrayReader *reader, int depth)
{
    int length = 0;

    if (depth >= MAXDIM)
        ereport(ERROR, (errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
                        errmsg("number of array dimensions (%d) exceeds the maximum allowed (%d)",
                               depth + 1, MAXDIM)));
    reader->p++;
    if (depth + 1 > reader->ndim)
    {
        if (reader->count > 0 || (depth > 0 && reader->closed[depth - 1]))
            array_throw_malformed(reader,
                                  "Multidimensional arrays must have sub-arrays with matching dimensions.");
        reader->ndim = depth + 1;
    }
    array_skip_space(reader);
    if (*reader->p == '}')
    {
        if (depth > 0)
            array_throw_malformed(reader, "Unexpected \"}\" character.");
        reader->p++;
        array_close_level(reader, depth, 0);
        return;
    }
    for (;;)
    {
        array_skip_space(reader);
        if (*reader->p == '{')
            array_read_level(reader, depth + 1);
        else
        {
            if (depth + 1 < reader->ndim)
                array_throw_malformed(reader,
                                      "Multidimensional arrays must have sub-arrays with matching dimensions.");
            array_read_element(reader);
        }
        length++;
        array_skip_space(reader);
        if (*reader->p == reader->delimiter)
        {
            reader->p++;
            continue;
        }
        if (*reader->p == '}')
            break;
        if (*reader->p == '\0')
            array_throw_malformed(reader, "Unexpected end of input.");
        array_throw_malformed(reader, psprintf("Unexpected \"%c\" character.", *reader->p));
    }
    reader->p++;
    array_close_level(reader, depth, length);
}

/* [lower:upper][...]= before the braces; returns how many dimensions it names. */
static int
array_read_bounds(ArrayReader *reader, int *ret_dims, int *ret_lower)
{
    int ndim = 0;

    for (;;)
    {
        char *end;
        long lower;
        long upper;

        array_skip_space(reader);
        if (*reader->p != '[')
            break;
        if (ndim >= MAXDIM)
            ereport(ERROR, (errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
                            errmsg("number of array dimensions (%d) exceeds the maximum allowed (%d)",
                                   ndim + 1, MAXDIM)));
        lower = strtol(reader->p + 1, &end, 10);
        if (end == reader->p + 1)
            array_throw_malformed(reader, "\"[\" must introduce explicitly-specified array dimensions.");
        upper = lower;
        if (*end == ':')
        {
            char *start = end + 1;

            upper = strtol(start, &end, 10);
            if (end == start)
                array_throw_malformed(reader, "Missing array dimension value.");
        }
        else
            lower = 1;
        if (*end != ']')
            array_throw_malformed(reader, "Missing \"]\" after array dimensions.");
        if (upper < lower)
            ereport(ERROR, (errcode(ERRCODE_ARRAY_SUBSCRIPT_ERROR),
                            errmsg("upper bound cannot be less than lower bound")));
        if (lower != (int) lower || upper != (int) upper || upper == INT_MAX)
            ereport(ERROR, (errcode(ERRCODE_ARRAY_SUBSCRIPT_ERROR),
                            errmsg("array upper bound is too large: %ld", upper)));
        ret_dims[ndim] = (int) (upper - lower + 1);
        ret_lower[ndim++] = (int) lower;
        reader->p = end + 1;
    }
    if (ndim > 0)
    {
        if (*reader->p != '=')
            array_throw_malformed(reader, "Missing \"=\" after array dimensions.");
        reader->p++;
        array_skip_space(reader);
    }
    return ndim;
}

SQL_FUNCTION(array_in)
{
    ArrayReader reader = {.p = PG_GETARG_CSTRING(0), .original = PG_GETARG_CSTRING(0),
                          .typmod = PG_GETARG_INT32(2)};
    Oid element = PG_GETARG_OID(1);
    int wanted[MAXDIM];
    int lower[MAXDIM];
    int wanted_count;

    reader.ops = types_ops(element);
    reader.delimiter = reader.ops->typdelim;
    wanted_count = array_read_bounds(&reader, wanted, lower);
    if (*reader.p != '{')
        array_throw_malformed(&reader, wanted_count > 0
                                           ? "Array contents must start with \"{\"."
                                           : "Array value must start with \"{\" or dimension information.");
    array_read_level(&reader, 0);
    array_skip_space(&reader);
    if (*reader.p != '\0')
        array_throw_malformed(&reader, "Junk after closing right brace.");
    if (wanted_count > 0 &&
        (wanted_count != reader.ndim ||
         memcmp(wanted, reader.dims, wanted_count * sizeof(int)) != 0))
        array_throw_malformed(&reader, "Specified array dimensions do not match array contents.");
    if (reader.count == 0)
        PG_RETURN_ARRAYTYPE_P(construct_empty_array(element));
    for (int i = 0; wanted_count == 0 && i < reader.ndim; i++)
        lower[i] = 1;
    PG_RETURN_ARRAYTYPE_P(construct_md_array(reader.values, reader.nulls, reader.ndim, reader.dims,
                                             lower, element, reader.ops->typlen,
                                             reader.ops->typbyval, reader.ops->typalign));
}

/* ---- output ---- */

static bool
array_needs_quotes(const char *s, char delimiter)
{
    if (*s == '\0' || pg_strcasecmp(s, "NULL") == 0)
        return true;
    for (; *s != '\0'; s++)
        if (*s == '"' || *s == '\\' || *s == '{' || *s == '}' || *s == delimiter ||
            scanner_isspace(*s))
            return true;
    return false;
}

static void
array_put_text(StringInfo out, const char *s, char delimiter)
{
    if (!array_needs_quotes(s, delimiter))
    {
        appendStringInfoString(out, s);
        return;
    }
    appendStringInfoChar(out, '"');
    for (; *s != '\0'; s++)
    {
        if (*s == '"' || *s == '\\')
            appendStringInfoChar(out, '\\');
        appendStringInfoChar(out, *s);
    }
    appendStringInfoChar(out, '"');
}

static void
array_put_level(StringInfo out, ArrayType *array, TypeOps *ops, ArrayWalk *walk, int depth)
{
    appendStringInfoChar(out, '{');
    for (int i = 0; i < ARR_DIMS(array)[depth]; i++)
    {
        Datum value;
        bool null;

        if (i > 0)
            appendStringInfoChar(out, ops->typdelim);
        if (depth + 1 < ARR_NDIM(array))
            array_put_level(out, array, ops, walk, depth + 1);
        else if (!array_walk_next(walk, &value, &null) || null)
            appendStringInfoString(out, "NULL");
        else
        {
            char *text = OutputFunctionCall(&ops->output, value);

            array_put_text(out, text, ops->typdelim);
            pfree(text);
        }
    }
    appendStringInfoChar(out, '}');
}

SQL_FUNCTION(array_out)
{
    ArrayType *array = PG_GETARG_ARRAYTYPE_P(0);
    TypeOps *ops = types_ops(ARR_ELEMTYPE(array));
    StringInfoData out;
    ArrayWalk walk;
    bool plain = true;

    if (ArrayGetNItems(ARR_NDIM(array), ARR_DIMS(array)) == 0)
        PG_RETURN_CSTRING(pstrdup("{}"));
    initStringInfo(&out);
    for (int i = 0; i < ARR_NDIM(array); i++)
        plain &= ARR_LBOUND(array)[i] == 1;
    if (!plain)
    {
        for (int i = 0; i < ARR_NDIM(array); i++)
            appendStringInfo(&out, "[%d:%d]", ARR_LBOUND(array)[i],
                             ARR_LBOUND(array)[i] + ARR_DIMS(array)[i] - 1);
        appendStringInfoChar(&out, '=');
    }
    array_walk_begin(&walk, array, ops->typlen, ops->typbyval, ops->typalign);
    array_put_level(&out, array, ops, &walk, 0);
    PG_RETURN_CSTRING(out.data);
}

/* ---- binary ---- */

pg_noreturn static void
array_throw_binary(const char *message)
{
    ereport(ERROR, (errcode(ERRCODE_INVALID_BINARY_REPRESENTATION), errmsg("%s", message)));
    pg_unreachable();
}

SQL_FUNCTION(array_recv)
{
    StringInfo buf = (StringInfo) PG_GETARG_POINTER(0);
    Oid wanted = PG_GETARG_OID(1);
    int32 typmod = PG_GETARG_INT32(2);
    int ndim = (int) pq_getmsgint(buf, 4);
    int flags;
    Oid element;
    TypeOps *ops;
    int dims[MAXDIM];
    int lower[MAXDIM];
    int count;
    Datum *values;
    bool *nulls;

    if (ndim < 0)
        array_throw_binary(psprintf("invalid number of dimensions: %d", ndim));
    if (ndim > MAXDIM)
        ereport(ERROR, (errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
                        errmsg("number of array dimensions (%d) exceeds the maximum allowed (%d)",
                               ndim, MAXDIM)));
    flags = (int) pq_getmsgint(buf, 4);
    if (flags != 0 && flags != 1)
        array_throw_binary("invalid array flags");
    element = pq_getmsgint(buf, 4);
    if (element != wanted)
        ereport(ERROR, (errcode(ERRCODE_DATATYPE_MISMATCH),
                        errmsg("binary data has array element type %u (%s) instead of expected %u (%s)",
                               element, format_type_extended(element, -1, FORMAT_TYPE_ALLOW_INVALID),
                               wanted, format_type_extended(wanted, -1, FORMAT_TYPE_ALLOW_INVALID))));
    for (int i = 0; i < ndim; i++)
    {
        dims[i] = (int) pq_getmsgint(buf, 4);
        lower[i] = (int) pq_getmsgint(buf, 4);
    }
    count = ArrayGetNItems(ndim, dims);
    ArrayCheckBounds(ndim, dims, lower);
    if (count == 0)
        PG_RETURN_ARRAYTYPE_P(construct_empty_array(element));
    if (count > buf->len - buf->cursor)
        array_throw_binary("insufficient data left in message");
    ops = types_ops_binary(element);
    values = palloc(count * sizeof(Datum));
    nulls = palloc(count * sizeof(bool));
    for (int i = 0; i < count; i++)
    {
        int size = (int) pq_getmsgint(buf, 4);
        StringInfoData part;

        nulls[i] = size == -1;
        values[i] = (Datum) 0;
        if (size == -1)
            continue;
        if (size < -1 || size > buf->len - buf->cursor)
            array_throw_binary("insufficient data left in message");
        initStringInfo(&part);
        appendBinaryStringInfo(&part, pq_getmsgbytes(buf, size), size);
        values[i] = ReceiveFunctionCall(&ops->receive, &part, ops->typioparam, typmod);
        if (part.cursor != part.len)
            array_throw_binary(psprintf("improper binary format in array element %d", i + 1));
    }
    PG_RETURN_ARRAYTYPE_P(construct_md_array(values, nulls, ndim, dims, lower, element, ops->typlen,
                                             ops->typbyval, ops->typalign));
}

SQL_FUNCTION(array_send)
{
    ArrayType *array = PG_GETARG_ARRAYTYPE_P(0);
    TypeOps *ops = types_ops_binary(ARR_ELEMTYPE(array));
    StringInfoData buf;
    ArrayWalk walk;
    Datum value;
    bool null;

    pq_begintypsend(&buf);
    pq_sendint32(&buf, (uint32) ARR_NDIM(array));
    pq_sendint32(&buf, ARR_HASNULL(array) ? 1 : 0);
    pq_sendint32(&buf, ARR_ELEMTYPE(array));
    for (int i = 0; i < ARR_NDIM(array); i++)
    {
        pq_sendint32(&buf, (uint32) ARR_DIMS(array)[i]);
        pq_sendint32(&buf, (uint32) ARR_LBOUND(array)[i]);
    }
    array_walk_begin(&walk, array, ops->typlen, ops->typbyval, ops->typalign);
    while (array_walk_next(&walk, &value, &null))
    {
        bytea *bytes;

        if (null)
        {
            pq_sendint32(&buf, (uint32) -1);
            continue;
        }
        bytes = SendFunctionCall(&ops->send, value);
        pq_sendint32(&buf, (uint32) VARSIZE_ANY_EXHDR(bytes));
        pq_sendbytes(&buf, VARDATA_ANY(bytes), (int) VARSIZE_ANY_EXHDR(bytes));
        pfree(bytes);
    }
    PG_RETURN_BYTEA_P(pq_endtypsend(&buf));
}
