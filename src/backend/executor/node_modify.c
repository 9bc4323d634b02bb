/*
 * node_modify.c - ModifyTable: INSERT, UPDATE, DELETE, ON CONFLICT, RETURNING
 *
 * Why        Rows to insert come a batch at a time and are stored a page at a time. Updates and
 *            deletes go row by row: each may meet a concurrent change, wait, and be looked at again
 *            in its newest version (epq_int.h).
 * Invariants
 *   M1. Constraints are checked before the heap is touched; index entries follow at once.
 *   M2. A row that this command itself has changed already is passed over; one that a function
 *       called by it changed is an error (27000).
 */
#include "base/base.h"
#include "buffer/buffer.h"
#include "catalog/relcache.h"
#include "epq_int.h"
#include "heapbatch_int.h"
#include "resultrel_int.h"
#include "rowlock_int.h"
#include "xact/xact.h"

typedef struct ModifyState {
    PlanState ps;
    CmdType operation;
    Index rti;
    Relation relation;     /* NULL while suspended */
    ResultRelInfo *target;
    bool count_rows;       /* reported to the client */
    bool done;
    int tid_column;        /* of the child's row; UPDATE, DELETE */
    int *update_columns;   /* UPDATE: table column (from 0) of each column of the child's row */
    int update_column_count;
    EpqState *epq;
    Batch *input;          /* rows not yet treated */
    int input_next;

    Projection *returning; /* NULL: none */
    Batch plan_row;        /* one row of the child, for RETURNING */
    Batch row;             /* one row of the table, for RETURNING and ON CONFLICT */
    Datum *values;
    bool *nulls;
    HeapTuple row_tuple;   /* the stored tuple behind `row`; for system columns */
    HeapTuple *tuples;     /* INSERT: of the current batch */
    int tuples_size;
    Batch inserted;        /* INSERT .. RETURNING: the child's columns with system columns */

    OnConflictAction conflict_action;
    List *arbiters;
    Projection *conflict_set;
    int *conflict_columns;
    int conflict_column_count;
    ExprProgram *conflict_where;
    Batch excluded;        /* the row that was not inserted */
    Datum *excluded_values;
    bool *excluded_nulls;
    Datum *old_values;
    bool *old_nulls;
} ModifyState;

static void
modify_open(ModifyState *state)
{
    if (state->relation != NULL)
        return;
    state->relation = exec_relation(state->ps.estate, state->rti);
    if (state->target == NULL) {
        MemoryContext old = MemoryContextSwitchTo(state->ps.estate->context);

        state->target = executor_open_result_relation(state->relation);
        MemoryContextSwitchTo(old);
    } else
        result_rel_resume(state->target, state->relation);
}

static void
modify_count(ModifyState *state, int rows)
{
    if (state->count_rows)
        state->ps.estate->processed += (uint64) rows;
}

/* The child's next row to treat: physical row number in state->input, or -1 at the end. */
static int
modify_next_row(ModifyState *state)
{
    if (state->input == NULL || state->input_next >= state->input->sel_count) {
        state->input = exec_next(state->ps.left, state->ps.estate->batch_rows);
        state->input_next = 0;
        if (state->input == NULL)
            return -1;
    }
    return batch_row(state->input, state->input_next++);
}

/* ---- RETURNING ---- */

static void
one_row_system(Batch *batch, AttrNumber attno, ColumnVector *ret)
{
    ModifyState *state = (ModifyState *) batch->source;

    if (state->row_tuple == NULL)
        elog(ERROR, "system column of a row that is not stored");
    ret->values[0] = heap_getsysattr(state->row_tuple, attno, RelationGetDescr(state->relation),
                                     &ret->nulls[0]);
}

static void
point_batch_at(Batch *batch, Datum *values, bool *nulls)
{
    for (int c = 0; c < batch->column_count; c++) {
        batch->columns[c].values = &values[c];
        batch->columns[c].nulls = &nulls[c];
        batch->columns[c].ready = true;
    }
    batch->row_count = 1;
    batch->sel_count = 1;
    batch->sel = NULL;
}

/* RETURNING for the row in state->values; other tables' columns are row `plan_row` of the child's
 * batch. */
