/*
 * build_scan.c - the rows an index build must enter, and rows by chance for ANALYZE
 *
 * Build: every version that any snapshot may see, but of a HOT chain one only: the latest. Older
 * snapshots that would want an earlier, differing member must not use the index
 * (*ret_broken_hot_chain).
 */
#include "base/random.h"
#include "heap_int.h"
#include "memory/memory.h"

typedef struct BuildPage {
    int count;
    HeapTupleData tuples[PAGE_MAX_HEAP_ITEMS];
    bool alive[PAGE_MAX_HEAP_ITEMS];
} BuildPage;

typedef enum BuildVerdict {
    BUILD_SKIP,
    BUILD_ALIVE,
    BUILD_OLD, /* for older snapshots */
    BUILD_WAIT /* for *ret_xid */
} BuildVerdict;

static BuildVerdict
judge(HeapTuple tuple, Buffer buffer, TransactionId oldest_xmin, bool unique, bool *broken,
      TransactionId *ret_xid)
{
    HeapTupleHeader tup = tuple->t_data;

    switch (HeapTupleSatisfiesVacuum(tuple, oldest_xmin, buffer)) {
    case HEAPTUPLE_DEAD:
        return BUILD_SKIP;
    case HEAPTUPLE_LIVE:
        return BUILD_ALIVE;
    case HEAPTUPLE_RECENTLY_DEAD:
        if (heap_tuple_is_hot_updated(tup)) {
            *broken = true;
            return BUILD_SKIP;
        }
        return BUILD_OLD;
    case HEAPTUPLE_INSERT_IN_PROGRESS: {
        TransactionId xmin = heap_tuple_raw_xmin(tup);
        if (!xact_is_current(xmin) && unique) {
            *ret_xid = xmin;
            return BUILD_WAIT;
        }
        return BUILD_ALIVE;
    }
    case HEAPTUPLE_DELETE_IN_PROGRESS: {
        TransactionId xmax = HeapTupleHeaderGetUpdateXid(tup);
        if (xact_is_current(xmax)) {
            if (heap_tuple_is_hot_updated(tup)) {
                *broken = true;
                return BUILD_SKIP;
            }
            return BUILD_OLD;
        }
        if (unique || heap_tuple_is_hot_updated(tup)) {
            *ret_xid = xmax;
            return BUILD_WAIT;
        }
        return BUILD_ALIVE;
    }
    }
    return BUILD_SKIP;
}

/* Page pinned. Fills *ret_page; InvalidTransactionId, or whom to wait for before trying again. */
static TransactionId
collect_page(Relation heap, Buffer buffer, BlockNumber block, TransactionId oldest_xmin,
             bool unique, bool *broken, BuildPage *ret_page)
{
    Page page = buffer_page(buffer);
    OffsetNumber roots[PAGE_MAX_HEAP_ITEMS + 1], max;
    TransactionId wait_for = InvalidTransactionId;

    ret_page->count = 0;
    buffer_lock(buffer, BUFFER_LOCK_SHARE);
    heap__get_root_tuples(page, roots);
    max = page_max_offset(page);
    for (OffsetNumber offset = FirstOffsetNumber; offset <= max; offset++) {
        ItemId item = page_item_id(page, offset);
        HeapTuple tuple = &ret_page->tuples[ret_page->count];
        OffsetNumber root;
        BuildVerdict verdict;

        if (!item_id_is_normal(item))
            continue;
        tuple->t_data = page_item(page, item);
        tuple->t_len = item->lp_len;
        tuple->t_tableOid = RelationGetRelid(heap);
        ItemPointerSet(&tuple->t_self, block, offset);
        verdict = judge(tuple, buffer, oldest_xmin, unique, broken, &wait_for);
        if (verdict == BUILD_WAIT)
            break;
        if (verdict == BUILD_SKIP)
            continue;
        root = heap_tuple_is_heap_only(tuple->t_data) ? roots[offset] : offset;
        if (root == InvalidOffsetNumber)
            ereport(ERROR,
                    (errcode(ERRCODE_DATA_CORRUPTED),
                     errmsg_internal("failed to find parent tuple for heap-only tuple at (%u,%u) "
                                     "in table \"%s\"",
                                     block, offset, RelationGetRelationName(heap))));
        ItemPointerSetOffsetNumber(&tuple->t_self, root);
        ret_page->alive[ret_page->count++] = verdict == BUILD_ALIVE;
    }
    buffer_unlock(buffer);
    return wait_for;
}

