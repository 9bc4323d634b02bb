/*
 * memory.h - process memory: a tree of contexts
 *
 * Every allocation belongs to a context; deleting or resetting a context frees all it holds and all
 * contexts below it. Four kinds: AllocSet (general), Generation (first in, first out), Slab (one
 * size), Bump (never freed singly). Chunks of every kind but Bump may be passed to pfree and
 * repalloc without naming their context.
 *
 * Errors: running out of memory throws 53200 through memory_oom_hook; a size above MaxAllocSize
 * throws XX000. The _NO_OOM flag makes the first return NULL instead.
 */
#ifndef MEMORY_MEMORY_H
#define MEMORY_MEMORY_H

#include "base/base.h"

#define MaxAllocSize ((Size) 0x3fffffff) /* 1 GB - 1: fits a 4-byte varlena header */
#define MaxAllocHugeSize (SIZE_MAX / 2)
#define AllocSizeIsValid(size) ((Size) (size) <= MaxAllocSize)
#define AllocHugeSizeIsValid(size) ((Size) (size) <= MaxAllocHugeSize)
#define InvalidAllocSize SIZE_MAX

#define MCXT_ALLOC_HUGE 0x01
#define MCXT_ALLOC_NO_OOM 0x02
#define MCXT_ALLOC_ZERO 0x04

typedef void (*MemoryContextCallbackFunction)(void *arg);
typedef struct MemoryContextCallback
{
    MemoryContextCallbackFunction func;
    void *arg;
    struct MemoryContextCallback *next;
} MemoryContextCallback;

typedef struct MemoryContextCounters
{
    Size nblocks;
    Size freechunks;
    Size totalspace;
    Size freespace;
} MemoryContextCounters;

typedef enum MemoryContextKind
{
    MEMORY_KIND_INVALID = 0,
    MEMORY_KIND_ALLOCSET,
    MEMORY_KIND_GENERATION,
    MEMORY_KIND_SLAB,
    MEMORY_KIND_BUMP,
    MEMORY_KIND_ALIGNED, /* not a context: a chunk that redirects to another */
    MEMORY_KIND_COUNT,
} MemoryContextKind;

/* What a kind of context does. alloc and realloc return NULL only with MCXT_ALLOC_NO_OOM. */
typedef struct MemoryContextMethods
{
    const char *kind_name;
    void *(*alloc)(MemoryContext context, Size size, int flags);
    void (*free_p)(void *pointer);
    void *(*realloc)(void *pointer, Size size, int flags);
    void (*reset)(MemoryContext context);
    void (*delete_context)(MemoryContext context);
    MemoryContext (*get_chunk_context)(void *pointer);
    Size (*get_chunk_space)(void *pointer);
    bool (*is_empty)(MemoryContext context);
    void (*stats)(MemoryContext context, MemoryContextCounters *ret_counters);
    void (*check)(MemoryContext context);
} MemoryContextMethods;

struct MemoryContextData
{
    const MemoryContextMethods *methods;
    uint8 kind;
    bool isReset;            /* nothing allocated since the last reset */
    bool allowInCritSection; /* may grow inside a critical section */
    Size mem_allocated;      /* bytes of blocks held, this context alone */
    MemoryContext parent;
    MemoryContext firstchild;
    MemoryContext prevchild;
    MemoryContext nextchild;
    const char *name;  /* a constant */
    const char *ident; /* what makes this one special; may be NULL */
    MemoryContextCallback *reset_cbs;
};
typedef struct MemoryContextData MemoryContextData;

#define MemoryContextIsValid(context)                                                              \
    ((context) != NULL && (context)->kind > MEMORY_KIND_INVALID &&                                 \
     (context)->kind < MEMORY_KIND_ALIGNED)

extern MemoryContext CurrentMemoryContext;
extern MemoryContext TopMemoryContext;   /* lives as long as the process */
extern MemoryContext ErrorContext;       /* kept ready for errors, 8 KB of it always there */
extern MemoryContext PostmasterContext;  /* the supervisor's; deleted in children */
extern MemoryContext CacheMemoryContext; /* caches; never reset */
extern MemoryContext MessageContext;     /* reset for each message of the client */
extern MemoryContext TopTransactionContext;
extern MemoryContext CurTransactionContext;
extern MemoryContext PortalContext;

/* Set by the error room: throw "out of memory", "invalid memory alloc request size". */
extern void (*memory_oom_hook)(MemoryContext context, Size size);
extern void (*memory_bad_size_hook)(Size size);
/* Set by the error room: throw XX000 with this text (a bad pointer, a damaged hash table). */
extern void (*memory_error_hook)(const char *message);
/* Set by the error room: write one line of MemoryContextStats output. */
extern void (*memory_stats_line_hook)(const char *line);
/* True while in a critical section, where contexts may not grow; set by the error room. */
extern volatile uint32 CritSectionCount;

