/*
 * deparse_query.c - whole queries as SQL text, laid out as pg_get_viewdef does
 */
#include "deparse_int.h"

#include "error/error.h"

#define F_UNNEST_ANYARRAY 2331

static void print_query(Query *query, DeparseContext *context);
static void print_setop(Node *node, Query *query, DeparseContext *context);
static void print_with_names(Query *query, StringInfo buf, List *parents, int prettyFlags,
                             int indentLevel, bool varprefix, bool names_visible,
                             List *result_names);

/* ---- names ----------------------------------------------------------------------------------------- */

static bool
name_is_taken(const char *name, List *names, List *parents)
{
    foreach_ptr(char, other, names)
    {
        if (other != NULL && strcmp(other, name) == 0)
            return true;
    }
    foreach_ptr(DeparseNames, parent, parents)
    {
        foreach_ptr(char, other, parent->names)
        {
            if (other != NULL && strcmp(other, name) == 0)
                return true;
        }
    }
    return false;
}

static char *
unique_name(char *name, List *names, List *parents)
{
    int suffix = 0;
    char *result = name;

    while (name_is_taken(result, names, parents))
        result = psprintf("%s_%d", name, ++suffix);
    return result;
}

static List *
column_names(RangeTblEntry *rte)
{
    List *result = NIL;
    AttrNumber attno = 0;

    foreach_ptr(String, name, rte->eref->colnames)
    {
        char *text = strVal(name);

        attno++;
        /* a table's columns may have been renamed since */
        if (rte->rtekind == RTE_RELATION &&
            (rte->alias == NULL || attno > list_length(rte->alias->colnames)))
        {
            char *now = get_attname(rte->relid, attno, true);

            text = now != NULL ? now : text;
        }
        result = lappend(result, text);
    }
    return result;
}

static DeparseNames *
name_query(List *rtable, List *ctes, List *parents)
{
    DeparseNames *names = palloc0(sizeof(DeparseNames));

    names->rtable = rtable;
    names->ctes = ctes;
    foreach_ptr(RangeTblEntry, rte, rtable)
    {
        char *name = NULL;

        if (rte->alias != NULL)
            name = rte->alias->aliasname;
        else if (rte->rtekind == RTE_RELATION)
            name = get_rel_name(rte->relid);
        else if (rte->rtekind != RTE_JOIN)
            name = rte->eref->aliasname;
        if (name != NULL && rte->inFromCl)
            name = unique_name(name, names->names, parents);
        names->names = lappend(names->names, name);
        names->columns = lappend(names->columns, column_names(rte));
    }
    return names;
}

/* ---- layout ------------------------------------------------------------------------------------------ */

static void
remove_trailing_spaces(StringInfo buf)
{
    while (buf->len > 0 && buf->data[buf->len - 1] == ' ')
        buf->data[--buf->len] = '\0';
}

void
deparse_keyword(DeparseContext *context, const char *text, int before, int after, int plus)
{
    StringInfo buf = context->buf;
    int amount;

    if (!PRETTY_INDENT(context))
    {
        appendStringInfoString(buf, text);
        return;
    }
    context->indentLevel += before;
    remove_trailing_spaces(buf);
    appendStringInfoChar(buf, '\n');
    if (context->indentLevel < INDENT_LIMIT)
        amount = Max(context->indentLevel, 0) + plus;
    else
    {
        /* deep nesting creeps right only slowly */
        amount = INDENT_LIMIT + (context->indentLevel - INDENT_LIMIT) / (INDENT_STD / 2);
        amount %= INDENT_LIMIT;
        amount += plus;
    }
    for (int i = 0; i < amount; i++)
        appendStringInfoChar(buf, ' ');
    appendStringInfoString(buf, text);
    context->indentLevel = Max(context->indentLevel + after, 0);
}

/* Appends an item of a comma list, each but the first on a line of its own. */
static void
append_item(DeparseContext *context, const StringInfoData *item, bool first)
{
    if (PRETTY_INDENT(context))
    {
        if (item->len > 0 && item->data[0] == '\n')
            remove_trailing_spaces(context->buf);
        else if (!first)
            deparse_keyword(context, "", -INDENT_STD, INDENT_STD, INDENT_VAR);
    }
    appendBinaryStringInfo(context->buf, item->data, item->len);
}

/* ---- target list ---------------------------------------------------------------------------------------- */

