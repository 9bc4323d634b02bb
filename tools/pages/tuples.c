/*
 * tuples.c - the items of heap and index pages in words
 */
#include <stdio.h>

#include "pages.h"

void
print_bytes(const char *bytes, unsigned length)
{
    for (unsigned i = 0; i < length; i += 16) {
        printf("        %04x ", i);
        for (unsigned j = i; j < i + 16; j++)
            if (j < length)
                printf(" %02x", (unsigned char)bytes[j]);
            else
                printf("   ");
        printf("  ");
        for (unsigned j = i; j < i + 16 && j < length; j++)
            putchar(bytes[j] >= ' ' && bytes[j] < 127 ? bytes[j] : '.');
        putchar('\n');
    }
}

typedef struct FlagName {
    unsigned bit;
    const char *name;
} FlagName;

static void
print_flags(unsigned flags, const FlagName *names, size_t count)
{
    const char *separator = "";

    for (size_t i = 0; i < count; i++)
        if ((flags & names[i].bit) == names[i].bit) {
            printf("%s%s", separator, names[i].name);
            separator = "|";
            flags &= ~names[i].bit;
        }
    if (*separator == '\0')
        printf("-");
}

static const FlagName infomask_names[] = {
    {HEAP_HASNULL, "HASNULL"},
    {HEAP_HASVARWIDTH, "HASVARWIDTH"},
    {HEAP_HASEXTERNAL, "HASEXTERNAL"},
    {HEAP_COMBOCID, "COMBOCID"},
    {HEAP_XMAX_SHR_LOCK, "XMAX_SHR_LOCK"},
    {HEAP_XMAX_KEYSHR_LOCK, "XMAX_KEYSHR_LOCK"},
    {HEAP_XMAX_EXCL_LOCK, "XMAX_EXCL_LOCK"},
    {HEAP_XMAX_LOCK_ONLY, "XMAX_LOCK_ONLY"},
    {HEAP_XMIN_FROZEN, "XMIN_FROZEN"},
    {HEAP_XMIN_COMMITTED, "XMIN_COMMITTED"},
    {HEAP_XMIN_INVALID, "XMIN_INVALID"},
    {HEAP_XMAX_COMMITTED, "XMAX_COMMITTED"},
    {HEAP_XMAX_INVALID, "XMAX_INVALID"},
    {HEAP_XMAX_IS_MULTI, "XMAX_IS_MULTI"},
    {HEAP_UPDATED, "UPDATED"},
};

static const FlagName infomask2_names[] = {
    {HEAP_KEYS_UPDATED, "KEYS_UPDATED"},
    {HEAP_HOT_UPDATED, "HOT_UPDATED"},
    {HEAP_ONLY_TUPLE, "HEAP_ONLY"},
};

static void
print_heap_tuple(const char *item, unsigned length, bool with_bytes)
{
    const HeapTupleHeaderData *tup = (const HeapTupleHeaderData *)item;
    ItemPointerData ctid = heap_tuple_ctid(tup);

    if (length < HEAP_TUPLE_HEADER_SIZE || tup->t_hoff > length) {
        printf("      damaged: too short for a tuple\n");
        return;
    }
    printf("      xmin %llu xmax %llu cid %u ctid (%u,%u) columns %d header %u\n",
           (unsigned long long)heap_tuple_raw_xmin(tup),
           (unsigned long long)heap_tuple_raw_xmax(tup), heap_tuple_raw_cid(tup),
           ItemPointerGetBlockNumberNoCheck(&ctid), ItemPointerGetOffsetNumberNoCheck(&ctid),
           heap_tuple_natts(tup), tup->t_hoff);
    printf("      flags ");
    print_flags(heap_tuple_infomask(tup), infomask_names, lengthof(infomask_names));
    printf(" ");
    print_flags(heap_tuple_infomask2(tup), infomask2_names, lengthof(infomask2_names));
    printf("\n");
    if (heap_tuple_has_nulls(tup)) {
        printf("      nulls ");
        for (int i = 0; i < heap_tuple_natts(tup) && tuple_bitmap_size(i + 1) <= tup->t_hoff - 27;
             i++)
            putchar(tuple_att_isnull(i, tup->t_bits) ? 'n' : '.');
        putchar('\n');
    }
    if (with_bytes)
        print_bytes(item + tup->t_hoff, length - tup->t_hoff);
}

