/*
 * split.c - a full page becomes two; the tree grows
 *
 *   left page, flagged INCOMPLETE_SPLIT -- right page made --> [crash: readers go right]
 *      --> parent gets the downlink, and the flag goes, in one record
 *
 * Invariants SP1. A page with INCOMPLETE_SPLIT has a right sibling without downlink. Whoever means to
 *                 change a page with the flag completes the split first.
 *            SP2. high key of left < every key of right.
 * Locks      left, right, right's old sibling; then, those held, the parent.
 */
#include "btree_int.h"

#define SPLIT_ITEMS_MAX (BTREE_MAX_ITEMS + 1)

typedef struct SplitPlan {
    int count;       /* items, the new one with them */
    int new_index;   /* of the new item among them */
    int split;       /* items [0, split) stay */
    OffsetNumber first_right; /* old line that goes right first */
    bool new_on_left;
} SplitPlan;

typedef struct SplitItems {
    Page page;
    OffsetNumber first;  /* line of the first data item */
    int new_index;
    IndexTuple new_item;
} SplitItems;

static IndexTuple
item_of(const SplitItems *items, int i)
{
    if (i == items->new_index)
        return items->new_item;
    return page_item_at(items->page,
                        (OffsetNumber)(items->first + i - (i > items->new_index ? 1 : 0)));
}

/*
 * Where to cut: so that both sides have equal room, but for the rightmost page of a level, where
 * rising keys would leave every page half empty: there the left one is filled to the fillfactor.
 */
static void
choose_split(Relation index, const SplitItems *items, SplitPlan *plan, bool rightmost, bool is_leaf,
             Size right_high_key)
{
    Size space = BLCKSZ - PAGE_HEADER_SIZE - sizeof(BtreePageOpaque);
    Size total = 0, left = 0;
    double share = 0.5, best_distance = 0;
    int best = -1;

    for (int i = 0; i < plan->count; i++)
        total += IndexTupleSize(item_of(items, i)) + sizeof(ItemIdData);
    if (rightmost && is_leaf)
        share = RelationGetFillFactor(index, BTREE_DEFAULT_FILLFACTOR) / 100.0;
    else if (rightmost)
        share = 0.7;
    for (int i = 1; i < plan->count; i++) {
        Size high_key = IndexTupleSize(item_of(items, i)) + sizeof(ItemPointerData) +
                        sizeof(ItemIdData);
        Size left_used, right_used;
        double distance;

        left += IndexTupleSize(item_of(items, i - 1)) + sizeof(ItemIdData);
        left_used = left + high_key;
        right_used = total - left + right_high_key;
        if (left_used > space || right_used > space)
            continue;
        distance = rightmost && i == plan->count - 1 && items->new_index == plan->count - 1 &&
                           left_used <= space * share
                       ? 0
                       : (double)left_used * (1 - share) - (double)right_used * share;
        if (distance < 0)
            distance = -distance;
        if (best < 0 || distance < best_distance) {
            best = i;
            best_distance = distance;
        }
    }
    if (best < 0)
        elog(ERROR, "could not find a feasible split point for index \"%s\"",
             RelationGetRelationName(index));
    plan->split = best;
    plan->new_index = items->new_index;
    plan->new_on_left = items->new_index < best;
    plan->first_right = (OffsetNumber)(items->first + best - (plan->new_on_left ? 1 : 0));
}

static void
append(Page page, const void *item, Size size)
{
    if (page_add_item(page, item, size, (OffsetNumber)(page_max_offset(page) + 1), 0) ==
        InvalidOffsetNumber)
        elog(PANIC, "failed to add item in index page split");
}

void
btree__rebuild_left(Page old, Page to, const void *high_key, OffsetNumber first_right,
                    const void *new_item, OffsetNumber new_offset)
{
    OffsetNumber first = btree_first_data_key(btree_page_opaque(old));

    btree__init_page(to);
    *btree_page_opaque(to) = *btree_page_opaque(old);
    append(to, high_key, IndexTupleSize(high_key));
    for (OffsetNumber offset = first; offset < first_right; offset++) {
        ItemId item = page_item_id(old, offset);
        if (new_item != NULL && offset == new_offset)
            append(to, new_item, IndexTupleSize(new_item));
        append(to, page_item(old, item), item->lp_len);
    }
    if (new_item != NULL && new_offset >= first_right)
        append(to, new_item, IndexTupleSize(new_item));
}

void
btree__add_items(Page page, const char *items, Size length)
{
    for (const char *at = items; at < items + length;) {
        Size size = IndexTupleSize(at);
        append(page, at, size);
        at += size;
    }
}

