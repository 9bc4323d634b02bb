/*
 * xmax.c - who has a row: arithmetic on xmax and its bits, and waiting for the holders
 *
 * xmax holds one transaction, or a multixact when several have the row. The bits say how strongly,
 * so that the multixact need rarely be looked up:
 *
 *     strength        alone, lock only            alone, update or delete
 *     KeyShare        KEYSHR_LOCK                  -
 *     Share           KEYSHR_LOCK | EXCL_LOCK      -
 *     NoKeyExclusive  EXCL_LOCK                    (none)
 *     Exclusive       EXCL_LOCK, KEYS_UPDATED      KEYS_UPDATED (always for delete)
 */
#include "heap_int.h"
#include "lock/lock.h"
#include "memory/memory.h"

/* By LockTupleMode: lock mode of the queueing lock, status as a locker, status as an updater. */
static const struct {
    LOCKMODE tuple_lock;
    int lock_status;
    int update_status;
} modes[] = {
    [LockTupleKeyShare] = {AccessShareLock, MultiXactStatusForKeyShare, -1},
    [LockTupleShare] = {RowShareLock, MultiXactStatusForShare, -1},
    [LockTupleNoKeyExclusive] = {ExclusiveLock, MultiXactStatusForNoKeyUpdate,
                                 MultiXactStatusNoKeyUpdate},
    [LockTupleExclusive] = {AccessExclusiveLock, MultiXactStatusForUpdate, MultiXactStatusUpdate},
};

MultiXactStatus
heap__status_of_mode(LockTupleMode mode, bool is_update)
{
    int status = is_update ? modes[mode].update_status : modes[mode].lock_status;

    if (status < 0)
        elog(ERROR, "invalid lock tuple mode %d/%s", mode, is_update ? "true" : "false");
    return (MultiXactStatus)status;
}

LockTupleMode
heap__mode_of_status(MultiXactStatus status)
{
    switch (status) {
    case MultiXactStatusForKeyShare:
        return LockTupleKeyShare;
    case MultiXactStatusForShare:
        return LockTupleShare;
    case MultiXactStatusForNoKeyUpdate:
    case MultiXactStatusNoKeyUpdate:
        return LockTupleNoKeyExclusive;
    default:
        return LockTupleExclusive;
    }
}

bool
heap__modes_conflict(LockTupleMode a, LockTupleMode b)
{
    return lock_modes_conflict(modes[a].tuple_lock, modes[b].tuple_lock);
}

uint8
heap__infobits(uint16 infomask, uint16 infomask2)
{
    return (uint8)(((infomask & HEAP_XMAX_IS_MULTI) ? WHX_IS_MULTI : 0) |
                   ((infomask & HEAP_XMAX_LOCK_ONLY) ? WHX_LOCK_ONLY : 0) |
                   ((infomask & HEAP_XMAX_EXCL_LOCK) ? WHX_EXCL_LOCK : 0) |
                   ((infomask & HEAP_XMAX_KEYSHR_LOCK) ? WHX_KEYSHR_LOCK : 0) |
                   ((infomask2 & HEAP_KEYS_UPDATED) ? WHX_KEYS_UPDATED : 0));
}

void
heap__apply_infobits(uint8 infobits, uint16 *infomask, uint16 *infomask2)
{
    *infomask &= ~(HEAP_XMAX_BITS);
    *infomask2 &= ~HEAP_KEYS_UPDATED;
    if (infobits & WHX_IS_MULTI)
        *infomask |= HEAP_XMAX_IS_MULTI;
    if (infobits & WHX_LOCK_ONLY)
        *infomask |= HEAP_XMAX_LOCK_ONLY;
    if (infobits & WHX_EXCL_LOCK)
        *infomask |= HEAP_XMAX_EXCL_LOCK;
    if (infobits & WHX_KEYSHR_LOCK)
        *infomask |= HEAP_XMAX_KEYSHR_LOCK;
    if (infobits & WHX_KEYS_UPDATED)
        *infomask2 |= HEAP_KEYS_UPDATED;
}

/* Bits of the strongest member of a multixact. */
void
heap__hint_bits_of_multi(MultiXactId multi, uint16 *ret_infomask, uint16 *ret_infomask2)
{
    MultiXactMember *members;
    int count = multixact_members(multi, false, &members);
    LockTupleMode strongest = LockTupleKeyShare;
    bool has_update = false;
    uint16 bits = HEAP_XMAX_IS_MULTI, bits2 = 0;

    for (int i = 0; i < count; i++) {
        LockTupleMode mode = heap__mode_of_status(members[i].status);
        if (mode > strongest)
            strongest = mode;
        if (ISUPDATE_from_mxstatus(members[i].status))
            has_update = true;
        if (members[i].status == MultiXactStatusForUpdate ||
            members[i].status == MultiXactStatusUpdate)
            bits2 |= HEAP_KEYS_UPDATED;
    }
    if (strongest >= LockTupleNoKeyExclusive)
        bits |= HEAP_XMAX_EXCL_LOCK;
    else if (strongest == LockTupleShare)
        bits |= HEAP_XMAX_SHR_LOCK;
    else
        bits |= HEAP_XMAX_KEYSHR_LOCK;
    if (!has_update)
        bits |= HEAP_XMAX_LOCK_ONLY;
    if (count > 0)
        pfree(members);
    *ret_infomask = bits;
    *ret_infomask2 = bits2;
}

