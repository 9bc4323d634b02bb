/*
 * text.h - growable strings and the width of text on a screen
 *
 * A Text's data is NUL-terminated once anything was added; a zeroed Text is an empty one.
 */
#ifndef SQL_TEXT_H
#define SQL_TEXT_H

#include "base/base.h"

typedef struct Text {
    char *data;
    size_t length, capacity;
} Text;

void *need(void *memory); /* ends the program when memory is NULL */
char *copy_string(const char *string);
char *copy_bytes(const char *bytes, size_t length);
void replace_string(char **where, const char *value); /* value may be NULL */
pg_attribute_printf(1, 2) char *format_string(const char *format, ...);

void text_bytes(Text *text, const char *bytes, size_t length);
void text_add(Text *text, const char *string);
void text_char(Text *text, char c);
void text_pad(Text *text, char c, int count);
pg_attribute_printf(2, 3) void text_format(Text *text, const char *format, ...);
void text_clear(Text *text);
void text_free(Text *text);
const char *text_string(const Text *text); /* never NULL */

/* An SQL literal or a quoted name, added to text. */
void text_literal(Text *text, const char *value);
void text_name(Text *text, const char *value);

int char_length(const char *at);             /* bytes of the UTF-8 character */
int char_width(const char *at);              /* columns on the screen */
int string_width(const char *at, size_t length);

#endif
