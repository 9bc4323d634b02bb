/*
 * deparse_expr.c - expressions as SQL text
 *
 * Why        the text is read back by psql, pg_dump and people, so it follows PostgreSQL's layout:
 *            every operator in parentheses, or with PRETTY_FLAG_PAREN only where needed.
 */
#include "deparse_int.h"

#include "error/error.h"

void
deparse_string_literal(StringInfo buf, const char *text)
{
    appendStringInfoChar(buf, '\'');
    for (; *text != '\0'; text++)
    {
        if (*text == '\'')
            appendStringInfoChar(buf, *text);
        appendStringInfoChar(buf, *text);
    }
    appendStringInfoChar(buf, '\'');
}

/* ---- variables ------------------------------------------------------------------------------------- */

static DeparseNames *
names_at(DeparseContext *context, int levelsup)
{
    if (levelsup >= list_length(context->namespaces))
        elog(ERROR, "bogus varlevelsup: %d", levelsup);
    return list_nth(context->namespaces, levelsup);
}

static const char *
system_name(AttrNumber attnum)
{
    static const char *const names[] = {"ctid", "xmin", "cmin", "xmax", "cmax", "tableoid"};

    return attnum < 0 && attnum >= -6 ? names[-attnum - 1] : "?";
}

/* Prints the Var; returns the bare column name, NULL for a whole row. */
char *
deparse_variable(Var *var, int levelsup, bool istoplevel, DeparseContext *context)
{
    DeparseNames *names;
    RangeTblEntry *rte;
    char *refname;
    char *attname;
    int varno = var->varno;
    AttrNumber attno = var->varattno;

    if (context->resolver != NULL)
    {
        Node *expr = NULL;
        char *text = context->resolver->resolve_var(context->resolver->arg, var, &expr);

        if (expr != NULL)
        {
            if (!IsA(expr, Var))
                appendStringInfoChar(context->buf, '(');
            deparse_expr(expr, context, true);
            if (!IsA(expr, Var))
                appendStringInfoChar(context->buf, ')');
            return NULL;
        }
        appendStringInfoString(context->buf, text);
        return text;
    }
    names = names_at(context, (int) var->varlevelsup + levelsup);
    if (var->varnosyn > 0 && (int) var->varnosyn <= list_length(names->rtable))
    {
        varno = (int) var->varnosyn;
        attno = var->varattnosyn;
    }
    if (varno < 1 || varno > list_length(names->rtable))
        elog(ERROR, "bogus varno: %d", varno);
    rte = list_nth(names->rtable, varno - 1);
    refname = list_nth(names->names, varno - 1);
    if (rte->rtekind == RTE_JOIN && rte->alias == NULL && attno > 0)
    {
        Node *alias = list_nth(rte->joinaliasvars, attno - 1);

        if (alias != NULL && IsA(alias, Var) && (int) attno > rte->joinmergedcols)
            return deparse_variable((Var *) alias, (int) var->varlevelsup + levelsup, istoplevel,
                                    context);
        refname = NULL;
    }
    if (attno == InvalidAttrNumber)
        attname = NULL;
    else if (attno > 0)
        attname = list_nth(list_nth(names->columns, varno - 1), attno - 1);
    else
        attname = (char *) system_name(attno);
    if (refname != NULL && (context->varprefix || attname == NULL))
    {
        appendStringInfoString(context->buf, quote_identifier(refname));
        appendStringInfoChar(context->buf, '.');
    }
    if (attname != NULL)
        appendStringInfoString(context->buf, quote_identifier(attname));
    else
    {
        appendStringInfoChar(context->buf, '*');
        if (istoplevel)
            appendStringInfo(context->buf, "::%s",
                             format_type_with_typemod(var->vartype, var->vartypmod));
    }
    return attname;
}

/* ---- constants --------------------------------------------------------------------------------------- */

