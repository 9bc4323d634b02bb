/*
 * relbuild.c - filling a relation's cache entry
 *
 * Catalogs, their indexes and TOAST tables come from the generated arrays (relcache.c, R3), all
 * others from pg_class, pg_attribute and pg_index. Everything is allocated in entry->contents.
 */
#include "catalog_int.h"

#include "btree/btree.h"
#include "config/config.h"
#include "heap/toast.h"

#define CATALOG_RELTUPLES_UNKNOWN (-1.0f)

/* ---- what all have ---- */

static void
set_locator(RelcacheEntry *entry)
{
    Relation rel = &entry->rel;
    Form_pg_class form = rel->rd_rel;

    rel->rd_locator.spcOid = form->reltablespace;
    if (form->reltablespace == InvalidOid)
        rel->rd_locator.spcOid =
            form->relisshared ? GLOBALTABLESPACE_OID : MyDatabaseTableSpace;
    rel->rd_locator.dbOid = form->relisshared ? InvalidOid : MyDatabaseId;
    rel->rd_locator.relNumber = form->relfilenode;
    rel->rd_smgr = NULL;
}

static void
set_support(Relation rel, int attno, Oid opclass)
{
    const OpclassInfo *info = catalog_opclass(opclass);

    if (info == NULL)
        elog(ERROR, "cache lookup failed for operator class %u", opclass);
    rel->rd_opfamily[attno] = info->opcfamily;
    rel->rd_opcintype[attno] = info->opcintype;
    rel->rd_support[attno] = catalog_opfamily_proc(info->opcfamily, info->opcintype,
                                                   info->opcintype, BTORDER_PROC);
    fmgr_info_cxt(rel->rd_support[attno], &rel->rd_supportinfo[attno], rel->rd_indexcxt);
}

static void
allocate_index_arrays(RelcacheEntry *entry, int natts)
{
    Relation rel = &entry->rel;

    rel->rd_indexcxt = entry->contents;
    rel->rd_indam = index_am_lookup(rel->rd_rel->relam);
    rel->rd_index = MemoryContextAllocZero(entry->contents, sizeof(FormData_pg_index));
    rel->rd_opfamily = MemoryContextAllocZero(entry->contents, sizeof(Oid) * (Size)natts);
    rel->rd_opcintype = MemoryContextAllocZero(entry->contents, sizeof(Oid) * (Size)natts);
    rel->rd_support = MemoryContextAllocZero(entry->contents, sizeof(RegProcedure) * (Size)natts);
    rel->rd_supportinfo = MemoryContextAllocZero(entry->contents, sizeof(FmgrInfo) * (Size)natts);
    rel->rd_indoption = MemoryContextAllocZero(entry->contents, sizeof(int16) * (Size)natts);
    rel->rd_indcollation = MemoryContextAllocZero(entry->contents, sizeof(Oid) * (Size)natts);
}

static TupleDesc
make_desc(RelcacheEntry *entry, int natts)
{
    MemoryContext old = MemoryContextSwitchTo(entry->contents);
    TupleDesc desc = CreateTemplateTupleDesc(natts);

    MemoryContextSwitchTo(old);
    desc->tdtypmod = -1;
    return desc;
}

/* ---- catalogs ---- */

static void
set_catalog_column(Form_pg_attribute att, const CatalogColumn *column, Oid relid, int attnum)
{
    memset(att, 0, sizeof(*att));
    att->attrelid = relid;
    att->attname = column->name;
    att->atttypid = column->type;
    att->attstattarget = -1;
    att->attlen = column->len;
    att->attnum = (int16)attnum;
    att->attndims = column->ndims;
    att->attcacheoff = -1;
    att->atttypmod = -1;
    att->attbyval = column->byval;
    att->attalign = column->align;
    att->attstorage = column->storage;
    att->attnotnull = column->notnull;
    att->attislocal = true;
    att->attcollation = column->collation;
}

