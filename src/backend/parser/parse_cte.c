/*
 * parse_cte.c - WITH: plain ones in order, recursive ones by dependency
 */
#include "parse_int.h"

void
analyze_cte_target_list(ParseState *pstate, CommonTableExpr *cte, List *targets)
{
    int given = list_length(cte->aliascolnames);
    int attno = 0;

    cte->ctecolnames = copyObject(cte->aliascolnames);
    foreach_ptr(TargetEntry, tle, targets)
    {
        Oid type;
        Oid collation;

        if (tle->resjunk)
            continue;
        attno++;
        if (attno > given)
            cte->ctecolnames = lappend(cte->ctecolnames, makeString(pstrdup(tle->resname)));
        type = exprType((Node *) tle->expr);
        collation = exprCollation((Node *) tle->expr);
        /* in a recursive term's eyes, unknown literals are text */
        if (cte->cterecursive && type == UNKNOWNOID)
        {
            type = TEXTOID;
            collation = DEFAULT_COLLATION_OID;
        }
        cte->ctecoltypes = lappend_oid(cte->ctecoltypes, type);
        cte->ctecoltypmods = lappend_int(cte->ctecoltypmods, exprTypmod((Node *) tle->expr));
        cte->ctecolcollations = lappend_oid(cte->ctecolcollations, collation);
    }
    if (given > attno)
        ereport(ERROR, (errcode(ERRCODE_INVALID_COLUMN_REFERENCE),
                        errmsg("WITH query \"%s\" has %d columns available but %d columns "
                               "specified",
                               cte->ctename, attno, given),
                        parser_errposition(pstate, cte->location)));
}

static void
check_recursive_types(ParseState *pstate, CommonTableExpr *cte, Query *query)
{
    int index = 0;

    foreach_ptr(TargetEntry, tle, query->targetList)
    {
        Node *expr = (Node *) tle->expr;
        Oid want;

        if (tle->resjunk)
            continue;
        if (index >= list_length(cte->ctecoltypes))
            elog(ERROR, "wrong number of output columns in WITH");
        want = list_nth_oid(cte->ctecoltypes, index);
        if (exprType(expr) != want || exprTypmod(expr) != list_nth_int(cte->ctecoltypmods, index))
            ereport(ERROR,
                    (errcode(ERRCODE_DATATYPE_MISMATCH),
                     errmsg("recursive query \"%s\" column %d has type %s in non-recursive term "
                            "but type %s overall",
                            cte->ctename, index + 1,
                            format_type_with_typemod(want,
                                                     list_nth_int(cte->ctecoltypmods, index)),
                            format_type_with_typemod(exprType(expr), exprTypmod(expr))),
                     errhint("Cast the output of the non-recursive term to the correct type."),
                     parser_errposition(pstate, exprLocation(expr))));
        index++;
    }
}

static void
analyze_cte(ParseState *pstate, CommonTableExpr *cte, RawNode *raw)
{
    Query *query = transform_sub_stmt(pstate, raw, cte, false, true);

    cte->ctequery = (Node *) query;
    query->canSetTag = false;
    if (query->commandType != CMD_SELECT)
    {
        if (pstate->parent != NULL)
            ereport(ERROR, (errcode(ERRCODE_FEATURE_NOT_SUPPORTED),
                            errmsg("WITH clause containing a data-modifying statement must be at "
                                   "the top level"),
                            parser_errposition(pstate, cte->location)));
        pstate->hasModifyingCTE = true;
    }
    if (cte->cterecursive)
        check_recursive_types(pstate, cte, query);
    else
        analyze_cte_target_list(pstate, cte, GetCTETargetList(cte));
}

/* ---- who mentions whom ----------------------------------------------------------------------------------- */

/* True if the raw tree names `name` as an unqualified table. Walks every protobuf field, so it may
 * see a reference that an inner WITH shadows; that only marks a query recursive too readily, and
 * then its shape decides. */
static bool
mentions_table(const ProtobufCMessage *message, const char *name)
{
    const ProtobufCMessageDescriptor *descriptor = message->descriptor;

    check_stack_depth();
    if (descriptor == &pg_query__range_var__descriptor)
    {
        const PgQuery__RangeVar *range = (const PgQuery__RangeVar *) message;

        return raw_string(range->schemaname) == NULL && strcmp(range->relname, name) == 0;
    }
    for (unsigned i = 0; i < descriptor->n_fields; i++)
    {
        const ProtobufCFieldDescriptor *field = &descriptor->fields[i];
        const char *at = (const char *) message + field->offset;

        if (field->type != PROTOBUF_C_TYPE_MESSAGE)
            continue;
        if (field->label == PROTOBUF_C_LABEL_REPEATED)
        {
            size_t count = *(const size_t *) ((const char *) message + field->quantifier_offset);
            ProtobufCMessage *const *items = *(ProtobufCMessage *const *const *) at;

            for (size_t j = 0; j < count; j++)
            {
                if (mentions_table(items[j], name))
                    return true;
            }
            continue;
        }
        if ((field->flags & PROTOBUF_C_FIELD_FLAG_ONEOF) &&
            *(const int *) ((const char *) message + field->quantifier_offset) != (int) field->id)
            continue;
        if (*(ProtobufCMessage *const *) at != NULL &&
            mentions_table(*(ProtobufCMessage *const *) at, name))
            return true;
    }
    return false;
}

static bool
raw_mentions(const RawNode *raw, const char *name)
{
    return mentions_table(&raw->base, name);
}

