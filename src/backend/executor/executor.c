/*
 * executor.c - starting, running, keeping and ending executions
 */
#include <time.h>

#include "base/base.h"
#include "catalog/catalog.h"
#include "catalog/lsyscache.h"
#include "catalog/user.h"
#include "config/config.h"
#include "executor_int.h"
#include "parser/makefuncs.h"
#include "parser/nodefuncs.h"
#include "settings_int.h"
#include "xact/snapshot.h"
#include "xact/xact.h"

/* ---- descriptors ---- */

TupleDesc
executor_desc_from_targetlist(List *targetlist, bool skip_junk)
{
    TupleDesc desc;
    int count = 0;
    AttrNumber attno = 1;
    ListCell *lc;

    foreach (lc, targetlist)
        count += !(skip_junk && lfirst_node(TargetEntry, lc)->resjunk);
    desc = CreateTemplateTupleDesc(count);
    foreach (lc, targetlist) {
        TargetEntry *tle = lfirst_node(TargetEntry, lc);

        if (skip_junk && tle->resjunk)
            continue;
        TupleDescInitEntry(desc, attno, tle->resname, exprType((Node *) tle->expr),
                           exprTypmod((Node *) tle->expr), 0);
        TupleDescInitEntryCollation(desc, attno, exprCollation((Node *) tle->expr));
        attno++;
    }
    return desc;
}

static List *
returning_list(const Plan *plan)
{
    const ModifyTable *modify = (const ModifyTable *) plan;

    return modify->returningLists == NIL ? NIL : (List *) linitial(modify->returningLists);
}

TupleDesc
executor_result_desc(PlannedStmt *stmt)
{
    if (stmt->commandType == CMD_UTILITY || stmt->planTree == NULL)
        return NULL;
    if (IsA(stmt->planTree, ModifyTable)) {
        List *list = returning_list(stmt->planTree);

        return list == NIL ? NULL : executor_desc_from_targetlist(list, true);
    }
    return executor_desc_from_targetlist(stmt->planTree->targetlist, true);
}

/* ---- may the user do this? ---- */

/* Rights on the columns of `columns`, where the table's own right is missing. */
static bool
check_columns(const RangeTblEntry *rte, Oid user, const Bitmapset *columns, AclMode right)
{
    int member = -1;

    if (bms_is_empty(columns))
        return false;
    while ((member = bms_next_member(columns, member)) >= 0) {
        AttrNumber attno = (AttrNumber) (member + FirstLowInvalidHeapAttributeNumber);

        if (attno == 0) {
            int natts = 0;
            bool whole = true;

            while (whole && get_attname(rte->relid, (AttrNumber) (natts + 1), true) != NULL) {
                natts++;
                whole = pg_attribute_aclcheck(rte->relid, (AttrNumber) natts, user, right) ==
                        ACLCHECK_OK;
            }
            if (!whole)
                return false;
        } else if (pg_attribute_aclcheck(rte->relid, attno, user, right) != ACLCHECK_OK)
            return false;
    }
    return true;
}

static bool
check_rte(const RangeTblEntry *rte)
{
    Oid user = OidIsValid(rte->checkAsUser) ? rte->checkAsUser : GetUserId();
    AclMode missing;

    missing = rte->requiredPerms & ~pg_class_aclmask(rte->relid, user, rte->requiredPerms);
    if (missing == 0)
        return true;
    if (missing & ~(AclMode) (ACL_SELECT | ACL_INSERT | ACL_UPDATE))
        return false;
    if ((missing & ACL_SELECT) && bms_is_empty(rte->selectedCols)) {
        /* SELECT count(*): a right on any column will do */
        AttrNumber attno = 1;
        bool any = false;

        while (!any && get_attname(rte->relid, attno, true) != NULL)
            any = pg_attribute_aclcheck(rte->relid, attno++, user, ACL_SELECT) == ACLCHECK_OK;
        if (!any)
            return false;
    } else if ((missing & ACL_SELECT) &&
               !check_columns(rte, user, rte->selectedCols, ACL_SELECT))
        return false;
    if ((missing & ACL_INSERT) && !check_columns(rte, user, rte->insertedCols, ACL_INSERT))
        return false;
    if ((missing & ACL_UPDATE) && !check_columns(rte, user, rte->updatedCols, ACL_UPDATE))
        return false;
    return true;
}

