/*
 * scan.c - index scans
 *
 * The keys of a scan become a range of the index, [low, high), found by binary search on each page,
 * and a filter for what the range does not say (a key on the second column without one on the
 * first, a second bound ...). "= ANY (array)" on a leading column makes one range an element (a
 * turn). All matches of a leaf are copied at once; the page is let go, or, where the rows must not
 * be taken from under the scan, kept pinned (VB2).
 *
 * Invariants BS1. batch[0..count) are the matches of one leaf, in key order; `at` is the current one.
 *            BS2. Entries that move right by a split after the leaf was read were copied already:
 *                 going forward uses the right link as it was then. Going backward checks that the
 *                 left sibling still leads to us.
 */
#include "btree_int.h"
#include "scan_int.h"

bool (*btree_cross_type_hook)(Oid opfamily, Oid left_type, Oid right_type, FmgrInfo *ret_cmp);

/* --- keys --- */

static bool
is_integer_type(Oid type)
{
    return type == 20 || type == 21 || type == 23;
}

static bool
is_integer_kind(BtreeKind kind)
{
    return kind == BTREE_KIND_INT2 || kind == BTREE_KIND_INT4 || kind == BTREE_KIND_INT8;
}

/* Puts an argument of the scan key's type into a search key. */
static void
set_argument(BtreeScan *scan, BtreeKey *key, int column, const ScanKeyData *sk, Datum value)
{
    BtreeColumn *info = &scan->info->columns[column];
    Oid type = scan->index->rd_opcintype[column];
    BtreeKeyColumn *to = &key->columns[column];

    if (!OidIsValid(sk->sk_subtype) || sk->sk_subtype == type) {
        btree__key_set_column(scan->info, key, column, value, false);
        return;
    }
    to->value = value;
    to->isnull = false;
    to->cmp = NULL;
    if (is_integer_kind(info->kind) && is_integer_type(sk->sk_subtype)) {
        to->number = btree__number(sk->sk_subtype == 21   ? BTREE_KIND_INT2
                                   : sk->sk_subtype == 23 ? BTREE_KIND_INT4
                                                          : BTREE_KIND_INT8,
                                   value);
        return;
    }
    if (btree_kind_is_number(info->kind) && btree_cross_type_hook != NULL &&
        info->kind != BTREE_KIND_INT4 && info->kind != BTREE_KIND_INT8) {
        to->number = btree__number(info->kind, value); /* binary-compatible, as oid and regclass */
        return;
    }
    to->cmp = palloc0(sizeof(FmgrInfo));
    if (btree_cross_type_hook == NULL ||
        !btree_cross_type_hook(scan->index->rd_opfamily[column], type, sk->sk_subtype, to->cmp)) {
        to->cmp = NULL; /* binary-compatible type: compares as the column's own */
        btree__key_set_column(scan->info, key, column, value, false);
    }
}

/* The strategy in index order: descending columns turn it round. */
static StrategyNumber
index_strategy(const BtreeColumn *column, StrategyNumber strategy)
{
    return column->desc ? (StrategyNumber)(BTMaxStrategyNumber + 1 - strategy) : strategy;
}

static bool
is_equality(const ScanKeyData *sk)
{
    return (sk->sk_flags & SK_SEARCHNULL) != 0 ||
           ((sk->sk_flags & SK_SEARCHNOTNULL) == 0 && sk->sk_strategy == BTEqualStrategyNumber);
}

static const ScanKeyData *
find_equality(BtreeScan *scan, int column)
{
    for (int i = 0; i < scan->desc.numberOfKeys; i++)
        if (scan->desc.keyData[i].sk_attno == column + 1 && is_equality(&scan->desc.keyData[i]))
            return &scan->desc.keyData[i];
    return NULL;
}

/* A bound of the column in index order: from below, or from above. */
static const ScanKeyData *
find_bound(BtreeScan *scan, int column, bool below)
{
    BtreeColumn *info = &scan->info->columns[column];

    for (int i = 0; i < scan->desc.numberOfKeys; i++) {
        const ScanKeyData *sk = &scan->desc.keyData[i];
        StrategyNumber strategy;

        if (sk->sk_attno != column + 1 || is_equality(sk) ||
            (sk->sk_flags & (SK_SEARCHNOTNULL | SK_SEARCHARRAY)) != 0)
            continue;
        strategy = index_strategy(info, sk->sk_strategy);
        if (below ? strategy >= BTGreaterEqualStrategyNumber
                  : strategy <= BTLessEqualStrategyNumber)
            return sk;
    }
    return NULL;
}

