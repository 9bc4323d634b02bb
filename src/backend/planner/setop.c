/*
 * setop.c - UNION, INTERSECT, EXCEPT, and recursive queries
 *
 * Why        Each member is planned as a query of its own; what is above reads rows by position
 *            only. INTERSECT and EXCEPT append both inputs with a column that says which one a row
 *            is of.
 */
#include "planner_int.h"

/* ---- UNION, INTERSECT, EXCEPT ---- */

static Plan *setop_plan(PlannerInfo *root, Node *node, List *col_types, List *col_collations,
                        int flag, List **ret_tlist);

/* Columns of a leaf, coerced to the set operation's types; with flag >= 0 an int4 column more. */
static List *
setop_tlist(List *input, Index varno, List *col_types, List *col_typmods, List *col_collations,
            int flag, List *names)
{
    List *tlist = NIL;
    ListCell *type, *entry_cell, *collation;
    AttrNumber resno = 1;

    forthree(type, col_types, collation, col_collations, entry_cell, input)
    {
        TargetEntry *from = lfirst(entry_cell);
        Node *expr = (Node *) makeVar((int) varno, from->resno, exprType((Node *) from->expr),
                                      exprTypmod((Node *) from->expr),
                                      exprCollation((Node *) from->expr), 0);
        Oid wanted = lfirst_oid(type);

        if (exprType(expr) != wanted) {
            Node *coerced = coerce_to_target_type(NULL, expr, exprType(expr), wanted, -1,
                                                  COERCION_IMPLICIT, COERCE_IMPLICIT_CAST, -1);

            expr = coerced ? coerced : expr;
        }
        if (exprCollation(expr) != lfirst_oid(collation))
            expr = applyRelabelType(expr, exprType(expr), exprTypmod(expr),
                                    lfirst_oid(collation), COERCE_IMPLICIT_CAST, -1, false);
        tlist = lappend(tlist, makeTargetEntry((Expr *) expr, resno++,
                                               from->resname ? pstrdup(from->resname) : NULL,
                                               false));
    }
    if (flag >= 0)
        tlist = lappend(tlist,
                        makeTargetEntry((Expr *) makeConst(INT4OID, -1, InvalidOid, 4,
                                                           Int32GetDatum(flag), false, true),
                                        resno, "flag", true));
    return tlist;
}

/* One leaf: its subquery, planned on its own. */
static Plan *
setop_leaf(PlannerInfo *root, RangeTblRef *ref, List *col_types, List *col_collations, int flag,
           List **ret_tlist)
{
    RangeTblEntry *rte = rt_fetch(ref->rtindex, root->parse->rtable);
    SubqueryScan *scan = makeNode(SubqueryScan);
    Rel *rel = palloc0(sizeof *rel);
    List *saved = root->plan_params, *visible = NIL;
    ListCell *cell;

    root->plan_params = NIL;
    scan->subplan = planner__query(root->glob, copyObject(rte->subquery), root, false,
                                   root->tuple_fraction, &rel->subroot);
    root->plan_params = saved;
    rel->relid = (Index) ref->rtindex;
    rel->rte = rte;
    root->base_rels[ref->rtindex] = rel;
    foreach (cell, rte->subquery->targetList)
        if (!((TargetEntry *) lfirst(cell))->resjunk)
            visible = lappend(visible, lfirst(cell));
    scan->scan.scanrelid = (Index) ref->rtindex;
    scan->scan.plan.targetlist = setop_tlist(visible, (Index) ref->rtindex, col_types, NIL,
                                             col_collations, flag, NIL);
    planner__copy_costs(&scan->scan.plan, scan->subplan);
    *ret_tlist = scan->scan.plan.targetlist;
    return &scan->scan.plan;
}

