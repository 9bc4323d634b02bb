/*
 * xact.c - the state machine of statements and transaction blocks
 *
 * Statements change BlockState alone; xact_commit_command() at their end does what it asks for.
 * README.md has the diagram and the transitions.
 *
 * Invariants XB1. BLOCK_SUB* states are those of levels with a parent, the others of the top.
 *            XB2. only xact__current may be in a state that asks for work; its parents wait in
 *                 INPROGRESS, SUBINPROGRESS, BEGIN or IMPLICIT_INPROGRESS until it ends.
 *            XB3. in a failed block the state of xact__current is ABORT or SUBABORT.
 */
#include <string.h>

#include "error/error.h"
#include "error/interrupt.h"
#include "memory/memory.h"
#include "xact_int.h"

/* What AND CHAIN carries over. */
typedef struct Characteristics {
    int isolation;
    bool read_only;
    bool deferrable;
} Characteristics;

static const char *const state_names[] = {
    [BLOCK_DEFAULT] = "DEFAULT",
    [BLOCK_STARTED] = "STARTED",
    [BLOCK_BEGIN] = "BEGIN",
    [BLOCK_INPROGRESS] = "INPROGRESS",
    [BLOCK_IMPLICIT_INPROGRESS] = "IMPLICIT_INPROGRESS",
    [BLOCK_END] = "END",
    [BLOCK_ABORT] = "ABORT",
    [BLOCK_ABORT_END] = "ABORT_END",
    [BLOCK_ABORT_PENDING] = "ABORT_PENDING",
    [BLOCK_SUBBEGIN] = "SUBBEGIN",
    [BLOCK_SUBINPROGRESS] = "SUBINPROGRESS",
    [BLOCK_SUBRELEASE] = "SUBRELEASE",
    [BLOCK_SUBCOMMIT] = "SUBCOMMIT",
    [BLOCK_SUBABORT] = "SUBABORT",
    [BLOCK_SUBABORT_END] = "SUBABORT_END",
    [BLOCK_SUBABORT_PENDING] = "SUBABORT_PENDING",
    [BLOCK_SUBRESTART] = "SUBRESTART",
    [BLOCK_SUBABORT_RESTART] = "SUBABORT_RESTART",
};

const char *
xact_block_state_name(void)
{
    return state_names[xact__current->block];
}

static void
unexpected(const char *function)
{
    elog(FATAL, "%s: unexpected state %s", function, xact_block_state_name());
}

/* ---------- AND CHAIN ---------- */

static Characteristics
save_characteristics(void)
{
    return (Characteristics){XactIsoLevel, XactReadOnly, XactDeferrable};
}

/* After the old transaction's end: a new one in the same shape. */
static void
start_chained(Characteristics saved)
{
    xact__start();
    XactIsoLevel = saved.isolation;
    XactReadOnly = saved.read_only;
    XactDeferrable = saved.deferrable;
    xact__current->block = BLOCK_INPROGRESS;
}

static void
commit_top(void)
{
    bool chain = xact__current->chain;
    Characteristics saved = save_characteristics();

    xact__commit();
    xact__current->block = BLOCK_DEFAULT;
    if (chain)
        start_chained(saved);
}

static void
cleanup_top(bool abort_first)
{
    bool chain = xact__current->chain;
    Characteristics saved = save_characteristics();

    if (abort_first)
        xact__abort();
    xact__cleanup();
    xact__current->block = BLOCK_DEFAULT;
    if (chain)
        start_chained(saved);
}

/* ---------- subtransactions, as told ---------- */

static void
define_savepoint(const char *name)
{
    xact__push_level();
    if (name != NULL)
        xact__current->name = MemoryContextStrdup(TopTransactionContext, name);
}

/* Ends the current level and opens another of the same name: ROLLBACK TO. */
static void
restart_savepoint(bool abort_first)
{
    char *name = xact__current->name;

    xact__current->name = NULL;
    if (abort_first)
        xact__sub_abort();
    xact__sub_cleanup();
    define_savepoint(NULL);
    xact__current->name = name;
    xact__sub_start();
    xact__current->block = BLOCK_SUBINPROGRESS;
}

/* ---------- the statement loop ---------- */

void
xact_start_command(void)
{
    switch (xact__current->block) {
    case BLOCK_DEFAULT:
        xact__start();
        xact__current->block = BLOCK_STARTED;
        break;
    case BLOCK_INPROGRESS:
    case BLOCK_IMPLICIT_INPROGRESS:
    case BLOCK_SUBINPROGRESS:
    case BLOCK_ABORT:
    case BLOCK_SUBABORT:
        break;
    default:
        elog(ERROR, "StartTransactionCommand: unexpected state %s", xact_block_state_name());
    }
    MemoryContextSwitchTo(CurTransactionContext);
}

