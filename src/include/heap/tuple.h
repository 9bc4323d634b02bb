/*
 * tuple.h - making and reading heap tuples
 *
 * Datums of by-reference columns that come out of a tuple point into it, at any address: they are
 * not aligned. They live as long as the tuple's page stays pinned (or its memory).
 */
#ifndef HEAP_TUPLE_H
#define HEAP_TUPLE_H

#include "base/varlena.h"
#include "format/tuple.h"
#include "heap/tupdesc.h"
#include "xact/clog.h"

typedef struct HeapTupleData {
    uint32 t_len;           /* bytes of *t_data */
    ItemPointerData t_self;
    Oid t_tableOid;
    HeapTupleHeader t_data; /* in a page or right behind this struct */
} HeapTupleData;
typedef HeapTupleData *HeapTuple;

#define HeapTupleIsValid(tuple) ((tuple) != NULL)
#define HEAPTUPLESIZE MAXALIGN(sizeof(HeapTupleData))

/* System columns. */
#define SelfItemPointerAttributeNumber (-1)
#define MinTransactionIdAttributeNumber (-2)
#define MinCommandIdAttributeNumber (-3)
#define MaxTransactionIdAttributeNumber (-4)
#define MaxCommandIdAttributeNumber (-5)
#define TableOidAttributeNumber (-6)
#define FirstLowInvalidHeapAttributeNumber (-7)

/* --- making --- */

/* Bytes the columns will take. Throws nothing. */
extern Size heap_compute_data_size(TupleDesc desc, const Datum *values, const bool *isnull);
/* In one chunk of the current context; 54000 if it has too many columns. No TOAST is done. */
extern HeapTuple heap_form_tuple(TupleDesc desc, const Datum *values, const bool *isnull);
extern HeapTuple heap_modify_tuple(HeapTuple tuple, TupleDesc desc, const Datum *values,
                                   const bool *isnull, const bool *replace);
extern HeapTuple heap_modify_tuple_by_cols(HeapTuple tuple, TupleDesc desc, int ncols,
                                           const int *cols, const Datum *values,
                                           const bool *isnull);
extern HeapTuple heap_copytuple(HeapTuple tuple);
extern void heap_copytuple_with_tuple(HeapTuple src, HeapTuple dest);
extern void heap_freetuple(HeapTuple tuple);

/* --- reading one row --- */

extern void heap_deform_tuple(HeapTuple tuple, TupleDesc desc, Datum *values, bool *isnull);
/*
 * Columns [from, upto), counted from 0; *offset is where column `from` lies in the column area (0 at
 * first) and is moved on, so that a later call goes on there. Columns the row does not have get
 * their missing value or null.
 */
extern void tuple_deform_upto(TupleDesc desc, HeapTupleHeader tup, int from, int upto,
                              uint32 *offset, Datum *values, bool *isnull);
extern Datum tuple_getattr_slow(TupleDesc desc, HeapTupleHeader tup, int attnum, bool *isnull);
extern Datum tuple_missing_value(TupleDesc desc, int attnum, bool *isnull);
extern Datum heap_getsysattr(HeapTuple tuple, int attnum, TupleDesc desc, bool *isnull);
/* Column (from 1, or a system column) is null. */
extern bool heap_attisnull(HeapTuple tuple, int attnum, TupleDesc desc);

static inline Datum
tuple_fetch(const char *at, int16 attlen, bool byval)
{
    if (!byval)
        return PointerGetDatum(at);
    switch (attlen) {
    case 4: {
        int32 value;
        memcpy(&value, at, 4);
        return Int32GetDatum(value);
    }
    case 8: {
        int64 value;
        memcpy(&value, at, 8);
        return Int64GetDatum(value);
    }
    case 2: {
        int16 value;
        memcpy(&value, at, 2);
        return Int16GetDatum(value);
    }
    default:
        return CharGetDatum(*at);
    }
}

