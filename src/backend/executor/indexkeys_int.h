/*
 * indexkeys_int.h - index conditions as scan keys whose arguments are computed at each rescan
 */
#ifndef EXECUTOR_INDEXKEYS_INT_H
#define EXECUTOR_INDEXKEYS_INT_H

#include "btree/btree.h"
#include "executor_int.h"

typedef struct IndexKeys {
    int count;
    ScanKeyData *keys;
    int *output;       /* of the program, -1: no argument */
    Oid *element_type; /* array keys: type of the elements */
    ExprProgram *program; /* NULL: no arguments */
    MemoryContext context; /* of the arguments; reset at each evaluation */
    bool inexact;      /* rows must be checked against the original condition */
} IndexKeys;

extern void index_keys_init(IndexKeys *keys, PlanState *ps, Relation index, List *quals);
/* Computes the arguments; false where a NULL among them means that no row can match. */
extern bool index_keys_evaluate(IndexKeys *keys);

#endif