void
deparse_target_list(List *targets, DeparseContext *context)
{
    StringInfo buf = context->buf;
    const char *sep = " ";
    int count = 0;

    foreach_ptr(TargetEntry, tle, targets)
    {
        StringInfoData item;
        char *attname;
        char *colname;

        if (tle->resjunk)
            continue;
        appendStringInfoString(buf, sep);
        sep = ", ";
        count++;
        initStringInfo(&item);
        context->buf = &item;
        if (tle->expr != NULL && IsA(tle->expr, Var))
            attname = deparse_variable((Var *) tle->expr, 0, true, context);
        else
        {
            deparse_expr((Node *) tle->expr, context, true);
            attname = context->names_visible ? NULL : "?column?";
        }
        colname = count <= list_length(context->result_names)
                      ? list_nth(context->result_names, count - 1)
                      : tle->resname;
        if (colname != NULL && (attname == NULL || strcmp(attname, colname) != 0))
            appendStringInfo(&item, " AS %s", quote_identifier(colname));
        context->buf = buf;
        append_item(context, &item, count == 1);
    }
}

/* ---- FROM ------------------------------------------------------------------------------------------------- */

static void
print_values(List *rows, DeparseContext *context)
{
    bool first_row = true;

    appendStringInfoString(context->buf, "VALUES ");
    foreach_ptr(List, row, rows)
    {
        bool first = true;

        appendStringInfoString(context->buf, first_row ? "(" : ", (");
        foreach_ptr(Node, value, row)
        {
            if (!first)
                appendStringInfoChar(context->buf, ',');
            deparse_expr_toplevel(value, context, false);
            first = false;
        }
        appendStringInfoChar(context->buf, ')');
        first_row = false;
    }
}

/* ROWS FROM of nothing but one-argument unnest() came from unnest(a, b, ...). */
static bool
is_multi_unnest(RangeTblEntry *rte)
{
    foreach_ptr(RangeTblFunction, function, rte->functions)
    {
        FuncExpr *call = (FuncExpr *) function->funcexpr;

        if (!IsA(call, FuncExpr) || call->funcid != F_UNNEST_ANYARRAY ||
            function->funccoltypes != NIL || list_length(call->args) != 1)
            return false;
    }
    return true;
}

static void
print_multi_unnest(RangeTblEntry *rte, DeparseContext *context)
{
    const char *sep = "UNNEST(";

    foreach_ptr(RangeTblFunction, function, rte->functions)
    {
        appendStringInfoString(context->buf, sep);
        deparse_expr(linitial(((FuncExpr *) function->funcexpr)->args), context, true);
        sep = ", ";
    }
    appendStringInfoChar(context->buf, ')');
}

static void
print_function_rte(RangeTblEntry *rte, DeparseContext *context)
{
    StringInfo buf = context->buf;

    if (list_length(rte->functions) > 1 && is_multi_unnest(rte))
        print_multi_unnest(rte, context);
    else if (list_length(rte->functions) == 1)
        deparse_expr_funccall(((RangeTblFunction *) linitial(rte->functions))->funcexpr, context,
                              true);
    else
    {
        bool first = true;

        appendStringInfoString(buf, "ROWS FROM(");
        foreach_ptr(RangeTblFunction, function, rte->functions)
        {
            if (!first)
                appendStringInfoString(buf, ", ");
            deparse_expr_funccall(function->funcexpr, context, true);
            first = false;
        }
        appendStringInfoChar(buf, ')');
    }
    if (rte->funcordinality)
        appendStringInfoString(buf, " WITH ORDINALITY");
}

static void
print_coldeflist(RangeTblFunction *function, DeparseContext *context)
{
    appendStringInfoChar(context->buf, '(');
    for (int i = 0; i < list_length(function->funccoltypes); i++)
    {
        Oid collation = list_nth_oid(function->funccolcollations, i);

        appendStringInfo(context->buf, "%s%s %s", i > 0 ? ", " : "",
                         quote_identifier(strVal(list_nth(function->funccolnames, i))),
                         format_type_with_typemod(list_nth_oid(function->funccoltypes, i),
                                                  list_nth_int(function->funccoltypmods, i)));
        if (OidIsValid(collation) &&
            collation != get_typcollation(list_nth_oid(function->funccoltypes, i)))
            appendStringInfo(context->buf, " COLLATE %s", generate_collation_name(collation));
    }
    appendStringInfoChar(context->buf, ')');
}

static void
print_column_aliases(RangeTblEntry *rte, List *columns, DeparseContext *context)
{
    bool first = true;
    bool always = rte->rtekind == RTE_FUNCTION || rte->rtekind == RTE_VALUES;

    if (!always && (rte->alias == NULL || rte->alias->colnames == NIL))
        return;
    foreach_ptr(char, name, columns)
    {
        if (name[0] == '\0')
            continue;
        appendStringInfo(context->buf, "%s%s", first ? "(" : ", ", quote_identifier(name));
        first = false;
    }
    if (!first)
        appendStringInfoChar(context->buf, ')');
}

