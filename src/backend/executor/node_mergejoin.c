/*
 * node_mergejoin.c - joins of two inputs that are sorted by the join keys
 *
 * Why        Both inputs are walked once. The inner rows of one key value are kept as a group, and
 *            each outer row with that value is paired with all of them.
 * Invariants
 *   J1. The group holds all inner rows equal to its key that were read; the inner input stands at
 *       the first row behind them.
 *   J2. A row with a NULL key matches nothing.
 */
#include "base/base.h"
#include "catalog/catalog.h"
#include "catalog/lsyscache.h"
#include "join_int.h"
#include "parser/nodefuncs.h"

typedef struct MergeSide {
    PlanState *child;
    ExprProgram *program; /* its keys */
    Batch *batch;
    int at;
    bool at_end;
} MergeSide;

typedef struct MergeJoinState {
    PlanState ps;
    JoinPairs pairs;
    bool keep_outer;
    bool keep_inner;
    bool first_only;
    int key_count;
    SortKey *keys;       /* outer against inner */
    SortKey *outer_keys; /* outer against outer */
    MergeSide outer;
    MergeSide inner;
    bool begun;
    bool outer_open;     /* the outer row at hand is being paired */
    bool outer_matched;
    bool outer_step;     /* step on before anything else: the row was given out */
    bool inner_step;

    RowLayout *inner_layout;
    RowLayout *key_layout;
    RowArena arena;      /* of the group */
    StoredRow **group;
    bool *group_matched;
    int group_count;
    int group_size;
    int group_at;        /* next member to pair with the outer row */
    StoredRow *group_key; /* NULL: no group */
    int flush_at;        /* members given out as unmatched so far; -1: not doing so */
    uint16 sel[BATCH_ROWS_MAX];
} MergeJoinState;

/* ---- the inputs ---- */

static void
side_fetch(MergeJoinState *state, MergeSide *side)
{
    side->batch = exec_next(side->child, state->ps.estate->batch_rows);
    side->at = 0;
    side->at_end = side->batch == NULL;
    if (side->at_end)
        return;
    batch_decode_all(side->batch);
    MemoryContextReset(side->program->eval_context);
    expr_run(side->program, side->batch, NULL, NULL);
}

static void
side_step(MergeJoinState *state, MergeSide *side)
{
    if (++side->at >= side->batch->sel_count)
        side_fetch(state, side);
}

static int
side_row(const MergeSide *side)
{
    return batch_row(side->batch, side->at);
}

static bool
side_has_null(const MergeJoinState *state, const MergeSide *side)
{
    for (int k = 0; k < state->key_count; k++) {
        bool isnull;

        (void) expr_output(side->program, k, side_row(side), &isnull);
        if (isnull)
            return true;
    }
    return false;
}

static int
compare_sides(MergeJoinState *state)
{
    for (int k = 0; k < state->key_count; k++) {
        bool anull, bnull;
        Datum a = expr_output(state->outer.program, k, side_row(&state->outer), &anull);
        Datum b = expr_output(state->inner.program, k, side_row(&state->inner), &bnull);
        int order = sort_key_compare(&state->keys[k], a, anull, b, bnull);

        if (order != 0)
            return order;
    }
    return 0;
}

/* ---- the group ---- */

static StoredRow *
key_row(MergeJoinState *state, MergeSide *side)
{
    Datum values[INDEX_MAX_KEYS];
    bool nulls[INDEX_MAX_KEYS];

    for (int k = 0; k < state->key_count; k++)
        values[k] = expr_output(side->program, k, side_row(side), &nulls[k]);
    return row_form(state->key_layout, &state->arena, values, nulls);
}

/* Is the outer row's key the group's, which is a former outer row's? */
static int
compare_outer_group(MergeJoinState *state)
{
    for (int k = 0; k < state->key_count; k++) {
        bool isnull;
        Datum value = expr_output(state->outer.program, k, side_row(&state->outer), &isnull);
        int order = sort_key_compare(&state->outer_keys[k], value, isnull,
                                     state->group_key->values[k], false);

        if (order != 0)
            return order;
    }
    return 0;
}

