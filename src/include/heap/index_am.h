/*
 * index_am.h - what an index access method does, as a table: heap and toast call btree through it
 */
#ifndef HEAP_INDEX_AM_H
#define HEAP_INDEX_AM_H

#include "base/sdir.h"
#include "heap/relation.h"
#include "heap/scankey.h"
#include "heap/tuple.h"
#include "xact/snapshot.h"

#define BTREE_AM_OID 403

typedef enum IndexUniqueCheck {
    UNIQUE_CHECK_NO,       /* duplicates are fine */
    UNIQUE_CHECK_YES,      /* throw 23505, wait for an inserter in progress first */
    UNIQUE_CHECK_PARTIAL,  /* insert anyway, answer false if a duplicate may exist */
    UNIQUE_CHECK_EXISTING, /* is in already: check only */
} IndexUniqueCheck;

/* Result of an index build. */
typedef struct IndexBuildResult {
    double heap_tuples;
    double index_tuples;
} IndexBuildResult;

/* Forms the index columns of a heap tuple; false: a partial index leaves it out. NULL: plain columns. */
typedef bool (*IndexFormDatum)(Relation index, HeapTuple tuple, TupleDesc heap_desc, void *arg,
                               Datum *values, bool *isnull);

typedef struct IndexBulkStats {
    BlockNumber num_pages;
    BlockNumber pages_newly_deleted;
    BlockNumber pages_deleted; /* deleted, reusable or not */
    BlockNumber pages_free;    /* reusable */
    double num_index_tuples;
    double tuples_removed;
    bool estimated_count;
} IndexBulkStats;

/* Is this heap tuple among those to remove? */
typedef bool (*IndexBulkDeleteCallback)(const ItemPointerData *tid, void *arg);

typedef struct IndexScanDescData {
    Relation heapRelation;  /* may be NULL */
    Relation indexRelation;
    Snapshot xs_snapshot;   /* for the caller; the index itself asks no visibility */
    int numberOfKeys;
    ScanKey keyData;
    bool xs_want_itup;      /* fill xs_itup: index-only scan */
    bool kill_prior_tuple;  /* caller: the row last returned is dead to all */
    bool ignore_killed_tuples;
    ItemPointerData xs_heaptid;
    const void *xs_itup;    /* IndexTuple of xs_heaptid, valid until the next call */
    TupleDesc xs_itupdesc;
    bool xs_recheck;        /* keys must be checked again against the row */
    void *opaque;
} IndexScanDescData;
typedef IndexScanDescData *IndexScanDesc;

typedef struct IndexAmRoutine {
    const char *name;
    Oid oid;
    int support_count; /* support functions per column */
    bool can_order, can_unique, can_multicol, can_backward, can_include;

    void (*build_empty)(Relation index); /* metapage; logged */
    IndexBuildResult (*build)(Relation heap, Relation index, IndexFormDatum form, void *form_arg);
    bool (*insert)(Relation index, const Datum *values, const bool *isnull,
                   const ItemPointerData *tid, Relation heap, IndexUniqueCheck check,
                   bool index_unchanged);
    IndexScanDesc (*begin_scan)(Relation heap, Relation index, Snapshot snapshot, int nkeys);
    void (*rescan)(IndexScanDesc scan, ScanKey keys, int nkeys); /* copies the keys */
    bool (*next)(IndexScanDesc scan, ScanDirection direction);   /* sets xs_heaptid */
    void (*end_scan)(IndexScanDesc scan);
    IndexBulkStats *(*bulk_delete)(Relation index, IndexBulkStats *stats,
                                   IndexBulkDeleteCallback callback, void *arg);
    IndexBulkStats *(*vacuum_cleanup)(Relation index, IndexBulkStats *stats);
} IndexAmRoutine;

extern void index_am_register(const IndexAmRoutine *routine);
extern const IndexAmRoutine *index_am_lookup(Oid am); /* NULL if there is none */

#endif
