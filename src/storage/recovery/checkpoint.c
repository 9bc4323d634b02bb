/*
 * checkpoint.c - making a point from which replay can start, and asking for one
 *
 * Order of a checkpoint: take the redo point; wait for transactions that logged something whose
 * effect is not in shared memory yet; write all that was dirty (spread over time); fsync the files
 * written since the last one; log the checkpoint record; name it in the control file; then, and
 * only then, unlink dropped files and recycle old segments.
 *
 * Invariants X1. every change logged before the redo point is durable in its file before the
 *                control file names the checkpoint.
 *            X2. only one process makes checkpoints: the checkpointer, or the startup process
 *                before there is one.
 * A crash    before the control file is written: replay starts from the checkpoint before; after:
 *            from this one. Files and segments not yet removed are removed next time.
 */
#include <string.h>
#include <time.h>

#include "base/clock.h"
#include "buffer/buffer.h"
#include "error/error.h"
#include "file/sync_request.h"
#include "memory/memory.h"
#include "recovery_int.h"
#include "sync/proc.h"
#include "sync/stop_point.h"
#include "sync/wait_event.h"

#define PACE_SLEEP_MS 100
#define PACE_ABSORB_WRITES 1000
#define LAUNCH_WAIT_MS 60000

bool (*recovery_checkpoint_pause_hook)(long wait_ms);

static struct {
    bool active; /* a checkpoint of this process is under way; still set after an error in it */
    int flags;
    XLogRecPtr start_lsn;
    uint64 start_ns;
    time_t last_time;       /* when the last one began */
    double distance_estimate;
    XLogRecPtr previous_redo;
    int writes_since_absorb;
    bool hurry;
} ckpt;

/* --- pacing --- */

static bool
on_schedule(double progress)
{
    double elapsed, segments;

    progress *= CheckPointCompletionTarget;
    segments = (double)max_wal_size_mb * 1024 * 1024 / wal_segment_size /
               (1.0 + CheckPointCompletionTarget);
    elapsed = (double)(wal_insert_lsn() - ckpt.start_lsn) / wal_segment_size / Max(segments, 1.0);
    if (progress < elapsed)
        return false;
    elapsed = (double)(clock_monotonic_ns() - ckpt.start_ns) / 1e9 / CheckPointTimeout;
    return progress >= elapsed;
}

static bool
immediate_requested(void)
{
    bool result;

    SpinLockAcquire(&recovery_shared->request_lock);
    result = (recovery_shared->flags & CHECKPOINT_IMMEDIATE) != 0;
    SpinLockRelease(&recovery_shared->request_lock);
    return result;
}

/* Called after each page. */
static void
pace(double progress, void *arg)
{
    if (!(ckpt.flags & CHECKPOINT_IMMEDIATE) && !ckpt.hurry && !immediate_requested() &&
        on_schedule(progress)) {
        sync_absorb_requests();
        ckpt.writes_since_absorb = 0;
        if (recovery_checkpoint_pause_hook != NULL)
            ckpt.hurry = recovery_checkpoint_pause_hook(PACE_SLEEP_MS);
        else {
            (void)WaitLatch(MyLatch, WL_LATCH_SET | WL_TIMEOUT | WL_EXIT_ON_PM_DEATH,
                            PACE_SLEEP_MS, WAIT_EVENT_CHECKPOINT_WRITE_DELAY);
            ResetLatch(MyLatch);
        }
    } else if (++ckpt.writes_since_absorb >= PACE_ABSORB_WRITES) {
        sync_absorb_requests();
        ckpt.writes_since_absorb = 0;
    }
}

/* --- log lines --- */

static void
tell_start(int flags)
{
    ereport(LOG, (errmsg("checkpoint starting:%s%s%s%s%s%s%s%s",
                         flags & CHECKPOINT_IS_SHUTDOWN ? " shutdown" : "",
                         flags & CHECKPOINT_END_OF_RECOVERY ? " end-of-recovery" : "",
                         flags & CHECKPOINT_IMMEDIATE ? " immediate" : "",
                         flags & CHECKPOINT_FORCE ? " force" : "",
                         flags & CHECKPOINT_WAIT ? " wait" : "",
                         flags & CHECKPOINT_CAUSE_XLOG ? " wal" : "",
                         flags & CHECKPOINT_CAUSE_TIME ? " time" : "",
                         flags & CHECKPOINT_FLUSH_ALL ? " flush-all" : "")));
}

typedef struct CheckpointTimes {
    uint64 start_ns, written_ns, synced_ns, end_ns;
    int buffers, removed, recycled, files;
    uint64 longest_us, total_us;
} CheckpointTimes;

#define MS_PARTS(ms) (long)((ms) / 1000), (int)((ms) % 1000)

