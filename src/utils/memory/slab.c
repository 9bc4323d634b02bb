/*
 * slab.c - memory for many chunks of one size
 *
 * Why        all chunks fit any hole, so a block is an array with a free list of its own and
 *            returns to malloc once empty. Allocation prefers the block used last, which keeps the
 *            others draining; a few empty blocks are kept against thrashing.
 * Invariants S1. open holds blocks with a free chunk, full those without, empty those with no
 *                chunk in use; every block is in exactly one list.
 *            S2. free_count == chunks_per_block - chunks in use.
 * Errors     a request of another size throws XX000, running out of memory 53200.
 */
#include "memory_int.h"

#include "base/ilist.h"

#define EMPTY_BLOCKS_MAX 4

typedef struct SlabBlock
{
    dlist_node node;
    struct Slab *slab;
    int32 free_count;
    int32 unused_count; /* chunks never handed out, at the end of the block */
    void *free_head;    /* linked through the first word */
    char *unused_start;
} SlabBlock;

typedef struct Slab
{
    MemoryContextData header;
    uint32 chunk_size; /* as requested by all */
    uint32 full_chunk_size;
    uint32 block_size;
    int32 chunks_per_block;
    dlist_head open;
    dlist_head full;
    dclist_head empty;
} Slab;

#define BLOCK_HEADER_SIZE MAXALIGN(sizeof(SlabBlock))
#define usable_size(slab) ((Size) (slab)->full_chunk_size - CHUNK_HEADER_SIZE)

static SlabBlock *
new_block(Slab *slab)
{
    SlabBlock *block;
    if (!dclist_is_empty(&slab->empty))
        return dlist_container(SlabBlock, node, dclist_pop_head_node(&slab->empty));
    block = memory_block_get(slab->block_size);
    if (block == NULL)
        return NULL;
    slab->header.mem_allocated += slab->block_size;
    block->slab = slab;
    block->free_count = block->unused_count = slab->chunks_per_block;
    block->free_head = NULL;
    block->unused_start = (char *) block + BLOCK_HEADER_SIZE;
    memory_no_access(block->unused_start, slab->block_size - BLOCK_HEADER_SIZE);
    return block;
}

static void *
take_chunk(Slab *slab, SlabBlock *block)
{
    void *pointer = block->free_head;
    Assert(block->free_count > 0); /* S2 */
    block->free_count--;
    if (pointer != NULL)
    {
        memory_defined(pointer, sizeof(void *));
        memcpy(&block->free_head, pointer, sizeof(void *));
        return pointer;
    }
    Assert(block->unused_count > 0);
    pointer = block->unused_start + CHUNK_HEADER_SIZE;
    memory_undefined(block->unused_start, CHUNK_HEADER_SIZE);
    chunk_header_of(pointer) =
        chunk_header_make(MEMORY_KIND_SLAB, 0,
                          (Size) ((char *) pointer - sizeof(ChunkHeader) - (char *) block));
    block->unused_count--;
    block->unused_start += slab->full_chunk_size;
    return pointer;
}

static void *
slab_alloc(MemoryContext context, Size size, int flags)
{
    Slab *slab = (Slab *) context;
    SlabBlock *block;
    if (unlikely(size != slab->chunk_size))
        memory_fail("unexpected alloc chunk size %zu (expected %u)", size, slab->chunk_size);
    if (unlikely(dlist_is_empty(&slab->open)))
    {
        block = new_block(slab);
        if (block == NULL)
            return memory_alloc_failure(context, size, flags);
        dlist_push_head(&slab->open, &block->node);
    }
    else
        block = dlist_head_element(SlabBlock, node, &slab->open);
    void *pointer = take_chunk(slab, block);
    if (block->free_count == 0)
    {
        dlist_delete(&block->node);
        dlist_push_head(&slab->full, &block->node);
    }
    chunk_checks_on_alloc(pointer, size, usable_size(slab));
    return pointer;
}

static void
slab_free(void *pointer)
{
    SlabBlock *block = chunk_block(pointer);
    Slab *slab = block->slab;
    chunk_checks_on_free(pointer, usable_size(slab));
    memory_undefined(pointer, sizeof(void *));
    memcpy(pointer, &block->free_head, sizeof(void *));
    memory_no_access(pointer, sizeof(void *));
    block->free_head = pointer;
    if (block->free_count++ == 0)
    {
        dlist_delete(&block->node);
        dlist_push_tail(&slab->open, &block->node);
    }
    if (block->free_count < slab->chunks_per_block)
        return;
    dlist_delete(&block->node);
    if (dclist_count(&slab->empty) < EMPTY_BLOCKS_MAX)
        dclist_push_head(&slab->empty, &block->node);
    else
    {
        slab->header.mem_allocated -= slab->block_size;
        memory_block_put(block);
    }
}

