/*
 * relcache.c - open relations of this process: find, pin, drop, keep right
 *
 * Why        building a Relation takes several catalog scans; statements open the same few tables
 *            again and again.
 * Invariants R1. an entry with references is never freed; invalidated, it is rebuilt in place at
 *                the next open, its old contents live on until the transaction ends (graveyard).
 *            R2. who opens with a lock has accepted all invalidations sent before the lock was
 *                granted, so the entry is right as long as the lock is held.
 *            R3. catalogs are built from const arrays: opening one never reads a catalog, so
 *                that building any other relation cannot recurse for ever.
 * Locks      takes relation locks; none of shared memory's.
 * Errors     throws 42P01, 42809, XX000 "could not open relation with OID"
 */
#include "catalog_int.h"

#include "base/hash.h"
#include "base/hashtable.h"

typedef struct RelcacheSlot {
    Oid oid;
    char status;
    RelcacheEntry *entry;
} RelcacheSlot;
#define OID_EQUAL(a, b) ((a) == (b))
HASHTABLE_DEFINE(relcache_table, RelcacheSlot, Oid, oid, hash_uint32_mix, OID_EQUAL);

/* A relation that this transaction made or gave a new file. */
typedef struct NewRelation {
    Oid oid;
    SubTransactionId created; /* 0: it existed before */
    SubTransactionId new_file;
} NewRelation;

/* A relation being built; a message about it means: build again. One that an error ended stays in
 * the list until the transaction does, and harms nobody. */
typedef struct BuildInProgress {
    Oid oid;
    bool invalidated;
} BuildInProgress;
#define BUILDS_MAX 64

typedef struct Callback {
    RelcacheCallbackFunction function;
    Datum arg;
} Callback;
#define CALLBACKS_MAX 16

static struct {
    relcache_table_hash *table;
    NewRelation *new_relations; /* TopMemoryContext, kept between transactions */
    int new_count;
    int new_max;
    BuildInProgress building[BUILDS_MAX];
    int building_count;
    bool any_stale;
    MemoryContext *graves;
    int grave_count;
    int grave_max;
    void **chunks;
    int chunk_count;
    int chunk_max;
    Callback callbacks[CALLBACKS_MAX];
    int callback_count;
} relcache;

uint64 catalog_generation;

static void release_reference(Datum reference);
static char *describe_reference(Datum reference);

static const ResourceOwnerDesc relation_reference = {
    .name = "relcache reference",
    .release_phase = RESOURCE_RELEASE_BEFORE_LOCKS,
    .release_priority = RELEASE_PRIO_RELCACHE_REFS,
    .ReleaseResource = release_reference,
    .DebugPrint = describe_reference,
};

static void
release_reference(Datum reference)
{
    Relation rel = (Relation)DatumGetPointer(reference);

    Assert(rel->rd_refcnt > 0);
    rel->rd_refcnt--;
}

static char *
describe_reference(Datum reference)
{
    return psprintf("relation \"%s\"",
                    RelationGetRelationName((Relation)DatumGetPointer(reference)));
}

/* ---- the graveyard ---- */

void
catalog__bury_context(MemoryContext context)
{
    if (relcache.grave_count == relcache.grave_max) {
        relcache.grave_max = relcache.grave_max ? relcache.grave_max * 2 : 16;
        relcache.graves = relcache.graves
                              ? repalloc(relcache.graves,
                                         sizeof(MemoryContext) * (Size)relcache.grave_max)
                              : MemoryContextAlloc(TopMemoryContext, sizeof(MemoryContext) *
                                                                         (Size)relcache.grave_max);
    }
    relcache.graves[relcache.grave_count++] = context;
}

void
catalog__bury_chunk(void *chunk)
{
    if (chunk == NULL)
        return;
    if (relcache.chunk_count == relcache.chunk_max) {
        relcache.chunk_max = relcache.chunk_max ? relcache.chunk_max * 2 : 32;
        relcache.chunks =
            relcache.chunks
                ? repalloc(relcache.chunks, sizeof(void *) * (Size)relcache.chunk_max)
                : MemoryContextAlloc(TopMemoryContext,
                                     sizeof(void *) * (Size)relcache.chunk_max);
    }
    relcache.chunks[relcache.chunk_count++] = chunk;
}

