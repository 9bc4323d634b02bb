/*
 * cook.c - expressions of DDL: defaults, checks, indexes, arguments
 */
#include "parse_int.h"

#include "catalog/relcache.h"

static ParseState *
state_over(const char *sql, Relation rel)
{
    ParseState *pstate = make_parsestate(NULL);

    pstate->sql = sql;
    if (rel != NULL)
    {
        NsItem *item = add_rte_relation(pstate, rel, AccessShareLock, NULL, false, true);

        add_nsitem(pstate, item, false, true, true);
    }
    return pstate;
}

static bool
any_var_walker(Node *node, void *context)
{
    if (node == NULL)
        return false;
    if (IsA(node, Var))
        return true;
    return expression_tree_walker(node, any_var_walker, context);
}

static bool
not_immutable_walker(Node *node, void *context)
{
    Oid func = InvalidOid;

    if (node == NULL)
        return false;
    switch (nodeTag(node))
    {
        case T_FuncExpr:
            func = ((FuncExpr *) node)->funcid;
            break;
        case T_OpExpr:
        case T_DistinctExpr:
        case T_NullIfExpr:
            func = get_opcode(((OpExpr *) node)->opno);
            break;
        case T_ScalarArrayOpExpr:
            func = get_opcode(((ScalarArrayOpExpr *) node)->opno);
            break;
        case T_CoerceViaIO:
        {
            Oid io;
            Oid param;
            bool varlena;

            getTypeOutputInfo(exprType((Node *) ((CoerceViaIO *) node)->arg), &io, &varlena);
            if (func_volatile(io) != PROVOLATILE_IMMUTABLE)
                return true;
            getTypeInputInfo(((CoerceViaIO *) node)->resulttype, &io, &param);
            if (func_volatile(io) != PROVOLATILE_IMMUTABLE)
                return true;
            break;
        }
        case T_SQLValueFunction:
        case T_NextValueExpr:
            return true;
        default:
            break;
    }
    if (OidIsValid(func) && func_volatile(func) != PROVOLATILE_IMMUTABLE)
        return true;
    return expression_tree_walker(node, not_immutable_walker, context);
}

Node *
parser_cook_default(const RawNode *raw, const char *sql, Relation rel, Oid type, int32 typmod,
                    const char *column, bool generated)
{
    ParseState *pstate = state_over(sql, generated ? rel : NULL);
    Node *expr = transform_expr(pstate, (RawNode *) raw,
                                generated ? EXPR_KIND_GENERATED_COLUMN : EXPR_KIND_COLUMN_DEFAULT);
    Oid given;

    if (generated && not_immutable_walker(expr, NULL))
        ereport(ERROR, (errcode(ERRCODE_INVALID_OBJECT_DEFINITION),
                        errmsg("generation expression is not immutable")));
    if (!generated && any_var_walker(expr, NULL))
        elog(ERROR, "column reference in default expression");
    given = exprType(expr);
    if (OidIsValid(type))
    {
        Node *coerced = coerce_to_target_type(pstate, expr, given, type, typmod,
                                              COERCION_ASSIGNMENT, COERCE_IMPLICIT_CAST, -1);

        if (coerced == NULL)
            ereport(ERROR, (errcode(ERRCODE_DATATYPE_MISMATCH),
                            errmsg("column \"%s\" is of type %s but %s expression is of type %s",
                                   column, format_type_be(type),
                                   generated ? "generation" : "default", format_type_be(given)),
                            errhint("You will need to rewrite or cast the expression.")));
        expr = coerced;
    }
    assign_expr_collations(pstate, expr);
    return expr;
}

Node *
parser_cook_check(const RawNode *raw, const char *sql, Relation rel)
{
    ParseState *pstate = state_over(sql, rel);
    Node *expr = transform_expr(pstate, (RawNode *) raw, EXPR_KIND_CHECK_CONSTRAINT);

    expr = coerce_to_boolean(pstate, expr, "CHECK");
    assign_expr_collations(pstate, expr);
    if (list_length(pstate->rtable) != 1)
        ereport(ERROR, (errcode(ERRCODE_INVALID_COLUMN_REFERENCE),
                        errmsg("only table \"%s\" can be referenced in check constraint",
                               RelationGetRelationName(rel))));
    return expr;
}

