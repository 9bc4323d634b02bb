/*
 * lock.c - row locks: SELECT FOR UPDATE, NO KEY UPDATE, SHARE, KEY SHARE
 *
 * A row lock is our xid in xmax with HEAP_XMAX_LOCK_ONLY, or as a member of a multixact there. It
 * needs no shared memory. KEY SHARE goes with updates that leave the key alone: then the lock must
 * also be taken on the versions that such an update made (follow_updates), lest a later one change
 * the key.
 *
 * Locks      the page exclusively; a map page pin where the page is all-visible.
 * Crash      a lock of a transaction that died is a lock of nobody.
 */
#include "heap_int.h"
#include "memory/memory.h"
#include "wal/wal.h"

typedef struct LockWork {
    HeapTarget target;
    TransactionId xid;
    CommandId cid;
    LockTupleMode mode;
    LockWaitPolicy policy;
    bool follow_updates;
    bool first_time;
    bool skip_tuple_lock;
    /* the row as last looked at */
    TransactionId xwait;
    uint16 infomask, infomask2;
    ItemPointerData ctid;
} LockWork;

static void
look_again(LockWork *work)
{
    HeapTupleHeader tup = work->target.tuple.t_data;

    work->xwait = heap_tuple_raw_xmax(tup);
    work->infomask = heap_tuple_infomask(tup);
    work->infomask2 = heap_tuple_infomask2(tup);
    work->ctid = heap_tuple_ctid(tup);
}

static void
relock(LockWork *work)
{
    buffer_lock(work->target.buffer, BUFFER_LOCK_EXCLUSIVE);
    while (!heap__target_pin_vm(&work->target))
        ;
}

/* After relock: is the row's xmax still the one we looked at? */
static bool
unchanged(LockWork *work)
{
    HeapTupleHeader tup = work->target.tuple.t_data;

    return !heap__xmax_changed(heap_tuple_infomask(tup), work->infomask) &&
           heap_tuple_raw_xmax(tup) == work->xwait;
}

static bool
key_share_locked(uint16 infomask)
{
    return (infomask & HEAP_LOCK_MASK) == HEAP_XMAX_KEYSHR_LOCK;
}

static bool
share_locked(uint16 infomask)
{
    return (infomask & HEAP_LOCK_MASK) == HEAP_XMAX_SHR_LOCK;
}

static bool
exclusive_locked(uint16 infomask)
{
    return (infomask & HEAP_LOCK_MASK) == HEAP_XMAX_EXCL_LOCK;
}

/* Do we hold a lock at least as strong? Page not locked. */
static bool
have_it_already(LockWork *work)
{
    if ((work->infomask & HEAP_XMAX_IS_MULTI) != 0) {
        MultiXactMember *members;
        int count = multixact_members(work->xwait, heap_xmax_is_locked_only(work->infomask),
                                      &members);
        bool have = false;
        for (int i = 0; i < count && !have; i++) {
            if (!xact_is_current(members[i].xid))
                continue;
            if (heap__mode_of_status(members[i].status) >= work->mode)
                have = true;
            else
                work->skip_tuple_lock = true; /* others may wait for us: do not queue behind them */
        }
        if (count > 0)
            pfree(members);
        return have;
    }
    if (!xact_is_current(work->xwait))
        return false;
    switch (work->mode) {
    case LockTupleKeyShare:
        return true;
    case LockTupleShare:
        return share_locked(work->infomask) || exclusive_locked(work->infomask);
    case LockTupleNoKeyExclusive:
        return exclusive_locked(work->infomask);
    case LockTupleExclusive:
        return exclusive_locked(work->infomask) && (work->infomask2 & HEAP_KEYS_UPDATED) != 0;
    }
    return false;
}

typedef enum NoSleep {
    NO_SLEEP,    /* page locked, nothing in our way */
    MUST_SLEEP,  /* page not locked */
    LOOK_AGAIN,  /* page locked, the row has changed */
    CHAIN_FAILED /* page locked, *ret_result says how */
} NoSleep;

/* Key share: only those who change the key are in the way. */
static NoSleep
try_key_share(LockWork *work, TM_Result *ret_result)
{
    HeapTupleHeader tup = work->target.tuple.t_data;
    bool updated = !heap_xmax_is_locked_only(work->infomask);

    if ((work->infomask2 & HEAP_KEYS_UPDATED) != 0)
        return MUST_SLEEP;
    if (work->follow_updates && updated) {
        TM_Result result = heap__lock_updated(work->target.rel, &work->target.tuple, &work->ctid,
                                              work->xid, work->mode);
        if (result != TM_Ok) {
            relock(work);
            *ret_result = result;
            return CHAIN_FAILED;
        }
    }
    relock(work);
    if ((heap_tuple_infomask2(tup) & HEAP_KEYS_UPDATED) != 0 ||
        (!heap_xmax_is_locked_only(heap_tuple_infomask(tup)) && !updated))
        return LOOK_AGAIN;
    return NO_SLEEP;
}

