/*
 * procarray.c - running transactions
 *
 * Why        A snapshot reads one dense array of 8-byte ids: of a hundred processes, thirteen
 *            cache lines. When nothing ended since this process's last snapshot, the same one is
 *            right again, and no lock is taken at all (PA3).
 * Invariants PA1-PA4 of procarray.h.
 *            PA5. dense index i belongs to allProcs[members[i]], whose pgxactoff is i; members is
 *                 ascending. Changes hold proc_array and xid_gen exclusively.
 *            PA6. a process's subxid count in the dense array is stored after the subxid itself.
 * Locks      proc_array, then xid_gen.
 */
#include <signal.h>
#include <string.h>

#include "error/error.h"
#include "error/interrupt.h"
#include "memory/memory.h"
#include "shmem/shmem.h"
#include "sync/ipc.h"
#include "sync/stop_point.h"
#include "sync/wait_event.h"
#include "xact/procarray.h"
#include "xact/subtrans.h"
#include "xact/xact.h"
#include "xact_int.h"

typedef struct ProcArrayShared {
    LWLock lock;
    LWLock xid_lock;
    /* guarded by xid_lock; also read alone */
    _Atomic TransactionId next_xid;
    TransactionId oldest_xid;           /* clog is kept from here */
    /* guarded by lock; also read alone */
    _Atomic TransactionId latest_completed_xid;
    _Atomic uint64 completion_count;    /* starts at 1 */
    int count;
    int32 members[];                    /* pgprocno; PA5 */
} ProcArrayShared;

static ProcArrayShared *array;

GlobalVisState horizon_states[HORIZON_KINDS];

/* xmin for which the horizons were last made exact. */
static TransactionId horizon_computed_for;
/* The last xid found to have ended. */
static TransactionId known_ended_xid;
static TransactionId *overflowed_xids; /* work space, MaxBackends long */

static Size
array_size(void)
{
    return sizeof(ProcArrayShared) + sizeof(int32) * (Size)proc_count_slots();
}

static void
array_init(void *area, Size size)
{
    array = area;
    LWLockInitialize(&array->lock, LWTRANCHE_PROC_ARRAY);
    LWLockInitialize(&array->xid_lock, LWTRANCHE_XID_GEN);
    atomic_init(&array->next_xid, FirstNormalTransactionId);
    atomic_init(&array->latest_completed_xid, FirstNormalTransactionId - 1);
    atomic_init(&array->completion_count, 1);
    array->oldest_xid = FirstNormalTransactionId;
    array->count = 0;
}

void
procarray__register(void)
{
    shmem_register_area("Proc Array", array_size, array_init);
}

static inline PGPROC *
member(int index)
{
    return GetPGProcByNumber(array->members[index]);
}

/* ---------- joining and leaving ---------- */

static void
leave_at_exit(int code, Datum arg)
{
    PGPROC *proc = MyProc;
    int index = proc->pgxactoff, moved;

    if (index < 0)
        return;
    LWLockAcquire(&array->lock, LW_EXCLUSIVE);
    LWLockAcquire(&array->xid_lock, LW_EXCLUSIVE);
    Assert(array->members[index] == proc->pgprocno); /* PA5 */
    if (TransactionIdIsValid(atomic_load(&proc->xid)))
        elog(PANIC, "a process leaves with a running transaction");
    moved = --array->count - index;
    memmove(&array->members[index], &array->members[index + 1], (Size)moved * sizeof(int32));
    memmove((void *)&ProcGlobal->xids[index], (void *)&ProcGlobal->xids[index + 1],
            (Size)moved * sizeof(TransactionId));
    memmove(&ProcGlobal->subxidStates[index], &ProcGlobal->subxidStates[index + 1],
            (Size)moved * sizeof(ProcSubxidState));
    memmove(&ProcGlobal->statusFlags[index], &ProcGlobal->statusFlags[index + 1], (Size)moved);
    for (int i = index; i < array->count; i++)
        member(i)->pgxactoff = i;
    proc->pgxactoff = -1;
    LWLockRelease(&array->xid_lock);
    LWLockRelease(&array->lock);
}

