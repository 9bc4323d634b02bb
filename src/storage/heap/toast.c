/*
 * toast.c - stores long values out of line
 *
 * A row above the threshold is shortened, its longest value first each time: extended ones are
 * compressed, extended and external ones moved to the toast table; then main ones likewise, the
 * latter only if the row would not fit in a page. A value unchanged by an update keeps its chunks.
 *
 * Invariants TO1. Chunks are inserted before the row that names them, in the same transaction.
 *            TO2. Chunks are never changed: a new value gets a new id.
 */
#include "base/random.h"
#include "heap/toast.h"
#include "heap_int.h"
#include "memory/memory.h"
#include "toast_int.h"

Oid (*toast_new_value_id_hook)(Relation toast, Oid index);

#define TOAST_TARGET_MAIN (MaxHeapTupleSize - 32)

/* --- the toast table --- */

typedef struct ToastTable {
    Relation rel;
    Relation index;
    const RelationHooks *hooks;
    LOCKMODE mode;
} ToastTable;

static void
open_toast(ToastTable *table, Oid relid, LOCKMODE mode)
{
    List *indexes;

    table->hooks = relation_hooks();
    if (table->hooks == NULL)
        elog(ERROR, "no catalog to open toast table %u with", relid);
    table->mode = mode;
    table->rel = table->hooks->open(relid, mode);
    indexes = table->hooks->index_list(table->rel);
    if (indexes == NIL)
        elog(ERROR, "no valid index found for toast relation with Oid %u", relid);
    table->index = table->hooks->open(linitial_oid(indexes), mode);
    list_free(indexes);
}

static void
close_toast(ToastTable *table)
{
    /* Locks stay until the transaction ends. */
    table->hooks->close(table->index, NoLock);
    table->hooks->close(table->rel, NoLock);
}

static bool
set_keys(ToastTable *table, ScanKeyData *keys, Oid value_id, int32 first, int32 last)
{
    memset(keys, 0, 3 * sizeof(*keys));
    keys[0].sk_attno = 1;
    keys[0].sk_strategy = BTEqualStrategyNumber;
    keys[0].sk_argument = ObjectIdGetDatum(value_id);
    if (first < 0)
        return false;
    keys[1].sk_attno = keys[2].sk_attno = 2;
    keys[1].sk_strategy = BTGreaterEqualStrategyNumber;
    keys[1].sk_argument = Int32GetDatum(first);
    keys[2].sk_strategy = BTLessEqualStrategyNumber;
    keys[2].sk_argument = Int32GetDatum(last);
    return true;
}

/* Chunks [first, last] of a value, or all with first -1, in order. */
typedef void (*ChunkFunction)(ToastTable *table, HeapTuple chunk, void *arg);

static int
for_chunks(ToastTable *table, Oid value_id, int32 first, int32 last, ChunkFunction function,
           void *arg)
{
    SnapshotData toast_snapshot = {.snapshot_type = SNAPSHOT_TOAST};
    const IndexAmRoutine *am = table->index->rd_indam;
    ScanKeyData keys[3];
    int key_count = set_keys(table, keys, value_id, first, last) ? 3 : 1;
    IndexScanDesc scan = am->begin_scan(table->rel, table->index, &toast_snapshot, key_count);
    IndexFetch fetch;
    int count = 0;

    am->rescan(scan, keys, key_count);
    heap_index_fetch_begin(&fetch, table->rel);
    while (am->next(scan, ForwardScanDirection)) {
        if (!heap_index_fetch(&fetch, &scan->xs_heaptid, &toast_snapshot, NULL))
            continue;
        fetch.tuple.t_self = fetch.tid;
        count++;
        if (function != NULL)
            function(table, &fetch.tuple, arg);
    }
    heap_index_fetch_end(&fetch);
    am->end_scan(scan);
    return count;
}

