/*
 * context.c - the tree of memory contexts, and palloc
 *
 * Why        a function that allocates need not know who frees: it allocates in the current
 *            context, and whoever made that context ends it. Which code serves a chunk is read
 *            from the four kind bits of its header.
 * Invariants M1. a context's children form a doubly linked list from firstchild; parent agrees.
 *            M2. isReset is true only when nothing was allocated since the last reset.
 *            M3. mem_allocated counts the blocks a context holds, itself alone.
 * Errors     see memory.h. Reset and delete cannot fail, unless a callback does.
 */
#include "memory_int.h"

#include "memory/nodes.h"

MemoryContext CurrentMemoryContext;
MemoryContext TopMemoryContext;
MemoryContext ErrorContext;
MemoryContext PostmasterContext;
MemoryContext CacheMemoryContext;
MemoryContext MessageContext;
MemoryContext TopTransactionContext;
MemoryContext CurTransactionContext;
MemoryContext PortalContext;

void (*memory_oom_hook)(MemoryContext context, Size size);
void (*memory_bad_size_hook)(Size size);
void (*memory_error_hook)(const char *message);
void (*memory_stats_line_hook)(const char *line);
volatile uint32 CritSectionCount;

bool (*node_equal_hook)(const void *a, const void *b);
void *(*node_copy_hook)(const void *node);

static struct
{
    int64 fail_countdown; /* memory_fail_at(); 0: off */
} context_test;

static void bogus_free(void *pointer);
static void *bogus_realloc(void *pointer, Size size, int flags);
static MemoryContext bogus_chunk_context(void *pointer);
static Size bogus_chunk_space(void *pointer);

#define BOGUS_METHODS                                                                              \
    {                                                                                              \
        .free_p = bogus_free, .realloc = bogus_realloc, .get_chunk_context = bogus_chunk_context,  \
        .get_chunk_space = bogus_chunk_space                                                       \
    }

/* By kind; the kinds that do not exist catch wild pointers. A copy keeps the table in one line. */
static MemoryContextMethods methods_by_kind[CHUNK_KIND_MASK + 1] = {
    [0] = BOGUS_METHODS,
    [MEMORY_KIND_COUNT... CHUNK_KIND_MASK] = BOGUS_METHODS,
};

#define METHODS_OF(pointer) (&methods_by_kind[chunk_kind(pointer)])

void
MemoryContextInit(void)
{
    Assert(TopMemoryContext == NULL);
    methods_by_kind[MEMORY_KIND_ALLOCSET] = allocset_methods;
    methods_by_kind[MEMORY_KIND_GENERATION] = generation_methods;
    methods_by_kind[MEMORY_KIND_SLAB] = slab_methods;
    methods_by_kind[MEMORY_KIND_BUMP] = bump_methods;
    methods_by_kind[MEMORY_KIND_ALIGNED] = aligned_methods;

    /* Lives as long as the process. */
    TopMemoryContext = AllocSetContextCreate(NULL, "TopMemoryContext", ALLOCSET_DEFAULT_SIZES);
    CurrentMemoryContext = TopMemoryContext;
    /* Reset when an error has been dealt with. Its 8 KB are there when all else is used up. */
    ErrorContext = AllocSetContextCreate(TopMemoryContext, "ErrorContext", 8 * 1024, 8 * 1024,
                                         8 * 1024);
    MemoryContextAllowInCriticalSection(ErrorContext, true);
}

/* ---- the tree ---- */

void
memory_context_link(MemoryContext context, MemoryContextKind kind, MemoryContext parent,
                    const char *name)
{
    Assert(CritSectionCount == 0);
    context->methods = &methods_by_kind[kind];
    context->kind = (uint8) kind;
    context->isReset = true;
    context->allowInCritSection = false;
    context->parent = parent;
    context->firstchild = NULL;
    context->prevchild = NULL;
    context->nextchild = NULL;
    context->name = name;
    context->ident = NULL;
    context->reset_cbs = NULL;
    if (parent != NULL)
    {
        context->nextchild = parent->firstchild;
        if (parent->firstchild != NULL)
            parent->firstchild->prevchild = context;
        parent->firstchild = context;
        context->allowInCritSection = parent->allowInCritSection;
    }
}

void
MemoryContextSetParent(MemoryContext context, MemoryContext new_parent)
{
    Assert(MemoryContextIsValid(context) && context != new_parent);
    if (new_parent == context->parent)
        return;
    if (context->parent != NULL)
    {
        if (context->prevchild != NULL)
            context->prevchild->nextchild = context->nextchild;
        else
            context->parent->firstchild = context->nextchild;
        if (context->nextchild != NULL)
            context->nextchild->prevchild = context->prevchild;
    }
    context->parent = new_parent;
    context->prevchild = NULL;
    context->nextchild = new_parent ? new_parent->firstchild : NULL;
    if (context->nextchild != NULL)
        context->nextchild->prevchild = context;
    if (new_parent != NULL)
        new_parent->firstchild = context;
}

