/*
 * options.c - option lists: WITH (...), constants of SET, storage options of relations
 */
#include "commands_int.h"

#include "types/builtins.h"

char *
const_text(const RawNode *node)
{
    const PgQuery__AConst *constant;

    if (RAW_IS(node, INTEGER))
        return psprintf("%d", node->integer->ival);
    if (RAW_IS(node, FLOAT))
        return pstrdup(node->float_->fval);
    if (RAW_IS(node, STRING))
        return pstrdup(node->string->sval);
    if (RAW_IS(node, BOOLEAN))
        return pstrdup(node->boolean->boolval ? "true" : "false");
    if (RAW_IS(node, TYPE_NAME))
        return parser_type_name_text(node->type_name);
    if (!RAW_IS(node, A_CONST))
        elog(ERROR, "unrecognized node type: %d", (int) RAW_KIND(node));
    constant = node->a_const;
    switch (constant->val_case) {
        case PG_QUERY__A__CONST__VAL_IVAL:
            return psprintf("%d", constant->ival->ival);
        case PG_QUERY__A__CONST__VAL_FVAL:
            return pstrdup(constant->fval->fval);
        case PG_QUERY__A__CONST__VAL_BOOLVAL:
            return pstrdup(constant->boolval->boolval ? "true" : "false");
        case PG_QUERY__A__CONST__VAL_SVAL:
            return pstrdup(constant->sval->sval);
        default:
            elog(ERROR, "unrecognized constant of a setting");
    }
    return NULL;
}

bool
option_is(const PgQuery__DefElem *option, const char *name)
{
    return strcmp(option->defname, name) == 0;
}

char *
option_string(const PgQuery__DefElem *option)
{
    return RAW_KIND(option->arg) == PG_QUERY__NODE__NODE__NOT_SET ? NULL : const_text(option->arg);
}

bool
option_bool(const PgQuery__DefElem *option)
{
    const char *text = option_string(option);

    if (text == NULL || strcmp(text, "1") == 0 || pg_strcasecmp(text, "true") == 0 ||
        pg_strcasecmp(text, "on") == 0)
        return true;
    if (strcmp(text, "0") == 0 || pg_strcasecmp(text, "false") == 0 ||
        pg_strcasecmp(text, "off") == 0)
        return false;
    ereport(ERROR, (errcode(ERRCODE_SYNTAX_ERROR),
                    errmsg("%s requires a Boolean value", option->defname)));
    return false;
}

int64
option_int(const PgQuery__DefElem *option)
{
    const char *text = option_string(option);
    char *end;
    long long value;

    if (text == NULL)
        ereport(ERROR, (errcode(ERRCODE_SYNTAX_ERROR),
                        errmsg("%s requires a numeric value", option->defname)));
    value = strtoll(text, &end, 10);
    if (end == text || *end != '\0')
        ereport(ERROR, (errcode(ERRCODE_SYNTAX_ERROR),
                        errmsg("%s requires a numeric value", option->defname)));
    return value;
}

void
option_conflict(const Utility *u, const PgQuery__DefElem *option)
{
    ereport(ERROR, (errcode(ERRCODE_SYNTAX_ERROR), errmsg("conflicting or redundant options"),
                    errposition(commands_position(u->sql, option->location))));
    pg_unreachable();
}

/* ---- storage options ---- */

typedef enum OptionType { OPTION_BOOL, OPTION_INT, OPTION_REAL, OPTION_ENUM } OptionType;

typedef struct StorageOption {
    const char *name;
    unsigned kinds; /* bits 1 << ReloptionKind */
    OptionType type;
    double min, max;
    const char *values[4];
} StorageOption;

#define HEAP_ONLY (1u << RELOPTION_HEAP)
#define BTREE_ONLY (1u << RELOPTION_BTREE)
#define VIEW_ONLY (1u << RELOPTION_VIEW)

