/*
 * portal.c - a statement in execution: the unnamed one, a bound one, a cursor
 *
 * States     DEFINED -> READY (executor started) -> ACTIVE (running) -> READY or DONE
 *            any -> FAILED at an error or when its transaction aborts
 * Invariants O1. A portal's resources belong to its owner, a child of the transaction's owner,
 *                until the portal is dropped or held.
 *            O2. At the end of a transaction every portal goes, but those WITH HOLD: at commit
 *                their remaining rows move to a tuplestore that needs nothing of the transaction.
 *            O3. A portal that is ACTIVE is not dropped.
 * Errors     throws
 */
#include <string.h>

#include "error/error.h"
#include "memory/hsearch.h"
#include "memory/memory.h"
#include "session_int.h"

#include <stdio.h>
#include "sync/timeout.h"
#include "xact/snapshot.h"

#define PORTALS_AT_START 16

typedef struct PortalEntry {
    char name[NAMEDATALEN];
    Portal *portal;
} PortalEntry;

static struct {
    HTAB *names;
    MemoryContext context; /* parent of all portals' contexts; for ever */
} portals;

static void
initialize(void)
{
    HASHCTL control = {.keysize = NAMEDATALEN, .entrysize = sizeof(PortalEntry)};

    portals.context = AllocSetContextCreate(TopMemoryContext, "portals", ALLOCSET_SMALL_SIZES);
    portals.names = hash_create("portals", PORTALS_AT_START, &control, HASH_ELEM | HASH_STRINGS);
}

Portal *
portal_find(const char *name)
{
    PortalEntry *entry = portals.names ? hash_search(portals.names, name, HASH_FIND, NULL) : NULL;

    return entry ? entry->portal : NULL;
}

void
portal_visit(void (*visit)(const Portal *portal, void *arg), void *arg)
{
    HASH_SEQ_STATUS scan;
    PortalEntry *entry;

    if (!portals.names)
        return;
    hash_seq_init(&scan, portals.names);
    while ((entry = hash_seq_search(&scan)) != NULL)
        visit(entry->portal, arg);
}

Portal *
portal_create(const char *name, bool replace, bool replace_silently)
{
    Portal *portal = portal_find(name);

    if (portal) {
        if (!replace)
            ereport(ERROR, (errcode(ERRCODE_DUPLICATE_CURSOR),
                            errmsg("cursor \"%s\" already exists", name)));
        if (!replace_silently)
            ereport(WARNING, (errcode(ERRCODE_DUPLICATE_CURSOR),
                              errmsg("closing existing cursor \"%s\"", name)));
        portal_drop(portal);
    }
    if (!portals.names)
        initialize();

    MemoryContext context = AllocSetContextCreate(portals.context, "portal",
                                                  ALLOCSET_SMALL_SIZES); /* until portal_drop() */

    portal = MemoryContextAllocZero(context, sizeof *portal);
    portal->context = context;
    strlcpy(portal->name, name, NAMEDATALEN);
    portal->status = PORTAL_DEFINED;
    portal->at_start = true;
    portal->created_in = xact_current_subid();
    portal->created_at = xact_statement_timestamp();
    portal->owner = ResourceOwnerCreate(CurTransactionResourceOwner, "portal");

    bool found;
    PortalEntry *entry = hash_search(portals.names, portal->name, HASH_ENTER, &found);

    entry->portal = portal;
    return portal;
}

static void
release_executor(Portal *portal, bool after_error)
{
    QueryDesc *qd = portal->qd;

    portal->qd = NULL;
    if (!qd)
        return;
    if (portal->is_kept_executor) {
        portal->statement->kept_busy = false;
        if (!after_error && qd->finished) {
            executor_suspend(qd);
            return;
        }
        portal->statement->kept = NULL;
    }
    if (after_error) {
        executor_forget(qd);
    } else {
        if (!qd->finished)
            executor_finish(qd);
        executor_end(qd);
    }
}

