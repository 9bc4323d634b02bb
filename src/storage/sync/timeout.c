/*
 * timeout.c - many timeouts, one interval timer
 *
 * Why        Setting the timer is a system call; a statement that arms and disarms a timeout
 *            should need none. So disarming leaves the timer alone (it may ring for nothing), and
 *            arming leaves it alone when it rings soon enough anyway.
 * Invariants T1. while `changing` the handler touches nothing; whoever was changing arms the timer
 *                for what is active afterwards.
 *            T2. timer_due is when the timer rings, 0 if it is off.
 */
#include <errno.h>
#include <signal.h>
#include <string.h>
#include <sys/time.h>
#include <time.h>

#include "error/error.h"
#include "error/interrupt.h"
#include "sync/latch.h"
#include "sync/signals.h"
#include "sync/timeout.h"

typedef struct Timeout {
    volatile bool active;
    volatile bool indicator;
    timeout_handler_proc handler;
    TimestampTz start;
    TimestampTz due;
} Timeout;

static struct {
    Timeout all[MAX_TIMEOUTS];
    volatile sig_atomic_t changing;
    volatile int active_count;
    volatile TimestampTz timer_due;
    bool initialized;
} timeouts;

static TimestampTz
earliest_due(void)
{
    TimestampTz due = 0;

    for (int i = 0; i < MAX_TIMEOUTS; i++)
        if (timeouts.all[i].active && (due == 0 || timeouts.all[i].due < due))
            due = timeouts.all[i].due;
    return due;
}

static void
arm_timer(TimestampTz now)
{
    TimestampTz due = earliest_due();
    struct itimerval timer = {0};
    int64 left;

    if (due == 0 || (timeouts.timer_due != 0 && timeouts.timer_due <= due &&
                     timeouts.timer_due > now))
        return;
    left = Max(due - now, 1);
    timer.it_value.tv_sec = left / 1000000;
    timer.it_value.tv_usec = left % 1000000;
    timeouts.timer_due = due;
    if (setitimer(ITIMER_REAL, &timer, NULL) != 0) {
        timeouts.timer_due = 0;
        elog(FATAL, "could not enable SIGALRM timer: %m");
    }
}

static void
handle_sigalrm(int signo)
{
    int saved_errno = errno;

    HOLD_INTERRUPTS();
    SetLatch(MyLatch);
    if (!timeouts.changing) { /* T1 */
        TimestampTz now = GetCurrentTimestamp();

        timeouts.timer_due = 0;
        for (int i = 0; i < MAX_TIMEOUTS; i++) {
            Timeout *timeout = &timeouts.all[i];
            if (timeout->active && timeout->due <= now) {
                timeout->active = false;
                timeouts.active_count--;
                timeout->indicator = true;
                timeout->handler();
            }
        }
        arm_timer(now);
    }
    RESUME_INTERRUPTS();
    errno = saved_errno;
}

void
InitializeTimeouts(void)
{
    memset(&timeouts, 0, sizeof(timeouts));
    timeouts.initialized = true;
    pqsignal(SIGALRM, handle_sigalrm);
}

TimeoutId
RegisterTimeout(TimeoutId id, timeout_handler_proc handler)
{
    Assert(timeouts.initialized);
    if (id >= USER_TIMEOUT) {
        for (id = USER_TIMEOUT; id < MAX_TIMEOUTS; id++)
            if (timeouts.all[id].handler == NULL)
                break;
        if (id >= MAX_TIMEOUTS)
            ereport(FATAL, (errcode(ERRCODE_CONFIGURATION_LIMIT_EXCEEDED),
                            errmsg("cannot add more timeout reasons")));
    }
    timeouts.all[id].handler = handler;
    return id;
}

static void
enable(TimeoutId id, TimestampTz now, TimestampTz due)
{
    Timeout *timeout = &timeouts.all[id];

    Assert(timeout->handler != NULL);
    timeouts.changing = 1;
    if (!timeout->active)
        timeouts.active_count++;
    timeout->indicator = false;
    timeout->start = now;
    timeout->due = due;
    timeout->active = true;
    /* The timer may have rung for others meanwhile; then it is off and due is in the past. */
    if (timeouts.timer_due != 0 && timeouts.timer_due <= now)
        timeouts.timer_due = 0;
    timeouts.changing = 0;
    arm_timer(now);
}

void
enable_timeout_after(TimeoutId id, int delay_ms)
{
    TimestampTz now = GetCurrentTimestamp();

    enable(id, now, now + (TimestampTz)delay_ms * 1000);
}

void
enable_timeout_at(TimeoutId id, TimestampTz fin_time)
{
    enable(id, GetCurrentTimestamp(), fin_time);
}

void
disable_timeout(TimeoutId id, bool keep_indicator)
{
    Timeout *timeout = &timeouts.all[id];

    timeouts.changing = 1;
    if (timeout->active) {
        timeout->active = false;
        timeouts.active_count--;
    }
    if (!keep_indicator)
        timeout->indicator = false;
    timeouts.changing = 0;
    if (timeouts.active_count > 0)
        arm_timer(GetCurrentTimestamp());
}

void
disable_all_timeouts(bool keep_indicators)
{
    timeouts.changing = 1;
    for (int i = 0; i < MAX_TIMEOUTS; i++) {
        timeouts.all[i].active = false;
        if (!keep_indicators)
            timeouts.all[i].indicator = false;
    }
    timeouts.active_count = 0;
    timeouts.changing = 0;
}

bool
get_timeout_active(TimeoutId id)
{
    return timeouts.all[id].active;
}

bool
get_timeout_indicator(TimeoutId id, bool reset_indicator)
{
    bool indicator = timeouts.all[id].indicator;

    if (indicator && reset_indicator)
        timeouts.all[id].indicator = false;
    return indicator;
}

TimestampTz
get_timeout_start_time(TimeoutId id)
{
    return timeouts.all[id].start;
}

TimestampTz
get_timeout_finish_time(TimeoutId id)
{
    return timeouts.all[id].due;
}
