/*
 * redo.c - replays heap records
 *
 * Idempotent: a page whose LSN is past the record is left alone (buffer_read_for_redo). Map bits are
 * cleared in any case, before the page: a bit too few is harmless, one too many is not.
 */
#include "base/bytes.h"
#include "heap_int.h"
#include "wal/wal.h"

static void
clear_map(const WalRecord *record, int block_id, uint8 bits)
{
    const WalRecordBlock *ref = wal_record_block(record, block_id);
    RelationData rel = {.rd_locator = ref->locator};
    Buffer vmbuffer = InvalidBuffer;

    vm_pin(&rel, ref->block, &vmbuffer);
    (void) vm_clear(&rel, ref->block, vmbuffer, bits);
    buffer_release(vmbuffer);
}

static void
finish_page(const WalRecord *record, Buffer buffer)
{
    page_set_lsn(buffer_page(buffer), record->end);
    buffer_mark_dirty(buffer);
}

static HeapTupleHeader
tuple_at(Page page, OffsetNumber offset)
{
    ItemId item;

    if (offset < FirstOffsetNumber || offset > page_max_offset(page))
        elog(PANIC, "invalid line pointer in heap record");
    item = page_item_id(page, offset);
    if (!item_id_is_normal(item))
        elog(PANIC, "invalid line pointer in heap record");
    return page_item(page, item);
}

/* Room used to be recorded when pages are seen in vacuum; nearly full pages are recorded here. */
static void
note_free_space(const WalRecord *record, int block_id, Size free)
{
    const WalRecordBlock *ref = wal_record_block(record, block_id);

    if (free < BLCKSZ / 5)
        fsm_record_in_recovery(ref->locator, ref->block, free);
}

/* Puts back a tuple of `header` and body on the page. */
static void
add_tuple(Page page, BlockNumber block, OffsetNumber offset, const WalHeapTuple *header,
          HeapTupleHeader tup, Size length, TransactionId xmin, TransactionId xmax, bool set_ctid)
{
    ItemPointerData self;

    ItemPointerSet(&self, block, offset);
    heap_tuple_set_xmin(tup, xmin);
    heap_tuple_set_xmax(tup, xmax);
    heap_tuple_set_raw_cid(tup, FirstCommandId);
    heap_tuple_set_infomask(tup, header->infomask & ~HEAP_COMBOCID);
    heap_tuple_set_infomask2(tup, header->infomask2);
    tup->t_hoff = header->hoff;
    if (!set_ctid)
        ItemPointerSet(&self, 0, HEAP_SPECULATIVE_OFFSET);
    heap_tuple_set_ctid(tup, &self);
    if (page_add_item(page, tup, length, offset, PAGE_ADD_OVERWRITE | PAGE_ADD_IS_HEAP) != offset)
        elog(PANIC, "failed to add tuple in redo");
}

typedef union TupleSpace {
    HeapTupleHeaderData header;
    char bytes[BLCKSZ];
} TupleSpace;

static BufferRedoAction
open_page(const WalRecord *record, bool init, Buffer *ret_buffer)
{
    if (!init)
        return buffer_read_for_redo(record, 0, ret_buffer);
    *ret_buffer = buffer_init_for_redo(record, 0);
    page_init(buffer_page(*ret_buffer), 0);
    return BUFFER_REDO_NEEDED;
}

static void
redo_insert(const WalRecord *record)
{
    WalHeapInsert rec;
    WalHeapTuple header;
    TupleSpace space;
    Buffer buffer;
    uint32 length;
    const char *data;
    Size free = BLCKSZ;

    memcpy(&rec, record->data, sizeof(rec));
    if (rec.flags & WHF_ALL_VISIBLE_CLEARED)
        clear_map(record, 0, VM_VALID_BITS);
    if (open_page(record, (record->info & WAL_HEAP_INIT) != 0, &buffer) == BUFFER_REDO_NEEDED) {
        Page page = buffer_page(buffer);
        data = wal_record_block_data(record, 0, &length);
        memcpy(&header, data, sizeof(header));
        memcpy(space.bytes + HEAP_TUPLE_HEADER_SIZE, data + sizeof(header),
               length - sizeof(header));
        add_tuple(page, wal_record_block(record, 0)->block, rec.offset, &header, &space.header,
                  HEAP_TUPLE_HEADER_SIZE + length - sizeof(header), record->xid,
                  InvalidTransactionId, (rec.flags & WHF_SPECULATIVE) == 0);
        if (rec.flags & WHF_ALL_VISIBLE_CLEARED)
            page_clear_flag(page, PAGE_ALL_VISIBLE);
        free = page_heap_free_space(page);
        finish_page(record, buffer);
    }
    if (BufferIsValid(buffer))
        buffer_unlock_release(buffer);
    note_free_space(record, 0, free);
}

