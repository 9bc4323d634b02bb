/*
 * node_walk.c - walks and rewrites expression and query trees
 *
 * Why        one table says which fields of a node hold child trees, in the order they are visited.
 *            The walker calls back for each child, the mutator replaces each in a flat copy.
 * Invariants W1. Neither enters a Query by itself except through query_tree_walker/_mutator: a
 *            callback that wants sub-queries asks for them when it meets the Query node.
 *            W2. A List field calls back for its members, not for itself; oid and int lists are
 *            leaves.
 */
#include "base/base.h"

#include <stddef.h>
#include <string.h>

#include "error/error.h"
#include "memory/memory.h"
#include "parser/nodefuncs.h"

#define CHILDREN_MAX 8
#define LEAF 0xffff

typedef struct WalkRow {
    uint16 size;
    uint16 child[CHILDREN_MAX]; /* byte offsets; 0 ends, LEAF as first says known and childless */
} WalkRow;

#define O(type, field) offsetof(type, field)
#define ROW(type, ...) [T_##type] = {sizeof(type), {__VA_ARGS__}}

static const WalkRow rows[NODE_TAG_COUNT] = {
    ROW(Integer, LEAF),
    ROW(Float, LEAF),
    ROW(Boolean, LEAF),
    ROW(String, LEAF),
    ROW(BitString, LEAF),
    ROW(Alias, LEAF),
    ROW(RangeVar, LEAF),
    ROW(RangeTblRef, LEAF),
    ROW(SortGroupClause, LEAF),
    ROW(RowMarkClause, LEAF),
    ROW(GroupingSet, LEAF),
    ROW(Var, LEAF),
    ROW(Const, LEAF),
    ROW(Param, LEAF),
    ROW(CaseTestExpr, LEAF),
    ROW(SQLValueFunction, LEAF),
    ROW(CoerceToDomainValue, LEAF),
    ROW(SetToDefault, LEAF),
    ROW(CurrentOfExpr, LEAF),
    ROW(NextValueExpr, LEAF),
    ROW(Aggref, O(Aggref, aggdirectargs), O(Aggref, args), O(Aggref, aggorder),
        O(Aggref, aggdistinct), O(Aggref, aggfilter)),
    ROW(GroupingFunc, O(GroupingFunc, args)),
    ROW(WindowFunc, O(WindowFunc, args), O(WindowFunc, aggfilter)),
    ROW(SubscriptingRef, O(SubscriptingRef, refupperindexpr), O(SubscriptingRef, reflowerindexpr),
        O(SubscriptingRef, refexpr), O(SubscriptingRef, refassgnexpr)),
    ROW(FuncExpr, O(FuncExpr, args)),
    ROW(NamedArgExpr, O(NamedArgExpr, arg)),
    ROW(OpExpr, O(OpExpr, args)),
    ROW(DistinctExpr, O(DistinctExpr, args)),
    ROW(NullIfExpr, O(NullIfExpr, args)),
    ROW(ScalarArrayOpExpr, O(ScalarArrayOpExpr, args)),
    ROW(BoolExpr, O(BoolExpr, args)),
    ROW(SubLink, O(SubLink, testexpr), O(SubLink, subselect)),
    ROW(SubPlan, O(SubPlan, testexpr), O(SubPlan, args)),
    ROW(AlternativeSubPlan, O(AlternativeSubPlan, subplans)),
    ROW(FieldSelect, O(FieldSelect, arg)),
    ROW(FieldStore, O(FieldStore, arg), O(FieldStore, newvals)),
    ROW(RelabelType, O(RelabelType, arg)),
    ROW(CoerceViaIO, O(CoerceViaIO, arg)),
    ROW(ArrayCoerceExpr, O(ArrayCoerceExpr, arg), O(ArrayCoerceExpr, elemexpr)),
    ROW(ConvertRowtypeExpr, O(ConvertRowtypeExpr, arg)),
    ROW(CollateExpr, O(CollateExpr, arg)),
    ROW(CaseExpr, O(CaseExpr, arg), O(CaseExpr, args), O(CaseExpr, defresult)),
    ROW(CaseWhen, O(CaseWhen, expr), O(CaseWhen, result)),
    ROW(ArrayExpr, O(ArrayExpr, elements)),
    ROW(RowExpr, O(RowExpr, args)),
    ROW(RowCompareExpr, O(RowCompareExpr, largs), O(RowCompareExpr, rargs)),
    ROW(CoalesceExpr, O(CoalesceExpr, args)),
    ROW(MinMaxExpr, O(MinMaxExpr, args)),
    ROW(NullTest, O(NullTest, arg)),
    ROW(BooleanTest, O(BooleanTest, arg)),
    ROW(CoerceToDomain, O(CoerceToDomain, arg)),
    ROW(TargetEntry, O(TargetEntry, expr)),
    ROW(WindowClause, O(WindowClause, partitionClause), O(WindowClause, orderClause),
        O(WindowClause, startOffset), O(WindowClause, endOffset)),
    ROW(CommonTableExpr, O(CommonTableExpr, ctequery)),
    ROW(FromExpr, O(FromExpr, fromlist), O(FromExpr, quals)),
    ROW(JoinExpr, O(JoinExpr, larg), O(JoinExpr, rarg), O(JoinExpr, quals)),
    ROW(SetOperationStmt, O(SetOperationStmt, larg), O(SetOperationStmt, rarg)),
    ROW(OnConflictExpr, O(OnConflictExpr, arbiterElems), O(OnConflictExpr, arbiterWhere),
        O(OnConflictExpr, onConflictSet), O(OnConflictExpr, onConflictWhere),
        O(OnConflictExpr, exclRelTlist)),
    ROW(MergeAction, O(MergeAction, qual), O(MergeAction, targetList)),
    ROW(InferenceElem, O(InferenceElem, expr)),
    ROW(RangeTblFunction, O(RangeTblFunction, funcexpr)),
    ROW(TableSampleClause, O(TableSampleClause, args), O(TableSampleClause, repeatable)),
    ROW(WithCheckOption, O(WithCheckOption, qual)),
};

