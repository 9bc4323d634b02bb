/*
 * sort_int.h - sorting for index builds
 */
#ifndef BTREE_SORT_INT_H
#define BTREE_SORT_INT_H

#include "btree_int.h"

typedef struct SortTuple {
    bool alive;
    char pad[7];
    IndexTupleData itup; /* and its columns */
} SortTuple;

typedef struct BtreeSort BtreeSort;

extern BtreeSort *btree__sort_begin(Relation index, Size memory_max);
extern void btree__sort_put(BtreeSort *sort, IndexTuple itup, bool alive);
extern void btree__sort_perform(BtreeSort *sort);
extern SortTuple *btree__sort_next(BtreeSort *sort);
extern void btree__sort_end(BtreeSort *sort);

#endif