static void *
slab_realloc(void *pointer, Size size, int flags)
{
    Slab *slab = ((SlabBlock *) chunk_block(pointer))->slab;
    if (size != slab->chunk_size)
        memory_fail("slab allocator does not support realloc()");
    return pointer;
}

MemoryContext
SlabContextCreate(MemoryContext parent, const char *name, Size block_size, Size chunk_size)
{
    Size full_chunk_size =
        CHUNK_HEADER_SIZE + MAXALIGN(Max(chunk_size + CHUNK_SENTINEL_SIZE, sizeof(void *)));
    Size chunks = (block_size - BLOCK_HEADER_SIZE) / full_chunk_size;
    if (block_size < BLOCK_HEADER_SIZE || chunks == 0)
        memory_fail("block size %zu for slab is too small for %zu-byte chunks", block_size,
                    chunk_size);
    Slab *slab = memory_block_get(sizeof(Slab));
    if (slab == NULL)
        return memory_alloc_failure(parent, sizeof(Slab), 0);
    memset(slab, 0, sizeof(Slab));
    slab->chunk_size = (uint32) chunk_size;
    slab->full_chunk_size = (uint32) full_chunk_size;
    slab->block_size = (uint32) block_size;
    slab->chunks_per_block = (int32) chunks;
    dlist_init(&slab->open);
    dlist_init(&slab->full);
    dclist_init(&slab->empty);
    memory_context_link(&slab->header, MEMORY_KIND_SLAB, parent, name);
    return &slab->header;
}

static void
put_list(dlist_head *list)
{
    dlist_mutable_iter iter;
    dlist_foreach_modify(iter, list)
        memory_block_put(dlist_container(SlabBlock, node, iter.cur));
    dlist_init(list);
}

static void
check_list(Slab *slab, dlist_head *list)
{
#ifdef MEMORY_CONTEXT_CHECKING
    dlist_iter iter;
    dlist_foreach(iter, list)
    {
        SlabBlock *block = dlist_container(SlabBlock, node, iter.cur);
        int32 live = 0;
        char *pointer = (char *) block + BLOCK_HEADER_SIZE + CHUNK_HEADER_SIZE;
        for (; pointer < block->unused_start; pointer += slab->full_chunk_size)
            if (chunk_requested(pointer) != MEMORY_FREED)
            {
                chunk_verify(pointer, usable_size(slab));
                live++;
            }
        if (live != slab->chunks_per_block - block->free_count)
            ExceptionalCondition("block counts its chunks (S2)", __FILE__, __LINE__);
    }
#endif
}

static void
slab_check(MemoryContext context)
{
    Slab *slab = (Slab *) context;
    check_list(slab, &slab->open);
    check_list(slab, &slab->full);
    check_list(slab, &slab->empty.dlist);
}

static void
slab_reset(MemoryContext context)
{
    Slab *slab = (Slab *) context;
    slab_check(context);
    put_list(&slab->open);
    put_list(&slab->full);
    put_list(&slab->empty.dlist);
    slab->empty.count = 0;
    context->mem_allocated = 0;
}

static void
slab_delete(MemoryContext context)
{
    slab_reset(context);
    context->kind = MEMORY_KIND_INVALID;
    memory_block_put(context);
}

static MemoryContext
slab_chunk_context(void *pointer)
{
    return &((SlabBlock *) chunk_block(pointer))->slab->header;
}

static Size
slab_chunk_space(void *pointer)
{
    return ((SlabBlock *) chunk_block(pointer))->slab->full_chunk_size;
}

static bool
slab_is_empty(MemoryContext context)
{
    Slab *slab = (Slab *) context;
    return dlist_is_empty(&slab->open) && dlist_is_empty(&slab->full);
}

static void
count_list(Slab *slab, dlist_head *list, MemoryContextCounters *counters)
{
    dlist_iter iter;
    dlist_foreach(iter, list)
    {
        SlabBlock *block = dlist_container(SlabBlock, node, iter.cur);
        counters->nblocks++;
        counters->totalspace += slab->block_size;
        counters->freechunks += (Size) block->free_count;
        counters->freespace += (Size) block->free_count * slab->full_chunk_size;
    }
}

static void
slab_stats(MemoryContext context, MemoryContextCounters *ret_counters)
{
    Slab *slab = (Slab *) context;
    *ret_counters = (MemoryContextCounters){.totalspace = sizeof(Slab)};
    count_list(slab, &slab->open, ret_counters);
    count_list(slab, &slab->full, ret_counters);
    count_list(slab, &slab->empty.dlist, ret_counters);
}

const MemoryContextMethods slab_methods = {
    .kind_name = "Slab",
    .alloc = slab_alloc,
    .free_p = slab_free,
    .realloc = slab_realloc,
    .reset = slab_reset,
    .delete_context = slab_delete,
    .get_chunk_context = slab_chunk_context,
    .get_chunk_space = slab_chunk_space,
    .is_empty = slab_is_empty,
    .stats = slab_stats,
    .check = slab_check,
};
