/*
 * subquery.c - SubLinks become SubPlans; parameters between query levels
 *
 * Why        A subquery is planned on its own. What it reads of the levels around it becomes
 *            PARAM_EXEC slots: the level whose column it is remembers the slot in plan_params,
 *            and the SubPlan (or nested loop) there sets it before each call.
 * Invariants SQ1. A slot number is unique in the statement; its type stands in param_exec_types.
 *            SQ2. After planner__replace_upper_vars() an expression reads its own level only.
 */
#include "planner_int.h"

int
planner__new_param(PlannerGlobal *glob, Oid type)
{
    glob->param_exec_types = lappend_oid(glob->param_exec_types, type);
    return list_length(glob->param_exec_types) - 1;
}

Param *
planner__make_param(PlannerGlobal *glob, Oid type, int32 typmod, Oid collation)
{
    Param *param = makeNode(Param);

    param->paramkind = PARAM_EXEC;
    param->paramid = planner__new_param(glob, type);
    param->paramtype = type;
    param->paramtypmod = typmod;
    param->paramcollid = collation;
    param->location = -1;
    return param;
}

static Param *
param_for_item(PlannerInfo *owner, Node *item)
{
    ListCell *cell;
    int id = -1;

    foreach (cell, owner->plan_params) {
        PlannerParam *known = lfirst(cell);

        if (equal(known->item, item))
            id = known->param_id;
    }
    if (id < 0) {
        PlannerParam *added = palloc(sizeof *added);

        added->item = item;
        added->param_id = id = planner__new_param(owner->glob, exprType(item));
        owner->plan_params = lappend(owner->plan_params, added);
    }

    Param *param = makeNode(Param);

    param->paramkind = PARAM_EXEC;
    param->paramid = id;
    param->paramtype = exprType(item);
    param->paramtypmod = exprTypmod(item);
    param->paramcollid = exprCollation(item);
    param->location = exprLocation(item);
    return param;
}

static PlannerInfo *
ancestor(PlannerInfo *root, Index levels)
{
    for (; levels > 0; levels--)
        root = root->parent;
    return root;
}

static Node *
lower_mutator(Node *node, int *levels)
{
    if (node && IsA(node, Var)) {
        Var *var = copyObject((Var *) node);

        var->varlevelsup -= (Index) *levels;
        return (Node *) var;
    }
    if (node && IsA(node, Aggref) && (int) ((Aggref *) node)->agglevelsup >= *levels) {
        Aggref *agg = (Aggref *) expression_tree_mutator(node, lower_mutator, levels);

        agg->agglevelsup -= (Index) *levels;
        return (Node *) agg;
    }
    return expression_tree_mutator(node, lower_mutator, levels);
}

static Node *
upper_mutator(Node *node, PlannerInfo *root)
{
    Index levels = 0;

    if (node == NULL)
        return NULL;
    if (IsA(node, Var))
        levels = ((Var *) node)->varlevelsup;
    else if (IsA(node, Aggref))
        levels = ((Aggref *) node)->agglevelsup;
    if (levels > 0) {
        int lower = (int) levels;
        PlannerInfo *owner = ancestor(root, levels);
        Node *item = lower_mutator(node, &lower);

        if (IsA(item, Var))
            item = planner__flatten_join_aliases(owner->parse, item);
        return (Node *) param_for_item(owner, item);
    }
    return expression_tree_mutator(node, upper_mutator, root);
}

Node *
planner__replace_upper_vars(PlannerInfo *root, Node *expr)
{
    return upper_mutator(expr, root);
}

/* ---- nested loop parameters ---- */

Param *
planner__nestloop_param(PlannerInfo *root, Var *var)
{
    ListCell *cell;
    Param *param;

    foreach (cell, root->cur_outer_params) {
        NestLoopParam *known = lfirst(cell);

        if (equal(known->paramval, var)) {
            param = makeNode(Param);
            param->paramkind = PARAM_EXEC;
            param->paramid = known->paramno;
            param->paramtype = var->vartype;
            param->paramtypmod = var->vartypmod;
            param->paramcollid = var->varcollid;
            param->location = var->location;
            return param;
        }
    }
    param = planner__make_param(root->glob, var->vartype, var->vartypmod, var->varcollid);

    NestLoopParam *added = makeNode(NestLoopParam);

    added->paramno = param->paramid;
    added->paramval = copyObject(var);
    root->cur_outer_params = lappend(root->cur_outer_params, added);
    return param;
}

