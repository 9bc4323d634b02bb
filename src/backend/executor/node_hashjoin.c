/*
 * node_hashjoin.c - joins by a hash table of the inner rows
 *
 * Why        Both sides' keys are computed and hashed a batch at a time; candidates are pairs whose
 *            keys are equal; what else the join asks is tested over whole batches of pairs. When
 *            the table outgrows its memory the rows are split by hash into partitions, in files,
 *            which are joined one after the other (the "hybrid hash join"; partitions are doubled
 *            as PostgreSQL does).
 * Invariants
 *   H1. partition = (hash >> 20) & (partition_count - 1). Doubling sends a row to its partition or
 *       to one later, never to one that is done.
 *   H2. A row with a NULL key matches nothing; it is kept only where the join type gives it out.
 *   H3. Bit 0 of StoredRow.size of an inner row: it has had a match (sizes are multiples of 8).
 */
#include "base/base.h"
#include "catalog/lsyscache.h"
#include "join_int.h"
#include "parser/nodefuncs.h"
#include "settings_int.h"

#define PARTITIONS_MAX 4096
#define PARTITION_SHIFT 20

typedef enum HashPhase {
    HASH_BUILD,
    HASH_OUTER,           /* get the next outer batch */
    HASH_PROBE,           /* pair the rows of the outer batch */
    HASH_OUTER_UNMATCHED, /* give out those without a match */
    HASH_INNER_UNMATCHED, /* give out inner rows without a match */
    HASH_DONE
} HashPhase;

typedef struct HashPartition {
    BufFile *inner;
    BufFile *outer;
} HashPartition;

typedef struct HashJoinState {
    PlanState ps;
    JoinPairs pairs;
    HashPhase phase;
    bool keep_outer;  /* unmatched outer rows are given out */
    bool keep_inner;
    bool first_only;  /* one match per outer row is enough */
    int key_count;
    EqualKey *outer_keys;
    EqualKey *inner_keys;
    ExprProgram *outer_program;
    ExprProgram *inner_program;

    MemoryContext context; /* of the table; reset per partition */
    TupleDesc inner_desc;  /* inner columns, then keys that are no plain columns */
    RowLayout *inner_layout;
    int *key_columns;      /* where an inner row keeps each key */
    RowArena arena;
    StoredRow **buckets;
    uint32 bucket_mask;
    int64 row_count;       /* in the table */
    StoredRow *rows;       /* before buckets are made: all rows, chained */
    StoredRow *null_rows;
    Datum *scratch_values;
    bool *scratch_nulls;

    int partition_count;
    int partition;         /* being joined */
    int partition_first;   /* partitions at the start, for EXPLAIN */
    HashPartition *partitions;
    RowLayout *outer_layout;
    RowArena outer_arena;
    Batch *outer_read;     /* outer rows read back */
    int64 total_rows;
    Size peak_bytes;

    Batch *outer;
    uint32 *hashes;        /* by physical row of the outer batch */
    bool *matched;
    bool *skipped;         /* row went to a later partition */
    int outer_capacity;
    int outer_at;
    StoredRow *chain;      /* next candidate of the outer row at hand */
    bool chain_open;
    int *pair_rows;        /* outer row of each pair */
    StoredRow **pair_inner;
    bool *pair_passed;
    uint16 *pair_sel;
    uint32 bucket_at;      /* giving out unmatched inner rows */
    StoredRow *inner_at;
} HashJoinState;

/* ---- building ---- */

static int
partition_of(const HashJoinState *state, uint32 hash)
{
    return (int) ((hash >> PARTITION_SHIFT) & (uint32) (state->partition_count - 1));
}

static void
partition_write(HashJoinState *state, int number, bool inner, StoredRow *row)
{
    BufFile **file = inner ? &state->partitions[number].inner : &state->partitions[number].outer;

    if (*file == NULL) {
        MemoryContext old = MemoryContextSwitchTo(state->ps.estate->context);

        *file = buffile_create();
        MemoryContextSwitchTo(old);
    }
    row_write(inner ? state->inner_layout : state->outer_layout, *file, row);
}

