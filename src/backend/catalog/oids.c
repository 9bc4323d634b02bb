/*
 * oids.c - the counter that gives new objects their numbers
 *
 * Numbers are taken from the shared counter; a WAL record moves its durable bound ahead by
 * OID_PREFETCH at a time, and a checkpoint saves it, so that no number is given twice after a
 * crash. The counter wraps to FirstNormalObjectId; callers check that a number is free.
 */
#include "catalog_int.h"

#include "recovery/recovery.h"
#include "shmem/shmem.h"
#include "sync/lwlock.h"

#define OID_PREFETCH 8192

/* Built-in numbers end below; the system views' objects come between it and 16384. */
#define FIRST_BOOTSTRAP_OID 12000

typedef struct OidCounter {
    LWLock lock;
    Oid next;        /* guarded by lock */
    uint32 prepared; /* guarded by lock: numbers from next on that a WAL record covers */
} OidCounter;

static OidCounter *counter;

static Size
counter_size(void)
{
    return sizeof(OidCounter);
}

static void
counter_init(void *address, Size size)
{
    counter = address;
    LWLockInitialize(&counter->lock, LWTRANCHE_OID_GEN);
    counter->next = FirstNormalObjectId;
    counter->prepared = 0;
}

void
catalog__register_oids(void)
{
    shmem_register_area("Oid Counter", counter_size, counter_init);
}

Oid
GetNewObjectId(void)
{
    Oid oid;

    LWLockAcquire(&counter->lock, LW_EXCLUSIVE);
    if (counter->next < (catalog_bootstrapping ? FIRST_BOOTSTRAP_OID : FirstNormalObjectId)) {
        counter->next = FirstNormalObjectId;
        counter->prepared = 0;
    }
    if (counter->prepared == 0) {
        recovery_log_next_oid(counter->next + OID_PREFETCH);
        counter->prepared = OID_PREFETCH;
    }
    oid = counter->next++;
    counter->prepared--;
    LWLockRelease(&counter->lock);
    return oid;
}

Oid
catalog_next_oid(void)
{
    Oid next;

    LWLockAcquire(&counter->lock, LW_SHARED);
    next = counter->next + counter->prepared;
    LWLockRelease(&counter->lock);
    return next;
}

void
catalog_set_next_oid(Oid next)
{
    LWLockAcquire(&counter->lock, LW_EXCLUSIVE);
    counter->next = next;
    counter->prepared = 0;
    LWLockRelease(&counter->lock);
}

void
catalog_advance_oid(Oid next)
{
    LWLockAcquire(&counter->lock, LW_EXCLUSIVE);
    if (next - counter->next < (uint32)INT32_MAX) {
        counter->next = next;
        counter->prepared = 0;
    }
    LWLockRelease(&counter->lock);
}
