/*
 * copy_read.c - the input of COPY FROM: from bytes to rows of fields
 *
 * Why        a row is found first, by looking for the few bytes that can end it, sixteen at a
 *            time, then cut into fields which mostly point into the input. Only fields with
 *            escapes are copied.
 * Invariants R1. Bytes from position to limit are not yet used. They move only in fill().
 *            R2. fields, line_text and what they point to are good until the next row is read.
 * Errors     throws 22P04 for a malformed file, 22021 for wrong encoding
 */
#include "copy_int.h"

#include <emmintrin.h>

#include "types/encoding.h"

#define FILE_READ_BYTES 65536

/* ---- source ---- */

static void
reserve(CopyReader *reader, Size size)
{
    MemoryContext context;
    char *larger;

    if (reader->buffer_size >= size)
        return;
    context = GetMemoryChunkContext(reader->buffer);
    size = Max(size, reader->buffer_size * 2);
    larger = MemoryContextAllocHuge(context, size);
    if (reader->position >= reader->buffer &&
        reader->position <= reader->buffer + reader->buffer_size) {
        Size left = (Size) (reader->limit - reader->position);

        memcpy(larger, reader->position, left);
        reader->position = larger;
        reader->limit = larger + left;
    }
    pfree(reader->buffer);
    reader->buffer = larger;
    reader->buffer_size = size;
}

/* Brings what is left to the front of our own buffer. */
static Size
keep_left(CopyReader *reader)
{
    Size left = (Size) (reader->limit - reader->position);

    if (left > 0 && reader->position != reader->buffer) {
        if (left > reader->buffer_size)
            reserve(reader, left);
        if (reader->position != reader->buffer)
            memmove(reader->buffer, reader->position, left);
    }
    reader->position = reader->buffer;
    reader->limit = reader->buffer + left;
    return left;
}

/* More bytes behind limit; false when there are none. */
static bool
fill(CopyReader *reader)
{
    Size left, length = 0;
    const char *bytes;

    if (reader->at_end)
        return false;
    left = keep_left(reader);
    if (reader->stream == NULL) {
        reserve(reader, left + FILE_READ_BYTES);
        length = fread(reader->buffer + left, 1, FILE_READ_BYTES, reader->file);
        if (length == 0 && ferror(reader->file))
            ereport(ERROR,
                    (errcode_for_file_access(), errmsg("could not read from COPY file: %m")));
        reader->limit += length;
        CHECK_FOR_INTERRUPTS();
    } else {
        do {
            if (!reader->stream->read(&bytes, &length)) {
                length = 0;
                break;
            }
        } while (length == 0);
        if (length > 0 && left == 0) {
            reader->position = bytes;
            reader->limit = bytes + length;
        } else if (length > 0) {
            reserve(reader, left + length);
            memcpy(reader->buffer + left, bytes, length);
            reader->limit += length;
        }
    }
    reader->at_end = length == 0;
    return length > 0;
}

const char *
copy_reader_bytes(CopyReader *reader, Size length)
{
    const char *bytes;

    while ((Size) (reader->limit - reader->position) < length)
        if (!fill(reader))
            return NULL;
    bytes = reader->position;
    reader->position += length;
    return bytes;
}

void
copy_reader_drain(CopyReader *reader)
{
    if (reader->stream == NULL)
        return;
    do
        reader->position = reader->limit;
    while (fill(reader));
}

void
copy_reader_open(CopyReader *reader, const Utility *u, const PgQuery__CopyStmt *stmt,
                 const CopyOptions *options, int column_count)
{
    int server = GetDatabaseEncoding();

    *reader = (CopyReader){.options = options};
    (void) u;
    reader->buffer_size = 2 * FILE_READ_BYTES;
    reader->buffer = palloc(reader->buffer_size);
    reader->position = reader->limit = reader->buffer;
    reader->fields_max = Max(column_count + 1, 16);
    reader->fields = palloc(sizeof(CopyField) * (Size) reader->fields_max);
    reader->unescaped_size = 1024;
    reader->unescaped = palloc(reader->unescaped_size);
    reader->column_count = column_count;
    reader->need_conversion = options->encoding != server && server != PG_SQL_ASCII &&
                              options->encoding != PG_SQL_ASCII;
    reader->need_check = server != PG_SQL_ASCII;
    reader->path = raw_text(stmt->filename);
    if (reader->path != NULL) {
        reader->is_program = stmt->is_program;
        reader->file = copy_open_file(stmt, true);
        return;
    }
    reader->stream = commands_copy_stream();
    if (reader->stream == NULL)
        unsupported("COPY FROM STDIN without a client");
    reader->stream->begin_in(options->format == COPY_BINARY ? 1 : 0, column_count);
}

