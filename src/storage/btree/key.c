/*
 * key.c - index tuples and their order
 *
 * Order: column by column as rd_indoption says, then heap tid. Numbers of all widths compare as
 * int64, text in C order and bytea as bytes; everything else calls its support function.
 *
 * Invariants K1. A truncated column (or tid) of a pivot is below every value: so a pivot parts the
 *                pages although it is a prefix only.
 */
#include "btree_int.h"
#include "heap/toast.h"
#include "scan_int.h"

bool (*btree_text_is_bytewise_hook)(Oid collation);

#define C_COLLATION 950
#define POSIX_COLLATION 951

/* Compare functions by OID, that need not be called. */
static BtreeKind
kind_of_function(Oid function, Oid collation)
{
    switch (function) {
    case 350: /* btint2cmp */
        return BTREE_KIND_INT2;
    case 351:  /* btint4cmp */
    case 1092: /* date_cmp */
        return BTREE_KIND_INT4;
    case 842:  /* btint8cmp */
    case 2045: /* timestamp_cmp */
    case 1314: /* timestamptz_cmp */
    case 1107: /* time_cmp */
        return BTREE_KIND_INT8;
    case 356: /* btoidcmp */
        return BTREE_KIND_OID;
    case 1693: /* btboolcmp */
        return BTREE_KIND_BOOL;
    case 358: /* btcharcmp */
        return BTREE_KIND_CHAR;
    case 355: /* btfloat8cmp */
        return BTREE_KIND_FLOAT8;
    case 1954: /* byteacmp */
        return BTREE_KIND_BYTES;
    case 359: /* btnamecmp */
        return collation == C_COLLATION ? BTREE_KIND_NAME : BTREE_KIND_FMGR;
    case 360: /* bttextcmp */
        if (collation == C_COLLATION || collation == POSIX_COLLATION ||
            (btree_text_is_bytewise_hook != NULL && btree_text_is_bytewise_hook(collation)))
            return BTREE_KIND_BYTES;
        return BTREE_KIND_FMGR;
    default:
        return BTREE_KIND_FMGR;
    }
}

/* Without a compare function: by type (indexes made without a catalogue). */
static BtreeKind
kind_of_type(Oid type)
{
    switch (type) {
    case 16:
        return BTREE_KIND_BOOL;
    case 18:
        return BTREE_KIND_CHAR;
    case 19:
        return BTREE_KIND_NAME;
    case 20:
        return BTREE_KIND_INT8;
    case 21:
        return BTREE_KIND_INT2;
    case 23:
        return BTREE_KIND_INT4;
    case 26:
        return BTREE_KIND_OID;
    case 17:
    case 25:
        return BTREE_KIND_BYTES;
    case 701:
        return BTREE_KIND_FLOAT8;
    default:
        return BTREE_KIND_FMGR;
    }
}

BtreeInfo *
btree__info(Relation index)
{
    BtreeInfo *info = index->rd_amcache;

    if (likely(info != NULL))
        return info;
    info = MemoryContextAllocZero(index->rd_indexcxt != NULL ? index->rd_indexcxt
                                                             : CurrentMemoryContext,
                                  sizeof(*info));
    info->natts = index->rd_index->indnatts;
    info->nkeys = index->rd_index->indnkeyatts;
    info->nulls_distinct = !index->rd_index->indnullsnotdistinct;
    info->root = InvalidBlockNumber;
    for (int i = 0; i < info->nkeys; i++) {
        BtreeColumn *column = &info->columns[i];
        FmgrInfo *cmp = &index->rd_supportinfo[i];

        column->cmp = cmp;
        column->collation = index->rd_indcollation[i];
        column->desc = (index->rd_indoption[i] & INDOPTION_DESC) != 0;
        column->nulls_first = (index->rd_indoption[i] & INDOPTION_NULLS_FIRST) != 0;
        column->kind = cmp->fn_addr != NULL ? kind_of_function(cmp->fn_oid, column->collation)
                                            : kind_of_type(index->rd_opcintype[i]);
        if (column->kind == BTREE_KIND_FMGR && cmp->fn_addr == NULL)
            elog(ERROR, "no compare function for column %d of index \"%s\"", i + 1,
                 RelationGetRelationName(index));
    }
    if (index->rd_att->fixed_count < 0)
        tupdesc_prepare(index->rd_att);
    index->rd_amcache = info;
    return info;
}

