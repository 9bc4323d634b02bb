/*
 * json.c - the json type: text and binary, taking apart
 */
#include "json_int.h"
#include "types/array.h"
#include "types/funcapi.h"
#include "catalog/typcache.h"
#include "heap/tuple.h"

SQL_FUNCTION(json_in)
{
    const char *s = PG_GETARG_CSTRING(0);
    int length = (int) strlen(s);

    json_check(s, length);
    PG_RETURN_TEXT_P(cstring_to_text_with_len(s, length));
}

SQL_FUNCTION(json_out)
{
    PG_RETURN_CSTRING(text_to_cstring(PG_GETARG_TEXT_PP(0)));
}

SQL_FUNCTION(json_recv)
{
    StringInfo buf = (StringInfo) PG_GETARG_POINTER(0);
    int length;
    char *s = pq_getmsgtext(buf, buf->len - buf->cursor, &length);

    json_check(s, length);
    PG_RETURN_TEXT_P(cstring_to_text_with_len(s, length));
}

SQL_FUNCTION(json_send)
{
    return textsend(fcinfo);
}

/* ---- taking apart ---- */

static JsonValue
json_root(text *json)
{
    return json_value_at(VARDATA_ANY(json), VARDATA_ANY(json) + VARSIZE_ANY_EXHDR(json));
}

static const char *
json_kind_name(JsonKind kind)
{
    static const char *const names[] = {"object", "array", "string", "number", "boolean", "boolean",
                                        "null"};

    return names[kind];
}

SQL_FUNCTION(json_typeof)
{
    PG_RETURN_TEXT_P(cstring_to_text(json_kind_name(json_root(PG_GETARG_TEXT_PP(0)).kind)));
}

/* The last member of that name. */
static bool
json_find_member(const JsonValue *object, const char *name, int length, JsonValue *ret)
{
    const char *p = object->start + 1;
    JsonValue key;
    JsonValue value;
    bool found = false;

    while (object->kind == JSON_OBJECT && json_next(&p, object->end, true, &key, &value))
    {
        int key_length;
        char *text = json_unescape(&key, &key_length);

        if (key_length == length && memcmp(text, name, length) == 0)
        {
            *ret = value;
            found = true;
        }
        pfree(text);
    }
    return found;
}

static int
json_count_elements(const JsonValue *array)
{
    const char *p = array->start + 1;
    JsonValue value;
    int count = 0;

    while (json_next(&p, array->end, false, NULL, &value))
        count++;
    return count;
}

static bool
json_find_element(const JsonValue *array, int index, JsonValue *ret)
{
    const char *p = array->start + 1;

    if (array->kind != JSON_ARRAY)
        return false;
    if (index < 0)
        index += json_count_elements(array);
    while (index >= 0 && json_next(&p, array->end, false, NULL, ret))
        if (index-- == 0)
            return true;
    return false;
}

/* The value as json, or as text (a string without quotes, null as NULL). */
static Datum
json_return_value(FunctionCallInfo fcinfo, const JsonValue *value, bool as_text)
{
    if (as_text && value->kind == JSON_NULL)
        PG_RETURN_NULL();
    if (as_text && value->kind == JSON_STRING)
    {
        int length;
        char *s = json_unescape(value, &length);

        PG_RETURN_TEXT_P(cstring_to_text_with_len(s, length));
    }
    PG_RETURN_TEXT_P(cstring_to_text_with_len(value->start, (int) (value->end - value->start)));
}

static Datum
json_get_member(FunctionCallInfo fcinfo, bool as_text)
{
    JsonValue root = json_root(PG_GETARG_TEXT_PP(0));
    text *name = PG_GETARG_TEXT_PP(1);
    JsonValue value;

    if (!json_find_member(&root, VARDATA_ANY(name), (int) VARSIZE_ANY_EXHDR(name), &value))
        PG_RETURN_NULL();
    return json_return_value(fcinfo, &value, as_text);
}

