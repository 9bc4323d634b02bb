/*
 * check.c - asserts what README.md says of a tree, and that heap and index agree
 */
#include "btree_int.h"

pg_noreturn static void pg_attribute_printf(2, 3)
fault(Relation index, const char *format, ...)
{
    char text[256];
    va_list args;

    va_start(args, format);
    vsnprintf(text, sizeof(text), format, args);
    va_end(args);
    ereport(ERROR, (errcode(ERRCODE_INDEX_CORRUPTED),
                    errmsg("index \"%s\": %s", RelationGetRelationName(index), text)));
    pg_unreachable();
}

/* Columns cut off a pivot count as minus infinity: it may equal the start of the next one. */
static bool
is_in_order(Relation index, BtreeKey *key, const void *itup, const void *next)
{
    int natts = btree__info(index)->nkeys;
    int order = btree__compare_tuple(index, key, next);

    return order < 0 ||
           (order == 0 && btree_tuple_natts(itup, natts) < btree_tuple_natts(next, natts));
}

/* Order of the items of a page, and their bound. */
static void
check_items(Relation index, Page page, BlockNumber block)
{
    BtreePageOpaque *opaque = btree_page_opaque(page);
    OffsetNumber first = btree_first_data_key(opaque), max = page_max_offset(page);
    bool is_leaf = (opaque->flags & BTP_LEAF) != 0;
    BtreeKey key;

    if (!is_leaf && max < first)
        fault(index, "inner page %u is empty", block);
    for (OffsetNumber offset = first; offset <= max; offset++) {
        void *itup = page_item_at(page, offset);

        if (page_item_id(page, offset)->lp_len != IndexTupleSize(itup))
            fault(index, "item %u of page %u has a wrong length", offset, block);
        if (is_leaf == btree_tuple_is_pivot(itup))
            fault(index, "item %u of page %u is of the wrong kind", offset, block);
        if (!is_leaf && offset == first) {
            if (btree_tuple_natts(itup, 0) != 0)
                fault(index, "first item of inner page %u is not minus infinity", block);
            continue;
        }
        btree__key_from_tuple(index, itup, INDEX_MAX_KEYS, &key);
        if (offset < max && !is_in_order(index, &key, itup,
                                         page_item_at(page, (OffsetNumber)(offset + 1))))
            fault(index, "items %u and %u of page %u are out of order", offset, offset + 1, block);
        if (first == 2 && btree__compare_tuple(index, &key, page_item_at(page, 1)) > 0)
            fault(index, "item %u of page %u is above the high key", offset, block);
    }
}

/* The child begins above its downlink, and lies a level below. */
static void
check_children(Relation index, Page page, BlockNumber block)
{
    BtreePageOpaque *opaque = btree_page_opaque(page);
    OffsetNumber first = btree_first_data_key(opaque);

    for (OffsetNumber offset = first; offset <= page_max_offset(page); offset++) {
        void *itup = page_item_at(page, offset);
        BlockNumber child_block = btree_tuple_child(itup);
        Buffer buffer = btree__read(index, child_block, BUFFER_LOCK_SHARE);
        Page child = buffer_page(buffer);
        BtreePageOpaque *child_opaque = btree_page_opaque(child);
        OffsetNumber lowest = btree_first_data_key(child_opaque);
        BtreeKey key;

        if (btree_is_ignored(child_opaque))
            fault(index, "downlink of page %u leads to deleted page %u", block, child_block);
        if (child_opaque->level + 1 != opaque->level)
            fault(index, "downlink of page %u leads to page %u of level %u", block, child_block,
                  child_opaque->level);
        if ((child_opaque->flags & BTP_LEAF) == 0)
            lowest++;
        if (offset > first && lowest <= page_max_offset(child)) {
            btree__key_from_tuple(index, itup, INDEX_MAX_KEYS, &key);
            if (btree__compare_tuple(index, &key, page_item_at(child, lowest)) > 0 ||
                (key.has_tid &&
                 btree__compare_tuple(index, &key, page_item_at(child, lowest)) == 0))
                fault(index, "page %u has items below its downlink in page %u", child_block,
                      block);
        }
        buffer_unlock_release(buffer);
    }
}

/* A level from its leftmost page; returns the leftmost page of the level below. */
static BlockNumber
check_level(Relation index, BlockNumber leftmost, uint32 level)
{
    BlockNumber block = leftmost, prev = BTREE_NONE, below = BTREE_NONE;
    IndexTuple high_key = NULL;

    while (block != BTREE_NONE) {
        Buffer buffer = btree__read(index, block, BUFFER_LOCK_SHARE);
        Page page = palloc(BLCKSZ);
        BtreePageOpaque *opaque;

        CHECK_FOR_INTERRUPTS();
        memcpy(page, buffer_page(buffer), BLCKSZ);
        buffer_unlock_release(buffer);
        opaque = btree_page_opaque(page);
        if (btree_is_ignored(opaque))
            fault(index, "page %u is deleted but linked", block);
        if (opaque->level != level)
            fault(index, "page %u is of level %u among those of level %u", block, opaque->level,
                  level);
        if (opaque->prev != prev)
            fault(index, "left link of page %u is %u, not %u", block, opaque->prev, prev);
        check_items(index, page, block);
        if (level > 0) {
            check_children(index, page, block);
            if (below == BTREE_NONE)
                below = btree_tuple_child(page_item_at(page, btree_first_data_key(opaque)));
        }
        if (high_key != NULL) {
            OffsetNumber lowest = btree_first_data_key(opaque) + (level > 0 ? 1 : 0);
            BtreeKey key;
            btree__key_from_tuple(index, high_key, INDEX_MAX_KEYS, &key);
            if (lowest <= page_max_offset(page) &&
                btree__compare_tuple(index, &key, page_item_at(page, lowest)) > 0)
                fault(index, "page %u has items below the high key of page %u", block, prev);
            pfree(high_key);
        }
        high_key = opaque->next != BTREE_NONE ? btree__copy_tuple(page_item_at(page, 1)) : NULL;
        prev = block;
        block = opaque->next;
        pfree(page);
    }
    return below;
}

