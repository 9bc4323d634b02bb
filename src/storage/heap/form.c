/*
 * form.c - makes tuples out of column values
 *
 * Values of 126 bytes or less get a 1-byte length, unless their type is stored plain: such types
 * are read in place by code that expects a 4-byte length.
 */
#include "error/error.h"
#include "heap/toast.h"
#include "heap/tuple.h"
#include "memory/memory.h"

static inline Size
column_size(const FormData_pg_attribute *att, Datum value)
{
    const char *at = DatumGetPointer(value);

    if (att->attlen > 0)
        return (Size)att->attlen;
    if (att->attlen == -1)
        return att->attstorage != TYPSTORAGE_PLAIN && VARATT_CAN_MAKE_SHORT(at)
                   ? VARATT_CONVERTED_SHORT_SIZE(at)
                   : VARSIZE_ANY(at);
    return strlen(at) + 1;
}

Size
heap_compute_data_size(TupleDesc desc, const Datum *values, const bool *isnull)
{
    Size size = 0;

    for (int i = 0; i < desc->natts; i++)
        if (!isnull[i])
            size += column_size(TupleDescAttr(desc, i), values[i]);
    return size;
}

static char *
put_column(char *to, const FormData_pg_attribute *att, Datum value, uint16 *infomask)
{
    const char *from = DatumGetPointer(value);
    Size size;

    if (att->attbyval) {
        memcpy(to, &value, att->attlen); /* least significant bytes first */
        return to + att->attlen;
    }
    if (att->attlen > 0) {
        memcpy(to, from, att->attlen);
        return to + att->attlen;
    }
    *infomask |= HEAP_HASVARWIDTH;
    if (att->attlen == -2) {
        size = strlen(from) + 1;
    } else if (VARATT_IS_EXTERNAL(from)) {
        *infomask |= HEAP_HASEXTERNAL;
        size = VARSIZE_EXTERNAL(from);
    } else if (att->attstorage != TYPSTORAGE_PLAIN && VARATT_CAN_MAKE_SHORT(from)) {
        size = VARATT_CONVERTED_SHORT_SIZE(from);
        SET_VARSIZE_SHORT(to, size);
        memcpy(to + 1, VARDATA(from), size - 1);
        return to + size;
    } else {
        size = VARSIZE_ANY(from);
    }
    memcpy(to, from, size);
    return to + size;
}

/* Writes columns and null bitmap; the header's hoff is set. Returns the infomask bits. */
static uint16
fill_tuple(TupleDesc desc, const Datum *values, const bool *isnull, HeapTupleHeader tup,
           bool has_nulls)
{
    char *to = (char *)tup + tup->t_hoff;
    uint16 infomask = has_nulls ? HEAP_HASNULL : 0;

    for (int i = 0; i < desc->natts; i++) {
        if (isnull[i])
            continue;
        if (has_nulls)
            tup->t_bits[i >> 3] |= (uint8)(1 << (i & 7));
        to = put_column(to, TupleDescAttr(desc, i), values[i], &infomask);
    }
    return infomask;
}

HeapTuple
heap_form_tuple(TupleDesc desc, const Datum *values, const bool *isnull)
{
    bool has_nulls = false;
    Size header = HEAP_TUPLE_HEADER_SIZE, size;
    HeapTuple tuple;

    if (desc->natts > MaxTupleAttributeNumber)
        ereport(ERROR, (errcode(ERRCODE_TOO_MANY_COLUMNS),
                        errmsg("number of columns (%d) exceeds limit (%d)", desc->natts,
                               MaxTupleAttributeNumber)));
    for (int i = 0; i < desc->natts && !has_nulls; i++)
        has_nulls = isnull[i];
    if (has_nulls)
        header += tuple_bitmap_size(desc->natts);
    size = header + heap_compute_data_size(desc, values, isnull);
    tuple = palloc(HEAPTUPLESIZE + size);
    tuple->t_len = (uint32)size;
    ItemPointerSetInvalid(&tuple->t_self);
    tuple->t_tableOid = InvalidOid;
    tuple->t_data = (HeapTupleHeader)((char *)tuple + HEAPTUPLESIZE);
    memset(tuple->t_data, 0, header);
    heap_tuple_set_ctid(tuple->t_data, &tuple->t_self);
    tuple->t_data->t_hoff = (uint8)header;
    heap_tuple_set_infomask2(tuple->t_data, (uint16)desc->natts);
    heap_tuple_set_infomask(tuple->t_data,
                            fill_tuple(desc, values, isnull, tuple->t_data, has_nulls));
    return tuple;
}

