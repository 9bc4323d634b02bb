/*
 * segment.c - segment files: names, making, recycling, removal
 *
 * Why        a write into a file that exists in full needs no new blocks, so a flush costs one
 *            journal-free fdatasync and cannot meet a full disk. So segments are made ahead, by
 *            the walwriter, and old ones renamed to future ones after a checkpoint.
 * Invariants G1. a segment file appears under its name only when it is complete and synced.
 *            G2. the segment after the one records go into exists once that one is a quarter full;
 *                else disk_full is set and statements that want to write fail.
 *            G3. no segment from the redo point of the last checkpoint on is removed.
 * Locks      file_lock while names change.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "error/error.h"
#include "file/file.h"
#include "memory/memory.h"
#include "sync/stop_point.h"
#include "sync/wait_event.h"
#include "wal_int.h"

#define ZERO_CHUNK (256 * 1024)
#define READY_FRACTION 4

#ifdef USE_STOP_POINTS
bool wal_test_disk_full;
#endif

void
wal_segment_name(char *ret_name, uint32 timeline, uint64 segment)
{
    uint64 per_id = (UINT64_C(1) << 32) / wal_segment_size;

    snprintf(ret_name, WAL_NAME_SIZE, "%08X%08X%08X", timeline, (uint32)(segment / per_id),
             (uint32)(segment % per_id));
}

bool
wal_segment_parse(const char *name, uint32 *ret_timeline, uint64 *ret_segment)
{
    unsigned timeline, high, low;

    if (strlen(name) != 24 || strspn(name, "0123456789ABCDEF") != 24 ||
        sscanf(name, "%08X%08X%08X", &timeline, &high, &low) != 3)
        return false;
    *ret_timeline = timeline;
    *ret_segment = (uint64)high * ((UINT64_C(1) << 32) / wal_segment_size) + low;
    return true;
}

void
wal__segment_path(char *ret_path, uint32 timeline, uint64 segment)
{
    char name[WAL_NAME_SIZE];

    wal_segment_name(name, timeline, segment);
    snprintf(ret_path, MAXPGPATH, WAL_DIRECTORY "/%s", name);
}

int
wal__open_segment(uint32 timeline, uint64 segment, int flags)
{
    char path[MAXPGPATH];

    wal__segment_path(path, timeline, segment);
    return BasicOpenFile(path, flags);
}

/* Fills a new file; -1 with errno. */
static int
fill_with_zeros(int fd)
{
    static const char zeros[ZERO_CHUNK];

    if (!wal_init_zero)
        return ftruncate(fd, (off_t)wal_segment_size);
    for (off_t at = 0; at < (off_t)wal_segment_size;) {
        size_t step = Min((size_t)ZERO_CHUNK, wal_segment_size - (size_t)at);
        ssize_t put;
#ifdef USE_STOP_POINTS
        if (wal_test_disk_full) {
            errno = ENOSPC;
            return -1;
        }
#endif
        errno = 0;
        put = pwrite(fd, zeros, step, at);
        if (put < 0 && errno == EINTR)
            continue;
        if (put <= 0) {
            if (errno == 0)
                errno = ENOSPC;
            return -1;
        }
        at += put;
    }
    return 0;
}

/* Gives a complete file its name unless there is one already (another process was first). */
static int
install_segment(const char *temp_path, uint64 segment)
{
    char path[MAXPGPATH];
    int rc = 0;

    wal__segment_path(path, wal_shared->timeline, segment);
    LWLockAcquire(&wal_shared->file_lock, LW_EXCLUSIVE);
    if (access(path, F_OK) == 0)
        unlink(temp_path);
    else {
        STOP_POINT("wal_segment_before_rename");
        rc = rename(temp_path, path);
    }
    LWLockRelease(&wal_shared->file_lock);
    if (rc == 0)
        rc = fsync_fname(WAL_DIRECTORY, true, LOG);
    return rc;
}

static int
create_segment(uint64 segment)
{
    char temp_path[MAXPGPATH];
    int fd, saved;

    snprintf(temp_path, sizeof(temp_path), WAL_DIRECTORY "/xlogtemp.%d", (int)getpid());
    unlink(temp_path);
    fd = BasicOpenFile(temp_path, O_RDWR | O_CREAT | O_EXCL);
    if (fd < 0)
        return -1;
    pgstat_report_wait_start(WAIT_EVENT_WAL_INIT_WRITE);
    if (fill_with_zeros(fd) != 0 || pg_fsync(fd) != 0) {
        saved = errno;
        pgstat_report_wait_end();
        close(fd);
        unlink(temp_path);
        errno = saved;
        return -1;
    }
    pgstat_report_wait_end();
    close(fd);
    return install_segment(temp_path, segment);
}

