/*
 * rows.c - rows kept in memory or in a spill file
 *
 * Why        Sorts, hashes and stores keep millions of rows. A stored row keeps its Datums as an
 *            array, so that reading a column costs one load and no decoding; values by reference
 *            lie in the same allocation, so that a row moves by one memcpy. The packed heap form
 *            would be smaller, but would be decoded again at each comparison.
 */
#include "base/base.h"
#include "base/varlena.h"
#include "error/error.h"
#include "executor/batch.h"
#include "rows_int.h"

#define ARENA_BLOCK_MIN ((Size) 8 * 1024)
#define ARENA_BLOCK_MAX ((Size) 1024 * 1024)

RowLayout *
row_layout_create(TupleDesc desc)
{
    RowLayout *layout = (RowLayout *) palloc(sizeof(RowLayout));
    int count = desc->natts;

    layout->column_count = count;
    layout->nulls_offset = (int) (offsetof(StoredRow, values) + sizeof(Datum) * (Size) count);
    layout->data_offset = layout->nulls_offset + (int) MAXALIGN(count);
    layout->attlen = (int16 *) palloc(sizeof(int16) * (Size) Max(count, 1));
    layout->attbyval = (bool *) palloc(sizeof(bool) * (Size) Max(count, 1));
    layout->all_byval = true;
    for (int i = 0; i < count; i++) {
        layout->attlen[i] = TupleDescAttr(desc, i)->attlen;
        layout->attbyval[i] = TupleDescAttr(desc, i)->attbyval;
        layout->all_byval &= layout->attbyval[i];
    }
    return layout;
}

void
row_arena_init(RowArena *arena, MemoryContext context)
{
    memset(arena, 0, sizeof(*arena));
    arena->context = context;
}

static void
row_arena_grow(RowArena *arena, Size need)
{
    Size size = arena->size == 0 ? ARENA_BLOCK_MIN : Min(arena->size * 2, ARENA_BLOCK_MAX);
    char *block;

    size = Max(size, need + MAXALIGN(sizeof(char *)));
    block = MemoryContextAllocHuge(arena->context, size);
    *(char **) block = arena->block;
    arena->block = block;
    arena->used = MAXALIGN(sizeof(char *));
    arena->size = size;
    arena->total_bytes += size;
}

void *
row_arena_alloc(RowArena *arena, Size size)
{
    void *result;

    size = MAXALIGN(size);
    if (unlikely(arena->block == NULL || arena->used + size > arena->size))
        row_arena_grow(arena, size);
    result = arena->block + arena->used;
    arena->used += size;
    return result;
}

/* Gives all back but the newest block. */
void
row_arena_reset(RowArena *arena)
{
    char *block;

    if (arena->block == NULL)
        return;
    block = *(char **) arena->block;
    while (block != NULL) {
        char *before = *(char **) block;

        pfree(block);
        block = before;
    }
    *(char **) arena->block = NULL;
    arena->used = MAXALIGN(sizeof(char *));
    arena->total_bytes = arena->size;
}

void
row_arena_free(RowArena *arena)
{
    row_arena_reset(arena);
    if (arena->block != NULL)
        pfree(arena->block);
    arena->block = NULL;
    arena->used = arena->size = arena->total_bytes = 0;
}

void
row_copy(const RowLayout *layout, StoredRow *to, StoredRow *from)
{
    memcpy(to, from, from->size);
    for (int c = 0; c < layout->column_count; c++) {
        if (!layout->attbyval[c] && !row_nulls(layout, from)[c])
            to->values[c] = PointerGetDatum((char *) to + ((char *) DatumGetPointer(from->values[c]) -
                                                           (char *) from));
    }
}

Size
datum_payload_size(Datum value, int16 attlen)
{
    if (attlen > 0)
        return (Size) attlen;
    if (attlen == -1)
        return VARSIZE_ANY(DatumGetPointer(value));
    return strlen((const char *) DatumGetPointer(value)) + 1;
}

Datum
datum_copy(Datum value, bool byval, int16 attlen)
{
    Size size;
    char *copy;

    if (byval)
        return value;
    size = datum_payload_size(value, attlen);
    copy = palloc(size);
    memcpy(copy, DatumGetPointer(value), size);
    return PointerGetDatum(copy);
}