static const StorageOption storage_options[] = {
    {"fillfactor", HEAP_ONLY | BTREE_ONLY, OPTION_INT, 10, 100, {0}},
    {"autovacuum_enabled", HEAP_ONLY, OPTION_BOOL, 0, 0, {0}},
    {"vacuum_truncate", HEAP_ONLY, OPTION_BOOL, 0, 0, {0}},
    {"vacuum_index_cleanup", HEAP_ONLY, OPTION_ENUM, 0, 0, {"auto", "on", "off", NULL}},
    {"toast_tuple_target", HEAP_ONLY, OPTION_INT, 128, 8160, {0}},
    {"parallel_workers", HEAP_ONLY, OPTION_INT, 0, 1024, {0}},
    {"user_catalog_table", HEAP_ONLY, OPTION_BOOL, 0, 0, {0}},
    {"autovacuum_vacuum_threshold", HEAP_ONLY, OPTION_INT, 0, INT32_MAX, {0}},
    {"autovacuum_vacuum_insert_threshold", HEAP_ONLY, OPTION_INT, -1, INT32_MAX, {0}},
    {"autovacuum_analyze_threshold", HEAP_ONLY, OPTION_INT, 0, INT32_MAX, {0}},
    {"autovacuum_vacuum_cost_limit", HEAP_ONLY, OPTION_INT, 1, 10000, {0}},
    {"autovacuum_vacuum_cost_delay", HEAP_ONLY, OPTION_REAL, 0, 100, {0}},
    {"autovacuum_vacuum_scale_factor", HEAP_ONLY, OPTION_REAL, 0, 100, {0}},
    {"autovacuum_vacuum_insert_scale_factor", HEAP_ONLY, OPTION_REAL, 0, 100, {0}},
    {"autovacuum_analyze_scale_factor", HEAP_ONLY, OPTION_REAL, 0, 100, {0}},
    {"autovacuum_freeze_min_age", HEAP_ONLY, OPTION_INT, 0, 1000000000, {0}},
    {"autovacuum_freeze_max_age", HEAP_ONLY, OPTION_INT, 100000, 2000000000, {0}},
    {"autovacuum_freeze_table_age", HEAP_ONLY, OPTION_INT, 0, 2000000000, {0}},
    {"log_autovacuum_min_duration", HEAP_ONLY, OPTION_INT, -1, INT32_MAX, {0}},
    {"deduplicate_items", BTREE_ONLY, OPTION_BOOL, 0, 0, {0}},
    {"vacuum_cleanup_index_scale_factor", BTREE_ONLY, OPTION_REAL, 0, 1e10, {0}},
    {"security_barrier", VIEW_ONLY, OPTION_BOOL, 0, 0, {0}},
    {"security_invoker", VIEW_ONLY, OPTION_BOOL, 0, 0, {0}},
    {"check_option", VIEW_ONLY, OPTION_ENUM, 0, 0, {"local", "cascaded", NULL}},
};

static const StorageOption *
find_storage_option(const char *name, ReloptionKind kind)
{
    for (size_t i = 0; i < lengthof(storage_options); i++)
        if (strcmp(storage_options[i].name, name) == 0 &&
            (storage_options[i].kinds & (1u << kind)))
            return &storage_options[i];
    ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE),
                    errmsg("unrecognized parameter \"%s\"", name)));
    return NULL;
}

static bool
is_bool_text(const char *text)
{
    static const char *const words[] = {"true", "false", "on", "off", "yes", "no", "1", "0",
                                        "t",    "f",     "y",  "n"};

    for (size_t i = 0; i < lengthof(words); i++)
        if (pg_strcasecmp(words[i], text) == 0)
            return true;
    return false;
}

