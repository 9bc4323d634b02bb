/*
 * harness.h - unit programs that keep rows: a small server life with transactions and recovery
 *
 * start_server(fresh) is called first in a life (storage_life.h). A test that defines
 * HARNESS_REGISTER adds rooms above xact. Tables are made without a catalogue.
 */
#ifndef T_UNIT_HARNESS_H
#define T_UNIT_HARNESS_H

#include "storage_life.h"

#include <sys/prctl.h>

#include "buffer/buffer.h"
#include "heap/heap.h"
#include "lock/lock.h"
#include "recovery/recovery.h"
#include "sync/stop_point.h"
#include "wal/wal.h"
#include "xact/multixact.h"
#include "xact/procarray.h"
#include "xact/snapshot.h"
#include "xact/xact.h"

static int harness_buffers = 256;
static void (*harness_register)(void);
static void (*harness_attach)(void);

static void
counters_get(ControlCheckpoint *checkpoint)
{
    XactCounters counters;

    xact_read_counters(&counters);
    checkpoint->next_xid = counters.next_xid;
    checkpoint->oldest_xid = counters.oldest_xid;
    checkpoint->oldest_active_xid = counters.oldest_active_xid;
    checkpoint->next_multi = counters.next_multi;
    checkpoint->next_multi_offset = counters.next_multi_offset;
    checkpoint->oldest_multi = counters.oldest_multi;
    checkpoint->next_oid = 20000;
}

static void
counters_set(const ControlCheckpoint *checkpoint)
{
    XactCounters counters = {
        .next_xid = checkpoint->next_xid,
        .oldest_xid = checkpoint->oldest_xid,
        .oldest_active_xid = checkpoint->oldest_active_xid,
        .next_multi = checkpoint->next_multi,
        .next_multi_offset = checkpoint->next_multi_offset,
        .oldest_multi = checkpoint->oldest_multi,
    };

    xact_recovery_begin(&counters);
}

static void
counters_advance_oid(Oid next_oid)
{
}

static void
harness_rooms(void)
{
    static const RecoveryCounters counters = {counters_get, counters_set, xact_recovery_note_xid,
                                              counters_advance_oid};
    static const RecoveryCallbacks callbacks = {
        .name = "xact",
        .after_replay = xact_recovery_end,
        .checkpoint = xact_checkpoint,
        .wait_for_commits = procarray_wait_for_delayed_commits,
    };

    sync_shmem_register();
    wal_shmem_register();
    buffer_shmem_register();
    lock_register();
    xact_register();
    recovery_shmem_register();
    recovery_register_resource_managers();
    recovery_register_counters(&counters);
    recovery_register_callbacks(&callbacks);
    heap_register();
    if (harness_register != NULL)
        harness_register();
}

static void
harness_attach_process(void)
{
    static pid_t attached;

    if (attached == getpid())
        return;
    attached = getpid();
    buffer_init_process();
    lock_attach();
    xact_attach();
    heap_attach();
    if (harness_attach != NULL)
        harness_attach();
    CurrentResourceOwner = NULL;
    MyDatabaseId = 1;
}

static void
start_server(bool fresh)
{
    NBuffers = harness_buffers;
    begin_life(harness_rooms);
    NBuffers = harness_buffers;
    sync_become_owner();
    log_checkpoints = false;
    buffer_init_process();
    if (fresh) {
        xact_bootstrap();
        recovery_bootstrap(SYSTEM_ID, 1, FirstNormalTransactionId, 16384);
    }
    recovery_startup();
    harness_attach_process();
    attach_more = harness_attach_process;
    DeadlockTimeout = 50;
    CurrentMemoryContext = TopMemoryContext;
}

static void
begin(void)
{
    xact_set_statement_timestamp();
    xact_start_command();
    snapshot_push_active(snapshot_get_transaction());
}

static void
commit(void)
{
    snapshot_pop_active();
    xact_commit_command();
}

static void
rollback(void)
{
    xact_abort_command();
}

/* Later statements of the transaction see what was done so far. */
static void
next_command(void)
{
    snapshot_pop_active();
    xact_command_counter_increment();
    snapshot_push_active(snapshot_get_latest());
}

static RelFileLocator
test_locator(RelFileNumber number)
{
    return (RelFileLocator){1663, 1, number};
}

/* Fails the life: what it printed tells why. */
#define REQUIRE(condition)                                                                         \
    do {                                                                                           \
        if (!(condition)) {                                                                        \
            printf("# %s:%d: %s\n", __FILE__, __LINE__, #condition);                               \
            fflush(stdout);                                                                        \
            _exit(9);                                                                              \
        }                                                                                          \
    } while (0)

static uint64 harness_random_state;

static uint32
draw(uint32 below)
{
    harness_random_state = harness_random_state * UINT64_C(6364136223846793005) +
                           UINT64_C(1442695040888963407);
    return (uint32)((harness_random_state >> 33) % below);
}

/* Runs the life in a process group of its own and kills all of it after some time. */
static void
live_and_kill(void (*life)(void), unsigned run_us)
{
    pid_t pid;
    int status;

    fflush(stdout);
    board[5] = 0;
    pid = fork();
    if (pid == 0) {
        setpgid(0, 0);
        life();
        fflush(stdout);
        for (;;)
            pause();
    }
    for (int i = 0; i < 20000 && board[5] == 0 && waitpid(pid, &status, WNOHANG) == 0; i++)
        usleep(1000);
    usleep(run_us);
    kill(-pid, SIGKILL);
    waitpid(pid, &status, 0);
    while (waitpid(-pid, NULL, 0) > 0)
        continue;
}

#endif
