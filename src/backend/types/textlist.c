/*
 * textlist.c - many strings to one and one to many: quoting, concat, format, string_agg, arrays
 */
#include "types_int.h"
#include "types/array.h"
#include "types/encoding.h"
#include "types/funcapi.h"
#include "types/typeinfo.h"
#include "config/config.h"

/* ---- quoting ---- */

/* Quotes are doubled; a backslash makes it an E'' string. */
char *
quote_literal_cstr(const char *rawstr)
{
    StringInfoData out;

    initStringInfo(&out);
    if (strchr(rawstr, '\\') != NULL)
        appendStringInfoChar(&out, 'E');
    appendStringInfoChar(&out, '\'');
    for (const char *p = rawstr; *p != '\0'; p++)
    {
        if (*p == '\'' || *p == '\\')
            appendStringInfoChar(&out, *p);
        appendStringInfoChar(&out, *p);
    }
    appendStringInfoChar(&out, '\'');
    return out.data;
}

SQL_FUNCTION(quote_ident)
{
    PG_RETURN_TEXT_P(cstring_to_text(quote_identifier(text_to_cstring(PG_GETARG_TEXT_PP(0)))));
}

SQL_FUNCTION(quote_literal)
{
    PG_RETURN_TEXT_P(cstring_to_text(quote_literal_cstr(text_to_cstring(PG_GETARG_TEXT_PP(0)))));
}

SQL_FUNCTION(quote_nullable)
{
    if (PG_ARGISNULL(0))
        PG_RETURN_TEXT_P(cstring_to_text("NULL"));
    return quote_literal(fcinfo);
}

/* ---- concat ---- */

static void
textlist_put_value(StringInfo out, Oid type, Datum value)
{
    if (type == TEXTOID || type == VARCHAROID)
    {
        text *t = DatumGetTextPP(value);

        appendBinaryStringInfo(out, VARDATA_ANY(t), (int) VARSIZE_ANY_EXHDR(t));
    }
    else
        appendStringInfoString(out, types_output(type, value));
}

/* False where a VARIADIC array is NULL. */
static bool
textlist_concat(FunctionCallInfo fcinfo, const char *separator, int separator_length, int first,
                StringInfo out)
{
    Datum *values;
    Oid *types;
    bool *nulls;
    int count = extract_variadic_args(fcinfo, first, false, &values, &types, &nulls);
    bool any = false;

    if (count < 0)
        return false;
    initStringInfo(out);
    for (int i = 0; i < count; i++)
    {
        if (nulls[i])
            continue;
        if (any)
            appendBinaryStringInfo(out, separator, separator_length);
        any = true;
        textlist_put_value(out, types[i], values[i]);
    }
    return true;
}

SQL_FUNCTION(text_concat)
{
    StringInfoData out;

    if (!textlist_concat(fcinfo, "", 0, 0, &out))
        PG_RETURN_NULL();
    PG_RETURN_TEXT_P(cstring_to_text_with_len(out.data, out.len));
}

SQL_FUNCTION(text_concat_ws)
{
    StringInfoData out;
    text *separator;

    if (PG_ARGISNULL(0))
        PG_RETURN_NULL();
    separator = PG_GETARG_TEXT_PP(0);
    if (!textlist_concat(fcinfo, VARDATA_ANY(separator), (int) VARSIZE_ANY_EXHDR(separator), 1, &out))
        PG_RETURN_NULL();
    PG_RETURN_TEXT_P(cstring_to_text_with_len(out.data, out.len));
}

/* ---- format ---- */

typedef struct FormatSpec
{
    int argument; /* n$, or -1 */
    int width_argument; /* *n$, 0 for *, -1 for none */
    int width;
    bool left;
} FormatSpec;

pg_noreturn static void
format_throw(const char *message)
{
    ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE), errmsg("%s", message)));
    pg_unreachable();
}

