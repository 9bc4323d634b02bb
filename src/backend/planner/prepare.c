/*
 * prepare.c - the query tree made ready: CTEs inlined, subqueries and SubLinks pulled up,
 *             expressions folded
 *
 * Invariants PR1. Pulling up keeps the result: a subquery under the nullable side of an outer join
 *                 goes up only when its outputs are plain columns, which are null there by
 *                 themselves.
 */
#include "planner_int.h"

/* ---- WITH: a CTE that is read once is a subquery ---- */

typedef struct InlineContext {
    const char *name;
    int level;
    Query *query;
} InlineContext;

static bool
inline_walker(Node *node, InlineContext *context)
{
    if (node == NULL)
        return false;
    if (IsA(node, Query)) {
        bool result;

        context->level++;
        result = query_tree_walker((Query *) node, inline_walker, context,
                                   QTW_EXAMINE_RTES_AFTER);
        context->level--;
        return result;
    }
    if (IsA(node, RangeTblEntry)) {
        RangeTblEntry *rte = (RangeTblEntry *) node;

        if (rte->rtekind != RTE_CTE || (int) rte->ctelevelsup != context->level ||
            strcmp(rte->ctename, context->name) != 0)
            return false;

        Query *copy = copyObject(context->query);

        if (context->level > 0)
            planner__shift_levels((Node *) copy, context->level, 1);
        rte->rtekind = RTE_SUBQUERY;
        rte->subquery = copy;
        rte->security_barrier = false;
        rte->ctename = NULL;
        rte->ctelevelsup = 0;
        rte->self_reference = false;
        rte->coltypes = rte->coltypmods = rte->colcollations = NIL;
        return false;
    }
    return expression_tree_walker(node, inline_walker, context);
}

static bool
can_inline(CommonTableExpr *cte)
{
    Query *query = (Query *) cte->ctequery;

    if (cte->cterecursive || query->commandType != CMD_SELECT || query->rowMarks ||
        cte->ctematerialized == CTEMaterializeAlways || planner__is_volatile((Node *) query))
        return false;
    return cte->cterefcount == 1 || cte->ctematerialized == CTEMaterializeNever;
}

void
planner__inline_ctes(Query *parse)
{
    ListCell *cell;

    foreach (cell, parse->cteList) {
        CommonTableExpr *cte = lfirst(cell);
        InlineContext context = {cte->ctename, -1, (Query *) cte->ctequery};

        if (cte->cterefcount == 0 || !can_inline(cte))
            continue;
        inline_walker((Node *) parse, &context);
        cte->cterefcount = 0;
    }
}

/* ---- pulling up plain subqueries ---- */

typedef struct PullUpContext {
    int varno;
    List *tlist;
    int level; /* of the query being rewritten, below the one that gets the subquery */
} PullUpContext;

static Node *
pull_up_mutator(Node *node, PullUpContext *context)
{
    if (node == NULL)
        return NULL;
    if (IsA(node, Var)) {
        Var *var = (Var *) node;

        if (var->varno != context->varno || (int) var->varlevelsup != context->level)
            return node;

        Node *expr = copyObject((Node *) get_tle_by_resno(context->tlist, var->varattno)->expr);

        if (context->level > 0)
            planner__shift_levels(expr, context->level, 0);
        return expr;
    }
    if (IsA(node, Query)) {
        Query *query;

        context->level++;
        query = query_tree_mutator((Query *) node, pull_up_mutator, context, 0);
        context->level--;
        return (Node *) query;
    }
    return expression_tree_mutator(node, pull_up_mutator, context);
}

static bool
whole_row_walker(Node *node, PullUpContext *context)
{
    if (node == NULL)
        return false;
    if (IsA(node, Var)) {
        Var *var = (Var *) node;

        return var->varno == context->varno && (int) var->varlevelsup == context->level &&
               var->varattno <= 0;
    }
    if (IsA(node, Query)) {
        bool result;

        context->level++;
        result = query_tree_walker((Query *) node, whole_row_walker, context, 0);
        context->level--;
        return result;
    }
    return expression_tree_walker(node, whole_row_walker, context);
}

