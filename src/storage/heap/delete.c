/*
 * delete.c - ends a row version
 */
#include "heap/toast.h"
#include "heap_int.h"
#include "wal/wal.h"

static void
log_delete(HeapTarget *target, TransactionId xmax, uint8 flags)
{
    HeapTupleHeader tup = target->tuple.t_data;
    WalHeapDelete record = {
        .offset = ItemPointerGetOffsetNumber(&target->tuple.t_self),
        .infobits = heap__infobits(heap_tuple_infomask(tup), heap_tuple_infomask2(tup)),
        .flags = flags,
    };

    memcpy(record.xmax, &xmax, 6);
    wal_begin_insert();
    wal_register_data(&record, sizeof(record));
    buffer_wal_register(0, target->buffer, WAL_BLOCK_STANDARD);
    page_set_lsn(buffer_page(target->buffer), wal_insert(WAL_RMGR_HEAP, WAL_HEAP_DELETE));
}

static void
end_version(HeapTarget *target, TransactionId xid, CommandId cid, bool changing_partition)
{
    HeapTupleHeader tup = target->tuple.t_data;
    Page page = buffer_page(target->buffer);
    uint16 infomask = heap_tuple_infomask(tup), infomask2 = heap_tuple_infomask2(tup);
    uint16 new_infomask, new_infomask2;
    TransactionId xmax;
    bool iscombo;
    uint8 flags = 0;

    HeapTupleHeaderAdjustCmax(tup, &cid, &iscombo);
    if ((infomask & HEAP_XMAX_INVALID) == 0)
        multixact_set_oldest_member();
    heap__compute_xmax(heap_tuple_raw_xmax(tup), infomask, infomask2, xid, LockTupleExclusive,
                       true, &xmax, &new_infomask, &new_infomask2);

    START_CRIT_SECTION();
    heap__set_prunable(page, xid);
    if (page_has_flag(page, PAGE_ALL_VISIBLE)) {
        flags |= WHF_ALL_VISIBLE_CLEARED;
        page_clear_flag(page, PAGE_ALL_VISIBLE);
        (void) vm_clear(target->rel, buffer_block(target->buffer), target->vmbuffer,
                        VM_VALID_BITS);
    }
    infomask = (infomask & ~(HEAP_XMAX_BITS | HEAP_COMBOCID)) | new_infomask |
               (iscombo ? HEAP_COMBOCID : 0);
    infomask2 = (infomask2 & ~(HEAP_KEYS_UPDATED | HEAP_HOT_UPDATED)) | new_infomask2;
    heap_tuple_set_infomask(tup, infomask);
    heap_tuple_set_infomask2(tup, infomask2);
    heap_tuple_set_xmax(tup, xmax);
    heap_tuple_set_raw_cid(tup, cid);
    heap_tuple_set_ctid(tup, &target->tuple.t_self);
    buffer_mark_dirty(target->buffer);
    if (RelationNeedsWAL(target->rel))
        log_delete(target, xmax, flags);
    END_CRIT_SECTION();
}

TM_Result
heap_delete(Relation rel, const ItemPointerData *tid, CommandId cid, Snapshot crosscheck,
            bool wait, TM_FailureData *ret_failure, bool changing_partition)
{
    TransactionId xid = xact_current_id();
    HeapTarget target;
    TM_Result result;

    heap__target_open(&target, rel, tid);
    result = heap__target_claim(&target, cid, LockTupleExclusive, wait, XLTW_Delete);
    if (result == TM_Invisible) {
        heap__target_close(&target, LockTupleExclusive);
        ereport(ERROR, (errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE),
                        errmsg("attempted to delete invisible tuple")));
    }
    if (result == TM_Ok && crosscheck != InvalidSnapshot &&
        !HeapTupleSatisfiesVisibility(&target.tuple, crosscheck, target.buffer))
        result = TM_Updated;
    if (result != TM_Ok) {
        heap__fill_failure(&target.tuple, result, ret_failure);
        heap__target_close(&target, LockTupleExclusive);
        return result;
    }
    STOP_POINT("heap-delete-before");
    end_version(&target, xid, cid, changing_partition);
    STOP_POINT("heap-delete-after");
    buffer_unlock(target.buffer);
    if ((rel->rd_rel->relkind == RELKIND_RELATION || rel->rd_rel->relkind == RELKIND_MATVIEW) &&
        heap_tuple_has_external(target.tuple.t_data))
        toast_delete(rel, &target.tuple, false);
    buffer_lock(target.buffer, BUFFER_LOCK_SHARE);
    heap__target_close(&target, LockTupleExclusive);
    HEAP_COUNT(rel, tuples_deleted, 1);
    return TM_Ok;
}

void
simple_heap_delete(Relation rel, const ItemPointerData *tid)
{
    TM_FailureData failure;

    switch (heap_delete(rel, tid, xact_current_command_id(true), InvalidSnapshot, true, &failure,
                        false)) {
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
        elog(ERROR, "unrecognized heap_delete status");
    }
}
