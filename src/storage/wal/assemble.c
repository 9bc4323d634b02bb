/*
 * assemble.c - from what a caller registered to the bytes of a record
 *
 * Why        a record is put together from pieces that stay where they are until the bytes are
 *            copied into the ring; which pages need an image is known only when the record is
 *            inserted, since a checkpoint may have begun meanwhile.
 * Invariants A1. between wal_begin_insert and wal_insert no other record is made by this process.
 *            A2. a page without image in a record has an LSN after the redo point valid at its
 *                insertion, or its redo does not read the old page.
 * Errors     too many pieces or too long a record is ERROR; in a critical section, PANIC.
 */
#include <lz4.h>
#include <string.h>

#include "error/error.h"
#include "sync/stop_point.h"
#include "wal_int.h"

#define PARTS_MAX 1024
#define CHUNKS_MAX (PARTS_MAX + 2 * (WAL_MAX_BLOCK_ID + 1) + 2)
#define REFERENCE_MAX 64
#define HEAD_ROOM 24
#define IMAGE_SCRATCH LZ4_COMPRESSBOUND(BLCKSZ)

typedef struct Part {
    const char *data;
    uint32 length;
    int next; /* -1: last */
} Part;

typedef struct PartList {
    int first;
    int last;
    uint32 length;
} PartList;

typedef struct RegisteredBlock {
    bool in_use;
    uint8 flags;
    ForkNumber fork;
    RelFileLocator locator;
    BlockNumber block;
    Page page;
    PartList data;
} RegisteredBlock;

static struct {
    bool begun;
    int max_block_id;
    int part_count;
    PartList main;
    XLogRecPtr redo; /* this process's idea of them; corrected at insertion */
    bool full_page_writes;
    XLogRecPtr last_start;
    XLogRecPtr last_end;
    RegisteredBlock blocks[WAL_MAX_BLOCK_ID + 1];
    Part parts[PARTS_MAX];
    WalChunk chunks[CHUNKS_MAX];
    unsigned char head[HEAD_ROOM + REFERENCE_MAX * (WAL_MAX_BLOCK_ID + 1)];
    char images[WAL_MAX_BLOCK_ID + 1][IMAGE_SCRATCH];
} assemble = {.max_block_id = -1};

static const PartList empty_list = {.first = -1, .last = -1, .length = 0};

void
wal_reset_insert(void)
{
    for (int id = 0; id <= assemble.max_block_id; id++)
        assemble.blocks[id].in_use = false;
    assemble.max_block_id = -1;
    assemble.part_count = 0;
    assemble.main = empty_list;
    assemble.begun = false;
}

void
wal_begin_insert(void)
{
    Assert(!assemble.begun); /* A1 */
    Assert(assemble.max_block_id == -1);
    if (unlikely(!wal_insert_allowed()))
        elog(ERROR, "cannot make new WAL entries during recovery");
    wal_reset_insert();
    assemble.begun = true;
}

static void
append_part(PartList *list, const void *data, uint32 length)
{
    int index = assemble.part_count;

    if (length == 0)
        return;
    if (index >= PARTS_MAX)
        ereport(ERROR, (errmsg_internal("too much WAL data"),
                        errdetail_internal("%d out of %d data segments are already in use.", index,
                                           PARTS_MAX)));
    assemble.parts[index] = (Part){.data = data, .length = length, .next = -1};
    if (list->last >= 0)
        assemble.parts[list->last].next = index;
    else
        list->first = index;
    list->last = index;
    list->length += length;
    assemble.part_count++;
}

void
wal_register_data(const void *data, uint32 length)
{
    Assert(assemble.begun);
    append_part(&assemble.main, data, length);
}

void
wal_register_block(uint8 id, const RelFileLocator *locator, ForkNumber fork, BlockNumber block,
                   Page page, uint8 flags)
{
    RegisteredBlock *entry;

    Assert(assemble.begun);
    if (id > WAL_MAX_BLOCK_ID)
        elog(ERROR, "too many registered buffers");
    entry = &assemble.blocks[id];
    Assert(!entry->in_use);
    Assert(!((flags & WAL_BLOCK_FORCE_IMAGE) && (flags & WAL_BLOCK_NO_IMAGE)));
    for (int other = assemble.max_block_id + 1; other < id; other++)
        assemble.blocks[other].in_use = false;
    *entry = (RegisteredBlock){.in_use = true, .flags = flags, .fork = fork, .locator = *locator,
                               .block = block, .page = page, .data = empty_list};
    if (id > assemble.max_block_id)
        assemble.max_block_id = id;
}

void
wal_register_block_data(uint8 id, const void *data, uint32 length)
{
    Assert(assemble.begun && id <= assemble.max_block_id && assemble.blocks[id].in_use);
    append_part(&assemble.blocks[id].data, data, length);
}

/* --- images --- */

static void
page_hole(const RegisteredBlock *block, uint32 *ret_offset, uint32 *ret_length)
{
    PageHeader header = page_header(block->page);

    *ret_offset = 0;
    *ret_length = 0;
    if ((block->flags & WAL_BLOCK_STANDARD) && header->lower >= PAGE_HEADER_SIZE &&
        header->upper > header->lower && header->upper <= BLCKSZ) {
        *ret_offset = header->lower;
        *ret_length = header->upper - header->lower;
    }
}

