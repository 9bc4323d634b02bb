/*
 * executor_int.h - what the executor's files share: states of plan nodes and of expressions
 *
 * Invariants
 *   X1. A node is asked for rows through exec_next() only. It returns at most `rows_max` rows and
 *       evaluates nothing for rows it would not return (volatile functions, errors).
 *   X2. `changed` of a node is a subset of `all_params`; a node with a non-empty `changed` is
 *       rescanned at the next exec_next().
 *   X3. Slot `rewind_slot` is in every node's all_params: setting it restarts the whole tree.
 *   X4. A node's batch_context is reset when the node is asked for its next batch.
 */
#ifndef EXECUTOR_EXECUTOR_INT_H
#define EXECUTOR_EXECUTOR_INT_H

#include "base/base.h"
#include "base/fmgr.h"
#include "base/varlena.h"
#include "error/errcodes.h"
#include "error/error.h"
#include "error/interrupt.h"
#include "executor/batch.h"
#include "executor/dest.h"
#include "executor/executor.h"
#include "executor/instrument.h"
#include "heap/relation.h"
#include "memory/bitmapset.h"
#include "memory/list.h"
#include "memory/memory.h"
#include "parser/query.h"
#include "planner/plan.h"
#include "rows_int.h"

#define PARAM_WORDS_MAX 16
#define PARAM_SLOTS_MAX (PARAM_WORDS_MAX * 64 - 1)

typedef struct SubPlanState SubPlanState;
typedef struct EpqState EpqState;
typedef struct PlanNodeOps PlanNodeOps;

/* One PARAM_EXEC slot. */
typedef struct ParamExec {
    Datum value;
    bool isnull;
    SubPlanState *pending; /* an initplan that must run before the slot is read */
} ParamExec;

struct EState {
    MemoryContext context;
    QueryDesc *qd;
    PlannedStmt *plannedstmt;
    const char *sourceText;
    Snapshot snapshot;
    ParamListInfo params;
    CommandId output_cid;
    int eflags;
    int instrument_options;
    int batch_rows; /* debug_batch_rows when started */
    uint64 processed;

    int rte_count;
    RangeTblEntry **rtes;    /* by range table index - 1 */
    Relation *relations;     /* opened so far, by range table index - 1 */
    TupleDesc *relation_descs; /* their shapes when first opened */

    int param_count;
    int param_words;
    int rewind_slot;
    ParamExec *param_exec;

    int subplan_count;
    PlanState **subplan_states; /* by plan_id - 1 */
    List *modify_nodes;         /* ModifyTable states below the top, to be run to their end */
    struct CteShared **ctes;    /* by plan_id - 1 */
    struct WorkTable **work_tables; /* by param slot */

    struct Projection *junk_filter; /* drops junk columns of the top node; NULL: none */
    EpqState *epq; /* this state re-checks replaced rows; else NULL */
};

struct PlanNodeOps {
    const char *name;
    Batch *(*next)(PlanState *ps, int rows_max);
    void (*rescan)(PlanState *ps);
    void (*suspend)(PlanState *ps); /* gives back pins, files, scans; may be NULL */
    bool (*detail)(PlanState *ps, ExecutorDetailKind kind, int64 *ret_number,
                   const char **ret_text); /* may be NULL */
};

struct PlanState {
    NodeTag type; /* T_PlanState */
    const Plan *plan;
    EState *estate;
    const PlanNodeOps *ops;
    PlanState *left;
    PlanState *right;
    PlanState **children; /* Append and the like, SubqueryScan */
    int child_count;
    List *init_plans; /* SubPlanState */
    List *sub_plans;  /* SubPlanState in this node's expressions */
    TupleDesc desc;   /* of the node's rows, junk included */
    uint64 *all_params;
    uint64 *changed;
    bool any_changed;
    Instrumentation *instrument;
    MemoryContext batch_context; /* X4 */
    ExprProgram *qual;           /* NULL: none */
    struct Projection *projection; /* NULL: rows go out as they are */
};

