/*
 * upper.c - what comes after FROM and WHERE: groups, windows, DISTINCT, ORDER BY, LIMIT
 *
 * Why        Each step takes the plan below and adds a node on top. Target lists grow from the
 *            bottom: a step computes what it needs, and later steps name the same expressions,
 *            which setrefs.c finds in the child's target list.
 */
#include "planner_int.h"

#include <math.h>

typedef struct Upper {
    PlannerInfo *root;
    Plan *plan;
    List *order; /* OrderKey: how the rows come */
} Upper;

/* ---- small things ---- */

static List *
add_to_tlist(List *tlist, Node *expr, Index sortgroupref)
{
    TargetEntry *entry = tlist_member((Expr *) expr, tlist);

    if (!entry) {
        entry = makeTargetEntry(copyObject((Expr *) expr),
                                (AttrNumber) (list_length(tlist) + 1), NULL, false);
        tlist = lappend(tlist, entry);
    }
    if (sortgroupref && !entry->ressortgroupref)
        entry->ressortgroupref = sortgroupref;
    return tlist;
}

OrderKey *
planner__key_of_clause(SortGroupClause *clause, List *tlist)
{
    OrderKey *key = palloc0(sizeof *key);

    key->expr = (Expr *) get_sortgroupclause_expr(clause, tlist);
    key->sortop = clause->sortop;
    key->nulls_first = clause->nulls_first;
    key->collation = exprCollation((Node *) key->expr);
    return key;
}

static List *
order_of_clauses(List *clauses, List *tlist)
{
    List *order = NIL;
    ListCell *cell, *inner;

    foreach (cell, clauses) {
        OrderKey *key = planner__key_of_clause(lfirst(cell), tlist);
        bool known = false;

        foreach (inner, order)
            known = known || equal(((OrderKey *) lfirst(inner))->expr, key->expr);
        if (!known && key->sortop)
            order = lappend(order, key);
    }
    return order;
}

static void
sort_if_needed(Upper *upper, List *order, double limit)
{
    if (order == NIL || planner__order_satisfies(upper->order, order))
        return;
    upper->plan = planner__make_sort(upper->plan, order, limit);
    upper->order = order;
}

bool
planner__all_hashable(List *clauses)
{
    ListCell *cell;

    foreach (cell, clauses)
        if (!((SortGroupClause *) lfirst(cell))->hashable)
            return false;
    return true;
}

static bool
all_sortable(List *clauses)
{
    ListCell *cell;

    foreach (cell, clauses)
        if (!((SortGroupClause *) lfirst(cell))->sortop)
            return false;
    return true;
}

static void
group_columns(List *clauses, List *tlist, Plan *child, int *ret_count, AttrNumber **ret_columns,
              Oid **ret_operators, Oid **ret_collations)
{
    int count = list_length(clauses), i = 0;
    ListCell *cell;

    *ret_columns = palloc(sizeof(AttrNumber) * (Size) Max(count, 1));
    *ret_operators = palloc(sizeof(Oid) * (Size) Max(count, 1));
    *ret_collations = palloc(sizeof(Oid) * (Size) Max(count, 1));
    foreach (cell, clauses) {
        SortGroupClause *clause = lfirst(cell);
        Expr *expr = (Expr *) get_sortgroupclause_expr(clause, tlist);
        TargetEntry *entry = tlist_member(expr, child->targetlist);

        if (!entry)
            ereport(ERROR, (errmsg_internal("could not find group column in target list")));
        (*ret_columns)[i] = entry->resno;
        (*ret_operators)[i] = clause->eqop;
        (*ret_collations)[i] = exprCollation((Node *) expr);
        i++;
    }
    *ret_count = i;
}

/* The child's rows must carry these expressions: a projection is put on top where they are not. */
static Plan *
project(Plan *child, List *tlist)
{
    switch (nodeTag(child)) {
    case T_Sort: case T_Material: case T_Unique: case T_Limit: case T_LockRows: case T_SetOp:
    case T_Append: case T_RecursiveUnion: case T_Hash: case T_ModifyTable: case T_ProjectSet:
        return planner__make_result(tlist, NULL, child);
    default:
        child->targetlist = tlist;
        return child;
    }
}