void
catalog__empty_graveyard(void)
{
    while (relcache.grave_count > 0)
        MemoryContextDelete(relcache.graves[--relcache.grave_count]);
    while (relcache.chunk_count > 0)
        pfree(relcache.chunks[--relcache.chunk_count]);
}

/* ---- relations new in this transaction ---- */

static NewRelation *
find_new(Oid oid)
{
    for (int i = 0; i < relcache.new_count; i++)
        if (relcache.new_relations[i].oid == oid)
            return &relcache.new_relations[i];
    return NULL;
}

static NewRelation *
add_new(Oid oid)
{
    NewRelation *found = find_new(oid);

    if (found)
        return found;
    if (relcache.new_count == relcache.new_max) {
        relcache.new_max = relcache.new_max ? relcache.new_max * 2 : 8;
        relcache.new_relations =
            relcache.new_relations
                ? repalloc(relcache.new_relations,
                           sizeof(NewRelation) * (Size)relcache.new_max)
                : MemoryContextAlloc(TopMemoryContext,
                                     sizeof(NewRelation) * (Size)relcache.new_max);
    }
    found = &relcache.new_relations[relcache.new_count++];
    *found = (NewRelation){.oid = oid};
    return found;
}

static void
stamp_new(Relation rel)
{
    NewRelation *found = relcache.new_count > 0 ? find_new(rel->rd_id) : NULL;

    rel->rd_createSubid = found ? found->created : InvalidSubTransactionId;
    rel->rd_newRelfilenodeSubid = found ? found->new_file : InvalidSubTransactionId;
    rel->rd_firstRelfilenodeSubid = rel->rd_newRelfilenodeSubid;
}

static void
stamp_cached(Oid relid)
{
    RelcacheSlot *slot = relcache_table_lookup(relcache.table, relid);

    if (slot)
        stamp_new(&slot->entry->rel);
}

void
catalog__note_created(Oid relid)
{
    add_new(relid)->created = xact_current_subid();
    stamp_cached(relid);
}

void
catalog__note_new_file(Oid relid)
{
    add_new(relid)->new_file = xact_current_subid();
    stamp_cached(relid);
}

/* ---- entries ---- */

/* Builds until no message about the relation came in between. False: there is none. On an error
 * what was built goes with the caller's memory context. */
static bool
build_contents(RelcacheEntry *fresh, Oid relid)
{
    int level = relcache.building_count < BUILDS_MAX ? relcache.building_count : 0;
    bool exists;

    for (;;) {
        memset(fresh, 0, sizeof(*fresh));
        fresh->rel.rd_backend = -1;
        fresh->rel.rd_id = relid;
        fresh->rel.rd_catalog = &fresh->catalog;
        fresh->contents = AllocSetContextCreateInternal(
            CurrentMemoryContext, "relation cache entry", ALLOCSET_SMALL_SIZES);
        fresh->catalog.context = fresh->contents;
        relcache.building[level] = (BuildInProgress){.oid = relid};
        relcache.building_count = level + 1;
        exists = catalog__build_relation(fresh, relid);
        relcache.building_count = level;
        if (exists && !relcache.building[level].invalidated)
            break;
        MemoryContextDelete(fresh->contents);
        if (!exists)
            return false;
    }
    MemoryContextSetParent(fresh->contents, CacheMemoryContext);
    fresh->rel.rd_isvalid = true;
    stamp_new(&fresh->rel);
    return true;
}

/* R1: the Relation stays where it is, what it points to is new. */
static bool
rebuild(RelcacheEntry *entry)
{
    RelcacheEntry fresh;

    if (!build_contents(&fresh, entry->rel.rd_id))
        return false;
    catalog__bury_context(entry->contents);
    fresh.rel.rd_refcnt = entry->rel.rd_refcnt;
    fresh.rel.rd_counts = entry->rel.rd_counts;
    fresh.rel.rd_stats = entry->rel.rd_stats;
    *entry = fresh;
    entry->rel.rd_catalog = &entry->catalog;
    return true;
}

static void
remove_entry(RelcacheEntry *entry)
{
    relcache_table_delete(relcache.table, entry->rel.rd_id);
    catalog__bury_context(entry->contents);
    catalog__bury_chunk(entry);
}