int64
btree__number(BtreeKind kind, Datum value)
{
    switch (kind) {
    case BTREE_KIND_INT2:
        return DatumGetInt16(value);
    case BTREE_KIND_INT4:
        return DatumGetInt32(value);
    case BTREE_KIND_OID:
        return (int64)DatumGetObjectId(value);
    case BTREE_KIND_BOOL:
        return DatumGetBool(value);
    case BTREE_KIND_CHAR:
        return (uint8)DatumGetChar(value);
    default:
        return DatumGetInt64(value);
    }
}

/* --- reading index tuples --- */

static inline const char *
column_area(const void *itup, int natts)
{
    const char *at = (const char *)itup + sizeof(IndexTupleData);

    return (index_tuple_info(itup) & INDEX_HAS_NULLS) != 0 ? at + tuple_bitmap_size(natts) : at;
}

Datum
index_getattr(const void *itup, int attnum, TupleDesc desc, bool *isnull)
{
    bool has_nulls = (index_tuple_info(itup) & INDEX_HAS_NULLS) != 0;
    const uint8 *bits = (const uint8 *)itup + sizeof(IndexTupleData);
    const char *data = column_area(itup, desc->natts);
    Form_pg_attribute att = TupleDescAttr(desc, attnum - 1);
    Size offset = 0;

    if (unlikely(desc->fixed_count < 0))
        tupdesc_prepare(desc);
    *isnull = false;
    if (!has_nulls && attnum <= desc->fixed_count)
        return tuple_fetch(data + att->attcacheoff, att->attlen, att->attbyval);
    if (has_nulls && tuple_att_isnull(attnum - 1, bits)) {
        *isnull = true;
        return (Datum)0;
    }
    for (int i = 0; i < attnum - 1; i++)
        if (!has_nulls || !tuple_att_isnull(i, bits))
            offset += tuple_value_size(data + offset, TupleDescAttr(desc, i)->attlen);
    return tuple_fetch(data + offset, att->attlen, att->attbyval);
}

void
index_deform_tuple(const void *itup, TupleDesc desc, Datum *values, bool *isnull)
{
    bool has_nulls = (index_tuple_info(itup) & INDEX_HAS_NULLS) != 0;
    const uint8 *bits = (const uint8 *)itup + sizeof(IndexTupleData);
    const char *at = column_area(itup, desc->natts);

    for (int i = 0; i < desc->natts; i++) {
        Form_pg_attribute att = TupleDescAttr(desc, i);
        isnull[i] = has_nulls && tuple_att_isnull(i, bits);
        if (isnull[i]) {
            values[i] = (Datum)0;
            continue;
        }
        values[i] = tuple_fetch(at, att->attlen, att->attbyval);
        at += tuple_value_size(at, att->attlen);
    }
}

/* --- making them --- */

#define INDEX_COMPRESS_ABOVE 512

/* Out-of-line values come in line, long ones are compressed. `own`: it was palloc'd here. */
static Datum
inline_value(const FormData_pg_attribute *att, Datum value, bool *own)
{
    struct varlena *attr = (struct varlena *)DatumGetPointer(value), *compressed;

    *own = false;
    if (att->attlen != -1)
        return value;
    if (VARATT_IS_EXTERNAL(attr)) {
        attr = pg_detoast_datum(attr);
        *own = true;
    }
    if (!VARATT_IS_COMPRESSED(attr) && VARSIZE_ANY(attr) > INDEX_COMPRESS_ABOVE &&
        (att->attstorage == TYPSTORAGE_EXTENDED || att->attstorage == TYPSTORAGE_MAIN)) {
        compressed = toast_compress_datum(PointerGetDatum(attr));
        if (compressed != NULL) {
            if (*own)
                pfree(attr);
            attr = compressed;
            *own = true;
        }
    }
    return PointerGetDatum(attr);
}