/* Doubles the partitions; rows of the table that belong to a later one leave it. H1 */
static void
partitions_double(HashJoinState *state)
{
    int count = state->partition_count * 2;
    HashPartition *partitions;
    StoredRow *row = state->rows;
    RowArena kept;

    partitions = (HashPartition *) MemoryContextAllocZero(
        state->ps.estate->context, sizeof(HashPartition) * (Size) count);
    if (state->partitions != NULL) {
        memcpy(partitions, state->partitions,
               sizeof(HashPartition) * (Size) state->partition_count);
        pfree(state->partitions);
    }
    state->partitions = partitions;
    state->partition_count = count;
    row_arena_init(&kept, state->context);
    state->rows = NULL;
    state->row_count = 0;
    while (row != NULL) {
        StoredRow *next = row->next;

        if (partition_of(state, row->hash) == state->partition) {
            StoredRow *copy = (StoredRow *) row_arena_alloc(&kept, row->size);

            row_copy(state->inner_layout, copy, row);
            copy->next = state->rows;
            state->rows = copy;
            state->row_count++;
        } else
            partition_write(state, partition_of(state, row->hash), true, row);
        row = next;
    }
    row_arena_free(&state->arena);
    state->arena = kept;
}

static void
table_add(HashJoinState *state, StoredRow *row)
{
    Size limit = (Size) exec_hash_mem_kb() * 1024;

    row->next = state->rows;
    state->rows = row;
    state->row_count++;
    if (state->arena.total_bytes + (Size) state->row_count * sizeof(StoredRow *) > limit &&
        state->partition_count < PARTITIONS_MAX)
        partitions_double(state);
}

/* One inner row: to the table, or to its partition's file. */
static void
build_row(HashJoinState *state, Batch *batch, int i)
{
    int natts = state->pairs.inner.desc->natts;
    uint32 hash = 0;
    bool has_null = false;
    StoredRow *row;

    batch_get_row(batch, i, state->scratch_values, state->scratch_nulls);
    for (int k = 0; k < state->key_count; k++) {
        bool isnull;
        Datum value = expr_output(state->inner_program, k, i, &isnull);

        if (state->key_columns[k] >= natts) {
            state->scratch_values[state->key_columns[k]] = value;
            state->scratch_nulls[state->key_columns[k]] = isnull;
        }
        has_null |= isnull;
        if (!isnull)
            hash = hash_mix(hash, equal_key_hash(&state->inner_keys[k], value));
    }
    if (has_null && !state->keep_inner)
        return;
    row = row_form(state->inner_layout, &state->arena, state->scratch_values,
                   state->scratch_nulls);
    row->hash = hash;
    state->total_rows++;
    if (has_null) {
        row->next = state->null_rows;
        state->null_rows = row;
    } else if (partition_of(state, hash) == state->partition)
        table_add(state, row);
    else
        partition_write(state, partition_of(state, hash), true, row);
}

static void
table_make_buckets(HashJoinState *state)
{
    uint32 count = 1024;
    StoredRow *row = state->rows;

    while ((int64) count < state->row_count && count < (1u << 30))
        count *= 2;
    state->buckets = (StoredRow **) MemoryContextAllocHuge(state->context,
                                                           sizeof(StoredRow *) * (Size) count);
    memset(state->buckets, 0, sizeof(StoredRow *) * (Size) count);
    state->bucket_mask = count - 1;
    while (row != NULL) {
        StoredRow *next = row->next;

        row->next = state->buckets[row->hash & state->bucket_mask];
        state->buckets[row->hash & state->bucket_mask] = row;
        row = next;
    }
    state->rows = NULL;
    state->peak_bytes = Max(state->peak_bytes, state->arena.total_bytes +
                                                   sizeof(StoredRow *) * (Size) count);
}

