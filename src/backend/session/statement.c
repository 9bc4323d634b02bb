/*
 * statement.c - statements that may run more than once, and their plans
 *
 * Why        A plan made for unknown parameters serves every execution; one made for the values
 *            at hand may be much better. Which it is, is found out as PostgreSQL does: the first
 *            executions get plans of their own, then the generic plan stays if it costs no more
 *            than those did on average, planning included.
 * Invariants T1. query and plan are used only while stamp == statement_stamp().
 *            T2. A statement is freed when it is dropped and no portal uses it.
 * Errors     throws
 */
#include <string.h>

#include <pg_query/pg_query.pb-c.h>

#include "catalog/catalog.h"
#include "config/settings.h"
#include "error/error.h"
#include "lock/lock.h"
#include "memory/memory.h"
#include "parser/shape.h"
#include "session_int.h"
#include "sync/timeout.h"

/* Planning's price in cost units per relation and once, for weighing custom plans. */
#define PLANNING_COST_PER_RELATION (1000.0 * 0.0025)

static struct {
    uint64 settings_changes; /* search_path, role, ... */
} statements;

uint64
statement_stamp(void)
{
    return catalog_generation + statements.settings_changes;
}

void
statement_bump_settings(void)
{
    statements.settings_changes++;
}

bool
statement_is_transaction_control(const RawStmt *raw)
{
    return raw && raw->stmt->node_case == PG_QUERY__NODE__NODE_TRANSACTION_STMT;
}

/* The only statements that a failed transaction block takes. */
bool
statement_is_transaction_exit(const RawStmt *raw)
{
    if (!statement_is_transaction_control(raw))
        return false;
    switch (raw->stmt->transaction_stmt->kind) {
    case PG_QUERY__TRANSACTION_STMT_KIND__TRANS_STMT_COMMIT:
    case PG_QUERY__TRANSACTION_STMT_KIND__TRANS_STMT_PREPARE:
    case PG_QUERY__TRANSACTION_STMT_KIND__TRANS_STMT_ROLLBACK:
    case PG_QUERY__TRANSACTION_STMT_KIND__TRANS_STMT_ROLLBACK_TO:
        return true;
    default:
        return false;
    }
}

/* The rows a query returns, described in the current context. */
static TupleDesc
describe_result(Query *query, const char *sql, List **ret_targets)
{
    *ret_targets = parser_result_targets(query);
    if (query->commandType != CMD_UTILITY)
        return *ret_targets == NIL && query->commandType != CMD_SELECT
                   ? NULL
                   : executor_desc_from_targetlist(*ret_targets, true);

    PlannedStmt wrapper = {
        .type = T_PlannedStmt,
        .commandType = CMD_UTILITY,
        .utilityStmt = query->utilityStmt,
        .utilityQuery = query->utilityQuery,
    };

    *ret_targets = NIL;
    return session_utility_desc(&wrapper, sql);
}

/* The raw tree in the statement's own memory. */
static RawStmt *
keep_raw(const RawStmt *raw)
{
    RawStmt *copy = makeNode(RawStmt);

    *copy = *raw;
    copy->stmt = node_copy_raw(raw->stmt);
    return copy;
}

static void
analyze(Statement *statement)
{
    statement->stamp = statement_stamp();
    if (!statement->raw)
        return;

    bool needs_snapshot = parser_needs_snapshot(statement->raw) && !snapshot_active_is_set();

    if (needs_snapshot)
        snapshot_push_active(snapshot_get_transaction());
    statement->query = parser_analyze_varparams(statement->raw, statement->sql,
                                                &statement->param_types, &statement->param_count);
    statement->result_desc =
        describe_result(statement->query, statement->sql, &statement->result_targets);
    if (needs_snapshot)
        snapshot_pop_active();
}

