/*
 * vacuum.c - removes dead entries, and pages that become empty
 *
 * Pages are read in file order, not key order. A page that is split meanwhile may move entries to
 * one that was passed already: each split stamps both halves with the number of the vacuum that runs
 * (the cycle), and a page with our number whose right sibling has a lower block sends us there.
 *
 * A leaf is taken out only where its right sibling has the same parent: then the parent keeps a
 * child, and the sibling takes over the range of keys. One record does it all.
 *
 * Invariants VB1. A deleted page keeps its right link until no transaction that could have had a
 *                 link to it runs (delete_xid); only then it is recycled.
 *            VB2. A leaf's entries go only under a cleanup lock: no scan that must hold its place
 *                 (one without MVCC snapshot) is between the entry and its row.
 * Locks      to take out a page: left sibling, page, right sibling, parent, in that order.
 */
#include "base/bytes.h"
#include "btree_int.h"
#include "shmem/shmem.h"
#include "sync/lwlock.h"
#include "xact/procarray.h"

/* --- cycles --- */

#define CYCLES_MAX 64

typedef struct CycleSlot {
    _Atomic uint64 index; /* database << 32 | relation; 0: free. Written under `lock` */
    _Atomic uint32 cycle; /* set before index; read without a lock while a page is locked */
} CycleSlot;

typedef struct Cycles {
    LWLock lock;
    uint32 next; /* guarded by lock */
    CycleSlot slots[CYCLES_MAX];
} Cycles;

static Cycles *cycles;

static Size
cycles_size(void)
{
    return sizeof(Cycles);
}

static void
cycles_init(void *address, Size size)
{
    cycles = address;
    LWLockInitialize(&cycles->lock, LWTRANCHE_BTREE_VACUUM);
    cycles->next = 1;
}

void
btree_shmem_register(void)
{
    shmem_register_area("BTree Vacuum State", cycles_size, cycles_init);
}

static uint64
cycle_key(Relation index)
{
    return ((uint64)index->rd_locator.dbOid << 32) | RelationGetRelid(index);
}

uint16
btree__vacuum_cycle(Relation index)
{
    uint64 key = cycle_key(index);

    if (cycles == NULL)
        return 0;
    for (int i = 0; i < CYCLES_MAX; i++)
        if (atomic_load(&cycles->slots[i].index) == key)
            return (uint16)atomic_load(&cycles->slots[i].cycle);
    return 0;
}

static uint16
start_cycle(Relation index)
{
    uint16 cycle = 0;

    if (cycles == NULL)
        return 0;
    LWLockAcquire(&cycles->lock, LW_EXCLUSIVE);
    for (int i = 0; i < CYCLES_MAX && cycle == 0; i++) {
        uint64 owner = atomic_load(&cycles->slots[i].index);
        if (owner != 0 && owner != cycle_key(index))
            continue; /* our own key: left by one that failed */
        if (++cycles->next > 0xfff0)
            cycles->next = 1;
        cycle = (uint16)cycles->next;
        atomic_store(&cycles->slots[i].cycle, cycle);
        atomic_store(&cycles->slots[i].index, cycle_key(index));
    }
    LWLockRelease(&cycles->lock);
    if (cycle == 0)
        elog(ERROR, "too many concurrent index vacuums");
    return cycle;
}

static void
end_cycle(Relation index)
{
    if (cycles == NULL)
        return;
    LWLockAcquire(&cycles->lock, LW_EXCLUSIVE);
    for (int i = 0; i < CYCLES_MAX; i++)
        if (atomic_load(&cycles->slots[i].index) == cycle_key(index))
            atomic_store(&cycles->slots[i].index, 0);
    LWLockRelease(&cycles->lock);
}

/* --- taking out a page --- */

void
btree__apply_unlink(Page page, Page right, Page left, BlockNumber left_block,
                    BlockNumber right_block, TransactionId delete_xid)
{
    if (page != NULL) {
        BtreePageOpaque opaque = *btree_page_opaque(page);
        btree__init_page(page);
        opaque.flags = BTP_LEAF | BTP_DELETED;
        opaque.prev = left_block;
        opaque.next = right_block;
        opaque.delete_xid = delete_xid;
        *btree_page_opaque(page) = opaque;
    }
    if (right != NULL)
        btree_page_opaque(right)->prev = left_block;
    if (left != NULL)
        btree_page_opaque(left)->next = right_block;
}

