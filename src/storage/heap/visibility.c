/*
 * visibility.c - who sees which row version
 *
 * A version was made by xmin and ended by xmax. Whether these committed is asked of clog once and
 * then remembered in hint bits. Always ask the procarray (or the snapshot) before clog: a transaction
 * enters clog before it leaves the procarray, so "not running and not committed" means aborted.
 *
 * Invariants Y1. A hint "committed" of an asynchronous commit reaches the page only when its WAL is
 *                flushed or will be before the page (set_hint).
 *            Y2. xmax of a tuple with HEAP_XMAX_LOCK_ONLY never hides it.
 * Locks      the buffer's content lock, shared at least: hints may be set under it, since two
 *            writers can only lose a hint of each other.
 * Errors     those of reading clog and multixacts.
 */
#include "heap_int.h"
#include "wal/wal.h"
#include "xact/clog.h"

static inline void
add_infomask(HeapTupleHeader tup, uint16 bits)
{
    heap_tuple_set_infomask(tup, heap_tuple_infomask(tup) | bits);
}

static void
set_hint(HeapTupleHeader tup, Buffer buffer, uint16 bit, TransactionId xid)
{
    if (TransactionIdIsValid(xid)) {
        XLogRecPtr lsn = clog_commit_lsn(xid);
        if (lsn != InvalidXLogRecPtr && wal_needs_flush(lsn) && page_lsn(buffer_page(buffer)) < lsn)
            return;
    }
    add_infomask(tup, bit);
    buffer_mark_dirty_hint(buffer, true);
}

void
HeapTupleSetHintBits(HeapTupleHeader tup, Buffer buffer, uint16 bit, TransactionId xid)
{
    set_hint(tup, buffer, bit, xid);
}

TransactionId
HeapTupleHeaderGetUpdateXid(HeapTupleHeader tup)
{
    uint16 infomask = heap_tuple_infomask(tup);

    if ((infomask & HEAP_XMAX_INVALID) != 0 || heap_xmax_is_locked_only(infomask))
        return InvalidTransactionId;
    if ((infomask & HEAP_XMAX_IS_MULTI) != 0)
        return multixact_updater(heap_tuple_raw_xmax(tup));
    return heap_tuple_raw_xmax(tup);
}

/* xmin is not hinted: decides it. Returns false if the version's maker aborted or still runs. */
static bool
xmin_committed_now(HeapTupleHeader tup, Buffer buffer)
{
    TransactionId xmin = heap_tuple_raw_xmin(tup);

    if (TransactionIdDidCommit(xmin)) {
        set_hint(tup, buffer, HEAP_XMIN_COMMITTED, xmin);
        return true;
    }
    set_hint(tup, buffer, HEAP_XMIN_INVALID, InvalidTransactionId);
    return false;
}

/* Our own version: has it been ended by a command before curcid? */
static bool
own_version_visible(HeapTupleHeader tup, uint16 infomask, Buffer buffer, CommandId curcid)
{
    if ((infomask & HEAP_XMAX_INVALID) != 0 || heap_xmax_is_locked_only(infomask))
        return true;
    if ((infomask & HEAP_XMAX_IS_MULTI) != 0) {
        if (!xact_is_current(HeapTupleHeaderGetUpdateXid(tup)))
            return true;
    } else if (!xact_is_current(heap_tuple_raw_xmax(tup))) {
        set_hint(tup, buffer, HEAP_XMAX_INVALID, InvalidTransactionId);
        return true; /* a subtransaction of ours deleted it and aborted */
    }
    return HeapTupleHeaderGetCmax(tup) >= curcid;
}

/* The maker is visible; is the end? */
static bool
end_invisible_mvcc(HeapTupleHeader tup, uint16 infomask, Snapshot snapshot, Buffer buffer)
{
    TransactionId xmax;

    if ((infomask & HEAP_XMAX_INVALID) != 0 || heap_xmax_is_locked_only(infomask))
        return true;
    if ((infomask & HEAP_XMAX_IS_MULTI) != 0) {
        xmax = HeapTupleHeaderGetUpdateXid(tup);
        if (!TransactionIdIsValid(xmax))
            return true;
        if (xact_is_current(xmax))
            return HeapTupleHeaderGetCmax(tup) >= snapshot->curcid;
        if (snapshot_xid_in_progress(xmax, snapshot))
            return true;
        return !TransactionIdDidCommit(xmax);
    }
    xmax = heap_tuple_raw_xmax(tup);
    if ((infomask & HEAP_XMAX_COMMITTED) != 0)
        return snapshot_xid_in_progress(xmax, snapshot);
    if (xact_is_current(xmax))
        return HeapTupleHeaderGetCmax(tup) >= snapshot->curcid;
    if (snapshot_xid_in_progress(xmax, snapshot))
        return true;
    if (!TransactionIdDidCommit(xmax)) {
        set_hint(tup, buffer, HEAP_XMAX_INVALID, InvalidTransactionId);
        return true;
    }
    set_hint(tup, buffer, HEAP_XMAX_COMMITTED, xmax);
    return false;
}

