/*
 * analyze_dml.c - INSERT, UPDATE, DELETE
 */
#include "parse_int.h"

#include "catalog/relcache.h"

static void
begin_with(ParseState *pstate, Query *query, PgQuery__WithClause *with)
{
    if (with == NULL)
        return;
    query->hasRecursive = with->recursive;
    query->cteList = transform_with(pstate, with);
    query->hasModifyingCTE = pstate->hasModifyingCTE;
}

List *
transform_returning(ParseState *pstate, RawNode *const *items, size_t count)
{
    List *result;
    int saved = pstate->next_resno;

    if (count == 0)
        return NIL;
    pstate->next_resno = 1;
    result = transform_target_list(pstate, items, count, EXPR_KIND_RETURNING);
    if (result == NIL)
        ereport(ERROR, (errcode(ERRCODE_SYNTAX_ERROR),
                        errmsg("RETURNING must have at least one column"),
                        parser_errposition(pstate, raw_location(items[0]))));
    mark_target_list_origins(pstate, result);
    if (pstate->resolve_unknowns)
        resolve_target_list_unknowns(pstate, result);
    pstate->next_resno = saved;
    return result;
}

/* ---- DELETE ----------------------------------------------------------------------------------------- */

Query *
transform_delete(ParseState *pstate, PgQuery__DeleteStmt *stmt)
{
    Query *query = makeNode(Query);
    NsItem *target;
    Node *qual;

    query->commandType = CMD_DELETE;
    begin_with(pstate, query, stmt->with_clause);
    query->resultRelation =
        set_target_table(pstate, stmt->relation, stmt->relation->inh, true, ACL_DELETE);
    target = pstate->target_nsitem;
    /* USING items see the target, but must not use it as LATERAL */
    target->lateral_only = true;
    target->lateral_ok = false;
    transform_from_clause(pstate, stmt->using_clause, stmt->n_using_clause);
    target->lateral_only = false;
    target->lateral_ok = true;
    qual = transform_where(pstate, stmt->where_clause, EXPR_KIND_WHERE, "WHERE");
    query->returningList = transform_returning(pstate, stmt->returning_list,
                                               stmt->n_returning_list);
    query->jointree = makeFromExpr(pstate->joinlist, qual);
    finish_query(pstate, query);
    assign_query_collations(pstate, query);
    if (pstate->hasAggs)
        check_aggregates(pstate, query);
    return query;
}

/* ---- UPDATE ------------------------------------------------------------------------------------------ */

