/*
 * cache.c - objects that live in catalog rows: types, schemas, roles, databases, tablespaces
 *
 * Why        the same few user types and schemas are asked for again and again. Built-ins never
 *            get here (builtin.c).
 * Invariants C1. an answer, also "there is none", is kept until a row of its catalog changes.
 *            C2. what was handed out stays readable until the transaction ends (graveyard).
 */
#include "catalog_int.h"

#include "base/hash.h"
#include "base/hashtable.h"

typedef enum CacheKind {
    CACHE_TYPE = 1,
    CACHE_NAMESPACE,
    CACHE_ROLE,
    CACHE_DATABASE,
    CACHE_TABLESPACE,
    /* names: to OIDs */
    CACHE_TYPE_NAME,
    CACHE_RELATION_NAME,
    CACHE_NAMESPACE_NAME,
    CACHE_ROLE_NAME,
    CACHE_DATABASE_NAME,
    CACHE_TABLESPACE_NAME,
} CacheKind;

typedef struct ObjectSlot {
    uint64 key; /* kind << 32 | oid */
    char status;
    void *info; /* NULL: there is none */
} ObjectSlot;
#define KEY_EQUAL(a, b) ((a) == (b))
HASHTABLE_DEFINE(object_table, ObjectSlot, uint64, key, hash_uint64, KEY_EQUAL);

typedef struct NameKey {
    uint32 kind;
    Oid namespace_oid;
    NameData name;
} NameKey;
typedef struct NameSlot {
    NameKey key;
    char status;
    Oid oid;
} NameSlot;

static uint32
hash_name_key(NameKey key)
{
    return hash_combine(hash_cstring(NameStr(key.name)),
                        hash_uint64((uint64)key.kind << 32 | key.namespace_oid));
}

static bool
name_keys_equal(NameKey a, NameKey b)
{
    return a.kind == b.kind && a.namespace_oid == b.namespace_oid &&
           strcmp(NameStr(a.name), NameStr(b.name)) == 0;
}
HASHTABLE_DEFINE(name_table, NameSlot, NameKey, key, hash_name_key, name_keys_equal);

static struct {
    object_table_hash *objects;
    name_table_hash *names;
    uint64 generation; /* moves at every invalidation: an answer read before is not kept */
} cache;

void
catalog__cache_start(void)
{
    cache.objects = object_table_create(CacheMemoryContext, 64);
    cache.names = name_table_create(CacheMemoryContext, 64);
}

static Oid
catalog_of_kind(uint32 kind)
{
    switch (kind) {
    case CACHE_TYPE:
    case CACHE_TYPE_NAME:
        return TypeRelationId;
    case CACHE_RELATION_NAME:
        return RelationRelationId;
    case CACHE_NAMESPACE:
    case CACHE_NAMESPACE_NAME:
        return NamespaceRelationId;
    case CACHE_ROLE:
    case CACHE_ROLE_NAME:
        return AuthIdRelationId;
    case CACHE_DATABASE:
    case CACHE_DATABASE_NAME:
        return DatabaseRelationId;
    default:
        return TableSpaceRelationId;
    }
}

static void
drop_objects(Oid catalog)
{
    uint32 position = 0;
    ObjectSlot *slot;
    uint64 doomed[256];
    int count = 0;

    while ((slot = object_table_next(cache.objects, &position)) != NULL) {
        if (catalog != InvalidOid && catalog_of_kind((uint32)(slot->key >> 32)) != catalog)
            continue;
        catalog__bury_chunk(slot->info);
        slot->info = NULL;
        if (count < (int)lengthof(doomed))
            doomed[count++] = slot->key;
    }
    for (int i = 0; i < count; i++)
        object_table_delete(cache.objects, doomed[i]);
    if (count == (int)lengthof(doomed))
        drop_objects(catalog);
}

static void
drop_names(Oid catalog)
{
    uint32 position = 0;
    NameSlot *slot;
    NameKey *doomed;
    int count = 0;

    if (catalog == InvalidOid) {
        name_table_reset(cache.names);
        return;
    }
    doomed = MemoryContextAlloc(CacheMemoryContext,
                                sizeof(NameKey) * Max(cache.names->member_count, 1));
    while ((slot = name_table_next(cache.names, &position)) != NULL)
        if (catalog_of_kind(slot->key.kind) == catalog)
            doomed[count++] = slot->key;
    for (int i = 0; i < count; i++)
        name_table_delete(cache.names, doomed[i]);
    pfree(doomed);
}

void
catalog__cache_invalidate(Oid catalog)
{
    cache.generation++;
    if (cache.objects->member_count > 0)
        drop_objects(catalog);
    if (cache.names->member_count > 0)
        drop_names(catalog);
}

