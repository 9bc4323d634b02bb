/*
 * makefuncs.c - makers of common nodes
 */
#include "base/base.h"

#include <string.h>

#include "error/error.h"
#include "lookup_int.h"
#include "memory/memory.h"
#include "parser/makefuncs.h"
#include "parser/nodefuncs.h"

Integer *
makeInteger(int i)
{
    Integer *node = makeNode(Integer);

    node->ival = i;
    return node;
}

Float *
makeFloat(char *numericStr)
{
    Float *node = makeNode(Float);

    node->fval = numericStr;
    return node;
}

Boolean *
makeBoolean(bool val)
{
    Boolean *node = makeNode(Boolean);

    node->boolval = val;
    return node;
}

String *
makeString(char *str)
{
    String *node = makeNode(String);

    node->sval = str;
    return node;
}

BitString *
makeBitString(char *str)
{
    BitString *node = makeNode(BitString);

    node->bsval = str;
    return node;
}

Var *
makeVar(int varno, AttrNumber varattno, Oid vartype, int32 vartypmod, Oid varcollid,
        Index varlevelsup)
{
    Var *var = makeNode(Var);

    var->varno = varno;
    var->varattno = varattno;
    var->vartype = vartype;
    var->vartypmod = vartypmod;
    var->varcollid = varcollid;
    var->varlevelsup = varlevelsup;
    var->varnosyn = (Index) varno;
    var->varattnosyn = varattno;
    var->location = -1;
    return var;
}

Var *
makeVarFromTargetEntry(int varno, TargetEntry *tle)
{
    Node *expr = (Node *) tle->expr;

    return makeVar(varno, tle->resno, exprType(expr), exprTypmod(expr), exprCollation(expr), 0);
}

/* A function's whole row is its scalar where it returns one column and allowScalar says so. */
Var *
makeWholeRowVar(RangeTblEntry *rte, int varno, Index varlevelsup, bool allowScalar)
{
    Oid type = RECORDOID;

    if (rte->rtekind == RTE_RELATION)
    {
        type = get_rel_type_id(rte->relid);
        if (!OidIsValid(type))
            ereport(ERROR, (errcode(ERRCODE_WRONG_OBJECT_TYPE),
                            errmsg("relation \"%s\" does not have a composite type",
                                   get_rel_name(rte->relid))));
    }
    else if (rte->rtekind == RTE_FUNCTION && !rte->funcordinality &&
             list_length(rte->functions) == 1)
    {
        Node *fexpr = ((RangeTblFunction *) linitial(rte->functions))->funcexpr;
        Oid ftype = exprType(fexpr);

        if (type_is_rowtype(ftype))
            type = ftype;
        else if (allowScalar)
            return makeVar(varno, 1, ftype, -1, exprCollation(fexpr), varlevelsup);
    }
    return makeVar(varno, 0, type, -1, InvalidOid, varlevelsup);
}

TargetEntry *
makeTargetEntry(Expr *expr, AttrNumber resno, char *resname, bool resjunk)
{
    TargetEntry *tle = makeNode(TargetEntry);

    tle->expr = expr;
    tle->resno = resno;
    tle->resname = resname;
    tle->resjunk = resjunk;
    return tle;
}

TargetEntry *
flatCopyTargetEntry(TargetEntry *src_tle)
{
    TargetEntry *tle = makeNode(TargetEntry);

    memcpy(tle, src_tle, sizeof(TargetEntry));
    return tle;
}

FromExpr *
makeFromExpr(List *fromlist, Node *quals)
{
    FromExpr *from = makeNode(FromExpr);

    from->fromlist = fromlist;
    from->quals = quals;
    return from;
}

Const *
makeConst(Oid consttype, int32 consttypmod, Oid constcollid, int constlen, Datum constvalue,
          bool constisnull, bool constbyval)
{
    Const *con = makeNode(Const);

    con->consttype = consttype;
    con->consttypmod = consttypmod;
    con->constcollid = constcollid;
    con->constlen = constlen;
    con->constvalue = constvalue;
    con->constisnull = constisnull;
    con->constbyval = constbyval;
    con->location = -1;
    return con;
}

