/*
 * fetch.c - one row: by place, along a HOT chain, from an index
 */
#include "heap_int.h"

bool
heap_fetch(Relation rel, Snapshot snapshot, HeapTuple tuple, Buffer *ret_buffer, bool keep_buffer)
{
    ItemPointerData tid = tuple->t_self;
    OffsetNumber offset = ItemPointerGetOffsetNumber(&tid);
    Buffer buffer = buffer_read(relation_smgr(rel), MAIN_FORKNUM, ItemPointerGetBlockNumber(&tid),
                                BUFFER_READ_NORMAL, NULL);
    Page page = buffer_page(buffer);
    bool visible;

    tuple->t_data = NULL;
    *ret_buffer = InvalidBuffer;
    buffer_lock(buffer, BUFFER_LOCK_SHARE);
    if (offset < FirstOffsetNumber || offset > page_max_offset(page) ||
        !item_id_is_normal(page_item_id(page, offset))) {
        buffer_unlock_release(buffer);
        return false;
    }
    tuple->t_data = page_item_at(page, offset);
    tuple->t_len = page_item_id(page, offset)->lp_len;
    tuple->t_tableOid = RelationGetRelid(rel);
    visible = HeapTupleSatisfiesVisibility(tuple, snapshot, buffer);
    buffer_unlock(buffer);
    if (visible || keep_buffer) {
        *ret_buffer = buffer;
        return visible;
    }
    buffer_release(buffer);
    tuple->t_data = NULL;
    return false;
}

bool
heap_hot_search_buffer(ItemPointer tid, Relation rel, Buffer buffer, Snapshot snapshot,
                       HeapTuple tuple, bool *ret_all_dead, bool first_call)
{
    Page page = buffer_page(buffer);
    BlockNumber block = ItemPointerGetBlockNumber(tid);
    OffsetNumber offset = ItemPointerGetOffsetNumber(tid);
    OffsetNumber max = page_max_offset(page);
    TransactionId prior_xmax = InvalidTransactionId;
    bool at_start = first_call, skip = !first_call;

    if (ret_all_dead != NULL)
        *ret_all_dead = first_call;
    while (offset >= FirstOffsetNumber && offset <= max) {
        ItemId item = page_item_id(page, offset);
        HeapTupleHeader tup;
        ItemPointerData ctid;

        if (!item_id_is_normal(item)) {
            if (!item_id_is_redirect(item) || !at_start)
                break;
            offset = item_id_redirect(item);
            at_start = false;
            continue;
        }
        tup = page_item(page, item);
        if (at_start && heap_tuple_is_heap_only(tup))
            break; /* the place was given to another row's later version */
        if (TransactionIdIsValid(prior_xmax) && heap_tuple_raw_xmin(tup) != prior_xmax)
            break;
        tuple->t_data = tup;
        tuple->t_len = item->lp_len;
        tuple->t_tableOid = RelationGetRelid(rel);
        ItemPointerSet(&tuple->t_self, block, offset);
        if (!skip && HeapTupleSatisfiesVisibility(tuple, snapshot, buffer)) {
            ItemPointerSetOffsetNumber(tid, offset);
            if (ret_all_dead != NULL)
                *ret_all_dead = false;
            return true;
        }
        skip = false;
        if (ret_all_dead != NULL && *ret_all_dead &&
            !HeapTupleIsSurelyDead(tuple, relation_horizon_kind(rel)))
            *ret_all_dead = false;
        if (!heap_tuple_is_hot_updated(tup))
            break;
        ctid = heap_tuple_ctid(tup);
        offset = ItemPointerGetOffsetNumberNoCheck(&ctid);
        at_start = false;
        prior_xmax = HeapTupleHeaderGetUpdateXid(tup);
    }
    return false;
}

bool
heap_hot_search(ItemPointer tid, Relation rel, Snapshot snapshot, bool *ret_all_dead)
{
    Buffer buffer = buffer_read(relation_smgr(rel), MAIN_FORKNUM, ItemPointerGetBlockNumber(tid),
                                BUFFER_READ_NORMAL, NULL);
    HeapTupleData tuple;
    bool found;

    buffer_lock(buffer, BUFFER_LOCK_SHARE);
    found = heap_hot_search_buffer(tid, rel, buffer, snapshot, &tuple, ret_all_dead, true);
    buffer_unlock_release(buffer);
    return found;
}

void
heap_get_latest_tid(Relation rel, Snapshot snapshot, ItemPointer tid)
{
    ItemPointerData at = *tid;
    TransactionId prior_xmax = InvalidTransactionId;

    for (;;) {
        Buffer buffer;
        HeapTupleData tuple = {.t_self = at};
        bool visible, ends;

        if (ItemPointerGetBlockNumber(&at) >= RelationGetNumberOfBlocks(rel))
            return;
        visible = heap_fetch(rel, snapshot, &tuple, &buffer, true);
        if (!BufferIsValid(buffer))
            return;
        if (TransactionIdIsValid(prior_xmax) &&
            heap_tuple_raw_xmin(tuple.t_data) != prior_xmax) {
            buffer_release(buffer);
            return;
        }
        if (visible)
            *tid = at;
        prior_xmax = HeapTupleHeaderGetUpdateXid(tuple.t_data);
        at = heap_tuple_ctid(tuple.t_data);
        ends = !TransactionIdIsValid(prior_xmax) || HeapTupleHeaderIsOnlyLocked(tuple.t_data) ||
               ItemPointerEquals(&tuple.t_self, &at);
        buffer_release(buffer);
        if (ends)
            return;
    }
}

/* --- from an index --- */

void
heap_index_fetch_begin(IndexFetch *fetch, Relation rel)
{
    fetch->rel = rel;
    fetch->buffer = InvalidBuffer;
}

void
heap_index_fetch_end(IndexFetch *fetch)
{
    if (fetch->buffer != InvalidBuffer)
        buffer_release(fetch->buffer);
    fetch->buffer = InvalidBuffer;
}

bool
heap_index_fetch(IndexFetch *fetch, const ItemPointerData *tid, Snapshot snapshot,
                 bool *ret_all_dead)
{
    BlockNumber block = ItemPointerGetBlockNumber(tid);
    Buffer before = fetch->buffer;
    bool found;

    fetch->buffer = InvalidBuffer;
    fetch->buffer = buffer_release_and_read(before, relation_smgr(fetch->rel), MAIN_FORKNUM, block);
    if (fetch->buffer != before)
        heap_prune_page_opt(fetch->rel, fetch->buffer);
    fetch->tid = *tid;
    buffer_lock(fetch->buffer, BUFFER_LOCK_SHARE);
    found = heap_hot_search_buffer(&fetch->tid, fetch->rel, fetch->buffer, snapshot, &fetch->tuple,
                                   ret_all_dead, true);
    buffer_unlock(fetch->buffer);
    if (found)
        HEAP_COUNT(fetch->rel, tuples_fetched, 1);
    return found;
}
