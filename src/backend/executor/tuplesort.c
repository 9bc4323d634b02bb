/*
 * tuplesort.c - sorts rows, in memory or by merging runs from a temporary file
 *
 * Why        Sorting an array of (64-bit key, row pointer) pairs keeps comparisons in cache. The
 *            key orders as the first sort column does; rows are looked at only where keys tie.
 *            With a limit, a heap of the best rows seen replaces the array.
 * Invariants
 *   S1. compare_items is the sort order; every other path (partitioning by null, exact keys,
 *       quick rejection) agrees with it.
 *   S2. In the file, runs lie one behind the other, each sorted by S1.
 */
#include "base/base.h"
#include "error/error.h"
#include "error/interrupt.h"
#include "executor/tuplesort.h"
#include "memory/memory.h"
#include "rows_int.h"
#include "sortkey_int.h"

#define RUN_BLOCK_BYTES_MIN ((Size) 4 * 1024)
#define RUN_BLOCK_BYTES_MAX ((Size) 256 * 1024)

typedef struct SortItem {
    uint64 key;
    StoredRow *row;
} SortItem;

/* One sorted run in the file while merging. */
typedef struct SortRun {
    int64 offset; /* of the next block to read */
    int64 end;
    RowArena arena;
    SortItem *items; /* rows of the current block */
    int item_size;
    int item_count;
    int item_next;
} SortRun;

typedef enum SortPhase { PHASE_COLLECT, PHASE_MEMORY, PHASE_MERGE } SortPhase;

struct Tuplesortstate {
    MemoryContext context;
    TupleDesc desc;
    RowLayout *layout;
    SortKey *keys;
    int key_count;
    bool exact;     /* the first key's number decides equality */
    bool has_nulls; /* a row whose first key is null came */
    int64 limit;    /* 0: none */
    bool bounded;   /* the items are a heap of the best `limit` rows, worst first */
    Size memory_max;
    SortPhase phase;

    RowArena arena;
    Size live_bytes; /* bounded: bytes of rows still in the heap */
    SortItem *items;
    int64 item_count;
    int64 item_size;
    int64 item_next; /* reading */

    BufFile *file;
    int64 *run_ends;
    int run_count;
    int run_size;
    SortRun *runs;
    int *heap; /* merging: run numbers, the smallest head first */
    int heap_count;
    RowArena out_arena;
    Size peak_bytes;

    Batch *batch;
    Datum *values;
    bool *nulls;
};

Tuplesortstate *
tuplesort_begin(TupleDesc desc, const TuplesortKey *keys, int key_count, int work_mem_kb,
                int64 limit)
{
    MemoryContext context = AllocSetContextCreate(CurrentMemoryContext, "tuplesort",
                                                  ALLOCSET_DEFAULT_SIZES);
    MemoryContext old = MemoryContextSwitchTo(context);
    Tuplesortstate *state = (Tuplesortstate *) palloc0(sizeof(Tuplesortstate));

    state->context = context;
    state->desc = desc;
    state->layout = row_layout_create(desc);
    state->keys = (SortKey *) palloc0(sizeof(SortKey) * (Size) Max(key_count, 1));
    state->key_count = key_count;
    for (int i = 0; i < key_count; i++)
        sort_key_init(&state->keys[i], keys[i].attno - 1, keys[i].sort_operator,
                      keys[i].collation, keys[i].nulls_first);
    state->exact = key_count > 0 && sort_key_is_exact(&state->keys[0]);
    state->limit = limit;
    state->memory_max = (Size) work_mem_kb * 1024;
    row_arena_init(&state->arena, context);
    row_arena_init(&state->out_arena, context);
    MemoryContextSwitchTo(old);
    return state;
}

static bool
row_column_null(Tuplesortstate *state, StoredRow *row, int column)
{
    return row_nulls(state->layout, row)[column] != 0;
}

static int
compare_rows(Tuplesortstate *state, StoredRow *a, StoredRow *b, int first)
{
    for (int i = first; i < state->key_count; i++) {
        SortKey *key = &state->keys[i];
        int order = sort_key_compare(key, a->values[key->column],
                                     row_column_null(state, a, key->column),
                                     b->values[key->column],
                                     row_column_null(state, b, key->column));

        if (order != 0)
            return order;
    }
    return 0;
}

