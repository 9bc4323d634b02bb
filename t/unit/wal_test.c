/*
 * wal_test.c - what is flushed is read back; what is not a record never passes for one
 *
 * Method: processes insert records whose content names writer and number, small and larger than
 * the ring; the files are read back and every record must be there once, in each writer's order.
 * Then bytes are damaged, recycled, torn.
 */
#include "storage_life.h"

#include "wal/wal.h"

#define WRITERS 8
#define RECORDS 3000

typedef struct Content {
    uint32 writer;
    uint32 number;
    uint32 length;
    uint32 seed;
} Content;

static void
register_rooms(void)
{
    sync_shmem_register();
    wal_shmem_register();
}

static uint64
nothing(void)
{
    return 0;
}

static void
start_log(XLogRecPtr end, bool crashed)
{
    wal_start_at(end, (XLogRecPtr)wal_segment_bytes() + WAL_SEGMENT_HEADER_SIZE, 1, SYSTEM_ID,
                 crashed);
}

/* The page operations stand in a higher room. */
static void
make_page(char *page)
{
    memset(page, 0, BLCKSZ);
    page_header(page)->lower = PAGE_HEADER_SIZE;
    page_header(page)->upper = page_header(page)->special = BLCKSZ;
}

/* Bytes that depend on the writer and the place. */
static void
fill(char *to, uint32 length, uint32 seed)
{
    for (uint32 i = 0; i < length; i++) {
        seed = seed * 1103515245 + 12345;
        to[i] = (char)(seed >> 16);
    }
}

static uint32
length_of(uint32 writer, uint32 number)
{
    uint32 h = (writer * 7919 + number) * 2654435761u;

    if (number % 500 == 499)
        return 300000 + h % 100000; /* more than the ring of this test holds */
    return number % 17 == 0 ? h % 20000 : h % 200;
}

static XLogRecPtr
insert_content(uint32 writer, uint32 number, char *scratch)
{
    Content content = {.writer = writer, .number = number, .length = length_of(writer, number)};
    RelFileLocator locator = {1663, 1, 1000 + writer};
    char page[BLCKSZ];

    content.seed = writer ^ number;
    fill(scratch, content.length, content.seed);
    make_page(page);
    page_set_lsn(page, 1);
    memset(page + 4000, (int)number, 2000);
    page_header(page)->lower = 3000;
    page_header(page)->upper = 4000;
    wal_begin_insert();
    wal_register_data(&content, sizeof(content));
    wal_register_data(scratch, content.length);
    if (number % 3 == 0) {
        wal_register_block(0, &locator, MAIN_FORKNUM, number, page,
                           number % 6 == 0 ? WAL_BLOCK_FORCE_IMAGE | WAL_BLOCK_STANDARD
                                           : WAL_BLOCK_NO_IMAGE);
        wal_register_block_data(0, "block", 5);
        wal_register_block(4, &locator, FSM_FORKNUM, number + 1, page, WAL_BLOCK_WILL_INIT);
    }
    return wal_insert(WAL_RMGR_HEAP, (uint8)(number % 200));
}

static void
writer_body(int index)
{
    char *scratch = malloc(500000);

    for (uint32 number = 0; number < RECORDS; number++) {
        XLogRecPtr end = insert_content((uint32)index, number, scratch);
        if (number % 10 == 0)
            wal_flush(end);
        if (number % 10 == 0 && wal_flushed_lsn() < end)
            _exit(1);
    }
    wal_flush(wal_last_insert_lsn());
}

/* --- lives --- */

static void
life_write(void)
{
    char checkpoint[96] = "checkpoint";

    XLOGbuffers = 16;
    begin_life(register_rooms);
    wal_bootstrap(SYSTEM_ID, 1, 1, checkpoint, sizeof(checkpoint));
    start_log((XLogRecPtr)wal_segment_bytes() + WAL_SEGMENT_HEADER_SIZE + 105, false);
    board[0] = wal_insert_lsn();
    for (int i = 0; i < WRITERS; i++)
        spawn_in_life(writer_body, i);
    if (join() != 0)
        _exit(1);
    board[1] = wal_flushed_lsn();
    if (wal_insert_lsn() != wal_flushed_lsn())
        _exit(2);
}

static WalReader *
open_reader(XLogRecPtr from)
{
    WalReader *reader = wal_reader_create("pg_wal", 1, SYSTEM_ID);

    wal_reader_seek(reader, from);
    return reader;
}

