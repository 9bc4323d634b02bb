/*
 * node_simple.c - Result, Append, MergeAppend, RecursiveUnion, Limit, Material, Sort
 */
#include "base/base.h"
#include "executor/tuplesort.h"
#include "executor/tuplestore.h"
#include "executor_int.h"
#include "grouping_int.h"
#include "settings_int.h"
#include "sortkey_int.h"
#include "worktable_int.h"

/* ---- Result ---- */

typedef struct ResultState {
    PlanState ps;
    ExprProgram *once; /* tested once per scan */
    bool tested;
    bool passed;
    bool done;
    Batch empty; /* a row without columns */
} ResultState;

static bool
result_test(ResultState *state)
{
    if (!state->tested) {
        state->tested = true;
        state->passed = state->once == NULL || expr_filter(state->once, NULL, NULL, NULL) > 0;
    }
    return state->passed;
}

static Batch *
result_next(PlanState *ps, int rows_max)
{
    ResultState *state = (ResultState *) ps;

    if (state->done || !result_test(state))
        return NULL;
    for (;;) {
        Batch *input = &state->empty;

        if (ps->left != NULL) {
            input = exec_next(ps->left, rows_max);
            if (input == NULL)
                return NULL;
        } else {
            if (state->done)
                return NULL;
            state->done = true;
            input->row_count = 1;
            input->sel_count = 1;
            input->sel = NULL;
        }
        MemoryContextReset(ps->batch_context);
        if (exec_filter(ps, input))
            return exec_project(ps, input);
    }
}

static void
result_rescan(PlanState *ps)
{
    ResultState *state = (ResultState *) ps;

    state->tested = false;
    state->done = false;
    if (ps->left != NULL && !ps->left->any_changed)
        exec_rescan(ps->left);
}

static const PlanNodeOps result_ops = {"Result", result_next, result_rescan};

PlanState *
exec_init_result(const Plan *plan, EState *estate, int eflags)
{
    const Result *result = (const Result *) plan;
    ResultState *state = (ResultState *) exec_make_node(sizeof(ResultState), plan, estate,
                                                        &result_ops);

    state->ps.left = exec_init_node(outerPlan(plan), estate, eflags);
    if (result->resconstantqual != NULL) {
        List *clauses = IsA(result->resconstantqual, List) ? (List *) result->resconstantqual
                                                           : list_make1(result->resconstantqual);

        state->once = expr_compile_qual(&state->ps, estate, clauses);
    }
    exec_init_projection(&state->ps, state->ps.left != NULL ? state->ps.left->desc : NULL);
    return &state->ps;
}

/* ---- Append ---- */

typedef struct AppendState {
    PlanState ps;
    int current;
} AppendState;

static Batch *
append_next(PlanState *ps, int rows_max)
{
    AppendState *state = (AppendState *) ps;

    while (state->current < ps->child_count) {
        Batch *batch = exec_next(ps->children[state->current], rows_max);

        if (batch != NULL)
            return exec_project(ps, batch);
        state->current++;
    }
    return NULL;
}

static void
rescan_children(PlanState *ps)
{
    for (int i = 0; i < ps->child_count; i++) {
        if (!ps->children[i]->any_changed)
            exec_rescan(ps->children[i]);
    }
}

static void
append_rescan(PlanState *ps)
{
    ((AppendState *) ps)->current = 0;
    rescan_children(ps);
}

static const PlanNodeOps append_ops = {"Append", append_next, append_rescan};

PlanState *
exec_init_append(const Plan *plan, EState *estate, int eflags)
{
    PlanState *ps = exec_make_node(sizeof(AppendState), plan, estate, &append_ops);
    ListCell *lc;

    foreach (lc, ((const Append *) plan)->appendplans)
        (void) exec_add_child(ps, (const Plan *) lfirst(lc), eflags);
    ps->desc = executor_desc_from_targetlist(plan->targetlist, false);
    return ps;
}