/* COMMIT inside savepoints: all levels commit, then the top. */
static void
commit_all_levels(void)
{
    do
        xact__sub_commit();
    while (xact__current->block == BLOCK_SUBCOMMIT);
    if (xact__current->block != BLOCK_END)
        elog(ERROR, "CommitTransactionCommand: unexpected state %s", xact_block_state_name());
    commit_top();
}

static void
commit_released_levels(void)
{
    do
        xact__sub_commit();
    while (xact__current->block == BLOCK_SUBRELEASE);
    Assert(xact__current->block == BLOCK_INPROGRESS ||
           xact__current->block == BLOCK_SUBINPROGRESS);
}

/* Does one step; true when the state it leads to asks for more. */
static bool
commit_step(void)
{
    switch (xact__current->block) {
    case BLOCK_DEFAULT:
        unexpected("CommitTransactionCommand");
        return false;
    case BLOCK_STARTED:
        xact__commit();
        xact__current->block = BLOCK_DEFAULT;
        return false;
    case BLOCK_BEGIN:
        xact__current->block = BLOCK_INPROGRESS;
        return false;
    case BLOCK_INPROGRESS:
    case BLOCK_IMPLICIT_INPROGRESS:
    case BLOCK_SUBINPROGRESS:
        xact_command_counter_increment();
        return false;
    case BLOCK_END:
        commit_top();
        return false;
    case BLOCK_ABORT:
    case BLOCK_SUBABORT:
        return false;
    case BLOCK_ABORT_END:
        cleanup_top(false);
        return false;
    case BLOCK_ABORT_PENDING:
        cleanup_top(true);
        return false;
    case BLOCK_SUBBEGIN:
        xact__sub_start();
        xact__current->block = BLOCK_SUBINPROGRESS;
        return false;
    case BLOCK_SUBRELEASE:
        commit_released_levels();
        return false;
    case BLOCK_SUBCOMMIT:
        commit_all_levels();
        return false;
    case BLOCK_SUBABORT_END:
        xact__sub_cleanup();
        return true; /* the parent's state says what is next */
    case BLOCK_SUBABORT_PENDING:
        xact__sub_abort();
        xact__sub_cleanup();
        return true;
    case BLOCK_SUBRESTART:
        restart_savepoint(true);
        return false;
    case BLOCK_SUBABORT_RESTART:
        restart_savepoint(false);
        return false;
    }
    return false;
}

void
xact_commit_command(void)
{
    while (commit_step())
        ;
}

/* After an error. One step; true when the parent must be looked at too. */
static bool
abort_step(void)
{
    switch (xact__current->block) {
    case BLOCK_DEFAULT:
        if (xact__current->state == TRANS_DEFAULT)
            return false; /* nothing to abort */
        /* the start itself failed */
        if (xact__current->state == TRANS_START)
            xact__current->state = TRANS_INPROGRESS;
        xact__abort();
        xact__cleanup();
        return false;
    case BLOCK_STARTED:
    case BLOCK_IMPLICIT_INPROGRESS:
    case BLOCK_BEGIN:
    case BLOCK_END: /* COMMIT itself failed */
        xact__abort();
        xact__cleanup();
        xact__current->block = BLOCK_DEFAULT;
        return false;
    case BLOCK_INPROGRESS:
        xact__abort();
        xact__current->block = BLOCK_ABORT;
        return false;
    case BLOCK_ABORT:
    case BLOCK_SUBABORT:
        return false;
    case BLOCK_ABORT_END:
        xact__cleanup();
        xact__current->block = BLOCK_DEFAULT;
        return false;
    case BLOCK_ABORT_PENDING:
        xact__abort();
        xact__cleanup();
        xact__current->block = BLOCK_DEFAULT;
        return false;
    case BLOCK_SUBINPROGRESS:
        xact__sub_abort();
        xact__current->block = BLOCK_SUBABORT;
        return false;
    case BLOCK_SUBBEGIN:
    case BLOCK_SUBRELEASE:
    case BLOCK_SUBCOMMIT:
    case BLOCK_SUBABORT_PENDING:
    case BLOCK_SUBRESTART:
        xact__sub_abort();
        xact__sub_cleanup();
        return true;
    case BLOCK_SUBABORT_END:
    case BLOCK_SUBABORT_RESTART:
        xact__sub_cleanup();
        return true;
    }
    return false;
}