static bool
column_has_key(BtreeScan *scan, int column)
{
    for (int i = 0; i < scan->desc.numberOfKeys; i++)
        if (scan->desc.keyData[i].sk_attno == column + 1)
            return true;
    return false;
}

static void
use_key(BtreeScan *scan, const ScanKeyData *sk)
{
    scan->in_range[sk - scan->desc.keyData] = true;
}

/* The bounds of the first column without equality. */
static void
set_bounds(BtreeScan *scan, int column)
{
    BtreeColumn *info = &scan->info->columns[column];
    const ScanKeyData *low = find_bound(scan, column, true);
    const ScanKeyData *high = find_bound(scan, column, false);

    if (!column_has_key(scan, column))
        return;
    scan->low.count = scan->high.count = column;
    if (low != NULL) {
        set_argument(scan, &scan->low, column, low, low->sk_argument);
        scan->low.count = column + 1;
        scan->low.next_key =
            index_strategy(info, low->sk_strategy) == BTGreaterStrategyNumber;
        use_key(scan, low);
    } else if (info->nulls_first) { /* no key but IS NULL, which is an equality, matches nulls */
        btree__key_set_column(scan->info, &scan->low, column, (Datum)0, true);
        scan->low.count = column + 1;
        scan->low.next_key = true;
    }
    if (high != NULL) {
        set_argument(scan, &scan->high, column, high, high->sk_argument);
        scan->high.count = column + 1;
        scan->high.next_key =
            index_strategy(info, high->sk_strategy) == BTLessEqualStrategyNumber;
        use_key(scan, high);
    } else if (!info->nulls_first) {
        btree__key_set_column(scan->info, &scan->high, column, (Datum)0, true);
        scan->high.count = column + 1;
        scan->high.next_key = false;
    }
    for (int i = 0; i < scan->desc.numberOfKeys; i++)
        if (scan->desc.keyData[i].sk_attno == column + 1 &&
            (scan->desc.keyData[i].sk_flags & SK_SEARCHNOTNULL) != 0)
            scan->in_range[i] = true;
}

/* Makes low and high from the keys, but for array elements. */
static void
make_range(BtreeScan *scan)
{
    int column;

    scan->low.count = scan->high.count = 0;
    scan->low.next_key = scan->low.has_tid = scan->high.has_tid = false;
    scan->high.next_key = true;
    scan->array_count = 0;
    memset(scan->in_range, 0, sizeof(bool) * Max(scan->desc.numberOfKeys, 1));
    for (column = 0; column < scan->info->nkeys; column++) {
        const ScanKeyData *sk = find_equality(scan, column);

        if (sk == NULL)
            break;
        use_key(scan, sk);
        if ((sk->sk_flags & SK_SEARCHNULL) != 0) {
            btree__key_set_column(scan->info, &scan->low, column, (Datum)0, true);
        } else if ((sk->sk_flags & SK_SEARCHARRAY) != 0) {
            BtreeArray *array = &scan->arrays[scan->array_count++];
            array->column = column;
            array->sk = sk;
            array->at = 0;
        } else {
            set_argument(scan, &scan->low, column, sk, sk->sk_argument);
        }
        scan->high.columns[column] = scan->low.columns[column];
        scan->low.count = scan->high.count = column + 1;
    }
    if (column < scan->info->nkeys)
        set_bounds(scan, column);
}

static void
set_array_elements(BtreeScan *scan)
{
    for (int i = 0; i < scan->array_count; i++) {
        BtreeArray *array = &scan->arrays[i];
        set_argument(scan, &scan->low, array->column, array->sk, array->values[array->at]);
        scan->high.columns[array->column] = scan->low.columns[array->column];
    }
}

/* --- arrays --- */

static int
compare_elements(const void *a, const void *b, void *arg)
{
    const BtreeArray *array = arg;

    return btree__compare_datum(&array->compare, *(const Datum *)a, false, *(const Datum *)b,
                                false);
}

