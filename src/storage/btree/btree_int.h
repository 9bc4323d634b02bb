/*
 * btree_int.h - what the files of the btree room share
 */
#ifndef BTREE_INT_H
#define BTREE_INT_H

#include "btree/btree.h"
#include "error/error.h"
#include "error/interrupt.h"
#include "heap/fsm.h"
#include "memory/memory.h"
#include "sync/stop_point.h"
#include "wal/wal.h"

#define BTREE_LEVELS_MAX 20

/* --- what is known of an index (info.c); in rd_amcache --- */

typedef enum BtreeKind {
    BTREE_KIND_FMGR, /* call the compare function */
    BTREE_KIND_INT2,
    BTREE_KIND_INT4,
    BTREE_KIND_INT8,
    BTREE_KIND_OID,
    BTREE_KIND_BOOL,
    BTREE_KIND_CHAR,
    BTREE_KIND_FLOAT8,
    BTREE_KIND_BYTES, /* text in C order, bytea: memcmp, then length */
    BTREE_KIND_NAME,
} BtreeKind;

static inline bool
btree_kind_is_number(BtreeKind kind)
{
    return kind >= BTREE_KIND_INT2 && kind <= BTREE_KIND_CHAR;
}

typedef struct BtreeColumn {
    BtreeKind kind;
    bool desc;
    bool nulls_first;
    FmgrInfo *cmp;
    Oid collation;
} BtreeColumn;

typedef struct BtreeInfo {
    int natts;     /* columns, INCLUDE ones too */
    int nkeys;
    bool nulls_distinct;
    BlockNumber root; /* as last seen; checked at each use. InvalidBlockNumber: not known */
    uint32 root_level;
    BtreeColumn columns[INDEX_MAX_KEYS];
} BtreeInfo;
extern BtreeInfo *btree__info(Relation index);
extern int64 btree__number(BtreeKind kind, Datum value);

/* --- a key to look for (key.c) --- */

typedef struct BtreeKeyColumn {
    Datum value;
    int64 number;      /* for number kinds */
    FmgrInfo *cmp;     /* compare(tuple's value, value) of another type; NULL: the column's own */
    bool isnull;
} BtreeKeyColumn;

typedef struct BtreeKey {
    int count;         /* leading columns; 0: the very first place */
    bool next_key;     /* the first item > key, else the first >= key */
    bool has_tid;      /* tid is the last column */
    bool any_null;
    ItemPointerData tid;
    BtreeKeyColumn columns[INDEX_MAX_KEYS];
} BtreeKey;

extern void btree__key_from_values(Relation index, const Datum *values, const bool *isnull,
                                   BtreeKey *ret_key);
extern void btree__key_from_tuple(Relation index, const void *itup, int count, BtreeKey *ret_key);
extern void btree__key_set_column(BtreeInfo *info, BtreeKey *key, int column, Datum value,
                                  bool isnull);
/* key - item, in index order. Truncated columns are below everything. */
extern int btree__compare(Relation index, const BtreeKey *key, Page page, OffsetNumber offset);
extern int btree__compare_tuple(Relation index, const BtreeKey *key, const void *itup);
/* One column's values a - b, in index order. */
extern int btree__compare_datum(const BtreeColumn *column, Datum a, bool a_null, Datum b,
                                bool b_null);
extern int btree__compare_tuples(Relation index, const void *a, const void *b, bool with_tid);

/* --- index tuples --- */
static inline bool
btree_tuple_is_pivot(const void *itup)
{
    return (index_tuple_info(itup) & INDEX_PIVOT) != 0;
}
static inline int
btree_tuple_natts(const void *itup, int index_natts)
{
    uint16 count;
    if (!btree_tuple_is_pivot(itup))
        return index_natts;
    memcpy(&count, (const char *)itup + 4, sizeof(count));
    return count;
}
static inline ItemPointerData
btree_tuple_tid(const void *itup)
{
    ItemPointerData tid;
    memcpy(&tid, itup, sizeof(tid));
    return tid;
}
/* The heap tid that breaks ties; false: truncated away. */
static inline bool
btree_tuple_heap_tid(const void *itup, ItemPointer ret_tid)
{
    if (!btree_tuple_is_pivot(itup)) {
        memcpy(ret_tid, itup, sizeof(*ret_tid));
        return true;
    }
    if ((index_tuple_info(itup) & INDEX_PIVOT_TID) == 0)
        return false;
    memcpy(ret_tid, (const char *)itup + IndexTupleSize(itup) - sizeof(*ret_tid),
           sizeof(*ret_tid));
    return true;
}
static inline BlockNumber
btree_tuple_child(const void *itup)
{
    BlockIdData id;
    memcpy(&id, itup, sizeof(id));
    return BlockIdGetBlockNumber(&id);
}
static inline void
btree_tuple_set_child(void *itup, BlockNumber child)
{
    BlockIdData id;
    BlockIdSet(&id, child);
    memcpy(itup, &id, sizeof(id));
}
/* The shortest pivot that parts `left` from `right` (left <= pivot < right); palloc'd. */
extern IndexTuple btree__truncate(Relation index, const void *left, const void *right);
extern IndexTuple btree__minus_infinity(BlockNumber child);
extern IndexTuple btree__copy_tuple(const void *itup);

