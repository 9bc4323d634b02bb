/*
 * json_build.c - SQL values as JSON: to_json, row_to_json, json_build_*, json_agg
 */
#include "json_int.h"
#include "types/array.h"
#include "types/datetime.h"
#include "types/funcapi.h"
#include "types/typeinfo.h"
#include "catalog/lsyscache.h"
#include "datetime_int.h"
#include "heap/tuple.h"

void
json_put_string(StringInfo out, const char *text, int length)
{
    appendStringInfoChar(out, '"');
    for (int i = 0; i < length; i++)
    {
        switch (text[i])
        {
            case '"':
                appendStringInfoString(out, "\\\"");
                break;
            case '\\':
                appendStringInfoString(out, "\\\\");
                break;
            case '\b':
                appendStringInfoString(out, "\\b");
                break;
            case '\f':
                appendStringInfoString(out, "\\f");
                break;
            case '\n':
                appendStringInfoString(out, "\\n");
                break;
            case '\r':
                appendStringInfoString(out, "\\r");
                break;
            case '\t':
                appendStringInfoString(out, "\\t");
                break;
            default:
                if ((unsigned char) text[i] < ' ')
                    appendStringInfo(out, "\\u%04x", text[i]);
                else
                    appendStringInfoChar(out, text[i]);
        }
    }
    appendStringInfoChar(out, '"');
}

static void
json_put_cstring(StringInfo out, const char *text)
{
    json_put_string(out, text, (int) strlen(text));
}

/* Dates and times are written as XML Schema has them, whatever DateStyle says. */
static bool
json_put_datetime(StringInfo out, Oid type, Datum value)
{
    char text[128];
    struct pg_tm tm;
    fsec_t fsec;
    int zone = 0;
    const char *zone_name;
    bool zoned = type == TIMESTAMPTZOID;
    int old_style = DateStyle;

    if (type == DATEOID)
    {
        DateStyle = USE_XSD_DATES;
        json_put_cstring(out, types_output(type, value));
        DateStyle = old_style;
        return true;
    }
    if (type != TIMESTAMPOID && !zoned)
        return false;
    if (TIMESTAMP_NOT_FINITE(DatumGetTimestamp(value)))
    {
        json_put_cstring(out, TIMESTAMP_IS_NOBEGIN(DatumGetTimestamp(value)) ? "-infinity"
                                                                             : "infinity");
        return true;
    }
    if (!timestamp2tm(DatumGetTimestamp(value), zoned ? &zone : NULL, &tm, &fsec, &zone_name, NULL))
        ereport(ERROR, (errcode(ERRCODE_DATETIME_FIELD_OVERFLOW), errmsg("timestamp out of range")));
    datetime_encode(&tm, fsec, zoned, zone, zone_name, USE_XSD_DATES, text);
    json_put_cstring(out, text);
    return true;
}

static void
json_put_array_level(StringInfo out, ArrayType *array, TypeOps *ops, ArrayWalk *walk, int depth,
                     bool pretty)
{
    appendStringInfoChar(out, '[');
    for (int i = 0; i < ARR_DIMS(array)[depth]; i++)
    {
        Datum value;
        bool null;

        if (i > 0)
            appendStringInfoString(out, pretty && depth == 0 ? ",\n " : ",");
        if (depth + 1 < ARR_NDIM(array))
            json_put_array_level(out, array, ops, walk, depth + 1, false);
        else if (array_walk_next(walk, &value, &null))
            json_put_datum(out, ops->type, value, null, false, false, depth + 1);
    }
    appendStringInfoChar(out, ']');
}

static void
json_put_array(StringInfo out, Datum value, bool pretty)
{
    ArrayType *array = DatumGetArrayTypeP(value);
    TypeOps *ops = types_ops(ARR_ELEMTYPE(array));
    ArrayWalk walk;

    if (ARR_NDIM(array) == 0)
    {
        appendStringInfoString(out, "[]");
        return;
    }
    array_walk_begin(&walk, array, ops->typlen, ops->typbyval, ops->typalign);
    json_put_array_level(out, array, ops, &walk, 0, pretty);
}