void
xact_abort_command(void)
{
    /* A level whose start failed never left TRANS_DEFAULT. */
    while (abort_step())
        ;
}

static void
abort_top_of_any(void)
{
    switch (xact__current->block) {
    case BLOCK_DEFAULT:
        if (xact__current->state == TRANS_DEFAULT)
            return;
        if (xact__current->state == TRANS_START)
            xact__current->state = TRANS_INPROGRESS;
        xact__abort();
        xact__cleanup();
        return;
    case BLOCK_ABORT:
    case BLOCK_ABORT_END:
        xact__call(STEP_ABORT); /* its portals may still run at process exit */
        xact__cleanup();
        break;
    default:
        xact__abort();
        xact__cleanup();
        break;
    }
    xact__current->block = BLOCK_DEFAULT;
}

void
xact_abort_out_of_any(void)
{
    HOLD_INTERRUPTS();
    while (xact__current->parent != NULL) {
        BlockState block = xact__current->block;
        if (block != BLOCK_SUBABORT && block != BLOCK_SUBABORT_END &&
            block != BLOCK_SUBABORT_RESTART)
            xact__sub_abort();
        xact__sub_cleanup();
    }
    abort_top_of_any();
    RESUME_INTERRUPTS();
}

/* ---------- BEGIN, COMMIT, ROLLBACK ---------- */

void
xact_block_begin(void)
{
    switch (xact__current->block) {
    case BLOCK_STARTED:
        xact__current->block = BLOCK_BEGIN;
        break;
    case BLOCK_IMPLICIT_INPROGRESS:
        xact__current->block = BLOCK_BEGIN;
        break;
    case BLOCK_INPROGRESS:
    case BLOCK_SUBINPROGRESS:
    case BLOCK_ABORT:
    case BLOCK_SUBABORT:
        ereport(WARNING, (errcode(ERRCODE_ACTIVE_SQL_TRANSACTION),
                          errmsg("there is already a transaction in progress")));
        break;
    default:
        unexpected("BeginTransactionBlock");
    }
}

/* Every level up to the top takes a state; returns the top. */
static TransactionLevel *
mark_levels(BlockState live, BlockState failed)
{
    TransactionLevel *level = xact__current;

    for (; level->parent != NULL; level = level->parent) {
        if (level->block == BLOCK_SUBINPROGRESS)
            level->block = live;
        else if (level->block == BLOCK_SUBABORT)
            level->block = failed;
        else
            elog(FATAL, "transaction block: unexpected state %s", state_names[level->block]);
    }
    return level;
}

static void
no_transaction_for_chain(const char *statement)
{
    ereport(ERROR, (errcode(ERRCODE_NO_ACTIVE_SQL_TRANSACTION),
                    errmsg("%s can only be used in transaction blocks", statement)));
}

static void
warn_no_transaction(void)
{
    ereport(WARNING, (errcode(ERRCODE_NO_ACTIVE_SQL_TRANSACTION),
                      errmsg("there is no transaction in progress")));
}

bool
xact_block_commit(bool chain)
{
    TransactionLevel *level = xact__current;
    bool result = false;

    switch (level->block) {
    case BLOCK_INPROGRESS:
        level->block = BLOCK_END;
        result = true;
        break;
    case BLOCK_IMPLICIT_INPROGRESS:
        if (chain)
            no_transaction_for_chain("COMMIT AND CHAIN");
        warn_no_transaction();
        level->block = BLOCK_END;
        result = true;
        break;
    case BLOCK_ABORT:
        level->block = BLOCK_ABORT_END;
        break;
    case BLOCK_SUBINPROGRESS:
        level = mark_levels(BLOCK_SUBCOMMIT, BLOCK_SUBABORT_END);
        if (level->block == BLOCK_INPROGRESS)
            level->block = BLOCK_END;
        else
            unexpected("EndTransactionBlock");
        result = true;
        break;
    case BLOCK_SUBABORT:
        level = mark_levels(BLOCK_SUBABORT_PENDING, BLOCK_SUBABORT_END);
        if (level->block == BLOCK_INPROGRESS)
            level->block = BLOCK_ABORT_PENDING;
        else if (level->block == BLOCK_ABORT)
            level->block = BLOCK_ABORT_END;
        else
            unexpected("EndTransactionBlock");
        break;
    case BLOCK_STARTED:
        if (chain)
            no_transaction_for_chain("COMMIT AND CHAIN");
        warn_no_transaction();
        result = true;
        break;
    default:
        unexpected("EndTransactionBlock");
    }
    level->chain = chain;
    return result;
}

