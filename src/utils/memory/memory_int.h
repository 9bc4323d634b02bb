/*
 * memory_int.h - the chunk header and what the kinds of context share
 *
 * Eight bytes stand before every chunk (not in Bump contexts):
 *
 *   bits  0..3   kind, a MemoryContextKind
 *   bit   4      external: the chunk is alone in its block, which the kind finds by subtraction
 *   bits  5..33  value: AllocSet the size class, Generation the chunk's bytes, aligned the alignment
 *   bits 34..63  bytes / 8 from the block's start to the header
 *
 * In builds with MEMORY_CONTEXT_CHECKING the requested size stands in eight more bytes before it;
 * a freed chunk has MEMORY_FREED there.
 */
#ifndef MEMORY_INT_H
#define MEMORY_INT_H

#include "memory/memory.h"

#if defined(__SANITIZE_ADDRESS__)
#include <sanitizer/asan_interface.h>
#define memory_no_access(p, n) ASAN_POISON_MEMORY_REGION(p, n)
#define memory_undefined(p, n) ASAN_UNPOISON_MEMORY_REGION(p, n)
#define memory_defined(p, n) ASAN_UNPOISON_MEMORY_REGION(p, n)
#elif defined(MEMORY_CONTEXT_CHECKING) && __has_include(<valgrind/memcheck.h>)
#include <valgrind/memcheck.h>
#define memory_no_access(p, n) ((void) VALGRIND_MAKE_MEM_NOACCESS(p, n))
#define memory_undefined(p, n) ((void) VALGRIND_MAKE_MEM_UNDEFINED(p, n))
#define memory_defined(p, n) ((void) VALGRIND_MAKE_MEM_DEFINED(p, n))
#else
#define memory_no_access(p, n) ((void) 0)
#define memory_undefined(p, n) ((void) 0)
#define memory_defined(p, n) ((void) 0)
#endif

typedef uint64 ChunkHeader;

#define CHUNK_KIND_MASK UINT64CONST(0xF)
#define CHUNK_EXTERNAL_BIT (UINT64CONST(1) << 4)
#define CHUNK_VALUE_SHIFT 5
#define CHUNK_VALUE_MAX ((UINT64CONST(1) << 29) - 1)
#define CHUNK_OFFSET_SHIFT 34
#define CHUNK_OFFSET_MAX (((UINT64CONST(1) << 30) - 1) * 8)

#ifdef MEMORY_CONTEXT_CHECKING
#define CHUNK_HEADER_SIZE (2 * sizeof(ChunkHeader))
#else
#define CHUNK_HEADER_SIZE sizeof(ChunkHeader)
#endif

#define MEMORY_FREED SIZE_MAX
#define MEMORY_WIPE_BYTE 0x7F
#define MEMORY_SENTINEL_BYTE 0x7E

#define chunk_header_of(pointer) (((ChunkHeader *) (pointer))[-1])

static inline ChunkHeader
chunk_header_make(MemoryContextKind kind, uint64 value, Size block_offset)
{
    Assert(value <= CHUNK_VALUE_MAX && block_offset <= CHUNK_OFFSET_MAX && block_offset % 8 == 0);
    return (uint64) kind | value << CHUNK_VALUE_SHIFT | (uint64) (block_offset / 8)
                                                            << CHUNK_OFFSET_SHIFT;
}

static inline MemoryContextKind
chunk_kind(const void *pointer)
{
    return (MemoryContextKind) (chunk_header_of(pointer) & CHUNK_KIND_MASK);
}

static inline bool
chunk_is_external(const void *pointer)
{
    return (chunk_header_of(pointer) & CHUNK_EXTERNAL_BIT) != 0;
}

static inline Size
chunk_value(const void *pointer)
{
    return (chunk_header_of(pointer) >> CHUNK_VALUE_SHIFT) & CHUNK_VALUE_MAX;
}

/* The block that holds the chunk; the offset counts from the block to the 8-byte header. */
static inline void *
chunk_block(const void *pointer)
{
    return (char *) pointer - sizeof(ChunkHeader) -
           (chunk_header_of(pointer) >> CHUNK_OFFSET_SHIFT) * 8;
}

