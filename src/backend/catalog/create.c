/*
 * create.c - new relations: tables, views, sequences, their row types, TOAST tables, files
 */
#include "catalog_int.h"

#include "btree/btree.h"
#include "heap/toast.h"
#include "xact/multixact.h"

#define MaxHeapAttributeNumber 1600
#define RELFILE_TRIES_MAX 100000

/* ---- checks ---- */

static bool
has_storage(char relkind)
{
    return relkind == RELKIND_RELATION || relkind == RELKIND_INDEX ||
           relkind == RELKIND_SEQUENCE || relkind == RELKIND_TOASTVALUE ||
           relkind == RELKIND_MATVIEW;
}

static bool
is_system_column_name(const char *name)
{
    static const char *const names[] = {"ctid", "xmin", "cmin", "xmax", "cmax", "tableoid"};

    for (int i = 0; i < (int)lengthof(names); i++)
        if (strcmp(names[i], name) == 0)
            return true;
    return false;
}

static void
check_column_type(const char *name, Oid type)
{
    const TypeInfo *info = catalog_type(type);

    if (info == NULL)
        elog(ERROR, "cache lookup failed for type %u", type);
    if (info->typtype != TYPTYPE_PSEUDO || catalog_bootstrapping)
        return;
    ereport(ERROR, (errcode(ERRCODE_INVALID_TABLE_DEFINITION),
                    errmsg("column \"%s\" has pseudo-type %s", name, format_type_be(type))));
}

static void
check_columns(TupleDesc desc, char relkind)
{
    if (desc->natts > MaxHeapAttributeNumber)
        ereport(ERROR, (errcode(ERRCODE_TOO_MANY_COLUMNS),
                        errmsg("tables can have at most %d columns", MaxHeapAttributeNumber)));
    for (int i = 0; i < desc->natts; i++) {
        const char *name = NameStr(TupleDescAttr(desc, i)->attname);

        if (relkind != RELKIND_VIEW && relkind != RELKIND_COMPOSITE_TYPE &&
            is_system_column_name(name))
            ereport(ERROR, (errcode(ERRCODE_DUPLICATE_COLUMN),
                            errmsg("column name \"%s\" conflicts with a system column name",
                                   name)));
        for (int k = 0; k < i; k++)
            if (strcmp(name, NameStr(TupleDescAttr(desc, k)->attname)) == 0)
                ereport(ERROR, (errcode(ERRCODE_DUPLICATE_COLUMN),
                                errmsg("column \"%s\" specified more than once", name)));
        check_column_type(name, TupleDescAttr(desc, i)->atttypid);
    }
}

static void
check_names_free(const RelationSpec *spec)
{
    const TypeInfo *type;

    if (get_relname_relid(spec->name, spec->namespace_oid) != InvalidOid)
        ereport(ERROR, (errcode(ERRCODE_DUPLICATE_TABLE),
                        errmsg("relation \"%s\" already exists", spec->name)));
    if (spec->no_row_type)
        return;
    type = catalog_type_by_name(spec->name, spec->namespace_oid);
    if (type != NULL)
        ereport(ERROR, (errcode(ERRCODE_DUPLICATE_OBJECT),
                        errmsg("type \"%s\" already exists", spec->name),
                        errhint("A relation has an associated type of the same name, so you must "
                                "use a name that doesn't conflict with any existing type.")));
}

/* ---- numbers and files ---- */

static RelFileLocator
locator_of(Oid tablespace, bool shared, Oid number)
{
    return (RelFileLocator){
        .spcOid = shared       ? GLOBALTABLESPACE_OID
                  : tablespace ? tablespace
                               : MyDatabaseTableSpace,
        .dbOid = shared ? InvalidOid : MyDatabaseId,
        .relNumber = number,
    };
}

static bool
file_exists(RelFileLocator locator)
{
    bool exists = smgr_exists(smgr_open(locator), MAIN_FORKNUM);

    smgr_close(locator);
    return exists;
}

