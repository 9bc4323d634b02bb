/*
 * proc.c - the array of process slots
 *
 * Why        All that processes do to each other in shared memory names a slot. Slots are made
 *            once; a free one differs from a fresh one only by its links.
 * Invariants PR1. a slot is on the free list of its kind, or has a pid.
 *            PR2. slots of one kind are neighbours: kind_first, kind_count.
 * Locks      free_lock (a spinlock) over the free lists.
 * Errors     proc_attach() returns false when its kind has no free slot.
 */
#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "config/settings.h"
#include "error/error.h"
#include "sync/condition_variable.h"
#include "sync/futex.h"
#include "sync/ipc.h"
#include "sync/proc.h"
#include "sync/sinval.h"
#include "sync/spin.h"
#include "sync/wait_event.h"
#include "sync_int.h"

#define SEM_SLEEPING (1u << 31)

PGPROC *MyProc;
PROC_HDR *ProcGlobal;
int MyProcPid;
Oid MyDatabaseId;

int MaxBackends;

static int
kind_count(ProcKind kind)
{
    switch (kind) {
    case PROC_BACKEND:
        return MaxConnections;
    case PROC_AUTOVACUUM:
        return autovacuum_max_workers + 1;
    case PROC_WORKER:
        return max_worker_processes;
    case PROC_WALSENDER:
        return max_wal_senders;
    case PROC_AUXILIARY:
        return PROC_AUXILIARY_COUNT;
    case PROC_KINDS:
        break;
    }
    return 0;
}

int
proc_count_slots(void)
{
    int count = 0;

    for (ProcKind kind = 0; kind < PROC_KINDS; kind++)
        count += kind_count(kind);
    MaxBackends = count - PROC_AUXILIARY_COUNT;
    return count;
}

Size
proc__shmem_size(void)
{
    Size slots = (Size)proc_count_slots();

    return MAXALIGN(sizeof(PROC_HDR)) + 64 + slots * sizeof(PGPROC) +
           MAXALIGN(slots * sizeof(TransactionId)) + MAXALIGN(slots * sizeof(ProcSubxidState)) +
           MAXALIGN(slots);
}

static void
init_slot(PGPROC *proc, int number, ProcKind kind)
{
    memset(proc, 0, sizeof(*proc));
    proc->pgprocno = number;
    proc->kind = kind;
    proc->pgxactoff = -1;
    proc->groupNext = INVALID_PGPROCNO;
    proc->lwWaitNext = proc->lwWaitPrev = INVALID_PGPROCNO;
    proc->cvWaitNext = proc->cvWaitPrev = INVALID_PGPROCNO;
    InitSharedLatch(&proc->procLatch);
    for (int i = 0; i < PROC_LOCK_PARTITIONS; i++)
        dlist_init(&proc->myProcLocks[i]);
}

void
proc__shmem_init(void *area, Size size)
{
    char *at = area;
    int number = 0, slots = proc_count_slots();

    ProcGlobal = (PROC_HDR *)at;
    memset(ProcGlobal, 0, sizeof(*ProcGlobal));
    at += MAXALIGN(sizeof(PROC_HDR));
    at = (char *)(((uintptr_t)at + 63) & ~(uintptr_t)63);
    ProcGlobal->allProcs = (PGPROC *)at;
    at += (Size)slots * sizeof(PGPROC);
    ProcGlobal->xids = (void *)at;
    at += MAXALIGN((Size)slots * sizeof(TransactionId));
    ProcGlobal->subxidStates = (void *)at;
    at += MAXALIGN((Size)slots * sizeof(ProcSubxidState));
    ProcGlobal->statusFlags = (void *)at;

    ProcGlobal->allProcCount = (uint32)slots;
    for (ProcKind kind = 0; kind < PROC_KINDS; kind++) {
        ProcFreeList *list = &ProcGlobal->free_lists[kind];

        ProcGlobal->kind_first[kind] = number;
        ProcGlobal->kind_count[kind] = list->free_count = kind_count(kind);
        list->first = list->free_count > 0 ? number : INVALID_PGPROCNO;
        for (int i = 0; i < list->free_count; i++, number++) {
            PGPROC *proc = &ProcGlobal->allProcs[number];
            init_slot(proc, number, kind);
            proc->free_next = i + 1 < list->free_count ? number + 1 : INVALID_PGPROCNO;
        }
    }
    SpinLockInit(&ProcGlobal->free_lock);
    ProcGlobal->walwriterProcno = ProcGlobal->checkpointerProcno = INVALID_PGPROCNO;
    ProcGlobal->bgwriterProcno = ProcGlobal->startupProcno = INVALID_PGPROCNO;
    ProcGlobal->procArrayGroupFirst = INVALID_PGPROCNO;
}