Size
row_size(const RowLayout *layout, const Datum *values, const bool *nulls)
{
    Size size = (Size) layout->data_offset;

    if (layout->all_byval)
        return size;
    for (int i = 0; i < layout->column_count; i++) {
        if (!nulls[i] && !layout->attbyval[i])
            size += MAXALIGN(datum_payload_size(values[i], layout->attlen[i]));
    }
    return size;
}

void
row_fill(const RowLayout *layout, StoredRow *row, Size size, const Datum *values,
         const bool *nulls)
{
    uint8 *row_null = row_nulls(layout, row);
    char *data = (char *) row + layout->data_offset;

    row->size = (uint32) size;
    row->hash = 0;
    row->next = NULL;
    for (int i = 0; i < layout->column_count; i++) {
        row_null[i] = nulls[i];
        if (nulls[i])
            row->values[i] = 0;
        else if (layout->attbyval[i])
            row->values[i] = values[i];
        else {
            Size length = datum_payload_size(values[i], layout->attlen[i]);

            memcpy(data, DatumGetPointer(values[i]), length);
            row->values[i] = PointerGetDatum(data);
            data += MAXALIGN(length);
        }
    }
    Assert(data <= (char *) row + size);
}

StoredRow *
row_form(const RowLayout *layout, RowArena *arena, const Datum *values, const bool *nulls)
{
    Size size = row_size(layout, values, nulls);
    StoredRow *row;

    if (size > (Size) 0x3fffffff)
        ereport(ERROR, (errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED), errmsg("row is too large")));
    row = (StoredRow *) row_arena_alloc(arena, size);
    row_fill(layout, row, size, values, nulls);
    return row;
}

void
batch_get_row(const Batch *batch, int i, Datum *values, bool *nulls)
{
    for (int c = 0; c < batch->column_count; c++) {
        values[c] = batch->columns[c].values[i];
        nulls[c] = batch->columns[c].nulls[i];
    }
}

StoredRow *
row_form_from_batch(const RowLayout *layout, RowArena *arena, const Batch *batch, int i)
{
    Datum values_small[32];
    bool nulls_small[32];
    Datum *values = values_small;
    bool *nulls = nulls_small;
    StoredRow *row;

    if (layout->column_count > 32) {
        values = (Datum *) palloc(sizeof(Datum) * (Size) layout->column_count);
        nulls = (bool *) palloc(sizeof(bool) * (Size) layout->column_count);
    }
    batch_get_row(batch, i, values, nulls);
    row = row_form(layout, arena, values, nulls);
    if (values != values_small) {
        pfree(values);
        pfree(nulls);
    }
    return row;
}

void
row_to_batch(const RowLayout *layout, StoredRow *row, Batch *batch, int i)
{
    uint8 *nulls = row_nulls(layout, row);

    for (int c = 0; c < layout->column_count; c++) {
        batch->columns[c].values[i] = row->values[c];
        batch->columns[c].nulls[i] = nulls[c] != 0;
    }
}

void
row_write(const RowLayout *layout, BufFile *file, StoredRow *row)
{
    Datum *kept;

    if (layout->all_byval) {
        buffile_write(file, row, row->size);
        return;
    }
    kept = (Datum *) palloc(sizeof(Datum) * (Size) layout->column_count);
    for (int i = 0; i < layout->column_count; i++) {
        kept[i] = row->values[i];
        if (!layout->attbyval[i] && !row_nulls(layout, row)[i])
            row->values[i] = (Datum) ((char *) DatumGetPointer(kept[i]) - (char *) row);
    }
    buffile_write(file, row, row->size);
    memcpy(row->values, kept, sizeof(Datum) * (Size) layout->column_count);
    pfree(kept);
}

StoredRow *
row_read(const RowLayout *layout, BufFile *file, RowArena *arena)
{
    uint32 size;
    StoredRow *row;

    if (!buffile_read_maybe_eof(file, &size, sizeof(size)))
        return NULL;
    row = (StoredRow *) row_arena_alloc(arena, size);
    row->size = size;
    buffile_read_exact(file, (char *) row + sizeof(size), size - sizeof(size));
    row->next = NULL;
    for (int i = 0; i < layout->column_count; i++) {
        if (!layout->attbyval[i] && !row_nulls(layout, row)[i])
            row->values[i] = PointerGetDatum((char *) row + row->values[i]);
    }
    return row;
}