static const char *
format_advance(const char *p, const char *end)
{
    if (++p >= end)
        ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE),
                        errmsg("unterminated format() type specifier"),
                        errhint("For a single \"%%\" use \"%%%%\".")));
    return p;
}

static bool
format_number(const char **p, const char *end, int *ret)
{
    bool found = false;

    *ret = 0;
    while (**p >= '0' && **p <= '9')
    {
        if (__builtin_mul_overflow(*ret, 10, ret) || __builtin_add_overflow(*ret, **p - '0', ret))
            types_throw_range("number is out of range");
        *p = format_advance(*p, end);
        found = true;
    }
    return found;
}

/* p is behind the percent sign; returns the place of the type letter. */
static const char *
format_parse(const char *p, const char *end, FormatSpec *spec)
{
    int n;

    *spec = (FormatSpec){-1, -1, 0, false};
    if (format_number(&p, end, &n))
    {
        if (*p != '$')
        {
            spec->width = n;
            return p;
        }
        if (n == 0)
            format_throw("format specifies argument 0, but arguments are numbered from 1");
        spec->argument = n;
        p = format_advance(p, end);
    }
    while (*p == '-')
    {
        spec->left = true;
        p = format_advance(p, end);
    }
    if (*p == '*')
    {
        p = format_advance(p, end);
        spec->width_argument = 0;
        if (format_number(&p, end, &n))
        {
            if (*p != '$')
                format_throw("width argument position must be ended by \"$\"");
            if (n == 0)
                format_throw("format specifies argument 0, but arguments are numbered from 1");
            spec->width_argument = n;
            p = format_advance(p, end);
        }
    }
    else if (format_number(&p, end, &n))
        spec->width = n;
    return p;
}

static void
format_put(StringInfo out, const char *text, FormatSpec *spec)
{
    int pad = spec->width - pg_mbstrlen(text);

    if (!spec->left && pad > 0)
        appendStringInfoSpaces(out, pad);
    appendStringInfoString(out, text);
    if (spec->left && pad > 0)
        appendStringInfoSpaces(out, pad);
}

static const char *
format_convert(char kind, Oid type, Datum value, bool null)
{
    const char *text;

    if (null)
    {
        if (kind == 'I')
            ereport(ERROR, (errcode(ERRCODE_NULL_VALUE_NOT_ALLOWED),
                            errmsg("null values cannot be formatted as an SQL identifier")));
        return kind == 'L' ? "NULL" : "";
    }
    text = types_output(type, value);
    if (kind == 'I')
        return quote_identifier(text);
    return kind == 'L' ? quote_literal_cstr(text) : text;
}

SQL_FUNCTION(text_format)
{
    StringInfoData out;
    text *format;
    const char *p;
    const char *end;
    Datum *values;
    Oid *types;
    bool *nulls;
    int count = 0;
    int next = 0;

    if (PG_ARGISNULL(0))
        PG_RETURN_NULL();
    if (PG_NARGS() > 1)
        count = Max(extract_variadic_args(fcinfo, 1, false, &values, &types, &nulls), 0);
    format = PG_GETARG_TEXT_PP(0);
    p = VARDATA_ANY(format);
    end = p + VARSIZE_ANY_EXHDR(format);
    initStringInfo(&out);
    for (; p < end; p++)
    {
        FormatSpec spec;
        int argument;

        if (*p != '%')
        {
            appendStringInfoChar(&out, *p);
            continue;
        }
        p = format_advance(p, end);
        if (*p == '%')
        {
            appendStringInfoChar(&out, '%');
            continue;
        }
        p = format_parse(p, end, &spec);
        if (strchr("sIL", *p) == NULL || *p == '\0')
            ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE),
                            errmsg("unrecognized format() type specifier \"%.*s\"", pg_mblen(p), p),
                            errhint("For a single \"%%\" use \"%%%%\".")));
        if (spec.width_argument >= 0)
        {
            argument = spec.width_argument > 0 ? spec.width_argument - 1 : next;
            if (argument >= count)
                format_throw("too few arguments for format()");
            next = argument + 1;
            spec.width = nulls[argument] ? 0 : pg_strtoint32(types_output(types[argument], values[argument]));
            if (spec.width < 0)
            {
                spec.left = true;
                if (spec.width == PG_INT32_MIN)
                    types_throw_range("number is out of range");
                spec.width = -spec.width;
            }
        }
        argument = spec.argument > 0 ? spec.argument - 1 : next;
        if (argument >= count)
            format_throw("too few arguments for format()");
        next = argument + 1;
        format_put(&out, format_convert(*p, types[argument], values[argument], nulls[argument]), &spec);
    }
    PG_RETURN_TEXT_P(cstring_to_text_with_len(out.data, out.len));
}

