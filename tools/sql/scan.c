/*
 * scan.c - finds where a statement ends
 *
 * Why        the server takes whole statements; what the user types comes by lines. Quotes, dollar
 *            quotes, comments, parentheses and BEGIN ATOMIC bodies hide a semicolon.
 * Invariants S1. scan->state says what the next line starts inside of.
 */
#include <ctype.h>

#include "client.h"

void
scan_reset(Scan *scan)
{
    free(scan->tag);
    *scan = (Scan){0};
}

static bool
is_word_start(char c)
{
    return isalpha((unsigned char)c) || c == '_' || (c & 0x80);
}

static bool
is_word(char c)
{
    return is_word_start(c) || isdigit((unsigned char)c) || c == '$';
}

static void
take(const char **at, size_t length, Text *query)
{
    text_bytes(query, *at, length);
    *at += length;
}

/* The body of a quote up to its closing; stays in the state where the line ends first. */
static void
scan_quoted(Scan *scan, const char **at, Text *query)
{
    while (**at != '\0') {
        char c = **at;
        if (c == '\\' && scan->escapes && (*at)[1] != '\0') {
            take(at, 2, query);
            continue;
        }
        take(at, 1, query);
        if (c == scan->state) {
            if (**at == c) {
                take(at, 1, query);
                continue;
            }
            scan->state = 0;
            scan->escapes = false;
            return;
        }
    }
}

static void
scan_dollar(Scan *scan, const char **at, Text *query)
{
    const char *end = strstr(*at, scan->tag);

    if (end == NULL) {
        take(at, strlen(*at), query);
        return;
    }
    take(at, (size_t)(end - *at) + strlen(scan->tag), query);
    scan->state = 0;
}

static void
scan_comment(Scan *scan, const char **at, Text *query)
{
    while (**at != '\0' && scan->comment_depth > 0) {
        if (strncmp(*at, "/*", 2) == 0) {
            scan->comment_depth++;
            take(at, 2, query);
        } else if (strncmp(*at, "*/", 2) == 0) {
            scan->comment_depth--;
            take(at, 2, query);
        } else
            take(at, 1, query);
    }
    if (scan->comment_depth == 0)
        scan->state = 0;
}

/* Words decide whether a BEGIN opens a function's body. */
static void
note_word(Scan *scan, const char *word, size_t length)
{
    char lower[16] = "";
    bool is_function = false;

    for (size_t i = 0; i < length && i < sizeof(lower) - 1; i++)
        lower[i] = (char)tolower((unsigned char)word[i]);
    if (scan->word_count < 4)
        memcpy(scan->words[scan->word_count], lower, sizeof(lower));
    scan->word_count++;
    if (strcmp(scan->words[0], "create") != 0)
        return;
    for (int i = 1; i < 4; i++)
        is_function = is_function || strcmp(scan->words[i], "function") == 0 ||
                      strcmp(scan->words[i], "procedure") == 0;
    if (!is_function || scan->paren_depth > 0)
        return;
    if (strcmp(lower, "begin") == 0 || (strcmp(lower, "case") == 0 && scan->begin_depth > 0))
        scan->begin_depth++;
    else if (strcmp(lower, "end") == 0 && scan->begin_depth > 0)
        scan->begin_depth--;
}

static void
scan_word(Scan *scan, const char **at, Text *query)
{
    size_t length = 0;
    char first = **at;

    while (is_word((*at)[length]))
        length++;
    if (length == 1 && (*at)[1] == '\'' && (first == 'e' || first == 'E')) {
        scan->escapes = true;
        scan->state = '\'';
        take(at, 2, query);
        return;
    }
    note_word(scan, *at, length);
    take(at, length, query);
}

/* True when a dollar quote starts here. */
static bool
begin_dollar(Scan *scan, const char **at, Text *query)
{
    size_t length = 1;

    if (is_word_start((*at)[1]))
        while (is_word((*at)[length]) && (*at)[length] != '$')
            length++;
    if ((*at)[length] != '$')
        return false;
    free(scan->tag);
    scan->tag = copy_bytes(*at, length + 1);
    scan->state = '$';
    take(at, length + 1, query);
    return true;
}

static bool
begin_quote(Scan *scan, const char **at, Text *query)
{
    const char *conforming;

    if (**at == '$')
        return begin_dollar(scan, at, query);
    if (**at == '/' && (*at)[1] == '*') {
        scan->state = '*';
        scan->comment_depth = 1;
        take(at, 2, query);
        return true;
    }
    if (**at != '\'' && **at != '"')
        return false;
    conforming = wire_parameter(client.connection, "standard_conforming_strings");
    scan->state = **at;
    scan->escapes = **at == '\'' && conforming != NULL && strcmp(conforming, "off") == 0;
    take(at, 1, query);
    return true;
}

static void
scan_inside(Scan *scan, const char **at, Text *query)
{
    if (scan->state == '$')
        scan_dollar(scan, at, query);
    else if (scan->state == '*')
        scan_comment(scan, at, query);
    else
        scan_quoted(scan, at, query);
}

/* Moves *at over one statement or to the line's end; *at is at the backslash of a command. */
ScanEnd
scan_statement(Scan *scan, const char **at, Text *query)
{
    while (true) {
        char c = **at;
        if (scan->state != 0 && c != '\0')
            scan_inside(scan, at, query);
        else if (c == '\0')
            return SCAN_INCOMPLETE;
        else if (c == '-' && (*at)[1] == '-') {
            size_t length = strcspn(*at, "\n");
            if (query->length > 0)
                take(at, length, query);
            else
                *at += length;
        } else if (c == ';' && scan->paren_depth == 0 && scan->begin_depth == 0) {
            take(at, 1, query);
            return SCAN_SEMICOLON;
        } else if (c == '\\' && ((*at)[1] == ';' || (*at)[1] == ':')) {
            (*at)++;
            take(at, 1, query);
        } else if (c == '\\')
            return SCAN_BACKSLASH;
        else if (begin_quote(scan, at, query))
            continue;
        else if (is_word_start(c))
            scan_word(scan, at, query);
        else if (isdigit((unsigned char)c)) {
            size_t length = 1;
            while (is_word((*at)[length]) && (*at)[length] != '$')
                length++;
            take(at, length, query);
        } else if (c == ':' && ((*at)[1] == ':' || (*at)[1] == '='))
            take(at, 2, query);
        else if (c == ':' && variable_interpolate(at, query))
            continue;
        else if (isspace((unsigned char)c) && query->length == 0)
            (*at)++;
        else {
            scan->paren_depth += c == '(' ? 1 : c == ')' && scan->paren_depth > 0 ? -1 : 0;
            take(at, 1, query);
        }
    }
}