void
deparse_const(Const *con, DeparseContext *context, int showtype)
{
    StringInfo buf = context->buf;
    Oid output;
    bool varlena;
    char *text;
    bool label = false;

    if (con->constisnull)
    {
        appendStringInfoString(buf, "NULL");
        if (showtype >= 0)
            appendStringInfo(buf, "::%s",
                             format_type_with_typemod(con->consttype, con->consttypmod));
        if (showtype >= 0 && con->constcollid != get_typcollation(con->consttype) &&
            OidIsValid(con->constcollid))
            appendStringInfo(buf, " COLLATE %s", generate_collation_name(con->constcollid));
        return;
    }
    getTypeOutputInfo(con->consttype, &output, &varlena);
    text = OidOutputFunctionCall(output, con->constvalue);
    switch (con->consttype)
    {
        case INT4OID:
            if (text[0] != '-')
                appendStringInfoString(buf, text);
            else
            {
                appendStringInfo(buf, "'%s'", text);
                label = true;
            }
            break;
        case NUMERICOID:
            if (text[0] >= '0' && text[0] <= '9' && strcspn(text, "eE.") != strlen(text))
                appendStringInfoString(buf, text);
            else
            {
                appendStringInfo(buf, "'%s'", text);
                label = true;
            }
            break;
        case BOOLOID:
            appendStringInfoString(buf, strcmp(text, "t") == 0 ? "true" : "false");
            break;
        default:
            deparse_string_literal(buf, text);
            break;
    }
    if (showtype < 0)
        return;
    switch (con->consttype)
    {
        case BOOLOID:
        case UNKNOWNOID:
            label = false;
            break;
        case INT4OID:
            break;
        case NUMERICOID:
            label = label || con->consttypmod >= 0;
            break;
        default:
            label = true;
            break;
    }
    if (label || showtype > 0)
        appendStringInfo(buf, "::%s",
                         format_type_with_typemod(con->consttype, con->consttypmod));
    if (OidIsValid(con->constcollid) && con->constcollid != get_typcollation(con->consttype))
        appendStringInfo(buf, " COLLATE %s", generate_collation_name(con->constcollid));
}

/* ---- parentheses -------------------------------------------------------------------------------------- */

static const char *
simple_operator(OpExpr *expr)
{
    const OperatorInfo *op = catalog_operator(expr->opno);

    if (op == NULL || list_length(expr->args) != 2 || strlen(NameStr(op->oprname)) != 1)
        return NULL;
    return NameStr(op->oprname);
}

static bool
is_func_syntax(Node *node)
{
    return ((FuncExpr *) node)->funcformat == COERCE_EXPLICIT_CAST ||
           ((FuncExpr *) node)->funcformat == COERCE_IMPLICIT_CAST ||
           ((FuncExpr *) node)->funcformat == COERCE_SQL_SYNTAX;
}

static bool
op_needs_no_paren(OpExpr *expr, Node *parent)
{
    const char *op;
    const char *parent_op;
    bool low;
    bool high;

    if (!IsA(parent, OpExpr))
        return false;
    op = simple_operator(expr);
    parent_op = simple_operator((OpExpr *) parent);
    if (op == NULL || parent_op == NULL)
        return false;
    low = strchr("+-", *op) != NULL;
    high = strchr("*/%", *op) != NULL;
    if (!low && !high)
        return false;
    if (high && strchr("+-", *parent_op) != NULL)
        return true;
    if ((low && strchr("+-", *parent_op) != NULL) || (high && strchr("*/%", *parent_op) != NULL))
        return (Node *) expr == linitial(((OpExpr *) parent)->args);
    return false;
}

/* May stand inside of its parent without parentheses when printing prettily? */
bool
deparse_is_simple(Node *node, Node *parent, int prettyFlags)
{
    if (node == NULL)
        return false;
    switch (nodeTag(node))
    {
        case T_Var:
        case T_Const:
        case T_Param:
        case T_CoerceToDomainValue:
        case T_SetToDefault:
        case T_CurrentOfExpr:
        case T_ArrayExpr:
        case T_RowExpr:
        case T_CoalesceExpr:
        case T_MinMaxExpr:
        case T_SQLValueFunction:
        case T_NextValueExpr:
        case T_NullIfExpr:
        case T_Aggref:
        case T_GroupingFunc:
        case T_WindowFunc:
        case T_SubscriptingRef:
        case T_FuncExpr:
        case T_CaseExpr:
            return true;
        case T_FieldSelect:
            return !(parent != NULL && IsA(parent, FieldSelect));
        case T_CoerceToDomain:
            return deparse_is_simple((Node *) ((CoerceToDomain *) node)->arg, node, prettyFlags);
        case T_RelabelType:
            return deparse_is_simple((Node *) ((RelabelType *) node)->arg, node, prettyFlags);
        case T_CoerceViaIO:
            return deparse_is_simple((Node *) ((CoerceViaIO *) node)->arg, node, prettyFlags);
        case T_ArrayCoerceExpr:
            return deparse_is_simple((Node *) ((ArrayCoerceExpr *) node)->arg, node, prettyFlags);
        case T_ConvertRowtypeExpr:
            return deparse_is_simple((Node *) ((ConvertRowtypeExpr *) node)->arg, node,
                                     prettyFlags);
        case T_OpExpr:
            if ((prettyFlags & PRETTY_FLAG_PAREN) && parent != NULL && IsA(parent, OpExpr))
                return op_needs_no_paren((OpExpr *) node, parent);
            /* fall through */
        case T_SubLink:
        case T_NullTest:
        case T_BooleanTest:
        case T_DistinctExpr:
            switch (nodeTag(parent))
            {
                case T_FuncExpr:
                    return !is_func_syntax(parent);
                case T_BoolExpr:
                case T_SubscriptingRef:
                case T_ArrayExpr:
                case T_RowExpr:
                case T_CoalesceExpr:
                case T_MinMaxExpr:
                case T_NullIfExpr:
                case T_Aggref:
                case T_GroupingFunc:
                case T_WindowFunc:
                case T_CaseExpr:
                    return true;
                default:
                    return false;
            }
        case T_BoolExpr:
            switch (nodeTag(parent))
            {
                case T_BoolExpr:
                    if (prettyFlags & PRETTY_FLAG_PAREN)
                    {
                        BoolExprType type = ((BoolExpr *) node)->boolop;
                        BoolExprType outer = ((BoolExpr *) parent)->boolop;

                        if (type == AND_EXPR)
                            return outer == AND_EXPR || outer == OR_EXPR;
                        return type == OR_EXPR ? outer == OR_EXPR : true;
                    }
                    return false;
                case T_FuncExpr:
                    return !is_func_syntax(parent);
                case T_SubscriptingRef:
                case T_ArrayExpr:
                case T_RowExpr:
                case T_CoalesceExpr:
                case T_MinMaxExpr:
                case T_NullIfExpr:
                case T_Aggref:
                case T_GroupingFunc:
                case T_WindowFunc:
                case T_CaseExpr:
                    return true;
                default:
                    return false;
            }
        default:
            return false;
    }
}