void
copy_reader_close(CopyReader *reader)
{
    pfree(reader->buffer);
    pfree(reader->fields);
    pfree(reader->unescaped);
}

/* ---- where a row ends ---- */

/* The first of three bytes at or after `at`, or limit. *high |= bytes beyond ASCII were met. */
static inline const char *
find_byte(const char *at, const char *limit, char a, char b, char c, int *high)
{
    const __m128i wanted_a = _mm_set1_epi8(a), wanted_b = _mm_set1_epi8(b),
                  wanted_c = _mm_set1_epi8(c);

    for (; limit - at >= 16; at += 16) {
        __m128i bytes = _mm_loadu_si128((const __m128i *) (const void *) at);
        __m128i equal = _mm_or_si128(_mm_or_si128(_mm_cmpeq_epi8(bytes, wanted_a),
                                                  _mm_cmpeq_epi8(bytes, wanted_b)),
                                     _mm_cmpeq_epi8(bytes, wanted_c));
        int mask = _mm_movemask_epi8(equal);

        *high |= _mm_movemask_epi8(bytes);
        if (mask != 0)
            return at + __builtin_ctz((unsigned) mask);
    }
    for (; at < limit; at++) {
        if (*at == a || *at == b || *at == c)
            return at;
        *high |= *at & 0x80;
    }
    return limit;
}

static pg_noreturn void
throw_line_end(const CopyReader *reader, char found)
{
    bool is_csv = reader->options->format == COPY_CSV;
    const char *name = found == '\r' ? "carriage return" : "newline";

    ereport(ERROR, (errcode(ERRCODE_BAD_COPY_FILE_FORMAT),
                    is_csv ? errmsg("unquoted %s found in data", name)
                           : errmsg("literal %s found in data", name),
                    is_csv ? errhint("Use quoted CSV field to represent %s.", name)
                           : errhint("Use \"%s\" to represent %s.", found == '\r' ? "\\r" : "\\n",
                                     name)));
    pg_unreachable();
}

static pg_noreturn void
throw_marker(const char *text)
{
    ereport(ERROR, (errcode(ERRCODE_BAD_COPY_FILE_FORMAT), errmsg("%s", text)));
    pg_unreachable();
}

/* The byte at `offset` from position, fetched if need be; -1 at the end of data. */
static int
byte_at(CopyReader *reader, Size offset)
{
    while ((Size) (reader->limit - reader->position) <= offset)
        if (!fill(reader))
            return -1;
    return (unsigned char) reader->position[offset];
}

/* At a CR or LF at `offset`: the bytes of the line end, checked against the file's style. */
static Size
take_line_end(CopyReader *reader, Size offset)
{
    if (reader->position[offset] == '\n') {
        if (reader->line_end == LINE_END_CR || reader->line_end == LINE_END_CRNL)
            throw_line_end(reader, '\n');
        reader->line_end = LINE_END_NL;
        return 1;
    }
    if (reader->line_end == LINE_END_NL)
        throw_line_end(reader, '\r');
    if (reader->line_end == LINE_END_CR)
        return 1;
    if (byte_at(reader, offset + 1) == '\n') {
        reader->line_end = LINE_END_CRNL;
        return 2;
    }
    if (reader->line_end == LINE_END_CRNL)
        throw_line_end(reader, '\r');
    reader->line_end = LINE_END_CR;
    return 1;
}

/*
 * At "\." at `offset`: the bytes of the marker with its line end; 0: CSV data that only look so.
 */
static Size
take_marker(CopyReader *reader, Size offset)
{
    bool is_csv = reader->options->format == COPY_CSV;
    Size size = 2;
    int c = byte_at(reader, offset + size);

    if (c < 0)
        return size;
    if (reader->line_end == LINE_END_CRNL) {
        if (c == '\n' && !is_csv)
            throw_marker("end-of-copy marker does not match previous newline style");
        if (c != '\r') {
            if (is_csv)
                return 0;
            throw_marker("end-of-copy marker corrupt");
        }
        size++;
        c = byte_at(reader, offset + size);
    }
    if (c != '\r' && c != '\n') {
        if (is_csv)
            return 0;
        throw_marker("end-of-copy marker corrupt");
    }
    if ((reader->line_end == LINE_END_NL && c != '\n') ||
        (reader->line_end == LINE_END_CRNL && c != '\n') ||
        (reader->line_end == LINE_END_CR && c != '\r'))
        throw_marker("end-of-copy marker does not match previous newline style");
    return size + 1;
}

