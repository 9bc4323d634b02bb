/*
 * buffile.c - buffered temporary files
 *
 * Why        one buffer of 8 KB before the file; a file over 1 GB goes on in further files, as
 *            PostgreSQL's do, so that no file system limit matters.
 * Invariants B1. dirty implies that [position of buffer, +used) is newer than the files.
 *            B2. offset_in_buffer <= used <= sizeof(buffer), except while writing past the end.
 * Errors     thrown.
 */
#include <errno.h>
#include <string.h>

#include "error/error.h"
#include "error/resowner.h"
#include "file/buffile.h"
#include "memory/memory.h"
#include "sync/wait_event.h"

#define BUFFILE_SEGMENT_SIZE (1024 * 1024 * 1024L)
#define BUFFILE_BUFFER_SIZE BLCKSZ

struct BufFile {
    File *files;
    int file_count;
    ResourceOwner owner;
    bool dirty;
    int64 start;  /* file position of the buffer's first byte */
    int64 length; /* bytes in the files, buffer not counted */
    size_t at;    /* next byte in the buffer */
    size_t used;  /* valid bytes in the buffer */
    char buffer[BUFFILE_BUFFER_SIZE];
};

static void
add_segment(BufFile *file)
{
    ResourceOwner saved = CurrentResourceOwner;

    file->files = file->files == NULL
                      ? palloc(sizeof(File))
                      : repalloc(file->files, (file->file_count + 1) * sizeof(File));
    CurrentResourceOwner = file->owner;
    file->files[file->file_count] = file_open_temp();
    CurrentResourceOwner = saved;
    file->file_count++;
}

BufFile *
buffile_create(void)
{
    BufFile *file = palloc(sizeof(BufFile));

    memset(file, 0, offsetof(BufFile, buffer));
    file->owner = CurrentResourceOwner;
    add_segment(file);
    return file;
}

void
buffile_close(BufFile *file)
{
    for (int i = 0; i < file->file_count; i++)
        file_close(file->files[i]);
    pfree(file->files);
    pfree(file);
}

static void
flush_buffer(BufFile *file)
{
    size_t done = 0;

    while (done < file->used) {
        int64 position = file->start + (int64)done;
        int segment = (int)(position / BUFFILE_SEGMENT_SIZE);
        size_t step = (size_t)Min((int64)(file->used - done),
                                  BUFFILE_SEGMENT_SIZE - position % BUFFILE_SEGMENT_SIZE);

        while (segment >= file->file_count)
            add_segment(file);
        if (file_write(file->files[segment], file->buffer + done, step,
                       position % BUFFILE_SEGMENT_SIZE, WAIT_EVENT_BUFFILE_WRITE) < 0)
            ereport(ERROR, (errcode_for_file_access(), errmsg("could not write to file \"%s\": %m",
                                                              file_path(file->files[segment]))));
        done += step;
    }
    file->length = Max(file->length, file->start + (int64)file->used);
    file->dirty = false;
}

/* Fills the buffer from position `start`. */
static void
load_buffer(BufFile *file)
{
    int segment = (int)(file->start / BUFFILE_SEGMENT_SIZE);
    off_t offset = file->start % BUFFILE_SEGMENT_SIZE;
    ssize_t got = 0;

    Assert(!file->dirty); /* B1 */
    if (segment < file->file_count)
        got = file_read(file->files[segment], file->buffer,
                        (size_t)Min((int64)BUFFILE_BUFFER_SIZE, BUFFILE_SEGMENT_SIZE - offset),
                        offset, WAIT_EVENT_BUFFILE_READ);
    if (got < 0)
        ereport(ERROR, (errcode_for_file_access(), errmsg("could not read file \"%s\": %m",
                                                          file_path(file->files[segment]))));
    file->used = (size_t)got;
    file->at = 0;
}

/* The buffer is done with: the next bytes begin where it ended. */
static void
advance_buffer(BufFile *file)
{
    if (file->dirty)
        flush_buffer(file);
    file->start += (int64)file->at;
    file->at = 0;
    file->used = 0;
}

size_t
buffile_read(BufFile *file, void *buffer, size_t size)
{
    size_t done = 0;

    while (done < size) {
        size_t step;

        if (file->at >= file->used) {
            advance_buffer(file);
            load_buffer(file);
            if (file->used == 0)
                break;
        }
        step = Min(size - done, file->used - file->at);
        memcpy((char *)buffer + done, file->buffer + file->at, step);
        file->at += step;
        done += step;
    }
    return done;
}

void
buffile_read_exact(BufFile *file, void *buffer, size_t size)
{
    size_t got = buffile_read(file, buffer, size);

    if (got != size)
        ereport(ERROR, (errcode_for_file_access(),
                        errmsg("could not read from temporary file: read only %zu of %zu bytes",
                               got, size)));
}

bool
buffile_read_maybe_eof(BufFile *file, void *buffer, size_t size)
{
    size_t got = buffile_read(file, buffer, size);

    if (got != 0 && got != size)
        ereport(ERROR, (errcode_for_file_access(),
                        errmsg("could not read from temporary file: read only %zu of %zu bytes",
                               got, size)));
    return got != 0;
}

void
buffile_write(BufFile *file, const void *buffer, size_t size)
{
    size_t done = 0;

    while (done < size) {
        size_t step;

        if (file->at >= BUFFILE_BUFFER_SIZE)
            advance_buffer(file);
        step = Min(size - done, BUFFILE_BUFFER_SIZE - file->at);
        memcpy(file->buffer + file->at, (const char *)buffer + done, step);
        file->dirty = true;
        file->at += step;
        file->used = Max(file->used, file->at);
        done += step;
    }
}

void
buffile_seek(BufFile *file, int64 offset)
{
    Assert(offset >= 0);
    if (offset >= file->start && offset <= file->start + (int64)file->used) {
        file->at = (size_t)(offset - file->start);
        return;
    }
    if (file->dirty)
        flush_buffer(file);
    file->start = offset;
    file->at = 0;
    file->used = 0;
}

int64
buffile_tell(BufFile *file)
{
    return file->start + (int64)file->at;
}

int64
buffile_size(BufFile *file)
{
    return Max(file->length, file->start + (int64)file->used);
}

void
buffile_rewind(BufFile *file)
{
    buffile_seek(file, 0);
}