/* (a, b) = ...: the source's n-th field. */
static Node *
multi_assign_source(ParseState *pstate, PgQuery__MultiAssignRef *ref, List **rows)
{
    RawNode *source = ref->source;

    if (RAW_IS(source, ROW_EXPR))
    {
        PgQuery__RowExpr *row = source->row_expr;

        if ((int) row->n_args != ref->ncolumns)
            ereport(ERROR, (errcode(ERRCODE_SYNTAX_ERROR),
                            errmsg("number of columns does not match number of values"),
                            parser_errposition(pstate, row->location)));
        if (RAW_IS(row->args[ref->colno - 1], SET_TO_DEFAULT))
        {
            SetToDefault *def = makeNode(SetToDefault);

            def->typeMod = -1;
            def->location = row->args[ref->colno - 1]->set_to_default->location;
            return (Node *) def;
        }
        return transform_expr(pstate, row->args[ref->colno - 1], EXPR_KIND_UPDATE_SOURCE);
    }
    if (RAW_IS(source, SUB_LINK) &&
        source->sub_link->sub_link_type == PG_QUERY__SUB_LINK_TYPE__EXPR_SUBLINK)
    {
        SubLink *sublink;
        TargetEntry *tle;
        Param *param;
        Query *query;
        int visible = 0;

        if (ref->colno == 1)
        {
            source->sub_link->sub_link_type = PG_QUERY__SUB_LINK_TYPE__MULTIEXPR_SUBLINK;
            sublink = (SubLink *) transform_expr(pstate, source, EXPR_KIND_UPDATE_SOURCE);
            source->sub_link->sub_link_type = PG_QUERY__SUB_LINK_TYPE__EXPR_SUBLINK;
            query = (Query *) sublink->subselect;
            foreach_ptr(TargetEntry, entry, query->targetList)
                visible += !entry->resjunk;
            if (visible != ref->ncolumns)
                ereport(ERROR, (errcode(ERRCODE_SYNTAX_ERROR),
                                errmsg("number of columns does not match number of values"),
                                parser_errposition(pstate, sublink->location)));
            tle = makeTargetEntry((Expr *) sublink, 0, NULL, true);
            pstate->multiassign_exprs = lappend(pstate->multiassign_exprs, tle);
            sublink->subLinkId = list_length(pstate->multiassign_exprs);
        }
        tle = llast(pstate->multiassign_exprs);
        sublink = (SubLink *) tle->expr;
        tle = list_nth(((Query *) sublink->subselect)->targetList, ref->colno - 1);
        param = makeNode(Param);
        param->paramkind = PARAM_MULTIEXPR;
        param->paramid = (sublink->subLinkId << 16) | ref->colno;
        param->paramtype = exprType((Node *) tle->expr);
        param->paramtypmod = exprTypmod((Node *) tle->expr);
        param->paramcollid = exprCollation((Node *) tle->expr);
        param->location = exprLocation((Node *) tle->expr);
        return (Node *) param;
    }
    ereport(ERROR, (errcode(ERRCODE_FEATURE_NOT_SUPPORTED),
                    errmsg("source for a multiple-column UPDATE item must be a sub-SELECT or ROW() "
                           "expression"),
                    parser_errposition(pstate, raw_location(source))));
    return NULL;
}

List *
transform_update_targets(ParseState *pstate, RawNode *const *items, size_t count)
{
    List *targets = NIL;
    List *rows = NIL;
    RangeTblEntry *target = pstate->target_nsitem->rte;

    for (size_t i = 0; i < count; i++)
    {
        PgQuery__ResTarget *res = items[i]->res_target;
        int attno = relation_column_number(pstate->target_relation, res->name, true);
        Node *expr;
        TargetEntry *tle;

        if (RAW_IS(res->val, MULTI_ASSIGN_REF))
            expr = multi_assign_source(pstate, res->val->multi_assign_ref, &rows);
        else if (RAW_IS(res->val, SET_TO_DEFAULT))
        {
            SetToDefault *def = makeNode(SetToDefault);

            def->typeMod = -1;
            def->location = res->val->set_to_default->location;
            expr = (Node *) def;
        }
        else
            expr = transform_expr(pstate, res->val, EXPR_KIND_UPDATE_SOURCE);
        if (attno == 0)
            ereport(ERROR, (errcode(ERRCODE_UNDEFINED_COLUMN),
                            errmsg("column \"%s\" of relation \"%s\" does not exist", res->name,
                                   RelationGetRelationName(pstate->target_relation)),
                            parser_errposition(pstate, res->location)));
        expr = (Node *) transform_assigned_expr(pstate, (Expr *) expr, EXPR_KIND_UPDATE_TARGET,
                                                res->name, attno, res->indirection,
                                                res->n_indirection, res->location);
        tle = makeTargetEntry((Expr *) expr, (AttrNumber) attno, res->name, false);
        targets = lappend(targets, tle);
        target->updatedCols = bms_add_member(target->updatedCols,
                                             attno - FirstLowInvalidHeapAttributeNumber);
    }
    pstate->next_resno = pstate->target_relation->rd_att->natts + 1;
    foreach_ptr(TargetEntry, extra, pstate->multiassign_exprs)
    {
        extra->resno = (AttrNumber) pstate->next_resno++;
        targets = lappend(targets, extra);
    }
    pstate->multiassign_exprs = NIL;
    return targets;
}