static Size
stored_size(const FormData_pg_attribute *att, Datum value)
{
    const char *at = DatumGetPointer(value);

    if (att->attlen > 0)
        return (Size)att->attlen;
    if (att->attlen == -1 && att->attstorage != TYPSTORAGE_PLAIN && VARATT_CAN_MAKE_SHORT(at))
        return VARATT_CONVERTED_SHORT_SIZE(at);
    return tuple_value_size(at, att->attlen);
}

static char *
store(char *to, const FormData_pg_attribute *att, Datum value)
{
    const char *from = DatumGetPointer(value);
    Size size = stored_size(att, value);

    if (att->attbyval) {
        memcpy(to, &value, size);
    } else if (att->attlen == -1 && att->attstorage != TYPSTORAGE_PLAIN &&
               VARATT_CAN_MAKE_SHORT(from)) {
        SET_VARSIZE_SHORT(to, size);
        memcpy(to + 1, VARDATA(from), size - 1);
    } else {
        memcpy(to, from, size);
    }
    return to + size;
}

static void
set_info(void *itup, Size size, uint16 flags)
{
    uint16 info = (uint16)(size | flags);

    memcpy((char *)itup + 6, &info, sizeof(info));
}

static IndexTuple
form(TupleDesc desc, const Datum *values, const bool *isnull, Size extra)
{
    Datum stored[INDEX_MAX_KEYS];
    bool own[INDEX_MAX_KEYS];
    bool has_nulls = false;
    Size size = sizeof(IndexTupleData) + extra;
    char *itup, *at;

    for (int i = 0; i < desc->natts; i++) {
        own[i] = false;
        if (isnull[i]) {
            has_nulls = true;
            continue;
        }
        stored[i] = inline_value(TupleDescAttr(desc, i), values[i], &own[i]);
        size += stored_size(TupleDescAttr(desc, i), stored[i]);
    }
    if (has_nulls)
        size += tuple_bitmap_size(desc->natts);
    if (size > INDEX_SIZE_MASK)
        ereport(ERROR, (errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
                        errmsg("index row requires %zu bytes, maximum size is %zu", size,
                               (Size)INDEX_SIZE_MASK)));
    itup = palloc0(size);
    at = itup + sizeof(IndexTupleData);
    if (has_nulls) {
        for (int i = 0; i < desc->natts; i++)
            if (!isnull[i])
                at[i >> 3] |= (char)(1 << (i & 7));
        at += tuple_bitmap_size(desc->natts);
    }
    for (int i = 0; i < desc->natts; i++)
        if (!isnull[i]) {
            at = store(at, TupleDescAttr(desc, i), stored[i]);
            if (own[i])
                pfree(DatumGetPointer(stored[i]));
        }
    set_info(itup, size, has_nulls ? INDEX_HAS_NULLS : 0);
    return (IndexTuple)itup;
}

IndexTuple
index_form_tuple(Relation index, const Datum *values, const bool *isnull)
{
    return form(RelationGetDescr(index), values, isnull, 0);
}

IndexTuple
btree__copy_tuple(const void *itup)
{
    Size size = IndexTupleSize(itup);
    IndexTuple copy = palloc(size);

    memcpy(copy, itup, size);
    return copy;
}

IndexTuple
btree__minus_infinity(BlockNumber child)
{
    IndexTuple itup = palloc0(sizeof(IndexTupleData));

    set_info(itup, sizeof(IndexTupleData), INDEX_PIVOT);
    btree_tuple_set_child(itup, child);
    return itup;
}