/* The columns of a node above: OUTER_VAR references to the first child's. */
static List *
outer_tlist(List *from)
{
    List *tlist = NIL;
    ListCell *cell;

    foreach (cell, from) {
        TargetEntry *entry = lfirst(cell);
        Var *var = makeVar(OUTER_VAR, entry->resno, exprType((Node *) entry->expr),
                           exprTypmod((Node *) entry->expr),
                           exprCollation((Node *) entry->expr), 0);
        TargetEntry *copy = makeTargetEntry((Expr *) var, entry->resno,
                                            entry->resname ? pstrdup(entry->resname) : NULL,
                                            entry->resjunk);

        tlist = lappend(tlist, copy);
    }
    return tlist;
}

static Plan *
make_append(List *plans, List *first_tlist)
{
    Append *append = makeNode(Append);
    ListCell *cell;

    append->appendplans = plans;
    append->plan.targetlist = outer_tlist(first_tlist);
    append->first_partial_plan = list_length(plans);
    foreach (cell, plans) {
        Plan *plan = lfirst(cell);

        append->plan.plan_rows += plan->plan_rows;
        append->plan.total_cost += plan->total_cost;
        append->plan.plan_width = Max(append->plan.plan_width, plan->plan_width);
    }
    append->plan.startup_cost = ((Plan *) linitial(plans))->startup_cost;
    return &append->plan;
}

static void
setop_columns(List *clauses, int *ret_count, AttrNumber **ret_columns, Oid **ret_operators,
              Oid **ret_collations, List *collations)
{
    int count = list_length(clauses), i = 0;
    ListCell *cell;

    *ret_columns = palloc(sizeof(AttrNumber) * (Size) Max(count, 1));
    *ret_operators = palloc(sizeof(Oid) * (Size) Max(count, 1));
    *ret_collations = palloc(sizeof(Oid) * (Size) Max(count, 1));
    foreach (cell, clauses) {
        (*ret_columns)[i] = (AttrNumber) (i + 1);
        (*ret_operators)[i] = ((SortGroupClause *) lfirst(cell))->eqop;
        (*ret_collations)[i] = list_nth_oid(collations, i);
        i++;
    }
    *ret_count = count;
}

/* The members of a tree of the same UNION, flat. */
static void
collect_union(Node *node, SetOperationStmt *top, List **ret_members)
{
    if (IsA(node, SetOperationStmt)) {
        SetOperationStmt *op = (SetOperationStmt *) node;

        if (op->op == SETOP_UNION && (op->all || !top->all) &&
            equal(op->colTypes, top->colTypes)) {
            collect_union(op->larg, top, ret_members);
            collect_union(op->rarg, top, ret_members);
            return;
        }
    }
    *ret_members = lappend(*ret_members, node);
}

static Plan *
unique_rows(SetOperationStmt *op, Plan *child)
{
    List *order = NIL;
    ListCell *cell;
    int i = 0;

    if (planner__all_hashable(op->groupClauses) && enable_hashagg) {
        Agg *agg = makeNode(Agg);

        agg->aggstrategy = AGG_HASHED;
        setop_columns(op->groupClauses, &agg->numCols, &agg->grpColIdx, &agg->grpOperators,
                      &agg->grpCollations, op->colCollations);
        agg->numGroups = (long) Max(1, child->plan_rows);
        agg->plan.targetlist = outer_tlist(child->targetlist);
        agg->plan.lefttree = child;
        planner__copy_costs(&agg->plan, child);
        agg->plan.startup_cost = agg->plan.total_cost =
            child->total_cost + cpu_operator_cost * agg->numCols * child->plan_rows;
        return &agg->plan;
    }
    foreach (cell, op->groupClauses) {
        SortGroupClause *clause = lfirst(cell);
        OrderKey *key = palloc0(sizeof *key);

        key->expr = ((TargetEntry *) list_nth(child->targetlist, i))->expr;
        key->sortop = clause->sortop;
        key->nulls_first = clause->nulls_first;
        key->collation = list_nth_oid(op->colCollations, i++);
        order = lappend(order, key);
    }

    Plan *sort = planner__make_sort(child, order, -1);
    Unique *unique = makeNode(Unique);

    sort->targetlist = outer_tlist(child->targetlist);
    setop_columns(op->groupClauses, &unique->numCols, &unique->uniqColIdx,
                  &unique->uniqOperators, &unique->uniqCollations, op->colCollations);
    unique->plan.targetlist = outer_tlist(child->targetlist);
    unique->plan.lefttree = sort;
    planner__copy_costs(&unique->plan, sort);
    return &unique->plan;
}

