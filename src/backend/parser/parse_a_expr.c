/*
 * parse_a_expr.c - operators with their special forms: IN, ANY, BETWEEN, rows, DISTINCT FROM
 */
#include "parse_int.h"

static bool
is_raw_null(RawNode *raw)
{
    return RAW_IS(raw, A_CONST) && raw->a_const->isnull;
}

static Node *
plain_op(ParseState *pstate, PgQuery__AExpr *raw, List *name)
{
    Node *last_srf = pstate->last_srf;

    if (RAW_IS(raw->lexpr, ROW_EXPR) && RAW_IS(raw->rexpr, SUB_LINK) &&
        raw->rexpr->sub_link->sub_link_type == PG_QUERY__SUB_LINK_TYPE__EXPR_SUBLINK)
    {
        PgQuery__SubLink *sub = raw->rexpr->sub_link;

        /* ROW(...) op (SELECT ...) compares with the one row of the sub-select */
        sub->sub_link_type = PG_QUERY__SUB_LINK_TYPE__ROWCOMPARE_SUBLINK;
        sub->testexpr = raw->lexpr;
        sub->oper_name = raw->name;
        sub->n_oper_name = raw->n_name;
        sub->location = raw->location;
        return transform_sublink(pstate, sub);
    }
    if (RAW_IS(raw->lexpr, ROW_EXPR) && RAW_IS(raw->rexpr, ROW_EXPR))
    {
        Node *left = transform_expr_inner(pstate, raw->lexpr);
        Node *right = transform_expr_inner(pstate, raw->rexpr);

        return make_row_comparison(pstate, name, ((RowExpr *) left)->args,
                                   ((RowExpr *) right)->args, raw->location);
    }
    {
        Node *left = transform_expr_inner(pstate, raw->lexpr);
        Node *right = transform_expr_inner(pstate, raw->rexpr);

        return (Node *) make_op(pstate, name, left, right, last_srf, raw->location);
    }
}

static Expr *
distinct_op(ParseState *pstate, List *name, Node *left, Node *right, int location)
{
    Expr *result = make_op(pstate, name, left, right, pstate->last_srf, location);

    if (((OpExpr *) result)->opresulttype != BOOLOID)
        ereport(ERROR, (errcode(ERRCODE_DATATYPE_MISMATCH),
                        errmsg("IS DISTINCT FROM requires = operator to yield boolean"),
                        parser_errposition(pstate, location)));
    if (((OpExpr *) result)->opretset)
        ereport(ERROR, (errcode(ERRCODE_DATATYPE_MISMATCH),
                        errmsg("IS DISTINCT FROM must not return a set"),
                        parser_errposition(pstate, location)));
    NodeSetTag(result, T_DistinctExpr);
    return result;
}

static Node *
row_distinct(ParseState *pstate, List *name, RowExpr *left, RowExpr *right, int location)
{
    Node *result = NULL;

    if (list_length(left->args) != list_length(right->args))
        ereport(ERROR, (errcode(ERRCODE_SYNTAX_ERROR),
                        errmsg("unequal number of entries in row expressions"),
                        parser_errposition(pstate, location)));
    for (int i = 0; i < list_length(left->args); i++)
    {
        Node *one = (Node *) distinct_op(pstate, name, list_nth(left->args, i),
                                         list_nth(right->args, i), location);

        result = result == NULL
                     ? one
                     : (Node *) makeBoolExpr(OR_EXPR, list_make2(result, one), location);
    }
    return result == NULL ? makeBoolConst(false, false) : result;
}

static Node *
distinct_expr(ParseState *pstate, PgQuery__AExpr *raw, List *name, bool negate)
{
    Node *result;

    if (is_raw_null(raw->lexpr) || is_raw_null(raw->rexpr))
    {
        NullTest *test = makeNode(NullTest);

        test->arg = (Expr *) transform_expr_inner(
            pstate, is_raw_null(raw->rexpr) ? raw->lexpr : raw->rexpr);
        test->nulltesttype = negate ? IS_NULL : IS_NOT_NULL;
        test->argisrow = false;
        test->location = raw->location;
        return (Node *) test;
    }
    {
        Node *left = transform_expr_inner(pstate, raw->lexpr);
        Node *right = transform_expr_inner(pstate, raw->rexpr);

        if (IsA(left, RowExpr) && IsA(right, RowExpr))
            result = row_distinct(pstate, name, (RowExpr *) left, (RowExpr *) right,
                                  raw->location);
        else
            result = (Node *) distinct_op(pstate, name, left, right, raw->location);
    }
    return negate ? (Node *) makeBoolExpr(NOT_EXPR, list_make1(result), raw->location) : result;
}