/* Gathers the inner rows equal to the outer row, at which the inner input stands. J1 */
static void
group_gather(MergeJoinState *state)
{
    row_arena_reset(&state->arena);
    state->group_count = 0;
    state->group_key = key_row(state, &state->outer);
    while (!state->inner.at_end && compare_sides(state) == 0) {
        if (state->group_count >= state->group_size) {
            int size = Max(state->group_size * 2, 64);

            state->group = state->group == NULL
                               ? (StoredRow **) MemoryContextAllocHuge(
                                     state->ps.estate->context,
                                     sizeof(StoredRow *) * (Size) size)
                               : (StoredRow **) repalloc_huge(
                                     state->group, sizeof(StoredRow *) * (Size) size);
            state->group_matched =
                state->group_matched == NULL
                    ? (bool *) MemoryContextAllocHuge(state->ps.estate->context, (Size) size)
                    : (bool *) repalloc_huge(state->group_matched, (Size) size);
            state->group_size = size;
        }
        state->group_matched[state->group_count] = false;
        state->group[state->group_count++] = row_form_from_batch(
            state->inner_layout, &state->arena, state->inner.batch, side_row(&state->inner));
        side_step(state, &state->inner);
    }
}

/* ---- output ---- */

static Batch *
give_outer_unmatched(MergeJoinState *state)
{
    JoinPairs *pairs = &state->pairs;

    join_pairs_begin(pairs);
    join_pairs_reserve(pairs, 1);
    join_side_put(&pairs->outer, 0, state->outer.batch, side_row(&state->outer), NULL);
    join_side_put_nulls(&pairs->inner, 0);
    pairs->count = 1;
    state->sel[0] = 0;
    return join_pairs_output(pairs, state->sel, 1);
}

static Batch *
give_inner_unmatched(MergeJoinState *state)
{
    JoinPairs *pairs = &state->pairs;

    join_pairs_begin(pairs);
    join_pairs_reserve(pairs, 1);
    join_side_put_nulls(&pairs->outer, 0);
    join_side_put(&pairs->inner, 0, state->inner.batch, side_row(&state->inner), NULL);
    pairs->count = 1;
    state->sel[0] = 0;
    return join_pairs_output(pairs, state->sel, 1);
}

/* Members of the group that no outer row matched. */
static Batch *
give_group_unmatched(MergeJoinState *state, int rows_max)
{
    JoinPairs *pairs = &state->pairs;

    join_pairs_begin(pairs);
    while (pairs->count < rows_max && state->flush_at < state->group_count) {
        int member = state->flush_at++;

        if (state->group_matched[member])
            continue;
        join_pairs_reserve(pairs, pairs->count + 1);
        join_side_put_nulls(&pairs->outer, pairs->count);
        join_side_put_row(&pairs->inner, pairs->count, state->inner_layout,
                          state->group[member]);
        state->sel[pairs->count] = (uint16) pairs->count;
        pairs->count++;
    }
    return pairs->count > 0 ? join_pairs_output(pairs, state->sel, pairs->count) : NULL;
}

/* Pairs the outer row with further members of the group. */
static Batch *
give_pairs(MergeJoinState *state, int rows_max)
{
    JoinPairs *pairs = &state->pairs;
    int first = state->group_at;
    int count = Min(state->group_count - first, rows_max);
    int kept = 0;
    bool passed[BATCH_ROWS_MAX];

    if (state->first_only && pairs->joinqual == NULL)
        count = Min(count, 1);
    join_pairs_begin(pairs);
    join_pairs_reserve(pairs, count);
    for (int i = 0; i < count; i++) {
        join_side_put(&pairs->outer, i, state->outer.batch, side_row(&state->outer), NULL);
        join_side_put_row(&pairs->inner, i, state->inner_layout, state->group[first + i]);
    }
    pairs->count = count;
    state->group_at += count;
    (void) join_pairs_match(pairs, passed);
    for (int i = 0; i < count; i++) {
        if (!passed[i])
            continue;
        if (state->first_only && state->outer_matched)
            break;
        state->outer_matched = true;
        state->group_matched[first + i] = true;
        if (pairs->type != JOIN_ANTI)
            state->sel[kept++] = (uint16) i;
    }
    if (state->first_only && state->outer_matched)
        state->group_at = state->group_count;
    return kept > 0 ? join_pairs_output(pairs, state->sel, kept) : NULL;
}