/* ---- MergeAppend ---- */

typedef struct MergeInput {
    Batch *batch;
    int at; /* of the selected rows */
} MergeInput;

typedef struct MergeAppendState {
    PlanState ps;
    SortKey *keys;
    int key_count;
    MergeInput *inputs;
    bool begun;
    int pending; /* input whose row was given out last, to be stepped; -1: none */
    uint16 sel;
    Batch out;
} MergeAppendState;

static void
merge_input_step(MergeAppendState *state, int i, bool first)
{
    MergeInput *input = &state->inputs[i];

    if (!first && input->batch != NULL && ++input->at < input->batch->sel_count)
        return;
    if (!first && input->batch == NULL)
        return;
    input->batch = exec_next(state->ps.children[i], state->ps.estate->batch_rows);
    input->at = 0;
}

static bool
merge_input_less(MergeAppendState *state, int a, int b)
{
    MergeInput *left = &state->inputs[a];
    MergeInput *right = &state->inputs[b];
    int i = batch_row(left->batch, left->at);
    int k = batch_row(right->batch, right->at);

    for (int n = 0; n < state->key_count; n++) {
        SortKey *key = &state->keys[n];
        ColumnVector *x = batch_column(left->batch, key->column);
        ColumnVector *y = batch_column(right->batch, key->column);
        int order = sort_key_compare(key, x->values[i], x->nulls[i], y->values[k], y->nulls[k]);

        if (order != 0)
            return order < 0;
    }
    return false;
}

/* One row at a time: the smallest of the inputs' heads. */
static Batch *
merge_append_next(PlanState *ps, int rows_max)
{
    MergeAppendState *state = (MergeAppendState *) ps;
    int best = -1;

    if (!state->begun) {
        for (int i = 0; i < ps->child_count; i++)
            merge_input_step(state, i, true);
        state->begun = true;
        state->pending = -1;
    }
    if (state->pending >= 0)
        merge_input_step(state, state->pending, false);
    for (int i = 0; i < ps->child_count; i++) {
        if (state->inputs[i].batch != NULL && (best < 0 || merge_input_less(state, i, best)))
            best = i;
    }
    state->pending = best;
    if (best < 0)
        return NULL;
    state->out = *state->inputs[best].batch;
    state->sel = (uint16) batch_row(state->inputs[best].batch, state->inputs[best].at);
    state->out.sel = &state->sel;
    state->out.sel_count = 1;
    batch_decode_all(state->inputs[best].batch);
    return &state->out;
}

static void
merge_append_rescan(PlanState *ps)
{
    ((MergeAppendState *) ps)->begun = false;
    rescan_children(ps);
}

static const PlanNodeOps merge_append_ops = {"Merge Append", merge_append_next,
                                             merge_append_rescan};

PlanState *
exec_init_merge_append(const Plan *plan, EState *estate, int eflags)
{
    const MergeAppend *merge = (const MergeAppend *) plan;
    MergeAppendState *state = (MergeAppendState *) exec_make_node(
        sizeof(MergeAppendState), plan, estate, &merge_append_ops);
    ListCell *lc;

    foreach (lc, merge->mergeplans)
        (void) exec_add_child(&state->ps, (const Plan *) lfirst(lc), eflags);
    state->inputs = (MergeInput *) palloc0(sizeof(MergeInput) *
                                           (Size) Max(state->ps.child_count, 1));
    state->key_count = merge->numCols;
    state->keys = (SortKey *) palloc0(sizeof(SortKey) * (Size) Max(merge->numCols, 1));
    for (int i = 0; i < merge->numCols; i++)
        sort_key_init(&state->keys[i], merge->sortColIdx[i] - 1, merge->sortOperators[i],
                      merge->collations[i], merge->nullsFirst[i]);
    state->ps.desc = executor_desc_from_targetlist(plan->targetlist, false);
    return &state->ps;
}


/* ---- RecursiveUnion ---- */

