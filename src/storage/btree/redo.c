/*
 * redo.c - replays index records
 */
#include "base/bytes.h"
#include "btree_int.h"
#include "memory/stringinfo.h"

static void
finish(const WalRecord *record, Buffer buffer)
{
    page_set_lsn(buffer_page(buffer), record->end);
    buffer_mark_dirty(buffer);
}

static void
clear_incomplete(const WalRecord *record, uint8 block_id, uint16 flags)
{
    Buffer buffer;

    if (buffer_read_for_redo(record, block_id, &buffer) == BUFFER_REDO_NEEDED) {
        btree_page_opaque(buffer_page(buffer))->flags &= (uint16)~flags;
        finish(record, buffer);
    }
    if (BufferIsValid(buffer))
        buffer_unlock_release(buffer);
}

static void
redo_insert(const WalRecord *record)
{
    WalBtreeInsert rec;
    Buffer buffer;

    memcpy(&rec, record->data, sizeof(rec));
    if (wal_record_block(record, 1) != NULL)
        clear_incomplete(record, 1, BTP_INCOMPLETE_SPLIT);
    if (buffer_read_for_redo(record, 0, &buffer) == BUFFER_REDO_NEEDED) {
        uint32 length;
        const char *itup = wal_record_block_data(record, 0, &length);

        if (page_add_item(buffer_page(buffer), itup, length, rec.offset, 0) ==
            InvalidOffsetNumber)
            elog(PANIC, "failed to add new item in btree redo");
        finish(record, buffer);
    }
    if (BufferIsValid(buffer))
        buffer_unlock_release(buffer);
}

static void
redo_split(const WalRecord *record)
{
    WalBtreeSplit rec;
    BlockNumber left_block = wal_record_block(record, 0)->block;
    BlockNumber right_block = wal_record_block(record, 1)->block;
    uint16 leaf;
    Buffer left, right;
    uint32 length;
    const char *data;
    BtreePageOpaque *opaque;

    memcpy(&rec, record->data, sizeof(rec));
    leaf = rec.level == 0 ? BTP_LEAF : 0;
    if (wal_record_block(record, 3) != NULL)
        clear_incomplete(record, 3, BTP_INCOMPLETE_SPLIT);

    right = buffer_init_for_redo(record, 1);
    btree__init_page(buffer_page(right));
    opaque = btree_page_opaque(buffer_page(right));
    *opaque = (BtreePageOpaque){.prev = left_block, .next = rec.old_next, .level = rec.level,
                                .flags = leaf, .cycle = 0};
    data = wal_record_block_data(record, 1, &length);
    btree__add_items(buffer_page(right), data, length);
    finish(record, right);

    if (buffer_read_for_redo(record, 0, &left) == BUFFER_REDO_NEEDED) {
        Page page = buffer_page(left), rebuilt = palloc(BLCKSZ);
        const char *high_key = wal_record_block_data(record, 0, &length);
        const char *new_item = rec.new_on_left ? high_key + IndexTupleSize(high_key) : NULL;

        btree__rebuild_left(page, rebuilt, high_key, rec.first_right, new_item, rec.new_offset);
        opaque = btree_page_opaque(rebuilt);
        opaque->flags = leaf | BTP_INCOMPLETE_SPLIT;
        opaque->next = right_block;
        opaque->cycle = 0;
        memcpy(page, rebuilt, BLCKSZ);
        finish(record, left);
        pfree(rebuilt);
    }
    if (wal_record_block(record, 2) != NULL) {
        Buffer sibling;
        if (buffer_read_for_redo(record, 2, &sibling) == BUFFER_REDO_NEEDED) {
            btree_page_opaque(buffer_page(sibling))->prev = right_block;
            finish(record, sibling);
        }
        if (BufferIsValid(sibling))
            buffer_unlock_release(sibling);
    }
    if (BufferIsValid(left))
        buffer_unlock_release(left);
    buffer_unlock_release(right);
}

static void
redo_delete(const WalRecord *record)
{
    uint16 count;
    Buffer buffer;

    memcpy(&count, record->data, sizeof(count));
    if (buffer_read_for_redo(record, 0, &buffer) == BUFFER_REDO_NEEDED) {
        OffsetNumber offsets[BTREE_MAX_ITEMS];
        Page page = buffer_page(buffer);

        memcpy(offsets, wal_record_block_data(record, 0, NULL), count * sizeof(OffsetNumber));
        page_index_delete_many(page, offsets, count);
        btree_page_opaque(page)->flags &= (uint16)~BTP_HAS_GARBAGE;
        finish(record, buffer);
    }
    if (BufferIsValid(buffer))
        buffer_unlock_release(buffer);
}