static bool
tlist_has_all(List *tlist, List *exprs)
{
    ListCell *cell;

    foreach (cell, exprs)
        if (!tlist_member(lfirst(cell), tlist))
            return false;
    return true;
}

/* ---- aggregation ---- */

typedef struct AggContext {
    List *transitions; /* Aggref: one per distinct call */
} AggContext;

/* The state's type; a polymorphic one is the type of the argument declared so. */
static Oid
transition_type(Aggref *agg, Oid declared)
{
    const ProcInfo *proc = catalog_proc(agg->aggfnoid);
    int i = 0;
    ListCell *cell;

    if (get_typtype(declared) != TYPTYPE_PSEUDO || declared == INTERNALOID)
        return declared;
    foreach (cell, agg->aggargtypes) {
        if (i < proc->pronargs && proc->proargtypes[i] == declared)
            return lfirst_oid(cell);
        i++;
    }
    return agg->aggtype;
}

/* Numbers each aggregate call; equal calls share a number. */
static bool
number_aggs(Node *node, AggContext *context)
{
    if (node == NULL)
        return false;
    if (IsA(node, Aggref)) {
        Aggref *agg = (Aggref *) node;
        int number = 0;
        ListCell *cell;

        if (agg->agglevelsup > 0)
            return false;
        foreach (cell, context->transitions) {
            if (equal(lfirst(cell), agg) && !planner__is_volatile((Node *) agg))
                break;
            number++;
        }
        if (number == list_length(context->transitions))
            context->transitions = lappend(context->transitions, agg);
        agg->aggno = agg->aggtransno = number;

        const AggregateInfo *info = catalog_aggregate(agg->aggfnoid);

        agg->aggtranstype = transition_type(agg, info->aggtranstype);
        return false;
    }
    return expression_tree_walker(node, number_aggs, context);
}

/* What the aggregation's input must give: grouping expressions, and columns of the rest. */
static List *
aggregation_input(PlannerInfo *root)
{
    Query *parse = root->parse;
    List *tlist = NIL;
    ListCell *cell;

    foreach (cell, parse->groupClause) {
        SortGroupClause *clause = lfirst(cell);

        tlist = add_to_tlist(tlist, get_sortgroupclause_expr(clause, root->processed_tlist),
                             clause->tleSortGroupRef);
    }
    foreach (cell, planner__columns_of((Node *) root->processed_tlist))
        tlist = add_to_tlist(tlist, lfirst(cell), 0);
    foreach (cell, planner__columns_of(parse->havingQual))
        tlist = add_to_tlist(tlist, lfirst(cell), 0);
    return tlist;
}

/* What it gives: grouping expressions and aggregates that anything above uses. */
static List *
aggregation_output(PlannerInfo *root)
{
    Query *parse = root->parse;
    List *tlist = NIL;
    ListCell *cell;

    foreach (cell, parse->groupClause) {
        SortGroupClause *clause = lfirst(cell);

        tlist = add_to_tlist(tlist, get_sortgroupclause_expr(clause, root->processed_tlist),
                             clause->tleSortGroupRef);
    }
    foreach (cell, root->processed_tlist) {
        Node *expr = (Node *) ((TargetEntry *) lfirst(cell))->expr;
        ListCell *inner;

        /* parts that are grouping expressions stay whole */
        if (tlist_member((Expr *) expr, tlist))
            continue;
        foreach (inner, planner__vars_of(expr))
            tlist = add_to_tlist(tlist, lfirst(inner), 0);
    }
    foreach (cell, root->plan_params) {
        PlannerParam *param = lfirst(cell);
        ListCell *inner;

        foreach (inner, planner__vars_of(param->item))
            tlist = add_to_tlist(tlist, lfirst(inner), 0);
    }
    return tlist;
}