/* The status a lone xmax holds, from its bits. */
static MultiXactStatus
status_of_bits(uint16 infomask, uint16 infomask2)
{
    if (heap_xmax_is_locked_only(infomask)) {
        if ((infomask & HEAP_LOCK_MASK) == HEAP_XMAX_KEYSHR_LOCK)
            return MultiXactStatusForKeyShare;
        if ((infomask & HEAP_LOCK_MASK) == HEAP_XMAX_SHR_LOCK)
            return MultiXactStatusForShare;
        return (infomask2 & HEAP_KEYS_UPDATED) != 0 ? MultiXactStatusForUpdate
                                                    : MultiXactStatusForNoKeyUpdate;
    }
    return (infomask2 & HEAP_KEYS_UPDATED) != 0 ? MultiXactStatusUpdate
                                                : MultiXactStatusNoKeyUpdate;
}

/* Nobody else has the row. */
static void
compute_alone(TransactionId xid, LockTupleMode mode, bool is_update, TransactionId *ret_xmax,
              uint16 *ret_infomask, uint16 *ret_infomask2)
{
    *ret_xmax = xid;
    *ret_infomask = 0;
    *ret_infomask2 = 0;
    if (is_update) {
        if (mode == LockTupleExclusive)
            *ret_infomask2 = HEAP_KEYS_UPDATED;
        return;
    }
    *ret_infomask = HEAP_XMAX_LOCK_ONLY;
    switch (mode) {
    case LockTupleKeyShare:
        *ret_infomask |= HEAP_XMAX_KEYSHR_LOCK;
        break;
    case LockTupleShare:
        *ret_infomask |= HEAP_XMAX_SHR_LOCK;
        break;
    case LockTupleNoKeyExclusive:
        *ret_infomask |= HEAP_XMAX_EXCL_LOCK;
        break;
    case LockTupleExclusive:
        *ret_infomask |= HEAP_XMAX_EXCL_LOCK;
        *ret_infomask2 = HEAP_KEYS_UPDATED;
        break;
    }
}

void
heap__compute_xmax(TransactionId old_xmax, uint16 old_infomask, uint16 old_infomask2,
                   TransactionId xid, LockTupleMode mode, bool is_update, TransactionId *ret_xmax,
                   uint16 *ret_infomask, uint16 *ret_infomask2)
{
    MultiXactStatus status, old_status;

    if ((old_infomask & HEAP_XMAX_INVALID) != 0) {
        compute_alone(xid, mode, is_update, ret_xmax, ret_infomask, ret_infomask2);
        return;
    }
    status = heap__status_of_mode(mode, is_update);
    if ((old_infomask & HEAP_XMAX_IS_MULTI) != 0) {
        MultiXactId multi = old_xmax;
        bool lock_only = heap_xmax_is_locked_only(old_infomask);
        if (!multixact_is_running(multi, lock_only) &&
            (lock_only || !TransactionIdIsValid(multixact_updater(multi)) ||
             !TransactionIdDidCommit(multixact_updater(multi)))) {
            compute_alone(xid, mode, is_update, ret_xmax, ret_infomask, ret_infomask2);
            return;
        }
        *ret_xmax = multixact_expand(multi, xid, status);
        heap__hint_bits_of_multi(*ret_xmax, ret_infomask, ret_infomask2);
        return;
    }
    old_status = status_of_bits(old_infomask, old_infomask2);
    if (old_xmax == xid) {
        /* Ours already: keep the stronger of both strengths; an update stays an update. */
        LockTupleMode old_mode = heap__mode_of_status(old_status);
        Assert(!ISUPDATE_from_mxstatus(old_status) || !is_update);
        if (ISUPDATE_from_mxstatus(old_status)) {
            *ret_xmax = multixact_create(xid, old_status, xid, status);
            heap__hint_bits_of_multi(*ret_xmax, ret_infomask, ret_infomask2);
            return;
        }
        compute_alone(xid, Max(mode, old_mode), is_update, ret_xmax, ret_infomask, ret_infomask2);
        return;
    }
    if ((old_infomask & HEAP_XMAX_COMMITTED) == 0 && procarray_xid_in_progress(old_xmax)) {
        *ret_xmax = multixact_create(old_xmax, old_status, xid, status);
        heap__hint_bits_of_multi(*ret_xmax, ret_infomask, ret_infomask2);
        return;
    }
    if (!heap_xmax_is_locked_only(old_infomask) && TransactionIdDidCommit(old_xmax)) {
        /* Updated already: only a key-share locker may come here, following the chain. */
        *ret_xmax = multixact_create(old_xmax, old_status, xid, status);
        heap__hint_bits_of_multi(*ret_xmax, ret_infomask, ret_infomask2);
        return;
    }
    compute_alone(xid, mode, is_update, ret_xmax, ret_infomask, ret_infomask2);
}

