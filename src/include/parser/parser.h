/*
 * parser.h - from SQL text to an analyzed query
 *
 * A statement's way: parser_parse() splits and parses the text with libpg_query; parser_analyze()
 * resolves names and types of one statement and expands views. All results live in
 * CurrentMemoryContext. All functions report errors by ereport with PostgreSQL's SQLSTATE and a
 * cursor position in characters.
 */
#ifndef PARSER_PARSER_H
#define PARSER_PARSER_H

#include "parser/query.h"

struct PgQuery__TypeName;
struct RelationData;
struct ParseState;

/* Longest text that is parsed, in bytes; longer ones answer 54000. */
#define PARSER_TEXT_BYTES_MAX (1024 * 1024 * 1024 - 1)

/* Parses a text of any number of statements: a list of RawStmt, NIL for an empty text. */
extern List *parser_parse(const char *sql);

/* CommandComplete tag family of a raw statement, such as "SELECT" or "CREATE TABLE". */
extern const char *parser_command_tag(const RawStmt *raw);

/* True if analysis of the statement needs a snapshot (SELECT, DML, EXPLAIN, DECLARE ...). */
extern bool parser_needs_snapshot(const RawStmt *raw);

/* Analyzes with the types of $1..$n fixed. Views are expanded. */
extern Query *parser_analyze(RawStmt *raw, const char *sql, const Oid *param_types,
                             int param_count);

/* The same, inferring the type of every parameter whose type is 0 or unknown; both in and out.
 * The array is palloc'd anew where it grows. 42P18 if one stays undetermined. */
extern Query *parser_analyze_varparams(RawStmt *raw, const char *sql, Oid **param_types,
                                       int *param_count);

/* Without parameters, and with views left as they are: what CREATE VIEW stores. */
extern Query *parser_analyze_unexpanded(RawStmt *raw, const char *sql);

/* Expands views in an analyzed query that came out of storage (a rule's action). In place. */
extern Query *rewrite_query(Query *query);

/* The result columns of a query: its target list or RETURNING list; NIL if it returns no rows. */
extern List *parser_result_targets(Query *query);

/* ---- names of types ------------------------------------------------------------------------ */

/* Resolves a raw type name; 42704 if there is none, unless missing_ok (then InvalidOid). */
extern Oid parser_type_lookup(const struct PgQuery__TypeName *name, int32 *ret_typmod,
                              bool missing_ok);

/* Parses "numeric(10,2)[]" and the like. */
extern Oid parser_type_from_string(const char *text, int32 *ret_typmod, bool missing_ok);

/* The name as the user wrote it, for messages. */
extern char *parser_type_name_text(const struct PgQuery__TypeName *name);

/* ---- expressions of DDL --------------------------------------------------------------------- */

/* A column default, coerced to the column's type (42804 if it cannot be). `generated` is true for
 * GENERATED ALWAYS AS, which may then name columns of rel. */
extern Node *parser_cook_default(const struct PgQuery__Node *raw, const char *sql,
                                 struct RelationData *rel, Oid type, int32 typmod,
                                 const char *column, bool generated);

/* A CHECK constraint's condition over rel's columns. */
extern Node *parser_cook_check(const struct PgQuery__Node *raw, const char *sql,
                               struct RelationData *rel);

/* A domain's CHECK over VALUE. */
extern Node *parser_cook_domain_check(const struct PgQuery__Node *raw, const char *sql,
                                      Oid base_type, int32 typmod, Oid collation);

/* An index expression, or with is_predicate an index predicate, over rel's columns. */
extern Node *parser_cook_index(const struct PgQuery__Node *raw, const char *sql,
                               struct RelationData *rel, bool is_predicate);

/* A condition over rel's columns with no aggregates: COPY FROM ... WHERE, ALTER COLUMN USING
 * (target_type not 0: coerced to it by assignment). */
extern Node *parser_cook_using(const struct PgQuery__Node *raw, const char *sql,
                               struct RelationData *rel, Oid target_type, int32 typmod,
                               const char *column);
extern Node *parser_cook_where(const struct PgQuery__Node *raw, const char *sql,
                               struct RelationData *rel, const char *construct);

/* A free-standing expression: EXECUTE arguments, SET values. Coerced to type by assignment. */
extern Node *parser_cook_argument(const struct PgQuery__Node *raw, const char *sql, Oid type,
                                  int argument_number);

/* ---- coercion, for commands and planner ------------------------------------------------------ */

/* Coerces expr for assignment to a column or variable; NULL where there is no way. */
extern Node *coerce_to_target_type(struct ParseState *pstate, Node *expr, Oid exprtype,
                                   Oid targettype, int32 targettypmod, CoercionContext ccontext,
                                   CoercionForm cformat, int location);

#endif