static Batch *
modify_return(ModifyState *state, HeapTuple tuple, Batch *plan_batch, int plan_row)
{
    Batch *plan = NULL;

    state->row_tuple = tuple;
    point_batch_at(&state->row, state->values, state->nulls);
    if (plan_batch != NULL) {
        plan = &state->plan_row;
        batch_decode_all(plan_batch);
        for (int c = 0; c < plan->column_count; c++) {
            plan->columns[c].values = &plan_batch->columns[c].values[plan_row];
            plan->columns[c].nulls = &plan_batch->columns[c].nulls[plan_row];
            plan->columns[c].ready = true;
        }
        plan->row_count = 1;
        plan->sel_count = 1;
        plan->sel = NULL;
    }
    return projection_run(state->returning, &state->row, plan, NULL);
}

/* ---- INSERT ---- */

static void
inserted_system(Batch *batch, AttrNumber attno, ColumnVector *ret)
{
    ModifyState *state = (ModifyState *) batch->source;

    for (int k = 0; k < batch->sel_count; k++) {
        int i = batch_row(batch, k);

        ret->values[i] = heap_getsysattr(state->tuples[k], attno,
                                         RelationGetDescr(state->relation), &ret->nulls[i]);
    }
}

static void
get_row(ModifyState *state, Batch *batch, int i)
{
    int count = RelationGetDescr(state->relation)->natts;

    for (int c = 0; c < count; c++) {
        state->values[c] = batch->columns[c].values[i];
        state->nulls[c] = batch->columns[c].nulls[i];
    }
}

static void
insert_form_tuples(ModifyState *state, Batch *batch)
{
    TupleDesc desc = RelationGetDescr(state->relation);

    if (state->tuples_size < batch->sel_count) {
        state->tuples_size = Max(batch->sel_count, 16);
        state->tuples = (HeapTuple *) MemoryContextAlloc(
            state->ps.estate->context, sizeof(HeapTuple) * (Size) state->tuples_size);
    }
    for (int k = 0; k < batch->sel_count; k++) {
        get_row(state, batch, batch_row(batch, k));
        executor_check_constraints(state->target, state->values, state->nulls);
        state->tuples[k] = heap_form_tuple(desc, state->values, state->nulls);
        state->tuples[k]->t_tableOid = RelationGetRelid(state->relation);
    }
}

static Batch *
insert_batch(ModifyState *state, Batch *batch)
{
    EState *estate = state->ps.estate;
    MemoryContext old = MemoryContextSwitchTo(state->ps.batch_context);
    int count = batch->sel_count;

    batch_decode_all(batch);
    insert_form_tuples(state, batch);
    if (count == 1)
        heap_insert(state->relation, state->tuples[0], estate->output_cid, 0, NULL);
    else
        heap_multi_insert(state->relation, state->tuples, count, estate->output_cid, 0, NULL);
    if (state->target->index_count > 0) {
        for (int k = 0; k < count; k++) {
            if (count > 1)
                get_row(state, batch, batch_row(batch, k));
            executor_insert_index_entries(state->target, state->tuples[k], state->values,
                                          state->nulls);
        }
    }
    modify_count(state, count);
    MemoryContextSwitchTo(old);
    if (state->returning == NULL)
        return NULL;
    state->inserted = *batch;
    state->inserted.system = inserted_system;
    state->inserted.source = state;
    return projection_run(state->returning, &state->inserted, NULL, NULL);
}

static Batch *
insert_next(ModifyState *state, int rows_max)
{
    PlanState *ps = &state->ps;

    for (;;) {
        Batch *batch = exec_next(ps->left, ps->estate->batch_rows);
        Batch *out;

        CHECK_FOR_INTERRUPTS();
        MemoryContextReset(ps->batch_context);
        if (batch == NULL)
            return NULL;
        out = insert_batch(state, batch);
        if (out != NULL)
            return out;
    }
}

/* ---- row by row ---- */

static pg_noreturn void
throw_modified_by_trigger(const char *what)
{
    ereport(ERROR, (errcode(ERRCODE_TRIGGERED_DATA_CHANGE_VIOLATION),
                    errmsg("tuple to be %s was already modified by an operation triggered by the "
                           "current command",
                           what),
                    errhint("Consider using an AFTER trigger instead of a BEFORE trigger to "
                            "propagate changes to other rows.")));
}

/*
 * The row at *tid has a newer version: locks it and runs the query again for it. The query's new
 * row, with *tid set to the version, or NULL where there is nothing left to do.
 */
