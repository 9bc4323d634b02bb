/*
 * relations.c - changing relations as a whole: name, schema, owner, file, numbers, removal
 */
#include "catalog_int.h"

#include "xact/multixact.h"

#define CHANGE(table, name, datum) ((ColumnChange){Anum_##table##_##name, (datum), false})

void
catalog__check_not_system(Oid relid, const char *name)
{
    if (relid < FirstNormalObjectId && !allowSystemTableMods && !catalog_bootstrapping)
        ereport(ERROR, (errcode(ERRCODE_INSUFFICIENT_PRIVILEGE),
                        errmsg("permission denied: \"%s\" is a system catalog", name)));
}

/* ---- name, schema, owner ---- */

static void
change_type(Oid type, int count, const ColumnChange *changes)
{
    Datum key = ObjectIdGetDatum(type);

    catalog__change_row(TypeRelationId, PG_TYPE_OID_INDEX, 1, &key, count, changes);
}

static void
rename_row_type(Oid type, const char *new_name)
{
    const TypeInfo *info = catalog_type(type);
    Oid array = info->typarray;
    Oid namespace_oid = info->typnamespace;

    if (catalog_type_by_name(new_name, namespace_oid) != NULL)
        ereport(ERROR, (errcode(ERRCODE_DUPLICATE_OBJECT),
                        errmsg("type \"%s\" already exists", new_name)));
    change_type(type, 1, &CHANGE(pg_type, typname, catalog__name(new_name)));
    if (array != InvalidOid)
        change_type(array, 1,
                    &CHANGE(pg_type, typname,
                            catalog__name(catalog__choose_array_name(new_name, namespace_oid))));
}

void
catalog_rename_relation(Oid relid, const char *new_name)
{
    Relation rel = relation_open(relid, NoLock);
    Oid type = rel->rd_rel->reltype;
    Oid constraint = InvalidOid;

    catalog__check_not_system(relid, RelationGetRelationName(rel));
    if (get_relname_relid(new_name, rel->rd_rel->relnamespace) != InvalidOid)
        ereport(ERROR, (errcode(ERRCODE_DUPLICATE_TABLE),
                        errmsg("relation \"%s\" already exists", new_name)));
    if (rel->rd_rel->relkind == RELKIND_INDEX)
        constraint = catalog_index_constraint(relid);
    relation_close(rel, NoLock);
    catalog__change_class(relid, 1, &CHANGE(pg_class, relname, catalog__name(new_name)));
    if (type != InvalidOid)
        rename_row_type(type, new_name);
    if (constraint != InvalidOid) {
        Datum key = ObjectIdGetDatum(constraint);

        catalog__change_row(ConstraintRelationId, PG_CONSTRAINT_OID_INDEX, 1, &key, 1,
                            &CHANGE(pg_constraint, conname, catalog__name(new_name)));
    }
    xact_command_counter_increment();
}

static void
move_dependency(Oid classid, Oid objid, Oid old_schema, Oid new_schema)
{
    Relation rel = relation_open(DependRelationId, RowExclusiveLock);
    CatalogScan *scan = catalog_scan_begin(
        DependRelationId, PG_DEPEND_DEPENDER_INDEX, 2,
        (Datum[]){ObjectIdGetDatum(classid), ObjectIdGetDatum(objid)});
    ObjectAddress self = {classid, objid, 0};
    ObjectAddress schema = {NamespaceRelationId, new_schema, 0};
    HeapTuple row;

    while ((row = catalog_scan_next(scan)) != NULL)
        if (catalog_get_oid(DependRelationId, row, Anum_pg_depend_refclassid) ==
                NamespaceRelationId &&
            catalog_get_oid(DependRelationId, row, Anum_pg_depend_refobjid) == old_schema)
            catalog_delete_row(rel, row);
    catalog_scan_end(scan);
    relation_close(rel, RowExclusiveLock);
    recordDependencyOn(&self, &schema, DEPENDENCY_NORMAL);
}

static void
move_constraints(Oid relid, Oid new_schema)
{
    Datum key = ObjectIdGetDatum(relid);
    CatalogScan *scan = catalog_scan_begin(
        ConstraintRelationId, PG_CONSTRAINT_CONRELID_CONTYPID_CONNAME_INDEX, 1, &key);
    HeapTuple row;

    while ((row = catalog_scan_next(scan)) != NULL) {
        Datum oid =
            ObjectIdGetDatum(catalog_get_oid(ConstraintRelationId, row, Anum_pg_constraint_oid));

        catalog__change_row(ConstraintRelationId, PG_CONSTRAINT_OID_INDEX, 1, &oid, 1,
                            &CHANGE(pg_constraint, connamespace, ObjectIdGetDatum(new_schema)));
    }
    catalog_scan_end(scan);
}