static void
redo_multi_insert(const WalRecord *record)
{
    WalHeapMultiInsert rec;
    bool init = (record->info & WAL_HEAP_INIT) != 0;
    const char *offsets = record->data + sizeof(rec);
    Buffer buffer;
    Size free = BLCKSZ;

    memcpy(&rec, record->data, sizeof(rec));
    if (rec.flags & WHF_ALL_VISIBLE_CLEARED)
        clear_map(record, 0, VM_VALID_BITS);
    if (open_page(record, init, &buffer) == BUFFER_REDO_NEEDED) {
        Page page = buffer_page(buffer);
        const char *data = wal_record_block_data(record, 0, NULL);

        for (int i = 0; i < rec.count; i++) {
            TupleSpace space;
            WalHeapTuple header;
            uint16 length, offset = (uint16)(i + 1);

            if (!init)
                memcpy(&offset, offsets + i * sizeof(offset), sizeof(offset));
            memcpy(&length, data, sizeof(length));
            memcpy(&header, data + sizeof(length), sizeof(header));
            data += sizeof(length) + sizeof(header);
            memcpy(space.bytes + HEAP_TUPLE_HEADER_SIZE, data, length);
            data += length;
            add_tuple(page, wal_record_block(record, 0)->block, offset, &header, &space.header,
                      HEAP_TUPLE_HEADER_SIZE + length, record->xid, InvalidTransactionId, true);
        }
        if (rec.flags & WHF_ALL_VISIBLE_CLEARED)
            page_clear_flag(page, PAGE_ALL_VISIBLE);
        free = page_heap_free_space(page);
        finish_page(record, buffer);
    }
    if (BufferIsValid(buffer))
        buffer_unlock_release(buffer);
    note_free_space(record, 0, free);
}

static void
set_xmax(HeapTupleHeader tup, const uint8 *xmax, uint8 infobits)
{
    uint16 infomask = heap_tuple_infomask(tup), infomask2 = heap_tuple_infomask2(tup);

    heap__apply_infobits(infobits, &infomask, &infomask2);
    heap_tuple_set_infomask(tup, infomask & ~HEAP_COMBOCID);
    heap_tuple_set_infomask2(tup, infomask2);
    heap_tuple_set_xmax(tup, bytes_get_xid(xmax));
    heap_tuple_set_raw_cid(tup, FirstCommandId);
}

static void
redo_delete(const WalRecord *record)
{
    WalHeapDelete rec;
    Buffer buffer;

    memcpy(&rec, record->data, sizeof(rec));
    if (rec.flags & WHF_ALL_VISIBLE_CLEARED)
        clear_map(record, 0, VM_VALID_BITS);
    if (buffer_read_for_redo(record, 0, &buffer) == BUFFER_REDO_NEEDED) {
        Page page = buffer_page(buffer);
        HeapTupleHeader tup = tuple_at(page, rec.offset);
        ItemPointerData self;

        set_xmax(tup, rec.xmax, rec.infobits);
        heap_tuple_set_infomask2(tup, heap_tuple_infomask2(tup) & ~HEAP_HOT_UPDATED);
        if (rec.flags & WHF_SUPER_DELETE) {
            heap_tuple_set_xmin(tup, InvalidTransactionId);
            heap_tuple_set_xmax(tup, InvalidTransactionId);
        }
        heap__set_prunable(page, record->xid);
        if (rec.flags & WHF_ALL_VISIBLE_CLEARED)
            page_clear_flag(page, PAGE_ALL_VISIBLE);
        ItemPointerSet(&self, wal_record_block(record, 0)->block, rec.offset);
        heap_tuple_set_ctid(tup, &self);
        finish_page(record, buffer);
    }
    if (BufferIsValid(buffer))
        buffer_unlock_release(buffer);
}