/* ---- node life (node.c) ---- */
extern PlanState *exec_init_node(const Plan *plan, EState *estate, int eflags);
extern Batch *exec_next_slow(PlanState *ps, int rows_max);
extern void exec_rescan(PlanState *ps);
extern void exec_suspend_node(PlanState *ps);
extern void exec_mark_changed(PlanState *ps, const uint64 *slots);
extern void exec_mark_slot(PlanState *ps, int slot);
extern void exec_note_param(PlanState *ps, int slot);
extern void exec_finish_init(PlanState *ps);
extern PlanState *exec_add_child(PlanState *ps, const Plan *plan, int eflags);
/* The shared beginning of every init function. */
extern PlanState *exec_make_node(Size size, const Plan *plan, EState *estate,
                                 const PlanNodeOps *ops);
/* Compiles target list and qual over the left child's (or scan's) rows. */
extern void exec_init_projection(PlanState *ps, TupleDesc input);
extern Batch *exec_project(PlanState *ps, Batch *input);
/* Narrows by ps->qual; false where nothing is left. */
extern bool exec_filter(PlanState *ps, Batch *input);
extern int exec_rows_max(EState *estate, int rows_max);

static inline Batch *
exec_next(PlanState *ps, int rows_max)
{
    if (unlikely(ps->any_changed || ps->instrument != NULL))
        return exec_next_slow(ps, rows_max);
    return ps->ops->next(ps, rows_max);
}

/* Reports rows removed by filters to EXPLAIN ANALYZE. */
static inline void
exec_count_filtered(PlanState *ps, int count)
{
    if (ps->instrument != NULL)
        ps->instrument->nfiltered1 += count;
}

/* ---- relations of the range table (estate.c) ---- */
extern Relation exec_relation(EState *estate, Index rti);
extern RangeTblEntry *exec_rte(EState *estate, Index rti);
extern EState *exec_create_estate(QueryDesc *qd);
extern void exec_init_subplans(EState *estate);
extern void exec_close_relations(EState *estate);
/* Opens again what was open when the statement was suspended; false where a shape changed. */
extern bool exec_reopen_relations(EState *estate);

/* ---- expression programs (expr_*.c) ---- */

#define EXPR_INPUTS 3
#define EXPR_INPUT_OUTER 0 /* also: the scan's row */
#define EXPR_INPUT_INNER 1
#define EXPR_INPUT_EXTRA 2 /* aggregates' and window functions' results */

typedef struct ExprReg {
    Datum *values;
    bool *nulls;
    int mask;   /* -1: one entry per row; 0: one entry for all */
    bool owned; /* has storage of the program's capacity */
} ExprReg;

typedef struct ExprStep ExprStep;
typedef void (*ExprKernel)(ExprProgram *p, const ExprStep *step);

struct ExprStep {
    ExprKernel run;
    int result;
    int a;
    int b;
    int jump;
    int buf;  /* selection buffers */
    int buf2;
    int slot; /* saved selection */
    int number;
    void *data;
};

typedef struct SavedSel {
    const uint16 *sel;
    int n;
} SavedSel;

struct ExprProgram {
    MemoryContext context;      /* of the program itself */
    MemoryContext eval_context; /* of values computed; NULL: the caller's current one */
    EState *estate;    /* NULL for a lone expression */
    PlanState *parent; /* NULL for a lone expression */
    ParamListInfo *params;
    ExprStep *steps;
    int step_count;
    int step_size;
    ExprReg *regs;
    int reg_count;
    int reg_size;
    int capacity; /* rows that owned registers and buffers have room for */
    uint16 **bufs;
    int buf_count;
    SavedSel *slots;
    int slot_count;
    int *outputs; /* registers of the results */
    int output_count;

    /* of the run in progress */
    Batch *inputs[EXPR_INPUTS];
    const uint16 *sel;
    int n;
    int row_count;
    int pc;
};

/* What compiling needs to know. */
typedef struct ExprCompiler {
    ExprProgram *program;
    PlanState *parent;
    EState *estate;
    Index scan_rti;  /* ModifyTable: Vars of this rti are input 0, all others input 1; 0: off */
    /* Aggref, WindowFunc, GroupingFunc: their column in EXPR_INPUT_EXTRA */
    int (*special)(void *arg, Expr *expr);
    void *special_arg;
    int case_reg;   /* register of CaseTestExpr, -1 none */
    int domain_reg;
    int depth;
} ExprCompiler;

