/*
 * durable.c - making files, names and directories survive a crash
 *
 * Why        a rename is durable only after fsync of the file before it and of the directory after
 *            it; a failed fsync may have dropped dirty pages, so it must not be tried again as if
 *            nothing had happened (data_sync_elevel).
 * Errors     as `elevel` says; the pg_* wrappers return -1 with errno.
 */
#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "config/settings.h"
#include "error/error.h"
#include "file_int.h"
#include "memory/memory.h"

int file_create_mode = FILE_MODE_DEFAULT;
int dir_create_mode = DIR_MODE_DEFAULT;

void
file_set_data_directory_modes(mode_t data_directory_mode)
{
    bool group = (data_directory_mode & (S_IRGRP | S_IXGRP)) == (S_IRGRP | S_IXGRP);

    file_create_mode = group ? 0640 : 0600;
    dir_create_mode = group ? 0750 : 0700;
    umask(group ? 0027 : 0077);
}

int
data_sync_elevel(int elevel)
{
    return data_sync_retry ? elevel : PANIC;
}

int
pg_fsync(int fd)
{
    int rc;

    if (!enableFsync)
        return 0;
    do
        rc = fsync(fd);
    while (rc < 0 && errno == EINTR);
    return rc;
}

int
pg_fdatasync(int fd)
{
    int rc;

    if (!enableFsync)
        return 0;
    do
        rc = fdatasync(fd);
    while (rc < 0 && errno == EINTR);
    return rc;
}

void
pg_flush_data(int fd, off_t offset, off_t size)
{
    if (enableFsync)
        (void)sync_file_range(fd, offset, size, SYNC_FILE_RANGE_WRITE);
}

/* Directories on some file systems refuse fsync with EBADF or EINVAL: that is no failure. */
int
fsync_fname(const char *path, bool is_directory, int elevel)
{
    int fd = BasicOpenFile(path, is_directory ? O_RDONLY | O_DIRECTORY : O_RDWR);

    if (fd < 0) {
        if (is_directory && (errno == EISDIR || errno == EACCES))
            return 0;
        ereport(elevel,
                (errcode_for_file_access(), errmsg("could not open file \"%s\": %m", path)));
        return -1;
    }
    if (pg_fsync(fd) != 0 && !(is_directory && (errno == EBADF || errno == EINVAL))) {
        int saved = errno;
        (void)close(fd);
        errno = saved;
        ereport(elevel,
                (errcode_for_file_access(), errmsg("could not fsync file \"%s\": %m", path)));
        return -1;
    }
    if (close(fd) != 0) {
        ereport(elevel,
                (errcode_for_file_access(), errmsg("could not close file \"%s\": %m", path)));
        return -1;
    }
    return 0;
}

int
fsync_parent_path(const char *path, int elevel)
{
    char parent[MAXPGPATH];
    char *slash;

    snprintf(parent, sizeof(parent), "%s", path);
    slash = strrchr(parent, '/');
    if (slash == NULL)
        strcpy(parent, ".");
    else if (slash == parent)
        parent[1] = '\0';
    else
        *slash = '\0';
    return fsync_fname(parent, true, elevel);
}

int
durable_rename(const char *old_path, const char *new_path, int elevel)
{
    if (fsync_fname(old_path, false, elevel) != 0)
        return -1;
    if (rename(old_path, new_path) < 0) {
        ereport(elevel, (errcode_for_file_access(),
                         errmsg("could not rename file \"%s\" to \"%s\": %m", old_path, new_path)));
        return -1;
    }
    if (fsync_fname(new_path, false, elevel) != 0)
        return -1;
    return fsync_parent_path(new_path, elevel);
}

int
durable_unlink(const char *path, int elevel)
{
    if (unlink(path) < 0) {
        ereport(elevel,
                (errcode_for_file_access(), errmsg("could not remove file \"%s\": %m", path)));
        return -1;
    }
    return fsync_parent_path(path, elevel);
}

int
MakePGDirectory(const char *path)
{
    return mkdir(path, (mode_t)dir_create_mode);
}
