/*
 * procarray.h - which transactions run, and how old what anybody may still see is
 *
 * Dense arrays in the main segment: the xid of each attached process (0: none), the state of its
 * subxid cache, its status flags; ordered by pgprocno.
 *
 * Invariants
 *   PA1 a process gets an xid, stored in the dense array, while xid_gen is held exclusively, before
 *       a higher one is handed out. So every xid below next_xid that is not in the array has ended.
 *   PA2 an xid leaves the array under proc_array held exclusively, together with advancing
 *       latest_completed_xid and completion_count. clog was set before.
 *   PA3 a process sets its xmin under proc_array shared, or as procarray_try_reuse() proves.
 *   PA4 completion_count moves exactly when a set of running xids shrinks.
 */
#ifndef XACT_PROCARRAY_H
#define XACT_PROCARRAY_H

#include <stdatomic.h>

#include "sync/proc.h"
#include "xact/clog.h"
#include "xact/snapshot.h"

/* Joins the dense arrays: after proc_attach(). Leaves at process exit. */
void procarray_attach(void);

/* Assignment; the top one also goes into PGPROC.xid, a subxid into its cache. */
TransactionId procarray_assign_xid(bool is_subtransaction);
/* Not locked: the next xid to be given out. */
TransactionId procarray_next_xid(void);

/* End of the current transaction; latest_xid is the highest of its xids, 0 if it had none. */
void procarray_end_transaction(TransactionId latest_xid);
/* Aborted subtransactions leave early. */
void procarray_remove_subxids(TransactionId xid, int count, const TransactionId *subxids,
                              TransactionId latest_xid);

/* True for running top and sub transactions, our own too. */
bool procarray_xid_in_progress(TransactionId xid);
/* Is this a top-level xid of an attached process now. */
bool procarray_xid_is_active(TransactionId xid);
/* The process running that top-level xid, NULL if none; may be stale at once. */
PGPROC *procarray_find_xid(TransactionId xid);

/* --- horizons --- */

typedef enum HorizonKind {
    HORIZON_SHARED,  /* shared catalogues: all databases count */
    HORIZON_CATALOG, /* catalogues of this database */
    HORIZON_DATA,    /* other tables of this database */
    HORIZON_TEMP,    /* our own temporary tables */
    HORIZON_KINDS,
} HorizonKind;

/* Exact now: row versions whose xmax is below may be removed. */
TransactionId procarray_oldest_nonremovable_xid(HorizonKind kind);
/* Oldest xid still running, for checkpoint records and cutting subtrans. */
TransactionId procarray_oldest_active_xid(void);

/* Cheap, for pruning: bounds this process remembers, made exact at most once per snapshot. */
typedef struct GlobalVisState {
    TransactionId maybe_needed;      /* all below are removable */
    TransactionId definitely_needed; /* none at or above is */
} GlobalVisState;
extern GlobalVisState horizon_states[HORIZON_KINDS];
bool horizon_xid_is_removable_slow(HorizonKind kind, TransactionId xid);

static inline bool
horizon_xid_is_removable(HorizonKind kind, TransactionId xid)
{
    if (xid < horizon_states[kind].maybe_needed)
        return true;
    if (xid >= horizon_states[kind].definitely_needed)
        return false;
    return horizon_xid_is_removable_slow(kind, xid);
}

/* PROC_IN_VACUUM and its like for this transaction: set before it takes a snapshot. */
void procarray_set_status_flags(uint8 flags);

/* --- others' transactions --- */

/* Commits between their WAL record and clog. After choosing a redo point a checkpoint waits till
 * all that delayed it then are through. */
#define DELAY_CHKPT_START 1u
#define DELAY_CHKPT_COMPLETE 2u
void procarray_wait_for_delayed_commits(void);

/* Virtual transactions whose xmin is at or below limit; palloc'd. */
VirtualTransactionId *procarray_vxids(TransactionId limit_xmin, bool exclude_xmin0, bool all_dbs,
                                      int exclude_vacuum, int *ret_count);
/* Backends and prepared transactions in a database, without us. */
int procarray_count_database(Oid database);
int procarray_count_role(Oid role);
int procarray_count_backends(void);
/* SIGTERM to all backends of a database (DROP DATABASE .. FORCE). */
void procarray_terminate_database(Oid database);

#endif
