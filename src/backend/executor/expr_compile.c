/*
 * expr_compile.c - from expression trees to flat programs
 *
 * Why        See expr_run.c. Each expression gets a register; steps are emitted arguments first.
 *            AND, OR, CASE and COALESCE save the selection in a slot, narrow it arm by arm, and
 *            restore it; where it becomes empty they jump to the end.
 */
#include "base/base.h"
#include "catalog/catalog.h"
#include "catalog/typcache.h"
#include "executor_int.h"
#include "catalog/lsyscache.h"

#define EXPR_DEPTH_MAX 2000

/* ---- program pieces ---- */

ExprProgram *
expr_program_create(ExprCompiler *compiler)
{
    ExprProgram *p = (ExprProgram *) palloc0(sizeof(ExprProgram));

    p->context = CurrentMemoryContext;
    p->estate = compiler->estate;
    p->parent = compiler->parent;
    p->eval_context = compiler->parent != NULL ? compiler->parent->batch_context : NULL;
    p->params = compiler->estate != NULL ? &compiler->estate->params : NULL;
    compiler->program = p;
    return p;
}

int
expr_new_reg(ExprProgram *p)
{
    if (p->reg_count >= p->reg_size) {
        int size = Max(p->reg_size * 2, 8);

        p->regs = p->regs == NULL
                      ? (ExprReg *) palloc(sizeof(ExprReg) * (Size) size)
                      : (ExprReg *) repalloc(p->regs, sizeof(ExprReg) * (Size) size);
        p->reg_size = size;
    }
    p->regs[p->reg_count] = (ExprReg){.mask = -1, .owned = true};
    return p->reg_count++;
}

/* A register with one entry for all rows. */
int
expr_const_reg(ExprProgram *p, Datum value, bool isnull)
{
    int reg = expr_new_reg(p);

    p->regs[reg].owned = false;
    p->regs[reg].mask = 0;
    p->regs[reg].values = (Datum *) palloc(sizeof(Datum));
    p->regs[reg].nulls = (bool *) palloc(sizeof(bool));
    p->regs[reg].values[0] = value;
    p->regs[reg].nulls[0] = isnull;
    return reg;
}

int
expr_new_buf(ExprProgram *p)
{
    Size size = sizeof(uint16 *) * (Size) (p->buf_count + 1);

    p->bufs = p->bufs == NULL ? (uint16 **) palloc(size) : (uint16 **) repalloc(p->bufs, size);
    p->bufs[p->buf_count] = NULL;
    return p->buf_count++;
}

int
expr_new_slot(ExprProgram *p)
{
    Size size = sizeof(SavedSel) * (Size) (p->slot_count + 1);

    p->slots = p->slots == NULL ? (SavedSel *) palloc(size)
                                : (SavedSel *) repalloc(p->slots, size);
    return p->slot_count++;
}

/* The step's address is good until the next one is emitted. */
ExprStep *
expr_emit(ExprProgram *p, ExprKernel run)
{
    if (p->step_count >= p->step_size) {
        int size = Max(p->step_size * 2, 8);

        p->steps = p->steps == NULL
                       ? (ExprStep *) palloc(sizeof(ExprStep) * (Size) size)
                       : (ExprStep *) repalloc(p->steps, sizeof(ExprStep) * (Size) size);
        p->step_size = size;
    }
    memset(&p->steps[p->step_count], 0, sizeof(ExprStep));
    p->steps[p->step_count].run = run;
    return &p->steps[p->step_count++];
}

/* ---- columns and parameters ---- */

static void
step_var(ExprProgram *p, const ExprStep *step)
{
    ColumnVector *vector = batch_column(p->inputs[step->a], step->number);

    p->regs[step->result].values = vector->values;
    p->regs[step->result].nulls = vector->nulls;
}

void
expr_decode_vars(ExprProgram *test, ExprProgram *p)
{
    for (int i = 0; i < test->step_count; i++) {
        if (test->steps[i].run == step_var)
            (void) batch_column(p->inputs[test->steps[i].a], test->steps[i].number);
    }
}

void
expr_move_inputs(ExprProgram *program, int from, int to)
{
    for (int i = 0; i < program->step_count; i++) {
        if (program->steps[i].run == step_var && program->steps[i].a == from)
            program->steps[i].a = to;
    }
}