void
procarray_attach(void)
{
    PGPROC *proc = MyProc;
    int index, moved;

    if (overflowed_xids == NULL)
        overflowed_xids = MemoryContextAlloc(
            TopMemoryContext, ProcGlobal->allProcCount * sizeof(TransactionId));
    Assert(proc->pgxactoff < 0);
    LWLockAcquire(&array->lock, LW_EXCLUSIVE);
    LWLockAcquire(&array->xid_lock, LW_EXCLUSIVE);
    for (index = 0; index < array->count && array->members[index] < proc->pgprocno; index++)
        ;
    moved = array->count - index;
    memmove(&array->members[index + 1], &array->members[index], (Size)moved * sizeof(int32));
    memmove((void *)&ProcGlobal->xids[index + 1], (void *)&ProcGlobal->xids[index],
            (Size)moved * sizeof(TransactionId));
    memmove(&ProcGlobal->subxidStates[index + 1], &ProcGlobal->subxidStates[index],
            (Size)moved * sizeof(ProcSubxidState));
    memmove(&ProcGlobal->statusFlags[index + 1], &ProcGlobal->statusFlags[index], (Size)moved);
    array->members[index] = proc->pgprocno;
    atomic_store(&ProcGlobal->xids[index], InvalidTransactionId);
    ProcGlobal->subxidStates[index] = (ProcSubxidState){0, false};
    ProcGlobal->statusFlags[index] = proc->statusFlags;
    array->count++;
    for (int i = index; i < array->count; i++)
        member(i)->pgxactoff = i;
    LWLockRelease(&array->xid_lock);
    LWLockRelease(&array->lock);
    on_shmem_exit(leave_at_exit, 0);
}

/* ---------- assigning ---------- */

static void
store_subxid(TransactionId xid)
{
    ProcSubxidState *state = &ProcGlobal->subxidStates[MyProc->pgxactoff];

    if (MyProc->subxidCount < PROC_SUBXIDS_MAX) {
        MyProc->subxids[MyProc->subxidCount] = xid;
        atomic_thread_fence(memory_order_release); /* PA6 */
        __atomic_store_n(&MyProc->subxidCount, (uint8)(MyProc->subxidCount + 1), __ATOMIC_RELAXED);
        __atomic_store_n(&state->count, MyProc->subxidCount, __ATOMIC_RELAXED);
    } else {
        MyProc->subxidOverflowed = true;
        __atomic_store_n(&state->overflowed, true, __ATOMIC_RELAXED);
    }
}

TransactionId
procarray_assign_xid(bool is_subtransaction)
{
    TransactionId xid;

    LWLockAcquire(&array->xid_lock, LW_EXCLUSIVE); /* PA1 */
    xid = atomic_load_explicit(&array->next_xid, memory_order_relaxed);
    if (unlikely(xid > MaxTransactionId)) {
        LWLockRelease(&array->xid_lock);
        ereport(ERROR, (errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
                        errmsg("transaction ids are used up")));
    }
    if (is_subtransaction) {
        store_subxid(xid);
    } else {
        atomic_store_explicit(&MyProc->xid, xid, memory_order_relaxed);
        atomic_store_explicit(&ProcGlobal->xids[MyProc->pgxactoff], xid, memory_order_relaxed);
    }
    /* Who sees the higher next_xid sees the entry. */
    atomic_store_explicit(&array->next_xid, xid + 1, memory_order_release);
    LWLockRelease(&array->xid_lock);
    return xid;
}

TransactionId
procarray_next_xid(void)
{
    return atomic_load_explicit(&array->next_xid, memory_order_acquire);
}

/* ---------- ending ---------- */

/* caller holds lock exclusively */
static void
advance_completed(TransactionId latest_xid)
{
    if (latest_xid > atomic_load_explicit(&array->latest_completed_xid, memory_order_relaxed))
        atomic_store_explicit(&array->latest_completed_xid, latest_xid, memory_order_relaxed);
    atomic_fetch_add(&array->completion_count, 1); /* PA4 */
}

