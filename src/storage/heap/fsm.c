/*
 * fsm.c - free space map
 *
 * Bytes free are kept in 256 classes of 32 bytes. A map page holds a binary tree in an array: 4096
 * leaf slots (4000 used), each inner node the greater of its two. Map pages form a tree of three
 * levels in turn: a slot of an upper page is the root of a page below. In the file a page stands
 * before those below it, depth first, so that the map grows at its end.
 *
 * Invariants F1. Within a page, and from page to page, a node is a hint: it may be too high or too
 *                low. A search that is led astray corrects what led it (fix_slot) and tries again.
 *            F2. A page that does not check is read as empty.
 * Locks      one map page at a time, shared to search, exclusive to change.
 * Crash      nothing is logged but truncation; a map lost or old costs unused room until vacuum.
 */
#include "format/map_page.h"
#include "heap_int.h"
#include "xact/inval.h"

#define FSM_TOP (FSM_LEVELS - 1)
#define FSM_TRIES_MAX 10000

typedef struct FsmAddress {
    int level;
    uint32 number; /* of the page within its level */
} FsmAddress;

static FsmPage *
fsm_page(Buffer buffer)
{
    return (FsmPage *)(buffer_page(buffer) + PAGE_HEADER_SIZE);
}

static uint8
class_of_free(Size free)
{
    return (uint8)Min(free / FSM_CLASS_BYTES, 255);
}

static uint8
class_of_need(Size need)
{
    Size class = (need + FSM_CLASS_BYTES - 1) / FSM_CLASS_BYTES;
    return (uint8)Min(Max(class, 1), 255);
}

static FsmAddress
address_of_block(BlockNumber block, int *ret_slot)
{
    *ret_slot = (int)(block % FSM_SLOTS);
    return (FsmAddress){0, block / FSM_SLOTS};
}

static FsmAddress
parent_of(FsmAddress child, int *ret_slot)
{
    *ret_slot = (int)(child.number % FSM_SLOTS);
    return (FsmAddress){child.level + 1, child.number / FSM_SLOTS};
}

/* Depth first: count the pages before the first leaf page below this one. */
static BlockNumber
file_block(FsmAddress address)
{
    uint64 leaf = address.number, pages = 0;

    for (int i = 0; i < address.level; i++)
        leaf *= FSM_SLOTS;
    for (int i = 0; i < FSM_LEVELS; i++) {
        pages += leaf + 1;
        leaf /= FSM_SLOTS;
    }
    return (BlockNumber)(pages - (uint64)address.level - 1);
}

static Buffer
read_page(Relation rel, FsmAddress address, bool extend)
{
    SmgrRelation *smgr = relation_smgr(rel);
    BlockNumber block = file_block(address), known = smgr->cached_nblocks[FSM_FORKNUM];
    Buffer buffer;

    if (known == InvalidBlockNumber || (block >= known && extend)) {
        known = smgr_exists(smgr, FSM_FORKNUM) ? smgr_nblocks(smgr, FSM_FORKNUM) : 0;
        smgr->cached_nblocks[FSM_FORKNUM] = known;
    }
    if (block >= known) {
        if (!extend)
            return InvalidBuffer; /* others tell us when they make it longer */
        if (!smgr_exists(smgr, FSM_FORKNUM))
            smgr_create(smgr, FSM_FORKNUM, false);
        buffer_extend_to(smgr, FSM_FORKNUM, block + 1);
        inval_send_smgr(&rel->rd_locator);
    }
    buffer = buffer_read(smgr, FSM_FORKNUM, block, BUFFER_READ_ZERO_ON_ERROR, NULL);
    if (page_is_new(buffer_page(buffer))) {
        buffer_lock(buffer, BUFFER_LOCK_EXCLUSIVE);
        if (page_is_new(buffer_page(buffer)))
            page_init(buffer_page(buffer), 0);
        buffer_unlock(buffer);
    }
    return buffer;
}

/* --- within a page --- */

/* Sets a slot and the nodes above it; true if anything changed. */
static bool
set_slot(FsmPage *page, int slot, uint8 class)
{
    int node = FSM_INNER + slot;

    if (page->nodes[node] == class && page->nodes[0] >= class)
        return false;
    page->nodes[node] = class;
    while (node > 0) {
        int left, right;
        uint8 greater;

        node = (node - 1) / 2;
        left = 2 * node + 1;
        right = left + 1;
        greater = page->nodes[left];
        if (right < FSM_NODES && page->nodes[right] > greater)
            greater = page->nodes[right];
        if (page->nodes[node] == greater)
            break;
        page->nodes[node] = greater;
    }
    return true;
}

