/*
 * session.h - statements of one connection: from text to results
 *
 * The protocol room reads messages and calls these functions; what a statement answers goes out
 * through the SessionSink that it registered. All functions throw; the protocol's loop catches,
 * reports, and calls session_abort().
 */
#ifndef SESSION_SESSION_H
#define SESSION_SESSION_H

#include "base/base.h"
#include "executor/dest.h"
#include "heap/tupdesc.h"
#include "memory/list.h"

/* Where answers go. Every function is set; formats is NULL for all text. */
typedef struct SessionSink {
    /* RowDescription of a result; targetlist gives the origin of plain columns, may be NIL. */
    void (*row_description)(TupleDesc desc, List *targetlist, const int16 *formats);
    void (*no_data)(void);
    void (*parameter_description)(int count, const Oid *types);
    /* A receiver that prints rows in these formats; it lives in the current memory context. */
    DestReceiver *(*make_receiver)(const int16 *formats);
    void (*command_complete)(const char *tag);
    void (*empty_query)(void);
    void (*portal_suspended)(void);
} SessionSink;

void session_set_sink(const SessionSink *sink);

/* Once per process, inside a transaction, when user and database are known. */
void session_initialize(void);

/* A 'Q' message: any number of statements, one implicit transaction. */
void session_simple_query(const char *sql);

/* Extended query. Names: "" is the unnamed statement or portal. */
void session_parse(const char *name, const char *sql, const Oid *types, int type_count);

/* One parameter value as it came: text or binary bytes, NULL when bytes is NULL. */
typedef struct BindValue {
    const char *bytes;
    int length;
    int16 format;
} BindValue;

void session_bind(const char *portal_name, const char *statement_name, const BindValue *values,
                  int value_count, const int16 *result_formats, int format_count);
void session_describe_statement(const char *name);
void session_describe_portal(const char *name);
/* max_rows 0: all. */
void session_execute(const char *portal_name, int64 max_rows);
void session_close_statement(const char *name);
void session_close_portal(const char *name);
/* Ends the implicit transaction of a pipeline. */
void session_sync(void);

/* After an error: aborts the transaction, drops what belonged to it. Does not throw ERROR. */
void session_abort(void);

/* 'I' idle, 'T' in a transaction block, 'E' in a failed one. */
char session_transaction_status(void);

/* Around the wait for a message: cancel requests mean nothing there, FATAL ones do. */
void interrupt_idle_begin(void);
void interrupt_idle_end(void);

/* The text of the statement that runs, for the log; NULL when none does. */
extern const char *debug_query_string;

#endif
