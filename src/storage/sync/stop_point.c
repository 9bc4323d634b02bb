/*
 * stop_point.c - the table of armed stop points
 *
 * Why        A race is only a test if it can be repeated. The table lies in shared memory, so a
 *            test arms a point in any session for all processes; SENGI_STOP_POINTS in the
 *            environment ("name=action[:arg],...") arms points before the first process starts.
 * Invariants SP1. entries are found by name and never move while armed.
 *            SP2. a holder sleeps on its entry's `generation`; releasing moves it.
 * Locks      one spinlock over the table; nothing is called while it is held but strcmp.
 */
#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "error/error.h"
#include "sync/futex.h"
#include "sync/latch.h"
#include "sync/spin.h"
#include "sync/stop_point.h"
#include "sync/wait_event.h"
#include "sync_int.h"

typedef struct StopPoint {
    char name[STOP_POINT_NAME_MAX]; /* empty: entry unused */
    StopPointAction action;
    int arg;
    int skip;
    bool once;
    uint64 hits;
    _Atomic int32 waiters;
    _Atomic uint32 generation;
} StopPoint;

typedef struct StopPointTable {
    _Atomic uint32 armed_count; /* first: stop_point_armed_count points here */
    slock_t mutex;
    StopPoint points[STOP_POINTS_MAX];
} StopPointTable;

static StopPointTable *table;
_Atomic uint32 *stop_point_armed_count;

static const char *const action_names[] = {"off", "hold", "delay", "error", "kill", "abort",
                                           "count"};

Size
stop_point__shmem_size(void)
{
    return sizeof(StopPointTable);
}

/* "name=action[:arg]", several with commas between. */
static void
arm_from_environment(void)
{
    const char *value = getenv("SENGI_STOP_POINTS");
    char *copy, *save = NULL;

    if (value == NULL || (copy = strdup(value)) == NULL)
        return;
    for (char *item = strtok_r(copy, ",", &save); item; item = strtok_r(NULL, ",", &save)) {
        char *action = strchr(item, '=');
        char *arg;
        if (action == NULL)
            continue;
        *action++ = '\0';
        arg = strchr(action, ':');
        if (arg != NULL)
            *arg++ = '\0';
        stop_point_set_by_name(item, action, arg != NULL ? atoi(arg) : 0);
    }
    free(copy);
}

void
stop_point__shmem_init(void *area, Size size)
{
    table = area;
    memset(table, 0, sizeof(*table));
    SpinLockInit(&table->mutex);
    stop_point_armed_count = &table->armed_count;
    arm_from_environment();
}

/* caller holds the mutex */
static StopPoint *
find(const char *name)
{
    for (int i = 0; i < STOP_POINTS_MAX; i++)
        if (strcmp(table->points[i].name, name) == 0)
            return &table->points[i];
    return NULL;
}

void
stop_point_set(const char *name, StopPointAction action, int arg, int skip, bool once)
{
    StopPoint *point;

    if (action == STOP_POINT_OFF) {
        stop_point_release(name);
        return;
    }
    if (name[0] == '\0' || strlen(name) >= STOP_POINT_NAME_MAX)
        ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE),
                        errmsg("invalid stop point name \"%s\"", name)));
    SpinLockAcquire(&table->mutex);
    point = find(name);
    if (point == NULL && (point = find("")) != NULL) {
        strcpy(point->name, name);
        point->hits = 0;
        atomic_fetch_add(&table->armed_count, 1);
    }
    if (point != NULL) {
        point->action = action;
        point->arg = arg;
        point->skip = skip;
        point->once = once;
    }
    SpinLockRelease(&table->mutex);
    if (point == NULL)
        ereport(ERROR, (errcode(ERRCODE_INSUFFICIENT_RESOURCES),
                        errmsg("too many stop points are set"),
                        errdetail("At most %d may be.", STOP_POINTS_MAX)));
}

/* For hold, error, kill and abort the argument is how many hits pass first. */
void
stop_point_set_by_name(const char *name, const char *action, int arg)
{
    for (unsigned i = 0; i < lengthof(action_names); i++) {
        if (strcmp(action_names[i], action) == 0) {
            stop_point_set(name, (StopPointAction)i, arg, i == STOP_POINT_DELAY ? 0 : arg, false);
            return;
        }
    }
    ereport(ERROR, (errcode(ERRCODE_UNDEFINED_OBJECT),
                    errmsg("unrecognized stop point action \"%s\"", action)));
}

