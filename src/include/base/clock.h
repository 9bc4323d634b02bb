/*
 * clock.h - the time of day and intervals between times
 */
#ifndef BASE_CLOCK_H
#define BASE_CLOCK_H

#include "base/base.h"

#define USECS_PER_SEC INT64CONST(1000000)
#define USECS_PER_MINUTE INT64CONST(60000000)
#define USECS_PER_HOUR INT64CONST(3600000000)
#define USECS_PER_DAY INT64CONST(86400000000)
#define SECS_PER_DAY 86400
#define SECS_PER_HOUR 3600
#define SECS_PER_MINUTE 60
#define UNIX_EPOCH_JDATE 2440588
#define POSTGRES_EPOCH_JDATE 2451545

/* Microseconds since 2000-01-01 UTC. */
TimestampTz GetCurrentTimestamp(void);

/* A clock that never goes back, for measuring: nanoseconds from some start. */
uint64 clock_monotonic_ns(void);

static inline TimestampTz
time_t_to_timestamptz(pg_time_t t)
{
    return (t - (pg_time_t) (POSTGRES_EPOCH_JDATE - UNIX_EPOCH_JDATE) * SECS_PER_DAY) *
           USECS_PER_SEC;
}

static inline pg_time_t
timestamptz_to_time_t(TimestampTz t)
{
    return t / USECS_PER_SEC + (pg_time_t) (POSTGRES_EPOCH_JDATE - UNIX_EPOCH_JDATE) * SECS_PER_DAY;
}

#define TimestampTzPlusMilliseconds(t, ms) ((t) + (ms) * INT64CONST(1000))
#define TimestampTzPlusSeconds(t, s) ((t) + (s) * USECS_PER_SEC)

/* Milliseconds from start to stop rounded up, 0 when stop is earlier, at most INT_MAX. */
long TimestampDifferenceMilliseconds(TimestampTz start, TimestampTz stop);
bool TimestampDifferenceExceeds(TimestampTz start, TimestampTz stop, int ms);
void TimestampDifference(TimestampTz start, TimestampTz stop, long *secs, int *microsecs);

#endif
