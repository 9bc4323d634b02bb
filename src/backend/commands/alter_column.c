/*
 * alter_column.c - ALTER TABLE ADD COLUMN and ALTER COLUMN TYPE, with the rewriting they may need
 *
 * Why        a default that is the same for all old rows is stored once, as the column's missing
 *            value; only a volatile one makes a new copy of the table. ALTER TYPE always does.
 */
#include "alter_int.h"

#include "parser/makefuncs.h"
#include "planner/planner.h"

/* ---- rewriting ---- */

static TupleDesc
copy_desc(TupleDesc desc)
{
    TupleDesc copy = CreateTupleDescCopy(desc);

    for (int i = 0; i < copy->natts; i++) {
        Form_pg_attribute att = TupleDescAttr(copy, i);

        att->attnotnull = att->atthasdef = att->atthasmissing = false;
        if (att->attisdropped) { /* only its place counts: it is NULL in every row */
            char name[NAMEDATALEN];

            snprintf(name, sizeof(name), "........pg.dropped.%d........", i + 1);
            TupleDescInitEntry(copy, (AttrNumber) (i + 1), name, INT4OID, -1, 0);
            att->attisdropped = false;
        }
    }
    return copy;
}

static void
copy_rows(Relation from, Relation to, ExprState **expressions)
{
    Snapshot snapshot = snapshot_register(snapshot_get_latest());
    HeapScanDesc scan = heap_begin_scan(from, snapshot, HEAP_SCAN_BULKREAD);
    BulkInsertState bulk = GetBulkInsertState();
    CommandId cid = xact_current_command_id(true);
    int natts = Max(from->rd_att->natts, to->rd_att->natts);
    Datum *values = palloc0(sizeof(Datum) * (size_t) natts);
    bool *nulls = palloc(sizeof(bool) * (size_t) natts);
    Datum *new_values = palloc0(sizeof(Datum) * (size_t) natts);
    bool *new_nulls = palloc(sizeof(bool) * (size_t) natts);
    MemoryContext context = /* emptied after each row */
        AllocSetContextCreate(CurrentMemoryContext, "rewritten row", ALLOCSET_DEFAULT_SIZES);
    HeapTuple tuple;

    memset(nulls, true, (size_t) natts);
    while ((tuple = heap_scan_next(scan, ForwardScanDirection)) != NULL) {
        MemoryContext old = MemoryContextSwitchTo(context);

        CHECK_FOR_INTERRUPTS();
        heap_deform_tuple(tuple, from->rd_att, values, nulls);
        for (int i = 0; i < to->rd_att->natts; i++) {
            new_values[i] = values[i];
            new_nulls[i] = nulls[i];
            if (i < from->rd_att->natts && TupleDescAttr(from->rd_att, i)->attisdropped)
                new_nulls[i] = true;
            else if (expressions[i] != NULL)
                new_values[i] = expression_eval_row(expressions[i], values, nulls, &new_nulls[i]);
        }
        heap_insert(to, heap_form_tuple(to->rd_att, new_values, new_nulls), cid, 0, bulk);
        MemoryContextSwitchTo(old);
        MemoryContextReset(context);
    }
    FreeBulkInsertState(bulk);
    heap_end_scan(scan);
    snapshot_unregister(snapshot);
}

/* A copy of the relation's rows with the columns of desc; expressions[i] gives column i + 1 where
 * it is not NULL. Returns the relation that holds it. */
static Oid
make_copy(Relation rel, TupleDesc desc, ExprState **expressions)
{
    RelationSpec spec = {
        .name = psprintf("pg_temp_%u", rel->rd_id),
        .namespace_oid = rel->rd_rel->relnamespace,
        .owner = rel->rd_rel->relowner,
        .tablespace = rel->rd_rel->reltablespace,
        .relkind = RELKIND_RELATION,
        .desc = copy_desc(desc),
        .no_row_type = true,
    };
    Oid oid = catalog_create_relation(&spec);
    Relation copy = relation_open(oid, AccessExclusiveLock);

    copy_rows(rel, copy, expressions);
    relation_close(copy, NoLock);
    return oid;
}

