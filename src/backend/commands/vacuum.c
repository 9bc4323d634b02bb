/*
 * vacuum.c - VACUUM and ANALYZE: which tables, in which transactions
 *
 * Why        each table is vacuumed in a transaction of its own, so that locks and the horizon
 *            are held only for as long as one table takes. The list of tables and all that must
 *            outlive those transactions is in a context of its own.
 * Errors     a table that cannot be done is skipped with a WARNING where PostgreSQL does so.
 */
#include "vacuum_int.h"

#include "catalog/rows.h"
#include "xact/procarray.h"

typedef struct VacuumTarget {
    Oid relid;
    char *name;    /* as the user gave it */
    List *columns; /* char * */
    bool is_listed;
} VacuumTarget;

static struct {
    MemoryContext context; /* reset when the next VACUUM or ANALYZE begins */
} vacuum;

/* ---- options ---- */

static pg_noreturn void
throw_option(const Utility *u, const PgQuery__DefElem *option)
{
    ereport(ERROR, (errcode(ERRCODE_SYNTAX_ERROR),
                    errmsg("unrecognized %s option \"%s\"", u->tag, option->defname),
                    errposition(commands_position(u->sql, option->location))));
    pg_unreachable();
}

static int
read_index_cleanup(const PgQuery__DefElem *option)
{
    const char *text = option_string(option);

    if (text != NULL && pg_strcasecmp(text, "auto") == 0)
        return -1;
    return option_bool(option) ? 1 : 0;
}

static void
read_option(const Utility *u, const PgQuery__DefElem *option, VacuumOptions *options)
{
    if (option_is(option, "verbose"))
        options->verbose = option_bool(option);
    else if (option_is(option, "skip_locked"))
        options->skip_locked = option_bool(option);
    else if (!options->vacuum)
        throw_option(u, option);
    else if (option_is(option, "analyze"))
        options->analyze = option_bool(option);
    else if (option_is(option, "freeze"))
        options->freeze = option_bool(option);
    else if (option_is(option, "full")) {
        if (option_bool(option))
            unsupported("VACUUM FULL");
    } else if (option_is(option, "disable_page_skipping"))
        options->disable_page_skipping = option_bool(option);
    else if (option_is(option, "index_cleanup"))
        options->index_cleanup = read_index_cleanup(option);
    else if (option_is(option, "process_toast"))
        options->process_toast = option_bool(option);
    else if (option_is(option, "truncate"))
        options->truncate = option_bool(option) ? 1 : 0;
    else if (option_is(option, "parallel")) {
        int64 workers = option_int(option);

        if (workers < 0 || workers > 1024)
            ereport(ERROR, (errcode(ERRCODE_SYNTAX_ERROR),
                            errmsg("parallel workers for vacuum must be between 0 and 1024"),
                            errposition(commands_position(u->sql, option->location))));
    } else
        throw_option(u, option);
}

static void
read_options(const Utility *u, const PgQuery__VacuumStmt *stmt, VacuumOptions *ret_options)
{
    VacuumOptions options = {.vacuum = stmt->is_vacuumcmd,
                             .analyze = !stmt->is_vacuumcmd,
                             .process_toast = true,
                             .truncate = -1,
                             .index_cleanup = -1};

    for (size_t i = 0; i < stmt->n_options; i++)
        read_option(u, stmt->options[i]->def_elem, &options);
    for (size_t i = 0; i < stmt->n_rels; i++)
        if (!options.analyze && stmt->rels[i]->vacuum_relation->n_va_cols > 0)
            ereport(ERROR, (errcode(ERRCODE_FEATURE_NOT_SUPPORTED),
                            errmsg("ANALYZE option must be specified when a column list is "
                                   "provided")));
    *ret_options = options;
}

/* ---- targets ---- */

static VacuumTarget *
make_target(Oid relid, const char *name, bool is_listed)
{
    VacuumTarget *target = palloc0(sizeof(*target));

    target->relid = relid;
    target->name = pstrdup(name);
    target->is_listed = is_listed;
    return target;
}

