/*
 * create_as.c - CREATE TABLE AS and SELECT INTO
 */
#include "commands_int.h"

#include "planner/planner.h"

#define INTO_ROWS_AT_ONCE 256

/* Puts rows into the new table, which has no indexes yet. */
typedef struct IntoReceiver {
    DestReceiver pub;
    Relation rel;
    CommandId cid;
    BulkInsertState bulk;
    MemoryContext context; /* the formed tuples; emptied after each write */
    HeapTuple tuples[INTO_ROWS_AT_ONCE];
    int count;
} IntoReceiver;

static void
write_rows(IntoReceiver *into)
{
    if (into->count > 0)
        heap_multi_insert(into->rel, into->tuples, into->count, into->cid, 0, into->bulk);
    into->count = 0;
    MemoryContextReset(into->context);
}

static bool
into_receive(DestReceiver *self, Batch *batch)
{
    IntoReceiver *into = (IntoReceiver *) self;
    TupleDesc desc = into->rel->rd_att;
    Datum *values = palloc(sizeof(Datum) * (size_t) Max(desc->natts, 1));
    bool *nulls = palloc(sizeof(bool) * (size_t) Max(desc->natts, 1));

    batch_decode_all(batch);
    for (int i = 0; i < batch->sel_count; i++) {
        int row = batch_row(batch, i);
        MemoryContext old = MemoryContextSwitchTo(into->context);

        for (int column = 0; column < desc->natts; column++) {
            values[column] = batch->columns[column].values[row];
            nulls[column] = batch->columns[column].nulls[row];
        }
        into->tuples[into->count++] = heap_form_tuple(desc, values, nulls);
        MemoryContextSwitchTo(old);
        if (into->count == INTO_ROWS_AT_ONCE)
            write_rows(into);
    }
    pfree(values);
    pfree(nulls);
    return true;
}

static void
into_startup(DestReceiver *self, int operation, TupleDesc desc)
{
    IntoReceiver *into = (IntoReceiver *) self;

    into->bulk = GetBulkInsertState();
}

static void
into_shutdown(DestReceiver *self)
{
    IntoReceiver *into = (IntoReceiver *) self;

    write_rows(into);
    FreeBulkInsertState(into->bulk);
}

static void
into_destroy(DestReceiver *self)
{
    MemoryContextDelete(((IntoReceiver *) self)->context);
    pfree(self);
}

static IntoReceiver *
make_receiver(Relation rel)
{
    IntoReceiver *into = palloc0(sizeof(*into));

    into->pub = (DestReceiver){.receive = into_receive,
                               .startup = into_startup,
                               .shutdown = into_shutdown,
                               .destroy = into_destroy,
                               .mydest = DestIntoRel};
    into->rel = rel;
    into->cid = xact_current_command_id(true);
    into->context = /* emptied after each write */
        AllocSetContextCreate(CurrentMemoryContext, "new rows", ALLOCSET_DEFAULT_SIZES);
    return into;
}

static void
name_columns(const PgQuery__IntoClause *into, TupleDesc desc)
{
    if (into->n_col_names > (size_t) desc->natts)
        ereport(ERROR, (errcode(ERRCODE_SYNTAX_ERROR),
                        errmsg("too many column names were specified")));
    for (size_t i = 0; i < into->n_col_names; i++) {
        NameData *name = &TupleDescAttr(desc, (int) i)->attname;

        memset(name, 0, sizeof(*name));
        snprintf(name->data, NAMEDATALEN, "%s", into->col_names[i]->string->sval);
    }
}

static Oid
make_table(const PgQuery__IntoClause *into, QualifiedName name, Oid schema, PlannedStmt *plan)
{
    TupleDesc desc = executor_result_desc(plan);
    RelationSpec spec = {.name = name.name, .namespace_oid = schema, .relkind = RELKIND_RELATION};
    ListCell *cell;
    int i = 0;

    if (plan->planTree != NULL && !plan->hasReturning)
        foreach (cell, plan->planTree->targetlist) {
            const TargetEntry *tle = lfirst(cell);

            if (!tle->resjunk && i < desc->natts)
                TupleDescInitEntryCollation(desc, (AttrNumber) ++i,
                                            exprCollation((Node *) tle->expr));
        }
    name_columns(into, desc);
    for (i = 0; i < desc->natts; i++)
        TupleDescAttr(desc, i)->attnotnull = false;
    spec.desc = desc;
    spec.reloptions = reloptions_change(0, into->options, into->n_options, RELOPTION_HEAP, false);
    return catalog_create_relation(&spec);
}

static uint64
fill_table(const Utility *u, Oid relid, PlannedStmt *plan, ParamListInfo params)
{
    Relation rel = relation_open(relid, AccessExclusiveLock);
    IntoReceiver *into = make_receiver(rel);
    QueryDesc *qd;
    uint64 count;

    snapshot_push_copied(snapshot_active());
    snapshot_update_active_cid();
    qd = executor_create_query_desc(plan, u->sql, snapshot_active(), &into->pub, params, 0);
    executor_start(qd, 0);
    executor_run(qd, ForwardScanDirection, 0);
    count = qd->es_processed;
    executor_finish(qd);
    executor_end(qd);
    snapshot_pop_active();
    into_destroy(&into->pub);
    relation_close(rel, NoLock);
    return count;
}

static PlannedStmt *
plan_of(const Utility *u, const PgQuery__CreateTableAsStmt *stmt, ParamListInfo *params)
{
    if (u->statement->utilityQuery != NULL)
        return planner_plan(copyObject(u->statement->utilityQuery), u->sql, 0, u->params);
    if (RAW_IS(stmt->query, EXECUTE_STMT) && utility__hooks() != NULL) {
        const PgQuery__ExecuteStmt *execute = stmt->query->execute_stmt;
        List *arguments = NIL;

        for (size_t i = 0; i < execute->n_params; i++)
            arguments = lappend(arguments, execute->params[i]);
        return utility__hooks()->find_prepared(execute->name, arguments, u->sql, params);
    }
    unsupported(u->tag);
}

void
create_table_as_process(Utility *u)
{
    const PgQuery__CreateTableAsStmt *stmt = u->raw->create_table_as_stmt;
    const PgQuery__IntoClause *into = stmt->into;
    QualifiedName name = name_of_rangevar(into->rel);
    const char *persistence = raw_text(into->rel->relpersistence);
    ParamListInfo params = u->params;
    PlannedStmt *plan;
    Oid schema;
    Oid relid;
    bool pushed;

    if (stmt->objtype == PG_QUERY__OBJECT_TYPE__OBJECT_MATVIEW)
        unsupported_plural("materialized views");
    if (persistence != NULL && *persistence == 't')
        unsupported_plural("temporary tables");
    if (persistence != NULL && *persistence == 'u')
        unsupported_plural("unlogged tables");
    schema = creation_namespace(name);
    if (stmt->if_not_exists && get_relname_relid(name.name, schema) != InvalidOid) {
        ereport(NOTICE, (errcode(ERRCODE_DUPLICATE_TABLE),
                         errmsg("relation \"%s\" already exists, skipping", name.name)));
        return;
    }
    pushed = need_snapshot();
    plan = plan_of(u, stmt, &params);
    relid = make_table(into, name, schema, plan);
    if (!into->skip_data) {
        uint64 count = fill_table(u, relid, plan, params);

        snprintf(u->completion->tag, sizeof(u->completion->tag), "SELECT %llu",
                 (unsigned long long) count);
    }
    done_snapshot(pushed);
}