/* Column attnum (from 1). */
static inline Datum
tuple_getattr(TupleDesc desc, HeapTupleHeader tup, int attnum, bool *isnull)
{
    if (likely(desc->fixed_count >= attnum && !heap_tuple_has_nulls(tup) &&
               attnum <= heap_tuple_natts(tup))) {
        Form_pg_attribute att = TupleDescAttr(desc, attnum - 1);
        *isnull = false;
        return tuple_fetch((const char *)tup + tup->t_hoff + att->attcacheoff, att->attlen,
                           att->attbyval);
    }
    return tuple_getattr_slow(desc, tup, attnum, isnull);
}

static inline Datum
heap_getattr(HeapTuple tuple, int attnum, TupleDesc desc, bool *isnull)
{
    if (likely(attnum > 0))
        return tuple_getattr(desc, tuple->t_data, attnum, isnull);
    return heap_getsysattr(tuple, attnum, desc, isnull);
}

/* --- reading many rows, column by column --- */

/*
 * Column attnum (from 1) of `count` rows: rows sel[0..count), or 0..count with sel NULL. Row r's
 * value goes to values[r], nulls[r]. Columns of constant offset are read in one tight loop.
 */
extern void tuple_decode_column(TupleDesc desc, const HeapTupleHeader *tuples, const uint16 *sel,
                                int count, int attnum, Datum *values, bool *nulls);
/* Several columns; values[i], nulls[i] belong to attnums[i], which rise. */
extern void tuple_decode_columns(TupleDesc desc, const HeapTupleHeader *tuples, const uint16 *sel,
                                 int count, const AttrNumber *attnums, int attnum_count,
                                 Datum *const *values, bool *const *nulls);
/*
 * Columns [from, upto), from 0, of the rows; values[column] NULL: step over it. offsets[row] is
 * where column `from` lies in the row's column area (all 0 for from 0), and is moved on.
 */
extern void tuple_decode_range(TupleDesc desc, const HeapTupleHeader *tuples, const uint16 *sel,
                               int count, int from, int upto, uint16 *offsets,
                               Datum *const *values, bool *const *nulls);

/* --- values of any type --- */

/* Bytes of a value; attlen as in the descriptor. */
static inline Size
tuple_value_size(const char *at, int16 attlen)
{
    if (attlen > 0)
        return (Size)attlen;
    if (attlen == -1)
        return VARSIZE_ANY(at);
    return strlen(at) + 1;
}
extern Datum datumCopy(Datum value, bool typByVal, int typLen);
extern bool datumIsEqual(Datum value1, Datum value2, bool typByVal, int typLen); /* bytewise */
extern Size datumGetSize(Datum value, bool typByVal, int typLen);
/* Equal after detoasting. */
extern bool datum_image_eq(Datum value1, Datum value2, bool typByVal, int typLen);

/* --- command ids of versions made and deleted by one transaction (combocid.c) --- */
extern CommandId HeapTupleHeaderGetCmin(HeapTupleHeader tup);
extern CommandId HeapTupleHeaderGetCmax(HeapTupleHeader tup);
extern void HeapTupleHeaderAdjustCmax(HeapTupleHeader tup, CommandId *cmax, bool *iscombo);
extern void combocid_at_xact_end(void);
extern Size combocid_serialized_size(void);
extern void combocid_serialize(char *to);
extern void combocid_restore(const char *from);

/* The updating or deleting transaction of a tuple whose xmax may be a multixact; 0 none. */
extern TransactionId HeapTupleHeaderGetUpdateXid(HeapTupleHeader tup);

/* --- a composite value: varlena length, type, typmod, then a tuple (row types) --- */
typedef struct RecordHeader {
    int32 vl_len; /* 4-byte varlena header */
    int32 typmod;
    Oid typeid;
} RecordHeader; /* followed by HeapTupleHeaderData and the columns */
/* A palloc'd composite Datum of a formed tuple, out-of-line values fetched. */
extern Datum heap_copy_tuple_as_datum(HeapTuple tuple, TupleDesc desc);
/* The tuple in a (detoasted) composite value; *ret_tuple leads into it. */
extern void heap_tuple_from_datum(Datum record, HeapTupleData *ret_tuple, Oid *ret_type,
                                  int32 *ret_typmod);

#endif
