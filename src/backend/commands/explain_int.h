/*
 * explain_int.h - EXPLAIN: what its two files share
 */
#ifndef EXPLAIN_INT_H
#define EXPLAIN_INT_H

#include "commands_int.h"

#include "memory/stringinfo.h"
#include "parser/deparse.h"

typedef enum ExplainFormat { EXPLAIN_TEXT, EXPLAIN_JSON } ExplainFormat;

/* A node on the way from the top to the one being printed. */
typedef struct ExplainLevel {
    struct ExplainLevel *parent;
    Plan *plan;
    SubPlan *subplan; /* how the node was come to, or NULL */
} ExplainLevel;

typedef struct Explain {
    StringInfoData out;
    ExplainFormat format;
    bool analyze;
    bool verbose;
    bool costs;
    bool buffers;
    bool timing;
    bool summary;
    int indent;
    List *has_member; /* JSON: per open group, whether it needs a comma */
    PlannedStmt *plan;
    QueryDesc *qd;
    List *names; /* char * by range table index - 1 */
    Bitmapset *printed_subplans;
} Explain;

/* ---- explain_print.c: lines of text or JSON members ---- */
extern void explain_indent(Explain *es);
extern void explain_open(Explain *es, const char *label, bool is_object);
extern void explain_close(Explain *es, bool is_object);
extern void explain_text(Explain *es, const char *label, const char *value);
extern void explain_bool(Explain *es, const char *label, bool value);
extern void explain_number(Explain *es, const char *label, const char *unit, double value,
                           int digits);
extern void explain_list(Explain *es, const char *label, List *texts);
extern void explain_rows(const Explain *es, RowSender *sender);

/* ---- explain_node.c ---- */
extern List *explain_choose_names(List *rtable);
extern void explain_plan_tree(Explain *es);
extern void explain_buffer_counts(Explain *es, int64 hit, int64 read, int64 dirtied,
                                  int64 written);

/* ---- explain_expr.c ---- */
extern char *explain_expression(Explain *es, ExplainLevel *level, Node *expr, bool prefix,
                                bool showimplicit);
extern void explain_qual(Explain *es, ExplainLevel *level, const char *label, Node *qual,
                         bool prefix);

#endif
