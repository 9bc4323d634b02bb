/*
 * reader.c - reading records back, one after the other
 *
 * Why        replay reads gigabytes: segments are read in large pieces and a record that lies whole
 *            in one is decoded where it lies; only one that crosses pieces is copied together.
 * Invariants R1. a record is handed out only if its CRC, which covers its LSN, is right (W1).
 *            R2. the segment a record's first byte lies in, and each it goes on in, has a valid
 *                header of its own number, timeline, system.
 *            R3. main data and block data of a record handed out are aligned to 8 bytes.
 * Errors     none but out of memory: the end of the log is a NULL with a message.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "error/error.h"
#include "file/file.h"
#include "memory/memory.h"
#include "sync/wait_event.h"
#include "wal_int.h"

#define CHUNK_BYTES (512 * 1024)

struct WalReader {
    MemoryContext context;
    char directory[MAXPGPATH];
    uint32 timeline;
    uint64 system_id;
    XLogRecPtr position; /* where the next record begins */
    int fd;              /* of `segment`, -1 if none */
    uint64 segment;
    XLogRecPtr chunk_start;
    Size chunk_length;
    char *chunk;
    char *assembled; /* a record that crosses chunks or segments */
    Size assembled_size;
    char *aligned; /* R3 */
    Size aligned_size;
    WalRecord record;
    char message[256];
};

WalReader *
wal_reader_create(const char *directory, uint32 timeline, uint64 system_id)
{
    WalReader *reader = palloc0(sizeof(WalReader));

    reader->context = CurrentMemoryContext;
    snprintf(reader->directory, sizeof(reader->directory), "%s", directory);
    reader->timeline = timeline;
    reader->system_id = system_id;
    reader->fd = -1;
    reader->chunk = palloc(CHUNK_BYTES);
    return reader;
}

void
wal_reader_destroy(WalReader *reader)
{
    if (reader->fd >= 0)
        close(reader->fd);
    pfree(reader->chunk);
    if (reader->assembled != NULL)
        pfree(reader->assembled);
    if (reader->aligned != NULL)
        pfree(reader->aligned);
    pfree(reader);
}

void
wal_reader_seek(WalReader *reader, XLogRecPtr lsn)
{
    reader->position = lsn;
    reader->chunk_length = 0; /* the log may have grown since */
}

XLogRecPtr
wal_reader_position(WalReader *reader)
{
    return reader->position;
}

const char *
wal_reader_message(WalReader *reader)
{
    return reader->message;
}

/* R2. False with a message. */
static bool
open_segment(WalReader *reader, uint64 segment)
{
    char name[WAL_NAME_SIZE], path[MAXPGPATH * 2];
    WalSegmentHeader header;

    if (reader->fd >= 0 && reader->segment == segment)
        return true;
    if (reader->fd >= 0)
        close(reader->fd);
    reader->chunk_length = 0;
    reader->segment = segment;
    wal_segment_name(name, reader->timeline, segment);
    snprintf(path, sizeof(path), "%s/%s", reader->directory, name);
    reader->fd = BasicOpenFile(path, O_RDONLY);
    if (reader->fd < 0) {
        snprintf(reader->message, sizeof(reader->message), "could not open file \"%s\": %s", name,
                 strerror(errno));
        return false;
    }
    if (pread(reader->fd, &header, sizeof(header), 0) == (ssize_t)sizeof(header) &&
        header.magic == WAL_MAGIC && header.version == WAL_VERSION && header.segment == segment &&
        header.system_id == reader->system_id && header.timeline == reader->timeline &&
        header.segment_size == wal_segment_size && header.crc == wal_segment_header_crc(&header))
        return true;
    snprintf(reader->message, sizeof(reader->message), "invalid header of segment %s", name);
    close(reader->fd);
    reader->fd = -1;
    return false;
}

/*
 * Makes bytes from `lsn` on available, all in its segment: returns how many (0: end of file, with
 * a message) and where. At least `want` if they lie within CHUNK_BYTES and the segment.
 */
static Size
load(WalReader *reader, XLogRecPtr lsn, Size want, const char **ret_bytes)
{
    XLogRecPtr segment_end = (lsn / wal_segment_size + 1) * wal_segment_size;
    XLogRecPtr start;
    ssize_t got;

    want = Min(want, (Size)(segment_end - lsn));
    if (!open_segment(reader, lsn / wal_segment_size))
        return 0;
    if (lsn < reader->chunk_start || lsn + want > reader->chunk_start + reader->chunk_length) {
        start = lsn - lsn % WAL_WRITE_ALIGN;
        pgstat_report_wait_start(WAIT_EVENT_WAL_READ);
        do
            got = pread(reader->fd, reader->chunk, (size_t)Min(CHUNK_BYTES, segment_end - start),
                        (off_t)(start % wal_segment_size));
        while (got < 0 && errno == EINTR);
        pgstat_report_wait_end();
        reader->chunk_start = start;
        reader->chunk_length = got < 0 ? 0 : (Size)got;
    }
    if (lsn >= reader->chunk_start + reader->chunk_length) {
        snprintf(reader->message, sizeof(reader->message), "end of file at %X/%X",
                 LSN_FORMAT_ARGS(lsn));
        return 0;
    }
    *ret_bytes = reader->chunk + (lsn - reader->chunk_start);
    return (Size)(reader->chunk_start + reader->chunk_length - lsn);
}