static Form_pg_class
make_catalog_form(RelcacheEntry *entry, Oid oid, const NameData *name, bool shared, char kind)
{
    Form_pg_class form = MemoryContextAllocZero(entry->contents, sizeof(*form));

    form->oid = oid;
    form->relname = *name;
    form->relnamespace = kind == RELKIND_TOASTVALUE ? PG_TOAST_NAMESPACE : PG_CATALOG_NAMESPACE;
    form->relowner = BOOTSTRAP_SUPERUSERID;
    form->relam = kind == RELKIND_INDEX ? BTREE_AM_OID : HEAP_TABLE_AM_OID;
    form->relfilenode = oid;
    form->reltablespace = shared ? GLOBALTABLESPACE_OID : InvalidOid;
    form->reltuples = CATALOG_RELTUPLES_UNKNOWN;
    form->relisshared = shared;
    form->relpersistence = RELPERSISTENCE_PERMANENT;
    form->relkind = kind;
    form->relispopulated = true;
    form->relreplident = 'n';
    form->relfrozenxid = FirstNormalTransactionId;
    form->relminmxid = FirstMultiXactId;
    entry->rel.rd_rel = form;
    if (catalog_bootstrapping) { /* full pages: the image is copied three times */
        entry->rel.rd_options = MemoryContextAllocZero(entry->contents, sizeof(StdRdOptions));
        entry->rel.rd_options->fillfactor = 100;
        entry->rel.rd_options->parallel_workers = -1;
        entry->rel.rd_options->vacuum_truncate = true;
        entry->rel.rd_options->vacuum_index_cleanup = -1;
        entry->rel.rd_options->deduplicate_items = true;
        entry->rel.rd_options->autovacuum_enabled = true;
    }
    entry->rel.rd_isnailed = true;
    entry->rel.rd_iscatalog = true;
    return form;
}

static void
build_catalog_table(RelcacheEntry *entry, const CatalogTable *table)
{
    Form_pg_class form =
        make_catalog_form(entry, table->oid, &table->name, table->shared, RELKIND_RELATION);
    TupleDesc desc = make_desc(entry, table->column_count);

    form->reltype = table->rowtype;
    form->reltoastrelid = table->toast;
    form->relhasindex = table->index_count > 0;
    form->relnatts = (int16)table->column_count;
    for (int i = 0; i < table->column_count; i++)
        set_catalog_column(TupleDescAttr(desc, i), &catalog__columns[table->first_column + i],
                           table->oid, i + 1);
    desc->tdtypeid = table->rowtype;
    entry->rel.rd_att = desc;
    set_locator(entry);
}

/* The shape of an index over catalog columns, given by attnums and opclasses. */
static void
build_catalog_index_columns(RelcacheEntry *entry, TupleDesc table_desc, Oid table, int count,
                            const int16 *attnums, const Oid *opclasses, bool unique, bool primary)
{
    Relation rel = &entry->rel;
    TupleDesc desc = make_desc(entry, count);
    Form_pg_index index;

    rel->rd_rel->relnatts = (int16)count;
    rel->rd_att = desc;
    set_locator(entry);
    allocate_index_arrays(entry, count);
    index = rel->rd_index;
    index->indexrelid = rel->rd_rel->oid;
    index->indrelid = table;
    index->indnatts = index->indnkeyatts = (int16)count;
    index->indisunique = unique;
    index->indisprimary = primary;
    index->indimmediate = index->indisvalid = index->indisready = index->indislive = true;
    for (int i = 0; i < count; i++) {
        *TupleDescAttr(desc, i) = *TupleDescAttr(table_desc, attnums[i] - 1);
        TupleDescAttr(desc, i)->attrelid = rel->rd_rel->oid;
        TupleDescAttr(desc, i)->attnum = (int16)(i + 1);
        TupleDescAttr(desc, i)->attnotnull = false;
        TupleDescAttr(desc, i)->attcacheoff = -1;
        index->indkey.values[i] = attnums[i];
        rel->rd_indcollation[i] = TupleDescAttr(desc, i)->attcollation;
        set_support(rel, i, opclasses[i]);
    }
    tupdesc_changed(desc);
}

static void
build_catalog_index(RelcacheEntry *entry, const CatalogIndex *index)
{
    const CatalogTable *table = catalog__table(index->table);

    make_catalog_form(entry, index->oid, &index->name, table->shared, RELKIND_INDEX);
    build_catalog_index_columns(entry, catalog_desc(table->oid), table->oid, index->key_count,
                                index->attnums, index->opclasses, index->unique, index->primary);
}

static void
fill_toast_desc(TupleDesc desc, Oid relid)
{
    static const struct {
        const char *name;
        Oid type;
    } columns[] = {{"chunk_id", OIDOID}, {"chunk_seq", INT4OID}, {"chunk_data", BYTEAOID}};

    for (int i = 0; i < 3; i++) {
        TupleDescInitBuiltinEntry(desc, (AttrNumber)(i + 1), columns[i].name, columns[i].type, -1,
                                  0);
        TupleDescAttr(desc, i)->attrelid = relid;
        TupleDescAttr(desc, i)->attnotnull = true;
        TupleDescAttr(desc, i)->attstorage = TYPSTORAGE_PLAIN;
    }
    tupdesc_changed(desc);
}

