/*
 * nodefuncs.c - type, typmod, collation and place of any expression
 *
 * Errors     throws XX000 for a tag that is no expression.
 */
#include "base/base.h"

#include "error/error.h"
#include "lookup_int.h"
#include "memory/memory.h"
#include "parser/makefuncs.h"
#include "parser/nodefuncs.h"

static Oid
sublink_type(SubLinkType kind, Oid first_type)
{
    Oid array;

    if (kind == EXPR_SUBLINK)
        return first_type;
    if (kind == MULTIEXPR_SUBLINK)
        return RECORDOID;
    if (kind != ARRAY_SUBLINK)
        return BOOLOID;
    array = get_promoted_array_type(first_type);
    if (!OidIsValid(array))
        ereport(ERROR, (errcode(ERRCODE_UNDEFINED_OBJECT),
                        errmsg("could not find array type for data type %s",
                               format_type_be(first_type))));
    return array;
}

static TargetEntry *
sublink_first_target(const SubLink *sublink)
{
    Query *query = (Query *) sublink->subselect;

    if (query == NULL || !IsA(query, Query))
        elog(ERROR, "cannot get type for untransformed sublink");
    return linitial(query->targetList);
}

Oid
exprType(const Node *expr)
{
    if (expr == NULL)
        return InvalidOid;
    switch (nodeTag(expr))
    {
        case T_Var:
            return ((const Var *) expr)->vartype;
        case T_Const:
            return ((const Const *) expr)->consttype;
        case T_Param:
            return ((const Param *) expr)->paramtype;
        case T_Aggref:
            return ((const Aggref *) expr)->aggtype;
        case T_GroupingFunc:
            return INT4OID;
        case T_WindowFunc:
            return ((const WindowFunc *) expr)->wintype;
        case T_SubscriptingRef:
            return ((const SubscriptingRef *) expr)->refrestype;
        case T_FuncExpr:
            return ((const FuncExpr *) expr)->funcresulttype;
        case T_NamedArgExpr:
            return exprType((Node *) ((const NamedArgExpr *) expr)->arg);
        case T_OpExpr:
        case T_DistinctExpr:
        case T_NullIfExpr:
            return ((const OpExpr *) expr)->opresulttype;
        case T_ScalarArrayOpExpr:
        case T_BoolExpr:
        case T_RowCompareExpr:
        case T_NullTest:
        case T_BooleanTest:
        case T_CurrentOfExpr:
            return BOOLOID;
        case T_SubLink:
        {
            const SubLink *sublink = (const SubLink *) expr;
            bool typed = sublink->subLinkType == EXPR_SUBLINK ||
                         sublink->subLinkType == ARRAY_SUBLINK;

            return sublink_type(sublink->subLinkType,
                                typed ? exprType((Node *) sublink_first_target(sublink)->expr)
                                      : InvalidOid);
        }
        case T_SubPlan:
            return sublink_type(((const SubPlan *) expr)->subLinkType,
                                ((const SubPlan *) expr)->firstColType);
        case T_AlternativeSubPlan:
            return exprType(linitial(((const AlternativeSubPlan *) expr)->subplans));
        case T_FieldSelect:
            return ((const FieldSelect *) expr)->resulttype;
        case T_FieldStore:
            return ((const FieldStore *) expr)->resulttype;
        case T_RelabelType:
            return ((const RelabelType *) expr)->resulttype;
        case T_CoerceViaIO:
            return ((const CoerceViaIO *) expr)->resulttype;
        case T_ArrayCoerceExpr:
            return ((const ArrayCoerceExpr *) expr)->resulttype;
        case T_ConvertRowtypeExpr:
            return ((const ConvertRowtypeExpr *) expr)->resulttype;
        case T_CollateExpr:
            return exprType((Node *) ((const CollateExpr *) expr)->arg);
        case T_CaseExpr:
            return ((const CaseExpr *) expr)->casetype;
        case T_CaseTestExpr:
            return ((const CaseTestExpr *) expr)->typeId;
        case T_ArrayExpr:
            return ((const ArrayExpr *) expr)->array_typeid;
        case T_RowExpr:
            return ((const RowExpr *) expr)->row_typeid;
        case T_CoalesceExpr:
            return ((const CoalesceExpr *) expr)->coalescetype;
        case T_MinMaxExpr:
            return ((const MinMaxExpr *) expr)->minmaxtype;
        case T_SQLValueFunction:
            return ((const SQLValueFunction *) expr)->type;
        case T_CoerceToDomain:
            return ((const CoerceToDomain *) expr)->resulttype;
        case T_CoerceToDomainValue:
            return ((const CoerceToDomainValue *) expr)->typeId;
        case T_SetToDefault:
            return ((const SetToDefault *) expr)->typeId;
        case T_NextValueExpr:
            return ((const NextValueExpr *) expr)->typeId;
        case T_InferenceElem:
            return exprType(((const InferenceElem *) expr)->expr);
        case T_TargetEntry:
            return exprType((Node *) ((const TargetEntry *) expr)->expr);
        default:
            elog(ERROR, "unrecognized node type: %d", (int) nodeTag(expr));
    }
    return InvalidOid;
}