static bool
satisfies_mvcc(HeapTupleHeader tup, Snapshot snapshot, Buffer buffer)
{
    uint16 infomask = heap_tuple_infomask(tup);

    if ((infomask & HEAP_XMIN_COMMITTED) == 0) {
        TransactionId xmin = heap_tuple_raw_xmin(tup);
        if ((infomask & HEAP_XMIN_INVALID) != 0)
            return false;
        if (xact_is_current(xmin)) {
            if (HeapTupleHeaderGetCmin(tup) >= snapshot->curcid)
                return false;
            return own_version_visible(tup, infomask, buffer, snapshot->curcid);
        }
        if (snapshot_xid_in_progress(xmin, snapshot) || !xmin_committed_now(tup, buffer))
            return false;
    } else if ((infomask & HEAP_XMIN_INVALID) == 0 &&
               snapshot_xid_in_progress(heap_tuple_raw_xmin(tup), snapshot)) {
        return false;
    }
    return end_invisible_mvcc(tup, infomask, snapshot, buffer);
}

/* Committed, or ours, as of now. */
static bool
end_invisible_now(HeapTupleHeader tup, uint16 infomask, Buffer buffer)
{
    TransactionId xmax;

    if ((infomask & HEAP_XMAX_INVALID) != 0 || heap_xmax_is_locked_only(infomask))
        return true;
    if ((infomask & HEAP_XMAX_COMMITTED) != 0)
        return false;
    xmax = HeapTupleHeaderGetUpdateXid(tup);
    if (!TransactionIdIsValid(xmax))
        return true;
    if (xact_is_current(xmax))
        return false;
    if (procarray_xid_in_progress(xmax))
        return true;
    if ((infomask & HEAP_XMAX_IS_MULTI) != 0)
        return !TransactionIdDidCommit(xmax);
    if (!TransactionIdDidCommit(xmax)) {
        set_hint(tup, buffer, HEAP_XMAX_INVALID, InvalidTransactionId);
        return true;
    }
    set_hint(tup, buffer, HEAP_XMAX_COMMITTED, xmax);
    return false;
}

static bool
satisfies_self(HeapTupleHeader tup, Buffer buffer)
{
    uint16 infomask = heap_tuple_infomask(tup);

    if ((infomask & HEAP_XMIN_COMMITTED) == 0) {
        TransactionId xmin = heap_tuple_raw_xmin(tup);
        if ((infomask & HEAP_XMIN_INVALID) != 0)
            return false;
        if (xact_is_current(xmin))
            return own_version_visible(tup, infomask, buffer, InvalidCommandId);
        if (procarray_xid_in_progress(xmin) || !xmin_committed_now(tup, buffer))
            return false;
    }
    return end_invisible_now(tup, infomask, buffer);
}

/* Chunks: whoever got here has seen a row that leads here. Only aborted ones are not there. */
static bool
satisfies_toast(HeapTupleHeader tup, Buffer buffer)
{
    uint16 infomask = heap_tuple_infomask(tup);

    if ((infomask & HEAP_XMIN_COMMITTED) != 0)
        return true;
    return (infomask & HEAP_XMIN_INVALID) == 0 && TransactionIdIsValid(heap_tuple_raw_xmin(tup));
}

