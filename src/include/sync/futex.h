/*
 * futex.h - the one place that speaks to the kernel's futex
 *
 * Words lie in the main segment or in dynamic segments, so the process-shared form is used.
 */
#ifndef SYNC_FUTEX_H
#define SYNC_FUTEX_H

#include <linux/futex.h>
#include <limits.h>
#include <stdatomic.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include "base/base.h"

/* Sleeps while *word is `expected`, at most `timeout` (NULL: no limit). 0 or -1 with errno. */
static inline int
futex_wait(_Atomic uint32 *word, uint32 expected, const struct timespec *timeout)
{
    return (int)syscall(SYS_futex, word, FUTEX_WAIT, expected, timeout, NULL, 0);
}

/* Wakes up to `count` sleepers. Safe in signal handlers. */
static inline int
futex_wake(_Atomic uint32 *word, int count)
{
    return (int)syscall(SYS_futex, word, FUTEX_WAKE, count, NULL, NULL, 0);
}

#endif