SQL_FUNCTION(text_format_nv)
{
    return text_format(fcinfo);
}

/* ---- string_agg ---- */

static Datum
string_agg_step(FunctionCallInfo fcinfo)
{
    StringInfo state = PG_ARGISNULL(0) ? NULL : (StringInfo) PG_GETARG_POINTER(0);

    if (!PG_ARGISNULL(1))
    {
        struct varlena *value = PG_GETARG_VARLENA_PP(1);

        if (state == NULL)
        {
            MemoryContext old = MemoryContextSwitchTo(types_aggregate_context(fcinfo,
                                                                              "string_agg_transfn"));

            state = makeStringInfo();
            MemoryContextSwitchTo(old);
        }
        else if (!PG_ARGISNULL(2))
        {
            struct varlena *separator = PG_GETARG_VARLENA_PP(2);

            appendBinaryStringInfo(state, VARDATA_ANY(separator), (int) VARSIZE_ANY_EXHDR(separator));
        }
        appendBinaryStringInfo(state, VARDATA_ANY(value), (int) VARSIZE_ANY_EXHDR(value));
    }
    if (state == NULL)
        PG_RETURN_NULL();
    PG_RETURN_POINTER(state);
}

static Datum
string_agg_final(FunctionCallInfo fcinfo)
{
    StringInfo state = PG_ARGISNULL(0) ? NULL : (StringInfo) PG_GETARG_POINTER(0);

    if (state == NULL)
        PG_RETURN_NULL();
    PG_RETURN_TEXT_P(cstring_to_text_with_len(state->data, state->len));
}

SQL_FUNCTION(string_agg_transfn)
{
    return string_agg_step(fcinfo);
}

SQL_FUNCTION(string_agg_finalfn)
{
    return string_agg_final(fcinfo);
}

SQL_FUNCTION(bytea_string_agg_transfn)
{
    return string_agg_step(fcinfo);
}

SQL_FUNCTION(bytea_string_agg_finalfn)
{
    return string_agg_final(fcinfo);
}

/* ---- string to array and back ---- */

/* All pieces as text[] elements; NULL string gives false. A NULL separator parts characters. */
static bool
textlist_split(FunctionCallInfo fcinfo, ArrayBuildState **ret_state)
{
    ArrayBuildState *state = initArrayResult(TEXTOID, CurrentMemoryContext, false);
    text *null_string = PG_NARGS() > 2 && !PG_ARGISNULL(2) ? PG_GETARG_TEXT_PP(2) : NULL;
    text *separator = PG_ARGISNULL(1) ? NULL : PG_GETARG_TEXT_PP(1);
    int separator_length = separator ? (int) VARSIZE_ANY_EXHDR(separator) : 0;
    text *source;
    const char *p;
    const char *end;

    *ret_state = state;
    if (PG_ARGISNULL(0))
        return false;
    source = PG_GETARG_TEXT_PP(0);
    p = VARDATA_ANY(source);
    end = p + VARSIZE_ANY_EXHDR(source);
    if (p == end)
        return true;
    for (;;)
    {
        const char *stop = end;
        bool null;

        if (separator == NULL)
            stop = p + Min(pg_mblen(p), (int) (end - p));
        else if (separator_length > 0)
        {
            const char *found = memmem(p, end - p, VARDATA_ANY(separator), separator_length);

            stop = found ? found : end;
        }
        null = null_string && (int) VARSIZE_ANY_EXHDR(null_string) == stop - p &&
               memcmp(VARDATA_ANY(null_string), p, stop - p) == 0;
        accumArrayResult(state,
                         null ? (Datum) 0
                              : PointerGetDatum(cstring_to_text_with_len(p, (int) (stop - p))),
                         null, TEXTOID, CurrentMemoryContext);
        if (stop == end)
            return true;
        p = separator == NULL ? stop : stop + separator_length;
    }
}

