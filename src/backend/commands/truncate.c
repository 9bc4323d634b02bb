/*
 * truncate.c - TRUNCATE: each table, its TOAST table and indexes get new empty files
 */
#include "commands_int.h"

#include "btree/btree.h"

static Relation
open_for_truncate(const PgQuery__RangeVar *var)
{
    Relation rel = open_rangevar(var, AccessExclusiveLock, false);
    const char *name = RelationGetRelationName(rel);

    if (rel->rd_rel->relkind != RELKIND_RELATION)
        ereport(ERROR, (errcode(ERRCODE_WRONG_OBJECT_TYPE),
                        errmsg("\"%s\" is not a table", name)));
    if (pg_class_aclcheck(rel->rd_id, GetUserId(), ACL_TRUNCATE) != ACLCHECK_OK)
        aclcheck_error(ACLCHECK_NO_PRIV, OBJECT_TABLE, name);
    check_not_system_catalog(rel->rd_id, name);
    return rel;
}

static void
empty_relation(Relation rel)
{
    Oid toast = rel->rd_rel->reltoastrelid;

    catalog_new_relfile(rel, rel->rd_rel->relpersistence);
    if (toast != InvalidOid) {
        Relation toast_rel = relation_open(toast, AccessExclusiveLock);

        catalog_new_relfile(toast_rel, toast_rel->rd_rel->relpersistence);
        relation_close(toast_rel, NoLock);
    }
    indexes_rebuild(rel->rd_id, true);
    if (rel->rd_counts != NULL)
        rel->rd_counts->truncated = true;
}

void
truncate_process(Utility *u)
{
    const PgQuery__TruncateStmt *stmt = u->raw->truncate_stmt;
    List *relations = NIL;
    ListCell *cell;

    for (size_t i = 0; i < stmt->n_relations; i++) {
        Relation rel = open_for_truncate(stmt->relations[i]->range_var);

        if (list_member_ptr(relations, rel)) {
            relation_close(rel, NoLock);
            continue;
        }
        check_not_used(rel, "TRUNCATE");
        relations = lappend(relations, rel);
    }
    foreach (cell, relations) {
        empty_relation(lfirst(cell));
        relation_close(lfirst(cell), NoLock);
    }
}
