/*
 * explain_print.c - EXPLAIN's output: "label: value" lines or JSON
 */
#include "explain_int.h"

#include "types/builtins.h"

static void
json_string(StringInfo out, const char *s)
{
    appendStringInfoChar(out, '"');
    for (; *s != '\0'; s++) {
        if (*s == '"' || *s == '\\')
            appendStringInfoChar(out, '\\');
        if (*s == '\n')
            appendStringInfoString(out, "\\n");
        else if ((unsigned char) *s < ' ')
            appendStringInfo(out, "\\u%04x", *s);
        else
            appendStringInfoChar(out, *s);
    }
    appendStringInfoChar(out, '"');
}

void
explain_indent(Explain *es)
{
    appendStringInfoSpaces(&es->out, es->indent * 2);
}

/* Ends the previous member's line; then the label. */
static void
json_member(Explain *es, const char *label)
{
    if (es->has_member != NIL) {
        ListCell *last = list_tail(es->has_member);

        if (lfirst_int(last))
            appendStringInfoChar(&es->out, ',');
        lfirst_int(last) = 1;
        appendStringInfoChar(&es->out, '\n');
    }
    explain_indent(es);
    if (label != NULL) {
        json_string(&es->out, label);
        appendStringInfoString(&es->out, ": ");
    }
}

void
explain_open(Explain *es, const char *label, bool is_object)
{
    if (es->format == EXPLAIN_TEXT)
        return;
    json_member(es, label);
    appendStringInfoChar(&es->out, is_object ? '{' : '[');
    es->has_member = lappend_int(es->has_member, 0);
    es->indent++;
}

void
explain_close(Explain *es, bool is_object)
{
    if (es->format == EXPLAIN_TEXT)
        return;
    es->indent--;
    es->has_member = list_truncate(es->has_member, list_length(es->has_member) - 1);
    appendStringInfoChar(&es->out, '\n');
    explain_indent(es);
    appendStringInfoChar(&es->out, is_object ? '}' : ']');
}

void
explain_text(Explain *es, const char *label, const char *value)
{
    if (es->format == EXPLAIN_JSON) {
        json_member(es, label);
        json_string(&es->out, value);
        return;
    }
    explain_indent(es);
    appendStringInfo(&es->out, "%s: %s\n", label, value);
}

void
explain_bool(Explain *es, const char *label, bool value)
{
    if (es->format == EXPLAIN_TEXT) {
        explain_text(es, label, value ? "true" : "false");
        return;
    }
    json_member(es, label);
    appendStringInfoString(&es->out, value ? "true" : "false");
}

void
explain_number(Explain *es, const char *label, const char *unit, double value, int digits)
{
    if (es->format == EXPLAIN_JSON) {
        json_member(es, label);
        appendStringInfo(&es->out, "%.*f", digits, value);
        return;
    }
    explain_indent(es);
    appendStringInfo(&es->out, "%s: %.*f%s%s\n", label, digits, value, unit != NULL ? " " : "",
                     unit != NULL ? unit : "");
}

void
explain_list(Explain *es, const char *label, List *texts)
{
    const char *separator = "";
    ListCell *cell;

    if (es->format == EXPLAIN_JSON)
        json_member(es, label);
    else {
        explain_indent(es);
        appendStringInfo(&es->out, "%s: ", label);
    }
    if (es->format == EXPLAIN_JSON)
        appendStringInfoChar(&es->out, '[');
    foreach (cell, texts) {
        appendStringInfoString(&es->out, separator);
        if (es->format == EXPLAIN_JSON)
            json_string(&es->out, lfirst(cell));
        else
            appendStringInfoString(&es->out, lfirst(cell));
        separator = ", ";
    }
    appendStringInfoChar(&es->out, es->format == EXPLAIN_JSON ? ']' : '\n');
}

/* A row per line of text; JSON is one row. */
void
explain_rows(const Explain *es, RowSender *sender)
{
    const char *at = es->out.data;
    bool isnull = false;

    if (es->format == EXPLAIN_JSON) {
        Datum value = CStringGetTextDatum(at);

        row_sender_add(sender, &value, &isnull);
        return;
    }
    while (*at != '\0') {
        const char *end = strchr(at, '\n');
        Size length = end != NULL ? (Size) (end - at) : strlen(at);
        Datum value = CStringGetTextDatum(pnstrdup(at, length));

        row_sender_add(sender, &value, &isnull);
        at += length + (end != NULL ? 1 : 0);
    }
}
