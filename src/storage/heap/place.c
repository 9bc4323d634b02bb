/*
 * place.c - finds the page that a new row version goes to
 *
 * In order: the page this process (or bulk insert) used last, the free space map's offer, for a tiny
 * table every page, else new pages. Where others wait to extend as well, the one that extends gets
 * pages for all and puts them into the map.
 *
 * Invariants PL1. Of two heap pages the one of the lower block is locked first (conditionally, where
 *                 the other is locked already).
 *            PL2. The map page of an all-visible page is pinned before the page is locked.
 * Errors     54000 for a row that no page takes; what extending throws (53100).
 */
#include "heap_int.h"

#define TINY_TABLE_BLOCKS 4

BulkInsertState
GetBulkInsertState(void)
{
    BulkInsertState bistate = palloc0(sizeof(*bistate));

    bistate->ring = buffer_ring_create(BUFFER_RING_BULKWRITE);
    bistate->current = InvalidBuffer;
    bistate->next_free = bistate->last_free = InvalidBlockNumber;
    return bistate;
}

void
ReleaseBulkInsertStatePin(BulkInsertState bistate)
{
    if (bistate->current != InvalidBuffer)
        buffer_release(bistate->current);
    bistate->current = InvalidBuffer;
    bistate->next_free = bistate->last_free = InvalidBlockNumber;
}

void
FreeBulkInsertState(BulkInsertState bistate)
{
    if (bistate->current != InvalidBuffer)
        buffer_release(bistate->current);
    buffer_ring_free(bistate->ring);
    pfree(bistate);
}

static Buffer
read_target(Relation rel, BlockNumber block, BulkInsertState bistate)
{
    Buffer buffer;

    if (bistate == NULL)
        return buffer_read(relation_smgr(rel), MAIN_FORKNUM, block, BUFFER_READ_NORMAL, NULL);
    if (bistate->current != InvalidBuffer) {
        if (buffer_block(bistate->current) == block) {
            buffer_pin_again(bistate->current);
            return bistate->current;
        }
        buffer_release(bistate->current);
        bistate->current = InvalidBuffer;
    }
    buffer = buffer_read(relation_smgr(rel), MAIN_FORKNUM, block, BUFFER_READ_NORMAL,
                         bistate->ring);
    buffer_pin_again(buffer);
    bistate->current = buffer;
    return buffer;
}

/* Locks both in block order; they may be the same. */
static void
lock_both(Buffer buffer, Buffer other)
{
    if (other == InvalidBuffer || other == buffer) {
        buffer_lock(buffer, BUFFER_LOCK_EXCLUSIVE);
    } else if (buffer_block(other) < buffer_block(buffer)) {
        buffer_lock(other, BUFFER_LOCK_EXCLUSIVE);
        buffer_lock(buffer, BUFFER_LOCK_EXCLUSIVE);
    } else {
        buffer_lock(buffer, BUFFER_LOCK_EXCLUSIVE);
        buffer_lock(other, BUFFER_LOCK_EXCLUSIVE);
    }
}

static void
unlock_both(Buffer buffer, Buffer other)
{
    buffer_unlock(buffer);
    if (other != InvalidBuffer && other != buffer)
        buffer_unlock(other);
}

static bool
vm_pin_missing(Buffer buffer, Buffer vmbuffer)
{
    return buffer != InvalidBuffer && page_has_flag(buffer_page(buffer), PAGE_ALL_VISIBLE) &&
           !vm_pin_ok(buffer_block(buffer), vmbuffer);
}

/* PL2: both pages are locked on entry and exit; they may be unlocked meanwhile. True if they were. */
static bool
get_vm_pins(Relation rel, Buffer buffer, Buffer other, Buffer *vmbuffer, Buffer *other_vm)
{
    bool unlocked = false;

    for (;;) {
        bool first = vm_pin_missing(buffer, *vmbuffer);
        bool second = other != InvalidBuffer && other != buffer && other_vm != NULL &&
                      vm_pin_missing(other, *other_vm);
        if (!first && !second)
            return unlocked;
        unlock_both(buffer, other);
        unlocked = true;
        if (first)
            vm_pin(rel, buffer_block(buffer), vmbuffer);
        if (second)
            vm_pin(rel, buffer_block(other), other_vm);
        lock_both(buffer, other);
    }
}

