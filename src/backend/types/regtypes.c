/*
 * regtypes.c - regclass, regtype, regproc and their like: OIDs shown by name
 *
 * Text       a name as SQL writes it, a number, or - for no object
 */
#include "types_int.h"
#include "types/typeinfo.h"
#include "types/encoding.h"
#include "config/config.h"
#include "catalog/lsyscache.h"
#include "catalog/namespace.h"
#include "memory/list.h"

typedef struct RegName
{
    const char *schema; /* NULL: along the search path */
    const char *name;
} RegName;

/* Looks an object up by its text; InvalidOid where missing_ok and there is none. */
typedef Oid (*RegLookup)(const char *text, bool missing_ok);

static RegName
reg_split(const char *text)
{
    List *names;
    RegName result = {NULL, NULL};

    if (!SplitIdentifierString(pstrdup(text), '.', &names) || names == NIL)
        ereport(ERROR, (errcode(ERRCODE_INVALID_NAME), errmsg("invalid name syntax")));
    if (list_length(names) > 3)
        ereport(ERROR, (errcode(ERRCODE_SYNTAX_ERROR),
                        errmsg("improper qualified name (too many dotted names): %s", text)));
    result.name = llast(names);
    if (list_length(names) > 1)
        result.schema = list_nth(names, list_length(names) - 2);
    return result;
}

static bool
reg_is_number(const char *text, Oid *ret)
{
    if (strcmp(text, "-") == 0)
    {
        *ret = InvalidOid;
        return true;
    }
    if (text[0] == '\0' || strspn(text, "0123456789") != strlen(text))
        return false;
    *ret = DatumGetObjectId(DirectFunctionCall1(oidin, CStringGetDatum(text)));
    return true;
}

/* ---- lookups ---- */

static Oid
reg_find_class(const char *text, bool missing_ok)
{
    RegName name = reg_split(text);
    Oid found = InvalidOid;

    if (name.schema == NULL || OidIsValid(get_namespace_oid(name.schema, true)))
        found = catalog_relation_find(name.schema, name.name);
    if (!OidIsValid(found) && !missing_ok)
        ereport(ERROR, (errcode(ERRCODE_UNDEFINED_TABLE),
                        name.schema ? errmsg("relation \"%s.%s\" does not exist", name.schema, name.name)
                                    : errmsg("relation \"%s\" does not exist", name.name)));
    return found;
}

static Oid
reg_find_type(const char *text, bool missing_ok)
{
    int32 typmod;

    return types_parse_type_name(text, &typmod, missing_ok);
}

static Oid
reg_find_proc(const char *text, bool missing_ok)
{
    RegName name = reg_split(text);
    List *candidates = catalog_proc_candidates(name.schema, name.name);

    if (list_length(candidates) == 1)
        return ((const ProcInfo *) linitial(candidates))->oid;
    if (missing_ok)
        return InvalidOid;
    if (candidates == NIL)
        ereport(ERROR, (errcode(ERRCODE_UNDEFINED_FUNCTION),
                        errmsg("function \"%s\" does not exist", text)));
    ereport(ERROR, (errcode(ERRCODE_AMBIGUOUS_FUNCTION),
                    errmsg("more than one function named \"%s\"", text)));
    pg_unreachable();
}

/* "name(type, type)" cut in two; returns the argument types. Throws 22P02. */
static int
reg_parse_arguments(const char *text, char **ret_name, Oid *ret_types, bool none_allowed)
{
    char *copy = pstrdup(text);
    char *open = strchr(copy, '(');
    char *close = strrchr(copy, ')');
    int count = 0;
    int depth = 0;
    char *start;

    if (open == NULL)
        ereport(ERROR, (errcode(ERRCODE_INVALID_TEXT_REPRESENTATION),
                        errmsg("expected a left parenthesis")));
    if (close == NULL || close < open || close[1 + strspn(close + 1, " \t\n")] != '\0')
        ereport(ERROR, (errcode(ERRCODE_INVALID_TEXT_REPRESENTATION),
                        errmsg("expected a right parenthesis")));
    *open = '\0';
    *close = '\0';
    *ret_name = copy;
    start = open + 1;
    if (strspn(start, " \t\n") == strlen(start))
        return 0;
    for (char *p = start;; p++)
    {
        int32 typmod;
        bool last = *p == '\0';

        depth += *p == '(' ? 1 : *p == ')' ? -1 : 0;
        if (!last && !(*p == ',' && depth == 0))
            continue;
        *p = '\0';
        if (count >= FUNC_MAX_ARGS)
            ereport(ERROR, (errcode(ERRCODE_TOO_MANY_ARGUMENTS), errmsg("too many arguments")));
        start += strspn(start, " \t\n");
        ret_types[count++] = none_allowed && pg_strncasecmp(start, "none", 4) == 0
                                 ? InvalidOid
                                 : types_parse_type_name(start, &typmod, false);
        if (last)
            return count;
        start = p + 1;
    }
}

