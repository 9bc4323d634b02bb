/*
 * btree.h - B-tree indexes (Lehman and Yao: high keys and right links)
 *
 * Keys of equal columns are ordered by heap tid, so every leaf entry has one place. Column compare
 * functions come from rel->rd_supportinfo; fast ones are built in for the common types.
 */
#ifndef BTREE_BTREE_H
#define BTREE_BTREE_H

#include "format/btree_page.h"
#include "heap/heap.h"
#include "heap/index_am.h"

#define BTREE_DEFAULT_FILLFACTOR 90
#define BTREE_MIN_FILLFACTOR 10

extern const IndexAmRoutine btree_am_routine;

/* Settings and the resource manager; registers btree_am_routine. Before start-up. */
extern void btree_register(void);
extern void btree_shmem_register(void);

/* --- building --- */
extern void btree_build_empty(Relation index);
/* Sorts all rows of heap with maintenance_work_mem. 23505 if unique is violated. */
extern IndexBuildResult btree_build(Relation heap, Relation index, IndexFormDatum form,
                                    void *form_arg);

/* --- inserting --- */
/* True: no conflict (UNIQUE_CHECK_PARTIAL may answer false). 54000 if a row is too wide. */
extern bool btree_insert(Relation index, const Datum *values, const bool *isnull,
                         const ItemPointerData *tid, Relation heap, IndexUniqueCheck check,
                         bool index_unchanged);
/*
 * For ON CONFLICT: a live or in-progress row with these keys. Returns true and its tid; *ret_xid is
 * the transaction (and *ret_token the speculative token) to wait for, 0 if the row is committed.
 */
extern bool btree_find_conflict(Relation index, const Datum *values, const bool *isnull,
                                Relation heap, const ItemPointerData *self, ItemPointer ret_tid,
                                TransactionId *ret_xid, uint32 *ret_token);
/* Text of the detail line: "Key (a, b)=(1, x) already exists."; set by the catalogue room, which
 * knows the types' output functions and the user's privileges. May return NULL. */
extern char *(*btree_describe_key_hook)(Relation index, const Datum *values, const bool *isnull);

/* Whether text of a collation sorts as its bytes; set by the catalogue room. C and POSIX do. */
extern bool (*btree_text_is_bytewise_hook)(Oid collation);
/* compare(left_type, right_type) of an operator family, for scan keys whose sk_subtype is not the
 * column's type (integers excepted: these are known); set by the catalogue room. False if none. */
extern bool (*btree_cross_type_hook)(Oid opfamily, Oid left_type, Oid right_type,
                                     FmgrInfo *ret_cmp);

/* --- scanning --- */
/* sk_argument of a key with SK_SEARCHARRAY (equality only): sorted and made unique by rescan. */
typedef struct ScanKeyArray {
    int count;
    Datum *values; /* no nulls */
} ScanKeyArray;

/* Row comparison: (a, b, ..) op (x, y, ..) has a SK_ROW_HEADER key: not supported, recheck above. */

extern IndexScanDesc btree_begin_scan(Relation heap, Relation index, Snapshot snapshot, int nkeys);
extern void btree_rescan(IndexScanDesc scan, ScanKey keys, int nkeys); /* keys may be NULL: same */
extern bool btree_next(IndexScanDesc scan, ScanDirection direction);
/*
 * What is left of the current leaf, or the next leaf that has matches: *ret_tids in scan order,
 * valid until the next call. 0 at the end.
 */
extern int btree_next_page(IndexScanDesc scan, ScanDirection direction,
                           const ItemPointerData **ret_tids);
/* With xs_want_itup: the index tuples of the last page batch. */
extern IndexTuple btree_batch_tuple(IndexScanDesc scan, int i);
/* The i-th row of the last page batch is dead to all: a hint set when the scan leaves the page. */
extern void btree_kill_batch_tuple(IndexScanDesc scan, int i);
extern void btree_mark_position(IndexScanDesc scan);
extern void btree_restore_position(IndexScanDesc scan);
extern void btree_end_scan(IndexScanDesc scan);

/* --- index tuples --- */
extern IndexTuple index_form_tuple(Relation index, const Datum *values, const bool *isnull);
extern void index_deform_tuple(const void *itup, TupleDesc desc, Datum *values, bool *isnull);
extern Datum index_getattr(const void *itup, int attnum, TupleDesc desc, bool *isnull);

/* --- vacuum --- */
extern IndexBulkStats *btree_bulk_delete(Relation index, IndexBulkStats *stats,
                                         IndexBulkDeleteCallback callback, void *arg);
extern IndexBulkStats *btree_vacuum_cleanup(Relation index, IndexBulkStats *stats);

/* --- questions --- */
extern int btree_height(Relation index); /* of the tree: 0 is a lone leaf; for cost estimates */

typedef enum BtreeCheckFlags {
    BTREE_CHECK_STRUCTURE = 0x1,  /* order, bounds, links, levels */
    BTREE_CHECK_HEAP_TO_INDEX = 0x2, /* every visible row has its entry */
    BTREE_CHECK_INDEX_TO_HEAP = 0x4, /* every entry leads to a row with those values */
    BTREE_CHECK_ALL = 0x7,
} BtreeCheckFlags;
/* Throws XX002 at the first fault. The index must not be changed meanwhile (ShareLock). */
extern void btree_check(Relation index, Relation heap, int flags, IndexFormDatum form,
                        void *form_arg);

#endif
