/*
 * sync_test.c - locks exclude, no wake-up is lost, slots come back, messages arrive
 *
 * Method: children hammer one thing in shared memory; what they must leave behind is counted.
 */
#include "processes.h"

#include <sys/socket.h>

#include "sync/backend_status.h"
#include "sync/condition_variable.h"
#include "sync/lwlock.h"
#include "sync/procsignal.h"
#include "sync/sinval.h"
#include "sync/spin.h"
#include "sync/stop_point.h"
#include "sync/wait_event.h"

#define WORKERS 8
#define ROUNDS 20000

typedef struct Arena {
    LWLock lock;
    LWLock flush;
    slock_t spin;
    ConditionVariable cv;
    _Atomic uint64 var;
    uint64 plain; /* changed without atomics, under lock */
    uint64 spun;
    _Atomic int32 inside;
    _Atomic int32 violations;
    _Atomic uint64 tokens;
    _Atomic int32 woken;
} Arena;

static Arena *arena;

static Size
arena_size(void)
{
    return sizeof(Arena);
}

static void
arena_init(void *area, Size size)
{
    arena = area;
    LWLockInitialize(&arena->lock, LWTRANCHE_SHAPE_CACHE);
    LWLockInitialize(&arena->flush, LWTRANCHE_WAL_WRITE);
    ConditionVariableInit(&arena->cv);
}

static void
register_arena(void)
{
    shmem_register_area("arena", arena_size, arena_init);
}

/* ---------- LWLocks ---------- */

static void
lock_worker(int index)
{
    for (int i = 0; i < ROUNDS; i++) {
        if (i % 4 == index % 4) {
            LWLockAcquire(&arena->lock, LW_SHARED);
            if (atomic_load(&arena->inside) != 0)
                atomic_fetch_add(&arena->violations, 1);
            LWLockRelease(&arena->lock);
            continue;
        }
        if (i % 7 == 0 && !LWLockConditionalAcquire(&arena->lock, LW_EXCLUSIVE)) {
            i--;
            continue;
        } else if (i % 7 != 0) {
            LWLockAcquire(&arena->lock, LW_EXCLUSIVE);
        }
        if (atomic_fetch_add(&arena->inside, 1) != 0)
            atomic_fetch_add(&arena->violations, 1);
        arena->plain++;
        atomic_fetch_add(&arena->tokens, 1);
        atomic_fetch_sub(&arena->inside, 1);
        LWLockRelease(&arena->lock);
    }
}

/* Group flush: who gets the lock raises `var` for all that wait for it. */
static void
flush_worker(int index)
{
    for (int i = 0; i < ROUNDS / 4; i++) {
        uint64 want = atomic_fetch_add(&arena->tokens, 1) + 1;
        while (atomic_load(&arena->var) < want) {
            if (!LWLockAcquireOrWait(&arena->flush, LW_EXCLUSIVE))
                continue;
            atomic_store(&arena->var, atomic_load(&arena->tokens));
            LWLockRelease(&arena->flush);
        }
    }
}

static void
var_holder(int index)
{
    LWLockAcquire(&arena->flush, LW_EXCLUSIVE);
    meet(0, 2);
    for (uint64 v = 1; v <= 1000; v++)
        LWLockUpdateVar(&arena->flush, &arena->var, v);
    meet(1, 2);
    nanosleep(&(struct timespec){0, 20000000}, NULL);
    LWLockReleaseClearVar(&arena->flush, &arena->var, 0);
}

static void
var_watcher(int index)
{
    uint64 seen = 0, now;
    meet(0, 2);
    while (seen < 1000) {
        if (LWLockWaitForVar(&arena->flush, &arena->var, seen, &now))
            abort();
        if (now <= seen)
            abort();
        seen = now;
    }
    meet(1, 2);
    if (!LWLockWaitForVar(&arena->flush, &arena->var, seen, &now) && now != 0)
        abort();
}

static void
test_lwlocks(void)
{
    for (int i = 0; i < WORKERS; i++)
        spawn(lock_worker, i);
    tap_ok(join() == 0, "LWLock workers end");
    tap_ok(arena->violations == 0, "L2: exclusive and shared holders exclude each other");
    tap_ok(arena->plain == atomic_load(&arena->tokens), "every exclusive section counted");
    tap_ok((atomic_load(&arena->lock.state) & 0x9FFFFFFF) == 0, "L3: nobody holds or waits at the end");

    arena->tokens = 0;
    for (int i = 0; i < WORKERS; i++)
        spawn(flush_worker, i);
    tap_ok(join() == 0 && atomic_load(&arena->var) == atomic_load(&arena->tokens),
       "AcquireOrWait: all work gets done by somebody");

    atomic_store(&arena->var, 0);
    spawn(var_holder, 0);
    spawn(var_watcher, 1);
    tap_ok(join() == 0, "WaitForVar sees the value move and the lock become free");
}