/* Frees everything. With is_aborted the transaction's abort has released the resources. */
static void
drop(Portal *portal, bool is_aborted)
{
    ResourceOwner saved = CurrentResourceOwner;

    Assert(portal->status != PORTAL_ACTIVE || is_aborted); /* O3 */
    hash_search(portals.names, portal->name, HASH_REMOVE, NULL);
    if (portal->owner && !is_aborted)
        CurrentResourceOwner = portal->owner;
    release_executor(portal, is_aborted || portal->status == PORTAL_FAILED);
    if (portal->snapshot && !is_aborted && portal->status != PORTAL_FAILED)
        snapshot_unregister(portal->snapshot);
    CurrentResourceOwner = saved;
    if (portal->owner && !is_aborted) {
        bool is_commit = portal->status != PORTAL_FAILED;

        ResourceOwnerRelease(portal->owner, RESOURCE_RELEASE_BEFORE_LOCKS, is_commit, false);
        ResourceOwnerRelease(portal->owner, RESOURCE_RELEASE_LOCKS, is_commit, false);
        ResourceOwnerRelease(portal->owner, RESOURCE_RELEASE_AFTER_LOCKS, is_commit, false);
        ResourceOwnerDelete(portal->owner);
    }
    if (portal->store)
        tuplestore_end(portal->store);
    if (portal->statement)
        statement_release(portal->statement);
    MemoryContextDelete(portal->context);
}

void
portal_drop(Portal *portal)
{
    if (portal->status == PORTAL_ACTIVE)
        ereport(ERROR, (errcode(ERRCODE_OBJECT_IN_USE),
                        errmsg("cannot drop active portal \"%s\"", portal->name)));
    drop(portal, false);
}

/* ---- definition ---- */

static PortalStrategy
choose_strategy(const PlannedStmt *plan, bool has_rows)
{
    if (plan->commandType == CMD_SELECT && !plan->hasModifyingCTE)
        return PORTAL_SELECT;
    return has_rows ? PORTAL_STORED : PORTAL_NO_ROWS;
}

void
portal_define(Portal *portal, const char *sql, const char *tag, Statement *statement,
              PlannedStmt *plan, Query *query, ParamListInfo params)
{
    MemoryContext caller = MemoryContextSwitchTo(portal->context);

    portal->sql = sql;
    portal->tag = tag;
    portal->statement = statement;
    portal->plan = plan;
    portal->params = params;
    if (statement) {
        statement->use_count++;
        portal->desc = statement->result_desc;
        portal->targetlist = statement->result_targets;
    } else if (plan->commandType == CMD_UTILITY) {
        portal->desc = session_utility_desc(plan, sql);
    } else {
        portal->desc = executor_result_desc(plan);
        portal->targetlist = query ? parser_result_targets(query) : NIL;
    }
    portal->strategy = choose_strategy(plan, portal->desc != NULL);
    strlcpy(portal->completion.tag, tag, sizeof portal->completion.tag);
    MemoryContextSwitchTo(caller);
}

void
portal_set_formats(Portal *portal, const int16 *formats, int count)
{
    int natts = portal->desc ? portal->desc->natts : 0;

    if (!portal->desc || count == 0)
        return;
    if (count > 1 && count != natts)
        ereport(ERROR, (errcode(ERRCODE_PROTOCOL_VIOLATION),
                        errmsg("bind message has %d result formats but query has %d columns",
                               count, natts)));

    bool any_binary = false;

    for (int i = 0; i < count; i++)
        any_binary |= formats[i] != 0;
    if (!any_binary)
        return;
    portal->formats = MemoryContextAlloc(portal->context, sizeof(int16) * (Size) Max(natts, 1));
    for (int i = 0; i < natts; i++)
        portal->formats[i] = formats[count == 1 ? 0 : i];
}

/* ---- running ---- */

static void
set_count_tag(Portal *portal, uint64 rows)
{
    CmdType operation = portal->plan->commandType;
    char *tag = portal->completion.tag;

    if (operation == CMD_INSERT)
        snprintf(tag, COMPLETION_TAG_CHARS_MAX, "INSERT 0 %llu", (unsigned long long) rows);
    else
        snprintf(tag, COMPLETION_TAG_CHARS_MAX, "%s %llu",
                 operation == CMD_SELECT   ? "SELECT"
                 : operation == CMD_UPDATE ? "UPDATE"
                 : operation == CMD_DELETE ? "DELETE"
                                           : portal->tag,
                 (unsigned long long) rows);
}

