/*
 * buffer.c - getting pages, locking them, marking them changed
 *
 * A buffer's way:
 *
 *     empty --claim--> tagged --start_io/read/finish_io--> valid --mark_dirty--> dirty
 *       ^                                                    |  <---flush------'
 *       '---------------------evict, drop-------------------'
 *
 * Read first buffer_read(), then claim_or_find().
 */
#include <string.h>

#include "base/clock.h"
#include "buffer_int.h"
#include "error/error.h"
#include "memory/memory.h"
#include "sync/proc.h"
#include "sync/stop_point.h"
#include "sync/wait_event.h"

/*
 * The hit path: no lock. What the walk found is pinned and then looked at again: with the pin and
 * BM_TAG_VALID seen after it the tag stands still (I1), so equality is final.
 */
static BufferDesc *
find_without_lock(const BufferTag *tag, uint32 hash, BufferRing *ring, bool *ret_valid)
{
    int id = buffer__table_lookup_hint(tag, hash);
    BufferDesc *desc;
    uint32 state;

    if (id < 0)
        return NULL;
    desc = buffer__desc(id);
    buffer__pin(desc, ring);
    state = atomic_load_explicit(&desc->state, memory_order_acquire);
    if (likely((state & BM_TAG_VALID) && buffer__tag_equal(&desc->tag, tag))) {
        *ret_valid = (state & BM_VALID) != 0;
        return desc;
    }
    buffer__unpin(desc);
    return NULL;
}

static BufferDesc *
find_with_lock(const BufferTag *tag, uint32 hash, BufferRing *ring, bool *ret_valid)
{
    LWLock *partition = buffer__partition_lock(hash);
    BufferDesc *desc = NULL;
    int id;

    LWLockAcquire(partition, LW_SHARED);
    id = buffer__table_lookup(tag, hash);
    if (id >= 0) {
        desc = buffer__desc(id);
        *ret_valid = buffer__pin(desc, ring);
    }
    LWLockRelease(partition);
    return desc;
}

/* Gives an empty buffer a tag and enters it into the table; partition lock held exclusively. */
static void
set_tag_locked(BufferDesc *desc, const BufferTag *tag, uint32 hash)
{
    uint32 state = buffer__lock_header(desc);

    Assert(!(state & (BM_TAG_VALID | BM_VALID | BM_DIRTY)));
    desc->tag = *tag;
    buffer__unlock_header(desc, state | BM_TAG_VALID | BM_PERMANENT | BUF_USAGE_ONE);
    buffer__table_insert(desc->id, hash);
}

/* The page's buffer, pinned; a new one when it has none. *ret_valid: its bytes are there. */
static BufferDesc *
claim_or_find(const BufferTag *tag, BufferRing *ring, bool *ret_valid)
{
    uint32 hash = buffer__hash(tag);
    LWLock *partition = buffer__partition_lock(hash);
    BufferDesc *desc, *victim;
    int id;

    buffer__reserve_pin();
    desc = find_without_lock(tag, hash, ring, ret_valid);
    if (desc != NULL)
        return desc;
    buffer__reserve_pin();
    desc = find_with_lock(tag, hash, ring, ret_valid);
    if (desc != NULL)
        return desc;
    victim = buffer__victim(ring);
    buffer__reserve_pin(); /* for the one that may be there by now */
    LWLockAcquire(partition, LW_EXCLUSIVE);
    id = buffer__table_lookup(tag, hash);
    if (id >= 0) {
        desc = buffer__desc(id);
        *ret_valid = buffer__pin(desc, ring);
        LWLockRelease(partition);
        buffer__unpin(victim);
        return desc;
    }
    set_tag_locked(victim, tag, hash);
    LWLockRelease(partition);
    *ret_valid = false;
    return victim;
}

