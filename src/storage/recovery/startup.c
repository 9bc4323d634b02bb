/*
 * startup.c - from the control file to a database in production
 *
 * Why        after a clean shutdown there is nothing to do but to go on where the log ends; after a
 *            crash everything since the last checkpoint's redo point is replayed. Replay does each
 *            page's changes again in order, skipping those the page has already, so it may itself
 *            be cut off anywhere and begun again (D1 of the buffer room).
 * Invariants U1. the segments replayed are durable before the first page they change is written.
 *            U2. no process inserts records before in_progress is 0, but for the startup process's
 *                own end-of-recovery checkpoint.
 *            U3. the control file says "in production" only after that checkpoint.
 * A crash    in replay: replay begins anew from the same redo point.
 * Read first recovery_startup().
 */
#include <string.h>
#include <sys/resource.h>
#include <time.h>

#include "base/clock.h"
#include "buffer/buffer.h"
#include "error/error.h"
#include "file/file.h"
#include "file/sync_request.h"
#include "memory/memory.h"
#include "recovery_int.h"
#include "smgr/smgr.h"
#include "sync/stop_point.h"

#define PROGRESS_EVERY_NS UINT64CONST(10000000000)
#define PROGRESS_CHECK_RECORDS 1024

bool InRecovery = false;

static const char *
format_time(int64 when)
{
    static char text[64];
    time_t seconds = (time_t)when;
    struct tm parts;

    strftime(text, sizeof(text), "%Y-%m-%d %H:%M:%S %Z", localtime_r(&seconds, &parts));
    return text;
}

static void
tell_last_state(const ControlFile *control)
{
    const char *when = format_time(control->time);

    switch ((ClusterState)control->state) {
    case CLUSTER_SHUTDOWNED:
        ereport(LOG, (errmsg("database system was shut down at %s", when)));
        break;
    case CLUSTER_SHUTDOWNED_IN_RECOVERY:
        ereport(LOG, (errmsg("database system was shut down in recovery at %s", when)));
        break;
    case CLUSTER_SHUTDOWNING:
        ereport(LOG,
                (errmsg("database system shutdown was interrupted; last known up at %s", when)));
        break;
    case CLUSTER_IN_CRASH_RECOVERY:
        ereport(LOG, (errmsg("database system was interrupted while in recovery at %s", when),
                      errhint("This probably means that some data is corrupted and you will have "
                              "to use the last backup for recovery.")));
        break;
    case CLUSTER_IN_PRODUCTION:
        ereport(LOG, (errmsg("database system was interrupted; last known up at %s", when)));
        break;
    default:
        ereport(FATAL, (errcode(ERRCODE_DATA_CORRUPTED),
                        errmsg("control file contains invalid database cluster state")));
    }
}

/* The record the control file names; the reader then stands behind it. */
static ControlCheckpoint
read_checkpoint(WalReader *reader, const ControlFile *control, bool *ret_shutdown)
{
    ControlCheckpoint checkpoint;
    const WalRecord *record;

    wal_reader_seek(reader, control->checkpoint);
    record = wal_reader_next(reader);
    if (record == NULL || record->rmgr != WAL_RMGR_XLOG ||
        (record->info != WAL_XLOG_CHECKPOINT_SHUTDOWN &&
         record->info != WAL_XLOG_CHECKPOINT_ONLINE) ||
        record->data_length != sizeof(checkpoint))
        ereport(PANIC, (errmsg("could not locate a valid checkpoint record"),
                        errdetail("%s", record == NULL ? wal_reader_message(reader)
                                                       : "The record is of another kind.")));
    memcpy(&checkpoint, record->data, sizeof(checkpoint));
    *ret_shutdown = record->info == WAL_XLOG_CHECKPOINT_SHUTDOWN;
    if (checkpoint.redo > record->start || (*ret_shutdown && checkpoint.redo != record->start))
        ereport(PANIC, (errmsg("invalid redo point in checkpoint record")));
    return checkpoint;
}