int
expr_step_column(const ExprStep *step)
{
    return step->run == step_var ? step->number : -1;
}

static void
step_system_var(ExprProgram *p, const ExprStep *step)
{
    Batch *input = p->inputs[step->a];
    ColumnVector vector = {.values = p->regs[step->result].values,
                           .nulls = p->regs[step->result].nulls};

    if (input->system == NULL)
        elog(ERROR, "cannot read a system column in this context");
    input->system(input, (AttrNumber) step->number, &vector);
}

static void
step_param_extern(ExprProgram *p, const ExprStep *step)
{
    ParamListInfo params = p->params != NULL ? *p->params : NULL;
    ExprReg *reg = &p->regs[step->result];

    if (params == NULL || step->number > params->numParams || step->number <= 0 ||
        !OidIsValid(params->params[step->number - 1].ptype))
        ereport(ERROR, (errcode(ERRCODE_UNDEFINED_OBJECT),
                        errmsg("no value found for parameter %d", step->number)));
    reg->values[0] = params->params[step->number - 1].value;
    reg->nulls[0] = params->params[step->number - 1].isnull;
}

static void
step_param_exec(ExprProgram *p, const ExprStep *step)
{
    ParamExec *param = exec_param(p->estate, step->number);

    p->regs[step->result].values[0] = param->value;
    p->regs[step->result].nulls[0] = param->isnull;
}

static int
compile_var(ExprCompiler *c, Var *var)
{
    ExprProgram *p = c->program;
    int input = EXPR_INPUT_OUTER;
    int reg;
    ExprStep *step;

    if (c->scan_rti != 0)
        input = (Index) var->varno == c->scan_rti ? EXPR_INPUT_OUTER : EXPR_INPUT_INNER;
    else if (var->varno == INNER_VAR)
        input = EXPR_INPUT_INNER;
    if (var->varattno == 0)
        return expr_compile_row(c, (Expr *) var);
    reg = expr_new_reg(p);
    if (var->varattno > 0) {
        p->regs[reg].owned = false;
        step = expr_emit(p, step_var);
        step->number = var->varattno - 1;
    } else {
        step = expr_emit(p, step_system_var);
        step->number = var->varattno;
    }
    step->result = reg;
    step->a = input;
    return reg;
}

static int
compile_extra(ExprCompiler *c, Expr *expr)
{
    ExprProgram *p = c->program;
    int reg;
    ExprStep *step;

    if (c->special == NULL)
        elog(ERROR, "aggregate or window function found where none can be computed");
    reg = expr_new_reg(p);
    p->regs[reg].owned = false;
    step = expr_emit(p, step_var);
    step->result = reg;
    step->a = EXPR_INPUT_EXTRA;
    step->number = c->special(c->special_arg, expr);
    return reg;
}

static int
compile_param(ExprCompiler *c, Param *param)
{
    ExprProgram *p = c->program;
    int reg = expr_const_reg(p, 0, true);
    ExprStep *step;

    if (param->paramkind == PARAM_EXEC) {
        if (c->estate == NULL)
            elog(ERROR, "executor parameter in a lone expression");
        if (c->parent != NULL)
            exec_note_param(c->parent, param->paramid);
        step = expr_emit(p, step_param_exec);
    } else if (param->paramkind == PARAM_EXTERN)
        step = expr_emit(p, step_param_extern);
    else
        elog(ERROR, "unexpected kind of parameter: %d", (int) param->paramkind);
    step->result = reg;
    step->number = param->paramid;
    return reg;
}

/* ---- dispatch ---- */

static int
compile_bool(ExprCompiler *c, BoolExpr *expr)
{
    if (expr->boolop == NOT_EXPR)
        return expr_compile_unary(c, (Expr *) linitial(expr->args), expr_step_not, 0);
    if (list_length(expr->args) == 1)
        return expr_compile_into(c, (Expr *) linitial(expr->args));
    return expr_compile_and_or(c, expr);
}

static int
compile_op(ExprCompiler *c, OpExpr *op)
{
    Oid funcid = OidIsValid(op->opfuncid) ? op->opfuncid : get_opcode(op->opno);

    if (op->opretset)
        ereport(ERROR, (errcode(ERRCODE_FEATURE_NOT_SUPPORTED),
                        errmsg("set-valued function called in context that cannot accept a set")));
    return expr_compile_function(c, funcid, op->args, op->inputcollid, (Expr *) op);
}

