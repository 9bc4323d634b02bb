/*
 * scan_index.c - rows by way of a B-tree, with and without looking at the table
 *
 * Why        A leaf page gives its matching addresses at once. Rows of one heap page are used where
 *            they lie; when the scan moves to another heap page, those already gathered are copied,
 *            so that only one heap page is pinned. A lookup that finds one row copies nothing.
 */
#include "base/base.h"
#include "catalog/relcache.h"
#include "heap/vm.h"
#include "heapbatch_int.h"
#include "indexkeys_int.h"

typedef struct IndexScanState {
    PlanState ps;
    Index rti;
    Oid indexid;
    ScanDirection direction;
    IndexKeys keys;
    ExprProgram *recheck; /* the condition over the table's columns; for inexact keys */
    Relation index;
    IndexScanDesc scan;
    bool begun;       /* keys are evaluated and set */
    bool impossible;  /* a key is NULL */
    const ItemPointerData *tids;
    int tid_count;
    int tid_next;
    IndexFetch fetch;
    bool fetching;
    HeapBatch rows;   /* index scan */
    int uncopied;     /* first gathered row that still lies in the pinned page */

    /* index-only scan */
    Batch columns;
    int capacity;
    Buffer vm_buffer;
    int64 heap_fetches;
} IndexScanState;

/* ---- both kinds ---- */

static void
index_scan_open(IndexScanState *state, bool want_tuple)
{
    EState *estate = state->ps.estate;
    Relation heap = exec_relation(estate, state->rti);
    MemoryContext old = MemoryContextSwitchTo(estate->context);

    state->index = index_open(state->indexid, AccessShareLock);
    state->scan = btree_begin_scan(heap, state->index, estate->snapshot, state->keys.count);
    state->scan->xs_want_itup = want_tuple;
    heap_index_fetch_begin(&state->fetch, heap);
    state->fetching = true;
    MemoryContextSwitchTo(old);
}

/* False where no row can match. */
static bool
index_scan_begin(IndexScanState *state, bool want_tuple)
{
    if (state->begun)
        return !state->impossible;
    state->begun = true;
    state->tid_count = 0;
    state->tid_next = 0;
    state->impossible = !index_keys_evaluate(&state->keys);
    if (state->impossible)
        return false;
    if (state->scan == NULL)
        index_scan_open(state, want_tuple);
    btree_rescan(state->scan, state->keys.keys, state->keys.count);
    return true;
}

/* Makes sure that a next address is there. */
static bool
index_scan_advance(IndexScanState *state)
{
    if (state->tid_next < state->tid_count)
        return true;
    state->tid_next = 0;
    state->tid_count = btree_next_page(state->scan, state->direction, &state->tids);
    return state->tid_count > 0;
}

static void
index_scan_rescan(PlanState *ps)
{
    IndexScanState *state = (IndexScanState *) ps;

    state->begun = false;
}

static void
index_scan_suspend(PlanState *ps)
{
    IndexScanState *state = (IndexScanState *) ps;

    if (state->fetching)
        heap_index_fetch_end(&state->fetch);
    state->fetching = false;
    if (state->scan != NULL)
        btree_end_scan(state->scan);
    state->scan = NULL;
    if (state->index != NULL)
        index_close(state->index, NoLock);
    state->index = NULL;
    if (state->vm_buffer != InvalidBuffer)
        buffer_release(state->vm_buffer);
    state->vm_buffer = InvalidBuffer;
    state->begun = false;
}

/* ---- index scan ---- */

/* The pinned page is about to change: rows gathered from it are copied. */
static void
index_scan_copy_rows(IndexScanState *state, int count, const uint32 *lengths)
{
    for (int i = state->uncopied; i < count; i++) {
        char *copy = MemoryContextAlloc(state->ps.batch_context, lengths[i]);

        memcpy(copy, state->rows.own_tuples[i], lengths[i]);
        state->rows.own_tuples[i] = (HeapTupleHeader) copy;
    }
    state->uncopied = count;
}

