/*
 * plan.h - what the planner hands to the executor
 *
 * Why        A plan is a read-only tree: the executor builds its own state beside it and never
 *            writes into it, so one plan serves any number of executions, also concurrent ones
 *            (a portal and its re-check). Node and field names are PostgreSQL 15's.
 * Invariants
 *   P1. Each node's `targetlist` is its row: TargetEntry i (from 1) has resno i.
 *   P2. In scan nodes a Var's varno is the range table index, in IndexOnlyScan target list, qual
 *       and recheckqual INDEX_VAR (columns of `indextlist`), in all other nodes OUTER_VAR (the
 *       left child's row) or INNER_VAR (the right child's row). In index quals the key side is
 *       a Var with varno INDEX_VAR and the 1-based index column.
 *   P3. A value from outside the node comes as Param PARAM_EXEC; slot types are listed in
 *       PlannedStmt.paramExecTypes. NestLoop.nestParams, SubPlan.parParam and setParam say who
 *       sets which slot.
 *   P4. SubPlan.plan_id counts PlannedStmt.subplans from 1.
 *   P5. `extParam`/`allParam` need not be filled: the executor finds for itself which slots a
 *       subtree reads.
 *   P6. Aggref.aggno and aggtransno, WindowFunc.winref and the sort/group operator arrays are
 *       filled by the planner; the executor looks up functions only by what is named there.
 */
#ifndef PLANNER_PLAN_H
#define PLANNER_PLAN_H

#include "base/base.h"
#include "base/sdir.h"
#include "memory/nodes.h"
#include "memory/list.h"
#include "memory/bitmapset.h"
#include "parser/query.h"

#define CURSOR_OPT_BINARY 0x0001
#define CURSOR_OPT_SCROLL 0x0002
#define CURSOR_OPT_NO_SCROLL 0x0004
#define CURSOR_OPT_INSENSITIVE 0x0008
#define CURSOR_OPT_ASENSITIVE 0x0010
#define CURSOR_OPT_HOLD 0x0020
#define CURSOR_OPT_FAST_PLAN 0x0100
#define CURSOR_OPT_GENERIC_PLAN 0x0200
#define CURSOR_OPT_CUSTOM_PLAN 0x0400
#define CURSOR_OPT_PARALLEL_OK 0x0800

typedef enum AggStrategy {
    AGG_PLAIN,  /* one group: all rows */
    AGG_SORTED, /* input ordered by the grouping columns */
    AGG_HASHED, /* hash table of groups */
    AGG_MIXED   /* grouping sets, both ways */
} AggStrategy;

typedef enum SetOpCmd {
    SETOPCMD_INTERSECT,
    SETOPCMD_INTERSECT_ALL,
    SETOPCMD_EXCEPT,
    SETOPCMD_EXCEPT_ALL
} SetOpCmd;

typedef enum SetOpStrategy { SETOP_SORTED, SETOP_HASHED } SetOpStrategy;

/* One optimised statement; also wraps a utility statement in a list of statements. */
typedef struct PlannedStmt {
    NodeTag type;
    CmdType commandType;
    uint64 queryId;
    bool hasReturning;
    bool hasModifyingCTE;
    bool canSetTag;
    bool transientPlan; /* plan again once the snapshot's horizon has moved */
    bool dependsOnRole;
    bool parallelModeNeeded;
    int jitFlags;
    struct Plan *planTree;
    List *rtable;
    List *resultRelations; /* integer list of range table indexes, or NIL */
    List *appendRelations;
    List *subplans;            /* Plan trees of SubPlan expressions; may hold NULLs */
    Bitmapset *rewindPlanIDs;  /* subplans that must be able to start again cheaply */
    List *rowMarks;            /* PlanRowMark list */
    List *relationOids;        /* relations the plan depends on */
    List *invalItems;
    List *paramExecTypes; /* Oid list: type of each PARAM_EXEC slot */
    struct PgQuery__Node *utilityStmt NODE_ATTR(utility);
    Query *utilityQuery; /* analyzed statement inside EXPLAIN, DECLARE, CREATE TABLE AS ... */
    int stmt_location; /* bytes into the source text, -1 unknown */
    int stmt_len;      /* bytes, 0: to the end */
} PlannedStmt;