static int
compile_func(ExprCompiler *c, FuncExpr *func)
{
    if (func->funcretset)
        ereport(ERROR, (errcode(ERRCODE_FEATURE_NOT_SUPPORTED),
                        errmsg("set-valued function called in context that cannot accept a set")));
    return expr_compile_function(c, func->funcid, func->args, func->inputcollid, (Expr *) func);
}

static int
compile_case_test(ExprCompiler *c)
{
    if (c->case_reg < 0)
        elog(ERROR, "CASE test value outside of CASE");
    return c->case_reg;
}

static int
compile_node(ExprCompiler *c, Expr *expr)
{
    switch (nodeTag(expr)) {
    case T_Const: {
        Const *con = (Const *) expr;

        return expr_const_reg(c->program, con->constvalue, con->constisnull);
    }
    case T_Var:
        return compile_var(c, (Var *) expr);
    case T_Param:
        return compile_param(c, (Param *) expr);
    case T_OpExpr:
        return compile_op(c, (OpExpr *) expr);
    case T_FuncExpr:
        return compile_func(c, (FuncExpr *) expr);
    case T_BoolExpr:
        return compile_bool(c, (BoolExpr *) expr);
    case T_RelabelType:
        return expr_compile_into(c, ((RelabelType *) expr)->arg);
    case T_CollateExpr:
        return expr_compile_into(c, ((CollateExpr *) expr)->arg);
    case T_NamedArgExpr:
        return expr_compile_into(c, ((NamedArgExpr *) expr)->arg);
    case T_TargetEntry:
        return expr_compile_into(c, ((TargetEntry *) expr)->expr);
    case T_CaseExpr:
        return expr_compile_case(c, (CaseExpr *) expr);
    case T_CaseTestExpr:
        return compile_case_test(c);
    case T_CoalesceExpr:
        return expr_compile_coalesce(c, (CoalesceExpr *) expr);
    case T_NullTest:
        if (((NullTest *) expr)->argisrow)
            return expr_compile_row(c, expr);
        return expr_compile_unary(c, ((NullTest *) expr)->arg, expr_step_null_test,
                             (int) ((NullTest *) expr)->nulltesttype);
    case T_BooleanTest:
        return expr_compile_unary(c, ((BooleanTest *) expr)->arg, expr_step_boolean_test,
                             (int) ((BooleanTest *) expr)->booltesttype);
    case T_DistinctExpr:
        return expr_compile_distinct(c, (OpExpr *) expr, expr_step_distinct);
    case T_NullIfExpr:
        return expr_compile_distinct(c, (OpExpr *) expr, expr_step_nullif);
    case T_MinMaxExpr:
        return expr_compile_minmax(c, (MinMaxExpr *) expr);
    case T_CoerceViaIO:
        return expr_compile_via_io(c, (CoerceViaIO *) expr);
    case T_SQLValueFunction:
        return expr_compile_sql_value(c, (SQLValueFunction *) expr);
    case T_NextValueExpr:
        return expr_compile_nextval(c, (NextValueExpr *) expr);
    case T_Aggref:
    case T_WindowFunc:
    case T_GroupingFunc:
        return compile_extra(c, expr);
    case T_SubPlan:
        return expr_compile_subplan(c, (SubPlan *) expr);
    case T_AlternativeSubPlan:
        return expr_compile_into(c, (Expr *) linitial(((AlternativeSubPlan *) expr)->subplans));
    case T_ArrayExpr:
    case T_ScalarArrayOpExpr:
    case T_SubscriptingRef:
    case T_ArrayCoerceExpr:
        return expr_compile_array(c, expr);
    case T_RowExpr:
    case T_RowCompareExpr:
    case T_FieldSelect:
    case T_FieldStore:
    case T_ConvertRowtypeExpr:
        return expr_compile_row(c, expr);
    case T_CoerceToDomain:
        ereport(ERROR, (errcode(ERRCODE_FEATURE_NOT_SUPPORTED),
                        errmsg("domain types are not supported")));
        break;
    case T_CurrentOfExpr:
        ereport(ERROR, (errcode(ERRCODE_FEATURE_NOT_SUPPORTED),
                        errmsg("WHERE CURRENT OF is not supported")));
        break;
    case T_SetToDefault:
        return expr_const_reg(c->program, 0, true);
    default:
        elog(ERROR, "unrecognized node type in expression: %d", (int) nodeTag(expr));
    }
}