/* The relation, its indexes, types and constraints. */
void
catalog_set_relation_namespace(Oid relid, Oid namespace_oid)
{
    Relation rel = relation_open(relid, NoLock);
    Oid old = rel->rd_rel->relnamespace;
    Oid type = rel->rd_rel->reltype;
    char kind = rel->rd_rel->relkind;
    List *indexes = kind == RELKIND_INDEX ? NIL : RelationGetIndexList(rel);
    ListCell *cell;

    catalog__check_not_system(relid, RelationGetRelationName(rel));
    if (get_relname_relid(RelationGetRelationName(rel), namespace_oid) != InvalidOid)
        ereport(ERROR, (errcode(ERRCODE_DUPLICATE_TABLE),
                        errmsg("relation \"%s\" already exists in schema \"%s\"",
                               RelationGetRelationName(rel), get_namespace_name(namespace_oid))));
    relation_close(rel, NoLock);
    catalog__change_class(relid, 1,
                          &CHANGE(pg_class, relnamespace, ObjectIdGetDatum(namespace_oid)));
    if (kind != RELKIND_INDEX) {
        move_dependency(RelationRelationId, relid, old, namespace_oid);
        move_constraints(relid, namespace_oid);
    }
    if (type != InvalidOid) {
        Oid array = catalog_type(type)->typarray;

        change_type(type, 1, &CHANGE(pg_type, typnamespace, ObjectIdGetDatum(namespace_oid)));
        if (array != InvalidOid)
            change_type(array, 1, &CHANGE(pg_type, typnamespace, ObjectIdGetDatum(namespace_oid)));
    }
    foreach (cell, indexes)
        catalog_set_relation_namespace(lfirst_oid(cell), namespace_oid);
    xact_command_counter_increment();
}

/* The relation, its indexes, TOAST table and types; owned sequences are the caller's. */
void
catalog_set_relation_owner(Oid relid, Oid owner)
{
    Relation rel = relation_open(relid, NoLock);
    Oid type = rel->rd_rel->reltype;
    Oid toast = rel->rd_rel->reltoastrelid;
    char kind = rel->rd_rel->relkind;
    List *indexes = kind == RELKIND_INDEX ? NIL : RelationGetIndexList(rel);
    ListCell *cell;

    catalog__check_not_system(relid, RelationGetRelationName(rel));
    relation_close(rel, NoLock);
    catalog__change_class(relid, 1, &CHANGE(pg_class, relowner, ObjectIdGetDatum(owner)));
    if (kind != RELKIND_INDEX && kind != RELKIND_TOASTVALUE)
        changeDependencyOnOwner(RelationRelationId, relid, owner);
    if (type != InvalidOid) {
        Oid array = catalog_type(type)->typarray;

        change_type(type, 1, &CHANGE(pg_type, typowner, ObjectIdGetDatum(owner)));
        if (array != InvalidOid)
            change_type(array, 1, &CHANGE(pg_type, typowner, ObjectIdGetDatum(owner)));
    }
    foreach (cell, indexes)
        catalog_set_relation_owner(lfirst_oid(cell), owner);
    if (toast != InvalidOid)
        catalog_set_relation_owner(toast, owner);
    xact_command_counter_increment();
}

void
catalog_set_reloptions(Oid relid, Datum reloptions)
{
    catalog__change_class(
        relid, 1, &(ColumnChange){Anum_pg_class_reloptions, reloptions, reloptions == 0});
}

void
catalog_set_relation_persistence(Oid relid, char persistence)
{
    catalog__change_class(relid, 1, &CHANGE(pg_class, relpersistence, CharGetDatum(persistence)));
}

/* ---- files ---- */

void
catalog_new_relfile(Relation rel, char persistence)
{
    FormData_pg_class *form = rel->rd_rel;
    Oid number = catalog__new_relfile_number(form->reltablespace, form->relisshared);
    RelFileLocator locator = rel->rd_locator;
    bool is_index = form->relkind == RELKIND_INDEX;
    ColumnChange changes[] = {
        CHANGE(pg_class, relfilenode, ObjectIdGetDatum(number)),
        CHANGE(pg_class, relpages, Int32GetDatum(0)),
        CHANGE(pg_class, reltuples, Float4GetDatum(-1)),
        CHANGE(pg_class, relallvisible, Int32GetDatum(0)),
        CHANGE(pg_class, relpersistence, CharGetDatum(persistence)),
        CHANGE(pg_class, relfrozenxid,
               UInt32GetDatum(is_index ? 0 : (uint32)(TransactionIdIsNormal(RecentXmin)
                                                           ? RecentXmin
                                                           : FirstNormalTransactionId))),
    };

    if (rel->rd_iscatalog)
        ereport(ERROR, (errcode(ERRCODE_FEATURE_NOT_SUPPORTED),
                        errmsg("cannot give system catalog \"%s\" a new file",
                               RelationGetRelationName(rel))));
    smgr_register_pending_drop(locator);
    locator.relNumber = number;
    smgr_create_relation(locator);
    catalog__change_class(rel->rd_id, lengthof(changes), changes);
    catalog__note_new_file(rel->rd_id);
    xact_command_counter_increment();
    /* the caller goes on with this Relation: give it the new contents now */
    relation_close(relation_open(rel->rd_id, NoLock), NoLock);
}

