/*
 * sort.c - sorts index tuples for a build, in memory or by merging runs from temporary files
 *
 * The first column becomes a 64-bit prefix that orders as it does, so that most comparisons touch no
 * tuple. Input that is in order already, as of a serial column, is seen so and not sorted.
 */
#include "btree_int.h"
#include "file/buffile.h"
#include "sort_int.h"

#define ARENA_BLOCK_BYTES ((Size)1 << 20)
#define RUNS_MAX 1000

typedef struct SortItem {
    int64 prefix;
    SortTuple *tuple;
} SortItem;

typedef struct SortRun {
    BufFile *file;
    SortTuple *current; /* palloc'd; NULL at the end */
    Size space;
    int64 prefix;
} SortRun;

struct BtreeSort {
    Relation index;
    BtreeInfo *info;
    Size memory_max, memory_used;
    MemoryContext arena;   /* tuples; reset after each run is written */
    char *block, *block_end;
    SortItem *items;
    int64 count, space;
    int run_count;
    SortRun *runs;
    int *heap;             /* of run numbers, the smallest first */
    int heap_count;
    int64 next;
};

BtreeSort *
btree__sort_begin(Relation index, Size memory_max)
{
    BtreeSort *sort = palloc0(sizeof(*sort));

    sort->index = index;
    sort->info = btree__info(index);
    sort->memory_max = memory_max;
    sort->arena = AllocSetContextCreate(CurrentMemoryContext, "btree sort",
                                        ALLOCSET_DEFAULT_SIZES); /* reset after each run */
    sort->space = 1024;
    sort->items = palloc(sort->space * sizeof(SortItem));
    return sort;
}

static int64
prefix_of(BtreeSort *sort, const void *itup)
{
    BtreeColumn *column = &sort->info->columns[0];
    bool isnull;
    Datum value = index_getattr(itup, 1, RelationGetDescr(sort->index), &isnull);
    int64 prefix = 0;

    if (isnull)
        return column->nulls_first ? INT64_MIN : INT64_MAX;
    if (btree_kind_is_number(column->kind)) {
        prefix = btree__number(column->kind, value);
    } else if (column->kind == BTREE_KIND_BYTES || column->kind == BTREE_KIND_NAME) {
        const char *bytes = DatumGetPointer(value);
        Size length = NAMEDATALEN;
        uint64 word = 0;

        struct varlena *plain = NULL;

        if (column->kind == BTREE_KIND_BYTES) {
            plain = pg_detoast_datum_packed((struct varlena *)DatumGetPointer(value));
            length = VARSIZE_ANY_EXHDR(plain);
            bytes = VARDATA_ANY(plain);
        } else {
            length = strnlen(bytes, NAMEDATALEN);
        }
        memcpy(&word, bytes, Min(length, sizeof(word)));
        prefix = (int64)(__builtin_bswap64(word) ^ (UINT64CONST(1) << 63));
        if (plain != NULL && (Pointer)plain != DatumGetPointer(value))
            pfree(plain);
    } else {
        return 0;
    }
    return column->desc ? ~prefix : prefix;
}

/* A prefix that says nothing must be the same for all. */
static bool
prefix_is_useful(BtreeSort *sort)
{
    BtreeKind kind = sort->info->columns[0].kind;

    return btree_kind_is_number(kind) || kind == BTREE_KIND_NAME || kind == BTREE_KIND_BYTES;
}

static inline int
compare_items(BtreeSort *sort, const SortItem *a, const SortItem *b)
{
    if (a->prefix != b->prefix)
        return a->prefix < b->prefix ? -1 : 1;
    return btree__compare_tuples(sort->index, &a->tuple->itup, &b->tuple->itup, true);
}

static void
swap_items(SortItem *a, SortItem *b)
{
    SortItem t = *a;
    *a = *b;
    *b = t;
}

static void
insertion_sort(BtreeSort *sort, SortItem *items, int64 count)
{
    for (int64 i = 1; i < count; i++) {
        SortItem item = items[i];
        int64 j = i;
        while (j > 0 && compare_items(sort, &item, &items[j - 1]) < 0) {
            items[j] = items[j - 1];
            j--;
        }
        items[j] = item;
    }
}

