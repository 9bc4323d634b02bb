/*
 * grouping.c - a hash table of distinct rows
 *
 * Why        Hashes of a whole batch are computed column by column before any probe; the table
 *            itself holds 4-byte group numbers, and rows lie apart, so that probing touches little
 *            memory.
 */
#include "base/base.h"
#include "grouping_int.h"

#define SLOTS_MIN 256

static void
table_set_stored(GroupTable *table, TupleDesc input)
{
    table->desc = CreateTemplateTupleDesc(table->stored_count);
    for (int i = 0; i < table->stored_count; i++)
        TupleDescCopyEntry(table->desc, (AttrNumber) (i + 1), input,
                           (AttrNumber) (table->stored[i] + 1));
    table->layout = row_layout_create(table->desc);
    table->scratch_values = (Datum *) palloc(sizeof(Datum) * (Size) Max(table->stored_count, 1));
    table->scratch_nulls = (bool *) palloc(sizeof(bool) * (Size) Max(table->stored_count, 1));
}

GroupTable *
group_table_create(MemoryContext parent, TupleDesc input, int key_count,
                   const AttrNumber *columns, const Oid *operators, const Oid *collations)
{
    GroupTable *table = (GroupTable *) palloc0(sizeof(GroupTable));

    table->context = AllocSetContextCreate(parent, "group table", ALLOCSET_DEFAULT_SIZES);
    table->keys = equal_keys_create(key_count, columns, operators, collations, true);
    table->key_count = key_count;
    table->stored_count = key_count;
    table->stored = (int *) palloc(sizeof(int) * (Size) Max(input->natts + key_count, 1));
    for (int i = 0; i < key_count; i++)
        table->stored[i] = columns[i] - 1;
    table_set_stored(table, input);
    row_arena_init(&table->arena, table->context);
    return table;
}

void
group_table_keep_columns(GroupTable *table, TupleDesc input, const bool *columns)
{
    for (int c = 0; c < input->natts; c++) {
        bool known = false;

        for (int k = 0; k < table->key_count; k++)
            known |= table->stored[k] == c;
        if (columns[c] && !known)
            table->stored[table->stored_count++] = c;
    }
    table_set_stored(table, input);
}

void
group_table_reset(GroupTable *table)
{
    MemoryContextReset(table->context);
    row_arena_init(&table->arena, table->context);
    table->rows = NULL;
    table->group_count = 0;
    table->group_size = 0;
    table->slots = NULL;
    table->slot_mask = 0;
    table->hashes = NULL;
    table->hash_size = 0;
}

Size
group_table_bytes(const GroupTable *table)
{
    return table->arena.total_bytes + sizeof(StoredRow *) * (Size) table->group_size +
           sizeof(uint32) * ((Size) table->slot_mask + 1);
}

static void
table_grow_slots(GroupTable *table)
{
    uint32 count = table->slots == NULL ? SLOTS_MIN : (table->slot_mask + 1) * 2;
    uint32 *slots = (uint32 *) MemoryContextAllocHuge(table->context,
                                                      sizeof(uint32) * (Size) count);

    memset(slots, 0, sizeof(uint32) * (Size) count);
    for (uint32 g = 0; g < table->group_count; g++) {
        uint32 at = table->rows[g]->hash & (count - 1);

        while (slots[at] != 0)
            at = (at + 1) & (count - 1);
        slots[at] = g + 1;
    }
    if (table->slots != NULL)
        pfree(table->slots);
    table->slots = slots;
    table->slot_mask = count - 1;
}

static uint32
table_add(GroupTable *table, Batch *batch, int i, uint32 hash)
{
    StoredRow *row;

    for (int c = 0; c < table->stored_count; c++) {
        ColumnVector *vector = batch_column(batch, table->stored[c]);

        table->scratch_values[c] = vector->values[i];
        table->scratch_nulls[c] = vector->nulls[i];
    }
    row = row_form(table->layout, &table->arena, table->scratch_values, table->scratch_nulls);
    row->hash = hash;
    if (table->group_count >= table->group_size) {
        uint32 size = Max(table->group_size * 2, 64);

        table->rows = table->rows == NULL
                          ? (StoredRow **) MemoryContextAllocHuge(
                                table->context, sizeof(StoredRow *) * (Size) size)
                          : (StoredRow **) repalloc_huge(table->rows,
                                                         sizeof(StoredRow *) * (Size) size);
        table->group_size = size;
    }
    table->rows[table->group_count] = row;
    return table->group_count++;
}

