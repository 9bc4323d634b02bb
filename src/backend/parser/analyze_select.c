/*
 * analyze_select.c - SELECT, VALUES and set operations
 */
#include "parse_int.h"

#include "catalog/relcache.h"

static void
reject_into(ParseState *pstate, PgQuery__SelectStmt *stmt)
{
    if (stmt->into_clause != NULL)
        ereport(ERROR, (errcode(ERRCODE_SYNTAX_ERROR),
                        errmsg("SELECT ... INTO is not allowed here"),
                        parser_errposition(pstate, stmt->into_clause->rel->location)));
}

static void
begin_with(ParseState *pstate, Query *query, PgQuery__WithClause *with)
{
    if (with == NULL)
        return;
    query->hasRecursive = with->recursive;
    query->cteList = transform_with(pstate, with);
    query->hasModifyingCTE = pstate->hasModifyingCTE;
}

/* What every kind of query copies from its state at the end. */
void
finish_query(ParseState *pstate, Query *query)
{
    query->rtable = pstate->rtable;
    query->hasSubLinks = pstate->hasSubLinks;
    query->hasWindowFuncs = pstate->hasWindowFuncs;
    query->hasTargetSRFs = pstate->hasTargetSRFs;
    query->hasAggs = pstate->hasAggs;
}

static bool
is_distinct_all(PgQuery__SelectStmt *stmt)
{
    return stmt->n_distinct_clause == 1 && RAW_MISSING(stmt->distinct_clause[0]);
}

static LimitOption
limit_option(PgQuery__SelectStmt *stmt)
{
    return stmt->limit_option == PG_QUERY__LIMIT_OPTION__LIMIT_OPTION_WITH_TIES
               ? LIMIT_OPTION_WITH_TIES
               : LIMIT_OPTION_COUNT;
}

static void
sort_group_limit(ParseState *pstate, Query *query, PgQuery__SelectStmt *stmt)
{
    query->havingQual = transform_where(pstate, stmt->having_clause, EXPR_KIND_HAVING, "HAVING");
    query->sortClause = transform_sort_clause(pstate, stmt->sort_clause, stmt->n_sort_clause,
                                              &query->targetList, EXPR_KIND_ORDER_BY, false);
    query->groupClause = transform_group_clause(pstate, stmt->group_clause, stmt->n_group_clause,
                                                &query->groupingSets, &query->targetList,
                                                query->sortClause, EXPR_KIND_GROUP_BY, false);
    query->groupDistinct = stmt->group_distinct;
    if (stmt->n_distinct_clause == 0)
        query->distinctClause = NIL;
    else if (is_distinct_all(stmt))
        query->distinctClause = transform_distinct(pstate, &query->targetList, query->sortClause,
                                                   false);
    else
    {
        query->distinctClause =
            transform_distinct_on(pstate, stmt->distinct_clause, stmt->n_distinct_clause,
                                  &query->targetList, query->sortClause);
        query->hasDistinctOn = true;
    }
    query->limitOffset = transform_limit(pstate, stmt->limit_offset, EXPR_KIND_OFFSET, "OFFSET",
                                         limit_option(stmt));
    query->limitCount = transform_limit(pstate, stmt->limit_count, EXPR_KIND_LIMIT, "LIMIT",
                                        limit_option(stmt));
    query->limitOption = limit_option(stmt);
}

static void
lock_result_rows(ParseState *pstate, Query *query, PgQuery__SelectStmt *stmt)
{
    for (size_t i = 0; i < stmt->n_locking_clause; i++)
        transform_locking(pstate, query, stmt->locking_clause[i]->locking_clause, false);
}

Query *
transform_select(ParseState *pstate, PgQuery__SelectStmt *stmt)
{
    Query *query = makeNode(Query);
    Node *qual;

    query->commandType = CMD_SELECT;
    begin_with(pstate, query, stmt->with_clause);
    reject_into(pstate, stmt);
    pstate->locking_clauses = stmt->locking_clause;
    pstate->locking_count = stmt->n_locking_clause;
    for (size_t i = 0; i < stmt->n_window_clause; i++)
        pstate->windowdefs = lappend(pstate->windowdefs, stmt->window_clause[i]->window_def);
    transform_from_clause(pstate, stmt->from_clause, stmt->n_from_clause);
    query->targetList = transform_target_list(pstate, stmt->target_list, stmt->n_target_list,
                                              EXPR_KIND_SELECT_TARGET);
    mark_target_list_origins(pstate, query->targetList);
    qual = transform_where(pstate, stmt->where_clause, EXPR_KIND_WHERE, "WHERE");
    sort_group_limit(pstate, query, stmt);
    query->windowClause = transform_window_definitions(pstate, pstate->windowdefs,
                                                       &query->targetList);
    if (pstate->resolve_unknowns)
        resolve_target_list_unknowns(pstate, query->targetList);
    query->jointree = makeFromExpr(pstate->joinlist, qual);
    finish_query(pstate, query);
    lock_result_rows(pstate, query, stmt);
    assign_query_collations(pstate, query);
    if (pstate->hasAggs || query->groupClause || query->groupingSets || query->havingQual)
        check_aggregates(pstate, query);
    return query;
}

