/*
 * copy_to.c - COPY TO: rows of a table or query as text, CSV or binary
 *
 * Why        rows come in batches of columns; each row is written into one buffer that is kept,
 *            and goes out as one message. Integers and strings are written without calling their
 *            output functions.
 */
#include "copy_int.h"

#include <emmintrin.h>

#include "heap/heap.h"
#include "heap/toast.h"
#include "planner/planner.h"
#include "types/encoding.h"

typedef struct CopyOutColumn {
    int attnum; /* of the descriptor, from 1 */
    const char *name;
    CopyTypeKind kind;
    bool force_quote;
    FmgrInfo output;
} CopyOutColumn;

typedef struct CopyTo {
    DestReceiver receiver; /* first: a query's rows come here */
    const CopyOptions *options;
    const CopyStream *stream; /* NULL: `file` */
    FILE *file;
    bool need_conversion;
    int column_count;
    CopyOutColumn *columns;
    StringInfoData row;
    MemoryContext row_context; /* reset after each batch */
    uint64 processed;
} CopyTo;

/* ---- where rows go ---- */

static void
throw_write(const CopyTo *copy)
{
    (void) copy;
    ereport(ERROR, (errcode_for_file_access(), errmsg("could not write to COPY file: %m")));
}

static void
send_row(CopyTo *copy)
{
    if (copy->stream != NULL)
        copy->stream->write(copy->row.data, (Size) copy->row.len);
    else if (copy->row.len > 0 &&
             fwrite(copy->row.data, (Size) copy->row.len, 1, copy->file) != 1)
        throw_write(copy);
    copy->row.len = 0;
}

static inline void
put(CopyTo *copy, const char *bytes, Size length)
{
    if (unlikely(copy->row.len + (int64) length >= copy->row.maxlen))
        enlargeStringInfo(&copy->row, (int) length);
    memcpy(copy->row.data + copy->row.len, bytes, length);
    copy->row.len += (int) length;
}

static inline void
put_char(CopyTo *copy, char c)
{
    if (unlikely(copy->row.len + 1 >= copy->row.maxlen))
        enlargeStringInfo(&copy->row, 1);
    copy->row.data[copy->row.len++] = c;
}

/* ---- text ---- */

/* The first byte below a blank, backslash or delimiter. */
static inline const char *
find_special(const char *at, const char *limit, char delimiter)
{
    const __m128i backslash = _mm_set1_epi8('\\'), wanted = _mm_set1_epi8(delimiter),
                  control_max = _mm_set1_epi8(0x1f);

    for (; limit - at >= 16; at += 16) {
        __m128i bytes = _mm_loadu_si128((const __m128i *) (const void *) at);
        __m128i control = _mm_cmpeq_epi8(_mm_min_epu8(bytes, control_max), bytes);
        __m128i equal = _mm_or_si128(_mm_cmpeq_epi8(bytes, backslash),
                                     _mm_cmpeq_epi8(bytes, wanted));
        int mask = _mm_movemask_epi8(_mm_or_si128(control, equal));

        if (mask != 0)
            return at + __builtin_ctz((unsigned) mask);
    }
    for (; at < limit; at++)
        if ((unsigned char) *at < 0x20 || *at == '\\' || *at == delimiter)
            return at;
    return limit;
}

static char
escape_letter(char c, char delimiter)
{
    switch (c) {
        case '\b':
            return 'b';
        case '\f':
            return 'f';
        case '\n':
            return 'n';
        case '\r':
            return 'r';
        case '\t':
            return 't';
        case '\v':
            return 'v';
        default:
            return c == '\\' || c == delimiter ? c : '\0';
    }
}

static void
put_text(CopyTo *copy, const char *at, Size length)
{
    char delimiter = copy->options->delimiter;
    const char *limit = at + length;

    for (;;) {
        const char *found = find_special(at, limit, delimiter);
        char letter;

        put(copy, at, (Size) (found - at));
        if (found == limit)
            return;
        letter = escape_letter(*found, delimiter);
        if (letter != '\0')
            put_char(copy, '\\');
        put_char(copy, letter != '\0' ? letter : *found);
        at = found + 1;
    }
}

/* ---- CSV ---- */

static bool
needs_quotes(const CopyTo *copy, const char *text, Size length)
{
    const CopyOptions *options = copy->options;

    if (length == (Size) options->null_length && memcmp(text, options->null_text, length) == 0)
        return true;
    if (copy->column_count == 1 && length == 2 && memcmp(text, "\\.", 2) == 0)
        return true;
    for (Size i = 0; i < length; i++)
        if (text[i] == options->delimiter || text[i] == options->quote || text[i] == '\n' ||
            text[i] == '\r')
            return true;
    return false;
}

