/*
 * lock_int.h - the lock tables, as the files of this room see them
 *
 * LockObject  one per lockable thing that is locked or waited for
 * LockHold    one per (object, process) with anything held or waited for
 * LocalLock   per process and (tag, mode): how often held, and by which owners
 *
 * All but LocalLock lie in shared memory, guarded by the LWLock of the tag's partition.
 */
#ifndef LOCK_INT_H
#define LOCK_INT_H

#include "base/ilist.h"
#include "error/resowner.h"
#include "lock/lock.h"
#include "sync/lwlock.h"

#define LOCK_PARTITIONS PROC_LOCK_PARTITIONS
#define LOCK_MODES (MaxLockMode + 1) /* index 0 unused */
#define LOCAL_OWNERS_INLINE 2
#define FAST_PATH_STRONG_BINS 1024

typedef struct LockObject {
    LOCKTAG tag;
    uint32 hash;
    struct LockObject *next; /* in its bucket, or the free list */
    LOCKMASK grant_mask;     /* modes held by anybody */
    LOCKMASK wait_mask;      /* modes waited for */
    dlist_head holds;        /* LockHold.object_link */
    dlist_head waiters;      /* PGPROC.lockLinks, in the order in which they will be served */
    int waiter_count;
    int request_count;       /* held and waited for */
    int grant_count;
    int requested[LOCK_MODES];
    int granted[LOCK_MODES];
} LockObject;

typedef struct LockHold {
    LockObject *object;
    PGPROC *proc;
    struct LockHold *next;   /* in its bucket, or the free list */
    LOCKMASK hold_mask;
    LOCKMASK release_mask;   /* owner alone: what lock_release_all() lets go */
    dlist_node object_link;
    dlist_node proc_link;    /* in proc->myProcLocks[partition] */
} LockHold;

typedef struct LocalOwner {
    ResourceOwner owner; /* NULL: the session */
    int64 count;
} LocalOwner;

typedef struct LocalLock {
    LOCKTAG tag;
    LOCKMODE mode;
    uint32 hash;
    struct LocalLock *next;  /* in its bucket, or the free list */
    dlist_node link;         /* in the list of all */
    LockObject *object;      /* NULL: fast path, or moved from there by another process */
    LockHold *hold;
    int64 count;
    bool counted_strong;     /* its bin in strong counts includes us */
    int owner_count;
    int owner_capacity;
    LocalOwner *owners;      /* inline_owners, or allocated */
    LocalOwner inline_owners[LOCAL_OWNERS_INLINE];
} LocalLock;

/* modes[m]: what conflicts with m */
extern const LOCKMASK lock__conflicts[LOCK_MODES];

static inline int
lock__partition(uint32 hash)
{
    return (int)(hash % LOCK_PARTITIONS);
}

/* --- table.c --- */
uint32 lock__hash(const LOCKTAG *tag);
LWLock *lock__partition_lock(int partition);
_Atomic uint32 *lock__strong_bin(const LOCKTAG *tag);
Size lock__shmem_size(void);
void lock__shmem_init(void *area, Size size);
LockObject *lock__find_object(const LOCKTAG *tag, uint32 hash);
LockHold *lock__find_hold(LockObject *object, PGPROC *proc);
/* Finds or makes both and counts one request of `mode`; NULL when the tables are full. */
LockHold *lock__setup(PGPROC *proc, const LOCKTAG *tag, uint32 hash, LOCKMODE mode);
void lock__grant(LockObject *object, LockHold *hold, LOCKMODE mode);
/* Takes one grant away; true if a waiter may now be served. */
bool lock__ungrant(LockObject *object, LockHold *hold, LOCKMODE mode);
/* Takes one request that was never granted away. */
void lock__unrequest(LockObject *object, LOCKMODE mode);
/* Frees what is empty, and serves waiters. */
void lock__clean_up(LockObject *object, LockHold *hold, bool wake);
/* Would granting conflict with what others hold. */
bool lock__held_conflict(LockObject *object, LockHold *hold, LOCKMODE mode);
/* Calls for each object while its partition (all, for lock rows) is locked by the caller. */
void lock__for_each_hold(int partition, void (*visit)(LockHold *hold, void *arg), void *arg);

/* --- lock.c --- */
extern LocalLock *lock__awaited;      /* what lock__sleep() waits for */
void lock__grant_local(LocalLock *local, ResourceOwner owner);
void lock__remove_local(LocalLock *local);
void lock__abort_strong(void);
bool lock__release_moved(const LOCKTAG *tag, uint32 hash, LOCKMODE mode);
pg_noreturn void lock__out_of_memory(void);

/* --- wait.c --- */
typedef enum LockSleepResult { LOCK_SLEEP_OK, LOCK_SLEEP_DEADLOCK } LockSleepResult;
/* Queues and sleeps. Entered with the partition locked exclusively, left without. */
LockSleepResult lock__sleep(LocalLock *local, LockObject *object, LockHold *hold, LOCKMODE mode);
void lock__wake_waiters(LockObject *object);
/* Takes a waiter off its queue and its request back; partition locked exclusively. */
void lock__remove_waiter(PGPROC *proc);
void lock__wait_attach(void);

/* --- deadlock.c --- */
typedef enum DeadlockState {
    DEADLOCK_NONE,
    DEADLOCK_SOFT, /* queues were rearranged: somebody can go on */
    DEADLOCK_HARD,
} DeadlockState;
/* All partitions locked exclusively. On DEADLOCK_HARD the cycle is kept for the report. */
DeadlockState lock__deadlock_check(PGPROC *proc);
/* Work space; before a process queues for the first time. */
void lock__deadlock_prepare(void);
void lock__remember_simple_deadlock(PGPROC *first, LOCKMODE first_mode, LockObject *object,
                                    PGPROC *second);
pg_noreturn void lock__deadlock_report(void);

/* --- fastpath.c --- */
typedef enum FastPathResult {
    FAST_PATH_NO,    /* take the lock in the shared table */
    FAST_PATH_TAKEN, /* held, maybe in the shared table by now */
} FastPathResult;
bool lock__fast_path_eligible(const LOCKTAG *tag, LOCKMODE mode);
bool lock__fast_path_conflicts(const LOCKTAG *tag, LOCKMODE mode);
FastPathResult lock__fast_path_acquire(const LOCKTAG *tag, LOCKMODE mode);
/* False if it is not there: it was moved to the shared table. */
bool lock__fast_path_release(const LOCKTAG *tag, LOCKMODE mode);
/* Moves others' fast-path locks on the relation to the shared table. False: table full. */
bool lock__fast_path_transfer(const LOCKTAG *tag, uint32 hash);
/* The same for the lock that a transaction has on its own xid or virtual xid. */
bool lock__fast_path_transfer_xid(PGPROC *proc, _Atomic uint64 *word, uint64 id,
                                  const LOCKTAG *tag);

/* --- local.c --- */
void lock__local_init(void);
LocalLock *lock__local_find(const LOCKTAG *tag, uint32 hash, LOCKMODE mode);
LocalLock *lock__local_make(const LOCKTAG *tag, uint32 hash, LOCKMODE mode);
void lock__local_drop(LocalLock *local);
dlist_head *lock__local_all(void);

#endif
