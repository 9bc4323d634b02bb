/*
 * executor.h - runs planned statements
 *
 * One execution:   executor_create_query_desc, executor_start, executor_run (again for more
 *                  rows), executor_finish, executor_end.
 * A kept executor: ... executor_finish, executor_suspend; later executor_rewind, executor_run,
 *                  executor_finish, executor_suspend; at last executor_end.
 *
 * Invariants
 *   E1. All of a QueryDesc's memory is in its own context, a child of the one current at
 *       creation; deleting that parent (or qd->context) forgets it without touching buffers,
 *       files or locks.
 *   E2. Between suspend and rewind it holds no buffer, lock, relation, snapshot or file.
 *   E3. After an error inside, the only allowed call is executor_forget (the transaction's abort
 *       has released what was held).
 *   E4. The plan must outlive the QueryDesc and is never written to.
 *   E5. The caller has the snapshot pushed or registered for as long as rows are drawn.
 */
#ifndef EXECUTOR_EXECUTOR_H
#define EXECUTOR_EXECUTOR_H

#include "base/base.h"
#include "base/sdir.h"
#include "executor/batch.h"
#include "executor/dest.h"
#include "executor/instrument.h"
#include "heap/relation.h"
#include "heap/tuple.h"
#include "memory/memory.h"
#include "planner/plan.h"
#include "xact/snapshot.h"

/* eflags of executor_start */
#define EXEC_FLAG_EXPLAIN_ONLY 0x0001 /* build states only: no lock beyond relations, no run */
#define EXEC_FLAG_REWIND 0x0002       /* rows may be read again from the start */
#define EXEC_FLAG_BACKWARD 0x0004
#define EXEC_FLAG_MARK 0x0008
#define EXEC_FLAG_SKIP_PERMISSIONS 0x0100 /* the caller has checked */

typedef struct EState EState;
typedef struct PlanState PlanState;

typedef struct QueryDesc {
    MemoryContext context;
    PlannedStmt *plannedstmt;
    CmdType operation;
    const char *sourceText;
    Snapshot snapshot;
    DestReceiver *dest;
    ParamListInfo params;
    int instrument_options; /* InstrumentOption bits */
    TupleDesc tupDesc;      /* of the rows sent to dest; set by executor_start */
    EState *estate;
    PlanState *planstate;
    uint64 es_processed; /* rows affected or returned by the last executor_run */
    bool at_end;         /* no more rows */
    bool finished;
    double total_s; /* with INSTRUMENT_TIMER: the time inside executor_run */
} QueryDesc;

extern QueryDesc *executor_create_query_desc(PlannedStmt *plannedstmt, const char *sourceText,
                                             Snapshot snapshot, DestReceiver *dest,
                                             ParamListInfo params, int instrument_options);

/* Checks permissions, opens and locks relations, builds the state tree. */
extern void executor_start(QueryDesc *qd, int eflags);

/* Draws up to `count` rows (0: all) and sends them to qd->dest; may be called again to go on.
 * Backward is refused: a scrollable cursor reads through a tuplestore. */
extern void executor_run(QueryDesc *qd, ScanDirection direction, uint64 count);

/* Completes what must happen even if the rows were not all drawn (modifying CTEs). */
extern void executor_finish(QueryDesc *qd);

/* Gives back everything outside the QueryDesc's memory; the state tree stays. */
extern void executor_suspend(QueryDesc *qd);

/* Takes a suspended (or finished) executor back to the start with new parameters and snapshot.
 * False where the relations have changed shape and the plan's owner must build a new one. */
extern bool executor_rewind(QueryDesc *qd, ParamListInfo params, Snapshot snapshot,
                            DestReceiver *dest);

extern void executor_end(QueryDesc *qd);

/* After an error: frees the memory only. */
extern void executor_forget(QueryDesc *qd);

/* The descriptor of the rows a plan returns, without running it: the planned statement's junk-free
 * target list, or RETURNING list; NULL where it returns nothing. In the current context. */