static int
index_scan_gather(IndexScanState *state, int rows_max)
{
    uint32 lengths[BATCH_ROWS_MAX];
    BlockNumber block = InvalidBlockNumber;
    int count = 0;

    state->uncopied = 0;
    while (count < rows_max) {
        const ItemPointerData *tid;
        bool all_dead = false;

        /* going to the next leaf may only help when there is nothing to give yet */
        if (!index_scan_advance(state))
            break;
        tid = &state->tids[state->tid_next++];
        if (count > 0 && ItemPointerGetBlockNumber(tid) != block)
            index_scan_copy_rows(state, count, lengths);
        block = ItemPointerGetBlockNumber(tid);
        if (!heap_index_fetch(&state->fetch, tid, state->ps.estate->snapshot, &all_dead)) {
            if (all_dead)
                btree_kill_batch_tuple(state->scan, state->tid_next - 1);
            continue;
        }
        heap_batch_reserve(&state->rows, count + 1);
        state->rows.own_tuples[count] = state->fetch.tuple.t_data;
        state->rows.tids[count] = state->fetch.tid;
        lengths[count] = state->fetch.tuple.t_len;
        count++;
    }
    return count;
}

static Batch *
index_scan_next(PlanState *ps, int rows_max)
{
    IndexScanState *state = (IndexScanState *) ps;

    if (!index_scan_begin(state, false))
        return NULL;
    for (;;) {
        int count;
        Batch *batch = &state->rows.batch;

        CHECK_FOR_INTERRUPTS();
        MemoryContextReset(ps->batch_context);
        count = index_scan_gather(state, Min(rows_max, BATCH_ROWS_MAX));
        if (count == 0)
            return NULL;
        heap_batch_begin(&state->rows, count);
        if (state->recheck != NULL && expr_filter(state->recheck, batch, NULL, NULL) == 0)
            continue;
        if (exec_filter(ps, batch))
            return exec_project(ps, batch);
    }
}

static const PlanNodeOps index_scan_ops = {"Index Scan", index_scan_next, index_scan_rescan,
                                           index_scan_suspend};

PlanState *
exec_init_index_scan(const Plan *plan, EState *estate, int eflags)
{
    const IndexScan *scan = (const IndexScan *) plan;
    PlanState *epq = exec_init_epq_scan(&scan->scan, estate, scan->indexqualorig, NIL);
    IndexScanState *state;
    Relation index;
    TupleDesc desc;

    if (epq != NULL)
        return epq;
    if (scan->indexorderby != NIL)
        ereport(ERROR, (errcode(ERRCODE_FEATURE_NOT_SUPPORTED),
                        errmsg("index scans ordered by distance are not supported")));
    state = (IndexScanState *) exec_make_node(sizeof(IndexScanState), plan, estate,
                                              &index_scan_ops);
    state->rti = scan->scan.scanrelid;
    state->indexid = scan->indexid;
    state->direction = scan->indexorderdir == BackwardScanDirection ? BackwardScanDirection
                                                                    : ForwardScanDirection;
    desc = RelationGetDescr(exec_relation(estate, state->rti));
    index = index_open(scan->indexid, AccessShareLock);
    index_keys_init(&state->keys, &state->ps, index, scan->indexqual);
    index_close(index, NoLock);
    if (state->keys.inexact)
        state->recheck = expr_compile_qual(&state->ps, estate, scan->indexqualorig);
    exec_init_projection(&state->ps, desc);
    heap_batch_init(&state->rows, &state->ps, state->rti, desc,
                    list_make2(plan->targetlist, plan->qual));
    state->rows.own_tuples = (HeapTupleHeader *) palloc(sizeof(HeapTupleHeader));
    state->rows.tids = (ItemPointerData *) palloc(sizeof(ItemPointerData));
    heap_batch_reserve(&state->rows, 1);
    return &state->ps;
}

/* ---- index-only scan ---- */

static void
index_only_reserve(IndexScanState *state, int rows)
{
    int capacity = Max(state->capacity, 4);

    if (rows <= state->capacity)
        return;
    while (capacity < rows)
        capacity *= 2;
    for (int c = 0; c < state->columns.column_count; c++) {
        ColumnVector *column = &state->columns.columns[c];
        Datum *values = (Datum *) MemoryContextAlloc(state->ps.estate->context,
                                                     sizeof(Datum) * (Size) capacity);
        bool *nulls = (bool *) MemoryContextAlloc(state->ps.estate->context,
                                                  sizeof(bool) * (Size) capacity);

        if (column->values != NULL) {
            memcpy(values, column->values, sizeof(Datum) * (Size) state->capacity);
            memcpy(nulls, column->nulls, sizeof(bool) * (Size) state->capacity);
            pfree(column->values);
            pfree(column->nulls);
        }
        column->values = values;
        column->nulls = nulls;
        column->ready = true;
    }
    state->capacity = capacity;
}

