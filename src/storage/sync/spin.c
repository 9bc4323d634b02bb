/*
 * spin.c - waiting for a spinlock that somebody holds
 */
#include <sched.h>
#include <time.h>

#include "error/error.h"
#include "sync/spin.h"
#include "sync/wait_event.h"

#define SPINS_BEFORE_YIELD 100
#define YIELDS_BEFORE_SLEEP 50
#define SLEEP_US_MIN 100
#define SLEEP_US_MAX 10000
#define WAIT_US_MAX (120 * 1000000LL)

static void
sleep_us(long us)
{
    struct timespec ts = {us / 1000000, (us % 1000000) * 1000};
    nanosleep(&ts, NULL);
}

void
spin_acquire_slow(slock_t *lock, const char *file, int line)
{
    long long slept_us = 0;
    long sleep = SLEEP_US_MIN;

    for (unsigned round = 0;; round++) {
        for (int i = 0; i < SPINS_BEFORE_YIELD; i++) {
            spin_pause();
            if (SpinLockFree(lock) && spin_try_acquire(lock))
                return;
        }
        if (round < YIELDS_BEFORE_SLEEP) {
            sched_yield();
            continue;
        }
        sleep_us(sleep);
        slept_us += sleep;
        sleep = Min(sleep * 2, SLEEP_US_MAX);
        if (slept_us > WAIT_US_MAX)
            elog(PANIC, "stuck spinlock detected at %s:%d", file, line);
    }
}
