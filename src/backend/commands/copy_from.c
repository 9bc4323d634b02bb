/*
 * copy_from.c - COPY FROM: rows of text or binary fields into a table
 *
 * Why        rows are formed in a context that is thrown away whole, up to BATCH_ROWS at a time,
 *            and go to the heap together: one page lock and one WAL record per page. Integers and
 *            strings are read here; other types through their input functions.
 * Invariants F1. Index entries of a batch are made after all its rows are in the heap, before the
 *                next batch begins.
 *            F2. While an error may come from a row of the batch, reader.line is that row's line.
 */
#include "copy_int.h"

#include "heap/heap.h"
#include "planner/planner.h"
#include "types/encoding.h"

#define BATCH_ROWS 1000
#define BATCH_BYTES (256 * 1024)
#define CONTEXT_CHARS_MAX 100
#define SLACK_BYTES_PER_COLUMN 16

typedef struct CopyColumn {
    int attnum;
    const char *name;
    CopyTypeKind kind;
    bool plain; /* stored plain: a 4-byte length always */
    bool force_not_null;
    bool force_null;
    int32 typmod;
    Oid ioparam;
    FmgrInfo input;
} CopyColumn;

typedef struct ComputedColumn {
    int attnum;
    ExprState *state;
} ComputedColumn;

typedef struct CopyFrom {
    Relation rel;
    TupleDesc desc;
    const CopyOptions *options;
    CopyReader reader;
    int column_count;
    CopyColumn *columns;
    int default_count;
    ComputedColumn *defaults;
    int generated_count;
    ComputedColumn *generated;
    ExprState *where;
    ResultRelInfo *info;
    bool has_indexes;
    Datum *values;
    bool *nulls;
    MemoryContext batch_context; /* rows of the batch; reset after each */
    char *scratch;               /* values of the row being read */
    Size scratch_size;
    Size scratch_fixed; /* beyond the line's length */
    HeapTuple *tuples;
    uint64 *lines;
    int count;
    Size bytes;
    int heap_options;
    CommandId cid;
    BulkInsertState bulk;
    uint64 processed;
    /* for the error context */
    const char *column_name;
    const CopyField *column_field;
} CopyFrom;

/* ---- error context ---- */

/* The text, cut so that an error message stays readable. */
static char *
limit_text(const char *bytes, int length)
{
    if (length <= CONTEXT_CHARS_MAX)
        return pnstrdup(bytes, (Size) length);
    length = pg_mbcliplen(bytes, length, CONTEXT_CHARS_MAX);
    return psprintf("%.*s...", length, bytes);
}

static void
add_context(void *arg)
{
    CopyFrom *copy = arg;
    const char *table = RelationGetRelationName(copy->rel);
    unsigned long long line = copy->reader.line;

    if (copy->options->format == COPY_BINARY) {
        if (copy->column_name != NULL)
            errcontext("COPY %s, line %llu, column %s", table, line, copy->column_name);
        else
            errcontext("COPY %s, line %llu", table, line);
    } else if (copy->column_name != NULL && copy->column_field != NULL)
        errcontext("COPY %s, line %llu, column %s: \"%s\"", table, line, copy->column_name,
                   limit_text(copy->column_field->bytes, copy->column_field->length));
    else if (copy->column_name != NULL)
        errcontext("COPY %s, line %llu, column %s: null input", table, line, copy->column_name);
    else if (copy->reader.line_is_valid)
        errcontext("COPY %s, line %llu: \"%s\"", table, line,
                   limit_text(copy->reader.line_text, copy->reader.line_length));
    else
        errcontext("COPY %s, line %llu", table, line);
}

static pg_noreturn void
throw_format(const char *text)
{
    ereport(ERROR, (errcode(ERRCODE_BAD_COPY_FILE_FORMAT), errmsg("%s", text)));
    pg_unreachable();
}

/* ---- setting up ---- */

