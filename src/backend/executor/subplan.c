/*
 * subplan.c - queries inside expressions
 *
 * Why        A correlated subquery runs once per row: its parameters are set, its plan is
 *            rescanned. One that does not depend on the row is an initplan and runs at the first
 *            use of its result, or, for `x IN (SELECT ...)`, fills a hash table once.
 * Invariants
 *   Q1. A slot with a pending initplan has no value; exec_param() runs the initplan first.
 *   Q2. The hash table holds all rows of the subquery for the current values of its parameters.
 */
#include "base/base.h"
#include "catalog/lsyscache.h"
#include "executor_int.h"
#include "parser/nodefuncs.h"
#include "sortkey_int.h"
#include "types/array.h"

typedef struct SubPlanHash {
    MemoryContext context; /* of the rows; reset when the table is filled anew */
    RowArena arena;
    RowLayout *layout;
    int key_count;
    EqualKey *left;  /* hash functions for the tested values */
    EqualKey *right; /* and for the subquery's */
    int *left_regs;
    StoredRow **buckets;
    uint32 bucket_mask;
    int64 row_count;
    StoredRow *null_rows; /* rows with a null key, chained by next */
    bool filled;
} SubPlanHash;

typedef struct SubPlanStep {
    SubPlanState *state;
    int arg_count;
    int *arg_regs;
} SubPlanStep;

void
exec_set_param(EState *estate, int slot, Datum value, bool isnull)
{
    ParamExec *param = &estate->param_exec[slot];

    param->value = value;
    param->isnull = isnull;
    param->pending = NULL;
}

SubPlanState *
subplan_init(PlanState *parent, EState *estate, SubPlan *subplan)
{
    SubPlanState *state = (SubPlanState *) palloc0(sizeof(SubPlanState));
    ListCell *lc;

    state->subplan = subplan;
    state->parent = parent;
    state->estate = estate;
    state->planstate = estate->subplan_states[subplan->plan_id - 1];
    if (state->planstate == NULL)
        elog(ERROR, "subplan %d was not initialised", subplan->plan_id);
    /* what the subquery reads, the parent depends on, but for what the parent sets itself */
    if (parent != NULL) {
        for (int slot = 0; slot < estate->param_count; slot++) {
            bool reads = (state->planstate->all_params[slot / 64] >> (slot % 64)) & 1;

            if (reads && !list_member_int(subplan->parParam, slot) && slot != estate->rewind_slot)
                exec_note_param(parent, slot);
        }
    }
    foreach (lc, subplan->setParam)
        estate->param_exec[lfirst_int(lc)].pending = state;
    return state;
}

/* ---- initplans ---- */

void
subplan_reset(SubPlanState *state)
{
    ListCell *lc;

    foreach (lc, state->subplan->setParam) {
        state->estate->param_exec[lfirst_int(lc)].pending = state;
        if (state->parent != NULL)
            exec_mark_slot(state->parent, lfirst_int(lc));
    }
    if (state->hash != NULL)
        state->hash->filled = false;
}

void
subplan_suspend(SubPlanState *state)
{
    exec_suspend_node(state->planstate);
}

static void
too_many_rows(void)
{
    ereport(ERROR, (errcode(ERRCODE_CARDINALITY_VIOLATION),
                    errmsg("more than one row returned by a subquery used as an expression")));
}

static Datum
subplan_array(SubPlanState *state)
{
    ArrayBuildState *build = initArrayResult(state->subplan->firstColType, CurrentMemoryContext,
                                             false);
    Batch *batch;

    while ((batch = exec_next(state->planstate, state->estate->batch_rows)) != NULL) {
        ColumnVector *column = batch_column(batch, 0);

        for (int k = 0; k < batch->sel_count; k++) {
            int i = batch_row(batch, k);

            build = accumArrayResult(build, column->values[i], column->nulls[i],
                                     state->subplan->firstColType, CurrentMemoryContext);
        }
    }
    return makeArrayResult(build, CurrentMemoryContext);
}

