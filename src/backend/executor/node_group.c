/*
 * node_group.c - Unique, Group, SetOp: rows that are told apart by some columns
 */
#include "base/base.h"
#include "executor_int.h"
#include "grouping_int.h"
#include "sortkey_int.h"

/* ---- Unique and Group: the first row of each run of equal ones ---- */

typedef struct UniqueState {
    PlanState ps;
    EqualKey *keys;
    int key_count;
    RowLayout *layout;
    RowArena arena;
    StoredRow *last; /* NULL: no row yet */
    uint16 sel[BATCH_ROWS_MAX];
} UniqueState;

static bool
unique_same_rows(UniqueState *state, Batch *batch, int a, int b)
{
    for (int k = 0; k < state->key_count; k++) {
        ColumnVector *vector = batch_column(batch, state->keys[k].column);

        if (!equal_key_same(&state->keys[k], vector->values[a], vector->nulls[a],
                            vector->values[b], vector->nulls[b]))
            return false;
    }
    return true;
}

static bool
unique_same_as_last(UniqueState *state, Batch *batch, int i)
{
    if (state->last == NULL)
        return false;
    for (int k = 0; k < state->key_count; k++) {
        int column = state->keys[k].column;
        ColumnVector *vector = batch_column(batch, column);

        if (!equal_key_same(&state->keys[k], vector->values[i], vector->nulls[i],
                            state->last->values[column],
                            row_nulls(state->layout, state->last)[column] != 0))
            return false;
    }
    return true;
}

/* Narrows the batch to the first row of each run; the last row is remembered. */
static int
unique_narrow(UniqueState *state, Batch *batch)
{
    int kept = 0;
    int before = -1;

    for (int k = 0; k < batch->sel_count; k++) {
        int i = batch_row(batch, k);
        bool same = before < 0 ? unique_same_as_last(state, batch, i)
                               : unique_same_rows(state, batch, before, i);

        if (!same)
            state->sel[kept++] = (uint16) i;
        before = i;
    }
    batch_decode_all(batch);
    row_arena_reset(&state->arena);
    state->last = row_form_from_batch(state->layout, &state->arena, batch, before);
    batch->sel = state->sel;
    batch->sel_count = kept;
    return kept;
}

static Batch *
unique_next(PlanState *ps, int rows_max)
{
    UniqueState *state = (UniqueState *) ps;

    for (;;) {
        Batch *batch = exec_next(ps->left, rows_max);

        MemoryContextReset(ps->batch_context);
        if (batch == NULL)
            return NULL;
        if (unique_narrow(state, batch) > 0 && exec_filter(ps, batch))
            return exec_project(ps, batch);
    }
}

static void
unique_rescan(PlanState *ps)
{
    ((UniqueState *) ps)->last = NULL;
    if (!ps->left->any_changed)
        exec_rescan(ps->left);
}

static const PlanNodeOps unique_ops = {"Unique", unique_next, unique_rescan};
static const PlanNodeOps group_ops = {"Group", unique_next, unique_rescan};

static PlanState *
init_unique(const Plan *plan, EState *estate, int eflags, const PlanNodeOps *ops, int count,
            const AttrNumber *columns, const Oid *operators, const Oid *collations)
{
    UniqueState *state = (UniqueState *) exec_make_node(sizeof(UniqueState), plan, estate, ops);

    state->ps.left = exec_init_node(outerPlan(plan), estate, eflags);
    state->key_count = count;
    state->keys = equal_keys_create(count, columns, operators, collations, false);
    state->layout = row_layout_create(state->ps.left->desc);
    row_arena_init(&state->arena, estate->context);
    return &state->ps;
}

PlanState *
exec_init_unique(const Plan *plan, EState *estate, int eflags)
{
    const Unique *unique = (const Unique *) plan;
    PlanState *ps = init_unique(plan, estate, eflags, &unique_ops, unique->numCols,
                                unique->uniqColIdx, unique->uniqOperators,
                                unique->uniqCollations);

    ps->desc = ps->left->desc;
    return ps;
}

PlanState *
exec_init_group(const Plan *plan, EState *estate, int eflags)
{
    const Group *group = (const Group *) plan;
    PlanState *ps = init_unique(plan, estate, eflags, &group_ops, group->numCols,
                                group->grpColIdx, group->grpOperators, group->grpCollations);

    exec_init_projection(ps, ps->left->desc);
    return ps;
}

