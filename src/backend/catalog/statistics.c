/*
 * statistics.c - pg_statistic: what ANALYZE found about a column
 *
 * Kept per process like other objects; a row is read into one memory context of its own.
 */
#include "catalog_int.h"

#include "base/hash.h"
#include "base/hashtable.h"

typedef struct StatisticSlotEntry {
    uint64 key; /* relation << 32 | attnum << 1 | inherited */
    char status;
    MemoryContext context; /* NULL: there is no row */
    StatisticInfo *info;
} StatisticSlotEntry;
#define KEY_EQUAL(a, b) ((a) == (b))
HASHTABLE_DEFINE(statistic_table, StatisticSlotEntry, uint64, key, hash_uint64, KEY_EQUAL);

static struct {
    statistic_table_hash *table;
} statistics;

#define FIRST_COLUMN(name) Anum_pg_statistic_##name##1

void
catalog__statistics_invalidate(void)
{
    uint32 position = 0;
    StatisticSlotEntry *slot;

    if (statistics.table == NULL)
        return;
    while ((slot = statistic_table_next(statistics.table, &position)) != NULL)
        if (slot->context)
            catalog__bury_context(slot->context);
    statistic_table_reset(statistics.table);
}

static HeapTuple
fetch_row(Oid relation, AttrNumber attnum, bool inherited)
{
    return catalog_fetch(StatisticRelationId, PG_STATISTIC_RELID_ATT_INH_INDEX, 3,
                         (Datum[]){ObjectIdGetDatum(relation), Int16GetDatum(attnum),
                                   BoolGetDatum(inherited)});
}

/* The element type of an array value as it stands in its header. */
static Oid
array_element_type(Datum array)
{
    struct varlena *plain = PG_DETOAST_DATUM_PACKED(array);
    Oid type;

    memcpy(&type, VARDATA_ANY(plain) + 8, sizeof(type));
    return type;
}

static void
read_slot(StatisticSlot *slot, int i, const Datum *values, const bool *nulls)
{
    int column = FIRST_COLUMN(stanumbers) - 1 + i;

    slot->kind = DatumGetInt16(values[FIRST_COLUMN(stakind) - 1 + i]);
    slot->op = DatumGetObjectId(values[FIRST_COLUMN(staop) - 1 + i]);
    slot->collation = DatumGetObjectId(values[FIRST_COLUMN(stacoll) - 1 + i]);
    if (!nulls[column]) {
        Datum *elements;
        float4 *numbers;

        slot->number_count = catalog_array_elements(values[column], FLOAT4OID, &elements, NULL);
        numbers = palloc_array(float4, Max(slot->number_count, 1));
        for (int k = 0; k < slot->number_count; k++)
            numbers[k] = DatumGetFloat4(elements[k]);
        slot->numbers = numbers;
    }
    column = FIRST_COLUMN(stavalues) - 1 + i;
    if (!nulls[column]) {
        Datum *elements;

        slot->value_type = array_element_type(values[column]);
        slot->value_count =
            catalog_array_elements(values[column], slot->value_type, &elements, NULL);
        slot->values = elements;
    }
}

static StatisticInfo *
read_row(HeapTuple row)
{
    StatisticInfo *info = palloc0_object(StatisticInfo);
    Datum values[Natts_pg_statistic];
    bool nulls[Natts_pg_statistic];

    heap_deform_tuple(row, catalog_desc(StatisticRelationId), values, nulls);
    info->nullfrac = DatumGetFloat4(values[Anum_pg_statistic_stanullfrac - 1]);
    info->width = DatumGetInt32(values[Anum_pg_statistic_stawidth - 1]);
    info->distinct = DatumGetFloat4(values[Anum_pg_statistic_stadistinct - 1]);
    for (int i = 0; i < STATISTIC_NUM_SLOTS; i++)
        read_slot(&info->slots[i], i, values, nulls);
    return info;
}

