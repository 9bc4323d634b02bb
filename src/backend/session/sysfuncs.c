/*
 * sysfuncs.c - what the session keeps, as rows: prepared statements, cursors, the statement's text
 */
#include "session_int.h"

#include "catalog/catalog.h"
#include "commands/sysfuncs.h"
#include "types/array.h"
#include "types/builtins.h"

static void
add_statement(const char *name, const Statement *statement, void *arg)
{
    SysRow row = {0};
    Datum *types = palloc((statement->param_count + 1) * sizeof(Datum));

    for (int i = 0; i < statement->param_count; i++)
        types[i] = ObjectIdGetDatum(statement->param_types[i]);
    sysrow_text(&row, name);
    sysrow_text(&row, statement->sql);
    sysrow_time(&row, statement->prepared_at);
    sysrow_datum(&row, PointerGetDatum(
                           statement->param_count
                               ? construct_array(types, statement->param_count, REGTYPEOID,
                                                 sizeof(Oid), true, 'i')
                               : construct_empty_array(REGTYPEOID)));
    sysrow_bool(&row, statement->from_sql);
    sysrow_bigint(&row, statement->generic_count);
    sysrow_bigint(&row, statement->custom_count);
    sysrows_add(arg, &row);
}

static void
fill_statements(SysRows *rows, FunctionCallInfo fcinfo)
{
    prepared_visit(add_statement, rows);
}

SQL_FUNCTION(pg_prepared_statement)
{
    return sysfuncs_return_rows(fcinfo, fill_statements);
}

static void
add_cursor(const Portal *portal, void *arg)
{
    SysRow row = {0};

    if (!portal->name[0])
        return;
    sysrow_text(&row, portal->name);
    sysrow_text(&row, portal->sql ? portal->sql : "");
    sysrow_bool(&row, (portal->cursor_options & CURSOR_OPT_HOLD) != 0);
    sysrow_bool(&row, (portal->cursor_options & CURSOR_OPT_BINARY) != 0);
    sysrow_bool(&row, (portal->cursor_options & CURSOR_OPT_SCROLL) != 0);
    sysrow_time(&row, portal->created_at);
    sysrows_add(arg, &row);
}

static void
fill_cursors(SysRows *rows, FunctionCallInfo fcinfo)
{
    portal_visit(add_cursor, rows);
}

SQL_FUNCTION(pg_cursor)
{
    return sysfuncs_return_rows(fcinfo, fill_cursors);
}

SQL_FUNCTION(current_query)
{
    if (!debug_query_string)
        PG_RETURN_NULL();
    PG_RETURN_TEXT_P(cstring_to_text(debug_query_string));
}
