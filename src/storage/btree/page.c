/*
 * page.c - pages of an index: reading, making, the metapage and the root
 */
#include "btree_int.h"

#include "lock/lock.h"
#include "xact/procarray.h"

void
btree__check_page(Relation index, Buffer buffer)
{
    Page page = buffer_page(buffer);

    if (page_is_new(page))
        ereport(ERROR, (errcode(ERRCODE_INDEX_CORRUPTED),
                        errmsg("index \"%s\" contains unexpected zero page at block %u",
                               RelationGetRelationName(index), buffer_block(buffer)),
                        errhint("Please REINDEX it.")));
    if (page_special_size(page) != sizeof(BtreePageOpaque))
        ereport(ERROR, (errcode(ERRCODE_INDEX_CORRUPTED),
                        errmsg("index \"%s\" contains corrupted page at block %u",
                               RelationGetRelationName(index), buffer_block(buffer)),
                        errhint("Please REINDEX it.")));
}

Buffer
btree__read(Relation index, BlockNumber block, BufferLockMode mode)
{
    Buffer buffer = buffer_read(relation_smgr(index), MAIN_FORKNUM, block, BUFFER_READ_NORMAL, NULL);

    buffer_lock(buffer, mode);
    btree__check_page(index, buffer);
    return buffer;
}

/* Unlocks `before`, then locks another page. */
Buffer
btree__relock(Relation index, Buffer before, BlockNumber block, BufferLockMode mode)
{
    buffer_unlock_release(before);
    return btree__read(index, block, mode);
}

void
btree__init_page(Page page)
{
    page_init(page, sizeof(BtreePageOpaque));
}

bool
btree__is_recyclable(Page page)
{
    const BtreePageOpaque *opaque;

    if (page_is_new(page))
        return true;
    opaque = btree_page_opaque(page);
    return (opaque->flags & BTP_DELETED) != 0 &&
           horizon_xid_is_removable(HORIZON_SHARED, opaque->delete_xid);
}

Buffer
btree__allocate(Relation index)
{
    Buffer buffer;

    for (;;) {
        BlockNumber block = fsm_index_get(index);

        if (block == InvalidBlockNumber)
            break;
        buffer = buffer_read(relation_smgr(index), MAIN_FORKNUM, block, BUFFER_READ_NORMAL, NULL);
        /* Whoever holds it locked is using it: the map was wrong. */
        if (buffer_conditional_lock(buffer)) {
            if (btree__is_recyclable(buffer_page(buffer))) {
                btree__init_page(buffer_page(buffer));
                return buffer;
            }
            buffer_unlock(buffer);
        }
        buffer_release(buffer);
    }
    buffer = buffer_extend(relation_smgr(index), MAIN_FORKNUM, NULL, BUFFER_EXTEND_LOCK_FIRST);
    btree__init_page(buffer_page(buffer));
    return buffer;
}

/* --- metapage and root --- */

void
btree__init_meta(Page page, BlockNumber root, uint32 level, int natts, int nkeys)
{
    BtreeMeta *meta;

    btree__init_page(page);
    btree_page_opaque(page)->flags = BTP_META;
    btree_page_opaque(page)->prev = btree_page_opaque(page)->next = BTREE_NONE;
    meta = btree_page_meta(page);
    meta->magic = BTREE_MAGIC;
    meta->version = BTREE_VERSION;
    meta->root = meta->fast_root = root;
    meta->level = meta->fast_level = level;
    meta->attribute_count = (uint32)natts;
    meta->key_count = (uint32)nkeys;
    page_header(page)->lower = PAGE_HEADER_SIZE + sizeof(BtreeMeta);
}

static void
check_meta(Relation index, Page page)
{
    BtreeMeta *meta = btree_page_meta(page);

    if ((btree_page_opaque(page)->flags & BTP_META) == 0 || meta->magic != BTREE_MAGIC)
        ereport(ERROR, (errcode(ERRCODE_INDEX_CORRUPTED),
                        errmsg("index \"%s\" is not a btree", RelationGetRelationName(index))));
    if (meta->version != BTREE_VERSION)
        ereport(ERROR, (errcode(ERRCODE_INDEX_CORRUPTED),
                        errmsg("version mismatch in index \"%s\": file version %u, "
                               "current version %d, minimal supported version %d",
                               RelationGetRelationName(index), meta->version, BTREE_VERSION,
                               BTREE_VERSION)));
}

/* A file of no pages is an empty tree too: indexes of the many empty catalogs take no space. */
BtreeMeta
btree__read_meta(Relation index)
{
    Buffer buffer;
    BtreeMeta meta;

    if (RelationGetNumberOfBlocks(index) == 0)
        return (BtreeMeta){.root = BTREE_NONE, .fast_root = BTREE_NONE};
    buffer = btree__read(index, BTREE_META_BLOCK, BUFFER_LOCK_SHARE);
    check_meta(index, buffer_page(buffer));
    meta = *btree_page_meta(buffer_page(buffer));
    buffer_unlock_release(buffer);
    return meta;
}

static void
make_meta_if_missing(Relation index)
{
    RelFileLocator locator = index->rd_locator;

    if (RelationGetNumberOfBlocks(index) > 0)
        return;
    lock_relation_extension(locator.dbOid, index->rd_id, ExclusiveLock);
    if (RelationGetNumberOfBlocks(index) == 0)
        btree_build_empty(index);
    unlock_relation_extension(locator.dbOid, index->rd_id, ExclusiveLock);
}

