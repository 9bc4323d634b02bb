/*
 * scan_bitmap.c - sets of row addresses from indexes, combined, then read in table order
 *
 * Why        Reading rows page by page in table order costs each heap page once, however many
 *            index entries lead to it. A page's set is a bit per line; when the sets outgrow
 *            work_mem, pages are remembered as wholes ("lossy") and the condition is tested again.
 */
#include "base/base.h"
#include "catalog/relcache.h"
#include "heapbatch_int.h"
#include "indexkeys_int.h"
#include "settings_int.h"

#define PAGE_WORDS ((PAGE_MAX_HEAP_ITEMS + 64) / 64)

typedef struct BitmapPage {
    BlockNumber block;
    bool used;
    bool lossy;
    bool recheck;
    uint64 *words; /* NULL when lossy */
} BitmapPage;

typedef struct TidBitmap {
    MemoryContext context;
    BitmapPage *pages; /* open addressing */
    uint32 size;       /* a power of two */
    uint32 count;
    Size bytes;
    Size bytes_max;
} TidBitmap;

static TidBitmap *
bitmap_create(MemoryContext parent)
{
    MemoryContext context = AllocSetContextCreate(parent, "bitmap", ALLOCSET_DEFAULT_SIZES);
    TidBitmap *map = (TidBitmap *) MemoryContextAllocZero(context, sizeof(TidBitmap));

    map->context = context;
    map->size = 64;
    map->pages = (BitmapPage *) MemoryContextAllocZero(context, sizeof(BitmapPage) * map->size);
    map->bytes_max = (Size) exec_work_mem_kb() * 1024;
    return map;
}

static uint32
bitmap_slot(const TidBitmap *map, BlockNumber block)
{
    uint32 slot = (block * 2654435761u) & (map->size - 1);

    while (map->pages[slot].used && map->pages[slot].block != block)
        slot = (slot + 1) & (map->size - 1);
    return slot;
}

static void
bitmap_grow(TidBitmap *map)
{
    BitmapPage *old = map->pages;
    uint32 old_size = map->size;

    map->size *= 2;
    map->pages = (BitmapPage *) MemoryContextAllocHuge(map->context,
                                                       sizeof(BitmapPage) * (Size) map->size);
    memset(map->pages, 0, sizeof(BitmapPage) * (Size) map->size);
    for (uint32 i = 0; i < old_size; i++) {
        if (old[i].used)
            map->pages[bitmap_slot(map, old[i].block)] = old[i];
    }
    pfree(old);
}

static void
bitmap_make_lossy(TidBitmap *map, BitmapPage *page)
{
    page->lossy = true;
    page->recheck = true;
    if (page->words != NULL) {
        pfree(page->words);
        map->bytes -= sizeof(uint64) * PAGE_WORDS;
    }
    page->words = NULL;
}

static BitmapPage *
bitmap_page(TidBitmap *map, BlockNumber block)
{
    BitmapPage *page;

    if (map->count * 2 >= map->size)
        bitmap_grow(map);
    page = &map->pages[bitmap_slot(map, block)];
    if (!page->used) {
        page->used = true;
        page->block = block;
        page->words = (uint64 *) MemoryContextAllocZero(map->context,
                                                        sizeof(uint64) * PAGE_WORDS);
        map->count++;
        map->bytes += sizeof(uint64) * PAGE_WORDS;
    }
    return page;
}

/* Half of the exact pages give up their lines. */
static void
bitmap_shrink(TidBitmap *map)
{
    bool turn = false;

    for (uint32 i = 0; i < map->size; i++) {
        if (map->pages[i].used && !map->pages[i].lossy && (turn = !turn))
            bitmap_make_lossy(map, &map->pages[i]);
    }
}

static void
bitmap_add(TidBitmap *map, const ItemPointerData *tid, bool recheck)
{
    BitmapPage *page = bitmap_page(map, ItemPointerGetBlockNumber(tid));
    OffsetNumber offset = ItemPointerGetOffsetNumber(tid);

    if (page->lossy)
        return;
    page->recheck |= recheck;
    page->words[offset / 64] |= UINT64_C(1) << (offset % 64);
    if (map->bytes > map->bytes_max)
        bitmap_shrink(map);
}

