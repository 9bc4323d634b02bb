/*
 * heapbatch.c - a batch over heap tuples, whose columns are decoded when asked for
 *
 * Why        Behind the first column of variable length a value is found only by walking over
 *            those before it. The batch remembers how far each row was walked and, on the way,
 *            takes along the columns that the node's expressions will want.
 */
#include "base/base.h"
#include "catalog/catalog.h"
#include "heapbatch_int.h"
#include "parser/nodefuncs.h"

typedef struct FindColumns {
    bool *columns;
    int count;
} FindColumns;

static bool
find_columns_walker(Node *node, FindColumns *find)
{
    if (node == NULL)
        return false;
    if (IsA(node, Var)) {
        Var *var = (Var *) node;

        if (var->varno == INNER_VAR || var->varno == OUTER_VAR)
            return false;
        if (var->varattno == 0)
            memset(find->columns, true, (Size) find->count);
        else if (var->varattno > 0 && var->varattno <= find->count)
            find->columns[var->varattno - 1] = true;
        return false;
    }
    return expression_tree_walker(node, find_columns_walker, find);
}

void
exec_find_columns(List *expressions, bool *columns, int column_count)
{
    FindColumns find = {columns, column_count};

    (void) find_columns_walker((Node *) expressions, &find);
}

/* ---- decoding ---- */

static void
column_storage(HeapBatch *hb, int column)
{
    if (hb->values[column] == NULL) {
        Size capacity = (Size) hb->capacity;

        hb->values[column] = (Datum *) MemoryContextAlloc(hb->context, sizeof(Datum) * capacity);
        hb->nulls[column] = (bool *) MemoryContextAlloc(hb->context, sizeof(bool) * capacity);
    }
    hb->batch.columns[column].values = hb->values[column];
    hb->batch.columns[column].nulls = hb->nulls[column];
}

/* Walks on from where the rows stand up to the column, decoding what is needed on the way. */
static void
decode_walk(HeapBatch *hb, Batch *batch, int column)
{
    int from = hb->decoded_upto;

    for (int c = from; c <= column; c++) {
        hb->walk_values[c] = NULL;
        hb->walk_nulls[c] = NULL;
        if ((hb->needed[c] || c == column) && !batch->columns[c].ready) {
            column_storage(hb, c);
            hb->walk_values[c] = hb->values[c];
            hb->walk_nulls[c] = hb->nulls[c];
            batch->columns[c].ready = true;
        }
    }
    tuple_decode_range(hb->desc, hb->tuples, batch->sel, batch->sel_count, from, column + 1,
                       hb->offsets, hb->walk_values, hb->walk_nulls);
    hb->decoded_upto = column + 1;
}

static void
heap_batch_decode(Batch *batch, int column)
{
    HeapBatch *hb = (HeapBatch *) batch->source;

    if (hb->desc->fixed_count < 0)
        tupdesc_prepare(hb->desc);
    if (column >= hb->desc->fixed_count && column >= hb->decoded_upto) {
        decode_walk(hb, batch, column);
        return;
    }
    column_storage(hb, column);
    tuple_decode_column(hb->desc, hb->tuples, batch->sel, batch->sel_count, column + 1,
                        hb->values[column], hb->nulls[column]);
    batch->columns[column].ready = true;
}

static void
heap_batch_tid(HeapBatch *hb, int i, ItemPointer ret_tid)
{
    if (hb->tids != NULL)
        *ret_tid = hb->tids[i];
    else
        heap_scan_tid(hb->scan, i, ret_tid);
}

