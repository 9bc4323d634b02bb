/*
 * buffer.h - the shared buffer pool
 *
 * A Buffer (1..buffer_count(), 0 is none) is pinned by buffer_read or buffer_extend and stays in
 * place until buffer_release. Pins belong to CurrentResourceOwner. To look at a page take at least
 * a shared content lock, to change it an exclusive one; README.md has the rules. Locks are released
 * by buffer_unlock, by buffer_unlock_release, and at error by LWLockReleaseAll.
 */
#ifndef BUFFER_BUFFER_H
#define BUFFER_BUFFER_H

#include "base/base.h"
#include "buffer/storage.h"
#include "format/page.h"
#include "smgr/smgr.h"
#include "wal/wal.h"

typedef int Buffer;
#define InvalidBuffer 0
#define BufferIsValid(buffer) ((buffer) != InvalidBuffer)

typedef enum BufferReadMode {
    BUFFER_READ_NORMAL,            /* bad page: ERROR XX001; beyond the end: ERROR */
    BUFFER_READ_ZERO_AND_LOCK,     /* do not read; zeroed and exclusively locked */
    BUFFER_READ_ZERO_AND_CLEANUP_LOCK,
    BUFFER_READ_ZERO_ON_ERROR,     /* bad page reads as zeros */
} BufferReadMode;

typedef enum BufferLockMode {
    BUFFER_LOCK_SHARE,
    BUFFER_LOCK_EXCLUSIVE,
} BufferLockMode;

typedef enum BufferRingKind {
    BUFFER_RING_NORMAL, /* no ring */
    BUFFER_RING_BULKREAD,
    BUFFER_RING_BULKWRITE,
    BUFFER_RING_VACUUM,
} BufferRingKind;
typedef struct BufferRing BufferRing;

extern int NBuffers; /* setting shared_buffers, in blocks (config/settings.h) */
extern char *buffer_blocks;

static inline int buffer_count(void) { return NBuffers; }

/* --- pages --- */
extern Buffer buffer_read(SmgrRelation *rel, ForkNumber fork, BlockNumber block,
                          BufferReadMode mode, BufferRing *ring);
/* As normal read, if the page is in the pool; else InvalidBuffer. No I/O. */
extern Buffer buffer_read_recent(SmgrRelation *rel, ForkNumber fork, BlockNumber block,
                                 Buffer recent);
/*
 * Releases `buffer` (may be invalid) and reads another block of the same fork; cheap when it is the
 * same one.
 */
extern Buffer buffer_release_and_read(Buffer buffer, SmgrRelation *rel, ForkNumber fork,
                                      BlockNumber block);
extern void buffer_prefetch(SmgrRelation *rel, ForkNumber fork, BlockNumber block);
extern void buffer_release(Buffer buffer);
extern void buffer_pin_again(Buffer buffer); /* one more pin on a buffer this process has pinned */

static inline Page
buffer_page(Buffer buffer)
{
    Assert(buffer > 0 && buffer <= NBuffers);
    return buffer_blocks + (Size)(buffer - 1) * BLCKSZ;
}
extern BlockNumber buffer_block(Buffer buffer);
extern void buffer_tag(Buffer buffer, RelFileLocator *ret_locator, ForkNumber *ret_fork,
                       BlockNumber *ret_block);
extern bool buffer_is_pinned_by_me(Buffer buffer);
extern bool buffer_is_locked_by_me(Buffer buffer, BufferLockMode mode); /* at least */

/* --- extending --- */
#define BUFFER_EXTEND_LOCK_FIRST 0x1 /* return the first buffer exclusively locked */
#define BUFFER_EXTEND_MAX 64
/* One new zeroed block at the end; pinned, exclusively locked with LOCK_FIRST. */
extern Buffer buffer_extend(SmgrRelation *rel, ForkNumber fork, BufferRing *ring, uint32 flags);
/*
 * Up to `want` new blocks; returns how many (at least 1), their pinned buffers, and the first
 * block's number. Only the first is locked by LOCK_FIRST.
 */
extern uint32 buffer_extend_many(SmgrRelation *rel, ForkNumber fork, BufferRing *ring,
                                 uint32 flags, uint32 want, Buffer *ret_buffers,
                                 BlockNumber *ret_first);
/* Grows the fork until it has at least `blocks` blocks (fsm, vm, hash). */
extern void buffer_extend_to(SmgrRelation *rel, ForkNumber fork, BlockNumber blocks);
/* Others that wait to extend this relation now: a hint how much to extend by. */
extern int buffer_extend_waiters(SmgrRelation *rel, ForkNumber fork);

/* --- locks --- */
extern void buffer_lock(Buffer buffer, BufferLockMode mode);
extern bool buffer_conditional_lock(Buffer buffer); /* exclusive */
extern void buffer_unlock(Buffer buffer);
extern void buffer_unlock_release(Buffer buffer);
/* Exclusive lock when nobody else has a pin: items may be moved or removed. */
extern void buffer_lock_for_cleanup(Buffer buffer);
extern bool buffer_conditional_lock_for_cleanup(Buffer buffer);
/* The caller holds the exclusive lock: is it a cleanup lock as well? */
extern bool buffer_is_cleanup_ok(Buffer buffer);