double
heap_scan_for_index_build(Relation heap, Relation index, bool *ret_broken_hot_chain,
                          HeapBuildCallback callback, void *arg)
{
    BlockNumber blocks = RelationGetNumberOfBlocks(heap);
    BufferRing *ring = buffer_ring_create(BUFFER_RING_BULKREAD);
    TransactionId oldest_xmin = procarray_oldest_nonremovable_xid(relation_horizon_kind(heap));
    BuildPage *page = palloc(sizeof(*page));
    bool unique = index != NULL && index->rd_index->indisunique;
    double live = 0;

    *ret_broken_hot_chain = false;
    for (BlockNumber block = 0; block < blocks; block++) {
        Buffer buffer = buffer_read(relation_smgr(heap), MAIN_FORKNUM, block, BUFFER_READ_NORMAL,
                                    ring);
        TransactionId xid;

        CHECK_FOR_INTERRUPTS();
        heap_prune_page_opt(heap, buffer);
        while (TransactionIdIsValid(xid = collect_page(heap, buffer, block, oldest_xmin, unique,
                                                       ret_broken_hot_chain, page)))
            lock_xid_wait(xid, RelationGetRelationName(heap), NULL, XLTW_InsertIndexUnique);
        for (int i = 0; i < page->count; i++) {
            callback(&page->tuples[i], page->alive[i], arg);
            live += page->alive[i];
        }
        buffer_release(buffer);
    }
    pfree(page);
    buffer_ring_free(ring);
    return live;
}

/* --- ANALYZE --- */

typedef struct Sampler {
    HeapTuple *rows;
    int want, count;
    double seen;
    pg_prng_state random;
} Sampler;

/* Algorithm R: each row seen so far is in the sample with the same chance. */
static void
offer(Sampler *sampler, HeapTuple tuple)
{
    sampler->seen++;
    if (sampler->count < sampler->want) {
        sampler->rows[sampler->count++] = heap_copytuple(tuple);
        return;
    }
    {
        uint64 at = pg_prng_uint64_range(&sampler->random, 0, (uint64)sampler->seen - 1);
        if (at < (uint64)sampler->want) {
            heap_freetuple(sampler->rows[at]);
            sampler->rows[at] = heap_copytuple(tuple);
        }
    }
}

static int
compare_places(const void *a, const void *b)
{
    return ItemPointerCompare(&(*(HeapTuple const *)a)->t_self, &(*(HeapTuple const *)b)->t_self);
}

static void
sample_page(Relation rel, Buffer buffer, TransactionId oldest_xmin, Sampler *sampler,
            double *live, double *dead)
{
    Page page = buffer_page(buffer);

    buffer_lock(buffer, BUFFER_LOCK_SHARE);
    for (OffsetNumber offset = FirstOffsetNumber; offset <= page_max_offset(page); offset++) {
        ItemId item = page_item_id(page, offset);
        HeapTupleData tuple;

        if (!item_id_is_normal(item)) {
            if (item_id_is_dead(item))
                (*dead)++;
            continue;
        }
        tuple.t_data = page_item(page, item);
        tuple.t_len = item->lp_len;
        tuple.t_tableOid = RelationGetRelid(rel);
        ItemPointerSet(&tuple.t_self, buffer_block(buffer), offset);
        switch (HeapTupleSatisfiesVacuum(&tuple, oldest_xmin, buffer)) {
        case HEAPTUPLE_LIVE:
            (*live)++;
            offer(sampler, &tuple);
            break;
        case HEAPTUPLE_DEAD:
        case HEAPTUPLE_RECENTLY_DEAD:
            (*dead)++;
            break;
        case HEAPTUPLE_INSERT_IN_PROGRESS:
            if (xact_is_current(heap_tuple_raw_xmin(tuple.t_data))) {
                (*live)++;
                offer(sampler, &tuple);
            }
            break;
        case HEAPTUPLE_DELETE_IN_PROGRESS:
            if (xact_is_current(HeapTupleHeaderGetUpdateXid(tuple.t_data))) {
                (*dead)++;
            } else {
                (*live)++;
                offer(sampler, &tuple);
            }
            break;
        }
    }
    buffer_unlock(buffer);
}

void
heap_sample(Relation rel, int want, HeapSample *ret_sample)
{
    BlockNumber blocks = RelationGetNumberOfBlocks(rel), chosen = 0, wanted;
    BufferRing *ring = buffer_ring_create(BUFFER_RING_VACUUM);
    TransactionId oldest_xmin = procarray_oldest_nonremovable_xid(relation_horizon_kind(rel));
    Sampler sampler = {.rows = palloc(Max(want, 1) * sizeof(HeapTuple)), .want = want};
    double live = 0, dead = 0;

    pg_prng_seed(&sampler.random, pg_prng_uint64(&pg_global_prng_state));
    wanted = Min(blocks, (BlockNumber)want);
    /* Selection sampling: each block in turn with the chance that keeps the whole uniform. */
    for (BlockNumber block = 0; block < blocks && chosen < wanted; block++) {
        Buffer buffer;

        if (pg_prng_double(&sampler.random) * (blocks - block) >= wanted - chosen)
            continue;
        CHECK_FOR_INTERRUPTS();
        chosen++;
        buffer = buffer_read(relation_smgr(rel), MAIN_FORKNUM, block, BUFFER_READ_NORMAL, ring);
        sample_page(rel, buffer, oldest_xmin, &sampler, &live, &dead);
        buffer_release(buffer);
    }
    qsort(sampler.rows, sampler.count, sizeof(HeapTuple), compare_places);
    ret_sample->tuples = sampler.rows;
    ret_sample->count = sampler.count;
    ret_sample->pages = blocks;
    ret_sample->live = chosen > 0 ? live / chosen * blocks : 0;
    ret_sample->dead = chosen > 0 ? dead / chosen * blocks : 0;
    buffer_ring_free(ring);
}
