/*
 * nodefuncs.h - what every tree knows how to do: copy, compare, print, read, walk
 *
 * The per-struct code is generated from the struct declarations by `gen_nodes.pl`. A room above
 * that has its own nodes (the planner's plans) generates its own table and registers it with
 * node_support_register() at start; copyObject, equal, nodeToString and stringToNode then serve
 * those nodes too.
 */
#ifndef PARSER_NODEFUNCS_H
#define PARSER_NODEFUNCS_H

#include "memory/stringinfo.h"
#include "parser/query.h"
#include "parser/stack_depth.h"

/* copy, compare, print, read */
extern void *copyObjectImpl(const void *from);
#define copyObject(obj) ((__typeof__(obj)) copyObjectImpl(obj))
extern bool equal(const void *a, const void *b);
extern char *nodeToString(const void *obj);
extern void *stringToNode(const char *str);
#define node_to_string(obj) nodeToString(obj)
#define string_to_node(str) stringToNode(str)

struct NodeReader;

/* One row per tag; a NULL copy means that the node has no support. */
typedef struct NodeSupport {
    const char *name; /* as printed, upper case */
    size_t size;
    void (*copy)(void *to, const void *from); /* fields beyond the flat copy */
    bool (*equal)(const void *a, const void *b);
    void (*out)(StringInfo str, const void *node);
    void (*read)(struct NodeReader *reader, void *node);
} NodeSupport;

/* Adds rows for the tags first..first+count-1; rows whose name is NULL are skipped. */
extern void node_support_register(NodeTag first, const NodeSupport *rows, int count);

/* helpers of the generated code */
extern void node_out(StringInfo str, const void *node);
extern void node_out_token(StringInfo str, const char *s);
extern void node_out_datum(StringInfo str, Datum value, int len, bool byval);
extern void node_out_bitmapset(StringInfo str, const Bitmapset *bms);
extern void *node_read(struct NodeReader *reader);
extern void node_read_label(struct NodeReader *reader, const char *label);
extern int64 node_read_int(struct NodeReader *reader);
extern uint64 node_read_uint(struct NodeReader *reader);
extern double node_read_float(struct NodeReader *reader);
extern bool node_read_bool(struct NodeReader *reader);
extern char *node_read_string(struct NodeReader *reader);
extern bool node_array_differs(const void *a, const void *b, size_t size);
extern bool node_always_equal(const void *a, const void *b);
extern void node_out_char(StringInfo str, char c);
extern char node_read_char(struct NodeReader *reader);
extern Datum node_read_datum(struct NodeReader *reader, int len, bool byval);
extern Bitmapset *node_read_bitmapset(struct NodeReader *reader);
extern void *node_copy_array(const void *from, size_t size);
extern Datum node_copy_datum(Datum value, bool byval, int len);
extern bool node_equal_datum(Datum a, Datum b, bool byval, int len);
extern bool node_equal_string(const char *a, const char *b);
extern struct PgQuery__Node *node_copy_raw(const struct PgQuery__Node *from);

/* about expressions */
extern Oid exprType(const Node *expr);
extern int32 exprTypmod(const Node *expr);
extern Oid exprCollation(const Node *expr);
extern Oid exprInputCollation(const Node *expr);
extern void exprSetCollation(Node *expr, Oid collation);
extern void exprSetInputCollation(Node *expr, Oid inputcollation);
extern int exprLocation(const Node *expr);
extern bool exprIsLengthCoercion(const Node *expr, int32 *coercedTypmod);
extern bool expression_returns_set(const Node *clause);
extern Node *applyRelabelType(Node *arg, Oid rtype, int32 rtypmod, Oid rcollid,
                              CoercionForm rformat, int rlocation, bool overwrite_ok);
extern Node *relabel_to_typmod(Node *expr, int32 typmod);
extern Node *strip_implicit_coercions(Node *node);
extern bool contain_agg_clause(const Node *clause);
extern void fix_opfuncids(Node *node);
extern void set_opfuncid(OpExpr *opexpr);
extern void set_sa_opfuncid(ScalarArrayOpExpr *opexpr);

/* walkers */
#define QTW_IGNORE_RT_SUBQUERIES 0x01
#define QTW_IGNORE_CTE_SUBQUERIES 0x02
#define QTW_IGNORE_RC_SUBQUERIES 0x03
#define QTW_IGNORE_JOINALIASES 0x04
#define QTW_IGNORE_RANGE_TABLE 0x08
#define QTW_EXAMINE_RTES_BEFORE 0x10
#define QTW_EXAMINE_RTES_AFTER 0x20
#define QTW_DONT_COPY_QUERY 0x40
#define QTW_EXAMINE_SORTGROUP 0x80

