/*
 * index_build.c - filling indexes, REINDEX
 */
#include "commands_int.h"

#include "btree/btree.h"
#include "parser/makefuncs.h"
#include "planner/planner.h"

/* Expression columns and predicate of an index, compiled. */
typedef struct IndexForm {
    ExprState *expressions[INDEX_MAX_KEYS];
    ExprState *predicate;
    MemoryContext context; /* emptied before each row */
    Datum *values;
    bool *nulls;
} IndexForm;

static bool
form_index_row(Relation index, HeapTuple tuple, TupleDesc heap_desc, void *arg, Datum *values,
               bool *isnull)
{
    IndexForm *form = arg;
    MemoryContext old;
    int expression = 0;
    bool wanted = true;

    MemoryContextReset(form->context);
    old = MemoryContextSwitchTo(form->context);
    heap_deform_tuple(tuple, heap_desc, form->values, form->nulls);
    if (form->predicate != NULL) {
        bool unknown;
        Datum result = expression_eval_row(form->predicate, form->values, form->nulls, &unknown);

        wanted = !unknown && DatumGetBool(result);
    }
    for (int i = 0; wanted && i < index->rd_index->indnatts; i++) {
        AttrNumber attnum = index->rd_index->indkey.values[i];

        if (attnum > 0) {
            values[i] = form->values[attnum - 1];
            isnull[i] = form->nulls[attnum - 1];
        } else
            values[i] = expression_eval_row(form->expressions[expression++], form->values,
                                            form->nulls, &isnull[i]);
    }
    MemoryContextSwitchTo(old);
    return wanted;
}

static ExprState *
compile(Node *expr)
{
    return expression_compile((Expr *) planner_plan_expression(expr), NULL);
}

static IndexForm *
make_form(Relation heap, Relation index)
{
    const RelationCatalog *catalog = relation_catalog(index);
    IndexForm *form;
    int natts = heap->rd_att->natts;

    if (catalog->index_expressions == NULL && catalog->index_predicate == NULL)
        return NULL;
    form = palloc0(sizeof(*form));
    form->context = /* emptied before each row */
        AllocSetContextCreate(CurrentMemoryContext, "index row", ALLOCSET_DEFAULT_SIZES);
    form->values = palloc(sizeof(Datum) * (size_t) natts);
    form->nulls = palloc(sizeof(bool) * (size_t) natts);
    if (catalog->index_expressions != NULL) {
        List *list = stringToNode(catalog->index_expressions);
        int count = 0;
        ListCell *cell;

        foreach (cell, list)
            form->expressions[count++] = compile(lfirst(cell));
    }
    if (catalog->index_predicate != NULL)
        form->predicate =
            compile((Node *) make_ands_explicit(stringToNode(catalog->index_predicate)));
    return form;
}

void
index_build(Relation heap, Relation index)
{
    IndexForm *form = make_form(heap, index);
    IndexBuildResult result =
        btree_build(heap, index, form != NULL ? form_index_row : NULL, form);

    catalog_set_relation_statistics(index->rd_id, RelationGetNumberOfBlocks(index),
                                    result.index_tuples, 0, false);
    catalog_set_relation_statistics(
        heap->rd_id, RelationGetNumberOfBlocks(heap),
        result.heap_tuples == 0 && heap->rd_rel->reltuples < 0 ? -1 : result.heap_tuples, -1,
        true);
}

static void
rebuild_one(Relation heap, Oid index_oid, bool is_empty)
{
    Relation index = index_open(index_oid, AccessExclusiveLock);

    catalog_new_relfile(index, index->rd_rel->relpersistence);
    if (is_empty)
        btree_build_empty(index);
    else
        index_build(heap, index);
    index_close(index, NoLock);
}

void
index_rebuild(Oid index_oid)
{
    Relation index = index_open(index_oid, AccessExclusiveLock);
    Relation heap = relation_open(index->rd_index->indrelid, NoLock);

    index_close(index, NoLock);
    rebuild_one(heap, index_oid, false);
    relation_close(heap, NoLock);
}

void
indexes_rebuild(Oid relid, bool is_empty)
{
    Relation heap = relation_open(relid, NoLock);
    Oid toast = heap->rd_rel->reltoastrelid;
    ListCell *cell;

    foreach (cell, RelationGetIndexList(heap))
        rebuild_one(heap, lfirst_oid(cell), is_empty);
    relation_close(heap, NoLock);
    if (toast != InvalidOid) {
        lock_relation(toast, AccessExclusiveLock);
        indexes_rebuild(toast, is_empty);
    }
}

/* ---- REINDEX ---- */

static void
reindex_index(const PgQuery__ReindexStmt *stmt)
{
    QualifiedName name = name_of_rangevar(stmt->relation);
    Oid oid = catalog_relation_find(name.schema, name.name);
    Relation index;
    Oid table;

    if (oid == InvalidOid)
        oid = catalog_relation_lock_by_name(name.schema, name.name, NoLock, false);
    if (get_rel_relkind(oid) != RELKIND_INDEX)
        ereport(ERROR, (errcode(ERRCODE_WRONG_OBJECT_TYPE),
                        errmsg("\"%s\" is not an index", name.name)));
    index = relation_open(oid, AccessShareLock);
    table = index->rd_index->indrelid;
    relation_close(index, AccessShareLock);
    lock_relation(table, ShareLock); /* the table before its index */
    index = index_open(oid, AccessExclusiveLock);
    check_relation_owner(index);
    index_close(index, NoLock);
    index_rebuild(oid);
}

static void
reindex_table(const PgQuery__ReindexStmt *stmt)
{
    Relation rel = open_rangevar(stmt->relation, ShareLock, false);
    Oid relid = rel->rd_id;

    if (rel->rd_rel->relkind != RELKIND_RELATION && rel->rd_rel->relkind != RELKIND_MATVIEW)
        ereport(ERROR, (errcode(ERRCODE_WRONG_OBJECT_TYPE),
                        errmsg("\"%s\" is not a table or materialized view",
                               RelationGetRelationName(rel))));
    check_relation_owner(rel);
    if (RelationGetIndexList(rel) == NIL)
        ereport(NOTICE, (errmsg("table \"%s\" has no indexes to reindex",
                                RelationGetRelationName(rel))));
    relation_close(rel, NoLock);
    indexes_rebuild(relid, false);
}

void
reindex_process(Utility *u)
{
    const PgQuery__ReindexStmt *stmt = u->raw->reindex_stmt;
    bool pushed;

    for (size_t i = 0; i < stmt->n_params; i++) {
        const PgQuery__DefElem *option = stmt->params[i]->def_elem;

        if (option_is(option, "concurrently") && option_bool(option))
            unsupported("REINDEX CONCURRENTLY");
        if (option_is(option, "tablespace"))
            unsupported("REINDEX TABLESPACE");
        if (!option_is(option, "verbose") && !option_is(option, "concurrently"))
            ereport(ERROR, (errcode(ERRCODE_SYNTAX_ERROR),
                            errmsg("unrecognized REINDEX option \"%s\"", option->defname),
                            errposition(commands_position(u->sql, option->location))));
    }
    pushed = need_snapshot();
    if (stmt->kind == PG_QUERY__REINDEX_OBJECT_TYPE__REINDEX_OBJECT_INDEX)
        reindex_index(stmt);
    else if (stmt->kind == PG_QUERY__REINDEX_OBJECT_TYPE__REINDEX_OBJECT_TABLE)
        reindex_table(stmt);
    else
        unsupported("REINDEX of a schema or database");
    done_snapshot(pushed);
}