void
deparse_expr_paren(Node *node, DeparseContext *context, bool showimplicit, Node *parent)
{
    bool paren = PRETTY_PAREN(context) && !deparse_is_simple(node, parent, context->prettyFlags);

    if (paren)
        appendStringInfoChar(context->buf, '(');
    deparse_expr(node, context, showimplicit);
    if (paren)
        appendStringInfoChar(context->buf, ')');
}

static void
deparse_list(List *args, DeparseContext *context, const char *separator)
{
    const char *sep = "";

    foreach_ptr(Node, arg, args)
    {
        appendStringInfoString(context->buf, sep);
        deparse_expr(arg, context, true);
        sep = separator;
    }
}

/* ---- nodes --------------------------------------------------------------------------------------------- */

static void
print_op(OpExpr *expr, DeparseContext *context)
{
    StringInfo buf = context->buf;

    if (!PRETTY_PAREN(context))
        appendStringInfoChar(buf, '(');
    if (list_length(expr->args) == 2)
    {
        Node *left = linitial(expr->args);
        Node *right = lsecond(expr->args);

        deparse_expr_paren(left, context, true, (Node *) expr);
        appendStringInfo(buf, " %s ",
                         generate_operator_name(expr->opno, exprType(left), exprType(right)));
        deparse_expr_paren(right, context, true, (Node *) expr);
    }
    else
    {
        Node *arg = linitial(expr->args);

        appendStringInfo(buf, "%s ",
                         generate_operator_name(expr->opno, InvalidOid, exprType(arg)));
        deparse_expr_paren(arg, context, true, (Node *) expr);
    }
    if (!PRETTY_PAREN(context))
        appendStringInfoChar(buf, ')');
}

static void
print_distinct(OpExpr *expr, DeparseContext *context)
{
    if (!PRETTY_PAREN(context))
        appendStringInfoChar(context->buf, '(');
    deparse_expr_paren(linitial(expr->args), context, true, (Node *) expr);
    appendStringInfoString(context->buf, " IS DISTINCT FROM ");
    deparse_expr_paren(lsecond(expr->args), context, true, (Node *) expr);
    if (!PRETTY_PAREN(context))
        appendStringInfoChar(context->buf, ')');
}

static void
print_array_op(ScalarArrayOpExpr *expr, DeparseContext *context)
{
    Node *left = linitial(expr->args);
    Node *right = lsecond(expr->args);

    if (!PRETTY_PAREN(context))
        appendStringInfoChar(context->buf, '(');
    deparse_expr_paren(left, context, true, (Node *) expr);
    appendStringInfo(context->buf, " %s %s (",
                     generate_operator_name(expr->opno, exprType(left),
                                            get_base_element_type(exprType(right))),
                     expr->useOr ? "ANY" : "ALL");
    deparse_expr_paren(right, context, true, (Node *) expr);
    /* a sub-select here is a scalar one */
    if (IsA(right, SubLink) && ((SubLink *) right)->subLinkType == EXPR_SUBLINK)
        appendStringInfo(context->buf, "::%s",
                         format_type_with_typemod(exprType(right), exprTypmod(right)));
    appendStringInfoChar(context->buf, ')');
    if (!PRETTY_PAREN(context))
        appendStringInfoChar(context->buf, ')');
}