static Batch *
modify_recheck(ModifyState *state, ItemPointer tid, int plan_row, LockTupleMode mode)
{
    HeapTupleData tuple = {.t_self = *tid, .t_tableOid = RelationGetRelid(state->relation)};
    TM_FailureData failure;
    Buffer buffer = InvalidBuffer;
    TM_Result result = row_lock(state->ps.estate, state->relation, &tuple, mode, LockWaitBlock,
                                &buffer, &failure);
    Batch *again = NULL;

    if (result == TM_SelfModified && failure.cmax != state->ps.estate->output_cid)
        throw_modified_by_trigger(state->operation == CMD_DELETE ? "deleted" : "updated");
    if (result == TM_Ok) {
        *tid = tuple.t_self;
        epq_set_tuple(state->epq, state->rti, &tuple);
    }
    if (buffer != InvalidBuffer)
        buffer_release(buffer);
    if (result == TM_Ok) {
        epq_fetch_marks(state->epq, state->input, plan_row, state->rti);
        again = epq_run(state->epq);
    }
    return again;
}

/* Fetches a version by place into old_values; the buffer stays pinned. */
static Buffer
fetch_old(ModifyState *state, const ItemPointerData *tid, HeapTuple tuple)
{
    Buffer buffer;

    tuple->t_self = *tid;
    tuple->t_tableOid = RelationGetRelid(state->relation);
    if (!heap_fetch(state->relation, SnapshotAny, tuple, &buffer, false))
        elog(ERROR, "failed to fetch tuple being changed");
    heap_deform_tuple(tuple, RelationGetDescr(state->relation), state->old_values,
                      state->old_nulls);
    return buffer;
}

/* ---- DELETE ---- */

static Batch *
delete_return(ModifyState *state, const ItemPointerData *tid, Batch *plan, int plan_row)
{
    HeapTupleData tuple;
    Buffer buffer;
    HeapTuple copy;
    MemoryContext old = MemoryContextSwitchTo(state->ps.batch_context);

    buffer = fetch_old(state, tid, &tuple);
    copy = heap_copytuple(&tuple);
    buffer_release(buffer);
    heap_deform_tuple(copy, RelationGetDescr(state->relation), state->values, state->nulls);
    MemoryContextSwitchTo(old);
    return modify_return(state, copy, plan, plan_row);
}

static Batch *
delete_row(ModifyState *state, ItemPointerData tid, int plan_row)
{
    EState *estate = state->ps.estate;
    Batch *plan = state->input;
    int row = plan_row;

    for (;;) {
        TM_FailureData failure;
        TM_Result result = heap_delete(state->relation, &tid, estate->output_cid, NULL, true,
                                       &failure, false);

        if (result == TM_Ok)
            break;
        if (result == TM_SelfModified) {
            if (failure.cmax != estate->output_cid)
                throw_modified_by_trigger("deleted");
            return NULL;
        }
        if (row_isolation_keeps_snapshot())
            row_throw_concurrent(result == TM_Deleted);
        if (result == TM_Deleted)
            return NULL;
        if (result != TM_Updated)
            elog(ERROR, "unexpected result of deleting a row: %d", (int) result);
        plan = modify_recheck(state, &tid, plan_row, LockTupleExclusive);
        if (plan == NULL)
            return NULL;
        row = batch_row(plan, 0);
    }
    modify_count(state, 1);
    return state->returning != NULL ? delete_return(state, &tid, plan, row) : NULL;
}

/* ---- UPDATE ---- */

/* The new row: the old one's values, and the child's where it sets them. */
static HeapTuple
update_form_tuple(ModifyState *state, Batch *plan, int row)
{
    TupleDesc desc = RelationGetDescr(state->relation);
    HeapTuple tuple;

    memcpy(state->values, state->old_values, sizeof(Datum) * (Size) desc->natts);
    memcpy(state->nulls, state->old_nulls, sizeof(bool) * (Size) desc->natts);
    for (int k = 0; k < state->update_column_count; k++) {
        ColumnVector *vector = batch_column(plan, k);

        state->values[state->update_columns[k]] = vector->values[row];
        state->nulls[state->update_columns[k]] = vector->nulls[row];
    }
    executor_check_constraints(state->target, state->values, state->nulls);
    tuple = heap_form_tuple(desc, state->values, state->nulls);
    tuple->t_tableOid = RelationGetRelid(state->relation);
    return tuple;
}