/* ---- rows to infos ---- */

#define COLUMN(table, name) values[Anum_##table##_##name - 1]
#define COLUMN_NULL(table, name) nulls[Anum_##table##_##name - 1]
#define COPY_NAME(to, datum) memcpy(&(to), DatumGetPointer(datum), NAMEDATALEN)

static void *
make_type(const Datum *values, const bool *nulls)
{
    TypeInfo *t = MemoryContextAllocZero(CacheMemoryContext, sizeof(*t));

    t->oid = DatumGetObjectId(COLUMN(pg_type, oid));
    COPY_NAME(t->typname, COLUMN(pg_type, typname));
    t->typnamespace = DatumGetObjectId(COLUMN(pg_type, typnamespace));
    t->typowner = DatumGetObjectId(COLUMN(pg_type, typowner));
    t->typlen = DatumGetInt16(COLUMN(pg_type, typlen));
    t->typbyval = DatumGetBool(COLUMN(pg_type, typbyval));
    t->typtype = DatumGetChar(COLUMN(pg_type, typtype));
    t->typcategory = DatumGetChar(COLUMN(pg_type, typcategory));
    t->typispreferred = DatumGetBool(COLUMN(pg_type, typispreferred));
    t->typisdefined = DatumGetBool(COLUMN(pg_type, typisdefined));
    t->typdelim = DatumGetChar(COLUMN(pg_type, typdelim));
    t->typalign = DatumGetChar(COLUMN(pg_type, typalign));
    t->typstorage = DatumGetChar(COLUMN(pg_type, typstorage));
    t->typnotnull = DatumGetBool(COLUMN(pg_type, typnotnull));
    t->typrelid = DatumGetObjectId(COLUMN(pg_type, typrelid));
    t->typsubscript = DatumGetObjectId(COLUMN(pg_type, typsubscript));
    t->typelem = DatumGetObjectId(COLUMN(pg_type, typelem));
    t->typarray = DatumGetObjectId(COLUMN(pg_type, typarray));
    t->typinput = DatumGetObjectId(COLUMN(pg_type, typinput));
    t->typoutput = DatumGetObjectId(COLUMN(pg_type, typoutput));
    t->typreceive = DatumGetObjectId(COLUMN(pg_type, typreceive));
    t->typsend = DatumGetObjectId(COLUMN(pg_type, typsend));
    t->typmodin = DatumGetObjectId(COLUMN(pg_type, typmodin));
    t->typmodout = DatumGetObjectId(COLUMN(pg_type, typmodout));
    t->typanalyze = DatumGetObjectId(COLUMN(pg_type, typanalyze));
    t->typbasetype = DatumGetObjectId(COLUMN(pg_type, typbasetype));
    t->typtypmod = DatumGetInt32(COLUMN(pg_type, typtypmod));
    t->typndims = DatumGetInt32(COLUMN(pg_type, typndims));
    t->typcollation = DatumGetObjectId(COLUMN(pg_type, typcollation));
    return t;
}

static void *
make_namespace(const Datum *values, const bool *nulls)
{
    NamespaceInfo *n = MemoryContextAllocZero(CacheMemoryContext, sizeof(*n));

    n->oid = DatumGetObjectId(COLUMN(pg_namespace, oid));
    COPY_NAME(n->nspname, COLUMN(pg_namespace, nspname));
    n->nspowner = DatumGetObjectId(COLUMN(pg_namespace, nspowner));
    return n;
}

/* The password follows the struct. */
static void *
make_role(const Datum *values, const bool *nulls)
{
    char *password = NULL;
    RoleInfo *r;

    if (!COLUMN_NULL(pg_authid, rolpassword))
        password = catalog__cstring(COLUMN(pg_authid, rolpassword));
    r = MemoryContextAllocZero(CacheMemoryContext,
                               sizeof(*r) + (password ? strlen(password) + 1 : 0));
    r->oid = DatumGetObjectId(COLUMN(pg_authid, oid));
    COPY_NAME(r->rolname, COLUMN(pg_authid, rolname));
    r->rolsuper = DatumGetBool(COLUMN(pg_authid, rolsuper));
    r->rolinherit = DatumGetBool(COLUMN(pg_authid, rolinherit));
    r->rolcreaterole = DatumGetBool(COLUMN(pg_authid, rolcreaterole));
    r->rolcreatedb = DatumGetBool(COLUMN(pg_authid, rolcreatedb));
    r->rolcanlogin = DatumGetBool(COLUMN(pg_authid, rolcanlogin));
    r->rolreplication = DatumGetBool(COLUMN(pg_authid, rolreplication));
    r->rolbypassrls = DatumGetBool(COLUMN(pg_authid, rolbypassrls));
    r->rolconnlimit = DatumGetInt32(COLUMN(pg_authid, rolconnlimit));
    r->rolvaliduntil_is_set = !COLUMN_NULL(pg_authid, rolvaliduntil);
    if (r->rolvaliduntil_is_set)
        r->rolvaliduntil = DatumGetTimestampTz(COLUMN(pg_authid, rolvaliduntil));
    if (password) {
        strcpy((char *)(r + 1), password);
        r->rolpassword = (char *)(r + 1);
    }
    return r;
}

