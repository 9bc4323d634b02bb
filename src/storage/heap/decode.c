/*
 * decode.c - reads columns out of tuples, of one row or of a whole page of rows
 *
 * Why        a scan that sums one int4 column spends its time here. Columns before the first one
 *            of variable length, and that one too, lie at a constant offset in every row that has
 *            no null (TD1): for these the loop is a load a row, one loop per width. Rows with nulls
 *            or with fewer columns leave the loop one by one.
 */
#include "error/error.h"
#include "heap/heap.h"
#include "heap/tuple.h"
#include "memory/memory.h"

Datum
tuple_missing_value(TupleDesc desc, int attnum, bool *isnull)
{
    Form_pg_attribute att = TupleDescAttr(desc, attnum - 1);

    if (att->atthasmissing && desc->constr != NULL && desc->constr->missing != NULL &&
        desc->constr->missing[attnum - 1].am_present) {
        *isnull = false;
        return desc->constr->missing[attnum - 1].am_value;
    }
    *isnull = true;
    return (Datum)0;
}

/* Steps over a value that is there. */
static inline uint32
step_over(const char *data, uint32 offset, int16 attlen)
{
    if (likely(attlen > 0))
        return offset + (uint32)attlen;
    if (attlen == -1)
        return offset + (uint32)VARSIZE_ANY(data + offset);
    return offset + (uint32)strlen(data + offset) + 1;
}

void
tuple_deform_upto(TupleDesc desc, HeapTupleHeader tup, int from, int upto, uint32 *offset,
                  Datum *values, bool *isnull)
{
    const char *data = (const char *)tup + tup->t_hoff;
    int stored = Min(upto, heap_tuple_natts(tup));
    bool has_nulls = heap_tuple_has_nulls(tup);
    uint32 at = *offset;
    int i = from;

    for (; i < stored; i++) {
        Form_pg_attribute att = TupleDescAttr(desc, i);
        if (has_nulls && tuple_att_isnull(i, tup->t_bits)) {
            values[i] = (Datum)0;
            isnull[i] = true;
            continue;
        }
        isnull[i] = false;
        values[i] = tuple_fetch(data + at, att->attlen, att->attbyval);
        at = step_over(data, at, att->attlen);
    }
    *offset = at;
    for (; i < upto; i++)
        values[i] = tuple_missing_value(desc, i + 1, &isnull[i]);
}

void
heap_deform_tuple(HeapTuple tuple, TupleDesc desc, Datum *values, bool *isnull)
{
    uint32 offset = 0;

    tuple_deform_upto(desc, tuple->t_data, 0, desc->natts, &offset, values, isnull);
}

/* True when the columns before `index` (from 0) are all there, so that cached offsets hold. */
static inline bool
no_null_before(const uint8 *bits, int index)
{
    int whole = index >> 3;

    for (int i = 0; i < whole; i++)
        if (bits[i] != 0xff)
            return false;
    return (uint8)(bits[whole] | (0xff << (index & 7))) == 0xff;
}

Datum
tuple_getattr_slow(TupleDesc desc, HeapTupleHeader tup, int attnum, bool *isnull)
{
    const char *data = (const char *)tup + tup->t_hoff;
    Form_pg_attribute att = TupleDescAttr(desc, attnum - 1);
    bool has_nulls = heap_tuple_has_nulls(tup);
    uint32 offset;
    int i;

    Assert(attnum >= 1 && attnum <= desc->natts);
    if (unlikely(desc->fixed_count < 0))
        tupdesc_prepare(desc);
    if (attnum > heap_tuple_natts(tup))
        return tuple_missing_value(desc, attnum, isnull);
    if (has_nulls && tuple_att_isnull(attnum - 1, tup->t_bits)) {
        *isnull = true;
        return (Datum)0;
    }
    *isnull = false;
    if (attnum <= desc->fixed_count && (!has_nulls || no_null_before(tup->t_bits, attnum - 1)))
        return tuple_fetch(data + att->attcacheoff, att->attlen, att->attbyval);

    /* Without nulls, begin at the last column whose place is known. */
    i = has_nulls ? 0 : Max(desc->fixed_count - 1, 0);
    offset = has_nulls || i == 0 ? 0 : (uint32)TupleDescAttr(desc, i)->attcacheoff;
    for (; i < attnum - 1; i++)
        if (!has_nulls || !tuple_att_isnull(i, tup->t_bits))
            offset = step_over(data, offset, TupleDescAttr(desc, i)->attlen);
    return tuple_fetch(data + offset, att->attlen, att->attbyval);
}