/* The executor of the portal's plan: the statement's kept one if it is free, else a new one. */
static void
start_executor(Portal *portal, DestReceiver *dest)
{
    Statement *statement = portal->statement;
    bool is_generic = statement && statement->plan == portal->plan;

    executor_check_read_only(portal->plan);
    portal->snapshot = snapshot_register(snapshot_get_transaction());
    if (is_generic && statement->kept && !statement->kept_busy) {
        QueryDesc *qd = statement->kept;

        if (executor_rewind(qd, portal->params, portal->snapshot, dest)) {
            portal->qd = qd;
            portal->is_kept_executor = true;
            statement->kept_busy = true;
            return;
        }
        executor_end(qd);
        statement->kept = NULL;
    }

    bool keep = is_generic && !statement->kept && !portal->is_cursor;
    MemoryContext caller =
        MemoryContextSwitchTo(keep ? statement->plan_context : portal->context);

    portal->qd = executor_create_query_desc(portal->plan, keep ? statement->sql : portal->sql,
                                            portal->snapshot, dest, portal->params,
                                            INSTRUMENT_NONE);
    executor_start(portal->qd, 0);
    MemoryContextSwitchTo(caller);
    if (keep) {
        statement->kept = portal->qd;
        statement->kept_busy = true;
        portal->is_kept_executor = true;
    }
}

/* Runs a select for up to count rows. */
static int64
run_select(Portal *portal, int64 count, DestReceiver *dest)
{
    if (portal->at_end)
        return 0;
    if (!portal->qd)
        start_executor(portal, dest);
    portal->qd->dest = dest;
    snapshot_push_active(portal->snapshot);
    executor_run(portal->qd, ForwardScanDirection, (uint64) count);
    snapshot_pop_active();

    int64 rows = (int64) portal->qd->es_processed;

    portal->position += rows;
    portal->at_start = portal->at_start && rows == 0;
    if (count == 0 || rows < count)
        portal->at_end = true;
    return rows;
}

/* Transaction control and settings must run without a snapshot: they may begin or end one. */
static bool
utility_needs_snapshot(const PlannedStmt *plan)
{
    RawStmt raw = {.type = T_RawStmt, .stmt = plan->utilityStmt};

    return parser_needs_snapshot(&raw);
}

/* Runs a statement whose rows, if any, are all made at once. */
static void
run_at_once(Portal *portal, bool is_top_level, DestReceiver *dest)
{
    PlannedStmt *plan = portal->plan;

    if (plan->commandType == CMD_UTILITY) {
        bool needs_snapshot = utility_needs_snapshot(plan);

        if (needs_snapshot)
            snapshot_push_active(snapshot_get_transaction());
        if (!session_utility(plan, portal->sql, is_top_level, portal->params, dest,
                             &portal->completion))
            utility_process(plan, portal->sql, is_top_level, portal->params, dest,
                            &portal->completion);
        if (needs_snapshot && snapshot_active_is_set())
            snapshot_pop_active();
        return;
    }
    start_executor(portal, dest);
    snapshot_push_copied(portal->snapshot);
    snapshot_update_active_cid();
    portal->qd->snapshot = snapshot_active();
    executor_run(portal->qd, ForwardScanDirection, 0);
    executor_finish(portal->qd);
    snapshot_pop_active();
    set_count_tag(portal, portal->qd->es_processed);
}

static void
fill_store(Portal *portal, bool is_top_level)
{
    MemoryContext caller = MemoryContextSwitchTo(portal->context);

    portal->store = tuplestore_begin_heap(true, false, work_mem);

    DestReceiver *dest = dest_create_tuplestore(portal->store, false);

    MemoryContextSwitchTo(caller);
    run_at_once(portal, is_top_level, dest);
    dest->destroy(dest);
    portal->position = 0;
}

/* Sends rows from the store, from the cursor's position on. */
static int64
run_store(Portal *portal, int64 count, DestReceiver *dest)
{
    int64 rows = 0;

    dest->startup(dest, portal->plan ? portal->plan->commandType : CMD_SELECT, portal->desc);
    tuplestore_seek(portal->store, 0, portal->position);
    while (count == 0 || rows < count) {
        int wanted = count == 0 ? BATCH_ROWS_MAX : (int) Min(count - rows, BATCH_ROWS_MAX);
        Batch *batch = tuplestore_read_batch(portal->store, 0, wanted);

        if (!batch)
            break;

        int got = batch->sel_count;

        rows += got;
        if (!dest->receive(dest, batch))
            break;
    }
    dest->shutdown(dest);
    portal->position += rows;
    portal->at_start = portal->at_start && rows == 0;
    if (count == 0 || rows < count)
        portal->at_end = true;
    return rows;
}

