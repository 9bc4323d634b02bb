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
#include "agg_int.h"
#include "base/base.h"
#include "catalog/catalog.h"
#include "catalog/lsyscache.h"
#include "executor/tuplestore.h"
#include "executor_int.h"
#include "parser/nodefuncs.h"
#include "settings_int.h"
#include "sortkey_int.h"

typedef enum WindowKind {
    WINDOW_ROW_NUMBER,
    WINDOW_RANK,
    WINDOW_DENSE_RANK,
    WINDOW_PERCENT_RANK,
    WINDOW_CUME_DIST,
    WINDOW_NTILE,
    WINDOW_LAG,
    WINDOW_LEAD,
    WINDOW_FIRST_VALUE,
    WINDOW_LAST_VALUE,
    WINDOW_NTH_VALUE,
    WINDOW_AGGREGATE
} WindowKind;

typedef struct WindowFunction {
    WindowFunc *func;
    WindowKind kind;
    int arg_first; /* column of the first argument in a stored row */
    int arg_count;
    int filter;    /* column of the FILTER result, -1: none */
    int16 result_len;
    bool result_byval;
    /* aggregates */
    AggSet *set;
    TransValue *value;
    MemoryContext agg_context;
    int64 from;    /* rows [from, upto) are in the state */
    int64 upto;
    /* ntile */
    int64 buckets;
} WindowFunction;

typedef struct WindowState {
    PlanState ps;
    const WindowAgg *node;
    int function_count;
    WindowFunction *functions;
    ExprProgram *args;     /* arguments of all functions, then filters */
    ExprProgram *offsets;  /* frame offsets; NULL: none */
    int start_output;
    int end_output;
    Datum start_offset;
    Datum end_offset;
    bool offsets_done;
    EqualKey *part_keys;
    EqualKey *order_keys;
    FmgrInfo start_in_range;
    FmgrInfo end_in_range;

    int input_natts;
    TupleDesc row_desc;    /* input columns and arguments */
    RowLayout *layout;
    Tuplestorestate *store;
    MemoryContext part_context; /* reset per partition */
    int64 row_count;
    int64 *peer_start;     /* W2 */
    int64 *peer_end;
    int64 *group_number;   /* of the peer group, from 0 */
    int64 arrays_size;
    int64 position;        /* next row to give out */
    bool partition_open;

    Batch *input;
    int input_next;
    bool at_end;
    RowArena key_arena;
    StoredRow *first_row;  /* of the partition being taken in */
    RowLayout *input_layout;
    Datum *scratch_values;
    bool *scratch_nulls;

    int64 frame_start;
    int64 frame_end;
    Batch *out_rows;       /* input columns of the rows given out */
    Batch results;
    RowArena out_arena;
    MemoryContext out_context; /* results in one output batch */
} WindowState;

/* ---- reading the partition ---- */

static Datum
window_value(WindowState *state, int64 position, int column, bool *ret_isnull)
{
    Datum *values;
    bool *nulls;

    tuplestore_seek(state->store, 1, position);
    if (!tuplestore_read_row(state->store, 1, true, &values, &nulls))
        elog(ERROR, "row of a window partition not found");
    *ret_isnull = nulls[column];
    return values[column];
}

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

/* ---- frames ---- */

