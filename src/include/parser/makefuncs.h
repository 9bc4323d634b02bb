/*
 * makefuncs.h - makers of common query tree nodes, under their published names
 *
 * All allocate in CurrentMemoryContext; location is -1 unless a parameter says otherwise.
 */
#ifndef PARSER_MAKEFUNCS_H
#define PARSER_MAKEFUNCS_H

#include "parser/query.h"

extern Integer *makeInteger(int i);
extern Float *makeFloat(char *numericStr);
extern Boolean *makeBoolean(bool val);
extern String *makeString(char *str);
extern BitString *makeBitString(char *str);

extern Var *makeVar(int varno, AttrNumber varattno, Oid vartype, int32 vartypmod, Oid varcollid,
                    Index varlevelsup);
extern Var *makeVarFromTargetEntry(int varno, TargetEntry *tle);
extern Var *makeWholeRowVar(RangeTblEntry *rte, int varno, Index varlevelsup, bool allowScalar);
extern TargetEntry *makeTargetEntry(Expr *expr, AttrNumber resno, char *resname, bool resjunk);
extern TargetEntry *flatCopyTargetEntry(TargetEntry *src_tle);
extern FromExpr *makeFromExpr(List *fromlist, Node *quals);
extern Const *makeConst(Oid consttype, int32 consttypmod, Oid constcollid, int constlen,
                        Datum constvalue, bool constisnull, bool constbyval);
extern Const *makeNullConst(Oid consttype, int32 consttypmod, Oid constcollid);
extern Node *makeBoolConst(bool value, bool isnull);
extern Expr *makeBoolExpr(BoolExprType boolop, List *args, int location);
extern Alias *makeAlias(const char *aliasname, List *colnames);
extern RelabelType *makeRelabelType(Expr *arg, Oid rtype, int32 rtypmod, Oid rcollid,
                                    CoercionForm rformat);
extern RangeVar *makeRangeVar(char *schemaname, char *relname, int location);
extern FuncExpr *makeFuncExpr(Oid funcid, Oid rettype, List *args, Oid funccollid,
                              Oid inputcollid, CoercionForm fformat);
extern Expr *make_opclause(Oid opno, Oid opresulttype, bool opretset, Expr *leftop,
                           Expr *rightop, Oid opcollid, Oid inputcollid);
extern Expr *make_andclause(List *andclauses);
extern Expr *make_orclause(List *orclauses);
extern Expr *make_notclause(Expr *notclause);
extern Node *make_and_qual(Node *qual1, Node *qual2);
extern Expr *make_ands_explicit(List *andclauses);
extern List *make_ands_implicit(Expr *clause);

#endif
