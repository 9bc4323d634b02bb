/*
 * explain_expr.c - expressions of plan nodes as SQL text, Vars named by where they come from
 */
#include "explain_int.h"

#include "parser/makefuncs.h"

typedef struct ExprScope {
    Explain *es;
    ExplainLevel *level;
    bool prefix;
} ExprScope;

static Plan *
outer_of(Plan *plan)
{
    if (IsA(plan, Append))
        return linitial(((Append *) plan)->appendplans);
    if (IsA(plan, MergeAppend))
        return linitial(((MergeAppend *) plan)->mergeplans);
    return plan->lefttree;
}

/* Text of an expression that belongs to a node elsewhere in the tree. */
static char *
text_at(ExprScope *scope, ExplainLevel *level, Plan *child, Node *expr, bool prefix, bool is_param)
{
    ExplainLevel below = {level, child, NULL};
    char *text = explain_expression(scope->es, child != NULL ? &below : level, expr, prefix,
                                    !is_param);

    if (IsA(expr, Var) || (is_param && (IsA(expr, Aggref) || IsA(expr, Param))))
        return text;
    return psprintf("(%s)", text);
}

static char *
column_name(const RangeTblEntry *rte, AttrNumber attnum)
{
    if (attnum < 0) {
        static char *const names[] = {"ctid", "xmin", "cmin", "xmax", "cmax", "tableoid"};

        return attnum >= -6 ? names[-attnum - 1] : "?";
    }
    if (rte->rtekind == RTE_RELATION) {
        char *name = NULL;

        if (rte->alias != NULL && list_length(rte->alias->colnames) >= attnum)
            return strVal(list_nth(rte->alias->colnames, attnum - 1));
        name = get_attname(rte->relid, attnum, true);
        return name != NULL ? name : "?dropped?";
    }
    if (rte->eref != NULL && list_length(rte->eref->colnames) >= attnum)
        return strVal(list_nth(rte->eref->colnames, attnum - 1));
    return psprintf("column%d", attnum);
}

static char *
resolve_var(void *arg, Var *var, Node **ret_expr)
{
    ExprScope *scope = arg;
    Plan *plan = scope->level->plan;
    List *rtable = scope->es->plan->rtable;
    const RangeTblEntry *rte;
    char *name;
    char *refname;

    *ret_expr = NULL;
    if (var->varno == INNER_VAR && IsA(plan, ModifyTable)) {
        if (((ModifyTable *) plan)->exclRelRTI > 0 && var->varattno > 0) {
            rte = rt_fetch((int) ((ModifyTable *) plan)->exclRelRTI, rtable);
            return psprintf("excluded.%s", quote_identifier(column_name(rte, var->varattno)));
        }
        return pstrdup("excluded.*");
    }
    if (var->varno == OUTER_VAR || var->varno == INNER_VAR) {
        Plan *child = var->varno == OUTER_VAR ? outer_of(plan) : plan->righttree;
        TargetEntry *tle =
            child != NULL ? get_tle_by_resno(child->targetlist, var->varattno) : NULL;

        if (tle == NULL)
            return psprintf("?column%d?", var->varattno);
        return text_at(scope, scope->level, child, (Node *) tle->expr, scope->prefix, false);
    }
    if (var->varno == INDEX_VAR) {
        TargetEntry *tle = IsA(plan, IndexOnlyScan)
                               ? get_tle_by_resno(((IndexOnlyScan *) plan)->indextlist,
                                                  var->varattno)
                               : NULL;

        if (tle == NULL)
            return psprintf("?index column%d?", var->varattno);
        return text_at(scope, scope->level, NULL, (Node *) tle->expr, scope->prefix, false);
    }
    if (var->varno < 1 || var->varno > list_length(rtable))
        return pstrdup("?");
    rte = rt_fetch(var->varno, rtable);
    refname = list_nth(scope->es->names, var->varno - 1);
    if (var->varattno == 0)
        return refname != NULL ? psprintf("%s.*", quote_identifier(refname)) : pstrdup("*");
    name = column_name(rte, var->varattno);
    if (scope->prefix && refname != NULL)
        return psprintf("%s.%s", quote_identifier(refname), quote_identifier(name));
    return pstrdup(quote_identifier(name));
}

/* What the parent gives: a nested loop's outer column or a subplan's argument. */
static char *
resolve_param(void *arg, Param *param, Node **ret_expr)
{
    ExprScope *scope = arg;

    *ret_expr = NULL;
    if (param->paramkind != PARAM_EXEC)
        return NULL;
    for (ExplainLevel *level = scope->level; level->parent != NULL; level = level->parent) {
        ExplainLevel *parent = level->parent;

        if (level->subplan != NULL) {
            ListCell *slot;
            ListCell *value;

            forboth (slot, level->subplan->parParam, value, level->subplan->args)
                if (lfirst_int(slot) == param->paramid)
                    return text_at(scope, parent, NULL, lfirst(value), true, true);
        } else if (IsA(parent->plan, NestLoop) && level->plan == parent->plan->righttree) {
            foreach_ptr (NestLoopParam, given, ((NestLoop *) parent->plan)->nestParams)
                if (given->paramno == param->paramid)
                    return text_at(scope, parent, NULL, (Node *) given->paramval, true, true);
        }
    }
    return NULL;
}

char *
explain_expression(Explain *es, ExplainLevel *level, Node *expr, bool prefix, bool showimplicit)
{
    ExprScope scope = {es, level, prefix};
    DeparseResolver resolver = {resolve_var, resolve_param, &scope, showimplicit};

    return deparse_expression_with(expr, &resolver, prefix);
}

/* A list of clauses, all of which must hold. */
void
explain_qual(Explain *es, ExplainLevel *level, const char *label, Node *qual, bool prefix)
{
    Node *expr = qual;

    if (qual == NULL)
        return;
    if (IsA(qual, List)) {
        List *clauses = (List *) qual;

        if (clauses == NIL)
            return;
        expr = list_length(clauses) == 1 ? linitial(clauses)
                                         : (Node *) makeBoolExpr(AND_EXPR, clauses, -1);
    }
    explain_text(es, label, explain_expression(es, level, expr, prefix, false));
}