/* Window calls contain aggregates: those are the aggregation's, not the call itself. */
static List *
without_window_calls(PlannerInfo *root, List *tlist)
{
    List *result = NIL;
    ListCell *cell, *inner;

    foreach (cell, tlist) {
        TargetEntry *entry = lfirst(cell);

        if (!IsA(entry->expr, WindowFunc)) {
            result = add_to_tlist(result, (Node *) entry->expr, entry->ressortgroupref);
            continue;
        }

        WindowFunc *call = (WindowFunc *) entry->expr;

        foreach (inner, planner__vars_of((Node *) call->args))
            result = add_to_tlist(result, lfirst(inner), 0);
        foreach (inner, planner__vars_of((Node *) call->aggfilter))
            result = add_to_tlist(result, lfirst(inner), 0);
    }
    return result;
}

static void
add_aggregation(Upper *upper)
{
    PlannerInfo *root = upper->root;
    Query *parse = root->parse;
    AggContext context = {NIL};
    List *input = aggregation_input(root);
    Agg *agg = makeNode(Agg);
    double groups = 1, input_rows = upper->plan->plan_rows;
    bool can_hash = planner__all_hashable(parse->groupClause) && enable_hashagg;
    bool can_sort = all_sortable(parse->groupClause);
    List *order;

    if (parse->groupingSets)
        ereport(ERROR, (errcode(ERRCODE_FEATURE_NOT_SUPPORTED),
                        errmsg("GROUPING SETS, CUBE and ROLLUP are not supported")));
    number_aggs((Node *) root->processed_tlist, &context);
    number_aggs(parse->havingQual, &context);
    upper->plan = project(upper->plan, input);
    order = order_of_clauses(parse->groupClause, root->processed_tlist);
    if (parse->groupClause) {
        groups = planner__group_count(
            root, get_sortgrouplist_exprs(parse->groupClause, root->processed_tlist), input_rows);
        if (!can_hash && !can_sort)
            ereport(ERROR, (errcode(ERRCODE_FEATURE_NOT_SUPPORTED),
                            errmsg("could not implement GROUP BY"),
                            errdetail("Some of the datatypes only support hashing, while others "
                                      "only support sorting.")));
    }

    bool sorted_already = planner__order_satisfies(upper->order, order) && order != NIL;
    Cost sort_startup = 0, sort_total = upper->plan->total_cost;

    if (!sorted_already)
        planner__cost_sort(input_rows, upper->plan->plan_width, -1, upper->plan->total_cost,
                           &sort_startup, &sort_total);

    bool hash = parse->groupClause && can_hash && (!sorted_already || !can_sort) &&
                (!can_sort || sort_total > upper->plan->total_cost);

    if (parse->groupClause && !hash)
        sort_if_needed(upper, order, -1);
    agg->aggstrategy = !parse->groupClause ? AGG_PLAIN : hash ? AGG_HASHED : AGG_SORTED;
    agg->aggsplit = AGGSPLIT_SIMPLE;
    agg->numGroups = (long) Min(groups, (double) LONG_MAX);
    group_columns(parse->groupClause, root->processed_tlist, upper->plan, &agg->numCols,
                  &agg->grpColIdx, &agg->grpOperators, &agg->grpCollations);
    agg->plan.lefttree = upper->plan;
    agg->plan.targetlist = without_window_calls(root, aggregation_output(root));
    agg->plan.qual = planner__qual_list(parse->havingQual);

    Cost work = cpu_operator_cost * (agg->numCols + list_length(context.transitions)) * input_rows;

    agg->plan.plan_rows = planner__clamp_rows(
        groups * planner__list_selectivity(root, agg->plan.qual, JOIN_INNER));
    agg->plan.plan_width = 8 * list_length(agg->plan.targetlist);
    agg->plan.startup_cost = hash || agg->aggstrategy == AGG_PLAIN
                                 ? upper->plan->total_cost + work
                                 : upper->plan->startup_cost;
    agg->plan.total_cost = upper->plan->total_cost + work + cpu_tuple_cost * groups;
    upper->plan = &agg->plan;
    upper->order = agg->aggstrategy == AGG_SORTED ? order : NIL;
}

