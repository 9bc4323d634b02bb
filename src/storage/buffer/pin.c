/*
 * pin.c - pins: the shared count per buffer, this process's own counts, the header lock
 *
 * Why        a process that pins a page ten times changes the shared word once. Its own counts
 *            stand in a small array looked through linearly, which nearly always suffices, and
 *            beyond that in a hash table.
 * Invariants N1. the shared count is the number of processes whose private count is above 0.
 *            N2. every pin is remembered by the resource owner current when it was taken.
 * Locks      the header lock is a spinlock in the state word: a few instructions, no calls.
 * Errors     buffer__reserve_pin may throw (memory); after it, pinning cannot fail.
 */
#include <sched.h>
#include <string.h>

#include "buffer_int.h"
#include "error/error.h"
#include "error/resowner.h"
#include "memory/hsearch.h"
#include "memory/memory.h"
#include "sync/proc.h"

#define PRIVATE_SLOTS 8

typedef struct PrivatePin {
    Buffer buffer;
    int32 count;
} PrivatePin;

static struct {
    PrivatePin slots[PRIVATE_SLOTS];
    int last_hit;
    HTAB *overflow;
    int overflow_count;
    int total;
} pins;

static void release_pin_resource(Datum value);
static char *describe_pin_resource(Datum value);

static const ResourceOwnerDesc pin_desc = {
    .name = "buffer pin",
    .release_phase = RESOURCE_RELEASE_BEFORE_LOCKS,
    .release_priority = RELEASE_PRIO_BUFFER_PINS,
    .ReleaseResource = release_pin_resource,
    .DebugPrint = describe_pin_resource,
};

void
buffer_init_process(void)
{
    memset(&pins, 0, sizeof(pins));
}

/* --- header lock --- */

uint32
buffer__lock_header(BufferDesc *desc)
{
    for (unsigned spins = 0;; spins++) {
        uint32 old = atomic_fetch_or_explicit(&desc->state, BM_LOCKED, memory_order_acquire);
        if (!(old & BM_LOCKED))
            return old | BM_LOCKED;
        while (atomic_load_explicit(&desc->state, memory_order_relaxed) & BM_LOCKED) {
            if (++spins % 64 == 0)
                sched_yield();
            else
                spin_pause();
        }
    }
}

static uint32
wait_header_unlocked(BufferDesc *desc)
{
    uint32 state;

    for (unsigned spins = 1;
         (state = atomic_load_explicit(&desc->state, memory_order_acquire)) & BM_LOCKED; spins++) {
        if (spins % 64 == 0)
            sched_yield();
        else
            spin_pause();
    }
    return state;
}

/* --- private counts --- */

static PrivatePin *
find_private(Buffer buffer)
{
    if (pins.slots[pins.last_hit].buffer == buffer)
        return &pins.slots[pins.last_hit];
    for (int i = 0; i < PRIVATE_SLOTS; i++)
        if (pins.slots[i].buffer == buffer) {
            pins.last_hit = i;
            return &pins.slots[i];
        }
    if (likely(pins.overflow_count == 0))
        return NULL;
    return hash_search(pins.overflow, &buffer, HASH_FIND, NULL);
}

static int
free_slot(void)
{
    for (int i = 0; i < PRIVATE_SLOTS; i++)
        if (pins.slots[i].buffer == InvalidBuffer)
            return i;
    return -1;
}

/* Sees to a free slot, so that new_private cannot fail: moves one to the hash table. */
static void
reserve_private(void)
{
    static int next_out = 0;
    PrivatePin *moved, *entry;

    if (likely(free_slot() >= 0))
        return;
    if (pins.overflow == NULL) {
        HASHCTL info = {.keysize = sizeof(Buffer), .entrysize = sizeof(PrivatePin)};
        info.hcxt = TopMemoryContext;
        pins.overflow =
            hash_create("PrivateRefCount", 100, &info, HASH_ELEM | HASH_BLOBS | HASH_CONTEXT);
    }
    moved = &pins.slots[next_out++ % PRIVATE_SLOTS];
    entry = hash_search(pins.overflow, &moved->buffer, HASH_ENTER, NULL);
    entry->count = moved->count;
    pins.overflow_count++;
    moved->buffer = InvalidBuffer;
    moved->count = 0;
}

static PrivatePin *
new_private(Buffer buffer)
{
    int slot = free_slot();

    Assert(slot >= 0);
    pins.slots[slot] = (PrivatePin){.buffer = buffer, .count = 0};
    pins.last_hit = slot;
    return &pins.slots[slot];
}

static void
forget_private(PrivatePin *pin)
{
    if (pin >= pins.slots && pin < pins.slots + PRIVATE_SLOTS)
        pin->buffer = InvalidBuffer;
    else {
        Buffer buffer = pin->buffer;
        hash_search(pins.overflow, &buffer, HASH_REMOVE, NULL);
        pins.overflow_count--;
    }
}

int
buffer__private_count(Buffer buffer)
{
    PrivatePin *pin = find_private(buffer);

    return pin == NULL ? 0 : pin->count;
}

/* --- pins --- */

void
buffer__reserve_pin(void)
{
    if (CurrentResourceOwner != NULL)
        ResourceOwnerEnlarge(CurrentResourceOwner);
    reserve_private();
}

static void
remember_pin(PrivatePin *pin)
{
    pin->count++;
    pins.total++;
    if (CurrentResourceOwner != NULL)
        ResourceOwnerRemember(CurrentResourceOwner, Int32GetDatum(pin->buffer), &pin_desc);
}