/* The common typmod of a list whose members must all have the type; -1 where they differ. */
static int32
common_typmod(List *args, Oid type)
{
    int32 typmod = -1;
    ListCell *cell;
    bool first = true;

    foreach (cell, args)
    {
        Node *arg = lfirst(cell);

        if (exprType(arg) != type || exprTypmod(arg) < 0)
            return -1;
        if (!first && exprTypmod(arg) != typmod)
            return -1;
        typmod = exprTypmod(arg);
        first = false;
    }
    return typmod;
}

static int32
case_typmod(const CaseExpr *expr)
{
    List *results = NIL;
    ListCell *cell;

    if (expr->defresult == NULL)
        return -1;
    results = lappend(results, expr->defresult);
    foreach (cell, expr->args)
        results = lappend(results, ((CaseWhen *) lfirst(cell))->result);
    return common_typmod(results, expr->casetype);
}

int32
exprTypmod(const Node *expr)
{
    int32 typmod;

    if (expr == NULL)
        return -1;
    switch (nodeTag(expr))
    {
        case T_Var:
            return ((const Var *) expr)->vartypmod;
        case T_Const:
            return ((const Const *) expr)->consttypmod;
        case T_Param:
            return ((const Param *) expr)->paramtypmod;
        case T_SubscriptingRef:
            return ((const SubscriptingRef *) expr)->reftypmod;
        case T_FuncExpr:
            return exprIsLengthCoercion(expr, &typmod) ? typmod : -1;
        case T_NamedArgExpr:
            return exprTypmod((Node *) ((const NamedArgExpr *) expr)->arg);
        case T_NullIfExpr:
            return exprTypmod(linitial(((const NullIfExpr *) expr)->args));
        case T_SubLink:
        {
            const SubLink *sublink = (const SubLink *) expr;

            if (sublink->subLinkType == EXPR_SUBLINK || sublink->subLinkType == ARRAY_SUBLINK)
                return exprTypmod((Node *) sublink_first_target(sublink)->expr);
            return -1;
        }
        case T_SubPlan:
        {
            const SubPlan *subplan = (const SubPlan *) expr;

            if (subplan->subLinkType == EXPR_SUBLINK || subplan->subLinkType == ARRAY_SUBLINK)
                return subplan->firstColTypmod;
            return -1;
        }
        case T_FieldSelect:
            return ((const FieldSelect *) expr)->resulttypmod;
        case T_RelabelType:
            return ((const RelabelType *) expr)->resulttypmod;
        case T_ArrayCoerceExpr:
            return ((const ArrayCoerceExpr *) expr)->resulttypmod;
        case T_CollateExpr:
            return exprTypmod((Node *) ((const CollateExpr *) expr)->arg);
        case T_CaseExpr:
            return case_typmod((const CaseExpr *) expr);
        case T_CaseTestExpr:
            return ((const CaseTestExpr *) expr)->typeMod;
        case T_ArrayExpr:
        {
            const ArrayExpr *array = (const ArrayExpr *) expr;

            return common_typmod(array->elements,
                                 array->multidims ? array->array_typeid : array->element_typeid);
        }
        case T_CoalesceExpr:
            return common_typmod(((const CoalesceExpr *) expr)->args,
                                 ((const CoalesceExpr *) expr)->coalescetype);
        case T_MinMaxExpr:
            return common_typmod(((const MinMaxExpr *) expr)->args,
                                 ((const MinMaxExpr *) expr)->minmaxtype);
        case T_SQLValueFunction:
            return ((const SQLValueFunction *) expr)->typmod;
        case T_CoerceToDomain:
            return ((const CoerceToDomain *) expr)->resulttypmod;
        case T_CoerceToDomainValue:
            return ((const CoerceToDomainValue *) expr)->typeMod;
        case T_SetToDefault:
            return ((const SetToDefault *) expr)->typeMod;
        default:
            return -1;
    }
}

