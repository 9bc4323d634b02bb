/*
 * parse_int.h - the state of analysis and the functions its files share
 */
#ifndef PARSER_PARSE_INT_H
#define PARSER_PARSE_INT_H

#include "error/error.h"
#include "heap/relation.h"
#include "heap/tuple.h"
#include "lookup_int.h"
#include "memory/memory.h"
#include "memory/stringinfo.h"
#include "parser/makefuncs.h"
#include "parser/nodefuncs.h"
#include "parser/parser.h"
#include "parser/query.h"
#include "raw_int.h"

/* What expression is being analyzed: decides what it may contain and how errors name it. */
typedef enum ParseExprKind {
    EXPR_KIND_NONE = 0,
    EXPR_KIND_OTHER,
    EXPR_KIND_JOIN_ON,
    EXPR_KIND_JOIN_USING,
    EXPR_KIND_FROM_SUBSELECT,
    EXPR_KIND_FROM_FUNCTION,
    EXPR_KIND_WHERE,
    EXPR_KIND_HAVING,
    EXPR_KIND_FILTER,
    EXPR_KIND_WINDOW_PARTITION,
    EXPR_KIND_WINDOW_ORDER,
    EXPR_KIND_WINDOW_FRAME_RANGE,
    EXPR_KIND_WINDOW_FRAME_ROWS,
    EXPR_KIND_WINDOW_FRAME_GROUPS,
    EXPR_KIND_SELECT_TARGET,
    EXPR_KIND_INSERT_TARGET,
    EXPR_KIND_UPDATE_SOURCE,
    EXPR_KIND_UPDATE_TARGET,
    EXPR_KIND_GROUP_BY,
    EXPR_KIND_ORDER_BY,
    EXPR_KIND_DISTINCT_ON,
    EXPR_KIND_LIMIT,
    EXPR_KIND_OFFSET,
    EXPR_KIND_RETURNING,
    EXPR_KIND_VALUES,
    EXPR_KIND_VALUES_SINGLE,
    EXPR_KIND_CHECK_CONSTRAINT,
    EXPR_KIND_DOMAIN_CHECK,
    EXPR_KIND_COLUMN_DEFAULT,
    EXPR_KIND_FUNCTION_DEFAULT,
    EXPR_KIND_INDEX_EXPRESSION,
    EXPR_KIND_INDEX_PREDICATE,
    EXPR_KIND_ALTER_COL_TRANSFORM,
    EXPR_KIND_EXECUTE_PARAMETER,
    EXPR_KIND_POLICY,
    EXPR_KIND_CALL_ARGUMENT,
    EXPR_KIND_COPY_WHERE,
    EXPR_KIND_GENERATED_COLUMN,
    EXPR_KIND_COUNT
} ParseExprKind;

typedef struct NsColumn {
    Index varno; /* 0: dropped */
    AttrNumber varattno;
    Oid vartype;
    int32 vartypmod;
    Oid varcollid;
    Index varnosyn;
    AttrNumber varattnosyn;
} NsColumn;

/* One name visible in a query level. */
typedef struct NsItem {
    Alias *names; /* eref, or a USING alias's own names */
    RangeTblEntry *rte;
    int rtindex;
    NsColumn *columns; /* by attno - 1 */
    bool rel_visible;  /* as a qualifier */
    bool cols_visible; /* unqualified */
    bool lateral_only; /* only inside LATERAL */
    bool lateral_ok;
} NsItem;

/* Parameter types of the statement, shared by all its levels. */
typedef struct ParamTypes {
    Oid *types;
    int count;
    bool variable; /* may grow, types may be inferred */
} ParamTypes;

