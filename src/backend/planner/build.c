/*
 * build.c - plan nodes from chosen paths
 *
 * Invariants BU1. A node's target list names its columns by the query's own Vars; setrefs.c turns
 *                 them into references to children once the whole tree stands.
 */
#include "planner_int.h"

static Plan *build(PlannerInfo *root, Path *path);

List *
planner__exprs_of(List *clauses)
{
    List *exprs = NIL;
    ListCell *cell;

    foreach (cell, clauses)
        exprs = lappend(exprs, ((Clause *) lfirst(cell))->expr);
    return exprs;
}

void
planner__copy_costs(Plan *plan, const Plan *child)
{
    plan->startup_cost = child->startup_cost;
    plan->total_cost = child->total_cost;
    plan->plan_rows = child->plan_rows;
    plan->plan_width = child->plan_width;
}

static void
take_costs(Plan *plan, Path *path)
{
    plan->startup_cost = path->startup_cost;
    plan->total_cost = path->total_cost;
    plan->plan_rows = path->rows;
    plan->plan_width = path->rel->width;
}

static List *
tlist_of_vars(List *vars)
{
    List *tlist = NIL;
    ListCell *cell;
    AttrNumber resno = 1;

    foreach (cell, vars)
        tlist = lappend(tlist, makeTargetEntry(copyObject(lfirst(cell)), resno++, NULL, false));
    return tlist;
}

/* Cheap conditions first, so that dear ones see fewer rows. */
static List *
ordered_quals(List *exprs)
{
    List *cheap = NIL, *dear = NIL;
    ListCell *cell;

    foreach (cell, exprs) {
        if (planner__eval_cost(lfirst(cell)) > 20 * cpu_operator_cost ||
            planner__has_subplan(lfirst(cell)))
            dear = lappend(dear, lfirst(cell));
        else
            cheap = lappend(cheap, lfirst(cell));
    }
    return list_concat(cheap, dear);
}

static List *
scan_quals(PlannerInfo *root, Path *path)
{
    List *exprs = planner__exprs_of(list_concat_copy(path->rel->restricts, path->clauses));

    exprs = ordered_quals(exprs);
    return (List *) planner__replace_nestloop_params(root, (Node *) exprs);
}

static void
start_scan(PlannerInfo *root, Scan *scan, Path *path)
{
    scan->scanrelid = path->rel->relid;
    scan->plan.targetlist = tlist_of_vars(path->rel->vars);
    scan->plan.qual = scan_quals(root, path);
    take_costs(&scan->plan, path);
}

/* ---- index conditions: the key side becomes INDEX_VAR ---- */

static Node *
index_var(IndexInfo *index, int column)
{
    TargetEntry *entry = list_nth(index->tlist, column);

    return (Node *) makeVar(INDEX_VAR, (AttrNumber) (column + 1),
                            exprType((Node *) entry->expr), exprTypmod((Node *) entry->expr),
                            exprCollation((Node *) entry->expr), 0);
}

static Node *
index_clause_expr(PlannerInfo *root, IndexInfo *index, IndexClause *clause)
{
    Node *expr = copyObject((Node *) clause->expr);

    expr = planner__replace_nestloop_params(root, expr);
    switch (nodeTag(expr)) {
    case T_OpExpr:
        linitial(((OpExpr *) expr)->args) = index_var(index, clause->column);
        break;
    case T_ScalarArrayOpExpr:
        linitial(((ScalarArrayOpExpr *) expr)->args) = index_var(index, clause->column);
        break;
    case T_NullTest:
        ((NullTest *) expr)->arg = (Expr *) index_var(index, clause->column);
        break;
    default:
        break;
    }
    return expr;
}

static void
index_quals(PlannerInfo *root, Path *path, List **ret_quals, List **ret_original)
{
    List *originals = NIL;
    ListCell *cell;

    *ret_quals = NIL;
    foreach (cell, path->index_clauses) {
        IndexClause *clause = lfirst(cell);

        *ret_quals = lappend(*ret_quals, index_clause_expr(root, path->index, clause));
        originals = list_append_unique_ptr(
            originals, clause->lossy ? (void *) clause->expr : (void *) clause->clause->expr);
    }
    *ret_original = (List *) planner__replace_nestloop_params(root, (Node *) originals);
}