static void
set_state(ClusterState state)
{
    LWLockAcquire(&recovery_shared->control_lock, LW_EXCLUSIVE);
    recovery__control()->state = state;
    recovery__write_control();
    LWLockRelease(&recovery_shared->control_lock);
}

/* --- replay --- */

static const WalRecord *replaying;

static void
replay_error_context(void *arg)
{
    const WalResourceManager *manager;
    StringInfoData text;
    const char *name;

    if (replaying == NULL)
        return;
    manager = wal_resource_manager(replaying->rmgr);
    initStringInfo(&text);
    name = manager == NULL || manager->identify == NULL ? NULL : manager->identify(replaying->info);
    appendStringInfo(&text, "%s/%s", manager == NULL ? "?" : manager->name,
                     name == NULL ? "?" : name);
    if (manager != NULL && manager->describe != NULL) {
        appendStringInfoString(&text, ": ");
        manager->describe(&text, replaying);
    }
    errcontext("WAL redo at %X/%X for %s", LSN_FORMAT_ARGS(replaying->start), text.data);
    pfree(text.data);
}

static void
replay_one(const WalRecord *record)
{
    const WalResourceManager *manager = wal_resource_manager(record->rmgr);

    if (manager == NULL)
        ereport(PANIC, (errmsg("resource manager with ID %d not registered", record->rmgr)));
    if (TransactionIdIsValid(record->xid) && recovery_counters.advance_xid != NULL)
        recovery_counters.advance_xid(record->xid);
    replaying = record;
    manager->redo(record);
    replaying = NULL;
}

static void
tell_progress(uint64 start_ns, uint64 *next_ns, XLogRecPtr lsn)
{
    uint64 now = clock_monotonic_ns();

    if (now < *next_ns)
        return;
    ereport(LOG, (errmsg("redo in progress, elapsed time: %lu.%02lu s, current LSN: %X/%X",
                         (unsigned long)((now - start_ns) / 1000000000),
                         (unsigned long)((now - start_ns) / 10000000 % 100),
                         LSN_FORMAT_ARGS(lsn))));
    *next_ns = now + PROGRESS_EVERY_NS;
}

static double
seconds_of(struct timeval t)
{
    return (double)t.tv_sec + (double)t.tv_usec / 1e6;
}

static void
tell_done(XLogRecPtr last, uint64 start_ns, const struct rusage *before)
{
    struct rusage now;

    getrusage(RUSAGE_SELF, &now);
    ereport(LOG,
            (errmsg("redo done at %X/%X system usage: CPU: user: %.2f s, system: %.2f s, "
                    "elapsed: %.2f s",
                    LSN_FORMAT_ARGS(last), seconds_of(now.ru_utime) - seconds_of(before->ru_utime),
                    seconds_of(now.ru_stime) - seconds_of(before->ru_stime),
                    (double)(clock_monotonic_ns() - start_ns) / 1e9)));
}

/* Replays from the redo point to the end of the log, where the reader then stands. */
static void
replay(WalReader *reader, XLogRecPtr redo)
{
    ErrorContextCallback context = {.previous = error_context_stack,
                                    .callback = replay_error_context};
    MemoryContext scratch =
        AllocSetContextCreate(CurrentMemoryContext, "redo", ALLOCSET_DEFAULT_SIZES);
    MemoryContext outside = MemoryContextSwitchTo(scratch); /* reset after each record */
    uint64 start_ns = clock_monotonic_ns(), next_ns = start_ns + PROGRESS_EVERY_NS;
    uint64 count = 0;
    XLogRecPtr last = 0;
    const WalRecord *record;
    struct rusage before;

    getrusage(RUSAGE_SELF, &before);
    wal_reader_seek(reader, redo);
    error_context_stack = &context;
    while ((record = wal_reader_next(reader)) != NULL) {
        if (count == 0)
            ereport(LOG, (errmsg("redo starts at %X/%X", LSN_FORMAT_ARGS(redo))));
        STOP_POINT("recovery_before_record");
        replay_one(record);
        last = record->start;
        MemoryContextReset(scratch);
        if (++count % PROGRESS_CHECK_RECORDS == 0) {
            CHECK_FOR_INTERRUPTS();
            tell_progress(start_ns, &next_ns, last);
        }
    }
    error_context_stack = context.previous;
    MemoryContextSwitchTo(outside);
    MemoryContextDelete(scratch);
    if (count == 0)
        ereport(LOG, (errmsg("redo is not required")));
    else {
        ereport(LOG, (errmsg_internal("%s", wal_reader_message(reader))));
        tell_done(last, start_ns, &before);
    }
}