static void
bitmap_union(TidBitmap *into, const TidBitmap *from)
{
    for (uint32 i = 0; i < from->size; i++) {
        const BitmapPage *page = &from->pages[i];
        BitmapPage *target;

        if (!page->used)
            continue;
        target = bitmap_page(into, page->block);
        if (page->lossy)
            bitmap_make_lossy(into, target);
        else if (!target->lossy) {
            target->recheck |= page->recheck;
            for (int w = 0; w < PAGE_WORDS; w++)
                target->words[w] |= page->words[w];
        }
    }
    if (into->bytes > into->bytes_max)
        bitmap_shrink(into);
}

/* A page or line stays only where both have it; lossy on one side keeps the other's lines. */
static TidBitmap *
bitmap_intersect(TidBitmap *a, const TidBitmap *b, MemoryContext parent)
{
    TidBitmap *result = bitmap_create(parent);

    for (uint32 i = 0; i < a->size; i++) {
        const BitmapPage *left = &a->pages[i];
        const BitmapPage *right;
        BitmapPage *target;

        if (!left->used)
            continue;
        right = &b->pages[bitmap_slot(b, left->block)];
        if (!right->used)
            continue;
        target = bitmap_page(result, left->block);
        target->recheck = left->recheck || right->recheck;
        if (left->lossy && right->lossy)
            bitmap_make_lossy(result, target);
        else {
            for (int w = 0; w < PAGE_WORDS; w++)
                target->words[w] = (left->lossy ? ~UINT64_C(0) : left->words[w]) &
                                   (right->lossy ? ~UINT64_C(0) : right->words[w]);
        }
    }
    return result;
}

static void
bitmap_free(TidBitmap *map)
{
    MemoryContextDelete(map->context);
}

/* ---- nodes that make bitmaps ---- */

static Batch *
bitmap_node_next(PlanState *ps, int rows_max)
{
    elog(ERROR, "%s does not return rows", ps->ops->name);
}

typedef struct BitmapIndexState {
    PlanState ps;
    Oid indexid;
    Index rti;
    IndexKeys keys;
} BitmapIndexState;

static const PlanNodeOps bitmap_index_ops = {"Bitmap Index Scan", bitmap_node_next};
static const PlanNodeOps bitmap_and_ops = {"BitmapAnd", bitmap_node_next};
static const PlanNodeOps bitmap_or_ops = {"BitmapOr", bitmap_node_next};

static TidBitmap *
bitmap_index_run(BitmapIndexState *state, MemoryContext parent)
{
    EState *estate = state->ps.estate;
    TidBitmap *map = bitmap_create(parent);
    Relation index;
    IndexScanDesc scan;
    const ItemPointerData *tids;
    int count;
    double rows = 0;

    if (index_keys_evaluate(&state->keys)) {
        index = index_open(state->indexid, AccessShareLock);
        scan = btree_begin_scan(NULL, index, estate->snapshot, state->keys.count);
        btree_rescan(scan, state->keys.keys, state->keys.count);
        while ((count = btree_next_page(scan, ForwardScanDirection, &tids)) > 0) {
            CHECK_FOR_INTERRUPTS();
            for (int i = 0; i < count; i++)
                bitmap_add(map, &tids[i], state->keys.inexact);
            rows += count;
        }
        btree_end_scan(scan);
        index_close(index, NoLock);
    }
    if (state->ps.instrument != NULL) {
        state->ps.instrument->running = true;
        state->ps.instrument->loop_rows += rows;
    }
    return map;
}

static TidBitmap *
bitmap_run(PlanState *ps, MemoryContext parent)
{
    TidBitmap *map = NULL;

    if (ps->any_changed)
        exec_rescan(ps);
    if (ps->ops == &bitmap_index_ops)
        return bitmap_index_run((BitmapIndexState *) ps, parent);
    for (int i = 0; i < ps->child_count; i++) {
        TidBitmap *part = bitmap_run(ps->children[i], parent);

        if (map == NULL)
            map = part;
        else if (ps->ops == &bitmap_or_ops) {
            bitmap_union(map, part);
            bitmap_free(part);
        } else {
            TidBitmap *both = bitmap_intersect(map, part, parent);

            bitmap_free(map);
            bitmap_free(part);
            map = both;
        }
    }
    return map;
}