/* A number that no pg_class row and no file has, good for the relation's OID too. */
Oid
catalog__new_relfile_number(Oid tablespace, bool shared)
{
    for (int i = 0; i < RELFILE_TRIES_MAX; i++) {
        Oid number = GetNewObjectId();
        HeapTuple row =
            catalog_fetch1(RelationRelationId, PG_CLASS_OID_INDEX, ObjectIdGetDatum(number));

        CHECK_FOR_INTERRUPTS();
        if (row == NULL && !file_exists(locator_of(tablespace, shared, number)))
            return number;
        if (row)
            heap_freetuple(row);
    }
    elog(ERROR, "no free relation file number found");
    return InvalidOid;
}

static void
create_file(const FormData_pg_class *form)
{
    if (has_storage(form->relkind))
        smgr_create_relation(
            locator_of(form->reltablespace, form->relisshared, form->relfilenode));
}

/* ---- the relation ---- */

static FormData_pg_class
make_class_form(const RelationSpec *spec)
{
    FormData_pg_class form;
    bool is_table = spec->relkind == RELKIND_RELATION || spec->relkind == RELKIND_TOASTVALUE ||
                    spec->relkind == RELKIND_MATVIEW;

    memset(&form, 0, sizeof(form));
    form.oid = spec->oid ? spec->oid : catalog__new_relfile_number(spec->tablespace, false);
    form.relname = *DatumGetName(catalog__name(spec->name));
    form.relnamespace = spec->namespace_oid;
    form.relowner = spec->owner ? spec->owner : GetUserId();
    form.relam = is_table ? HEAP_TABLE_AM_OID : InvalidOid;
    form.relfilenode = has_storage(spec->relkind) ? form.oid : InvalidOid;
    form.reltablespace = spec->tablespace == MyDatabaseTableSpace ? InvalidOid : spec->tablespace;
    form.reltuples = spec->relkind == RELKIND_SEQUENCE ? 1 : -1;
    form.relpages = spec->relkind == RELKIND_SEQUENCE ? 1 : 0;
    if (!has_storage(spec->relkind))
        form.reltuples = spec->relkind == RELKIND_VIEW ? 0 : -1;
    form.relpersistence = spec->persistence ? spec->persistence : RELPERSISTENCE_PERMANENT;
    form.relkind = spec->relkind;
    form.relnatts = (int16)spec->desc->natts;
    form.relispopulated = true;
    form.relreplident = spec->relkind == RELKIND_RELATION && !catalog_bootstrapping ? 'd' : 'n';
    if (is_table) {
        /* any running transaction may insert later: none has a lower xid than RecentXmin */
        form.relfrozenxid =
            TransactionIdIsNormal(RecentXmin) ? RecentXmin : FirstNormalTransactionId;
        form.relminmxid = multixact_oldest_needed();
    }
    return form;
}

static void
insert_attributes(Oid relid, TupleDesc desc, char relkind)
{
    Relation rel = relation_open(AttributeRelationId, RowExclusiveLock);

    for (int i = 0; i < desc->natts; i++) {
        FormData_pg_attribute att = *TupleDescAttr(desc, i);

        att.attrelid = relid;
        att.attnum = (int16)(i + 1);
        att.attstattarget = -1;
        att.attislocal = true;
        att.atthasdef = false; /* set with the default */
        att.atthasmissing = false;
        catalog__insert_attribute_row(rel, &att);
    }
    if (relkind != RELKIND_VIEW && relkind != RELKIND_COMPOSITE_TYPE && relkind != RELKIND_INDEX)
        catalog__insert_system_attribute_rows(rel, relid);
    relation_close(rel, RowExclusiveLock);
}

/* On types, collations, and the schema. */
static void
record_relation_dependencies(const FormData_pg_class *form, TupleDesc desc)
{
    ObjectAddress self = {RelationRelationId, form->oid, 0};
    ObjectAddress schema = {NamespaceRelationId, form->relnamespace, 0};

    if (form->relkind == RELKIND_TOASTVALUE)
        return;
    recordDependencyOn(&self, &schema, DEPENDENCY_NORMAL);
    recordDependencyOnOwner(RelationRelationId, form->oid, form->relowner);
    for (int i = 0; i < desc->natts; i++) {
        ObjectAddress column = {RelationRelationId, form->oid, i + 1};
        ObjectAddress type = {TypeRelationId, TupleDescAttr(desc, i)->atttypid, 0};

        recordDependencyOn(&column, &type, DEPENDENCY_NORMAL);
    }
}

