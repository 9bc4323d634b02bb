/*
 * commands.h - utility statements: everything that is not planned
 */
#ifndef COMMANDS_COMMANDS_H
#define COMMANDS_COMMANDS_H

#include "base/base.h"
#include "executor/dest.h"
#include "heap/tupdesc.h"
#include "planner/plan.h"

#define COMPLETION_TAG_CHARS_MAX 64

/* What CommandComplete says. */
typedef struct QueryCompletion {
    char tag[COMPLETION_TAG_CHARS_MAX];
} QueryCompletion;

/*
 * Runs one utility statement (raw tree in statement->utilityStmt, the analyzed inner statement of
 * EXPLAIN, CREATE TABLE AS in statement->utilityQuery; sql is the whole text that locations count
 * in); rows, if any, go to dest. is_top_level is false inside a function
 * or a block of several statements. ret_completion->tag holds the statement's plain tag on entry
 * and may be made more precise ("COPY 5", "SELECT 3"). Throws; unsupported statements 0A000.
 */
void utility_process(PlannedStmt *statement, const char *sql, bool is_top_level,
                     ParamListInfo params, DestReceiver *dest, QueryCompletion *ret_completion);

/* The columns of the rows it will send to dest; NULL for none. In the current context. */
TupleDesc utility_result_desc(PlannedStmt *statement, const char *sql);

/* Whether the statement may run in a read-only transaction; throws 25006 when not. */
void utility_check_read_only(PlannedStmt *statement);

/*
 * The statements that belong to the session (prepared statements, cursors, DISCARD) and what
 * EXPLAIN EXECUTE needs of it. The session registers it at start.
 */
typedef struct UtilityHooks {
    /* EXECUTE inside EXPLAIN or CREATE TABLE AS: its plan and parameters. */
    PlannedStmt *(*find_prepared)(const char *name, List *arguments, const char *sql,
                                  ParamListInfo *ret_params);
} UtilityHooks;

void utility_set_hooks(const UtilityHooks *hooks);

/* COPY's way to and from the client, registered by the protocol room. */
typedef struct CopyStream {
    /* CopyInResponse / CopyOutResponse: overall format 0 text or 1 binary. */
    void (*begin_in)(int format, int column_count);
    /* Next data, in place until the next call; false at CopyDone. Throws on CopyFail. */
    bool (*read)(const char **ret_bytes, Size *ret_length);
    void (*begin_out)(int format, int column_count);
    /* One CopyData message. */
    void (*write)(const char *bytes, Size length);
    void (*end_out)(void);
} CopyStream;

void commands_set_copy_stream(const CopyStream *stream);
const CopyStream *commands_copy_stream(void);

/* Settings, views' functions and hooks of this room; once at start. */
void commands_register(void);

#endif
