/*
 * table_constraint.c - constraints of columns and tables; checking the rows that are there
 */
#include "commands_int.h"

#include "planner/planner.h"

static void
null_conflict(const Utility *u, const NewColumn *column, const NewConstraints *constraints,
              const PgQuery__Constraint *constraint)
{
    ereport(ERROR, (errcode(ERRCODE_SYNTAX_ERROR),
                    errmsg("conflicting NULL/NOT NULL declarations for column \"%s\" of table "
                           "\"%s\"",
                           column->name, constraints->table_name),
                    errposition(commands_position(u->sql, constraint->location))));
}

IndexRequest *
index_request_of_constraint(const PgQuery__Constraint *constraint, const char *column)
{
    IndexRequest *request = palloc0(sizeof(*request));

    request->name = raw_text(constraint->conname);
    request->unique = true;
    request->primary = constraint->contype == PG_QUERY__CONSTR_TYPE__CONSTR_PRIMARY;
    request->is_constraint = true;
    request->location = constraint->location;
    request->nulls_not_distinct = constraint->nulls_not_distinct;
    request->options = constraint->options;
    request->option_count = constraint->n_options;
    for (size_t i = 0; i < Max(constraint->n_keys, (size_t) (column != NULL)); i++) {
        PgQuery__IndexElem *element = palloc(sizeof(*element));

        pg_query__index_elem__init(element);
        element->name = i < constraint->n_keys ? constraint->keys[i]->string->sval
                                               : pstrdup(column);
        element->ordering = PG_QUERY__SORT_BY_DIR__SORTBY_DEFAULT;
        element->nulls_ordering = PG_QUERY__SORT_BY_NULLS__SORTBY_NULLS_DEFAULT;
        request->elements = lappend(request->elements, element);
    }
    for (size_t i = 0; i < constraint->n_including; i++)
        request->included = lappend(request->included, constraint->including[i]->string->sval);
    return request;
}

static void
add_index_constraint(const Utility *u, const PgQuery__Constraint *constraint,
                     const NewColumn *column, NewConstraints *constraints)
{
    ListCell *cell;

    if (raw_text(constraint->indexname) != NULL)
        unsupported("USING INDEX");
    if (constraint->deferrable || constraint->initdeferred)
        unsupported_plural("deferrable constraints");
    if (constraint->contype == PG_QUERY__CONSTR_TYPE__CONSTR_PRIMARY) {
        foreach (cell, constraints->indexes) {
            const IndexRequest *other = lfirst(cell);

            if (other->primary)
                ereport(ERROR,
                        (errcode(ERRCODE_INVALID_TABLE_DEFINITION),
                         errmsg("multiple primary keys for table \"%s\" are not allowed",
                                constraints->table_name),
                         errposition(commands_position(u->sql, constraint->location))));
        }
    }
    constraints->indexes =
        lappend(constraints->indexes,
                index_request_of_constraint(constraint, column != NULL ? column->name : NULL));
}

void
constraint_read(const Utility *u, PgQuery__Constraint *constraint, NewColumn *column,
                NewConstraints *constraints)
{
    switch (constraint->contype) {
        case PG_QUERY__CONSTR_TYPE__CONSTR_NULL:
            if (column->not_null)
                null_conflict(u, column, constraints, constraint);
            column->null_given = true;
            break;
        case PG_QUERY__CONSTR_TYPE__CONSTR_NOTNULL:
            if (column->null_given)
                null_conflict(u, column, constraints, constraint);
            column->not_null = true;
            break;
        case PG_QUERY__CONSTR_TYPE__CONSTR_DEFAULT:
            if (column->default_raw != NULL)
                ereport(ERROR, (errcode(ERRCODE_SYNTAX_ERROR),
                                errmsg("multiple default values specified for column \"%s\" of "
                                       "table \"%s\"",
                                       column->name, constraints->table_name),
                                errposition(commands_position(u->sql, constraint->location))));
            column->default_raw = constraint->raw_expr;
            break;
        case PG_QUERY__CONSTR_TYPE__CONSTR_IDENTITY:
            unsupported_plural("identity columns");
        case PG_QUERY__CONSTR_TYPE__CONSTR_GENERATED:
            unsupported_plural("generated columns");
        case PG_QUERY__CONSTR_TYPE__CONSTR_CHECK:
            constraints->checks = lappend(constraints->checks, constraint);
            break;
        case PG_QUERY__CONSTR_TYPE__CONSTR_PRIMARY:
        case PG_QUERY__CONSTR_TYPE__CONSTR_UNIQUE:
            add_index_constraint(u, constraint, column, constraints);
            break;
        case PG_QUERY__CONSTR_TYPE__CONSTR_EXCLUSION:
            unsupported_plural("exclusion constraints");
        case PG_QUERY__CONSTR_TYPE__CONSTR_FOREIGN:
            unsupported_plural("foreign key constraints");
        case PG_QUERY__CONSTR_TYPE__CONSTR_ATTR_DEFERRABLE:
        case PG_QUERY__CONSTR_TYPE__CONSTR_ATTR_DEFERRED:
            unsupported_plural("deferrable constraints");
        default:
            break;
    }
}