Oid
catalog_create_relation(const RelationSpec *spec)
{
    Relation pg_class;
    FormData_pg_class form;
    Oid array_type = InvalidOid;

    if (spec->persistence == RELPERSISTENCE_TEMP)
        ereport(ERROR, (errcode(ERRCODE_FEATURE_NOT_SUPPORTED),
                        errmsg("temporary tables are not supported")));
    check_columns(spec->desc, spec->relkind);
    check_names_free(spec);
    form = make_class_form(spec);
    if (!spec->no_row_type) {
        Relation pg_type = relation_open(TypeRelationId, RowExclusiveLock);

        form.reltype = catalog_new_oid(pg_type, PG_TYPE_OID_INDEX);
        array_type = catalog_new_oid(pg_type, PG_TYPE_OID_INDEX);
        relation_close(pg_type, NoLock);
    }
    create_file(&form);
    pg_class = relation_open(RelationRelationId, RowExclusiveLock);
    catalog__insert_class_row(pg_class, &form, 0, spec->reloptions);
    relation_close(pg_class, RowExclusiveLock);
    insert_attributes(form.oid, spec->desc, spec->relkind);
    if (form.reltype != InvalidOid)
        catalog__create_row_type(form.oid, NameStr(form.relname), form.relnamespace,
                                 form.relowner, form.reltype, array_type);
    record_relation_dependencies(&form, spec->desc);
    catalog__note_created(form.oid);
    xact_command_counter_increment();
    if (spec->relkind == RELKIND_RELATION || spec->relkind == RELKIND_MATVIEW)
        catalog__create_toast_table(form.oid);
    return form.oid;
}

/* ---- TOAST ---- */

/* Could a row get too long for its page? */
static bool
needs_toast(TupleDesc desc)
{
    int64 length = 0;
    bool unlimited = false;
    bool has_toastable = false;

    for (int i = 0; i < desc->natts; i++) {
        Form_pg_attribute att = TupleDescAttr(desc, i);

        if (att->attisdropped)
            continue;
        if (att->attlen > 0) {
            length += att->attlen;
            continue;
        }
        if (att->attlen == -1) {
            int32 most = type_maximum_size(att->atttypid, att->atttypmod);

            if (most < 0)
                unlimited = true;
            else
                length += most;
            has_toastable |= att->attstorage != TYPSTORAGE_PLAIN;
        }
    }
    if (!has_toastable)
        return false;
    return unlimited || length > TOAST_TUPLE_THRESHOLD - 64;
}

static TupleDesc
toast_desc(void)
{
    TupleDesc desc = CreateTemplateTupleDesc(3);

    TupleDescInitBuiltinEntry(desc, 1, "chunk_id", OIDOID, -1, 0);
    TupleDescInitBuiltinEntry(desc, 2, "chunk_seq", INT4OID, -1, 0);
    TupleDescInitBuiltinEntry(desc, 3, "chunk_data", BYTEAOID, -1, 0);
    for (int i = 0; i < 3; i++)
        TupleDescAttr(desc, i)->attstorage = TYPSTORAGE_PLAIN;
    return desc;
}

static void
create_toast_index(Oid toast, Oid owner_relid, Oid tablespace)
{
    Relation rel = relation_open(toast, ShareLock);
    TupleDesc desc = CreateTemplateTupleDesc(2);
    IndexSpec spec = {
        .name = psprintf("pg_toast_%u_index", owner_relid),
        .tablespace = tablespace,
        .method = BTREE_AM_OID,
        .key_count = 2,
        .column_count = 2,
        .attnums = (AttrNumber[]){1, 2},
        .opclasses = (Oid[]){OID_BTREE_OPS_OID, INT4_BTREE_OPS_OID},
        .collations = (Oid[]){0, 0},
        .options = (int16[]){0, 0},
        .desc = desc,
        .unique = true,
        .primary = true,
        .immediate = true,
        .is_valid = true,
    };
    Relation index;

    TupleDescInitBuiltinEntry(desc, 1, "chunk_id", OIDOID, -1, 0);
    TupleDescInitBuiltinEntry(desc, 2, "chunk_seq", INT4OID, -1, 0);
    index = relation_open(catalog_create_index(rel, &spec, NULL), AccessExclusiveLock);
    btree_build_empty(index);
    relation_close(index, NoLock);
    relation_close(rel, NoLock);
}