static Node *
nullif_expr(ParseState *pstate, PgQuery__AExpr *raw, List *name)
{
    Node *left = transform_expr_inner(pstate, raw->lexpr);
    Node *right = transform_expr_inner(pstate, raw->rexpr);
    OpExpr *result = (OpExpr *) make_op(pstate, name, left, right, pstate->last_srf,
                                        raw->location);

    if (result->opresulttype != BOOLOID)
        ereport(ERROR, (errcode(ERRCODE_DATATYPE_MISMATCH),
                        errmsg("NULLIF requires = operator to yield boolean"),
                        parser_errposition(pstate, raw->location)));
    if (result->opretset)
        ereport(ERROR, (errcode(ERRCODE_DATATYPE_MISMATCH),
                        errmsg("NULLIF must not return a set"),
                        parser_errposition(pstate, raw->location)));
    result->opresulttype = exprType(linitial(result->args));
    NodeSetTag(result, T_NullIfExpr);
    return (Node *) result;
}

static bool
contains_var(Node *node, void *context)
{
    if (node == NULL)
        return false;
    if (IsA(node, Var) || IsA(node, SubLink))
        return true;
    return expression_tree_walker(node, contains_var, context);
}

/* The members that may share one array: those without variables, if there are at least two. */
static Node *
in_array(ParseState *pstate, List *name, Node *left, List *members, bool use_or, int location)
{
    Oid scalar = select_common_type(pstate, lcons(left, list_copy(members)), NULL, NULL);
    Oid array = InvalidOid;
    ArrayExpr *array_expr;
    List *elements = NIL;

    if (OidIsValid(scalar) && scalar != RECORDOID)
    {
        foreach_ptr(Node, member, members)
        {
            Oid type = exprType(member);

            if (!can_coerce_type(1, &type, &scalar, COERCION_IMPLICIT))
                return NULL;
        }
        array = get_array_type(scalar);
    }
    if (!OidIsValid(array))
        return NULL;
    foreach_ptr(Node, member, members)
        elements = lappend(elements, coerce_to_common_type(pstate, member, scalar, "IN"));
    array_expr = makeNode(ArrayExpr);
    array_expr->array_typeid = array;
    array_expr->element_typeid = scalar;
    array_expr->elements = elements;
    array_expr->location = -1;
    return (Node *) make_scalar_array_op(pstate, name, use_or, left, (Node *) array_expr,
                                         location);
}

static Node *
in_expr(ParseState *pstate, PgQuery__AExpr *raw, List *name)
{
    bool use_or = strcmp(strVal(llast(name)), "<>") != 0;
    Node *left = transform_expr_inner(pstate, raw->lexpr);
    PgQuery__List *items = raw->rexpr->list;
    List *variables = NIL;
    List *others = NIL;
    Node *result = NULL;
    List *parts = NIL;

    for (size_t i = 0; i < items->n_items; i++)
    {
        Node *member = transform_expr_inner(pstate, items->items[i]);

        if (contains_var(member, NULL))
            variables = lappend(variables, member);
        else
            others = lappend(others, member);
    }
    if (list_length(others) > 1)
        result = in_array(pstate, name, left, others, use_or, raw->location);
    if (result != NULL)
        parts = list_make1(result);
    else
        variables = list_concat(variables, others);
    foreach_ptr(Node, member, variables)
    {
        Node *test;

        if (IsA(left, RowExpr) && IsA(member, RowExpr))
            test = make_row_comparison(pstate, name, copyObject(((RowExpr *) left)->args),
                                       ((RowExpr *) member)->args, raw->location);
        else
            test = (Node *) make_op(pstate, name, copyObject(left), member, pstate->last_srf,
                                    raw->location);
        parts = lappend(parts, coerce_to_boolean(pstate, test, "IN"));
    }
    if (list_length(parts) == 1)
        return linitial(parts);
    return (Node *) makeBoolExpr(use_or ? OR_EXPR : AND_EXPR, parts, raw->location);
}

/* Comparison of already transformed operands; the operands of BETWEEN are used twice. */
static Node *
between_part(ParseState *pstate, const char *op, RawNode *left, RawNode *right, int location)
{
    Node *ltree = transform_expr_inner(pstate, left);
    Node *rtree = transform_expr_inner(pstate, right);

    if (IsA(ltree, RowExpr) && IsA(rtree, RowExpr))
        return make_row_comparison(pstate, list_make1(makeString((char *) op)),
                                   ((RowExpr *) ltree)->args, ((RowExpr *) rtree)->args, location);
    return (Node *) make_op(pstate, list_make1(makeString((char *) op)), ltree, rtree,
                            pstate->last_srf, location);
}