/* ---- windows ---- */

typedef struct WindowCalls {
    Index winref;
    List *calls;
} WindowCalls;

static bool
find_window_calls(Node *node, WindowCalls *context)
{
    if (node == NULL)
        return false;
    if (IsA(node, WindowFunc)) {
        if (((WindowFunc *) node)->winref == context->winref)
            context->calls = list_append_unique(context->calls, node);
        return false;
    }
    return expression_tree_walker(node, find_window_calls, context);
}

static void
key_arrays(List *order, Plan *child, int *ret_count, AttrNumber **ret_columns, Oid **ret_operators,
           Oid **ret_collations)
{
    int i = 0;
    ListCell *cell;

    *ret_columns = palloc(sizeof(AttrNumber) * (Size) Max(list_length(order), 1));
    *ret_operators = palloc(sizeof(Oid) * (Size) Max(list_length(order), 1));
    *ret_collations = palloc(sizeof(Oid) * (Size) Max(list_length(order), 1));
    foreach (cell, order) {
        OrderKey *key = lfirst(cell);
        bool reverse;

        (*ret_columns)[i] = tlist_member(key->expr, child->targetlist)->resno;
        (*ret_operators)[i] = get_equality_op_for_ordering_op(key->sortop, &reverse);
        (*ret_collations)[i] = key->collation;
        i++;
    }
    *ret_count = i;
}

static void
add_window(Upper *upper, WindowClause *clause, List *calls)
{
    PlannerInfo *root = upper->root;
    WindowAgg *window = makeNode(WindowAgg);
    List *partition = order_of_clauses(clause->partitionClause, root->processed_tlist);
    List *ordering = order_of_clauses(clause->orderClause, root->processed_tlist);
    List *order = list_copy(partition), *tlist;
    ListCell *cell, *inner;

    foreach (cell, ordering) {
        bool known = false;

        foreach (inner, order)
            known = known || equal(((OrderKey *) lfirst(inner))->expr,
                                   ((OrderKey *) lfirst(cell))->expr);
        if (!known)
            order = lappend(order, lfirst(cell));
    }
    sort_if_needed(upper, order, -1);
    window->winref = clause->winref;
    key_arrays(partition, upper->plan, &window->partNumCols, &window->partColIdx,
               &window->partOperators, &window->partCollations);
    key_arrays(ordering, upper->plan, &window->ordNumCols, &window->ordColIdx,
               &window->ordOperators, &window->ordCollations);
    window->frameOptions = clause->frameOptions;
    window->startOffset = clause->startOffset;
    window->endOffset = clause->endOffset;
    window->startInRangeFunc = clause->startInRangeFunc;
    window->endInRangeFunc = clause->endInRangeFunc;
    window->inRangeColl = clause->inRangeColl;
    window->inRangeAsc = clause->inRangeAsc;
    window->inRangeNullsFirst = clause->inRangeNullsFirst;
    tlist = copyObject(upper->plan->targetlist);
    foreach (cell, calls)
        tlist = add_to_tlist(tlist, lfirst(cell), 0);
    window->plan.targetlist = tlist;
    window->plan.lefttree = upper->plan;
    planner__copy_costs(&window->plan, upper->plan);
    window->plan.total_cost +=
        cpu_operator_cost * (list_length(calls) + list_length(order)) * upper->plan->plan_rows;
    upper->plan = &window->plan;
}