/* The one row of an initplan: sets each slot to a column of it. */
static void
init_set_columns(SubPlanState *state)
{
    EState *estate = state->estate;
    Batch *batch = exec_next(state->planstate, 1);
    TupleDesc desc = state->planstate->desc;
    int column = 0;
    ListCell *lc;

    foreach (lc, state->subplan->setParam) {
        int slot = lfirst_int(lc);

        if (batch == NULL)
            exec_set_param(estate, slot, 0, true);
        else {
            ColumnVector *vector = batch_column(batch, column);
            int i = batch_row(batch, 0);
            Form_pg_attribute att = TupleDescAttr(desc, column);
            Datum value = vector->nulls[i] ? (Datum) 0
                                           : datum_copy(vector->values[i], att->attbyval,
                                                        att->attlen);

            exec_set_param(estate, slot, value, vector->nulls[i]);
        }
        column++;
    }
    if (batch != NULL && exec_next(state->planstate, 1) != NULL)
        too_many_rows();
}

/* Runs an initplan; its results live until it is run again. Q1 */
void
subplan_run_init(SubPlanState *state)
{
    EState *estate = state->estate;
    MemoryContext old;
    ListCell *lc;

    if (state->result_context == NULL)
        state->result_context = AllocSetContextCreate(estate->context, "initplan result",
                                                      ALLOCSET_SMALL_SIZES);
    MemoryContextReset(state->result_context);
    old = MemoryContextSwitchTo(state->result_context);
    foreach (lc, state->subplan->setParam)
        estate->param_exec[lfirst_int(lc)].pending = NULL;
    exec_rescan(state->planstate);
    switch (state->subplan->subLinkType) {
    case EXISTS_SUBLINK:
        exec_set_param(estate, linitial_int(state->subplan->setParam),
                       BoolGetDatum(exec_next(state->planstate, 1) != NULL), false);
        break;
    case ARRAY_SUBLINK:
        exec_set_param(estate, linitial_int(state->subplan->setParam), subplan_array(state),
                       false);
        break;
    case EXPR_SUBLINK:
    case ROWCOMPARE_SUBLINK:
    case MULTIEXPR_SUBLINK:
        init_set_columns(state);
        break;
    default:
        elog(ERROR, "unexpected kind of initplan: %d", (int) state->subplan->subLinkType);
    }
    MemoryContextSwitchTo(old);
}

/* ---- hashed IN ---- */

/* The operators of a test: one OpExpr, or AND of them. */
static List *
test_operators(Node *test)
{
    if (IsA(test, BoolExpr) && ((BoolExpr *) test)->boolop == AND_EXPR)
        return ((BoolExpr *) test)->args;
    if (IsA(test, List))
        return (List *) test;
    return list_make1(test);
}

static SubPlanHash *
subplan_hash_create(ExprCompiler *c, SubPlanState *state)
{
    SubPlanHash *hash = (SubPlanHash *) palloc0(sizeof(SubPlanHash));
    List *operators = test_operators(state->subplan->testexpr);
    Size count = (Size) list_length(operators);
    int k = 0;
    ListCell *lc;

    hash->context = AllocSetContextCreate(state->estate->context, "hashed subplan",
                                          ALLOCSET_SMALL_SIZES);
    row_arena_init(&hash->arena, hash->context);
    hash->layout = row_layout_create(state->planstate->desc);
    hash->left = (EqualKey *) palloc0(sizeof(EqualKey) * count);
    hash->right = (EqualKey *) palloc0(sizeof(EqualKey) * count);
    hash->left_regs = (int *) palloc(sizeof(int) * count);
    foreach (lc, operators) {
        OpExpr *op = lfirst_node(OpExpr, lc);

        equal_key_init(&hash->left[k], k, op->opno, op->inputcollid, true, true);
        equal_key_init(&hash->right[k], k, op->opno, op->inputcollid, true, false);
        hash->left_regs[k] = expr_compile_into(c, (Expr *) linitial(op->args));
        k++;
    }
    hash->key_count = k;
    return hash;
}

