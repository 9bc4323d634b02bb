/*
 * life.c - starting, committing, aborting and cleaning up, once told to
 *
 * The order of each end is explained in README.md, "Why this order". xact.c decides when.
 *
 * Invariants LF1. CurrentResourceOwner and CurTransactionContext are those of xact__current.
 *            LF2. an abort may come at any point after xact__start() began, also twice; every step
 *                 must work on what is not there.
 */
#include "base/clock.h"
#include "buffer/buffer.h"
#include "config/config.h"
#include "error/error.h"
#include "error/interrupt.h"
#include "file/file.h"
#include "lock/lock.h"
#include "memory/memory.h"
#include "buffer/storage.h"
#include "smgr/smgr.h"
#include "sync/backend_status.h"
#include "sync/proc.h"
#include "sync/signals.h"
#include "sync/stop_point.h"
#include "sync/timeout.h"
#include "xact/multixact.h"
#include "xact_int.h"

TransactionLevel xact__top = {.state = TRANS_DEFAULT, .block = BLOCK_DEFAULT};
TransactionLevel *xact__current = &xact__top;
uint32 MyXactFlags;

static struct {
    LocalTransactionId next_lxid;
    TimestampTz start;
    TimestampTz statement;
    TimestampTz stop;
    MemoryContext context;       /* TopTransactionContext, kept and reset */
    MemoryContext abort_context; /* kept with room, for aborts out of memory */
} life;

void
xact__life_attach(void)
{
    life.context = AllocSetContextCreate(TopMemoryContext, "TopTransactionContext",
                                         ALLOCSET_DEFAULT_SIZES);
    life.abort_context = AllocSetContextCreate(TopMemoryContext, "TransactionAbortContext",
                                               32 * 1024, 32 * 1024, 32 * 1024);
    TopTransactionContext = life.context;
    CurTransactionContext = life.context;
}

/* ---------- times ---------- */

TimestampTz
xact_start_timestamp(void)
{
    return life.start;
}

TimestampTz
xact_statement_timestamp(void)
{
    return life.statement;
}

TimestampTz
xact_stop_timestamp(void)
{
    if (life.stop == 0)
        life.stop = GetCurrentTimestamp();
    return life.stop;
}

void
xact_set_statement_timestamp(void)
{
    life.statement = GetCurrentTimestamp();
}

/* ---------- start ---------- */

static void
init_level(TransactionLevel *level, int nest_level)
{
    level->xid = InvalidTransactionId;
    level->nest_level = nest_level;
    level->children = NULL;
    level->child_count = level->child_capacity = 0;
    level->did_log_xid = false;
    level->chain = false;
}

void
xact__start(void)
{
    TransactionLevel *top = &xact__top;
    VirtualTransactionId vxid;

    Assert(xact__current == top && top->state == TRANS_DEFAULT);
    top->state = TRANS_START;
    init_level(top, 1);
    top->subid = TopSubTransactionId;
    top->guc_nest_level = 1;
    top->prev_read_only = false;
    XactReadOnly = DefaultXactReadOnly;
    XactIsoLevel = DefaultXactIsoLevel;
    XactDeferrable = DefaultXactDeferrable;
    MyXactFlags = 0;
    xact__ids_at_start();
    xact__record_at_start();

    top->context = CurTransactionContext = TopTransactionContext = life.context;
    MemoryContextSwitchTo(life.context);
    top->owner = ResourceOwnerCreate(NULL, "TopTransaction");
    TopTransactionResourceOwner = CurTransactionResourceOwner = CurrentResourceOwner = top->owner;

    if (++life.next_lxid == InvalidLocalTransactionId)
        life.next_lxid = 1;
    vxid = (VirtualTransactionId){MyProc->pgprocno + 1, life.next_lxid};
    lock_vxid_start(vxid);
    MyProc->lxid = vxid.localTransactionId;

    if (life.statement == 0)
        xact_set_statement_timestamp();
    life.start = life.statement;
    life.stop = 0;
    pgstat_report_xact_timestamp(life.start);
    AtStart_GUC();
    smgr_pending_set_level(1);
    sinval_accept();
    xact__call(STEP_START);
    top->state = TRANS_INPROGRESS;
}

/* ---------- commit ---------- */

static void
release_owner(ResourceOwner owner, bool is_commit, bool is_top)
{
    ResourceOwnerRelease(owner, RESOURCE_RELEASE_LOCKS, is_commit, is_top);
    ResourceOwnerRelease(owner, RESOURCE_RELEASE_AFTER_LOCKS, is_commit, is_top);
}

/* No transaction any more. */
static void
become_idle(void)
{
    TransactionLevel *top = &xact__top;

    CurrentResourceOwner = NULL;
    if (top->owner != NULL)
        ResourceOwnerDelete(top->owner);
    top->owner = NULL;
    CurTransactionResourceOwner = TopTransactionResourceOwner = NULL;
    MemoryContextSwitchTo(TopMemoryContext);
    MemoryContextReset(life.context);
    CurTransactionContext = life.context;
    init_level(top, 0);
    top->subid = InvalidSubTransactionId;
    top->guc_nest_level = 0;
    top->state = TRANS_DEFAULT;
}

