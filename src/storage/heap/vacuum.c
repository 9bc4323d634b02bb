/*
 * vacuum.c - gives back the room of dead rows
 *
 * Pass 1 reads the pages (all-visible ones may be skipped), prunes each, freezes what is old,
 * collects the LP_DEAD line pointers. When their list is full, or at the end: pass 2 removes their
 * index entries, pass 3 makes them unused. Then the map bits are set, empty pages at the end are
 * cut off, and free space is recorded.
 *
 * Invariants V1. A line pointer becomes unused only after every index has lost its entries (PR1).
 *            V2. A page is set all-visible only if every row on it is seen by all: xmin below
 *                oldest_xmin, no end.
 *            V3. Pages skipped hold nothing that moves new_frozen_xid: unless all-frozen they make
 *                it unknown.
 * Locks      ShareUpdateExclusive on the table, by the caller; cleanup lock on a page in pass 1,
 *            where it can be had at once (else the page is only looked at); AccessExclusive, if it
 *            can be had, to truncate.
 * Crash      each step is one record; vacuum just starts over.
 */
#include "heap_int.h"
#include "memory/memory.h"
#include "wal/wal.h"
#include "xact/inval.h"

#define SKIP_PAGES_THRESHOLD 32      /* shorter stretches are read: read-ahead is worth more */
#define TRUNCATE_MIN_BLOCKS 1000
#define TRUNCATE_FRACTION 16
#define DEAD_TIDS_MIN 1024
#define FREEZE_MIN_AGE 50000000
#define DEAD_TIDS_BYTES_DEFAULT ((Size)64 * 1024 * 1024)
#define BYPASS_PAGES_FRACTION 0.02
#define BYPASS_TIDS_MAX ((int64)32 * 1024)

typedef struct VacuumState {
    Relation rel;
    Relation *indexes;
    int index_count;
    const HeapVacuumParams *params;
    HeapVacuumStats *stats;
    BufferRing *ring;
    HeapFreezeLimits limits;
    TransactionId oldest_xmin;
    BlockNumber blocks;
    BlockNumber non_empty;      /* pages up to here hold something */
    bool skipped_unfrozen;
    ItemPointerData *dead;      /* ascending */
    int64 dead_count, dead_max;
    BlockNumber dead_pages;
    bool bypass_indexes;
    double scanned_live;
    Buffer vmbuffer;
    BlockNumber fsm_done;
} VacuumState;

/* --- the list of dead --- */

static bool
tid_is_dead(const ItemPointerData *tid, void *arg)
{
    VacuumState *state = arg;
    int64 low = 0, high = state->dead_count;

    while (low < high) {
        int64 middle = low + (high - low) / 2;
        int order = ItemPointerCompare(&state->dead[middle], tid);
        if (order == 0)
            return true;
        if (order < 0)
            low = middle + 1;
        else
            high = middle;
    }
    return false;
}

static void
make_dead_list(VacuumState *state)
{
    Size bytes = state->params->dead_tids_bytes != 0 ? state->params->dead_tids_bytes
                                                      : DEAD_TIDS_BYTES_DEFAULT;
    int64 max = (int64)(bytes / sizeof(ItemPointerData));

    max = Min(max, (int64)state->blocks * PAGE_MAX_HEAP_ITEMS);
    max = Max(max, Max(DEAD_TIDS_MIN, 2 * PAGE_MAX_HEAP_ITEMS));
    state->dead_max = max;
    state->dead = MemoryContextAllocHuge(CurrentMemoryContext, max * sizeof(ItemPointerData));
}

/* --- pass 2 and 3 --- */

static void
vacuum_indexes(VacuumState *state)
{
    for (int i = 0; i < state->index_count; i++) {
        Relation index = state->indexes[i];
        CHECK_FOR_INTERRUPTS();
        state->stats->index_stats[i] = index->rd_indam->bulk_delete(
            index, state->stats->index_stats[i], tid_is_dead, state);
    }
    state->stats->index_scans++;
}

typedef struct PageVerdict {
    bool all_visible;
    bool all_frozen;
    TransactionId visible_xid; /* newest xmin on the page */
} PageVerdict;

