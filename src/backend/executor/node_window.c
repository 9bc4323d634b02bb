/*
 * node_window.c - WindowAgg: functions over a row's partition, peers and frame
 *
 * Why        The input is sorted by partition and order columns. A partition is taken in whole,
 *            with the arguments of the window functions computed a batch at a time and stored
 *            beside the row; then its rows are given out in order. The ranking and offset functions
 *            are computed here from positions; aggregates run over the frame, going on where the
 *            last row's frame ended as long as the frame only grows.
 * Invariants
 *   W1. Positions count rows of the partition from 0. A frame is [start, end) less exclusions.
 *   W2. peer_start[i] is the position of the first peer of row i; peers are contiguous.
 */
#include "base/base.h"
#include "catalog/catalog.h"
#include "catalog/lsyscache.h"
#include "executor/tuplestore.h"
#include "executor_int.h"
#include "parser/nodefuncs.h"
#include "settings_int.h"
#include "window_int.h"

static bool
window_same_keys(EqualKey *keys, int count, const Datum *a, const bool *anulls, const Datum *b,
                 const bool *bnulls)
{
    for (int k = 0; k < count; k++) {
        int column = keys[k].column;

        if (!equal_key_same(&keys[k], a[column], anulls[column], b[column], bnulls[column]))
            return false;
    }
    return true;
}

/* ---- taking in a partition ---- */

static bool
window_fetch(WindowState *state)
{
    if (state->input != NULL && state->input_next < state->input->sel_count)
        return true;
    if (state->at_end)
        return false;
    state->input = exec_next(state->ps.left, state->ps.estate->batch_rows);
    state->input_next = 0;
    if (state->input == NULL) {
        state->at_end = true;
        return false;
    }
    batch_decode_all(state->input);
    expr_run(state->args, state->input, NULL, NULL);
    return true;
}

static void
window_store_row(WindowState *state, int i)
{
    batch_get_row(state->input, i, state->scratch_values, state->scratch_nulls);
    for (int k = 0; k < state->args->output_count; k++)
        state->scratch_values[state->input_natts + k] =
            expr_output(state->args, k, i, &state->scratch_nulls[state->input_natts + k]);
    tuplestore_putvalues(state->store, state->row_desc, state->scratch_values,
                         state->scratch_nulls);
}

/* Stores rows until the partition columns change. */
static void
window_take_rows(WindowState *state)
{
    bool first = true;

    while (window_fetch(state)) {
        int i = batch_row(state->input, state->input_next);

        batch_get_row(state->input, i, state->scratch_values, state->scratch_nulls);
        if (first) {
            row_arena_reset(&state->key_arena);
            state->first_row = row_form(state->input_layout, &state->key_arena,
                                        state->scratch_values, state->scratch_nulls);
            first = false;
        } else if (!window_same_keys(state->part_keys, state->node->partNumCols,
                                     state->scratch_values, state->scratch_nulls,
                                     state->first_row->values,
                                     (bool *) row_nulls(state->input_layout, state->first_row)))
            return;
        window_store_row(state, i);
        state->input_next++;
        if (state->input_next >= state->input->sel_count)
            MemoryContextReset(state->ps.batch_context);
    }
}

/* W2 */
static void
window_find_peers(WindowState *state)
{
    Datum *values;
    bool *nulls;
    RowArena arena;
    StoredRow *before = NULL;
    int64 start = 0;
    int64 group = -1;

    if (state->row_count > state->arrays_size) {
        Size size = sizeof(int64) * (Size) state->row_count;

        state->peer_start = (int64 *) MemoryContextAllocHuge(state->part_context, size);
        state->peer_end = (int64 *) MemoryContextAllocHuge(state->part_context, size);
        state->group_number = (int64 *) MemoryContextAllocHuge(state->part_context, size);
        state->arrays_size = state->row_count;
    }
    row_arena_init(&arena, state->part_context);
    tuplestore_seek(state->store, 0, 0);
    for (int64 i = 0; i < state->row_count; i++) {
        (void) tuplestore_read_row(state->store, 0, true, &values, &nulls);
        if (before == NULL ||
            !window_same_keys(state->order_keys, state->node->ordNumCols, values, nulls,
                              before->values, (bool *) row_nulls(state->layout, before))) {
            for (int64 k = start; k < i; k++)
                state->peer_end[k] = i;
            row_arena_reset(&arena);
            before = row_form(state->layout, &arena, values, nulls);
            start = i;
            group++;
        }
        state->peer_start[i] = start;
        state->group_number[i] = group;
    }
    for (int64 k = start; k < state->row_count; k++)
        state->peer_end[k] = state->row_count;
}

