/*
 * toast.h - values too long for their row: compressed (LZ4), or cut in chunks in a toast table
 *
 * A toast table has columns (chunk_id oid, chunk_seq int4, chunk_data bytea) and a unique index on
 * the first two.
 */
#ifndef HEAP_TOAST_H
#define HEAP_TOAST_H

#include "heap/heap.h"

#define TOAST_TUPLE_THRESHOLD 2032 /* rows longer than this are looked at */
#define TOAST_TUPLE_TARGET 2032    /* and made this short, if it can be done */
#define TOAST_MAX_CHUNK_SIZE 1996  /* four chunks a page */

/* The tuple itself, or a new shorter one in the current context. old: the version it replaces. */
extern HeapTuple toast_insert_or_update(Relation rel, HeapTuple tuple, HeapTuple old, int options);
/* Removes the out-of-line values of a row that goes away. */
extern void toast_delete(Relation rel, HeapTuple tuple, bool is_speculative);

/* An in-line, uncompressed copy, or the value itself if it is that already. 4-byte header. */
extern struct varlena *detoast_attr(struct varlena *attr);
/* The value as it was, possibly compressed, but in line. */
extern struct varlena *detoast_external_attr(struct varlena *attr);
/* Part of it: bytes [offset, offset + length); length -1: to the end. */
extern struct varlena *detoast_attr_slice(struct varlena *attr, int32 offset, int32 length);
extern Size toast_raw_datum_size(Datum value); /* with the 4-byte header, uncompressed */
extern Size toast_datum_size(Datum value);     /* as stored */
/* NULL when it does not get smaller. */
extern struct varlena *toast_compress_datum(Datum value);
/* A copy of the tuple with out-of-line (and, optionally, compressed) values put in line. */
extern HeapTuple toast_flatten_tuple(HeapTuple tuple, TupleDesc desc);

/* New out-of-line value ids, unique within the toast table; registered by the catalogue room. */
extern Oid (*toast_new_value_id_hook)(Relation toast, Oid index);

#endif
