/*
 * table.c - from page to buffer: the mapping table
 *
 * Why        each buffer has at most one page, so a chain is threaded through the descriptors
 *            themselves: no entries to allocate, none to run out of. Buckets belong to one of
 *            BUFFER_PARTITIONS locks.
 *            A hit needs no lock at all: buffer__table_lookup_hint walks a chain that others may
 *            change under it, and the caller pins what it found and then looks at the tag again.
 *            A pinned buffer's tag stands still (I1), so what is verified is right; a walk that
 *            strays into another chain or misses only costs a second look under the lock.
 * Invariants I2. T1. bucket number modulo BUFFER_PARTITIONS is the partition.
 * Locks      buffer mapping partition locks, held by the caller.
 * Errors     cannot fail.
 */
#include "base/hash.h"
#include "buffer_int.h"
#include "shmem/shmem.h"

#define HINT_HOPS_MAX 16 /* longer chains are rare; then the lock is taken */

uint32
buffer__hash(const BufferTag *tag)
{
    uint64 low = ((uint64)tag->locator.relNumber << 32) | tag->block;
    uint64 high = ((uint64)tag->locator.dbOid << 32) | (tag->locator.spcOid + (uint32)tag->fork);

    return (uint32)hash_mix64(low ^ (high * UINT64CONST(0x9e3779b97f4a7c15)));
}

static inline _Atomic int32 *
bucket_of(uint32 hash)
{
    return &buffer_buckets[hash & buffer_control->bucket_mask];
}

int
buffer__table_lookup(const BufferTag *tag, uint32 hash)
{
    int id = atomic_load_explicit(bucket_of(hash), memory_order_relaxed);

    Assert(LWLockHeldByMe(buffer__partition_lock(hash)));
    while (id >= 0) {
        BufferDesc *desc = buffer__desc(id);
        if (buffer__tag_equal(&desc->tag, tag))
            return id;
        id = atomic_load_explicit(&desc->hash_next, memory_order_relaxed);
    }
    return -1;
}

int
buffer__table_lookup_hint(const BufferTag *tag, uint32 hash)
{
    int id = atomic_load_explicit(bucket_of(hash), memory_order_acquire);

    for (int hops = 0; id >= 0 && hops < HINT_HOPS_MAX; hops++) {
        BufferDesc *desc = buffer__desc(id);
        if (buffer__tag_equal(&desc->tag, tag))
            return id;
        id = atomic_load_explicit(&desc->hash_next, memory_order_acquire);
    }
    return -1;
}

void
buffer__table_insert(int id, uint32 hash)
{
    _Atomic int32 *bucket = bucket_of(hash);

    Assert(LWLockHeldByMeInMode(buffer__partition_lock(hash), LW_EXCLUSIVE));
    atomic_store_explicit(&buffer__desc(id)->hash_next,
                          atomic_load_explicit(bucket, memory_order_relaxed),
                          memory_order_relaxed);
    atomic_store_explicit(bucket, id, memory_order_release);
}

void
buffer__table_delete(int id, uint32 hash)
{
    _Atomic int32 *link = bucket_of(hash);

    Assert(LWLockHeldByMeInMode(buffer__partition_lock(hash), LW_EXCLUSIVE));
    for (;;) {
        int current = atomic_load_explicit(link, memory_order_relaxed);
        Assert(current >= 0); /* I2 */
        if (current == id)
            break;
        link = &buffer__desc(current)->hash_next;
    }
    /* The link out of the removed one stays: a walker on it finds its way back into the chain. */
    atomic_store_explicit(link,
                          atomic_load_explicit(&buffer__desc(id)->hash_next, memory_order_relaxed),
                          memory_order_release);
}
