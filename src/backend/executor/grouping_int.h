/*
 * grouping_int.h - a hash table of distinct rows
 *
 * Groups are numbered from 0 in the order in which they came. A group keeps the key columns, and
 * others on demand, of its first row.
 */
#ifndef EXECUTOR_GROUPING_INT_H
#define EXECUTOR_GROUPING_INT_H

#include "executor_int.h"
#include "sortkey_int.h"

#define GROUP_NONE UINT32_MAX

typedef struct GroupTable {
    MemoryContext context; /* of all below but the keys */
    EqualKey *keys;
    int key_count;
    int stored_count;  /* columns kept: keys first */
    int *stored;       /* their column numbers in the input, from 0 */
    TupleDesc desc;    /* of the stored columns */
    RowLayout *layout;
    RowArena arena;
    StoredRow **rows;  /* by group */
    uint32 group_count;
    uint32 group_size;
    uint32 *slots;     /* group + 1, 0: free */
    uint32 slot_mask;
    uint32 *hashes;    /* of the batch at hand, by physical row */
    int hash_size;
    Datum *scratch_values;
    bool *scratch_nulls;
    uint16 kept[BATCH_ROWS_MAX]; /* selection of keep_new */
} GroupTable;

extern GroupTable *group_table_create(MemoryContext parent, TupleDesc input, int key_count,
                                      const AttrNumber *columns, const Oid *operators,
                                      const Oid *collations);
/* Keeps these input columns (numbers from 0) too; before the first row. */
extern void group_table_keep_columns(GroupTable *table, TupleDesc input, const bool *columns);
extern void group_table_reset(GroupTable *table);

/* Group of each selected row to groups[physical row]; GROUP_NONE where it is new and `add` is
 * false. Returns the number of rows without a group. */
extern int group_table_lookup(GroupTable *table, Batch *batch, bool add, uint32 *groups);

/* Narrows the batch to rows not seen before, each once, and remembers them. */
extern int group_table_keep_new(GroupTable *table, Batch *batch);

extern Size group_table_bytes(const GroupTable *table);

/* Puts the stored columns of groups first .. first+count-1 at their places in a batch. */
extern void group_table_emit(GroupTable *table, uint32 first, int count, Batch *batch);

#endif
