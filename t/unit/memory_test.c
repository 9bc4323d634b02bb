/*
 * memory_test.c - contexts of all kinds, strings, lists, sets and hash tables
 *
 * Method: random allocations against a shadow record of what each chunk must contain; each n-th
 * request for memory failing in turn; invariants by MemoryContextCheck() and by the accounting.
 */
#include <setjmp.h>

#include "base/hash.h"
#include "base/hashtable.h"
#include "base/random.h"
#include "memory/bitmapset.h"
#include "memory/hsearch.h"
#include "memory/list.h"
#include "memory/memory.h"
#include "memory/stringinfo.h"
#include "tap.h"

#define SHADOW_COUNT 500

static sigjmp_buf caught;
static char caught_text[256];

static void
on_oom(MemoryContext context, Size size)
{
    snprintf(caught_text, sizeof(caught_text), "oom %s", context ? context->name : "shared");
    siglongjmp(caught, 1);
}

static void
on_bad_size(Size size)
{
    snprintf(caught_text, sizeof(caught_text), "size %zu", size);
    siglongjmp(caught, 1);
}

static void
on_error(const char *message)
{
    snprintf(caught_text, sizeof(caught_text), "%s", message);
    siglongjmp(caught, 1);
}

/* True when the statement reported an error; the text is in caught_text. */
#define THROWS(statement)                                                                          \
    (caught_text[0] = '\0', sigsetjmp(caught, 0) == 0 ? ((void) (statement), false) : true)

/* ---- contexts ---- */

typedef struct Shadow
{
    unsigned char *pointer;
    Size size;
    unsigned char fill;
} Shadow;

static bool
shadow_holds(const Shadow *shadow)
{
    for (Size i = 0; i < shadow->size; i++)
        if (shadow->pointer[i] != shadow->fill)
            return false;
    return true;
}

static Size
random_size(Size fixed)
{
    if (fixed)
        return fixed;
    int shift = (int) pg_prng_uint64_range(&pg_global_prng_state, 0, 16);
    return (Size) pg_prng_uint64_range(&pg_global_prng_state, 0, (uint64) 1 << shift);
}

static void
fill_shadow(Shadow *shadow, Size size)
{
    shadow->size = size;
    shadow->fill = (unsigned char) pg_prng_uint32(&pg_global_prng_state);
    memset(shadow->pointer, shadow->fill, size);
}

/* Random work on a context; false as soon as a chunk does not hold what was put in. */
static bool
exercise(MemoryContext context, Size fixed_size, bool can_free, int steps)
{
    static Shadow shadows[SHADOW_COUNT];
    memset(shadows, 0, sizeof(shadows));
    for (int step = 0; step < steps; step++)
    {
        Shadow *shadow = &shadows[pg_prng_uint64_range(&pg_global_prng_state, 0, SHADOW_COUNT - 1)];
        Size size = random_size(fixed_size);
        if (shadow->pointer == NULL)
            shadow->pointer = MemoryContextAlloc(context, size);
        else if (!shadow_holds(shadow))
            return false;
        else if (!can_free)
            shadow->pointer = MemoryContextAlloc(context, size);
        else if (fixed_size || pg_prng_bool(&pg_global_prng_state))
        {
            if (GetMemoryChunkContext(shadow->pointer) != context)
                return false;
            pfree(shadow->pointer);
            shadow->pointer = NULL;
            continue;
        }
        else
        {
            Size kept = Min(size, shadow->size);
            shadow->pointer = repalloc(shadow->pointer, size);
            shadow->size = kept;
            if (!shadow_holds(shadow))
                return false;
        }
        fill_shadow(shadow, size);
        if (((uintptr_t) shadow->pointer & 7) != 0)
            return false;
        if (step % 1000 == 0)
            MemoryContextCheck(context);
    }
    for (int i = 0; i < SHADOW_COUNT; i++)
        if (shadows[i].pointer && !shadow_holds(&shadows[i]))
            return false;
    MemoryContextCheck(context);
    return true;
}