/* caller holds lock exclusively: PA2 */
static void
end_locked(PGPROC *proc, TransactionId latest_xid)
{
    int index = proc->pgxactoff;

    atomic_store_explicit(&ProcGlobal->xids[index], InvalidTransactionId, memory_order_relaxed);
    atomic_store_explicit(&proc->xid, InvalidTransactionId, memory_order_relaxed);
    proc->lxid = InvalidLocalTransactionId;
    atomic_store_explicit(&proc->xmin, InvalidTransactionId, memory_order_relaxed);
    atomic_store_explicit(&proc->delayChkptFlags, 0, memory_order_relaxed);
    if (proc->statusFlags & PROC_IN_VACUUM) {
        proc->statusFlags &= (uint8)~PROC_IN_VACUUM;
        ProcGlobal->statusFlags[index] = proc->statusFlags;
    }
    if (proc->subxidCount > 0 || proc->subxidOverflowed) {
        ProcGlobal->subxidStates[index] = (ProcSubxidState){0, false};
        proc->subxidCount = 0;
        proc->subxidOverflowed = false;
    }
    advance_completed(latest_xid);
}

/*
 * The lock is busy: queue up. The first in the queue takes the lock for all; the others sleep
 * until it has ended their transactions too.
 */
static void
end_in_group(TransactionId latest_xid)
{
    int32 next;
    int extra = 0;

    MyProc->groupMember = true;
    MyProc->groupLatestXid = latest_xid;
    next = atomic_load(&ProcGlobal->procArrayGroupFirst);
    do
        atomic_store(&MyProc->groupNext, next);
    while (!atomic_compare_exchange_weak(&ProcGlobal->procArrayGroupFirst, &next,
                                         MyProc->pgprocno));
    if (next != INVALID_PGPROCNO) {
        pgstat_report_wait_start(WAIT_EVENT_PROCARRAY_GROUP_UPDATE);
        for (;;) {
            proc_semaphore_wait(MyProc);
            if (!__atomic_load_n(&MyProc->groupMember, __ATOMIC_ACQUIRE))
                break;
            extra++;
        }
        pgstat_report_wait_end();
        while (extra-- > 0)
            proc_semaphore_post(MyProc);
        return;
    }

    LWLockAcquire(&array->lock, LW_EXCLUSIVE);
    next = atomic_exchange(&ProcGlobal->procArrayGroupFirst, INVALID_PGPROCNO);
    for (int32 no = next; no != INVALID_PGPROCNO;) {
        PGPROC *proc = GetPGProcByNumber(no);
        end_locked(proc, proc->groupLatestXid);
        no = atomic_load(&proc->groupNext);
    }
    LWLockRelease(&array->lock);
    for (int32 no = next; no != INVALID_PGPROCNO;) {
        PGPROC *proc = GetPGProcByNumber(no);
        no = atomic_load(&proc->groupNext);
        atomic_store(&proc->groupNext, INVALID_PGPROCNO);
        __atomic_store_n(&proc->groupMember, false, __ATOMIC_RELEASE);
        if (proc != MyProc)
            proc_semaphore_post(proc);
    }
}

void
procarray_end_transaction(TransactionId latest_xid)
{
    PGPROC *proc = MyProc;

    STOP_POINT("procarray-end");
    if (TransactionIdIsValid(latest_xid)) {
        Assert(TransactionIdIsValid(atomic_load(&proc->xid)));
        if (LWLockConditionalAcquire(&array->lock, LW_EXCLUSIVE)) {
            end_locked(proc, latest_xid);
            LWLockRelease(&array->lock);
        } else {
            end_in_group(latest_xid);
        }
        return;
    }
    /* Nobody's snapshot changes by the end of a transaction without xid: no lock. */
    Assert(!TransactionIdIsValid(atomic_load(&proc->xid)));
    proc->lxid = InvalidLocalTransactionId;
    atomic_store_explicit(&proc->xmin, InvalidTransactionId, memory_order_release);
    atomic_store_explicit(&proc->delayChkptFlags, 0, memory_order_release);
    if (unlikely(proc->statusFlags & PROC_IN_VACUUM)) {
        LWLockAcquire(&array->lock, LW_EXCLUSIVE);
        proc->statusFlags &= (uint8)~PROC_IN_VACUUM;
        ProcGlobal->statusFlags[proc->pgxactoff] = proc->statusFlags;
        LWLockRelease(&array->lock);
    }
}

void
procarray_set_status_flags(uint8 flags)
{
    LWLockAcquire(&array->lock, LW_EXCLUSIVE);
    MyProc->statusFlags |= flags;
    ProcGlobal->statusFlags[MyProc->pgxactoff] = MyProc->statusFlags;
    LWLockRelease(&array->lock);
}