Statement *
statement_create(const char *sql, RawStmt *raw, const Oid *types, int type_count)
{
    MemoryContext context = AllocSetContextCreate(
        CurrentMemoryContext, "statement", ALLOCSET_SMALL_SIZES); /* until statement_free() */
    MemoryContext caller = MemoryContextSwitchTo(context);
    Statement *statement = palloc0(sizeof *statement);

    statement->context = context;
    statement->sql = pstrdup(sql);
    statement->raw = raw ? keep_raw(raw) : NULL;
    statement->tag = statement->raw ? parser_command_tag(statement->raw) : "";
    statement->param_count = type_count;
    statement->param_types = palloc0(sizeof(Oid) * (Size) Max(type_count, 1));
    if (type_count > 0)
        memcpy(statement->param_types, types, sizeof(Oid) * (Size) type_count);
    statement->prepared_at = GetCurrentTimestamp();
    analyze(statement);
    MemoryContextSwitchTo(caller);
    return statement;
}

Statement *
statement_create_inner(PlannedStmt *prepare, struct PgQuery__Node *inner, const char *sql,
                       const Oid *types, int type_count)
{
    RawStmt raw = {
        .type = T_RawStmt,
        .stmt = inner,
        .stmt_location = prepare->stmt_location,
        .stmt_len = prepare->stmt_len,
    };

    return statement_create(sql, &raw, types, type_count);
}

Statement *
statement_create_shape(const char *sql, RawStmt *raw, const ShapeLiteral *literals,
                       int literal_count, ShapeUse *uses)
{
    MemoryContext context = AllocSetContextCreate(
        CurrentMemoryContext, "statement", ALLOCSET_SMALL_SIZES); /* until statement_free() */
    MemoryContext caller = MemoryContextSwitchTo(context);
    Statement *statement = palloc0(sizeof *statement);
    int taken;

    statement->context = context;
    statement->sql = pstrdup(sql);
    statement->raw = keep_raw(raw);
    statement->tag = parser_command_tag(statement->raw);
    statement->is_shape = true;
    statement->prepared_at = GetCurrentTimestamp();
    statement->stamp = statement_stamp();
    statement->shape_literals = palloc(sizeof(ShapeLiteral) * (Size) Max(literal_count, 1));
    memcpy(statement->shape_literals, literals, sizeof(ShapeLiteral) * (Size) literal_count);
    statement->shape_literal_count = literal_count;
    statement->query =
        parser_analyze_shape(statement->raw, statement->sql, &statement->param_types,
                             &statement->param_count, literals, literal_count, uses, &taken);
    statement->result_desc =
        describe_result(statement->query, statement->sql, &statement->result_targets);
    MemoryContextSwitchTo(caller);
    if (taken != statement->param_count) {
        MemoryContextDelete(context);
        return NULL;
    }
    return statement;
}

static void
drop_plan(Statement *statement)
{
    if (statement->kept && !statement->kept_busy)
        executor_end(statement->kept);
    if (!statement->kept_busy)
        statement->kept = NULL;
    statement->plan = NULL;
    if (statement->plan_context && !statement->kept_busy) {
        MemoryContextDelete(statement->plan_context);
        statement->plan_context = NULL;
    }
}

static bool
same_result(TupleDesc a, TupleDesc b)
{
    if (!a || !b)
        return a == b;
    if (a->natts != b->natts)
        return false;
    for (int i = 0; i < a->natts; i++) {
        Form_pg_attribute x = TupleDescAttr(a, i), y = TupleDescAttr(b, i);

        if (x->atttypid != y->atttypid || x->atttypmod != y->atttypmod ||
            strcmp(NameStr(x->attname), NameStr(y->attname)) != 0)
            return false;
    }
    return true;
}

/* The same literals become the same parameters, unless a column's type changed. */
static void
analyze_shape_again(Statement *statement)
{
    ShapeUse *uses = palloc0(sizeof(ShapeUse) * (Size) Max(statement->shape_literal_count, 1));
    Oid *types = NULL;
    int count = 0, taken;
    bool needs_snapshot = !snapshot_active_is_set();

    statement->stamp = statement_stamp();
    if (needs_snapshot)
        snapshot_push_active(snapshot_get_transaction());
    statement->query =
        parser_analyze_shape(statement->raw, statement->sql, &types, &count,
                             statement->shape_literals, statement->shape_literal_count, uses,
                             &taken);
    statement->result_desc =
        describe_result(statement->query, statement->sql, &statement->result_targets);
    if (needs_snapshot)
        snapshot_pop_active();
    if (count != statement->param_count ||
        memcmp(types, statement->param_types, sizeof(Oid) * (Size) count) != 0)
        ereport(ERROR, (errcode(ERRCODE_FEATURE_NOT_SUPPORTED),
                        errmsg("cached plan must not change result type")));
}

