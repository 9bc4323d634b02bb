/*
 * insert.c - new entries, and whether they may be
 *
 * A unique index is searched for equal keys with the first page that may have them exclusively
 * locked until the new entry is in: so of two inserters of the same key one sees the other. An equal
 * key whose row is being made or ended by somebody is waited for, with the page unlocked, and then
 * all is looked at anew.
 *
 * Locks      pages left to right, children before parents; heap pages while a leaf is locked.
 */
#include "btree_int.h"
#include "heap/fsm.h"
#include "xact/clog.h"

char *(*btree_describe_key_hook)(Relation index, const Datum *values, const bool *isnull);

void
btree__throw_duplicate(Relation index, const Datum *values, const bool *isnull, bool in_build)
{
    char *key = btree_describe_key_hook != NULL ? btree_describe_key_hook(index, values, isnull)
                                                : NULL;

    if (in_build)
        ereport(ERROR,
                (errcode(ERRCODE_UNIQUE_VIOLATION),
                 errmsg("could not create unique index \"%s\"", RelationGetRelationName(index)),
                 key != NULL ? errdetail("Key %s is duplicated.", key)
                             : errdetail("Duplicate keys exist.")));
    ereport(ERROR,
            (errcode(ERRCODE_UNIQUE_VIOLATION),
             errmsg("duplicate key value violates unique constraint \"%s\"",
                    RelationGetRelationName(index)),
             key != NULL ? errdetail("Key %s already exists.", key) : 0));
}

void
btree__throw_too_wide(Relation index, Relation heap, Size size, const ItemPointerData *tid)
{
    ereport(ERROR,
            (errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
             errmsg("index row size %zu exceeds btree version %u maximum %zu for index \"%s\"", size,
                    4, BTREE_MAX_ITEM_SIZE, RelationGetRelationName(index)),
             errdetail("Index row references tuple (%u,%u) in relation \"%s\".",
                       ItemPointerGetBlockNumberNoCheck(tid),
                       ItemPointerGetOffsetNumberNoCheck(tid),
                       heap != NULL ? RelationGetRelationName(heap) : ""),
             errhint("Values larger than 1/3 of a buffer page cannot be indexed.\n"
                     "Consider a function index of an MD5 hash of the value, "
                     "or use full text indexing.")));
    pg_unreachable();
}

Size
btree__free_space(Page page)
{
    return page_free_space(page);
}

/* --- the rightmost leaf, remembered --- */

/*
 * Rising keys all go to the same page. Locked if the key surely belongs there and fits; else
 * InvalidBuffer.
 */
static Buffer
try_rightmost(Relation index, const BtreeKey *key, Size size)
{
    BlockNumber block = relation_smgr(index)->target_block;
    Buffer buffer;
    Page page;
    BtreePageOpaque *opaque;

    if (block == InvalidBlockNumber)
        return InvalidBuffer;
    buffer = buffer_read(relation_smgr(index), MAIN_FORKNUM, block, BUFFER_READ_NORMAL, NULL);
    if (!buffer_conditional_lock(buffer)) {
        buffer_release(buffer);
        return InvalidBuffer;
    }
    page = buffer_page(buffer);
    if (!page_is_new(page)) {
        opaque = btree_page_opaque(page);
        if (opaque->next == BTREE_NONE && (opaque->flags & BTP_LEAF) != 0 &&
            !btree_is_ignored(opaque) && page_free_space(page) > size &&
            page_max_offset(page) >= 1 && btree__compare(index, key, page, 1) > 0)
            return buffer;
    }
    relation_smgr(index)->target_block = InvalidBlockNumber;
    buffer_unlock_release(buffer);
    return InvalidBuffer;
}

/* --- uniqueness --- */

typedef struct UniqueWork {
    Relation index, heap;
    const Datum *values;
    const bool *isnull;
    BtreeKey *key;
    ItemPointerData self;
    bool has_self;
    IndexUniqueCheck check;
    bool unique;            /* result for UNIQUE_CHECK_PARTIAL */
    bool found_self;
    ItemPointerData conflict; /* where the conflicting row is */
    uint32 token;
} UniqueWork;