typedef struct Unlink {
    Buffer left, page, right, parent;
    OffsetNumber offset; /* of the page's downlink */
} Unlink;

static void
release_unlink(Unlink *unlink)
{
    if (unlink->parent != InvalidBuffer)
        buffer_unlock_release(unlink->parent);
    if (unlink->right != InvalidBuffer)
        buffer_unlock_release(unlink->right);
    if (unlink->page != InvalidBuffer)
        buffer_unlock_release(unlink->page);
    if (unlink->left != InvalidBuffer)
        buffer_unlock_release(unlink->left);
}

static bool
is_empty_leaf(Page page)
{
    BtreePageOpaque *opaque = btree_page_opaque(page);

    return (opaque->flags & BTP_LEAF) != 0 && !btree_is_ignored(opaque) &&
           (opaque->flags & (BTP_ROOT | BTP_INCOMPLETE_SPLIT)) == 0 &&
           opaque->next != BTREE_NONE && page_max_offset(page) < btree_first_data_key(opaque);
}

/* Locks the siblings and the page, if they are still what `seen` says. */
static bool
lock_siblings(Relation index, BlockNumber block, const BtreePageOpaque *seen, Unlink *unlink)
{
    if (seen->prev != BTREE_NONE) {
        BtreePageOpaque *left;
        unlink->left = btree__read(index, seen->prev, BUFFER_LOCK_EXCLUSIVE);
        left = btree_page_opaque(buffer_page(unlink->left));
        if (btree_is_ignored(left) || left->next != block ||
            (left->flags & BTP_INCOMPLETE_SPLIT) != 0)
            return false;
    }
    unlink->page = btree__read(index, block, BUFFER_LOCK_EXCLUSIVE);
    if (!is_empty_leaf(buffer_page(unlink->page)) ||
        btree_page_opaque(buffer_page(unlink->page))->prev != seen->prev ||
        btree_page_opaque(buffer_page(unlink->page))->next != seen->next)
        return false;
    unlink->right = btree__read(index, seen->next, BUFFER_LOCK_EXCLUSIVE);
    return btree_page_opaque(buffer_page(unlink->right))->prev == block &&
           !btree_is_ignored(btree_page_opaque(buffer_page(unlink->right)));
}

/* The parent has downlinks to the page and, next to it, to its right sibling. */
static bool
lock_parent(Relation index, BlockNumber parent_block, BlockNumber block, BlockNumber right_block,
            Unlink *unlink)
{
    Page page;
    BtreePageOpaque *opaque;

    unlink->parent = btree__read(index, parent_block, BUFFER_LOCK_EXCLUSIVE);
    page = buffer_page(unlink->parent);
    opaque = btree_page_opaque(page);
    if (btree_is_ignored(opaque) || opaque->level != 1)
        return false;
    for (OffsetNumber offset = btree_first_data_key(opaque); offset < page_max_offset(page);
         offset++)
        if (btree_tuple_child(page_item_at(page, offset)) == block) {
            unlink->offset = offset;
            return btree_tuple_child(page_item_at(page, (OffsetNumber)(offset + 1))) ==
                   right_block;
        }
    return false;
}

static void
log_unlink(Unlink *unlink, BlockNumber left, BlockNumber right, TransactionId delete_xid)
{
    WalBtreeUnlink record = {.parent_offset = unlink->offset, .left = left, .right = right};
    XLogRecPtr lsn;

    bytes_set_xid(record.delete_xid, delete_xid);
    wal_begin_insert();
    wal_register_data(&record, sizeof(record));
    buffer_wal_register(0, unlink->page, WAL_BLOCK_WILL_INIT);
    buffer_wal_register(1, unlink->right, WAL_BLOCK_STANDARD);
    if (unlink->left != InvalidBuffer)
        buffer_wal_register(2, unlink->left, WAL_BLOCK_STANDARD);
    buffer_wal_register(3, unlink->parent, WAL_BLOCK_STANDARD);
    lsn = wal_insert(WAL_RMGR_BTREE, WAL_BTREE_UNLINK);
    page_set_lsn(buffer_page(unlink->page), lsn);
    page_set_lsn(buffer_page(unlink->right), lsn);
    if (unlink->left != InvalidBuffer)
        page_set_lsn(buffer_page(unlink->left), lsn);
    page_set_lsn(buffer_page(unlink->parent), lsn);
}