#define CHILD(node, offset) (*(Node **) ((char *) (node) + (offset)))

static bool
walk_list(List *list, tree_walker_callback walker, void *context)
{
    ListCell *cell;

    foreach (cell, list)
    {
        if (walker(lfirst(cell), context))
            return true;
    }
    return false;
}

static bool
walk_child(Node *child, tree_walker_callback walker, void *context)
{
    if (child == NULL)
        return false;
    if (IsA(child, List))
        return walk_list((List *) child, walker, context);
    if (IsA(child, IntList) || IsA(child, OidList))
        return false;
    return walker(child, context);
}

bool
expression_tree_walker_impl(Node *node, tree_walker_callback walker, void *context)
{
    const WalkRow *row;

    if (node == NULL)
        return false;
    check_stack_depth();
    if (IsA(node, List))
        return walk_list((List *) node, walker, context);
    if (IsA(node, Query) || IsA(node, IntList) || IsA(node, OidList))
        return false;
    row = &rows[nodeTag(node)];
    if (row->child[0] == 0)
        elog(ERROR, "unrecognized node type: %d", (int) nodeTag(node));
    if (row->child[0] == LEAF)
        return false;
    for (int i = 0; i < CHILDREN_MAX && row->child[i] != 0; i++)
    {
        if (walk_child(CHILD(node, row->child[i]), walker, context))
            return true;
    }
    return false;
}

static List *
mutate_list(List *list, tree_mutator_callback mutator, void *context)
{
    List *result = NIL;
    ListCell *cell;

    foreach (cell, list)
        result = lappend(result, mutator(lfirst(cell), context));
    return result;
}

static Node *
mutate_child(Node *child, tree_mutator_callback mutator, void *context)
{
    if (child == NULL)
        return NULL;
    if (IsA(child, List))
        return (Node *) mutate_list((List *) child, mutator, context);
    if (IsA(child, IntList) || IsA(child, OidList))
        return (Node *) list_copy((List *) child);
    return mutator(child, context);
}

