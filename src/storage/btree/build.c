/*
 * build.c - makes an index of a whole table: sort, then fill the leaves from the left
 *
 * Each level has one page under way. When it is full, its high key becomes known (from its last item
 * and the next one), it is written, and its downlink goes to the level above.
 *
 * Crash      pages are logged whole; an index not finished belongs to a transaction that aborts.
 */
#include "btree_int.h"
#include "config/config.h"
#include "sort_int.h"

#define INNER_FILLFACTOR 70

typedef struct BuildLevel {
    BlockNumber block, prev;
    IndexTuple low_key;   /* of the page, for its downlink; NULL: minus infinity */
    int count;
    Size bytes;           /* with line pointers */
    Size limit;
    IndexTuple items[BTREE_MAX_ITEMS + 1]; /* copies */
} BuildLevel;

typedef struct BuildWork {
    Relation heap, index;
    IndexFormDatum form;
    void *form_arg;
    BtreeSort *sort;
    BufferRing *ring;
    double tuples;
    int level_count;
    BuildLevel *levels[BTREE_LEVELS_MAX];
} BuildWork;

static void add_item(BuildWork *work, int level, IndexTuple itup);

/* --- pages --- */

static BlockNumber
new_block(BuildWork *work)
{
    Buffer buffer = buffer_extend(relation_smgr(work->index), MAIN_FORKNUM, work->ring, 0);
    BlockNumber block = buffer_block(buffer);

    buffer_release(buffer);
    return block;
}

static BuildLevel *
start_level(BuildWork *work, int level)
{
    BuildLevel *new = palloc0(sizeof(*new));
    Size space = BLCKSZ - PAGE_HEADER_SIZE - sizeof(BtreePageOpaque);
    int percent = level == 0 ? RelationGetFillFactor(work->index, BTREE_DEFAULT_FILLFACTOR)
                             : INNER_FILLFACTOR;

    if (level >= BTREE_LEVELS_MAX)
        elog(ERROR, "index \"%s\" is too deep", RelationGetRelationName(work->index));
    new->block = new_block(work);
    new->prev = BTREE_NONE;
    new->limit = space * (Size)percent / 100;
    work->levels[level] = new;
    work->level_count = level + 1;
    return new;
}

static void
put(Page page, const void *item)
{
    if (page_add_item(page, item, IndexTupleSize(item),
                      (OffsetNumber)(page_max_offset(page) + 1), 0) == InvalidOffsetNumber)
        elog(ERROR, "failed to add item to the index page");
}

static void
write_page(BuildWork *work, int level, BlockNumber next, const void *high_key, bool is_root)
{
    BuildLevel *at = work->levels[level];
    Buffer buffer = buffer_read(relation_smgr(work->index), MAIN_FORKNUM, at->block,
                                BUFFER_READ_ZERO_AND_LOCK, work->ring);
    Page page = buffer_page(buffer);

    START_CRIT_SECTION();
    btree__init_page(page);
    *btree_page_opaque(page) = (BtreePageOpaque){
        .prev = at->prev, .next = next, .level = (uint16)level,
        .flags = (uint16)((level == 0 ? BTP_LEAF : 0) | (is_root ? BTP_ROOT : 0))};
    if (high_key != NULL)
        put(page, high_key);
    for (int i = 0; i < at->count; i++) {
        if (level > 0 && i == 0) {
            IndexTupleData lowest;
            uint16 info = sizeof(IndexTupleData) | INDEX_PIVOT, none = 0;
            btree_tuple_set_child(&lowest, btree_tuple_child(at->items[0]));
            memcpy((char *)&lowest + 4, &none, sizeof(none));
            memcpy((char *)&lowest + 6, &info, sizeof(info));
            put(page, &lowest);
        } else {
            put(page, at->items[i]);
        }
    }
    buffer_mark_dirty(buffer);
    if (RelationNeedsWAL(work->index))
        (void) buffer_log_new_page(buffer, true);
    END_CRIT_SECTION();
    buffer_unlock_release(buffer);
}

static IndexTuple
downlink(const BuildLevel *at)
{
    IndexTuple itup = at->low_key == NULL ? btree__minus_infinity(at->block)
                                          : btree__copy_tuple(at->low_key);

    btree_tuple_set_child(itup, at->block);
    return itup;
}

