/*
 * lockfile.c - one data directory, one server; one socket path, one server
 *
 * Why        A pid in a file proves nothing after a crash: the pid may be another program's by
 *            now. The proof is an flock on the data directory itself. Every child inherits the
 *            locked descriptor, so that no new server starts while one orphan lives.
 *            postmaster.pid is written besides, for the tools that read it.
 * Invariants L1. While a process of the server lives, the data directory is flocked.
 *            L2. postmaster.pid exists only while L1 holds, or after a crash.
 * Errors     throws FATAL
 */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "config/settings.h"
#include "error/error.h"
#include "memory/list.h"
#include "memory/memory.h"
#include "postmaster_int.h"

#define PID_FILE "postmaster.pid"
#define PID_FILE_SIZE_MAX 4096

static struct {
    int data_dir_fd;
    time_t start_time_s;
    List *socket_locks; /* paths of the lock files of Unix sockets */
    bool pid_file_written;
} lockfile = {.data_dir_fd = -1};

int
lockfile_data_directory_fd(void)
{
    return lockfile.data_dir_fd;
}

/* Reads the pid on the first line of a lock file; 0 when there is none. */
static pid_t
read_pid(const char *path)
{
    char text[64] = "";
    int fd = open(path, O_RDONLY | O_CLOEXEC);

    if (fd < 0)
        return 0;
    ssize_t got = read(fd, text, sizeof text - 1);
    close(fd);
    return got > 0 ? (pid_t) strtol(text, NULL, 10) : 0;
}

/* Locks the working directory, which is the data directory, or ends with PostgreSQL's words. */
void
lockfile_take_data_directory(void)
{
    lockfile.start_time_s = time(NULL);
    lockfile.data_dir_fd = open(".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (lockfile.data_dir_fd < 0)
        ereport(FATAL, (errcode_for_file_access(),
                        errmsg("could not open directory \"%s\": %m", DataDir)));
    if (flock(lockfile.data_dir_fd, LOCK_EX | LOCK_NB) == 0)
        return;
    if (errno != EWOULDBLOCK)
        ereport(FATAL, (errcode_for_file_access(),
                        errmsg("could not lock directory \"%s\": %m", DataDir)));

    pid_t other = read_pid(PID_FILE);

    if (other > 0 && kill(other, 0) == 0)
        ereport(FATAL, (errcode(ERRCODE_LOCK_FILE_EXISTS),
                        errmsg("lock file \"%s\" already exists", PID_FILE),
                        errhint("Is another postmaster (PID %d) running in data directory \"%s\"?",
                                (int) other, DataDir)));
    ereport(FATAL, (errcode(ERRCODE_LOCK_FILE_EXISTS),
                    errmsg("data directory \"%s\" is in use", DataDir),
                    errhint("Processes of a server that was killed are still ending; "
                            "try again when they are gone.")));
}

/*
 * Writes postmaster.pid with PostgreSQL's eight lines: pid, data directory, start time, port,
 * socket directory, listen address, shared memory key (we have none), status.
 */
void
lockfile_write_pid_file(const char *status)
{
    char text[PID_FILE_SIZE_MAX];
    int length = snprintf(text, sizeof text, "%d\n%s\n%ld\n%d\n%s\n%s\n%9s %9s\n%-8s\n",
                          (int) getpid(), DataDir, (long) lockfile.start_time_s, PostPortNumber,
                          listen_first_socket_dir(), listen_first_host(), "0", "0", status);
    int fd = open(PID_FILE, O_RDWR | O_CREAT | O_CLOEXEC, 0600);

    if (fd < 0 || pwrite(fd, text, (size_t) length, 0) != length || ftruncate(fd, length) != 0) {
        int saved_errno = errno;

        if (fd >= 0)
            close(fd);
        errno = saved_errno;
        ereport(FATAL, (errcode_for_file_access(),
                        errmsg("could not write lock file \"%s\": %m", PID_FILE)));
    }
    close(fd);
    lockfile.pid_file_written = true;
}

/* False when somebody removed or replaced postmaster.pid, which means: stop at once. */
bool
lockfile_is_still_ours(void)
{
    return !lockfile.pid_file_written || read_pid(PID_FILE) == getpid();
}

/*
 * Takes the lock file beside a Unix socket, by flock as well: what a dead server left is free, and
 * its socket may be unlinked. The descriptor stays open until the postmaster ends.
 */
void
lockfile_take_socket(const char *socket_path)
{
    char *path = psprintf("%s.lock", socket_path);
    char text[PID_FILE_SIZE_MAX];
    int length = snprintf(text, sizeof text, "%d\n%s\n%ld\n%d\n%s\n\n", (int) getpid(), DataDir,
                          (long) lockfile.start_time_s, PostPortNumber, socket_path);
    int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);

    if (fd >= 0 && flock(fd, LOCK_EX | LOCK_NB) != 0 && errno == EWOULDBLOCK)
        ereport(FATAL, (errcode(ERRCODE_LOCK_FILE_EXISTS),
                        errmsg("lock file \"%s\" already exists", path),
                        errhint("Is another postmaster (PID %d) using socket file \"%s\"?",
                                (int) read_pid(path), socket_path)));
    if (fd < 0 || pwrite(fd, text, (size_t) length, 0) != length || ftruncate(fd, length) != 0)
        ereport(FATAL, (errcode_for_file_access(),
                        errmsg("could not create lock file \"%s\": %m", path)));
    lockfile.socket_locks = lappend(lockfile.socket_locks, path);
}

void
lockfile_release_sockets(void)
{
    ListCell *cell;

    foreach (cell, lockfile.socket_locks)
        unlink(lfirst(cell));
    lockfile.socket_locks = NIL;
}

void
lockfile_remove(void)
{
    if (lockfile.pid_file_written)
        unlink(PID_FILE);
    lockfile.pid_file_written = false;
}