/* V2, after the dead are gone. */
static void
judge_visible(VacuumState *state, Buffer buffer, PageVerdict *ret)
{
    Page page = buffer_page(buffer);
    OffsetNumber max = page_max_offset(page);

    *ret = (PageVerdict){true, true, InvalidTransactionId};
    for (OffsetNumber offset = FirstOffsetNumber; offset <= max && ret->all_visible; offset++) {
        ItemId item = page_item_id(page, offset);
        HeapTupleData tuple;
        HeapTupleHeader tup;

        if (item_id_is_dead(item)) {
            ret->all_visible = false;
            break;
        }
        if (!item_id_is_normal(item))
            continue;
        tup = tuple.t_data = page_item(page, item);
        tuple.t_len = item->lp_len;
        tuple.t_tableOid = RelationGetRelid(state->rel);
        ItemPointerSet(&tuple.t_self, buffer_block(buffer), offset);
        if (HeapTupleSatisfiesVacuum(&tuple, state->oldest_xmin, buffer) != HEAPTUPLE_LIVE ||
            !heap_tuple_xmin_committed(tup) ||
            (!heap_tuple_xmin_frozen(tup) && heap_tuple_raw_xmin(tup) >= state->oldest_xmin)) {
            ret->all_visible = false;
            break;
        }
        if (!heap_tuple_xmin_frozen(tup)) {
            ret->all_frozen = false;
            if (heap_tuple_raw_xmin(tup) > ret->visible_xid)
                ret->visible_xid = heap_tuple_raw_xmin(tup);
        }
        if ((heap_tuple_infomask(tup) & HEAP_XMAX_INVALID) == 0)
            ret->all_frozen = false;
    }
    ret->all_frozen = ret->all_frozen && ret->all_visible;
}

static void
set_visible(VacuumState *state, Buffer buffer, const PageVerdict *verdict)
{
    Page page = buffer_page(buffer);
    uint8 bits = VM_ALL_VISIBLE | (verdict->all_frozen ? VM_ALL_FROZEN : 0);

    if (!page_has_flag(page, PAGE_ALL_VISIBLE)) {
        page_set_flag(page, PAGE_ALL_VISIBLE);
        buffer_mark_dirty(buffer);
    }
    vm_set(state->rel, buffer_block(buffer), buffer, InvalidXLogRecPtr, state->vmbuffer,
           verdict->visible_xid, bits);
}

/* Makes dead[first..] of one page unused; returns how many they were. */
static int64
reap_page(VacuumState *state, Buffer buffer, int64 first)
{
    Page page = buffer_page(buffer);
    BlockNumber block = buffer_block(buffer);
    OffsetNumber unused[PAGE_MAX_HEAP_ITEMS];
    uint16 count = 0;
    PageVerdict verdict;

    START_CRIT_SECTION();
    while (first + count < state->dead_count &&
           ItemPointerGetBlockNumber(&state->dead[first + count]) == block) {
        OffsetNumber offset = ItemPointerGetOffsetNumber(&state->dead[first + count]);
        Assert(item_id_is_dead(page_item_id(page, offset)) &&
               !item_id_has_storage(page_item_id(page, offset)));
        item_id_set_unused(page_item_id(page, offset));
        unused[count++] = offset;
    }
    page_truncate_lines(page);
    page_set_flag(page, PAGE_HAS_FREE_LINES);
    buffer_mark_dirty(buffer);
    if (RelationNeedsWAL(state->rel)) {
        wal_begin_insert();
        wal_register_data(&count, sizeof(count));
        buffer_wal_register(0, buffer, WAL_BLOCK_STANDARD);
        wal_register_block_data(0, unused, count * sizeof(OffsetNumber));
        page_set_lsn(page, wal_insert(WAL_RMGR_HEAP, WAL_HEAP_VACUUM));
    }
    END_CRIT_SECTION();
    judge_visible(state, buffer, &verdict);
    if (verdict.all_visible)
        set_visible(state, buffer, &verdict);
    return count;
}

