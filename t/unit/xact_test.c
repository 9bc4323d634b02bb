/*
 * xact_test.c - blocks behave as published, snapshots are consistent, commits survive a crash
 *
 * Method: the state machine is driven in one process; then writers commit, abort and nest while
 * readers check that what a snapshot shows is closed under "happened before"; then the process is
 * killed, the log replayed into an empty clog, and every outcome told before must be found.
 */
#include <sched.h>

#include "storage_life.h"

#include "buffer/buffer.h"
#include "lock/lock.h"
#include "sync/stop_point.h"
#include "wal/wal.h"
#include "xact/inval.h"
#include "xact/multixact.h"
#include "xact/procarray.h"
#include "xact/slru.h"
#include "xact/snapshot.h"
#include "xact/subtrans.h"
#include "xact/xact.h"

#define WRITERS 6
#define ROUNDS 400
#define LOG_MAX 40000

/* What writers did, in shared memory that outlives a life. */
typedef struct Event {
    _Atomic uint64 xid;
    uint64 before;    /* an xid known to have committed when this one began, or 0 */
    _Atomic uint32 outcome; /* 1 committed and told, 2 aborted, 0 unknown */
} Event;

typedef struct History {
    _Atomic uint32 count;
    _Atomic uint64 last; /* latest transaction that was told to be committed */
    _Atomic uint32 bad;
    _Atomic uint64 held_xmin[CHILDREN_MAX];
    _Atomic uint32 stop;
    MultiXactId multi;
    Event events[LOG_MAX];
} History;

static History *history;

static void
register_rooms(void)
{
    sync_shmem_register();
    wal_shmem_register();
    buffer_shmem_register();
    lock_register();
    xact_register();
}

static void
attach_xact(void)
{
    static pid_t attached;

    if (attached == getpid()) /* the helpers call this twice in a child */
        return;
    attached = getpid();
    buffer_init_process();
    lock_attach();
    xact_attach();
    CurrentResourceOwner = NULL;
}

#define FIRST_RECORD ((XLogRecPtr)wal_segment_bytes() + WAL_SEGMENT_HEADER_SIZE)

static void
start_life(bool fresh)
{
    XactCounters counters = {.next_xid = FirstNormalTransactionId, .oldest_xid = 3};

    NBuffers = 64;
    begin_life(register_rooms);
    sync_become_owner();
    attach_xact();
    attach_more = attach_xact;
    if (fresh)
        wal_bootstrap(SYSTEM_ID, 1, 1, "x", 1);
    xact_recovery_begin(&counters);
    if (fresh)
        wal_start_at(FIRST_RECORD + 10, 0, 1, SYSTEM_ID, false);
}

static void
statement_begin(void)
{
    xact_set_statement_timestamp();
    xact_start_command();
}

#define STATEMENT(what) (statement_begin(), (what), xact_commit_command())

/* ---------- the state machine ---------- */

static int participant_calls[4];

static bool
count_pre_commit(void)
{
    return ++participant_calls[0] == 1; /* asks for another round once */
}

static void
count_commit(void)
{
    participant_calls[1]++;
    if (TransactionIdIsValid(atomic_load(&MyProc->xid)))
        participant_calls[3]++;
}

static void
count_abort(void)
{
    participant_calls[2]++;
}

static const XactParticipant counting = {
    .name = "counting",
    .pre_commit = count_pre_commit,
    .at_commit = count_commit,
    .at_abort = count_abort,
};

static void
check(bool right, const char *what)
{
    if (!right) {
        fprintf(stderr, "# not so: %s\n", what);
        atomic_fetch_add(&history->bad, 1);
    }
}
#define CHECK(condition) check((condition), #condition)

