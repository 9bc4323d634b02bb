/*
 * parse_agg.c - aggregates and window functions: which level owns them, where they may stand, and
 * that ungrouped columns stay inside aggregates
 */
#include "parse_int.h"

#include "catalog/relcache.h"

/* ---- which level an aggregate belongs to ---------------------------------------------------------- */

typedef struct AggLevel {
    ParseState *pstate;
    int min_varlevel;
    int min_agglevel;
    int sublevels_up;
} AggLevel;

static bool
agg_level_walker(Node *node, AggLevel *context)
{
    if (node == NULL)
        return false;
    if (IsA(node, Var))
    {
        int level = (int) ((Var *) node)->varlevelsup - context->sublevels_up;

        if (level >= 0 && (context->min_varlevel < 0 || level < context->min_varlevel))
            context->min_varlevel = level;
        return false;
    }
    if (IsA(node, Aggref))
    {
        int level = (int) ((Aggref *) node)->agglevelsup - context->sublevels_up;

        if (level >= 0 && (context->min_agglevel < 0 || level < context->min_agglevel))
            context->min_agglevel = level;
        return false;
    }
    if (context->sublevels_up == 0)
    {
        if ((IsA(node, FuncExpr) && ((FuncExpr *) node)->funcretset) ||
            (IsA(node, OpExpr) && ((OpExpr *) node)->opretset))
            ereport(ERROR, (errcode(ERRCODE_FEATURE_NOT_SUPPORTED),
                            errmsg("aggregate function calls cannot contain set-returning function "
                                   "calls"),
                            errhint("You might be able to move the set-returning function into a "
                                    "LATERAL FROM item."),
                            parser_errposition(context->pstate, exprLocation(node))));
        if (IsA(node, WindowFunc))
            ereport(ERROR, (errcode(ERRCODE_GROUPING_ERROR),
                            errmsg("aggregate function calls cannot contain window function "
                                   "calls"),
                            parser_errposition(context->pstate, ((WindowFunc *) node)->location)));
    }
    if (IsA(node, Query))
    {
        bool result;

        context->sublevels_up++;
        result = query_tree_walker((Query *) node, agg_level_walker, context, 0);
        context->sublevels_up--;
        return result;
    }
    return expression_tree_walker(node, agg_level_walker, context);
}

static int
agg_level_of(ParseState *pstate, List *args, Expr *filter)
{
    AggLevel context = {pstate, -1, -1, 0};
    int level;

    agg_level_walker((Node *) args, &context);
    agg_level_walker((Node *) filter, &context);
    if (context.min_varlevel < 0)
        level = context.min_agglevel < 0 ? 0 : context.min_agglevel;
    else if (context.min_agglevel < 0)
        level = context.min_varlevel;
    else
        level = Min(context.min_varlevel, context.min_agglevel);
    if (level == context.min_agglevel)
        ereport(ERROR, (errcode(ERRCODE_GROUPING_ERROR),
                        errmsg("aggregate function calls cannot be nested"),
                        parser_errposition(pstate, locate_agg_of_level((Node *) args, level))));
    return level;
}

typedef struct AggSearch {
    int sublevels_up;
    int location;
} AggSearch;

static bool
agg_search_walker(Node *node, AggSearch *context)
{
    if (node == NULL)
        return false;
    if (IsA(node, Aggref))
    {
        if ((int) ((Aggref *) node)->agglevelsup == context->sublevels_up)
        {
            context->location = ((Aggref *) node)->location;
            return true;
        }
    }
    if (IsA(node, GroupingFunc) &&
        (int) ((GroupingFunc *) node)->agglevelsup == context->sublevels_up)
    {
        context->location = ((GroupingFunc *) node)->location;
        return true;
    }
    if (IsA(node, Query))
    {
        bool result;

        context->sublevels_up++;
        result = query_tree_walker((Query *) node, agg_search_walker, context, 0);
        context->sublevels_up--;
        return result;
    }
    return expression_tree_walker(node, agg_search_walker, context);
}