/* Items of a page, one after the other; palloc'd. */
static char *
collect_items(Page page, uint32 *ret_length)
{
    char *bytes = palloc(BLCKSZ), *to = bytes;

    for (OffsetNumber offset = 1; offset <= page_max_offset(page); offset++) {
        ItemId item = page_item_id(page, offset);
        memcpy(to, page_item(page, item), item->lp_len);
        to += item->lp_len;
    }
    *ret_length = (uint32)(to - bytes);
    return bytes;
}

static void
fill_right(Page right, const SplitItems *items, const SplitPlan *plan, bool is_leaf)
{
    if (items->first == 2)
        append(right, page_item_at(items->page, 1), page_item_id(items->page, 1)->lp_len);
    for (int i = plan->split; i < plan->count; i++) {
        IndexTuple item = item_of(items, i);
        if (i == plan->split && !is_leaf) {
            IndexTuple lowest = btree__minus_infinity(btree_tuple_child(item));
            append(right, lowest, IndexTupleSize(lowest));
            pfree(lowest);
        } else {
            append(right, item, IndexTupleSize(item));
        }
    }
}

static IndexTuple
make_high_key(Relation index, const SplitItems *items, const SplitPlan *plan, bool is_leaf)
{
    if (is_leaf)
        return btree__truncate(index, item_of(items, plan->split - 1),
                               item_of(items, plan->split));
    return btree__copy_tuple(item_of(items, plan->split));
}

typedef struct SplitBuffers {
    Buffer left, right, sibling, child;
} SplitBuffers;

static void
log_split(const SplitBuffers *buffers, const SplitPlan *plan, OffsetNumber first,
          IndexTuple new_item, IndexTuple high_key, const char *right_items, uint32 right_length)
{
    BtreePageOpaque *left = btree_page_opaque(buffer_page(buffers->left));
    BtreePageOpaque *right = btree_page_opaque(buffer_page(buffers->right));
    WalBtreeSplit record = {.old_next = right->next,
                            .level = left->level,
                            .first_right = plan->first_right,
                            .new_offset = (uint16)(first + plan->new_index),
                            .cycle = left->cycle,
                            .new_on_left = plan->new_on_left};
    XLogRecPtr lsn;

    wal_begin_insert();
    wal_register_data(&record, sizeof(record));
    buffer_wal_register(0, buffers->left, WAL_BLOCK_STANDARD);
    wal_register_block_data(0, high_key, (uint32)IndexTupleSize(high_key));
    if (plan->new_on_left)
        wal_register_block_data(0, new_item, (uint32)IndexTupleSize(new_item));
    buffer_wal_register(1, buffers->right, WAL_BLOCK_WILL_INIT);
    wal_register_block_data(1, right_items, right_length);
    if (buffers->sibling != InvalidBuffer)
        buffer_wal_register(2, buffers->sibling, WAL_BLOCK_STANDARD);
    if (buffers->child != InvalidBuffer)
        buffer_wal_register(3, buffers->child, WAL_BLOCK_STANDARD);
    lsn = wal_insert(WAL_RMGR_BTREE, WAL_BTREE_SPLIT);
    page_set_lsn(buffer_page(buffers->left), lsn);
    page_set_lsn(buffer_page(buffers->right), lsn);
    if (buffers->sibling != InvalidBuffer)
        page_set_lsn(buffer_page(buffers->sibling), lsn);
    if (buffers->child != InvalidBuffer)
        page_set_lsn(buffer_page(buffers->child), lsn);
}