/* Head of every plan node. */
typedef struct Plan {
    NodeTag type;
    double startup_cost;
    double total_cost;
    double plan_rows;
    int plan_width; /* bytes */
    bool parallel_aware;
    bool parallel_safe;
    bool async_capable;
    int plan_node_id; /* unique in the PlannedStmt, from 0 */
    List *targetlist; /* TargetEntry list */
    List *qual;       /* clauses, all of which must be true */
    struct Plan *lefttree;
    struct Plan *righttree;
    List *initPlan; /* SubPlan nodes run once, before the first use of what they set */
    Bitmapset *extParam;
    Bitmapset *allParam;
} Plan;

#define innerPlan(node) (((Plan *) (node))->righttree)
#define outerPlan(node) (((Plan *) (node))->lefttree)

/* A row computed from nothing, or a projection and one-time test over the left child. */
typedef struct Result {
    Plan plan;
    Node *resconstantqual; /* List of clauses tested once, or NULL */
} Result;

/* Computes set-returning functions in its target list. */
typedef struct ProjectSet {
    Plan plan;
} ProjectSet;

/*
 * INSERT, UPDATE, DELETE. The left child's row holds, for INSERT, all columns of the table in
 * order (NULL constants for dropped ones); for UPDATE, the new values of the columns named in
 * updateColnosLists, then the junk column "ctid"; for DELETE the junk column "ctid". Row marks
 * add junk columns "ctid<rowmarkId>" or "wholerow<rowmarkId>".
 */
typedef struct ModifyTable {
    Plan plan;
    CmdType operation;
    bool canSetTag;
    Index nominalRelation;
    Index rootRelation;
    bool partColsUpdated;
    List *resultRelations;     /* integer list of range table indexes */
    List *updateColnosLists;   /* one integer list of attribute numbers per result relation */
    List *withCheckOptionLists;
    List *returningLists; /* one target list per result relation; Vars: the table's own rti for
                             its row, OUTER_VAR never, INNER_VAR never; other relations' columns
                             are OUTER_VAR columns of the subplan's row */
    List *fdwPrivLists;
    Bitmapset *fdwDirectModifyPlans;
    List *rowMarks;
    int epqParam; /* PARAM_EXEC slot that marks rows which a re-check replaces, or -1 */
    OnConflictAction onConflictAction;
    List *arbiterIndexes;     /* Oid list; NIL with an action: every unique index */
    List *onConflictSet;      /* TargetEntry list; resno counts, expressions over target rti and
                                 INNER_VAR (the excluded row) */
    List *onConflictCols;     /* integer list of attribute numbers set */
    Node *onConflictWhere;    /* List of clauses or NULL */
    Index exclRelRTI;
    List *exclRelTlist;
    List *mergeActionLists;
} ModifyTable;

typedef struct Append {
    Plan plan;
    Bitmapset *apprelids;
    List *appendplans;
    int nasyncplans;
    int first_partial_plan;
    struct PartitionPruneInfo *part_prune_info NODE_ATTR(ignore);
} Append;

typedef struct MergeAppend {
    Plan plan;
    Bitmapset *apprelids;
    List *mergeplans;
    int numCols;
    AttrNumber *sortColIdx NODE_ATTR(array_size(numCols));
    Oid *sortOperators NODE_ATTR(array_size(numCols));
    Oid *collations NODE_ATTR(array_size(numCols));
    bool *nullsFirst NODE_ATTR(array_size(numCols));
    struct PartitionPruneInfo *part_prune_info NODE_ATTR(ignore);
} MergeAppend;

/* Left: the non-recursive term. Right: the recursive one, reading slot wtParam's work table. */
typedef struct RecursiveUnion {
    Plan plan;
    int wtParam;
    int numCols; /* UNION: columns to compare; UNION ALL: 0 */
    AttrNumber *dupColIdx NODE_ATTR(array_size(numCols));
    Oid *dupOperators NODE_ATTR(array_size(numCols));
    Oid *dupCollations NODE_ATTR(array_size(numCols));
    long numGroups;
} RecursiveUnion;

typedef struct BitmapAnd {
    Plan plan;
    List *bitmapplans;
} BitmapAnd;

typedef struct BitmapOr {
    Plan plan;
    bool isshared;
    List *bitmapplans;
} BitmapOr;

typedef struct Scan {
    Plan plan;
    Index scanrelid; /* range table index */
} Scan;

typedef struct SeqScan {
    Scan scan;
} SeqScan;

typedef struct SampleScan {
    Scan scan;
    struct TableSampleClause *tablesample;
} SampleScan;

