/*
 * scan_seq.c - reading a table from end to end, and by row addresses
 */
#include "base/base.h"
#include "buffer/buffer.h"
#include "catalog/lsyscache.h"
#include "heapbatch_int.h"
#include "types/array.h"

typedef struct SeqScanState {
    PlanState ps;
    Index rti;
    HeapScanDesc scan;
    HeapBatch rows;
    int first; /* next row of the current page to give out */
    int left;
} SeqScanState;

static Batch *
seq_scan_next(PlanState *ps, int rows_max)
{
    SeqScanState *state = (SeqScanState *) ps;

    if (state->scan == NULL) {
        MemoryContext old = MemoryContextSwitchTo(ps->estate->context);

        state->scan = heap_begin_scan(exec_relation(ps->estate, state->rti),
                                      ps->estate->snapshot, HEAP_SCAN_BULKREAD);
        MemoryContextSwitchTo(old);
    }
    for (;;) {
        int count;

        MemoryContextReset(ps->batch_context);
        if (state->left == 0) {
            CHECK_FOR_INTERRUPTS();
            state->left = heap_scan_next_page(state->scan, ForwardScanDirection);
            state->first = 0;
            if (state->left == 0)
                return NULL;
            state->rows.scan = state->scan;
            state->rows.tuples = state->scan->tuples;
            heap_batch_reserve(&state->rows, state->left);
            state->rows.batch.row_count = state->left;
        }
        count = Min(state->left, rows_max);
        heap_batch_window(&state->rows, state->first, count);
        state->first += count;
        state->left -= count;
        if (exec_filter(ps, &state->rows.batch))
            return exec_project(ps, &state->rows.batch);
    }
}

static void
seq_scan_rescan(PlanState *ps)
{
    SeqScanState *state = (SeqScanState *) ps;

    state->left = 0;
    if (state->scan != NULL)
        heap_rescan(state->scan);
}

static void
seq_scan_suspend(PlanState *ps)
{
    SeqScanState *state = (SeqScanState *) ps;

    if (state->scan != NULL)
        heap_end_scan(state->scan);
    state->scan = NULL;
    state->left = 0;
}

static const PlanNodeOps seq_scan_ops = {"Seq Scan", seq_scan_next, seq_scan_rescan,
                                         seq_scan_suspend};

PlanState *
exec_init_seq_scan(const Plan *plan, EState *estate, int eflags)
{
    const Scan *scan = (const Scan *) plan;
    PlanState *epq = exec_init_epq_scan(scan, estate, NIL, NIL);
    SeqScanState *state;
    TupleDesc desc;

    if (epq != NULL)
        return epq;
    state = (SeqScanState *) exec_make_node(sizeof(SeqScanState), plan, estate, &seq_scan_ops);
    state->rti = scan->scanrelid;
    desc = RelationGetDescr(exec_relation(estate, state->rti));
    exec_init_projection(&state->ps, desc);
    heap_batch_init(&state->rows, &state->ps, state->rti, desc,
                    list_make2(plan->targetlist, plan->qual));
    return &state->ps;
}

/* ---- by row address ---- */

typedef struct TidScanState {
    PlanState ps;
    Index rti;
    int expr_count;
    bool *is_array;
    ExprProgram *addresses;
    MemoryContext context; /* of tids; reset at rescan */
    ItemPointerData *tids; /* sorted, each once */
    int tid_count;
    int next;
    bool evaluated;
    Buffer buffer;
    HeapBatch rows;
} TidScanState;

static int
compare_tids(const void *a, const void *b)
{
    return ItemPointerCompare((ItemPointer) a, (ItemPointer) b);
}

static void
tid_scan_add(TidScanState *state, Datum value, int *size)
{
    if (state->tid_count >= *size) {
        *size = Max(*size * 2, 8);
        state->tids = state->tids == NULL
                          ? (ItemPointerData *) MemoryContextAlloc(
                                state->context, sizeof(ItemPointerData) * (Size) *size)
                          : (ItemPointerData *) repalloc(state->tids, sizeof(ItemPointerData) *
                                                                          (Size) *size);
    }
    memcpy(&state->tids[state->tid_count++], DatumGetPointer(value), sizeof(ItemPointerData));
}

