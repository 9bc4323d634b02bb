/*
 * planner_int.h - relations, clauses and paths while one statement is planned
 *
 * Invariants PL1. A Rel's relids name range table entries of one PlannerInfo; bit 0 is never set.
 *            PL2. A Path's row count and costs are those of one execution with its required_outer
 *                 relations' columns given.
 *            PL3. Path.order lists OrderKeys; its rows come in that order.
 */
#ifndef PLANNER_INT_H
#define PLANNER_INT_H

#include "catalog/catalog.h"
#include "catalog/lsyscache.h"
#include "catalog/relcache.h"
#include "catalog/typcache.h"
#include "config/settings.h"
#include "heap/tuple.h"
#include "error/error.h"
#include "memory/memory.h"
#include "parser/makefuncs.h"
#include "parser/nodefuncs.h"
#include "parser/parser.h"
#include "planner/plan.h"
#include "planner/planner.h"

#define TIDEqualOperator 387
#define BooleanEqualOperator 91
#define BooleanNotEqualOperator 85
#define DISABLED_COST 1.0e10
#define JOIN_ITEMS_EXHAUSTIVE_MAX 9 /* more are joined greedily */
#define INDEX_PATHS_PER_REL_MAX 64
#define PLAN_DEPTH_MAX 200

/* What all levels of one statement share. */
typedef struct PlannerGlobal {
    ParamListInfo params;
    const char *sql;
    List *subplans;        /* finished Plans */
    List *subroots;        /* PlannerInfo of each */
    List *final_rtable;
    List *final_rowmarks;
    List *result_relations;
    List *relation_oids;
    List *param_exec_types; /* Oid */
    Bitmapset *rewind_plan_ids;
    int last_plan_node_id;
    int last_rowmark_id;
    bool transient;
    int depth;
} PlannerGlobal;

/* A parameter that a subquery reads and its parent sets. */
typedef struct PlannerParam {
    Node *item; /* Var or Aggref of the parent's level */
    int param_id;
} PlannerParam;

typedef struct Rel Rel;
typedef struct Path Path;

typedef struct PlannerInfo {
    PlannerGlobal *glob;
    Query *parse;
    struct PlannerInfo *parent;
    int query_level;
    List *plan_params;  /* PlannerParam: set by the level above at each call */
    List *init_plans;   /* SubPlan */
    List *cte_plan_ids; /* int per CTE of parse->cteList; -1 inlined or not used */
    List *multiexpr_params;
    Rel **base_rels;    /* by range table index */
    int rel_count;
    int wt_param;       /* of the recursive CTE being planned, -1 */
    struct Path *non_recursive_path;
    Path *nonrecursive;
    double tuple_fraction; /* 0: all rows; below 1: a fraction; else rows */
    double limit_tuples;   /* -1: no limit */
    List *processed_tlist;
    List *update_colnos;
    List *row_marks;       /* PlanRowMark */
    List *needed_vars;     /* Vars of all levels above the scans */
    Bitmapset *outer_params;
    List *cur_outer_params;  /* NestLoopParam, while plans are built */
    Relids cur_outer_rels;
    bool has_recursion;
    List *order_wanted;    /* OrderKey: what the top of the join tree should come in */
    List *append_tlists;
} PlannerInfo;

/* One key of an order. */
typedef struct OrderKey {
    Expr *expr;
    Oid sortop;
    Oid collation;
    bool nulls_first;
} OrderKey;

/* A condition, and where it may be tested. */
typedef struct Clause {
    Expr *expr;
    Relids relids;
    Relids left_relids, right_relids; /* of a binary operator */
    double selectivity;               /* -1: not computed */
    Oid hash_op;                      /* equality that can hash, or 0 */
    bool is_merge;                    /* equality that can merge */
    bool is_pushed;                   /* filters a join's result, not its matching */
    bool is_volatile;
} Clause;

typedef struct IndexInfo {
    Oid oid;
    Rel *rel;
    double pages, tuples;
    int tree_height;
    int column_count, key_count;
    AttrNumber *columns; /* 0: expression */
    Oid *opfamilies, *opcintypes, *collations;
    bool *descending, *nulls_first;
    List *expressions; /* in order of the zero columns, with the rel's varno */
    List *predicate;   /* implicit AND list */
    bool predicate_ok;
    bool unique;
    bool immediate;
    List *tlist; /* TargetEntry: the index's columns */
} IndexInfo;

