/*
 * page.h - the bytes of a page, and the accessors that need no more than them
 *
 * Every page of a relation file is BLCKSZ (8192) bytes:
 *
 *   offset size field
 *        0    8 lsn         end of the WAL record that changed the page last
 *        8    4 crc         CRC-32C of the whole page with this field as zero and, before it, the
 *                           block number; set when the page is written, checked whenever it is read
 *       12    2 flags       PAGE_* below
 *       14    2 lower       end of the line pointers
 *       16    2 upper       start of the items
 *       18    2 special     start of the special space
 *       20    6 prune_xid   oldest xmax that might be prunable, 0 if none (48 bits)
 *       26    2 version     layout of this page, PAGE_LAYOUT_VERSION
 *       28    4 each        line pointers, growing up to lower
 *    upper    .             items, growing down, without padding
 *  special    .             what the access method keeps there
 *
 * A page of 8192 zero bytes is new: it has no checksum and is valid.
 *
 * Invariants  P1. PAGE_HEADER_SIZE <= lower <= upper <= special <= BLCKSZ, unless the page is new.
 *             P2. (lower - PAGE_HEADER_SIZE) is a multiple of 4.
 *             P3. the item of a line pointer with storage lies within [upper, special).
 * Locks       the caller holds the content lock of the buffer: shared to read, exclusive to change.
 */
#ifndef FORMAT_PAGE_H
#define FORMAT_PAGE_H

#include <stddef.h>

#include "base/base.h"
#include "base/crc32c.h"

typedef char *Page;

#define PAGE_LAYOUT_VERSION 1
#define PAGE_HEADER_SIZE 28

/* page flags */
#define PAGE_HAS_FREE_LINES 0x0001 /* hint: there is an unused line pointer */
#define PAGE_FULL 0x0002           /* hint: an update found no room here */
#define PAGE_ALL_VISIBLE 0x0004    /* every tuple is visible to everyone */
#define PAGE_VALID_FLAGS 0x0007

/* Line pointer: 15 bits offset, 2 bits state, 15 bits length, as PostgreSQL's. */
typedef struct ItemIdData {
    unsigned lp_off : 15;
    unsigned lp_flags : 2;
    unsigned lp_len : 15;
} ItemIdData;
typedef ItemIdData *ItemId;

#define LP_UNUSED 0   /* free; length is 0 */
#define LP_NORMAL 1   /* in use; length is above 0 */
#define LP_REDIRECT 2 /* leads to another line pointer of the page: offset is its number */
#define LP_DEAD 3     /* dead; may or may not have storage */

typedef struct PageHeaderData {
    uint64 lsn;
    uint32 crc;
    uint16 flags;
    uint16 lower;
    uint16 upper;
    uint16 special;
    uint8 prune_xid[6];
    uint16 version;
    ItemIdData items[];
} PageHeaderData;
typedef PageHeaderData *PageHeader;

_Static_assert(sizeof(ItemIdData) == 4, "a line pointer is 4 bytes");
_Static_assert(sizeof(PageHeaderData) == 32 || sizeof(PageHeaderData) == PAGE_HEADER_SIZE,
               "the page header is 28 bytes (32 with the tail padding of its alignment)");
_Static_assert(offsetof(PageHeaderData, crc) == 8, "crc at 8");
_Static_assert(offsetof(PageHeaderData, prune_xid) == 20, "prune_xid at 20");
_Static_assert(offsetof(PageHeaderData, items) == PAGE_HEADER_SIZE, "line pointers at 28");

/* flags of page_add_item */
#define PAGE_ADD_OVERWRITE 0x01 /* replace the line pointer at the given offset if it is unused */
#define PAGE_ADD_IS_HEAP 0x02   /* look for a free line pointer first; bound their number */

/* The most line pointers a heap page may have: each needs a pointer and a smallest tuple. */
#define PAGE_MAX_HEAP_ITEMS ((OffsetNumber)((BLCKSZ - PAGE_HEADER_SIZE) / (sizeof(ItemIdData) + 24)))

static inline PageHeader
page_header(const void *page)
{
    return (PageHeader)page;
}

/* New pages have never been initialised: all bytes are zero. Only `upper` is looked at. */
static inline bool
page_is_new(const void *page)
{
    return page_header(page)->upper == 0;
}

static inline XLogRecPtr
page_lsn(const void *page)
{
    return __atomic_load_n(&page_header(page)->lsn, __ATOMIC_RELAXED);
}

static inline void
page_set_lsn(Page page, XLogRecPtr lsn)
{
    __atomic_store_n(&page_header(page)->lsn, lsn, __ATOMIC_RELAXED);
}

static inline bool
page_has_flag(const void *page, uint16 flag)
{
    return (page_header(page)->flags & flag) != 0;
}

static inline void
page_set_flag(Page page, uint16 flag)
{
    page_header(page)->flags |= flag;
}

static inline void
page_clear_flag(Page page, uint16 flag)
{
    page_header(page)->flags &= (uint16)~flag;
}

static inline uint64
page_prune_xid(const void *page)
{
    uint64 xid = 0;
    memcpy(&xid, page_header(page)->prune_xid, 6);
    return xid;
}

static inline void
page_set_prune_xid(Page page, uint64 xid)
{
    memcpy(page_header(page)->prune_xid, &xid, 6);
}

/* Number of line pointers, used or not; 0 on an empty or new page. */
static inline OffsetNumber
page_max_offset(const void *page)
{
    uint16 lower = page_header(page)->lower;
    return lower <= PAGE_HEADER_SIZE ? 0
                                     : (OffsetNumber)((lower - PAGE_HEADER_SIZE) / sizeof(ItemIdData));
}