/* Computes all inner nodes anew. */
static void
rebuild_tree(FsmPage *page)
{
    for (int node = FSM_INNER - 1; node >= 0; node--) {
        int left = 2 * node + 1, right = left + 1;
        uint8 value = left < FSM_NODES ? page->nodes[left] : 0;
        if (right < FSM_NODES && page->nodes[right] > value)
            value = page->nodes[right];
        page->nodes[node] = value;
    }
}

/* The first slot from `from` on with at least `class`, within the subtree of node; -1 if none. */
static int
find_in_subtree(const FsmPage *page, int node, uint8 class)
{
    while (node < FSM_INNER) {
        int left = 2 * node + 1;
        if (left < FSM_NODES && page->nodes[left] >= class)
            node = left;
        else if (left + 1 < FSM_NODES && page->nodes[left + 1] >= class)
            node = left + 1;
        else
            return -1; /* F1: the inner node was too high */
    }
    return node - FSM_INNER;
}

/* Slots from `from` to the right, then from the start. -1: none; -2: the tree is inconsistent. */
static int
find_slot(const FsmPage *page, uint8 class, int from)
{
    int node = FSM_INNER + from, slot;

    if (page->nodes[0] < class)
        return -1;
    if (page->nodes[node] >= class)
        return from;
    /* Climb; whenever we come from the left, look into the right sibling's subtree. */
    while (node > 0) {
        bool is_left = (node & 1) != 0;
        if (is_left && node + 1 < FSM_NODES && page->nodes[node + 1] >= class) {
            slot = find_in_subtree(page, node + 1, class);
            return slot >= 0 ? slot : -2;
        }
        node = (node - 1) / 2;
    }
    slot = find_in_subtree(page, 0, class);
    return slot >= 0 ? slot : -2;
}

/* --- the tree of pages --- */

static uint8
set_and_root(Relation rel, FsmAddress address, int slot, uint8 class)
{
    Buffer buffer = read_page(rel, address, true);
    FsmPage *page = fsm_page(buffer);
    uint8 root;

    buffer_lock(buffer, BUFFER_LOCK_EXCLUSIVE);
    if (set_slot(page, slot, class))
        buffer_mark_dirty(buffer); /* no image: F2 */
    root = page->nodes[0];
    buffer_unlock_release(buffer);
    return root;
}

/* Searches one page. Returns the slot or -1; *ret_root: the page's greatest class. */
static int
search_page(Relation rel, FsmAddress address, uint8 class, uint8 *ret_root)
{
    Buffer buffer = read_page(rel, address, false);
    FsmPage *page;
    int slot;

    *ret_root = 0;
    if (buffer == InvalidBuffer)
        return -1;
    page = fsm_page(buffer);
    buffer_lock(buffer, BUFFER_LOCK_SHARE);
    slot = find_slot(page, class, (int)(page->next % FSM_SLOTS));
    if (slot == -2) {
        buffer_unlock(buffer);
        buffer_lock(buffer, BUFFER_LOCK_EXCLUSIVE);
        rebuild_tree(page);
        buffer_mark_dirty(buffer); /* no image: F2 */
        slot = find_slot(page, class, 0);
    }
    *ret_root = page->nodes[0];
    if (slot >= 0 && address.level == 0)
        page->next = (uint32)(slot + 1) % FSM_SLOTS; /* unlocked race: any value does */
    buffer_unlock_release(buffer);
    return slot >= 0 ? slot : -1;
}

static BlockNumber
search(Relation rel, uint8 class)
{
    FsmAddress address = {FSM_TOP, 0};

    for (int tries = 0; tries < FSM_TRIES_MAX; tries++) {
        uint8 root;
        int slot = search_page(rel, address, class, &root);

        if (slot >= 0 && address.level > 0) {
            address = (FsmAddress){address.level - 1,
                                   address.number * FSM_SLOTS + (uint32)slot};
            continue;
        }
        if (slot >= 0) {
            BlockNumber block = address.number * FSM_SLOTS + (uint32)slot;
            if (heap__block_exists(rel, block))
                return block;
            root = set_and_root(rel, address, slot, 0); /* beyond the end: forget it */
        }
        if (address.level == FSM_TOP)
            return InvalidBlockNumber;
        /* F1: the upper page promised more than there is. */
        address = parent_of(address, &slot);
        (void) set_and_root(rel, address, slot, root);
        address = (FsmAddress){FSM_TOP, 0};
    }
    return InvalidBlockNumber;
}

BlockNumber
fsm_find(Relation rel, Size size)
{
    return search(rel, class_of_need(size));
}