/*
 * indexqual clauses are `index column OP expression` (OpExpr), ScalarArrayOpExpr, RowCompareExpr
 * or NullTest over an INDEX_VAR; indexqualorig says the same over the table's columns and is
 * tested again where the index is inexact or a row was replaced.
 */
typedef struct IndexScan {
    Scan scan;
    Oid indexid;
    List *indexqual;
    List *indexqualorig;
    List *indexorderby;
    List *indexorderbyorig;
    List *indexorderbyops;
    ScanDirection indexorderdir;
} IndexScan;

typedef struct IndexOnlyScan {
    Scan scan;
    Oid indexid;
    List *indexqual;
    List *recheckqual;
    List *indexorderby;
    List *indextlist; /* TargetEntry list: the index's columns over the table's */
    ScanDirection indexorderdir;
} IndexOnlyScan;

typedef struct BitmapIndexScan {
    Scan scan;
    Oid indexid;
    bool isshared;
    List *indexqual;
    List *indexqualorig;
} BitmapIndexScan;

typedef struct BitmapHeapScan {
    Scan scan;
    List *bitmapqualorig;
} BitmapHeapScan;

/* tidquals: OR list of `ctid = expr`, `ctid = ANY (array)`. */
typedef struct TidScan {
    Scan scan;
    List *tidquals;
} TidScan;

typedef struct TidRangeScan {
    Scan scan;
    List *tidrangequals;
} TidRangeScan;

typedef struct SubqueryScan {
    Scan scan;
    Plan *subplan;
} SubqueryScan;

typedef struct FunctionScan {
    Scan scan;
    List *functions; /* RangeTblFunction list */
    bool funcordinality;
} FunctionScan;

typedef struct ValuesScan {
    Scan scan;
    List *values_lists; /* list of expression lists */
} ValuesScan;

typedef struct CteScan {
    Scan scan;
    int ctePlanId; /* as SubPlan.plan_id */
    int cteParam;  /* PARAM_EXEC slot that stands for the CTE's output */
} CteScan;

typedef struct WorkTableScan {
    Scan scan;
    int wtParam;
} WorkTableScan;

typedef struct Join {
    Plan plan;
    JoinType jointype;
    bool inner_unique; /* at most one inner row matches an outer one */
    List *joinqual;    /* decides the match; plan.qual filters what comes out */
} Join;

typedef struct NestLoop {
    Join join;
    List *nestParams; /* NestLoopParam list */
} NestLoop;

typedef struct NestLoopParam {
    NodeTag type;
    int paramno;
    Var *paramval; /* OUTER_VAR Var (or PlaceHolderVar turned into one) */
} NestLoopParam;

typedef struct MergeJoin {
    Join join;
    bool skip_mark_restore;
    int mergeClauseCount;
    List *mergeclauses; /* OpExprs: OUTER_VAR side = INNER_VAR side */
    Oid *mergeFamilies NODE_ATTR(array_size(mergeClauseCount));
    Oid *mergeCollations NODE_ATTR(array_size(mergeClauseCount));
    int *mergeStrategies NODE_ATTR(array_size(mergeClauseCount));
    bool *mergeNullsFirst NODE_ATTR(array_size(mergeClauseCount));
} MergeJoin;

/* The right child is a Hash node. */
typedef struct HashJoin {
    Join join;
    List *hashclauses;
    List *hashoperators;  /* Oid list: the equality operators */
    List *hashcollations; /* Oid list */
    List *hashkeys;       /* expressions over OUTER_VAR */
} HashJoin;

typedef struct Material {
    Plan plan;
} Material;

typedef struct Memoize {
    Plan plan;
    int numKeys;
    Oid *hashOperators NODE_ATTR(array_size(numKeys));
    Oid *collations NODE_ATTR(array_size(numKeys));
    List *param_exprs;
    bool singlerow;
    bool binary_mode;
    uint32 est_entries;
    Bitmapset *keyparamids;
} Memoize;

typedef struct Sort {
    Plan plan;
    int numCols;
    AttrNumber *sortColIdx NODE_ATTR(array_size(numCols));
    Oid *sortOperators NODE_ATTR(array_size(numCols));
    Oid *collations NODE_ATTR(array_size(numCols));
    bool *nullsFirst NODE_ATTR(array_size(numCols));
} Sort;

typedef struct IncrementalSort {
    Sort sort;
    int nPresortedCols;
} IncrementalSort;

typedef struct Group {
    Plan plan;
    int numCols;
    AttrNumber *grpColIdx NODE_ATTR(array_size(numCols));
    Oid *grpOperators NODE_ATTR(array_size(numCols)); /* equality operators */
    Oid *grpCollations NODE_ATTR(array_size(numCols));
} Group;

