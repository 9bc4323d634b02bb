/*
 * rename.c - ALTER ... RENAME TO, SET SCHEMA, OWNER TO
 */
#include "alter_int.h"

static bool
is_relation_type(PgQuery__ObjectType type)
{
    return type == PG_QUERY__OBJECT_TYPE__OBJECT_TABLE ||
           type == PG_QUERY__OBJECT_TYPE__OBJECT_VIEW ||
           type == PG_QUERY__OBJECT_TYPE__OBJECT_INDEX ||
           type == PG_QUERY__OBJECT_TYPE__OBJECT_SEQUENCE;
}

static void
check_kind(Relation rel, PgQuery__ObjectType type)
{
    char kind = rel->rd_rel->relkind;
    const char *name = RelationGetRelationName(rel);
    const char *noun = NULL;

    if (type == PG_QUERY__OBJECT_TYPE__OBJECT_VIEW && kind != RELKIND_VIEW)
        noun = "a view";
    else if (type == PG_QUERY__OBJECT_TYPE__OBJECT_INDEX && kind != RELKIND_INDEX &&
             kind != RELKIND_RELATION)
        noun = "an index";
    else if (type == PG_QUERY__OBJECT_TYPE__OBJECT_SEQUENCE && kind != RELKIND_SEQUENCE)
        noun = "a sequence";
    if (noun != NULL)
        ereport(ERROR, (errcode(ERRCODE_WRONG_OBJECT_TYPE),
                        errmsg("\"%s\" is not %s", name, noun)));
}

/* NULL, with a notice, where it is missing and may be. */
static Relation
open_to_alter(const PgQuery__RangeVar *var, PgQuery__ObjectType type, bool missing_ok)
{
    Relation rel = open_rangevar(var, AccessExclusiveLock, missing_ok);

    if (rel == NULL) {
        ereport(NOTICE, (errmsg("relation \"%s\" does not exist, skipping", var->relname)));
        return NULL;
    }
    check_kind(rel, type);
    check_relation_owner(rel);
    return rel;
}

static void
rename_relation_part(const PgQuery__RenameStmt *stmt)
{
    bool is_part = stmt->rename_type == PG_QUERY__OBJECT_TYPE__OBJECT_COLUMN ||
                   stmt->rename_type == PG_QUERY__OBJECT_TYPE__OBJECT_TABCONSTRAINT;
    Relation rel = open_to_alter(stmt->relation, is_part ? stmt->relation_type : stmt->rename_type,
                                 stmt->missing_ok);
    Oid relid;

    if (rel == NULL)
        return;
    relid = rel->rd_id;
    if (!is_part && pg_namespace_aclcheck(rel->rd_rel->relnamespace, GetUserId(), ACL_CREATE) !=
                        ACLCHECK_OK)
        aclcheck_error(ACLCHECK_NO_PRIV, OBJECT_SCHEMA,
                       get_namespace_name(rel->rd_rel->relnamespace));
    relation_close(rel, NoLock);
    if (stmt->rename_type == PG_QUERY__OBJECT_TYPE__OBJECT_COLUMN)
        catalog_rename_column(relid, stmt->subname, stmt->newname);
    else if (is_part)
        catalog_rename_constraint(relid, stmt->subname, stmt->newname);
    else
        catalog_rename_relation(relid, stmt->newname);
}

static void
rename_schema(const PgQuery__RenameStmt *stmt)
{
    Oid oid = get_namespace_oid(stmt->subname, false);

    if (!pg_namespace_ownercheck(oid, GetUserId()))
        aclcheck_error(ACLCHECK_NOT_OWNER, OBJECT_SCHEMA, stmt->subname);
    if (pg_database_aclcheck(MyDatabaseId, GetUserId(), ACL_CREATE) != ACLCHECK_OK)
        aclcheck_error(ACLCHECK_NO_PRIV, OBJECT_DATABASE, get_database_name(MyDatabaseId));
    catalog_rename_namespace(stmt->subname, stmt->newname);
}

static void
rename_database(const PgQuery__RenameStmt *stmt)
{
    Oid oid = get_database_oid(stmt->subname, false);

    if (!pg_database_ownercheck(oid, GetUserId()))
        aclcheck_error(ACLCHECK_NOT_OWNER, OBJECT_DATABASE, stmt->subname);
    if (!superuser() && !catalog_role(GetUserId())->rolcreatedb)
        ereport(ERROR, (errcode(ERRCODE_INSUFFICIENT_PRIVILEGE),
                        errmsg("permission denied to rename database")));
    catalog_rename_database(stmt->subname, stmt->newname);
}

