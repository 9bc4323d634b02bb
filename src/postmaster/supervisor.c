/*
 * supervisor.c - the postmaster: starts children, watches them, stops them
 *
 * Why        One process holds nothing that a crash could hurt: no lock, no buffer, no
 *            transaction. It sees only child processes come and go, and one state variable says
 *            what that means. Everything happens in one libuv loop; nothing here waits.
 *
 * States                       leaves it when
 *   STARTING                   the startup process has ended with status 0   -> RUNNING
 *   RUNNING                    SIGTERM -> DRAINING; SIGINT -> STOPPING;
 *                              SIGQUIT -> KILLING; a child crashed           -> KILLING
 *   DRAINING  (smart stop)     the last backend has ended                    -> STOPPING
 *   STOPPING  (fast stop)      all but the checkpointer have ended           -> CHECKPOINTING
 *   CHECKPOINTING              the checkpointer has ended with status 0      -> ENDED
 *   KILLING                    no child is left: after a crash -> STARTING in a new segment,
 *                              else                                          -> ENDED
 *
 * Invariants S1. The postmaster takes no lock in shared memory and writes nothing there after
 *                the segment is made.
 *            S2. A segment that a child may have broken is never used again: the next STARTING
 *                follows after all children are gone, in a new one.
 *            S3. Every child is in the list exactly once from fork to reaping.
 * Errors     throws FATAL until the loop runs; from then on it logs and goes on
 */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>
#include <uv.h>

#include "config/config.h"
#include "config/settings.h"
#include "error/error.h"
#include "memory/memory.h"
#include "postmaster_int.h"
#include "protocol/hba.h"
#include "shmem/shmem.h"
#include "sync/ipc.h"
#include "sync/latch.h"

#define KILL_PATIENCE_MS 5000
#define PID_FILE_CHECK_MS 60000
#define STARTUP_FAILURES_MAX 1

typedef enum PostmasterState {
    STATE_STARTING,
    STATE_RUNNING,
    STATE_DRAINING,
    STATE_STOPPING,
    STATE_CHECKPOINTING,
    STATE_KILLING,
    STATE_ENDED,
} PostmasterState;

static struct {
    uv_loop_t loop;
    uv_poll_t listeners[LISTEN_SOCKET_COUNT_MAX];
    int listener_count;
    uv_signal_t signals[6];
    uv_timer_t kill_timer;     /* SIGQUIT was not enough */
    uv_timer_t pid_file_timer; /* is postmaster.pid still ours? */
    dlist_head children;
    int count_by_kind[CHILD_KIND_COUNT];
    PostmasterState state;
    bool stop_wanted;  /* the server is to end, not to start again */
    bool crashed;      /* a child broke the segment since the last STARTING */
    bool was_running;  /* served clients at least once */
    int exit_status;
} postmaster;

static void enter_state(PostmasterState state);
static void advance(void);

/* ---- children ---- */

static void
signal_children(int signal_number, bool (*wanted)(ChildKind))
{
    dlist_iter iter;

    dlist_foreach(iter, &postmaster.children)
    {
        Child *child = dlist_container(Child, link, iter.cur);

        if (!wanted || wanted(child->kind))
            kill(child->pid, signal_number);
    }
}

static int
count_all(void)
{
    int count = 0;

    for (int kind = 0; kind < CHILD_KIND_COUNT; kind++)
        count += postmaster.count_by_kind[kind];
    return count;
}

static bool
is_not_checkpointer(ChildKind kind)
{
    return kind != CHILD_CHECKPOINTER;
}

static bool
start_child(const ChildStart *start)
{
    pid_t pid = spawn_child(start);

    if (pid < 0)
        return false;

    Child *child = MemoryContextAlloc(TopMemoryContext, sizeof *child);

    child->pid = pid;
    child->kind = start->kind;
    dlist_push_tail(&postmaster.children, &child->link);
    postmaster.count_by_kind[start->kind]++;
    return true;
}