static bool
needs_alias(RangeTblEntry *rte, const char *refname)
{
    if (rte->alias != NULL)
        return true;
    switch (rte->rtekind)
    {
        case RTE_RELATION:
            return strcmp(refname, get_rel_name(rte->relid)) != 0;
        case RTE_CTE:
            return strcmp(refname, rte->ctename) != 0;
        default:
            return true;
    }
}

static void
print_rte(int varno, DeparseContext *context)
{
    StringInfo buf = context->buf;
    DeparseNames *names = linitial(context->namespaces);
    RangeTblEntry *rte = rt_fetch(varno, names->rtable);
    char *refname = list_nth(names->names, varno - 1);
    List *columns = list_nth(names->columns, varno - 1);
    RangeTblFunction *defined = NULL;

    if (rte->lateral)
        appendStringInfoString(buf, "LATERAL ");
    switch (rte->rtekind)
    {
        case RTE_RELATION:
            appendStringInfo(buf, "%s%s", rte->inh || rte->relkind == 'v' ? "" : "ONLY ",
                             generate_relation_name(rte->relid));
            break;
        case RTE_SUBQUERY:
            appendStringInfoChar(buf, '(');
            deparse_query_into(rte->subquery, buf, context->namespaces, context->prettyFlags,
                               context->indentLevel, true);
            appendStringInfoChar(buf, ')');
            break;
        case RTE_FUNCTION:
            if (list_length(rte->functions) == 1 && !rte->funcordinality &&
                ((RangeTblFunction *) linitial(rte->functions))->funccoltypes != NIL)
                defined = linitial(rte->functions);
            print_function_rte(rte, context);
            break;
        case RTE_VALUES:
            appendStringInfoChar(buf, '(');
            print_values(rte->values_lists, context);
            appendStringInfoChar(buf, ')');
            break;
        case RTE_CTE:
            appendStringInfoString(buf, quote_identifier(rte->ctename));
            break;
        default:
            elog(ERROR, "unrecognized RTE kind: %d", (int) rte->rtekind);
    }
    if (needs_alias(rte, refname))
        appendStringInfo(buf, " %s", quote_identifier(refname));
    if (defined != NULL)
        print_coldeflist(defined, context);
    else
        print_column_aliases(rte, columns, context);
}

static void
print_using(JoinExpr *join, DeparseContext *context)
{
    bool first = true;

    appendStringInfoString(context->buf, " USING (");
    foreach_ptr(String, name, join->usingClause)
    {
        appendStringInfo(context->buf, "%s%s", first ? "" : ", ", quote_identifier(strVal(name)));
        first = false;
    }
    appendStringInfoChar(context->buf, ')');
    if (join->join_using_alias != NULL)
        appendStringInfo(context->buf, " AS %s",
                         quote_identifier(join->join_using_alias->aliasname));
}

static void
print_from_item(Node *node, DeparseContext *context)
{
    StringInfo buf = context->buf;
    JoinExpr *join = (JoinExpr *) node;
    static const char *const words[] = {" JOIN ", " LEFT JOIN ", " FULL JOIN ", " RIGHT JOIN "};
    const char *word;
    bool paren_right;

    if (IsA(node, RangeTblRef))
    {
        print_rte(((RangeTblRef *) node)->rtindex, context);
        return;
    }
    if (!IsA(node, JoinExpr))
        elog(ERROR, "unrecognized node type: %d", (int) nodeTag(node));
    paren_right = PRETTY_PAREN(context) && !IsA(join->rarg, RangeTblRef) &&
                  !(IsA(join->rarg, JoinExpr) && ((JoinExpr *) join->rarg)->alias != NULL);
    if (!PRETTY_PAREN(context) || join->alias != NULL)
        appendStringInfoChar(buf, '(');
    print_from_item(join->larg, context);
    word = join->jointype == JOIN_INNER && join->quals == NULL ? " CROSS JOIN "
                                                               : words[join->jointype];
    deparse_keyword(context, word, -INDENT_STD, INDENT_STD, INDENT_JOIN);
    if (paren_right)
        appendStringInfoChar(buf, '(');
    print_from_item(join->rarg, context);
    if (paren_right)
        appendStringInfoChar(buf, ')');
    if (join->usingClause != NIL)
        print_using(join, context);
    else if (join->quals != NULL)
    {
        appendStringInfoString(buf, " ON ");
        if (!PRETTY_PAREN(context))
            appendStringInfoChar(buf, '(');
        deparse_expr(join->quals, context, false);
        if (!PRETTY_PAREN(context))
            appendStringInfoChar(buf, ')');
    }
    else if (join->jointype != JOIN_INNER)
        appendStringInfoString(buf, " ON TRUE");
    if (!PRETTY_PAREN(context) || join->alias != NULL)
        appendStringInfoChar(buf, ')');
    if (join->alias != NULL)
    {
        DeparseNames *names = linitial(context->namespaces);
        RangeTblEntry *rte = rt_fetch(join->rtindex, names->rtable);

        appendStringInfo(buf, " %s", quote_identifier(list_nth(names->names, join->rtindex - 1)));
        print_column_aliases(rte, list_nth(names->columns, join->rtindex - 1), context);
    }
}