static void
window_reset_function(WindowFunction *function)
{
    function->from = 0;
    function->upto = -1;
    function->buckets = -1;
}

static bool
window_open_partition(WindowState *state)
{
    MemoryContextReset(state->part_context);
    state->arrays_size = 0;
    if (state->store == NULL) {
        MemoryContext old = MemoryContextSwitchTo(state->ps.estate->context);

        state->store = tuplestore_begin_heap(true, false, exec_work_mem_kb());
        (void) tuplestore_alloc_read_pointer(state->store, 0);
        MemoryContextSwitchTo(old);
    }
    tuplestore_clear(state->store);
    window_take_rows(state);
    state->row_count = tuplestore_tuple_count(state->store);
    if (state->row_count == 0)
        return false;
    window_find_peers(state);
    for (int f = 0; f < state->function_count; f++)
        window_reset_function(&state->functions[f]);
    state->position = 0;
    state->frame_start = 0;
    state->frame_end = 0;
    return true;
}

/* ---- the node ---- */

/* Computes the functions for the row at state->position into output row `at`. */
static void
window_row(WindowState *state, int at)
{
    Datum *values;
    bool *nulls;
    StoredRow *row;

    state->frame_start = window_frame_start(state);
    state->frame_end = Max(window_frame_end(state), state->frame_start);
    tuplestore_seek(state->store, 0, state->position);
    (void) tuplestore_read_row(state->store, 0, true, &values, &nulls);
    row = row_form(state->input_layout, &state->out_arena, values, nulls);
    row_to_batch(state->input_layout, row, state->out_rows, at);
    for (int f = 0; f < state->function_count; f++) {
        WindowFunction *function = &state->functions[f];
        ColumnVector *column = &state->results.columns[f];
        Datum value = window_compute(state, function, &column->nulls[at]);

        column->values[at] = column->nulls[at] ? (Datum) 0
                                               : datum_copy(value, function->result_byval,
                                                            function->result_len);
    }
    state->position++;
}

static int
window_fill(WindowState *state, int rows_max)
{
    MemoryContext old;
    int made = 0;

    row_arena_reset(&state->out_arena);
    while (made < rows_max) {
        if (!state->partition_open || state->position >= state->row_count) {
            /* the rows made so far were copied: the store may go */
            state->partition_open = window_open_partition(state);
            if (!state->partition_open)
                break;
        }
        old = MemoryContextSwitchTo(state->out_context);
        window_row(state, made++);
        MemoryContextSwitchTo(old);
    }
    return made;
}

static Batch *
window_next(PlanState *ps, int rows_max)
{
    WindowState *state = (WindowState *) ps;

    if (!state->offsets_done)
        window_evaluate_offsets(state);
    for (;;) {
        int count;

        CHECK_FOR_INTERRUPTS();
        MemoryContextReset(state->out_context);
        count = window_fill(state, Min(rows_max, BATCH_ROWS_MAX));
        if (count == 0)
            return NULL;
        state->out_rows->row_count = count;
        state->out_rows->sel_count = count;
        state->out_rows->sel = NULL;
        state->results.row_count = count;
        state->results.sel_count = count;
        state->results.sel = NULL;
        if (ps->qual != NULL &&
            expr_filter(ps->qual, state->out_rows, NULL, &state->results) == 0)
            continue;
        return projection_run(ps->projection, state->out_rows, NULL, &state->results);
    }
}

static void
window_rescan(PlanState *ps)
{
    WindowState *state = (WindowState *) ps;

    state->offsets_done = false;
    state->partition_open = false;
    state->input = NULL;
    state->input_next = 0;
    state->at_end = false;
    if (!ps->left->any_changed)
        exec_rescan(ps->left);
}

static void
window_suspend(PlanState *ps)
{
    WindowState *state = (WindowState *) ps;

    if (state->store != NULL)
        tuplestore_end(state->store);
    state->store = NULL;
    state->partition_open = false;
}

