/*
 * session.c - the statement loop's two ways in: a simple query, the extended protocol's steps
 *
 * Why        Both ways end in portals. The simple way adds one thing: before any parsing the text
 *            is tried as a shape that was seen before (shape.c), and then the statement runs as
 *            a prepared one would.
 * Read first session/README.md
 */
#include "session/session.h"

#include <string.h>

#include "base/fmgr.h"
#include "catalog/catalog.h"
#include "config/settings.h"
#include "error/error.h"
#include "error/interrupt.h"
#include "error/log.h"
#include "memory/memory.h"
#include "session_int.h"

#include "config/config.h"
#include "sync/backend_status.h"
#include "sync/timeout.h"
#include "types/encoding.h"
#include "xact/snapshot.h"

const SessionSink *session_sink;
const char *debug_query_string;

void
session_set_sink(const SessionSink *sink)
{
    session_sink = sink;
}

static void
assign_application_name(const char *name, void *extra)
{
    pgstat_report_appname(name);
}

void
session_initialize(void)
{
    portal_register();
    shape_cache_register();
    session_log_register();
    session_interrupts_register();
    session_utility_register();
    CONFIG_SET_HOOKS("application_name", NULL, assign_application_name, NULL);
}

char
session_transaction_status(void)
{
    return xact_block_status_code();
}

/* ---- the frame of every message ---- */

/* Between start_statement() and session_end_statement(): a message may start one only once. */
static bool statement_started;

static void
start_statement(void)
{
    if (statement_started)
        return;
    statement_started = true;
    xact_start_command();
    if (StatementTimeout > 0) {
        if (!get_timeout_active(STATEMENT_TIMEOUT))
            enable_timeout_after(STATEMENT_TIMEOUT, StatementTimeout);
    }
}

void
session_end_statement(void)
{
    if (!statement_started)
        return;
    if (StatementTimeout > 0)
        disable_timeout(STATEMENT_TIMEOUT, false);
    xact_commit_command();
    statement_started = false;
}

static void
begin_message(const char *sql)
{
    debug_query_string = sql;
    xact_set_statement_timestamp();
    pgstat_report_activity(STATE_RUNNING, sql);
}

static void
end_message(void)
{
    log_session.statement = NULL;
    debug_query_string = NULL;
}

static _Noreturn void
refuse_in_aborted_block(void)
{
    ereport(ERROR, (errcode(ERRCODE_IN_FAILED_SQL_TRANSACTION),
                    errmsg("current transaction is aborted, "
                           "commands ignored until end of transaction block")));
    abort();
}

static void
check_not_aborted(const RawStmt *raw)
{
    if (xact_is_aborted() && raw && !statement_is_transaction_exit(raw))
        refuse_in_aborted_block();
}

/* The query text in the server's encoding; throws 22021 for what is not valid in it. */
static const char *
to_server_encoding(const char *sql)
{
    int length;

    return encoding_client_to_server(sql, (int) strlen(sql), &length);
}

/* ---- simple query ---- */

/* A plan for one query; utility statements are only wrapped. */
static PlannedStmt *
plan_query(Query *query, const char *sql)
{
    if (query->commandType != CMD_UTILITY)
        return planner_plan(query, sql, 0, NULL);

    PlannedStmt *wrapper = makeNode(PlannedStmt);

    wrapper->commandType = CMD_UTILITY;
    wrapper->canSetTag = true;
    wrapper->utilityStmt = query->utilityStmt;
    wrapper->utilityQuery = query->utilityQuery;
    wrapper->stmt_location = query->stmt_location;
    wrapper->stmt_len = query->stmt_len;
    return wrapper;
}

static PlannedStmt *
analyze_and_plan(RawStmt *raw, const char *sql, Query **ret_query)
{
    bool needs_snapshot = parser_needs_snapshot(raw);

    if (needs_snapshot)
        snapshot_push_active(snapshot_get_transaction());
    *ret_query = parser_analyze(raw, sql, NULL, 0);

    Query *for_portal = *ret_query;
    PlannedStmt *plan;

    if (for_portal->commandType != CMD_UTILITY) {
        List *targets = parser_result_targets(for_portal);

        plan = plan_query(for_portal, sql);
        *ret_query = makeNode(Query); /* the planner may have changed it: keep what describes it */
        (*ret_query)->commandType = plan->commandType;
        if (plan->commandType == CMD_SELECT)
            (*ret_query)->targetList = targets;
        else
            (*ret_query)->returningList = targets;
    } else {
        plan = plan_query(for_portal, sql);
    }
    if (needs_snapshot)
        snapshot_pop_active();
    return plan;
}

