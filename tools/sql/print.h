/*
 * print.h - the formats a query's rows are shown in
 */
#ifndef SQL_PRINT_H
#define SQL_PRINT_H

#include "wire.h"

typedef enum PrintFormat { FORMAT_ALIGNED, FORMAT_UNALIGNED, FORMAT_CSV, FORMAT_WRAPPED } PrintFormat;

typedef struct PrintOptions {
    PrintFormat format;
    int border;
    int expanded; /* 0 off, 1 on, 2 auto */
    bool tuples_only, footer, numeric_locale;
    char *null, *field_separator, *record_separator, *csv_separator, *title;
    bool field_zero, record_zero;
    int columns; /* the width of the output, 0: ask the terminal */
} PrintOptions;

/* A table to print: the cells by row, and what stands around them. */
typedef struct Table {
    const char *title;
    int column_count;
    char **headers;
    bool *right;      /* aligned to the right */
    size_t row_count;
    char ***rows;
    char **footers;   /* NULL-terminated; NULL: the count of rows */
} Table;

void print_table(const Table *table, const PrintOptions *options, FILE *out);
void print_result(const Result *result, const PrintOptions *options, const char *title, FILE *out);
bool print_is_numeric(Oid type);

#endif