/* The elements in index order, each once. */
static void
sort_array(BtreeScan *scan, BtreeArray *array)
{
    const ScanKeyArray *given = (const ScanKeyArray *)DatumGetPointer(array->sk->sk_argument);
    Oid type = array->sk->sk_subtype;
    int kept = 0;

    array->compare = scan->info->columns[array->column];
    if (is_integer_kind(array->compare.kind) && is_integer_type(type))
        array->compare.kind = type == 21   ? BTREE_KIND_INT2
                              : type == 23 ? BTREE_KIND_INT4
                                           : BTREE_KIND_INT8;
    array->values = palloc(Max(given->count, 1) * sizeof(Datum));
    memcpy(array->values, given->values, given->count * sizeof(Datum));
    qsort_r(array->values, given->count, sizeof(Datum), compare_elements, array);
    for (int i = 0; i < given->count; i++)
        if (kept == 0 || btree__compare_datum(&array->compare, array->values[kept - 1], false,
                                              array->values[i], false) != 0)
            array->values[kept++] = array->values[i];
    array->count = kept;
}

/* The next combination; false after the last. The last array turns fastest: output stays ordered. */
static bool
turn_arrays(BtreeScan *scan, ScanDirection direction)
{
    int delta = ScanDirectionIsForward(direction) ? 1 : -1;

    for (int i = scan->array_count; i-- > 0;) {
        BtreeArray *array = &scan->arrays[i];
        int next = array->at + delta;
        if (next >= 0 && next < array->count) {
            array->at = next;
            set_array_elements(scan);
            return true;
        }
        array->at = delta > 0 ? 0 : array->count - 1;
    }
    return false;
}

/* --- the filter --- */

static bool
array_has(BtreeScan *scan, int column, const ScanKeyData *sk, Datum value)
{
    const ScanKeyArray *array = (const ScanKeyArray *)DatumGetPointer(sk->sk_argument);
    BtreeKey key;

    key.any_null = false;
    for (int i = 0; i < array->count; i++) {
        set_argument(scan, &key, column, sk, array->values[i]);
        if (btree__compare_key_value(scan->info, &key, column, value) == 0)
            return true;
    }
    return false;
}

static bool
key_matches(BtreeScan *scan, const ScanKeyData *sk, const void *itup)
{
    int column = sk->sk_attno - 1, order;
    bool isnull;
    Datum value = index_getattr(itup, sk->sk_attno, RelationGetDescr(scan->index), &isnull);
    BtreeKey key;

    if ((sk->sk_flags & SK_SEARCHNULL) != 0)
        return isnull;
    if ((sk->sk_flags & SK_SEARCHNOTNULL) != 0)
        return !isnull;
    if (isnull)
        return false;
    if ((sk->sk_flags & SK_SEARCHARRAY) != 0)
        return array_has(scan, column, sk, value);
    key.any_null = false;
    set_argument(scan, &key, column, sk, sk->sk_argument);
    order = -btree__compare_key_value(scan->info, &key, column, value); /* value - argument */
    switch (index_strategy(&scan->info->columns[column], sk->sk_strategy)) {
    case BTLessStrategyNumber:
        return order < 0;
    case BTLessEqualStrategyNumber:
        return order <= 0;
    case BTEqualStrategyNumber:
        return order == 0;
    case BTGreaterEqualStrategyNumber:
        return order >= 0;
    default:
        return order > 0;
    }
}

static bool
filter_matches(BtreeScan *scan, const void *itup)
{
    for (int i = 0; i < scan->desc.numberOfKeys; i++)
        if (!scan->in_range[i] && !key_matches(scan, &scan->desc.keyData[i], itup))
            return false;
    return true;
}

/* --- pages --- */

static void
let_go(BtreeScan *scan)
{
    if (scan->batch.pinned != InvalidBuffer)
        buffer_release(scan->batch.pinned);
    scan->batch.pinned = InvalidBuffer;
}

static void
add_match(BtreeScan *scan, const void *itup, OffsetNumber offset)
{
    BtreeBatch *batch = &scan->batch;

    batch->tids[batch->count] = btree_tuple_tid(itup);
    batch->offsets[batch->count] = offset;
    if (scan->desc.xs_want_itup) {
        Size size = IndexTupleSize(itup);
        if (scan->tuple_space == NULL)
            scan->tuple_space = MemoryContextAlloc(GetMemoryChunkContext(scan), BLCKSZ);
        memcpy(scan->tuple_space + batch->tuple_bytes, itup, size);
        batch->tuple_at[batch->count] = (uint16)batch->tuple_bytes;
        batch->tuple_bytes += size;
    }
    batch->count++;
}

