/*
 * namespace.c - the search path, and what a bare name means along it
 *
 * The path is a list of schema OIDs, worked out when first asked for and again when the setting,
 * the user or any schema changed. pg_catalog stands first unless the setting names it. There are
 * no temporary schemas.
 */
#include "catalog_int.h"

#define PATH_MAX_SCHEMAS 64

static struct {
    bool valid;
    Oid user;
    int count;
    int first_explicit; /* 1: pg_catalog was put in front */
    Oid schemas[PATH_MAX_SCHEMAS];
    Oid creation; /* 0: the path has no schema to create in */
} path;

void
catalog__namespace_invalidate(void)
{
    path.valid = false;
}

static bool
check_search_path(char **newval, void **extra, GucSource source)
{
    char *copy = pstrdup(*newval);
    List *names;

    if (!SplitIdentifierString(copy, ',', &names)) {
        GUC_check_errdetail("List syntax is invalid.");
        return false;
    }
    pfree(copy);
    list_free(names);
    return true;
}

static void
assign_search_path(const char *newval, void *extra)
{
    path.valid = false;
}

void
catalog__namespace_start(void)
{
    CONFIG_SET_HOOKS("search_path", check_search_path, assign_search_path, NULL);
}

static void
add_schema(Oid schema)
{
    if (schema == InvalidOid || path.count == PATH_MAX_SCHEMAS)
        return;
    for (int i = 0; i < path.count; i++)
        if (path.schemas[i] == schema)
            return;
    path.schemas[path.count++] = schema;
}

static void
add_named_schema(const char *name, bool *found_first)
{
    Oid schema;

    if (strcmp(name, "$user") == 0) {
        char *user = get_role_name(GetUserId());

        schema = user ? get_namespace_oid(user, true) : InvalidOid;
    } else if (strcmp(name, "pg_temp") == 0)
        return;
    else
        schema = get_namespace_oid(name, true);
    if (schema == InvalidOid ||
        pg_namespace_aclcheck(schema, GetUserId(), ACL_USAGE) != ACLCHECK_OK)
        return;
    add_schema(schema);
    if (!*found_first) {
        path.creation = schema;
        *found_first = true;
    }
}

static void
compute_path(void)
{
    MemoryContext scratch, old;
    List *names;
    ListCell *cell;
    bool names_catalog = false;
    bool found_first = false;

    if (path.valid && path.user == GetUserId())
        return;
    scratch = AllocSetContextCreate(CurrentMemoryContext, "search path", ALLOCSET_SMALL_SIZES);
    old = MemoryContextSwitchTo(scratch);
    if (!SplitIdentifierString(pstrdup(namespace_search_path), ',', &names))
        elog(ERROR, "invalid list syntax");
    path.count = 0;
    path.creation = InvalidOid;
    path.valid = true; /* an invalidation while we look clears it */
    path.user = GetUserId();
    foreach (cell, names)
        names_catalog |= strcmp(lfirst(cell), "pg_catalog") == 0;
    path.first_explicit = names_catalog ? 0 : 1;
    if (!names_catalog)
        add_schema(PG_CATALOG_NAMESPACE);
    foreach (cell, names)
        add_named_schema(lfirst(cell), &found_first);
    MemoryContextSwitchTo(old);
    MemoryContextDelete(scratch);
}

List *
fetch_search_path(bool includeImplicit)
{
    List *list = NIL;

    compute_path();
    for (int i = includeImplicit ? 0 : path.first_explicit; i < path.count; i++)
        list = lappend_oid(list, path.schemas[i]);
    return list;
}

Oid
catalog_creation_namespace(const char *schema)
{
    if (schema) {
        if (strcmp(schema, "pg_temp") == 0)
            ereport(ERROR, (errcode(ERRCODE_FEATURE_NOT_SUPPORTED),
                            errmsg("temporary tables are not supported")));
        return get_namespace_oid(schema, false);
    }
    compute_path();
    if (path.creation == InvalidOid)
        ereport(ERROR, (errcode(ERRCODE_UNDEFINED_SCHEMA),
                        errmsg("no schema has been selected to create in")));
    return path.creation;
}

Oid
LookupExplicitNamespace(const char *nspname, bool missing_ok)
{
    Oid schema = get_namespace_oid(nspname, missing_ok);

    if (schema == InvalidOid)
        return InvalidOid;
    if (pg_namespace_aclcheck(schema, GetUserId(), ACL_USAGE) != ACLCHECK_OK)
        aclcheck_error(ACLCHECK_NO_PRIV, OBJECT_SCHEMA, nspname);
    return schema;
}

/* ---- finding ---- */

