/*
 * comment.c - COMMENT ON
 */
#include "commands_int.h"

static void
comment_relation(const PgQuery__CommentStmt *stmt, const char *comment)
{
    QualifiedName name = name_of_node(stmt->object);
    Relation rel = relation_open_by_name(name.schema, name.name, ShareUpdateExclusiveLock, false);
    char kind = rel->rd_rel->relkind;
    const char *noun = NULL;

    if (stmt->objtype == PG_QUERY__OBJECT_TYPE__OBJECT_TABLE && kind != RELKIND_RELATION)
        noun = "a table";
    else if (stmt->objtype == PG_QUERY__OBJECT_TYPE__OBJECT_VIEW && kind != RELKIND_VIEW)
        noun = "a view";
    else if (stmt->objtype == PG_QUERY__OBJECT_TYPE__OBJECT_INDEX && kind != RELKIND_INDEX)
        noun = "an index";
    else if (stmt->objtype == PG_QUERY__OBJECT_TYPE__OBJECT_SEQUENCE && kind != RELKIND_SEQUENCE)
        noun = "a sequence";
    if (noun != NULL)
        ereport(ERROR, (errcode(ERRCODE_WRONG_OBJECT_TYPE),
                        errmsg("\"%s\" is not %s", name.name, noun)));
    if (!pg_class_ownercheck(rel->rd_id, GetUserId()))
        aclcheck_error(ACLCHECK_NOT_OWNER, get_relkind_objtype(kind), name.name);
    catalog_set_comment(RelationRelationId, rel->rd_id, 0, comment);
    relation_close(rel, NoLock);
}

/* "schema.table.column" or with a constraint's name: the last name is the part's. */
static Relation
open_owner_of_part(const PgQuery__CommentStmt *stmt, const char **ret_part)
{
    const PgQuery__List *names = stmt->object->list;
    QualifiedName table = name_of_items(names->items, names->n_items - 1);
    Relation rel = relation_open_by_name(table.schema, table.name, ShareUpdateExclusiveLock, false);

    *ret_part = names->items[names->n_items - 1]->string->sval;
    if (!pg_class_ownercheck(rel->rd_id, GetUserId()))
        aclcheck_error(ACLCHECK_NOT_OWNER, get_relkind_objtype(rel->rd_rel->relkind), table.name);
    return rel;
}

static void
comment_column(const PgQuery__CommentStmt *stmt, const char *comment)
{
    const char *name;
    Relation rel = open_owner_of_part(stmt, &name);
    AttrNumber attnum = get_attnum(rel->rd_id, name);

    if (attnum == InvalidAttrNumber)
        ereport(ERROR, (errcode(ERRCODE_UNDEFINED_COLUMN),
                        errmsg("column \"%s\" of relation \"%s\" does not exist", name,
                               RelationGetRelationName(rel))));
    catalog_set_comment(RelationRelationId, rel->rd_id, attnum, comment);
    relation_close(rel, NoLock);
}

static void
comment_constraint(const PgQuery__CommentStmt *stmt, const char *comment)
{
    const char *name;
    Relation rel = open_owner_of_part(stmt, &name);

    catalog_set_comment(ConstraintRelationId, catalog_constraint_find(rel->rd_id, name, false), 0,
                        comment);
    relation_close(rel, NoLock);
}

void
comment_process(Utility *u)
{
    const PgQuery__CommentStmt *stmt = u->raw->comment_stmt;
    const char *comment = raw_text(stmt->comment);
    const char *name;
    Oid oid;

    switch (stmt->objtype) {
        case PG_QUERY__OBJECT_TYPE__OBJECT_TABLE:
        case PG_QUERY__OBJECT_TYPE__OBJECT_VIEW:
        case PG_QUERY__OBJECT_TYPE__OBJECT_INDEX:
        case PG_QUERY__OBJECT_TYPE__OBJECT_SEQUENCE:
            comment_relation(stmt, comment);
            return;
        case PG_QUERY__OBJECT_TYPE__OBJECT_COLUMN:
            comment_column(stmt, comment);
            return;
        case PG_QUERY__OBJECT_TYPE__OBJECT_TABCONSTRAINT:
            comment_constraint(stmt, comment);
            return;
        case PG_QUERY__OBJECT_TYPE__OBJECT_SCHEMA:
            name = name_of_node(stmt->object).name;
            oid = get_namespace_oid(name, false);
            if (!pg_namespace_ownercheck(oid, GetUserId()))
                aclcheck_error(ACLCHECK_NOT_OWNER, OBJECT_SCHEMA, name);
            catalog_set_comment(NamespaceRelationId, oid, 0, comment);
            return;
        case PG_QUERY__OBJECT_TYPE__OBJECT_DATABASE:
            name = name_of_node(stmt->object).name;
            oid = get_database_oid(name, false);
            if (!pg_database_ownercheck(oid, GetUserId()))
                aclcheck_error(ACLCHECK_NOT_OWNER, OBJECT_DATABASE, name);
            catalog_set_shared_comment(DatabaseRelationId, oid, comment);
            return;
        case PG_QUERY__OBJECT_TYPE__OBJECT_ROLE:
            oid = get_role_oid(name_of_node(stmt->object).name, false);
            if (!superuser() && !catalog_role(GetUserId())->rolcreaterole)
                ereport(ERROR, (errcode(ERRCODE_INSUFFICIENT_PRIVILEGE),
                                errmsg("must have CREATEROLE privilege")));
            catalog_set_shared_comment(AuthIdRelationId, oid, comment);
            return;
        default:
            unsupported("COMMENT on this kind of object");
    }
}
