/*
 * commands_int.h - shared inside the commands room
 *
 * Each statement kind has one row in utility.c's table and one handler here, named
 * <thing>_process. Raw trees are libpg_query's: enums are one higher than PostgreSQL's, missing
 * strings are "", NULL list members are nodes without a case.
 */
#ifndef COMMANDS_INT_H
#define COMMANDS_INT_H

/* Other rooms have functions of these names. */
#define unsupported commands__unsupported
#define name_text commands__name_text

#include <pg_query/pg_query.pb-c.h>

#include "base/base.h"
#include "base/number.h"
#include "catalog/catalog.h"
#include "catalog/ddl.h"
#include "catalog/dependency.h"
#include "catalog/lsyscache.h"
#include "catalog/namespace.h"
#include "catalog/relcache.h"
#include "catalog/rows.h"
#include "catalog/start.h"
#include "catalog/user.h"
#include "commands/commands.h"
#include "config/config.h"
#include "error/error.h"
#include "error/interrupt.h"
#include "executor/executor.h"
#include "heap/heap.h"
#include "memory/memory.h"
#include "parser/nodefuncs.h"
#include "parser/parser.h"
#include "sync/proc.h"
#include "xact/snapshot.h"
#include "xact/xact.h"

typedef PgQuery__Node RawNode;

#define RAW_KIND(node) ((node) == NULL ? PG_QUERY__NODE__NODE__NOT_SET : (node)->node_case)
#define RAW_IS(node, kind) (RAW_KIND(node) == PG_QUERY__NODE__NODE_##kind)

/* NULL for a string that the statement does not have. */
static inline char *
raw_text(char *s)
{
    return s == NULL || *s == '\0' ? NULL : s;
}

/* One running statement. */
typedef struct Utility {
    PlannedStmt *statement;
    RawNode *raw;
    const char *sql;
    const char *tag; /* "CREATE TABLE" */
    bool is_top_level;
    ParamListInfo params;
    DestReceiver *dest;          /* NULL when only the descriptor is asked for */
    QueryCompletion *completion; /* likewise */
} Utility;

/* ---- handlers, by file ---- */
extern void transaction_process(Utility *u);
extern void variable_set_process(Utility *u);
extern void variable_show_process(Utility *u);
extern TupleDesc variable_show_desc(Utility *u);
extern void lock_process(Utility *u);
extern void checkpoint_process(Utility *u);
extern void create_table_process(Utility *u);
extern void create_index_process(Utility *u);
extern void reindex_process(Utility *u);
extern void drop_process(Utility *u);
extern void truncate_process(Utility *u);
extern void alter_table_process(Utility *u);
extern void rename_process(Utility *u);
extern void alter_schema_of_process(Utility *u);
extern void alter_owner_process(Utility *u);
extern void create_view_process(Utility *u);
extern void create_table_as_process(Utility *u);
extern void create_schema_process(Utility *u);
extern void comment_process(Utility *u);
extern void grant_process(Utility *u);
extern void grant_role_process(Utility *u);
extern void create_role_process(Utility *u);
extern void alter_role_process(Utility *u);
extern void alter_role_set_process(Utility *u);
extern void drop_role_process(Utility *u);
extern void create_database_process(Utility *u);
extern void drop_database_process(Utility *u);
extern void alter_database_process(Utility *u);
extern void alter_database_set_process(Utility *u);

/* Statements with files of their own: COPY, EXPLAIN, VACUUM and ANALYZE. */
extern void copy_process(Utility *u);
extern void explain_process(Utility *u);
extern TupleDesc explain_result_desc(Utility *u);
extern void vacuum_process(Utility *u);

/* ---- utility.c ---- */
extern const UtilityHooks *utility__hooks(void);
pg_noreturn extern void unsupported(const char *what); /* 0A000 "%s is not supported" */
pg_noreturn extern void unsupported_plural(const char *what); /* "... are not supported" */

/* Rows of a utility statement's result, sent one by one. */
typedef struct RowSender {
    DestReceiver *dest;
    Batch *batch;
} RowSender;
extern RowSender row_sender_begin(DestReceiver *dest, TupleDesc desc);
extern void row_sender_add(RowSender *sender, const Datum *values, const bool *nulls);
extern void row_sender_end(RowSender *sender);