typedef struct RecursiveUnionState {
    PlanState ps;
    int slot;
    WorkTable table;
    Tuplestorestate *next_rows; /* what the current round gives the next one */
    GroupTable *seen;           /* UNION: rows given out so far; NULL: UNION ALL */
    bool recursing;
    bool done;
} RecursiveUnionState;

static Tuplestorestate *
union_store(RecursiveUnionState *state)
{
    MemoryContext old = MemoryContextSwitchTo(state->ps.estate->context);
    Tuplestorestate *store = tuplestore_begin_heap(false, false, exec_work_mem_kb());

    MemoryContextSwitchTo(old);
    return store;
}

/* Keeps the rows that were not seen yet; false where none is left. */
static bool
union_take(RecursiveUnionState *state, Batch *batch, Tuplestorestate *into)
{
    if (state->seen != NULL && group_table_keep_new(state->seen, batch) == 0)
        return false;
    tuplestore_put_batch(into, state->ps.desc, batch);
    return true;
}

static void
union_begin(RecursiveUnionState *state)
{
    if (state->table.store == NULL)
        state->table.store = union_store(state);
    if (state->next_rows == NULL)
        state->next_rows = union_store(state);
}

/* The rows found in the last round become the work table. */
static bool
union_next_round(RecursiveUnionState *state)
{
    Tuplestorestate *rows = state->next_rows;

    if (tuplestore_tuple_count(rows) == 0)
        return false;
    state->next_rows = state->table.store;
    state->table.store = rows;
    tuplestore_clear(state->next_rows);
    exec_mark_slot(state->ps.right, state->slot);
    return true;
}

static Batch *
recursive_union_next(PlanState *ps, int rows_max)
{
    RecursiveUnionState *state = (RecursiveUnionState *) ps;
    Batch *batch;

    union_begin(state);
    while (!state->recursing && !state->done) {
        batch = exec_next(ps->left, rows_max);
        if (batch == NULL)
            state->recursing = true;
        else if (union_take(state, batch, state->table.store))
            return batch;
        if (state->recursing) {
            if (tuplestore_tuple_count(state->table.store) == 0)
                state->done = true;
            exec_mark_slot(ps->right, state->slot);
        }
    }
    while (!state->done) {
        CHECK_FOR_INTERRUPTS();
        batch = exec_next(ps->right, rows_max);
        if (batch == NULL)
            state->done = !union_next_round(state);
        else if (union_take(state, batch, state->next_rows))
            return batch;
    }
    return NULL;
}

static void
recursive_union_rescan(PlanState *ps)
{
    RecursiveUnionState *state = (RecursiveUnionState *) ps;

    state->recursing = false;
    state->done = false;
    if (state->table.store != NULL)
        tuplestore_clear(state->table.store);
    if (state->next_rows != NULL)
        tuplestore_clear(state->next_rows);
    if (state->seen != NULL)
        group_table_reset(state->seen);
    if (!ps->left->any_changed)
        exec_rescan(ps->left);
}

static void
recursive_union_suspend(PlanState *ps)
{
    RecursiveUnionState *state = (RecursiveUnionState *) ps;

    if (state->table.store != NULL)
        tuplestore_end(state->table.store);
    if (state->next_rows != NULL)
        tuplestore_end(state->next_rows);
    state->table.store = NULL;
    state->next_rows = NULL;
}

static const PlanNodeOps recursive_union_ops = {"Recursive Union", recursive_union_next,
                                                recursive_union_rescan, recursive_union_suspend};