/* True for a call of a cast function that fixes a length; its typmod is the second argument. */
bool
exprIsLengthCoercion(const Node *expr, int32 *coercedTypmod)
{
    if (coercedTypmod != NULL)
        *coercedTypmod = -1;
    if (expr == NULL)
        return false;
    if (IsA(expr, FuncExpr))
    {
        const FuncExpr *func = (const FuncExpr *) expr;
        int nargs = list_length(func->args);
        const Const *second;

        if (func->funcformat != COERCE_EXPLICIT_CAST && func->funcformat != COERCE_IMPLICIT_CAST)
            return false;
        if (nargs < 2 || nargs > 3)
            return false;
        second = lsecond(func->args);
        if (!IsA(second, Const) || second->consttype != INT4OID || second->constisnull)
            return false;
        if (coercedTypmod != NULL)
            *coercedTypmod = DatumGetInt32(second->constvalue);
        return true;
    }
    if (IsA(expr, ArrayCoerceExpr))
    {
        const ArrayCoerceExpr *array = (const ArrayCoerceExpr *) expr;

        if (array->resulttypmod < 0)
            return false;
        if (coercedTypmod != NULL)
            *coercedTypmod = array->resulttypmod;
        return true;
    }
    return false;
}

/* Where an expression keeps its result collation; NULL if it has none. */
static Oid *
collation_slot(Node *expr)
{
    switch (nodeTag(expr))
    {
        case T_Var:
            return &((Var *) expr)->varcollid;
        case T_Const:
            return &((Const *) expr)->constcollid;
        case T_Param:
            return &((Param *) expr)->paramcollid;
        case T_Aggref:
            return &((Aggref *) expr)->aggcollid;
        case T_WindowFunc:
            return &((WindowFunc *) expr)->wincollid;
        case T_SubscriptingRef:
            return &((SubscriptingRef *) expr)->refcollid;
        case T_FuncExpr:
            return &((FuncExpr *) expr)->funccollid;
        case T_OpExpr:
        case T_DistinctExpr:
        case T_NullIfExpr:
            return &((OpExpr *) expr)->opcollid;
        case T_FieldSelect:
            return &((FieldSelect *) expr)->resultcollid;
        case T_RelabelType:
            return &((RelabelType *) expr)->resultcollid;
        case T_CoerceViaIO:
            return &((CoerceViaIO *) expr)->resultcollid;
        case T_ArrayCoerceExpr:
            return &((ArrayCoerceExpr *) expr)->resultcollid;
        case T_CaseExpr:
            return &((CaseExpr *) expr)->casecollid;
        case T_CaseTestExpr:
            return &((CaseTestExpr *) expr)->collation;
        case T_ArrayExpr:
            return &((ArrayExpr *) expr)->array_collid;
        case T_CoalesceExpr:
            return &((CoalesceExpr *) expr)->coalescecollid;
        case T_MinMaxExpr:
            return &((MinMaxExpr *) expr)->minmaxcollid;
        case T_CoerceToDomain:
            return &((CoerceToDomain *) expr)->resultcollid;
        case T_CoerceToDomainValue:
            return &((CoerceToDomainValue *) expr)->collation;
        case T_SetToDefault:
            return &((SetToDefault *) expr)->collation;
        default:
            return NULL;
    }
}

Oid
exprCollation(const Node *expr)
{
    Oid *slot;

    if (expr == NULL)
        return InvalidOid;
    slot = collation_slot((Node *) expr);
    if (slot != NULL)
        return *slot;
    switch (nodeTag(expr))
    {
        case T_NamedArgExpr:
            return exprCollation((Node *) ((const NamedArgExpr *) expr)->arg);
        case T_CollateExpr:
            return ((const CollateExpr *) expr)->collOid;
        case T_SQLValueFunction:
            return ((const SQLValueFunction *) expr)->type == NAMEOID ? C_COLLATION_OID
                                                                      : InvalidOid;
        case T_SubLink:
        {
            const SubLink *sublink = (const SubLink *) expr;

            if (sublink->subLinkType == EXPR_SUBLINK || sublink->subLinkType == ARRAY_SUBLINK)
                return exprCollation((Node *) sublink_first_target(sublink)->expr);
            return InvalidOid;
        }
        case T_SubPlan:
        {
            const SubPlan *subplan = (const SubPlan *) expr;

            if (subplan->subLinkType == EXPR_SUBLINK || subplan->subLinkType == ARRAY_SUBLINK)
                return subplan->firstColCollation;
            return InvalidOid;
        }
        case T_AlternativeSubPlan:
            return exprCollation(linitial(((const AlternativeSubPlan *) expr)->subplans));
        case T_InferenceElem:
            return exprCollation(((const InferenceElem *) expr)->expr);
        case T_TargetEntry:
            return exprCollation((Node *) ((const TargetEntry *) expr)->expr);
        default:
            return InvalidOid;
    }
}