/* Conditions the index has answered exactly need not be tested again. */
static List *
quals_beyond_index(PlannerInfo *root, Path *path)
{
    List *all = list_concat_copy(path->rel->restricts, path->clauses), *rest = NIL;
    ListCell *cell, *inner;

    foreach (cell, all) {
        bool answered = false;

        foreach (inner, path->index_clauses) {
            IndexClause *clause = lfirst(inner);

            answered = answered || (clause->clause == lfirst(cell) && !clause->lossy);
        }
        if (path->index->predicate_ok &&
            list_member(path->index->predicate, ((Clause *) lfirst(cell))->expr))
            answered = true;
        if (!answered)
            rest = lappend(rest, ((Clause *) lfirst(cell))->expr);
    }
    rest = ordered_quals(rest);
    return (List *) planner__replace_nestloop_params(root, (Node *) rest);
}

static Plan *
build_index_scan(PlannerInfo *root, Path *path)
{
    if (path->kind == PATH_INDEXONLYSCAN) {
        IndexOnlyScan *scan = makeNode(IndexOnlyScan);

        start_scan(root, &scan->scan, path);
        scan->scan.plan.qual = quals_beyond_index(root, path);
        scan->indexid = path->index->oid;
        index_quals(root, path, &scan->indexqual, &scan->recheckqual);
        scan->indextlist = copyObject(path->index->tlist);
        scan->indexorderdir = path->direction;
        return &scan->scan.plan;
    }

    IndexScan *scan = makeNode(IndexScan);

    start_scan(root, &scan->scan, path);
    scan->scan.plan.qual = quals_beyond_index(root, path);
    scan->indexid = path->index->oid;
    index_quals(root, path, &scan->indexqual, &scan->indexqualorig);
    scan->indexorderdir = path->direction;
    return &scan->scan.plan;
}

static Plan *
build_bitmap_arm(PlannerInfo *root, Path *arm)
{
    BitmapIndexScan *scan = makeNode(BitmapIndexScan);

    scan->scan.scanrelid = arm->rel->relid;
    scan->indexid = arm->index->oid;
    index_quals(root, arm, &scan->indexqual, &scan->indexqualorig);
    take_costs(&scan->scan.plan, arm);
    scan->scan.plan.plan_width = 0;
    scan->scan.plan.startup_cost = 0;
    return &scan->scan.plan;
}

static Plan *
build_bitmap_scan(PlannerInfo *root, Path *path)
{
    BitmapHeapScan *scan = makeNode(BitmapHeapScan);
    List *arms = NIL, *originals = NIL, *or_arms = NIL;
    ListCell *cell;
    Plan *below;

    start_scan(root, &scan->scan, path);
    foreach (cell, path->bitmaps) {
        Plan *arm = build_bitmap_arm(root, lfirst(cell));
        List *quals = ((BitmapIndexScan *) arm)->indexqualorig;

        arms = lappend(arms, arm);
        if (path->bitmap_or)
            or_arms = lappend(or_arms, make_ands_explicit(copyObject(quals)));
        else
            originals = list_concat(originals, copyObject(quals));
    }
    if (path->bitmap_or)
        originals = list_make1(make_orclause(or_arms));
    if (list_length(arms) == 1) {
        below = linitial(arms);
        if (path->clauses == NIL || true)
            scan->scan.plan.qual =
                quals_beyond_index(root, &(Path){.kind = path->kind,
                                                 .rel = path->rel,
                                                 .clauses = path->clauses,
                                                 .index = ((Path *) linitial(path->bitmaps))->index,
                                                 .index_clauses =
                                                     ((Path *) linitial(path->bitmaps))
                                                         ->index_clauses});
    } else if (path->bitmap_or) {
        BitmapOr *node = makeNode(BitmapOr);

        node->bitmapplans = arms;
        below = &node->plan;
        planner__copy_costs(below, linitial(arms));
    } else {
        BitmapAnd *node = makeNode(BitmapAnd);

        node->bitmapplans = arms;
        below = &node->plan;
        planner__copy_costs(below, linitial(arms));
    }
    scan->bitmapqualorig = originals;
    scan->scan.plan.lefttree = below;
    return &scan->scan.plan;
}

/* ---- other scans ---- */

static Plan *
build_subquery_scan(PlannerInfo *root, Path *path)
{
    SubqueryScan *scan = makeNode(SubqueryScan);
    ListCell *cell;

    start_scan(root, &scan->scan, path);
    scan->subplan = path->rel->values_dummy;
    /* LATERAL inputs are set by the nested loop that gives the rows they come from. */
    foreach (cell, path->rel->subplan_params) {
        PlannerParam *param = lfirst(cell);
        NestLoopParam *nest = makeNode(NestLoopParam);

        if (!IsA(param->item, Var))
            ereport(ERROR, (errcode(ERRCODE_FEATURE_NOT_SUPPORTED),
                            errmsg("aggregates as LATERAL inputs are not supported")));
        nest->paramno = param->param_id;
        nest->paramval = (Var *) param->item;
        root->cur_outer_params = lappend(root->cur_outer_params, nest);
    }
    return &scan->scan.plan;
}

