/*
 * node_agg.c - Agg: aggregates over all rows, over sorted groups, over hashed groups
 *
 * Why        One set of transition states per group (agg.c). Sorted input: one group at a time,
 *            its memory given back when it is complete. Hashed: all groups at once; when they
 *            outgrow their memory no new group is made, rows of unknown groups are written to
 *            partitions by hash, and each partition is grouped afterwards the same way.
 * Invariants
 *   G1. Rows of one group are all in memory or all in one partition of one level.
 */
#include "agg_int.h"
#include "base/base.h"
#include "grouping_int.h"
#include "heapbatch_int.h"
#include "parser/nodefuncs.h"
#include "settings_int.h"

#define PARTITION_BITS 4
#define PARTITION_COUNT (1 << PARTITION_BITS)
#define PARTITION_LEVELS_MAX 6

typedef struct SpillPart {
    BufFile *file;
    int level; /* hash bits used so far */
    int64 rows;
    struct SpillPart *next;
} SpillPart;

typedef struct AggState {
    PlanState ps;
    AggStrategy strategy;
    AggSet *set;
    MemoryContext agg_context; /* transition values; reset per group (sorted) or per pass */
    int key_count;
    bool done;

    /* emission: representative rows and results */
    Batch rep;
    Batch results;
    bool *kept_columns; /* input columns that the output reads */

    /* plain and sorted */
    TransValue *value;
    bool group_open;
    EqualKey *keys;
    RowLayout *input_layout;
    RowArena open_arena;   /* first row of the open group */
    StoredRow *open_row;
    MemoryContext out_context; /* results and rows of finished groups in one output batch */
    RowArena out_arena;
    Batch *input;          /* being taken in */
    int input_next;

    /* hashed */
    GroupTable *table;
    TransValue *values;
    uint32 values_size;
    uint32 *groups;
    int groups_size;
    bool filled;
    uint32 emit_next;
    bool full;             /* no new groups in this pass */
    int level;
    SpillPart *parts[PARTITION_COUNT]; /* being written in this pass */
    SpillPart *pending;    /* to be grouped later */
    RowArena read_arena;
    Batch *read_batch;
    int64 spilled_parts;
    int64 disk_bytes;
    Size peak_bytes;
} AggState;

/* ---- output ---- */

static void
emit_finalize(AggState *state, TransValue *values, int row)
{
    for (int a = 0; a < state->set->agg_count; a++) {
        ColumnVector *column = &state->results.columns[a];

        if (state->set->aggs[a].aggref == NULL)
            continue;
        column->values[row] = agg_finalize(state->set, a, values, &column->nulls[row]);
    }
}

/* Filters and projects the groups that were put in rep and results; NULL: none passed. */
static Batch *
emit_groups(AggState *state, int count)
{
    PlanState *ps = &state->ps;

    state->rep.row_count = count;
    state->rep.sel_count = count;
    state->rep.sel = NULL;
    state->results.row_count = count;
    state->results.sel_count = count;
    state->results.sel = NULL;
    if (ps->qual != NULL) {
        (void) expr_filter(ps->qual, &state->rep, NULL, &state->results);
        exec_count_filtered(ps, count - state->rep.sel_count);
        if (state->rep.sel_count == 0)
            return NULL;
    }
    return projection_run(ps->projection, &state->rep, NULL, &state->results);
}

static void
batch_init_columns(Batch *batch, int count, bool *wanted)
{
    batch->column_count = count;
    batch->columns = (ColumnVector *) palloc0(sizeof(ColumnVector) * (Size) Max(count, 1));
    for (int c = 0; c < count; c++) {
        batch->columns[c].ready = true;
        if (wanted != NULL && !wanted[c])
            continue;
        batch->columns[c].values = (Datum *) palloc(sizeof(Datum) * BATCH_ROWS_MAX);
        batch->columns[c].nulls = (bool *) palloc(sizeof(bool) * BATCH_ROWS_MAX);
    }
}

/* ---- one group over all rows ---- */

