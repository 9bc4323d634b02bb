/*
 * allocset.c - the general kind of memory context
 *
 * Why        most memory is taken in small pieces and given back all at once. Requests up to
 *            CHUNK_LIMIT bytes are rounded up to a power of two and cut from blocks, each twice as
 *            large as the one before; a freed piece goes to the free list of its size and never
 *            back to malloc before the reset. Larger requests get a block of their own, which does
 *            go back at once.
 * Invariants A1. blocks->next is the block being cut from, unless it is the block of a big chunk.
 *            A2. the keeper block is part of the context's own malloc and outlives every reset.
 *            A3. a chunk on free list i holds exactly 8 << i bytes.
 * Errors     alloc and realloc throw 53200 unless told MCXT_ALLOC_NO_OOM.
 * Read first memory_int.h for the chunk header, then allocset_alloc().
 */
#include "memory_int.h"

#include "base/bytes.h"

#define CLASS_SHIFT_MIN 3 /* smallest chunk: 8 bytes */
#define CLASS_COUNT 11
#define CHUNK_LIMIT ((Size) 1 << (CLASS_COUNT - 1 + CLASS_SHIFT_MIN)) /* 8 KB */
#define CHUNK_FRACTION 4 /* a chunk of a class takes at most this part of the largest block */
#define SPARE_CONTEXTS_MAX 100

typedef struct AllocBlock
{
    struct AllocSet *set;
    struct AllocBlock *previous;
    struct AllocBlock *next;
    char *free_start; /* first byte not handed out */
    char *end;
} AllocBlock;

typedef struct AllocSet
{
    MemoryContextData header;
    AllocBlock *blocks; /* the first is the one being cut (A1) */
    void *free_lists[CLASS_COUNT];
    uint32 init_block_size;
    uint32 max_block_size;
    uint32 next_block_size;
    uint32 chunk_limit; /* larger requests get their own block */
    AllocBlock *keeper;
    int spare_list; /* which spare list takes it on deletion, or -1 */
} AllocSet;

#define BLOCK_HEADER_SIZE MAXALIGN(sizeof(AllocBlock))
#define SET_HEADER_SIZE MAXALIGN(sizeof(AllocSet))

/* Contexts deleted while holding their keeper only: reused without malloc for the same sizes. */
typedef struct SpareList
{
    int count;
    AllocSet *first; /* linked through header.nextchild */
} SpareList;
static struct
{
    SpareList lists[2]; /* ALLOCSET_DEFAULT_SIZES, ALLOCSET_SMALL_SIZES (and start-small) */
} allocset_spares;

static void *alloc_from_new_block(AllocSet *set, Size size, int flags, int class);
static void *alloc_big(AllocSet *set, Size size, int flags);

static inline int
class_of_size(Size size)
{
    return size <= (1 << CLASS_SHIFT_MIN)
               ? 0
               : pg_leftmost_one_pos32((uint32) size - 1) - CLASS_SHIFT_MIN + 1;
}

static inline Size
class_size(int class)
{
    return (Size) 1 << (class + CLASS_SHIFT_MIN);
}

/* The free list is threaded through the first word of each chunk. */
static inline void *
free_link(void *chunk)
{
    void *next;
    memory_defined(chunk, sizeof(next));
    memcpy(&next, chunk, sizeof(next));
    return next;
}

static inline void
set_free_link(void *chunk, void *next)
{
    memory_undefined(chunk, sizeof(next));
    memcpy(chunk, &next, sizeof(next));
    memory_no_access(chunk, sizeof(next));
}

static inline void *
cut_chunk(AllocBlock *block, int class)
{
    char *pointer = block->free_start + CHUNK_HEADER_SIZE;
    memory_undefined(block->free_start, CHUNK_HEADER_SIZE);
    chunk_header_of(pointer) = chunk_header_make(
        MEMORY_KIND_ALLOCSET, (uint64) class,
        (Size) (pointer - sizeof(ChunkHeader) - (char *) block));
    block->free_start = pointer + class_size(class);
    Assert(block->free_start <= block->end);
    return pointer;
}

static inline void
init_block(AllocSet *set, AllocBlock *block, Size header, Size size)
{
    block->set = set;
    block->free_start = (char *) block + header;
    block->end = (char *) block + size;
    memory_no_access(block->free_start, size - header);
}

static inline void
push_block(AllocSet *set, AllocBlock *block)
{
    block->previous = NULL;
    block->next = set->blocks;
    if (block->next)
        block->next->previous = block;
    set->blocks = block;
}

