/*
 * alter_table.c - ALTER TABLE, one action after the other
 *
 * Errors     as PostgreSQL's. Actions about partitions, inheritance, triggers that exist, row
 *            security, replica identity and generated columns answer 0A000.
 */
#include "commands_int.h"

#include "alter_int.h"

/* ---- which relations an action is for ---- */

static const char *
action_name(PgQuery__AlterTableType type)
{
    switch (type) {
        case PG_QUERY__ALTER_TABLE_TYPE__AT_AddColumn:
            return "ADD COLUMN";
        case PG_QUERY__ALTER_TABLE_TYPE__AT_DropColumn:
            return "DROP COLUMN";
        case PG_QUERY__ALTER_TABLE_TYPE__AT_ColumnDefault:
            return "ALTER COLUMN ... SET DEFAULT";
        case PG_QUERY__ALTER_TABLE_TYPE__AT_DropNotNull:
            return "ALTER COLUMN ... DROP NOT NULL";
        case PG_QUERY__ALTER_TABLE_TYPE__AT_SetNotNull:
            return "ALTER COLUMN ... SET NOT NULL";
        case PG_QUERY__ALTER_TABLE_TYPE__AT_SetStatistics:
            return "ALTER COLUMN ... SET STATISTICS";
        case PG_QUERY__ALTER_TABLE_TYPE__AT_SetStorage:
            return "ALTER COLUMN ... SET STORAGE";
        case PG_QUERY__ALTER_TABLE_TYPE__AT_AddConstraint:
            return "ADD CONSTRAINT";
        case PG_QUERY__ALTER_TABLE_TYPE__AT_DropConstraint:
            return "DROP CONSTRAINT";
        case PG_QUERY__ALTER_TABLE_TYPE__AT_ValidateConstraint:
            return "VALIDATE CONSTRAINT";
        case PG_QUERY__ALTER_TABLE_TYPE__AT_AlterColumnType:
            return "ALTER COLUMN ... SET DATA TYPE";
        default:
            return NULL;
    }
}

static void
check_kind(Relation rel, PgQuery__AlterTableType type)
{
    char kind = rel->rd_rel->relkind;
    const char *action = action_name(type);

    if (kind == RELKIND_RELATION || action == NULL)
        return;
    if (kind == RELKIND_VIEW && type == PG_QUERY__ALTER_TABLE_TYPE__AT_ColumnDefault)
        return;
    ereport(ERROR, (errcode(ERRCODE_WRONG_OBJECT_TYPE),
                    errmsg("ALTER action %s cannot be performed on relation \"%s\"", action,
                           RelationGetRelationName(rel)),
                    errdetail("This operation is not supported for %s.",
                              kind == RELKIND_VIEW    ? "views"
                              : kind == RELKIND_INDEX ? "indexes"
                                                      : "this kind of relation")));
}

AttrNumber
alter_find_column(Relation rel, const char *name)
{
    AttrNumber attnum = get_attnum(rel->rd_id, name);

    if (attnum == InvalidAttrNumber)
        ereport(ERROR, (errcode(ERRCODE_UNDEFINED_COLUMN),
                        errmsg("column \"%s\" of relation \"%s\" does not exist", name,
                               RelationGetRelationName(rel))));
    if (attnum < 0)
        ereport(ERROR, (errcode(ERRCODE_FEATURE_NOT_SUPPORTED),
                        errmsg("cannot alter system column \"%s\"", name)));
    return attnum;
}

/* ---- columns ---- */

static void
drop_column(Relation rel, const PgQuery__AlterTableCmd *cmd)
{
    AttrNumber attnum = get_attnum(rel->rd_id, cmd->name);
    ObjectAddress object = {RelationRelationId, rel->rd_id, attnum};

    if (attnum == InvalidAttrNumber && cmd->missing_ok) {
        ereport(NOTICE, (errmsg("column \"%s\" of relation \"%s\" does not exist, skipping",
                                cmd->name, RelationGetRelationName(rel))));
        return;
    }
    if (attnum == InvalidAttrNumber)
        (void) alter_find_column(rel, cmd->name);
    if (attnum < 0)
        ereport(ERROR, (errcode(ERRCODE_FEATURE_NOT_SUPPORTED),
                        errmsg("cannot drop system column \"%s\"", cmd->name)));
    performDeletion(&object, drop_behavior(cmd->behavior));
}