typedef enum EntryVerdict {
    ENTRY_HARMLESS,
    ENTRY_WAIT,      /* for *ret_xid */
    ENTRY_CONFLICT,
} EntryVerdict;

static EntryVerdict
judge_entry(UniqueWork *work, Buffer buffer, ItemId item, TransactionId *ret_xid)
{
    SnapshotData dirty = {.snapshot_type = SNAPSHOT_DIRTY};
    ItemPointerData tid = btree_tuple_tid(page_item(buffer_page(buffer), item));
    bool all_dead;

    if (work->has_self && ItemPointerEquals(&tid, &work->self)) {
        work->found_self = true;
        return ENTRY_HARMLESS;
    }
    if (!heap_hot_search(&tid, work->heap, &dirty, &all_dead)) {
        if (all_dead && !item_id_is_dead(item)) {
            item_id_mark_dead(item);
            btree_page_opaque(buffer_page(buffer))->flags |= BTP_HAS_GARBAGE;
            buffer_mark_dirty_hint(buffer, true);
        }
        return ENTRY_HARMLESS;
    }
    work->conflict = tid;
    *ret_xid = TransactionIdIsValid(dirty.xmin) ? dirty.xmin : dirty.xmax;
    if (TransactionIdIsValid(*ret_xid)) {
        work->token = dirty.speculativeToken;
        return ENTRY_WAIT;
    }
    return ENTRY_CONFLICT;
}

/* Goes over the entries equal to key, from the locked page on. *ret_other: another page, locked. */
static EntryVerdict
search_equals(UniqueWork *work, Buffer first, Buffer *ret_other, TransactionId *ret_xid)
{
    Relation index = work->index;
    Buffer buffer = first;
    Page page = buffer_page(buffer);
    OffsetNumber offset = btree__search_page(index, work->key, page);

    *ret_other = InvalidBuffer;
    *ret_xid = InvalidTransactionId;
    for (;;) {
        BtreePageOpaque *opaque = btree_page_opaque(page);
        OffsetNumber max = page_max_offset(page);

        for (; offset <= max; offset++) {
            ItemId item = page_item_id(page, offset);
            EntryVerdict verdict;

            if (item_id_is_dead(item))
                continue;
            if (btree__compare(index, work->key, page, offset) != 0)
                return ENTRY_HARMLESS;
            verdict = judge_entry(work, buffer, item, ret_xid);
            if (verdict != ENTRY_HARMLESS)
                return verdict;
        }
        if (opaque->next == BTREE_NONE || btree__compare(index, work->key, page, 1) < 0)
            return ENTRY_HARMLESS;
        do {
            BlockNumber next = opaque->next;
            if (buffer != first)
                buffer_unlock_release(buffer);
            buffer = btree__read(index, next, BUFFER_LOCK_SHARE);
            *ret_other = buffer;
            page = buffer_page(buffer);
            opaque = btree_page_opaque(page);
        } while (btree_is_ignored(opaque) && opaque->next != BTREE_NONE);
        offset = btree_first_data_key(opaque);
    }
}

/* Is the row we insert for still there? An aborted subtransaction or a moved row may have taken it. */
static bool
own_row_lives(UniqueWork *work)
{
    ItemPointerData tid = work->self;

    return heap_hot_search(&tid, work->heap, SnapshotSelf, NULL);
}

/* The leaf is locked. The xid to wait for, or 0; throws 23505. */
static TransactionId
check_unique(UniqueWork *work, Buffer buffer)
{
    TransactionId xid;
    Buffer other;
    EntryVerdict verdict = search_equals(work, buffer, &other, &xid);

    if (other != InvalidBuffer)
        buffer_unlock_release(other);
    if (verdict == ENTRY_HARMLESS)
        return InvalidTransactionId;
    if (work->check == UNIQUE_CHECK_PARTIAL) {
        work->unique = false;
        return InvalidTransactionId;
    }
    if (verdict == ENTRY_WAIT)
        return xid;
    if (!own_row_lives(work))
        return InvalidTransactionId;
    buffer_unlock_release(buffer);
    btree__throw_duplicate(work->index, work->values, work->isnull, false);
    return InvalidTransactionId;
}