/* --- pages (page.c) --- */
extern Buffer btree__read(Relation index, BlockNumber block, BufferLockMode mode);
extern Buffer btree__relock(Relation index, Buffer before, BlockNumber block, BufferLockMode mode);
/* A new or recycled page, exclusively locked, zeroed and initialised. */
extern Buffer btree__allocate(Relation index);
extern void btree__init_page(Page page);
extern bool btree__is_recyclable(Page page);
extern void btree__check_page(Relation index, Buffer buffer);
/* Locked root; InvalidBuffer if the tree is empty and for_write is false. */
extern Buffer btree__get_root(Relation index, BufferLockMode mode, bool for_write);
extern void btree__init_meta(Page page, BlockNumber root, uint32 level, int natts, int nkeys);
extern BtreeMeta btree__read_meta(Relation index);
static inline bool
btree_is_ignored(const BtreePageOpaque *opaque)
{
    return (opaque->flags & (BTP_DELETED | BTP_HALF_DEAD)) != 0;
}

/* --- search (search.c) --- */
typedef struct BtreeStack {
    int depth;
    struct {
        BlockNumber block;
        OffsetNumber offset;
    } levels[BTREE_LEVELS_MAX];
} BtreeStack;

/* The leaf (or page of `level`) where key belongs, locked in `mode`. stack may be NULL. */
extern Buffer btree__descend(Relation index, const BtreeKey *key, BufferLockMode mode,
                             uint32 level, bool for_write, BtreeStack *stack);
extern Buffer btree__move_right(Relation index, const BtreeKey *key, Buffer buffer,
                                BufferLockMode mode, bool for_write, BtreeStack *stack);
/* Leaf: the first item at or after key. Inner: the item whose child holds key. */
extern OffsetNumber btree__search_page(Relation index, const BtreeKey *key, Page page);
extern OffsetNumber btree__search_range(Relation index, const BtreeKey *key, Page page,
                                        OffsetNumber low, OffsetNumber high);

/* --- changes (insert.c, split.c) --- */
/* Puts itup on the locked page at offset, splitting if it must; child: the left page whose
 * incomplete split this completes. Unlocks and releases both. */
extern void btree__insert_on_page(Relation index, Buffer buffer, Buffer child, BtreeStack *stack,
                                  IndexTuple itup, OffsetNumber offset, bool split_only_page);
extern void btree__split_page(Relation index, Buffer buffer, Buffer child, BtreeStack *stack,
                              IndexTuple itup, OffsetNumber offset);
extern void btree__finish_split(Relation index, Buffer left, BtreeStack *stack);
extern void btree__insert_parent(Relation index, Buffer left, Buffer right, BtreeStack *stack,
                                 bool was_root);
/* Removes items, logged; the page is exclusively locked. */
extern void btree__delete_items(Relation index, Buffer buffer, const OffsetNumber *offsets,
                                int count);
extern Size btree__free_space(Page page);
pg_noreturn extern void btree__throw_too_wide(Relation index, Relation heap, Size size,
                                              const ItemPointerData *tid);
extern void btree__throw_duplicate(Relation index, const Datum *values, const bool *isnull,
                                   bool in_build);

/* --- vacuum --- */
extern uint16 btree__vacuum_cycle(Relation index);
/* Takes an empty leaf out of the tree; the buffer is pinned, not locked. True if it went. */
extern bool btree__delete_page(Relation index, Buffer buffer);

/* --- WAL (rmgr BTREE) ---
 * INSERT    WalBtreeInsert; block 0 page; block 1 child whose split is completed; block 0 data: tuple
 * SPLIT     WalBtreeSplit; 0 left, 1 right (new), 2 old right sibling, 3 child; block 0 data: high
 *           key of left, then the new tuple if it went left; block 1 data: all items of right
 * DELETE    2 bytes count; block 0 data: offsets
 * NEW_ROOT  WalBtreeRoot; 0 root (new), 1 left child, 2 metapage; block 0 data: items
 * UNLINK    WalBtreeUnlink; 0 page, 1 right sibling, 2 left sibling, 3 parent
 */
#define WAL_BTREE_INSERT 0x01
#define WAL_BTREE_SPLIT 0x02
#define WAL_BTREE_DELETE 0x03
#define WAL_BTREE_NEW_ROOT 0x04
#define WAL_BTREE_UNLINK 0x05

typedef struct __attribute__((packed)) WalBtreeInsert {
    uint16 offset;
} WalBtreeInsert;

typedef struct __attribute__((packed)) WalBtreeSplit {
    BlockNumber old_next;
    uint16 level;
    uint16 first_right; /* line of the old page that is the first to go right */
    uint16 new_offset;  /* of the new tuple in the old page's lines; counts as before it */
    uint16 cycle;
    uint8 new_on_left;
} WalBtreeSplit;

typedef struct __attribute__((packed)) WalBtreeRoot {
    BlockNumber root;
    uint32 level;
    uint16 natts;
    uint16 nkeys;
} WalBtreeRoot;

typedef struct __attribute__((packed)) WalBtreeUnlink {
    uint8 delete_xid[6];
    uint16 parent_offset;
    BlockNumber left;
    BlockNumber right;
} WalBtreeUnlink;

extern void btree__redo(const WalRecord *record);
extern void btree__describe(StringInfo buf, const WalRecord *record);
extern const char *btree__identify(uint8 info);

/* Shared by split and its redo: makes the left page from the old one. */
extern void btree__rebuild_left(Page old, Page to, const void *high_key, OffsetNumber first_right,
                                const void *new_item, OffsetNumber new_offset);
extern void btree__add_items(Page page, const char *items, Size length);
extern void btree__apply_unlink(Page page, Page right, Page left, BlockNumber left_block,
                                BlockNumber right_block, TransactionId delete_xid);

#endif
