/*
 * lwlock.c - shared or exclusive locks on one atomic word
 *
 * Why        The uncontended path is one compare-and-swap. A waiter queues itself, then tries once
 *            more: a release between its failed try and its queueing would otherwise go unseen
 *            (L4). Releasing wakes the queue's head, but does not hand the lock over: whoever runs
 *            first gets it, so a lock taken often does not become a convoy.
 * Invariants L1-L3 of lwlock.h.
 *            L4. HAS_WAITERS is set before a waiter's second try; a releaser that sees the word
 *                after it wakes the queue.
 *            L5. RELEASE_OK is clear from the moment lockers are woken until one of them has tried
 *                again: meanwhile releases wake nobody else.
 * Errors     cannot fail; a bug is a PANIC.
 */
#include "error/error.h"
#include "error/interrupt.h"
#include "sync/lwlock.h"
#include "sync/proc.h"
#include "sync/spin.h"
#include "sync/wait_event.h"
#include "sync_int.h"

#define HAS_WAITERS (1u << 31)
#define RELEASE_OK (1u << 30)
#define LIST_LOCKED (1u << 29)
#define EXCLUSIVE (1u << 28)
#define SHARED_MASK (EXCLUSIVE - 1)
#define HELD_MASK (EXCLUSIVE | SHARED_MASK)

enum { LW_WS_NOT_WAITING = 0, LW_WS_WAITING = 1, LW_WS_PENDING_WAKEUP = 2 };

typedef struct HeldLWLock {
    LWLock *lock;
    LWLockMode mode;
} HeldLWLock;

static struct {
    int count;
    HeldLWLock locks[LWLOCK_HELD_MAX];
} held;

/* ---------- ranks ---------- */

#ifdef USE_ASSERT_CHECKING
#define ONE 0
#define SAME 1
static const uint8 same_rank_allowed[LWTRANCHE_FIRST_USER_DEFINED] = {
#define LWTRANCHE(name, event, same, guards) [LWTRANCHE_##name] = same,
#include "sync/lock_ranks.h"
#undef LWTRANCHE
};
#undef ONE
#undef SAME

/* L1 */
static void
check_rank(const LWLock *lock)
{
    unsigned rank = lock->tranche;

    if (rank == LWTRANCHE_NONE || rank >= LWTRANCHE_FIRST_USER_DEFINED)
        return;
    for (int i = 0; i < held.count; i++) {
        unsigned other = held.locks[i].lock->tranche;
        if (other >= LWTRANCHE_FIRST_USER_DEFINED || other < rank)
            continue;
        if (other == rank && same_rank_allowed[rank] && held.locks[i].lock != lock)
            continue;
        elog(PANIC, "lock rank violated: %s taken while %s is held", lwlock_tranche_name(rank),
             lwlock_tranche_name(other));
    }
}
#else
#define check_rank(lock) ((void)0)
#endif

/* ---------- held locks ---------- */

static inline void
remember(LWLock *lock, LWLockMode mode)
{
    held.locks[held.count++] = (HeldLWLock){lock, mode};
}

static inline void
prepare_acquire(void)
{
    if (unlikely(held.count >= LWLOCK_HELD_MAX))
        elog(PANIC, "too many LWLocks taken");
    HOLD_INTERRUPTS();
}

static LWLockMode
forget(LWLock *lock)
{
    for (int i = held.count - 1; i >= 0; i--) {
        if (held.locks[i].lock == lock) {
            LWLockMode mode = held.locks[i].mode;
            held.count--;
            for (; i < held.count; i++)
                held.locks[i] = held.locks[i + 1];
            return mode;
        }
    }
    elog(PANIC, "lock %s is not held", lwlock_tranche_name(lock->tranche));
    return LW_SHARED;
}

/* ---------- the word ---------- */

/* False when the lock is had. */
static inline bool
attempt_fails(LWLock *lock, LWLockMode mode)
{
    uint32 old = atomic_load_explicit(&lock->state, memory_order_relaxed);

    for (;;) {
        uint32 blocked = mode == LW_EXCLUSIVE ? old & HELD_MASK : old & EXCLUSIVE;
        if (blocked)
            return true;
        if (atomic_compare_exchange_weak_explicit(&lock->state, &old,
                                                  old + (mode == LW_EXCLUSIVE ? EXCLUSIVE : 1),
                                                  memory_order_seq_cst, memory_order_relaxed))
            return false;
    }
}

