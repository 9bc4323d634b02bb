/*
 * register.c - settings of the executor
 */
#include "base/base.h"
#include "config/settings.h"
#include "executor_int.h"
#include "parser/nodefuncs.h"
#include "planner/planner.h"
#include "settings_int.h"
#include "types/funcapi.h"

int
exec_batch_rows(void)
{
    return debug_batch_rows;
}

int
exec_work_mem_kb(void)
{
    return work_mem;
}

int
exec_hash_mem_kb(void)
{
    double kb = (double) work_mem * hash_mem_multiplier;

    return kb > (double) INT32_MAX ? INT32_MAX : (int) kb;
}

/* ---- what functions ask about the expression that calls them ---- */

static List *
call_args(Node *expr)
{
    switch (nodeTag(expr)) {
    case T_FuncExpr:
        return ((FuncExpr *) expr)->args;
    case T_OpExpr:
    case T_DistinctExpr:
    case T_NullIfExpr:
        return ((OpExpr *) expr)->args;
    case T_ScalarArrayOpExpr:
        return ((ScalarArrayOpExpr *) expr)->args;
    case T_WindowFunc:
        return ((WindowFunc *) expr)->args;
    default:
        return NIL;
    }
}

static Oid
call_result_type(Node *expr)
{
    return exprType(expr);
}

static Oid
call_argument_type(Node *expr, int argument)
{
    List *args = call_args(expr);

    if (argument < 0 || argument >= list_length(args))
        return InvalidOid;
    return exprType((Node *) list_nth(args, argument));
}

static bool
call_is_variadic(Node *expr)
{
    return IsA(expr, FuncExpr) && ((FuncExpr *) expr)->funcvariadic;
}

void
executor_register(void)
{
    planner_eval_hook = executor_eval_const_expr;
    funcapi_expr_hooks.result_type = call_result_type;
    funcapi_expr_hooks.argument_type = call_argument_type;
    funcapi_expr_hooks.is_variadic = call_is_variadic;
}