Node *
expression_tree_mutator_impl(Node *node, tree_mutator_callback mutator, void *context)
{
    const WalkRow *row;
    Node *copy;

    if (node == NULL)
        return NULL;
    check_stack_depth();
    if (IsA(node, List))
        return (Node *) mutate_list((List *) node, mutator, context);
    if (IsA(node, Query) || IsA(node, IntList) || IsA(node, OidList))
        return node;
    row = &rows[nodeTag(node)];
    if (row->child[0] == 0)
        elog(ERROR, "unrecognized node type: %d", (int) nodeTag(node));
    if (row->child[0] == LEAF)
        return copyObject(node);
    copy = palloc(row->size);
    memcpy(copy, node, row->size);
    for (int i = 0; i < CHILDREN_MAX && row->child[i] != 0; i++)
        CHILD(copy, row->child[i]) = mutate_child(CHILD(node, row->child[i]), mutator, context);
    return copy;
}

/* ---- queries ------------------------------------------------------------------------------ */

/* The expression-bearing fields of a Query, range table and CTEs apart. */
static const uint16 query_children[] = {
    O(Query, targetList),    O(Query, withCheckOptions), O(Query, onConflict),
    O(Query, mergeActionList), O(Query, returningList),  O(Query, jointree),
    O(Query, setOperations), O(Query, havingQual),       O(Query, limitOffset),
    O(Query, limitCount),
};

static const uint16 query_sortgroup_children[] = {
    O(Query, groupClause), O(Query, windowClause), O(Query, sortClause), O(Query, distinctClause),
};

static bool
walk_windows(Query *query, tree_walker_callback walker, void *context)
{
    ListCell *cell;

    foreach (cell, query->windowClause)
    {
        WindowClause *window = lfirst(cell);

        if (walk_child(window->startOffset, walker, context) ||
            walk_child(window->endOffset, walker, context))
            return true;
    }
    return false;
}

bool
query_tree_walker_impl(Query *query, tree_walker_callback walker, void *context, int flags)
{
    for (size_t i = 0; i < lengthof(query_children); i++)
    {
        if (walk_child(CHILD(query, query_children[i]), walker, context))
            return true;
    }
    if (flags & QTW_EXAMINE_SORTGROUP)
    {
        for (size_t i = 0; i < lengthof(query_sortgroup_children); i++)
        {
            if (walk_child(CHILD(query, query_sortgroup_children[i]), walker, context))
                return true;
        }
    }
    else if (walk_windows(query, walker, context))
        return true;
    if (!(flags & QTW_IGNORE_CTE_SUBQUERIES) &&
        walk_list(query->cteList, walker, context))
        return true;
    if (!(flags & QTW_IGNORE_RANGE_TABLE) &&
        range_table_walker_impl(query->rtable, walker, context, flags))
        return true;
    return query->utilityQuery != NULL && walker((Node *) query->utilityQuery, context);
}

static bool
walk_rte(RangeTblEntry *rte, tree_walker_callback walker, void *context, int flags)
{
    switch (rte->rtekind)
    {
        case RTE_RELATION:
            if (walk_child((Node *) rte->tablesample, walker, context))
                return true;
            break;
        case RTE_SUBQUERY:
            if (!(flags & QTW_IGNORE_RT_SUBQUERIES) && walker((Node *) rte->subquery, context))
                return true;
            break;
        case RTE_JOIN:
            if (!(flags & QTW_IGNORE_JOINALIASES) &&
                walk_list(rte->joinaliasvars, walker, context))
                return true;
            break;
        case RTE_FUNCTION:
            if (walk_list(rte->functions, walker, context))
                return true;
            break;
        case RTE_VALUES:
            if (walk_list(rte->values_lists, walker, context))
                return true;
            break;
        default:
            break;
    }
    return walk_list(rte->securityQuals, walker, context);
}

bool
range_table_walker_impl(List *rtable, tree_walker_callback walker, void *context, int flags)
{
    ListCell *cell;

    foreach (cell, rtable)
    {
        RangeTblEntry *rte = lfirst(cell);

        if ((flags & QTW_EXAMINE_RTES_BEFORE) && walker((Node *) rte, context))
            return true;
        if (walk_rte(rte, walker, context, flags))
            return true;
        if ((flags & QTW_EXAMINE_RTES_AFTER) && walker((Node *) rte, context))
            return true;
    }
    return false;
}