static void
run_one(RawStmt *raw, const char *sql, bool is_last, bool is_alone)
{
    const char *tag = parser_command_tag(raw);
    QueryCompletion completion;
    Query *query;
    int64 rows;

    check_not_aborted(raw);
    start_statement();
    MemoryContextSwitchTo(MessageContext); /* VACUUM ends the transaction under way */
    if (!is_alone)
        xact_block_begin_implicit();
    CHECK_FOR_INTERRUPTS();

    PlannedStmt *plan = analyze_and_plan(raw, sql, &query);
    Portal *portal = portal_create("", true, true);

    portal_define(portal, sql, tag, NULL, plan, query, NULL);
    if (portal->desc)
        session_sink->row_description(portal->desc, portal->targetlist, NULL);

    DestReceiver *printer = session_sink->make_receiver(NULL);

    portal_run(portal, 0, true, printer, &rows);
    completion = portal->completion;
    printer->destroy(printer);
    portal = portal_find("");
    if (portal)
        portal_drop(portal);
    if (is_last) {
        if (!is_alone)
            xact_block_end_implicit();
        session_end_statement();
    } else if (statement_is_transaction_control(raw)) {
        session_end_statement();
    } else {
        xact_command_counter_increment();
    }
    session_sink->command_complete(completion.tag);
}

void
session_simple_query(const char *sql)
{
    Size length = strlen(sql);

    begin_message(sql);
    sql = to_server_encoding(sql);
    start_statement();
    prepared_drop_unnamed();
    if (!xact_is_aborted() && shape_execute(sql, length)) {
        end_message();
        return;
    }

    MemoryContext caller = CurrentMemoryContext;
    List *statements = parser_parse(sql);
    int count = list_length(statements);
    const char *tag = count > 0 ? parser_command_tag(linitial(statements)) : "";

    log_statement_begin(sql, tag);
    for (int i = 0; i < count; i++) {
        run_one(list_nth(statements, i), sql, i == count - 1, count == 1);
        MemoryContextSwitchTo(caller);
    }
    if (count == 0) {
        session_end_statement();
        session_sink->empty_query();
    }
    log_duration_end(sql);
    end_message();
}

/* ---- extended query ---- */

void
session_parse(const char *name, const char *sql, const Oid *types, int type_count)
{
    begin_message(sql);
    sql = to_server_encoding(sql);
    start_statement();

    if (name[0] == '\0' && !xact_is_aborted() && prepared_reuse_unnamed(sql, types, type_count)) {
        end_message();
        return;
    }

    List *statements = parser_parse(sql);

    if (list_length(statements) > 1)
        ereport(ERROR, (errcode(ERRCODE_SYNTAX_ERROR),
                        errmsg("cannot insert multiple commands into a prepared statement")));

    RawStmt *raw = statements == NIL ? NULL : linitial(statements);

    check_not_aborted(raw);
    if (name[0] == '\0')
        prepared_drop_unnamed();
    else if (prepared_find(name, true))
        ereport(ERROR, (errcode(ERRCODE_DUPLICATE_PSTATEMENT),
                        errmsg("prepared statement \"%s\" already exists", name)));

    Statement *statement = statement_create(sql, raw, types, type_count);

    prepared_store(name, statement);
    if (name[0] == '\0')
        prepared_remember_unnamed(statement, types, type_count);
    end_message();
}

static Datum
read_binary(const BindValue *value, Oid type, int number)
{
    Oid receive, io_param;
    StringInfoData bytes = {
        .data = (char *) value->bytes,
        .len = value->bytes ? value->length : 0,
        .maxlen = value->length,
    };

    getTypeBinaryInputInfo(type, &receive, &io_param);

    FmgrInfo function;

    fmgr_info(receive, &function);

    Datum datum = ReceiveFunctionCall(&function, value->bytes ? &bytes : NULL, io_param, -1);

    if (value->bytes && bytes.cursor != bytes.len)
        ereport(ERROR, (errcode(ERRCODE_INVALID_BINARY_REPRESENTATION),
                        errmsg("incorrect binary data format in bind parameter %d", number)));
    return datum;
}

static Datum
read_text(const BindValue *value, Oid type)
{
    Oid input, io_param;
    char *text = NULL;

    if (value->bytes) {
        int length;
        char *copy = pnstrdup(value->bytes, (Size) value->length);

        text = encoding_client_to_server(copy, value->length, &length);
    }
    getTypeInputInfo(type, &input, &io_param);
    return OidInputFunctionCall(input, text, io_param, -1);
}

/* In the current context. */
static ParamListInfo
read_parameters(const Statement *statement, const BindValue *values, int count)
{
    if (count == 0)
        return NULL;

    ParamListInfo params = makeParamList(count);

    for (int i = 0; i < count; i++) {
        ParamExternData *param = &params->params[i];

        param->ptype = statement->param_types[i];
        param->isnull = values[i].bytes == NULL;
        param->pflags = PARAM_FLAG_CONST;
        if (values[i].format == 0)
            param->value = read_text(&values[i], param->ptype);
        else if (values[i].format == 1)
            param->value = read_binary(&values[i], param->ptype, i + 1);
        else
            ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE),
                            errmsg("unsupported format code: %d", values[i].format)));
    }
    return params;
}