static Node *
between_pair(ParseState *pstate, PgQuery__AExpr *raw, const char *first, const char *second,
             RawNode *low, RawNode *high, BoolExprType join)
{
    Node *a = between_part(pstate, first, raw->lexpr, low, raw->location);
    Node *b = between_part(pstate, second, raw->lexpr, high, raw->location);

    a = coerce_to_boolean(pstate, a, "BETWEEN");
    b = coerce_to_boolean(pstate, b, "BETWEEN");
    return (Node *) makeBoolExpr(join, list_make2(a, b), raw->location);
}

static Node *
between_expr(ParseState *pstate, PgQuery__AExpr *raw)
{
    RawNode *low = raw->rexpr->list->items[0];
    RawNode *high = raw->rexpr->list->items[1];
    Node *a;
    Node *b;

    switch (raw->kind)
    {
        case PG_QUERY__A__EXPR__KIND__AEXPR_BETWEEN:
            return between_pair(pstate, raw, ">=", "<=", low, high, AND_EXPR);
        case PG_QUERY__A__EXPR__KIND__AEXPR_NOT_BETWEEN:
            return between_pair(pstate, raw, "<", ">", low, high, OR_EXPR);
        case PG_QUERY__A__EXPR__KIND__AEXPR_BETWEEN_SYM:
            a = between_pair(pstate, raw, ">=", "<=", low, high, AND_EXPR);
            b = between_pair(pstate, raw, ">=", "<=", high, low, AND_EXPR);
            return (Node *) makeBoolExpr(OR_EXPR, list_make2(a, b), raw->location);
        default:
            a = between_pair(pstate, raw, "<", ">", low, high, OR_EXPR);
            b = between_pair(pstate, raw, "<", ">", high, low, OR_EXPR);
            return (Node *) makeBoolExpr(AND_EXPR, list_make2(a, b), raw->location);
    }
}

Node *
transform_a_expr(ParseState *pstate, PgQuery__AExpr *raw)
{
    List *name = raw_string_list(raw->name, raw->n_name);

    switch (raw->kind)
    {
        case PG_QUERY__A__EXPR__KIND__AEXPR_OP_ANY:
        case PG_QUERY__A__EXPR__KIND__AEXPR_OP_ALL:
        {
            Node *left = transform_expr_inner(pstate, raw->lexpr);
            Node *right = transform_expr_inner(pstate, raw->rexpr);

            return (Node *) make_scalar_array_op(
                pstate, name, raw->kind == PG_QUERY__A__EXPR__KIND__AEXPR_OP_ANY, left, right,
                raw->location);
        }
        case PG_QUERY__A__EXPR__KIND__AEXPR_DISTINCT:
            return distinct_expr(pstate, raw, name, false);
        case PG_QUERY__A__EXPR__KIND__AEXPR_NOT_DISTINCT:
            return distinct_expr(pstate, raw, name, true);
        case PG_QUERY__A__EXPR__KIND__AEXPR_NULLIF:
            return nullif_expr(pstate, raw, name);
        case PG_QUERY__A__EXPR__KIND__AEXPR_IN:
            return in_expr(pstate, raw, name);
        case PG_QUERY__A__EXPR__KIND__AEXPR_BETWEEN:
        case PG_QUERY__A__EXPR__KIND__AEXPR_NOT_BETWEEN:
        case PG_QUERY__A__EXPR__KIND__AEXPR_BETWEEN_SYM:
        case PG_QUERY__A__EXPR__KIND__AEXPR_NOT_BETWEEN_SYM:
            return between_expr(pstate, raw);
        default: /* LIKE, ILIKE and SIMILAR TO come with their operator's name */
            return plain_op(pstate, raw, name);
    }
}

/* ---- rows --------------------------------------------------------------------------------------- */

/* The btree strategies an operator has, as a set of families for each. */
static void
row_compare_families(Oid op, List **families_by_strategy)
{
    const AmopInfo *members[16];
    int count = catalog_operator_families(op, members, lengthof(members));

    for (int i = 0; i < count; i++)
    {
        if (members[i]->amopmethod == 403 && members[i]->amopstrategy >= 1 &&
            members[i]->amopstrategy <= 5)
            families_by_strategy[members[i]->amopstrategy] =
                lappend_oid(families_by_strategy[members[i]->amopstrategy],
                            members[i]->amopfamily);
    }
    if (OidIsValid(get_negator(op)))
    {
        count = catalog_operator_families(get_negator(op), members, lengthof(members));
        for (int i = 0; i < count; i++)
        {
            if (members[i]->amopmethod == 403 && members[i]->amopstrategy == 3)
                families_by_strategy[ROWCOMPARE_NE] =
                    lappend_oid(families_by_strategy[ROWCOMPARE_NE], members[i]->amopfamily);
        }
    }
}