static Plan *
union_plan(PlannerInfo *root, SetOperationStmt *op, int flag, List **ret_tlist)
{
    List *members = NIL, *plans = NIL, *first = NIL;
    ListCell *cell;

    collect_union((Node *) op, op, &members);
    foreach (cell, members) {
        List *tlist;

        plans = lappend(plans, setop_plan(root, lfirst(cell), op->colTypes, op->colCollations,
                                          op->all ? flag : -1, &tlist));
        if (first == NIL)
            first = tlist;
    }

    Plan *plan = make_append(plans, first);

    if (!op->all)
        plan = unique_rows(op, plan);
    *ret_tlist = plan->targetlist;
    return plan;
}

static Plan *
intersect_plan(PlannerInfo *root, SetOperationStmt *op, List **ret_tlist)
{
    SetOp *node = makeNode(SetOp);
    List *first, *second;
    Plan *left = setop_plan(root, op->larg, op->colTypes, op->colCollations, 0, &first);
    Plan *right = setop_plan(root, op->rarg, op->colTypes, op->colCollations, 1, &second);
    bool swap = op->op == SETOP_INTERSECT && right->plan_rows < left->plan_rows;
    Plan *append = make_append(swap ? list_make2(right, left) : list_make2(left, right), first);
    bool hash = planner__all_hashable(op->groupClauses) && enable_hashagg;

    node->cmd = op->op == SETOP_INTERSECT
                    ? (op->all ? SETOPCMD_INTERSECT_ALL : SETOPCMD_INTERSECT)
                    : (op->all ? SETOPCMD_EXCEPT_ALL : SETOPCMD_EXCEPT);
    node->strategy = hash ? SETOP_HASHED : SETOP_SORTED;
    setop_columns(op->groupClauses, &node->numCols, &node->dupColIdx, &node->dupOperators,
                  &node->dupCollations, op->colCollations);
    node->flagColIdx = (AttrNumber) (list_length(op->colTypes) + 1);
    node->firstFlag = hash ? (swap ? 1 : 0) : -1;
    node->numGroups = (long) Max(1, append->plan_rows);
    if (!hash) {
        List *order = NIL;
        ListCell *cell;
        int i = 0;

        foreach (cell, op->groupClauses) {
            OrderKey *key = palloc0(sizeof *key);

            key->expr = ((TargetEntry *) list_nth(append->targetlist, i))->expr;
            key->sortop = ((SortGroupClause *) lfirst(cell))->sortop;
            key->collation = list_nth_oid(op->colCollations, i++);
            order = lappend(order, key);
        }

        Plan *sort = planner__make_sort(append, order, -1);

        sort->targetlist = outer_tlist(append->targetlist);
        append = sort;
    }
    node->plan.lefttree = append;
    planner__copy_costs(&node->plan, append);
    node->plan.plan_rows = planner__clamp_rows(
        op->op == SETOP_INTERSECT ? Min(left->plan_rows, right->plan_rows) : left->plan_rows);
    node->plan.targetlist =
        list_copy_head(outer_tlist(append->targetlist), list_length(op->colTypes));
    *ret_tlist = node->plan.targetlist;
    return &node->plan;
}

/* A projection above a finished node, reading its columns by position. */
static Plan *
add_columns(Plan *child, List *col_types, List *col_collations, int flag, List **ret_tlist)
{
    List *visible = NIL;
    ListCell *cell;

    foreach (cell, child->targetlist)
        if (!((TargetEntry *) lfirst(cell))->resjunk)
            visible = lappend(visible, lfirst(cell));

    List *tlist = setop_tlist(visible, 0, col_types, NIL, col_collations, flag, NIL);
    ListCell *entry;

    foreach (entry, tlist) {
        List *vars = NIL;
        ListCell *inner;
        Node *expr = (Node *) ((TargetEntry *) lfirst(entry))->expr;

        (void) vars;
        (void) inner;
        planner__mark_outer(expr);
    }
    *ret_tlist = tlist;

    Plan *result = planner__make_result(tlist, NULL, child);

    return result;
}

