/*
 * classrows.c - building rows of pg_class, pg_attribute, pg_index, pg_constraint, pg_type
 */
#include "catalog_int.h"

#define SET(table, name, datum) (values[Anum_##table##_##name - 1] = (datum))
#define SET_NULL(table, name) (nulls[Anum_##table##_##name - 1] = true)

void
catalog__change_row(Oid catalog, Oid index, int key_count, const Datum *keys, int change_count,
                    const ColumnChange *changes)
{
    Relation rel = relation_open(catalog, RowExclusiveLock);
    HeapTuple row = catalog_fetch(catalog, index, key_count, keys);
    Datum values[CATALOG_COLUMNS_MAX];
    bool nulls[CATALOG_COLUMNS_MAX];
    bool replace[CATALOG_COLUMNS_MAX] = {false};

    if (row == NULL)
        elog(ERROR, "cache lookup failed in catalog %u for object %u", catalog,
             DatumGetObjectId(keys[0]));
    for (int i = 0; i < change_count; i++) {
        values[changes[i].attnum - 1] = changes[i].value;
        nulls[changes[i].attnum - 1] = changes[i].isnull;
        replace[changes[i].attnum - 1] = true;
    }
    catalog_update_row(rel, row, values, nulls, replace);
    heap_freetuple(row);
    relation_close(rel, RowExclusiveLock);
}

void
catalog__change_class(Oid relid, int change_count, const ColumnChange *changes)
{
    Datum key = ObjectIdGetDatum(relid);

    catalog__change_row(RelationRelationId, PG_CLASS_OID_INDEX, 1, &key, change_count, changes);
}

void
catalog__change_attribute(Oid relid, AttrNumber attnum, int change_count,
                          const ColumnChange *changes)
{
    Datum keys[2] = {ObjectIdGetDatum(relid), Int16GetDatum(attnum)};

    catalog__change_row(AttributeRelationId, PG_ATTRIBUTE_RELID_ATTNUM_INDEX, 2, keys,
                        change_count, changes);
}

void
catalog__insert_class_row(Relation pg_class, const FormData_pg_class *form, Datum acl,
                          Datum options)
{
    Datum values[Natts_pg_class] = {0};
    bool nulls[Natts_pg_class] = {false};

    SET(pg_class, oid, ObjectIdGetDatum(form->oid));
    SET(pg_class, relname, NameGetDatum(&form->relname));
    SET(pg_class, relnamespace, ObjectIdGetDatum(form->relnamespace));
    SET(pg_class, reltype, ObjectIdGetDatum(form->reltype));
    SET(pg_class, reloftype, ObjectIdGetDatum(form->reloftype));
    SET(pg_class, relowner, ObjectIdGetDatum(form->relowner));
    SET(pg_class, relam, ObjectIdGetDatum(form->relam));
    SET(pg_class, relfilenode, ObjectIdGetDatum(form->relfilenode));
    SET(pg_class, reltablespace, ObjectIdGetDatum(form->reltablespace));
    SET(pg_class, relpages, Int32GetDatum(form->relpages));
    SET(pg_class, reltuples, Float4GetDatum(form->reltuples));
    SET(pg_class, relallvisible, Int32GetDatum(form->relallvisible));
    SET(pg_class, reltoastrelid, ObjectIdGetDatum(form->reltoastrelid));
    SET(pg_class, relhasindex, BoolGetDatum(form->relhasindex));
    SET(pg_class, relisshared, BoolGetDatum(form->relisshared));
    SET(pg_class, relpersistence, CharGetDatum(form->relpersistence));
    SET(pg_class, relkind, CharGetDatum(form->relkind));
    SET(pg_class, relnatts, Int16GetDatum(form->relnatts));
    SET(pg_class, relchecks, Int16GetDatum(form->relchecks));
    SET(pg_class, relhasrules, BoolGetDatum(form->relhasrules));
    SET(pg_class, relhastriggers, BoolGetDatum(form->relhastriggers));
    SET(pg_class, relhassubclass, BoolGetDatum(form->relhassubclass));
    SET(pg_class, relrowsecurity, BoolGetDatum(form->relrowsecurity));
    SET(pg_class, relforcerowsecurity, BoolGetDatum(form->relforcerowsecurity));
    SET(pg_class, relispopulated, BoolGetDatum(form->relispopulated));
    SET(pg_class, relreplident, CharGetDatum(form->relreplident));
    SET(pg_class, relispartition, BoolGetDatum(form->relispartition));
    SET(pg_class, relrewrite, ObjectIdGetDatum(form->relrewrite));
    SET(pg_class, relfrozenxid, UInt32GetDatum((uint32)form->relfrozenxid));
    SET(pg_class, relminmxid, UInt32GetDatum((uint32)form->relminmxid));
    SET(pg_class, relacl, acl);
    SET(pg_class, reloptions, options);
    nulls[Anum_pg_class_relacl - 1] = acl == 0;
    nulls[Anum_pg_class_reloptions - 1] = options == 0;
    SET_NULL(pg_class, relpartbound);
    catalog_insert_row(pg_class, values, nulls);
}

