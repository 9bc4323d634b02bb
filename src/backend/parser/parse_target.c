/*
 * parse_target.c - target lists: result columns, * expansion, assignments, column names
 */
#include "parse_int.h"

#include "catalog/relcache.h"

TargetEntry *
transform_target_entry(ParseState *pstate, RawNode *raw, Node *expr, ParseExprKind kind,
                       char *colname, bool resjunk)
{
    if (expr == NULL)
    {
        if (kind == EXPR_KIND_UPDATE_SOURCE && RAW_IS(raw, SET_TO_DEFAULT))
        {
            SetToDefault *def = makeNode(SetToDefault);

            def->typeMod = -1;
            def->location = raw->set_to_default->location;
            expr = (Node *) def;
        }
        else
            expr = transform_expr(pstate, raw, kind);
    }
    if (colname == NULL && !resjunk)
        colname = figure_colname(raw);
    return makeTargetEntry((Expr *) expr, (AttrNumber) pstate->next_resno++, colname, resjunk);
}

/* ---- * ------------------------------------------------------------------------------------------ */

static List *
expand_all(ParseState *pstate, int location)
{
    List *targets = NIL;
    bool any = false;

    foreach_ptr(NsItem, item, pstate->namespace)
    {
        if (!item->cols_visible)
            continue;
        any = true;
        targets = list_concat(targets, expand_nsitem_targets(pstate, item, 0, true, location));
    }
    if (!any)
        ereport(ERROR, (errcode(ERRCODE_SYNTAX_ERROR),
                        errmsg("SELECT * with no tables specified is not valid"),
                        parser_errposition(pstate, location)));
    return targets;
}

static List *
expand_qualified_star(ParseState *pstate, PgQuery__ColumnRef *ref)
{
    size_t count = ref->n_fields;
    const char *schema = count > 2 ? RAW_STRVAL(ref->fields[count - 3]) : NULL;
    const char *table;
    int levels_up;
    NsItem *item;

    if (count > 4)
        ereport(ERROR, (errcode(ERRCODE_SYNTAX_ERROR),
                        errmsg("improper qualified name (too many dotted names): %s",
                               raw_names_text(ref->fields, count)),
                        parser_errposition(pstate, ref->location)));
    table = RAW_STRVAL(ref->fields[count - 2]);
    item = refname_nsitem(pstate, schema, table, ref->location, &levels_up);
    if (item == NULL)
        error_missing_rte(pstate, schema, table, ref->location);
    return expand_nsitem_targets(pstate, item, levels_up, true, ref->location);
}

/* (composite).* */
static List *
expand_row(ParseState *pstate, Node *expr, int location)
{
    TupleDesc desc;
    List *targets = NIL;

    if (IsA(expr, Var) && ((Var *) expr)->varattno == InvalidAttrNumber)
    {
        Var *var = (Var *) expr;
        ParseState *level = pstate;

        for (Index i = 0; i < var->varlevelsup; i++)
            level = level->parent;
        foreach_ptr(NsItem, item, level->namespace)
        {
            if (item->rtindex == var->varno)
                return expand_nsitem_targets(pstate, item, (int) var->varlevelsup, true, location);
        }
    }
    desc = rowtype_of_expr(pstate, expr, true);
    if (desc == NULL)
    {
        if (exprType(expr) == RECORDOID)
            ereport(ERROR, (errcode(ERRCODE_FEATURE_NOT_SUPPORTED),
                            errmsg("record type has not been registered"),
                            parser_errposition(pstate, location)));
        ereport(ERROR, (errcode(ERRCODE_WRONG_OBJECT_TYPE),
                        errmsg("type %s is not composite", format_type_be(exprType(expr))),
                        parser_errposition(pstate, location)));
    }
    for (int i = 0; i < desc->natts; i++)
    {
        Form_pg_attribute attr = TupleDescAttr(desc, i);
        FieldSelect *select;

        if (attr->attisdropped)
            continue;
        select = makeNode(FieldSelect);
        select->arg = (Expr *) copyObject(expr);
        select->fieldnum = (AttrNumber) (i + 1);
        select->resulttype = attr->atttypid;
        select->resulttypmod = attr->atttypmod;
        select->resultcollid = attr->attcollation;
        targets = lappend(targets, makeTargetEntry((Expr *) select,
                                                   (AttrNumber) pstate->next_resno++,
                                                   pstrdup(NameStr(attr->attname)), false));
    }
    return targets;
}