static PGPROC *
take_slot(ProcKind kind)
{
    ProcFreeList *list = &ProcGlobal->free_lists[kind];
    PGPROC *proc = NULL;

    SpinLockAcquire(&ProcGlobal->free_lock);
    if (list->first != INVALID_PGPROCNO) {
        proc = GetPGProcByNumber(list->first);
        list->first = proc->free_next;
        list->free_count--;
    }
    SpinLockRelease(&ProcGlobal->free_lock);
    return proc;
}

static void
give_slot_back(PGPROC *proc)
{
    ProcFreeList *list = &ProcGlobal->free_lists[proc->kind];

    SpinLockAcquire(&ProcGlobal->free_lock);
    proc->free_next = list->first;
    list->first = proc->pgprocno;
    list->free_count++;
    SpinLockRelease(&ProcGlobal->free_lock);
}

/* Fields that the slot's last process may have left set. */
static void
reset_slot(PGPROC *proc)
{
    proc->databaseId = proc->roleId = proc->tempNamespaceId = InvalidOid;
    proc->isBackgroundWorker = proc->kind == PROC_WORKER;
    proc->statusFlags = proc->kind == PROC_AUTOVACUUM ? PROC_IS_AUTOVACUUM : 0;
    proc->wait_event_info = 0;
    proc->pgxactoff = -1;
    atomic_store(&proc->sem, 0);
    atomic_store(&proc->xid, 0);
    atomic_store(&proc->xmin, 0);
    atomic_store(&proc->delayChkptFlags, 0);
    proc->subxidCount = 0;
    proc->subxidOverflowed = false;
    proc->groupMember = false;
    proc->cvQueued = false;
    proc->lockQueued = false;
    proc->waitLock = proc->waitProcLock = NULL;
    atomic_store(&proc->lwWaiting, 0);
    atomic_store(&proc->waitStatus, PROC_WAIT_STATUS_OK);
    atomic_store(&proc->waitStart, 0);
}

static void
detach_at_exit(int code, Datum arg)
{
    proc_detach();
}

bool
proc_attach(ProcKind kind)
{
    PGPROC *proc;

    Assert(MyProc == NULL);
    proc = take_slot(kind);
    if (proc == NULL)
        return false;
    MyProcPid = getpid();
    reset_slot(proc);
    OwnLatch(&proc->procLatch);
    ResetLatch(&proc->procLatch);
    MyProc = proc;
    MyLatch = &proc->procLatch;
    my_wait_event_info = &proc->wait_event_info;
    SetLatch(MyLatch); /* what set the local latch before now must not be lost */
    atomic_store(&proc->pid, MyProcPid);
    procsignal__attach();
    if (kind != PROC_AUXILIARY)
        sinval_attach();
    on_shmem_exit(detach_at_exit, 0);
    return true;
}

void
proc_release_waits(void)
{
    ConditionVariableCancelSleep();
    LWLockReleaseAll();
    pgstat_report_wait_end();
}

void
proc_detach(void)
{
    static uint32 unused_wait_event;
    static Latch exit_latch;
    PGPROC *proc = MyProc;

    if (proc == NULL)
        return;
    proc_release_waits();
    if (proc->kind != PROC_AUXILIARY)
        sinval_detach();
    procsignal__detach();
    InitLatch(&exit_latch);
    MyLatch = &exit_latch;
    my_wait_event_info = &unused_wait_event;
    MyProc = NULL;
    DisownLatch(&proc->procLatch);
    atomic_store(&proc->pid, 0);
    give_slot_back(proc); /* PR1 */
}

int
proc_free_count(ProcKind kind)
{
    int count;

    SpinLockAcquire(&ProcGlobal->free_lock);
    count = ProcGlobal->free_lists[kind].free_count;
    SpinLockRelease(&ProcGlobal->free_lock);
    return count;
}

PGPROC *
proc_find_by_pid(int pid)
{
    if (pid == 0)
        return NULL;
    for (uint32 i = 0; i < ProcGlobal->allProcCount; i++)
        if (atomic_load_explicit(&ProcGlobal->allProcs[i].pid, memory_order_relaxed) == pid)
            return &ProcGlobal->allProcs[i];
    return NULL;
}

/* The word: how often posted, and SEM_SLEEPING while the owner is in the kernel. */
void
proc_semaphore_wait(PGPROC *proc)
{
    Assert(proc == MyProc);
    for (;;) {
        uint32 value = atomic_load(&proc->sem);

        while ((value & ~SEM_SLEEPING) > 0)
            if (atomic_compare_exchange_weak(&proc->sem, &value, (value & ~SEM_SLEEPING) - 1))
                return;
        if (!(value & SEM_SLEEPING) &&
            !atomic_compare_exchange_strong(&proc->sem, &value, SEM_SLEEPING))
            continue;
        if (futex_wait(&proc->sem, SEM_SLEEPING, NULL) < 0 && errno != EAGAIN && errno != EINTR)
            elog(PANIC, "futex wait failed: %m");
    }
}

void
proc_semaphore_post(PGPROC *proc)
{
    if (atomic_fetch_add(&proc->sem, 1) & SEM_SLEEPING)
        futex_wake(&proc->sem, 1);
}