static void
check_structure(Relation index)
{
    BtreeMeta meta = btree__read_meta(index);
    BlockNumber leftmost = meta.root;

    if (leftmost == BTREE_NONE)
        return;
    for (uint32 level = meta.level + 1; level-- > 0;)
        leftmost = check_level(index, leftmost, level);
}

/* --- heap and index --- */

typedef struct CheckRows {
    Relation index, heap;
    IndexFormDatum form;
    void *form_arg;
} CheckRows;

static bool
form_row(CheckRows *rows, HeapTuple tuple, Datum *values, bool *isnull)
{
    TupleDesc desc = RelationGetDescr(rows->heap);

    if (rows->form != NULL)
        return rows->form(rows->index, tuple, desc, rows->form_arg, values, isnull);
    for (int i = 0; i < rows->index->rd_index->indnatts; i++)
        values[i] = heap_getattr(tuple, rows->index->rd_index->indkey.values[i], desc, &isnull[i]);
    return true;
}

static void
find_entry(HeapTuple tuple, bool alive, void *arg)
{
    CheckRows *rows = arg;
    Datum values[INDEX_MAX_KEYS];
    bool isnull[INDEX_MAX_KEYS];
    BtreeKey key;
    Buffer buffer;
    Page page;
    OffsetNumber offset;

    if (!alive || !form_row(rows, tuple, values, isnull))
        return;
    btree__key_from_values(rows->index, values, isnull, &key);
    key.has_tid = true;
    key.tid = tuple->t_self;
    buffer = btree__descend(rows->index, &key, BUFFER_LOCK_SHARE, 0, false, NULL);
    if (buffer == InvalidBuffer)
        fault(rows->index, "is empty, but there is a row (%u,%u)",
              ItemPointerGetBlockNumber(&tuple->t_self),
              ItemPointerGetOffsetNumber(&tuple->t_self));
    page = buffer_page(buffer);
    offset = btree__search_page(rows->index, &key, page);
    if (offset > page_max_offset(page) || btree__compare(rows->index, &key, page, offset) != 0)
        fault(rows->index, "has no entry for row (%u,%u)",
              ItemPointerGetBlockNumber(&tuple->t_self),
              ItemPointerGetOffsetNumber(&tuple->t_self));
    buffer_unlock_release(buffer);
}

/* Each entry's visible row, if it has one, must have the entry's values. */
static void
check_entries(CheckRows *rows)
{
    IndexScanDesc scan = btree_begin_scan(rows->heap, rows->index, SnapshotSelf, 0);
    IndexFetch fetch;

    scan->xs_want_itup = true;
    btree_rescan(scan, NULL, 0);
    heap_index_fetch_begin(&fetch, rows->heap);
    while (btree_next(scan, ForwardScanDirection)) {
        Datum values[INDEX_MAX_KEYS];
        bool isnull[INDEX_MAX_KEYS];
        BtreeKey key;

        if (!heap_index_fetch(&fetch, &scan->xs_heaptid, SnapshotSelf, NULL))
            continue;
        if (!form_row(rows, &fetch.tuple, values, isnull))
            continue;
        btree__key_from_values(rows->index, values, isnull, &key);
        if (btree__compare_tuple(rows->index, &key, scan->xs_itup) != 0)
            fault(rows->index, "entry of row (%u,%u) has other values than the row",
                  ItemPointerGetBlockNumber(&scan->xs_heaptid),
                  ItemPointerGetOffsetNumber(&scan->xs_heaptid));
    }
    heap_index_fetch_end(&fetch);
    btree_end_scan(scan);
}

void
btree_check(Relation index, Relation heap, int flags, IndexFormDatum form, void *form_arg)
{
    CheckRows rows = {index, heap, form, form_arg};

    (void) btree__info(index);
    if ((flags & BTREE_CHECK_STRUCTURE) != 0)
        check_structure(index);
    if ((flags & BTREE_CHECK_HEAP_TO_INDEX) != 0) {
        bool broken;
        (void) heap_scan_for_index_build(heap, NULL, &broken, find_entry, &rows);
    }
    if ((flags & BTREE_CHECK_INDEX_TO_HEAP) != 0)
        check_entries(&rows);
}