static void
run_resource_managers(bool cleanup)
{
    for (int id = 1; id < WAL_RMGR_COUNT; id++) {
        const WalResourceManager *manager = wal_resource_manager((uint8)id);
        void (*step)(void) =
            manager == NULL ? NULL : cleanup ? manager->cleanup : manager->startup;
        if (step != NULL)
            step();
    }
}

static void
recover(WalReader *reader, const ControlFile *control, const ControlCheckpoint *checkpoint)
{
    InRecovery = true;
    ereport(LOG, (errmsg("database system was not properly shut down; "
                         "automatic recovery in progress")));
    set_state(CLUSTER_IN_CRASH_RECOVERY);
    file_remove_temp_leftovers();
    wal_sync_existing(checkpoint->timeline, checkpoint->redo); /* U1 */
    buffer_missing_page_hook = recovery__missing_page;
    buffer_forget_missing_hook = recovery__forget_missing;
    run_resource_managers(false);
    replay(reader, checkpoint->redo);
    run_resource_managers(true);
    recovery__check_missing();
    buffer_missing_page_hook = NULL;
    buffer_forget_missing_hook = NULL;
    smgr_close_all(); /* lengths that only replay may take for true */
}

void
recovery_startup(void)
{
    ControlFile *control = recovery__control();
    ControlCheckpoint checkpoint;
    WalReader *reader;
    bool was_shutdown, crashed;

    recovery_read_control();
    sync_become_owner();
    tell_last_state(control);
    reader = wal_reader_create("pg_wal", control->checkpoint_copy.timeline, control->system_id);
    checkpoint = read_checkpoint(reader, control, &was_shutdown);
    ereport(DEBUG1, (errmsg_internal("checkpoint record is at %X/%X, redo record is at %X/%X",
                                     LSN_FORMAT_ARGS(control->checkpoint),
                                     LSN_FORMAT_ARGS(checkpoint.redo))));
    if (recovery_counters.set != NULL)
        recovery_counters.set(&checkpoint);
    crashed = !was_shutdown || control->state != CLUSTER_SHUTDOWNED;
    for (int i = 0; i < recovery_callback_count; i++)
        if (recovery_callbacks[i]->before_replay != NULL)
            recovery_callbacks[i]->before_replay(&checkpoint);
    if (crashed)
        recover(reader, control, &checkpoint);
    STOP_POINT("recovery_before_end");
    wal_start_at(wal_reader_position(reader), checkpoint.redo, checkpoint.timeline,
                 control->system_id, crashed);
    atomic_store(&recovery_shared->last_checkpoint_end, wal_insert_lsn());
    wal_reader_destroy(reader);
    for (int i = 0; i < recovery_callback_count; i++)
        if (recovery_callbacks[i]->after_replay != NULL)
            recovery_callbacks[i]->after_replay();
    InRecovery = false;
    if (crashed)
        recovery_checkpoint(CHECKPOINT_END_OF_RECOVERY | CHECKPOINT_IMMEDIATE);
    set_state(CLUSTER_IN_PRODUCTION); /* U3 */
    atomic_store(&recovery_shared->in_progress, 0); /* U2 */
}

