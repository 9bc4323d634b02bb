/*
 * clock.c - the time of day and intervals between times
 */
#include "base/clock.h"

#include <time.h>

TimestampTz
GetCurrentTimestamp(void)
{
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    return time_t_to_timestamptz(now.tv_sec) + now.tv_nsec / 1000;
}

uint64
clock_monotonic_ns(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64) now.tv_sec * UINT64CONST(1000000000) + (uint64) now.tv_nsec;
}

long
TimestampDifferenceMilliseconds(TimestampTz start, TimestampTz stop)
{
    TimestampTz difference;
    if (start >= stop)
        return 0;
    if (__builtin_sub_overflow(stop, start, &difference) ||
        difference >= INT_MAX * INT64CONST(1000) - 999)
        return INT_MAX;
    return (long) ((difference + 999) / 1000);
}

bool
TimestampDifferenceExceeds(TimestampTz start, TimestampTz stop, int ms)
{
    return stop - start >= ms * INT64CONST(1000);
}

void
TimestampDifference(TimestampTz start, TimestampTz stop, long *secs, int *microsecs)
{
    TimestampTz difference = start >= stop ? 0 : stop - start;
    *secs = (long) (difference / USECS_PER_SEC);
    *microsecs = (int) (difference % USECS_PER_SEC);
}
