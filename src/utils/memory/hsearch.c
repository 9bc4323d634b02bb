/*
 * hsearch.c - hash tables made at run time, private or in shared memory
 *
 * Why        entries never move: they are cut from segments, each twice as large as the one
 *            before, and chained from an array of buckets that doubles when entries outnumber it.
 *            A walk follows the segments, not the chains, and so survives inserts, deletes and
 *            growth, and leaves nothing behind when an error ends it.
 *            A shared table has one segment and a bucket array of the final size from the start.
 * Invariants H1. an element is on one free list (in_use 0) or in the chain of its hash (in_use 1).
 *            H2. a private table has at least as many buckets as entries, unless it could not grow.
 *            H3. in a partitioned table a chain is touched only under the partition's lock: the
 *                bucket count is a multiple of the partition count, so a chain has one partition.
 * Locks      a shared table's free lists each have a spinlock, held for two assignments.
 * Errors     HASH_ENTER throws 53200 when memory or the shared table is full.
 */
#include "memory/hsearch.h"

#include <sched.h>

#include "base/bytes.h"
#include "base/hash.h"
#include "memory_int.h"

#define FREE_LIST_COUNT 32 /* of a partitioned table; others use the first */
#define FIRST_SEGMENT_ELEMENTS 16
#define SEGMENT_ELEMENTS_MAX 8192

typedef struct Element
{
    struct Element *next;
    uint32 hash;
    uint32 in_use;
} Element;

#define ELEMENT_HEADER_SIZE MAXALIGN(sizeof(Element))
#define entry_of(element) ((void *) ((char *) (element) + ELEMENT_HEADER_SIZE))
#define element_of(entry) ((Element *) ((char *) (entry) - ELEMENT_HEADER_SIZE))

typedef struct Segment
{
    struct Segment *next;
    uint32 element_count;
    alignas(MAXIMUM_ALIGNOF) char elements[]; /* each an Element, then its entry */
} Segment;

typedef struct FreeList
{
    alignas(PG_CACHE_LINE_SIZE) _Atomic uint32 lock;
    Element *first;
    int64 entry_count; /* entries made here less entries freed here: only the sum means something */
} FreeList;

struct HashTableHeader
{
    uint32 bucket_count;
    uint32 element_size;
    uint32 segment_elements_next;
    uint32 free_list_count;
    Element **buckets;
    Segment *segments;
    Segment *last_segment;
    FreeList free_lists[FREE_LIST_COUNT];
};

struct HTAB
{
    HASHHDR *header;
    HashValueFunc hash;
    HashCompareFunc match;
    HashCopyFunc keycopy;
    HashAllocFunc alloc;
    MemoryContext context; /* of a private table */
    Size keysize;
    Size entrysize;
    const char *name;
    bool is_shared;
    bool is_fixed;
};

uint32
string_hash(const void *key, Size keysize)
{
    return hash_bytes(key, strnlen(key, keysize - 1));
}

uint32
tag_hash(const void *key, Size keysize)
{
    return hash_bytes(key, keysize);
}

uint32
uint32_hash(const void *key, Size keysize)
{
    Assert(keysize == sizeof(uint32));
    return hash_uint32_mix(bytes_get_u32(key));
}

static int
compare_strings(const void *a, const void *b, Size keysize)
{
    return strncmp(a, b, keysize - 1);
}

static void *
copy_string(void *to, const void *from, Size keysize)
{
    strlcpy(to, from, keysize);
    return to;
}

/* ---- making ---- */

static void *
table_alloc(HTAB *table, Size size)
{
    if (table->alloc != NULL)
        return table->alloc(size);
    return MemoryContextAllocExtended(table->context, size, MCXT_ALLOC_HUGE | MCXT_ALLOC_NO_OOM);
}