static List *
listed_targets(const PgQuery__VacuumStmt *stmt, const VacuumOptions *options)
{
    List *targets = NIL;

    for (size_t i = 0; i < stmt->n_rels; i++) {
        const PgQuery__VacuumRelation *item = stmt->rels[i]->vacuum_relation;
        QualifiedName name = name_of_rangevar(item->relation);
        Oid relid = catalog_relation_find(name.schema, name.name);
        VacuumTarget *target;

        if (relid == InvalidOid) /* says so */
            relation_close(open_rangevar(item->relation, AccessShareLock, false), AccessShareLock);
        target = make_target(relid, name.name, true);
        for (size_t column = 0; column < item->n_va_cols; column++)
            target->columns =
                lappend(target->columns, pstrdup(item->va_cols[column]->string->sval));
        targets = lappend(targets, target);
    }
    (void) options;
    return targets;
}

/* Every table of the database that the user may vacuum. */
static List *
all_targets(void)
{
    CatalogScan *scan = catalog_scan_begin(RelationRelationId, InvalidOid, 0, NULL);
    List *targets = NIL;
    HeapTuple row;

    while ((row = catalog_scan_next(scan)) != NULL) {
        bool isnull;
        char kind = DatumGetChar(
            catalog_get(RelationRelationId, row, Anum_pg_class_relkind, &isnull));
        Oid relid = catalog_get_oid(RelationRelationId, row, Anum_pg_class_oid);
        Datum name = catalog_get(RelationRelationId, row, Anum_pg_class_relname, &isnull);

        if (kind == RELKIND_RELATION || kind == RELKIND_MATVIEW)
            targets = lappend(targets, make_target(relid, DatumGetCString(name), false));
    }
    catalog_scan_end(scan);
    return targets;
}

/* ---- one table ---- */

static bool
may_maintain(Relation rel, bool is_analyze)
{
    const char *verb = is_analyze ? "analyze" : "vacuum";
    const char *name = RelationGetRelationName(rel);

    if (pg_class_ownercheck(RelationGetRelid(rel), GetUserId()) ||
        (pg_database_ownercheck(MyDatabaseId, GetUserId()) && !rel->rd_rel->relisshared))
        return true;
    if (rel->rd_rel->relisshared)
        ereport(WARNING, (errmsg("skipping \"%s\" --- only superuser can %s it", name, verb)));
    else if (rel->rd_rel->relnamespace == PG_CATALOG_NAMESPACE)
        ereport(WARNING, (errmsg("skipping \"%s\" --- only superuser or database owner can %s it",
                                 name, verb)));
    else
        ereport(WARNING, (errmsg("skipping \"%s\" --- only table or database owner can %s it",
                                 name, verb)));
    return false;
}

Relation
vacuum_open(Oid relid, const char *name, const VacuumOptions *options, bool is_analyze,
            bool is_listed)
{
    const char *verb = is_analyze ? "analyze" : "vacuum";
    Relation rel = NULL;
    char kind;

    if (options->skip_locked && !lock_relation_conditional(relid, ShareUpdateExclusiveLock)) {
        ereport(WARNING, (errcode(ERRCODE_LOCK_NOT_AVAILABLE),
                          errmsg("skipping %s of \"%s\" --- lock not available", verb, name)));
        return NULL;
    }
    rel = try_relation_open(relid, options->skip_locked ? NoLock : ShareUpdateExclusiveLock);
    if (rel == NULL) {
        if (is_listed)
            ereport(WARNING,
                    (errcode(ERRCODE_UNDEFINED_TABLE),
                     errmsg("skipping %s of \"%s\" --- relation no longer exists", verb, name)));
        return NULL;
    }
    if (!may_maintain(rel, is_analyze)) {
        relation_close(rel, ShareUpdateExclusiveLock);
        return NULL;
    }
    kind = rel->rd_rel->relkind;
    if (kind != RELKIND_RELATION && kind != RELKIND_MATVIEW &&
        (is_analyze || kind != RELKIND_TOASTVALUE)) {
        ereport(WARNING,
                (errmsg("skipping \"%s\" --- cannot %s non-tables or special system tables",
                        RelationGetRelationName(rel), verb)));
        relation_close(rel, ShareUpdateExclusiveLock);
        return NULL;
    }
    return rel;
}