bool
heap_attisnull(HeapTuple tuple, int attnum, TupleDesc desc)
{
    bool isnull;

    if (attnum <= 0)
        return false;
    if (attnum > heap_tuple_natts(tuple->t_data)) {
        if (desc == NULL)
            return true;
        (void) tuple_missing_value(desc, attnum, &isnull);
        return isnull;
    }
    return heap_tuple_has_nulls(tuple->t_data) &&
           tuple_att_isnull(attnum - 1, tuple->t_data->t_bits);
}

Datum
heap_getsysattr(HeapTuple tuple, int attnum, TupleDesc desc, bool *isnull)
{
    *isnull = false;
    switch (attnum) {
    case SelfItemPointerAttributeNumber:
        return PointerGetDatum(&tuple->t_self);
    case MinTransactionIdAttributeNumber:
        return TransactionIdGetDatum(heap_tuple_raw_xmin(tuple->t_data));
    case MaxTransactionIdAttributeNumber:
        return TransactionIdGetDatum(heap_tuple_raw_xmax(tuple->t_data));
    case MinCommandIdAttributeNumber:
    case MaxCommandIdAttributeNumber:
        return CommandIdGetDatum(heap_tuple_raw_cid(tuple->t_data));
    case TableOidAttributeNumber:
        return ObjectIdGetDatum(tuple->t_tableOid);
    default:
        elog(ERROR, "invalid attnum: %d", attnum);
    }
    return (Datum)0;
}

/* --- batches --- */

/* infomask and infomask2 as one word. */
static inline uint32
masks_of(const HeapTupleHeaderData *tup)
{
    uint32 masks;

    memcpy(&masks, tup->t_infomask_bytes, sizeof(masks));
    return masks;
}

/*
 * One row by the constant offset if it can be, else by the slow way. `load` reads the value at a
 * place. A macro, so that each width gets its own loop without a branch on it.
 */
#define DECODE_LOOP(load)                                                                          \
    for (int i = 0; i < count; i++) {                                                              \
        int row = sel != NULL ? sel[i] : i;                                                        \
        HeapTupleHeader tup = tuples[row];                                                         \
        uint32 masks = masks_of(tup);                                                              \
        if (likely((masks & HEAP_HASNULL) == 0 &&                                                  \
                   ((masks >> 16) & HEAP_NATTS_MASK) >= (uint32)attnum)) {                         \
            const char *at = (const char *)tup + tup->t_hoff + offset;                             \
            nulls[row] = false;                                                                    \
            values[row] = (load);                                                                  \
        } else                                                                                     \
            values[row] = tuple_getattr_slow(desc, tup, attnum, &nulls[row]);                      \
    }

static inline Datum
load_int4(const char *at)
{
    int32 value;
    memcpy(&value, at, sizeof(value));
    return Int32GetDatum(value);
}

static inline Datum
load_int8(const char *at)
{
    int64 value;
    memcpy(&value, at, sizeof(value));
    return Int64GetDatum(value);
}

static inline Datum
load_int2(const char *at)
{
    int16 value;
    memcpy(&value, at, sizeof(value));
    return Int16GetDatum(value);
}

static void
decode_fixed(TupleDesc desc, const HeapTupleHeader *tuples, const uint16 *sel, int count,
             int attnum, Datum *values, bool *nulls)
{
    Form_pg_attribute att = TupleDescAttr(desc, attnum - 1);
    int32 offset = att->attcacheoff;

    if (!att->attbyval) {
        DECODE_LOOP(PointerGetDatum(at))
    } else if (att->attlen == 4 && sel == NULL) {
        DECODE_LOOP(load_int4(at))
    } else if (att->attlen == 4) {
        DECODE_LOOP(load_int4(at))
    } else if (att->attlen == 8 && sel == NULL) {
        DECODE_LOOP(load_int8(at))
    } else if (att->attlen == 8) {
        DECODE_LOOP(load_int8(at))
    } else if (att->attlen == 2) {
        DECODE_LOOP(load_int2(at))
    } else {
        DECODE_LOOP(CharGetDatum(*at))
    }
}

void
tuple_decode_column(TupleDesc desc, const HeapTupleHeader *tuples, const uint16 *sel, int count,
                    int attnum, Datum *values, bool *nulls)
{
    if (unlikely(desc->fixed_count < 0))
        tupdesc_prepare(desc);
    if (attnum <= desc->fixed_count) {
        decode_fixed(desc, tuples, sel, count, attnum, values, nulls);
        return;
    }
    for (int i = 0; i < count; i++) {
        int row = sel != NULL ? sel[i] : i;
        values[row] = tuple_getattr_slow(desc, tuples[row], attnum, &nulls[row]);
    }
}