static void
start_aux(ChildKind kind)
{
    ChildStart start = {.kind = kind, .client_fd = -1};

    if (postmaster.count_by_kind[kind] == 0 && !start_child(&start) && kind == CHILD_STARTUP) {
        postmaster.exit_status = 1;
        enter_state(STATE_ENDED);
    }
}

/* Starts again what should be there. Called whenever a child has ended. */
static void
start_missing(void)
{
    for (int kind = 0; kind < CHILD_KIND_COUNT; kind++)
        if (child_kinds[kind].restarted)
            start_aux(kind);
}

/* ---- what a child's end means ---- */

static void
log_child_end(const Child *child, int status)
{
    const char *name = child_kinds[child->kind].name;

    if (WIFSIGNALED(status))
        ereport(LOG, (errmsg("%s (PID %d) was terminated by signal %d: %s", name,
                             (int) child->pid, WTERMSIG(status), strsignal(WTERMSIG(status)))));
    else
        ereport(LOG, (errmsg("%s (PID %d) exited with exit code %d", name, (int) child->pid,
                             WEXITSTATUS(status))));
}

static bool
is_clean_end(const Child *child, int status)
{
    if (!WIFEXITED(status))
        return false;
    return WEXITSTATUS(status) == 0 ||
           (WEXITSTATUS(status) == 1 && child_kinds[child->kind].exit_1_is_ok);
}

static void
startup_failed(const Child *child, int status)
{
    log_child_end(child, status);
    ereport(LOG, (errmsg("aborting startup due to startup process failure")));
    postmaster.exit_status = 1;
    postmaster.stop_wanted = true;
    enter_state(STATE_KILLING);
}

static void
child_crashed(const Child *child, int status)
{
    log_child_end(child, status);
    if (postmaster.state == STATE_KILLING || postmaster.state == STATE_ENDED)
        return;
    ereport(LOG, (errmsg("terminating any other active server processes")));
    postmaster.crashed = true;
    if (postmaster.state != STATE_RUNNING && postmaster.state != STATE_STARTING)
        postmaster.exit_status = 1;
    enter_state(STATE_KILLING);
}

static void
child_ended(const Child *child, int status)
{
    bool stopping = postmaster.state == STATE_KILLING || postmaster.state == STATE_ENDED;

    if (child->kind == CHILD_STARTUP && !stopping) {
        if (WIFEXITED(status) && WEXITSTATUS(status) == 0) {
            if (postmaster.state == STATE_STARTING)
                enter_state(STATE_RUNNING);
        } else if (postmaster.state == STATE_STOPPING && WIFEXITED(status)) {
            enter_state(STATE_ENDED);
        } else {
            startup_failed(child, status);
        }
    } else if (child->kind == CHILD_CHECKPOINTER && postmaster.state == STATE_CHECKPOINTING &&
               is_clean_end(child, status)) {
        enter_state(STATE_ENDED);
    } else if (!is_clean_end(child, status) && !stopping) {
        child_crashed(child, status);
    }
}

static void
reap(uv_signal_t *handle, int signal_number)
{
    int status;
    pid_t pid;

    while ((pid = waitpid(-1, &status, WNOHANG)) > 0) {
        dlist_mutable_iter iter;

        dlist_foreach_modify(iter, &postmaster.children)
        {
            Child *child = dlist_container(Child, link, iter.cur);

            if (child->pid != pid)
                continue;
            dlist_delete(iter.cur);
            postmaster.count_by_kind[child->kind]--;
            child_ended(child, status);
            pfree(child);
            break;
        }
    }
    advance();
}

/* ---- states ---- */

static void
make_segment(void)
{
    shmem_create_main_segment();
}

static void
kill_harder(uv_timer_t *timer)
{
    if (count_all() == 0)
        return;
    ereport(LOG, (errmsg("issuing SIGKILL to recalcitrant children")));
    signal_children(SIGKILL, NULL);
}