static Batch *
agg_plain_next(AggState *state)
{
    PlanState *ps = &state->ps;
    Batch *batch;
    MemoryContext old;

    if (state->done)
        return NULL;
    state->done = true;
    MemoryContextReset(state->agg_context);
    agg_init_values(state->set, state->value);
    while ((batch = exec_next(ps->left, ps->estate->batch_rows)) != NULL) {
        MemoryContextReset(ps->batch_context);
        agg_advance(state->set, batch, NULL, state->value);
    }
    for (int c = 0; c < state->rep.column_count; c++) {
        if (state->kept_columns[c])
            state->rep.columns[c].nulls[0] = true;
    }
    old = MemoryContextSwitchTo(ps->batch_context);
    emit_finalize(state, state->value, 0);
    MemoryContextSwitchTo(old);
    return emit_groups(state, 1);
}

/* ---- sorted input ---- */

static bool
sorted_same_group(AggState *state, Batch *batch, int i)
{
    const uint8 *nulls = row_nulls(state->input_layout, state->open_row);

    for (int k = 0; k < state->key_count; k++) {
        EqualKey *key = &state->keys[k];
        ColumnVector *vector = batch_column(batch, key->column);

        if (!equal_key_same(key, vector->values[i], vector->nulls[i],
                            state->open_row->values[key->column], nulls[key->column] != 0))
            return false;
    }
    return true;
}

static void
sorted_open_group(AggState *state, Batch *batch, int i)
{
    MemoryContextReset(state->agg_context);
    agg_init_values(state->set, state->value);
    row_arena_reset(&state->open_arena);
    batch_decode_all(batch);
    state->open_row = row_form_from_batch(state->input_layout, &state->open_arena, batch, i);
    state->group_open = true;
}

/* The open group is complete: its row and results become row `at` of the output. */
static void
sorted_close_group(AggState *state, int at)
{
    MemoryContext old = MemoryContextSwitchTo(state->out_context);
    const uint8 *nulls = row_nulls(state->input_layout, state->open_row);

    for (int c = 0; c < state->rep.column_count; c++) {
        ColumnVector *column = &state->rep.columns[c];

        if (!state->kept_columns[c])
            continue;
        column->nulls[at] = nulls[c] != 0;
        column->values[at] = nulls[c] ? (Datum) 0
                                      : datum_copy(state->open_row->values[c],
                                                   state->input_layout->attbyval[c],
                                                   state->input_layout->attlen[c]);
    }
    emit_finalize(state, state->value, at);
    MemoryContextSwitchTo(old);
    state->group_open = false;
}

/* Takes in rows of the input batch that belong to the open group; false: a new group begins. */
static bool
sorted_advance_run(AggState *state)
{
    Batch run = *state->input;
    int first = state->input_next;
    int count = 0;

    while (first + count < state->input->sel_count &&
           sorted_same_group(state, state->input, batch_row(state->input, first + count)))
        count++;
    batch_skip(&run, first);
    batch_truncate(&run, count);
    agg_advance(state->set, &run, NULL, state->value);
    state->input_next += count;
    return state->input_next >= state->input->sel_count;
}

static int
sorted_fill(AggState *state, int rows_max)
{
    PlanState *ps = &state->ps;
    int made = 0;

    while (made < rows_max && !state->done) {
        if (state->input == NULL || state->input_next >= state->input->sel_count) {
            state->input = exec_next(ps->left, ps->estate->batch_rows);
            state->input_next = 0;
            MemoryContextReset(ps->batch_context);
            if (state->input == NULL) {
                if (state->group_open)
                    sorted_close_group(state, made++);
                state->done = true;
                break;
            }
        }
        if (!state->group_open)
            sorted_open_group(state, state->input, batch_row(state->input, state->input_next));
        if (!sorted_advance_run(state))
            sorted_close_group(state, made++);
    }
    return made;
}

static Batch *
agg_sorted_next(AggState *state, int rows_max)
{
    while (!state->done) {
        Batch *batch;
        int made;

        CHECK_FOR_INTERRUPTS();
        MemoryContextReset(state->out_context);
        made = sorted_fill(state, Min(rows_max, BATCH_ROWS_MAX));
        if (made == 0)
            return NULL;
        batch = emit_groups(state, made);
        if (batch != NULL)
            return batch;
    }
    return NULL;
}

/* ---- hashed ---- */