static void
prepare_columns(CopyFrom *copy, List *attnums)
{
    const CopyOptions *options = copy->options;
    bool *not_null = copy_column_flags(copy->desc, attnums, options->force_not_null,
                                       "FORCE_NOT_NULL");
    bool *null = copy_column_flags(copy->desc, attnums, options->force_null, "FORCE_NULL");
    ListCell *cell;

    copy->columns = palloc0(sizeof(CopyColumn) * (Size) Max(list_length(attnums), 1));
    foreach (cell, attnums) {
        CopyColumn *column = &copy->columns[copy->column_count++];
        Form_pg_attribute att = TupleDescAttr(copy->desc, lfirst_int(cell) - 1);
        Oid function;

        column->attnum = att->attnum;
        column->name = NameStr(att->attname);
        column->typmod = att->atttypmod;
        column->plain = att->attstorage == TYPSTORAGE_PLAIN;
        column->force_not_null = not_null[att->attnum - 1];
        column->force_null = null[att->attnum - 1];
        if (options->format == COPY_BINARY)
            getTypeBinaryInputInfo(att->atttypid, &function, &column->ioparam);
        else {
            getTypeInputInfo(att->atttypid, &function, &column->ioparam);
            column->kind = copy_type_kind(att->atttypid);
        }
        fmgr_info(function, &column->input);
        copy->scratch_fixed += SLACK_BYTES_PER_COLUMN;
        if (column->kind == COPY_TYPE_BPCHAR && column->typmod > VARHDRSZ)
            copy->scratch_fixed += (Size) (column->typmod - VARHDRSZ);
    }
}

static ComputedColumn *
add_computed(CopyFrom *copy, ComputedColumn **list, int *count, int attnum)
{
    const char *text = relation_default(copy->rel, (AttrNumber) attnum);
    ComputedColumn *column;
    Node *expr;

    if (text == NULL)
        return NULL;
    if (*list == NULL)
        *list = palloc0(sizeof(ComputedColumn) * (Size) copy->desc->natts);
    expr = planner_plan_expression(stringToNode(text));
    column = &(*list)[(*count)++];
    column->attnum = attnum;
    column->state = expression_compile((Expr *) expr, NULL);
    return column;
}

static void
prepare_defaults(CopyFrom *copy, List *attnums)
{
    for (int attnum = 1; attnum <= copy->desc->natts; attnum++) {
        Form_pg_attribute att = TupleDescAttr(copy->desc, attnum - 1);

        if (att->attisdropped)
            continue;
        if (att->attgenerated)
            add_computed(copy, &copy->generated, &copy->generated_count, attnum);
        else if (!list_member_int(attnums, attnum))
            add_computed(copy, &copy->defaults, &copy->default_count, attnum);
    }
}

static void
prepare_freeze(CopyFrom *copy)
{
    Relation rel = copy->rel;
    SubTransactionId subid = xact_current_subid();

    if (rel->rd_createSubid != InvalidSubTransactionId ||
        rel->rd_firstRelfilenodeSubid != InvalidSubTransactionId ||
        rel->rd_newRelfilenodeSubid != InvalidSubTransactionId)
        copy->heap_options |= HEAP_INSERT_SKIP_FSM;
    if (!copy->options->freeze)
        return;
    if (rel->rd_createSubid != subid && rel->rd_newRelfilenodeSubid != subid)
        ereport(ERROR, (errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE),
                        errmsg("cannot perform COPY FREEZE because the table was not created or "
                               "truncated in the current subtransaction")));
    copy->heap_options |= HEAP_INSERT_FROZEN;
}

/* ---- values ---- */

/* Plain decimal digits, few enough not to overflow; others go the long way. */
static inline bool
read_digits(const char *at, int length, int digits_max, int64 *ret_value)
{
    bool negative = length > 0 && *at == '-';
    int64 value = 0;

    at += negative;
    length -= negative;
    if (length == 0 || length > digits_max)
        return false;
    for (int i = 0; i < length; i++) {
        unsigned digit = (unsigned) (at[i] - '0');

        if (digit > 9)
            return false;
        value = value * 10 + digit;
    }
    *ret_value = negative ? -value : value;
    return true;
}