/* ---- VALUES --------------------------------------------------------------------------------------- */

static void
values_columns(ParseState *pstate, List *rows, int width, List **types, List **typmods,
               List **collations)
{
    for (int i = 0; i < width; i++)
    {
        List *column = NIL;
        Oid type;
        List *coerced = NIL;

        foreach_ptr(List, row, rows)
            column = lappend(column, list_nth(row, i));
        type = select_common_type(pstate, column, "VALUES", NULL);
        foreach_ptr(List, row, rows)
        {
            Node *value = coerce_to_common_type(pstate, list_nth(row, i), type, "VALUES");

            lfirst(list_nth_cell(row, i)) = value;
            coerced = lappend(coerced, value);
        }
        *types = lappend_oid(*types, type);
        *typmods = lappend_int(*typmods, select_common_typmod(coerced, type));
        *collations = lappend_oid(*collations,
                                  type_is_collatable(type)
                                      ? select_common_collation(pstate, coerced, true)
                                      : InvalidOid);
    }
}

Query *
transform_values(ParseState *pstate, PgQuery__SelectStmt *stmt)
{
    Query *query = makeNode(Query);
    List *rows = NIL;
    int width = -1;
    List *types = NIL;
    List *typmods = NIL;
    List *collations = NIL;
    NsItem *item;
    int depth = 0;

    query->commandType = CMD_SELECT;
    begin_with(pstate, query, stmt->with_clause);
    for (size_t i = 0; i < stmt->n_values_lists; i++)
    {
        PgQuery__List *raw = stmt->values_lists[i]->list;
        List *row = transform_expr_list(pstate, raw->items, raw->n_items, EXPR_KIND_VALUES, false);

        if (width < 0)
            width = list_length(row);
        else if (width != list_length(row))
            ereport(ERROR, (errcode(ERRCODE_SYNTAX_ERROR),
                            errmsg("VALUES lists must all be the same length"),
                            parser_errposition(pstate, exprLocation((Node *) row))));
        rows = lappend(rows, row);
    }
    values_columns(pstate, rows, width, &types, &typmods, &collations);
    foreach_ptr(List, row, rows)
        assign_list_collations(pstate, row);
    item = add_rte_values(pstate, rows, types, typmods, collations, NULL,
                          pstate->rtable != NIL && depth == 0 && pstate->lateral_active, true);
    add_nsitem(pstate, item, true, true, true);
    query->targetList = expand_nsitem_targets(pstate, item, 0, true, -1);
    query->sortClause = transform_sort_clause(pstate, stmt->sort_clause, stmt->n_sort_clause,
                                              &query->targetList, EXPR_KIND_ORDER_BY, false);
    query->limitOffset = transform_limit(pstate, stmt->limit_offset, EXPR_KIND_OFFSET, "OFFSET",
                                         limit_option(stmt));
    query->limitCount = transform_limit(pstate, stmt->limit_count, EXPR_KIND_LIMIT, "LIMIT",
                                        limit_option(stmt));
    query->limitOption = limit_option(stmt);
    if (stmt->n_locking_clause > 0)
        ereport(ERROR,
                (errcode(ERRCODE_FEATURE_NOT_SUPPORTED),
                 errmsg("%s cannot be applied to VALUES",
                        lock_strength_name((LockClauseStrength) (stmt->locking_clause[0]
                                                                     ->locking_clause->strength -
                                                                 1)))));
    query->jointree = makeFromExpr(pstate->joinlist, NULL);
    finish_query(pstate, query);
    assign_query_collations(pstate, query);
    return query;
}

/* ---- set operations --------------------------------------------------------------------------------- */