typedef struct ParseState {
    struct ParseState *parent;
    const char *sql;
    List *rtable;
    List *joinexprs; /* JoinExpr by rtindex - 1, NULL for others */
    List *joinlist;
    List *namespace; /* NsItem */
    bool lateral_active;
    List *ctenamespace; /* CommonTableExpr */
    List *future_ctes;
    CommonTableExpr *parent_cte;
    Relation target_relation;
    NsItem *target_nsitem;
    List *windowdefs; /* PgQuery__WindowDef */
    ParseExprKind expr_kind;
    int next_resno;
    List *multiassign_exprs; /* TargetEntry */
    PgQuery__Node **locking_clauses;
    size_t locking_count;
    bool locked_from_parent;
    bool resolve_unknowns;
    bool hasAggs;
    bool hasWindowFuncs;
    bool hasTargetSRFs;
    bool hasSubLinks;
    bool hasModifyingCTE;
    Node *last_srf;
    ParamTypes *params;
    Node *domain_value; /* what VALUE stands for in a domain's check */
    bool is_insert;
} ParseState;

/* ---- parse_state.c ---- */
extern ParseState *make_parsestate(ParseState *parent);
extern void free_parsestate(ParseState *pstate);
extern int parser_errposition(ParseState *pstate, int location);
extern int parser_char_position(const char *sql, int location); /* from 1; 0 unknown */
typedef struct ErrorPosition {
    ParseState *pstate;
    int location;
    ErrorContextCallback callback;
} ErrorPosition;
extern void push_error_position(ErrorPosition *position, ParseState *pstate, int location);
extern void pop_error_position(ErrorPosition *position);
extern Const *make_const(ParseState *pstate, PgQuery__AConst *raw);
pg_noreturn extern void unsupported(ParseState *pstate, const char *feature, int location);
extern const char *expr_kind_name(ParseExprKind kind);

/* ---- parse_relation.c, parse_column.c ---- */
extern NsItem *refname_nsitem(ParseState *pstate, const char *schema, const char *refname,
                              int location, int *ret_levels_up);
extern bool scan_name_space_for_cte(ParseState *pstate, const char *refname, Index *ret_levels_up,
                                    CommonTableExpr **ret_cte);
extern Node *scan_nsitem_for_column(ParseState *pstate, NsItem *item, int levels_up,
                                    const char *colname, int location);
extern Node *column_name_to_var(ParseState *pstate, const char *colname, int location,
                                bool local_only);
extern Node *whole_row_var(ParseState *pstate, NsItem *item, int levels_up, int location);
extern void mark_var_for_select(ParseState *pstate, Var *var);
extern Relation open_named_relation(ParseState *pstate, const PgQuery__RangeVar *raw,
                                    int lockmode);
extern NsItem *add_rte_relation(ParseState *pstate, Relation rel, int lockmode, Alias *alias,
                                bool inh, bool in_from);
extern NsItem *add_rte_subquery(ParseState *pstate, Query *subquery, Alias *alias, bool lateral,
                                bool in_from);
extern NsItem *add_rte_function(ParseState *pstate, List *names, List *funcexprs,
                                List *coldeflists, PgQuery__RangeFunction *raw, bool lateral,
                                bool in_from);
extern NsItem *add_rte_values(ParseState *pstate, List *exprs, List *coltypes, List *coltypmods,
                              List *colcollations, Alias *alias, bool lateral, bool in_from);
extern NsItem *add_rte_join(ParseState *pstate, List *colnames, NsColumn *columns,
                            JoinType jointype, int merged_count, List *aliasvars,
                            List *leftcols, List *rightcols, Alias *using_alias, Alias *alias);
extern NsItem *add_rte_cte(ParseState *pstate, CommonTableExpr *cte, Index levels_up,
                           Alias *alias, bool in_from);
extern void add_nsitem(ParseState *pstate, NsItem *item, bool to_joinlist, bool rel_visible,
                       bool cols_visible);
extern RangeTblEntry *rte_by_index(ParseState *pstate, int varno, int levels_up);
extern CommonTableExpr *cte_of_rte(ParseState *pstate, RangeTblEntry *rte, int levels_up);
extern List *expand_nsitem_vars(ParseState *pstate, NsItem *item, int levels_up, int location,
                                List **ret_colnames);