static void
check_record(const WalRecord *record, uint32 *next)
{
    Content content;
    char *want = malloc(500000);

    memcpy(&content, record->data, sizeof(content));
    if (content.writer >= WRITERS || content.number != next[content.writer])
        _exit(10);
    next[content.writer]++;
    if (record->data_length != sizeof(content) + content.length)
        _exit(11);
    fill(want, content.length, content.seed);
    if (memcmp(want, record->data + sizeof(content), content.length) != 0)
        _exit(12);
    if (content.number % 3 == 0) {
        const WalRecordBlock *block = wal_record_block(record, 0);
        const WalRecordBlock *second = wal_record_block(record, 4);
        char page[BLCKSZ];

        if (block == NULL || second == NULL || wal_record_block(record, 1) != NULL ||
            block->locator.relNumber != 1000 + content.writer ||
            second->locator.relNumber != 1000 + content.writer || !second->will_init ||
            second->fork != FSM_FORKNUM || second->block != content.number + 1)
            _exit(13);
        if (content.number % 6 == 0) {
            if (!block->has_image || block->has_data || !wal_restore_image(record, 0, page) ||
                page[4000] != (char)content.number || page[5999] != (char)content.number ||
                page_header(page)->upper != 4000)
                _exit(14);
        } else if (block->has_image || block->data_length != 5 ||
                   memcmp(block->data, "block", 5) != 0)
            _exit(15);
    }
    if (((uintptr_t)record->data & 7) != 0)
        _exit(16);
    free(want);
}

static void
life_read(void)
{
    uint32 next[WRITERS] = {0};
    const WalRecord *record;
    WalReader *reader;
    uint64 count = 0;

    begin_life(register_rooms);
    reader = open_reader((XLogRecPtr)wal_segment_bytes() + WAL_SEGMENT_HEADER_SIZE);
    record = wal_reader_next(reader);
    if (record == NULL || record->rmgr != WAL_RMGR_XLOG || record->end != board[0])
        _exit(20);
    while ((record = wal_reader_next(reader)) != NULL) {
        check_record(record, next);
        count++;
        board[3] = record->start; /* the last one */
        if (count == 1000)
            board[4] = record->start;
    }
    board[2] = count;
    if (wal_reader_position(reader) != board[1])
        _exit(21);
}

/* Counts records from the start; the tests before this damage something. */
static void
life_count(void)
{
    WalReader *reader;
    uint64 count = 0;

    begin_life(register_rooms);
    reader = open_reader((XLogRecPtr)wal_segment_bytes() + WAL_SEGMENT_HEADER_SIZE);
    while (wal_reader_next(reader) != NULL)
        count++;
    board[2] = count;
    board[5] = wal_reader_position(reader);
}

static void
flip(XLogRecPtr lsn, int mask)
{
    char name[64], byte;
    int fd;

    snprintf(name, sizeof(name), "pg_wal/00000001%08X%08X", 0, (unsigned)(lsn / (16 << 20)));
    fd = open(name, O_RDWR);
    if (pread(fd, &byte, 1, (off_t)(lsn % (16 << 20))) != 1)
        abort();
    byte = (char)(byte ^ mask);
    if (pwrite(fd, &byte, 1, (off_t)(lsn % (16 << 20))) != 1)
        abort();
    close(fd);
}

/* A crash lost the record at board[4]; a new one of the same length takes its place. */
static void
life_after_crash(void)
{
    WalReader *reader;
    const WalRecord *record;
    uint64 count = 0;

    begin_life(register_rooms);
    reader = open_reader((XLogRecPtr)wal_segment_bytes() + WAL_SEGMENT_HEADER_SIZE);
    while ((record = wal_reader_next(reader)) != NULL)
        count++;
    start_log(wal_reader_position(reader), true);
    board[6] = count;
    wal_begin_insert();
    wal_register_data("again", 5);
    wal_flush(wal_insert(WAL_RMGR_XLOG, WAL_XLOG_NOOP));
}