/* K1: as few columns as it takes; the tid only where all key columns are equal. */
IndexTuple
btree__truncate(Relation index, const void *left, const void *right)
{
    BtreeInfo *info = btree__info(index);
    TupleDesc desc = RelationGetDescr(index);
    Datum values[INDEX_MAX_KEYS];
    bool isnull[INDEX_MAX_KEYS];
    int keep = 0;
    bool differ = false, with_tid;
    IndexTuple pivot;
    uint16 count;

    while (keep < info->nkeys && !differ) {
        bool left_null, right_null;
        Datum a = index_getattr(left, keep + 1, desc, &left_null);
        Datum b = index_getattr(right, keep + 1, desc, &right_null);
        differ = btree__compare_datum(&info->columns[keep], a, left_null, b, right_null) != 0;
        keep++;
    }
    with_tid = !differ;
    for (int i = 0; i < desc->natts; i++) {
        isnull[i] = true;
        values[i] = (Datum)0;
        if (i < keep)
            values[i] = index_getattr(right, i + 1, desc, &isnull[i]);
    }
    if (keep < desc->natts) {
        /* Leave the missing columns out altogether, unless a null needs the bitmap anyway. */
        bool any_null = false;
        for (int i = 0; i < keep; i++)
            any_null = any_null || isnull[i];
        pivot = form(desc, values, isnull, with_tid ? sizeof(ItemPointerData) : 0);
        if (!any_null) {
            Size bitmap = tuple_bitmap_size(desc->natts), size = IndexTupleSize(pivot);
            char *area = (char *)pivot + sizeof(IndexTupleData);
            memmove(area, area + bitmap, size - sizeof(IndexTupleData) - bitmap);
            set_info(pivot, size - bitmap, 0);
        }
    } else {
        pivot = form(desc, values, isnull, with_tid ? sizeof(ItemPointerData) : 0);
    }
    set_info(pivot, IndexTupleSize(pivot),
             (index_tuple_info(pivot) & INDEX_HAS_NULLS) | INDEX_PIVOT |
                 (with_tid ? INDEX_PIVOT_TID : 0));
    count = (uint16)keep;
    memcpy((char *)pivot + 4, &count, sizeof(count));
    if (with_tid) {
        ItemPointerData tid;
        /* Between equal keys the left one's tid bounds the left page. */
        if (btree_tuple_heap_tid(left, &tid))
            memcpy((char *)pivot + IndexTupleSize(pivot) - sizeof(tid), &tid, sizeof(tid));
    }
    return pivot;
}

/* --- keys --- */

void
btree__key_set_column(BtreeInfo *info, BtreeKey *key, int column, Datum value, bool isnull)
{
    BtreeKeyColumn *to = &key->columns[column];

    to->value = value;
    to->isnull = isnull;
    to->cmp = NULL;
    to->number = 0;
    if (isnull)
        key->any_null = true;
    else if (btree_kind_is_number(info->columns[column].kind))
        to->number = btree__number(info->columns[column].kind, value);
}

void
btree__key_from_values(Relation index, const Datum *values, const bool *isnull, BtreeKey *ret_key)
{
    BtreeInfo *info = btree__info(index);

    ret_key->count = info->nkeys;
    ret_key->next_key = ret_key->has_tid = ret_key->any_null = false;
    for (int i = 0; i < info->nkeys; i++)
        btree__key_set_column(info, ret_key, i, values[i], isnull[i]);
}

/* The first `count` columns at most; the tid if the tuple has all and one. Points into itup. */
void
btree__key_from_tuple(Relation index, const void *itup, int count, BtreeKey *ret_key)
{
    BtreeInfo *info = btree__info(index);
    int natts = Min(btree_tuple_natts(itup, info->nkeys), count);

    natts = Min(natts, info->nkeys);
    ret_key->count = natts;
    ret_key->next_key = ret_key->any_null = false;
    for (int i = 0; i < natts; i++) {
        bool isnull;
        Datum value = index_getattr(itup, i + 1, RelationGetDescr(index), &isnull);
        btree__key_set_column(info, ret_key, i, value, isnull);
    }
    ret_key->has_tid = natts == info->nkeys && btree_tuple_heap_tid(itup, &ret_key->tid);
}

/* --- comparing --- */

static int
compare_bytes(Datum a, Datum b)
{
    struct varlena *x = pg_detoast_datum_packed((struct varlena *)DatumGetPointer(a));
    struct varlena *y = pg_detoast_datum_packed((struct varlena *)DatumGetPointer(b));
    Size x_len = VARSIZE_ANY_EXHDR(x), y_len = VARSIZE_ANY_EXHDR(y);
    int order = memcmp(VARDATA_ANY(x), VARDATA_ANY(y), Min(x_len, y_len));

    if (order == 0)
        order = (x_len > y_len) - (x_len < y_len);
    if ((Pointer)x != DatumGetPointer(a))
        pfree(x);
    if ((Pointer)y != DatumGetPointer(b))
        pfree(y);
    return order;
}

