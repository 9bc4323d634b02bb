/*
 * latch.c - sleeping until something happens
 *
 * Why        A wait needs no descriptor: SIGURG is blocked but inside ppoll(), which unblocks it
 *            and sleeps in one step, so that a signal sent any time after the owner announced its
 *            sleep ends it. Where there is no socket the latch's word is a futex. An eventfd per
 *            process, the alternative, would have each child inherit one descriptor per slot.
 * Invariants LA1. the owner stores `waiting` before it looks at is_set; a setter stores is_set
 *                 before it looks at `waiting`. One of the two sees the other.
 *            LA2. only the owner waits on a latch and resets it.
 */
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>
#include <time.h>
#include <unistd.h>

#include "error/error.h"
#include "error/interrupt.h"
#include "sync/futex.h"
#include "sync/ipc.h"
#include "sync/latch.h"
#include "sync/proc.h"
#include "sync/signals.h"
#include "sync/wait_event.h"

enum { LATCH_AWAKE = 0, LATCH_ON_FUTEX = 1, LATCH_ON_POLL = 2 };

#define POSTMASTER_DEATH_SIGNAL SIGIO

static Latch local_latch;
Latch *MyLatch = &local_latch;

static volatile sig_atomic_t postmaster_died;

static void
init_latch(Latch *latch, int32 owner, bool shared)
{
    atomic_init(&latch->is_set, 0);
    atomic_init(&latch->waiting, LATCH_AWAKE);
    atomic_init(&latch->owner_pid, owner);
    latch->is_shared = shared;
}

void
InitLatch(Latch *latch)
{
    init_latch(latch, getpid(), false);
}

void
InitSharedLatch(Latch *latch)
{
    init_latch(latch, 0, true);
}

void
OwnLatch(Latch *latch)
{
    Assert(latch->is_shared);
    if (atomic_load(&latch->owner_pid) != 0)
        elog(PANIC, "latch already owned by PID %d", (int)atomic_load(&latch->owner_pid));
    atomic_store(&latch->owner_pid, getpid());
}

void
DisownLatch(Latch *latch)
{
    Assert(atomic_load(&latch->owner_pid) == getpid());
    atomic_store(&latch->owner_pid, 0);
}

/* Safe in signal handlers: no lock, errno kept. */
void
SetLatch(Latch *latch)
{
    uint32 waiting;
    int32 owner;
    int saved_errno;

    /* The fence orders what the caller made ready before our look at is_set. */
    atomic_thread_fence(memory_order_seq_cst);
    if (atomic_load_explicit(&latch->is_set, memory_order_relaxed) != 0)
        return;
    atomic_store(&latch->is_set, 1);
    waiting = atomic_load(&latch->waiting); /* LA1 */
    if (waiting == LATCH_AWAKE)
        return;
    saved_errno = errno;
    if (waiting == LATCH_ON_FUTEX)
        futex_wake(&latch->is_set, 1);
    else if ((owner = atomic_load(&latch->owner_pid)) != 0)
        kill(owner, SIGURG); /* to ourselves too: it ends the ppoll that a handler came before */
    errno = saved_errno;
}

void
ResetLatch(Latch *latch)
{
    Assert(atomic_load(&latch->owner_pid) == getpid()); /* LA2 */
    atomic_store(&latch->is_set, 0); /* seq_cst: before the caller looks for work */
}

bool
PostmasterIsAlive(void)
{
    return !postmaster_died;
}

static void
handle_postmaster_death(int signo)
{
    int saved_errno = errno;

    postmaster_died = 1;
    InterruptPending = true;
    SetLatch(MyLatch);
    errno = saved_errno;
}

static void
handle_sigurg(int signo)
{
    /* its only work is to end ppoll() */
}

void
latch_initialize_process(int postmaster_pid)
{
    sigset_t urgent;

    MyProcPid = getpid();
    postmaster_died = 0;
    InitLatch(&local_latch);
    MyLatch = &local_latch;
    sigemptyset(&urgent);
    sigaddset(&urgent, SIGURG);
    sigprocmask(SIG_BLOCK, &urgent, NULL);
    pqsignal(SIGURG, handle_sigurg);
    pqsignal(POSTMASTER_DEATH_SIGNAL, handle_postmaster_death);
    if (postmaster_pid != 0) {
        prctl(PR_SET_PDEATHSIG, POSTMASTER_DEATH_SIGNAL);
        if (getppid() != postmaster_pid) /* it died before the line above */
            handle_postmaster_death(POSTMASTER_DEATH_SIGNAL);
    }
}

static int64
now_ns(void)
{
    struct timespec ts;

    clock_gettime(CLOCK_MONOTONIC, &ts);
    return (int64)ts.tv_sec * 1000000000 + ts.tv_nsec;
}

/* Puts what is left until deadline_ns into *ts; false when it has passed. */
static bool
time_left(int64 deadline_ns, struct timespec *ts)
{
    int64 left = deadline_ns - now_ns();

    if (left <= 0)
        return false;
    ts->tv_sec = left / 1000000000;
    ts->tv_nsec = left % 1000000000;
    return true;
}