/* Emits the steps of an expression; its result's register. */
int
expr_compile_into(ExprCompiler *c, Expr *expr)
{
    int reg;

    if (++c->depth > EXPR_DEPTH_MAX)
        ereport(ERROR, (errcode(ERRCODE_STATEMENT_TOO_COMPLEX),
                        errmsg("stack depth limit exceeded")));
    reg = compile_node(c, expr);
    c->depth--;
    return reg;
}

/* A program that computes each of a list of expressions (or target list entries). */
ExprProgram *
expr_compile_with(ExprCompiler *compiler, List *exprs)
{
    ExprProgram *p = expr_program_create(compiler);
    ListCell *lc;

    compiler->case_reg = -1;
    compiler->domain_reg = -1;
    p->outputs = (int *) palloc(sizeof(int) * (Size) Max(list_length(exprs), 1));
    foreach (lc, exprs)
        p->outputs[p->output_count++] = expr_compile_into(compiler, (Expr *) lfirst(lc));
    return p;
}

ExprProgram *
expr_compile_list(PlanState *parent, EState *estate, List *exprs)
{
    ExprCompiler compiler = {.parent = parent, .estate = estate};

    return expr_compile_with(&compiler, exprs);
}

/* Narrows the run to the rows for which the clause is true. */
static void
step_filter(ExprProgram *p, const ExprStep *step)
{
    const ExprReg *a = &p->regs[step->a];
    uint16 *buf = p->bufs[step->buf];
    int kept = 0;

    if (a->mask == 0) {
        if (!a->nulls[0] && DatumGetBool(a->values[0]))
            return;
    } else if (p->sel == NULL) {
        const Datum *values = a->values;
        const bool *nulls = a->nulls;

        for (int i = 0; i < p->n; i++) {
            buf[kept] = (uint16) i;
            kept += !nulls[i] & (DatumGetBool(values[i]) != 0);
        }
    } else {
        for (int k = 0; k < p->n; k++) {
            int i = p->sel[k];

            buf[kept] = (uint16) i;
            kept += !a->nulls[i] & (DatumGetBool(a->values[i]) != 0);
        }
    }
    if (kept == p->n)
        return;
    p->sel = buf;
    p->n = kept;
    if (p->inputs[EXPR_INPUT_OUTER] != NULL) {
        p->inputs[EXPR_INPUT_OUTER]->sel = buf;
        p->inputs[EXPR_INPUT_OUTER]->sel_count = kept;
    }
    if (kept == 0)
        p->pc = step->jump;
}

static void
compile_clauses(ExprCompiler *compiler, List *clauses, List **jumps)
{
    ExprProgram *p = compiler->program;
    ListCell *lc;

    foreach (lc, clauses) {
        Expr *clause = (Expr *) lfirst(lc);
        ExprStep *step;
        int a;

        if (IsA(clause, List)) {
            compile_clauses(compiler, (List *) clause, jumps);
            continue;
        }
        if (IsA(clause, BoolExpr) && ((BoolExpr *) clause)->boolop == AND_EXPR) {
            compile_clauses(compiler, ((BoolExpr *) clause)->args, jumps);
            continue;
        }
        a = expr_compile_into(compiler, clause);
        step = expr_emit(p, step_filter);
        step->a = a;
        step->buf = expr_new_buf(p);
        *jumps = lappend_int(*jumps, p->step_count - 1);
    }
}

/* A program for expr_filter; NULL where there are no clauses. */
ExprProgram *
expr_compile_qual_with(ExprCompiler *compiler, List *clauses)
{
    ExprProgram *p;
    List *jumps = NIL;
    ListCell *lc;

    if (clauses == NIL)
        return NULL;
    p = expr_program_create(compiler);
    compiler->case_reg = -1;
    compiler->domain_reg = -1;
    compile_clauses(compiler, clauses, &jumps);
    foreach (lc, jumps)
        p->steps[lfirst_int(lc)].jump = p->step_count;
    return p;
}

ExprProgram *
expr_compile_qual(PlanState *parent, EState *estate, List *clauses)
{
    ExprCompiler compiler = {.parent = parent, .estate = estate};

    return expr_compile_qual_with(&compiler, clauses);
}