/* S1 */
static int
compare_items(Tuplesortstate *state, const SortItem *a, const SortItem *b)
{
    if (state->has_nulls) {
        bool anull = row_column_null(state, a->row, state->keys[0].column);
        bool bnull = row_column_null(state, b->row, state->keys[0].column);

        if (anull && bnull)
            return compare_rows(state, a->row, b->row, 1);
        if (anull || bnull)
            return anull == state->keys[0].nulls_first ? -1 : 1;
    }
    if (a->key != b->key)
        return a->key < b->key ? -1 : 1;
    return compare_rows(state, a->row, b->row, state->exact ? 1 : 0);
}

static SortItem
sort_make_item(Tuplesortstate *state, StoredRow *row)
{
    SortItem item = {.key = 0, .row = row};

    if (state->key_count > 0) {
        int column = state->keys[0].column;

        if (row_column_null(state, row, column))
            state->has_nulls = true;
        else
            item.key = sort_key_abbreviate(&state->keys[0], row->values[column]);
    }
    return item;
}

/* ---- quick sort, once by number alone and once by the whole order ---- */

#define INSERTION_MAX 12

#define DEFINE_QUICK_SORT(name, LESS)                                                          \
    static void name(Tuplesortstate *state, SortItem *items, int64 count)                      \
    {                                                                                          \
        while (count > INSERTION_MAX) {                                                        \
            SortItem *middle = &items[count / 2];                                              \
            SortItem *last = &items[count - 1];                                                \
            SortItem pivot, swap;                                                              \
            int64 low = 0, high = count - 1;                                                   \
                                                                                               \
            if (LESS(middle, items)) {                                                         \
                swap = *middle, *middle = *items, *items = swap;                               \
            }                                                                                  \
            if (LESS(last, middle)) {                                                          \
                swap = *middle, *middle = *last, *last = swap;                                 \
                if (LESS(middle, items)) {                                                     \
                    swap = *middle, *middle = *items, *items = swap;                           \
                }                                                                              \
            }                                                                                  \
            pivot = *middle;                                                                   \
            for (;;) {                                                                         \
                while (LESS(&items[low], &pivot))                                              \
                    low++;                                                                     \
                while (LESS(&pivot, &items[high]))                                             \
                    high--;                                                                    \
                if (low >= high)                                                               \
                    break;                                                                     \
                swap = items[low], items[low] = items[high], items[high] = swap;               \
                low++;                                                                         \
                high--;                                                                        \
            }                                                                                  \
            if (high + 1 < count - high - 1) {                                                 \
                name(state, items, high + 1);                                                  \
                items += high + 1;                                                             \
                count -= high + 1;                                                             \
            } else {                                                                           \
                name(state, items + high + 1, count - high - 1);                               \
                count = high + 1;                                                              \
            }                                                                                  \
        }                                                                                      \
        for (int64 i = 1; i < count; i++) {                                                    \
            SortItem moved = items[i];                                                         \
            int64 at = i;                                                                      \
                                                                                               \
            while (at > 0 && LESS(&moved, &items[at - 1])) {                                   \
                items[at] = items[at - 1];                                                     \
                at--;                                                                          \
            }                                                                                  \
            items[at] = moved;                                                                 \
        }                                                                                      \
    }

#define LESS_BY_NUMBER(a, b) ((a)->key < (b)->key)
#define LESS_BY_ORDER(a, b) (compare_items(state, (a), (b)) < 0)

DEFINE_QUICK_SORT(sort_by_number, LESS_BY_NUMBER)
DEFINE_QUICK_SORT(sort_by_order, LESS_BY_ORDER)

/* Moves the rows whose first key is null to the end where they belong; returns their count. */
static int64
sort_partition_nulls(Tuplesortstate *state)
{
    int column = state->keys[0].column;
    int64 kept = 0;
    int64 null_count = 0;
    SortItem *nulls;

    for (int64 i = 0; i < state->item_count; i++)
        null_count += row_column_null(state, state->items[i].row, column);
    if (null_count == 0)
        return 0;
    nulls = MemoryContextAllocHuge(state->context, sizeof(SortItem) * (Size) null_count);
    null_count = 0;
    for (int64 i = 0; i < state->item_count; i++) {
        if (row_column_null(state, state->items[i].row, column))
            nulls[null_count++] = state->items[i];
        else
            state->items[kept++] = state->items[i];
    }
    if (state->keys[0].nulls_first) {
        memmove(state->items + null_count, state->items, sizeof(SortItem) * (Size) kept);
        memcpy(state->items, nulls, sizeof(SortItem) * (Size) null_count);
    } else
        memcpy(state->items + kept, nulls, sizeof(SortItem) * (Size) null_count);
    pfree(nulls);
    return null_count;
}