static void
add_windows(Upper *upper)
{
    PlannerInfo *root = upper->root;
    List *input = copyObject(upper->plan->targetlist);
    ListCell *cell, *inner;
    bool grouped = root->parse->groupClause || root->parse->hasAggs;

    /* The rows below must carry every key and argument of every window. */
    if (!grouped)
        input = NIL;
    foreach (cell, root->parse->windowClause) {
        WindowClause *clause = lfirst(cell);

        foreach (inner, list_concat_copy(clause->partitionClause, clause->orderClause))
            input = add_to_tlist(
                input, get_sortgroupclause_expr(lfirst(inner), root->processed_tlist), 0);
    }
    foreach (cell, root->processed_tlist) {
        Node *expr = (Node *) ((TargetEntry *) lfirst(cell))->expr;

        foreach (inner, planner__vars_of(expr)) {
            Node *part = lfirst(inner);
            ListCell *third;

            if (!IsA(part, WindowFunc)) {
                input = add_to_tlist(input, part, 0);
                continue;
            }
            foreach (third, planner__vars_of((Node *) ((WindowFunc *) part)->args))
                input = add_to_tlist(input, lfirst(third), 0);
            foreach (third, planner__vars_of((Node *) ((WindowFunc *) part)->aggfilter))
                input = add_to_tlist(input, lfirst(third), 0);
        }
    }
    upper->plan = grouped ? planner__make_result(input, NULL, upper->plan)
                          : project(upper->plan, input);
    foreach (cell, root->parse->windowClause) {
        WindowClause *clause = lfirst(cell);
        WindowCalls calls = {clause->winref, NIL};

        find_window_calls((Node *) root->processed_tlist, &calls);
        if (calls.calls != NIL)
            add_window(upper, clause, calls.calls);
    }
}

/* ---- the final target list, set-returning functions ---- */

static void
add_final_tlist(Upper *upper)
{
    PlannerInfo *root = upper->root;
    List *tlist = root->processed_tlist;

    if (!root->parse->hasTargetSRFs) {
        if (IsA(upper->plan, Agg) || IsA(upper->plan, WindowAgg) ||
            IsA(upper->plan, SubqueryScan))
            upper->plan->targetlist = tlist;
        else
            upper->plan = project(upper->plan, tlist);
        return;
    }

    ProjectSet *set = makeNode(ProjectSet);
    List *input = NIL;
    ListCell *cell, *inner;

    /* Below: what the functions read; columns that return no set are computed above, too. */
    foreach (cell, tlist)
        foreach (inner, planner__vars_of((Node *) ((TargetEntry *) lfirst(cell))->expr))
            input = add_to_tlist(input, lfirst(inner), 0);
    if (!IsA(upper->plan, Agg) && !IsA(upper->plan, WindowAgg) &&
        !tlist_has_all(upper->plan->targetlist, NIL))
        upper->plan = project(upper->plan, input);
    set->plan.targetlist = tlist;
    set->plan.lefttree = upper->plan;
    planner__copy_costs(&set->plan, upper->plan);
    set->plan.plan_rows = upper->plan->plan_rows * 10;
    upper->plan = &set->plan;
}

/* ---- DISTINCT ---- */

