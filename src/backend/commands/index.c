/*
 * index.c - CREATE INDEX, index constraints, REINDEX: the definition
 */
#include "commands_int.h"

#include "btree/btree.h"
#include "parser/makefuncs.h"

/* An index being defined. */
typedef struct IndexDraft {
    const Utility *u;
    Relation heap;
    const IndexRequest *request;
    int key_count;
    int column_count;
    AttrNumber attnums[INDEX_MAX_KEYS];
    Oid opclasses[INDEX_MAX_KEYS];
    Oid collations[INDEX_MAX_KEYS];
    int16 options[INDEX_MAX_KEYS];
    Oid types[INDEX_MAX_KEYS];
    int32 typmods[INDEX_MAX_KEYS];
    const char *names[INDEX_MAX_KEYS];
    List *expressions;
    List *predicate; /* implicitly anded */
    Bitmapset *expression_columns;
} IndexDraft;

/* ---- names ---- */

/* What a column made of the expression would be called. */
static const char *
expression_name(const RawNode *node)
{
    if (RAW_IS(node, FUNC_CALL))
        return node->func_call->funcname[node->func_call->n_funcname - 1]->string->sval;
    if (RAW_IS(node, COLUMN_REF))
        return node->column_ref->fields[node->column_ref->n_fields - 1]->string->sval;
    if (RAW_IS(node, COALESCE_EXPR))
        return "coalesce";
    if (RAW_IS(node, CASE_EXPR))
        return "case";
    if (RAW_IS(node, COLLATE_CLAUSE))
        return expression_name(node->collate_clause->arg);
    if (RAW_IS(node, TYPE_CAST)) {
        const char *inner = expression_name(node->type_cast->arg);
        const PgQuery__TypeName *type = node->type_cast->type_name;

        return inner != NULL ? inner : type->names[type->n_names - 1]->string->sval;
    }
    return NULL;
}

/* Unique among the columns before it: a number is appended where it must. */
static const char *
distinct_name(const IndexDraft *draft, const char *wanted)
{
    char number[16] = "";

    for (int pass = 1;; pass++) {
        int keep = NAMEDATALEN - 1 - (int) strlen(number);
        const char *name = psprintf("%.*s%s", keep, wanted, number);
        bool taken = false;

        for (int i = 0; i < draft->column_count; i++)
            taken |= strcmp(draft->names[i], name) == 0;
        if (!taken)
            return name;
        snprintf(number, sizeof(number), "%d", pass);
    }
}

static char *
choose_name(const IndexDraft *draft)
{
    const IndexRequest *request = draft->request;
    char *table = RelationGetRelationName(draft->heap);
    Oid schema = draft->heap->rd_rel->relnamespace;
    char columns[NAMEDATALEN * 2] = "";

    if (request->primary)
        return catalog_choose_relation_name(table, NULL, "pkey", schema, true);
    for (int i = 0; i < draft->column_count && strlen(columns) < NAMEDATALEN; i++) {
        if (i > 0)
            strcat(columns, "_");
        strncat(columns, draft->names[i], NAMEDATALEN - 1);
    }
    return catalog_choose_relation_name(table, columns, request->is_constraint ? "key" : "idx",
                                        schema, request->is_constraint);
}

/* ---- columns ---- */

static AttrNumber
find_column(const IndexDraft *draft, const char *name)
{
    Oid relid = draft->heap->rd_id;
    AttrNumber attnum = get_attnum(relid, name);
    int position = draft->request->is_constraint
                       ? commands_position(draft->u->sql, draft->request->location)
                       : 0;

    if (attnum == InvalidAttrNumber && draft->request->is_constraint)
        ereport(ERROR, (errcode(ERRCODE_UNDEFINED_COLUMN),
                        errmsg("column \"%s\" named in key does not exist", name),
                        errposition(position)));
    if (attnum == InvalidAttrNumber)
        ereport(ERROR, (errcode(ERRCODE_UNDEFINED_COLUMN),
                        errmsg("column \"%s\" does not exist", name)));
    if (attnum < 0)
        ereport(ERROR, (errcode(ERRCODE_FEATURE_NOT_SUPPORTED),
                        errmsg("index creation on system columns is not supported")));
    if (!draft->request->is_constraint)
        return attnum;
    for (int i = 0; i < draft->key_count; i++)
        if (draft->attnums[i] == attnum && draft->column_count == draft->key_count)
            ereport(ERROR, (errcode(ERRCODE_DUPLICATE_COLUMN),
                            draft->request->primary
                                ? errmsg("column \"%s\" appears twice in primary key constraint",
                                         name)
                                : errmsg("column \"%s\" appears twice in unique constraint",
                                         name),
                            errposition(position)));
    return attnum;
}

