/*
 * wait.c - queues and sleeping
 *
 * Why        Requests are served in the order of arrival, but one whose process already holds
 *            what an earlier waiter wants goes before that waiter: behind it both would wait for
 *            ever. The deadlock check costs much and deadlocks are rare, so it runs only when a
 *            wait has lasted deadlock_timeout, by the waiter itself.
 * Invariants LW1. a waiter is on its object's queue exactly while waitStatus is WAITING; whoever
 *                 grants or refuses takes it off, under the partition's lock, then sets its latch.
 *            LW2. wait_mask has the mode of each waiter.
 */
#include "config/settings.h"
#include "error/error.h"
#include "error/interrupt.h"
#include "lock_int.h"
#include "memory/memory.h"
#include "memory/stringinfo.h"
#include "sync/stop_point.h"
#include "sync/timeout.h"
#include "sync/wait_event.h"

static ResourceOwner awaited_owner;
static volatile bool deadlock_check_due;
static volatile bool lock_timeout_due;

static void
handle_deadlock_timeout(void)
{
    deadlock_check_due = true;
}

static void
handle_lock_timeout(void)
{
    lock_timeout_due = true;
}

void
lock__wait_attach(void)
{
    RegisterTimeout(DEADLOCK_TIMEOUT, handle_deadlock_timeout);
    RegisterTimeout(LOCK_TIMEOUT, handle_lock_timeout);
}

/* ---------- queue; partition locked exclusively ---------- */

/*
 * Where to stand: before the first waiter that wants what we hold. Returns false when a deadlock
 * with one waiter is plain to see. *ret_grant: nobody before that place, nor any holder, is in
 * our way, so there is no need to wait at all.
 */
static bool
find_place(LockObject *object, LockHold *hold, LOCKMODE mode, dlist_node **ret_before,
           bool *ret_grant)
{
    LOCKMASK ahead = 0;
    dlist_iter it;

    *ret_before = NULL;
    *ret_grant = false;
    if (hold->hold_mask == 0)
        return true;
    dlist_foreach(it, &object->waiters) {
        PGPROC *waiter = dlist_container(PGPROC, lockLinks, it.cur);

        if (lock__conflicts[waiter->waitLockMode] & hold->hold_mask) {
            /* It waits for us. Does it hold what we want? */
            if (lock__conflicts[mode] & waiter->heldLocks) {
                lock__remember_simple_deadlock(MyProc, mode, object, waiter);
                return false;
            }
            *ret_before = it.cur;
            *ret_grant = (lock__conflicts[mode] & ahead) == 0 &&
                         !lock__held_conflict(object, hold, mode);
            return true;
        }
        ahead |= LOCKBIT_ON(waiter->waitLockMode);
    }
    return true;
}

static void
enqueue(LockObject *object, LockHold *hold, LOCKMODE mode, dlist_node *before)
{
    if (before != NULL)
        dlist_insert_before(before, &MyProc->lockLinks);
    else
        dlist_push_tail(&object->waiters, &MyProc->lockLinks);
    object->waiter_count++;
    object->wait_mask |= LOCKBIT_ON(mode); /* LW2 */
    MyProc->lockQueued = true;
    MyProc->waitLock = object;
    MyProc->waitProcLock = hold;
    MyProc->waitLockMode = mode;
    MyProc->heldLocks = hold->hold_mask;
    atomic_store(&MyProc->waitStatus, PROC_WAIT_STATUS_WAITING);
}

static void
unqueue(PGPROC *proc, ProcWaitStatus status)
{
    LockObject *object = proc->waitLock;

    dlist_delete(&proc->lockLinks);
    object->waiter_count--;
    proc->lockQueued = false;
    proc->waitLock = NULL;
    proc->waitProcLock = NULL;
    atomic_store(&proc->waitStatus, status); /* LW1 */
}

void
lock__remove_waiter(PGPROC *proc)
{
    LockObject *object = proc->waitLock;
    LockHold *hold = proc->waitProcLock;
    LOCKMODE mode = proc->waitLockMode;

    unqueue(proc, PROC_WAIT_STATUS_ERROR);
    lock__unrequest(object, mode);
    lock__clean_up(object, hold, true);
}