static void
life_blocks(void)
{
    TransactionId top, sub, sub2;
    TransactionId *children;

    start_life(true);
    xact_register_participant(&counting);
    CHECK(xact_block_status_code() == 'I' && !xact_is_active());

    /* a statement of its own */
    statement_begin();
    CHECK(xact_is_active() && !xact_in_block() && xact_nest_level() == 1);
    CHECK(xact_current_id_if_any() == InvalidTransactionId);
    xact_commit_command();
    CHECK(!xact_is_active() && participant_calls[0] == 2 && participant_calls[1] == 1);
    CHECK(atomic_load(&MyProc->fpVxid) == 0 && MyProc->lxid == 0);

    /* BEGIN .. COMMIT */
    STATEMENT(xact_block_begin());
    CHECK(xact_block_status_code() == 'T' && xact_in_block());
    statement_begin();
    top = xact_current_id();
    CHECK(TransactionIdIsNormal(top) && xact_is_current(top) && procarray_xid_in_progress(top));
    CHECK(xact_current_command_id(true) == 0);
    xact_commit_command();
    CHECK(xact_current_command_id(false) == 1);
    STATEMENT(xact_block_begin()); /* a WARNING, no change */
    STATEMENT(CHECK(xact_block_commit(false)));
    CHECK(xact_block_status_code() == 'I' && TransactionIdDidCommit(top));
    CHECK(!xact_is_current(top) && !procarray_xid_in_progress(top) && participant_calls[3] == 0);

    /* an error in a block, then ROLLBACK */
    STATEMENT(xact_block_begin());
    statement_begin();
    top = xact_current_id();
    xact_abort_command();
    CHECK(xact_block_status_code() == 'E' && xact_is_aborted());
    CHECK(TransactionIdDidAbort(top) && !xact_is_current(top));
    STATEMENT(CHECK(!xact_block_commit(false)));
    CHECK(xact_block_status_code() == 'I' && participant_calls[2] >= 1);

    /* savepoints: one committed, one rolled back, one restarted */
    STATEMENT(xact_block_begin());
    STATEMENT(xact_savepoint_define("a"));
    statement_begin();
    sub = xact_current_id();
    top = xact_top_id_if_any();
    CHECK(top < sub && subtrans_parent(sub) == top && xact_nest_level() == 2);
    xact_commit_command();
    STATEMENT(xact_savepoint_release("a"));
    CHECK(xact_nest_level() == 1 && xact_is_current(sub));
    CHECK(xact_committed_children(&children) == 1 && children[0] == sub);
    STATEMENT(xact_savepoint_define("b"));
    statement_begin();
    sub2 = xact_current_id();
    xact_abort_command();
    CHECK(xact_block_status_code() == 'E' && TransactionIdDidAbort(sub2));
    STATEMENT(xact_savepoint_rollback("b"));
    CHECK(xact_block_status_code() == 'T' && xact_nest_level() == 2);
    CHECK(!xact_is_current(sub2) && !procarray_xid_in_progress(sub2) && xact_is_current(sub));
    statement_begin();
    CHECK(THROWN(xact_savepoint_release("none")) == ERRCODE_S_E_INVALID_SPECIFICATION);
    xact_abort_command();
    STATEMENT(xact_savepoint_rollback("b"));
    STATEMENT(xact_savepoint_define("c"));
    STATEMENT(CHECK(xact_block_commit(true))); /* AND CHAIN */
    CHECK(xact_block_status_code() == 'T' && TransactionIdDidCommit(top));
    CHECK(TransactionIdDidCommit(sub) && !TransactionIdDidCommit(sub2));
    STATEMENT(xact_block_rollback(false));
    CHECK(xact_block_status_code() == 'I');

    /* statements that need, or must not have, a block */
    statement_begin();
    CHECK(THROWN(xact_require_block(true, "LOCK TABLE")) == ERRCODE_NO_ACTIVE_SQL_TRANSACTION);
    xact_abort_command();
    STATEMENT(xact_block_begin());
    statement_begin();
    CHECK(THROWN(xact_prevent_in_block(true, "VACUUM")) == ERRCODE_ACTIVE_SQL_TRANSACTION);
    xact_abort_command();
    STATEMENT(xact_block_rollback(false));
    statement_begin();
    CHECK(THROWN(SetConfigOption("transaction_isolation", "serializable", PGC_USERSET,
                                 PGC_S_SESSION)) == ERRCODE_FEATURE_NOT_SUPPORTED);
    xact_abort_command();

    /* the server's own subtransaction, rolled back */
    statement_begin();
    xact_sub_begin(NULL);
    sub = xact_current_id();
    xact_sub_rollback();
    CHECK(xact_nest_level() == 1 && TransactionIdDidAbort(sub));
    xact_commit_command();
    proc_exit(0);
}