static void
sift_down(BtreeSort *sort, SortItem *items, int64 at, int64 count)
{
    for (;;) {
        int64 child = 2 * at + 1;
        if (child >= count)
            return;
        if (child + 1 < count && compare_items(sort, &items[child], &items[child + 1]) < 0)
            child++;
        if (compare_items(sort, &items[at], &items[child]) >= 0)
            return;
        swap_items(&items[at], &items[child]);
        at = child;
    }
}

static void
heap_sort(BtreeSort *sort, SortItem *items, int64 count)
{
    for (int64 i = count / 2; i-- > 0;)
        sift_down(sort, items, i, count);
    for (int64 i = count; i-- > 1;) {
        swap_items(&items[0], &items[i]);
        sift_down(sort, items, 0, i);
    }
}

/* Quicksort by the median of three; heap sort where it goes too deep. */
static void
quick_sort(BtreeSort *sort, SortItem *items, int64 count, int depth)
{
    while (count > 16) {
        SortItem pivot;
        int64 i = 0, j = count - 1, middle = count / 2;

        CHECK_FOR_INTERRUPTS();
        if (depth-- == 0) {
            heap_sort(sort, items, count);
            return;
        }
        if (compare_items(sort, &items[middle], &items[0]) < 0)
            swap_items(&items[middle], &items[0]);
        if (compare_items(sort, &items[j], &items[0]) < 0)
            swap_items(&items[j], &items[0]);
        if (compare_items(sort, &items[j], &items[middle]) < 0)
            swap_items(&items[j], &items[middle]);
        pivot = items[middle];
        while (i <= j) {
            while (compare_items(sort, &items[i], &pivot) < 0)
                i++;
            while (compare_items(sort, &items[j], &pivot) > 0)
                j--;
            if (i <= j)
                swap_items(&items[i++], &items[j--]);
        }
        if (j + 1 < count - i) {
            quick_sort(sort, items, j + 1, depth);
            items += i;
            count -= i;
        } else {
            quick_sort(sort, items + i, count - i, depth);
            count = j + 1;
        }
    }
    insertion_sort(sort, items, count);
}

static void
sort_items(BtreeSort *sort)
{
    bool in_order = true;
    int depth = 2;

    for (int64 i = 1; i < sort->count && in_order; i++)
        in_order = compare_items(sort, &sort->items[i - 1], &sort->items[i]) <= 0;
    if (in_order)
        return;
    for (int64 n = sort->count; n > 0; n >>= 1)
        depth += 2;
    quick_sort(sort, sort->items, sort->count, depth);
}

/* --- runs --- */

static Size
tuple_bytes(const SortTuple *tuple)
{
    return offsetof(SortTuple, itup) + IndexTupleSize(&tuple->itup);
}

static void
write_run(BtreeSort *sort)
{
    BufFile *file = buffile_create();

    sort_items(sort);
    if (sort->runs == NULL)
        sort->runs = palloc0(RUNS_MAX * sizeof(SortRun));
    if (sort->run_count >= RUNS_MAX)
        ereport(ERROR, (errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
                        errmsg("too many runs in an index build"),
                        errhint("Increase maintenance_work_mem.")));
    for (int64 i = 0; i < sort->count; i++) {
        uint32 size = (uint32)tuple_bytes(sort->items[i].tuple);
        buffile_write(file, &size, sizeof(size));
        buffile_write(file, sort->items[i].tuple, size);
    }
    sort->runs[sort->run_count++].file = file;
    sort->count = 0;
    sort->memory_used = 0;
    sort->block = sort->block_end = NULL;
    MemoryContextReset(sort->arena);
}

static char *
arena_take(BtreeSort *sort, Size size)
{
    char *at;

    size = MAXALIGN(size);
    if ((Size)(sort->block_end - sort->block) < size) {
        Size bytes = sort->count < 1000 ? (Size)64 * 1024 : ARENA_BLOCK_BYTES;
        sort->block = MemoryContextAlloc(sort->arena, bytes);
        sort->block_end = sort->block + bytes;
        sort->memory_used += bytes;
    }
    at = sort->block;
    sort->block += size;
    return at;
}