static Datum
json_get_element(FunctionCallInfo fcinfo, bool as_text)
{
    JsonValue root = json_root(PG_GETARG_TEXT_PP(0));
    JsonValue value;

    if (!json_find_element(&root, PG_GETARG_INT32(1), &value))
        PG_RETURN_NULL();
    return json_return_value(fcinfo, &value, as_text);
}

SQL_FUNCTION(json_object_field)
{
    return json_get_member(fcinfo, false);
}

SQL_FUNCTION(json_object_field_text)
{
    return json_get_member(fcinfo, true);
}

SQL_FUNCTION(json_array_element)
{
    return json_get_element(fcinfo, false);
}

SQL_FUNCTION(json_array_element_text)
{
    return json_get_element(fcinfo, true);
}

static Datum
json_get_path(FunctionCallInfo fcinfo, bool as_text)
{
    JsonValue value = json_root(PG_GETARG_TEXT_PP(0));
    Datum *steps;
    bool *nulls;
    int count;

    array_deconstruct(PG_GETARG_ARRAYTYPE_P(1), &steps, &nulls, &count);
    for (int i = 0; i < count; i++)
    {
        char *step;
        bool found;

        if (nulls[i])
            PG_RETURN_NULL();
        step = TextDatumGetCString(steps[i]);
        if (value.kind == JSON_ARRAY)
        {
            char *end;
            long index;

            errno = 0;
            index = strtol(step, &end, 10);
            found = end != step && *end == '\0' && errno == 0 && index == (int) index &&
                    json_find_element(&value, (int) index, &value);
        }
        else
            found = json_find_member(&value, step, (int) strlen(step), &value);
        if (!found)
            PG_RETURN_NULL();
    }
    return json_return_value(fcinfo, &value, as_text);
}

SQL_FUNCTION(json_extract_path)
{
    return json_get_path(fcinfo, false);
}

SQL_FUNCTION(json_extract_path_text)
{
    return json_get_path(fcinfo, true);
}

pg_noreturn static void
json_throw_kind(const char *message)
{
    ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE), errmsg("%s", message)));
    pg_unreachable();
}

SQL_FUNCTION(json_array_length)
{
    JsonValue root = json_root(PG_GETARG_TEXT_PP(0));

    if (root.kind == JSON_OBJECT)
        json_throw_kind("cannot get array length of a non-array");
    if (root.kind != JSON_ARRAY)
        json_throw_kind("cannot get array length of a scalar");
    PG_RETURN_INT32(json_count_elements(&root));
}

/* ---- sets ---- */

typedef struct JsonSeries
{
    JsonValue root;
    const char *p;
} JsonSeries;

static JsonSeries *
json_series(FunctionCallInfo fcinfo, JsonKind wanted, const char *function,
            FuncCallContext **ret_context)
{
    FuncCallContext *funcctx;
    JsonSeries *series;

    if (SRF_IS_FIRSTCALL())
    {
        MemoryContext old;
        JsonValue root = json_root(PG_GETARG_TEXT_PP(0));

        if (root.kind != wanted)
            json_throw_kind(root.kind == JSON_ARRAY || root.kind == JSON_OBJECT
                                ? psprintf(wanted == JSON_ARRAY ? "cannot call %s on a non-array"
                                                                : "cannot call %s on an array",
                                           function)
                                : psprintf("cannot call %s on a scalar", function));
        funcctx = SRF_FIRSTCALL_INIT();
        old = MemoryContextSwitchTo(funcctx->multi_call_memory_ctx);
        series = palloc(sizeof(*series));
        series->root = json_root(PG_GETARG_TEXT_P_COPY(0));
        series->p = series->root.start + 1;
        funcctx->user_fctx = series;
        MemoryContextSwitchTo(old);
    }
    *ret_context = SRF_PERCALL_SETUP();
    return (*ret_context)->user_fctx;
}

static Datum
json_elements(FunctionCallInfo fcinfo, bool as_text, const char *function)
{
    FuncCallContext *funcctx;
    JsonSeries *series = json_series(fcinfo, JSON_ARRAY, function, &funcctx);
    JsonValue value;
    Datum result;

    if (!json_next(&series->p, series->root.end, false, NULL, &value))
        SRF_RETURN_DONE(funcctx);
    result = json_return_value(fcinfo, &value, as_text);
    if (fcinfo->isnull)
        SRF_RETURN_NEXT_NULL(funcctx);
    SRF_RETURN_NEXT(funcctx, result);
}