/* ---------- snapshots in one process ---------- */

static void
life_snapshots(void)
{
    Snapshot first, again;
    TransactionId xid;

    start_life(true);
    statement_begin();
    first = snapshot_get_transaction();
    snapshot_push_active(first);
    CHECK(atomic_load(&MyProc->xmin) == first->xmin);
    again = snapshot_get_transaction();
    CHECK(again != first); /* SN1: the pushed one is taken */
    snapshot_push_active(again);
    snapshot_pop_active();
    CHECK(atomic_load(&MyProc->xmin) != 0);
    snapshot_pop_active();
    CHECK(atomic_load(&MyProc->xmin) == 0 && !snapshot_have_any());
    first = snapshot_register(snapshot_get_transaction());
    CHECK(atomic_load(&MyProc->xmin) == first->xmin); /* SN2 */
    snapshot_unregister(first);
    CHECK(atomic_load(&MyProc->xmin) == 0);
    xact_commit_command();

    statement_begin();
    xid = xact_current_id();
    first = snapshot_get_transaction();
    snapshot_push_active(first);
    CHECK(first->curcid == 0 && xact_current_command_id(true) == 0);
    xact_command_counter_increment();
    snapshot_update_active_cid();
    CHECK(snapshot_active()->curcid == 1);
    CHECK(!horizon_xid_is_removable(HORIZON_DATA, xid));
    xact_abort_command();
    CHECK(!snapshot_active_is_set());

    /* REPEATABLE READ keeps one */
    STATEMENT(xact_block_begin());
    statement_begin();
    SetConfigOption("transaction_isolation", "repeatable read", PGC_USERSET, PGC_S_SESSION);
    xact_commit_command();
    statement_begin();
    first = snapshot_get_transaction();
    snapshot_push_active(first);
    CHECK(THROWN(SetConfigOption("transaction_isolation", "read committed", PGC_USERSET,
                                 PGC_S_SESSION)) == ERRCODE_ACTIVE_SQL_TRANSACTION);
    snapshot_pop_active();
    xact_commit_command();
    CHECK(atomic_load(&MyProc->xmin) != 0);
    statement_begin();
    CHECK(snapshot_get_transaction() == first);
    xact_commit_command();
    STATEMENT(xact_block_commit(false));
    CHECK(atomic_load(&MyProc->xmin) == 0);
    STATEMENT(CHECK(XactIsoLevel == XACT_READ_COMMITTED));
    proc_exit(0);
}

/* ---------- writers and readers ---------- */

static void
note(TransactionId xid, uint64 before)
{
    uint32 index = atomic_fetch_add(&history->count, 1);

    if (index >= LOG_MAX)
        abort();
    history->events[index].before = before;
    atomic_store(&history->events[index].xid, xid);
}

static void
settle(TransactionId xid, uint32 outcome)
{
    uint32 count = atomic_load(&history->count);

    for (uint32 i = count; i-- > 0;) {
        if (atomic_load(&history->events[i].xid) == xid) {
            atomic_store(&history->events[i].outcome, outcome);
            return;
        }
    }
}

/* A transaction with some subtransactions, of which some are rolled back. */
static void
one_transaction(unsigned *seed)
{
    uint64 before = atomic_load(&history->last);
    TransactionId kept[100], lost[100], top;
    int kept_count = 0, lost_count = 0;
    int subs = rand_r(seed) % 3 == 0 ? rand_r(seed) % 80 : 0;
    bool commit = rand_r(seed) % 4 != 0;

    if (rand_r(seed) % 8 == 0)
        synchronous_commit = synchronous_commit ? SYNCHRONOUS_COMMIT_OFF : SYNCHRONOUS_COMMIT_ON;
    STATEMENT(xact_block_begin());
    statement_begin();
    top = xact_current_id();
    note(top, before);
    xact_commit_command();
    for (int i = 0; i < subs; i++) {
        TransactionId sub;
        STATEMENT(xact_savepoint_define("s"));
        statement_begin();
        sub = xact_current_id();
        note(sub, before);
        xact_commit_command();
        if (rand_r(seed) % 4 == 0) {
            STATEMENT(xact_savepoint_rollback("s"));
            lost[lost_count++] = sub;
        } else {
            kept[kept_count++] = sub;
        }
        if (rand_r(seed) % 2)
            STATEMENT(xact_savepoint_release("s"));
    }
    if (commit)
        STATEMENT(xact_block_commit(false));
    else
        STATEMENT(xact_block_rollback(false));
    if (synchronous_commit == SYNCHRONOUS_COMMIT_ON || !commit) {
        settle(top, commit ? 1 : 2);
        for (int i = 0; i < kept_count; i++)
            settle(kept[i], commit ? 1 : 2);
    }
    for (int i = 0; i < lost_count; i++)
        settle(lost[i], 2);
    if (commit)
        atomic_store(&history->last, top);
}