static void
build_catalog_toast(RelcacheEntry *entry, const CatalogTable *owner, bool is_index)
{
    NameData name;
    Oid oid = is_index ? owner->toast_index : owner->toast;
    TupleDesc desc;

    memset(&name, 0, sizeof(name));
    snprintf(NameStr(name), NAMEDATALEN, "pg_toast_%u%s", owner->oid, is_index ? "_index" : "");
    make_catalog_form(entry, oid, &name, owner->shared,
                      is_index ? RELKIND_INDEX : RELKIND_TOASTVALUE);
    entry->rel.rd_rel->relnamespace = PG_TOAST_NAMESPACE;
    desc = make_desc(entry, 3);
    fill_toast_desc(desc, owner->toast);
    if (is_index) {
        build_catalog_index_columns(entry, desc, owner->toast, 2, (int16[]){1, 2},
                                    (Oid[]){OID_BTREE_OPS_OID, INT4_BTREE_OPS_OID}, true, true);
        return;
    }
    entry->rel.rd_rel->relhasindex = true;
    entry->rel.rd_rel->relnatts = 3;
    entry->rel.rd_att = desc;
    set_locator(entry);
}

/* ---- options ---- */

static void
apply_option(StdRdOptions *options, const char *name, const char *value)
{
    bool on = strcmp(value, "true") == 0 || strcmp(value, "on") == 0 || strcmp(value, "1") == 0;

    if (strcmp(name, "fillfactor") == 0)
        options->fillfactor = atoi(value);
    else if (strcmp(name, "toast_tuple_target") == 0)
        options->toast_tuple_target = atoi(value);
    else if (strcmp(name, "parallel_workers") == 0)
        options->parallel_workers = atoi(value);
    else if (strcmp(name, "vacuum_truncate") == 0)
        options->vacuum_truncate = on;
    else if (strcmp(name, "vacuum_index_cleanup") == 0)
        options->vacuum_index_cleanup = strcmp(value, "auto") == 0 ? -1 : on;
    else if (strcmp(name, "deduplicate_items") == 0)
        options->deduplicate_items = on;
    else if (strcmp(name, "autovacuum_enabled") == 0)
        options->autovacuum_enabled = on;
}

static void
set_options(RelcacheEntry *entry, Datum reloptions)
{
    StdRdOptions *options = MemoryContextAllocZero(entry->contents, sizeof(*options));
    Datum *elements;
    int count = catalog_array_elements(reloptions, TEXTOID, &elements, NULL);

    options->parallel_workers = -1;
    options->vacuum_truncate = true;
    options->vacuum_index_cleanup = -1;
    options->deduplicate_items = true;
    options->autovacuum_enabled = true;
    for (int i = 0; i < count; i++) {
        char *text = catalog__cstring(elements[i]);
        char *equals = strchr(text, '=');

        if (equals == NULL)
            continue;
        *equals = '\0';
        apply_option(options, text, equals + 1);
    }
    entry->rel.rd_options = options;
}

/* ---- from rows ---- */

/* xid columns hold 32 bits; the whole id is the youngest one not after now. */
static TransactionId
widen_xid(uint32 low)
{
    TransactionId next = procarray_next_xid();
    TransactionId wide = (next & ~UINT64CONST(0xFFFFFFFF)) | low;

    if (low < FirstNormalTransactionId)
        return low;
    return wide > next ? wide - (UINT64CONST(1) << 32) : wide;
}

#define COLUMN(table, name) values[Anum_##table##_##name - 1]
#define COLUMN_NULL(table, name) nulls[Anum_##table##_##name - 1]

