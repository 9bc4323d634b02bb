/*
 * tuplesort.h - sorts rows, in memory or by merging runs from a temporary file
 *
 * Life: begin, put, perform, read, end. The first key is turned into a 64-bit number that orders
 * as the key does (exactly for integers, dates, floats; by prefix for text in C order), so most
 * comparisons touch no row.
 */
#ifndef EXECUTOR_TUPLESORT_H
#define EXECUTOR_TUPLESORT_H

#include "base/base.h"
#include "executor/batch.h"
#include "heap/tupdesc.h"

typedef struct Tuplesortstate Tuplesortstate;

typedef struct TuplesortKey {
    AttrNumber attno; /* from 1 */
    Oid sort_operator; /* a < or > operator of a btree family */
    Oid collation;
    bool nulls_first;
} TuplesortKey;

typedef enum TuplesortMethod {
    TUPLESORT_QUICKSORT,
    TUPLESORT_TOP_N,
    TUPLESORT_EXTERNAL
} TuplesortMethod;

typedef struct TuplesortStats {
    TuplesortMethod method;
    int64 space_kb; /* memory, or disk where external */
} TuplesortStats;

/* In the current memory context. `limit` > 0: only the first `limit` rows will be read. */
extern Tuplesortstate *tuplesort_begin(TupleDesc desc, const TuplesortKey *keys, int key_count,
                                       int work_mem_kb, int64 limit);
extern void tuplesort_put_batch(Tuplesortstate *state, Batch *batch);
extern void tuplesort_put_values(Tuplesortstate *state, const Datum *values, const bool *nulls);
extern void tuplesort_perform(Tuplesortstate *state);

/* Up to `rows_max` next rows, valid until the next read; NULL at the end. */
extern Batch *tuplesort_read_batch(Tuplesortstate *state, int rows_max);

/* The next row as arrays; false at the end. */
extern bool tuplesort_read_row(Tuplesortstate *state, Datum **values, bool **nulls);

/* Reads from the first row again. */
extern void tuplesort_rescan(Tuplesortstate *state);
extern TuplesortStats tuplesort_stats(Tuplesortstate *state);
extern void tuplesort_end(Tuplesortstate *state);

#endif