static void
add_distinct(Upper *upper, bool order_matters)
{
    PlannerInfo *root = upper->root;
    Query *parse = root->parse;
    List *tlist = upper->plan->targetlist;
    List *order = order_of_clauses(parse->distinctClause, tlist);
    double groups = planner__group_count(
        root, get_sortgrouplist_exprs(parse->distinctClause, root->processed_tlist),
        upper->plan->plan_rows);
    bool hash = !parse->hasDistinctOn && planner__all_hashable(parse->distinctClause) && enable_hashagg &&
                !planner__order_satisfies(upper->order, order);

    if (hash) {
        Agg *agg = makeNode(Agg);

        agg->aggstrategy = AGG_HASHED;
        agg->numGroups = (long) Min(groups, (double) LONG_MAX);
        group_columns(parse->distinctClause, tlist, upper->plan, &agg->numCols, &agg->grpColIdx,
                      &agg->grpOperators, &agg->grpCollations);
        agg->plan.targetlist = copyObject(tlist);
        agg->plan.lefttree = upper->plan;
        agg->plan.plan_rows = groups;
        agg->plan.plan_width = upper->plan->plan_width;
        agg->plan.startup_cost = agg->plan.total_cost =
            upper->plan->total_cost + cpu_operator_cost * agg->numCols * upper->plan->plan_rows;
        agg->plan.total_cost += cpu_tuple_cost * groups;
        upper->plan = &agg->plan;
        upper->order = NIL;
        return;
    }
    if (!all_sortable(parse->distinctClause))
        ereport(ERROR, (errcode(ERRCODE_FEATURE_NOT_SUPPORTED),
                        errmsg("could not implement DISTINCT"),
                        errdetail("Some of the datatypes only support hashing, while others only "
                                  "support sorting.")));
    /* DISTINCT ON keeps the first row of each in the wanted order. */
    if (parse->hasDistinctOn && parse->sortClause) {
        List *wanted = order_of_clauses(parse->sortClause, tlist);

        if (list_length(wanted) >= list_length(order))
            order = wanted;
    }
    sort_if_needed(upper, order, -1);

    Unique *unique = makeNode(Unique);

    group_columns(parse->distinctClause, tlist, upper->plan, &unique->numCols,
                  &unique->uniqColIdx, &unique->uniqOperators, &unique->uniqCollations);
    unique->plan.targetlist = copyObject(tlist);
    unique->plan.lefttree = upper->plan;
    planner__copy_costs(&unique->plan, upper->plan);
    unique->plan.plan_rows = groups;
    unique->plan.total_cost += cpu_operator_cost * unique->numCols * upper->plan->plan_rows;
    upper->plan = &unique->plan;
}

/* ---- LIMIT ---- */

double
planner__constant_limit(Node *node, double otherwise)
{
    if (node && IsA(node, Const))
        return ((Const *) node)->constisnull ? otherwise
                                             : (double) DatumGetInt64(((Const *) node)->constvalue);
    return otherwise;
}

Plan *
planner__make_limit(PlannerInfo *root, Plan *child)
{
    Query *parse = root->parse;
    Limit *limit = makeNode(Limit);
    double offset = planner__constant_limit(parse->limitOffset, 0);
    double count = planner__constant_limit(parse->limitCount, child->plan_rows * 0.1);
    double rows = Max(1.0, Min(child->plan_rows - offset,
                               parse->limitCount ? count : child->plan_rows));
    Cost run = child->total_cost - child->startup_cost;

    limit->limitOffset = parse->limitOffset;
    limit->limitCount = parse->limitCount;
    limit->limitOption = parse->limitOption;
    if (parse->limitOption == LIMIT_OPTION_WITH_TIES)
        group_columns(parse->sortClause, child->targetlist, child, &limit->uniqNumCols,
                      &limit->uniqColIdx, &limit->uniqOperators, &limit->uniqCollations);
    limit->plan.targetlist = copyObject(child->targetlist);
    limit->plan.lefttree = child;
    limit->plan.plan_width = child->plan_width;
    limit->plan.plan_rows = rows;
    limit->plan.startup_cost =
        child->startup_cost + (child->plan_rows > 0 ? run * offset / child->plan_rows : 0);
    limit->plan.total_cost =
        child->startup_cost +
        (child->plan_rows > 0 ? run * Min(offset + rows, child->plan_rows) / child->plan_rows
                              : run);
    return &limit->plan;
}

bool
planner__limit_is_needed(Query *parse)
{
    if (parse->limitCount &&
        !(IsA(parse->limitCount, Const) && ((Const *) parse->limitCount)->constisnull))
        return true;
    return parse->limitOffset &&
           !(IsA(parse->limitOffset, Const) &&
             (((Const *) parse->limitOffset)->constisnull ||
              DatumGetInt64(((Const *) parse->limitOffset)->constvalue) == 0));
}