static void
copy_class_row(Form_pg_class form, const Datum *values)
{
    form->oid = DatumGetObjectId(COLUMN(pg_class, oid));
    memcpy(&form->relname, DatumGetPointer(COLUMN(pg_class, relname)), NAMEDATALEN);
    form->relnamespace = DatumGetObjectId(COLUMN(pg_class, relnamespace));
    form->reltype = DatumGetObjectId(COLUMN(pg_class, reltype));
    form->reloftype = DatumGetObjectId(COLUMN(pg_class, reloftype));
    form->relowner = DatumGetObjectId(COLUMN(pg_class, relowner));
    form->relam = DatumGetObjectId(COLUMN(pg_class, relam));
    form->relfilenode = DatumGetObjectId(COLUMN(pg_class, relfilenode));
    form->reltablespace = DatumGetObjectId(COLUMN(pg_class, reltablespace));
    form->relpages = DatumGetInt32(COLUMN(pg_class, relpages));
    form->reltuples = DatumGetFloat4(COLUMN(pg_class, reltuples));
    form->relallvisible = DatumGetInt32(COLUMN(pg_class, relallvisible));
    form->reltoastrelid = DatumGetObjectId(COLUMN(pg_class, reltoastrelid));
    form->relhasindex = DatumGetBool(COLUMN(pg_class, relhasindex));
    form->relisshared = DatumGetBool(COLUMN(pg_class, relisshared));
    form->relpersistence = DatumGetChar(COLUMN(pg_class, relpersistence));
    form->relkind = DatumGetChar(COLUMN(pg_class, relkind));
    form->relnatts = DatumGetInt16(COLUMN(pg_class, relnatts));
    form->relchecks = DatumGetInt16(COLUMN(pg_class, relchecks));
    form->relhasrules = DatumGetBool(COLUMN(pg_class, relhasrules));
    form->relhastriggers = DatumGetBool(COLUMN(pg_class, relhastriggers));
    form->relhassubclass = DatumGetBool(COLUMN(pg_class, relhassubclass));
    form->relrowsecurity = DatumGetBool(COLUMN(pg_class, relrowsecurity));
    form->relforcerowsecurity = DatumGetBool(COLUMN(pg_class, relforcerowsecurity));
    form->relispopulated = DatumGetBool(COLUMN(pg_class, relispopulated));
    form->relreplident = DatumGetChar(COLUMN(pg_class, relreplident));
    form->relispartition = DatumGetBool(COLUMN(pg_class, relispartition));
    form->relrewrite = DatumGetObjectId(COLUMN(pg_class, relrewrite));
    form->relfrozenxid = widen_xid(DatumGetUInt32(COLUMN(pg_class, relfrozenxid)));
    form->relminmxid = DatumGetUInt32(COLUMN(pg_class, relminmxid));
}

static bool
read_class(RelcacheEntry *entry, Oid relid)
{
    HeapTuple row = catalog_fetch1(RelationRelationId, PG_CLASS_OID_INDEX, ObjectIdGetDatum(relid));
    Datum values[Natts_pg_class];
    bool nulls[Natts_pg_class];

    if (row == NULL)
        return false;
    heap_deform_tuple(row, catalog_desc(RelationRelationId), values, nulls);
    entry->rel.rd_rel = MemoryContextAllocZero(entry->contents, sizeof(FormData_pg_class));
    copy_class_row(entry->rel.rd_rel, values);
    if (!COLUMN_NULL(pg_class, reloptions))
        set_options(entry, COLUMN(pg_class, reloptions));
    return true;
}

static void
copy_attribute_row(RelcacheEntry *entry, Form_pg_attribute att, const Datum *values)
{
    memset(att, 0, sizeof(*att));
    att->attrelid = DatumGetObjectId(COLUMN(pg_attribute, attrelid));
    memcpy(&att->attname, DatumGetPointer(COLUMN(pg_attribute, attname)), NAMEDATALEN);
    att->atttypid = DatumGetObjectId(COLUMN(pg_attribute, atttypid));
    att->attstattarget = DatumGetInt32(COLUMN(pg_attribute, attstattarget));
    att->attlen = DatumGetInt16(COLUMN(pg_attribute, attlen));
    att->attnum = DatumGetInt16(COLUMN(pg_attribute, attnum));
    att->attndims = DatumGetInt32(COLUMN(pg_attribute, attndims));
    att->attcacheoff = -1;
    att->atttypmod = DatumGetInt32(COLUMN(pg_attribute, atttypmod));
    att->attbyval = DatumGetBool(COLUMN(pg_attribute, attbyval));
    att->attalign = DatumGetChar(COLUMN(pg_attribute, attalign));
    att->attstorage = DatumGetChar(COLUMN(pg_attribute, attstorage));
    att->attcompression = DatumGetChar(COLUMN(pg_attribute, attcompression));
    att->attnotnull = DatumGetBool(COLUMN(pg_attribute, attnotnull));
    att->atthasdef = DatumGetBool(COLUMN(pg_attribute, atthasdef));
    att->atthasmissing = DatumGetBool(COLUMN(pg_attribute, atthasmissing));
    att->attidentity = DatumGetChar(COLUMN(pg_attribute, attidentity));
    att->attgenerated = DatumGetChar(COLUMN(pg_attribute, attgenerated));
    att->attisdropped = DatumGetBool(COLUMN(pg_attribute, attisdropped));
    att->attislocal = DatumGetBool(COLUMN(pg_attribute, attislocal));
    att->attinhcount = DatumGetInt32(COLUMN(pg_attribute, attinhcount));
    att->attcollation = DatumGetObjectId(COLUMN(pg_attribute, attcollation));
}