/* Reads the page into its buffer and looks whether it is one. */
static void
read_page(SmgrRelation *rel, BufferDesc *desc, ForkNumber fork, BlockNumber block,
          BufferReadMode mode)
{
    Page page = buffer__page(desc);
    char *path;
    uint64 start = track_io_timing ? clock_monotonic_ns() : 0;

    STOP_POINT("buffer_before_read");
    smgr_read(rel, fork, block, page);
    if (track_io_timing)
        buffer_usage.blk_read_time_us += (clock_monotonic_ns() - start) / 1000;
    if (likely(page_is_valid(page, block)))
        return;
    path = smgr_relation_path(rel->locator, fork);
    if (!page_is_new(page) && page_header(page)->crc != page_compute_crc(page, block))
        ereport(WARNING, (errcode(ERRCODE_DATA_CORRUPTED),
                          errmsg("page verification failed, calculated checksum %u but expected %u",
                                 page_compute_crc(page, block), page_header(page)->crc)));
    if (mode != BUFFER_READ_ZERO_ON_ERROR && !zero_damaged_pages)
        ereport(ERROR, (errcode(ERRCODE_DATA_CORRUPTED),
                        errmsg("invalid page in block %u of relation %s", block, path)));
    ereport(WARNING, (errcode(ERRCODE_DATA_CORRUPTED),
                      errmsg("invalid page in block %u of relation %s; zeroing out page", block,
                             path)));
    memset(page, 0, BLCKSZ);
    pfree(path);
}

static void
lock_as_asked(Buffer buffer, BufferReadMode mode)
{
    if (mode == BUFFER_READ_ZERO_AND_LOCK)
        buffer_lock(buffer, BUFFER_LOCK_EXCLUSIVE);
    else if (mode == BUFFER_READ_ZERO_AND_CLEANUP_LOCK)
        buffer_lock_for_cleanup(buffer);
}

Buffer
buffer_read(SmgrRelation *rel, ForkNumber fork, BlockNumber block, BufferReadMode mode,
            BufferRing *ring)
{
    BufferTag tag = buffer__make_tag(rel->locator, fork, block);
    bool zero = mode == BUFFER_READ_ZERO_AND_LOCK || mode == BUFFER_READ_ZERO_AND_CLEANUP_LOCK;
    bool valid;
    BufferDesc *desc;

    Assert(BlockNumberIsValid(block));
    desc = claim_or_find(&tag, ring, &valid);
    if (likely(valid)) {
        buffer_usage.shared_blks_hit++;
        lock_as_asked(buffer__of(desc), mode);
        return buffer__of(desc);
    }
    if (!buffer__start_io(desc, true)) {
        buffer_usage.shared_blks_hit++;
        lock_as_asked(buffer__of(desc), mode);
        return buffer__of(desc);
    }
    if (zero) {
        memset(buffer__page(desc), 0, BLCKSZ);
        /* Locked before it is valid: nobody may see the zeros. Nobody else can hold the lock. */
        LWLockAcquire(&desc->content_lock, LW_EXCLUSIVE);
    } else {
        read_page(rel, desc, fork, block, mode);
        buffer_usage.shared_blks_read++;
    }
    buffer__finish_io(desc, false, BM_VALID);
    return buffer__of(desc);
}

Buffer
buffer_read_recent(SmgrRelation *rel, ForkNumber fork, BlockNumber block, Buffer recent)
{
    BufferTag tag = buffer__make_tag(rel->locator, fork, block);
    BufferDesc *desc;
    bool valid = false;

    if (BufferIsValid(recent) && recent <= NBuffers) {
        desc = buffer__desc(recent - 1);
        if (buffer__tag_equal(&desc->tag, &tag)) {
            uint32 state;
            buffer__reserve_pin();
            buffer__pin(desc, NULL);
            state = atomic_load_explicit(&desc->state, memory_order_acquire);
            if ((state & BM_TAG_VALID) && (state & BM_VALID) &&
                buffer__tag_equal(&desc->tag, &tag)) {
                buffer_usage.shared_blks_hit++;
                return recent;
            }
            buffer__unpin(desc);
        }
    }
    buffer__reserve_pin();
    desc = find_with_lock(&tag, buffer__hash(&tag), NULL, &valid);
    if (desc != NULL && !valid) {
        buffer__unpin(desc);
        desc = NULL;
    }
    if (desc == NULL)
        return InvalidBuffer;
    buffer_usage.shared_blks_hit++;
    return buffer__of(desc);
}

Buffer
buffer_release_and_read(Buffer buffer, SmgrRelation *rel, ForkNumber fork, BlockNumber block)
{
    if (BufferIsValid(buffer)) {
        BufferTag tag = buffer__make_tag(rel->locator, fork, block);
        if (buffer__tag_equal(&buffer__desc(buffer - 1)->tag, &tag))
            return buffer;
        buffer_release(buffer);
    }
    return buffer_read(rel, fork, block, BUFFER_READ_NORMAL, NULL);
}

