/*
 * view.c - CREATE [OR REPLACE] VIEW
 *
 * The query is stored as analyzed, with the views it reads unexpanded, as a list of one Query.
 */
#include "commands_int.h"

static void
refuse_unsupported(const PgQuery__ViewStmt *stmt)
{
    const char *persistence = raw_text(stmt->view->relpersistence);

    if (persistence != NULL && *persistence == 't')
        unsupported_plural("temporary views");
    if (persistence != NULL && *persistence == 'u')
        ereport(ERROR, (errcode(ERRCODE_SYNTAX_ERROR),
                        errmsg("views cannot be unlogged because they do not have storage")));
    if (stmt->with_check_option > PG_QUERY__VIEW_CHECK_OPTION__NO_CHECK_OPTION)
        unsupported("WITH CHECK OPTION");
}

static void
name_columns(const PgQuery__ViewStmt *stmt, Query *query)
{
    size_t given = 0;
    ListCell *cell;

    foreach (cell, query->targetList) {
        TargetEntry *tle = lfirst(cell);

        if (!tle->resjunk && given < stmt->n_aliases)
            tle->resname = pstrdup(stmt->aliases[given++]->string->sval);
    }
    if (given < stmt->n_aliases)
        ereport(ERROR, (errcode(ERRCODE_SYNTAX_ERROR),
                        errmsg("CREATE VIEW specifies more column names than columns")));
}

static Query *
analyze_query(const Utility *u, const PgQuery__ViewStmt *stmt)
{
    RawStmt raw = {.type = T_RawStmt,
                   .stmt = stmt->query,
                   .stmt_location = u->statement->stmt_location,
                   .stmt_len = u->statement->stmt_len};
    Query *query = parser_analyze_unexpanded(&raw, u->sql);

    if (query->commandType == CMD_UTILITY)
        ereport(ERROR, (errcode(ERRCODE_FEATURE_NOT_SUPPORTED),
                        errmsg("views must not contain SELECT INTO")));
    if (query->hasModifyingCTE)
        ereport(ERROR, (errcode(ERRCODE_FEATURE_NOT_SUPPORTED),
                        errmsg("views must not contain data-modifying statements in WITH")));
    name_columns(stmt, query);
    return query;
}

static TupleDesc
view_desc(Query *query)
{
    TupleDesc desc = executor_desc_from_targetlist(query->targetList, true);
    int i = 0;
    ListCell *cell;

    foreach (cell, query->targetList) {
        const TargetEntry *tle = lfirst(cell);

        if (tle->resjunk)
            continue;
        TupleDescInitEntryCollation(desc, (AttrNumber) ++i, exprCollation((Node *) tle->expr));
    }
    return desc;
}

static void
check_columns_kept(TupleDesc old, TupleDesc desc)
{
    if (desc->natts < old->natts)
        ereport(ERROR, (errcode(ERRCODE_INVALID_TABLE_DEFINITION),
                        errmsg("cannot drop columns from view")));
    for (int i = 0; i < old->natts; i++) {
        Form_pg_attribute a = TupleDescAttr(old, i);
        Form_pg_attribute b = TupleDescAttr(desc, i);

        if (strcmp(NameStr(a->attname), NameStr(b->attname)) != 0)
            ereport(ERROR, (errcode(ERRCODE_INVALID_TABLE_DEFINITION),
                            errmsg("cannot change name of view column \"%s\" to \"%s\"",
                                   NameStr(a->attname), NameStr(b->attname)),
                            errhint("Use ALTER VIEW ... RENAME COLUMN ... to change name of view "
                                    "column instead.")));
        if (a->atttypid != b->atttypid || a->atttypmod != b->atttypmod)
            ereport(ERROR,
                    (errcode(ERRCODE_INVALID_TABLE_DEFINITION),
                     errmsg("cannot change data type of view column \"%s\" from %s to %s",
                            NameStr(a->attname),
                            format_type_with_typemod(a->atttypid, a->atttypmod),
                            format_type_with_typemod(b->atttypid, b->atttypmod))));
    }
}

static void
replace_view(Oid view, TupleDesc desc, Datum options)
{
    Relation rel = relation_open(view, AccessExclusiveLock);
    int old_count = rel->rd_att->natts;

    if (rel->rd_rel->relkind != RELKIND_VIEW)
        ereport(ERROR, (errcode(ERRCODE_WRONG_OBJECT_TYPE),
                        errmsg("\"%s\" is not a view", RelationGetRelationName(rel))));
    check_relation_owner(rel);
    check_columns_kept(rel->rd_att, desc);
    relation_close(rel, NoLock);
    for (int i = old_count; i < desc->natts; i++) {
        rel = relation_open(view, NoLock);
        (void) catalog_add_column(rel, TupleDescAttr(desc, i));
        relation_close(rel, NoLock);
    }
    catalog_set_reloptions(view, options);
    xact_command_counter_increment();
}

void
create_view_process(Utility *u)
{
    const PgQuery__ViewStmt *stmt = u->raw->view_stmt;
    QualifiedName name = name_of_rangevar(stmt->view);
    bool pushed = need_snapshot();
    Query *query;
    TupleDesc desc;
    Datum options;
    Oid schema;
    Oid view;
    bool replaces;

    refuse_unsupported(stmt);
    query = analyze_query(u, stmt);
    desc = view_desc(query);
    options = reloptions_change(0, stmt->options, stmt->n_options, RELOPTION_VIEW, false);
    schema = creation_namespace(name);
    view = get_relname_relid(name.name, schema);
    replaces = view != InvalidOid && stmt->replace;
    if (replaces)
        replace_view(view, desc, options);
    else {
        RelationSpec spec = {.name = name.name,
                             .namespace_oid = schema,
                             .relkind = RELKIND_VIEW,
                             .desc = desc,
                             .reloptions = options};

        view = catalog_create_relation(&spec);
    }
    catalog_set_view_query(view, nodeToString(list_make1(query)), replaces,
                           expression_dependencies((Node *) query));
    xact_command_counter_increment();
    done_snapshot(pushed);
}