/* Is the row at the current address seen by the snapshot? */
static bool
index_only_visible(IndexScanState *state, const ItemPointerData *tid)
{
    bool all_dead = false;

    if (VM_IS_ALL_VISIBLE(exec_relation(state->ps.estate, state->rti),
                          ItemPointerGetBlockNumber(tid), &state->vm_buffer))
        return true;
    state->heap_fetches++;
    if (heap_index_fetch(&state->fetch, tid, state->ps.estate->snapshot, &all_dead))
        return true;
    if (all_dead)
        btree_kill_batch_tuple(state->scan, state->tid_next - 1);
    return false;
}

/* Rows of one leaf only: the values point into it. */
static int
index_only_gather(IndexScanState *state, int rows_max)
{
    int count = 0;
    TupleDesc desc = state->columns.desc;

    while (count < rows_max) {
        const ItemPointerData *tid;
        IndexTuple tuple;

        if (state->tid_next >= state->tid_count && (count > 0 || !index_scan_advance(state)))
            break;
        tid = &state->tids[state->tid_next++];
        if (!index_only_visible(state, tid))
            continue;
        tuple = btree_batch_tuple(state->scan, state->tid_next - 1);
        index_only_reserve(state, count + 1);
        for (int c = 0; c < state->columns.column_count; c++) {
            ColumnVector *column = &state->columns.columns[c];

            column->values[count] = index_getattr(tuple, c + 1, desc, &column->nulls[count]);
        }
        count++;
    }
    return count;
}

static Batch *
index_only_next(PlanState *ps, int rows_max)
{
    IndexScanState *state = (IndexScanState *) ps;
    Batch *batch = &state->columns;

    if (!index_scan_begin(state, true))
        return NULL;
    for (;;) {
        int count;

        CHECK_FOR_INTERRUPTS();
        MemoryContextReset(ps->batch_context);
        count = index_only_gather(state, Min(rows_max, BATCH_ROWS_MAX));
        if (count == 0)
            return NULL;
        batch->row_count = count;
        batch->sel_count = count;
        batch->sel = NULL;
        if (state->recheck != NULL && expr_filter(state->recheck, batch, NULL, NULL) == 0)
            continue;
        if (exec_filter(ps, batch))
            return exec_project(ps, batch);
    }
}

static bool
index_only_detail(PlanState *ps, ExecutorDetailKind kind, int64 *ret_number,
                  const char **ret_text)
{
    if (kind != DETAIL_HEAP_FETCHES)
        return false;
    *ret_number = ((IndexScanState *) ps)->heap_fetches;
    return true;
}

static const PlanNodeOps index_only_ops = {"Index Only Scan", index_only_next, index_scan_rescan,
                                           index_scan_suspend, index_only_detail};

static void
index_only_system(Batch *batch, AttrNumber attno, ColumnVector *ret)
{
    IndexScanState *state = (IndexScanState *) batch->source;

    if (attno != TableOidAttributeNumber)
        elog(ERROR, "an index-only scan cannot give system column %d", (int) attno);
    for (int k = 0; k < batch->sel_count; k++) {
        int i = batch_row(batch, k);

        ret->values[i] = ObjectIdGetDatum(exec_rte(state->ps.estate, state->rti)->relid);
        ret->nulls[i] = false;
    }
}

PlanState *
exec_init_index_only_scan(const Plan *plan, EState *estate, int eflags)
{
    const IndexOnlyScan *scan = (const IndexOnlyScan *) plan;
    PlanState *epq = exec_init_epq_scan(&scan->scan, estate, scan->recheckqual,
                                        scan->indextlist);
    IndexScanState *state;
    Relation index;

    if (epq != NULL)
        return epq;
    state = (IndexScanState *) exec_make_node(sizeof(IndexScanState), plan, estate,
                                              &index_only_ops);
    state->rti = scan->scan.scanrelid;
    state->indexid = scan->indexid;
    state->direction = scan->indexorderdir == BackwardScanDirection ? BackwardScanDirection
                                                                    : ForwardScanDirection;
    (void) exec_relation(estate, state->rti);
    index = index_open(scan->indexid, AccessShareLock);
    index_keys_init(&state->keys, &state->ps, index, scan->indexqual);
    state->columns.desc = CreateTupleDescCopy(RelationGetDescr(index));
    index_close(index, NoLock);
    state->columns.column_count = state->columns.desc->natts;
    state->columns.columns =
        (ColumnVector *) palloc0(sizeof(ColumnVector) * (Size) state->columns.column_count);
    state->columns.system = index_only_system;
    state->columns.source = state;
    if (state->keys.inexact)
        state->recheck = expr_compile_qual(&state->ps, estate, scan->recheckqual);
    exec_init_projection(&state->ps, state->columns.desc);
    return &state->ps;
}