/* caller holds the mutex */
static void
disarm(StopPoint *point)
{
    point->name[0] = '\0';
    atomic_fetch_add(&point->generation, 1); /* SP2 */
    atomic_fetch_sub(&table->armed_count, 1);
}

bool
stop_point_release(const char *name)
{
    StopPoint *point;

    SpinLockAcquire(&table->mutex);
    point = name[0] != '\0' ? find(name) : NULL;
    if (point != NULL)
        disarm(point);
    SpinLockRelease(&table->mutex);
    if (point != NULL)
        futex_wake(&point->generation, INT_MAX);
    return point != NULL;
}

void
stop_point_release_all(void)
{
    for (int i = 0; i < STOP_POINTS_MAX; i++) {
        StopPoint *point = &table->points[i];
        bool armed;

        SpinLockAcquire(&table->mutex);
        armed = point->name[0] != '\0';
        if (armed)
            disarm(point);
        SpinLockRelease(&table->mutex);
        if (armed)
            futex_wake(&point->generation, INT_MAX);
    }
}

int
stop_point_waiters(const char *name)
{
    StopPoint *point;
    int count = 0;

    SpinLockAcquire(&table->mutex);
    point = find(name);
    if (point != NULL)
        count = atomic_load(&point->waiters);
    SpinLockRelease(&table->mutex);
    return count;
}

uint64
stop_point_hits(const char *name)
{
    StopPoint *point;
    uint64 hits = 0;

    SpinLockAcquire(&table->mutex);
    point = find(name);
    if (point != NULL)
        hits = point->hits;
    SpinLockRelease(&table->mutex);
    return hits;
}

/* Not interruptible by cancel, since a point may be where no error can be thrown. */
static void
hold_here(StopPoint *point, uint32 generation)
{
    pgstat_report_wait_start(WAIT_EVENT_STOP_POINT);
    while (atomic_load(&point->generation) == generation) {
        futex_wait(&point->generation, generation, NULL);
        if (!PostmasterIsAlive())
            _exit(1);
    }
    pgstat_report_wait_end();
    atomic_fetch_sub(&point->waiters, 1);
}

static void
delay_here(int ms)
{
    struct timespec left = {ms / 1000, (ms % 1000) * 1000000L};

    while (nanosleep(&left, &left) < 0 && errno == EINTR)
        ;
}

/* Counts the hit; what to do now, with the entry's generation for a hold. */
static StopPointAction
decide(const char *name, StopPoint **ret_point, uint32 *ret_generation, int *ret_arg)
{
    StopPointAction action = STOP_POINT_OFF;
    StopPoint *point;

    SpinLockAcquire(&table->mutex);
    point = find(name);
    if (point != NULL) {
        point->hits++;
        if (point->skip > 0) {
            point->skip--;
        } else {
            action = point->action;
            *ret_arg = point->arg;
            *ret_generation = atomic_load(&point->generation);
            if (action == STOP_POINT_HOLD)
                atomic_fetch_add(&point->waiters, 1);
            if (point->once && action != STOP_POINT_HOLD)
                disarm(point);
        }
    }
    SpinLockRelease(&table->mutex);
    *ret_point = point;
    return action;
}

void
stop_point_hit(const char *name)
{
    StopPoint *point;
    uint32 generation = 0;
    int arg = 0;

    switch (decide(name, &point, &generation, &arg)) {
    case STOP_POINT_OFF:
    case STOP_POINT_COUNT:
        break;
    case STOP_POINT_HOLD:
        hold_here(point, generation);
        break;
    case STOP_POINT_DELAY:
        delay_here(arg);
        break;
    case STOP_POINT_ERROR:
        ereport(ERROR, (errcode(ERRCODE_INTERNAL_ERROR), errmsg("stop point \"%s\"", name)));
        break;
    case STOP_POINT_KILL:
        kill(getpid(), SIGKILL);
        break;
    case STOP_POINT_ABORT:
        abort();
    }
}