static void
wait_for(UniqueWork *work, TransactionId xid)
{
    if (work->token != 0)
        lock_speculative_wait(xid, work->token);
    else
        lock_xid_wait(xid, RelationGetRelationName(work->index), &work->self,
                      XLTW_InsertIndexUnique);
}

/* --- room --- */

/* Removes entries that scans found dead. True if there is room now. */
static bool
remove_known_dead(Relation index, Buffer buffer, Size size)
{
    Page page = buffer_page(buffer);
    OffsetNumber dead[BTREE_MAX_ITEMS], max = page_max_offset(page);
    int count = 0;

    for (OffsetNumber offset = btree_first_data_key(btree_page_opaque(page)); offset <= max;
         offset++)
        if (item_id_is_dead(page_item_id(page, offset)))
            dead[count++] = offset;
    if (count > 0)
        btree__delete_items(index, buffer, dead, count);
    return page_free_space(page) >= size;
}

/* From the first page that may have the key to the one where key and tid belong. */
static Buffer
to_insert_page(Relation index, Buffer buffer, const BtreeKey *key, Size size, BtreeStack *stack)
{
    buffer = btree__move_right(index, key, buffer, BUFFER_LOCK_EXCLUSIVE, true, stack);
    if (page_free_space(buffer_page(buffer)) < size)
        (void) remove_known_dead(index, buffer, size);
    return buffer;
}

bool
btree_insert(Relation index, const Datum *values, const bool *isnull, const ItemPointerData *tid,
             Relation heap, IndexUniqueCheck check, bool index_unchanged)
{
    BtreeInfo *info = btree__info(index);
    IndexTuple itup = index_form_tuple(index, values, isnull);
    Size size = IndexTupleSize(itup);
    BtreeKey key;
    BtreeStack stack = {.depth = 0};
    UniqueWork work = {.index = index, .heap = heap, .values = values, .isnull = isnull,
                       .key = &key, .self = *tid, .has_self = true, .check = check,
                       .unique = true};
    bool checking;

    memcpy(itup, tid, sizeof(*tid));
    if (size > BTREE_MAX_ITEM_SIZE)
        btree__throw_too_wide(index, heap, size, tid);
    btree__key_from_tuple(index, itup, info->nkeys, &key);
    checking = check != UNIQUE_CHECK_NO && !(key.any_null && info->nulls_distinct);
    key.tid = *tid;
    for (;;) {
        TransactionId xid;
        Buffer buffer;

        key.has_tid = !checking;
        stack.depth = 0;
        buffer = try_rightmost(index, &key, size);
        if (buffer == InvalidBuffer)
            buffer = btree__descend(index, &key, BUFFER_LOCK_EXCLUSIVE, 0, true, &stack);
        if (checking) {
            work.token = 0;
            work.found_self = false;
            xid = check_unique(&work, buffer);
            if (TransactionIdIsValid(xid)) {
                buffer_unlock_release(buffer);
                wait_for(&work, xid);
                continue;
            }
            key.has_tid = true;
        }
        if (check == UNIQUE_CHECK_EXISTING) {
            buffer_unlock_release(buffer);
            if (checking && !work.found_self)
                ereport(ERROR, (errcode(ERRCODE_INTERNAL_ERROR),
                                errmsg("failed to re-find tuple within index \"%s\"",
                                       RelationGetRelationName(index)),
                                errhint("This may be because of a non-immutable index "
                                        "expression.")));
            break;
        }
        buffer = to_insert_page(index, buffer, &key, size, &stack);
        STOP_POINT("btree-insert-before");
        btree__insert_on_page(index, buffer, InvalidBuffer, &stack, itup,
                              btree__search_page(index, &key, buffer_page(buffer)), false);
        break;
    }
    pfree(itup);
    return work.unique;
}

