/*
 * relation.c - dropping and flushing the pages of whole relations and databases
 *
 * Why        every buffer is looked at: there is no index from relation to buffers, and dropping is
 *            rare. Tags are compared first without the header lock, which is safe because the
 *            caller's AccessExclusiveLock keeps pages of these relations from coming in.
 * Locks      partition locks and header locks, one buffer at a time.
 */
#include <sched.h>
#include <stdlib.h>

#include "buffer_int.h"
#include "error/error.h"
#include "sync/proc.h"

#define DROP_LINEAR_MAX 20

/*
 * Forgets a buffer's page whatever state it is in, waiting for I/O under way. Header lock held,
 * released here.
 */
static void
invalidate(BufferDesc *desc, uint32 state)
{
    BufferTag tag = desc->tag;
    uint32 hash = buffer__hash(&tag);
    LWLock *partition = buffer__partition_lock(hash);

    buffer__unlock_header(desc, state);
    for (;;) {
        LWLockAcquire(partition, LW_EXCLUSIVE);
        state = buffer__lock_header(desc);
        if (!buffer__tag_equal(&desc->tag, &tag) || !(state & BM_TAG_VALID)) {
            buffer__unlock_header(desc, state);
            LWLockRelease(partition);
            return; /* somebody else took it out */
        }
        if (BUF_REFCOUNT(state) == 0)
            break;
        /* A writer, or a process that will see it has the wrong page and let go. */
        buffer__unlock_header(desc, state);
        LWLockRelease(partition);
        if (buffer__private_count(buffer__of(desc)) > 0)
            elog(ERROR, "buffer is pinned in InvalidateBuffer");
        if (state & BM_IO_IN_PROGRESS)
            buffer__wait_io(desc);
        else
            sched_yield();
    }
    desc->tag = (BufferTag){.fork = InvalidForkNumber, .block = InvalidBlockNumber};
    buffer__unlock_header(desc, state & BM_LOCKED);
    buffer__table_delete(desc->id, hash);
    LWLockRelease(partition);
}

static int
compare_locators(const void *a, const void *b)
{
    const RelFileLocator *x = a, *y = b;

    if (x->relNumber != y->relNumber)
        return x->relNumber < y->relNumber ? -1 : 1;
    if (x->dbOid != y->dbOid)
        return x->dbOid < y->dbOid ? -1 : 1;
    return x->spcOid < y->spcOid ? -1 : x->spcOid > y->spcOid;
}

static bool
is_among(const RelFileLocator *locator, const RelFileLocator *locators, int count)
{
    if (count > DROP_LINEAR_MAX)
        return bsearch(locator, locators, (size_t)count, sizeof(*locators), compare_locators) !=
               NULL;
    for (int i = 0; i < count; i++)
        if (RelFileLocatorEquals(*locator, locators[i]))
            return true;
    return false;
}

void
buffer_drop_relations(const RelFileLocator *locators, int count)
{
    RelFileLocator *sorted = NULL;

    for (int i = 0; i < count && buffer_forget_missing_hook != NULL; i++)
        buffer_forget_missing_hook(locators[i], InvalidForkNumber, 0);
    if (count > DROP_LINEAR_MAX) {
        sorted = palloc((Size)count * sizeof(RelFileLocator));
        memcpy(sorted, locators, (Size)count * sizeof(RelFileLocator));
        qsort(sorted, (size_t)count, sizeof(RelFileLocator), compare_locators);
        locators = sorted;
    }
    for (int id = 0; id < NBuffers; id++) {
        BufferDesc *desc = buffer__desc(id);
        uint32 state;

        if (!is_among(&desc->tag.locator, locators, count))
            continue;
        state = buffer__lock_header(desc);
        if ((state & BM_TAG_VALID) && is_among(&desc->tag.locator, locators, count))
            invalidate(desc, state);
        else
            buffer__unlock_header(desc, state);
    }
    if (sorted != NULL)
        pfree(sorted);
}

static bool
is_truncated(const BufferTag *tag, const ForkNumber *forks, int fork_count,
             const BlockNumber *first_blocks)
{
    for (int i = 0; i < fork_count; i++)
        if (tag->fork == (int32)forks[i] && tag->block >= first_blocks[i])
            return true;
    return false;
}

void
buffer_drop_relation_forks(SmgrRelation *rel, const ForkNumber *forks, int fork_count,
                           const BlockNumber *first_blocks)
{
    for (int id = 0; id < NBuffers; id++) {
        BufferDesc *desc = buffer__desc(id);
        uint32 state;

        if (!RelFileLocatorEquals(desc->tag.locator, rel->locator))
            continue;
        state = buffer__lock_header(desc);
        if ((state & BM_TAG_VALID) && RelFileLocatorEquals(desc->tag.locator, rel->locator) &&
            is_truncated(&desc->tag, forks, fork_count, first_blocks))
            invalidate(desc, state);
        else
            buffer__unlock_header(desc, state);
    }
}

void
buffer_drop_database(Oid database)
{
    if (buffer_forget_missing_hook != NULL)
        buffer_forget_missing_hook((RelFileLocator){.dbOid = database}, InvalidForkNumber, 0);
    for (int id = 0; id < NBuffers; id++) {
        BufferDesc *desc = buffer__desc(id);
        uint32 state;

        if (desc->tag.locator.dbOid != database)
            continue;
        state = buffer__lock_header(desc);
        if ((state & BM_TAG_VALID) && desc->tag.locator.dbOid == database)
            invalidate(desc, state);
        else
            buffer__unlock_header(desc, state);
    }
}

/* Writes a buffer if its page passes the test; header lock not held. */
static void
flush_if(BufferDesc *desc, const RelFileLocator *locator, Oid database)
{
    uint32 state;
    bool match;

    if (locator != NULL ? !RelFileLocatorEquals(desc->tag.locator, *locator)
                        : desc->tag.locator.dbOid != database)
        return;
    buffer__reserve_pin();
    state = buffer__lock_header(desc);
    match = locator != NULL ? RelFileLocatorEquals(desc->tag.locator, *locator)
                            : desc->tag.locator.dbOid == database;
    if (!match || (state & (BM_VALID | BM_DIRTY)) != (BM_VALID | BM_DIRTY)) {
        buffer__unlock_header(desc, state);
        return;
    }
    if (buffer__private_count(buffer__of(desc)) > 0) {
        buffer__unlock_header(desc, state);
        buffer__pin(desc, NULL);
    } else
        buffer__pin_locked(desc);
    LWLockAcquire(&desc->content_lock, LW_SHARED);
    buffer__flush(desc, NULL);
    LWLockRelease(&desc->content_lock);
    buffer__unpin(desc);
}

void
buffer_flush_relation(SmgrRelation *rel)
{
    for (int id = 0; id < NBuffers; id++)
        flush_if(buffer__desc(id), &rel->locator, InvalidOid);
}

void
buffer_flush_database(Oid database)
{
    for (int id = 0; id < NBuffers; id++)
        flush_if(buffer__desc(id), NULL, database);
}