static Node *
nestloop_mutator(Node *node, PlannerInfo *root)
{
    if (node == NULL)
        return NULL;
    if (IsA(node, Var)) {
        Var *var = (Var *) node;

        if (var->varno > 0 && bms_is_member(var->varno, root->cur_outer_rels))
            return (Node *) planner__nestloop_param(root, var);
        return node;
    }
    return expression_tree_mutator(node, nestloop_mutator, root);
}

/* Columns of relations outside of the path being built come in through parameters. */
Node *
planner__replace_nestloop_params(PlannerInfo *root, Node *expr)
{
    if (bms_is_empty(root->cur_outer_rels))
        return expr;
    return nestloop_mutator(expr, root);
}

/* ---- SubLinks ---- */

/* The parameters in testexpr that stand for the subquery's columns. */
typedef struct SublinkParams {
    Param **params;
} SublinkParams;

static Node *
sublink_param_mutator(Node *node, SublinkParams *context)
{
    if (node == NULL)
        return NULL;
    if (IsA(node, Param) && ((Param *) node)->paramkind == PARAM_SUBLINK)
        return (Node *) copyObject(context->params[((Param *) node)->paramid - 1]);
    if (IsA(node, SubLink))
        return node;
    return expression_tree_mutator(node, sublink_param_mutator, context);
}

/* One slot per output column of the subquery, ids in *ret_ids. */
static Node *
bind_columns(PlannerInfo *root, Node *testexpr, List *tlist, List **ret_ids)
{
    SublinkParams context = {palloc(sizeof(Param *) * (Size) Max(list_length(tlist), 1))};
    ListCell *cell;
    int count = 0;

    *ret_ids = NIL;
    foreach (cell, tlist) {
        TargetEntry *entry = lfirst(cell);

        if (entry->resjunk)
            continue;

        Param *param =
            planner__make_param(root->glob, exprType((Node *) entry->expr),
                                exprTypmod((Node *) entry->expr),
                                exprCollation((Node *) entry->expr));

        context.params[count++] = param;
        *ret_ids = lappend_int(*ret_ids, param->paramid);
    }
    return sublink_param_mutator(testexpr, &context);
}

/* EXISTS needs no target list, order or limit of its own. */
static void
simplify_exists(Query *query)
{
    if (query->commandType != CMD_SELECT || query->setOperations || query->hasAggs ||
        query->groupingSets || query->hasWindowFuncs || query->hasTargetSRFs ||
        query->hasModifyingCTE || query->havingQual || query->limitOffset || query->rowMarks)
        return;
    if (query->limitCount) {
        Node *limit = query->limitCount;

        if (!IsA(limit, Const) || ((Const *) limit)->constisnull ||
            DatumGetInt64(((Const *) limit)->constvalue) <= 0)
            return;
        query->limitCount = NULL;
    }
    query->targetList = NIL;
    query->groupClause = NIL;
    query->windowClause = NIL;
    query->distinctClause = NIL;
    query->sortClause = NIL;
    query->hasDistinctOn = false;
}

static bool
hashable_test_op(Node *node, Plan *plan)
{
    if (node == NULL || !IsA(node, OpExpr) || list_length(((OpExpr *) node)->args) != 2)
        return false;

    OpExpr *op = (OpExpr *) node;

    return op_hashjoinable(op->opno, exprType(linitial(op->args))) && op_strict(op->opno) &&
           !planner__has_subplan(linitial(op->args)) &&
           plan->plan_rows * (plan->plan_width + 32) <
               (double) work_mem * 1024.0 * hash_mem_multiplier;
}

