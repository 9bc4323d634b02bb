/*
 * arguments.c - the arguments of backslash commands
 *
 * A word may hold 'quoted' text with escapes, "names", `commands` of the shell, and :variables.
 * A second backslash ends a command's line.
 */
#include <ctype.h>

#include "client.h"

static void
take_escape(Command *command, Text *text)
{
    static const char from[] = "ntbrf", to[] = "\n\t\b\r\f";
    char c = *command->at;
    const char *found = c == '\0' ? NULL : strchr(from, c);

    if (found != NULL)
        text_char(text, to[found - from]);
    else if (c >= '0' && c <= '7') {
        int value = 0;
        for (int i = 0; i < 3 && *command->at >= '0' && *command->at <= '7'; i++)
            value = value * 8 + (*command->at++ - '0');
        text_char(text, (char)value);
        return;
    } else if (c == 'x' && isxdigit((unsigned char)command->at[1])) {
        char *end;
        char digits[3] = {command->at[1], isxdigit((unsigned char)command->at[2])
                                              ? command->at[2] : '\0', '\0'};
        text_char(text, (char)strtol(digits, &end, 16));
        command->at += 1 + (end - digits);
        return;
    } else
        text_char(text, c);
    command->at++;
}

static void
take_quoted(Command *command, Text *text)
{
    for (command->at++; *command->at != '\0'; command->at++) {
        if (*command->at == '\'' && command->at[1] == '\'')
            command->at++;
        else if (*command->at == '\'') {
            command->at++;
            return;
        } else if (*command->at == '\\' && command->at[1] != '\0') {
            command->at++;
            take_escape(command, text);
            command->at--;
            continue;
        }
        text_char(text, *command->at);
    }
    say_error("unterminated quoted string");
}

static void
take_shell(Command *command, Text *text)
{
    const char *end = strchr(command->at + 1, '`');
    char *line;
    FILE *pipe;
    int c;

    if (end == NULL)
        end = command->at + strlen(command->at);
    line = copy_bytes(command->at + 1, (size_t)(end - command->at - 1));
    command->at = end + (*end == '`');
    fflush(NULL);
    pipe = command_is_skipping() ? NULL : popen(line, "r");
    while (pipe != NULL && (c = getc(pipe)) != EOF)
        text_char(text, (char)c);
    if (pipe != NULL)
        pclose(pipe);
    if (text->length > 0 && text->data[text->length - 1] == '\n')
        text->data[--text->length] = '\0';
    free(line);
}

static void
take_name(Command *command, Text *text, bool keep)
{
    if (keep)
        text_char(text, '"');
    for (command->at++; *command->at != '\0' && *command->at != '"'; command->at++)
        text_char(text, *command->at);
    if (*command->at == '"')
        command->at++;
    if (keep)
        text_char(text, '"');
}

static char *
next(Command *command, bool keep_quotes, bool drop_semicolon)
{
    Text text = {0};

    command->at += strspn(command->at, " \t\r\n");
    if (*command->at == '\0' || *command->at == '\\')
        return NULL;
    text_add(&text, "");
    while (*command->at != '\0' && !isspace((unsigned char)*command->at) &&
           *command->at != '\\') {
        if (*command->at == '\'')
            take_quoted(command, &text);
        else if (*command->at == '`')
            take_shell(command, &text);
        else if (*command->at == '"')
            take_name(command, &text, keep_quotes);
        else if (*command->at == ':' && variable_interpolate(&command->at, &text))
            continue;
        else
            text_char(&text, *command->at++);
    }
    while (drop_semicolon && text.length > 0 && text.data[text.length - 1] == ';')
        text.data[--text.length] = '\0';
    return text.data;
}

char *
argument_next(Command *command)
{
    return next(command, true, false);
}

char *
argument_name(Command *command)
{
    return next(command, true, true);
}

char *
argument_bare(Command *command)
{
    return next(command, false, false);
}

char *
argument_rest(Command *command)
{
    size_t length;
    char *rest;

    command->at += strspn(command->at, " \t\r\n");
    length = strlen(command->at);
    while (length > 0 && isspace((unsigned char)command->at[length - 1]))
        length--;
    rest = length == 0 ? NULL : copy_bytes(command->at, length);
    command->at += strlen(command->at);
    return rest;
}