void
catalog__create_toast_table(Oid relid)
{
    Relation rel = relation_open(relid, NoLock);
    RelationSpec spec = {0};
    ObjectAddress toast = {RelationRelationId, InvalidOid, 0};
    ObjectAddress self = {RelationRelationId, relid, 0};

    if (rel->rd_rel->reltoastrelid != InvalidOid || !needs_toast(rel->rd_att)) {
        relation_close(rel, NoLock);
        return;
    }
    spec.name = psprintf("pg_toast_%u", relid);
    spec.namespace_oid = PG_TOAST_NAMESPACE;
    spec.owner = rel->rd_rel->relowner;
    spec.tablespace = rel->rd_rel->reltablespace;
    spec.relkind = RELKIND_TOASTVALUE;
    spec.persistence = rel->rd_rel->relpersistence;
    spec.desc = toast_desc();
    spec.no_row_type = true;
    relation_close(rel, NoLock);
    toast.objectId = catalog_create_relation(&spec);
    create_toast_index(toast.objectId, relid, spec.tablespace);
    catalog__change_class(relid, 1,
                          &(ColumnChange){Anum_pg_class_reltoastrelid,
                                          ObjectIdGetDatum(toast.objectId), false});
    recordDependencyOn(&toast, &self, DEPENDENCY_INTERNAL);
    xact_command_counter_increment();
}

/* ---- indexes ---- */

static FormData_pg_index
make_index_form(Oid oid, Relation heap, const IndexSpec *spec)
{
    FormData_pg_index form;

    memset(&form, 0, sizeof(form));
    form.indexrelid = oid;
    form.indrelid = heap->rd_id;
    form.indnatts = (int16)spec->column_count;
    form.indnkeyatts = (int16)spec->key_count;
    form.indisunique = spec->unique;
    form.indnullsnotdistinct = spec->nulls_not_distinct;
    form.indisprimary = spec->primary;
    form.indimmediate = spec->immediate;
    form.indisvalid = form.indisready = spec->is_valid;
    form.indislive = true;
    for (int i = 0; i < spec->column_count; i++)
        form.indkey.values[i] = spec->attnums[i];
    return form;
}

static void
insert_index_attributes(Oid oid, Relation heap, const IndexSpec *spec)
{
    Relation rel = relation_open(AttributeRelationId, RowExclusiveLock);

    for (int i = 0; i < spec->column_count; i++) {
        FormData_pg_attribute att = *TupleDescAttr(spec->desc, i);

        att.attrelid = oid;
        att.attnum = (int16)(i + 1);
        att.attstattarget = -1;
        att.attislocal = true;
        att.attnotnull = att.atthasdef = att.atthasmissing = false;
        att.attidentity = att.attgenerated = '\0';
        att.attinhcount = 0;
        if (i < spec->key_count)
            att.attcollation = spec->collations[i];
        catalog__insert_attribute_row(rel, &att);
    }
    relation_close(rel, RowExclusiveLock);
}

static void
record_column_dependencies(const ObjectAddress *depender, Oid relid, const IndexSpec *spec,
                           DependencyType kind)
{
    bool any = false;
    int column = -1;

    for (int i = 0; i < spec->column_count; i++) {
        ObjectAddress referenced = {RelationRelationId, relid, spec->attnums[i]};

        if (spec->attnums[i] == 0)
            continue;
        recordDependencyOn(depender, &referenced, kind);
        any = true;
    }
    while ((column = bms_next_member(spec->expression_columns, column)) >= 0) {
        ObjectAddress referenced = {RelationRelationId, relid,
                                    column + FirstLowInvalidHeapAttributeNumber};

        recordDependencyOn(depender, &referenced, kind);
        any = true;
    }
    if (!any) {
        ObjectAddress referenced = {RelationRelationId, relid, 0};

        recordDependencyOn(depender, &referenced, kind);
    }
}

