/*
 * lock_test.c - modes conflict as published, waiters wake, deadlocks are found, nothing stays held
 *
 * Method: children lock and report; the shared table is looked at in between with lock_rows().
 */
#include "processes.h"

#include "config/settings.h"
#include "error/resowner.h"
#include "lock/lock.h"
#include "sync/stop_point.h"

#define DB 5
#define REL 16384

static void
register_rooms(void)
{
    lock_register();
}

static void
begin(void)
{
    TopTransactionResourceOwner = CurrentResourceOwner = ResourceOwnerCreate(NULL, "test");
}

static void
end(bool commit)
{
    ResourceOwner owner = CurrentResourceOwner;

    ResourceOwnerRelease(owner, RESOURCE_RELEASE_BEFORE_LOCKS, commit, true);
    ResourceOwnerRelease(owner, RESOURCE_RELEASE_LOCKS, commit, true);
    ResourceOwnerRelease(owner, RESOURCE_RELEASE_AFTER_LOCKS, commit, true);
    CurrentResourceOwner = TopTransactionResourceOwner = NULL;
    ResourceOwnerDelete(owner);
}

static void
attach_lock(void)
{
    lock_attach();
    MyProc->databaseId = MyDatabaseId = DB;
    begin();
}

static int
count_rows(void)
{
    int count;
    pfree(lock_rows(&count));
    return count;
}

static bool
somebody_waits(void)
{
    int count;
    LockRow *rows = lock_rows(&count);
    bool waits = false;

    for (int i = 0; i < count; i++)
        waits |= rows[i].waiting != NoLock;
    pfree(rows);
    return waits;
}

static int
waiter_count(void)
{
    int count, waiting = 0;
    LockRow *rows = lock_rows(&count);

    for (int i = 0; i < count; i++)
        waiting += rows[i].waiting != NoLock;
    pfree(rows);
    return waiting;
}

/* ---------- the conflict table, through fast path and shared table ---------- */

static void
matrix_holder(int index)
{
    for (LOCKMODE held = 1; held <= MaxLockMode; held++) {
        for (int kind = 0; kind < 2; kind++) {
            LOCKTAG tag = kind ? lock_tag_object(DB, 1, 2, 0) : lock_tag_relation(DB, REL);
            int gate_number = ((held - 1) * 2 + kind) * 2;
            lock_acquire(&tag, held, false, false);
            meet(gate_number, 2);
            meet(gate_number + 1, 2);
            lock_release(&tag, held, false);
        }
    }
}

static void
matrix_asker(int index)
{
    for (LOCKMODE held = 1; held <= MaxLockMode; held++) {
        for (int kind = 0; kind < 2; kind++) {
            LOCKTAG tag = kind ? lock_tag_object(DB, 1, 2, 0) : lock_tag_relation(DB, REL);
            int gate_number = ((held - 1) * 2 + kind) * 2;
            meet(gate_number, 2);
            for (LOCKMODE mode = 1; mode <= MaxLockMode; mode++) {
                bool got = lock_acquire(&tag, mode, false, true) != LOCKACQUIRE_NOT_AVAIL;
                if (got == lock_modes_conflict(held, mode))
                    board[0]++;
                if (got)
                    lock_release(&tag, mode, false);
            }
            meet(gate_number + 1, 2);
        }
    }
}

static void
test_matrix(void)
{
    int conflicts = 0;

    for (LOCKMODE a = 1; a <= MaxLockMode; a++)
        for (LOCKMODE b = 1; b <= MaxLockMode; b++) {
            if (lock_modes_conflict(a, b) != lock_modes_conflict(b, a))
                conflicts = -1000;
            conflicts += lock_modes_conflict(a, b);
        }
    tap_is_int(conflicts, 38, "the table is symmetric and has 38 conflicts");
    reset_gates();
    spawn(matrix_holder, 0);
    spawn(matrix_asker, 1);
    tap_ok(join() == 0 && board[0] == 0, "each pair of modes conflicts as it should");
    tap_is_int(count_rows(), 0, "LT1: nothing is left in the table");
}

/* ---------- load ---------- */

