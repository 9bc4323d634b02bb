/*
 * wal_record.h - the bytes of the write-ahead log
 *
 * A segment file is wal_segment_size (16 MB) bytes: a WalSegmentHeader, then records back to back,
 * without padding and without page headers. A record may begin anywhere and go on in the next
 * segment, after that one's header. An LSN is a byte position in the endless series of segments,
 * headers included: segment number * size + offset. Segment 0 does not exist.
 *
 * Segment header (WAL_SEGMENT_HEADER_SIZE bytes)
 *   offset size field
 *        0    4 magic
 *        4    2 version
 *        6    2 header_size   64
 *        8    8 system_id
 *       16    8 segment       its number
 *       24    4 timeline
 *       28    4 segment_size
 *       32    4 first_record  offset of the first record that begins in this segment; 0 if unknown
 *       36   24 zero
 *       60    4 crc           CRC-32C of the bytes before
 *
 * Record
 *   offset size field
 *        0    4 crc           CRC-32C of: everything after this field, then the LSN of the record's
 *                             first byte as 8 bytes. So bytes of an earlier use of the file, right
 *                             in themselves, never pass for a record (W1).
 *        4    1 rmgr          resource manager, never 0: zeroed space is no record
 *        5    1 info          what the resource manager likes
 *        6    . rest          varint: bytes that follow this field
 *        .    . xid           varint: transaction, 0 if none
 *        .    1 block_count   block references
 *        .    . references    (below), block_count times
 *        .    . payloads      per reference, in order: page image, then block data
 *        .    . main data     to the end
 *
 * Block reference
 *        0    1 flags         WAL_REF_*
 *        1    1 id            only with WAL_REF_EXPLICIT_ID; else the id before plus one, first 0
 *        .    . locator       3 varints tablespace, database, relation; not with WAL_REF_SAME_REL
 *        .    . block         varint
 *        .    . data length   varint, only with WAL_REF_HAS_DATA
 *        .    . image         only with WAL_REF_HAS_IMAGE: varint hole offset, varint hole length,
 *                             1 byte compression, varint length of the stored bytes
 *
 * A varint is little-endian base 128: seven bits a byte, the top bit says that more follow.
 * Decoding throws nothing and allocates nothing: it answers with a message or NULL.
 */
#ifndef FORMAT_WAL_RECORD_H
#define FORMAT_WAL_RECORD_H

#include <stddef.h>

#include "base/base.h"
#include "base/crc32c.h"

#define WAL_MAGIC 0x4c415753u /* "SWAL" on disk */
#define WAL_VERSION 1
#define WAL_SEGMENT_SIZE_DEFAULT (16 * 1024 * 1024)
#define WAL_SEGMENT_HEADER_SIZE 64
#define WAL_RECORD_PREFIX 6                      /* crc, rmgr, info */
#define WAL_RECORD_MIN (WAL_RECORD_PREFIX + 3)   /* rest, xid, block_count */
#define WAL_RECORD_MAX (1020 * 1024 * 1024u)     /* bytes in all */
#define WAL_MAX_BLOCK_ID 32
#define WAL_FIRST_SEGMENT 1

typedef struct WalSegmentHeader {
    uint32 magic;
    uint16 version;
    uint16 header_size;
    uint64 system_id;
    uint64 segment;
    uint32 timeline;
    uint32 segment_size;
    uint32 first_record;
    uint8 zero[24];
    uint32 crc;
} WalSegmentHeader;

_Static_assert(sizeof(WalSegmentHeader) == WAL_SEGMENT_HEADER_SIZE, "segment header is 64 bytes");
_Static_assert(offsetof(WalSegmentHeader, crc) == 60, "crc at 60");