void
catalog__insert_attribute_row(Relation pg_attribute, const FormData_pg_attribute *att)
{
    Datum values[Natts_pg_attribute] = {0};
    bool nulls[Natts_pg_attribute] = {false};

    SET(pg_attribute, attrelid, ObjectIdGetDatum(att->attrelid));
    SET(pg_attribute, attname, NameGetDatum(&att->attname));
    SET(pg_attribute, atttypid, ObjectIdGetDatum(att->atttypid));
    SET(pg_attribute, attstattarget, Int32GetDatum(att->attstattarget));
    SET(pg_attribute, attlen, Int16GetDatum(att->attlen));
    SET(pg_attribute, attnum, Int16GetDatum(att->attnum));
    SET(pg_attribute, attndims, Int32GetDatum(att->attndims));
    SET(pg_attribute, attcacheoff, Int32GetDatum(-1));
    SET(pg_attribute, atttypmod, Int32GetDatum(att->atttypmod));
    SET(pg_attribute, attbyval, BoolGetDatum(att->attbyval));
    SET(pg_attribute, attalign, CharGetDatum(att->attalign));
    SET(pg_attribute, attstorage, CharGetDatum(att->attstorage));
    SET(pg_attribute, attcompression, CharGetDatum(att->attcompression));
    SET(pg_attribute, attnotnull, BoolGetDatum(att->attnotnull));
    SET(pg_attribute, atthasdef, BoolGetDatum(att->atthasdef));
    SET(pg_attribute, atthasmissing, BoolGetDatum(att->atthasmissing));
    SET(pg_attribute, attidentity, CharGetDatum(att->attidentity));
    SET(pg_attribute, attgenerated, CharGetDatum(att->attgenerated));
    SET(pg_attribute, attisdropped, BoolGetDatum(att->attisdropped));
    SET(pg_attribute, attislocal, BoolGetDatum(att->attislocal));
    SET(pg_attribute, attinhcount, Int32GetDatum(att->attinhcount));
    SET(pg_attribute, attcollation, ObjectIdGetDatum(att->attcollation));
    SET_NULL(pg_attribute, attacl);
    SET_NULL(pg_attribute, attoptions);
    SET_NULL(pg_attribute, attfdwoptions);
    SET_NULL(pg_attribute, attmissingval);
    catalog_insert_row(pg_attribute, values, nulls);
}

void
catalog__insert_system_attribute_rows(Relation pg_attribute, Oid relid)
{
    static const struct {
        const char *name;
        Oid type;
    } columns[] = {{"ctid", TIDOID}, {"xmin", XIDOID}, {"cmin", CIDOID},
                   {"xmax", XIDOID}, {"cmax", CIDOID}, {"tableoid", OIDOID}};

    for (int i = 0; i < (int)lengthof(columns); i++) {
        const TypeInfo *type = catalog_type(columns[i].type);
        FormData_pg_attribute att;

        memset(&att, 0, sizeof(att));
        att.attrelid = relid;
        strcpy(NameStr(att.attname), columns[i].name);
        att.atttypid = type->oid;
        att.attlen = type->typlen;
        att.attnum = (int16)(-i - 1);
        att.atttypmod = -1;
        att.attbyval = type->typbyval;
        att.attalign = type->typalign;
        att.attstorage = TYPSTORAGE_PLAIN;
        att.attnotnull = true;
        att.attislocal = true;
        catalog__insert_attribute_row(pg_attribute, &att);
    }
}