static XLogRecPtr
skip_header(XLogRecPtr lsn)
{
    return lsn % wal_segment_size == 0 ? lsn + WAL_SEGMENT_HEADER_SIZE : lsn;
}

/* Copies `length` bytes of record from `lsn` on, over headers; *ret_end is where it stopped. */
static bool
gather(WalReader *reader, XLogRecPtr lsn, Size length, char *to, XLogRecPtr *ret_end)
{
    while (length > 0) {
        const char *bytes;
        Size available, step;

        lsn = skip_header(lsn);
        available = load(reader, lsn, length, &bytes);
        if (available == 0)
            return false;
        step = Min(length, available);
        step = Min(step, (Size)(wal_segment_size - lsn % wal_segment_size));
        memcpy(to, bytes, step);
        to += step;
        lsn += step;
        length -= step;
    }
    *ret_end = lsn;
    return true;
}

static bool
set_message(WalReader *reader, const char *text)
{
    snprintf(reader->message, sizeof(reader->message), "%s at %X/%X", text,
             LSN_FORMAT_ARGS(reader->position));
    return false;
}

static char *
make_room(WalReader *reader, char *buffer, Size *size, Size want)
{
    if (want <= *size)
        return buffer;
    *size = Max(want, *size * 2);
    *size = Max(*size, (Size)BLCKSZ);
    return buffer == NULL ? MemoryContextAllocHuge(reader->context, *size)
                          : repalloc_huge(buffer, *size);
}

/* Finds the record at `start` as one run of bytes. */
static bool
find_record(WalReader *reader, XLogRecPtr start, const char **ret_bytes, uint32 *ret_length,
            XLogRecPtr *ret_end)
{
    char prefix[16];
    const char *bytes;
    Size available = load(reader, start, sizeof(prefix), &bytes);
    uint32 length;

    if (available == 0)
        return false;
    if (available < sizeof(prefix)) {
        XLogRecPtr unused;
        Size inside = (Size)(wal_segment_size - start % wal_segment_size);

        memset(prefix, 0, sizeof(prefix));
        memcpy(prefix, bytes, Min(available, sizeof(prefix)));
        length = wal_record_peek_length(prefix, available);
        /* The head itself may go on in the next segment. */
        if (length == 0 && available == inside) {
            if (!gather(reader, start, sizeof(prefix), prefix, &unused))
                return false;
            length = wal_record_peek_length(prefix, sizeof(prefix));
        }
    } else
        length = wal_record_peek_length(bytes, sizeof(prefix));
    if (length == 0 || length == UINT32_MAX || length > WAL_RECORD_MAX)
        return set_message(reader, "invalid record length");
    *ret_length = length;
    available = load(reader, start, Min((Size)length, CHUNK_BYTES - WAL_WRITE_ALIGN), &bytes);
    if (available == 0)
        return false;
    if (available >= length &&
        start % wal_segment_size + length <= wal_segment_size) {
        *ret_bytes = bytes;
        *ret_end = start + length;
        return true;
    }
    reader->assembled = make_room(reader, reader->assembled, &reader->assembled_size, length);
    *ret_bytes = reader->assembled;
    return gather(reader, start, length, reader->assembled, ret_end);
}

/* R3. Images stay where they are: they are only ever unpacked. */
static void
align_data(WalReader *reader)
{
    WalRecord *record = &reader->record;
    Size total = MAXALIGN(record->data_length);
    char *to;

    for (int id = 0; id <= record->max_block_id; id++)
        if (record->blocks[id].in_use)
            total += MAXALIGN(record->blocks[id].data_length);
    reader->aligned = make_room(reader, reader->aligned, &reader->aligned_size, total);
    to = reader->aligned;
    memcpy(to, record->data, record->data_length);
    record->data = to;
    to += MAXALIGN(record->data_length);
    for (int id = 0; id <= record->max_block_id; id++) {
        WalRecordBlock *block = &record->blocks[id];
        if (!block->in_use || block->data_length == 0)
            continue;
        memcpy(to, block->data, block->data_length);
        block->data = to;
        to += MAXALIGN(block->data_length);
    }
}

const WalRecord *
wal_reader_next(WalReader *reader)
{
    XLogRecPtr start = skip_header(reader->position);
    XLogRecPtr end;
    const char *bytes, *problem;
    uint32 length, crc;

    if (!find_record(reader, start, &bytes, &length, &end))
        return NULL;
    memcpy(&crc, bytes, sizeof(crc));
    if (crc != wal_record_crc(bytes, length, start)) {
        set_message(reader, "incorrect checksum in record");
        return NULL;
    }
    problem = wal_record_decode(bytes, length, start, &reader->record);
    if (problem != NULL) {
        set_message(reader, problem);
        return NULL;
    }
    reader->record.end = end;
    align_data(reader);
    reader->position = end;
    if (reader->record.rmgr == WAL_RMGR_XLOG && reader->record.info == WAL_XLOG_SWITCH)
        reader->position = (start / wal_segment_size + 1) * wal_segment_size;
    return &reader->record;
}
