/*
 * freeze.c - makes old transaction ids unneeded, so that clog and multixacts can be cut
 *
 * Freezing sets both xmin hints (T3) and takes an xmax that ended without effect away. An xmax that
 * is a multixact below the limit is replaced by its updater, or nothing, or a new multixact of the
 * members that still run.
 */
#include "base/bytes.h"
#include "heap_int.h"
#include "memory/memory.h"

static void
keep_xid(HeapFreezeLimits *limits, TransactionId xid)
{
    if (TransactionIdIsNormal(xid) && xid < limits->oldest_xid)
        limits->oldest_xid = xid;
}

static void
drop_xmax(WalHeapFreeze *plan)
{
    plan->infomask = (plan->infomask & ~HEAP_XMAX_BITS) | HEAP_XMAX_INVALID;
    plan->infomask2 &= ~(HEAP_HOT_UPDATED | HEAP_KEYS_UPDATED);
    memset(plan->xmax, 0, sizeof(plan->xmax));
}

/* A multixact too old to stay: what of it still matters. */
static void
freeze_multi(HeapTupleHeader tup, HeapFreezeLimits *limits, WalHeapFreeze *plan)
{
    MultiXactId multi = heap_tuple_raw_xmax(tup);
    MultiXactMember *members;
    int count = multixact_members(multi, heap_xmax_is_locked_only(plan->infomask), &members);
    int kept = 0;
    TransactionId updater = InvalidTransactionId;
    bool key_update = false;

    for (int i = 0; i < count; i++) {
        TransactionId xid = members[i].xid;
        bool running = xact_is_current(xid) || procarray_xid_in_progress(xid);

        if (ISUPDATE_from_mxstatus(members[i].status)) {
            if (!running && !TransactionIdDidCommit(xid))
                continue;
            updater = xid;
            key_update = members[i].status == MultiXactStatusUpdate;
            members[kept++] = members[i];
        } else if (running) {
            members[kept++] = members[i];
        }
    }
    if (kept == 0) {
        drop_xmax(plan);
    } else if (kept == 1 && TransactionIdIsValid(updater)) {
        plan->infomask &= ~HEAP_XMAX_BITS;
        plan->infomask2 &= ~HEAP_KEYS_UPDATED;
        if (key_update)
            plan->infomask2 |= HEAP_KEYS_UPDATED;
        bytes_set_xid(plan->xmax, updater);
        keep_xid(limits, updater);
    } else {
        uint16 infomask, infomask2;
        MultiXactId new_multi = multixact_create_from_members(kept, members);

        heap__hint_bits_of_multi(new_multi, &infomask, &infomask2);
        plan->infomask = (plan->infomask & ~HEAP_XMAX_BITS) | infomask;
        plan->infomask2 = (plan->infomask2 & ~HEAP_KEYS_UPDATED) | infomask2;
        bytes_set_xid(plan->xmax, new_multi);
        for (int i = 0; i < kept; i++)
            keep_xid(limits, members[i].xid);
        if (new_multi < limits->oldest_multi)
            limits->oldest_multi = new_multi;
    }
    if (count > 0)
        pfree(members);
}

bool
heap__plan_freeze(HeapTupleHeader tup, HeapFreezeLimits *limits, WalHeapFreeze *plan,
                  bool *ret_frozen)
{
    TransactionId xmin = heap_tuple_raw_xmin(tup), xmax = heap_tuple_raw_xmax(tup);
    bool changed = false;

    *ret_frozen = true;
    plan->infomask = heap_tuple_infomask(tup);
    plan->infomask2 = heap_tuple_infomask2(tup);
    bytes_set_xid(plan->xmax, xmax);
    if (!heap_tuple_xmin_frozen(tup) && TransactionIdIsNormal(xmin)) {
        if (xmin < limits->freeze_limit && TransactionIdDidCommit(xmin)) {
            plan->infomask |= HEAP_XMIN_FROZEN;
            changed = true;
        } else {
            keep_xid(limits, xmin);
            *ret_frozen = false;
        }
    }
    if ((plan->infomask & HEAP_XMAX_INVALID) != 0)
        return changed;
    if ((plan->infomask & HEAP_XMAX_IS_MULTI) != 0) {
        if (xmax < limits->multi_limit) {
            freeze_multi(tup, limits, plan);
            changed = true;
        } else {
            MultiXactMember *members;
            int count = multixact_members(xmax, heap_xmax_is_locked_only(plan->infomask), &members);
            for (int i = 0; i < count; i++)
                keep_xid(limits, members[i].xid);
            if (count > 0)
                pfree(members);
            if (xmax < limits->oldest_multi)
                limits->oldest_multi = xmax;
        }
    } else if (TransactionIdIsNormal(xmax)) {
        bool gone = !procarray_xid_in_progress(xmax) && !xact_is_current(xmax) &&
                    (heap_xmax_is_locked_only(plan->infomask) || !TransactionIdDidCommit(xmax));
        if (xmax < limits->freeze_limit && gone) {
            drop_xmax(plan);
            changed = true;
        } else {
            keep_xid(limits, xmax);
        }
    }
    if ((plan->infomask & HEAP_XMAX_INVALID) == 0)
        *ret_frozen = false;
    return changed;
}

void
heap__apply_freeze(HeapTupleHeader tup, const WalHeapFreeze *plan)
{
    heap_tuple_set_xmax(tup, bytes_get_xid(plan->xmax));
    heap_tuple_set_infomask(tup, plan->infomask);
    heap_tuple_set_infomask2(tup, plan->infomask2);
}