void
executor_check_permissions(List *rtable)
{
    ListCell *lc;

    foreach (lc, rtable) {
        RangeTblEntry *rte = (RangeTblEntry *) lfirst(lc);

        if (rte == NULL || rte->requiredPerms == 0 || !OidIsValid(rte->relid))
            continue;
        if (superuser_arg(OidIsValid(rte->checkAsUser) ? rte->checkAsUser : GetUserId()))
            continue;
        if (!check_rte(rte))
            aclcheck_error(ACLCHECK_NO_PRIV, get_relkind_objtype(get_rel_relkind(rte->relid)),
                           get_rel_name(rte->relid));
    }
}

static const char *
command_name(const PlannedStmt *stmt)
{
    switch (stmt->commandType) {
    case CMD_INSERT:
        return "INSERT";
    case CMD_UPDATE:
        return "UPDATE";
    case CMD_DELETE:
        return "DELETE";
    case CMD_MERGE:
        return "MERGE";
    default:
        return "SELECT";
    }
}

/* True where a row lock or a change is asked for on a relation that is not temporary. */
void
executor_check_read_only(PlannedStmt *stmt)
{
    ListCell *lc;

    if (!XactReadOnly)
        return;
    if (stmt->commandType != CMD_SELECT || stmt->hasModifyingCTE)
        xact_prevent_read_only(command_name(stmt));
    foreach (lc, stmt->rowMarks) {
        if (RowMarkRequiresRowShareLock(lfirst_node(PlanRowMark, lc)->markType)) {
            static const char *const names[] = {"SELECT", "SELECT FOR KEY SHARE",
                                                "SELECT FOR SHARE", "SELECT FOR NO KEY UPDATE",
                                                "SELECT FOR UPDATE"};

            xact_prevent_read_only(names[lfirst_node(PlanRowMark, lc)->strength]);
        }
    }
}

/* ---- one execution ---- */

QueryDesc *
executor_create_query_desc(PlannedStmt *plannedstmt, const char *sourceText, Snapshot snapshot,
                           DestReceiver *dest, ParamListInfo params, int instrument_options)
{
    /* lives until executor_end or executor_forget */
    MemoryContext context = AllocSetContextCreate(CurrentMemoryContext, "executor",
                                                  ALLOCSET_DEFAULT_SIZES);
    QueryDesc *qd = (QueryDesc *) MemoryContextAllocZero(context, sizeof(QueryDesc));

    qd->context = context;
    qd->plannedstmt = plannedstmt;
    qd->operation = plannedstmt->commandType;
    qd->sourceText = sourceText;
    qd->snapshot = snapshot;
    qd->dest = dest != NULL ? dest : None_Receiver;
    qd->params = params;
    qd->instrument_options = instrument_options;
    return qd;
}

static bool
sends_rows(const QueryDesc *qd)
{
    return qd->operation == CMD_SELECT || qd->plannedstmt->hasReturning;
}

/* A projection that drops junk columns from the top node's rows. */
static void
init_junk_filter(QueryDesc *qd)
{
    EState *estate = qd->estate;
    List *kept = NIL;
    bool junk = false;
    ListCell *lc;

    if (qd->operation != CMD_SELECT)
        return;
    foreach (lc, qd->plannedstmt->planTree->targetlist) {
        TargetEntry *tle = lfirst_node(TargetEntry, lc);

        if (tle->resjunk)
            junk = true;
        else
            kept = lappend(kept, makeTargetEntry((Expr *) makeVar(OUTER_VAR, tle->resno, 0, -1,
                                                                  InvalidOid, 0),
                                                 (AttrNumber) (list_length(kept) + 1), NULL,
                                                 false));
    }
    if (junk) {
        ExprCompiler compiler = {.estate = estate};

        estate->junk_filter = projection_create(&compiler, kept, qd->tupDesc);
    }
}

static bool
statement_writes(const PlannedStmt *stmt)
{
    ListCell *lc;

    if (stmt->commandType != CMD_SELECT || stmt->hasModifyingCTE)
        return true;
    foreach (lc, stmt->rowMarks) {
        if (RowMarkRequiresRowShareLock(lfirst_node(PlanRowMark, lc)->markType))
            return true;
    }
    return false;
}