static void
put_csv(CopyTo *copy, const char *text, Size length, bool force_quote)
{
    const CopyOptions *options = copy->options;

    if (!force_quote && !needs_quotes(copy, text, length)) {
        put(copy, text, length);
        return;
    }
    put_char(copy, options->quote);
    for (Size i = 0; i < length; i++) {
        if (text[i] == options->quote || text[i] == options->escape)
            put_char(copy, options->escape);
        put_char(copy, text[i]);
    }
    put_char(copy, options->quote);
}

static void
put_string(CopyTo *copy, const char *text, Size length, bool force_quote)
{
    if (unlikely(copy->need_conversion)) {
        int converted = (int) length;

        text = encoding_convert(text, converted, GetDatabaseEncoding(), copy->options->encoding,
                                &converted);
        length = (Size) converted;
    }
    if (copy->options->format == COPY_TEXT)
        put_text(copy, text, length);
    else
        put_csv(copy, text, length, force_quote);
}

/* ---- values ---- */

static void
put_varlena(CopyTo *copy, const CopyOutColumn *column, Datum value)
{
    struct varlena *plain = PG_DETOAST_DATUM_PACKED(value);

    put_string(copy, VARDATA_ANY(plain), VARSIZE_ANY_EXHDR(plain), column->force_quote);
}

static void
put_integer(CopyTo *copy, const CopyOutColumn *column, Datum value)
{
    char digits[24];
    int length;

    if (column->kind == COPY_TYPE_INT4)
        length = pg_ltoa(DatumGetInt32(value), digits);
    else if (column->kind == COPY_TYPE_INT8)
        length = pg_lltoa(DatumGetInt64(value), digits);
    else
        length = pg_itoa(DatumGetInt16(value), digits);
    if (column->force_quote || copy->options->format == COPY_CSV)
        put_csv(copy, digits, (Size) length, column->force_quote);
    else if (copy->options->delimiter == '-')
        put_text(copy, digits, (Size) length);
    else
        put(copy, digits, (Size) length);
}

static void
put_value(CopyTo *copy, CopyOutColumn *column, Datum value, bool isnull)
{
    char *text;

    if (isnull) {
        put(copy, copy->options->null_text, (Size) copy->options->null_length);
        return;
    }
    switch (column->kind) {
        case COPY_TYPE_INT2:
        case COPY_TYPE_INT4:
        case COPY_TYPE_INT8:
            put_integer(copy, column, value);
            break;
        case COPY_TYPE_TEXT:
        case COPY_TYPE_BPCHAR:
            put_varlena(copy, column, value);
            break;
        case COPY_TYPE_OTHER:
            text = OutputFunctionCall(&column->output, value);
            put_string(copy, text, strlen(text), column->force_quote);
            break;
    }
}

/* ---- binary ---- */

static void
put_number(CopyTo *copy, int size, uint32 value)
{
    for (int shift = (size - 1) * 8; shift >= 0; shift -= 8)
        put_char(copy, (char) (value >> shift));
}

static void
put_binary(CopyTo *copy, CopyOutColumn *column, Datum value, bool isnull)
{
    bytea *bytes;

    if (isnull) {
        put_number(copy, 4, (uint32) -1);
        return;
    }
    bytes = SendFunctionCall(&column->output, value);
    put_number(copy, 4, (uint32) VARSIZE_ANY_EXHDR(bytes));
    put(copy, VARDATA_ANY(bytes), VARSIZE_ANY_EXHDR(bytes));
}

/* ---- rows ---- */

/* Row `row` of vectors, one per copied column. */
static void
put_row(CopyTo *copy, Datum *const *values, bool *const *nulls, int row)
{
    if (copy->options->format == COPY_BINARY) {
        put_number(copy, 2, (uint32) copy->column_count);
        for (int i = 0; i < copy->column_count; i++)
            put_binary(copy, &copy->columns[i], values[i][row], nulls[i][row]);
    } else {
        for (int i = 0; i < copy->column_count; i++) {
            if (i > 0)
                put_char(copy, copy->options->delimiter);
            put_value(copy, &copy->columns[i], values[i][row], nulls[i][row]);
        }
        put_char(copy, '\n');
    }
    send_row(copy);
    copy->processed++;
}