static bool
table_same(GroupTable *table, StoredRow *row, Batch *batch, int i)
{
    const uint8 *nulls = row_nulls(table->layout, row);

    for (int k = 0; k < table->key_count; k++) {
        const ColumnVector *vector = &batch->columns[table->stored[k]];

        if (!equal_key_same(&table->keys[k], vector->values[i], vector->nulls[i], row->values[k],
                            nulls[k] != 0))
            return false;
    }
    return true;
}

/* The row's group, or GROUP_NONE; *ret_slot is where a new one belongs. */
static inline uint32
table_find(GroupTable *table, Batch *batch, int i, uint32 hash, uint32 *ret_slot)
{
    uint32 at = hash & table->slot_mask;

    while (table->slots[at] != 0) {
        uint32 group = table->slots[at] - 1;
        StoredRow *row = table->rows[group];

        if (row->hash == hash && table_same(table, row, batch, i))
            return group;
        at = (at + 1) & table->slot_mask;
    }
    *ret_slot = at;
    return GROUP_NONE;
}

static void
table_hash_batch(GroupTable *table, Batch *batch)
{
    if (table->hash_size < batch->row_count) {
        if (table->hashes != NULL)
            pfree(table->hashes);
        table->hash_size = Max(batch->row_count, 64);
        table->hashes = (uint32 *) MemoryContextAlloc(table->context, sizeof(uint32) *
                                                                          (Size) table->hash_size);
    }
    if (table->slots == NULL)
        table_grow_slots(table);
    memset(table->hashes, 0, sizeof(uint32) * (Size) batch->row_count);
    for (int k = 0; k < table->key_count; k++)
        equal_key_hash_column(&table->keys[k], batch_column(batch, table->stored[k]), batch->sel,
                              batch->sel_count, table->hashes);
}

int
group_table_lookup(GroupTable *table, Batch *batch, bool add, uint32 *groups)
{
    int missing = 0;

    table_hash_batch(table, batch);
    for (int k = 0; k < batch->sel_count; k++) {
        int i = batch_row(batch, k);
        uint32 slot;
        uint32 group = table_find(table, batch, i, table->hashes[i], &slot);

        if (group == GROUP_NONE && add) {
            group = table_add(table, batch, i, table->hashes[i]);
            table->slots[slot] = group + 1;
            if (table->group_count * 2 > table->slot_mask)
                table_grow_slots(table);
        }
        missing += group == GROUP_NONE;
        groups[i] = group;
    }
    return missing;
}

int
group_table_keep_new(GroupTable *table, Batch *batch)
{
    uint16 *kept = table->kept;
    int count = 0;

    Assert(batch->row_count <= BATCH_ROWS_MAX);
    table_hash_batch(table, batch);
    for (int k = 0; k < batch->sel_count; k++) {
        int i = batch_row(batch, k);
        uint32 slot;

        if (table_find(table, batch, i, table->hashes[i], &slot) != GROUP_NONE)
            continue;
        table->slots[slot] = table_add(table, batch, i, table->hashes[i]) + 1;
        if (table->group_count * 2 > table->slot_mask)
            table_grow_slots(table);
        kept[count++] = (uint16) i;
    }
    if (count < batch->sel_count) {
        batch->sel = kept;
        batch->sel_count = count;
    }
    return count;
}

void
group_table_emit(GroupTable *table, uint32 first, int count, Batch *batch)
{
    for (int c = 0; c < table->stored_count; c++) {
        ColumnVector *vector = &batch->columns[table->stored[c]];

        for (int i = 0; i < count; i++) {
            StoredRow *row = table->rows[first + (uint32) i];

            vector->values[i] = row->values[c];
            vector->nulls[i] = row_nulls(table->layout, row)[c] != 0;
        }
    }
}
