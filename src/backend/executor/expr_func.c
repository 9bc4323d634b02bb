/*
 * expr_func.c - function calls in expression programs
 *
 * Why        A function without a vector kernel is called row by row with a call frame made when
 *            the program was compiled. A call that is not volatile and whose arguments are the
 *            same for all rows is made once per batch.
 */
#include "base/base.h"
#include "catalog/catalog.h"
#include "catalog/lsyscache.h"
#include "catalog/user.h"
#include "executor_int.h"
#include "parser/makefuncs.h"
#include "parser/nodefuncs.h"

/* pg_proc OIDs of what SQL's special keywords mean. */
enum {
    FUNC_NOW = 1299,
    FUNC_TIMESTAMPTZ_DATE = 1178,
    FUNC_TIMESTAMPTZ_TIMETZ = 1388,
    FUNC_TIMESTAMPTZ_TIMESTAMP = 2027,
    FUNC_TIMESTAMPTZ_TIME = 2019,
    FUNC_TIMETZ_SCALE = 1969,
    FUNC_TIME_SCALE = 1968,
    FUNC_TIMESTAMPTZ_SCALE = 1967,
    FUNC_TIMESTAMP_SCALE = 1961,
    FUNC_CURRENT_USER = 745,
    FUNC_SESSION_USER = 746,
    FUNC_CURRENT_DATABASE = 861,
    FUNC_CURRENT_SCHEMA = 1402,
    FUNC_NEXTVAL = 1574,
    FUNC_INT84 = 480,
    FUNC_INT82 = 714
};

typedef struct FuncCall {
    FmgrInfo flinfo;
    FunctionCallInfo call;
    int arg_count;
    int regs[]; /* of the arguments */
} FuncCall;

static void
step_func_1(ExprProgram *p, const ExprStep *step)
{
    FuncCall *func = (FuncCall *) step->data;
    FunctionCallInfo call = func->call;
    const ExprReg *a = &p->regs[func->regs[0]];
    ExprReg *reg = &p->regs[step->result];
    PGFunction function = func->flinfo.fn_addr;

    EXPR_FOR_ROWS(p, i)
    {
        int at = i & a->mask;

        if (a->nulls[at]) {
            reg->nulls[i] = true;
            continue;
        }
        call->args[0].value = a->values[at];
        call->args[0].isnull = false;
        call->isnull = false;
        reg->values[i] = function(call);
        reg->nulls[i] = call->isnull;
    }
}

static void
step_func_2(ExprProgram *p, const ExprStep *step)
{
    FuncCall *func = (FuncCall *) step->data;
    FunctionCallInfo call = func->call;
    const ExprReg *a = &p->regs[func->regs[0]];
    const ExprReg *b = &p->regs[func->regs[1]];
    ExprReg *reg = &p->regs[step->result];
    PGFunction function = func->flinfo.fn_addr;

    EXPR_FOR_ROWS(p, i)
    {
        if (a->nulls[i & a->mask] || b->nulls[i & b->mask]) {
            reg->nulls[i] = true;
            continue;
        }
        call->args[0].value = a->values[i & a->mask];
        call->args[0].isnull = false;
        call->args[1].value = b->values[i & b->mask];
        call->args[1].isnull = false;
        call->isnull = false;
        reg->values[i] = function(call);
        reg->nulls[i] = call->isnull;
    }
}

static void
step_func(ExprProgram *p, const ExprStep *step)
{
    FuncCall *func = (FuncCall *) step->data;
    FunctionCallInfo call = func->call;
    ExprReg *reg = &p->regs[step->result];

    EXPR_FOR_ROWS(p, i)
    {
        bool anynull = false;

        for (int arg = 0; arg < func->arg_count; arg++) {
            const ExprReg *a = &p->regs[func->regs[arg]];

            call->args[arg].value = a->values[i & a->mask];
            call->args[arg].isnull = a->nulls[i & a->mask];
            anynull |= call->args[arg].isnull;
        }
        if (anynull && func->flinfo.fn_strict) {
            reg->nulls[i] = true;
            continue;
        }
        call->isnull = false;
        reg->values[i] = FunctionCallInvoke(call);
        reg->nulls[i] = call->isnull;
    }
}

/* Runs a step whose arguments are the same for all rows for one of them. */
typedef struct OnceCall {
    ExprKernel kernel;
    void *data;
} OnceCall;