static int
poll_events(int wakeEvents)
{
    int events = 0;

    if (wakeEvents & WL_SOCKET_READABLE)
        events |= POLLIN;
    if (wakeEvents & WL_SOCKET_WRITEABLE)
        events |= POLLOUT;
    if (wakeEvents & WL_SOCKET_CLOSED)
        events |= POLLRDHUP;
    return events;
}

/* Errors and hang-ups count as ready: the next read or write tells what it is. */
static int
socket_result(int wakeEvents, int revents)
{
    int result = 0;
    int broken = POLLHUP | POLLERR | POLLNVAL;

    if ((wakeEvents & WL_SOCKET_READABLE) && (revents & (POLLIN | broken)))
        result |= WL_SOCKET_READABLE;
    if ((wakeEvents & WL_SOCKET_WRITEABLE) && (revents & (POLLOUT | broken)))
        result |= WL_SOCKET_WRITEABLE;
    if ((wakeEvents & WL_SOCKET_CLOSED) && (revents & (POLLRDHUP | broken)))
        result |= WL_SOCKET_CLOSED;
    return result;
}

/* One sleep. Returns socket events; 0 after a wake-up, an interruption or the timeout. */
static int
sleep_once(Latch *latch, int wakeEvents, struct pollfd *fd, const struct timespec *timeout)
{
    sigset_t none;
    int rc;

    if (fd == NULL) {
        if (futex_wait(&latch->is_set, 0, timeout) < 0 && errno != EAGAIN && errno != EINTR &&
            errno != ETIMEDOUT)
            elog(PANIC, "futex wait failed: %m");
        return 0;
    }
    sigemptyset(&none);
    fd->revents = 0;
    rc = ppoll(fd, 1, timeout, &none);
    if (rc < 0 && errno != EINTR)
        ereport(ERROR, (errcode_for_socket_access(), errmsg("poll() failed: %m")));
    return rc > 0 ? socket_result(wakeEvents, fd->revents) : 0;
}

/* What is true now without sleeping. */
static int
look(Latch *latch, int wakeEvents)
{
    int result = 0;

    if ((wakeEvents & WL_LATCH_SET) && atomic_load(&latch->is_set))
        result |= WL_LATCH_SET;
    if (postmaster_died && (wakeEvents & WL_POSTMASTER_DEATH))
        result |= WL_POSTMASTER_DEATH;
    return result;
}

static int
wait_loop(Latch *latch, int wakeEvents, struct pollfd *fd, long timeout_ms)
{
    int64 deadline = wakeEvents & WL_TIMEOUT ? now_ns() + (int64)timeout_ms * 1000000 : 0;
    struct timespec left;
    int result;

    for (;;) {
        if (postmaster_died && (wakeEvents & WL_EXIT_ON_PM_DEATH))
            proc_exit(1);
        result = look(latch, wakeEvents);
        if ((wakeEvents & WL_TIMEOUT) && !time_left(deadline, &left)) {
            if (result == 0 && fd != NULL) {
                static const struct timespec none;
                result |= sleep_once(latch, wakeEvents, fd, &none);
            }
            return result ? result : WL_TIMEOUT;
        }
        if (result != 0) {
            if (fd != NULL) {
                static const struct timespec none;
                result |= sleep_once(latch, wakeEvents, fd, &none);
            }
            return result;
        }
        result = sleep_once(latch, wakeEvents, fd, wakeEvents & WL_TIMEOUT ? &left : NULL);
        if (result != 0)
            return result | look(latch, wakeEvents);
    }
}

int
WaitLatchOrSocket(Latch *latch, int wakeEvents, pgsocket sock, long timeout_ms,
                  uint32 wait_event_info)
{
    struct pollfd fd = {.fd = sock, .events = (short)poll_events(wakeEvents)};
    int socket_events = WL_SOCKET_READABLE | WL_SOCKET_WRITEABLE | WL_SOCKET_CLOSED;
    bool use_socket = (wakeEvents & socket_events) && sock != PGINVALID_SOCKET;
    int result;

    if (latch == NULL) {
        latch = MyLatch;
        wakeEvents &= ~WL_LATCH_SET;
    }
    Assert(atomic_load(&latch->owner_pid) == MyProcPid); /* LA2 */
    if ((wakeEvents & WL_LATCH_SET) && !use_socket && atomic_load(&latch->is_set))
        return WL_LATCH_SET;
    pgstat_report_wait_start(wait_event_info);
    atomic_store(&latch->waiting, use_socket ? LATCH_ON_POLL : LATCH_ON_FUTEX); /* LA1 */
    result = wait_loop(latch, wakeEvents, use_socket ? &fd : NULL, timeout_ms);
    atomic_store_explicit(&latch->waiting, LATCH_AWAKE, memory_order_relaxed);
    pgstat_report_wait_end();
    return result;
}

int
WaitLatch(Latch *latch, int wakeEvents, long timeout_ms, uint32 wait_event_info)
{
    return WaitLatchOrSocket(latch, wakeEvents, PGINVALID_SOCKET, timeout_ms, wait_event_info);
}
