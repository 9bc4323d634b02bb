/*
 * expr_control.c - AND, OR, NOT, CASE, COALESCE and the tests in expression programs
 *
 * AND, OR, CASE and COALESCE save the selection in a slot, narrow it arm by arm and restore it.
 */
#include "base/base.h"
#include "catalog/catalog.h"
#include "catalog/lsyscache.h"
#include "catalog/typcache.h"
#include "executor_int.h"

/* ---- selection control ---- */

static void
step_restore(ExprProgram *p, const ExprStep *step)
{
    p->sel = p->slots[step->slot].sel;
    p->n = p->slots[step->slot].n;
}

static void
step_save(ExprProgram *p, const ExprStep *step)
{
    p->slots[step->slot].sel = p->sel;
    p->slots[step->slot].n = p->n;
}

/* Saves the selection and starts the result with true (AND) or false (OR). */
static void
step_bool_begin(ExprProgram *p, const ExprStep *step)
{
    ExprReg *reg = &p->regs[step->result];
    Datum start = BoolGetDatum(step->number != 0);

    step_save(p, step);
    EXPR_FOR_ROWS(p, i)
    {
        reg->values[i] = start;
        reg->nulls[i] = false;
    }
}

/* Takes in one arm; rows that are decided leave the selection. */
static void
step_bool_arm(ExprProgram *p, const ExprStep *step)
{
    ExprReg *reg = &p->regs[step->result];
    const ExprReg *arm = &p->regs[step->a];
    bool decides = step->number == 0; /* false decides AND, true decides OR */
    uint16 *buf = p->bufs[step->buf];
    int kept = 0;

    EXPR_FOR_ROWS(p, i)
    {
        int at = i & arm->mask;

        if (arm->nulls[at])
            reg->nulls[i] = true;
        else if (DatumGetBool(arm->values[at]) == decides) {
            reg->values[i] = BoolGetDatum(decides);
            reg->nulls[i] = false;
            continue;
        }
        buf[kept++] = (uint16) i;
    }
    p->sel = buf;
    p->n = kept;
    if (kept == 0)
        p->pc = step->jump;
}

int
expr_compile_and_or(ExprCompiler *c, BoolExpr *expr)
{
    ExprProgram *p = c->program;
    int is_and = expr->boolop == AND_EXPR;
    int result = expr_new_reg(p);
    int slot = expr_new_slot(p);
    int buf = expr_new_buf(p);
    int first;
    ListCell *lc;
    ExprStep *step = expr_emit(p, step_bool_begin);

    step->result = result;
    step->slot = slot;
    step->number = is_and;
    first = p->step_count;
    foreach (lc, expr->args) {
        int arm = expr_compile_into(c, (Expr *) lfirst(lc));

        step = expr_emit(p, step_bool_arm);
        step->result = result;
        step->a = arm;
        step->buf = buf;
        step->number = is_and;
    }
    for (int i = first; i < p->step_count; i++) {
        if (p->steps[i].run == step_bool_arm && p->steps[i].result == result)
            p->steps[i].jump = p->step_count;
    }
    step = expr_emit(p, step_restore);
    step->slot = slot;
    return result;
}

void
expr_step_not(ExprProgram *p, const ExprStep *step)
{
    const ExprReg *a = &p->regs[step->a];
    ExprReg *reg = &p->regs[step->result];

    EXPR_FOR_ROWS(p, i)
    {
        reg->nulls[i] = a->nulls[i & a->mask];
        reg->values[i] = BoolGetDatum(!DatumGetBool(a->values[i & a->mask]));
    }
}

/* Splits: rows for which the condition is true go on, the others wait in a slot. */
static void
step_case_when(ExprProgram *p, const ExprStep *step)
{
    const ExprReg *a = &p->regs[step->a];
    uint16 *yes = p->bufs[step->buf];
    uint16 *no = p->bufs[step->buf2];
    int yes_count = 0;
    int no_count = 0;

    EXPR_FOR_ROWS(p, i)
    {
        int at = i & a->mask;

        if (!a->nulls[at] && DatumGetBool(a->values[at]))
            yes[yes_count++] = (uint16) i;
        else
            no[no_count++] = (uint16) i;
    }
    p->slots[step->slot].sel = no;
    p->slots[step->slot].n = no_count;
    p->sel = yes;
    p->n = yes_count;
    if (yes_count == 0)
        p->pc = step->jump;
}

/* The rows that waited go on; jumps if there are none. */
static void
step_case_next(ExprProgram *p, const ExprStep *step)
{
    step_restore(p, step);
    if (p->n == 0)
        p->pc = step->jump;
}

static void
step_copy(ExprProgram *p, const ExprStep *step)
{
    const ExprReg *a = &p->regs[step->a];
    ExprReg *reg = &p->regs[step->result];

    EXPR_FOR_ROWS(p, i)
    {
        reg->values[i] = a->values[i & a->mask];
        reg->nulls[i] = a->nulls[i & a->mask];
    }
}

