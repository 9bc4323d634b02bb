/*
 * node_nestloop.c - for each outer row, the inner rows that go with it
 *
 * Pairs of one outer batch are gathered until there are enough for a batch of output; values of
 * the inner side are copied, since the inner plan goes on meanwhile.
 */
#include "base/base.h"
#include "join_int.h"

typedef struct NestLoopState {
    PlanState ps;
    JoinPairs pairs;
    bool single;         /* semi, anti or unique inner: the first match decides */
    int param_count;
    int *param_slots;
    int *param_columns;  /* of the outer row, from 0 */
    Batch *outer;
    int outer_at;        /* selected row being joined */
    bool inner_open;     /* the inner plan stands somewhere for the current outer row */
    bool matched;        /* the current outer row has had a match */
    Batch *inner;        /* inner rows not yet paired */
    int inner_at;
} NestLoopState;

static bool
nest_loop_next_outer(NestLoopState *state, int rows_max)
{
    PlanState *ps = &state->ps;

    if (state->outer != NULL && ++state->outer_at < state->outer->sel_count)
        return true;
    state->outer = exec_next(ps->left, rows_max);
    state->outer_at = 0;
    return state->outer != NULL;
}

static void
nest_loop_open_inner(NestLoopState *state)
{
    EState *estate = state->ps.estate;
    PlanState *inner = state->ps.right;
    int row = batch_row(state->outer, state->outer_at);

    for (int i = 0; i < state->param_count; i++) {
        ColumnVector *vector = batch_column(state->outer, state->param_columns[i]);

        exec_set_param(estate, state->param_slots[i], vector->values[row], vector->nulls[row]);
        exec_mark_slot(inner, state->param_slots[i]);
    }
    exec_rescan(inner);
    state->inner = NULL;
    state->inner_open = true;
    state->matched = false;
}

/* The pairs gathered are tested and, as the join type has it, kept; NULL: none. */
static Batch *
nest_loop_test(NestLoopState *state)
{
    JoinPairs *pairs = &state->pairs;

    if (join_pairs_match(pairs, NULL) == 0) {
        exec_count_filtered(&state->ps, pairs->count);
        return NULL;
    }
    exec_count_filtered(&state->ps, pairs->count - pairs->outer.batch.sel_count);
    state->matched = true;
    return join_pairs_output(pairs, NULL, 0);
}

/* The outer row alone, its inner columns null. */
static Batch *
nest_loop_unmatched(NestLoopState *state)
{
    static const uint16 first = 0;
    JoinPairs *pairs = &state->pairs;

    join_pairs_begin(pairs);
    join_pairs_reserve(pairs, 1);
    join_side_put(&pairs->outer, 0, state->outer, batch_row(state->outer, state->outer_at), NULL);
    join_side_put_nulls(&pairs->inner, 0);
    pairs->count = 1;
    return join_pairs_output(pairs, &first, 1);
}

/* ---- one outer row at a time: outer, semi and anti joins ---- */

/* Gathers the rest of the inner batch, up to rows_max pairs. */
static void
nest_loop_gather_inner(NestLoopState *state, int rows_max)
{
    JoinPairs *pairs = &state->pairs;
    int outer_row = batch_row(state->outer, state->outer_at);
    int count = Min(state->inner->sel_count - state->inner_at, rows_max);

    join_pairs_begin(pairs);
    join_pairs_reserve(pairs, count);
    for (int i = 0; i < count; i++) {
        join_side_put(&pairs->outer, i, state->outer, outer_row, NULL);
        join_side_put(&pairs->inner, i, state->inner,
                      batch_row(state->inner, state->inner_at + i), NULL);
    }
    pairs->count = count;
    state->inner_at += count;
}

/* Next output for the current outer row; NULL when it is done. */
static Batch *
nest_loop_row(NestLoopState *state, int rows_max)
{
    PlanState *ps = &state->ps;
    JoinType type = state->pairs.type;
    int ask = state->single ? 1 : rows_max;

    for (;;) {
        Batch *out;

        if (state->inner == NULL || state->inner_at >= state->inner->sel_count) {
            state->inner = exec_next(ps->right, ask);
            state->inner_at = 0;
            if (state->inner == NULL)
                break;
        }
        MemoryContextReset(ps->batch_context);
        nest_loop_gather_inner(state, ask);
        out = nest_loop_test(state);
        if (state->matched && type == JOIN_ANTI) {
            state->inner_open = false;
            return NULL;
        }
        if (state->matched && state->single)
            state->inner_open = false;
        if (out != NULL || !state->inner_open)
            return out;
    }
    state->inner_open = false;
    if (!state->matched && (type == JOIN_LEFT || type == JOIN_ANTI)) {
        state->matched = true;
        return nest_loop_unmatched(state);
    }
    return NULL;
}

