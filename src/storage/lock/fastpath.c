/*
 * fastpath.c - weak relation locks, and each transaction's lock on itself, without shared tables
 *
 * Why        A process's slots are its own words: taking AccessShare, RowShare or RowExclusive on
 *            a relation, which never conflict with each other, is one compare-and-swap there. Who
 *            wants a stronger lock first announces it in a counter (by relation, hashed), then
 *            moves all such slots to the shared table, where the conflict shows. PostgreSQL takes
 *            an LWLock per process for this; here slots are atomic words.
 * Invariants FP1. only its process sets bits in a slot; others only clear a whole slot, moving
 *                 it, with the partition of its tag locked.
 *            FP2. a weak locker sets its slot, then looks at the counter; a strong locker counts,
 *                 then looks at slots. Both with sequential consistency: one sees the other.
 *            FP3. so a process that misses a slot it set finds the lock in the shared table, once
 *                 it has the partition's lock.
 *
 * A transaction's lock on its xid and virtual xid works alike: word = id << 2 | state. Who wants
 * to wait moves it: OWN becomes MOVED, with the partition locked.
 */
#include "error/error.h"
#include "error/interrupt.h"
#include "lock_int.h"

enum { ID_NONE = 0, ID_OWN = 1, ID_MOVED = 2 };

#define SLOT(relation, mask) ((uint64)(relation) << 16 | (mask))
#define SLOT_RELATION(slot) ((Oid)((slot) >> 16))
#define SLOT_MASK(slot) ((LOCKMASK)((slot) & 0xFFFF))

bool
lock__fast_path_eligible(const LOCKTAG *tag, LOCKMODE mode)
{
    return mode < ShareUpdateExclusiveLock && tag->locktag_type == LOCKTAG_RELATION &&
           tag->locktag_lockmethodid == DEFAULT_LOCKMETHOD && tag->locktag_field1 != InvalidOid &&
           tag->locktag_field1 == MyProc->databaseId;
}

bool
lock__fast_path_conflicts(const LOCKTAG *tag, LOCKMODE mode)
{
    return mode > ShareUpdateExclusiveLock && tag->locktag_type == LOCKTAG_RELATION &&
           tag->locktag_lockmethodid == DEFAULT_LOCKMETHOD && tag->locktag_field1 != InvalidOid;
}

/* The slot of the relation, else a free one, else NULL. */
static _Atomic uint64 *
choose_slot(Oid relation)
{
    _Atomic uint64 *free_slot = NULL;

    for (int i = 0; i < PROC_FAST_PATH_SLOTS; i++) {
        uint64 slot = atomic_load_explicit(&MyProc->fpSlots[i], memory_order_relaxed);
        if (slot == 0) {
            if (free_slot == NULL)
                free_slot = &MyProc->fpSlots[i];
        } else if (SLOT_RELATION(slot) == relation) {
            return &MyProc->fpSlots[i];
        }
    }
    return free_slot;
}

/* Clears a mode of a slot; false when it is not there any more. */
static bool
clear_mode(_Atomic uint64 *slot, Oid relation, LOCKMODE mode)
{
    uint64 old = atomic_load(slot);

    for (;;) {
        LOCKMASK left = SLOT_MASK(old) & ~LOCKBIT_ON(mode);
        if (old == 0 || SLOT_RELATION(old) != relation || !(SLOT_MASK(old) & LOCKBIT_ON(mode)))
            return false;
        if (atomic_compare_exchange_weak(slot, &old, left ? SLOT(relation, left) : 0))
            return true;
    }
}

FastPathResult
lock__fast_path_acquire(const LOCKTAG *tag, LOCKMODE mode)
{
    Oid relation = tag->locktag_field2;
    _Atomic uint64 *slot = choose_slot(relation);
    _Atomic uint32 *bin = lock__strong_bin(tag);
    uint64 old;

    if (slot == NULL || atomic_load_explicit(bin, memory_order_relaxed) != 0)
        return FAST_PATH_NO;
    old = atomic_load_explicit(slot, memory_order_relaxed);
    while (!atomic_compare_exchange_weak(slot, &old,
                                         SLOT(relation, SLOT_MASK(old) | LOCKBIT_ON(mode))))
        ; /* FP1: `old` is as it was, or 0 after a move */
    if (likely(atomic_load(bin) == 0)) /* FP2 */
        return FAST_PATH_TAKEN;
    /* A strong locker is about. Either it moves our slot, and we hold the lock, or we step back. */
    return clear_mode(slot, relation, mode) ? FAST_PATH_NO : FAST_PATH_TAKEN;
}

bool
lock__fast_path_release(const LOCKTAG *tag, LOCKMODE mode)
{
    for (int i = 0; i < PROC_FAST_PATH_SLOTS; i++) {
        uint64 slot = atomic_load_explicit(&MyProc->fpSlots[i], memory_order_relaxed);
        if (slot != 0 && SLOT_RELATION(slot) == tag->locktag_field2)
            return clear_mode(&MyProc->fpSlots[i], tag->locktag_field2, mode);
    }
    return false;
}

/* Undoes grants made ahead of a move that did not happen. */
static void
take_back(const LOCKTAG *tag, uint32 hash, PGPROC *proc, LOCKMASK mask)
{
    LockObject *object = lock__find_object(tag, hash);
    LockHold *hold = object != NULL ? lock__find_hold(object, proc) : NULL;

    for (LOCKMODE mode = 1; mode <= MaxLockMode; mode++) {
        bool wake, last;
        if (!(mask & LOCKBIT_ON(mode)))
            continue;
        mask &= ~LOCKBIT_ON(mode);
        last = mask == 0;
        wake = lock__ungrant(object, hold, mode);
        if (last)
            lock__clean_up(object, hold, wake);
    }
}

