/*
 * analyze.c - ANALYZE of one table: a sample of its rows, figures per column, its size
 */
#include "vacuum_int.h"

#include "config/settings.h"
#include "heap/vm.h"

#define SAMPLE_ROWS_PER_TARGET 300
#define SAMPLE_TARGET_MIN 100

/* What statistics say about a column is as detailed as its target; 0: none are wanted. */
static int
column_target(const FormData_pg_attribute *att)
{
    if (att->attisdropped)
        return 0;
    return att->attstattarget < 0 ? default_statistics_target : att->attstattarget;
}

static AttrNumber
find_column(Relation rel, const char *name)
{
    TupleDesc desc = RelationGetDescr(rel);

    for (int i = 0; i < desc->natts; i++)
        if (!TupleDescAttr(desc, i)->attisdropped &&
            strcmp(NameStr(TupleDescAttr(desc, i)->attname), name) == 0)
            return (AttrNumber) (i + 1);
    ereport(ERROR, (errcode(ERRCODE_UNDEFINED_COLUMN),
                    errmsg("column \"%s\" of relation \"%s\" does not exist", name,
                           RelationGetRelationName(rel))));
    return 0;
}

/* The columns to look at: attribute numbers. */
static List *
wanted_columns(Relation rel, List *names)
{
    TupleDesc desc = RelationGetDescr(rel);
    List *columns = NIL;
    ListCell *cell;

    if (names == NIL) {
        for (int i = 0; i < desc->natts; i++)
            if (column_target(TupleDescAttr(desc, i)) > 0)
                columns = lappend_int(columns, i + 1);
        return columns;
    }
    foreach (cell, names) {
        AttrNumber attnum = find_column(rel, lfirst(cell));

        if (list_member_int(columns, attnum))
            ereport(ERROR, (errcode(ERRCODE_DUPLICATE_COLUMN),
                            errmsg("column \"%s\" of relation \"%s\" appears more than once",
                                   (char *) lfirst(cell), RelationGetRelationName(rel))));
        columns = lappend_int(columns, attnum);
    }
    return columns;
}

static int
sample_rows(TupleDesc desc, List *columns)
{
    int target = SAMPLE_TARGET_MIN;
    ListCell *cell;

    foreach (cell, columns)
        target = Max(target, column_target(TupleDescAttr(desc, lfirst_int(cell) - 1)));
    return target * SAMPLE_ROWS_PER_TARGET;
}

static void
store_size(Relation rel, const HeapSample *sample, const VacuumOptions *options)
{
    List *oids = RelationGetIndexList(rel);
    BlockNumber all_visible, all_frozen;
    ListCell *cell;

    vm_count(rel, &all_visible, &all_frozen);
    catalog_set_relation_statistics(RelationGetRelid(rel), sample->pages, sample->live,
                                    all_visible, oids != NIL);
    if (options->vacuum) /* has counted the indexes itself */
        return;
    foreach (cell, oids) {
        Relation index = index_open(lfirst_oid(cell), AccessShareLock);

        catalog_set_relation_statistics(lfirst_oid(cell), RelationGetNumberOfBlocks(index),
                                        sample->live, 0, false);
        index_close(index, NoLock);
    }
}

static void
store_columns(Relation rel, List *columns, const HeapSample *sample)
{
    TupleDesc desc = RelationGetDescr(rel);
    MemoryContext context = /* reset after each column */
        AllocSetContextCreate(CurrentMemoryContext, "ANALYZE column", ALLOCSET_DEFAULT_SIZES);
    ListCell *cell;

    foreach (cell, columns) {
        AttrNumber attnum = (AttrNumber) lfirst_int(cell);
        MemoryContext caller = MemoryContextSwitchTo(context);
        StatisticInfo info;

        CHECK_FOR_INTERRUPTS();
        if (analyze_column(sample, desc, attnum, column_target(TupleDescAttr(desc, attnum - 1)),
                           &info))
            catalog_store_statistics(RelationGetRelid(rel), attnum, false, &info);
        MemoryContextSwitchTo(caller);
        MemoryContextReset(context);
    }
    MemoryContextDelete(context);
}

static void
analyze_open_table(Relation rel, List *names, const VacuumOptions *options)
{
    List *columns = wanted_columns(rel, names);
    HeapSample sample;

    if (options->verbose)
        ereport(INFO, (errmsg("analyzing \"%s.%s\"",
                              get_namespace_name(RelationGetNamespace(rel)),
                              RelationGetRelationName(rel))));
    heap_sample(rel, sample_rows(RelationGetDescr(rel), columns), &sample);
    if (options->verbose)
        ereport(INFO,
                (errmsg("\"%s\": scanned %u of %u pages, containing %.0f live rows and %.0f dead "
                        "rows; %d rows in sample, %.0f estimated total rows",
                        RelationGetRelationName(rel),
                        Min(sample.pages,
                            (BlockNumber) sample_rows(RelationGetDescr(rel), columns)),
                        sample.pages, sample.live, sample.dead, sample.count, sample.live)));
    if (sample.count > 0)
        store_columns(rel, columns, &sample);
    store_size(rel, &sample, options);
}

void
analyze_table(Oid relid, const char *name, List *columns, const VacuumOptions *options,
              bool is_listed)
{
    MemoryContext context, caller;
    Relation rel = vacuum_open(relid, name, options, true, is_listed);

    if (rel == NULL)
        return;
    if (relid == StatisticRelationId) { /* it is what is written */
        relation_close(rel, ShareUpdateExclusiveLock);
        return;
    }
    context = /* until the table is done */
        AllocSetContextCreate(CurrentMemoryContext, "ANALYZE", ALLOCSET_DEFAULT_SIZES);
    caller = MemoryContextSwitchTo(context);
    analyze_open_table(rel, columns, options);
    MemoryContextSwitchTo(caller);
    MemoryContextDelete(context);
    relation_close(rel, NoLock);
}
