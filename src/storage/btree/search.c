/*
 * search.c - down the tree, and right where a split has outrun us (Lehman and Yao)
 *
 * A reader holds one lock at a time: between reading a downlink and locking the child, the child may
 * split. Its items can only have moved right, and its high key tells so.
 */
#include "btree_int.h"
#include "scan_int.h"

/* The first item >= key (> with next_key) in [low, high); high if none. */
OffsetNumber
btree__search_range(Relation index, const BtreeKey *key, Page page, OffsetNumber low,
                    OffsetNumber high)
{
    int wanted = key->next_key ? 0 : 1; /* go right while key - item >= wanted */

    while (low < high) {
        OffsetNumber middle = (OffsetNumber)(low + (high - low) / 2);
        if (btree__compare(index, key, page, middle) >= wanted)
            low = (OffsetNumber)(middle + 1);
        else
            high = middle;
    }
    return low;
}

/*
 * The same on a leaf whose first column is a number, at a constant place: no call for each step.
 * Ties go the slow way.
 */
static OffsetNumber
search_numbers(Relation index, const BtreeInfo *info, const BtreeKey *key, Page page,
               OffsetNumber low, OffsetNumber high)
{
    BtreeKind kind = info->columns[0].kind;
    int64 wanted_number = key->columns[0].number;
    int wanted = key->next_key ? 0 : 1;
    bool desc = info->columns[0].desc;

    while (low < high) {
        OffsetNumber middle = (OffsetNumber)(low + (high - low) / 2);
        const char *itup = page_item_at(page, middle);
        int order = 2;

        if (likely((index_tuple_info(itup) & (INDEX_HAS_NULLS | INDEX_PIVOT)) == 0)) {
            const char *at = itup + sizeof(IndexTupleData);
            int64 number;
            if (kind == BTREE_KIND_INT4) {
                int32 value;
                memcpy(&value, at, sizeof(value));
                number = value;
            } else if (kind == BTREE_KIND_INT8) {
                memcpy(&number, at, sizeof(number));
            } else {
                number = btree__number(kind, tuple_fetch(at, kind == BTREE_KIND_OID    ? 4
                                                             : kind == BTREE_KIND_INT2 ? 2
                                                                                       : 1,
                                                         true));
            }
            if (wanted_number != number)
                order = (wanted_number > number) != desc ? 1 : -1;
            else if (key->count == 1 && !key->has_tid)
                order = 0;
        }
        if (order == 2)
            order = btree__compare_tuple(index, key, itup);
        if (order >= wanted)
            low = (OffsetNumber)(middle + 1);
        else
            high = middle;
    }
    return low;
}

OffsetNumber
btree__search_page(Relation index, const BtreeKey *key, Page page)
{
    const BtreePageOpaque *opaque = btree_page_opaque(page);
    BtreeInfo *info = index->rd_amcache;
    OffsetNumber low = btree_first_data_key(opaque);
    OffsetNumber high = (OffsetNumber)(page_max_offset(page) + 1);
    bool is_leaf = (opaque->flags & BTP_LEAF) != 0;
    OffsetNumber found;

    if (high <= low)
        return low;
    if (is_leaf && key->count > 0 && btree_kind_is_number(info->columns[0].kind) &&
        !key->columns[0].isnull && key->columns[0].cmp == NULL)
        return search_numbers(index, info, key, page, low, high);
    found = btree__search_range(index, key, page, low, high);
    /* Inner: the last item before that; the first item is below every key. */
    return is_leaf ? found : (OffsetNumber)(found - 1);
}