static void
print_bool(BoolExpr *expr, DeparseContext *context)
{
    const char *word = expr->boolop == AND_EXPR ? " AND " : " OR ";
    bool first = true;

    if (!PRETTY_PAREN(context))
        appendStringInfoChar(context->buf, '(');
    if (expr->boolop == NOT_EXPR)
    {
        appendStringInfoString(context->buf, "NOT ");
        deparse_expr_paren(linitial(expr->args), context, false, (Node *) expr);
    }
    else
    {
        foreach_ptr(Node, arg, expr->args)
        {
            if (!first)
                appendStringInfoString(context->buf, word);
            deparse_expr_paren(arg, context, false, (Node *) expr);
            first = false;
        }
    }
    if (!PRETTY_PAREN(context))
        appendStringInfoChar(context->buf, ')');
}

/* A cast around an expression, or around a literal whose own type can be left out. */
static void
print_cast(Node *arg, DeparseContext *context, Oid type, int32 typmod, Node *parent)
{
    StringInfo buf = context->buf;

    if (arg != NULL && IsA(arg, Const) && ((Const *) arg)->consttype == type &&
        ((Const *) arg)->consttypmod == -1)
        deparse_const((Const *) arg, context, -1);
    else
    {
        if (!PRETTY_PAREN(context))
            appendStringInfoChar(buf, '(');
        deparse_expr_paren(arg, context, false, parent);
        if (!PRETTY_PAREN(context))
            appendStringInfoChar(buf, ')');
    }
    appendStringInfo(buf, "::%s", format_type_with_typemod(type, typmod));
}

void
deparse_func_expr(FuncExpr *expr, DeparseContext *context, bool showimplicit)
{
    StringInfo buf = context->buf;
    Oid types[FUNC_MAX_ARGS];
    int nargs = 0;
    bool use_variadic = false;
    char *name;
    const char *sep = "";

    if (expr->funcformat == COERCE_IMPLICIT_CAST && !showimplicit)
    {
        deparse_expr_paren(linitial(expr->args), context, false, (Node *) expr);
        return;
    }
    if (expr->funcformat == COERCE_EXPLICIT_CAST || expr->funcformat == COERCE_IMPLICIT_CAST)
    {
        int32 typmod;

        exprIsLengthCoercion((Node *) expr, &typmod);
        print_cast(linitial(expr->args), context, expr->funcresulttype, typmod, (Node *) expr);
        return;
    }
    if (expr->funcformat == COERCE_SQL_SYNTAX && deparse_sql_syntax(expr, context))
        return;
    foreach_ptr(Node, arg, expr->args)
        types[nargs++] = exprType(arg);
    name = deparse_function_name(expr->funcid, nargs, types, expr->funcvariadic, &use_variadic);
    appendStringInfo(buf, "%s(", name);
    foreach_ptr(Node, arg, expr->args)
    {
        appendStringInfoString(buf, sep);
        if (use_variadic && arg == llast(expr->args))
            appendStringInfoString(buf, "VARIADIC ");
        deparse_expr(arg, context, true);
        sep = ", ";
    }
    appendStringInfoChar(buf, ')');
}

void
deparse_aggref(Aggref *agg, DeparseContext *context)
{
    StringInfo buf = context->buf;
    Oid types[FUNC_MAX_ARGS];
    int nargs = 0;
    bool use_variadic = false;
    const char *sep = "";

    foreach_oid(type, agg->aggargtypes)
        types[nargs++] = type;
    appendStringInfo(buf, "%s(%s",
                     deparse_function_name(agg->aggfnoid, nargs, types, agg->aggvariadic,
                                           &use_variadic),
                     agg->aggdistinct != NIL ? "DISTINCT " : "");
    if (agg->aggstar)
        appendStringInfoChar(buf, '*');
    else
    {
        int index = 0;

        foreach_ptr(TargetEntry, tle, agg->args)
        {
            if (tle->resjunk)
                continue;
            appendStringInfoString(buf, sep);
            if (use_variadic && ++index == nargs)
                appendStringInfoString(buf, "VARIADIC ");
            deparse_expr((Node *) tle->expr, context, true);
            sep = ", ";
        }
    }
    if (agg->aggorder != NIL)
    {
        appendStringInfoString(buf, " ORDER BY ");
        deparse_order_by(agg->aggorder, agg->args, false, context);
    }
    if (agg->aggfilter != NULL)
    {
        appendStringInfoString(buf, ") FILTER (WHERE ");
        deparse_expr((Node *) agg->aggfilter, context, false);
    }
    appendStringInfoChar(buf, ')');
}

