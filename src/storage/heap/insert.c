/*
 * insert.c - new rows, one or many at a time
 *
 * Invariants I1. The tuple on the page bears our xid before anybody can find it: its WAL record is
 *                inserted while the page is locked.
 *            I2. A page that takes a row stops being all-visible in the same critical section, unless
 *                the row is frozen from the start.
 * Crash      before the record: nothing was there. After it, without commit: the row is there and
 *            its maker never committed: invisible, removed by pruning.
 */
#include "heap/toast.h"
#include "heap_int.h"
#include "memory/memory.h"
#include "wal/wal.h"

/* Stamps the caller's tuple, and returns it or its toasted copy. */
HeapTuple
heap__prepare_insert(Relation rel, HeapTuple tuple, TransactionId xid, CommandId cid, int options)
{
    HeapTupleHeader tup = tuple->t_data;
    uint16 infomask = (heap_tuple_infomask(tup) & ~HEAP_XACT_MASK) | HEAP_XMAX_INVALID;

    if ((options & HEAP_INSERT_FROZEN) != 0)
        infomask |= HEAP_XMIN_FROZEN;
    heap_tuple_set_infomask(tup, infomask);
    heap_tuple_set_infomask2(tup, heap_tuple_infomask2(tup) & ~HEAP2_XACT_MASK);
    heap_tuple_set_xmin(tup, xid);
    heap_tuple_set_xmax(tup, InvalidTransactionId);
    heap_tuple_set_raw_cid(tup, cid);
    tuple->t_tableOid = RelationGetRelid(rel);
    if (rel->rd_rel->relkind != RELKIND_RELATION && rel->rd_rel->relkind != RELKIND_MATVIEW) {
        Assert(!heap_tuple_has_external(tup));
        return tuple; /* toast tables and such do not toast */
    }
    if (heap_tuple_has_external(tup) || tuple->t_len > TOAST_TUPLE_THRESHOLD)
        return toast_insert_or_update(rel, tuple, NULL, options);
    return tuple;
}

static void
fill_wal_tuple(HeapTupleHeader tup, WalHeapTuple *ret_header)
{
    ret_header->infomask2 = heap_tuple_infomask2(tup);
    ret_header->infomask = heap_tuple_infomask(tup);
    ret_header->hoff = tup->t_hoff;
}

void
heap__log_insert(Relation rel, Buffer buffer, HeapTuple tuple, uint8 flags, bool init)
{
    WalHeapInsert record = {.offset = ItemPointerGetOffsetNumber(&tuple->t_self), .flags = flags};
    WalHeapTuple header;
    XLogRecPtr lsn;

    fill_wal_tuple(tuple->t_data, &header);
    wal_begin_insert();
    wal_register_data(&record, sizeof(record));
    buffer_wal_register(0, buffer, init ? WAL_BLOCK_WILL_INIT : WAL_BLOCK_STANDARD);
    wal_register_block_data(0, &header, sizeof(header));
    wal_register_block_data(0, (char *)tuple->t_data + HEAP_TUPLE_HEADER_SIZE,
                            tuple->t_len - HEAP_TUPLE_HEADER_SIZE);
    lsn = wal_insert(WAL_RMGR_HEAP, WAL_HEAP_INSERT | (init ? WAL_HEAP_INIT : 0));
    page_set_lsn(buffer_page(buffer), lsn);
}

/* The tuple is the first and only one of its page. */
static bool
is_first_of_page(Page page, OffsetNumber offset)
{
    return offset == FirstOffsetNumber && page_max_offset(page) == FirstOffsetNumber;
}