static PlannerInfo *
owner_of_cte(PlannerInfo *root, RangeTblEntry *rte)
{
    PlannerInfo *owner = root;

    for (Index i = rte->ctelevelsup; i > 0; i--)
        owner = owner->parent;
    return owner;
}

static Plan *
build_cte_scan(PlannerInfo *root, Path *path)
{
    CteScan *scan = makeNode(CteScan);
    RangeTblEntry *rte = path->rel->rte;
    PlannerInfo *owner = owner_of_cte(root, rte);
    int index = 0;
    ListCell *cell;

    foreach (cell, owner->parse->cteList) {
        if (strcmp(((CommonTableExpr *) lfirst(cell))->ctename, rte->ctename) == 0)
            break;
        index++;
    }
    start_scan(root, &scan->scan, path);
    scan->ctePlanId = list_nth_int(owner->cte_plan_ids, index);
    foreach (cell, owner->init_plans) {
        SubPlan *subplan = lfirst(cell);

        if (subplan->plan_id == scan->ctePlanId)
            scan->cteParam = linitial_int(subplan->setParam);
    }
    return &scan->scan.plan;
}

static Plan *
build_worktable_scan(PlannerInfo *root, Path *path)
{
    WorkTableScan *scan = makeNode(WorkTableScan);
    /* one level above the WITH's own is the recursive union's */
    PlannerInfo *owner = root;

    while (owner && owner->wt_param < 0)
        owner = owner->parent;
    if (!owner)
        ereport(ERROR, (errmsg_internal("could not find the recursive union")));
    start_scan(root, &scan->scan, path);
    scan->wtParam = owner->wt_param;
    return &scan->scan.plan;
}

static Plan *
build_scan(PlannerInfo *root, Path *path)
{
    RangeTblEntry *rte = path->rel->rte;

    switch (path->kind) {
    case PATH_SEQSCAN: {
        SeqScan *scan = makeNode(SeqScan);

        start_scan(root, &scan->scan, path);
        return &scan->scan.plan;
    }
    case PATH_TIDSCAN: {
        TidScan *scan = makeNode(TidScan);

        start_scan(root, &scan->scan, path);
        scan->tidquals = path->tid_quals;
        scan->scan.plan.qual = list_difference(scan->scan.plan.qual, path->tid_quals);
        return &scan->scan.plan;
    }
    case PATH_FUNCTIONSCAN: {
        FunctionScan *scan = makeNode(FunctionScan);

        start_scan(root, &scan->scan, path);
        scan->functions = (List *) planner__replace_nestloop_params(
            root, (Node *) copyObject(rte->functions));
        scan->funcordinality = rte->funcordinality;
        return &scan->scan.plan;
    }
    case PATH_VALUESSCAN: {
        ValuesScan *scan = makeNode(ValuesScan);

        start_scan(root, &scan->scan, path);
        scan->values_lists = (List *) planner__replace_nestloop_params(
            root, (Node *) copyObject(rte->values_lists));
        return &scan->scan.plan;
    }
    case PATH_CTESCAN:
        return build_cte_scan(root, path);
    case PATH_WORKTABLESCAN:
        return build_worktable_scan(root, path);
    case PATH_SUBQUERYSCAN:
        return build_subquery_scan(root, path);
    case PATH_BITMAPSCAN:
        return build_bitmap_scan(root, path);
    case PATH_INDEXSCAN:
    case PATH_INDEXONLYSCAN:
        return build_index_scan(root, path);
    default: {
        Result *result = makeNode(Result);

        result->plan.targetlist = tlist_of_vars(path->rel->vars);
        result->plan.qual = scan_quals(root, path);
        take_costs(&result->plan, path);
        return &result->plan;
    }
    }
}

/* ---- joins ---- */

/* The parameters that rows of these relations give are set by this join. */
static List *
take_nest_params(PlannerInfo *root, Relids outer)
{
    List *taken = NIL, *rest = NIL;
    ListCell *cell;

    foreach (cell, root->cur_outer_params) {
        NestLoopParam *param = lfirst(cell);

        if (bms_is_member(param->paramval->varno, outer)) {
            bool known = false;
            ListCell *inner;

            foreach (inner, taken)
                known = known || ((NestLoopParam *) lfirst(inner))->paramno == param->paramno;
            if (!known) {
                NestLoopParam *copy = makeNode(NestLoopParam);

                copy->paramno = param->paramno;
                copy->paramval = copyObject(param->paramval);
                taken = lappend(taken, copy);
            }
        } else {
            rest = lappend(rest, param);
        }
    }
    root->cur_outer_params = rest;
    return taken;
}

