/*
 * generation.c - memory for chunks that die in about the order they were made
 *
 * Why        tuples of a sort or of a stream come and go together. Chunks are cut from blocks with
 *            no rounding and no free lists; a block whose chunks are all freed is used again or
 *            given back whole, so a long stream takes constant memory.
 * Invariants G1. block->live_count counts the chunks not yet freed; a block with 0 is not kept
 *                except as keeper, as the current block or as the one spare.
 *            G2. current is NULL or a block of the list.
 * Errors     alloc and realloc throw 53200 unless told MCXT_ALLOC_NO_OOM.
 */
#include "memory_int.h"

#include "base/ilist.h"

#define CHUNK_FRACTION 8

typedef struct GenerationBlock
{
    dlist_node node;
    struct Generation *generation;
    Size size;
    int32 live_count;
    char *free_start;
    char *end;
} GenerationBlock;

typedef struct Generation
{
    MemoryContextData header;
    uint32 init_block_size;
    uint32 max_block_size;
    uint32 next_block_size;
    uint32 chunk_limit;
    GenerationBlock *current;
    GenerationBlock *spare; /* empty, not in the list */
    GenerationBlock *keeper;
    dlist_head blocks;
} Generation;

#define BLOCK_HEADER_SIZE MAXALIGN(sizeof(GenerationBlock))
#define CONTEXT_HEADER_SIZE MAXALIGN(sizeof(Generation))

static void
init_block(Generation *generation, GenerationBlock *block, Size size)
{
    block->generation = generation;
    block->size = size;
    block->live_count = 0;
    block->free_start = (char *) block + BLOCK_HEADER_SIZE;
    block->end = (char *) block + size;
    memory_no_access(block->free_start, size - BLOCK_HEADER_SIZE);
}

static void
empty_block(GenerationBlock *block)
{
    char *start = (char *) block + BLOCK_HEADER_SIZE;
#ifdef MEMORY_CONTEXT_CHECKING
    memory_undefined(start, (Size) (block->free_start - start));
    memset(start, MEMORY_WIPE_BYTE, (Size) (block->free_start - start));
#endif
    block->live_count = 0;
    block->free_start = start;
    memory_no_access(start, (Size) (block->end - start));
}

static inline void *
cut_chunk(GenerationBlock *block, Size size, Size chunk_size)
{
    char *pointer = block->free_start + CHUNK_HEADER_SIZE;
    memory_undefined(block->free_start, CHUNK_HEADER_SIZE);
    chunk_header_of(pointer) =
        chunk_header_make(MEMORY_KIND_GENERATION, chunk_size,
                          (Size) (pointer - sizeof(ChunkHeader) - (char *) block));
    block->free_start = pointer + chunk_size;
    block->live_count++;
    chunk_checks_on_alloc(pointer, size, chunk_size);
    return pointer;
}

static inline bool
has_room(const GenerationBlock *block, Size chunk_size)
{
    return block != NULL && (Size) (block->end - block->free_start) >= chunk_size + CHUNK_HEADER_SIZE;
}

static void *
alloc_big(Generation *generation, Size size, int flags)
{
    memory_check_size(size, flags);
    Size chunk_size = MAXALIGN(size + CHUNK_SENTINEL_SIZE);
    Size block_size = BLOCK_HEADER_SIZE + CHUNK_HEADER_SIZE + chunk_size;
    GenerationBlock *block = memory_block_get(block_size);
    if (block == NULL)
        return memory_alloc_failure(&generation->header, size, flags);
    init_block(generation, block, block_size);
    generation->header.mem_allocated += block_size;
    dlist_push_head(&generation->blocks, &block->node);
    block->live_count = 1;
    block->free_start = block->end;
    char *pointer = (char *) block + BLOCK_HEADER_SIZE + CHUNK_HEADER_SIZE;
    memory_undefined(pointer - CHUNK_HEADER_SIZE, CHUNK_HEADER_SIZE);
    chunk_header_of(pointer) = MEMORY_KIND_GENERATION | CHUNK_EXTERNAL_BIT;
    chunk_checks_on_alloc(pointer, size, chunk_size);
    return pointer;
}

