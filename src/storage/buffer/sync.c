/*
 * sync.c - the checkpoint's writing and the background writer
 *
 * Why        a checkpoint writes what was dirty when it began, in the order of the files, spread
 *            over time; the background writer walks ahead of the clock hand so that a backend in
 *            need finds clean buffers (PostgreSQL's bgwriter estimate of demand).
 * Invariants C1. every page that was dirty when buffer_checkpoint began has been handed to the
 *                kernel, and its file's fsync asked for, when it returns.
 * Locks      pins and share-locks one buffer at a time.
 */
#include <stdlib.h>

#include "buffer_int.h"
#include "error/error.h"
#include "error/resowner.h"
#include "memory/memory.h"
#include "sync/proc.h"
#include "sync/stop_point.h"

typedef struct CheckpointItem {
    BufferTag tag;
    int id;
} CheckpointItem;

#define SYNC_WRITTEN 1
#define SYNC_REUSABLE 2

/* Writes one buffer if it is dirty (and, with skip_recent, out of use). */
static int
sync_one(BufferDesc *desc, bool skip_recent, Writeback *writeback)
{
    uint32 state;
    int result = 0;
    BufferTag tag;

    buffer__reserve_pin();
    state = buffer__lock_header(desc);
    if (BUF_REFCOUNT(state) == 0 && BUF_USAGE(state) == 0)
        result |= SYNC_REUSABLE;
    else if (skip_recent) {
        buffer__unlock_header(desc, state);
        return result;
    }
    if (!(state & BM_VALID) || !(state & BM_DIRTY)) {
        buffer__unlock_header(desc, state);
        return result;
    }
    buffer__pin_locked(desc);
    LWLockAcquire(&desc->content_lock, LW_SHARED);
    buffer__flush(desc, NULL);
    LWLockRelease(&desc->content_lock);
    tag = desc->tag;
    buffer__unpin(desc);
    buffer__writeback_add(writeback, &tag);
    return result | SYNC_WRITTEN;
}

static int
compare_items(const void *a, const void *b)
{
    return buffer__tag_compare(&((const CheckpointItem *)a)->tag,
                               &((const CheckpointItem *)b)->tag);
}

static int
collect_dirty(CheckpointItem *items)
{
    int count = 0;

    for (int id = 0; id < NBuffers; id++) {
        BufferDesc *desc = buffer__desc(id);
        uint32 state;

        if (!(atomic_load_explicit(&desc->state, memory_order_relaxed) & BM_DIRTY))
            continue; /* a change logged before the redo point had set it before we came */
        state = buffer__lock_header(desc);
        if (state & BM_DIRTY) {
            state |= BM_CHECKPOINT_NEEDED;
            items[count].tag = desc->tag;
            items[count++].id = id;
        }
        buffer__unlock_header(desc, state);
    }
    return count;
}

void
buffer_checkpoint(void (*pace)(double progress, void *arg), void *arg,
                  BufferCheckpointStats *ret_stats)
{
    CheckpointItem *items =
        MemoryContextAllocHuge(CurrentMemoryContext, (Size)NBuffers * sizeof(CheckpointItem));
    static Writeback writeback;
    int count, written = 0;

    atomic_thread_fence(memory_order_seq_cst);
    count = collect_dirty(items);
    qsort(items, (size_t)count, sizeof(CheckpointItem), compare_items);
    writeback = (Writeback){.limit = checkpoint_flush_after};
    for (int i = 0; i < count; i++) {
        BufferDesc *desc = buffer__desc(items[i].id);

        STOP_POINT("buffer_checkpoint_page");
        /* Another process may have written it: then it is done, or dirty anew for the next. */
        if (atomic_load(&desc->state) & BM_CHECKPOINT_NEEDED) {
            if (sync_one(desc, false, &writeback) & SYNC_WRITTEN) {
                written++;
                atomic_fetch_add_explicit(&buffer_control->checkpoint_writes, 1,
                                          memory_order_relaxed);
            }
        }
        if (pace != NULL)
            pace((double)(i + 1) / count, arg);
    }
    buffer__writeback_issue(&writeback);
    pfree(items);
    *ret_stats = (BufferCheckpointStats){.written = written, .scanned = count};
}

void
buffer_flush_all(void)
{
    BufferCheckpointStats stats;

    buffer_checkpoint(NULL, NULL, &stats);
}

/* --- background writer --- */

static struct {
    bool known;
    uint64 hand;        /* clock position last round */
    uint64 allocations;
    uint64 next_clean;  /* clock position up to where buffers have been looked at */
    double smoothed_demand;
    double smoothed_density; /* buffers passed per reusable one */
} cleaner;

static void
update_estimates(uint64 hand, uint64 allocations)
{
    uint64 passed = hand - cleaner.hand;
    uint64 recent = allocations - cleaner.allocations;

    if (passed > 0 && recent > 0)
        cleaner.smoothed_density +=
            ((double)passed / (double)recent - cleaner.smoothed_density) / 16;
    if (cleaner.smoothed_demand <= (double)recent)
        cleaner.smoothed_demand = (double)recent;
    else
        cleaner.smoothed_demand += ((double)recent - cleaner.smoothed_demand) / 16;
    cleaner.hand = hand;
    cleaner.allocations = allocations;
}

bool
buffer_background_write(void)
{
    uint64 allocations;
    uint64 hand = buffer__hand(&allocations);
    uint64 recent;
    static Writeback writeback;
    int reusable, wanted, written = 0;

    if (!cleaner.known) {
        cleaner.known = true;
        cleaner.hand = cleaner.next_clean = hand;
        cleaner.allocations = allocations;
        cleaner.smoothed_density = 10.0;
        return true;
    }
    recent = allocations - cleaner.allocations;
    update_estimates(hand, allocations);
    if (cleaner.next_clean < hand)
        cleaner.next_clean = hand;
    if (bgwriter_lru_maxpages <= 0)
        return true;
    reusable = (int)((double)(cleaner.next_clean - hand) / Max(1.0, cleaner.smoothed_density));
    wanted = (int)(cleaner.smoothed_demand * bgwriter_lru_multiplier);
    /* In an idle system one round in two minutes still visits every buffer. */
    wanted = Max(wanted, (int)((double)NBuffers * BgWriterDelay / 120000.0 + reusable));
    writeback = (Writeback){.limit = bgwriter_flush_after};
    while (reusable < wanted && cleaner.next_clean < hand + (uint64)NBuffers) {
        BufferDesc *desc = buffer__desc((int)(cleaner.next_clean % (uint64)NBuffers));
        int result = sync_one(desc, true, &writeback);

        cleaner.next_clean++;
        if (result & SYNC_REUSABLE)
            reusable++;
        if ((result & SYNC_WRITTEN) && ++written >= bgwriter_lru_maxpages) {
            atomic_fetch_add(&buffer_control->maxwritten, 1);
            break;
        }
    }
    buffer__writeback_issue(&writeback);
    atomic_fetch_add(&buffer_control->clean_writes, (uint64)written);
    return written == 0 && recent == 0;
}

void
buffer_wake_me_at_allocation(void)
{
    if (MyProc != NULL)
        atomic_store(&buffer_control->wake_writer, MyProc->pgprocno);
}
