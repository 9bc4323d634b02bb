/*
 * heap.h - tables as unordered pages of row versions
 *
 * Changes take the row's values as a formed tuple; too long ones are toasted first (the caller's
 * tuple stays as it is but for t_self, t_tableOid and the stamped header). Index entries are the
 * caller's work, as is AFTER-anything. Locks on the relation are the caller's too.
 */
#ifndef HEAP_HEAP_H
#define HEAP_HEAP_H

#include <stdatomic.h>

#include "base/sdir.h"
#include "buffer/buffer.h"
#include "heap/index_am.h"
#include "heap/lockoptions.h"
#include "heap/relation.h"
#include "heap/tuple.h"
#include "xact/multixact.h"
#include "xact/snapshot.h"

/* --- outcomes --- */

typedef enum TM_Result {
    TM_Ok,
    TM_Invisible,    /* not there for this command: a bug, or made by it */
    TM_SelfModified, /* by this transaction; tmfd.cmax says by which command */
    TM_Updated,      /* by somebody who committed; tmfd.ctid leads to the new version */
    TM_Deleted,
    TM_BeingModified, /* only with wait == false */
    TM_WouldBlock,    /* only from lock_tuple with LockWaitSkip */
} TM_Result;

typedef struct TM_FailureData {
    ItemPointerData ctid; /* next version, or the row itself when deleted */
    TransactionId xmax;
    CommandId cmax;       /* with TM_SelfModified */
    bool traversed;       /* lock_tuple followed the chain */
} TM_FailureData;

/* --- changes (insert.c, update.c, delete.c, lock.c) --- */

#define HEAP_INSERT_SKIP_FSM 0x0002 /* always new pages */
#define HEAP_INSERT_FROZEN 0x0004   /* table made in this transaction: visible for ever */
#define HEAP_INSERT_NO_TOAST 0x0008
#define HEAP_INSERT_SPECULATIVE 0x0010

/* A stretch of inserts by one statement: ring, current page, blocks got ahead. */
typedef struct BulkInsertStateData *BulkInsertState;
extern BulkInsertState GetBulkInsertState(void);
extern void FreeBulkInsertState(BulkInsertState bistate);
extern void ReleaseBulkInsertStatePin(BulkInsertState bistate);

/* Sets tuple->t_self. `bistate` may be NULL. */
extern void heap_insert(Relation rel, HeapTuple tuple, CommandId cid, int options,
                        BulkInsertState bistate);
/* Many at once: one page lock and WAL record per page. Sets every t_self. */
extern void heap_multi_insert(Relation rel, HeapTuple *tuples, int count, CommandId cid,
                              int options, BulkInsertState bistate);
extern void heap_finish_speculative(Relation rel, const ItemPointerData *tid);
extern void heap_abort_speculative(Relation rel, const ItemPointerData *tid);

/*
 * Deletes the version at tid. `crosscheck`: it must be visible to this too (RI), or NULL. `wait`:
 * for a concurrent changer to end. On other than TM_Ok *ret_failure is filled.
 */
extern TM_Result heap_delete(Relation rel, const ItemPointerData *tid, CommandId cid,
                             Snapshot crosscheck, bool wait, TM_FailureData *ret_failure,
                             bool changing_partition);
/*
 * Puts `tuple` in the place of the version at otid. *ret_update_indexes: false if it is heap-only
 * (HOT) and needs no index entries. *ret_mode: the lock strength it took.
 */
extern TM_Result heap_update(Relation rel, const ItemPointerData *otid, HeapTuple tuple,
                             CommandId cid, Snapshot crosscheck, bool wait,
                             TM_FailureData *ret_failure, LockTupleMode *ret_mode,
                             bool *ret_update_indexes);
/*
 * Locks the row whose version is tuple->t_self. follow_updates: and its later versions, where the
 * lock would not stop their making. On every outcome *ret_buffer is pinned, and *tuple filled from it.
 */
extern TM_Result heap_lock_tuple(Relation rel, HeapTuple tuple, CommandId cid, LockTupleMode mode,
                                 LockWaitPolicy wait_policy, bool follow_updates,
                                 Buffer *ret_buffer, TM_FailureData *ret_failure);
/* As above, and goes on to the latest version when there is one (READ COMMITTED's row re-check):
 * TM_Ok with ret_failure->traversed says that *tuple is another version than tid was. With
 * TM_Deleted and TM_WouldBlock *ret_buffer may be InvalidBuffer. */
extern TM_Result heap_lock_latest(Relation rel, const ItemPointerData *tid, Snapshot snapshot,
                                  HeapTuple tuple, CommandId cid, LockTupleMode mode,
                                  LockWaitPolicy wait_policy, Buffer *ret_buffer,
                                  TM_FailureData *ret_failure);
/* Overwrites a row of the same length in its place, at once and for all (catalogue counters). */
extern void heap_inplace_update(Relation rel, HeapTuple tuple);

