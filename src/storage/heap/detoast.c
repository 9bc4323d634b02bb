/*
 * detoast.c - brings stored values back to their plain form
 *
 * Compressed in line: 4-byte header, 4 bytes raw size (30 bits) and method, LZ4 block.
 * Out of line: VARTAG_ONDISK and a ToastPointer; the bytes are those of the value without header, or
 * the compressed ones (raw size word included).
 */
#include <lz4.h>

#include "heap/toast.h"
#include "heap_int.h"
#include "memory/memory.h"
#include "toast_int.h"

void
toast__read_pointer(const struct varlena *attr, ToastPointer *ret_pointer)
{
    Assert(VARATT_IS_EXTERNAL(attr) && VARTAG_EXTERNAL(attr) == VARTAG_ONDISK);
    memcpy(ret_pointer, VARDATA_EXTERNAL(attr), sizeof(*ret_pointer));
}

pg_noreturn static void
throw_corrupt(const char *what)
{
    ereport(ERROR, (errcode(ERRCODE_DATA_CORRUPTED), errmsg_internal("%s", what)));
    pg_unreachable();
}

/* Raw bytes of a compressed value, without header. */
static uint32
compressed_raw_size(const struct varlena *attr)
{
    uint32 word;

    memcpy(&word, (const char *)attr + VARHDRSZ, sizeof(word));
    return word & TOAST_SIZE_MASK;
}

static struct varlena *
decompress(const struct varlena *attr)
{
    uint32 raw_size = compressed_raw_size(attr);
    const char *from = (const char *)attr + VARHDRSZ_COMPRESSED;
    int size = (int)(VARSIZE_4B(attr) - VARHDRSZ_COMPRESSED);
    struct varlena *result = palloc((Size)raw_size + VARHDRSZ);

    SET_VARSIZE(result, raw_size + VARHDRSZ);
    if (LZ4_decompress_safe(from, VARDATA(result), size, (int)raw_size) != (int)raw_size)
        throw_corrupt("compressed lz4 data is corrupt");
    return result;
}

/* A short value with a 4-byte header. */
static struct varlena *
lengthen(const struct varlena *attr)
{
    Size size = VARSIZE_1B(attr) - VARHDRSZ_SHORT;
    struct varlena *result = palloc(size + VARHDRSZ);

    SET_VARSIZE(result, size + VARHDRSZ);
    memcpy(VARDATA(result), VARDATA_SHORT(attr), size);
    return result;
}

struct varlena *
detoast_external_attr(struct varlena *attr)
{
    Size size;
    struct varlena *copy;

    if (VARATT_IS_EXTERNAL(attr))
        return toast__fetch(attr);
    size = VARSIZE_ANY(attr);
    copy = palloc(size);
    memcpy(copy, attr, size);
    return copy;
}

struct varlena *
detoast_attr(struct varlena *attr)
{
    if (VARATT_IS_EXTERNAL(attr)) {
        struct varlena *fetched = toast__fetch(attr);
        if (VARATT_IS_COMPRESSED(fetched)) {
            struct varlena *plain = decompress(fetched);
            pfree(fetched);
            return plain;
        }
        return fetched;
    }
    if (VARATT_IS_COMPRESSED(attr))
        return decompress(attr);
    if (VARATT_IS_SHORT(attr))
        return lengthen(attr);
    return attr;
}

struct varlena *
detoast_attr_slice(struct varlena *attr, int32 offset, int32 length)
{
    struct varlena *whole = attr, *result;
    const char *data;
    int32 size;

    if (offset < 0)
        elog(ERROR, "invalid sliceoffset: %d", offset);
    if (VARATT_IS_EXTERNAL(attr) && !toast__is_compressed(attr))
        return toast__fetch_slice(attr, offset, length);
    if (VARATT_IS_EXTERNAL(attr) || VARATT_IS_COMPRESSED(attr))
        whole = detoast_attr(attr);
    size = (int32)VARSIZE_ANY_EXHDR(whole);
    data = VARDATA_ANY(whole);
    if (offset >= size)
        offset = size;
    if (length < 0 || length > size - offset)
        length = size - offset;
    result = palloc((Size)length + VARHDRSZ);
    SET_VARSIZE(result, length + VARHDRSZ);
    memcpy(VARDATA(result), data + offset, length);
    if (whole != attr)
        pfree(whole);
    return result;
}