/* As satisfies_self, but what others are doing counts as done, and is told in the snapshot. */
static bool
satisfies_dirty(HeapTupleHeader tup, Snapshot snapshot, Buffer buffer)
{
    uint16 infomask = heap_tuple_infomask(tup);
    TransactionId xmax;

    snapshot->xmin = snapshot->xmax = InvalidTransactionId;
    snapshot->speculativeToken = 0;
    if ((infomask & HEAP_XMIN_COMMITTED) == 0) {
        TransactionId xmin = heap_tuple_raw_xmin(tup);
        if ((infomask & HEAP_XMIN_INVALID) != 0 || !TransactionIdIsValid(xmin))
            return false;
        if (xact_is_current(xmin))
            return own_version_visible(tup, infomask, buffer, InvalidCommandId);
        if (procarray_xid_in_progress(xmin)) {
            if (heap_tuple_is_speculative(tup)) {
                ItemPointerData ctid = heap_tuple_ctid(tup);
                snapshot->speculativeToken = ItemPointerGetBlockNumberNoCheck(&ctid);
            }
            snapshot->xmin = xmin;
            return true;
        }
        if (!xmin_committed_now(tup, buffer))
            return false;
    }
    if ((infomask & (HEAP_XMAX_INVALID | HEAP_XMAX_COMMITTED)) == 0 &&
        !heap_xmax_is_locked_only(infomask)) {
        xmax = HeapTupleHeaderGetUpdateXid(tup);
        if (TransactionIdIsValid(xmax) && !xact_is_current(xmax) &&
            procarray_xid_in_progress(xmax)) {
            snapshot->xmax = xmax;
            return true;
        }
    }
    return end_invisible_now(tup, heap_tuple_infomask(tup), buffer);
}

bool
HeapTupleSatisfiesVisibility(HeapTuple tuple, Snapshot snapshot, Buffer buffer)
{
    switch (snapshot->snapshot_type) {
    case SNAPSHOT_MVCC:
        return satisfies_mvcc(tuple->t_data, snapshot, buffer);
    case SNAPSHOT_SELF:
        return satisfies_self(tuple->t_data, buffer);
    case SNAPSHOT_ANY:
        return true;
    case SNAPSHOT_TOAST:
        return satisfies_toast(tuple->t_data, buffer);
    case SNAPSHOT_DIRTY:
        return satisfies_dirty(tuple->t_data, snapshot, buffer);
    case SNAPSHOT_NON_VACUUMABLE: {
        TransactionId dead_after = InvalidTransactionId;
        HTSV_Result result = HeapTupleSatisfiesVacuumHorizon(tuple, buffer, &dead_after);
        if (result == HEAPTUPLE_RECENTLY_DEAD)
            return !horizon_xid_is_removable((HorizonKind)snapshot->horizon, dead_after);
        return result != HEAPTUPLE_DEAD;
    }
    }
    return false;
}

/* --- may a command change it? --- */

static TM_Result
ended_how(HeapTuple tuple)
{
    ItemPointerData ctid = heap_tuple_ctid(tuple->t_data);

    return ItemPointerEquals(&tuple->t_self, &ctid) ? TM_Deleted : TM_Updated;
}

static TM_Result
ended_by_us(HeapTupleHeader tup, CommandId curcid)
{
    return HeapTupleHeaderGetCmax(tup) >= curcid ? TM_SelfModified : TM_Invisible;
}

static TM_Result
own_version_update(HeapTupleHeader tup, uint16 infomask, CommandId curcid, Buffer buffer)
{
    TransactionId xmax = heap_tuple_raw_xmax(tup);

    if (HeapTupleHeaderGetCmin(tup) >= curcid)
        return TM_Invisible;
    if ((infomask & HEAP_XMAX_INVALID) != 0)
        return TM_Ok;
    if (heap_xmax_is_locked_only(infomask)) {
        bool running = (infomask & HEAP_XMAX_IS_MULTI) != 0 ? multixact_is_running(xmax, true)
                                                            : procarray_xid_in_progress(xmax);
        return running ? TM_BeingModified : TM_Ok;
    }
    if ((infomask & HEAP_XMAX_IS_MULTI) != 0) {
        if (xact_is_current(HeapTupleHeaderGetUpdateXid(tup)))
            return ended_by_us(tup, curcid);
        return multixact_is_running(xmax, false) ? TM_BeingModified : TM_Ok;
    }
    if (!xact_is_current(xmax)) {
        set_hint(tup, buffer, HEAP_XMAX_INVALID, InvalidTransactionId);
        return TM_Ok;
    }
    return ended_by_us(tup, curcid);
}