/* ---- name.c ---- */
typedef struct QualifiedName {
    const char *schema; /* NULL: none given */
    const char *name;
} QualifiedName;
/* errposition() for a byte offset in the statement's text; 0 where there is none. */
extern int commands_position(const char *sql, int location);
extern QualifiedName name_of_rangevar(const PgQuery__RangeVar *var);
extern QualifiedName name_of_items(RawNode *const *items, size_t count);
extern QualifiedName name_of_node(const RawNode *node); /* a list of strings or one string */
extern const char *name_text(QualifiedName name);       /* a.b, unquoted */
extern Relation open_rangevar(const PgQuery__RangeVar *var, LOCKMODE mode, bool missing_ok);
/* The schema for a new relation, with the right to create in it checked. */
extern Oid creation_namespace(QualifiedName name);
/* 42501 unless the user owns the relation; also for system catalogs. */
extern void check_relation_owner(Relation rel);
extern void check_not_system_catalog(Oid relid, const char *name);
extern void check_not_used(Relation rel, const char *statement);
extern Oid role_of_spec(const PgQuery__RoleSpec *spec); /* 0 for PUBLIC */
extern void check_new_owner(Oid old_owner, Oid new_owner);
extern DropBehavior drop_behavior(PgQuery__DropBehavior behavior);

/* ---- options.c ---- */
extern bool option_is(const PgQuery__DefElem *option, const char *name);
extern char *option_string(const PgQuery__DefElem *option); /* NULL: none given */
extern bool option_bool(const PgQuery__DefElem *option);
extern int64 option_int(const PgQuery__DefElem *option);
extern char *const_text(const RawNode *node); /* of a constant as SET takes it */
pg_noreturn extern void option_conflict(const Utility *u, const PgQuery__DefElem *option);

typedef enum ReloptionKind { RELOPTION_HEAP, RELOPTION_BTREE, RELOPTION_VIEW } ReloptionKind;
/* text[] of name=value: old with the given ones set or reset. 0: none left. */
extern Datum reloptions_change(Datum old, RawNode *const *items, size_t count, ReloptionKind kind,
                               bool is_reset);
extern Datum reloptions_of(Oid relid); /* as stored, 0 if none */

/* ---- expression.c ---- */
/* Columns of the one relation that an expression reads, offset as Bitmapsets of columns are. */
extern Bitmapset *expression_columns(Node *expr);
/* What a query or expression depends on: relations, columns, functions, types, operators. */
extern List *expression_dependencies(Node *node);
extern Node *const_null_is(Node *expr);
/* Pushes a snapshot unless one is active; answers whether it did. */
extern bool need_snapshot(void);
extern void done_snapshot(bool pushed);

/* ---- table.c, table_constraint.c ---- */

/* What a column definition says, resolved. */
typedef struct NewColumn {
    const char *name;
    Oid type;
    int32 typmod;
    Oid collation;
    int dimensions;
    char storage; /* 0: the type's */
    bool not_null;
    bool null_given;
    RawNode *default_raw;
    const char *default_stored; /* LIKE ... INCLUDING DEFAULTS: as the other table has it */
} NewColumn;

/* Constraints met while reading columns and table elements, in order. */
typedef struct NewConstraints {
    const char *table_name;
    List *checks;  /* PgQuery__Constraint * */
    List *indexes; /* IndexRequest * */
} NewConstraints;

/* Types, collation; its constraints go to *constraints. */
extern NewColumn column_read(const Utility *u, PgQuery__ColumnDef *def,
                              NewConstraints *constraints);
extern void column_fill_attribute(const NewColumn *column, TupleDesc desc, int attnum);
extern void constraint_read(const Utility *u, PgQuery__Constraint *constraint, NewColumn *column,
                            NewConstraints *constraints);
/* Writes CHECK constraints; existing rows are looked at by the caller. Names come back. */
extern Oid constraint_add_check(const Utility *u, Oid relid, PgQuery__Constraint *constraint,
                                bool is_valid, Node **ret_expr);
extern void column_add_default(const Utility *u, Oid relid, const NewColumn *column,
                               AttrNumber attnum);

/* ---- index.c, index_build.c ---- */

typedef struct IndexRequest {
    const char *name; /* NULL: to be chosen */
    const char *access_method; /* NULL: btree */
    List *elements;   /* PgQuery__IndexElem * */
    List *included;   /* names */
    RawNode *where_clause;
    RawNode **options;
    size_t option_count;
    bool unique;
    bool primary;
    bool is_constraint;
    bool nulls_not_distinct;
    bool if_not_exists;
    int location;    /* of the constraint in the text, -1 */
    bool skip_build; /* the table is known to be empty or the caller builds */
} IndexRequest;

extern IndexRequest *index_request_of_constraint(const PgQuery__Constraint *constraint,
                                                 const char *column);
/* Rows, file and contents. The heap is open and locked. 0 where IF NOT EXISTS met one. */
extern Oid index_create(const Utility *u, Relation heap, const IndexRequest *request);
extern void index_build(Relation heap, Relation index);
/* A new file for the index, built anew. */
extern void index_rebuild(Oid index);
/* All indexes of a table and of its TOAST table; empty: only metapages. */
extern void indexes_rebuild(Oid relid, bool is_empty);

/* 23502 where a row holds a NULL in one of the columns. */
extern void table_check_not_null(Relation rel, const AttrNumber *columns, int count);
/* 23514 where a row fails the condition. */
extern void table_check_condition(Relation rel, Node *condition, const char *constraint);

#endif