static void
print_from(Query *query, const char *prefix, DeparseContext *context)
{
    StringInfo buf = context->buf;
    bool first = true;

    foreach_ptr(Node, node, query->jointree->fromlist)
    {
        StringInfoData item;

        if (IsA(node, RangeTblRef) &&
            !((RangeTblEntry *) rt_fetch(((RangeTblRef *) node)->rtindex, query->rtable))->inFromCl)
            continue;
        if (first)
        {
            deparse_keyword(context, prefix, -INDENT_STD, INDENT_STD, 2);
            print_from_item(node, context);
            first = false;
            continue;
        }
        appendStringInfoString(buf, ", ");
        initStringInfo(&item);
        context->buf = &item;
        print_from_item(node, context);
        context->buf = buf;
        append_item(context, &item, false);
    }
}

/* ---- ORDER BY, GROUP BY, windows ---------------------------------------------------------------------------- */

Node *
deparse_sortgroup(Index ref, List *targets, bool force_colno, DeparseContext *context)
{
    TargetEntry *tle = get_sortgroupref_tle(ref, targets);
    Node *expr = (Node *) tle->expr;

    if (force_colno)
        appendStringInfo(context->buf, "%d", tle->resno);
    else if (expr != NULL && IsA(expr, Const))
        deparse_const((Const *) expr, context, 1);
    else if (expr == NULL || IsA(expr, Var))
        deparse_expr(expr, context, true);
    else
    {
        bool paren = PRETTY_PAREN(context) || IsA(expr, FuncExpr) || IsA(expr, Aggref) ||
                     IsA(expr, WindowFunc);

        if (paren)
            appendStringInfoChar(context->buf, '(');
        deparse_expr(expr, context, true);
        if (paren)
            appendStringInfoChar(context->buf, ')');
    }
    return expr;
}

void
deparse_order_by(List *orderlist, List *targets, bool force_colno, DeparseContext *context)
{
    const char *sep = "";

    foreach_ptr(SortGroupClause, clause, orderlist)
    {
        Node *expr;
        Oid type;
        TypeCacheEntry *entry;

        appendStringInfoString(context->buf, sep);
        expr = deparse_sortgroup(clause->tleSortGroupRef, targets, force_colno, context);
        type = exprType(expr);
        entry = lookup_type_cache(type, TYPECACHE_LT_OPR | TYPECACHE_GT_OPR);
        if (clause->sortop == entry->lt_opr)
        {
            if (clause->nulls_first)
                appendStringInfoString(context->buf, " NULLS FIRST");
        }
        else if (clause->sortop == entry->gt_opr)
        {
            appendStringInfoString(context->buf, " DESC");
            if (!clause->nulls_first)
                appendStringInfoString(context->buf, " NULLS LAST");
        }
        else
            appendStringInfo(context->buf, " USING %s NULLS %s",
                             generate_operator_name(clause->sortop, type, type),
                             clause->nulls_first ? "FIRST" : "LAST");
        sep = ", ";
    }
}

static void
print_frame_bound(int options, Node *offset, bool start, DeparseContext *context)
{
    StringInfo buf = context->buf;

    if (options & (start ? FRAMEOPTION_START_UNBOUNDED_PRECEDING
                         : FRAMEOPTION_END_UNBOUNDED_FOLLOWING))
        appendStringInfoString(buf, start ? "UNBOUNDED PRECEDING " : "UNBOUNDED FOLLOWING ");
    else if (options & (start ? FRAMEOPTION_START_CURRENT_ROW : FRAMEOPTION_END_CURRENT_ROW))
        appendStringInfoString(buf, "CURRENT ROW ");
    else
    {
        deparse_expr(offset, context, false);
        appendStringInfoString(buf, options & (start ? FRAMEOPTION_START_OFFSET_PRECEDING
                                                     : FRAMEOPTION_END_OFFSET_PRECEDING)
                                        ? " PRECEDING "
                                        : " FOLLOWING ");
    }
}