static void
life_switch(void)
{
    WalReader *reader;
    const WalRecord *record;
    XLogRecPtr before;
    char scratch[500000];
    int seen = 0;

    begin_life(register_rooms);
    reader = open_reader((XLogRecPtr)wal_segment_bytes() + WAL_SEGMENT_HEADER_SIZE);
    while (wal_reader_next(reader) != NULL)
        continue;
    start_log(wal_reader_position(reader), false);
    before = wal_insert_lsn();
    wal_switch();
    if (wal_insert_lsn() / wal_segment_bytes() != before / wal_segment_bytes() + 1)
        _exit(30);
    if (wal_switch() != wal_flushed_lsn()) /* nothing to end */
        _exit(31);
    wal_flush(insert_content(0, 1, scratch));
    wal_reader_seek(reader, before);
    while ((record = wal_reader_next(reader)) != NULL)
        seen++;
    if (seen != 2)
        _exit(32);
}

/* One transaction's worth, as pgbench's: how many bytes of log. */
static void
life_sizes(void)
{
    char page[BLCKSZ];
    RelFileLocator locator = {1663, 16384, 16400};
    XLogRecPtr before;

    begin_life(register_rooms);
    wal_bootstrap(SYSTEM_ID, 1, 1, "x", 1);
    start_log((XLogRecPtr)wal_segment_bytes() + WAL_SEGMENT_HEADER_SIZE + 10, false);
    make_page(page);
    page_set_lsn(page, UINT64_C(1) << 40);
    wal_current_xid_hook = nothing;
    before = wal_insert_lsn();
    wal_begin_insert();
    wal_register_block(0, &locator, MAIN_FORKNUM, 1234, page, WAL_BLOCK_STANDARD);
    wal_register_block_data(0, "0123456789012345678901234567890123456789", 40);
    wal_register_data("abc", 3);
    wal_insert(WAL_RMGR_HEAP, 1);
    board[7] = wal_insert_lsn() - before;
}

#ifdef USE_STOP_POINTS
/* A full disk is told before anything hangs or dies, and forgotten when there is space. */
static void
life_full(void)
{
    static char junk[100000];
    int count = 0;

    begin_life(register_rooms);
    wal_bootstrap(SYSTEM_ID, 1, 1, "x", 1);
    start_log((XLogRecPtr)wal_segment_bytes() + WAL_SEGMENT_HEADER_SIZE + 10, false);
    wal_test_disk_full = true;
    for (;; count++) {
        wal_background_flush();
        if (THROWN(wal_check_space()) == ERRCODE_DISK_FULL)
            break;
        if (count > 100)
            _exit(1);
        wal_begin_insert();
        wal_register_data(junk, sizeof(junk));
        wal_flush(wal_insert(WAL_RMGR_XLOG, WAL_XLOG_NOOP));
    }
    if (count < 30)
        _exit(2);
    wal_test_disk_full = false;
    if (THROWN(wal_check_space()) != 0)
        _exit(3);
    for (count = 0; count < 400; count++) {
        wal_begin_insert();
        wal_register_data(junk, sizeof(junk));
        wal_flush(wal_insert(WAL_RMGR_XLOG, WAL_XLOG_NOOP));
    }
}
#endif

int
main(void)
{
    int status;
    uint64 total = (uint64)WRITERS * RECORDS;

    make_data_directory();
    status = live(life_write);
    tap_ok(EXITED(status), "writers insert and flush (status %x)", status);
    status = live(life_read);
    tap_ok(EXITED(status), "every record is read back whole, in each writer's order (status %x)",
           status);
    tap_is_int((long long)board[2], (long long)total, "none is missing");

    flip(board[3] + 5, 0x01);
    live(life_count);
    tap_is_int((long long)board[2], (long long)total, "a flipped bit ends the log before it");
    flip(board[3] + 5, 0x01);

    flip(board[4] + 1, 0x80);
    status = live(life_after_crash);
    tap_ok(EXITED(status), "the log goes on where it was torn");
    tap_is_int((long long)board[6], 1000, "at the record that was lost");
    live(life_count);
    tap_is_int((long long)board[2], 1001, "and nothing of what had been behind comes back (W6)");

    status = live(life_switch);
    tap_ok(EXITED(status), "a switched segment is skipped (status %x)", status);

    if (system("rm -f pg_wal/*") != 0)
        return 1;
    status = live(life_sizes);
    tap_ok(EXITED(status) && board[7] <= 65, "a record of 43 bytes takes %d", (int)board[7]);
#ifdef USE_STOP_POINTS
    if (system("rm -f pg_wal/*") != 0)
        return 1;
    status = live(life_full);
    tap_ok(EXITED(status), "a full disk is an error while there is space ahead (status %x)",
           status);
#endif
    finish_processes();
    return tap_done();
}