bool
btree_find_conflict(Relation index, const Datum *values, const bool *isnull, Relation heap,
                    const ItemPointerData *self, ItemPointer ret_tid, TransactionId *ret_xid,
                    uint32 *ret_token)
{
    BtreeInfo *info = btree__info(index);
    BtreeKey key;
    UniqueWork work = {.index = index, .heap = heap, .values = values, .isnull = isnull,
                       .key = &key, .has_self = self != NULL};
    Buffer buffer, other;
    EntryVerdict verdict;

    if (self != NULL)
        work.self = *self;
    btree__key_from_values(index, values, isnull, &key);
    if (key.any_null && info->nulls_distinct)
        return false;
    buffer = btree__descend(index, &key, BUFFER_LOCK_SHARE, 0, false, NULL);
    if (buffer == InvalidBuffer)
        return false;
    verdict = search_equals(&work, buffer, &other, ret_xid);
    if (other != InvalidBuffer)
        buffer_unlock_release(other);
    buffer_unlock_release(buffer);
    *ret_tid = work.conflict;
    *ret_token = work.token;
    return verdict != ENTRY_HARMLESS;
}

/* --- on a page --- */

static void
log_insert(Relation index, Buffer buffer, Buffer child, IndexTuple itup, OffsetNumber offset)
{
    WalBtreeInsert record = {.offset = offset};
    XLogRecPtr lsn;

    wal_begin_insert();
    wal_register_data(&record, sizeof(record));
    buffer_wal_register(0, buffer, WAL_BLOCK_STANDARD);
    wal_register_block_data(0, itup, (uint32)IndexTupleSize(itup));
    if (child != InvalidBuffer)
        buffer_wal_register(1, child, WAL_BLOCK_STANDARD);
    lsn = wal_insert(WAL_RMGR_BTREE, WAL_BTREE_INSERT);
    page_set_lsn(buffer_page(buffer), lsn);
    if (child != InvalidBuffer)
        page_set_lsn(buffer_page(child), lsn);
}

void
btree__insert_on_page(Relation index, Buffer buffer, Buffer child, BtreeStack *stack,
                      IndexTuple itup, OffsetNumber offset, bool split_only_page)
{
    Page page = buffer_page(buffer);
    BtreePageOpaque *opaque = btree_page_opaque(page);
    Size size = IndexTupleSize(itup);

    Assert(child != InvalidBuffer || (opaque->flags & BTP_LEAF) != 0);
    if (page_free_space(page) < size) {
        btree__split_page(index, buffer, child, stack, itup, offset);
        return;
    }
    START_CRIT_SECTION();
    if (page_add_item(page, itup, size, offset, 0) == InvalidOffsetNumber)
        elog(PANIC, "failed to add new item to block %u in index \"%s\"", buffer_block(buffer),
             RelationGetRelationName(index));
    buffer_mark_dirty(buffer);
    if (child != InvalidBuffer) {
        btree_page_opaque(buffer_page(child))->flags &= (uint16)~BTP_INCOMPLETE_SPLIT;
        buffer_mark_dirty(child);
    }
    if (RelationNeedsWAL(index))
        log_insert(index, buffer, child, itup, offset);
    END_CRIT_SECTION();
    if ((opaque->flags & BTP_LEAF) != 0 && opaque->next == BTREE_NONE)
        relation_smgr(index)->target_block = buffer_block(buffer);
    if (child != InvalidBuffer)
        buffer_unlock_release(child);
    buffer_unlock_release(buffer);
}

void
btree__delete_items(Relation index, Buffer buffer, const OffsetNumber *offsets, int count)
{
    Page page = buffer_page(buffer);

    START_CRIT_SECTION();
    page_index_delete_many(page, offsets, count);
    btree_page_opaque(page)->flags &= (uint16)~BTP_HAS_GARBAGE;
    buffer_mark_dirty(buffer);
    if (RelationNeedsWAL(index)) {
        uint16 number = (uint16)count;
        wal_begin_insert();
        wal_register_data(&number, sizeof(number));
        buffer_wal_register(0, buffer, WAL_BLOCK_STANDARD);
        wal_register_block_data(0, offsets, count * sizeof(OffsetNumber));
        page_set_lsn(page, wal_insert(WAL_RMGR_BTREE, WAL_BTREE_DELETE));
    }
    END_CRIT_SECTION();
}