/* A block with room: the keeper if it is empty, the spare one, or a new one; NULL: no memory. */
static GenerationBlock *
next_block(Generation *generation, Size chunk_size)
{
    GenerationBlock *block = generation->keeper;
    if (block->live_count == 0 && block != generation->current)
    {
        empty_block(block);
        if (has_room(block, chunk_size))
            return block;
    }
    if (has_room(generation->spare, chunk_size))
    {
        block = generation->spare;
        generation->spare = NULL;
        dlist_push_head(&generation->blocks, &block->node);
        return block;
    }
    Size block_size = generation->next_block_size;
    generation->next_block_size = Min(block_size * 2, generation->max_block_size);
    while (block_size < BLOCK_HEADER_SIZE + CHUNK_HEADER_SIZE + chunk_size)
        block_size *= 2;
    block = memory_block_get(block_size);
    if (block == NULL)
        return NULL;
    init_block(generation, block, block_size);
    generation->header.mem_allocated += block_size;
    dlist_push_head(&generation->blocks, &block->node);
    return block;
}

static void *
generation_alloc(MemoryContext context, Size size, int flags)
{
    Generation *generation = (Generation *) context;
    Size chunk_size = MAXALIGN(size + CHUNK_SENTINEL_SIZE);
    if (unlikely(chunk_size > generation->chunk_limit || chunk_size < size))
        return alloc_big(generation, size, flags);
    if (unlikely(!has_room(generation->current, chunk_size)))
    {
        GenerationBlock *block = next_block(generation, chunk_size);
        if (block == NULL)
            return memory_alloc_failure(context, size, flags);
        generation->current = block;
    }
    return cut_chunk(generation->current, size, chunk_size);
}

static inline GenerationBlock *
block_of(const void *pointer)
{
    if (chunk_is_external(pointer))
        return (GenerationBlock *) ((char *) pointer - CHUNK_HEADER_SIZE - BLOCK_HEADER_SIZE);
    return chunk_block(pointer);
}

static inline Size
usable_size(const void *pointer)
{
    return chunk_is_external(pointer) ? (Size) (block_of(pointer)->end - (char *) pointer)
                                      : chunk_value(pointer);
}

static void
release_block(Generation *generation, GenerationBlock *block)
{
    dlist_delete(&block->node);
    generation->header.mem_allocated -= block->size;
    memory_block_put(block);
}

static void
generation_free(void *pointer)
{
    GenerationBlock *block = block_of(pointer);
    Generation *generation = block->generation;
    bool big = chunk_is_external(pointer);
    chunk_checks_on_free(pointer, usable_size(pointer));
    Assert(block->live_count > 0); /* G1 */
    if (--block->live_count > 0)
        return;
    if (big)
        release_block(generation, block);
    else if (block == generation->keeper || block == generation->current)
        empty_block(block);
    else if (generation->spare == NULL)
    {
        empty_block(block);
        dlist_delete(&block->node);
        generation->spare = block;
    }
    else
        release_block(generation, block);
}

static void *
generation_realloc(void *pointer, Size size, int flags)
{
    Size usable = usable_size(pointer);
    chunk_verify(pointer, usable);
    if (size + CHUNK_SENTINEL_SIZE <= usable)
    {
        chunk_checks_on_resize(pointer, size, usable);
        return pointer;
    }
    void *copy = generation_alloc(&block_of(pointer)->generation->header, size, flags);
    if (copy == NULL)
        return NULL;
    chunk_checks_before_copy(pointer, usable);
    memcpy(copy, pointer, usable - CHUNK_SENTINEL_SIZE);
    generation_free(pointer);
    return copy;
}

MemoryContext
GenerationContextCreate(MemoryContext parent, const char *name, Size min_context_size,
                        Size init_block_size, Size max_block_size)
{
    Assert(init_block_size >= 1024 && init_block_size == MAXALIGN(init_block_size));
    Assert(max_block_size >= init_block_size && max_block_size <= CHUNK_VALUE_MAX);
    Size first_size = CONTEXT_HEADER_SIZE + BLOCK_HEADER_SIZE + CHUNK_HEADER_SIZE;
    first_size = Max(first_size, Max(init_block_size, min_context_size));
    Generation *generation = memory_block_get(first_size);
    if (generation == NULL)
        return memory_alloc_failure(parent, first_size, 0);
    memset(generation, 0, CONTEXT_HEADER_SIZE);
    dlist_init(&generation->blocks);
    generation->keeper = (GenerationBlock *) ((char *) generation + CONTEXT_HEADER_SIZE);
    init_block(generation, generation->keeper, first_size - CONTEXT_HEADER_SIZE);
    dlist_push_head(&generation->blocks, &generation->keeper->node);
    generation->current = generation->keeper;
    generation->init_block_size = generation->next_block_size = (uint32) init_block_size;
    generation->max_block_size = (uint32) max_block_size;
    generation->chunk_limit =
        (uint32) MAXALIGN_DOWN((max_block_size - BLOCK_HEADER_SIZE) / CHUNK_FRACTION -
                               CHUNK_HEADER_SIZE);
    generation->header.mem_allocated = first_size;
    memory_context_link(&generation->header, MEMORY_KIND_GENERATION, parent, name);
    return &generation->header;
}

