/*
 * lock.h - heavyweight locks: on relations, tuples, transactions, objects, advisory keys
 *
 * Eight modes, PostgreSQL's conflict table, queues in arrival order, deadlock detection after
 * deadlock_timeout. Locks are held by a resource owner until the transaction ends, or by the
 * session until released.
 */
#ifndef LOCK_LOCK_H
#define LOCK_LOCK_H

#include "base/base.h"
#include "sync/proc.h"

typedef int LOCKMODE;
typedef uint32 LOCKMASK;

#define NoLock 0
#define AccessShareLock 1
#define RowShareLock 2
#define RowExclusiveLock 3
#define ShareUpdateExclusiveLock 4
#define ShareLock 5
#define ShareRowExclusiveLock 6
#define ExclusiveLock 7
#define AccessExclusiveLock 8
#define MaxLockMode 8

#define LOCKBIT_ON(mode) (1u << (mode))

typedef enum LockTagType {
    LOCKTAG_RELATION,
    LOCKTAG_RELATION_EXTEND,
    LOCKTAG_DATABASE_FROZEN_IDS,
    LOCKTAG_PAGE,
    LOCKTAG_TUPLE,
    LOCKTAG_TRANSACTION,
    LOCKTAG_VIRTUALTRANSACTION,
    LOCKTAG_SPECULATIVE_TOKEN,
    LOCKTAG_OBJECT,
    LOCKTAG_USERLOCK,
    LOCKTAG_ADVISORY,
} LockTagType;
#define LOCKTAG_LAST_TYPE LOCKTAG_ADVISORY

#define DEFAULT_LOCKMETHOD 1
#define USER_LOCKMETHOD 2 /* advisory locks: their own name space */

typedef struct LOCKTAG {
    uint32 locktag_field1; /* see lock_tag_*() */
    uint32 locktag_field2;
    uint32 locktag_field3;
    uint16 locktag_field4;
    uint8 locktag_type;         /* LockTagType */
    uint8 locktag_lockmethodid;
} LOCKTAG;
typedef LOCKTAG LockTag;

_Static_assert(sizeof(LOCKTAG) == 16, "a lock tag is 16 bytes without padding: it is hashed");

static inline LOCKTAG
lock_tag_relation(Oid database, Oid relation)
{
    return (LOCKTAG){database, relation, 0, 0, LOCKTAG_RELATION, DEFAULT_LOCKMETHOD};
}

static inline LOCKTAG
lock_tag_relation_extend(Oid database, Oid relation)
{
    return (LOCKTAG){database, relation, 0, 0, LOCKTAG_RELATION_EXTEND, DEFAULT_LOCKMETHOD};
}

static inline LOCKTAG
lock_tag_database_frozen_ids(Oid database)
{
    return (LOCKTAG){database, 0, 0, 0, LOCKTAG_DATABASE_FROZEN_IDS, DEFAULT_LOCKMETHOD};
}

static inline LOCKTAG
lock_tag_page(Oid database, Oid relation, BlockNumber block)
{
    return (LOCKTAG){database, relation, block, 0, LOCKTAG_PAGE, DEFAULT_LOCKMETHOD};
}

static inline LOCKTAG
lock_tag_tuple(Oid database, Oid relation, BlockNumber block, OffsetNumber offset)
{
    return (LOCKTAG){database, relation, block, offset, LOCKTAG_TUPLE, DEFAULT_LOCKMETHOD};
}

static inline LOCKTAG
lock_tag_transaction(TransactionId xid)
{
    return (LOCKTAG){(uint32)xid, (uint32)(xid >> 32), 0, 0, LOCKTAG_TRANSACTION,
                     DEFAULT_LOCKMETHOD};
}

static inline LOCKTAG
lock_tag_virtual_transaction(VirtualTransactionId vxid)
{
    return (LOCKTAG){(uint32)vxid.backendId, vxid.localTransactionId, 0, 0,
                     LOCKTAG_VIRTUALTRANSACTION, DEFAULT_LOCKMETHOD};
}