static void
subplan_hash_grow(SubPlanHash *hash)
{
    uint32 old_count = hash->buckets == NULL ? 0 : hash->bucket_mask + 1;
    uint32 count = old_count == 0 ? 256 : old_count * 4;
    StoredRow **buckets = (StoredRow **) MemoryContextAllocHuge(
        hash->context, sizeof(StoredRow *) * (Size) count);

    memset(buckets, 0, sizeof(StoredRow *) * (Size) count);
    for (uint32 b = 0; b < old_count; b++) {
        StoredRow *row = hash->buckets[b];

        while (row != NULL) {
            StoredRow *next = row->next;

            row->next = buckets[row->hash & (count - 1)];
            buckets[row->hash & (count - 1)] = row;
            row = next;
        }
    }
    if (hash->buckets != NULL)
        pfree(hash->buckets);
    hash->buckets = buckets;
    hash->bucket_mask = count - 1;
}

static void
subplan_hash_add(SubPlanHash *hash, StoredRow *row)
{
    uint32 value = 0;
    bool has_null = false;

    for (int k = 0; k < hash->key_count; k++) {
        if (row_nulls(hash->layout, row)[k])
            has_null = true;
        else
            value = hash_mix(value, equal_key_hash(&hash->right[k], row->values[k]));
    }
    hash->row_count++;
    if (has_null) {
        row->next = hash->null_rows;
        hash->null_rows = row;
        return;
    }
    row->hash = value;
    if (hash->buckets == NULL || hash->row_count > (int64) hash->bucket_mask)
        subplan_hash_grow(hash);
    row->next = hash->buckets[value & hash->bucket_mask];
    hash->buckets[value & hash->bucket_mask] = row;
}

/* Q2 */
static void
subplan_hash_fill(SubPlanState *state)
{
    SubPlanHash *hash = state->hash;
    Batch *batch;

    row_arena_init(&hash->arena, hash->context);
    MemoryContextReset(hash->context);
    hash->buckets = NULL;
    hash->null_rows = NULL;
    hash->row_count = 0;
    subplan_hash_grow(hash);
    exec_rescan(state->planstate);
    while ((batch = exec_next(state->planstate, state->estate->batch_rows)) != NULL) {
        batch_decode_all(batch);
        for (int k = 0; k < batch->sel_count; k++)
            subplan_hash_add(hash, row_form_from_batch(hash->layout, &hash->arena, batch,
                                                       batch_row(batch, k)));
    }
    hash->filled = true;
}

/* Could the row equal the tested values if nulls were known? */
static bool
subplan_row_may_match(SubPlanHash *hash, StoredRow *row, const Datum *values, const bool *nulls)
{
    for (int k = 0; k < hash->key_count; k++) {
        if (nulls[k] || row_nulls(hash->layout, row)[k])
            continue;
        if (!equal_key_equal(&hash->left[k], values[k], row->values[k]))
            return false;
    }
    return true;
}

static bool
subplan_hash_maybe(SubPlanHash *hash, const Datum *values, const bool *nulls, bool lhs_null)
{
    for (StoredRow *row = hash->null_rows; row != NULL; row = row->next) {
        if (subplan_row_may_match(hash, row, values, nulls))
            return true;
    }
    if (!lhs_null)
        return false;
    for (uint32 b = 0; b <= hash->bucket_mask; b++) {
        for (StoredRow *row = hash->buckets[b]; row != NULL; row = row->next) {
            if (subplan_row_may_match(hash, row, values, nulls))
                return true;
        }
    }
    return false;
}

static bool
subplan_hash_probe(SubPlanState *state, const Datum *values, const bool *nulls, bool *ret_null)
{
    SubPlanHash *hash = state->hash;
    uint32 value = 0;
    bool lhs_null = false;

    *ret_null = false;
    if (hash->row_count == 0)
        return false;
    for (int k = 0; k < hash->key_count; k++) {
        if (nulls[k])
            lhs_null = true;
        else
            value = hash_mix(value, equal_key_hash(&hash->left[k], values[k]));
    }
    if (!lhs_null) {
        for (StoredRow *row = hash->buckets[value & hash->bucket_mask]; row != NULL;
             row = row->next) {
            if (row->hash == value && subplan_row_may_match(hash, row, values, nulls))
                return true;
        }
    }
    if (!state->subplan->unknownEqFalse && subplan_hash_maybe(hash, values, nulls, lhs_null))
        *ret_null = true;
    return false;
}