static NoSleep
try_without_sleep(LockWork *work, TM_Result *ret_result)
{
    HeapTupleHeader tup = work->target.tuple.t_data;
    bool is_multi = (work->infomask & HEAP_XMAX_IS_MULTI) != 0;
    NoSleep answer = MUST_SLEEP;

    if (work->mode == LockTupleKeyShare) {
        answer = try_key_share(work, ret_result);
    } else if (work->mode == LockTupleShare) {
        if (heap_xmax_is_locked_only(work->infomask) && !exclusive_locked(work->infomask)) {
            relock(work);
            answer = heap_xmax_is_locked_only(heap_tuple_infomask(tup)) &&
                             !exclusive_locked(heap_tuple_infomask(tup))
                         ? NO_SLEEP
                         : LOOK_AGAIN;
        }
    } else if (work->mode == LockTupleNoKeyExclusive) {
        if (is_multi ? !heap__multi_conflicts(work->xwait, work->infomask, work->mode, NULL)
                     : key_share_locked(work->infomask)) {
            relock(work);
            answer = unchanged(work) ? NO_SLEEP : LOOK_AGAIN;
        }
    }
    if (answer == MUST_SLEEP && !is_multi && xact_is_current(work->xwait)) {
        relock(work);
        answer = unchanged(work) ? NO_SLEEP : LOOK_AGAIN;
    }
    return answer;
}

static void
throw_row_locked(Relation rel)
{
    ereport(ERROR, (errcode(ERRCODE_LOCK_NOT_AVAILABLE),
                    errmsg("could not obtain lock on row in relation \"%s\"",
                           RelationGetRelationName(rel))));
}

/* Waits for the holders as the policy says. False: the policy is not to. */
static bool
sleep_for_holders(LockWork *work)
{
    Relation rel = work->target.rel;
    const ItemPointerData *tid = &work->target.tuple.t_self;
    bool got = true;

    if (!work->skip_tuple_lock &&
        !heap__acquire_tuple_lock(rel, tid, work->mode, work->policy,
                                  &work->target.have_tuple_lock))
        return false;
    if ((work->infomask & HEAP_XMAX_IS_MULTI) != 0) {
        MultiXactStatus status = heap__status_of_mode(work->mode, false);
        if (work->policy == LockWaitBlock)
            heap__multi_wait(work->xwait, status, work->infomask, rel, tid, XLTW_Lock, NULL);
        else
            got = heap__multi_wait_conditional(work->xwait, status, work->infomask, NULL);
    } else if (work->policy == LockWaitBlock) {
        heap__xid_wait(work->xwait, rel, tid, XLTW_Lock);
    } else {
        got = lock_xid_wait_conditional(work->xwait);
    }
    if (!got && work->policy == LockWaitError)
        throw_row_locked(rel);
    return got;
}

/* Somebody has, or has ended, the row. Page locked on entry and exit. LOOK_AGAIN: start over. */
static NoSleep
contend(LockWork *work, TM_Result *ret_result)
{
    HeapTupleHeader tup = work->target.tuple.t_data;
    TM_Result result = *ret_result;
    NoSleep answer;

    look_again(work);
    buffer_unlock(work->target.buffer);
    if (work->first_time) {
        work->first_time = false;
        if (result == TM_BeingModified && have_it_already(work)) {
            relock(work);
            *ret_result = TM_Ok;
            return CHAIN_FAILED; /* nothing to do: the answer is set */
        }
    }
    answer = try_without_sleep(work, ret_result);
    if (answer != MUST_SLEEP)
        return answer;
    if (result != TM_BeingModified) {
        relock(work);
        return unchanged(work) ? CHAIN_FAILED : LOOK_AGAIN;
    }
    if (!sleep_for_holders(work)) {
        relock(work);
        *ret_result = TM_WouldBlock;
        return CHAIN_FAILED;
    }
    if (work->follow_updates && !heap_xmax_is_locked_only(work->infomask)) {
        TM_Result chain = heap__lock_updated(work->target.rel, &work->target.tuple, &work->ctid,
                                             work->xid, work->mode);
        if (chain != TM_Ok) {
            relock(work);
            *ret_result = chain;
            return CHAIN_FAILED;
        }
    }
    relock(work);
    if (!unchanged(work))
        return LOOK_AGAIN;
    if ((work->infomask & HEAP_XMAX_IS_MULTI) == 0)
        heap__update_xmax_hints(tup, work->target.buffer, work->xwait);
    look_again(work);
    if ((work->infomask & HEAP_XMAX_INVALID) != 0 || HeapTupleHeaderIsOnlyLocked(tup))
        return NO_SLEEP;
    *ret_result = ItemPointerEquals(&work->target.tuple.t_self, &work->ctid) ? TM_Deleted
                                                                             : TM_Updated;
    return CHAIN_FAILED;
}

