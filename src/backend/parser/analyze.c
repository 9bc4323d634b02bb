/*
 * analyze.c - one raw statement to a Query
 *
 * Read first parser/parser.h for the entry points, then transform_stmt().
 */
#include "parse_int.h"

#include "rewrite_int.h"

/* SELECT ... INTO is CREATE TABLE AS in another dress. */
static PgQuery__IntoClause *
select_into(PgQuery__SelectStmt *stmt)
{
    while (stmt->into_clause == NULL && stmt->op > PG_QUERY__SET_OPERATION__SETOP_NONE)
        stmt = stmt->larg;
    return stmt->into_clause;
}

static Query *
utility_query(RawNode *raw, Query *inner)
{
    Query *query = makeNode(Query);

    query->commandType = CMD_UTILITY;
    query->utilityStmt = raw;
    query->utilityQuery = inner;
    return query;
}

/* The inner statement of EXPLAIN and the like; utilities inside are kept as they are. */
static Query *
inner_query(ParseState *pstate, RawNode *raw)
{
    Query *query = transform_stmt(pstate, raw);

    query->canSetTag = true;
    return query;
}

static Query *
declare_cursor(ParseState *pstate, RawNode *raw)
{
    PgQuery__DeclareCursorStmt *stmt = raw->declare_cursor_stmt;
    Query *query;

    if ((stmt->options & 0x0002) && (stmt->options & 0x0004))
        ereport(ERROR, (errcode(ERRCODE_INVALID_CURSOR_DEFINITION),
                        errmsg("cannot specify both %s and %s", "SCROLL", "NO SCROLL")));
    query = transform_stmt(pstate, stmt->query);
    if (query->commandType != CMD_SELECT)
        ereport(ERROR, (errcode(ERRCODE_INVALID_CURSOR_DEFINITION),
                        errmsg("DECLARE CURSOR must not contain data-modifying statements in "
                               "WITH")));
    if (query->hasModifyingCTE)
        ereport(ERROR, (errcode(ERRCODE_FEATURE_NOT_SUPPORTED),
                        errmsg("DECLARE CURSOR must not contain data-modifying statements in "
                               "WITH")));
    if (query->rowMarks != NIL && (stmt->options & 0x0020))
        ereport(ERROR, (errcode(ERRCODE_FEATURE_NOT_SUPPORTED),
                        errmsg("DECLARE CURSOR WITH HOLD ... %s is not supported",
                               lock_strength_name(
                                   ((RowMarkClause *) linitial(query->rowMarks))->strength)),
                        errdetail("Holdable cursors must be READ ONLY.")));
    if (query->rowMarks != NIL && (stmt->options & 0x0002))
        ereport(ERROR, (errcode(ERRCODE_FEATURE_NOT_SUPPORTED),
                        errmsg("DECLARE SCROLL CURSOR ... %s is not supported",
                               lock_strength_name(
                                   ((RowMarkClause *) linitial(query->rowMarks))->strength)),
                        errdetail("Scrollable cursors must be READ ONLY.")));
    return utility_query(raw, query);
}

static Query *
create_table_as(ParseState *pstate, RawNode *raw)
{
    RawNode *inner = raw->create_table_as_stmt->query;

    if (RAW_IS(inner, EXECUTE_STMT))
        return utility_query(raw, NULL);
    return utility_query(raw, inner_query(pstate, inner));
}

/* Turns SELECT INTO's raw tree into CREATE TABLE AS's. */
static Query *
select_into_query(ParseState *pstate, RawNode *raw, PgQuery__IntoClause *into)
{
    RawNode *node = palloc(sizeof(RawNode));
    PgQuery__CreateTableAsStmt *stmt = palloc(sizeof(PgQuery__CreateTableAsStmt));
    PgQuery__SelectStmt *leaf = raw->select_stmt;

    pg_query__node__init(node);
    pg_query__create_table_as_stmt__init(stmt);
    while (leaf->into_clause == NULL)
        leaf = leaf->larg;
    leaf->into_clause = NULL;
    stmt->query = raw;
    stmt->into = into;
    stmt->objtype = PG_QUERY__OBJECT_TYPE__OBJECT_TABLE;
    stmt->is_select_into = true;
    node->node_case = PG_QUERY__NODE__NODE_CREATE_TABLE_AS_STMT;
    node->create_table_as_stmt = stmt;
    return create_table_as(pstate, node);
}

static Query *
explain_query(ParseState *pstate, RawNode *raw)
{
    RawNode *inner = raw->explain_stmt->query;

    if (RAW_IS(inner, SELECT_STMT) && select_into(inner->select_stmt) != NULL)
        return utility_query(raw, select_into_query(pstate, inner,
                                                    select_into(inner->select_stmt)));
    return utility_query(raw, inner_query(pstate, inner));
}