static void
begin_running(void)
{
    start_missing();
    postmaster.was_running = true;
    postmaster.crashed = false;
    ereport(LOG, (errmsg("database system is ready to accept connections")));
    lockfile_write_pid_file("ready");
}

static void
enter_state(PostmasterState state)
{
    postmaster.state = state;
    switch (state) {
    case STATE_STARTING:
        start_aux(CHILD_STARTUP);
        break;
    case STATE_RUNNING:
        begin_running();
        break;
    case STATE_DRAINING:
        lockfile_write_pid_file("stopping");
        break;
    case STATE_STOPPING:
        lockfile_write_pid_file("stopping");
        signal_children(SIGTERM, is_not_checkpointer);
        break;
    case STATE_CHECKPOINTING:
        start_aux(CHILD_CHECKPOINTER);
        signal_children(SIGUSR2, NULL);
        break;
    case STATE_KILLING:
        signal_children(SIGQUIT, NULL);
        uv_timer_start(&postmaster.kill_timer, kill_harder, KILL_PATIENCE_MS, KILL_PATIENCE_MS);
        break;
    case STATE_ENDED:
        uv_stop(&postmaster.loop);
        break;
    }
}

static bool
all_gone_but_checkpointer(void)
{
    return count_all() == postmaster.count_by_kind[CHILD_CHECKPOINTER];
}

static void
start_again_after_crash(void)
{
    uv_timer_stop(&postmaster.kill_timer);
    if (!restart_after_crash) {
        ereport(LOG, (errmsg("shutting down because restart_after_crash is off")));
        postmaster.exit_status = 1;
        enter_state(STATE_ENDED);
        return;
    }
    ereport(LOG, (errmsg("all server processes terminated; reinitializing")));
    make_segment();
    enter_state(STATE_STARTING);
}

/* Takes every step that the children now allow. */
static void
advance(void)
{
    if (postmaster.state == STATE_RUNNING)
        start_missing();
    if (postmaster.state == STATE_DRAINING && postmaster.count_by_kind[CHILD_BACKEND] == 0)
        enter_state(STATE_STOPPING);
    if (postmaster.state == STATE_STOPPING && all_gone_but_checkpointer())
        enter_state(STATE_CHECKPOINTING);
    if (postmaster.state == STATE_KILLING && count_all() == 0) {
        if (postmaster.crashed && !postmaster.stop_wanted)
            start_again_after_crash();
        else
            enter_state(STATE_ENDED);
    }
}

/* ---- events ---- */

static void
stop_requested(uv_signal_t *handle, int signal_number)
{
    PostmasterState state = postmaster.state;

    postmaster.stop_wanted = true;
    switch (signal_number) {
    case SIGTERM:
        ereport(LOG, (errmsg("received smart shutdown request")));
        if (state == STATE_RUNNING)
            enter_state(STATE_DRAINING);
        else if (state == STATE_STARTING)
            enter_state(STATE_KILLING);
        break;
    case SIGINT:
        ereport(LOG, (errmsg("received fast shutdown request")));
        if (state == STATE_RUNNING || state == STATE_DRAINING) {
            if (postmaster.count_by_kind[CHILD_BACKEND] > 0)
                ereport(LOG, (errmsg("aborting any active transactions")));
            enter_state(STATE_STOPPING);
        } else if (state == STATE_STARTING) {
            enter_state(STATE_KILLING);
        }
        break;
    default:
        ereport(LOG, (errmsg("received immediate shutdown request")));
        if (state != STATE_KILLING && state != STATE_ENDED)
            enter_state(STATE_KILLING);
        break;
    }
    advance();
}

static void
reload(uv_signal_t *handle, int signal_number)
{
    ereport(LOG, (errmsg("received SIGHUP, reloading configuration files")));
    config_reload();
    if (!hba_load(LOG))
        ereport(LOG, (errmsg("%s was not reloaded", HbaFileName)));
    signal_children(SIGHUP, NULL);
}

