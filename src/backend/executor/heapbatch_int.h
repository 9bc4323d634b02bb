/*
 * heapbatch_int.h - a batch over heap tuples, whose columns are decoded when asked for
 *
 * Owner: the scan node. The tuples are in a pinned page or copied to the node's batch context.
 */
#ifndef EXECUTOR_HEAPBATCH_INT_H
#define EXECUTOR_HEAPBATCH_INT_H

#include "executor_int.h"
#include "heap/heap.h"
#include "heap/tuple.h"

typedef struct HeapBatch {
    Batch batch;
    MemoryContext context; /* of the arrays */
    Oid table_oid;
    TupleDesc desc;
    bool *needed;          /* columns that the node's expressions read */
    int capacity;
    const HeapTupleHeader *tuples;
    HeapTupleHeader *own_tuples; /* capacity long; for nodes that gather */
    ItemPointerData *tids;       /* NULL: ask the scan */
    HeapScanDesc scan;
    uint16 *offsets;       /* where decoding stands in each row */
    int decoded_upto;      /* columns before this were walked over; 0: none */
    Datum **walk_values;   /* what the current walk takes along */
    bool **walk_nulls;
    Datum **values;        /* per column, capacity long; NULL until needed */
    bool **nulls;
} HeapBatch;

extern void heap_batch_init(HeapBatch *hb, PlanState *ps, Index rti, TupleDesc desc,
                            List *expressions);
extern void heap_batch_reserve(HeapBatch *hb, int rows);
/* The batch now holds `count` tuples; nothing is decoded. */
extern void heap_batch_begin(HeapBatch *hb, int count);
/* Selects rows first .. first+count-1 only; nothing is decoded. */
extern void heap_batch_window(HeapBatch *hb, int first, int count);

/* Columns read by expressions, as flags; true in *ret_whole for a whole-row reference. */
extern void exec_find_columns(List *expressions, bool *columns, int column_count);

/* Stand-in for scans while a replaced row is re-checked; see epq.c. NULL: scan as usual. */
extern PlanState *exec_init_epq_scan(const Scan *scan, EState *estate, List *recheck,
                                     List *index_targetlist);

#endif
