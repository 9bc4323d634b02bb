/*
 * worktable_int.h - the rows of a recursive query's last round
 */
#ifndef EXECUTOR_WORKTABLE_INT_H
#define EXECUTOR_WORKTABLE_INT_H

#include "executor/tuplestore.h"
#include "heap/tupdesc.h"

typedef struct WorkTable {
    TupleDesc desc;
    Tuplestorestate *store; /* read by the recursive term; owned by the RecursiveUnion */
} WorkTable;

#endif