static TM_Result
multi_update(HeapTuple tuple, uint16 infomask, CommandId curcid, Buffer buffer)
{
    HeapTupleHeader tup = tuple->t_data;
    MultiXactId multi = heap_tuple_raw_xmax(tup);
    TransactionId updater;

    if (heap_xmax_is_locked_only(infomask))
        return multixact_is_running(multi, true) ? TM_BeingModified : TM_Ok;
    updater = HeapTupleHeaderGetUpdateXid(tup);
    if (TransactionIdIsValid(updater)) {
        if (xact_is_current(updater))
            return ended_by_us(tup, curcid);
        if (multixact_is_running(multi, false))
            return TM_BeingModified;
        if (TransactionIdDidCommit(updater))
            return ended_how(tuple);
    }
    if (multixact_is_running(multi, false))
        return TM_BeingModified;
    set_hint(tup, buffer, HEAP_XMAX_INVALID, InvalidTransactionId);
    return TM_Ok;
}

TM_Result
HeapTupleSatisfiesUpdate(HeapTuple tuple, CommandId curcid, Buffer buffer)
{
    HeapTupleHeader tup = tuple->t_data;
    uint16 infomask = heap_tuple_infomask(tup);
    TransactionId xmax;

    if ((infomask & HEAP_XMIN_COMMITTED) == 0) {
        TransactionId xmin = heap_tuple_raw_xmin(tup);
        if ((infomask & HEAP_XMIN_INVALID) != 0)
            return TM_Invisible;
        if (xact_is_current(xmin))
            return own_version_update(tup, infomask, curcid, buffer);
        if (procarray_xid_in_progress(xmin) || !xmin_committed_now(tup, buffer))
            return TM_Invisible;
    }
    if ((infomask & HEAP_XMAX_INVALID) != 0)
        return TM_Ok;
    if ((infomask & HEAP_XMAX_COMMITTED) != 0)
        return heap_xmax_is_locked_only(infomask) ? TM_Ok : ended_how(tuple);
    if ((infomask & HEAP_XMAX_IS_MULTI) != 0)
        return multi_update(tuple, infomask, curcid, buffer);
    xmax = heap_tuple_raw_xmax(tup);
    if (xact_is_current(xmax))
        return heap_xmax_is_locked_only(infomask) ? TM_BeingModified : ended_by_us(tup, curcid);
    if (procarray_xid_in_progress(xmax))
        return TM_BeingModified;
    if (heap_xmax_is_locked_only(infomask) || !TransactionIdDidCommit(xmax)) {
        set_hint(tup, buffer, HEAP_XMAX_INVALID, InvalidTransactionId);
        return TM_Ok;
    }
    set_hint(tup, buffer, HEAP_XMAX_COMMITTED, xmax);
    return ended_how(tuple);
}

/* --- may vacuum remove it? --- */

static HTSV_Result
locked_only_vacuum(HeapTupleHeader tup, uint16 infomask, Buffer buffer)
{
    TransactionId xmax = heap_tuple_raw_xmax(tup);

    if ((infomask & HEAP_XMAX_COMMITTED) == 0) {
        bool running = (infomask & HEAP_XMAX_IS_MULTI) != 0 ? multixact_is_running(xmax, true)
                                                            : procarray_xid_in_progress(xmax);
        if (!running)
            set_hint(tup, buffer, HEAP_XMAX_INVALID, InvalidTransactionId);
    }
    return HEAPTUPLE_LIVE;
}

static HTSV_Result
own_version_vacuum(HeapTupleHeader tup, uint16 infomask)
{
    if ((infomask & HEAP_XMAX_INVALID) != 0 || heap_xmax_is_locked_only(infomask))
        return HEAPTUPLE_INSERT_IN_PROGRESS;
    return xact_is_current(HeapTupleHeaderGetUpdateXid(tup)) ? HEAPTUPLE_DELETE_IN_PROGRESS
                                                             : HEAPTUPLE_INSERT_IN_PROGRESS;
}

static HTSV_Result
multi_vacuum(HeapTupleHeader tup, Buffer buffer, TransactionId *ret_dead_after)
{
    TransactionId updater = HeapTupleHeaderGetUpdateXid(tup);

    if (TransactionIdIsValid(updater)) {
        if (procarray_xid_in_progress(updater))
            return HEAPTUPLE_DELETE_IN_PROGRESS;
        if (TransactionIdDidCommit(updater)) {
            *ret_dead_after = updater;
            return HEAPTUPLE_RECENTLY_DEAD;
        }
    }
    if (!multixact_is_running(heap_tuple_raw_xmax(tup), false))
        set_hint(tup, buffer, HEAP_XMAX_INVALID, InvalidTransactionId);
    return HEAPTUPLE_LIVE;
}