static void
exclusive_worker(int index)
{
    LOCKTAG tag = lock_tag_advisory(DB, 1, 2, 1);

    for (int i = 0; i < 2000; i++) {
        LOCKMODE mode = i % 3 ? ExclusiveLock : ShareLock;
        lock_acquire(&tag, mode, false, false);
        if (mode == ExclusiveLock) {
            if (atomic_fetch_add(&board[1], 1) != 0)
                atomic_fetch_add(&board[2], 1);
            board[3]++;
            atomic_fetch_sub(&board[1], 1);
        } else if (atomic_load(&board[1]) != 0) {
            atomic_fetch_add(&board[2], 1);
        }
        if (i % 2)
            lock_release(&tag, mode, false);
        else {
            end(true);
            begin();
        }
    }
}

/* Weak modes live in the fast path until a strong one moves them. */
static void
mixed_worker(int index)
{
    LOCKTAG tag = lock_tag_relation(DB, REL);

    for (int i = 0; i < 3000; i++) {
        bool strong = index == 0 ? i % 3 == 0 : i % 50 == 7;
        LOCKMODE mode = strong ? AccessExclusiveLock : RowExclusiveLock;
        if (index == 1 && i % 20 == 3) {
            if (lock_acquire(&tag, mode, false, true) == LOCKACQUIRE_NOT_AVAIL)
                continue;
        } else {
            lock_acquire(&tag, mode, false, false);
        }
        if (strong) {
            if (atomic_load(&board[5]) != 0 || atomic_fetch_add(&board[4], 1) != 0)
                atomic_fetch_add(&board[6], 1);
            atomic_fetch_sub(&board[4], 1);
        } else {
            atomic_fetch_add(&board[5], 1);
            if (atomic_load(&board[4]) != 0)
                atomic_fetch_add(&board[6], 1);
            atomic_fetch_sub(&board[5], 1);
        }
        if (i % 2)
            lock_release(&tag, mode, false);
        end(true);
        begin();
    }
}

static void
test_load(void)
{
    reset_gates();
    for (int i = 0; i < 6; i++)
        spawn(exclusive_worker, i);
    tap_ok(join() == 0, "LW1: waiters wake under load");
    tap_ok(board[2] == 0, "an exclusive lock excludes");
    for (int i = 0; i < 6; i++)
        spawn(mixed_worker, i);
    tap_ok(join() == 0, "FP3: weak and strong lockers get by each other");
    tap_is_int((long long)board[6], 0, "FP2: no strong lock beside a weak one");
    tap_is_int(count_rows(), 0, "nothing is left");
}

/* ---------- deadlocks ---------- */

static int ring_size;

static void
ring_worker(int index)
{
    LOCKTAG mine = lock_tag_object(DB, 9, (Oid)index + 1, 0);
    LOCKTAG next = lock_tag_object(DB, 9, (Oid)(index + 1) % (Oid)ring_size + 1, 0);
    volatile bool victim = false;

    DeadlockTimeout = 50;
    lock_acquire(&mine, ExclusiveLock, false, false);
    meet(0, (uint32)ring_size);
    PG_TRY();
    {
        lock_acquire(&next, ExclusiveLock, false, false);
    }
    PG_CATCH();
    {
        ErrorData *error;
        MemoryContextSwitchTo(TopMemoryContext);
        error = CopyErrorData();
        FlushErrorState();
        victim = error->sqlerrcode == ERRCODE_T_R_DEADLOCK_DETECTED &&
                 strstr(error->detail, "waits for ExclusiveLock on object ") != NULL &&
                 strstr(error->detail, "; blocked by process ") != NULL;
    }
    PG_END_TRY();
    if (victim)
        atomic_fetch_add(&board[7], 1);
    else
        atomic_fetch_add(&board[8], 1);
    end(!victim);
    begin();
}

static void
test_deadlocks(void)
{
    int failed;

    for (ring_size = 2; ring_size <= 5; ring_size++) {
        reset_gates();
        for (int i = 0; i < ring_size; i++)
            spawn(ring_worker, i);
        failed = join();
        tap_ok(failed == 0 && board[7] >= 1 && board[7] + board[8] == (uint64)ring_size,
               "a ring of %d ends with %d victim", ring_size, (int)board[7]);
    }
}

/*
 * The first holds A shared and wants B, which the third holds, which wants A shared and stands
 * behind the second's exclusive request for A: only the queue's order closes the cycle.
 */
