/*
 * parse_from.c - FROM items and joins, the target table of a change
 */
#include "parse_int.h"

#include "catalog/relcache.h"

static Node *transform_from_item(ParseState *pstate, RawNode *raw, NsItem **ret_item,
                                 List **ret_namespace);

static void
set_lateral(List *items, bool lateral_only, bool lateral_ok)
{
    foreach_ptr(NsItem, item, items)
    {
        item->lateral_only = lateral_only;
        item->lateral_ok = lateral_ok;
    }
}

static void
hide_columns(List *items)
{
    foreach_ptr(NsItem, item, items)
        item->cols_visible = false;
}

static void
check_namespace_conflict(ParseState *pstate, List *a, List *b)
{
    foreach_ptr(NsItem, left, a)
    {
        if (!left->rel_visible)
            continue;
        foreach_ptr(NsItem, right, b)
        {
            if (!right->rel_visible ||
                strcmp(left->names->aliasname, right->names->aliasname) != 0)
                continue;
            if (left->rte->rtekind == RTE_RELATION && left->rte->alias == NULL &&
                right->rte->rtekind == RTE_RELATION && right->rte->alias == NULL &&
                left->rte->relid != right->rte->relid)
                continue;
            ereport(ERROR, (errcode(ERRCODE_DUPLICATE_ALIAS),
                            errmsg("table name \"%s\" specified more than once",
                                   left->names->aliasname)));
        }
    }
}

/* ---- single items ------------------------------------------------------------------------------------ */

static bool
is_locked_refname(ParseState *pstate, const char *refname)
{
    if (pstate->locked_from_parent)
        return true;
    for (size_t i = 0; i < pstate->locking_count; i++)
    {
        PgQuery__LockingClause *clause = pstate->locking_clauses[i]->locking_clause;

        if (clause->n_locked_rels == 0)
            return true;
        for (size_t j = 0; j < clause->n_locked_rels; j++)
        {
            if (refname != NULL &&
                strcmp(refname, clause->locked_rels[j]->range_var->relname) == 0)
                return true;
        }
    }
    return false;
}

static NsItem *
table_item(ParseState *pstate, PgQuery__RangeVar *raw)
{
    Alias *alias = raw_alias(raw->alias);
    int lockmode;
    Relation rel;
    NsItem *item;
    char kind;

    if (raw_string(raw->schemaname) == NULL && raw_string(raw->catalogname) == NULL)
    {
        CommonTableExpr *cte;
        Index levels_up;

        if (scan_name_space_for_cte(pstate, raw->relname, &levels_up, &cte))
            return add_rte_cte(pstate, cte, levels_up, alias, true);
    }
    lockmode = is_locked_refname(pstate, alias ? alias->aliasname : raw->relname)
                   ? RowShareLock
                   : AccessShareLock;
    rel = open_named_relation(pstate, raw, lockmode);
    kind = rel->rd_rel->relkind;
    if (kind == RELKIND_INDEX || kind == RELKIND_PARTITIONED_INDEX)
        ereport(ERROR, (errcode(ERRCODE_WRONG_OBJECT_TYPE),
                        errmsg("cannot open relation \"%s\"", RelationGetRelationName(rel)),
                        errdetail("This operation is not supported for indexes."),
                        parser_errposition(pstate, raw->location)));
    if (kind == RELKIND_COMPOSITE_TYPE)
        ereport(ERROR, (errcode(ERRCODE_WRONG_OBJECT_TYPE),
                        errmsg("cannot open relation \"%s\"", RelationGetRelationName(rel)),
                        errdetail("This operation is not supported for composite types."),
                        parser_errposition(pstate, raw->location)));
    item = add_rte_relation(pstate, rel, lockmode, alias, raw->inh, true);
    relation_close(rel, NoLock);
    return item;
}

static NsItem *
subselect_item(ParseState *pstate, PgQuery__RangeSubselect *raw)
{
    ParseExprKind saved = pstate->expr_kind;
    Query *query;
    Alias *alias = raw_alias(raw->alias);

    if (alias == NULL)
        ereport(ERROR, (errcode(ERRCODE_SYNTAX_ERROR),
                        errmsg("subquery in FROM must have an alias")));
    pstate->expr_kind = EXPR_KIND_FROM_SUBSELECT;
    pstate->lateral_active = raw->lateral;
    query = transform_sub_stmt(pstate, raw->subquery, NULL,
                               is_locked_refname(pstate, alias->aliasname), true);
    pstate->lateral_active = false;
    pstate->expr_kind = saved;
    return add_rte_subquery(pstate, query, alias, raw->lateral, true);
}

