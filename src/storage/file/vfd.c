/*
 * vfd.c - virtual file descriptors
 *
 * Why        a process may use thousands of relation segments but the kernel gives it fewer
 *            descriptors. A File stays valid while its kernel descriptor comes and goes; the least
 *            recently used one is closed first (PostgreSQL's scheme).
 * Invariants F1. a slot is in the LRU ring exactly when its fd >= 0.
 *            F2. open descriptors (ring and external) <= max_files_per_process, unless every one
 *                of them is external.
 *            F3. slot 0 is the ring's head and never a File.
 * Locks      none: all state is this process's.
 * Errors     returned with errno; running out of memory throws.
 * Read first file_open(), vfd_access().
 */
#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include "config/settings.h"
#include "error/error.h"
#include "error/resowner.h"
#include "file_int.h"
#include "memory/memory.h"
#include "sync/ipc.h"
#include "sync/wait_event.h"

#define VFD_FIRST_COUNT 32
#define VFD_COUNT_MAX (1 << 20)
#define FD_RESERVED 10
#define EXTEND_FALLOCATE_MIN (64 * 1024)

typedef struct Vfd {
    int fd;               /* kernel descriptor, -1 while closed */
    int next_free;
    int lru_newer;
    int lru_older;
    int flags;            /* to open it again: without O_CREAT, O_TRUNC, O_EXCL */
    mode_t mode;
    char *path;           /* malloc'd; NULL: slot is free */
    ResourceOwner owner;  /* temporary files only */
    bool is_temporary;
} Vfd;

static struct {
    Vfd *slots;
    int slot_count;
    int open_count;
    int external_count;
    uint64 temp_counter;
    uint64 temp_bytes;
    uint64 temp_files;
    bool exit_registered;
} vfd;

static void
release_temp_file(Datum value)
{
    File file = DatumGetInt32(value);

    vfd.slots[file].owner = NULL;
    file_close(file);
}

static const ResourceOwnerDesc temp_file_desc = {
    .name = "File",
    .release_phase = RESOURCE_RELEASE_AFTER_LOCKS,
    .release_priority = RELEASE_PRIO_FILES,
    .ReleaseResource = release_temp_file,
    .DebugPrint = NULL,
};

#ifdef USE_STOP_POINTS
static struct {
    FileFaultKind kind;
    int countdown;
} fault;

void
file_set_fault(FileFaultKind kind, int countdown)
{
    fault.kind = kind;
    fault.countdown = countdown;
}

int
file_fault_check(bool is_write, size_t *io_size)
{
    if (fault.kind == FILE_FAULT_NONE || (fault.kind != FILE_FAULT_EIO && !is_write))
        return 0;
    if (fault.countdown > 0 && --fault.countdown > 0)
        return 0;
    switch (fault.kind) {
    case FILE_FAULT_EIO:
        fault.kind = FILE_FAULT_NONE;
        return EIO;
    case FILE_FAULT_TEAR:
        *io_size /= 2;
        return -1;
    default:
        return ENOSPC;
    }
}
#endif

/* --- the LRU ring --- */

static void
lru_unlink(int slot)
{
    Vfd *v = &vfd.slots[slot];

    vfd.slots[v->lru_newer].lru_older = v->lru_older;
    vfd.slots[v->lru_older].lru_newer = v->lru_newer;
}

static void
lru_push_newest(int slot)
{
    Vfd *v = &vfd.slots[slot];
    Vfd *head = &vfd.slots[0];

    v->lru_newer = 0;
    v->lru_older = head->lru_older;
    vfd.slots[head->lru_older].lru_newer = slot;
    head->lru_older = slot;
}

/* The head's lru_older is the newest slot, its lru_newer the oldest. */
static void
lru_close(int slot)
{
    Vfd *v = &vfd.slots[slot];

    Assert(slot > 0 && v->fd >= 0); /* F1 */
    lru_unlink(slot);
    if (close(v->fd) != 0)
        elog(v->is_temporary ? LOG : data_sync_elevel(LOG), "could not close file \"%s\": %m",
             v->path);
    v->fd = -1;
    vfd.open_count--;
}