Query *
transform_update(ParseState *pstate, PgQuery__UpdateStmt *stmt)
{
    Query *query = makeNode(Query);
    NsItem *target;
    Node *qual;

    query->commandType = CMD_UPDATE;
    begin_with(pstate, query, stmt->with_clause);
    query->resultRelation =
        set_target_table(pstate, stmt->relation, stmt->relation->inh, true, ACL_UPDATE);
    target = pstate->target_nsitem;
    target->lateral_only = true;
    target->lateral_ok = false;
    transform_from_clause(pstate, stmt->from_clause, stmt->n_from_clause);
    target->lateral_only = false;
    target->lateral_ok = true;
    qual = transform_where(pstate, stmt->where_clause, EXPR_KIND_WHERE, "WHERE");
    query->returningList = transform_returning(pstate, stmt->returning_list,
                                               stmt->n_returning_list);
    query->targetList = transform_update_targets(pstate, stmt->target_list, stmt->n_target_list);
    query->jointree = makeFromExpr(pstate->joinlist, qual);
    finish_query(pstate, query);
    assign_query_collations(pstate, query);
    return query;
}

/* ---- INSERT ------------------------------------------------------------------------------------------- */

/* Coerces one source row to the target columns. */
static List *
insert_row(ParseState *pstate, PgQuery__InsertStmt *stmt, List *exprs, List *columns, List *attnos,
           bool strip_row_alias)
{
    List *result = NIL;
    int count = list_length(exprs);

    if (count > list_length(columns))
        ereport(ERROR, (errcode(ERRCODE_SYNTAX_ERROR),
                        errmsg("INSERT has more expressions than target columns"),
                        parser_errposition(
                            pstate, exprLocation(list_nth(exprs, list_length(columns))))));
    if (stmt->n_cols > 0 && count < list_length(columns))
    {
        PgQuery__ResTarget *column = list_nth(columns, count);

        ereport(ERROR, (errcode(ERRCODE_SYNTAX_ERROR),
                        errmsg("INSERT has more target columns than expressions"),
                        count == 1 && list_length(columns) > 1 && IsA(linitial(exprs), RowExpr) &&
                                list_length(((RowExpr *) linitial(exprs))->args) ==
                                    list_length(columns)
                            ? errhint("The insertion source is a row expression containing the "
                                      "same number of columns expected by the INSERT. Did you "
                                      "accidentally use extra parentheses?")
                            : 0,
                        parser_errposition(pstate, column->location)));
    }
    for (int i = 0; i < count; i++)
    {
        PgQuery__ResTarget *column = list_nth(columns, i);
        Expr *expr = transform_assigned_expr(pstate, list_nth(exprs, i), EXPR_KIND_INSERT_TARGET,
                                             column->name, list_nth_int(attnos, i),
                                             column->indirection, column->n_indirection,
                                             column->location);

        result = lappend(result, expr);
    }
    return result;
}

/* INSERT ... SELECT: the source is a sub-query of its own, whose literals take the columns' types. */
static List *
insert_from_select(ParseState *pstate, PgQuery__InsertStmt *stmt, List *columns, List *attnos)
{
    ParseState *sub = make_parsestate(pstate);
    Query *source;
    NsItem *item;
    List *exprs = NIL;

    sub->rtable = NIL;
    sub->namespace = NIL;
    sub->resolve_unknowns = false;
    sub->ctenamespace = NIL;
    source = transform_stmt(sub, stmt->select_stmt);
    free_parsestate(sub);
    if (source->commandType != CMD_SELECT)
        elog(ERROR, "unexpected non-SELECT command in INSERT ... SELECT");
    item = add_rte_subquery(pstate, source, makeAlias("*SELECT*", NIL), false, false);
    add_nsitem(pstate, item, true, false, false);
    foreach_ptr(TargetEntry, tle, source->targetList)
    {
        Expr *expr;

        if (tle->resjunk)
            continue;
        if (tle->expr != NULL && (IsA(tle->expr, Const) || IsA(tle->expr, Param)) &&
            exprType((Node *) tle->expr) == UNKNOWNOID)
            expr = tle->expr;
        else
        {
            Var *var = makeVarFromTargetEntry(item->rtindex, tle);

            var->location = exprLocation((Node *) tle->expr);
            expr = (Expr *) var;
        }
        exprs = lappend(exprs, expr);
    }
    return insert_row(pstate, stmt, exprs, columns, attnos, false);
}

