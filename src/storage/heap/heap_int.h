/*
 * heap_int.h - what the files of the heap room share: WAL records, page choice, xmax arithmetic
 */
#ifndef HEAP_INT_H
#define HEAP_INT_H

#include "buffer/buffer.h"
#include "error/error.h"
#include "error/interrupt.h"
#include "heap/fsm.h"
#include "heap/heap.h"
#include "heap/vm.h"
#include "sync/stop_point.h"
#include "xact/multixact.h"
#include "xact/procarray.h"
#include "xact/xact.h"

/* --- WAL records (rmgr HEAP); block 0 is the (new) heap page ---
 *
 * INSERT       WalHeapInsert; block data: WalHeapTuple, bytes after the header
 * MULTI_INSERT WalHeapMultiInsert, offsets (2 each) unless INIT; block data: per tuple
 *              2 bytes length, WalHeapTuple, bytes
 * DELETE       WalHeapDelete
 * UPDATE       WalHeapUpdate; block 1 the old page if another; block 0 data: prefix and suffix
 *              lengths (2 each, as flagged), WalHeapTuple, the bytes between
 * LOCK         WalHeapLock
 * CONFIRM      2 bytes offset
 * INPLACE      2 bytes offset; block data: bytes after the header
 * PRUNE        WalHeapPrune; block data: pairs from,to; dead; unused
 * VACUUM       2 bytes count; block data: offsets
 * FREEZE       2 bytes count; block data: WalHeapFreeze each
 * VISIBLE      WalHeapVisible; block 0 the map page, block 1 the heap page
 */
#define WAL_HEAP_INSERT 0x01
#define WAL_HEAP_MULTI_INSERT 0x02
#define WAL_HEAP_DELETE 0x03
#define WAL_HEAP_UPDATE 0x04
#define WAL_HEAP_LOCK 0x05
#define WAL_HEAP_CONFIRM 0x06
#define WAL_HEAP_INPLACE 0x07
#define WAL_HEAP_PRUNE 0x08
#define WAL_HEAP_VACUUM 0x09
#define WAL_HEAP_FREEZE 0x0a
#define WAL_HEAP_VISIBLE 0x0b
#define WAL_HEAP_OP_MASK 0x3f
#define WAL_HEAP_HOT 0x40  /* with UPDATE */
#define WAL_HEAP_INIT 0x80 /* the page is new */

/* flags in records */
#define WHF_ALL_VISIBLE_CLEARED 0x01     /* of block 0's page */
#define WHF_OLD_ALL_VISIBLE_CLEARED 0x02 /* of block 1's page */
#define WHF_PREFIX 0x04
#define WHF_SUFFIX 0x08
#define WHF_SPECULATIVE 0x10
#define WHF_SUPER_DELETE 0x20

/* infomask bits of xmax, packed in a byte */
#define WHX_IS_MULTI 0x01
#define WHX_LOCK_ONLY 0x02
#define WHX_EXCL_LOCK 0x04
#define WHX_KEYSHR_LOCK 0x08
#define WHX_KEYS_UPDATED 0x10

#define WAL_PACKED __attribute__((packed))

typedef struct WAL_PACKED WalHeapTuple {
    uint16 infomask2;
    uint16 infomask;
    uint8 hoff;
} WalHeapTuple;

typedef struct WAL_PACKED WalHeapInsert {
    uint16 offset;
    uint8 flags;
} WalHeapInsert;

typedef struct WAL_PACKED WalHeapMultiInsert {
    uint8 flags;
    uint16 count;
} WalHeapMultiInsert;

typedef struct WAL_PACKED WalHeapDelete {
    uint8 xmax[6];
    uint16 offset;
    uint8 infobits;
    uint8 flags;
} WalHeapDelete;

typedef struct WAL_PACKED WalHeapUpdate {
    uint8 old_xmax[6];
    uint16 old_offset;
    uint16 new_offset;
    uint8 old_infobits;
    uint8 flags;
    uint8 new_xmax[6];
} WalHeapUpdate;

typedef struct WAL_PACKED WalHeapLock {
    uint8 xmax[6];
    uint16 offset;
    uint8 infobits;
    uint8 flags;
} WalHeapLock;

typedef struct WAL_PACKED WalHeapPrune {
    uint8 conflict_xid[6];
    uint16 redirected;
    uint16 dead;
    uint16 unused;
} WalHeapPrune;

