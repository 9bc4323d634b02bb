/*
 * scan_int.h - the state of an index scan
 */
#ifndef BTREE_SCAN_INT_H
#define BTREE_SCAN_INT_H

#include "btree_int.h"

typedef struct BtreeArray {
    const ScanKeyData *sk;
    int column;
    int count, at;
    Datum *values;
    BtreeColumn compare; /* of two elements */
} BtreeArray;

typedef struct BtreeBatch {
    Buffer pinned;           /* InvalidBuffer: let go */
    BlockNumber block, next, prev;
    XLogRecPtr lsn;
    bool more_left, more_right;
    int count;
    int killed_count;
    Size tuple_bytes;
    ItemPointerData tids[BTREE_MAX_ITEMS];
    OffsetNumber offsets[BTREE_MAX_ITEMS];
    uint16 tuple_at[BTREE_MAX_ITEMS]; /* in tuple_space */
    uint16 killed[BTREE_MAX_ITEMS];
} BtreeBatch;

typedef struct BtreeMark {
    bool valid, started;
    int at;
    ScanDirection ended;
    int array_at[INDEX_MAX_KEYS];
    char *tuple_space;
    BtreeBatch batch;
} BtreeMark;

typedef struct BtreeScan {
    IndexScanDescData desc;
    Relation index;
    BtreeInfo *info;
    bool *in_range;      /* by key: the range says it */
    int key_space;
    bool has_filter;
    bool no_match;
    bool started;
    bool keep_pin;
    ScanDirection ended; /* the end that was run over; NoMovement: none */
    ScanDirection page_direction;
    int at;
    int array_count;
    BtreeArray arrays[INDEX_MAX_KEYS];
    MemoryContext context;
    char *tuple_space;
    BtreeMark *mark;
    BtreeKey low, high;
    BtreeBatch batch;
    ItemPointerData reversed[BTREE_MAX_ITEMS];
} BtreeScan;

/* key's column - value, in index order; value is not null. */
extern int btree__compare_key_value(BtreeInfo *info, const BtreeKey *key, int column, Datum value);
/* The first or last leaf, share-locked. */
extern Buffer btree__descend_edge(Relation index, bool last);

#endif
