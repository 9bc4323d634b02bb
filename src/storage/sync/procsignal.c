/*
 * procsignal.c - reasons behind SIGUSR1, barriers, cancel keys
 *
 * Invariants PS1. a flag is set before the signal is sent, and cleared by the handler before it
 *                 acts: a reason given while it acts is acted upon again.
 *            PS2. a slot's generation is at most the global one; when it equals it, its process
 *                 has done all barriers emitted so far. UINT64_MAX: nobody there.
 */
#include <errno.h>
#include <signal.h>
#include <stdatomic.h>

#include "error/error.h"
#include "error/interrupt.h"
#include "sync/condition_variable.h"
#include "sync/latch.h"
#include "sync/proc.h"
#include "sync/procsignal.h"
#include "sync/sinval.h"
#include "sync/wait_event.h"
#include "sync_int.h"

typedef struct ProcSignalSlot {
    _Atomic int32 pid;
    _Atomic int32 cancel_key;
    _Atomic bool has_key;
    _Atomic uint32 flags[NUM_PROCSIGNALS];
    _Atomic uint64 barrier_generation;
    _Atomic uint32 barrier_mask; /* ProcSignalBarrierType bits to do */
    ConditionVariable barrier_cv;
} ProcSignalSlot;

typedef struct ProcSignalShared {
    _Atomic uint64 barrier_generation;
    ProcSignalSlot slots[]; /* by pgprocno */
} ProcSignalShared;

static struct {
    ProcSignalShared *shared;
    ProcSignalSlot *mine;
    ProcSignalHandler handlers[NUM_PROCSIGNALS];
    ProcSignalBarrierHandler barriers[PROCSIGNAL_BARRIERS];
} signals;

Size
procsignal__shmem_size(void)
{
    return sizeof(ProcSignalShared) + sizeof(ProcSignalSlot) * (Size)proc_count_slots();
}

void
procsignal__shmem_init(void *area, Size size)
{
    int slots = proc_count_slots();

    signals.shared = area;
    atomic_init(&signals.shared->barrier_generation, 0);
    for (int i = 0; i < slots; i++) {
        ProcSignalSlot *slot = &signals.shared->slots[i];
        atomic_init(&slot->pid, 0);
        atomic_init(&slot->has_key, false);
        for (int r = 0; r < NUM_PROCSIGNALS; r++)
            atomic_init(&slot->flags[r], 0);
        atomic_init(&slot->barrier_generation, UINT64_MAX);
        atomic_init(&slot->barrier_mask, 0);
        ConditionVariableInit(&slot->barrier_cv);
    }
}

void
procsignal_register(ProcSignalReason reason, ProcSignalHandler handler)
{
    signals.handlers[reason] = handler;
}

void
procsignal_register_barrier(ProcSignalBarrierType type, ProcSignalBarrierHandler handler)
{
    signals.barriers[type] = handler;
}

void
procsignal__attach(void)
{
    ProcSignalSlot *slot = &signals.shared->slots[MyProc->pgprocno];

    for (int r = 0; r < NUM_PROCSIGNALS; r++)
        atomic_store(&slot->flags[r], 0);
    atomic_store(&slot->has_key, false);
    atomic_store(&slot->barrier_mask, 0);
    atomic_store(&slot->barrier_generation,
                 atomic_load(&signals.shared->barrier_generation)); /* PS2: nothing cached yet */
    atomic_store(&slot->pid, MyProcPid);
    signals.mine = slot;
    if (signals.handlers[PROCSIG_CATCHUP_INTERRUPT] == NULL)
        procsignal_register(PROCSIG_CATCHUP_INTERRUPT, sinval_handle_catchup_interrupt);
}

void
procsignal__detach(void)
{
    ProcSignalSlot *slot = signals.mine;

    if (slot == NULL)
        return;
    signals.mine = NULL;
    atomic_store(&slot->has_key, false);
    atomic_store(&slot->pid, 0);
    atomic_store(&slot->barrier_generation, UINT64_MAX);
    ConditionVariableBroadcast(&slot->barrier_cv);
}