/* simple_*: throw where there was a concurrent change ("tuple concurrently updated"). */
extern void simple_heap_insert(Relation rel, HeapTuple tuple);
extern void simple_heap_delete(Relation rel, const ItemPointerData *tid);
extern void simple_heap_update(Relation rel, const ItemPointerData *otid, HeapTuple tuple,
                               bool *ret_update_indexes);

/* --- scans (scan.c) --- */

typedef struct HeapParallelScan {
    BlockNumber block_count; /* set once */
    _Atomic uint64 next;     /* atomic: all claim chunks of blocks */
} HeapParallelScan;
extern void heap_parallel_scan_init(HeapParallelScan *shared, Relation rel);

#define HEAP_SCAN_BULKREAD 0x01  /* a ring if the table is large (> shared_buffers / 4) */
#define HEAP_SCAN_NO_PRUNE 0x02
#define HEAP_SCAN_BITMAP 0x04    /* pages by heap_scan_bitmap_page only */

typedef struct HeapScanDescData {
    Relation rs_rd;
    Snapshot rs_snapshot;
    uint32 flags;
    int nkeys;
    ScanKey keys;                 /* heap_scan_next only: rows must match */
    HeapParallelScan *parallel;   /* NULL: alone */
    BufferRing *ring;
    BlockNumber block_count;
    BlockNumber block_first, block_limit; /* [first, limit) */
    int64 position;               /* block of the current page; one before or past the range */
    BlockNumber cblock;
    Buffer cbuf;                  /* pinned while the batch is used */
    bool all_visible;             /* of the current page */
    BlockNumber parallel_next, parallel_end;
    int tuple_count;              /* visible rows of the current page, in line order */
    int cindex;                   /* heap_scan_next's position */
    HeapTupleData ctup;
    HeapTupleHeader tuples[PAGE_MAX_HEAP_ITEMS];
    OffsetNumber offsets[PAGE_MAX_HEAP_ITEMS];
    uint16 lengths[PAGE_MAX_HEAP_ITEMS];
} HeapScanDescData;
typedef HeapScanDescData *HeapScanDesc;

/* The snapshot must stay registered or active as long as the scan. */
extern HeapScanDesc heap_begin_scan(Relation rel, Snapshot snapshot, uint32 flags);
extern HeapScanDesc heap_begin_scan_keys(Relation rel, Snapshot snapshot, int nkeys, ScanKey keys);
extern HeapScanDesc heap_begin_scan_parallel(Relation rel, Snapshot snapshot, uint32 flags,
                                             HeapParallelScan *shared);
extern void heap_scan_set_range(HeapScanDesc scan, BlockNumber first, BlockNumber count);
extern void heap_rescan(HeapScanDesc scan);
extern void heap_end_scan(HeapScanDesc scan);
/*
 * The next page that has visible rows: returns their number (tuples[], offsets[], lengths[] of the
 * scan), 0 at the end. What they point to stays valid until the next call, rescan or end.
 */
extern int heap_scan_next_page(HeapScanDesc scan, ScanDirection direction);
/* Row by row; NULL at the end. */
extern HeapTuple heap_scan_next(HeapScanDesc scan, ScanDirection direction);
/*
 * Visible rows of one block for a bitmap scan: of the chains that begin at offsets[0..count), or,
 * with offsets NULL, all. May be 0.
 */
extern int heap_scan_bitmap_page(HeapScanDesc scan, BlockNumber block, const OffsetNumber *offsets,
                                 int count);
static inline void
heap_scan_tid(HeapScanDesc scan, int i, ItemPointer ret_tid)
{
    ItemPointerSet(ret_tid, scan->cblock, scan->offsets[i]);
}

/* --- one row (fetch.c) --- */

/*
 * The version at tuple->t_self if visible: true, *ret_buffer pinned, t_data and t_len set. False:
 * nothing pinned (keep_buffer: pinned and *tuple set even if invisible, when the line is in use).
 */
extern bool heap_fetch(Relation rel, Snapshot snapshot, HeapTuple tuple, Buffer *ret_buffer,
                       bool keep_buffer);
/*
 * In a locked, pinned page: the member of the HOT chain from *tid that the snapshot sees; *tid
 * becomes its place. *ret_all_dead (may be NULL): no member can be seen by anybody.
 */
extern bool heap_hot_search_buffer(ItemPointer tid, Relation rel, Buffer buffer, Snapshot snapshot,
                                   HeapTuple tuple, bool *ret_all_dead, bool first_call);
/* Does the chain from *tid have a visible member? *tid becomes its place. */
extern bool heap_hot_search(ItemPointer tid, Relation rel, Snapshot snapshot, bool *ret_all_dead);
/* Moves *tid along the update chain to the version the snapshot sees last. */
extern void heap_get_latest_tid(Relation rel, Snapshot snapshot, ItemPointer tid);

