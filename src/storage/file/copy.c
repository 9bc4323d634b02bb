/*
 * copy.c - copying, syncing and removing whole directories
 *
 * Why        CREATE DATABASE copies a template's files: a reflink where the file system has it,
 *            else copy_file_range, else read and write.
 * Errors     thrown with PostgreSQL's texts; rmtree warns and returns false.
 */
#include <errno.h>
#include <linux/fs.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "config/settings.h"
#include "error/error.h"
#include "error/interrupt.h"
#include "file_int.h"
#include "memory/memory.h"
#include "sync/wait_event.h"

#define COPY_CHUNK (1024 * 1024)

static bool
is_dot(const char *name)
{
    return strcmp(name, ".") == 0 || strcmp(name, "..") == 0;
}

/* Moves everything from one descriptor to the other; the way there differs by file system. */
static void
copy_bytes(int in, int out, const char *from, const char *to)
{
    char buffer[64 * 1024];
    bool use_range = true;

    if (ioctl(out, FICLONE, in) == 0)
        return;
    for (;;) {
        ssize_t got;

        CHECK_FOR_INTERRUPTS();
        if (use_range) {
            got = copy_file_range(in, NULL, out, NULL, COPY_CHUNK, 0);
            if (got > 0)
                continue;
            if (got == 0)
                return;
            if (errno != EXDEV && errno != EINVAL && errno != ENOSYS && errno != EOPNOTSUPP)
                ereport(ERROR, (errcode_for_file_access(),
                                errmsg("could not copy file \"%s\" to \"%s\": %m", from, to)));
            use_range = false;
        }
        pgstat_report_wait_start(WAIT_EVENT_COPY_FILE_READ);
        got = read(in, buffer, sizeof(buffer));
        pgstat_report_wait_end();
        if (got < 0)
            ereport(ERROR, (errcode_for_file_access(),
                            errmsg("could not read file \"%s\": %m", from)));
        if (got == 0)
            return;
        errno = 0;
        pgstat_report_wait_start(WAIT_EVENT_COPY_FILE_WRITE);
        if (write(out, buffer, (size_t)got) != got) {
            if (errno == 0)
                errno = ENOSPC;
            ereport(ERROR,
                    (errcode_for_file_access(), errmsg("could not write to file \"%s\": %m", to)));
        }
        pgstat_report_wait_end();
    }
}

void
copy_file(const char *from, const char *to)
{
    int in = OpenTransientFile(from, O_RDONLY);
    int out;

    if (in < 0)
        ereport(ERROR,
                (errcode_for_file_access(), errmsg("could not open file \"%s\": %m", from)));
    out = OpenTransientFile(to, O_RDWR | O_CREAT | O_EXCL);
    if (out < 0)
        ereport(ERROR,
                (errcode_for_file_access(), errmsg("could not create file \"%s\": %m", to)));
    copy_bytes(in, out, from, to);
    if (CloseTransientFile(out) != 0)
        ereport(ERROR, (errcode_for_file_access(), errmsg("could not close file \"%s\": %m", to)));
    if (CloseTransientFile(in) != 0)
        ereport(ERROR,
                (errcode_for_file_access(), errmsg("could not close file \"%s\": %m", from)));
}

void
copy_dir(const char *from, const char *to)
{
    DIR *dir;
    struct dirent *entry;
    char from_path[MAXPGPATH * 2], to_path[MAXPGPATH * 2];

    if (MakePGDirectory(to) != 0)
        ereport(ERROR,
                (errcode_for_file_access(), errmsg("could not create directory \"%s\": %m", to)));
    dir = AllocateDir(from);
    while ((entry = ReadDir(dir, from)) != NULL) {
        struct stat st;

        CHECK_FOR_INTERRUPTS();
        if (is_dot(entry->d_name))
            continue;
        snprintf(from_path, sizeof(from_path), "%s/%s", from, entry->d_name);
        snprintf(to_path, sizeof(to_path), "%s/%s", to, entry->d_name);
        if (lstat(from_path, &st) != 0)
            ereport(ERROR, (errcode_for_file_access(),
                            errmsg("could not stat file \"%s\": %m", from_path)));
        if (S_ISREG(st.st_mode))
            copy_file(from_path, to_path);
    }
    FreeDir(dir);
}

void
file_sync_tree(const char *path)
{
    DIR *dir;
    struct dirent *entry;
    char child[MAXPGPATH * 2];

    if (!enableFsync)
        return;
    dir = AllocateDir(path);
    while ((entry = ReadDir(dir, path)) != NULL) {
        struct stat st;

        if (is_dot(entry->d_name))
            continue;
        snprintf(child, sizeof(child), "%s/%s", path, entry->d_name);
        if (lstat(child, &st) != 0)
            ereport(ERROR,
                    (errcode_for_file_access(), errmsg("could not stat file \"%s\": %m", child)));
        if (S_ISDIR(st.st_mode))
            file_sync_tree(child);
        else if (S_ISREG(st.st_mode))
            fsync_fname(child, false, data_sync_elevel(ERROR));
    }
    FreeDir(dir);
    fsync_fname(path, true, ERROR);
}

bool
rmtree(const char *path, bool remove_top)
{
    DIR *dir = opendir(path);
    struct dirent *entry;
    char child[MAXPGPATH * 2];
    bool ok = true;

    if (dir == NULL) {
        ereport(WARNING, (errcode_for_file_access(),
                          errmsg("could not open directory \"%s\": %m", path)));
        return false;
    }
    while ((entry = readdir(dir)) != NULL) {
        struct stat st;

        if (is_dot(entry->d_name))
            continue;
        snprintf(child, sizeof(child), "%s/%s", path, entry->d_name);
        if (lstat(child, &st) == 0 && S_ISDIR(st.st_mode)) {
            ok &= rmtree(child, true);
        } else if (unlink(child) != 0 && errno != ENOENT) {
            ereport(WARNING, (errcode_for_file_access(),
                              errmsg("could not remove file \"%s\": %m", child)));
            ok = false;
        }
    }
    closedir(dir);
    if (remove_top && rmdir(path) != 0) {
        ereport(WARNING, (errcode_for_file_access(),
                          errmsg("could not remove directory \"%s\": %m", path)));
        ok = false;
    }
    return ok;
}
