/*
 * join_int.h - what the joins share: pairs of rows gathered into batches
 */
#ifndef EXECUTOR_JOIN_INT_H
#define EXECUTOR_JOIN_INT_H

#include "executor_int.h"
#include "sortkey_int.h"

/* One side of the gathered pairs. */
typedef struct JoinSide {
    TupleDesc desc;
    bool *needed; /* columns that the join's expressions read */
    Batch batch;
} JoinSide;

typedef struct JoinPairs {
    PlanState *ps;
    JoinType type;
    JoinSide outer;
    JoinSide inner;
    int capacity;
    int count;
    ExprProgram *joinqual;
} JoinPairs;

/* Initialises pairs, qual, projection and desc of a join whose children are there. `more`:
 * expressions besides the join's own that read the gathered columns. */
extern void join_pairs_init(JoinPairs *pairs, PlanState *ps, const Join *join, List *more);
extern void join_pairs_reserve(JoinPairs *pairs, int rows);
extern void join_pairs_begin(JoinPairs *pairs);
extern void join_side_put(JoinSide *side, int at, Batch *batch, int row, MemoryContext copy_to);
extern void join_side_put_row(JoinSide *side, int at, const RowLayout *layout, StoredRow *row);
extern void join_side_put_nulls(JoinSide *side, int at);
extern int join_pairs_match(JoinPairs *pairs, bool *passed);
extern Batch *join_pairs_output(JoinPairs *pairs, const uint16 *selected, int selected_count);

#endif