/* Several rows: a VALUES entry whose columns already have the target types. */
static List *
insert_many_values(ParseState *pstate, PgQuery__InsertStmt *stmt, PgQuery__SelectStmt *values,
                   List *columns, List *attnos)
{
    List *rows = NIL;
    int width = -1;
    List *types = NIL;
    List *typmods = NIL;
    List *collations = NIL;
    List *exprs = NIL;
    NsItem *item;

    for (size_t i = 0; i < values->n_values_lists; i++)
    {
        PgQuery__List *raw = values->values_lists[i]->list;
        List *row = transform_expr_list(pstate, raw->items, raw->n_items, EXPR_KIND_VALUES, true);

        if (width < 0)
            width = list_length(row);
        else if (width != list_length(row))
            ereport(ERROR, (errcode(ERRCODE_SYNTAX_ERROR),
                            errmsg("VALUES lists must all be the same length"),
                            parser_errposition(pstate, exprLocation((Node *) row))));
        rows = lappend(rows, insert_row(pstate, stmt, row, columns, attnos, false));
    }
    foreach_ptr(List, row, rows)
        assign_list_collations(pstate, row);
    foreach_ptr(Node, value, linitial(rows))
    {
        types = lappend_oid(types, exprType(value));
        typmods = lappend_int(typmods, exprTypmod(value));
        collations = lappend_oid(collations, InvalidOid);
    }
    item = add_rte_values(pstate, rows, types, typmods, collations, NULL, false, true);
    add_nsitem(pstate, item, true, false, false);
    for (int i = 0; i < width; i++)
        exprs = lappend(exprs, makeVar(item->rtindex, (AttrNumber) (i + 1),
                                       list_nth_oid(types, i), list_nth_int(typmods, i),
                                       list_nth_oid(collations, i), 0));
    return exprs;
}

static bool
is_plain_values(RawNode *raw)
{
    PgQuery__SelectStmt *select;

    if (!RAW_IS(raw, SELECT_STMT))
        return false;
    select = raw->select_stmt;
    return select->n_values_lists > 0 && select->n_sort_clause == 0 &&
           select->limit_offset == NULL && select->limit_count == NULL &&
           select->n_locking_clause == 0 && select->with_clause == NULL;
}

/* Makes the target list; absent columns are left to the planner's defaults (rewrite.c). */
static List *
insert_targets(ParseState *pstate, List *exprs, List *columns, List *attnos)
{
    List *targets = NIL;
    RangeTblEntry *rte = pstate->target_nsitem->rte;

    for (int i = 0; i < list_length(exprs); i++)
    {
        PgQuery__ResTarget *column = list_nth(columns, i);
        int attno = list_nth_int(attnos, i);

        targets = lappend(targets, makeTargetEntry(list_nth(exprs, i), (AttrNumber) attno,
                                                   column->name, false));
        rte->insertedCols = bms_add_member(rte->insertedCols,
                                           attno - FirstLowInvalidHeapAttributeNumber);
    }
    return targets;
}