static void
step_subplan_hashed(ExprProgram *p, const ExprStep *step)
{
    SubPlanState *state = ((SubPlanStep *) step->data)->state;
    SubPlanHash *hash = state->hash;
    ExprReg *reg = &p->regs[step->result];
    Datum values[INDEX_MAX_KEYS];
    bool nulls[INDEX_MAX_KEYS];

    if (!hash->filled || state->planstate->any_changed)
        subplan_hash_fill(state);
    EXPR_FOR_ROWS(p, i)
    {
        for (int k = 0; k < hash->key_count; k++) {
            const ExprReg *a = &p->regs[hash->left_regs[k]];

            values[k] = a->values[i & a->mask];
            nulls[k] = a->nulls[i & a->mask];
        }
        reg->values[i] = BoolGetDatum(subplan_hash_probe(state, values, nulls, &reg->nulls[i]));
    }
}

/* ---- one run per row ---- */

static void
subplan_set_args(ExprProgram *p, SubPlanStep *sub, int i)
{
    SubPlanState *state = sub->state;
    int k = 0;
    ListCell *lc;

    foreach (lc, state->subplan->parParam) {
        const ExprReg *a = &p->regs[sub->arg_regs[k++]];

        exec_set_param(state->estate, lfirst_int(lc), a->values[i & a->mask],
                       a->nulls[i & a->mask]);
        exec_mark_slot(state->planstate, lfirst_int(lc));
    }
    exec_rescan(state->planstate);
}

static void
subplan_scalar(SubPlanState *state, ExprReg *reg, int i)
{
    Batch *batch = exec_next(state->planstate, 1);
    Form_pg_attribute att = TupleDescAttr(state->planstate->desc, 0);
    ColumnVector *column;
    int row;

    reg->nulls[i] = true;
    if (batch == NULL)
        return;
    column = batch_column(batch, 0);
    row = batch_row(batch, 0);
    reg->nulls[i] = column->nulls[row];
    if (!reg->nulls[i])
        reg->values[i] = datum_copy(column->values[row], att->attbyval, att->attlen);
    if (exec_next(state->planstate, 1) != NULL)
        too_many_rows();
}

/* Puts row `row` of the subquery into the slots that the test reads. */
static void
subplan_set_test(SubPlanState *state, Batch *batch, int row)
{
    int column = 0;
    ListCell *lc;

    foreach (lc, state->subplan->paramIds) {
        ColumnVector *vector = batch_column(batch, column++);

        exec_set_param(state->estate, lfirst_int(lc), vector->values[row], vector->nulls[row]);
    }
}

/* The test's value for the parent's row i; columns were decoded before. */
static bool
subplan_test(ExprProgram *p, SubPlanState *state, int i, bool *ret_null)
{
    Batch one[EXPR_INPUTS];
    Batch *inputs[EXPR_INPUTS];
    uint16 sel = (uint16) i;
    Datum value;

    for (int k = 0; k < EXPR_INPUTS; k++) {
        inputs[k] = NULL;
        if (p->inputs[k] != NULL) {
            one[k] = *p->inputs[k];
            one[k].sel = &sel;
            one[k].sel_count = 1;
            inputs[k] = &one[k];
        }
    }
    expr_run(state->test, inputs[0], inputs[1], inputs[2]);
    value = expr_output(state->test, 0, p->inputs[0] || p->inputs[1] || p->inputs[2] ? i : 0,
                        ret_null);
    return !*ret_null && DatumGetBool(value);
}