/* A string in the scratch memory, padded to `chars`; the short form where it is stored so. */
static inline Datum
make_string(char **scratch, const CopyField *field, int chars, bool plain)
{
    char *at = *scratch;
    char *data;

    if (chars < VARATT_SHORT_MAX - VARHDRSZ_SHORT && !plain) {
        SET_VARSIZE_SHORT(at, chars + VARHDRSZ_SHORT);
        data = at + VARHDRSZ_SHORT;
    } else {
        SET_VARSIZE(at, chars + VARHDRSZ);
        data = at + VARHDRSZ;
    }
    memcpy(data, field->bytes, (Size) field->length);
    if (chars > field->length)
        memset(data + field->length, ' ', (Size) (chars - field->length));
    *scratch = data + chars;
    return PointerGetDatum(at);
}

static bool
read_fast(CopyFrom *copy, const CopyColumn *column, const CopyField *field, char **scratch,
          Datum *ret_value)
{
    int chars = column->typmod - VARHDRSZ;
    int64 number;

    switch (column->kind) {
        case COPY_TYPE_INT4:
            if (!read_digits(field->bytes, field->length, 9, &number))
                return false;
            *ret_value = Int32GetDatum((int32) number);
            return true;
        case COPY_TYPE_INT8:
            if (!read_digits(field->bytes, field->length, 18, &number))
                return false;
            *ret_value = Int64GetDatum(number);
            return true;
        case COPY_TYPE_INT2:
            if (!read_digits(field->bytes, field->length, 4, &number))
                return false;
            *ret_value = Int16GetDatum((int16) number);
            return true;
        case COPY_TYPE_TEXT:
            if (column->typmod >= VARHDRSZ && field->length > chars)
                return false;
            *ret_value = make_string(scratch, field, field->length, column->plain);
            return true;
        case COPY_TYPE_BPCHAR:
            if (column->typmod < VARHDRSZ)
                chars = field->length;
            else if (field->length > chars || !copy->reader.is_ascii)
                return false;
            *ret_value = make_string(scratch, field, chars, column->plain);
            return true;
        default:
            return false;
    }
}

static void
read_value(CopyFrom *copy, CopyColumn *column, const CopyField *field, char **scratch)
{
    Datum *value = &copy->values[column->attnum - 1];
    bool *isnull = &copy->nulls[column->attnum - 1];
    char *text = NULL;

    *isnull = field == NULL;
    if (field == NULL && column->input.fn_strict)
        return;
    if (field != NULL && read_fast(copy, column, field, scratch, value))
        return;
    copy->column_name = column->name;
    copy->column_field = field;
    if (field != NULL) {
        text = palloc((Size) field->length + 1);
        memcpy(text, field->bytes, (Size) field->length);
        text[field->length] = '\0';
    }
    *value = InputFunctionCall(&column->input, text, column->ioparam, column->typmod);
    copy->column_name = NULL;
    copy->column_field = NULL;
}

static void
reserve_scratch(CopyFrom *copy)
{
    Size need = (Size) copy->reader.line_length + copy->scratch_fixed;

    if (likely(need <= copy->scratch_size))
        return;
    pfree(copy->scratch);
    copy->scratch_size = need * 2;
    copy->scratch = MemoryContextAllocHuge(GetMemoryChunkContext(copy->tuples),
                                           copy->scratch_size);
}