/* Whether ANY can be answered from one hash table of the subquery's rows. */
static bool
can_hash(Node *testexpr, Plan *plan)
{
    if (is_andclause(testexpr)) {
        ListCell *cell;

        foreach (cell, ((BoolExpr *) testexpr)->args)
            if (!hashable_test_op(lfirst(cell), plan))
                return false;
        return true;
    }
    return hashable_test_op(testexpr, plan);
}

static double
fraction_for(SubLinkType type)
{
    switch (type) {
    case EXISTS_SUBLINK:
        return 1.0;
    case ALL_SUBLINK:
    case ANY_SUBLINK:
        return 0.5;
    default:
        return 0.0;
    }
}

static SubPlan *
new_subplan(PlannerInfo *root, SubLinkType type, Plan *plan, PlannerInfo *subroot)
{
    PlannerGlobal *glob = root->glob;
    SubPlan *subplan = makeNode(SubPlan);
    TargetEntry *first = NULL;
    ListCell *cell;

    glob->subplans = lappend(glob->subplans, plan);
    glob->subroots = lappend(glob->subroots, subroot);
    subplan->subLinkType = type;
    subplan->plan_id = list_length(glob->subplans);
    subplan->firstColType = VOIDOID;
    subplan->firstColTypmod = -1;
    foreach (cell, plan->targetlist)
        if (!first && !((TargetEntry *) lfirst(cell))->resjunk)
            first = lfirst(cell);
    if (first) {
        subplan->firstColType = exprType((Node *) first->expr);
        subplan->firstColTypmod = exprTypmod((Node *) first->expr);
        subplan->firstColCollation = exprCollation((Node *) first->expr);
    }
    subplan->startup_cost = plan->startup_cost;
    subplan->per_call_cost = plan->total_cost;
    return subplan;
}

/* The inputs of a subplan: what its parent's columns it reads, fixed at each call. */
static void
take_plan_params(PlannerInfo *root, SubPlan *subplan, List *params)
{
    ListCell *cell;

    foreach (cell, params) {
        PlannerParam *param = lfirst(cell);
        Node *arg = copyObject(param->item);

        if (IsA(arg, Aggref))
            arg = planner__process_sublinks(root, arg, false);
        subplan->parParam = lappend_int(subplan->parParam, param->param_id);
        subplan->args = lappend(subplan->args, arg);
    }
}

static Node *
scalar_param(SubPlan *subplan, PlannerInfo *root, Oid type, int32 typmod, Oid collation)
{
    Param *param = planner__make_param(root->glob, type, typmod, collation);

    subplan->setParam = list_make1_int(param->paramid);
    return (Node *) param;
}

static void
add_initplan(PlannerInfo *root, SubPlan *subplan)
{
    subplan->plan_name = psprintf("InitPlan %d", subplan->plan_id);
    root->init_plans = lappend(root->init_plans, subplan);
}