static void
carry_out_unlink(Relation index, Unlink *unlink)
{
    BlockNumber left = unlink->left != InvalidBuffer ? buffer_block(unlink->left) : BTREE_NONE;
    BlockNumber right = buffer_block(unlink->right);
    Page parent = buffer_page(unlink->parent);
    TransactionId delete_xid = procarray_next_xid();

    STOP_POINT("btree-unlink-before");
    START_CRIT_SECTION();
    btree__apply_unlink(buffer_page(unlink->page), buffer_page(unlink->right),
                        unlink->left != InvalidBuffer ? buffer_page(unlink->left) : NULL, left,
                        right, delete_xid);
    btree_tuple_set_child(page_item_at(parent, unlink->offset), right);
    page_index_delete(parent, (OffsetNumber)(unlink->offset + 1));
    buffer_mark_dirty(unlink->page);
    buffer_mark_dirty(unlink->right);
    if (unlink->left != InvalidBuffer)
        buffer_mark_dirty(unlink->left);
    buffer_mark_dirty(unlink->parent);
    if (RelationNeedsWAL(index))
        log_unlink(unlink, left, right, delete_xid);
    END_CRIT_SECTION();
}

bool
btree__delete_page(Relation index, Buffer buffer)
{
    BlockNumber block = buffer_block(buffer), parent_block;
    Unlink unlink = {InvalidBuffer, InvalidBuffer, InvalidBuffer, InvalidBuffer, 0};
    BtreePageOpaque seen;
    IndexTuple high_key;
    BtreeKey key;
    Buffer found;
    bool done = false;

    buffer_lock(buffer, BUFFER_LOCK_SHARE);
    if (!is_empty_leaf(buffer_page(buffer))) {
        buffer_unlock(buffer);
        return false;
    }
    seen = *btree_page_opaque(buffer_page(buffer));
    high_key = btree__copy_tuple(page_item_at(buffer_page(buffer), 1));
    buffer_unlock(buffer);
    /* A key equal to the high key belongs here: its way down leads over our parent. */
    btree__key_from_tuple(index, high_key, INDEX_MAX_KEYS, &key);
    found = btree__descend(index, &key, BUFFER_LOCK_SHARE, 1, false, NULL);
    if (found != InvalidBuffer) {
        parent_block = buffer_block(found);
        buffer_unlock_release(found);
        if (lock_siblings(index, block, &seen, &unlink) &&
            lock_parent(index, parent_block, block, seen.next, &unlink)) {
            carry_out_unlink(index, &unlink);
            done = true;
        }
        release_unlink(&unlink);
    }
    pfree(high_key);
    return done;
}

/* --- the scan --- */

typedef struct VacuumWork {
    Relation index;
    IndexBulkStats *stats;
    IndexBulkDeleteCallback callback;
    void *arg;
    uint16 cycle;
    BufferRing *ring;
    bool freed;
} VacuumWork;

static int
find_dead(VacuumWork *work, Page page, OffsetNumber *dead)
{
    OffsetNumber max = page_max_offset(page);
    int count = 0;

    for (OffsetNumber offset = btree_first_data_key(btree_page_opaque(page)); offset <= max;
         offset++) {
        ItemPointerData tid = btree_tuple_tid(page_item_at(page, offset));
        if (work->callback(&tid, work->arg))
            dead[count++] = offset;
    }
    return count;
}