static void
writer(int index)
{
    unsigned seed = (unsigned)index + 1;

    for (int i = 0; i < ROUNDS; i++)
        one_transaction(&seed);
    proc_exit(0);
}

static bool
visible(TransactionId xid, Snapshot snapshot)
{
    return !snapshot_xid_in_progress(xid, snapshot) && TransactionIdDidCommit(xid);
}

static void
verify_snapshot(Snapshot snapshot, bool *seen, bool first)
{
    uint32 count = atomic_load(&history->count);
    uint32 from = count > 300 ? count - 300 : 0;
    static uint32 first_from, first_count;

    if (first) {
        first_from = from;
        first_count = count;
    } else {
        from = first_from;
        count = first_count;
    }
    for (uint32 i = from; i < count; i++) {
        TransactionId xid = atomic_load(&history->events[i].xid);
        uint64 before;
        bool now;
        if (xid == 0) {
            seen[i] = false;
            continue;
        }
        now = visible(xid, snapshot);
        if (!first && now != seen[i]) {
            fprintf(stderr, "# xid %llu changed under one snapshot\n", (unsigned long long)xid);
            atomic_fetch_add(&history->bad, 1);
        }
        seen[i] = first ? now : seen[i];
        before = history->events[i].before;
        if (now && before != 0 && !visible(before, snapshot)) {
            fprintf(stderr, "# xid %llu is visible, %llu before it is not\n",
                    (unsigned long long)xid, (unsigned long long)before);
            atomic_fetch_add(&history->bad, 1);
        }
    }
}

static void
reader(int index)
{
    static bool seen[LOG_MAX];

    while (!atomic_load(&history->stop)) {
        Snapshot snapshot;
        statement_begin();
        snapshot = snapshot_get_transaction();
        snapshot_push_active(snapshot);
        atomic_store(&history->held_xmin[index], snapshot->xmin);
        verify_snapshot(snapshot, seen, true);
        sched_yield();
        verify_snapshot(snapshot, seen, false);
        atomic_store(&history->held_xmin[index], 0);
        snapshot_pop_active();
        xact_commit_command();
    }
    proc_exit(0);
}

/* No horizon is above the xmin of a snapshot that was held all the while. */
static void
horizon_watcher(int index)
{
    while (!atomic_load(&history->stop)) {
        uint64 held[CHILDREN_MAX];
        TransactionId horizon;

        for (int i = 0; i < CHILDREN_MAX; i++)
            held[i] = atomic_load(&history->held_xmin[i]);
        horizon = procarray_oldest_nonremovable_xid(HORIZON_DATA);
        for (int i = 0; i < CHILDREN_MAX; i++)
            if (held[i] != 0 && atomic_load(&history->held_xmin[i]) == held[i] &&
                horizon > held[i]) {
                fprintf(stderr, "# horizon %llu beyond xmin %llu\n", (unsigned long long)horizon,
                        (unsigned long long)held[i]);
                atomic_fetch_add(&history->bad, 1);
            }
    }
    proc_exit(0);
}