static void
hash_build(HashJoinState *state)
{
    PlanState *hash_node = state->ps.right;
    Batch *batch;

    while ((batch = exec_next(hash_node, state->ps.estate->batch_rows)) != NULL) {
        CHECK_FOR_INTERRUPTS();
        MemoryContextReset(hash_node->batch_context);
        batch_decode_all(batch);
        expr_run(state->inner_program, batch, NULL, NULL);
        for (int k = 0; k < batch->sel_count; k++)
            build_row(state, batch, batch_row(batch, k));
    }
    table_make_buckets(state);
    state->partition_first = state->partition_count;
}

/* ---- the outer side ---- */

static void
outer_reserve(HashJoinState *state, int rows)
{
    MemoryContext context = state->ps.estate->context;
    Size size;

    if (rows <= state->outer_capacity)
        return;
    size = (Size) Max(rows, 64);
    state->hashes = (uint32 *) MemoryContextAlloc(context, sizeof(uint32) * size);
    state->matched = (bool *) MemoryContextAlloc(context, size);
    state->skipped = (bool *) MemoryContextAlloc(context, size);
    state->outer_capacity = (int) size;
}

/* Rows of the current partition's file as a batch; NULL at its end. */
static Batch *
outer_read_file(HashJoinState *state)
{
    BufFile *file = state->partitions[state->partition].outer;
    int count = 0;

    if (file == NULL)
        return NULL;
    if (state->outer_read == NULL) {
        MemoryContext old = MemoryContextSwitchTo(state->ps.estate->context);

        state->outer_read = batch_create(state->pairs.outer.desc, BATCH_ROWS_MAX);
        MemoryContextSwitchTo(old);
    }
    row_arena_reset(&state->outer_arena);
    while (count < BATCH_ROWS_MAX) {
        StoredRow *row = row_read(state->outer_layout, file, &state->outer_arena);

        if (row == NULL)
            break;
        row_to_batch(state->outer_layout, row, state->outer_read, count++);
    }
    state->outer_read->row_count = count;
    state->outer_read->sel_count = count;
    state->outer_read->sel = NULL;
    return count > 0 ? state->outer_read : NULL;
}

/* Hashes the outer rows; those of later partitions are written away. */
static void
outer_prepare(HashJoinState *state)
{
    Batch *batch = state->outer;

    outer_reserve(state, batch->row_count);
    expr_run(state->outer_program, batch, NULL, NULL);
    for (int k = 0; k < batch->sel_count; k++) {
        int i = batch_row(batch, k);
        uint32 hash = 0;
        bool has_null = false;

        for (int n = 0; n < state->key_count; n++) {
            bool isnull;
            Datum value = expr_output(state->outer_program, n, i, &isnull);

            has_null |= isnull;
            if (!isnull)
                hash = hash_mix(hash, equal_key_hash(&state->outer_keys[n], value));
        }
        state->hashes[i] = hash;
        state->matched[i] = false;
        state->skipped[i] = has_null;
        if (!has_null && state->partition_count > 1 &&
            partition_of(state, hash) != state->partition) {
            StoredRow *row;

            batch_decode_all(batch);
            row = row_form_from_batch(state->outer_layout, &state->outer_arena, batch, i);
            row->hash = hash;
            partition_write(state, partition_of(state, hash), false, row);
            state->skipped[i] = true;
            state->matched[i] = true; /* not to be given out as unmatched here */
        }
    }
    state->outer_at = 0;
    state->chain_open = false;
}

static bool
hash_next_outer(HashJoinState *state, int rows_max)
{
    MemoryContextReset(state->ps.batch_context);
    if (state->partition == 0)
        state->outer = exec_next(state->ps.left, rows_max);
    else
        state->outer = outer_read_file(state);
    if (state->outer == NULL)
        return false;
    outer_prepare(state);
    return true;
}

/* ---- probing ---- */

static bool
hash_keys_equal(HashJoinState *state, StoredRow *row, int outer_row)
{
    const uint8 *nulls = row_nulls(state->inner_layout, row);

    for (int k = 0; k < state->key_count; k++) {
        int column = state->key_columns[k];
        bool isnull;
        Datum value = expr_output(state->outer_program, k, outer_row, &isnull);

        if (nulls[column] != 0 ||
            !equal_key_equal(&state->outer_keys[k], value, row->values[column]))
            return false;
    }
    return true;
}