void
statement_revalidate(Statement *statement)
{
    if (statement->stamp == statement_stamp() || !statement->raw)
        return;

    MemoryContext caller = MemoryContextSwitchTo(statement->context);
    TupleDesc before = statement->result_desc;

    drop_plan(statement);
    if (statement->is_shape)
        analyze_shape_again(statement);
    else
        analyze(statement);
    MemoryContextSwitchTo(caller);
    if (!same_result(before, statement->result_desc))
        ereport(ERROR, (errcode(ERRCODE_FEATURE_NOT_SUPPORTED),
                        errmsg("cached plan must not change result type")));
}

bool
statement_lock_plan(PlannedStmt *plan)
{
    uint64 stamp = statement_stamp();
    ListCell *cell;

    foreach (cell, plan->rtable) {
        RangeTblEntry *entry = lfirst(cell);

        if (entry->rtekind == RTE_RELATION && entry->relid != InvalidOid)
            lock_relation(entry->relid, entry->rellockmode);
    }
    return stamp == statement_stamp();
}

static double
planning_cost(const PlannedStmt *plan)
{
    return PLANNING_COST_PER_RELATION * (list_length(plan->relationOids) + 1);
}

static PlannedStmt *
make_generic(Statement *statement)
{
    if (statement->plan)
        return statement->plan;
    if (!statement->plan_context)
        statement->plan_context = AllocSetContextCreate(
            statement->context, "generic plan", ALLOCSET_SMALL_SIZES); /* until drop_plan() */

    Query *copy = copyObject(statement->query);
    PlannedStmt *plan = planner_plan(copy, statement->sql, CURSOR_OPT_GENERIC_PLAN, NULL);
    MemoryContext caller = MemoryContextSwitchTo(statement->plan_context);

    statement->plan = copyObject(plan);
    statement->generic_cost = plan->planTree->total_cost;
    MemoryContextSwitchTo(caller);
    return statement->plan;
}

static bool
wants_custom(const Statement *statement, bool has_params)
{
    if (!has_params || plan_cache_mode == PLAN_CACHE_MODE_FORCE_GENERIC_PLAN)
        return false;
    if (plan_cache_mode == PLAN_CACHE_MODE_FORCE_CUSTOM_PLAN)
        return true;
    if (statement->custom_count < CUSTOM_PLANS_FIRST)
        return true;
    if (statement->plan == NULL)
        return false; /* the generic cost must be known first */
    return statement->generic_cost >=
           statement->custom_cost_sum / (double) statement->custom_count;
}

PlannedStmt *
statement_plan(Statement *statement, ParamListInfo params, bool *ret_generic)
{
    bool has_params = params && params->numParams > 0;

    for (;;) {
        statement_revalidate(statement);
        *ret_generic = false;
        if (!wants_custom(statement, has_params)) {
            PlannedStmt *plan = make_generic(statement);

            if (!statement_lock_plan(plan))
                continue; /* went stale before it was locked: once more */
            if (!wants_custom(statement, has_params)) {
                statement->generic_count++;
                *ret_generic = true;
                return plan;
            }
        }

        PlannedStmt *plan = planner_plan(copyObject(statement->query), statement->sql,
                                         CURSOR_OPT_CUSTOM_PLAN, params);

        statement->custom_cost_sum += plan->planTree->total_cost + planning_cost(plan);
        statement->custom_count++;
        return plan;
    }
}

void
statement_free(Statement *statement)
{
    statement->dropped = true;
    if (statement->use_count > 0)
        return; /* T2: statement_release() frees it */
    drop_plan(statement);
    MemoryContextDelete(statement->context);
}

void
statement_release(Statement *statement)
{
    Assert(statement->use_count > 0);
    if (--statement->use_count == 0 && statement->dropped)
        statement_free(statement);
}