static void
window_evaluate_offsets(WindowState *state)
{
    int options = state->node->frameOptions;
    bool isnull;

    state->offsets_done = true;
    if (state->offsets == NULL)
        return;
    expr_run(state->offsets, NULL, NULL, NULL);
    if (state->start_output >= 0) {
        state->start_offset = expr_output(state->offsets, state->start_output, 0, &isnull);
        if (isnull)
            ereport(ERROR, (errcode(ERRCODE_NULL_VALUE_NOT_ALLOWED),
                            errmsg("frame starting offset must not be null")));
        if ((options & (FRAMEOPTION_ROWS | FRAMEOPTION_GROUPS)) &&
            DatumGetInt64(state->start_offset) < 0)
            ereport(ERROR, (errcode(ERRCODE_INVALID_PRECEDING_OR_FOLLOWING_SIZE),
                            errmsg("frame starting offset must not be negative")));
    }
    if (state->end_output >= 0) {
        state->end_offset = expr_output(state->offsets, state->end_output, 0, &isnull);
        if (isnull)
            ereport(ERROR, (errcode(ERRCODE_NULL_VALUE_NOT_ALLOWED),
                            errmsg("frame ending offset must not be null")));
        if ((options & (FRAMEOPTION_ROWS | FRAMEOPTION_GROUPS)) &&
            DatumGetInt64(state->end_offset) < 0)
            ereport(ERROR, (errcode(ERRCODE_INVALID_PRECEDING_OR_FOLLOWING_SIZE),
                            errmsg("frame ending offset must not be negative")));
    }
}

/* Does row `position` lie within the offset of the current row? (RANGE) */
static bool
window_in_range(WindowState *state, FmgrInfo *function, int64 position, Datum offset, bool sub,
                bool less)
{
    const WindowAgg *node = state->node;
    int column = node->ordColIdx[0] - 1;
    bool vnull, bnull;
    Datum base = window_value(state, state->position, column, &bnull);
    Datum value;
    Form_pg_attribute att = TupleDescAttr(state->row_desc, column);

    if (!bnull)
        base = datum_copy(base, att->attbyval, att->attlen);
    value = window_value(state, position, column, &vnull);
    if (vnull || bnull) {
        if (vnull && bnull)
            return true;
        /* a NULL lies before or behind all else, as the order says */
        return vnull == node->inRangeNullsFirst ? less : !less;
    }
    if (!node->inRangeAsc) {
        sub = !sub;
        less = !less;
    }
    return DatumGetBool(FunctionCall5Coll(function, node->inRangeColl, value, base, offset,
                                          BoolGetDatum(sub), BoolGetDatum(less)));
}