/* Resource managers. The numbers are on disk: never renumber, only append. */
typedef enum WalRmgrId {
    WAL_RMGR_NONE = 0,
    WAL_RMGR_XLOG = 1,
    WAL_RMGR_XACT = 2,
    WAL_RMGR_SMGR = 3,
    WAL_RMGR_CLOG = 4,
    WAL_RMGR_MULTIXACT = 5,
    WAL_RMGR_HEAP = 6,
    WAL_RMGR_BTREE = 7,
    WAL_RMGR_DATABASE = 8,
    WAL_RMGR_TABLESPACE = 9,
    WAL_RMGR_RELMAP = 10,
    WAL_RMGR_SEQ = 11,
    WAL_RMGR_STANDBY = 12,
    WAL_RMGR_GENERIC = 13,
    WAL_RMGR_LOGICALMSG = 14,
    WAL_RMGR_HASH = 15,
    WAL_RMGR_GIN = 16,
    WAL_RMGR_GIST = 17,
    WAL_RMGR_SPGIST = 18,
    WAL_RMGR_BRIN = 19,
    WAL_RMGR_COUNT = 32,
} WalRmgrId;

/* info of WAL_RMGR_XLOG */
#define WAL_XLOG_CHECKPOINT_SHUTDOWN 0x01 /* ControlCheckpoint */
#define WAL_XLOG_CHECKPOINT_ONLINE 0x02   /* ControlCheckpoint */
#define WAL_XLOG_NOOP 0x03
#define WAL_XLOG_NEXT_OID 0x04            /* uint32 */
#define WAL_XLOG_SWITCH 0x05              /* the rest of the segment is void */
#define WAL_XLOG_FPI 0x06                 /* page images only */
#define WAL_XLOG_FPI_FOR_HINT 0x07
#define WAL_XLOG_END_OF_RECOVERY 0x08
#define WAL_XLOG_PARAMETER_CHANGE 0x09
#define WAL_XLOG_FPW_CHANGE 0x0a

/* info of WAL_RMGR_SMGR */
#define WAL_SMGR_CREATE 0x01   /* WalSmgrCreate */
#define WAL_SMGR_TRUNCATE 0x02 /* WalSmgrTruncate */

typedef struct WalSmgrCreate {
    RelFileLocator locator;
    int32 fork;
} WalSmgrCreate;

typedef struct WalSmgrTruncate {
    RelFileLocator locator;
    BlockNumber block_counts[3]; /* main, fsm, vm; InvalidBlockNumber: unchanged */
} WalSmgrTruncate;

/* flags of a block reference */
#define WAL_REF_FORK_MASK 0x03
#define WAL_REF_SAME_REL 0x04
#define WAL_REF_EXPLICIT_ID 0x08
#define WAL_REF_HAS_DATA 0x10
#define WAL_REF_HAS_IMAGE 0x20
#define WAL_REF_WILL_INIT 0x40

/* compression of a page image */
#define WAL_IMAGE_PLAIN 0
#define WAL_IMAGE_LZ4 1

typedef struct WalRecordBlock {
    bool in_use;
    bool has_image;
    bool has_data;
    bool will_init;
    uint8 compression;
    uint16 hole_offset;
    uint16 hole_length;
    ForkNumber fork;
    RelFileLocator locator;
    BlockNumber block;
    uint32 image_length;
    uint32 data_length;
    const char *image;
    const char *data;
} WalRecordBlock;

/* A decoded record; the pointers lead into the bytes it was decoded from. */
typedef struct WalRecord {
    XLogRecPtr start; /* LSN of its first byte */
    XLogRecPtr end;   /* LSN after its last byte: what pages it changed bear */
    uint8 rmgr;
    uint8 info;
    int max_block_id; /* -1 if none */
    TransactionId xid;
    uint32 length;    /* all bytes */
    uint32 data_length;
    const char *data; /* main data */
    WalRecordBlock blocks[WAL_MAX_BLOCK_ID + 1];
} WalRecord;

static inline unsigned
wal_varint_size(uint64 value)
{
    unsigned size = 1;
    while (value >= 0x80) {
        value >>= 7;
        size++;
    }
    return size;
}

static inline unsigned char *
wal_varint_put(unsigned char *to, uint64 value)
{
    while (value >= 0x80) {
        *to++ = (unsigned char)(value | 0x80);
        value >>= 7;
    }
    *to++ = (unsigned char)value;
    return to;
}