static void
add_lock_rows(Upper *upper)
{
    LockRows *lock = makeNode(LockRows);

    lock->rowMarks = upper->root->row_marks;
    lock->epqParam = planner__new_param(upper->root->glob, INTERNALOID);
    lock->plan.targetlist = copyObject(upper->plan->targetlist);
    lock->plan.lefttree = upper->plan;
    planner__copy_costs(&lock->plan, upper->plan);
    lock->plan.total_cost += cpu_tuple_cost * upper->plan->plan_rows;
    upper->plan = &lock->plan;
}

/* ---- choosing among the join tree's paths ---- */

static Path *
choose_path(PlannerInfo *root, Rel *rel, double fraction)
{
    Path *best = NULL;
    Cost best_cost = 0;
    ListCell *cell;

    foreach (cell, rel->paths) {
        Path *path = lfirst(cell);
        Cost cost = path->total_cost;
        bool ordered = root->order_wanted != NIL &&
                       planner__order_satisfies(path->order, root->order_wanted);

        if (!bms_is_empty(path->required_outer))
            continue;
        if (root->order_wanted != NIL && !ordered) {
            Cost startup, total;

            planner__cost_sort(path->rows, rel->width, root->limit_tuples, path->total_cost,
                               &startup, &total);
            cost = fraction < 1.0 ? startup + (total - startup) * fraction : total;
        } else if (fraction < 1.0) {
            cost = path->startup_cost + (path->total_cost - path->startup_cost) * fraction;
        }
        if (!best || cost < best_cost) {
            best = path;
            best_cost = cost;
        }
    }
    return best ? best : rel->cheapest;
}

/* The part of the join tree's rows that will be drawn. */
static double
wanted_fraction(PlannerInfo *root, Rel *rel)
{
    Query *parse = root->parse;
    double fraction = root->tuple_fraction;

    if (parse->groupClause || parse->hasAggs || parse->distinctClause || parse->windowClause)
        return 1.0;
    if (root->limit_tuples > 0)
        fraction = root->limit_tuples;
    if (fraction <= 0)
        return 1.0;
    return fraction >= 1.0 ? Min(1.0, fraction / Max(rel->rows, 1.0)) : fraction;
}

/* From the solved join tree to the finished plan of this level. */
Plan *
planner__finish(PlannerInfo *root, Rel *top)
{
    Query *parse = root->parse;
    Upper upper = {.root = root};
    List *final_order = order_of_clauses(parse->sortClause, root->processed_tlist);
    bool grouped = parse->groupClause || parse->hasAggs || parse->havingQual;

    if (top) {
        Path *path = choose_path(root, top, wanted_fraction(root, top));

        upper.order = path->order;
        upper.plan = planner__build(root, path);
    } else {
        upper.plan = planner__make_result(NIL, NULL, NULL);
        upper.plan->total_cost = 0;
    }
    if (root->append_tlists != NIL) { /* gating conditions */
        upper.plan = planner__make_result(upper.plan->targetlist, (Node *) root->append_tlists,
                                          IsA(upper.plan, Result) && !upper.plan->lefttree &&
                                                  !top
                                              ? NULL
                                              : upper.plan);
        root->append_tlists = NIL;
    }
    if (grouped)
        add_aggregation(&upper);
    if (parse->hasWindowFuncs)
        add_windows(&upper);

    /* ORDER BY on columns that are there already may be done before the target list. */
    bool presorted = final_order != NIL && planner__order_satisfies(upper.order, final_order);

    add_final_tlist(&upper);
    if (!presorted && !planner__order_satisfies(upper.order, final_order))
        upper.order = NIL;
    if (parse->distinctClause)
        add_distinct(&upper, final_order != NIL);
    if (final_order != NIL && !planner__order_satisfies(upper.order, final_order))
        sort_if_needed(&upper, final_order, root->limit_tuples);
    if (root->row_marks != NIL && parse->commandType == CMD_SELECT)
        add_lock_rows(&upper);
    if (planner__limit_is_needed(parse))
        upper.plan = planner__make_limit(root, upper.plan);
    return upper.plan;
}
