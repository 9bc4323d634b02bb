/*
 * xact.h - the state of this process's transaction
 *
 * The statement loop calls xact_start_command() before and xact_commit_command() after each
 * statement, and xact_abort_command() after an error; the statements BEGIN, COMMIT, SAVEPOINT ...
 * call the xact_block_* functions, which only change the block state that the former act on.
 */
#ifndef XACT_XACT_H
#define XACT_XACT_H

#include "base/base.h"
#include "config/settings.h"
#include "sync/proc.h"
#include "xact/clog.h"

#define XACT_READ_UNCOMMITTED 0
#define XACT_READ_COMMITTED 1
#define XACT_REPEATABLE_READ 2
#define XACT_SERIALIZABLE 3
/* DefaultXactIsoLevel, XactIsoLevel, XactReadOnly, XactDeferrable, synchronous_commit and their
 * like are settings (config/settings.h). */
#define IsolationUsesXactSnapshot() (XactIsoLevel >= XACT_REPEATABLE_READ)
#define IsolationIsSerializable() (XactIsoLevel == XACT_SERIALIZABLE)

typedef enum SyncCommitLevel {
    SYNCHRONOUS_COMMIT_OFF,
    SYNCHRONOUS_COMMIT_LOCAL_FLUSH,
    SYNCHRONOUS_COMMIT_REMOTE_WRITE,
    SYNCHRONOUS_COMMIT_REMOTE_FLUSH, /* "on" */
    SYNCHRONOUS_COMMIT_REMOTE_APPLY,
} SyncCommitLevel;
#define SYNCHRONOUS_COMMIT_ON SYNCHRONOUS_COMMIT_REMOTE_FLUSH

/* What the transaction did, for its end: or'ed into MyXactFlags. */
#define XACT_FLAGS_ACCESSEDTEMPNAMESPACE (1u << 0)
#define XACT_FLAGS_ACQUIREDACCESSEXCLUSIVELOCK (1u << 1)
#define XACT_FLAGS_NEEDIMMEDIATECOMMIT (1u << 2)
#define XACT_FLAGS_PIPELINING (1u << 3)
extern uint32 MyXactFlags;

/* --- the statement loop --- */
void xact_start_command(void);
void xact_commit_command(void);
void xact_abort_command(void);
/* Ends everything whatever the block state: process exit, FATAL. */
void xact_abort_out_of_any(void);

/* --- transaction statements --- */
void xact_block_begin(void);                    /* 25001 WARNING inside a block */
bool xact_block_commit(bool chain);             /* false: it will roll back instead */
void xact_block_rollback(bool chain);
void xact_block_begin_implicit(void);           /* several statements in one message */
void xact_block_end_implicit(void);
void xact_savepoint_define(const char *name);
void xact_savepoint_release(const char *name);
void xact_savepoint_rollback(const char *name);
/* PREPARE TRANSACTION and friends: throws 0A000. */
pg_noreturn void xact_block_prepare(const char *gid);

/* Subtransactions of the server itself. */
void xact_sub_begin(const char *name);
void xact_sub_release(void);
void xact_sub_rollback(void);

/* --- questions --- */
bool xact_is_active(void);                /* IsTransactionState: catalogues may be read */
bool xact_is_aborted(void);               /* in a failed block: only ROLLBACK and such */
bool xact_in_block(void);                 /* IsTransactionBlock */
bool xact_in_block_or_sub(void);
bool xact_in_subtransaction(void);
char xact_block_status_code(void);        /* 'I', 'T' or 'E' for ReadyForQuery */
int xact_nest_level(void);                /* 1 at top, 0 outside */
const char *xact_block_state_name(void);

/* stmt_type as in the message, e.g. "VACUUM". Each throws as PostgreSQL does. */
void xact_prevent_in_block(bool is_top_level, const char *stmt_type); /* 25001 */
void xact_require_block(bool is_top_level, const char *stmt_type);    /* 25P01 */
void xact_warn_no_block(bool is_top_level, const char *stmt_type);    /* WARNING 25P01 */
bool xact_in_block_for_statement(bool is_top_level);                  /* IsInTransactionBlock */
void xact_prevent_read_only(const char *command);                     /* 25006 */
void xact_prevent_if_parallel(const char *command);

/* --- ids --- */
TransactionId xact_current_id(void);         /* assigns one if need be */
TransactionId xact_current_id_if_any(void);
TransactionId xact_top_id(void);
TransactionId xact_top_id_if_any(void);
/* This transaction, its open and its committed subtransactions. */
bool xact_is_current(TransactionId xid);
SubTransactionId xact_current_subid(void);
bool xact_subid_is_active(SubTransactionId subid);
/* The command id to stamp on rows (used) or to look with. */
CommandId xact_current_command_id(bool used);
void xact_command_counter_increment(void);
bool xact_command_counter_used(void);