static inline ItemId
page_item_id(const void *page, OffsetNumber offset)
{
    return &page_header(page)->items[offset - 1];
}

static inline void *
page_item(const void *page, ItemId id)
{
    return (char *)page + id->lp_off;
}

/* The item at a line number, which must have storage. */
static inline void *
page_item_at(const void *page, OffsetNumber offset)
{
    return (char *)page + page_item_id(page, offset)->lp_off;
}

static inline void *
page_special(const void *page)
{
    return (char *)page + page_header(page)->special;
}

static inline uint16
page_special_size(const void *page)
{
    return (uint16)(BLCKSZ - page_header(page)->special);
}

static inline bool item_id_is_used(ItemId id) { return id->lp_flags != LP_UNUSED; }
static inline bool item_id_is_normal(ItemId id) { return id->lp_flags == LP_NORMAL; }
static inline bool item_id_is_redirect(ItemId id) { return id->lp_flags == LP_REDIRECT; }
static inline bool item_id_is_dead(ItemId id) { return id->lp_flags == LP_DEAD; }
static inline bool item_id_has_storage(ItemId id) { return id->lp_len != 0; }
static inline OffsetNumber item_id_redirect(ItemId id) { return (OffsetNumber)id->lp_off; }

static inline void
item_id_set_unused(ItemId id)
{
    *id = (ItemIdData){.lp_off = 0, .lp_flags = LP_UNUSED, .lp_len = 0};
}

static inline void
item_id_set_normal(ItemId id, unsigned off, unsigned len)
{
    *id = (ItemIdData){.lp_off = off, .lp_flags = LP_NORMAL, .lp_len = len};
}

static inline void
item_id_set_redirect(ItemId id, OffsetNumber to)
{
    *id = (ItemIdData){.lp_off = to, .lp_flags = LP_REDIRECT, .lp_len = 0};
}

static inline void
item_id_set_dead(ItemId id)
{
    *id = (ItemIdData){.lp_off = 0, .lp_flags = LP_DEAD, .lp_len = 0};
}

/* Dead, its storage kept: an index entry that a scan found dead. */
static inline void
item_id_mark_dead(ItemId id)
{
    id->lp_flags = LP_DEAD;
}

/* Bytes between line pointers and items. */
static inline Size
page_exact_free_space(const void *page)
{
    PageHeader header = page_header(page);
    return header->upper > header->lower ? (Size)(header->upper - header->lower) : 0;
}

/* Bytes an item could have, after the line pointer it needs. */
static inline Size
page_free_space(const void *page)
{
    Size space = page_exact_free_space(page);
    return space < sizeof(ItemIdData) ? 0 : space - sizeof(ItemIdData);
}

/* The same for `count` items together. */
static inline Size
page_free_space_for(const void *page, unsigned count)
{
    Size space = page_exact_free_space(page);
    return space < count * sizeof(ItemIdData) ? 0 : space - count * sizeof(ItemIdData);
}

/* CRC-32C over block number and page, its own field taken as zero. */
static inline uint32
page_compute_crc(const void *page, BlockNumber block)
{
    static const uint32 zero = 0;
    pg_crc32c crc;

    INIT_CRC32C(crc);
    COMP_CRC32C(crc, &block, sizeof(block));
    COMP_CRC32C(crc, page, offsetof(PageHeaderData, crc));
    COMP_CRC32C(crc, &zero, sizeof(zero));
    COMP_CRC32C(crc, (const char *)page + offsetof(PageHeaderData, flags),
                BLCKSZ - offsetof(PageHeaderData, flags));
    FIN_CRC32C(crc);
    return crc;
}

static inline bool
page_is_all_zero(const void *page)
{
    const uint64 *words = page;
    for (unsigned i = 0; i < BLCKSZ / sizeof(uint64); i++)
        if (words[i] != 0)
            return false;
    return true;
}

/* Whether bytes read from disk are a page: right checksum and P1, or all zero. */
static inline bool
page_is_valid(const void *page, BlockNumber block)
{
    PageHeader header = page_header(page);

    if (page_is_new(page))
        return page_is_all_zero(page);
    return header->lower >= PAGE_HEADER_SIZE && header->lower <= header->upper &&
           header->upper <= header->special && header->special <= BLCKSZ &&
           header->version == PAGE_LAYOUT_VERSION && header->crc == page_compute_crc(page, block);
}

/* --- buffer/page_ops.c --- */

/* Makes an empty page with so much special space; all else is zeroed. */
void page_init(Page page, Size special_size);

/*
 * Puts an item on the page and returns its line number, or 0 (InvalidOffsetNumber) when there is
 * no room. With `offset` 0 the place is chosen (heap: first unused line pointer; else the end).
 * With an offset and without PAGE_ADD_OVERWRITE later line pointers move up by one.
 */
OffsetNumber page_add_item(Page page, const void *item, Size size, OffsetNumber offset, int flags);

/* Free space for a heap tuple: 0 as well when all PAGE_MAX_HEAP_ITEMS line pointers are in use. */
Size page_heap_free_space(const void *page);

/* Moves items together after some have become unused or lost their storage. */
void page_repair_fragmentation(Page page);

/* Gives back unused line pointers at the end of the array (heap pages, second vacuum pass). */
void page_truncate_lines(Page page);

/* Index pages: remove items and close the gap in the line pointers too. */
void page_index_delete(Page page, OffsetNumber offset);
void page_index_delete_many(Page page, const OffsetNumber *offsets, int count); /* ascending */

/* Replaces an item by one of any size in the same line pointer; false if it does not fit. */
bool page_index_overwrite(Page page, OffsetNumber offset, const void *item, Size size);

/* Sets the checksum of a page that is about to be written; `page` must not change meanwhile. */
void page_set_checksum(Page page, BlockNumber block);

#endif