static void
list_lock(LWLock *lock)
{
    unsigned spins = 0;

    while (atomic_fetch_or(&lock->state, LIST_LOCKED) & LIST_LOCKED) {
        while (atomic_load_explicit(&lock->state, memory_order_relaxed) & LIST_LOCKED) {
            spin_pause();
            if (++spins % 100 == 0)
                sync__yield();
        }
    }
}

static void
list_unlock(LWLock *lock)
{
    atomic_fetch_and(&lock->state, ~LIST_LOCKED);
}

/* ---------- the wait list; caller holds LIST_LOCKED ---------- */

static void
list_push(LWLock *lock, PGPROC *proc, bool at_head)
{
    proc->lwWaitPrev = proc->lwWaitNext = INVALID_PGPROCNO;
    if (lock->wait_first == INVALID_PGPROCNO) {
        lock->wait_first = lock->wait_last = proc->pgprocno;
    } else if (at_head) {
        proc->lwWaitNext = lock->wait_first;
        GetPGProcByNumber(lock->wait_first)->lwWaitPrev = proc->pgprocno;
        lock->wait_first = proc->pgprocno;
    } else {
        proc->lwWaitPrev = lock->wait_last;
        GetPGProcByNumber(lock->wait_last)->lwWaitNext = proc->pgprocno;
        lock->wait_last = proc->pgprocno;
    }
}

static void
list_remove(LWLock *lock, PGPROC *proc)
{
    if (proc->lwWaitPrev == INVALID_PGPROCNO)
        lock->wait_first = proc->lwWaitNext;
    else
        GetPGProcByNumber(proc->lwWaitPrev)->lwWaitNext = proc->lwWaitNext;
    if (proc->lwWaitNext == INVALID_PGPROCNO)
        lock->wait_last = proc->lwWaitPrev;
    else
        GetPGProcByNumber(proc->lwWaitNext)->lwWaitPrev = proc->lwWaitPrev;
}

static void
queue_self(LWLock *lock, LWLockMode mode)
{
    if (MyProc == NULL)
        elog(PANIC, "cannot wait without a PGPROC structure");
    list_lock(lock);
    atomic_fetch_or(&lock->state, HAS_WAITERS);
    atomic_store_explicit(&MyProc->lwWaiting, LW_WS_WAITING, memory_order_relaxed);
    MyProc->lwWaitMode = mode;
    list_push(lock, MyProc, mode == LW_WAIT_UNTIL_FREE);
    list_unlock(lock);
}

/* Sleeps until a waker took us off the list. Other posts of the semaphore are given back. */
static void
sleep_until_woken(LWLock *lock)
{
    int extra = 0;

    pgstat_report_wait_start(PG_WAIT_LWLOCK | lock->tranche);
    for (;;) {
        proc_semaphore_wait(MyProc);
        if (atomic_load_explicit(&MyProc->lwWaiting, memory_order_acquire) == LW_WS_NOT_WAITING)
            break;
        extra++;
    }
    pgstat_report_wait_end();
    while (extra-- > 0)
        proc_semaphore_post(MyProc);
}

/* The second try succeeded: leave the list, or if a waker has us already, wait for its post. */
static void
dequeue_self(LWLock *lock)
{
    bool on_list;

    list_lock(lock);
    on_list = atomic_load(&MyProc->lwWaiting) == LW_WS_WAITING;
    if (on_list)
        list_remove(lock, MyProc);
    if (lock->wait_first == INVALID_PGPROCNO)
        atomic_fetch_and(&lock->state, ~HAS_WAITERS);
    list_unlock(lock);

    if (on_list) {
        atomic_store(&MyProc->lwWaiting, LW_WS_NOT_WAITING);
    } else {
        atomic_fetch_or(&lock->state, RELEASE_OK); /* L5: the waker counted on our try */
        sleep_until_woken(lock);
    }
}

