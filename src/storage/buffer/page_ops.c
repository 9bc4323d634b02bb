/*
 * page_ops.c - adding, removing and compacting the items of a page
 *
 * Invariants P1-P3 of format/page.h hold before and after each function. All of them are
 *            deterministic: replay calls them on an equal page and gets an equal page.
 * Locks      the caller holds the page's exclusive content lock; functions that move items need a
 *            cleanup lock on heap pages.
 * Errors     a page that breaks P1-P3 is ERROR XX001; no room is a return value.
 */
#include <string.h>

#include "error/error.h"
#include "format/page.h"

typedef struct ItemPlace {
    uint16 offset_index; /* line pointer number - 1 */
    uint16 off;
    uint16 len;
} ItemPlace;

#define PAGE_ITEMS_MAX ((BLCKSZ - PAGE_HEADER_SIZE) / sizeof(ItemIdData))

static void
page_check_bounds(const void *page)
{
    PageHeader header = page_header(page);

    if (header->lower < PAGE_HEADER_SIZE || header->lower > header->upper ||
        header->upper > header->special || header->special > BLCKSZ)
        ereport(ERROR, (errcode(ERRCODE_DATA_CORRUPTED),
                        errmsg("corrupted page pointers: lower = %u, upper = %u, special = %u",
                               header->lower, header->upper, header->special)));
}

void
page_init(Page page, Size special_size)
{
    PageHeader header = page_header(page);

    Assert(special_size < BLCKSZ - PAGE_HEADER_SIZE);
    memset(page, 0, BLCKSZ);
    header->lower = PAGE_HEADER_SIZE;
    header->upper = (uint16)(BLCKSZ - special_size);
    header->special = (uint16)(BLCKSZ - special_size);
    header->version = PAGE_LAYOUT_VERSION;
}

void
page_set_checksum(Page page, BlockNumber block)
{
    if (!page_is_new(page))
        page_header(page)->crc = page_compute_crc(page, block);
}

/* The line number for an item whose place is ours to choose. */
static OffsetNumber
page_choose_line(Page page, int flags)
{
    OffsetNumber max = page_max_offset(page);

    if (!page_has_flag(page, PAGE_HAS_FREE_LINES))
        return max + 1;
    for (OffsetNumber offset = 1; offset <= max; offset++)
        if (!item_id_is_used(page_item_id(page, offset)) &&
            !item_id_has_storage(page_item_id(page, offset)))
            return offset;
    page_clear_flag(page, PAGE_HAS_FREE_LINES);
    return max + 1;
}

OffsetNumber
page_add_item(Page page, const void *item, Size size, OffsetNumber offset, int flags)
{
    PageHeader header = page_header(page);
    OffsetNumber limit;
    bool shuffle = false;
    unsigned lower, upper;

    page_check_bounds(page);
    limit = page_max_offset(page) + 1;
    if (offset != 0) {
        if (flags & PAGE_ADD_OVERWRITE) {
            if (offset < limit && (item_id_is_used(page_item_id(page, offset)) ||
                                   item_id_has_storage(page_item_id(page, offset))))
                return 0;
        } else
            shuffle = offset < limit;
    } else
        offset = page_choose_line(page, flags);
    if (offset > limit)
        return 0;
    if ((flags & PAGE_ADD_IS_HEAP) && offset > PAGE_MAX_HEAP_ITEMS)
        return 0;
    lower = header->lower + (offset == limit || shuffle ? sizeof(ItemIdData) : 0);
    if (size > header->upper || lower > header->upper - size)
        return 0;
    upper = header->upper - (unsigned)size;
    if (shuffle)
        memmove(page_item_id(page, offset + 1), page_item_id(page, offset),
                (limit - offset) * sizeof(ItemIdData));
    item_id_set_normal(page_item_id(page, offset), upper, (unsigned)size);
    memcpy(page + upper, item, size);
    header->lower = (uint16)lower;
    header->upper = (uint16)upper;
    return offset;
}

Size
page_heap_free_space(const void *page)
{
    Size space = page_free_space(page);
    OffsetNumber max = page_max_offset(page);

    if (space == 0 || max < PAGE_MAX_HEAP_ITEMS)
        return space;
    if (!page_has_flag(page, PAGE_HAS_FREE_LINES))
        return 0;
    for (OffsetNumber offset = 1; offset <= max; offset++)
        if (!item_id_is_used(page_item_id(page, offset)))
            return space;
    return 0;
}

/*
 * Lays the items of `places` (any order) against the special space again. Works from a copy of the
 * item area unless they are already in descending order without a gap to close below.
 */
static void
page_compact(Page page, ItemPlace *places, int count)
{
    PageHeader header = page_header(page);
    char copy[BLCKSZ];
    unsigned upper = header->special;
    int i = 0;

    /* Items at the top that need not move, which after a small delete are most of them. */
    while (i < count && places[i].off + places[i].len == upper)
        upper = places[i++].off;
    if (i < count) {
        memcpy(copy + header->upper, page + header->upper, header->special - header->upper);
        for (; i < count; i++) {
            upper -= places[i].len;
            memcpy(page + upper, copy + places[i].off, places[i].len);
            page_item_id(page, places[i].offset_index + 1)->lp_off = upper;
        }
    }
    header->upper = (uint16)upper;
}