PlanState *
exec_init_recursive_union(const Plan *plan, EState *estate, int eflags)
{
    const RecursiveUnion *node = (const RecursiveUnion *) plan;
    RecursiveUnionState *state = (RecursiveUnionState *) exec_make_node(
        sizeof(RecursiveUnionState), plan, estate, &recursive_union_ops);

    state->slot = node->wtParam;
    state->ps.desc = executor_desc_from_targetlist(plan->targetlist, false);
    state->table.desc = state->ps.desc;
    estate->work_tables[node->wtParam] = &state->table;
    state->ps.left = exec_init_node(outerPlan(plan), estate, eflags);
    state->ps.right = exec_init_node(innerPlan(plan), estate, eflags);
    if (node->numCols > 0)
        state->seen = group_table_create(estate->context, state->ps.desc, node->numCols,
                                         node->dupColIdx, node->dupOperators,
                                         node->dupCollations);
    return &state->ps;
}

/* ---- Material ---- */

typedef struct MaterialState {
    PlanState ps;
    Tuplestorestate *store;
    bool at_end; /* of the child */
} MaterialState;

static Batch *
material_next(PlanState *ps, int rows_max)
{
    MaterialState *state = (MaterialState *) ps;
    Batch *batch = NULL;

    if (state->store == NULL) {
        MemoryContext old = MemoryContextSwitchTo(ps->estate->context);

        state->store = tuplestore_begin_heap(true, false, exec_work_mem_kb());
        state->at_end = false;
        MemoryContextSwitchTo(old);
    }
    if (tuplestore_tuple_count(state->store) > 0)
        batch = tuplestore_read_batch(state->store, 0, rows_max);
    if (batch != NULL || state->at_end)
        return batch;
    batch = exec_next(ps->left, rows_max);
    if (batch == NULL) {
        state->at_end = true;
        return NULL;
    }
    tuplestore_put_batch(state->store, ps->desc, batch);
    tuplestore_seek(state->store, 0, tuplestore_tuple_count(state->store));
    return batch;
}

static void
material_forget(MaterialState *state)
{
    if (state->store != NULL)
        tuplestore_end(state->store);
    state->store = NULL;
}

static void
material_rescan(PlanState *ps)
{
    MaterialState *state = (MaterialState *) ps;

    if (ps->left->any_changed) {
        material_forget(state);
        exec_rescan(ps->left);
    } else if (state->store != NULL)
        tuplestore_seek(state->store, 0, 0);
}

static void
material_suspend(PlanState *ps)
{
    material_forget((MaterialState *) ps);
}

static const PlanNodeOps material_ops = {"Materialize", material_next, material_rescan,
                                         material_suspend};

PlanState *
exec_init_material(const Plan *plan, EState *estate, int eflags)
{
    PlanState *ps = exec_make_node(sizeof(MaterialState), plan, estate, &material_ops);

    ps->left = exec_init_node(outerPlan(plan), estate, eflags);
    ps->desc = executor_desc_from_targetlist(plan->targetlist, false);
    return ps;
}

/* ---- Sort ---- */

typedef struct SortState {
    PlanState ps;
    TuplesortKey *keys;
    int key_count;
    Tuplesortstate *sort;
    int64 bound;        /* only so many rows will be read; 0: all */
    int64 bound_used;   /* when it was sorted */
    TuplesortStats stats;
    bool has_stats;
} SortState;

static void
sort_forget(SortState *state)
{
    if (state->sort != NULL)
        tuplesort_end(state->sort);
    state->sort = NULL;
}

static void
sort_begin(SortState *state)
{
    PlanState *ps = &state->ps;
    MemoryContext old = MemoryContextSwitchTo(ps->estate->context);
    Batch *batch;

    state->sort = tuplesort_begin(ps->left->desc, state->keys, state->key_count,
                                  exec_work_mem_kb(), state->bound);
    state->bound_used = state->bound;
    MemoryContextSwitchTo(old);
    while ((batch = exec_next(ps->left, ps->estate->batch_rows)) != NULL)
        tuplesort_put_batch(state->sort, batch);
    tuplesort_perform(state->sort);
    state->stats = tuplesort_stats(state->sort);
    state->has_stats = true;
}

static Batch *
sort_next(PlanState *ps, int rows_max)
{
    SortState *state = (SortState *) ps;

    if (state->sort == NULL)
        sort_begin(state);
    return tuplesort_read_batch(state->sort, rows_max);
}

