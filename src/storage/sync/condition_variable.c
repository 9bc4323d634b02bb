/*
 * condition_variable.c - a list of sleepers behind a spinlock, woken through their latches
 *
 * Invariants CV1 of the header. CV2. a process is on at most one list, and cvQueued says whether
 *            it is on cv_target; both change only under cv_target's mutex.
 */
#include "error/error.h"
#include "error/interrupt.h"
#include "sync/condition_variable.h"
#include "sync/latch.h"
#include "sync/proc.h"
#include "sync/timeout.h"
#include "sync_int.h"

/* What this process sleeps on, or has prepared to. */
static ConditionVariable *cv_target;

void
ConditionVariableInit(ConditionVariable *cv)
{
    SpinLockInit(&cv->mutex);
    cv->first = cv->last = INVALID_PGPROCNO;
}

/* caller holds the mutex */
static void
push_tail(ConditionVariable *cv, PGPROC *proc)
{
    proc->cvWaitNext = INVALID_PGPROCNO;
    proc->cvWaitPrev = cv->last;
    if (cv->last == INVALID_PGPROCNO)
        cv->first = proc->pgprocno;
    else
        GetPGProcByNumber(cv->last)->cvWaitNext = proc->pgprocno;
    cv->last = proc->pgprocno;
    proc->cvQueued = true;
}

/* caller holds the mutex */
static void
remove_locked(ConditionVariable *cv, PGPROC *proc)
{
    if (proc->cvWaitPrev == INVALID_PGPROCNO)
        cv->first = proc->cvWaitNext;
    else
        GetPGProcByNumber(proc->cvWaitPrev)->cvWaitNext = proc->cvWaitNext;
    if (proc->cvWaitNext == INVALID_PGPROCNO)
        cv->last = proc->cvWaitPrev;
    else
        GetPGProcByNumber(proc->cvWaitNext)->cvWaitPrev = proc->cvWaitPrev;
    proc->cvQueued = false;
}

void
ConditionVariablePrepareToSleep(ConditionVariable *cv)
{
    if (cv_target != NULL)
        ConditionVariableCancelSleep();
    cv_target = cv;
    SpinLockAcquire(&cv->mutex);
    push_tail(cv, MyProc);
    SpinLockRelease(&cv->mutex);
}

void
ConditionVariableSleep(ConditionVariable *cv, uint32 wait_event_info)
{
    (void)ConditionVariableTimedSleep(cv, -1, wait_event_info);
}

/* Signalled since the last look? Then onto the list again for the next sleep. */
static bool
was_signalled(ConditionVariable *cv)
{
    bool signalled;

    SpinLockAcquire(&cv->mutex);
    signalled = !MyProc->cvQueued;
    if (signalled)
        push_tail(cv, MyProc);
    SpinLockRelease(&cv->mutex);
    return signalled;
}

bool
ConditionVariableTimedSleep(ConditionVariable *cv, long timeout_ms, uint32 wait_event_info)
{
    TimestampTz start = 0;
    long left_ms = timeout_ms;
    int events = WL_LATCH_SET | WL_EXIT_ON_PM_DEATH;

    if (cv_target != cv) { /* not prepared: let the caller look at its condition again */
        ConditionVariablePrepareToSleep(cv);
        return false;
    }
    if (timeout_ms >= 0) {
        start = GetCurrentTimestamp();
        events |= WL_TIMEOUT;
    }
    for (;;) {
        (void)WaitLatch(MyLatch, events, left_ms, wait_event_info);
        ResetLatch(MyLatch);
        if (was_signalled(cv))
            return false;
        CHECK_FOR_INTERRUPTS();
        if (cv_target != cv) /* an interrupt handler used another one, or cancelled */
            return false;
        if (timeout_ms >= 0) {
            left_ms = timeout_ms - (long)((GetCurrentTimestamp() - start) / 1000);
            if (left_ms <= 0)
                return true;
        }
    }
}

bool
ConditionVariableCancelSleep(void)
{
    ConditionVariable *cv = cv_target;
    bool signalled = false;

    if (cv == NULL)
        return false;
    SpinLockAcquire(&cv->mutex);
    if (MyProc->cvQueued)
        remove_locked(cv, MyProc);
    else
        signalled = true;
    SpinLockRelease(&cv->mutex);
    cv_target = NULL;
    return signalled;
}

void
ConditionVariableSignal(ConditionVariable *cv)
{
    PGPROC *proc = NULL;

    SpinLockAcquire(&cv->mutex);
    if (cv->first != INVALID_PGPROCNO) {
        proc = GetPGProcByNumber(cv->first);
        remove_locked(cv, proc);
    }
    SpinLockRelease(&cv->mutex);
    if (proc != NULL)
        SetLatch(&proc->procLatch);
}

/* Wakes those on the list now; who queues again meanwhile comes after the last of them. */
void
ConditionVariableBroadcast(ConditionVariable *cv)
{
    int32 last;

    SpinLockAcquire(&cv->mutex);
    last = cv->last;
    SpinLockRelease(&cv->mutex);
    for (unsigned count = 0; last != INVALID_PGPROCNO && count < ProcGlobal->allProcCount; count++) {
        PGPROC *proc = NULL;
        bool done;

        SpinLockAcquire(&cv->mutex);
        if (cv->first != INVALID_PGPROCNO) {
            proc = GetPGProcByNumber(cv->first);
            remove_locked(cv, proc);
        }
        SpinLockRelease(&cv->mutex);
        done = proc == NULL || proc->pgprocno == last;
        if (proc != NULL && proc != MyProc)
            SetLatch(&proc->procLatch);
        else if (proc == MyProc)
            SetLatch(MyLatch);
        if (done)
            break;
    }
}