static RelcacheEntry *
create_entry(Oid relid)
{
    RelcacheEntry fresh;
    RelcacheSlot *slot;
    bool found;

    if (!build_contents(&fresh, relid))
        return NULL;
    slot = relcache_table_insert(relcache.table, relid, &found);
    if (found) { /* building it opened it: keep the one that others may hold */
        catalog__bury_context(fresh.contents);
        return slot->entry;
    }
    slot->entry = MemoryContextAlloc(CacheMemoryContext, sizeof(RelcacheEntry));
    *slot->entry = fresh;
    slot->entry->rel.rd_catalog = &slot->entry->catalog;
    return slot->entry;
}

static RelcacheEntry *
find_entry(Oid relid)
{
    RelcacheSlot *slot = relcache_table_lookup(relcache.table, relid);

    if (slot == NULL)
        return create_entry(relid);
    if (unlikely(slot->entry->stale)) {
        RelcacheEntry *entry = slot->entry;

        if (!rebuild(entry)) {
            if (entry->rel.rd_refcnt == 0)
                remove_entry(entry);
            return NULL;
        }
        return entry;
    }
    return slot->entry;
}

void
RelationIncrementReferenceCount(Relation relation)
{
    ResourceOwnerEnlarge(CurrentResourceOwner);
    relation->rd_refcnt++;
    ResourceOwnerRemember(CurrentResourceOwner, PointerGetDatum(relation), &relation_reference);
}

void
RelationDecrementReferenceCount(Relation relation)
{
    Assert(relation->rd_refcnt > 0);
    relation->rd_refcnt--;
    ResourceOwnerForget(CurrentResourceOwner, PointerGetDatum(relation), &relation_reference);
}

/* R3: a catalog's descriptor stays where it is as long as the process lives. */
TupleDesc
catalog_desc(Oid catalog)
{
    Assert(catalog__table(catalog) != NULL);
    return find_entry(catalog)->rel.rd_att;
}

/* ---- open and close ---- */

static Relation
open_locked(Oid relid)
{
    RelcacheEntry *entry;

    if (unlikely(debug_discard_caches > 0))
        catalog__relcache_invalidate(InvalidOid);
    entry = find_entry(relid);
    if (entry == NULL)
        return NULL;
    RelationIncrementReferenceCount(&entry->rel);
    return &entry->rel;
}

Relation
relation_open(Oid relid, LOCKMODE lockmode)
{
    Relation rel;

    if (lockmode != NoLock)
        lock_relation(relid, lockmode);
    rel = open_locked(relid);
    if (rel == NULL)
        elog(ERROR, "could not open relation with OID %u", relid);
    return rel;
}

Relation
try_relation_open(Oid relid, LOCKMODE lockmode)
{
    Relation rel;

    if (lockmode != NoLock)
        lock_relation(relid, lockmode);
    rel = open_locked(relid);
    if (rel == NULL && lockmode != NoLock)
        unlock_relation(relid, lockmode);
    return rel;
}

void
relation_close(Relation relation, LOCKMODE lockmode)
{
    Oid relid = relation->rd_id;

    RelationDecrementReferenceCount(relation);
    if (lockmode != NoLock)
        unlock_relation(relid, lockmode);
}

Relation
table_open(Oid relid, LOCKMODE lockmode)
{
    Relation rel = relation_open(relid, lockmode);

    if (rel->rd_rel->relkind == RELKIND_INDEX || rel->rd_rel->relkind == RELKIND_PARTITIONED_INDEX)
        ereport(ERROR, (errcode(ERRCODE_WRONG_OBJECT_TYPE),
                        errmsg("\"%s\" is an index", RelationGetRelationName(rel))));
    if (rel->rd_rel->relkind == RELKIND_COMPOSITE_TYPE)
        ereport(ERROR, (errcode(ERRCODE_WRONG_OBJECT_TYPE),
                        errmsg("\"%s\" is a composite type", RelationGetRelationName(rel))));
    return rel;
}

void
table_close(Relation relation, LOCKMODE lockmode)
{
    relation_close(relation, lockmode);
}

Relation
index_open(Oid relid, LOCKMODE lockmode)
{
    Relation rel = relation_open(relid, lockmode);

    if (rel->rd_rel->relkind != RELKIND_INDEX)
        ereport(ERROR, (errcode(ERRCODE_WRONG_OBJECT_TYPE),
                        errmsg("\"%s\" is not an index", RelationGetRelationName(rel))));
    return rel;
}