extern ExprProgram *expr_compile_list(PlanState *parent, EState *estate, List *exprs);
extern ExprProgram *expr_compile_with(ExprCompiler *compiler, List *exprs);
extern ExprProgram *expr_compile_qual(PlanState *parent, EState *estate, List *clauses);
extern ExprProgram *expr_compile_qual_with(ExprCompiler *compiler, List *clauses);
extern int expr_compile_into(ExprCompiler *compiler, Expr *expr);
extern ExprProgram *expr_program_create(ExprCompiler *compiler);

/* Runs over the selected rows of input 0 (or, without any input, over `row_count` rows). */
extern void expr_run(ExprProgram *p, Batch *outer, Batch *inner, Batch *extra);
/* Runs and narrows input 0 to the rows for which all clauses are true; the count left. */
extern int expr_filter(ExprProgram *p, Batch *outer, Batch *inner, Batch *extra);
/* Runs for one row without inputs; the first output. */
extern Datum expr_run_scalar(ExprProgram *p, bool *ret_isnull);

static inline Datum
expr_output(const ExprProgram *p, int output, int row, bool *ret_isnull)
{
    const ExprReg *reg = &p->regs[p->outputs[output]];

    *ret_isnull = reg->nulls[row & reg->mask];
    return reg->values[row & reg->mask];
}

/* The vector kernel for a built-in function, or NULL. */
extern ExprKernel expr_find_kernel(Oid funcid, Oid collation);

/* Helpers of compiling, shared by the expr files. */
extern int expr_new_reg(ExprProgram *p);
extern int expr_const_reg(ExprProgram *p, Datum value, bool isnull);
extern int expr_new_buf(ExprProgram *p);
extern int expr_new_slot(ExprProgram *p);
extern ExprStep *expr_emit(ExprProgram *p, ExprKernel run);
extern int expr_compile_subplan(ExprCompiler *c, SubPlan *subplan);
extern int expr_compile_array(ExprCompiler *c, Expr *expr);
extern int expr_compile_row(ExprCompiler *c, Expr *expr);
extern int expr_compile_function(ExprCompiler *c, Oid funcid, List *args, Oid collation,
                                 Expr *expr);

extern int expr_compile_and_or(ExprCompiler *c, BoolExpr *expr);
extern int expr_compile_case(ExprCompiler *c, CaseExpr *expr);
extern int expr_compile_coalesce(ExprCompiler *c, CoalesceExpr *expr);
extern int expr_compile_minmax(ExprCompiler *c, MinMaxExpr *expr);
/* One argument, one kernel; `number` goes to the step. */
extern int expr_compile_unary(ExprCompiler *c, Expr *arg, ExprKernel kernel, int number);
/* IS DISTINCT FROM and NULLIF, by their kernels. */
extern int expr_compile_distinct(ExprCompiler *c, OpExpr *expr, ExprKernel kernel);
extern void expr_step_not(ExprProgram *p, const ExprStep *step);
extern void expr_step_null_test(ExprProgram *p, const ExprStep *step);
extern void expr_step_boolean_test(ExprProgram *p, const ExprStep *step);
extern void expr_step_distinct(ExprProgram *p, const ExprStep *step);
extern void expr_step_nullif(ExprProgram *p, const ExprStep *step);
/* Decodes the columns that `test` reads from the inputs of the run in progress of `p`. */
extern void expr_decode_vars(ExprProgram *test, ExprProgram *p);
/* Columns read from input `from` are read from input `to` instead. */
extern void expr_move_inputs(ExprProgram *program, int from, int to);
/* The column that a step reads from an input batch, -1: none. */
extern int expr_step_column(const ExprStep *step);
extern int expr_compile_via_io(ExprCompiler *c, CoerceViaIO *expr);
extern int expr_compile_sql_value(ExprCompiler *c, SQLValueFunction *expr);
extern int expr_compile_nextval(ExprCompiler *c, NextValueExpr *expr);

#define EXPR_FOR_ROWS(p, i)                                                                    \
    for (int k_ = 0, i = 0;                                                                    \
         k_ < (p)->n && ((i = (p)->sel != NULL ? (p)->sel[k_] : k_), true); k_++)

/* ---- projections (projection.c) ---- */
typedef struct Projection {
    ExprProgram *program; /* computed columns; NULL: all are plain columns */
    int column_count;
    int *source;          /* column of the input, or -1 - output of the program */
    uint8 *source_input;
    Batch out;
    ColumnVector *spread; /* storage of constant columns */
    Batch *inputs[EXPR_INPUTS];
} Projection;