static Oid
reg_find_procedure(const char *text, bool missing_ok)
{
    Oid types[FUNC_MAX_ARGS];
    char *name_text;
    int count = reg_parse_arguments(text, &name_text, types, false);
    RegName name = reg_split(name_text);
    const ProcInfo *proc = catalog_proc_exact(name.schema, name.name, count, types);

    if (proc != NULL)
        return proc->oid;
    if (!missing_ok)
        ereport(ERROR, (errcode(ERRCODE_UNDEFINED_FUNCTION),
                        errmsg("function \"%s\" does not exist", text)));
    return InvalidOid;
}

/* Operators' names may hold a dot only as the mark of a schema. */
static RegName
reg_split_operator(const char *text)
{
    RegName result = {NULL, text};
    const char *dot = strchr(text, '.');

    if (dot != NULL && (isalpha((unsigned char) text[0]) || text[0] == '_' || text[0] == '"'))
    {
        RegName schema = reg_split(pnstrdup(text, dot - text));

        result.schema = schema.name;
        result.name = dot + 1;
    }
    return result;
}

static Oid
reg_find_oper(const char *text, bool missing_ok)
{
    RegName name = reg_split_operator(text);
    List *candidates = list_concat(catalog_operator_candidates(name.schema, name.name, 'b'),
                                   catalog_operator_candidates(name.schema, name.name, 'l'));

    if (list_length(candidates) == 1)
        return ((const OperatorInfo *) linitial(candidates))->oid;
    if (missing_ok)
        return InvalidOid;
    if (candidates == NIL)
        ereport(ERROR, (errcode(ERRCODE_UNDEFINED_FUNCTION),
                        errmsg("operator does not exist: %s", text)));
    ereport(ERROR, (errcode(ERRCODE_AMBIGUOUS_FUNCTION),
                    errmsg("more than one operator named %s", text)));
    pg_unreachable();
}

static Oid
reg_find_operator(const char *text, bool missing_ok)
{
    Oid types[FUNC_MAX_ARGS];
    char *name_text;
    int count = reg_parse_arguments(text, &name_text, types, true);
    RegName name = reg_split_operator(name_text);
    const OperatorInfo *op;

    if (count == 1)
        ereport(ERROR, (errcode(ERRCODE_UNDEFINED_PARAMETER), errmsg("missing argument"),
                        errhint("Use NONE to denote the missing argument of a unary operator.")));
    if (count != 2)
        ereport(ERROR, (errcode(ERRCODE_TOO_MANY_ARGUMENTS), errmsg("too many arguments"),
                        errhint("Provide two argument types for operator.")));
    op = catalog_operator_exact(name.schema, name.name, types[0], types[1]);
    if (op != NULL)
        return op->oid;
    if (!missing_ok)
        ereport(ERROR, (errcode(ERRCODE_UNDEFINED_FUNCTION),
                        errmsg("operator does not exist: %s", text)));
    return InvalidOid;
}

static Oid
reg_find_namespace(const char *text, bool missing_ok)
{
    RegName name = reg_split(text);

    if (name.schema != NULL)
        ereport(ERROR, (errcode(ERRCODE_INVALID_NAME), errmsg("invalid name syntax")));
    return get_namespace_oid(name.name, missing_ok);
}

static Oid
reg_find_role(const char *text, bool missing_ok)
{
    RegName name = reg_split(text);

    if (name.schema != NULL)
        ereport(ERROR, (errcode(ERRCODE_INVALID_NAME), errmsg("invalid name syntax")));
    return get_role_oid(name.name, missing_ok);
}

static Oid
reg_find_collation(const char *text, bool missing_ok)
{
    RegName name = reg_split(text);
    Oid found = catalog_collation_find(name.schema, name.name);

    if (!OidIsValid(found) && !missing_ok)
        ereport(ERROR, (errcode(ERRCODE_UNDEFINED_OBJECT),
                        errmsg("collation \"%s\" for encoding \"%s\" does not exist", name.name,
                               GetDatabaseEncodingName())));
    return found;
}

static Oid
reg_find_config(const char *text, bool missing_ok)
{
    if (!missing_ok)
        ereport(ERROR, (errcode(ERRCODE_UNDEFINED_OBJECT),
                        errmsg("text search configuration \"%s\" does not exist", text)));
    return InvalidOid;
}

static Oid
reg_find_dictionary(const char *text, bool missing_ok)
{
    if (!missing_ok)
        ereport(ERROR, (errcode(ERRCODE_UNDEFINED_OBJECT),
                        errmsg("text search dictionary \"%s\" does not exist", text)));
    return InvalidOid;
}

/* ---- names ---- */

/* Each returns NULL for an object that is gone. */
static char *
reg_show_type(Oid oid)
{
    return format_type_extended(oid, -1, FORMAT_TYPE_INVALID_AS_NULL);
}

static char *
reg_show_proc(Oid oid)
{
    const ProcInfo *proc = catalog_proc(oid);
    List *candidates;

    if (proc == NULL)
        return NULL;
    candidates = catalog_proc_candidates(NULL, NameStr(proc->proname));
    if (list_length(candidates) == 1 && ((const ProcInfo *) linitial(candidates))->oid == oid)
        return pstrdup(quote_identifier(NameStr(proc->proname)));
    return quote_qualified_identifier(get_namespace_name(proc->pronamespace), NameStr(proc->proname));
}