void
catalog__insert_index_row(const FormData_pg_index *form, const Oid *opclasses,
                          const Oid *collations, const int16 *options, const char *expressions,
                          const char *predicate)
{
    Relation rel = relation_open(IndexRelationId, RowExclusiveLock);
    Datum values[Natts_pg_index] = {0};
    bool nulls[Natts_pg_index] = {false};

    SET(pg_index, indexrelid, ObjectIdGetDatum(form->indexrelid));
    SET(pg_index, indrelid, ObjectIdGetDatum(form->indrelid));
    SET(pg_index, indnatts, Int16GetDatum(form->indnatts));
    SET(pg_index, indnkeyatts, Int16GetDatum(form->indnkeyatts));
    SET(pg_index, indisunique, BoolGetDatum(form->indisunique));
    SET(pg_index, indnullsnotdistinct, BoolGetDatum(form->indnullsnotdistinct));
    SET(pg_index, indisprimary, BoolGetDatum(form->indisprimary));
    SET(pg_index, indisexclusion, BoolGetDatum(false));
    SET(pg_index, indimmediate, BoolGetDatum(form->indimmediate));
    SET(pg_index, indisclustered, BoolGetDatum(form->indisclustered));
    SET(pg_index, indisvalid, BoolGetDatum(form->indisvalid));
    SET(pg_index, indcheckxmin, BoolGetDatum(form->indcheckxmin));
    SET(pg_index, indisready, BoolGetDatum(form->indisready));
    SET(pg_index, indislive, BoolGetDatum(form->indislive));
    SET(pg_index, indisreplident, BoolGetDatum(form->indisreplident));
    SET(pg_index, indkey, catalog_int2vector(form->indkey.values, form->indnatts));
    SET(pg_index, indcollation, catalog_oidvector(collations, form->indnkeyatts));
    SET(pg_index, indclass, catalog_oidvector(opclasses, form->indnkeyatts));
    SET(pg_index, indoption, catalog_int2vector(options, form->indnkeyatts));
    SET(pg_index, indexprs, expressions ? catalog__text(expressions) : 0);
    SET(pg_index, indpred, predicate ? catalog__text(predicate) : 0);
    nulls[Anum_pg_index_indexprs - 1] = expressions == NULL;
    nulls[Anum_pg_index_indpred - 1] = predicate == NULL;
    catalog_insert_row(rel, values, nulls);
    relation_close(rel, RowExclusiveLock);
}

Oid
catalog__insert_constraint_row(const ConstraintRow *row)
{
    Relation rel = relation_open(ConstraintRelationId, RowExclusiveLock);
    Datum values[Natts_pg_constraint] = {0};
    bool nulls[Natts_pg_constraint];
    Oid oid = row->oid ? row->oid : catalog_new_oid(rel, PG_CONSTRAINT_OID_INDEX);

    for (int i = 0; i < Natts_pg_constraint; i++)
        nulls[i] = i >= Anum_pg_constraint_conkey - 1;
    SET(pg_constraint, oid, ObjectIdGetDatum(oid));
    SET(pg_constraint, conname, catalog__name(row->name));
    SET(pg_constraint, connamespace, ObjectIdGetDatum(row->namespace_oid));
    SET(pg_constraint, contype, CharGetDatum(row->type));
    SET(pg_constraint, condeferrable, BoolGetDatum(row->deferrable));
    SET(pg_constraint, condeferred, BoolGetDatum(row->deferred));
    SET(pg_constraint, convalidated, BoolGetDatum(row->validated));
    SET(pg_constraint, conrelid, ObjectIdGetDatum(row->relid));
    SET(pg_constraint, conindid, ObjectIdGetDatum(row->index));
    SET(pg_constraint, confupdtype, CharGetDatum(' '));
    SET(pg_constraint, confdeltype, CharGetDatum(' '));
    SET(pg_constraint, confmatchtype, CharGetDatum(' '));
    SET(pg_constraint, conislocal, BoolGetDatum(row->is_local));
    SET(pg_constraint, connoinherit, BoolGetDatum(row->no_inherit));
    if (row->key_count > 0) {
        Datum *keys = palloc_array(Datum, row->key_count);

        for (int i = 0; i < row->key_count; i++)
            keys[i] = Int16GetDatum(row->keys[i]);
        SET(pg_constraint, conkey, catalog_array_build(INT2OID, keys, NULL, row->key_count));
        nulls[Anum_pg_constraint_conkey - 1] = false;
    }
    if (row->expression) {
        SET(pg_constraint, conbin, catalog__text(row->expression));
        nulls[Anum_pg_constraint_conbin - 1] = false;
    }
    catalog_insert_row(rel, values, nulls);
    relation_close(rel, RowExclusiveLock);
    return oid;
}