static MemoryContext
make_context(MemoryContextKind kind)
{
    switch (kind)
    {
        case MEMORY_KIND_ALLOCSET:
            return AllocSetContextCreate(TopMemoryContext, "set", ALLOCSET_DEFAULT_SIZES);
        case MEMORY_KIND_GENERATION:
            return GenerationContextCreate(TopMemoryContext, "generation", ALLOCSET_DEFAULT_SIZES);
        case MEMORY_KIND_SLAB:
            return SlabContextCreate(TopMemoryContext, "slab", SLAB_DEFAULT_BLOCK_SIZE, 100);
        default:
            return BumpContextCreate(TopMemoryContext, "bump", ALLOCSET_DEFAULT_SIZES);
    }
}

static void
test_kind(MemoryContextKind kind)
{
    MemoryContext context = make_context(kind);
    const char *name = context->methods->kind_name;
    bool can_free = kind != MEMORY_KIND_BUMP;
    Size fixed = kind == MEMORY_KIND_SLAB ? 100 : 0;
    Size empty_size = context->mem_allocated;
    MemoryContextCounters counters;

    tap_ok(MemoryContextIsEmpty(context), "%s starts empty", name);
    tap_ok(exercise(context, fixed, can_free, 20000), "%s keeps what chunks hold", name);
    tap_ok(!MemoryContextIsEmpty(context), "%s is not empty with chunks", name);
    MemoryContextGetCounters(context, &counters);
    tap_ok(counters.totalspace >= counters.freespace && counters.nblocks > 0 &&
               (kind == MEMORY_KIND_SLAB || counters.totalspace == context->mem_allocated),
           "%s counts its space", name);
    MemoryContextReset(context);
    tap_ok(context->mem_allocated == empty_size && MemoryContextIsEmpty(context),
           "%s gives all back on reset", name);
    tap_ok(exercise(context, fixed, can_free, 5000), "%s serves again after a reset", name);
    MemoryContextDelete(context);
}

/* Whichever request fails, the context stays sound and the next request is served. */
static void
test_failing_requests(MemoryContextKind kind)
{
    MemoryContext context = make_context(kind);
    Size fixed = kind == MEMORY_KIND_SLAB ? 100 : 0;
    bool sound = true;
    for (int n = 1; n < 60; n++)
    {
        memory_fail_at(n);
        if (!THROWS(exercise(context, fixed, kind != MEMORY_KIND_BUMP, 3000)) &&
            !memory_fail_pending())
            sound = false;
        memory_fail_at(0);
        MemoryContextCheck(context);
        MemoryContextReset(context);
    }
    memory_fail_at(1);
    void *refused = MemoryContextAllocExtended(
        context, fixed ? fixed : 100000, MCXT_ALLOC_NO_OOM);
    sound &= refused == NULL;
    memory_fail_at(0);
    tap_ok(sound, "%s survives any failing request", context->methods->kind_name);
    MemoryContextDelete(context);
}

static int callback_order;
static void
on_reset(void *arg)
{
    callback_order = callback_order * 10 + *(int *) arg;
}

static void
test_tree(void)
{
    int one = 1, two = 2;
    MemoryContext parent = AllocSetContextCreate(TopMemoryContext, "p", ALLOCSET_SMALL_SIZES);
    MemoryContext child = AllocSetContextCreate(parent, "c", ALLOCSET_DEFAULT_SIZES);
    MemoryContext grandchild = GenerationContextCreate(child, "g", ALLOCSET_DEFAULT_SIZES);
    MemoryContext other = AllocSetContextCreate(TopMemoryContext, "o", ALLOCSET_DEFAULT_SIZES);
    MemoryContextCallback cb1 = {on_reset, &one, NULL}, cb2 = {on_reset, &two, NULL};

    tap_ok(MemoryContextGetParent(child) == parent && parent->firstchild == child, "parents");
    tap_ok(MemoryContextMemAllocated(parent, true) == parent->mem_allocated +
                                                          child->mem_allocated +
                                                          grandchild->mem_allocated,
           "the tree's memory is the sum of its contexts");
    MemoryContextSetParent(child, other);
    tap_ok(parent->firstchild == NULL && other->firstchild == child && child->parent == other,
           "a context moves with what is below it");
    MemoryContextRegisterResetCallback(child, &cb1);
    MemoryContextRegisterResetCallback(child, &cb2);
    MemoryContextResetOnly(child);
    tap_is_int(callback_order, 21, "reset callbacks run, the last registered first");
    MemoryContextResetOnly(child);
    tap_is_int(callback_order, 21, "and only once");
    MemoryContextReset(other);
    tap_ok(other->firstchild == NULL, "a reset deletes the children");
    MemoryContextDelete(other);

    MemoryContext deep = parent;
    for (int i = 0; i < 100000; i++)
        deep = AllocSetContextCreate(deep, "d", ALLOCSET_SMALL_SIZES);
    MemoryContextDelete(parent);
    tap_ok(true, "a tree 100000 deep is deleted without recursion");
}