static void
rename_role(const PgQuery__RenameStmt *stmt)
{
    const RoleInfo *role = catalog_role(get_role_oid(stmt->subname, false));

    if (role->rolsuper && !superuser())
        ereport(ERROR, (errcode(ERRCODE_INSUFFICIENT_PRIVILEGE),
                        errmsg("must be superuser to rename superusers")));
    if (!superuser() && !catalog_role(GetUserId())->rolcreaterole)
        ereport(ERROR, (errcode(ERRCODE_INSUFFICIENT_PRIVILEGE),
                        errmsg("permission denied to rename role")));
    catalog_rename_role(stmt->subname, stmt->newname);
}

void
rename_process(Utility *u)
{
    const PgQuery__RenameStmt *stmt = u->raw->rename_stmt;

    switch (stmt->rename_type) {
        case PG_QUERY__OBJECT_TYPE__OBJECT_SCHEMA:
            rename_schema(stmt);
            break;
        case PG_QUERY__OBJECT_TYPE__OBJECT_DATABASE:
            rename_database(stmt);
            break;
        case PG_QUERY__OBJECT_TYPE__OBJECT_ROLE:
            rename_role(stmt);
            break;
        case PG_QUERY__OBJECT_TYPE__OBJECT_COLUMN:
        case PG_QUERY__OBJECT_TYPE__OBJECT_TABCONSTRAINT:
            rename_relation_part(stmt);
            break;
        default:
            if (!is_relation_type(stmt->rename_type))
                unsupported(u->tag);
            rename_relation_part(stmt);
            break;
    }
}

void
alter_schema_of_process(Utility *u)
{
    const PgQuery__AlterObjectSchemaStmt *stmt = u->raw->alter_object_schema_stmt;
    Relation rel;
    Oid schema;

    if (!is_relation_type(stmt->object_type) ||
        stmt->object_type == PG_QUERY__OBJECT_TYPE__OBJECT_INDEX)
        unsupported(u->tag);
    rel = open_to_alter(stmt->relation, stmt->object_type, stmt->missing_ok);
    if (rel == NULL)
        return;
    schema = LookupExplicitNamespace(stmt->newschema, false);
    if (pg_namespace_aclcheck(schema, GetUserId(), ACL_CREATE) != ACLCHECK_OK)
        aclcheck_error(ACLCHECK_NO_PRIV, OBJECT_SCHEMA, stmt->newschema);
    if (schema != rel->rd_rel->relnamespace)
        catalog_set_relation_namespace(rel->rd_id, schema);
    relation_close(rel, NoLock);
}

static void
change_schema_owner(const char *name, Oid owner)
{
    const NamespaceInfo *info = catalog_namespace(get_namespace_oid(name, false));
    Oid oid = info->oid;

    if (info->nspowner == owner)
        return;
    if (!pg_namespace_ownercheck(oid, GetUserId()))
        aclcheck_error(ACLCHECK_NOT_OWNER, OBJECT_SCHEMA, name);
    check_new_owner(info->nspowner, owner);
    if (pg_database_aclcheck(MyDatabaseId, GetUserId(), ACL_CREATE) != ACLCHECK_OK)
        aclcheck_error(ACLCHECK_NO_PRIV, OBJECT_DATABASE, get_database_name(MyDatabaseId));
    catalog_set_namespace_owner(oid, owner);
}

static void
change_database_owner(const char *name, Oid owner)
{
    const DatabaseInfo *info = catalog_database(get_database_oid(name, false));

    if (info->datdba == owner)
        return;
    if (!pg_database_ownercheck(info->oid, GetUserId()))
        aclcheck_error(ACLCHECK_NOT_OWNER, OBJECT_DATABASE, name);
    check_new_owner(info->datdba, owner);
    if (!superuser() && !catalog_role(GetUserId())->rolcreatedb)
        ereport(ERROR, (errcode(ERRCODE_INSUFFICIENT_PRIVILEGE),
                        errmsg("permission denied to change owner of database")));
    catalog_set_database_owner(info->oid, owner);
}

void
alter_owner_process(Utility *u)
{
    const PgQuery__AlterOwnerStmt *stmt = u->raw->alter_owner_stmt;
    Oid owner = role_of_spec(stmt->newowner);

    if (stmt->object_type == PG_QUERY__OBJECT_TYPE__OBJECT_SCHEMA)
        change_schema_owner(name_of_node(stmt->object).name, owner);
    else if (stmt->object_type == PG_QUERY__OBJECT_TYPE__OBJECT_DATABASE)
        change_database_owner(name_of_node(stmt->object).name, owner);
    else
        unsupported(u->tag);
}
