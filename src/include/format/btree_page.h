/*
 * btree_page.h - the bytes of B-tree pages and index tuples
 *
 * Special space of every page (24 bytes)
 *   offset size field
 *        0    4 prev        left sibling, 0xffffffff none
 *        4    4 next        right sibling, 0xffffffff none
 *        8    2 level       0 at the leaves
 *       10    2 flags       BTP_*
 *       12    2 cycle       vacuum that was running when the page was last split
 *       14    2 zero
 *       16    8 delete_xid  deleted pages: reusable once all snapshots are newer
 *
 * Block 0 is the metapage: BtreeMeta at PAGE_HEADER_SIZE. Other pages: on all but the rightmost of
 * a level item 1 is the high key, an upper bound (<=) of all keys in the page.
 *
 * Index tuple
 *        0    6 tid         leaf: the heap row. Inner page: block of the child, offset unused
 *        6    2 info        size (13 bits), INDEX_*
 *        8    . nulls       with INDEX_HAS_NULLS: (natts + 7) / 8 bytes, bit set where NOT null
 *        .    . columns     without padding
 *        .    6 heap tid    at the very end, only with INDEX_PIVOT_TID
 *
 * A pivot tuple (high key, or any in an inner page) may have fewer columns than the index: with
 * INDEX_PIVOT the two bytes at offset 4 are its column count, 0 for minus infinity.
 */
#ifndef FORMAT_BTREE_PAGE_H
#define FORMAT_BTREE_PAGE_H

#include "format/page.h"

#define BTREE_MAGIC 0x54425353u /* "SSBT" */
#define BTREE_VERSION 1
#define BTREE_META_BLOCK 0
#define BTREE_NONE InvalidBlockNumber

typedef struct BtreePageOpaque {
    BlockNumber prev;
    BlockNumber next;
    uint16 level;
    uint16 flags;
    uint16 cycle;
    uint16 zero;
    uint64 delete_xid;
} BtreePageOpaque;
_Static_assert(sizeof(BtreePageOpaque) == 24, "special space is 24 bytes");

#define BTP_LEAF 0x0001
#define BTP_ROOT 0x0002
#define BTP_DELETED 0x0004
#define BTP_META 0x0008
#define BTP_HALF_DEAD 0x0010
#define BTP_SPLIT_END 0x0020  /* rightmost page of a split group, for vacuum's cycle */
#define BTP_HAS_GARBAGE 0x0040 /* hint: some items are LP_DEAD */
#define BTP_INCOMPLETE_SPLIT 0x0080 /* the right sibling is not in the parent yet */

typedef struct BtreeMeta {
    uint32 magic;
    uint32 version;
    BlockNumber root;       /* 0xffffffff: no root yet */
    uint32 level;
    BlockNumber fast_root;  /* lowest level with a single page */
    uint32 fast_level;
    uint32 attribute_count; /* columns, INCLUDE ones too */
    uint32 key_count;
} BtreeMeta;

typedef struct IndexTupleData {
    ItemPointerData t_tid;
    uint16 t_info;
} __attribute__((packed, aligned(2))) IndexTupleData;
typedef IndexTupleData *IndexTuple;
_Static_assert(sizeof(IndexTupleData) == 8, "index tuple header is 8 bytes");

#define INDEX_SIZE_MASK 0x1fff
#define INDEX_PIVOT 0x2000
#define INDEX_PIVOT_TID 0x4000
#define INDEX_HAS_NULLS 0x8000

/* At least three items fit in a page. */
#define BTREE_MAX_ITEM_SIZE                                                                        \
    ((Size)((BLCKSZ - PAGE_HEADER_SIZE - 3 * sizeof(ItemIdData) - sizeof(BtreePageOpaque)) / 3 -   \
            sizeof(ItemPointerData)))

/* The most index tuples a page can have. */
#define BTREE_MAX_ITEMS                                                                            \
    ((BLCKSZ - PAGE_HEADER_SIZE - sizeof(BtreePageOpaque)) /                                       \
     (sizeof(IndexTupleData) + 1 + sizeof(ItemIdData)))

static inline uint16
index_tuple_info(const void *itup)
{
    uint16 info;
    memcpy(&info, (const char *)itup + 6, 2);
    return info;
}

static inline Size
IndexTupleSize(const void *itup)
{
    return index_tuple_info(itup) & INDEX_SIZE_MASK;
}

static inline BtreePageOpaque *
btree_page_opaque(const void *page)
{
    return (BtreePageOpaque *)page_special(page);
}

/* Line number of the first key: 2 where there is a high key. */
static inline OffsetNumber
btree_first_data_key(const BtreePageOpaque *opaque)
{
    return opaque->next == BTREE_NONE ? 1 : 2;
}

static inline BtreeMeta *
btree_page_meta(const void *page)
{
    return (BtreeMeta *)((char *)page + PAGE_HEADER_SIZE);
}

#endif