#ifdef USE_ASSERT_CHECKING
static void
rank_breaker(int index)
{
    LWLockAcquire(&arena->flush, LW_EXCLUSIVE);
    LWLockAcquire(&arena->lock, LW_EXCLUSIVE);
}
#endif

static void
held_worker(int index)
{
    LWLockAcquire(&arena->lock, LW_SHARED);
    if (!LWLockHeldByMe(&arena->lock) || !LWLockHeldByMeInMode(&arena->lock, LW_SHARED) ||
        LWLockHeldByMeInMode(&arena->lock, LW_EXCLUSIVE) || InterruptHoldoffCount != 1)
        abort();
    LWLockReleaseAll();
    if (lwlock_held_count() != 0)
        abort();
}

/* ---------- spinlocks ---------- */

static void
spin_worker(int index)
{
    for (int i = 0; i < ROUNDS; i++) {
        SpinLockAcquire(&arena->spin);
        arena->spun++;
        SpinLockRelease(&arena->spin);
    }
}

/* ---------- condition variables ---------- */

static void
cv_consumer(int index)
{
    for (int i = 0; i < 500; i++) {
        for (;;) {
            uint64 have = atomic_load(&arena->tokens);
            if (have > 0 && atomic_compare_exchange_strong(&arena->tokens, &have, have - 1))
                break;
            if (have == 0)
                ConditionVariableSleep(&arena->cv, WAIT_EVENT_BARRIER_PHASE);
        }
        ConditionVariableCancelSleep();
    }
}

static void
cv_producer(int index)
{
    for (int i = 0; i < 1000; i++) {
        atomic_fetch_add(&arena->tokens, 2);
        ConditionVariableSignal(&arena->cv);
        ConditionVariableSignal(&arena->cv);
        if (i % 50 == 0)
            ConditionVariableBroadcast(&arena->cv);
    }
}

static void
cv_sleeper(int index)
{
    ConditionVariablePrepareToSleep(&arena->cv);
    meet(0, 5);
    while (atomic_load(&arena->var) == 0)
        ConditionVariableSleep(&arena->cv, WAIT_EVENT_BARRIER_PHASE);
    ConditionVariableCancelSleep();
    atomic_fetch_add(&arena->woken, 1);
}

static void
cv_cancelled(int index)
{
    int code;
    meet(0, 2);
    code = THROWN(for (;;) ConditionVariableSleep(&arena->cv, WAIT_EVENT_BARRIER_PHASE));
    ConditionVariableCancelSleep();
    if (code != ERRCODE_QUERY_CANCELED)
        abort();
}

static void
cv_timed(int index)
{
    TimestampTz start = GetCurrentTimestamp();
    ConditionVariablePrepareToSleep(&arena->cv);
    if (!ConditionVariableTimedSleep(&arena->cv, 30, WAIT_EVENT_PG_SLEEP))
        abort();
    ConditionVariableCancelSleep();
    if (GetCurrentTimestamp() - start < 29000)
        abort();
}

static void
test_condition_variables(void)
{
    pid_t pid;

    atomic_store(&arena->tokens, 0);
    for (int i = 0; i < 4; i++)
        spawn(cv_consumer, i);
    spawn(cv_producer, 4);
    tap_ok(join() == 0 && atomic_load(&arena->tokens) == 0, "CV1: no wake-up is lost");

    reset_gates();
    atomic_store(&arena->var, 0);
    for (int i = 0; i < 4; i++)
        spawn(cv_sleeper, i);
    meet(0, 5);
    atomic_store(&arena->var, 1);
    ConditionVariableBroadcast(&arena->cv);
    tap_ok(join() == 0 && arena->woken == 4, "broadcast wakes all that sleep");
    tap_ok(arena->cv.first == INVALID_PGPROCNO, "CV2: the list is empty afterwards");

    reset_gates();
    pid = spawn(cv_cancelled, 0);
    meet(0, 2);
    EVENTUALLY(arena->cv.first != INVALID_PGPROCNO);
    kill(pid, SIGINT);
    tap_ok(join() == 0, "a sleep is cancelled by SIGINT");
    spawn(cv_timed, 0);
    tap_ok(join() == 0, "a timed sleep ends");
}

