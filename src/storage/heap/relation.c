/*
 * relation.c - what ties relations to the rooms above: hooks, access methods, scan keys, start-up
 */
#include "heap/index_am.h"
#include "heap/toast.h"
#include "heap_int.h"
#include "memory/memory.h"
#include "wal/wal.h"

#define INDEX_AMS_MAX 16

static struct {
    const RelationHooks *hooks;
    const IndexAmRoutine *ams[INDEX_AMS_MAX];
    int am_count;
} relations;

void
relation_register_hooks(const RelationHooks *hooks)
{
    relations.hooks = hooks;
}

/* NULL before the catalogue room has registered them. */
const RelationHooks *
relation_hooks(void)
{
    return relations.hooks;
}

void
index_am_register(const IndexAmRoutine *routine)
{
    for (int i = 0; i < relations.am_count; i++)
        if (relations.ams[i]->oid == routine->oid)
            return;
    Assert(relations.am_count < INDEX_AMS_MAX);
    relations.ams[relations.am_count++] = routine;
}

const IndexAmRoutine *
index_am_lookup(Oid am)
{
    for (int i = 0; i < relations.am_count; i++)
        if (relations.ams[i]->oid == am)
            return relations.ams[i];
    return NULL;
}

HorizonKind
relation_horizon_kind(Relation rel)
{
    if (rel->rd_rel->relisshared)
        return HORIZON_SHARED;
    if (rel->rd_iscatalog || rel->rd_id < FirstNormalObjectId)
        return HORIZON_CATALOG;
    if (rel->rd_islocaltemp)
        return HORIZON_TEMP;
    return HORIZON_DATA;
}

/* --- scan keys --- */

/* Finds a function's FmgrInfo; set by the catalogue room. */
void (*scankey_fmgr_info_hook)(Oid function, FmgrInfo *ret_info);

void
ScanKeyEntryInitialize(ScanKey entry, int flags, AttrNumber attno, StrategyNumber strategy,
                       Oid subtype, Oid collation, Oid procedure, Datum argument)
{
    memset(entry, 0, sizeof(*entry));
    entry->sk_flags = flags;
    entry->sk_attno = attno;
    entry->sk_strategy = strategy;
    entry->sk_subtype = subtype;
    entry->sk_collation = collation;
    entry->sk_argument = argument;
    if (OidIsValid(procedure)) {
        if (scankey_fmgr_info_hook == NULL)
            elog(ERROR, "no function lookup is registered");
        scankey_fmgr_info_hook(procedure, &entry->sk_func);
    }
}

void
ScanKeyInit(ScanKey entry, AttrNumber attno, StrategyNumber strategy, Oid procedure,
            Datum argument)
{
    const Oid c_collation = 950; /* names in catalogues compare bytewise */

    ScanKeyEntryInitialize(entry, 0, attno, strategy, InvalidOid, c_collation, procedure,
                           argument);
}

void
ScanKeyEntryInitializeWithInfo(ScanKey entry, int flags, AttrNumber attno,
                               StrategyNumber strategy, Oid subtype, Oid collation,
                               const FmgrInfo *finfo, Datum argument)
{
    ScanKeyEntryInitialize(entry, flags, attno, strategy, subtype, collation, InvalidOid,
                           argument);
    entry->sk_func = *finfo;
}

/* --- relations without a catalogue --- */

Relation
relation_build_local(const char *name, Oid oid, RelFileLocator locator, TupleDesc desc,
                     char relkind)
{
    Relation rel = palloc0(sizeof(*rel));

    rel->rd_id = oid;
    rel->rd_locator = locator;
    rel->rd_backend = -1;
    rel->rd_refcnt = 1;
    rel->rd_isvalid = true;
    rel->rd_att = desc;
    rel->rd_rel = palloc0(sizeof(*rel->rd_rel));
    rel->rd_rel->oid = oid;
    namestrcpy(&rel->rd_rel->relname, name);
    rel->rd_rel->relfilenode = locator.relNumber;
    rel->rd_rel->reltablespace = locator.spcOid;
    rel->rd_rel->relisshared = locator.dbOid == InvalidOid;
    rel->rd_rel->relpersistence = RELPERSISTENCE_PERMANENT;
    rel->rd_rel->relkind = relkind;
    rel->rd_rel->relnatts = (int16)desc->natts;
    rel->rd_rel->reltuples = -1;
    rel->rd_attrsvalid = true;
    return rel;
}

Relation
relation_build_local_index(const char *name, Oid oid, RelFileLocator locator, Relation heap,
                           int key_count, const AttrNumber *columns, bool unique)
{
    TupleDesc desc = CreateTemplateTupleDesc(key_count);
    Relation index;

    for (int i = 0; i < key_count; i++) {
        TupleDescCopyEntry(desc, (AttrNumber)(i + 1), RelationGetDescr(heap), columns[i]);
        heap->rd_indexattr = bms_add_member(
            heap->rd_indexattr, columns[i] - FirstLowInvalidHeapAttributeNumber);
        if (unique)
            heap->rd_keyattr = bms_add_member(
                heap->rd_keyattr, columns[i] - FirstLowInvalidHeapAttributeNumber);
    }
    index = relation_build_local(name, oid, locator, desc, RELKIND_INDEX);
    index->rd_rel->relam = BTREE_AM_OID;
    index->rd_index = palloc0(sizeof(*index->rd_index));
    index->rd_index->indexrelid = oid;
    index->rd_index->indrelid = RelationGetRelid(heap);
    index->rd_index->indnatts = index->rd_index->indnkeyatts = (int16)key_count;
    index->rd_index->indisunique = unique;
    index->rd_index->indimmediate = index->rd_index->indisvalid = true;
    index->rd_index->indisready = index->rd_index->indislive = true;
    memcpy(index->rd_index->indkey.values, columns, key_count * sizeof(int16));
    index->rd_opfamily = palloc0(key_count * sizeof(Oid));
    index->rd_opcintype = palloc0(key_count * sizeof(Oid));
    index->rd_support = palloc0(key_count * sizeof(RegProcedure));
    index->rd_supportinfo = palloc0(key_count * sizeof(FmgrInfo));
    index->rd_indoption = palloc0(key_count * sizeof(int16));
    index->rd_indcollation = palloc0(key_count * sizeof(Oid));
    for (int i = 0; i < key_count; i++) {
        index->rd_opcintype[i] = TupleDescAttr(desc, i)->atttypid;
        index->rd_indcollation[i] = TupleDescAttr(desc, i)->attcollation;
    }
    index->rd_indexcxt = CurrentMemoryContext;
    index->rd_indam = index_am_lookup(BTREE_AM_OID);
    return index;
}

/* --- start --- */

static const WalResourceManager heap_resource_manager = {
    .name = "Heap",
    .redo = heap__redo,
    .describe = heap__describe,
    .identify = heap__identify,
};

static void
after_end(bool is_commit)
{
    combocid_at_xact_end();
}

static const XactParticipant heap_participant = {.name = "heap", .after_end = after_end};

void
heap_register(void)
{
    wal_register_resource_manager(WAL_RMGR_HEAP, &heap_resource_manager);
    toast__register();
}

void
heap_attach(void)
{
    xact_register_participant(&heap_participant);
}
