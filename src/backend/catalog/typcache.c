/*
 * typcache.c - per type: equality, order, hash; row types and anonymous records
 *
 * Entries are made once and filled further at need. Operators come from built-in operator
 * classes, which never change; only row types go stale (their tupDesc is dropped).
 */
#include "catalog_int.h"

#include "base/hash.h"
#include "base/hashtable.h"

typedef struct TypeSlot {
    Oid type;
    char status;
    TypeCacheEntry *entry;
} TypeSlot;
#define OID_EQUAL(a, b) ((a) == (b))
HASHTABLE_DEFINE(type_table, TypeSlot, Oid, type, hash_uint32_mix, OID_EQUAL);

static struct {
    type_table_hash *table;
    TupleDesc *records; /* by typmod */
    int record_count;
    int record_max;
} typcache;

/* Implementation flags beyond the TYPECACHE_* ones: what has been looked for. */
#define LOOKED_BTREE 0x10000
#define LOOKED_HASH 0x20000
#define LOOKED_ELEMENTS 0x40000
#define ELEMENTS_EQUAL 0x80000
#define ELEMENTS_COMPARE 0x100000
#define ELEMENTS_HASH 0x200000

static TypeCacheEntry *
make_entry(Oid type)
{
    const TypeInfo *info = catalog_type(type);
    TypeCacheEntry *entry;

    if (info == NULL)
        ereport(ERROR, (errcode(ERRCODE_UNDEFINED_OBJECT),
                        errmsg("type with OID %u does not exist", type)));
    if (!info->typisdefined)
        ereport(ERROR, (errcode(ERRCODE_UNDEFINED_OBJECT),
                        errmsg("type \"%s\" is only a shell", NameStr(info->typname))));
    entry = MemoryContextAllocZero(CacheMemoryContext, sizeof(*entry));
    entry->type_id = type;
    entry->typlen = info->typlen;
    entry->typbyval = info->typbyval;
    entry->typalign = info->typalign;
    entry->typstorage = info->typstorage;
    entry->typtype = info->typtype;
    entry->typrelid = info->typrelid;
    entry->typelem = info->typelem;
    entry->typcollation = info->typcollation;
    return entry;
}

static void
look_for_classes(TypeCacheEntry *entry)
{
    const OpclassInfo *opclass;

    if (!(entry->flags & LOOKED_BTREE)) {
        opclass = catalog_opclass_default(entry->type_id, BTREE_AM_OID);
        if (opclass) {
            entry->btree_opf = opclass->opcfamily;
            entry->btree_opintype = opclass->opcintype;
        }
        entry->flags |= LOOKED_BTREE;
    }
    if (!(entry->flags & LOOKED_HASH)) {
        opclass = catalog_opclass_default(entry->type_id, HASH_AM_OID);
        if (opclass) {
            entry->hash_opf = opclass->opcfamily;
            entry->hash_opintype = opclass->opcintype;
        }
        entry->flags |= LOOKED_HASH;
    }
}

static uint32
abilities_of(Oid type)
{
    TypeCacheEntry *part = lookup_type_cache(
        type, TYPECACHE_EQ_OPR | TYPECACHE_CMP_PROC | TYPECACHE_HASH_PROC);

    return (OidIsValid(part->eq_opr) ? ELEMENTS_EQUAL : 0) |
           (OidIsValid(part->cmp_proc) ? ELEMENTS_COMPARE : 0) |
           (OidIsValid(part->hash_proc) ? ELEMENTS_HASH : 0);
}

/* What the elements of an array, or all columns of a row type, can do. */
static uint32
element_abilities(TypeCacheEntry *entry)
{
    uint32 able = ELEMENTS_EQUAL | ELEMENTS_COMPARE | ELEMENTS_HASH;
    Oid element = get_base_element_type(entry->type_id);

    if (entry->flags & LOOKED_ELEMENTS)
        return entry->flags;
    if (entry->type_id == RECORDOID || entry->type_id == ANYARRAYOID)
        able = ELEMENTS_EQUAL | ELEMENTS_COMPARE | ELEMENTS_HASH;
    else if (OidIsValid(element))
        able = abilities_of(element);
    else if (entry->typtype == TYPTYPE_COMPOSITE) {
        TupleDesc desc = lookup_rowtype_tupdesc(entry->type_id, -1);

        for (int i = 0; i < desc->natts; i++)
            if (!TupleDescAttr(desc, i)->attisdropped)
                able &= abilities_of(TupleDescAttr(desc, i)->atttypid);
    }
    entry->flags |= able | (entry->typtype == TYPTYPE_COMPOSITE ? 0 : LOOKED_ELEMENTS);
    return able;
}

static bool
can(TypeCacheEntry *entry, Oid function, uint32 ability)
{
    switch (function) {
    case F_ARRAY_EQ:
    case F_ARRAY_LT:
    case F_ARRAY_GT:
    case F_BTARRAYCMP:
    case F_HASH_ARRAY:
    case F_RECORD_EQ:
    case F_RECORD_LT:
    case F_RECORD_GT:
    case F_BTRECORDCMP:
    case F_HASH_RECORD:
        return (element_abilities(entry) & ability) != 0;
    default:
        return true;
    }
}

