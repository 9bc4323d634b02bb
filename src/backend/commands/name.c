/*
 * name.c - names in statements, who owns what they name, and where new things go
 */
#include "commands_int.h"

int
commands_position(const char *sql, int location)
{
    int position = 1;

    if (sql == NULL || location < 0)
        return 0;
    for (int i = 0; i < location && sql[i] != '\0'; i++)
        position += ((uint8) sql[i + 1] & 0xC0) != 0x80;
    return position;
}

static void
check_database(const char *database, const char *schema, const char *name)
{
    char *current;

    if (database == NULL)
        return;
    current = get_database_name(MyDatabaseId);
    if (current != NULL && strcmp(current, database) == 0)
        return;
    ereport(ERROR, (errcode(ERRCODE_FEATURE_NOT_SUPPORTED),
                    errmsg("cross-database references are not implemented: %s.%s.%s", database,
                           schema, name)));
}

QualifiedName
name_of_rangevar(const PgQuery__RangeVar *var)
{
    QualifiedName name = {raw_text(var->schemaname), var->relname};

    check_database(raw_text(var->catalogname), var->schemaname, var->relname);
    return name;
}

QualifiedName
name_of_items(RawNode *const *items, size_t count)
{
    QualifiedName name = {NULL, NULL};

    if (count > 3 || count == 0)
        ereport(ERROR, (errcode(ERRCODE_SYNTAX_ERROR),
                        errmsg("improper relation name (too many dotted names)")));
    name.name = items[count - 1]->string->sval;
    if (count >= 2)
        name.schema = items[count - 2]->string->sval;
    if (count == 3)
        check_database(items[0]->string->sval, name.schema, name.name);
    return name;
}

QualifiedName
name_of_node(const RawNode *node)
{
    if (RAW_IS(node, LIST))
        return name_of_items(node->list->items, node->list->n_items);
    if (RAW_IS(node, RANGE_VAR))
        return name_of_rangevar(node->range_var);
    if (RAW_IS(node, TYPE_NAME))
        return name_of_items(node->type_name->names, node->type_name->n_names);
    Assert(RAW_IS(node, STRING));
    return (QualifiedName){NULL, node->string->sval};
}

const char *
name_text(QualifiedName name)
{
    return name.schema != NULL ? psprintf("%s.%s", name.schema, name.name) : name.name;
}

Relation
open_rangevar(const PgQuery__RangeVar *var, LOCKMODE mode, bool missing_ok)
{
    QualifiedName name = name_of_rangevar(var);

    return relation_open_by_name(name.schema, name.name, mode, missing_ok);
}

Oid
creation_namespace(QualifiedName name)
{
    Oid schema = catalog_creation_namespace(name.schema);
    AclResult result;

    if (schema == PG_CATALOG_NAMESPACE && !catalog_bootstrapping)
        ereport(ERROR, (errcode(ERRCODE_INSUFFICIENT_PRIVILEGE),
                        errmsg("permission denied to create \"%s.%s\"",
                               get_namespace_name(schema), name.name),
                        errdetail("System catalog modifications are currently disallowed.")));
    result = pg_namespace_aclcheck(schema, GetUserId(), ACL_CREATE);
    if (result != ACLCHECK_OK)
        aclcheck_error(result, OBJECT_SCHEMA, get_namespace_name(schema));
    return schema;
}

void
check_not_system_catalog(Oid relid, const char *name)
{
    if (relid < FirstNormalObjectId && !catalog_bootstrapping &&
        (get_rel_namespace(relid) == PG_CATALOG_NAMESPACE ||
         get_rel_namespace(relid) == PG_TOAST_NAMESPACE))
        ereport(ERROR, (errcode(ERRCODE_INSUFFICIENT_PRIVILEGE),
                        errmsg("permission denied: \"%s\" is a system catalog", name)));
}

void
check_relation_owner(Relation rel)
{
    const char *name = RelationGetRelationName(rel);

    if (!pg_class_ownercheck(rel->rd_id, GetUserId()))
        aclcheck_error(ACLCHECK_NOT_OWNER, get_relkind_objtype(rel->rd_rel->relkind), name);
    check_not_system_catalog(rel->rd_id, name);
}

void
check_not_used(Relation rel, const char *statement)
{
    if (rel->rd_refcnt > 1)
        ereport(ERROR, (errcode(ERRCODE_OBJECT_IN_USE),
                        errmsg("cannot %s \"%s\" because it is being used by active queries in "
                               "this session",
                               statement, RelationGetRelationName(rel))));
}

Oid
role_of_spec(const PgQuery__RoleSpec *spec)
{
    switch (spec->roletype) {
        case PG_QUERY__ROLE_SPEC_TYPE__ROLESPEC_CURRENT_ROLE:
        case PG_QUERY__ROLE_SPEC_TYPE__ROLESPEC_CURRENT_USER:
            return GetUserId();
        case PG_QUERY__ROLE_SPEC_TYPE__ROLESPEC_SESSION_USER:
            return GetSessionUserId();
        case PG_QUERY__ROLE_SPEC_TYPE__ROLESPEC_PUBLIC:
            return InvalidOid;
        default:
            return get_role_oid(spec->rolename, false);
    }
}

void
check_new_owner(Oid old_owner, Oid new_owner)
{
    if (!superuser())
        check_is_member_of_role(GetUserId(), new_owner);
    (void) old_owner;
}

DropBehavior
drop_behavior(PgQuery__DropBehavior behavior)
{
    return behavior == PG_QUERY__DROP_BEHAVIOR__DROP_CASCADE ? DROP_CASCADE : DROP_RESTRICT;
}
