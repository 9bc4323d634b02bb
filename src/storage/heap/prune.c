/*
 * prune.c - removes the dead versions of a page, as far as that needs no index
 *
 * A HOT chain is: a line pointer that indexes name (the root), leading to its first version or, as a
 * redirect, to a later one; each version's ctid leads to the next. Dead versions at the head of a
 * chain go; the root becomes a redirect to the first that stays, or LP_DEAD where none does. LP_DEAD
 * pointers wait for vacuum to remove their index entries.
 *
 * Invariants PR1. A line pointer that an index may name becomes unused only in vacuum's second pass.
 *            PR2. A redirect leads to a normal, heap-only tuple.
 * Locks      cleanup lock: nobody looks at the page, since tuples move.
 * Crash      one record says it all; redo needs a cleanup lock, too.
 */
#include "heap_int.h"
#include "wal/wal.h"

typedef struct PruneState {
    Relation rel;
    Buffer buffer;
    HorizonKind horizon;
    TransactionId oldest_xmin;
    TransactionId prune_xid;    /* hint for the page */
    TransactionId conflict;     /* newest xid removed */
    int redirected_count, dead_count, unused_count;
    OffsetNumber redirected[PAGE_MAX_HEAP_ITEMS * 2];
    OffsetNumber dead[PAGE_MAX_HEAP_ITEMS];
    OffsetNumber unused[PAGE_MAX_HEAP_ITEMS];
    bool done[PAGE_MAX_HEAP_ITEMS + 1];
    int8 *htsv;
} PruneState;

static void
note_prunable(PruneState *state, TransactionId xid)
{
    if (TransactionIdIsValid(xid) &&
        (!TransactionIdIsValid(state->prune_xid) || xid < state->prune_xid))
        state->prune_xid = xid;
}

static bool
removable(PruneState *state, TransactionId dead_after)
{
    if (TransactionIdIsValid(state->oldest_xmin) && dead_after < state->oldest_xmin)
        return true;
    return horizon_xid_is_removable(state->horizon, dead_after);
}

static void
judge_tuples(PruneState *state)
{
    Page page = buffer_page(state->buffer);
    OffsetNumber max = page_max_offset(page);
    BlockNumber block = buffer_block(state->buffer);

    for (OffsetNumber offset = FirstOffsetNumber; offset <= max; offset++) {
        ItemId item = page_item_id(page, offset);
        HeapTupleData tuple;
        TransactionId dead_after;
        HTSV_Result result;

        state->htsv[offset] = -1;
        if (!item_id_is_normal(item))
            continue;
        tuple.t_data = page_item(page, item);
        tuple.t_len = item->lp_len;
        tuple.t_tableOid = RelationGetRelid(state->rel);
        ItemPointerSet(&tuple.t_self, block, offset);
        result = HeapTupleSatisfiesVacuumHorizon(&tuple, state->buffer, &dead_after);
        if (result == HEAPTUPLE_RECENTLY_DEAD && removable(state, dead_after))
            result = HEAPTUPLE_DEAD;
        state->htsv[offset] = (int8)result;
    }
}

static void
note_removed(PruneState *state, HeapTupleHeader tup)
{
    TransactionId xid = HeapTupleHeaderGetUpdateXid(tup);

    if (heap_tuple_xmin_committed(tup) && TransactionIdIsValid(xid) && xid > state->conflict)
        state->conflict = xid;
}

static void
make_unused(PruneState *state, OffsetNumber offset)
{
    state->unused[state->unused_count++] = offset;
    state->done[offset] = true;
}

static void
make_dead(PruneState *state, OffsetNumber offset)
{
    state->dead[state->dead_count++] = offset;
    state->done[offset] = true;
}

/* A heap-only tuple that no chain led to: its predecessor's update aborted. */
static int
prune_orphan(PruneState *state, OffsetNumber offset)
{
    HeapTupleHeader tup = page_item_at(buffer_page(state->buffer), offset);

    if (state->htsv[offset] != HEAPTUPLE_DEAD || heap_tuple_is_hot_updated(tup))
        return 0;
    make_unused(state, offset);
    note_removed(state, tup);
    return 1;
}

static bool
in_chain(const OffsetNumber *chain, int length, OffsetNumber offset)
{
    for (int i = 0; i < length; i++)
        if (chain[i] == offset)
            return true;
    return false;
}

