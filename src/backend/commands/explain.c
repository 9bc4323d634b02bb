/*
 * explain.c - EXPLAIN: options, planning, running, summary
 */
#include "explain_int.h"

#include "base/clock.h"
#include "buffer/buffer.h"
#include "planner/planner.h"

typedef struct ExplainRun {
    ParamListInfo params;
    double planning_ms;
    double execution_ms;
    BufferUsage planning_buffers;
} ExplainRun;

static double
ms_since(uint64 start_ns)
{
    return (double) (clock_monotonic_ns() - start_ns) / 1e6;
}

static ExplainFormat
read_format(const Utility *u, const PgQuery__DefElem *option)
{
    const char *value = option_string(option);

    if (value != NULL && strcmp(value, "text") == 0)
        return EXPLAIN_TEXT;
    if (value != NULL && strcmp(value, "json") == 0)
        return EXPLAIN_JSON;
    if (value != NULL && (strcmp(value, "xml") == 0 || strcmp(value, "yaml") == 0))
        unsupported(psprintf("EXPLAIN (FORMAT %s)", value));
    ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE),
                    errmsg("unrecognized value for EXPLAIN option \"%s\": \"%s\"", option->defname,
                           value != NULL ? value : ""),
                    errposition(commands_position(u->sql, option->location))));
    return EXPLAIN_TEXT;
}

static Explain
read_options(const Utility *u)
{
    const PgQuery__ExplainStmt *stmt = u->raw->explain_stmt;
    Explain es = {.costs = true};
    bool timing_given = false;
    bool summary_given = false;

    for (size_t i = 0; i < stmt->n_options; i++) {
        const PgQuery__DefElem *option = stmt->options[i]->def_elem;

        if (option_is(option, "analyze"))
            es.analyze = option_bool(option);
        else if (option_is(option, "verbose"))
            es.verbose = option_bool(option);
        else if (option_is(option, "costs"))
            es.costs = option_bool(option);
        else if (option_is(option, "buffers"))
            es.buffers = option_bool(option);
        else if (option_is(option, "timing")) {
            timing_given = true;
            es.timing = option_bool(option);
        } else if (option_is(option, "summary")) {
            summary_given = true;
            es.summary = option_bool(option);
        } else if (option_is(option, "settings") || option_is(option, "wal")) {
            if (option_bool(option))
                unsupported(option_is(option, "wal") ? "EXPLAIN (WAL)" : "EXPLAIN (SETTINGS)");
        } else if (option_is(option, "format"))
            es.format = read_format(u, option);
        else
            ereport(ERROR, (errcode(ERRCODE_SYNTAX_ERROR),
                            errmsg("unrecognized EXPLAIN option \"%s\"", option->defname),
                            errposition(commands_position(u->sql, option->location))));
    }
    if (!timing_given)
        es.timing = es.analyze;
    if (es.timing && !es.analyze)
        ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE),
                        errmsg("EXPLAIN option TIMING requires ANALYZE")));
    if (!summary_given)
        es.summary = es.analyze;
    return es;
}

TupleDesc
explain_result_desc(Utility *u)
{
    const PgQuery__ExplainStmt *stmt = u->raw->explain_stmt;
    TupleDesc desc = CreateTemplateTupleDesc(1);
    Oid type = TEXTOID;

    for (size_t i = 0; i < stmt->n_options; i++) {
        const PgQuery__DefElem *option = stmt->options[i]->def_elem;
        const char *value = option_is(option, "format") ? option_string(option) : NULL;

        if (value != NULL)
            type = strcmp(value, "json") == 0 ? JSONOID : TEXTOID;
    }
    TupleDescInitEntry(desc, 1, "QUERY PLAN", type, -1, 0);
    return desc;
}

/* NULL: a utility statement, which has no plan. */
static PlannedStmt *
plan_of(const Utility *u, const Explain *es, ParamListInfo *params)
{
    RawNode *inner = u->raw->explain_stmt->query;
    Query *query = u->statement->utilityQuery;

    if (RAW_IS(inner, EXECUTE_STMT) && utility__hooks() != NULL) {
        const PgQuery__ExecuteStmt *execute = inner->execute_stmt;
        List *arguments = NIL;

        for (size_t i = 0; i < execute->n_params; i++)
            arguments = lappend(arguments, execute->params[i]);
        return utility__hooks()->find_prepared(execute->name, arguments, u->sql, params);
    }
    if (query != NULL && query->commandType == CMD_UTILITY) {
        if (es->analyze && query->utilityQuery != NULL)
            unsupported("EXPLAIN ANALYZE of this statement");
        query = query->utilityQuery;
    }
    if (query == NULL)
        return NULL;
    return planner_plan(copyObject(query), u->sql, CURSOR_OPT_PARALLEL_OK, u->params);
}

