/*
 * lwlock_tranche.c - names of lock kinds, and locks that modules ask for
 */
#include <string.h>

#include "error/error.h"
#include "sync/lwlock.h"
#include "sync_int.h"

static const char *const builtin_names[LWTRANCHE_FIRST_USER_DEFINED] = {
    [LWTRANCHE_NONE] = "None",
#define LWTRANCHE(name, event, same, guards) [LWTRANCHE_##name] = event,
#include "sync/lock_ranks.h"
#undef LWTRANCHE
};

typedef struct NamedRequest {
    char name[NAMEDATALEN];
    int lock_count;
} NamedRequest;

/* atomic: anybody counts up; locks: set once at start */
typedef struct LWLockShared {
    _Atomic int32 next_tranche;
    LWLockPadded locks[];
} LWLockShared;

static struct {
    const char *names[LWLOCK_NAMED_TRANCHES_MAX]; /* by id - first user defined */
    NamedRequest requests[LWLOCK_NAMED_TRANCHES_MAX];
    int request_count;
    LWLockShared *shared;
} tranches;

static int
requested_locks(void)
{
    int count = 0;

    for (int i = 0; i < tranches.request_count; i++)
        count += tranches.requests[i].lock_count;
    return count;
}

Size
lwlock__shmem_size(void)
{
    return LWLOCK_PADDED_SIZE + sizeof(LWLockPadded) * (Size)requested_locks();
}

void
lwlock__shmem_init(void *area, Size size)
{
    LWLockPadded *lock;
    int id = LWTRANCHE_FIRST_USER_DEFINED;

    tranches.shared = area;
    lock = tranches.shared->locks;
    for (int i = 0; i < tranches.request_count; i++, id++) {
        LWLockRegisterTranche(id, tranches.requests[i].name);
        for (int k = 0; k < tranches.requests[i].lock_count; k++)
            LWLockInitialize(&lock++->lock, id);
    }
    atomic_init(&tranches.shared->next_tranche, id);
}

int
LWLockNewTrancheId(void)
{
    int id = atomic_fetch_add(&tranches.shared->next_tranche, 1);

    if (id >= LWTRANCHE_FIRST_USER_DEFINED + LWLOCK_NAMED_TRANCHES_MAX) {
        atomic_fetch_sub(&tranches.shared->next_tranche, 1);
        ereport(ERROR, (errcode(ERRCODE_CONFIGURATION_LIMIT_EXCEEDED),
                        errmsg("maximum number of tranches already registered"),
                        errdetail("No more than %d tranches may be registered.",
                                  LWLOCK_NAMED_TRANCHES_MAX)));
    }
    return id;
}

void
LWLockRegisterTranche(int tranche_id, const char *tranche_name)
{
    int index = tranche_id - LWTRANCHE_FIRST_USER_DEFINED;

    if (index >= 0 && index < LWLOCK_NAMED_TRANCHES_MAX)
        tranches.names[index] = tranche_name;
}

void
RequestNamedLWLockTranche(const char *tranche_name, int num_lwlocks)
{
    NamedRequest *request;

    if (tranches.request_count >= LWLOCK_NAMED_TRANCHES_MAX)
        elog(FATAL, "too many LWLock tranches requested");
    request = &tranches.requests[tranches.request_count++];
    strncpy(request->name, tranche_name, NAMEDATALEN - 1);
    request->lock_count = num_lwlocks;
}

LWLockPadded *
GetNamedLWLockTranche(const char *tranche_name)
{
    LWLockPadded *lock = tranches.shared->locks;

    for (int i = 0; i < tranches.request_count; i++) {
        if (strcmp(tranches.requests[i].name, tranche_name) == 0)
            return lock;
        lock += tranches.requests[i].lock_count;
    }
    elog(ERROR, "requested tranche is not registered");
    return NULL;
}

const char *
lwlock_tranche_name(int tranche_id)
{
    int index = tranche_id - LWTRANCHE_FIRST_USER_DEFINED;

    if (tranche_id >= 0 && index < 0)
        return builtin_names[tranche_id];
    if (index >= 0 && index < LWLOCK_NAMED_TRANCHES_MAX && tranches.names[index] != NULL)
        return tranches.names[index];
    return "extension";
}
