/*
 * node_lockrows.c - FOR UPDATE, FOR SHARE: locks each row that passes
 */
#include "base/base.h"
#include "buffer/buffer.h"
#include "epq_int.h"
#include "rowlock_int.h"
#include "xact/xact.h"

#define ROW_MARKS_MAX 64

typedef struct LockRowsState {
    PlanState ps;
    EpqState *epq;
    Batch *input;
} LockRowsState;

typedef enum LockOutcome { LOCK_KEEP, LOCK_SKIP, LOCK_REPLACED } LockOutcome;

static LockTupleMode
lock_mode_of(RowMarkType type)
{
    switch (type) {
    case ROW_MARK_EXCLUSIVE:
        return LockTupleExclusive;
    case ROW_MARK_NOKEYEXCLUSIVE:
        return LockTupleNoKeyExclusive;
    case ROW_MARK_SHARE:
        return LockTupleShare;
    default:
        return LockTupleKeyShare;
    }
}

/* Locks one table's row; LOCK_REPLACED: its newest version is another one, now in the epq. */
static LockOutcome
lock_one(LockRowsState *state, EpqMark *mark, const ItemPointerData *tid)
{
    Relation relation = exec_relation(state->ps.estate, mark->rti);
    HeapTupleData tuple = {.t_self = *tid, .t_tableOid = RelationGetRelid(relation)};
    TM_FailureData failure;
    Buffer buffer = InvalidBuffer;
    LockOutcome outcome = LOCK_SKIP;
    TM_Result result = row_lock(state->ps.estate, relation, &tuple, lock_mode_of(mark->type),
                                mark->wait_policy, &buffer, &failure);

    switch (result) {
    case TM_Ok:
        outcome = failure.traversed ? LOCK_REPLACED : LOCK_KEEP;
        if (outcome == LOCK_REPLACED)
            epq_set_tuple(state->epq, mark->rti, &tuple);
        break;
    case TM_WouldBlock:
    case TM_SelfModified:
    case TM_Deleted:
        break;
    default:
        elog(ERROR, "unexpected result of locking a row: %d", (int) result);
    }
    if (buffer != InvalidBuffer)
        buffer_release(buffer);
    return outcome;
}

/* Locks the rows of all tables that row i of the input stands for. */
static LockOutcome
lock_row(LockRowsState *state, int i)
{
    bool replaced[ROW_MARKS_MAX] = {false};
    bool any = false;

    for (int m = 0; m < state->epq->mark_count; m++) {
        EpqMark *mark = &state->epq->marks[m];
        ColumnVector *column;
        ItemPointerData tid;
        LockOutcome outcome;

        if (!RowMarkRequiresRowShareLock(mark->type))
            continue;
        column = batch_column(state->input, mark->tid_column);
        if (column->nulls[i])
            continue;
        memcpy(&tid, DatumGetPointer(column->values[i]), sizeof(tid));
        outcome = lock_one(state, mark, &tid);
        if (outcome == LOCK_SKIP)
            return LOCK_SKIP;
        if (outcome == LOCK_REPLACED) {
            any = true;
            replaced[m] = true;
        }
    }
    if (!any)
        return LOCK_KEEP;
    for (int m = 0; m < state->epq->mark_count; m++) {
        EpqMark *mark = &state->epq->marks[m];

        if (!replaced[m])
            epq_fetch_mark(state->epq, mark, state->input, i);
    }
    return LOCK_REPLACED;
}

/* One row at a time: a row locked and not asked for would stay locked for nothing. */
static Batch *
lock_rows_next(PlanState *ps, int rows_max)
{
    LockRowsState *state = (LockRowsState *) ps;

    for (;;) {
        Batch *batch;

        CHECK_FOR_INTERRUPTS();
        MemoryContextReset(ps->batch_context);
        state->input = exec_next(ps->left, 1);
        if (state->input == NULL)
            return NULL;
        switch (lock_row(state, batch_row(state->input, 0))) {
        case LOCK_KEEP:
            return state->input;
        case LOCK_REPLACED:
            batch = epq_run(state->epq);
            if (batch != NULL)
                return batch;
            break;
        case LOCK_SKIP:
            break;
        }
    }
}

static void
lock_rows_rescan(PlanState *ps)
{
    if (!ps->left->any_changed)
        exec_rescan(ps->left);
}

static void
lock_rows_suspend(PlanState *ps)
{
    epq_suspend(((LockRowsState *) ps)->epq);
}

static const PlanNodeOps lock_rows_ops = {"LockRows", lock_rows_next, lock_rows_rescan,
                                          lock_rows_suspend};

PlanState *
exec_init_lock_rows(const Plan *plan, EState *estate, int eflags)
{
    const LockRows *lock = (const LockRows *) plan;
    LockRowsState *state = (LockRowsState *) exec_make_node(sizeof(LockRowsState), plan, estate,
                                                            &lock_rows_ops);

    state->ps.left = exec_init_node(outerPlan(plan), estate, eflags);
    state->ps.desc = state->ps.left->desc;
    state->epq = epq_create(estate, outerPlan(plan), lock->rowMarks, 0);
    if (state->epq->mark_count > ROW_MARKS_MAX)
        ereport(ERROR, (errcode(ERRCODE_STATEMENT_TOO_COMPLEX),
                        errmsg("too many tables to lock rows of")));
    return &state->ps;
}