static void
run_plan(const Utility *u, Explain *es, ExplainRun *run)
{
    int instrument = 0;
    uint64 start = clock_monotonic_ns();

    if (es->analyze)
        instrument = INSTRUMENT_ROWS | (es->timing ? INSTRUMENT_TIMER : 0) |
                     (es->buffers ? INSTRUMENT_BUFFERS : 0);
    es->qd = executor_create_query_desc(es->plan, u->sql, snapshot_active(), None_Receiver,
                                        run->params, instrument);
    executor_start(es->qd, es->analyze ? 0 : EXEC_FLAG_EXPLAIN_ONLY);
    if (es->analyze) {
        executor_run(es->qd, ForwardScanDirection, 0);
        executor_finish(es->qd);
    }
    run->execution_ms = ms_since(start);
}

static void
print_summary(Explain *es, const ExplainRun *run)
{
    const BufferUsage *usage = &run->planning_buffers;

    if (es->buffers) {
        bool any = usage->shared_blks_hit > 0 || usage->shared_blks_read > 0 ||
                   usage->shared_blks_dirtied > 0 || usage->shared_blks_written > 0;

        if (es->format == EXPLAIN_TEXT && any)
            appendStringInfoString(&es->out, "Planning:\n");
        explain_open(es, "Planning", true);
        es->indent += es->format == EXPLAIN_TEXT ? 1 : 0;
        explain_buffer_counts(es, usage->shared_blks_hit, usage->shared_blks_read,
                              usage->shared_blks_dirtied, usage->shared_blks_written);
        es->indent -= es->format == EXPLAIN_TEXT ? 1 : 0;
        explain_close(es, true);
    }
    if (es->summary)
        explain_number(es, "Planning Time", "ms", run->planning_ms, 3);
    if (es->analyze) {
        explain_open(es, "Triggers", false);
        explain_close(es, false);
    }
    if (es->summary && es->analyze)
        explain_number(es, "Execution Time", "ms", run->execution_ms, 3);
}

static void
explain_plan(const Utility *u, Explain *es, ExplainRun *run)
{
    uint64 start;

    snapshot_push_copied(snapshot_active());
    snapshot_update_active_cid();
    es->names = explain_choose_names(es->plan->rtable);
    start = clock_monotonic_ns();
    run_plan(u, es, run);
    explain_open(es, NULL, false);
    explain_open(es, NULL, true);
    explain_plan_tree(es);
    executor_end(es->qd);
    if (es->analyze)
        run->execution_ms = Max(run->execution_ms, ms_since(start));
    print_summary(es, run);
    explain_close(es, true);
    explain_close(es, false);
    snapshot_pop_active();
}

void
explain_process(Utility *u)
{
    Explain es = read_options(u);
    ExplainRun run = {.params = u->params};
    BufferUsage before = buffer_usage;
    bool pushed = need_snapshot();
    uint64 start = clock_monotonic_ns();
    RowSender sender;

    initStringInfo(&es.out);
    es.plan = plan_of(u, &es, &run.params);
    run.planning_ms = ms_since(start);
    run.planning_buffers.shared_blks_hit = buffer_usage.shared_blks_hit - before.shared_blks_hit;
    run.planning_buffers.shared_blks_read = buffer_usage.shared_blks_read - before.shared_blks_read;
    if (es.plan != NULL)
        explain_plan(u, &es, &run);
    else if (es.format == EXPLAIN_TEXT)
        appendStringInfoString(&es.out, "Utility statements have no plan structure\n");
    else
        appendStringInfoString(&es.out, "[\n  \"Utility Statement\"\n]");
    sender = row_sender_begin(u->dest, explain_result_desc(u));
    explain_rows(&es, &sender);
    row_sender_end(&sender);
    done_snapshot(pushed);
}
