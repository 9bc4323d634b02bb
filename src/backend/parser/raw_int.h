/*
 * raw_int.h - short names for libpg_query's raw parse tree
 *
 * Raw trees are protobuf-c structs. Three things differ from PostgreSQL's own raw trees: enums are
 * one higher (0 is "undefined"), a missing string is "", and a NULL list member is a Node whose
 * node_case is NODE__NOT_SET.
 */
#ifndef PARSER_RAW_INT_H
#define PARSER_RAW_INT_H

#include <pg_query/pg_query.pb-c.h>

#include "base/base.h"
#include "memory/list.h"

typedef PgQuery__Node RawNode;

#define RAW_KIND(node) ((node) == NULL ? PG_QUERY__NODE__NODE__NOT_SET : (node)->node_case)
#define RAW_IS(node, kind) (RAW_KIND(node) == PG_QUERY__NODE__NODE_##kind)
#define RAW_MISSING(node) (RAW_KIND(node) == PG_QUERY__NODE__NODE__NOT_SET)

/* NULL for a string that the grammar left out */
static inline char *
raw_string(char *s)
{
    return s == NULL || *s == '\0' ? NULL : s;
}

/* a repeated String node as text */
#define RAW_STRVAL(node) ((node)->string->sval)

extern bool raw_is_star(const RawNode *node);
extern List *raw_string_list(RawNode *const *items, size_t count); /* of String */
extern char *raw_names_text(RawNode *const *items, size_t count);  /* a.b.c */
extern int raw_location(const RawNode *node); /* as exprLocation of a raw tree */
extern bool raw_is_negative_of(const char *sql, int location);

#endif
