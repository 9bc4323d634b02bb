/*
 * update.c - a new version in a row's place
 *
 * HOT: where no indexed column changes and the page has room, the new version gets no index entries;
 * it is found through its predecessor's ctid. It logs only what differs from the old version.
 *
 * Invariants U1. While the page is unlocked to toast or to find room, our lock in xmax keeps others
 *                from changing the row.
 *            U2. xmax of both versions is computed with both pages locked for the last time, so that
 *                key-share locks taken meanwhile are not lost.
 * Crash      one record changes both pages.
 */
#include "heap/toast.h"
#include "heap_int.h"
#include "memory/memory.h"
#include "wal/wal.h"

typedef struct UpdateWork {
    HeapTarget old;
    Buffer new_buffer;
    Buffer new_vm;
    HeapTuple stored; /* the new version, toasted if need be */
    TransactionId xid;
    CommandId cid;
    LockTupleMode mode;
} UpdateWork;

/* Columns in `set` that differ between the versions? System columns count as changed. */
static bool
any_changed(Relation rel, const Bitmapset *set, HeapTuple old, HeapTuple new)
{
    TupleDesc desc = RelationGetDescr(rel);
    int i = -1;

    while ((i = bms_next_member(set, i)) >= 0) {
        int attnum = i + FirstLowInvalidHeapAttributeNumber;
        Form_pg_attribute att;
        Datum a, b;
        bool a_null, b_null;

        if (attnum == 0)
            return true; /* whole row */
        if (attnum < 0) {
            if (attnum == TableOidAttributeNumber)
                continue;
            return true;
        }
        a = heap_getattr(old, attnum, desc, &a_null);
        b = heap_getattr(new, attnum, desc, &b_null);
        att = TupleDescAttr(desc, attnum - 1);
        if (a_null != b_null || (!a_null && !datumIsEqual(a, b, att->attbyval, att->attlen)))
            return true;
    }
    return false;
}

static void
load_index_attrs(Relation rel)
{
    const RelationHooks *hooks;

    if (rel->rd_attrsvalid)
        return;
    hooks = relation_hooks();
    if (hooks != NULL && hooks->fill_index_attrs != NULL)
        hooks->fill_index_attrs(rel);
}

static void
set_old_version(UpdateWork *work, TransactionId xmax, uint16 infomask, uint16 infomask2,
                bool lock_only)
{
    HeapTupleHeader tup = work->old.tuple.t_data;
    uint16 mask = heap_tuple_infomask(tup) & ~HEAP_XMAX_BITS;
    uint16 mask2 = heap_tuple_infomask2(tup) & ~HEAP_KEYS_UPDATED;

    if (lock_only)
        mask2 &= ~HEAP_HOT_UPDATED;
    else
        mask &= ~HEAP_COMBOCID;
    heap_tuple_set_infomask(tup, mask | infomask);
    heap_tuple_set_infomask2(tup, mask2 | infomask2);
    heap_tuple_set_xmax(tup, xmax);
}

/* U1: marks the old version as locked by us. */
static void
lock_meanwhile(UpdateWork *work)
{
    HeapTarget *old = &work->old;
    HeapTupleHeader tup = old->tuple.t_data;
    TransactionId xmax;
    uint16 infomask, infomask2;
    uint8 flags = 0;

    multixact_set_oldest_member();
    heap__compute_xmax(heap_tuple_raw_xmax(tup), heap_tuple_infomask(tup),
                       heap_tuple_infomask2(tup), work->xid, work->mode, false, &xmax, &infomask,
                       &infomask2);
    START_CRIT_SECTION();
    set_old_version(work, xmax, infomask, infomask2, true);
    heap_tuple_set_ctid(tup, &old->tuple.t_self);
    if (page_has_flag(buffer_page(old->buffer), PAGE_ALL_VISIBLE) &&
        vm_clear(old->rel, buffer_block(old->buffer), old->vmbuffer, VM_ALL_FROZEN))
        flags |= WHF_ALL_VISIBLE_CLEARED;
    buffer_mark_dirty(old->buffer);
    if (RelationNeedsWAL(old->rel)) {
        WalHeapLock record = {.offset = ItemPointerGetOffsetNumber(&old->tuple.t_self),
                              .infobits = heap__infobits(infomask, infomask2),
                              .flags = flags};
        memcpy(record.xmax, &xmax, 6);
        wal_begin_insert();
        wal_register_data(&record, sizeof(record));
        buffer_wal_register(0, old->buffer, WAL_BLOCK_STANDARD);
        page_set_lsn(buffer_page(old->buffer), wal_insert(WAL_RMGR_HEAP, WAL_HEAP_LOCK));
    }
    END_CRIT_SECTION();
}

