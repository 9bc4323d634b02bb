/*
 * epq.c - re-checking a row that somebody else has changed meanwhile; see epq_int.h
 */
#include "base/base.h"
#include "buffer/buffer.h"
#include "epq_int.h"
#include "heapbatch_int.h"
#include "indexkeys_int.h"
#include "parser/nodefuncs.h"

int
epq_find_junk(const Plan *plan, const char *name)
{
    ListCell *lc;

    foreach (lc, plan->targetlist) {
        TargetEntry *tle = lfirst_node(TargetEntry, lc);

        if (tle->resjunk && tle->resname != NULL && strcmp(tle->resname, name) == 0)
            return tle->resno - 1;
    }
    return -1;
}

EpqState *
epq_create(EState *parent, const Plan *plan, List *row_marks, Index target)
{
    EpqState *epq = (EpqState *) palloc0(sizeof(EpqState));
    Size rtes = (Size) Max(parent->rte_count, 1);
    ListCell *lc;

    epq->parent = parent;
    epq->plan = plan;
    epq->marked = (bool *) palloc0(sizeof(bool) * rtes);
    epq->tuples = (HeapTuple *) palloc0(sizeof(HeapTuple) * rtes);
    epq->marks = (EpqMark *) palloc0(sizeof(EpqMark) * (Size) (list_length(row_marks) + 1));
    if (target != 0)
        epq->marked[target - 1] = true;
    foreach (lc, row_marks) {
        PlanRowMark *plan_mark = lfirst_node(PlanRowMark, lc);
        EpqMark *mark = &epq->marks[epq->mark_count];
        char name[32];

        if (plan_mark->isParent || plan_mark->markType == ROW_MARK_COPY ||
            exec_rte(parent, plan_mark->rti)->rtekind != RTE_RELATION)
            continue;
        snprintf(name, sizeof(name), "ctid%u", plan_mark->rowmarkId);
        mark->rti = plan_mark->rti;
        mark->type = plan_mark->markType;
        mark->strength = plan_mark->strength;
        mark->wait_policy = plan_mark->waitPolicy;
        mark->tid_column = epq_find_junk(plan, name);
        if (mark->tid_column < 0)
            elog(ERROR, "could not find junk column %s", name);
        epq->marked[mark->rti - 1] = true;
        epq->mark_count++;
    }
    return epq;
}

void
epq_set_tuple(EpqState *epq, Index rti, HeapTuple tuple)
{
    MemoryContext old = MemoryContextSwitchTo(epq->parent->context);

    if (epq->tuples[rti - 1] != NULL)
        heap_freetuple(epq->tuples[rti - 1]);
    epq->tuples[rti - 1] = tuple != NULL ? heap_copytuple(tuple) : NULL;
    MemoryContextSwitchTo(old);
}

void
epq_fetch_mark(EpqState *epq, const EpqMark *mark, Batch *batch, int row)
{
    ColumnVector *column = batch_column(batch, mark->tid_column);
    HeapTupleData tuple;
    Buffer buffer;

    if (column->nulls[row]) {
        epq_set_tuple(epq, mark->rti, NULL);
        return;
    }
    memcpy(&tuple.t_self, DatumGetPointer(column->values[row]), sizeof(ItemPointerData));
    if (!heap_fetch(exec_relation(epq->parent, mark->rti), SnapshotAny, &tuple, &buffer, false))
        elog(ERROR, "failed to fetch tuple for re-check");
    epq_set_tuple(epq, mark->rti, &tuple);
    buffer_release(buffer);
}

void
epq_fetch_marks(EpqState *epq, Batch *batch, int row, Index except)
{
    for (int m = 0; m < epq->mark_count; m++) {
        if (epq->marks[m].rti != except)
            epq_fetch_mark(epq, &epq->marks[m], batch, row);
    }
}

/* The second state: shares parameters' values with the first. */
static void
epq_start(EpqState *epq)
{
    EState *parent = epq->parent;
    EState *estate;
    MemoryContext old;

    epq->context = AllocSetContextCreate(parent->context, "row re-check", ALLOCSET_SMALL_SIZES);
    old = MemoryContextSwitchTo(epq->context);
    estate = exec_create_estate(parent->qd);
    estate->eflags = parent->eflags;
    estate->instrument_options = 0;
    estate->output_cid = parent->output_cid;
    estate->epq = epq;
    epq->estate = estate;
    exec_init_subplans(estate);
    epq->planstate = exec_init_node(epq->plan, estate, estate->eflags);
    MemoryContextSwitchTo(old);
}

