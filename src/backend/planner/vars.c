/*
 * vars.c - which columns an expression reads
 */
#include "planner_int.h"

typedef struct RelidsContext {
    Relids relids;
    int level;
} RelidsContext;

static bool
relids_walker(Node *node, RelidsContext *context)
{
    if (node == NULL)
        return false;
    if (IsA(node, Var)) {
        Var *var = (Var *) node;

        if ((int) var->varlevelsup == context->level && var->varno > 0)
            context->relids = bms_add_member(context->relids, var->varno);
        return false;
    }
    if (IsA(node, Query)) {
        bool result;

        context->level++;
        result = query_tree_walker((Query *) node, relids_walker, context, 0);
        context->level--;
        return result;
    }
    return expression_tree_walker(node, relids_walker, context);
}

/* The range table indexes of this level that are read; also from within SubLinks. */
Relids
planner__relids_of(Node *expr)
{
    RelidsContext context = {NULL, 0};

    relids_walker(expr, &context);
    return context.relids;
}

typedef struct VarsContext {
    List *vars;
    bool into_aggs;
} VarsContext;

static bool
vars_walker(Node *node, VarsContext *context)
{
    if (node == NULL)
        return false;
    if (IsA(node, Var)) {
        if (((Var *) node)->varlevelsup == 0)
            context->vars = list_append_unique(context->vars, node);
        return false;
    }
    if (!context->into_aggs && (IsA(node, Aggref) || IsA(node, WindowFunc))) {
        if (!IsA(node, Aggref) || ((Aggref *) node)->agglevelsup == 0)
            context->vars = list_append_unique(context->vars, node);
        return false;
    }
    return expression_tree_walker(node, vars_walker, context);
}

List *
planner__vars_of(Node *expr)
{
    VarsContext context = {NIL, false};

    vars_walker(expr, &context);
    return context.vars;
}

List *
planner__columns_of(Node *expr)
{
    VarsContext context = {NIL, true};

    vars_walker(expr, &context);
    return context.vars;
}

static bool
upper_walker(Node *node, int *level)
{
    if (node == NULL)
        return false;
    if (IsA(node, Var))
        return (int) ((Var *) node)->varlevelsup >= *level;
    if (IsA(node, Aggref) && (int) ((Aggref *) node)->agglevelsup >= *level)
        return true;
    if (IsA(node, CommonTableExpr))
        return upper_walker(((CommonTableExpr *) node)->ctequery, level);
    if (IsA(node, RangeTblEntry)) {
        RangeTblEntry *rte = (RangeTblEntry *) node;

        return rte->rtekind == RTE_CTE && (int) rte->ctelevelsup >= *level;
    }
    if (IsA(node, Query)) {
        bool result;

        (*level)++;
        result = query_tree_walker((Query *) node, upper_walker, level, QTW_EXAMINE_RTES_BEFORE);
        (*level)--;
        return result;
    }
    return expression_tree_walker(node, upper_walker, level);
}

/* Whether anything at least `levels` query levels further out is read (CTEs included). */
bool
planner__has_upper_vars(Node *expr, int levels)
{
    int level = levels;

    if (expr && IsA(expr, Query))
        return query_tree_walker((Query *) expr, upper_walker, &level, QTW_EXAMINE_RTES_BEFORE);
    return upper_walker(expr, &level);
}

/* ---- columns of joins are columns of what they join ---- */

typedef struct FlattenContext {
    Query *parse;
    int level;
} FlattenContext;

static Node *
add_levels_mutator(Node *node, int *levels)
{
    if (node && IsA(node, Var) && ((Var *) node)->varlevelsup == 0) {
        Var *var = copyObject((Var *) node);

        var->varlevelsup = (Index) *levels;
        return (Node *) var;
    }
    return expression_tree_mutator(node, add_levels_mutator, levels);
}

static Node *flatten_mutator(Node *node, FlattenContext *context);

static Node *
whole_join_row(RangeTblEntry *rte, Var *var, FlattenContext *context)
{
    RowExpr *row = makeNode(RowExpr);
    ListCell *cell, *name;

    forboth(cell, rte->joinaliasvars, name, rte->eref->colnames)
    {
        Node *column = lfirst(cell);

        if (column == NULL)
            continue;
        column = copyObject(column);
        if (context->level > 0)
            column = add_levels_mutator(column, &context->level);
        row->args = lappend(row->args, flatten_mutator(column, context));
        row->colnames = lappend(row->colnames, copyObject(lfirst(name)));
    }
    row->row_typeid = var->vartype;
    row->row_format = COERCE_IMPLICIT_CAST;
    row->location = var->location;
    return (Node *) row;
}