void
heap_insert(Relation rel, HeapTuple tuple, CommandId cid, int options, BulkInsertState bistate)
{
    TransactionId xid = xact_current_id();
    HeapTuple stored = heap__prepare_insert(rel, tuple, xid, cid, options);
    bool speculative = (options & HEAP_INSERT_SPECULATIVE) != 0;
    Buffer vmbuffer = InvalidBuffer;
    Buffer buffer = heap__page_for_tuple(rel, stored->t_len, InvalidBuffer, options, bistate,
                                         &vmbuffer, NULL);
    Page page = buffer_page(buffer);
    uint8 flags = speculative ? WHF_SPECULATIVE : 0;

    STOP_POINT("heap-insert-before");
    START_CRIT_SECTION();
    heap__put_tuple(rel, buffer, stored, speculative);
    if (page_has_flag(page, PAGE_ALL_VISIBLE)) {
        flags |= WHF_ALL_VISIBLE_CLEARED;
        page_clear_flag(page, PAGE_ALL_VISIBLE);
        (void) vm_clear(rel, buffer_block(buffer), vmbuffer, VM_VALID_BITS);
    }
    buffer_mark_dirty(buffer);
    if (RelationNeedsWAL(rel))
        heap__log_insert(rel, buffer, stored, flags,
                         is_first_of_page(page, ItemPointerGetOffsetNumber(&stored->t_self)));
    END_CRIT_SECTION();
    STOP_POINT("heap-insert-after");

    buffer_unlock_release(buffer);
    if (vmbuffer != InvalidBuffer)
        buffer_release(vmbuffer);
    HEAP_COUNT(rel, tuples_inserted, 1);
    if (stored != tuple) {
        tuple->t_self = stored->t_self;
        heap_freetuple(stored);
    }
    if (!speculative)
        heap_tuple_set_ctid(tuple->t_data, &tuple->t_self);
}

/* --- many --- */

/* tuples[first .. first + count) were put on the page. */
static void
log_multi_insert(Relation rel, Buffer buffer, HeapTuple *tuples, int first, int count, uint8 flags,
                 bool init, char *scratch)
{
    WalHeapMultiInsert record = {.flags = flags, .count = (uint16)count};
    uint16 offsets[PAGE_MAX_HEAP_ITEMS];
    char *to = scratch;
    XLogRecPtr lsn;

    for (int i = 0; i < count; i++) {
        HeapTuple tuple = tuples[first + i];
        uint16 length = (uint16)(tuple->t_len - HEAP_TUPLE_HEADER_SIZE);
        WalHeapTuple header;

        offsets[i] = ItemPointerGetOffsetNumber(&tuple->t_self);
        fill_wal_tuple(tuple->t_data, &header);
        memcpy(to, &length, sizeof(length));
        memcpy(to + sizeof(length), &header, sizeof(header));
        to += sizeof(length) + sizeof(header);
        memcpy(to, (char *)tuple->t_data + HEAP_TUPLE_HEADER_SIZE, length);
        to += length;
    }
    wal_begin_insert();
    wal_register_data(&record, sizeof(record));
    if (!init)
        wal_register_data(offsets, count * sizeof(uint16));
    buffer_wal_register(0, buffer, init ? WAL_BLOCK_WILL_INIT : WAL_BLOCK_STANDARD);
    wal_register_block_data(0, scratch, (uint32)(to - scratch));
    lsn = wal_insert(WAL_RMGR_HEAP, WAL_HEAP_MULTI_INSERT | (init ? WAL_HEAP_INIT : 0));
    page_set_lsn(buffer_page(buffer), lsn);
}