List *
transform_target_list(ParseState *pstate, RawNode *const *items, size_t count, ParseExprKind kind)
{
    List *targets = NIL;
    bool expand = kind != EXPR_KIND_UPDATE_SOURCE;

    for (size_t i = 0; i < count; i++)
    {
        PgQuery__ResTarget *res = items[i]->res_target;
        RawNode *val = res->val;

        if (expand && RAW_IS(val, COLUMN_REF) &&
            raw_is_star(val->column_ref->fields[val->column_ref->n_fields - 1]))
        {
            PgQuery__ColumnRef *ref = val->column_ref;

            targets = list_concat(targets, ref->n_fields == 1
                                               ? expand_all(pstate, ref->location)
                                               : expand_qualified_star(pstate, ref));
            continue;
        }
        if (expand && RAW_IS(val, A_INDIRECTION) &&
            raw_is_star(val->a_indirection->indirection[val->a_indirection->n_indirection - 1]))
        {
            PgQuery__AIndirection inner = *val->a_indirection;
            ParseExprKind saved = pstate->expr_kind;
            Node *expr;

            inner.n_indirection--;
            pstate->expr_kind = kind;
            expr = inner.n_indirection == 0 ? transform_expr_inner(pstate, inner.arg)
                                            : transform_indirection(pstate, &inner);
            pstate->expr_kind = saved;
            targets = list_concat(targets, expand_row(pstate, expr, exprLocation(expr)));
            continue;
        }
        targets = lappend(targets, transform_target_entry(pstate, val, NULL, kind,
                                                          raw_string(res->name), false));
    }
    if (pstate->multiassign_exprs != NIL)
        targets = list_concat(targets, pstate->multiassign_exprs);
    pstate->multiassign_exprs = NIL;
    return targets;
}

/* Literals that nothing gave a type become text. */
void
resolve_target_list_unknowns(ParseState *pstate, List *targets)
{
    foreach_ptr(TargetEntry, tle, targets)
    {
        Oid type = exprType((Node *) tle->expr);

        if (type == UNKNOWNOID)
            tle->expr = (Expr *) coerce_type(pstate, (Node *) tle->expr, type, TEXTOID, -1,
                                             COERCION_IMPLICIT, COERCE_IMPLICIT_CAST, -1);
    }
}

/* ---- origins ---------------------------------------------------------------------------------------- */

static void
mark_origin(ParseState *pstate, TargetEntry *tle, Var *var, int levels_up)
{
    int netlevels = (int) var->varlevelsup + levels_up;
    RangeTblEntry *rte = rte_by_index(pstate, var->varno, netlevels);

    switch (rte->rtekind)
    {
        case RTE_RELATION:
            tle->resorigtbl = rte->relid;
            tle->resorigcol = var->varattno;
            break;
        case RTE_SUBQUERY:
        {
            TargetEntry *inner = var->varattno <= 0
                                     ? NULL
                                     : get_tle_by_resno(rte->subquery->targetList, var->varattno);

            if (inner != NULL && !inner->resjunk)
            {
                tle->resorigtbl = inner->resorigtbl;
                tle->resorigcol = inner->resorigcol;
            }
            break;
        }
        case RTE_CTE:
        {
            CommonTableExpr *cte;
            TargetEntry *inner;

            if (var->varattno <= 0 || rte->self_reference)
                break;
            cte = cte_of_rte(pstate, rte, netlevels);
            if (cte->ctequery == NULL || !IsA(cte->ctequery, Query))
                break;
            inner = get_tle_by_resno(GetCTETargetList(cte), var->varattno);
            if (inner != NULL && !inner->resjunk)
            {
                tle->resorigtbl = inner->resorigtbl;
                tle->resorigcol = inner->resorigcol;
            }
            break;
        }
        default:
            break;
    }
}

void
mark_target_list_origins(ParseState *pstate, List *targets)
{
    foreach_ptr(TargetEntry, tle, targets)
    {
        if (IsA(tle->expr, Var))
            mark_origin(pstate, tle, (Var *) tle->expr, 0);
    }
}

/* ---- assignments -------------------------------------------------------------------------------------- */

static Node *assign_into(ParseState *pstate, Node *base, const char *target_name, Oid type,
                         int32 typmod, Oid collation, RawNode *const *indirection, size_t count,
                         Node *rhs, int location);