static List *
join_tlist(Plan *outer, Plan *inner, JoinType jointype)
{
    List *vars = NIL;
    ListCell *cell;

    foreach (cell, outer->targetlist)
        vars = lappend(vars, ((TargetEntry *) lfirst(cell))->expr);
    if (jointype != JOIN_SEMI && jointype != JOIN_ANTI)
        foreach (cell, inner->targetlist)
            vars = lappend(vars, ((TargetEntry *) lfirst(cell))->expr);
    return tlist_of_vars(vars);
}

static void
start_join(PlannerInfo *root, Join *join, Path *path, Plan *outer, Plan *inner)
{
    List *quals = ordered_quals(planner__exprs_of(path->clauses));
    List *filter = ordered_quals(planner__exprs_of(path->filter));

    join->jointype = path->jointype;
    join->plan.lefttree = outer;
    join->plan.righttree = inner;
    join->plan.targetlist = join_tlist(outer, inner, path->jointype);
    if (path->jointype == JOIN_INNER) {
        join->plan.qual = NIL;
        join->joinqual = list_concat(quals, filter);
    } else {
        join->joinqual = quals;
        join->plan.qual = filter;
    }
    join->joinqual = (List *) planner__replace_nestloop_params(root, (Node *) join->joinqual);
    join->plan.qual = (List *) planner__replace_nestloop_params(root, (Node *) join->plan.qual);
    take_costs(&join->plan, path);
}

static Plan *
build_nestloop(PlannerInfo *root, Path *path)
{
    NestLoop *join = makeNode(NestLoop);
    Relids saved = root->cur_outer_rels;
    Plan *outer = build(root, path->outer), *inner;

    root->cur_outer_rels = bms_union(saved, path->outer->rel->relids);
    inner = build(root, path->inner);
    root->cur_outer_rels = saved;
    join->nestParams = take_nest_params(root, path->outer->rel->relids);
    start_join(root, &join->join, path, outer, inner);
    return &join->join.plan;
}

/* The clause with its outer side on the left. */
static OpExpr *
oriented(Clause *clause, Relids outer)
{
    OpExpr *op = copyObject((OpExpr *) clause->expr);

    if (bms_is_subset(clause->left_relids, outer))
        return op;
    op->opno = get_commutator(op->opno);
    op->opfuncid = get_opcode(op->opno);
    op->args = list_make2(lsecond(op->args), linitial(op->args));
    return op;
}

static Plan *
build_hashjoin(PlannerInfo *root, Path *path)
{
    HashJoin *join = makeNode(HashJoin);
    Hash *hash = makeNode(Hash);
    Plan *outer = build(root, path->outer), *inner = build(root, path->inner);
    ListCell *cell;

    foreach (cell, path->hash_clauses) {
        OpExpr *op = oriented(lfirst(cell), path->outer->rel->relids);

        join->hashclauses = lappend(join->hashclauses, op);
        join->hashoperators = lappend_oid(join->hashoperators, op->opno);
        join->hashcollations = lappend_oid(join->hashcollations, op->inputcollid);
        join->hashkeys = lappend(join->hashkeys, copyObject(linitial(op->args)));
        hash->hashkeys = lappend(hash->hashkeys, copyObject(lsecond(op->args)));
    }
    hash->plan.lefttree = inner;
    hash->plan.targetlist = copyObject(inner->targetlist);
    hash->rows_total = inner->plan_rows;
    planner__copy_costs(&hash->plan, inner);
    hash->plan.startup_cost = inner->total_cost;
    start_join(root, &join->join, path, outer, &hash->plan);
    return &join->join.plan;
}

static Plan *
build_mergejoin(PlannerInfo *root, Path *path)
{
    MergeJoin *join = makeNode(MergeJoin);
    Plan *outer = build(root, path->outer), *inner = build(root, path->inner);
    int count = list_length(path->merge_clauses), i = 0;
    ListCell *cell;

    if (path->outer_order != NIL)
        outer = planner__make_sort(outer, path->outer_order, -1);
    if (path->inner_order != NIL)
        inner = planner__make_sort(inner, path->inner_order, -1);
    join->mergeClauseCount = count;
    join->mergeFamilies = palloc(sizeof(Oid) * (Size) count);
    join->mergeCollations = palloc(sizeof(Oid) * (Size) count);
    join->mergeStrategies = palloc(sizeof(int) * (Size) count);
    join->mergeNullsFirst = palloc0(sizeof(bool) * (Size) count);
    foreach (cell, path->merge_clauses) {
        OpExpr *op = oriented(lfirst(cell), path->outer->rel->relids);

        join->mergeclauses = lappend(join->mergeclauses, op);
        join->mergeFamilies[i] = linitial_oid(get_mergejoin_opfamilies(op->opno));
        join->mergeCollations[i] = op->inputcollid;
        join->mergeStrategies[i] = 1;
        i++;
    }
    if (!IsA(inner, Sort) && !IsA(inner, Material)) {
        Material *material = makeNode(Material); /* so that it can go back to equal rows */

        material->plan.lefttree = inner;
        material->plan.targetlist = copyObject(inner->targetlist);
        planner__copy_costs(&material->plan, inner);
        inner = &material->plan;
    }
    start_join(root, &join->join, path, outer, inner);
    return &join->join.plan;
}