/* Reads the matches of a locked leaf. The page is unlocked, and let go if it may be. */
static void
read_leaf(BtreeScan *scan, Buffer buffer)
{
    Page page = buffer_page(buffer);
    BtreePageOpaque *opaque = btree_page_opaque(page);
    BtreeBatch *batch = &scan->batch;
    OffsetNumber first = btree_first_data_key(opaque);
    OffsetNumber limit = (OffsetNumber)(page_max_offset(page) + 1), from, upto;

    from = scan->low.count > 0 ? btree__search_page(scan->index, &scan->low, page) : first;
    upto = scan->high.count > 0 ? btree__search_page(scan->index, &scan->high, page) : limit;
    batch->block = buffer_block(buffer);
    batch->next = opaque->next;
    batch->prev = opaque->prev;
    batch->lsn = page_lsn(page);
    batch->count = 0;
    batch->tuple_bytes = 0;
    batch->killed_count = 0;
    batch->more_right = opaque->next != BTREE_NONE && upto >= limit;
    batch->more_left = opaque->prev != BTREE_NONE && from <= first;
    if (batch->more_right && scan->high.count > 0) {
        /* The right page has only keys above the high key: do these reach below our end? */
        int order = btree__compare_tuple(scan->index, &scan->high, page_item_at(page, 1));
        if (scan->high.next_key ? order < 0 : order <= 0)
            batch->more_right = false;
    }
    for (OffsetNumber offset = from; offset < upto; offset++) {
        ItemId item = page_item_id(page, offset);
        const void *itup = page_item(page, item);

        if (scan->desc.ignore_killed_tuples && item_id_is_dead(item))
            continue;
        if (scan->has_filter && !filter_matches(scan, itup))
            continue;
        add_match(scan, itup, offset);
    }
    buffer_unlock(buffer);
    if (scan->keep_pin && batch->count > 0)
        batch->pinned = buffer;
    else
        buffer_release(buffer);
}

/* Rows found dead are marked in the page, if it has not changed since we read it. */
static void
mark_killed(BtreeScan *scan)
{
    BtreeBatch *batch = &scan->batch;
    Buffer buffer;
    Page page;
    bool marked = false;

    if (batch->killed_count == 0)
        return;
    buffer = buffer_read(relation_smgr(scan->index), MAIN_FORKNUM, batch->block,
                         BUFFER_READ_NORMAL, NULL);
    buffer_lock(buffer, BUFFER_LOCK_SHARE);
    page = buffer_page(buffer);
    if (page_lsn(page) == batch->lsn) {
        for (int i = 0; i < batch->killed_count; i++) {
            int at = batch->killed[i];
            OffsetNumber offset = batch->offsets[at];
            ItemPointerData tid;

            if (offset > page_max_offset(page))
                continue;
            tid = btree_tuple_tid(page_item_at(page, offset));
            if (!item_id_is_dead(page_item_id(page, offset)) &&
                ItemPointerEquals(&tid, &batch->tids[at])) {
                item_id_mark_dead(page_item_id(page, offset));
                marked = true;
            }
        }
        if (marked) {
            btree_page_opaque(page)->flags |= BTP_HAS_GARBAGE;
            buffer_mark_dirty_hint(buffer, true);
        }
    }
    buffer_unlock_release(buffer);
    batch->killed_count = 0;
}

static void
leave_page(BtreeScan *scan)
{
    mark_killed(scan);
    let_go(scan);
    scan->batch.count = 0;
}