/* Checks P3 and remembers where an item lies; returns its length. */
static unsigned
page_note_place(Page page, OffsetNumber offset, ItemPlace *ret_place)
{
    PageHeader header = page_header(page);
    ItemId id = page_item_id(page, offset);

    if (id->lp_off < header->upper || id->lp_off + id->lp_len > header->special)
        ereport(ERROR, (errcode(ERRCODE_DATA_CORRUPTED),
                        errmsg("corrupted line pointer: offset = %u, size = %u",
                               (unsigned)id->lp_off, (unsigned)id->lp_len)));
    *ret_place = (ItemPlace){.offset_index = offset - 1, .off = id->lp_off, .len = id->lp_len};
    return id->lp_len;
}

void
page_repair_fragmentation(Page page)
{
    PageHeader header = page_header(page);
    ItemPlace places[PAGE_ITEMS_MAX];
    OffsetNumber max, last_used = 0;
    int count = 0, unused = 0;
    unsigned total = 0;

    page_check_bounds(page);
    max = page_max_offset(page);
    for (OffsetNumber offset = 1; offset <= max; offset++) {
        ItemId id = page_item_id(page, offset);
        if (!item_id_is_used(id)) {
            item_id_set_unused(id);
            unused++;
            continue;
        }
        last_used = offset;
        if (item_id_has_storage(id))
            total += page_note_place(page, offset, &places[count++]);
    }
    if (total > (unsigned)(header->special - header->lower))
        ereport(ERROR, (errcode(ERRCODE_DATA_CORRUPTED),
                        errmsg("corrupted item lengths: total %u, available space %u", total,
                               (unsigned)(header->special - header->lower))));
    page_compact(page, places, count);
    if (last_used != max) {
        unused -= max - last_used;
        header->lower = (uint16)(PAGE_HEADER_SIZE + last_used * sizeof(ItemIdData));
    }
    if (unused > 0)
        page_set_flag(page, PAGE_HAS_FREE_LINES);
    else
        page_clear_flag(page, PAGE_HAS_FREE_LINES);
}

void
page_truncate_lines(Page page)
{
    PageHeader header = page_header(page);
    OffsetNumber max = page_max_offset(page);
    bool has_free = false;

    while (max > 0 && !item_id_is_used(page_item_id(page, max)))
        max--;
    for (OffsetNumber offset = 1; offset <= max && !has_free; offset++)
        has_free = !item_id_is_used(page_item_id(page, offset));
    header->lower = (uint16)(PAGE_HEADER_SIZE + max * sizeof(ItemIdData));
    if (has_free)
        page_set_flag(page, PAGE_HAS_FREE_LINES);
    else
        page_clear_flag(page, PAGE_HAS_FREE_LINES);
}

void
page_index_delete(Page page, OffsetNumber offset)
{
    PageHeader header = page_header(page);
    OffsetNumber max = page_max_offset(page);
    unsigned off, len;
    ItemPlace place;

    page_check_bounds(page);
    if (offset == 0 || offset > max)
        elog(ERROR, "invalid index offnum: %u", offset);
    len = page_note_place(page, offset, &place);
    off = place.off;
    memmove(page_item_id(page, offset), page_item_id(page, offset + 1),
            (max - offset) * sizeof(ItemIdData));
    header->lower -= sizeof(ItemIdData);
    memmove(page + header->upper + len, page + header->upper, off - header->upper);
    header->upper += (uint16)len;
    for (OffsetNumber other = 1; other < max; other++) {
        ItemId id = page_item_id(page, other);
        if (item_id_has_storage(id) && id->lp_off <= off)
            id->lp_off += len;
    }
}

void
page_index_delete_many(Page page, const OffsetNumber *offsets, int count)
{
    PageHeader header = page_header(page);
    ItemIdData lines[PAGE_ITEMS_MAX];
    ItemPlace places[PAGE_ITEMS_MAX];
    OffsetNumber max;
    int kept = 0, next = 0;

    page_check_bounds(page);
    max = page_max_offset(page);
    for (OffsetNumber offset = 1; offset <= max; offset++) {
        if (next < count && offsets[next] == offset) {
            next++;
            continue;
        }
        page_note_place(page, offset, &places[kept]);
        places[kept].offset_index = (uint16)kept;
        lines[kept++] = *page_item_id(page, offset);
    }
    if (next != count)
        elog(ERROR, "incorrect index offsets supplied");
    memcpy(header->items, lines, kept * sizeof(ItemIdData));
    header->lower = (uint16)(PAGE_HEADER_SIZE + kept * sizeof(ItemIdData));
    page_compact(page, places, kept);
}

bool
page_index_overwrite(Page page, OffsetNumber offset, const void *item, Size size)
{
    PageHeader header = page_header(page);
    OffsetNumber max = page_max_offset(page);
    ItemPlace place;
    int grow;

    page_check_bounds(page);
    if (offset == 0 || offset > max)
        elog(ERROR, "invalid index offnum: %u", offset);
    page_note_place(page, offset, &place);
    grow = (int)size - (int)place.len;
    if (grow > (int)page_exact_free_space(page))
        return false;
    if (grow != 0) {
        memmove(page + header->upper - grow, page + header->upper, place.off - header->upper);
        header->upper = (uint16)(header->upper - grow);
        for (OffsetNumber other = 1; other <= max; other++) {
            ItemId id = page_item_id(page, other);
            if (item_id_has_storage(id) && id->lp_off <= place.off)
                id->lp_off -= grow;
        }
    }
    page_item_id(page, offset)->lp_off = place.off - grow;
    page_item_id(page, offset)->lp_len = (unsigned)size;
    memcpy(page + place.off - grow, item, size);
    return true;
}