void
xact_block_rollback(bool chain)
{
    TransactionLevel *level = xact__current;

    switch (level->block) {
    case BLOCK_INPROGRESS:
        level->block = BLOCK_ABORT_PENDING;
        break;
    case BLOCK_ABORT:
        level->block = BLOCK_ABORT_END;
        break;
    case BLOCK_SUBINPROGRESS:
    case BLOCK_SUBABORT:
        level = mark_levels(BLOCK_SUBABORT_PENDING, BLOCK_SUBABORT_END);
        if (level->block == BLOCK_INPROGRESS)
            level->block = BLOCK_ABORT_PENDING;
        else if (level->block == BLOCK_ABORT)
            level->block = BLOCK_ABORT_END;
        else
            unexpected("UserAbortTransactionBlock");
        break;
    case BLOCK_STARTED:
    case BLOCK_IMPLICIT_INPROGRESS:
        if (chain)
            no_transaction_for_chain("ROLLBACK AND CHAIN");
        warn_no_transaction();
        level->block = BLOCK_ABORT_PENDING;
        break;
    default:
        unexpected("UserAbortTransactionBlock");
    }
    level->chain = chain;
}

void
xact_block_begin_implicit(void)
{
    if (xact__current->block == BLOCK_STARTED)
        xact__current->block = BLOCK_IMPLICIT_INPROGRESS;
}

void
xact_block_end_implicit(void)
{
    if (xact__current->block == BLOCK_IMPLICIT_INPROGRESS)
        xact__current->block = BLOCK_STARTED;
}

void
xact_block_prepare(const char *gid)
{
    ereport(ERROR, (errcode(ERRCODE_FEATURE_NOT_SUPPORTED),
                    errmsg("PREPARE TRANSACTION is not supported")));
    pg_unreachable();
}

/* ---------- savepoints ---------- */

static void
require_savepoint_block(const char *statement)
{
    /* An implicit block has no end of its own that a savepoint could live until. */
    if (xact__current->block == BLOCK_IMPLICIT_INPROGRESS)
        ereport(ERROR, (errcode(ERRCODE_NO_ACTIVE_SQL_TRANSACTION),
                        errmsg("%s can only be used in transaction blocks", statement)));
}

static void
no_such_savepoint(const char *name)
{
    ereport(ERROR, (errcode(ERRCODE_S_E_INVALID_SPECIFICATION),
                    errmsg("savepoint \"%s\" does not exist", name)));
}

void
xact_savepoint_define(const char *name)
{
    require_savepoint_block("SAVEPOINT");
    if (xact__current->block != BLOCK_INPROGRESS && xact__current->block != BLOCK_SUBINPROGRESS)
        unexpected("DefineSavepoint");
    define_savepoint(name);
}

/* The innermost level of that name, or an error. */
static TransactionLevel *
find_savepoint(const char *name)
{
    TransactionLevel *level = xact__current;

    while (level != NULL && !(level->name != NULL && strcmp(level->name, name) == 0))
        level = level->parent;
    if (level == NULL)
        no_such_savepoint(name);
    return level;
}

void
xact_savepoint_release(const char *name)
{
    TransactionLevel *target;

    require_savepoint_block("RELEASE SAVEPOINT");
    if (xact__current->block == BLOCK_INPROGRESS)
        no_such_savepoint(name);
    if (xact__current->block != BLOCK_SUBINPROGRESS)
        unexpected("ReleaseSavepoint");
    target = find_savepoint(name);
    for (TransactionLevel *level = xact__current;; level = level->parent) {
        level->block = BLOCK_SUBRELEASE;
        if (level == target)
            break;
    }
}

void
xact_savepoint_rollback(const char *name)
{
    TransactionLevel *target, *level;

    require_savepoint_block("ROLLBACK TO SAVEPOINT");
    if (xact__current->block == BLOCK_INPROGRESS || xact__current->block == BLOCK_ABORT)
        no_such_savepoint(name);
    if (xact__current->block != BLOCK_SUBINPROGRESS && xact__current->block != BLOCK_SUBABORT)
        unexpected("RollbackToSavepoint");
    target = find_savepoint(name);
    for (level = xact__current; level != target; level = level->parent)
        level->block =
            level->block == BLOCK_SUBINPROGRESS ? BLOCK_SUBABORT_PENDING : BLOCK_SUBABORT_END;
    target->block =
        target->block == BLOCK_SUBINPROGRESS ? BLOCK_SUBRESTART : BLOCK_SUBABORT_RESTART;
}

/* ---------- the server's own subtransactions ---------- */

