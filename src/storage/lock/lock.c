/*
 * lock.c - acquiring and releasing
 *
 * The way of an acquisition: held already (local.c); weak relation lock (fastpath.c); the shared
 * table under its partition's lock; the queue (wait.c).
 *
 * Invariants LK1. a LocalLock with count > 0 means that this process holds the mode, in its fast
 *                 path or in the shared table; no LocalLock outlives its call with count 0.
 *            LK2. a mode is in a strong bin from before the transfer until its LocalLock goes.
 * Errors     throws as lock_acquire() says; everything is put back before.
 */
#include <string.h>

#include "error/error.h"
#include "error/interrupt.h"
#include "lock_int.h"
#include "memory/memory.h"
#include "sync/stop_point.h"

LocalLock *lock__awaited;

/* The lock whose strong bin this process counted up but does not hold yet. */
static LocalLock *strong_in_progress;

static const char *const mode_names[LOCK_MODES] = {
    "INVALID",         "AccessShareLock",       "RowShareLock",  "RowExclusiveLock",
    "ShareUpdateExclusiveLock", "ShareLock", "ShareRowExclusiveLock", "ExclusiveLock",
    "AccessExclusiveLock",
};
static const char *const sql_names[LOCK_MODES] = {
    "",
    "ACCESS SHARE",
    "ROW SHARE",
    "ROW EXCLUSIVE",
    "SHARE UPDATE EXCLUSIVE",
    "SHARE",
    "SHARE ROW EXCLUSIVE",
    "EXCLUSIVE",
    "ACCESS EXCLUSIVE",
};

const char *
lock_mode_name(LOCKMODE mode)
{
    return mode >= 1 && mode <= MaxLockMode ? mode_names[mode] : mode_names[0];
}

LOCKMODE
lock_mode_from_sql(const char *sql_name)
{
    for (LOCKMODE mode = 1; mode <= MaxLockMode; mode++)
        if (strcasecmp(sql_names[mode], sql_name) == 0)
            return mode;
    return NoLock;
}

bool
lock_modes_conflict(LOCKMODE a, LOCKMODE b)
{
    return (lock__conflicts[a] & LOCKBIT_ON(b)) != 0;
}

void
lock__out_of_memory(void)
{
    ereport(ERROR, (errcode(ERRCODE_OUT_OF_MEMORY), errmsg("out of shared memory"),
                    errhint("You might need to increase max_locks_per_transaction.")));
    pg_unreachable();
}

/* ---------- local bookkeeping ---------- */

static void
grow_owners(LocalLock *local)
{
    int capacity = local->owner_capacity * 2;
    LocalOwner *owners =
        MemoryContextAlloc(TopMemoryContext, (Size)capacity * sizeof(LocalOwner));

    memcpy(owners, local->owners, (Size)local->owner_count * sizeof(LocalOwner));
    if (local->owners != local->inline_owners)
        pfree(local->owners);
    local->owners = owners;
    local->owner_capacity = capacity;
}

void
lock__grant_local(LocalLock *local, ResourceOwner owner)
{
    for (int i = 0; i < local->owner_count; i++) {
        if (local->owners[i].owner == owner) {
            local->owners[i].count++;
            local->count++;
            return;
        }
    }
    if (local->owner_count >= local->owner_capacity)
        grow_owners(local);
    local->owners[local->owner_count++] = (LocalOwner){owner, 1};
    local->count++;
}

void
lock__remove_local(LocalLock *local)
{
    if (local->counted_strong)
        atomic_fetch_sub(lock__strong_bin(&local->tag), 1); /* LK2 */
    if (strong_in_progress == local)
        strong_in_progress = NULL;
    lock__local_drop(local);
}

static void
begin_strong(LocalLock *local)
{
    atomic_fetch_add(lock__strong_bin(&local->tag), 1); /* FP2: before the transfer looks */
    local->counted_strong = true;
    strong_in_progress = local;
}

void
lock__abort_strong(void)
{
    LocalLock *local = strong_in_progress;

    if (local == NULL)
        return;
    strong_in_progress = NULL;
    Assert(local->counted_strong);
    atomic_fetch_sub(lock__strong_bin(&local->tag), 1);
    local->counted_strong = false;
}

/* Nothing was had: the LocalLock must not stay. */
static void
give_up(LocalLock *local)
{
    lock__abort_strong();
    if (local->count == 0)
        lock__remove_local(local);
}

/* ---------- acquiring ---------- */

static bool
must_wait(LockObject *object, LockHold *hold, LOCKMODE mode)
{
    /* Others wait already for what conflicts with us: queue behind them. */
    if (lock__conflicts[mode] & object->wait_mask)
        return true;
    return lock__held_conflict(object, hold, mode);
}

/* Undoes lock__setup(). */
static void
undo_setup(LockObject *object, LockHold *hold, LOCKMODE mode)
{
    lock__unrequest(object, mode);
    lock__clean_up(object, hold, false);
}