bool
file__release_lru(void)
{
    if (vfd.slots == NULL || vfd.slots[0].lru_newer == 0)
        return false;
    lru_close(vfd.slots[0].lru_newer);
    return true;
}

static void
release_until_below_limit(void)
{
    while (vfd.open_count + vfd.external_count >= max_files_per_process)
        if (!file__release_lru())
            return;
}

void
file__reserve_external(void)
{
    file_init();
    release_until_below_limit();
    vfd.external_count++;
}

void
file__release_external(void)
{
    Assert(vfd.external_count > 0);
    vfd.external_count--;
}

void
file_init(void)
{
    if (vfd.slots != NULL)
        return;
    vfd.slots = calloc(1, sizeof(Vfd));
    if (vfd.slots == NULL)
        ereport(FATAL, (errcode(ERRCODE_OUT_OF_MEMORY), errmsg("out of memory")));
    vfd.slots[0].fd = -1;
    vfd.slot_count = 1;
}

/* Bounds the setting by what the kernel allows; once the settings are final. */
void
file_limit_descriptors(void)
{
    struct rlimit limit;

    if (getrlimit(RLIMIT_NOFILE, &limit) != 0 || limit.rlim_cur == RLIM_INFINITY)
        return;
    if ((rlim_t)max_files_per_process > limit.rlim_cur - FD_RESERVED)
        max_files_per_process = (int)limit.rlim_cur - FD_RESERVED;
}

static int
vfd_allocate(void)
{
    int slot;

    file_init();
    if (vfd.slots[0].next_free == 0) {
        int count = Max(vfd.slot_count * 2, VFD_FIRST_COUNT);
        Vfd *slots;

        if (count > VFD_COUNT_MAX)
            ereport(ERROR, (errcode(ERRCODE_INSUFFICIENT_RESOURCES),
                            errmsg("too many files open in one process")));
        slots = realloc(vfd.slots, count * sizeof(Vfd));
        if (slots == NULL)
            ereport(ERROR, (errcode(ERRCODE_OUT_OF_MEMORY), errmsg("out of memory")));
        vfd.slots = slots;
        for (int i = vfd.slot_count; i < count; i++) {
            memset(&slots[i], 0, sizeof(Vfd));
            slots[i].fd = -1;
            slots[i].next_free = i + 1 < count ? i + 1 : 0;
        }
        slots[0].next_free = vfd.slot_count;
        vfd.slot_count = count;
    }
    slot = vfd.slots[0].next_free;
    vfd.slots[0].next_free = vfd.slots[slot].next_free;
    return slot;
}

static void
vfd_free(int slot)
{
    Vfd *v = &vfd.slots[slot];

    free(v->path);
    memset(v, 0, sizeof(*v));
    v->fd = -1;
    v->next_free = vfd.slots[0].next_free;
    vfd.slots[0].next_free = slot;
}

int
BasicOpenFilePerm(const char *path, int flags, mode_t mode)
{
    for (;;) {
        int fd = open(path, flags | O_CLOEXEC, mode);
        if (fd >= 0 || (errno != EMFILE && errno != ENFILE))
            return fd;
        ereport(LOG, (errcode(ERRCODE_INSUFFICIENT_RESOURCES),
                      errmsg("out of file descriptors: %m; release and retry")));
        errno = EMFILE;
        if (!file__release_lru())
            return -1;
    }
}

int
BasicOpenFile(const char *path, int flags)
{
    return BasicOpenFilePerm(path, flags, (mode_t)file_create_mode);
}

File
file_open_mode(const char *path, int flags, mode_t mode)
{
    int slot = vfd_allocate();
    Vfd *v = &vfd.slots[slot];

    v->path = strdup(path);
    if (v->path == NULL) {
        vfd_free(slot);
        ereport(ERROR, (errcode(ERRCODE_OUT_OF_MEMORY), errmsg("out of memory")));
    }
    release_until_below_limit();
    v->fd = BasicOpenFilePerm(path, flags, mode);
    if (v->fd < 0) {
        int saved = errno;
        vfd_free(slot);
        errno = saved;
        return -1;
    }
    v->flags = flags & ~(O_CREAT | O_TRUNC | O_EXCL);
    v->mode = mode;
    lru_push_newest(slot);
    vfd.open_count++;
    return slot;
}