void
btree__split_page(Relation index, Buffer buffer, Buffer child, BtreeStack *stack, IndexTuple itup,
                  OffsetNumber offset)
{
    Page page = buffer_page(buffer);
    BtreePageOpaque *opaque = btree_page_opaque(page), *left_opaque, *right_opaque;
    OffsetNumber first = btree_first_data_key(opaque);
    bool is_leaf = (opaque->flags & BTP_LEAF) != 0, was_root = (opaque->flags & BTP_ROOT) != 0;
    SplitItems items = {page, first, offset - first, itup};
    SplitPlan plan = {.count = page_max_offset(page) - first + 2};
    SplitBuffers buffers = {.left = buffer, .sibling = InvalidBuffer, .child = child};
    Page left = palloc(BLCKSZ);
    IndexTuple high_key;
    char *right_items;
    uint32 right_length;
    uint16 cycle = btree__vacuum_cycle(index);

    choose_split(index, &items, &plan, opaque->next == BTREE_NONE, is_leaf,
                 first == 2 ? page_item_id(page, 1)->lp_len + sizeof(ItemIdData) : 0);
    high_key = make_high_key(index, &items, &plan, is_leaf);
    btree__rebuild_left(page, left, high_key, plan.first_right,
                        plan.new_on_left ? itup : NULL, offset);
    buffers.right = btree__allocate(index);
    right_opaque = btree_page_opaque(buffer_page(buffers.right));
    *right_opaque = *opaque;
    fill_right(buffer_page(buffers.right), &items, &plan, is_leaf);
    right_items = collect_items(buffer_page(buffers.right), &right_length);
    if (opaque->next != BTREE_NONE)
        buffers.sibling = btree__read(index, opaque->next, BUFFER_LOCK_EXCLUSIVE);

    left_opaque = btree_page_opaque(left);
    right_opaque->prev = buffer_block(buffer);
    right_opaque->flags &= (uint16)~(BTP_ROOT | BTP_SPLIT_END | BTP_HAS_GARBAGE |
                                     BTP_INCOMPLETE_SPLIT);
    left_opaque->next = buffer_block(buffers.right);
    left_opaque->flags = right_opaque->flags | BTP_INCOMPLETE_SPLIT;
    left_opaque->cycle = right_opaque->cycle = cycle;
    page_set_lsn(left, page_lsn(page)); /* decides whether the record needs an image */
    STOP_POINT("btree-split-before");
    START_CRIT_SECTION();
    memcpy(page, left, BLCKSZ);
    buffer_mark_dirty(buffer);
    buffer_mark_dirty(buffers.right);
    if (buffers.sibling != InvalidBuffer) {
        BtreePageOpaque *sibling = btree_page_opaque(buffer_page(buffers.sibling));
        sibling->prev = buffer_block(buffers.right);
        if (sibling->cycle != right_opaque->cycle)
            right_opaque->flags |= BTP_SPLIT_END;
        buffer_mark_dirty(buffers.sibling);
    }
    if (child != InvalidBuffer) {
        btree_page_opaque(buffer_page(child))->flags &= (uint16)~BTP_INCOMPLETE_SPLIT;
        buffer_mark_dirty(child);
    }
    if (RelationNeedsWAL(index))
        log_split(&buffers, &plan, items.first, itup, high_key, right_items, right_length);
    END_CRIT_SECTION();
    if (is_leaf && right_opaque->next == BTREE_NONE)
        relation_smgr(index)->target_block = buffer_block(buffers.right);
    if (buffers.sibling != InvalidBuffer)
        buffer_unlock_release(buffers.sibling);
    if (child != InvalidBuffer)
        buffer_unlock_release(child);
    pfree(left);
    pfree(right_items);
    pfree(high_key);
    STOP_POINT("btree-split-incomplete");
    btree__insert_parent(index, buffer, buffers.right, stack, was_root);
}

/* --- the downlink --- */

static void
new_root(Relation index, Buffer left, Buffer right)
{
    BtreeInfo *info = btree__info(index);
    Buffer root = btree__allocate(index);
    Buffer meta = btree__read(index, BTREE_META_BLOCK, BUFFER_LOCK_EXCLUSIVE);
    Page page = buffer_page(root);
    uint16 level = (uint16)(btree_page_opaque(buffer_page(left))->level + 1);
    IndexTuple low = btree__minus_infinity(buffer_block(left));
    IndexTuple high = btree__copy_tuple(page_item_at(buffer_page(left), 1));
    uint32 length;
    char *bytes;

    btree_tuple_set_child(high, buffer_block(right));
    *btree_page_opaque(page) = (BtreePageOpaque){
        .prev = BTREE_NONE, .next = BTREE_NONE, .level = level, .flags = BTP_ROOT};
    append(page, low, IndexTupleSize(low));
    append(page, high, IndexTupleSize(high));
    bytes = collect_items(page, &length);
    START_CRIT_SECTION();
    btree__init_meta(buffer_page(meta), buffer_block(root), level, info->natts, info->nkeys);
    btree_page_opaque(buffer_page(left))->flags &= (uint16)~(BTP_INCOMPLETE_SPLIT | BTP_ROOT);
    buffer_mark_dirty(root);
    buffer_mark_dirty(meta);
    buffer_mark_dirty(left);
    if (RelationNeedsWAL(index)) {
        WalBtreeRoot record = {buffer_block(root), level, (uint16)info->natts,
                               (uint16)info->nkeys};
        XLogRecPtr lsn;
        wal_begin_insert();
        wal_register_data(&record, sizeof(record));
        buffer_wal_register(0, root, WAL_BLOCK_WILL_INIT);
        wal_register_block_data(0, bytes, length);
        buffer_wal_register(1, left, WAL_BLOCK_STANDARD);
        buffer_wal_register(2, meta, WAL_BLOCK_WILL_INIT);
        lsn = wal_insert(WAL_RMGR_BTREE, WAL_BTREE_NEW_ROOT);
        page_set_lsn(page, lsn);
        page_set_lsn(buffer_page(left), lsn);
        page_set_lsn(buffer_page(meta), lsn);
    }
    END_CRIT_SECTION();
    info->root = buffer_block(root);
    info->root_level = level;
    buffer_unlock_release(meta);
    buffer_unlock_release(root);
    buffer_unlock_release(left);
    buffer_unlock_release(right);
    pfree(low);
    pfree(high);
    pfree(bytes);
}