void
buffer_prefetch(SmgrRelation *rel, ForkNumber fork, BlockNumber block)
{
    BufferTag tag = buffer__make_tag(rel->locator, fork, block);

    if (buffer__table_lookup_hint(&tag, buffer__hash(&tag)) < 0)
        (void)smgr_prefetch(rel, fork, block);
}

/* --- extending --- */

static BufferExtendLock *
extend_lock(SmgrRelation *rel, ForkNumber fork)
{
    BufferTag tag = buffer__make_tag(rel->locator, fork, 0);

    return &buffer_control->extend[buffer__hash(&tag) % BUFFER_EXTEND_LOCKS];
}

int
buffer_extend_waiters(SmgrRelation *rel, ForkNumber fork)
{
    return atomic_load(&extend_lock(rel, fork)->waiters);
}

static void
extend_lock_acquire(BufferExtendLock *lock)
{
    atomic_fetch_add(&lock->waiters, 1);
    LWLockAcquire(&lock->lock, LW_EXCLUSIVE);
    atomic_fetch_sub(&lock->waiters, 1);
}

/*
 * A buffer for a block that does not exist yet has been left by an extension that failed half way.
 * It can be used as it is, unless it holds data: then the file is shorter than we know.
 */
static BufferDesc *
reuse_leftover(BufferDesc *victim, int id, BufferTag *tag, LWLock *partition)
{
    BufferDesc *desc = buffer__desc(id);
    bool valid = buffer__pin(desc, NULL);
    uint32 state;

    LWLockRelease(partition);
    buffer__unpin(victim);
    if (valid && !page_is_new(buffer__page(desc)))
        ereport(ERROR, (errmsg("unexpected data beyond EOF in block %u of relation %s", tag->block,
                               smgr_relation_path(tag->locator, (ForkNumber)tag->fork)),
                        errhint("This has been seen to occur with buggy kernels; consider "
                                "updating your system.")));
    state = buffer__lock_header(desc);
    buffer__unlock_header(desc, state & ~BM_VALID);
    return desc;
}

/* Enters a zeroed victim as the buffer of a new block and starts its I/O. */
static BufferDesc *
claim_new_block(BufferDesc *victim, BufferTag *tag)
{
    uint32 hash = buffer__hash(tag);
    LWLock *partition = buffer__partition_lock(hash);
    BufferDesc *desc = victim;
    int id;

    buffer__reserve_pin();
    LWLockAcquire(partition, LW_EXCLUSIVE);
    id = buffer__table_lookup(tag, hash);
    if (id >= 0)
        desc = reuse_leftover(victim, id, tag, partition);
    else {
        set_tag_locked(victim, tag, hash);
        LWLockRelease(partition);
    }
    while (!buffer__start_io(desc, true)) {
        uint32 state = buffer__lock_header(desc);
        buffer__unlock_header(desc, state & ~BM_VALID);
    }
    memset(buffer__page(desc), 0, BLCKSZ);
    return desc;
}

uint32
buffer_extend_many(SmgrRelation *rel, ForkNumber fork, BufferRing *ring, uint32 flags, uint32 want,
                   Buffer *ret_buffers, BlockNumber *ret_first)
{
    BufferExtendLock *lock = extend_lock(rel, fork);
    BufferDesc *descs[BUFFER_EXTEND_MAX];
    BlockNumber first;

    /* A bulk load comes by here often enough to be told of a full log in time. */
    if (CritSectionCount == 0 && wal_insert_allowed())
        wal_check_space();
    want = Min(want, BUFFER_EXTEND_MAX);
    want = Max(1, Min(want, (uint32)NBuffers / 8));
    for (uint32 i = 0; i < want; i++)
        descs[i] = buffer__victim(ring);
    extend_lock_acquire(lock);
    first = smgr_nblocks(rel, fork);
    if ((uint64)first + want >= MaxBlockNumber) {
        LWLockRelease(&lock->lock);
        ereport(ERROR, (errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
                        errmsg("cannot extend relation %s beyond %u blocks",
                               smgr_relation_path(rel->locator, fork), MaxBlockNumber)));
    }
    for (uint32 i = 0; i < want; i++) {
        BufferTag tag = buffer__make_tag(rel->locator, fork, first + i);
        descs[i] = claim_new_block(descs[i], &tag);
    }
    STOP_POINT("buffer_before_extend");
    smgr_extend_zero(rel, fork, first, want, false);
    LWLockRelease(&lock->lock);
    for (uint32 i = 0; i < want; i++) {
        if (i == 0 && (flags & BUFFER_EXTEND_LOCK_FIRST))
            LWLockAcquire(&descs[i]->content_lock, LW_EXCLUSIVE); /* before it can be seen */
        buffer__finish_io(descs[i], false, BM_VALID);
        ret_buffers[i] = buffer__of(descs[i]);
    }
    buffer_usage.shared_blks_written += want;
    *ret_first = first;
    return want;
}