/* Puts the lock on the version; page locked. */
static void
stamp_lock(HeapTarget *target, TransactionId xid, LockTupleMode mode)
{
    HeapTupleHeader tup = target->tuple.t_data;
    Page page = buffer_page(target->buffer);
    TransactionId xmax;
    uint16 infomask = heap_tuple_infomask(tup), infomask2 = heap_tuple_infomask2(tup);
    uint16 new_infomask, new_infomask2;
    uint8 flags = 0;

    multixact_set_oldest_member();
    heap__compute_xmax(heap_tuple_raw_xmax(tup), infomask, infomask2, xid, mode, false, &xmax,
                       &new_infomask, &new_infomask2);
    START_CRIT_SECTION();
    infomask = (infomask & ~HEAP_XMAX_BITS) | new_infomask;
    infomask2 = (infomask2 & ~HEAP_KEYS_UPDATED) | new_infomask2;
    heap_tuple_set_infomask(tup, infomask);
    if (heap_xmax_is_locked_only(new_infomask)) {
        infomask2 &= ~HEAP_HOT_UPDATED;
        heap_tuple_set_ctid(tup, &target->tuple.t_self);
    }
    heap_tuple_set_infomask2(tup, infomask2);
    heap_tuple_set_xmax(tup, xmax);
    if (page_has_flag(page, PAGE_ALL_VISIBLE) &&
        vm_clear(target->rel, buffer_block(target->buffer), target->vmbuffer, VM_ALL_FROZEN))
        flags |= WHF_ALL_VISIBLE_CLEARED;
    buffer_mark_dirty(target->buffer);
    if (RelationNeedsWAL(target->rel)) {
        WalHeapLock record = {.offset = ItemPointerGetOffsetNumber(&target->tuple.t_self),
                              .infobits = heap__infobits(infomask, infomask2),
                              .flags = flags};
        memcpy(record.xmax, &xmax, 6);
        wal_begin_insert();
        wal_register_data(&record, sizeof(record));
        buffer_wal_register(0, target->buffer, WAL_BLOCK_STANDARD);
        page_set_lsn(page, wal_insert(WAL_RMGR_HEAP, WAL_HEAP_LOCK));
    }
    END_CRIT_SECTION();
}

TM_Result
heap_lock_tuple(Relation rel, HeapTuple tuple, CommandId cid, LockTupleMode mode,
                LockWaitPolicy wait_policy, bool follow_updates, Buffer *ret_buffer,
                TM_FailureData *ret_failure)
{
    LockWork work = {.xid = xact_current_id(), .cid = cid, .mode = mode, .policy = wait_policy,
                     .follow_updates = follow_updates, .first_time = true};
    TM_Result result;

    heap__target_open(&work.target, rel, &tuple->t_self);
    *tuple = work.target.tuple;
    *ret_buffer = work.target.buffer;
    for (;;) {
        NoSleep answer = NO_SLEEP;

        result = HeapTupleSatisfiesUpdate(&work.target.tuple, cid, work.target.buffer);
        if (result == TM_Invisible || result == TM_SelfModified) {
            answer = CHAIN_FAILED;
        } else if (result != TM_Ok) {
            answer = contend(&work, &result);
        }
        if (answer == LOOK_AGAIN)
            continue;
        if (answer == CHAIN_FAILED) {
            if (result != TM_Ok)
                heap__fill_failure(&work.target.tuple, result, ret_failure);
            break;
        }
        STOP_POINT("heap-lock-before");
        stamp_lock(&work.target, work.xid, mode);
        result = TM_Ok;
        break;
    }
    buffer_pin_again(work.target.buffer); /* the caller's pin */
    heap__target_close(&work.target, mode);
    return result;
}

/* --- the versions that later updates made --- */