static void
json_put_record(StringInfo out, Datum value, bool pretty, int depth)
{
    HeapTupleData tuple;
    Oid type;
    int32 typmod;
    TupleDesc desc;
    bool any = false;

    heap_tuple_from_datum(PointerGetDatum(PG_DETOAST_DATUM(value)), &tuple, &type, &typmod);
    desc = lookup_rowtype_tupdesc(type, typmod);
    appendStringInfoChar(out, '{');
    for (int i = 0; i < desc->natts; i++)
    {
        Form_pg_attribute attribute = TupleDescAttr(desc, i);
        Datum column;
        bool null;

        if (attribute->attisdropped)
            continue;
        if (any)
            appendStringInfoString(out, pretty ? ",\n " : ",");
        any = true;
        json_put_cstring(out, NameStr(attribute->attname));
        appendStringInfoChar(out, ':');
        column = heap_getattr(&tuple, i + 1, desc, &null);
        json_put_datum(out, attribute->atttypid, column, null, false, false, depth + 1);
    }
    appendStringInfoChar(out, '}');
    ReleaseTupleDesc(desc);
}

/* A number that JSON can show; NaN and the infinities become strings. */
static void
json_put_number(StringInfo out, const char *text, bool key)
{
    const char *p = text + (*text == '-');

    if (!key && isdigit((unsigned char) *p))
        appendStringInfoString(out, text);
    else
        json_put_cstring(out, text);
}

/* Is there a cast function from the type to json? Then it decides. */
static Oid
json_cast_function(Oid type)
{
    const CastInfo *cast = type >= FirstNormalObjectId ? catalog_cast(type, JSONOID) : NULL;

    return cast != NULL && cast->castmethod == 'f' ? cast->castfunc : InvalidOid;
}

void
json_put_datum(StringInfo out, Oid type, Datum value, bool null, bool key, bool pretty, int depth)
{
    TypeOps *ops;
    Oid cast;

    if (null)
    {
        appendStringInfoString(out, "null");
        return;
    }
    type = getBaseType(type);
    ops = types_ops(type);
    if (key && (OidIsValid(ops->element) || ops->typtype == TYPTYPE_COMPOSITE || type == RECORDOID ||
                type == JSONOID || type == JSONBOID))
        ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE),
                        errmsg("key value must be scalar, not array, composite, or json")));
    switch (type)
    {
        case BOOLOID:
            appendStringInfoString(out, key ? DatumGetBool(value) ? "\"true\"" : "\"false\""
                                        : DatumGetBool(value) ? "true"
                                                              : "false");
            return;
        case INT2OID:
        case INT4OID:
        case INT8OID:
        case FLOAT4OID:
        case FLOAT8OID:
        case NUMERICOID:
            json_put_number(out, OutputFunctionCall(&ops->output, value), key);
            return;
        case JSONOID:
        case JSONBOID:
            appendStringInfoString(out, OutputFunctionCall(&ops->output, value));
            return;
        default:
            break;
    }
    if (json_put_datetime(out, type, value))
        return;
    if (OidIsValid(ops->element) || type == ANYARRAYOID)
        json_put_array(out, value, pretty);
    else if (type == RECORDOID || ops->typtype == TYPTYPE_COMPOSITE)
        json_put_record(out, value, pretty, depth);
    else if (OidIsValid(cast = json_cast_function(type)))
        appendStringInfoString(out, TextDatumGetCString(OidFunctionCall1(cast, value)));
    else
        json_put_cstring(out, OutputFunctionCall(&ops->output, value));
}

/* ---- functions ---- */

static Oid
json_argument_type(FunctionCallInfo fcinfo, int argument)
{
    Oid type = get_fn_expr_argtype(fcinfo->flinfo, argument);

    if (!OidIsValid(type))
        ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE),
                        errmsg("could not determine input data type")));
    return type;
}

static Datum
json_of_value(Oid type, Datum value, bool pretty)
{
    StringInfoData out;

    initStringInfo(&out);
    json_put_datum(&out, type, value, false, false, pretty, 0);
    PG_RETURN_TEXT_P(cstring_to_text_with_len(out.data, out.len));
}

SQL_FUNCTION(to_json)
{
    return json_of_value(json_argument_type(fcinfo, 0), PG_GETARG_DATUM(0), false);
}

SQL_FUNCTION(row_to_json)
{
    return json_of_value(RECORDOID, PG_GETARG_DATUM(0), false);
}

SQL_FUNCTION(row_to_json_pretty)
{
    return json_of_value(RECORDOID, PG_GETARG_DATUM(0), PG_GETARG_BOOL(1));
}

SQL_FUNCTION(array_to_json)
{
    return json_of_value(ANYARRAYOID, PG_GETARG_DATUM(0), false);
}

SQL_FUNCTION(array_to_json_pretty)
{
    return json_of_value(ANYARRAYOID, PG_GETARG_DATUM(0), PG_GETARG_BOOL(1));
}

