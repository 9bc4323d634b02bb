/*
 * scan.c - reads a table a page at a time
 *
 * The visible rows of a page are found under one share lock; the pin alone keeps them readable
 * afterwards: pruning needs a cleanup lock, updates never change columns.
 *
 * Invariants S1. tuples[0..tuple_count) lie in the page of cbuf, which is pinned.
 *            S2. The range of blocks is fixed at the start: later pages hold nothing we may see.
 */
#include "heap_int.h"
#include "memory/memory.h"

#define PARALLEL_CHUNK_BLOCKS 32

void
heap_parallel_scan_init(HeapParallelScan *shared, Relation rel)
{
    shared->block_count = RelationGetNumberOfBlocks(rel);
    atomic_init(&shared->next, 0);
}

static void
start_range(HeapScanDesc scan)
{
    scan->position = -1;
    scan->tuple_count = 0;
    scan->cindex = -1;
    scan->parallel_next = scan->parallel_end = 0;
}

static void
measure(HeapScanDesc scan)
{
    if (scan->parallel != NULL)
        scan->block_count = scan->parallel->block_count;
    else
        scan->block_count = (scan->flags & HEAP_SCAN_BITMAP) != 0
                                ? MaxBlockNumber
                                : RelationGetNumberOfBlocks(scan->rs_rd);
    scan->block_first = 0;
    scan->block_limit = scan->block_count;
    start_range(scan);
}

static HeapScanDesc
begin_scan(Relation rel, Snapshot snapshot, uint32 flags, HeapParallelScan *shared)
{
    HeapScanDesc scan = palloc(sizeof(*scan));

    memset(scan, 0, offsetof(HeapScanDescData, tuples));
    scan->rs_rd = rel;
    scan->rs_snapshot = snapshot;
    scan->flags = flags;
    scan->parallel = shared;
    scan->cbuf = InvalidBuffer;
    measure(scan);
    if ((flags & HEAP_SCAN_BULKREAD) != 0 && scan->block_count > (BlockNumber)buffer_count() / 4)
        scan->ring = buffer_ring_create(BUFFER_RING_BULKREAD);
    HEAP_COUNT(rel, scans_started, 1);
    return scan;
}

HeapScanDesc
heap_begin_scan(Relation rel, Snapshot snapshot, uint32 flags)
{
    return begin_scan(rel, snapshot, flags, NULL);
}

HeapScanDesc
heap_begin_scan_keys(Relation rel, Snapshot snapshot, int nkeys, ScanKey keys)
{
    HeapScanDesc scan = begin_scan(rel, snapshot, 0, NULL);

    scan->nkeys = nkeys;
    if (nkeys > 0) {
        scan->keys = palloc(nkeys * sizeof(ScanKeyData));
        memcpy(scan->keys, keys, nkeys * sizeof(ScanKeyData));
    }
    return scan;
}

HeapScanDesc
heap_begin_scan_parallel(Relation rel, Snapshot snapshot, uint32 flags, HeapParallelScan *shared)
{
    return begin_scan(rel, snapshot, flags, shared);
}

void
heap_scan_set_range(HeapScanDesc scan, BlockNumber first, BlockNumber count)
{
    scan->block_first = Min(first, scan->block_count);
    scan->block_limit = (BlockNumber)Min((uint64)first + count, scan->block_count);
    start_range(scan);
}

static void
release_page(HeapScanDesc scan)
{
    if (scan->cbuf != InvalidBuffer)
        buffer_release(scan->cbuf);
    scan->cbuf = InvalidBuffer;
    scan->tuple_count = 0;
    scan->cindex = -1;
}

void
heap_rescan(HeapScanDesc scan)
{
    release_page(scan);
    measure(scan);
}

void
heap_end_scan(HeapScanDesc scan)
{
    release_page(scan);
    if (scan->ring != NULL)
        buffer_ring_free(scan->ring);
    if (scan->keys != NULL)
        pfree(scan->keys);
    pfree(scan);
}

/* --- the visible rows of a page --- */

