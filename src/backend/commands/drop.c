/*
 * drop.c - DROP of tables, indexes, views, sequences, schemas
 */
#include "commands_int.h"

typedef struct DropKind {
    PgQuery__ObjectType type;
    char relkind;
    int missing_code;
    const char *noun;
    const char *article_noun;
    const char *hint;
} DropKind;

static const DropKind drop_kinds[] = {
    {PG_QUERY__OBJECT_TYPE__OBJECT_TABLE, RELKIND_RELATION, ERRCODE_UNDEFINED_TABLE, "table",
     "a table", "Use DROP TABLE to remove a table."},
    {PG_QUERY__OBJECT_TYPE__OBJECT_SEQUENCE, RELKIND_SEQUENCE, ERRCODE_UNDEFINED_TABLE, "sequence",
     "a sequence", "Use DROP SEQUENCE to remove a sequence."},
    {PG_QUERY__OBJECT_TYPE__OBJECT_VIEW, RELKIND_VIEW, ERRCODE_UNDEFINED_TABLE, "view", "a view",
     "Use DROP VIEW to remove a view."},
    {PG_QUERY__OBJECT_TYPE__OBJECT_MATVIEW, RELKIND_MATVIEW, ERRCODE_UNDEFINED_TABLE,
     "materialized view", "a materialized view",
     "Use DROP MATERIALIZED VIEW to remove a materialized view."},
    {PG_QUERY__OBJECT_TYPE__OBJECT_INDEX, RELKIND_INDEX, ERRCODE_UNDEFINED_OBJECT, "index",
     "an index", "Use DROP INDEX to remove an index."},
    {PG_QUERY__OBJECT_TYPE__OBJECT_TYPE, RELKIND_COMPOSITE_TYPE, ERRCODE_UNDEFINED_OBJECT, "type",
     "a type", "Use DROP TYPE to remove a type."},
    {PG_QUERY__OBJECT_TYPE__OBJECT_FOREIGN_TABLE, RELKIND_FOREIGN_TABLE, ERRCODE_UNDEFINED_OBJECT,
     "foreign table", "a foreign table", "Use DROP FOREIGN TABLE to remove a foreign table."},
};

static const DropKind *
kind_of_type(PgQuery__ObjectType type)
{
    for (size_t i = 0; i < lengthof(drop_kinds); i++)
        if (drop_kinds[i].type == type)
            return &drop_kinds[i];
    return NULL;
}

static void
wrong_kind(const DropKind *wanted, char relkind, const char *name)
{
    const char *hint = NULL;

    for (size_t i = 0; i < lengthof(drop_kinds); i++)
        if (drop_kinds[i].relkind == relkind)
            hint = drop_kinds[i].hint;
    ereport(ERROR, (errcode(ERRCODE_WRONG_OBJECT_TYPE),
                    errmsg("\"%s\" is not %s", name, wanted->article_noun),
                    hint != NULL ? errhint("%s", hint) : 0));
}

static void
missing(const DropKind *kind, QualifiedName name, bool missing_ok)
{
    if (name.schema != NULL && get_namespace_oid(name.schema, true) == InvalidOid) {
        if (!missing_ok)
            ereport(ERROR, (errcode(ERRCODE_UNDEFINED_SCHEMA),
                            errmsg("schema \"%s\" does not exist", name.schema)));
        ereport(NOTICE, (errmsg("schema \"%s\" does not exist, skipping", name.schema)));
        return;
    }
    if (!missing_ok)
        ereport(ERROR, (errcode(kind->missing_code),
                        errmsg("%s \"%s\" does not exist", kind->noun, name.name)));
    ereport(NOTICE, (errmsg("%s \"%s\" does not exist, skipping", kind->noun, name.name)));
}

