/*
 * lock.c - LOCK TABLE and CHECKPOINT
 */
#include "commands_int.h"

#include "recovery/recovery.h"

/* A stronger right allows every weaker lock. */
static AclMode
rights_for(LOCKMODE mode)
{
    AclMode rights = ACL_UPDATE | ACL_DELETE | ACL_TRUNCATE;

    if (mode <= RowExclusiveLock)
        rights |= ACL_INSERT;
    if (mode == AccessShareLock)
        rights |= ACL_SELECT;
    return rights;
}

static void
lock_one(const PgQuery__RangeVar *var, LOCKMODE mode, bool nowait)
{
    QualifiedName name = name_of_rangevar(var);
    Oid relid;
    char kind;

    if (!nowait) {
        relid = catalog_relation_lock_by_name(name.schema, name.name, mode, false);
    } else {
        relid = catalog_relation_find(name.schema, name.name);
        if (relid == InvalidOid)
            relid = catalog_relation_lock_by_name(name.schema, name.name, NoLock, false);
        if (!lock_relation_conditional(relid, mode))
            ereport(ERROR, (errcode(ERRCODE_LOCK_NOT_AVAILABLE),
                            errmsg("could not obtain lock on relation \"%s\"", name.name)));
    }
    kind = get_rel_relkind(relid);
    if (kind != RELKIND_RELATION && kind != RELKIND_PARTITIONED_TABLE && kind != RELKIND_VIEW)
        ereport(ERROR, (errcode(ERRCODE_WRONG_OBJECT_TYPE),
                        errmsg("cannot lock relation \"%s\"", name.name),
                        errdetail("This operation is not supported for %s.",
                                  kind == RELKIND_INDEX      ? "indexes"
                                  : kind == RELKIND_SEQUENCE ? "sequences"
                                                             : "this kind of relation")));
    if (pg_class_aclmask(relid, GetUserId(), rights_for(mode)) == 0)
        aclcheck_error(ACLCHECK_NO_PRIV, get_relkind_objtype(kind), name.name);
}

void
lock_process(Utility *u)
{
    const PgQuery__LockStmt *stmt = u->raw->lock_stmt;

    xact_require_block(u->is_top_level, "LOCK TABLE");
    for (size_t i = 0; i < stmt->n_relations; i++)
        lock_one(stmt->relations[i]->range_var, stmt->mode, stmt->nowait);
}

void
checkpoint_process(Utility *u)
{
    Oid role = get_role_oid("pg_checkpoint", true);

    if (!superuser() && (role == InvalidOid || !has_privs_of_role(GetUserId(), role)))
        ereport(ERROR, (errcode(ERRCODE_INSUFFICIENT_PRIVILEGE),
                        errmsg("must be superuser or have privileges of pg_checkpoint to do "
                               "CHECKPOINT")));
    recovery_request_checkpoint(CHECKPOINT_WAIT | CHECKPOINT_IMMEDIATE | CHECKPOINT_FORCE);
}