static bool
run_strategy(Portal *portal, int64 count, bool is_top_level, DestReceiver *dest, int64 *ret_rows)
{
    *ret_rows = 0;
    switch (portal->strategy) {
    case PORTAL_SELECT:
        *ret_rows = portal->store ? run_store(portal, count, dest) : run_select(portal, count, dest);
        set_count_tag(portal, (uint64) *ret_rows);
        return portal->at_end;
    case PORTAL_STORED:
        if (count == 0 && !portal->store && portal->plan->commandType == CMD_UTILITY) {
            run_at_once(portal, is_top_level, dest);
            portal->at_end = true;
            return true;
        }
        if (!portal->store)
            fill_store(portal, is_top_level);
        *ret_rows = run_store(portal, count, dest);
        return portal->at_end;
    case PORTAL_NO_ROWS:
        run_at_once(portal, is_top_level, None_Receiver);
        portal->at_end = true;
        return true;
    }
    return true;
}

void
portal_open_cursor(Portal *portal)
{
    ResourceOwner saved = CurrentResourceOwner;

    CurrentResourceOwner = portal->owner;
    start_executor(portal, None_Receiver);
    CurrentResourceOwner = saved;
}

const char *
portal_unique_name(void)
{
    static unsigned count;

    return psprintf("<unnamed portal %u>", ++count);
}

bool
portal_run(Portal *portal, int64 count, bool is_top_level, DestReceiver *dest, int64 *ret_rows)
{
    MemoryContext saved_context = PortalContext;
    bool complete = false;

    if (portal->status == PORTAL_ACTIVE || portal->status == PORTAL_FAILED ||
        (portal->status == PORTAL_DONE && portal->strategy != PORTAL_SELECT &&
         portal->strategy != PORTAL_STORED))
        ereport(ERROR, (errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE),
                        errmsg("portal \"%s\" cannot be run", portal->name)));
    portal->status = PORTAL_ACTIVE;
    PortalContext = portal->context;

    /* A transaction statement ends the very owner that its portal has. */
    bool ends_xact = portal->plan && portal->plan->commandType == CMD_UTILITY;
    ResourceOwner saved_owner = CurrentResourceOwner;

    if (!ends_xact && portal->owner)
        CurrentResourceOwner = portal->owner;
    complete = run_strategy(portal, count, is_top_level, dest, ret_rows);
    if (!ends_xact)
        CurrentResourceOwner = saved_owner;
    PortalContext = saved_context;
    portal->status = complete && portal->strategy == PORTAL_NO_ROWS ? PORTAL_DONE : PORTAL_READY;
    return complete;
}

/* ---- cursors: going back, staying over commit ---- */

/* All rows into a store: for backward fetches and for WITH HOLD. */
static void
materialize(Portal *portal, bool is_held)
{
    MemoryContext caller = MemoryContextSwitchTo(portal->context);
    int64 before = portal->position;

    portal->store = tuplestore_begin_heap(true, is_held, work_mem);

    DestReceiver *dest = dest_create_tuplestore(portal->store, is_held);

    MemoryContextSwitchTo(caller);
    if (before > 0 && portal->qd) {
        /* Rows drawn already were not kept: run from the start with the same snapshot. */
        if (!executor_rewind(portal->qd, portal->params, portal->snapshot, dest))
            ereport(ERROR, (errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE),
                            errmsg("cursor \"%s\" cannot be rewound", portal->name)));
    }
    portal->position = 0;
    portal->at_end = false;
    run_select(portal, 0, dest);
    dest->destroy(dest);
    portal->position = before;
    portal->at_start = before == 0;
    portal->at_end = before > tuplestore_tuple_count(portal->store);
}

static void
hold(Portal *portal)
{
    ResourceOwner saved = CurrentResourceOwner;

    CurrentResourceOwner = portal->owner;
    if (!portal->store) {
        portal->status = PORTAL_ACTIVE;
        materialize(portal, true);
        portal->status = PORTAL_READY;
    }
    release_executor(portal, false);
    if (portal->snapshot)
        snapshot_unregister(portal->snapshot);
    portal->snapshot = NULL;
    CurrentResourceOwner = saved;
    portal->is_held = true;
    portal->owner = NULL; /* the transaction's release takes it */
    portal->created_in = 0;
}