#define WFZ_FREEZE_XMIN 0x01

typedef struct WAL_PACKED WalHeapFreeze {
    uint8 xmax[6];
    uint16 offset;
    uint16 infomask;
    uint16 infomask2;
} WalHeapFreeze;

typedef struct WAL_PACKED WalHeapVisible {
    uint8 cutoff_xid[6];
    uint8 bits;
} WalHeapVisible;

extern void heap__redo(const WalRecord *record);
extern void heap__describe(StringInfo buf, const WalRecord *record);
extern const char *heap__identify(uint8 info);

/* --- xmax arithmetic (xmax.c) --- */

extern uint8 heap__infobits(uint16 infomask, uint16 infomask2);
extern void heap__apply_infobits(uint8 infobits, uint16 *infomask, uint16 *infomask2);

/* The xmax, and its infomask bits, of a tuple that has old_* and that `xid` changes or locks too. */
extern void heap__compute_xmax(TransactionId old_xmax, uint16 old_infomask, uint16 old_infomask2,
                               TransactionId xid, LockTupleMode mode, bool is_update,
                               TransactionId *ret_xmax, uint16 *ret_infomask,
                               uint16 *ret_infomask2);
extern MultiXactStatus heap__status_of_mode(LockTupleMode mode, bool is_update);
extern LockTupleMode heap__mode_of_status(MultiXactStatus status);
extern void heap__hint_bits_of_multi(MultiXactId multi, uint16 *ret_infomask,
                                     uint16 *ret_infomask2);
extern bool heap__modes_conflict(LockTupleMode a, LockTupleMode b);
/* Somebody else among the members, or the lone xid, holds what conflicts with mode. */
extern bool heap__multi_conflicts(MultiXactId multi, uint16 infomask, LockTupleMode mode,
                                  bool *ret_current_is_member);
/* Waits for all members that conflict with `status`; how many others still run. */
extern void heap__multi_wait(MultiXactId multi, MultiXactStatus status, uint16 infomask,
                             Relation rel, const ItemPointerData *tid, XLTW_Oper oper,
                             int *ret_remaining);
/* False if some conflicting member runs. */
extern bool heap__multi_wait_conditional(MultiXactId multi, MultiXactStatus status,
                                         uint16 infomask, int *ret_remaining);
extern void heap__xid_wait(TransactionId xid, Relation rel, const ItemPointerData *tid,
                           XLTW_Oper oper);
/* xmax or its infomask moved on to something else than the hint bits. */
static inline bool
heap__xmax_changed(uint16 new_infomask, uint16 old_infomask)
{
    const uint16 interesting = HEAP_XMAX_IS_MULTI | HEAP_XMAX_LOCK_ONLY | HEAP_LOCK_MASK;
    return (new_infomask & interesting) != (old_infomask & interesting);
}
/* After a wait: hints on the xmax that ended. */
extern void heap__update_xmax_hints(HeapTupleHeader tup, Buffer buffer, TransactionId xid);
/* The tuple lock that queues those who want to change a row. False: not to be had (policy). */
extern bool heap__acquire_tuple_lock(Relation rel, const ItemPointerData *tid, LockTupleMode mode,
                                     LockWaitPolicy policy, bool *have_lock);
extern void heap__release_tuple_lock(Relation rel, const ItemPointerData *tid,
                                     LockTupleMode mode);
extern TM_Result heap__lock_updated(Relation rel, HeapTuple tuple, const ItemPointerData *ctid,
                                    TransactionId xid, LockTupleMode mode);

/* --- choosing pages (place.c) --- */

/* The remembered length may be old; a block below it exists as long as we hold our table lock. */
static inline bool
heap__block_exists(Relation rel, BlockNumber block)
{
    BlockNumber known = smgr_nblocks_cached(relation_smgr(rel), MAIN_FORKNUM);

    return (known != InvalidBlockNumber && block < known) ||
           block < RelationGetNumberOfBlocks(rel);
}

struct BulkInsertStateData {
    BufferRing *ring;
    Buffer current;            /* pinned, or InvalidBuffer */
    BlockNumber next_free;     /* [next_free, last_free]: empty blocks got ahead for us */
    BlockNumber last_free;     /* InvalidBlockNumber: none */
    uint32 extended_by;        /* blocks got so far */
};

/* An exclusively locked page with room for `len` bytes; `other`: an update's old page, locked too. */
extern Buffer heap__page_for_tuple(Relation rel, Size len, Buffer other, int options,
                                   BulkInsertState bistate, Buffer *vmbuffer, Buffer *other_vm);