/* BS2: the left sibling of the page we read, as it is now; locked. Invalid if there is none. */
static Buffer
walk_left(Relation index, BlockNumber block, BlockNumber prev)
{
    for (;;) {
        BlockNumber at = prev;
        Buffer buffer;
        BtreePageOpaque *opaque;

        if (prev == BTREE_NONE)
            return InvalidBuffer;
        CHECK_FOR_INTERRUPTS();
        buffer = btree__read(index, at, BUFFER_LOCK_SHARE);
        /* It may have been split: then our neighbour is some steps right of it. */
        for (int tries = 0; tries < 8; tries++) {
            opaque = btree_page_opaque(buffer_page(buffer));
            if (!btree_is_ignored(opaque) && opaque->next == block)
                return buffer;
            if (opaque->next == BTREE_NONE)
                break;
            buffer = btree__relock(index, buffer, opaque->next, BUFFER_LOCK_SHARE);
        }
        /* Or our page was taken out: whoever took over its keys has our neighbour. */
        buffer = btree__relock(index, buffer, block, BUFFER_LOCK_SHARE);
        opaque = btree_page_opaque(buffer_page(buffer));
        while (btree_is_ignored(opaque)) {
            if (opaque->next == BTREE_NONE)
                elog(ERROR, "fell off the end of index \"%s\"", RelationGetRelationName(index));
            block = opaque->next;
            buffer = btree__relock(index, buffer, block, BUFFER_LOCK_SHARE);
            opaque = btree_page_opaque(buffer_page(buffer));
        }
        prev = opaque->prev;
        buffer_unlock_release(buffer);
    }
}

/* The next leaf with matches; false when the range has no more. */
static bool
step_page(BtreeScan *scan, ScanDirection direction)
{
    for (;;) {
        BtreeBatch *batch = &scan->batch;
        Buffer buffer;

        leave_page(scan);
        if (ScanDirectionIsForward(direction)) {
            if (!batch->more_right)
                return false;
            buffer = btree__read(scan->index, batch->next, BUFFER_LOCK_SHARE);
            while (btree_is_ignored(btree_page_opaque(buffer_page(buffer)))) {
                BlockNumber next = btree_page_opaque(buffer_page(buffer))->next;
                if (next == BTREE_NONE) {
                    buffer_unlock_release(buffer);
                    return false;
                }
                buffer = btree__relock(scan->index, buffer, next, BUFFER_LOCK_SHARE);
            }
        } else {
            if (!batch->more_left)
                return false;
            buffer = walk_left(scan->index, batch->block, batch->prev);
            if (buffer == InvalidBuffer)
                return false;
        }
        CHECK_FOR_INTERRUPTS();
        read_leaf(scan, buffer);
        if (scan->batch.count > 0)
            return true;
    }
}

/* The first leaf of the range in this direction. */
static bool
first_page(BtreeScan *scan, ScanDirection direction)
{
    bool forward = ScanDirectionIsForward(direction);
    BtreeKey *key = forward ? &scan->low : &scan->high;
    Buffer buffer;

    if (key->count == 0)
        buffer = btree__descend_edge(scan->index, !forward);
    else
        buffer = btree__descend(scan->index, key, BUFFER_LOCK_SHARE, 0, false, NULL);
    if (buffer == InvalidBuffer)
        return false;
    read_leaf(scan, buffer);
    return scan->batch.count > 0 || step_page(scan, direction);
}

static bool
next_turn(BtreeScan *scan, ScanDirection direction)
{
    do {
        leave_page(scan);
        if (!turn_arrays(scan, direction))
            return false;
    } while (!first_page(scan, direction));
    return true;
}

static bool
start(BtreeScan *scan, ScanDirection direction)
{
    bool forward = ScanDirectionIsForward(direction);

    scan->started = true;
    if (scan->no_match)
        return false;
    for (int i = 0; i < scan->array_count; i++) {
        if (scan->arrays[i].count == 0)
            return false;
        scan->arrays[i].at = forward ? 0 : scan->arrays[i].count - 1;
    }
    set_array_elements(scan);
    scan->keep_pin = scan->desc.xs_want_itup || scan->desc.xs_snapshot == NULL ||
                     !IsMVCCSnapshot(scan->desc.xs_snapshot);
    return first_page(scan, direction) || next_turn(scan, direction);
}

/* Another leaf in this direction, of this turn or a later one. */
static bool
load_next(BtreeScan *scan, ScanDirection direction)
{
    bool found;

    if (!scan->started)
        found = start(scan, direction);
    else if (scan->ended != NoMovementScanDirection && scan->ended == direction)
        found = false;
    else if (scan->ended != NoMovementScanDirection)
        found = start(scan, direction); /* back from beyond an end */
    else
        found = step_page(scan, direction) || next_turn(scan, direction);
    scan->ended = found ? NoMovementScanDirection : direction;
    return found;
}

/* --- public --- */

