/*
 * pool.c - the shared arrays, statistics, what a view shows
 */
#include <string.h>

#include "buffer_int.h"
#include "file/sync_request.h"
#include "memory/memory.h"
#include "shmem/shmem.h"
#include "sync/proc.h"

BufferControl *buffer_control;
BufferDescPadded *buffer_descriptors;
ConditionVariableMinimallyPadded *buffer_io_cvs;
_Atomic int32 *buffer_buckets;
char *buffer_blocks;
BufferUsage buffer_usage;
void (*buffer_missing_page_hook)(RelFileLocator locator, ForkNumber fork, BlockNumber block,
                                 bool present);
void (*buffer_forget_missing_hook)(RelFileLocator locator, ForkNumber fork,
                                   BlockNumber first_block);

static uint32
bucket_count(void)
{
    uint32 count = BUFFER_PARTITIONS;

    while (count < (uint32)NBuffers)
        count *= 2;
    return count;
}

static Size
control_size(void)
{
    return sizeof(BufferControl) + bucket_count() * sizeof(int32);
}

static void
control_init(void *address, Size size)
{
    buffer_control = address;
    buffer_buckets = (_Atomic int32 *)((char *)address + sizeof(BufferControl));
    buffer_control->bucket_mask = bucket_count() - 1;
    atomic_store(&buffer_control->wake_writer, INVALID_PGPROCNO);
    for (int i = 0; i < BUFFER_PARTITIONS; i++)
        LWLockInitialize(&buffer_control->partitions[i].lock, LWTRANCHE_BUFFER_MAPPING);
    for (int i = 0; i < BUFFER_EXTEND_LOCKS; i++)
        LWLockInitialize(&buffer_control->extend[i].lock, LWTRANCHE_RELATION_EXTEND);
    for (uint32 i = 0; i < bucket_count(); i++)
        atomic_store_explicit(&buffer_buckets[i], -1, memory_order_relaxed);
}

static Size
descriptors_size(void)
{
    return (Size)NBuffers * sizeof(BufferDescPadded);
}

static void
descriptors_init(void *address, Size size)
{
    buffer_descriptors = address;
    for (int id = 0; id < NBuffers; id++) {
        BufferDesc *desc = buffer__desc(id);
        desc->id = id;
        desc->wait_procno = INVALID_PGPROCNO;
        atomic_store_explicit(&desc->hash_next, -1, memory_order_relaxed);
        LWLockInitialize(&desc->content_lock, LWTRANCHE_BUFFER_CONTENT);
    }
}

static Size
cvs_size(void)
{
    return (Size)NBuffers * sizeof(ConditionVariableMinimallyPadded);
}

static void
cvs_init(void *address, Size size)
{
    buffer_io_cvs = address;
    for (int id = 0; id < NBuffers; id++)
        ConditionVariableInit(&buffer_io_cvs[id].cv);
}

/* One page more, so that blocks can begin on a page of the machine. */
static Size
blocks_size(void)
{
    return (Size)NBuffers * BLCKSZ + 4096;
}

static void
blocks_init(void *address, Size size)
{
    buffer_blocks = (char *)TYPEALIGN(4096, (uintptr_t)address);
    shmem_numa_place(buffer_blocks, (Size)NBuffers * BLCKSZ);
}

static void
truncate_buffers(SmgrRelation *rel, const ForkNumber *forks, int fork_count,
                 const BlockNumber *block_counts)
{
    buffer_drop_relation_forks(rel, forks, fork_count, block_counts);
}

void
buffer_shmem_register(void)
{
    shmem_register_area("Buffer Control", control_size, control_init);
    shmem_register_area("Buffer Descriptors", descriptors_size, descriptors_init);
    shmem_register_area("Buffer IO Condition Variables", cvs_size, cvs_init);
    shmem_register_area("Buffer Blocks", blocks_size, blocks_init);
    smgr_drop_buffers_hook = buffer_drop_relations;
    smgr_truncate_buffers_hook = truncate_buffers;
}

void
buffer_statistics(BufferStatistics *ret_statistics)
{
    *ret_statistics = (BufferStatistics){
        .buffers_checkpoint = atomic_load(&buffer_control->checkpoint_writes),
        .buffers_clean = atomic_load(&buffer_control->clean_writes),
        .maxwritten_clean = atomic_load(&buffer_control->maxwritten),
        .buffers_backend = atomic_load(&buffer_control->backend_writes),
        .buffers_backend_fsync = sync_backend_fsync_count(),
        .buffers_alloc = atomic_load(&buffer_control->allocations),
    };
}

bool
buffer_info(Buffer buffer, BufferInfo *ret_info)
{
    BufferDesc *desc = buffer__desc(buffer - 1);
    uint32 state = buffer__lock_header(desc);

    *ret_info = (BufferInfo){
        .locator = desc->tag.locator,
        .fork = (ForkNumber)desc->tag.fork,
        .block = desc->tag.block,
        .valid = (state & BM_VALID) != 0,
        .dirty = (state & BM_DIRTY) != 0,
        .usage_count = (int)BUF_USAGE(state),
        .pin_count = (int)BUF_REFCOUNT(state),
    };
    buffer__unlock_header(desc, state);
    return (state & BM_TAG_VALID) != 0;
}
