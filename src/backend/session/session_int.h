/*
 * session_int.h - statements and portals, shared by the files of this room
 */
#ifndef SESSION_INT_H
#define SESSION_INT_H

#include "catalog/lsyscache.h"
#include "catalog/relcache.h"
#include "commands/commands.h"
#include "config/settings.h"
#include "error/resowner.h"
#include "executor/executor.h"
#include "memory/stringinfo.h"
#include "executor/tuplestore.h"
#include "parser/makefuncs.h"
#include "parser/nodefuncs.h"
#include "parser/parser.h"
#include "planner/planner.h"
#include "parser/shape.h"
#include "session/session.h"
#include "xact/xact.h"

#define CUSTOM_PLANS_FIRST 5 /* then a generic plan is tried, as PostgreSQL does */

extern const SessionSink *session_sink;

/* ---- statement.c ---- */

/*
 * A statement that may run more than once: a prepared one, or a shape. All its memory is in
 * `context`; plan and kept executor in children of it, so that either can be dropped alone.
 */
typedef struct Statement {
    MemoryContext context;
    char *sql;
    RawStmt *raw; /* NULL: empty text */
    Query *query; /* analyzed; valid while stamp is current */
    const char *tag;
    Oid *param_types;
    int param_count;
    TupleDesc result_desc; /* NULL: no rows */
    List *result_targets;
    bool from_sql;         /* made by PREPARE */
    bool is_remembered;    /* kept by prepared.c after the unnamed statement is another */
    bool is_shape;
    ShapeLiteral *shape_literals; /* of the text it was made from */
    int shape_literal_count;
    bool dropped;          /* freed when no portal uses it any more */
    int use_count;         /* portals */
    uint64 stamp;          /* statement_stamp() when analyzed */
    TimestampTz prepared_at;

    MemoryContext plan_context; /* generic plan */
    PlannedStmt *plan;
    double generic_cost;
    double custom_cost_sum;
    int64 custom_count, generic_count;

    QueryDesc *kept; /* suspended executor of the generic plan, or NULL */
    bool kept_busy;
} Statement;

/* Changes whenever a plan might be wrong: catalog invalidations, search_path, role. */
uint64 statement_stamp(void);
void statement_bump_settings(void);

/* Parses and analyzes; type_count types are given, the others inferred. In its own context. */
Statement *statement_create(const char *sql, RawStmt *raw, const Oid *types, int type_count);
/* Analyzes again if the stamp moved; 0A000 if the result type changed. */
void statement_revalidate(Statement *statement);
/* A plan for these values; *ret_generic tells whether it is the kept one. */
PlannedStmt *statement_plan(Statement *statement, ParamListInfo params, bool *ret_generic);
/* Takes the locks of a kept plan; false if it went stale meanwhile. */
bool statement_lock_plan(PlannedStmt *plan);
/* The statement inside PREPARE. */
Statement *statement_create_inner(PlannedStmt *prepare, struct PgQuery__Node *inner,
                                  const char *sql, const Oid *types, int type_count);
/* Literals become parameters where they may (parser/shape.h); uses says which. NULL: none may,
 * or the statement has parameters of its own. */
Statement *statement_create_shape(const char *sql, RawStmt *raw, const ShapeLiteral *literals,
                                  int literal_count, ShapeUse *uses);
void statement_free(Statement *statement);
void statement_release(Statement *statement);
bool statement_is_transaction_exit(const RawStmt *raw);
bool statement_is_transaction_control(const RawStmt *raw);
int64 statement_total_cost(const PlannedStmt *plan);

/* ---- prepared.c ---- */
Statement *prepared_find(const char *name, bool missing_ok);
void prepared_store(const char *name, Statement *statement);
void prepared_drop(const char *name, bool missing_ok);
void prepared_drop_all(void);
/* Every named statement, in no order. */
void prepared_visit(void (*visit)(const char *name, const Statement *statement, void *arg),
                    void *arg);
Statement *prepared_unnamed(void);
void prepared_drop_unnamed(void);
/*
 * Drivers send the same text as unnamed statement again and again. A text seen before, with the
 * same parameter types, becomes the unnamed statement again, plan and executor included.
 */
