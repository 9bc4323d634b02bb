/*
 * stream.c - stdio streams, directories, pipes and plain descriptors that the end of the
 *            transaction closes if an error skipped their closing
 *
 * Invariants S1. every open one stands in the table, from before the call that opened it returns.
 * Locks      none: all state is this process's.
 * Errors     opening returns NULL or -1 with errno; ReadDir throws.
 */
#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "error/error.h"
#include "file_int.h"
#include "memory/memory.h"

#define STREAMS_MAX 64

typedef enum StreamKind { STREAM_FILE, STREAM_PIPE, STREAM_DIR, STREAM_FD } StreamKind;

typedef struct Stream {
    StreamKind kind;
    union {
        FILE *file;
        DIR *dir;
        int fd;
    };
} Stream;

static struct {
    Stream table[STREAMS_MAX];
    int count;
} stream;

static void
stream_reserve(const char *name)
{
    if (stream.count >= STREAMS_MAX)
        ereport(ERROR, (errcode(ERRCODE_INSUFFICIENT_RESOURCES),
                        errmsg("exceeded maxAllocatedDescs (%d) while trying to open file \"%s\"",
                               STREAMS_MAX, name)));
    file__reserve_external();
}

static int
stream_close_at(int index)
{
    Stream s = stream.table[index];

    stream.table[index] = stream.table[--stream.count];
    file__release_external();
    switch (s.kind) {
    case STREAM_FILE:
        return fclose(s.file);
    case STREAM_PIPE:
        return pclose(s.file);
    case STREAM_DIR:
        return closedir(s.dir);
    case STREAM_FD:
        return close(s.fd);
    }
    return -1;
}

static int
stream_close_pointer(StreamKind kind, const void *pointer)
{
    for (int i = stream.count - 1; i >= 0; i--)
        if (stream.table[i].kind == kind && (const void *)stream.table[i].file == pointer)
            return stream_close_at(i);
    elog(WARNING, "stream passed to be closed was not opened here");
    return -1;
}

FILE *
AllocateFile(const char *name, const char *mode)
{
    FILE *file;

    stream_reserve(name);
    do
        file = fopen(name, mode);
    while (file == NULL && (errno == EMFILE || errno == ENFILE) && file__release_lru());
    if (file == NULL) {
        int saved = errno;
        file__release_external();
        errno = saved;
        return NULL;
    }
    (void)fcntl(fileno(file), F_SETFD, FD_CLOEXEC);
    stream.table[stream.count++] = (Stream){.kind = STREAM_FILE, .file = file};
    return file;
}

int
FreeFile(FILE *file)
{
    return stream_close_pointer(STREAM_FILE, file);
}

FILE *
OpenPipeStream(const char *command, const char *mode)
{
    FILE *file;

    stream_reserve(command);
    fflush(NULL);
    file = popen(command, mode);
    if (file == NULL) {
        int saved = errno;
        file__release_external();
        errno = saved;
        return NULL;
    }
    stream.table[stream.count++] = (Stream){.kind = STREAM_PIPE, .file = file};
    return file;
}

int
ClosePipeStream(FILE *file)
{
    return stream_close_pointer(STREAM_PIPE, file);
}

DIR *
AllocateDir(const char *dirname)
{
    DIR *dir;

    stream_reserve(dirname);
    do
        dir = opendir(dirname);
    while (dir == NULL && (errno == EMFILE || errno == ENFILE) && file__release_lru());
    if (dir == NULL) {
        int saved = errno;
        file__release_external();
        errno = saved;
        return NULL;
    }
    stream.table[stream.count++] = (Stream){.kind = STREAM_DIR, .dir = dir};
    return dir;
}

struct dirent *
ReadDirExtended(DIR *dir, const char *dirname, int elevel)
{
    struct dirent *entry;

    if (dir == NULL) {
        ereport(elevel, (errcode_for_file_access(),
                         errmsg("could not open directory \"%s\": %m", dirname)));
        return NULL;
    }
    errno = 0;
    entry = readdir(dir);
    if (entry == NULL && errno != 0)
        ereport(elevel, (errcode_for_file_access(),
                         errmsg("could not read directory \"%s\": %m", dirname)));
    return entry;
}

struct dirent *
ReadDir(DIR *dir, const char *dirname)
{
    return ReadDirExtended(dir, dirname, ERROR);
}

int
FreeDir(DIR *dir)
{
    return dir == NULL ? 0 : stream_close_pointer(STREAM_DIR, dir);
}

int
OpenTransientFilePerm(const char *path, int flags, mode_t mode)
{
    int fd;

    stream_reserve(path);
    fd = BasicOpenFilePerm(path, flags, mode);
    if (fd < 0) {
        int saved = errno;
        file__release_external();
        errno = saved;
        return -1;
    }
    stream.table[stream.count++] = (Stream){.kind = STREAM_FD, .fd = fd};
    return fd;
}

int
OpenTransientFile(const char *path, int flags)
{
    return OpenTransientFilePerm(path, flags, (mode_t)file_create_mode);
}

int
CloseTransientFile(int fd)
{
    for (int i = stream.count - 1; i >= 0; i--)
        if (stream.table[i].kind == STREAM_FD && stream.table[i].fd == fd)
            return stream_close_at(i);
    elog(WARNING, "fd passed to CloseTransientFile was not obtained from OpenTransientFile");
    return close(fd);
}

void
file_at_transaction_end(bool is_commit)
{
    if (is_commit && stream.count > 0)
        elog(WARNING, "%d temporary files and directories not closed at end-of-transaction",
             stream.count);
    while (stream.count > 0)
        (void)stream_close_at(stream.count - 1);
}