/* Length of the row at position and bytes to step over; false at the end of data. */
static bool
find_text_line(CopyReader *reader, Size *ret_length, Size *ret_step, int *ret_high)
{
    Size offset = 0;

    for (;;) {
        const char *found = find_byte(reader->position + offset, reader->limit, '\n', '\r', '\\',
                                      ret_high);
        int next;

        offset = (Size) (found - reader->position);
        if (found == reader->limit) {
            if (fill(reader))
                continue;
            *ret_length = *ret_step = offset;
            reader->is_done = true;
            return offset > 0;
        }
        if (*found != '\\') {
            *ret_length = offset;
            *ret_step = offset + take_line_end(reader, offset);
            return true;
        }
        next = byte_at(reader, offset + 1);
        if (next == '.') {
            Size size = take_marker(reader, offset);

            reader->is_done = true;
            *ret_length = offset;
            *ret_step = offset + size;
            return offset > 0;
        }
        if (next >= 0 && (next & 0x80) != 0)
            *ret_high = 0x80;
        offset += next < 0 ? 1 : 2;
    }
}

static bool
find_csv_line(CopyReader *reader, Size *ret_length, Size *ret_step, int *ret_high)
{
    char quote = reader->options->quote;
    char escape = reader->options->escape == quote ? '\0' : reader->options->escape;
    bool in_quote = false, was_escape = false;
    Size offset = 0;

    if (byte_at(reader, 0) == '\\' && byte_at(reader, 1) == '.') {
        Size size = take_marker(reader, 0);

        if (size > 0) {
            reader->is_done = true;
            *ret_length = 0;
            *ret_step = size;
            return false;
        }
    }
    for (;; offset++) {
        char c;

        if (reader->position + offset == reader->limit && !fill(reader)) {
            *ret_length = *ret_step = offset;
            reader->is_done = true;
            return offset > 0;
        }
        c = reader->position[offset];
        *ret_high |= c & 0x80;
        if (in_quote && c == escape)
            was_escape = !was_escape;
        if (c == quote && !was_escape)
            in_quote = !in_quote;
        if (c != escape)
            was_escape = false;
        if (c != '\n' && c != '\r')
            continue;
        if (!in_quote) {
            *ret_length = offset;
            *ret_step = offset + take_line_end(reader, offset);
            return true;
        }
        if (c == (reader->line_end == LINE_END_NL ? '\n' : '\r'))
            reader->line++;
    }
}

/* ---- fields ---- */

static inline CopyField *
add_field(CopyReader *reader)
{
    if (unlikely(reader->field_count == reader->fields_max)) {
        reader->fields_max *= 2;
        reader->fields = repalloc(reader->fields, sizeof(CopyField) * (Size) reader->fields_max);
    }
    return &reader->fields[reader->field_count++];
}

static inline bool
is_null_text(const CopyReader *reader, const char *bytes, Size length)
{
    return length == (Size) reader->options->null_length &&
           memcmp(bytes, reader->options->null_text, length) == 0;
}

static int
hex_value(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    if (c >= 'a' && c <= 'f')
        return c - 'a' + 10;
    if (c >= 'A' && c <= 'F')
        return c - 'A' + 10;
    return -1;
}

/* One escape behind its backslash; returns the byte and moves *at past it. */
static char
read_escape(const char **at, const char *limit)
{
    char c = *(*at)++;
    int value;

    switch (c) {
        case '0' ... '7':
            value = c - '0';
            for (int i = 0; i < 2 && *at < limit && **at >= '0' && **at <= '7'; i++)
                value = value * 8 + (*(*at)++ - '0');
            return (char) (value & 0xff);
        case 'x':
            if (*at == limit || hex_value(**at) < 0)
                return c;
            value = hex_value(*(*at)++);
            if (*at < limit && hex_value(**at) >= 0)
                value = value * 16 + hex_value(*(*at)++);
            return (char) value;
        case 'b':
            return '\b';
        case 'f':
            return '\f';
        case 'n':
            return '\n';
        case 'r':
            return '\r';
        case 't':
            return '\t';
        case 'v':
            return '\v';
        default:
            return c;
    }
}