static void
pair_add(HashJoinState *state, int outer_row, StoredRow *inner)
{
    JoinPairs *pairs = &state->pairs;
    int at = pairs->count;

    join_pairs_reserve(pairs, at + 1);
    join_side_put(&pairs->outer, at, state->outer, outer_row, NULL);
    join_side_put_row(&pairs->inner, at, state->inner_layout, inner);
    state->pair_rows[at] = outer_row;
    state->pair_inner[at] = inner;
    pairs->count++;
}

/* Gathers candidates; false when the outer batch is used up and none was found. */
static bool
hash_gather(HashJoinState *state, int rows_max)
{
    JoinPairs *pairs = &state->pairs;
    bool decided_by_keys = pairs->joinqual == NULL;

    join_pairs_begin(pairs);
    while (pairs->count < rows_max && state->outer_at < state->outer->sel_count) {
        int i = batch_row(state->outer, state->outer_at);

        if (!state->chain_open) {
            state->chain_open = true;
            state->chain = state->skipped[i] ? NULL
                                             : state->buckets[state->hashes[i] &
                                                              state->bucket_mask];
        }
        while (state->chain != NULL && pairs->count < rows_max) {
            StoredRow *row = state->chain;

            if (state->first_only && state->matched[i])
                break;
            state->chain = row->next;
            if (row->hash != state->hashes[i] || !hash_keys_equal(state, row, i))
                continue;
            if (decided_by_keys && state->first_only) {
                state->matched[i] = true;
                if (pairs->type == JOIN_ANTI)
                    break;
            }
            pair_add(state, i, row);
        }
        if (state->chain != NULL && !(state->first_only && state->matched[i]))
            break;
        state->chain_open = false;
        state->outer_at++;
    }
    return pairs->count > 0;
}

/* Tests the pairs and marks matches; what is to be given out, or NULL. */
static Batch *
hash_test(HashJoinState *state)
{
    JoinPairs *pairs = &state->pairs;
    bool by_keys = pairs->joinqual == NULL;
    int kept = 0;

    (void) join_pairs_match(pairs, state->pair_passed);
    exec_count_filtered(&state->ps, pairs->count - pairs->outer.batch.sel_count);
    for (int n = 0; n < pairs->count; n++) {
        int i = state->pair_rows[n];

        if (!state->pair_passed[n])
            continue;
        if (state->first_only && !by_keys && state->matched[i])
            continue;
        state->matched[i] = true;
        if (state->keep_inner)
            state->pair_inner[n]->size |= 1;
        if (pairs->type != JOIN_ANTI)
            state->pair_sel[kept++] = (uint16) n;
    }
    if (kept == 0)
        return NULL;
    return join_pairs_output(pairs, state->pair_sel, kept);
}

/* Outer rows without a match, inner columns null. */
static Batch *
hash_outer_unmatched(HashJoinState *state, int rows_max)
{
    JoinPairs *pairs = &state->pairs;

    join_pairs_begin(pairs);
    while (pairs->count < rows_max && state->outer_at < state->outer->sel_count) {
        int i = batch_row(state->outer, state->outer_at++);

        if (state->matched[i])
            continue;
        join_pairs_reserve(pairs, pairs->count + 1);
        join_side_put(&pairs->outer, pairs->count, state->outer, i, NULL);
        join_side_put_nulls(&pairs->inner, pairs->count);
        state->pair_sel[pairs->count] = (uint16) pairs->count;
        pairs->count++;
    }
    return pairs->count > 0 ? join_pairs_output(pairs, state->pair_sel, pairs->count) : NULL;
}

/* The next inner row of this partition, or NULL. */
static StoredRow *
hash_walk_inner(HashJoinState *state)
{
    while (state->inner_at == NULL) {
        if (state->null_rows != NULL) {
            state->inner_at = state->null_rows;
            state->null_rows = NULL;
        } else if (state->bucket_at <= state->bucket_mask)
            state->inner_at = state->buckets[state->bucket_at++];
        else
            return NULL;
    }
    {
        StoredRow *row = state->inner_at;

        state->inner_at = row->next;
        return row;
    }
}