static void *
allocset_alloc(MemoryContext context, Size size, int flags)
{
    AllocSet *set = (AllocSet *) context;
    Size needed = size + CHUNK_SENTINEL_SIZE;
    if (unlikely(needed > set->chunk_limit || needed < size))
        return alloc_big(set, size, flags);

    int class = class_of_size(needed);
    void *pointer = set->free_lists[class];
    if (pointer != NULL)
    {
        set->free_lists[class] = free_link(pointer);
        chunk_checks_on_alloc(pointer, size, class_size(class));
        return pointer;
    }
    AllocBlock *block = set->blocks;
    if (unlikely((Size) (block->end - block->free_start) < class_size(class) + CHUNK_HEADER_SIZE))
        return alloc_from_new_block(set, size, flags, class);
    pointer = cut_chunk(block, class);
    chunk_checks_on_alloc(pointer, size, class_size(class));
    return pointer;
}

/* The rest of the block being left would be lost until reset: cut it into free chunks. */
static void
cut_rest_of_block(AllocSet *set, AllocBlock *block)
{
    Size rest;
    while ((rest = (Size) (block->end - block->free_start)) >=
           class_size(0) + CHUNK_HEADER_SIZE)
    {
        Size usable = Min(rest - CHUNK_HEADER_SIZE, CHUNK_LIMIT);
        int class = pg_leftmost_one_pos32((uint32) usable) - CLASS_SHIFT_MIN;
        void *pointer = cut_chunk(block, class);
        chunk_checks_on_alloc(pointer, class_size(class), class_size(class));
        chunk_checks_on_free(pointer, class_size(class));
        set_free_link(pointer, set->free_lists[class]);
        set->free_lists[class] = pointer;
    }
}

static pg_noinline void *
alloc_from_new_block(AllocSet *set, Size size, int flags, int class)
{
    Size chunk_size = class_size(class) + CHUNK_HEADER_SIZE;
    Size block_size = set->next_block_size;
    if (set->next_block_size < set->max_block_size)
        set->next_block_size = Min(set->next_block_size * 2, set->max_block_size);
    while (block_size < chunk_size + BLOCK_HEADER_SIZE)
        block_size *= 2;

    AllocBlock *block = memory_block_get(block_size);
    /* Short of memory: a smaller block may still be had. */
    while (block == NULL && block_size > 1024 * 1024 &&
           block_size / 2 >= chunk_size + BLOCK_HEADER_SIZE)
    {
        block_size /= 2;
        block = memory_block_get(block_size);
    }
    if (block == NULL)
        return memory_alloc_failure(&set->header, size, flags);

    cut_rest_of_block(set, set->blocks);
    set->header.mem_allocated += block_size;
    init_block(set, block, BLOCK_HEADER_SIZE, block_size);
    push_block(set, block);
    void *pointer = cut_chunk(block, class);
    chunk_checks_on_alloc(pointer, size, class_size(class));
    return pointer;
}

static inline AllocBlock *
big_block(const void *pointer)
{
    return (AllocBlock *) ((char *) pointer - CHUNK_HEADER_SIZE - BLOCK_HEADER_SIZE);
}

static inline Size
big_usable(const void *pointer)
{
    return (Size) (big_block(pointer)->end - (char *) pointer);
}

static Size
big_block_size(Size size)
{
    return BLOCK_HEADER_SIZE + CHUNK_HEADER_SIZE + MAXALIGN(size + CHUNK_SENTINEL_SIZE);
}

static pg_noinline void *
alloc_big(AllocSet *set, Size size, int flags)
{
    memory_check_size(size, flags);
    Size block_size = big_block_size(size);
    AllocBlock *block = memory_block_get(block_size);
    if (block == NULL)
        return memory_alloc_failure(&set->header, size, flags);
    set->header.mem_allocated += block_size;
    block->set = set;
    block->free_start = block->end = (char *) block + block_size;
    char *pointer = (char *) block + BLOCK_HEADER_SIZE + CHUNK_HEADER_SIZE;
    chunk_header_of(pointer) = MEMORY_KIND_ALLOCSET | CHUNK_EXTERNAL_BIT;
    chunk_checks_on_alloc(pointer, size, (Size) (block->end - pointer));

    /* Behind the first block, which stays the one being cut. */
    block->previous = set->blocks;
    block->next = set->blocks->next;
    if (block->next)
        block->next->previous = block;
    set->blocks->next = block;
    return pointer;
}

static void
free_big(void *pointer)
{
    AllocBlock *block = big_block(pointer);
    chunk_verify(pointer, big_usable(pointer));
    Assert(block->free_start == block->end);
    block->set->header.mem_allocated -= (Size) (block->end - (char *) block);
    block->previous->next = block->next;
    if (block->next)
        block->next->previous = block->previous;
    memory_block_put(block);
}

