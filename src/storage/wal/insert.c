/*
 * insert.c - reserving space in the log and copying records into the ring
 *
 * Why        the only thing inserters share is one counter: an atomic add reserves a record's
 *            place. Everything else, the copying, goes on side by side. A flusher must know up to
 *            where all copies are done, so an inserter holds one of WAL_INSERT_SLOTS locks from
 *            before the add until its bytes are in place (PostgreSQL's insertion locks).
 * Invariants W2. whoever has reserved space holds a slot until the bytes are in the ring.
 *            W3. byte L may be copied into the ring only when L < round_down(written, WAL_PAGE) +
 *                wal_ring_bytes: the byte it replaces, and the page that would be written again
 *                with it, are in the kernel's hands.
 *            W4. the record that takes a segment's first usable byte writes its header too.
 *            W5. slots wait for each other only towards lower LSNs: one that needs ring space
 *                publishes its position first, so that nobody waits for it below that.
 * Locks      a slot, then (only for ring space) write_lock.
 * Errors     none after reservation: the whole is a critical section.
 */
#include <string.h>

#include "error/error.h"
#include "sync/proc.h"
#include "sync/stop_point.h"
#include "wal_int.h"

/* The slot tried first: moves on when there was a wait, so that processes spread. */
static int slot_to_try = -1;
static XLogRecPtr known_limit; /* W3's bound as last seen; only grows */

static WalInsertSlot *
slot_acquire(void)
{
    WalInsertSlot *slot;

    if (slot_to_try < 0)
        slot_to_try = MyProc == NULL ? 0 : MyProc->pgprocno % WAL_INSERT_SLOTS;
    slot = &wal_shared->slots[slot_to_try];
    if (!LWLockAcquire(&slot->lock, LW_EXCLUSIVE))
        slot_to_try = (slot_to_try + 1) % WAL_INSERT_SLOTS;
    return slot;
}

void
wal__fill_segment_header(WalSegmentHeader *header, uint64 segment, uint32 first_record)
{
    memset(header, 0, sizeof(*header));
    header->magic = WAL_MAGIC;
    header->version = WAL_VERSION;
    header->header_size = WAL_SEGMENT_HEADER_SIZE;
    header->system_id = wal_shared->system_id;
    header->segment = segment;
    header->timeline = wal_shared->timeline;
    header->segment_size = wal_segment_size;
    header->first_record = first_record;
    header->crc = wal_segment_header_crc(header);
}

XLogRecPtr
wal__wait_for_insertions(XLogRecPtr upto)
{
    XLogRecPtr end = wal__end_lsn(atomic_load(&wal_shared->insert_bytes));
    XLogRecPtr finished = end;

    if (upto > end) {
        ereport(LOG, (errcode(ERRCODE_DATA_CORRUPTED),
                      errmsg("request to flush past end of generated WAL; request %X/%X, "
                             "current position %X/%X",
                             LSN_FORMAT_ARGS(upto), LSN_FORMAT_ARGS(end))));
        upto = end;
    }
    for (int i = 0; i < WAL_INSERT_SLOTS; i++) {
        WalInsertSlot *slot = &wal_shared->slots[i];
        uint64 position = 0;

        /* 0 is "holds the slot, place not known": it may have reserved below upto (W2). */
        do {
            if (LWLockWaitForVar(&slot->lock, &slot->inserting_at, position, &position)) {
                position = 0;
                break;
            }
        } while (position < upto);
        if (position != 0 && position < finished)
            finished = position;
    }
    return finished;
}

static XLogRecPtr
ring_limit(void)
{
    XLogRecPtr written = atomic_load_explicit(&wal_shared->written, memory_order_acquire);

    return written - written % WAL_PAGE + wal_ring_bytes;
}

/* Sees to it that bytes before `end` may be copied; `at` is our first byte not yet copied. */
static void
wait_for_ring(WalInsertSlot *slot, XLogRecPtr at, XLogRecPtr end)
{
    XLogRecPtr target, finished;

    known_limit = ring_limit();
    if (end <= known_limit)
        return;
    target = end - wal_ring_bytes;
    target += (WAL_PAGE - target % WAL_PAGE) % WAL_PAGE;
    Assert(target <= at);
    if (slot != NULL)
        LWLockUpdateVar(&slot->lock, &slot->inserting_at, at); /* W5 */
    atomic_fetch_add(&wal_shared->stat_buffers_full, 1);
    finished = slot == NULL ? at : wal__wait_for_insertions(target);
    LWLockAcquire(&wal_shared->write_lock, LW_EXCLUSIVE);
    if (wal_written_lsn() < target)
        wal__write_locked(finished, false);
    LWLockRelease(&wal_shared->write_lock);
    known_limit = ring_limit();
    Assert(end <= known_limit);
}