static void
redo_new_root(const WalRecord *record)
{
    WalBtreeRoot rec;
    Buffer root, meta;
    uint32 length;
    const char *items;

    memcpy(&rec, record->data, sizeof(rec));
    root = buffer_init_for_redo(record, 0);
    btree__init_page(buffer_page(root));
    *btree_page_opaque(buffer_page(root)) =
        (BtreePageOpaque){.prev = BTREE_NONE, .next = BTREE_NONE, .level = (uint16)rec.level,
                          .flags = BTP_ROOT | (rec.level == 0 ? BTP_LEAF : 0)};
    items = wal_record_block_data(record, 0, &length);
    if (items != NULL)
        btree__add_items(buffer_page(root), items, length);
    finish(record, root);
    if (wal_record_block(record, 1) != NULL)
        clear_incomplete(record, 1, BTP_INCOMPLETE_SPLIT | BTP_ROOT);
    meta = buffer_init_for_redo(record, 2);
    btree__init_meta(buffer_page(meta), rec.root, rec.level, rec.natts, rec.nkeys);
    finish(record, meta);
    buffer_unlock_release(meta);
    buffer_unlock_release(root);
}

static void
redo_unlink(const WalRecord *record)
{
    WalBtreeUnlink rec;
    Buffer buffer;

    memcpy(&rec, record->data, sizeof(rec));
    if (buffer_read_for_redo(record, 3, &buffer) == BUFFER_REDO_NEEDED) {
        Page parent = buffer_page(buffer);
        btree_tuple_set_child(page_item_at(parent, rec.parent_offset), rec.right);
        page_index_delete(parent, (OffsetNumber)(rec.parent_offset + 1));
        finish(record, buffer);
    }
    if (BufferIsValid(buffer))
        buffer_unlock_release(buffer);
    if (wal_record_block(record, 2) != NULL) {
        if (buffer_read_for_redo(record, 2, &buffer) == BUFFER_REDO_NEEDED) {
            btree__apply_unlink(NULL, NULL, buffer_page(buffer), rec.left, rec.right, 0);
            finish(record, buffer);
        }
        if (BufferIsValid(buffer))
            buffer_unlock_release(buffer);
    }
    if (buffer_read_for_redo(record, 1, &buffer) == BUFFER_REDO_NEEDED) {
        btree__apply_unlink(NULL, buffer_page(buffer), NULL, rec.left, rec.right, 0);
        finish(record, buffer);
    }
    if (BufferIsValid(buffer))
        buffer_unlock_release(buffer);
    buffer = buffer_init_for_redo(record, 0);
    btree__init_page(buffer_page(buffer));
    btree__apply_unlink(buffer_page(buffer), NULL, NULL, rec.left, rec.right,
                        bytes_get_xid(rec.delete_xid));
    finish(record, buffer);
    buffer_unlock_release(buffer);
}

void
btree__redo(const WalRecord *record)
{
    switch (record->info) {
    case WAL_BTREE_INSERT:
        redo_insert(record);
        break;
    case WAL_BTREE_SPLIT:
        redo_split(record);
        break;
    case WAL_BTREE_DELETE:
        redo_delete(record);
        break;
    case WAL_BTREE_NEW_ROOT:
        redo_new_root(record);
        break;
    case WAL_BTREE_UNLINK:
        redo_unlink(record);
        break;
    default:
        elog(PANIC, "btree redo: unknown op code %u", record->info);
    }
}

const char *
btree__identify(uint8 info)
{
    static const char *const names[] = {
        [WAL_BTREE_INSERT] = "INSERT",     [WAL_BTREE_SPLIT] = "SPLIT",
        [WAL_BTREE_DELETE] = "DELETE",     [WAL_BTREE_NEW_ROOT] = "NEWROOT",
        [WAL_BTREE_UNLINK] = "UNLINK_PAGE"};

    return info < lengthof(names) ? names[info] : NULL;
}

void
btree__describe(StringInfo buf, const WalRecord *record)
{
    switch (record->info) {
    case WAL_BTREE_INSERT: {
        WalBtreeInsert rec;
        memcpy(&rec, record->data, sizeof(rec));
        appendStringInfo(buf, "off %u", rec.offset);
        break;
    }
    case WAL_BTREE_SPLIT: {
        WalBtreeSplit rec;
        memcpy(&rec, record->data, sizeof(rec));
        appendStringInfo(buf, "level %u, firstrightoff %u, newitemoff %u, on %s", rec.level,
                         rec.first_right, rec.new_offset, rec.new_on_left ? "left" : "right");
        break;
    }
    case WAL_BTREE_DELETE: {
        uint16 count;
        memcpy(&count, record->data, sizeof(count));
        appendStringInfo(buf, "ndeleted %u", count);
        break;
    }
    case WAL_BTREE_NEW_ROOT: {
        WalBtreeRoot rec;
        memcpy(&rec, record->data, sizeof(rec));
        appendStringInfo(buf, "root %u lev %u", rec.root, rec.level);
        break;
    }
    case WAL_BTREE_UNLINK: {
        WalBtreeUnlink rec;
        memcpy(&rec, record->data, sizeof(rec));
        appendStringInfo(buf, "left %u; right %u; delete_xid %llu", rec.left, rec.right,
                         (unsigned long long)bytes_get_xid(rec.delete_xid));
        break;
    }
    default:
        break;
    }
}