bool
contain_aggs_of_level(Node *node, int levelsup)
{
    AggSearch context = {levelsup, -1};

    return query_or_expression_tree_walker(node, agg_search_walker, &context, 0);
}

int
locate_agg_of_level(Node *node, int levelsup)
{
    AggSearch context = {levelsup, -1};

    query_or_expression_tree_walker(node, agg_search_walker, &context, 0);
    return context.location;
}

static bool
window_search_walker(Node *node, int *location)
{
    if (node == NULL)
        return false;
    if (IsA(node, WindowFunc))
    {
        *location = ((WindowFunc *) node)->location;
        return true;
    }
    return expression_tree_walker(node, window_search_walker, location);
}

bool
contain_windowfuncs(Node *node)
{
    int location = -1;

    return query_or_expression_tree_walker(node, window_search_walker, &location, 0);
}

int
locate_windowfunc(Node *node)
{
    int location = -1;

    query_or_expression_tree_walker(node, window_search_walker, &location, 0);
    return location;
}

/* ---- placement --------------------------------------------------------------------------------------- */

/* Message for kinds that have a phrase of their own; NULL: "... in <kind>"; "" where it is fine. */
static const char *
placement_phrase(ParseExprKind kind, bool window)
{
    switch (kind)
    {
        case EXPR_KIND_NONE:
        case EXPR_KIND_OTHER:
        case EXPR_KIND_SELECT_TARGET:
        case EXPR_KIND_ORDER_BY:
        case EXPR_KIND_DISTINCT_ON:
            return "";
        case EXPR_KIND_HAVING:
            return window ? NULL : "";
        case EXPR_KIND_WINDOW_PARTITION:
        case EXPR_KIND_WINDOW_ORDER:
            return window ? "window definitions" : "";
        case EXPR_KIND_WINDOW_FRAME_RANGE:
            return window ? "window definitions" : "window RANGE";
        case EXPR_KIND_WINDOW_FRAME_ROWS:
            return window ? "window definitions" : "window ROWS";
        case EXPR_KIND_WINDOW_FRAME_GROUPS:
            return window ? "window definitions" : "window GROUPS";
        case EXPR_KIND_JOIN_ON:
        case EXPR_KIND_JOIN_USING:
            return "JOIN conditions";
        case EXPR_KIND_FROM_FUNCTION:
            return "functions in FROM";
        case EXPR_KIND_CHECK_CONSTRAINT:
        case EXPR_KIND_DOMAIN_CHECK:
            return "check constraints";
        case EXPR_KIND_COLUMN_DEFAULT:
        case EXPR_KIND_FUNCTION_DEFAULT:
            return "DEFAULT expressions";
        case EXPR_KIND_INDEX_EXPRESSION:
            return "index expressions";
        case EXPR_KIND_INDEX_PREDICATE:
            return "index predicates";
        case EXPR_KIND_ALTER_COL_TRANSFORM:
            return "transform expressions";
        case EXPR_KIND_EXECUTE_PARAMETER:
            return "EXECUTE parameters";
        case EXPR_KIND_POLICY:
            return "policy expressions";
        case EXPR_KIND_CALL_ARGUMENT:
            return "CALL arguments";
        case EXPR_KIND_COPY_WHERE:
            return "COPY FROM WHERE conditions";
        case EXPR_KIND_GENERATED_COLUMN:
            return "column generation expressions";
        default:
            return NULL;
    }
}

static void
check_placement(ParseState *pstate, ParseExprKind kind, bool window, const char *what,
                int location)
{
    const char *phrase = placement_phrase(kind, window);

    if (phrase != NULL && *phrase == '\0')
        return;
    ereport(ERROR, (errcode(window ? ERRCODE_WINDOWING_ERROR : ERRCODE_GROUPING_ERROR),
                    errmsg("%s are not allowed in %s", what,
                           phrase != NULL ? phrase : expr_kind_name(kind)),
                    parser_errposition(pstate, location)));
}