/* The old version's end. */
static void
redo_update_old(const WalRecord *record, Page page, const WalHeapUpdate *rec,
                const ItemPointerData *new_tid)
{
    HeapTupleHeader tup = tuple_at(page, rec->old_offset);
    uint16 infomask2;

    set_xmax(tup, rec->old_xmax, rec->old_infobits);
    infomask2 = heap_tuple_infomask2(tup) & ~HEAP_HOT_UPDATED;
    if (record->info & WAL_HEAP_HOT)
        infomask2 |= HEAP_HOT_UPDATED;
    heap_tuple_set_infomask2(tup, infomask2);
    heap_tuple_set_ctid(tup, new_tid);
    heap__set_prunable(page, record->xid);
}

/* The new version: prefix and suffix from `old` (NULL if there are none). */
static void
redo_update_new(const WalRecord *record, Page page, BlockNumber block, const WalHeapUpdate *rec,
                const char *old_body, Size old_len)
{
    uint32 length;
    const char *data = wal_record_block_data(record, 0, &length), *end = data + length;
    uint16 prefix = 0, suffix = 0;
    WalHeapTuple header;
    TupleSpace space;
    char *to = space.bytes + HEAP_TUPLE_HEADER_SIZE;

    if (rec->flags & WHF_PREFIX) {
        memcpy(&prefix, data, sizeof(prefix));
        data += sizeof(prefix);
    }
    if (rec->flags & WHF_SUFFIX) {
        memcpy(&suffix, data, sizeof(suffix));
        data += sizeof(suffix);
    }
    memcpy(&header, data, sizeof(header));
    data += sizeof(header);
    if (prefix > 0) /* without a prefix or suffix there may be no old body */
        memcpy(to, old_body, prefix);
    to += prefix;
    memcpy(to, data, end - data);
    to += end - data;
    if (suffix > 0)
        memcpy(to, old_body + old_len - suffix, suffix);
    to += suffix;
    add_tuple(page, block, rec->new_offset, &header, &space.header, (Size)(to - space.bytes),
              record->xid, bytes_get_xid(rec->new_xmax), true);
}

static void
redo_update(const WalRecord *record)
{
    WalHeapUpdate rec;
    const WalRecordBlock *new_ref = wal_record_block(record, 0);
    bool two_pages = wal_record_block(record, 1) != NULL;
    Buffer old_buffer = InvalidBuffer, new_buffer;
    BufferRedoAction action;
    ItemPointerData new_tid;
    Size free = BLCKSZ;

    memcpy(&rec, record->data, sizeof(rec));
    if (rec.flags & WHF_ALL_VISIBLE_CLEARED)
        clear_map(record, 0, VM_VALID_BITS);
    if (rec.flags & WHF_OLD_ALL_VISIBLE_CLEARED)
        clear_map(record, two_pages ? 1 : 0, VM_VALID_BITS);
    ItemPointerSet(&new_tid, new_ref->block, rec.new_offset);
    if (two_pages && buffer_read_for_redo(record, 1, &old_buffer) == BUFFER_REDO_NEEDED) {
        Page page = buffer_page(old_buffer);
        redo_update_old(record, page, &rec, &new_tid);
        page_set_flag(page, PAGE_FULL);
        if (rec.flags & WHF_OLD_ALL_VISIBLE_CLEARED)
            page_clear_flag(page, PAGE_ALL_VISIBLE);
        finish_page(record, old_buffer);
    }
    action = open_page(record, (record->info & WAL_HEAP_INIT) != 0, &new_buffer);
    if (action == BUFFER_REDO_NEEDED) {
        Page page = buffer_page(new_buffer);
        const char *old_body = NULL;
        Size old_len = 0;

        if (!two_pages) {
            old_body = (char *)tuple_at(page, rec.old_offset) + HEAP_TUPLE_HEADER_SIZE;
            old_len = page_item_id(page, rec.old_offset)->lp_len - HEAP_TUPLE_HEADER_SIZE;
        }
        redo_update_new(record, page, new_ref->block, &rec, old_body, old_len);
        if (!two_pages)
            redo_update_old(record, page, &rec, &new_tid);
        else
            heap__set_prunable(page, record->xid);
        if (rec.flags & (WHF_ALL_VISIBLE_CLEARED | (two_pages ? 0 : WHF_OLD_ALL_VISIBLE_CLEARED)))
            page_clear_flag(page, PAGE_ALL_VISIBLE);
        free = page_heap_free_space(page);
        finish_page(record, new_buffer);
    }
    if (BufferIsValid(new_buffer))
        buffer_unlock_release(new_buffer);
    if (BufferIsValid(old_buffer))
        buffer_unlock_release(old_buffer);
    if (two_pages)
        note_free_space(record, 0, free);
}