/* The chain from its root. Returns how many tuples go. */
static int
prune_chain(PruneState *state, OffsetNumber root)
{
    Page page = buffer_page(state->buffer);
    OffsetNumber max = page_max_offset(page);
    OffsetNumber chain[PAGE_MAX_HEAP_ITEMS], offset = root, last_dead = InvalidOffsetNumber;
    ItemId root_item = page_item_id(page, root);
    TransactionId prior_xmax = InvalidTransactionId;
    int length = 0, removed = 0, i;

    if (item_id_is_normal(root_item) && heap_tuple_is_heap_only(page_item(page, root_item)))
        return 0;
    while (offset >= FirstOffsetNumber && offset <= max && !state->done[offset] &&
           length < PAGE_MAX_HEAP_ITEMS) {
        ItemId item = page_item_id(page, offset);
        HeapTupleHeader tup;
        ItemPointerData ctid;

        if (item_id_is_redirect(item)) {
            if (length > 0)
                break;
            chain[length++] = offset;
            offset = item_id_redirect(item);
            continue;
        }
        if (!item_id_is_normal(item) || in_chain(chain, length, offset))
            break; /* a damaged chain may lead back to itself; each member is taken once */
        tup = page_item(page, item);
        if (TransactionIdIsValid(prior_xmax) && heap_tuple_raw_xmin(tup) != prior_xmax)
            break;
        chain[length++] = offset;
        if (state->htsv[offset] == HEAPTUPLE_DEAD) {
            last_dead = offset;
            note_removed(state, tup);
        } else if (state->htsv[offset] == HEAPTUPLE_RECENTLY_DEAD ||
                   state->htsv[offset] == HEAPTUPLE_DELETE_IN_PROGRESS) {
            note_prunable(state, HeapTupleHeaderGetUpdateXid(tup));
            if (state->htsv[offset] == HEAPTUPLE_DELETE_IN_PROGRESS)
                break;
        } else {
            if (state->htsv[offset] == HEAPTUPLE_INSERT_IN_PROGRESS)
                note_prunable(state, heap_tuple_raw_xmin(tup));
            break;
        }
        if (!heap_tuple_is_hot_updated(tup))
            break;
        ctid = heap_tuple_ctid(tup);
        offset = ItemPointerGetOffsetNumberNoCheck(&ctid);
        prior_xmax = HeapTupleHeaderGetUpdateXid(tup);
    }
    if (last_dead == InvalidOffsetNumber) {
        if (length < 2 && item_id_is_redirect(root_item))
            make_dead(state, root); /* leads nowhere: what it led to was taken out by a crash */
        return 0;
    }
    for (i = 1; i < length && chain[i - 1] != last_dead; i++) {
        make_unused(state, chain[i]);
        removed++;
    }
    if (item_id_is_normal(root_item))
        removed++;
    if (i >= length) {
        make_dead(state, root);
    } else {
        state->redirected[state->redirected_count * 2] = root;
        state->redirected[state->redirected_count * 2 + 1] = chain[i];
        state->redirected_count++;
        state->done[root] = true;
    }
    return removed;
}

void
heap__prune_execute(Page page, const OffsetNumber *redirected, int redirected_count,
                    const OffsetNumber *dead, int dead_count, const OffsetNumber *unused,
                    int unused_count)
{
    for (int i = 0; i < redirected_count; i++) {
        OffsetNumber from, to;
        memcpy(&from, redirected + 2 * i, sizeof(from));
        memcpy(&to, redirected + 2 * i + 1, sizeof(to));
        item_id_set_redirect(page_item_id(page, from), to);
    }
    for (int i = 0; i < dead_count; i++)
        item_id_set_dead(page_item_id(page, dead[i]));
    for (int i = 0; i < unused_count; i++)
        item_id_set_unused(page_item_id(page, unused[i]));
    page_repair_fragmentation(page);
}

Size
heap__log_prune(Relation rel, Buffer buffer, TransactionId conflict,
                const OffsetNumber *redirected, int redirected_count, const OffsetNumber *dead,
                int dead_count, const OffsetNumber *unused, int unused_count)
{
    WalHeapPrune record = {.redirected = (uint16)redirected_count,
                           .dead = (uint16)dead_count,
                           .unused = (uint16)unused_count};

    memcpy(record.conflict_xid, &conflict, 6);
    wal_begin_insert();
    wal_register_data(&record, sizeof(record));
    buffer_wal_register(0, buffer, WAL_BLOCK_STANDARD);
    if (redirected_count > 0)
        wal_register_block_data(0, redirected, redirected_count * 2 * sizeof(OffsetNumber));
    if (dead_count > 0)
        wal_register_block_data(0, dead, dead_count * sizeof(OffsetNumber));
    if (unused_count > 0)
        wal_register_block_data(0, unused, unused_count * sizeof(OffsetNumber));
    page_set_lsn(buffer_page(buffer), wal_insert(WAL_RMGR_HEAP, WAL_HEAP_PRUNE));
    return sizeof(record);
}