/* The first page of an empty tree: a leaf that is the root. */
static void
make_first_root(Relation index)
{
    BtreeInfo *info = btree__info(index);
    Buffer meta_buffer;
    Buffer root;
    BtreePageOpaque *opaque;

    make_meta_if_missing(index);
    meta_buffer = btree__read(index, BTREE_META_BLOCK, BUFFER_LOCK_EXCLUSIVE);
    check_meta(index, buffer_page(meta_buffer));
    if (btree_page_meta(buffer_page(meta_buffer))->root != BTREE_NONE) {
        buffer_unlock_release(meta_buffer); /* somebody was faster */
        return;
    }
    root = btree__allocate(index);
    START_CRIT_SECTION();
    opaque = btree_page_opaque(buffer_page(root));
    *opaque = (BtreePageOpaque){.prev = BTREE_NONE, .next = BTREE_NONE,
                                .flags = BTP_LEAF | BTP_ROOT};
    btree__init_meta(buffer_page(meta_buffer), buffer_block(root), 0, info->natts, info->nkeys);
    buffer_mark_dirty(root);
    buffer_mark_dirty(meta_buffer);
    if (RelationNeedsWAL(index)) {
        WalBtreeRoot record = {buffer_block(root), 0, (uint16)info->natts, (uint16)info->nkeys};
        XLogRecPtr lsn;
        wal_begin_insert();
        wal_register_data(&record, sizeof(record));
        buffer_wal_register(0, root, WAL_BLOCK_WILL_INIT);
        buffer_wal_register(2, meta_buffer, WAL_BLOCK_WILL_INIT);
        lsn = wal_insert(WAL_RMGR_BTREE, WAL_BTREE_NEW_ROOT);
        page_set_lsn(buffer_page(root), lsn);
        page_set_lsn(buffer_page(meta_buffer), lsn);
    }
    END_CRIT_SECTION();
    buffer_unlock_release(root);
    buffer_unlock_release(meta_buffer);
}

/* A page that was the root may have been split meanwhile: then it has a sibling. */
static bool
still_root(const BtreePageOpaque *opaque, uint32 level)
{
    return !btree_is_ignored(opaque) && (opaque->flags & BTP_META) == 0 &&
           opaque->level == level && opaque->prev == BTREE_NONE && opaque->next == BTREE_NONE;
}

/*
 * An inner root is locked shared whatever the mode: only the page of the wanted level is changed.
 */
Buffer
btree__get_root(Relation index, BufferLockMode mode, bool for_write)
{
    BtreeInfo *info = btree__info(index);

    for (;;) {
        BtreeMeta meta;
        Buffer root;

        if (info->root != InvalidBlockNumber) {
            root = buffer_read(relation_smgr(index), MAIN_FORKNUM, info->root, BUFFER_READ_NORMAL,
                               NULL);
            buffer_lock(root, BUFFER_LOCK_SHARE);
            if (!page_is_new(buffer_page(root)) &&
                page_special_size(buffer_page(root)) == sizeof(BtreePageOpaque) &&
                still_root(btree_page_opaque(buffer_page(root)), info->root_level))
                return root;
            buffer_unlock_release(root);
            info->root = InvalidBlockNumber;
        }
        meta = btree__read_meta(index);
        if (meta.root == BTREE_NONE) {
            if (!for_write)
                return InvalidBuffer;
            make_first_root(index);
            continue;
        }
        info->root = meta.root;
        info->root_level = meta.level;
        root = btree__read(index, meta.root, BUFFER_LOCK_SHARE);
        if (still_root(btree_page_opaque(buffer_page(root)), meta.level))
            return root;
        /* Split since we read the metapage, or split half done: its left part leads everywhere. */
        if (!btree_is_ignored(btree_page_opaque(buffer_page(root))) &&
            btree_page_opaque(buffer_page(root))->level == meta.level &&
            btree_page_opaque(buffer_page(root))->prev == BTREE_NONE) {
            info->root = InvalidBlockNumber;
            return root;
        }
        info->root = InvalidBlockNumber;
        buffer_unlock_release(root);
    }
}

int
btree_height(Relation index)
{
    BtreeMeta meta;

    if (RelationGetNumberOfBlocks(index) == 0)
        return 0;
    meta = btree__read_meta(index);
    return meta.root == BTREE_NONE ? 0 : (int)meta.level;
}

void
btree_build_empty(Relation index)
{
    Buffer buffer = buffer_extend(relation_smgr(index), MAIN_FORKNUM, NULL,
                                  BUFFER_EXTEND_LOCK_FIRST);

    if (buffer_block(buffer) != BTREE_META_BLOCK)
        elog(ERROR, "index \"%s\" already contains data", RelationGetRelationName(index));
    START_CRIT_SECTION();
    btree__init_meta(buffer_page(buffer), BTREE_NONE, 0, index->rd_index->indnatts,
                     index->rd_index->indnkeyatts);
    buffer_mark_dirty(buffer);
    if (RelationNeedsWAL(index))
        (void) buffer_log_new_page(buffer, true);
    END_CRIT_SECTION();
    buffer_unlock_release(buffer);
}