static void
reap_heap(VacuumState *state)
{
    for (int64 i = 0; i < state->dead_count;) {
        BlockNumber block = ItemPointerGetBlockNumber(&state->dead[i]);
        Buffer buffer;
        Size free;

        CHECK_FOR_INTERRUPTS();
        if (state->params->delay != NULL)
            state->params->delay();
        vm_pin(state->rel, block, &state->vmbuffer);
        buffer = buffer_read(relation_smgr(state->rel), MAIN_FORKNUM, block, BUFFER_READ_NORMAL,
                             state->ring);
        buffer_lock(buffer, BUFFER_LOCK_EXCLUSIVE);
        i += reap_page(state, buffer, i);
        free = page_heap_free_space(buffer_page(buffer));
        buffer_unlock_release(buffer);
        fsm_record(state->rel, block, free);
    }
}

static void
clean_up_dead(VacuumState *state, bool at_end)
{
    if (state->dead_count == 0)
        return;
    state->stats->dead_item_ids += state->dead_count;
    if (state->params->index_cleanup_off ||
        (at_end && state->stats->index_scans == 0 && state->index_count > 0 &&
         state->dead_pages < state->blocks * BYPASS_PAGES_FRACTION &&
         state->dead_count < BYPASS_TIDS_MAX && state->blocks > 100))
        state->bypass_indexes = true; /* few enough to leave for another time */
    if (!state->bypass_indexes) {
        STOP_POINT("vacuum-before-indexes");
        vacuum_indexes(state);
        STOP_POINT("vacuum-before-reap");
        reap_heap(state);
    }
    state->dead_count = 0;
    state->dead_pages = 0;
}

/* --- pass 1 --- */

static void
freeze_page(VacuumState *state, Buffer buffer, WalHeapFreeze *plans, int count)
{
    Page page = buffer_page(buffer);

    if (count == 0)
        return;
    START_CRIT_SECTION();
    for (int i = 0; i < count; i++)
        heap__apply_freeze(page_item_at(page, plans[i].offset), &plans[i]);
    buffer_mark_dirty(buffer);
    if (RelationNeedsWAL(state->rel)) {
        uint16 number = (uint16)count;
        wal_begin_insert();
        wal_register_data(&number, sizeof(number));
        buffer_wal_register(0, buffer, WAL_BLOCK_STANDARD);
        wal_register_block_data(0, plans, count * sizeof(WalHeapFreeze));
        page_set_lsn(page, wal_insert(WAL_RMGR_HEAP, WAL_HEAP_FREEZE));
    }
    END_CRIT_SECTION();
    state->stats->tuples_frozen += count;
    state->stats->pages_frozen++;
}

/* Cleanup lock is held. */
static void
prune_and_freeze(VacuumState *state, Buffer buffer)
{
    Page page = buffer_page(buffer);
    BlockNumber block = buffer_block(buffer);
    HeapPruneResult prune;
    WalHeapFreeze plans[PAGE_MAX_HEAP_ITEMS];
    int plan_count = 0, dead = 0;
    OffsetNumber max;
    PageVerdict verdict;
    bool has_tuples = false;

    heap__prune_page(state->rel, buffer, state->oldest_xmin, &prune);
    state->stats->tuples_removed += prune.removed;
    max = page_max_offset(page);
    for (OffsetNumber offset = FirstOffsetNumber; offset <= max; offset++) {
        ItemId item = page_item_id(page, offset);
        bool frozen;

        if (item_id_is_dead(item)) { /* will be unused: keeps no page from being cut off */
            ItemPointerSet(&state->dead[state->dead_count++], block, offset);
            dead++;
            continue;
        }
        if (item_id_is_used(item))
            has_tuples = true;
        if (!item_id_is_normal(item))
            continue;
        switch ((HTSV_Result)prune.htsv[offset]) {
        case HEAPTUPLE_LIVE:
        case HEAPTUPLE_DELETE_IN_PROGRESS:
            state->scanned_live++;
            break;
        default:
            state->stats->tuples_kept++;
            break;
        }
        if (heap__plan_freeze(page_item(page, item), &state->limits, &plans[plan_count], &frozen))
            plans[plan_count++].offset = offset;
    }
    if (dead > 0) {
        state->dead_pages++;
        state->stats->pages_with_dead++;
    }
    if (has_tuples)
        state->non_empty = block + 1;
    freeze_page(state, buffer, plans, plan_count);
    judge_visible(state, buffer, &verdict);
    if (verdict.all_visible) {
        set_visible(state, buffer, &verdict);
    } else if (dead > 0 && page_has_flag(page, PAGE_ALL_VISIBLE)) {
        /* V1 of the map broken by somebody: heal it, and say so. */
        elog(WARNING, "page containing dead tuples is marked as all-visible in relation \"%s\" page %u",
             RelationGetRelationName(state->rel), block);
        page_clear_flag(page, PAGE_ALL_VISIBLE);
        buffer_mark_dirty(buffer);
        (void) vm_clear(state->rel, block, state->vmbuffer, VM_VALID_BITS);
    }
}

