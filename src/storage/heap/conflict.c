/*
 * conflict.c - a row that is to be changed, and those who have it already
 *
 *   look at xmax --- free --------------------------------------------> TM_Ok
 *        ^   |------ ended by one who committed ----------------------> TM_Updated, TM_Deleted
 *        |   |------ ours, by a command of now or later --------------> TM_SelfModified
 *        |   +------ held by others: unlock page, queue for the tuple lock, wait for them, lock page
 *        +---------- xmax is another than the one we waited for <------+ else decide
 *
 * The tuple lock (a heavyweight lock on the row's place) makes those who wait for a row get it in
 * the order in which they came. It is held until the change is on the page.
 */
#include "heap_int.h"

bool
heap__target_pin_vm(HeapTarget *target)
{
    BlockNumber block = buffer_block(target->buffer);

    if (!page_has_flag(buffer_page(target->buffer), PAGE_ALL_VISIBLE) ||
        vm_pin_ok(block, target->vmbuffer))
        return true;
    buffer_unlock(target->buffer);
    vm_pin(target->rel, block, &target->vmbuffer);
    buffer_lock(target->buffer, BUFFER_LOCK_EXCLUSIVE);
    return false;
}

void
heap__target_open(HeapTarget *target, Relation rel, const ItemPointerData *tid)
{
    BlockNumber block = ItemPointerGetBlockNumber(tid);
    OffsetNumber offset = ItemPointerGetOffsetNumber(tid);
    Page page;
    ItemId item;

    *target = (HeapTarget){.rel = rel, .vmbuffer = InvalidBuffer};
    target->buffer = buffer_read(relation_smgr(rel), MAIN_FORKNUM, block, BUFFER_READ_NORMAL, NULL);
    page = buffer_page(target->buffer);
    if (page_has_flag(page, PAGE_ALL_VISIBLE))
        vm_pin(rel, block, &target->vmbuffer);
    buffer_lock(target->buffer, BUFFER_LOCK_EXCLUSIVE);
    while (!heap__target_pin_vm(target))
        ;
    if (offset > page_max_offset(page) || !item_id_is_normal(page_item_id(page, offset)))
        elog(ERROR, "tuple (%u,%u) of relation \"%s\" is not there", block, offset,
             RelationGetRelationName(rel));
    item = page_item_id(page, offset);
    target->tuple.t_data = page_item(page, item);
    target->tuple.t_len = item->lp_len;
    target->tuple.t_self = *tid;
    target->tuple.t_tableOid = RelationGetRelid(rel);
}

void
heap__target_close(HeapTarget *target, LockTupleMode mode)
{
    buffer_unlock_release(target->buffer);
    if (target->have_tuple_lock)
        heap__release_tuple_lock(target->rel, &target->tuple.t_self, mode);
    if (target->vmbuffer != InvalidBuffer)
        buffer_release(target->vmbuffer);
}

void
heap__fill_failure(HeapTuple tuple, TM_Result result, TM_FailureData *ret_failure)
{
    HeapTupleHeader tup = tuple->t_data;

    ret_failure->ctid = heap_tuple_ctid(tup);
    ret_failure->xmax = HeapTupleHeaderGetUpdateXid(tup);
    ret_failure->cmax =
        result == TM_SelfModified ? HeapTupleHeaderGetCmax(tup) : InvalidCommandId;
}

static void
relock(HeapTarget *target)
{
    buffer_lock(target->buffer, BUFFER_LOCK_EXCLUSIVE);
    while (!heap__target_pin_vm(target))
        ;
}

/* Waits for whoever conflicts. False: xmax moved on, look again. *ret_can_go: nobody ended the row. */
static bool
wait_for_others(HeapTarget *target, LockTupleMode mode, XLTW_Oper oper, bool *ret_can_go)
{
    HeapTupleHeader tup = target->tuple.t_data;
    const ItemPointerData *tid = &target->tuple.t_self;
    TransactionId xwait = heap_tuple_raw_xmax(tup);
    uint16 infomask = heap_tuple_infomask(tup);
    bool is_member = false;
    int remaining = 0;

    target->lockers_checked = true;
    if ((infomask & HEAP_XMAX_IS_MULTI) != 0) {
        TransactionId updater;

        target->lockers_remain = true;
        if (heap__multi_conflicts(xwait, infomask, mode, &is_member)) {
            buffer_unlock(target->buffer);
            if (!is_member)
                (void) heap__acquire_tuple_lock(target->rel, tid, mode, LockWaitBlock,
                                                &target->have_tuple_lock);
            heap__multi_wait(xwait, heap__status_of_mode(mode, true), infomask, target->rel, tid,
                             oper, &remaining);
            relock(target);
            if (heap__xmax_changed(heap_tuple_infomask(tup), infomask) ||
                heap_tuple_raw_xmax(tup) != xwait)
                return false;
            target->lockers_remain = remaining != 0;
        }
        updater = heap_xmax_is_locked_only(heap_tuple_infomask(tup))
                      ? InvalidTransactionId
                      : HeapTupleHeaderGetUpdateXid(tup);
        *ret_can_go = !TransactionIdIsValid(updater) ||
                      (!xact_is_current(updater) && !TransactionIdDidCommit(updater));
        return true;
    }
    if (xact_is_current(xwait) ||
        (mode == LockTupleNoKeyExclusive && heap_xmax_is_locked_only(infomask) &&
         (infomask & HEAP_LOCK_MASK) == HEAP_XMAX_KEYSHR_LOCK)) {
        target->lockers_remain = true;
        *ret_can_go = true;
        return true;
    }
    buffer_unlock(target->buffer);
    (void) heap__acquire_tuple_lock(target->rel, tid, mode, LockWaitBlock,
                                    &target->have_tuple_lock);
    heap__xid_wait(xwait, target->rel, tid, oper);
    relock(target);
    if (heap__xmax_changed(heap_tuple_infomask(tup), infomask) ||
        heap_tuple_raw_xmax(tup) != xwait)
        return false;
    target->lockers_remain = false;
    heap__update_xmax_hints(tup, target->buffer, xwait);
    *ret_can_go = (heap_tuple_infomask(tup) & HEAP_XMAX_INVALID) != 0;
    return true;
}

TM_Result
heap__target_claim(HeapTarget *target, CommandId cid, LockTupleMode mode, bool wait,
                   XLTW_Oper oper)
{
    for (;;) {
        TM_Result result = HeapTupleSatisfiesUpdate(&target->tuple, cid, target->buffer);
        ItemPointerData ctid;
        bool can_go;

        if (result != TM_BeingModified || !wait)
            return result;
        if (!wait_for_others(target, mode, oper, &can_go))
            continue;
        if (can_go)
            return TM_Ok;
        ctid = heap_tuple_ctid(target->tuple.t_data);
        return ItemPointerEquals(&target->tuple.t_self, &ctid) ? TM_Deleted : TM_Updated;
    }
}