int
wal__open_or_create(uint64 segment)
{
    int fd = wal__open_segment(wal_shared->timeline, segment, O_RDWR);

    if (fd >= 0 || errno != ENOENT)
        return fd;
    if (create_segment(segment) != 0)
        return -1;
    return wal__open_segment(wal_shared->timeline, segment, O_RDWR);
}

/* The first segment of a cluster is made short: gives it its blocks before they are needed. */
static int
complete_segment(uint64 segment)
{
    int fd = wal__open_segment(wal_shared->timeline, segment, O_RDWR);
    int rc = 0;

    if (fd < 0)
        return errno == ENOENT ? 0 : -1;
    if (lseek(fd, 0, SEEK_END) < (off_t)wal_segment_size) {
        rc = posix_fallocate(fd, 0, (off_t)wal_segment_size);
        if (rc == EOPNOTSUPP || rc == EINVAL)
            rc = 0;
    }
    close(fd);
    errno = rc;
    return rc == 0 ? 0 : -1;
}

void
wal_preallocate(void)
{
    XLogRecPtr end = wal_insert_lsn();
    uint64 current = end / wal_segment_size;
    uint64 ready = atomic_load(&wal_shared->ready_segment);
    int fd;

    if (end % wal_segment_size < wal_segment_size / READY_FRACTION || ready > current)
        return;
    if (complete_segment(current) == 0 && (fd = wal__open_or_create(current + 1)) >= 0) {
        close(fd);
        while (ready < current + 1 && !atomic_compare_exchange_weak(&wal_shared->ready_segment,
                                                                    &ready, current + 1))
            continue;
        atomic_store(&wal_shared->disk_full, 0);
        return;
    }
    if (errno == ENOSPC || errno == EDQUOT) {
        if (atomic_exchange(&wal_shared->disk_full, 1) == 0)
            ereport(LOG, (errcode_for_file_access(),
                          errmsg("could not make a new write-ahead log file: %m"),
                          errdetail("Statements that change data fail until there is space.")));
    }
}

void
wal_check_space(void)
{
    if (likely(atomic_load_explicit(&wal_shared->disk_full, memory_order_relaxed) == 0))
        return;
    wal_preallocate();
    if (atomic_load(&wal_shared->disk_full) == 0)
        return;
    ereport(ERROR, (errcode(ERRCODE_DISK_FULL),
                    errmsg("could not write to file \"%s\": No space left on device",
                           WAL_DIRECTORY),
                    errhint("Check free disk space.")));
}

/* Segments of WAL after which a checkpoint begins, so that max_wal_size is kept while it runs. */
uint64
wal__checkpoint_segments(void)
{
    double segments = (double)max_wal_size_mb * 1024 * 1024 / wal_segment_size /
                      (1.0 + CheckPointCompletionTarget);

    return segments < 1 ? 1 : (uint64)segments;
}

/* Calls `visit` for each segment file of our timeline. */
static void
for_each_segment(void (*visit)(uint64 segment, const char *name, void *arg), void *arg)
{
    DIR *dir = AllocateDir(WAL_DIRECTORY);
    struct dirent *entry;

    while ((entry = ReadDirExtended(dir, WAL_DIRECTORY, LOG)) != NULL) {
        uint32 timeline;
        uint64 segment;
        if (wal_segment_parse(entry->d_name, &timeline, &segment) &&
            timeline == wal_shared->timeline)
            visit(segment, entry->d_name, arg);
    }
    FreeDir(dir);
}

typedef struct RemoveState {
    uint64 keep_from;   /* G3 */
    uint64 recycle_to;  /* the last future segment worth having */
    uint64 next_free;   /* candidate for the next recycled one */
    int removed, recycled;
} RemoveState;

static bool
recycle(const char *path, RemoveState *state)
{
    char target[MAXPGPATH];
    bool done = false;

    if (!wal_recycle)
        return false;
    LWLockAcquire(&wal_shared->file_lock, LW_EXCLUSIVE);
    while (!done && state->next_free <= state->recycle_to) {
        wal__segment_path(target, wal_shared->timeline, state->next_free++);
        if (access(target, F_OK) != 0)
            done = rename(path, target) == 0;
    }
    LWLockRelease(&wal_shared->file_lock);
    return done;
}

