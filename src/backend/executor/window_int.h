/*
 * window_int.h - the state of a WindowAgg; see node_window.c
 */
#ifndef EXECUTOR_WINDOW_INT_H
#define EXECUTOR_WINDOW_INT_H

#include "agg_int.h"
#include "executor/tuplestore.h"
#include "executor_int.h"
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

/* Frame offsets, once per execution. */
extern void window_evaluate_offsets(WindowState *state);
/* Bounds of the frame of the row at state->position. */
extern int64 window_frame_start(WindowState *state);
extern int64 window_frame_end(WindowState *state);
/* A function's value for the row at state->position. */
extern Datum window_compute(WindowState *state, WindowFunction *function, bool *ret_isnull);

#endif
