/*
 * processes.h - unit programs whose claims are about several processes
 *
 * boot() makes the main segment in a temporary directory; spawn() runs a function in a child that
 * has a process slot; join() waits for all of them and fails the test when one did not exit 0.
 * Children report through `board`, an array of words in shared memory, and meet at gates.
 */
#ifndef T_UNIT_PROCESSES_H
#define T_UNIT_PROCESSES_H

#include <signal.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "config/config.h"
#include "error/error.h"
#include "error/interrupt.h"
#include "memory/memory.h"
#include "shmem/shmem.h"
#include "sync/futex.h"
#include "sync/ipc.h"
#include "sync/latch.h"
#include "sync/proc.h"
#include "sync/signals.h"
#include "sync/sync.h"
#include "sync/timeout.h"
#include "tap.h"

#define CHILDREN_MAX 64
#define BOARD_WORDS 4096

static _Atomic uint64 *board;
static _Atomic uint32 *gate; /* counts arrivals */
static pid_t children[CHILDREN_MAX];
static int child_count;
static char test_directory[64];
static void (*attach_more)(void); /* what rooms above sync do per process */

static void
interrupts(void)
{
    if (!INTERRUPTS_CAN_BE_PROCESSED())
        return;
    InterruptPending = false;
    if (ProcDiePending) {
        ProcDiePending = false;
        ereport(FATAL, (errcode(ERRCODE_ADMIN_SHUTDOWN),
                        errmsg("terminating connection due to administrator command")));
    }
    if (QueryCancelPending) {
        QueryCancelPending = false;
        ereport(ERROR, (errcode(ERRCODE_QUERY_CANCELED),
                        errmsg("canceling statement due to user request")));
    }
}

static void
boot(void (*register_rooms)(void))
{
    strcpy(test_directory, "/tmp/sengi_unit_XXXXXX");
    if (mkdtemp(test_directory) == NULL || chdir(test_directory) != 0)
        abort();
    MemoryContextInit();
    error_init();
    config_initialize();
    sync_register();
    if (register_rooms != NULL)
        register_rooms();
    process_interrupts_hook = interrupts;
    shmem_create_main_segment();
    board = mmap(NULL, BOARD_WORDS * sizeof(uint64) + 4096, PROT_READ | PROT_WRITE,
                 MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    gate = (_Atomic uint32 *)(board + BOARD_WORDS);
}

static void
attach_here(ProcKind kind)
{
    latch_initialize_process(0);
    signals_setup_backend();
    InitializeTimeouts();
    if (!proc_attach(kind))
        abort();
    if (attach_more != NULL)
        attach_more();
}

/* Returns the child's pid. */
static pid_t
spawn_kind(ProcKind kind, void (*body)(int index), int index)
{
    pid_t pid;

    fflush(stdout);
    pid = fork();
    if (pid == 0) {
        on_exit_reset();
        MyProc = NULL; /* the parent's */
        prctl(PR_SET_PDEATHSIG, SIGKILL); /* none outlives a killed test */
        attach_here(kind);
        body(index);
        proc_exit(0);
    }
    children[child_count++] = pid;
    return pid;
}

static pid_t
spawn(void (*body)(int index), int index)
{
    return spawn_kind(PROC_BACKEND, body, index);
}

/* How many children did not exit with 0. */
static int
join(void)
{
    int failed = 0;

    for (int i = 0; i < child_count; i++) {
        int status;
        waitpid(children[i], &status, 0);
        if (!WIFEXITED(status) || WEXITSTATUS(status) != 0)
            failed++;
    }
    child_count = 0;
    return failed;
}

/* All `count` processes are here. A gate is used once; reset_gates() between tests. */
static void
meet(int number, uint32 count)
{
    _Atomic uint32 *word = &gate[number];

    if (atomic_fetch_add(word, 1) + 1 == count)
        futex_wake(word, INT_MAX);
    for (uint32 seen; (seen = atomic_load(word)) < count;)
        futex_wait(word, seen, NULL);
}

static void
reset_gates(void)
{
    memset((void *)gate, 0, 64 * sizeof(uint32));
    memset((void *)board, 0, BOARD_WORDS * sizeof(uint64));
}

/* Looks until the condition holds, ten seconds at most. */
#define EVENTUALLY(condition)                                                                      \
    ({                                                                                             \
        bool holds_ = false;                                                                       \
        for (int try_ = 0; try_ < 10000 && !(holds_ = (condition)); try_++)                        \
            nanosleep(&(struct timespec){0, 1000000}, NULL);                                       \
        holds_;                                                                                    \
    })

/* SQLSTATE the statement throws, 0 if none. */
#define THROWN(statement)                                                                          \
    ({                                                                                             \
        volatile int code_ = 0;                                                                    \
        MemoryContext context_ = CurrentMemoryContext;                                             \
        PG_TRY();                                                                                  \
        {                                                                                          \
            statement;                                                                             \
        }                                                                                          \
        PG_CATCH();                                                                                \
        {                                                                                          \
            MemoryContextSwitchTo(context_);                                                       \
            code_ = geterrcode();                                                                  \
            FlushErrorState();                                                                     \
        }                                                                                          \
        PG_END_TRY();                                                                              \
        code_;                                                                                     \
    })

static inline int
finish_processes(void)
{
    char command[128];

    if (chdir("/") != 0)
        return 1;
    snprintf(command, sizeof(command), "rm -rf %s", test_directory);
    return system(command);
}

#endif