typedef struct Agg {
    Plan plan;
    AggStrategy aggstrategy;
    AggSplit aggsplit;
    int numCols;
    AttrNumber *grpColIdx NODE_ATTR(array_size(numCols));
    Oid *grpOperators NODE_ATTR(array_size(numCols)); /* equality operators */
    Oid *grpCollations NODE_ATTR(array_size(numCols));
    long numGroups; /* estimate */
    uint64 transitionSpace;
    Bitmapset *aggParams;
    List *groupingSets;
    List *chain;
} Agg;

typedef struct WindowAgg {
    Plan plan;
    Index winref; /* WindowFuncs with this winref are computed here */
    int partNumCols;
    AttrNumber *partColIdx NODE_ATTR(array_size(partNumCols));
    Oid *partOperators NODE_ATTR(array_size(partNumCols));
    Oid *partCollations NODE_ATTR(array_size(partNumCols));
    int ordNumCols;
    AttrNumber *ordColIdx NODE_ATTR(array_size(ordNumCols));
    Oid *ordOperators NODE_ATTR(array_size(ordNumCols));
    Oid *ordCollations NODE_ATTR(array_size(ordNumCols));
    int frameOptions; /* FRAMEOPTION_* */
    Node *startOffset;
    Node *endOffset;
    List *runCondition;
    List *runConditionOrig;
    Oid startInRangeFunc;
    Oid endInRangeFunc;
    Oid inRangeColl;
    bool inRangeAsc;
    bool inRangeNullsFirst;
    bool topWindow;
} WindowAgg;

typedef struct Unique {
    Plan plan;
    int numCols;
    AttrNumber *uniqColIdx NODE_ATTR(array_size(numCols));
    Oid *uniqOperators NODE_ATTR(array_size(numCols));
    Oid *uniqCollations NODE_ATTR(array_size(numCols));
} Unique;

/* The right child of a HashJoin. */
typedef struct Hash {
    Plan plan;
    List *hashkeys; /* expressions over OUTER_VAR (this node's child) */
    Oid skewTable;
    AttrNumber skewColumn;
    bool skewInherit;
    double rows_total;
} Hash;

/* Column flagColIdx of the child's row is an int4: 0 for the left input, 1 for the right. */
typedef struct SetOp {
    Plan plan;
    SetOpCmd cmd;
    SetOpStrategy strategy;
    int numCols;
    AttrNumber *dupColIdx NODE_ATTR(array_size(numCols));
    Oid *dupOperators NODE_ATTR(array_size(numCols));
    Oid *dupCollations NODE_ATTR(array_size(numCols));
    AttrNumber flagColIdx;
    int firstFlag; /* SETOP_HASHED: flag of the input that comes first */
    long numGroups;
} SetOp;

typedef struct LockRows {
    Plan plan;
    List *rowMarks; /* PlanRowMark list */
    int epqParam;
} LockRows;

typedef struct Limit {
    Plan plan;
    Node *limitOffset;
    Node *limitCount;
    LimitOption limitOption;
    int uniqNumCols;
    AttrNumber *uniqColIdx NODE_ATTR(array_size(uniqNumCols));
    Oid *uniqOperators NODE_ATTR(array_size(uniqNumCols));
    Oid *uniqCollations NODE_ATTR(array_size(uniqNumCols));
} Limit;

typedef enum RowMarkType {
    ROW_MARK_EXCLUSIVE,
    ROW_MARK_NOKEYEXCLUSIVE,
    ROW_MARK_SHARE,
    ROW_MARK_KEYSHARE,
    ROW_MARK_REFERENCE, /* not locked: fetched again by its place */
    ROW_MARK_COPY       /* not locked: the whole row travels along */
} RowMarkType;

#define RowMarkRequiresRowShareLock(marktype) ((marktype) <= ROW_MARK_KEYSHARE)

/* One per relation of FOR UPDATE/SHARE, and per non-target relation of UPDATE/DELETE. */
typedef struct PlanRowMark {
    NodeTag type;
    Index rti;
    Index prti;
    Index rowmarkId; /* names the junk column: "ctid<rowmarkId>" */
    RowMarkType markType;
    int allMarkTypes; /* bits of 1 << RowMarkType */
    LockClauseStrength strength;
    LockWaitPolicy waitPolicy;
    bool isParent;
} PlanRowMark;

#endif
