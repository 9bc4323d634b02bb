/*
 * spawn.c - forks a child and brings it into a state where its main function can run
 *
 * Why        A child inherits everything of the postmaster: its signal handlers, its loop's
 *            descriptors, its listening sockets. What it must not keep goes here, once, before
 *            any other code of the child runs.
 * Invariants P1. Between fork and the child's own handlers all signals are blocked, so that no
 *                handler of the postmaster ever runs in a child.
 *            P2. A child never touches the postmaster's libuv loop.
 */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <unistd.h>

#include "base/process_title.h"
#include "config/settings.h"
#include "error/error.h"
#include "memory/memory.h"
#include "postmaster_int.h"
#include "shmem/shmem.h"
#include "sync/ipc.h"
#include "sync/proc.h"

static int
compare_ints(const void *a, const void *b)
{
    return *(const int *) a - *(const int *) b;
}

/* Closes every descriptor above stderr but those in keep; -1 entries are skipped. */
static void
close_all_but(int *keep, int count)
{
    unsigned first = STDERR_FILENO + 1;

    qsort(keep, (size_t) count, sizeof keep[0], compare_ints);
    for (int i = 0; i < count; i++) {
        if (keep[i] < (int) first)
            continue;
        if ((unsigned) keep[i] > first)
            close_range(first, (unsigned) keep[i] - 1, 0);
        first = (unsigned) keep[i] + 1;
    }
    close_range(first, ~0U, 0);
}

static void
reset_signals(void)
{
    static const int handled[] = {SIGHUP,  SIGINT,  SIGQUIT, SIGTERM, SIGALRM,
                                  SIGUSR1, SIGUSR2, SIGCHLD, SIGURG,  SIGPIPE};
    for (size_t i = 0; i < lengthof(handled); i++)
        signal(handled[i], handled[i] == SIGPIPE ? SIG_IGN : SIG_DFL);
}

void
postmaster_set_title(const char *kind)
{
    process_title_set_fixed(psprintf("sengi: %s%s%s", cluster_name, cluster_name[0] ? ": " : "",
                                     kind));
}

static _Noreturn void
run_child(const ChildStart *start, pid_t parent)
{
    const ChildKindRow *row = &child_kinds[start->kind];

    reset_signals();
    MyProcPid = getpid();
    if (getppid() != parent)
        _exit(1);

    int keep[] = {start->client_fd, lockfile_data_directory_fd()};

    listen_close_in_child();
    close_all_but(keep, lengthof(keep));
    on_exit_reset();
    if (row->title)
        postmaster_set_title(row->title);
    MemoryContextSwitchTo(TopMemoryContext);
    row->main(start);
    proc_exit(0);
}

pid_t
spawn_child(const ChildStart *start)
{
    sigset_t all, saved;
    pid_t parent = getpid();

    sigfillset(&all);
    sigprocmask(SIG_BLOCK, &all, &saved);
    fflush(NULL);

    pid_t pid = fork();

    if (pid == 0)
        run_child(start, parent); /* main unblocks the signals when its handlers stand */
    int fork_errno = errno;

    sigprocmask(SIG_SETMASK, &saved, NULL);
    if (pid < 0) {
        errno = fork_errno;
        ereport(LOG, (errmsg("could not fork new process for %s: %m",
                             child_kinds[start->kind].name)));
    }
    return pid;
}