static void
sort_rescan(PlanState *ps)
{
    SortState *state = (SortState *) ps;

    if (ps->left->any_changed || state->bound != state->bound_used) {
        sort_forget(state);
        exec_rescan(ps->left);
    } else if (state->sort != NULL)
        tuplesort_rescan(state->sort);
}

static void
sort_suspend(PlanState *ps)
{
    sort_forget((SortState *) ps);
}

static bool
sort_detail(PlanState *ps, ExecutorDetailKind kind, int64 *ret_number, const char **ret_text)
{
    static const char *const methods[] = {"quicksort", "top-N heapsort", "external merge"};
    SortState *state = (SortState *) ps;

    if (!state->has_stats)
        return false;
    switch (kind) {
    case DETAIL_SORT_METHOD:
        *ret_text = methods[state->stats.method];
        return true;
    case DETAIL_SORT_SPACE_KB:
        *ret_number = state->stats.space_kb;
        return true;
    case DETAIL_SORT_SPACE_TYPE:
        *ret_text = state->stats.method == TUPLESORT_EXTERNAL ? "Disk" : "Memory";
        return true;
    default:
        return false;
    }
}

static const PlanNodeOps sort_ops = {"Sort", sort_next, sort_rescan, sort_suspend, sort_detail};

PlanState *
exec_init_sort(const Plan *plan, EState *estate, int eflags)
{
    const Sort *sort = (const Sort *) plan;
    SortState *state = (SortState *) exec_make_node(sizeof(SortState), plan, estate, &sort_ops);

    state->ps.left = exec_init_node(outerPlan(plan), estate, eflags);
    state->ps.desc = state->ps.left->desc;
    state->key_count = sort->numCols;
    state->keys = (TuplesortKey *) palloc0(sizeof(TuplesortKey) * (Size) Max(sort->numCols, 1));
    for (int i = 0; i < sort->numCols; i++)
        state->keys[i] = (TuplesortKey){sort->sortColIdx[i], sort->sortOperators[i],
                                        sort->collations[i], sort->nullsFirst[i]};
    return &state->ps;
}

void
exec_set_bound(PlanState *ps, int64 limit)
{
    if (ps->ops == &sort_ops)
        ((SortState *) ps)->bound = limit;
    else if (ps->ops == &result_ops && ps->left != NULL && ps->qual == NULL)
        exec_set_bound(ps->left, limit);
}

/* ---- Limit ---- */

typedef struct LimitState {
    PlanState ps;
    ExprProgram *offset;
    ExprProgram *count;
    int64 skip;      /* rows still to be dropped */
    int64 left;      /* rows still to be given; -1: no limit */
    bool evaluated;
    bool done;
    bool with_ties;
    int tie_count;
    EqualKey *tie_keys;
    StoredRow *last; /* the last row within the limit */
    RowLayout *layout;
    RowArena arena;
} LimitState;

static int64
limit_value(ExprProgram *program, const char *what, int errcode_value, int64 missing)
{
    bool isnull;
    Datum value;
    int64 number;

    if (program == NULL)
        return missing;
    value = expr_run_scalar(program, &isnull);
    if (isnull)
        return missing;
    number = DatumGetInt64(value);
    if (number < 0)
        ereport(ERROR, (errcode(errcode_value), errmsg("%s must not be negative", what)));
    return number;
}

static void
limit_evaluate(LimitState *state)
{
    state->skip = limit_value(state->offset, "OFFSET", ERRCODE_INVALID_ROW_COUNT_IN_RESULT_OFFSET_CLAUSE, 0);
    state->left = limit_value(state->count, "LIMIT", ERRCODE_INVALID_ROW_COUNT_IN_LIMIT_CLAUSE, -1);
    state->evaluated = true;
    state->done = false;
    state->last = NULL;
    if (!state->with_ties && state->left >= 0 && state->left <= INT64_MAX - state->skip)
        exec_set_bound(state->ps.left, state->left + state->skip);
    else
        exec_set_bound(state->ps.left, 0);
}