const StatisticInfo *
catalog_statistics(Oid relation, AttrNumber attnum, bool inherited)
{
    uint64 key = (uint64)relation << 32 | (uint32)((uint16)attnum << 1) | inherited;
    StatisticSlotEntry *slot;
    MemoryContext context, old;
    StatisticInfo *info = NULL;
    HeapTuple row;
    bool found;

    if (statistics.table == NULL)
        statistics.table = statistic_table_create(CacheMemoryContext, 64);
    slot = statistic_table_lookup(statistics.table, key);
    if (slot)
        return slot->info;
    context = AllocSetContextCreate(CacheMemoryContext, "column statistics",
                                    ALLOCSET_SMALL_SIZES);
    old = MemoryContextSwitchTo(context);
    row = fetch_row(relation, attnum, inherited);
    if (row)
        info = read_row(row);
    MemoryContextSwitchTo(old);
    if (row == NULL) {
        MemoryContextDelete(context);
        context = NULL;
    }
    slot = statistic_table_insert(statistics.table, key, &found);
    slot->context = context;
    slot->info = info;
    return info;
}

const StatisticSlot *
catalog_statistics_slot(const StatisticInfo *info, int16 kind)
{
    for (int i = 0; i < STATISTIC_NUM_SLOTS; i++)
        if (info->slots[i].kind == kind)
            return &info->slots[i];
    return NULL;
}

static void
write_slot(const StatisticSlot *slot, int i, Datum *values, bool *nulls)
{
    values[FIRST_COLUMN(stakind) - 1 + i] = Int16GetDatum(slot->kind);
    values[FIRST_COLUMN(staop) - 1 + i] = ObjectIdGetDatum(slot->op);
    values[FIRST_COLUMN(stacoll) - 1 + i] = ObjectIdGetDatum(slot->collation);
    nulls[FIRST_COLUMN(stanumbers) - 1 + i] = slot->number_count == 0;
    nulls[FIRST_COLUMN(stavalues) - 1 + i] = slot->value_count == 0;
    if (slot->number_count > 0) {
        Datum *numbers = palloc_array(Datum, slot->number_count);

        for (int k = 0; k < slot->number_count; k++)
            numbers[k] = Float4GetDatum(slot->numbers[k]);
        values[FIRST_COLUMN(stanumbers) - 1 + i] =
            catalog_array_build(FLOAT4OID, numbers, NULL, slot->number_count);
    }
    if (slot->value_count > 0)
        values[FIRST_COLUMN(stavalues) - 1 + i] =
            catalog_array_build(slot->value_type, slot->values, NULL, slot->value_count);
}

void
catalog_store_statistics(Oid relation, AttrNumber attnum, bool inherited,
                         const StatisticInfo *info)
{
    Relation rel = relation_open(StatisticRelationId, RowExclusiveLock);
    HeapTuple old = fetch_row(relation, attnum, inherited);
    Datum values[Natts_pg_statistic] = {0};
    bool nulls[Natts_pg_statistic] = {false};
    bool replace[Natts_pg_statistic];

    values[Anum_pg_statistic_starelid - 1] = ObjectIdGetDatum(relation);
    values[Anum_pg_statistic_staattnum - 1] = Int16GetDatum(attnum);
    values[Anum_pg_statistic_stainherit - 1] = BoolGetDatum(inherited);
    values[Anum_pg_statistic_stanullfrac - 1] = Float4GetDatum(info->nullfrac);
    values[Anum_pg_statistic_stawidth - 1] = Int32GetDatum(info->width);
    values[Anum_pg_statistic_stadistinct - 1] = Float4GetDatum(info->distinct);
    for (int i = 0; i < STATISTIC_NUM_SLOTS; i++)
        write_slot(&info->slots[i], i, values, nulls);
    memset(replace, true, sizeof(replace));
    if (old)
        catalog_update_row(rel, old, values, nulls, replace);
    else
        catalog_insert_row(rel, values, nulls);
    relation_close(rel, RowExclusiveLock);
}

void
catalog_remove_statistics(Oid relation, AttrNumber attnum)
{
    Relation rel = relation_open(StatisticRelationId, RowExclusiveLock);
    Datum keys[2] = {ObjectIdGetDatum(relation), Int16GetDatum(attnum)};
    CatalogScan *scan = catalog_scan_begin(StatisticRelationId, PG_STATISTIC_RELID_ATT_INH_INDEX,
                                           attnum ? 2 : 1, keys);
    HeapTuple row;

    while ((row = catalog_scan_next(scan)) != NULL)
        catalog_delete_row(rel, row);
    catalog_scan_end(scan);
    relation_close(rel, RowExclusiveLock);
}
