/*
 * parse_collate.c - derives the collation of every expression
 *
 * Why        collations flow up the tree: explicit (COLLATE) beats implicit (a column) beats none.
 *            Two different explicit ones are an error at once; two implicit ones only where some
 *            function needs to know, so a conflict is remembered until then.
 */
#include "parse_int.h"

typedef enum CollateStrength {
    COLLATE_NONE,     /* not collatable */
    COLLATE_IMPLICIT, /* from a column or type */
    COLLATE_CONFLICT, /* implicit, but two of them */
    COLLATE_EXPLICIT
} CollateStrength;

typedef struct CollateState {
    ParseState *pstate;
    Oid collation;
    CollateStrength strength;
    int location;
    Oid collation2; /* the other side of a conflict */
    int location2;
} CollateState;

static bool collate_walker(Node *node, CollateState *context);

static void
report_conflict(CollateState *context, Oid a, Oid b, int location, bool is_explicit)
{
    if (is_explicit)
        ereport(ERROR, (errcode(ERRCODE_COLLATION_MISMATCH),
                        errmsg("collation mismatch between explicit collations \"%s\" and \"%s\"",
                               get_collation_name(a), get_collation_name(b)),
                        parser_errposition(context->pstate, location)));
    ereport(ERROR, (errcode(ERRCODE_COLLATION_MISMATCH),
                    errmsg("collation mismatch between implicit collations \"%s\" and \"%s\"",
                           get_collation_name(a), get_collation_name(b)),
                    errhint("You can choose the collation by applying the COLLATE clause to one or "
                            "both expressions."),
                    parser_errposition(context->pstate, location)));
}

static void
merge(Oid collation, CollateStrength strength, int location, Oid collation2, int location2,
      CollateState *context)
{
    if (strength > context->strength)
    {
        context->collation = collation;
        context->strength = strength;
        context->location = location;
        if (strength == COLLATE_CONFLICT)
        {
            context->collation2 = collation2;
            context->location2 = location2;
        }
        return;
    }
    if (strength < context->strength || collation == context->collation)
        return;
    if (strength == COLLATE_IMPLICIT)
    {
        /* the default collation gives way to any other */
        if (context->collation == DEFAULT_COLLATION_OID)
        {
            context->collation = collation;
            context->location = location;
        }
        else if (collation != DEFAULT_COLLATION_OID)
        {
            context->strength = COLLATE_CONFLICT;
            context->collation2 = collation;
            context->location2 = location;
        }
    }
    else if (strength == COLLATE_EXPLICIT)
        report_conflict(context, context->collation, collation, location, true);
}

static void
walk_inputs(Node *node, CollateState *inner, bool with_aggs)
{
    expression_tree_walker(node, collate_walker, inner);
}

/* Aggregates: plain arguments count, ORDER BY and FILTER are worlds of their own. */
static void
walk_aggref(Aggref *agg, CollateState *inner)
{
    foreach_ptr(TargetEntry, tle, agg->args)
    {
        if (tle->resjunk)
            assign_expr_collations(inner->pstate, (Node *) tle);
        else
            collate_walker((Node *) tle, inner);
    }
    assign_expr_collations(inner->pstate, (Node *) agg->aggfilter);
}

static void
walk_case(CaseExpr *expr, CollateState *inner)
{
    /* conditions do not touch the result's collation */
    assign_expr_collations(inner->pstate, (Node *) expr->arg);
    foreach_ptr(CaseWhen, when, expr->args)
    {
        assign_expr_collations(inner->pstate, (Node *) when->expr);
        collate_walker((Node *) when->result, inner);
    }
    collate_walker((Node *) expr->defresult, inner);
}