static Oid
new_value_id(ToastTable *table)
{
    Oid id;

    if (toast_new_value_id_hook != NULL)
        return toast_new_value_id_hook(table->rel, RelationGetRelid(table->index));
    do {
        id = pg_prng_uint32(&pg_global_prng_state);
    } while (id < FirstNormalObjectId || for_chunks(table, id, -1, -1, NULL, NULL) > 0);
    return id;
}

static void
insert_chunk(ToastTable *table, Oid value_id, int32 seq, const char *data, Size size,
             CommandId cid, int options)
{
    union {
        struct varlena header;
        char bytes[TOAST_MAX_CHUNK_SIZE + VARHDRSZ];
    } chunk;
    Datum values[3] = {ObjectIdGetDatum(value_id), Int32GetDatum(seq), PointerGetDatum(&chunk)};
    bool isnull[3] = {false, false, false};
    HeapTuple tuple;

    SET_VARSIZE(&chunk, size + VARHDRSZ);
    memcpy(VARDATA(&chunk), data, size);
    tuple = heap_form_tuple(RelationGetDescr(table->rel), values, isnull);
    heap_insert(table->rel, tuple, cid, options, NULL);
    table->index->rd_indam->insert(table->index, values, isnull, &tuple->t_self, table->rel,
                                   UNIQUE_CHECK_YES, false);
    heap_freetuple(tuple);
}

/* The pointer Datum to a value's chunks, palloc'd. */
static Datum
store_value(Relation rel, Datum value, CommandId cid, int options)
{
    struct varlena *attr = (struct varlena *)DatumGetPointer(value), *result;
    ToastTable table;
    ToastPointer pointer;
    const char *data;
    Size size;

    open_toast(&table, rel->rd_rel->reltoastrelid, RowExclusiveLock);
    if (VARATT_IS_COMPRESSED(attr)) {
        data = (char *)attr + VARHDRSZ;
        size = VARSIZE_4B(attr) - VARHDRSZ;
        pointer.raw_size = (int32)toast_raw_datum_size(value);
        pointer.info = (uint32)size | (TOAST_METHOD_LZ4 << TOAST_METHOD_SHIFT);
    } else {
        data = VARDATA_ANY(attr);
        size = VARSIZE_ANY_EXHDR(attr);
        pointer.raw_size = (int32)(size + VARHDRSZ);
        pointer.info = (uint32)size;
    }
    pointer.toast_relid = OidIsValid(rel->rd_toastoid) ? rel->rd_toastoid
                                                       : RelationGetRelid(table.rel);
    pointer.value_id = new_value_id(&table);
    for (int32 seq = 0; size > 0; seq++) {
        Size part = Min(size, TOAST_MAX_CHUNK_SIZE);
        CHECK_FOR_INTERRUPTS();
        insert_chunk(&table, pointer.value_id, seq, data, part, cid, options);
        data += part;
        size -= part;
    }
    close_toast(&table);
    result = palloc(VARHDRSZ_EXTERNAL + VARTAG_ONDISK_SIZE);
    SET_VARTAG_EXTERNAL(result, VARTAG_ONDISK);
    memcpy(VARDATA_EXTERNAL(result), &pointer, sizeof(pointer));
    return PointerGetDatum(result);
}

static void
delete_chunk(ToastTable *table, HeapTuple chunk, void *arg)
{
    const bool *is_speculative = arg;

    if (*is_speculative)
        heap_abort_speculative(table->rel, &chunk->t_self);
    else
        simple_heap_delete(table->rel, &chunk->t_self);
}

static void
delete_value(Datum value, bool is_speculative)
{
    ToastPointer pointer;
    ToastTable table;

    toast__read_pointer((struct varlena *)DatumGetPointer(value), &pointer);
    open_toast(&table, pointer.toast_relid, RowExclusiveLock);
    (void) for_chunks(&table, pointer.value_id, -1, -1, delete_chunk, &is_speculative);
    close_toast(&table);
}

/* --- fetching --- */

typedef struct FetchState {
    const ToastPointer *pointer;
    char *to;
    int32 size;      /* of the value as stored */
    int32 from, upto; /* wanted bytes */
    int32 next;      /* chunk expected */
} FetchState;