static uint32
extend_count(Relation rel, int options, BulkInsertState bistate)
{
    uint32 count = 1;

    if (bistate != NULL)
        count = Min(Max(bistate->extended_by / 4, 1), BUFFER_EXTEND_MAX);
    if ((options & HEAP_INSERT_SKIP_FSM) == 0 || bistate != NULL)
        count += (uint32)buffer_extend_waiters(relation_smgr(rel), MAIN_FORKNUM) *
                 (bistate != NULL ? count : 1);
    return Min(count, BUFFER_EXTEND_MAX);
}

/* New pages: the first one, locked; the others for the bulk insert or the map. */
static Buffer
extend(Relation rel, int options, BulkInsertState bistate)
{
    Buffer buffers[BUFFER_EXTEND_MAX];
    BlockNumber first;
    uint32 want = extend_count(rel, options, bistate);
    uint32 got = buffer_extend_many(relation_smgr(rel), MAIN_FORKNUM,
                                    bistate != NULL ? bistate->ring : NULL,
                                    BUFFER_EXTEND_LOCK_FIRST, want, buffers, &first);

    for (uint32 i = 1; i < got; i++)
        buffer_release(buffers[i]);
    page_init(buffer_page(buffers[0]), 0);
    buffer_mark_dirty(buffers[0]);
    if (bistate != NULL) {
        bistate->extended_by += got;
        bistate->next_free = got > 1 ? first + 1 : InvalidBlockNumber;
        bistate->last_free = got > 1 ? first + got - 1 : InvalidBlockNumber;
        if (bistate->current != InvalidBuffer)
            buffer_release(bistate->current);
        buffer_pin_again(buffers[0]);
        bistate->current = buffers[0];
    } else if (got > 1) {
        buffer_unlock(buffers[0]);
        for (uint32 i = 1; i < got; i++)
            fsm_record(rel, first + i, BLCKSZ - PAGE_HEADER_SIZE - sizeof(ItemIdData));
        fsm_vacuum_range(rel, first + 1, first + got);
        buffer_lock(buffers[0], BUFFER_LOCK_EXCLUSIVE);
    }
    return buffers[0];
}

/* The page just made, with `other` locked too. False: filled by another meanwhile. */
static bool
settle_extended(Relation rel, Buffer buffer, Buffer other, Size len, int options,
                Buffer *vmbuffer, Buffer *other_vm)
{
    if ((options & HEAP_INSERT_FROZEN) != 0 && !vm_pin_ok(buffer_block(buffer), *vmbuffer)) {
        buffer_unlock(buffer);
        vm_pin(rel, buffer_block(buffer), vmbuffer);
        buffer_lock(buffer, BUFFER_LOCK_EXCLUSIVE);
    }
    if (other != InvalidBuffer && !buffer_conditional_lock(other)) {
        buffer_unlock(buffer);
        lock_both(buffer, other);
    }
    (void) get_vm_pins(rel, buffer, other, vmbuffer, other_vm);
    if (page_heap_free_space(buffer_page(buffer)) >= len)
        return true;
    unlock_both(buffer, other);
    return false;
}

static BlockNumber
next_target(Relation rel, BlockNumber tried, Size free, Size wanted, BulkInsertState bistate,
            int *tiny_next)
{
    BlockNumber blocks;

    if (bistate != NULL && bistate->next_free != InvalidBlockNumber) {
        BlockNumber next = bistate->next_free;
        if (next >= bistate->last_free)
            bistate->next_free = bistate->last_free = InvalidBlockNumber;
        else
            bistate->next_free++;
        return next;
    }
    blocks = smgr_nblocks_cached(relation_smgr(rel), MAIN_FORKNUM);
    if (blocks == InvalidBlockNumber)
        blocks = RelationGetNumberOfBlocks(rel);
    if (blocks <= TINY_TABLE_BLOCKS) {
        while (*tiny_next < (int)blocks && (BlockNumber)*tiny_next == tried)
            (*tiny_next)++;
        return *tiny_next < (int)blocks ? (BlockNumber)(*tiny_next)++ : InvalidBlockNumber;
    }
    return fsm_record_and_find(rel, tried, free, wanted);
}