IndexScanDesc
btree_begin_scan(Relation heap, Relation index, Snapshot snapshot, int nkeys)
{
    BtreeScan *scan = palloc(sizeof(*scan));

    memset(scan, 0, offsetof(BtreeScan, batch));
    scan->desc.heapRelation = heap;
    scan->desc.indexRelation = index;
    scan->desc.xs_snapshot = snapshot;
    scan->desc.ignore_killed_tuples = true;
    scan->desc.xs_itupdesc = RelationGetDescr(index);
    scan->desc.opaque = scan;
    scan->index = index;
    scan->info = btree__info(index);
    scan->batch.pinned = InvalidBuffer;
    scan->batch.count = scan->batch.killed_count = 0;
    scan->at = -1;
    scan->key_space = nkeys;
    scan->desc.keyData = palloc0(Max(nkeys, 1) * sizeof(ScanKeyData));
    scan->in_range = palloc0(Max(nkeys, 1) * sizeof(bool));
    scan->context = AllocSetContextCreate(CurrentMemoryContext, "btree scan keys",
                                          ALLOCSET_SMALL_SIZES); /* reset at each rescan */
    scan->no_match = false;
    scan->desc.numberOfKeys = nkeys;
    return &scan->desc;
}

static void
reset(BtreeScan *scan)
{
    leave_page(scan);
    scan->started = false;
    scan->ended = NoMovementScanDirection;
    scan->at = -1;
    if (scan->mark != NULL) {
        if (scan->mark->batch.pinned != InvalidBuffer)
            buffer_release(scan->mark->batch.pinned);
        scan->mark->batch.pinned = InvalidBuffer;
        scan->mark->valid = false;
    }
}

void
btree_rescan(IndexScanDesc desc, ScanKey keys, int nkeys)
{
    BtreeScan *scan = desc->opaque;
    MemoryContext old;

    reset(scan);
    scan->info = btree__info(scan->index);
    if (keys != NULL) {
        if (nkeys > scan->key_space) {
            scan->desc.keyData = repalloc(scan->desc.keyData, nkeys * sizeof(ScanKeyData));
            scan->in_range = repalloc(scan->in_range, nkeys * sizeof(bool));
            scan->key_space = nkeys;
        }
        memcpy(scan->desc.keyData, keys, nkeys * sizeof(ScanKeyData));
        scan->desc.numberOfKeys = nkeys;
    }
    scan->no_match = false;
    for (int i = 0; i < scan->desc.numberOfKeys; i++) {
        ScanKeyData *sk = &scan->desc.keyData[i];
        if ((sk->sk_flags & (SK_ROW_HEADER | SK_ROW_MEMBER)) != 0)
            ereport(ERROR, (errcode(ERRCODE_FEATURE_NOT_SUPPORTED),
                            errmsg("row comparison in an index scan is not supported")));
        if ((sk->sk_flags & SK_ISNULL) != 0 &&
            (sk->sk_flags & (SK_SEARCHNULL | SK_SEARCHNOTNULL)) == 0)
            scan->no_match = true; /* compares with null */
    }
    MemoryContextReset(scan->context);
    if (scan->no_match)
        return;
    old = MemoryContextSwitchTo(scan->context);
    make_range(scan);
    for (int i = 0; i < scan->array_count; i++)
        sort_array(scan, &scan->arrays[i]);
    MemoryContextSwitchTo(old);
    scan->has_filter = false;
    for (int i = 0; i < scan->desc.numberOfKeys; i++)
        scan->has_filter = scan->has_filter || !scan->in_range[i];
}

void
btree_kill_batch_tuple(IndexScanDesc desc, int i)
{
    BtreeScan *scan = desc->opaque;

    if (i >= 0 && i < scan->batch.count && scan->batch.killed_count < (int)BTREE_MAX_ITEMS)
        scan->batch.killed[scan->batch.killed_count++] = (uint16)i;
}

static void
show_current(BtreeScan *scan)
{
    scan->desc.xs_heaptid = scan->batch.tids[scan->at];
    scan->desc.xs_recheck = false;
    if (scan->desc.xs_want_itup)
        scan->desc.xs_itup = scan->tuple_space + scan->batch.tuple_at[scan->at];
}