static void
soft_first(int index)
{
    LOCKTAG a = lock_tag_object(DB, 8, 1, 0), b = lock_tag_object(DB, 8, 2, 0);

    DeadlockTimeout = 40;
    lock_acquire(&a, ShareLock, false, false);
    meet(0, 3);
    if (!EVENTUALLY(waiter_count() == 2))
        abort();
    lock_acquire(&b, ExclusiveLock, false, false);
    end(true);
    begin();
}

static void
soft_second(int index)
{
    LOCKTAG a = lock_tag_object(DB, 8, 1, 0);

    DeadlockTimeout = 10000;
    meet(0, 3);
    lock_acquire(&a, ExclusiveLock, false, false);
    end(true);
    begin();
}

static void
soft_third(int index)
{
    LOCKTAG a = lock_tag_object(DB, 8, 1, 0), b = lock_tag_object(DB, 8, 2, 0);

    DeadlockTimeout = 10000;
    lock_acquire(&b, ExclusiveLock, false, false);
    meet(0, 3);
    if (!EVENTUALLY(waiter_count() == 1))
        abort();
    lock_acquire(&a, ShareLock, false, false);
    end(true);
    begin();
}

static void
test_soft_deadlock(void)
{
    reset_gates();
    spawn(soft_first, 0);
    spawn(soft_second, 1);
    spawn(soft_third, 2);
    tap_ok(join() == 0, "D3: a cycle by queue order alone is broken without a victim");
    tap_is_int(count_rows(), 0, "and nothing is left");
}

/* ---------- giving up ---------- */

static void
keeper(int index)
{
    LOCKTAG tag = lock_tag_relation(DB, REL);

    lock_acquire(&tag, AccessExclusiveLock, false, false);
    meet(0, 2);
    meet(1, 2);
}

static void
impatient(int index)
{
    LOCKTAG tag = lock_tag_relation(DB, REL);

    meet(0, 2);
    LockTimeout = 30;
    if (THROWN(lock_acquire(&tag, RowShareLock, false, false)) != ERRCODE_LOCK_NOT_AVAILABLE)
        abort();
    LockTimeout = 0;
    if (lock_acquire(&tag, ShareLock, false, true) != LOCKACQUIRE_NOT_AVAIL)
        abort();
    atomic_store(&board[0], 1);
    if (THROWN(lock_acquire(&tag, ExclusiveLock, false, false)) != ERRCODE_QUERY_CANCELED)
        abort();
    end(false);
    begin();
    if (lock_held_by_me(&tag, ExclusiveLock, false))
        abort();
    meet(1, 2);
    lock_acquire(&tag, AccessExclusiveLock, false, false);
}

static void
test_giving_up(void)
{
    pid_t waiter, holder;
    int count, *pids;

    reset_gates();
    holder = spawn(keeper, 0);
    waiter = spawn(impatient, 1);
    EVENTUALLY(atomic_load(&board[0]) == 1);
    tap_ok(EVENTUALLY(somebody_waits()), "a waiter shows");
    pids = lock_blocking_pids(waiter, &count);
    tap_ok(count == 1 && pids[0] == holder, "pg_blocking_pids names the holder");
    kill(waiter, SIGINT);
    tap_ok(join() == 0, "55P03 after lock_timeout, refusal with dont_wait, 57014 after a cancel");
    tap_is_int(count_rows(), 0, "and nothing is left");
}

/* ---------- owners and sessions ---------- */