File
file_open(const char *path, int flags)
{
    return file_open_mode(path, flags, (mode_t)file_create_mode);
}

/* The kernel descriptor of a File, opened again if need be; -1 with errno. */
static int
vfd_access(File file)
{
    Vfd *v = &vfd.slots[file];

    Assert(file > 0 && file < vfd.slot_count && v->path != NULL); /* F3 */
    if (v->fd < 0) {
        release_until_below_limit();
        v->fd = BasicOpenFilePerm(v->path, v->flags, v->mode);
        if (v->fd < 0)
            return -1;
        vfd.open_count++;
        lru_push_newest(file);
    } else if (vfd.slots[0].lru_older != file) {
        lru_unlink(file);
        lru_push_newest(file);
    }
    return v->fd;
}

void
file_close(File file)
{
    Vfd *v = &vfd.slots[file];

    if (v->fd >= 0)
        lru_close(file);
    if (v->is_temporary) {
        if (unlink(v->path) != 0)
            elog(LOG, "could not unlink file \"%s\": %m", v->path);
        if (v->owner != NULL)
            ResourceOwnerForget(v->owner, Int32GetDatum(file), &temp_file_desc);
    }
    vfd_free(file);
}

ssize_t
file_read(File file, void *buffer, size_t size, off_t offset, uint32 wait_event)
{
    int fd = vfd_access(file);
    size_t done = 0;
    size_t want = size;
    int problem = FILE_FAULT(false, &want);

    if (fd < 0)
        return -1;
    if (problem > 0) {
        errno = problem;
        return -1;
    }
    pgstat_report_wait_start(wait_event);
    while (done < want) {
        ssize_t got = pread(fd, (char *)buffer + done, want - done, offset + (off_t)done);
        if (got < 0 && errno == EINTR)
            continue;
        if (got <= 0) {
            pgstat_report_wait_end();
            return got < 0 ? -1 : (ssize_t)done;
        }
        done += (size_t)got;
    }
    pgstat_report_wait_end();
    return (ssize_t)done;
}

ssize_t
file_write(File file, const void *buffer, size_t size, off_t offset, uint32 wait_event)
{
    int fd = vfd_access(file);
    size_t done = 0;
    size_t want = size;
    int problem = FILE_FAULT(true, &want);

    if (fd < 0)
        return -1;
    if (problem > 0) {
        errno = problem;
        return -1;
    }
    pgstat_report_wait_start(wait_event);
    while (done < want) {
        ssize_t put = pwrite(fd, (const char *)buffer + done, want - done, offset + (off_t)done);
        if (put < 0 && errno == EINTR)
            continue;
        if (put <= 0) {
            if (put == 0)
                errno = ENOSPC;
            pgstat_report_wait_end();
            return -1;
        }
        done += (size_t)put;
    }
    pgstat_report_wait_end();
    if (problem < 0)
        kill(getpid(), SIGKILL);
    if (vfd.slots[file].is_temporary)
        vfd.temp_bytes += done;
    return (ssize_t)done;
}

int
file_sync(File file, uint32 wait_event)
{
    int fd = vfd_access(file);
    int rc;

    if (fd < 0)
        return -1;
    pgstat_report_wait_start(wait_event);
    rc = pg_fsync(fd);
    pgstat_report_wait_end();
    return rc;
}

off_t
file_size(File file)
{
    int fd = vfd_access(file);

    return fd < 0 ? -1 : lseek(fd, 0, SEEK_END);
}

int
file_truncate(File file, off_t size, uint32 wait_event)
{
    int fd = vfd_access(file);
    int rc;

    if (fd < 0)
        return -1;
    pgstat_report_wait_start(wait_event);
    do
        rc = ftruncate(fd, size);
    while (rc < 0 && errno == EINTR);
    pgstat_report_wait_end();
    return rc;
}

int
file_prefetch(File file, off_t offset, off_t size, uint32 wait_event)
{
    int fd = vfd_access(file);
    int rc;

    if (fd < 0)
        return -1;
    pgstat_report_wait_start(wait_event);
    rc = posix_fadvise(fd, offset, size, POSIX_FADV_WILLNEED);
    pgstat_report_wait_end();
    return rc;
}