static Oid
member(TypeCacheEntry *entry, int16 strategy, uint32 ability)
{
    Oid op = InvalidOid;

    if (OidIsValid(entry->btree_opf))
        op = catalog_opfamily_member(entry->btree_opf, entry->btree_opintype,
                                     entry->btree_opintype, strategy);
    if (!OidIsValid(op) && strategy == BTEqualStrategyNumber && OidIsValid(entry->hash_opf))
        op = catalog_opfamily_member(entry->hash_opf, entry->hash_opintype,
                                     entry->hash_opintype, HTEqualStrategyNumber);
    if (OidIsValid(op) && !can(entry, get_opcode(op), ability))
        return InvalidOid;
    return op;
}

static void
fill_operators(TypeCacheEntry *entry, int wanted)
{
    if (wanted & TYPECACHE_EQ_OPR)
        entry->eq_opr = member(entry, BTEqualStrategyNumber, ELEMENTS_EQUAL);
    if (wanted & TYPECACHE_LT_OPR)
        entry->lt_opr = member(entry, BTLessStrategyNumber, ELEMENTS_COMPARE);
    if (wanted & TYPECACHE_GT_OPR)
        entry->gt_opr = member(entry, BTGreaterStrategyNumber, ELEMENTS_COMPARE);
    if ((wanted & TYPECACHE_CMP_PROC) && OidIsValid(entry->btree_opf)) {
        Oid proc = catalog_opfamily_proc(entry->btree_opf, entry->btree_opintype,
                                         entry->btree_opintype, BTORDER_PROC);
        entry->cmp_proc = can(entry, proc, ELEMENTS_COMPARE) ? proc : InvalidOid;
    }
    if ((wanted & TYPECACHE_HASH_PROC) && OidIsValid(entry->hash_opf)) {
        Oid proc = catalog_opfamily_proc(entry->hash_opf, entry->hash_opintype,
                                         entry->hash_opintype, HASHSTANDARD_PROC);
        entry->hash_proc = can(entry, proc, ELEMENTS_HASH) ? proc : InvalidOid;
    }
}

static void
fill_functions(TypeCacheEntry *entry, int wanted)
{
    if ((wanted & TYPECACHE_EQ_OPR_FINFO) && OidIsValid(entry->eq_opr) &&
        entry->eq_opr_finfo.fn_oid == InvalidOid)
        fmgr_info_cxt(get_opcode(entry->eq_opr), &entry->eq_opr_finfo, CacheMemoryContext);
    if ((wanted & TYPECACHE_CMP_PROC_FINFO) && OidIsValid(entry->cmp_proc) &&
        entry->cmp_proc_finfo.fn_oid == InvalidOid)
        fmgr_info_cxt(entry->cmp_proc, &entry->cmp_proc_finfo, CacheMemoryContext);
    if ((wanted & TYPECACHE_HASH_PROC_FINFO) && OidIsValid(entry->hash_proc) &&
        entry->hash_proc_finfo.fn_oid == InvalidOid)
        fmgr_info_cxt(entry->hash_proc, &entry->hash_proc_finfo, CacheMemoryContext);
}

static void
fill_row_type(TypeCacheEntry *entry)
{
    Relation rel;
    MemoryContext old;

    if (entry->tupDesc || entry->typtype != TYPTYPE_COMPOSITE)
        return;
    rel = relation_open(entry->typrelid, NoLock);
    old = MemoryContextSwitchTo(CacheMemoryContext);
    entry->tupDesc = CreateTupleDescCopyConstr(rel->rd_att);
    MemoryContextSwitchTo(old);
    entry->tupDesc->tdtypeid = entry->type_id;
    relation_close(rel, NoLock);
}

TypeCacheEntry *
lookup_type_cache(Oid type, int flags)
{
    TypeSlot *slot;
    TypeCacheEntry *entry;
    int wanted;

    if (typcache.table == NULL)
        typcache.table = type_table_create(CacheMemoryContext, 64);
    slot = type_table_lookup(typcache.table, type);
    if (slot == NULL) {
        bool found;

        entry = make_entry(type);
        type_table_insert(typcache.table, type, &found)->entry = entry;
    } else
        entry = slot->entry;
    if (flags & TYPECACHE_EQ_OPR_FINFO)
        flags |= TYPECACHE_EQ_OPR;
    if (flags & TYPECACHE_CMP_PROC_FINFO)
        flags |= TYPECACHE_CMP_PROC;
    if (flags & TYPECACHE_HASH_PROC_FINFO)
        flags |= TYPECACHE_HASH_PROC;
    wanted = flags & ~(int)entry->flags;
    if (wanted & ~TYPECACHE_TUPDESC) {
        look_for_classes(entry);
        fill_operators(entry, wanted);
        fill_functions(entry, wanted);
        entry->flags |= (uint32)(wanted & ~TYPECACHE_TUPDESC);
    }
    if (flags & TYPECACHE_TUPDESC)
        fill_row_type(entry);
    return entry;
}