static int
compare_floats(double a, double b)
{
    if (a != a)
        return b != b ? 0 : 1; /* NaN above all */
    if (b != b)
        return -1;
    return (a > b) - (a < b);
}

/* a - b of two values that are there, ascending. */
static int
compare_ascending(const BtreeColumn *column, Datum a, Datum b)
{
    switch (column->kind) {
    case BTREE_KIND_FMGR:
        return DatumGetInt32(FunctionCall2Coll(column->cmp, column->collation, a, b));
    case BTREE_KIND_FLOAT8:
        return compare_floats(DatumGetFloat8(a), DatumGetFloat8(b));
    case BTREE_KIND_BYTES:
        return compare_bytes(a, b);
    case BTREE_KIND_NAME:
        return strncmp(DatumGetPointer(a), DatumGetPointer(b), NAMEDATALEN);
    default: {
        int64 x = btree__number(column->kind, a), y = btree__number(column->kind, b);
        return (x > y) - (x < y);
    }
    }
}

int
btree__compare_datum(const BtreeColumn *column, Datum a, bool a_null, Datum b, bool b_null)
{
    int order;

    if (unlikely(a_null || b_null)) {
        if (a_null && b_null)
            return 0;
        return a_null == column->nulls_first ? -1 : 1;
    }
    order = compare_ascending(column, a, b);
    return column->desc ? -order : order;
}

static int
compare_key_column(const BtreeColumn *column, const BtreeKeyColumn *key, Datum value, bool isnull)
{
    int order;

    if (unlikely(key->isnull || isnull)) {
        if (key->isnull && isnull)
            return 0;
        return key->isnull == column->nulls_first ? -1 : 1;
    }
    if (btree_kind_is_number(column->kind)) {
        int64 number = btree__number(column->kind, value);
        order = (key->number > number) - (key->number < number);
    } else if (key->cmp != NULL) {
        order = -DatumGetInt32(FunctionCall2Coll(key->cmp, column->collation, value, key->value));
    } else {
        order = compare_ascending(column, key->value, value);
    }
    return column->desc ? -order : order;
}

int
btree__compare_key_value(BtreeInfo *info, const BtreeKey *key, int column, Datum value)
{
    return compare_key_column(&info->columns[column], &key->columns[column], value, false);
}

int
btree__compare_tuple(Relation index, const BtreeKey *key, const void *itup)
{
    BtreeInfo *info = index->rd_amcache;
    int natts = btree_tuple_natts(itup, info->nkeys);
    int count = Min(key->count, natts);
    ItemPointerData tid;

    for (int i = 0; i < count; i++) {
        bool isnull;
        Datum value = index_getattr(itup, i + 1, RelationGetDescr(index), &isnull);
        int order = compare_key_column(&info->columns[i], &key->columns[i], value, isnull);
        if (order != 0)
            return order;
    }
    if (key->count > natts)
        return 1; /* K1 */
    if (!key->has_tid)
        return 0;
    if (!btree_tuple_heap_tid(itup, &tid))
        return 1; /* K1 */
    return ItemPointerCompare(&key->tid, &tid);
}

int
btree__compare(Relation index, const BtreeKey *key, Page page, OffsetNumber offset)
{
    const BtreePageOpaque *opaque = btree_page_opaque(page);

    /* The first child of an inner page has everything below the second. */
    if ((opaque->flags & BTP_LEAF) == 0 && offset == btree_first_data_key(opaque))
        return 1;
    return btree__compare_tuple(index, key, page_item_at(page, offset));
}

int
btree__compare_tuples(Relation index, const void *a, const void *b, bool with_tid)
{
    BtreeInfo *info = index->rd_amcache;
    TupleDesc desc = RelationGetDescr(index);
    ItemPointerData x, y;

    for (int i = 0; i < info->nkeys; i++) {
        bool a_null, b_null;
        Datum left = index_getattr(a, i + 1, desc, &a_null);
        Datum right = index_getattr(b, i + 1, desc, &b_null);
        int order = btree__compare_datum(&info->columns[i], left, a_null, right, b_null);
        if (order != 0)
            return order;
    }
    if (!with_tid)
        return 0;
    x = btree_tuple_tid(a);
    y = btree_tuple_tid(b);
    return ItemPointerCompare(&x, &y);
}