/* Takes off those to wake: all watchers, and the first exclusive locker or all shared ones. */
static int32
take_wakeups(LWLock *lock, bool *ret_release_ok)
{
    int32 first = INVALID_PGPROCNO, last = INVALID_PGPROCNO;
    bool woke_locker = false;

    *ret_release_ok = true;
    for (int32 no = lock->wait_first, next; no != INVALID_PGPROCNO; no = next) {
        PGPROC *waiter = GetPGProcByNumber(no);
        next = waiter->lwWaitNext;
        if (woke_locker && waiter->lwWaitMode == LW_EXCLUSIVE)
            continue;
        list_remove(lock, waiter);
        waiter->lwWaitNext = INVALID_PGPROCNO;
        if (first == INVALID_PGPROCNO)
            first = no;
        else
            GetPGProcByNumber(last)->lwWaitNext = no;
        last = no;
        if (waiter->lwWaitMode != LW_WAIT_UNTIL_FREE) {
            *ret_release_ok = false;
            woke_locker = true;
        }
        atomic_store(&waiter->lwWaiting, LW_WS_PENDING_WAKEUP);
        if (waiter->lwWaitMode == LW_EXCLUSIVE)
            break;
    }
    return first;
}

static void
wake_chain(int32 first)
{
    for (int32 no = first, next; no != INVALID_PGPROCNO; no = next) {
        PGPROC *waiter = GetPGProcByNumber(no);
        next = waiter->lwWaitNext; /* before it may queue itself elsewhere */
        atomic_store_explicit(&waiter->lwWaiting, LW_WS_NOT_WAITING, memory_order_release);
        proc_semaphore_post(waiter);
    }
}

static void
wake_waiters(LWLock *lock)
{
    bool release_ok;
    int32 chain;
    uint32 old;

    list_lock(lock);
    chain = take_wakeups(lock, &release_ok);
    old = atomic_load(&lock->state);
    for (;;) {
        uint32 new = (old & ~LIST_LOCKED) | RELEASE_OK;
        if (!release_ok)
            new &= ~RELEASE_OK;
        if (lock->wait_first == INVALID_PGPROCNO)
            new &= ~HAS_WAITERS;
        if (atomic_compare_exchange_weak(&lock->state, &old, new))
            break;
    }
    wake_chain(chain);
}

/* ---------- public ---------- */

void
LWLockInitialize(LWLock *lock, int tranche_id)
{
    atomic_init(&lock->state, RELEASE_OK);
    lock->tranche = (uint16)tranche_id;
    lock->unused = 0;
    lock->wait_first = lock->wait_last = INVALID_PGPROCNO;
}

bool
LWLockAcquire(LWLock *lock, LWLockMode mode)
{
    bool at_once = true;

    Assert(mode == LW_EXCLUSIVE || mode == LW_SHARED);
    check_rank(lock);
    prepare_acquire();
    while (unlikely(attempt_fails(lock, mode))) {
        queue_self(lock, mode);
        if (!attempt_fails(lock, mode)) { /* L4 */
            dequeue_self(lock);
            break;
        }
        at_once = false;
        sleep_until_woken(lock);
        atomic_fetch_or(&lock->state, RELEASE_OK); /* L5 */
    }
    remember(lock, mode);
    return at_once;
}

bool
LWLockConditionalAcquire(LWLock *lock, LWLockMode mode)
{
    Assert(mode == LW_EXCLUSIVE || mode == LW_SHARED);
    prepare_acquire();
    if (attempt_fails(lock, mode)) {
        RESUME_INTERRUPTS();
        return false;
    }
    remember(lock, mode);
    return true;
}

bool
LWLockAcquireOrWait(LWLock *lock, LWLockMode mode)
{
    check_rank(lock);
    prepare_acquire();
    if (attempt_fails(lock, mode)) {
        queue_self(lock, LW_WAIT_UNTIL_FREE);
        if (attempt_fails(lock, mode)) {
            sleep_until_woken(lock);
            RESUME_INTERRUPTS();
            return false;
        }
        dequeue_self(lock);
    }
    remember(lock, mode);
    return true;
}

void
LWLockRelease(LWLock *lock)
{
    LWLockMode mode = forget(lock);
    uint32 taken = mode == LW_EXCLUSIVE ? EXCLUSIVE : 1;
    uint32 now = atomic_fetch_sub(&lock->state, taken) - taken;

    Assert((now & EXCLUSIVE) == 0); /* L2 */
    if (unlikely((now & (HAS_WAITERS | RELEASE_OK)) == (HAS_WAITERS | RELEASE_OK) &&
                 (now & HELD_MASK) == 0))
        wake_waiters(lock);
    RESUME_INTERRUPTS();
}