static bool
vars_of_this_level(Node *node, int *depth)
{
    if (node == NULL)
        return false;
    if (IsA(node, Var))
        return (int) ((Var *) node)->varlevelsup == *depth;
    if (IsA(node, Query))
    {
        bool result;

        (*depth)++;
        result = query_tree_walker((Query *) node, vars_of_this_level, depth, 0);
        (*depth)--;
        return result;
    }
    return expression_tree_walker(node, vars_of_this_level, depth);
}

/* unnest(a, b) in FROM means ROWS FROM(unnest(a), unnest(b)). */
static bool
is_multi_unnest(RawNode *raw, size_t coldefs)
{
    PgQuery__FuncCall *call;

    if (!RAW_IS(raw, FUNC_CALL) || coldefs > 0)
        return false;
    call = raw->func_call;
    return call->n_funcname == 1 && strcmp(RAW_STRVAL(call->funcname[0]), "unnest") == 0 &&
           call->n_args > 1 && call->n_agg_order == 0 && call->agg_filter == NULL &&
           call->over == NULL && !call->agg_star && !call->agg_distinct && !call->func_variadic;
}

static void
add_function(ParseState *pstate, RawNode *raw, List *coldefs, List **exprs, List **names,
             List **coldeflists)
{
    Node *last_srf = pstate->last_srf;
    Node *expr = transform_expr(pstate, raw, EXPR_KIND_FROM_FUNCTION);

    if (pstate->last_srf != last_srf && pstate->last_srf != expr)
        ereport(ERROR, (errcode(ERRCODE_FEATURE_NOT_SUPPORTED),
                        errmsg("set-returning functions must appear at top level of FROM"),
                        parser_errposition(pstate, exprLocation(pstate->last_srf))));
    *exprs = lappend(*exprs, expr);
    *names = lappend(*names, figure_colname(raw));
    *coldeflists = lappend(*coldeflists, coldefs);
}

static List *
coldef_list(RawNode *const *items, size_t count)
{
    List *list = NIL;

    for (size_t i = 0; i < count; i++)
        list = lappend(list, items[i]->column_def);
    return list;
}

static NsItem *
function_item(ParseState *pstate, PgQuery__RangeFunction *raw)
{
    List *exprs = NIL;
    List *names = NIL;
    List *coldeflists = NIL;
    List *outer_coldefs = coldef_list(raw->coldeflist, raw->n_coldeflist);
    int depth = 0;
    bool lateral;

    pstate->lateral_active = true;
    for (size_t i = 0; i < raw->n_functions; i++)
    {
        PgQuery__List *pair = raw->functions[i]->list;
        RawNode *call = pair->items[0];
        List *coldefs = NIL;

        if (pair->n_items > 1 && RAW_IS(pair->items[1], LIST))
            coldefs = coldef_list(pair->items[1]->list->items, pair->items[1]->list->n_items);
        if (is_multi_unnest(call, list_length(coldefs) + list_length(outer_coldefs)))
        {
            for (size_t j = 0; j < call->func_call->n_args; j++)
            {
                RawNode node = PG_QUERY__NODE__INIT;
                PgQuery__FuncCall one = *call->func_call;

                one.n_args = 1;
                one.args = &call->func_call->args[j];
                node.node_case = PG_QUERY__NODE__NODE_FUNC_CALL;
                node.func_call = &one;
                add_function(pstate, &node, NIL, &exprs, &names, &coldeflists);
            }
            continue;
        }
        add_function(pstate, call, coldefs, &exprs, &names, &coldeflists);
    }
    pstate->lateral_active = false;
    assign_list_collations(pstate, exprs);
    if (outer_coldefs != NIL)
    {
        if (list_length(exprs) != 1)
            ereport(ERROR,
                    (errcode(ERRCODE_SYNTAX_ERROR),
                     errmsg("ROWS FROM() with multiple functions cannot have a column definition "
                            "list"),
                     errhint("Put a separate column definition list for each function inside ROWS "
                             "FROM().")));
        if (raw->ordinality)
            ereport(ERROR, (errcode(ERRCODE_SYNTAX_ERROR),
                            errmsg("WITH ORDINALITY cannot be used with a column definition list"),
                            errhint("Put the column definition list inside ROWS FROM().")));
        coldeflists = list_make1(outer_coldefs);
    }
    lateral = raw->lateral || vars_of_this_level((Node *) exprs, &depth);
    return add_rte_function(pstate, names, exprs, coldeflists, raw, lateral, true);
}

