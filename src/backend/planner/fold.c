/*
 * fold.c - computes at plan time what cannot change: constants, booleans, nulls
 *
 * Invariants F1. The result computes the same value and throws no error that the original would
 *                not throw: an expression is evaluated early only where it is certain to be.
 *                Arms of CASE and of AND, OR are folded only as far as they are reached.
 */
#include "planner_int.h"

#include "base/fmgr.h"

typedef struct FoldContext {
    PlannerGlobal *glob; /* NULL: no parameters known */
    Node *case_value;    /* what CaseTestExpr stands for, if constant */
} FoldContext;

static Node *fold(Node *node, FoldContext *context);

/* ---- what may change ---- */

static char
function_volatility(Node *node)
{
    switch (nodeTag(node)) {
    case T_FuncExpr:
        return func_volatile(((FuncExpr *) node)->funcid);
    case T_OpExpr:
    case T_DistinctExpr:
    case T_NullIfExpr:
        return op_volatile(((OpExpr *) node)->opno);
    case T_ScalarArrayOpExpr:
        return op_volatile(((ScalarArrayOpExpr *) node)->opno);
    case T_CoerceViaIO:
        return PROVOLATILE_STABLE;
    case T_SQLValueFunction:
        return PROVOLATILE_STABLE;
    case T_NextValueExpr:
        return PROVOLATILE_VOLATILE;
    default:
        return PROVOLATILE_IMMUTABLE;
    }
}

/* Text conversions of plain types do not depend on settings. */
static bool
io_is_immutable(CoerceViaIO *expr)
{
    Oid types[2] = {exprType((Node *) expr->arg), expr->resulttype};

    for (int i = 0; i < 2; i++)
        switch (types[i]) {
        case INT2OID: case INT4OID: case INT8OID: case OIDOID: case BOOLOID: case TEXTOID:
        case VARCHAROID: case BPCHAROID: case NAMEOID: case NUMERICOID: case CHAROID:
            break;
        default:
            return false;
        }
    return true;
}

static bool
volatile_walker(Node *node, void *unused)
{
    if (node == NULL)
        return false;
    if (function_volatility(node) == PROVOLATILE_VOLATILE)
        return true;
    if (IsA(node, Query))
        return query_tree_walker((Query *) node, volatile_walker, unused, 0);
    return expression_tree_walker(node, volatile_walker, unused);
}

bool
planner__is_volatile(Node *expr)
{
    return volatile_walker(expr, NULL);
}

static bool
mutable_walker(Node *node, void *unused)
{
    if (node == NULL)
        return false;
    if (function_volatility(node) != PROVOLATILE_IMMUTABLE &&
        !(IsA(node, CoerceViaIO) && io_is_immutable((CoerceViaIO *) node)))
        return true;
    return expression_tree_walker(node, mutable_walker, unused);
}

bool
planner__is_mutable(Node *expr)
{
    return mutable_walker(expr, NULL);
}

static bool
subplan_walker(Node *node, void *unused)
{
    if (node == NULL)
        return false;
    if (IsA(node, SubPlan) || IsA(node, AlternativeSubPlan) || IsA(node, SubLink))
        return true;
    return expression_tree_walker(node, subplan_walker, unused);
}

bool
planner__has_subplan(Node *expr)
{
    return subplan_walker(expr, NULL);
}

/* ---- folding ---- */

static bool
all_const(List *args)
{
    ListCell *cell;

    foreach (cell, args)
        if (lfirst(cell) == NULL || !IsA(lfirst(cell), Const))
            return false;
    return true;
}

static bool
any_null_const(List *args)
{
    ListCell *cell;

    foreach (cell, args)
        if (lfirst(cell) && IsA(lfirst(cell), Const) && ((Const *) lfirst(cell))->constisnull)
            return true;
    return false;
}

static List *
fold_list(List *list, FoldContext *context)
{
    List *result = NIL;
    ListCell *cell;

    foreach (cell, list)
        result = lappend(result, fold(lfirst(cell), context));
    return result;
}

static Node *
evaluate(Node *expr)
{
    if (!planner_eval_hook)
        return expr;
    return (Node *) planner_eval_hook((Expr *) expr, exprType(expr), exprTypmod(expr),
                                      exprCollation(expr));
}

static Node *
null_const_like(Node *expr)
{
    return (Node *) makeNullConst(exprType(expr), exprTypmod(expr), exprCollation(expr));
}

/* A call whose arguments are folded: its value, if that is settled. */
static Node *
settle_call(Node *call, Oid function, List *args, bool returns_set)
{
    const ProcInfo *proc = catalog_proc(function);

    if (!proc || returns_set || proc->proretset || proc->prorettype == RECORDOID ||
        proc->prorettype == VOIDOID)
        return call;
    if (proc->proisstrict && any_null_const(args) && proc->provolatile != PROVOLATILE_VOLATILE)
        return null_const_like(call);
    if (proc->provolatile == PROVOLATILE_IMMUTABLE && all_const(args) &&
        catalog_builtin_function(function) != NULL)
        return evaluate(call);
    return call;
}