static void
step_once(ExprProgram *p, const ExprStep *step)
{
    OnceCall *once = (OnceCall *) step->data;
    ExprStep inner = *step;
    const uint16 *sel = p->sel;
    int n = p->n;

    inner.data = once->data;
    p->sel = NULL;
    p->n = 1;
    once->kernel(p, &inner);
    p->sel = sel;
    p->n = n;
}

static void
check_execute_permission(const ProcInfo *proc, Oid funcid)
{
    AclResult result;

    if (funcid < FirstNormalObjectId)
        return;
    result = pg_proc_aclcheck(funcid, GetUserId(), ACL_EXECUTE);
    if (result != ACLCHECK_OK)
        aclcheck_error(result, OBJECT_FUNCTION, NameStr(proc->proname));
}

static FuncCall *
func_call_create(Oid funcid, int arg_count, Oid collation, Expr *expr)
{
    FuncCall *func = (FuncCall *) palloc0(sizeof(FuncCall) +
                                          sizeof(int) * (Size) Max(arg_count, 1));

    if (arg_count > FUNC_MAX_ARGS)
        ereport(ERROR, (errcode(ERRCODE_TOO_MANY_ARGUMENTS),
                        errmsg_plural("cannot pass more than %d argument to a function",
                                      "cannot pass more than %d arguments to a function",
                                      FUNC_MAX_ARGS, FUNC_MAX_ARGS)));
    fmgr_info(funcid, &func->flinfo);
    func->flinfo.fn_expr = (Node *) expr;
    func->arg_count = arg_count;
    func->call = (FunctionCallInfo) palloc0(SizeForFunctionCallInfo(Max(arg_count, 1)));
    InitFunctionCallInfoData(*func->call, &func->flinfo, arg_count, collation, NULL, NULL);
    return func;
}

static int
emit_call(ExprCompiler *c, ExprKernel kernel, void *data, const int *regs, int arg_count,
          bool once)
{
    ExprProgram *p = c->program;
    int reg = once ? expr_const_reg(p, 0, true) : expr_new_reg(p);
    ExprStep *step;

    if (once) {
        OnceCall *call = (OnceCall *) palloc(sizeof(OnceCall));

        call->kernel = kernel;
        call->data = data;
        data = call;
        kernel = step_once;
    }
    step = expr_emit(p, kernel);
    step->result = reg;
    step->a = arg_count > 0 ? regs[0] : 0;
    step->b = arg_count > 1 ? regs[1] : 0;
    step->data = data;
    return reg;
}

int
expr_compile_function(ExprCompiler *c, Oid funcid, List *args, Oid collation, Expr *expr)
{
    ExprProgram *p = c->program;
    const ProcInfo *proc = catalog_proc(funcid);
    int arg_count = list_length(args);
    int regs[FUNC_MAX_ARGS];
    bool once = true;
    ExprKernel kernel;
    FuncCall *func = NULL;
    int i = 0;
    ListCell *lc;

    if (proc == NULL)
        elog(ERROR, "cache lookup failed for function %u", funcid);
    check_execute_permission(proc, funcid);
    if (proc->proretset)
        ereport(ERROR, (errcode(ERRCODE_FEATURE_NOT_SUPPORTED),
                        errmsg("set-valued function called in context that cannot accept a set")));
    once = proc->provolatile != PROVOLATILE_VOLATILE;
    kernel = arg_count == 2 ? expr_find_kernel(funcid, collation) : NULL;
    if (kernel == NULL)
        func = func_call_create(funcid, arg_count, collation, expr);
    foreach (lc, args) {
        regs[i] = expr_compile_into(c, (Expr *) lfirst(lc));
        once &= p->regs[regs[i]].mask == 0;
        if (func != NULL)
            func->regs[i] = regs[i];
        i++;
    }
    if (kernel == NULL) {
        if (arg_count == 1 && func->flinfo.fn_strict)
            kernel = step_func_1;
        else if (arg_count == 2 && func->flinfo.fn_strict)
            kernel = step_func_2;
        else
            kernel = step_func;
    }
    return emit_call(c, kernel, func, regs, arg_count, once);
}

/* ---- casts through text ---- */

typedef struct IoCall {
    FmgrInfo out;
    FmgrInfo in;
    Oid ioparam;
} IoCall;