/* ---- the walk ---- */

/* The outer row at hand is done with: gives it out if it is unmatched, and steps on. */
static Batch *
finish_outer(MergeJoinState *state)
{
    Batch *out = NULL;

    if (!state->outer_matched && state->keep_outer)
        out = give_outer_unmatched(state);
    state->outer_open = false;
    return out;
}

/* Brings the inputs together: finds the next outer row to pair, or an unmatched row. */
static bool
merge_advance(MergeJoinState *state, Batch **ret_out)
{
    int order;

    if (state->outer.at_end) {
        if (!state->keep_inner)
            return false;
        if (state->group_key != NULL) {
            state->flush_at = 0;
            return true;
        }
        if (state->inner.at_end)
            return false;
        *ret_out = give_inner_unmatched(state);
        state->inner_step = true;
        return true;
    }
    state->outer_matched = false;
    if (side_has_null(state, &state->outer)) {
        state->outer_open = true;
        state->group_at = state->group_count;
        return true;
    }
    if (state->group_key != NULL) {
        if (compare_outer_group(state) == 0) {
            state->outer_open = true;
            state->group_at = 0;
            return true;
        }
        if (state->keep_inner) {
            state->flush_at = 0;
            return true;
        }
        state->group_key = NULL;
    }
    if (state->inner.at_end) {
        if (!state->keep_outer)
            return false;
        state->outer_open = true;
        state->group_count = 0;
        state->group_at = 0;
        return true;
    }
    order = side_has_null(state, &state->inner) ? 1 : compare_sides(state);
    if (order < 0) {
        state->outer_open = true;
        state->group_count = 0;
        state->group_at = 0;
    } else if (order > 0) {
        if (state->keep_inner)
            *ret_out = give_inner_unmatched(state);
        state->inner_step = true;
    } else
        group_gather(state);
    return true;
}

/* One step of the walk; output may be NULL. False at the end. */
static bool
merge_step(MergeJoinState *state, int rows_max, Batch **ret_out)
{
    *ret_out = NULL;
    if (state->flush_at >= 0) {
        *ret_out = give_group_unmatched(state, rows_max);
        if (state->flush_at >= state->group_count) {
            state->flush_at = -1;
            state->group_key = NULL;
        }
        return true;
    }
    if (state->outer_open) {
        if (state->group_at < state->group_count) {
            *ret_out = give_pairs(state, rows_max);
            return true;
        }
        *ret_out = finish_outer(state);
        if (*ret_out == NULL)
            side_step(state, &state->outer);
        else
            state->outer_step = true;
        return true;
    }
    if (state->outer_step) {
        state->outer_step = false;
        side_step(state, &state->outer);
        return true;
    }
    if (state->inner_step) {
        state->inner_step = false;
        side_step(state, &state->inner);
        return true;
    }
    return merge_advance(state, ret_out);
}

static Batch *
merge_join_next(PlanState *ps, int rows_max)
{
    MergeJoinState *state = (MergeJoinState *) ps;
    Batch *out;

    rows_max = Min(rows_max, BATCH_ROWS_MAX);
    if (!state->begun) {
        side_fetch(state, &state->outer);
        side_fetch(state, &state->inner);
        state->begun = true;
    }
    for (;;) {
        CHECK_FOR_INTERRUPTS();
        if (!merge_step(state, rows_max, &out))
            return NULL;
        if (out != NULL)
            return out;
    }
}

static void
merge_join_rescan(PlanState *ps)
{
    MergeJoinState *state = (MergeJoinState *) ps;

    state->begun = false;
    state->outer_open = false;
    state->outer_step = false;
    state->inner_step = false;
    state->group_key = NULL;
    state->group_count = 0;
    state->flush_at = -1;
    if (!ps->left->any_changed)
        exec_rescan(ps->left);
    if (!ps->right->any_changed)
        exec_rescan(ps->right);
}

static const PlanNodeOps merge_join_ops = {"Merge Join", merge_join_next, merge_join_rescan};

