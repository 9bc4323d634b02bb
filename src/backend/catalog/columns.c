/*
 * columns.c - columns, their defaults, and constraints of relations
 */
#include "catalog_int.h"

#define CHANGE(table, name, datum) ((ColumnChange){Anum_##table##_##name, (datum), false})

/* ---- columns ---- */

static void
check_new_column_name(Relation rel, const char *name)
{
    AttrNumber found = get_attnum(rel->rd_id, name);

    if (found > 0)
        ereport(ERROR, (errcode(ERRCODE_DUPLICATE_COLUMN),
                        errmsg("column \"%s\" of relation \"%s\" already exists", name,
                               RelationGetRelationName(rel))));
    if (found < 0)
        ereport(ERROR, (errcode(ERRCODE_DUPLICATE_COLUMN),
                        errmsg("column name \"%s\" conflicts with a system column name", name)));
}

AttrNumber
catalog_add_column(Relation rel, const Form_pg_attribute column)
{
    Relation pg_attribute;
    FormData_pg_attribute att = *column;
    ObjectAddress self = {RelationRelationId, rel->rd_id, rel->rd_att->natts + 1};
    ObjectAddress type = {TypeRelationId, column->atttypid, 0};

    check_new_column_name(rel, NameStr(att.attname));
    if (rel->rd_att->natts >= 1600)
        ereport(ERROR, (errcode(ERRCODE_TOO_MANY_COLUMNS),
                        errmsg("tables can have at most %d columns", 1600)));
    att.attrelid = rel->rd_id;
    att.attnum = (int16)(rel->rd_att->natts + 1);
    att.attstattarget = -1;
    att.attislocal = true;
    att.atthasdef = att.atthasmissing = false;
    pg_attribute = relation_open(AttributeRelationId, RowExclusiveLock);
    catalog__insert_attribute_row(pg_attribute, &att);
    relation_close(pg_attribute, RowExclusiveLock);
    catalog__change_class(rel->rd_id, 1, &CHANGE(pg_class, relnatts, Int16GetDatum(att.attnum)));
    recordDependencyOn(&self, &type, DEPENDENCY_NORMAL);
    xact_command_counter_increment();
    catalog__create_toast_table(rel->rd_id);
    return att.attnum;
}

void
catalog_set_missing_value(Relation rel, AttrNumber attnum, Datum value)
{
    Oid type = TupleDescAttr(rel->rd_att, attnum - 1)->atttypid;
    ColumnChange changes[2] = {
        CHANGE(pg_attribute, atthasmissing, BoolGetDatum(true)),
        CHANGE(pg_attribute, attmissingval, catalog_array_build(type, &value, NULL, 1)),
    };

    catalog__change_attribute(rel->rd_id, attnum, 2, changes);
}

void
catalog_rename_column(Oid relid, const char *old_name, const char *new_name)
{
    Relation rel = relation_open(relid, NoLock);
    AttrNumber attnum = get_attnum(relid, old_name);

    if (attnum == InvalidAttrNumber)
        ereport(ERROR, (errcode(ERRCODE_UNDEFINED_COLUMN),
                        errmsg("column \"%s\" does not exist", old_name)));
    if (attnum < 0)
        ereport(ERROR, (errcode(ERRCODE_FEATURE_NOT_SUPPORTED),
                        errmsg("cannot rename system column \"%s\"", old_name)));
    check_new_column_name(rel, new_name);
    catalog__change_attribute(relid, attnum, 1,
                              &CHANGE(pg_attribute, attname, catalog__name(new_name)));
    /* index columns bear the table column's name */
    if (rel->rd_rel->relkind == RELKIND_RELATION) {
        List *indexes = RelationGetIndexList(rel);
        ListCell *cell;

        foreach (cell, indexes) {
            Relation index = relation_open(lfirst_oid(cell), NoLock);

            for (int i = 0; i < index->rd_index->indnatts; i++)
                if (index->rd_index->indkey.values[i] == attnum &&
                    strcmp(NameStr(TupleDescAttr(index->rd_att, i)->attname), old_name) == 0)
                    catalog__change_attribute(
                        index->rd_id, (AttrNumber)(i + 1), 1,
                        &CHANGE(pg_attribute, attname, catalog__name(new_name)));
            relation_close(index, NoLock);
        }
    }
    relation_close(rel, NoLock);
}

void
catalog_set_not_null(Oid relid, AttrNumber attnum, bool not_null)
{
    catalog__change_attribute(relid, attnum, 1,
                              &CHANGE(pg_attribute, attnotnull, BoolGetDatum(not_null)));
}

void
catalog_set_column_storage(Oid relid, AttrNumber attnum, char storage)
{
    catalog__change_attribute(relid, attnum, 1,
                              &CHANGE(pg_attribute, attstorage, CharGetDatum(storage)));
}