/* Columns of one row, going on at *offset. */
static inline void
decode_row_range(TupleDesc desc, HeapTupleHeader tup, int row, int from, int upto, uint16 *offset,
                 Datum *const *values, bool *const *nulls)
{
    const char *data = (const char *)tup + tup->t_hoff;
    int stored = Min(upto, heap_tuple_natts(tup));
    bool has_nulls = heap_tuple_has_nulls(tup);
    uint32 at = *offset;
    int i = from;

    for (; i < stored; i++) {
        Form_pg_attribute att = TupleDescAttr(desc, i);
        if (has_nulls && tuple_att_isnull(i, tup->t_bits)) {
            if (values[i] != NULL) {
                values[i][row] = (Datum)0;
                nulls[i][row] = true;
            }
            continue;
        }
        if (values[i] != NULL) {
            values[i][row] = tuple_fetch(data + at, att->attlen, att->attbyval);
            nulls[i][row] = false;
        }
        at = step_over(data, at, att->attlen);
    }
    *offset = (uint16)at;
    for (; i < upto; i++)
        if (values[i] != NULL)
            values[i][row] = tuple_missing_value(desc, i + 1, &nulls[i][row]);
}

void
tuple_decode_range(TupleDesc desc, const HeapTupleHeader *tuples, const uint16 *sel, int count,
                   int from, int upto, uint16 *offsets, Datum *const *values, bool *const *nulls)
{
    for (int i = 0; i < count; i++) {
        int row = sel != NULL ? sel[i] : i;
        decode_row_range(desc, tuples[row], row, from, upto, &offsets[row], values, nulls);
    }
}

void
tuple_decode_columns(TupleDesc desc, const HeapTupleHeader *tuples, const uint16 *sel, int count,
                     const AttrNumber *attnums, int attnum_count, Datum *const *values,
                     bool *const *nulls)
{
    int done = 0, upto;
    Datum **column_values;
    bool **column_nulls;

    if (unlikely(desc->fixed_count < 0))
        tupdesc_prepare(desc);
    for (; done < attnum_count && attnums[done] <= desc->fixed_count; done++)
        decode_fixed(desc, tuples, sel, count, attnums[done], values[done], nulls[done]);
    if (done == attnum_count)
        return;
    upto = attnums[attnum_count - 1];
    column_values = palloc0(upto * sizeof(Datum *));
    column_nulls = palloc0(upto * sizeof(bool *));
    for (int i = done; i < attnum_count; i++) {
        column_values[attnums[i] - 1] = values[i];
        column_nulls[attnums[i] - 1] = nulls[i];
    }
    for (int i = 0; i < count; i++) {
        int row = sel != NULL ? sel[i] : i;
        uint16 offset = 0;
        decode_row_range(desc, tuples[row], row, 0, upto, &offset, column_values, column_nulls);
    }
    pfree(column_values);
    pfree(column_nulls);
}

/* --- values --- */

Size
datumGetSize(Datum value, bool typByVal, int typLen)
{
    if (typByVal)
        return (Size)typLen;
    return tuple_value_size(DatumGetPointer(value), (int16)typLen);
}

Datum
datumCopy(Datum value, bool typByVal, int typLen)
{
    Size size;
    void *copy;

    if (typByVal)
        return value;
    size = datumGetSize(value, typByVal, typLen);
    copy = palloc(size);
    memcpy(copy, DatumGetPointer(value), size);
    return PointerGetDatum(copy);
}

bool
datumIsEqual(Datum value1, Datum value2, bool typByVal, int typLen)
{
    Size size;

    if (typByVal)
        return value1 == value2;
    size = datumGetSize(value1, typByVal, typLen);
    return size == datumGetSize(value2, typByVal, typLen) &&
           memcmp(DatumGetPointer(value1), DatumGetPointer(value2), size) == 0;
}

bool
datum_image_eq(Datum value1, Datum value2, bool typByVal, int typLen)
{
    struct varlena *a, *b;
    bool equal;

    if (typByVal || typLen != -1)
        return datumIsEqual(value1, value2, typByVal, typLen);
    a = pg_detoast_datum_packed((struct varlena *)DatumGetPointer(value1));
    b = pg_detoast_datum_packed((struct varlena *)DatumGetPointer(value2));
    equal = VARSIZE_ANY_EXHDR(a) == VARSIZE_ANY_EXHDR(b) &&
            memcmp(VARDATA_ANY(a), VARDATA_ANY(b), VARSIZE_ANY_EXHDR(a)) == 0;
    if ((Pointer)a != DatumGetPointer(value1))
        pfree(a);
    if ((Pointer)b != DatumGetPointer(value2))
        pfree(b);
    return equal;
}
