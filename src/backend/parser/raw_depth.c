/*
 * raw_depth.c - bounds the depth of the tree that a text would parse to
 *
 * Why        grammar actions build left-deep chains (a + b + c) and nested brackets; every later
 *            step recurses over them. The bound counts, per open bracket, the operators since the
 *            last separator that starts a new operand list: commas, AND and OR (which the grammar
 *            flattens), SELECT-level keywords, semicolons. Joins and set operations chain across
 *            those, so they are counted apart. Long flat lists therefore cost nothing.
 * Invariants D1. The bound never understates depth by more than a small factor: each tree level
 *            needs a bracket, an operator token or one of the counted keywords.
 *            D2. One pass, no recursion, memory only for the open brackets up to the limit.
 */
#include "base/base.h"

#include <ctype.h>
#include <string.h>

#include "raw_depth_int.h"

typedef struct Level {
    int operators; /* since the last separator */
    int chain;     /* joins and set operations */
} Level;

typedef struct DepthScan {
    Level levels[RAW_DEPTH_MAX + 2];
    int open;  /* index of the innermost level */
    int below; /* operators + chain of all outer levels */
    int deepest;
} DepthScan;

static const char *const chain_words[] = {"UNION", "INTERSECT", "EXCEPT", "JOIN", NULL};
static const char *const operator_words[] = {"NOT", "IS", "ISNULL", "NOTNULL", "LIKE", "ILIKE",
                                             "SIMILAR", "IN", "COLLATE", "AT", "BETWEEN",
                                             "OPERATOR", NULL};
static const char *const separator_words[] = {"AND", "OR", "WHEN", "THEN", "ELSE", "SELECT",
                                              "FROM", "WHERE", "SET", "VALUES", "ON", "HAVING",
                                              "BY", NULL};

static bool
word_in(const char *const *list, const char *word, size_t length)
{
    for (; *list != NULL; list++)
    {
        if (strlen(*list) == length && strncasecmp(*list, word, length) == 0)
            return true;
    }
    return false;
}

static bool
is_word_byte(unsigned char c)
{
    return isalnum(c) || c == '_' || c == '$' || c >= 0x80;
}

static void
note(DepthScan *scan)
{
    Level *level = &scan->levels[scan->open];
    int depth = scan->open + scan->below + level->operators + level->chain;

    if (depth > scan->deepest)
        scan->deepest = depth;
}

static void
open_level(DepthScan *scan)
{
    Level *outer = &scan->levels[scan->open];

    if (scan->open > RAW_DEPTH_MAX)
        return;
    scan->below += outer->operators + outer->chain;
    scan->levels[++scan->open] = (Level) {0, 0};
    note(scan);
}

static void
close_level(DepthScan *scan)
{
    if (scan->open == 0)
        return;
    scan->open--;
    scan->below -= scan->levels[scan->open].operators + scan->levels[scan->open].chain;
}

static void
count_word(DepthScan *scan, const char *word, size_t length)
{
    Level *level = &scan->levels[scan->open];

    if (length == 4 && strncasecmp(word, "CASE", 4) == 0)
    {
        open_level(scan);
        scan->levels[scan->open].chain = 1;
    }
    else if (length == 3 && strncasecmp(word, "END", 3) == 0)
        close_level(scan);
    else if (word_in(separator_words, word, length))
    {
        level->operators = 0;
        /* a sub-select is several nodes deep */
        if (length == 6 && scan->open > 0 && level->chain == 0)
            level->chain = 1;
    }
    else if (word_in(chain_words, word, length))
        level->chain++;
    else if (word_in(operator_words, word, length))
        level->operators++;
    note(scan);
}

/* Past the closing quote; a doubled quote stays inside. */
static size_t
skip_quoted(const char *sql, size_t at, size_t length, char quote, bool escapes)
{
    for (at++; at < length; at++)
    {
        if (escapes && sql[at] == '\\' && at + 1 < length)
            at++;
        else if (sql[at] == quote)
        {
            if (at + 1 >= length || sql[at + 1] != quote)
                return at + 1;
            at++;
        }
    }
    return length;
}

