/*
 * cursor.c - the statements that belong to the session: prepared statements, cursors, DISCARD
 *
 * Errors     throws with PostgreSQL's words
 */
#include "session_int.h"

#include <string.h>

#include <pg_query/pg_query.pb-c.h>

#include "catalog/user.h"
#include "config/config.h"
#include "error/error.h"
#include "lock/lock.h"
#include "memory/memory.h"
#include "xact/snapshot.h"

/* ---- cursors ---- */

static void
declare_cursor(PlannedStmt *statement, const char *sql, ParamListInfo params, bool is_top_level)
{
    PgQuery__DeclareCursorStmt *raw = statement->utilityStmt->declare_cursor_stmt;
    int options = raw->options;
    Query *query = copyObject(statement->utilityQuery);

    if (!(options & CURSOR_OPT_HOLD))
        xact_require_block(is_top_level, "DECLARE CURSOR");
    if (!raw->portalname[0])
        ereport(ERROR, (errcode(ERRCODE_INVALID_CURSOR_NAME),
                        errmsg("invalid cursor name: must not be empty")));
    if (query->commandType != CMD_SELECT)
        ereport(ERROR, (errcode(ERRCODE_INVALID_CURSOR_DEFINITION),
                        errmsg("DECLARE CURSOR must not contain data-modifying statements")));

    Portal *portal = portal_create(raw->portalname, false, false);
    MemoryContext caller = MemoryContextSwitchTo(portal->context);
    PlannedStmt *plan = planner_plan(copyObject(query), sql, options, params);

    portal_define(portal, pstrdup(sql), "SELECT", NULL, plan, query, NULL);
    portal->cursor_options = options;
    portal->is_cursor = true;
    portal->status = PORTAL_READY;
    portal_open_cursor(portal);
    MemoryContextSwitchTo(caller);
}

static Portal *
find_cursor(const char *name)
{
    Portal *portal = portal_find(name);

    if (!portal)
        ereport(ERROR, (errcode(ERRCODE_UNDEFINED_CURSOR),
                        errmsg("cursor \"%s\" does not exist", name)));
    return portal;
}

static void
fetch(PgQuery__FetchStmt *raw, DestReceiver *dest, QueryCompletion *ret_completion)
{
    Portal *portal = find_cursor(raw->portalname);
    int64 count = raw->how_many;
    int64 rows = portal_fetch(portal, (int) raw->direction, count,
                              raw->ismove ? None_Receiver : dest);

    snprintf(ret_completion->tag, sizeof ret_completion->tag, "%s %lld",
             raw->ismove ? "MOVE" : "FETCH", (long long) rows);
}

static void
close_cursor(PgQuery__ClosePortalStmt *raw)
{
    if (!raw->portalname[0])
        portal_drop_all_cursors();
    else
        portal_drop(find_cursor(raw->portalname));
}

/* ---- prepared statements ---- */

static void
prepare(PlannedStmt *statement, const char *sql)
{
    PgQuery__PrepareStmt *raw = statement->utilityStmt->prepare_stmt;
    int count = (int) raw->n_argtypes;
    Oid *types = palloc0(sizeof(Oid) * (Size) Max(count, 1));

    if (!raw->name[0])
        ereport(ERROR, (errcode(ERRCODE_INVALID_PSTATEMENT_DEFINITION),
                        errmsg("invalid statement name: must not be empty")));
    if (prepared_find(raw->name, true))
        ereport(ERROR, (errcode(ERRCODE_DUPLICATE_PSTATEMENT),
                        errmsg("prepared statement \"%s\" already exists", raw->name)));
    for (int i = 0; i < count; i++)
        types[i] = parser_type_lookup(raw->argtypes[i]->type_name, NULL, false);

    Statement *prepared = statement_create_inner(statement, raw->query, sql, types, count);

    prepared->from_sql = true;
    prepared_store(raw->name, prepared);
}

/* The values of EXECUTE's arguments, in the current context. */
static ParamListInfo
evaluate_arguments(Statement *prepared, const char *name, size_t count, PgQuery__Node **arguments,
                   const char *sql)
{
    if ((int) count != prepared->param_count)
        ereport(ERROR, (errcode(ERRCODE_SYNTAX_ERROR),
                        errmsg("wrong number of parameters for prepared statement \"%s\"", name),
                        errdetail("Expected %d parameters but got %d.", prepared->param_count,
                                  (int) count)));
    if (count == 0)
        return NULL;

    ParamListInfo params = makeParamList((int) count);

    for (size_t i = 0; i < count; i++) {
        Node *expr = parser_cook_argument(arguments[i], sql, prepared->param_types[i],
                                          (int) i + 1);
        ParamExternData *param = &params->params[i];

        expr = planner_plan_expression(expr);
        param->value = expression_eval_once((Expr *) expr, &param->isnull);
        param->pflags = PARAM_FLAG_CONST;
        param->ptype = prepared->param_types[i];
    }
    return params;
}

static Statement *
find_for_execute(const char *name)
{
    Statement *prepared = prepared_find(name, false);

    statement_revalidate(prepared);
    return prepared;
}