void
executor_start(QueryDesc *qd, int eflags)
{
    MemoryContext old;
    EState *estate;

    if (list_length(qd->plannedstmt->paramExecTypes) > PARAM_SLOTS_MAX)
        ereport(ERROR, (errcode(ERRCODE_STATEMENT_TOO_COMPLEX),
                        errmsg("too many subqueries and parameters in one statement")));
    if (!(eflags & EXEC_FLAG_EXPLAIN_ONLY))
        executor_check_read_only(qd->plannedstmt);
    if (!(eflags & EXEC_FLAG_SKIP_PERMISSIONS))
        executor_check_permissions(qd->plannedstmt->rtable);
    old = MemoryContextSwitchTo(qd->context);
    estate = exec_create_estate(qd);
    qd->estate = estate;
    estate->eflags = eflags;
    if (statement_writes(qd->plannedstmt))
        estate->output_cid = xact_current_command_id(true);
    exec_init_subplans(estate);
    qd->planstate = exec_init_node(qd->plannedstmt->planTree, estate, eflags);
    qd->tupDesc = executor_result_desc(qd->plannedstmt);
    init_junk_filter(qd);
    MemoryContextSwitchTo(old);
}

static double
seconds_now(void)
{
    struct timespec ts;

    clock_gettime(CLOCK_MONOTONIC, &ts);
    return (double) ts.tv_sec + (double) ts.tv_nsec / 1e9;
}

static void
run_loop(QueryDesc *qd, uint64 count)
{
    EState *estate = qd->estate;
    bool send = sends_rows(qd);

    while (count == 0 || qd->es_processed < count) {
        int rows_max = estate->batch_rows;
        Batch *batch;
        int rows;

        if (count != 0 && count - qd->es_processed < (uint64) rows_max)
            rows_max = (int) (count - qd->es_processed);
        batch = exec_next(qd->planstate, rows_max);
        if (batch == NULL) {
            qd->at_end = true;
            break;
        }
        rows = batch->sel_count;
        if (estate->junk_filter != NULL)
            batch = projection_run(estate->junk_filter, batch, NULL, NULL);
        if (send && !qd->dest->receive(qd->dest, batch))
            break;
        qd->es_processed += (uint64) rows;
    }
}

void
executor_run(QueryDesc *qd, ScanDirection direction, uint64 count)
{
    MemoryContext old;
    bool send = sends_rows(qd);
    double start = 0;

    Assert(qd->planstate != NULL);
    if (ScanDirectionIsBackward(direction))
        ereport(ERROR, (errcode(ERRCODE_FEATURE_NOT_SUPPORTED),
                        errmsg("plans cannot be run backward")));
    if (qd->instrument_options & INSTRUMENT_TIMER)
        start = seconds_now();
    old = MemoryContextSwitchTo(qd->context);
    qd->es_processed = 0;
    qd->estate->processed = 0;
    if (send && qd->dest->startup != NULL)
        qd->dest->startup(qd->dest, (int) qd->operation, qd->tupDesc);
    if (!qd->at_end && !ScanDirectionIsNoMovement(direction))
        run_loop(qd, count);
    if (qd->operation != CMD_SELECT)
        qd->es_processed = qd->estate->processed;
    if (send && qd->dest->shutdown != NULL)
        qd->dest->shutdown(qd->dest);
    MemoryContextSwitchTo(old);
    if (qd->instrument_options & INSTRUMENT_TIMER)
        qd->total_s += seconds_now() - start;
}

void
executor_finish(QueryDesc *qd)
{
    MemoryContext old = MemoryContextSwitchTo(qd->context);
    ListCell *lc;

    if (!qd->finished && !(qd->estate->eflags & EXEC_FLAG_EXPLAIN_ONLY)) {
        foreach (lc, qd->estate->modify_nodes) {
            PlanState *ps = (PlanState *) lfirst(lc);

            while (exec_next(ps, qd->estate->batch_rows) != NULL)
                continue;
        }
    }
    qd->finished = true;
    MemoryContextSwitchTo(old);
}

void
executor_suspend(QueryDesc *qd)
{
    exec_suspend_node(qd->planstate);
    for (int i = 0; i < qd->estate->subplan_count; i++)
        exec_suspend_node(qd->estate->subplan_states[i]);
    exec_close_relations(qd->estate);
    qd->snapshot = NULL;
    qd->estate->snapshot = NULL;
}