/* Grants the modes to proc in the shared table; false when it is full (then none is granted). */
static bool
grant_all(const LOCKTAG *tag, uint32 hash, PGPROC *proc, LOCKMASK mask)
{
    LOCKMASK done = 0;

    for (LOCKMODE mode = 1; mode <= MaxLockMode; mode++) {
        LockHold *hold;
        if (!(mask & LOCKBIT_ON(mode)))
            continue;
        hold = lock__setup(proc, tag, hash, mode);
        if (hold == NULL) {
            take_back(tag, hash, proc, done);
            return false;
        }
        lock__grant(hold->object, hold, mode);
        done |= LOCKBIT_ON(mode);
    }
    return true;
}

/* caller holds the partition; grants first, then clears the slot, so that neither is ever missing */
static bool
move_slot(PGPROC *proc, _Atomic uint64 *slot, const LOCKTAG *tag, uint32 hash)
{
    uint64 old = atomic_load(slot);

    while (old != 0 && SLOT_RELATION(old) == tag->locktag_field2) {
        uint64 expected = old;
        if (!grant_all(tag, hash, proc, SLOT_MASK(old)))
            return false;
        if (atomic_compare_exchange_strong(slot, &expected, 0))
            return true;
        take_back(tag, hash, proc, SLOT_MASK(old)); /* its process changed it meanwhile */
        old = expected;
    }
    return true;
}

bool
lock__fast_path_transfer(const LOCKTAG *tag, uint32 hash)
{
    LWLock *partition = lock__partition_lock(lock__partition(hash));
    bool ok = true;

    LWLockAcquire(partition, LW_EXCLUSIVE);
    for (uint32 p = 0; ok && p < ProcGlobal->allProcCount; p++) {
        PGPROC *proc = &ProcGlobal->allProcs[p];
        if (proc->databaseId != tag->locktag_field1)
            continue;
        for (int i = 0; ok && i < PROC_FAST_PATH_SLOTS; i++)
            ok = move_slot(proc, &proc->fpSlots[i], tag, hash);
    }
    LWLockRelease(partition);
    return ok;
}

bool
lock__fast_path_transfer_xid(PGPROC *proc, _Atomic uint64 *word, uint64 id, const LOCKTAG *tag)
{
    uint32 hash = lock__hash(tag);
    LWLock *partition = lock__partition_lock(lock__partition(hash));
    uint64 expected = id << 2 | ID_OWN;
    bool ok = true;

    LWLockAcquire(partition, LW_EXCLUSIVE);
    if (atomic_load(word) == expected) {
        ok = grant_all(tag, hash, proc, LOCKBIT_ON(ExclusiveLock));
        if (ok && !atomic_compare_exchange_strong(word, &expected, id << 2 | ID_MOVED))
            take_back(tag, hash, proc, LOCKBIT_ON(ExclusiveLock)); /* it ended just now */
    }
    LWLockRelease(partition);
    return ok;
}

/* ---------- the transaction's own locks ---------- */

static void
end_id(_Atomic uint64 *word, LOCKTAG (*make_tag)(uint64 id))
{
    uint64 old;

    if (atomic_load_explicit(word, memory_order_relaxed) == 0)
        return;
    old = atomic_exchange(word, 0);
    if ((old & 3) == ID_MOVED) {
        LOCKTAG tag = make_tag(old >> 2);
        lock__release_moved(&tag, lock__hash(&tag), ExclusiveLock);
    }
}

static LOCKTAG
vxid_tag(uint64 lxid)
{
    VirtualTransactionId vxid = {MyProc->pgprocno + 1, (LocalTransactionId)lxid};
    return lock_tag_virtual_transaction(vxid);
}

static LOCKTAG
xid_tag(uint64 xid)
{
    return lock_tag_transaction(xid);
}

void
lock_vxid_start(VirtualTransactionId vxid)
{
    Assert(atomic_load(&MyProc->fpVxid) == 0);
    atomic_store_explicit(&MyProc->fpVxid, (uint64)vxid.localTransactionId << 2 | ID_OWN,
                          memory_order_release);
}

void
lock_vxid_end(void)
{
    end_id(&MyProc->fpVxid, vxid_tag);
}

void
lock_xid_insert_top(TransactionId xid)
{
    Assert(atomic_load(&MyProc->fpXid) == 0);
    atomic_store_explicit(&MyProc->fpXid, xid << 2 | ID_OWN, memory_order_release);
}

void
lock_xid_end_top(void)
{
    end_id(&MyProc->fpXid, xid_tag);
}

bool
lock_vxid_wait(VirtualTransactionId vxid, bool wait)
{
    LOCKTAG tag = lock_tag_virtual_transaction(vxid);
    PGPROC *proc;

    if (vxid.backendId < 1 || (uint32)vxid.backendId > ProcGlobal->allProcCount)
        return true;
    proc = GetPGProcByNumber(vxid.backendId - 1);
    if (atomic_load(&proc->fpVxid) >> 2 != vxid.localTransactionId)
        return true;
    if (!wait)
        return false;
    if (!lock__fast_path_transfer_xid(proc, &proc->fpVxid, vxid.localTransactionId, &tag))
        lock__out_of_memory();
    lock_acquire(&tag, ShareLock, false, false);
    lock_release(&tag, ShareLock, false);
    return true;
}