/* Others look at the page: count, and let what cannot be frozen hold back the limit. Share-locked. */
static void
look_only(VacuumState *state, Buffer buffer)
{
    Page page = buffer_page(buffer);
    OffsetNumber max = page_max_offset(page);
    bool dead = false;

    for (OffsetNumber offset = FirstOffsetNumber; offset <= max; offset++) {
        ItemId item = page_item_id(page, offset);
        HeapTupleData tuple;
        WalHeapFreeze plan;
        HeapFreezeLimits none = state->limits;
        bool frozen;

        if (!item_id_is_used(item))
            continue;
        state->non_empty = buffer_block(buffer) + 1;
        if (!item_id_is_normal(item)) {
            dead = dead || item_id_is_dead(item);
            continue;
        }
        tuple.t_data = page_item(page, item);
        tuple.t_len = item->lp_len;
        tuple.t_tableOid = RelationGetRelid(state->rel);
        ItemPointerSet(&tuple.t_self, buffer_block(buffer), offset);
        none.freeze_limit = InvalidTransactionId;
        none.multi_limit = InvalidMultiXactId;
        (void) heap__plan_freeze(tuple.t_data, &none, &plan, &frozen);
        state->limits.oldest_xid = none.oldest_xid;
        state->limits.oldest_multi = none.oldest_multi;
        switch (HeapTupleSatisfiesVacuum(&tuple, state->oldest_xmin, buffer)) {
        case HEAPTUPLE_LIVE:
        case HEAPTUPLE_DELETE_IN_PROGRESS:
            state->scanned_live++;
            break;
        case HEAPTUPLE_DEAD:
            state->stats->tuples_missed_dead++;
            dead = true;
            break;
        default:
            state->stats->tuples_kept++;
            break;
        }
    }
    if (dead)
        state->stats->missed_dead_pages++;
}

static void
vacuum_page(VacuumState *state, BlockNumber block)
{
    Buffer buffer;
    Page page;
    Size free;

    vm_pin(state->rel, block, &state->vmbuffer);
    buffer = buffer_read(relation_smgr(state->rel), MAIN_FORKNUM, block, BUFFER_READ_NORMAL,
                         state->ring);
    page = buffer_page(buffer);
    state->stats->pages_scanned++;
    if (!buffer_conditional_lock_for_cleanup(buffer)) {
        if (state->params->aggressive || state->params->freeze_all) {
            buffer_lock_for_cleanup(buffer);
        } else {
            buffer_lock(buffer, BUFFER_LOCK_SHARE);
            if (!page_is_new(page))
                look_only(state, buffer);
            free = page_is_new(page) ? 0 : page_heap_free_space(page);
            buffer_unlock_release(buffer);
            fsm_record(state->rel, block, free);
            return;
        }
    }
    if (page_is_new(page)) {
        buffer_unlock_release(buffer);
        fsm_record(state->rel, block, BLCKSZ - PAGE_HEADER_SIZE - sizeof(ItemIdData));
        return;
    }
    prune_and_freeze(state, buffer);
    free = page_heap_free_space(page);
    buffer_unlock_release(buffer);
    fsm_record(state->rel, block, free);
    STOP_POINT("vacuum-page-done");
}