static void
life_load(void)
{
    int failed = 0, first_reader;

    start_life(true);
    for (int i = 0; i < WRITERS; i++)
        spawn_in_life(writer, i);
    first_reader = child_count;
    for (int i = 0; i < 3; i++)
        spawn_in_life(reader, i);
    spawn_in_life(horizon_watcher, 3);
    for (int i = 0; i < first_reader; i++) {
        int status;
        waitpid(children[i], &status, 0);
        failed += !EXITED(status);
    }
    atomic_store(&history->stop, 1);
    for (int i = first_reader; i < child_count; i++) {
        int status;
        waitpid(children[i], &status, 0);
        failed += !EXITED(status);
    }
    CHECK(failed == 0);
    CHECK(procarray_oldest_active_xid() == procarray_next_xid());
    board[100] = procarray_next_xid();

    statement_begin();
    multixact_set_oldest_member();
    {
        TransactionId xid = xact_current_id();
        MultiXactMember *members;
        history->multi = multixact_create(xid, MultiXactStatusForShare, xid - 1,
                                          MultiXactStatusNoKeyUpdate);
        CHECK(multixact_is_running(history->multi, false));
        CHECK(multixact_create(xid, MultiXactStatusForShare, xid - 1, MultiXactStatusNoKeyUpdate) ==
              history->multi);
        CHECK(multixact_members(history->multi, false, &members) == 2 && members[0].xid == xid - 1);
        CHECK(multixact_updater(history->multi) == xid - 1);
        CHECK(multixact_oldest_needed() <= history->multi);
    }
    xact_commit_command();
    CHECK(!multixact_is_running(history->multi, false));
    wal_flush(wal_last_insert_lsn());
    kill(getpid(), SIGKILL); /* clog's pages are nowhere but in this memory */
}

/* ---------- replay ---------- */

static void
replay(void)
{
    WalReader *wal = wal_reader_create("pg_wal", 1, SYSTEM_ID);
    const WalRecord *record;

    wal_reader_seek(wal, FIRST_RECORD);
    while ((record = wal_reader_next(wal)) != NULL) {
        const WalResourceManager *manager = wal_resource_manager(record->rmgr);
        if (record->xid != 0)
            xact_recovery_note_xid(record->xid);
        if (manager != NULL && manager->redo != NULL && record->rmgr != WAL_RMGR_XLOG)
            manager->redo(record);
    }
    wal_start_at(wal_reader_position(wal), 0, 1, SYSTEM_ID, true);
    wal_reader_destroy(wal);
    xact_recovery_end();
}

static void
verify_outcomes(void)
{
    uint32 count = atomic_load(&history->count);
    uint32 told = 0;

    for (uint32 i = 0; i < count; i++) {
        TransactionId xid = atomic_load(&history->events[i].xid);
        uint32 outcome = atomic_load(&history->events[i].outcome);
        if (outcome == 1)
            told++;
        if ((outcome == 1 && !TransactionIdDidCommit(xid)) ||
            (outcome == 2 && TransactionIdDidCommit(xid))) {
            fprintf(stderr, "# xid %llu: told %u\n", (unsigned long long)xid, outcome);
            atomic_fetch_add(&history->bad, 1);
        }
    }
    board[101] = told;
}

static void
life_replay(void)
{
    MultiXactMember *members;

    start_life(false);
    replay();
    CHECK(procarray_next_xid() >= (TransactionId)board[100]);
    verify_outcomes();
    CHECK(multixact_members(history->multi, false, &members) == 2);
    xact_checkpoint();
    board[102] = procarray_next_xid();
    kill(getpid(), SIGKILL);
}

/* What a checkpoint wrote is found without any replay; a torn page is refused, but in recovery. */
static void
life_from_checkpoint(void)
{
    XactCounters counters = {.next_xid = (TransactionId)board[102], .oldest_xid = 3,
                             .next_multi = history->multi + 1, .next_multi_offset = 10};
    int fd;

    start_life(false);
    xact_recovery_begin(&counters);
    xact_recovery_end();
    verify_outcomes();
    fd = open("pg_xact/0000", O_RDWR);
    CHECK(fd >= 0);
    CHECK(pwrite(fd, "torn", 4, 5000) == 4);
    close(fd);
    proc_exit(0);
}

static void
life_torn(void)
{
    start_life(false);
    slru_in_recovery = false;
    CHECK(THROWN(TransactionIdDidCommit(5)) == ERRCODE_DATA_CORRUPTED);
    LWLockReleaseAll(); /* as an abort does first */
    proc_exit(0);
}

/* ---------- invalidation ---------- */