static inline void
add_tuple(HeapScanDesc scan, ItemId item, HeapTupleHeader tup, OffsetNumber offset)
{
    int n = scan->tuple_count++;

    scan->tuples[n] = tup;
    scan->offsets[n] = offset;
    scan->lengths[n] = (uint16)item->lp_len;
}

/* By hints alone: seen by an MVCC snapshot. Most rows of a settled table are. */
static inline bool
surely_visible(HeapTupleHeader tup, Snapshot snapshot)
{
    const uint16 wanted = HEAP_XMIN_COMMITTED | HEAP_XMAX_INVALID;
    uint16 infomask = heap_tuple_infomask(tup);

    return (infomask & wanted) == wanted &&
           ((infomask & HEAP_XMIN_INVALID) != 0 || heap_tuple_raw_xmin(tup) < snapshot->xmin);
}

static void
collect_visible(HeapScanDesc scan, Buffer buffer)
{
    Page page = buffer_page(buffer);
    OffsetNumber max = page_max_offset(page);
    Snapshot snapshot = scan->rs_snapshot;
    bool mvcc = IsMVCCSnapshot(snapshot);
    HeapTupleData tuple;

    scan->all_visible = page_has_flag(page, PAGE_ALL_VISIBLE) && !snapshot->takenDuringRecovery;
    if (scan->all_visible) {
        for (OffsetNumber offset = FirstOffsetNumber; offset <= max; offset++) {
            ItemId item = page_item_id(page, offset);
            if (item_id_is_normal(item))
                add_tuple(scan, item, page_item(page, item), offset);
        }
        return;
    }
    tuple.t_tableOid = RelationGetRelid(scan->rs_rd);
    for (OffsetNumber offset = FirstOffsetNumber; offset <= max; offset++) {
        ItemId item = page_item_id(page, offset);
        HeapTupleHeader tup;

        if (!item_id_is_normal(item))
            continue;
        tup = page_item(page, item);
        if (!(mvcc && surely_visible(tup, snapshot))) {
            tuple.t_data = tup;
            tuple.t_len = item->lp_len;
            ItemPointerSet(&tuple.t_self, scan->cblock, offset);
            if (!HeapTupleSatisfiesVisibility(&tuple, snapshot, buffer))
                continue;
        }
        add_tuple(scan, item, tup, offset);
    }
}

static void
load_page(HeapScanDesc scan, BlockNumber block)
{
    Buffer before = scan->cbuf;

    scan->cbuf = InvalidBuffer;
    if (before != InvalidBuffer)
        buffer_release(before);
    CHECK_FOR_INTERRUPTS();
    scan->cbuf = buffer_read(relation_smgr(scan->rs_rd), MAIN_FORKNUM, block, BUFFER_READ_NORMAL,
                             scan->ring);
    scan->cblock = block;
    scan->tuple_count = 0;
    scan->cindex = -1;
    if ((scan->flags & HEAP_SCAN_NO_PRUNE) == 0)
        heap_prune_page_opt(scan->rs_rd, scan->cbuf);
    buffer_lock(scan->cbuf, BUFFER_LOCK_SHARE);
    collect_visible(scan, scan->cbuf);
    buffer_unlock(scan->cbuf);
}

static bool
next_parallel_block(HeapScanDesc scan)
{
    if (scan->parallel_next >= scan->parallel_end) {
        uint64 first = atomic_fetch_add(&scan->parallel->next, PARALLEL_CHUNK_BLOCKS);
        if (first >= scan->block_limit)
            return false;
        scan->parallel_next = (BlockNumber)first;
        scan->parallel_end =
            (BlockNumber)Min(first + PARALLEL_CHUNK_BLOCKS, (uint64)scan->block_limit);
    }
    scan->position = scan->parallel_next++;
    return true;
}