static Size
cost(const void *itup)
{
    return IndexTupleSize(itup) + sizeof(ItemIdData);
}

/* The page is full; `next` will be the first item of the page after it. */
static void
finish_page(BuildWork *work, int level, IndexTuple next)
{
    BuildLevel *at = work->levels[level];
    Size space = BLCKSZ - PAGE_HEADER_SIZE - sizeof(BtreePageOpaque);
    IndexTuple carried[BTREE_MAX_ITEMS];
    int carried_count = 0;
    IndexTuple high_key, link;
    BlockNumber right;

    for (;;) {
        IndexTuple last = at->items[at->count - 1];
        high_key = level == 0 ? btree__truncate(work->index, last, next)
                              : btree__copy_tuple(next);
        if (at->bytes + cost(high_key) <= space)
            break;
        /* No room for the high key: the last item goes over to the next page. */
        pfree(high_key);
        carried[carried_count++] = next = last;
        at->count--;
        at->bytes -= cost(last);
        Assert(at->count > 0);
    }
    right = new_block(work);
    write_page(work, level, right, high_key, false);
    link = downlink(at);
    for (int i = 0; i < at->count; i++)
        pfree(at->items[i]);
    if (at->low_key != NULL)
        pfree(at->low_key);
    at->low_key = high_key;
    at->prev = at->block;
    at->block = right;
    at->count = 0;
    at->bytes = 0;
    while (carried_count > 0) {
        at->items[at->count++] = carried[--carried_count];
        at->bytes += cost(at->items[at->count - 1]);
    }
    add_item(work, level + 1, link);
    pfree(link);
}

static void
add_item(BuildWork *work, int level, IndexTuple itup)
{
    BuildLevel *at = level < work->level_count ? work->levels[level] : start_level(work, level);

    if (at->count > 1 && at->bytes + cost(itup) > at->limit)
        finish_page(work, level, itup);
    at->items[at->count++] = btree__copy_tuple(itup);
    at->bytes += cost(itup);
}

/* The last page of each level; the highest is the root. */
static BlockNumber
finish_levels(BuildWork *work)
{
    BlockNumber root = BTREE_NONE;

    for (int level = 0; level < work->level_count; level++) {
        BuildLevel *at = work->levels[level];
        Size space = BLCKSZ - PAGE_HEADER_SIZE - sizeof(BtreePageOpaque);
        bool is_root = level == work->level_count - 1;

        Assert(at->bytes <= space);
        (void) space;
        write_page(work, level, BTREE_NONE, NULL, is_root);
        root = at->block;
        if (!is_root) {
            IndexTuple link = downlink(at);
            add_item(work, level + 1, link);
            pfree(link);
        }
    }
    return root;
}

/* --- rows --- */

static void
form_plain(Relation index, HeapTuple tuple, TupleDesc desc, Datum *values, bool *isnull)
{
    for (int i = 0; i < index->rd_index->indnatts; i++)
        values[i] = heap_getattr(tuple, index->rd_index->indkey.values[i], desc, &isnull[i]);
}

static void
put_row(HeapTuple tuple, bool alive, void *arg)
{
    BuildWork *work = arg;
    Datum values[INDEX_MAX_KEYS];
    bool isnull[INDEX_MAX_KEYS];
    IndexTuple itup;

    if (work->form == NULL)
        form_plain(work->index, tuple, RelationGetDescr(work->heap), values, isnull);
    else if (!work->form(work->index, tuple, RelationGetDescr(work->heap), work->form_arg, values,
                         isnull))
        return;
    itup = index_form_tuple(work->index, values, isnull);
    memcpy(itup, &tuple->t_self, sizeof(tuple->t_self));
    if (IndexTupleSize(itup) > BTREE_MAX_ITEM_SIZE)
        btree__throw_too_wide(work->index, work->heap, IndexTupleSize(itup), &tuple->t_self);
    btree__sort_put(work->sort, itup, alive);
    work->tuples++;
    pfree(itup);
}