static _Atomic int got_relation;
static int resets;

static void
apply(const InvalMessage *message)
{
    if (message->kind == INVAL_RELATION)
        got_relation = (int)message->id;
}

static void
reset(void)
{
    resets++;
}

static void
inval_peer(int index)
{
    sinval_register_handlers(apply, reset);
    meet(0, 2);
    meet(1, 2); /* the other rolled back */
    statement_begin();
    CHECK(got_relation == 0);
    xact_commit_command();
    meet(2, 2);
    meet(3, 2); /* the other committed */
    statement_begin();
    CHECK(got_relation == 4711);
    xact_commit_command();
    proc_exit(0);
}

static void
life_inval(void)
{
    start_life(true);
    reset_gates();
    sinval_register_handlers(apply, reset);
    spawn_in_life(inval_peer, 0);
    meet(0, 2);
    STATEMENT(xact_block_begin());
    statement_begin();
    (void)xact_current_id();
    inval_queue_relation(1, 4711);
    CHECK(got_relation == 0);
    xact_current_command_id(true);
    xact_commit_command();
    CHECK(got_relation == 4711); /* IV1: at the command's end */
    got_relation = 0;
    STATEMENT(xact_block_rollback(false));
    CHECK(got_relation == 4711); /* and again at abort */
    meet(1, 2);
    meet(2, 2);
    got_relation = 0;
    STATEMENT(xact_block_begin());
    STATEMENT(xact_savepoint_define("s"));
    statement_begin();
    (void)xact_current_id();
    inval_queue_relation(1, 4711);
    xact_commit_command();
    STATEMENT(xact_block_commit(false));
    CHECK(got_relation == 4711);
    meet(3, 2);
    CHECK(join() == 0);
    proc_exit(0);
}

/* ---------- what nothing costs ---------- */

static void
life_cost(void)
{
    enum { COUNT = 200000 };
    struct timespec a, b;
    int64 ns;

    start_life(true);
    for (int round = 0; round < 2; round++) {
        clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &a);
        for (int i = 0; i < COUNT; i++) {
            statement_begin();
            lock_relation_in(1, 16384, AccessShareLock);
            snapshot_push_active(snapshot_get_transaction());
            snapshot_pop_active();
            xact_commit_command();
        }
        clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &b);
    }
    ns = ((b.tv_sec - a.tv_sec) * 1000000000LL + b.tv_nsec - a.tv_nsec) / COUNT;
    board[110] = (uint64)ns;
    board[111] = wal_last_insert_lsn();
    proc_exit(0);
}

static void
run(void (*life)(void), bool killed, const char *what)
{
    int status;

    atomic_store(&history->bad, 0);
    status = live(life);
    tap_ok((killed ? KILLED(status) : EXITED(status)) && atomic_load(&history->bad) == 0,
           "%s (status %x)", what, status);
}

static void
clean_directory(void)
{
    if (system("rm -rf pg_wal/* pg_xact pg_multixact pg_subtrans && mkdir -p pg_xact pg_subtrans "
               "pg_multixact/offsets pg_multixact/members") != 0)
        abort();
}

int
main(void)
{
    make_data_directory();
    history = mmap(NULL, sizeof(History), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1,
                   0);
    clean_directory();
    run(life_blocks, false, "XB1-XB3: blocks, savepoints, chains and errors");
    clean_directory();
    run(life_snapshots, false, "SN1-SN3: snapshots are shared, kept and let go");
    clean_directory();
    run(life_load, true, "PA1-PA5: snapshots are closed under happened-before, horizons hold");
    run(life_replay, true, "XR1: replay finds every outcome that was told");
    tap_ok(board[101] > 500, "(%d commits)", (int)board[101]);
    run(life_from_checkpoint, false, "XR2: a checkpoint alone has them too");
    run(life_torn, false, "a page with a wrong checksum is XX001");
    clean_directory();
    run(life_inval, false, "IV1, IV2: invalidation at command end, commit and abort");
    clean_directory();
    run(life_cost, false, "empty transactions");
    tap_ok(board[111] == 0, "no WAL for a read-only transaction; it takes %d ns of CPU",
           (int)board[110]);
    finish_processes();
    return tap_done();
}