/* Reads a varint before `end`; moves *at. False when it is cut off or too long. */
static inline bool
wal_varint_get(const unsigned char **at, const unsigned char *end, uint64 *ret_value)
{
    uint64 value = 0;

    for (unsigned shift = 0; shift < 64 && *at < end; shift += 7) {
        unsigned char byte = *(*at)++;
        value |= (uint64)(byte & 0x7f) << shift;
        if (byte < 0x80) {
            *ret_value = value;
            return true;
        }
    }
    return false;
}

static inline bool
wal_varint_get32(const unsigned char **at, const unsigned char *end, uint32 *ret_value)
{
    uint64 value;

    if (!wal_varint_get(at, end, &value) || value > UINT32_MAX)
        return false;
    *ret_value = (uint32)value;
    return true;
}

/*
 * Length in bytes of the record whose first `available` bytes are at `bytes`: 0 when more bytes
 * are needed to tell, UINT32_MAX when these cannot be a record's.
 */
static inline uint32
wal_record_peek_length(const char *bytes, Size available)
{
    const unsigned char *at = (const unsigned char *)bytes + WAL_RECORD_PREFIX;
    const unsigned char *end = (const unsigned char *)bytes + available;
    uint64 rest;

    if (available > 4 && (bytes[4] == WAL_RMGR_NONE || (uint8)bytes[4] >= WAL_RMGR_COUNT))
        return UINT32_MAX;
    if (available <= WAL_RECORD_PREFIX)
        return 0;
    if (!wal_varint_get(&at, end, &rest))
        return available >= WAL_RECORD_PREFIX + 5 ? UINT32_MAX : 0;
    if (rest < 2 || rest > WAL_RECORD_MAX)
        return UINT32_MAX;
    return (uint32)rest + (uint32)(at - (const unsigned char *)bytes);
}

/* The checksum a record of these bytes has when it begins at `start`. */
static inline uint32
wal_record_crc(const char *bytes, uint32 length, XLogRecPtr start)
{
    pg_crc32c crc;

    INIT_CRC32C(crc);
    COMP_CRC32C(crc, bytes + 4, length - 4);
    COMP_CRC32C(crc, &start, sizeof(start));
    FIN_CRC32C(crc);
    return crc;
}

static inline bool
wal__decode_locator(const unsigned char **at, const unsigned char *end, RelFileLocator *ret_locator)
{
    uint32 spc, db, rel;

    if (!wal_varint_get32(at, end, &spc) || !wal_varint_get32(at, end, &db) ||
        !wal_varint_get32(at, end, &rel))
        return false;
    ret_locator->spcOid = spc;
    ret_locator->dbOid = db;
    ret_locator->relNumber = rel;
    return true;
}

static inline const char *
wal__decode_image(const unsigned char **at, const unsigned char *end, WalRecordBlock *block)
{
    uint32 hole_offset, hole_length;

    if (!wal_varint_get32(at, end, &hole_offset) || !wal_varint_get32(at, end, &hole_length) ||
        *at >= end)
        return "truncated page image header";
    if (hole_offset + hole_length > BLCKSZ || hole_offset > BLCKSZ || hole_length > BLCKSZ)
        return "page image hole outside the page";
    block->hole_offset = (uint16)hole_offset;
    block->hole_length = (uint16)hole_length;
    block->compression = *(*at)++;
    if (!wal_varint_get32(at, end, &block->image_length))
        return "truncated page image header";
    if (block->compression > WAL_IMAGE_LZ4)
        return "unknown page image compression";
    if (block->compression == WAL_IMAGE_PLAIN && block->image_length != BLCKSZ - hole_length)
        return "page image of wrong length";
    return NULL;
}