static void
hash_reserve_values(AggState *state)
{
    uint32 needed = state->table->group_count;
    Size one = sizeof(TransValue) * (Size) state->set->trans_count;
    static const uint32 first_size = 64;

    if (needed > state->values_size) {
        uint32 size = Max(state->values_size * 2, Max(first_size, needed));
        MemoryContext context = state->table->context;

        state->values = state->values == NULL
                            ? (TransValue *) MemoryContextAllocHuge(context, one * size + 16)
                            : (TransValue *) repalloc_huge(state->values, one * size + 16);
        state->values_size = size;
    }
}

static void
hash_init_new_groups(AggState *state, uint32 from)
{
    hash_reserve_values(state);
    for (uint32 g = from; g < state->table->group_count; g++)
        agg_init_values(state->set,
                        (TransValue *) ((char *) state->values +
                                        (Size) g * sizeof(TransValue) *
                                            (Size) state->set->trans_count));
}

static Size
hash_bytes_used(AggState *state)
{
    return group_table_bytes(state->table) +
           (Size) state->values_size * sizeof(TransValue) * (Size) state->set->trans_count +
           MemoryContextMemAllocated(state->agg_context, true);
}

/* Writes the rows without a group to this pass's partitions. G1 */
static void
hash_spill(AggState *state, Batch *batch)
{
    int shift = 32 - PARTITION_BITS * (state->level + 1);
    RowArena *arena = &state->out_arena;

    batch_decode_all(batch);
    for (int k = 0; k < batch->sel_count; k++) {
        int i = batch_row(batch, k);
        uint32 number;
        SpillPart *part;
        StoredRow *row;

        if (state->groups[i] != GROUP_NONE)
            continue;
        number = (state->table->hashes[i] >> shift) & (PARTITION_COUNT - 1);
        part = state->parts[number];
        if (part == NULL) {
            MemoryContext old = MemoryContextSwitchTo(state->ps.estate->context);

            part = (SpillPart *) palloc0(sizeof(SpillPart));
            part->file = buffile_create();
            part->level = state->level + 1;
            state->parts[number] = part;
            state->spilled_parts++;
            MemoryContextSwitchTo(old);
        }
        row = row_form_from_batch(state->input_layout, arena, batch, i);
        row_write(state->input_layout, part->file, row);
        part->rows++;
        state->disk_bytes += row->size;
    }
    row_arena_reset(arena);
}

static void
hash_take(AggState *state, Batch *batch)
{
    uint32 before = state->table->group_count;
    int missing;

    if (state->groups_size < batch->row_count) {
        state->groups_size = Max(batch->row_count, BATCH_ROWS_MAX);
        state->groups = (uint32 *) MemoryContextAlloc(state->ps.estate->context,
                                                      sizeof(uint32) *
                                                          (Size) state->groups_size);
    }
    missing = group_table_lookup(state->table, batch, !state->full, state->groups);
    if (state->table->group_count > before)
        hash_init_new_groups(state, before);
    agg_advance(state->set, batch, state->groups, state->values);
    if (missing > 0)
        hash_spill(state, batch);
    if (!state->full) {
        Size used = hash_bytes_used(state);

        state->peak_bytes = Max(state->peak_bytes, used);
        state->full = used > (Size) exec_hash_mem_kb() * 1024 &&
                      state->level < PARTITION_LEVELS_MAX;
    }
}

/* Partitions written in the pass that ends wait for theirs. */
static void
hash_end_pass(AggState *state)
{
    for (int i = 0; i < PARTITION_COUNT; i++) {
        if (state->parts[i] == NULL)
            continue;
        state->parts[i]->next = state->pending;
        state->pending = state->parts[i];
        state->parts[i] = NULL;
    }
}

static void
hash_fill(AggState *state)
{
    PlanState *ps = &state->ps;
    Batch *batch;

    while ((batch = exec_next(ps->left, ps->estate->batch_rows)) != NULL) {
        CHECK_FOR_INTERRUPTS();
        MemoryContextReset(ps->batch_context);
        hash_take(state, batch);
    }
    hash_end_pass(state);
    state->filled = true;
    state->emit_next = 0;
}

static Batch *
hash_read_part(AggState *state, SpillPart *part)
{
    int count = 0;

    row_arena_reset(&state->read_arena);
    while (count < BATCH_ROWS_MAX) {
        StoredRow *row = row_read(state->input_layout, part->file, &state->read_arena);

        if (row == NULL)
            break;
        row_to_batch(state->input_layout, row, state->read_batch, count++);
    }
    state->read_batch->row_count = count;
    state->read_batch->sel_count = count;
    state->read_batch->sel = NULL;
    return count > 0 ? state->read_batch : NULL;
}