/* ---- joins ------------------------------------------------------------------------------------------- */

typedef struct JoinSide {
    Node *tree;
    NsItem *item;
    List *namespace;
    bool *used; /* columns taken by USING */
} JoinSide;

typedef struct JoinColumns {
    List *names;
    List *vars;
    List *left;  /* int */
    List *right; /* int */
    NsColumn *columns;
    int count;
} JoinColumns;

static Var *
column_var(NsItem *item, int index)
{
    NsColumn *column = &item->columns[index];
    Var *var = makeVar((int) column->varno, column->varattno, column->vartype, column->vartypmod,
                       column->varcollid, 0);

    var->varnosyn = column->varnosyn;
    var->varattnosyn = column->varattnosyn;
    return var;
}

static int
find_join_column(ParseState *pstate, NsItem *item, const char *name, const char *side)
{
    int found = -1;
    int index = 0;

    foreach_ptr(String, column, item->names->colnames)
    {
        if (strcmp(strVal(column), name) == 0)
        {
            if (found >= 0)
                ereport(ERROR, (errcode(ERRCODE_AMBIGUOUS_COLUMN),
                                errmsg("common column name \"%s\" appears more than once in %s "
                                       "table",
                                       name, side)));
            found = index;
        }
        index++;
    }
    return found;
}

/* The merged column of USING and its place in the join's columns. */
static Node *
merged_column(ParseState *pstate, JoinType jointype, Var *left, Var *right)
{
    Oid type = select_common_type(pstate, list_make2(left, right), "JOIN/USING", NULL);
    int32 typmod = select_common_typmod(list_make2(left, right), type);
    Node *sides[2] = {(Node *) left, (Node *) right};
    Node *result;

    for (int i = 0; i < 2; i++)
    {
        Node *side = sides[i];

        if (exprType(side) != type)
            sides[i] = coerce_type(pstate, side, exprType(side), type, typmod, COERCION_IMPLICIT,
                                   COERCE_IMPLICIT_CAST, -1);
        else if (exprTypmod(side) != typmod)
            sides[i] = (Node *) makeRelabelType((Expr *) side, type, typmod, exprCollation(side),
                                                COERCE_IMPLICIT_CAST);
    }
    switch (jointype)
    {
        case JOIN_INNER:
            result = IsA(sides[0], Var) || !IsA(sides[1], Var) ? sides[0] : sides[1];
            break;
        case JOIN_LEFT:
            result = sides[0];
            break;
        case JOIN_RIGHT:
            result = sides[1];
            break;
        default:
        {
            CoalesceExpr *coalesce = makeNode(CoalesceExpr);

            coalesce->coalescetype = type;
            coalesce->args = list_make2(sides[0], sides[1]);
            coalesce->location = -1;
            result = (Node *) coalesce;
            break;
        }
    }
    assign_expr_collations(pstate, result);
    return result;
}

static void
add_join_column(JoinColumns *join, const char *name, Node *var, int left, int right,
                NsColumn *source)
{
    NsColumn *column = &join->columns[join->count++];

    join->names = lappend(join->names, makeString((char *) name));
    join->vars = lappend(join->vars, var);
    join->left = lappend_int(join->left, left);
    join->right = lappend_int(join->right, right);
    if (source != NULL)
        *column = *source;
    else
    {
        /* a real merged expression: a Var of the join itself, its index filled in later */
        column->varno = 0;
        column->varattno = (AttrNumber) join->count;
        column->vartype = exprType(var);
        column->vartypmod = exprTypmod(var);
        column->varcollid = exprCollation(var);
        column->varnosyn = 0;
        column->varattnosyn = (AttrNumber) join->count;
    }
}