static TupleConstr *
ensure_constr(RelcacheEntry *entry, TupleDesc desc)
{
    if (desc->constr == NULL)
        desc->constr = MemoryContextAllocZero(entry->contents, sizeof(TupleConstr));
    return desc->constr;
}

/* The one element of attmissingval, of the column's type. */
static void
set_missing(RelcacheEntry *entry, TupleDesc desc, Form_pg_attribute att, Datum array)
{
    TupleConstr *constr = ensure_constr(entry, desc);
    Datum *elements;
    MemoryContext old;

    if (constr->missing == NULL)
        constr->missing = MemoryContextAllocZero(entry->contents,
                                                 sizeof(AttrMissing) * (Size)desc->natts);
    if (catalog_array_elements(array, att->atttypid, &elements, NULL) != 1)
        elog(ERROR, "missing value of column %d is not a single value", att->attnum);
    old = MemoryContextSwitchTo(entry->contents);
    constr->missing[att->attnum - 1].am_present = true;
    constr->missing[att->attnum - 1].am_value =
        datumCopy(elements[0], att->attbyval, att->attlen);
    MemoryContextSwitchTo(old);
}

static void
read_attributes(RelcacheEntry *entry, Oid relid)
{
    int natts = entry->rel.rd_rel->relnatts;
    TupleDesc desc = make_desc(entry, natts);
    Datum key = ObjectIdGetDatum(relid);
    CatalogScan *scan =
        catalog_scan_begin(AttributeRelationId, PG_ATTRIBUTE_RELID_ATTNUM_INDEX, 1, &key);
    int seen = 0;
    HeapTuple row;

    while ((row = catalog_scan_next(scan)) != NULL) {
        Datum values[Natts_pg_attribute];
        bool nulls[Natts_pg_attribute];
        FormData_pg_attribute att;

        heap_deform_tuple(row, catalog_desc(AttributeRelationId), values, nulls);
        copy_attribute_row(entry, &att, values);
        if (att.attnum <= 0)
            continue;
        if (att.attnum > natts)
            elog(ERROR, "invalid attribute number %d for %s", att.attnum,
                 NameStr(entry->rel.rd_rel->relname));
        *TupleDescAttr(desc, att.attnum - 1) = att;
        seen++;
        if (att.attnotnull)
            ensure_constr(entry, desc)->has_not_null = true;
        if (att.attgenerated == 's')
            ensure_constr(entry, desc)->has_generated_stored = true;
        if (att.atthasmissing && !COLUMN_NULL(pg_attribute, attmissingval))
            set_missing(entry, desc, &att, COLUMN(pg_attribute, attmissingval));
    }
    catalog_scan_end(scan);
    if (seen != natts)
        elog(ERROR, "pg_attribute catalog is missing %d attribute(s) for relation OID %u",
             natts - seen, relid);
    desc->tdtypeid = entry->rel.rd_rel->reltype ? entry->rel.rd_rel->reltype : RECORDOID;
    entry->rel.rd_att = desc;
    tupdesc_changed(desc);
}

static char *
copy_text(RelcacheEntry *entry, Datum text)
{
    char *string = catalog__cstring(text);

    return MemoryContextStrdup(entry->contents, string);
}