MemoryContext
MemoryContextGetParent(MemoryContext context)
{
    return context->parent;
}

MemoryContext
MemoryContextTraverseNext(MemoryContext context, MemoryContext top)
{
    if (context->firstchild != NULL)
        return context->firstchild;
    while (context != top)
    {
        if (context->nextchild != NULL)
            return context->nextchild;
        context = context->parent;
    }
    return NULL;
}

void
MemoryContextRegisterResetCallback(MemoryContext context, MemoryContextCallback *cb)
{
    Assert(MemoryContextIsValid(context));
    cb->next = context->reset_cbs;
    context->reset_cbs = cb;
    context->isReset = false; /* so that a reset runs it */
}

/* Taken off before it runs: a callback that throws is not run again. */
static void
call_reset_callbacks(MemoryContext context)
{
    MemoryContextCallback *cb;
    while ((cb = context->reset_cbs) != NULL)
    {
        context->reset_cbs = cb->next;
        cb->func(cb->arg);
    }
}

void
MemoryContextResetOnly(MemoryContext context)
{
    Assert(MemoryContextIsValid(context));
    if (context->isReset)
        return;
    call_reset_callbacks(context);
    context->methods->reset(context);
    context->isReset = true;
}

void
MemoryContextReset(MemoryContext context)
{
    if (context->firstchild != NULL)
        MemoryContextDeleteChildren(context);
    if (!context->isReset)
        MemoryContextResetOnly(context);
}

void
MemoryContextResetChildren(MemoryContext context)
{
    for (MemoryContext c = MemoryContextTraverseNext(context, context); c != NULL;
         c = MemoryContextTraverseNext(c, context))
        MemoryContextResetOnly(c);
}

static void
delete_one(MemoryContext context)
{
    Assert(context != TopMemoryContext && context != CurrentMemoryContext);
    Assert(context->firstchild == NULL);
    call_reset_callbacks(context);
    MemoryContextSetParent(context, NULL);
    context->ident = NULL;
    context->methods->delete_context(context);
}

/* Leaves first, without recursion: the tree may be deep. */
void
MemoryContextDelete(MemoryContext context)
{
    Assert(MemoryContextIsValid(context));
    for (MemoryContext current = context;;)
    {
        while (current->firstchild != NULL)
            current = current->firstchild;
        MemoryContext parent = current->parent;
        bool done = current == context;
        delete_one(current);
        if (done)
            return;
        current = parent;
    }
}

void
MemoryContextDeleteChildren(MemoryContext context)
{
    while (context->firstchild != NULL)
        MemoryContextDelete(context->firstchild);
}

void
MemoryContextSetIdentifier(MemoryContext context, const char *id)
{
    context->ident = id;
}

bool
MemoryContextIsEmpty(MemoryContext context)
{
    return context->firstchild == NULL && context->methods->is_empty(context);
}

void
MemoryContextAllowInCriticalSection(MemoryContext context, bool allow)
{
    context->allowInCritSection = allow;
}

Size
MemoryContextMemAllocated(MemoryContext context, bool recurse)
{
    Size total = context->mem_allocated;
    if (!recurse)
        return total;
    for (MemoryContext c = MemoryContextTraverseNext(context, context); c != NULL;
         c = MemoryContextTraverseNext(c, context))
        total += c->mem_allocated;
    return total;
}

void
MemoryContextCheck(MemoryContext context)
{
#ifdef MEMORY_CONTEXT_CHECKING
    for (MemoryContext c = context; c != NULL; c = MemoryContextTraverseNext(c, context))
        c->methods->check(c);
#endif
}

/* ---- statistics ---- */

void
MemoryContextGetCounters(MemoryContext context, MemoryContextCounters *ret_counters)
{
    context->methods->stats(context, ret_counters);
}

static void
write_stats_line(const char *line)
{
    if (memory_stats_line_hook != NULL)
        memory_stats_line_hook(line);
    else
        fprintf(stderr, "%s\n", line);
}