static void
choose_functions(HTAB *table, const HASHCTL *info, int flags)
{
    bool strings = (flags & HASH_STRINGS) || !(flags & (HASH_BLOBS | HASH_FUNCTION | HASH_COMPARE));
    if (flags & HASH_FUNCTION)
        table->hash = info->hash;
    else if (strings)
        table->hash = string_hash;
    else
        table->hash = info->keysize == sizeof(uint32) ? uint32_hash : tag_hash;
    strings = table->hash == string_hash;
    table->match = (flags & HASH_COMPARE) ? info->match
                   : strings              ? compare_strings
                                          : (HashCompareFunc) memcmp;
    table->keycopy = (flags & HASH_KEYCOPY) ? info->keycopy
                     : strings              ? copy_string
                                            : (HashCopyFunc) memcpy;
}

/* Cut a new segment into free elements, dealt out to the free lists in turn. */
static bool
add_segment(HTAB *table, uint32 count)
{
    HASHHDR *header = table->header;
    Segment *segment = table_alloc(table, sizeof(Segment) + (Size) count * header->element_size);
    if (segment == NULL)
        return false;
    segment->next = NULL;
    segment->element_count = count;
    if (header->last_segment)
        header->last_segment->next = segment;
    else
        header->segments = segment;
    header->last_segment = segment;
    for (uint32 i = 0; i < count; i++)
    {
        Element *element = (Element *) (segment->elements + (Size) i * header->element_size);
        FreeList *list = &header->free_lists[i % header->free_list_count];
        element->in_use = 0;
        element->next = list->first;
        list->first = element;
    }
    return true;
}

static bool
make_header(HTAB *table, uint32 bucket_count, uint32 free_list_count)
{
    HASHHDR *header = table->header;
    memset(header, 0, sizeof(*header));
    header->bucket_count = bucket_count;
    header->free_list_count = free_list_count;
    header->element_size = (uint32) (ELEMENT_HEADER_SIZE + MAXALIGN(table->entrysize));
    header->segment_elements_next = FIRST_SEGMENT_ELEMENTS;
    header->buckets = table_alloc(table, (Size) bucket_count * sizeof(Element *));
    if (header->buckets == NULL)
        return false;
    memset(header->buckets, 0, (Size) bucket_count * sizeof(Element *));
    return true;
}

static void
create_shared(HTAB *table, long nelem, const HASHCTL *info, int flags)
{
    table->is_shared = table->is_fixed = true;
    table->header = info->hctl;
    if (flags & HASH_ATTACH)
        return;
    uint32 buckets = pg_nextpower2_32((uint32) Max(nelem, 16));
    if (flags & HASH_PARTITION)
        buckets = Max(buckets, (uint32) info->num_partitions); /* H3 */
    if (!make_header(table, buckets, (flags & HASH_PARTITION) ? FREE_LIST_COUNT : 1) ||
        !add_segment(table, (uint32) Max(nelem, 1)))
        memory_alloc_failure(TopMemoryContext, hash_estimate_size(nelem, table->entrysize), 0);
}

HTAB *
hash_create(const char *tabname, long nelem, const HASHCTL *info, int flags)
{
    Assert(flags & HASH_ELEM);
    Assert(info->keysize > 0 && info->entrysize >= info->keysize);
    MemoryContext context = TopMemoryContext;
    if (!(flags & HASH_SHARED_MEM))
        /* Lives until hash_destroy or the end of its parent. */
        context = AllocSetContextCreate((flags & HASH_CONTEXT) ? info->hcxt : TopMemoryContext,
                                        "dynahash", ALLOCSET_START_SMALL_SIZES);
    HTAB *table = MemoryContextAllocZero(context, sizeof(HTAB) + strlen(tabname) + 1);
    table->name = strcpy((char *) (table + 1), tabname);
    table->keysize = info->keysize;
    table->entrysize = info->entrysize;
    choose_functions(table, info, flags);
    if (flags & HASH_SHARED_MEM)
    {
        table->alloc = info->alloc;
        create_shared(table, nelem, info, flags);
        return table;
    }
    MemoryContextSetIdentifier(context, table->name);
    table->context = context;
    if (flags & HASH_ALLOC)
        table->alloc = info->alloc;
    table->is_fixed = (flags & HASH_FIXED_SIZE) != 0;
    /* Aligned by hand: the header asks for cache lines, a chunk has 8 bytes. */
    char *raw = MemoryContextAlloc(context, sizeof(HASHHDR) + PG_CACHE_LINE_SIZE);
    table->header = (HASHHDR *) CACHELINEALIGN(raw);
    uint32 buckets = pg_nextpower2_32((uint32) Min(Max(nelem, 16), 1L << 20));
    if (!make_header(table, buckets, 1) ||
        (table->is_fixed && !add_segment(table, (uint32) Max(nelem, 1))))
        memory_alloc_failure(context, (Size) buckets * sizeof(Element *), 0);
    return table;
}