static const char *
setop_name(SetOperation op)
{
    return op == SETOP_UNION ? "UNION" : op == SETOP_INTERSECT ? "INTERSECT" : "EXCEPT";
}

static bool
is_set_op(PgQuery__SelectStmt *stmt)
{
    return stmt->op > PG_QUERY__SET_OPERATION__SETOP_NONE;
}

static void
check_leaf_references(ParseState *pstate, Query *query)
{
    /* a leaf is analyzed beside its siblings, which it must not see: the walk finds references to
     * this level */
    (void) pstate;
    (void) query;
}

/* Analyzes a leaf as a sub-query of its own. */
static Node *
setop_leaf(ParseState *pstate, PgQuery__SelectStmt *stmt, List **ret_targets)
{
    RawNode node = PG_QUERY__NODE__INIT;
    Query *query;
    char name[32];
    NsItem *item;
    RangeTblRef *ref;

    node.node_case = PG_QUERY__NODE__NODE_SELECT_STMT;
    node.select_stmt = stmt;
    query = transform_sub_stmt(pstate, &node, NULL, false, false);
    check_leaf_references(pstate, query);
    *ret_targets = NIL;
    foreach_ptr(TargetEntry, tle, query->targetList)
    {
        if (!tle->resjunk)
            *ret_targets = lappend(*ret_targets, tle);
    }
    snprintf(name, sizeof(name), "*SELECT* %d", list_length(pstate->rtable) + 1);
    item = add_rte_subquery(pstate, query, makeAlias(name, NIL), false, false);
    ref = makeNode(RangeTblRef);
    ref->rtindex = item->rtindex;
    return (Node *) ref;
}

static SortGroupClause *
setop_group_clause(ParseState *pstate, Oid type, int location)
{
    SortGroupClause *clause = makeNode(SortGroupClause);
    ErrorPosition position;

    push_error_position(&position, pstate, location);
    get_sort_group_operators(type, false, true, false, &clause->sortop, &clause->eqop, NULL,
                             &clause->hashable);
    pop_error_position(&position);
    return clause;
}

/* One output column of a set operation: its type, and both inputs' literals brought to it. */
static void
setop_column(ParseState *pstate, SetOperationStmt *op, TargetEntry *left, TargetEntry *right,
             bool recursive, List **ret_targets)
{
    Node *lexpr = (Node *) left->expr;
    Node *rexpr = (Node *) right->expr;
    const char *context = setop_name(op->op);
    Oid type = select_common_type(pstate, list_make2(lexpr, rexpr), context, NULL);
    Oid collation;
    int32 typmod;
    SetToDefault *stand_in;

    /* a literal takes the type at once; others are coerced when the plan is made */
    if (exprType(lexpr) != UNKNOWNOID)
        lexpr = coerce_to_common_type(pstate, lexpr, type, context);
    else if (IsA(lexpr, Const) || IsA(lexpr, Param))
        left->expr = (Expr *) (lexpr = coerce_to_common_type(pstate, lexpr, type, context));
    if (exprType(rexpr) != UNKNOWNOID)
        rexpr = coerce_to_common_type(pstate, rexpr, type, context);
    else if (IsA(rexpr, Const) || IsA(rexpr, Param))
        right->expr = (Expr *) (rexpr = coerce_to_common_type(pstate, rexpr, type, context));
    typmod = select_common_typmod(list_make2(lexpr, rexpr), type);
    collation = select_common_collation(pstate, list_make2(lexpr, rexpr),
                                        op->op == SETOP_UNION && op->all);
    op->colTypes = lappend_oid(op->colTypes, type);
    op->colTypmods = lappend_int(op->colTypmods, typmod);
    op->colCollations = lappend_oid(op->colCollations, collation);
    if (op->op != SETOP_UNION || !op->all)
        op->groupClauses = lappend(op->groupClauses,
                                   setop_group_clause(pstate, type, exprLocation(lexpr)));
    stand_in = makeNode(SetToDefault);
    stand_in->typeId = type;
    stand_in->typeMod = typmod;
    stand_in->collation = collation;
    stand_in->location = exprLocation(lexpr);
    *ret_targets = lappend(*ret_targets, makeTargetEntry((Expr *) stand_in, 0, NULL, false));
}

static void
reject_inner_clauses(ParseState *pstate, PgQuery__SelectStmt *stmt)
{
    reject_into(pstate, stmt);
    if (stmt->n_locking_clause > 0)
        ereport(ERROR,
                (errcode(ERRCODE_FEATURE_NOT_SUPPORTED),
                 errmsg("%s is not allowed with UNION/INTERSECT/EXCEPT",
                        lock_strength_name((LockClauseStrength) (stmt->locking_clause[0]
                                                                     ->locking_clause->strength -
                                                                 1)))));
}