/* Appends the chunks of a page's image and the fields that describe it. */
static unsigned char *
put_image(int id, RegisteredBlock *block, unsigned char *at, int *chunk_count, uint32 *ret_length)
{
    uint32 hole_offset, hole_length, plain;
    int packed = 0;

    page_hole(block, &hole_offset, &hole_length);
    plain = BLCKSZ - hole_length;
    if (wal_compression != 0) {
        char joined[BLCKSZ];
        const char *source = block->page;

        if (hole_length > 0) {
            memcpy(joined, block->page, hole_offset);
            memcpy(joined + hole_offset, block->page + hole_offset + hole_length,
                   plain - hole_offset);
            source = joined;
        }
        packed = LZ4_compress_default(source, assemble.images[id], (int)plain, (int)plain - 1);
    }
    at = wal_varint_put(at, hole_offset);
    at = wal_varint_put(at, hole_length);
    *at++ = packed > 0 ? WAL_IMAGE_LZ4 : WAL_IMAGE_PLAIN;
    *ret_length = packed > 0 ? (uint32)packed : plain;
    at = wal_varint_put(at, *ret_length);
    if (packed > 0)
        assemble.chunks[(*chunk_count)++] = (WalChunk){assemble.images[id], (uint32)packed};
    else if (hole_length == 0)
        assemble.chunks[(*chunk_count)++] = (WalChunk){block->page, BLCKSZ};
    else {
        assemble.chunks[(*chunk_count)++] = (WalChunk){block->page, hole_offset};
        assemble.chunks[(*chunk_count)++] =
            (WalChunk){block->page + hole_offset + hole_length, plain - hole_offset};
    }
    return at;
}

static void
put_parts(const PartList *list, int *chunk_count)
{
    for (int i = list->first; i >= 0; i = assemble.parts[i].next)
        assemble.chunks[(*chunk_count)++] =
            (WalChunk){assemble.parts[i].data, assemble.parts[i].length};
}

static bool
block_needs_image(const RegisteredBlock *block, XLogRecPtr *fpw_lsn)
{
    XLogRecPtr lsn;

    if (block->flags & WAL_BLOCK_FORCE_IMAGE)
        return true;
    if (block->flags & 0x02) /* WAL_BLOCK_NO_IMAGE, also part of WILL_INIT */
        return false;
    lsn = page_lsn(block->page);
    if (assemble.full_page_writes && lsn <= assemble.redo)
        return true;
    if (*fpw_lsn == 0 || lsn < *fpw_lsn)
        *fpw_lsn = lsn;
    return false;
}

typedef struct Assembled {
    int chunk_count;
    int image_count;
    uint64 payload;
    XLogRecPtr fpw_lsn; /* lowest LSN of a page left without image, 0 if none */
} Assembled;

static unsigned char *
put_reference(int id, int previous_id, const RegisteredBlock *previous, unsigned char *at,
              Assembled *state)
{
    RegisteredBlock *block = &assemble.blocks[id];
    unsigned char *flags = at++;
    bool image = block_needs_image(block, &state->fpw_lsn);
    bool data = block->data.length > 0 && (!image || (block->flags & WAL_BLOCK_KEEP_DATA));
    bool same = previous != NULL && RelFileLocatorEquals(previous->locator, block->locator);

    *flags = (uint8)((block->fork & WAL_REF_FORK_MASK) | (same ? WAL_REF_SAME_REL : 0) |
                     (data ? WAL_REF_HAS_DATA : 0) | (image ? WAL_REF_HAS_IMAGE : 0) |
                     ((block->flags & 0x04) ? WAL_REF_WILL_INIT : 0));
    if (id != previous_id + 1) {
        *flags |= WAL_REF_EXPLICIT_ID;
        *at++ = (unsigned char)id;
    }
    if (!same) {
        at = wal_varint_put(at, block->locator.spcOid);
        at = wal_varint_put(at, block->locator.dbOid);
        at = wal_varint_put(at, block->locator.relNumber);
    }
    at = wal_varint_put(at, block->block);
    if (data)
        at = wal_varint_put(at, block->data.length);
    if (image) {
        uint32 length;
        at = put_image(id, block, at, &state->chunk_count, &length);
        state->payload += length;
        state->image_count++;
    }
    if (data) {
        put_parts(&block->data, &state->chunk_count);
        state->payload += block->data.length;
    }
    return at;
}