void
catalog_set_column_statistics(Oid relid, AttrNumber attnum, int target)
{
    catalog__change_attribute(relid, attnum, 1,
                              &CHANGE(pg_attribute, attstattarget, Int32GetDatum(target)));
}

void
catalog_set_column_type(Oid relid, AttrNumber attnum, Oid type, int32 typmod, Oid collation)
{
    const TypeInfo *info = catalog_type(type);
    ColumnChange changes[] = {
        CHANGE(pg_attribute, atttypid, ObjectIdGetDatum(type)),
        CHANGE(pg_attribute, atttypmod, Int32GetDatum(typmod)),
        CHANGE(pg_attribute, attlen, Int16GetDatum(info->typlen)),
        CHANGE(pg_attribute, attbyval, BoolGetDatum(info->typbyval)),
        CHANGE(pg_attribute, attalign, CharGetDatum(info->typalign)),
        CHANGE(pg_attribute, attstorage, CharGetDatum(info->typstorage)),
        CHANGE(pg_attribute, attcollation, ObjectIdGetDatum(collation)),
        CHANGE(pg_attribute, atthasmissing, BoolGetDatum(false)),
        {Anum_pg_attribute_attmissingval, 0, true},
    };

    catalog__change_attribute(relid, attnum, lengthof(changes), changes);
    catalog_remove_statistics(relid, attnum);
}

/* The column stays as a dropped one: rows that have it are not rewritten. */
void
catalog__remove_column(Oid relid, AttrNumber attnum)
{
    ColumnChange changes[] = {
        CHANGE(pg_attribute, attname,
               catalog__name(psprintf("........pg.dropped.%d........", attnum))),
        CHANGE(pg_attribute, attisdropped, BoolGetDatum(true)),
        CHANGE(pg_attribute, atttypid, ObjectIdGetDatum(InvalidOid)),
        CHANGE(pg_attribute, attnotnull, BoolGetDatum(false)),
        CHANGE(pg_attribute, attstattarget, Int32GetDatum(0)),
        CHANGE(pg_attribute, attgenerated, CharGetDatum('\0')),
        CHANGE(pg_attribute, atthasmissing, BoolGetDatum(false)),
        {Anum_pg_attribute_attmissingval, 0, true},
        {Anum_pg_attribute_attacl, 0, true},
        {Anum_pg_attribute_attoptions, 0, true},
    };

    catalog__change_attribute(relid, attnum, lengthof(changes), changes);
    catalog_remove_statistics(relid, attnum);
}

/* ---- defaults ---- */

static HeapTuple
fetch_default(Oid relid, AttrNumber attnum)
{
    return catalog_fetch2(AttrDefaultRelationId, PG_ATTRDEF_ADRELID_ADNUM_INDEX,
                          ObjectIdGetDatum(relid), Int16GetDatum(attnum));
}

void
catalog__remove_default(Oid attrdef)
{
    Relation rel = relation_open(AttrDefaultRelationId, RowExclusiveLock);
    HeapTuple row =
        catalog_fetch1(AttrDefaultRelationId, PG_ATTRDEF_OID_INDEX, ObjectIdGetDatum(attrdef));
    bool isnull;
    Oid relid;
    AttrNumber attnum;

    if (row == NULL)
        elog(ERROR, "cache lookup failed for default %u", attrdef);
    relid = catalog_get_oid(AttrDefaultRelationId, row, Anum_pg_attrdef_adrelid);
    attnum = DatumGetInt16(catalog_get(AttrDefaultRelationId, row, Anum_pg_attrdef_adnum, &isnull));
    catalog_delete_row(rel, row);
    relation_close(rel, RowExclusiveLock);
    catalog__change_attribute(relid, attnum, 1,
                              &CHANGE(pg_attribute, atthasdef, BoolGetDatum(false)));
}

static void
record_uses(const ObjectAddress *depender, Oid relid, Bitmapset *uses, AttrNumber except)
{
    int column = -1;

    while ((column = bms_next_member(uses, column)) >= 0) {
        ObjectAddress referenced = {RelationRelationId, relid,
                                    column + FirstLowInvalidHeapAttributeNumber};

        if (referenced.objectSubId != except)
            recordDependencyOn(depender, &referenced, DEPENDENCY_NORMAL);
    }
}