/* A recursive WITH must be "non-recursive UNION [ALL] recursive". */
static void
check_recursive_shape(ParseState *pstate, CommonTableExpr *cte, RawNode *raw)
{
    PgQuery__SelectStmt *select;

    if (!RAW_IS(raw, SELECT_STMT))
        ereport(ERROR, (errcode(ERRCODE_INVALID_RECURSION),
                        errmsg("recursive query \"%s\" must not contain data-modifying statements",
                               cte->ctename),
                        parser_errposition(pstate, cte->location)));
    select = raw->select_stmt;
    if (select->op != PG_QUERY__SET_OPERATION__SETOP_UNION)
        ereport(ERROR, (errcode(ERRCODE_INVALID_RECURSION),
                        errmsg("recursive query \"%s\" does not have the form non-recursive-term "
                               "UNION [ALL] recursive-term",
                               cte->ctename),
                        parser_errposition(pstate, cte->location)));
    if (mentions_table(&select->larg->base, cte->ctename))
        ereport(ERROR, (errcode(ERRCODE_INVALID_RECURSION),
                        errmsg("recursive reference to query \"%s\" must not appear within its "
                               "non-recursive term",
                               cte->ctename),
                        parser_errposition(pstate, cte->location)));
    if (select->n_sort_clause > 0)
        ereport(ERROR, (errcode(ERRCODE_FEATURE_NOT_SUPPORTED),
                        errmsg("ORDER BY in a recursive query is not implemented"),
                        parser_errposition(pstate, raw_location(select->sort_clause[0]))));
    if (select->limit_offset != NULL)
        ereport(ERROR, (errcode(ERRCODE_FEATURE_NOT_SUPPORTED),
                        errmsg("OFFSET in a recursive query is not implemented"),
                        parser_errposition(pstate, raw_location(select->limit_offset))));
    if (select->limit_count != NULL)
        ereport(ERROR, (errcode(ERRCODE_FEATURE_NOT_SUPPORTED),
                        errmsg("LIMIT in a recursive query is not implemented"),
                        parser_errposition(pstate, raw_location(select->limit_count))));
    if (select->n_locking_clause > 0)
        ereport(ERROR, (errcode(ERRCODE_FEATURE_NOT_SUPPORTED),
                        errmsg("FOR UPDATE/SHARE in a recursive query is not implemented")));
}

/* Orders the items so that each comes after those it mentions; 0A000 for mutual recursion. */
static int *
dependency_order(ParseState *pstate, List *ctes, RawNode **raws, int count)
{
    int *order = palloc(sizeof(int) * (count + 1));
    bool *done = palloc0(count + 1);

    for (int placed = 0; placed < count;)
    {
        bool progress = false;

        for (int i = 0; i < count && !progress; i++)
        {
            bool ready = !done[i];

            for (int j = 0; j < count && ready; j++)
                ready = i == j || done[j] ||
                        !raw_mentions(raws[i], ((CommonTableExpr *) list_nth(ctes, j))->ctename);
            if (!ready)
                continue;
            done[i] = true;
            order[placed++] = i;
            progress = true;
        }
        if (!progress)
        {
            for (int i = 0; i < count; i++)
            {
                if (!done[i])
                    ereport(ERROR,
                            (errcode(ERRCODE_FEATURE_NOT_SUPPORTED),
                             errmsg("mutual recursion between WITH items is not implemented"),
                             parser_errposition(
                                 pstate, ((CommonTableExpr *) list_nth(ctes, i))->location)));
            }
        }
    }
    return order;
}

static CommonTableExpr *
raw_cte(PgQuery__CommonTableExpr *raw)
{
    CommonTableExpr *cte = makeNode(CommonTableExpr);

    cte->ctename = raw->ctename;
    cte->aliascolnames = raw_string_list(raw->aliascolnames, raw->n_aliascolnames);
    cte->ctematerialized = (CTEMaterialize) (raw->ctematerialized - 1);
    cte->location = raw->location;
    return cte;
}

List *
transform_with(ParseState *pstate, PgQuery__WithClause *with)
{
    int count = (int) with->n_ctes;
    RawNode **raws = palloc(sizeof(RawNode *) * (count + 1));
    List *ctes = NIL;

    for (int i = 0; i < count; i++)
    {
        PgQuery__CommonTableExpr *raw = with->ctes[i]->common_table_expr;

        foreach_ptr(CommonTableExpr, other, ctes)
        {
            if (strcmp(other->ctename, raw->ctename) == 0)
                ereport(ERROR, (errcode(ERRCODE_DUPLICATE_ALIAS),
                                errmsg("WITH query name \"%s\" specified more than once",
                                       raw->ctename),
                                parser_errposition(pstate, raw->location)));
        }
        if (raw->search_clause != NULL)
            unsupported(pstate, "SEARCH clause", raw->location);
        if (raw->cycle_clause != NULL)
            unsupported(pstate, "CYCLE clause", raw->location);
        ctes = lappend(ctes, raw_cte(raw));
        raws[i] = raw->ctequery;
    }
    if (with->recursive)
    {
        int *order = dependency_order(pstate, ctes, raws, count);

        for (int i = 0; i < count; i++)
        {
            CommonTableExpr *cte = list_nth(ctes, i);

            cte->cterecursive = raw_mentions(raws[i], cte->ctename);
            if (cte->cterecursive)
                check_recursive_shape(pstate, cte, raws[i]);
        }
        pstate->ctenamespace = list_concat(pstate->ctenamespace, ctes);
        for (int i = 0; i < count; i++)
            analyze_cte(pstate, list_nth(ctes, order[i]), raws[order[i]]);
        return pstate->ctenamespace;
    }
    pstate->future_ctes = list_copy(ctes);
    for (int i = 0; i < count; i++)
    {
        analyze_cte(pstate, list_nth(ctes, i), raws[i]);
        pstate->ctenamespace = lappend(pstate->ctenamespace, list_nth(ctes, i));
        pstate->future_ctes = list_delete_first(pstate->future_ctes);
    }
    return pstate->ctenamespace;
}