static void
test_chunks(void)
{
    MemoryContext context = AllocSetContextCreate(TopMemoryContext, "x", ALLOCSET_DEFAULT_SIZES);
    MemoryContext saved = MemoryContextSwitchTo(context);
    Size before = context->mem_allocated;
    char *big = palloc(1000000);
    Size with_big = context->mem_allocated;
    big = repalloc(big, 2000000);
    tap_ok(with_big > before + 1000000 && context->mem_allocated > before + 2000000 &&
               GetMemoryChunkContext(big) == context,
           "a big chunk has a block of its own");
    pfree(big);
    tap_ok(context->mem_allocated == before, "and gives it back at once");
    tap_ok(THROWS(palloc(MaxAllocSize + 1)) && strstr(caught_text, "size") == caught_text,
           "more than 1 GB is refused");
    tap_ok(THROWS(palloc((Size) -5)), "and so is a negative size");
    tap_ok(THROWS(palloc(SIZE_MAX)), "whatever it is");

    void *aligned = palloc_aligned(100, 4096, MCXT_ALLOC_ZERO);
    tap_ok((uintptr_t) aligned % 4096 == 0 && GetMemoryChunkContext(aligned) == context,
           "aligned chunks");
    memset(aligned, 'a', 100);
    aligned = repalloc(aligned, 50000);
    tap_ok((uintptr_t) aligned % 4096 == 0 && ((char *) aligned)[99] == 'a',
           "stay aligned when they grow");
    pfree(aligned);
    MemoryContextCheck(context);

    char *text = psprintf("%s %d", "a string longer than the first guess of one hundred and "
                                   "twenty-eight bytes, so that the second try is needed, too:",
                          42);
    tap_ok(strlen(text) == 117 + 3 || strstr(text, ": 42") != NULL, "psprintf");
    tap_is_string(pnstrdup("abcdef", 3), "abc", "pnstrdup");
    tap_is_string(pchomp("line\n\n"), "line", "pchomp");
    char *grown = repalloc0(palloc0(10), 10, 5000);
    tap_ok(grown[9] == 0 && grown[4999] == 0, "repalloc0 clears what is new");
    uint64 wild[4] = {0, 0, 0, 0};
    tap_ok(THROWS(pfree(&wild[2])) && strstr(caught_text, "pfree called with invalid pointer"),
           "a wild pointer is told");
    MemoryContextSwitchTo(saved);
    MemoryContextDelete(context);
}

static void
test_generation_stream(void)
{
    MemoryContext context = GenerationContextCreate(TopMemoryContext, "stream",
                                                    ALLOCSET_DEFAULT_SIZES);
    void *window[100] = {NULL};
    Size peak = 0;
    for (int i = 0; i < 1000000; i++)
    {
        if (window[i % 100])
            pfree(window[i % 100]);
        window[i % 100] = MemoryContextAlloc(context, 200);
        peak = Max(peak, context->mem_allocated);
    }
    tap_ok(peak < 32 * 1024 * 1024, "an endless stream takes bounded memory (%zu)", peak);
    MemoryContextDelete(context);
}

/* ---- strings ---- */

