/*
 * wal.c - the shared state of the log, its positions, its start
 *
 * Read first wal/README.md, then insert.c, flush.c.
 */
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "error/error.h"
#include "file/file.h"
#include "memory/memory.h"
#include "shmem/shmem.h"
#include "sync/proc.h"
#include "wal_int.h"

#define RING_MIN (64 * 1024)

WalShared *wal_shared;
char *wal_ring;
uint64 wal_ring_bytes;
WalUsage wal_usage;

TransactionId (*wal_current_xid_hook)(void);
void (*wal_request_checkpoint_hook)(void);
XLogRecPtr (*wal_keep_lsn_hook)(void);

static const WalResourceManager *managers[WAL_RMGR_COUNT];

/* --- shared memory --- */

static Size
state_size(void)
{
    return sizeof(WalShared);
}

static void
state_init(void *address, Size size)
{
    wal_shared = address;
    LWLockInitialize(&wal_shared->write_lock, LWTRANCHE_WAL_WRITE);
    LWLockInitialize(&wal_shared->file_lock, LWTRANCHE_WAL_FILE);
    for (int i = 0; i < WAL_INSERT_SLOTS; i++)
        LWLockInitialize(&wal_shared->slots[i].lock, LWTRANCHE_WAL_INSERT);
}

/* wal_buffers = -1 is a 32nd of shared_buffers, between 64 kB and one segment. */
static Size
ring_size(void)
{
    int64 blocks = XLOGbuffers;

    if (blocks < 0)
        blocks = NBuffers / 32;
    return (Size)Max(RING_MIN, Min(blocks * WAL_PAGE, (int64)wal_segment_size));
}

static void
ring_init(void *address, Size size)
{
    wal_ring = address;
    wal_ring_bytes = size / WAL_PAGE * WAL_PAGE;
}

void
wal_shmem_register(void)
{
    shmem_register_area("XLOG Ctl", state_size, state_init);
    shmem_register_area("XLOG Buffers", ring_size, ring_init);
}

/* --- resource managers --- */

void
wal_register_resource_manager(uint8 id, const WalResourceManager *manager)
{
    Assert(id > WAL_RMGR_NONE && id < WAL_RMGR_COUNT);
    managers[id] = manager;
}

const WalResourceManager *
wal_resource_manager(uint8 id)
{
    return id < WAL_RMGR_COUNT ? managers[id] : NULL;
}

/* --- positions --- */

XLogRecPtr
wal_insert_lsn(void)
{
    return wal__start_lsn(atomic_load(&wal_shared->insert_bytes));
}

XLogRecPtr
wal_written_lsn(void)
{
    return atomic_load(&wal_shared->written);
}

XLogRecPtr
wal_flushed_lsn(void)
{
    return atomic_load(&wal_shared->flushed);
}

XLogRecPtr
wal_redo_lsn(void)
{
    return atomic_load(&wal_shared->redo);
}

bool
wal_insert_allowed(void)
{
    return wal_shared != NULL && atomic_load(&wal_shared->started) != 0;
}

uint32
wal_timeline(void)
{
    return wal_shared->timeline;
}

uint64
wal_system_id(void)
{
    return wal_shared->system_id;
}

uint32
wal_segment_bytes(void)
{
    return wal_segment_size;
}

bool
wal_fullpage_writes(void)
{
    return atomic_load(&wal_shared->full_page_writes) != 0;
}

void
wal_statistics(WalStatistics *ret_statistics)
{
    WalStatistics sum = {0};

    for (int i = 0; i < WAL_INSERT_SLOTS; i++) {
        sum.records += wal_shared->slots[i].records;
        sum.images += wal_shared->slots[i].images;
        sum.bytes += wal_shared->slots[i].bytes;
    }
    sum.buffers_full = atomic_load(&wal_shared->stat_buffers_full);
    sum.writes = atomic_load(&wal_shared->stat_writes);
    sum.syncs = atomic_load(&wal_shared->stat_syncs);
    sum.write_time_us = atomic_load(&wal_shared->stat_write_ns) / 1000;
    sum.sync_time_us = atomic_load(&wal_shared->stat_sync_ns) / 1000;
    *ret_statistics = sum;
}

/* --- start --- */

/*
 * The log's last page goes back into the ring, cut at `end`: the first write rewrites it from its
 * start.
 */
static void
load_last_page(XLogRecPtr end)
{
    XLogRecPtr page = end - end % WAL_PAGE;
    char *target = wal_ring + page % wal_ring_bytes;
    int fd;

    memset(target, 0, WAL_PAGE);
    if (end == page)
        return;
    fd = wal__open_segment(wal_shared->timeline, end / wal_segment_size, O_RDONLY);
    if (fd < 0 || pread(fd, target, (size_t)(end - page), (off_t)(page % wal_segment_size)) !=
                      (ssize_t)(end - page))
        ereport(PANIC, (errcode_for_file_access(),
                        errmsg("could not read the last page of the write-ahead log at %X/%X: %m",
                               LSN_FORMAT_ARGS(end))));
    close(fd);
}

/*
 * After a crash, bytes behind `end` may be whole records that were written although an earlier one
 * was lost. With new records of the same lengths before them they would pass every check (W6), so
 * the rest of the segment is zeroed and later segments of our own go.
 */