static bool
sort_is_sorted(Tuplesortstate *state)
{
    for (int64 i = 1; i < state->item_count; i++) {
        if (compare_items(state, &state->items[i - 1], &state->items[i]) > 0)
            return false;
    }
    return true;
}

static void
sort_items(Tuplesortstate *state)
{
    SortItem *items = state->items;
    int64 count = state->item_count;
    int64 null_count;

    if (state->key_count == 0 || count < 2 || sort_is_sorted(state))
        return;
    null_count = state->has_nulls ? sort_partition_nulls(state) : 0;
    if (null_count > 0) {
        SortItem *nulls = state->keys[0].nulls_first ? items : items + count - null_count;

        if (state->key_count > 1)
            sort_by_order(state, nulls, null_count);
        items = state->keys[0].nulls_first ? items + null_count : items;
        count -= null_count;
    }
    if (state->exact && state->key_count == 1)
        sort_by_number(state, items, count);
    else
        sort_by_order(state, items, count);
}

/* ---- the heap of the best rows ---- */

static void
bounded_sift_down(Tuplesortstate *state, int64 at)
{
    SortItem *items = state->items;
    SortItem moved = items[at];

    for (;;) {
        int64 child = at * 2 + 1;

        if (child >= state->item_count)
            break;
        if (child + 1 < state->item_count &&
            compare_items(state, &items[child + 1], &items[child]) > 0)
            child++;
        if (compare_items(state, &items[child], &moved) <= 0)
            break;
        items[at] = items[child];
        at = child;
    }
    items[at] = moved;
}

static void
bounded_make_heap(Tuplesortstate *state)
{
    state->bounded = true;
    for (int64 i = state->item_count / 2 - 1; i >= 0; i--)
        bounded_sift_down(state, i);
    while (state->item_count > state->limit) {
        state->items[0] = state->items[--state->item_count];
        bounded_sift_down(state, 0);
    }
    state->live_bytes = 0;
    for (int64 i = 0; i < state->item_count; i++)
        state->live_bytes += state->items[i].row->size;
}

/* Rows that fell out of the heap leave holes: copies the others to fresh memory. */
static void
bounded_compact(Tuplesortstate *state)
{
    RowArena fresh;

    row_arena_init(&fresh, state->context);
    for (int64 i = 0; i < state->item_count; i++) {
        StoredRow *row = state->items[i].row;
        StoredRow *copy = (StoredRow *) row_arena_alloc(&fresh, row->size);

        row_copy(state->layout, copy, row);
        state->items[i].row = copy;
    }
    row_arena_free(&state->arena);
    state->arena = fresh;
}

static void
bounded_put(Tuplesortstate *state, const Datum *values, const bool *nulls)
{
    SortKey *key = &state->keys[0];
    SortItem item;

    if (!state->has_nulls && !nulls[key->column] &&
        sort_key_abbreviate(key, values[key->column]) > state->items[0].key)
        return;
    item = sort_make_item(state, row_form(state->layout, &state->arena, values, nulls));
    if (compare_items(state, &item, &state->items[0]) >= 0)
        return;
    state->live_bytes += item.row->size - state->items[0].row->size;
    state->items[0] = item;
    bounded_sift_down(state, 0);
    if (state->arena.total_bytes > 2 * state->live_bytes + 256 * 1024)
        bounded_compact(state);
}

/* ---- runs ---- */

static void
sort_write_run(Tuplesortstate *state)
{
    MemoryContext old = MemoryContextSwitchTo(state->context);

    if (state->file == NULL)
        state->file = buffile_create();
    if (state->run_count >= state->run_size) {
        int size = Max(state->run_size * 2, 16);

        state->run_ends = state->run_ends == NULL
                              ? palloc(sizeof(int64) * (Size) size)
                              : repalloc(state->run_ends, sizeof(int64) * (Size) size);
        state->run_size = size;
    }
    MemoryContextSwitchTo(old);
    sort_items(state);
    for (int64 i = 0; i < state->item_count; i++)
        row_write(state->layout, state->file, state->items[i].row);
    state->run_ends[state->run_count++] = buffile_tell(state->file);
    state->item_count = 0;
    row_arena_reset(&state->arena);
}

