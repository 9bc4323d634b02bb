/*
 * print.c - shows rows: aligned, expanded, unaligned and CSV
 *
 * The looks are psql's, byte for byte, so that scripts that read its output read this one's.
 */
#include <sys/ioctl.h>
#include <unistd.h>

#include "print.h"

bool
print_is_numeric(Oid type)
{
    static const Oid numeric[] = {20, 21, 23, 26, 28, 29, 700, 701, 790, 1700, 5069};

    for (size_t i = 0; i < lengthof(numeric); i++)
        if (numeric[i] == type)
            return true;
    return false;
}

static const char *
cell_text(const Table *table, const PrintOptions *options, size_t row, int column)
{
    const char *cell = table->rows[row][column];

    return cell != NULL ? cell : options->null != NULL ? options->null : "";
}

static void
fill_with(FILE *out, char c, int count)
{
    for (int i = 0; i < count; i++)
        fputc(c, out);
}

/* What a cell shows for one character that is no plain text: tabs and control characters. */
static void
show_cell_text(const char *text, Text *ret_shown)
{
    int column = 0;

    text_clear(ret_shown);
    text_add(ret_shown, "");
    for (; *text != '\0'; text += char_length(text)) {
        unsigned char c = (unsigned char)*text;
        if (c == '\n') {
            text_char(ret_shown, '\n');
            column = 0;
        } else if (c == '\t') {
            do
                text_char(ret_shown, ' ');
            while (++column % 8 != 0);
        } else if (c == '\r') {
            text_add(ret_shown, "\\r");
            column += 2;
        } else if (c < ' ' || c == 0x7f) {
            text_format(ret_shown, "\\x%02X", c);
            column += 4;
        } else {
            text_bytes(ret_shown, text, (size_t)char_length(text));
            column += char_width(text);
        }
    }
}

/* The widest line of a text, and the count of its lines. */
static int
measure(const char *text, int *ret_lines)
{
    int widest = 0, lines = 0;

    while (true) {
        size_t length = strcspn(text, "\n");
        widest = Max(widest, string_width(text, length));
        lines++;
        if (text[length] == '\0')
            break;
        text += length + 1;
    }
    *ret_lines = lines;
    return widest;
}

static char *
row_count_text(const Table *table)
{
    return format_string(table->row_count == 1 ? "(%zu row)" : "(%zu rows)", table->row_count);
}

static void
print_footers(const Table *table, const PrintOptions *options, FILE *out)
{
    if (options->tuples_only || !options->footer)
        return;
    if (table->footers == NULL) {
        char *text = row_count_text(table);
        fprintf(out, "%s\n", text);
        free(text);
    } else
        for (char **footer = table->footers; *footer != NULL; footer++)
            fprintf(out, "%s\n", *footer);
}

/* --- aligned --- */

static void
print_rule(const int *widths, int count, int border, FILE *out)
{
    if (border == 2)
        fputs("+-", out);
    else if (border == 1)
        fputc('-', out);
    for (int i = 0; i < count; i++) {
        fill_with(out, '-', widths[i]);
        if (i < count - 1)
            fputs(border == 0 ? " " : "-+-", out);
    }
    fputs(border == 2 ? "-+\n" : border == 1 ? "-\n" : "\n", out);
}

/* One row of cells, each of which may have several lines; at[i] is NULL behind its last line. */
static void
print_lines(const Table *table, const int *widths, const char **at, bool header, int border,
            FILE *out)
{
    int count = table->column_count;
    bool more = true;

    while (more) {
        more = false;
        if (border == 2)
            fputc('|', out);
        for (int i = 0; i < count; i++) {
            const char *line = at[i];
            size_t length = line == NULL ? 0 : strcspn(line, "\n");
            int width = line == NULL ? 0 : string_width(line, length);
            int pad = widths[i] - width;
            bool goes_on = line != NULL && line[length] == '\n';
            bool spaces = header || border == 2 || i < count - 1 || goes_on;
            int before = header ? pad / 2 : table->right[i] && line != NULL ? pad : 0;

            if (border > 0)
                fputc(' ', out);
            fill_with(out, ' ', before);
            fwrite(line == NULL ? "" : line, 1, length, out);
            if (spaces)
                fill_with(out, ' ', pad - before);
            if (goes_on)
                fputc('+', out);
            else if (spaces)
                fputc(' ', out);
            if (border > 0 && i < count - 1)
                fputc('|', out);
            at[i] = goes_on ? line + length + 1 : NULL;
            more = more || goes_on;
        }
        fputs(border == 2 ? "|\n" : "\n", out);
    }
}