Node *
parser_cook_domain_check(const RawNode *raw, const char *sql, Oid base_type, int32 typmod,
                         Oid collation)
{
    ParseState *pstate = state_over(sql, NULL);
    CoerceToDomainValue *value = makeNode(CoerceToDomainValue);
    Node *expr;

    value->typeId = base_type;
    value->typeMod = typmod;
    value->collation = collation;
    value->location = -1;
    pstate->domain_value = (Node *) value;
    expr = transform_expr(pstate, (RawNode *) raw, EXPR_KIND_DOMAIN_CHECK);
    expr = coerce_to_boolean(pstate, expr, "CHECK");
    assign_expr_collations(pstate, expr);
    return expr;
}

Node *
parser_cook_index(const RawNode *raw, const char *sql, Relation rel, bool is_predicate)
{
    ParseState *pstate = state_over(sql, rel);
    Node *expr;

    if (is_predicate)
        expr = transform_where(pstate, (RawNode *) raw, EXPR_KIND_INDEX_PREDICATE, "WHERE");
    else
        expr = transform_expr(pstate, (RawNode *) raw, EXPR_KIND_INDEX_EXPRESSION);
    assign_expr_collations(pstate, expr);
    if (not_immutable_walker(expr, NULL))
        ereport(ERROR, (errcode(ERRCODE_INVALID_OBJECT_DEFINITION),
                        is_predicate
                            ? errmsg("functions in index predicate must be marked IMMUTABLE")
                            : errmsg("functions in index expression must be marked IMMUTABLE")));
    return expr;
}

Node *
parser_cook_using(const RawNode *raw, const char *sql, Relation rel, Oid target_type, int32 typmod,
                  const char *column)
{
    ParseState *pstate = state_over(sql, rel);
    Node *expr = transform_expr(pstate, (RawNode *) raw, EXPR_KIND_ALTER_COL_TRANSFORM);

    if (OidIsValid(target_type))
    {
        Node *coerced = coerce_to_target_type(pstate, expr, exprType(expr), target_type, typmod,
                                              COERCION_ASSIGNMENT, COERCE_IMPLICIT_CAST, -1);

        if (coerced == NULL)
            ereport(ERROR, (errcode(ERRCODE_DATATYPE_MISMATCH),
                            errmsg("result of USING clause for column \"%s\" cannot be cast "
                                   "automatically to type %s",
                                   column, format_type_be(target_type)),
                            errhint("You might need to add an explicit cast.")));
        expr = coerced;
    }
    assign_expr_collations(pstate, expr);
    return expr;
}

Node *
parser_cook_where(const RawNode *raw, const char *sql, Relation rel, const char *construct)
{
    ParseState *pstate = state_over(sql, rel);
    Node *expr = transform_expr(pstate, (RawNode *) raw, EXPR_KIND_COPY_WHERE);

    expr = coerce_to_boolean(pstate, expr, construct);
    assign_expr_collations(pstate, expr);
    return expr;
}

Node *
parser_cook_argument(const RawNode *raw, const char *sql, Oid type, int argument_number)
{
    ParseState *pstate = state_over(sql, NULL);
    Node *expr = transform_expr(pstate, (RawNode *) raw, EXPR_KIND_EXECUTE_PARAMETER);
    Oid given = exprType(expr);
    Node *coerced;

    if (OidIsValid(type))
    {
        coerced = coerce_to_target_type(pstate, expr, given, type, -1, COERCION_ASSIGNMENT,
                                        COERCE_IMPLICIT_CAST, -1);
        if (coerced == NULL)
            ereport(ERROR,
                    (errcode(ERRCODE_DATATYPE_MISMATCH),
                     errmsg("parameter $%d of type %s cannot be coerced to the expected type %s",
                            argument_number, format_type_be(given), format_type_be(type)),
                     errhint("You will need to rewrite or cast the expression."),
                     parser_errposition(pstate, exprLocation(expr))));
        expr = coerced;
    }
    assign_expr_collations(pstate, expr);
    return expr;
}