/* --- waiting --- */

void
heap__xid_wait(TransactionId xid, Relation rel, const ItemPointerData *tid, XLTW_Oper oper)
{
    lock_xid_wait(xid, RelationGetRelationName(rel), tid, oper);
}

bool
heap__multi_conflicts(MultiXactId multi, uint16 infomask, LockTupleMode mode,
                      bool *ret_current_is_member)
{
    MultiXactMember *members;
    int count = multixact_members(multi, heap_xmax_is_locked_only(infomask), &members);
    bool conflicts = false;

    for (int i = 0; i < count; i++) {
        LockTupleMode other = heap__mode_of_status(members[i].status);
        if (xact_is_current(members[i].xid)) {
            if (ret_current_is_member != NULL)
                *ret_current_is_member = true;
            continue;
        }
        if (conflicts || !heap__modes_conflict(other, mode))
            continue;
        if (ISUPDATE_from_mxstatus(members[i].status)) {
            if (!procarray_xid_in_progress(members[i].xid) &&
                !TransactionIdDidCommit(members[i].xid))
                continue; /* aborted */
        } else if (!procarray_xid_in_progress(members[i].xid)) {
            continue;
        }
        conflicts = true;
    }
    if (count > 0)
        pfree(members);
    return conflicts;
}

static bool
multi_wait(MultiXactId multi, MultiXactStatus status, uint16 infomask, bool nowait, Relation rel,
           const ItemPointerData *tid, XLTW_Oper oper, int *ret_remaining)
{
    MultiXactMember *members;
    int count = multixact_members(multi, heap_xmax_is_locked_only(infomask), &members);
    int remaining = 0;
    bool done = true;

    for (int i = 0; i < count && done; i++) {
        TransactionId xid = members[i].xid;
        if (xact_is_current(xid)) {
            remaining++;
            continue;
        }
        if (!heap__modes_conflict(heap__mode_of_status(members[i].status),
                                  heap__mode_of_status(status))) {
            if (ret_remaining != NULL && procarray_xid_in_progress(xid))
                remaining++;
            continue;
        }
        if (nowait)
            done = lock_xid_wait_conditional(xid);
        else
            heap__xid_wait(xid, rel, tid, oper);
    }
    if (count > 0)
        pfree(members);
    if (ret_remaining != NULL)
        *ret_remaining = remaining;
    return done;
}

void
heap__multi_wait(MultiXactId multi, MultiXactStatus status, uint16 infomask, Relation rel,
                 const ItemPointerData *tid, XLTW_Oper oper, int *ret_remaining)
{
    (void) multi_wait(multi, status, infomask, false, rel, tid, oper, ret_remaining);
}

bool
heap__multi_wait_conditional(MultiXactId multi, MultiXactStatus status, uint16 infomask,
                             int *ret_remaining)
{
    return multi_wait(multi, status, infomask, true, NULL, NULL, XLTW_None, ret_remaining);
}

void
heap__update_xmax_hints(HeapTupleHeader tup, Buffer buffer, TransactionId xid)
{
    uint16 infomask = heap_tuple_infomask(tup);

    if ((infomask & (HEAP_XMAX_COMMITTED | HEAP_XMAX_INVALID)) != 0)
        return;
    if (!heap_xmax_is_locked_only(infomask) && TransactionIdDidCommit(xid))
        HeapTupleSetHintBits(tup, buffer, HEAP_XMAX_COMMITTED, xid);
    else
        HeapTupleSetHintBits(tup, buffer, HEAP_XMAX_INVALID, InvalidTransactionId);
}

bool
heap__acquire_tuple_lock(Relation rel, const ItemPointerData *tid, LockTupleMode mode,
                         LockWaitPolicy policy, bool *have_lock)
{
    Oid database = rel->rd_locator.dbOid;

    if (*have_lock)
        return true;
    if (!lock_tuple(database, RelationGetRelid(rel), tid, modes[mode].tuple_lock,
                    policy != LockWaitBlock)) {
        if (policy == LockWaitError)
            ereport(ERROR, (errcode(ERRCODE_LOCK_NOT_AVAILABLE),
                            errmsg("could not obtain lock on row in relation \"%s\"",
                                   RelationGetRelationName(rel))));
        return false;
    }
    *have_lock = true;
    return true;
}

void
heap__release_tuple_lock(Relation rel, const ItemPointerData *tid, LockTupleMode mode)
{
    unlock_tuple(rel->rd_locator.dbOid, RelationGetRelid(rel), tid, modes[mode].tuple_lock);
}
