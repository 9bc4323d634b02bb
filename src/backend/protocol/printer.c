/*
 * printer.c - result rows on the wire, in text or binary
 *
 * Why        Most bytes a server sends are integers and texts. Those go straight from the column
 *            vector into the send buffer; every other type goes through its output or send
 *            function, whose results are freed once a batch.
 * Invariants R1. A DataRow is written whole or taken back (wire_abandon_message, by report.c).
 *            R2. Nothing that an output function allocates outlives its batch.
 * Errors     throws what an output function throws
 */
#include <string.h>

#include "base/fmgr.h"
#include "base/varlena.h"
#include "catalog/catalog.h"
#include "catalog/lsyscache.h"
#include "error/error.h"
#include "memory/memory.h"
#include "parser/query.h"
#include "protocol_int.h"
#include "types/encoding.h"
#include "types/numutils.h"

/* How a column is written. */
typedef enum PrintKind {
    PRINT_OUTPUT, /* text through the type's output function */
    PRINT_SEND,   /* binary through the type's send function */
    PRINT_INT2,
    PRINT_INT4,
    PRINT_INT8,
    PRINT_OID,
    PRINT_BOOL,
    PRINT_TEXT, /* the bytes of the value, text and binary alike */
    PRINT_NAME,
    PRINT_BINARY_INT2,
    PRINT_BINARY_INT4,
    PRINT_BINARY_INT8,
} PrintKind;

typedef struct PrintColumn {
    PrintKind kind;
    bool is_text; /* characters in the server's encoding, to be converted for the client */
    bool is_varlena;
    FmgrInfo function;
} PrintColumn;

typedef struct Printer {
    DestReceiver receiver;
    const int16 *formats;
    int column_count;
    PrintColumn *columns;
    MemoryContext home;  /* the printer's own life */
    MemoryContext batch; /* reset after each batch (R2) */
} Printer;

static int16
format_of(const int16 *formats, int column)
{
    return formats ? formats[column] : 0;
}

static PrintKind
fast_kind(Oid type, int16 format)
{
    switch (type) {
    case INT2OID:
        return format ? PRINT_BINARY_INT2 : PRINT_INT2;
    case INT4OID:
        return format ? PRINT_BINARY_INT4 : PRINT_INT4;
    case INT8OID:
        return format ? PRINT_BINARY_INT8 : PRINT_INT8;
    case OIDOID:
        return format ? PRINT_BINARY_INT4 : PRINT_OID;
    case BOOLOID:
        return format ? PRINT_SEND : PRINT_BOOL;
    case TEXTOID:
    case VARCHAROID:
    case BPCHAROID:
        return PRINT_TEXT;
    case NAMEOID:
        return PRINT_NAME;
    default:
        return format ? PRINT_SEND : PRINT_OUTPUT;
    }
}

static void
prepare_column(Printer *printer, PrintColumn *column, Oid type, int16 format)
{
    Oid function;

    if (format != 0 && format != 1)
        ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE),
                        errmsg("unsupported format code: %d", format)));
    column->kind = fast_kind(type, format);
    column->is_text = format == 0 || column->kind == PRINT_TEXT || column->kind == PRINT_NAME;
    if (column->kind == PRINT_OUTPUT)
        getTypeOutputInfo(type, &function, &column->is_varlena);
    else if (column->kind == PRINT_SEND)
        getTypeBinaryOutputInfo(type, &function, &column->is_varlena);
    else
        return;
    fmgr_info_cxt(function, &column->function, printer->home);
}

static void
startup(DestReceiver *self, int operation, TupleDesc desc)
{
    Printer *printer = (Printer *) self;

    if (printer->columns && printer->column_count == desc->natts)
        return; /* a kept executor: the same columns as before */
    printer->column_count = desc->natts;
    printer->columns =
        MemoryContextAllocZero(printer->home, sizeof(PrintColumn) * (Size) Max(desc->natts, 1));
    for (int i = 0; i < desc->natts; i++)
        prepare_column(printer, &printer->columns[i], TupleDescAttr(desc, i)->atttypid,
                       format_of(printer->formats, i));
}

/* length and bytes, converted to the client's encoding where that differs. */
static void
put_text(const char *text, Size length)
{
    if (unlikely(pg_get_client_encoding() != GetDatabaseEncoding())) {
        int converted_length;

        text = encoding_server_to_client(text, (int) length, &converted_length);
        length = (Size) converted_length;
    }

    char *place = wire_reserve(4 + length);
    uint32 network = __builtin_bswap32((uint32) length);

    memcpy(place, &network, sizeof network);
    memcpy(place + 4, text, length);
}

/* A decimal number after its own length. */
static void
put_int(int64 value)
{
    char digits[24];
    int length = pg_lltoa(value, digits);
    char *place = wire_reserve(4 + (Size) length);
    uint32 network = __builtin_bswap32((uint32) length);

    memcpy(place, &network, sizeof network);
    memcpy(place + 4, digits, (size_t) length);
}