void
allocset_free(void *pointer)
{
    if (unlikely(chunk_is_external(pointer)))
    {
        free_big(pointer);
        return;
    }
    AllocBlock *block = chunk_block(pointer);
    int class = (int) chunk_value(pointer);
    AllocSet *set = block->set;
    chunk_checks_on_free(pointer, class_size(class));
    set_free_link(pointer, set->free_lists[class]);
    set->free_lists[class] = pointer;
}

static void *
realloc_big(void *pointer, Size size, int flags)
{
    AllocBlock *block = big_block(pointer);
    AllocSet *set = block->set;
    Size old_block_size = (Size) (block->end - (char *) block);
    Size new_block_size = big_block_size(size);
    memory_check_size(size, flags);
    chunk_verify(pointer, big_usable(pointer));
    chunk_checks_before_copy(pointer, big_usable(pointer));
    AllocBlock *moved = memory_block_resize(block, new_block_size);
    if (moved == NULL)
        return memory_alloc_failure(&set->header, size, flags);
    set->header.mem_allocated += new_block_size - old_block_size;
    moved->previous->next = moved;
    if (moved->next)
        moved->next->previous = moved;
    moved->free_start = moved->end = (char *) moved + new_block_size;
    pointer = (char *) moved + BLOCK_HEADER_SIZE + CHUNK_HEADER_SIZE;
    chunk_checks_on_resize(pointer, size, big_usable(pointer));
    return pointer;
}

static void *
allocset_realloc(void *pointer, Size size, int flags)
{
    if (unlikely(chunk_is_external(pointer)))
        return realloc_big(pointer, size, flags);

    AllocBlock *block = chunk_block(pointer);
    Size usable = class_size((int) chunk_value(pointer));
    chunk_verify(pointer, usable);
    if (size + CHUNK_SENTINEL_SIZE <= usable)
    {
        chunk_checks_on_resize(pointer, size, usable);
        return pointer;
    }
    void *copy = allocset_alloc(&block->set->header, size, flags);
    if (copy == NULL)
        return NULL;
    chunk_checks_before_copy(pointer, usable);
    memcpy(copy, pointer, usable - CHUNK_SENTINEL_SIZE < size ? usable - CHUNK_SENTINEL_SIZE : size);
    allocset_free(pointer);
    return copy;
}

MemoryContext
AllocSetContextCreateInternal(MemoryContext parent, const char *name, Size min_context_size,
                              Size init_block_size, Size max_block_size)
{
    Assert(init_block_size >= 1024 && init_block_size == MAXALIGN(init_block_size));
    Assert(max_block_size >= init_block_size && max_block_size <= CHUNK_OFFSET_MAX);
    Assert(min_context_size == 0 || min_context_size >= 1024);
    AllocSet *set;
    int spare_list = -1;
    if (min_context_size == ALLOCSET_DEFAULT_MINSIZE)
    {
        if (init_block_size == ALLOCSET_DEFAULT_INITSIZE)
            spare_list = 0;
        else if (init_block_size == ALLOCSET_SMALL_INITSIZE)
            spare_list = 1;
    }
    if (spare_list >= 0 && (set = allocset_spares.lists[spare_list].first) != NULL)
    {
        allocset_spares.lists[spare_list].first = (AllocSet *) set->header.nextchild;
        allocset_spares.lists[spare_list].count--;
        set->max_block_size = (uint32) max_block_size;
    }
    else
    {
        Size first_size = SET_HEADER_SIZE + BLOCK_HEADER_SIZE + CHUNK_HEADER_SIZE;
        first_size = Max(first_size, Max(init_block_size, min_context_size));
        set = memory_block_get(first_size);
        if (set == NULL)
            return memory_alloc_failure(parent, first_size, 0);
        memset(set, 0, SET_HEADER_SIZE);
        set->keeper = (AllocBlock *) ((char *) set + SET_HEADER_SIZE);
        init_block(set, set->keeper, BLOCK_HEADER_SIZE, first_size - SET_HEADER_SIZE);
        set->keeper->previous = set->keeper->next = NULL;
        set->blocks = set->keeper;
        set->init_block_size = set->next_block_size = (uint32) init_block_size;
        set->max_block_size = (uint32) max_block_size;
        set->spare_list = spare_list;
        set->header.mem_allocated = first_size;
    }
    set->chunk_limit = CHUNK_LIMIT;
    while ((Size) set->chunk_limit + CHUNK_HEADER_SIZE >
           (max_block_size - BLOCK_HEADER_SIZE) / CHUNK_FRACTION)
        set->chunk_limit >>= 1;
    memory_context_link(&set->header, MEMORY_KIND_ALLOCSET, parent, name);
    return &set->header;
}

