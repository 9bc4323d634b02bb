/*
 * flush.c - from the ring to the disk
 *
 * Why        many sessions commit at once and one fdatasync serves them all: the first to get
 *            write_lock writes and syncs all that is finished, the others wait until it is free
 *            and mostly find their work done (group commit with one leader).
 * Invariants W7. written and flushed only grow, flushed <= written <= end of finished insertions.
 *            W8. a segment is synced before the first byte of the next is written, so that there
 *                is never a hole before durable records.
 * Locks      write_lock; making a segment takes file_lock.
 * Errors     a write or sync that fails is PANIC. A full disk is waited out: space is reserved
 *            ahead (wal_check_space), so it is met here only when that was used up too.
 */
#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "error/error.h"
#include "file/file.h"
#include "sync/proc.h"
#include "sync/stop_point.h"
#include "sync/wait_event.h"
#include "wal_int.h"

#define DISK_FULL_RETRY_US 1000000

/* The segment this process has open for writing. */
static struct {
    int fd;
    uint64 segment;
} writing = {.fd = -1};

static void
open_for_writing(uint64 segment)
{
    bool told = false;

    if (writing.fd >= 0 && writing.segment == segment)
        return;
    if (writing.fd >= 0)
        close(writing.fd);
    while ((writing.fd = wal__open_or_create(segment)) < 0) {
        if (errno != ENOSPC)
            ereport(PANIC, (errcode_for_file_access(),
                            errmsg("could not open write-ahead log segment %llX: %m",
                                   (unsigned long long)segment)));
        atomic_store(&wal_shared->disk_full, 1);
        if (!told)
            ereport(LOG, (errcode_for_file_access(),
                          errmsg("could not create write-ahead log file: %m"),
                          errdetail("Commits wait until there is space.")));
        told = true;
        usleep(DISK_FULL_RETRY_US);
    }
    writing.segment = segment;
}

static void
write_piece(XLogRecPtr at, uint64 length)
{
    while (length > 0) {
        uint64 offset = at % wal_ring_bytes;
        size_t step = (size_t)Min(length, wal_ring_bytes - offset);
        ssize_t put = pwrite(writing.fd, wal_ring + offset, step, (off_t)(at % wal_segment_size));

        if (put <= 0) {
            char name[WAL_NAME_SIZE];

            if (put < 0 && errno == EINTR)
                continue;
            if (put == 0 || errno == ENOSPC) {
                atomic_store(&wal_shared->disk_full, 1);
                usleep(DISK_FULL_RETRY_US);
                continue;
            }
            wal_segment_name(name, wal_shared->timeline, writing.segment);
            ereport(PANIC,
                    (errcode_for_file_access(),
                     errmsg("could not write to log file %s at offset %u, length %zu: %m", name,
                            (unsigned)(at % wal_segment_size), step)));
        }
        at += (uint64)put;
        length -= (uint64)put;
    }
}

static void
sync_segment(void)
{
    uint64 start = clock_monotonic_ns();

    pgstat_report_wait_start(WAIT_EVENT_WAL_SYNC);
    STOP_POINT("wal_before_sync");
    if (pg_fdatasync(writing.fd) != 0) {
        char name[WAL_NAME_SIZE];

        wal_segment_name(name, wal_shared->timeline, writing.segment);
        ereport(PANIC,
                (errcode_for_file_access(), errmsg("could not fdatasync file \"%s\": %m", name)));
    }
    pgstat_report_wait_end();
    atomic_fetch_add(&wal_shared->stat_syncs, 1);
    atomic_fetch_add(&wal_shared->stat_sync_ns, clock_monotonic_ns() - start);
}

/* One write per segment, from the page that was written last to the end of the target's page. */
static void
write_within_segment(XLogRecPtr from, XLogRecPtr end)
{
    XLogRecPtr segment_end = (from / wal_segment_size + 1) * wal_segment_size;
    XLogRecPtr first = from - from % WAL_WRITE_ALIGN;
    XLogRecPtr last = end + (WAL_WRITE_ALIGN - end % WAL_WRITE_ALIGN) % WAL_WRITE_ALIGN;
    uint64 start = clock_monotonic_ns();

    Assert(end <= segment_end && last <= segment_end);
    open_for_writing(from / wal_segment_size);
    pgstat_report_wait_start(WAIT_EVENT_WAL_WRITE);
    write_piece(first, last - first);
    pgstat_report_wait_end();
    atomic_fetch_add(&wal_shared->stat_writes, 1);
    atomic_fetch_add(&wal_shared->stat_write_ns, clock_monotonic_ns() - start);
    atomic_store(&wal_shared->written, end);
}