static Oid
create_index_constraint(Oid index, Relation heap, const IndexSpec *spec)
{
    ConstraintRow row = {
        .name = spec->name,
        .namespace_oid = heap->rd_rel->relnamespace,
        .type = spec->primary ? 'p' : 'u',
        .deferrable = spec->deferrable,
        .deferred = spec->initially_deferred,
        .validated = true,
        .is_local = true,
        .no_inherit = true,
        .relid = heap->rd_id,
        .index = index,
        .keys = spec->attnums,
        .key_count = spec->key_count,
    };
    ObjectAddress constraint = {ConstraintRelationId, catalog__insert_constraint_row(&row), 0};
    ObjectAddress self = {RelationRelationId, index, 0};

    record_column_dependencies(&constraint, heap->rd_id, spec, DEPENDENCY_AUTO);
    recordDependencyOn(&self, &constraint, DEPENDENCY_INTERNAL);
    return constraint.objectId;
}

Oid
catalog_create_index(Relation heap, const IndexSpec *spec, Oid *ret_constraint)
{
    FormData_pg_class form;
    FormData_pg_index index_form;
    Relation pg_class;
    ObjectAddress self = {RelationRelationId, InvalidOid, 0};
    Oid constraint = InvalidOid;

    if (get_relname_relid(spec->name, heap->rd_rel->relnamespace) != InvalidOid)
        ereport(ERROR, (errcode(ERRCODE_DUPLICATE_TABLE),
                        errmsg("relation \"%s\" already exists", spec->name)));
    memset(&form, 0, sizeof(form));
    form.oid = spec->oid ? spec->oid : catalog__new_relfile_number(spec->tablespace, false);
    form.relname = *DatumGetName(catalog__name(spec->name));
    form.relnamespace = heap->rd_rel->relnamespace;
    form.relowner = heap->rd_rel->relowner;
    form.relam = spec->method;
    form.relfilenode = form.oid;
    form.reltablespace = spec->tablespace == MyDatabaseTableSpace ? InvalidOid : spec->tablespace;
    form.relpersistence = heap->rd_rel->relpersistence;
    form.relkind = RELKIND_INDEX;
    form.relnatts = (int16)spec->column_count;
    form.relispopulated = true;
    form.relreplident = 'n';
    create_file(&form);
    pg_class = relation_open(RelationRelationId, RowExclusiveLock);
    catalog__insert_class_row(pg_class, &form, 0, spec->reloptions);
    relation_close(pg_class, RowExclusiveLock);
    insert_index_attributes(form.oid, heap, spec);
    index_form = make_index_form(form.oid, heap, spec);
    catalog__insert_index_row(&index_form, spec->opclasses, spec->collations, spec->options,
                              spec->expressions, spec->predicate);
    self.objectId = form.oid;
    if (spec->is_constraint)
        constraint = create_index_constraint(form.oid, heap, spec);
    else
        record_column_dependencies(&self, heap->rd_id, spec, DEPENDENCY_AUTO);
    if (!heap->rd_rel->relhasindex)
        catalog__change_class(heap->rd_id, 1,
                              &(ColumnChange){Anum_pg_class_relhasindex, BoolGetDatum(true),
                                              false});
    catalog__note_created(form.oid);
    if (ret_constraint)
        *ret_constraint = constraint;
    xact_command_counter_increment();
    return form.oid;
}

void
catalog_index_set_valid(Oid index, bool is_ready, bool is_valid)
{
    Datum key = ObjectIdGetDatum(index);
    ColumnChange changes[2] = {{Anum_pg_index_indisready, BoolGetDatum(is_ready), false},
                               {Anum_pg_index_indisvalid, BoolGetDatum(is_valid), false}};

    catalog__change_row(IndexRelationId, PG_INDEX_INDEXRELID_INDEX, 1, &key, 2, changes);
}
