/*
 * window.c - frames of window functions, and the functions' values
 */
#include "base/base.h"
#include "window_int.h"

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

/* ---- frames ---- */

void
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

int64
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

int64
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

Datum
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