PlanState *
exec_init_bitmap_index_scan(const Plan *plan, EState *estate, int eflags)
{
    const BitmapIndexScan *scan = (const BitmapIndexScan *) plan;
    BitmapIndexState *state = (BitmapIndexState *) exec_make_node(sizeof(BitmapIndexState), plan,
                                                                  estate, &bitmap_index_ops);
    Relation index = index_open(scan->indexid, AccessShareLock);

    state->indexid = scan->indexid;
    state->rti = scan->scan.scanrelid;
    index_keys_init(&state->keys, &state->ps, index, scan->indexqual);
    index_close(index, NoLock);
    return &state->ps;
}

static PlanState *
init_bitmap_combination(const Plan *plan, List *plans, EState *estate, int eflags,
                        const PlanNodeOps *ops)
{
    PlanState *ps = exec_make_node(sizeof(PlanState), plan, estate, ops);
    ListCell *lc;

    foreach (lc, plans)
        (void) exec_add_child(ps, (const Plan *) lfirst(lc), eflags);
    return ps;
}

PlanState *
exec_init_bitmap_and(const Plan *plan, EState *estate, int eflags)
{
    return init_bitmap_combination(plan, ((const BitmapAnd *) plan)->bitmapplans, estate, eflags,
                                   &bitmap_and_ops);
}

PlanState *
exec_init_bitmap_or(const Plan *plan, EState *estate, int eflags)
{
    return init_bitmap_combination(plan, ((const BitmapOr *) plan)->bitmapplans, estate, eflags,
                                   &bitmap_or_ops);
}

/* ---- the heap scan ---- */

typedef struct BitmapHeapState {
    PlanState ps;
    Index rti;
    ExprProgram *recheck;
    HeapScanDesc scan;
    TidBitmap *map;
    BitmapPage **order; /* pages of the map by block */
    uint32 next;
    HeapBatch rows;
    int first;
    int left;
    bool page_recheck;
    int64 exact_pages;
    int64 lossy_pages;
} BitmapHeapState;

static int
compare_pages(const void *a, const void *b)
{
    BlockNumber x = (*(BitmapPage *const *) a)->block;
    BlockNumber y = (*(BitmapPage *const *) b)->block;

    return x < y ? -1 : x > y;
}

static void
bitmap_heap_begin(BitmapHeapState *state)
{
    EState *estate = state->ps.estate;
    uint32 count = 0;

    state->map = bitmap_run(state->ps.left, estate->context);
    state->order = (BitmapPage **) MemoryContextAllocHuge(
        state->map->context, sizeof(BitmapPage *) * (Size) Max(state->map->count, 1));
    for (uint32 i = 0; i < state->map->size; i++) {
        if (state->map->pages[i].used)
            state->order[count++] = &state->map->pages[i];
    }
    qsort(state->order, count, sizeof(BitmapPage *), compare_pages);
    state->next = 0;
    state->left = 0;
    if (state->scan == NULL) {
        MemoryContext old = MemoryContextSwitchTo(estate->context);

        state->scan = heap_begin_scan(exec_relation(estate, state->rti), estate->snapshot,
                                      HEAP_SCAN_BITMAP);
        MemoryContextSwitchTo(old);
    }
}

static int
page_offsets(const BitmapPage *page, OffsetNumber *offsets)
{
    int count = 0;

    for (int w = 0; w < PAGE_WORDS; w++) {
        uint64 word = page->words[w];

        while (word != 0 && count < PAGE_MAX_HEAP_ITEMS) {
            offsets[count++] = (OffsetNumber) (w * 64 + __builtin_ctzll(word));
            word &= word - 1;
        }
    }
    return count;
}

