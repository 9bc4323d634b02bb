/*
 * table.c - the shared tables of locked objects and of who holds them
 *
 * Why        Both are chained hash tables over arrays made at start. A partition owns a share of
 *            the buckets; freed entries lie in one list per partition, and who finds its own empty
 *            takes a fresh one, or from the others. Memory of fresh ones is not touched before.
 * Invariants LT1. an object is in the table exactly while request_count > 0.
 *            LT2. grant_mask has the bit of a mode exactly while granted[mode] > 0; wait_mask may
 *                 have stale bits only between a change and the end of the critical stretch.
 *            LT3. a hold without hold_mask exists only while its process waits, or its caller is
 *                 about to decide.
 * Locks      the partition's LWLock exclusively; the free lists have a spinlock each.
 */
#include <string.h>

#include "config/settings.h"
#include "error/error.h"
#include "lock_int.h"
#include "sync/spin.h"

const LOCKMASK lock__conflicts[LOCK_MODES] = {
    0,
    /* AccessShare */ LOCKBIT_ON(AccessExclusiveLock),
    /* RowShare */ LOCKBIT_ON(ExclusiveLock) | LOCKBIT_ON(AccessExclusiveLock),
    /* RowExclusive */ LOCKBIT_ON(ShareLock) | LOCKBIT_ON(ShareRowExclusiveLock) |
        LOCKBIT_ON(ExclusiveLock) | LOCKBIT_ON(AccessExclusiveLock),
    /* ShareUpdateExclusive */ LOCKBIT_ON(ShareUpdateExclusiveLock) | LOCKBIT_ON(ShareLock) |
        LOCKBIT_ON(ShareRowExclusiveLock) | LOCKBIT_ON(ExclusiveLock) |
        LOCKBIT_ON(AccessExclusiveLock),
    /* Share */ LOCKBIT_ON(RowExclusiveLock) | LOCKBIT_ON(ShareUpdateExclusiveLock) |
        LOCKBIT_ON(ShareRowExclusiveLock) | LOCKBIT_ON(ExclusiveLock) |
        LOCKBIT_ON(AccessExclusiveLock),
    /* ShareRowExclusive */ LOCKBIT_ON(RowExclusiveLock) | LOCKBIT_ON(ShareUpdateExclusiveLock) |
        LOCKBIT_ON(ShareLock) | LOCKBIT_ON(ShareRowExclusiveLock) | LOCKBIT_ON(ExclusiveLock) |
        LOCKBIT_ON(AccessExclusiveLock),
    /* Exclusive */ LOCKBIT_ON(RowShareLock) | LOCKBIT_ON(RowExclusiveLock) |
        LOCKBIT_ON(ShareUpdateExclusiveLock) | LOCKBIT_ON(ShareLock) |
        LOCKBIT_ON(ShareRowExclusiveLock) | LOCKBIT_ON(ExclusiveLock) |
        LOCKBIT_ON(AccessExclusiveLock),
    /* AccessExclusive */ 0x1FE,
};

typedef struct LockPartition {
    LWLockPadded lock;
    slock_t free_mutex;
    LockObject *free_objects; /* guarded by free_mutex */
    LockHold *free_holds;
} __attribute__((aligned(64))) LockPartition;

typedef struct LockShared {
    LockPartition partitions[LOCK_PARTITIONS];
    _Atomic uint32 strong[FAST_PATH_STRONG_BINS];
    _Atomic uint32 objects_used; /* entries that were ever in use; the rest is untouched memory */
    _Atomic uint32 holds_used;
    uint32 bucket_count; /* a power of two, at least LOCK_PARTITIONS; for each table */
    LockObject *objects;
    LockHold *holds;
    LockObject **object_buckets;
    LockHold **hold_buckets;
} LockShared;

static LockShared *shared;

/* ---------- sizes ---------- */

static Size
object_max(void)
{
    return (Size)max_locks_per_xact * (Size)proc_count_slots();
}

static uint32
bucket_count(void)
{
    uint32 count = LOCK_PARTITIONS;

    while (count < object_max())
        count *= 2;
    return count;
}

Size
lock__shmem_size(void)
{
    return sizeof(LockShared) + 64 + 2 * bucket_count() * sizeof(void *) +
           object_max() * (sizeof(LockObject) + 2 * sizeof(LockHold));
}

static void
push_free_object(LockPartition *partition, LockObject *object)
{
    SpinLockAcquire(&partition->free_mutex);
    object->next = partition->free_objects;
    partition->free_objects = object;
    SpinLockRelease(&partition->free_mutex);
}

static void
push_free_hold(LockPartition *partition, LockHold *hold)
{
    SpinLockAcquire(&partition->free_mutex);
    hold->next = partition->free_holds;
    partition->free_holds = hold;
    SpinLockRelease(&partition->free_mutex);
}