void
deparse_window_func(WindowFunc *wfunc, DeparseContext *context)
{
    StringInfo buf = context->buf;
    Oid types[FUNC_MAX_ARGS];
    int nargs = 0;
    bool found = false;

    foreach_ptr(Node, arg, wfunc->args)
        types[nargs++] = exprType(arg);
    appendStringInfo(buf, "%s(", deparse_function_name(wfunc->winfnoid, nargs, types, false, NULL));
    if (wfunc->winstar)
        appendStringInfoChar(buf, '*');
    else
        deparse_list(wfunc->args, context, ", ");
    if (wfunc->aggfilter != NULL)
    {
        appendStringInfoString(buf, ") FILTER (WHERE ");
        deparse_expr((Node *) wfunc->aggfilter, context, false);
    }
    appendStringInfoString(buf, ") OVER ");
    foreach_ptr(WindowClause, window, context->windowClause)
    {
        if (window->winref != wfunc->winref)
            continue;
        if (window->name != NULL)
            appendStringInfoString(buf, quote_identifier(window->name));
        else
            deparse_window_spec(window, context->windowTList, context);
        found = true;
        break;
    }
    if (!found)
        appendStringInfoString(buf, "(?)");
}

static void
print_case(CaseExpr *expr, DeparseContext *context)
{
    StringInfo buf = context->buf;

    deparse_keyword(context, "CASE", 0, INDENT_VAR, 0);
    if (expr->arg != NULL)
    {
        appendStringInfoChar(buf, ' ');
        deparse_expr((Node *) expr->arg, context, true);
    }
    foreach_ptr(CaseWhen, when, expr->args)
    {
        Node *condition = (Node *) when->expr;

        /* arg = value was made from the simple form */
        if (expr->arg != NULL && IsA(condition, OpExpr))
        {
            List *args = ((OpExpr *) condition)->args;

            if (list_length(args) == 2 &&
                IsA(strip_implicit_coercions(linitial(args)), CaseTestExpr))
                condition = lsecond(args);
        }
        if (!PRETTY_INDENT(context))
            appendStringInfoChar(buf, ' ');
        deparse_keyword(context, "WHEN ", 0, 0, 0);
        deparse_expr(condition, context, false);
        appendStringInfoString(buf, " THEN ");
        deparse_expr((Node *) when->result, context, true);
    }
    if (!PRETTY_INDENT(context))
        appendStringInfoChar(buf, ' ');
    deparse_keyword(context, "ELSE ", 0, 0, 0);
    if (expr->defresult != NULL)
        deparse_expr((Node *) expr->defresult, context, true);
    else
        appendStringInfoString(buf, "NULL");
    if (!PRETTY_INDENT(context))
        appendStringInfoChar(buf, ' ');
    deparse_keyword(context, "END", -INDENT_VAR, 0, 0);
}

static void
print_row(RowExpr *row, DeparseContext *context)
{
    appendStringInfoString(context->buf, "ROW(");
    deparse_list(row->args, context, ", ");
    appendStringInfoChar(context->buf, ')');
    if (row->row_format == COERCE_EXPLICIT_CAST)
        appendStringInfo(context->buf, "::%s", format_type_with_typemod(row->row_typeid, -1));
}

static void
print_row_compare(RowCompareExpr *expr, DeparseContext *context)
{
    appendStringInfoString(context->buf, "(ROW(");
    deparse_list(expr->largs, context, ", ");
    appendStringInfo(context->buf, ") %s ROW(",
                     generate_operator_name(linitial_oid(expr->opnos),
                                            exprType(linitial(expr->largs)),
                                            exprType(linitial(expr->rargs))));
    deparse_list(expr->rargs, context, ", ");
    appendStringInfoString(context->buf, "))");
}

static void
print_subscripts(SubscriptingRef *ref, DeparseContext *context)
{
    ListCell *lower = list_head(ref->reflowerindexpr);

    foreach_ptr(Node, upper, ref->refupperindexpr)
    {
        appendStringInfoChar(context->buf, '[');
        if (ref->reflowerindexpr != NIL)
        {
            if (lfirst(lower) != NULL)
                deparse_expr(lfirst(lower), context, false);
            appendStringInfoChar(context->buf, ':');
            lower = lnext(ref->reflowerindexpr, lower);
        }
        if (upper != NULL)
            deparse_expr(upper, context, false);
        appendStringInfoChar(context->buf, ']');
    }
}