/* Shared table; partition not locked at entry and exit. False: dont_wait and not free. */
static bool
acquire_shared(LocalLock *local, bool dont_wait)
{
    LWLock *partition = lock__partition_lock(lock__partition(local->hash));
    LOCKMODE mode = local->mode;
    LockHold *hold;
    LockObject *object;

    if (!dont_wait)
        lock__deadlock_prepare();
    LWLockAcquire(partition, LW_EXCLUSIVE);
    hold = lock__setup(MyProc, &local->tag, local->hash, mode);
    if (hold == NULL) {
        LWLockRelease(partition);
        give_up(local);
        lock__out_of_memory();
    }
    object = hold->object;
    local->object = object;
    local->hold = hold;
    if (!must_wait(object, hold, mode)) {
        lock__grant(object, hold, mode);
        LWLockRelease(partition);
        return true;
    }
    if (dont_wait) {
        undo_setup(object, hold, mode);
        LWLockRelease(partition);
        return false;
    }
    if (lock__sleep(local, object, hold, mode) == LOCK_SLEEP_DEADLOCK) {
        give_up(local);
        lock__deadlock_report();
    }
    return true;
}

static LockAcquireResult
acquire_new(LocalLock *local, ResourceOwner owner, bool dont_wait)
{
    const LOCKTAG *tag = &local->tag;

    if (lock__fast_path_eligible(tag, local->mode) &&
        lock__fast_path_acquire(tag, local->mode) == FAST_PATH_TAKEN) {
        lock__grant_local(local, owner);
        return LOCKACQUIRE_OK;
    }
    if (lock__fast_path_conflicts(tag, local->mode)) {
        begin_strong(local);
        STOP_POINT("lock-strong-counted");
        if (!lock__fast_path_transfer(tag, local->hash)) {
            give_up(local);
            lock__out_of_memory();
        }
    }
    if (!acquire_shared(local, dont_wait)) {
        give_up(local);
        return LOCKACQUIRE_NOT_AVAIL;
    }
    strong_in_progress = NULL;
    lock__grant_local(local, owner);
    return LOCKACQUIRE_OK;
}

LockAcquireResult
lock_acquire(const LOCKTAG *tag, LOCKMODE mode, bool session_level, bool dont_wait)
{
    uint32 hash = lock__hash(tag);
    ResourceOwner owner = session_level ? NULL : CurrentResourceOwner;
    LocalLock *local;

    Assert(mode >= 1 && mode <= MaxLockMode);
    STOP_POINT("lock-acquire");
    local = lock__local_find(tag, hash, mode);
    if (local != NULL && local->count > 0) {
        lock__grant_local(local, owner);
        return LOCKACQUIRE_ALREADY_HELD;
    }
    if (local == NULL)
        local = lock__local_make(tag, hash, mode);
    local->object = NULL;
    local->hold = NULL;
    return acquire_new(local, owner, dont_wait);
}

/* ---------- releasing ---------- */

/* One that another process moved from our fast path: LocalLock does not know where it is. */
bool
lock__release_moved(const LOCKTAG *tag, uint32 hash, LOCKMODE mode)
{
    LWLock *partition = lock__partition_lock(lock__partition(hash));
    LockObject *object;
    LockHold *hold;
    bool found;

    LWLockAcquire(partition, LW_EXCLUSIVE); /* FP3 */
    object = lock__find_object(tag, hash);
    hold = object != NULL ? lock__find_hold(object, MyProc) : NULL;
    found = hold != NULL && (hold->hold_mask & LOCKBIT_ON(mode));
    if (found)
        lock__clean_up(object, hold, lock__ungrant(object, hold, mode));
    LWLockRelease(partition);
    if (!found)
        elog(PANIC, "failed to find moved lock %s", lock_describe(tag));
    return found;
}

/* The last reference went: gives the mode back. */
static void
release_shared(LocalLock *local)
{
    LWLock *partition;

    if (local->object == NULL) {
        if (!lock__fast_path_release(&local->tag, local->mode))
            lock__release_moved(&local->tag, local->hash, local->mode);
    } else {
        partition = lock__partition_lock(lock__partition(local->hash));
        LWLockAcquire(partition, LW_EXCLUSIVE);
        lock__clean_up(local->object, local->hold,
                       lock__ungrant(local->object, local->hold, local->mode));
        LWLockRelease(partition);
    }
    lock__remove_local(local);
}

static void
drop_owner_at(LocalLock *local, int index)
{
    local->owners[index] = local->owners[--local->owner_count];
}

bool
lock_release(const LOCKTAG *tag, LOCKMODE mode, bool session_level)
{
    ResourceOwner owner = session_level ? NULL : CurrentResourceOwner;
    LocalLock *local = lock__local_find(tag, lock__hash(tag), mode);
    int index = 0;

    if (local != NULL)
        while (index < local->owner_count && local->owners[index].owner != owner)
            index++;
    if (local == NULL || index >= local->owner_count) {
        elog(WARNING, "you don't own a lock of type %s", mode_names[mode]);
        return false;
    }
    if (--local->owners[index].count == 0)
        drop_owner_at(local, index);
    if (--local->count == 0)
        release_shared(local);
    return true;
}

