/*
 * scan_other.c - rows that come from no table: subqueries, VALUES, CTEs, work tables
 */
#include "base/base.h"
#include "executor/tuplestore.h"
#include "executor_int.h"
#include "parser/nodefuncs.h"
#include "settings_int.h"
#include "worktable_int.h"

/* ---- subquery ---- */

static Batch *
subquery_scan_next(PlanState *ps, int rows_max)
{
    PlanState *child = ps->children[0];

    for (;;) {
        Batch *batch = exec_next(child, rows_max);

        MemoryContextReset(ps->batch_context);
        if (batch == NULL)
            return NULL;
        if (exec_filter(ps, batch))
            return exec_project(ps, batch);
    }
}

static void
subquery_scan_rescan(PlanState *ps)
{
    if (!ps->children[0]->any_changed)
        exec_rescan(ps->children[0]);
}

static const PlanNodeOps subquery_scan_ops = {"Subquery Scan", subquery_scan_next,
                                              subquery_scan_rescan};

PlanState *
exec_init_subquery_scan(const Plan *plan, EState *estate, int eflags)
{
    PlanState *ps = exec_make_node(sizeof(PlanState), plan, estate, &subquery_scan_ops);
    PlanState *child = exec_add_child(ps, ((const SubqueryScan *) plan)->subplan, eflags);

    exec_init_projection(ps, child->desc);
    return ps;
}

/* ---- VALUES ---- */

typedef struct ValuesState {
    PlanState ps;
    int list_count;
    List **lists;
    ExprProgram **programs; /* one per row; NULL until needed */
    int next;
    Batch *rows;
    TupleDesc desc;
} ValuesState;

static Batch *
values_scan_next(PlanState *ps, int rows_max)
{
    ValuesState *state = (ValuesState *) ps;

    for (;;) {
        int count = 0;

        MemoryContextReset(ps->batch_context);
        rows_max = Min(rows_max, BATCH_ROWS_MAX);
        while (count < rows_max && state->next < state->list_count) {
            ExprProgram *program = state->programs[state->next++];

            expr_run(program, NULL, NULL, NULL);
            for (int c = 0; c < program->output_count; c++)
                state->rows->columns[c].values[count] =
                    expr_output(program, c, 0, &state->rows->columns[c].nulls[count]);
            count++;
        }
        if (count == 0)
            return NULL;
        state->rows->row_count = count;
        state->rows->sel_count = count;
        state->rows->sel = NULL;
        if (exec_filter(ps, state->rows))
            return exec_project(ps, state->rows);
    }
}

static void
values_scan_rescan(PlanState *ps)
{
    ((ValuesState *) ps)->next = 0;
}

static const PlanNodeOps values_scan_ops = {"Values Scan", values_scan_next, values_scan_rescan};

/* All lists have the types of the first. */
static TupleDesc
desc_from_values(List *exprs)
{
    TupleDesc desc = CreateTemplateTupleDesc(list_length(exprs));
    AttrNumber attno = 1;
    ListCell *lc;

    foreach (lc, exprs) {
        Node *expr = (Node *) lfirst(lc);

        TupleDescInitEntry(desc, attno, NULL, exprType(expr), exprTypmod(expr), 0);
        TupleDescInitEntryCollation(desc, attno, exprCollation(expr));
        attno++;
    }
    return desc;
}

PlanState *
exec_init_values_scan(const Plan *plan, EState *estate, int eflags)
{
    const ValuesScan *scan = (const ValuesScan *) plan;
    ValuesState *state = (ValuesState *) exec_make_node(sizeof(ValuesState), plan, estate,
                                                        &values_scan_ops);
    ListCell *lc;

    state->desc = desc_from_values((List *) linitial(scan->values_lists));
    state->programs = (ExprProgram **) palloc0(sizeof(ExprProgram *) *
                                               (Size) (list_length(scan->values_lists) + 1));
    foreach (lc, scan->values_lists)
        state->programs[state->list_count++] =
            expr_compile_list(&state->ps, estate, (List *) lfirst(lc));
    state->rows = batch_create(state->desc, Min(state->list_count + 1, BATCH_ROWS_MAX));
    exec_init_projection(&state->ps, state->desc);
    return &state->ps;
}

/* ---- CTE: one store per CTE, filled as far as the foremost reader has come ---- */

typedef struct CteShared {
    PlanState *planstate;
    Tuplestorestate *store;
    uint64 generation; /* of the store: readers of an older one start anew */
    bool at_end;
} CteShared;

typedef struct CteScanState {
    PlanState ps;
    CteShared *shared;
    int reader;
    uint64 generation; /* of the store that `reader` belongs to; 0: none */
} CteScanState;