SQL_FUNCTION(json_array_elements)
{
    return json_elements(fcinfo, false, "json_array_elements");
}

SQL_FUNCTION(json_array_elements_text)
{
    return json_elements(fcinfo, true, "json_array_elements_text");
}

SQL_FUNCTION(json_object_keys)
{
    FuncCallContext *funcctx;
    JsonSeries *series = json_series(fcinfo, JSON_OBJECT, "json_object_keys", &funcctx);
    JsonValue key;
    JsonValue value;

    if (!json_next(&series->p, series->root.end, true, &key, &value))
        SRF_RETURN_DONE(funcctx);
    SRF_RETURN_NEXT(funcctx, CStringGetTextDatum(json_unescape(&key, NULL)));
}

static Datum
json_each_member(FunctionCallInfo fcinfo, bool as_text, const char *function)
{
    FuncCallContext *funcctx;
    JsonSeries *series = json_series(fcinfo, JSON_OBJECT, function, &funcctx);
    JsonValue key;
    JsonValue value;
    Datum values[2];
    bool nulls[2] = {false, false};

    if (funcctx->tuple_desc == NULL)
    {
        MemoryContext old = MemoryContextSwitchTo(funcctx->multi_call_memory_ctx);

        funcctx->tuple_desc = CreateTemplateTupleDesc(2);
        TupleDescInitEntry(funcctx->tuple_desc, 1, "key", TEXTOID, -1, 0);
        TupleDescInitEntry(funcctx->tuple_desc, 2, "value", as_text ? TEXTOID : JSONOID, -1, 0);
        assign_record_type_typmod(funcctx->tuple_desc);
        MemoryContextSwitchTo(old);
    }
    if (!json_next(&series->p, series->root.end, true, &key, &value))
        SRF_RETURN_DONE(funcctx);
    values[0] = CStringGetTextDatum(json_unescape(&key, NULL));
    values[1] = json_return_value(fcinfo, &value, as_text);
    nulls[1] = fcinfo->isnull;
    fcinfo->isnull = false;
    SRF_RETURN_NEXT(funcctx,
                    heap_copy_tuple_as_datum(heap_form_tuple(funcctx->tuple_desc, values, nulls),
                                             funcctx->tuple_desc));
}

SQL_FUNCTION(json_each)
{
    return json_each_member(fcinfo, false, "json_each");
}

SQL_FUNCTION(json_each_text)
{
    return json_each_member(fcinfo, true, "json_each_text");
}

/* ---- without null members ---- */

static void
json_put_stripped(StringInfo out, const JsonValue *value)
{
    bool object = value->kind == JSON_OBJECT;
    const char *p = value->start + 1;
    JsonValue key;
    JsonValue member;
    bool any = false;

    if (!object && value->kind != JSON_ARRAY)
    {
        if (value->kind == JSON_STRING)
        {
            int length;
            char *s = json_unescape(value, &length);

            json_put_string(out, s, length);
        }
        else
            appendBinaryStringInfo(out, value->start, (int) (value->end - value->start));
        return;
    }
    appendStringInfoChar(out, object ? '{' : '[');
    while (json_next(&p, value->end, object, &key, &member))
    {
        if (object && member.kind == JSON_NULL)
            continue;
        if (any)
            appendStringInfoChar(out, ',');
        any = true;
        if (object)
        {
            json_put_stripped(out, &key);
            appendStringInfoChar(out, ':');
        }
        json_put_stripped(out, &member);
    }
    appendStringInfoChar(out, object ? '}' : ']');
}

SQL_FUNCTION(json_strip_nulls)
{
    JsonValue root = json_root(PG_GETARG_TEXT_PP(0));
    StringInfoData out;

    initStringInfo(&out);
    json_put_stripped(&out, &root);
    PG_RETURN_TEXT_P(cstring_to_text_with_len(out.data, out.len));
}