/* ---------- latches ---------- */

static void
latch_pinger(int index)
{
    PGPROC *other;
    int sockets[2];

    board[index] = (uint64)MyProc->pgprocno;
    meet(0, 2);
    other = GetPGProcByNumber((int)board[1 - index]);
    if (socketpair(AF_UNIX, SOCK_STREAM, 0, sockets) != 0)
        abort();
    for (uint64 i = 1; i <= 5000; i++) {
        if (index == 1)
            while (atomic_load(&board[10]) < i) {
                ResetLatch(MyLatch);
                if (atomic_load(&board[10]) >= i)
                    break;
                WaitLatchOrSocket(MyLatch, WL_LATCH_SET | (i % 2 ? WL_SOCKET_READABLE : 0),
                                  sockets[0], 0, WAIT_EVENT_CLIENT_READ);
            }
        atomic_store(&board[10 + index], i);
        SetLatch(&other->procLatch);
        if (index == 0)
            while (atomic_load(&board[11]) < i) {
                ResetLatch(MyLatch);
                if (atomic_load(&board[11]) >= i)
                    break;
                WaitLatchOrSocket(MyLatch, WL_LATCH_SET | (i % 3 ? WL_SOCKET_READABLE : 0),
                                  sockets[0], 0, WAIT_EVENT_CLIENT_READ);
            }
    }
    meet(1, 2);
}

static void
latch_socket(int index)
{
    int sockets[2];
    char byte = 'x';

    if (socketpair(AF_UNIX, SOCK_STREAM, 0, sockets) != 0)
        abort();
    ResetLatch(MyLatch);
    if (WaitLatchOrSocket(MyLatch, WL_SOCKET_READABLE | WL_TIMEOUT | WL_LATCH_SET, sockets[0], 10,
                          WAIT_EVENT_CLIENT_READ) != WL_TIMEOUT)
        abort();
    if (write(sockets[1], &byte, 1) != 1)
        abort();
    if (WaitLatchOrSocket(MyLatch, WL_SOCKET_READABLE | WL_LATCH_SET, sockets[0], 0,
                          WAIT_EVENT_CLIENT_READ) != WL_SOCKET_READABLE)
        abort();
    SetLatch(MyLatch);
    if (WaitLatchOrSocket(MyLatch, WL_SOCKET_READABLE | WL_LATCH_SET, sockets[0], 0,
                          WAIT_EVENT_CLIENT_READ) != (WL_SOCKET_READABLE | WL_LATCH_SET))
        abort();
    ResetLatch(MyLatch);
    if (WaitLatch(MyLatch, WL_LATCH_SET | WL_TIMEOUT, 5, WAIT_EVENT_PG_SLEEP) != WL_TIMEOUT)
        abort();
}

/* A parent that dies: the grandchild's wait ends the process. */
static void
orphan_parent(int index)
{
    int me = getpid();
    if (fork() == 0) {
        on_exit_reset();
        MyProc = NULL;
        latch_initialize_process(me);
        signals_setup_backend();
        InitializeTimeouts();
        if (!proc_attach(PROC_AUXILIARY))
            abort();
        atomic_store(&board[20], 1);
        WaitLatch(MyLatch, WL_EXIT_ON_PM_DEATH | WL_TIMEOUT, 20000, WAIT_EVENT_WAL_WRITER_MAIN);
        WaitLatch(MyLatch, WL_EXIT_ON_PM_DEATH | WL_TIMEOUT, 20000, WAIT_EVENT_WAL_WRITER_MAIN);
        atomic_store(&board[21], 1); /* not reached */
        _exit(0);
    }
    while (!atomic_load(&board[20]))
        nanosleep(&(struct timespec){0, 1000000}, NULL);
}

static void
test_latches(void)
{
    reset_gates();
    spawn(latch_pinger, 0);
    spawn(latch_pinger, 1);
    tap_ok(join() == 0, "LA1: ping-pong over latches loses no wake-up");
    spawn(latch_socket, 0);
    tap_ok(join() == 0, "sockets, timeouts and latches are told apart");
    reset_gates();
    spawn(orphan_parent, 0);
    tap_ok(join() == 0, "a parent ends");
    tap_ok(EVENTUALLY(proc_free_count(PROC_AUXILIARY) == PROC_AUXILIARY_COUNT),
       "its child ends by itself and gives its slot back");
    tap_ok(atomic_load(&board[21]) == 0, "without going on");
}

