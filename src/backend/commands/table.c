/*
 * table.c - CREATE TABLE: columns and their order of making
 *
 * Why        the relation is made with its columns first, then defaults, checks and index
 *            constraints are cooked over it, as each may name its columns.
 * Errors     as PostgreSQL's; sequences (serial, identity), foreign keys, exclusion constraints,
 *            inheritance, partitions, temporary and unlogged tables answer 0A000.
 */
#include "commands_int.h"

#include "types/builtins.h"

#define TABLE_COLUMNS_MAX 1600

static void
refuse_unsupported(const PgQuery__CreateStmt *stmt)
{
    const char *persistence = raw_text(stmt->relation->relpersistence);

    if (persistence != NULL && *persistence == 't')
        unsupported_plural("temporary tables");
    if (persistence != NULL && *persistence == 'u')
        unsupported_plural("unlogged tables");
    if (stmt->partspec != NULL || stmt->partbound != NULL)
        unsupported_plural("partitioned tables");
    if (stmt->n_inh_relations > 0)
        unsupported("table inheritance");
    if (stmt->of_typename != NULL)
        unsupported_plural("typed tables");
    if (raw_text(stmt->tablespacename) != NULL &&
        get_tablespace_oid(stmt->tablespacename, false) != DEFAULTTABLESPACE_OID)
        unsupported("TABLESPACE other than pg_default");
    if (raw_text(stmt->access_method) != NULL && strcmp(stmt->access_method, "heap") != 0) {
        if (catalog_am_find(stmt->access_method) == InvalidOid)
            ereport(ERROR, (errcode(ERRCODE_UNDEFINED_OBJECT),
                            errmsg("access method \"%s\" does not exist", stmt->access_method)));
        ereport(ERROR, (errcode(ERRCODE_WRONG_OBJECT_TYPE),
                        errmsg("access method \"%s\" is not of type TABLE",
                               stmt->access_method)));
    }
    if (stmt->oncommit > PG_QUERY__ON_COMMIT_ACTION__ONCOMMIT_NOOP)
        ereport(ERROR, (errcode(ERRCODE_INVALID_TABLE_DEFINITION),
                        errmsg("ON COMMIT can only be used on temporary tables")));
}

/* ---- columns ---- */

static void
refuse_serial(const PgQuery__TypeName *type)
{
    static const char *const names[] = {"serial",  "serial4",     "bigserial",
                                        "serial8", "smallserial", "serial2"};

    if (type->n_names != 1)
        return;
    for (size_t i = 0; i < lengthof(names); i++)
        if (strcmp(type->names[0]->string->sval, names[i]) == 0)
            unsupported_plural("sequences (serial columns)");
}

static Oid
column_collation(const Utility *u, const PgQuery__ColumnDef *def, Oid type)
{
    Oid own = get_typcollation(type);
    QualifiedName name;
    Oid collation;

    if (def->coll_clause == NULL)
        return own;
    name = name_of_items(def->coll_clause->collname, def->coll_clause->n_collname);
    collation = catalog_collation_find(name.schema, name.name);
    if (collation == InvalidOid)
        ereport(ERROR, (errcode(ERRCODE_UNDEFINED_OBJECT),
                        errmsg("collation \"%s\" for encoding \"%s\" does not exist",
                               name_text(name), "UTF8"),
                        errposition(commands_position(u->sql, def->coll_clause->location))));
    if (own == InvalidOid)
        ereport(ERROR, (errcode(ERRCODE_DATATYPE_MISMATCH),
                        errmsg("collations are not supported by type %s", format_type_be(type)),
                        errposition(commands_position(u->sql, def->coll_clause->location))));
    return collation;
}

NewColumn
column_read(const Utility *u, PgQuery__ColumnDef *def, NewConstraints *constraints)
{
    NewColumn column = {.name = def->colname};

    refuse_serial(def->type_name);
    if (def->type_name->setof)
        ereport(ERROR, (errcode(ERRCODE_INVALID_TABLE_DEFINITION),
                        errmsg("column \"%s\" cannot be declared SETOF", def->colname)));
    column.type = parser_type_lookup(def->type_name, &column.typmod, false);
    if (pg_type_aclcheck(column.type, GetUserId(), ACL_USAGE) != ACLCHECK_OK)
        aclcheck_error(ACLCHECK_NO_PRIV, OBJECT_TYPE, format_type_be(column.type));
    column.dimensions = (int) def->type_name->n_array_bounds;
    column.collation = column_collation(u, def, column.type);
    if (raw_text(def->compression) != NULL && strcmp(def->compression, "pglz") != 0 &&
        strcmp(def->compression, "default") != 0)
        unsupported("column compression method");
    column.not_null = def->is_not_null;
    if (RAW_KIND(def->raw_default) != PG_QUERY__NODE__NODE__NOT_SET)
        column.default_raw = def->raw_default;
    for (size_t i = 0; i < def->n_constraints; i++)
        constraint_read(u, def->constraints[i]->constraint, &column, constraints);
    return column;
}