static Admission
admission_now(void)
{
    switch (postmaster.state) {
    case STATE_RUNNING:
        return ADMIT_YES;
    case STATE_STARTING:
        return postmaster.was_running ? ADMIT_RECOVERING : ADMIT_STARTING;
    case STATE_KILLING:
        return postmaster.stop_wanted ? ADMIT_SHUTTING_DOWN : ADMIT_RECOVERING;
    default:
        return ADMIT_SHUTTING_DOWN;
    }
}

/* More than this many are refused by the kernel's queue until some have ended. */
static int
backend_count_max(void)
{
    return 2 * MaxConnections + 32;
}

static void
accept_clients(uv_poll_t *poll, int status, int events)
{
    int listen_fd;

    if (status < 0 || uv_fileno((uv_handle_t *) poll, &listen_fd) != 0)
        return;
    for (int i = 0; i < ACCEPTS_PER_WAKEUP_MAX; i++) {
        if (postmaster.count_by_kind[CHILD_BACKEND] >= backend_count_max())
            return;

        int fd = accept4(listen_fd, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);

        if (fd < 0) {
            if (errno != EAGAIN && errno != EINTR && errno != ECONNABORTED)
                ereport(LOG, (errcode_for_socket_access(),
                              errmsg("could not accept new connection: %m")));
            return;
        }

        ChildStart start = {.kind = CHILD_BACKEND, .client_fd = fd, .admission = admission_now()};

        start_child(&start);
        close(fd);
    }
}

static void
check_pid_file(uv_timer_t *timer)
{
    if (lockfile_is_still_ours())
        return;
    ereport(LOG, (errmsg("performing immediate shutdown because data directory lock file is "
                         "invalid")));
    postmaster.stop_wanted = true;
    enter_state(STATE_KILLING);
    advance();
}

/* ---- start and end ---- */

static void
watch_signal(int index, int signal_number, uv_signal_cb callback)
{
    uv_signal_init(&postmaster.loop, &postmaster.signals[index]);
    uv_signal_start(&postmaster.signals[index], callback, signal_number);
}

static void
watch_all(void)
{
    int fds[LISTEN_SOCKET_COUNT_MAX];

    if (uv_loop_init(&postmaster.loop) != 0)
        ereport(FATAL, (errmsg("could not make the postmaster's event loop: %m")));
    postmaster.listener_count = listen_open_all(fds);
    for (int i = 0; i < postmaster.listener_count; i++) {
        uv_poll_init(&postmaster.loop, &postmaster.listeners[i], fds[i]);
        uv_poll_start(&postmaster.listeners[i], UV_READABLE, accept_clients);
    }
    watch_signal(0, SIGCHLD, reap);
    watch_signal(1, SIGTERM, stop_requested);
    watch_signal(2, SIGINT, stop_requested);
    watch_signal(3, SIGQUIT, stop_requested);
    watch_signal(4, SIGHUP, reload);
    uv_timer_init(&postmaster.loop, &postmaster.kill_timer);
    uv_timer_init(&postmaster.loop, &postmaster.pid_file_timer);
    uv_timer_start(&postmaster.pid_file_timer, check_pid_file, PID_FILE_CHECK_MS,
                   PID_FILE_CHECK_MS);
}

int
postmaster_run(bool allow_root)
{
    lockfile_take_data_directory();
    ereport(LOG, (errmsg("starting Sengi " SENGI_VERSION ", compatible with PostgreSQL %s",
                         server_version_string)));
    dlist_init(&postmaster.children);
    make_segment();
    watch_all();
    lockfile_write_pid_file("starting");
    if (!hba_load(FATAL))
        return 1;
    signal(SIGPIPE, SIG_IGN);
    enter_state(STATE_STARTING);
    if (postmaster.state != STATE_ENDED)
        uv_run(&postmaster.loop, UV_RUN_DEFAULT);

    signal_children(SIGKILL, NULL);
    listen_close_all();
    ereport(LOG, (errmsg("database system is shut down")));
    lockfile_remove();
    return postmaster.exit_status;
}