static Node *
make_subplan(PlannerInfo *root, SubLink *link, Node *testexpr, bool is_qual)
{
    PlannerGlobal *glob = root->glob;
    Query *query = copyObject((Query *) link->subselect);
    List *saved_params = root->plan_params;
    PlannerInfo *subroot;
    Oid result_type = VOIDOID, result_collation = InvalidOid;
    int32 result_typmod = -1;

    if (link->subLinkType == EXISTS_SUBLINK)
        simplify_exists(query);
    root->plan_params = NIL;

    Plan *plan = planner__query(glob, query, root, false, fraction_for(link->subLinkType),
                                &subroot);
    List *params = root->plan_params;
    SubPlan *subplan = new_subplan(root, link->subLinkType, plan, subroot);

    root->plan_params = saved_params;
    take_plan_params(root, subplan, params);
    if (subplan->parParam == NIL && link->subLinkType == EXISTS_SUBLINK) {
        add_initplan(root, subplan);
        return scalar_param(subplan, root, BOOLOID, -1, InvalidOid);
    }
    if (subplan->parParam == NIL && link->subLinkType == EXPR_SUBLINK) {
        add_initplan(root, subplan);
        result_type = subplan->firstColType;
        result_typmod = subplan->firstColTypmod;
        result_collation = subplan->firstColCollation;
        return scalar_param(subplan, root, result_type, result_typmod, result_collation);
    }
    if (subplan->parParam == NIL && link->subLinkType == ARRAY_SUBLINK) {
        add_initplan(root, subplan);
        return scalar_param(subplan, root, get_promoted_array_type(subplan->firstColType),
                            subplan->firstColTypmod, subplan->firstColCollation);
    }
    if (link->subLinkType == ANY_SUBLINK || link->subLinkType == ALL_SUBLINK ||
        link->subLinkType == ROWCOMPARE_SUBLINK) {
        subplan->testexpr = bind_columns(root, testexpr, plan->targetlist, &subplan->paramIds);
        if (link->subLinkType == ANY_SUBLINK && subplan->parParam == NIL &&
            can_hash(subplan->testexpr, plan)) {
            subplan->useHashTable = true;
            subplan->unknownEqFalse = is_qual;
        }
    }
    if (subplan->parParam == NIL && !subplan->useHashTable &&
        (link->subLinkType == ANY_SUBLINK || link->subLinkType == ALL_SUBLINK ||
         link->subLinkType == ROWCOMPARE_SUBLINK))
        glob->rewind_plan_ids = bms_add_member(glob->rewind_plan_ids, subplan->plan_id);
    subplan->plan_name = psprintf("SubPlan %d", subplan->plan_id);
    return (Node *) subplan;
}

typedef struct SublinkContext {
    PlannerInfo *root;
    bool is_qual;
} SublinkContext;

static Node *
process_mutator(Node *node, SublinkContext *context)
{
    SublinkContext below = {context->root, false};

    if (node == NULL)
        return NULL;
    if (IsA(node, SubLink)) {
        SubLink *link = (SubLink *) node;
        Node *testexpr = process_mutator(link->testexpr, &below);

        return make_subplan(context->root, link, testexpr, context->is_qual);
    }
    if (IsA(node, Aggref) && ((Aggref *) node)->agglevelsup > 0)
        return node;
    if (context->is_qual && IsA(node, BoolExpr) && ((BoolExpr *) node)->boolop != NOT_EXPR)
        return expression_tree_mutator(node, process_mutator, context);
    if (IsA(node, List))
        return expression_tree_mutator(node, process_mutator, context);
    return expression_tree_mutator(node, process_mutator, &below);
}

Node *
planner__process_sublinks(PlannerInfo *root, Node *expr, bool is_qual)
{
    SublinkContext context = {root, is_qual};

    return process_mutator(expr, &context);
}

/* ---- WITH ---- */

/* Each CTE that was not inlined is planned once, as an InitPlan that its scans read. */
void
planner__process_ctes(PlannerInfo *root)
{
    ListCell *cell;

    foreach (cell, root->parse->cteList) {
        CommonTableExpr *cte = lfirst(cell);
        Query *query = (Query *) cte->ctequery;
        PlannerInfo *subroot;

        if (cte->cterefcount == 0 && query->commandType == CMD_SELECT) {
            root->cte_plan_ids = lappend_int(root->cte_plan_ids, -1);
            continue;
        }

        List *saved_params = root->plan_params;

        root->plan_params = NIL;

        Plan *plan = planner__query(root->glob, copyObject(query), root, cte->cterecursive, 0.0,
                                    &subroot);

        if (root->plan_params != NIL)
            ereport(ERROR, (errmsg_internal("unexpected outer reference in CTE query")));
        root->plan_params = saved_params;

        SubPlan *subplan = new_subplan(root, CTE_SUBLINK, plan, subroot);

        subplan->plan_name = psprintf("CTE %s", cte->ctename);
        subplan->setParam = list_make1_int(planner__new_param(root->glob, INTERNALOID));
        root->init_plans = lappend(root->init_plans, subplan);
        root->cte_plan_ids = lappend_int(root->cte_plan_ids, subplan->plan_id);
    }
}
