/*
 * tuplestore.c - a list of rows that spills to a temporary file past work_mem
 *
 * Why        Rows are numbered. In memory an array of pointers gives any row at once; in the file
 *            every 64th row's offset is kept, and a read at a row number seeks there and skips.
 *            That makes any number of readers, backward reading and seeking one mechanism.
 * Invariants
 *   T1. Rows are in memory (file == NULL) or all in the file, never in both.
 *   T2. offsets[k] is where row 64 * k starts in the file.
 */
#include "base/base.h"
#include "error/error.h"
#include "executor/tuplestore.h"
#include "memory/memory.h"
#include "rows_int.h"

#define ROWS_PER_OFFSET 64
#define READERS_MAX 64

typedef struct StoreReader {
    int64 row;        /* number of the row read next */
    int64 file_row;   /* row at which file_offset stands; -1 unknown */
    int64 file_offset;
    RowArena arena;   /* rows read from the file, until the next read */
    Batch *batch;
    Datum *values;    /* of tuplestore_read_row */
    bool *nulls;
} StoreReader;

struct Tuplestorestate {
    MemoryContext context;
    RowLayout *layout; /* NULL before the first row */
    TupleDesc desc;
    int64 row_count;
    Size memory_max;
    bool inter_xact;
    RowArena arena;
    StoredRow **rows;
    int64 rows_size;
    BufFile *file; /* T1 */
    int64 *offsets;
    int64 offsets_size;
    int64 write_offset;
    int reader_count;
    StoreReader *readers[READERS_MAX];
};

Tuplestorestate *
tuplestore_begin_heap(bool randomAccess, bool interXact, int maxKBytes)
{
    Tuplestorestate *state = (Tuplestorestate *) palloc0(sizeof(Tuplestorestate));

    state->context = AllocSetContextCreate(CurrentMemoryContext, "tuplestore",
                                           ALLOCSET_DEFAULT_SIZES);
    state->memory_max = (Size) maxKBytes * 1024;
    state->inter_xact = interXact;
    row_arena_init(&state->arena, state->context);
    (void) tuplestore_alloc_read_pointer(state, 0);
    return state;
}

int
tuplestore_alloc_read_pointer(Tuplestorestate *state, int eflags)
{
    StoreReader *reader;

    if (state->reader_count >= READERS_MAX)
        elog(ERROR, "too many readers of a tuplestore");
    reader = (StoreReader *) MemoryContextAllocZero(state->context, sizeof(StoreReader));
    reader->file_row = -1;
    row_arena_init(&reader->arena, state->context);
    state->readers[state->reader_count] = reader;
    return state->reader_count++;
}

static void
tuplestore_set_shape(Tuplestorestate *state, TupleDesc desc)
{
    MemoryContext old = MemoryContextSwitchTo(state->context);

    state->desc = CreateTupleDescCopy(desc);
    state->layout = row_layout_create(state->desc);
    MemoryContextSwitchTo(old);
}

static void
tuplestore_write(Tuplestorestate *state, StoredRow *row, int64 number)
{
    if (number % ROWS_PER_OFFSET == 0) {
        int64 k = number / ROWS_PER_OFFSET;

        if (k >= state->offsets_size) {
            int64 size = Max(k * 2, 256);

            if (state->offsets == NULL)
                state->offsets = MemoryContextAllocHuge(state->context,
                                                        sizeof(int64) * (Size) size);
            else
                state->offsets = repalloc_huge(state->offsets, sizeof(int64) * (Size) size);
            state->offsets_size = size;
        }
        state->offsets[k] = state->write_offset;
    }
    row_write(state->layout, state->file, row);
    state->write_offset += row->size;
}