static void
remove_cached_subxid(TransactionId xid)
{
    for (int i = MyProc->subxidCount - 1; i >= 0; i--) {
        if (MyProc->subxids[i] != xid)
            continue;
        MyProc->subxids[i] = MyProc->subxids[MyProc->subxidCount - 1];
        MyProc->subxidCount--;
        return;
    }
    /* not there: the cache overflowed before it */
}

void
procarray_remove_subxids(TransactionId xid, int count, const TransactionId *subxids,
                         TransactionId latest_xid)
{
    LWLockAcquire(&array->lock, LW_EXCLUSIVE);
    for (int i = count - 1; i >= 0; i--)
        remove_cached_subxid(subxids[i]);
    remove_cached_subxid(xid);
    ProcGlobal->subxidStates[MyProc->pgxactoff].count = MyProc->subxidCount;
    advance_completed(latest_xid);
    LWLockRelease(&array->lock);
}

/* ---------- snapshots ---------- */

/*
 * PA3: without a lock. We publish xmin, then look at the count. If it has not moved since the
 * snapshot was taken, then no transaction ended before our xmin was visible, so a horizon computed
 * before that had the snapshot's xmin for a bound itself: no xid below latest_completed + 1 that
 * ran then has ended. If one ends later, whoever computes a horizon after it finds our xmin.
 * Both the store and the loads are sequentially consistent.
 */
bool
procarray__try_reuse(Snapshot snapshot)
{
    bool published = false;

    if (snapshot->snapXactCompletionCount == 0 ||
        atomic_load(&array->completion_count) != snapshot->snapXactCompletionCount)
        return false;
    if (!TransactionIdIsValid(atomic_load_explicit(&MyProc->xmin, memory_order_relaxed))) {
        atomic_store(&MyProc->xmin, snapshot->xmin);
        published = true;
        if (atomic_load(&array->completion_count) != snapshot->snapXactCompletionCount) {
            atomic_store(&MyProc->xmin, InvalidTransactionId);
            return false;
        }
    }
    if (published)
        TransactionXmin = snapshot->xmin;
    RecentXmin = snapshot->xmin;
    return true;
}

/* Subxids of the member at dense index i; false if that is not all of them. */
static bool
copy_subxids(int i, Snapshot snapshot)
{
    ProcSubxidState *state = &ProcGlobal->subxidStates[i];
    int count;

    if (__atomic_load_n(&state->overflowed, __ATOMIC_RELAXED))
        return false;
    count = __atomic_load_n(&state->count, __ATOMIC_RELAXED);
    if (count > 0) {
        atomic_thread_fence(memory_order_acquire); /* PA6 */
        memcpy(snapshot->subxip + snapshot->subxcnt, member(i)->subxids,
               (Size)count * sizeof(TransactionId));
        snapshot->subxcnt += count;
    }
    return true;
}

void
procarray__take_snapshot(Snapshot snapshot)
{
    TransactionId xmin, xmax, my_xid;
    int count;

    LWLockAcquire(&array->lock, LW_SHARED);
    xmax = xmin = atomic_load_explicit(&array->latest_completed_xid, memory_order_relaxed) + 1;
    my_xid = atomic_load_explicit(&MyProc->xid, memory_order_relaxed);
    if (TransactionIdIsValid(my_xid) && my_xid < xmin)
        xmin = my_xid;
    snapshot->xcnt = 0;
    snapshot->subxcnt = 0;
    snapshot->suboverflowed = false;
    count = array->count;
    for (int i = 0; i < count; i++) {
        TransactionId xid = atomic_load_explicit(&ProcGlobal->xids[i], memory_order_relaxed);

        if (likely(xid == InvalidTransactionId) || i == MyProc->pgxactoff || xid >= xmax)
            continue;
        if (ProcGlobal->statusFlags[i] & PROC_IN_VACUUM)
            continue; /* it changes nothing that a snapshot could see */
        if (xid < xmin)
            xmin = xid;
        snapshot->xip[snapshot->xcnt++] = xid;
        if (!snapshot->suboverflowed && !copy_subxids(i, snapshot))
            snapshot->suboverflowed = true;
    }
    snapshot->snapXactCompletionCount =
        atomic_load_explicit(&array->completion_count, memory_order_relaxed);
    if (!TransactionIdIsValid(atomic_load_explicit(&MyProc->xmin, memory_order_relaxed))) {
        atomic_store(&MyProc->xmin, xmin);
        TransactionXmin = xmin;
    }
    LWLockRelease(&array->lock);

    snapshot->xmin = xmin;
    snapshot->xmax = xmax;
    RecentXmin = xmin;
    /* Our own xmin holds back everything from here on. */
    for (int kind = 0; kind < HORIZON_TEMP; kind++)
        horizon_states[kind].definitely_needed =
            Max(horizon_states[kind].maybe_needed, TransactionXmin);
}