SQL_FUNCTION(json_build_array)
{
    Datum *values;
    Oid *types;
    bool *nulls;
    int count = extract_variadic_args(fcinfo, 0, true, &values, &types, &nulls);
    StringInfoData out;

    if (count < 0)
        PG_RETURN_NULL();
    initStringInfo(&out);
    appendStringInfoChar(&out, '[');
    for (int i = 0; i < count; i++)
    {
        if (i > 0)
            appendStringInfoString(&out, ", ");
        json_put_datum(&out, types[i], values[i], nulls[i], false, false, 0);
    }
    appendStringInfoChar(&out, ']');
    PG_RETURN_TEXT_P(cstring_to_text_with_len(out.data, out.len));
}

SQL_FUNCTION(json_build_array_noargs)
{
    PG_RETURN_TEXT_P(cstring_to_text("[]"));
}

SQL_FUNCTION(json_build_object)
{
    Datum *values;
    Oid *types;
    bool *nulls;
    int count = extract_variadic_args(fcinfo, 0, true, &values, &types, &nulls);
    StringInfoData out;

    if (count < 0)
        PG_RETURN_NULL();
    if (count % 2 != 0)
        ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE),
                        errmsg("argument list must have even number of elements"),
                        errhint("The arguments of %s must consist of alternating keys and values.",
                                "json_build_object()")));
    initStringInfo(&out);
    appendStringInfoChar(&out, '{');
    for (int i = 0; i < count; i += 2)
    {
        if (nulls[i])
            ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE),
                            errmsg("argument %d cannot be null", i + 1),
                            errhint("Object keys should be text.")));
        if (i > 0)
            appendStringInfoString(&out, ", ");
        json_put_datum(&out, types[i], values[i], false, true, false, 0);
        appendStringInfoString(&out, " : ");
        json_put_datum(&out, types[i + 1], values[i + 1], nulls[i + 1], false, false, 0);
    }
    appendStringInfoChar(&out, '}');
    PG_RETURN_TEXT_P(cstring_to_text_with_len(out.data, out.len));
}

SQL_FUNCTION(json_build_object_noargs)
{
    PG_RETURN_TEXT_P(cstring_to_text("{}"));
}

/* ---- aggregates: the state is the text so far ---- */

static StringInfo
json_agg_state(FunctionCallInfo fcinfo, char open)
{
    MemoryContext old;
    StringInfo state;

    if (!PG_ARGISNULL(0))
        return (StringInfo) PG_GETARG_POINTER(0);
    old = MemoryContextSwitchTo(types_aggregate_context(fcinfo, "json_agg_transfn"));
    state = makeStringInfo();
    appendStringInfoChar(state, open);
    MemoryContextSwitchTo(old);
    return state;
}

static Datum
json_agg_finish(FunctionCallInfo fcinfo, const char *close)
{
    StringInfo state = PG_ARGISNULL(0) ? NULL : (StringInfo) PG_GETARG_POINTER(0);
    text *result;

    if (state == NULL)
        PG_RETURN_NULL();
    result = cstring_to_text(psprintf("%s%s", state->data, close));
    PG_RETURN_TEXT_P(result);
}

SQL_FUNCTION(json_agg_transfn)
{
    Oid type = json_argument_type(fcinfo, 1);
    bool first = PG_ARGISNULL(0);
    StringInfo state = json_agg_state(fcinfo, '[');
    TypeOps *ops = types_ops(type);
    bool composite = OidIsValid(ops->element) || type == RECORDOID ||
                     ops->typtype == TYPTYPE_COMPOSITE;

    if (!first)
        appendStringInfoString(state, ", ");
    /* Rows and arrays each begin a line. */
    if (!first && !PG_ARGISNULL(1) && composite)
        appendStringInfoString(state, "\n ");
    json_put_datum(state, type, PG_GETARG_DATUM(1), PG_ARGISNULL(1), false, false, 0);
    PG_RETURN_POINTER(state);
}

SQL_FUNCTION(json_agg_finalfn)
{
    return json_agg_finish(fcinfo, "]");
}

SQL_FUNCTION(json_object_agg_transfn)
{
    bool first = PG_ARGISNULL(0);
    StringInfo state;

    if (PG_ARGISNULL(1))
        ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE),
                        errmsg("field name must not be null")));
    state = json_agg_state(fcinfo, '{');
    appendStringInfoString(state, first ? " " : ", ");
    json_put_datum(state, json_argument_type(fcinfo, 1), PG_GETARG_DATUM(1), false, true, false, 0);
    appendStringInfoString(state, " : ");
    json_put_datum(state, json_argument_type(fcinfo, 2), PG_GETARG_DATUM(2), PG_ARGISNULL(2), false,
                   false, 0);
    PG_RETURN_POINTER(state);
}

SQL_FUNCTION(json_object_agg_finalfn)
{
    return json_agg_finish(fcinfo, " }");
}