/* ---------- timeouts ---------- */

static volatile int fired[3];

static void fire_a(void) { fired[0]++; }
static void fire_b(void) { fired[1]++; }

static void
timeout_worker(int index)
{
    TimeoutId a = RegisterTimeout(STATEMENT_TIMEOUT, fire_a);
    TimeoutId b = RegisterTimeout(USER_TIMEOUT, fire_b);

    enable_timeout_after(a, 20);
    enable_timeout_after(b, 50);
    disable_timeout(a, false);
    enable_timeout_after(a, 30);
    while (!fired[1])
        WaitLatch(MyLatch, WL_LATCH_SET | WL_TIMEOUT, 5000, WAIT_EVENT_PG_SLEEP), ResetLatch(MyLatch);
    if (fired[0] != 1 || fired[1] != 1 || !get_timeout_indicator(a, true) ||
        get_timeout_indicator(a, false) || get_timeout_active(b))
        abort();
    for (int i = 0; i < 1000; i++) {
        enable_timeout_after(a, 60000);
        disable_timeout(a, false);
    }
    enable_timeout_after(b, 10);
    while (fired[1] < 2)
        WaitLatch(MyLatch, WL_LATCH_SET | WL_TIMEOUT, 5000, WAIT_EVENT_PG_SLEEP), ResetLatch(MyLatch);
    if (fired[0] != 1)
        abort();
}

/* ---------- slots ---------- */

static void
slot_keeper(int index)
{
    backend_status_begin(B_BACKEND);
    pgstat_report_appname("unit");
    pgstat_report_activity(STATE_RUNNING, "SELECT 1");
    pgstat_report_xact_timestamp(5);
    board[index] = (uint64)MyProc->pgprocno + 1;
    meet(0, 3);
    meet(1, 3);
}

static void
test_slots(void)
{
    int before = proc_free_count(PROC_BACKEND);
    BackendStatusCopy copy;

    reset_gates();
    spawn(slot_keeper, 0);
    spawn(slot_keeper, 1);
    meet(0, 3);
    tap_ok(proc_free_count(PROC_BACKEND) == before - 2, "PR1: an attached process takes a slot");
    tap_ok(proc_find_by_pid(children[1]) == GetPGProcByNumber((int)board[1] - 1), "found by pid");
    tap_ok(backend_status_read((int)board[0] - 1, &copy) && copy.status.pid == children[0] &&
           copy.status.state == STATE_RUNNING && strcmp(copy.query, "SELECT 1") == 0 &&
           strcmp(copy.status.application_name, "unit") == 0 && copy.status.xact_start == 5,
       "its status can be read");
    meet(1, 3);
    tap_ok(join() == 0 && proc_free_count(PROC_BACKEND) == before, "slots come back at exit");
    tap_ok(!backend_status_read((int)board[0] - 1, &copy), "and their status is gone");
}

/* ---------- invalidation ---------- */

static int applied, resets;
static Oid last_id;
static bool ordered = true;

static void
apply_message(const InvalMessage *message)
{
    if (message->id <= last_id)
        ordered = false;
    last_id = message->id;
    applied++;
    sinval_accept(); /* handlers may accept again */
}

static void
reset_caches(void)
{
    resets++;
}

static void
inval_reader(int index)
{
    sinval_register_handlers(apply_message, reset_caches);
    meet(0, 3);
    if (index == 0) { /* keeps up */
        while (!atomic_load(&board[30]) ||
               atomic_load(sinval_write_position) != sinval_read_position) {
            sinval_accept();
            if (catchup_interrupt_pending)
                sinval_process_catchup_interrupt();
        }
        board[0] = (uint64)applied + (uint64)resets * 1000000 + (ordered ? 0 : 999999999);
        meet(1, 3);
    } else { /* sleeps through it all */
        meet(1, 3);
        sinval_accept();
        board[1] = (uint64)resets;
        board[2] = (uint64)applied;
        board[3] = catchup_interrupt_pending;
    }
}

static void
inval_writer(int index)
{
    InvalMessage message = {.kind = INVAL_RELATION};
    meet(0, 3);
    for (Oid id = 1; id <= 20000; id++) {
        message.id = id;
        sinval_send(&message, 1);
    }
    atomic_store(&board[30], 1);
    meet(1, 3);
}