SQL_FUNCTION(text_to_array)
{
    ArrayBuildState *state;

    if (!textlist_split(fcinfo, &state))
        PG_RETURN_NULL();
    return makeArrayResult(state, CurrentMemoryContext);
}

SQL_FUNCTION(text_to_array_null)
{
    return text_to_array(fcinfo);
}

SQL_FUNCTION(text_to_table)
{
    FuncCallContext *funcctx;
    ArrayBuildState *state;
    uint64 i;

    if (SRF_IS_FIRSTCALL())
    {
        MemoryContext old;

        funcctx = SRF_FIRSTCALL_INIT();
        old = MemoryContextSwitchTo(funcctx->multi_call_memory_ctx);
        textlist_split(fcinfo, &state);
        funcctx->user_fctx = state;
        MemoryContextSwitchTo(old);
    }
    funcctx = SRF_PERCALL_SETUP();
    state = funcctx->user_fctx;
    i = funcctx->call_cntr;
    if (i >= (uint64) state->nelems)
        SRF_RETURN_DONE(funcctx);
    if (state->dnulls[i])
        SRF_RETURN_NEXT_NULL(funcctx);
    SRF_RETURN_NEXT(funcctx, state->dvalues[i]);
}

SQL_FUNCTION(text_to_table_null)
{
    return text_to_table(fcinfo);
}

static Datum
textlist_join(ArrayType *array, text *separator, text *null_string)
{
    TypeOps *ops = types_ops(ARR_ELEMTYPE(array));
    StringInfoData out;
    ArrayWalk walk;
    Datum value;
    bool null;
    bool any = false;

    initStringInfo(&out);
    array_walk_begin(&walk, array, ops->typlen, ops->typbyval, ops->typalign);
    while (array_walk_next(&walk, &value, &null))
    {
        if (null && null_string == NULL)
            continue;
        if (any)
            appendBinaryStringInfo(&out, VARDATA_ANY(separator), (int) VARSIZE_ANY_EXHDR(separator));
        any = true;
        if (null)
            appendBinaryStringInfo(&out, VARDATA_ANY(null_string), (int) VARSIZE_ANY_EXHDR(null_string));
        else
            textlist_put_value(&out, ops->type, value);
    }
    PG_RETURN_TEXT_P(cstring_to_text_with_len(out.data, out.len));
}

SQL_FUNCTION(array_to_text)
{
    return textlist_join(PG_GETARG_ARRAYTYPE_P(0), PG_GETARG_TEXT_PP(1), NULL);
}

SQL_FUNCTION(array_to_text_null)
{
    if (PG_ARGISNULL(0) || PG_ARGISNULL(1))
        PG_RETURN_NULL();
    return textlist_join(PG_GETARG_ARRAYTYPE_P(0), PG_GETARG_TEXT_PP(1),
                         PG_ARGISNULL(2) ? NULL : PG_GETARG_TEXT_PP(2));
}

/* ---- identifiers out of text ---- */

/* "schema.name" as List of palloc'd C strings; throws 42602. */
List *
textToQualifiedNameList(text *textval)
{
    List *names;

    if (!SplitIdentifierString(text_to_cstring(textval), '.', &names) || names == NIL)
        ereport(ERROR, (errcode(ERRCODE_INVALID_NAME), errmsg("invalid name syntax")));
    return names;
}