Buffer
buffer_extend(SmgrRelation *rel, ForkNumber fork, BufferRing *ring, uint32 flags)
{
    Buffer buffer;
    BlockNumber block;

    buffer_extend_many(rel, fork, ring, flags, 1, &buffer, &block);
    return buffer;
}

void
buffer_extend_to(SmgrRelation *rel, ForkNumber fork, BlockNumber blocks)
{
    BlockNumber now;

    while ((now = smgr_nblocks(rel, fork)) < blocks) {
        Buffer buffers[BUFFER_EXTEND_MAX];
        BlockNumber first;
        uint32 count;

        /* Others may extend it meanwhile: then it gets longer than asked for. */
        count = buffer_extend_many(rel, fork, NULL, 0, blocks - now, buffers, &first);
        for (uint32 i = 0; i < count; i++)
            buffer_release(buffers[i]);
    }
}

/* --- locks --- */

void
buffer_lock(Buffer buffer, BufferLockMode mode)
{
    BufferDesc *desc = buffer__desc(buffer - 1);

    Assert(buffer_is_pinned_by_me(buffer));
    LWLockAcquire(&desc->content_lock, mode == BUFFER_LOCK_SHARE ? LW_SHARED : LW_EXCLUSIVE);
}

bool
buffer_conditional_lock(Buffer buffer)
{
    Assert(buffer_is_pinned_by_me(buffer));
    return LWLockConditionalAcquire(&buffer__desc(buffer - 1)->content_lock, LW_EXCLUSIVE);
}

void
buffer_unlock(Buffer buffer)
{
    Assert(buffer_is_pinned_by_me(buffer));
    LWLockRelease(&buffer__desc(buffer - 1)->content_lock);
}

void
buffer_unlock_release(Buffer buffer)
{
    buffer_unlock(buffer);
    buffer_release(buffer);
}

bool
buffer_is_locked_by_me(Buffer buffer, BufferLockMode mode)
{
    LWLock *lock = &buffer__desc(buffer - 1)->content_lock;

    return LWLockHeldByMeInMode(lock, LW_EXCLUSIVE) ||
           (mode == BUFFER_LOCK_SHARE && LWLockHeldByMe(lock));
}

/* Leaves the queue of one, if the wake-up did not come first. */
static void
stop_waiting_for_pins(BufferDesc *desc)
{
    uint32 state = buffer__lock_header(desc);

    if (desc->wait_procno == MyProc->pgprocno) {
        state &= ~BM_PIN_COUNT_WAITER;
        desc->wait_procno = INVALID_PGPROCNO;
    }
    buffer__unlock_header(desc, state);
}

void
buffer_lock_for_cleanup(Buffer buffer)
{
    BufferDesc *desc = buffer__desc(buffer - 1);

    if (buffer__private_count(buffer) != 1)
        elog(ERROR, "incorrect local pin count: %d", buffer__private_count(buffer));
    for (;;) {
        uint32 state;

        buffer_lock(buffer, BUFFER_LOCK_EXCLUSIVE);
        state = buffer__lock_header(desc);
        if (BUF_REFCOUNT(state) == 1) {
            buffer__unlock_header(desc, state);
            return;
        }
        if (state & BM_PIN_COUNT_WAITER) {
            buffer__unlock_header(desc, state);
            buffer_unlock(buffer);
            elog(ERROR, "multiple backends attempting to wait for pincount 1");
        }
        desc->wait_procno = MyProc->pgprocno;
        buffer__unlock_header(desc, state | BM_PIN_COUNT_WAITER);
        buffer_unlock(buffer);
        /* An interrupt leaves the flag behind: the next release clears it and wakes us idly. */
        (void)WaitLatch(MyLatch, WL_LATCH_SET | WL_EXIT_ON_PM_DEATH, 0, WAIT_EVENT_BUFFER_PIN);
        ResetLatch(MyLatch);
        stop_waiting_for_pins(desc);
        CHECK_FOR_INTERRUPTS();
    }
}