/* Gets both pages locked, the new one with room. */
static void
make_room(UpdateWork *work, HeapTuple new)
{
    HeapTarget *old = &work->old;
    Relation rel = old->rel;
    bool is_table = rel->rd_rel->relkind == RELKIND_RELATION ||
                    rel->rd_rel->relkind == RELKIND_MATVIEW;
    bool need_toast = is_table && (heap_tuple_has_external(old->tuple.t_data) ||
                                   heap_tuple_has_external(new->t_data) ||
                                   new->t_len > TOAST_TUPLE_THRESHOLD);

    work->stored = new;
    work->new_buffer = old->buffer;
    if (!need_toast && new->t_len <= page_heap_free_space(buffer_page(old->buffer)))
        return;
    lock_meanwhile(work);
    buffer_unlock(old->buffer);
    if (need_toast)
        work->stored = toast_insert_or_update(rel, new, &old->tuple, 0);
    buffer_lock(old->buffer, BUFFER_LOCK_EXCLUSIVE);
    while (!heap__target_pin_vm(old))
        ;
    if (work->stored->t_len <= page_heap_free_space(buffer_page(old->buffer)))
        return;
    buffer_unlock(old->buffer);
    work->new_buffer = heap__page_for_tuple(rel, work->stored->t_len, old->buffer, 0, NULL,
                                            &work->new_vm, &old->vmbuffer);
}

/* --- WAL --- */

static uint16
common_prefix(const char *a, Size a_len, const char *b, Size b_len)
{
    Size limit = Min(a_len, b_len), n = 0;

    while (n < limit && a[n] == b[n])
        n++;
    return (uint16)(n < 3 ? 0 : n);
}

static uint16
common_suffix(const char *a, Size a_len, const char *b, Size b_len, Size used)
{
    Size limit = Min(a_len, b_len) - used, n = 0;

    while (n < limit && a[a_len - 1 - n] == b[b_len - 1 - n])
        n++;
    return (uint16)(n < 3 ? 0 : n);
}

static void
log_update(UpdateWork *work, HeapTuple new, bool hot, uint8 flags, bool init)
{
    HeapTarget *old = &work->old;
    bool same_page = work->new_buffer == old->buffer;
    HeapTupleHeader old_tup = old->tuple.t_data, new_tup = new->t_data;
    const char *old_body = (char *)old_tup + HEAP_TUPLE_HEADER_SIZE;
    const char *body = (char *)new_tup + HEAP_TUPLE_HEADER_SIZE;
    Size old_len = old->tuple.t_len - HEAP_TUPLE_HEADER_SIZE;
    Size len = new->t_len - HEAP_TUPLE_HEADER_SIZE;
    uint16 prefix = 0, suffix = 0;
    TransactionId old_xmax = heap_tuple_raw_xmax(old_tup), new_xmax = heap_tuple_raw_xmax(new_tup);
    WalHeapUpdate record;
    WalHeapTuple header = {heap_tuple_infomask2(new_tup), heap_tuple_infomask(new_tup),
                           new_tup->t_hoff};
    XLogRecPtr lsn;

    if (same_page && !wal_page_needs_image(buffer_page(old->buffer))) {
        prefix = common_prefix(old_body, old_len, body, len);
        suffix = common_suffix(old_body, old_len, body, len, prefix);
    }
    flags |= (prefix > 0 ? WHF_PREFIX : 0) | (suffix > 0 ? WHF_SUFFIX : 0);
    record = (WalHeapUpdate){
        .old_offset = ItemPointerGetOffsetNumber(&old->tuple.t_self),
        .new_offset = ItemPointerGetOffsetNumber(&new->t_self),
        .old_infobits = heap__infobits(heap_tuple_infomask(old_tup), heap_tuple_infomask2(old_tup)),
        .flags = flags,
    };
    memcpy(record.old_xmax, &old_xmax, 6);
    memcpy(record.new_xmax, &new_xmax, 6);
    wal_begin_insert();
    wal_register_data(&record, sizeof(record));
    buffer_wal_register(0, work->new_buffer, init ? WAL_BLOCK_WILL_INIT : WAL_BLOCK_STANDARD);
    if (!same_page)
        buffer_wal_register(1, old->buffer, WAL_BLOCK_STANDARD);
    if (prefix > 0)
        wal_register_block_data(0, &prefix, sizeof(prefix));
    if (suffix > 0)
        wal_register_block_data(0, &suffix, sizeof(suffix));
    wal_register_block_data(0, &header, sizeof(header));
    wal_register_block_data(0, body + prefix, (uint32)(len - prefix - suffix));
    lsn = wal_insert(WAL_RMGR_HEAP, WAL_HEAP_UPDATE | (hot ? WAL_HEAP_HOT : 0) |
                                        (init ? WAL_HEAP_INIT : 0));
    page_set_lsn(buffer_page(work->new_buffer), lsn);
    if (!same_page)
        page_set_lsn(buffer_page(old->buffer), lsn);
}

