/*
 * stop_point.h - named places where a test can hold, delay, fail or kill a process
 *
 * In builds without -Dstop_points=true STOP_POINT() is nothing. The table lies in the main
 * segment; a place that no test has armed costs one load.
 */
#ifndef SYNC_STOP_POINT_H
#define SYNC_STOP_POINT_H

#include <stdatomic.h>

#include "base/base.h"

typedef enum StopPointAction {
    STOP_POINT_OFF = 0,
    STOP_POINT_HOLD,  /* sleep until released */
    STOP_POINT_DELAY, /* arg: milliseconds */
    STOP_POINT_ERROR, /* ereport(ERROR) */
    STOP_POINT_KILL,  /* SIGKILL to itself */
    STOP_POINT_ABORT, /* SIGABRT to itself */
    STOP_POINT_COUNT, /* count hits only */
} StopPointAction;

#define STOP_POINT_NAME_MAX 48
#define STOP_POINTS_MAX 64

/*
 * Arms a point. `skip` hits pass before the action; `once`: it disarms itself at the action.
 * Throws 42704 for an unknown action name in the _by_name form, 53000 when the table is full.
 */
void stop_point_set(const char *name, StopPointAction action, int arg, int skip, bool once);
void stop_point_set_by_name(const char *name, const char *action, int arg);
/* Disarms and lets every holder go. False if it was not armed. */
bool stop_point_release(const char *name);
void stop_point_release_all(void);
int stop_point_waiters(const char *name);
uint64 stop_point_hits(const char *name);

/* The table of armed points, NULL before shared memory exists. Its first word: how many. */
extern _Atomic uint32 *stop_point_armed_count;
void stop_point_hit(const char *name);

#ifdef USE_STOP_POINTS
#define STOP_POINT(name)                                                                           \
    do {                                                                                           \
        if (unlikely(stop_point_armed_count != NULL &&                                             \
                     atomic_load_explicit(stop_point_armed_count, memory_order_relaxed) != 0))     \
            stop_point_hit(name);                                                                  \
    } while (0)
#else
#define STOP_POINT(name) ((void)0)
#endif

#endif
