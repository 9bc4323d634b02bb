/*
 * batch.c - making and narrowing batches
 */
#include "base/base.h"
#include "executor/batch.h"
#include "memory/memory.h"

Batch *
batch_create(TupleDesc desc, int capacity)
{
    Batch *batch = (Batch *) palloc0(sizeof(Batch));

    Assert(capacity <= BATCH_ROWS_MAX);
    batch->desc = desc;
    batch->column_count = desc->natts;
    batch->columns = (ColumnVector *) palloc0(sizeof(ColumnVector) * Max(desc->natts, 1));
    for (int i = 0; i < desc->natts; i++) {
        batch->columns[i].values = (Datum *) palloc(sizeof(Datum) * (Size) capacity);
        batch->columns[i].nulls = (bool *) palloc(sizeof(bool) * (Size) capacity);
        batch->columns[i].ready = true;
    }
    return batch;
}

/* Rows 0..1023 in order: the selection of a batch from which the head was dropped. */
static const uint16 *
batch_identity(void)
{
    static uint16 identity[BATCH_ROWS_MAX + 1];

    if (identity[1] == 0) {
        for (int i = 0; i <= BATCH_ROWS_MAX; i++)
            identity[i] = (uint16) i;
    }
    return identity;
}

void
batch_skip(Batch *batch, int count)
{
    Assert(count <= batch->sel_count);
    if (batch->sel == NULL)
        batch->sel = (uint16 *) batch_identity();
    batch->sel += count;
    batch->sel_count -= count;
}

void
batch_truncate(Batch *batch, int count)
{
    Assert(count <= batch->sel_count);
    if (batch->sel == NULL)
        batch->row_count = count;
    batch->sel_count = count;
}
