/*
 * shape.c - splits a statement's text into shape and literals
 *
 * Why        a known shape skips parsing, analysis and planning, so this runs for every statement
 *            and must cost a fraction of a microsecond: one pass, a table of byte classes, no
 *            allocation, no call per token but memcpy.
 * Format     the shape is the text with each literal replaced by one byte 0x01..0x04 (its class),
 *            white space and comments between tokens reduced to one blank, and a final semicolon
 *            dropped. Key words and names stay as they are: other letter case is another shape.
 * Errors     cannot throw; false leaves the statement to the parser.
 */
#include "parser/shape.h"

#include <string.h>

#include "base/hash.h"

enum ByteClass { B_OTHER, B_SPACE, B_WORD, B_DIGIT, B_QUOTE, B_NAME, B_DOLLAR, B_HARD };

static const uint8 byte_class[256] = {
    ['\t'] = B_SPACE, ['\n'] = B_SPACE, ['\v'] = B_HARD,  ['\f'] = B_SPACE, ['\r'] = B_SPACE,
    [' '] = B_SPACE,  ['0' ... '9'] = B_DIGIT, ['A' ... 'Z'] = B_WORD, ['a' ... 'z'] = B_WORD,
    ['_'] = B_WORD,   [0x80 ... 0xff] = B_WORD, ['\''] = B_QUOTE, ['"'] = B_NAME,
    ['$'] = B_DOLLAR, [0x00 ... 0x08] = B_HARD, [0x0e ... 0x1f] = B_HARD,
};

typedef struct ShapeState {
    const char *sql;
    size_t length;
    size_t at;
    char *out;
    size_t out_length;
    ShapeLiteral *literals;
    ShapeScan *scan;
    bool pending_space;
} ShapeState;

static inline uint8
class_at(const ShapeState *state, size_t at)
{
    return at < state->length ? byte_class[(uint8) state->sql[at]] : B_SPACE;
}

static inline bool
is_word_byte(uint8 class)
{
    return class == B_WORD || class == B_DIGIT || class == B_DOLLAR;
}

static inline void
emit_space(ShapeState *state)
{
    if (state->pending_space && state->out_length > 0)
        state->out[state->out_length++] = ' ';
    state->pending_space = false;
}

static inline void
emit(ShapeState *state, size_t from, size_t to)
{
    emit_space(state);
    memcpy(state->out + state->out_length, state->sql + from, to - from);
    state->out_length += to - from;
}

static bool
add_literal(ShapeState *state, size_t from, size_t to, ShapeClass class)
{
    ShapeLiteral *literal;

    if (state->scan->literal_count >= SHAPE_LITERALS_MAX)
        return false;
    literal = &state->literals[state->scan->literal_count++];
    literal->offset = (uint32) from;
    literal->length = (uint32) (to - from);
    literal->class = class;
    emit_space(state);
    state->out[state->out_length++] = (char) class;
    return true;
}

/* The class of a number decides its type, so the two values whose negation changes type are left in
 * the shape as they are (0: not a literal of its own). */
static ShapeClass
integer_class(const char *digits, size_t count)
{
    uint64 value = 0;

    while (count > 1 && *digits == '0')
        digits++, count--;
    if (count > 19)
        return SHAPE_NUMERIC;
    for (size_t i = 0; i < count; i++)
        value = value * 10 + (uint64) (digits[i] - '0');
    if (value <= INT32_MAX)
        return SHAPE_INT4;
    if (value == (uint64) INT32_MAX + 1 || value == (uint64) INT64_MAX + 1)
        return 0;
    return value <= INT64_MAX ? SHAPE_INT8 : SHAPE_NUMERIC;
}

static bool
scan_number(ShapeState *state)
{
    size_t from = state->at;
    size_t to = from;
    bool integer = true;
    ShapeClass class;

    while (class_at(state, to) == B_DIGIT)
        to++;
    if (to < state->length && state->sql[to] == '.')
    {
        if (to + 1 < state->length && state->sql[to + 1] == '.')
            return false;
        integer = false;
        to++;
        while (class_at(state, to) == B_DIGIT)
            to++;
    }
    if (to < state->length && (state->sql[to] | 32) == 'e')
    {
        size_t exponent = to + 1;

        if (exponent < state->length &&
            (state->sql[exponent] == '+' || state->sql[exponent] == '-'))
            exponent++;
        if (class_at(state, exponent) != B_DIGIT)
            return false;
        while (class_at(state, exponent) == B_DIGIT)
            exponent++;
        to = exponent;
        integer = false;
    }
    if (is_word_byte(class_at(state, to)))
        return false; /* trailing junk: the parser has the message */
    class = integer ? integer_class(state->sql + from, to - from) : SHAPE_NUMERIC;
    if (class == 0)
        emit(state, from, to);
    else if (!add_literal(state, from, to, class))
        return false;
    state->at = to;
    return true;
}