/* Checks on chunks. usable is what the chunk can hold; all do nothing in production builds. */
#ifdef MEMORY_CONTEXT_CHECKING
#define chunk_requested(pointer) (((Size *) (pointer))[-2])

static inline void
chunk_checks_on_alloc(void *pointer, Size requested, Size usable)
{
    chunk_requested(pointer) = requested;
    memory_undefined(pointer, usable);
    memset(pointer, MEMORY_WIPE_BYTE, requested);
    if (requested < usable)
        memset((char *) pointer + requested, MEMORY_SENTINEL_BYTE, usable - requested);
    memory_undefined(pointer, requested);
    memory_no_access((char *) pointer + requested, usable - requested);
}

static inline void
chunk_checks_on_resize(void *pointer, Size requested, Size usable)
{
    Size old = chunk_requested(pointer);
    memory_defined((char *) pointer + Min(old, requested), usable - Min(old, requested));
    if (requested > old)
        memset((char *) pointer + old, MEMORY_WIPE_BYTE, requested - old);
    if (requested < usable)
        memset((char *) pointer + requested, MEMORY_SENTINEL_BYTE, usable - requested);
    chunk_requested(pointer) = requested;
    if (requested > old)
        memory_undefined((char *) pointer + old, requested - old);
    memory_no_access((char *) pointer + requested, usable - requested);
}

/* Damage is a bug: stop at once, while the stack still tells whose. */
static inline void
chunk_verify(const void *pointer, Size usable)
{
    Size requested = chunk_requested(pointer);
    if (requested == MEMORY_FREED)
        ExceptionalCondition("chunk is freed twice", __FILE__, __LINE__);
    if (requested > usable)
        ExceptionalCondition("chunk header is intact", __FILE__, __LINE__);
    memory_defined((char *) pointer + requested, usable - requested);
    for (Size i = requested; i < usable; i++)
        if (((const uint8 *) pointer)[i] != MEMORY_SENTINEL_BYTE)
            ExceptionalCondition("nothing wrote past the end of the chunk", __FILE__, __LINE__);
    memory_no_access((char *) pointer + requested, usable - requested);
}

static inline void
chunk_checks_on_free(void *pointer, Size usable)
{
    chunk_verify(pointer, usable);
    chunk_requested(pointer) = MEMORY_FREED;
    memory_undefined(pointer, usable);
    memset(pointer, MEMORY_WIPE_BYTE, usable);
    memory_no_access(pointer, usable);
}

static inline void
chunk_checks_before_copy(const void *pointer, Size usable)
{
    memory_defined(pointer, usable);
}
/* One byte at least is kept for the sentinel. */
#define CHUNK_SENTINEL_SIZE 1
#else
#define chunk_checks_on_alloc(pointer, requested, usable) memory_undefined(pointer, usable)
#define chunk_checks_on_resize(pointer, requested, usable) ((void) 0)
#define chunk_checks_before_copy(pointer, usable) memory_undefined(pointer, usable)
#define chunk_checks_on_free(pointer, usable) memory_no_access(pointer, usable)
#define chunk_verify(pointer, usable) ((void) 0)
#define CHUNK_SENTINEL_SIZE 0
#endif

/* Blocks come from malloc through these, so that a test can make the n-th request fail. */
void *memory_block_get(Size size);
void *memory_block_resize(void *block, Size size);
void memory_block_put(void *block);

void memory_context_link(MemoryContext context, MemoryContextKind kind, MemoryContext parent,
                         const char *name);
/* What an alloc method returns when it got no block, or when the size is out of bounds. */
void *memory_alloc_failure(MemoryContext context, Size size, int flags);
void memory_check_size(Size size, int flags);
pg_noreturn void memory_fail(const char *fmt, ...) pg_attribute_printf(1, 2);

extern const MemoryContextMethods allocset_methods;
extern const MemoryContextMethods generation_methods;
extern const MemoryContextMethods slab_methods;
extern const MemoryContextMethods bump_methods;
extern const MemoryContextMethods aligned_methods;
void allocset_free(void *pointer);

#endif