static void
print_frame(WindowClause *window, DeparseContext *context)
{
    StringInfo buf = context->buf;
    int options = window->frameOptions;

    appendStringInfoString(buf, options & FRAMEOPTION_RANGE  ? "RANGE "
                                : options & FRAMEOPTION_ROWS ? "ROWS "
                                                             : "GROUPS ");
    if (options & FRAMEOPTION_BETWEEN)
        appendStringInfoString(buf, "BETWEEN ");
    print_frame_bound(options, window->startOffset, true, context);
    if (options & FRAMEOPTION_BETWEEN)
    {
        appendStringInfoString(buf, "AND ");
        print_frame_bound(options, window->endOffset, false, context);
    }
    if (options & FRAMEOPTION_EXCLUDE_CURRENT_ROW)
        appendStringInfoString(buf, "EXCLUDE CURRENT ROW ");
    else if (options & FRAMEOPTION_EXCLUDE_GROUP)
        appendStringInfoString(buf, "EXCLUDE GROUP ");
    else if (options & FRAMEOPTION_EXCLUDE_TIES)
        appendStringInfoString(buf, "EXCLUDE TIES ");
    buf->data[--buf->len] = '\0';
}

void
deparse_window_spec(WindowClause *window, List *targets, DeparseContext *context)
{
    StringInfo buf = context->buf;
    bool space = false;

    appendStringInfoChar(buf, '(');
    if (window->refname != NULL)
    {
        appendStringInfoString(buf, quote_identifier(window->refname));
        space = true;
    }
    if (window->partitionClause != NIL && window->refname == NULL)
    {
        const char *sep = "";

        appendStringInfoString(buf, space ? " PARTITION BY " : "PARTITION BY ");
        foreach_ptr(SortGroupClause, clause, window->partitionClause)
        {
            appendStringInfoString(buf, sep);
            deparse_sortgroup(clause->tleSortGroupRef, targets, false, context);
            sep = ", ";
        }
        space = true;
    }
    if (window->orderClause != NIL && !window->copiedOrder)
    {
        appendStringInfoString(buf, space ? " ORDER BY " : "ORDER BY ");
        deparse_order_by(window->orderClause, targets, false, context);
        space = true;
    }
    if (window->frameOptions & FRAMEOPTION_NONDEFAULT)
    {
        if (space)
            appendStringInfoChar(buf, ' ');
        print_frame(window, context);
    }
    appendStringInfoChar(buf, ')');
}

static void
print_windows(Query *query, DeparseContext *context)
{
    const char *sep = NULL;

    foreach_ptr(WindowClause, window, query->windowClause)
    {
        if (window->name == NULL)
            continue;
        if (sep == NULL)
            deparse_keyword(context, " WINDOW ", -INDENT_STD, INDENT_STD, 1);
        else
            appendStringInfoString(context->buf, sep);
        appendStringInfo(context->buf, "%s AS ", quote_identifier(window->name));
        deparse_window_spec(window, query->targetList, context);
        sep = ", ";
    }
}

static void
print_refs(List *refs, List *targets, bool paren, DeparseContext *context)
{
    const char *sep = "";

    if (paren)
        appendStringInfoChar(context->buf, '(');
    foreach_int(ref, refs)
    {
        appendStringInfoString(context->buf, sep);
        deparse_sortgroup((Index) ref, targets, false, context);
        sep = ", ";
    }
    if (paren)
        appendStringInfoChar(context->buf, ')');
}

static void
print_grouping_set(GroupingSet *set, List *targets, bool omit_paren, DeparseContext *context)
{
    const char *sep = "";

    switch (set->kind)
    {
        case GROUPING_SET_EMPTY:
            appendStringInfoString(context->buf, "()");
            return;
        case GROUPING_SET_SIMPLE:
            print_refs(set->content, targets, !omit_paren || list_length(set->content) != 1,
                       context);
            return;
        case GROUPING_SET_ROLLUP:
            appendStringInfoString(context->buf, "ROLLUP(");
            break;
        case GROUPING_SET_CUBE:
            appendStringInfoString(context->buf, "CUBE(");
            break;
        case GROUPING_SET_SETS:
            appendStringInfoString(context->buf, "GROUPING SETS (");
            break;
    }
    foreach_ptr(GroupingSet, inner, set->content)
    {
        appendStringInfoString(context->buf, sep);
        print_grouping_set(inner, targets, set->kind != GROUPING_SET_SETS, context);
        sep = ", ";
    }
    appendStringInfoChar(context->buf, ')');
}

static void
print_group_by(Query *query, DeparseContext *context)
{
    const char *sep = "";

    if (query->groupClause == NIL && query->groupingSets == NIL)
        return;
    deparse_keyword(context, " GROUP BY ", -INDENT_STD, INDENT_STD, 1);
    if (query->groupDistinct)
        appendStringInfoString(context->buf, "DISTINCT ");
    if (query->groupingSets != NIL)
    {
        foreach_ptr(GroupingSet, set, query->groupingSets)
        {
            appendStringInfoString(context->buf, sep);
            print_grouping_set(set, query->targetList, true, context);
            sep = ", ";
        }
        return;
    }
    foreach_ptr(SortGroupClause, clause, query->groupClause)
    {
        appendStringInfoString(context->buf, sep);
        deparse_sortgroup(clause->tleSortGroupRef, query->targetList, false, context);
        sep = ", ";
    }
}