static bool
scan_string(ShapeState *state)
{
    size_t from = state->at;
    size_t to = from + 1;

    for (;;)
    {
        const char *quote = memchr(state->sql + to, '\'', state->length - to);

        if (quote == NULL)
            return false;
        to = (size_t) (quote - state->sql) + 1;
        if (to >= state->length || state->sql[to] != '\'')
            break;
        to++;
    }
    if (memchr(state->sql + from, '\\', to - from) != NULL)
        return false;
    /* 'a' <newline> 'b' is one string */
    {
        size_t next = to;

        while (class_at(state, next) == B_SPACE && next < state->length)
            next++;
        if (next < state->length && state->sql[next] == '\'' && next > to)
            return false;
    }
    if (!add_literal(state, from, to, SHAPE_STRING))
        return false;
    state->at = to;
    return true;
}

static bool
scan_word(ShapeState *state)
{
    size_t from = state->at;
    size_t to = from + 1;

    while (is_word_byte(class_at(state, to)))
        to++;
    /* E'', B'', X'', N'', U&'' have rules of their own */
    if (to < state->length &&
        (state->sql[to] == '\'' ||
         (to - from == 1 && (state->sql[from] | 32) == 'u' && state->sql[to] == '&')))
    {
        if (to - from == 1)
            return false;
    }
    emit(state, from, to);
    state->at = to;
    return true;
}

static bool
scan_quoted_name(ShapeState *state)
{
    const char *end = memchr(state->sql + state->at + 1, '"', state->length - state->at - 1);
    size_t to;

    if (end == NULL)
        return false;
    to = (size_t) (end - state->sql) + 1;
    emit(state, state->at, to);
    state->at = to;
    return true;
}

static bool
scan_dollar(ShapeState *state)
{
    size_t to = state->at + 1;
    int number = 0;

    while (class_at(state, to) == B_DIGIT && to - state->at < 7)
        number = number * 10 + (state->sql[to++] - '0');
    if (number == 0 || is_word_byte(class_at(state, to)))
        return false;
    if (number > state->scan->param_max)
        state->scan->param_max = number;
    emit(state, state->at, to);
    state->at = to;
    return true;
}

static bool
only_space_left(const ShapeState *state)
{
    for (size_t i = state->at + 1; i < state->length; i++)
    {
        if (byte_class[(uint8) state->sql[i]] != B_SPACE)
            return false;
    }
    return true;
}

/* Punctuation and operators; comments are spaces, except nested ones. */
static bool
scan_other(ShapeState *state)
{
    const char *sql = state->sql;
    size_t at = state->at;

    if (sql[at] == ';')
    {
        if (!only_space_left(state))
            return false;
        state->at = state->length;
        return true;
    }
    if (sql[at] == '-' && at + 1 < state->length && sql[at + 1] == '-')
    {
        const char *end = memchr(sql + at, '\n', state->length - at);

        state->at = end == NULL ? state->length : (size_t) (end - sql);
        state->pending_space = true;
        return true;
    }
    if (sql[at] == '/' && at + 1 < state->length && sql[at + 1] == '*')
        return false;
    if (sql[at] == '.' && class_at(state, at + 1) == B_DIGIT &&
        (at == 0 || !is_word_byte(class_at(state, at - 1))))
        return false; /* .5 */
    emit(state, at, at + 1);
    state->at = at + 1;
    return true;
}

bool
shape_scan(const char *sql, size_t length, char *shape, ShapeLiteral *literals,
           ShapeScan *ret_scan)
{
    ShapeState state = {sql, length, 0, shape, 0, literals, ret_scan, false};

    *ret_scan = (ShapeScan) {0, 0, 0, 0};
    if (length > SHAPE_TEXT_BYTES_MAX)
        return false;
    while (state.at < length)
    {
        bool ok;

        switch ((enum ByteClass) byte_class[(uint8) sql[state.at]])
        {
            case B_SPACE:
                state.at++;
                state.pending_space = true;
                continue;
            case B_WORD:
                ok = scan_word(&state);
                break;
            case B_DIGIT:
                ok = scan_number(&state);
                break;
            case B_QUOTE:
                ok = scan_string(&state);
                break;
            case B_NAME:
                ok = scan_quoted_name(&state);
                break;
            case B_DOLLAR:
                ok = scan_dollar(&state);
                break;
            case B_HARD:
                return false;
            default:
                ok = scan_other(&state);
                break;
        }
        if (!ok)
            return false;
    }
    if (state.out_length == 0)
        return false;
    ret_scan->shape_length = (uint32) state.out_length;
    ret_scan->hash = hash_bytes_extended(shape, state.out_length, 0);
    return true;
}