/* The collation and strength that an ordinary node takes from its inputs. */
static void
settle(Node *node, CollateState *inner, Oid *ret_collation, CollateStrength *ret_strength,
       int *ret_location)
{
    Oid type_collation = get_typcollation(exprType(node));

    if (OidIsValid(type_collation))
    {
        if (inner->strength > COLLATE_NONE)
        {
            *ret_collation = inner->collation;
            *ret_strength = inner->strength;
            *ret_location = inner->location;
        }
        else
        {
            *ret_collation = type_collation;
            *ret_strength = COLLATE_IMPLICIT;
            *ret_location = exprLocation(node);
        }
    }
    else
    {
        *ret_collation = InvalidOid;
        *ret_strength = COLLATE_NONE;
        *ret_location = -1;
    }
    exprSetCollation(node, *ret_strength == COLLATE_CONFLICT ? InvalidOid : *ret_collation);
    exprSetInputCollation(node,
                          inner->strength == COLLATE_CONFLICT ? InvalidOid : inner->collation);
}

static void
row_compare_collations(RowCompareExpr *expr, ParseState *pstate)
{
    List *collations = NIL;
    ListCell *l;
    ListCell *r;

    forboth (l, expr->largs, r, expr->rargs)
        collations = lappend_oid(collations,
                                 select_common_collation(pstate,
                                                         list_make2(lfirst(l), lfirst(r)), true));
    expr->inputcollids = collations;
}

static bool
collate_walker(Node *node, CollateState *context)
{
    CollateState inner = {context->pstate, InvalidOid, COLLATE_NONE, -1, InvalidOid, -1};
    Oid collation = InvalidOid;
    CollateStrength strength = COLLATE_NONE;
    int location = -1;

    if (node == NULL)
        return false;
    check_stack_depth();
    switch (nodeTag(node))
    {
        case T_List:
            foreach_ptr(Node, member, (List *) node)
                collate_walker(member, context);
            return false;
        case T_CollateExpr:
            walk_inputs(node, &inner, false);
            collation = ((CollateExpr *) node)->collOid;
            strength = COLLATE_EXPLICIT;
            location = ((CollateExpr *) node)->location;
            break;
        case T_FieldSelect:
            walk_inputs(node, &inner, false);
            if (OidIsValid(((FieldSelect *) node)->resultcollid))
            {
                collation = ((FieldSelect *) node)->resultcollid;
                strength = COLLATE_IMPLICIT;
                location = exprLocation(node);
            }
            break;
        case T_RowExpr:
            assign_list_collations(context->pstate, ((RowExpr *) node)->args);
            return false;
        case T_RowCompareExpr:
            row_compare_collations((RowCompareExpr *) node, context->pstate);
            return false;
        case T_CoerceToDomain:
        {
            Oid type_collation = get_typcollation(((CoerceToDomain *) node)->resulttype);

            walk_inputs(node, &inner, false);
            if (OidIsValid(type_collation))
            {
                collation = type_collation == DEFAULT_COLLATION_OID && OidIsValid(inner.collation)
                                ? inner.collation
                                : type_collation;
                strength = inner.strength > COLLATE_NONE && collation == inner.collation
                               ? inner.strength
                               : COLLATE_IMPLICIT;
                location = exprLocation(node);
            }
            exprSetCollation(node, strength == COLLATE_CONFLICT ? InvalidOid : collation);
            break;
        }
        case T_TargetEntry:
        {
            walk_inputs(node, &inner, false);
            collation = inner.collation;
            strength = inner.strength;
            location = inner.location;
            if (strength == COLLATE_CONFLICT)
                context->collation2 = inner.collation2;
            break;
        }
        case T_InferenceElem:
        case T_RangeTblRef:
        case T_JoinExpr:
        case T_FromExpr:
        case T_OnConflictExpr:
        case T_SortGroupClause:
        case T_MergeAction:
            walk_inputs(node, &inner, false);
            return false;
        case T_Query:
            /* a sub-query has settled its own; its first column counts where it is an expression */
            return false;
        case T_SubLink:
        {
            SubLink *sublink = (SubLink *) node;

            collate_walker(sublink->testexpr, &inner);
            collation = exprCollation(node);
            strength = OidIsValid(collation) ? COLLATE_IMPLICIT : COLLATE_NONE;
            location = exprLocation(node);
            break;
        }
        case T_Var:
        case T_Const:
        case T_Param:
        case T_CoerceToDomainValue:
        case T_CaseTestExpr:
        case T_SetToDefault:
        case T_CurrentOfExpr:
        case T_SQLValueFunction:
        case T_NextValueExpr:
            collation = exprCollation(node);
            strength = OidIsValid(collation) ? COLLATE_IMPLICIT : COLLATE_NONE;
            location = exprLocation(node);
            break;
        case T_Aggref:
            walk_aggref((Aggref *) node, &inner);
            settle(node, &inner, &collation, &strength, &location);
            break;
        case T_WindowFunc:
            foreach_ptr(Node, arg, ((WindowFunc *) node)->args)
                collate_walker(arg, &inner);
            assign_expr_collations(context->pstate, (Node *) ((WindowFunc *) node)->aggfilter);
            settle(node, &inner, &collation, &strength, &location);
            break;
        case T_CaseExpr:
            walk_case((CaseExpr *) node, &inner);
            settle(node, &inner, &collation, &strength, &location);
            break;
        case T_SubscriptingRef:
        {
            SubscriptingRef *ref = (SubscriptingRef *) node;

            assign_list_collations(context->pstate, ref->refupperindexpr);
            assign_list_collations(context->pstate, ref->reflowerindexpr);
            collate_walker((Node *) ref->refexpr, &inner);
            collate_walker((Node *) ref->refassgnexpr, &inner);
            settle(node, &inner, &collation, &strength, &location);
            break;
        }
        case T_CaseWhen:
        case T_WindowClause:
        case T_CommonTableExpr:
        case T_SetOperationStmt:
            walk_inputs(node, &inner, false);
            return false;
        default:
            walk_inputs(node, &inner, false);
            settle(node, &inner, &collation, &strength, &location);
            break;
    }
    merge(collation, strength, location, inner.collation2, inner.location2, context);
    return false;
}

