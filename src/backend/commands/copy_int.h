/*
 * copy_int.h - what the files of COPY share
 */
#ifndef COMMANDS_COPY_INT_H
#define COMMANDS_COPY_INT_H

#include "commands_int.h"

#include "file/file.h"
#include "memory/stringinfo.h"

typedef enum CopyFormat { COPY_TEXT, COPY_CSV, COPY_BINARY } CopyFormat;
typedef enum CopyHeader { COPY_HEADER_NONE, COPY_HEADER_LINE, COPY_HEADER_MATCH } CopyHeader;

typedef struct CopyOptions {
    CopyFormat format;
    CopyHeader header;
    bool freeze;
    char delimiter;
    char quote;
    char escape;
    const char *null_text;
    int null_length;
    int encoding; /* of the file */
    bool force_quote_all;
    List *force_quote;    /* names: char * */
    List *force_not_null; /* names */
    List *force_null;     /* names */
} CopyOptions;

/* Types whose text is read and written here, without calling their functions. */
typedef enum CopyTypeKind {
    COPY_TYPE_OTHER,
    COPY_TYPE_INT2,
    COPY_TYPE_INT4,
    COPY_TYPE_INT8,
    COPY_TYPE_TEXT,    /* also varchar */
    COPY_TYPE_BPCHAR
} CopyTypeKind;

/* ---- copy.c ---- */
extern CopyTypeKind copy_type_kind(Oid type);

/* ---- copy_options.c ---- */
extern void copy_options_read(const Utility *u, const PgQuery__CopyStmt *stmt,
                              CopyOptions *ret_options);
/* flags[attnum - 1] for the named columns; 42P10 where one is not in the copied list. */
extern bool *copy_column_flags(TupleDesc desc, List *attnums, List *names, const char *option);

/* ---- copy_from.c, copy_to.c: return the number of rows ---- */
extern uint64 copy_from(Utility *u, Relation rel, List *attnums, const CopyOptions *options);
extern uint64 copy_to(Utility *u, Relation rel, List *attnums, const CopyOptions *options);

/* ---- copy_read.c: bytes and rows of the input ---- */

typedef struct CopyField {
    const char *bytes; /* not terminated by zero */
    int length;
    bool is_null;
    bool was_quoted;
} CopyField;

typedef enum CopyLineEnd { LINE_END_UNKNOWN, LINE_END_NL, LINE_END_CR, LINE_END_CRNL } CopyLineEnd;

/*
 * Bytes from `position` to `limit` are there to be read; they lie in the stream's own memory, or
 * in `buffer` when a row stretched over two of its pieces.
 */
typedef struct CopyReader {
    const CopyOptions *options;
    const CopyStream *stream; /* NULL: `file` */
    FILE *file;
    bool is_program;
    const char *path;
    const char *position;
    const char *limit;
    bool at_end;  /* the source has no more bytes */
    bool is_done; /* end-of-copy marker, or no more rows */
    char *buffer;
    Size buffer_size;
    CopyLineEnd line_end;
    uint64 line; /* of the row read last, from 1 */
    bool line_is_valid;
    const char *line_text; /* the row as it came */
    int line_length;
    CopyField *fields;
    int field_count;
    int fields_max;
    char *unescaped; /* fields that had escapes, of this row */
    Size unescaped_size;
    bool need_conversion;
    bool need_check; /* multibyte server encoding */
    bool is_ascii; /* the row has no byte beyond ASCII */
    int column_count;
} CopyReader;

extern void copy_reader_open(CopyReader *reader, const Utility *u, const PgQuery__CopyStmt *stmt,
                             const CopyOptions *options, int column_count);
extern void copy_reader_close(CopyReader *reader);
/* Fills fields of the next row; false at the end. Text and CSV. */
extern bool copy_reader_next(CopyReader *reader);
/* Exactly `length` bytes, valid until the next call; NULL where the data end first. */
extern const char *copy_reader_bytes(CopyReader *reader, Size length);
/* Reads on to the end of the stream: what follows the end-of-copy marker is dropped. */
extern void copy_reader_drain(CopyReader *reader);

/* ---- copy.c: server files and programs ---- */
extern FILE *copy_open_file(const PgQuery__CopyStmt *stmt, bool is_from);
extern void copy_close_file(FILE *file, const PgQuery__CopyStmt *stmt, bool is_from);

#define COPY_BINARY_SIGNATURE "PGCOPY\n\377\r\n\0"
#define COPY_BINARY_SIGNATURE_BYTES 11

#endif