/* A leaf under cleanup lock. Returns the page to go back to, or BTREE_NONE. */
static BlockNumber
clean_leaf(VacuumWork *work, Buffer buffer, BlockNumber scan_block)
{
    Page page = buffer_page(buffer);
    BtreePageOpaque *opaque = btree_page_opaque(page);
    OffsetNumber dead[BTREE_MAX_ITEMS];
    BlockNumber back = BTREE_NONE;
    int count;

    if (work->cycle != 0 && opaque->cycle == work->cycle &&
        (opaque->flags & BTP_SPLIT_END) == 0 && opaque->next != BTREE_NONE &&
        opaque->next < scan_block)
        back = opaque->next;
    count = find_dead(work, page, dead);
    if (count > 0) {
        btree__delete_items(work->index, buffer, dead, count);
        work->stats->tuples_removed += count;
    }
    if (opaque->cycle != 0 && opaque->cycle == work->cycle) {
        opaque->cycle = 0;
        buffer_mark_dirty_hint(buffer, true);
    }
    work->stats->num_index_tuples += page_max_offset(page) + 1 - btree_first_data_key(opaque);
    return back;
}

static void
vacuum_block(VacuumWork *work, BlockNumber scan_block)
{
    BlockNumber block = scan_block;

    while (block != BTREE_NONE) {
        Buffer buffer = buffer_read(relation_smgr(work->index), MAIN_FORKNUM, block,
                                    BUFFER_READ_NORMAL, work->ring);
        BlockNumber back = BTREE_NONE;
        Page page = buffer_page(buffer);
        bool try_delete = false;

        CHECK_FOR_INTERRUPTS();
        buffer_lock(buffer, BUFFER_LOCK_SHARE);
        if (page_is_new(page) || btree__is_recyclable(page)) {
            if (block == scan_block) {
                fsm_index_put(work->index, block);
                work->stats->pages_free++;
                work->stats->pages_deleted++;
                work->freed = true;
            }
        } else if (btree_is_ignored(btree_page_opaque(page))) {
            work->stats->pages_deleted++;
        } else if ((btree_page_opaque(page)->flags & BTP_LEAF) != 0) {
            buffer_unlock(buffer);
            buffer_lock_for_cleanup(buffer);
            if (!btree_is_ignored(btree_page_opaque(page))) {
                back = clean_leaf(work, buffer, scan_block);
                try_delete = is_empty_leaf(page);
            }
        }
        buffer_unlock(buffer);
        if (try_delete && btree__delete_page(work->index, buffer)) {
            work->stats->pages_newly_deleted++;
            work->stats->pages_deleted++;
        }
        buffer_release(buffer);
        block = back;
    }
}

IndexBulkStats *
btree_bulk_delete(Relation index, IndexBulkStats *stats, IndexBulkDeleteCallback callback,
                  void *arg)
{
    VacuumWork work = {.index = index, .callback = callback, .arg = arg};
    BlockNumber blocks, block = BTREE_META_BLOCK + 1;

    (void) btree__info(index);
    if (stats == NULL)
        stats = palloc0(sizeof(*stats));
    stats->num_index_tuples = 0;
    stats->pages_deleted = stats->pages_free = 0;
    stats->estimated_count = false;
    work.stats = stats;
    work.ring = buffer_ring_create(BUFFER_RING_VACUUM);
    PG_TRY();
    {
        work.cycle = start_cycle(index);
        /* Pages added behind us by splits of pages we passed have our cycle: go on to the end. */
        while (block < (blocks = RelationGetNumberOfBlocks(index)))
            for (; block < blocks; block++)
                vacuum_block(&work, block);
        stats->num_pages = blocks;
    }
    PG_FINALLY();
    {
        end_cycle(index);
    }
    PG_END_TRY();
    buffer_ring_free(work.ring);
    if (work.freed)
        fsm_index_vacuum(index);
    return stats;
}

IndexBulkStats *
btree_vacuum_cleanup(Relation index, IndexBulkStats *stats)
{
    if (stats == NULL) {
        stats = palloc0(sizeof(*stats));
        stats->num_index_tuples = Max(index->rd_rel->reltuples, 0);
        stats->estimated_count = true;
    }
    stats->num_pages = RelationGetNumberOfBlocks(index);
    return stats;
}