static Batch *
hash_inner_unmatched(HashJoinState *state, int rows_max, bool *ret_end)
{
    JoinPairs *pairs = &state->pairs;

    *ret_end = false;
    join_pairs_begin(pairs);
    while (pairs->count < rows_max) {
        StoredRow *row = hash_walk_inner(state);

        if (row == NULL) {
            *ret_end = true;
            break;
        }
        if (row->size & 1)
            continue;
        join_pairs_reserve(pairs, pairs->count + 1);
        join_side_put_nulls(&pairs->outer, pairs->count);
        join_side_put_row(&pairs->inner, pairs->count, state->inner_layout, row);
        state->pair_sel[pairs->count] = (uint16) pairs->count;
        pairs->count++;
    }
    return pairs->count > 0 ? join_pairs_output(pairs, state->pair_sel, pairs->count) : NULL;
}

/* ---- partitions ---- */

static void
table_clear(HashJoinState *state)
{
    MemoryContextReset(state->context);
    row_arena_init(&state->arena, state->context);
    state->buckets = NULL;
    state->rows = NULL;
    state->row_count = 0;
}

static void
partition_close(BufFile **file)
{
    if (*file != NULL)
        buffile_close(*file);
    *file = NULL;
}

/* Loads the next partition that can give rows; false: none is left. */
static bool
hash_next_partition(HashJoinState *state)
{
    while (++state->partition < state->partition_count) {
        HashPartition *part;
        BufFile *inner;

        partition_close(&state->partitions[state->partition - 1].outer);
        part = &state->partitions[state->partition];
        if (part->outer == NULL && (part->inner == NULL || !state->keep_inner)) {
            partition_close(&part->inner);
            continue;
        }
        if (part->inner == NULL && !state->keep_outer) {
            partition_close(&part->outer);
            continue;
        }
        table_clear(state);
        inner = part->inner;
        part->inner = NULL;
        if (inner != NULL) {
            StoredRow *row;

            buffile_rewind(inner);
            while ((row = row_read(state->inner_layout, inner, &state->arena)) != NULL) {
                if (partition_of(state, row->hash) == state->partition)
                    table_add(state, row);
                else
                    partition_write(state, partition_of(state, row->hash), true, row);
            }
            buffile_close(inner);
        }
        table_make_buckets(state);
        if (state->partitions[state->partition].outer != NULL)
            buffile_rewind(state->partitions[state->partition].outer);
        return true;
    }
    return false;
}

static void
hash_drop_partitions(HashJoinState *state)
{
    for (int i = 0; state->partitions != NULL && i < state->partition_count; i++) {
        partition_close(&state->partitions[i].inner);
        partition_close(&state->partitions[i].outer);
    }
    if (state->partitions != NULL)
        pfree(state->partitions);
    state->partitions = NULL;
    state->partition_count = 1;
    state->partition = 0;
}

/* ---- the node ---- */

static Batch *
hash_join_next(PlanState *ps, int rows_max)
{
    HashJoinState *state = (HashJoinState *) ps;
    Batch *out = NULL;
    bool end;

    rows_max = Min(rows_max, BATCH_ROWS_MAX);
    for (;;) {
        switch (state->phase) {
        case HASH_BUILD:
            hash_build(state);
            state->phase = HASH_OUTER;
            if (state->total_rows == 0 && !state->keep_outer)
                state->phase = HASH_DONE;
            break;
        case HASH_OUTER:
            CHECK_FOR_INTERRUPTS();
            if (hash_next_outer(state, rows_max)) {
                state->phase = HASH_PROBE;
                break;
            }
            state->phase = HASH_INNER_UNMATCHED;
            state->bucket_at = 0;
            state->inner_at = NULL;
            break;
        case HASH_PROBE:
            if (hash_gather(state, rows_max)) {
                out = hash_test(state);
                if (out != NULL)
                    return out;
                break;
            }
            if (state->outer_at < state->outer->sel_count)
                break;
            state->outer_at = 0;
            state->phase = state->keep_outer ? HASH_OUTER_UNMATCHED : HASH_OUTER;
            break;
        case HASH_OUTER_UNMATCHED:
            out = hash_outer_unmatched(state, rows_max);
            if (out != NULL)
                return out;
            if (state->outer_at >= state->outer->sel_count)
                state->phase = HASH_OUTER;
            break;
        case HASH_INNER_UNMATCHED:
            end = true;
            if (state->keep_inner)
                out = hash_inner_unmatched(state, rows_max, &end);
            if (end)
                state->phase = hash_next_partition(state) ? HASH_OUTER : HASH_DONE;
            if (out != NULL)
                return out;
            break;
        case HASH_DONE:
            return NULL;
        }
    }
}