/* --- the XLOG resource manager --- */

static void
redo_checkpoint(const WalRecord *record)
{
    ControlCheckpoint checkpoint;

    memcpy(&checkpoint, record->data, sizeof(checkpoint));
    if (record->info == WAL_XLOG_CHECKPOINT_SHUTDOWN) {
        if (recovery_counters.set != NULL)
            recovery_counters.set(&checkpoint);
        return;
    }
    if (recovery_counters.advance_xid != NULL && checkpoint.next_xid > 0)
        recovery_counters.advance_xid(checkpoint.next_xid - 1);
    if (recovery_counters.advance_oid != NULL)
        recovery_counters.advance_oid(checkpoint.next_oid);
}

static void
redo_images(const WalRecord *record)
{
    for (int id = 0; id <= record->max_block_id; id++) {
        Buffer buffer;

        if (wal_record_block(record, id) == NULL)
            continue;
        if (buffer_read_for_redo(record, (uint8)id, &buffer) != BUFFER_REDO_RESTORED)
            elog(ERROR, "unexpected XLogReadBufferForRedo result when restoring backup block");
        buffer_unlock_release(buffer);
    }
}

static void
xlog_redo(const WalRecord *record)
{
    Oid next_oid;

    switch (record->info) {
    case WAL_XLOG_CHECKPOINT_SHUTDOWN:
    case WAL_XLOG_CHECKPOINT_ONLINE:
        redo_checkpoint(record);
        break;
    case WAL_XLOG_NEXT_OID:
        memcpy(&next_oid, record->data, sizeof(next_oid));
        if (recovery_counters.advance_oid != NULL)
            recovery_counters.advance_oid(next_oid);
        break;
    case WAL_XLOG_FPI:
    case WAL_XLOG_FPI_FOR_HINT:
        redo_images(record);
        break;
    case WAL_XLOG_NOOP:
    case WAL_XLOG_SWITCH:
    case WAL_XLOG_END_OF_RECOVERY:
    case WAL_XLOG_PARAMETER_CHANGE:
    case WAL_XLOG_FPW_CHANGE:
        break;
    default:
        elog(PANIC, "xlog_redo: unknown op code %u", record->info);
    }
}

static const char *
xlog_identify(uint8 info)
{
    switch (info) {
    case WAL_XLOG_CHECKPOINT_SHUTDOWN: return "CHECKPOINT_SHUTDOWN";
    case WAL_XLOG_CHECKPOINT_ONLINE: return "CHECKPOINT_ONLINE";
    case WAL_XLOG_NOOP: return "NOOP";
    case WAL_XLOG_NEXT_OID: return "NEXTOID";
    case WAL_XLOG_SWITCH: return "SWITCH";
    case WAL_XLOG_FPI: return "FPI";
    case WAL_XLOG_FPI_FOR_HINT: return "FPI_FOR_HINT";
    case WAL_XLOG_END_OF_RECOVERY: return "END_OF_RECOVERY";
    case WAL_XLOG_PARAMETER_CHANGE: return "PARAMETER_CHANGE";
    case WAL_XLOG_FPW_CHANGE: return "FPW_CHANGE";
    default: return NULL;
    }
}

void
recovery_log_next_oid(Oid next_oid)
{
    wal_begin_insert();
    wal_register_data(&next_oid, sizeof(next_oid));
    (void)wal_insert(WAL_RMGR_XLOG, WAL_XLOG_NEXT_OID);
    /*
     * Not flushed here: a row with such an oid is in a page whose record comes later, so it cannot
     * reach the disk without this one. A file of that name may, but creating one logs and checks.
     */
}

void
recovery_register_resource_managers(void)
{
    static const WalResourceManager manager = {
        .name = "XLOG",
        .redo = xlog_redo,
        .identify = xlog_identify,
    };
    wal_register_resource_manager(WAL_RMGR_XLOG, &manager);
    smgr_register_resource_manager();
}