/* Deferred work may queue more of itself; it must end. */
static void
pre_commit(void)
{
    while (xact__call_pre_commit())
        ;
    xact__call_xact_callbacks(XACT_EVENT_PRE_COMMIT);
}

void
xact__commit(void)
{
    TransactionLevel *top = &xact__top;
    TransactionId latest;

    if (top->state != TRANS_INPROGRESS)
        elog(WARNING, "CommitTransaction while in %s state", xact_block_state_name());
    Assert(xact__current == top);
    pre_commit();

    HOLD_INTERRUPTS();
    top->state = TRANS_COMMIT;
    latest = xact__record_commit();
    STOP_POINT("commit-before-procarray");
    procarray_end_transaction(latest);
    /* From here on the commit is a fact: nothing may throw. */

    xact__call_xact_callbacks(XACT_EVENT_COMMIT);
    CurrentResourceOwner = NULL;
    ResourceOwnerRelease(top->owner, RESOURCE_RELEASE_BEFORE_LOCKS, true, true);
    buffer_at_transaction_end(true);
    xact__call(STEP_COMMIT);
    inval__at_commit();
    multixact_at_xact_end();
    release_owner(top->owner, true, true);
    smgr_pending_execute(true);
    smgr_pending_set_level(0);
    AtEOXact_GUC(true, 1);
    file_at_transaction_end(true);
    snapshot__at_xact_end(true);
    xact__call(STEP_AFTER_COMMIT);
    pgstat_report_xact_timestamp(0);
    become_idle();
    RESUME_INTERRUPTS();
}

/* ---------- abort ---------- */

/* Whatever the process was in the middle of. */
static void
drop_everything_held(void)
{
    disable_all_timeouts(false);
    proc_release_waits();
    wal_reset_insert();
    lock_cancel_wait();
    signals_unblock();
}

void
xact__abort(void)
{
    TransactionLevel *top = &xact__top;
    TransactionId latest;

    HOLD_INTERRUPTS();
    MemoryContextSwitchTo(life.abort_context);
    CurrentResourceOwner = top->owner;
    drop_everything_held();

    Assert(xact__current == top);
    if (top->state != TRANS_START && top->state != TRANS_INPROGRESS && top->state != TRANS_COMMIT)
        elog(WARNING, "AbortTransaction while in %s state", xact_block_state_name());
    top->state = TRANS_ABORT;
    xact__call(STEP_ABORT);
    latest = xact__record_abort(false);
    procarray_end_transaction(latest);

    if (top->owner != NULL) {
        xact__call_xact_callbacks(XACT_EVENT_ABORT);
        ResourceOwnerRelease(top->owner, RESOURCE_RELEASE_BEFORE_LOCKS, false, true);
        buffer_at_transaction_end(false);
        inval__at_abort();
        multixact_at_xact_end();
        release_owner(top->owner, false, true);
        smgr_pending_execute(false);
        smgr_pending_set_level(0);
        AtEOXact_GUC(false, 1);
        file_at_transaction_end(false);
        snapshot__at_xact_end(false);
        xact__call(STEP_AFTER_ABORT);
        pgstat_report_xact_timestamp(0);
    }
    RESUME_INTERRUPTS();
}

void
xact__cleanup(void)
{
    if (xact__top.state != TRANS_ABORT)
        elog(FATAL, "CleanupTransaction: unexpected state %s", xact_block_state_name());
    xact__call(STEP_CLEANUP);
    become_idle();
    MemoryContextReset(life.abort_context);
}

/* ---------- subtransactions ---------- */

void
xact__push_level(void)
{
    TransactionLevel *parent = xact__current;
    TransactionLevel *level =
        MemoryContextAllocZero(TopTransactionContext, sizeof(TransactionLevel));

    level->subid = xact__next_subid();
    level->parent = parent;
    level->nest_level = parent->nest_level + 1;
    level->guc_nest_level = NewGUCNestLevel();
    level->state = TRANS_DEFAULT;
    level->block = BLOCK_SUBBEGIN;
    level->prev_read_only = XactReadOnly;
    xact__current = level;
    smgr_pending_set_level(level->nest_level);
}

void
xact__pop_level(void)
{
    TransactionLevel *level = xact__current;

    Assert(level->parent != NULL);
    if (level->state != TRANS_DEFAULT)
        elog(WARNING, "PopTransaction while in %s state", xact_block_state_name());
    xact__current = level->parent;
    smgr_pending_set_level(xact__current->nest_level);
    CurTransactionContext = xact__current->context;
    MemoryContextSwitchTo(CurTransactionContext);
    CurTransactionResourceOwner = CurrentResourceOwner = xact__current->owner;
    if (level->name != NULL)
        pfree(level->name);
    pfree(level);
}