static bool
is_true_const(Node *node)
{
    return node && IsA(node, Const) && !((Const *) node)->constisnull &&
           DatumGetBool(((Const *) node)->constvalue);
}

static bool
is_false_const(Node *node)
{
    return node && IsA(node, Const) && !((Const *) node)->constisnull &&
           !DatumGetBool(((Const *) node)->constvalue);
}

static bool
is_null_const(Node *node)
{
    return node && IsA(node, Const) && ((Const *) node)->constisnull;
}

/* AND and OR: nested ones of the same kind are flattened, settled arms dropped. */
static Node *
fold_bool_list(BoolExpr *expr, FoldContext *context)
{
    bool is_and = expr->boolop == AND_EXPR;
    List *pending = list_copy(expr->args), *result = NIL;
    bool have_null = false;

    while (pending != NIL) {
        Node *arm = linitial(pending);

        pending = list_delete_first(pending);
        if (IsA(arm, BoolExpr) && ((BoolExpr *) arm)->boolop == expr->boolop) {
            pending = list_concat(list_copy(((BoolExpr *) arm)->args), pending);
            continue;
        }
        arm = fold(arm, context);
        if (IsA(arm, BoolExpr) && ((BoolExpr *) arm)->boolop == expr->boolop) {
            result = list_concat(result, ((BoolExpr *) arm)->args);
            continue;
        }
        if (is_and ? is_false_const(arm) : is_true_const(arm))
            return makeBoolConst(!is_and, false);
        if (is_and ? is_true_const(arm) : is_false_const(arm))
            continue;
        if (is_null_const(arm)) {
            have_null = true;
            continue;
        }
        result = lappend(result, arm);
    }
    if (have_null)
        result = lappend(result, makeBoolConst(false, true));
    if (result == NIL)
        return makeBoolConst(is_and, false);
    if (list_length(result) == 1)
        return linitial(result);
    return (Node *) (is_and ? make_andclause(result) : make_orclause(result));
}

/* NOT is pushed down to where an operator's negator or De Morgan takes it. */
static Node *
negate(Node *node, FoldContext *context)
{
    if (IsA(node, Const)) {
        Const *value = (Const *) node;

        return value->constisnull ? makeBoolConst(false, true)
                                  : makeBoolConst(!DatumGetBool(value->constvalue), false);
    }
    if (IsA(node, OpExpr)) {
        OpExpr *op = copyObject((OpExpr *) node);
        Oid negator = get_negator(op->opno);

        if (negator) {
            op->opno = negator;
            op->opfuncid = get_opcode(negator);
            return (Node *) op;
        }
    } else if (IsA(node, ScalarArrayOpExpr)) {
        ScalarArrayOpExpr *op = copyObject((ScalarArrayOpExpr *) node);
        Oid negator = get_negator(op->opno);

        if (negator) {
            op->opno = negator;
            op->opfuncid = get_opcode(negator);
            op->useOr = !op->useOr;
            return (Node *) op;
        }
    } else if (IsA(node, BoolExpr)) {
        BoolExpr *expr = (BoolExpr *) node;
        List *args = NIL;
        ListCell *cell;

        if (expr->boolop == NOT_EXPR)
            return linitial(expr->args);
        foreach (cell, expr->args)
            args = lappend(args, negate(lfirst(cell), context));
        return (Node *) (expr->boolop == AND_EXPR ? make_orclause(args) : make_andclause(args));
    } else if (IsA(node, NullTest) && !((NullTest *) node)->argisrow) {
        NullTest *test = copyObject((NullTest *) node);

        test->nulltesttype = test->nulltesttype == IS_NULL ? IS_NOT_NULL : IS_NULL;
        return (Node *) test;
    } else if (IsA(node, BooleanTest)) {
        BooleanTest *test = copyObject((BooleanTest *) node);

        test->booltesttype ^= 1; /* each test's opposite is its neighbour */
        return (Node *) test;
    }
    return (Node *) make_notclause((Expr *) node);
}

