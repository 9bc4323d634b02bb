/*
 * tuple.h - the bytes of a heap tuple
 *
 *   offset size field
 *        0    6 xmin        transaction that made the version
 *        6    6 xmax        transaction that deleted or locked it, or a multixact; 0 none
 *       12    6 ctid        the next version (block 4, offset 2), or itself; or, with offset
 *                           HEAP_SPECULATIVE_OFFSET, the token of a speculative insertion
 *       18    4 cid         cmin, cmax, or with HEAP_COMBOCID a key to both (this process only)
 *       22    2 infomask    HEAP_* below
 *       24    2 infomask2   attribute count (11 bits) and HEAP_*
 *       26    1 hoff        size of header and null bitmap: where the columns begin
 *       27    . nulls       with HEAP_HASNULL: one bit a column, set where it is NOT null
 *     hoff    . columns     one after the other, without padding
 *
 * Nothing is aligned: all reads are by memcpy. Fixed-length columns lie as in memory, least
 * significant byte first; variable ones begin with a 1- or 4-byte length (base/varlena.h).
 *
 * Invariants  T1. hoff == 27, plus (attribute count + 7) / 8 with HEAP_HASNULL.
 *             T2. xmin is never 0 but in a speculative insertion that was taken back.
 *             T3. XMIN_COMMITTED and XMIN_INVALID together mean frozen: visible to all for ever.
 */
#ifndef FORMAT_TUPLE_H
#define FORMAT_TUPLE_H

#include <stddef.h>

#include "base/base.h"
#include "format/page.h"

#define HEAP_TUPLE_HEADER_SIZE 27
#define MaxHeapAttributeNumber 1600
#define MaxTupleAttributeNumber 1664

typedef struct HeapTupleHeaderData {
    uint8 t_xmin[6];
    uint8 t_xmax[6];
    ItemPointerData t_ctid;
    uint8 t_cid[4];
    uint8 t_infomask_bytes[2];
    uint8 t_infomask2_bytes[2];
    uint8 t_hoff;
    uint8 t_bits[];
} __attribute__((packed, aligned(1))) HeapTupleHeaderData;
typedef HeapTupleHeaderData *HeapTupleHeader;

_Static_assert(sizeof(HeapTupleHeaderData) == HEAP_TUPLE_HEADER_SIZE, "header is 27 bytes");
_Static_assert(offsetof(HeapTupleHeaderData, t_ctid) == 12, "ctid at 12");
_Static_assert(offsetof(HeapTupleHeaderData, t_infomask_bytes) == 22, "infomask at 22");

/* infomask */
#define HEAP_HASNULL 0x0001
#define HEAP_HASVARWIDTH 0x0002
#define HEAP_HASEXTERNAL 0x0004
#define HEAP_XMAX_KEYSHR_LOCK 0x0010
#define HEAP_COMBOCID 0x0020
#define HEAP_XMAX_EXCL_LOCK 0x0040
#define HEAP_XMAX_LOCK_ONLY 0x0080
#define HEAP_XMAX_SHR_LOCK (HEAP_XMAX_EXCL_LOCK | HEAP_XMAX_KEYSHR_LOCK)
#define HEAP_LOCK_MASK (HEAP_XMAX_SHR_LOCK | HEAP_XMAX_EXCL_LOCK | HEAP_XMAX_KEYSHR_LOCK)
#define HEAP_XMIN_COMMITTED 0x0100
#define HEAP_XMIN_INVALID 0x0200
#define HEAP_XMIN_FROZEN (HEAP_XMIN_COMMITTED | HEAP_XMIN_INVALID)
#define HEAP_XMAX_COMMITTED 0x0400
#define HEAP_XMAX_INVALID 0x0800
#define HEAP_XMAX_IS_MULTI 0x1000
#define HEAP_UPDATED 0x2000 /* a later version of an updated row */
#define HEAP_XMAX_BITS                                                                             \
    (HEAP_XMAX_COMMITTED | HEAP_XMAX_INVALID | HEAP_XMAX_IS_MULTI | HEAP_LOCK_MASK |               \
     HEAP_XMAX_LOCK_ONLY)
#define HEAP_XACT_MASK (0xfff0 & ~0xc000)

/* infomask2 */
#define HEAP_NATTS_MASK 0x07ff
#define HEAP_KEYS_UPDATED 0x2000 /* deleted, or updated with another key */
#define HEAP_HOT_UPDATED 0x4000  /* its successor is in the same page and in no index */
#define HEAP_ONLY_TUPLE 0x8000   /* a successor that no index names */
#define HEAP2_XACT_MASK 0xe000

#define HEAP_SPECULATIVE_OFFSET 0xfffe

/* The largest tuple a page takes. */
#define MaxHeapTupleSize (BLCKSZ - PAGE_HEADER_SIZE - sizeof(ItemIdData))

static inline uint64
tuple__read48(const uint8 *at)
{
    uint64 value;
    memcpy(&value, at, sizeof(value)); /* the two bytes beyond are in the header too */
    return value & UINT64CONST(0xffffffffffff);
}