/* May this page be left out? */
static bool
skippable(VacuumState *state, BlockNumber block, Buffer *map)
{
    uint8 bits;

    if (state->params->disable_page_skipping || block == state->blocks - 1)
        return false;
    bits = vm_status(state->rel, block, map);
    if ((bits & VM_ALL_VISIBLE) == 0)
        return false;
    if ((bits & VM_ALL_FROZEN) != 0)
        return true;
    return !(state->params->aggressive || state->params->freeze_all);
}

static void
scan_heap(VacuumState *state)
{
    Buffer map = InvalidBuffer;
    BlockNumber next = 0;

    while (next < state->blocks) {
        BlockNumber run = next;
        bool unfrozen = false;

        while (run < state->blocks && skippable(state, run, &map)) {
            if ((vm_status(state->rel, run, &map) & VM_ALL_FROZEN) == 0)
                unfrozen = true;
            run++;
        }
        if (run - next >= SKIP_PAGES_THRESHOLD) {
            state->skipped_unfrozen = state->skipped_unfrozen || unfrozen;
            state->non_empty = run;
            next = run;
            continue;
        }
        for (; next <= run && next < state->blocks; next++) {
            CHECK_FOR_INTERRUPTS();
            if (state->params->delay != NULL)
                state->params->delay();
            if (state->dead_max - state->dead_count < PAGE_MAX_HEAP_ITEMS) {
                clean_up_dead(state, false);
                fsm_vacuum_range(state->rel, state->fsm_done, next);
                state->fsm_done = next;
            }
            vacuum_page(state, next);
            if (state->params->progress != NULL)
                state->params->progress(1, next, 0, state->params->arg);
        }
    }
    if (map != InvalidBuffer)
        buffer_release(map);
}

/* --- truncation --- */

static bool
worth_truncating(VacuumState *state)
{
    BlockNumber possible = state->blocks - state->non_empty;

    if (state->params->no_truncate ||
        (state->rel->rd_options != NULL && !state->rel->rd_options->vacuum_truncate))
        return false;
    return possible > 0 &&
           (possible >= TRUNCATE_MIN_BLOCKS || possible >= state->blocks / TRUNCATE_FRACTION);
}

/* Under the exclusive lock: the last page with anything on it, plus one. */
static BlockNumber
count_non_empty(VacuumState *state, BlockNumber blocks)
{
    while (blocks > state->non_empty) {
        Buffer buffer = buffer_read(relation_smgr(state->rel), MAIN_FORKNUM, blocks - 1,
                                    BUFFER_READ_NORMAL, state->ring);
        Page page = buffer_page(buffer);
        bool used = false;

        buffer_lock(buffer, BUFFER_LOCK_SHARE);
        for (OffsetNumber offset = FirstOffsetNumber;
             !page_is_new(page) && offset <= page_max_offset(page) && !used; offset++)
            used = item_id_is_used(page_item_id(page, offset));
        buffer_unlock_release(buffer);
        if (used)
            break;
        blocks--;
        CHECK_FOR_INTERRUPTS();
    }
    return blocks;
}

static void
truncate_heap(VacuumState *state)
{
    Relation rel = state->rel;
    Oid database = rel->rd_locator.dbOid;
    BlockNumber blocks, keep;

    if (!lock_relation_in_conditional(database, RelationGetRelid(rel), AccessExclusiveLock))
        return; /* in use: another vacuum will */
    blocks = RelationGetNumberOfBlocks(rel);
    if (blocks == state->blocks) {
        keep = count_non_empty(state, blocks);
        if (keep < blocks) {
            BlockNumber fsm_blocks = fsm_prepare_truncate(rel, keep);
            BlockNumber vm_blocks = vm_prepare_truncate(rel, keep);

            relation_smgr(rel)->target_block = InvalidBlockNumber;
            STOP_POINT("vacuum-truncate");
            smgr_truncate_relation(relation_smgr(rel), keep, fsm_blocks, vm_blocks);
            inval_send_smgr(&rel->rd_locator); /* others forget the length they know */
            state->stats->pages_removed = blocks - keep;
            state->blocks = keep;
        }
    }
    unlock_relation_in(database, RelationGetRelid(rel), AccessExclusiveLock);
}