void MemoryContextInit(void);
void MemoryContextReset(MemoryContext context);
void MemoryContextResetOnly(MemoryContext context);
void MemoryContextResetChildren(MemoryContext context);
void MemoryContextDelete(MemoryContext context);
void MemoryContextDeleteChildren(MemoryContext context);
#define MemoryContextResetAndDeleteChildren(context) MemoryContextReset(context)
void MemoryContextSetIdentifier(MemoryContext context, const char *id);
void MemoryContextSetParent(MemoryContext context, MemoryContext new_parent);
MemoryContext MemoryContextGetParent(MemoryContext context);
bool MemoryContextIsEmpty(MemoryContext context);
void MemoryContextRegisterResetCallback(MemoryContext context, MemoryContextCallback *cb);
void MemoryContextAllowInCriticalSection(MemoryContext context, bool allow);
MemoryContext GetMemoryChunkContext(void *pointer);
Size GetMemoryChunkSpace(void *pointer);
/* Bytes of blocks held by the context, and with recurse by all below it. */
Size MemoryContextMemAllocated(MemoryContext context, bool recurse);
/* Counters of one context, for views; the tree is walked by firstchild and nextchild. */
void MemoryContextGetCounters(MemoryContext context, MemoryContextCounters *ret_counters);
/* Depth-first successor of `context` within the tree below `top`; NULL at the end. */
MemoryContext MemoryContextTraverseNext(MemoryContext context, MemoryContext top);
void MemoryContextStats(MemoryContext context);
void MemoryContextStatsDetail(MemoryContext context, int max_level, int max_children);
/* Verify headers and sentinels of the tree; aborts on damage. Does nothing in production builds. */
void MemoryContextCheck(MemoryContext context);

void *MemoryContextAlloc(MemoryContext context, Size size);
void *MemoryContextAllocZero(MemoryContext context, Size size);
void *MemoryContextAllocExtended(MemoryContext context, Size size, int flags);
void *MemoryContextAllocHuge(MemoryContext context, Size size);
char *MemoryContextStrdup(MemoryContext context, const char *string);
#define MemoryContextAllocZeroAligned(context, size) MemoryContextAllocZero(context, size)

void *palloc(Size size) pg_attribute_malloc;
void *palloc0(Size size) pg_attribute_malloc;
void *palloc_extended(Size size, int flags);
void *repalloc(void *pointer, Size size);
void *repalloc0(void *pointer, Size old_size, Size size);
void *repalloc_huge(void *pointer, Size size);
void *repalloc_extended(void *pointer, Size size, int flags);
void pfree(void *pointer);
char *pstrdup(const char *in);
char *pnstrdup(const char *in, Size len);
char *pchomp(const char *in);
char *psprintf(const char *fmt, ...) pg_attribute_printf(1, 2);
/* 0 when it fitted in len bytes, else the size to try next. */
Size pvsnprintf(char *buf, Size len, const char *fmt, va_list args) pg_attribute_printf(3, 0);
void *palloc_aligned(Size size, Size alignment, int flags);

#define palloc_object(type) ((type *) palloc(sizeof(type)))
#define palloc0_object(type) ((type *) palloc0(sizeof(type)))
#define palloc_array(type, count) ((type *) palloc(sizeof(type) * (count)))
#define palloc0_array(type, count) ((type *) palloc0(sizeof(type) * (count)))
#define repalloc_array(pointer, type, count) ((type *) repalloc(pointer, sizeof(type) * (count)))

static inline MemoryContext
MemoryContextSwitchTo(MemoryContext context)
{
    MemoryContext old = CurrentMemoryContext;
    CurrentMemoryContext = context;
    return old;
}

/* Creation. Names must be constants; minContextSize 0 means as small as can be. */
MemoryContext AllocSetContextCreateInternal(MemoryContext parent, const char *name,
                                            Size min_context_size, Size init_block_size,
                                            Size max_block_size);
#define AllocSetContextCreate AllocSetContextCreateInternal
MemoryContext GenerationContextCreate(MemoryContext parent, const char *name,
                                      Size min_context_size, Size init_block_size,
                                      Size max_block_size);
MemoryContext SlabContextCreate(MemoryContext parent, const char *name, Size block_size,
                                Size chunk_size);
MemoryContext BumpContextCreate(MemoryContext parent, const char *name, Size min_context_size,
                                Size init_block_size, Size max_block_size);

#define ALLOCSET_DEFAULT_MINSIZE 0
#define ALLOCSET_DEFAULT_INITSIZE (8 * 1024)
#define ALLOCSET_DEFAULT_MAXSIZE (8 * 1024 * 1024)
#define ALLOCSET_DEFAULT_SIZES                                                                     \
    ALLOCSET_DEFAULT_MINSIZE, ALLOCSET_DEFAULT_INITSIZE, ALLOCSET_DEFAULT_MAXSIZE
#define ALLOCSET_SMALL_MINSIZE 0
#define ALLOCSET_SMALL_INITSIZE (1 * 1024)
#define ALLOCSET_SMALL_MAXSIZE (8 * 1024)
#define ALLOCSET_SMALL_SIZES ALLOCSET_SMALL_MINSIZE, ALLOCSET_SMALL_INITSIZE, ALLOCSET_SMALL_MAXSIZE
#define ALLOCSET_START_SMALL_SIZES                                                                 \
    ALLOCSET_SMALL_MINSIZE, ALLOCSET_SMALL_INITSIZE, ALLOCSET_DEFAULT_MAXSIZE
#define ALLOCSET_SEPARATE_THRESHOLD 8192
#define SLAB_DEFAULT_BLOCK_SIZE (8 * 1024)
#define SLAB_LARGE_BLOCK_SIZE (8 * 1024 * 1024)

/*
 * Tests: the n-th request for memory from now fails (0 switches it off). Blocks count in every
 * build; with MEMORY_CONTEXT_CHECKING so does each chunk.
 */
void memory_fail_at(int64 n);
bool memory_fail_pending(void);

#endif