/* Stores the new version of the row at *tid; other than TM_Ok: *ret_failure. */
static TM_Result
update_store(ModifyState *state, const ItemPointerData *tid, Batch *plan, int row,
             HeapTuple *ret_tuple, TM_FailureData *ret_failure, LockTupleMode *ret_mode)
{
    HeapTupleData old_tuple;
    Buffer buffer = fetch_old(state, tid, &old_tuple);
    HeapTuple tuple = update_form_tuple(state, plan, row);
    bool update_indexes = false;
    TM_Result result = heap_update(state->relation, tid, tuple, state->ps.estate->output_cid, NULL,
                                   true, ret_failure, ret_mode, &update_indexes);

    if (result == TM_Ok && update_indexes)
        executor_insert_index_entries(state->target, tuple, state->values, state->nulls);
    /* values of columns that stay point into the old version's page */
    if (result == TM_Ok && state->returning != NULL)
        heap_deform_tuple(tuple, RelationGetDescr(state->relation), state->values, state->nulls);
    buffer_release(buffer);
    *ret_tuple = tuple;
    return result;
}

static Batch *
update_row(ModifyState *state, ItemPointerData tid, int plan_row)
{
    EState *estate = state->ps.estate;
    Batch *plan = state->input;
    int row = plan_row;
    HeapTuple tuple;

    for (;;) {
        TM_FailureData failure;
        LockTupleMode mode = LockTupleNoKeyExclusive;
        MemoryContext old = MemoryContextSwitchTo(state->ps.batch_context);
        TM_Result result = update_store(state, &tid, plan, row, &tuple, &failure, &mode);

        MemoryContextSwitchTo(old);
        if (result == TM_Ok)
            break;
        if (result == TM_SelfModified) {
            if (failure.cmax != estate->output_cid)
                throw_modified_by_trigger("updated");
            return NULL;
        }
        if (row_isolation_keeps_snapshot())
            row_throw_concurrent(result == TM_Deleted);
        if (result == TM_Deleted)
            return NULL;
        if (result != TM_Updated)
            elog(ERROR, "unexpected result of updating a row: %d", (int) result);
        plan = modify_recheck(state, &tid, plan_row, mode);
        if (plan == NULL)
            return NULL;
        row = batch_row(plan, 0);
    }
    modify_count(state, 1);
    return state->returning != NULL ? modify_return(state, tuple, plan, row) : NULL;
}

static Batch *
change_next(ModifyState *state)
{
    for (;;) {
        int row = modify_next_row(state);
        ColumnVector *column;
        ItemPointerData tid;
        Batch *out;

        CHECK_FOR_INTERRUPTS();
        MemoryContextReset(state->ps.batch_context);
        if (row < 0)
            return NULL;
        column = batch_column(state->input, state->tid_column);
        if (column->nulls[row])
            elog(ERROR, "ctid is NULL");
        memcpy(&tid, DatumGetPointer(column->values[row]), sizeof(tid));
        out = state->operation == CMD_DELETE ? delete_row(state, tid, row)
                                             : update_row(state, tid, row);
        if (out != NULL)
            return out;
    }
}

/* ---- INSERT .. ON CONFLICT ---- */

/* A committed row in the way of the row in state->values; waits for inserters in progress. */
static bool
conflict_find(ModifyState *state, ItemPointer ret_tid)
{
    for (int i = 0; i < state->target->index_count; i++) {
        ResultIndex *index = &state->target->indexes[i];
        Datum keys[INDEX_MAX_KEYS];
        bool key_nulls[INDEX_MAX_KEYS];

        if (!result_rel_is_arbiter(index, state->arbiters) ||
            !result_rel_index_values(index, state->values, state->nulls, keys, key_nulls))
            continue;
        for (;;) {
            TransactionId xid = 0;
            uint32 token = 0;

            if (!btree_find_conflict(index->relation, keys, key_nulls, state->relation, NULL,
                                     ret_tid, &xid, &token))
                break;
            if (xid == 0)
                return true;
            if (token != 0)
                lock_speculative_wait(xid, token);
            else
                lock_xid_wait(xid, RelationGetRelationName(state->relation), ret_tid,
                              XLTW_InsertIndex);
        }
    }
    return false;
}