extern List *expand_nsitem_targets(ParseState *pstate, NsItem *item, int levels_up,
                                   bool require_privilege, int location);
extern int relation_column_number(Relation rel, const char *name, bool system_ok);
extern int system_column_number(const char *name);
extern Oid system_column_type(AttrNumber attnum);
extern const char *system_column_name(AttrNumber attnum);
extern Alias *raw_alias(const PgQuery__Alias *raw);
pg_noreturn extern void error_missing_rte(ParseState *pstate, const char *schema,
                                          const char *relname, int location);
pg_noreturn extern void error_missing_column(ParseState *pstate, const char *relname,
                                             const char *colname, int location);
extern TupleDesc rowtype_of_expr(ParseState *pstate, Node *expr, bool missing_ok);
extern TupleDesc rte_row_desc(ParseState *pstate, RangeTblEntry *rte, int levels_up);
extern bool expr_refers_to_record(Node *expr);

/* ---- parse_type.c ---- */
extern Oid type_name_oid(ParseState *pstate, const PgQuery__TypeName *name, int32 *ret_typmod,
                         bool missing_ok);
extern Oid collation_by_name(ParseState *pstate, RawNode *const *names, size_t count,
                             int location);
extern Oid column_def_collation(ParseState *pstate, const PgQuery__ColumnDef *def, Oid type);
extern Datum string_to_datum(Oid type, int32 typmod, const char *text);

/* ---- parse_expr.c and friends ---- */
extern Node *transform_expr(ParseState *pstate, RawNode *raw, ParseExprKind kind);
extern Node *transform_expr_inner(ParseState *pstate, RawNode *raw);
extern List *transform_expr_list(ParseState *pstate, RawNode *const *items, size_t count,
                                 ParseExprKind kind, bool allow_default);
extern Node *transform_column_ref(ParseState *pstate, PgQuery__ColumnRef *ref);
extern Node *transform_row_expr(ParseState *pstate, PgQuery__RowExpr *row, bool allow_default);
extern Node *transform_a_expr(ParseState *pstate, PgQuery__AExpr *raw);
extern Node *transform_sublink(ParseState *pstate, PgQuery__SubLink *raw);
extern Node *transform_array_expr(ParseState *pstate, PgQuery__AArrayExpr *raw, Oid array_type,
                                  Oid element_type, int32 typmod);
extern Node *transform_func_call(ParseState *pstate, PgQuery__FuncCall *raw);
extern Node *transform_indirection(ParseState *pstate, PgQuery__AIndirection *raw);
extern Node *make_row_comparison(ParseState *pstate, List *opname, List *largs, List *rargs,
                                 int location);
extern SubscriptingRef *transform_subscripts(ParseState *pstate, Node *container, Oid type,
                                             int32 typmod, List *subscripts, bool assignment);
extern Oid subscript_container_type(Oid *type, int32 *typmod);
extern Node *field_of_expr(ParseState *pstate, Node *expr, const char *field, int location);
extern Node *param_ref(ParseState *pstate, PgQuery__ParamRef *ref);
extern Node *coerce_param(ParseState *pstate, Param *param, Oid type, int32 typmod, int location);
extern void check_param_types(ParseState *pstate, Query *query);

/* ---- parse_coerce.c ---- */
typedef enum CoercionPathType {
    COERCION_PATH_NONE,
    COERCION_PATH_FUNC,
    COERCION_PATH_RELABELTYPE,
    COERCION_PATH_ARRAYCOERCE,
    COERCION_PATH_COERCEVIAIO
} CoercionPathType;
extern bool can_coerce_type(int nargs, const Oid *input, const Oid *target, CoercionContext ctx);
extern Node *coerce_type(ParseState *pstate, Node *node, Oid inputType, Oid targetType,
                         int32 targetTypmod, CoercionContext ctx, CoercionForm form,
                         int location);
extern Node *coerce_to_boolean(ParseState *pstate, Node *node, const char *construct);
extern Node *coerce_to_specific_type(ParseState *pstate, Node *node, Oid type,
                                     const char *construct);