/* First row of the peer group `group`, the end of the partition if there is none. */
static int64
window_group_start(WindowState *state, int64 group)
{
    int64 low = 0;
    int64 high = state->row_count;

    if (group <= 0)
        return 0;
    while (low < high) {
        int64 middle = (low + high) / 2;

        if (state->group_number[middle] < group)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

static int64
clamp_add(int64 a, int64 b, int64 max)
{
    int64 sum;

    if (__builtin_add_overflow(a, b, &sum))
        return b > 0 ? max : 0;
    return Max(0, Min(sum, max));
}

static int64
window_frame_start(WindowState *state)
{
    int options = state->node->frameOptions;
    int64 i = state->position;
    int64 n = state->row_count;
    bool back = (options & FRAMEOPTION_START_OFFSET_PRECEDING) != 0;
    int64 at;

    if (options & FRAMEOPTION_START_UNBOUNDED_PRECEDING)
        return 0;
    if (options & FRAMEOPTION_START_CURRENT_ROW)
        return options & FRAMEOPTION_ROWS ? i : state->peer_start[i];
    if (options & FRAMEOPTION_ROWS)
        return clamp_add(i, back ? -DatumGetInt64(state->start_offset)
                                 : DatumGetInt64(state->start_offset), n);
    if (options & FRAMEOPTION_GROUPS) {
        int64 offset = DatumGetInt64(state->start_offset);

        if (!back && offset > n)
            return n;
        return window_group_start(state, state->group_number[i] + (back ? -offset : offset));
    }
    for (at = state->frame_start; at < n; at++) {
        if (window_in_range(state, &state->start_in_range, at, state->start_offset, back, false))
            break;
    }
    return at;
}

static int64
window_frame_end(WindowState *state)
{
    int options = state->node->frameOptions;
    int64 i = state->position;
    int64 n = state->row_count;
    bool back = (options & FRAMEOPTION_END_OFFSET_PRECEDING) != 0;
    int64 at;

    if (options & FRAMEOPTION_END_UNBOUNDED_FOLLOWING)
        return n;
    if (options & FRAMEOPTION_END_CURRENT_ROW)
        return options & FRAMEOPTION_ROWS ? i + 1 : state->peer_end[i];
    if (options & FRAMEOPTION_ROWS) {
        int64 offset = DatumGetInt64(state->end_offset);

        return back ? (offset > i ? 0 : i - offset + 1) : clamp_add(i + 1, offset, n);
    }
    if (options & FRAMEOPTION_GROUPS) {
        int64 offset = DatumGetInt64(state->end_offset);

        if (!back && offset > n)
            return n;
        return window_group_start(state, state->group_number[i] + (back ? -offset : offset) + 1);
    }
    for (at = state->frame_end; at < n; at++) {
        if (!window_in_range(state, &state->end_in_range, at, state->end_offset, back, true))
            break;
    }
    return at;
}

/* Is a row of the frame left out by EXCLUDE? */
static bool
window_excluded(WindowState *state, int64 at)
{
    int options = state->node->frameOptions;
    int64 i = state->position;

    if (options & FRAMEOPTION_EXCLUDE_CURRENT_ROW)
        return at == i;
    if (options & FRAMEOPTION_EXCLUDE_GROUP)
        return at >= state->peer_start[i] && at < state->peer_end[i];
    if (options & FRAMEOPTION_EXCLUDE_TIES)
        return at != i && at >= state->peer_start[i] && at < state->peer_end[i];
    return false;
}

/* ---- aggregates ---- */

static void
window_agg_step(WindowState *state, WindowFunction *function, int64 at)
{
    AggTrans *trans = &function->set->trans[0];
    Datum *values;
    bool *nulls;

    tuplestore_seek(state->store, 1, at);
    (void) tuplestore_read_row(state->store, 1, true, &values, &nulls);
    if (function->filter >= 0 &&
        (nulls[function->filter] || !DatumGetBool(values[function->filter])))
        return;
    agg_step_values(function->set, 0, function->value, &values[function->arg_first],
                    &nulls[function->arg_first], trans->arg_count);
}

static void
window_agg_restart(WindowFunction *function)
{
    MemoryContextReset(function->agg_context);
    agg_init_values(function->set, function->value);
}

static Datum
window_aggregate(WindowState *state, WindowFunction *function, bool *ret_isnull)
{
    bool excludes = (state->node->frameOptions & FRAMEOPTION_EXCLUSION) != 0;

    if (function->upto < 0 || excludes || function->from != state->frame_start ||
        function->upto > state->frame_end) {
        window_agg_restart(function);
        function->from = state->frame_start;
        function->upto = state->frame_start;
    }
    while (function->upto < state->frame_end) {
        if (!excludes || !window_excluded(state, function->upto))
            window_agg_step(state, function, function->upto);
        function->upto++;
    }
    return agg_finalize(function->set, 0, function->value, ret_isnull);
}

/* ---- window functions ---- */

static Datum
window_arg(WindowState *state, WindowFunction *function, int arg, int64 position,
           bool *ret_isnull)
{
    return window_value(state, position, function->arg_first + arg, ret_isnull);
}

static Datum
window_lag_lead(WindowState *state, WindowFunction *function, bool *ret_isnull)
{
    int64 offset = 1;
    int64 at;

    if (function->arg_count >= 2) {
        bool isnull;

        offset = DatumGetInt32(window_arg(state, function, 1, state->position, &isnull));
        if (isnull) {
            *ret_isnull = true;
            return (Datum) 0;
        }
    }
    at = state->position + (function->kind == WINDOW_LAG ? -offset : offset);
    if (at >= 0 && at < state->row_count)
        return window_arg(state, function, 0, at, ret_isnull);
    if (function->arg_count >= 3)
        return window_arg(state, function, 2, state->position, ret_isnull);
    *ret_isnull = true;
    return (Datum) 0;
}

/* The n-th row of the frame (from 0; counted from the end where `last`), or -1. */
static int64
window_frame_row(WindowState *state, int64 n, bool last)
{
    bool excludes = (state->node->frameOptions & FRAMEOPTION_EXCLUSION) != 0;
    int64 size = state->frame_end - state->frame_start;

    if (!excludes) {
        if (n >= size)
            return -1;
        return last ? state->frame_end - 1 - n : state->frame_start + n;
    }
    for (int64 k = 0; k < size; k++) {
        int64 at = last ? state->frame_end - 1 - k : state->frame_start + k;

        if (!window_excluded(state, at) && n-- == 0)
            return at;
    }
    return -1;
}

static Datum
window_frame_value(WindowState *state, WindowFunction *function, bool *ret_isnull)
{
    int64 n = 0;
    int64 at;

    if (function->kind == WINDOW_NTH_VALUE) {
        n = DatumGetInt32(window_arg(state, function, 1, state->position, ret_isnull));
        if (*ret_isnull)
            return (Datum) 0;
        if (n <= 0)
            ereport(ERROR, (errcode(ERRCODE_INVALID_ARGUMENT_FOR_NTH_VALUE),
                            errmsg("argument of nth_value must be greater than zero")));
        n--;
    }
    at = window_frame_row(state, n, function->kind == WINDOW_LAST_VALUE);
    if (at < 0) {
        *ret_isnull = true;
        return (Datum) 0;
    }
    return window_arg(state, function, 0, at, ret_isnull);
}

static Datum
window_ntile(WindowState *state, WindowFunction *function, bool *ret_isnull)
{
    int64 n = state->row_count;
    int64 i = state->position;
    int64 per, extra;

    if (function->buckets < 0) {
        function->buckets = DatumGetInt32(window_arg(state, function, 0, 0, ret_isnull));
        if (*ret_isnull) {
            function->buckets = -1;
            return (Datum) 0;
        }
        if (function->buckets <= 0)
            ereport(ERROR, (errcode(ERRCODE_INVALID_ARGUMENT_FOR_NTILE),
                            errmsg("argument of ntile must be greater than zero")));
    }
    per = n / function->buckets;
    extra = n % function->buckets;
    if (i < extra * (per + 1))
        return Int32GetDatum((int32) (i / (per + 1) + 1));
    return Int32GetDatum((int32) (extra + (i - extra * (per + 1)) / Max(per, 1) + 1));
}

static Datum
window_compute(WindowState *state, WindowFunction *function, bool *ret_isnull)
{
    int64 i = state->position;
    int64 n = state->row_count;

    *ret_isnull = false;
    switch (function->kind) {
    case WINDOW_ROW_NUMBER:
        return Int64GetDatum(i + 1);
    case WINDOW_RANK:
        return Int64GetDatum(state->peer_start[i] + 1);
    case WINDOW_DENSE_RANK:
        return Int64GetDatum(state->group_number[i] + 1);
    case WINDOW_PERCENT_RANK:
        return Float8GetDatum(n <= 1 ? 0.0 : (double) state->peer_start[i] / (double) (n - 1));
    case WINDOW_CUME_DIST:
        return Float8GetDatum((double) state->peer_end[i] / (double) n);
    case WINDOW_NTILE:
        return window_ntile(state, function, ret_isnull);
    case WINDOW_LAG:
    case WINDOW_LEAD:
        return window_lag_lead(state, function, ret_isnull);
    case WINDOW_FIRST_VALUE:
    case WINDOW_LAST_VALUE:
    case WINDOW_NTH_VALUE:
        return window_frame_value(state, function, ret_isnull);
    case WINDOW_AGGREGATE:
        return window_aggregate(state, function, ret_isnull);
    }
    return (Datum) 0;
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