void
catalog_swap_relfiles(Oid relid, Oid from)
{
    Relation rel = relation_open(relid, NoLock);
    Relation other = relation_open(from, NoLock);
    FormData_pg_class a = *rel->rd_rel;
    FormData_pg_class b = *other->rd_rel;
    ColumnChange changes[4];

    catalog__check_not_system(relid, RelationGetRelationName(rel));
    relation_close(rel, NoLock);
    relation_close(other, NoLock);
    for (int i = 0; i < 2; i++) {
        const FormData_pg_class *source = i == 0 ? &b : &a;

        changes[0] = CHANGE(pg_class, relfilenode, ObjectIdGetDatum(source->relfilenode));
        changes[1] = CHANGE(pg_class, reltablespace, ObjectIdGetDatum(source->reltablespace));
        changes[2] = CHANGE(pg_class, reltoastrelid, ObjectIdGetDatum(source->reltoastrelid));
        changes[3] = CHANGE(pg_class, relfrozenxid,
                            UInt32GetDatum((uint32)source->relfrozenxid));
        catalog__change_class(i == 0 ? relid : from, 4, changes);
    }
    /* the TOAST tables' internal dependencies follow */
    for (int i = 0; i < 2; i++) {
        Oid toast = i == 0 ? b.reltoastrelid : a.reltoastrelid;
        ObjectAddress object = {RelationRelationId, toast, 0};
        ObjectAddress owner = {RelationRelationId, i == 0 ? relid : from, 0};

        if (toast == InvalidOid || a.reltoastrelid == b.reltoastrelid)
            continue;
        deleteDependencyRecordsFor(RelationRelationId, toast);
        recordDependencyOn(&object, &owner, DEPENDENCY_INTERNAL);
    }
    catalog__note_new_file(relid);
    xact_command_counter_increment();
}

typedef struct ClassNews {
    AttrNumber attnum;
    bool wanted;
    Datum value;
} ClassNews;

/* Only what really changed is written, and in place: VACUUM must not bloat pg_class. */
static void
update_class_in_place(Oid relid, const ClassNews *news, int count)
{
    Relation rel = relation_open(RelationRelationId, RowExclusiveLock);
    HeapTuple row = catalog_fetch1(RelationRelationId, PG_CLASS_OID_INDEX, ObjectIdGetDatum(relid));
    Datum values[Natts_pg_class];
    bool nulls[Natts_pg_class];
    bool replace[Natts_pg_class] = {false};
    bool any = false;

    if (row == NULL)
        elog(ERROR, "pg_class entry for relid %u vanished during vacuuming", relid);
    heap_deform_tuple(row, rel->rd_att, values, nulls);
    for (int i = 0; i < count; i++) {
        if (!news[i].wanted || values[news[i].attnum - 1] == news[i].value)
            continue;
        values[news[i].attnum - 1] = news[i].value;
        replace[news[i].attnum - 1] = any = true;
    }
    if (any)
        catalog_update_in_place(rel, row, values, nulls, replace);
    relation_close(rel, RowExclusiveLock);
}

void
catalog_set_relation_statistics(Oid relid, int64 pages, double tuples, int64 all_visible,
                                bool has_index)
{
    ClassNews news[] = {
        {Anum_pg_class_relpages, pages >= 0, Int32GetDatum((int32)pages)},
        {Anum_pg_class_reltuples, tuples >= 0, Float4GetDatum((float4)tuples)},
        {Anum_pg_class_relallvisible, all_visible >= 0, Int32GetDatum((int32)all_visible)},
        {Anum_pg_class_relhasindex, true, BoolGetDatum(has_index)},
    };

    update_class_in_place(relid, news, lengthof(news));
}

void
catalog_set_relation_frozen(Oid relid, TransactionId frozen_xid, MultiXactId min_multi)
{
    ClassNews news[] = {
        {Anum_pg_class_relfrozenxid, frozen_xid != 0, Int32GetDatum((int32)(uint32)frozen_xid)},
        {Anum_pg_class_relminmxid, min_multi != 0, Int32GetDatum((int32)(uint32)min_multi)},
    };

    update_class_in_place(relid, news, lengthof(news));
}

/* ---- removal ---- */