static OnConflictExpr *
transform_on_conflict(ParseState *pstate, PgQuery__OnConflictClause *raw)
{
    OnConflictExpr *result = makeNode(OnConflictExpr);
    Relation rel = pstate->target_relation;
    NsItem *excluded = NULL;

    result->action = (OnConflictAction) (raw->action - 1);
    pstate->namespace = NIL;
    pstate->is_insert = false;
    if (result->action == ONCONFLICT_UPDATE)
    {
        excluded = add_rte_relation(pstate, rel, RowExclusiveLock, makeAlias("excluded", NIL),
                                    false, false);
        excluded->rte->requiredPerms = 0;
        excluded->rte->relkind = RELKIND_COMPOSITE_TYPE;
        result->exclRelIndex = excluded->rtindex;
        for (int i = 0; i < rel->rd_att->natts; i++)
        {
            Form_pg_attribute attr = TupleDescAttr(rel->rd_att, i);
            Expr *expr;

            if (attr->attisdropped)
                expr = (Expr *) makeNullConst(INT4OID, -1, InvalidOid);
            else
                expr = (Expr *) makeVar(excluded->rtindex, (AttrNumber) (i + 1), attr->atttypid,
                                        attr->atttypmod, attr->attcollation, 0);
            result->exclRelTlist =
                lappend(result->exclRelTlist,
                        makeTargetEntry(expr, (AttrNumber) (i + 1),
                                        pstrdup(NameStr(attr->attname)), false));
        }
    }
    add_nsitem(pstate, pstate->target_nsitem, false, true, true);
    transform_on_conflict_arbiter(pstate, raw, &result->arbiterElems, &result->arbiterWhere,
                                  &result->constraint);
    if (result->action == ONCONFLICT_UPDATE)
    {
        pstate->target_nsitem->rte->requiredPerms |= ACL_UPDATE;
        add_nsitem(pstate, excluded, false, true, true);
        pstate->namespace = list_make2(pstate->target_nsitem, excluded);
        result->onConflictSet = transform_update_targets(pstate, raw->target_list,
                                                         raw->n_target_list);
        result->onConflictWhere = transform_where(pstate, raw->where_clause, EXPR_KIND_WHERE,
                                                  "WHERE");
        pstate->namespace = list_make1(pstate->target_nsitem);
        excluded->rte->selectedCols = NULL;
        excluded->rte->requiredPerms = 0;
    }
    return result;
}

Query *
transform_insert(ParseState *pstate, PgQuery__InsertStmt *stmt)
{
    Query *query = makeNode(Query);
    AclMode perms = ACL_INSERT;
    List *attnos;
    List *columns;
    List *exprs;

    query->commandType = CMD_INSERT;
    pstate->is_insert = true;
    begin_with(pstate, query, stmt->with_clause);
    query->override = stmt->override > 0 ? (OverridingKind) (stmt->override - 1)
                                         : OVERRIDING_NOT_SET;
    query->resultRelation = set_target_table(pstate, stmt->relation, false, false, perms);
    columns = check_insert_targets(pstate, stmt, &attnos);
    if (RAW_MISSING(stmt->select_stmt))
        exprs = NIL;
    else if (!is_plain_values(stmt->select_stmt))
        exprs = insert_from_select(pstate, stmt, columns, attnos);
    else if (stmt->select_stmt->select_stmt->n_values_lists > 1)
        exprs = insert_many_values(pstate, stmt, stmt->select_stmt->select_stmt, columns, attnos);
    else
    {
        PgQuery__List *raw = stmt->select_stmt->select_stmt->values_lists[0]->list;

        exprs = transform_expr_list(pstate, raw->items, raw->n_items, EXPR_KIND_VALUES_SINGLE,
                                    true);
        exprs = insert_row(pstate, stmt, exprs, columns, attnos, false);
    }
    query->targetList = insert_targets(pstate, exprs, columns, attnos);
    if (stmt->on_conflict_clause != NULL || stmt->n_returning_list > 0)
    {
        pstate->namespace = NIL;
        add_nsitem(pstate, pstate->target_nsitem, false, true, true);
    }
    if (stmt->on_conflict_clause != NULL)
        query->onConflict = transform_on_conflict(pstate, stmt->on_conflict_clause);
    query->returningList = transform_returning(pstate, stmt->returning_list,
                                               stmt->n_returning_list);
    query->jointree = makeFromExpr(pstate->joinlist, NULL);
    finish_query(pstate, query);
    assign_query_collations(pstate, query);
    return query;
}