void
lock__shmem_init(void *area, Size size)
{
    char *at;

    shared = (LockShared *)(((uintptr_t)area + 63) & ~(uintptr_t)63);
    for (int p = 0; p < LOCK_PARTITIONS; p++) {
        LWLockInitialize(&shared->partitions[p].lock.lock, LWTRANCHE_LOCK_MANAGER);
        SpinLockInit(&shared->partitions[p].free_mutex);
        shared->partitions[p].free_objects = NULL;
        shared->partitions[p].free_holds = NULL;
    }
    for (int i = 0; i < FAST_PATH_STRONG_BINS; i++)
        atomic_init(&shared->strong[i], 0);
    shared->bucket_count = bucket_count();
    at = (char *)(shared + 1);
    shared->object_buckets = (LockObject **)at;
    at += shared->bucket_count * sizeof(void *);
    shared->hold_buckets = (LockHold **)at;
    at += shared->bucket_count * sizeof(void *);
    memset(shared->object_buckets, 0, 2 * shared->bucket_count * sizeof(void *));
    shared->objects = (LockObject *)at;
    shared->holds = (LockHold *)(shared->objects + object_max());
    atomic_init(&shared->objects_used, 0);
    atomic_init(&shared->holds_used, 0);
}

/* ---------- lookup ---------- */

uint32
lock__hash(const LOCKTAG *tag)
{
    uint64 a, b;

    memcpy(&a, tag, 8);
    memcpy(&b, (const char *)tag + 8, 8);
    a = (a ^ (b * 0x9E3779B97F4A7C15ULL)) * 0xBF58476D1CE4E5B9ULL;
    a ^= a >> 29;
    a *= 0x94D049BB133111EBULL;
    return (uint32)(a >> 32);
}

LWLock *
lock__partition_lock(int partition)
{
    return &shared->partitions[partition].lock.lock;
}

_Atomic uint32 *
lock__strong_bin(const LOCKTAG *tag)
{
    return &shared->strong[tag->locktag_field2 % FAST_PATH_STRONG_BINS];
}

/* Buckets of a partition are those whose number is its own modulo LOCK_PARTITIONS. */
static LockObject **
object_bucket(uint32 hash)
{
    return &shared->object_buckets[hash & (shared->bucket_count - 1)];
}

static LockHold **
hold_bucket(uint32 hash, const PGPROC *proc)
{
    /* the process spreads holds of one object, but must stay within the partition */
    uint32 mixed = hash + (uint32)proc->pgprocno * LOCK_PARTITIONS;
    return &shared->hold_buckets[mixed & (shared->bucket_count - 1)];
}

LockObject *
lock__find_object(const LOCKTAG *tag, uint32 hash)
{
    for (LockObject *object = *object_bucket(hash); object != NULL; object = object->next)
        if (object->hash == hash && memcmp(&object->tag, tag, sizeof(*tag)) == 0)
            return object;
    return NULL;
}

LockHold *
lock__find_hold(LockObject *object, PGPROC *proc)
{
    for (LockHold *hold = *hold_bucket(object->hash, proc); hold != NULL; hold = hold->next)
        if (hold->object == object && hold->proc == proc)
            return hold;
    return NULL;
}

/* A free entry: of the own partition, a new one, or another partition's; NULL when full. */
static LockObject *
pop_object(int partition)
{
    for (int i = 0; i < LOCK_PARTITIONS; i++) {
        LockPartition *from = &shared->partitions[(partition + i) % LOCK_PARTITIONS];
        LockObject *object;

        SpinLockAcquire(&from->free_mutex);
        object = from->free_objects;
        if (object != NULL)
            from->free_objects = object->next;
        SpinLockRelease(&from->free_mutex);
        if (object != NULL)
            return object;
        if (i == 0) {
            uint32 index = atomic_fetch_add(&shared->objects_used, 1);
            if (index < object_max())
                return &shared->objects[index];
            atomic_fetch_sub(&shared->objects_used, 1);
        }
    }
    return NULL;
}

static LockHold *
pop_hold(int partition)
{
    for (int i = 0; i < LOCK_PARTITIONS; i++) {
        LockPartition *from = &shared->partitions[(partition + i) % LOCK_PARTITIONS];
        LockHold *hold;

        SpinLockAcquire(&from->free_mutex);
        hold = from->free_holds;
        if (hold != NULL)
            from->free_holds = hold->next;
        SpinLockRelease(&from->free_mutex);
        if (hold != NULL)
            return hold;
        if (i == 0) {
            uint32 index = atomic_fetch_add(&shared->holds_used, 1);
            if (index < 2 * object_max())
                return &shared->holds[index];
            atomic_fetch_sub(&shared->holds_used, 1);
        }
    }
    return NULL;
}

/* ---------- making and freeing ---------- */

