/*
 * rowlock.c - locking a row's newest version, by the rules of the isolation level
 */
#include "base/base.h"
#include "rowlock_int.h"
#include "xact/xact.h"

bool
row_isolation_keeps_snapshot(void)
{
    return XactIsoLevel >= XACT_REPEATABLE_READ;
}

void
row_throw_concurrent(bool deleted)
{
    ereport(ERROR, (errcode(ERRCODE_T_R_SERIALIZATION_FAILURE),
                    deleted ? errmsg("could not serialize access due to concurrent delete")
                            : errmsg("could not serialize access due to concurrent update")));
}

TM_Result
row_lock(EState *estate, Relation relation, HeapTuple tuple, LockTupleMode mode,
         LockWaitPolicy wait_policy, Buffer *ret_buffer, TM_FailureData *ret_failure)
{
    TM_Result result;

    memset(ret_failure, 0, sizeof(*ret_failure));
    if (!row_isolation_keeps_snapshot()) {
        ItemPointerData tid = tuple->t_self;

        return heap_lock_latest(relation, &tid, estate->snapshot, tuple, estate->output_cid, mode,
                                wait_policy, ret_buffer, ret_failure);
    }
    result = heap_lock_tuple(relation, tuple, estate->output_cid, mode, wait_policy, true,
                             ret_buffer, ret_failure);
    ret_failure->traversed = false;
    if (result == TM_Updated || result == TM_Deleted)
        row_throw_concurrent(false);
    return result;
}
