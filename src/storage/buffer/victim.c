/*
 * victim.c - choosing the buffer to give up, and rings for bulk work
 *
 * Why        a clock: the hand goes round, takes one use from each unpinned buffer it passes and
 *            takes the first that has none left (Corbato's second chance, with counts). The hand is
 *            one atomic counter. Empty buffers have no uses, so they need no free list.
 *            A scan of a table larger than memory goes through a small ring of its own buffers.
 * Invariants V1. a buffer handed out is pinned by this process alone and has no tag.
 * Locks      may take, conditionally, the content lock of the buffer it wants to write, and the
 *            partition lock of its old page.
 * Errors     ERROR when every buffer is pinned.
 */
#include "buffer_int.h"
#include "error/error.h"
#include "memory/memory.h"
#include "sync/proc.h"
#include "sync/stop_point.h"

struct BufferRing {
    BufferRingKind kind;
    int size;
    int current;
    bool from_ring; /* the buffer given out last came from the ring */
    Buffer buffers[];
};

uint64
buffer__hand(uint64 *ret_allocations)
{
    *ret_allocations = atomic_load(&buffer_control->allocations);
    return atomic_load(&buffer_control->hand);
}

static void
wake_writer(void)
{
    int procno = atomic_load_explicit(&buffer_control->wake_writer, memory_order_relaxed);

    if (likely(procno == INVALID_PGPROCNO))
        return;
    if (atomic_exchange(&buffer_control->wake_writer, INVALID_PGPROCNO) == procno)
        SetLatch(&GetPGProcByNumber(procno)->procLatch);
}

/* Pins the buffer if it is unpinned and out of uses; *ret_progress when it lost a use. */
static bool
try_take(BufferDesc *desc, bool *ret_progress)
{
    uint32 old = atomic_load_explicit(&desc->state, memory_order_relaxed);

    while (BUF_REFCOUNT(old) == 0 && !(old & BM_LOCKED)) {
        uint32 new = BUF_USAGE(old) > 0 ? old - BUF_USAGE_ONE : old + BUF_REFCOUNT_ONE;
        if (!atomic_compare_exchange_weak_explicit(&desc->state, &old, new, memory_order_acq_rel,
                                                   memory_order_relaxed))
            continue;
        if (BUF_USAGE(old) == 0)
            return true;
        *ret_progress = true;
        return false;
    }
    /* Locked for a moment is not pinned: try again next time round. */
    if (old & BM_LOCKED)
        *ret_progress = true;
    return false;
}

static BufferDesc *
sweep(void)
{
    int tries = NBuffers;

    atomic_fetch_add_explicit(&buffer_control->allocations, 1, memory_order_relaxed);
    wake_writer();
    for (;;) {
        uint64 hand = atomic_fetch_add_explicit(&buffer_control->hand, 1, memory_order_relaxed);
        BufferDesc *desc = buffer__desc((int)(hand % (uint64)NBuffers));
        bool progress = false;

        if (try_take(desc, &progress)) {
            buffer__adopt_pin(desc);
            return desc;
        }
        if (progress)
            tries = NBuffers;
        else if (--tries == 0)
            ereport(ERROR, (errcode(ERRCODE_INSUFFICIENT_RESOURCES),
                            errmsg("no unpinned buffers available")));
    }
}

/* The ring's next buffer, unless others use it too. */
static BufferDesc *
take_from_ring(BufferRing *ring)
{
    BufferDesc *desc;
    uint32 old;

    ring->from_ring = false;
    ring->current = (ring->current + 1) % ring->size;
    if (ring->buffers[ring->current] == InvalidBuffer)
        return NULL;
    desc = buffer__desc(ring->buffers[ring->current] - 1);
    if (buffer__private_count(buffer__of(desc)) > 0)
        return NULL;
    old = atomic_load(&desc->state);
    if (BUF_REFCOUNT(old) != 0 || BUF_USAGE(old) > 1 || (old & BM_LOCKED) ||
        !atomic_compare_exchange_strong(&desc->state, &old, old + BUF_REFCOUNT_ONE))
        return NULL;
    buffer__adopt_pin(desc);
    ring->from_ring = true;
    return desc;
}