bool
executor_rewind(QueryDesc *qd, ParamListInfo params, Snapshot snapshot, DestReceiver *dest)
{
    EState *estate = qd->estate;

    if (!(estate->eflags & EXEC_FLAG_EXPLAIN_ONLY))
        executor_check_read_only(qd->plannedstmt);
    if (!exec_reopen_relations(estate))
        return false;
    qd->params = params;
    qd->snapshot = snapshot;
    qd->dest = dest != NULL ? dest : None_Receiver;
    qd->es_processed = 0;
    qd->at_end = false;
    qd->finished = false;
    estate->params = params;
    estate->snapshot = snapshot;
    estate->batch_rows = exec_batch_rows();
    if (statement_writes(qd->plannedstmt))
        estate->output_cid = xact_current_command_id(true);
    exec_mark_slot(qd->planstate, estate->rewind_slot);
    for (int i = 0; i < estate->subplan_count; i++) {
        if (estate->subplan_states[i] != NULL)
            exec_mark_slot(estate->subplan_states[i], estate->rewind_slot);
    }
    return true;
}

void
executor_end(QueryDesc *qd)
{
    if (qd->estate != NULL)
        executor_suspend(qd);
    MemoryContextDelete(qd->context);
}

void
executor_forget(QueryDesc *qd)
{
    MemoryContextDelete(qd->context);
}

/* ---- for EXPLAIN ---- */

PlanState *
executor_planstate_left(PlanState *ps)
{
    return ps->left;
}

PlanState *
executor_planstate_right(PlanState *ps)
{
    return ps->right;
}

static PlanState *
find_planstate(PlanState *ps, int plan_node_id)
{
    PlanState *found;

    if (ps == NULL || ps->plan->plan_node_id == plan_node_id)
        return ps;
    if ((found = find_planstate(ps->left, plan_node_id)) != NULL)
        return found;
    if ((found = find_planstate(ps->right, plan_node_id)) != NULL)
        return found;
    for (int i = 0; i < ps->child_count; i++) {
        if ((found = find_planstate(ps->children[i], plan_node_id)) != NULL)
            return found;
    }
    return NULL;
}

PlanState *
executor_find_planstate(QueryDesc *qd, int plan_node_id)
{
    PlanState *found = find_planstate(qd->planstate, plan_node_id);

    for (int i = 0; found == NULL && i < qd->estate->subplan_count; i++)
        found = find_planstate(qd->estate->subplan_states[i], plan_node_id);
    return found;
}

Instrumentation *
executor_instrumentation(PlanState *ps)
{
    return ps->instrument;
}

bool
executor_detail(PlanState *ps, ExecutorDetailKind kind, int64 *ret_number, const char **ret_text)
{
    if (ps->ops->detail == NULL)
        return false;
    return ps->ops->detail(ps, kind, ret_number, ret_text);
}

/* ---- receivers of this room ---- */

static bool
none_receive(DestReceiver *self, Batch *batch)
{
    return true;
}

static void
none_startup(DestReceiver *self, int operation, TupleDesc desc)
{
}

static void
none_done(DestReceiver *self)
{
}

static DestReceiver none_receiver = {none_receive, none_startup, none_done, none_done, DestNone};
DestReceiver *None_Receiver = &none_receiver;

typedef struct StoreReceiver {
    DestReceiver dest;
    Tuplestorestate *store;
    bool detoast;
    TupleDesc desc;
} StoreReceiver;

static void
store_startup(DestReceiver *self, int operation, TupleDesc desc)
{
    ((StoreReceiver *) self)->desc = desc;
}

/* Replaces pointers to values stored out of line by the values. */
static void
store_detoast(Batch *batch, TupleDesc desc)
{
    for (int c = 0; c < desc->natts; c++) {
        ColumnVector *vector = batch_column(batch, c);

        if (TupleDescAttr(desc, c)->attlen != -1)
            continue;
        for (int k = 0; k < batch->sel_count; k++) {
            int i = batch_row(batch, k);

            if (!vector->nulls[i] && VARATT_IS_EXTERNAL(DatumGetPointer(vector->values[i])))
                vector->values[i] = PointerGetDatum(PG_DETOAST_DATUM(vector->values[i]));
        }
    }
}

static bool
store_receive(DestReceiver *self, Batch *batch)
{
    StoreReceiver *receiver = (StoreReceiver *) self;

    if (receiver->detoast)
        store_detoast(batch, receiver->desc);
    tuplestore_put_batch(receiver->store, receiver->desc, batch);
    return true;
}

static void
store_destroy(DestReceiver *self)
{
    pfree(self);
}

DestReceiver *
dest_create_tuplestore(Tuplestorestate *store, bool detoast)
{
    StoreReceiver *receiver = (StoreReceiver *) palloc0(sizeof(StoreReceiver));

    receiver->dest = (DestReceiver){store_receive, store_startup, none_done, store_destroy,
                                    DestTuplestore};
    receiver->store = store;
    receiver->detoast = detoast;
    return &receiver->dest;
}