/* A reader's batch may point into rows that are about to leave memory: it gets copies. */
static void
reader_detach(Tuplestorestate *state, StoreReader *reader)
{
    Batch *batch = reader->batch;

    if (batch == NULL || state->layout->all_byval)
        return;
    for (int c = 0; c < batch->column_count; c++) {
        if (state->layout->attbyval[c])
            continue;
        for (int i = 0; i < batch->row_count; i++) {
            Size size;
            char *copy;

            if (batch->columns[c].nulls[i])
                continue;
            size = datum_payload_size(batch->columns[c].values[i], state->layout->attlen[c]);
            copy = row_arena_alloc(&reader->arena, size);
            memcpy(copy, DatumGetPointer(batch->columns[c].values[i]), size);
            batch->columns[c].values[i] = PointerGetDatum(copy);
        }
    }
}

static void
tuplestore_spill(Tuplestorestate *state)
{
    MemoryContext old = MemoryContextSwitchTo(state->context);

    state->file = buffile_create();
    MemoryContextSwitchTo(old);
    for (int64 i = 0; i < state->row_count; i++)
        tuplestore_write(state, state->rows[i], i);
    for (int i = 0; i < state->reader_count; i++)
        reader_detach(state, state->readers[i]);
    row_arena_reset(&state->arena);
    if (state->rows != NULL)
        pfree(state->rows);
    state->rows = NULL;
    state->rows_size = 0;
}

static void
tuplestore_append(Tuplestorestate *state, StoredRow *row)
{
    if (state->row_count >= state->rows_size) {
        int64 size = Max(state->rows_size * 2, 64);

        if (state->rows == NULL)
            state->rows = MemoryContextAllocHuge(state->context,
                                                 sizeof(StoredRow *) * (Size) size);
        else
            state->rows = repalloc_huge(state->rows, sizeof(StoredRow *) * (Size) size);
        state->rows_size = size;
    }
    state->rows[state->row_count++] = row;
    if (!state->inter_xact &&
        state->arena.total_bytes + sizeof(StoredRow *) * (Size) state->rows_size >
            state->memory_max)
        tuplestore_spill(state);
}

static void
tuplestore_put(Tuplestorestate *state, const Datum *values, const bool *nulls)
{
    StoredRow *row = row_form(state->layout, &state->arena, values, nulls);

    if (state->file == NULL) {
        tuplestore_append(state, row);
        return;
    }
    /* a reader may have moved the file's position */
    if (buffile_tell(state->file) != state->write_offset)
        buffile_seek(state->file, state->write_offset);
    tuplestore_write(state, row, state->row_count++);
    row_arena_reset(&state->arena);
}

void
tuplestore_putvalues(Tuplestorestate *state, TupleDesc tdesc, const Datum *values,
                     const bool *isnull)
{
    if (state->layout == NULL)
        tuplestore_set_shape(state, tdesc);
    Assert(tdesc->natts == state->layout->column_count);
    tuplestore_put(state, values, isnull);
}

void
tuplestore_put_batch(Tuplestorestate *state, TupleDesc tdesc, Batch *batch)
{
    int count = tdesc->natts;
    Datum *values = (Datum *) palloc(sizeof(Datum) * (Size) Max(count, 1));
    bool *nulls = (bool *) palloc(sizeof(bool) * (Size) Max(count, 1));

    if (state->layout == NULL)
        tuplestore_set_shape(state, tdesc);
    batch_decode_all(batch);
    for (int k = 0; k < batch->sel_count; k++) {
        int i = batch_row(batch, k);

        for (int c = 0; c < count; c++) {
            values[c] = batch->columns[c].values[i];
            nulls[c] = batch->columns[c].nulls[i];
        }
        tuplestore_put(state, values, nulls);
    }
    pfree(values);
    pfree(nulls);
}

int64
tuplestore_tuple_count(Tuplestorestate *state)
{
    return state->row_count;
}

bool
tuplestore_in_memory(Tuplestorestate *state)
{
    return state->file == NULL;
}

int64
tuplestore_tell(Tuplestorestate *state, int reader)
{
    return state->readers[reader]->row;
}

void
tuplestore_seek(Tuplestorestate *state, int reader, int64 row)
{
    Assert(row >= 0 && row <= state->row_count);
    state->readers[reader]->row = row;
}