static Node *
fold_case(CaseExpr *expr, FoldContext *context)
{
    CaseExpr *result = makeNode(CaseExpr);
    Node *saved = context->case_value;
    List *whens = NIL;
    ListCell *cell;
    bool reached_else = true;

    *result = *expr;
    result->arg = (Expr *) fold((Node *) expr->arg, context);
    context->case_value =
        result->arg && IsA(result->arg, Const) ? (Node *) result->arg : NULL;
    if (context->case_value)
        result->arg = NULL;
    foreach (cell, expr->args) {
        CaseWhen *when = lfirst(cell);
        Node *condition = fold((Node *) when->expr, context);

        if (is_false_const(condition) || is_null_const(condition))
            continue;

        Node *saved_inner = context->case_value;

        context->case_value = saved;
        Node *value = fold((Node *) when->result, context);
        context->case_value = saved_inner;
        if (is_true_const(condition)) {
            result->defresult = (Expr *) value;
            reached_else = false;
            break;
        }

        CaseWhen *folded = makeNode(CaseWhen);

        folded->expr = (Expr *) condition;
        folded->result = (Expr *) value;
        folded->location = when->location;
        whens = lappend(whens, folded);
    }
    context->case_value = saved;
    if (reached_else)
        result->defresult = (Expr *) fold((Node *) expr->defresult, context);
    if (whens == NIL)
        return result->defresult ? (Node *) result->defresult : null_const_like((Node *) expr);
    result->args = whens;
    return (Node *) result;
}

static Node *
fold_coalesce(CoalesceExpr *expr, FoldContext *context)
{
    List *args = NIL;
    ListCell *cell;

    foreach (cell, expr->args) {
        Node *arg = fold(lfirst(cell), context);

        if (IsA(arg, Const)) {
            if (((Const *) arg)->constisnull)
                continue;
            if (args == NIL)
                return arg;
            args = lappend(args, arg);
            break;
        }
        args = lappend(args, arg);
    }
    if (args == NIL)
        return null_const_like((Node *) expr);
    if (list_length(args) == 1)
        return linitial(args);

    CoalesceExpr *result = makeNode(CoalesceExpr);

    *result = *expr;
    result->args = args;
    return (Node *) result;
}

static Node *
fold_param(Param *param, FoldContext *context)
{
    ParamListInfo params = context->glob ? context->glob->params : NULL;

    if (param->paramkind != PARAM_EXTERN || !params || param->paramid <= 0 ||
        param->paramid > params->numParams)
        return (Node *) param;

    ParamExternData *value = &params->params[param->paramid - 1];
    int16 length;
    bool by_value;

    if (!(value->pflags & PARAM_FLAG_CONST) || value->ptype != param->paramtype)
        return (Node *) param;
    get_typlenbyval(param->paramtype, &length, &by_value);

    Const *constant =
        makeConst(param->paramtype, param->paramtypmod, param->paramcollid, length,
                  value->isnull ? (Datum) 0 : node_copy_datum(value->value, by_value, length),
                  value->isnull, by_value);

    constant->location = param->location;
    return (Node *) constant;
}

static Node *
fold_op(OpExpr *expr, FoldContext *context)
{
    OpExpr *op = makeNode(OpExpr);

    *op = *expr;
    op->args = fold_list(expr->args, context);
    set_opfuncid(op);
    if (op->opresulttype == BOOLOID && list_length(op->args) == 2 &&
        (op->opno == BooleanEqualOperator || op->opno == BooleanNotEqualOperator)) {
        Node *left = linitial(op->args), *right = lsecond(op->args);
        bool equal_op = op->opno == BooleanEqualOperator;

        if (is_true_const(right) || is_false_const(right))
            return is_true_const(right) == equal_op ? left : negate(left, context);
        if (is_true_const(left) || is_false_const(left))
            return is_true_const(left) == equal_op ? right : negate(right, context);
    }
    return settle_call((Node *) op, op->opfuncid, op->args, op->opretset);
}

static Node *
fold_distinct(DistinctExpr *expr, FoldContext *context)
{
    DistinctExpr *result = (DistinctExpr *) newNode(sizeof *result, T_DistinctExpr);
    Node *left, *right;

    *result = *expr;
    result->args = fold_list(expr->args, context);
    left = linitial(result->args);
    right = lsecond(result->args);
    set_opfuncid(result);
    if (is_null_const(left) && is_null_const(right))
        return makeBoolConst(false, false);
    if (IsA(left, Const) && IsA(right, Const)) {
        if (is_null_const(left) || is_null_const(right))
            return makeBoolConst(true, false);
        if (op_volatile(result->opno) == PROVOLATILE_IMMUTABLE)
            return evaluate((Node *) result);
    }
    return (Node *) result;
}

static Node *
fold_null_test(NullTest *expr, FoldContext *context)
{
    Node *arg = fold((Node *) expr->arg, context);

    if (!expr->argisrow && IsA(arg, Const))
        return makeBoolConst(((Const *) arg)->constisnull == (expr->nulltesttype == IS_NULL),
                             false);

    NullTest *result = makeNode(NullTest);

    *result = *expr;
    result->arg = (Expr *) arg;
    return (Node *) result;
}