Query *
transform_stmt(ParseState *pstate, RawNode *raw)
{
    Query *query;

    check_stack_depth();
    switch (RAW_KIND(raw))
    {
        case PG_QUERY__NODE__NODE_SELECT_STMT:
            if (raw->select_stmt->n_values_lists > 0)
                query = transform_values(pstate, raw->select_stmt);
            else if (raw->select_stmt->op > PG_QUERY__SET_OPERATION__SETOP_NONE)
                query = transform_set_operation(pstate, raw->select_stmt);
            else
                query = transform_select(pstate, raw->select_stmt);
            break;
        case PG_QUERY__NODE__NODE_INSERT_STMT:
            query = transform_insert(pstate, raw->insert_stmt);
            break;
        case PG_QUERY__NODE__NODE_UPDATE_STMT:
            query = transform_update(pstate, raw->update_stmt);
            break;
        case PG_QUERY__NODE__NODE_DELETE_STMT:
            query = transform_delete(pstate, raw->delete_stmt);
            break;
        case PG_QUERY__NODE__NODE_MERGE_STMT:
            unsupported(pstate, "MERGE", -1);
        case PG_QUERY__NODE__NODE_DECLARE_CURSOR_STMT:
            query = declare_cursor(pstate, raw);
            break;
        case PG_QUERY__NODE__NODE_EXPLAIN_STMT:
            query = explain_query(pstate, raw);
            break;
        case PG_QUERY__NODE__NODE_CREATE_TABLE_AS_STMT:
            query = create_table_as(pstate, raw);
            break;
        default:
            query = utility_query(raw, NULL);
            break;
    }
    query->querySource = QSRC_ORIGINAL;
    query->canSetTag = true;
    return query;
}

Query *
transform_sub_stmt(ParseState *pstate, RawNode *raw, CommonTableExpr *parent_cte,
                   bool locked_from_parent, bool resolve_unknowns)
{
    ParseState *sub = make_parsestate(pstate);
    Query *query;

    sub->parent_cte = parent_cte;
    sub->locked_from_parent = locked_from_parent;
    sub->resolve_unknowns = resolve_unknowns;
    query = transform_stmt(sub, raw);
    free_parsestate(sub);
    return query;
}

static Query *
analyze_top(RawStmt *raw, const char *sql, ParamTypes *params)
{
    ParseState *pstate = make_parsestate(NULL);
    PgQuery__IntoClause *into = NULL;
    Query *query;

    pstate->sql = sql;
    pstate->params = params;
    if (RAW_IS(raw->stmt, SELECT_STMT))
        into = select_into(raw->stmt->select_stmt);
    query = into != NULL ? select_into_query(pstate, raw->stmt, into)
                         : transform_stmt(pstate, raw->stmt);
    query->canSetTag = true;
    query->stmt_location = raw->stmt_location;
    query->stmt_len = raw->stmt_len;
    if (query->utilityQuery != NULL)
    {
        query->utilityQuery->stmt_location = raw->stmt_location;
        query->utilityQuery->stmt_len = raw->stmt_len;
    }
    if (params != NULL && params->variable)
        check_param_types(pstate, query);
    free_parsestate(pstate);
    return query;
}

Query *
parser_analyze(RawStmt *raw, const char *sql, const Oid *param_types, int param_count)
{
    ParamTypes params = {(Oid *) param_types, param_count, false};

    return rewrite_query(analyze_top(raw, sql, &params));
}

Query *
parser_analyze_unexpanded(RawStmt *raw, const char *sql)
{
    return analyze_top(raw, sql, NULL);
}

Query *
parser__analyze_varparams_unrewritten(RawStmt *raw, const char *sql, Oid **param_types,
                                      int *param_count)
{
    ParamTypes params = {NULL, *param_count, true};
    Query *query;

    params.types = palloc(sizeof(Oid) * (*param_count + 1));
    if (*param_count > 0)
        memcpy(params.types, *param_types, sizeof(Oid) * *param_count);
    query = analyze_top(raw, sql, &params);
    for (int i = 0; i < params.count; i++)
    {
        if (!OidIsValid(params.types[i]) || params.types[i] == UNKNOWNOID)
            ereport(ERROR, (errcode(ERRCODE_INDETERMINATE_DATATYPE),
                            errmsg("could not determine data type of parameter $%d", i + 1)));
    }
    *param_types = params.types;
    *param_count = params.count;
    return query;
}

Query *
parser_analyze_varparams(RawStmt *raw, const char *sql, Oid **param_types, int *param_count)
{
    return rewrite_query(
        parser__analyze_varparams_unrewritten(raw, sql, param_types, param_count));
}

List *
parser_result_targets(Query *query)
{
    List *result = NIL;
    List *source = query->commandType == CMD_SELECT ? query->targetList : query->returningList;

    if (query->commandType == CMD_UTILITY)
        return NIL;
    foreach_ptr(TargetEntry, tle, source)
    {
        if (!tle->resjunk)
            result = lappend(result, tle);
    }
    return result;
}

bool
parser_needs_snapshot(const RawStmt *raw)
{
    switch (RAW_KIND(raw->stmt))
    {
        case PG_QUERY__NODE__NODE_SELECT_STMT:
        case PG_QUERY__NODE__NODE_INSERT_STMT:
        case PG_QUERY__NODE__NODE_UPDATE_STMT:
        case PG_QUERY__NODE__NODE_DELETE_STMT:
        case PG_QUERY__NODE__NODE_MERGE_STMT:
        case PG_QUERY__NODE__NODE_DECLARE_CURSOR_STMT:
        case PG_QUERY__NODE__NODE_EXPLAIN_STMT:
        case PG_QUERY__NODE__NODE_CREATE_TABLE_AS_STMT:
        case PG_QUERY__NODE__NODE_CALL_STMT:
            return true;
        default:
            return false;
    }
}