/* Fills the locked page from tuples[done..]; returns how many went in. */
static int
fill_page(Relation rel, Buffer buffer, Buffer vmbuffer, HeapTuple *tuples, int done, int count,
          int options, char *scratch)
{
    Page page = buffer_page(buffer);
    Size spare = RelationGetTargetPageFreeSpace(rel, HEAP_DEFAULT_FILLFACTOR);
    bool was_empty = page_max_offset(page) == 0;
    bool frozen = (options & HEAP_INSERT_FROZEN) != 0 && was_empty;
    uint8 flags = 0;
    int n = 1;

    START_CRIT_SECTION();
    heap__put_tuple(rel, buffer, tuples[done], false);
    while (done + n < count &&
           page_heap_free_space(page) >= tuples[done + n]->t_len + spare) {
        heap__put_tuple(rel, buffer, tuples[done + n], false);
        n++;
    }
    if (frozen) {
        page_set_flag(page, PAGE_ALL_VISIBLE);
    } else if (page_has_flag(page, PAGE_ALL_VISIBLE) && (options & HEAP_INSERT_FROZEN) == 0) {
        flags = WHF_ALL_VISIBLE_CLEARED;
        page_clear_flag(page, PAGE_ALL_VISIBLE);
        (void) vm_clear(rel, buffer_block(buffer), vmbuffer, VM_VALID_BITS);
    }
    buffer_mark_dirty(buffer);
    if (RelationNeedsWAL(rel))
        log_multi_insert(rel, buffer, tuples, done, n, flags, was_empty, scratch);
    END_CRIT_SECTION();
    if (frozen)
        vm_set(rel, buffer_block(buffer), buffer, InvalidXLogRecPtr, vmbuffer,
               InvalidTransactionId, VM_VALID_BITS);
    return n;
}

void
heap_multi_insert(Relation rel, HeapTuple *tuples, int count, CommandId cid, int options,
                  BulkInsertState bistate)
{
    TransactionId xid = xact_current_id();
    HeapTuple *stored = palloc(Max(count, 1) * sizeof(HeapTuple));
    char *scratch = palloc(2 * BLCKSZ);
    Buffer vmbuffer = InvalidBuffer;

    Assert((options & HEAP_INSERT_SPECULATIVE) == 0);
    for (int i = 0; i < count; i++)
        stored[i] = heap__prepare_insert(rel, tuples[i], xid, cid, options);
    for (int done = 0; done < count;) {
        Buffer buffer;

        CHECK_FOR_INTERRUPTS();
        buffer = heap__page_for_tuple(rel, stored[done]->t_len, InvalidBuffer, options, bistate,
                                      &vmbuffer, NULL);
        done += fill_page(rel, buffer, vmbuffer, stored, done, count, options, scratch);
        STOP_POINT("heap-multi-insert-page");
        buffer_unlock_release(buffer);
    }
    if (vmbuffer != InvalidBuffer)
        buffer_release(vmbuffer);
    for (int i = 0; i < count; i++) {
        if (stored[i] != tuples[i]) {
            tuples[i]->t_self = stored[i]->t_self;
            heap_freetuple(stored[i]);
        }
        heap_tuple_set_ctid(tuples[i]->t_data, &tuples[i]->t_self);
    }
    HEAP_COUNT(rel, tuples_inserted, (uint64)count);
    pfree(stored);
    pfree(scratch);
}

void
simple_heap_insert(Relation rel, HeapTuple tuple)
{
    heap_insert(rel, tuple, xact_current_command_id(true), 0, NULL);
}

/* --- speculative insertion --- */

/* A locked page and the tuple in it. */
static HeapTupleHeader
locked_tuple(Relation rel, const ItemPointerData *tid, Buffer *ret_buffer, ItemId *ret_item)
{
    Buffer buffer = buffer_read(relation_smgr(rel), MAIN_FORKNUM, ItemPointerGetBlockNumber(tid),
                                BUFFER_READ_NORMAL, NULL);
    Page page = buffer_page(buffer);
    OffsetNumber offset = ItemPointerGetOffsetNumber(tid);

    buffer_lock(buffer, BUFFER_LOCK_EXCLUSIVE);
    if (offset > page_max_offset(page) || !item_id_is_normal(page_item_id(page, offset)))
        elog(ERROR, "invalid line pointer");
    *ret_buffer = buffer;
    *ret_item = page_item_id(page, offset);
    return page_item(page, *ret_item);
}

