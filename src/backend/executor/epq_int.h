/*
 * epq_int.h - re-checking a row that somebody else has changed meanwhile
 *
 * In READ COMMITTED a row that was updated since the snapshot is looked at again in its newest
 * version: the query is run for that version alone, the other tables giving the rows they gave
 * before. The second run has a state of its own; its scans of marked tables return one given row.
 */
#ifndef EXECUTOR_EPQ_INT_H
#define EXECUTOR_EPQ_INT_H

#include "executor_int.h"
#include "heap/heap.h"

/* A table of the query whose row is known by place in the query's output. */
typedef struct EpqMark {
    Index rti;
    RowMarkType type;
    LockClauseStrength strength;
    LockWaitPolicy wait_policy;
    int tid_column; /* of the subplan's row, from 0; -1: none */
} EpqMark;

struct EpqState {
    EState *parent;
    const Plan *plan;    /* run again */
    EState *estate;      /* NULL until first needed */
    PlanState *planstate;
    MemoryContext context;
    bool *marked;        /* by rti - 1 */
    HeapTuple *tuples;   /* by rti - 1: the row to return; NULL: no row */
    int mark_count;
    EpqMark *marks;
};

/* `row_marks` are PlanRowMarks; their junk columns are looked for in the plan's target list.
 * `target` 0 or a table that is marked besides. */
extern EpqState *epq_create(EState *parent, const Plan *plan, List *row_marks, Index target);
extern int epq_find_junk(const Plan *plan, const char *name);

/* Sets the row that a marked table returns; the tuple is copied. NULL: none. */
extern void epq_set_tuple(EpqState *epq, Index rti, HeapTuple tuple);
/* Fetches a marked table's row as it is named in row `row`. */
extern void epq_fetch_mark(EpqState *epq, const EpqMark *mark, Batch *batch, int row);
/* Fetches the rows of all marked tables but `except` as they are named in row `row`. */
extern void epq_fetch_marks(EpqState *epq, Batch *batch, int row, Index except);
/* Runs again; the one row it gives, valid until the next call, or NULL. */
extern Batch *epq_run(EpqState *epq);
extern void epq_suspend(EpqState *epq);

#endif