static void
emit_copy(ExprProgram *p, int from, int to)
{
    ExprStep *step = expr_emit(p, step_copy);

    step->a = from;
    step->result = to;
}

static int
compile_case_arm(ExprCompiler *c, CaseWhen *when, int result, int slot)
{
    ExprProgram *p = c->program;
    int condition = expr_compile_into(c, when->expr);
    int when_step = p->step_count;
    ExprStep *step = expr_emit(p, step_case_when);
    int buf = expr_new_buf(p);
    int buf2 = expr_new_buf(p);

    step->a = condition;
    step->slot = slot;
    step->buf = buf;
    step->buf2 = buf2;
    emit_copy(p, expr_compile_into(c, when->result), result);
    p->steps[when_step].jump = p->step_count;
    step = expr_emit(p, step_case_next);
    step->slot = slot;
    return p->step_count - 1;
}

int
expr_compile_case(ExprCompiler *c, CaseExpr *expr)
{
    ExprProgram *p = c->program;
    int result = expr_new_reg(p);
    int whole = expr_new_slot(p);
    int saved_case = c->case_reg;
    List *nexts = NIL;
    ListCell *lc;
    ExprStep *step;

    if (expr->arg != NULL)
        c->case_reg = expr_compile_into(c, expr->arg);
    step = expr_emit(p, step_save);
    step->slot = whole;
    foreach (lc, expr->args) {
        int slot = expr_new_slot(p);

        nexts = lappend_int(nexts, compile_case_arm(c, lfirst_node(CaseWhen, lc), result, slot));
    }
    c->case_reg = saved_case;
    if (expr->defresult != NULL)
        emit_copy(p, expr_compile_into(c, expr->defresult), result);
    else
        emit_copy(p, expr_const_reg(p, 0, true), result);
    foreach (lc, nexts)
        p->steps[lfirst_int(lc)].jump = p->step_count;
    step = expr_emit(p, step_restore);
    step->slot = whole;
    return result;
}

/* Copies an arm; rows that have a value leave the selection. */
static void
step_coalesce_arm(ExprProgram *p, const ExprStep *step)
{
    const ExprReg *a = &p->regs[step->a];
    ExprReg *reg = &p->regs[step->result];
    uint16 *buf = p->bufs[step->buf];
    int kept = 0;

    EXPR_FOR_ROWS(p, i)
    {
        reg->values[i] = a->values[i & a->mask];
        reg->nulls[i] = a->nulls[i & a->mask];
        if (reg->nulls[i])
            buf[kept++] = (uint16) i;
    }
    p->sel = buf;
    p->n = kept;
    if (kept == 0)
        p->pc = step->jump;
}

int
expr_compile_coalesce(ExprCompiler *c, CoalesceExpr *expr)
{
    ExprProgram *p = c->program;
    int result = expr_new_reg(p);
    int slot = expr_new_slot(p);
    int buf = expr_new_buf(p);
    List *arms = NIL;
    ListCell *lc;
    ExprStep *step = expr_emit(p, step_save);

    step->slot = slot;
    foreach (lc, expr->args) {
        int arm = expr_compile_into(c, (Expr *) lfirst(lc));

        step = expr_emit(p, step_coalesce_arm);
        step->result = result;
        step->a = arm;
        step->buf = buf;
        arms = lappend_int(arms, p->step_count - 1);
    }
    foreach (lc, arms)
        p->steps[lfirst_int(lc)].jump = p->step_count;
    step = expr_emit(p, step_restore);
    step->slot = slot;
    return result;
}

/* ---- tests ---- */

void
expr_step_null_test(ExprProgram *p, const ExprStep *step)
{
    const ExprReg *a = &p->regs[step->a];
    ExprReg *reg = &p->regs[step->result];
    bool wanted = step->number == IS_NULL;

    EXPR_FOR_ROWS(p, i)
    {
        reg->nulls[i] = false;
        reg->values[i] = BoolGetDatum(a->nulls[i & a->mask] == wanted);
    }
}

void
expr_step_boolean_test(ExprProgram *p, const ExprStep *step)
{
    const ExprReg *a = &p->regs[step->a];
    ExprReg *reg = &p->regs[step->result];

    EXPR_FOR_ROWS(p, i)
    {
        bool unknown = a->nulls[i & a->mask];
        bool value = !unknown && DatumGetBool(a->values[i & a->mask]);
        bool result = false;

        switch ((BoolTestType) step->number) {
        case IS_TRUE:
            result = value;
            break;
        case IS_NOT_TRUE:
            result = !value;
            break;
        case IS_FALSE:
            result = !unknown && !value;
            break;
        case IS_NOT_FALSE:
            result = unknown || value;
            break;
        case IS_UNKNOWN:
            result = unknown;
            break;
        case IS_NOT_UNKNOWN:
            result = !unknown;
            break;
        }
        reg->nulls[i] = false;
        reg->values[i] = BoolGetDatum(result);
    }
}