static void
test_strings(void)
{
    StringInfoData str;
    initStringInfo(&str);
    for (int i = 0; i < 1000; i++)
        appendStringInfo(&str, "%d,", i);
    tap_ok(str.len == 3890 && strlen(str.data) == 3890, "a string grows");
    resetStringInfo(&str);
    appendStringInfoChar(&str, 'x');
    appendStringInfoSpaces(&str, 2);
    appendBinaryStringInfo(&str, "a\0b", 3);
    tap_ok(str.len == 6 && memcmp(str.data, "x  a\0b", 7) == 0, "with any bytes");
    tap_ok(THROWS(enlargeStringInfo(&str, (int) MaxAllocSize)), "but not past 1 GB");
    pfree(str.data);
}

/* ---- lists ---- */

static bool
list_is(const List *list, const char *want)
{
    char got[200] = "";
    for (int i = 0; i < list_length(list); i++)
        snprintf(got + strlen(got), sizeof(got) - strlen(got), "%d ", list_nth_int(list, i));
    return strcmp(got, want) == 0;
}

static void
test_int_lists(void)
{
    List *list = NIL;
    ListCell *cell;
    int a = 1, b = 2, c = 3;
    for (int i = 0; i < 10; i++)
        list = lappend_int(list, i);
    foreach(cell, list)
        if (lfirst_int(cell) % 3 == 0)
            list = foreach_delete_current(list, cell);
    tap_ok(list_is(list, "1 2 4 5 7 8 "), "deleting while walking");
    list = lcons_int(9, list);
    list = list_insert_nth_int(list, 2, 42);
    tap_ok(list_is(list, "9 1 42 2 4 5 7 8 "), "inserting anywhere");
    list_sort(list, list_int_cmp);
    tap_ok(list_is(list, "1 2 4 5 7 8 9 42 "), "sorting");
    list_reverse(list);
    tap_ok(list_is(list_copy_tail(list, 5), "4 2 1 ") && list_is(list_copy_head(list, 2), "42 9 "),
           "copies of a part");
    List *other = list_make3_int(1, 2, 77);
    tap_ok(list_is(list_union_int(other, list_make2_int(77, 3)), "1 2 77 3 ") &&
               list_is(list_intersection_int(other, list), "1 2 ") &&
               list_is(list_difference_int(other, list), "77 "),
           "as sets");
    list = list_concat(list, list);
    tap_ok(list_length(list) == 16 && list_nth_int(list, 8) == 42, "a list joined to itself");
    tap_ok(list_delete_first_n(list_copy(other), 3) == NIL && list_delete_int(NIL, 3) == NIL,
           "no cells: NIL");
    List *pointers = list_make3(&a, &b, &c);
    int sum = 0;
    foreach_ptr(int, p, pointers)
        sum += *p;
    foreach_int(value, other)
        sum += value;
    tap_is_int(sum, 86, "walks that declare their variable");
    tap_ok(list_member_ptr(pointers, &b) && !list_member_ptr(pointers, &sum), "membership");
    list = NIL;
    for (int i = 0; i < 100000; i++)
        list = lappend_int(list, i);
    tap_ok(list_length(list) == 100000 && llast_int(list) == 99999, "many cells");
    list_free(list);
}

/* ---- sets ---- */

