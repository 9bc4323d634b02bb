/*
 * local.c - what this process holds: by tag and mode, with the owners that hold it
 *
 * Why        Most acquisitions in a transaction ask for what is held already; they are answered
 *            here. Entries are kept for reuse, so a transaction of the usual kind allocates none.
 */
#include <string.h>

#include "error/error.h"
#include "lock_int.h"
#include "memory/memory.h"

#define BUCKETS_MIN 64

static struct {
    LocalLock **buckets;
    uint32 bucket_count; /* a power of two */
    uint32 count;
    dlist_head all;
    LocalLock *free;
} locals;

void
lock__local_init(void)
{
    locals.buckets = MemoryContextAllocZero(TopMemoryContext, BUCKETS_MIN * sizeof(LocalLock *));
    locals.bucket_count = BUCKETS_MIN;
    locals.count = 0;
    locals.free = NULL;
    dlist_init(&locals.all);
}

static inline uint32
bucket_of(uint32 hash, LOCKMODE mode)
{
    return ((hash >> 4) + (uint32)mode) & (locals.bucket_count - 1);
}

LocalLock *
lock__local_find(const LOCKTAG *tag, uint32 hash, LOCKMODE mode)
{
    LocalLock *local = locals.buckets[bucket_of(hash, mode)];

    while (local != NULL && !(local->hash == hash && local->mode == mode &&
                              memcmp(&local->tag, tag, sizeof(*tag)) == 0))
        local = local->next;
    return local;
}

static void
grow(void)
{
    uint32 old_count = locals.bucket_count;
    LocalLock **old = locals.buckets;

    locals.buckets =
        MemoryContextAllocZero(TopMemoryContext, 2 * (Size)old_count * sizeof(LocalLock *));
    locals.bucket_count = 2 * old_count;
    for (uint32 b = 0; b < old_count; b++) {
        for (LocalLock *local = old[b], *next; local != NULL; local = next) {
            LocalLock **bucket = &locals.buckets[bucket_of(local->hash, local->mode)];
            next = local->next;
            local->next = *bucket;
            *bucket = local;
        }
    }
    pfree(old);
}

LocalLock *
lock__local_make(const LOCKTAG *tag, uint32 hash, LOCKMODE mode)
{
    LocalLock *local = locals.free, **bucket;

    if (local != NULL)
        locals.free = local->next;
    else
        local = MemoryContextAlloc(TopMemoryContext, sizeof(LocalLock));
    if (locals.count >= locals.bucket_count)
        grow();
    local->tag = *tag;
    local->mode = mode;
    local->hash = hash;
    local->object = NULL;
    local->hold = NULL;
    local->count = 0;
    local->counted_strong = false;
    local->owner_count = 0;
    local->owner_capacity = LOCAL_OWNERS_INLINE;
    local->owners = local->inline_owners;
    bucket = &locals.buckets[bucket_of(hash, mode)];
    local->next = *bucket;
    *bucket = local;
    dlist_push_tail(&locals.all, &local->link);
    locals.count++;
    return local;
}

void
lock__local_drop(LocalLock *local)
{
    LocalLock **at = &locals.buckets[bucket_of(local->hash, local->mode)];

    while (*at != local)
        at = &(*at)->next;
    *at = local->next;
    dlist_delete(&local->link);
    if (local->owners != local->inline_owners)
        pfree(local->owners);
    local->next = locals.free;
    locals.free = local;
    locals.count--;
}

dlist_head *
lock__local_all(void)
{
    return &locals.all;
}
