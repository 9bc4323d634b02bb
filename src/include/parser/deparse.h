/*
 * deparse.h - from analyzed trees back to SQL text, with PostgreSQL's formatting
 */
#ifndef PARSER_DEPARSE_H
#define PARSER_DEPARSE_H

#include "parser/query.h"

/* Names for Vars: one relation (index expressions, checks, defaults). */
extern List *deparse_context_for(const char *aliasname, Oid relid);

/* Text of an expression; context from deparse_context_for or a planner's resolver below. */
extern char *deparse_expression(Node *expr, List *dpcontext, bool forceprefix, bool showimplicit);

/* For EXPLAIN: the caller names Vars and Params of plan trees. resolve_var returns either text
 * (palloc'd, *ret_expr NULL) or an expression to print in the Var's place. */
typedef struct DeparseResolver {
    char *(*resolve_var)(void *arg, Var *var, Node **ret_expr);
    char *(*resolve_param)(void *arg, Param *param, Node **ret_expr);
    void *arg;
    bool showimplicit; /* print the top node's implicit coercion */
} DeparseResolver;
extern char *deparse_expression_with(Node *expr, const DeparseResolver *resolver,
                                     bool forceprefix);

/* Text of a whole query as pg_get_viewdef prints it (no final semicolon). */
extern char *deparse_query(Query *query, bool pretty);

/* Names, quoted and qualified as needed for the current search path. */
extern const char *quote_identifier(const char *ident);
extern char *quote_qualified_identifier(const char *qualifier, const char *ident);
extern char *generate_relation_name(Oid relid);
extern char *generate_qualified_relation_name(Oid relid);
extern char *generate_collation_name(Oid collid);
extern char *generate_operator_name(Oid operid, Oid arg1, Oid arg2);

/* Object definitions; NULL where the object does not exist. */
extern char *deparse_index(Oid indexrelid, int colno, bool pretty);
extern char *deparse_constraint(Oid constraint_oid, bool pretty);
extern char *deparse_view(Oid viewoid, bool pretty);

#endif