static Node *
ordered_row_comparison(ParseState *pstate, List *opname, List *ops, RowCompareType kind,
                       List *(*families)[7], int location)
{
    RowCompareExpr *result = makeNode(RowCompareExpr);
    int i = 0;

    result->rctype = kind;
    foreach_ptr(OpExpr, op, ops)
    {
        List *mine = families[i++][kind];

        if (mine == NIL)
            ereport(ERROR, (errcode(ERRCODE_FEATURE_NOT_SUPPORTED),
                            errmsg("could not determine interpretation of row comparison operator "
                                   "%s",
                                   strVal(llast(opname))),
                            errdetail("There are multiple equally-plausible candidates."),
                            parser_errposition(pstate, location)));
        result->opnos = lappend_oid(result->opnos, op->opno);
        result->opfamilies = lappend_oid(result->opfamilies, linitial_oid(mine));
        result->largs = lappend(result->largs, linitial(op->args));
        result->rargs = lappend(result->rargs, lsecond(op->args));
    }
    return (Node *) result;
}

Node *
make_row_comparison(ParseState *pstate, List *opname, List *largs, List *rargs, int location)
{
    int count = list_length(largs);
    List *ops = NIL;
    List *(*families)[7];
    int kind = 0;

    if (count != list_length(rargs))
        ereport(ERROR, (errcode(ERRCODE_SYNTAX_ERROR),
                        errmsg("unequal number of entries in row expressions"),
                        parser_errposition(pstate, location)));
    if (count == 0)
        ereport(ERROR, (errcode(ERRCODE_FEATURE_NOT_SUPPORTED),
                        errmsg("cannot compare rows of zero length"),
                        parser_errposition(pstate, location)));
    for (int i = 0; i < count; i++)
    {
        OpExpr *op = (OpExpr *) make_op(pstate, opname, list_nth(largs, i), list_nth(rargs, i),
                                        pstate->last_srf, location);

        if (op->opresulttype != BOOLOID)
            ereport(ERROR, (errcode(ERRCODE_DATATYPE_MISMATCH),
                            errmsg("row comparison operator must yield type boolean, not type %s",
                                   format_type_be(op->opresulttype)),
                            parser_errposition(pstate, location)));
        if (expression_returns_set((Node *) op))
            ereport(ERROR, (errcode(ERRCODE_DATATYPE_MISMATCH),
                            errmsg("row comparison operator must not return a set"),
                            parser_errposition(pstate, location)));
        ops = lappend(ops, op);
    }
    if (count == 1)
        return linitial(ops);
    families = palloc0(sizeof(*families) * count);
    for (int i = 0; i < count; i++)
        row_compare_families(((OpExpr *) list_nth(ops, i))->opno, families[i]);
    for (int candidate = 1; candidate <= ROWCOMPARE_NE && kind == 0; candidate++)
    {
        bool all = true;

        for (int i = 0; i < count; i++)
            all = all && families[i][candidate] != NIL;
        if (all)
            kind = candidate;
    }
    if (kind == 0)
        ereport(ERROR,
                (errcode(ERRCODE_FEATURE_NOT_SUPPORTED),
                 errmsg("could not determine interpretation of row comparison operator %s",
                        strVal(llast(opname))),
                 errhint("Row comparison operators must be associated with btree operator "
                         "families."),
                 parser_errposition(pstate, location)));
    if (kind == ROWCOMPARE_EQ)
        return (Node *) makeBoolExpr(AND_EXPR, ops, location);
    if (kind == ROWCOMPARE_NE)
        return (Node *) makeBoolExpr(OR_EXPR, ops, location);
    return ordered_row_comparison(pstate, opname, ops, (RowCompareType) kind, families, location);
}

/* ---- sub-selects ---------------------------------------------------------------------------------- */