/* ---- SetOp: INTERSECT and EXCEPT ---- */

typedef struct SetOpCounts {
    int64 left;
    int64 right;
} SetOpCounts;

typedef struct SetOpState {
    PlanState ps;
    SetOpCmd cmd;
    bool hashed;
    int flag_column;
    /* hashed */
    GroupTable *table;
    SetOpCounts *counts;
    uint32 counts_size;
    bool filled;
    uint32 emit_group;
    int64 emit_left; /* copies of the group still to be given out */
    uint32 groups[BATCH_ROWS_MAX];
    /* sorted */
    EqualKey *keys;
    int key_count;
    RowLayout *layout;
    RowArena arena;
    StoredRow *row;  /* first of the open group */
    SetOpCounts open;
    Batch *input;
    int input_next;
    bool at_end;
    Batch *out;
    RowArena out_arena;
} SetOpState;

/* How many copies of a group come out. */
static int64
set_op_copies(SetOpCmd cmd, const SetOpCounts *counts)
{
    switch (cmd) {
    case SETOPCMD_INTERSECT:
        return counts->left > 0 && counts->right > 0 ? 1 : 0;
    case SETOPCMD_INTERSECT_ALL:
        return Min(counts->left, counts->right);
    case SETOPCMD_EXCEPT:
        return counts->left > 0 && counts->right == 0 ? 1 : 0;
    case SETOPCMD_EXCEPT_ALL:
        return counts->left > counts->right ? counts->left - counts->right : 0;
    }
    return 0;
}

static void
set_op_count(SetOpCounts *counts, Batch *batch, int i, int flag_column)
{
    if (DatumGetInt32(batch_column(batch, flag_column)->values[i]) == 0)
        counts->left++;
    else
        counts->right++;
}

static void
set_op_fill(SetOpState *state)
{
    PlanState *ps = &state->ps;
    Batch *batch;

    while ((batch = exec_next(ps->left, ps->estate->batch_rows)) != NULL) {
        uint32 before = state->table->group_count;

        CHECK_FOR_INTERRUPTS();
        (void) group_table_lookup(state->table, batch, true, state->groups);
        if (state->table->group_count > state->counts_size) {
            uint32 size = Max(state->table->group_count, state->counts_size * 2);

            state->counts = state->counts == NULL
                                ? (SetOpCounts *) MemoryContextAllocHuge(
                                      state->table->context, sizeof(SetOpCounts) * (Size) size)
                                : (SetOpCounts *) repalloc_huge(
                                      state->counts, sizeof(SetOpCounts) * (Size) size);
            state->counts_size = size;
        }
        for (uint32 g = before; g < state->table->group_count; g++)
            state->counts[g] = (SetOpCounts){0, 0};
        for (int k = 0; k < batch->sel_count; k++) {
            int i = batch_row(batch, k);

            set_op_count(&state->counts[state->groups[i]], batch, i, state->flag_column);
        }
    }
    state->filled = true;
    state->emit_group = 0;
    state->emit_left = state->table->group_count > 0
                           ? set_op_copies(state->cmd, &state->counts[0])
                           : 0;
}

static Batch *
set_op_hashed_next(SetOpState *state, int rows_max)
{
    int count = 0;
    Batch one = *state->out;
    ColumnVector columns[MaxTupleAttributeNumber];

    if (!state->filled)
        set_op_fill(state);
    one.columns = columns;
    while (count < rows_max && state->emit_group < state->table->group_count) {
        if (state->emit_left <= 0) {
            if (++state->emit_group < state->table->group_count)
                state->emit_left = set_op_copies(state->cmd, &state->counts[state->emit_group]);
            continue;
        }
        for (int c = 0; c < state->out->column_count; c++) {
            columns[c] = state->out->columns[c];
            columns[c].values += count;
            columns[c].nulls += count;
            columns[c].nulls[0] = true;
        }
        group_table_emit(state->table, state->emit_group, 1, &one);
        state->emit_left--;
        count++;
    }
    state->out->row_count = count;
    return count > 0 ? state->out : NULL;
}