static HeapVacuumParams
vacuum_params(Relation rel, const VacuumOptions *options)
{
    TransactionId next = procarray_next_xid();
    TransactionId frozen = rel->rd_rel->relfrozenxid;
    HeapVacuumParams params = {.freeze_all = options->freeze,
                               .disable_page_skipping = options->disable_page_skipping};
    const StdRdOptions *stored = rel->rd_options;
    int cleanup = options->index_cleanup;

    if (next > (TransactionId) vacuum_freeze_min_age + FirstNormalTransactionId)
        params.freeze_limit = next - (TransactionId) vacuum_freeze_min_age;
    params.aggressive = options->freeze || options->disable_page_skipping ||
                        (frozen < next &&
                         next - frozen > (TransactionId) vacuum_freeze_table_age);
    params.no_truncate = options->truncate >= 0 ? options->truncate == 0
                                                : stored != NULL && !stored->vacuum_truncate;
    if (cleanup < 0 && stored != NULL)
        cleanup = stored->vacuum_index_cleanup;
    params.index_cleanup_off = cleanup == 0;
    return params;
}

static void
report(Relation rel, const HeapVacuumStats *stats, const VacuumOptions *options)
{
    double scanned = stats->pages_before == 0
                         ? 100.0
                         : 100.0 * stats->pages_scanned / stats->pages_before;

    if (!options->verbose)
        return;
    ereport(INFO,
            (errmsg("finished vacuuming \"%s.%s.%s\": index scans: %d\n"
                    "pages: %u removed, %u remain, %u scanned (%.2f%% of total)\n"
                    "tuples: %.0f removed, %.0f remain, %.0f are dead but not yet removable\n"
                    "frozen: %.0f tuples",
                    get_database_name(MyDatabaseId),
                    get_namespace_name(RelationGetNamespace(rel)), RelationGetRelationName(rel),
                    stats->index_scans, stats->pages_removed, stats->pages_after,
                    stats->pages_scanned, scanned, stats->tuples_removed, stats->tuples_live,
                    stats->tuples_kept, stats->tuples_frozen)));
}

static void
store_counts(Relation rel, Relation *indexes, int index_count, const HeapVacuumStats *stats)
{
    for (int i = 0; i < index_count; i++) {
        const IndexBulkStats *index = stats->index_stats[i];

        if (index != NULL && !index->estimated_count)
            catalog_set_relation_statistics(RelationGetRelid(indexes[i]), index->num_pages,
                                            index->num_index_tuples, 0, false);
    }
    catalog_set_relation_statistics(RelationGetRelid(rel), stats->pages_after,
                                    Max(stats->tuples_live, 0), stats->all_visible_pages,
                                    index_count > 0);
    if (stats->new_frozen_xid != 0 || stats->new_min_multi != 0)
        catalog_set_relation_frozen(RelationGetRelid(rel), stats->new_frozen_xid,
                                    stats->new_min_multi);
}

static void
vacuum_heap(Relation rel, const VacuumOptions *options)
{
    HeapVacuumParams params = vacuum_params(rel, options);
    List *oids = RelationGetIndexList(rel);
    Relation *indexes = palloc(sizeof(Relation) * (Size) Max(list_length(oids), 1));
    HeapVacuumStats stats;
    int count = 0;
    ListCell *cell;

    if (options->verbose)
        ereport(INFO, (errmsg(params.aggressive ? "aggressively vacuuming \"%s.%s.%s\""
                                                : "vacuuming \"%s.%s.%s\"",
                              get_database_name(MyDatabaseId),
                              get_namespace_name(RelationGetNamespace(rel)),
                              RelationGetRelationName(rel))));
    foreach (cell, oids) {
        Relation index = index_open(lfirst_oid(cell), RowExclusiveLock);

        if (index->rd_index->indisready)
            indexes[count++] = index;
        else
            index_close(index, RowExclusiveLock);
    }
    heap_vacuum(rel, indexes, count, &params, &stats);
    store_counts(rel, indexes, count, &stats);
    report(rel, &stats, options);
    for (int i = 0; i < count; i++)
        index_close(indexes[i], NoLock);
}

