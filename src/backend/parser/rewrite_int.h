/* rewrite_int.h - between analysis and rewriting */
#ifndef PARSER_REWRITE_INT_H
#define PARSER_REWRITE_INT_H

#include "parser/parser.h"

extern Query *parser__analyze_varparams_unrewritten(RawStmt *raw, const char *sql,
                                                    Oid **param_types, int *param_count);
extern void rewrite_insert_targets(Query *query);
extern void rewrite_update_targets(Query *query);

#endif