/* ---- types of relations ---- */

static void
insert_type_row(Relation rel, Oid oid, const char *name, Oid namespace_oid, Oid owner, char kind,
                char category, Oid relid, Oid element, Oid array)
{
    Datum values[Natts_pg_type] = {0};
    bool nulls[Natts_pg_type] = {false};
    bool is_array = category == TYPCATEGORY_ARRAY;

    SET(pg_type, oid, ObjectIdGetDatum(oid));
    SET(pg_type, typname, catalog__name(name));
    SET(pg_type, typnamespace, ObjectIdGetDatum(namespace_oid));
    SET(pg_type, typowner, ObjectIdGetDatum(owner));
    SET(pg_type, typlen, Int16GetDatum(-1));
    SET(pg_type, typbyval, BoolGetDatum(false));
    SET(pg_type, typtype, CharGetDatum(kind));
    SET(pg_type, typcategory, CharGetDatum(category));
    SET(pg_type, typispreferred, BoolGetDatum(false));
    SET(pg_type, typisdefined, BoolGetDatum(true));
    SET(pg_type, typdelim, CharGetDatum(','));
    SET(pg_type, typrelid, ObjectIdGetDatum(relid));
    SET(pg_type, typsubscript, ObjectIdGetDatum(is_array ? F_ARRAY_SUBSCRIPT_HANDLER : 0));
    SET(pg_type, typelem, ObjectIdGetDatum(element));
    SET(pg_type, typarray, ObjectIdGetDatum(array));
    SET(pg_type, typinput, ObjectIdGetDatum(is_array ? F_ARRAY_IN : F_RECORD_IN));
    SET(pg_type, typoutput, ObjectIdGetDatum(is_array ? F_ARRAY_OUT : F_RECORD_OUT));
    SET(pg_type, typreceive, ObjectIdGetDatum(is_array ? F_ARRAY_RECV : F_RECORD_RECV));
    SET(pg_type, typsend, ObjectIdGetDatum(is_array ? F_ARRAY_SEND : F_RECORD_SEND));
    SET(pg_type, typanalyze, ObjectIdGetDatum(is_array ? F_ARRAY_TYPANALYZE : 0));
    SET(pg_type, typalign, CharGetDatum(TYPALIGN_DOUBLE));
    SET(pg_type, typstorage, CharGetDatum(TYPSTORAGE_EXTENDED));
    SET(pg_type, typtypmod, Int32GetDatum(-1));
    SET_NULL(pg_type, typdefaultbin);
    SET_NULL(pg_type, typdefault);
    SET_NULL(pg_type, typacl);
    catalog_insert_row(rel, values, nulls);
}

/* "_name", with more underscores in front until it is free; cut to fit. */
char *
catalog__choose_array_name(const char *name, Oid namespace_oid)
{
    char *candidate = psprintf("_%s", name);

    for (;;) {
        NameData *cut = DatumGetName(catalog__name(candidate));

        if (catalog_type_by_name(NameStr(*cut), namespace_oid) == NULL)
            return NameStr(*cut);
        candidate = psprintf("_%s", candidate);
    }
}

void
catalog__create_row_type(Oid relid, const char *name, Oid namespace_oid, Oid owner, Oid type,
                         Oid array_type)
{
    Relation rel = relation_open(TypeRelationId, RowExclusiveLock);
    ObjectAddress row_type = {TypeRelationId, type, 0};
    ObjectAddress array = {TypeRelationId, array_type, 0};
    ObjectAddress relation = {RelationRelationId, relid, 0};

    insert_type_row(rel, type, name, namespace_oid, owner, TYPTYPE_COMPOSITE,
                    TYPCATEGORY_COMPOSITE, relid, InvalidOid, array_type);
    insert_type_row(rel, array_type, catalog__choose_array_name(name, namespace_oid),
                    namespace_oid, owner, TYPTYPE_BASE, TYPCATEGORY_ARRAY, InvalidOid, type,
                    InvalidOid);
    recordDependencyOn(&row_type, &relation, DEPENDENCY_INTERNAL);
    recordDependencyOn(&array, &row_type, DEPENDENCY_INTERNAL);
    relation_close(rel, RowExclusiveLock);
}