static void
test_invalidation(void)
{
    reset_gates();
    spawn(inval_reader, 0);
    spawn(inval_reader, 1);
    spawn(inval_writer, 2);
    tap_ok(join() == 0, "readers and writer end");
    tap_ok(board[0] % 1000000 == 20000 || board[0] >= 1000000,
       "a reader that keeps up gets all messages in order, or is reset");
    tap_ok(board[1] == 1 && board[2] == 0, "SI1: one that does not is reset once, and gets no old news");
}

/* ---------- signals ---------- */

static bool
barrier_done(void)
{
    atomic_fetch_add(&board[5], 1);
    return true;
}

static void
barrier_worker(int index)
{
    procsignal_register_barrier(PROCSIGNAL_BARRIER_SMGRRELEASE, barrier_done);
    procsignal_set_cancel_key(index + 77);
    meet(0, 3);
    while (atomic_load(&board[6]) == 0) {
        WaitLatch(MyLatch, WL_LATCH_SET | WL_TIMEOUT, 1000, WAIT_EVENT_PG_SLEEP);
        ResetLatch(MyLatch);
        if (ProcSignalBarrierPending)
            ProcessProcSignalBarrier();
        if (QueryCancelPending)
            atomic_store(&board[7 + index], 1), QueryCancelPending = false;
    }
}

static void
barrier_sender(int index)
{
    meet(0, 3);
    WaitForProcSignalBarrier(EmitProcSignalBarrier(PROCSIGNAL_BARRIER_SMGRRELEASE));
    board[9] = atomic_load(&board[5]);
    board[10] = procsignal_send_cancel((int)board[20], 5) ? 1 : 0;
    board[11] = procsignal_send_cancel((int)board[20], 77) ? 1 : 0;
    EVENTUALLY(atomic_load(&board[7]) == 1);
    atomic_store(&board[6], 1);
}

static void
test_signals(void)
{
    reset_gates();
    board[20] = (uint64)spawn(barrier_worker, 0);
    spawn(barrier_worker, 1);
    spawn(barrier_sender, 2);
    tap_ok(join() == 0 && board[9] == 2, "PS2: a barrier returns when all have passed it");
    tap_ok(board[10] == 0 && board[11] == 1 && board[7] == 1 && board[8] == 0,
       "cancel needs the right key and reaches the right process");
}

/* ---------- stop points ---------- */

#ifdef USE_STOP_POINTS
static void
stopped(int index)
{
    STOP_POINT("unit-place");
    board[0]++;
    if (THROWN(STOP_POINT("unit-error")) != ERRCODE_INTERNAL_ERROR)
        abort();
    STOP_POINT("unit-kill");
}

static void
test_stop_points(void)
{
    reset_gates();
    stop_point_set("unit-place", STOP_POINT_HOLD, 0, 0, false);
    stop_point_set_by_name("unit-error", "error", 0);
    stop_point_set("unit-kill", STOP_POINT_KILL, 0, 1, false);
    spawn(stopped, 0);
    tap_ok(EVENTUALLY(stop_point_waiters("unit-place") == 1), "a process is held");
    tap_ok(board[0] == 0, "and does not go on");
    tap_ok(stop_point_release("unit-place"), "until released");
    tap_ok(join() == 0 && board[0] == 1, "an error is thrown where armed");
    spawn(stopped, 0);
    tap_ok(join() == 1, "the second hit kills");
    stop_point_release_all();
    tap_ok(atomic_load(stop_point_armed_count) == 0, "nothing stays armed");
}
#endif

int
main(void)
{
    boot(register_arena); /* this process has no slot: it could not answer barriers */
    test_lwlocks();
    spawn(held_worker, 0);
    tap_ok(join() == 0, "held locks are known and let go together");
    for (int i = 0; i < WORKERS; i++)
        spawn(spin_worker, i);
    tap_ok(join() == 0 && arena->spun == WORKERS * ROUNDS, "spinlocks exclude");
    test_condition_variables();
    test_latches();
    spawn(timeout_worker, 0);
    tap_ok(join() == 0, "T1, T2: timeouts fire once, in their time");
    test_slots();
    test_invalidation();
    test_signals();
    /* From here on processes die without giving their slots back. */
#ifdef USE_ASSERT_CHECKING
    spawn(rank_breaker, 0);
    tap_ok(join() == 1, "L1: a lock taken against the ranks ends the process");
#endif
#ifdef USE_STOP_POINTS
    test_stop_points();
#endif
    finish_processes();
    return tap_done();
}