/* Rows of pg_type or columns changed: row types are read anew, types may be gone. */
void
catalog__typcache_invalidate(Oid relid)
{
    uint32 position = 0;
    TypeSlot *slot;

    if (typcache.table == NULL)
        return;
    while ((slot = type_table_next(typcache.table, &position)) != NULL) {
        TypeCacheEntry *entry = slot->entry;

        if (entry->tupDesc == NULL || (relid != InvalidOid && entry->typrelid != relid))
            continue;
        catalog__bury_chunk(entry->tupDesc);
        entry->tupDesc = NULL;
    }
}

/* ---- sorting and grouping ---- */

pg_noreturn static void
throw_no_operator(Oid type, const char *kind)
{
    ereport(ERROR, (errcode(ERRCODE_UNDEFINED_FUNCTION),
                    errmsg("could not identify an %s operator for type %s", kind,
                           format_type_be(type)),
                    strcmp(kind, "ordering") == 0
                        ? errhint("Use an explicit ordering operator or modify the query.")
                        : 0));
    pg_unreachable();
}

void
get_sort_group_operators(Oid type, bool needLT, bool needEQ, bool needGT, Oid *ltOpr, Oid *eqOpr,
                         Oid *gtOpr, bool *isHashable)
{
    TypeCacheEntry *entry =
        lookup_type_cache(type, TYPECACHE_LT_OPR | TYPECACHE_EQ_OPR | TYPECACHE_GT_OPR |
                                    (isHashable ? TYPECACHE_HASH_PROC : 0));

    if ((needLT && !OidIsValid(entry->lt_opr)) || (needGT && !OidIsValid(entry->gt_opr)))
        throw_no_operator(type, "ordering");
    if (needEQ && !OidIsValid(entry->eq_opr))
        throw_no_operator(type, "equality");
    if (ltOpr)
        *ltOpr = entry->lt_opr;
    if (eqOpr)
        *eqOpr = entry->eq_opr;
    if (gtOpr)
        *gtOpr = entry->gt_opr;
    if (isHashable)
        *isHashable = OidIsValid(entry->hash_proc);
}

/* ---- row types ---- */

TupleDesc
lookup_rowtype_tupdesc_noerror(Oid type, int32 typmod, bool noError)
{
    if (type != RECORDOID) {
        TypeCacheEntry *entry = lookup_type_cache(getBaseType(type), TYPECACHE_TUPDESC);

        if (entry->tupDesc == NULL && !noError)
            ereport(ERROR, (errcode(ERRCODE_WRONG_OBJECT_TYPE),
                            errmsg("type %s is not composite", format_type_be(type))));
        return entry->tupDesc;
    }
    if (typmod >= 0 && typmod < typcache.record_count)
        return typcache.records[typmod];
    if (!noError)
        ereport(ERROR, (errcode(ERRCODE_WRONG_OBJECT_TYPE),
                        errmsg("record type has not been registered")));
    return NULL;
}

TupleDesc
lookup_rowtype_tupdesc(Oid type, int32 typmod)
{
    return lookup_rowtype_tupdesc_noerror(type, typmod, false);
}

TupleDesc
lookup_rowtype_tupdesc_copy(Oid type, int32 typmod)
{
    return CreateTupleDescCopyConstr(lookup_rowtype_tupdesc(type, typmod));
}

static bool
same_record(TupleDesc a, TupleDesc b)
{
    if (a->natts != b->natts)
        return false;
    for (int i = 0; i < a->natts; i++) {
        Form_pg_attribute x = TupleDescAttr(a, i);
        Form_pg_attribute y = TupleDescAttr(b, i);

        if (x->atttypid != y->atttypid || x->atttypmod != y->atttypmod ||
            x->attcollation != y->attcollation ||
            strcmp(NameStr(x->attname), NameStr(y->attname)) != 0)
            return false;
    }
    return true;
}

void
assign_record_type_typmod(TupleDesc desc)
{
    MemoryContext old;

    Assert(desc->tdtypeid == RECORDOID);
    for (int i = 0; i < typcache.record_count; i++)
        if (same_record(typcache.records[i], desc)) {
            desc->tdtypmod = i;
            return;
        }
    old = MemoryContextSwitchTo(CacheMemoryContext);
    if (typcache.record_count == typcache.record_max) {
        typcache.record_max = typcache.record_max ? typcache.record_max * 2 : 16;
        typcache.records =
            typcache.records
                ? repalloc(typcache.records, sizeof(TupleDesc) * (Size)typcache.record_max)
                : palloc(sizeof(TupleDesc) * (Size)typcache.record_max);
    }
    desc->tdtypmod = typcache.record_count;
    typcache.records[typcache.record_count] = CreateTupleDescCopy(desc);
    typcache.records[typcache.record_count]->tdtypmod = desc->tdtypmod;
    typcache.records[typcache.record_count]->tdtypeid = RECORDOID;
    typcache.record_count++;
    MemoryContextSwitchTo(old);
}