static void
put_varlena_text(Datum value)
{
    struct varlena *text = PG_DETOAST_DATUM_PACKED(value);

    put_text(VARDATA_ANY(text), VARSIZE_ANY_EXHDR(text));
}

static void
put_value(PrintColumn *column, Datum value)
{
    switch (column->kind) {
    case PRINT_INT2:
        put_int(DatumGetInt16(value));
        break;
    case PRINT_INT4:
        put_int(DatumGetInt32(value));
        break;
    case PRINT_INT8:
        put_int(DatumGetInt64(value));
        break;
    case PRINT_OID:
        put_int((int64) DatumGetObjectId(value));
        break;
    case PRINT_BOOL:
        wire_put_int32(1);
        wire_put_byte(DatumGetBool(value) ? 't' : 'f');
        break;
    case PRINT_TEXT:
        put_varlena_text(value);
        break;
    case PRINT_NAME: {
        const char *name = DatumGetCString(value);

        put_text(name, strnlen(name, NAMEDATALEN));
        break;
    }
    case PRINT_BINARY_INT2:
        wire_put_int32(2);
        wire_put_int16((uint16) DatumGetInt16(value));
        break;
    case PRINT_BINARY_INT4:
        wire_put_int32(4);
        wire_put_int32((uint32) DatumGetInt32(value));
        break;
    case PRINT_BINARY_INT8: {
        uint64 network = __builtin_bswap64((uint64) DatumGetInt64(value));

        wire_put_int32(8);
        wire_put_bytes(&network, sizeof network);
        break;
    }
    case PRINT_OUTPUT: {
        const char *text = OutputFunctionCall(&column->function, value);

        put_text(text, strlen(text));
        break;
    }
    case PRINT_SEND: {
        bytea *bytes = SendFunctionCall(&column->function, value);

        wire_put_int32(VARSIZE(bytes) - VARHDRSZ);
        wire_put_bytes(VARDATA(bytes), VARSIZE(bytes) - VARHDRSZ);
        break;
    }
    }
}

static bool
receive(DestReceiver *self, Batch *batch)
{
    Printer *printer = (Printer *) self;
    MemoryContext caller = MemoryContextSwitchTo(printer->batch);

    batch_decode_all(batch);
    for (int i = 0; i < batch->sel_count; i++) {
        int row = batch_row(batch, i);

        wire_begin('D');
        wire_put_int16((uint16) printer->column_count);
        for (int c = 0; c < printer->column_count; c++) {
            const ColumnVector *vector = &batch->columns[c];

            if (vector->nulls[row])
                wire_put_int32((uint32) -1);
            else
                put_value(&printer->columns[c], vector->values[row]);
        }
        wire_end();
    }
    MemoryContextSwitchTo(caller);
    MemoryContextReset(printer->batch);
    return !wire_is_broken();
}

static void
shutdown_printer(DestReceiver *self)
{
}

static void
destroy(DestReceiver *self)
{
    Printer *printer = (Printer *) self;

    MemoryContextDelete(printer->batch);
    pfree(printer);
}

DestReceiver *
printer_make_receiver(const int16 *formats)
{
    Printer *printer = palloc0(sizeof *printer);

    printer->receiver = (DestReceiver){
        .receive = receive,
        .startup = startup,
        .shutdown = shutdown_printer,
        .destroy = destroy,
        .mydest = DestRemote,
    };
    printer->formats = formats;
    printer->home = CurrentMemoryContext;
    printer->batch = AllocSetContextCreate(CurrentMemoryContext, "printer batch",
                                           ALLOCSET_DEFAULT_SIZES);
    return &printer->receiver;
}

/* The table and column a result column comes from, as drivers' metadata wants it. */
static const TargetEntry *
origin_of(List *targetlist, int column)
{
    ListCell *cell;

    foreach (cell, targetlist) {
        const TargetEntry *entry = lfirst(cell);

        if (!entry->resjunk && entry->resno == column + 1)
            return entry;
    }
    return NULL;
}

static void
put_column_name(const char *name)
{
    int length;

    wire_put_string(encoding_server_to_client(name, (int) strlen(name), &length));
}

void
printer_row_description(TupleDesc desc, List *targetlist, const int16 *formats)
{
    wire_begin('T');
    wire_put_int16((uint16) desc->natts);
    for (int i = 0; i < desc->natts; i++) {
        Form_pg_attribute attribute = TupleDescAttr(desc, i);
        const TargetEntry *entry = origin_of(targetlist, i);
        int32 typmod = attribute->atttypmod;
        Oid type = getBaseTypeAndTypmod(attribute->atttypid, &typmod);

        put_column_name(NameStr(attribute->attname));
        wire_put_int32(entry ? entry->resorigtbl : 0);
        wire_put_int16((uint16) (entry ? entry->resorigcol : 0));
        wire_put_int32(type);
        wire_put_int16((uint16) get_typlen(type));
        wire_put_int32((uint32) typmod);
        wire_put_int16((uint16) format_of(formats, i));
    }
    wire_end();
}