static void
redo_lock(const WalRecord *record)
{
    WalHeapLock rec;
    Buffer buffer;

    memcpy(&rec, record->data, sizeof(rec));
    if (rec.flags & WHF_ALL_VISIBLE_CLEARED)
        clear_map(record, 0, VM_ALL_FROZEN);
    if (buffer_read_for_redo(record, 0, &buffer) == BUFFER_REDO_NEEDED) {
        HeapTupleHeader tup = tuple_at(buffer_page(buffer), rec.offset);
        uint16 infomask = heap_tuple_infomask(tup), infomask2 = heap_tuple_infomask2(tup);

        heap__apply_infobits(rec.infobits, &infomask, &infomask2);
        heap_tuple_set_infomask(tup, infomask);
        heap_tuple_set_xmax(tup, bytes_get_xid(rec.xmax));
        if (heap_xmax_is_locked_only(infomask)) {
            ItemPointerData self;
            ItemPointerSet(&self, wal_record_block(record, 0)->block, rec.offset);
            heap_tuple_set_ctid(tup, &self);
            infomask2 &= ~HEAP_HOT_UPDATED;
        }
        heap_tuple_set_infomask2(tup, infomask2);
        finish_page(record, buffer);
    }
    if (BufferIsValid(buffer))
        buffer_unlock_release(buffer);
}

static void
redo_confirm(const WalRecord *record)
{
    uint16 offset;
    Buffer buffer;

    memcpy(&offset, record->data, sizeof(offset));
    if (buffer_read_for_redo(record, 0, &buffer) == BUFFER_REDO_NEEDED) {
        ItemPointerData self;
        ItemPointerSet(&self, wal_record_block(record, 0)->block, offset);
        heap_tuple_set_ctid(tuple_at(buffer_page(buffer), offset), &self);
        finish_page(record, buffer);
    }
    if (BufferIsValid(buffer))
        buffer_unlock_release(buffer);
}

static void
redo_inplace(const WalRecord *record)
{
    uint16 offset;
    Buffer buffer;

    memcpy(&offset, record->data, sizeof(offset));
    if (buffer_read_for_redo(record, 0, &buffer) == BUFFER_REDO_NEEDED) {
        uint32 length;
        const char *data = wal_record_block_data(record, 0, &length);
        HeapTupleHeader tup = tuple_at(buffer_page(buffer), offset);

        if (page_item_id(buffer_page(buffer), offset)->lp_len != length + HEAP_TUPLE_HEADER_SIZE)
            elog(PANIC, "wrong tuple length");
        memcpy((char *)tup + HEAP_TUPLE_HEADER_SIZE, data, length);
        finish_page(record, buffer);
    }
    if (BufferIsValid(buffer))
        buffer_unlock_release(buffer);
}

static void
redo_prune(const WalRecord *record)
{
    WalHeapPrune rec;
    Buffer buffer;
    Size free = 0;
    bool known = false;

    memcpy(&rec, record->data, sizeof(rec));
    if (buffer_read_for_redo_cleanup(record, 0, &buffer) == BUFFER_REDO_NEEDED) {
        OffsetNumber offsets[PAGE_MAX_HEAP_ITEMS * 4];
        uint32 length;
        const char *data = wal_record_block_data(record, 0, &length);
        OffsetNumber *dead, *unused;

        memcpy(offsets, data, Min(length, sizeof(offsets)));
        dead = offsets + 2 * rec.redirected;
        unused = dead + rec.dead;
        heap__prune_execute(buffer_page(buffer), offsets, rec.redirected, dead, rec.dead, unused,
                            rec.unused);
        page_clear_flag(buffer_page(buffer), PAGE_FULL);
        free = page_heap_free_space(buffer_page(buffer));
        known = true;
        finish_page(record, buffer);
    }
    if (BufferIsValid(buffer))
        buffer_unlock_release(buffer);
    if (known)
        fsm_record_in_recovery(wal_record_block(record, 0)->locator,
                               wal_record_block(record, 0)->block, free);
}