void
index_close(Relation relation, LOCKMODE lockmode)
{
    relation_close(relation, lockmode);
}

/* The name may move to another relation while we wait for the lock: look again until it did not. */
Oid
catalog_relation_lock_by_name(const char *schema, const char *name, LOCKMODE lockmode,
                              bool missing_ok)
{
    Oid relid = InvalidOid;

    for (;;) {
        Oid found;
        uint64 before;

        sinval_accept();
        if (schema)
            LookupExplicitNamespace(schema, missing_ok);
        found = catalog_relation_find(schema, name);
        if (relid != InvalidOid) {
            if (found == relid)
                return relid;
            unlock_relation(relid, lockmode);
        }
        relid = found;
        if (relid == InvalidOid)
            break;
        if (lockmode == NoLock)
            return relid;
        before = catalog_generation;
        lock_relation(relid, lockmode);
        if (before == catalog_generation)
            return relid;
    }
    if (missing_ok)
        return InvalidOid;
    ereport(ERROR, (errcode(ERRCODE_UNDEFINED_TABLE),
                    schema ? errmsg("relation \"%s.%s\" does not exist", schema, name)
                           : errmsg("relation \"%s\" does not exist", name)));
    return InvalidOid;
}

Relation
relation_open_by_name(const char *schema, const char *name, LOCKMODE lockmode, bool missing_ok)
{
    Oid relid = catalog_relation_lock_by_name(schema, name, lockmode, missing_ok);

    return relid == InvalidOid ? NULL : relation_open(relid, NoLock);
}

/* ---- parts read at need ---- */

RelationCatalog *
relation_catalog(Relation relation)
{
    return relation->rd_catalog;
}

List *
RelationGetIndexList(Relation relation)
{
    List *list = NIL;
    RelationCatalog *catalog;

    catalog__load_indexes(relation);
    catalog = relation_catalog(relation);
    for (int i = 0; i < catalog->index_count; i++)
        list = lappend_oid(list, catalog->indexes[i]);
    return list;
}

Oid
RelationGetPrimaryKeyIndex(Relation relation)
{
    catalog__load_indexes(relation);
    return relation_catalog(relation)->primary_key_index;
}

int
relation_checks(Relation relation, const RelationCheck **ret_checks)
{
    catalog__load_constraints(relation);
    *ret_checks = relation_catalog(relation)->checks;
    return relation_catalog(relation)->check_count;
}

const char *
relation_default(Relation relation, AttrNumber attnum)
{
    RelationCatalog *catalog = relation_catalog(relation);

    if (!TupleDescAttr(relation->rd_att, attnum - 1)->atthasdef)
        return NULL;
    catalog__load_constraints(relation);
    for (int i = 0; i < catalog->default_count; i++)
        if (catalog->defaults[i].attnum == attnum)
            return catalog->defaults[i].expression;
    return NULL;
}

/* ---- invalidation ---- */

static void
invalidate_entry(RelcacheEntry *entry)
{
    const CatalogTable *table = catalog__table(entry->rel.rd_id);

    if (table || catalog__index(entry->rel.rd_id)) /* R3: nothing in it can change */
        return;
    entry->stale = true;
    entry->rel.rd_isvalid = false;
    relcache.any_stale = true;
}

static void
invalidate_all(void)
{
    uint32 position = 0;
    RelcacheSlot *slot;

    while ((slot = relcache_table_next(relcache.table, &position)) != NULL)
        invalidate_entry(slot->entry);
}

void
catalog__relcache_invalidate(Oid relid)
{
    RelcacheSlot *slot;

    catalog_generation++;
    for (int i = 0; i < relcache.building_count; i++)
        if (relid == InvalidOid || relcache.building[i].oid == relid)
            relcache.building[i].invalidated = relid != InvalidOid || debug_discard_caches == 0;
    if (relid == InvalidOid)
        invalidate_all();
    else if ((slot = relcache_table_lookup(relcache.table, relid)) != NULL)
        invalidate_entry(slot->entry);
    catalog__typcache_invalidate(relid);
    for (int i = 0; i < relcache.callback_count; i++)
        relcache.callbacks[i].function(relcache.callbacks[i].arg, relid);
}