/* In a transaction of its own, then the table's TOAST table in another. False: skipped. */
static bool
vacuum_table(Oid relid, const char *name, const VacuumOptions *options, bool is_listed)
{
    Relation rel;
    Oid database, toast;

    xact_start_command();
    procarray_set_status_flags(PROC_IN_VACUUM);
    snapshot_push_active(snapshot_get_transaction());
    rel = vacuum_open(relid, name, options, false, is_listed);
    if (rel == NULL) {
        snapshot_pop_active();
        xact_commit_command();
        return false;
    }
    database = rel->rd_rel->relisshared ? InvalidOid : MyDatabaseId;
    toast = options->process_toast ? rel->rd_rel->reltoastrelid : InvalidOid;
    /* Held until the TOAST table is done too. */
    lock_relation_for_session(database, relid, ShareUpdateExclusiveLock);
    vacuum_heap(rel, options);
    relation_close(rel, NoLock);
    snapshot_pop_active();
    xact_commit_command();
    if (toast != InvalidOid) {
        VacuumOptions toast_options = *options;

        toast_options.analyze = false;
        (void) vacuum_table(toast, name, &toast_options, false);
    }
    unlock_relation_for_session(database, relid, ShareUpdateExclusiveLock);
    return true;
}

/* ---- the statement ---- */

static void
analyze_target(const VacuumTarget *target, const VacuumOptions *options, bool own_transactions)
{
    bool pushed = false;

    if (own_transactions) {
        xact_start_command();
        snapshot_push_active(snapshot_get_transaction());
    } else
        pushed = need_snapshot();
    analyze_table(target->relid, target->name, target->columns, options, target->is_listed);
    if (own_transactions) {
        snapshot_pop_active();
        xact_commit_command();
    } else {
        done_snapshot(pushed);
        xact_command_counter_increment();
    }
}

static void
process_targets(List *targets, const VacuumOptions *options, bool own_transactions)
{
    ListCell *cell;

    foreach (cell, targets) {
        const VacuumTarget *target = lfirst(cell);

        CHECK_FOR_INTERRUPTS();
        if (options->vacuum &&
            !vacuum_table(target->relid, target->name, options, target->is_listed))
            continue;
        if (options->analyze)
            analyze_target(target, options, own_transactions);
    }
}

void
vacuum_process(Utility *u)
{
    PgQuery__VacuumStmt *stmt = u->raw->vacuum_stmt;
    MemoryContext caller = CurrentMemoryContext;
    bool in_outer = false, own_transactions;
    VacuumOptions options;
    List *targets;

    read_options(u, stmt, &options);
    if (options.vacuum)
        xact_prevent_in_block(u->is_top_level, "VACUUM");
    else
        in_outer = xact_in_block_for_statement(u->is_top_level);
    if (vacuum.context == NULL)
        vacuum.context = /* reset when the next one begins */
            AllocSetContextCreate(TopMemoryContext, "VACUUM", ALLOCSET_SMALL_SIZES);
    MemoryContextReset(vacuum.context);
    MemoryContextSwitchTo(vacuum.context);
    targets = stmt->n_rels > 0 ? listed_targets(stmt, &options) : all_targets();
    own_transactions = options.vacuum || (!in_outer && list_length(targets) > 1);
    if (own_transactions) {
        while (snapshot_active_is_set())
            snapshot_pop_active();
        xact_commit_command();
    }
    process_targets(targets, &options, own_transactions);
    if (own_transactions)
        xact_start_command();
    MemoryContextSwitchTo(caller);
}