static bool
has_null_key(BuildWork *work, const void *itup)
{
    if ((index_tuple_info(itup) & INDEX_HAS_NULLS) == 0)
        return false;
    for (int i = 1; i <= work->index->rd_index->indnkeyatts; i++) {
        bool isnull;
        (void) index_getattr(itup, i, RelationGetDescr(work->index), &isnull);
        if (isnull)
            return true;
    }
    return false;
}

static void
throw_duplicate(BuildWork *work, const void *itup)
{
    Datum values[INDEX_MAX_KEYS];
    bool isnull[INDEX_MAX_KEYS];

    index_deform_tuple(itup, RelationGetDescr(work->index), values, isnull);
    btree__throw_duplicate(work->index, values, isnull, true);
}

/* Sorted tuples to leaves; of equal keys only one may be of a live row, if unique. */
static void
load(BuildWork *work)
{
    BtreeInfo *info = btree__info(work->index);
    bool unique = work->index->rd_index->indisunique, seen_alive = false;
    IndexTuple prior = NULL;
    SortTuple *tuple;

    while ((tuple = btree__sort_next(work->sort)) != NULL) {
        CHECK_FOR_INTERRUPTS();
        if (unique) {
            if (prior == NULL ||
                btree__compare_tuples(work->index, prior, &tuple->itup, false) != 0)
                seen_alive = false;
            else if (seen_alive && tuple->alive &&
                     !(info->nulls_distinct && has_null_key(work, &tuple->itup)))
                throw_duplicate(work, &tuple->itup);
            seen_alive = seen_alive || tuple->alive;
            if (prior != NULL)
                pfree(prior);
            prior = btree__copy_tuple(&tuple->itup);
        }
        add_item(work, 0, &tuple->itup);
    }
    if (prior != NULL)
        pfree(prior);
}

/* Block 0: made here, or by btree_build_empty before. */
static void
write_meta(BuildWork *work, BlockNumber root, bool exists)
{
    BtreeInfo *info = btree__info(work->index);
    Buffer buffer = buffer_read(relation_smgr(work->index), MAIN_FORKNUM, BTREE_META_BLOCK,
                                BUFFER_READ_ZERO_AND_LOCK, NULL);

    START_CRIT_SECTION();
    btree__init_meta(buffer_page(buffer), root,
                     work->level_count > 0 ? (uint32)work->level_count - 1 : 0, info->natts,
                     info->nkeys);
    buffer_mark_dirty(buffer);
    if (RelationNeedsWAL(work->index))
        (void) buffer_log_new_page(buffer, true);
    END_CRIT_SECTION();
    buffer_unlock_release(buffer);
    info->root = InvalidBlockNumber;
}

IndexBuildResult
btree_build(Relation heap, Relation index, IndexFormDatum form, void *form_arg)
{
    MemoryContext context = AllocSetContextCreate(CurrentMemoryContext, "btree build",
                                                  ALLOCSET_DEFAULT_SIZES); /* deleted at the end */
    MemoryContext old = CurrentMemoryContext;
    BuildWork work = {.heap = heap, .index = index, .form = form, .form_arg = form_arg};
    BlockNumber blocks = RelationGetNumberOfBlocks(index), root;
    IndexBuildResult result;
    bool broken;

    (void) btree__info(index);
    if (blocks > 1 || (blocks == 1 && btree__read_meta(index).root != BTREE_NONE))
        elog(ERROR, "index \"%s\" already contains data", RelationGetRelationName(index));
    if (blocks == 0)
        btree_build_empty(index);
    MemoryContextSwitchTo(context);
    work.ring = buffer_ring_create(BUFFER_RING_BULKWRITE);
    work.sort = btree__sort_begin(index, (Size)maintenance_work_mem * 1024);
    result.heap_tuples = heap_scan_for_index_build(heap, index, &broken, put_row, &work);
    btree__sort_perform(work.sort);
    load(&work);
    root = finish_levels(&work);
    if (root != BTREE_NONE)
        write_meta(&work, root, true);
    btree__sort_end(work.sort);
    buffer_ring_free(work.ring);
    MemoryContextSwitchTo(old);
    MemoryContextDelete(context);
    if (broken)
        index->rd_index->indcheckxmin = true;
    result.index_tuples = work.tuples;
    return result;
}