static bool
read_text_row(CopyFrom *copy)
{
    CopyReader *reader = &copy->reader;
    const CopyField null_field = {copy->options->null_text, copy->options->null_length, false,
                                  true};
    bool is_csv = copy->options->format == COPY_CSV;
    char *scratch;

    if (!copy_reader_next(reader))
        return false;
    reserve_scratch(copy);
    scratch = copy->scratch;
    if (reader->field_count > copy->column_count &&
        !(copy->column_count == 0 && reader->line_length == 0))
        throw_format("extra data after last expected column");
    for (int i = 0; i < copy->column_count; i++) {
        CopyColumn *column = &copy->columns[i];
        const CopyField *field = &reader->fields[i];

        if (unlikely(i >= reader->field_count))
            ereport(ERROR, (errcode(ERRCODE_BAD_COPY_FILE_FORMAT),
                            errmsg("missing data for column \"%s\"", column->name)));
        if (field->is_null)
            field = column->force_not_null ? &null_field : NULL;
        else if (is_csv && column->force_null &&
                 field->length == copy->options->null_length &&
                 memcmp(field->bytes, copy->options->null_text, (Size) field->length) == 0)
            field = NULL;
        read_value(copy, column, field, &scratch);
    }
    return true;
}

/* ---- binary ---- */

static bool
read_number(CopyReader *reader, int size, int32 *ret_value)
{
    const unsigned char *bytes =
        (const unsigned char *) copy_reader_bytes(reader, (Size) size);
    uint32 value = 0;

    if (bytes == NULL)
        return false;
    for (int i = 0; i < size; i++)
        value = value << 8 | bytes[i];
    *ret_value = size == 2 ? (int16) value : (int32) value;
    return true;
}

static void
read_binary_header(CopyReader *reader)
{
    const char *bytes = copy_reader_bytes(reader, COPY_BINARY_SIGNATURE_BYTES);
    int32 flags, extension;

    if (bytes == NULL || memcmp(bytes, COPY_BINARY_SIGNATURE, COPY_BINARY_SIGNATURE_BYTES) != 0)
        throw_format("COPY file signature not recognized");
    if (!read_number(reader, 4, &flags))
        throw_format("invalid COPY file header (missing flags)");
    if ((flags & (1 << 16)) != 0)
        throw_format("invalid COPY file header (WITH OIDS)");
    if ((flags >> 16) != 0)
        throw_format("unrecognized critical flags in COPY file header");
    if (!read_number(reader, 4, &extension) || extension < 0)
        throw_format("invalid COPY file header (missing length)");
    if (extension > 0 && copy_reader_bytes(reader, (Size) extension) == NULL)
        throw_format("invalid COPY file header (wrong length)");
}

static void
read_binary_value(CopyFrom *copy, CopyColumn *column)
{
    bool *isnull = &copy->nulls[column->attnum - 1];
    StringInfoData message;
    int32 length;
    const char *bytes;
    char *own;

    copy->column_name = column->name;
    if (!read_number(&copy->reader, 4, &length))
        throw_format("unexpected EOF in COPY data");
    *isnull = length == -1;
    if (length == -1) {
        if (!column->input.fn_strict)
            copy->values[column->attnum - 1] =
                ReceiveFunctionCall(&column->input, NULL, column->ioparam, column->typmod);
        copy->column_name = NULL;
        return;
    }
    if (length < 0)
        throw_format("invalid field size");
    bytes = copy_reader_bytes(&copy->reader, (Size) length);
    if (bytes == NULL)
        throw_format("unexpected EOF in COPY data");
    own = palloc((Size) length + 1);
    memcpy(own, bytes, (Size) length);
    own[length] = '\0';
    initReadOnlyStringInfo(&message, own, length);
    copy->values[column->attnum - 1] =
        ReceiveFunctionCall(&column->input, &message, column->ioparam, column->typmod);
    if (message.cursor != message.len)
        ereport(ERROR, (errcode(ERRCODE_INVALID_BINARY_REPRESENTATION),
                        errmsg("incorrect binary data format")));
    copy->column_name = NULL;
}