static void
read_index(RelcacheEntry *entry, Oid relid)
{
    Relation rel = &entry->rel;
    HeapTuple row =
        catalog_fetch1(IndexRelationId, PG_INDEX_INDEXRELID_INDEX, ObjectIdGetDatum(relid));
    Datum values[Natts_pg_index];
    bool nulls[Natts_pg_index];
    Form_pg_index index;
    const char *vectors[4];

    if (row == NULL)
        elog(ERROR, "cache lookup failed for index %u", relid);
    heap_deform_tuple(row, catalog_desc(IndexRelationId), values, nulls);
    allocate_index_arrays(entry, rel->rd_rel->relnatts);
    index = rel->rd_index;
    index->indexrelid = relid;
    index->indrelid = DatumGetObjectId(COLUMN(pg_index, indrelid));
    index->indnatts = DatumGetInt16(COLUMN(pg_index, indnatts));
    index->indnkeyatts = DatumGetInt16(COLUMN(pg_index, indnkeyatts));
    index->indisunique = DatumGetBool(COLUMN(pg_index, indisunique));
    index->indnullsnotdistinct = DatumGetBool(COLUMN(pg_index, indnullsnotdistinct));
    index->indisprimary = DatumGetBool(COLUMN(pg_index, indisprimary));
    index->indisexclusion = DatumGetBool(COLUMN(pg_index, indisexclusion));
    index->indimmediate = DatumGetBool(COLUMN(pg_index, indimmediate));
    index->indisclustered = DatumGetBool(COLUMN(pg_index, indisclustered));
    index->indisvalid = DatumGetBool(COLUMN(pg_index, indisvalid));
    index->indcheckxmin = DatumGetBool(COLUMN(pg_index, indcheckxmin));
    index->indisready = DatumGetBool(COLUMN(pg_index, indisready));
    index->indislive = DatumGetBool(COLUMN(pg_index, indislive));
    index->indisreplident = DatumGetBool(COLUMN(pg_index, indisreplident));
    vectors[0] = catalog__vector_data(COLUMN(pg_index, indkey));
    vectors[1] = catalog__vector_data(COLUMN(pg_index, indcollation));
    vectors[2] = catalog__vector_data(COLUMN(pg_index, indclass));
    vectors[3] = catalog__vector_data(COLUMN(pg_index, indoption));
    for (int i = 0; i < index->indnatts; i++) {
        Oid opclass;

        memcpy(&index->indkey.values[i], vectors[0] + sizeof(int16) * (Size)i, sizeof(int16));
        if (i >= index->indnkeyatts)
            continue;
        memcpy(&rel->rd_indcollation[i], vectors[1] + sizeof(Oid) * (Size)i, sizeof(Oid));
        memcpy(&opclass, vectors[2] + sizeof(Oid) * (Size)i, sizeof(Oid));
        memcpy(&rel->rd_indoption[i], vectors[3] + sizeof(int16) * (Size)i, sizeof(int16));
        set_support(rel, i, opclass);
    }
    if (!COLUMN_NULL(pg_index, indexprs))
        entry->catalog.index_expressions = copy_text(entry, COLUMN(pg_index, indexprs));
    if (!COLUMN_NULL(pg_index, indpred))
        entry->catalog.index_predicate = copy_text(entry, COLUMN(pg_index, indpred));
}

static void
read_view(RelcacheEntry *entry, Oid relid)
{
    HeapTuple row = catalog_fetch2(RewriteRelationId, PG_REWRITE_REL_RULENAME_INDEX,
                                   ObjectIdGetDatum(relid), catalog__name("_RETURN"));
    bool isnull;
    Datum action;

    if (row == NULL)
        return;
    action = catalog_get(RewriteRelationId, row, Anum_pg_rewrite_ev_action, &isnull);
    entry->catalog.view_query = copy_text(entry, action);
}

bool
catalog__build_relation(RelcacheEntry *entry, Oid relid)
{
    const CatalogTable *table = catalog__table(relid);
    const CatalogIndex *index = catalog__index(relid);
    MemoryContext scratch, old;

    if (table) {
        build_catalog_table(entry, table);
        return true;
    }
    if (index) {
        build_catalog_index(entry, index);
        return true;
    }
    table = catalog__toast_owner(relid);
    if (table) {
        build_catalog_toast(entry, table, relid == table->toast_index);
        return true;
    }
    scratch = AllocSetContextCreate(CurrentMemoryContext, "relation cache build",
                                    ALLOCSET_SMALL_SIZES);
    old = MemoryContextSwitchTo(scratch);
    if (!read_class(entry, relid)) {
        MemoryContextSwitchTo(old);
        MemoryContextDelete(scratch);
        return false;
    }
    entry->rel.rd_iscatalog = false;
    set_locator(entry);
    read_attributes(entry, relid);
    if (entry->rel.rd_rel->relkind == RELKIND_INDEX)
        read_index(entry, relid);
    else if (entry->rel.rd_rel->relhasrules)
        read_view(entry, relid);
    MemoryContextSwitchTo(old);
    MemoryContextDelete(scratch);
    return true;
}

/* ---- indexes of a table ---- */

static int
compare_oids(const void *a, const void *b)
{
    Oid x = *(const Oid *)a;
    Oid y = *(const Oid *)b;

    return (x > y) - (x < y);
}

static void
load_catalog_indexes(RelcacheEntry *entry, const CatalogTable *table)
{
    RelationCatalog *catalog = &entry->catalog;

    catalog->indexes = MemoryContextAlloc(entry->contents,
                                          sizeof(Oid) * (Size)Max(table->index_count, 1));
    for (int i = 0; i < table->index_count; i++) {
        const CatalogIndex *index = &catalog__indexes[table->first_index + i];

        catalog->indexes[i] = index->oid;
        if (index->primary)
            catalog->primary_key_index = index->oid;
    }
    catalog->index_count = table->index_count;
}