static inline LOCKTAG
lock_tag_speculative(TransactionId xid, uint32 token)
{
    return (LOCKTAG){(uint32)xid, (uint32)(xid >> 32), token, 0, LOCKTAG_SPECULATIVE_TOKEN,
                     DEFAULT_LOCKMETHOD};
}

static inline LOCKTAG
lock_tag_object(Oid database, Oid classid, Oid objid, uint16 objsubid)
{
    return (LOCKTAG){database, classid, objid, objsubid, LOCKTAG_OBJECT, DEFAULT_LOCKMETHOD};
}

/* field4: 1 for one 64-bit key, 2 for two 32-bit keys. */
static inline LOCKTAG
lock_tag_advisory(Oid database, uint32 key1, uint32 key2, uint16 field4)
{
    return (LOCKTAG){database, key1, key2, field4, LOCKTAG_ADVISORY, USER_LOCKMETHOD};
}

typedef enum LockAcquireResult {
    LOCKACQUIRE_NOT_AVAIL,     /* only with dont_wait */
    LOCKACQUIRE_OK,
    LOCKACQUIRE_ALREADY_HELD,  /* counted up */
} LockAcquireResult;

/*
 * Waits unless dont_wait. Throws 40P01 (deadlock), 55P03 (lock_timeout), 57014 (cancel), 53200
 * (no room in the shared table; hint names max_locks_per_transaction).
 */
LockAcquireResult lock_acquire(const LOCKTAG *tag, LOCKMODE mode, bool session_level,
                               bool dont_wait);
/* False, with a WARNING, if it is not held. */
bool lock_release(const LOCKTAG *tag, LOCKMODE mode, bool session_level);
/* Held by this process in this mode (or_stronger: or a higher-numbered one). */
bool lock_held_by_me(const LOCKTAG *tag, LOCKMODE mode, bool or_stronger);
/* Somebody waits for a lock that this process holds. */
bool lock_has_waiters(const LOCKTAG *tag, LOCKMODE mode);
bool lock_modes_conflict(LOCKMODE a, LOCKMODE b);
const char *lock_mode_name(LOCKMODE mode);         /* "AccessShareLock" */
LOCKMODE lock_mode_from_sql(const char *sql_name); /* "ACCESS SHARE"; NoLock if unknown */
const char *lock_tag_type_name(int type);          /* "relation", ... as in pg_locks */
/* "relation 16384 of database 5" in a palloc'd string, as messages have it. */
char *lock_describe(const LOCKTAG *tag);

/* All locks of the transaction; with session_too also those of the session (process end). */
void lock_release_all(bool session_too);
void lock_release_session(void);          /* pg_advisory_unlock_all: session advisory locks */
/* By owner: what a subtransaction's abort and commit need (registered with resowner). */
void lock_release_owner(void *owner);
void lock_reassign_owner(void *from, void *to);
/* Forget a wait that an error interrupted. First step of every abort. */
void lock_cancel_wait(void);

/* --- what callers use --- */

/* Waits, then accepts invalidation messages unless the lock was held already. */
void lock_relation(Oid relation, LOCKMODE mode);
bool lock_relation_conditional(Oid relation, LOCKMODE mode);
void unlock_relation(Oid relation, LOCKMODE mode);
/* With the database given (0 for shared relations). */
void lock_relation_in(Oid database, Oid relation, LOCKMODE mode);
bool lock_relation_in_conditional(Oid database, Oid relation, LOCKMODE mode);
void unlock_relation_in(Oid database, Oid relation, LOCKMODE mode);
bool lock_relation_held(Oid database, Oid relation, LOCKMODE mode);
void lock_relation_for_session(Oid database, Oid relation, LOCKMODE mode);
void unlock_relation_for_session(Oid database, Oid relation, LOCKMODE mode);
/* Which relations are shared among databases: registered by the catalogue. */
void lock_register_shared_relation_test(bool (*is_shared)(Oid relation));