/* --- the change --- */

/* xmax of the new version: those who still hold the row in ways that we do not mind. */
static void
new_version_xmax(UpdateWork *work, TransactionId *ret_xmax, uint16 *ret_infomask,
                 uint16 *ret_infomask2)
{
    HeapTupleHeader old = work->old.tuple.t_data;
    uint16 infomask = heap_tuple_infomask(old);
    TransactionId xmax = heap_tuple_raw_xmax(old);

    *ret_xmax = InvalidTransactionId;
    *ret_infomask = HEAP_XMAX_INVALID;
    *ret_infomask2 = 0;
    if ((infomask & HEAP_XMAX_INVALID) != 0 || work->mode == LockTupleExclusive)
        return;
    if ((infomask & HEAP_XMAX_IS_MULTI) != 0) {
        MultiXactMember *members;
        int count = multixact_members(xmax, heap_xmax_is_locked_only(infomask), &members);
        int kept = 0;
        for (int i = 0; i < count; i++)
            if (!ISUPDATE_from_mxstatus(members[i].status) && !xact_is_current(members[i].xid) &&
                procarray_xid_in_progress(members[i].xid))
                members[kept++] = members[i];
        if (kept > 0) {
            *ret_xmax = multixact_create_from_members(kept, members);
            heap__hint_bits_of_multi(*ret_xmax, ret_infomask, ret_infomask2);
        }
        if (count > 0)
            pfree(members);
        return;
    }
    if (heap_xmax_is_locked_only(infomask) && !xact_is_current(xmax) &&
        procarray_xid_in_progress(xmax)) {
        *ret_xmax = xmax;
        *ret_infomask = HEAP_XMAX_KEYSHR_LOCK | HEAP_XMAX_LOCK_ONLY;
    }
}

static void
stamp_new_version(UpdateWork *work, HeapTuple tuple, TransactionId xmax, uint16 infomask,
                  uint16 infomask2, bool hot)
{
    HeapTupleHeader tup = tuple->t_data;
    uint16 mask = heap_tuple_infomask(tup) & ~HEAP_XACT_MASK;
    uint16 mask2 = heap_tuple_infomask2(tup) & ~HEAP2_XACT_MASK;

    heap_tuple_set_infomask(tup, mask | HEAP_UPDATED | infomask);
    heap_tuple_set_infomask2(tup, mask2 | infomask2 | (hot ? HEAP_ONLY_TUPLE : 0));
    heap_tuple_set_xmin(tup, work->xid);
    heap_tuple_set_xmax(tup, xmax);
    heap_tuple_set_raw_cid(tup, work->cid);
    tuple->t_tableOid = RelationGetRelid(work->old.rel);
}

/* U2: both pages are locked. */
static void
exchange_versions(UpdateWork *work, bool hot)
{
    HeapTarget *old = &work->old;
    HeapTupleHeader tup = old->tuple.t_data;
    Page old_page = buffer_page(old->buffer), new_page = buffer_page(work->new_buffer);
    TransactionId old_xmax, new_xmax;
    uint16 old_infomask, old_infomask2, new_infomask, new_infomask2;
    CommandId cmax = work->cid;
    bool iscombo, init;
    uint8 flags = 0;

    new_version_xmax(work, &new_xmax, &new_infomask, &new_infomask2);
    if (work->mode != LockTupleExclusive || (heap_tuple_infomask(tup) & HEAP_XMAX_INVALID) == 0)
        multixact_set_oldest_member();
    heap__compute_xmax(heap_tuple_raw_xmax(tup), heap_tuple_infomask(tup),
                       heap_tuple_infomask2(tup), work->xid, work->mode, true, &old_xmax,
                       &old_infomask, &old_infomask2);
    HeapTupleHeaderAdjustCmax(tup, &cmax, &iscombo);
    stamp_new_version(work, work->stored, new_xmax, new_infomask, new_infomask2, hot);

    START_CRIT_SECTION();
    heap__set_prunable(old_page, work->xid);
    if (work->new_buffer != old->buffer) {
        heap__set_prunable(new_page, work->xid);
        page_set_flag(old_page, PAGE_FULL);
    }
    heap__put_tuple(old->rel, work->new_buffer, work->stored, false);
    init = work->new_buffer != old->buffer &&
           ItemPointerGetOffsetNumber(&work->stored->t_self) == FirstOffsetNumber &&
           page_max_offset(new_page) == FirstOffsetNumber;
    set_old_version(work, old_xmax, old_infomask | (iscombo ? HEAP_COMBOCID : 0),
                    old_infomask2, false);
    if (hot)
        heap_tuple_set_infomask2(tup, heap_tuple_infomask2(tup) | HEAP_HOT_UPDATED);
    else
        heap_tuple_set_infomask2(tup, heap_tuple_infomask2(tup) & ~HEAP_HOT_UPDATED);
    heap_tuple_set_raw_cid(tup, cmax);
    heap_tuple_set_ctid(tup, &work->stored->t_self);
    if (page_has_flag(new_page, PAGE_ALL_VISIBLE)) {
        flags |= WHF_ALL_VISIBLE_CLEARED;
        page_clear_flag(new_page, PAGE_ALL_VISIBLE);
        (void) vm_clear(old->rel, buffer_block(work->new_buffer),
                        vm_pin_ok(buffer_block(work->new_buffer), work->new_vm) ? work->new_vm
                                                                                : old->vmbuffer,
                        VM_VALID_BITS);
    }
    if (page_has_flag(old_page, PAGE_ALL_VISIBLE)) {
        flags |= WHF_OLD_ALL_VISIBLE_CLEARED;
        page_clear_flag(old_page, PAGE_ALL_VISIBLE);
        (void) vm_clear(old->rel, buffer_block(old->buffer), old->vmbuffer, VM_VALID_BITS);
    }
    if (work->new_buffer != old->buffer)
        buffer_mark_dirty(work->new_buffer);
    buffer_mark_dirty(old->buffer);
    if (RelationNeedsWAL(old->rel))
        log_update(work, work->stored, hot, flags, init);
    END_CRIT_SECTION();
}