static void
heap_batch_system(Batch *batch, AttrNumber attno, ColumnVector *ret)
{
    HeapBatch *hb = (HeapBatch *) batch->source;
    ItemPointerData *places = NULL;

    if (attno == SelfItemPointerAttributeNumber)
        places = (ItemPointerData *) palloc(sizeof(ItemPointerData) * (Size) batch->row_count);
    for (int k = 0; k < batch->sel_count; k++) {
        int i = batch_row(batch, k);
        HeapTupleData tuple;

        ret->nulls[i] = false;
        if (attno == SelfItemPointerAttributeNumber) {
            heap_batch_tid(hb, i, &places[i]);
            ret->values[i] = PointerGetDatum(&places[i]);
            continue;
        }
        if (attno == TableOidAttributeNumber) {
            ret->values[i] = ObjectIdGetDatum(hb->table_oid);
            continue;
        }
        tuple.t_data = (HeapTupleHeader) hb->tuples[i];
        tuple.t_len = 0;
        tuple.t_tableOid = hb->table_oid;
        heap_batch_tid(hb, i, &tuple.t_self);
        ret->values[i] = heap_getsysattr(&tuple, attno, hb->desc, &ret->nulls[i]);
    }
}

/* ---- life ---- */

void
heap_batch_init(HeapBatch *hb, PlanState *ps, Index rti, TupleDesc desc, List *expressions)
{
    Size count = (Size) Max(desc->natts, 1);

    memset(hb, 0, sizeof(*hb));
    hb->context = ps->estate->context;
    hb->table_oid = rti != 0 ? exec_rte(ps->estate, rti)->relid : InvalidOid;
    hb->desc = desc;
    hb->needed = (bool *) palloc0(sizeof(bool) * count);
    exec_find_columns(expressions, hb->needed, desc->natts);
    hb->values = (Datum **) palloc0(sizeof(Datum *) * count);
    hb->nulls = (bool **) palloc0(sizeof(bool *) * count);
    hb->walk_values = (Datum **) palloc0(sizeof(Datum *) * count);
    hb->walk_nulls = (bool **) palloc0(sizeof(bool *) * count);
    hb->batch.desc = desc;
    hb->batch.column_count = desc->natts;
    hb->batch.columns = (ColumnVector *) palloc0(sizeof(ColumnVector) * count);
    hb->batch.decode = heap_batch_decode;
    hb->batch.system = heap_batch_system;
    hb->batch.source = hb;
}

/* Makes room; what was decoded is lost, own tuples are kept. */
void
heap_batch_reserve(HeapBatch *hb, int rows)
{
    int capacity = Max(hb->capacity, 4);
    bool gathers = hb->own_tuples != NULL;

    if (rows <= hb->capacity)
        return;
    while (capacity < rows)
        capacity *= 2;
    for (int c = 0; c < hb->desc->natts; c++) {
        if (hb->values[c] != NULL) {
            pfree(hb->values[c]);
            pfree(hb->nulls[c]);
        }
        hb->values[c] = NULL;
        hb->nulls[c] = NULL;
    }
    if (hb->offsets != NULL)
        pfree(hb->offsets);
    hb->offsets = (uint16 *) MemoryContextAlloc(hb->context, sizeof(uint16) * (Size) capacity);
    if (gathers) {
        hb->own_tuples = (HeapTupleHeader *) repalloc(hb->own_tuples,
                                                      sizeof(HeapTupleHeader) * (Size) capacity);
        hb->tids = (ItemPointerData *) repalloc(hb->tids,
                                                sizeof(ItemPointerData) * (Size) capacity);
        hb->tuples = hb->own_tuples;
    }
    hb->capacity = capacity;
}

void
heap_batch_begin(HeapBatch *hb, int count)
{
    heap_batch_reserve(hb, count);
    hb->batch.row_count = count;
    heap_batch_window(hb, 0, count);
}

void
heap_batch_window(HeapBatch *hb, int first, int count)
{
    Batch *batch = &hb->batch;

    batch->sel = NULL;
    batch->sel_count = batch->row_count;
    if (first > 0)
        batch_skip(batch, first);
    if (first + count < batch->row_count) {
        if (batch->sel == NULL)
            batch_skip(batch, 0);
        batch->sel_count = count;
    }
    for (int c = 0; c < batch->column_count; c++)
        batch->columns[c].ready = false;
    hb->decoded_upto = 0;
    memset(hb->offsets + first, 0, sizeof(uint16) * (Size) count);
}