typedef enum RelKind { REL_BASE, REL_JOIN, REL_UPPER } RelKind;

struct Rel {
    RelKind kind;
    Relids relids;
    Index relid; /* base: range table index */
    RangeTblEntry *rte;
    Relids lateral_relids; /* base: relations its content depends on */
    double rows;
    int width;
    double pages, tuples, all_visible;
    List *restricts;   /* Clause: tested at this base relation */
    List *param_clauses; /* Clause: joins that may drive an index of it */
    List *vars;        /* Var: columns needed of it */
    List *indexes;     /* IndexInfo */
    List *paths;
    Path *cheapest;    /* total, unparameterised if there is one */
    PlannerInfo *subroot; /* subquery: how it was planned */
    Path *subpath;
    List *subplan_params; /* PlannerParam: LATERAL inputs of the subquery */
    Plan *values_dummy;
};

typedef enum PathKind {
    PATH_SEQSCAN, PATH_INDEXSCAN, PATH_INDEXONLYSCAN, PATH_BITMAPSCAN, PATH_TIDSCAN,
    PATH_FUNCTIONSCAN, PATH_VALUESSCAN, PATH_CTESCAN, PATH_WORKTABLESCAN, PATH_SUBQUERYSCAN,
    PATH_RESULT, PATH_NESTLOOP, PATH_HASHJOIN, PATH_MERGEJOIN, PATH_MATERIAL, PATH_SORT,
} PathKind;

struct Path {
    PathKind kind;
    Rel *rel;
    Relids required_outer;
    double rows;
    Cost startup_cost, total_cost;
    List *order; /* OrderKey */
    /* scans */
    IndexInfo *index;
    List *index_clauses; /* IndexClause */
    ScanDirection direction;
    List *bitmaps;       /* PATH_BITMAPSCAN: Path of PATH_INDEXSCAN kind, one per AND arm */
    bool bitmap_or;
    List *clauses;       /* Clause: tested here; joins: join clauses */
    /* joins and wrappers */
    JoinType jointype;
    Path *outer, *inner;
    List *hash_clauses;  /* Clause */
    List *merge_clauses; /* Clause */
    List *outer_order, *inner_order; /* merge: OrderKey; NIL: comes sorted already */
    List *filter;        /* Clause: tested on the join's result */
    List *tid_quals;
};

/* One condition an index can use. */
typedef struct IndexClause {
    Clause *clause;
    int column;      /* from 0 */
    Expr *expr;      /* index key on the left, original Vars */
    Oid opno;
    int strategy;
    bool is_equality;
    bool lossy;      /* derived: the original must be tested again */
    bool is_array;
} IndexClause;

/* ---- planner.c ---- */
PlannerInfo *planner__new_root(PlannerGlobal *glob, Query *parse, PlannerInfo *parent);
/* Plans a whole query level; the plan's target list is finished, references are not yet set. */
Plan *planner__query(PlannerGlobal *glob, Query *parse, PlannerInfo *parent, bool has_recursion,
                     double tuple_fraction, PlannerInfo **ret_root);

/* ---- prepare.c: the query tree before planning ---- */
void planner__prepare(PlannerInfo *root);
Node *planner__preprocess_expression(PlannerInfo *root, Node *expr, bool is_qual);
void planner__inline_ctes(Query *parse);
void planner__pull_up_subqueries(PlannerInfo *root);
void planner__pull_up_sublinks(PlannerInfo *root);

/* ---- fold.c: constants ---- */
Node *planner__fold(PlannerGlobal *glob, Node *expr);
List *planner__qual_list(Node *qual); /* folded qual to an implicit AND list */
bool planner__is_volatile(Node *expr);
bool planner__is_mutable(Node *expr);
bool planner__has_subplan(Node *expr);

/* ---- vars.c: which columns an expression reads ---- */
Relids planner__relids_of(Node *expr);
List *planner__vars_of(Node *expr);     /* Var, Aggref, WindowFunc stopped at; no duplicates */
List *planner__columns_of(Node *expr);  /* Vars only, also inside of aggregates */
bool planner__has_upper_vars(Node *expr, int levels);
Node *planner__flatten_join_aliases(Query *parse, Node *expr);
bool planner__contains_aggs_of_level(Node *expr);
/* In place: adds to the range table indexes of this level (0), or of the level so far up. */
void planner__offset_vars(Node *tree, int offset, int level);
/* In place: adds delta to the level of what is at least min_level levels up. */
void planner__shift_levels(Node *tree, int delta, int min_level);