static LockObject *
make_object(const LOCKTAG *tag, uint32 hash)
{
    LockObject *object = pop_object(lock__partition(hash));
    LockObject **bucket = object_bucket(hash);

    if (object == NULL)
        return NULL;
    memset(object, 0, sizeof(*object));
    object->tag = *tag;
    object->hash = hash;
    dlist_init(&object->holds);
    dlist_init(&object->waiters);
    object->next = *bucket;
    *bucket = object;
    return object;
}

static void
free_object(LockObject *object)
{
    LockObject **at = object_bucket(object->hash);

    while (*at != object)
        at = &(*at)->next;
    *at = object->next;
    push_free_object(&shared->partitions[lock__partition(object->hash)], object);
}

static LockHold *
make_hold(LockObject *object, PGPROC *proc)
{
    int partition = lock__partition(object->hash);
    LockHold *hold = pop_hold(partition);
    LockHold **bucket = hold_bucket(object->hash, proc);

    if (hold == NULL)
        return NULL;
    hold->object = object;
    hold->proc = proc;
    hold->hold_mask = hold->release_mask = 0;
    dlist_push_tail(&object->holds, &hold->object_link);
    dlist_push_tail(&proc->myProcLocks[partition], &hold->proc_link);
    hold->next = *bucket;
    *bucket = hold;
    return hold;
}

static void
free_hold(LockHold *hold)
{
    LockHold **at = hold_bucket(hold->object->hash, hold->proc);

    while (*at != hold)
        at = &(*at)->next;
    *at = hold->next;
    dlist_delete(&hold->object_link);
    dlist_delete(&hold->proc_link);
    push_free_hold(&shared->partitions[lock__partition(hold->object->hash)], hold);
}

LockHold *
lock__setup(PGPROC *proc, const LOCKTAG *tag, uint32 hash, LOCKMODE mode)
{
    LockObject *object = lock__find_object(tag, hash);
    LockHold *hold;

    if (object == NULL && (object = make_object(tag, hash)) == NULL)
        return NULL;
    hold = lock__find_hold(object, proc);
    if (hold == NULL && (hold = make_hold(object, proc)) == NULL) {
        if (object->request_count == 0)
            free_object(object);
        return NULL;
    }
    object->request_count++;
    object->requested[mode]++;
    return hold;
}

void
lock__grant(LockObject *object, LockHold *hold, LOCKMODE mode)
{
    object->grant_count++;
    object->granted[mode]++;
    object->grant_mask |= LOCKBIT_ON(mode);
    if (object->granted[mode] == object->requested[mode])
        object->wait_mask &= ~LOCKBIT_ON(mode);
    hold->hold_mask |= LOCKBIT_ON(mode);
    Assert(object->grant_count <= object->request_count);
}

bool
lock__ungrant(LockObject *object, LockHold *hold, LOCKMODE mode)
{
    Assert(object->granted[mode] > 0 && object->requested[mode] > 0);
    object->request_count--;
    object->requested[mode]--;
    object->grant_count--;
    object->granted[mode]--;
    if (object->granted[mode] == 0)
        object->grant_mask &= ~LOCKBIT_ON(mode); /* LT2 */
    hold->hold_mask &= ~LOCKBIT_ON(mode);
    return (lock__conflicts[mode] & object->wait_mask) != 0;
}

void
lock__unrequest(LockObject *object, LOCKMODE mode)
{
    object->request_count--;
    object->requested[mode]--;
    if (object->granted[mode] == object->requested[mode])
        object->wait_mask &= ~LOCKBIT_ON(mode);
}

void
lock__clean_up(LockObject *object, LockHold *hold, bool wake)
{
    if (hold->hold_mask == 0 && hold->proc->waitProcLock != hold)
        free_hold(hold); /* LT3 */
    if (object->request_count == 0)
        free_object(object); /* LT1 */
    else if (wake)
        lock__wake_waiters(object);
}

bool
lock__held_conflict(LockObject *object, LockHold *hold, LOCKMODE mode)
{
    LOCKMASK conflicts = lock__conflicts[mode];

    if ((conflicts & object->grant_mask) == 0)
        return false;
    for (LOCKMODE other = 1; other <= MaxLockMode; other++) {
        int mine = hold->hold_mask & LOCKBIT_ON(other) ? 1 : 0;
        if ((conflicts & LOCKBIT_ON(other)) && object->granted[other] > mine)
            return true;
    }
    return false;
}

void
lock__for_each_hold(int partition, void (*visit)(LockHold *hold, void *arg), void *arg)
{
    for (uint32 b = (uint32)partition; b < shared->bucket_count; b += LOCK_PARTITIONS)
        for (LockHold *hold = shared->hold_buckets[b]; hold != NULL; hold = hold->next)
            visit(hold, arg);
}