static void
set_default(const Utility *u, Relation rel, const PgQuery__AlterTableCmd *cmd)
{
    AttrNumber attnum = alter_find_column(rel, cmd->name);
    Form_pg_attribute att = TupleDescAttr(rel->rd_att, attnum - 1);
    NewColumn column = {.name = cmd->name,
                        .type = att->atttypid,
                        .typmod = att->atttypmod,
                        .default_raw = cmd->def};

    catalog_set_default(rel->rd_id, attnum, NULL, NULL);
    xact_command_counter_increment();
    if (RAW_KIND(cmd->def) != PG_QUERY__NODE__NODE__NOT_SET)
        column_add_default(u, rel->rd_id, &column, attnum);
}

static bool
is_primary_key_column(Relation rel, AttrNumber attnum)
{
    Oid oid = RelationGetPrimaryKeyIndex(rel);
    Relation index;
    bool found = false;

    if (oid == InvalidOid)
        return false;
    index = index_open(oid, AccessShareLock);
    for (int i = 0; i < index->rd_index->indnkeyatts; i++)
        found |= index->rd_index->indkey.values[i] == attnum;
    index_close(index, NoLock);
    return found;
}

static void
set_not_null(Relation rel, const PgQuery__AlterTableCmd *cmd, bool not_null)
{
    AttrNumber attnum = alter_find_column(rel, cmd->name);

    if (TupleDescAttr(rel->rd_att, attnum - 1)->attnotnull == not_null)
        return;
    if (not_null)
        table_check_not_null(rel, &attnum, 1);
    else if (is_primary_key_column(rel, attnum))
        ereport(ERROR, (errcode(ERRCODE_INVALID_TABLE_DEFINITION),
                        errmsg("column \"%s\" is in a primary key", cmd->name)));
    catalog_set_not_null(rel->rd_id, attnum, not_null);
}

static void
set_statistics(Relation rel, const PgQuery__AlterTableCmd *cmd)
{
    int target = atoi(const_text(cmd->def));

    if (target < -1)
        ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE),
                        errmsg("statistics target %d is too low", target)));
    if (target > 10000) {
        target = 10000;
        ereport(WARNING, (errcode(ERRCODE_INVALID_PARAMETER_VALUE),
                          errmsg("lowering statistics target to %d", target)));
    }
    catalog_set_column_statistics(rel->rd_id, alter_find_column(rel, cmd->name), target);
}

static void
set_storage(Relation rel, const PgQuery__AlterTableCmd *cmd)
{
    AttrNumber attnum = alter_find_column(rel, cmd->name);
    Oid type = TupleDescAttr(rel->rd_att, attnum - 1)->atttypid;
    const char *mode = const_text(cmd->def);
    char storage = pg_strcasecmp(mode, "plain") == 0      ? TYPSTORAGE_PLAIN
                   : pg_strcasecmp(mode, "external") == 0 ? TYPSTORAGE_EXTERNAL
                   : pg_strcasecmp(mode, "extended") == 0 ? TYPSTORAGE_EXTENDED
                   : pg_strcasecmp(mode, "main") == 0     ? TYPSTORAGE_MAIN
                                                          : 0;

    if (storage == 0)
        ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE),
                        errmsg("invalid storage type \"%s\"", mode)));
    if (storage != TYPSTORAGE_PLAIN && get_typstorage(type) == TYPSTORAGE_PLAIN)
        ereport(ERROR, (errcode(ERRCODE_FEATURE_NOT_SUPPORTED),
                        errmsg("column data type %s can only have storage PLAIN",
                               format_type_be(type))));
    catalog_set_column_storage(rel->rd_id, attnum, storage);
}

/* ---- constraints ---- */

static void
add_constraint(const Utility *u, Relation rel, PgQuery__Constraint *constraint)
{
    NewConstraints constraints = {.table_name = RelationGetRelationName(rel)};
    ListCell *cell;

    constraint_read(u, constraint, NULL, &constraints);
    foreach (cell, constraints.indexes)
        (void) index_create(u, rel, lfirst(cell));
    foreach (cell, constraints.checks)
        alter_add_check(u, rel->rd_id, lfirst(cell));
}