static void
stats_one(MemoryContext context, int level, MemoryContextCounters *total)
{
    MemoryContextCounters counters;
    char line[512];
    char ident[128] = "";
    MemoryContextGetCounters(context, &counters);
    total->nblocks += counters.nblocks;
    total->freechunks += counters.freechunks;
    total->totalspace += counters.totalspace;
    total->freespace += counters.freespace;
    if (context->ident != NULL)
    {
        /* One line of at most 100 bytes, so that a long query does not flood the log. */
        snprintf(ident, sizeof(ident), ": %.100s%s", context->ident,
                 strlen(context->ident) > 100 ? "..." : "");
        for (char *p = ident; *p; p++)
            if ((unsigned char) *p < ' ')
                *p = ' ';
    }
    snprintf(line, sizeof(line),
             "%*s%s: %zu total in %zu blocks; %zu free (%zu chunks); %zu used%s", 2 * level, "",
             context->name, counters.totalspace, counters.nblocks, counters.freespace,
             counters.freechunks, counters.totalspace - counters.freespace, ident);
    write_stats_line(line);
}

static void
stats_tree(MemoryContext context, int level, int max_level, int max_children,
           MemoryContextCounters *total)
{
    int children = 0;
    Size skipped_count = 0, skipped_space = 0;
    stats_one(context, level, total);
    for (MemoryContext child = context->firstchild; child; child = child->nextchild)
    {
        if (level < max_level && children++ < max_children)
        {
            stats_tree(child, level + 1, max_level, max_children, total);
            continue;
        }
        for (MemoryContext c = child; c; c = MemoryContextTraverseNext(c, child))
        {
            skipped_count++;
            skipped_space += c->mem_allocated;
            total->totalspace += c->mem_allocated;
        }
    }
    if (skipped_count > 0)
    {
        char line[200];
        snprintf(line, sizeof(line), "%*s%zu more child contexts containing %zu total",
                 2 * (level + 1), "", skipped_count, skipped_space);
        write_stats_line(line);
    }
}

void
MemoryContextStatsDetail(MemoryContext context, int max_level, int max_children)
{
    MemoryContextCounters total = {0};
    char line[200];
    stats_tree(context, 0, max_level, max_children, &total);
    snprintf(line, sizeof(line),
             "Grand total: %zu bytes in %zu blocks; %zu free (%zu chunks); %zu used",
             total.totalspace, total.nblocks, total.freespace, total.freechunks,
             total.totalspace - total.freespace);
    write_stats_line(line);
}

void
MemoryContextStats(MemoryContext context)
{
    MemoryContextStatsDetail(context, 100, 100);
}

/* ---- failures ---- */

void
memory_fail(const char *fmt, ...)
{
    char message[256];
    va_list args;
    va_start(args, fmt);
    vsnprintf(message, sizeof(message), fmt, args);
    va_end(args);
    if (memory_error_hook != NULL)
        memory_error_hook(message);
    ExceptionalCondition(message, __FILE__, __LINE__);
}

void *
memory_alloc_failure(MemoryContext context, Size size, int flags)
{
    if (flags & MCXT_ALLOC_NO_OOM)
        return NULL;
    if (memory_oom_hook != NULL)
        memory_oom_hook(context, size);
    ExceptionalCondition("out of memory is handled", __FILE__, __LINE__);
}

void
memory_check_size(Size size, int flags)
{
    if (likely((flags & MCXT_ALLOC_HUGE) ? AllocHugeSizeIsValid(size) : AllocSizeIsValid(size)))
        return;
    if (memory_bad_size_hook != NULL)
        memory_bad_size_hook(size);
    ExceptionalCondition("size of allocation is valid", __FILE__, __LINE__);
}

void
memory_fail_at(int64 n)
{
    context_test.fail_countdown = n;
}

bool
memory_fail_pending(void)
{
    return context_test.fail_countdown > 0;
}

static inline bool
fails_now(void)
{
    return unlikely(context_test.fail_countdown > 0) && --context_test.fail_countdown == 0;
}

void *
memory_block_get(Size size)
{
    return fails_now() ? NULL : malloc(size);
}

void *
memory_block_resize(void *block, Size size)
{
    return fails_now() ? NULL : realloc(block, size);
}

void
memory_block_put(void *block)
{
    free(block);
}

/* ---- chunks ---- */

static inline void
prepare_alloc(MemoryContext context)
{
    Assert(MemoryContextIsValid(context));
    Assert(CritSectionCount == 0 || context->allowInCritSection);
    context->isReset = false;
}

static inline void *
alloc_in(MemoryContext context, Size size, int flags)
{
    prepare_alloc(context);
#ifdef MEMORY_CONTEXT_CHECKING
    if (fails_now())
        return memory_alloc_failure(context, size, flags);
#endif
    return context->methods->alloc(context, size, flags);
}

void *
MemoryContextAlloc(MemoryContext context, Size size)
{
    return alloc_in(context, size, 0);
}