static Node *
assign_subscript(ParseState *pstate, Node *base, const char *target_name, Oid type, int32 typmod,
                 Oid collation, List *subscripts, RawNode *const *rest, size_t rest_count,
                 Node *rhs, int location)
{
    SubscriptingRef *ref = transform_subscripts(pstate, base, type, typmod, subscripts, true);
    Oid needed = ref->refrestype;
    Node *value = assign_into(pstate, NULL, target_name, needed, ref->reftypmod, collation, rest,
                              rest_count, rhs, location);

    ref->refassgnexpr = (Expr *) value;
    ref->refrestype = ref->refcontainertype;
    if (type != ref->refcontainertype)
        return coerce_to_target_type(pstate, (Node *) ref, ref->refcontainertype, type, typmod,
                                     COERCION_ASSIGNMENT, COERCE_IMPLICIT_CAST, -1);
    return (Node *) ref;
}

static Node *
assign_into(ParseState *pstate, Node *base, const char *target_name, Oid type, int32 typmod,
            Oid collation, RawNode *const *indirection, size_t count, Node *rhs, int location)
{
    List *subscripts = NIL;
    size_t i = 0;
    Node *result;

    for (; i < count && RAW_IS(indirection[i], A_INDICES); i++)
        subscripts = lappend(subscripts, indirection[i]->a_indices);
    if (subscripts != NIL)
        return assign_subscript(pstate, base, target_name, type, typmod, collation, subscripts,
                                indirection + i, count - i, rhs, location);
    if (count > 0)
    {
        FieldStore *store = makeNode(FieldStore);
        TupleDesc desc = type_is_rowtype(type)
                             ? lookup_rowtype_tupdesc_copy(getBaseType(type), -1)
                             : NULL;
        const char *name = raw_is_star(indirection[0]) ? "*" : RAW_STRVAL(indirection[0]);

        if (desc == NULL)
            ereport(ERROR, (errcode(ERRCODE_DATATYPE_MISMATCH),
                            errmsg("cannot assign to field \"%s\" of column \"%s\" because its "
                                   "type %s is not a composite type",
                                   name, target_name, format_type_be(type)),
                            parser_errposition(pstate, location)));
        for (int n = 0; n < desc->natts; n++)
        {
            Form_pg_attribute attr = TupleDescAttr(desc, n);

            if (attr->attisdropped || strcmp(NameStr(attr->attname), name) != 0)
                continue;
            rhs = assign_into(pstate, NULL, target_name, attr->atttypid, attr->atttypmod,
                              attr->attcollation, indirection + 1, count - 1, rhs, location);
            store->arg = (Expr *) (base != NULL ? base
                                                : (Node *) makeNullConst(type, typmod, collation));
            store->newvals = list_make1(rhs);
            store->fieldnums = list_make1_int(n + 1);
            store->resulttype = getBaseType(type);
            return (Node *) store;
        }
        ereport(ERROR, (errcode(ERRCODE_UNDEFINED_COLUMN),
                        errmsg("cannot assign to field \"%s\" of column \"%s\" because there is no "
                               "such column in data type %s",
                               name, target_name, format_type_be(type)),
                        parser_errposition(pstate, location)));
    }
    result = coerce_to_target_type(pstate, rhs, exprType(rhs), type, typmod, COERCION_ASSIGNMENT,
                                   COERCE_IMPLICIT_CAST, -1);
    if (result == NULL)
        ereport(ERROR, (errcode(ERRCODE_DATATYPE_MISMATCH),
                        errmsg("subfield \"%s\" is of type %s but expression is of type %s",
                               target_name, format_type_be(type), format_type_be(exprType(rhs))),
                        errhint("You will need to rewrite or cast the expression."),
                        parser_errposition(pstate, location)));
    return result;
}