static inline const char *
wal__decode_reference(const unsigned char **at, const unsigned char *end, int *last_id,
                      const RelFileLocator **last_locator, WalRecord *record)
{
    WalRecordBlock *block;
    uint8 flags;
    int id = *last_id + 1;

    if (*at >= end)
        return "truncated block reference";
    flags = *(*at)++;
    if (flags & WAL_REF_EXPLICIT_ID) {
        if (*at >= end)
            return "truncated block reference";
        id = *(*at)++;
    }
    if (id <= *last_id || id > WAL_MAX_BLOCK_ID)
        return "block reference out of order";
    for (int i = *last_id + 1; i < id; i++)
        record->blocks[i].in_use = false;
    block = &record->blocks[id];
    memset(block, 0, sizeof(*block));
    block->in_use = true;
    block->fork = (ForkNumber)(flags & WAL_REF_FORK_MASK);
    block->has_data = (flags & WAL_REF_HAS_DATA) != 0;
    block->has_image = (flags & WAL_REF_HAS_IMAGE) != 0;
    block->will_init = (flags & WAL_REF_WILL_INIT) != 0;
    if (flags & WAL_REF_SAME_REL) {
        if (*last_locator == NULL)
            return "first block reference names no relation";
        block->locator = **last_locator;
    } else if (!wal__decode_locator(at, end, &block->locator))
        return "truncated block reference";
    if (!wal_varint_get32(at, end, &block->block))
        return "truncated block reference";
    if (block->has_data && !wal_varint_get32(at, end, &block->data_length))
        return "truncated block reference";
    *last_locator = &block->locator;
    *last_id = id;
    return block->has_image ? wal__decode_image(at, end, block) : NULL;
}

/*
 * Decodes the `length` bytes of one record that begins at LSN `start` (its CRC is checked by the
 * caller). Fills *ret_record but for `end`. Returns NULL, or what is wrong with the bytes.
 */
static inline const char *
wal_record_decode(const char *bytes, uint32 length, XLogRecPtr start, WalRecord *ret_record)
{
    const unsigned char *at = (const unsigned char *)bytes + WAL_RECORD_PREFIX;
    const unsigned char *end = (const unsigned char *)bytes + length;
    const RelFileLocator *last_locator = NULL;
    int last_id = -1;
    uint64 rest, xid;
    unsigned count;

    ret_record->start = start;
    ret_record->rmgr = (uint8)bytes[4];
    ret_record->info = (uint8)bytes[5];
    ret_record->length = length;
    if (!wal_varint_get(&at, end, &rest) || rest != (uint64)(end - at))
        return "invalid record length";
    if (!wal_varint_get(&at, end, &xid) || at >= end)
        return "truncated record header";
    ret_record->xid = xid;
    count = *at++;
    for (unsigned i = 0; i < count; i++) {
        const char *problem = wal__decode_reference(&at, end, &last_id, &last_locator, ret_record);
        if (problem != NULL)
            return problem;
    }
    ret_record->max_block_id = last_id;
    for (int id = 0; id <= last_id; id++) {
        WalRecordBlock *block = &ret_record->blocks[id];
        if (!block->in_use)
            continue;
        if ((uint64)block->image_length + block->data_length > (uint64)(end - at))
            return "block data beyond the record";
        block->image = (const char *)at;
        at += block->image_length;
        block->data = (const char *)at;
        at += block->data_length;
    }
    ret_record->data = (const char *)at;
    ret_record->data_length = (uint32)(end - at);
    return NULL;
}

/*
 * Encodes a record without transaction and block references that begins at `start`. `to` has room
 * for WAL_RECORD_PREFIX + 12 + length bytes. Returns the record's length. For the first record of a
 * cluster and for records made outside the usual way.
 */
static inline uint32
wal_record_encode_plain(char *to, XLogRecPtr start, uint8 rmgr, uint8 info, const void *data,
                        uint32 length)
{
    unsigned char *at = (unsigned char *)to + WAL_RECORD_PREFIX;
    uint32 total, crc;

    to[4] = (char)rmgr;
    to[5] = (char)info;
    at = wal_varint_put(at, (uint64)length + 2);
    *at++ = 0; /* xid */
    *at++ = 0; /* block_count */
    if (length > 0)
        memcpy(at, data, length);
    total = (uint32)(at - (unsigned char *)to) + length;
    crc = wal_record_crc(to, total, start);
    memcpy(to, &crc, sizeof(crc));
    return total;
}

/* Checksum of a segment header. */
static inline uint32
wal_segment_header_crc(const WalSegmentHeader *header)
{
    pg_crc32c crc;

    INIT_CRC32C(crc);
    COMP_CRC32C(crc, header, offsetof(WalSegmentHeader, crc));
    FIN_CRC32C(crc);
    return crc;
}

#endif
