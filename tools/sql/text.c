/*
 * text.c - growable strings and the width of text on a screen
 *
 * Errors     out of memory ends the program; a client has nothing to save.
 */
#include <wchar.h>

#include "text.h"

void *
need(void *memory)
{
    if (memory == NULL) {
        fputs("sengisql: out of memory\n", stderr);
        exit(1);
    }
    return memory;
}

char *
copy_string(const char *string)
{
    return need(strdup(string));
}

char *
copy_bytes(const char *bytes, size_t length)
{
    return need(strndup(bytes, length));
}

void
replace_string(char **where, const char *value)
{
    char *copy = value == NULL ? NULL : copy_string(value);

    free(*where);
    *where = copy;
}

char *
format_string(const char *format, ...)
{
    char *result = NULL;
    va_list args;

    va_start(args, format);
    if (vasprintf(&result, format, args) < 0)
        result = NULL;
    va_end(args);
    return need(result);
}

static void
make_room(Text *text, size_t more)
{
    if (text->length + more + 1 <= text->capacity)
        return;
    text->capacity = Max(text->capacity * 2, text->length + more + 64);
    text->data = need(realloc(text->data, text->capacity));
}

void
text_bytes(Text *text, const char *bytes, size_t length)
{
    make_room(text, length);
    if (length > 0)
        memcpy(text->data + text->length, bytes, length);
    text->length += length;
    text->data[text->length] = '\0';
}

void
text_add(Text *text, const char *string)
{
    text_bytes(text, string, strlen(string));
}

void
text_char(Text *text, char c)
{
    text_bytes(text, &c, 1);
}

void
text_pad(Text *text, char c, int count)
{
    for (int i = 0; i < count; i++)
        text_char(text, c);
}

void
text_format(Text *text, const char *format, ...)
{
    char *more = NULL;
    va_list args;

    va_start(args, format);
    if (vasprintf(&more, format, args) < 0)
        more = NULL;
    va_end(args);
    text_add(text, need(more));
    free(more);
}

void
text_clear(Text *text)
{
    text->length = 0;
    if (text->data != NULL)
        text->data[0] = '\0';
}

void
text_free(Text *text)
{
    free(text->data);
    *text = (Text){0};
}

const char *
text_string(const Text *text)
{
    return text->data == NULL ? "" : text->data;
}

void
text_literal(Text *text, const char *value)
{
    if (strchr(value, '\\') != NULL)
        text_add(text, " E");
    text_char(text, '\'');
    for (; *value != '\0'; value++) {
        if (*value == '\'' || *value == '\\')
            text_char(text, *value);
        text_char(text, *value);
    }
    text_char(text, '\'');
}

void
text_name(Text *text, const char *value)
{
    text_char(text, '"');
    for (; *value != '\0'; value++) {
        if (*value == '"')
            text_char(text, *value);
        text_char(text, *value);
    }
    text_char(text, '"');
}

int
char_length(const char *at)
{
    unsigned char first = (unsigned char)*at;
    int length = first < 0x80 ? 1 : first < 0xe0 ? 2 : first < 0xf0 ? 3 : 4;

    for (int i = 1; i < length; i++)
        if (((unsigned char)at[i] & 0xc0) != 0x80)
            return i;
    return length;
}

int
char_width(const char *at)
{
    const unsigned char *byte = (const unsigned char *)at;
    int length = char_length(at);
    wchar_t c = byte[0];
    int width;

    if (length == 1)
        return c < ' ' || c == 0x7f ? 0 : 1;
    c &= 0x7f >> length;
    for (int i = 1; i < length; i++)
        c = (c << 6) | (byte[i] & 0x3f);
    width = wcwidth(c);
    return width < 0 ? 1 : width;
}

int
string_width(const char *at, size_t length)
{
    const char *end = at + length;
    int width = 0;

    for (; at < end; at += char_length(at))
        width += char_width(at);
    return width;
}