static bool
find_downlink(Page page, BlockNumber child, OffsetNumber start, OffsetNumber *ret_offset)
{
    OffsetNumber first = btree_first_data_key(btree_page_opaque(page));
    OffsetNumber max = page_max_offset(page);

    if (start < first || start > max)
        start = first;
    for (OffsetNumber offset = start; offset <= max; offset++)
        if (btree_tuple_child(page_item_at(page, offset)) == child) {
            *ret_offset = offset;
            return true;
        }
    for (OffsetNumber offset = start; offset-- > first;)
        if (btree_tuple_child(page_item_at(page, offset)) == child) {
            *ret_offset = offset;
            return true;
        }
    return false;
}

/* The parent of `child`, exclusively locked, from the stack's deepest level on; Invalid if not found. */
static Buffer
lock_parent(Relation index, BtreeStack *stack, BlockNumber child, OffsetNumber *ret_offset)
{
    BtreeStack above = *stack;
    BlockNumber block = stack->levels[stack->depth - 1].block;
    OffsetNumber start = stack->levels[stack->depth - 1].offset;

    above.depth--;
    for (;;) {
        Buffer buffer = btree__read(index, block, BUFFER_LOCK_EXCLUSIVE);
        BtreePageOpaque *opaque = btree_page_opaque(buffer_page(buffer));

        if ((opaque->flags & BTP_INCOMPLETE_SPLIT) != 0 && !btree_is_ignored(opaque)) {
            btree__finish_split(index, buffer, &above);
            continue;
        }
        if (!btree_is_ignored(opaque) &&
            find_downlink(buffer_page(buffer), child, start, ret_offset)) {
            stack->levels[stack->depth - 1].block = block;
            stack->levels[stack->depth - 1].offset = *ret_offset;
            return buffer;
        }
        block = opaque->next;
        start = 0;
        buffer_unlock_release(buffer);
        if (block == BTREE_NONE)
            return InvalidBuffer;
    }
}

/* left and right are locked; both are released. */
void
btree__insert_parent(Relation index, Buffer left, Buffer right, BtreeStack *stack, bool was_root)
{
    BlockNumber left_block = buffer_block(left), right_block = buffer_block(right);
    IndexTuple downlink;
    BtreeStack fresh, above;
    Buffer parent;
    OffsetNumber offset;

    if (was_root) {
        new_root(index, left, right);
        return;
    }
    downlink = btree__copy_tuple(page_item_at(buffer_page(left), 1));
    btree_tuple_set_child(downlink, right_block);
    if (stack == NULL || stack->depth == 0) {
        /* The page was the root when we came, or we came straight to it: find the way anew. */
        BtreeKey key;
        Buffer found;
        uint32 level = btree_page_opaque(buffer_page(left))->level + 1u;

        fresh.depth = 0;
        btree__key_from_tuple(index, downlink, INDEX_MAX_KEYS, &key);
        found = btree__descend(index, &key, BUFFER_LOCK_SHARE, level, false, &fresh);
        fresh.levels[fresh.depth].block = buffer_block(found);
        fresh.levels[fresh.depth].offset = 0;
        fresh.depth++;
        buffer_unlock_release(found);
        stack = &fresh;
    }
    parent = lock_parent(index, stack, left_block, &offset);
    if (parent == InvalidBuffer)
        ereport(ERROR, (errcode(ERRCODE_INDEX_CORRUPTED),
                        errmsg_internal("failed to re-find parent key in index \"%s\" for split "
                                        "pages %u/%u",
                                        RelationGetRelationName(index), left_block,
                                        right_block)));
    buffer_unlock_release(right);
    above = *stack;
    above.depth--;
    btree__insert_on_page(index, parent, left, &above, downlink, (OffsetNumber)(offset + 1),
                          false);
    pfree(downlink);
}

/* SP1: the left page, exclusively locked, is released with the split completed. */
void
btree__finish_split(Relation index, Buffer left, BtreeStack *stack)
{
    BtreePageOpaque *opaque = btree_page_opaque(buffer_page(left));
    Buffer right = btree__read(index, opaque->next, BUFFER_LOCK_EXCLUSIVE);
    bool was_root = false;

    Assert((opaque->flags & BTP_INCOMPLETE_SPLIT) != 0);
    if (opaque->prev == BTREE_NONE &&
        btree_page_opaque(buffer_page(right))->next == BTREE_NONE)
        was_root = btree__read_meta(index).root == buffer_block(left);
    elog(DEBUG1, "finishing incomplete split of %u/%u", buffer_block(left), buffer_block(right));
    btree__insert_parent(index, left, right, stack, was_root);
}