static Node *
fold_boolean_test(BooleanTest *expr, FoldContext *context)
{
    Node *arg = fold((Node *) expr->arg, context);
    BooleanTest *result = makeNode(BooleanTest);

    *result = *expr;
    result->arg = (Expr *) arg;
    return IsA(arg, Const) ? evaluate((Node *) result) : (Node *) result;
}

static Node *
fold_func(FuncExpr *expr, FoldContext *context)
{
    FuncExpr *result = makeNode(FuncExpr);

    *result = *expr;
    result->args = fold_list(expr->args, context);
    return settle_call((Node *) result, result->funcid, result->args, result->funcretset);
}

static Node *
fold_relabel(RelabelType *expr, FoldContext *context)
{
    Node *arg = fold((Node *) expr->arg, context);

    return applyRelabelType(arg, expr->resulttype, expr->resulttypmod, expr->resultcollid,
                            expr->relabelformat, expr->location, true);
}

/* Nodes whose value is settled when all below them is constant. */
static Node *
fold_children(Node *node, FoldContext *context)
{
    Node *result = expression_tree_mutator(node, fold, context);

    switch (nodeTag(result)) {
    case T_CoerceViaIO: {
        CoerceViaIO *io = (CoerceViaIO *) result;

        return IsA(io->arg, Const) && io_is_immutable(io) ? evaluate(result) : result;
    }
    case T_ArrayExpr: {
        ArrayExpr *array = (ArrayExpr *) result;

        return all_const(array->elements) ? evaluate(result) : result;
    }
    case T_ScalarArrayOpExpr: {
        ScalarArrayOpExpr *op = (ScalarArrayOpExpr *) result;

        set_sa_opfuncid(op);
        return all_const(op->args) && !planner__is_mutable(result) ? evaluate(result) : result;
    }
    case T_MinMaxExpr:
        return all_const(((MinMaxExpr *) result)->args) ? evaluate(result) : result;
    case T_NullIfExpr:
        set_opfuncid((OpExpr *) result);
        return all_const(((OpExpr *) result)->args) && !planner__is_mutable(result)
                   ? evaluate(result)
                   : result;
    default:
        return result;
    }
}

static Node *
fold(Node *node, FoldContext *context)
{
    if (node == NULL)
        return NULL;
    switch (nodeTag(node)) {
    case T_Param:
        return fold_param((Param *) node, context);
    case T_Const:
    case T_Var:
        return node;
    case T_CollateExpr: {
        CollateExpr *collate = (CollateExpr *) node;
        Node *arg = fold((Node *) collate->arg, context);

        return applyRelabelType(arg, exprType(arg), exprTypmod(arg), collate->collOid,
                                COERCE_IMPLICIT_CAST, collate->location, true);
    }
    case T_RelabelType:
        return fold_relabel((RelabelType *) node, context);
    case T_FuncExpr:
        return fold_func((FuncExpr *) node, context);
    case T_OpExpr:
        return fold_op((OpExpr *) node, context);
    case T_DistinctExpr:
        return fold_distinct((DistinctExpr *) node, context);
    case T_BoolExpr:
        if (((BoolExpr *) node)->boolop == NOT_EXPR)
            return negate(fold(linitial(((BoolExpr *) node)->args), context), context);
        return fold_bool_list((BoolExpr *) node, context);
    case T_CaseExpr:
        return fold_case((CaseExpr *) node, context);
    case T_CaseTestExpr:
        return context->case_value ? copyObject(context->case_value) : node;
    case T_CoalesceExpr:
        return fold_coalesce((CoalesceExpr *) node, context);
    case T_NullTest:
        return fold_null_test((NullTest *) node, context);
    case T_BooleanTest:
        return fold_boolean_test((BooleanTest *) node, context);
    case T_ArrayCoerceExpr: {
        /* Its element expression has a CaseTestExpr of its own. */
        Node *saved = context->case_value;

        context->case_value = NULL;
        Node *result = expression_tree_mutator(node, fold, context);
        context->case_value = saved;
        ArrayCoerceExpr *coerce = (ArrayCoerceExpr *) result;

        if (coerce->arg && IsA(coerce->arg, Const) &&
            !planner__is_mutable((Node *) coerce->elemexpr))
            return evaluate(result);
        return result;
    }
    case T_SubLink:
    case T_SubPlan:
    case T_AlternativeSubPlan:
        return node;
    default:
        return fold_children(node, context);
    }
}

Node *
planner__fold(PlannerGlobal *glob, Node *expr)
{
    FoldContext context = {glob, NULL};

    return fold(expr, &context);
}

List *
planner__qual_list(Node *qual)
{
    if (qual == NULL)
        return NIL;
    if (IsA(qual, List))
        return (List *) qual;
    return make_ands_implicit((Expr *) qual);
}

Node *
planner_plan_expression(Node *expr)
{
    return planner__fold(NULL, expr);
}