static void
owner_worker(int index)
{
    LOCKTAG a = lock_tag_object(DB, 7, 1, 0), b = lock_tag_object(DB, 7, 2, 0);
    LOCKTAG c = lock_tag_advisory(DB, 0, 3, 1);
    ResourceOwner top = CurrentResourceOwner, sub;

    sub = CurrentResourceOwner = ResourceOwnerCreate(top, "sub");
    lock_acquire(&a, ShareLock, false, false);
    ResourceOwnerRelease(sub, RESOURCE_RELEASE_LOCKS, true, false); /* commit: to the parent */
    if (!lock_held_by_me(&a, ShareLock, false))
        abort();
    CurrentResourceOwner = top;
    ResourceOwnerDelete(sub);
    sub = CurrentResourceOwner = ResourceOwnerCreate(top, "sub");
    lock_acquire(&a, ShareLock, false, false);
    lock_acquire(&b, ShareLock, false, false);
    lock_acquire(&c, ExclusiveLock, true, false);
    lock_acquire(&c, ExclusiveLock, false, false);
    ResourceOwnerRelease(sub, RESOURCE_RELEASE_LOCKS, false, false); /* abort: its own go */
    if (!lock_held_by_me(&a, ShareLock, false) || lock_held_by_me(&b, ShareLock, false) ||
        !lock_held_by_me(&c, ExclusiveLock, false))
        abort();
    CurrentResourceOwner = top;
    ResourceOwnerDelete(sub);
    end(true);
    begin();
    if (lock_held_by_me(&a, ShareLock, false) || !lock_held_by_me(&c, ExclusiveLock, false))
        abort();
    lock_release_session();
    if (lock_held_by_me(&c, ExclusiveLock, false) || count_rows() != 0)
        abort();
}

/* More relations than the fast path has slots. */
static void
many_worker(int index)
{
    int count;
    LockRow *rows;
    int fast = 0;

    for (Oid oid = 1; oid <= 100; oid++)
        lock_relation(oid, AccessShareLock);
    rows = lock_rows(&count);
    for (int i = 0; i < count; i++)
        fast += rows[i].fast_path;
    if (count != 100 || fast != PROC_FAST_PATH_SLOTS)
        abort();
    end(true);
    begin();
    if (count_rows() != 0)
        abort();
    if (THROWN(for (Oid oid = 1;; oid++) lock_relation_extension(DB, oid, ExclusiveLock)) !=
        ERRCODE_OUT_OF_MEMORY)
        abort();
    end(false);
    begin();
}

/* ---------- transactions ---------- */

static bool
nothing_runs(TransactionId xid)
{
    return false;
}

static void
xid_holder(int index)
{
    VirtualTransactionId vxid = {MyProc->pgprocno + 1, 77};

    lock_xid_insert_top(1234567890123);
    lock_vxid_start(vxid);
    board[1] = (uint64)vxid.backendId;
    meet(0, 3);
    EVENTUALLY(waiter_count() == 2);
    atomic_store(&board[0], 1);
    end(true);
    begin();
}

static void
xid_waiter(int index)
{
    lock_register_xid_tests(nothing_runs, NULL);
    meet(0, 3);
    if (index == 1) {
        if (lock_xid_wait_conditional(1234567890123))
            abort();
        lock_xid_wait(1234567890123, NULL, NULL, XLTW_None);
        lock_xid_wait(42, NULL, NULL, XLTW_None); /* unknown: over */
    } else {
        VirtualTransactionId vxid = {(int32)board[1], 77};
        if (lock_vxid_wait(vxid, false))
            abort();
        lock_vxid_wait(vxid, true);
        vxid.localTransactionId = 76;
        if (!lock_vxid_wait(vxid, false))
            abort();
    }
    if (!atomic_load(&board[0]))
        abort();
}

static void
test_transactions(void)
{
    reset_gates();
    spawn(xid_holder, 0);
    spawn(xid_waiter, 1);
    spawn(xid_waiter, 2);
    tap_ok(join() == 0, "who waits for a transaction wakes when it ends");
    tap_is_int(count_rows(), 0, "and nothing is left");
}

/* ---------- death ---------- */

static void
dying(int index)
{
    LOCKTAG tag = lock_tag_advisory(DB, 4, 4, 1);
    lock_acquire(&tag, ExclusiveLock, true, false);
    lock_relation(REL, RowShareLock);
    ereport(FATAL, (errmsg("this process ends here")));
}

int
main(void)
{
    boot(register_rooms);
    attach_more = attach_lock;
    test_matrix();
    test_load();
    test_deadlocks();
    test_soft_deadlock();
    test_giving_up();
    spawn(owner_worker, 0);
    tap_ok(join() == 0, "owners pass locks on or let them go; a session keeps its own");
    spawn(many_worker, 0);
    tap_ok(join() == 0, "many locks overflow the fast path, too many are refused, all come back");
    tap_is_int(count_rows(), 0, "nothing is left");
    test_transactions();
    spawn(dying, 0);
    tap_ok(join() == 1 && count_rows() == 0, "a process that ends leaves no lock");
    finish_processes();
    return tap_done();
}
