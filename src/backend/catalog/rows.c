/*
 * rows.c - finding and changing rows of catalogs
 *
 * A scan reads through the catalog snapshot, so that it sees all that has committed, and this
 * transaction's own commands, whatever the transaction's isolation level.
 */
#include "catalog_int.h"

#include "btree/btree.h"
#include "heap/toast.h"

struct CatalogScan {
    Relation table;
    Relation index; /* NULL: the whole table */
    Snapshot snapshot;
    IndexScanDesc index_scan;
    IndexFetch fetch;
    HeapScanDesc heap_scan;
};

/* ---- reading ---- */

static void
begin_index_scan(CatalogScan *scan, Oid index, int key_count, const Datum *keys)
{
    ScanKeyData scan_keys[CATALOG_KEYS_MAX];

    scan->index = relation_open(index, AccessShareLock);
    memset(scan_keys, 0, sizeof(scan_keys));
    for (int i = 0; i < key_count; i++) {
        scan_keys[i].sk_attno = (AttrNumber)(i + 1);
        scan_keys[i].sk_strategy = BTEqualStrategyNumber;
        scan_keys[i].sk_collation = scan->index->rd_indcollation[i];
        scan_keys[i].sk_argument = keys[i];
    }
    scan->index_scan = btree_begin_scan(scan->table, scan->index, scan->snapshot, key_count);
    btree_rescan(scan->index_scan, scan_keys, key_count);
    heap_index_fetch_begin(&scan->fetch, scan->table);
}

CatalogScan *
catalog_scan_begin(Oid catalog, Oid index, int key_count, const Datum *keys)
{
    CatalogScan *scan = palloc0(sizeof(*scan));

    Assert(key_count <= CATALOG_KEYS_MAX);
    scan->table = relation_open(catalog, AccessShareLock);
    scan->snapshot = snapshot_register(snapshot_get_catalog());
    if (index != InvalidOid)
        begin_index_scan(scan, index, key_count, keys);
    else
        scan->heap_scan = heap_begin_scan(scan->table, scan->snapshot, 0);
    return scan;
}

HeapTuple
catalog_scan_next(CatalogScan *scan)
{
    if (scan->heap_scan)
        return heap_scan_next(scan->heap_scan, ForwardScanDirection);
    while (btree_next(scan->index_scan, ForwardScanDirection)) {
        bool all_dead = false;

        if (heap_index_fetch(&scan->fetch, &scan->index_scan->xs_heaptid, scan->snapshot,
                             &all_dead))
            return &scan->fetch.tuple;
        scan->index_scan->kill_prior_tuple = all_dead;
    }
    return NULL;
}

void
catalog_scan_end(CatalogScan *scan)
{
    if (scan->heap_scan)
        heap_end_scan(scan->heap_scan);
    else {
        heap_index_fetch_end(&scan->fetch);
        btree_end_scan(scan->index_scan);
        relation_close(scan->index, AccessShareLock);
    }
    snapshot_unregister(scan->snapshot);
    relation_close(scan->table, AccessShareLock);
    pfree(scan);
}

HeapTuple
catalog_fetch(Oid catalog, Oid index, int key_count, const Datum *keys)
{
    CatalogScan *scan = catalog_scan_begin(catalog, index, key_count, keys);
    HeapTuple row = catalog_scan_next(scan);
    HeapTuple copy = row ? heap_copytuple(row) : NULL;

    catalog_scan_end(scan);
    return copy;
}

HeapTuple
catalog_fetch1(Oid catalog, Oid index, Datum key)
{
    return catalog_fetch(catalog, index, 1, &key);
}

HeapTuple
catalog_fetch2(Oid catalog, Oid index, Datum key1, Datum key2)
{
    return catalog_fetch(catalog, index, 2, (Datum[]){key1, key2});
}

Datum
catalog_get(Oid catalog, HeapTuple row, AttrNumber attnum, bool *ret_isnull)
{
    return heap_getattr(row, attnum, catalog_desc(catalog), ret_isnull);
}

Oid
catalog_get_oid(Oid catalog, HeapTuple row, AttrNumber attnum)
{
    bool isnull;
    Datum value = catalog_get(catalog, row, attnum, &isnull);

    return isnull ? InvalidOid : DatumGetObjectId(value);
}

/* ---- changing ---- */

static bool index_inserts_deferred;

void
catalog__defer_index_inserts(bool defer)
{
    Assert(catalog_bootstrapping);
    index_inserts_deferred = defer;
}

static void
insert_index_entries(Relation rel, HeapTuple row)
{
    const CatalogTable *table = catalog__table(rel->rd_id);
    TupleDesc desc = rel->rd_att;

    Assert(table != NULL);
    for (int i = 0; i < table->index_count; i++) {
        const CatalogIndex *index = &catalog__indexes[table->first_index + i];
        Relation index_rel = relation_open(index->oid, RowExclusiveLock);
        Datum values[CATALOG_KEYS_MAX];
        bool nulls[CATALOG_KEYS_MAX];

        for (int k = 0; k < index->key_count; k++)
            values[k] = heap_getattr(row, index->attnums[k], desc, &nulls[k]);
        btree_insert(index_rel, values, nulls, &row->t_self, rel,
                     index->unique ? UNIQUE_CHECK_YES : UNIQUE_CHECK_NO, false);
        relation_close(index_rel, RowExclusiveLock);
    }
}

void
catalog_insert_row(Relation rel, Datum *values, const bool *nulls)
{
    HeapTuple row = heap_form_tuple(rel->rd_att, values, nulls);

    if (unlikely(index_inserts_deferred)) {
        heap_insert(rel, row, xact_current_command_id(true), HEAP_INSERT_FROZEN, NULL);
        heap_freetuple(row);
        return;
    }
    simple_heap_insert(rel, row);
    insert_index_entries(rel, row);
    catalog__queue_row_change(rel, row);
    heap_freetuple(row);
}

void
catalog_update_row(Relation rel, HeapTuple row, const Datum *values, const bool *nulls,
                   const bool *replace)
{
    HeapTuple changed = heap_modify_tuple(row, rel->rd_att, values, nulls, replace);
    bool update_indexes = true;

    simple_heap_update(rel, &row->t_self, changed, &update_indexes);
    if (update_indexes)
        insert_index_entries(rel, changed);
    catalog__queue_row_change(rel, row);
    catalog__queue_row_change(rel, changed);
    heap_freetuple(changed);
}

void
catalog_delete_row(Relation rel, HeapTuple row)
{
    simple_heap_delete(rel, &row->t_self);
    catalog__queue_row_change(rel, row);
}

/* Only columns of fixed width may change, and nulls must stay what they are. */
void
catalog_update_in_place(Relation rel, HeapTuple row, const Datum *values, const bool *nulls,
                        const bool *replace)
{
    HeapTuple changed = heap_modify_tuple(row, rel->rd_att, values, nulls, replace);

    if (changed->t_len != row->t_len)
        elog(ERROR, "in-place update changes the length of a catalog row");
    changed->t_self = row->t_self;
    heap_inplace_update(rel, changed);
    catalog__queue_row_change(rel, changed);
    heap_freetuple(changed);
}

Oid
catalog_new_oid(Relation rel, Oid oid_index)
{
    for (;;) {
        Oid oid = GetNewObjectId();
        HeapTuple row;

        CHECK_FOR_INTERRUPTS();
        row = catalog_fetch1(rel->rd_id, oid_index, ObjectIdGetDatum(oid));
        if (row == NULL)
            return oid;
        heap_freetuple(row);
    }
}