static void
print_subscripting(SubscriptingRef *ref, DeparseContext *context)
{
    bool paren;

    if (IsA(ref->refexpr, CaseTestExpr))
    {
        deparse_expr((Node *) ref->refassgnexpr, context, true);
        return;
    }
    paren = !IsA(ref->refexpr, Var) && !IsA(ref->refexpr, FieldSelect);
    if (paren)
        appendStringInfoChar(context->buf, '(');
    deparse_expr((Node *) ref->refexpr, context, true);
    if (paren)
        appendStringInfoChar(context->buf, ')');
    print_subscripts(ref, context);
    if (ref->refassgnexpr != NULL)
    {
        appendStringInfoString(context->buf, " := ");
        deparse_expr((Node *) ref->refassgnexpr, context, true);
    }
}

static void
print_field(FieldSelect *field, DeparseContext *context)
{
    Node *arg = (Node *) field->arg;
    bool paren = !IsA(arg, SubscriptingRef) && !IsA(arg, FieldSelect);
    char *name = NULL;
    Oid type = exprType(arg);

    if (paren)
        appendStringInfoChar(context->buf, '(');
    deparse_expr(arg, context, true);
    if (paren)
        appendStringInfoChar(context->buf, ')');
    if (type_is_rowtype(type) && type != RECORDOID)
        name = get_attname(get_typ_typrelid(getBaseType(type)), field->fieldnum, false);
    else if (IsA(arg, RowExpr) && ((RowExpr *) arg)->colnames != NIL)
        name = strVal(list_nth(((RowExpr *) arg)->colnames, field->fieldnum - 1));
    else if (IsA(arg, FuncExpr))
    {
        const ProcInfo *proc = catalog_proc(((FuncExpr *) arg)->funcid);
        ProcOutputs outputs;
        int column = 0;

        for (int i = 0;
             proc != NULL && proc->has_out_args && catalog_proc_outputs(proc, &outputs) &&
             outputs.names != NULL && i < outputs.count;
             i++)
        {
            if (outputs.modes != NULL && strchr("obt", outputs.modes[i]) != NULL &&
                ++column == field->fieldnum)
                name = (char *) outputs.names[i];
        }
    }
    appendStringInfo(context->buf, ".%s",
                     name == NULL ? psprintf("f%d", field->fieldnum) : quote_identifier(name));
}

static void
print_value_function(SQLValueFunction *expr, StringInfo buf)
{
    static const char *const names[] = {
        "CURRENT_DATE",      "CURRENT_TIME",    "CURRENT_TIME(%d)",   "CURRENT_TIMESTAMP",
        "CURRENT_TIMESTAMP(%d)", "LOCALTIME",   "LOCALTIME(%d)",      "LOCALTIMESTAMP",
        "LOCALTIMESTAMP(%d)", "CURRENT_ROLE",   "CURRENT_USER",       "USER",
        "SESSION_USER",      "CURRENT_CATALOG", "CURRENT_SCHEMA"};
    const char *name = names[expr->op];
    const char *mark = strchr(name, '%');

    if (mark == NULL)
        appendStringInfoString(buf, name);
    else
        appendStringInfo(buf, "%.*s%d)", (int) (mark - name), name, expr->typmod);
}

static void
print_null_test(NullTest *test, DeparseContext *context)
{
    if (!PRETTY_PAREN(context))
        appendStringInfoChar(context->buf, '(');
    deparse_expr_paren((Node *) test->arg, context, true, (Node *) test);
    /* a record that is not tested as a row was IS [NOT] DISTINCT FROM NULL */
    if (test->argisrow || !type_is_rowtype(exprType((Node *) test->arg)))
        appendStringInfoString(context->buf,
                               test->nulltesttype == IS_NULL ? " IS NULL" : " IS NOT NULL");
    else
        appendStringInfoString(context->buf, test->nulltesttype == IS_NULL
                                                 ? " IS NOT DISTINCT FROM NULL"
                                                 : " IS DISTINCT FROM NULL");
    if (!PRETTY_PAREN(context))
        appendStringInfoChar(context->buf, ')');
}

static void
print_boolean_test(BooleanTest *test, DeparseContext *context)
{
    static const char *const names[] = {" IS TRUE",      " IS NOT TRUE", " IS FALSE",
                                        " IS NOT FALSE", " IS UNKNOWN",  " IS NOT UNKNOWN"};

    if (!PRETTY_PAREN(context))
        appendStringInfoChar(context->buf, '(');
    deparse_expr_paren((Node *) test->arg, context, false, (Node *) test);
    appendStringInfoString(context->buf, names[test->booltesttype]);
    if (!PRETTY_PAREN(context))
        appendStringInfoChar(context->buf, ')');
}

static void
print_array(ArrayExpr *array, DeparseContext *context)
{
    appendStringInfoString(context->buf, "ARRAY[");
    deparse_list(array->elements, context, ", ");
    appendStringInfoChar(context->buf, ']');
    if (array->elements == NIL)
        appendStringInfo(context->buf, "::%s", format_type_with_typemod(array->array_typeid, -1));
}

