/*
 * tuplestore.h - a list of rows that spills to a temporary file past work_mem
 *
 * Rows are appended at the end and read by any number of readers, each at its own row number,
 * forward, backward or by seeking. Appending and reading may alternate. Reader 0 always exists.
 * What a read returns stays valid until the next read through the same reader, trim or end.
 */
#ifndef EXECUTOR_TUPLESTORE_H
#define EXECUTOR_TUPLESTORE_H

#include "base/base.h"
#include "executor/batch.h"
#include "heap/tupdesc.h"

typedef struct Tuplestorestate Tuplestorestate;

/* In the current memory context. `randomAccess` says that readers may go backward (always
 * allowed here); `interXact` that temporary files outlive the transaction (held cursors). */
extern Tuplestorestate *tuplestore_begin_heap(bool randomAccess, bool interXact, int maxKBytes);

/* Appending; the first call fixes the row's shape. */
extern void tuplestore_putvalues(Tuplestorestate *state, TupleDesc tdesc, const Datum *values,
                                 const bool *isnull);
extern void tuplestore_put_batch(Tuplestorestate *state, TupleDesc tdesc, Batch *batch);

extern int64 tuplestore_tuple_count(Tuplestorestate *state);
extern bool tuplestore_in_memory(Tuplestorestate *state);

/* Number of a new reader that stands at row 0. */
extern int tuplestore_alloc_read_pointer(Tuplestorestate *state, int eflags);

/* Position of a reader: the number of the row it reads next, from 0. */
extern int64 tuplestore_tell(Tuplestorestate *state, int reader);
extern void tuplestore_seek(Tuplestorestate *state, int reader, int64 row);

/* Up to `rows_max` next rows as a batch owned by the reader; NULL at the end. */
extern Batch *tuplestore_read_batch(Tuplestorestate *state, int reader, int rows_max);

/* One row at a time. Forward returns the row the reader stands at and steps on; backward steps
 * back and returns the row now stood at. False at either end. The arrays are the reader's. */
extern bool tuplestore_read_row(Tuplestorestate *state, int reader, bool forward, Datum **values,
                                bool **isnull);

/* Forgets all rows; readers stand at 0. */
extern void tuplestore_clear(Tuplestorestate *state);
extern void tuplestore_end(Tuplestorestate *state);

#endif