static bool
read_binary_row(CopyFrom *copy)
{
    int32 count;

    copy->reader.line++;
    if (!read_number(&copy->reader, 2, &count))
        return false;
    if (count == -1) {
        if (copy->reader.stream != NULL && copy_reader_bytes(&copy->reader, 1) != NULL)
            throw_format("received copy data after EOF marker");
        return false;
    }
    if (count != copy->column_count)
        ereport(ERROR, (errcode(ERRCODE_BAD_COPY_FILE_FORMAT),
                        errmsg("row field count is %d, expected %d", (int) count,
                               copy->column_count)));
    for (int i = 0; i < copy->column_count; i++)
        read_binary_value(copy, &copy->columns[i]);
    return true;
}

/* ---- rows into the table ---- */

static void
flush_batch(CopyFrom *copy)
{
    uint64 line = copy->reader.line;
    bool line_is_valid = copy->reader.line_is_valid;

    if (copy->count == 0)
        return;
    copy->reader.line_is_valid = false;
    copy->reader.line = copy->lines[copy->count - 1];
    heap_multi_insert(copy->rel, copy->tuples, copy->count, copy->cid, copy->heap_options,
                      copy->bulk);
    for (int i = 0; copy->has_indexes && i < copy->count; i++) {
        copy->reader.line = copy->lines[i];
        heap_deform_tuple(copy->tuples[i], copy->desc, copy->values, copy->nulls);
        executor_insert_index_entries(copy->info, copy->tuples[i], copy->values, copy->nulls);
    }
    copy->reader.line = line;
    copy->reader.line_is_valid = line_is_valid;
    copy->count = 0;
    copy->bytes = 0;
    MemoryContextReset(copy->batch_context);
    CHECK_FOR_INTERRUPTS();
}

static void
compute_columns(CopyFrom *copy, const ComputedColumn *columns, int count)
{
    for (int i = 0; i < count; i++) {
        Form_pg_attribute att = TupleDescAttr(copy->desc, columns[i].attnum - 1);
        bool isnull;
        Datum value = expression_eval_row(columns[i].state, copy->values, copy->nulls, &isnull);

        copy->nulls[columns[i].attnum - 1] = isnull;
        if (!isnull)
            copy->values[columns[i].attnum - 1] = datumCopy(value, att->attbyval, att->attlen);
    }
}

/* The row just read, in the batch context. */
static void
take_row(CopyFrom *copy)
{
    HeapTuple tuple;

    compute_columns(copy, copy->defaults, copy->default_count);
    if (copy->where != NULL) {
        bool isnull;
        Datum result = expression_eval_row(copy->where, copy->values, copy->nulls, &isnull);

        if (isnull || !DatumGetBool(result))
            return;
    }
    compute_columns(copy, copy->generated, copy->generated_count);
    executor_check_constraints(copy->info, copy->values, copy->nulls);
    tuple = heap_form_tuple(copy->desc, copy->values, copy->nulls);
    copy->tuples[copy->count] = tuple;
    copy->lines[copy->count++] = copy->reader.line;
    copy->bytes += tuple->t_len;
    copy->processed++;
}

static void
copy_rows(CopyFrom *copy)
{
    bool is_binary = copy->options->format == COPY_BINARY;
    MemoryContext caller = MemoryContextSwitchTo(copy->batch_context);

    for (;;) {
        if (!(is_binary ? read_binary_row(copy) : read_text_row(copy)))
            break;
        take_row(copy);
        if (copy->count == BATCH_ROWS || copy->bytes > BATCH_BYTES) {
            MemoryContextSwitchTo(caller);
            flush_batch(copy);
            memset(copy->nulls, true, (Size) copy->desc->natts * sizeof(bool));
            MemoryContextSwitchTo(copy->batch_context);
        }
    }
    MemoryContextSwitchTo(caller);
    flush_batch(copy);
}

