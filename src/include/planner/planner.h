/*
 * planner.h - from an analyzed query to a plan
 */
#ifndef PLANNER_PLANNER_H
#define PLANNER_PLANNER_H

#include "planner/plan.h"

/*
 * Plans one SELECT, INSERT, UPDATE or DELETE. The query is consumed: it may be changed. params,
 * if given, are values the plan may be fitted to; those flagged PARAM_FLAG_CONST become constants
 * of the plan. cursor_options: CURSOR_OPT_*. Everything is allocated in the current context.
 * Throws 0A000 for what cannot be planned.
 */
extern PlannedStmt *planner_plan(Query *query, const char *sql, int cursor_options,
                                 ParamListInfo params);

/* A free-standing expression (default, CHECK, index expression) made ready for the executor:
 * constants folded, function defaults filled in. No SubLinks. */
extern Node *planner_plan_expression(Node *expr);

/* Computes an expression without columns: the executor sets it at start. Returns a Const of the
 * given type, or the expression itself where it cannot. */
extern Expr *(*planner_eval_hook)(Expr *expr, Oid result_type, int32 typmod, Oid collation);

/* Copy, print and so on of plan nodes, and hooks into the parser room; once at start. */
extern void planner_register(void);

#endif