static void
test_sets(void)
{
    Bitmapset *set = NULL;
    bool model[300] = {false};
    bool same = true;
    for (int i = 0; i < 5000; i++)
    {
        int x = (int) pg_prng_uint64_range(&pg_global_prng_state, 0, 299);
        model[x] = pg_prng_bool(&pg_global_prng_state);
        set = model[x] ? bms_add_member(set, x) : bms_del_member(set, x);
    }
    int count = 0, previous = -1, backwards = -1;
    for (int i = 0; i < 300; i++)
    {
        same &= bms_is_member(i, set) == model[i];
        if (!model[i])
            continue;
        same &= bms_member_index(set, i) == count++;
        previous = bms_next_member(set, previous);
        same &= previous == i;
    }
    same &= bms_next_member(set, previous) == -2 && bms_num_members(set) == count;
    for (int i = 299; i >= 0; i--)
        if (model[i])
        {
            backwards = bms_prev_member(set, backwards);
            same &= backwards == i;
        }
    tap_ok(same, "a set agrees with an array of booleans");
    Bitmapset *evens = NULL, *low = bms_add_range(NULL, 0, 99);
    for (int i = 0; i < 200; i += 2)
        evens = bms_add_member(evens, i);
    tap_ok(bms_num_members(bms_intersect(evens, low)) == 50 &&
               bms_num_members(bms_union(evens, low)) == 150 &&
               bms_num_members(bms_difference(low, evens)) == 50 && bms_overlap(evens, low) &&
               !bms_is_subset(low, evens) && bms_is_subset(bms_intersect(evens, low), low),
           "intersection, union, difference, subset");
    tap_ok(bms_del_member(bms_make_singleton(100), 100) == NULL && bms_equal(NULL, NULL) &&
               bms_membership(low) == BMS_MULTIPLE && bms_singleton_member(bms_make_singleton(70)) == 70,
           "an empty set is NULL");
    tap_ok(bms_equal(bms_del_member(bms_add_member(bms_copy(low), 1000), 1000), low) &&
               bms_compare(low, evens) != 0 && bms_hash_value(low) == bms_hash_value(bms_copy(low)),
           "equal sets are equal whatever they once held");
    tap_ok(THROWS(low = bms_add_member(low, -1)), "no negative members");
}

/* ---- hash tables ---- */

typedef struct Entry
{
    uint32 key;
    int value;
} Entry;

static void
test_hash_table(void)
{
    HASHCTL control = {.keysize = sizeof(uint32), .entrysize = sizeof(Entry)};
    HTAB *table = hash_create("test", 16, &control, HASH_ELEM | HASH_BLOBS);
    bool found, right = true;
    for (uint32 i = 0; i < 50000; i++)
        ((Entry *) hash_search(table, &i, HASH_ENTER, &found))->value = (int) i * 2;
    for (uint32 i = 0; i < 50000; i++)
    {
        Entry *entry = hash_search(table, &i, HASH_FIND, NULL);
        right &= entry != NULL && entry->value == (int) i * 2;
    }
    tap_ok(right && hash_get_num_entries(table) == 50000, "a table grows and finds all");

    HASH_SEQ_STATUS status;
    Entry *entry;
    long seen = 0;
    hash_seq_init(&status, table);
    while ((entry = hash_seq_search(&status)) != NULL)
    {
        uint32 key = entry->key;
        seen++;
        if (key % 2)
            hash_search(table, &key, HASH_REMOVE, &found);
    }
    tap_ok(seen == 50000 && hash_get_num_entries(table) == 25000,
           "a walk sees all entries while they are removed");
    uint32 key = 4, new_key = 1000001, taken = 6;
    entry = hash_search(table, &key, HASH_FIND, NULL);
    tap_ok(hash_update_hash_key(table, entry, &new_key) &&
               hash_search(table, &new_key, HASH_FIND, NULL) == entry &&
               hash_search(table, &key, HASH_FIND, NULL) == NULL &&
               !hash_update_hash_key(table, entry, &taken),
           "an entry changes its key");
    hash_destroy(table);

    HASHCTL strings = {.keysize = 16, .entrysize = 24};
    table = hash_create("strings", 16, &strings, HASH_ELEM | HASH_STRINGS);
    hash_search(table, "a name longer than sixteen", HASH_ENTER, &found);
    tap_ok(!found && hash_search(table, "a name longer t", HASH_FIND, &found) != NULL && found,
           "string keys are cut to their size");
    hash_destroy(table);

    bool sound = true;
    for (int n = 1; n < 40; n++)
    {
        long entries = 0;
        table = hash_create("failing", 16, &control, HASH_ELEM | HASH_BLOBS);
        memory_fail_at(n);
        for (uint32 i = 0; i < 3000; i++)
            entries += hash_search(table, &i, HASH_ENTER_NULL, &found) != NULL;
        memory_fail_at(0);
        sound &= entries == hash_get_num_entries(table) && entries >= 2999;
        for (uint32 i = 0; i < 3000; i++)
            entries -= hash_search(table, &i, HASH_REMOVE, &found) != NULL;
        sound &= entries == 0;
        hash_destroy(table);
    }
    tap_ok(sound, "a table survives any failing request");
}