void
exprSetCollation(Node *expr, Oid collation)
{
    Oid *slot = collation_slot(expr);

    if (slot != NULL)
        *slot = collation;
    else if (IsA(expr, NamedArgExpr))
        exprSetCollation((Node *) ((NamedArgExpr *) expr)->arg, collation);
}

static Oid *
input_collation_slot(Node *expr)
{
    switch (nodeTag(expr))
    {
        case T_Aggref:
            return &((Aggref *) expr)->inputcollid;
        case T_WindowFunc:
            return &((WindowFunc *) expr)->inputcollid;
        case T_FuncExpr:
            return &((FuncExpr *) expr)->inputcollid;
        case T_OpExpr:
        case T_DistinctExpr:
        case T_NullIfExpr:
            return &((OpExpr *) expr)->inputcollid;
        case T_ScalarArrayOpExpr:
            return &((ScalarArrayOpExpr *) expr)->inputcollid;
        case T_MinMaxExpr:
            return &((MinMaxExpr *) expr)->inputcollid;
        default:
            return NULL;
    }
}

Oid
exprInputCollation(const Node *expr)
{
    Oid *slot = expr == NULL ? NULL : input_collation_slot((Node *) expr);

    return slot == NULL ? InvalidOid : *slot;
}

void
exprSetInputCollation(Node *expr, Oid inputcollation)
{
    Oid *slot = input_collation_slot(expr);

    if (slot != NULL)
        *slot = inputcollation;
}

static int
leftmost(int a, int b)
{
    if (a < 0)
        return b;
    if (b < 0)
        return a;
    return Min(a, b);
}