/* May we lock this version beside its present xmax? Waits if need be: TM_BeingModified: again. */
static TM_Result
check_version(HeapTarget *target, LockTupleMode mode, bool *ret_skip)
{
    HeapTupleHeader tup = target->tuple.t_data;
    uint16 infomask = heap_tuple_infomask(tup);
    TransactionId xmax = heap_tuple_raw_xmax(tup);
    MultiXactMember alone, *members = &alone;
    int count = 1;
    TM_Result result = TM_Ok;

    *ret_skip = false;
    if ((infomask & HEAP_XMAX_INVALID) != 0)
        return TM_Ok;
    if ((infomask & HEAP_XMAX_IS_MULTI) != 0) {
        count = multixact_members(xmax, heap_xmax_is_locked_only(infomask), &members);
    } else {
        uint16 infomask2 = heap_tuple_infomask2(tup);
        alone.xid = xmax;
        if (heap_xmax_is_locked_only(infomask))
            alone.status = key_share_locked(infomask)  ? MultiXactStatusForKeyShare
                           : share_locked(infomask)    ? MultiXactStatusForShare
                           : (infomask2 & HEAP_KEYS_UPDATED) ? MultiXactStatusForUpdate
                                                             : MultiXactStatusForNoKeyUpdate;
        else
            alone.status = (infomask2 & HEAP_KEYS_UPDATED) ? MultiXactStatusUpdate
                                                           : MultiXactStatusNoKeyUpdate;
    }
    for (int i = 0; i < count && result == TM_Ok; i++) {
        LockTupleMode other = heap__mode_of_status(members[i].status);
        TransactionId xid = members[i].xid;

        if (xact_is_current(xid)) {
            if (other >= mode)
                *ret_skip = true;
        } else if (procarray_xid_in_progress(xid)) {
            if (heap__modes_conflict(other, mode)) {
                buffer_unlock(target->buffer);
                heap__xid_wait(xid, target->rel, &target->tuple.t_self, XLTW_LockUpdated);
                buffer_lock(target->buffer, BUFFER_LOCK_EXCLUSIVE);
                result = TM_BeingModified;
            }
        } else if (ISUPDATE_from_mxstatus(members[i].status) && TransactionIdDidCommit(xid) &&
                   heap__modes_conflict(other, mode)) {
            ItemPointerData ctid = heap_tuple_ctid(tup);
            result = ItemPointerEquals(&target->tuple.t_self, &ctid) ? TM_Deleted : TM_Updated;
        }
    }
    if (members != &alone && count > 0)
        pfree(members);
    return result;
}

/* The version at *tid, if it still is the successor of what prior_xmax ended. */
static bool
open_successor(HeapTarget *target, Relation rel, const ItemPointerData *tid,
               TransactionId prior_xmax)
{
    BlockNumber block = ItemPointerGetBlockNumber(tid);
    OffsetNumber offset = ItemPointerGetOffsetNumber(tid);
    Page page;
    bool there;

    if (block >= RelationGetNumberOfBlocks(rel))
        return false;
    *target = (HeapTarget){.rel = rel, .vmbuffer = InvalidBuffer};
    target->buffer = buffer_read(relation_smgr(rel), MAIN_FORKNUM, block, BUFFER_READ_NORMAL, NULL);
    page = buffer_page(target->buffer);
    buffer_lock(target->buffer, BUFFER_LOCK_EXCLUSIVE);
    while (!heap__target_pin_vm(target))
        ;
    there = offset <= page_max_offset(page) && item_id_is_normal(page_item_id(page, offset));
    if (there) {
        target->tuple.t_data = page_item_at(page, offset);
        target->tuple.t_len = page_item_id(page, offset)->lp_len;
        target->tuple.t_self = *tid;
        target->tuple.t_tableOid = RelationGetRelid(rel);
        there = !TransactionIdIsValid(prior_xmax) ||
                heap_tuple_raw_xmin(target->tuple.t_data) == prior_xmax;
    }
    if (!there)
        heap__target_close(target, LockTupleKeyShare);
    return there;
}