static void
tell_complete(const CheckpointTimes *t, double distance)
{
    uint64 write_ms = (t->written_ns - t->start_ns) / 1000000;
    uint64 sync_ms = (t->synced_ns - t->written_ns) / 1000000;
    uint64 total_ms = (t->end_ns - t->start_ns) / 1000000;
    uint64 longest_ms = (t->longest_us + 999) / 1000;
    uint64 average_ms = t->files > 0 ? (t->total_us / (uint64)t->files + 999) / 1000 : 0;

    ereport(LOG,
            (errmsg("checkpoint complete: wrote %d buffers (%.1f%%); %d WAL file(s) added, "
                    "%d removed, %d recycled; write=%ld.%03d s, sync=%ld.%03d s, "
                    "total=%ld.%03d s; sync files=%d, longest=%ld.%03d s, average=%ld.%03d s; "
                    "distance=%d kB, estimate=%d kB",
                    t->buffers, (double)t->buffers * 100 / NBuffers, 0, t->removed, t->recycled,
                    MS_PARTS(write_ms), MS_PARTS(sync_ms), MS_PARTS(total_ms), t->files,
                    MS_PARTS(longest_ms), MS_PARTS(average_ms), (int)(distance / 1024),
                    (int)(ckpt.distance_estimate / 1024))));
}

/* --- the checkpoint --- */

static void
set_state(ClusterState state)
{
    LWLockAcquire(&recovery_shared->control_lock, LW_EXCLUSIVE);
    recovery__control()->state = state;
    recovery__write_control();
    LWLockRelease(&recovery_shared->control_lock);
}

/* X1, up to the point where everything is durable. */
static void
write_out(CheckpointTimes *times)
{
    BufferCheckpointStats stats;

    for (int i = 0; i < recovery_callback_count; i++)
        if (recovery_callbacks[i]->checkpoint != NULL)
            recovery_callbacks[i]->checkpoint();
    buffer_checkpoint(pace, NULL, &stats);
    times->buffers = stats.written;
    times->written_ns = clock_monotonic_ns();
    STOP_POINT("checkpoint_before_sync");
    sync_process_requests(&times->files, &times->longest_us, &times->total_us);
    times->synced_ns = clock_monotonic_ns();
}

static XLogRecPtr
log_checkpoint(const ControlCheckpoint *checkpoint, bool shutdown, XLogRecPtr *ret_end)
{
    XLogRecPtr start;

    wal_begin_insert();
    wal_register_data(checkpoint, sizeof(*checkpoint));
    *ret_end = wal_insert(WAL_RMGR_XLOG, shutdown ? WAL_XLOG_CHECKPOINT_SHUTDOWN
                                                  : WAL_XLOG_CHECKPOINT_ONLINE);
    start = wal_last_insert_start();
    wal_flush(*ret_end);
    if (shutdown && start != checkpoint->redo)
        ereport(PANIC, (errmsg("concurrent write-ahead log activity while database system is "
                               "shutting down")));
    return start;
}

static void
save_checkpoint(const ControlCheckpoint *checkpoint, XLogRecPtr lsn, bool shutdown)
{
    ControlFile *control = recovery__control();

    STOP_POINT("checkpoint_before_control");
    LWLockAcquire(&recovery_shared->control_lock, LW_EXCLUSIVE);
    if (shutdown)
        control->state = CLUSTER_SHUTDOWNED;
    control->checkpoint = lsn;
    control->checkpoint_copy = *checkpoint;
    control->min_recovery_lsn = 0;
    control->min_recovery_tli = 0;
    recovery__write_control();
    LWLockRelease(&recovery_shared->control_lock);
}

/* A moving average that follows growth at once and shrinks slowly. */
static void
update_estimate(double distance)
{
    if (ckpt.distance_estimate < distance)
        ckpt.distance_estimate = distance;
    else
        ckpt.distance_estimate = 0.90 * ckpt.distance_estimate + 0.10 * distance;
}

static void
clean_up(const ControlCheckpoint *checkpoint, XLogRecPtr end, bool shutdown,
         CheckpointTimes *times)
{
    STOP_POINT("checkpoint_before_cleanup");
    sync_post_checkpoint();
    if (ckpt.previous_redo != 0)
        update_estimate((double)(checkpoint->redo - ckpt.previous_redo));
    wal_remove_old(checkpoint->redo, end, ckpt.distance_estimate, &times->removed,
                   &times->recycled);
    if (!shutdown)
        wal_preallocate();
    for (int i = 0; i < recovery_callback_count; i++)
        if (recovery_callbacks[i]->after_checkpoint != NULL)
            recovery_callbacks[i]->after_checkpoint(checkpoint->redo);
}