static void
put_begin(CopyTo *copy)
{
    if (copy->options->format == COPY_BINARY) {
        put(copy, COPY_BINARY_SIGNATURE, COPY_BINARY_SIGNATURE_BYTES);
        put_number(copy, 4, 0);
        put_number(copy, 4, 0);
        send_row(copy);
        return;
    }
    if (copy->options->header == COPY_HEADER_NONE)
        return;
    for (int i = 0; i < copy->column_count; i++) {
        if (i > 0)
            put_char(copy, copy->options->delimiter);
        put_string(copy, copy->columns[i].name, strlen(copy->columns[i].name), false);
    }
    put_char(copy, '\n');
    send_row(copy);
}

static void
prepare_columns(CopyTo *copy, TupleDesc desc, List *attnums)
{
    const CopyOptions *options = copy->options;
    bool *force = copy_column_flags(desc, attnums, options->force_quote, "FORCE_QUOTE");
    ListCell *cell;

    copy->columns = palloc0(sizeof(CopyOutColumn) * (Size) Max(list_length(attnums), 1));
    foreach (cell, attnums) {
        CopyOutColumn *column = &copy->columns[copy->column_count++];
        Form_pg_attribute att = TupleDescAttr(desc, lfirst_int(cell) - 1);
        bool is_varlena;
        Oid function;

        column->attnum = lfirst_int(cell);
        column->name = NameStr(att->attname);
        column->force_quote = options->force_quote_all || force[column->attnum - 1];
        column->kind = copy_type_kind(att->atttypid);
        if (options->format == COPY_BINARY)
            getTypeBinaryOutputInfo(att->atttypid, &function, &is_varlena);
        else
            getTypeOutputInfo(att->atttypid, &function, &is_varlena);
        fmgr_info(function, &column->output);
    }
}

static void
open_destination(CopyTo *copy, const PgQuery__CopyStmt *stmt)
{
    int server = GetDatabaseEncoding();

    copy->need_conversion = copy->options->encoding != server && server != PG_SQL_ASCII &&
                            copy->options->encoding != PG_SQL_ASCII;
    initStringInfo(&copy->row);
    copy->row_context = AllocSetContextCreate(CurrentMemoryContext, "COPY TO",
                                              ALLOCSET_DEFAULT_SIZES); /* reset per batch */
    if (raw_text(stmt->filename) != NULL)
        copy->file = copy_open_file(stmt, false);
    else {
        copy->stream = commands_copy_stream();
        if (copy->stream == NULL)
            unsupported("COPY TO STDOUT without a client");
        copy->stream->begin_out(copy->options->format == COPY_BINARY ? 1 : 0,
                                copy->column_count);
    }
}

static void
close_destination(CopyTo *copy, const PgQuery__CopyStmt *stmt)
{
    if (copy->options->format == COPY_BINARY) {
        put_number(copy, 2, (uint32) -1);
        send_row(copy);
    }
    if (copy->stream != NULL)
        copy->stream->end_out();
    else
        copy_close_file(copy->file, stmt, false);
}

/* ---- a table ---- */

static void
put_page(CopyTo *copy, TupleDesc desc, HeapScanDesc scan, int count, const AttrNumber *sorted,
         Datum **sorted_values, bool **sorted_nulls, Datum **values, bool **nulls)
{
    MemoryContext caller = MemoryContextSwitchTo(copy->row_context);

    if (copy->column_count > 0)
        tuple_decode_columns(desc, scan->tuples, NULL, count, sorted, copy->column_count,
                             sorted_values, sorted_nulls);
    for (int row = 0; row < count; row++)
        put_row(copy, values, nulls, row);
    MemoryContextSwitchTo(caller);
    MemoryContextReset(copy->row_context);
}

static void
copy_table(CopyTo *copy, Relation rel)
{
    TupleDesc desc = RelationGetDescr(rel);
    Size count = (Size) Max(copy->column_count, 1);
    AttrNumber *sorted = palloc(sizeof(AttrNumber) * count);
    Datum **values = palloc(sizeof(Datum *) * count), **sorted_values =
        palloc(sizeof(Datum *) * count);
    bool **nulls = palloc(sizeof(bool *) * count), **sorted_nulls =
        palloc(sizeof(bool *) * count);
    HeapScanDesc scan;
    int sorted_count = 0, rows;

    for (int i = 0; i < copy->column_count; i++) {
        values[i] = palloc(sizeof(Datum) * PAGE_MAX_HEAP_ITEMS);
        nulls[i] = palloc(sizeof(bool) * PAGE_MAX_HEAP_ITEMS);
    }
    for (int attnum = 1; attnum <= desc->natts; attnum++)
        for (int i = 0; i < copy->column_count; i++)
            if (copy->columns[i].attnum == attnum) {
                sorted[sorted_count] = (AttrNumber) attnum;
                sorted_values[sorted_count] = values[i];
                sorted_nulls[sorted_count++] = nulls[i];
            }
    scan = heap_begin_scan(rel, snapshot_active(), HEAP_SCAN_BULKREAD);
    while ((rows = heap_scan_next_page(scan, ForwardScanDirection)) > 0) {
        CHECK_FOR_INTERRUPTS();
        put_page(copy, desc, scan, rows, sorted, sorted_values, sorted_nulls, values, nulls);
    }
    heap_end_scan(scan);
}

