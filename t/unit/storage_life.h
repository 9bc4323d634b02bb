/*
 * storage_life.h - unit programs that start and kill small servers
 *
 * A "life" is a child process that makes a main segment of its own in the data directory of the
 * test, does something, and exits or is killed. What it leaves on disk is what the next one finds.
 */
#ifndef T_UNIT_STORAGE_LIFE_H
#define T_UNIT_STORAGE_LIFE_H

#pragma GCC diagnostic ignored "-Wunused-function"
#include "processes.h"

#include <sys/stat.h>

#include "config/settings.h"
#include "error/resowner.h"
#include "file/file.h"
#include "file/sync_request.h"

#define SYSTEM_ID UINT64_C(0x5e6e910000000001)

/* Outside of any life: a directory with what a cluster has. */
static void
make_data_directory(void)
{
    static const char *const parts[] = {"base", "base/1", "global", "pg_wal", "base/pgsql_tmp"};

    strcpy(test_directory, "/tmp/sengi_unit_XXXXXX");
    if (mkdtemp(test_directory) == NULL || chdir(test_directory) != 0)
        abort();
    for (size_t i = 0; i < sizeof(parts) / sizeof(parts[0]); i++)
        if (mkdir(parts[i], 0700) != 0)
            abort();
    board = mmap(NULL, BOARD_WORDS * sizeof(uint64) + 4096, PROT_READ | PROT_WRITE,
                 MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    gate = (_Atomic uint32 *)(board + BOARD_WORDS);
}

static void
begin_life(void (*register_rooms)(void))
{
    MemoryContextInit();
    error_init();
    config_initialize();
    sync_register();
    register_rooms();
    process_interrupts_hook = interrupts;
    shmem_create_main_segment();
    file_init();
    attach_here(PROC_BACKEND);
    CurrentResourceOwner = ResourceOwnerCreate(NULL, "life");
}

/* What the end of a transaction does with the resources of one that failed. */
static void
renew_owner(void)
{
    ResourceOwner owner = CurrentResourceOwner;

    ResourceOwnerRelease(owner, RESOURCE_RELEASE_BEFORE_LOCKS, false, true);
    ResourceOwnerRelease(owner, RESOURCE_RELEASE_LOCKS, false, true);
    ResourceOwnerRelease(owner, RESOURCE_RELEASE_AFTER_LOCKS, false, true);
    CurrentResourceOwner = NULL;
    ResourceOwnerDelete(owner);
    CurrentResourceOwner = ResourceOwnerCreate(NULL, "life");
}

/* Runs a life to its end; returns its wait status. */
static int
live(void (*life)(void))
{
    int status;
    pid_t pid;

    fflush(stdout);
    pid = fork();
    if (pid == 0) {
        life();
        fflush(stdout);
        _exit(0);
    }
    waitpid(pid, &status, 0);
    return status;
}

#define KILLED(status) (WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL)
#define EXITED(status) (WIFEXITED(status) && WEXITSTATUS(status) == 0)

/* A child of a life: shares its segment, dies with exit code 0. */
static pid_t
spawn_in_life(void (*body)(int index), int index)
{
    pid_t pid;

    fflush(stdout);
    pid = fork();
    if (pid == 0) {
        on_exit_reset();
        MyProc = NULL;
        attach_here(PROC_BACKEND);
        CurrentResourceOwner = ResourceOwnerCreate(NULL, "worker");
        if (attach_more != NULL)
            attach_more();
        body(index);
        fflush(stdout);
        _exit(0);
    }
    children[child_count++] = pid;
    return pid;
}

#endif
