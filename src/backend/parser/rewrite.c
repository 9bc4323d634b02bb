/*
 * rewrite.c - replaces views by their queries
 *
 * Why        a view is a stored Query (pg_rewrite.ev_action). Its range table entry becomes a
 *            sub-query entry; an extra relation entry for the view itself, outside of the join tree,
 *            carries the permissions that the user needs on it. Inside, everything is checked as
 *            the view's owner.
 * Locks      the relations of a view are locked here, since no analysis did it.
 */
#include "parse_int.h"

#include "catalog/relcache.h"
#include "rewrite_int.h"

#define VIEW_NESTING_MAX 200

typedef struct RewriteState {
    List *active; /* oids of the views being expanded, outermost first */
} RewriteState;

static void rewrite_level(Query *query, RewriteState *state);

static bool
adopt_walker(Node *node, Oid *owner)
{
    if (node == NULL)
        return false;
    if (IsA(node, Query))
    {
        foreach_ptr(RangeTblEntry, rte, ((Query *) node)->rtable)
        {
            if (rte->rtekind != RTE_RELATION)
                continue;
            rte->checkAsUser = *owner;
            relation_close(relation_open(rte->relid,
                                         rte->rellockmode > 0 ? rte->rellockmode
                                                              : AccessShareLock),
                           NoLock);
        }
        return query_tree_walker((Query *) node, adopt_walker, owner, 0);
    }
    return expression_tree_walker(node, adopt_walker, owner);
}

/* The view's query, locked and owned. */
static Query *
load_view(Relation view)
{
    const char *text = relation_catalog(view)->view_query;
    Oid owner = view->rd_rel->relowner;
    Node *action;

    if (text == NULL)
        ereport(ERROR, (errcode(ERRCODE_FEATURE_NOT_SUPPORTED),
                        errmsg("view \"%s\" has no query", RelationGetRelationName(view))));
    action = stringToNode(text);
    if (IsA(action, List))
        action = linitial((List *) action);
    adopt_walker(action, &owner);
    return (Query *) action;
}

static void
lock_view_rows(Query *query, Index rtindex, Query *subquery)
{
    foreach_ptr(RowMarkClause, mark, query->rowMarks)
    {
        PgQuery__LockingClause clause = PG_QUERY__LOCKING_CLAUSE__INIT;

        if (mark->rti != rtindex)
            continue;
        clause.strength = (PgQuery__LockClauseStrength) (mark->strength + 1);
        clause.wait_policy = (PgQuery__LockWaitPolicy) (mark->waitPolicy + 1);
        transform_locking(NULL, subquery, &clause, true);
    }
}

static void
expand_view(Query *query, RangeTblEntry *rte, Index rtindex, RewriteState *state)
{
    Relation view = relation_open(rte->relid, NoLock);
    Query *subquery;
    RangeTblEntry *permissions;

    if (list_member_oid(state->active, rte->relid))
        ereport(ERROR, (errcode(ERRCODE_INVALID_OBJECT_DEFINITION),
                        errmsg("infinite recursion detected in rules for relation \"%s\"",
                               RelationGetRelationName(view))));
    if (list_length(state->active) >= VIEW_NESTING_MAX)
        report_stack_depth();
    subquery = load_view(view);
    relation_close(view, NoLock);
    lock_view_rows(query, rtindex, subquery);
    permissions = copyObject(rte);
    permissions->inFromCl = false;
    permissions->inh = false;
    permissions->lateral = false;
    subquery->rtable = lappend(subquery->rtable, permissions);
    state->active = lappend_oid(state->active, rte->relid);
    rewrite_level(subquery, state);
    state->active = list_truncate(state->active, list_length(state->active) - 1);
    rte->rtekind = RTE_SUBQUERY;
    rte->subquery = subquery;
    rte->relid = InvalidOid;
    rte->relkind = 0;
    rte->rellockmode = 0;
    rte->inh = false;
    rte->requiredPerms = 0;
    rte->checkAsUser = InvalidOid;
    rte->selectedCols = rte->insertedCols = rte->updatedCols = NULL;
}

static bool
sublink_walker(Node *node, RewriteState *state)
{
    if (node == NULL)
        return false;
    if (IsA(node, SubLink))
        rewrite_level((Query *) ((SubLink *) node)->subselect, state);
    if (IsA(node, Query))
        return false;
    return expression_tree_walker(node, sublink_walker, state);
}

static bool
is_in_from(Node *node, Index rtindex)
{
    if (IsA(node, RangeTblRef))
        return ((RangeTblRef *) node)->rtindex == (int) rtindex;
    if (IsA(node, JoinExpr))
        return is_in_from(((JoinExpr *) node)->larg, rtindex) ||
               is_in_from(((JoinExpr *) node)->rarg, rtindex);
    foreach_ptr(Node, item, ((FromExpr *) node)->fromlist)
    {
        if (is_in_from(item, rtindex))
            return true;
    }
    return false;
}

static void
rewrite_level(Query *query, RewriteState *state)
{
    Index rtindex = 0;

    check_stack_depth();
    foreach_ptr(CommonTableExpr, cte, query->cteList)
        rewrite_level((Query *) cte->ctequery, state);
    if (query->commandType == CMD_INSERT)
        rewrite_insert_targets(query);
    else if (query->commandType == CMD_UPDATE)
        rewrite_update_targets(query);
    foreach_ptr(RangeTblEntry, rte, query->rtable)
    {
        rtindex++;
        if (rte->rtekind == RTE_SUBQUERY)
            rewrite_level(rte->subquery, state);
        else if (rte->rtekind == RTE_RELATION && rte->relkind == RELKIND_VIEW &&
                 query->jointree != NULL && is_in_from((Node *) query->jointree, rtindex))
            expand_view(query, rte, rtindex, state);
    }
    if (query->hasSubLinks)
        query_tree_walker(query, sublink_walker, state,
                          QTW_IGNORE_RT_SUBQUERIES | QTW_IGNORE_CTE_SUBQUERIES);
}

Query *
rewrite_query(Query *query)
{
    RewriteState state = {NIL};

    if (query->commandType != CMD_UTILITY)
        rewrite_level(query, &state);
    else if (query->utilityQuery != NULL)
        rewrite_query(query->utilityQuery);
    return query;
}