static bool
limit_is_tie(LimitState *state, Batch *batch, int i)
{
    for (int k = 0; k < state->tie_count; k++) {
        EqualKey *key = &state->tie_keys[k];
        ColumnVector *vector = batch_column(batch, key->column);

        if (!equal_key_same(key, vector->values[i], vector->nulls[i],
                            state->last->values[key->column],
                            row_nulls(state->layout, state->last)[key->column] != 0))
            return false;
    }
    return true;
}

/* Rows past the limit that equal the last one in the sort columns. */
static Batch *
limit_ties(LimitState *state, int rows_max)
{
    Batch *batch;
    int kept = 0;

    if (state->last == NULL)
        return NULL;
    batch = exec_next(state->ps.left, rows_max);
    if (batch == NULL)
        return NULL;
    while (kept < batch->sel_count && limit_is_tie(state, batch, batch_row(batch, kept)))
        kept++;
    if (kept < batch->sel_count)
        state->done = true;
    batch_truncate(batch, kept);
    return kept > 0 ? batch : NULL;
}

static void
limit_remember_last(LimitState *state, Batch *batch)
{
    batch_decode_all(batch);
    row_arena_reset(&state->arena);
    state->last = row_form_from_batch(state->layout, &state->arena, batch,
                                      batch_row(batch, batch->sel_count - 1));
}

static Batch *
limit_next(PlanState *ps, int rows_max)
{
    LimitState *state = (LimitState *) ps;
    Batch *batch;

    if (!state->evaluated)
        limit_evaluate(state);
    if (state->done)
        return NULL;
    while (state->skip > 0) {
        if (state->left == 0)
            return NULL;
        batch = exec_next(ps->left, (int) Min(state->skip, (int64) ps->estate->batch_rows));
        if (batch == NULL)
            return NULL;
        state->skip -= batch->sel_count;
    }
    if (state->left == 0)
        return state->with_ties ? limit_ties(state, rows_max) : NULL;
    if (state->left > 0)
        rows_max = (int) Min((int64) rows_max, state->left);
    batch = exec_next(ps->left, rows_max);
    if (batch == NULL)
        return NULL;
    if (state->left > 0)
        state->left -= batch->sel_count;
    if (state->left == 0 && state->with_ties)
        limit_remember_last(state, batch);
    return batch;
}

static void
limit_rescan(PlanState *ps)
{
    LimitState *state = (LimitState *) ps;

    limit_evaluate(state);
    if (!ps->left->any_changed)
        exec_rescan(ps->left);
}

static const PlanNodeOps limit_ops = {"Limit", limit_next, limit_rescan};

PlanState *
exec_init_limit(const Plan *plan, EState *estate, int eflags)
{
    const Limit *limit = (const Limit *) plan;
    LimitState *state = (LimitState *) exec_make_node(sizeof(LimitState), plan, estate,
                                                      &limit_ops);

    state->ps.left = exec_init_node(outerPlan(plan), estate, eflags);
    state->ps.desc = state->ps.left->desc;
    if (limit->limitOffset != NULL)
        state->offset = expr_compile_list(&state->ps, estate, list_make1(limit->limitOffset));
    if (limit->limitCount != NULL)
        state->count = expr_compile_list(&state->ps, estate, list_make1(limit->limitCount));
    state->with_ties = limit->limitOption == LIMIT_OPTION_WITH_TIES;
    state->layout = row_layout_create(state->ps.desc);
    row_arena_init(&state->arena, estate->context);
    state->tie_count = limit->uniqNumCols;
    state->tie_keys = equal_keys_create(limit->uniqNumCols, limit->uniqColIdx,
                                        limit->uniqOperators, limit->uniqCollations, false);
    return &state->ps;
}