void
fsm_record(Relation rel, BlockNumber block, Size free)
{
    int slot;
    FsmAddress address = address_of_block(block, &slot);

    (void) set_and_root(rel, address, slot, class_of_free(free));
}

BlockNumber
fsm_record_and_find(Relation rel, BlockNumber block, Size free, Size needed)
{
    int slot;
    FsmAddress address = address_of_block(block, &slot);
    uint8 root = set_and_root(rel, address, slot, class_of_free(free));

    if (root >= class_of_need(needed)) {
        uint8 unused;
        int found = search_page(rel, address, class_of_need(needed), &unused);
        BlockNumber other = address.number * FSM_SLOTS + (uint32)found;
        if (found >= 0 && other < RelationGetNumberOfBlocks(rel))
            return other;
    }
    return search(rel, class_of_need(needed));
}

Size
fsm_get(Relation rel, BlockNumber block)
{
    int slot;
    Buffer buffer = read_page(rel, address_of_block(block, &slot), false);
    Size free;

    if (buffer == InvalidBuffer)
        return 0;
    free = (Size)fsm_page(buffer)->nodes[FSM_INNER + slot] * FSM_CLASS_BYTES;
    buffer_release(buffer);
    return free;
}

/* Takes the roots of the leaf pages that cover [first, limit) up through the levels. */
void
fsm_vacuum_range(Relation rel, BlockNumber first, BlockNumber limit)
{
    uint32 from = first / FSM_SLOTS;
    uint32 to = limit == InvalidBlockNumber || limit == 0
                    ? (RelationGetNumberOfBlocks(rel) + FSM_SLOTS - 1) / FSM_SLOTS
                    : (limit + FSM_SLOTS - 1) / FSM_SLOTS;

    if (smgr_exists(relation_smgr(rel), FSM_FORKNUM) == false)
        return;
    for (int level = 0; level < FSM_TOP; level++) {
        for (uint32 number = from; number < to; number++) {
            FsmAddress address = {level, number}, parent;
            Buffer buffer = read_page(rel, address, false);
            uint8 root;
            int slot;

            if (buffer == InvalidBuffer)
                break;
            root = fsm_page(buffer)->nodes[0];
            buffer_release(buffer);
            parent = parent_of(address, &slot);
            (void) set_and_root(rel, parent, slot, root);
        }
        from /= FSM_SLOTS;
        to = (to + FSM_SLOTS - 1) / FSM_SLOTS;
    }
}

void
fsm_record_in_recovery(RelFileLocator locator, BlockNumber block, Size free)
{
    int slot;
    FsmAddress address = address_of_block(block, &slot);
    Buffer buffer = buffer_read_in_recovery(locator, FSM_FORKNUM, file_block(address),
                                            BUFFER_READ_ZERO_ON_ERROR);

    if (!BufferIsValid(buffer))
        return;
    buffer_lock(buffer, BUFFER_LOCK_EXCLUSIVE);
    if (page_is_new(buffer_page(buffer)))
        page_init(buffer_page(buffer), 0);
    if (set_slot(fsm_page(buffer), slot, class_of_free(free)))
        buffer_mark_dirty(buffer); /* no image: F2 */
    buffer_unlock_release(buffer);
}

BlockNumber
fsm_prepare_truncate(Relation rel, BlockNumber heap_blocks)
{
    int slot;
    FsmAddress address = address_of_block(heap_blocks, &slot);
    BlockNumber keep = file_block(address);
    Buffer buffer;

    if (!smgr_exists(relation_smgr(rel), FSM_FORKNUM))
        return InvalidBlockNumber;
    if (slot > 0) {
        keep++;
        buffer = read_page(rel, address, false);
        if (buffer == InvalidBuffer)
            return InvalidBlockNumber;
        buffer_lock(buffer, BUFFER_LOCK_EXCLUSIVE);
        for (int i = slot; i < FSM_SLOTS; i++)
            (void) set_slot(fsm_page(buffer), i, 0);
        buffer_mark_dirty(buffer); /* no image: F2 */
        buffer_unlock_release(buffer);
    }
    return keep < smgr_nblocks(relation_smgr(rel), FSM_FORKNUM) ? keep : InvalidBlockNumber;
}

/* --- indexes --- */

BlockNumber
fsm_index_get(Relation rel)
{
    BlockNumber block = fsm_find(rel, BLCKSZ / 2);

    if (block != InvalidBlockNumber)
        fsm_record(rel, block, 0);
    return block;
}

void
fsm_index_put(Relation rel, BlockNumber block)
{
    fsm_record(rel, block, BLCKSZ - 1);
}

void
fsm_index_vacuum(Relation rel)
{
    fsm_vacuum_range(rel, 0, InvalidBlockNumber);
}