static bool
bitmap_heap_next_page(BitmapHeapState *state)
{
    OffsetNumber offsets[PAGE_MAX_HEAP_ITEMS];

    while (state->next < state->map->count) {
        BitmapPage *page = state->order[state->next++];

        CHECK_FOR_INTERRUPTS();
        if (page->block >= state->scan->block_count)
            continue;
        state->page_recheck = page->recheck;
        if (page->lossy) {
            state->lossy_pages++;
            state->left = heap_scan_bitmap_page(state->scan, page->block, NULL, 0);
        } else {
            int count = page_offsets(page, offsets);

            if (count == 0)
                continue;
            state->exact_pages++;
            state->left = heap_scan_bitmap_page(state->scan, page->block, offsets, count);
        }
        if (state->left == 0)
            continue;
        state->first = 0;
        state->rows.scan = state->scan;
        state->rows.tuples = state->scan->tuples;
        heap_batch_reserve(&state->rows, state->left);
        state->rows.batch.row_count = state->left;
        return true;
    }
    return false;
}

static Batch *
bitmap_heap_next(PlanState *ps, int rows_max)
{
    BitmapHeapState *state = (BitmapHeapState *) ps;

    if (state->map == NULL)
        bitmap_heap_begin(state);
    for (;;) {
        int count;

        MemoryContextReset(ps->batch_context);
        if (state->left == 0 && !bitmap_heap_next_page(state))
            return NULL;
        count = Min(state->left, rows_max);
        heap_batch_window(&state->rows, state->first, count);
        state->first += count;
        state->left -= count;
        if (state->page_recheck && state->recheck != NULL &&
            expr_filter(state->recheck, &state->rows.batch, NULL, NULL) == 0)
            continue;
        if (exec_filter(ps, &state->rows.batch))
            return exec_project(ps, &state->rows.batch);
    }
}

static void
bitmap_heap_rescan(PlanState *ps)
{
    BitmapHeapState *state = (BitmapHeapState *) ps;

    if (state->map != NULL)
        bitmap_free(state->map);
    state->map = NULL;
    state->left = 0;
    if (!ps->left->any_changed)
        exec_rescan(ps->left);
}

static void
bitmap_heap_suspend(PlanState *ps)
{
    BitmapHeapState *state = (BitmapHeapState *) ps;

    if (state->scan != NULL)
        heap_end_scan(state->scan);
    state->scan = NULL;
    if (state->map != NULL)
        bitmap_free(state->map);
    state->map = NULL;
    state->left = 0;
}

static bool
bitmap_heap_detail(PlanState *ps, ExecutorDetailKind kind, int64 *ret_number,
                   const char **ret_text)
{
    BitmapHeapState *state = (BitmapHeapState *) ps;

    if (kind != DETAIL_EXACT_PAGES && kind != DETAIL_LOSSY_PAGES)
        return false;
    *ret_number = kind == DETAIL_EXACT_PAGES ? state->exact_pages : state->lossy_pages;
    return true;
}

static const PlanNodeOps bitmap_heap_ops = {"Bitmap Heap Scan", bitmap_heap_next,
                                            bitmap_heap_rescan, bitmap_heap_suspend,
                                            bitmap_heap_detail};

PlanState *
exec_init_bitmap_heap_scan(const Plan *plan, EState *estate, int eflags)
{
    const BitmapHeapScan *scan = (const BitmapHeapScan *) plan;
    PlanState *epq = exec_init_epq_scan(&scan->scan, estate, scan->bitmapqualorig, NIL);
    BitmapHeapState *state;
    TupleDesc desc;

    if (epq != NULL)
        return epq;
    state = (BitmapHeapState *) exec_make_node(sizeof(BitmapHeapState), plan, estate,
                                               &bitmap_heap_ops);
    state->rti = scan->scan.scanrelid;
    desc = RelationGetDescr(exec_relation(estate, state->rti));
    exec_init_projection(&state->ps, desc);
    state->recheck = expr_compile_qual(&state->ps, estate, scan->bitmapqualorig);
    heap_batch_init(&state->rows, &state->ps, state->rti, desc,
                    list_make3(plan->targetlist, plan->qual, scan->bitmapqualorig));
    state->ps.left = exec_init_node(outerPlan(plan), estate, eflags);
    return &state->ps;
}