static void
print_named_list(const char *name, List *args, DeparseContext *context)
{
    appendStringInfo(context->buf, "%s(", name);
    deparse_list(args, context, ", ");
    appendStringInfoChar(context->buf, ')');
}

static void
print_coercion(Node *node, Node *arg, CoercionForm form, Oid type, int32 typmod,
               DeparseContext *context, bool showimplicit)
{
    if (form == COERCE_IMPLICIT_CAST && !showimplicit)
        deparse_expr_paren(arg, context, false, node);
    else
        print_cast(arg, context, type, typmod, node);
}

static void
print_param(Param *param, DeparseContext *context)
{
    if (context->resolver != NULL && context->resolver->resolve_param != NULL)
    {
        Node *expr = NULL;
        char *text = context->resolver->resolve_param(context->resolver->arg, param, &expr);

        if (expr != NULL)
        {
            bool paren = !IsA(expr, Var) && !IsA(expr, Aggref) && !IsA(expr, Param);

            if (paren)
                appendStringInfoChar(context->buf, '(');
            deparse_expr(expr, context, false);
            if (paren)
                appendStringInfoChar(context->buf, ')');
            return;
        }
        if (text != NULL)
        {
            appendStringInfoString(context->buf, text);
            return;
        }
    }
    appendStringInfo(context->buf, "$%d", param->paramid);
}

static void
print_subplan(SubPlan *subplan, DeparseContext *context)
{
    if (subplan->useHashTable)
        appendStringInfo(context->buf, "(hashed %s)", subplan->plan_name);
    else
        appendStringInfo(context->buf, "(%s)", subplan->plan_name);
}