static void
remove_or_recycle(uint64 segment, const char *name, void *arg)
{
    RemoveState *state = arg;
    char path[MAXPGPATH];
    struct stat st;

    if (segment >= state->keep_from)
        return;
    snprintf(path, sizeof(path), WAL_DIRECTORY "/%s", name);
    if (stat(path, &st) == 0 && st.st_size == (off_t)wal_segment_size && recycle(path, state))
        state->recycled++;
    else if (unlink(path) == 0)
        state->removed++;
    else if (errno != ENOENT)
        ereport(LOG,
                (errcode_for_file_access(), errmsg("could not remove file \"%s\": %m", path)));
}

void
wal_remove_old(XLogRecPtr redo, XLogRecPtr end, double distance_estimate, int *ret_removed,
               int *ret_recycled)
{
    uint64 redo_segment = redo / wal_segment_size;
    uint64 keep = wal_keep_lsn() / wal_segment_size;
    uint64 minimum = redo_segment + (uint64)min_wal_size_mb * 1024 * 1024 / wal_segment_size;
    uint64 maximum = redo_segment + (uint64)max_wal_size_mb * 1024 * 1024 / wal_segment_size;
    uint64 wanted = redo_segment + (uint64)(distance_estimate * (1.0 + CheckPointCompletionTarget) *
                                            1.1 / wal_segment_size) + 1;
    RemoveState state = {.keep_from = redo_segment, .next_free = end / wal_segment_size + 1};

    state.recycle_to = Max(minimum, Min(wanted, maximum)) - 1;
    if (keep != 0 && keep < state.keep_from)
        state.keep_from = keep;
    for_each_segment(remove_or_recycle, &state);
    if (state.removed + state.recycled > 0)
        fsync_fname(WAL_DIRECTORY, true, LOG);
    if (state.keep_from > 0)
        atomic_store(&wal_shared->removed_segment, state.keep_from - 1);
    *ret_removed = state.removed;
    *ret_recycled = state.recycled;
}

/* A future segment that has been written already tells so by its header (W6). */
static void
forget_if_written(uint64 segment, const char *name, void *arg)
{
    uint64 after = *(uint64 *)arg;
    WalSegmentHeader header;
    char path[MAXPGPATH];
    int fd;

    if (segment <= after)
        return;
    snprintf(path, sizeof(path), WAL_DIRECTORY "/%s", name);
    fd = BasicOpenFile(path, O_RDONLY);
    if (fd < 0)
        return;
    if (read(fd, &header, sizeof(header)) == (ssize_t)sizeof(header) &&
        header.segment == segment && header.magic == WAL_MAGIC)
        unlink(path);
    close(fd);
}

static void
remove_temp_files(void)
{
    DIR *dir = AllocateDir(WAL_DIRECTORY);
    struct dirent *entry;
    char path[MAXPGPATH * 2];

    while ((entry = ReadDirExtended(dir, WAL_DIRECTORY, LOG)) != NULL) {
        if (strncmp(entry->d_name, "xlogtemp.", 9) != 0)
            continue;
        snprintf(path, sizeof(path), WAL_DIRECTORY "/%s", entry->d_name);
        unlink(path);
    }
    FreeDir(dir);
}

void
wal__forget_future_segments(uint64 after)
{
    for_each_segment(forget_if_written, &after);
    remove_temp_files();
    fsync_fname(WAL_DIRECTORY, true, PANIC);
}

static void
remove_if_other(uint64 segment, const char *name, void *arg)
{
    char path[MAXPGPATH];

    if (segment == *(uint64 *)arg)
        return;
    snprintf(path, sizeof(path), WAL_DIRECTORY "/%s", name);
    durable_unlink(path, ERROR);
}

void
wal_remove_others(uint64 segment)
{
    for_each_segment(remove_if_other, &segment);
}

static void
sync_visited(uint64 segment, const char *name, void *arg)
{
    char path[MAXPGPATH];

    if (segment < *(uint64 *)arg)
        return;
    snprintf(path, sizeof(path), WAL_DIRECTORY "/%s", name);
    fsync_fname(path, false, data_sync_elevel(ERROR));
}

void
wal_sync_existing(uint32 timeline, XLogRecPtr from)
{
    uint64 first = from / wal_segment_size;

    wal_shared->timeline = timeline;
    for_each_segment(sync_visited, &first);
}