/* Inserts; false where a duplicate came between: the row was taken back. */
static bool
conflict_insert(ModifyState *state, HeapTuple tuple)
{
    EState *estate = state->ps.estate;
    TransactionId xid = xact_current_id();
    uint32 token = lock_speculative_insert(xid);
    ItemPointerData place;
    bool unique;

    ItemPointerSet(&place, token, HEAP_SPECULATIVE_OFFSET);
    tuple->t_data->t_ctid = place;
    heap_insert(state->relation, tuple, estate->output_cid, HEAP_INSERT_SPECULATIVE, NULL);
    unique = result_rel_insert_arbitrated(state->target, tuple, state->values, state->nulls,
                                          state->arbiters);
    if (unique)
        heap_finish_speculative(state->relation, &tuple->t_self);
    else
        heap_abort_speculative(state->relation, &tuple->t_self);
    unlock_speculative(xid);
    return unique;
}

static pg_noreturn void
throw_second_time(void)
{
    ereport(ERROR,
            (errcode(ERRCODE_CARDINALITY_VIOLATION),
             errmsg("ON CONFLICT DO UPDATE command cannot affect row a second time"),
             errhint("Ensure that no rows proposed for insertion within the same command have "
                     "duplicate constrained values.")));
}

/* Sets the columns of DO UPDATE in the row found; the excluded row is in state->excluded. */
static Batch *
conflict_update_locked(ModifyState *state, HeapTuple found)
{
    TupleDesc desc = RelationGetDescr(state->relation);
    Size natts = (Size) desc->natts;
    Batch *set;
    HeapTuple tuple;
    TM_FailureData failure;
    LockTupleMode mode;
    bool update_indexes = false;

    heap_deform_tuple(found, desc, state->old_values, state->old_nulls);
    point_batch_at(&state->row, state->old_values, state->old_nulls);
    state->row_tuple = found;
    if (state->conflict_where != NULL &&
        expr_filter(state->conflict_where, &state->row, &state->excluded, NULL) == 0) {
        if (state->ps.instrument != NULL)
            state->ps.instrument->nfiltered1 += 1;
        return NULL;
    }
    set = projection_run(state->conflict_set, &state->row, &state->excluded, NULL);
    memcpy(state->values, state->old_values, sizeof(Datum) * natts);
    memcpy(state->nulls, state->old_nulls, sizeof(bool) * natts);
    for (int k = 0; k < state->conflict_column_count; k++) {
        ColumnVector *vector = batch_column(set, k);

        state->values[state->conflict_columns[k]] = vector->values[0];
        state->nulls[state->conflict_columns[k]] = vector->nulls[0];
    }
    executor_check_constraints(state->target, state->values, state->nulls);
    tuple = heap_form_tuple(desc, state->values, state->nulls);
    tuple->t_tableOid = RelationGetRelid(state->relation);
    if (heap_update(state->relation, &found->t_self, tuple, state->ps.estate->output_cid, NULL,
                    true, &failure, &mode, &update_indexes) != TM_Ok)
        elog(ERROR, "a locked row could not be updated");
    if (update_indexes)
        executor_insert_index_entries(state->target, tuple, state->values, state->nulls);
    modify_count(state, 1);
    if (state->returning == NULL)
        return NULL;
    heap_deform_tuple(tuple, desc, state->values, state->nulls);
    return modify_return(state, tuple, NULL, 0);
}

static bool
visible_to_snapshot(ModifyState *state, HeapTuple found)
{
    HeapTupleData tuple = *found;
    Buffer buffer;

    if (!heap_fetch(state->relation, state->ps.estate->snapshot, &tuple, &buffer, false))
        return false;
    buffer_release(buffer);
    return true;
}