static void
take_copy(Oid relid, Oid copy)
{
    ObjectAddress object = {RelationRelationId, copy, 0};

    catalog_swap_relfiles(relid, copy);
    xact_command_counter_increment();
    performDeletionQuietly(&object);
    xact_command_counter_increment();
    indexes_rebuild(relid, false);
}

/* ---- ADD COLUMN ---- */

static bool
volatile_walker(Node *node, void *context)
{
    Oid function = InvalidOid;

    if (node == NULL)
        return false;
    if (IsA(node, FuncExpr))
        function = ((FuncExpr *) node)->funcid;
    else if (IsA(node, OpExpr))
        function = get_opcode(((OpExpr *) node)->opno);
    else if (IsA(node, NextValueExpr))
        return true;
    if (function != InvalidOid && func_volatile(function) == PROVOLATILE_VOLATILE)
        return true;
    return expression_tree_walker(node, volatile_walker, context);
}

static void
fill_new_column(Oid relid, AttrNumber attnum, const char *stored)
{
    Relation rel = relation_open(relid, NoLock);
    Node *expr = stringToNode(stored);

    if (volatile_walker(expr, NULL)) {
        ExprState **expressions = palloc0(sizeof(ExprState *) * (size_t) rel->rd_att->natts);
        Oid copy;

        expressions[attnum - 1] =
            expression_compile((Expr *) planner_plan_expression(expr), NULL);
        copy = make_copy(rel, rel->rd_att, expressions);
        relation_close(rel, NoLock);
        take_copy(relid, copy);
        return;
    }
    if (RelationGetNumberOfBlocks(rel) > 0) {
        bool isnull;
        Datum value = expression_eval_once((Expr *) planner_plan_expression(expr), &isnull);

        if (!isnull)
            catalog_set_missing_value(rel, attnum, value);
    }
    relation_close(rel, NoLock);
    xact_command_counter_increment();
}

static void
add_constraints(const Utility *u, Oid relid, const NewConstraints *constraints)
{
    ListCell *cell;

    foreach (cell, constraints->checks)
        alter_add_check(u, relid, lfirst(cell));
    foreach (cell, constraints->indexes) {
        Relation rel = relation_open(relid, NoLock);

        (void) index_create(u, rel, lfirst(cell));
        relation_close(rel, NoLock);
    }
}

void
alter_add_column(const Utility *u, Relation rel, const PgQuery__AlterTableCmd *cmd)
{
    NewConstraints constraints = {.table_name = RelationGetRelationName(rel)};
    NewColumn column = column_read(u, cmd->def->column_def, &constraints);
    TupleDesc desc = CreateTemplateTupleDesc(1);
    Oid relid = rel->rd_id;
    Relation changed;
    AttrNumber attnum;
    const char *stored;

    if (cmd->missing_ok && get_attnum(relid, column.name) != InvalidAttrNumber) {
        ereport(NOTICE, (errcode(ERRCODE_DUPLICATE_COLUMN),
                         errmsg("column \"%s\" of relation \"%s\" already exists, skipping",
                                column.name, RelationGetRelationName(rel))));
        return;
    }
    column_fill_attribute(&column, desc, 1);
    attnum = catalog_add_column(rel, TupleDescAttr(desc, 0));
    column_add_default(u, relid, &column, attnum);
    xact_command_counter_increment();
    changed = relation_open(relid, NoLock);
    stored = relation_default(changed, attnum);
    if (stored != NULL)
        stored = pstrdup(stored);
    relation_close(changed, NoLock);
    if (stored != NULL)
        fill_new_column(relid, attnum, stored);
    if (column.not_null) {
        changed = relation_open(relid, NoLock);
        table_check_not_null(changed, &attnum, 1);
        relation_close(changed, NoLock);
    }
    add_constraints(u, relid, &constraints);
}

/* ---- ALTER COLUMN TYPE ---- */