void
alter_add_check(const Utility *u, Oid relid, PgQuery__Constraint *constraint)
{
    Node *condition;
    Oid oid = constraint_add_check(u, relid, constraint, !constraint->skip_validation, &condition);

    if (!constraint->skip_validation) {
        Relation rel = relation_open(relid, NoLock);

        table_check_condition(rel, condition, get_constraint_name(oid));
        relation_close(rel, NoLock);
    }
}

static void
drop_constraint(Relation rel, const PgQuery__AlterTableCmd *cmd)
{
    Oid oid = catalog_constraint_find(rel->rd_id, cmd->name, true);
    ObjectAddress object = {ConstraintRelationId, oid, 0};

    if (oid != InvalidOid) {
        performDeletion(&object, drop_behavior(cmd->behavior));
        return;
    }
    if (!cmd->missing_ok)
        ereport(ERROR, (errcode(ERRCODE_UNDEFINED_OBJECT),
                        errmsg("constraint \"%s\" of relation \"%s\" does not exist", cmd->name,
                               RelationGetRelationName(rel))));
    ereport(NOTICE, (errmsg("constraint \"%s\" of relation \"%s\" does not exist, skipping",
                            cmd->name, RelationGetRelationName(rel))));
}

static void
validate_constraint(Relation rel, const PgQuery__AlterTableCmd *cmd)
{
    const RelationCheck *checks;
    int count = relation_checks(rel, &checks);

    for (int i = 0; i < count; i++) {
        if (strcmp(checks[i].name, cmd->name) != 0)
            continue;
        if (!checks[i].is_valid) {
            table_check_condition(rel, stringToNode(checks[i].expression), cmd->name);
            catalog_validate_constraint(checks[i].oid);
            CacheInvalidateRelcache(rel);
        }
        return;
    }
    if (catalog_constraint_find(rel->rd_id, cmd->name, true) != InvalidOid)
        ereport(ERROR, (errcode(ERRCODE_WRONG_OBJECT_TYPE),
                        errmsg("constraint \"%s\" of relation \"%s\" is not a foreign key or "
                               "check constraint",
                               cmd->name, RelationGetRelationName(rel))));
    ereport(ERROR, (errcode(ERRCODE_UNDEFINED_OBJECT),
                    errmsg("constraint \"%s\" of relation \"%s\" does not exist", cmd->name,
                           RelationGetRelationName(rel))));
}

/* ---- the relation as a whole ---- */

static void
set_reloptions(Relation rel, const PgQuery__AlterTableCmd *cmd, bool is_reset)
{
    ReloptionKind kind = rel->rd_rel->relkind == RELKIND_INDEX  ? RELOPTION_BTREE
                         : rel->rd_rel->relkind == RELKIND_VIEW ? RELOPTION_VIEW
                                                                : RELOPTION_HEAP;

    catalog_set_reloptions(rel->rd_id, reloptions_change(reloptions_of(rel->rd_id),
                                                         cmd->def->list->items,
                                                         cmd->def->list->n_items, kind, is_reset));
}

void
alter_relation_owner(Relation rel, Oid owner)
{
    if (rel->rd_rel->relowner == owner)
        return;
    check_new_owner(rel->rd_rel->relowner, owner);
    if (!superuser() &&
        pg_namespace_aclcheck(rel->rd_rel->relnamespace, owner, ACL_CREATE) != ACLCHECK_OK)
        aclcheck_error(ACLCHECK_NO_PRIV, OBJECT_SCHEMA,
                       get_namespace_name(rel->rd_rel->relnamespace));
    catalog_set_relation_owner(rel->rd_id, owner);
}

