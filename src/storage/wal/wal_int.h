/*
 * wal_int.h - shared inside the wal room
 *
 * Positions. The reservation counter counts only bytes that records may use ("usable bytes": the
 * segments without their headers); everything else speaks in LSNs. wal__start_lsn and wal__end_lsn
 * convert: a record that ends with a segment ends at the next one's first byte, but one that begins
 * there begins after the header.
 */
#ifndef WAL_INT_H
#define WAL_INT_H

#include <stdatomic.h>

#include "config/settings.h"
#include "sync/lwlock.h"
#include "wal/wal.h"

#define WAL_INSERT_SLOTS 8
#define WAL_DIRECTORY "pg_wal"
#define WAL_PAGE 8192 /* the ring is given back in these units; writes begin on them */
#define WAL_WRITE_ALIGN 4096
#define WAL_NAME_SIZE 25

typedef union WalInsertSlot {
    struct {
        LWLock lock;
        _Atomic uint64 inserting_at; /* atomic: the holder writes, flushers read; 0 unknown */
        /* guarded by lock */
        uint64 records, images, bytes;
    };
    char pad[64];
} WalInsertSlot;

_Static_assert(sizeof(WalInsertSlot) == 64, "one cache line per slot");

typedef struct WalShared {
    /* atomic: inserters add, in front of everything they do; its own cache line */
    alignas(64) _Atomic uint64 insert_bytes;

    /* written with all slots held, read with any one held (or as a hint) */
    alignas(64) _Atomic uint64 redo;
    _Atomic uint32 full_page_writes;

    /* atomic: write_lock's holder writes, everybody reads; flushed <= written */
    alignas(64) _Atomic uint64 written;
    _Atomic uint64 flushed;

    /* atomic, advisory */
    alignas(64) _Atomic uint64 async_lsn;
    _Atomic uint32 writer_sleeps;
    _Atomic uint32 disk_full;
    _Atomic uint64 ready_segment;   /* the last segment known to exist in full */
    _Atomic uint64 removed_segment; /* the last segment removed or recycled */
    _Atomic uint32 started;         /* records may be inserted */

    /* set by wal_start_at, before anybody inserts */
    uint64 system_id;
    uint32 timeline;

    _Atomic uint64 checkpoint_redo; /* of the last finished checkpoint */
    _Atomic uint64 stat_buffers_full, stat_writes, stat_syncs, stat_write_ns, stat_sync_ns;

    alignas(64) LWLock write_lock; /* writing and syncing of segments */
    alignas(64) LWLock file_lock;  /* making, renaming, removing of segments */

    alignas(64) WalInsertSlot slots[WAL_INSERT_SLOTS];
} WalShared;

extern WalShared *wal_shared;
extern char *wal_ring;
extern uint64 wal_ring_bytes;

static inline uint64
wal__usable(void)
{
    return wal_segment_size - WAL_SEGMENT_HEADER_SIZE;
}

static inline XLogRecPtr
wal__start_lsn(uint64 bytes)
{
    return bytes / wal__usable() * wal_segment_size + WAL_SEGMENT_HEADER_SIZE +
           bytes % wal__usable();
}

static inline XLogRecPtr
wal__end_lsn(uint64 bytes)
{
    return bytes % wal__usable() == 0 ? bytes / wal__usable() * wal_segment_size
                                      : wal__start_lsn(bytes);
}

static inline uint64
wal__lsn_bytes(XLogRecPtr lsn)
{
    uint64 offset = lsn % wal_segment_size;

    return lsn / wal_segment_size * wal__usable() +
           (offset == 0 ? 0 : offset - WAL_SEGMENT_HEADER_SIZE);
}

/* One piece of a record, in order. */
typedef struct WalChunk {
    const char *data;
    uint32 length;
} WalChunk;

/*
 * Puts a record of `length` bytes into the ring: `chunks`, the first of which begins with the CRC
 * field; `crc` is the unfinished checksum of all but that. Returns the end LSN, or 0 when `fpw_lsn`
 * says that a page has to be imaged after all.
 */
XLogRecPtr wal__insert_chunks(WalChunk *chunks, int count, uint32 length, pg_crc32c crc,
                              XLogRecPtr fpw_lsn, int images, XLogRecPtr *ret_start);
/* Waits until all before `upto` is in the ring; returns up to where it is, at least that. */
XLogRecPtr wal__wait_for_insertions(XLogRecPtr upto);
/* Writes up to `target`, all of which is in the ring; write_lock held. */
void wal__write_locked(XLogRecPtr target, bool flush);
/* A switch record, and the counter to the end of its segment; all slots held. */
void wal__insert_switch_locked(const char *record, uint32 length, XLogRecPtr start,
                               XLogRecPtr end);
void wal__fill_segment_header(WalSegmentHeader *header, uint64 segment, uint32 first_record);

/* segment.c: -1 with errno */
int wal__open_segment(uint32 timeline, uint64 segment, int flags);
int wal__open_or_create(uint64 segment);
void wal__segment_path(char *ret_path, uint32 timeline, uint64 segment);
uint64 wal__checkpoint_segments(void);
void wal__forget_future_segments(uint64 after);

#endif