static void
set_plain_column(IndexDraft *draft, int i, AttrNumber attnum)
{
    Form_pg_attribute att = TupleDescAttr(draft->heap->rd_att, attnum - 1);

    draft->attnums[i] = attnum;
    draft->types[i] = att->atttypid;
    draft->typmods[i] = att->atttypmod;
    draft->collations[i] = att->attcollation;
    draft->names[i] = distinct_name(draft, NameStr(att->attname));
}

static void
set_expression_column(IndexDraft *draft, int i, const PgQuery__IndexElem *element)
{
    Node *expr = parser_cook_index(element->expr, draft->u->sql, draft->heap, false);
    const char *name = raw_text(element->indexcolname);

    if (IsA(expr, Var) && ((Var *) expr)->varattno > 0) {
        set_plain_column(draft, i, ((Var *) expr)->varattno);
        return;
    }
    if (name == NULL)
        name = expression_name(element->expr);
    draft->attnums[i] = 0;
    draft->types[i] = exprType(expr);
    draft->typmods[i] = exprTypmod(expr);
    draft->collations[i] = exprCollation(expr);
    draft->names[i] = distinct_name(draft, name != NULL ? name : "expr");
    draft->expressions = lappend(draft->expressions, expr);
    draft->expression_columns =
        bms_add_members(draft->expression_columns, expression_columns(expr));
}

static void
set_collation(IndexDraft *draft, int i, const PgQuery__IndexElem *element)
{
    bool collatable = type_is_collatable(draft->types[i]);

    if (element->n_collation > 0) {
        QualifiedName name = name_of_items(element->collation, element->n_collation);

        draft->collations[i] = catalog_collation_find(name.schema, name.name);
        if (draft->collations[i] == InvalidOid)
            ereport(ERROR, (errcode(ERRCODE_UNDEFINED_OBJECT),
                            errmsg("collation \"%s\" for encoding \"%s\" does not exist",
                                   name_text(name), "UTF8")));
        if (!collatable)
            ereport(ERROR, (errcode(ERRCODE_DATATYPE_MISMATCH),
                            errmsg("collations are not supported by type %s",
                                   format_type_be(draft->types[i]))));
    }
    if (collatable && draft->collations[i] == InvalidOid)
        ereport(ERROR, (errcode(ERRCODE_INDETERMINATE_COLLATION),
                        errmsg("could not determine which collation to use for index expression"),
                        errhint("Use the COLLATE clause to set the collation explicitly.")));
    if (!collatable)
        draft->collations[i] = InvalidOid;
}

static void
set_opclass(IndexDraft *draft, int i, const PgQuery__IndexElem *element)
{
    if (element->n_opclass > 0) {
        QualifiedName name = name_of_items(element->opclass, element->n_opclass);

        draft->opclasses[i] = catalog_opclass_find(BTREE_AM_OID, name.schema, name.name);
        if (draft->opclasses[i] == InvalidOid)
            ereport(ERROR, (errcode(ERRCODE_UNDEFINED_OBJECT),
                            errmsg("operator class \"%s\" does not exist for access method "
                                   "\"%s\"",
                                   name_text(name), "btree")));
    } else {
        const OpclassInfo *opclass = catalog_opclass_default(draft->types[i], BTREE_AM_OID);

        if (opclass == NULL)
            ereport(ERROR, (errcode(ERRCODE_UNDEFINED_OBJECT),
                            errmsg("data type %s has no default operator class for access method "
                                   "\"%s\"",
                                   format_type_be(draft->types[i]), "btree"),
                            errhint("You must specify an operator class for the index or define "
                                    "a default operator class for the data type.")));
        draft->opclasses[i] = opclass->oid;
    }
    if (element->n_opclassopts > 0)
        ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE),
                        errmsg("operator class %s has no options",
                               NameStr(catalog_opclass(draft->opclasses[i])->opcname))));
}

static void
set_order(IndexDraft *draft, int i, const PgQuery__IndexElem *element)
{
    bool descending = element->ordering == PG_QUERY__SORT_BY_DIR__SORTBY_DESC;
    bool nulls_first = descending;

    if (element->nulls_ordering == PG_QUERY__SORT_BY_NULLS__SORTBY_NULLS_FIRST)
        nulls_first = true;
    else if (element->nulls_ordering == PG_QUERY__SORT_BY_NULLS__SORTBY_NULLS_LAST)
        nulls_first = false;
    draft->options[i] = (int16) ((descending ? INDOPTION_DESC : 0) |
                                 (nulls_first ? INDOPTION_NULLS_FIRST : 0));
}