static ControlCheckpoint
begin(bool shutdown)
{
    ControlCheckpoint checkpoint = {.time = (int64)time(NULL)};

    checkpoint.timeline = checkpoint.previous_timeline = wal_timeline();
    checkpoint.redo = wal_begin_checkpoint();
    checkpoint.full_page_writes = wal_fullpage_writes();
    if (recovery_counters.get != NULL)
        recovery_counters.get(&checkpoint);
    else {
        const ControlCheckpoint *last = &recovery__control()->checkpoint_copy;
        checkpoint.next_xid = last->next_xid;
        checkpoint.oldest_xid = last->oldest_xid;
        checkpoint.next_oid = last->next_oid;
        checkpoint.next_multi = last->next_multi;
        checkpoint.next_multi_offset = last->next_multi_offset;
        checkpoint.oldest_multi = last->oldest_multi;
    }
    return checkpoint;
}

static void
count_checkpoint(const CheckpointTimes *times, int flags)
{
    atomic_fetch_add(flags & CHECKPOINT_CAUSE_TIME ? &recovery_shared->timed
                                                   : &recovery_shared->requested,
                     1);
    atomic_fetch_add(&recovery_shared->write_time_ms,
                     (times->written_ns - times->start_ns) / 1000000);
    atomic_fetch_add(&recovery_shared->sync_time_ms,
                     (times->synced_ns - times->written_ns) / 1000000);
}

void
recovery_checkpoint(int flags)
{
    bool shutdown = (flags & (CHECKPOINT_IS_SHUTDOWN | CHECKPOINT_END_OF_RECOVERY)) != 0;
    CheckpointTimes times = {.start_ns = clock_monotonic_ns()};
    ControlCheckpoint checkpoint;
    XLogRecPtr start, end, previous_redo = wal_redo_lsn();
    bool to_log;

    if (!(flags & (CHECKPOINT_IS_SHUTDOWN | CHECKPOINT_END_OF_RECOVERY | CHECKPOINT_FORCE)) &&
        wal_insert_lsn() == atomic_load(&recovery_shared->last_checkpoint_end)) {
        ereport(DEBUG1, (errmsg_internal("checkpoint skipped because system is idle")));
        return;
    }
    sync_pre_checkpoint();
    if (flags & CHECKPOINT_IS_SHUTDOWN)
        set_state(CLUSTER_SHUTDOWNING);
    ckpt.flags = flags;
    ckpt.hurry = false;
    ckpt.previous_redo = previous_redo;
    checkpoint = begin(shutdown);
    ckpt.start_lsn = checkpoint.redo;
    ckpt.start_ns = times.start_ns;
    to_log = log_checkpoints || (flags & CHECKPOINT_END_OF_RECOVERY);
    if (to_log)
        tell_start(flags);
    STOP_POINT("checkpoint_after_redo_point");
    for (int i = 0; i < recovery_callback_count; i++)
        if (recovery_callbacks[i]->wait_for_commits != NULL)
            recovery_callbacks[i]->wait_for_commits();
    write_out(&times);
    start = log_checkpoint(&checkpoint, shutdown, &end);
    save_checkpoint(&checkpoint, start, (flags & CHECKPOINT_IS_SHUTDOWN) != 0);
    wal_end_checkpoint(checkpoint.redo);
    /* As wal_insert_lsn() would say it if nothing came after. */
    atomic_store(&recovery_shared->last_checkpoint_end,
                 end % wal_segment_size == 0 ? end + WAL_SEGMENT_HEADER_SIZE : end);
    clean_up(&checkpoint, end, (flags & CHECKPOINT_IS_SHUTDOWN) != 0, &times);
    times.end_ns = clock_monotonic_ns();
    if (to_log)
        tell_complete(&times, (double)(checkpoint.redo - previous_redo));
    count_checkpoint(&times, flags);
}

void
recovery_shutdown_checkpoint(void)
{
    ereport(LOG, (errmsg("shutting down")));
    recovery_checkpoint(CHECKPOINT_IS_SHUTDOWN | CHECKPOINT_IMMEDIATE);
}

void
recovery_checkpoint_statistics(CheckpointStatistics *ret_statistics)
{
    *ret_statistics = (CheckpointStatistics){
        .timed = atomic_load(&recovery_shared->timed),
        .requested = atomic_load(&recovery_shared->requested),
        .write_time_ms = atomic_load(&recovery_shared->write_time_ms),
        .sync_time_ms = atomic_load(&recovery_shared->sync_time_ms),
    };
}

/* --- requests --- */

static void
wake_checkpointer(void)
{
    int procno = ProcGlobal == NULL ? INVALID_PGPROCNO
                                    : atomic_load(&ProcGlobal->checkpointerProcno);

    if (procno != INVALID_PGPROCNO)
        SetLatch(&GetPGProcByNumber(procno)->procLatch);
}