static void
copy_text_column(char *to, Size size, Datum value, bool isnull)
{
    to[0] = '\0';
    if (!isnull)
        snprintf(to, size, "%s", catalog__cstring(value));
}

static void *
make_database(const Datum *values, const bool *nulls)
{
    DatabaseInfo *d = MemoryContextAllocZero(CacheMemoryContext, sizeof(*d));

    d->oid = DatumGetObjectId(COLUMN(pg_database, oid));
    COPY_NAME(d->datname, COLUMN(pg_database, datname));
    d->datdba = DatumGetObjectId(COLUMN(pg_database, datdba));
    d->encoding = DatumGetInt32(COLUMN(pg_database, encoding));
    d->datlocprovider = DatumGetChar(COLUMN(pg_database, datlocprovider));
    d->datistemplate = DatumGetBool(COLUMN(pg_database, datistemplate));
    d->datallowconn = DatumGetBool(COLUMN(pg_database, datallowconn));
    d->datconnlimit = DatumGetInt32(COLUMN(pg_database, datconnlimit));
    d->dattablespace = DatumGetObjectId(COLUMN(pg_database, dattablespace));
    copy_text_column(d->datcollate, sizeof(d->datcollate), COLUMN(pg_database, datcollate),
                     COLUMN_NULL(pg_database, datcollate));
    copy_text_column(d->datctype, sizeof(d->datctype), COLUMN(pg_database, datctype),
                     COLUMN_NULL(pg_database, datctype));
    return d;
}

static void *
make_tablespace(const Datum *values, const bool *nulls)
{
    TablespaceInfo *t = MemoryContextAllocZero(CacheMemoryContext, sizeof(*t));

    t->oid = DatumGetObjectId(COLUMN(pg_tablespace, oid));
    COPY_NAME(t->spcname, COLUMN(pg_tablespace, spcname));
    t->spcowner = DatumGetObjectId(COLUMN(pg_tablespace, spcowner));
    return t;
}

/* ---- by OID ---- */

typedef struct ObjectSource {
    CacheKind kind;
    Oid catalog;
    Oid index;
    void *(*make)(const Datum *values, const bool *nulls);
} ObjectSource;

static const ObjectSource object_sources[] = {
    {CACHE_TYPE, TypeRelationId, PG_TYPE_OID_INDEX, make_type},
    {CACHE_NAMESPACE, NamespaceRelationId, PG_NAMESPACE_OID_INDEX, make_namespace},
    {CACHE_ROLE, AuthIdRelationId, PG_AUTHID_OID_INDEX, make_role},
    {CACHE_DATABASE, DatabaseRelationId, PG_DATABASE_OID_INDEX, make_database},
    {CACHE_TABLESPACE, TableSpaceRelationId, PG_TABLESPACE_OID_INDEX, make_tablespace},
};

static void *
read_object(const ObjectSource *source, Oid oid)
{
    MemoryContext scratch =
        AllocSetContextCreate(CurrentMemoryContext, "catalog row", ALLOCSET_SMALL_SIZES);
    MemoryContext old = MemoryContextSwitchTo(scratch);
    HeapTuple row = catalog_fetch1(source->catalog, source->index, ObjectIdGetDatum(oid));
    void *info = NULL;

    if (row) {
        Datum values[CATALOG_COLUMNS_MAX];
        bool nulls[CATALOG_COLUMNS_MAX];

        heap_deform_tuple(row, catalog_desc(source->catalog), values, nulls);
        info = source->make(values, nulls);
    }
    MemoryContextSwitchTo(old);
    MemoryContextDelete(scratch);
    return info;
}

static const void *
find_object(CacheKind kind, Oid oid)
{
    uint64 key = (uint64)kind << 32 | oid;
    ObjectSlot *slot = object_table_lookup(cache.objects, key);
    uint64 generation;
    void *info;
    bool found;

    if (slot)
        return slot->info;
    if (oid == InvalidOid)
        return NULL;
    do {
        generation = cache.generation;
        info = read_object(&object_sources[kind - CACHE_TYPE], oid);
        if (generation != cache.generation)
            catalog__bury_chunk(info);
    } while (generation != cache.generation && debug_discard_caches == 0);
    slot = object_table_insert(cache.objects, key, &found);
    slot->info = info; /* C1 */
    return info;
}