bool
btree_next(IndexScanDesc desc, ScanDirection direction)
{
    BtreeScan *scan = desc->opaque;
    int next;

    if (desc->kill_prior_tuple) {
        btree_kill_batch_tuple(desc, scan->at);
        desc->kill_prior_tuple = false;
    }
    next = scan->at + (ScanDirectionIsForward(direction) ? 1 : -1);
    if (scan->batch.count == 0 || next < 0 || next >= scan->batch.count) {
        if (!load_next(scan, direction)) {
            scan->at = -1;
            return false;
        }
        next = ScanDirectionIsForward(direction) ? 0 : scan->batch.count - 1;
    }
    scan->at = next;
    show_current(scan);
    return true;
}

int
btree_next_page(IndexScanDesc desc, ScanDirection direction, const ItemPointerData **ret_tids)
{
    BtreeScan *scan = desc->opaque;

    if (!load_next(scan, direction))
        return 0;
    if (!ScanDirectionIsForward(direction)) {
        for (int i = 0, j = scan->batch.count - 1; i <= j; i++, j--) {
            scan->reversed[i] = scan->batch.tids[j];
            scan->reversed[j] = scan->batch.tids[i];
        }
        *ret_tids = scan->reversed;
    } else {
        *ret_tids = scan->batch.tids;
    }
    scan->page_direction = direction;
    scan->at = ScanDirectionIsForward(direction) ? scan->batch.count - 1 : 0;
    return scan->batch.count;
}

IndexTuple
btree_batch_tuple(IndexScanDesc desc, int i)
{
    BtreeScan *scan = desc->opaque;

    if (!ScanDirectionIsForward(scan->page_direction))
        i = scan->batch.count - 1 - i;
    return (IndexTuple)(scan->tuple_space + scan->batch.tuple_at[i]);
}

void
btree_mark_position(IndexScanDesc desc)
{
    BtreeScan *scan = desc->opaque;

    if (scan->mark == NULL) {
        scan->mark = MemoryContextAlloc(GetMemoryChunkContext(scan), sizeof(BtreeMark));
        scan->mark->batch.pinned = InvalidBuffer;
        scan->mark->tuple_space = NULL;
    }
    if (scan->mark->batch.pinned != InvalidBuffer)
        buffer_release(scan->mark->batch.pinned);
    scan->mark->batch = scan->batch;
    scan->mark->batch.killed_count = 0;
    scan->mark->at = scan->at;
    scan->mark->ended = scan->ended;
    scan->mark->started = scan->started;
    scan->mark->valid = true;
    for (int i = 0; i < scan->array_count; i++)
        scan->mark->array_at[i] = scan->arrays[i].at;
    if (scan->batch.pinned != InvalidBuffer)
        buffer_pin_again(scan->batch.pinned);
    if (scan->tuple_space != NULL && scan->batch.tuple_bytes > 0) {
        if (scan->mark->tuple_space == NULL)
            scan->mark->tuple_space = MemoryContextAlloc(GetMemoryChunkContext(scan), BLCKSZ);
        memcpy(scan->mark->tuple_space, scan->tuple_space, scan->batch.tuple_bytes);
    }
}

void
btree_restore_position(IndexScanDesc desc)
{
    BtreeScan *scan = desc->opaque;

    if (scan->mark == NULL || !scan->mark->valid)
        return;
    leave_page(scan);
    scan->batch = scan->mark->batch;
    if (scan->batch.pinned != InvalidBuffer)
        buffer_pin_again(scan->batch.pinned);
    scan->at = scan->mark->at;
    scan->ended = scan->mark->ended;
    scan->started = scan->mark->started;
    for (int i = 0; i < scan->array_count; i++)
        scan->arrays[i].at = scan->mark->array_at[i];
    set_array_elements(scan);
    if (scan->mark->tuple_space != NULL && scan->batch.tuple_bytes > 0)
        memcpy(scan->tuple_space, scan->mark->tuple_space, scan->batch.tuple_bytes);
    if (scan->at >= 0 && scan->at < scan->batch.count)
        show_current(scan);
}

void
btree_end_scan(IndexScanDesc desc)
{
    BtreeScan *scan = desc->opaque;

    reset(scan);
    if (scan->mark != NULL) {
        if (scan->mark->tuple_space != NULL)
            pfree(scan->mark->tuple_space);
        pfree(scan->mark);
    }
    if (scan->tuple_space != NULL)
        pfree(scan->tuple_space);
    MemoryContextDelete(scan->context);
    pfree(scan->desc.keyData);
    pfree(scan->in_range);
    pfree(scan);
}