static void
hash_join_rescan(PlanState *ps)
{
    HashJoinState *state = (HashJoinState *) ps;

    if (state->phase != HASH_BUILD &&
        (ps->right->any_changed || state->partition_count > 1 || state->keep_inner)) {
        hash_drop_partitions(state);
        table_clear(state);
        state->null_rows = NULL;
        state->total_rows = 0;
        state->phase = HASH_BUILD;
        if (!ps->right->any_changed)
            exec_rescan(ps->right);
    } else if (state->phase != HASH_BUILD)
        state->phase = state->total_rows == 0 && !state->keep_outer ? HASH_DONE : HASH_OUTER;
    state->outer = NULL;
    if (!ps->left->any_changed)
        exec_rescan(ps->left);
}

static void
hash_join_suspend(PlanState *ps)
{
    HashJoinState *state = (HashJoinState *) ps;

    hash_drop_partitions(state);
    table_clear(state);
    state->null_rows = NULL;
    state->total_rows = 0;
    state->phase = HASH_BUILD;
    state->outer = NULL;
}

static bool
hash_join_figures(HashJoinState *state, ExecutorDetailKind kind, int64 *ret_number)
{
    switch (kind) {
    case DETAIL_HASH_BUCKETS:
        *ret_number = (int64) state->bucket_mask + 1;
        return true;
    case DETAIL_HASH_BATCHES:
        *ret_number = state->partition_count;
        return true;
    case DETAIL_HASH_BATCHES_ORIGINAL:
        *ret_number = state->partition_first;
        return true;
    case DETAIL_HASH_SPACE_KB:
        *ret_number = (int64) ((state->peak_bytes + 1023) / 1024);
        return true;
    default:
        return false;
    }
}

static const PlanNodeOps hash_join_ops = {"Hash Join", hash_join_next, hash_join_rescan,
                                          hash_join_suspend};

/* The Hash node passes its child's rows on; the join keeps them. */
typedef struct HashState {
    PlanState ps;
    HashJoinState *join;
} HashState;

static Batch *
hash_next(PlanState *ps, int rows_max)
{
    return exec_next(ps->left, rows_max);
}

static void
hash_rescan(PlanState *ps)
{
    if (!ps->left->any_changed)
        exec_rescan(ps->left);
}

static bool
hash_detail(PlanState *ps, ExecutorDetailKind kind, int64 *ret_number, const char **ret_text)
{
    HashState *state = (HashState *) ps;

    return state->join != NULL && hash_join_figures(state->join, kind, ret_number);
}

static const PlanNodeOps hash_ops = {"Hash", hash_next, hash_rescan, NULL, hash_detail};

PlanState *
exec_init_hash(const Plan *plan, EState *estate, int eflags)
{
    PlanState *ps = exec_make_node(sizeof(HashState), plan, estate, &hash_ops);

    ps->left = exec_init_node(outerPlan(plan), estate, eflags);
    ps->desc = ps->left->desc;
    return ps;
}

