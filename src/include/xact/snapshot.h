/*
 * snapshot.h - what a statement sees
 */
#ifndef XACT_SNAPSHOT_H
#define XACT_SNAPSHOT_H

#include "base/base.h"
#include "base/ilist.h"

typedef enum SnapshotType {
    SNAPSHOT_MVCC = 0,
    SNAPSHOT_SELF,     /* committed, or ours, now */
    SNAPSHOT_ANY,      /* every version */
    SNAPSHOT_TOAST,    /* whatever an owning row leads to */
    SNAPSHOT_DIRTY,    /* also what runs; xmin, xmax, speculativeToken tell whose */
    SNAPSHOT_NON_VACUUMABLE, /* not yet removable at `horizon` */
} SnapshotType;

typedef struct SnapshotData {
    SnapshotType snapshot_type;
    /* MVCC: xids below xmin have ended, at or above xmax have not begun */
    TransactionId xmin;
    TransactionId xmax;
    TransactionId *xip;  /* running top-level xids in [xmin, xmax), unordered */
    uint32 xcnt;
    int32 subxcnt;
    TransactionId *subxip; /* running subxids; incomplete when suboverflowed */
    bool suboverflowed;
    bool takenDuringRecovery;
    bool copied;           /* in its own chunk of TopTransactionContext; else static */
    CommandId curcid;      /* our commands below are visible */
    uint32 speculativeToken;
    int horizon;           /* HorizonKind of SNAPSHOT_NON_VACUUMABLE */
    uint32 active_count;   /* references from the active stack */
    uint32 regd_count;     /* references from resource owners */
    dlist_node node;       /* in the list of referenced snapshots */
    TimestampTz whenTaken;
    XLogRecPtr lsn;
    uint64 snapXactCompletionCount; /* procarray's when taken; 0: never reuse */
} SnapshotData;
typedef SnapshotData *Snapshot;
#define InvalidSnapshot ((Snapshot)NULL)

extern SnapshotData SnapshotSelfData;
extern SnapshotData SnapshotAnyData;
#define SnapshotSelf (&SnapshotSelfData)
#define SnapshotAny (&SnapshotAnyData)
#define InitDirtySnapshot(s) ((s).snapshot_type = SNAPSHOT_DIRTY)
#define InitToastSnapshot(s) ((s).snapshot_type = SNAPSHOT_TOAST)
#define InitNonVacuumableSnapshot(s, kind)                                                         \
    ((s).snapshot_type = SNAPSHOT_NON_VACUUMABLE, (s).horizon = (kind))
#define IsMVCCSnapshot(s) ((s)->snapshot_type == SNAPSHOT_MVCC)

/* xmin of the oldest snapshot this transaction may use; xids below have ended for everybody. */
extern TransactionId TransactionXmin;
extern TransactionId RecentXmin;

/*
 * The snapshot of a statement: READ COMMITTED a new one each time, else the transaction's. It is
 * static: push or register it before the next call.
 */
Snapshot snapshot_get_transaction(void);
/* A new one whatever the isolation level. */
Snapshot snapshot_get_latest(void);
/* For reading catalogues: as of now, kept until an invalidation makes it stale. */
Snapshot snapshot_get_catalog(void);
void snapshot_invalidate_catalog(void);

/* The stack of active snapshots; a pushed one is copied unless it is already referenced. */
void snapshot_push_active(Snapshot snapshot);
void snapshot_push_copied(Snapshot snapshot); /* one whose curcid will move */
void snapshot_update_active_cid(void);        /* the top one sees the commands so far */
void snapshot_pop_active(void);
Snapshot snapshot_active(void);
bool snapshot_active_is_set(void);

/* References held by CurrentResourceOwner. Returns the (possibly copied) snapshot. */
Snapshot snapshot_register(Snapshot snapshot);
void snapshot_unregister(Snapshot snapshot);

bool snapshot_have_any(void);
/* Slow part: xid is in [xmin, xmax). */
bool snapshot_xid_in_list(TransactionId xid, Snapshot snapshot);

/* True: running as far as the snapshot knows, hence invisible. Our own xids must be asked first. */
static inline bool
snapshot_xid_in_progress(TransactionId xid, Snapshot snapshot)
{
    if (xid < snapshot->xmin)
        return false;
    if (xid >= snapshot->xmax)
        return true;
    return snapshot_xid_in_list(xid, snapshot);
}
#define XidInMVCCSnapshot(xid, snapshot) snapshot_xid_in_progress((xid), (snapshot))

/* As a flat copy for a parallel worker. */
Size snapshot_serialized_size(Snapshot snapshot);
void snapshot_serialize(Snapshot snapshot, char *to);
Snapshot snapshot_restore(const char *from);
/* The transaction's snapshot is this one from now on (parallel worker, exported snapshot). */
void snapshot_set_transaction(Snapshot snapshot);

/* Called by xact.c. */
void snapshot__at_xact_end(bool is_commit);
void snapshot__at_subcommit(int level);
void snapshot__at_subabort(int level);

#endif
