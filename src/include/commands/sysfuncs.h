/*
 * sysfuncs.h - what functions that show the server's state share: rows of values
 *
 * A function fills one row after the other, column by column, or all of them at its first call.
 * Columns and their types are those that pg_proc gives as the function's OUT arguments.
 */
#ifndef COMMANDS_SYSFUNCS_H
#define COMMANDS_SYSFUNCS_H

#include "base/base.h"
#include "base/fmgr.h"
#include "heap/tupdesc.h"

#define SYSFUNCS_COLUMNS_MAX 64
#define SQL_FUNCTION(name) Datum name(PG_FUNCTION_ARGS); Datum name(PG_FUNCTION_ARGS)

/* A row while it is filled: the next value goes to column `count`. */
typedef struct SysRow {
    int count;
    Datum values[SYSFUNCS_COLUMNS_MAX];
    bool nulls[SYSFUNCS_COLUMNS_MAX];
} SysRow;

void sysrow_null(SysRow *row);
void sysrow_datum(SysRow *row, Datum value);
void sysrow_text(SysRow *row, const char *text); /* NULL: SQL NULL */
void sysrow_bool(SysRow *row, bool value);
void sysrow_int(SysRow *row, int32 value);
void sysrow_bigint(SysRow *row, int64 value);
void sysrow_oid(SysRow *row, Oid value);
void sysrow_time(SysRow *row, TimestampTz value); /* 0: SQL NULL */

/* The rows of a set, collected at its first call; memory until the last call. */
typedef struct SysRows SysRows;
typedef void (*SysRowsFiller)(SysRows *rows, FunctionCallInfo fcinfo);
/* Keeps the row and empties it. */
void sysrows_add(SysRows *rows, SysRow *row);

/* The whole body of a set-returning function. */
Datum sysfuncs_return_rows(FunctionCallInfo fcinfo, SysRowsFiller fill);
/* A function that returns one row. */
Datum sysfuncs_return_row(FunctionCallInfo fcinfo, SysRow *row);
/* int4[] */
Datum sysfuncs_int_array(const int32 *numbers, int count);

#endif