void
file_writeback(File file, off_t offset, off_t size, uint32 wait_event)
{
    int fd = size > 0 ? vfd_access(file) : -1;

    if (fd < 0)
        return;
    pgstat_report_wait_start(wait_event);
    pg_flush_data(fd, offset, size);
    pgstat_report_wait_end();
}

static int
write_zeros(File file, off_t offset, off_t size, uint32 wait_event)
{
    static const char zeros[64 * 1024];

    while (size > 0) {
        size_t step = (size_t)Min(size, (off_t)sizeof(zeros));
        if (file_write(file, zeros, step, offset, wait_event) < 0)
            return -1;
        offset += (off_t)step;
        size -= (off_t)step;
    }
    return 0;
}

int
file_extend_zero(File file, off_t offset, off_t size, uint32 wait_event)
{
    size_t io_size pg_attribute_unused() = (size_t)size;
    int problem, fd;

    if (size < EXTEND_FALLOCATE_MIN)
        return write_zeros(file, offset, size, wait_event);
    fd = vfd_access(file);
    if (fd < 0)
        return -1;
    problem = FILE_FAULT(true, &io_size);
    if (problem > 0) {
        errno = problem;
        return -1;
    }
    pgstat_report_wait_start(wait_event);
    do
        problem = posix_fallocate(fd, offset, size);
    while (problem == EINTR);
    pgstat_report_wait_end();
    if (problem == 0)
        return 0;
    if (problem == EINVAL || problem == EOPNOTSUPP)
        return write_zeros(file, offset, size, wait_event);
    errno = problem;
    return -1;
}

const char *
file_path(File file)
{
    return vfd.slots[file].path;
}

/* --- temporary files --- */

static void
temp_files_at_exit(int code, Datum arg)
{
    file_at_process_exit();
}

File
file_open_temp(void)
{
    char path[MAXPGPATH];
    File file;

    if (!vfd.exit_registered) {
        before_shmem_exit(temp_files_at_exit, (Datum)0);
        vfd.exit_registered = true;
    }
    ResourceOwnerEnlarge(CurrentResourceOwner);
    snprintf(path, sizeof(path), "base/pgsql_tmp/pgsql_tmp%d.%llu", (int)getpid(),
             (unsigned long long)vfd.temp_counter++);
    file = file_open(path, O_RDWR | O_CREAT | O_TRUNC);
    if (file < 0 && errno == ENOENT) {
        (void)MakePGDirectory("base/pgsql_tmp");
        file = file_open(path, O_RDWR | O_CREAT | O_TRUNC);
    }
    if (file < 0)
        ereport(ERROR, (errcode_for_file_access(),
                        errmsg("could not create temporary file \"%s\": %m", path)));
    vfd.slots[file].is_temporary = true;
    vfd.slots[file].owner = CurrentResourceOwner;
    ResourceOwnerRemember(CurrentResourceOwner, Int32GetDatum(file), &temp_file_desc);
    vfd.temp_files++;
    return file;
}

uint64
file_temp_bytes_written(void)
{
    return vfd.temp_bytes;
}

uint64
file_temp_files_created(void)
{
    return vfd.temp_files;
}

void
file_at_process_exit(void)
{
    for (int slot = 1; slot < vfd.slot_count; slot++)
        if (vfd.slots[slot].path != NULL && vfd.slots[slot].is_temporary) {
            vfd.slots[slot].owner = NULL;
            file_close(slot);
        }
}

void
file_remove_temp_leftovers(void)
{
    DIR *dir = opendir("base/pgsql_tmp");
    struct dirent *entry;
    char path[MAXPGPATH];

    if (dir == NULL)
        return;
    while ((entry = readdir(dir)) != NULL) {
        if (strncmp(entry->d_name, "pgsql_tmp", 9) != 0)
            continue;
        snprintf(path, sizeof(path), "base/pgsql_tmp/%s", entry->d_name);
        if (unlink(path) != 0 && errno != ENOENT)
            ereport(LOG, (errcode_for_file_access(),
                          errmsg("could not remove file \"%s\": %m", path)));
    }
    closedir(dir);
}