static void
epq_copy_params(EpqState *epq)
{
    EState *from = epq->parent;
    EState *to = epq->estate;

    for (int i = 0; i < from->param_count; i++) {
        if (to->param_exec[i].pending == NULL && from->param_exec[i].pending == NULL) {
            to->param_exec[i].value = from->param_exec[i].value;
            to->param_exec[i].isnull = from->param_exec[i].isnull;
        }
    }
    to->params = from->params;
    to->snapshot = from->snapshot;
}

Batch *
epq_run(EpqState *epq)
{
    MemoryContext old;
    Batch *batch;

    if (epq->estate == NULL)
        epq_start(epq);
    epq_copy_params(epq);
    old = MemoryContextSwitchTo(epq->context);
    exec_mark_slot(epq->planstate, epq->estate->rewind_slot);
    for (int i = 0; i < epq->estate->subplan_count; i++)
        exec_mark_slot(epq->estate->subplan_states[i], epq->estate->rewind_slot);
    batch = exec_next(epq->planstate, 1);
    MemoryContextSwitchTo(old);
    return batch;
}

void
epq_suspend(EpqState *epq)
{
    if (epq->estate == NULL)
        return;
    exec_suspend_node(epq->planstate);
    for (int i = 0; i < epq->estate->subplan_count; i++)
        exec_suspend_node(epq->estate->subplan_states[i]);
    exec_close_relations(epq->estate);
}

/* ---- the scan that gives the one row ---- */

typedef struct EpqScanState {
    PlanState ps;
    Index rti;
    bool done;
    ExprProgram *recheck;
    HeapBatch row;
    Projection *index_row; /* index-only scan: the index's columns of the row */
} EpqScanState;

static Batch *
epq_scan_next(PlanState *ps, int rows_max)
{
    EpqScanState *state = (EpqScanState *) ps;
    HeapTuple tuple = ps->estate->epq->tuples[state->rti - 1];
    Batch *batch = &state->row.batch;

    if (state->done || tuple == NULL)
        return NULL;
    state->done = true;
    MemoryContextReset(ps->batch_context);
    state->row.own_tuples[0] = tuple->t_data;
    state->row.tids[0] = tuple->t_self;
    heap_batch_begin(&state->row, 1);
    if (state->index_row != NULL)
        batch = projection_run(state->index_row, batch, NULL, NULL);
    if (state->recheck != NULL && expr_filter(state->recheck, batch, NULL, NULL) == 0)
        return NULL;
    if (!exec_filter(ps, batch))
        return NULL;
    return exec_project(ps, batch);
}

static void
epq_scan_rescan(PlanState *ps)
{
    ((EpqScanState *) ps)->done = false;
}

static const PlanNodeOps epq_scan_ops = {"Re-check Scan", epq_scan_next, epq_scan_rescan};

PlanState *
exec_init_epq_scan(const Scan *scan, EState *estate, List *recheck, List *index_targetlist)
{
    EpqScanState *state;
    TupleDesc desc;

    if (estate->epq == NULL || !estate->epq->marked[scan->scanrelid - 1])
        return NULL;
    state = (EpqScanState *) exec_make_node(sizeof(EpqScanState), &scan->plan, estate,
                                            &epq_scan_ops);
    state->rti = scan->scanrelid;
    desc = RelationGetDescr(exec_relation(estate, state->rti));
    heap_batch_init(&state->row, &state->ps, state->rti, desc,
                    list_make4(scan->plan.targetlist, scan->plan.qual, recheck,
                               index_targetlist));
    state->row.own_tuples = (HeapTupleHeader *) palloc(sizeof(HeapTupleHeader));
    state->row.tids = (ItemPointerData *) palloc(sizeof(ItemPointerData));
    heap_batch_reserve(&state->row, 1);
    if (index_targetlist != NIL) {
        ExprCompiler compiler = {.parent = &state->ps, .estate = estate};
        TupleDesc index_desc = executor_desc_from_targetlist(index_targetlist, false);

        state->index_row = projection_create(&compiler, index_targetlist, index_desc);
        desc = index_desc;
    }
    state->recheck = expr_compile_qual(&state->ps, estate, recheck);
    exec_init_projection(&state->ps, desc);
    return &state->ps;
}