static void
load_indexes_from_rows(RelcacheEntry *entry)
{
    RelationCatalog *catalog = &entry->catalog;
    Oid found[256];
    Oid primary = InvalidOid;
    int count = 0;
    Datum key = ObjectIdGetDatum(entry->rel.rd_id);
    CatalogScan *scan = catalog_scan_begin(IndexRelationId, PG_INDEX_INDRELID_INDEX, 1, &key);
    HeapTuple row;

    while ((row = catalog_scan_next(scan)) != NULL) {
        Datum values[Natts_pg_index];
        bool nulls[Natts_pg_index];

        heap_deform_tuple(row, catalog_desc(IndexRelationId), values, nulls);
        if (!DatumGetBool(COLUMN(pg_index, indislive)))
            continue;
        if (count == lengthof(found))
            ereport(ERROR, (errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
                            errmsg("table \"%s\" has more than %d indexes",
                                   RelationGetRelationName(&entry->rel), (int)lengthof(found))));
        found[count] = DatumGetObjectId(COLUMN(pg_index, indexrelid));
        if (DatumGetBool(COLUMN(pg_index, indisprimary)) &&
            DatumGetBool(COLUMN(pg_index, indisvalid)))
            primary = found[count];
        count++;
    }
    catalog_scan_end(scan);
    qsort(found, (size_t)count, sizeof(Oid), compare_oids);
    catalog->indexes = MemoryContextAlloc(entry->contents, sizeof(Oid) * (Size)Max(count, 1));
    memcpy(catalog->indexes, found, sizeof(Oid) * (Size)count);
    catalog->index_count = count;
    catalog->primary_key_index = primary;
}

void
catalog__load_indexes(Relation rel)
{
    RelcacheEntry *entry = relcache_entry(rel);
    const CatalogTable *table = catalog__table(rel->rd_id);
    MemoryContext old;

    if (entry->catalog.indexes_loaded)
        return;
    if (table)
        load_catalog_indexes(entry, table);
    else if ((table = catalog__toast_owner(rel->rd_id)) != NULL) {
        entry->catalog.indexes = MemoryContextAlloc(entry->contents, sizeof(Oid));
        entry->catalog.indexes[0] = table->toast_index;
        entry->catalog.index_count = 1;
        entry->catalog.primary_key_index = table->toast_index;
    } else if (rel->rd_rel->relhasindex)
        load_indexes_from_rows(entry);
    entry->catalog.indexes_loaded = true;
    old = MemoryContextSwitchTo(entry->contents);
    for (int i = 0; i < entry->catalog.index_count; i++)
        rel->rd_indexlist = lappend_oid(rel->rd_indexlist, entry->catalog.indexes[i]);
    MemoryContextSwitchTo(old);
    rel->rd_pkindex = entry->catalog.primary_key_index;
    rel->rd_indexvalid = true;
}

/* ---- which columns indexes read ---- */

/* Columns inside serialised expressions: registered by the parser room, which can read them. */
Bitmapset *(*catalog_expression_columns_hook)(const char *serialised);

static void
add_index_columns(Relation rel, Oid index_oid)
{
    Relation index = relation_open(index_oid, NoLock);
    bool is_key = index->rd_index->indisunique && index->rd_index->indimmediate &&
                  relation_catalog(index)->index_expressions == NULL &&
                  relation_catalog(index)->index_predicate == NULL;
    const char *texts[2] = {relation_catalog(index)->index_expressions,
                            relation_catalog(index)->index_predicate};

    for (int i = 0; i < index->rd_index->indnatts; i++) {
        int column = index->rd_index->indkey.values[i] - FirstLowInvalidHeapAttributeNumber;

        if (index->rd_index->indkey.values[i] == 0)
            continue;
        rel->rd_indexattr = bms_add_member(rel->rd_indexattr, column);
        if (is_key && i < index->rd_index->indnkeyatts)
            rel->rd_keyattr = bms_add_member(rel->rd_keyattr, column);
        if (index->rd_index->indisprimary && i < index->rd_index->indnkeyatts)
            rel->rd_pkattr = bms_add_member(rel->rd_pkattr, column);
    }
    for (int i = 0; i < 2; i++) {
        if (texts[i] == NULL)
            continue;
        if (catalog_expression_columns_hook == NULL)
            elog(ERROR, "index expressions cannot be read yet");
        rel->rd_indexattr =
            bms_add_members(rel->rd_indexattr, catalog_expression_columns_hook(texts[i]));
    }
    relation_close(index, NoLock);
}