void
column_fill_attribute(const NewColumn *column, TupleDesc desc, int attnum)
{
    Form_pg_attribute att = TupleDescAttr(desc, attnum - 1);

    TupleDescInitEntry(desc, (AttrNumber) attnum, column->name, column->type, column->typmod,
                       column->dimensions);
    TupleDescInitEntryCollation(desc, (AttrNumber) attnum, column->collation);
    att->attnotnull = column->not_null;
    if (column->storage != 0)
        att->attstorage = column->storage;
}

/* ---- LIKE ---- */

#define LIKE_DEFAULTS (1 << 3)
#define LIKE_STORAGE (1 << 7)
#define LIKE_COMMENTS (1 << 0)
#define LIKE_COMPRESSION (1 << 1)

static int
like_columns(const PgQuery__TableLikeClause *like, NewColumn *columns, int count)
{
    Relation rel = open_rangevar(like->relation, AccessShareLock, false);
    uint32 options = like->options;
    bool all = options == 0x7FFFFFFF;

    if (rel->rd_rel->relkind != RELKIND_RELATION && rel->rd_rel->relkind != RELKIND_VIEW)
        ereport(ERROR, (errcode(ERRCODE_WRONG_OBJECT_TYPE),
                        errmsg("relation \"%s\" is invalid in LIKE clause",
                               RelationGetRelationName(rel))));
    if (pg_class_aclcheck(rel->rd_id, GetUserId(), ACL_SELECT) != ACLCHECK_OK)
        aclcheck_error(ACLCHECK_NO_PRIV, get_relkind_objtype(rel->rd_rel->relkind),
                       RelationGetRelationName(rel));
    if (!all && (options & ~(uint32) (LIKE_DEFAULTS | LIKE_STORAGE | LIKE_COMPRESSION)))
        unsupported("LIKE with options other than DEFAULTS and STORAGE");
    if (all)
        unsupported("LIKE INCLUDING ALL");
    for (int i = 0; i < rel->rd_att->natts; i++) {
        Form_pg_attribute att = TupleDescAttr(rel->rd_att, i);

        if (att->attisdropped)
            continue;
        if (count >= TABLE_COLUMNS_MAX)
            ereport(ERROR, (errcode(ERRCODE_TOO_MANY_COLUMNS),
                            errmsg("tables can have at most %d columns", TABLE_COLUMNS_MAX)));
        columns[count] = (NewColumn){
            .name = pstrdup(NameStr(att->attname)),
            .type = att->atttypid,
            .typmod = att->atttypmod,
            .collation = att->attcollation,
            .dimensions = att->attndims,
            .storage = (options & LIKE_STORAGE) ? att->attstorage : 0,
            .not_null = att->attnotnull,
        };
        if ((options & LIKE_DEFAULTS) && relation_default(rel, att->attnum) != NULL)
            columns[count].default_stored = pstrdup(relation_default(rel, att->attnum));
        count++;
    }
    relation_close(rel, NoLock);
    return count;
}

/* ---- the table ---- */

static int
read_elements(const Utility *u, const PgQuery__CreateStmt *stmt, NewColumn *columns,
              NewConstraints *constraints)
{
    int count = 0;

    for (size_t i = 0; i < stmt->n_table_elts; i++) {
        RawNode *element = stmt->table_elts[i];

        if (RAW_IS(element, COLUMN_DEF)) {
            if (count >= TABLE_COLUMNS_MAX)
                ereport(ERROR,
                        (errcode(ERRCODE_TOO_MANY_COLUMNS),
                         errmsg("tables can have at most %d columns", TABLE_COLUMNS_MAX)));
            columns[count++] = column_read(u, element->column_def, constraints);
        } else if (RAW_IS(element, TABLE_LIKE_CLAUSE))
            count = like_columns(element->table_like_clause, columns, count);
        else
            constraint_read(u, element->constraint, NULL, constraints);
    }
    for (size_t i = 0; i < stmt->n_constraints; i++)
        constraint_read(u, stmt->constraints[i]->constraint, NULL, constraints);
    return count;
}

/* Key columns of the primary key become NOT NULL before the relation is made. */
static void
apply_primary_key(const NewConstraints *constraints, NewColumn *columns, int count)
{
    ListCell *cell;

    foreach (cell, constraints->indexes) {
        const IndexRequest *request = lfirst(cell);
        ListCell *element;

        if (!request->primary)
            continue;
        foreach (element, request->elements) {
            const PgQuery__IndexElem *key = lfirst(element);

            for (int i = 0; i < count; i++)
                if (strcmp(columns[i].name, key->name) == 0)
                    columns[i].not_null = true;
        }
    }
}