/* Takes over another transaction's snapshot: only while that one still holds its xmin. */
bool
procarray__install_xmin(TransactionId xmin, int source_pgprocno)
{
    bool ok = false;

    LWLockAcquire(&array->lock, LW_SHARED);
    if (source_pgprocno >= 0) {
        TransactionId theirs = atomic_load(&GetPGProcByNumber(source_pgprocno)->xmin);
        ok = TransactionIdIsValid(theirs) && theirs <= xmin;
    } else {
        ok = true;
    }
    if (ok) {
        atomic_store(&MyProc->xmin, xmin);
        TransactionXmin = xmin;
    }
    LWLockRelease(&array->lock);
    return ok;
}

Size
procarray__snapshot_capacity(void)
{
    return ProcGlobal->allProcCount;
}

/* ---------- in progress? ---------- */

bool
procarray_xid_is_active(TransactionId xid)
{
    bool active = false;

    if (xid < RecentXmin)
        return false;
    LWLockAcquire(&array->lock, LW_SHARED);
    for (int i = 0; i < array->count && !active; i++)
        active = atomic_load_explicit(&ProcGlobal->xids[i], memory_order_relaxed) == xid;
    LWLockRelease(&array->lock);
    return active;
}

/* Scan under the lock. Found as a top or cached sub xid: true. Else overflowed tops are listed. */
static bool
find_running(TransactionId xid, int *ret_overflowed)
{
    int overflowed = 0;
    bool found = false;

    for (int i = 0; i < array->count && !found; i++) {
        TransactionId top = atomic_load_explicit(&ProcGlobal->xids[i], memory_order_relaxed);
        PGPROC *proc;
        int count;

        if (top == InvalidTransactionId || i == MyProc->pgxactoff)
            continue;
        if (top == xid) {
            found = true;
            break;
        }
        if (top > xid)
            continue; /* its subxids are higher still */
        proc = member(i);
        count = __atomic_load_n(&ProcGlobal->subxidStates[i].count, __ATOMIC_RELAXED);
        atomic_thread_fence(memory_order_acquire);
        for (int k = count - 1; k >= 0 && !found; k--)
            found = *(volatile TransactionId *)&proc->subxids[k] == xid;
        if (__atomic_load_n(&ProcGlobal->subxidStates[i].overflowed, __ATOMIC_RELAXED))
            overflowed_xids[overflowed++] = top;
    }
    *ret_overflowed = overflowed;
    return found;
}

bool
procarray_xid_in_progress(TransactionId xid)
{
    TransactionId top;
    int overflowed;
    bool found;

    if (xid < RecentXmin || xid == known_ended_xid || !TransactionIdIsNormal(xid))
        return false;
    if (xact_is_current(xid))
        return true;
    LWLockAcquire(&array->lock, LW_SHARED);
    if (xid > atomic_load_explicit(&array->latest_completed_xid, memory_order_relaxed)) {
        LWLockRelease(&array->lock);
        return true;
    }
    found = find_running(xid, &overflowed);
    LWLockRelease(&array->lock);
    if (found)
        return true;
    if (overflowed == 0) {
        known_ended_xid = xid;
        return false;
    }
    /* It may be a subtransaction that some cache had no room for. */
    if (TransactionIdDidAbort(xid)) {
        known_ended_xid = xid;
        return false;
    }
    top = subtrans_topmost(xid);
    if (top != xid)
        for (int i = 0; i < overflowed; i++)
            if (overflowed_xids[i] == top)
                return true;
    known_ended_xid = xid;
    return false;
}

PGPROC *
procarray_find_xid(TransactionId xid)
{
    PGPROC *proc = NULL;

    LWLockAcquire(&array->lock, LW_SHARED);
    for (int i = 0; i < array->count && proc == NULL; i++)
        if (atomic_load(&ProcGlobal->xids[i]) == xid)
            proc = member(i);
    LWLockRelease(&array->lock);
    return proc;
}