static void
add_columns(IndexDraft *draft)
{
    const IndexRequest *request = draft->request;
    ListCell *cell;

    if (list_length(request->elements) + list_length(request->included) > INDEX_MAX_KEYS)
        ereport(ERROR, (errcode(ERRCODE_TOO_MANY_COLUMNS),
                        errmsg("cannot use more than %d columns in an index", INDEX_MAX_KEYS)));
    foreach (cell, request->elements) {
        const PgQuery__IndexElem *element = lfirst(cell);
        int i = draft->column_count;

        if (raw_text(element->name) != NULL)
            set_plain_column(draft, i, find_column(draft, element->name));
        else
            set_expression_column(draft, i, element);
        set_collation(draft, i, element);
        set_opclass(draft, i, element);
        set_order(draft, i, element);
        draft->column_count++;
        draft->key_count++;
    }
    foreach (cell, request->included) {
        set_plain_column(draft, draft->column_count, find_column(draft, lfirst(cell)));
        draft->collations[draft->column_count] = InvalidOid;
        draft->column_count++;
    }
}

/* ---- the index ---- */

static void
check_method(const IndexRequest *request)
{
    const char *method = request->access_method;

    if (method == NULL || strcmp(method, "btree") == 0)
        return;
    if (catalog_am_find(method) == InvalidOid)
        ereport(ERROR, (errcode(ERRCODE_UNDEFINED_OBJECT),
                        errmsg("access method \"%s\" does not exist", method)));
    ereport(ERROR, (errcode(ERRCODE_FEATURE_NOT_SUPPORTED),
                    errmsg("access method \"%s\" is not supported", method)));
}

static void
check_heap(Relation heap)
{
    const char *what = heap->rd_rel->relkind == RELKIND_VIEW       ? "views"
                       : heap->rd_rel->relkind == RELKIND_INDEX    ? "indexes"
                       : heap->rd_rel->relkind == RELKIND_SEQUENCE ? "sequences"
                       : heap->rd_rel->relkind == RELKIND_TOASTVALUE
                           ? "TOAST tables"
                           : "this kind of relation";

    if (heap->rd_rel->relkind != RELKIND_RELATION && heap->rd_rel->relkind != RELKIND_MATVIEW)
        ereport(ERROR, (errcode(ERRCODE_WRONG_OBJECT_TYPE),
                        errmsg("cannot create index on relation \"%s\"",
                               RelationGetRelationName(heap)),
                        errdetail("This operation is not supported for %s.", what)));
}

/* Columns of a primary key that may hold NULL are checked and then may not. */
static void
make_not_null(Relation heap, const IndexDraft *draft)
{
    AttrNumber columns[INDEX_MAX_KEYS];
    int count = 0;

    for (int i = 0; i < draft->key_count; i++)
        if (!TupleDescAttr(heap->rd_att, draft->attnums[i] - 1)->attnotnull)
            columns[count++] = draft->attnums[i];
    if (count == 0)
        return;
    table_check_not_null(heap, columns, count);
    for (int i = 0; i < count; i++)
        catalog_set_not_null(heap->rd_id, columns[i], true);
    xact_command_counter_increment();
}

static void
check_one_primary_key(Relation heap)
{
    if (RelationGetPrimaryKeyIndex(heap) != InvalidOid)
        ereport(ERROR, (errcode(ERRCODE_INVALID_TABLE_DEFINITION),
                        errmsg("multiple primary keys for table \"%s\" are not allowed",
                               RelationGetRelationName(heap))));
}

static TupleDesc
draft_desc(const IndexDraft *draft)
{
    TupleDesc desc = CreateTemplateTupleDesc(draft->column_count);

    for (int i = 0; i < draft->column_count; i++) {
        AttrNumber attnum = (AttrNumber) (i + 1);

        TupleDescInitEntry(desc, attnum, draft->names[i], draft->types[i], draft->typmods[i],
                           draft->attnums[i] > 0
                               ? TupleDescAttr(draft->heap->rd_att, draft->attnums[i] - 1)->attndims
                               : 0);
        TupleDescInitEntryCollation(desc, attnum, draft->collations[i]);
        if (draft->attnums[i] > 0)
            TupleDescAttr(desc, i)->attstorage =
                TupleDescAttr(draft->heap->rd_att, draft->attnums[i] - 1)->attstorage;
    }
    return desc;
}

static Oid
create_and_build(IndexDraft *draft, const char *name)
{
    const IndexRequest *request = draft->request;
    IndexSpec spec = {
        .name = name,
        .method = BTREE_AM_OID,
        .key_count = draft->key_count,
        .column_count = draft->column_count,
        .attnums = draft->attnums,
        .opclasses = draft->opclasses,
        .collations = draft->collations,
        .options = draft->options,
        .desc = draft_desc(draft),
        .expressions = draft->expressions != NIL ? nodeToString(draft->expressions) : NULL,
        .predicate = draft->predicate != NIL ? nodeToString(draft->predicate) : NULL,
        .reloptions = reloptions_change(0, request->options, request->option_count,
                                        RELOPTION_BTREE, false),
        .unique = request->unique,
        .nulls_not_distinct = request->nulls_not_distinct,
        .primary = request->primary,
        .immediate = true,
        .is_constraint = request->is_constraint,
        .is_valid = true,
        .expression_columns = draft->expression_columns,
    };
    Oid oid = catalog_create_index(draft->heap, &spec, NULL);

    if (!request->skip_build) {
        Relation index = index_open(oid, AccessExclusiveLock);

        index_build(draft->heap, index);
        index_close(index, NoLock);
    }
    return oid;
}