static Node *
flatten_mutator(Node *node, FlattenContext *context)
{
    if (node == NULL)
        return NULL;
    if (IsA(node, Var)) {
        Var *var = (Var *) node;

        if ((int) var->varlevelsup != context->level || var->varno <= 0)
            return node;

        RangeTblEntry *rte = rt_fetch(var->varno, context->parse->rtable);

        if (rte->rtekind != RTE_JOIN)
            return node;
        if (var->varattno == 0)
            return whole_join_row(rte, var, context);

        Node *column = copyObject(list_nth(rte->joinaliasvars, var->varattno - 1));

        if (context->level > 0)
            column = add_levels_mutator(column, &context->level);
        return flatten_mutator(column, context);
    }
    if (IsA(node, Query)) {
        Query *query;

        context->level++;
        query = query_tree_mutator((Query *) node, flatten_mutator, context,
                                   QTW_IGNORE_JOINALIASES);
        context->level--;
        return (Node *) query;
    }
    return expression_tree_mutator(node, flatten_mutator, context);
}

Node *
planner__flatten_join_aliases(Query *parse, Node *expr)
{
    FlattenContext context = {parse, 0};

    return flatten_mutator(expr, &context);
}

static bool
aggs_walker(Node *node, void *unused)
{
    if (node == NULL)
        return false;
    if (IsA(node, Aggref))
        return ((Aggref *) node)->agglevelsup == 0;
    return expression_tree_walker(node, aggs_walker, unused);
}

bool
planner__contains_aggs_of_level(Node *expr)
{
    return aggs_walker(expr, NULL);
}

/* ---- moving a tree to another query ---- */

typedef struct MoveContext {
    int offset; /* added to range table indexes at exactly `level` */
    int delta;  /* added to levels of `level` and more */
    int level;
} MoveContext;

static bool
offset_walker(Node *node, MoveContext *context)
{
    if (node == NULL)
        return false;
    switch (nodeTag(node)) {
    case T_Var: {
        Var *var = (Var *) node;

        if ((int) var->varlevelsup == context->level && var->varno > 0) {
            var->varno += context->offset;
            if (var->varnosyn > 0)
                var->varnosyn += (Index) context->offset;
        }
        return false;
    }
    case T_RangeTblRef:
        if (context->level == 0)
            ((RangeTblRef *) node)->rtindex += context->offset;
        return false;
    case T_JoinExpr:
        if (context->level == 0 && ((JoinExpr *) node)->rtindex > 0)
            ((JoinExpr *) node)->rtindex += context->offset;
        break;
    case T_RowMarkClause:
        if (context->level == 0)
            ((RowMarkClause *) node)->rti += (Index) context->offset;
        return false;
    case T_Query: {
        bool result;

        context->level++;
        result = query_tree_walker((Query *) node, offset_walker, context, 0);
        context->level--;
        return result;
    }
    default:
        break;
    }
    return expression_tree_walker(node, offset_walker, context);
}

void
planner__offset_vars(Node *tree, int offset, int level)
{
    MoveContext context = {offset, 0, level};

    if (tree && IsA(tree, Query)) {
        Query *query = (Query *) tree;
        ListCell *cell;

        foreach (cell, query->rowMarks)
            offset_walker(lfirst(cell), &context);
        query_tree_walker(query, offset_walker, &context, 0);
        return;
    }
    offset_walker(tree, &context);
}

static bool
shift_walker(Node *node, MoveContext *context)
{
    if (node == NULL)
        return false;
    switch (nodeTag(node)) {
    case T_Var:
        if ((int) ((Var *) node)->varlevelsup >= context->level)
            ((Var *) node)->varlevelsup += (Index) context->delta;
        return false;
    case T_Aggref:
        if ((int) ((Aggref *) node)->agglevelsup >= context->level)
            ((Aggref *) node)->agglevelsup += (Index) context->delta;
        break;
    case T_GroupingFunc:
        if ((int) ((GroupingFunc *) node)->agglevelsup >= context->level)
            ((GroupingFunc *) node)->agglevelsup += (Index) context->delta;
        break;
    case T_RangeTblEntry: {
        RangeTblEntry *rte = (RangeTblEntry *) node;

        if (rte->rtekind == RTE_CTE && (int) rte->ctelevelsup >= context->level)
            rte->ctelevelsup += (Index) context->delta;
        return false; /* what it holds is walked by the range table walker */
    }
    case T_Query: {
        bool result;

        context->level++;
        result = query_tree_walker((Query *) node, shift_walker, context,
                                   QTW_EXAMINE_RTES_BEFORE);
        context->level--;
        return result;
    }
    default:
        break;
    }
    return expression_tree_walker(node, shift_walker, context);
}

void
planner__shift_levels(Node *tree, int delta, int min_level)
{
    MoveContext context = {0, delta, min_level};

    if (tree && IsA(tree, Query))
        query_tree_walker((Query *) tree, shift_walker, &context, QTW_EXAMINE_RTES_BEFORE);
    else
        shift_walker(tree, &context);
}