static void
refuse_indexed(Relation rel, AttrNumber attnum)
{
    Bitmapset *indexed = relation_indexed_columns(rel);
    const RelationCheck *checks;
    int count = relation_checks(rel, &checks);

    if (bms_is_member(attnum - FirstLowInvalidHeapAttributeNumber, indexed))
        unsupported("ALTER COLUMN TYPE of a column that an index uses");
    for (int i = 0; i < count; i++)
        if (bms_is_member(attnum - FirstLowInvalidHeapAttributeNumber,
                          expression_columns(stringToNode(checks[i].expression))))
            unsupported("ALTER COLUMN TYPE of a column that a check constraint uses");
}

static Node *
conversion(const Utility *u, Relation rel, AttrNumber attnum, const PgQuery__ColumnDef *def,
           Oid type, int32 typmod)
{
    Form_pg_attribute att = TupleDescAttr(rel->rd_att, attnum - 1);
    Node *expr;

    if (RAW_KIND(def->raw_default) != PG_QUERY__NODE__NODE__NOT_SET)
        return parser_cook_using(def->raw_default, u->sql, rel, type, typmod,
                                 NameStr(att->attname));
    expr = (Node *) makeVar(1, attnum, att->atttypid, att->atttypmod, att->attcollation, 0);
    expr = coerce_to_target_type(NULL, expr, att->atttypid, type, typmod, COERCION_ASSIGNMENT,
                                 COERCE_IMPLICIT_CAST, -1);
    if (expr == NULL)
        ereport(ERROR, (errcode(ERRCODE_DATATYPE_MISMATCH),
                        errmsg("column \"%s\" cannot be cast automatically to type %s",
                               NameStr(att->attname), format_type_be(type)),
                        errhint("You might need to specify \"USING %s::%s\".",
                                quote_identifier(NameStr(att->attname)),
                                format_type_with_typemod(type, typmod))));
    return expr;
}

static void
convert_default(Relation rel, AttrNumber attnum, Oid type, int32 typmod)
{
    const char *stored = relation_default(rel, attnum);
    Form_pg_attribute att = TupleDescAttr(rel->rd_att, attnum - 1);
    Node *expr;

    if (stored == NULL)
        return;
    expr = strip_implicit_coercions(stringToNode(stored));
    expr = coerce_to_target_type(NULL, expr, exprType(expr), type, typmod, COERCION_ASSIGNMENT,
                                 COERCE_IMPLICIT_CAST, -1);
    if (expr == NULL)
        ereport(ERROR, (errcode(ERRCODE_DATATYPE_MISMATCH),
                        errmsg("default for column \"%s\" cannot be cast automatically to type "
                               "%s",
                               NameStr(att->attname), format_type_be(type))));
    catalog_set_default(rel->rd_id, attnum, nodeToString(expr), NULL);
}

void
alter_column_type(const Utility *u, Relation rel, const PgQuery__AlterTableCmd *cmd)
{
    AttrNumber attnum = alter_find_column(rel, cmd->name);
    PgQuery__ColumnDef *def = cmd->def->column_def;
    Oid relid = rel->rd_id;
    TupleDesc desc = CreateTupleDescCopy(rel->rd_att);
    ExprState **expressions = palloc0(sizeof(ExprState *) * (size_t) desc->natts);
    NewConstraints none = {.table_name = RelationGetRelationName(rel)};
    NewColumn column;
    Node *expr;
    Oid copy;

    def->colname = cmd->name;
    column = column_read(u, &(PgQuery__ColumnDef){.base = def->base,
                                                  .colname = cmd->name,
                                                  .type_name = def->type_name,
                                                  .coll_clause = def->coll_clause},
                         &none);
    refuse_indexed(rel, attnum);
    expr = conversion(u, rel, attnum, def, column.type, column.typmod);
    expressions[attnum - 1] = expression_compile((Expr *) planner_plan_expression(expr), NULL);
    column_fill_attribute(&column, desc, attnum);
    copy = make_copy(rel, desc, expressions);
    convert_default(rel, attnum, column.type, column.typmod);
    xact_command_counter_increment(); /* the column's row is changed once more */
    catalog_set_column_type(relid, attnum, column.type, column.typmod, column.collation);
    xact_command_counter_increment();
    take_copy(relid, copy);
}