static bool
in_path(Oid schema)
{
    compute_path();
    for (int i = 0; i < path.count; i++)
        if (path.schemas[i] == schema)
            return true;
    return false;
}

Oid
catalog_relation_find(const char *schema, const char *name)
{
    if (schema) {
        Oid namespace_oid = get_namespace_oid(schema, true);
        return namespace_oid ? get_relname_relid(name, namespace_oid) : InvalidOid;
    }
    compute_path();
    for (int i = 0; i < path.count; i++) {
        Oid found = get_relname_relid(name, path.schemas[i]);
        if (found != InvalidOid)
            return found;
    }
    return InvalidOid;
}

Oid
catalog_type_find(const char *schema, const char *name)
{
    const TypeInfo *type = NULL;

    if (schema) {
        Oid namespace_oid = get_namespace_oid(schema, true);
        type = namespace_oid ? catalog_type_by_name(name, namespace_oid) : NULL;
        return type ? type->oid : InvalidOid;
    }
    compute_path();
    for (int i = 0; i < path.count && type == NULL; i++)
        type = catalog_type_by_name(name, path.schemas[i]);
    return type ? type->oid : InvalidOid;
}

/* Operators and collations stand in pg_catalog alone; pg_catalog is always searched. */
static bool
may_hold_builtins(const char *schema)
{
    return schema == NULL || strcmp(schema, "pg_catalog") == 0;
}

/* Functions stand there too, but for a few of the information schema. */
List *
catalog_proc_candidates(const char *schema, const char *name)
{
    List *found = catalog__builtin_procs_by_name(name);
    Oid namespace_oid = schema ? get_namespace_oid(schema, true) : InvalidOid;
    ListCell *cell;

    foreach (cell, found) {
        const ProcInfo *proc = lfirst(cell);
        bool is_in = schema ? proc->pronamespace == namespace_oid : in_path(proc->pronamespace);

        if (!is_in)
            found = foreach_delete_current(found, cell);
    }
    return found;
}

const ProcInfo *
catalog_proc_exact(const char *schema, const char *name, int nargs, const Oid *argtypes)
{
    List *candidates = catalog_proc_candidates(schema, name);
    const ProcInfo *found = NULL;
    ListCell *cell;

    foreach (cell, candidates) {
        const ProcInfo *proc = lfirst(cell);

        if (proc->pronargs == nargs &&
            (nargs == 0 ||
             memcmp(proc->proargtypes, argtypes, sizeof(Oid) * (Size)nargs) == 0)) {
            found = proc;
            break;
        }
    }
    list_free(candidates);
    return found;
}

List *
catalog_operator_candidates(const char *schema, const char *name, char kind)
{
    return may_hold_builtins(schema) ? catalog__builtin_operators_by_name(name, kind) : NIL;
}

const OperatorInfo *
catalog_operator_exact(const char *schema, const char *name, Oid left, Oid right)
{
    List *candidates = catalog_operator_candidates(schema, name, left == InvalidOid ? 'l' : 'b');
    const OperatorInfo *found = NULL;
    ListCell *cell;

    foreach (cell, candidates) {
        const OperatorInfo *op = lfirst(cell);

        if (op->oprleft == left && op->oprright == right) {
            found = op;
            break;
        }
    }
    list_free(candidates);
    return found;
}

Oid
catalog_collation_find(const char *schema, const char *name)
{
    if (!may_hold_builtins(schema))
        return InvalidOid;
    for (int i = 0; i < catalog__collations_count; i++)
        if (strcmp(NameStr(catalog__collations[i].collname), name) == 0)
            return catalog__collations[i].oid;
    return InvalidOid;
}

/* ---- visibility ---- */

bool
RelationIsVisible(Oid relid)
{
    char *name = get_rel_name(relid);

    if (name == NULL)
        return false;
    return in_path(get_rel_namespace(relid)) && catalog_relation_find(NULL, name) == relid;
}

bool
TypeIsVisible(Oid type)
{
    const TypeInfo *info = catalog_type(type);

    if (info == NULL)
        return false;
    return in_path(info->typnamespace) &&
           catalog_type_find(NULL, NameStr(info->typname)) == type;
}

bool
FunctionIsVisible(Oid function)
{
    return catalog_proc(function) != NULL;
}

bool
OperatorIsVisible(Oid op)
{
    return catalog_operator(op) != NULL;
}

bool
OpclassIsVisible(Oid opclass)
{
    return catalog_opclass(opclass) != NULL;
}

bool
OpfamilyIsVisible(Oid opfamily)
{
    return catalog_opfamily(opfamily) != NULL;
}

bool
CollationIsVisible(Oid collation)
{
    return catalog_collation(collation) != NULL;
}