static char *
unescape(CopyReader *reader, const char *at, const char *limit, char *to, CopyField *field,
         int *ret_high)
{
    field->bytes = to;
    while (at < limit) {
        char c = *at++;

        if (c == '\\') {
            if (at == limit)
                break;
            c = read_escape(&at, limit);
            *ret_high |= c & 0x80;
        }
        *to++ = c;
    }
    field->length = (int) (to - field->bytes);
    if ((*ret_high & 0x80) != 0 && reader->need_check)
        pg_verifymbstr(field->bytes, field->length, false);
    return to;
}

static void
split_text(CopyReader *reader, const char *at, const char *limit, int *ret_high)
{
    char delimiter = reader->options->delimiter;
    char *to = reader->unescaped;

    for (;;) {
        CopyField *field = add_field(reader);
        const char *start = at;
        bool escaped = false;
        int ignored = 0;

        for (;;) {
            at = find_byte(at, limit, delimiter, '\\', '\\', &ignored);
            if (at == limit || *at == delimiter)
                break;
            escaped = true;
            at += limit - at >= 2 ? 2 : 1;
        }
        field->bytes = start;
        field->length = (int) (at - start);
        field->was_quoted = false;
        field->is_null = is_null_text(reader, start, (Size) (at - start));
        if (escaped && !field->is_null)
            to = unescape(reader, start, at, to, field, ret_high);
        if (at == limit)
            return;
        at++;
    }
}

/* A field with quotes: copied without them. */
static const char *
copy_quoted(CopyReader *reader, const char *at, const char *limit, char **to, CopyField *field)
{
    char delimiter = reader->options->delimiter, quote = reader->options->quote,
         escape = reader->options->escape;
    bool in_quote = false;
    char *out = *to;

    field->bytes = out;
    for (; at < limit; at++) {
        if (!in_quote) {
            if (*at == delimiter)
                break;
            if (*at == quote)
                in_quote = true;
            else
                *out++ = *at;
        } else if (*at == escape && at + 1 < limit && (at[1] == escape || at[1] == quote))
            *out++ = *++at;
        else if (*at == quote)
            in_quote = false;
        else
            *out++ = *at;
    }
    if (in_quote)
        throw_marker("unterminated CSV quoted field");
    field->length = (int) (out - field->bytes);
    field->was_quoted = true;
    field->is_null = false;
    *to = out;
    return at;
}

static void
split_csv(CopyReader *reader, const char *at, const char *limit)
{
    char delimiter = reader->options->delimiter, quote = reader->options->quote;
    char *to = reader->unescaped;

    for (;;) {
        CopyField *field = add_field(reader);
        const char *start = at;
        int ignored = 0;

        at = find_byte(at, limit, delimiter, quote, quote, &ignored);
        if (at < limit && *at == quote)
            at = copy_quoted(reader, start, limit, &to, field);
        else {
            field->bytes = start;
            field->length = (int) (at - start);
            field->was_quoted = false;
            field->is_null = is_null_text(reader, start, (Size) (at - start));
        }
        if (at == limit)
            return;
        at++;
    }
}

bool
copy_reader_next(CopyReader *reader)
{
    Size length = 0, step = 0;
    int high = 0, line_length;
    const char *line;
    bool found;

    reader->line_is_valid = false;
    reader->field_count = 0;
    if (reader->is_done)
        return false;
    reader->line++;
    if (reader->options->format == COPY_TEXT)
        found = find_text_line(reader, &length, &step, &high);
    else
        found = find_csv_line(reader, &length, &step, &high);
    line = reader->position;
    reader->position += step;
    if (!found)
        return false;
    line_length = (int) length;
    if (unlikely(high != 0)) {
        if (reader->need_conversion)
            line = encoding_convert(line, line_length, reader->options->encoding,
                                    GetDatabaseEncoding(), &line_length);
        else if (reader->need_check)
            pg_verifymbstr(line, line_length, false);
    }
    reader->line_text = line;
    reader->line_length = line_length;
    reader->line_is_valid = true;
    reader->is_ascii = high == 0;
    if (unlikely(reader->unescaped_size < (Size) line_length + 1)) {
        reader->unescaped_size = (Size) line_length * 2 + 1;
        pfree(reader->unescaped);
        reader->unescaped = MemoryContextAllocHuge(GetMemoryChunkContext(reader->fields),
                                                   reader->unescaped_size);
    }
    if (reader->options->format == COPY_TEXT) {
        int escaped_high = 0;

        split_text(reader, line, line + line_length, &escaped_high);
        reader->is_ascii = reader->is_ascii && escaped_high == 0;
    } else
        split_csv(reader, line, line + line_length);
    return true;
}