static void
check_number(const StorageOption *option, const char *text)
{
    char *end;
    double value = strtod(text, &end);
    bool is_int = option->type == OPTION_INT;

    if (end == text || *end != '\0' || (is_int && value != (double) (int64) value))
        ereport(ERROR,
                (errcode(ERRCODE_INVALID_PARAMETER_VALUE),
                 is_int ? errmsg("invalid value for integer option \"%s\": %s", option->name, text)
                        : errmsg("invalid value for floating point option \"%s\": %s",
                                 option->name, text)));
    if (value >= option->min && value <= option->max)
        return;
    if (is_int)
        ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE),
                        errmsg("value %s out of bounds for option \"%s\"", text, option->name),
                        errdetail("Valid values are between \"%.0f\" and \"%.0f\".", option->min,
                                  option->max)));
    ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE),
                    errmsg("value %s out of bounds for option \"%s\"", text, option->name),
                    errdetail("Valid values are between \"%f\" and \"%f\".", option->min,
                              option->max)));
}

static void
check_value(const StorageOption *option, const char *text)
{
    if (option->type == OPTION_INT || option->type == OPTION_REAL) {
        check_number(option, text);
        return;
    }
    if (option->type == OPTION_BOOL) {
        if (!is_bool_text(text))
            ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE),
                            errmsg("invalid value for boolean option \"%s\": %s", option->name,
                                   text)));
        return;
    }
    for (int i = 0; option->values[i] != NULL; i++)
        if (pg_strcasecmp(option->values[i], text) == 0)
            return;
    if (strcmp(option->name, "vacuum_index_cleanup") == 0 && is_bool_text(text))
        return;
    ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE),
                    errmsg("invalid value for enum option \"%s\": %s", option->name, text)));
}

static bool
is_named(Datum item, const char *name)
{
    const char *stored = TextDatumGetCString(item);
    size_t length = strlen(name);

    return strncmp(stored, name, length) == 0 && stored[length] == '=';
}

Datum
reloptions_change(Datum old, RawNode *const *items, size_t count, ReloptionKind kind,
                  bool is_reset)
{
    Datum *olds = NULL;
    bool *nulls = NULL;
    int old_count = old != 0 ? catalog_array_elements(old, TEXTOID, &olds, &nulls) : 0;
    Datum *result = palloc(sizeof(Datum) * ((size_t) old_count + count + 1));
    int result_count = 0;

    for (int i = 0; i < old_count; i++) {
        bool replaced = false;

        for (size_t k = 0; k < count; k++)
            replaced |= is_named(olds[i], items[k]->def_elem->defname);
        if (!replaced)
            result[result_count++] = olds[i];
    }
    for (size_t i = 0; i < count; i++) {
        const PgQuery__DefElem *option = items[i]->def_elem;
        const char *value;

        if (raw_text(option->defnamespace) != NULL) {
            if (strcmp(option->defnamespace, "toast") != 0)
                ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE),
                                errmsg("unrecognized parameter namespace \"%s\"",
                                       option->defnamespace)));
            unsupported_plural("storage parameters of TOAST tables");
        }
        if (is_reset) {
            if (RAW_KIND(option->arg) != PG_QUERY__NODE__NODE__NOT_SET)
                ereport(ERROR, (errcode(ERRCODE_SYNTAX_ERROR),
                                errmsg("RESET must not include values for parameters")));
            continue;
        }
        if (option_is(option, "oids") && kind == RELOPTION_HEAP) {
            if (option_bool(option))
                ereport(ERROR, (errcode(ERRCODE_FEATURE_NOT_SUPPORTED),
                                errmsg("tables declared WITH OIDS are not supported")));
            continue;
        }
        value = option_string(option);
        if (value == NULL)
            value = "true";
        check_value(find_storage_option(option->defname, kind), value);
        result[result_count++] =
            CStringGetTextDatum(psprintf("%s=%s", option->defname, value));
    }
    return result_count == 0 ? 0 : catalog_array_build(TEXTOID, result, NULL, result_count);
}

Datum
reloptions_of(Oid relid)
{
    HeapTuple row = catalog_fetch1(RelationRelationId, PG_CLASS_OID_INDEX, ObjectIdGetDatum(relid));
    bool isnull;
    Datum options;

    if (row == NULL)
        return 0;
    options = catalog_get(RelationRelationId, row, Anum_pg_class_reloptions, &isnull);
    return isnull ? 0 : options;
}