static void
hash_clear(AggState *state)
{
    group_table_reset(state->table);
    state->values = NULL;
    state->values_size = 0;
    state->full = false;
    MemoryContextReset(state->agg_context);
}

/* Groups the next waiting partition; false: there is none. */
static bool
hash_next_part(AggState *state)
{
    SpillPart *part = state->pending;
    Batch *batch;

    if (part == NULL)
        return false;
    state->pending = part->next;
    hash_clear(state);
    state->level = part->level;
    if (state->read_batch == NULL) {
        MemoryContext old = MemoryContextSwitchTo(state->ps.estate->context);

        state->read_batch = batch_create(state->ps.left->desc, BATCH_ROWS_MAX);
        MemoryContextSwitchTo(old);
    }
    buffile_rewind(part->file);
    while ((batch = hash_read_part(state, part)) != NULL) {
        CHECK_FOR_INTERRUPTS();
        MemoryContextReset(state->ps.batch_context);
        hash_take(state, batch);
    }
    buffile_close(part->file);
    pfree(part);
    hash_end_pass(state);
    state->emit_next = 0;
    return true;
}

static Batch *
agg_hashed_next(AggState *state, int rows_max)
{
    PlanState *ps = &state->ps;

    if (!state->filled)
        hash_fill(state);
    for (;;) {
        int count = (int) Min((uint32) Min(rows_max, BATCH_ROWS_MAX),
                              state->table->group_count - state->emit_next);
        MemoryContext old;
        Batch *batch;

        if (count == 0) {
            if (!hash_next_part(state))
                return NULL;
            continue;
        }
        MemoryContextReset(ps->batch_context);
        group_table_emit(state->table, state->emit_next, count, &state->rep);
        old = MemoryContextSwitchTo(ps->batch_context);
        for (int i = 0; i < count; i++)
            emit_finalize(state,
                          &state->values[((Size) state->emit_next + (Size) i) *
                                         (Size) state->set->trans_count],
                          i);
        MemoryContextSwitchTo(old);
        state->emit_next += (uint32) count;
        batch = emit_groups(state, count);
        if (batch != NULL)
            return batch;
    }
}

/* ---- the node ---- */

static Batch *
agg_next(PlanState *ps, int rows_max)
{
    AggState *state = (AggState *) ps;

    switch (state->strategy) {
    case AGG_PLAIN:
        return agg_plain_next(state);
    case AGG_SORTED:
        return agg_sorted_next(state, rows_max);
    default:
        return agg_hashed_next(state, rows_max);
    }
}

static void
agg_drop_files(AggState *state)
{
    hash_end_pass(state);
    while (state->pending != NULL) {
        SpillPart *part = state->pending;

        state->pending = part->next;
        buffile_close(part->file);
        pfree(part);
    }
}

static void
agg_restart(AggState *state)
{
    if (state->strategy == AGG_HASHED) {
        agg_drop_sorts(state->set, state->values, state->table->group_count);
        agg_drop_files(state);
        hash_clear(state);
        state->level = 0;
    } else if (state->group_open)
        agg_drop_sorts(state->set, state->value, 1);
    state->filled = false;
    state->done = false;
    state->group_open = false;
    state->input = NULL;
    state->input_next = 0;
}

static void
agg_rescan(PlanState *ps)
{
    AggState *state = (AggState *) ps;

    /* groups in memory can be given out again if nothing they depend on has changed */
    if (state->strategy == AGG_HASHED && state->filled && !ps->any_changed &&
        state->spilled_parts == 0) {
        state->emit_next = 0;
        return;
    }
    agg_restart(state);
    if (!ps->left->any_changed)
        exec_rescan(ps->left);
}

static void
agg_suspend(PlanState *ps)
{
    agg_restart((AggState *) ps);
}