static size_t
skip_comment(const char *sql, size_t at, size_t length)
{
    int nesting = 0;

    do
    {
        if (at + 1 < length && sql[at] == '/' && sql[at + 1] == '*')
            nesting++, at += 2;
        else if (at + 1 < length && sql[at] == '*' && sql[at + 1] == '/')
            nesting--, at += 2;
        else
            at++;
    } while (nesting > 0 && at < length);
    return at;
}

/* Past a dollar-quoted string, or just past the dollar where it is none. */
static size_t
skip_dollar(const char *sql, size_t at, size_t length)
{
    size_t tag = at + 1;
    const char *end;

    while (tag < length && is_word_byte(sql[tag]) && sql[tag] != '$')
        tag++;
    if (tag >= length || sql[tag] != '$' || isdigit((unsigned char) sql[at + 1]))
        return at + 1;
    tag++;
    end = memmem(sql + tag, length - tag, sql + at, tag - at);
    return end == NULL ? length : (size_t) (end - sql) + (tag - at);
}

static size_t
skip_operator(const char *sql, size_t at, size_t length)
{
    while (at < length && strchr("+-*/<>=~!@#%^&|`?:", sql[at]) != NULL && sql[at] != '\0')
    {
        if (at + 1 < length && ((sql[at] == '-' && sql[at + 1] == '-') ||
                                (sql[at] == '/' && sql[at + 1] == '*')))
            break;
        at++;
    }
    return at;
}

/* Past a run of signs, each of which is an operator of its own. */
static size_t
count_operator(DepthScan *scan, const char *sql, size_t at, size_t length)
{
    size_t end = skip_operator(sql, at, length);
    Level *level = &scan->levels[scan->open];

    if (end == at)
        return at + 1;
    /* a run of signs lexes as one operator each: +++1 is three levels */
    for (size_t i = at; i < end; i++)
        level->operators += i == at || sql[i] == '+' || sql[i] == '-';
    note(scan);
    return end;
}

static size_t
scan_token(DepthScan *scan, const char *sql, size_t at, size_t length)
{
    unsigned char c = sql[at];

    if (c == '\'')
        return skip_quoted(sql, at, length, c, at > 0 && (sql[at - 1] | 32) == 'e');
    if (c == '"')
        return skip_quoted(sql, at, length, c, false);
    if (c == '-' && at + 1 < length && sql[at + 1] == '-')
    {
        const char *end = memchr(sql + at, '\n', length - at);

        return end == NULL ? length : (size_t) (end - sql);
    }
    if (c == '/' && at + 1 < length && sql[at + 1] == '*')
        return skip_comment(sql, at, length);
    if (c == '$')
        return skip_dollar(sql, at, length);
    if (is_word_byte(c))
    {
        size_t end = at;

        while (end < length && is_word_byte(sql[end]))
            end++;
        count_word(scan, sql + at, end - at);
        return end;
    }
    if (c == '(' || c == '[')
        open_level(scan);
    else if (c == ')' || c == ']')
        close_level(scan);
    else if (c == ',')
        scan->levels[scan->open].operators = 0;
    else if (c == ';')
        scan->open = scan->below = 0, scan->levels[0] = (Level) {0, 0};
    else if (!isspace(c) && c != '.')
        return count_operator(scan, sql, at, length);
    return at + 1;
}

int
raw_depth(const char *sql, size_t length)
{
    DepthScan scan;
    size_t at = 0;

    scan.levels[0] = (Level) {0, 0};
    scan.open = scan.below = scan.deepest = 0;
    while (at < length && scan.deepest <= RAW_DEPTH_MAX)
        at = scan_token(&scan, sql, at, length);
    return scan.deepest;
}