static void
copy_chunk(ToastTable *table, HeapTuple chunk, void *arg)
{
    FetchState *state = arg;
    TupleDesc desc = RelationGetDescr(table->rel);
    bool isnull;
    int32 seq = DatumGetInt32(heap_getattr(chunk, 2, desc, &isnull));
    const struct varlena *data =
        (const struct varlena *)DatumGetPointer(heap_getattr(chunk, 3, desc, &isnull));
    int32 begin = seq * TOAST_MAX_CHUNK_SIZE, size = (int32)VARSIZE_ANY_EXHDR(data);
    int32 expected = Min(TOAST_MAX_CHUNK_SIZE, state->size - begin);
    int32 from = Max(state->from, begin), upto = Min(state->upto, begin + size);

    if (seq != state->next)
        ereport(ERROR, (errcode(ERRCODE_DATA_CORRUPTED),
                        errmsg_internal("unexpected chunk number %d (expected %d) for toast value "
                                        "%u in %s",
                                        seq, state->next, state->pointer->value_id,
                                        RelationGetRelationName(table->rel))));
    if (size != expected)
        ereport(ERROR, (errcode(ERRCODE_DATA_CORRUPTED),
                        errmsg_internal("unexpected chunk size %d (expected %d) in chunk %d for "
                                        "toast value %u in %s",
                                        size, expected, seq, state->pointer->value_id,
                                        RelationGetRelationName(table->rel))));
    state->next++;
    if (upto > from)
        memcpy(state->to + (from - state->from), VARDATA_ANY(data) + (from - begin), upto - from);
}

static void
fetch_range(const ToastPointer *pointer, int32 from, int32 length, char *to)
{
    FetchState state = {.pointer = pointer,
                        .to = to,
                        .size = (int32)(pointer->info & TOAST_SIZE_MASK),
                        .from = from,
                        .upto = from + length};
    int32 first = from / TOAST_MAX_CHUNK_SIZE, last;
    ToastTable table;

    if (length == 0)
        return;
    last = (from + length - 1) / TOAST_MAX_CHUNK_SIZE;
    state.next = first;
    open_toast(&table, pointer->toast_relid, AccessShareLock);
    (void) for_chunks(&table, pointer->value_id, first, last, copy_chunk, &state);
    if (state.next != last + 1)
        ereport(ERROR, (errcode(ERRCODE_DATA_CORRUPTED),
                        errmsg_internal("missing chunk number %d for toast value %u in %s",
                                        state.next, pointer->value_id,
                                        RelationGetRelationName(table.rel))));
    close_toast(&table);
}

/* In line, compressed if it is so. */
struct varlena *
toast__fetch(const struct varlena *attr)
{
    ToastPointer pointer;
    int32 size;
    struct varlena *result;

    toast__read_pointer(attr, &pointer);
    size = (int32)(pointer.info & TOAST_SIZE_MASK);
    result = palloc((Size)size + VARHDRSZ);
    if (toast__is_compressed(attr))
        SET_VARSIZE_COMPRESSED(result, size + VARHDRSZ);
    else
        SET_VARSIZE(result, size + VARHDRSZ);
    fetch_range(&pointer, 0, size, VARDATA(result));
    return result;
}

struct varlena *
toast__fetch_slice(const struct varlena *attr, int32 offset, int32 length)
{
    ToastPointer pointer;
    int32 size;
    struct varlena *result;

    toast__read_pointer(attr, &pointer);
    size = (int32)(pointer.info & TOAST_SIZE_MASK);
    offset = Min(offset, size);
    if (length < 0 || length > size - offset)
        length = size - offset;
    result = palloc((Size)length + VARHDRSZ);
    SET_VARSIZE(result, length + VARHDRSZ);
    fetch_range(&pointer, offset, length, VARDATA(result));
    return result;
}

/* --- shortening a row --- */