void
LWLockReleaseClearVar(LWLock *lock, _Atomic uint64 *valptr, uint64 val)
{
    atomic_store(valptr, val);
    LWLockRelease(lock);
}

void
LWLockReleaseAll(void)
{
    while (held.count > 0) {
        HOLD_INTERRUPTS(); /* an error reset the count that LWLockRelease() takes down */
        LWLockRelease(held.locks[held.count - 1].lock);
    }
}

bool
LWLockHeldByMe(const LWLock *lock)
{
    for (int i = held.count - 1; i >= 0; i--)
        if (held.locks[i].lock == lock)
            return true;
    return false;
}

bool
LWLockHeldByMeInMode(const LWLock *lock, LWLockMode mode)
{
    for (int i = held.count - 1; i >= 0; i--)
        if (held.locks[i].lock == lock && held.locks[i].mode == mode)
            return true;
    return false;
}

bool
LWLockAnyHeldByMe(const LWLock *locks, int count, Size stride)
{
    const char *first = (const char *)locks, *end = first + (Size)count * stride;

    for (int i = held.count - 1; i >= 0; i--) {
        const char *lock = (const char *)held.locks[i].lock;
        if (lock >= first && lock < end && (Size)(lock - first) % stride == 0)
            return true;
    }
    return false;
}

int
lwlock_held_count(void)
{
    return held.count;
}

/* ---------- variables guarded by a lock ---------- */

/* True when waiting is over: *ret_free tells why. */
static bool
var_settled(LWLock *lock, _Atomic uint64 *valptr, uint64 oldval, uint64 *ret_newval, bool *ret_free)
{
    uint64 value;

    if ((atomic_load(&lock->state) & EXCLUSIVE) == 0) {
        *ret_free = true;
        return true;
    }
    value = atomic_load(valptr);
    if (value != oldval) {
        *ret_newval = value;
        *ret_free = false;
        return true;
    }
    return false;
}

bool
LWLockWaitForVar(LWLock *lock, _Atomic uint64 *valptr, uint64 oldval, uint64 *ret_newval)
{
    bool is_free = false;

    if (var_settled(lock, valptr, oldval, ret_newval, &is_free))
        return is_free;
    HOLD_INTERRUPTS();
    while (!var_settled(lock, valptr, oldval, ret_newval, &is_free)) {
        queue_self(lock, LW_WAIT_UNTIL_FREE);
        atomic_fetch_or(&lock->state, RELEASE_OK);
        if (var_settled(lock, valptr, oldval, ret_newval, &is_free)) {
            dequeue_self(lock);
            break;
        }
        sleep_until_woken(lock);
    }
    RESUME_INTERRUPTS();
    return is_free;
}

/* The holder moves the value; watchers, which stand at the head of the list, look again. */
void
LWLockUpdateVar(LWLock *lock, _Atomic uint64 *valptr, uint64 val)
{
    int32 first = INVALID_PGPROCNO, last = INVALID_PGPROCNO;

    atomic_store(valptr, val);
    if ((atomic_load(&lock->state) & HAS_WAITERS) == 0)
        return;
    list_lock(lock);
    for (int32 no = lock->wait_first, next; no != INVALID_PGPROCNO; no = next) {
        PGPROC *waiter = GetPGProcByNumber(no);
        next = waiter->lwWaitNext;
        if (waiter->lwWaitMode != LW_WAIT_UNTIL_FREE)
            break;
        list_remove(lock, waiter);
        waiter->lwWaitNext = INVALID_PGPROCNO;
        if (first == INVALID_PGPROCNO)
            first = no;
        else
            GetPGProcByNumber(last)->lwWaitNext = no;
        last = no;
        atomic_store(&waiter->lwWaiting, LW_WS_PENDING_WAKEUP);
    }
    if (lock->wait_first == INVALID_PGPROCNO)
        atomic_fetch_and(&lock->state, ~HAS_WAITERS);
    list_unlock(lock);
    wake_chain(first);
}