static void
tid_scan_evaluate(TidScanState *state)
{
    int size = 0;
    int kept = 0;

    MemoryContextReset(state->context);
    state->tids = NULL;
    state->tid_count = 0;
    state->next = 0;
    state->evaluated = true;
    expr_run(state->addresses, NULL, NULL, NULL);
    for (int k = 0; k < state->expr_count; k++) {
        bool isnull;
        Datum value = expr_output(state->addresses, k, 0, &isnull);
        Datum *elements;
        bool *nulls;
        int count;

        if (isnull)
            continue;
        if (!state->is_array[k]) {
            tid_scan_add(state, value, &size);
            continue;
        }
        array_deconstruct(DatumGetArrayTypeP(value), &elements, &nulls, &count);
        for (int e = 0; e < count; e++) {
            if (nulls == NULL || !nulls[e])
                tid_scan_add(state, elements[e], &size);
        }
    }
    if (state->tid_count > 1)
        qsort(state->tids, (size_t) state->tid_count, sizeof(ItemPointerData), compare_tids);
    for (int k = 0; k < state->tid_count; k++) {
        if (kept == 0 || !ItemPointerEquals(&state->tids[kept - 1], &state->tids[k]))
            state->tids[kept++] = state->tids[k];
    }
    state->tid_count = kept;
}

static void
tid_scan_release(TidScanState *state)
{
    if (state->buffer != InvalidBuffer)
        buffer_release(state->buffer);
    state->buffer = InvalidBuffer;
}

static Batch *
tid_scan_next(PlanState *ps, int rows_max)
{
    TidScanState *state = (TidScanState *) ps;
    Relation relation = exec_relation(ps->estate, state->rti);

    if (!state->evaluated)
        tid_scan_evaluate(state);
    while (state->next < state->tid_count) {
        HeapTupleData tuple = {.t_tableOid = RelationGetRelid(relation)};

        MemoryContextReset(ps->batch_context);
        tid_scan_release(state);
        tuple.t_self = state->tids[state->next++];
        if (ItemPointerGetOffsetNumber(&tuple.t_self) == 0 ||
            ItemPointerGetBlockNumber(&tuple.t_self) >= RelationGetNumberOfBlocks(relation))
            continue;
        if (!heap_fetch(relation, ps->estate->snapshot, &tuple, &state->buffer, false))
            continue;
        state->rows.own_tuples[0] = tuple.t_data;
        state->rows.tids[0] = tuple.t_self;
        heap_batch_begin(&state->rows, 1);
        if (exec_filter(ps, &state->rows.batch))
            return exec_project(ps, &state->rows.batch);
    }
    return NULL;
}

static void
tid_scan_rescan(PlanState *ps)
{
    ((TidScanState *) ps)->evaluated = false;
}

static void
tid_scan_suspend(PlanState *ps)
{
    tid_scan_release((TidScanState *) ps);
}

static const PlanNodeOps tid_scan_ops = {"Tid Scan", tid_scan_next, tid_scan_rescan,
                                         tid_scan_suspend};

/* The side of `ctid = x` that is not ctid. */
static Expr *
other_side(List *args)
{
    Expr *left = (Expr *) linitial(args);

    if (IsA(left, Var) && ((Var *) left)->varattno == SelfItemPointerAttributeNumber)
        return (Expr *) lsecond(args);
    return left;
}

PlanState *
exec_init_tid_scan(const Plan *plan, EState *estate, int eflags)
{
    const TidScan *scan = (const TidScan *) plan;
    PlanState *epq = exec_init_epq_scan(&scan->scan, estate, NIL, NIL);
    TidScanState *state;
    List *addresses = NIL;
    TupleDesc desc;
    ListCell *lc;

    if (epq != NULL)
        return epq;
    state = (TidScanState *) exec_make_node(sizeof(TidScanState), plan, estate, &tid_scan_ops);
    state->rti = scan->scan.scanrelid;
    state->is_array = (bool *) palloc0(sizeof(bool) * (Size) (list_length(scan->tidquals) + 1));
    foreach (lc, scan->tidquals) {
        Node *qual = (Node *) lfirst(lc);

        if (IsA(qual, ScalarArrayOpExpr)) {
            state->is_array[state->expr_count] = true;
            addresses = lappend(addresses, lsecond(((ScalarArrayOpExpr *) qual)->args));
        } else if (IsA(qual, OpExpr))
            addresses = lappend(addresses, other_side(((OpExpr *) qual)->args));
        else
            ereport(ERROR, (errcode(ERRCODE_FEATURE_NOT_SUPPORTED),
                            errmsg("WHERE CURRENT OF is not supported")));
        state->expr_count++;
    }
    state->context = AllocSetContextCreate(estate->context, "tid scan", ALLOCSET_SMALL_SIZES);
    state->addresses = expr_compile_list(&state->ps, estate, addresses);
    state->addresses->eval_context = state->context;
    desc = RelationGetDescr(exec_relation(estate, state->rti));
    exec_init_projection(&state->ps, desc);
    heap_batch_init(&state->rows, &state->ps, state->rti, desc,
                    list_make2(plan->targetlist, plan->qual));
    state->rows.own_tuples = (HeapTupleHeader *) palloc(sizeof(HeapTupleHeader));
    state->rows.tids = (ItemPointerData *) palloc(sizeof(ItemPointerData));
    heap_batch_reserve(&state->rows, 1);
    return &state->ps;
}