void
assign_expr_collations(ParseState *pstate, Node *expr)
{
    CollateState context = {pstate, InvalidOid, COLLATE_NONE, -1, InvalidOid, -1};

    collate_walker(expr, &context);
}

void
assign_list_collations(ParseState *pstate, List *exprs)
{
    foreach_ptr(Node, expr, exprs)
        assign_expr_collations(pstate, expr);
}

/* The collation that several expressions agree on; InvalidOid if they do not and none_ok. */
Oid
select_common_collation(ParseState *pstate, List *exprs, bool none_ok)
{
    CollateState context = {pstate, InvalidOid, COLLATE_NONE, -1, InvalidOid, -1};

    foreach_ptr(Node, expr, exprs)
        collate_walker(expr, &context);
    if (context.strength == COLLATE_CONFLICT)
    {
        if (none_ok)
            return InvalidOid;
        report_conflict(&context, context.collation, context.collation2, context.location2, false);
    }
    return context.collation;
}

static bool
assign_query_walker(Node *node, ParseState *pstate)
{
    if (node == NULL || IsA(node, SetOperationStmt) || IsA(node, Query))
        return false;
    if (IsA(node, CommonTableExpr))
        return false;
    if (IsA(node, List))
        assign_list_collations(pstate, (List *) node);
    else if (IsA(node, FromExpr) || IsA(node, JoinExpr) || IsA(node, OnConflictExpr))
        return expression_tree_walker(node, assign_query_walker, pstate);
    else
        assign_expr_collations(pstate, node);
    return false;
}

void
assign_query_collations(ParseState *pstate, Query *query)
{
    query_tree_walker(query, assign_query_walker, pstate, QTW_IGNORE_RANGE_TABLE);
}