void
hash_destroy(HTAB *hashp)
{
    if (hashp == NULL)
        return;
    Assert(!hashp->is_shared);
    MemoryContextDelete(hashp->context);
}

Size
hash_shared_header_size(void)
{
    return CACHELINEALIGN(sizeof(HASHHDR));
}

Size
hash_estimate_size(long num_entries, Size entrysize)
{
    Size elements = (Size) Max(num_entries, 1);
    Size buckets = pg_nextpower2_64(Max(elements, 1024));
    return CACHELINEALIGN(sizeof(HASHHDR)) + CACHELINEALIGN(buckets * sizeof(Element *)) +
           CACHELINEALIGN(sizeof(Segment) +
                          elements * (ELEMENT_HEADER_SIZE + MAXALIGN(entrysize)));
}

/* ---- free elements ---- */

static inline void
lock_free_list(HTAB *table, FreeList *list)
{
    if (!table->is_shared)
        return;
    while (atomic_exchange_explicit(&list->lock, 1, memory_order_acquire))
        while (atomic_load_explicit(&list->lock, memory_order_relaxed))
            sched_yield();
}

static inline void
unlock_free_list(HTAB *table, FreeList *list)
{
    if (table->is_shared)
        atomic_store_explicit(&list->lock, 0, memory_order_release);
}

static Element *
pop_free(HTAB *table, FreeList *list)
{
    lock_free_list(table, list);
    Element *element = list->first;
    if (element != NULL)
        list->first = element->next;
    unlock_free_list(table, list);
    return element;
}

static void
count_entry(HTAB *table, FreeList *list, int change)
{
    lock_free_list(table, list);
    list->entry_count += change;
    unlock_free_list(table, list);
}

/* Double the buckets; without memory for it the chains just get longer (H2). */
static void
grow_buckets(HTAB *table)
{
    HASHHDR *header = table->header;
    uint32 count = header->bucket_count * 2;
    if (count == 0)
        return;
    Element **buckets = table_alloc(table, (Size) count * sizeof(Element *));
    if (buckets == NULL)
        return;
    memset(buckets, 0, (Size) count * sizeof(Element *));
    for (uint32 i = 0; i < header->bucket_count; i++)
        for (Element *element = header->buckets[i], *next; element; element = next)
        {
            Element **bucket = &buckets[element->hash & (count - 1)];
            next = element->next;
            element->next = *bucket;
            *bucket = element;
        }
    if (table->alloc == NULL)
        pfree(header->buckets);
    header->buckets = buckets;
    header->bucket_count = count;
}

static Element *
get_element(HTAB *table, uint32 hash)
{
    HASHHDR *header = table->header;
    uint32 home = hash % header->free_list_count;
    for (uint32 i = 0; i < header->free_list_count; i++)
    {
        FreeList *list = &header->free_lists[(home + i) % header->free_list_count];
        Element *element = pop_free(table, list);
        if (element != NULL)
        {
            count_entry(table, &header->free_lists[home], 1);
            return element;
        }
    }
    if (table->is_fixed || !add_segment(table, header->segment_elements_next))
        return NULL;
    header->segment_elements_next = Min(header->segment_elements_next * 2, SEGMENT_ELEMENTS_MAX);
    return get_element(table, hash);
}

static void
put_element(HTAB *table, Element *element)
{
    FreeList *list = &table->header->free_lists[element->hash % table->header->free_list_count];
    lock_free_list(table, list);
    element->in_use = 0;
    element->next = list->first;
    list->first = element;
    list->entry_count--;
    unlock_free_list(table, list);
}

/* ---- searching ---- */