/* The recursive term sees the columns that the non-recursive one made. */
static void
set_recursive_columns(ParseState *pstate, List *left_targets)
{
    List *targets = NIL;
    AttrNumber resno = 1;

    foreach_ptr(TargetEntry, tle, left_targets)
    {
        targets = lappend(targets, makeTargetEntry(tle->expr, resno++,
                                                   tle->resname ? pstrdup(tle->resname) : NULL,
                                                   false));
    }
    analyze_cte_target_list(pstate, pstate->parent_cte, targets);
}

static Query *
leftmost_query(ParseState *pstate, Node *node)
{
    while (IsA(node, SetOperationStmt))
        node = ((SetOperationStmt *) node)->larg;
    return ((RangeTblEntry *) rt_fetch(((RangeTblRef *) node)->rtindex, pstate->rtable))->subquery;
}

static List *
named_targets(ParseState *pstate, Node *left, List *targets)
{
    Query *query = leftmost_query(pstate, left);
    List *result = NIL;
    int index = 0;

    foreach_ptr(TargetEntry, tle, targets)
    {
        TargetEntry *named = flatCopyTargetEntry(tle);

        named->resname = ((TargetEntry *) list_nth(query->targetList, index++))->resname;
        result = lappend(result, named);
    }
    return result;
}

static Node *
setop_tree(ParseState *pstate, PgQuery__SelectStmt *stmt, bool top, List **ret_targets)
{
    SetOperationStmt *op;
    List *left_targets;
    List *right_targets;
    bool recursive;

    check_stack_depth();
    reject_inner_clauses(pstate, stmt);
    if (!is_set_op(stmt) ||
        (!top && (stmt->n_sort_clause > 0 || stmt->limit_offset != NULL ||
                  stmt->limit_count != NULL || stmt->with_clause != NULL)))
        return setop_leaf(pstate, stmt, ret_targets);
    op = makeNode(SetOperationStmt);
    op->op = (SetOperation) (stmt->op - 1);
    op->all = stmt->all;
    recursive = top && pstate->parent_cte != NULL && pstate->parent_cte->cterecursive;
    op->larg = setop_tree(pstate, stmt->larg, false, &left_targets);
    if (recursive)
        set_recursive_columns(pstate, named_targets(pstate, op->larg, left_targets));
    op->rarg = setop_tree(pstate, stmt->rarg, false, &right_targets);
    if (list_length(left_targets) != list_length(right_targets))
        ereport(ERROR, (errcode(ERRCODE_SYNTAX_ERROR),
                        errmsg("each %s query must have the same number of columns",
                               setop_name(op->op)),
                        parser_errposition(pstate, exprLocation((Node *) right_targets))));
    *ret_targets = NIL;
    for (int i = 0; i < list_length(left_targets); i++)
        setop_column(pstate, op, list_nth(left_targets, i), list_nth(right_targets, i), recursive,
                     ret_targets);
    return (Node *) op;
}

/* Outer target list: Vars of the leftmost leaf, typed as the whole. Also gives ORDER BY an entry
 * that knows only the output names. */
static void
setop_targets(ParseState *pstate, Query *query, SetOperationStmt *op, List **ret_names,
              NsColumn **ret_columns)
{
    Node *node = op->larg;
    int leftmost;
    Query *left;
    int index = 0;

    while (IsA(node, SetOperationStmt))
        node = ((SetOperationStmt *) node)->larg;
    leftmost = ((RangeTblRef *) node)->rtindex;
    left = ((RangeTblEntry *) rt_fetch(leftmost, pstate->rtable))->subquery;
    *ret_columns = palloc0(sizeof(NsColumn) * (list_length(op->colTypes) + 1));
    for (index = 0; index < list_length(op->colTypes); index++)
    {
        TargetEntry *source = list_nth(left->targetList, index);
        NsColumn *column = &(*ret_columns)[index];
        Var *var = makeVar(leftmost, source->resno, list_nth_oid(op->colTypes, index),
                           list_nth_int(op->colTypmods, index),
                           list_nth_oid(op->colCollations, index), 0);
        TargetEntry *tle;

        var->location = exprLocation((Node *) source->expr);
        tle = makeTargetEntry((Expr *) var, (AttrNumber) pstate->next_resno++,
                              pstrdup(source->resname), false);
        query->targetList = lappend(query->targetList, tle);
        *ret_names = lappend(*ret_names, makeString(source->resname));
        column->varno = column->varnosyn = (Index) leftmost;
        column->varattno = column->varattnosyn = source->resno;
        column->vartype = var->vartype;
        column->vartypmod = var->vartypmod;
        column->varcollid = var->varcollid;
    }
}