static void
check_sublink_placement(ParseState *pstate, int location)
{
    const char *message = NULL;

    switch (pstate->expr_kind)
    {
        case EXPR_KIND_CHECK_CONSTRAINT:
        case EXPR_KIND_DOMAIN_CHECK:
            message = "cannot use subquery in check constraint";
            break;
        case EXPR_KIND_COLUMN_DEFAULT:
        case EXPR_KIND_FUNCTION_DEFAULT:
            message = "cannot use subquery in DEFAULT expression";
            break;
        case EXPR_KIND_INDEX_EXPRESSION:
            message = "cannot use subquery in index expression";
            break;
        case EXPR_KIND_INDEX_PREDICATE:
            message = "cannot use subquery in index predicate";
            break;
        case EXPR_KIND_ALTER_COL_TRANSFORM:
            message = "cannot use subquery in transform expression";
            break;
        case EXPR_KIND_EXECUTE_PARAMETER:
            message = "cannot use subquery in EXECUTE parameter";
            break;
        case EXPR_KIND_CALL_ARGUMENT:
            message = "cannot use subquery in CALL argument";
            break;
        case EXPR_KIND_COPY_WHERE:
            message = "cannot use subquery in COPY FROM WHERE condition";
            break;
        case EXPR_KIND_GENERATED_COLUMN:
            message = "cannot use subquery in column generation expression";
            break;
        default:
            return;
    }
    ereport(ERROR, (errcode(ERRCODE_FEATURE_NOT_SUPPORTED), errmsg("%s", message),
                    parser_errposition(pstate, location)));
}

static List *
visible_exprs(Query *query)
{
    List *exprs = NIL;

    foreach_ptr(TargetEntry, tle, query->targetList)
    {
        if (!tle->resjunk)
            exprs = lappend(exprs, tle->expr);
    }
    return exprs;
}

static void
check_one_column(ParseState *pstate, Query *query, int location)
{
    int count = list_length(visible_exprs(query));

    if (count == 1)
        return;
    ereport(ERROR, (errcode(ERRCODE_SYNTAX_ERROR),
                    errmsg(count == 0 ? "subquery must return a column"
                                      : "subquery must return only one column"),
                    parser_errposition(pstate, location)));
}

/* The comparison of ALL, ANY and row sub-selects, over PARAM_SUBLINK params for the columns. */
static void
sublink_test(ParseState *pstate, SubLink *sublink, PgQuery__SubLink *raw, Query *query)
{
    Node *left = transform_expr_inner(pstate, raw->testexpr);
    List *largs = IsA(left, RowExpr) ? ((RowExpr *) left)->args : list_make1(left);
    List *rargs = NIL;

    foreach_ptr(TargetEntry, tle, query->targetList)
    {
        Param *param;

        if (tle->resjunk)
            continue;
        param = makeNode(Param);
        param->paramkind = PARAM_SUBLINK;
        param->paramid = tle->resno;
        param->paramtype = exprType((Node *) tle->expr);
        param->paramtypmod = exprTypmod((Node *) tle->expr);
        param->paramcollid = exprCollation((Node *) tle->expr);
        param->location = -1;
        rargs = lappend(rargs, param);
    }
    if (list_length(largs) < list_length(rargs))
        ereport(ERROR, (errcode(ERRCODE_SYNTAX_ERROR),
                        errmsg("subquery has too many columns"),
                        parser_errposition(pstate, raw->location)));
    if (list_length(largs) > list_length(rargs))
        ereport(ERROR, (errcode(ERRCODE_SYNTAX_ERROR), errmsg("subquery has too few columns"),
                        parser_errposition(pstate, raw->location)));
    if (raw->n_oper_name == 0)
        sublink->operName = list_make1(makeString("="));
    else
        sublink->operName = raw_string_list(raw->oper_name, raw->n_oper_name);
    sublink->testexpr = make_row_comparison(pstate, sublink->operName, largs, rargs,
                                            raw->location);
}

Node *
transform_sublink(ParseState *pstate, PgQuery__SubLink *raw)
{
    SubLink *sublink = makeNode(SubLink);
    Query *query;

    check_sublink_placement(pstate, raw->location);
    pstate->hasSubLinks = true;
    query = transform_sub_stmt(pstate, raw->subselect, NULL, false, true);
    if (!IsA(query, Query) || query->commandType != CMD_SELECT)
        elog(ERROR, "unexpected non-SELECT command in SubLink");
    sublink->subLinkType = (SubLinkType) (raw->sub_link_type - 1);
    sublink->subLinkId = raw->sub_link_id;
    sublink->subselect = (Node *) query;
    sublink->location = raw->location;
    switch (sublink->subLinkType)
    {
        case EXISTS_SUBLINK:
            break;
        case EXPR_SUBLINK:
        case ARRAY_SUBLINK:
            check_one_column(pstate, query, raw->location);
            break;
        case MULTIEXPR_SUBLINK:
            break;
        default:
            sublink_test(pstate, sublink, raw, query);
            break;
    }
    return (Node *) sublink;
}