static BufferDesc *
take_any(BufferRing *ring)
{
    BufferDesc *desc = ring == NULL ? NULL : take_from_ring(ring);

    if (desc != NULL)
        return desc;
    desc = sweep();
    if (ring != NULL)
        ring->buffers[ring->current] = buffer__of(desc);
    return desc;
}

/* A bulk read must not wait for WAL for a page of its ring: another buffer takes its place. */
bool
buffer__ring_rejects(BufferRing *ring, BufferDesc *desc)
{
    if (ring == NULL || ring->kind != BUFFER_RING_BULKREAD || !ring->from_ring ||
        ring->buffers[ring->current] != buffer__of(desc))
        return false;
    ring->buffers[ring->current] = InvalidBuffer;
    return true;
}

/* Writes it if it is dirty; false if somebody is at it. */
static bool
clean_victim(BufferDesc *desc, BufferRing *ring)
{
    if (!(atomic_load(&desc->state) & BM_DIRTY))
        return true;
    /*
     * Conditionally: a process that holds this lock may be waiting for one we hold. We have a pin,
     * so the page stays.
     */
    if (!LWLockConditionalAcquire(&desc->content_lock, LW_SHARED))
        return false;
    if (ring != NULL && ring->kind == BUFFER_RING_BULKREAD &&
        wal_needs_flush(page_lsn(buffer__page(desc))) && buffer__ring_rejects(ring, desc)) {
        LWLockRelease(&desc->content_lock);
        return false;
    }
    STOP_POINT("buffer_before_victim_write");
    buffer__flush(desc, NULL);
    LWLockRelease(&desc->content_lock);
    atomic_fetch_add_explicit(&buffer_control->backend_writes, 1, memory_order_relaxed);
    return true;
}

/* Takes the old page out of the table, if nobody has come for it meanwhile. */
static bool
evict(BufferDesc *desc)
{
    BufferTag tag = desc->tag; /* stable: we have it pinned (I1) */
    uint32 hash, state;
    LWLock *partition;

    if (!(atomic_load(&desc->state) & BM_TAG_VALID))
        return true;
    hash = buffer__hash(&tag);
    partition = buffer__partition_lock(hash);
    LWLockAcquire(partition, LW_EXCLUSIVE);
    state = buffer__lock_header(desc);
    Assert(BUF_REFCOUNT(state) > 0);
    if (BUF_REFCOUNT(state) != 1 || (state & BM_DIRTY)) {
        buffer__unlock_header(desc, state);
        LWLockRelease(partition);
        return false;
    }
    desc->tag = (BufferTag){.fork = InvalidForkNumber, .block = InvalidBlockNumber};
    state &= BM_LOCKED | BUF_REFCOUNT_MASK | BM_PIN_COUNT_WAITER;
    buffer__unlock_header(desc, state);
    buffer__table_delete(desc->id, hash);
    LWLockRelease(partition);
    return true;
}

BufferDesc *
buffer__victim(BufferRing *ring)
{
    for (;;) {
        BufferDesc *desc;

        buffer__reserve_pin();
        desc = take_any(ring);
        if (clean_victim(desc, ring) && evict(desc)) {
            Assert(!(atomic_load(&desc->state) & (BM_TAG_VALID | BM_VALID | BM_DIRTY))); /* V1 */
            return desc;
        }
        buffer__unpin(desc);
    }
}

/* --- rings --- */

int
buffer_ring_size(BufferRingKind kind)
{
    int kilobytes = kind == BUFFER_RING_BULKWRITE ? 16 * 1024 : 256;

    return Max(1, Min(kilobytes * 1024 / BLCKSZ, NBuffers / 8));
}

BufferRing *
buffer_ring_create(BufferRingKind kind)
{
    BufferRing *ring;
    int size;

    if (kind == BUFFER_RING_NORMAL)
        return NULL;
    size = buffer_ring_size(kind);
    ring = palloc0(sizeof(BufferRing) + size * sizeof(Buffer));
    ring->kind = kind;
    ring->size = size;
    return ring;
}

void
buffer_ring_free(BufferRing *ring)
{
    if (ring != NULL)
        pfree(ring);
}