static const char *
line_state(ItemId id)
{
    static const char *const names[] = {"unused", "normal", "redirect", "dead"};

    return names[id->lp_flags];
}

static bool
print_line(const char *page, OffsetNumber offset)
{
    ItemId id = page_item_id(page, offset);

    printf("    item %u: %s", offset, line_state(id));
    if (item_id_is_redirect(id))
        printf(" to %u", item_id_redirect(id));
    else if (item_id_has_storage(id))
        printf(" offset %u length %u", id->lp_off, id->lp_len);
    putchar('\n');
    if (!item_id_has_storage(id))
        return false;
    if (id->lp_off + id->lp_len > BLCKSZ) {
        printf("      damaged: beyond the page\n");
        return false;
    }
    return true;
}

void
print_heap_items(const char *page, bool with_bytes)
{
    for (OffsetNumber offset = 1; offset <= page_max_offset(page); offset++)
        if (print_line(page, offset))
            print_heap_tuple(page_item_at(page, offset), page_item_id(page, offset)->lp_len,
                             with_bytes);
}

static const FlagName btree_names[] = {
    {BTP_LEAF, "leaf"},
    {BTP_ROOT, "root"},
    {BTP_DELETED, "deleted"},
    {BTP_META, "meta"},
    {BTP_HALF_DEAD, "half-dead"},
    {BTP_SPLIT_END, "split-end"},
    {BTP_HAS_GARBAGE, "has-garbage"},
    {BTP_INCOMPLETE_SPLIT, "incomplete-split"},
};

static void
print_index_tuple(const char *item, unsigned length, bool is_leaf, bool with_bytes)
{
    uint16 info = index_tuple_info(item), columns;
    ItemPointerData tid;

    memcpy(&tid, item, sizeof(tid));
    memcpy(&columns, item + 4, sizeof(columns));
    if (is_leaf && (info & INDEX_PIVOT) == 0)
        printf("      row (%u,%u)", ItemPointerGetBlockNumberNoCheck(&tid),
               ItemPointerGetOffsetNumberNoCheck(&tid));
    else
        printf("      child %u columns %u%s", ItemPointerGetBlockNumberNoCheck(&tid), columns,
               (info & INDEX_PIVOT_TID) != 0 ? " and tid" : "");
    printf(" size %u%s\n", info & INDEX_SIZE_MASK,
           (info & INDEX_HAS_NULLS) != 0 ? " nulls" : "");
    if (with_bytes)
        print_bytes(item + sizeof(IndexTupleData), length - (unsigned)sizeof(IndexTupleData));
}

void
print_btree_page(const char *page, bool with_items, bool with_bytes)
{
    const BtreePageOpaque *opaque = btree_page_opaque(page);
    const BtreeMeta *meta = btree_page_meta(page);

    printf("  btree prev %d next %d level %u flags ", (int)opaque->prev, (int)opaque->next,
           opaque->level);
    print_flags(opaque->flags, btree_names, lengthof(btree_names));
    printf(" cycle %u", opaque->cycle);
    if ((opaque->flags & BTP_DELETED) != 0)
        printf(" deleted by %llu", (unsigned long long)opaque->delete_xid);
    putchar('\n');
    if ((opaque->flags & BTP_META) != 0) {
        printf("  meta magic %08x version %u root %d level %u columns %u keys %u\n", meta->magic,
               meta->version, (int)meta->root, meta->level, meta->attribute_count,
               meta->key_count);
        return;
    }
    for (OffsetNumber offset = 1; with_items && offset <= page_max_offset(page); offset++) {
        if (offset == 1 && opaque->next != BTREE_NONE)
            printf("    high key\n");
        if (print_line(page, offset))
            print_index_tuple(page_item_at(page, offset), page_item_id(page, offset)->lp_len,
                              (opaque->flags & BTP_LEAF) != 0, with_bytes);
    }
}