/* By whoever fills a segment, in a critical section: says it and goes on. */
static void
request_because_of_wal(void)
{
    bool is_new;

    SpinLockAcquire(&recovery_shared->request_lock);
    is_new = !(recovery_shared->flags & CHECKPOINT_CAUSE_XLOG) &&
             recovery_shared->started == recovery_shared->done;
    if (is_new)
        recovery_shared->flags |= CHECKPOINT_CAUSE_XLOG | CHECKPOINT_REQUESTED;
    SpinLockRelease(&recovery_shared->request_lock);
    if (is_new)
        wake_checkpointer();
}

static void
wait_for_counter(ConditionVariable *cv, const uint32 *counter, uint32 target, uint32 event,
                 uint32 *ret_failed)
{
    ConditionVariablePrepareToSleep(cv);
    for (;;) {
        uint32 now;

        SpinLockAcquire(&recovery_shared->request_lock);
        now = *counter;
        *ret_failed = recovery_shared->failed;
        SpinLockRelease(&recovery_shared->request_lock);
        if ((int32)(now - target) >= 0)
            break;
        ConditionVariableSleep(cv, event);
    }
    ConditionVariableCancelSleep();
}

void
recovery_request_checkpoint(int flags)
{
    uint32 old_started, old_failed, failed;
    bool has_checkpointer;

    SpinLockAcquire(&recovery_shared->request_lock);
    old_started = recovery_shared->started;
    old_failed = recovery_shared->failed;
    has_checkpointer = recovery_shared->has_checkpointer;
    if (has_checkpointer)
        recovery_shared->flags |= flags | CHECKPOINT_REQUESTED;
    SpinLockRelease(&recovery_shared->request_lock);
    if (!has_checkpointer) {
        recovery_checkpoint(flags | CHECKPOINT_IMMEDIATE);
        return;
    }
    wake_checkpointer();
    if (!(flags & CHECKPOINT_WAIT))
        return;
    /* Not one that had begun before we asked: it may have passed what we changed. */
    wait_for_counter(&recovery_shared->started_cv, &recovery_shared->started, old_started + 1,
                     WAIT_EVENT_CHECKPOINT_START, &failed);
    wait_for_counter(&recovery_shared->done_cv, &recovery_shared->done, old_started + 1,
                     WAIT_EVENT_CHECKPOINT_DONE, &failed);
    if (failed != old_failed)
        ereport(ERROR, (errmsg("checkpoint request failed"),
                        errhint("Consult recent messages in the server log for details.")));
}

/* --- the checkpointer --- */

void
recovery_checkpointer_attach(void)
{
    sync_become_owner();
    ckpt.last_time = time(NULL);
    if (MyProc != NULL)
        atomic_store(&ProcGlobal->checkpointerProcno, MyProc->pgprocno);
    SpinLockAcquire(&recovery_shared->request_lock);
    recovery_shared->has_checkpointer = true;
    SpinLockRelease(&recovery_shared->request_lock);
    wal_request_checkpoint_hook = request_because_of_wal;
}

static void
finish_request(bool failed)
{
    SpinLockAcquire(&recovery_shared->request_lock);
    recovery_shared->done = recovery_shared->started;
    if (failed)
        recovery_shared->failed++;
    SpinLockRelease(&recovery_shared->request_lock);
    ConditionVariableBroadcast(&recovery_shared->done_cv);
    ckpt.active = false;
}

static int
take_request(bool is_due)
{
    int flags;

    SpinLockAcquire(&recovery_shared->request_lock);
    flags = recovery_shared->flags | (is_due ? CHECKPOINT_CAUSE_TIME : 0);
    if (flags != 0) {
        recovery_shared->flags = 0;
        recovery_shared->started++;
    }
    SpinLockRelease(&recovery_shared->request_lock);
    if (flags != 0)
        ConditionVariableBroadcast(&recovery_shared->started_cv);
    return flags;
}

long
recovery_checkpointer_work(void)
{
    time_t now = time(NULL);
    long elapsed = (long)(now - ckpt.last_time);
    int flags;

    if (ckpt.active)
        finish_request(true); /* an error threw us out of the last one */
    sync_absorb_requests();
    flags = take_request(elapsed >= CheckPointTimeout);
    if (flags == 0)
        return Max(1L, CheckPointTimeout - elapsed) * 1000;
    if ((flags & CHECKPOINT_CAUSE_XLOG) && elapsed < CheckPointWarning)
        ereport(LOG, (errmsg_plural("checkpoints are occurring too frequently (%d second apart)",
                                    "checkpoints are occurring too frequently (%d seconds apart)",
                                    (unsigned long)elapsed, (int)elapsed),
                      errhint("Consider increasing the configuration parameter "
                              "\"max_wal_size\".")));
    ckpt.active = true;
    ckpt.last_time = now;
    recovery_checkpoint(flags);
    finish_request(false);
    return recovery_shared->flags != 0 ? 0 : CheckPointTimeout * 1000L;
}