/* ---------- horizons ---------- */

static void
compute_horizons(TransactionId ret[HORIZON_KINDS])
{
    TransactionId start, shared, data;

    LWLockAcquire(&array->lock, LW_SHARED);
    start = atomic_load(&array->latest_completed_xid) + 1;
    shared = data = start;
    for (int i = 0; i < array->count; i++) {
        PGPROC *proc = member(i);
        TransactionId xid = atomic_load(&ProcGlobal->xids[i]);
        TransactionId xmin = atomic_load(&proc->xmin);
        uint8 flags = ProcGlobal->statusFlags[i];

        if (xmin == InvalidTransactionId || (xid != InvalidTransactionId && xid < xmin))
            xmin = xid;
        if (xmin == InvalidTransactionId || (flags & (PROC_IN_VACUUM | PROC_IN_LOGICAL_DECODING)))
            continue;
        shared = Min(shared, xmin);
        if (proc->databaseId == MyDatabaseId || MyDatabaseId == InvalidOid ||
            proc->databaseId == InvalidOid || (flags & PROC_AFFECTS_ALL_HORIZONS))
            data = Min(data, xmin);
    }
    LWLockRelease(&array->lock);
    ret[HORIZON_SHARED] = shared;
    ret[HORIZON_CATALOG] = data;
    ret[HORIZON_DATA] = data;
    ret[HORIZON_TEMP] = TransactionIdIsValid(atomic_load(&MyProc->xid)) ? atomic_load(&MyProc->xid)
                                                                         : start;
}

/* Remembers: a horizon may go back a little for a late xmin, the bound never does. */
static void
remember_horizons(const TransactionId now[HORIZON_KINDS])
{
    for (int kind = 0; kind < HORIZON_KINDS; kind++) {
        GlobalVisState *state = &horizon_states[kind];
        state->maybe_needed = Max(state->maybe_needed, now[kind]);
        state->definitely_needed = Max(state->maybe_needed, state->definitely_needed);
    }
    horizon_states[HORIZON_TEMP].definitely_needed = horizon_states[HORIZON_TEMP].maybe_needed;
    horizon_computed_for = RecentXmin;
}

TransactionId
procarray_oldest_nonremovable_xid(HorizonKind kind)
{
    TransactionId now[HORIZON_KINDS];

    compute_horizons(now);
    remember_horizons(now);
    return now[kind];
}

bool
horizon_xid_is_removable_slow(HorizonKind kind, TransactionId xid)
{
    TransactionId now[HORIZON_KINDS];

    if (horizon_computed_for == RecentXmin && kind != HORIZON_TEMP)
        return false;
    compute_horizons(now);
    remember_horizons(now);
    return xid < horizon_states[kind].maybe_needed;
}

TransactionId
procarray_oldest_active_xid(void)
{
    TransactionId oldest;

    LWLockAcquire(&array->xid_lock, LW_SHARED);
    oldest = atomic_load(&array->next_xid);
    LWLockRelease(&array->xid_lock);
    LWLockAcquire(&array->lock, LW_SHARED);
    for (int i = 0; i < array->count; i++) {
        TransactionId xid = atomic_load(&ProcGlobal->xids[i]);
        if (xid != InvalidTransactionId && xid < oldest)
            oldest = xid;
    }
    LWLockRelease(&array->lock);
    return oldest;
}

/* Oldest xid that a snapshot anywhere may still ask subtrans about. */
TransactionId
procarray__oldest_xmin(void)
{
    TransactionId now[HORIZON_KINDS];

    compute_horizons(now);
    return now[HORIZON_SHARED];
}

/* ---------- checkpoints ---------- */