/* Copies bytes that lie within one segment. */
static void
copy_plain(WalInsertSlot *slot, XLogRecPtr at, const char *bytes, uint64 length)
{
    while (length > 0) {
        uint64 offset = at % wal_ring_bytes;
        uint64 step = Min(length, wal_ring_bytes - offset);

        if (at + step > known_limit) {
            step = Min(step, WAL_PAGE - at % WAL_PAGE);
            wait_for_ring(slot, at, at + step);
        }
        memcpy(wal_ring + offset, bytes, step);
        at += step;
        bytes += step;
        length -= step;
    }
}

static void
copy_segment_header(WalInsertSlot *slot, XLogRecPtr at, uint32 first_record)
{
    WalSegmentHeader header;

    Assert(at % wal_segment_size == 0);
    wal__fill_segment_header(&header, at / wal_segment_size, first_record);
    copy_plain(slot, at, (const char *)&header, sizeof(header));
}

/* Where the first record after ours begins, as the header of `segment` tells it (W4). */
static uint32
first_record_offset(XLogRecPtr segment_start, XLogRecPtr record_end)
{
    return record_end > segment_start && record_end < segment_start + wal_segment_size
               ? (uint32)(record_end - segment_start)
               : 0;
}

static XLogRecPtr
copy_bytes(WalInsertSlot *slot, XLogRecPtr at, const char *bytes, uint64 length,
           XLogRecPtr record_end)
{
    while (length > 0) {
        uint64 step;

        if (at % wal_segment_size == 0) {
            copy_segment_header(slot, at, first_record_offset(at, record_end));
            at += WAL_SEGMENT_HEADER_SIZE;
        }
        step = Min(length, wal_segment_size - at % wal_segment_size);
        copy_plain(slot, at, bytes, step);
        at += step;
        bytes += step;
        length -= step;
    }
    return at;
}

/* Wakes the walwriter when a new segment begins, to make the next one ready. */
static void
nudge_writer(void)
{
    int procno =
        ProcGlobal == NULL ? INVALID_PGPROCNO : atomic_load(&ProcGlobal->walwriterProcno);

    if (procno != INVALID_PGPROCNO)
        SetLatch(&GetPGProcByNumber(procno)->procLatch);
}

XLogRecPtr
wal__insert_chunks(WalChunk *chunks, int count, uint32 length, pg_crc32c crc, XLogRecPtr fpw_lsn,
                   int images, XLogRecPtr *ret_start)
{
    WalInsertSlot *slot;
    uint64 bytes;
    XLogRecPtr start, end, at;

    START_CRIT_SECTION();
    slot = slot_acquire();
    if (unlikely(fpw_lsn != 0 && atomic_load(&wal_shared->full_page_writes) &&
                 fpw_lsn <= atomic_load(&wal_shared->redo))) {
        /* A checkpoint began after the images were chosen (A2). */
        LWLockReleaseClearVar(&slot->lock, &slot->inserting_at, 0);
        END_CRIT_SECTION();
        return 0;
    }
    bytes = atomic_fetch_add(&wal_shared->insert_bytes, length);
    start = wal__start_lsn(bytes);
    end = wal__end_lsn(bytes + length);
    STOP_POINT("wal_insert_reserved");

    COMP_CRC32C(crc, &start, sizeof(start));
    FIN_CRC32C(crc);
    memcpy((char *)chunks[0].data, &crc, sizeof(crc));
    if (start % wal_segment_size == WAL_SEGMENT_HEADER_SIZE)
        copy_segment_header(slot, start - WAL_SEGMENT_HEADER_SIZE, WAL_SEGMENT_HEADER_SIZE);
    at = start;
    for (int i = 0; i < count; i++)
        at = copy_bytes(slot, at, chunks[i].data, chunks[i].length, end);
    Assert(at == end);
    slot->records++;
    slot->images += (uint64)images;
    slot->bytes += length;
    LWLockReleaseClearVar(&slot->lock, &slot->inserting_at, 0);
    if (unlikely(start / wal_segment_size != end / wal_segment_size))
        nudge_writer();
    END_CRIT_SECTION();
    *ret_start = start;
    return end;
}

void
wal__insert_switch_locked(const char *record, uint32 length, XLogRecPtr start, XLogRecPtr end)
{
    /* We hold all slots, and the ring may be smaller than what is left of the segment: everything
     * before is copied, so the rest can be written as it is, whatever it holds (W1). */
    atomic_store(&wal_shared->insert_bytes, wal__lsn_bytes(end));
    copy_plain(NULL, start, record, length);
    LWLockAcquire(&wal_shared->write_lock, LW_EXCLUSIVE);
    wal__write_locked(start + length, false);
    wal__write_locked(end, true);
    LWLockRelease(&wal_shared->write_lock);
}