Size
toast_raw_datum_size(Datum value)
{
    const struct varlena *attr = (const struct varlena *)DatumGetPointer(value);
    ToastPointer pointer;

    if (VARATT_IS_EXTERNAL(attr)) {
        toast__read_pointer(attr, &pointer);
        return (Size)pointer.raw_size;
    }
    if (VARATT_IS_COMPRESSED(attr))
        return (Size)compressed_raw_size(attr) + VARHDRSZ;
    return VARSIZE_ANY_EXHDR(attr) + VARHDRSZ;
}

Size
toast_datum_size(Datum value)
{
    const struct varlena *attr = (const struct varlena *)DatumGetPointer(value);
    ToastPointer pointer;

    if (VARATT_IS_EXTERNAL(attr)) {
        toast__read_pointer(attr, &pointer);
        return pointer.info & TOAST_SIZE_MASK;
    }
    return VARSIZE_ANY(attr);
}

struct varlena *
toast_compress_datum(Datum value)
{
    const struct varlena *attr = (const struct varlena *)DatumGetPointer(value);
    int size = (int)VARSIZE_ANY_EXHDR(attr), bound, got;
    uint32 word;
    struct varlena *result;

    Assert(!VARATT_IS_EXTERNAL(attr) && !VARATT_IS_COMPRESSED(attr));
    if (size < TOAST_COMPRESS_MIN || (uint32)size > TOAST_SIZE_MASK)
        return NULL;
    bound = LZ4_compressBound(size);
    result = palloc((Size)bound + VARHDRSZ_COMPRESSED);
    got = LZ4_compress_default(VARDATA_ANY(attr), (char *)result + VARHDRSZ_COMPRESSED, size,
                               bound);
    if (got <= 0 || got + VARHDRSZ_COMPRESSED > size - 2) {
        pfree(result);
        return NULL;
    }
    SET_VARSIZE_COMPRESSED(result, got + VARHDRSZ_COMPRESSED);
    word = (uint32)size | (TOAST_METHOD_LZ4 << TOAST_METHOD_SHIFT);
    memcpy((char *)result + VARHDRSZ, &word, sizeof(word));
    return result;
}

HeapTuple
toast_flatten_tuple(HeapTuple tuple, TupleDesc desc)
{
    Datum *values = palloc(desc->natts * sizeof(Datum));
    bool *isnull = palloc(desc->natts * sizeof(bool));
    bool *fetched = palloc0(desc->natts * sizeof(bool));
    HeapTuple result;

    heap_deform_tuple(tuple, desc, values, isnull);
    for (int i = 0; i < desc->natts; i++) {
        struct varlena *attr = (struct varlena *)DatumGetPointer(values[i]);
        if (isnull[i] || TupleDescAttr(desc, i)->attlen != -1 || !VARATT_IS_EXTERNAL(attr))
            continue;
        values[i] = PointerGetDatum(toast__fetch(attr));
        fetched[i] = true;
    }
    result = heap_form_tuple(desc, values, isnull);
    memcpy(result->t_data, tuple->t_data, offsetof(HeapTupleHeaderData, t_infomask_bytes));
    heap_tuple_set_infomask(result->t_data,
                            (heap_tuple_infomask(result->t_data) & ~HEAP_XACT_MASK) |
                                (heap_tuple_infomask(tuple->t_data) & HEAP_XACT_MASK));
    heap_tuple_set_infomask2(result->t_data,
                             (heap_tuple_infomask2(result->t_data) & ~HEAP2_XACT_MASK) |
                                 (heap_tuple_infomask2(tuple->t_data) & HEAP2_XACT_MASK));
    result->t_self = tuple->t_self;
    result->t_tableOid = tuple->t_tableOid;
    for (int i = 0; i < desc->natts; i++)
        if (fetched[i])
            pfree(DatumGetPointer(values[i]));
    pfree(values);
    pfree(isnull);
    pfree(fetched);
    return result;
}

static struct varlena *
detoast_hook(struct varlena *value, DetoastMode mode)
{
    if (mode == DETOAST_PACKED && VARATT_IS_SHORT(value) && !VARATT_IS_EXTERNAL(value))
        return value;
    if (mode == DETOAST_COPY && VARATT_IS_4B_U(value)) {
        struct varlena *copy = palloc(VARSIZE(value));
        memcpy(copy, value, VARSIZE(value));
        return copy;
    }
    return detoast_attr(value);
}

void
toast__register(void)
{
    fmgr_detoast_hook = detoast_hook;
}