static void
insert_default(Oid relid, AttrNumber attnum, const char *expression, Bitmapset *uses)
{
    Relation rel = relation_open(AttrDefaultRelationId, RowExclusiveLock);
    Oid oid = catalog_new_oid(rel, PG_ATTRDEF_OID_INDEX);
    ObjectAddress self = {AttrDefaultRelationId, oid, 0};
    ObjectAddress column = {RelationRelationId, relid, attnum};
    Datum values[Natts_pg_attrdef] = {ObjectIdGetDatum(oid), ObjectIdGetDatum(relid),
                                      Int16GetDatum(attnum), catalog__text(expression)};
    static const bool nulls[Natts_pg_attrdef];

    catalog_insert_row(rel, values, nulls);
    relation_close(rel, RowExclusiveLock);
    catalog__change_attribute(relid, attnum, 1,
                              &CHANGE(pg_attribute, atthasdef, BoolGetDatum(true)));
    recordDependencyOn(&self, &column, DEPENDENCY_AUTO);
    record_uses(&self, relid, uses, attnum);
}

void
catalog_set_default(Oid relid, AttrNumber attnum, const char *expression, Bitmapset *uses)
{
    HeapTuple old = fetch_default(relid, attnum);

    if (old) {
        ObjectAddress object = {
            AttrDefaultRelationId,
            catalog_get_oid(AttrDefaultRelationId, old, Anum_pg_attrdef_oid), 0};

        performDeletionQuietly(&object);
    }
    if (expression)
        insert_default(relid, attnum, expression, uses);
}

/* ---- constraints ---- */

static bool
constraint_exists(Oid relid, const char *name)
{
    CatalogScan *scan = catalog_scan_begin(
        ConstraintRelationId, PG_CONSTRAINT_CONRELID_CONTYPID_CONNAME_INDEX, 3,
        (Datum[]){ObjectIdGetDatum(relid), ObjectIdGetDatum(InvalidOid), catalog__name(name)});
    bool exists = catalog_scan_next(scan) != NULL;

    catalog_scan_end(scan);
    return exists;
}

/* "name1_name2_label" in 63 bytes: the longer of the first two gives way. */
static char *
join_names(const char *name1, const char *name2, const char *label)
{
    int overhead = (label ? (int)strlen(label) + 1 : 0) + (name2 ? 1 : 0);
    int length1 = (int)strlen(name1);
    int length2 = name2 ? (int)strlen(name2) : 0;
    StringInfoData text;

    while (length1 + length2 > NAMEDATALEN - 1 - overhead) {
        if (length1 > length2)
            length1--;
        else
            length2--;
    }
    while (length1 > 0 && ((uint8)name1[length1] & 0xC0) == 0x80)
        length1--;
    while (length2 > 0 && ((uint8)name2[length2] & 0xC0) == 0x80)
        length2--;
    initStringInfo(&text);
    appendStringInfo(&text, "%.*s", length1, name1);
    if (name2)
        appendStringInfo(&text, "_%.*s", length2, name2);
    if (label)
        appendStringInfo(&text, "_%s", label);
    return text.data;
}

char *
catalog_choose_relation_name(const char *name1, const char *name2, const char *label,
                             Oid namespace_oid, bool is_constraint)
{
    char *try_label = pstrdup(label);

    for (int pass = 1;; pass++) {
        char *name = join_names(name1, name2, try_label);
        bool taken = get_relname_relid(name, namespace_oid) != InvalidOid;

        if (!taken && is_constraint) {
            CatalogScan *scan = catalog_scan_begin(
                ConstraintRelationId, PG_CONSTRAINT_CONNAME_NSP_INDEX, 2,
                (Datum[]){catalog__name(name), ObjectIdGetDatum(namespace_oid)});
            taken = catalog_scan_next(scan) != NULL;
            catalog_scan_end(scan);
        }
        if (!taken)
            return name;
        try_label = psprintf("%s%d", label, pass);
    }
}

char *
catalog_choose_constraint_name(Oid relid, const char *given, const char *column,
                               const char *label)
{
    char *table = get_rel_name(relid);
    char *try_label = pstrdup(label);

    if (given) {
        if (constraint_exists(relid, given))
            ereport(ERROR, (errcode(ERRCODE_DUPLICATE_OBJECT),
                            errmsg("constraint \"%s\" for relation \"%s\" already exists", given,
                                   table)));
        return pstrdup(given);
    }
    for (int pass = 1;; pass++) {
        char *name = join_names(table, column, try_label);

        if (!constraint_exists(relid, name))
            return name;
        try_label = psprintf("%s%d", label, pass);
    }
}

static void
count_checks(Oid relid, int by)
{
    Relation rel = relation_open(relid, NoLock);
    int16 count = (int16)(rel->rd_rel->relchecks + by);

    relation_close(rel, NoLock);
    catalog__change_class(relid, 1, &CHANGE(pg_class, relchecks, Int16GetDatum(count)));
}