typedef bool (*tree_walker_callback)(Node *node, void *context);
typedef Node *(*tree_mutator_callback)(Node *node, void *context);

extern bool expression_tree_walker_impl(Node *node, tree_walker_callback walker, void *context);
extern Node *expression_tree_mutator_impl(Node *node, tree_mutator_callback mutator,
                                          void *context);
extern bool query_tree_walker_impl(Query *query, tree_walker_callback walker, void *context,
                                   int flags);
extern Query *query_tree_mutator_impl(Query *query, tree_mutator_callback mutator,
                                      void *context, int flags);
extern bool range_table_walker_impl(List *rtable, tree_walker_callback walker, void *context,
                                    int flags);
extern List *range_table_mutator_impl(List *rtable, tree_mutator_callback mutator,
                                      void *context, int flags);
extern bool query_or_expression_tree_walker_impl(Node *node, tree_walker_callback walker,
                                                 void *context, int flags);
extern Node *query_or_expression_tree_mutator_impl(Node *node, tree_mutator_callback mutator,
                                                   void *context, int flags);
#define expression_tree_walker(n, w, c) \
    expression_tree_walker_impl((Node *) (n), (tree_walker_callback) (w), c)
#define expression_tree_mutator(n, m, c) \
    expression_tree_mutator_impl((Node *) (n), (tree_mutator_callback) (m), c)
#define query_tree_walker(q, w, c, f) query_tree_walker_impl(q, (tree_walker_callback) (w), c, f)
#define query_tree_mutator(q, m, c, f) \
    query_tree_mutator_impl(q, (tree_mutator_callback) (m), c, f)
#define range_table_walker(rt, w, c, f) \
    range_table_walker_impl(rt, (tree_walker_callback) (w), c, f)
#define range_table_mutator(rt, m, c, f) \
    range_table_mutator_impl(rt, (tree_mutator_callback) (m), c, f)
#define query_or_expression_tree_walker(n, w, c, f) \
    query_or_expression_tree_walker_impl((Node *) (n), (tree_walker_callback) (w), c, f)
#define query_or_expression_tree_mutator(n, m, c, f) \
    query_or_expression_tree_mutator_impl((Node *) (n), (tree_mutator_callback) (m), c, f)

/* tests on nodes that planner and executor repeat */
static inline bool
is_andclause(const void *clause)
{
    return clause != NULL && IsA(clause, BoolExpr) &&
           ((const BoolExpr *) clause)->boolop == AND_EXPR;
}

static inline bool
is_orclause(const void *clause)
{
    return clause != NULL && IsA(clause, BoolExpr) &&
           ((const BoolExpr *) clause)->boolop == OR_EXPR;
}

static inline bool
is_notclause(const void *clause)
{
    return clause != NULL && IsA(clause, BoolExpr) &&
           ((const BoolExpr *) clause)->boolop == NOT_EXPR;
}

static inline bool
is_opclause(const void *clause)
{
    return clause != NULL && IsA(clause, OpExpr);
}

static inline Node *
get_leftop(const void *clause)
{
    const OpExpr *expr = (const OpExpr *) clause;

    return expr->args != NIL ? (Node *) linitial(expr->args) : NULL;
}

static inline Node *
get_rightop(const void *clause)
{
    const OpExpr *expr = (const OpExpr *) clause;

    return list_length(expr->args) >= 2 ? (Node *) lsecond(expr->args) : NULL;
}

static inline Expr *
get_notclausearg(const void *notclause)
{
    return (Expr *) linitial(((const BoolExpr *) notclause)->args);
}

/* range table and target list lookups */
#define rt_fetch(rangetable_index, rangetable) \
    ((RangeTblEntry *) list_nth(rangetable, (rangetable_index) -1))
extern TargetEntry *get_sortgroupref_tle(Index sortref, List *targetList);
extern TargetEntry *get_sortgroupclause_tle(SortGroupClause *sgClause, List *targetList);
extern Node *get_sortgroupclause_expr(SortGroupClause *sgClause, List *targetList);
extern List *get_sortgrouplist_exprs(List *sgClauses, List *targetList);
extern SortGroupClause *get_sortgroupref_clause(Index sortref, List *clauses);
extern TargetEntry *tlist_member(Expr *node, List *targetlist);
extern TargetEntry *get_tle_by_resno(List *tlist, AttrNumber resno);

#endif