/* Rows by index tid, the last page kept pinned between calls. */
typedef struct IndexFetch {
    Relation rel;
    Buffer buffer;
    ItemPointerData tid;  /* of the version found */
    HeapTupleData tuple;  /* valid until the next call */
} IndexFetch;
extern void heap_index_fetch_begin(IndexFetch *fetch, Relation rel);
extern void heap_index_fetch_end(IndexFetch *fetch); /* also to reset */
extern bool heap_index_fetch(IndexFetch *fetch, const ItemPointerData *tid, Snapshot snapshot,
                             bool *ret_all_dead);

/* --- visibility (visibility.c); the buffer is pinned and at least share-locked --- */

typedef enum HTSV_Result {
    HEAPTUPLE_DEAD,
    HEAPTUPLE_LIVE,
    HEAPTUPLE_RECENTLY_DEAD,
    HEAPTUPLE_INSERT_IN_PROGRESS,
    HEAPTUPLE_DELETE_IN_PROGRESS,
} HTSV_Result;

extern bool HeapTupleSatisfiesVisibility(HeapTuple tuple, Snapshot snapshot, Buffer buffer);
extern TM_Result HeapTupleSatisfiesUpdate(HeapTuple tuple, CommandId cid, Buffer buffer);
extern HTSV_Result HeapTupleSatisfiesVacuum(HeapTuple tuple, TransactionId oldest_xmin,
                                            Buffer buffer);
extern HTSV_Result HeapTupleSatisfiesVacuumHorizon(HeapTuple tuple, Buffer buffer,
                                                   TransactionId *ret_dead_after);
extern bool HeapTupleIsSurelyDead(HeapTuple tuple, HorizonKind horizon);
extern bool HeapTupleHeaderIsOnlyLocked(HeapTupleHeader tup);
extern void HeapTupleSetHintBits(HeapTupleHeader tup, Buffer buffer, uint16 bit,
                                 TransactionId xid);

/* --- pruning (prune.c) --- */

/* If the page looks worth it and nobody else uses it. Buffer pinned, not locked. */
extern void heap_prune_page_opt(Relation rel, Buffer buffer);

/* --- vacuum (vacuum.c) --- */

typedef struct HeapVacuumParams {
    TransactionId freeze_limit;      /* 0: default; freeze xids below */
    MultiXactId multi_limit;
    bool freeze_all;                 /* VACUUM FREEZE */
    bool aggressive;                 /* visit all-visible pages that are not all-frozen */
    bool disable_page_skipping;
    bool no_truncate;
    bool index_cleanup_off;
    Size dead_tids_bytes;            /* 0: maintenance_work_mem */
    BufferRing *ring;                /* NULL: vacuum's own */
    void (*delay)(void);             /* cost-based delay point; may be NULL */
    void (*progress)(int phase, BlockNumber scanned, BlockNumber vacuumed, void *arg);
    void *arg;
} HeapVacuumParams;

typedef struct HeapVacuumStats {
    BlockNumber pages_before, pages_after, pages_scanned, pages_removed, pages_frozen;
    BlockNumber pages_with_dead, all_visible_pages, all_frozen_pages, missed_dead_pages;
    double tuples_live;              /* estimate for reltuples */
    double tuples_removed, tuples_kept, tuples_frozen, tuples_missed_dead;
    int64 dead_item_ids;             /* index entries to remove */
    int index_scans;
    TransactionId oldest_xmin;
    TransactionId new_frozen_xid;    /* relfrozenxid to set; 0: cannot be moved */
    MultiXactId new_min_multi;
    IndexBulkStats **index_stats;    /* one per index, NULL where it was not visited */
} HeapVacuumStats;

/* Not in a transaction block; ShareUpdateExclusiveLock is held. Stats are palloc'd inside. */
extern void heap_vacuum(Relation rel, Relation *indexes, int index_count,
                        const HeapVacuumParams *params, HeapVacuumStats *ret_stats);

/* --- ANALYZE (analyze.c) --- */

typedef struct HeapSample {
    HeapTuple *tuples;    /* copies, in the current context, in physical order */
    int count;
    double live, dead;    /* of the whole table, estimated */
    BlockNumber pages;
} HeapSample;
extern void heap_sample(Relation rel, int want, HeapSample *ret_sample);

/* --- building indexes --- */

typedef void (*HeapBuildCallback)(HeapTuple tuple, bool alive, void *arg);
/*
 * All rows an index must have, tuple->t_self being the root of the HOT chain. `alive` false: seen by
 * older snapshots only (not checked for uniqueness). Sets *ret_broken_hot_chain if such a snapshot
 * must not use the index. Returns the number of live rows.
 */
extern double heap_scan_for_index_build(Relation heap, Relation index, bool *ret_broken_hot_chain,
                                        HeapBuildCallback callback, void *arg);

#endif