static void
step_via_io(ExprProgram *p, const ExprStep *step)
{
    IoCall *io = (IoCall *) step->data;
    const ExprReg *a = &p->regs[step->a];
    ExprReg *reg = &p->regs[step->result];

    EXPR_FOR_ROWS(p, i)
    {
        bool isnull = a->nulls[i & a->mask];
        char *text = isnull ? NULL : OutputFunctionCall(&io->out, a->values[i & a->mask]);

        reg->nulls[i] = isnull;
        if (!isnull || !io->in.fn_strict)
            reg->values[i] = InputFunctionCall(&io->in, text, io->ioparam, -1);
    }
}

int
expr_compile_via_io(ExprCompiler *c, CoerceViaIO *expr)
{
    IoCall *io = (IoCall *) palloc0(sizeof(IoCall));
    int a = expr_compile_into(c, expr->arg);
    int regs[1] = {a};
    Oid out, in;
    bool is_varlena;

    getTypeOutputInfo(exprType((Node *) expr->arg), &out, &is_varlena);
    getTypeInputInfo(expr->resulttype, &in, &io->ioparam);
    fmgr_info(out, &io->out);
    fmgr_info(in, &io->in);
    return emit_call(c, step_via_io, io, regs, 1, false);
}

/* ---- CURRENT_DATE and its family ---- */

static Expr *
call_expr(Oid funcid, List *args)
{
    FuncExpr *func = makeNode(FuncExpr);

    func->funcid = funcid;
    func->funcresulttype = get_func_rettype(funcid);
    func->args = args;
    func->location = -1;
    return (Expr *) func;
}

static Expr *
call_scaled(Oid convert, Oid scale, int32 typmod)
{
    Expr *expr = call_expr(FUNC_NOW, NIL);

    if (OidIsValid(convert))
        expr = call_expr(convert, list_make1(expr));
    if (typmod >= 0)
        expr = call_expr(scale, list_make2(expr, makeConst(INT4OID, -1, InvalidOid, 4,
                                                           Int32GetDatum(typmod), false, true)));
    return expr;
}

int
expr_compile_sql_value(ExprCompiler *c, SQLValueFunction *expr)
{
    Expr *call = NULL;

    switch (expr->op) {
    case SVFOP_CURRENT_DATE:
        call = call_expr(FUNC_TIMESTAMPTZ_DATE, list_make1(call_expr(FUNC_NOW, NIL)));
        break;
    case SVFOP_CURRENT_TIME:
    case SVFOP_CURRENT_TIME_N:
        call = call_scaled(FUNC_TIMESTAMPTZ_TIMETZ, FUNC_TIMETZ_SCALE, expr->typmod);
        break;
    case SVFOP_CURRENT_TIMESTAMP:
    case SVFOP_CURRENT_TIMESTAMP_N:
        call = call_scaled(InvalidOid, FUNC_TIMESTAMPTZ_SCALE, expr->typmod);
        break;
    case SVFOP_LOCALTIME:
    case SVFOP_LOCALTIME_N:
        call = call_scaled(FUNC_TIMESTAMPTZ_TIME, FUNC_TIME_SCALE, expr->typmod);
        break;
    case SVFOP_LOCALTIMESTAMP:
    case SVFOP_LOCALTIMESTAMP_N:
        call = call_scaled(FUNC_TIMESTAMPTZ_TIMESTAMP, FUNC_TIMESTAMP_SCALE, expr->typmod);
        break;
    case SVFOP_CURRENT_ROLE:
    case SVFOP_CURRENT_USER:
    case SVFOP_USER:
        call = call_expr(FUNC_CURRENT_USER, NIL);
        break;
    case SVFOP_SESSION_USER:
        call = call_expr(FUNC_SESSION_USER, NIL);
        break;
    case SVFOP_CURRENT_CATALOG:
        call = call_expr(FUNC_CURRENT_DATABASE, NIL);
        break;
    case SVFOP_CURRENT_SCHEMA:
        call = call_expr(FUNC_CURRENT_SCHEMA, NIL);
        break;
    }
    return expr_compile_into(c, call);
}

int
expr_compile_nextval(ExprCompiler *c, NextValueExpr *expr)
{
    Const *sequence = makeConst(REGCLASSOID, -1, InvalidOid, 4, ObjectIdGetDatum(expr->seqid),
                                false, true);
    Expr *call = call_expr(FUNC_NEXTVAL, list_make1(sequence));

    if (expr->typeId == INT4OID)
        call = call_expr(FUNC_INT84, list_make1(call));
    else if (expr->typeId == INT2OID)
        call = call_expr(FUNC_INT82, list_make1(call));
    return expr_compile_into(c, call);
}