void
xact_sub_begin(const char *name)
{
    switch (xact__current->block) {
    case BLOCK_STARTED:
    case BLOCK_INPROGRESS:
    case BLOCK_IMPLICIT_INPROGRESS:
    case BLOCK_END:
    case BLOCK_SUBINPROGRESS:
        define_savepoint(name);
        break;
    default:
        unexpected("BeginInternalSubTransaction");
    }
    xact_commit_command();
    xact_start_command();
}

void
xact_sub_release(void)
{
    if (xact__current->block != BLOCK_SUBINPROGRESS)
        elog(ERROR, "ReleaseCurrentSubTransaction: unexpected state %s", xact_block_state_name());
    MemoryContextSwitchTo(CurTransactionContext);
    xact__sub_commit();
}

void
xact_sub_rollback(void)
{
    if (xact__current->block == BLOCK_SUBINPROGRESS)
        xact__sub_abort();
    else if (xact__current->block != BLOCK_SUBABORT)
        unexpected("RollbackAndReleaseCurrentSubTransaction");
    xact__sub_cleanup();
}

/* ---------- questions ---------- */

bool
xact_is_active(void)
{
    return xact__current->state == TRANS_INPROGRESS;
}

bool
xact_is_aborted(void)
{
    return xact__current->block == BLOCK_ABORT || xact__current->block == BLOCK_SUBABORT;
}

bool
xact_in_block(void)
{
    return xact__current->block != BLOCK_DEFAULT && xact__current->block != BLOCK_STARTED;
}

bool
xact_in_block_or_sub(void)
{
    return xact_in_block();
}

bool
xact_in_subtransaction(void)
{
    return xact__current->nest_level >= 2;
}

int
xact_nest_level(void)
{
    return xact__current->nest_level;
}

char
xact_block_status_code(void)
{
    switch (xact__current->block) {
    case BLOCK_DEFAULT:
    case BLOCK_STARTED:
        return 'I';
    case BLOCK_ABORT:
    case BLOCK_SUBABORT:
    case BLOCK_ABORT_END:
    case BLOCK_SUBABORT_END:
    case BLOCK_SUBABORT_RESTART:
        return 'E';
    default:
        return 'T';
    }
}

void
xact_prevent_in_block(bool is_top_level, const char *stmt_type)
{
    if (xact_in_block())
        ereport(ERROR, (errcode(ERRCODE_ACTIVE_SQL_TRANSACTION),
                        errmsg("%s cannot run inside a transaction block", stmt_type)));
    if (xact_in_subtransaction())
        ereport(ERROR, (errcode(ERRCODE_ACTIVE_SQL_TRANSACTION),
                        errmsg("%s cannot run inside a subtransaction", stmt_type)));
    if (MyXactFlags & XACT_FLAGS_PIPELINING)
        ereport(ERROR, (errcode(ERRCODE_ACTIVE_SQL_TRANSACTION),
                        errmsg("%s cannot be executed within a pipeline", stmt_type)));
    if (!is_top_level)
        ereport(ERROR, (errcode(ERRCODE_ACTIVE_SQL_TRANSACTION),
                        errmsg("%s cannot be executed from a function", stmt_type)));
    if (xact__current->block != BLOCK_DEFAULT && xact__current->block != BLOCK_STARTED)
        elog(FATAL, "cannot prevent transaction chain");
    MyXactFlags |= XACT_FLAGS_NEEDIMMEDIATECOMMIT;
}

void
xact_require_block(bool is_top_level, const char *stmt_type)
{
    if (xact_in_block_for_statement(is_top_level))
        return;
    ereport(ERROR, (errcode(ERRCODE_NO_ACTIVE_SQL_TRANSACTION),
                    errmsg("%s can only be used in transaction blocks", stmt_type)));
}

void
xact_warn_no_block(bool is_top_level, const char *stmt_type)
{
    if (xact_in_block_for_statement(is_top_level))
        return;
    ereport(WARNING, (errcode(ERRCODE_NO_ACTIVE_SQL_TRANSACTION),
                      errmsg("%s can only be used in transaction blocks", stmt_type)));
}

bool
xact_in_block_for_statement(bool is_top_level)
{
    return xact_in_block() || xact_in_subtransaction() ||
           (MyXactFlags & XACT_FLAGS_PIPELINING) || !is_top_level;
}

void
xact_prevent_read_only(const char *command)
{
    if (XactReadOnly)
        ereport(ERROR, (errcode(ERRCODE_READ_ONLY_SQL_TRANSACTION),
                        errmsg("cannot execute %s in a read-only transaction", command)));
}

void
xact_prevent_if_parallel(const char *command)
{
    (void)command; /* no process runs in parallel mode */
}
