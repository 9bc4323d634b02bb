/*
 * proc.h - one slot of shared memory per process: PGPROC
 *
 * The array lies in the main segment at the same address in every process; processes name each
 * other by index (pgprocno). Slots are handed out from one free list per kind.
 *
 * xid, xmin and subxids of running transactions are found by others through the procarray's dense
 * arrays (xact/procarray.h); the fields here say who guards them.
 */
#ifndef SYNC_PROC_H
#define SYNC_PROC_H

#include <stdatomic.h>

#include "base/base.h"
#include "base/ilist.h"
#include "sync/latch.h"
#include "sync/lwlock.h"

typedef uint32 LocalTransactionId;
typedef struct VirtualTransactionId {
    int32 backendId; /* pgprocno + 1 */
    LocalTransactionId localTransactionId;
} VirtualTransactionId;
#define InvalidLocalTransactionId 0
#define VirtualTransactionIdIsValid(vxid) ((vxid).localTransactionId != 0)
#define VirtualTransactionIdEquals(a, b)                                                           \
    ((a).backendId == (b).backendId && (a).localTransactionId == (b).localTransactionId)

typedef enum ProcKind {
    PROC_BACKEND = 0, /* clients: max_connections */
    PROC_AUTOVACUUM,  /* workers and launcher */
    PROC_WORKER,      /* background workers */
    PROC_WALSENDER,
    PROC_AUXILIARY,   /* startup, checkpointer, writers: never run transactions with an xid */
    PROC_KINDS,
} ProcKind;

#define PROC_AUXILIARY_COUNT 10
#define PROC_SUBXIDS_MAX 64
#define PROC_FAST_PATH_SLOTS 16
#define PROC_LOCK_PARTITIONS 16 /* a power of two */
#define INVALID_PGPROCNO (-1)

/* PGPROC.statusFlags */
#define PROC_IS_AUTOVACUUM 0x01
#define PROC_IN_VACUUM 0x02    /* its xmin does not hold others back */
#define PROC_IN_SAFE_IC 0x04
#define PROC_VACUUM_FOR_WRAPAROUND 0x08
#define PROC_IN_LOGICAL_DECODING 0x10
#define PROC_AFFECTS_ALL_HORIZONS 0x20

typedef enum ProcWaitStatus {
    PROC_WAIT_STATUS_OK,
    PROC_WAIT_STATUS_WAITING,
    PROC_WAIT_STATUS_ERROR, /* deadlock: somebody took us off the queue */
} ProcWaitStatus;

typedef struct PGPROC {
    /* set at attach, by the process itself */
    int32 pgprocno;              /* set once */
    ProcKind kind;               /* set once */
    int32 free_next;             /* guarded by the free list's spinlock */
    _Atomic int32 pid;           /* 0: slot free */
    Oid databaseId;
    Oid roleId;
    Oid tempNamespaceId;
    bool isBackgroundWorker;
    uint8 statusFlags;           /* atomic by size: owner writes under proc_array shared */
    _Atomic uint32 sem;          /* futex semaphore: LWLock and group waits */
    Latch procLatch;
    uint32 wait_event_info;      /* owner writes, anybody reads, no order needed */

    /* transaction: guarded by proc_array/xid_gen as xact/procarray.h says */
    int32 pgxactoff;             /* index in the dense arrays, -1 when not in them */
    LocalTransactionId lxid;     /* owner writes */
    _Atomic TransactionId xid;
    _Atomic TransactionId xmin;
    _Atomic uint32 delayChkptFlags; /* owner: in the stretch from commit record to clog */
    uint8 subxidCount;
    bool subxidOverflowed;
    TransactionId subxids[PROC_SUBXIDS_MAX];

    /* group clearing of xids at commit: procarray */
    bool groupMember;
    _Atomic int32 groupNext;
    TransactionId groupLatestXid;

    /* LWLock wait: guarded by the lock's LIST_LOCKED bit */
    _Atomic uint32 lwWaiting;    /* LW_WS_* */
    uint8 lwWaitMode;
    int32 lwWaitNext;
    int32 lwWaitPrev;

    /* condition variable wait: guarded by its mutex */
    bool cvQueued;
    int32 cvWaitNext;
    int32 cvWaitPrev;

    /* heavyweight lock wait: guarded by the partition of waitLock (lock room) */
    dlist_node lockLinks;
    bool lockQueued;
    void *waitLock;              /* struct LockObject */
    void *waitProcLock;          /* struct LockHold */
    int waitLockMode;
    uint32 heldLocks;            /* mask of modes held on waitLock */
    _Atomic uint32 waitStatus;   /* ProcWaitStatus */
    _Atomic uint64 waitStart;    /* TimestampTz, 0 when not waiting */
    dlist_head myProcLocks[PROC_LOCK_PARTITIONS];

    /* fast-path locks: lock/README.md "Fast path" */
    _Atomic uint64 fpSlots[PROC_FAST_PATH_SLOTS]; /* relation oid << 16 | mask of modes */
    _Atomic uint64 fpVxid;                        /* lxid << 2 | state (lock room) */
    _Atomic uint64 fpXid;                         /* top-level xid << 2 | state */
} __attribute__((aligned(64))) PGPROC;

typedef struct ProcFreeList {
    int32 first;
    int32 free_count;
} ProcFreeList;

typedef struct PROC_HDR {
    PGPROC *allProcs;
    uint32 allProcCount;      /* set once */
    int32 kind_first[PROC_KINDS];
    int32 kind_count[PROC_KINDS];
    /* dense arrays, allProcCount long, used up to procarray's count; xact/procarray.h */
    _Atomic TransactionId *xids;
    struct ProcSubxidState *subxidStates;
    uint8 *statusFlags;
    /* latches worth setting from anywhere; -1 when not running */
    _Atomic int32 walwriterProcno;
    _Atomic int32 checkpointerProcno;
    _Atomic int32 bgwriterProcno;
    _Atomic int32 startupProcno;
    _Atomic int32 procArrayGroupFirst;
    _Atomic uint32 free_lock; /* slock_t over free lists */
    ProcFreeList free_lists[PROC_KINDS];
} PROC_HDR;

typedef struct ProcSubxidState {
    uint8 count;
    bool overflowed;
} ProcSubxidState;

extern PGPROC *MyProc;
extern PROC_HDR *ProcGlobal;
extern int MyProcPid;
extern Oid MyDatabaseId;

/* All slots but auxiliary ones; set by proc_count_slots() from the settings. */
extern int MaxBackends;

static inline PGPROC *
GetPGProcByNumber(int pgprocno)
{
    return &ProcGlobal->allProcs[pgprocno];
}

/*
 * Takes a slot for this process: MyProc, MyLatch and the wait event word lead there afterwards,
 * proc_detach() runs at exit. False if no slot of the kind is free (the caller says 53300).
 */
bool proc_attach(ProcKind kind);
void proc_detach(void);
int proc_free_count(ProcKind kind);
int proc_count_slots(void);
/* NULL if no process with this pid is attached. May be stale at once. */
PGPROC *proc_find_by_pid(int pid);

/* Counting semaphore of a process. Waiting is not interruptible. */
void proc_semaphore_wait(PGPROC *proc);
void proc_semaphore_post(PGPROC *proc);

/* Gives up condition variable sleep, LWLocks and lock wait: first step of every abort. */
void proc_release_waits(void);

#endif
