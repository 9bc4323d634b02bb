/*
 * agg_int.h - aggregate functions: transition and final steps
 *
 * Invariants
 *   A1. A TransValue belongs to one group and one distinct transition (aggtransno); aggregates
 *       that differ only in their final step share it.
 *   A2. By-reference transition values live in AggCallContext.aggcontext.
 */
#ifndef EXECUTOR_AGG_INT_H
#define EXECUTOR_AGG_INT_H

#include "base/aggcall.h"
#include "executor/tuplesort.h"
#include "executor_int.h"
#include "sortkey_int.h"

/* Transitions that need no function call. */
typedef enum TransKind {
    TRANS_GENERIC,
    TRANS_COUNT_STAR,
    TRANS_COUNT,
    TRANS_SUM_INT2,  /* also avg: sum in `wide`, rows in `count` */
    TRANS_SUM_INT4,
    TRANS_SUM_INT8,
    TRANS_SUM_FLOAT8,
    TRANS_MIN_INT2,
    TRANS_MIN_INT4,
    TRANS_MIN_INT8,
    TRANS_MAX_INT2,
    TRANS_MAX_INT4,
    TRANS_MAX_INT8
} TransKind;

typedef struct TransValue {
    union {
        __int128 wide __attribute__((packed, aligned(8))); /* memory chunks are aligned to 8 */
        Datum value;
        int64 integer;
        double real;
    };
    int64 count;           /* rows taken in */
    Tuplesortstate *sort;  /* DISTINCT, ORDER BY: rows wait here */
    bool isnull;           /* generic: the state is NULL */
    bool no_value;         /* generic: the first input becomes the state */
} TransValue;

typedef struct AggTrans {
    TransKind kind;
    Aggref *aggref;
    ExprProgram *filter;  /* FILTER clause, NULL: none */
    ExprProgram *program; /* arguments; may be shared between transitions without filter */
    bool owns_program;
    int first_output;     /* of the arguments in the program */
    int arg_count;        /* passed to the function */
    int input_count;      /* arguments and ORDER BY expressions */
    FmgrInfo flinfo;
    FunctionCallInfo call;
    int16 trans_len;
    bool trans_byval;
    Datum init_value;
    bool init_null;
    /* DISTINCT, ORDER BY */
    bool sorted;
    TupleDesc sort_desc;
    TuplesortKey *sort_keys;
    int sort_key_count;
    EqualKey *distinct_keys;
    int distinct_count;
} AggTrans;

typedef struct AggFinal {
    Aggref *aggref;
    int transno;
    bool has_final;
    FmgrInfo flinfo;
    FunctionCallInfo call;
    int arg_count;
    int16 result_len;
    bool result_byval;
} AggFinal;

typedef struct AggSet {
    PlanState *parent;
    int trans_count;
    AggTrans *trans;
    int agg_count;
    AggFinal *aggs;
    ExprProgram *args; /* arguments of all transitions without filter */
    AggCallContext call_context;
} AggSet;

/* All Aggrefs in a list of expressions, prepared. */
extern AggSet *agg_set_create(PlanState *parent, List *aggrefs);
extern List *agg_collect(List *expressions);

extern void agg_init_values(AggSet *set, TransValue *values);
/*
 * Takes in the selected rows. groups[physical row] names the row's group, whose TransValues begin
 * at values[group * trans_count]; NULL: all rows belong to group 0. GROUP_NONE rows are skipped.
 */
extern void agg_advance(AggSet *set, Batch *batch, const uint32 *groups, TransValue *values);
/* One row's arguments into one transition, without a batch. */
extern void agg_step_values(AggSet *set, int t, TransValue *value, const Datum *args,
                            const bool *nulls, int arg_count);
/* The state's type for these argument expressions: pg_aggregate's, polymorphic ones resolved. */
extern Oid agg_resolve_transtype(Oid aggregate, List *args);
/* The result of aggregate `aggno`, in the current context. */
extern Datum agg_finalize(AggSet *set, int aggno, TransValue *values, bool *ret_isnull);
/* Frees sorts that were begun and not finalized. */
extern void agg_drop_sorts(AggSet *set, TransValue *values, int64 group_count);

#endif