static Node *
using_condition(ParseState *pstate, List *conditions)
{
    Node *result;

    if (conditions == NIL)
        return NULL;
    result = list_length(conditions) == 1 ? linitial(conditions)
                                          : (Node *) makeBoolExpr(AND_EXPR, conditions, -1);
    return coerce_to_boolean(pstate, result, "JOIN/USING");
}

static void
merge_using(ParseState *pstate, JoinExpr *join, JoinSide *left, JoinSide *right,
            JoinColumns *columns)
{
    List *conditions = NIL;

    foreach_ptr(String, name, join->usingClause)
    {
        int l = find_join_column(pstate, left->item, strVal(name), "left");
        int r = find_join_column(pstate, right->item, strVal(name), "right");
        Var *lvar;
        Var *rvar;
        Node *merged;
        NsColumn *source = NULL;

        if (l < 0 || r < 0)
            ereport(ERROR, (errcode(ERRCODE_UNDEFINED_COLUMN),
                            errmsg("column \"%s\" specified in USING clause does not exist in %s "
                                   "table",
                                   strVal(name), l < 0 ? "left" : "right")));
        if (left->used[l])
            ereport(ERROR, (errcode(ERRCODE_DUPLICATE_COLUMN),
                            errmsg("column name \"%s\" appears more than once in USING clause",
                                   strVal(name))));
        lvar = column_var(left->item, l);
        rvar = column_var(right->item, r);
        mark_var_for_select(pstate, lvar);
        mark_var_for_select(pstate, rvar);
        conditions = lappend(conditions,
                             make_op(pstate, list_make1(makeString("=")), copyObject((Node *) lvar),
                                     copyObject((Node *) rvar), pstate->last_srf, -1));
        left->used[l] = right->used[r] = true;
        merged = merged_column(pstate, join->jointype, lvar, rvar);
        if (merged == (Node *) lvar)
            source = &left->item->columns[l];
        else if (merged == (Node *) rvar)
            source = &right->item->columns[r];
        add_join_column(columns, strVal(name), merged, l + 1, r + 1, source);
    }
    join->quals = using_condition(pstate, conditions);
    if (join->quals != NULL)
        assign_expr_collations(pstate, join->quals);
}

static void
add_other_columns(JoinSide *side, JoinColumns *columns, bool is_left)
{
    int index = 0;

    foreach_ptr(String, name, side->item->names->colnames)
    {
        NsColumn *column = &side->item->columns[index];

        if (column->varno != 0 && !side->used[index])
            add_join_column(columns, strVal(name), (Node *) column_var(side->item, index),
                            is_left ? index + 1 : 0, is_left ? 0 : index + 1, column);
        index++;
    }
}

static List *
natural_columns(NsItem *left, NsItem *right)
{
    List *result = NIL;

    foreach_ptr(String, name, left->names->colnames)
    {
        if (strVal(name)[0] == '\0')
            continue;
        foreach_ptr(String, other, right->names->colnames)
        {
            if (strcmp(strVal(name), strVal(other)) == 0)
            {
                result = lappend(result, name);
                break;
            }
        }
    }
    return result;
}

static Node *
on_condition(ParseState *pstate, RawNode *raw, List *namespace)
{
    List *saved = pstate->namespace;
    Node *result;

    set_lateral(namespace, false, true);
    pstate->namespace = namespace;
    result = transform_where(pstate, raw, EXPR_KIND_JOIN_ON, "JOIN/ON");
    pstate->namespace = saved;
    return result;
}

static NsItem *
using_alias_item(NsItem *join_item, Alias *alias, int merged_count)
{
    NsItem *item = palloc0(sizeof(NsItem));
    NsColumn *columns = palloc(sizeof(NsColumn) * (merged_count + 1));

    memcpy(columns, join_item->columns, sizeof(NsColumn) * merged_count);
    *item = *join_item;
    alias->colnames = list_copy_head(join_item->names->colnames, merged_count);
    item->names = alias;
    item->columns = columns;
    item->rel_visible = true;
    item->cols_visible = false;
    return item;
}