/* ---- CHECK ---- */

/* The name of the only column a condition reads, NULL if there are none or several. */
static const char *
only_column(Relation rel, Bitmapset *columns)
{
    int member;

    if (bms_num_members(columns) != 1)
        return NULL;
    member = bms_next_member(columns, -1) + FirstLowInvalidHeapAttributeNumber;
    return member > 0 ? NameStr(TupleDescAttr(rel->rd_att, member - 1)->attname) : NULL;
}

Oid
constraint_add_check(const Utility *u, Oid relid, PgQuery__Constraint *constraint, bool is_valid,
                     Node **ret_expr)
{
    Relation rel = relation_open(relid, NoLock);
    Node *expr = parser_cook_check(constraint->raw_expr, u->sql, rel);
    Bitmapset *columns = expression_columns(expr);
    char *name = catalog_choose_constraint_name(relid, raw_text(constraint->conname),
                                                only_column(rel, columns), "check");
    Oid oid = catalog_add_check(rel, name, nodeToString(expr), columns, is_valid,
                                constraint->is_no_inherit, true);

    relation_close(rel, NoLock);
    if (ret_expr != NULL)
        *ret_expr = expr;
    return oid;
}

/* ---- rows that are there already ---- */

void
table_check_not_null(Relation rel, const AttrNumber *columns, int count)
{
    Snapshot snapshot = snapshot_register(snapshot_get_latest());
    HeapScanDesc scan = heap_begin_scan(rel, snapshot, HEAP_SCAN_BULKREAD);
    HeapTuple tuple;

    while ((tuple = heap_scan_next(scan, ForwardScanDirection)) != NULL) {
        CHECK_FOR_INTERRUPTS();
        for (int i = 0; i < count; i++) {
            bool isnull;
            const char *name = NameStr(TupleDescAttr(rel->rd_att, columns[i] - 1)->attname);

            (void) heap_getattr(tuple, columns[i], rel->rd_att, &isnull);
            if (isnull)
                ereport(ERROR,
                        (errcode(ERRCODE_NOT_NULL_VIOLATION),
                         errmsg("column \"%s\" of relation \"%s\" contains null values", name,
                                RelationGetRelationName(rel)),
                         err_generic_string(PG_DIAG_SCHEMA_NAME,
                                            get_namespace_name(rel->rd_rel->relnamespace)),
                         err_generic_string(PG_DIAG_TABLE_NAME, RelationGetRelationName(rel)),
                         err_generic_string(PG_DIAG_COLUMN_NAME, name)));
        }
    }
    heap_end_scan(scan);
    snapshot_unregister(snapshot);
}

void
table_check_condition(Relation rel, Node *condition, const char *constraint)
{
    Snapshot snapshot = snapshot_register(snapshot_get_latest());
    HeapScanDesc scan = heap_begin_scan(rel, snapshot, HEAP_SCAN_BULKREAD);
    Expr *planned = (Expr *) planner_plan_expression(copyObject(condition));
    ExprState *state = expression_compile(planned, NULL);
    Datum *values = palloc(sizeof(Datum) * (size_t) Max(rel->rd_att->natts, 1));
    bool *nulls = palloc(sizeof(bool) * (size_t) Max(rel->rd_att->natts, 1));
    MemoryContext context = /* emptied after each row */
        AllocSetContextCreate(CurrentMemoryContext, "check rows", ALLOCSET_DEFAULT_SIZES);
    HeapTuple tuple;

    while ((tuple = heap_scan_next(scan, ForwardScanDirection)) != NULL) {
        MemoryContext old = MemoryContextSwitchTo(context);
        bool isnull;
        Datum result;

        CHECK_FOR_INTERRUPTS();
        heap_deform_tuple(tuple, rel->rd_att, values, nulls);
        result = expression_eval_row(state, values, nulls, &isnull);
        MemoryContextSwitchTo(old);
        MemoryContextReset(context);
        if (!isnull && !DatumGetBool(result))
            ereport(ERROR,
                    (errcode(ERRCODE_CHECK_VIOLATION),
                     errmsg("check constraint \"%s\" of relation \"%s\" is violated by some row",
                            constraint, RelationGetRelationName(rel)),
                     err_generic_string(PG_DIAG_SCHEMA_NAME,
                                        get_namespace_name(rel->rd_rel->relnamespace)),
                     err_generic_string(PG_DIAG_TABLE_NAME, RelationGetRelationName(rel)),
                     err_generic_string(PG_DIAG_CONSTRAINT_NAME, constraint)));
    }
    heap_end_scan(scan);
    snapshot_unregister(snapshot);
}