/* Places the file at a row; T2. */
static void
reader_position(Tuplestorestate *state, StoreReader *reader, int64 row)
{
    int64 at;

    if (reader->file_row == row) {
        buffile_seek(state->file, reader->file_offset);
        return;
    }
    at = row - row % ROWS_PER_OFFSET;
    reader->file_offset = state->offsets[row / ROWS_PER_OFFSET];
    while (at < row) {
        uint32 size;

        buffile_seek(state->file, reader->file_offset);
        buffile_read_exact(state->file, &size, sizeof(size));
        reader->file_offset += size;
        at++;
    }
    buffile_seek(state->file, reader->file_offset);
    reader->file_row = row;
}

static StoredRow *
reader_fetch_file(Tuplestorestate *state, StoreReader *reader, int64 number)
{
    StoredRow *row;

    reader_position(state, reader, number);
    row = row_read(state->layout, state->file, &reader->arena);
    if (row == NULL)
        elog(ERROR, "unexpected end of tuplestore's temporary file");
    reader->file_row = number + 1;
    reader->file_offset += row->size;
    return row;
}

Batch *
tuplestore_read_batch(Tuplestorestate *state, int reader_number, int rows_max)
{
    StoreReader *reader = state->readers[reader_number];
    int count = (int) Min((int64) Min(rows_max, BATCH_ROWS_MAX), state->row_count - reader->row);

    if (count <= 0)
        return NULL;
    if (reader->batch == NULL) {
        MemoryContext old = MemoryContextSwitchTo(state->context);

        reader->batch = batch_create(state->desc, BATCH_ROWS_MAX);
        MemoryContextSwitchTo(old);
    }
    if (state->file != NULL)
        row_arena_reset(&reader->arena);
    for (int i = 0; i < count; i++) {
        StoredRow *row = state->file == NULL ? state->rows[reader->row + i]
                                             : reader_fetch_file(state, reader, reader->row + i);

        row_to_batch(state->layout, row, reader->batch, i);
    }
    reader->row += count;
    reader->batch->row_count = count;
    reader->batch->sel_count = count;
    reader->batch->sel = NULL;
    return reader->batch;
}

bool
tuplestore_read_row(Tuplestorestate *state, int reader_number, bool forward, Datum **values,
                    bool **isnull)
{
    StoreReader *reader = state->readers[reader_number];
    int64 number = forward ? reader->row : reader->row - 1;
    StoredRow *row;

    if (number < 0 || number >= state->row_count)
        return false;
    if (reader->values == NULL) {
        Size count = (Size) Max(state->layout->column_count, 1);

        reader->values = MemoryContextAlloc(state->context, sizeof(Datum) * count);
        reader->nulls = MemoryContextAlloc(state->context, sizeof(bool) * count);
    }
    if (state->file == NULL)
        row = state->rows[number];
    else {
        row_arena_reset(&reader->arena);
        row = reader_fetch_file(state, reader, number);
    }
    for (int c = 0; c < state->layout->column_count; c++) {
        reader->values[c] = row->values[c];
        reader->nulls[c] = row_nulls(state->layout, row)[c] != 0;
    }
    reader->row = forward ? number + 1 : number;
    *values = reader->values;
    *isnull = reader->nulls;
    return true;
}

void
tuplestore_clear(Tuplestorestate *state)
{
    if (state->file != NULL)
        buffile_close(state->file);
    state->file = NULL;
    state->write_offset = 0;
    state->row_count = 0;
    row_arena_reset(&state->arena);
    for (int i = 0; i < state->reader_count; i++) {
        state->readers[i]->row = 0;
        if (state->readers[i]->batch != NULL)
            state->readers[i]->batch->row_count = 0;
        state->readers[i]->file_row = -1;
    }
}

void
tuplestore_end(Tuplestorestate *state)
{
    if (state->file != NULL)
        buffile_close(state->file);
    MemoryContextDelete(state->context);
    pfree(state);
}