void
heap__prune_page(Relation rel, Buffer buffer, TransactionId oldest_xmin,
                 HeapPruneResult *ret_result)
{
    Page page = buffer_page(buffer);
    OffsetNumber max = page_max_offset(page);
    PruneState state;

    state.rel = rel;
    state.buffer = buffer;
    state.horizon = relation_horizon_kind(rel);
    state.oldest_xmin = oldest_xmin;
    state.prune_xid = state.conflict = InvalidTransactionId;
    state.redirected_count = state.dead_count = state.unused_count = 0;
    state.htsv = ret_result->htsv;
    memset(state.done, 0, sizeof(state.done));
    ret_result->removed = 0;
    judge_tuples(&state);
    for (OffsetNumber offset = FirstOffsetNumber; offset <= max; offset++) {
        ItemId item = page_item_id(page, offset);
        if (!state.done[offset] && (item_id_is_normal(item) || item_id_is_redirect(item)))
            ret_result->removed += prune_chain(&state, offset);
    }
    for (OffsetNumber offset = FirstOffsetNumber; offset <= max; offset++)
        if (!state.done[offset] && item_id_is_normal(page_item_id(page, offset)) &&
            heap_tuple_is_heap_only(page_item_at(page, offset)))
            ret_result->removed += prune_orphan(&state, offset);
    ret_result->new_dead = state.dead_count;
    if (state.redirected_count > 0 || state.dead_count > 0 || state.unused_count > 0) {
        STOP_POINT("heap-prune-before");
        START_CRIT_SECTION();
        heap__prune_execute(page, state.redirected, state.redirected_count, state.dead,
                            state.dead_count, state.unused, state.unused_count);
        page_set_prune_xid(page, state.prune_xid);
        page_clear_flag(page, PAGE_FULL);
        buffer_mark_dirty(buffer);
        if (RelationNeedsWAL(rel))
            (void) heap__log_prune(rel, buffer, state.conflict, state.redirected,
                                   state.redirected_count, state.dead, state.dead_count,
                                   state.unused, state.unused_count);
        END_CRIT_SECTION();
        STOP_POINT("heap-prune-after");
    } else if (page_prune_xid(page) != state.prune_xid || page_has_flag(page, PAGE_FULL)) {
        page_set_prune_xid(page, state.prune_xid);
        page_clear_flag(page, PAGE_FULL);
        buffer_mark_dirty_hint(buffer, true);
    }
}

void
heap_prune_page_opt(Relation rel, Buffer buffer)
{
    Page page = buffer_page(buffer);
    TransactionId prune_xid = page_prune_xid(page);
    Size wanted;

    if (likely(!TransactionIdIsValid(prune_xid)) || !wal_insert_allowed() ||
        !horizon_xid_is_removable(relation_horizon_kind(rel), prune_xid))
        return;
    wanted = Max(RelationGetTargetPageFreeSpace(rel, HEAP_DEFAULT_FILLFACTOR), BLCKSZ / 10);
    if (!page_has_flag(page, PAGE_FULL) && page_heap_free_space(page) >= wanted)
        return;
    if (!buffer_conditional_lock_for_cleanup(buffer))
        return;
    if (page_has_flag(page, PAGE_FULL) || page_heap_free_space(page) < wanted) {
        HeapPruneResult result;
        heap__prune_page(rel, buffer, InvalidTransactionId, &result);
    }
    buffer_unlock(buffer);
}

/* roots has PAGE_MAX_HEAP_ITEMS + 1 members. */
void
heap__get_root_tuples(Page page, OffsetNumber *roots)
{
    OffsetNumber max = page_max_offset(page);

    memset(roots, 0, (PAGE_MAX_HEAP_ITEMS + 1) * sizeof(OffsetNumber));
    for (OffsetNumber root = FirstOffsetNumber; root <= max; root++) {
        ItemId item = page_item_id(page, root);
        TransactionId prior_xmax = InvalidTransactionId;
        OffsetNumber offset = root;

        if (item_id_is_normal(item)) {
            if (heap_tuple_is_heap_only(page_item(page, item)))
                continue;
        } else if (item_id_is_redirect(item)) {
            offset = item_id_redirect(item);
        } else {
            continue;
        }
        while (offset >= FirstOffsetNumber && offset <= max) {
            HeapTupleHeader tup;
            ItemPointerData ctid;

            item = page_item_id(page, offset);
            if (!item_id_is_normal(item))
                break;
            tup = page_item(page, item);
            if (TransactionIdIsValid(prior_xmax) && heap_tuple_raw_xmin(tup) != prior_xmax)
                break;
            roots[offset] = root;
            if (!heap_tuple_is_hot_updated(tup))
                break;
            ctid = heap_tuple_ctid(tup);
            offset = ItemPointerGetOffsetNumberNoCheck(&ctid);
            prior_xmax = HeapTupleHeaderGetUpdateXid(tup);
        }
    }
}