void *
MemoryContextAllocZero(MemoryContext context, Size size)
{
    return memset(alloc_in(context, size, 0), 0, size);
}

void *
MemoryContextAllocExtended(MemoryContext context, Size size, int flags)
{
    void *pointer = alloc_in(context, size, flags);
    if (pointer != NULL && (flags & MCXT_ALLOC_ZERO))
        memset(pointer, 0, size);
    return pointer;
}

void *
MemoryContextAllocHuge(MemoryContext context, Size size)
{
    return alloc_in(context, size, MCXT_ALLOC_HUGE);
}

void *
palloc(Size size)
{
    return alloc_in(CurrentMemoryContext, size, 0);
}

void *
palloc0(Size size)
{
    return memset(alloc_in(CurrentMemoryContext, size, 0), 0, size);
}

void *
palloc_extended(Size size, int flags)
{
    return MemoryContextAllocExtended(CurrentMemoryContext, size, flags);
}

void
pfree(void *pointer)
{
    if (likely(chunk_kind(pointer) == MEMORY_KIND_ALLOCSET))
        allocset_free(pointer);
    else
        METHODS_OF(pointer)->free_p(pointer);
}

void *
repalloc_extended(void *pointer, Size size, int flags)
{
#ifdef MEMORY_CONTEXT_CHECKING
    if (fails_now())
        return memory_alloc_failure(GetMemoryChunkContext(pointer), size, flags);
#endif
    Assert(CritSectionCount == 0 || GetMemoryChunkContext(pointer)->allowInCritSection);
    return METHODS_OF(pointer)->realloc(pointer, size, flags);
}

void *
repalloc(void *pointer, Size size)
{
    return repalloc_extended(pointer, size, 0);
}

void *
repalloc0(void *pointer, Size old_size, Size size)
{
    char *result = repalloc_extended(pointer, size, 0);
    if (size > old_size)
        memset(result + old_size, 0, size - old_size);
    return result;
}

void *
repalloc_huge(void *pointer, Size size)
{
    return repalloc_extended(pointer, size, MCXT_ALLOC_HUGE);
}

MemoryContext
GetMemoryChunkContext(void *pointer)
{
    return METHODS_OF(pointer)->get_chunk_context(pointer);
}

Size
GetMemoryChunkSpace(void *pointer)
{
    return METHODS_OF(pointer)->get_chunk_space(pointer);
}

pg_noreturn static void
bogus_pointer(const char *function, void *pointer)
{
    memory_fail("%s called with invalid pointer %p (header 0x%016llx)", function, pointer,
                (unsigned long long) chunk_header_of(pointer));
}

static void
bogus_free(void *pointer)
{
    bogus_pointer("pfree", pointer);
}

static void *
bogus_realloc(void *pointer, Size size, int flags)
{
    bogus_pointer("repalloc", pointer);
}

static MemoryContext
bogus_chunk_context(void *pointer)
{
    bogus_pointer("GetMemoryChunkContext", pointer);
}

static Size
bogus_chunk_space(void *pointer)
{
    bogus_pointer("GetMemoryChunkSpace", pointer);
}

/* ---- strings ---- */

char *
MemoryContextStrdup(MemoryContext context, const char *string)
{
    Size size = strlen(string) + 1;
    return memcpy(MemoryContextAlloc(context, size), string, size);
}

char *
pstrdup(const char *in)
{
    return MemoryContextStrdup(CurrentMemoryContext, in);
}

char *
pnstrdup(const char *in, Size len)
{
    len = strnlen(in, len);
    char *copy = palloc(len + 1);
    memcpy(copy, in, len);
    copy[len] = '\0';
    return copy;
}

char *
pchomp(const char *in)
{
    Size length = strlen(in);
    while (length > 0 && in[length - 1] == '\n')
        length--;
    return pnstrdup(in, length);
}

Size
pvsnprintf(char *buf, Size len, const char *fmt, va_list args)
{
    int needed = vsnprintf(buf, len, fmt, args);
    if (unlikely(needed < 0))
        memory_fail("vsnprintf failed: %s with format string \"%s\"", strerror(errno), fmt);
    return (Size) needed < len ? 0 : (Size) needed + 1;
}

char *
psprintf(const char *fmt, ...)
{
    int saved_errno = errno;
    Size size = 128;
    for (;;)
    {
        char *result = palloc(size);
        va_list args;
        va_start(args, fmt);
        errno = saved_errno;
        Size needed = pvsnprintf(result, size, fmt, args);
        va_end(args);
        if (needed == 0)
            return result;
        pfree(result);
        size = needed;
    }
}