static void
subplan_any_all(ExprProgram *p, SubPlanState *state, ExprReg *reg, int i)
{
    bool is_any = state->subplan->subLinkType == ANY_SUBLINK;
    bool unknown = false;
    Batch *batch;

    reg->nulls[i] = false;
    reg->values[i] = BoolGetDatum(!is_any);
    while ((batch = exec_next(state->planstate, state->estate->batch_rows)) != NULL) {
        for (int k = 0; k < batch->sel_count; k++) {
            bool isnull;
            bool result;

            subplan_set_test(state, batch, batch_row(batch, k));
            result = subplan_test(p, state, i, &isnull);
            unknown |= isnull;
            if (!isnull && result == is_any) {
                reg->values[i] = BoolGetDatum(is_any);
                return;
            }
        }
    }
    reg->nulls[i] = unknown;
}

static void
subplan_row_compare(ExprProgram *p, SubPlanState *state, ExprReg *reg, int i)
{
    Batch *batch = exec_next(state->planstate, 1);

    reg->nulls[i] = true;
    if (batch == NULL)
        return;
    subplan_set_test(state, batch, batch_row(batch, 0));
    reg->values[i] = BoolGetDatum(subplan_test(p, state, i, &reg->nulls[i]));
    if (exec_next(state->planstate, 1) != NULL)
        too_many_rows();
}


static void
step_subplan(ExprProgram *p, const ExprStep *step)
{
    SubPlanStep *sub = (SubPlanStep *) step->data;
    SubPlanState *state = sub->state;
    ExprReg *reg = &p->regs[step->result];

    if (state->test != NULL)
        expr_decode_vars(state->test, p);
    EXPR_FOR_ROWS(p, i)
    {
        CHECK_FOR_INTERRUPTS();
        subplan_set_args(p, sub, i);
        switch (state->subplan->subLinkType) {
        case EXISTS_SUBLINK:
            reg->values[i] = BoolGetDatum(exec_next(state->planstate, 1) != NULL);
            reg->nulls[i] = false;
            break;
        case EXPR_SUBLINK:
            subplan_scalar(state, reg, i);
            break;
        case ARRAY_SUBLINK:
            reg->values[i] = subplan_array(state);
            reg->nulls[i] = false;
            break;
        case ANY_SUBLINK:
        case ALL_SUBLINK:
            subplan_any_all(p, state, reg, i);
            break;
        case ROWCOMPARE_SUBLINK:
            subplan_row_compare(p, state, reg, i);
            break;
        default:
            elog(ERROR, "unexpected kind of subplan: %d", (int) state->subplan->subLinkType);
        }
    }
}

int
expr_compile_subplan(ExprCompiler *c, SubPlan *subplan)
{
    SubPlanStep *sub = (SubPlanStep *) palloc0(sizeof(SubPlanStep));
    SubPlanState *state;
    int reg;
    ExprStep *step;
    ListCell *lc;

    if (c->estate == NULL)
        elog(ERROR, "subquery in a lone expression");
    if (subplan->subLinkType == MULTIEXPR_SUBLINK)
        ereport(ERROR, (errcode(ERRCODE_FEATURE_NOT_SUPPORTED),
                        errmsg("UPDATE of several columns from a correlated sub-SELECT is not "
                               "supported")));
    state = subplan_init(c->parent, c->estate, subplan);
    sub->state = state;
    if (c->parent != NULL)
        c->parent->sub_plans = lappend(c->parent->sub_plans, state);
    sub->arg_regs = (int *) palloc(sizeof(int) * (Size) (list_length(subplan->args) + 1));
    foreach (lc, subplan->args)
        sub->arg_regs[sub->arg_count++] = expr_compile_into(c, (Expr *) lfirst(lc));
    if (subplan->useHashTable)
        state->hash = subplan_hash_create(c, state);
    else if (subplan->testexpr != NULL) {
        ExprCompiler inner = *c;

        state->test = expr_compile_with(&inner, list_make1(subplan->testexpr));
        state->test->eval_context = NULL;
    }
    reg = expr_new_reg(c->program);
    step = expr_emit(c->program, state->hash != NULL ? step_subplan_hashed : step_subplan);
    step->result = reg;
    step->data = sub;
    return reg;
}