void
btree__sort_put(BtreeSort *sort, IndexTuple itup, bool alive)
{
    Size size = IndexTupleSize(itup);
    SortTuple *tuple;

    if (sort->count > 0 &&
        sort->memory_used + (Size)sort->count * sizeof(SortItem) > sort->memory_max)
        write_run(sort);
    if (sort->count == sort->space) {
        sort->space *= 2;
        sort->items = repalloc_huge(sort->items, sort->space * sizeof(SortItem));
    }
    tuple = (SortTuple *)arena_take(sort, offsetof(SortTuple, itup) + size);
    tuple->alive = alive;
    memcpy(&tuple->itup, itup, size);
    sort->items[sort->count].tuple = tuple;
    sort->items[sort->count].prefix = prefix_is_useful(sort) ? prefix_of(sort, itup) : 0;
    sort->count++;
}

/* --- merging --- */

static bool
read_run(BtreeSort *sort, SortRun *run)
{
    uint32 size;

    if (!buffile_read_maybe_eof(run->file, &size, sizeof(size))) {
        run->current = NULL;
        buffile_close(run->file);
        run->file = NULL;
        return false;
    }
    if (size > run->space) {
        run->space = Max(size * 2, 256);
        run->current = run->current == NULL ? palloc(run->space)
                                            : repalloc(run->current, run->space);
    }
    buffile_read_exact(run->file, run->current, size);
    run->prefix = prefix_is_useful(sort) ? prefix_of(sort, &run->current->itup) : 0;
    return true;
}

static int
compare_runs(BtreeSort *sort, int a, int b)
{
    SortItem x = {sort->runs[a].prefix, sort->runs[a].current};
    SortItem y = {sort->runs[b].prefix, sort->runs[b].current};

    return compare_items(sort, &x, &y);
}

static void
sift_runs(BtreeSort *sort, int at)
{
    for (;;) {
        int child = 2 * at + 1, t;
        if (child >= sort->heap_count)
            return;
        if (child + 1 < sort->heap_count &&
            compare_runs(sort, sort->heap[child + 1], sort->heap[child]) < 0)
            child++;
        if (compare_runs(sort, sort->heap[at], sort->heap[child]) <= 0)
            return;
        t = sort->heap[at];
        sort->heap[at] = sort->heap[child];
        sort->heap[child] = t;
        at = child;
    }
}

void
btree__sort_perform(BtreeSort *sort)
{
    sort->next = 0;
    if (sort->run_count == 0) {
        sort_items(sort);
        return;
    }
    if (sort->count > 0)
        write_run(sort);
    sort->heap = palloc(sort->run_count * sizeof(int));
    for (int i = 0; i < sort->run_count; i++) {
        buffile_rewind(sort->runs[i].file);
        if (read_run(sort, &sort->runs[i]))
            sort->heap[sort->heap_count++] = i;
    }
    for (int i = sort->heap_count / 2; i-- > 0;)
        sift_runs(sort, i);
}

/* Valid until the next call; NULL at the end. */
SortTuple *
btree__sort_next(BtreeSort *sort)
{
    if (sort->run_count == 0)
        return sort->next < sort->count ? sort->items[sort->next++].tuple : NULL;
    if (sort->next++ > 0) { /* the run given last goes on */
        if (read_run(sort, &sort->runs[sort->heap[0]])) {
            sift_runs(sort, 0);
        } else {
            sort->heap[0] = sort->heap[--sort->heap_count];
            sift_runs(sort, 0);
        }
    }
    return sort->heap_count > 0 ? sort->runs[sort->heap[0]].current : NULL;
}

void
btree__sort_end(BtreeSort *sort)
{
    for (int i = 0; i < sort->run_count; i++)
        if (sort->runs[i].file != NULL)
            buffile_close(sort->runs[i].file);
    MemoryContextDelete(sort->arena);
    pfree(sort->items);
    pfree(sort);
}