static Batch *
nest_loop_next_by_row(NestLoopState *state, int rows_max)
{
    for (;;) {
        Batch *out;

        CHECK_FOR_INTERRUPTS();
        if (!state->inner_open) {
            if (!nest_loop_next_outer(state, rows_max))
                return NULL;
            nest_loop_open_inner(state);
        }
        out = nest_loop_row(state, rows_max);
        if (out != NULL)
            return out;
    }
}

/* ---- inner joins: pairs of many outer rows in one batch ---- */

/* Gathers pairs until there are rows_max or the outer batch is used up; false at the end. */
static bool
nest_loop_gather(NestLoopState *state, int rows_max)
{
    PlanState *ps = &state->ps;
    JoinPairs *pairs = &state->pairs;

    join_pairs_begin(pairs);
    MemoryContextReset(ps->batch_context);
    while (pairs->count < rows_max) {
        int outer_row;
        int count;

        if (!state->inner_open) {
            /* a new outer batch would take away the rows already paired */
            if (pairs->count > 0 && state->outer_at + 1 >= state->outer->sel_count)
                return true;
            if (!nest_loop_next_outer(state, rows_max))
                return pairs->count > 0;
            nest_loop_open_inner(state);
        }
        if (state->inner == NULL || state->inner_at >= state->inner->sel_count) {
            CHECK_FOR_INTERRUPTS();
            state->inner = exec_next(ps->right, rows_max - pairs->count);
            state->inner_at = 0;
            if (state->inner == NULL) {
                state->inner_open = false;
                continue;
            }
        }
        outer_row = batch_row(state->outer, state->outer_at);
        count = Min(state->inner->sel_count - state->inner_at, rows_max - pairs->count);
        join_pairs_reserve(pairs, pairs->count + count);
        for (int i = 0; i < count; i++) {
            join_side_put(&pairs->outer, pairs->count, state->outer, outer_row, NULL);
            join_side_put(&pairs->inner, pairs->count, state->inner,
                          batch_row(state->inner, state->inner_at++), ps->batch_context);
            pairs->count++;
        }
    }
    return true;
}

static Batch *
nest_loop_next(PlanState *ps, int rows_max)
{
    NestLoopState *state = (NestLoopState *) ps;

    rows_max = Min(rows_max, BATCH_ROWS_MAX);
    if (state->single || state->pairs.type != JOIN_INNER)
        return nest_loop_next_by_row(state, rows_max);
    while (nest_loop_gather(state, rows_max)) {
        Batch *out = nest_loop_test(state);

        if (out != NULL)
            return out;
    }
    return NULL;
}

static void
nest_loop_rescan(PlanState *ps)
{
    NestLoopState *state = (NestLoopState *) ps;

    state->outer = NULL;
    state->outer_at = 0;
    state->inner_open = false;
    state->inner = NULL;
    if (!ps->left->any_changed)
        exec_rescan(ps->left);
}

static const PlanNodeOps nest_loop_ops = {"Nested Loop", nest_loop_next, nest_loop_rescan};

PlanState *
exec_init_nest_loop(const Plan *plan, EState *estate, int eflags)
{
    const NestLoop *nest = (const NestLoop *) plan;
    NestLoopState *state = (NestLoopState *) exec_make_node(sizeof(NestLoopState), plan, estate,
                                                            &nest_loop_ops);
    Size count = (Size) (list_length(nest->nestParams) + 1);
    ListCell *lc;

    if (nest->join.jointype == JOIN_RIGHT || nest->join.jointype == JOIN_FULL)
        elog(ERROR, "a nested loop cannot do a right or full join");
    state->ps.left = exec_init_node(outerPlan(plan), estate, eflags);
    state->ps.right = exec_init_node(innerPlan(plan), estate, eflags);
    state->single = nest->join.inner_unique || nest->join.jointype == JOIN_SEMI ||
                    nest->join.jointype == JOIN_ANTI;
    state->param_slots = (int *) palloc0(sizeof(int) * count);
    state->param_columns = (int *) palloc0(sizeof(int) * count);
    foreach (lc, nest->nestParams) {
        NestLoopParam *param = lfirst_node(NestLoopParam, lc);

        state->param_slots[state->param_count] = param->paramno;
        state->param_columns[state->param_count++] = param->paramval->varattno - 1;
    }
    join_pairs_init(&state->pairs, &state->ps, &nest->join, NIL);
    return &state->ps;
}
