/*
 * report.c - errors and notices, parameter status
 *
 * Locks      none
 * Errors     cannot fail: it runs while an error is being handled
 */
#include <stdio.h>
#include <string.h>

#include "config/config.h"
#include "config/settings.h"
#include "error/error.h"
#include "error/errcodes.h"
#include "protocol_int.h"

static void
put_field(char letter, const char *text)
{
    if (!text)
        return;
    wire_put_byte(letter);
    wire_put_string(text);
}

static void
put_number_field(char letter, int number)
{
    char text[16];

    if (number <= 0)
        return;
    snprintf(text, sizeof text, "%d", number);
    put_field(letter, text);
}

/* The emit hook of the error room: one ErrorResponse or NoticeResponse. */
static void
send_report(ErrorData *edata)
{
    const char *severity = error_severity(edata->elevel);

    if (wire_fd() < 0 || wire_is_broken())
        return;
    wire_abandon_message();
    wire_begin(edata->elevel >= ERROR ? 'E' : 'N');
    put_field('S', severity);
    put_field('V', severity);
    put_field('C', unpack_sql_state(edata->sqlerrcode));
    put_field('M', edata->message ? edata->message : "missing error text");
    put_field('D', edata->detail);
    put_field('H', edata->hint);
    put_field('W', edata->context);
    put_field('s', edata->schema_name);
    put_field('t', edata->table_name);
    put_field('c', edata->column_name);
    put_field('d', edata->datatype_name);
    put_field('n', edata->constraint_name);
    put_number_field('P', edata->cursorpos);
    put_number_field('p', edata->internalpos);
    put_field('q', edata->internalquery);
    put_field('F', edata->filename);
    put_number_field('L', edata->lineno);
    put_field('R', edata->funcname);
    wire_put_byte('\0');
    wire_end();
    /* A FATAL's process ends next; an error may be waited for before the statement is over. */
    if (edata->elevel >= FATAL)
        wire_flush();
}

void
report_parameter_status(const char *name, const char *value)
{
    if (wire_fd() < 0)
        return;
    wire_begin('S');
    wire_put_string(name);
    wire_put_string(value);
    wire_end();
}

void
report_register(void)
{
    emit_error_to_client = send_report;
}