/* The leftmost place of the expression's text, -1 unknown. */
int
exprLocation(const Node *expr)
{
    if (expr == NULL)
        return -1;
    switch (nodeTag(expr))
    {
        case T_Var:
            return ((const Var *) expr)->location;
        case T_Const:
            return ((const Const *) expr)->location;
        case T_Param:
            return ((const Param *) expr)->location;
        case T_Aggref:
            return ((const Aggref *) expr)->location;
        case T_GroupingFunc:
            return ((const GroupingFunc *) expr)->location;
        case T_WindowFunc:
            return ((const WindowFunc *) expr)->location;
        case T_SubscriptingRef:
            return exprLocation((Node *) ((const SubscriptingRef *) expr)->refexpr);
        case T_FuncExpr:
            return leftmost(((const FuncExpr *) expr)->location,
                            exprLocation((Node *) ((const FuncExpr *) expr)->args));
        case T_NamedArgExpr:
            return leftmost(((const NamedArgExpr *) expr)->location,
                            exprLocation((Node *) ((const NamedArgExpr *) expr)->arg));
        case T_OpExpr:
        case T_DistinctExpr:
        case T_NullIfExpr:
            return leftmost(((const OpExpr *) expr)->location,
                            exprLocation((Node *) ((const OpExpr *) expr)->args));
        case T_ScalarArrayOpExpr:
            return leftmost(((const ScalarArrayOpExpr *) expr)->location,
                            exprLocation((Node *) ((const ScalarArrayOpExpr *) expr)->args));
        case T_BoolExpr:
            return leftmost(((const BoolExpr *) expr)->location,
                            exprLocation((Node *) ((const BoolExpr *) expr)->args));
        case T_SubLink:
            return leftmost(exprLocation(((const SubLink *) expr)->testexpr),
                            ((const SubLink *) expr)->location);
        case T_FieldSelect:
            return exprLocation((Node *) ((const FieldSelect *) expr)->arg);
        case T_FieldStore:
            return exprLocation((Node *) ((const FieldStore *) expr)->arg);
        case T_RelabelType:
            return leftmost(((const RelabelType *) expr)->location,
                            exprLocation((Node *) ((const RelabelType *) expr)->arg));
        case T_CoerceViaIO:
            return leftmost(((const CoerceViaIO *) expr)->location,
                            exprLocation((Node *) ((const CoerceViaIO *) expr)->arg));
        case T_ArrayCoerceExpr:
            return leftmost(((const ArrayCoerceExpr *) expr)->location,
                            exprLocation((Node *) ((const ArrayCoerceExpr *) expr)->arg));
        case T_ConvertRowtypeExpr:
            return leftmost(((const ConvertRowtypeExpr *) expr)->location,
                            exprLocation((Node *) ((const ConvertRowtypeExpr *) expr)->arg));
        case T_CollateExpr:
            return exprLocation((Node *) ((const CollateExpr *) expr)->arg);
        case T_CaseExpr:
            return ((const CaseExpr *) expr)->location;
        case T_CaseWhen:
            return ((const CaseWhen *) expr)->location;
        case T_ArrayExpr:
            return ((const ArrayExpr *) expr)->location;
        case T_RowExpr:
            return ((const RowExpr *) expr)->location;
        case T_RowCompareExpr:
            return exprLocation((Node *) ((const RowCompareExpr *) expr)->largs);
        case T_CoalesceExpr:
            return ((const CoalesceExpr *) expr)->location;
        case T_MinMaxExpr:
            return ((const MinMaxExpr *) expr)->location;
        case T_SQLValueFunction:
            return ((const SQLValueFunction *) expr)->location;
        case T_NullTest:
            return leftmost(((const NullTest *) expr)->location,
                            exprLocation((Node *) ((const NullTest *) expr)->arg));
        case T_BooleanTest:
            return leftmost(((const BooleanTest *) expr)->location,
                            exprLocation((Node *) ((const BooleanTest *) expr)->arg));
        case T_CoerceToDomain:
            return leftmost(((const CoerceToDomain *) expr)->location,
                            exprLocation((Node *) ((const CoerceToDomain *) expr)->arg));
        case T_CoerceToDomainValue:
            return ((const CoerceToDomainValue *) expr)->location;
        case T_SetToDefault:
            return ((const SetToDefault *) expr)->location;
        case T_TargetEntry:
            return exprLocation((Node *) ((const TargetEntry *) expr)->expr);
        case T_List:
        {
            ListCell *cell;

            foreach (cell, (const List *) expr)
            {
                int location = exprLocation(lfirst(cell));

                if (location >= 0)
                    return location;
            }
            return -1;
        }
        default:
            return -1;
    }
}

Node *
applyRelabelType(Node *arg, Oid rtype, int32 rtypmod, Oid rcollid, CoercionForm rformat,
                 int rlocation, bool overwrite_ok)
{
    RelabelType *relabel;

    while (arg != NULL && IsA(arg, RelabelType))
        arg = (Node *) ((RelabelType *) arg)->arg;
    if (arg != NULL && IsA(arg, Const))
    {
        Const *con = (Const *) arg;

        if (!overwrite_ok)
            con = copyObject(con);
        con->consttype = rtype;
        con->consttypmod = rtypmod;
        con->constcollid = rcollid;
        return (Node *) con;
    }
    if (exprType(arg) == rtype && exprTypmod(arg) == rtypmod && exprCollation(arg) == rcollid)
        return arg;
    relabel = makeRelabelType((Expr *) arg, rtype, rtypmod, rcollid, rformat);
    relabel->location = rlocation;
    return (Node *) relabel;
}

Node *
relabel_to_typmod(Node *expr, int32 typmod)
{
    return applyRelabelType(expr, exprType(expr), typmod, exprCollation(expr),
                            COERCE_EXPLICIT_CAST, -1, false);
}

Node *
strip_implicit_coercions(Node *node)
{
    if (node == NULL)
        return NULL;
    if (IsA(node, FuncExpr) && ((FuncExpr *) node)->funcformat == COERCE_IMPLICIT_CAST)
        return strip_implicit_coercions(linitial(((FuncExpr *) node)->args));
    if (IsA(node, RelabelType) && ((RelabelType *) node)->relabelformat == COERCE_IMPLICIT_CAST)
        return strip_implicit_coercions((Node *) ((RelabelType *) node)->arg);
    if (IsA(node, CoerceViaIO) && ((CoerceViaIO *) node)->coerceformat == COERCE_IMPLICIT_CAST)
        return strip_implicit_coercions((Node *) ((CoerceViaIO *) node)->arg);
    if (IsA(node, ArrayCoerceExpr) &&
        ((ArrayCoerceExpr *) node)->coerceformat == COERCE_IMPLICIT_CAST)
        return strip_implicit_coercions((Node *) ((ArrayCoerceExpr *) node)->arg);
    if (IsA(node, CoerceToDomain) &&
        ((CoerceToDomain *) node)->coercionformat == COERCE_IMPLICIT_CAST)
        return strip_implicit_coercions((Node *) ((CoerceToDomain *) node)->arg);
    return node;
}