static bool
only_columns(List *tlist)
{
    ListCell *cell;

    foreach (cell, tlist) {
        Expr *expr = ((TargetEntry *) lfirst(cell))->expr;

        if (!IsA(expr, Var) || ((Var *) expr)->varlevelsup != 0)
            return false;
    }
    return true;
}

static bool
is_simple_subquery(Query *parse, int rtindex, RangeTblEntry *rte, bool nullable)
{
    Query *sub = rte->subquery;
    PullUpContext context = {rtindex, NIL, 0};

    if (sub->commandType != CMD_SELECT || sub->setOperations || sub->hasAggs ||
        sub->hasWindowFuncs || sub->hasTargetSRFs || sub->groupClause || sub->groupingSets ||
        sub->havingQual || sub->sortClause || sub->distinctClause || sub->limitOffset ||
        sub->limitCount || sub->hasForUpdate || sub->cteList || rte->lateral)
        return false;
    if (sub->jointree->fromlist == NIL)
        return false;
    if (planner__is_volatile((Node *) sub->targetList))
        return false;
    if (nullable && (!only_columns(sub->targetList) || list_length(sub->jointree->fromlist) != 1))
        return false;
    return !query_tree_walker(parse, whole_row_walker, &context, 0);
}

/* Its range table joins ours; its Vars are renumbered; ours that read it read what it read. */
static Node *
pull_up_one(PlannerInfo *root, int rtindex, RangeTblEntry *rte)
{
    Query *parse = root->parse, *sub = copyObject(rte->subquery);
    PlannerInfo *subroot = planner__new_root(root->glob, sub, root->parent);
    int offset = list_length(parse->rtable);
    PullUpContext context = {rtindex, NIL, 0};
    ListCell *cell;

    planner__inline_ctes(sub);
    if (sub->hasSubLinks)
        planner__pull_up_sublinks(subroot);
    planner__pull_up_subqueries(subroot);
    planner__offset_vars((Node *) sub, offset, 0);
    /* What was one level further out for the subquery is so for us no longer. */
    planner__shift_levels((Node *) sub, -1, 1);
    context.tlist = sub->targetList;

    FromExpr *tree = sub->jointree;

    parse->targetList = (List *) pull_up_mutator((Node *) parse->targetList, &context);
    parse->returningList = (List *) pull_up_mutator((Node *) parse->returningList, &context);
    parse->jointree = (FromExpr *) pull_up_mutator((Node *) parse->jointree, &context);
    parse->havingQual = pull_up_mutator(parse->havingQual, &context);
    parse->onConflict = (OnConflictExpr *) pull_up_mutator((Node *) parse->onConflict, &context);
    parse->windowClause = (List *) pull_up_mutator((Node *) parse->windowClause, &context);
    foreach (cell, parse->rtable) {
        RangeTblEntry *other = lfirst(cell);

        if (other == rte)
            continue;
        if (other->rtekind == RTE_JOIN)
            other->joinaliasvars = (List *) pull_up_mutator((Node *) other->joinaliasvars,
                                                            &context);
        else if (other->rtekind == RTE_SUBQUERY && other->lateral) {
            context.level++;
            other->subquery =
                query_tree_mutator(other->subquery, pull_up_mutator, &context, 0);
            context.level--;
        } else if (other->rtekind == RTE_FUNCTION)
            other->functions = (List *) pull_up_mutator((Node *) other->functions, &context);
        else if (other->rtekind == RTE_VALUES)
            other->values_lists = (List *) pull_up_mutator((Node *) other->values_lists,
                                                           &context);
    }
    parse->rtable = list_concat(parse->rtable, sub->rtable);
    parse->rowMarks = list_concat(parse->rowMarks, sub->rowMarks);
    parse->hasSubLinks |= sub->hasSubLinks;
    /* Its permission checks stay in force: the entry remains, as a placeholder. */
    rte->subquery = NULL;
    rte->rtekind = rte->relid ? RTE_RELATION : RTE_RESULT;
    return (Node *) tree;
}

