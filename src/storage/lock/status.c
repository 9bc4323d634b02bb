/*
 * status.c - looking at locks: pg_locks, pg_blocking_pids, whom a lock conflicts with
 */
#include <string.h>

#include "error/error.h"
#include "error/interrupt.h"
#include "lock_int.h"
#include "memory/memory.h"

typedef struct RowBuffer {
    LockRow *rows;
    int count;
    int capacity;
} RowBuffer;

static VirtualTransactionId
vxid_of(PGPROC *proc)
{
    return (VirtualTransactionId){proc->pgprocno + 1,
                                  *(volatile LocalTransactionId *)&proc->lxid};
}

static LockRow *
add_row(RowBuffer *buffer, PGPROC *proc, const LOCKTAG *tag, LOCKMASK held)
{
    LockRow *row;

    if (buffer->count >= buffer->capacity) {
        buffer->capacity *= 2;
        buffer->rows = repalloc(buffer->rows, (Size)buffer->capacity * sizeof(LockRow));
    }
    row = &buffer->rows[buffer->count++];
    memset(row, 0, sizeof(*row));
    row->tag = *tag;
    row->held = held;
    row->vxid = vxid_of(proc);
    row->pid = atomic_load(&proc->pid);
    return row;
}

/* Words of one process; each is read on its own, which is all that can be asked of them. */
static void
add_fast_path_rows(RowBuffer *buffer, PGPROC *proc)
{
    uint64 word;

    for (int i = 0; i < PROC_FAST_PATH_SLOTS; i++) {
        uint64 slot = atomic_load(&proc->fpSlots[i]);
        LOCKTAG tag;
        if (slot == 0)
            continue;
        tag = lock_tag_relation(proc->databaseId, (Oid)(slot >> 16));
        add_row(buffer, proc, &tag, (LOCKMASK)(slot & 0xFFFF))->fast_path = true;
    }
    word = atomic_load(&proc->fpVxid);
    if ((word & 3) == 1) {
        VirtualTransactionId vxid = {proc->pgprocno + 1, (LocalTransactionId)(word >> 2)};
        LOCKTAG tag = lock_tag_virtual_transaction(vxid);
        add_row(buffer, proc, &tag, LOCKBIT_ON(ExclusiveLock))->fast_path = true;
    }
    word = atomic_load(&proc->fpXid);
    if ((word & 3) == 1) {
        LOCKTAG tag = lock_tag_transaction(word >> 2);
        add_row(buffer, proc, &tag, LOCKBIT_ON(ExclusiveLock));
    }
}

static void
add_hold(LockHold *hold, void *arg)
{
    PGPROC *proc = hold->proc;
    LockRow *row = add_row(arg, proc, &hold->object->tag, hold->hold_mask);

    if (proc->waitProcLock == hold) {
        row->waiting = proc->waitLockMode;
        row->wait_start = (TimestampTz)atomic_load(&proc->waitStart);
    }
}

LockRow *
lock_rows(int *ret_count)
{
    RowBuffer buffer = {.capacity = 256};

    buffer.rows = palloc((Size)buffer.capacity * sizeof(LockRow));
    for (uint32 i = 0; i < ProcGlobal->allProcCount; i++) {
        PGPROC *proc = &ProcGlobal->allProcs[i];
        if (atomic_load(&proc->pid) != 0)
            add_fast_path_rows(&buffer, proc);
    }
    for (int p = 0; p < LOCK_PARTITIONS; p++)
        LWLockAcquire(lock__partition_lock(p), LW_SHARED);
    for (int p = 0; p < LOCK_PARTITIONS; p++)
        lock__for_each_hold(p, add_hold, &buffer);
    for (int p = LOCK_PARTITIONS - 1; p >= 0; p--)
        LWLockRelease(lock__partition_lock(p));
    *ret_count = buffer.count;
    return buffer.rows;
}

/* Those before `blocked` in the queue whose requests conflict, and holders that conflict. */
static int
collect_blockers(PGPROC *blocked, int *pids)
{
    LockObject *object = blocked->waitLock;
    LOCKMASK conflicts = lock__conflicts[blocked->waitLockMode];
    int count = 0;
    dlist_iter it;

    dlist_foreach(it, &object->holds) {
        LockHold *hold = dlist_container(LockHold, object_link, it.cur);
        if (hold->proc != blocked && (hold->hold_mask & conflicts))
            pids[count++] = atomic_load(&hold->proc->pid);
    }
    dlist_foreach(it, &object->waiters) {
        PGPROC *ahead = dlist_container(PGPROC, lockLinks, it.cur);
        LockHold *hold = ahead->waitProcLock;
        if (ahead == blocked)
            break;
        if ((LOCKBIT_ON(ahead->waitLockMode) & conflicts) && !(hold->hold_mask & conflicts))
            pids[count++] = atomic_load(&ahead->pid);
    }
    return count;
}

int *
lock_blocking_pids(int pid, int *ret_count)
{
    int *pids = palloc(2 * ProcGlobal->allProcCount * sizeof(int));
    PGPROC *blocked = proc_find_by_pid(pid);

    *ret_count = 0;
    if (blocked == NULL)
        return pids;
    for (int p = 0; p < LOCK_PARTITIONS; p++)
        LWLockAcquire(lock__partition_lock(p), LW_SHARED);
    if (blocked->lockQueued)
        *ret_count = collect_blockers(blocked, pids);
    for (int p = LOCK_PARTITIONS - 1; p >= 0; p--)
        LWLockRelease(lock__partition_lock(p));
    return pids;
}

VirtualTransactionId *
lock_conflicts(const LOCKTAG *tag, LOCKMODE mode, int *ret_count)
{
    VirtualTransactionId *vxids =
        palloc((ProcGlobal->allProcCount + 1) * sizeof(VirtualTransactionId));
    uint32 hash = lock__hash(tag);
    LWLock *partition = lock__partition_lock(lock__partition(hash));
    LockObject *object;
    int count = 0;
    dlist_iter it;

    if (lock__fast_path_conflicts(tag, mode) && !lock__fast_path_transfer(tag, hash))
        lock__out_of_memory();
    LWLockAcquire(partition, LW_SHARED);
    object = lock__find_object(tag, hash);
    if (object != NULL) {
        dlist_foreach(it, &object->holds) {
            LockHold *hold = dlist_container(LockHold, object_link, it.cur);
            VirtualTransactionId vxid = vxid_of(hold->proc);
            if (hold->proc != MyProc && (hold->hold_mask & lock__conflicts[mode]) &&
                VirtualTransactionIdIsValid(vxid))
                vxids[count++] = vxid;
        }
    }
    LWLockRelease(partition);
    *ret_count = count;
    return vxids;
}