static void
transform_join_sides(ParseState *pstate, PgQuery__JoinExpr *raw, JoinExpr *join, JoinSide *left,
                     JoinSide *right)
{
    int before;
    bool lateral_ok = join->jointype == JOIN_INNER || join->jointype == JOIN_LEFT;

    left->tree = transform_from_item(pstate, raw->larg, &left->item, &left->namespace);
    /* the left side is visible to LATERAL items on the right */
    set_lateral(left->namespace, true, lateral_ok);
    before = list_length(pstate->namespace);
    pstate->namespace = list_concat(pstate->namespace, left->namespace);
    right->tree = transform_from_item(pstate, raw->rarg, &right->item, &right->namespace);
    pstate->namespace = list_truncate(pstate->namespace, before);
    check_namespace_conflict(pstate, left->namespace, right->namespace);
    left->used = palloc0(list_length(left->item->names->colnames) + 1);
    right->used = palloc0(list_length(right->item->names->colnames) + 1);
    join->larg = left->tree;
    join->rarg = right->tree;
}

static Node *
transform_join(ParseState *pstate, PgQuery__JoinExpr *raw, NsItem **ret_item, List **ret_namespace)
{
    JoinExpr *join = makeNode(JoinExpr);
    JoinSide left;
    JoinSide right;
    JoinColumns columns = {NIL, NIL, NIL, NIL, NULL, 0};
    List *mine;
    NsItem *item;
    int merged_count;

    join->jointype = (JoinType) (raw->jointype - 1);
    join->isNatural = raw->is_natural;
    join->alias = raw_alias(raw->alias);
    join->join_using_alias = raw_alias(raw->join_using_alias);
    transform_join_sides(pstate, raw, join, &left, &right);
    mine = list_concat(list_copy(left.namespace), right.namespace);
    join->usingClause = raw->is_natural ? natural_columns(left.item, right.item)
                                        : raw_string_list(raw->using_clause, raw->n_using_clause);
    columns.columns = palloc0(sizeof(NsColumn) * (list_length(left.item->names->colnames) +
                                                  list_length(right.item->names->colnames) + 1));
    if (join->usingClause != NIL)
        merge_using(pstate, join, &left, &right, &columns);
    else if (raw->quals != NULL)
        join->quals = on_condition(pstate, raw->quals, mine);
    merged_count = columns.count;
    add_other_columns(&left, &columns, true);
    add_other_columns(&right, &columns, false);
    item = add_rte_join(pstate, columns.names, columns.columns, join->jointype, merged_count,
                        columns.vars, columns.left, columns.right, join->join_using_alias,
                        join->alias);
    join->rtindex = item->rtindex;
    for (int i = 0; i < columns.count; i++)
    {
        NsColumn *column = &columns.columns[i];

        if (column->varno == 0)
            column->varno = (Index) join->rtindex;
        if (column->varnosyn == 0)
            column->varnosyn = (Index) join->rtindex;
        if (join->alias != NULL)
        {
            column->varnosyn = (Index) join->rtindex;
            column->varattnosyn = (AttrNumber) (i + 1);
        }
    }
    while (list_length(pstate->joinexprs) < join->rtindex - 1)
        pstate->joinexprs = lappend(pstate->joinexprs, NULL);
    pstate->joinexprs = lappend(pstate->joinexprs, join);
    if (join->alias != NULL)
        mine = NIL;
    else
        hide_columns(mine);
    if (join->join_using_alias != NULL)
        mine = lappend(mine, using_alias_item(item, join->join_using_alias, merged_count));
    item->rel_visible = join->alias != NULL;
    item->cols_visible = true;
    item->lateral_only = false;
    item->lateral_ok = true;
    *ret_namespace = lappend(mine, item);
    *ret_item = item;
    return (Node *) join;
}

static Node *
transform_from_item(ParseState *pstate, RawNode *raw, NsItem **ret_item, List **ret_namespace)
{
    NsItem *item;
    RangeTblRef *ref;

    check_stack_depth();
    switch (RAW_KIND(raw))
    {
        case PG_QUERY__NODE__NODE_RANGE_VAR:
            item = table_item(pstate, raw->range_var);
            break;
        case PG_QUERY__NODE__NODE_RANGE_SUBSELECT:
            item = subselect_item(pstate, raw->range_subselect);
            break;
        case PG_QUERY__NODE__NODE_RANGE_FUNCTION:
            item = function_item(pstate, raw->range_function);
            break;
        case PG_QUERY__NODE__NODE_JOIN_EXPR:
            return transform_join(pstate, raw->join_expr, ret_item, ret_namespace);
        case PG_QUERY__NODE__NODE_RANGE_TABLE_SAMPLE:
            unsupported(pstate, "TABLESAMPLE", raw->range_table_sample->location);
        case PG_QUERY__NODE__NODE_RANGE_TABLE_FUNC:
            unsupported(pstate, "XMLTABLE", -1);
        default:
            elog(ERROR, "unrecognized node type: %d", (int) RAW_KIND(raw));
    }
    ref = makeNode(RangeTblRef);
    ref->rtindex = item->rtindex;
    *ret_item = item;
    *ret_namespace = list_make1(item);
    return (Node *) ref;
}