static void
check_header(CopyFrom *copy)
{
    CopyReader *reader = &copy->reader;

    if (!copy_reader_next(reader) || copy->options->header != COPY_HEADER_MATCH)
        return;
    if (reader->field_count != copy->column_count)
        ereport(ERROR, (errcode(ERRCODE_BAD_COPY_FILE_FORMAT),
                        errmsg("wrong number of fields in header line: got %d, expected %d",
                               reader->field_count, copy->column_count)));
    for (int i = 0; i < copy->column_count; i++) {
        const CopyField *field = &reader->fields[i];
        const char *name = copy->columns[i].name;

        if (field->is_null)
            ereport(ERROR, (errcode(ERRCODE_BAD_COPY_FILE_FORMAT),
                            errmsg("column name mismatch in header line field %d: got null value "
                                   "(\"%s\"), expected \"%s\"",
                                   i + 1, copy->options->null_text, name)));
        if ((Size) field->length != strlen(name) ||
            memcmp(field->bytes, name, (Size) field->length) != 0)
            ereport(ERROR, (errcode(ERRCODE_BAD_COPY_FILE_FORMAT),
                            errmsg("column name mismatch in header line field %d: got \"%s\", "
                                   "expected \"%s\"",
                                   i + 1, pnstrdup(field->bytes, (Size) field->length), name)));
    }
}

static void
prepare(CopyFrom *copy, Utility *u, List *attnums)
{
    PgQuery__CopyStmt *stmt = u->raw->copy_stmt;
    int natts = Max(copy->desc->natts, 1);

    prepare_freeze(copy);
    prepare_columns(copy, attnums);
    prepare_defaults(copy, attnums);
    if (RAW_KIND(stmt->where_clause) != PG_QUERY__NODE__NODE__NOT_SET) {
        Node *expr = parser_cook_where(stmt->where_clause, u->sql, copy->rel, "WHERE");

        copy->where = expression_compile((Expr *) planner_plan_expression(expr), NULL);
    }
    copy->info = executor_open_result_relation(copy->rel);
    copy->has_indexes = RelationGetIndexList(copy->rel) != NIL;
    copy->values = palloc0(sizeof(Datum) * (Size) natts);
    copy->nulls = palloc((Size) natts);
    memset(copy->nulls, true, (Size) natts);
    copy->tuples = palloc(sizeof(HeapTuple) * BATCH_ROWS);
    copy->lines = palloc(sizeof(uint64) * BATCH_ROWS);
    copy->scratch_size = 8192;
    copy->scratch = palloc(copy->scratch_size);
    /* Reset after each batch, deleted with the statement's context. */
    copy->batch_context =
        AllocSetContextCreate(CurrentMemoryContext, "COPY batch", 0, 64 * 1024, 1024 * 1024);
    copy->cid = xact_current_command_id(true);
}

uint64
copy_from(Utility *u, Relation rel, List *attnums, const CopyOptions *options)
{
    PgQuery__CopyStmt *stmt = u->raw->copy_stmt;
    CopyFrom *copy = palloc0(sizeof(*copy));
    ErrorContextCallback callback = {error_context_stack, add_context, copy};

    copy->rel = rel;
    copy->desc = RelationGetDescr(rel);
    copy->options = options;
    prepare(copy, u, attnums);
    copy_reader_open(&copy->reader, u, stmt, options, copy->column_count);
    copy->bulk = GetBulkInsertState();
    error_context_stack = &callback;
    if (options->format == COPY_BINARY)
        read_binary_header(&copy->reader);
    else if (options->header != COPY_HEADER_NONE)
        check_header(copy);
    copy_rows(copy);
    if (!copy->reader.at_end)
        copy_reader_drain(&copy->reader);
    error_context_stack = callback.previous;
    FreeBulkInsertState(copy->bulk);
    executor_close_result_relation(copy->info);
    if (copy->reader.file != NULL)
        copy_close_file(copy->reader.file, stmt, true);
    copy_reader_close(&copy->reader);
    return copy->processed;
}