static void
print_title(const Table *table, const int *widths, int border, FILE *out)
{
    int total = border == 0 ? table->column_count - 1
                            : border == 1 ? table->column_count * 3 - 1 : table->column_count * 3 + 1;
    int width = string_width(table->title, strlen(table->title));

    for (int i = 0; i < table->column_count; i++)
        total += widths[i];
    fill_with(out, ' ', width >= total ? 0 : (total - width) / 2);
    fprintf(out, "%s\n", table->title);
}

static void
print_aligned(const Table *table, const PrintOptions *options, char ***shown, const int *widths,
              FILE *out)
{
    int border = Min(options->border, 2);
    const char **at = need(calloc((size_t)table->column_count + 1, sizeof(char *)));

    if (!options->tuples_only) {
        if (table->title != NULL)
            print_title(table, widths, border, out);
        if (border == 2)
            print_rule(widths, table->column_count, border, out);
        for (int i = 0; i < table->column_count; i++)
            at[i] = table->headers[i];
        if (table->column_count > 0)
            print_lines(table, widths, at, true, border, out);
        print_rule(widths, table->column_count, border, out);
    } else if (border == 2)
        print_rule(widths, table->column_count, border, out);
    for (size_t row = 0; row < table->row_count && table->column_count > 0; row++) {
        for (int i = 0; i < table->column_count; i++)
            at[i] = shown[row][i];
        print_lines(table, widths, at, false, border, out);
    }
    if (border == 2)
        print_rule(widths, table->column_count, border, out);
    print_footers(table, options, out);
    fputc('\n', out);
    free(at);
}

/* --- expanded --- */

/* The width of what stands beside the data in a line of expanded output. */
static int
frame_width(int border, bool data_lines)
{
    return border == 2 ? 7 : (border == 0 ? 1 : 3) + data_lines;
}

/* A line between records, with the record's number unless that is 0. */
static void
print_record_line(size_t record, int border, int header_width, int data_width, FILE *out)
{
    int total = header_width + data_width + frame_width(border, false);
    int at = Max(total, 48);
    char *line = need(malloc((size_t)at + 1)), label[48] = "";

    memset(line, border == 0 ? ' ' : '-', (size_t)at);
    if (border > 0)
        line[header_width + (border == 2 ? 3 : 1)] = '+';
    if (border == 2)
        line[0] = line[total - 1] = '+';
    if (record > 0)
        snprintf(label, sizeof(label), border == 0 ? "* Record %zu" : "[ RECORD %zu ]", record);
    memcpy(line + border, label, strlen(label));
    fwrite(line, 1, (size_t)Max(total, border + (int)strlen(label)), out);
    fputc('\n', out);
    free(line);
}

static void
print_pair(const char *header, const char *cell, int border, int header_width, int data_width,
           FILE *out)
{
    while (header != NULL || cell != NULL) {
        size_t header_length = header == NULL ? 0 : strcspn(header, "\n");
        size_t length = cell == NULL ? 0 : strcspn(cell, "\n");
        bool header_on = header != NULL && header[header_length] == '\n';
        bool cell_on = cell != NULL && cell[length] == '\n';
        int pad = header_width - (header ? string_width(header, header_length) : 0);

        if (border == 2)
            fputs("| ", out);
        fwrite(header == NULL ? "" : header, 1, header_length, out);
        fill_with(out, ' ', pad);
        fputc(header_on ? '+' : ' ', out);
        if (border > 0)
            fputs("| ", out);
        fwrite(cell == NULL ? "" : cell, 1, length, out);
        pad = data_width - (cell ? string_width(cell, length) : 0);
        if (cell_on || border == 2)
            fill_with(out, ' ', pad);
        if (cell_on)
            fputc('+', out);
        else if (border == 2)
            fputc(' ', out);
        fputs(border == 2 ? "|\n" : "\n", out);
        header = header_on ? header + header_length + 1 : NULL;
        cell = cell_on ? cell + length + 1 : NULL;
    }
}