void
transform_from_clause(ParseState *pstate, RawNode *const *items, size_t count)
{
    for (size_t i = 0; i < count; i++)
    {
        NsItem *item;
        List *namespace;
        Node *tree = transform_from_item(pstate, items[i], &item, &namespace);

        check_namespace_conflict(pstate, pstate->namespace, namespace);
        /* until the whole list is there, earlier items serve LATERAL only */
        set_lateral(namespace, true, true);
        pstate->joinlist = lappend(pstate->joinlist, tree);
        pstate->namespace = list_concat(pstate->namespace, namespace);
    }
    set_lateral(pstate->namespace, false, true);
}

static void
reject_target_kind(ParseState *pstate, Relation rel, AclMode perms)
{
    const char *name = RelationGetRelationName(rel);
    const char *verb = perms & ACL_INSERT   ? "insert into"
                       : perms & ACL_UPDATE ? "update"
                                            : "delete from";

    switch (rel->rd_rel->relkind)
    {
        case RELKIND_RELATION:
            return;
        case RELKIND_VIEW:
            ereport(ERROR, (errcode(ERRCODE_FEATURE_NOT_SUPPORTED),
                            errmsg("cannot %s view \"%s\"", verb, name),
                            errdetail("Automatically updatable views are not supported.")));
            break;
        case RELKIND_SEQUENCE:
            ereport(ERROR, (errcode(ERRCODE_WRONG_OBJECT_TYPE),
                            errmsg("cannot change sequence \"%s\"", name)));
            break;
        case RELKIND_TOASTVALUE:
            ereport(ERROR, (errcode(ERRCODE_WRONG_OBJECT_TYPE),
                            errmsg("cannot change TOAST relation \"%s\"", name)));
            break;
        case RELKIND_MATVIEW:
            ereport(ERROR, (errcode(ERRCODE_WRONG_OBJECT_TYPE),
                            errmsg("cannot change materialized view \"%s\"", name)));
            break;
        case RELKIND_INDEX:
        case RELKIND_COMPOSITE_TYPE:
            ereport(ERROR, (errcode(ERRCODE_WRONG_OBJECT_TYPE),
                            errmsg("cannot open relation \"%s\"", name),
                            rel->rd_rel->relkind == RELKIND_INDEX
                                ? errdetail("This operation is not supported for indexes.")
                                : errdetail("This operation is not supported for composite "
                                            "types.")));
            break;
        default:
            ereport(ERROR, (errcode(ERRCODE_FEATURE_NOT_SUPPORTED),
                            errmsg("cannot change relation \"%s\"", name)));
    }
}

int
set_target_table(ParseState *pstate, PgQuery__RangeVar *raw, bool inh, bool also_source,
                 AclMode perms)
{
    NsItem *item;

    if (raw_string(raw->schemaname) == NULL)
    {
        CommonTableExpr *cte;
        Index levels_up;

        if (scan_name_space_for_cte(pstate, raw->relname, &levels_up, &cte) &&
            levels_up == 0 && catalog_relation_find(NULL, raw->relname) == InvalidOid)
            ereport(ERROR, (errcode(ERRCODE_SYNTAX_ERROR),
                            errmsg("relation \"%s\" cannot be the target of a modifying statement",
                                   raw->relname)));
    }
    pstate->target_relation = open_named_relation(pstate, raw, RowExclusiveLock);
    reject_target_kind(pstate, pstate->target_relation, perms);
    item = add_rte_relation(pstate, pstate->target_relation, RowExclusiveLock,
                            raw_alias(raw->alias), inh, false);
    pstate->target_nsitem = item;
    item->rte->requiredPerms = perms;
    if (also_source)
        add_nsitem(pstate, item, true, true, true);
    return item->rtindex;
}