void
xact__sub_start(void)
{
    TransactionLevel *level = xact__current;

    level->state = TRANS_START;
    level->context = AllocSetContextCreate(CurTransactionContext, "CurTransactionContext",
                                           ALLOCSET_DEFAULT_SIZES);
    CurTransactionContext = level->context;
    MemoryContextSwitchTo(level->context);
    level->owner = ResourceOwnerCreate(level->parent->owner, "SubTransaction");
    CurTransactionResourceOwner = CurrentResourceOwner = level->owner;
    xact__call_sub_start(level->subid, level->parent->subid);
    level->state = TRANS_INPROGRESS;
    xact__call_subxact_callbacks(SUBXACT_EVENT_START_SUB, level->subid, level->parent->subid);
}

/* What a level that ended leaves: an owner without resources, an empty context. */
static void
delete_level_resources(TransactionLevel *level)
{
    CurrentResourceOwner = level->parent->owner;
    CurTransactionResourceOwner = level->parent->owner;
    if (level->owner != NULL)
        ResourceOwnerDelete(level->owner);
    level->owner = NULL;
}

void
xact__sub_commit(void)
{
    TransactionLevel *level = xact__current, *parent = level->parent;

    xact__call_subxact_callbacks(SUBXACT_EVENT_PRE_COMMIT_SUB, level->subid, parent->subid);
    if (level->state != TRANS_INPROGRESS)
        elog(WARNING, "CommitSubTransaction while in %s state", xact_block_state_name());
    xact_command_counter_increment();
    level->state = TRANS_COMMIT;
    if (TransactionIdIsValid(level->xid))
        xact__add_child(parent, level->xid, level->child_count, level->children);
    if (level->children != NULL)
        pfree(level->children);
    level->children = NULL;
    level->child_count = level->child_capacity = 0;

    xact__call_sub_commit(level->subid, parent->subid, level->nest_level);
    xact__call_subxact_callbacks(SUBXACT_EVENT_COMMIT_SUB, level->subid, parent->subid);
    ResourceOwnerRelease(level->owner, RESOURCE_RELEASE_BEFORE_LOCKS, true, false);
    inval__at_subcommit(level->nest_level);
    CurrentResourceOwner = level->owner;
    if (TransactionIdIsValid(level->xid))
        lock_xid_delete(level->xid); /* a waiter goes on to wait for the parent */
    release_owner(level->owner, true, false);
    AtEOXact_GUC(true, level->guc_nest_level);
    smgr_pending_sub_commit();
    snapshot__at_subcommit(level->nest_level);
    XactReadOnly = level->prev_read_only;
    delete_level_resources(level);
    /* Kept while the transaction lives: its children may be in use by the parent. */
    CurTransactionContext = parent->context;
    MemoryContextSwitchTo(parent->context);
    if (MemoryContextIsEmpty(level->context))
        MemoryContextDelete(level->context);
    level->context = NULL;
    level->state = TRANS_DEFAULT;
    xact__pop_level();
}

void
xact__sub_abort(void)
{
    TransactionLevel *level = xact__current, *parent = level->parent;

    HOLD_INTERRUPTS();
    MemoryContextSwitchTo(life.abort_context);
    CurrentResourceOwner = level->owner;
    drop_everything_held();
    if (level->state != TRANS_INPROGRESS && level->state != TRANS_START)
        elog(WARNING, "AbortSubTransaction while in %s state", xact_block_state_name());
    level->state = TRANS_ABORT;

    if (level->owner != NULL) {
        xact__call_sub_abort(level->subid, parent->subid, level->nest_level);
        (void)xact__record_abort(true);
        xact__call_subxact_callbacks(SUBXACT_EVENT_ABORT_SUB, level->subid, parent->subid);
        ResourceOwnerRelease(level->owner, RESOURCE_RELEASE_BEFORE_LOCKS, false, false);
        inval__at_subabort(level->nest_level);
        release_owner(level->owner, false, false);
        smgr_pending_execute(false);
        AtEOXact_GUC(false, level->guc_nest_level);
        snapshot__at_subabort(level->nest_level);
    }
    XactReadOnly = level->prev_read_only;
    RESUME_INTERRUPTS();
}

void
xact__sub_cleanup(void)
{
    TransactionLevel *level = xact__current;

    if (level->state != TRANS_ABORT)
        elog(WARNING, "CleanupSubTransaction while in %s state", xact_block_state_name());
    xact__call_sub_cleanup(level->subid);
    delete_level_resources(level);
    if (level->children != NULL)
        pfree(level->children);
    level->children = NULL;
    CurTransactionContext = level->parent->context;
    MemoryContextSwitchTo(level->parent->context);
    MemoryContextReset(life.abort_context);
    if (level->context != NULL)
        MemoryContextDelete(level->context);
    level->context = NULL;
    level->state = TRANS_DEFAULT;
    xact__pop_level();
}