/* ---- a query ---- */

static bool
receive_batch(DestReceiver *self, Batch *batch)
{
    CopyTo *copy = (CopyTo *) self;
    MemoryContext caller;
    Datum **values;
    bool **nulls;

    batch_decode_all(batch);
    caller = MemoryContextSwitchTo(copy->row_context);
    values = palloc(sizeof(Datum *) * (Size) Max(copy->column_count, 1));
    nulls = palloc(sizeof(bool *) * (Size) Max(copy->column_count, 1));
    for (int i = 0; i < copy->column_count; i++) {
        values[i] = batch->columns[i].values;
        nulls[i] = batch->columns[i].nulls;
    }
    for (int i = 0; i < batch->sel_count; i++)
        put_row(copy, values, nulls, batch_row(batch, i));
    MemoryContextSwitchTo(caller);
    MemoryContextReset(copy->row_context);
    return true;
}

static void
startup_nothing(DestReceiver *self, int operation, TupleDesc desc)
{
    (void) self;
    (void) operation;
    (void) desc;
}

static void
end_nothing(DestReceiver *self)
{
    (void) self;
}

static PlannedStmt *
plan_query(Utility *u, RawNode *raw)
{
    RawStmt statement = {.type = T_RawStmt, .stmt = raw, .stmt_location = 0, .stmt_len = 0};
    Query *query = parser_analyze(&statement, u->sql, NULL, 0);

    if (query->commandType == CMD_UTILITY)
        ereport(ERROR, (errcode(ERRCODE_FEATURE_NOT_SUPPORTED),
                        errmsg("COPY query must not be a utility command")));
    if (query->commandType != CMD_SELECT && query->returningList == NIL)
        ereport(ERROR, (errcode(ERRCODE_FEATURE_NOT_SUPPORTED),
                        errmsg("COPY query must have a RETURNING clause")));
    return planner_plan(query, u->sql, CURSOR_OPT_PARALLEL_OK, NULL);
}

static List *
query_columns(TupleDesc desc, const PgQuery__CopyStmt *stmt)
{
    List *attnums = NIL;

    if (stmt->n_attlist != 0)
        elog(ERROR, "a query of COPY has a column list");
    for (int i = 0; i < desc->natts; i++)
        attnums = lappend_int(attnums, i + 1);
    return attnums;
}

static uint64
copy_query(Utility *u, CopyTo *copy)
{
    PgQuery__CopyStmt *stmt = u->raw->copy_stmt;
    PlannedStmt *plan = plan_query(u, stmt->query);
    QueryDesc *query;

    if (XactReadOnly)
        executor_check_read_only(plan);
    copy->receiver = (DestReceiver){receive_batch, startup_nothing, end_nothing, end_nothing,
                                    DestCopyOut};
    snapshot_push_copied(snapshot_active());
    snapshot_update_active_cid();
    query = executor_create_query_desc(plan, u->sql, snapshot_active(), &copy->receiver, NULL, 0);
    executor_start(query, 0);
    prepare_columns(copy, query->tupDesc, query_columns(query->tupDesc, stmt));
    open_destination(copy, stmt);
    put_begin(copy);
    executor_run(query, ForwardScanDirection, 0);
    executor_finish(query);
    executor_end(query);
    snapshot_pop_active();
    close_destination(copy, stmt);
    return copy->processed;
}

uint64
copy_to(Utility *u, Relation rel, List *attnums, const CopyOptions *options)
{
    PgQuery__CopyStmt *stmt = u->raw->copy_stmt;
    CopyTo *copy = palloc0(sizeof(*copy));

    copy->options = options;
    if (rel == NULL)
        return copy_query(u, copy);
    prepare_columns(copy, RelationGetDescr(rel), attnums);
    open_destination(copy, stmt);
    put_begin(copy);
    copy_table(copy, rel);
    close_destination(copy, stmt);
    return copy->processed;
}