/* Sets level and flags of an aggregate or GROUPING. */
static int
place_aggregate(ParseState *pstate, List *args, Expr *filter, const char *what, int location)
{
    int level = agg_level_of(pstate, args, filter);
    ParseState *owner = pstate;

    for (int i = 0; i < level; i++)
        owner = owner->parent;
    owner->hasAggs = true;
    if (owner->expr_kind == EXPR_KIND_FROM_SUBSELECT)
        ereport(ERROR, (errcode(ERRCODE_GROUPING_ERROR),
                        errmsg("%s are not allowed in FROM clause of their own query level", what),
                        parser_errposition(pstate, location)));
    check_placement(pstate, owner->expr_kind, false, what, location);
    return level;
}

void
transform_aggregate_call(ParseState *pstate, Aggref *agg, List *args, PgQuery__FuncCall *call,
                         bool distinct)
{
    List *targets = NIL;
    List *sort = NIL;
    List *uniques = NIL;
    AttrNumber attno = 1;
    int saved_resno = pstate->next_resno;

    foreach_ptr(Expr, arg, args)
        targets = lappend(targets, makeTargetEntry(arg, attno++, NULL, false));
    pstate->next_resno = attno;
    sort = transform_sort_clause(pstate, call->agg_order, call->n_agg_order, &targets,
                                 EXPR_KIND_ORDER_BY, true);
    if (distinct)
    {
        uniques = transform_distinct(pstate, &targets, sort, true);
        foreach_ptr(SortGroupClause, clause, uniques)
        {
            if (!OidIsValid(clause->sortop))
            {
                Node *expr = get_sortgroupclause_expr(clause, targets);

                ereport(ERROR, (errcode(ERRCODE_UNDEFINED_FUNCTION),
                                errmsg("could not identify an ordering operator for type %s",
                                       format_type_be(exprType(expr))),
                                errdetail("Aggregates with DISTINCT must be able to sort their "
                                          "inputs."),
                                parser_errposition(pstate, exprLocation(expr))));
            }
        }
    }
    pstate->next_resno = saved_resno;
    agg->args = targets;
    agg->aggorder = sort;
    agg->aggdistinct = uniques;
    agg->agglevelsup = (Index) place_aggregate(pstate, targets, agg->aggfilter,
                                               "aggregate functions", agg->location);
}

Node *
transform_grouping_func(ParseState *pstate, PgQuery__GroupingFunc *raw)
{
    GroupingFunc *result = makeNode(GroupingFunc);

    for (size_t i = 0; i < raw->n_args; i++)
        result->args = lappend(result->args, transform_expr_inner(pstate, raw->args[i]));
    result->location = raw->location;
    result->agglevelsup = (Index) place_aggregate(pstate, result->args, NULL,
                                                  "grouping operations", raw->location);
    return (Node *) result;
}

static bool
same_raw_window(PgQuery__WindowDef *a, PgQuery__WindowDef *b)
{
    return a == b;
}

void
transform_window_func_call(ParseState *pstate, WindowFunc *wfunc, PgQuery__WindowDef *def)
{
    int index = 0;
    char *name = raw_string(def->name);

    if (pstate->hasWindowFuncs && contain_windowfuncs((Node *) wfunc->args))
        ereport(ERROR, (errcode(ERRCODE_WINDOWING_ERROR),
                        errmsg("window function calls cannot be nested"),
                        parser_errposition(pstate, locate_windowfunc((Node *) wfunc->args))));
    check_placement(pstate, pstate->expr_kind, true, "window functions", wfunc->location);
    if (name != NULL)
    {
        foreach_ptr(PgQuery__WindowDef, other, pstate->windowdefs)
        {
            index++;
            if (raw_string(other->name) != NULL && strcmp(other->name, name) == 0)
            {
                wfunc->winref = (Index) index;
                break;
            }
        }
        if (wfunc->winref == 0)
            ereport(ERROR, (errcode(ERRCODE_UNDEFINED_OBJECT),
                            errmsg("window \"%s\" does not exist", name),
                            parser_errposition(pstate, def->location)));
    }
    else
    {
        foreach_ptr(PgQuery__WindowDef, other, pstate->windowdefs)
        {
            index++;
            if (same_raw_window(other, def))
                wfunc->winref = (Index) index;
        }
        if (wfunc->winref == 0)
        {
            pstate->windowdefs = lappend(pstate->windowdefs, def);
            wfunc->winref = (Index) list_length(pstate->windowdefs);
        }
    }
    pstate->hasWindowFuncs = true;
}