extern TupleDesc executor_result_desc(PlannedStmt *plannedstmt);
extern TupleDesc executor_desc_from_targetlist(List *targetlist, bool skip_junk);

/* Raises 42501 for the first range table entry that the current user may not use so. */
extern void executor_check_permissions(List *rtable);

/* Raises 25006 where the statement writes and the transaction is read-only. */
extern void executor_check_read_only(PlannedStmt *plannedstmt);

/* ---- single expressions, for defaults, COPY, DDL and the planner ---- */

typedef struct ExprProgram ExprProgram;
typedef struct ExprState ExprState;

/* Compiles an expression (planned: no SubLinks) whose Vars, if any, have any varno and read
 * column varattno of the row given to expression_eval_row. In the current context. */
extern ExprState *expression_compile(Expr *expr, ParamListInfo params);

/* Value over one row (values may be NULL where there are no Vars). The result lives in the
 * state's own memory until the next evaluation. */
extern Datum expression_eval_row(ExprState *state, const Datum *values, const bool *nulls,
                                 bool *ret_isnull);

/* Value of a constant expression, copied into the current context. */
extern Datum expression_eval_once(Expr *expr, bool *ret_isnull);

/* The planner's constant folding: a Const for an expression without Vars. Same type, typmod and
 * collation as given. */
extern Expr *executor_eval_const_expr(Expr *expr, Oid result_type, int32 typmod, Oid collation);

/* ---- constraint checks on a row about to be stored, shared with COPY ---- */

typedef struct ResultRelInfo ResultRelInfo;

/* Prepares inserting into an open, locked relation: opens indexes, compiles CHECK constraints. */
extern ResultRelInfo *executor_open_result_relation(Relation relation);
extern void executor_close_result_relation(ResultRelInfo *info);

/* NOT NULL (23502) and CHECK (23514) for one row. */
extern void executor_check_constraints(ResultRelInfo *info, const Datum *values,
                                       const bool *nulls);

/* Inserts rows into heap and indexes; checks have been made. Tuples are freed by the caller. */
extern void executor_insert_rows(ResultRelInfo *info, HeapTuple *tuples, int tuple_count,
                                 CommandId cid, int heap_options);

/* Inserts the entries of one stored row into all indexes. */
extern void executor_insert_index_entries(ResultRelInfo *info, HeapTuple tuple,
                                          const Datum *values, const bool *nulls);

/* ---- for EXPLAIN ---- */

extern PlanState *executor_planstate_left(PlanState *ps);
extern PlanState *executor_planstate_right(PlanState *ps);

/* The state of a plan node by its plan_node_id, or NULL. */
extern PlanState *executor_find_planstate(QueryDesc *qd, int plan_node_id);
extern Instrumentation *executor_instrumentation(PlanState *ps);

typedef enum ExecutorDetailKind {
    DETAIL_SORT_METHOD,  /* text */
    DETAIL_SORT_SPACE_KB,
    DETAIL_SORT_SPACE_TYPE, /* text: "Memory" or "Disk" */
    DETAIL_HASH_BUCKETS,
    DETAIL_HASH_BATCHES,
    DETAIL_HASH_BATCHES_ORIGINAL,
    DETAIL_HASH_SPACE_KB,
    DETAIL_AGG_BATCHES,
    DETAIL_AGG_SPACE_KB,
    DETAIL_AGG_DISK_KB,
    DETAIL_HEAP_FETCHES,
    DETAIL_EXACT_PAGES,
    DETAIL_LOSSY_PAGES
} ExecutorDetailKind;

/* One figure of a node that has run; false where the node has none such. */
extern bool executor_detail(PlanState *ps, ExecutorDetailKind kind, int64 *ret_number,
                            const char **ret_text);

/* Sets the planner's and the types' hooks; once at start. */
extern void executor_register(void);

#endif