extern Projection *projection_create(ExprCompiler *compiler, List *targetlist, TupleDesc desc);
extern Batch *projection_run(Projection *projection, Batch *outer, Batch *inner, Batch *extra);

/* ---- subplans (subplan.c) ---- */
struct SubPlanState {
    SubPlan *subplan;
    PlanState *parent;
    PlanState *planstate;
    EState *estate;
    ExprProgram *args;      /* values of parParam */
    ExprProgram *test;      /* ANY, ALL, ROWCOMPARE */
    struct SubPlanHash *hash;
    MemoryContext result_context; /* an initplan's results; reset when it runs again */
};

extern SubPlanState *subplan_init(PlanState *parent, EState *estate, SubPlan *subplan);
extern void subplan_run_init(SubPlanState *state);
extern void subplan_reset(SubPlanState *state);
extern void subplan_suspend(SubPlanState *state);

static inline ParamExec *
exec_param(EState *estate, int slot)
{
    ParamExec *param = &estate->param_exec[slot];

    if (unlikely(param->pending != NULL))
        subplan_run_init(param->pending);
    return param;
}

extern void exec_set_param(EState *estate, int slot, Datum value, bool isnull);

/* ---- node constructors ---- */
extern PlanState *exec_init_result(const Plan *plan, EState *estate, int eflags);
extern PlanState *exec_init_project_set(const Plan *plan, EState *estate, int eflags);
extern PlanState *exec_init_modify_table(const Plan *plan, EState *estate, int eflags);
extern PlanState *exec_init_append(const Plan *plan, EState *estate, int eflags);
extern PlanState *exec_init_merge_append(const Plan *plan, EState *estate, int eflags);
extern PlanState *exec_init_recursive_union(const Plan *plan, EState *estate, int eflags);
extern PlanState *exec_init_bitmap_and(const Plan *plan, EState *estate, int eflags);
extern PlanState *exec_init_bitmap_or(const Plan *plan, EState *estate, int eflags);
extern PlanState *exec_init_seq_scan(const Plan *plan, EState *estate, int eflags);
extern PlanState *exec_init_index_scan(const Plan *plan, EState *estate, int eflags);
extern PlanState *exec_init_index_only_scan(const Plan *plan, EState *estate, int eflags);
extern PlanState *exec_init_bitmap_index_scan(const Plan *plan, EState *estate, int eflags);
extern PlanState *exec_init_bitmap_heap_scan(const Plan *plan, EState *estate, int eflags);
extern PlanState *exec_init_tid_scan(const Plan *plan, EState *estate, int eflags);
extern PlanState *exec_init_subquery_scan(const Plan *plan, EState *estate, int eflags);
extern PlanState *exec_init_function_scan(const Plan *plan, EState *estate, int eflags);
extern PlanState *exec_init_values_scan(const Plan *plan, EState *estate, int eflags);
extern PlanState *exec_init_cte_scan(const Plan *plan, EState *estate, int eflags);
extern PlanState *exec_init_work_table_scan(const Plan *plan, EState *estate, int eflags);
extern PlanState *exec_init_nest_loop(const Plan *plan, EState *estate, int eflags);
extern PlanState *exec_init_merge_join(const Plan *plan, EState *estate, int eflags);
extern PlanState *exec_init_hash_join(const Plan *plan, EState *estate, int eflags);
extern PlanState *exec_init_hash(const Plan *plan, EState *estate, int eflags);
extern PlanState *exec_init_material(const Plan *plan, EState *estate, int eflags);
extern PlanState *exec_init_sort(const Plan *plan, EState *estate, int eflags);
extern PlanState *exec_init_group(const Plan *plan, EState *estate, int eflags);
extern PlanState *exec_init_agg(const Plan *plan, EState *estate, int eflags);
extern PlanState *exec_init_window_agg(const Plan *plan, EState *estate, int eflags);
extern PlanState *exec_init_unique(const Plan *plan, EState *estate, int eflags);
extern PlanState *exec_init_set_op(const Plan *plan, EState *estate, int eflags);
extern PlanState *exec_init_lock_rows(const Plan *plan, EState *estate, int eflags);
extern PlanState *exec_init_limit(const Plan *plan, EState *estate, int eflags);

/* Tells a Sort below that only `limit` rows will be read (0: all). */
extern void exec_set_bound(PlanState *ps, int64 limit);

#endif