/* ---- ungrouped columns ------------------------------------------------------------------------------- */

typedef struct Ungrouped {
    ParseState *pstate;
    Query *query;
    List *group_exprs;
    bool all_vars; /* every grouping expression is a plain column */
    int sublevels_up;
    bool in_direct_args;
} Ungrouped;

/* Grouping by a table's primary key lets all of its columns through. */
static bool
key_is_grouped(Ungrouped *context, RangeTblEntry *rte, int varno)
{
    Relation rel;
    Oid index_oid;
    Relation index;
    bool all = true;

    if (rte->rtekind != RTE_RELATION || context->query->groupingSets != NIL)
        return false;
    rel = relation_open(rte->relid, NoLock);
    index_oid = RelationGetPrimaryKeyIndex(rel);
    relation_close(rel, NoLock);
    if (!OidIsValid(index_oid))
        return false;
    index = relation_open(index_oid, AccessShareLock);
    for (int i = 0; i < index->rd_index->indnkeyatts && all; i++)
    {
        bool found = false;

        foreach_ptr(Node, expr, context->group_exprs)
        {
            found = found || (IsA(expr, Var) && ((Var *) expr)->varno == varno &&
                              ((Var *) expr)->varlevelsup == 0 &&
                              ((Var *) expr)->varattno == index->rd_index->indkey.values[i]);
        }
        all = found;
    }
    relation_close(index, NoLock);
    return all;
}

static void
report_ungrouped(Ungrouped *context, Var *var)
{
    RangeTblEntry *rte = rt_fetch(var->varno, context->query->rtable);
    const char *name = var->varattno > 0 ? strVal(list_nth(rte->eref->colnames, var->varattno - 1))
                       : var->varattno < 0 ? system_column_name(var->varattno)
                                           : "*";

    if (context->sublevels_up == 0)
        ereport(ERROR, (errcode(ERRCODE_GROUPING_ERROR),
                        errmsg("column \"%s.%s\" must appear in the GROUP BY clause or be used in "
                               "an aggregate function",
                               rte->eref->aliasname, name),
                        parser_errposition(context->pstate, var->location)));
    ereport(ERROR,
            (errcode(ERRCODE_GROUPING_ERROR),
             errmsg("subquery uses ungrouped column \"%s.%s\" from outer query",
                    rte->eref->aliasname, name),
             parser_errposition(context->pstate, var->location)));
}

/* The grouping expression as seen from the level the walk is in. */
static bool
matches_group_expr(Ungrouped *context, Node *node)
{
    if (context->sublevels_up > 0 && !IsA(node, Var))
        return false;
    foreach_ptr(Node, expr, context->group_exprs)
    {
        if (context->sublevels_up == 0 ? equal(node, expr)
                                       : IsA(expr, Var) &&
                                             ((Var *) expr)->varno == ((Var *) node)->varno &&
                                             ((Var *) expr)->varattno == ((Var *) node)->varattno)
            return true;
    }
    return false;
}

static bool
ungrouped_walker(Node *node, Ungrouped *context)
{
    if (node == NULL || IsA(node, Const) || IsA(node, Param))
        return false;
    if (IsA(node, Aggref))
    {
        if ((int) ((Aggref *) node)->agglevelsup >= context->sublevels_up)
            return false;
    }
    if (IsA(node, GroupingFunc) &&
        (int) ((GroupingFunc *) node)->agglevelsup >= context->sublevels_up)
        return false;
    if (context->sublevels_up == 0 && !context->all_vars && matches_group_expr(context, node))
        return false;
    if (IsA(node, Var))
    {
        Var *var = (Var *) node;

        if ((int) var->varlevelsup != context->sublevels_up)
            return false;
        if (matches_group_expr(context, node))
            return false;
        if (key_is_grouped(context, rt_fetch(var->varno, context->query->rtable), var->varno))
            return false;
        report_ungrouped(context, var);
    }
    if (IsA(node, Query))
    {
        bool result;

        context->sublevels_up++;
        result = query_tree_walker((Query *) node, ungrouped_walker, context, 0);
        context->sublevels_up--;
        return result;
    }
    return expression_tree_walker(node, ungrouped_walker, context);
}