static void
cte_open(CteScanState *state)
{
    CteShared *shared = state->shared;

    if (shared->planstate->any_changed && shared->store != NULL) {
        tuplestore_end(shared->store);
        shared->store = NULL;
    }
    if (shared->store == NULL) {
        MemoryContext old = MemoryContextSwitchTo(state->ps.estate->context);

        shared->store = tuplestore_begin_heap(true, false, exec_work_mem_kb());
        shared->at_end = false;
        shared->generation++;
        exec_rescan(shared->planstate);
        MemoryContextSwitchTo(old);
    }
    if (state->generation != shared->generation) {
        state->reader = tuplestore_alloc_read_pointer(shared->store, 0);
        state->generation = shared->generation;
    }
}

static Batch *
cte_read(CteScanState *state, int rows_max)
{
    CteShared *shared = state->shared;
    Batch *batch = NULL;

    if (tuplestore_tuple_count(shared->store) > 0)
        batch = tuplestore_read_batch(shared->store, state->reader, rows_max);
    if (batch == NULL && !shared->at_end) {
        Batch *more = exec_next(shared->planstate, rows_max);

        if (more == NULL) {
            shared->at_end = true;
            return NULL;
        }
        tuplestore_put_batch(shared->store, shared->planstate->desc, more);
        batch = tuplestore_read_batch(shared->store, state->reader, rows_max);
    }
    return batch;
}

static Batch *
cte_scan_next(PlanState *ps, int rows_max)
{
    CteScanState *state = (CteScanState *) ps;

    if (state->shared->store == NULL || state->generation != state->shared->generation ||
        state->shared->planstate->any_changed)
        cte_open(state);
    for (;;) {
        Batch *batch;

        MemoryContextReset(ps->batch_context);
        batch = cte_read(state, rows_max);
        if (batch == NULL)
            return NULL;
        if (exec_filter(ps, batch))
            return exec_project(ps, batch);
    }
}

static void
cte_scan_rescan(PlanState *ps)
{
    CteScanState *state = (CteScanState *) ps;

    if (state->shared->store != NULL && state->generation == state->shared->generation)
        tuplestore_seek(state->shared->store, state->reader, 0);
}

static void
cte_scan_suspend(PlanState *ps)
{
    CteScanState *state = (CteScanState *) ps;

    if (state->shared->store != NULL)
        tuplestore_end(state->shared->store);
    state->shared->store = NULL;
}

static const PlanNodeOps cte_scan_ops = {"CTE Scan", cte_scan_next, cte_scan_rescan,
                                         cte_scan_suspend};

PlanState *
exec_init_cte_scan(const Plan *plan, EState *estate, int eflags)
{
    const CteScan *scan = (const CteScan *) plan;
    CteScanState *state = (CteScanState *) exec_make_node(sizeof(CteScanState), plan, estate,
                                                          &cte_scan_ops);
    int index = scan->ctePlanId - 1;

    if (estate->ctes[index] == NULL) {
        estate->ctes[index] = (CteShared *) palloc0(sizeof(CteShared));
        estate->ctes[index]->planstate = estate->subplan_states[index];
    }
    state->shared = estate->ctes[index];
    if (state->shared->planstate == NULL)
        elog(ERROR, "plan of a CTE was not initialised");
    for (int w = 0; w < estate->param_words; w++)
        state->ps.all_params[w] |= state->shared->planstate->all_params[w];
    exec_init_projection(&state->ps, state->shared->planstate->desc);
    return &state->ps;
}

/* ---- the work table of a recursive query ---- */

typedef struct WorkTableState {
    PlanState ps;
    int slot;
    int64 position;
    bool ready;
    Batch *rows;
} WorkTableState;

static Batch *
work_table_next(PlanState *ps, int rows_max)
{
    WorkTableState *state = (WorkTableState *) ps;
    WorkTable *table = ps->estate->work_tables[state->slot];

    if (table == NULL || table->store == NULL)
        elog(ERROR, "work table read outside of its recursive query");
    for (;;) {
        Batch *batch;

        MemoryContextReset(ps->batch_context);
        if (tuplestore_tuple_count(table->store) == 0)
            return NULL;
        tuplestore_seek(table->store, 0, state->position);
        batch = tuplestore_read_batch(table->store, 0, rows_max);
        if (batch == NULL)
            return NULL;
        state->position = tuplestore_tell(table->store, 0);
        if (exec_filter(ps, batch))
            return exec_project(ps, batch);
    }
}

static void
work_table_rescan(PlanState *ps)
{
    ((WorkTableState *) ps)->position = 0;
}

static const PlanNodeOps work_table_ops = {"WorkTable Scan", work_table_next, work_table_rescan};

PlanState *
exec_init_work_table_scan(const Plan *plan, EState *estate, int eflags)
{
    const WorkTableScan *scan = (const WorkTableScan *) plan;
    WorkTableState *state = (WorkTableState *) exec_make_node(sizeof(WorkTableState), plan,
                                                              estate, &work_table_ops);
    WorkTable *table = estate->work_tables[scan->wtParam];

    state->slot = scan->wtParam;
    exec_note_param(&state->ps, scan->wtParam);
    exec_init_projection(&state->ps, table != NULL ? table->desc : NULL);
    return &state->ps;
}
