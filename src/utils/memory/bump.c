/*
 * bump.c - memory that is only ever given back all at once
 *
 * Why        without a header a chunk costs nothing beyond its bytes, and allocation is one
 *            addition. In builds with MEMORY_CONTEXT_CHECKING chunks do have headers, so that
 *            pfree, repalloc and GetMemoryChunkContext on them can be caught.
 * Invariants B1. first is the block being cut from; big chunks stand in blocks behind it.
 * Errors     alloc throws 53200 unless told MCXT_ALLOC_NO_OOM; freeing throws XX000 or aborts.
 */
#include "memory_int.h"

#define CHUNK_FRACTION 8

#ifdef MEMORY_CONTEXT_CHECKING
#define BUMP_HEADER_SIZE CHUNK_HEADER_SIZE
#else
#define BUMP_HEADER_SIZE 0
#endif

typedef struct BumpBlock
{
    struct BumpBlock *next;
    char *free_start;
    char *end;
} BumpBlock;

typedef struct Bump
{
    MemoryContextData header;
    uint32 init_block_size;
    uint32 max_block_size;
    uint32 next_block_size;
    uint32 chunk_limit;
    BumpBlock *first;
    BumpBlock *keeper;
} Bump;

#define BLOCK_HEADER_SIZE MAXALIGN(sizeof(BumpBlock))
#define CONTEXT_HEADER_SIZE MAXALIGN(sizeof(Bump))

static void
init_block(BumpBlock *block, Size size)
{
    block->free_start = (char *) block + BLOCK_HEADER_SIZE;
    block->end = (char *) block + size;
    memory_no_access(block->free_start, size - BLOCK_HEADER_SIZE);
}

static inline void *
cut_chunk(BumpBlock *block, Size size, Size chunk_size)
{
    char *pointer = block->free_start + BUMP_HEADER_SIZE;
#ifdef MEMORY_CONTEXT_CHECKING
    memory_undefined(block->free_start, CHUNK_HEADER_SIZE);
    chunk_header_of(pointer) = chunk_header_make(MEMORY_KIND_BUMP, 0, 0);
#endif
    block->free_start = pointer + chunk_size;
    chunk_checks_on_alloc(pointer, size, chunk_size);
    return pointer;
}

static pg_noinline void *
alloc_from_new_block(Bump *bump, Size size, Size chunk_size, int flags)
{
    Size needed = BLOCK_HEADER_SIZE + BUMP_HEADER_SIZE + chunk_size;
    bool big = chunk_size > bump->chunk_limit;
    Size block_size = needed;
    if (big)
        memory_check_size(size, flags);
    else
    {
        block_size = Max(bump->next_block_size, needed);
        bump->next_block_size = Min(bump->next_block_size * 2, bump->max_block_size);
    }
    BumpBlock *block = memory_block_get(block_size);
    if (block == NULL)
        return memory_alloc_failure(&bump->header, size, flags);
    bump->header.mem_allocated += block_size;
    init_block(block, block_size);
    BumpBlock **place = big ? &bump->first->next : &bump->first; /* B1 */
    block->next = *place;
    *place = block;
    return cut_chunk(block, size, chunk_size);
}

static void *
bump_alloc(MemoryContext context, Size size, int flags)
{
    Bump *bump = (Bump *) context;
    Size chunk_size = MAXALIGN(size + CHUNK_SENTINEL_SIZE);
    BumpBlock *block = bump->first;
    if (unlikely(chunk_size < size))
        memory_check_size(size, 0);
    if (unlikely((Size) (block->end - block->free_start) < chunk_size + BUMP_HEADER_SIZE))
        return alloc_from_new_block(bump, size, chunk_size, flags);
    return cut_chunk(block, size, chunk_size);
}