void
heap_finish_speculative(Relation rel, const ItemPointerData *tid)
{
    Buffer buffer;
    ItemId item;
    HeapTupleHeader tup = locked_tuple(rel, tid, &buffer, &item);

    Assert(heap_tuple_is_speculative(tup));
    START_CRIT_SECTION();
    heap_tuple_set_ctid(tup, tid);
    buffer_mark_dirty(buffer);
    if (RelationNeedsWAL(rel)) {
        uint16 offset = ItemPointerGetOffsetNumber(tid);
        wal_begin_insert();
        wal_register_data(&offset, sizeof(offset));
        buffer_wal_register(0, buffer, WAL_BLOCK_STANDARD);
        page_set_lsn(buffer_page(buffer), wal_insert(WAL_RMGR_HEAP, WAL_HEAP_CONFIRM));
    }
    END_CRIT_SECTION();
    buffer_unlock_release(buffer);
}

/* Takes back our own speculative row: xmin becomes 0, so that nobody waits for us. */
void
heap_abort_speculative(Relation rel, const ItemPointerData *tid)
{
    Buffer buffer;
    ItemId item;
    HeapTupleHeader tup = locked_tuple(rel, tid, &buffer, &item);
    HeapTupleData tuple = {.t_len = item->lp_len, .t_self = *tid, .t_data = tup,
                           .t_tableOid = RelationGetRelid(rel)};
    TransactionId xid = xact_current_id();
    uint16 infomask, infomask2;

    if (heap_tuple_raw_xmin(tup) != xid)
        elog(ERROR, "attempted to kill a tuple inserted by another transaction");
    START_CRIT_SECTION();
    infomask = heap_tuple_infomask(tup) & ~HEAP_XMAX_BITS;
    infomask2 = heap_tuple_infomask2(tup) & ~HEAP_KEYS_UPDATED;
    heap_tuple_set_infomask(tup, infomask);
    heap_tuple_set_infomask2(tup, infomask2);
    heap_tuple_set_xmin(tup, InvalidTransactionId);
    heap_tuple_set_ctid(tup, tid);
    page_set_prune_xid(buffer_page(buffer), xid);
    buffer_mark_dirty(buffer);
    if (RelationNeedsWAL(rel)) {
        WalHeapDelete record = {.offset = ItemPointerGetOffsetNumber(tid),
                                .infobits = 0,
                                .flags = WHF_SUPER_DELETE};
        memcpy(record.xmax, &xid, 6);
        wal_begin_insert();
        wal_register_data(&record, sizeof(record));
        buffer_wal_register(0, buffer, WAL_BLOCK_STANDARD);
        page_set_lsn(buffer_page(buffer), wal_insert(WAL_RMGR_HEAP, WAL_HEAP_DELETE));
    }
    END_CRIT_SECTION();
    buffer_unlock(buffer);
    if (heap_tuple_has_external(tup))
        toast_delete(rel, &tuple, true);
    buffer_release(buffer);
}

/* A row of unchanged length, over itself: not transactional. */
void
heap_inplace_update(Relation rel, HeapTuple tuple)
{
    Buffer buffer;
    ItemId item;
    HeapTupleHeader tup = locked_tuple(rel, &tuple->t_self, &buffer, &item);

    if (item->lp_len != tuple->t_len || tup->t_hoff != tuple->t_data->t_hoff)
        elog(ERROR, "wrong tuple length");
    START_CRIT_SECTION();
    memcpy((char *)tup + HEAP_TUPLE_HEADER_SIZE, (char *)tuple->t_data + HEAP_TUPLE_HEADER_SIZE,
           tuple->t_len - HEAP_TUPLE_HEADER_SIZE);
    buffer_mark_dirty(buffer);
    if (RelationNeedsWAL(rel)) {
        uint16 offset = ItemPointerGetOffsetNumber(&tuple->t_self);
        wal_begin_insert();
        wal_register_data(&offset, sizeof(offset));
        buffer_wal_register(0, buffer, WAL_BLOCK_STANDARD);
        wal_register_block_data(0, (char *)tup + HEAP_TUPLE_HEADER_SIZE,
                                tuple->t_len - HEAP_TUPLE_HEADER_SIZE);
        page_set_lsn(buffer_page(buffer), wal_insert(WAL_RMGR_HEAP, WAL_HEAP_INPLACE));
    }
    END_CRIT_SECTION();
    buffer_unlock_release(buffer);
}