static void
segment_finished(uint64 segment)
{
    uint64 redo_segment = atomic_load(&wal_shared->checkpoint_redo) / wal_segment_size;

    sync_segment(); /* W8 */
    atomic_store(&wal_shared->flushed, wal_written_lsn());
    if (wal_request_checkpoint_hook != NULL &&
        segment + 1 - redo_segment >= wal__checkpoint_segments())
        wal_request_checkpoint_hook();
}

void
wal__write_locked(XLogRecPtr target, bool flush)
{
    XLogRecPtr written = wal_written_lsn();

    Assert(LWLockHeldByMe(&wal_shared->write_lock));
    while (written < target) {
        XLogRecPtr segment_end = (written / wal_segment_size + 1) * wal_segment_size;
        XLogRecPtr end = Min(target, segment_end);

        write_within_segment(written, end);
        written = end;
        if (end == segment_end)
            segment_finished(end / wal_segment_size - 1);
    }
    if (flush && wal_flushed_lsn() < written) {
        /* Whoever wrote last may have been another process. */
        open_for_writing((written - 1) / wal_segment_size);
        sync_segment();
        atomic_store(&wal_shared->flushed, written);
    }
}

bool
wal_needs_flush(XLogRecPtr lsn)
{
    return wal_insert_allowed() && lsn > wal_flushed_lsn();
}

void
wal_flush(XLogRecPtr lsn)
{
    if (!wal_needs_flush(lsn))
        return;
    START_CRIT_SECTION();
    while (lsn > wal_flushed_lsn()) {
        XLogRecPtr finished = wal__wait_for_insertions(lsn);

        if (!LWLockAcquireOrWait(&wal_shared->write_lock, LW_EXCLUSIVE))
            continue; /* the one before us flushed, perhaps for us */
        if (lsn > wal_flushed_lsn()) {
            /* What was finished while we waited for the lock goes along. */
            finished = wal__wait_for_insertions(finished);
            STOP_POINT("wal_flush_before_write");
            wal__write_locked(finished, true);
        }
        LWLockRelease(&wal_shared->write_lock);
        if (lsn > finished)
            break;
    }
    STOP_POINT("wal_flush_after_sync");
    END_CRIT_SECTION();
    if (lsn > wal_flushed_lsn())
        ereport(ERROR,
                (errmsg_internal("xlog flush request %X/%X is not satisfied --- flushed only to "
                                 "%X/%X",
                                 LSN_FORMAT_ARGS(lsn), LSN_FORMAT_ARGS(wal_flushed_lsn()))));
}

void
wal_set_writer_sleeping(bool sleeping)
{
    atomic_store(&wal_shared->writer_sleeps, sleeping);
}

void
wal_set_async_lsn(XLogRecPtr lsn)
{
    uint64 seen = atomic_load(&wal_shared->async_lsn);

    while (seen < lsn && !atomic_compare_exchange_weak(&wal_shared->async_lsn, &seen, lsn))
        continue;
    if (atomic_load(&wal_shared->writer_sleeps)) {
        int procno =
            ProcGlobal == NULL ? INVALID_PGPROCNO : atomic_load(&ProcGlobal->walwriterProcno);
        if (procno != INVALID_PGPROCNO)
            SetLatch(&GetPGProcByNumber(procno)->procLatch);
    }
}

bool
wal_background_flush(void)
{
    XLogRecPtr end, target;

    if (!wal_insert_allowed())
        return false;
    wal_preallocate();
    end = wal__end_lsn(atomic_load(&wal_shared->insert_bytes));
    /* Whole pages while work goes on; the last one too when a commit waits in it. */
    target = Max(end - end % WAL_PAGE, Min(atomic_load(&wal_shared->async_lsn), end));
    if (target <= wal_flushed_lsn())
        return false;
    START_CRIT_SECTION();
    wal__wait_for_insertions(target);
    LWLockAcquire(&wal_shared->write_lock, LW_EXCLUSIVE);
    wal__write_locked(Max(target, wal_written_lsn()), true);
    LWLockRelease(&wal_shared->write_lock);
    END_CRIT_SECTION();
    return true;
}