static bool
agg_detail(PlanState *ps, ExecutorDetailKind kind, int64 *ret_number, const char **ret_text)
{
    AggState *state = (AggState *) ps;

    if (state->strategy != AGG_HASHED)
        return false;
    switch (kind) {
    case DETAIL_AGG_BATCHES:
        *ret_number = state->spilled_parts + 1;
        return true;
    case DETAIL_AGG_SPACE_KB:
        *ret_number = (int64) ((state->peak_bytes + 1023) / 1024);
        return true;
    case DETAIL_AGG_DISK_KB:
        *ret_number = (state->disk_bytes + 1023) / 1024;
        return true;
    default:
        return false;
    }
}

static const PlanNodeOps agg_ops = {"Aggregate", agg_next, agg_rescan, agg_suspend, agg_detail};

static int
agg_special(void *arg, Expr *expr)
{
    if (IsA(expr, Aggref))
        return ((Aggref *) expr)->aggno;
    ereport(ERROR, (errcode(ERRCODE_FEATURE_NOT_SUPPORTED),
                    errmsg("grouping sets are not supported")));
}

static bool
outer_columns_walker(Node *node, bool *columns)
{
    if (node == NULL)
        return false;
    if (IsA(node, Aggref))
        return false;
    if (IsA(node, Var)) {
        if (((Var *) node)->varattno > 0)
            columns[((Var *) node)->varattno - 1] = true;
        return false;
    }
    return expression_tree_walker(node, outer_columns_walker, columns);
}

static void
agg_init_output(AggState *state, const Agg *agg)
{
    PlanState *ps = &state->ps;
    ExprCompiler compiler = {.parent = ps, .estate = ps->estate, .special = agg_special};
    TupleDesc input = ps->left->desc;

    state->kept_columns = (bool *) palloc0(sizeof(bool) * (Size) Max(input->natts, 1));
    (void) outer_columns_walker((Node *) agg->plan.targetlist, state->kept_columns);
    (void) outer_columns_walker((Node *) agg->plan.qual, state->kept_columns);
    for (int k = 0; k < agg->numCols; k++)
        state->kept_columns[agg->grpColIdx[k] - 1] = true;
    state->rep.desc = input;
    batch_init_columns(&state->rep, input->natts, state->kept_columns);
    batch_init_columns(&state->results, state->set->agg_count, NULL);
    ps->desc = executor_desc_from_targetlist(agg->plan.targetlist, false);
    ps->qual = expr_compile_qual_with(&compiler, agg->plan.qual);
    ps->projection = projection_create(&compiler, agg->plan.targetlist, ps->desc);
}

PlanState *
exec_init_agg(const Plan *plan, EState *estate, int eflags)
{
    const Agg *agg = (const Agg *) plan;
    AggState *state = (AggState *) exec_make_node(sizeof(AggState), plan, estate, &agg_ops);

    if (agg->groupingSets != NIL || agg->chain != NIL || agg->aggstrategy == AGG_MIXED)
        ereport(ERROR, (errcode(ERRCODE_FEATURE_NOT_SUPPORTED),
                        errmsg("grouping sets are not supported")));
    state->ps.left = exec_init_node(outerPlan(plan), estate, eflags);
    state->strategy = agg->aggstrategy;
    state->key_count = agg->numCols;
    state->set = agg_set_create(&state->ps,
                                agg_collect(list_make2(plan->targetlist, plan->qual)));
    state->agg_context = AllocSetContextCreate(estate->context, "aggregate state",
                                               ALLOCSET_DEFAULT_SIZES);
    state->set->call_context.aggcontext = state->agg_context;
    state->out_context = AllocSetContextCreate(estate->context, "aggregate output",
                                               ALLOCSET_SMALL_SIZES);
    row_arena_init(&state->out_arena, estate->context);
    row_arena_init(&state->open_arena, estate->context);
    row_arena_init(&state->read_arena, estate->context);
    state->input_layout = row_layout_create(state->ps.left->desc);
    state->value = (TransValue *) palloc0(sizeof(TransValue) *
                                              (Size) (state->set->trans_count + 1));
    agg_init_output(state, agg);
    if (state->strategy == AGG_HASHED) {
        state->table = group_table_create(estate->context, state->ps.left->desc, agg->numCols,
                                          agg->grpColIdx, agg->grpOperators, agg->grpCollations);
        group_table_keep_columns(state->table, state->ps.left->desc, state->kept_columns);
    } else
        state->keys = equal_keys_create(agg->numCols, agg->grpColIdx, agg->grpOperators,
                                        agg->grpCollations, false);
    return &state->ps;
}