extern Oid select_common_type(ParseState *pstate, List *exprs, const char *context,
                              Node **ret_which);
extern int32 select_common_typmod(List *exprs, Oid common_type);
extern Node *coerce_to_common_type(ParseState *pstate, Node *node, Oid type,
                                   const char *context);
extern Oid enforce_generic_type_consistency(const Oid *actual, Oid *declared, int nargs,
                                            Oid rettype, bool allow_poly);
extern bool check_generic_type_consistency(const Oid *actual, const Oid *declared, int nargs);
extern char type_category(Oid type);
extern bool is_preferred_type(char category, Oid type);
extern bool is_binary_coercible(Oid src, Oid target);
extern CoercionPathType find_coercion_pathway(Oid target, Oid source, CoercionContext ctx,
                                              Oid *ret_func);
extern CoercionPathType find_typmod_coercion_function(Oid type, Oid *ret_func);
extern Node *coerce_null_to_domain(Oid typid, int32 typmod, Oid collation, int typlen,
                                   bool typbyval);

/* ---- parse_func.c, parse_oper.c ---- */
/* A function or operator that a call might mean. */
typedef struct Candidate {
    const void *object;
    const Oid *types; /* declared types of the call's arguments, in call order */
    int nvargs;       /* trailing arguments that a VARIADIC parameter takes */
    int ndargs;       /* parameters left to their defaults */
    const int *argnumbers; /* by call order, NULL without named arguments */
} Candidate;
extern Node *parse_func_or_column(ParseState *pstate, List *funcname, List *fargs, Node *last_srf,
                                  PgQuery__FuncCall *call, bool proc_call, int location);
extern List *best_candidates(int nargs, const Oid *input, List *candidates);
extern Expr *make_op(ParseState *pstate, List *opname, Node *ltree, Node *rtree, Node *last_srf,
                     int location);
extern Expr *make_scalar_array_op(ParseState *pstate, List *opname, bool use_or, Node *ltree,
                                  Node *rtree, int location);
extern const OperatorInfo *oper_lookup(ParseState *pstate, List *opname, Oid left, Oid right,
                                       bool no_error, int location);
extern const OperatorInfo *left_oper_lookup(ParseState *pstate, List *opname, Oid arg,
                                            bool no_error, int location);
extern void check_srf_call_placement(ParseState *pstate, Node *last_srf, int location);
extern const OperatorInfo *compatible_oper(ParseState *pstate, List *opname, Oid left, Oid right,
                                           bool no_error, int location);

/* ---- parse_agg.c ---- */
extern void transform_aggregate_call(ParseState *pstate, Aggref *agg, List *args,
                                     PgQuery__FuncCall *call, bool distinct);
extern void transform_window_func_call(ParseState *pstate, WindowFunc *wfunc,
                                       PgQuery__WindowDef *def);
extern void check_aggregates(ParseState *pstate, Query *query);
extern Node *transform_grouping_func(ParseState *pstate, PgQuery__GroupingFunc *raw);
extern bool contain_aggs_of_level(Node *node, int levelsup);
extern int locate_agg_of_level(Node *node, int levelsup);
extern bool contain_windowfuncs(Node *node);
extern int locate_windowfunc(Node *node);

/* ---- parse_collate.c ---- */
extern void assign_query_collations(ParseState *pstate, Query *query);
extern void assign_list_collations(ParseState *pstate, List *exprs);
extern void assign_expr_collations(ParseState *pstate, Node *expr);
extern Oid select_common_collation(ParseState *pstate, List *exprs, bool none_ok);

/* ---- parse_target.c ---- */
extern List *transform_target_list(ParseState *pstate, RawNode *const *items, size_t count,
                                   ParseExprKind kind);
extern TargetEntry *transform_target_entry(ParseState *pstate, RawNode *raw, Node *expr,
                                           ParseExprKind kind, char *colname, bool resjunk);