bool
lock_held_by_me(const LOCKTAG *tag, LOCKMODE mode, bool or_stronger)
{
    uint32 hash = lock__hash(tag);

    for (LOCKMODE m = mode; m <= (or_stronger ? MaxLockMode : mode); m++) {
        LocalLock *local = lock__local_find(tag, hash, m);
        if (local != NULL && local->count > 0)
            return true;
    }
    return false;
}

bool
lock_has_waiters(const LOCKTAG *tag, LOCKMODE mode)
{
    uint32 hash = lock__hash(tag);
    LWLock *partition = lock__partition_lock(lock__partition(hash));
    LockObject *object;
    bool waiters;

    LWLockAcquire(partition, LW_SHARED);
    object = lock__find_object(tag, hash);
    waiters = object != NULL && (lock__conflicts[mode] & object->wait_mask) != 0;
    LWLockRelease(partition);
    return waiters;
}

/* Keeps what the session holds of a lock. True if that is something. */
static bool
keep_session_part(LocalLock *local)
{
    for (int i = 0; i < local->owner_count; i++) {
        if (local->owners[i].owner == NULL) {
            local->owners[0] = local->owners[i];
            local->owner_count = 1;
            local->count = local->owners[0].count;
            return true;
        }
    }
    return false;
}

/* Gives back all holds marked in release_mask, a partition at a time. */
static void
release_marked(int partition_number)
{
    LWLock *partition = lock__partition_lock(partition_number);
    dlist_mutable_iter it;

    LWLockAcquire(partition, LW_EXCLUSIVE);
    dlist_foreach_modify(it, &MyProc->myProcLocks[partition_number]) {
        LockHold *hold = dlist_container(LockHold, proc_link, it.cur);
        LockObject *object = hold->object;
        LOCKMASK mask = hold->release_mask;
        bool wake = false;

        if (mask == 0)
            continue;
        hold->release_mask = 0;
        for (LOCKMODE mode = 1; mode <= MaxLockMode; mode++)
            if (mask & LOCKBIT_ON(mode))
                wake |= lock__ungrant(object, hold, mode);
        lock__clean_up(object, hold, wake);
    }
    LWLockRelease(partition);
}

void
lock_release_all(bool session_too)
{
    dlist_mutable_iter it;
    uint32 partitions = 0;

    lock_xid_end_top();
    lock_vxid_end();
    dlist_foreach_modify(it, lock__local_all()) {
        LocalLock *local = dlist_container(LocalLock, link, it.cur);

        if (local->count == 0) { /* an error on the way to it */
            lock__remove_local(local);
            continue;
        }
        if (!session_too && keep_session_part(local))
            continue;
        if (local->object == NULL) {
            release_shared(local);
            continue;
        }
        local->hold->release_mask |= LOCKBIT_ON(local->mode);
        partitions |= 1u << lock__partition(local->hash);
        lock__remove_local(local);
    }
    for (int p = 0; partitions != 0; p++, partitions >>= 1)
        if (partitions & 1)
            release_marked(p);
}

void
lock_release_session(void)
{
    dlist_mutable_iter it;

    dlist_foreach_modify(it, lock__local_all()) {
        LocalLock *local = dlist_container(LocalLock, link, it.cur);

        if (local->tag.locktag_lockmethodid != USER_LOCKMETHOD)
            continue;
        for (int i = 0; i < local->owner_count; i++) {
            if (local->owners[i].owner != NULL)
                continue;
            local->count -= local->owners[i].count;
            drop_owner_at(local, i);
            if (local->count == 0)
                release_shared(local);
            break;
        }
    }
}

void
lock_release_owner(void *owner)
{
    dlist_mutable_iter it;

    dlist_foreach_modify(it, lock__local_all()) {
        LocalLock *local = dlist_container(LocalLock, link, it.cur);

        for (int i = local->owner_count - 1; i >= 0; i--) {
            if (local->owners[i].owner != owner)
                continue;
            local->count -= local->owners[i].count;
            drop_owner_at(local, i);
            if (local->count == 0)
                release_shared(local);
            break;
        }
    }
}

void
lock_reassign_owner(void *from, void *to)
{
    dlist_iter it;

    dlist_foreach(it, lock__local_all()) {
        LocalLock *local = dlist_container(LocalLock, link, it.cur);
        int from_index = -1, to_index = -1;

        for (int i = 0; i < local->owner_count; i++) {
            if (local->owners[i].owner == from)
                from_index = i;
            else if (local->owners[i].owner == to)
                to_index = i;
        }
        if (from_index < 0)
            continue;
        if (to_index < 0) {
            local->owners[from_index].owner = to;
        } else {
            local->owners[to_index].count += local->owners[from_index].count;
            drop_owner_at(local, from_index);
        }
    }
}
