/*
 * rows_int.h - rows kept in memory or in a spill file
 *
 * Byte table of a StoredRow (addresses are multiples of 8):
 *   0   uint32 size      all bytes, a multiple of 8
 *   4   uint32 hash      free for the owner
 *   8   next             free for the owner (hash chains)
 *   16  Datum values[n]  by value, or pointers into this row's own data
 *   ..  uint8 nulls[n]   padded to 8
 *   ..  data of by-reference values, each at a multiple of 8
 * In a file `values` hold offsets from the row's start instead of pointers.
 */
#ifndef EXECUTOR_ROWS_INT_H
#define EXECUTOR_ROWS_INT_H

#include "base/base.h"
#include "executor/batch.h"
#include "file/buffile.h"
#include "heap/tupdesc.h"
#include "memory/memory.h"

typedef struct RowLayout {
    int column_count;
    int nulls_offset;
    int data_offset;
    int16 *attlen;
    bool *attbyval;
    bool all_byval;
} RowLayout;

typedef struct StoredRow StoredRow;
struct StoredRow {
    uint32 size;
    uint32 hash;
    StoredRow *next;
    Datum values[];
};

/* Memory that is only given back as a whole. */
typedef struct RowArena {
    MemoryContext context;
    char *block;  /* current block; its first word links to the one before */
    Size used;
    Size size;
    Size total_bytes;
} RowArena;

extern RowLayout *row_layout_create(TupleDesc desc);
extern void row_arena_init(RowArena *arena, MemoryContext context);
extern void *row_arena_alloc(RowArena *arena, Size size);
extern void row_arena_reset(RowArena *arena);

static inline uint8 *
row_nulls(const RowLayout *layout, StoredRow *row)
{
    return (uint8 *) row + layout->nulls_offset;
}

/* Gives all back. */
extern void row_arena_free(RowArena *arena);
/* Copies a row to memory of row->size bytes; its values point into the copy. */
extern void row_copy(const RowLayout *layout, StoredRow *to, StoredRow *from);
extern Size datum_payload_size(Datum value, int16 attlen);
extern Size row_size(const RowLayout *layout, const Datum *values, const bool *nulls);
extern StoredRow *row_form(const RowLayout *layout, RowArena *arena, const Datum *values,
                           const bool *nulls);
extern void row_fill(const RowLayout *layout, StoredRow *row, Size size, const Datum *values,
                     const bool *nulls);

/* The i-th physical row of a batch, all of whose columns are ready. */
extern StoredRow *row_form_from_batch(const RowLayout *layout, RowArena *arena,
                                      const Batch *batch, int i);
extern void batch_get_row(const Batch *batch, int i, Datum *values, bool *nulls);

/* Puts a stored row at physical row i of a batch; by-reference values point into the row. */
extern void row_to_batch(const RowLayout *layout, StoredRow *row, Batch *batch, int i);

extern void row_write(const RowLayout *layout, BufFile *file, StoredRow *row);
/* NULL at the end of the file. */
extern StoredRow *row_read(const RowLayout *layout, BufFile *file, RowArena *arena);

/* Copies a Datum into the current context. */
extern Datum datum_copy(Datum value, bool byval, int16 attlen);


#endif