void
lock__wake_waiters(LockObject *object)
{
    LOCKMASK ahead = 0;
    dlist_mutable_iter it;

    dlist_foreach_modify(it, &object->waiters) {
        PGPROC *waiter = dlist_container(PGPROC, lockLinks, it.cur);
        LOCKMODE mode = waiter->waitLockMode;
        LockHold *hold = waiter->waitProcLock;

        if ((lock__conflicts[mode] & ahead) == 0 && !lock__held_conflict(object, hold, mode)) {
            lock__grant(object, hold, mode);
            unqueue(waiter, PROC_WAIT_STATUS_OK);
            SetLatch(&waiter->procLatch);
        } else {
            ahead |= LOCKBIT_ON(mode);
        }
    }
}

/* ---------- reports ---------- */

static void
append_pid(StringInfo to, PGPROC *proc)
{
    appendStringInfo(to, to->len > 0 ? ", %d" : "%d", (int)atomic_load(&proc->pid));
}

static void
log_wait(LocalLock *local, DeadlockState state, ProcWaitStatus status)
{
    LWLock *partition = lock__partition_lock(lock__partition(local->hash));
    StringInfoData holders, waiters;
    int holder_count = 0;
    TimestampTz start = get_timeout_start_time(DEADLOCK_TIMEOUT);
    int64 us = GetCurrentTimestamp() - start;
    const char *mode = lock_mode_name(local->mode);
    char *what = lock_describe(&local->tag), *queues;
    LockObject *object;
    dlist_iter it;

    initStringInfo(&holders);
    initStringInfo(&waiters);
    LWLockAcquire(partition, LW_SHARED);
    object = lock__find_object(&local->tag, local->hash);
    if (object != NULL) {
        dlist_foreach(it, &object->holds) {
            LockHold *hold = dlist_container(LockHold, object_link, it.cur);
            if (hold->proc->waitProcLock == hold) {
                append_pid(&waiters, hold->proc);
            } else {
                append_pid(&holders, hold->proc);
                holder_count++;
            }
        }
    }
    LWLockRelease(partition);
    queues = psprintf("%s holding the lock: %s. Wait queue: %s.",
                      holder_count == 1 ? "Process" : "Processes", holders.data, waiters.data);

    if (state == DEADLOCK_SOFT)
        ereport(LOG, (errmsg("process %d avoided deadlock for %s on %s by rearranging queue order "
                             "after %ld.%03d ms", MyProcPid, mode, what, (long)(us / 1000),
                             (int)(us % 1000)),
                      errdetail_log("%s", queues)));
    else if (state == DEADLOCK_HARD)
        ereport(LOG, (errmsg("process %d detected deadlock while waiting for %s on %s after "
                             "%ld.%03d ms", MyProcPid, mode, what, (long)(us / 1000),
                             (int)(us % 1000)),
                      errdetail_log("%s", queues)));
    if (status == PROC_WAIT_STATUS_WAITING)
        ereport(LOG, (errmsg("process %d still waiting for %s on %s after %ld.%03d ms", MyProcPid,
                             mode, what, (long)(us / 1000), (int)(us % 1000)),
                      errdetail_log("%s", queues)));
    else if (status == PROC_WAIT_STATUS_OK)
        ereport(LOG, (errmsg("process %d acquired %s on %s after %ld.%03d ms", MyProcPid, mode,
                             what, (long)(us / 1000), (int)(us % 1000))));
    pfree(queues);
    pfree(holders.data);
    pfree(waiters.data);
    pfree(what);
}

/* ---------- sleeping ---------- */

static DeadlockState
check_for_deadlock(void)
{
    DeadlockState state = DEADLOCK_NONE;

    /* The graph spans partitions: hold them all, in order. */
    for (int p = 0; p < LOCK_PARTITIONS; p++)
        LWLockAcquire(lock__partition_lock(p), LW_EXCLUSIVE);
    if (MyProc->lockQueued) {
        state = lock__deadlock_check(MyProc);
        if (state == DEADLOCK_HARD)
            lock__remove_waiter(MyProc);
    }
    for (int p = LOCK_PARTITIONS - 1; p >= 0; p--)
        LWLockRelease(lock__partition_lock(p));
    return state;
}

