/*
 * message.c - errors and notices as the user sees them
 */
#include "client.h"

enum { LINE_WIDTH_MAX = 60, RIGHT_MARGIN = 10 };

/* Where the message speaks: "sengisql:file:line: " with the label, as far as each is known. */
static void
print_prefix(bool is_error)
{
    if (client.out != NULL)
        fflush(client.out);
    fflush(stdout);
    if (!client.terse || client.input_name != NULL)
        fprintf(stderr, "%s:", PROGRAM);
    if (client.input_name != NULL)
        fprintf(stderr, "%s:%" PRIu64 ":", client.input_name, client.input_line);
    if (!client.terse || client.input_name != NULL)
        fputc(' ', stderr);
    if (is_error && !client.terse)
        fputs("error: ", stderr);
}

static void
say(bool is_error, const char *format, va_list args)
{
    char *text = NULL;
    size_t length;

    if (vasprintf(&text, format, args) < 0)
        text = NULL;
    need(text);
    length = strlen(text);
    if (length > 0 && text[length - 1] == '\n')
        text[length - 1] = '\0';
    print_prefix(is_error);
    fprintf(stderr, "%s\n", text);
    free(text);
}

void
say_error(const char *format, ...)
{
    va_list args;

    va_start(args, format);
    say(true, format, args);
    va_end(args);
}

void
say_info(const char *format, ...)
{
    va_list args;

    va_start(args, format);
    say(false, format, args);
    va_end(args);
}

/* "LINE n: " with the statement's line, cut to fit, and the caret below character `position`. */
static void
add_position(const char *query, int position, Text *text)
{
    const char *at = query, *begin = query, *loc, *end;
    int line = 1;
    bool cut_left = false, cut_right = false;
    size_t label;

    for (int i = 1; i < position && *at != '\0'; i++) {
        if (*at == '\n') {
            begin = at + 1;
            line++;
        }
        at += char_length(at);
    }
    loc = at;
    end = begin + strcspn(begin, "\r\n");
    if (string_width(begin, (size_t)(end - begin)) > LINE_WIDTH_MAX) {
        if (string_width(begin, (size_t)(loc - begin)) + RIGHT_MARGIN <= LINE_WIDTH_MAX) {
            end = begin;
            while (string_width(begin, (size_t)(end - begin)) < LINE_WIDTH_MAX)
                end += char_length(end);
            cut_right = true;
        } else {
            const char *stop = loc;
            while (stop < end && string_width(loc, (size_t)(stop - loc)) < RIGHT_MARGIN)
                stop += char_length(stop);
            cut_right = stop < end;
            end = stop;
            while (string_width(begin, (size_t)(end - begin)) > LINE_WIDTH_MAX) {
                begin += char_length(begin);
                cut_left = true;
            }
        }
    }
    label = text->length;
    text_format(text, "LINE %d: %s", line, cut_left ? "..." : "");
    label = text->length - label;
    for (at = begin; at < end; at++)
        text_char(text, *at == '\t' ? ' ' : *at);
    text_add(text, cut_right ? "...\n" : "\n");
    for (at = begin; at < loc; at += char_length(at))
        label += *at == '\t' ? 1 : (size_t)char_width(at);
    text_pad(text, ' ', (int)label);
    text_add(text, "^\n");
}

static void
add_field(const Message *message, char letter, const char *label, Text *text)
{
    if (message->field[(int)letter] != NULL)
        text_format(text, "%s:  %s\n", label, message->field[(int)letter]);
}

static void
add_verbose(const Message *message, Text *text)
{
    add_field(message, 's', "SCHEMA NAME", text);
    add_field(message, 't', "TABLE NAME", text);
    add_field(message, 'c', "COLUMN NAME", text);
    add_field(message, 'd', "DATATYPE NAME", text);
    add_field(message, 'n', "CONSTRAINT NAME", text);
    if (message->field['R'] != NULL || message->field['F'] != NULL)
        text_format(text, "LOCATION:  %s, %s:%s\n", message->field['R'] ? message->field['R'] : "",
                    message->field['F'] ? message->field['F'] : "",
                    message->field['L'] ? message->field['L'] : "");
}

void
message_format(const Message *message, const char *query, Text *ret_text)
{
    const char *verbosity = variable_get("VERBOSITY"), *context = variable_get("SHOW_CONTEXT");
    const char *severity = message->field['V'] ? message->field['V'] : message->field['S'];
    bool verbose = verbosity != NULL && strcmp(verbosity, "verbose") == 0;
    bool terse = verbosity != NULL && strcmp(verbosity, "terse") == 0;
    bool is_error = severity == NULL || strcmp(severity, "ERROR") == 0 ||
                    strcmp(severity, "FATAL") == 0 || strcmp(severity, "PANIC") == 0;
    const char *position = message->field['P'];

    text_format(ret_text, "%s:  ", message->field['S'] ? message->field['S'] : "ERROR");
    if (verbosity != NULL && strcmp(verbosity, "sqlstate") == 0) {
        text_format(ret_text, "%s\n", message->field['C'] ? message->field['C'] : "");
        return;
    }
    if (verbose && message->field['C'] != NULL)
        text_format(ret_text, "%s: ", message->field['C']);
    text_add(ret_text, message->field['M'] ? message->field['M'] : "");
    if (terse && position != NULL)
        text_format(ret_text, " at character %s", position);
    text_char(ret_text, '\n');
    if (terse)
        return;
    if (position != NULL && query != NULL)
        add_position(query, atoi(position), ret_text);
    else if (message->field['p'] != NULL && message->field['q'] != NULL)
        add_position(message->field['q'], atoi(message->field['p']), ret_text);
    add_field(message, 'D', "DETAIL", ret_text);
    add_field(message, 'H', "HINT", ret_text);
    add_field(message, 'q', "QUERY", ret_text);
    if (context != NULL && strcmp(context, "always") == 0 ? true
        : context != NULL && strcmp(context, "never") == 0 ? false : is_error)
        add_field(message, 'W', "CONTEXT", ret_text);
    if (verbose)
        add_verbose(message, ret_text);
}