static void
sort_put(Tuplesortstate *state, const Datum *values, const bool *nulls)
{
    Size bytes;

    Assert(state->phase == PHASE_COLLECT);
    if (state->bounded) {
        bounded_put(state, values, nulls);
        return;
    }
    if (state->item_count >= state->item_size) {
        int64 size = Max(state->item_size * 2, 64);

        state->items = state->items == NULL
                           ? MemoryContextAllocHuge(state->context,
                                                    sizeof(SortItem) * (Size) size)
                           : repalloc_huge(state->items, sizeof(SortItem) * (Size) size);
        state->item_size = size;
    }
    state->items[state->item_count++] =
        sort_make_item(state, row_form(state->layout, &state->arena, values, nulls));
    bytes = state->arena.total_bytes + sizeof(SortItem) * (Size) state->item_size;
    state->peak_bytes = Max(state->peak_bytes, bytes);
    if (state->limit > 0 && state->key_count > 0 && state->run_count == 0 &&
        state->item_count >= state->limit * 2 && state->item_count > 16)
        bounded_make_heap(state);
    else if (bytes > state->memory_max && state->item_count > 1)
        sort_write_run(state);
}

void
tuplesort_put_values(Tuplesortstate *state, const Datum *values, const bool *nulls)
{
    sort_put(state, values, nulls);
}

void
tuplesort_put_batch(Tuplesortstate *state, Batch *batch)
{
    if (state->values == NULL) {
        Size count = (Size) Max(state->desc->natts, 1);

        state->values = MemoryContextAlloc(state->context, sizeof(Datum) * count);
        state->nulls = MemoryContextAlloc(state->context, sizeof(bool) * count);
    }
    batch_decode_all(batch);
    for (int k = 0; k < batch->sel_count; k++) {
        batch_get_row(batch, batch_row(batch, k), state->values, state->nulls);
        sort_put(state, state->values, state->nulls);
    }
}

/* ---- merging ---- */

static bool
run_refill(Tuplesortstate *state, SortRun *run, Size block_bytes)
{
    int64 block_end = Min(run->end, run->offset + (int64) block_bytes);

    run->item_count = 0;
    run->item_next = 0;
    if (run->offset >= run->end)
        return false;
    row_arena_reset(&run->arena);
    buffile_seek(state->file, run->offset);
    while (run->offset < block_end) {
        StoredRow *row = row_read(state->layout, state->file, &run->arena);

        if (row == NULL)
            elog(ERROR, "unexpected end of sort's temporary file");
        if (run->item_count >= run->item_size) {
            run->item_size = Max(run->item_size * 2, 64);
            run->items = run->items == NULL
                             ? MemoryContextAlloc(state->context,
                                                  sizeof(SortItem) * (Size) run->item_size)
                             : repalloc(run->items, sizeof(SortItem) * (Size) run->item_size);
        }
        run->items[run->item_count++] = sort_make_item(state, row);
        run->offset += row->size;
    }
    return true;
}

static Size
merge_block_bytes(Tuplesortstate *state)
{
    Size bytes = state->memory_max / (Size) Max(state->run_count, 1);

    return Max(Min(bytes, RUN_BLOCK_BYTES_MAX), RUN_BLOCK_BYTES_MIN);
}

static SortItem *
run_head(Tuplesortstate *state, int number)
{
    return &state->runs[number].items[state->runs[number].item_next];
}

static void
merge_sift_down(Tuplesortstate *state, int at)
{
    int moved = state->heap[at];

    for (;;) {
        int child = at * 2 + 1;

        if (child >= state->heap_count)
            break;
        if (child + 1 < state->heap_count &&
            compare_items(state, run_head(state, state->heap[child + 1]),
                          run_head(state, state->heap[child])) < 0)
            child++;
        if (compare_items(state, run_head(state, moved),
                          run_head(state, state->heap[child])) <= 0)
            break;
        state->heap[at] = state->heap[child];
        at = child;
    }
    state->heap[at] = moved;
}

static void
merge_begin(Tuplesortstate *state)
{
    if (state->runs == NULL) {
        state->runs = MemoryContextAllocZero(state->context,
                                             sizeof(SortRun) * (Size) state->run_count);
        state->heap = MemoryContextAlloc(state->context, sizeof(int) * (Size) state->run_count);
        for (int i = 0; i < state->run_count; i++)
            row_arena_init(&state->runs[i].arena, state->context);
    }
    state->heap_count = 0;
    for (int i = 0; i < state->run_count; i++) {
        state->runs[i].offset = i == 0 ? 0 : state->run_ends[i - 1];
        state->runs[i].end = state->run_ends[i];
        if (run_refill(state, &state->runs[i], merge_block_bytes(state)))
            state->heap[state->heap_count++] = i;
    }
    for (int i = state->heap_count / 2 - 1; i >= 0; i--)
        merge_sift_down(state, i);
    state->phase = PHASE_MERGE;
}