/* An index's table is locked before it. 0 where the name is gone meanwhile. */
static Oid
lock_for_drop(QualifiedName name, Oid found)
{
    if (get_rel_relkind(found) == RELKIND_INDEX) {
        Relation index = try_relation_open(found, AccessShareLock);

        if (index == NULL)
            return InvalidOid;
        lock_relation(index->rd_index->indrelid, AccessExclusiveLock);
        relation_close(index, AccessShareLock);
    }
    return catalog_relation_lock_by_name(name.schema, name.name, AccessExclusiveLock, true);
}

static void
check_may_drop(Oid relid, char relkind, const char *name)
{
    if (!pg_class_ownercheck(relid, GetUserId()) &&
        !pg_namespace_ownercheck(get_rel_namespace(relid), GetUserId()))
        aclcheck_error(ACLCHECK_NOT_OWNER, get_relkind_objtype(relkind), name);
    check_not_system_catalog(relid, name);
}

static bool
find_relation(const DropKind *kind, const RawNode *object, bool missing_ok, ObjectAddress *ret)
{
    QualifiedName name = name_of_node(object);
    Oid relid = InvalidOid;
    char relkind;

    if (name.schema == NULL || get_namespace_oid(name.schema, true) != InvalidOid)
        relid = catalog_relation_find(name.schema, name.name);
    if (relid == InvalidOid) {
        missing(kind, name, missing_ok);
        return false;
    }
    relkind = get_rel_relkind(relid);
    if (relkind != kind->relkind)
        wrong_kind(kind, relkind, name.name);
    check_may_drop(relid, relkind, name.name);
    relid = lock_for_drop(name, relid);
    if (relid == InvalidOid) {
        missing(kind, name, missing_ok);
        return false;
    }
    if (get_rel_relkind(relid) != kind->relkind)
        wrong_kind(kind, get_rel_relkind(relid), name.name);
    check_may_drop(relid, kind->relkind, name.name);
    *ret = (ObjectAddress){RelationRelationId, relid, 0};
    return true;
}

static bool
find_schema(const RawNode *object, bool missing_ok, ObjectAddress *ret)
{
    const char *name = name_of_node(object).name;
    Oid oid = get_namespace_oid(name, true);

    if (oid == InvalidOid) {
        if (!missing_ok)
            ereport(ERROR, (errcode(ERRCODE_UNDEFINED_SCHEMA),
                            errmsg("schema \"%s\" does not exist", name)));
        ereport(NOTICE, (errmsg("schema \"%s\" does not exist, skipping", name)));
        return false;
    }
    if (!pg_namespace_ownercheck(oid, GetUserId()))
        aclcheck_error(ACLCHECK_NOT_OWNER, OBJECT_SCHEMA, name);
    lock_object(MyDatabaseId, NamespaceRelationId, oid, 0, AccessExclusiveLock);
    *ret = (ObjectAddress){NamespaceRelationId, oid, 0};
    return true;
}

void
drop_process(Utility *u)
{
    const PgQuery__DropStmt *stmt = u->raw->drop_stmt;
    const DropKind *kind = kind_of_type(stmt->remove_type);
    bool is_schema = stmt->remove_type == PG_QUERY__OBJECT_TYPE__OBJECT_SCHEMA;
    ObjectAddress *objects = palloc(sizeof(ObjectAddress) * (stmt->n_objects + 1));
    int count = 0;

    if ((kind == NULL && !is_schema) || stmt->remove_type == PG_QUERY__OBJECT_TYPE__OBJECT_TYPE)
        unsupported(u->tag);
    if (stmt->concurrent)
        unsupported("DROP INDEX CONCURRENTLY");
    for (size_t i = 0; i < stmt->n_objects; i++) {
        bool found = is_schema ? find_schema(stmt->objects[i], stmt->missing_ok, &objects[count])
                               : find_relation(kind, stmt->objects[i], stmt->missing_ok,
                                               &objects[count]);

        count += found;
    }
    if (count > 0)
        performMultipleDeletions(objects, count, drop_behavior(stmt->behavior));
}