bool prepared_reuse_unnamed(const char *sql, const Oid *types, int type_count);
void prepared_remember_unnamed(Statement *statement, const Oid *types, int type_count);
void prepared_forget_texts(void);

/* ---- portal.c ---- */

typedef enum PortalStatus { PORTAL_DEFINED, PORTAL_READY, PORTAL_ACTIVE, PORTAL_DONE,
                            PORTAL_FAILED } PortalStatus;
typedef enum PortalStrategy {
    PORTAL_SELECT,  /* rows are drawn from the executor as they are asked for */
    PORTAL_STORED,  /* run at once into a tuplestore, rows are read from there */
    PORTAL_NO_ROWS, /* run at once, no rows */
} PortalStrategy;

typedef struct Portal {
    char name[NAMEDATALEN];
    MemoryContext context;
    const char *sql;
    const char *tag;
    Statement *statement; /* use counted; NULL: the plan is the portal's own */
    PlannedStmt *plan;
    ParamListInfo params;
    PortalStrategy strategy;
    PortalStatus status;
    int cursor_options;
    bool is_kept_executor; /* qd is statement->kept */
    QueryDesc *qd;
    Snapshot snapshot;
    ResourceOwner owner;
    SubTransactionId created_in;
    TupleDesc desc; /* NULL: no rows */
    List *targetlist;
    int16 *formats;
    DestReceiver *printer; /* kept between executes */
    Tuplestorestate *store;
    int64 position; /* rows before the cursor's row, counted from 1 when on a row */
    bool at_start, at_end;
    bool is_held; /* WITH HOLD, and its transaction has committed */
    bool is_cursor;
    TimestampTz created_at;
    QueryCompletion completion;
} Portal;

Portal *portal_create(const char *name, bool replace, bool replace_silently);
Portal *portal_find(const char *name);
/* Every portal that clients can see. */
void portal_visit(void (*visit)(const Portal *portal, void *arg), void *arg);
void portal_drop(Portal *portal);
void portal_drop_all_cursors(void);
void portal_register(void);
/* Takes a cursor's snapshot and starts its executor, so that it sees the rows of now. */
void portal_open_cursor(Portal *portal);
const char *portal_unique_name(void);
/* Takes its statement or plan, looks at what it returns. params live in portal->context. */
void portal_define(Portal *portal, const char *sql, const char *tag, Statement *statement,
                   PlannedStmt *plan, Query *query, ParamListInfo params);
void portal_set_formats(Portal *portal, const int16 *formats, int count);
/*
 * Draws up to count rows (0: all) forward into dest. Returns whether it is complete;
 * portal->completion holds the tag then. *ret_rows: rows sent by this call.
 */
bool portal_run(Portal *portal, int64 count, bool is_top_level, DestReceiver *dest,
                int64 *ret_rows);
/* FETCH and MOVE: direction and count as in the raw statement. Returns rows. */
int64 portal_fetch(Portal *portal, int direction, int64 count, DestReceiver *dest);

/* ---- cursor.c, utility.c ---- */
/* Statements of the session itself; false: it belongs to the commands room. */
bool session_utility(PlannedStmt *statement, const char *sql, bool is_top_level,
                     ParamListInfo params, DestReceiver *dest, QueryCompletion *ret_completion);
TupleDesc session_utility_desc(PlannedStmt *statement, const char *sql);

void session_utility_register(void);

/* ---- session.c ---- */
void session_end_statement(void);
/* A plan, or the wrapper of a utility statement. */
PlannedStmt *session_plan_statement(Statement *statement, ParamListInfo params);

/* ---- interrupts.c ---- */
void session_interrupts_register(void);

/* ---- shape.c ---- */
/* Runs the text as a cached shape; false: it is not one, nothing was done. */
bool shape_execute(const char *sql, Size length);
void shape_cache_register(void);
void shape_cache_drop_all(void);

/* ---- log.c ---- */
void log_statement_begin(const char *sql, const char *tag);
void log_duration_end(const char *sql);
void session_log_register(void);

#endif
