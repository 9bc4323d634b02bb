/*
 * stamp.c - gives an unpacked template its own identity
 *
 * Every cluster has a system id, in the control file and in each WAL segment's header, so that the
 * files of one are never taken for another's.
 */
#include "initdb_int.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include <openssl/rand.h>

#include "format/control.h"
#include "format/wal_record.h"

static int
rewrite(const char *path, void *bytes, size_t size, void (*change)(void *bytes, uint64 id),
        uint64 id)
{
    int fd = open(path, O_RDWR | O_CLOEXEC), failure = 0;

    if (fd < 0)
        return errno;
    if (pread(fd, bytes, size, 0) != (ssize_t) size)
        failure = errno ? errno : EINVAL;
    if (!failure) {
        change(bytes, id);
        if (pwrite(fd, bytes, size, 0) != (ssize_t) size)
            failure = errno ? errno : ENOSPC;
    }
    close(fd);
    return failure;
}

static void
stamp_control(void *bytes, uint64 id)
{
    ControlFile *control = bytes;

    control->system_id = id;
    control->time = control->checkpoint_copy.time = (int64) time(NULL);
    RAND_bytes(control->mock_nonce, sizeof control->mock_nonce);
    control->crc = control_compute_crc(control);
}

static void
stamp_segment(void *bytes, uint64 id)
{
    WalSegmentHeader *header = bytes;

    header->system_id = id;
    header->crc = wal_segment_header_crc(header);
}

int
initdb_stamp(const char *data_dir, uint64 system_id, char *ret_path)
{
    ControlFile control;
    WalSegmentHeader header;
    int failure;

    snprintf(ret_path, INITDB_PATH_CHARS_MAX, "%s/" CONTROL_FILE, data_dir);
    failure = rewrite(ret_path, &control, sizeof control, stamp_control, system_id);
    if (failure)
        return failure;
    snprintf(ret_path, INITDB_PATH_CHARS_MAX, "%s/pg_wal", data_dir);

    DIR *dir = opendir(ret_path);

    if (!dir)
        return errno;
    for (struct dirent *entry; !failure && (entry = readdir(dir)) != NULL;) {
        if (strlen(entry->d_name) != 24)
            continue;
        snprintf(ret_path, INITDB_PATH_CHARS_MAX, "%s/pg_wal/%s", data_dir, entry->d_name);
        failure = rewrite(ret_path, &header, sizeof header, stamp_segment, system_id);
    }
    closedir(dir);
    return failure;
}