/* The inner row's columns, and behind them the keys that are no plain columns. */
static void
hash_init_layout(HashJoinState *state, List *inner_keys)
{
    TupleDesc inner = state->ps.right->desc;
    int column = inner->natts;
    int k = 0;
    ListCell *lc;

    state->key_columns = (int *) palloc0(sizeof(int) * (Size) (list_length(inner_keys) + 1));
    state->inner_desc = CreateTemplateTupleDesc(inner->natts + list_length(inner_keys));
    for (int c = 0; c < inner->natts; c++)
        TupleDescCopyEntry(state->inner_desc, (AttrNumber) (c + 1), inner, (AttrNumber) (c + 1));
    foreach (lc, inner_keys) {
        Var *var = (Var *) lfirst(lc);

        if (IsA(var, Var) && var->varattno > 0)
            state->key_columns[k++] = var->varattno - 1;
        else {
            TupleDescInitEntry(state->inner_desc, (AttrNumber) (column + 1), NULL,
                               exprType((Node *) var), exprTypmod((Node *) var), 0);
            state->key_columns[k++] = column++;
        }
    }
    state->inner_desc->natts = column;
    state->inner_layout = row_layout_create(state->inner_desc);
    state->scratch_values = (Datum *) palloc0(sizeof(Datum) * (Size) (column + 1));
    state->scratch_nulls = (bool *) palloc0(sizeof(bool) * (Size) (column + 1));
}

static void
hash_init_keys(HashJoinState *state, const HashJoin *join)
{
    int k = 0;
    ListCell *op, *collation;

    state->key_count = list_length(join->hashoperators);
    state->outer_keys = (EqualKey *) palloc0(sizeof(EqualKey) * (Size) state->key_count);
    state->inner_keys = (EqualKey *) palloc0(sizeof(EqualKey) * (Size) state->key_count);
    forboth (op, join->hashoperators, collation, join->hashcollations) {
        equal_key_init(&state->outer_keys[k], k, lfirst_oid(op), lfirst_oid(collation), true,
                       true);
        equal_key_init(&state->inner_keys[k], k, lfirst_oid(op), lfirst_oid(collation), true,
                       false);
        k++;
    }
}

PlanState *
exec_init_hash_join(const Plan *plan, EState *estate, int eflags)
{
    const HashJoin *join = (const HashJoin *) plan;
    const Hash *hash = (const Hash *) innerPlan(plan);
    HashJoinState *state = (HashJoinState *) exec_make_node(sizeof(HashJoinState), plan, estate,
                                                            &hash_join_ops);
    JoinType type = join->join.jointype;

    state->ps.left = exec_init_node(outerPlan(plan), estate, eflags);
    state->ps.right = exec_init_node(innerPlan(plan), estate, eflags);
    ((HashState *) state->ps.right)->join = state;
    join_pairs_init(&state->pairs, &state->ps, &join->join, NIL);
    hash_init_keys(state, join);
    hash_init_layout(state, hash->hashkeys);
    state->outer_program = expr_compile_list(&state->ps, estate, join->hashkeys);
    state->inner_program = expr_compile_list(state->ps.right, estate, hash->hashkeys);
    state->outer_layout = row_layout_create(state->ps.left->desc);
    row_arena_init(&state->outer_arena, estate->context);
    state->keep_outer = type == JOIN_LEFT || type == JOIN_ANTI || type == JOIN_FULL;
    state->keep_inner = type == JOIN_RIGHT || type == JOIN_FULL;
    state->first_only = type == JOIN_SEMI || type == JOIN_ANTI || join->join.inner_unique;
    state->context = AllocSetContextCreate(estate->context, "hash join",
                                           ALLOCSET_DEFAULT_SIZES);
    row_arena_init(&state->arena, state->context);
    state->partition_count = 1;
    state->pair_rows = (int *) palloc(sizeof(int) * BATCH_ROWS_MAX);
    state->pair_inner = (StoredRow **) palloc(sizeof(StoredRow *) * BATCH_ROWS_MAX);
    state->pair_passed = (bool *) palloc(BATCH_ROWS_MAX);
    state->pair_sel = (uint16 *) palloc(sizeof(uint16) * BATCH_ROWS_MAX);
    return &state->ps;
}
