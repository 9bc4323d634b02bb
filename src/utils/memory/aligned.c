/*
 * aligned.c - chunks at stricter alignment than eight bytes
 *
 * A larger chunk is taken from the current context, and a second header stands right before the
 * aligned address inside it: kind MEMORY_KIND_ALIGNED, the alignment, and the distance back. The
 * requested size stands before that header in every build, since the chunk outside may not know it.
 */
#include "memory_int.h"

#define ALIGNED_HEADER_SIZE (sizeof(Size) + sizeof(ChunkHeader))
#define aligned_size(pointer) (((Size *) (pointer))[-2])

static inline void *
real_chunk(void *pointer)
{
    return chunk_block(pointer);
}

void *
palloc_aligned(Size size, Size alignment, int flags)
{
    Assert(alignment != 0 && (alignment & (alignment - 1)) == 0);
    if (alignment <= MAXIMUM_ALIGNOF)
        return palloc_extended(size, flags);
    if (unlikely(size > MaxAllocHugeSize - alignment))
        memory_check_size(size, flags);
    char *real = palloc_extended(size + alignment + ALIGNED_HEADER_SIZE, flags);
    if (real == NULL)
        return NULL;
    char *pointer = (char *) TYPEALIGN(alignment, real + ALIGNED_HEADER_SIZE);
    chunk_header_of(pointer) = chunk_header_make(
        MEMORY_KIND_ALIGNED, alignment, (Size) (pointer - sizeof(ChunkHeader) - real));
    aligned_size(pointer) = size;
    return pointer;
}

static void
aligned_free(void *pointer)
{
    pfree(real_chunk(pointer));
}

static void *
aligned_realloc(void *pointer, Size size, int flags)
{
    void *real = real_chunk(pointer);
    MemoryContext context = GetMemoryChunkContext(real);
    MemoryContext saved = MemoryContextSwitchTo(context);
    void *copy = palloc_aligned(size, chunk_value(pointer), flags);
    MemoryContextSwitchTo(saved);
    if (copy == NULL)
        return NULL;
    memcpy(copy, pointer, Min(size, aligned_size(pointer)));
    pfree(real);
    return copy;
}

static MemoryContext
aligned_chunk_context(void *pointer)
{
    return GetMemoryChunkContext(real_chunk(pointer));
}

static Size
aligned_chunk_space(void *pointer)
{
    return GetMemoryChunkSpace(real_chunk(pointer));
}

const MemoryContextMethods aligned_methods = {
    .kind_name = "aligned",
    .free_p = aligned_free,
    .realloc = aligned_realloc,
    .get_chunk_context = aligned_chunk_context,
    .get_chunk_space = aligned_chunk_space,
};
