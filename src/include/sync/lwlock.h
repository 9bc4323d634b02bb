/*
 * lwlock.h - lightweight locks: shared or exclusive, in shared memory, for short stretches
 *
 *   state word   bit 31 HAS_WAITERS   the wait list may be non-empty
 *                bit 30 RELEASE_OK    a release may wake somebody (no one is being woken)
 *                bit 29 LIST_LOCKED   spinlock over the wait list
 *                bit 28 EXCLUSIVE     held exclusively
 *                0..27  number of shared holders
 *
 * Invariants L1 ranks rise (lock_ranks.h); L2 EXCLUSIVE and shared holders exclude each other;
 *            L3 a waiter is on the list exactly from queueing until its waker takes it off.
 * Errors     an acquisition cannot fail; holding more than LWLOCK_HELD_MAX is a PANIC.
 * A held lock keeps interrupts (cancel, termination) held off.
 */
#ifndef SYNC_LWLOCK_H
#define SYNC_LWLOCK_H

#include <stdatomic.h>

#include "base/base.h"

typedef enum LWLockMode {
    LW_EXCLUSIVE,
    LW_SHARED,
    LW_WAIT_UNTIL_FREE, /* only inside a PGPROC, see LWLockAcquireOrWait */
} LWLockMode;

typedef struct LWLock {
    _Atomic uint32 state;
    uint16 tranche;     /* set once */
    uint16 unused;
    int32 wait_first;   /* pgprocno or -1; guarded by LIST_LOCKED */
    int32 wait_last;
} LWLock;

_Static_assert(sizeof(LWLock) == 16, "an LWLock is 16 bytes");

#define LWLOCK_PADDED_SIZE 64
typedef union LWLockPadded {
    LWLock lock;
    char pad[LWLOCK_PADDED_SIZE];
} LWLockPadded;

typedef enum BuiltinTrancheIds {
    LWTRANCHE_NONE = 0,
#define LWTRANCHE(name, event, same, guards) LWTRANCHE_##name,
#include "sync/lock_ranks.h"
#undef LWTRANCHE
    LWTRANCHE_FIRST_USER_DEFINED,
} BuiltinTrancheIds;

#define LWLOCK_HELD_MAX 200
#define LWLOCK_NAMED_TRANCHES_MAX 256

void LWLockInitialize(LWLock *lock, int tranche_id);

/* Returns true if it was free at once, false after waiting. */
bool LWLockAcquire(LWLock *lock, LWLockMode mode);
/* Takes it if it is free now. */
bool LWLockConditionalAcquire(LWLock *lock, LWLockMode mode);
/*
 * Takes it and returns true if it is free; else waits until it is released and returns false
 * without holding it: for group WAL flush, where the holder probably did our work too.
 */
bool LWLockAcquireOrWait(LWLock *lock, LWLockMode mode);
void LWLockRelease(LWLock *lock);
/* Sets *valptr to val, then releases. */
void LWLockReleaseClearVar(LWLock *lock, _Atomic uint64 *valptr, uint64 val);
void LWLockReleaseAll(void);
bool LWLockHeldByMe(const LWLock *lock);
bool LWLockHeldByMeInMode(const LWLock *lock, LWLockMode mode);
bool LWLockAnyHeldByMe(const LWLock *locks, int count, Size stride);
int lwlock_held_count(void);

/*
 * Waits until the lock is free or *valptr differs from oldval. True if it is free; false with
 * the new value in *ret_newval. The holder changes the value with LWLockUpdateVar().
 */
bool LWLockWaitForVar(LWLock *lock, _Atomic uint64 *valptr, uint64 oldval, uint64 *ret_newval);
void LWLockUpdateVar(LWLock *lock, _Atomic uint64 *valptr, uint64 val);

/* Tranches of modules. The name must live as long as the process. */
int LWLockNewTrancheId(void);
void LWLockRegisterTranche(int tranche_id, const char *tranche_name);
void RequestNamedLWLockTranche(const char *tranche_name, int num_lwlocks);
LWLockPadded *GetNamedLWLockTranche(const char *tranche_name);
const char *lwlock_tranche_name(int tranche_id);

#endif
