/*
 * srf_int.h - calls of functions that return sets
 */
#ifndef EXECUTOR_SRF_INT_H
#define EXECUTOR_SRF_INT_H

#include "executor/tuplestore.h"
#include "executor_int.h"

typedef struct SetCall SetCall;

/* `expr` is the call; `column_count` > 0: composite results are spread over so many columns. */
extern SetCall *set_call_create(Expr *expr, EState *estate, int column_count);
extern List *set_call_args(SetCall *call);
/* Begins a set with these arguments, which must stay until it ends. */
extern void set_call_start(SetCall *call, const Datum *args, const bool *nulls);
/* Up to `rows_max` next rows into values[column][first + i]; fewer only at the end. */
extern int set_call_fill(SetCall *call, int rows_max, ColumnVector *columns, int first);
extern bool set_call_done(const SetCall *call);
extern void set_call_reset(SetCall *call);
extern bool expr_is_set_call(Node *expr);

#endif