/* Locks the row in the way and updates it; *ret_retry where it is gone. */
static Batch *
conflict_update(ModifyState *state, const ItemPointerData *tid, bool *ret_retry)
{
    EState *estate = state->ps.estate;
    HeapTupleData found = {.t_self = *tid, .t_tableOid = RelationGetRelid(state->relation)};
    TM_FailureData failure;
    Buffer buffer = InvalidBuffer;
    Batch *out = NULL;
    TM_Result result = heap_lock_tuple(state->relation, &found, estate->output_cid,
                                       LockTupleExclusive, LockWaitBlock, false, &buffer,
                                       &failure);

    *ret_retry = false;
    switch (result) {
    case TM_Ok:
        if (row_isolation_keeps_snapshot() && !visible_to_snapshot(state, &found))
            row_throw_concurrent(false);
        out = conflict_update_locked(state, &found);
        break;
    case TM_Invisible:
    case TM_SelfModified:
        throw_second_time();
    case TM_Updated:
    case TM_Deleted:
        if (row_isolation_keeps_snapshot())
            row_throw_concurrent(result == TM_Deleted);
        *ret_retry = true;
        break;
    default:
        elog(ERROR, "unexpected result of locking a row: %d", (int) result);
    }
    if (buffer != InvalidBuffer)
        buffer_release(buffer);
    return out;
}

static Batch *
conflict_row(ModifyState *state, int row)
{
    TupleDesc desc = RelationGetDescr(state->relation);
    Size natts = (Size) desc->natts;
    ItemPointerData tid;

    for (;;) {
        bool retry = false;
        Batch *out = NULL;
        HeapTuple tuple;

        get_row(state, state->input, row);
        executor_check_constraints(state->target, state->values, state->nulls);
        if (conflict_find(state, &tid)) {
            if (state->ps.instrument != NULL)
                state->ps.instrument->ntuples2 += 1;
            if (state->conflict_action == ONCONFLICT_NOTHING)
                return NULL;
            memcpy(state->excluded_values, state->values, sizeof(Datum) * natts);
            memcpy(state->excluded_nulls, state->nulls, sizeof(bool) * natts);
            point_batch_at(&state->excluded, state->excluded_values, state->excluded_nulls);
            out = conflict_update(state, &tid, &retry);
            if (!retry)
                return out;
            continue;
        }
        tuple = heap_form_tuple(desc, state->values, state->nulls);
        tuple->t_tableOid = RelationGetRelid(state->relation);
        if (!conflict_insert(state, tuple))
            continue;
        modify_count(state, 1);
        return state->returning != NULL ? modify_return(state, tuple, NULL, 0) : NULL;
    }
}

static Batch *
conflict_next(ModifyState *state)
{
    for (;;) {
        int row = modify_next_row(state);
        MemoryContext old;
        Batch *out;

        CHECK_FOR_INTERRUPTS();
        MemoryContextReset(state->ps.batch_context);
        if (row < 0)
            return NULL;
        batch_decode_all(state->input);
        old = MemoryContextSwitchTo(state->ps.batch_context);
        out = conflict_row(state, row);
        MemoryContextSwitchTo(old);
        if (out != NULL)
            return out;
    }
}

/* ---- the node ---- */

static Batch *
modify_next(PlanState *ps, int rows_max)
{
    ModifyState *state = (ModifyState *) ps;
    Batch *out;

    if (state->done)
        return NULL;
    modify_open(state);
    if (state->operation != CMD_INSERT)
        out = change_next(state);
    else if (state->conflict_action != ONCONFLICT_NONE)
        out = conflict_next(state);
    else
        out = insert_next(state, rows_max);
    if (out == NULL)
        state->done = true;
    return out;
}

static void
modify_rescan(PlanState *ps)
{
    ModifyState *state = (ModifyState *) ps;

    state->done = false;
    state->input = NULL;
    if (!ps->left->any_changed)
        exec_rescan(ps->left);
}

static void
modify_suspend(PlanState *ps)
{
    ModifyState *state = (ModifyState *) ps;

    if (state->target != NULL && state->relation != NULL)
        result_rel_suspend(state->target);
    state->relation = NULL;
    state->input = NULL;
    if (state->epq != NULL)
        epq_suspend(state->epq);
}

static const PlanNodeOps modify_ops = {"ModifyTable", modify_next, modify_rescan, modify_suspend};

static void
modify_init_batch(Batch *batch, TupleDesc desc)
{
    batch->desc = desc;
    batch->column_count = desc->natts;
    batch->columns = (ColumnVector *) palloc0(sizeof(ColumnVector) * (Size) Max(desc->natts, 1));
}

