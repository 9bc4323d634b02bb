/*
 * deparse_syntax.c - functions that were written in SQL's own syntax, and sub-selects
 */
#include "deparse_int.h"

#include "error/error.h"

static char *
literal_text(Node *node)
{
    Const *con = (Const *) node;
    Oid output;
    bool varlena;

    if (!IsA(node, Const) || con->constisnull)
        return NULL;
    getTypeOutputInfo(con->consttype, &output, &varlena);
    return OidOutputFunctionCall(output, con->constvalue);
}

static void
print_pair(FuncExpr *expr, DeparseContext *context, const char *start, int first,
           const char *middle, int second, const char *end)
{
    appendStringInfoString(context->buf, start);
    deparse_expr(list_nth(expr->args, first), context, false);
    appendStringInfoString(context->buf, middle);
    if (second >= 0)
        deparse_expr(list_nth(expr->args, second), context, false);
    appendStringInfoString(context->buf, end);
}

/* False: print as an ordinary call. */
bool
deparse_sql_syntax(FuncExpr *expr, DeparseContext *context)
{
    const ProcInfo *proc = catalog_proc(expr->funcid);
    const char *name = proc == NULL ? "" : NameStr(proc->proname);
    int nargs = list_length(expr->args);
    StringInfo buf = context->buf;

    if (strcmp(name, "timezone") == 0 && nargs == 2)
    {
        appendStringInfoChar(buf, '(');
        deparse_expr_paren(lsecond(expr->args), context, false, (Node *) expr);
        appendStringInfoString(buf, " AT TIME ZONE ");
        deparse_expr_paren(linitial(expr->args), context, false, (Node *) expr);
        appendStringInfoChar(buf, ')');
        return true;
    }
    if (strcmp(name, "overlaps") == 0 && nargs == 4)
    {
        print_pair(expr, context, "((", 0, ", ", 1, ") OVERLAPS (");
        print_pair(expr, context, "", 2, ", ", 3, "))");
        return true;
    }
    if (strcmp(name, "extract") == 0 && nargs == 2)
    {
        char *field = literal_text(linitial(expr->args));

        if (field == NULL)
            return false;
        appendStringInfo(buf, "EXTRACT(%s FROM ", field);
        deparse_expr(lsecond(expr->args), context, false);
        appendStringInfoChar(buf, ')');
        return true;
    }
    if (strcmp(name, "is_normalized") == 0 || strcmp(name, "normalize") == 0)
        return false;
    if (strcmp(name, "pg_collation_for") == 0 && nargs == 1)
    {
        print_pair(expr, context, "COLLATION FOR (", 0, ")", -1, "");
        return true;
    }
    if (strcmp(name, "overlay") == 0 && nargs >= 3)
    {
        print_pair(expr, context, "OVERLAY(", 0, " PLACING ", 1, " FROM ");
        deparse_expr(lthird(expr->args), context, false);
        if (nargs == 4)
        {
            appendStringInfoString(buf, " FOR ");
            deparse_expr(lfourth(expr->args), context, false);
        }
        appendStringInfoChar(buf, ')');
        return true;
    }
    if (strcmp(name, "position") == 0 && nargs == 2)
    {
        /* the grammar swapped the arguments */
        print_pair(expr, context, "POSITION((", 1, ") IN (", 0, "))");
        return true;
    }
    if (strcmp(name, "substring") == 0 && nargs >= 2)
    {
        print_pair(expr, context, "SUBSTRING(", 0, " FROM ", 1, "");
        if (nargs == 3)
        {
            appendStringInfoString(buf, " FOR ");
            deparse_expr(lthird(expr->args), context, false);
        }
        appendStringInfoChar(buf, ')');
        return true;
    }
    if (strcmp(name, "btrim") == 0 || strcmp(name, "ltrim") == 0 || strcmp(name, "rtrim") == 0)
    {
        const char *side = *name == 'b' ? "BOTH" : *name == 'l' ? "LEADING" : "TRAILING";

        appendStringInfo(buf, "TRIM(%s", side);
        if (nargs == 2)
        {
            appendStringInfoChar(buf, ' ');
            deparse_expr(lsecond(expr->args), context, false);
        }
        appendStringInfoString(buf, " FROM ");
        deparse_expr(linitial(expr->args), context, false);
        appendStringInfoChar(buf, ')');
        return true;
    }
    return false;
}

/* The left side and operator of ANY and ALL, from the comparison over PARAM_SUBLINK params. */
static const char *
sublink_left(SubLink *sublink, DeparseContext *context)
{
    Node *test = sublink->testexpr;
    StringInfo buf = context->buf;

    if (IsA(test, OpExpr))
    {
        OpExpr *op = (OpExpr *) test;

        deparse_expr(linitial(op->args), context, true);
        return generate_operator_name(op->opno, exprType(linitial(op->args)),
                                      exprType(lsecond(op->args)));
    }
    if (IsA(test, BoolExpr))
    {
        const char *sep = "(";
        OpExpr *first = linitial(((BoolExpr *) test)->args);

        foreach_ptr(OpExpr, op, ((BoolExpr *) test)->args)
        {
            appendStringInfoString(buf, sep);
            deparse_expr(linitial(op->args), context, true);
            sep = ", ";
        }
        appendStringInfoChar(buf, ')');
        return generate_operator_name(first->opno, exprType(linitial(first->args)),
                                      exprType(lsecond(first->args)));
    }
    {
        RowCompareExpr *row = (RowCompareExpr *) test;

        appendStringInfoChar(buf, '(');
        deparse_expr((Node *) row->largs, context, true);
        appendStringInfoChar(buf, ')');
        return generate_operator_name(linitial_oid(row->opnos), exprType(linitial(row->largs)),
                                      exprType(linitial(row->rargs)));
    }
}

void
deparse_sublink(SubLink *sublink, DeparseContext *context)
{
    StringInfo buf = context->buf;
    const char *op = NULL;
    bool paren = true;

    if (sublink->subLinkType == ARRAY_SUBLINK)
        appendStringInfoString(buf, "ARRAY(");
    else
        appendStringInfoChar(buf, '(');
    if (sublink->testexpr != NULL)
        op = sublink_left(sublink, context);
    switch (sublink->subLinkType)
    {
        case EXISTS_SUBLINK:
            appendStringInfoString(buf, "EXISTS ");
            break;
        case ANY_SUBLINK:
            if (strcmp(op, "=") == 0)
                appendStringInfoString(buf, " IN ");
            else
                appendStringInfo(buf, " %s ANY ", op);
            break;
        case ALL_SUBLINK:
            appendStringInfo(buf, " %s ALL ", op);
            break;
        case ROWCOMPARE_SUBLINK:
            appendStringInfo(buf, " %s ", op);
            break;
        default:
            paren = false;
            break;
    }
    if (paren)
        appendStringInfoChar(buf, '(');
    deparse_query_into((Query *) sublink->subselect, buf, context->namespaces,
                       context->prettyFlags, context->indentLevel, false);
    appendStringInfoString(buf, paren ? "))" : ")");
}