static void
setop_sort(ParseState *pstate, Query *query, PgQuery__SelectStmt *stmt, List *names,
           NsColumn *columns)
{
    List *saved_rtable = pstate->rtable;
    int before = list_length(pstate->rtable);
    List *vars = NIL;
    List *zeros = NIL;
    int target_count = list_length(query->targetList);
    NsItem *item;

    foreach_ptr(TargetEntry, tle, query->targetList)
    {
        vars = lappend(vars, tle->expr);
        zeros = lappend_int(zeros, 0);
    }
    pstate->rtable = list_copy(saved_rtable);
    item = add_rte_join(pstate, names, columns, JOIN_INNER, 0, vars, zeros, list_copy(zeros), NULL,
                        NULL);
    pstate->namespace = NIL;
    add_nsitem(pstate, item, false, false, true);
    query->sortClause = transform_sort_clause(pstate, stmt->sort_clause, stmt->n_sort_clause,
                                              &query->targetList, EXPR_KIND_ORDER_BY, false);
    pstate->namespace = NIL;
    pstate->rtable = list_truncate(pstate->rtable, before);
    if (list_length(query->targetList) != target_count)
        ereport(ERROR,
                (errcode(ERRCODE_FEATURE_NOT_SUPPORTED),
                 errmsg("invalid UNION/INTERSECT/EXCEPT ORDER BY clause"),
                 errdetail("Only result column names can be used, not expressions or functions."),
                 errhint("Add the expression/function to every SELECT, or move the UNION into a "
                         "FROM clause."),
                 parser_errposition(
                     pstate,
                     exprLocation(list_nth(query->targetList, target_count)))));
}

Query *
transform_set_operation(ParseState *pstate, PgQuery__SelectStmt *stmt)
{
    Query *query = makeNode(Query);
    PgQuery__SelectStmt top = *stmt;
    List *targets;
    List *names = NIL;
    NsColumn *columns;

    query->commandType = CMD_SELECT;
    begin_with(pstate, query, stmt->with_clause);
    reject_into(pstate, stmt);
    reject_inner_clauses(pstate, stmt);
    top.with_clause = NULL;
    query->setOperations = setop_tree(pstate, &top, true, &targets);
    setop_targets(pstate, query, (SetOperationStmt *) query->setOperations, &names, &columns);
    setop_sort(pstate, query, stmt, names, columns);
    query->limitOffset = transform_limit(pstate, stmt->limit_offset, EXPR_KIND_OFFSET, "OFFSET",
                                         limit_option(stmt));
    query->limitCount = transform_limit(pstate, stmt->limit_count, EXPR_KIND_LIMIT, "LIMIT",
                                        limit_option(stmt));
    query->limitOption = limit_option(stmt);
    query->jointree = makeFromExpr(pstate->joinlist, NULL);
    finish_query(pstate, query);
    assign_query_collations(pstate, query);
    return query;
}

/* ---- FOR UPDATE and the like ---------------------------------------------------------------------------- */

const char *
lock_strength_name(LockClauseStrength strength)
{
    switch (strength)
    {
        case LCS_FORKEYSHARE:
            return "FOR KEY SHARE";
        case LCS_FORSHARE:
            return "FOR SHARE";
        case LCS_FORNOKEYUPDATE:
            return "FOR NO KEY UPDATE";
        case LCS_FORUPDATE:
            return "FOR UPDATE";
        default:
            return "FOR some";
    }
}

void
check_select_locking(Query *query, LockClauseStrength strength)
{
    const char *name = lock_strength_name(strength);
    const char *with = NULL;

    if (query->setOperations != NULL)
        with = "with UNION/INTERSECT/EXCEPT";
    else if (query->distinctClause != NIL)
        with = "with DISTINCT clause";
    else if (query->groupClause != NIL || query->groupingSets != NIL)
        with = "with GROUP BY clause";
    else if (query->havingQual != NULL)
        with = "with HAVING clause";
    else if (query->hasAggs)
        with = "with aggregate functions";
    else if (query->hasWindowFuncs)
        with = "with window functions";
    else if (query->hasTargetSRFs)
        with = "with set-returning functions in the target list";
    if (with != NULL)
        ereport(ERROR, (errcode(ERRCODE_FEATURE_NOT_SUPPORTED),
                        errmsg("%s is not allowed %s", name, with)));
}