/* Finds one subquery to pull up, puts it in place; false when there is none left. */
static bool
pull_up_step(PlannerInfo *root, Node **place, bool nullable)
{
    Node *node = *place;

    if (IsA(node, RangeTblRef)) {
        RangeTblRef *ref = (RangeTblRef *) node;
        RangeTblEntry *rte = rt_fetch(ref->rtindex, root->parse->rtable);

        if (rte->rtekind != RTE_SUBQUERY || rte->security_barrier ||
            !is_simple_subquery(root->parse, ref->rtindex, rte, nullable))
            return false;

        /* The mutator copies the join tree; our place is found again by its index. */
        int rtindex = ref->rtindex;
        Node *tree = pull_up_one(root, rtindex, rte);
        List *pending = list_make1(root->parse->jointree);

        while (pending != NIL) {
            Node *one = linitial(pending);

            pending = list_delete_first(pending);
            if (IsA(one, FromExpr)) {
                ListCell *cell;

                foreach (cell, ((FromExpr *) one)->fromlist) {
                    Node *child = lfirst(cell);

                    if (IsA(child, RangeTblRef) && ((RangeTblRef *) child)->rtindex == rtindex) {
                        lfirst(cell) = tree;
                        return true;
                    }
                    pending = lappend(pending, child);
                }
            } else if (IsA(one, JoinExpr)) {
                JoinExpr *join = (JoinExpr *) one;
                Node **children[2] = {&join->larg, &join->rarg};

                for (int i = 0; i < 2; i++) {
                    Node *child = *children[i];

                    if (IsA(child, RangeTblRef) && ((RangeTblRef *) child)->rtindex == rtindex) {
                        *children[i] = tree;
                        return true;
                    }
                    pending = lappend(pending, child);
                }
            }
        }
        return true;
    }
    if (IsA(node, FromExpr)) {
        ListCell *cell;

        foreach (cell, ((FromExpr *) node)->fromlist) {
            Node *child = lfirst(cell);

            if (pull_up_step(root, &child, nullable))
                return true;
        }
        return false;
    }

    JoinExpr *join = (JoinExpr *) node;
    bool left_nullable = nullable || join->jointype == JOIN_RIGHT || join->jointype == JOIN_FULL;
    bool right_nullable = nullable || join->jointype == JOIN_LEFT || join->jointype == JOIN_FULL;

    if (join->jointype == JOIN_SEMI || join->jointype == JOIN_ANTI)
        right_nullable = true;
    return pull_up_step(root, &join->larg, left_nullable) ||
           pull_up_step(root, &join->rarg, right_nullable);
}

void
planner__pull_up_subqueries(PlannerInfo *root)
{
    Node *tree = (Node *) root->parse->jointree;

    while (pull_up_step(root, &tree, false))
        tree = (Node *) root->parse->jointree;
}

/* ---- SubLinks at the top of WHERE become semi- and antijoins ---- */

/* A new range table entry for a subquery; returns its reference. */
static RangeTblRef *
add_subquery(Query *parse, Query *subquery, const char *name)
{
    RangeTblEntry *rte = makeNode(RangeTblEntry);
    RangeTblRef *ref = makeNode(RangeTblRef);
    ListCell *cell;

    rte->rtekind = RTE_SUBQUERY;
    rte->subquery = subquery;
    rte->eref = makeAlias(name, NIL);
    foreach (cell, subquery->targetList) {
        TargetEntry *entry = lfirst(cell);

        if (!entry->resjunk)
            rte->eref->colnames =
                lappend(rte->eref->colnames, makeString(entry->resname ? entry->resname : ""));
    }
    rte->inFromCl = false;
    parse->rtable = lappend(parse->rtable, rte);
    ref->rtindex = list_length(parse->rtable);
    return ref;
}

typedef struct SublinkVars {
    int rtindex;
    List *tlist;
} SublinkVars;

static Node *
sublink_vars_mutator(Node *node, SublinkVars *context)
{
    if (node && IsA(node, Param) && ((Param *) node)->paramkind == PARAM_SUBLINK) {
        TargetEntry *entry = get_tle_by_resno(context->tlist, (AttrNumber) ((Param *) node)->paramid);

        return (Node *) makeVarFromTargetEntry(context->rtindex, entry);
    }
    return expression_tree_mutator(node, sublink_vars_mutator, context);
}