bool
buffer_is_cleanup_ok(Buffer buffer)
{
    BufferDesc *desc = buffer__desc(buffer - 1);
    uint32 state;

    Assert(buffer_is_locked_by_me(buffer, BUFFER_LOCK_EXCLUSIVE));
    if (buffer__private_count(buffer) != 1)
        return false;
    state = buffer__lock_header(desc);
    buffer__unlock_header(desc, state);
    return BUF_REFCOUNT(state) == 1;
}

bool
buffer_conditional_lock_for_cleanup(Buffer buffer)
{
    if (buffer__private_count(buffer) != 1 || !buffer_conditional_lock(buffer))
        return false;
    if (buffer_is_cleanup_ok(buffer))
        return true;
    buffer_unlock(buffer);
    return false;
}

/* --- changes --- */

void
buffer_mark_dirty(Buffer buffer)
{
    BufferDesc *desc = buffer__desc(buffer - 1);
    uint32 old = atomic_load_explicit(&desc->state, memory_order_relaxed);

    Assert(buffer_is_pinned_by_me(buffer));
    Assert(buffer_is_locked_by_me(buffer, BUFFER_LOCK_EXCLUSIVE));
    for (;;) {
        if (unlikely(old & BM_LOCKED)) {
            spin_pause();
            old = atomic_load_explicit(&desc->state, memory_order_relaxed);
            continue;
        }
        Assert(BUF_REFCOUNT(old) > 0);
        if ((old & (BM_DIRTY | BM_JUST_DIRTIED)) == (BM_DIRTY | BM_JUST_DIRTIED))
            return;
        if (atomic_compare_exchange_weak_explicit(&desc->state, &old,
                                                  old | BM_DIRTY | BM_JUST_DIRTIED,
                                                  memory_order_acq_rel, memory_order_relaxed))
            break;
    }
    if (!(old & BM_DIRTY))
        buffer_usage.shared_blks_dirtied++;
}

/*
 * The image and the dirty mark must be on the same side of a checkpoint's redo point: if the
 * checkpoint saw a clean page after the image was logged, a later torn write could not be repaired.
 * delayChkptFlags makes it wait for us.
 */
void
buffer_mark_dirty_hint(Buffer buffer, bool standard)
{
    BufferDesc *desc = buffer__desc(buffer - 1);
    Page page = buffer__page(desc);
    uint32 state = atomic_load(&desc->state);
    bool delays = false;
    XLogRecPtr lsn = 0;

    Assert(buffer_is_pinned_by_me(buffer));
    Assert(LWLockHeldByMe(&desc->content_lock));
    if ((state & (BM_DIRTY | BM_JUST_DIRTIED)) == (BM_DIRTY | BM_JUST_DIRTIED))
        return;
    if (state & BM_PERMANENT) {
        /* Replay cannot log: the hint stays in memory only. */
        if (!wal_insert_allowed())
            return;
        if (MyProc != NULL) {
            atomic_fetch_or(&MyProc->delayChkptFlags, 1u << 8);
            delays = true;
        }
        lsn = wal_log_hint_image(&desc->tag.locator, (ForkNumber)desc->tag.fork, desc->tag.block,
                                 page, standard);
        STOP_POINT("buffer_after_hint_image");
    }
    state = buffer__lock_header(desc);
    if (!(state & BM_DIRTY))
        buffer_usage.shared_blks_dirtied++;
    if (lsn != 0)
        page_set_lsn(page, lsn);
    buffer__unlock_header(desc, state | BM_DIRTY | BM_JUST_DIRTIED);
    if (delays)
        atomic_fetch_and(&MyProc->delayChkptFlags, ~(1u << 8));
}

void
buffer_wal_register(uint8 id, Buffer buffer, uint8 flags)
{
    BufferDesc *desc = buffer__desc(buffer - 1);

    Assert(buffer_is_locked_by_me(buffer, BUFFER_LOCK_EXCLUSIVE));
    wal_register_block(id, &desc->tag.locator, (ForkNumber)desc->tag.fork, desc->tag.block,
                       buffer__page(desc), flags);
}

XLogRecPtr
buffer_log_new_page(Buffer buffer, bool standard)
{
    BufferDesc *desc = buffer__desc(buffer - 1);
    XLogRecPtr lsn;

    START_CRIT_SECTION();
    buffer_mark_dirty(buffer);
    lsn = wal_log_new_page(&desc->tag.locator, (ForkNumber)desc->tag.fork, desc->tag.block,
                           buffer__page(desc), standard);
    END_CRIT_SECTION();
    return lsn;
}