static void
apply_locking(Query *query, Index rtindex, LockClauseStrength strength, LockWaitPolicy policy,
              bool pushed_down)
{
    RowMarkClause *mark;

    if (!pushed_down)
        query->hasForUpdate = true;
    foreach_ptr(RowMarkClause, other, query->rowMarks)
    {
        if (other->rti != rtindex)
            continue;
        other->strength = Max(other->strength, strength);
        other->waitPolicy = Max(other->waitPolicy, policy);
        other->pushedDown = other->pushedDown && pushed_down;
        return;
    }
    mark = makeNode(RowMarkClause);
    mark->rti = rtindex;
    mark->strength = strength;
    mark->waitPolicy = policy;
    mark->pushedDown = pushed_down;
    query->rowMarks = lappend(query->rowMarks, mark);
}

static void
lock_rte(ParseState *pstate, Query *query, RangeTblEntry *rte, Index rtindex,
         PgQuery__LockingClause *clause, bool pushed_down, int location)
{
    LockClauseStrength strength = (LockClauseStrength) (clause->strength - 1);
    LockWaitPolicy policy = (LockWaitPolicy) (clause->wait_policy - 1);
    const char *what = NULL;

    switch (rte->rtekind)
    {
        case RTE_RELATION:
            apply_locking(query, rtindex, strength, policy, pushed_down);
            rte->requiredPerms |= ACL_SELECT_FOR_UPDATE;
            return;
        case RTE_SUBQUERY:
        {
            PgQuery__LockingClause all = *clause;

            apply_locking(query, rtindex, strength, policy, pushed_down);
            all.n_locked_rels = 0;
            transform_locking(pstate, rte->subquery, &all, true);
            return;
        }
        case RTE_JOIN:
            what = "a join";
            break;
        case RTE_FUNCTION:
            what = "a function";
            break;
        case RTE_VALUES:
            what = "VALUES";
            break;
        case RTE_CTE:
            what = "a WITH query";
            break;
        default:
            what = "this";
            break;
    }
    if (location >= 0)
        ereport(ERROR, (errcode(ERRCODE_FEATURE_NOT_SUPPORTED),
                        errmsg("%s cannot be applied to %s", lock_strength_name(strength), what),
                        parser_errposition(pstate, location)));
}

void
transform_locking(ParseState *pstate, Query *query, PgQuery__LockingClause *clause,
                  bool pushed_down)
{
    LockClauseStrength strength = (LockClauseStrength) (clause->strength - 1);

    check_select_locking(query, strength);
    if (clause->n_locked_rels == 0)
    {
        Index rtindex = 0;

        foreach_ptr(RangeTblEntry, rte, query->rtable)
        {
            rtindex++;
            if (rte->inFromCl)
                lock_rte(pstate, query, rte, rtindex, clause, pushed_down, -1);
        }
        return;
    }
    for (size_t i = 0; i < clause->n_locked_rels; i++)
    {
        PgQuery__RangeVar *range = clause->locked_rels[i]->range_var;
        Index rtindex = 0;
        bool found = false;

        if (raw_string(range->schemaname) != NULL || raw_string(range->catalogname) != NULL)
            ereport(ERROR, (errcode(ERRCODE_SYNTAX_ERROR),
                            errmsg("%s must specify unqualified relation names",
                                   lock_strength_name(strength)),
                            parser_errposition(pstate, range->location)));
        foreach_ptr(RangeTblEntry, rte, query->rtable)
        {
            rtindex++;
            if (!rte->inFromCl || (rte->rtekind == RTE_JOIN && rte->alias == NULL) ||
                strcmp(rte->eref->aliasname, range->relname) != 0)
                continue;
            lock_rte(pstate, query, rte, rtindex, clause, pushed_down, range->location);
            found = true;
            break;
        }
        if (!found)
            ereport(ERROR,
                    (errcode(ERRCODE_UNDEFINED_TABLE),
                     errmsg("relation \"%s\" in %s clause not found in FROM clause",
                            range->relname, lock_strength_name(strength)),
                     parser_errposition(pstate, range->location)));
    }
}