/* RECENTLY_DEAD comes with the xid it is dead after; the caller compares it with a horizon. */
HTSV_Result
HeapTupleSatisfiesVacuumHorizon(HeapTuple tuple, Buffer buffer, TransactionId *ret_dead_after)
{
    HeapTupleHeader tup = tuple->t_data;
    uint16 infomask = heap_tuple_infomask(tup);
    TransactionId xmax;

    *ret_dead_after = InvalidTransactionId;
    if ((infomask & HEAP_XMIN_COMMITTED) == 0) {
        TransactionId xmin = heap_tuple_raw_xmin(tup);
        if ((infomask & HEAP_XMIN_INVALID) != 0)
            return HEAPTUPLE_DEAD;
        if (xact_is_current(xmin))
            return own_version_vacuum(tup, infomask);
        if (procarray_xid_in_progress(xmin))
            return HEAPTUPLE_INSERT_IN_PROGRESS;
        if (!xmin_committed_now(tup, buffer))
            return HEAPTUPLE_DEAD;
    }
    if ((infomask & HEAP_XMAX_INVALID) != 0)
        return HEAPTUPLE_LIVE;
    if (heap_xmax_is_locked_only(infomask))
        return locked_only_vacuum(tup, infomask, buffer);
    if ((infomask & HEAP_XMAX_IS_MULTI) != 0)
        return multi_vacuum(tup, buffer, ret_dead_after);
    xmax = heap_tuple_raw_xmax(tup);
    if ((infomask & HEAP_XMAX_COMMITTED) == 0) {
        if (procarray_xid_in_progress(xmax))
            return HEAPTUPLE_DELETE_IN_PROGRESS;
        if (!TransactionIdDidCommit(xmax)) {
            set_hint(tup, buffer, HEAP_XMAX_INVALID, InvalidTransactionId);
            return HEAPTUPLE_LIVE;
        }
        set_hint(tup, buffer, HEAP_XMAX_COMMITTED, xmax);
    }
    *ret_dead_after = xmax;
    return HEAPTUPLE_RECENTLY_DEAD;
}

HTSV_Result
HeapTupleSatisfiesVacuum(HeapTuple tuple, TransactionId oldest_xmin, Buffer buffer)
{
    TransactionId dead_after;
    HTSV_Result result = HeapTupleSatisfiesVacuumHorizon(tuple, buffer, &dead_after);

    if (result == HEAPTUPLE_RECENTLY_DEAD && dead_after < oldest_xmin)
        return HEAPTUPLE_DEAD;
    return result;
}

/* By hints alone: dead to everybody. */
bool
HeapTupleIsSurelyDead(HeapTuple tuple, HorizonKind horizon)
{
    uint16 infomask = heap_tuple_infomask(tuple->t_data);

    if ((infomask & HEAP_XMIN_COMMITTED) == 0)
        return (infomask & HEAP_XMIN_INVALID) != 0;
    if ((infomask & HEAP_XMAX_INVALID) != 0 || heap_xmax_is_locked_only(infomask) ||
        (infomask & HEAP_XMAX_IS_MULTI) != 0 || (infomask & HEAP_XMAX_COMMITTED) == 0)
        return false;
    return horizon_xid_is_removable(horizon, heap_tuple_raw_xmax(tuple->t_data));
}

/* xmax, whatever its bits say, does not and will not hide the tuple. */
bool
HeapTupleHeaderIsOnlyLocked(HeapTupleHeader tup)
{
    uint16 infomask = heap_tuple_infomask(tup);
    TransactionId xmax;

    if ((infomask & HEAP_XMAX_INVALID) != 0 || heap_xmax_is_locked_only(infomask) ||
        !TransactionIdIsValid(heap_tuple_raw_xmax(tup)))
        return true;
    if ((infomask & HEAP_XMAX_IS_MULTI) == 0)
        return false;
    xmax = HeapTupleHeaderGetUpdateXid(tup);
    if (!TransactionIdIsValid(xmax))
        return true;
    if (xact_is_current(xmax) || procarray_xid_in_progress(xmax))
        return false;
    return !TransactionIdDidCommit(xmax);
}
