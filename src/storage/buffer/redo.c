/*
 * redo.c - pages for replay
 *
 * Why        replay meets relations that later records dropped and blocks that later records cut
 *            off: their absence is noted, not an error, and must be explained by such a record
 *            before replay ends (recovery room).
 * Invariants D1. a page whose LSN is at or behind the record's end has the change already: replay
 *                twice is replay once.
 * Locks      pages are returned exclusively locked.
 */
#include <string.h>

#include "buffer_int.h"
#include "error/error.h"
#include "memory/memory.h"

static void
report_missing(RelFileLocator locator, ForkNumber fork, BlockNumber block, bool present)
{
    if (buffer_missing_page_hook != NULL)
        buffer_missing_page_hook(locator, fork, block, present);
}

static BlockNumber
blocks_in_recovery(SmgrRelation *rel, ForkNumber fork)
{
    BlockNumber cached = smgr_nblocks_cached(rel, fork);

    if (cached != InvalidBlockNumber)
        return cached; /* only replay extends now */
    smgr_create(rel, fork, true);
    return smgr_nblocks(rel, fork);
}

Buffer
buffer_read_in_recovery(RelFileLocator locator, ForkNumber fork, BlockNumber block,
                        BufferReadMode mode)
{
    SmgrRelation *rel = smgr_open(locator);
    BlockNumber count = blocks_in_recovery(rel, fork);
    Buffer buffer;

    if (block >= count) {
        if (mode == BUFFER_READ_NORMAL) {
            report_missing(locator, fork, block, false);
            return InvalidBuffer;
        }
        buffer_extend_to(rel, fork, block + 1);
    }
    buffer = buffer_read(rel, fork, block, mode, NULL);
    if (mode == BUFFER_READ_NORMAL && page_is_new(buffer_page(buffer))) {
        buffer_release(buffer);
        report_missing(locator, fork, block, true);
        return InvalidBuffer;
    }
    return buffer;
}

static BufferRedoAction
read_for_redo(const WalRecord *record, uint8 block_id, bool cleanup, Buffer *ret_buffer)
{
    const WalRecordBlock *block = wal_record_block(record, block_id);

    if (block == NULL)
        elog(PANIC, "failed to locate backup block with ID %d in WAL record", block_id);
    if (block->has_image) {
        Page page;

        *ret_buffer = buffer_read_in_recovery(block->locator, block->fork, block->block,
                                              cleanup ? BUFFER_READ_ZERO_AND_CLEANUP_LOCK
                                                      : BUFFER_READ_ZERO_AND_LOCK);
        page = buffer_page(*ret_buffer);
        if (!wal_restore_image(record, block_id, page))
            elog(PANIC, "could not restore page image at %X/%X, block %u",
                 LSN_FORMAT_ARGS(record->start), block->block);
        if (!page_is_new(page))
            page_set_lsn(page, record->end);
        buffer_mark_dirty(*ret_buffer);
        return BUFFER_REDO_RESTORED;
    }
    *ret_buffer =
        buffer_read_in_recovery(block->locator, block->fork, block->block, BUFFER_READ_NORMAL);
    if (!BufferIsValid(*ret_buffer))
        return BUFFER_REDO_MISSING;
    if (cleanup)
        buffer_lock_for_cleanup(*ret_buffer);
    else
        buffer_lock(*ret_buffer, BUFFER_LOCK_EXCLUSIVE);
    return record->end <= page_lsn(buffer_page(*ret_buffer)) ? BUFFER_REDO_DONE
                                                             : BUFFER_REDO_NEEDED;
}

BufferRedoAction
buffer_read_for_redo(const WalRecord *record, uint8 block_id, Buffer *ret_buffer)
{
    return read_for_redo(record, block_id, false, ret_buffer);
}

BufferRedoAction
buffer_read_for_redo_cleanup(const WalRecord *record, uint8 block_id, Buffer *ret_buffer)
{
    return read_for_redo(record, block_id, true, ret_buffer);
}

Buffer
buffer_init_for_redo(const WalRecord *record, uint8 block_id)
{
    const WalRecordBlock *block = wal_record_block(record, block_id);
    Buffer buffer;

    if (block == NULL)
        elog(PANIC, "failed to locate backup block with ID %d in WAL record", block_id);
    buffer = buffer_read_in_recovery(block->locator, block->fork, block->block,
                                     BUFFER_READ_ZERO_AND_LOCK);
    memset(buffer_page(buffer), 0, BLCKSZ);
    return buffer;
}