void
catalog__relcache_smgr_closed(RelFileLocator locator)
{
    uint32 position = 0;
    RelcacheSlot *slot;

    while ((slot = relcache_table_next(relcache.table, &position)) != NULL)
        if (RelFileLocatorEquals(slot->entry->rel.rd_locator, locator))
            relation_forget_smgr(&slot->entry->rel);
}

void
catalog__relcache_smgr_closed_all(void)
{
    uint32 position = 0;
    RelcacheSlot *slot;

    while ((slot = relcache_table_next(relcache.table, &position)) != NULL)
        relation_forget_smgr(&slot->entry->rel);
}

void
catalog__forget_relation(Oid relid)
{
    RelcacheSlot *slot = relcache_table_lookup(relcache.table, relid);

    if (slot)
        slot->entry->stale = true;
}

void
CacheRegisterRelcacheCallback(RelcacheCallbackFunction function, Datum arg)
{
    if (relcache.callback_count == CALLBACKS_MAX)
        elog(FATAL, "out of relcache callback slots");
    relcache.callbacks[relcache.callback_count++] = (Callback){function, arg};
}

void
CacheInvalidateRelcacheByRelid(Oid relid)
{
    inval_queue_relation(catalog__is_shared(relid) ? InvalidOid : MyDatabaseId, relid);
}

void
CacheInvalidateRelcache(Relation relation)
{
    CacheInvalidateRelcacheByRelid(relation->rd_id);
}

void
CacheInvalidateRelcacheAll(void)
{
    inval_queue_relation(MyDatabaseId, InvalidOid);
}

/* ---- ends of transactions ---- */

/* Entries that nobody holds and that are out of date; a later open builds them anew. */
static void
sweep_stale(void)
{
    Oid stale[64];
    int count;

    do {
        uint32 position = 0;
        RelcacheSlot *slot;

        count = 0;
        while (count < (int)lengthof(stale) &&
               (slot = relcache_table_next(relcache.table, &position)) != NULL)
            if (slot->entry->stale && slot->entry->rel.rd_refcnt == 0)
                stale[count++] = slot->oid;
        for (int i = 0; i < count; i++)
            remove_entry(relcache_table_lookup(relcache.table, stale[i])->entry);
    } while (count == (int)lengthof(stale));
    relcache.any_stale = false;
}

void
catalog__relcache_at_end(bool is_commit)
{
    for (int i = 0; i < relcache.new_count; i++) {
        NewRelation *new_relation = &relcache.new_relations[i];
        RelcacheSlot *slot = relcache_table_lookup(relcache.table, new_relation->oid);

        if (slot == NULL)
            continue;
        slot->entry->rel.rd_createSubid = InvalidSubTransactionId;
        slot->entry->rel.rd_newRelfilenodeSubid = InvalidSubTransactionId;
        slot->entry->rel.rd_firstRelfilenodeSubid = InvalidSubTransactionId;
        if (!is_commit)
            slot->entry->stale = true;
    }
    relcache.new_count = 0;
    relcache.building_count = 0;
    if (relcache.any_stale || !is_commit)
        sweep_stale();
}

void
catalog__relcache_at_sub_end(SubTransactionId subid, SubTransactionId parent, bool is_commit)
{
    for (int i = 0; i < relcache.new_count; i++) {
        NewRelation *new_relation = &relcache.new_relations[i];
        SubTransactionId left = is_commit ? parent : InvalidSubTransactionId;

        if (new_relation->created == subid)
            new_relation->created = left;
        if (new_relation->new_file == subid)
            new_relation->new_file = left;
        stamp_cached(new_relation->oid);
        if (!is_commit)
            catalog__forget_relation(new_relation->oid);
    }
    if (!is_commit)
        relcache.building_count = 0;
}

/* ---- start ---- */

static Relation
hook_open(Oid relid, LOCKMODE mode)
{
    return relation_open(relid, mode);
}

static void
hook_fill_index_attrs(Relation rel)
{
    relation_indexed_columns(rel);
}

static const RelationHooks relation_hooks_of_catalog = {
    .open = hook_open,
    .close = relation_close,
    .index_list = RelationGetIndexList,
    .fill_index_attrs = hook_fill_index_attrs,
};

void
catalog__relcache_start(void)
{
    relcache.table = relcache_table_create(CacheMemoryContext, 128);
    relation_register_hooks(&relation_hooks_of_catalog);
    lock_register_shared_relation_test(catalog__is_shared);
}