int
expr_compile_unary(ExprCompiler *c, Expr *arg, ExprKernel kernel, int number)
{
    int a = expr_compile_into(c, arg);
    int reg = expr_new_reg(c->program);
    ExprStep *step = expr_emit(c->program, kernel);

    step->a = a;
    step->result = reg;
    step->number = number;
    return reg;
}

/* IS DISTINCT FROM, after the equality of both values present is in `a`; see compile. */
typedef struct DistinctCall {
    FmgrInfo flinfo;
    FunctionCallInfo call;
} DistinctCall;

static DistinctCall *
distinct_call_create(Oid funcid, Oid collation)
{
    DistinctCall *call = (DistinctCall *) palloc0(sizeof(DistinctCall));

    fmgr_info(funcid, &call->flinfo);
    call->call = (FunctionCallInfo) palloc0(SizeForFunctionCallInfo(2));
    InitFunctionCallInfoData(*call->call, &call->flinfo, 2, collation, NULL, NULL);
    return call;
}

static Datum
distinct_call_run(DistinctCall *call, Datum a, Datum b)
{
    call->call->args[0].value = a;
    call->call->args[0].isnull = false;
    call->call->args[1].value = b;
    call->call->args[1].isnull = false;
    call->call->isnull = false;
    return FunctionCallInvoke(call->call);
}

void
expr_step_distinct(ExprProgram *p, const ExprStep *step)
{
    const ExprReg *a = &p->regs[step->a];
    const ExprReg *b = &p->regs[step->b];
    ExprReg *reg = &p->regs[step->result];

    EXPR_FOR_ROWS(p, i)
    {
        bool anull = a->nulls[i & a->mask];
        bool bnull = b->nulls[i & b->mask];
        bool distinct = anull != bnull;

        if (!anull && !bnull)
            distinct = !DatumGetBool(distinct_call_run((DistinctCall *) step->data,
                                                       a->values[i & a->mask],
                                                       b->values[i & b->mask]));
        reg->nulls[i] = false;
        reg->values[i] = BoolGetDatum(distinct);
    }
}

void
expr_step_nullif(ExprProgram *p, const ExprStep *step)
{
    const ExprReg *a = &p->regs[step->a];
    const ExprReg *b = &p->regs[step->b];
    ExprReg *reg = &p->regs[step->result];

    EXPR_FOR_ROWS(p, i)
    {
        reg->nulls[i] = a->nulls[i & a->mask];
        reg->values[i] = a->values[i & a->mask];
        if (!reg->nulls[i] && !b->nulls[i & b->mask]) {
            DistinctCall *call = (DistinctCall *) step->data;
            Datum equal = distinct_call_run(call, reg->values[i], b->values[i & b->mask]);

            reg->nulls[i] = !call->call->isnull && DatumGetBool(equal);
        }
    }
}

int
expr_compile_distinct(ExprCompiler *c, OpExpr *expr, ExprKernel kernel)
{
    Oid funcid = OidIsValid(expr->opfuncid) ? expr->opfuncid
                                            : get_opcode(expr->opno);
    int a = expr_compile_into(c, (Expr *) linitial(expr->args));
    int b = expr_compile_into(c, (Expr *) lsecond(expr->args));
    int reg = expr_new_reg(c->program);
    ExprStep *step = expr_emit(c->program, kernel);

    step->a = a;
    step->b = b;
    step->result = reg;
    step->data = distinct_call_create(funcid, expr->inputcollid);
    return reg;
}

static void
step_minmax(ExprProgram *p, const ExprStep *step)
{
    const ExprReg *a = &p->regs[step->a];
    ExprReg *reg = &p->regs[step->result];
    DistinctCall *call = (DistinctCall *) step->data;

    EXPR_FOR_ROWS(p, i)
    {
        int order;

        if (a->nulls[i & a->mask])
            continue;
        if (!reg->nulls[i]) {
            order = DatumGetInt32(
                distinct_call_run(call, a->values[i & a->mask], reg->values[i]));
            if (step->number == IS_GREATEST ? order <= 0 : order >= 0)
                continue;
        }
        reg->values[i] = a->values[i & a->mask];
        reg->nulls[i] = false;
    }
}

int
expr_compile_minmax(ExprCompiler *c, MinMaxExpr *expr)
{
    ExprProgram *p = c->program;
    int result = expr_new_reg(p);
    DistinctCall *call;
    Oid cmp = lookup_type_cache(expr->minmaxtype, TYPECACHE_CMP_PROC)->cmp_proc;
    bool first = true;
    ListCell *lc;

    if (!OidIsValid(cmp))
        elog(ERROR, "type %u has no comparison function", expr->minmaxtype);
    call = distinct_call_create(cmp, expr->inputcollid);
    foreach (lc, expr->args) {
        int a = expr_compile_into(c, (Expr *) lfirst(lc));
        ExprStep *step = expr_emit(p, first ? step_copy : step_minmax);

        step->a = a;
        step->result = result;
        step->number = expr->op;
        step->data = call;
        first = false;
    }
    return result;
}