static void
delete_rows(Oid catalog, Oid index, Oid relid)
{
    Relation rel = relation_open(catalog, RowExclusiveLock);
    Datum key = ObjectIdGetDatum(relid);
    CatalogScan *scan = catalog_scan_begin(catalog, index, 1, &key);
    HeapTuple row;

    while ((row = catalog_scan_next(scan)) != NULL)
        catalog_delete_row(rel, row);
    catalog_scan_end(scan);
    relation_close(rel, RowExclusiveLock);
}

static void
check_not_in_use(Relation rel)
{
    if (rel->rd_refcnt > 1)
        ereport(ERROR, (errcode(ERRCODE_OBJECT_IN_USE),
                        errmsg("cannot %s \"%s\" because it is being used by active queries in "
                               "this session",
                               rel->rd_rel->relkind == RELKIND_INDEX ? "DROP INDEX" : "DROP TABLE",
                               RelationGetRelationName(rel))));
}

void
catalog__remove_relation(Oid relid)
{
    Relation rel = relation_open(relid, AccessExclusiveLock);
    char kind = rel->rd_rel->relkind;
    RelFileLocator locator = rel->rd_locator;
    Oid table = kind == RELKIND_INDEX ? rel->rd_index->indrelid : InvalidOid;

    catalog__check_not_system(relid, RelationGetRelationName(rel));
    check_not_in_use(rel);
    relation_close(rel, NoLock);
    if (locator.relNumber != InvalidOid)
        smgr_register_pending_drop(locator);
    if (kind == RELKIND_INDEX)
        delete_rows(IndexRelationId, PG_INDEX_INDEXRELID_INDEX, relid);
    if (kind == RELKIND_SEQUENCE)
        delete_rows(SequenceRelationId, PG_SEQUENCE_SEQRELID_INDEX, relid);
    if (kind == RELKIND_RELATION || kind == RELKIND_MATVIEW || kind == RELKIND_INDEX)
        catalog_remove_statistics(relid, 0);
    delete_rows(AttributeRelationId, PG_ATTRIBUTE_RELID_ATTNUM_INDEX, relid);
    delete_rows(RelationRelationId, PG_CLASS_OID_INDEX, relid);
    if (table != InvalidOid)
        CacheInvalidateRelcacheByRelid(table);
    catalog__forget_relation(relid);
}

/* ---- views ---- */

void
catalog_set_view_query(Oid view, const char *query, bool replace, List *dependencies)
{
    Relation rel = relation_open(RewriteRelationId, RowExclusiveLock);
    Datum values[Natts_pg_rewrite] = {0};
    static const bool nulls[Natts_pg_rewrite];
    HeapTuple old = catalog_fetch2(RewriteRelationId, PG_REWRITE_REL_RULENAME_INDEX,
                                   ObjectIdGetDatum(view), catalog__name("_RETURN"));
    ObjectAddress rule = {RewriteRelationId, InvalidOid, 0};
    ObjectAddress self = {RelationRelationId, view, 0};
    ListCell *cell;

    if (old && !replace)
        elog(ERROR, "view %u already has a query", view);
    rule.objectId = old ? catalog_get_oid(RewriteRelationId, old, Anum_pg_rewrite_oid)
                        : catalog_new_oid(rel, PG_REWRITE_OID_INDEX);
    values[Anum_pg_rewrite_oid - 1] = ObjectIdGetDatum(rule.objectId);
    values[Anum_pg_rewrite_rulename - 1] = catalog__name("_RETURN");
    values[Anum_pg_rewrite_ev_class - 1] = ObjectIdGetDatum(view);
    values[Anum_pg_rewrite_ev_type - 1] = CharGetDatum('1');
    values[Anum_pg_rewrite_ev_enabled - 1] = CharGetDatum('O');
    values[Anum_pg_rewrite_is_instead - 1] = BoolGetDatum(true);
    values[Anum_pg_rewrite_ev_qual - 1] = catalog__text("<>");
    values[Anum_pg_rewrite_ev_action - 1] = catalog__text(query);
    if (old) {
        bool all[Natts_pg_rewrite];

        memset(all, true, sizeof(all));
        catalog_update_row(rel, old, values, nulls, all);
        deleteDependencyRecordsFor(RewriteRelationId, rule.objectId);
    } else
        catalog_insert_row(rel, values, nulls);
    relation_close(rel, RowExclusiveLock);
    recordDependencyOn(&rule, &self, DEPENDENCY_INTERNAL);
    foreach (cell, dependencies) {
        const ObjectAddress *used = lfirst(cell);

        recordDependencyOn(&rule, used, DEPENDENCY_NORMAL);
    }
    catalog__change_class(view, 1, &CHANGE(pg_class, relhasrules, BoolGetDatum(true)));
    xact_command_counter_increment();
}
