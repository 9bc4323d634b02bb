/*
 * rowlock_int.h - locking a row's newest version, by the rules of the isolation level
 */
#ifndef EXECUTOR_ROWLOCK_INT_H
#define EXECUTOR_ROWLOCK_INT_H

#include "executor_int.h"
#include "heap/heap.h"

/*
 * Locks the row at tuple->t_self. READ COMMITTED goes on to the newest version
 * (ret_failure->traversed); above, a concurrent change is 40001. TM_Ok, TM_WouldBlock,
 * TM_SelfModified or TM_Deleted; *ret_buffer is pinned where tuple->t_data was set.
 */
extern TM_Result row_lock(EState *estate, Relation relation, HeapTuple tuple, LockTupleMode mode,
                          LockWaitPolicy wait_policy, Buffer *ret_buffer,
                          TM_FailureData *ret_failure);
extern bool row_isolation_keeps_snapshot(void);
extern pg_noreturn void row_throw_concurrent(bool deleted);

#endif