/* ---- SELECT --------------------------------------------------------------------------------------------------- */

static void
print_with(Query *query, DeparseContext *context)
{
    const char *sep;

    if (query->cteList == NIL)
        return;
    if (PRETTY_INDENT(context))
    {
        context->indentLevel += INDENT_STD;
        appendStringInfoChar(context->buf, ' ');
    }
    sep = query->hasRecursive ? "WITH RECURSIVE " : "WITH ";
    foreach_ptr(CommonTableExpr, cte, query->cteList)
    {
        appendStringInfo(context->buf, "%s%s", sep, quote_identifier(cte->ctename));
        if (cte->aliascolnames != NIL)
        {
            bool first = true;

            foreach_ptr(String, name, cte->aliascolnames)
            {
                appendStringInfo(context->buf, "%s%s", first ? "(" : ", ",
                                 quote_identifier(strVal(name)));
                first = false;
            }
            appendStringInfoChar(context->buf, ')');
        }
        appendStringInfoString(context->buf, " AS ");
        if (cte->ctematerialized == CTEMaterializeAlways)
            appendStringInfoString(context->buf, "MATERIALIZED ");
        else if (cte->ctematerialized == CTEMaterializeNever)
            appendStringInfoString(context->buf, "NOT MATERIALIZED ");
        appendStringInfoChar(context->buf, '(');
        if (PRETTY_INDENT(context))
            deparse_keyword(context, "", 0, 0, 0);
        deparse_query_into((Query *) cte->ctequery, context->buf, context->namespaces,
                           context->prettyFlags, context->indentLevel, true);
        if (PRETTY_INDENT(context))
            deparse_keyword(context, "", 0, 0, 0);
        appendStringInfoChar(context->buf, ')');
        sep = ", ";
    }
    if (PRETTY_INDENT(context))
    {
        context->indentLevel -= INDENT_STD;
        deparse_keyword(context, "", 0, 0, 0);
    }
    else
        appendStringInfoChar(context->buf, ' ');
}

/* SELECT * FROM (VALUES ...) with nothing else is VALUES itself. */
static RangeTblEntry *
simple_values(Query *query)
{
    RangeTblEntry *result = NULL;
    int attno = 0;

    foreach_ptr(RangeTblEntry, rte, query->rtable)
    {
        if (rte->rtekind == RTE_VALUES && rte->inFromCl)
        {
            if (result != NULL)
                return NULL;
            result = rte;
        }
        else if (rte->rtekind == RTE_RELATION && !rte->inFromCl)
            continue;
        else
            return NULL;
    }
    if (result == NULL || query->jointree->quals != NULL || query->groupClause != NIL ||
        query->havingQual != NULL || query->distinctClause != NIL || query->windowClause != NIL ||
        list_length(query->targetList) != list_length(result->eref->colnames))
        return NULL;
    foreach_ptr(TargetEntry, tle, query->targetList)
    {
        char *name = strVal(list_nth(result->eref->colnames, attno++));

        if (tle->resjunk || tle->resname == NULL || strcmp(tle->resname, name) != 0)
            return NULL;
    }
    return result;
}

static void
print_basic_select(Query *query, DeparseContext *context)
{
    StringInfo buf = context->buf;
    RangeTblEntry *values = simple_values(query);

    if (PRETTY_INDENT(context))
    {
        context->indentLevel += INDENT_STD;
        appendStringInfoChar(buf, ' ');
    }
    if (values != NULL)
    {
        print_values(values->values_lists, context);
        return;
    }
    appendStringInfoString(buf, "SELECT");
    if (query->distinctClause != NIL)
    {
        appendStringInfoString(buf, " DISTINCT");
        if (query->hasDistinctOn)
        {
            const char *sep = " ON (";

            foreach_ptr(SortGroupClause, clause, query->distinctClause)
            {
                appendStringInfoString(buf, sep);
                deparse_sortgroup(clause->tleSortGroupRef, query->targetList, false, context);
                sep = ", ";
            }
            appendStringInfoChar(buf, ')');
        }
    }
    deparse_target_list(query->targetList, context);
    print_from(query, " FROM ", context);
    if (query->jointree->quals != NULL)
    {
        deparse_keyword(context, " WHERE ", -INDENT_STD, INDENT_STD, 1);
        deparse_expr(query->jointree->quals, context, false);
    }
    print_group_by(query, context);
    if (query->havingQual != NULL)
    {
        deparse_keyword(context, " HAVING ", -INDENT_STD, INDENT_STD, 0);
        deparse_expr(query->havingQual, context, false);
    }
    print_windows(query, context);
}