static char *
reg_show_procedure(Oid oid)
{
    return catalog_proc(oid) ? format_procedure(oid) : NULL;
}

static char *
reg_show_oper(Oid oid)
{
    const OperatorInfo *op = catalog_operator(oid);
    List *candidates;

    if (op == NULL)
        return NULL;
    candidates = list_concat(catalog_operator_candidates(NULL, NameStr(op->oprname), 'b'),
                             catalog_operator_candidates(NULL, NameStr(op->oprname), 'l'));
    if (list_length(candidates) == 1 && ((const OperatorInfo *) linitial(candidates))->oid == oid)
        return pstrdup(NameStr(op->oprname));
    return psprintf("%s.%s", quote_identifier(get_namespace_name(op->oprnamespace)),
                    NameStr(op->oprname));
}

static char *
reg_show_operator(Oid oid)
{
    return catalog_operator(oid) ? format_operator(oid) : NULL;
}

static char *
reg_show_namespace(Oid oid)
{
    const NamespaceInfo *info = catalog_namespace(oid);

    return info ? pstrdup(quote_identifier(NameStr(info->nspname))) : NULL;
}

static char *
reg_show_role(Oid oid)
{
    const RoleInfo *info = catalog_role(oid);

    return info ? pstrdup(quote_identifier(NameStr(info->rolname))) : NULL;
}

static char *
reg_show_collation(Oid oid)
{
    const CollationInfo *info = catalog_collation(oid);

    if (info == NULL)
        return NULL;
    return quote_qualified_identifier(CollationIsVisible(oid) ? NULL
                                                              : get_namespace_name(info->collnamespace),
                                      NameStr(info->collname));
}

static char *
reg_show_nothing(Oid oid)
{
    return NULL;
}

#define REG_TYPE(type, find, show)                                                                 \
    SQL_FUNCTION(type##in)                                                                         \
    {                                                                                              \
        const char *text = PG_GETARG_CSTRING(0);                                                   \
        Oid oid;                                                                                   \
        if (reg_is_number(text, &oid))                                                             \
            PG_RETURN_OID(oid);                                                                    \
        PG_RETURN_OID(find(text, false));                                                          \
    }                                                                                              \
    SQL_FUNCTION(type##out)                                                                        \
    {                                                                                              \
        Oid oid = PG_GETARG_OID(0);                                                                \
        char *name;                                                                                \
        if (!OidIsValid(oid))                                                                      \
            PG_RETURN_CSTRING(pstrdup("-"));                                                       \
        name = show(oid);                                                                          \
        PG_RETURN_CSTRING(name != NULL ? name : psprintf("%u", oid));                              \
    }                                                                                              \
    SQL_FUNCTION(type##recv)                                                                       \
    {                                                                                              \
        return oidrecv(fcinfo);                                                                    \
    }                                                                                              \
    SQL_FUNCTION(type##send)                                                                       \
    {                                                                                              \
        return oidsend(fcinfo);                                                                    \
    }

REG_TYPE(regclass, reg_find_class, catalog_relation_display_name)
REG_TYPE(regtype, reg_find_type, reg_show_type)
REG_TYPE(regproc, reg_find_proc, reg_show_proc)
REG_TYPE(regprocedure, reg_find_procedure, reg_show_procedure)
REG_TYPE(regoper, reg_find_oper, reg_show_oper)
REG_TYPE(regoperator, reg_find_operator, reg_show_operator)
REG_TYPE(regnamespace, reg_find_namespace, reg_show_namespace)
REG_TYPE(regrole, reg_find_role, reg_show_role)
REG_TYPE(regcollation, reg_find_collation, reg_show_collation)
REG_TYPE(regconfig, reg_find_config, reg_show_nothing)
REG_TYPE(regdictionary, reg_find_dictionary, reg_show_nothing)

/* NULL instead of an error, and no numbers. */
#define REG_TO(name, find)                                                                         \
    SQL_FUNCTION(name)                                                                             \
    {                                                                                              \
        Oid oid = find(text_to_cstring(PG_GETARG_TEXT_PP(0)), true);                               \
        if (!OidIsValid(oid))                                                                      \
            PG_RETURN_NULL();                                                                      \
        PG_RETURN_OID(oid);                                                                        \
    }

REG_TO(to_regclass, reg_find_class)
REG_TO(to_regtype, reg_find_type)
REG_TO(to_regproc, reg_find_proc)
REG_TO(to_regprocedure, reg_find_procedure)
REG_TO(to_regoper, reg_find_oper)
REG_TO(to_regoperator, reg_find_operator)
REG_TO(to_regnamespace, reg_find_namespace)
REG_TO(to_regrole, reg_find_role)
REG_TO(to_regcollation, reg_find_collation)

SQL_FUNCTION(text_regclass)
{
    PG_RETURN_OID(reg_find_class(text_to_cstring(PG_GETARG_TEXT_PP(0)), false));
}