typedef struct ToastColumn {
    bool ignore;      /* nothing more can be done with it */
    bool incompressible;
    bool stored;      /* values[] is a new pointer of ours */
    bool old_to_drop; /* the old version's value goes */
    bool own;         /* values[] was palloc'd here */
    Size size;
} ToastColumn;

typedef struct ToastWork {
    Relation rel;
    TupleDesc desc;
    Datum *values, *old_values;
    bool *isnull, *old_isnull;
    ToastColumn *columns;
    bool changed;
    CommandId cid;
    int options;
} ToastWork;

static void
replace(ToastWork *work, int i, Datum value)
{
    if (work->columns[i].own)
        pfree(DatumGetPointer(work->values[i]));
    work->values[i] = value;
    work->columns[i].own = true;
    work->changed = true;
    work->columns[i].size = VARSIZE_ANY(DatumGetPointer(value));
}

/* What each column is to begin with. */
static void
examine(ToastWork *work, bool have_old)
{
    for (int i = 0; i < work->desc->natts; i++) {
        Form_pg_attribute att = TupleDescAttr(work->desc, i);
        ToastColumn *column = &work->columns[i];
        struct varlena *new, *old = NULL;

        column->ignore = true;
        if (att->attlen != -1)
            continue;
        if (have_old && !work->old_isnull[i]) {
            old = (struct varlena *)DatumGetPointer(work->old_values[i]);
            if (!VARATT_IS_EXTERNAL(old))
                old = NULL;
        }
        if (work->isnull[i]) {
            column->old_to_drop = old != NULL;
            continue;
        }
        new = (struct varlena *)DatumGetPointer(work->values[i]);
        if (old != NULL && VARATT_IS_EXTERNAL(new) &&
            memcmp(old, new, VARSIZE_EXTERNAL(old)) == 0)
            continue; /* unchanged: shares the chunks */
        column->old_to_drop = old != NULL;
        if (VARATT_IS_EXTERNAL(new)) {
            struct varlena *fetched = att->attstorage == TYPSTORAGE_PLAIN
                                          ? detoast_attr(new)
                                          : detoast_external_attr(new);
            replace(work, i, PointerGetDatum(fetched));
            new = fetched;
        }
        column->size = VARSIZE_ANY(new);
        column->ignore = att->attstorage == TYPSTORAGE_PLAIN;
        column->incompressible =
            att->attstorage == TYPSTORAGE_EXTERNAL || VARATT_IS_COMPRESSED(new);
    }
}

/* The longest column that may still be compressed (or, else, moved) among these storage kinds. */
static int
longest(ToastWork *work, bool for_compression, const char *storages)
{
    Size biggest = VARHDRSZ_EXTERNAL + VARTAG_ONDISK_SIZE;
    int found = -1;

    for (int i = 0; i < work->desc->natts; i++) {
        ToastColumn *column = &work->columns[i];
        if (column->ignore || work->isnull[i] ||
            strchr(storages, TupleDescAttr(work->desc, i)->attstorage) == NULL ||
            VARATT_IS_EXTERNAL(DatumGetPointer(work->values[i])) ||
            (for_compression && column->incompressible))
            continue;
        if (column->size > biggest) {
            biggest = column->size;
            found = i;
        }
    }
    return found;
}

static void
try_compress(ToastWork *work, int i)
{
    struct varlena *compressed = toast_compress_datum(work->values[i]);

    work->columns[i].incompressible = true;
    if (compressed != NULL)
        replace(work, i, PointerGetDatum(compressed));
}

static void
move_out(ToastWork *work, int i)
{
    Datum pointer = store_value(work->rel, work->values[i], work->cid, work->options);

    work->columns[i].ignore = true;
    work->columns[i].stored = true;
    replace(work, i, pointer);
}