static void
start_timers(void)
{
    deadlock_check_due = false;
    lock_timeout_due = false;
    enable_timeout_after(DEADLOCK_TIMEOUT, DeadlockTimeout);
    if (LockTimeout > 0)
        enable_timeout_after(LOCK_TIMEOUT, LockTimeout);
}

static void
stop_timers(void)
{
    disable_timeout(DEADLOCK_TIMEOUT, false);
    disable_timeout(LOCK_TIMEOUT, false);
}

/* Until somebody took us off the queue. Throws on cancel and lock_timeout. */
static ProcWaitStatus
sleep_loop(LocalLock *local)
{
    ProcWaitStatus status = PROC_WAIT_STATUS_WAITING;
    bool logged = false;

    while (status == PROC_WAIT_STATUS_WAITING) {
        DeadlockState state = DEADLOCK_NONE;
        bool checked = false;

        (void)WaitLatch(MyLatch, WL_LATCH_SET | WL_EXIT_ON_PM_DEATH, 0,
                        PG_WAIT_LOCK | local->tag.locktag_type);
        ResetLatch(MyLatch);
        if (deadlock_check_due) {
            deadlock_check_due = false;
            checked = true;
            state = check_for_deadlock();
        }
        status = (ProcWaitStatus)atomic_load(&MyProc->waitStatus);
        if (status != PROC_WAIT_STATUS_OK)
            CHECK_FOR_INTERRUPTS();
        if (log_lock_waits && (checked || logged)) {
            log_wait(local, state, status);
            logged = true;
        }
        status = (ProcWaitStatus)atomic_load(&MyProc->waitStatus);
        if (status == PROC_WAIT_STATUS_WAITING && lock_timeout_due)
            ereport(ERROR, (errcode(ERRCODE_LOCK_NOT_AVAILABLE),
                            errmsg("canceling statement due to lock timeout")));
    }
    return status;
}

LockSleepResult
lock__sleep(LocalLock *local, LockObject *object, LockHold *hold, LOCKMODE mode)
{
    LWLock *partition = lock__partition_lock(lock__partition(object->hash));
    ProcWaitStatus status;
    dlist_node *before;
    bool grant;

    if (!find_place(object, hold, mode, &before, &grant)) {
        lock__unrequest(object, mode);
        lock__clean_up(object, hold, true);
        LWLockRelease(partition);
        return LOCK_SLEEP_DEADLOCK;
    }
    if (grant) {
        lock__grant(object, hold, mode);
        LWLockRelease(partition);
        return LOCK_SLEEP_OK;
    }
    enqueue(object, hold, mode, before);
    lock__awaited = local;
    awaited_owner = CurrentResourceOwner;
    LWLockRelease(partition);
    STOP_POINT("lock-queued");

    start_timers();
    atomic_store(&MyProc->waitStart, (uint64)get_timeout_start_time(DEADLOCK_TIMEOUT));
    PG_TRY();
    {
        status = sleep_loop(local);
    }
    PG_CATCH();
    {
        lock_cancel_wait();
        PG_RE_THROW();
    }
    PG_END_TRY();
    stop_timers();
    atomic_store(&MyProc->waitStart, 0);
    lock__awaited = NULL;
    return status == PROC_WAIT_STATUS_OK ? LOCK_SLEEP_OK : LOCK_SLEEP_DEADLOCK;
}

/* The lock may be granted while we learn that we do not want it: then it is ours to release. */
void
lock_cancel_wait(void)
{
    LocalLock *local = lock__awaited;
    LWLock *partition;
    ProcWaitStatus status;

    if (local == NULL) {
        lock__abort_strong();
        return;
    }
    HOLD_INTERRUPTS();
    stop_timers();
    partition = lock__partition_lock(lock__partition(local->hash));
    LWLockAcquire(partition, LW_EXCLUSIVE);
    if (MyProc->lockQueued)
        lock__remove_waiter(MyProc);
    status = (ProcWaitStatus)atomic_load(&MyProc->waitStatus);
    LWLockRelease(partition);
    lock__awaited = NULL;
    atomic_store(&MyProc->waitStart, 0);
    if (status == PROC_WAIT_STATUS_OK) {
        lock__grant_local(local, awaited_owner);
    } else {
        lock__abort_strong();
        if (local->count == 0)
            lock__remove_local(local);
    }
    RESUME_INTERRUPTS();
}