static void
allocset_check(MemoryContext context)
{
#ifdef MEMORY_CONTEXT_CHECKING
    AllocSet *set = (AllocSet *) context;
    Size total = 0;
    for (AllocBlock *block = set->blocks, *previous = NULL; block; previous = block, block = block->next)
    {
        char *start = (char *) block + BLOCK_HEADER_SIZE;
        if (block->set != set || block->previous != previous || block->free_start > block->end)
            ExceptionalCondition("block header is intact", __FILE__, __LINE__);
        total += (Size) (block->end - (block == set->keeper ? (char *) set : (char *) block));
        while (start < block->free_start)
        {
            char *pointer = start + CHUNK_HEADER_SIZE;
            Size usable = chunk_is_external(pointer) ? (Size) (block->end - pointer)
                                                     : class_size((int) chunk_value(pointer));
            if (chunk_kind(pointer) != MEMORY_KIND_ALLOCSET)
                ExceptionalCondition("chunk header is intact", __FILE__, __LINE__);
            if (chunk_requested(pointer) != MEMORY_FREED)
                chunk_verify(pointer, usable);
            start = pointer + usable;
        }
    }
    if (total != context->mem_allocated)
        ExceptionalCondition("context counts its blocks", __FILE__, __LINE__);
#endif
}

static void
allocset_reset(MemoryContext context)
{
    AllocSet *set = (AllocSet *) context;
    allocset_check(context);
    memset(set->free_lists, 0, sizeof(set->free_lists));
    for (AllocBlock *block = set->blocks, *next; block; block = next)
    {
        next = block->next;
        if (block == set->keeper)
            continue;
        context->mem_allocated -= (Size) (block->end - (char *) block);
        memory_block_put(block);
    }
    AllocBlock *keeper = set->keeper;
    char *start = (char *) keeper + BLOCK_HEADER_SIZE;
#ifdef MEMORY_CONTEXT_CHECKING
    memory_undefined(start, (Size) (keeper->free_start - start));
    memset(start, MEMORY_WIPE_BYTE, (Size) (keeper->free_start - start));
#endif
    keeper->free_start = start;
    keeper->previous = keeper->next = NULL;
    memory_no_access(start, (Size) (keeper->end - start));
    set->blocks = keeper;
    set->next_block_size = set->init_block_size;
}

static void
allocset_delete(MemoryContext context)
{
    AllocSet *set = (AllocSet *) context;
    allocset_reset(context);
    if (set->spare_list >= 0)
    {
        SpareList *spares = &allocset_spares.lists[set->spare_list];
        if (spares->count < SPARE_CONTEXTS_MAX)
        {
            context->kind = MEMORY_KIND_INVALID;
            context->nextchild = (MemoryContext) spares->first;
            spares->first = set;
            spares->count++;
            return;
        }
    }
    context->kind = MEMORY_KIND_INVALID;
    memory_block_put(set);
}

static MemoryContext
allocset_chunk_context(void *pointer)
{
    AllocBlock *block = chunk_is_external(pointer) ? big_block(pointer) : chunk_block(pointer);
    return &block->set->header;
}

static Size
allocset_chunk_space(void *pointer)
{
    if (chunk_is_external(pointer))
        return (Size) (big_block(pointer)->end - (char *) big_block(pointer));
    return class_size((int) chunk_value(pointer)) + CHUNK_HEADER_SIZE;
}

static bool
allocset_is_empty(MemoryContext context)
{
    return context->isReset;
}

static void
allocset_stats(MemoryContext context, MemoryContextCounters *ret_counters)
{
    AllocSet *set = (AllocSet *) context;
    *ret_counters = (MemoryContextCounters){.totalspace = SET_HEADER_SIZE};
    for (AllocBlock *block = set->blocks; block; block = block->next)
    {
        ret_counters->nblocks++;
        ret_counters->totalspace += (Size) (block->end - (char *) block);
        ret_counters->freespace += (Size) (block->end - block->free_start);
    }
    for (int class = 0; class < CLASS_COUNT; class++)
        for (void *chunk = set->free_lists[class]; chunk; chunk = free_link(chunk))
        {
            ret_counters->freechunks++;
            ret_counters->freespace += class_size(class) + CHUNK_HEADER_SIZE;
        }
}

const MemoryContextMethods allocset_methods = {
    .kind_name = "AllocSet",
    .alloc = allocset_alloc,
    .free_p = allocset_free,
    .realloc = allocset_realloc,
    .reset = allocset_reset,
    .delete_context = allocset_delete,
    .get_chunk_context = allocset_chunk_context,
    .get_chunk_space = allocset_chunk_space,
    .is_empty = allocset_is_empty,
    .stats = allocset_stats,
    .check = allocset_check,
};