void
column_add_default(const Utility *u, Oid relid, const NewColumn *column, AttrNumber attnum)
{
    Relation rel;
    Node *expr;

    if (column->default_stored != NULL) {
        catalog_set_default(relid, attnum, column->default_stored, NULL);
        return;
    }
    if (column->default_raw == NULL)
        return;
    rel = relation_open(relid, NoLock);
    expr = parser_cook_default(column->default_raw, u->sql, rel, column->type, column->typmod,
                               column->name, false);
    relation_close(rel, NoLock);
    if (const_null_is(expr) == NULL)
        return;
    catalog_set_default(relid, attnum, nodeToString(expr), NULL);
}

static bool
same_keys(const IndexRequest *a, const IndexRequest *b)
{
    if (list_length(a->elements) != list_length(b->elements) ||
        list_length(a->included) != list_length(b->included))
        return false;
    for (int i = 0; i < list_length(a->elements); i++) {
        const PgQuery__IndexElem *left = list_nth(a->elements, i);
        const PgQuery__IndexElem *right = list_nth(b->elements, i);

        if (strcmp(left->name, right->name) != 0)
            return false;
    }
    return a->nulls_not_distinct == b->nulls_not_distinct;
}

/* The primary key first; a UNIQUE that says the same as one before without its own name goes. */
static List *
order_indexes(List *requests)
{
    List *ordered = NIL;

    for (int pass = 0; pass < 2; pass++) {
        ListCell *cell;

        foreach (cell, requests) {
            IndexRequest *request = lfirst(cell);
            bool repeated = false;
            ListCell *other;

            if (request->primary != (pass == 0))
                continue;
            foreach (other, ordered) {
                IndexRequest *old = lfirst(other);

                if (!same_keys(old, request))
                    continue;
                if (request->name == NULL)
                    repeated = true;
                else if (old->name == NULL) {
                    old->name = request->name;
                    repeated = true;
                }
            }
            if (!repeated)
                ordered = lappend(ordered, request);
        }
    }
    return ordered;
}

static void
add_constraints(const Utility *u, Oid relid, const NewConstraints *constraints)
{
    ListCell *cell;

    foreach (cell, constraints->checks)
        (void) constraint_add_check(u, relid, lfirst(cell), true, NULL);
    foreach (cell, order_indexes(constraints->indexes)) {
        Relation rel = relation_open(relid, NoLock);

        (void) index_create(u, rel, lfirst(cell));
        relation_close(rel, NoLock);
    }
}

static Oid
make_table(const Utility *u, const PgQuery__CreateStmt *stmt, QualifiedName name, Oid schema)
{
    NewConstraints constraints = {.table_name = name.name};
    NewColumn *columns = palloc(sizeof(NewColumn) * TABLE_COLUMNS_MAX);
    int count = read_elements(u, stmt, columns, &constraints);
    TupleDesc desc = CreateTemplateTupleDesc(count);
    RelationSpec spec = {
        .name = name.name, .namespace_oid = schema, .relkind = RELKIND_RELATION, .desc = desc};
    Oid relid;
    bool any_default = false;

    apply_primary_key(&constraints, columns, count);
    for (int i = 0; i < count; i++)
        column_fill_attribute(&columns[i], desc, i + 1);
    spec.reloptions =
        reloptions_change(0, stmt->options, stmt->n_options, RELOPTION_HEAP, false);
    relid = catalog_create_relation(&spec);
    lock_relation(relid, AccessExclusiveLock);
    for (int i = 0; i < count; i++) {
        column_add_default(u, relid, &columns[i], (AttrNumber) (i + 1));
        any_default |= columns[i].default_raw != NULL || columns[i].default_stored != NULL;
    }
    if (any_default)
        xact_command_counter_increment();
    add_constraints(u, relid, &constraints);
    return relid;
}

void
create_table_process(Utility *u)
{
    const PgQuery__CreateStmt *stmt = u->raw->create_stmt;
    QualifiedName name = name_of_rangevar(stmt->relation);
    Oid schema;
    bool pushed;

    refuse_unsupported(stmt);
    schema = creation_namespace(name);
    if (stmt->if_not_exists && get_relname_relid(name.name, schema) != InvalidOid) {
        ereport(NOTICE, (errcode(ERRCODE_DUPLICATE_TABLE),
                         errmsg("relation \"%s\" already exists, skipping", name.name)));
        return;
    }
    pushed = need_snapshot();
    (void) make_table(u, stmt, name, schema);
    done_snapshot(pushed);
}