Expr *
transform_assigned_expr(ParseState *pstate, Expr *expr, ParseExprKind kind, const char *colname,
                        int attno, RawNode *const *indirection, size_t indirection_count,
                        int location)
{
    Form_pg_attribute attr;
    Oid type_given;
    Node *result;
    ParseExprKind saved = pstate->expr_kind;

    pstate->expr_kind = kind;
    if (attno <= 0)
        ereport(ERROR, (errcode(ERRCODE_FEATURE_NOT_SUPPORTED),
                        errmsg("cannot assign to system column \"%s\"", colname),
                        parser_errposition(pstate, location)));
    attr = TupleDescAttr(pstate->target_relation->rd_att, attno - 1);
    if (expr != NULL && IsA(expr, SetToDefault))
    {
        SetToDefault *def = (SetToDefault *) expr;

        def->typeId = attr->atttypid;
        def->typeMod = attr->atttypmod;
        def->collation = attr->attcollation;
        if (indirection_count > 0)
            ereport(ERROR, (errcode(ERRCODE_FEATURE_NOT_SUPPORTED),
                            errmsg(RAW_IS(indirection[0], A_INDICES)
                                       ? "cannot set an array element to DEFAULT"
                                       : "cannot set a subfield to DEFAULT"),
                            parser_errposition(pstate, location)));
    }
    type_given = exprType((Node *) expr);
    if (indirection_count > 0)
    {
        Node *base;

        if (kind == EXPR_KIND_INSERT_TARGET)
            base = (Node *) makeNullConst(attr->atttypid, attr->atttypmod, attr->attcollation);
        else
            base = (Node *) makeVar(pstate->target_nsitem->rtindex, (AttrNumber) attno,
                                    attr->atttypid, attr->atttypmod, attr->attcollation, 0);
        expr = (Expr *) assign_into(pstate, base, colname, attr->atttypid, attr->atttypmod,
                                    attr->attcollation, indirection, indirection_count,
                                    (Node *) expr, location);
    }
    else
    {
        result = coerce_to_target_type(pstate, (Node *) expr, type_given, attr->atttypid,
                                       attr->atttypmod, COERCION_ASSIGNMENT, COERCE_IMPLICIT_CAST,
                                       -1);
        if (result == NULL)
            ereport(ERROR, (errcode(ERRCODE_DATATYPE_MISMATCH),
                            errmsg("column \"%s\" is of type %s but expression is of type %s",
                                   colname, format_type_be(attr->atttypid),
                                   format_type_be(type_given)),
                            errhint("You will need to rewrite or cast the expression."),
                            parser_errposition(pstate, exprLocation((Node *) expr))));
        expr = (Expr *) result;
    }
    pstate->expr_kind = saved;
    return expr;
}

/* The target columns of INSERT as PgQuery__ResTarget; all live ones where none are named. */
List *
check_insert_targets(ParseState *pstate, PgQuery__InsertStmt *stmt, List **ret_attnos)
{
    List *result = NIL;
    TupleDesc desc = pstate->target_relation->rd_att;
    Bitmapset *whole = NULL;
    Bitmapset *partial = NULL;

    *ret_attnos = NIL;
    if (stmt->n_cols == 0)
    {
        for (int i = 0; i < desc->natts; i++)
        {
            Form_pg_attribute attr = TupleDescAttr(desc, i);
            PgQuery__ResTarget *res;

            if (attr->attisdropped)
                continue;
            res = palloc(sizeof(PgQuery__ResTarget));
            pg_query__res_target__init(res);
            res->name = pstrdup(NameStr(attr->attname));
            res->location = -1;
            result = lappend(result, res);
            *ret_attnos = lappend_int(*ret_attnos, i + 1);
        }
        return result;
    }
    for (size_t i = 0; i < stmt->n_cols; i++)
    {
        PgQuery__ResTarget *res = stmt->cols[i]->res_target;
        int attno = relation_column_number(pstate->target_relation, res->name, false);

        if (attno == 0)
            ereport(ERROR, (errcode(ERRCODE_UNDEFINED_COLUMN),
                            errmsg("column \"%s\" of relation \"%s\" does not exist", res->name,
                                   RelationGetRelationName(pstate->target_relation)),
                            parser_errposition(pstate, res->location)));
        if (bms_is_member(attno, whole) ||
            (res->n_indirection == 0 && bms_is_member(attno, partial)))
            ereport(ERROR, (errcode(ERRCODE_DUPLICATE_COLUMN),
                            errmsg("column \"%s\" specified more than once", res->name),
                            parser_errposition(pstate, res->location)));
        if (res->n_indirection == 0)
            whole = bms_add_member(whole, attno);
        else
            partial = bms_add_member(partial, attno);
        result = lappend(result, res);
        *ret_attnos = lappend_int(*ret_attnos, attno);
    }
    return result;
}

/* ---- names of result columns ---------------------------------------------------------------------------- */