/* The new tuple takes over the place of the old one. */
static HeapTuple
form_like(HeapTuple old, TupleDesc desc, Datum *values, bool *isnull)
{
    HeapTuple tuple = heap_form_tuple(desc, values, isnull);
    ItemPointerData ctid = heap_tuple_ctid(old->t_data);

    heap_tuple_set_ctid(tuple->t_data, &ctid);
    tuple->t_self = old->t_self;
    tuple->t_tableOid = old->t_tableOid;
    pfree(values);
    pfree(isnull);
    return tuple;
}

HeapTuple
heap_modify_tuple(HeapTuple tuple, TupleDesc desc, const Datum *values, const bool *isnull,
                  const bool *replace)
{
    Datum *all = palloc(Max(desc->natts, 1) * sizeof(Datum));
    bool *nulls = palloc(Max(desc->natts, 1) * sizeof(bool));

    heap_deform_tuple(tuple, desc, all, nulls);
    for (int i = 0; i < desc->natts; i++)
        if (replace[i]) {
            all[i] = values[i];
            nulls[i] = isnull[i];
        }
    return form_like(tuple, desc, all, nulls);
}

HeapTuple
heap_modify_tuple_by_cols(HeapTuple tuple, TupleDesc desc, int ncols, const int *cols,
                          const Datum *values, const bool *isnull)
{
    Datum *all = palloc(Max(desc->natts, 1) * sizeof(Datum));
    bool *nulls = palloc(Max(desc->natts, 1) * sizeof(bool));

    heap_deform_tuple(tuple, desc, all, nulls);
    for (int i = 0; i < ncols; i++) {
        if (cols[i] <= 0 || cols[i] > desc->natts)
            elog(ERROR, "invalid column number %d", cols[i]);
        all[cols[i] - 1] = values[i];
        nulls[cols[i] - 1] = isnull[i];
    }
    return form_like(tuple, desc, all, nulls);
}

HeapTuple
heap_copytuple(HeapTuple tuple)
{
    HeapTuple copy;

    if (tuple == NULL || tuple->t_data == NULL)
        return NULL;
    copy = palloc(HEAPTUPLESIZE + tuple->t_len);
    heap_copytuple_with_tuple(tuple, copy);
    return copy;
}

/* dest has room for the columns behind it. */
void
heap_copytuple_with_tuple(HeapTuple src, HeapTuple dest)
{
    dest->t_len = src->t_len;
    dest->t_self = src->t_self;
    dest->t_tableOid = src->t_tableOid;
    dest->t_data = (HeapTupleHeader)((char *)dest + HEAPTUPLESIZE);
    memcpy(dest->t_data, src->t_data, src->t_len);
}

void
heap_freetuple(HeapTuple tuple)
{
    pfree(tuple);
}

/* --- composite values --- */

Datum
heap_copy_tuple_as_datum(HeapTuple tuple, TupleDesc desc)
{
    HeapTuple flat = heap_tuple_has_external(tuple->t_data) ? toast_flatten_tuple(tuple, desc)
                                                             : tuple;
    char *record = palloc(sizeof(RecordHeader) + flat->t_len);
    RecordHeader header = {.typmod = desc->tdtypmod, .typeid = desc->tdtypeid};
    HeapTupleHeader tup = (HeapTupleHeader)(record + sizeof(RecordHeader));
    ItemPointerData invalid;

    memcpy(record, &header, sizeof(header));
    SET_VARSIZE(record, sizeof(RecordHeader) + flat->t_len);
    memcpy(tup, flat->t_data, flat->t_len);
    heap_tuple_set_xmin(tup, InvalidTransactionId);
    heap_tuple_set_xmax(tup, InvalidTransactionId);
    heap_tuple_set_raw_cid(tup, 0);
    ItemPointerSetInvalid(&invalid);
    heap_tuple_set_ctid(tup, &invalid);
    heap_tuple_set_infomask(tup, heap_tuple_infomask(tup) & ~HEAP_XACT_MASK);
    heap_tuple_set_infomask2(tup, heap_tuple_infomask2(tup) & HEAP_NATTS_MASK);
    if (flat != tuple)
        heap_freetuple(flat);
    return PointerGetDatum(record);
}

void
heap_tuple_from_datum(Datum record, HeapTupleData *ret_tuple, Oid *ret_type, int32 *ret_typmod)
{
    const char *at = DatumGetPointer(record);
    RecordHeader header;

    Assert(VARATT_IS_4B_U(at));
    memcpy(&header, at, sizeof(header));
    ret_tuple->t_len = (uint32)(VARSIZE(at) - sizeof(RecordHeader));
    ItemPointerSetInvalid(&ret_tuple->t_self);
    ret_tuple->t_tableOid = InvalidOid;
    ret_tuple->t_data = (HeapTupleHeader)(at + sizeof(RecordHeader));
    if (ret_type != NULL)
        *ret_type = header.typeid;
    if (ret_typmod != NULL)
        *ret_typmod = header.typmod;
}