Buffer
btree__move_right(Relation index, const BtreeKey *key, Buffer buffer, BufferLockMode mode,
                  bool for_write, BtreeStack *stack)
{
    int wanted = key->next_key ? 0 : 1;

    for (;;) {
        Page page = buffer_page(buffer);
        BtreePageOpaque *opaque = btree_page_opaque(page);

        if (opaque->next == BTREE_NONE) {
            if (btree_is_ignored(opaque))
                ereport(ERROR, (errcode(ERRCODE_INDEX_CORRUPTED),
                                errmsg("fell off the end of index \"%s\"",
                                       RelationGetRelationName(index))));
            return buffer;
        }
        if (for_write && (opaque->flags & BTP_INCOMPLETE_SPLIT) != 0 &&
            !btree_is_ignored(opaque)) {
            BlockNumber block = buffer_block(buffer);

            if (mode == BUFFER_LOCK_SHARE) {
                buffer_unlock(buffer);
                buffer_lock(buffer, BUFFER_LOCK_EXCLUSIVE);
            }
            if ((opaque->flags & BTP_INCOMPLETE_SPLIT) != 0)
                btree__finish_split(index, buffer, stack);
            else
                buffer_unlock_release(buffer);
            buffer = btree__read(index, block, mode);
            continue;
        }
        if (!btree_is_ignored(opaque) && btree__compare(index, key, page, 1) < wanted)
            return buffer;
        buffer = btree__relock(index, buffer, opaque->next, mode);
    }
}

Buffer
btree__descend(Relation index, const BtreeKey *key, BufferLockMode mode, uint32 level,
               bool for_write, BtreeStack *stack)
{
    Buffer buffer = btree__get_root(index, mode, for_write);
    BtreePageOpaque *opaque;

    if (stack != NULL)
        stack->depth = 0;
    if (buffer == InvalidBuffer)
        return InvalidBuffer;
    for (;;) {
        BufferLockMode now = BUFFER_LOCK_SHARE;
        Page page;
        OffsetNumber offset;
        BlockNumber child;

        opaque = btree_page_opaque(buffer_page(buffer));
        if (opaque->level == level && mode == BUFFER_LOCK_EXCLUSIVE &&
            !buffer_is_locked_by_me(buffer, BUFFER_LOCK_EXCLUSIVE)) {
            /* Only now we know that this is the page to change. It may split meanwhile. */
            buffer_unlock(buffer);
            buffer_lock(buffer, BUFFER_LOCK_EXCLUSIVE);
        }
        if (opaque->level == level)
            now = mode;
        buffer = btree__move_right(index, key, buffer, now, for_write, stack);
        page = buffer_page(buffer);
        opaque = btree_page_opaque(page);
        if (opaque->level == level)
            return buffer;
        if (opaque->level < level)
            elog(ERROR, "level %u is not in index \"%s\"", level, RelationGetRelationName(index));
        offset = btree__search_page(index, key, page);
        child = btree_tuple_child(page_item_at(page, offset));
        if (stack != NULL) {
            if (stack->depth >= BTREE_LEVELS_MAX)
                elog(ERROR, "index \"%s\" is too deep", RelationGetRelationName(index));
            stack->levels[stack->depth].block = buffer_block(buffer);
            stack->levels[stack->depth].offset = offset;
            stack->depth++;
        }
        now = opaque->level == level + 1 ? mode : BUFFER_LOCK_SHARE;
        buffer = btree__relock(index, buffer, child, now);
    }
}

Buffer
btree__descend_edge(Relation index, bool last)
{
    Buffer buffer = btree__get_root(index, BUFFER_LOCK_SHARE, false);

    if (buffer == InvalidBuffer)
        return InvalidBuffer;
    for (;;) {
        Page page = buffer_page(buffer);
        BtreePageOpaque *opaque = btree_page_opaque(page);
        OffsetNumber offset;

        if ((last && opaque->next != BTREE_NONE) ||
            (btree_is_ignored(opaque) && opaque->next != BTREE_NONE)) {
            buffer = btree__relock(index, buffer, opaque->next, BUFFER_LOCK_SHARE);
            continue;
        }
        if ((opaque->flags & BTP_LEAF) != 0)
            return buffer;
        offset = last ? page_max_offset(page) : btree_first_data_key(opaque);
        buffer = btree__relock(index, buffer, btree_tuple_child(page_item_at(page, offset)),
                               BUFFER_LOCK_SHARE);
    }
}