MemoryContext
BumpContextCreate(MemoryContext parent, const char *name, Size min_context_size,
                  Size init_block_size, Size max_block_size)
{
    Assert(init_block_size >= 1024 && init_block_size == MAXALIGN(init_block_size));
    Assert(max_block_size >= init_block_size);
    Size first_size = CONTEXT_HEADER_SIZE + BLOCK_HEADER_SIZE + CHUNK_HEADER_SIZE;
    first_size = Max(first_size, Max(init_block_size, min_context_size));
    Bump *bump = memory_block_get(first_size);
    if (bump == NULL)
        return memory_alloc_failure(parent, first_size, 0);
    memset(bump, 0, CONTEXT_HEADER_SIZE);
    bump->keeper = (BumpBlock *) ((char *) bump + CONTEXT_HEADER_SIZE);
    init_block(bump->keeper, first_size - CONTEXT_HEADER_SIZE);
    bump->keeper->next = NULL;
    bump->first = bump->keeper;
    bump->init_block_size = bump->next_block_size = (uint32) init_block_size;
    bump->max_block_size = (uint32) max_block_size;
    bump->chunk_limit = (uint32) (max_block_size / CHUNK_FRACTION);
    bump->header.mem_allocated = first_size;
    memory_context_link(&bump->header, MEMORY_KIND_BUMP, parent, name);
    return &bump->header;
}

static void
bump_check(MemoryContext context)
{
    Bump *bump = (Bump *) context;
    Size total = CONTEXT_HEADER_SIZE;
    for (BumpBlock *block = bump->first; block; block = block->next)
        total += (Size) (block->end - (char *) block);
    if (total != context->mem_allocated)
        ExceptionalCondition("context counts its blocks", __FILE__, __LINE__);
}

static void
bump_reset(MemoryContext context)
{
    Bump *bump = (Bump *) context;
    for (BumpBlock *block = bump->first, *next; block; block = next)
    {
        next = block->next;
        if (block == bump->keeper)
            continue;
        context->mem_allocated -= (Size) (block->end - (char *) block);
        memory_block_put(block);
    }
    init_block(bump->keeper, (Size) (bump->keeper->end - (char *) bump->keeper));
    bump->keeper->next = NULL;
    bump->first = bump->keeper;
    bump->next_block_size = bump->init_block_size;
}

static void
bump_delete(MemoryContext context)
{
    bump_reset(context);
    context->kind = MEMORY_KIND_INVALID;
    memory_block_put(context);
}

static void
bump_free(void *pointer)
{
    memory_fail("%s is not supported by the bump memory allocator", "pfree");
}

static void *
bump_realloc(void *pointer, Size size, int flags)
{
    memory_fail("%s is not supported by the bump memory allocator", "realloc");
}

static MemoryContext
bump_chunk_context(void *pointer)
{
    memory_fail("%s is not supported by the bump memory allocator", "GetMemoryChunkContext");
}

static Size
bump_chunk_space(void *pointer)
{
    memory_fail("%s is not supported by the bump memory allocator", "GetMemoryChunkSpace");
}

static bool
bump_is_empty(MemoryContext context)
{
    Bump *bump = (Bump *) context;
    return bump->first == bump->keeper && bump->keeper->next == NULL &&
           bump->keeper->free_start == (char *) bump->keeper + BLOCK_HEADER_SIZE;
}

static void
bump_stats(MemoryContext context, MemoryContextCounters *ret_counters)
{
    Bump *bump = (Bump *) context;
    *ret_counters = (MemoryContextCounters){.totalspace = CONTEXT_HEADER_SIZE};
    for (BumpBlock *block = bump->first; block; block = block->next)
    {
        ret_counters->nblocks++;
        ret_counters->totalspace += (Size) (block->end - (char *) block);
        ret_counters->freespace += (Size) (block->end - block->free_start);
    }
}

const MemoryContextMethods bump_methods = {
    .kind_name = "Bump",
    .alloc = bump_alloc,
    .free_p = bump_free,
    .realloc = bump_realloc,
    .reset = bump_reset,
    .delete_context = bump_delete,
    .get_chunk_context = bump_chunk_context,
    .get_chunk_space = bump_chunk_space,
    .is_empty = bump_is_empty,
    .stats = bump_stats,
    .check = bump_check,
};