static void
erase_after(XLogRecPtr end)
{
    static const char zeros[64 * 1024];
    off_t at = (off_t)(end % wal_segment_size);
    int fd;

    wal__forget_future_segments(at == 0 ? end / wal_segment_size - 1 : end / wal_segment_size);
    if (at == 0)
        return;
    fd = wal__open_segment(wal_shared->timeline, end / wal_segment_size, O_RDWR);
    if (fd < 0)
        ereport(PANIC, (errcode_for_file_access(), errmsg("could not open write-ahead log: %m")));
    for (off_t size = lseek(fd, 0, SEEK_END); at < size;) {
        size_t step = (size_t)Min(size - at, (off_t)sizeof(zeros));
        if (pwrite(fd, zeros, step, at) != (ssize_t)step)
            ereport(PANIC,
                    (errcode_for_file_access(), errmsg("could not write write-ahead log: %m")));
        at += (off_t)step;
    }
    if (pg_fsync(fd) != 0)
        ereport(PANIC, (errcode_for_file_access(), errmsg("could not fsync write-ahead log: %m")));
    close(fd);
}

void
wal_start_at(XLogRecPtr end, XLogRecPtr redo, uint32 timeline, uint64 system_id,
             bool after_crash)
{
    Assert(!wal_insert_allowed());
    Assert(end >= wal_segment_size);
    wal_shared->timeline = timeline;
    wal_shared->system_id = system_id;
    /* A record begins after a header: an end at a segment's first byte is the same position. */
    if (after_crash)
        erase_after(end);
    load_last_page(end);
    atomic_store(&wal_shared->insert_bytes, wal__lsn_bytes(end));
    atomic_store(&wal_shared->written, end);
    atomic_store(&wal_shared->flushed, end);
    atomic_store(&wal_shared->async_lsn, 0);
    atomic_store(&wal_shared->redo, redo);
    atomic_store(&wal_shared->checkpoint_redo, redo);
    atomic_store(&wal_shared->full_page_writes, fullPageWrites);
    atomic_store(&wal_shared->ready_segment, end / wal_segment_size);
    atomic_store(&wal_shared->started, 1);
}

void
wal_bootstrap(uint64 system_id, uint32 timeline, uint64 segment, const void *checkpoint,
              uint32 length)
{
    char page[WAL_PAGE] = {0};
    char path[MAXPGPATH];
    WalSegmentHeader header = {
        .magic = WAL_MAGIC,
        .version = WAL_VERSION,
        .header_size = WAL_SEGMENT_HEADER_SIZE,
        .system_id = system_id,
        .segment = segment,
        .timeline = timeline,
        .segment_size = wal_segment_size,
        .first_record = WAL_SEGMENT_HEADER_SIZE,
    };
    int fd;

    header.crc = wal_segment_header_crc(&header);
    memcpy(page, &header, sizeof(header));
    wal_record_encode_plain(page + WAL_SEGMENT_HEADER_SIZE,
                            segment * wal_segment_size + WAL_SEGMENT_HEADER_SIZE, WAL_RMGR_XLOG,
                            WAL_XLOG_CHECKPOINT_SHUTDOWN, checkpoint, length);
    wal__segment_path(path, timeline, segment);
    fd = BasicOpenFile(path, O_RDWR | O_CREAT | O_TRUNC);
    if (fd < 0)
        ereport(PANIC,
                (errcode_for_file_access(), errmsg("could not create file \"%s\": %m", path)));
    errno = 0;
    if (write(fd, page, sizeof(page)) != (ssize_t)sizeof(page) || pg_fsync(fd) != 0) {
        if (errno == 0)
            errno = ENOSPC;
        ereport(PANIC,
                (errcode_for_file_access(), errmsg("could not write to file \"%s\": %m", path)));
    }
    close(fd);
    fsync_fname(WAL_DIRECTORY, true, PANIC);
}

/* --- checkpoints --- */

static void
lock_all_slots(void)
{
    for (int i = 0; i < WAL_INSERT_SLOTS; i++)
        LWLockAcquire(&wal_shared->slots[i].lock, LW_EXCLUSIVE);
}

static void
unlock_all_slots(void)
{
    for (int i = WAL_INSERT_SLOTS - 1; i >= 0; i--)
        LWLockReleaseClearVar(&wal_shared->slots[i].lock, &wal_shared->slots[i].inserting_at, 0);
}

XLogRecPtr
wal_begin_checkpoint(void)
{
    XLogRecPtr redo;

    lock_all_slots();
    redo = wal_insert_lsn();
    atomic_store(&wal_shared->redo, redo);
    atomic_store(&wal_shared->full_page_writes, fullPageWrites);
    unlock_all_slots();
    return redo;
}

void
wal_end_checkpoint(XLogRecPtr redo)
{
    atomic_store(&wal_shared->checkpoint_redo, redo);
}

XLogRecPtr
wal_keep_lsn(void)
{
    return wal_keep_lsn_hook == NULL ? 0 : wal_keep_lsn_hook();
}

/*
 * The segment ends with a record that says so; the counter jumps to the next one. All slots are
 * held, so nobody reserves meanwhile.
 */
XLogRecPtr
wal_switch(void)
{
    char record[WAL_RECORD_MIN + 8];
    uint32 length = wal_record_encode_plain(record, 0, WAL_RMGR_XLOG, WAL_XLOG_SWITCH, NULL, 0);
    uint64 bytes;
    XLogRecPtr start, end;

    START_CRIT_SECTION();
    lock_all_slots();
    bytes = atomic_load(&wal_shared->insert_bytes);
    if (bytes % wal__usable() == 0 || bytes % wal__usable() + length > wal__usable()) {
        /* Nothing in this segment yet, or no room left for the record: nothing to end. */
        unlock_all_slots();
        END_CRIT_SECTION();
        return wal__end_lsn(bytes);
    }
    start = wal__start_lsn(bytes);
    wal_record_encode_plain(record, start, WAL_RMGR_XLOG, WAL_XLOG_SWITCH, NULL, 0);
    end = (start / wal_segment_size + 1) * wal_segment_size;
    wal__insert_switch_locked(record, length, start, end);
    unlock_all_slots();
    wal_flush(end);
    END_CRIT_SECTION();
    return start + length;
}
