/*
 * batch.h - the unit in which rows move: up to 1024 of them, column by column
 *
 * Invariants
 *   B1. Rows are 0 .. row_count-1. Only those named by the selection are there: `sel` holds
 *       sel_count row numbers in rising order, or is NULL, and then all rows are (sel_count ==
 *       row_count).
 *   B2. values[i] and nulls[i] of a column mean something only for selected rows, and only after
 *       batch_column() was called for it: a scan decodes a column when it is first asked for.
 *       Where nulls[i], values[i] is undefined.
 *   B3. A batch and all that its Datums point to belong to the node (or reader) that returned it
 *       and stay valid until that node is called again, rescanned or ended. Who needs a value for
 *       longer copies it.
 *   B4. The selection may be narrowed by who holds the batch, never widened.
 *   B5. An empty batch is never returned: the end of rows is NULL.
 */
#ifndef EXECUTOR_BATCH_H
#define EXECUTOR_BATCH_H

#include "base/base.h"
#include "heap/tupdesc.h"

#define BATCH_ROWS_MAX 1024

typedef struct ColumnVector {
    Datum *values;
    bool *nulls;
    bool ready; /* decoded for every selected row */
} ColumnVector;

typedef struct Batch Batch;
struct Batch {
    int row_count;
    int sel_count;
    uint16 *sel; /* NULL: all rows */
    int column_count;
    ColumnVector *columns;
    TupleDesc desc;                             /* types of the columns */
    void (*decode)(Batch *batch, int column);   /* fills a column that is not ready */
    void (*system)(Batch *batch, AttrNumber attno, ColumnVector *ret); /* ctid, xmin ... or NULL */
    void *source;                               /* for decode and system */
};

/* The column (from 0), decoded for the selected rows. */
static inline ColumnVector *
batch_column(Batch *batch, int column)
{
    ColumnVector *vector = &batch->columns[column];

    if (unlikely(!vector->ready))
        batch->decode(batch, column);
    return vector;
}

/* Row number of the i-th selected row. */
static inline int
batch_row(const Batch *batch, int i)
{
    return batch->sel != NULL ? batch->sel[i] : i;
}

/* Decodes every column. */
static inline void
batch_decode_all(Batch *batch)
{
    for (int column = 0; column < batch->column_count; column++)
        (void) batch_column(batch, column);
}

/* An empty writable batch with room for `capacity` rows, in the current context. */
extern Batch *batch_create(TupleDesc desc, int capacity);

/* Drops the first `count` selected rows. */
extern void batch_skip(Batch *batch, int count);

/* Keeps only the first `count` selected rows. */
extern void batch_truncate(Batch *batch, int count);

#endif