static void
run_action(const Utility *u, Relation rel, const PgQuery__AlterTableCmd *cmd)
{
    check_kind(rel, cmd->subtype);
    switch (cmd->subtype) {
        case PG_QUERY__ALTER_TABLE_TYPE__AT_AddColumn:
            alter_add_column(u, rel, cmd);
            break;
        case PG_QUERY__ALTER_TABLE_TYPE__AT_AlterColumnType:
            alter_column_type(u, rel, cmd);
            break;
        case PG_QUERY__ALTER_TABLE_TYPE__AT_DropColumn:
            drop_column(rel, cmd);
            break;
        case PG_QUERY__ALTER_TABLE_TYPE__AT_ColumnDefault:
            set_default(u, rel, cmd);
            break;
        case PG_QUERY__ALTER_TABLE_TYPE__AT_DropNotNull:
            set_not_null(rel, cmd, false);
            break;
        case PG_QUERY__ALTER_TABLE_TYPE__AT_SetNotNull:
            set_not_null(rel, cmd, true);
            break;
        case PG_QUERY__ALTER_TABLE_TYPE__AT_SetStatistics:
            set_statistics(rel, cmd);
            break;
        case PG_QUERY__ALTER_TABLE_TYPE__AT_SetStorage:
            set_storage(rel, cmd);
            break;
        case PG_QUERY__ALTER_TABLE_TYPE__AT_AddConstraint:
            add_constraint(u, rel, cmd->def->constraint);
            break;
        case PG_QUERY__ALTER_TABLE_TYPE__AT_DropConstraint:
            drop_constraint(rel, cmd);
            break;
        case PG_QUERY__ALTER_TABLE_TYPE__AT_ValidateConstraint:
            validate_constraint(rel, cmd);
            break;
        case PG_QUERY__ALTER_TABLE_TYPE__AT_SetRelOptions:
            set_reloptions(rel, cmd, false);
            break;
        case PG_QUERY__ALTER_TABLE_TYPE__AT_ResetRelOptions:
            set_reloptions(rel, cmd, true);
            break;
        case PG_QUERY__ALTER_TABLE_TYPE__AT_ChangeOwner:
            alter_relation_owner(rel, role_of_spec(cmd->newowner));
            break;
        case PG_QUERY__ALTER_TABLE_TYPE__AT_SetLogged:    /* every table is */
        case PG_QUERY__ALTER_TABLE_TYPE__AT_DropOids:     /* no table has them */
        case PG_QUERY__ALTER_TABLE_TYPE__AT_EnableTrigAll: /* no table has triggers */
        case PG_QUERY__ALTER_TABLE_TYPE__AT_DisableTrigAll:
        case PG_QUERY__ALTER_TABLE_TYPE__AT_EnableTrigUser:
        case PG_QUERY__ALTER_TABLE_TYPE__AT_DisableTrigUser:
            break;
        default:
            unsupported("this form of ALTER TABLE");
    }
}

static void
check_object_kind(Relation rel, PgQuery__ObjectType type)
{
    const char *name = RelationGetRelationName(rel);
    char kind = rel->rd_rel->relkind;

    if (type == PG_QUERY__OBJECT_TYPE__OBJECT_VIEW && kind != RELKIND_VIEW)
        ereport(ERROR,
                (errcode(ERRCODE_WRONG_OBJECT_TYPE), errmsg("\"%s\" is not a view", name)));
    if (type == PG_QUERY__OBJECT_TYPE__OBJECT_INDEX && kind != RELKIND_INDEX)
        ereport(ERROR,
                (errcode(ERRCODE_WRONG_OBJECT_TYPE), errmsg("\"%s\" is not an index", name)));
    if (type == PG_QUERY__OBJECT_TYPE__OBJECT_SEQUENCE && kind != RELKIND_SEQUENCE)
        ereport(ERROR,
                (errcode(ERRCODE_WRONG_OBJECT_TYPE), errmsg("\"%s\" is not a sequence", name)));
}

void
alter_table_process(Utility *u)
{
    const PgQuery__AlterTableStmt *stmt = u->raw->alter_table_stmt;
    Relation rel = open_rangevar(stmt->relation, AccessExclusiveLock, stmt->missing_ok);
    bool pushed;
    Oid relid;

    if (rel == NULL) {
        ereport(NOTICE, (errmsg("relation \"%s\" does not exist, skipping",
                                stmt->relation->relname)));
        return;
    }
    relid = rel->rd_id;
    check_object_kind(rel, stmt->objtype);
    check_relation_owner(rel);
    check_not_used(rel, "ALTER TABLE");
    relation_close(rel, NoLock);
    pushed = need_snapshot();
    for (size_t i = 0; i < stmt->n_cmds; i++) {
        rel = relation_open(relid, NoLock);
        run_action(u, rel, stmt->cmds[i]->alter_table_cmd);
        relation_close(rel, NoLock);
        xact_command_counter_increment();
    }
    done_snapshot(pushed);
}