const TypeInfo *
catalog_type(Oid oid)
{
    const TypeInfo *type = catalog__builtin_type(oid);

    if (type || oid < FirstUnpinnedObjectId)
        return type;
    return find_object(CACHE_TYPE, oid);
}

const NamespaceInfo *
catalog_namespace(Oid oid)
{
    return find_object(CACHE_NAMESPACE, oid);
}

const RoleInfo *
catalog_role(Oid oid)
{
    return find_object(CACHE_ROLE, oid);
}

const DatabaseInfo *
catalog_database(Oid oid)
{
    return find_object(CACHE_DATABASE, oid);
}

const TablespaceInfo *
catalog_tablespace(Oid oid)
{
    return find_object(CACHE_TABLESPACE, oid);
}

/* ---- by name ---- */

typedef struct NameSource {
    Oid catalog;
    Oid index;
    AttrNumber oid_column;
    bool in_namespace;
} NameSource;

static const NameSource name_sources[] = {
    {TypeRelationId, PG_TYPE_TYPNAME_NSP_INDEX, Anum_pg_type_oid, true},
    {RelationRelationId, PG_CLASS_RELNAME_NSP_INDEX, Anum_pg_class_oid, true},
    {NamespaceRelationId, PG_NAMESPACE_NSPNAME_INDEX, Anum_pg_namespace_oid, false},
    {AuthIdRelationId, PG_AUTHID_ROLNAME_INDEX, Anum_pg_authid_oid, false},
    {DatabaseRelationId, PG_DATABASE_DATNAME_INDEX, Anum_pg_database_oid, false},
    {TableSpaceRelationId, PG_TABLESPACE_SPCNAME_INDEX, Anum_pg_tablespace_oid, false},
};

static Oid
read_name(const NameSource *source, const NameKey *key)
{
    Datum keys[2] = {NameGetDatum(&key->name), ObjectIdGetDatum(key->namespace_oid)};
    CatalogScan *scan =
        catalog_scan_begin(source->catalog, source->index, source->in_namespace ? 2 : 1, keys);
    HeapTuple row = catalog_scan_next(scan);
    Oid oid = row ? catalog_get_oid(source->catalog, row, source->oid_column) : InvalidOid;

    catalog_scan_end(scan);
    return oid;
}

static Oid
find_name(CacheKind kind, const char *name, Oid namespace_oid)
{
    NameKey key;
    NameSlot *slot;
    uint64 generation;
    Oid oid;
    bool found;

    memset(&key, 0, sizeof(key));
    key.kind = kind;
    key.namespace_oid = namespace_oid;
    strncpy(NameStr(key.name), name, NAMEDATALEN - 1);
    slot = name_table_lookup(cache.names, key);
    if (slot)
        return slot->oid;
    do {
        generation = cache.generation;
        oid = read_name(&name_sources[kind - CACHE_TYPE_NAME], &key);
    } while (generation != cache.generation && debug_discard_caches == 0);
    slot = name_table_insert(cache.names, key, &found);
    slot->oid = oid;
    return oid;
}

const TypeInfo *
catalog_type_by_name(const char *name, Oid namespace_oid)
{
    const TypeInfo *type;

    if (namespace_oid == PG_CATALOG_NAMESPACE &&
        (type = catalog__builtin_type_by_name(name)) != NULL)
        return type;
    return catalog_type(find_name(CACHE_TYPE_NAME, name, namespace_oid));
}

Oid
get_relname_relid(const char *relname, Oid namespace_oid)
{
    if (namespace_oid == PG_CATALOG_NAMESPACE)
        for (int i = 0; i < catalog__tables_count; i++)
            if (strcmp(NameStr(catalog__tables[i].name), relname) == 0)
                return catalog__tables[i].oid;
    return find_name(CACHE_RELATION_NAME, relname, namespace_oid);
}

const NamespaceInfo *
catalog_namespace_by_name(const char *name)
{
    return catalog_namespace(find_name(CACHE_NAMESPACE_NAME, name, InvalidOid));
}

const RoleInfo *
catalog_role_by_name(const char *name)
{
    return catalog_role(find_name(CACHE_ROLE_NAME, name, InvalidOid));
}

const DatabaseInfo *
catalog_database_by_name(const char *name)
{
    return catalog_database(find_name(CACHE_DATABASE_NAME, name, InvalidOid));
}

const TablespaceInfo *
catalog_tablespace_by_name(const char *name)
{
    return catalog_tablespace(find_name(CACHE_TABLESPACE_NAME, name, InvalidOid));
}