static void
modify_init_returning(ModifyState *state, const ModifyTable *modify)
{
    ExprCompiler compiler = {.parent = &state->ps, .estate = state->ps.estate,
                             .scan_rti = state->rti};
    List *list;

    if (modify->returningLists == NIL) {
        state->ps.desc = CreateTemplateTupleDesc(0);
        return;
    }
    list = (List *) linitial(modify->returningLists);
    state->ps.desc = executor_desc_from_targetlist(list, false);
    state->returning = projection_create(&compiler, list, state->ps.desc);
}

static void
modify_init_conflict(ModifyState *state, const ModifyTable *modify)
{
    ExprCompiler compiler = {.parent = &state->ps, .estate = state->ps.estate,
                             .scan_rti = state->rti};
    ListCell *lc;

    state->conflict_action = modify->onConflictAction;
    state->arbiters = modify->arbiterIndexes;
    if (modify->onConflictAction != ONCONFLICT_UPDATE)
        return;
    state->conflict_set = projection_create(
        &compiler, modify->onConflictSet,
        executor_desc_from_targetlist(modify->onConflictSet, false));
    state->conflict_columns =
        (int *) palloc(sizeof(int) * (Size) (list_length(modify->onConflictCols) + 1));
    foreach (lc, modify->onConflictCols)
        state->conflict_columns[state->conflict_column_count++] = lfirst_int(lc) - 1;
    if (modify->onConflictWhere != NULL) {
        List *clauses = IsA(modify->onConflictWhere, List) ? (List *) modify->onConflictWhere
                                                           : list_make1(modify->onConflictWhere);

        state->conflict_where = expr_compile_qual_with(&compiler, clauses);
    }
}

static void
modify_init_update(ModifyState *state, const ModifyTable *modify)
{
    List *columns = (List *) linitial(modify->updateColnosLists);
    ListCell *lc;

    state->update_columns = (int *) palloc(sizeof(int) * (Size) (list_length(columns) + 1));
    foreach (lc, columns)
        state->update_columns[state->update_column_count++] = lfirst_int(lc) - 1;
}

PlanState *
exec_init_modify_table(const Plan *plan, EState *estate, int eflags)
{
    const ModifyTable *modify = (const ModifyTable *) plan;
    ModifyState *state = (ModifyState *) exec_make_node(sizeof(ModifyState), plan, estate,
                                                        &modify_ops);
    Relation relation;
    TupleDesc desc;
    Size count;

    if (modify->operation == CMD_MERGE)
        ereport(ERROR, (errcode(ERRCODE_FEATURE_NOT_SUPPORTED), errmsg("MERGE is not supported")));
    if (list_length(modify->resultRelations) != 1)
        ereport(ERROR, (errcode(ERRCODE_FEATURE_NOT_SUPPORTED),
                        errmsg("changing inherited or partitioned tables is not supported")));
    state->operation = modify->operation;
    state->rti = (Index) linitial_int(modify->resultRelations);
    state->count_rows = modify->canSetTag;
    relation = exec_relation(estate, state->rti);
    desc = RelationGetDescr(relation);
    count = (Size) Max(desc->natts, 1);
    state->values = (Datum *) palloc0(sizeof(Datum) * count);
    state->nulls = (bool *) palloc0(sizeof(bool) * count);
    state->old_values = (Datum *) palloc0(sizeof(Datum) * count);
    state->old_nulls = (bool *) palloc0(sizeof(bool) * count);
    state->excluded_values = (Datum *) palloc0(sizeof(Datum) * count);
    state->excluded_nulls = (bool *) palloc0(sizeof(bool) * count);
    state->ps.left = exec_init_node(outerPlan(plan), estate, eflags);
    modify_init_batch(&state->row, desc);
    state->row.system = one_row_system;
    state->row.source = state;
    modify_init_batch(&state->excluded, desc);
    modify_init_batch(&state->plan_row, state->ps.left->desc);
    if (state->operation != CMD_INSERT) {
        state->tid_column = epq_find_junk(outerPlan(plan), "ctid");
        if (state->tid_column < 0)
            elog(ERROR, "could not find junk ctid column");
        state->epq = epq_create(estate, outerPlan(plan), modify->rowMarks, state->rti);
    }
    if (state->operation == CMD_UPDATE)
        modify_init_update(state, modify);
    modify_init_returning(state, modify);
    modify_init_conflict(state, modify);
    if (!modify->canSetTag)
        estate->modify_nodes = lappend(estate->modify_nodes, state);
    return &state->ps;
}