static bool
types_differ(Plan *plan, List *col_types)
{
    int i = 0;
    ListCell *cell;

    foreach (cell, col_types)
        if (exprType((Node *) ((TargetEntry *) list_nth(plan->targetlist, i++))->expr) !=
            lfirst_oid(cell))
            return true;
    return false;
}

static Plan *
setop_plan(PlannerInfo *root, Node *node, List *col_types, List *col_collations, int flag,
           List **ret_tlist)
{
    if (IsA(node, RangeTblRef))
        return setop_leaf(root, (RangeTblRef *) node, col_types, col_collations, flag, ret_tlist);

    SetOperationStmt *op = (SetOperationStmt *) node;
    Plan *plan = op->op == SETOP_UNION ? union_plan(root, op, -1, ret_tlist)
                                       : intersect_plan(root, op, ret_tlist);

    if (flag >= 0 || types_differ(plan, col_types))
        plan = add_columns(plan, col_types, col_collations, flag, ret_tlist);
    return plan;
}

static Plan *
recursive_union(PlannerInfo *root, SetOperationStmt *op)
{
    RecursiveUnion *node = makeNode(RecursiveUnion);
    List *tlist, *ignored;

    root->wt_param = planner__new_param(root->glob, INTERNALOID);
    node->wtParam = root->wt_param;

    Plan *left = setop_plan(root, op->larg, op->colTypes, op->colCollations, -1, &tlist);
    Plan *right = setop_plan(root, op->rarg, op->colTypes, op->colCollations, -1, &ignored);

    if (!op->all) {
        if (!planner__all_hashable(op->groupClauses))
            ereport(ERROR, (errcode(ERRCODE_FEATURE_NOT_SUPPORTED),
                            errmsg("could not implement recursive UNION"),
                            errdetail("All column datatypes must be hashable.")));
        setop_columns(op->groupClauses, &node->numCols, &node->dupColIdx, &node->dupOperators,
                      &node->dupCollations, op->colCollations);
    }
    node->numGroups = (long) Max(1, left->plan_rows * 10);
    node->plan.lefttree = left;
    node->plan.righttree = right;
    node->plan.targetlist = outer_tlist(tlist);
    node->plan.startup_cost = left->startup_cost;
    node->plan.total_cost = left->total_cost + 10 * right->total_cost;
    node->plan.plan_rows = left->plan_rows + 10 * right->plan_rows;
    node->plan.plan_width = left->plan_width;
    return &node->plan;
}

Plan *
planner__plan_setop(PlannerInfo *root)
{
    Query *parse = root->parse;
    SetOperationStmt *op = (SetOperationStmt *) parse->setOperations;
    List *tlist, *order = NIL;
    ListCell *cell, *entry;
    Plan *plan;

    root->rel_count = list_length(parse->rtable) + 1;
    root->base_rels = palloc0(sizeof(Rel *) * (Size) root->rel_count);
    plan = root->has_recursion ? recursive_union(root, op)
                               : setop_plan(root, (Node *) op, op->colTypes, op->colCollations,
                                            -1, &tlist);
    /* Names and sort references are the query's own. */
    forboth(cell, plan->targetlist, entry, parse->targetList)
    {
        TargetEntry *have = lfirst(cell), *want = lfirst(entry);

        have->resname = want->resname;
        have->ressortgroupref = want->ressortgroupref;
    }
    if (parse->sortClause) {
        foreach (cell, parse->sortClause)
            order = lappend(order, planner__key_of_clause(lfirst(cell), plan->targetlist));

        double limit = planner__constant_limit(parse->limitCount, -1);
        List *names = outer_tlist(plan->targetlist);

        plan = planner__make_sort(plan, order, limit);
        plan->targetlist = names;
    }
    if (planner__limit_is_needed(parse)) {
        List *names = outer_tlist(plan->targetlist);

        plan = planner__make_limit(root, plan);
        plan->targetlist = names;
    }
    return plan;
}