#ifdef MEMORY_CONTEXT_CHECKING
static void
check_block(const Generation *generation, GenerationBlock *block, Size *total)
{
    int32 live = 0;
    char *start = (char *) block + BLOCK_HEADER_SIZE;
    if (block->generation != generation)
        ExceptionalCondition("block header is intact", __FILE__, __LINE__);
    while (start < block->free_start)
    {
        char *pointer = start + CHUNK_HEADER_SIZE;
        Size usable = usable_size(pointer);
        if (chunk_kind(pointer) != MEMORY_KIND_GENERATION)
            ExceptionalCondition("chunk header is intact", __FILE__, __LINE__);
        if (chunk_requested(pointer) != MEMORY_FREED)
        {
            chunk_verify(pointer, usable);
            live++;
        }
        start = pointer + usable;
    }
    if (live != block->live_count)
        ExceptionalCondition("block counts its live chunks (G1)", __FILE__, __LINE__);
    *total += block->size;
}
#endif

static void
generation_check(MemoryContext context)
{
#ifdef MEMORY_CONTEXT_CHECKING
    Generation *generation = (Generation *) context;
    Size total = CONTEXT_HEADER_SIZE;
    dlist_iter iter;
    dlist_foreach(iter, &generation->blocks)
        check_block(generation, dlist_container(GenerationBlock, node, iter.cur), &total);
    if (generation->spare)
        total += generation->spare->size;
    if (total != context->mem_allocated)
        ExceptionalCondition("context counts its blocks", __FILE__, __LINE__);
#endif
}

static void
generation_reset(MemoryContext context)
{
    Generation *generation = (Generation *) context;
    dlist_mutable_iter iter;
    generation_check(context);
    if (generation->spare)
    {
        context->mem_allocated -= generation->spare->size;
        memory_block_put(generation->spare);
        generation->spare = NULL;
    }
    dlist_foreach_modify(iter, &generation->blocks)
    {
        GenerationBlock *block = dlist_container(GenerationBlock, node, iter.cur);
        if (block == generation->keeper)
            empty_block(block);
        else
            release_block(generation, block);
    }
    generation->current = generation->keeper;
    generation->next_block_size = generation->init_block_size;
}

static void
generation_delete(MemoryContext context)
{
    generation_reset(context);
    context->kind = MEMORY_KIND_INVALID;
    memory_block_put(context);
}

static MemoryContext
generation_chunk_context(void *pointer)
{
    return &block_of(pointer)->generation->header;
}

static Size
generation_chunk_space(void *pointer)
{
    return usable_size(pointer) + CHUNK_HEADER_SIZE;
}

static bool
generation_is_empty(MemoryContext context)
{
    Generation *generation = (Generation *) context;
    dlist_iter iter;
    dlist_foreach(iter, &generation->blocks)
        if (dlist_container(GenerationBlock, node, iter.cur)->live_count > 0)
            return false;
    return true;
}

static void
generation_stats(MemoryContext context, MemoryContextCounters *ret_counters)
{
    Generation *generation = (Generation *) context;
    dlist_iter iter;
    *ret_counters = (MemoryContextCounters){.totalspace = CONTEXT_HEADER_SIZE};
    dlist_foreach(iter, &generation->blocks)
    {
        GenerationBlock *block = dlist_container(GenerationBlock, node, iter.cur);
        ret_counters->nblocks++;
        ret_counters->totalspace += block->size;
        ret_counters->freespace += (Size) (block->end - block->free_start);
    }
    if (generation->spare)
    {
        ret_counters->nblocks++;
        ret_counters->totalspace += generation->spare->size;
        ret_counters->freespace += generation->spare->size - BLOCK_HEADER_SIZE;
    }
}

const MemoryContextMethods generation_methods = {
    .kind_name = "Generation",
    .alloc = generation_alloc,
    .free_p = generation_free,
    .realloc = generation_realloc,
    .reset = generation_reset,
    .delete_context = generation_delete,
    .get_chunk_context = generation_chunk_context,
    .get_chunk_space = generation_chunk_space,
    .is_empty = generation_is_empty,
    .stats = generation_stats,
    .check = generation_check,
};