static bool
name_is_taken(const IndexDraft *draft, const char *name)
{
    const IndexRequest *request = draft->request;

    if (get_relname_relid(name, draft->heap->rd_rel->relnamespace) != InvalidOid) {
        if (!request->if_not_exists)
            ereport(ERROR, (errcode(ERRCODE_DUPLICATE_TABLE),
                            errmsg("relation \"%s\" already exists", name)));
        ereport(NOTICE, (errcode(ERRCODE_DUPLICATE_TABLE),
                         errmsg("relation \"%s\" already exists, skipping", name)));
        return true;
    }
    if (request->is_constraint)
        (void) catalog_choose_constraint_name(draft->heap->rd_id, name, NULL, "");
    return false;
}

Oid
index_create(const Utility *u, Relation heap, const IndexRequest *request)
{
    IndexDraft *draft = palloc0(sizeof(*draft));
    const char *name = request->name;

    draft->u = u;
    draft->heap = heap;
    draft->request = request;
    check_heap(heap);
    check_method(request);
    if (request->primary)
        check_one_primary_key(heap);
    add_columns(draft);
    if (request->where_clause != NULL &&
        RAW_KIND(request->where_clause) != PG_QUERY__NODE__NODE__NOT_SET) {
        Node *condition = parser_cook_index(request->where_clause, u->sql, heap, true);

        draft->predicate = make_ands_implicit((Expr *) condition);
        draft->expression_columns =
            bms_add_members(draft->expression_columns, expression_columns(condition));
    }
    if (name == NULL)
        name = choose_name(draft);
    else if (name_is_taken(draft, name))
        return InvalidOid;
    if (request->primary)
        make_not_null(heap, draft);
    return create_and_build(draft, name);
}

static IndexRequest
request_of(const PgQuery__IndexStmt *stmt)
{
    IndexRequest request = {
        .name = raw_text(stmt->idxname),
        .access_method = raw_text(stmt->access_method),
        .where_clause = stmt->where_clause,
        .options = stmt->options,
        .option_count = stmt->n_options,
        .unique = stmt->unique,
        .nulls_not_distinct = stmt->nulls_not_distinct,
        .if_not_exists = stmt->if_not_exists,
    };

    for (size_t i = 0; i < stmt->n_index_params; i++)
        request.elements = lappend(request.elements, stmt->index_params[i]->index_elem);
    for (size_t i = 0; i < stmt->n_index_including_params; i++) {
        const PgQuery__IndexElem *element = stmt->index_including_params[i]->index_elem;

        if (raw_text(element->name) == NULL)
            ereport(ERROR,
                    (errcode(ERRCODE_FEATURE_NOT_SUPPORTED),
                     errmsg("expressions are not supported in included columns")));
        if (element->n_collation > 0)
            ereport(ERROR, (errcode(ERRCODE_FEATURE_NOT_SUPPORTED),
                            errmsg("including column does not support a collation")));
        if (element->n_opclass > 0)
            ereport(ERROR, (errcode(ERRCODE_FEATURE_NOT_SUPPORTED),
                            errmsg("including column does not support an operator class")));
        request.included = lappend(request.included, element->name);
    }
    return request;
}

void
create_index_process(Utility *u)
{
    const PgQuery__IndexStmt *stmt = u->raw->index_stmt;
    IndexRequest request = request_of(stmt);
    bool pushed;
    Relation heap;

    if (stmt->concurrent)
        unsupported("CREATE INDEX CONCURRENTLY");
    if (raw_text(stmt->table_space) != NULL &&
        get_tablespace_oid(stmt->table_space, false) != DEFAULTTABLESPACE_OID)
        unsupported("TABLESPACE other than pg_default");
    heap = open_rangevar(stmt->relation, ShareLock, false);
    check_heap(heap);
    check_relation_owner(heap);
    if (pg_namespace_aclcheck(heap->rd_rel->relnamespace, GetUserId(), ACL_CREATE) != ACLCHECK_OK)
        aclcheck_error(ACLCHECK_NO_PRIV, OBJECT_SCHEMA,
                       get_namespace_name(heap->rd_rel->relnamespace));
    pushed = need_snapshot();
    (void) index_create(u, heap, &request);
    done_snapshot(pushed);
    relation_close(heap, NoLock);
}
