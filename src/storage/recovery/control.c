/*
 * control.c - global/pg_control: reading, writing, making; the room's shared state
 *
 * Invariants K1. the file is one sector's worth of facts in one write, so that a torn write cannot
 *                mix two versions; the CRC tells if it did.
 *            K2. the checkpoint it names is durable in the log before the file says so.
 * Locks      ControlFile around changes, file write and fsync included.
 */
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/random.h"
#include "error/error.h"
#include "file/file.h"
#include "memory/memory.h"
#include "recovery_int.h"
#include "shmem/shmem.h"
#include "sync/stop_point.h"
#include "sync/wait_event.h"

RecoveryShared *recovery_shared;
RecoveryCounters recovery_counters;
const RecoveryCallbacks *recovery_callbacks[RECOVERY_CALLBACKS_MAX];
int recovery_callback_count;

/* Before the main segment exists, and in tools without one. */
static ControlFile local_control;
static bool local_known;

static Size
shared_size(void)
{
    return sizeof(RecoveryShared);
}

static void
shared_init(void *address, Size size)
{
    recovery_shared = address;
    LWLockInitialize(&recovery_shared->control_lock, LWTRANCHE_CONTROL_FILE);
    atomic_store(&recovery_shared->in_progress, 1);
    SpinLockInit(&recovery_shared->request_lock);
    ConditionVariableInit(&recovery_shared->started_cv);
    ConditionVariableInit(&recovery_shared->done_cv);
    if (local_known)
        recovery_shared->control = local_control;
}

void
recovery_shmem_register(void)
{
    shmem_register_area("Recovery Control", shared_size, shared_init);
}

void
recovery_register_counters(const RecoveryCounters *counters)
{
    recovery_counters = *counters;
}

void
recovery_register_callbacks(const RecoveryCallbacks *callbacks)
{
    if (recovery_callback_count >= RECOVERY_CALLBACKS_MAX)
        elog(FATAL, "too many recovery callbacks");
    recovery_callbacks[recovery_callback_count++] = callbacks;
}

bool
recovery_in_progress(void)
{
    return recovery_shared != NULL && atomic_load(&recovery_shared->in_progress) != 0;
}

ControlFile *
recovery__control(void)
{
    return recovery_shared != NULL ? &recovery_shared->control : &local_control;
}

const ControlFile *
recovery_control(void)
{
    if (recovery__control()->magic != CONTROL_MAGIC)
        recovery_read_control();
    return recovery__control();
}

static void
check_control(const ControlFile *control)
{
    if (control->magic != CONTROL_MAGIC || control->version != CONTROL_VERSION)
        ereport(FATAL,
                (errmsg("database files are incompatible with server"),
                 errdetail("The database cluster was initialized with PG_CONTROL_VERSION %u, but "
                           "the server was compiled with PG_CONTROL_VERSION %u.",
                           control->version, CONTROL_VERSION),
                 errhint("It looks like you need to initdb.")));
    if (control->crc != control_compute_crc(control))
        ereport(FATAL, (errmsg("incorrect checksum in control file")));
    if (control->block_size != BLCKSZ || control->wal_segment_size != (uint32)wal_segment_size)
        ereport(FATAL,
                (errmsg("database files are incompatible with server"),
                 errdetail("The database cluster was initialized with BLCKSZ %u and segments of "
                           "%u bytes.",
                           control->block_size, control->wal_segment_size),
                 errhint("It looks like you need to recompile or initdb.")));
}

void
recovery_read_control(void)
{
    ControlFile control;
    int fd = BasicOpenFile(CONTROL_FILE, O_RDONLY);
    ssize_t got;

    if (fd < 0)
        ereport(FATAL, (errcode_for_file_access(),
                        errmsg("could not open file \"%s\": %m", CONTROL_FILE)));
    pgstat_report_wait_start(WAIT_EVENT_CONTROL_FILE_READ);
    got = read(fd, &control, sizeof(control));
    pgstat_report_wait_end();
    close(fd);
    if (got != (ssize_t)sizeof(control))
        ereport(FATAL, (errcode(ERRCODE_DATA_CORRUPTED),
                        errmsg("could not read file \"%s\": read %d of %zu", CONTROL_FILE,
                               (int)got, sizeof(control))));
    check_control(&control);
    local_control = control;
    local_known = true;
    if (recovery_shared != NULL)
        recovery_shared->control = control;
}