/* Strength of the guess: 0 none, 1 weak, 2 strong. */
static int
guess_name(RawNode *raw, char **name)
{
    static const char *const value_functions[] = {
        NULL,           "current_date", "current_time", "current_time",   "current_timestamp",
        "current_timestamp", "localtime", "localtime", "localtimestamp", "localtimestamp",
        "current_role", "current_user", "user",         "session_user",   "current_catalog",
        "current_schema"};

    switch (RAW_KIND(raw))
    {
        case PG_QUERY__NODE__NODE_COLUMN_REF:
            for (size_t i = raw->column_ref->n_fields; i > 0; i--)
            {
                if (RAW_IS(raw->column_ref->fields[i - 1], STRING))
                {
                    *name = RAW_STRVAL(raw->column_ref->fields[i - 1]);
                    return 2;
                }
            }
            return 0;
        case PG_QUERY__NODE__NODE_A_INDIRECTION:
            for (size_t i = raw->a_indirection->n_indirection; i > 0; i--)
            {
                if (RAW_IS(raw->a_indirection->indirection[i - 1], STRING))
                {
                    *name = RAW_STRVAL(raw->a_indirection->indirection[i - 1]);
                    return 2;
                }
            }
            return guess_name(raw->a_indirection->arg, name);
        case PG_QUERY__NODE__NODE_FUNC_CALL:
            *name = RAW_STRVAL(raw->func_call->funcname[raw->func_call->n_funcname - 1]);
            return 2;
        case PG_QUERY__NODE__NODE_A_EXPR:
            if (raw->a_expr->kind != PG_QUERY__A__EXPR__KIND__AEXPR_NULLIF)
                return 0;
            *name = "nullif";
            return 2;
        case PG_QUERY__NODE__NODE_TYPE_CAST:
        {
            int strength = guess_name(raw->type_cast->arg, name);
            PgQuery__TypeName *type = raw->type_cast->type_name;

            if (strength <= 1 && type != NULL && type->n_names > 0)
            {
                *name = RAW_STRVAL(type->names[type->n_names - 1]);
                return 1;
            }
            return strength;
        }
        case PG_QUERY__NODE__NODE_COLLATE_CLAUSE:
            return guess_name(raw->collate_clause->arg, name);
        case PG_QUERY__NODE__NODE_GROUPING_FUNC:
            *name = "grouping";
            return 2;
        case PG_QUERY__NODE__NODE_SUB_LINK:
            switch (raw->sub_link->sub_link_type)
            {
                case PG_QUERY__SUB_LINK_TYPE__EXISTS_SUBLINK:
                    *name = "exists";
                    return 2;
                case PG_QUERY__SUB_LINK_TYPE__ARRAY_SUBLINK:
                    *name = "array";
                    return 2;
                case PG_QUERY__SUB_LINK_TYPE__EXPR_SUBLINK:
                {
                    PgQuery__SelectStmt *select = raw->sub_link->subselect->select_stmt;

                    while (select->larg != NULL &&
                           select->op > PG_QUERY__SET_OPERATION__SETOP_NONE)
                        select = select->larg;
                    if (select->n_target_list > 0)
                    {
                        PgQuery__ResTarget *res = select->target_list[0]->res_target;

                        if (raw_string(res->name) != NULL)
                        {
                            *name = res->name;
                            return 2;
                        }
                        return guess_name(res->val, name);
                    }
                    if (select->n_values_lists > 0)
                    {
                        *name = "column1";
                        return 2;
                    }
                    return 0;
                }
                default:
                    return 0;
            }
        case PG_QUERY__NODE__NODE_CASE_EXPR:
        {
            int strength = guess_name(raw->case_expr->defresult, name);

            if (strength <= 1)
            {
                *name = "case";
                return 1;
            }
            return strength;
        }
        case PG_QUERY__NODE__NODE_A_ARRAY_EXPR:
            *name = "array";
            return 2;
        case PG_QUERY__NODE__NODE_ROW_EXPR:
            *name = "row";
            return 2;
        case PG_QUERY__NODE__NODE_COALESCE_EXPR:
            *name = "coalesce";
            return 2;
        case PG_QUERY__NODE__NODE_MIN_MAX_EXPR:
            *name = raw->min_max_expr->op == PG_QUERY__MIN_MAX_OP__IS_GREATEST ? "greatest"
                                                                               : "least";
            return 2;
        case PG_QUERY__NODE__NODE_SQLVALUE_FUNCTION:
            *name = (char *) value_functions[raw->sqlvalue_function->op];
            return 2;
        default:
            return 0;
    }
}

char *
figure_colname(RawNode *raw)
{
    char *name = NULL;

    guess_name(raw, &name);
    return name != NULL ? name : "?column?";
}

char *
figure_index_colname(RawNode *raw)
{
    char *name = NULL;

    guess_name(raw, &name);
    return name;
}
