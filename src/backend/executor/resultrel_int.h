/*
 * resultrel_int.h - a table that rows are put into: its indexes and constraints, prepared
 */
#ifndef EXECUTOR_RESULTREL_INT_H
#define EXECUTOR_RESULTREL_INT_H

#include "btree/btree.h"
#include "executor_int.h"
#include "heap/heap.h"

typedef struct ResultIndex {
    Oid oid;
    Relation relation;    /* NULL while suspended */
    bool unique;
    int column_count;
    AttrNumber *columns;  /* heap columns, 0: the next expression */
    int expression_count;
    ExprState **expressions;
    ExprState *predicate; /* partial index; NULL: none */
} ResultIndex;

struct ResultRelInfo {
    MemoryContext context;
    Relation relation;
    int index_count;
    ResultIndex *indexes;
    int check_count;
    ExprState **checks;
    const char **check_names;
};

extern void result_rel_suspend(ResultRelInfo *info);
extern void result_rel_resume(ResultRelInfo *info, Relation relation);
/* The index's columns for a row; false where a partial index leaves it out. */
extern bool result_rel_index_values(ResultIndex *index, const Datum *values, const bool *nulls,
                                    Datum *ret_values, bool *ret_nulls);
/* As executor_insert_index_entries; arbiters are checked without an error: false where one of them
 * may hold a duplicate. `arbiters` NIL: all unique indexes. */
extern bool result_rel_insert_arbitrated(ResultRelInfo *info, HeapTuple tuple,
                                         const Datum *values, const bool *nulls, List *arbiters);
extern bool result_rel_is_arbiter(const ResultIndex *index, List *arbiters);

#endif