/* --- changes --- */
extern void buffer_mark_dirty(Buffer buffer);
/* A hint changed under at least a shared lock: may be lost; logs an image when it must. */
extern void buffer_mark_dirty_hint(Buffer buffer, bool standard);
/* wal_register_block for a buffer. */
extern void buffer_wal_register(uint8 id, Buffer buffer, uint8 flags);
/* Image of a page just built; marks dirty, sets the LSN. */
extern XLogRecPtr buffer_log_new_page(Buffer buffer, bool standard);

/* --- redo --- */
typedef enum BufferRedoAction {
    BUFFER_REDO_NEEDED,   /* *ret_buffer is locked; change it, set its LSN, mark it dirty */
    BUFFER_REDO_DONE,     /* locked; the page has this change already */
    BUFFER_REDO_RESTORED, /* locked; the image was put back */
    BUFFER_REDO_MISSING,  /* no such block any more; *ret_buffer is InvalidBuffer */
} BufferRedoAction;
extern BufferRedoAction buffer_read_for_redo(const WalRecord *record, uint8 block_id,
                                             Buffer *ret_buffer);
extern BufferRedoAction buffer_read_for_redo_cleanup(const WalRecord *record, uint8 block_id,
                                                     Buffer *ret_buffer);
/* For WAL_BLOCK_WILL_INIT: zeroed and exclusively locked. */
extern Buffer buffer_init_for_redo(const WalRecord *record, uint8 block_id);
/* Page by name during replay (fsm, vm): extends the fork as needed. */
extern Buffer buffer_read_in_recovery(RelFileLocator locator, ForkNumber fork, BlockNumber block,
                                      BufferReadMode mode);
/* Set by recovery: a block that replay found missing. */
extern void (*buffer_missing_page_hook)(RelFileLocator locator, ForkNumber fork,
                                        BlockNumber block, bool present);
/*
 * Set by recovery: a drop or truncation explains missing blocks. fork InvalidForkNumber: all;
 * relNumber 0: the whole database.
 */
extern void (*buffer_forget_missing_hook)(RelFileLocator locator, ForkNumber fork,
                                          BlockNumber first_block);

/* --- rings --- */
extern BufferRing *buffer_ring_create(BufferRingKind kind);
extern void buffer_ring_free(BufferRing *ring);
extern int buffer_ring_size(BufferRingKind kind);

/* --- whole relations and databases --- */
extern void buffer_drop_relations(const RelFileLocator *locators, int count);
extern void buffer_drop_relation_forks(SmgrRelation *rel, const ForkNumber *forks, int fork_count,
                                       const BlockNumber *first_blocks);
extern void buffer_drop_database(Oid database);
extern void buffer_flush_relation(SmgrRelation *rel);
extern void buffer_flush_database(Oid database);
extern void buffer_flush_all(void);

/* --- background work --- */
typedef struct BufferCheckpointStats {
    int written;
    int scanned;
} BufferCheckpointStats;
/* Writes what was dirty at the start; `pace` (may be NULL) is called after each with progress 0..1. */
extern void buffer_checkpoint(void (*pace)(double progress, void *arg), void *arg,
                              BufferCheckpointStats *ret_stats);
/* One round of the background writer; true if it may sleep long. */
extern bool buffer_background_write(void);
/* The background writer sleeps long: the next allocation of a buffer sets its latch. */
extern void buffer_wake_me_at_allocation(void);

/* --- life cycle and statistics --- */
extern void buffer_shmem_register(void);
extern void buffer_init_process(void); /* once per process, after proc_attach */
extern void buffer_at_transaction_end(bool is_commit); /* checks that no pins are left */

typedef struct BufferUsage {
    int64 shared_blks_hit, shared_blks_read, shared_blks_dirtied, shared_blks_written;
    int64 local_blks_hit, local_blks_read, local_blks_dirtied, local_blks_written;
    int64 temp_blks_read, temp_blks_written;
    uint64 blk_read_time_us, blk_write_time_us, temp_blk_read_time_us, temp_blk_write_time_us;
} BufferUsage;
extern BufferUsage buffer_usage; /* of this process, ever growing: EXPLAIN takes differences */

/* bgwriter and checkpointer counters, in shared memory (pg_stat_bgwriter). */
typedef struct BufferStatistics {
    uint64 buffers_checkpoint, buffers_clean, maxwritten_clean, buffers_backend,
        buffers_backend_fsync, buffers_alloc;
} BufferStatistics;
extern void buffer_statistics(BufferStatistics *ret_statistics);

/* One buffer as pg_buffercache shows it; false when it holds no page. */
typedef struct BufferInfo {
    RelFileLocator locator;
    ForkNumber fork;
    BlockNumber block;
    bool valid, dirty;
    int usage_count, pin_count;
} BufferInfo;
extern bool buffer_info(Buffer buffer, BufferInfo *ret_info);

#endif