/* x IN (SELECT ...) with an uncorrelated subquery: a semijoin on the comparison. */
static JoinExpr *
convert_any(Query *parse, SubLink *link, Relids available)
{
    Query *sub = (Query *) link->subselect;

    if (planner__has_upper_vars((Node *) sub, 1) || planner__is_volatile(link->testexpr) ||
        planner__has_subplan(link->testexpr))
        return NULL;

    Relids left = planner__relids_of(link->testexpr);

    if (bms_is_empty(left) || !bms_is_subset(left, available))
        return NULL;

    RangeTblRef *ref = add_subquery(parse, sub, "ANY_subquery");
    SublinkVars context = {ref->rtindex, sub->targetList};
    JoinExpr *join = makeNode(JoinExpr);

    join->jointype = JOIN_SEMI;
    join->rarg = (Node *) ref;
    join->quals = sublink_vars_mutator(link->testexpr, &context);
    return join;
}

/* EXISTS (SELECT ... FROM t WHERE correlated): a semi- or antijoin with that WHERE. */
static JoinExpr *
convert_exists(Query *parse, SubLink *link, bool negated, Relids available)
{
    Query *sub = copyObject((Query *) link->subselect);

    if (sub->commandType != CMD_SELECT || sub->setOperations || sub->hasAggs ||
        sub->groupClause || sub->groupingSets || sub->hasWindowFuncs || sub->hasTargetSRFs ||
        sub->havingQual || sub->limitOffset || sub->limitCount || sub->rowMarks || sub->cteList ||
        sub->hasSubLinks)
        return NULL;
    if (list_length(sub->jointree->fromlist) == 0)
        return NULL;

    Node *where = sub->jointree->quals;

    sub->jointree->quals = NULL;
    sub->targetList = NIL;
    /* Only the WHERE may look outside. */
    if (planner__has_upper_vars((Node *) sub, 1) || !where || planner__has_upper_vars(where, 2) ||
        !planner__has_upper_vars(where, 1) || planner__is_volatile(where))
        return NULL;

    int offset = list_length(parse->rtable);

    planner__offset_vars((Node *) sub, offset, 0);
    planner__offset_vars(where, offset, 0);
    planner__shift_levels(where, -1, 1);

    Relids outer = NULL;
    Relids all = planner__relids_of(where);
    int member = -1;

    while ((member = bms_next_member(all, member)) >= 0)
        if (member <= offset)
            outer = bms_add_member(outer, member);
    if (bms_is_empty(outer) || !bms_is_subset(outer, available))
        return NULL;
    parse->rtable = list_concat(parse->rtable, sub->rtable);

    JoinExpr *join = makeNode(JoinExpr);

    join->jointype = negated ? JOIN_ANTI : JOIN_SEMI;
    join->rarg = list_length(sub->jointree->fromlist) == 1 ? linitial(sub->jointree->fromlist)
                                                           : (Node *) sub->jointree;
    join->quals = where;
    return join;
}

static JoinExpr *
convert_sublink(Query *parse, Node *qual, Relids available)
{
    bool negated = is_notclause(qual);
    Node *inner = negated ? (Node *) get_notclausearg(qual) : qual;

    if (!inner || !IsA(inner, SubLink))
        return NULL;

    SubLink *link = (SubLink *) inner;

    if (link->subLinkType == EXISTS_SUBLINK)
        return convert_exists(parse, link, negated, available);
    if (link->subLinkType == ANY_SUBLINK && !negated)
        return convert_any(parse, link, available);
    return NULL;
}

/* The relations of a join tree that WHERE may use as they are: not the nullable ones' business. */
static Relids
tree_relids(Node *node)
{
    Relids relids = NULL;

    if (IsA(node, RangeTblRef))
        return bms_make_singleton(((RangeTblRef *) node)->rtindex);
    if (IsA(node, FromExpr)) {
        ListCell *cell;

        foreach (cell, ((FromExpr *) node)->fromlist)
            relids = bms_join(relids, tree_relids(lfirst(cell)));
        return relids;
    }
    relids = tree_relids(((JoinExpr *) node)->larg);
    return bms_join(relids, tree_relids(((JoinExpr *) node)->rarg));
}