void lock_relation_extension(Oid database, Oid relation, LOCKMODE mode);
bool lock_relation_extension_conditional(Oid database, Oid relation, LOCKMODE mode);
void unlock_relation_extension(Oid database, Oid relation, LOCKMODE mode);
int lock_relation_extension_waiters(Oid database, Oid relation);

void lock_page(Oid database, Oid relation, BlockNumber block, LOCKMODE mode);
void unlock_page(Oid database, Oid relation, BlockNumber block, LOCKMODE mode);

/* What a waiter for a transaction does, for the context line of an error. */
typedef enum XLTW_Oper {
    XLTW_None,
    XLTW_Update,
    XLTW_Delete,
    XLTW_Lock,
    XLTW_LockUpdated,
    XLTW_InsertIndex,
    XLTW_InsertIndexUnique,
    XLTW_FetchUpdated,
    XLTW_RecheckExclusionConstr,
} XLTW_Oper;

bool lock_tuple(Oid database, Oid relation, const ItemPointerData *tid, LOCKMODE mode,
                bool dont_wait);
void unlock_tuple(Oid database, Oid relation, const ItemPointerData *tid, LOCKMODE mode);

/*
 * Each transaction holds ExclusiveLock on its xid from assignment to its end: a top-level one in
 * a word of its own, a subtransaction as any other lock.
 */
void lock_xid_insert_top(TransactionId xid);
void lock_xid_end_top(void); /* part of lock_release_all() */
void lock_xid_insert(TransactionId xid);
void lock_xid_delete(TransactionId xid);
/*
 * Waits until the transaction, and if it is a subtransaction its parents, have ended. For the
 * error context `relation_name` and `tid` may be NULL.
 */
void lock_xid_wait(TransactionId xid, const char *relation_name, const ItemPointerData *tid,
                   XLTW_Oper oper);
bool lock_xid_wait_conditional(TransactionId xid);
/* Registered by the xact room: still running; parent of a subtransaction (0: none). */
void lock_register_xid_tests(bool (*in_progress)(TransactionId), TransactionId (*parent)(TransactionId));

uint32 lock_speculative_insert(TransactionId xid); /* token */
void unlock_speculative(TransactionId xid);
void lock_speculative_wait(TransactionId xid, uint32 token);

void lock_object(Oid database, Oid classid, Oid objid, uint16 objsubid, LOCKMODE mode);
void unlock_object(Oid database, Oid classid, Oid objid, uint16 objsubid, LOCKMODE mode);
void lock_object_for_session(Oid database, Oid classid, Oid objid, LOCKMODE mode);
void unlock_object_for_session(Oid database, Oid classid, Oid objid, LOCKMODE mode);

/* The virtual transaction of this process: no shared table touched unless somebody waits. */
void lock_vxid_start(VirtualTransactionId vxid);
void lock_vxid_end(void);
/* True once that virtual transaction is over; false if it is not and `wait` is false. */
bool lock_vxid_wait(VirtualTransactionId vxid, bool wait);

/* Virtual transactions that hold locks conflicting with `mode` on the tag; palloc'd, count out. */
VirtualTransactionId *lock_conflicts(const LOCKTAG *tag, LOCKMODE mode, int *ret_count);

/* --- for pg_locks and pg_blocking_pids --- */

typedef struct LockRow {
    LOCKTAG tag;
    LOCKMASK held;            /* modes held */
    LOCKMODE waiting;         /* mode waited for, or NoLock */
    VirtualTransactionId vxid;
    TimestampTz wait_start;
    int pid;
    bool fast_path;
} LockRow;

/* A consistent copy of all partitions, fast-path locks first; palloc'd. */
LockRow *lock_rows(int *ret_count);
/* pids that block `pid`, hard and soft; palloc'd, 0 of them if it waits for nothing. */
int *lock_blocking_pids(int pid, int *ret_count);

/* lock_register(): shared areas. lock_attach(): per process, after proc_attach(). */
void lock_register(void);
void lock_attach(void);

#endif