static void
write_file(const ControlFile *control, int extra_flags)
{
    char buffer[CONTROL_FILE_SIZE] = {0};
    int fd = BasicOpenFile(CONTROL_FILE, O_RDWR | extra_flags);

    if (fd < 0)
        ereport(PANIC, (errcode_for_file_access(),
                        errmsg("could not open file \"%s\": %m", CONTROL_FILE)));
    memcpy(buffer, control, sizeof(*control));
    errno = 0;
    STOP_POINT("control_before_write");
    pgstat_report_wait_start(WAIT_EVENT_CONTROL_FILE_WRITE_UPDATE);
    if (pwrite(fd, buffer, sizeof(buffer), 0) != (ssize_t)sizeof(buffer)) {
        if (errno == 0)
            errno = ENOSPC;
        ereport(PANIC, (errcode_for_file_access(),
                        errmsg("could not write to file \"%s\": %m", CONTROL_FILE)));
    }
    pgstat_report_wait_start(WAIT_EVENT_CONTROL_FILE_SYNC_UPDATE);
    if (pg_fsync(fd) != 0)
        ereport(PANIC, (errcode_for_file_access(),
                        errmsg("could not fsync file \"%s\": %m", CONTROL_FILE)));
    pgstat_report_wait_end();
    close(fd);
}

void
recovery__write_control(void)
{
    ControlFile *control = recovery__control();

    Assert(recovery_shared == NULL || LWLockHeldByMe(&recovery_shared->control_lock));
    control->time = (int64)time(NULL);
    control->crc = control_compute_crc(control);
    write_file(control, 0);
}

static ControlCheckpoint
first_checkpoint(uint64 segment, TransactionId next_xid, Oid next_oid)
{
    return (ControlCheckpoint){
        .redo = segment * wal_segment_size + WAL_SEGMENT_HEADER_SIZE,
        .timeline = 1,
        .previous_timeline = 1,
        .next_xid = next_xid,
        .oldest_xid = FirstNormalTransactionId,
        .oldest_active_xid = next_xid,
        .next_multi = FirstMultiXactId,
        .next_multi_offset = 1,
        .oldest_multi = FirstMultiXactId,
        .next_oid = next_oid,
        .oldest_xid_db = 1,
        .oldest_multi_db = 1,
        .full_page_writes = 1,
        .time = (int64)time(NULL),
    };
}

void
recovery_bootstrap(uint64 system_id, uint32 catalog_version, TransactionId next_xid, Oid next_oid)
{
    ControlFile control = {
        .magic = CONTROL_MAGIC,
        .version = CONTROL_VERSION,
        .system_id = system_id,
        .catalog_version = catalog_version,
        .state = CLUSTER_SHUTDOWNED,
        .time = (int64)time(NULL),
        .checkpoint_copy = first_checkpoint(WAL_FIRST_SEGMENT, next_xid, next_oid),
        .wal_segment_size = (uint32)wal_segment_size,
        .block_size = BLCKSZ,
        .max_connections = (uint32)MaxConnections,
        .max_worker_processes = (uint32)max_worker_processes,
        .max_prepared_xacts = 0,
        .max_locks_per_xact = 64,
        .data_checksum_version = 1,
        .wal_level = WAL_LEVEL_REPLICA,
    };

    if (access(CONTROL_FILE, F_OK) == 0)
        ereport(PANIC, (errmsg("could not create file \"%s\": there is a cluster already",
                               CONTROL_FILE)));
    if (!pg_strong_random(control.mock_nonce, sizeof(control.mock_nonce)))
        ereport(PANIC, (errmsg("could not generate secret authorization token")));
    control.checkpoint = control.checkpoint_copy.redo;
    wal_bootstrap(system_id, 1, WAL_FIRST_SEGMENT, &control.checkpoint_copy,
                  sizeof(control.checkpoint_copy));
    control.crc = control_compute_crc(&control);
    write_file(&control, O_CREAT | O_EXCL);
    fsync_parent_path(CONTROL_FILE, PANIC);
    local_control = control;
    local_known = true;
    if (recovery_shared != NULL)
        recovery_shared->control = control;
}

/* Pages bear LSNs up to the end of the old log, so the new one begins in a later segment. */
void
recovery_trim_wal(void)
{
    ControlFile *control = recovery__control();
    uint64 segment = wal_insert_lsn() / wal_segment_size + 1;

    Assert(control->state == CLUSTER_SHUTDOWNED);
    control->checkpoint_copy.redo = segment * wal_segment_size + WAL_SEGMENT_HEADER_SIZE;
    control->checkpoint = control->checkpoint_copy.redo;
    wal_bootstrap(control->system_id, control->checkpoint_copy.timeline, segment,
                  &control->checkpoint_copy, sizeof(control->checkpoint_copy));
    LWLockAcquire(&recovery_shared->control_lock, LW_EXCLUSIVE);
    recovery__write_control();
    LWLockRelease(&recovery_shared->control_lock);
    wal_remove_others(segment);
}