static int
send_to_slot(ProcSignalSlot *slot, int pid, ProcSignalReason reason)
{
    if (atomic_load(&slot->pid) != pid) {
        errno = ESRCH;
        return -1;
    }
    atomic_store(&slot->flags[reason], 1); /* PS1 */
    return kill(pid, SIGUSR1);
}

int
SendProcSignal(int pid, ProcSignalReason reason, int pgprocno)
{
    if (pgprocno == INVALID_PGPROCNO) {
        PGPROC *proc = proc_find_by_pid(pid);
        if (proc == NULL) {
            errno = ESRCH;
            return -1;
        }
        pgprocno = proc->pgprocno;
    }
    return send_to_slot(&signals.shared->slots[pgprocno], pid, reason);
}

void
procsignal_sigusr1_handler(int signo)
{
    int saved_errno = errno;
    ProcSignalSlot *slot = signals.mine;

    for (int r = 0; slot != NULL && r < NUM_PROCSIGNALS; r++) {
        if (!atomic_load(&slot->flags[r]))
            continue;
        atomic_store(&slot->flags[r], 0); /* PS1 */
        if (r == PROCSIG_BARRIER) {
            InterruptPending = true;
            ProcSignalBarrierPending = true;
        } else if (signals.handlers[r] != NULL) {
            signals.handlers[r]();
        }
    }
    SetLatch(MyLatch);
    errno = saved_errno;
}

uint64
EmitProcSignalBarrier(ProcSignalBarrierType type)
{
    uint64 generation;
    uint32 slots = ProcGlobal->allProcCount;

    /* The bits first: who sees the new generation must find them. */
    for (uint32 i = 0; i < slots; i++)
        atomic_fetch_or(&signals.shared->slots[i].barrier_mask, 1u << type);
    generation = atomic_fetch_add(&signals.shared->barrier_generation, 1) + 1;
    for (uint32 i = 0; i < slots; i++) {
        ProcSignalSlot *slot = &signals.shared->slots[i];
        int pid = atomic_load(&slot->pid);
        if (pid != 0)
            send_to_slot(slot, pid, PROCSIG_BARRIER);
    }
    return generation;
}

void
WaitForProcSignalBarrier(uint64 generation)
{
    for (uint32 i = 0; i < ProcGlobal->allProcCount; i++) {
        ProcSignalSlot *slot = &signals.shared->slots[i];

        while (atomic_load(&slot->barrier_generation) < generation) {
            if (ProcSignalBarrierPending)
                ProcessProcSignalBarrier();
            ConditionVariableTimedSleep(&slot->barrier_cv, 5000, WAIT_EVENT_PROC_SIGNAL_BARRIER);
        }
        ConditionVariableCancelSleep();
    }
}

void
ProcessProcSignalBarrier(void)
{
    ProcSignalSlot *slot = signals.mine;
    uint64 generation;
    uint32 mask;

    ProcSignalBarrierPending = false;
    if (slot == NULL)
        return;
    generation = atomic_load(&signals.shared->barrier_generation);
    mask = atomic_exchange(&slot->barrier_mask, 0);
    for (int type = 0; type < PROCSIGNAL_BARRIERS; type++) {
        if (!(mask & (1u << type)) || signals.barriers[type] == NULL || signals.barriers[type]())
            continue;
        atomic_fetch_or(&slot->barrier_mask, 1u << type);
        ProcSignalBarrierPending = true;
        InterruptPending = true;
    }
    if (ProcSignalBarrierPending)
        return; /* a handler said not now */
    atomic_store(&slot->barrier_generation, generation);
    ConditionVariableBroadcast(&slot->barrier_cv);
}

void
procsignal_set_cancel_key(int32 key)
{
    atomic_store(&signals.mine->cancel_key, key);
    atomic_store(&signals.mine->has_key, true);
}

bool
procsignal_send_cancel(int pid, int32 key)
{
    for (uint32 i = 0; i < ProcGlobal->allProcCount; i++) {
        ProcSignalSlot *slot = &signals.shared->slots[i];
        if (atomic_load(&slot->pid) == pid && atomic_load(&slot->has_key) &&
            atomic_load(&slot->cancel_key) == key)
            return kill(pid, SIGINT) == 0;
    }
    return false;
}