void
deparse_expr(Node *node, DeparseContext *context, bool showimplicit)
{
    StringInfo buf = context->buf;

    if (node == NULL)
        return;
    check_stack_depth();
    switch (nodeTag(node))
    {
        case T_Var:
            deparse_variable((Var *) node, 0, false, context);
            break;
        case T_Const:
            deparse_const((Const *) node, context, 0);
            break;
        case T_Param:
            print_param((Param *) node, context);
            break;
        case T_Aggref:
            deparse_aggref((Aggref *) node, context);
            break;
        case T_GroupingFunc:
            print_named_list("GROUPING", ((GroupingFunc *) node)->args, context);
            break;
        case T_WindowFunc:
            deparse_window_func((WindowFunc *) node, context);
            break;
        case T_SubscriptingRef:
            print_subscripting((SubscriptingRef *) node, context);
            break;
        case T_FuncExpr:
            deparse_func_expr((FuncExpr *) node, context, showimplicit);
            break;
        case T_NamedArgExpr:
            appendStringInfo(buf, "%s => ", quote_identifier(((NamedArgExpr *) node)->name));
            deparse_expr((Node *) ((NamedArgExpr *) node)->arg, context, showimplicit);
            break;
        case T_OpExpr:
            print_op((OpExpr *) node, context);
            break;
        case T_DistinctExpr:
            print_distinct((OpExpr *) node, context);
            break;
        case T_NullIfExpr:
            print_named_list("NULLIF", ((NullIfExpr *) node)->args, context);
            break;
        case T_ScalarArrayOpExpr:
            print_array_op((ScalarArrayOpExpr *) node, context);
            break;
        case T_BoolExpr:
            print_bool((BoolExpr *) node, context);
            break;
        case T_SubLink:
            deparse_sublink((SubLink *) node, context);
            break;
        case T_SubPlan:
            print_subplan((SubPlan *) node, context);
            break;
        case T_AlternativeSubPlan:
            appendStringInfoString(buf, "(alternatives: ");
            deparse_list(((AlternativeSubPlan *) node)->subplans, context, " or ");
            appendStringInfoChar(buf, ')');
            break;
        case T_FieldSelect:
            print_field((FieldSelect *) node, context);
            break;
        case T_FieldStore:
            appendStringInfoString(buf, "ROW(");
            deparse_list(((FieldStore *) node)->newvals, context, ", ");
            appendStringInfoChar(buf, ')');
            break;
        case T_RelabelType:
        {
            RelabelType *relabel = (RelabelType *) node;

            print_coercion(node, (Node *) relabel->arg, relabel->relabelformat,
                           relabel->resulttype, relabel->resulttypmod, context, showimplicit);
            break;
        }
        case T_CoerceViaIO:
        {
            CoerceViaIO *via = (CoerceViaIO *) node;

            print_coercion(node, (Node *) via->arg, via->coerceformat, via->resulttype, -1,
                           context, showimplicit);
            break;
        }
        case T_ArrayCoerceExpr:
        {
            ArrayCoerceExpr *array = (ArrayCoerceExpr *) node;

            print_coercion(node, (Node *) array->arg, array->coerceformat, array->resulttype,
                           array->resulttypmod, context, showimplicit);
            break;
        }
        case T_ConvertRowtypeExpr:
        {
            ConvertRowtypeExpr *convert = (ConvertRowtypeExpr *) node;

            print_coercion(node, (Node *) convert->arg, convert->convertformat,
                           convert->resulttype, -1, context, showimplicit);
            break;
        }
        case T_CoerceToDomain:
        {
            CoerceToDomain *domain = (CoerceToDomain *) node;

            print_coercion(node, (Node *) domain->arg, domain->coercionformat, domain->resulttype,
                           domain->resulttypmod, context, showimplicit);
            break;
        }
        case T_CollateExpr:
            if (!PRETTY_PAREN(context))
                appendStringInfoChar(buf, '(');
            deparse_expr_paren((Node *) ((CollateExpr *) node)->arg, context, showimplicit, node);
            appendStringInfo(buf, " COLLATE %s",
                             generate_collation_name(((CollateExpr *) node)->collOid));
            if (!PRETTY_PAREN(context))
                appendStringInfoChar(buf, ')');
            break;
        case T_CaseExpr:
            print_case((CaseExpr *) node, context);
            break;
        case T_CaseTestExpr:
            appendStringInfoString(buf, "CASE_TEST_EXPR");
            break;
        case T_ArrayExpr:
            print_array((ArrayExpr *) node, context);
            break;
        case T_RowExpr:
            print_row((RowExpr *) node, context);
            break;
        case T_RowCompareExpr:
            print_row_compare((RowCompareExpr *) node, context);
            break;
        case T_CoalesceExpr:
            print_named_list("COALESCE", ((CoalesceExpr *) node)->args, context);
            break;
        case T_MinMaxExpr:
            print_named_list(((MinMaxExpr *) node)->op == IS_GREATEST ? "GREATEST" : "LEAST",
                             ((MinMaxExpr *) node)->args, context);
            break;
        case T_SQLValueFunction:
            print_value_function((SQLValueFunction *) node, buf);
            break;
        case T_NullTest:
            print_null_test((NullTest *) node, context);
            break;
        case T_BooleanTest:
            print_boolean_test((BooleanTest *) node, context);
            break;
        case T_CoerceToDomainValue:
            appendStringInfoString(buf, "VALUE");
            break;
        case T_SetToDefault:
            appendStringInfoString(buf, "DEFAULT");
            break;
        case T_CurrentOfExpr:
            appendStringInfo(buf, "CURRENT OF %s",
                             quote_identifier(((CurrentOfExpr *) node)->cursor_name));
            break;
        case T_NextValueExpr:
            appendStringInfoString(buf, "nextval(");
            deparse_string_literal(buf, generate_relation_name(((NextValueExpr *) node)->seqid));
            appendStringInfoString(buf, "::regclass)");
            break;
        case T_InferenceElem:
            deparse_expr(((InferenceElem *) node)->expr, context, showimplicit);
            break;
        case T_TargetEntry:
            deparse_expr((Node *) ((TargetEntry *) node)->expr, context, showimplicit);
            break;
        case T_List:
            deparse_list((List *) node, context, ", ");
            break;
        default:
            elog(ERROR, "unrecognized node type: %d", (int) nodeTag(node));
    }
}

/* In ROW(): a bare whole-row Var would otherwise read as its columns. */
void
deparse_expr_toplevel(Node *node, DeparseContext *context, bool showimplicit)
{
    if (node != NULL && IsA(node, Var))
        deparse_variable((Var *) node, 0, true, context);
    else
        deparse_expr(node, context, showimplicit);
}

/* Where the grammar wants a function call: anything else goes into CAST(). */
void
deparse_expr_funccall(Node *node, DeparseContext *context, bool showimplicit)
{
    bool call = IsA(node, CoalesceExpr) || IsA(node, MinMaxExpr) || IsA(node, NullIfExpr) ||
                IsA(node, SQLValueFunction) || IsA(node, Aggref) || IsA(node, WindowFunc) ||
                (IsA(node, FuncExpr) &&
                 (((FuncExpr *) node)->funcformat == COERCE_EXPLICIT_CALL ||
                  ((FuncExpr *) node)->funcformat == COERCE_SQL_SYNTAX));

    if (call)
    {
        deparse_expr(node, context, showimplicit);
        return;
    }
    appendStringInfoString(context->buf, "CAST(");
    deparse_expr(node, context, false);
    appendStringInfo(context->buf, " AS %s)",
                     format_type_with_typemod(exprType(node), exprTypmod(node)));
}