static void
shorten(ToastWork *work, Size header)
{
    bool has_table = OidIsValid(work->rel->rd_rel->reltoastrelid);
    int configured = work->rel->rd_options != NULL ? work->rel->rd_options->toast_tuple_target : 0;
    Size target = (configured > 0 ? (Size)configured : TOAST_TUPLE_TARGET) - header;
    int i;

#define SIZE_NOW heap_compute_data_size(work->desc, work->values, work->isnull)
    while (SIZE_NOW > target && (i = longest(work, true, "xe")) >= 0) {
        try_compress(work, i);
        /* Alone too long for the row: out with it at once. */
        if (work->columns[i].size > target && has_table)
            move_out(work, i);
    }
    while (has_table && SIZE_NOW > target && (i = longest(work, false, "xe")) >= 0)
        move_out(work, i);
    while (SIZE_NOW > target && (i = longest(work, true, "m")) >= 0)
        try_compress(work, i);
    while (has_table && SIZE_NOW > TOAST_TARGET_MAIN - header &&
           (i = longest(work, false, "m")) >= 0)
        move_out(work, i);
#undef SIZE_NOW
}

static HeapTuple
form_like(HeapTuple tuple, ToastWork *work)
{
    HeapTuple result = heap_form_tuple(work->desc, work->values, work->isnull);
    uint16 infomask = heap_tuple_infomask(result->t_data);
    uint16 old_mask = heap_tuple_infomask(tuple->t_data);

    memcpy(result->t_data, tuple->t_data, offsetof(HeapTupleHeaderData, t_infomask_bytes));
    heap_tuple_set_infomask(result->t_data,
                            (infomask & ~HEAP_XACT_MASK) | (old_mask & HEAP_XACT_MASK));
    heap_tuple_set_infomask2(
        result->t_data, (heap_tuple_infomask2(result->t_data) & ~HEAP2_XACT_MASK) |
                            (heap_tuple_infomask2(tuple->t_data) & HEAP2_XACT_MASK));
    result->t_self = tuple->t_self;
    result->t_tableOid = tuple->t_tableOid;
    return result;
}

HeapTuple
toast_insert_or_update(Relation rel, HeapTuple tuple, HeapTuple old, int options)
{
    TupleDesc desc = RelationGetDescr(rel);
    int natts = desc->natts;
    ToastWork work = {.rel = rel, .desc = desc, .cid = xact_current_command_id(true),
                      .options = options & ~HEAP_INSERT_SPECULATIVE};
    bool has_nulls = false;
    HeapTuple result = tuple;

    if ((options & HEAP_INSERT_NO_TOAST) != 0)
        return tuple;
    work.values = palloc(natts * sizeof(Datum));
    work.isnull = palloc(natts * sizeof(bool));
    work.old_values = palloc(natts * sizeof(Datum));
    work.old_isnull = palloc(natts * sizeof(bool));
    work.columns = palloc0(natts * sizeof(ToastColumn));
    heap_deform_tuple(tuple, desc, work.values, work.isnull);
    if (old != NULL)
        heap_deform_tuple(old, desc, work.old_values, work.old_isnull);
    for (int i = 0; i < natts; i++)
        has_nulls = has_nulls || work.isnull[i];
    examine(&work, old != NULL);
    shorten(&work, HEAP_TUPLE_HEADER_SIZE + (has_nulls ? tuple_bitmap_size(natts) : 0));
    if (work.changed)
        result = form_like(tuple, &work);
    for (int i = 0; i < natts; i++) {
        if (work.columns[i].old_to_drop)
            delete_value(work.old_values[i], false);
        if (work.columns[i].own)
            pfree(DatumGetPointer(work.values[i]));
    }
    pfree(work.values);
    pfree(work.isnull);
    pfree(work.old_values);
    pfree(work.old_isnull);
    pfree(work.columns);
    return result;
}

void
toast_delete(Relation rel, HeapTuple tuple, bool is_speculative)
{
    TupleDesc desc = RelationGetDescr(rel);

    for (int i = 0; i < desc->natts; i++) {
        bool isnull;
        Datum value;

        if (TupleDescAttr(desc, i)->attlen != -1)
            continue;
        value = heap_getattr(tuple, i + 1, desc, &isnull);
        if (!isnull && VARATT_IS_EXTERNAL(DatumGetPointer(value)))
            delete_value(value, is_speculative);
    }
}