static void
print_expanded(const Table *table, const PrintOptions *options, char ***shown, FILE *out)
{
    int border = Min(options->border, 2), header_width = 0, data_width = 0, lines;
    int label_width = (border == 2 ? 15 : border == 1 ? 12 : 9);
    bool data_lines = false;

    if (table->row_count == 0) {
        print_footers(table, options, out);
        fputc('\n', out);
        return;
    }
    for (int i = 0; i < table->column_count; i++) {
        header_width = Max(header_width, measure(table->headers[i], &lines));
        for (size_t row = 0; row < table->row_count; row++) {
            data_width = Max(data_width, measure(shown[row][i], &lines));
            data_lines = data_lines || lines > 1;
        }
    }
    for (size_t rows = table->row_count; rows > 0; rows /= 10)
        label_width++;
    if (!options->tuples_only)
        data_width = Max(data_width,
                         label_width - header_width - frame_width(border, data_lines));
    if (!options->tuples_only && table->title != NULL)
        fprintf(out, "%s\n", table->title);
    for (size_t row = 0; row < table->row_count; row++) {
        if (!options->tuples_only)
            print_record_line(row + 1, border, header_width, data_width, out);
        else if (row > 0 || border == 2)
            print_record_line(0, border, header_width, data_width, out);
        for (int i = 0; i < table->column_count; i++)
            print_pair(table->headers[i], shown[row][i], border, header_width, data_width,
                       out);
    }
    if (border == 2)
        print_record_line(0, border, header_width, data_width, out);
    if (table->footers != NULL && !options->tuples_only) {
        fputc('\n', out);
        print_footers(table, options, out);
    }
    fputc('\n', out);
}

/* --- unaligned and CSV --- */

static void
put_separator(FILE *out, const char *separator, bool zero)
{
    if (zero)
        fputc('\0', out);
    else
        fputs(separator, out);
}

static void
print_unaligned(const Table *table, const PrintOptions *options, FILE *out)
{
    bool need_record = false;

    if (!options->tuples_only) {
        if (table->title != NULL) {
            fputs(table->title, out);
            put_separator(out, options->record_separator, options->record_zero);
        }
        for (int i = 0; i < table->column_count; i++) {
            if (i > 0)
                put_separator(out, options->field_separator, options->field_zero);
            fputs(table->headers[i], out);
        }
        need_record = true;
    }
    for (size_t row = 0; row < table->row_count && table->column_count > 0; row++) {
        if (need_record)
            put_separator(out, options->record_separator, options->record_zero);
        for (int i = 0; i < table->column_count; i++) {
            if (i > 0)
                put_separator(out, options->field_separator, options->field_zero);
            fputs(cell_text(table, options, row, i), out);
        }
        need_record = true;
    }
    if (!options->tuples_only && options->footer) {
        char *counted[] = {row_count_text(table), NULL};
        for (char **footer = table->footers ? table->footers : counted; *footer; footer++) {
            if (need_record)
                put_separator(out, options->record_separator, options->record_zero);
            fputs(*footer, out);
            need_record = true;
        }
        free(counted[0]);
    }
    if (need_record)
        fputc(options->record_zero ? '\0' : '\n', out);
}

static void
print_unaligned_expanded(const Table *table, const PrintOptions *options, FILE *out)
{
    if (!options->tuples_only && table->title != NULL)
        fprintf(out, "%s\n", table->title);
    for (size_t row = 0; row < table->row_count; row++) {
        if (row > 0)
            put_separator(out, options->record_separator, options->record_zero);
        for (int i = 0; i < table->column_count; i++) {
            fputs(table->headers[i], out);
            put_separator(out, options->field_separator, options->field_zero);
            fputs(cell_text(table, options, row, i), out);
            put_separator(out, options->record_separator, options->record_zero);
        }
    }
    if (table->footers != NULL && !options->tuples_only) {
        fputc('\n', out);
        print_footers(table, options, out);
    }
}

