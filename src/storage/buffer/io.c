/*
 * io.c - one process at a time reads or writes a buffer; writing a page out
 *
 * Invariants I4, I5. O1. whoever set BM_IO_IN_PROGRESS clears it, at an error through its resource
 *            owner, and wakes all who wait for it.
 * Locks      no lock is held for the time of the I/O, but the writer holds a share of the content
 *            lock so that the page does not change but for hints.
 * A crash    while a page is written leaves a torn page; its image in the log since the redo point
 *            restores it (WAL invariant A2).
 */
#include <string.h>

#include "base/clock.h"
#include "buffer_int.h"
#include "error/error.h"
#include "error/resowner.h"
#include "memory/memory.h"
#include "sync/stop_point.h"
#include "sync/wait_event.h"

static void abort_io_resource(Datum value);

static const ResourceOwnerDesc io_desc = {
    .name = "buffer io",
    .release_phase = RESOURCE_RELEASE_BEFORE_LOCKS,
    .release_priority = RELEASE_PRIO_BUFFER_IOS,
    .ReleaseResource = abort_io_resource,
    .DebugPrint = NULL,
};

void
buffer__wait_io(BufferDesc *desc)
{
    ConditionVariable *cv = &buffer_io_cvs[desc->id].cv;

    ConditionVariablePrepareToSleep(cv);
    while (atomic_load(&desc->state) & BM_IO_IN_PROGRESS)
        ConditionVariableSleep(cv, WAIT_EVENT_BUFFER_IO);
    ConditionVariableCancelSleep();
}

/*
 * Makes this process the one that does the I/O. False when there is nothing to do any more: another
 * process has read the page, or written it.
 */
bool
buffer__start_io(BufferDesc *desc, bool for_input)
{
    uint32 state;

    if (CurrentResourceOwner != NULL)
        ResourceOwnerEnlarge(CurrentResourceOwner);
    for (;;) {
        state = buffer__lock_header(desc);
        if (!(state & BM_IO_IN_PROGRESS))
            break;
        buffer__unlock_header(desc, state);
        buffer__wait_io(desc);
    }
    if (for_input ? (state & BM_VALID) != 0 : !(state & BM_DIRTY)) {
        buffer__unlock_header(desc, state);
        return false;
    }
    buffer__unlock_header(desc, state | BM_IO_IN_PROGRESS);
    if (CurrentResourceOwner != NULL)
        ResourceOwnerRemember(CurrentResourceOwner, Int32GetDatum(buffer__of(desc)), &io_desc);
    return true;
}

static void
clear_io(BufferDesc *desc, bool clear_dirty, uint32 set_flags)
{
    uint32 state = buffer__lock_header(desc);

    Assert(state & BM_IO_IN_PROGRESS);
    state &= ~(BM_IO_IN_PROGRESS | BM_IO_ERROR);
    if (clear_dirty && !(state & BM_JUST_DIRTIED))
        state &= ~(BM_DIRTY | BM_CHECKPOINT_NEEDED);
    buffer__unlock_header(desc, state | set_flags);
    ConditionVariableBroadcast(&buffer_io_cvs[desc->id].cv);
}

void
buffer__finish_io(BufferDesc *desc, bool clear_dirty, uint32 set_flags)
{
    if (CurrentResourceOwner != NULL)
        ResourceOwnerForget(CurrentResourceOwner, Int32GetDatum(buffer__of(desc)), &io_desc);
    clear_io(desc, clear_dirty, set_flags);
}

static void
abort_io_resource(Datum value)
{
    BufferDesc *desc = buffer__desc(DatumGetInt32(value) - 1);
    uint32 state = atomic_load(&desc->state);

    if ((state & BM_VALID) && (state & BM_IO_ERROR)) {
        char *path = smgr_relation_path(desc->tag.locator, (ForkNumber)desc->tag.fork);
        ereport(WARNING, (errcode(ERRCODE_IO_ERROR),
                          errmsg("could not write block %u of %s", desc->tag.block, path),
                          errdetail("Multiple failures --- write error might be permanent.")));
        pfree(path);
    }
    clear_io(desc, false, BM_IO_ERROR);
}