/* Moves position; false beyond the range. */
static bool
step(HeapScanDesc scan, ScanDirection direction)
{
    if (scan->parallel != NULL)
        return next_parallel_block(scan);
    if (scan->position < 0) /* not started */
        scan->position = ScanDirectionIsForward(direction) ? (int64)scan->block_first - 1
                                                           : (int64)scan->block_limit;
    if (ScanDirectionIsForward(direction)) {
        scan->position = Min(scan->position + 1, (int64)scan->block_limit);
        return scan->position < (int64)scan->block_limit;
    }
    if (scan->position <= (int64)scan->block_first) {
        scan->position = -1; /* the next forward step begins anew */
        return false;
    }
    scan->position--;
    return true;
}

int
heap_scan_next_page(HeapScanDesc scan, ScanDirection direction)
{
    while (step(scan, direction)) {
        load_page(scan, (BlockNumber)scan->position);
        if (scan->tuple_count > 0) {
            HEAP_COUNT(scan->rs_rd, tuples_returned, (uint64)scan->tuple_count);
            return scan->tuple_count;
        }
    }
    release_page(scan);
    return 0;
}

static bool
keys_match(HeapScanDesc scan, HeapTuple tuple)
{
    TupleDesc desc = RelationGetDescr(scan->rs_rd);

    for (int i = 0; i < scan->nkeys; i++) {
        ScanKey key = &scan->keys[i];
        bool isnull;
        Datum value;

        if ((key->sk_flags & SK_ISNULL) != 0)
            return false;
        value = heap_getattr(tuple, key->sk_attno, desc, &isnull);
        if (isnull || !DatumGetBool(FunctionCall2Coll(&key->sk_func, key->sk_collation, value,
                                                      key->sk_argument)))
            return false;
    }
    return true;
}

HeapTuple
heap_scan_next(HeapScanDesc scan, ScanDirection direction)
{
    int delta = ScanDirectionIsForward(direction) ? 1 : -1;

    for (;;) {
        int i = scan->cindex + delta;

        if (scan->cbuf == InvalidBuffer || i < 0 || i >= scan->tuple_count) {
            int count = heap_scan_next_page(scan, direction);
            if (count == 0)
                return NULL;
            i = delta > 0 ? 0 : count - 1;
        }
        scan->cindex = i;
        scan->ctup.t_data = scan->tuples[i];
        scan->ctup.t_len = scan->lengths[i];
        scan->ctup.t_tableOid = RelationGetRelid(scan->rs_rd);
        heap_scan_tid(scan, i, &scan->ctup.t_self);
        if (scan->nkeys == 0 || keys_match(scan, &scan->ctup))
            return &scan->ctup;
    }
}

int
heap_scan_bitmap_page(HeapScanDesc scan, BlockNumber block, const OffsetNumber *offsets, int count)
{
    Buffer before = scan->cbuf;

    if (block >= RelationGetNumberOfBlocks(scan->rs_rd)) {
        release_page(scan);
        return 0;
    }
    if (offsets == NULL) {
        load_page(scan, block);
        return scan->tuple_count;
    }
    CHECK_FOR_INTERRUPTS();
    scan->cbuf = InvalidBuffer;
    scan->cbuf = buffer_release_and_read(before, relation_smgr(scan->rs_rd), MAIN_FORKNUM, block);
    scan->cblock = block;
    scan->tuple_count = 0;
    heap_prune_page_opt(scan->rs_rd, scan->cbuf);
    buffer_lock(scan->cbuf, BUFFER_LOCK_SHARE);
    for (int i = 0; i < count; i++) {
        ItemPointerData tid;
        HeapTupleData tuple;

        ItemPointerSet(&tid, block, offsets[i]);
        if (heap_hot_search_buffer(&tid, scan->rs_rd, scan->cbuf, scan->rs_snapshot, &tuple, NULL,
                                   true)) {
            OffsetNumber at = ItemPointerGetOffsetNumber(&tid);
            add_tuple(scan, page_item_id(buffer_page(scan->cbuf), at), tuple.t_data, at);
        }
    }
    buffer_unlock(scan->cbuf);
    HEAP_COUNT(scan->rs_rd, tuples_fetched, (uint64)scan->tuple_count);
    return scan->tuple_count;
}