static char *shared_space;
static Size shared_used, shared_size;

static void *
shared_alloc(Size size)
{
    shared_used = CACHELINEALIGN(shared_used);
    if (shared_used + size > shared_size)
        return NULL;
    shared_used += size;
    return shared_space + shared_used - size;
}

static void
test_shared_hash_table(void)
{
    HASHCTL control = {.keysize = sizeof(uint32), .entrysize = sizeof(Entry),
                       .num_partitions = 16, .alloc = shared_alloc};
    bool found, right = true;
    shared_size = hash_estimate_size(1000, sizeof(Entry));
    shared_space = palloc_aligned(shared_size, PG_CACHE_LINE_SIZE, MCXT_ALLOC_ZERO);
    shared_used = hash_shared_header_size();
    control.hctl = (HASHHDR *) shared_space;
    int flags = HASH_ELEM | HASH_BLOBS | HASH_SHARED_MEM | HASH_ALLOC | HASH_PARTITION;
    HTAB *table = hash_create("shared", 1000, &control, flags);
    HTAB *attached = hash_create("shared", 1000, &control, flags | HASH_ATTACH);
    for (uint32 i = 0; i < 1000; i++)
        right &= hash_search(table, &i, HASH_ENTER_NULL, &found) != NULL && !found;
    tap_ok(right && shared_used <= shared_size, "a shared table fits its estimate");
    uint32 extra = 5000, old = 17;
    tap_ok(hash_search(attached, &extra, HASH_ENTER_NULL, &found) == NULL &&
               THROWS(hash_search(attached, &extra, HASH_ENTER, &found)),
           "and takes no more");
    tap_ok(hash_search(attached, &old, HASH_REMOVE, &found) != NULL &&
               hash_search(table, &extra, HASH_ENTER, &found) != NULL &&
               hash_get_num_entries(table) == 1000,
           "a freed entry serves any partition");
    pfree(shared_space);
}

typedef struct Slot
{
    char status;
    uint32 key;
    int value;
} Slot;
#define SLOT_HASH(key) ((key) / 4) /* bad on purpose: long runs */
#define SLOT_EQUAL(a, b) ((a) == (b))
HASHTABLE_DEFINE(slot, Slot, uint32, key, SLOT_HASH, SLOT_EQUAL);

static void
test_open_addressing(void)
{
    slot_hash *table = slot_create(TopMemoryContext, 4);
    bool present[1000] = {false}, found, right = true;
    for (int i = 0; i < 100000; i++)
    {
        uint32 key = (uint32) pg_prng_uint64_range(&pg_global_prng_state, 0, 999);
        if (pg_prng_bool(&pg_global_prng_state))
        {
            slot_insert(table, key, &found)->value = (int) key;
            right &= found == present[key];
            present[key] = true;
        }
        else
        {
            right &= slot_delete(table, key) == present[key];
            present[key] = false;
        }
    }
    uint32 count = 0, position = 0, walked = 0;
    for (uint32 key = 0; key < 1000; key++)
    {
        Slot *slot = slot_lookup(table, key);
        right &= (slot != NULL) == present[key] && (slot == NULL || slot->value == (int) key);
        count += present[key];
    }
    while (slot_next(table, &position) != NULL)
        walked++;
    tap_ok(right && table->member_count == count && walked == count,
           "the open-addressing table agrees with an array");
    slot_destroy(table);
}

int
main(void)
{
    random_init();
    MemoryContextInit();
    memory_oom_hook = on_oom;
    memory_bad_size_hook = on_bad_size;
    memory_error_hook = on_error;
    for (MemoryContextKind kind = MEMORY_KIND_ALLOCSET; kind <= MEMORY_KIND_BUMP; kind++)
    {
        test_kind(kind);
        test_failing_requests(kind);
    }
    test_tree();
    test_chunks();
    test_generation_stream();
    test_strings();
    test_int_lists();
    test_sets();
    test_hash_table();
    test_shared_hash_table();
    test_open_addressing();
    MemoryContextCheck(TopMemoryContext);
    return tap_done();
}