static void
execute(PgQuery__ExecuteStmt *raw, const char *sql, bool is_top_level, DestReceiver *dest,
        QueryCompletion *ret_completion)
{
    Statement *prepared = find_for_execute(raw->name);
    Portal *portal = portal_create(portal_unique_name(), false, false);
    MemoryContext caller = MemoryContextSwitchTo(portal->context);
    ParamListInfo params =
        evaluate_arguments(prepared, raw->name, raw->n_params, raw->params, sql);
    PlannedStmt *plan = session_plan_statement(prepared, params);
    int64 rows;

    portal_define(portal, prepared->sql, prepared->tag, prepared, plan, NULL, params);
    MemoryContextSwitchTo(caller);
    portal_run(portal, 0, is_top_level, dest, &rows);
    *ret_completion = portal->completion;
    portal_drop(portal);
}

static PlannedStmt *
find_prepared_hook(const char *name, List *arguments, const char *sql, ParamListInfo *ret_params)
{
    Statement *prepared = find_for_execute(name);
    int count = list_length(arguments);
    PgQuery__Node **nodes = palloc(sizeof(PgQuery__Node *) * (Size) Max(count, 1));

    for (int i = 0; i < count; i++)
        nodes[i] = list_nth(arguments, i);
    *ret_params = evaluate_arguments(prepared, name, (size_t) count, nodes, sql);
    return session_plan_statement(prepared, *ret_params);
}

void
session_utility_register(void)
{
    static const UtilityHooks hooks = {.find_prepared = find_prepared_hook};

    utility_set_hooks(&hooks);
}

/* ---- DISCARD ---- */

static void
discard(PgQuery__DiscardStmt *raw, bool is_top_level)
{
    switch (raw->target) {
    case PG_QUERY__DISCARD_MODE__DISCARD_ALL:
        xact_prevent_in_block(is_top_level, "DISCARD ALL");
        portal_drop_all_cursors();
        catalog_set_session_user(GetAuthenticatedUserId(), superuser_arg(GetAuthenticatedUserId()));
        config_reset_all();
        prepared_drop_all();
        prepared_forget_texts();
        lock_release_session();
        shape_cache_drop_all();
        statement_bump_settings();
        break;
    case PG_QUERY__DISCARD_MODE__DISCARD_PLANS:
        prepared_forget_texts();
        shape_cache_drop_all();
        statement_bump_settings();
        break;
    default: /* sequences' last values and temporary tables: there are none */
        break;
    }
}

/* ---- dispatch ---- */

bool
session_utility(PlannedStmt *statement, const char *sql, bool is_top_level, ParamListInfo params,
                DestReceiver *dest, QueryCompletion *ret_completion)
{
    PgQuery__Node *node = statement->utilityStmt;

    switch (node->node_case) {
    case PG_QUERY__NODE__NODE_DECLARE_CURSOR_STMT:
        declare_cursor(statement, sql, params, is_top_level);
        return true;
    case PG_QUERY__NODE__NODE_FETCH_STMT:
        fetch(node->fetch_stmt, dest, ret_completion);
        return true;
    case PG_QUERY__NODE__NODE_CLOSE_PORTAL_STMT:
        close_cursor(node->close_portal_stmt);
        return true;
    case PG_QUERY__NODE__NODE_PREPARE_STMT:
        prepare(statement, sql);
        return true;
    case PG_QUERY__NODE__NODE_EXECUTE_STMT:
        execute(node->execute_stmt, sql, is_top_level, dest, ret_completion);
        return true;
    case PG_QUERY__NODE__NODE_DEALLOCATE_STMT:
        if (node->deallocate_stmt->name[0])
            prepared_drop(node->deallocate_stmt->name, false);
        else
            prepared_drop_all();
        return true;
    case PG_QUERY__NODE__NODE_DISCARD_STMT:
        discard(node->discard_stmt, is_top_level);
        return true;
    default:
        return false;
    }
}

TupleDesc
session_utility_desc(PlannedStmt *statement, const char *sql)
{
    PgQuery__Node *node = statement->utilityStmt;

    switch (node->node_case) {
    case PG_QUERY__NODE__NODE_FETCH_STMT: {
        Portal *portal = portal_find(node->fetch_stmt->portalname);

        return portal && !node->fetch_stmt->ismove ? portal->desc : NULL;
    }
    case PG_QUERY__NODE__NODE_EXECUTE_STMT: {
        Statement *prepared = prepared_find(node->execute_stmt->name, true);

        if (!prepared)
            return NULL;
        statement_revalidate(prepared);
        return prepared->result_desc;
    }
    case PG_QUERY__NODE__NODE_DECLARE_CURSOR_STMT:
    case PG_QUERY__NODE__NODE_CLOSE_PORTAL_STMT:
    case PG_QUERY__NODE__NODE_PREPARE_STMT:
    case PG_QUERY__NODE__NODE_DEALLOCATE_STMT:
    case PG_QUERY__NODE__NODE_DISCARD_STMT:
        return NULL;
    default:
        return utility_result_desc(statement, sql);
    }
}