bool
buffer__pin(BufferDesc *desc, BufferRing *ring)
{
    PrivatePin *pin = find_private(buffer__of(desc));
    uint32 old, new;

    if (pin != NULL) {
        remember_pin(pin);
        return true;
    }
    pin = new_private(buffer__of(desc));
    old = atomic_load_explicit(&desc->state, memory_order_relaxed);
    do {
        if (unlikely(old & BM_LOCKED))
            old = wait_header_unlocked(desc); /* I3 */
        new = old + BUF_REFCOUNT_ONE;
        /* A ring's pages must not push out what is in use: they get no more than one. */
        if (BUF_USAGE(new) < (ring == NULL ? BUF_USAGE_MAX : 1))
            new += BUF_USAGE_ONE;
    } while (!atomic_compare_exchange_weak_explicit(&desc->state, &old, new, memory_order_acq_rel,
                                                    memory_order_relaxed));
    remember_pin(pin);
    return (new & BM_VALID) != 0;
}

void
buffer__pin_locked(BufferDesc *desc)
{
    uint32 state = atomic_load_explicit(&desc->state, memory_order_relaxed);

    Assert(state & BM_LOCKED);
    Assert(find_private(buffer__of(desc)) == NULL);
    buffer__unlock_header(desc, state + BUF_REFCOUNT_ONE);
    remember_pin(new_private(buffer__of(desc)));
}

void
buffer__adopt_pin(BufferDesc *desc)
{
    Assert(find_private(buffer__of(desc)) == NULL);
    remember_pin(new_private(buffer__of(desc)));
}

/* The one who waits for a cleanup lock goes on when only its own pin is left. */
static void
wake_cleanup_waiter(BufferDesc *desc)
{
    uint32 state = buffer__lock_header(desc);

    if ((state & BM_PIN_COUNT_WAITER) && BUF_REFCOUNT(state) == 1) {
        int procno = desc->wait_procno;
        buffer__unlock_header(desc, state & ~BM_PIN_COUNT_WAITER);
        if (procno != INVALID_PGPROCNO)
            SetLatch(&GetPGProcByNumber(procno)->procLatch);
    } else
        buffer__unlock_header(desc, state);
}

static void
drop_shared_pin(BufferDesc *desc)
{
    uint32 old = atomic_load_explicit(&desc->state, memory_order_relaxed);

    do {
        if (unlikely(old & BM_LOCKED))
            old = wait_header_unlocked(desc);
        Assert(BUF_REFCOUNT(old) > 0);
    } while (!atomic_compare_exchange_weak_explicit(&desc->state, &old, old - BUF_REFCOUNT_ONE,
                                                    memory_order_release, memory_order_relaxed));
    if (unlikely(old & BM_PIN_COUNT_WAITER))
        wake_cleanup_waiter(desc);
}

static void
unpin_without_owner(Buffer buffer)
{
    PrivatePin *pin = find_private(buffer);

    if (unlikely(pin == NULL))
        elog(ERROR, "buffer %d is not pinned by this process", buffer);
    pins.total--;
    if (--pin->count == 0) {
        BufferDesc *desc = buffer__desc(buffer - 1);
        /* Letting go of a page that is still locked would let others move it (I1). */
        Assert(!LWLockHeldByMe(&desc->content_lock));
        forget_private(pin);
        drop_shared_pin(desc);
    }
}

void
buffer__unpin(BufferDesc *desc)
{
    Buffer buffer = buffer__of(desc);

    if (CurrentResourceOwner != NULL)
        ResourceOwnerForget(CurrentResourceOwner, Int32GetDatum(buffer), &pin_desc);
    unpin_without_owner(buffer);
}

static void
release_pin_resource(Datum value)
{
    unpin_without_owner(DatumGetInt32(value));
}

static char *
describe_pin_resource(Datum value)
{
    Buffer buffer = DatumGetInt32(value);
    BufferDesc *desc = buffer__desc(buffer - 1);
    uint32 state = atomic_load(&desc->state);

    return psprintf("[%03d] (rel=%u/%u/%u, blockNum=%u, flags=0x%x, refcount=%u %d)", buffer,
                    desc->tag.locator.spcOid, desc->tag.locator.dbOid,
                    desc->tag.locator.relNumber, desc->tag.block, state & 0xFFC00000u,
                    BUF_REFCOUNT(state), buffer__private_count(buffer));
}

void
buffer_release(Buffer buffer)
{
    Assert(BufferIsValid(buffer) && buffer <= NBuffers);
    buffer__unpin(buffer__desc(buffer - 1));
}

void
buffer_pin_again(Buffer buffer)
{
    Assert(buffer__private_count(buffer) > 0);
    buffer__reserve_pin();
    remember_pin(find_private(buffer));
}

bool
buffer_is_pinned_by_me(Buffer buffer)
{
    return buffer__private_count(buffer) > 0;
}

void
buffer_at_transaction_end(bool is_commit)
{
    Assert(!is_commit || pins.total >= 0);
    if (pins.total != 0 && is_commit)
        elog(WARNING, "%d buffer pins left at the end of the transaction", pins.total);
}

BlockNumber
buffer_block(Buffer buffer)
{
    Assert(buffer_is_pinned_by_me(buffer));
    return buffer__desc(buffer - 1)->tag.block;
}

void
buffer_tag(Buffer buffer, RelFileLocator *ret_locator, ForkNumber *ret_fork, BlockNumber *ret_block)
{
    BufferDesc *desc = buffer__desc(buffer - 1);

    Assert(buffer_is_pinned_by_me(buffer));
    *ret_locator = desc->tag.locator;
    *ret_fork = (ForkNumber)desc->tag.fork;
    *ret_block = desc->tag.block;
}