TM_Result
heap__lock_updated(Relation rel, HeapTuple tuple, const ItemPointerData *ctid, TransactionId xid,
                   LockTupleMode mode)
{
    ItemPointerData tid = *ctid;
    TransactionId prior_xmax = InvalidTransactionId;

    if (ItemPointerEquals(&tuple->t_self, ctid))
        return TM_Ok; /* deleted, not updated */
    for (;;) {
        HeapTarget target;
        HeapTupleHeader tup;
        TM_Result result;
        bool skip, ends;

        CHECK_FOR_INTERRUPTS();
        if (!open_successor(&target, rel, &tid, prior_xmax))
            return TM_Ok;
        tup = target.tuple.t_data;
        if (!heap_tuple_xmin_committed(tup) && !xact_is_current(heap_tuple_raw_xmin(tup)) &&
            !procarray_xid_in_progress(heap_tuple_raw_xmin(tup)) &&
            !TransactionIdDidCommit(heap_tuple_raw_xmin(tup))) {
            heap__target_close(&target, mode); /* its maker aborted: the chain ends before it */
            return TM_Ok;
        }
        result = check_version(&target, mode, &skip);
        if (result == TM_BeingModified) {
            heap__target_close(&target, mode);
            continue;
        }
        if (result != TM_Ok) {
            heap__target_close(&target, mode);
            return result;
        }
        while (!heap__target_pin_vm(&target))
            ;
        if (!skip)
            stamp_lock(&target, xid, mode);
        ends = (heap_tuple_infomask(tup) & HEAP_XMAX_INVALID) != 0 ||
               HeapTupleHeaderIsOnlyLocked(tup);
        prior_xmax = ends ? InvalidTransactionId : HeapTupleHeaderGetUpdateXid(tup);
        tid = heap_tuple_ctid(tup);
        ends = ends || ItemPointerEquals(&target.tuple.t_self, &tid);
        heap__target_close(&target, mode);
        if (ends)
            return TM_Ok;
    }
}

/* --- to the latest version --- */

/*
 * Waits until the successor at *tid is committed or gone. True: *tid is a version to lock. False:
 * the row is deleted.
 */
static bool
settle_successor(Relation rel, ItemPointer tid, TransactionId prior_xmax, LockWaitPolicy policy,
                 TM_Result *ret_result)
{
    for (;;) {
        SnapshotData dirty = {.snapshot_type = SNAPSHOT_DIRTY};
        HeapTupleData tuple = {.t_self = *tid};
        Buffer buffer;
        bool visible;
        TransactionId updater;

        *ret_result = TM_Deleted;
        if (ItemPointerGetBlockNumber(tid) >= RelationGetNumberOfBlocks(rel))
            return false;
        visible = heap_fetch(rel, &dirty, &tuple, &buffer, true);
        if (!BufferIsValid(buffer))
            return false;
        if (heap_tuple_raw_xmin(tuple.t_data) != prior_xmax) {
            buffer_release(buffer); /* the place was given to another row */
            return false;
        }
        if (visible) {
            TransactionId holder = TransactionIdIsValid(dirty.xmin) ? InvalidTransactionId
                                                                    : dirty.xmax;
            if (TransactionIdIsValid(dirty.xmin))
                elog(ERROR, "t_xmin %llu is uncommitted in tuple (%u,%u) to be updated",
                     (unsigned long long)dirty.xmin, ItemPointerGetBlockNumber(tid),
                     ItemPointerGetOffsetNumber(tid));
            buffer_release(buffer);
            if (!TransactionIdIsValid(holder))
                return true;
            if (policy == LockWaitBlock) {
                heap__xid_wait(holder, rel, tid, XLTW_FetchUpdated);
            } else if (!lock_xid_wait_conditional(holder)) {
                if (policy == LockWaitError)
                    throw_row_locked(rel);
                *ret_result = TM_WouldBlock;
                return false;
            }
            continue;
        }
        updater = HeapTupleHeaderGetUpdateXid(tuple.t_data);
        {
            ItemPointerData next = heap_tuple_ctid(tuple.t_data);
            bool deleted = ItemPointerEquals(&next, tid);
            buffer_release(buffer);
            if (deleted)
                return false;
            *tid = next;
            prior_xmax = updater;
        }
    }
}

TM_Result
heap_lock_latest(Relation rel, const ItemPointerData *tid, Snapshot snapshot, HeapTuple tuple,
                 CommandId cid, LockTupleMode mode, LockWaitPolicy wait_policy,
                 Buffer *ret_buffer, TM_FailureData *ret_failure)
{
    ItemPointerData at = *tid;
    bool traversed = false;

    for (;;) {
        TM_Result result;

        tuple->t_self = at;
        result = heap_lock_tuple(rel, tuple, cid, mode, wait_policy, true, ret_buffer, ret_failure);
        ret_failure->traversed = traversed;
        if (result != TM_Updated || IsolationUsesXactSnapshot())
            return result;
        if (ItemPointerEquals(&ret_failure->ctid, &tuple->t_self))
            return TM_Deleted;
        at = ret_failure->ctid;
        buffer_release(*ret_buffer);
        *ret_buffer = InvalidBuffer;
        traversed = true;
        if (!settle_successor(rel, &at, ret_failure->xmax, wait_policy, &result)) {
            ret_failure->traversed = traversed;
            return result;
        }
    }
}