Const *
makeNullConst(Oid consttype, int32 consttypmod, Oid constcollid)
{
    int16 len;
    bool byval;

    get_typlenbyval(consttype, &len, &byval);
    return makeConst(consttype, consttypmod, constcollid, len, (Datum) 0, true, byval);
}

Node *
makeBoolConst(bool value, bool isnull)
{
    return (Node *) makeConst(BOOLOID, -1, InvalidOid, 1, BoolGetDatum(value), isnull, true);
}

Expr *
makeBoolExpr(BoolExprType boolop, List *args, int location)
{
    BoolExpr *expr = makeNode(BoolExpr);

    expr->boolop = boolop;
    expr->args = args;
    expr->location = location;
    return (Expr *) expr;
}

Alias *
makeAlias(const char *aliasname, List *colnames)
{
    Alias *alias = makeNode(Alias);

    alias->aliasname = pstrdup(aliasname);
    alias->colnames = colnames;
    return alias;
}

RelabelType *
makeRelabelType(Expr *arg, Oid rtype, int32 rtypmod, Oid rcollid, CoercionForm rformat)
{
    RelabelType *relabel = makeNode(RelabelType);

    relabel->arg = arg;
    relabel->resulttype = rtype;
    relabel->resulttypmod = rtypmod;
    relabel->resultcollid = rcollid;
    relabel->relabelformat = rformat;
    relabel->location = -1;
    return relabel;
}

RangeVar *
makeRangeVar(char *schemaname, char *relname, int location)
{
    RangeVar *range = makeNode(RangeVar);

    range->schemaname = schemaname;
    range->relname = relname;
    range->inh = true;
    range->relpersistence = 'p';
    range->location = location;
    return range;
}

FuncExpr *
makeFuncExpr(Oid funcid, Oid rettype, List *args, Oid funccollid, Oid inputcollid,
             CoercionForm fformat)
{
    FuncExpr *func = makeNode(FuncExpr);

    func->funcid = funcid;
    func->funcresulttype = rettype;
    func->funcformat = fformat;
    func->funccollid = funccollid;
    func->inputcollid = inputcollid;
    func->args = args;
    func->location = -1;
    return func;
}

Expr *
make_opclause(Oid opno, Oid opresulttype, bool opretset, Expr *leftop, Expr *rightop,
              Oid opcollid, Oid inputcollid)
{
    OpExpr *op = makeNode(OpExpr);

    op->opno = opno;
    op->opresulttype = opresulttype;
    op->opretset = opretset;
    op->opcollid = opcollid;
    op->inputcollid = inputcollid;
    op->args = rightop != NULL ? list_make2(leftop, rightop) : list_make1(leftop);
    op->location = -1;
    return (Expr *) op;
}

Expr *
make_andclause(List *andclauses)
{
    return makeBoolExpr(AND_EXPR, andclauses, -1);
}

Expr *
make_orclause(List *orclauses)
{
    return makeBoolExpr(OR_EXPR, orclauses, -1);
}

Expr *
make_notclause(Expr *notclause)
{
    return makeBoolExpr(NOT_EXPR, list_make1(notclause), -1);
}

Node *
make_and_qual(Node *qual1, Node *qual2)
{
    if (qual1 == NULL)
        return qual2;
    if (qual2 == NULL)
        return qual1;
    return (Node *) make_andclause(list_make2(qual1, qual2));
}

Expr *
make_ands_explicit(List *andclauses)
{
    if (andclauses == NIL)
        return (Expr *) makeBoolConst(true, false);
    if (list_length(andclauses) == 1)
        return (Expr *) linitial(andclauses);
    return make_andclause(andclauses);
}

/* NULL and constant true are the empty list. */
List *
make_ands_implicit(Expr *clause)
{
    if (clause == NULL)
        return NIL;
    if (is_andclause(clause))
        return ((BoolExpr *) clause)->args;
    if (IsA(clause, Const) && !((Const *) clause)->constisnull &&
        DatumGetBool(((Const *) clause)->constvalue))
        return NIL;
    return list_make1(clause);
}

ParamListInfo
makeParamList(int numParams)
{
    ParamListInfo list = palloc0(sizeof(ParamListInfoData) + numParams * sizeof(ParamExternData));

    list->numParams = numParams;
    return list;
}