/* Steps past the smallest row; its memory is gone afterwards. */
static void
merge_advance(Tuplesortstate *state)
{
    int number = state->heap[0];
    SortRun *run = &state->runs[number];

    if (++run->item_next >= run->item_count &&
        !run_refill(state, run, merge_block_bytes(state)))
        state->heap[0] = state->heap[--state->heap_count];
    if (state->heap_count > 0)
        merge_sift_down(state, 0);
}

void
tuplesort_perform(Tuplesortstate *state)
{
    Assert(state->phase == PHASE_COLLECT);
    CHECK_FOR_INTERRUPTS();
    if (state->run_count > 0) {
        if (state->item_count > 0)
            sort_write_run(state);
        if (state->items != NULL)
            pfree(state->items);
        state->items = NULL;
        merge_begin(state);
        return;
    }
    sort_items(state);
    state->item_next = 0;
    state->phase = PHASE_MEMORY;
}

/* The values in batch row i point into memory that merging will reuse: copies them. */
static void
batch_own_row(Tuplesortstate *state, Batch *batch, int i)
{
    if (state->layout->all_byval)
        return;
    for (int c = 0; c < batch->column_count; c++) {
        Size size;
        char *copy;

        if (state->layout->attbyval[c] || batch->columns[c].nulls[i])
            continue;
        size = datum_payload_size(batch->columns[c].values[i], state->layout->attlen[c]);
        copy = row_arena_alloc(&state->out_arena, size);
        memcpy(copy, DatumGetPointer(batch->columns[c].values[i]), size);
        batch->columns[c].values[i] = PointerGetDatum(copy);
    }
}

static int
sort_fill_batch(Tuplesortstate *state, Batch *batch, int rows_max)
{
    int count = 0;

    if (state->phase == PHASE_MEMORY) {
        while (count < rows_max && state->item_next < state->item_count)
            row_to_batch(state->layout, state->items[state->item_next++].row, batch, count++);
        return count;
    }
    row_arena_reset(&state->out_arena);
    while (count < rows_max && state->heap_count > 0) {
        row_to_batch(state->layout, run_head(state, state->heap[0])->row, batch, count);
        batch_own_row(state, batch, count);
        count++;
        merge_advance(state);
    }
    return count;
}

Batch *
tuplesort_read_batch(Tuplesortstate *state, int rows_max)
{
    Assert(state->phase != PHASE_COLLECT);
    if (state->batch == NULL) {
        MemoryContext old = MemoryContextSwitchTo(state->context);

        state->batch = batch_create(state->desc, BATCH_ROWS_MAX);
        MemoryContextSwitchTo(old);
    }
    state->batch->row_count = sort_fill_batch(state, state->batch, Min(rows_max, BATCH_ROWS_MAX));
    state->batch->sel_count = state->batch->row_count;
    state->batch->sel = NULL;
    return state->batch->row_count > 0 ? state->batch : NULL;
}

bool
tuplesort_read_row(Tuplesortstate *state, Datum **values, bool **nulls)
{
    Batch *batch = tuplesort_read_batch(state, 1);

    if (batch == NULL)
        return false;
    if (state->values == NULL) {
        Size count = (Size) Max(state->desc->natts, 1);

        state->values = MemoryContextAlloc(state->context, sizeof(Datum) * count);
        state->nulls = MemoryContextAlloc(state->context, sizeof(bool) * count);
    }
    batch_get_row(batch, 0, state->values, state->nulls);
    *values = state->values;
    *nulls = state->nulls;
    return true;
}

void
tuplesort_rescan(Tuplesortstate *state)
{
    if (state->phase == PHASE_MERGE)
        merge_begin(state);
    else
        state->item_next = 0;
}

TuplesortStats
tuplesort_stats(Tuplesortstate *state)
{
    TuplesortStats stats;

    if (state->file != NULL) {
        stats.method = TUPLESORT_EXTERNAL;
        stats.space_kb = (buffile_size(state->file) + 1023) / 1024;
    } else {
        stats.method = state->bounded ? TUPLESORT_TOP_N : TUPLESORT_QUICKSORT;
        stats.space_kb = (int64) ((state->peak_bytes + 1023) / 1024);
    }
    return stats;
}

void
tuplesort_end(Tuplesortstate *state)
{
    if (state->file != NULL)
        buffile_close(state->file);
    MemoryContextDelete(state->context);
}