TimestampTz xact_start_timestamp(void);      /* now() */
TimestampTz xact_statement_timestamp(void);  /* statement_timestamp() */
TimestampTz xact_stop_timestamp(void);
void xact_set_statement_timestamp(void);     /* called when a message arrives */

/* Committed subtransactions' ids so far, of the current top transaction. */
int xact_committed_children(TransactionId **ret_xids);

/* The next commit waits for its flush even with synchronous_commit off. */
void xact_force_sync_commit(void);
/* End LSN of the last commit record of this process, 0 if none. */
extern XLogRecPtr XactLastCommitEnd;
extern XLogRecPtr XactLastRecEnd;

/* --- callbacks --- */
typedef enum XactEvent {
    XACT_EVENT_COMMIT,
    XACT_EVENT_PARALLEL_COMMIT,
    XACT_EVENT_ABORT,
    XACT_EVENT_PARALLEL_ABORT,
    XACT_EVENT_PREPARE,
    XACT_EVENT_PRE_COMMIT,
    XACT_EVENT_PARALLEL_PRE_COMMIT,
    XACT_EVENT_PRE_PREPARE,
} XactEvent;
typedef void (*XactCallback)(XactEvent event, void *arg);

typedef enum SubXactEvent {
    SUBXACT_EVENT_START_SUB,
    SUBXACT_EVENT_COMMIT_SUB,
    SUBXACT_EVENT_ABORT_SUB,
    SUBXACT_EVENT_PRE_COMMIT_SUB,
} SubXactEvent;
typedef void (*SubXactCallback)(SubXactEvent event, SubTransactionId mySubid,
                                SubTransactionId parentSubid, void *arg);

void RegisterXactCallback(XactCallback callback, void *arg);
void UnregisterXactCallback(XactCallback callback, void *arg);
void RegisterSubXactCallback(SubXactCallback callback, void *arg);
void UnregisterSubXactCallback(SubXactCallback callback, void *arg);

/*
 * What rooms above take part with, once per process, in the order of the rooms. NULL members are
 * skipped. xact/README.md "Why this order" says what holds at each.
 */
typedef struct XactParticipant {
    const char *name;
    void (*at_start)(void);
    /* may run statements and throw: deferred triggers, ON COMMIT; returns true if it did work,
     * and then all are asked again */
    bool (*pre_commit)(void);
    void (*at_commit)(void);          /* after the procarray, before locks go; must not throw */
    void (*at_abort)(void);           /* must not throw */
    void (*after_end)(bool is_commit);/* locks and buffers are gone */
    void (*at_cleanup)(void);         /* a failed block is left: its portals go */
    void (*at_sub_start)(SubTransactionId subid, SubTransactionId parent);
    void (*at_sub_commit)(SubTransactionId subid, SubTransactionId parent, int level);
    void (*at_sub_abort)(SubTransactionId subid, SubTransactionId parent, int level);
    void (*at_sub_cleanup)(SubTransactionId subid);
    void (*at_command_end)(void);     /* after the command counter moved */
} XactParticipant;
void xact_register_participant(const XactParticipant *participant);

/* --- start, checkpoint, recovery --- */
void xact_register(void); /* settings, shared areas, resource managers */
void xact_attach(void);   /* per process, after proc_attach and lock_attach */

/* Counters a checkpoint record holds. */
typedef struct XactCounters {
    TransactionId next_xid;
    TransactionId oldest_xid;        /* clog is kept from here */
    TransactionId oldest_active_xid;
    MultiXactId next_multi;
    uint64 next_multi_offset;
    MultiXactId oldest_multi;
} XactCounters;
void xact_bootstrap(void);                             /* makes the directories' first files */
void xact_recovery_begin(const XactCounters *counters); /* before replay, from the checkpoint */
void xact_recovery_note_xid(TransactionId xid);        /* of every record replayed */
void xact_recovery_end(void);                          /* replay is done, before backends start */
void xact_read_counters(XactCounters *ret_counters);   /* for a checkpoint record */
void xact_checkpoint(void);                            /* write and fsync clog and multixact */
/* Vacuum found that no table holds an unfrozen xid below, nor a multixact: cut the logs. */
void xact_truncate_logs(TransactionId oldest_xid, MultiXactId oldest_multi);
TransactionId xact_oldest_kept_xid(void);

#endif