static void
print_setop_operand(Node *node, Query *query, DeparseContext *context, bool paren, int indent)
{
    if (paren)
    {
        appendStringInfoChar(context->buf, '(');
        if (PRETTY_INDENT(context))
        {
            context->indentLevel += indent;
            deparse_keyword(context, "", 0, 0, 0);
        }
    }
    print_setop(node, query, context);
    if (paren)
    {
        if (PRETTY_INDENT(context))
            deparse_keyword(context, ") ", -indent, 0, 0);
        else
            appendStringInfoString(context->buf, ") ");
    }
}

static void
print_setop(Node *node, Query *query, DeparseContext *context)
{
    StringInfo buf = context->buf;

    check_stack_depth();
    if (IsA(node, RangeTblRef))
    {
        Query *leaf =
            ((RangeTblEntry *) rt_fetch(((RangeTblRef *) node)->rtindex, query->rtable))->subquery;
        bool paren = leaf->cteList != NIL || leaf->sortClause != NIL || leaf->rowMarks != NIL ||
                     leaf->limitOffset != NULL || leaf->limitCount != NULL ||
                     leaf->setOperations != NULL;

        if (paren)
            appendStringInfoChar(buf, '(');
        print_with_names(leaf, buf, context->namespaces, context->prettyFlags,
                         context->indentLevel, true, context->names_visible,
                         context->result_names);
        if (paren)
            appendStringInfoChar(buf, ')');
    }
    else
    {
        SetOperationStmt *op = (SetOperationStmt *) node;
        bool names_visible = context->names_visible;
        static const char *const words[] = {"", "UNION ", "INTERSECT ", "EXCEPT "};
        bool left_paren = IsA(op->larg, SetOperationStmt) &&
                          !(op->op == ((SetOperationStmt *) op->larg)->op &&
                            op->all == ((SetOperationStmt *) op->larg)->all);
        bool right_paren = IsA(op->rarg, SetOperationStmt);

        print_setop_operand(op->larg, query, context, left_paren, INDENT_STD);
        if (!left_paren && PRETTY_INDENT(context))
            deparse_keyword(context, "", 0, 0, 0);
        else if (!left_paren)
            appendStringInfoChar(buf, ' ');
        appendStringInfoString(buf, words[op->op]);
        if (op->all)
            appendStringInfoString(buf, "ALL ");
        /* the left side's column names are the result's */
        context->names_visible = false;
        if (right_paren)
            print_setop_operand(op->rarg, query, context, true, INDENT_STD);
        else
        {
            if (PRETTY_INDENT(context))
                deparse_keyword(context, "", 0, 0, 0);
            print_setop(op->rarg, query, context);
        }
        context->names_visible = names_visible;
    }
}

static void
print_locking(Query *query, DeparseContext *context)
{
    static const char *const words[] = {"", " FOR KEY SHARE", " FOR SHARE",
                                        " FOR NO KEY UPDATE", " FOR UPDATE"};
    DeparseNames *names = linitial(context->namespaces);

    if (!query->hasForUpdate)
        return;
    foreach_ptr(RowMarkClause, mark, query->rowMarks)
    {
        if (mark->pushedDown)
            continue;
        deparse_keyword(context, words[mark->strength], -INDENT_STD, INDENT_STD, 0);
        appendStringInfo(context->buf, " OF %s",
                         quote_identifier(list_nth(names->names, (int) mark->rti - 1)));
        if (mark->waitPolicy == LockWaitError)
            appendStringInfoString(context->buf, " NOWAIT");
        else if (mark->waitPolicy == LockWaitSkip)
            appendStringInfoString(context->buf, " SKIP LOCKED");
    }
}

static void
print_select(Query *query, DeparseContext *context)
{
    bool force_colno = query->setOperations != NULL;

    print_with(query, context);
    context->windowClause = query->windowClause;
    context->windowTList = query->targetList;
    if (force_colno)
        print_setop(query->setOperations, query, context);
    else
        print_basic_select(query, context);
    if (query->sortClause != NIL)
    {
        deparse_keyword(context, " ORDER BY ", -INDENT_STD, INDENT_STD, 1);
        deparse_order_by(query->sortClause, query->targetList, force_colno, context);
    }
    if (query->limitOffset != NULL)
    {
        deparse_keyword(context, " OFFSET ", -INDENT_STD, INDENT_STD, 0);
        deparse_expr(query->limitOffset, context, false);
    }
    if (query->limitCount != NULL && query->limitOption == LIMIT_OPTION_WITH_TIES)
    {
        deparse_keyword(context, " FETCH FIRST ", -INDENT_STD, INDENT_STD, 0);
        deparse_expr(query->limitCount, context, false);
        appendStringInfoString(context->buf, " ROWS WITH TIES");
    }
    else if (query->limitCount != NULL)
    {
        deparse_keyword(context, " LIMIT ", -INDENT_STD, INDENT_STD, 0);
        if (IsA(query->limitCount, Const) && ((Const *) query->limitCount)->constisnull)
            appendStringInfoString(context->buf, "ALL");
        else
            deparse_expr(query->limitCount, context, false);
    }
    print_locking(query, context);
}