/* Builds the chunk list; returns the record's length. chunks[0] is the head. */
static uint32
assemble_record(uint8 rmgr, uint8 info, TransactionId xid, Assembled *state)
{
    unsigned char *references = assemble.head + HEAD_ROOM;
    unsigned char *at = references, *head, *to;
    const RegisteredBlock *previous = NULL;
    int previous_id = -1, count = 0;
    uint64 rest;

    *state = (Assembled){.chunk_count = 1};
    for (int id = 0; id <= assemble.max_block_id; id++) {
        if (!assemble.blocks[id].in_use)
            continue;
        at = put_reference(id, previous_id, previous, at, state);
        previous = &assemble.blocks[id];
        previous_id = id;
        count++;
    }
    put_parts(&assemble.main, &state->chunk_count);
    state->payload += assemble.main.length;
    rest = wal_varint_size(xid) + 1 + (uint64)(at - references) + state->payload;
    if (rest > WAL_RECORD_MAX - 16)
        ereport(ERROR, (errmsg_internal("oversized WAL record")));
    head = references - 1 - wal_varint_size(xid) - wal_varint_size(rest) - WAL_RECORD_PREFIX;
    Assert(head >= assemble.head);
    head[4] = rmgr;
    head[5] = info;
    to = wal_varint_put(head + WAL_RECORD_PREFIX, rest);
    to = wal_varint_put(to, xid);
    *to++ = (unsigned char)count;
    Assert(to == references);
    assemble.chunks[0] = (WalChunk){(char *)head, (uint32)(at - head)};
    return (uint32)(rest + wal_varint_size(rest) + WAL_RECORD_PREFIX);
}

static pg_crc32c
checksum_chunks(const Assembled *state)
{
    pg_crc32c crc;

    INIT_CRC32C(crc);
    COMP_CRC32C(crc, assemble.chunks[0].data + 4, assemble.chunks[0].length - 4);
    for (int i = 1; i < state->chunk_count; i++)
        COMP_CRC32C(crc, assemble.chunks[i].data, assemble.chunks[i].length);
    return crc;
}

XLogRecPtr
wal_insert(uint8 rmgr, uint8 info)
{
    TransactionId xid = wal_current_xid_hook == NULL ? 0 : wal_current_xid_hook();
    XLogRecPtr start, end;

    Assert(assemble.begun);
    Assert(rmgr != WAL_RMGR_NONE && rmgr < WAL_RMGR_COUNT);
    STOP_POINT("wal_before_insert");
    for (;;) {
        Assembled state;
        uint32 length;

        assemble.redo = wal_redo_lsn();
        assemble.full_page_writes = wal_fullpage_writes();
        length = assemble_record(rmgr, info, xid, &state);
        end = wal__insert_chunks(assemble.chunks, state.chunk_count, length,
                                 checksum_chunks(&state), state.fpw_lsn, state.image_count,
                                 &start);
        if (end != 0) {
            wal_usage.records++;
            wal_usage.images += (uint64)state.image_count;
            wal_usage.bytes += length;
            break;
        }
    }
    assemble.last_start = start;
    assemble.last_end = end;
    wal_reset_insert();
    STOP_POINT("wal_after_insert");
    return end;
}

XLogRecPtr
wal_last_insert_lsn(void)
{
    return assemble.last_end;
}

XLogRecPtr
wal_last_insert_start(void)
{
    return assemble.last_start;
}

bool
wal_page_needs_image(Page page)
{
    return wal_fullpage_writes() && page_lsn(page) <= wal_redo_lsn();
}

XLogRecPtr
wal_log_new_page(const RelFileLocator *locator, ForkNumber fork, BlockNumber block, Page page,
                 bool standard)
{
    XLogRecPtr lsn;

    wal_begin_insert();
    wal_register_block(0, locator, fork, block, page,
                       (uint8)(WAL_BLOCK_FORCE_IMAGE | (standard ? WAL_BLOCK_STANDARD : 0)));
    lsn = wal_insert(WAL_RMGR_XLOG, WAL_XLOG_FPI);
    if (!page_is_new(page))
        page_set_lsn(page, lsn);
    return lsn;
}

XLogRecPtr
wal_log_hint_image(const RelFileLocator *locator, ForkNumber fork, BlockNumber block, Page page,
                   bool standard)
{
    char copy[BLCKSZ];

    if (!wal_insert_allowed() || !wal_page_needs_image(page))
        return 0;
    /* Others may set hints of their own while we read: log a copy that stands still. */
    memcpy(copy, page, BLCKSZ);
    wal_begin_insert();
    wal_register_block(0, locator, fork, block, copy,
                       (uint8)(WAL_BLOCK_FORCE_IMAGE | (standard ? WAL_BLOCK_STANDARD : 0)));
    return wal_insert(WAL_RMGR_XLOG, WAL_XLOG_FPI_FOR_HINT);
}

/* --- the way back --- */

bool
wal_restore_image(const WalRecord *record, uint8 block_id, Page page)
{
    const WalRecordBlock *block = wal_record_block(record, block_id);
    uint32 plain;
    char unpacked[BLCKSZ];
    const char *source;

    if (block == NULL || !block->has_image)
        return false;
    plain = BLCKSZ - block->hole_length;
    source = block->image;
    if (block->compression == WAL_IMAGE_LZ4) {
        if (LZ4_decompress_safe(block->image, unpacked, (int)block->image_length, BLCKSZ) !=
            (int)plain)
            return false;
        source = unpacked;
    }
    memcpy(page, source, block->hole_offset);
    memset(page + block->hole_offset, 0, block->hole_length);
    memcpy(page + block->hole_offset + block->hole_length, source + block->hole_offset,
           plain - block->hole_offset);
    return true;
}