extern void resolve_target_list_unknowns(ParseState *pstate, List *targets);
extern void mark_target_list_origins(ParseState *pstate, List *targets);
extern Expr *transform_assigned_expr(ParseState *pstate, Expr *expr, ParseExprKind kind,
                                     const char *colname, int attno, RawNode *const *indirection,
                                     size_t indirection_count, int location);
extern List *check_insert_targets(ParseState *pstate, PgQuery__InsertStmt *stmt,
                                  List **ret_attnos);
extern char *figure_colname(RawNode *raw);
extern char *figure_index_colname(RawNode *raw);

/* ---- parse_clause.c, parse_from.c ---- */
extern void transform_from_clause(ParseState *pstate, RawNode *const *items, size_t count);
extern int set_target_table(ParseState *pstate, PgQuery__RangeVar *raw, bool inh, bool also_source,
                            AclMode perms);
extern Node *transform_where(ParseState *pstate, RawNode *raw, ParseExprKind kind,
                             const char *construct);
extern Node *transform_limit(ParseState *pstate, RawNode *raw, ParseExprKind kind,
                             const char *construct, LimitOption option);
extern List *transform_group_clause(ParseState *pstate, RawNode *const *items, size_t count,
                                    List **ret_sets, List **targets, List *sort_clause,
                                    ParseExprKind kind, bool use_sql99);
extern List *transform_sort_clause(ParseState *pstate, RawNode *const *items, size_t count,
                                   List **targets, ParseExprKind kind, bool use_sql99);
extern List *transform_window_definitions(ParseState *pstate, List *defs, List **targets);
extern List *transform_distinct(ParseState *pstate, List **targets, List *sort_clause, bool is_agg);
extern List *transform_distinct_on(ParseState *pstate, RawNode *const *items, size_t count,
                                   List **targets, List *sort_clause);
extern OnConflictExpr *transform_on_conflict_arbiter(ParseState *pstate,
                                                     PgQuery__OnConflictClause *raw,
                                                     List **ret_elems, Node **ret_where,
                                                     Oid *ret_constraint);
extern List *add_target_to_sort_list(ParseState *pstate, TargetEntry *tle, List *sortlist,
                                     List *targets, PgQuery__SortBy *sortby);
extern Index assign_sort_group_ref(TargetEntry *tle, List *targets);
extern bool target_is_in_sort_list(TargetEntry *tle, Oid sortop, List *sortlist);

/* ---- parse_cte.c ---- */
extern List *transform_with(ParseState *pstate, PgQuery__WithClause *with);
extern void analyze_cte_target_list(ParseState *pstate, CommonTableExpr *cte, List *targets);

/* ---- analyze.c ---- */
extern Query *transform_stmt(ParseState *pstate, RawNode *raw);
extern Query *transform_sub_stmt(ParseState *pstate, RawNode *raw, CommonTableExpr *parent_cte,
                                 bool locked_from_parent, bool resolve_unknowns);
extern Query *transform_select(ParseState *pstate, PgQuery__SelectStmt *stmt);
extern Query *transform_values(ParseState *pstate, PgQuery__SelectStmt *stmt);
extern Query *transform_set_operation(ParseState *pstate, PgQuery__SelectStmt *stmt);
extern Query *transform_insert(ParseState *pstate, PgQuery__InsertStmt *stmt);
extern Query *transform_update(ParseState *pstate, PgQuery__UpdateStmt *stmt);
extern Query *transform_delete(ParseState *pstate, PgQuery__DeleteStmt *stmt);
extern void check_select_locking(Query *query, LockClauseStrength strength);
extern void transform_locking(ParseState *pstate, Query *query, PgQuery__LockingClause *clause,
                              bool pushed_down);
extern void finish_query(ParseState *pstate, Query *query);
extern List *transform_returning(ParseState *pstate, RawNode *const *items, size_t count);
extern List *transform_update_targets(ParseState *pstate, RawNode *const *items, size_t count);
extern const char *lock_strength_name(LockClauseStrength strength);

#endif