static void
put_csv(const char *value, const char *separator, FILE *out)
{
    if (strpbrk(value, "\"\r\n") == NULL && strstr(value, separator) == NULL &&
        strcmp(value, "\\.") != 0) {
        fputs(value, out);
        return;
    }
    fputc('"', out);
    for (; *value != '\0'; value++) {
        if (*value == '"')
            fputc('"', out);
        fputc(*value, out);
    }
    fputc('"', out);
}

static void
print_csv(const Table *table, const PrintOptions *options, FILE *out)
{
    const char *separator = options->csv_separator;

    for (size_t row = 0; options->expanded == 1 && row < table->row_count; row++)
        for (int i = 0; i < table->column_count; i++) {
            put_csv(table->headers[i], separator, out);
            fputs(separator, out);
            put_csv(cell_text(table, options, row, i), separator, out);
            fputc('\n', out);
        }
    if (options->expanded == 1)
        return;
    for (int i = 0; i < table->column_count && !options->tuples_only; i++) {
        put_csv(table->headers[i], separator, out);
        fputs(i < table->column_count - 1 ? separator : "\n", out);
    }
    for (size_t row = 0; row < table->row_count; row++)
        for (int i = 0; i < table->column_count; i++) {
            put_csv(cell_text(table, options, row, i), separator, out);
            fputs(i < table->column_count - 1 ? separator : "\n", out);
        }
}

/* --- */

static int
output_columns(const PrintOptions *options, FILE *out)
{
    struct winsize size;

    if (options->columns > 0)
        return options->columns;
    if (isatty(fileno(out)) && ioctl(fileno(out), TIOCGWINSZ, &size) == 0)
        return size.ws_col;
    return 0;
}

static void
print_shown(const Table *table, const PrintOptions *options, FILE *out)
{
    char ***shown = need(calloc(table->row_count + 1, sizeof(char **)));
    int *widths = need(calloc((size_t)table->column_count + 1, sizeof(int)));
    int lines, total = 0, limit = output_columns(options, out);
    Text text = {0};

    for (int i = 0; i < table->column_count; i++)
        widths[i] = measure(table->headers[i], &lines);
    for (size_t row = 0; row < table->row_count; row++) {
        shown[row] = need(calloc((size_t)table->column_count + 1, sizeof(char *)));
        for (int i = 0; i < table->column_count; i++) {
            show_cell_text(cell_text(table, options, row, i), &text);
            shown[row][i] = copy_string(text.data);
            widths[i] = Max(widths[i], measure(text.data, &lines));
        }
    }
    for (int i = 0; i < table->column_count; i++)
        total += widths[i] + 3;
    if (options->expanded == 1 || (options->expanded == 2 && limit > 0 && total - 1 > limit))
        print_expanded(table, options, shown, out);
    else
        print_aligned(table, options, shown, widths, out);
    for (size_t row = 0; row < table->row_count; row++) {
        for (int i = 0; i < table->column_count; i++)
            free(shown[row][i]);
        free(shown[row]);
    }
    text_free(&text);
    free(shown);
    free(widths);
}

void
print_table(const Table *table, const PrintOptions *options, FILE *out)
{
    if (options->format == FORMAT_CSV)
        print_csv(table, options, out);
    else if (options->format == FORMAT_UNALIGNED && options->expanded == 1)
        print_unaligned_expanded(table, options, out);
    else if (options->format == FORMAT_UNALIGNED)
        print_unaligned(table, options, out);
    else
        print_shown(table, options, out);
}

void
print_result(const Result *result, const PrintOptions *options, const char *title, FILE *out)
{
    Table table = {.title = title, .column_count = result->column_count,
                   .row_count = result->row_count, .rows = result->rows};

    table.headers = need(calloc((size_t)result->column_count + 1, sizeof(char *)));
    table.right = need(calloc((size_t)result->column_count + 1, sizeof(bool)));
    for (int i = 0; i < result->column_count; i++) {
        table.headers[i] = result->columns[i].name;
        table.right[i] = print_is_numeric(result->columns[i].type);
    }
    print_table(&table, options, out);
    free(table.headers);
    free(table.right);
}