static void
redo_vacuum(const WalRecord *record)
{
    uint16 count;
    Buffer buffer;

    memcpy(&count, record->data, sizeof(count));
    if (buffer_read_for_redo(record, 0, &buffer) == BUFFER_REDO_NEEDED) {
        Page page = buffer_page(buffer);
        const char *data = wal_record_block_data(record, 0, NULL);

        for (int i = 0; i < count; i++) {
            OffsetNumber offset;
            memcpy(&offset, data + i * sizeof(offset), sizeof(offset));
            item_id_set_unused(page_item_id(page, offset));
        }
        page_truncate_lines(page);
        page_set_flag(page, PAGE_HAS_FREE_LINES);
        finish_page(record, buffer);
    }
    if (BufferIsValid(buffer))
        buffer_unlock_release(buffer);
}

static void
redo_freeze(const WalRecord *record)
{
    uint16 count;
    Buffer buffer;

    memcpy(&count, record->data, sizeof(count));
    if (buffer_read_for_redo(record, 0, &buffer) == BUFFER_REDO_NEEDED) {
        const char *data = wal_record_block_data(record, 0, NULL);

        for (int i = 0; i < count; i++) {
            WalHeapFreeze plan;
            memcpy(&plan, data + i * sizeof(plan), sizeof(plan));
            heap__apply_freeze(tuple_at(buffer_page(buffer), plan.offset), &plan);
        }
        finish_page(record, buffer);
    }
    if (BufferIsValid(buffer))
        buffer_unlock_release(buffer);
}

static void
redo_visible(const WalRecord *record)
{
    WalHeapVisible rec;
    const WalRecordBlock *heap_ref = wal_record_block(record, 1);
    Buffer heap_buffer, vmbuffer;

    memcpy(&rec, record->data, sizeof(rec));
    if (buffer_read_for_redo(record, 1, &heap_buffer) == BUFFER_REDO_NEEDED) {
        page_set_flag(buffer_page(heap_buffer), PAGE_ALL_VISIBLE);
        finish_page(record, heap_buffer);
    }
    if (BufferIsValid(heap_buffer))
        buffer_unlock_release(heap_buffer);
    /* The map page has no image and may be beyond the end of its file: made at need. */
    vmbuffer = buffer_read_in_recovery(heap_ref->locator, VISIBILITYMAP_FORKNUM,
                                       wal_record_block(record, 0)->block,
                                       BUFFER_READ_ZERO_ON_ERROR);
    buffer_lock(vmbuffer, BUFFER_LOCK_EXCLUSIVE);
    if (page_is_new(buffer_page(vmbuffer)))
        page_init(buffer_page(vmbuffer), 0);
    if (page_lsn(buffer_page(vmbuffer)) < record->end) {
        heap__vm_set_bits(vmbuffer, heap_ref->block, rec.bits);
        finish_page(record, vmbuffer);
    }
    buffer_unlock_release(vmbuffer);
}

void
heap__redo(const WalRecord *record)
{
    switch (record->info & WAL_HEAP_OP_MASK) {
    case WAL_HEAP_INSERT:
        redo_insert(record);
        break;
    case WAL_HEAP_MULTI_INSERT:
        redo_multi_insert(record);
        break;
    case WAL_HEAP_DELETE:
        redo_delete(record);
        break;
    case WAL_HEAP_UPDATE:
        redo_update(record);
        break;
    case WAL_HEAP_LOCK:
        redo_lock(record);
        break;
    case WAL_HEAP_CONFIRM:
        redo_confirm(record);
        break;
    case WAL_HEAP_INPLACE:
        redo_inplace(record);
        break;
    case WAL_HEAP_PRUNE:
        redo_prune(record);
        break;
    case WAL_HEAP_VACUUM:
        redo_vacuum(record);
        break;
    case WAL_HEAP_FREEZE:
        redo_freeze(record);
        break;
    case WAL_HEAP_VISIBLE:
        redo_visible(record);
        break;
    default:
        elog(PANIC, "heap redo: unknown op code %u", record->info);
    }
}