void
procarray_wait_for_delayed_commits(void)
{
    VirtualTransactionId *waiting =
        palloc(ProcGlobal->allProcCount * sizeof(VirtualTransactionId));
    int count = 0;

    for (uint32 i = 0; i < ProcGlobal->allProcCount; i++) {
        PGPROC *proc = &ProcGlobal->allProcs[i];
        if (atomic_load(&proc->delayChkptFlags) != 0)
            waiting[count++] = (VirtualTransactionId){(int32)i, proc->lxid};
    }
    for (int i = 0; i < count; i++) {
        PGPROC *proc = &ProcGlobal->allProcs[waiting[i].backendId];
        /* A stretch without waits in it, but for WAL: it is over in a moment. */
        while (atomic_load(&proc->delayChkptFlags) != 0 &&
               *(volatile LocalTransactionId *)&proc->lxid == waiting[i].localTransactionId)
            (void)WaitLatch(MyLatch, WL_TIMEOUT | WL_EXIT_ON_PM_DEATH, 1,
                            WAIT_EVENT_CHECKPOINT_START);
    }
    pfree(waiting);
}

/* ---------- others ---------- */

VirtualTransactionId *
procarray_vxids(TransactionId limit_xmin, bool exclude_xmin0, bool all_dbs, int exclude_vacuum,
                int *ret_count)
{
    VirtualTransactionId *vxids =
        palloc((ProcGlobal->allProcCount + 1) * sizeof(VirtualTransactionId));
    int count = 0;

    LWLockAcquire(&array->lock, LW_SHARED);
    for (int i = 0; i < array->count; i++) {
        PGPROC *proc = member(i);
        TransactionId xmin = atomic_load(&proc->xmin);

        if (proc == MyProc || (exclude_vacuum & ProcGlobal->statusFlags[i]) ||
            (!all_dbs && proc->databaseId != MyDatabaseId) ||
            (exclude_xmin0 && xmin == InvalidTransactionId) ||
            (limit_xmin != InvalidTransactionId && xmin > limit_xmin) ||
            proc->lxid == InvalidLocalTransactionId)
            continue;
        vxids[count++] = (VirtualTransactionId){proc->pgprocno + 1, proc->lxid};
    }
    LWLockRelease(&array->lock);
    *ret_count = count;
    return vxids;
}

static int
count_procs(Oid database, Oid role, bool any)
{
    int count = 0;

    LWLockAcquire(&array->lock, LW_SHARED);
    for (int i = 0; i < array->count; i++) {
        PGPROC *proc = member(i);
        if (atomic_load(&proc->pid) == 0 || proc->kind == PROC_AUXILIARY)
            continue;
        if (any || (database != InvalidOid && proc->databaseId == database && proc != MyProc) ||
            (role != InvalidOid && proc->roleId == role))
            count++;
    }
    LWLockRelease(&array->lock);
    return count;
}

int
procarray_count_database(Oid database)
{
    return count_procs(database, InvalidOid, false);
}

int
procarray_count_role(Oid role)
{
    return count_procs(InvalidOid, role, false);
}

int
procarray_count_backends(void)
{
    return count_procs(InvalidOid, InvalidOid, true);
}

void
procarray_terminate_database(Oid database)
{
    LWLockAcquire(&array->lock, LW_SHARED);
    for (int i = 0; i < array->count; i++) {
        PGPROC *proc = member(i);
        int pid = atomic_load(&proc->pid);
        if (proc != MyProc && proc->databaseId == database && pid != 0)
            kill(pid, SIGTERM);
    }
    LWLockRelease(&array->lock);
}

/* ---------- start and recovery ---------- */

void
procarray__set_next_xid(TransactionId next_xid, TransactionId oldest_xid)
{
    atomic_store(&array->next_xid, next_xid);
    atomic_store(&array->latest_completed_xid, next_xid - 1);
    atomic_fetch_add(&array->completion_count, 1);
    if (TransactionIdIsValid(oldest_xid))
        array->oldest_xid = oldest_xid;
}

void
procarray__note_xid(TransactionId xid)
{
    if (xid < atomic_load(&array->next_xid))
        return;
    atomic_store(&array->next_xid, xid + 1);
    atomic_store(&array->latest_completed_xid, xid);
    atomic_fetch_add(&array->completion_count, 1);
}

TransactionId
xact_oldest_kept_xid(void)
{
    return array->oldest_xid;
}

bool
procarray__advance_oldest(TransactionId oldest_xid)
{
    bool forward;

    LWLockAcquire(&array->xid_lock, LW_EXCLUSIVE);
    forward = oldest_xid > array->oldest_xid && oldest_xid <= atomic_load(&array->next_xid);
    if (forward)
        array->oldest_xid = oldest_xid;
    LWLockRelease(&array->xid_lock);
    return forward;
}