static bool
returns_set_walker(Node *node, void *context)
{
    if (node == NULL)
        return false;
    if (IsA(node, FuncExpr) && ((FuncExpr *) node)->funcretset)
        return true;
    if (IsA(node, OpExpr) && ((OpExpr *) node)->opretset)
        return true;
    if (IsA(node, Aggref) || IsA(node, GroupingFunc) || IsA(node, WindowFunc))
        return false;
    return expression_tree_walker(node, returns_set_walker, context);
}

bool
expression_returns_set(const Node *clause)
{
    return returns_set_walker((Node *) clause, NULL);
}

static bool
contain_agg_walker(Node *node, void *context)
{
    if (node == NULL)
        return false;
    if (IsA(node, Aggref) || IsA(node, GroupingFunc))
        return true;
    return expression_tree_walker(node, contain_agg_walker, context);
}

bool
contain_agg_clause(const Node *clause)
{
    return contain_agg_walker((Node *) clause, NULL);
}

void
set_opfuncid(OpExpr *opexpr)
{
    if (!OidIsValid(opexpr->opfuncid))
        opexpr->opfuncid = get_opcode(opexpr->opno);
}

void
set_sa_opfuncid(ScalarArrayOpExpr *opexpr)
{
    if (!OidIsValid(opexpr->opfuncid))
        opexpr->opfuncid = get_opcode(opexpr->opno);
}

static bool
fix_opfuncids_walker(Node *node, void *context)
{
    if (node == NULL)
        return false;
    if (IsA(node, OpExpr) || IsA(node, DistinctExpr) || IsA(node, NullIfExpr))
        set_opfuncid((OpExpr *) node);
    else if (IsA(node, ScalarArrayOpExpr))
        set_sa_opfuncid((ScalarArrayOpExpr *) node);
    return expression_tree_walker(node, fix_opfuncids_walker, context);
}

void
fix_opfuncids(Node *node)
{
    fix_opfuncids_walker(node, NULL);
}

/* ---- target lists ------------------------------------------------------------------------- */

TargetEntry *
get_sortgroupref_tle(Index sortref, List *targetList)
{
    ListCell *cell;

    foreach (cell, targetList)
    {
        TargetEntry *tle = lfirst(cell);

        if (tle->ressortgroupref == sortref)
            return tle;
    }
    elog(ERROR, "ORDER/GROUP BY expression not found in targetlist");
    return NULL;
}

TargetEntry *
get_sortgroupclause_tle(SortGroupClause *sgClause, List *targetList)
{
    return get_sortgroupref_tle(sgClause->tleSortGroupRef, targetList);
}

Node *
get_sortgroupclause_expr(SortGroupClause *sgClause, List *targetList)
{
    return (Node *) get_sortgroupclause_tle(sgClause, targetList)->expr;
}

List *
get_sortgrouplist_exprs(List *sgClauses, List *targetList)
{
    List *result = NIL;
    ListCell *cell;

    foreach (cell, sgClauses)
        result = lappend(result, get_sortgroupclause_expr(lfirst(cell), targetList));
    return result;
}

SortGroupClause *
get_sortgroupref_clause(Index sortref, List *clauses)
{
    ListCell *cell;

    foreach (cell, clauses)
    {
        SortGroupClause *clause = lfirst(cell);

        if (clause->tleSortGroupRef == sortref)
            return clause;
    }
    elog(ERROR, "ORDER/GROUP BY expression not found in list");
    return NULL;
}

TargetEntry *
tlist_member(Expr *node, List *targetlist)
{
    ListCell *cell;

    foreach (cell, targetlist)
    {
        TargetEntry *tle = lfirst(cell);

        if (equal(node, tle->expr))
            return tle;
    }
    return NULL;
}

TargetEntry *
get_tle_by_resno(List *tlist, AttrNumber resno)
{
    ListCell *cell;

    foreach (cell, tlist)
    {
        TargetEntry *tle = lfirst(cell);

        if (tle->resno == resno)
            return tle;
    }
    return NULL;
}