/* GROUPING(...)'s arguments become references to grouping expressions. */
static bool
finalize_grouping_walker(Node *node, Ungrouped *context)
{
    if (node == NULL)
        return false;
    if (IsA(node, GroupingFunc) &&
        (int) ((GroupingFunc *) node)->agglevelsup == context->sublevels_up)
    {
        GroupingFunc *grouping = (GroupingFunc *) node;

        foreach_ptr(Node, arg, grouping->args)
        {
            int ref = 0;

            foreach_ptr(SortGroupClause, clause, context->query->groupClause)
            {
                if (equal(arg, get_sortgroupclause_expr(clause, context->query->targetList)))
                    ref = (int) clause->tleSortGroupRef;
            }
            if (ref == 0)
                ereport(ERROR, (errcode(ERRCODE_GROUPING_ERROR),
                                errmsg("arguments to GROUPING must be grouping expressions of the "
                                       "associated query level"),
                                parser_errposition(context->pstate, exprLocation(arg))));
            grouping->refs = lappend_int(grouping->refs, ref);
        }
        return false;
    }
    return expression_tree_walker(node, finalize_grouping_walker, context);
}

static bool
is_self_reference(RangeTblEntry *rte)
{
    return rte->rtekind == RTE_CTE && rte->self_reference;
}

/* Join alias Vars of merged columns stand for their expression. */
static Node *
flatten_join_vars(Node *node, Query *query)
{
    if (node == NULL)
        return NULL;
    if (IsA(node, Var) && ((Var *) node)->varlevelsup == 0)
    {
        Var *var = (Var *) node;
        RangeTblEntry *rte = rt_fetch(var->varno, query->rtable);

        if (rte->rtekind == RTE_JOIN && var->varattno > 0)
            return flatten_join_vars(copyObject((Node *) list_nth(rte->joinaliasvars,
                                                                  var->varattno - 1)),
                                     query);
        return node;
    }
    if (IsA(node, Query))
        return node;
    return expression_tree_mutator(node, flatten_join_vars, query);
}

void
check_aggregates(ParseState *pstate, Query *query)
{
    Ungrouped context = {pstate, query, NIL, true, 0, false};
    bool has_join = false;

    foreach_ptr(RangeTblEntry, rte, query->rtable)
    {
        has_join = has_join || rte->rtekind == RTE_JOIN;
        if (query->hasAggs && is_self_reference(rte))
            ereport(ERROR, (errcode(ERRCODE_INVALID_RECURSION),
                            errmsg("aggregate functions are not allowed in a recursive query's "
                                   "recursive term"),
                            parser_errposition(pstate, locate_agg_of_level((Node *) query, 0))));
    }
    foreach_ptr(SortGroupClause, clause, query->groupClause)
    {
        Node *expr = get_sortgroupclause_expr(clause, query->targetList);

        if (has_join)
            expr = flatten_join_vars(copyObject(expr), query);
        context.group_exprs = lappend(context.group_exprs, expr);
        context.all_vars = context.all_vars && IsA(expr, Var);
    }
    finalize_grouping_walker((Node *) query->targetList, &context);
    finalize_grouping_walker(query->havingQual, &context);
    {
        Node *targets = (Node *) query->targetList;
        Node *having = query->havingQual;

        if (has_join)
        {
            targets = flatten_join_vars(targets, query);
            having = flatten_join_vars(having, query);
        }
        ungrouped_walker(targets, &context);
        ungrouped_walker(having, &context);
    }
}