/* A utility statement or an empty text is not planned. */
PlannedStmt *
session_plan_statement(Statement *statement, ParamListInfo params)
{
    bool is_generic;

    statement_revalidate(statement);
    if (statement->query->commandType == CMD_UTILITY)
        return plan_query(statement->query, statement->sql);

    bool needs_snapshot = !snapshot_active_is_set();

    if (needs_snapshot)
        snapshot_push_active(snapshot_get_transaction());

    PlannedStmt *plan = statement_plan(statement, params, &is_generic);

    if (needs_snapshot)
        snapshot_pop_active();
    return plan;
}

void
session_bind(const char *portal_name, const char *statement_name, const BindValue *values,
             int value_count, const int16 *result_formats, int format_count)
{
    Statement *statement = prepared_find(statement_name, false);

    begin_message(statement->sql);
    start_statement();
    if (value_count != statement->param_count)
        ereport(ERROR, (errcode(ERRCODE_PROTOCOL_VIOLATION),
                        errmsg("bind message supplies %d parameters, but prepared statement "
                               "\"%s\" requires %d",
                               value_count, statement_name, statement->param_count)));
    if (xact_is_aborted() && statement->raw &&
        (!statement_is_transaction_exit(statement->raw) || value_count != 0))
        refuse_in_aborted_block();

    Portal *portal = portal_create(portal_name, portal_name[0] == '\0', true);
    MemoryContext caller = MemoryContextSwitchTo(portal->context);
    ParamListInfo params = read_parameters(statement, values, value_count);

    if (statement->raw) {
        PlannedStmt *plan = session_plan_statement(statement, params);

        portal_define(portal, statement->sql, statement->tag, statement, plan, NULL, params);
        portal_set_formats(portal, result_formats, format_count);
    } else {
        portal->sql = "";
        portal->tag = "";
    }
    MemoryContextSwitchTo(caller);
    portal->status = PORTAL_READY;
    end_message();
}

void
session_describe_statement(const char *name)
{
    start_statement();

    Statement *statement = prepared_find(name, false);

    if (xact_is_aborted() && statement->result_desc)
        refuse_in_aborted_block();
    if (!xact_is_aborted())
        statement_revalidate(statement);
    session_sink->parameter_description(statement->param_count, statement->param_types);
    if (statement->result_desc)
        session_sink->row_description(statement->result_desc, statement->result_targets, NULL);
    else
        session_sink->no_data();
}

static Portal *
find_portal(const char *name)
{
    Portal *portal = portal_find(name);

    if (!portal)
        ereport(ERROR, (errcode(ERRCODE_UNDEFINED_CURSOR),
                        errmsg("portal \"%s\" does not exist", name)));
    return portal;
}

void
session_describe_portal(const char *name)
{
    start_statement();

    Portal *portal = find_portal(name);

    if (xact_is_aborted() && portal->desc)
        refuse_in_aborted_block();
    if (portal->desc)
        session_sink->row_description(portal->desc, portal->targetlist, portal->formats);
    else
        session_sink->no_data();
}

static bool
is_transaction_portal(const Portal *portal)
{
    return portal->statement && statement_is_transaction_control(portal->statement->raw);
}

void
session_execute(const char *portal_name, int64 max_rows)
{
    Portal *portal = find_portal(portal_name);
    int64 rows;

    if (!portal->plan) { /* an empty text */
        session_sink->empty_query();
        return;
    }
    begin_message(portal->sql);
    start_statement();
    log_statement_begin(portal->sql, portal->tag);
    if (xact_is_aborted() &&
        !(portal->statement && statement_is_transaction_exit(portal->statement->raw)))
        refuse_in_aborted_block();
    CHECK_FOR_INTERRUPTS();
    if (!portal->printer) {
        MemoryContext caller = MemoryContextSwitchTo(portal->context);

        portal->printer = session_sink->make_receiver(portal->formats);
        MemoryContextSwitchTo(caller);
    }

    bool is_transaction = is_transaction_portal(portal);
    bool complete = portal_run(portal, max_rows, true, portal->printer, &rows);
    QueryCompletion completion = portal->completion;

    if (complete || (max_rows > 0 && rows < max_rows)) {
        if (is_transaction || (MyXactFlags & XACT_FLAGS_NEEDIMMEDIATECOMMIT)) {
            session_end_statement();
        } else {
            xact_command_counter_increment();
            MyXactFlags |= XACT_FLAGS_PIPELINING;
        }
        session_sink->command_complete(completion.tag);
    } else {
        session_sink->portal_suspended();
    }
    log_duration_end(debug_query_string);
    end_message();
}

void
session_close_statement(const char *name)
{
    prepared_drop(name, true);
}

void
session_close_portal(const char *name)
{
    Portal *portal = portal_find(name);

    if (portal)
        portal_drop(portal);
}

void
session_sync(void)
{
    session_end_statement();
}

void
session_abort(void)
{
    log_session.statement = NULL;
    debug_query_string = NULL;
    xact_abort_command();
    statement_started = false;
}