/* --- the whole --- */

static void
set_limits(VacuumState *state)
{
    const HeapVacuumParams *params = state->params;
    HeapFreezeLimits *limits = &state->limits;

    state->oldest_xmin = procarray_oldest_nonremovable_xid(relation_horizon_kind(state->rel));
    limits->oldest_xmin = state->oldest_xmin;
    if (params->freeze_all)
        limits->freeze_limit = state->oldest_xmin;
    else if (TransactionIdIsValid(params->freeze_limit))
        limits->freeze_limit = Min(params->freeze_limit, state->oldest_xmin);
    else
        limits->freeze_limit =
            state->oldest_xmin > FREEZE_MIN_AGE ? state->oldest_xmin - FREEZE_MIN_AGE : 0;
    limits->multi_limit = params->freeze_all || MultiXactIdIsValid(params->multi_limit)
                              ? multixact_oldest_needed()
                              : InvalidMultiXactId;
    if (MultiXactIdIsValid(params->multi_limit) && !params->freeze_all)
        limits->multi_limit = Min(limits->multi_limit, params->multi_limit);
    limits->oldest_xid = state->oldest_xmin;
    limits->oldest_multi = multixact_next();
}

static double
estimate_live(VacuumState *state)
{
    double old_density;
    double old_tuples = state->rel->rd_rel->reltuples;
    BlockNumber old_pages = (BlockNumber)Max(state->rel->rd_rel->relpages, 0);
    BlockNumber scanned = state->stats->pages_scanned;

    if (scanned >= state->stats->pages_before)
        return state->scanned_live;
    if (scanned == 0 || (old_pages == state->stats->pages_before &&
                         scanned < state->stats->pages_before * 0.02))
        return old_tuples < 0 ? state->scanned_live : old_tuples;
    if (old_tuples < 0 || old_pages == 0)
        return state->scanned_live / scanned * state->stats->pages_before;
    old_density = old_tuples / old_pages;
    return old_density * (state->stats->pages_before - scanned) + state->scanned_live;
}

static void
clean_up_indexes(VacuumState *state)
{
    for (int i = 0; i < state->index_count; i++) {
        Relation index = state->indexes[i];
        state->stats->index_stats[i] =
            index->rd_indam->vacuum_cleanup(index, state->stats->index_stats[i]);
    }
}

void
heap_vacuum(Relation rel, Relation *indexes, int index_count, const HeapVacuumParams *params,
            HeapVacuumStats *ret_stats)
{
    VacuumState state = {.rel = rel,
                         .indexes = indexes,
                         .index_count = index_count,
                         .params = params,
                         .stats = ret_stats,
                         .vmbuffer = InvalidBuffer};

    memset(ret_stats, 0, sizeof(*ret_stats));
    ret_stats->index_stats = palloc0(Max(index_count, 1) * sizeof(IndexBulkStats *));
    state.ring = params->ring != NULL ? params->ring : buffer_ring_create(BUFFER_RING_VACUUM);
    set_limits(&state);
    state.blocks = RelationGetNumberOfBlocks(rel);
    ret_stats->pages_before = state.blocks;
    ret_stats->oldest_xmin = state.oldest_xmin;
    make_dead_list(&state);
    scan_heap(&state);
    clean_up_dead(&state, true);
    fsm_vacuum_range(rel, state.fsm_done, state.blocks);
    if (!params->index_cleanup_off)
        clean_up_indexes(&state);
    if (state.vmbuffer != InvalidBuffer)
        buffer_release(state.vmbuffer);
    ret_stats->tuples_live = estimate_live(&state);
    if (worth_truncating(&state))
        truncate_heap(&state);
    ret_stats->pages_after = state.blocks;
    vm_count(rel, &ret_stats->all_visible_pages, &ret_stats->all_frozen_pages);
    if (!state.skipped_unfrozen) {
        ret_stats->new_frozen_xid = state.limits.oldest_xid;
        ret_stats->new_min_multi = state.limits.oldest_multi;
    }
    pfree(state.dead);
    if (params->ring == NULL)
        buffer_ring_free(state.ring);
}