static bool
set_op_same(SetOpState *state, Batch *batch, int i)
{
    for (int k = 0; k < state->key_count; k++) {
        int column = state->keys[k].column;
        ColumnVector *vector = batch_column(batch, column);

        if (!equal_key_same(&state->keys[k], vector->values[i], vector->nulls[i],
                            state->row->values[column],
                            row_nulls(state->layout, state->row)[column] != 0))
            return false;
    }
    return true;
}

/* Takes in the next group; false at the end. */
static bool
set_op_next_group(SetOpState *state)
{
    bool have = false;

    for (;;) {
        int i;

        if (state->input == NULL || state->input_next >= state->input->sel_count) {
            if (!state->at_end)
                state->input = exec_next(state->ps.left, state->ps.estate->batch_rows);
            state->input_next = 0;
            if (state->input == NULL) {
                state->at_end = true;
                return have;
            }
            batch_decode_all(state->input);
        }
        i = batch_row(state->input, state->input_next);
        if (have && !set_op_same(state, state->input, i))
            return true;
        if (!have) {
            row_arena_reset(&state->arena);
            state->row = row_form_from_batch(state->layout, &state->arena, state->input, i);
            state->open = (SetOpCounts){0, 0};
            have = true;
        }
        set_op_count(&state->open, state->input, i, state->flag_column);
        state->input_next++;
    }
}

static Batch *
set_op_sorted_next(SetOpState *state, int rows_max)
{
    int count = 0;

    row_arena_reset(&state->out_arena);
    while (count < rows_max) {
        StoredRow *copy;

        if (state->emit_left <= 0) {
            if (!set_op_next_group(state))
                break;
            state->emit_left = set_op_copies(state->cmd, &state->open);
            continue;
        }
        copy = (StoredRow *) row_arena_alloc(&state->out_arena, state->row->size);
        row_copy(state->layout, copy, state->row);
        row_to_batch(state->layout, copy, state->out, count++);
        state->emit_left--;
    }
    state->out->row_count = count;
    return count > 0 ? state->out : NULL;
}

static Batch *
set_op_next(PlanState *ps, int rows_max)
{
    SetOpState *state = (SetOpState *) ps;
    Batch *batch;

    rows_max = Min(rows_max, BATCH_ROWS_MAX);
    for (;;) {
        batch = state->hashed ? set_op_hashed_next(state, rows_max)
                              : set_op_sorted_next(state, rows_max);
        if (batch == NULL)
            return NULL;
        batch->sel = NULL;
        batch->sel_count = batch->row_count;
        MemoryContextReset(ps->batch_context);
        if (exec_filter(ps, batch))
            return exec_project(ps, batch);
    }
}

static void
set_op_rescan(PlanState *ps)
{
    SetOpState *state = (SetOpState *) ps;

    if (state->table != NULL)
        group_table_reset(state->table);
    state->counts = NULL;
    state->counts_size = 0;
    state->filled = false;
    state->input = NULL;
    state->input_next = 0;
    state->at_end = false;
    state->emit_left = 0;
    if (!ps->left->any_changed)
        exec_rescan(ps->left);
}

static const PlanNodeOps set_op_ops = {"SetOp", set_op_next, set_op_rescan};

PlanState *
exec_init_set_op(const Plan *plan, EState *estate, int eflags)
{
    const SetOp *node = (const SetOp *) plan;
    SetOpState *state = (SetOpState *) exec_make_node(sizeof(SetOpState), plan, estate,
                                                      &set_op_ops);

    state->ps.left = exec_init_node(outerPlan(plan), estate, eflags);
    state->cmd = node->cmd;
    state->hashed = node->strategy == SETOP_HASHED;
    state->flag_column = node->flagColIdx - 1;
    state->key_count = node->numCols;
    state->layout = row_layout_create(state->ps.left->desc);
    row_arena_init(&state->arena, estate->context);
    row_arena_init(&state->out_arena, estate->context);
    state->out = batch_create(state->ps.left->desc, BATCH_ROWS_MAX);
    if (state->hashed)
        state->table = group_table_create(estate->context, state->ps.left->desc, node->numCols,
                                          node->dupColIdx, node->dupOperators,
                                          node->dupCollations);
    else
        state->keys = equal_keys_create(node->numCols, node->dupColIdx, node->dupOperators,
                                        node->dupCollations, false);
    exec_init_projection(&state->ps, state->ps.left->desc);
    return &state->ps;
}
