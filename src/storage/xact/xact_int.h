/*
 * xact_int.h - what the files of this room share
 */
#ifndef XACT_INT_H
#define XACT_INT_H

#include "error/resowner.h"
#include "memory/stringinfo.h"
#include "wal/wal.h"
#include "xact/inval.h"
#include "xact/procarray.h"
#include "xact/snapshot.h"
#include "xact/xact.h"

/* --- logs --- */
void clog__register(void);
void clog__checkpoint(void);
void clog__trim(TransactionId next_xid);
void subtrans__register(void);
void subtrans__reset(void);
void subtrans__truncate(TransactionId oldest_active);
void multixact__register(void);
void multixact__read_counters(XactCounters *ret);
void multixact__set_counters(const XactCounters *counters);
void multixact__checkpoint(void);
void multixact__redo(const WalRecord *rec);
void multixact__describe(StringInfo buf, const WalRecord *rec);

/* --- procarray.c --- */
void procarray__register(void);
bool procarray__try_reuse(Snapshot snapshot);
void procarray__take_snapshot(Snapshot snapshot);
bool procarray__install_xmin(TransactionId xmin, int source_pgprocno);
Size procarray__snapshot_capacity(void);
TransactionId procarray__oldest_xmin(void);
void procarray__set_next_xid(TransactionId next_xid, TransactionId oldest_xid);
void procarray__note_xid(TransactionId xid);
bool procarray__advance_oldest(TransactionId oldest_xid);

/* --- snapshot.c --- */
bool snapshot__taken(void);

/* --- the transaction --- */

/* What is under way, whatever the user thinks of it. */
typedef enum TransState {
    TRANS_DEFAULT,    /* idle */
    TRANS_START,      /* starting */
    TRANS_INPROGRESS,
    TRANS_COMMIT,     /* committing */
    TRANS_ABORT,      /* aborting, or aborted and not cleaned up */
} TransState;

/* Where the user's transaction block stands; README.md has the diagram. */
typedef enum BlockState {
    BLOCK_DEFAULT,             /* no transaction */
    BLOCK_STARTED,             /* a single statement's own */
    BLOCK_BEGIN,               /* BEGIN seen, until the statement ends */
    BLOCK_INPROGRESS,
    BLOCK_IMPLICIT_INPROGRESS, /* several statements in one message */
    BLOCK_END,                 /* COMMIT seen */
    BLOCK_ABORT,               /* failed, waits for ROLLBACK */
    BLOCK_ABORT_END,           /* failed, ROLLBACK seen */
    BLOCK_ABORT_PENDING,       /* live, ROLLBACK seen */
    BLOCK_SUBBEGIN,            /* SAVEPOINT seen */
    BLOCK_SUBINPROGRESS,
    BLOCK_SUBRELEASE,          /* RELEASE seen */
    BLOCK_SUBCOMMIT,           /* COMMIT seen while in it */
    BLOCK_SUBABORT,            /* failed, waits for ROLLBACK or ROLLBACK TO */
    BLOCK_SUBABORT_END,        /* failed, ROLLBACK seen */
    BLOCK_SUBABORT_PENDING,    /* live, ROLLBACK seen */
    BLOCK_SUBRESTART,          /* live, ROLLBACK TO it seen */
    BLOCK_SUBABORT_RESTART,    /* failed, ROLLBACK TO it seen */
} BlockState;

typedef struct TransactionLevel {
    TransactionId xid; /* 0 until one is needed */
    SubTransactionId subid;
    char *name;        /* of the savepoint, or NULL */
    TransState state;
    BlockState block;
    int nest_level;
    int guc_nest_level;
    MemoryContext context;
    ResourceOwner owner;
    /* xids of committed subtransactions, ascending; in TopTransactionContext */
    TransactionId *children;
    int child_count;
    int child_capacity;
    bool prev_read_only;
    bool did_log_xid;
    bool chain;        /* AND CHAIN: what follows starts a new one alike */
    struct TransactionLevel *parent;
} TransactionLevel;

extern TransactionLevel xact__top;
extern TransactionLevel *xact__current;

/* life.c: transactions and subtransactions as such */
void xact__start(void);
void xact__commit(void);
void xact__abort(void);
void xact__cleanup(void);
void xact__sub_start(void);
void xact__sub_commit(void);
void xact__sub_abort(void);
void xact__sub_cleanup(void);
void xact__push_level(void);
void xact__pop_level(void);
void xact__life_attach(void);

/* ids.c */
void xact__ids_at_start(void);
void xact__add_child(TransactionLevel *level, TransactionId xid, int count,
                     const TransactionId *xids);
SubTransactionId xact__next_subid(void);

void xact__record_at_start(void);
/* record.c: the end of a transaction in WAL, clog; replay */
TransactionId xact__record_commit(void);                /* latest xid, 0 if it had none */
TransactionId xact__record_abort(bool is_subtransaction);
void xact__redo(const WalRecord *rec);
void xact__describe(StringInfo buf, const WalRecord *rec);
void clog__redo(const WalRecord *rec);
void clog__describe(StringInfo buf, const WalRecord *rec);
TransactionId xact__latest_xid(TransactionId xid, int count, const TransactionId *children);

/* callback.c */
typedef enum ParticipantStep {
    STEP_START,
    STEP_COMMIT,
    STEP_ABORT,
    STEP_AFTER_COMMIT,
    STEP_AFTER_ABORT,
    STEP_CLEANUP,
    STEP_COMMAND_END,
} ParticipantStep;
void xact__call(ParticipantStep step);
bool xact__call_pre_commit(void);
void xact__call_sub_start(SubTransactionId subid, SubTransactionId parent);
void xact__call_sub_commit(SubTransactionId subid, SubTransactionId parent, int level);
void xact__call_sub_abort(SubTransactionId subid, SubTransactionId parent, int level);
void xact__call_sub_cleanup(SubTransactionId subid);
void xact__call_xact_callbacks(XactEvent event);
void xact__call_subxact_callbacks(SubXactEvent event, SubTransactionId subid,
                                  SubTransactionId parent);

#endif