static const PlanNodeOps window_ops = {"WindowAgg", window_next, window_rescan, window_suspend};

/* ---- making ---- */

static WindowKind
window_kind(Oid function)
{
    switch (function) {
    case 3100:
        return WINDOW_ROW_NUMBER;
    case 3101:
        return WINDOW_RANK;
    case 3102:
        return WINDOW_DENSE_RANK;
    case 3103:
        return WINDOW_PERCENT_RANK;
    case 3104:
        return WINDOW_CUME_DIST;
    case 3105:
        return WINDOW_NTILE;
    case 3106:
    case 3107:
    case 3108:
        return WINDOW_LAG;
    case 3109:
    case 3110:
    case 3111:
        return WINDOW_LEAD;
    case 3112:
        return WINDOW_FIRST_VALUE;
    case 3113:
        return WINDOW_LAST_VALUE;
    case 3114:
        return WINDOW_NTH_VALUE;
    default:
        ereport(ERROR, (errcode(ERRCODE_FEATURE_NOT_SUPPORTED),
                        errmsg("window function with OID %u is not supported", function)));
    }
}

/* An Aggref that says of the window function's aggregate what agg.c wants to know. */
static Aggref *
window_aggref(WindowFunc *func)
{
    Aggref *aggref = makeNode(Aggref);
    AttrNumber resno = 1;
    ListCell *lc;

    aggref->aggfnoid = func->winfnoid;
    aggref->aggtype = func->wintype;
    aggref->inputcollid = func->inputcollid;
    aggref->aggstar = func->winstar;
    aggref->aggkind = AGGKIND_NORMAL;
    aggref->aggtranstype = agg_resolve_transtype(func->winfnoid, func->args);
    foreach (lc, func->args) {
        TargetEntry *tle = makeNode(TargetEntry);

        tle->expr = (Expr *) lfirst(lc);
        tle->resno = resno++;
        aggref->args = lappend(aggref->args, tle);
    }
    return aggref;
}

static void
window_init_aggregate(WindowState *state, WindowFunction *function)
{
    MemoryContext context = state->ps.estate->context;

    function->kind = WINDOW_AGGREGATE;
    function->set = agg_set_create(&state->ps, list_make1(window_aggref(function->func)));
    function->agg_context = AllocSetContextCreate(context, "window aggregate",
                                                  ALLOCSET_SMALL_SIZES);
    function->set->call_context.type = T_WindowAggState;
    function->set->call_context.aggcontext = function->agg_context;
    function->value = (TransValue *) palloc0(sizeof(TransValue));
}

static bool
window_collect_walker(Node *node, List **funcs)
{
    if (node == NULL)
        return false;
    if (IsA(node, WindowFunc)) {
        *funcs = lappend(*funcs, node);
        return false;
    }
    return expression_tree_walker(node, window_collect_walker, funcs);
}

static int
window_special(void *arg, Expr *expr)
{
    WindowState *state = (WindowState *) arg;

    for (int f = 0; f < state->function_count; f++) {
        if (equal(state->functions[f].func, expr))
            return f;
    }
    elog(ERROR, "window function of another window found in a target list");
}

static void
window_init_functions(WindowState *state, List *funcs, List **args)
{
    List *filters = NIL;
    ListCell *lc;

    state->functions = (WindowFunction *) palloc0(sizeof(WindowFunction) *
                                                  (Size) (list_length(funcs) + 1));
    foreach (lc, funcs) {
        WindowFunction *function = &state->functions[state->function_count++];

        function->func = lfirst_node(WindowFunc, lc);
        function->arg_first = state->input_natts + list_length(*args);
        function->arg_count = list_length(function->func->args);
        function->filter = -1;
        *args = list_concat_copy(*args, function->func->args);
        get_typlenbyval(function->func->wintype, &function->result_len, &function->result_byval);
        if (function->func->winagg)
            window_init_aggregate(state, function);
        else
            function->kind = window_kind(function->func->winfnoid);
    }
    for (int f = 0; f < state->function_count; f++) {
        WindowFunction *function = &state->functions[f];

        if (function->func->aggfilter == NULL)
            continue;
        function->filter = state->input_natts + list_length(*args) + list_length(filters);
        filters = lappend(filters, function->func->aggfilter);
    }
    *args = list_concat(*args, filters);
}