extern void heap__put_tuple(Relation rel, Buffer buffer, HeapTuple tuple, bool speculative);

/* --- changes --- */
extern HeapTuple heap__prepare_insert(Relation rel, HeapTuple tuple, TransactionId xid,
                                      CommandId cid, int options);
extern void heap__log_insert(Relation rel, Buffer buffer, HeapTuple tuple, uint8 flags, bool init);

/* A row that somebody else may have: what a changer found, and left behind (conflict.c). */
typedef struct HeapTarget {
    Relation rel;
    Buffer buffer;
    Buffer vmbuffer;
    HeapTupleData tuple;
    bool have_tuple_lock;
    bool lockers_checked;  /* we waited, or looked, for other lockers */
    bool lockers_remain;   /* some others still hold the row in ways that we do not mind */
} HeapTarget;
/* Reads and locks the page of *tid, its map page pinned where needed. */
extern void heap__target_open(HeapTarget *target, Relation rel, const ItemPointerData *tid);
/* Unlocks and releases all that the target has. */
extern void heap__target_close(HeapTarget *target, LockTupleMode mode);
/* The row's state for a change of strength `mode`; waits for others with `wait`. Page locked. */
extern TM_Result heap__target_claim(HeapTarget *target, CommandId cid, LockTupleMode mode,
                                    bool wait, XLTW_Oper oper);
extern void heap__fill_failure(HeapTuple tuple, TM_Result result, TM_FailureData *ret_failure);
/* Pins the map page if the page is all-visible; false: the lock was let go meanwhile. */
extern bool heap__target_pin_vm(HeapTarget *target);

static inline void
heap__set_prunable(Page page, TransactionId xid)
{
    TransactionId old = page_prune_xid(page);
    if (!TransactionIdIsValid(old) || xid < old)
        page_set_prune_xid(page, xid);
}

/* --- pruning --- */
typedef struct HeapPruneResult {
    int removed;           /* tuples that went away */
    int new_dead;          /* line pointers newly LP_DEAD */
    int8 htsv[PAGE_MAX_HEAP_ITEMS + 1]; /* HTSV_Result of the tuples that stay; -1 none */
} HeapPruneResult;
/* Cleanup lock is held. `horizon` by relation; oldest_xmin 0: by the cheap horizon. */
extern void heap__prune_page(Relation rel, Buffer buffer, TransactionId oldest_xmin,
                             HeapPruneResult *ret_result);
/* Shared by redo: carries out a prune. */
extern void heap__prune_execute(Page page, const OffsetNumber *redirected, int redirected_count,
                                const OffsetNumber *dead, int dead_count,
                                const OffsetNumber *unused, int unused_count);
extern Size heap__log_prune(Relation rel, Buffer buffer, TransactionId conflict,
                            const OffsetNumber *redirected, int redirected_count,
                            const OffsetNumber *dead, int dead_count, const OffsetNumber *unused,
                            int unused_count);
/* roots[offset]: the line pointer an index names for the tuple there; 0 none. */
extern void heap__get_root_tuples(Page page, OffsetNumber *roots);

/* --- freezing (freeze.c) --- */
typedef struct HeapFreezeLimits {
    TransactionId freeze_limit;  /* xids below are frozen */
    TransactionId oldest_xmin;
    MultiXactId multi_limit;
    TransactionId oldest_xid;    /* in, out: oldest unfrozen xid left */
    MultiXactId oldest_multi;
} HeapFreezeLimits;
/* Plans to freeze; true with *ret_plan if something changes. *ret_frozen: nothing is left to. */
extern bool heap__plan_freeze(HeapTupleHeader tup, HeapFreezeLimits *limits,
                              WalHeapFreeze *ret_plan, bool *ret_frozen);
extern void heap__apply_freeze(HeapTupleHeader tup, const WalHeapFreeze *plan);

/* --- map --- */
extern void heap__vm_set_bits(Buffer vm_buffer, BlockNumber heap_block, uint8 bits); /* locked */

/* --- toast --- */
extern void toast__register(void);

#define HEAP_COUNT(rel, field, n)                                                                  \
    do {                                                                                           \
        if ((rel)->rd_counts != NULL)                                                              \
            (rel)->rd_counts->field += (n);                                                        \
    } while (0)

#endif