static void
print_query(Query *query, DeparseContext *context)
{
    if (query->commandType == CMD_SELECT)
        print_select(query, context);
    else if (query->commandType == CMD_NOTHING)
        appendStringInfoString(context->buf, "NOTHING");
    else
        ereport(ERROR, (errcode(ERRCODE_FEATURE_NOT_SUPPORTED),
                        errmsg("printing INSERT, UPDATE and DELETE is not supported")));
}

static void
print_with_names(Query *query, StringInfo buf, List *parents, int prettyFlags, int indentLevel,
                 bool varprefix, bool names_visible, List *result_names)
{
    DeparseContext context = {.buf = buf, .prettyFlags = prettyFlags,
                              .indentLevel = indentLevel, .varprefix = varprefix,
                              .names_visible = names_visible,
                              .result_names = result_names};

    check_stack_depth();
    context.namespaces = lcons(name_query(query->rtable, query->cteList, parents),
                               list_copy(parents));
    print_query(query, &context);
}

void
deparse_query_into(Query *query, StringInfo buf, List *parents, int prettyFlags, int indentLevel,
                   bool names_visible)
{
    print_with_names(query, buf, parents, prettyFlags, indentLevel,
                     parents != NIL || list_length(query->rtable) != 1, names_visible, NIL);
}

/* A view's columns are always qualified, as if its range table held OLD and NEW. */
char *
deparse_query(Query *query, bool pretty)
{
    StringInfoData buf;
    List *names = NIL;

    foreach_ptr(TargetEntry, tle, query->targetList)
    {
        if (!tle->resjunk)
            names = lappend(names, tle->resname);
    }

    initStringInfo(&buf);
    print_with_names(query, &buf, NIL,
                     pretty ? PRETTY_FLAG_PAREN | PRETTY_FLAG_INDENT | PRETTY_FLAG_SCHEMA
                            : PRETTY_FLAG_INDENT,
                     0, true, true, names);
    return buf.data;
}

/* ---- expressions by themselves ----------------------------------------------------------------------------------- */

List *
deparse_context_for(const char *aliasname, Oid relid)
{
    DeparseNames *names = palloc0(sizeof(DeparseNames));
    RangeTblEntry *rte = makeNode(RangeTblEntry);
    List *columns = NIL;

    rte->rtekind = RTE_RELATION;
    rte->relid = relid;
    rte->relkind = 'r';
    rte->inh = rte->inFromCl = true;
    rte->eref = makeNode(Alias);
    rte->eref->aliasname = pstrdup(aliasname);
    for (AttrNumber attno = 1;; attno++)
    {
        char *name = get_attname(relid, attno, true);

        if (name == NULL)
            break;
        columns = lappend(columns, name);
    }
    names->rtable = list_make1(rte);
    names->names = list_make1(rte->eref->aliasname);
    names->columns = list_make1(columns);
    return list_make1(names);
}

char *
deparse_expression(Node *expr, List *dpcontext, bool forceprefix, bool showimplicit)
{
    StringInfoData buf;
    DeparseContext context = {.buf = &buf, .namespaces = dpcontext, .varprefix = forceprefix};

    initStringInfo(&buf);
    deparse_expr(expr, &context, showimplicit);
    return buf.data;
}

char *
deparse_expression_with(Node *expr, const DeparseResolver *resolver, bool forceprefix)
{
    StringInfoData buf;
    DeparseContext context = {.buf = &buf, .varprefix = forceprefix, .resolver = resolver};

    initStringInfo(&buf);
    deparse_expr(expr, &context, resolver->showimplicit);
    return buf.data;
}

char *
deparse_text(Node *expr, Oid relid, const char *relname, int prettyFlags, bool forceprefix)
{
    StringInfoData buf;
    DeparseContext context = {.buf = &buf, .prettyFlags = prettyFlags, .varprefix = forceprefix};

    if (OidIsValid(relid))
        context.namespaces = deparse_context_for(relname, relid);
    initStringInfo(&buf);
    deparse_expr(expr, &context, false);
    return buf.data;
}