static Plan *
build(PlannerInfo *root, Path *path)
{
    switch (path->kind) {
    case PATH_NESTLOOP:
        return build_nestloop(root, path);
    case PATH_HASHJOIN:
        return build_hashjoin(root, path);
    case PATH_MERGEJOIN:
        return build_mergejoin(root, path);
    case PATH_MATERIAL: {
        Material *material = makeNode(Material);
        Plan *child = build(root, path->outer);

        material->plan.lefttree = child;
        material->plan.targetlist = copyObject(child->targetlist);
        take_costs(&material->plan, path);
        return &material->plan;
    }
    default:
        return build_scan(root, path);
    }
}

Plan *
planner__build(PlannerInfo *root, Path *path)
{
    return build(root, path);
}

/* ---- nodes that upper.c and setop code need too ---- */

Plan *
planner__make_result(List *tlist, Node *constant_qual, Plan *child)
{
    Result *result = makeNode(Result);

    result->plan.targetlist = tlist;
    result->plan.lefttree = child;
    result->resconstantqual = constant_qual;
    if (child) {
        planner__copy_costs(&result->plan, child);
        result->plan.total_cost += cpu_tuple_cost * child->plan_rows;
    } else {
        result->plan.plan_rows = 1;
        result->plan.total_cost = cpu_tuple_cost + planner__eval_cost((Node *) tlist);
    }
    return &result->plan;
}

/* The child's column that computes the expression; a new junk column if there is none. */
static AttrNumber
column_for(Plan *child, Expr *expr)
{
    TargetEntry *entry = tlist_member(expr, child->targetlist);

    if (entry)
        return entry->resno;
    if (!IsA(child, Result) && !IsA(child, SeqScan) && !IsA(child, IndexScan) &&
        !IsA(child, BitmapHeapScan) && !IsA(child, NestLoop) && !IsA(child, HashJoin) &&
        !IsA(child, MergeJoin) && !IsA(child, FunctionScan) && !IsA(child, ValuesScan) &&
        !IsA(child, CteScan) && !IsA(child, SubqueryScan) && !IsA(child, IndexOnlyScan))
        ereport(ERROR, (errmsg_internal("could not find sort column in target list")));

    AttrNumber resno = (AttrNumber) (list_length(child->targetlist) + 1);

    child->targetlist =
        lappend(child->targetlist, makeTargetEntry(copyObject(expr), resno, NULL, true));
    return resno;
}

Plan *
planner__make_sort(Plan *child, List *keys, double limit)
{
    Sort *sort = makeNode(Sort);
    int count = list_length(keys), i = 0;
    ListCell *cell;

    sort->sortColIdx = palloc(sizeof(AttrNumber) * (Size) count);
    sort->sortOperators = palloc(sizeof(Oid) * (Size) count);
    sort->collations = palloc(sizeof(Oid) * (Size) count);
    sort->nullsFirst = palloc(sizeof(bool) * (Size) count);
    foreach (cell, keys) {
        OrderKey *key = lfirst(cell);
        AttrNumber column = column_for(child, key->expr);
        bool repeated = false;

        for (int k = 0; k < i; k++)
            repeated = repeated || sort->sortColIdx[k] == column;
        if (repeated)
            continue;
        sort->sortColIdx[i] = column;
        sort->sortOperators[i] = key->sortop;
        sort->collations[i] = key->collation;
        sort->nullsFirst[i] = key->nulls_first;
        i++;
    }
    sort->numCols = i;
    sort->plan.lefttree = child;
    sort->plan.targetlist = copyObject(child->targetlist);
    planner__copy_costs(&sort->plan, child);
    planner__cost_sort(child->plan_rows, child->plan_width, limit, child->total_cost,
                       &sort->plan.startup_cost, &sort->plan.total_cost);
    return &sort->plan;
}
