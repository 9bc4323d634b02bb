/*
 * inval.c - from changed catalog rows to messages, and from messages to stale caches
 *
 * A changed row of pg_class, pg_attribute, pg_index, pg_constraint, pg_attrdef or pg_rewrite means
 * its relation's cache entry; a row of a catalog that the object caches read means all cached
 * objects of that catalog; any other row only means that catalog snapshots are out of date.
 */
#include "catalog_int.h"

#define CATALOG_CALLBACKS_MAX 16

static struct {
    struct {
        CatalogCallbackFunction function;
        Datum arg;
    } callbacks[CATALOG_CALLBACKS_MAX];
    int callback_count;
    /* the last one queued in this command: DDL changes many rows of one kind in a row */
    Oid last_catalog;
    Oid last_relation;
} inval;

void
catalog_register_callback(CatalogCallbackFunction function, Datum arg)
{
    if (inval.callback_count == CATALOG_CALLBACKS_MAX)
        elog(FATAL, "out of catalog callback slots");
    inval.callbacks[inval.callback_count].function = function;
    inval.callbacks[inval.callback_count++].arg = arg;
}

bool
catalog__is_shared(Oid relation)
{
    const CatalogTable *table = catalog__table(relation);
    const CatalogIndex *index;

    if (relation >= FirstNormalObjectId)
        return false;
    if (table)
        return table->shared;
    index = catalog__index(relation);
    if (index)
        return catalog__table(index->table)->shared;
    table = catalog__toast_owner(relation);
    return table && table->shared;
}

/* Is a change of the catalog's rows of interest to the object caches here or above? */
static bool
is_cached(Oid catalog)
{
    switch (catalog) {
    case TypeRelationId:
    case RelationRelationId:
    case NamespaceRelationId:
    case AuthIdRelationId:
    case AuthMemRelationId:
    case DatabaseRelationId:
    case TableSpaceRelationId:
    case ProcedureRelationId:
    case OperatorRelationId:
    case StatisticRelationId:
    case DbRoleSettingRelationId:
    case ConstraintRelationId:
        return true;
    default:
        return false;
    }
}

static void
queue_relation(Oid relid)
{
    if (relid == InvalidOid || relid == inval.last_relation)
        return;
    inval_queue_relation(catalog__is_shared(relid) ? InvalidOid : MyDatabaseId, relid);
    inval.last_relation = relid;
}

static void
queue_relations_of_row(Relation catalog, HeapTuple row)
{
    Oid id = catalog->rd_id;

    switch (id) {
    case RelationRelationId:
        queue_relation(catalog_get_oid(id, row, Anum_pg_class_oid));
        break;
    case AttributeRelationId:
        queue_relation(catalog_get_oid(id, row, Anum_pg_attribute_attrelid));
        break;
    case IndexRelationId:
        queue_relation(catalog_get_oid(id, row, Anum_pg_index_indexrelid));
        queue_relation(catalog_get_oid(id, row, Anum_pg_index_indrelid));
        break;
    case ConstraintRelationId:
        queue_relation(catalog_get_oid(id, row, Anum_pg_constraint_conrelid));
        break;
    case AttrDefaultRelationId:
        queue_relation(catalog_get_oid(id, row, Anum_pg_attrdef_adrelid));
        break;
    case RewriteRelationId:
        queue_relation(catalog_get_oid(id, row, Anum_pg_rewrite_ev_class));
        break;
    default:
        break;
    }
}

void
catalog__queue_row_change(Relation catalog, HeapTuple row)
{
    Oid database = catalog->rd_rel->relisshared ? InvalidOid : MyDatabaseId;

    queue_relations_of_row(catalog, row);
    if (catalog->rd_id == inval.last_catalog)
        return;
    if (is_cached(catalog->rd_id))
        inval_queue_catalog(database, catalog->rd_id, 0);
    else
        inval_queue_snapshot(database, catalog->rd_id);
    inval.last_catalog = catalog->rd_id;
}

static void
forget_last(void)
{
    inval.last_catalog = InvalidOid;
    inval.last_relation = InvalidOid;
}

/* ---- applying ---- */

static void
apply_catalog(Oid catalog, uint32 hash)
{
    catalog_generation++;
    catalog__cache_invalidate(catalog);
    switch (catalog) {
    case TypeRelationId:
        catalog__typcache_invalidate(InvalidOid);
        break;
    case NamespaceRelationId:
        catalog__namespace_invalidate();
        break;
    case AuthIdRelationId:
    case AuthMemRelationId:
        catalog__user_invalidate();
        catalog__namespace_invalidate();
        break;
    case StatisticRelationId:
        catalog__statistics_invalidate();
        break;
    default:
        break;
    }
    for (int i = 0; i < inval.callback_count; i++)
        inval.callbacks[i].function(inval.callbacks[i].arg, catalog, hash);
}

static void
apply_message(const InvalMessage *message)
{
    snapshot_invalidate_catalog();
    if (message->kind == INVAL_SMGR) {
        smgr_close(message->locator);
        catalog__relcache_smgr_closed(message->locator);
        return;
    }
    if (message->database != InvalidOid && message->database != MyDatabaseId)
        return;
    if (message->kind == INVAL_RELATION)
        catalog__relcache_invalidate(message->id);
    else if (message->kind == INVAL_CATALOG)
        apply_catalog(message->id, message->hash);
}

static void
reset_all(void)
{
    snapshot_invalidate_catalog();
    smgr_close_all();
    catalog__relcache_invalidate(InvalidOid);
    catalog__relcache_smgr_closed_all();
    catalog__cache_invalidate(InvalidOid);
    catalog__typcache_invalidate(InvalidOid);
    catalog__namespace_invalidate();
    catalog__user_invalidate();
    catalog__statistics_invalidate();
    for (int i = 0; i < inval.callback_count; i++)
        inval.callbacks[i].function(inval.callbacks[i].arg, InvalidOid, 0);
}

/* ---- ends of commands and transactions ---- */

static void
at_command_end(void)
{
    forget_last();
    snapshot_invalidate_catalog();
    if (unlikely(debug_discard_caches > 0))
        reset_all();
}

static void
after_end(bool is_commit)
{
    forget_last();
    catalog__relcache_at_end(is_commit);
    catalog__empty_graveyard();
}

static void
at_sub_commit(SubTransactionId subid, SubTransactionId parent, int level)
{
    forget_last();
    catalog__relcache_at_sub_end(subid, parent, true);
}

static void
at_sub_abort(SubTransactionId subid, SubTransactionId parent, int level)
{
    forget_last();
    catalog__relcache_at_sub_end(subid, parent, false);
}

static const XactParticipant participant = {
    .name = "catalog",
    .after_end = after_end,
    .at_sub_commit = at_sub_commit,
    .at_sub_abort = at_sub_abort,
    .at_command_end = at_command_end,
};

void
catalog__inval_start(void)
{
    sinval_register_handlers(apply_message, reset_all);
    xact_register_participant(&participant);
}