static void
merge_init_keys(MergeJoinState *state, const MergeJoin *join, List **outer_exprs,
                List **inner_exprs)
{
    int k = 0;
    ListCell *lc;

    state->key_count = list_length(join->mergeclauses);
    state->keys = (SortKey *) palloc0(sizeof(SortKey) * (Size) (state->key_count + 1));
    state->outer_keys = (SortKey *) palloc0(sizeof(SortKey) * (Size) (state->key_count + 1));
    foreach (lc, join->mergeclauses) {
        OpExpr *clause = lfirst_node(OpExpr, lc);
        int strategy;
        Oid left, right;

        get_op_opfamily_properties(clause->opno, join->mergeFamilies[k], false, &strategy, &left,
                                   &right);
        sort_key_init_cmp(&state->keys[k], 0,
                          get_opfamily_proc(join->mergeFamilies[k], left, right, BTORDER_PROC),
                          join->mergeCollations[k]);
        state->keys[k].reverse = join->mergeStrategies[k] == BTGreaterStrategyNumber;
        state->keys[k].nulls_first = join->mergeNullsFirst[k];
        if (left != right)
            state->keys[k].kind = KEY_GENERIC;
        sort_key_init_cmp(&state->outer_keys[k], 0,
                          get_opfamily_proc(join->mergeFamilies[k], left, left, BTORDER_PROC),
                          join->mergeCollations[k]);
        *outer_exprs = lappend(*outer_exprs, linitial(clause->args));
        *inner_exprs = lappend(*inner_exprs, lsecond(clause->args));
        k++;
    }
}

/* A program over one input whose Vars may say INNER_VAR: they are read from input 0. */
static ExprProgram *
merge_compile_side(MergeJoinState *state, List *exprs, bool inner)
{
    EState *estate = state->ps.estate;
    ExprProgram *program = expr_compile_list(&state->ps, estate, exprs);

    if (inner)
        expr_move_inputs(program, EXPR_INPUT_INNER, EXPR_INPUT_OUTER);
    program->eval_context = AllocSetContextCreate(estate->context, "merge keys",
                                                  ALLOCSET_SMALL_SIZES);
    return program;
}

/* The row type of the outer keys. */
static TupleDesc
merge_key_desc(List *exprs)
{
    TupleDesc desc = CreateTemplateTupleDesc(list_length(exprs));
    AttrNumber attno = 1;
    ListCell *lc;

    foreach (lc, exprs) {
        TupleDescInitEntry(desc, attno, NULL, exprType((Node *) lfirst(lc)),
                           exprTypmod((Node *) lfirst(lc)), 0);
        attno++;
    }
    return desc;
}

PlanState *
exec_init_merge_join(const Plan *plan, EState *estate, int eflags)
{
    const MergeJoin *join = (const MergeJoin *) plan;
    MergeJoinState *state = (MergeJoinState *) exec_make_node(sizeof(MergeJoinState), plan,
                                                              estate, &merge_join_ops);
    JoinType type = join->join.jointype;
    List *outer_exprs = NIL;
    List *inner_exprs = NIL;

    state->ps.left = exec_init_node(outerPlan(plan), estate, eflags);
    state->ps.right = exec_init_node(innerPlan(plan), estate, eflags);
    join_pairs_init(&state->pairs, &state->ps, &join->join, NIL);
    merge_init_keys(state, join, &outer_exprs, &inner_exprs);
    state->outer.child = state->ps.left;
    state->outer.program = merge_compile_side(state, outer_exprs, false);
    state->inner.child = state->ps.right;
    state->inner.program = merge_compile_side(state, inner_exprs, true);
    state->inner_layout = row_layout_create(state->ps.right->desc);
    state->key_layout = row_layout_create(merge_key_desc(outer_exprs));
    row_arena_init(&state->arena, estate->context);
    state->keep_outer = type == JOIN_LEFT || type == JOIN_ANTI || type == JOIN_FULL;
    state->keep_inner = type == JOIN_RIGHT || type == JOIN_FULL;
    state->first_only = type == JOIN_SEMI || type == JOIN_ANTI || join->join.inner_unique;
    state->flush_at = -1;
    return &state->ps;
}