static void
mutate_windows(Query *query, tree_mutator_callback mutator, void *context)
{
    List *windows = NIL;
    ListCell *cell;

    foreach (cell, query->windowClause)
    {
        WindowClause *window = palloc(sizeof(WindowClause));

        *window = *(WindowClause *) lfirst(cell);
        window->startOffset = mutate_child(window->startOffset, mutator, context);
        window->endOffset = mutate_child(window->endOffset, mutator, context);
        windows = lappend(windows, window);
    }
    query->windowClause = windows;
}

Query *
query_tree_mutator_impl(Query *query, tree_mutator_callback mutator, void *context, int flags)
{
    if (!(flags & QTW_DONT_COPY_QUERY))
    {
        Query *copy = palloc(sizeof(Query));

        *copy = *query;
        query = copy;
    }
    for (size_t i = 0; i < lengthof(query_children); i++)
        CHILD(query, query_children[i]) =
            mutate_child(CHILD(query, query_children[i]), mutator, context);
    if (flags & QTW_EXAMINE_SORTGROUP)
    {
        for (size_t i = 0; i < lengthof(query_sortgroup_children); i++)
            CHILD(query, query_sortgroup_children[i]) =
                mutate_child(CHILD(query, query_sortgroup_children[i]), mutator, context);
    }
    else
        mutate_windows(query, mutator, context);
    if (flags & QTW_IGNORE_CTE_SUBQUERIES)
        query->cteList = copyObject(query->cteList);
    else
        query->cteList = mutate_list(query->cteList, mutator, context);
    if (!(flags & QTW_IGNORE_RANGE_TABLE))
        query->rtable = range_table_mutator_impl(query->rtable, mutator, context, flags);
    if (query->utilityQuery != NULL)
        query->utilityQuery = (Query *) mutator((Node *) query->utilityQuery, context);
    return query;
}

List *
range_table_mutator_impl(List *rtable, tree_mutator_callback mutator, void *context, int flags)
{
    List *result = NIL;
    ListCell *cell;

    foreach (cell, rtable)
    {
        RangeTblEntry *rte = palloc(sizeof(RangeTblEntry));

        *rte = *(RangeTblEntry *) lfirst(cell);
        if (rte->rtekind == RTE_RELATION)
            rte->tablesample = (TableSampleClause *) mutate_child((Node *) rte->tablesample,
                                                                  mutator, context);
        else if (rte->rtekind == RTE_SUBQUERY && !(flags & QTW_IGNORE_RT_SUBQUERIES))
            rte->subquery = (Query *) mutator((Node *) rte->subquery, context);
        else if (rte->rtekind == RTE_SUBQUERY)
            rte->subquery = copyObject(rte->subquery);
        else if (rte->rtekind == RTE_JOIN && !(flags & QTW_IGNORE_JOINALIASES))
            rte->joinaliasvars = mutate_list(rte->joinaliasvars, mutator, context);
        else if (rte->rtekind == RTE_FUNCTION)
            rte->functions = mutate_list(rte->functions, mutator, context);
        else if (rte->rtekind == RTE_VALUES)
            rte->values_lists = mutate_list(rte->values_lists, mutator, context);
        rte->securityQuals = mutate_list(rte->securityQuals, mutator, context);
        result = lappend(result, rte);
    }
    return result;
}

bool
query_or_expression_tree_walker_impl(Node *node, tree_walker_callback walker, void *context,
                                     int flags)
{
    if (node != NULL && IsA(node, Query))
        return query_tree_walker_impl((Query *) node, walker, context, flags);
    return walker(node, context);
}

Node *
query_or_expression_tree_mutator_impl(Node *node, tree_mutator_callback mutator, void *context,
                                      int flags)
{
    if (node != NULL && IsA(node, Query))
        return (Node *) query_tree_mutator_impl((Query *) node, mutator, context, flags);
    return mutator(node, context);
}