static inline uint16
heap_tuple_infomask(const HeapTupleHeaderData *tup)
{
    uint16 value;
    memcpy(&value, tup->t_infomask_bytes, sizeof(value));
    return value;
}

static inline uint16
heap_tuple_infomask2(const HeapTupleHeaderData *tup)
{
    uint16 value;
    memcpy(&value, tup->t_infomask2_bytes, sizeof(value));
    return value;
}

static inline void
heap_tuple_set_infomask(HeapTupleHeader tup, uint16 value)
{
    memcpy(tup->t_infomask_bytes, &value, sizeof(value));
}

static inline void
heap_tuple_set_infomask2(HeapTupleHeader tup, uint16 value)
{
    memcpy(tup->t_infomask2_bytes, &value, sizeof(value));
}

static inline TransactionId
heap_tuple_raw_xmin(const HeapTupleHeaderData *tup)
{
    return tuple__read48(tup->t_xmin);
}

static inline TransactionId
heap_tuple_raw_xmax(const HeapTupleHeaderData *tup)
{
    return tuple__read48(tup->t_xmax);
}

static inline void
heap_tuple_set_xmin(HeapTupleHeader tup, TransactionId xid)
{
    memcpy(tup->t_xmin, &xid, 6);
}

static inline void
heap_tuple_set_xmax(HeapTupleHeader tup, TransactionId xid)
{
    memcpy(tup->t_xmax, &xid, 6);
}

static inline CommandId
heap_tuple_raw_cid(const HeapTupleHeaderData *tup)
{
    CommandId cid;
    memcpy(&cid, tup->t_cid, sizeof(cid));
    return cid;
}

static inline void
heap_tuple_set_raw_cid(HeapTupleHeader tup, CommandId cid)
{
    memcpy(tup->t_cid, &cid, sizeof(cid));
}

static inline ItemPointerData
heap_tuple_ctid(const HeapTupleHeaderData *tup)
{
    return tup->t_ctid;
}

static inline void
heap_tuple_set_ctid(HeapTupleHeader tup, const ItemPointerData *tid)
{
    memcpy(&tup->t_ctid, tid, sizeof(*tid));
}

static inline bool
heap_tuple_xmin_frozen(const HeapTupleHeaderData *tup)
{
    return (heap_tuple_infomask(tup) & HEAP_XMIN_FROZEN) == HEAP_XMIN_FROZEN;
}

static inline bool
heap_tuple_xmin_committed(const HeapTupleHeaderData *tup)
{
    return (heap_tuple_infomask(tup) & HEAP_XMIN_COMMITTED) != 0;
}

/* Hinted aborted, as opposed to frozen. */
static inline bool
heap_tuple_xmin_invalid(const HeapTupleHeaderData *tup)
{
    return (heap_tuple_infomask(tup) & HEAP_XMIN_FROZEN) == HEAP_XMIN_INVALID;
}

/* xmin as others may look at it: 2 (frozen) for frozen tuples. */
static inline TransactionId
heap_tuple_xmin(const HeapTupleHeaderData *tup)
{
    return heap_tuple_xmin_frozen(tup) ? (TransactionId)2 : heap_tuple_raw_xmin(tup);
}

static inline int
heap_tuple_natts(const HeapTupleHeaderData *tup)
{
    return heap_tuple_infomask2(tup) & HEAP_NATTS_MASK;
}

static inline bool
heap_tuple_has_nulls(const HeapTupleHeaderData *tup)
{
    return (tup->t_infomask_bytes[0] & HEAP_HASNULL) != 0;
}

static inline bool
heap_tuple_has_external(const HeapTupleHeaderData *tup)
{
    return (tup->t_infomask_bytes[0] & HEAP_HASEXTERNAL) != 0;
}

static inline bool
heap_tuple_is_heap_only(const HeapTupleHeaderData *tup)
{
    return (heap_tuple_infomask2(tup) & HEAP_ONLY_TUPLE) != 0;
}

/* Locked only: xmax is no deleter. */
static inline bool
heap_xmax_is_locked_only(uint16 infomask)
{
    return (infomask & HEAP_XMAX_LOCK_ONLY) != 0;
}

static inline bool
heap_tuple_is_hot_updated(const HeapTupleHeaderData *tup)
{
    return (heap_tuple_infomask2(tup) & HEAP_HOT_UPDATED) != 0 &&
           (heap_tuple_infomask(tup) & HEAP_XMAX_INVALID) == 0 && !heap_tuple_xmin_invalid(tup);
}

static inline bool
heap_tuple_is_speculative(const HeapTupleHeaderData *tup)
{
    return tup->t_ctid.ip_posid == HEAP_SPECULATIVE_OFFSET;
}

/* True where column `attno` (from 0) is null; only with HEAP_HASNULL. */
static inline bool
tuple_att_isnull(int attno, const uint8 *bits)
{
    return (bits[attno >> 3] & (1 << (attno & 7))) == 0;
}

static inline int
tuple_bitmap_size(int natts)
{
    return (natts + 7) / 8;
}

#endif