void
planner__pull_up_sublinks(PlannerInfo *root)
{
    FromExpr *tree = root->parse->jointree;
    List *quals = make_ands_implicit((Expr *) tree->quals), *kept = NIL;
    Relids available = tree_relids((Node *) tree);
    ListCell *cell;

    if (tree->fromlist == NIL)
        return;
    foreach (cell, quals) {
        JoinExpr *join = convert_sublink(root->parse, lfirst(cell), available);

        if (!join) {
            kept = lappend(kept, lfirst(cell));
            continue;
        }
        join->larg = list_length(tree->fromlist) == 1
                         ? linitial(tree->fromlist)
                         : (Node *) makeFromExpr(tree->fromlist, NULL);
        tree->fromlist = list_make1(join);
    }
    tree->quals = (Node *) (kept == NIL ? NULL : make_ands_explicit(kept));
}

/* ---- expressions ---- */

Node *
planner__preprocess_expression(PlannerInfo *root, Node *expr, bool is_qual)
{
    if (expr == NULL)
        return NULL;
    expr = planner__flatten_join_aliases(root->parse, expr);
    expr = planner__fold(root->glob, expr);
    if (root->parse->hasSubLinks)
        expr = planner__process_sublinks(root, expr, is_qual);
    if (root->parent)
        expr = planner__replace_upper_vars(root, expr);
    return expr;
}

static void
preprocess_tree(PlannerInfo *root, Node *node)
{
    if (node == NULL || IsA(node, RangeTblRef))
        return;
    if (IsA(node, FromExpr)) {
        FromExpr *from = (FromExpr *) node;
        ListCell *cell;

        foreach (cell, from->fromlist)
            preprocess_tree(root, lfirst(cell));
        from->quals = planner__preprocess_expression(root, from->quals, true);
        return;
    }

    JoinExpr *join = (JoinExpr *) node;

    preprocess_tree(root, join->larg);
    preprocess_tree(root, join->rarg);
    join->quals = planner__preprocess_expression(root, join->quals, true);
}

static List *
preprocess_list(PlannerInfo *root, List *list)
{
    return (List *) planner__preprocess_expression(root, (Node *) list, false);
}

static void
preprocess_range_table(PlannerInfo *root)
{
    ListCell *cell;

    foreach (cell, root->parse->rtable) {
        RangeTblEntry *rte = lfirst(cell);

        switch (rte->rtekind) {
        case RTE_FUNCTION:
            rte->functions = preprocess_list(root, rte->functions);
            break;
        case RTE_VALUES:
            rte->values_lists = preprocess_list(root, rte->values_lists);
            break;
        case RTE_SUBQUERY:
            if (rte->lateral)
                rte->subquery = (Query *) planner__flatten_join_aliases(
                    root->parse, (Node *) rte->subquery);
            break;
        default:
            break;
        }
    }
}

void
planner__prepare(PlannerInfo *root)
{
    Query *parse = root->parse;
    ListCell *cell;

    planner__inline_ctes(parse);
    if (parse->hasSubLinks && parse->commandType != CMD_INSERT)
        planner__pull_up_sublinks(root);
    planner__pull_up_subqueries(root);
    planner__process_ctes(root);
    preprocess_range_table(root);
    parse->targetList = preprocess_list(root, parse->targetList);
    parse->returningList = preprocess_list(root, parse->returningList);
    preprocess_tree(root, (Node *) parse->jointree);
    parse->havingQual = planner__preprocess_expression(root, parse->havingQual, true);
    foreach (cell, parse->windowClause) {
        WindowClause *window = lfirst(cell);

        window->startOffset = planner__preprocess_expression(root, window->startOffset, false);
        window->endOffset = planner__preprocess_expression(root, window->endOffset, false);
    }
    parse->limitOffset = planner__preprocess_expression(root, parse->limitOffset, false);
    parse->limitCount = planner__preprocess_expression(root, parse->limitCount, false);
    if (parse->onConflict) {
        OnConflictExpr *conflict = parse->onConflict;

        conflict->arbiterElems = preprocess_list(root, conflict->arbiterElems);
        conflict->arbiterWhere =
            planner__preprocess_expression(root, conflict->arbiterWhere, true);
        conflict->onConflictSet = preprocess_list(root, conflict->onConflictSet);
        conflict->onConflictWhere =
            planner__preprocess_expression(root, conflict->onConflictWhere, true);
    }
}