/* One row at an absolute position (from 1); 0 rows outside. */
static int64
send_row_at(Portal *portal, int64 row, DestReceiver *dest)
{
    int64 total = tuplestore_tuple_count(portal->store);

    if (row < 1) {
        portal->position = 0;
        portal->at_start = true, portal->at_end = false;
        return 0;
    }
    if (row > total) {
        portal->position = total + 1;
        portal->at_end = true, portal->at_start = total == 0;
        return 0;
    }
    portal->position = row - 1;
    portal->at_start = portal->at_end = false;

    int64 rows = run_store(portal, 1, dest);

    portal->at_start = false;
    return rows;
}

static int64
send_backward(Portal *portal, int64 count, DestReceiver *dest)
{
    int64 total = tuplestore_tuple_count(portal->store);
    int64 row = Min(portal->position, total + 1), rows = 0;
    bool forward_done = portal->at_end;

    if (forward_done && portal->position <= total)
        row = total + 1;
    dest->startup(dest, CMD_SELECT, portal->desc);
    while (rows < count && row > 1) {
        row--;
        tuplestore_seek(portal->store, 0, row - 1);

        Batch *batch = tuplestore_read_batch(portal->store, 0, 1);

        if (!batch || !dest->receive(dest, batch))
            break;
        rows++;
    }
    dest->shutdown(dest);
    if (rows < count)
        row = 0;
    portal->position = row;
    portal->at_start = row == 0;
    portal->at_end = false;
    return rows;
}

static void
require_scroll(Portal *portal)
{
    if (!(portal->cursor_options & CURSOR_OPT_NO_SCROLL))
        return;
    ereport(ERROR, (errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE),
                    errmsg("cursor can only scan forward"),
                    errhint("Declare it with SCROLL option to enable backward scan.")));
}

/* Where the next row is, if position counts the row the cursor stands on. */
static int64
fetch_forward(Portal *portal, int64 count, DestReceiver *dest)
{
    if (count == 0) { /* the row it stands on, once more */
        if (portal->at_start || portal->at_end)
            return 0;
        require_scroll(portal);
        if (!portal->store)
            materialize(portal, false);
        return send_row_at(portal, portal->position, dest);
    }
    if (portal->store) {
        int64 total = tuplestore_tuple_count(portal->store);
        int64 rows;

        if (portal->position > total)
            portal->position = total;
        rows = run_store(portal, count == INT64_MAX ? 0 : count, dest);
        if (portal->at_end)
            portal->position = total + 1;
        return rows;
    }
    return run_select(portal, count == INT64_MAX ? 0 : count, dest);
}

static int64
fetch_in_direction(Portal *portal, int direction, int64 count, DestReceiver *dest)
{
    /* As in the grammar: forward, backward, absolute, relative. */
    enum { FORWARD = 1, BACKWARD, ABSOLUTE, RELATIVE };

    if (direction == FORWARD && count >= 0)
        return fetch_forward(portal, count, dest);
    if (direction == BACKWARD && count < 0)
        return fetch_forward(portal, count == INT64_MIN ? INT64_MAX : -count, dest);
    if (direction == BACKWARD && count == 0)
        return fetch_forward(portal, 0, dest);
    if (direction == RELATIVE && count == 0)
        return fetch_forward(portal, 0, dest);

    bool needs_store = direction != RELATIVE || count < 0;

    if (direction == ABSOLUTE && count > portal->position && !portal->store) {
        fetch_forward(portal, count - portal->position - 1 > 0 ? count - portal->position - 1 : 0,
                      None_Receiver);
        return portal->at_end ? 0 : fetch_forward(portal, 1, dest);
    }
    if (needs_store)
        require_scroll(portal);
    if (!portal->store)
        materialize(portal, false);
    if (direction == FORWARD || direction == BACKWARD)
        return send_backward(portal, count < 0 ? -count : count, dest);
    if (direction == RELATIVE)
        return send_row_at(portal, portal->position + count, dest);
    return send_row_at(portal, count < 0 ? tuplestore_tuple_count(portal->store) + 1 + count
                                         : count, dest);
}

