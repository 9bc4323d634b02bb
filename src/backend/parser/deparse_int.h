/*
 * deparse_int.h - the state of printing a tree as SQL
 */
#ifndef PARSER_DEPARSE_INT_H
#define PARSER_DEPARSE_INT_H

#include "lookup_int.h"
#include "memory/memory.h"
#include "memory/stringinfo.h"
#include "parser/deparse.h"
#include "parser/nodefuncs.h"
#include "parser/query.h"

#define PRETTY_FLAG_PAREN 0x1
#define PRETTY_FLAG_INDENT 0x2
#define PRETTY_FLAG_SCHEMA 0x4

#define INDENT_STD 8
#define INDENT_JOIN 4
#define INDENT_VAR 4
#define INDENT_LIMIT 40

/* Names of one query level. */
typedef struct DeparseNames {
    List *rtable;
    List *names;   /* char * by rtindex - 1, NULL where nothing shows the entry */
    List *columns; /* List of char * by rtindex - 1 */
    List *ctes;
} DeparseNames;

typedef struct DeparseContext {
    StringInfo buf;
    List *namespaces; /* DeparseNames, innermost first */
    List *windowClause;
    List *windowTList;
    int prettyFlags;
    int indentLevel;
    bool varprefix;
    List *result_names; /* char *: what the outermost query's columns are called */
    bool names_visible; /* column names matter to someone, so "?column?" is spelled out */
    const DeparseResolver *resolver;
} DeparseContext;

#define PRETTY_PAREN(context) (((context)->prettyFlags & PRETTY_FLAG_PAREN) != 0)
#define PRETTY_INDENT(context) (((context)->prettyFlags & PRETTY_FLAG_INDENT) != 0)

extern void deparse_expr(Node *node, DeparseContext *context, bool showimplicit);
extern void deparse_expr_paren(Node *node, DeparseContext *context, bool showimplicit,
                               Node *parent);
extern void deparse_expr_toplevel(Node *node, DeparseContext *context, bool showimplicit);
extern void deparse_expr_funccall(Node *node, DeparseContext *context, bool showimplicit);
extern char *deparse_variable(Var *var, int levelsup, bool istoplevel, DeparseContext *context);
extern void deparse_query_into(Query *query, StringInfo buf, List *parents, int prettyFlags,
                               int indentLevel, bool names_visible);
extern void deparse_keyword(DeparseContext *context, const char *text, int before, int after,
                            int plus);
extern void deparse_target_list(List *targets, DeparseContext *context);
extern void deparse_order_by(List *orderlist, List *targets, bool force_colno,
                             DeparseContext *context);
extern Node *deparse_sortgroup(Index ref, List *targets, bool force_colno,
                               DeparseContext *context);
extern void deparse_window_spec(WindowClause *window, List *targets, DeparseContext *context);
extern void deparse_string_literal(StringInfo buf, const char *text);
extern bool deparse_is_simple(Node *node, Node *parent, int prettyFlags);
extern void deparse_const(Const *con, DeparseContext *context, int showtype);
extern void deparse_window_func(WindowFunc *wfunc, DeparseContext *context);
extern void deparse_aggref(Aggref *agg, DeparseContext *context);
extern void deparse_func_expr(FuncExpr *expr, DeparseContext *context, bool showimplicit);
extern bool deparse_sql_syntax(FuncExpr *expr, DeparseContext *context);
extern void deparse_sublink(SubLink *sublink, DeparseContext *context);
extern char *deparse_function_name(Oid funcid, int nargs, const Oid *argtypes, bool has_variadic,
                                   bool *ret_use_variadic);
extern char *deparse_text(Node *expr, Oid relid, const char *relname, int prettyFlags,
                          bool forceprefix);

#endif
