/*
 * buffer_int.h - shared inside the buffer room: descriptors, state word, tables
 *
 * State word
 *   bits  0..17  reference count (pins of processes)
 *   bits 18..21  usage count, 0..BUF_USAGE_MAX
 *   bits 22..31  flags BM_*
 *
 * Invariants (README.md says why)
 *   I1. a tag changes only under the header lock, with BM_TAG_VALID unset or being unset, and with
 *       no pin but that of the process that changes it.
 *   I2. a buffer is in the mapping table exactly while BM_TAG_VALID is set, but for the short way
 *       between the two inside the partition's exclusive lock.
 *   I3. while BM_LOCKED is set nobody but the holder changes the state word.
 *   I4. BM_VALID goes on only by the process that holds BM_IO_IN_PROGRESS.
 *   I5. BM_DIRTY pages are written only after WAL up to their LSN is durable.
 */
#ifndef BUFFER_INT_H
#define BUFFER_INT_H

#include <stdatomic.h>

#include "buffer/buffer.h"
#include "config/settings.h"
#include "sync/condition_variable.h"
#include "sync/lwlock.h"

#define BUF_REFCOUNT_ONE 1u
#define BUF_REFCOUNT_MASK ((1u << 18) - 1)
#define BUF_USAGE_ONE (1u << 18)
#define BUF_USAGE_MASK (0xfu << 18)
#define BUF_USAGE_SHIFT 18
#define BUF_USAGE_MAX 5

#define BM_LOCKED (1u << 22)            /* header lock */
#define BM_DIRTY (1u << 23)             /* differs from the disk */
#define BM_VALID (1u << 24)             /* holds the page of its tag */
#define BM_TAG_VALID (1u << 25)         /* the tag is set, the buffer in the table */
#define BM_IO_IN_PROGRESS (1u << 26)    /* one process reads or writes it */
#define BM_IO_ERROR (1u << 27)          /* the last I/O failed */
#define BM_JUST_DIRTIED (1u << 28)      /* dirtied since its write began */
#define BM_PIN_COUNT_WAITER (1u << 29)  /* somebody waits for the other pins to go */
#define BM_CHECKPOINT_NEEDED (1u << 30) /* to be written by the checkpoint under way */
#define BM_PERMANENT (1u << 31)         /* survives a crash: WAL-logged */

#define BUF_REFCOUNT(state) ((state) & BUF_REFCOUNT_MASK)
#define BUF_USAGE(state) (((state) & BUF_USAGE_MASK) >> BUF_USAGE_SHIFT)

typedef struct BufferTag {
    RelFileLocator locator;
    int32 fork;
    BlockNumber block;
} BufferTag;
_Static_assert(sizeof(BufferTag) == 20, "a tag has no padding: it is hashed");

typedef struct BufferDesc {
    BufferTag tag;             /* guarded by the header lock; stable while pinned */
    int32 id;                  /* set once: index in the arrays */
    _Atomic uint32 state;      /* atomic */
    int32 wait_procno;         /* guarded by the header lock: who waits for cleanup */
    _Atomic int32 hash_next;   /* guarded by the partition lock; read without it as a hint */
    LWLock content_lock;
} BufferDesc;

typedef union BufferDescPadded {
    BufferDesc desc;
    char pad[64];
} BufferDescPadded;
_Static_assert(sizeof(BufferDescPadded) == 64, "a descriptor is one cache line");

#define BUFFER_PARTITIONS 128
#define BUFFER_EXTEND_LOCKS 64

typedef struct BufferExtendLock {
    LWLock lock;
    _Atomic int32 waiters;
    char pad[44];
} BufferExtendLock;

typedef struct BufferControl {
    _Atomic uint64 hand;            /* clock hand: only grows; atomic: everybody adds */
    _Atomic uint64 allocations;     /* buffers given out since start */
    _Atomic int32 wake_writer;      /* pgprocno of a background writer that sleeps long, or -1 */
    uint32 bucket_mask;             /* set once */
    _Atomic uint64 checkpoint_writes, clean_writes, maxwritten, backend_writes;
    alignas(64) LWLockPadded partitions[BUFFER_PARTITIONS];
    BufferExtendLock extend[BUFFER_EXTEND_LOCKS];
} BufferControl;

extern BufferControl *buffer_control;
extern BufferDescPadded *buffer_descriptors;
extern ConditionVariableMinimallyPadded *buffer_io_cvs;
extern _Atomic int32 *buffer_buckets;

static inline BufferDesc *
buffer__desc(int id)
{
    return &buffer_descriptors[id].desc;
}

static inline Buffer
buffer__of(const BufferDesc *desc)
{
    return desc->id + 1;
}

static inline Page
buffer__page(const BufferDesc *desc)
{
    return buffer_blocks + (Size)desc->id * BLCKSZ;
}

static inline bool
buffer__tag_equal(const BufferTag *a, const BufferTag *b)
{
    return a->block == b->block && a->locator.relNumber == b->locator.relNumber &&
           a->fork == b->fork && a->locator.dbOid == b->locator.dbOid &&
           a->locator.spcOid == b->locator.spcOid;
}

static inline BufferTag
buffer__make_tag(RelFileLocator locator, ForkNumber fork, BlockNumber block)
{
    return (BufferTag){.locator = locator, .fork = (int32)fork, .block = block};
}

/* --- table.c --- */
uint32 buffer__hash(const BufferTag *tag);
static inline LWLock *
buffer__partition_lock(uint32 hash)
{
    return &buffer_control->partitions[hash % BUFFER_PARTITIONS].lock;
}
int buffer__table_lookup(const BufferTag *tag, uint32 hash);      /* partition lock held; -1 */
int buffer__table_lookup_hint(const BufferTag *tag, uint32 hash); /* no lock; to be verified */
void buffer__table_insert(int id, uint32 hash);                   /* exclusive */
void buffer__table_delete(int id, uint32 hash);                   /* exclusive */

/* --- pin.c --- */
uint32 buffer__lock_header(BufferDesc *desc);
static inline void
buffer__unlock_header(BufferDesc *desc, uint32 state)
{
    atomic_store_explicit(&desc->state, state & ~BM_LOCKED, memory_order_release);
}
void buffer__reserve_pin(void);
/* True when the page was valid at the time. */
bool buffer__pin(BufferDesc *desc, BufferRing *ring);
void buffer__pin_locked(BufferDesc *desc);   /* header lock held, released here */
void buffer__adopt_pin(BufferDesc *desc);    /* the shared count is raised already */
void buffer__unpin(BufferDesc *desc);
int buffer__private_count(Buffer buffer);

/* --- io.c --- */
bool buffer__start_io(BufferDesc *desc, bool for_input);
void buffer__finish_io(BufferDesc *desc, bool clear_dirty, uint32 set_flags);
void buffer__wait_io(BufferDesc *desc);
void buffer__flush(BufferDesc *desc, SmgrRelation *rel);

/* --- victim.c --- */
/* A pinned buffer without tag. */
BufferDesc *buffer__victim(BufferRing *ring);
uint64 buffer__hand(uint64 *ret_allocations);
bool buffer__ring_rejects(BufferRing *ring, BufferDesc *desc);

/* --- writeback: pages pushed to disk early, so that a checkpoint's fsync finds little to do --- */
#define WRITEBACK_MAX 256
typedef struct Writeback {
    int limit;
    int count;
    BufferTag tags[WRITEBACK_MAX];
} Writeback;
void buffer__writeback_add(Writeback *writeback, const BufferTag *tag);
void buffer__writeback_issue(Writeback *writeback);

int buffer__tag_compare(const BufferTag *a, const BufferTag *b);

#endif