static BlockNumber
first_target(Relation rel, Size wanted, int options, BulkInsertState bistate)
{
    BlockNumber target, blocks;

    if (bistate != NULL && bistate->current != InvalidBuffer)
        return buffer_block(bistate->current);
    if (bistate == NULL || (options & HEAP_INSERT_SKIP_FSM) == 0) {
        target = relation_smgr(rel)->target_block;
        if (target != InvalidBlockNumber)
            return target;
    }
    if ((options & HEAP_INSERT_SKIP_FSM) != 0)
        return InvalidBlockNumber;
    target = fsm_find(rel, wanted);
    if (target == InvalidBlockNumber) {
        blocks = RelationGetNumberOfBlocks(rel);
        if (blocks > 0)
            target = blocks - 1;
    }
    return target;
}

Buffer
heap__page_for_tuple(Relation rel, Size len, Buffer other, int options, BulkInsertState bistate,
                     Buffer *vmbuffer, Buffer *other_vm)
{
    Size spare = RelationGetTargetPageFreeSpace(rel, HEAP_DEFAULT_FILLFACTOR);
    Size nearly_empty = MaxHeapTupleSize - PAGE_MAX_HEAP_ITEMS / 8 * sizeof(ItemIdData);
    Size wanted;
    BlockNumber target;
    Buffer buffer;
    int tiny_next = 0;

    if (len > MaxHeapTupleSize)
        ereport(ERROR, (errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
                        errmsg("row is too big: size %zu, maximum size %zu", len,
                               (Size)MaxHeapTupleSize)));
    wanted = len + spare > nearly_empty ? Max(len, nearly_empty) : len + spare;
    if ((options & HEAP_INSERT_SKIP_FSM) != 0)
        wanted = Min(wanted, MaxHeapTupleSize);

    target = first_target(rel, wanted, options, bistate);
    while (target != InvalidBlockNumber) {
        Page page;
        Size free;

        if (!heap__block_exists(rel, target)) {
            relation_smgr(rel)->target_block = InvalidBlockNumber; /* truncated meanwhile */
            break;
        }
        /* An update that finds room in the old page after all has it pinned already. */
        buffer = other != InvalidBuffer && buffer_block(other) == target
                     ? other
                     : read_target(rel, target, bistate);
        if ((options & HEAP_INSERT_FROZEN) != 0)
            vm_pin(rel, target, vmbuffer);
        lock_both(buffer, other);
        (void) get_vm_pins(rel, buffer, other, vmbuffer, other_vm);
        page = buffer_page(buffer);
        if (page_is_new(page)) {
            page_init(page, 0);
            buffer_mark_dirty(buffer);
        }
        free = page_heap_free_space(page);
        if (free >= wanted) {
            relation_smgr(rel)->target_block = target;
            return buffer;
        }
        unlock_both(buffer, other);
        if (buffer != other)
            buffer_release(buffer);
        if ((options & HEAP_INSERT_SKIP_FSM) != 0 &&
            (bistate == NULL || bistate->next_free == InvalidBlockNumber))
            break;
        target = next_target(rel, target, free, wanted, bistate, &tiny_next);
    }
    for (;;) {
        buffer = extend(rel, options, bistate);
        if (settle_extended(rel, buffer, other, len, options, vmbuffer, other_vm)) {
            relation_smgr(rel)->target_block = buffer_block(buffer);
            return buffer;
        }
        buffer_release(buffer);
    }
}

void
heap__put_tuple(Relation rel, Buffer buffer, HeapTuple tuple, bool speculative)
{
    Page page = buffer_page(buffer);
    OffsetNumber offset =
        page_add_item(page, tuple->t_data, tuple->t_len, InvalidOffsetNumber, PAGE_ADD_IS_HEAP);

    if (offset == InvalidOffsetNumber)
        elog(PANIC, "failed to add tuple to page");
    ItemPointerSet(&tuple->t_self, buffer_block(buffer), offset);
    if (!speculative)
        heap_tuple_set_ctid(page_item_at(page, offset), &tuple->t_self);
}