static void
flush_error_context(void *arg)
{
    BufferDesc *desc = arg;
    char *path = smgr_relation_path(desc->tag.locator, (ForkNumber)desc->tag.fork);

    errcontext("writing block %u of relation %s", desc->tag.block, path);
    pfree(path);
}

/*
 * Hands a dirty page to the kernel. The caller has it pinned and holds a share of its content lock.
 */
void
buffer__flush(BufferDesc *desc, SmgrRelation *rel)
{
    static alignas(4096) char copy[BLCKSZ];
    ErrorContextCallback context = {
        .previous = error_context_stack, .callback = flush_error_context, .arg = desc};
    XLogRecPtr lsn;
    uint32 state;
    uint64 start = 0;

    Assert(buffer__private_count(buffer__of(desc)) > 0);
    if (!buffer__start_io(desc, false))
        return;
    error_context_stack = &context;
    if (rel == NULL)
        rel = smgr_open(desc->tag.locator);
    state = buffer__lock_header(desc);
    /* Hints may give the page an LSN under a shared lock: read it where it cannot change. */
    lsn = page_lsn(buffer__page(desc));
    buffer__unlock_header(desc, state & ~BM_JUST_DIRTIED);
    if (state & BM_PERMANENT)
        wal_flush(lsn); /* I5 */
    STOP_POINT("buffer_before_write");
    /* The checksum is of a copy: hints may still come. */
    memcpy(copy, buffer__page(desc), BLCKSZ);
    page_set_checksum(copy, desc->tag.block);
    if (track_io_timing)
        start = clock_monotonic_ns();
    smgr_write(rel, (ForkNumber)desc->tag.fork, desc->tag.block, copy, false);
    if (track_io_timing)
        buffer_usage.blk_write_time_us += (clock_monotonic_ns() - start) / 1000;
    buffer_usage.shared_blks_written++;
    buffer__finish_io(desc, true, 0);
    error_context_stack = context.previous;
}

/* --- early write-back --- */

int
buffer__tag_compare(const BufferTag *a, const BufferTag *b)
{
    if (a->locator.spcOid != b->locator.spcOid)
        return a->locator.spcOid < b->locator.spcOid ? -1 : 1;
    if (a->locator.dbOid != b->locator.dbOid)
        return a->locator.dbOid < b->locator.dbOid ? -1 : 1;
    if (a->locator.relNumber != b->locator.relNumber)
        return a->locator.relNumber < b->locator.relNumber ? -1 : 1;
    if (a->fork != b->fork)
        return a->fork < b->fork ? -1 : 1;
    return a->block < b->block ? -1 : a->block > b->block;
}

static int
compare_tags(const void *a, const void *b)
{
    return buffer__tag_compare(a, b);
}

void
buffer__writeback_add(Writeback *writeback, const BufferTag *tag)
{
    if (writeback->limit <= 0)
        return;
    writeback->tags[writeback->count++] = *tag;
    if (writeback->count >= Min(writeback->limit, WRITEBACK_MAX))
        buffer__writeback_issue(writeback);
}

void
buffer__writeback_issue(Writeback *writeback)
{
    qsort(writeback->tags, (size_t)writeback->count, sizeof(BufferTag), compare_tags);
    for (int i = 0; i < writeback->count;) {
        BufferTag first = writeback->tags[i];
        BufferTag next = first;

        while (i < writeback->count && buffer__tag_compare(&writeback->tags[i], &next) == 0) {
            while (i < writeback->count && buffer__tag_compare(&writeback->tags[i], &next) == 0)
                i++; /* the same page twice */
            next.block++;
        }
        smgr_writeback(smgr_open(first.locator), (ForkNumber)first.fork, first.block,
                       next.block - first.block);
    }
    writeback->count = 0;
}