int64
portal_fetch(Portal *portal, int direction, int64 count, DestReceiver *dest)
{
    ResourceOwner saved = CurrentResourceOwner;

    if (portal->status == PORTAL_ACTIVE || portal->status == PORTAL_FAILED)
        ereport(ERROR, (errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE),
                        errmsg("portal \"%s\" cannot be run", portal->name)));
    if (portal->strategy == PORTAL_STORED && !portal->store)
        fill_store(portal, false);
    portal->status = PORTAL_ACTIVE;
    if (portal->owner)
        CurrentResourceOwner = portal->owner;

    int64 rows = fetch_in_direction(portal, direction, count, dest);

    CurrentResourceOwner = saved;
    portal->status = PORTAL_READY;
    return rows;
}

/* ---- transactions ---- */

static void
for_each(void (*action)(Portal *portal, void *arg), void *arg)
{
    HASH_SEQ_STATUS status;
    PortalEntry *entry;

    if (!portals.names)
        return;
    hash_seq_init(&status, portals.names);
    while ((entry = hash_seq_search(&status)) != NULL)
        action(entry->portal, arg);
}

static void
hold_one(Portal *portal, void *did)
{
    if (!(portal->cursor_options & CURSOR_OPT_HOLD) || portal->is_held ||
        portal->status == PORTAL_FAILED)
        return;
    hold(portal);
    *(bool *) did = true;
}

static bool
at_pre_commit(void)
{
    bool did = false;

    for_each(hold_one, &did);
    return did;
}

/* O2. The portal that runs COMMIT itself stays; its statement's end drops it. */
static void
drop_at_commit(Portal *portal, void *unused)
{
    if (portal->is_held)
        return;
    if (portal->status == PORTAL_ACTIVE) {
        portal->owner = NULL;
        portal->snapshot = NULL;
        return;
    }
    drop(portal, false);
}

static bool
drop_before_commit(void)
{
    bool did = at_pre_commit();

    if (!did)
        for_each(drop_at_commit, NULL);
    return did;
}

static void
fail_at_abort(Portal *portal, void *unused)
{
    if (portal->is_held && portal->status != PORTAL_ACTIVE)
        return;
    release_executor(portal, true);
    portal->status = PORTAL_FAILED;
    portal->owner = NULL;
    portal->snapshot = NULL;
}

static void
at_abort(void)
{
    for_each(fail_at_abort, NULL);
}

static void
drop_failed(Portal *portal, void *unused)
{
    if (portal->status == PORTAL_FAILED)
        drop(portal, true);
}

static void
at_cleanup(void)
{
    for_each(drop_failed, NULL);
}

typedef struct SubEnd {
    SubTransactionId subid, parent;
} SubEnd;

static void
give_to_parent(Portal *portal, void *arg)
{
    const SubEnd *end = arg;

    if (portal->created_in != end->subid)
        return;
    portal->created_in = end->parent;
    if (portal->owner)
        ResourceOwnerNewParent(portal->owner, CurTransactionResourceOwner);
}

static void
at_sub_commit(SubTransactionId subid, SubTransactionId parent, int level)
{
    SubEnd end = {subid, parent};

    for_each(give_to_parent, &end);
}

static void
fail_in_sub(Portal *portal, void *arg)
{
    const SubEnd *end = arg;

    if (portal->created_in == end->subid)
        fail_at_abort(portal, NULL);
}

static void
at_sub_abort(SubTransactionId subid, SubTransactionId parent, int level)
{
    SubEnd end = {subid, parent};

    for_each(fail_in_sub, &end);
}

static void
at_sub_cleanup(SubTransactionId subid)
{
    for_each(drop_failed, NULL);
}

static void
drop_cursor(Portal *portal, void *unused)
{
    if (portal->status != PORTAL_ACTIVE)
        drop(portal, portal->status == PORTAL_FAILED);
}

void
portal_drop_all_cursors(void)
{
    for_each(drop_cursor, NULL);
}

void
portal_register(void)
{
    static const XactParticipant participant = {
        .name = "portals",
        .pre_commit = drop_before_commit,
        .at_abort = at_abort,
        .at_cleanup = at_cleanup,
        .at_sub_commit = at_sub_commit,
        .at_sub_abort = at_sub_abort,
        .at_sub_cleanup = at_sub_cleanup,
    };

    xact_register_participant(&participant);
}