/* ---- subquery.c: SubLinks, parameters ---- */
Node *planner__process_sublinks(PlannerInfo *root, Node *expr, bool is_qual);
Node *planner__replace_upper_vars(PlannerInfo *root, Node *expr);
void planner__process_ctes(PlannerInfo *root);
int planner__new_param(PlannerGlobal *glob, Oid type);
Param *planner__make_param(PlannerGlobal *glob, Oid type, int32 typmod, Oid collation);
Param *planner__nestloop_param(PlannerInfo *root, Var *var);
Node *planner__replace_nestloop_params(PlannerInfo *root, Node *expr);

/* ---- selectivity.c ---- */
double planner__clause_selectivity(PlannerInfo *root, Node *clause, JoinType jointype);
double planner__list_selectivity(PlannerInfo *root, List *clauses, JoinType jointype);
double planner__clauses_selectivity(PlannerInfo *root, List *clauses); /* of Clause */
double planner__distinct_values(PlannerInfo *root, Node *expr, double rows);
double planner__group_count(PlannerInfo *root, List *exprs, double rows);
const StatisticInfo *planner__statistics(PlannerInfo *root, Node *expr, double *ret_tuples,
                                         bool *ret_unique);

/* ---- cost.c ---- */
Cost planner__eval_cost(Node *expr);
Cost planner__clauses_cost(List *clauses);
void planner__cost_seqscan(Path *path);
void planner__cost_index(PlannerInfo *root, Path *path, double loops);
void planner__cost_bitmap(PlannerInfo *root, Path *path, double loops);
void planner__cost_sort(double rows, int width, double limit, Cost input_total,
                        Cost *ret_startup, Cost *ret_total);
void planner__cost_nestloop(PlannerInfo *root, Path *path);
void planner__cost_hashjoin(PlannerInfo *root, Path *path);
void planner__cost_mergejoin(PlannerInfo *root, Path *path);
void planner__cost_material(Path *path);
double planner__clamp_rows(double rows);
int planner__expr_width(Node *expr);

/* ---- rel.c, index.c ---- */
void planner__make_base_rels(PlannerInfo *root);
void planner__make_base_paths(PlannerInfo *root, Rel *rel);
void planner__add_path(Rel *rel, Path *path);
void planner__set_cheapest(Rel *rel);
void planner__load_indexes(PlannerInfo *root, Rel *rel);
void planner__make_index_paths(PlannerInfo *root, Rel *rel);
Node *planner__index_expr(IndexInfo *index, int column);
bool planner__index_is_unique_for(Rel *rel, List *clauses);
List *planner__infer_arbiters(PlannerInfo *root);
bool planner__order_satisfies(List *have, List *want);
Clause *planner__make_clause(PlannerInfo *root, Expr *expr);

/* ---- join.c ---- */
Rel *planner__plan_join_tree(PlannerInfo *root, List **ret_gating);

/* ---- upper.c: grouping, windows, distinct, order, limit, set operations ---- */
Plan *planner__finish(PlannerInfo *root, Rel *top);
OrderKey *planner__key_of_clause(SortGroupClause *clause, List *tlist);
bool planner__all_hashable(List *clauses);
double planner__constant_limit(Node *node, double otherwise);
bool planner__limit_is_needed(Query *parse);

/* ---- setop.c ---- */
Plan *planner__plan_setop(PlannerInfo *root);

/* ---- build.c: plans from paths ---- */
Plan *planner__build(PlannerInfo *root, Path *path);
Plan *planner__make_result(List *tlist, Node *constant_qual, Plan *child);
Plan *planner__make_sort(Plan *child, List *keys /* OrderKey */, double limit);
Plan *planner__make_limit(PlannerInfo *root, Plan *child);
void planner__copy_costs(Plan *plan, const Plan *child);
List *planner__exprs_of(List *clauses);

/* ---- setrefs.c ---- */
Plan *planner__set_references(PlannerInfo *root, Plan *plan);
void planner__mark_outer(Node *expr);

#endif