TM_Result
heap_update(Relation rel, const ItemPointerData *otid, HeapTuple tuple, CommandId cid,
            Snapshot crosscheck, bool wait, TM_FailureData *ret_failure, LockTupleMode *ret_mode,
            bool *ret_update_indexes)
{
    UpdateWork work = {.xid = xact_current_id(), .cid = cid, .new_vm = InvalidBuffer};
    TM_Result result;
    bool hot, hot_possible;

    load_index_attrs(rel);
    heap__target_open(&work.old, rel, otid);
    /* Toasted values of the old version compare by pointer: unchanged ones keep theirs. */
    work.mode = any_changed(rel, rel->rd_keyattr, &work.old.tuple, tuple)
                    ? LockTupleExclusive
                    : LockTupleNoKeyExclusive;
    hot_possible = !any_changed(rel, rel->rd_indexattr, &work.old.tuple, tuple);
    *ret_mode = work.mode;
    *ret_update_indexes = false;
    result = heap__target_claim(&work.old, cid, work.mode, wait, XLTW_Update);
    if (result == TM_Invisible) {
        heap__target_close(&work.old, work.mode);
        ereport(ERROR, (errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE),
                        errmsg("attempted to update invisible tuple")));
    }
    if (result == TM_Ok && crosscheck != InvalidSnapshot &&
        !HeapTupleSatisfiesVisibility(&work.old.tuple, crosscheck, work.old.buffer))
        result = TM_Updated;
    if (result != TM_Ok) {
        heap__fill_failure(&work.old.tuple, result, ret_failure);
        heap__target_close(&work.old, work.mode);
        return result;
    }
    make_room(&work, tuple);
    hot = hot_possible && work.new_buffer == work.old.buffer;
    STOP_POINT("heap-update-before");
    exchange_versions(&work, hot);
    STOP_POINT("heap-update-after");

    if (work.new_buffer != work.old.buffer)
        buffer_unlock_release(work.new_buffer);
    if (work.new_vm != InvalidBuffer)
        buffer_release(work.new_vm);
    heap__target_close(&work.old, work.mode);
    tuple->t_self = work.stored->t_self;
    if (work.stored != tuple) {
        stamp_new_version(&work, tuple, InvalidTransactionId, HEAP_XMAX_INVALID, 0, hot);
        heap_freetuple(work.stored);
    }
    heap_tuple_set_ctid(tuple->t_data, &tuple->t_self);
    *ret_update_indexes = !hot;
    HEAP_COUNT(rel, tuples_updated, 1);
    if (hot)
        HEAP_COUNT(rel, tuples_hot_updated, 1);
    return TM_Ok;
}

void
simple_heap_update(Relation rel, const ItemPointerData *otid, HeapTuple tuple,
                   bool *ret_update_indexes)
{
    TM_FailureData failure;
    LockTupleMode mode;

    switch (heap_update(rel, otid, tuple, xact_current_command_id(true), InvalidSnapshot, true,
                        &failure, &mode, ret_update_indexes)) {
    case TM_Ok:
        break;
    case TM_SelfModified:
        elog(ERROR, "tuple already updated by self");
        break;
    case TM_Updated:
        elog(ERROR, "tuple concurrently updated");
        break;
    case TM_Deleted:
        elog(ERROR, "tuple concurrently deleted");
        break;
    default:
        elog(ERROR, "unrecognized heap_update status");
    }
}