Bitmapset *
relation_indexed_columns(Relation relation)
{
    RelcacheEntry *entry = relcache_entry(relation);
    MemoryContext old;

    if (relation->rd_attrsvalid)
        return relation->rd_indexattr;
    catalog__load_indexes(relation);
    old = MemoryContextSwitchTo(entry->contents);
    relation->rd_indexattr = relation->rd_keyattr = relation->rd_pkattr = NULL;
    for (int i = 0; i < entry->catalog.index_count; i++)
        add_index_columns(relation, entry->catalog.indexes[i]);
    MemoryContextSwitchTo(old);
    relation->rd_attrsvalid = true;
    return relation->rd_indexattr;
}

/* ---- defaults and checks ---- */

static void
load_defaults(RelcacheEntry *entry)
{
    RelationCatalog *catalog = &entry->catalog;
    Datum key = ObjectIdGetDatum(entry->rel.rd_id);
    CatalogScan *scan =
        catalog_scan_begin(AttrDefaultRelationId, PG_ATTRDEF_ADRELID_ADNUM_INDEX, 1, &key);
    HeapTuple row;

    catalog->defaults = MemoryContextAllocZero(
        entry->contents, sizeof(RelationDefault) * (Size)Max(entry->rel.rd_att->natts, 1));
    while ((row = catalog_scan_next(scan)) != NULL) {
        Datum values[Natts_pg_attrdef];
        bool nulls[Natts_pg_attrdef];
        RelationDefault *item = &catalog->defaults[catalog->default_count++];

        heap_deform_tuple(row, catalog_desc(AttrDefaultRelationId), values, nulls);
        item->attnum = DatumGetInt16(COLUMN(pg_attrdef, adnum));
        item->expression = copy_text(entry, COLUMN(pg_attrdef, adbin));
    }
    catalog_scan_end(scan);
}

static int
compare_checks(const void *a, const void *b)
{
    return strcmp(((const RelationCheck *)a)->name, ((const RelationCheck *)b)->name);
}

static void
load_checks(RelcacheEntry *entry)
{
    RelationCatalog *catalog = &entry->catalog;
    Datum key = ObjectIdGetDatum(entry->rel.rd_id);
    CatalogScan *scan = catalog_scan_begin(
        ConstraintRelationId, PG_CONSTRAINT_CONRELID_CONTYPID_CONNAME_INDEX, 1, &key);
    HeapTuple row;
    int max = 8;

    catalog->checks = MemoryContextAlloc(entry->contents, sizeof(RelationCheck) * (Size)max);
    while ((row = catalog_scan_next(scan)) != NULL) {
        Datum values[Natts_pg_constraint];
        bool nulls[Natts_pg_constraint];
        RelationCheck *check;

        heap_deform_tuple(row, catalog_desc(ConstraintRelationId), values, nulls);
        if (DatumGetChar(COLUMN(pg_constraint, contype)) != 'c')
            continue;
        if (catalog->check_count == max) {
            max *= 2;
            catalog->checks = repalloc(catalog->checks, sizeof(RelationCheck) * (Size)max);
        }
        check = &catalog->checks[catalog->check_count++];
        check->oid = DatumGetObjectId(COLUMN(pg_constraint, oid));
        check->name = MemoryContextStrdup(
            entry->contents, NameStr(*DatumGetName(COLUMN(pg_constraint, conname))));
        check->expression = copy_text(entry, COLUMN(pg_constraint, conbin));
        check->is_valid = DatumGetBool(COLUMN(pg_constraint, convalidated));
        check->no_inherit = DatumGetBool(COLUMN(pg_constraint, connoinherit));
    }
    catalog_scan_end(scan);
    qsort(catalog->checks, (size_t)catalog->check_count, sizeof(RelationCheck), compare_checks);
}

void
catalog__load_constraints(Relation rel)
{
    RelcacheEntry *entry = relcache_entry(rel);
    bool has_default = false;

    if (entry->catalog.constraints_loaded)
        return;
    for (int i = 0; i < rel->rd_att->natts; i++)
        has_default |= TupleDescAttr(rel->rd_att, i)->atthasdef;
    if (has_default)
        load_defaults(entry);
    if (rel->rd_rel->relchecks > 0)
        load_checks(entry);
    entry->catalog.constraints_loaded = true;
}