uint32
get_hash_value(HTAB *hashp, const void *key)
{
    return hashp->hash(key, hashp->keysize);
}

void *
hash_search(HTAB *hashp, const void *key, HASHACTION action, bool *foundPtr)
{
    return hash_search_with_hash_value(hashp, key, hashp->hash(key, hashp->keysize), action,
                                       foundPtr);
}

/* The link that points to the key's element, or the chain's end. */
static inline Element **
find_link(HTAB *table, const void *key, uint32 hash)
{
    HASHHDR *header = table->header;
    Element **link = &header->buckets[hash & (header->bucket_count - 1)];
    while (*link != NULL &&
           ((*link)->hash != hash || table->match(entry_of(*link), key, table->keysize) != 0))
        link = &(*link)->next;
    return link;
}

static void *
enter(HTAB *table, const void *key, uint32 hash, HASHACTION action)
{
    HASHHDR *header = table->header;
    Element *element = get_element(table, hash);
    if (element == NULL)
    {
        if (action == HASH_ENTER_NULL)
            return NULL;
        if (table->is_shared && memory_oom_hook != NULL)
            memory_oom_hook(NULL, 0);
        return memory_alloc_failure(table->context, header->element_size, 0);
    }
    if (!table->is_fixed && header->free_lists[0].entry_count > (int64) header->bucket_count)
        grow_buckets(table);
    Element **bucket = &header->buckets[hash & (header->bucket_count - 1)];
    element->hash = hash;
    element->in_use = 1;
    element->next = *bucket;
    *bucket = element;
    table->keycopy(entry_of(element), key, table->keysize);
    return entry_of(element);
}

void *
hash_search_with_hash_value(HTAB *hashp, const void *key, uint32 hashvalue, HASHACTION action,
                            bool *foundPtr)
{
    Element **link = find_link(hashp, key, hashvalue);
    Element *element = *link;
    if (foundPtr != NULL)
        *foundPtr = element != NULL;
    if (action == HASH_REMOVE && element != NULL)
    {
        *link = element->next;
        put_element(hashp, element);
    }
    if (element != NULL)
        return entry_of(element);
    if (action == HASH_FIND || action == HASH_REMOVE)
        return NULL;
    return enter(hashp, key, hashvalue, action);
}

/* Give an entry another key; false when that key is taken. */
bool
hash_update_hash_key(HTAB *hashp, void *existing_entry, const void *new_key)
{
    Element *element = element_of(existing_entry);
    uint32 hash = hashp->hash(new_key, hashp->keysize);
    if (*find_link(hashp, new_key, hash) != NULL)
        return false;
    Element **link = find_link(hashp, existing_entry, element->hash);
    if (*link != element)
        memory_fail("hash table \"%s\" corrupted", hashp->name);
    *link = element->next;
    Element **bucket = &hashp->header->buckets[hash & (hashp->header->bucket_count - 1)];
    element->hash = hash;
    element->next = *bucket;
    *bucket = element;
    hashp->keycopy(existing_entry, new_key, hashp->keysize);
    return true;
}

long
hash_get_num_entries(HTAB *hashp)
{
    int64 total = 0;
    for (uint32 i = 0; i < hashp->header->free_list_count; i++)
        total += hashp->header->free_lists[i].entry_count;
    return (long) total;
}

/* ---- walking ---- */

void
hash_seq_init(HASH_SEQ_STATUS *status, HTAB *hashp)
{
    status->hashp = hashp;
    status->segment = hashp->header->segments;
    status->index = 0;
}

void *
hash_seq_search(HASH_SEQ_STATUS *status)
{
    Size element_size = status->hashp->header->element_size;
    for (Segment *segment = status->segment; segment; segment = segment->next, status->index = 0)
    {
        status->segment = segment;
        while (status->index < (long) segment->element_count)
        {
            Size offset = (Size) status->index++ * element_size;
            Element *element = (Element *) (segment->elements + offset);
            if (element->in_use)
                return entry_of(element);
        }
    }
    status->segment = NULL;
    return NULL;
}

void
hash_seq_term(HASH_SEQ_STATUS *status)
{
    status->segment = NULL;
}