static void
window_init_rows(WindowState *state, List *args)
{
    TupleDesc input = state->ps.left->desc;
    int column = input->natts;
    ListCell *lc;

    state->row_desc = CreateTemplateTupleDesc(input->natts + list_length(args));
    for (int c = 1; c <= input->natts; c++)
        TupleDescCopyEntry(state->row_desc, (AttrNumber) c, input, (AttrNumber) c);
    foreach (lc, args)
        TupleDescInitEntry(state->row_desc, (AttrNumber) ++column, NULL,
                           exprType((Node *) lfirst(lc)), -1, 0);
    state->layout = row_layout_create(state->row_desc);
    state->input_layout = row_layout_create(input);
    state->scratch_values = (Datum *) palloc0(sizeof(Datum) * (Size) (column + 1));
    state->scratch_nulls = (bool *) palloc0(sizeof(bool) * (Size) (column + 1));
    state->out_rows = batch_create(input, BATCH_ROWS_MAX);
    state->results.column_count = state->function_count;
    state->results.columns = (ColumnVector *) palloc0(
        sizeof(ColumnVector) * (Size) Max(state->function_count, 1));
    for (int f = 0; f < state->function_count; f++) {
        state->results.columns[f].values = (Datum *) palloc(sizeof(Datum) * BATCH_ROWS_MAX);
        state->results.columns[f].nulls = (bool *) palloc(sizeof(bool) * BATCH_ROWS_MAX);
        state->results.columns[f].ready = true;
    }
}

static void
window_init_offsets(WindowState *state)
{
    const WindowAgg *node = state->node;
    List *exprs = NIL;

    state->start_output = -1;
    state->end_output = -1;
    if (node->startOffset != NULL) {
        state->start_output = list_length(exprs);
        exprs = lappend(exprs, node->startOffset);
    }
    if (node->endOffset != NULL) {
        state->end_output = list_length(exprs);
        exprs = lappend(exprs, node->endOffset);
    }
    if (exprs != NIL) {
        state->offsets = expr_compile_list(&state->ps, state->ps.estate, exprs);
        state->offsets->eval_context = NULL;
    }
    if (OidIsValid(node->startInRangeFunc))
        fmgr_info(node->startInRangeFunc, &state->start_in_range);
    if (OidIsValid(node->endInRangeFunc))
        fmgr_info(node->endInRangeFunc, &state->end_in_range);
}

PlanState *
exec_init_window_agg(const Plan *plan, EState *estate, int eflags)
{
    const WindowAgg *node = (const WindowAgg *) plan;
    WindowState *state = (WindowState *) exec_make_node(sizeof(WindowState), plan, estate,
                                                        &window_ops);
    ExprCompiler compiler = {.parent = &state->ps, .estate = estate, .special = window_special,
                             .special_arg = state};
    List *funcs = NIL;
    List *args = NIL;

    state->node = node;
    state->ps.left = exec_init_node(outerPlan(plan), estate, eflags);
    state->input_natts = state->ps.left->desc->natts;
    (void) window_collect_walker((Node *) plan->targetlist, &funcs);
    (void) window_collect_walker((Node *) plan->qual, &funcs);
    window_init_functions(state, funcs, &args);
    state->args = expr_compile_list(&state->ps, estate, args);
    window_init_rows(state, args);
    window_init_offsets(state);
    state->part_keys = equal_keys_create(node->partNumCols, node->partColIdx,
                                         node->partOperators, node->partCollations, false);
    state->order_keys = equal_keys_create(node->ordNumCols, node->ordColIdx, node->ordOperators,
                                          node->ordCollations, false);
    state->part_context = AllocSetContextCreate(estate->context, "window partition",
                                                ALLOCSET_DEFAULT_SIZES);
    state->out_context = AllocSetContextCreate(estate->context, "window output",
                                               ALLOCSET_DEFAULT_SIZES);
    row_arena_init(&state->out_arena, estate->context);
    row_arena_init(&state->key_arena, estate->context);
    state->ps.desc = executor_desc_from_targetlist(plan->targetlist, false);
    state->ps.qual = expr_compile_qual_with(&compiler, plan->qual);
    state->ps.projection = projection_create(&compiler, plan->targetlist, state->ps.desc);
    return &state->ps;
}