Oid
catalog_add_check(Relation rel, const char *name, const char *expression, Bitmapset *uses,
                  bool is_valid, bool no_inherit, bool is_local)
{
    AttrNumber keys[64];
    int key_count = 0;
    int column = -1;
    ObjectAddress self = {ConstraintRelationId, InvalidOid, 0};
    ConstraintRow row = {
        .name = name,
        .namespace_oid = rel->rd_rel->relnamespace,
        .type = 'c',
        .validated = is_valid,
        .is_local = is_local,
        .no_inherit = no_inherit,
        .relid = rel->rd_id,
        .expression = expression,
    };

    while ((column = bms_next_member(uses, column)) >= 0 && key_count < (int)lengthof(keys))
        keys[key_count++] = (AttrNumber)(column + FirstLowInvalidHeapAttributeNumber);
    row.keys = keys;
    row.key_count = key_count;
    self.objectId = catalog__insert_constraint_row(&row);
    if (key_count == 0) {
        ObjectAddress whole = {RelationRelationId, rel->rd_id, 0};

        recordDependencyOn(&self, &whole, DEPENDENCY_AUTO);
    }
    for (int i = 0; i < key_count; i++) {
        ObjectAddress used = {RelationRelationId, rel->rd_id, keys[i]};

        recordDependencyOn(&self, &used, DEPENDENCY_AUTO);
        recordDependencyOn(&self, &used, DEPENDENCY_NORMAL);
    }
    count_checks(rel->rd_id, 1);
    xact_command_counter_increment();
    return self.objectId;
}

void
catalog__remove_constraint(Oid constraint)
{
    Relation rel = relation_open(ConstraintRelationId, RowExclusiveLock);
    HeapTuple row = catalog_fetch1(ConstraintRelationId, PG_CONSTRAINT_OID_INDEX,
                                   ObjectIdGetDatum(constraint));
    bool isnull;
    char type;
    Oid relid;

    if (row == NULL)
        elog(ERROR, "cache lookup failed for constraint %u", constraint);
    type = DatumGetChar(
        catalog_get(ConstraintRelationId, row, Anum_pg_constraint_contype, &isnull));
    relid = catalog_get_oid(ConstraintRelationId, row, Anum_pg_constraint_conrelid);
    catalog_delete_row(rel, row);
    relation_close(rel, RowExclusiveLock);
    if (type == 'c' && relid != InvalidOid)
        count_checks(relid, -1);
}

Oid
catalog_constraint_find(Oid relid, const char *name, bool missing_ok)
{
    CatalogScan *scan = catalog_scan_begin(
        ConstraintRelationId, PG_CONSTRAINT_CONRELID_CONTYPID_CONNAME_INDEX, 3,
        (Datum[]){ObjectIdGetDatum(relid), ObjectIdGetDatum(InvalidOid), catalog__name(name)});
    HeapTuple row = catalog_scan_next(scan);
    Oid oid =
        row ? catalog_get_oid(ConstraintRelationId, row, Anum_pg_constraint_oid) : InvalidOid;

    catalog_scan_end(scan);
    if (oid == InvalidOid && !missing_ok)
        ereport(ERROR, (errcode(ERRCODE_UNDEFINED_OBJECT),
                        errmsg("constraint \"%s\" for table \"%s\" does not exist", name,
                               get_rel_name(relid))));
    return oid;
}

void
catalog_rename_constraint(Oid relid, const char *old_name, const char *new_name)
{
    Oid oid = catalog_constraint_find(relid, old_name, false);
    Datum key = ObjectIdGetDatum(oid);
    HeapTuple row = catalog_fetch1(ConstraintRelationId, PG_CONSTRAINT_OID_INDEX, key);
    Oid index = catalog_get_oid(ConstraintRelationId, row, Anum_pg_constraint_conindid);

    catalog_choose_constraint_name(relid, new_name, NULL, "");
    if (index != InvalidOid) /* its constraint is renamed with it */
        catalog_rename_relation(index, new_name);
    else
        catalog__change_row(ConstraintRelationId, PG_CONSTRAINT_OID_INDEX, 1, &key, 1,
                            &CHANGE(pg_constraint, conname, catalog__name(new_name)));
}

void
catalog_validate_constraint(Oid constraint)
{
    Datum key = ObjectIdGetDatum(constraint);

    catalog__change_row(ConstraintRelationId, PG_CONSTRAINT_OID_INDEX, 1, &key, 1,
                        &CHANGE(pg_constraint, convalidated, BoolGetDatum(true)));
}

Oid
catalog_constraint_index(Oid constraint)
{
    HeapTuple row = catalog_fetch1(ConstraintRelationId, PG_CONSTRAINT_OID_INDEX,
                                   ObjectIdGetDatum(constraint));

    return row ? catalog_get_oid(ConstraintRelationId, row, Anum_pg_constraint_conindid)
               : InvalidOid;
}
