/*
 * sysfuncs.c - rows for the functions that show the server's state
 *
 * Errors     throws
 */
#include "commands/sysfuncs.h"

#include <string.h>

#include "base/varlena.h"
#include "catalog/catalog.h"
#include "catalog/typcache.h"
#include "error/error.h"
#include "heap/tuple.h"
#include "memory/memory.h"
#include "types/array.h"
#include "types/builtins.h"
#include "types/funcapi.h"

#define ROWS_AT_START 32

struct SysRows {
    TupleDesc desc; /* NULL: a set of plain values */
    Datum *values;
    bool *nulls;
    int count;
    int room;
};

static void
put(SysRow *row, Datum value, bool isnull)
{
    Assert(row->count < SYSFUNCS_COLUMNS_MAX);
    row->values[row->count] = value;
    row->nulls[row->count++] = isnull;
}

void
sysrow_null(SysRow *row)
{
    put(row, (Datum)0, true);
}

void
sysrow_datum(SysRow *row, Datum value)
{
    put(row, value, false);
}

void
sysrow_text(SysRow *row, const char *text)
{
    put(row, text ? CStringGetTextDatum(text) : (Datum)0, text == NULL);
}

void
sysrow_bool(SysRow *row, bool value)
{
    put(row, BoolGetDatum(value), false);
}

void
sysrow_int(SysRow *row, int32 value)
{
    put(row, Int32GetDatum(value), false);
}

void
sysrow_bigint(SysRow *row, int64 value)
{
    put(row, Int64GetDatum(value), false);
}

void
sysrow_oid(SysRow *row, Oid value)
{
    put(row, ObjectIdGetDatum(value), false);
}

void
sysrow_time(SysRow *row, TimestampTz value)
{
    put(row, Int64GetDatum(value), value == 0);
}

/* From the function's OUT arguments; NULL for a function that returns no record. */
static TupleDesc
result_desc(FunctionCallInfo fcinfo)
{
    const ProcInfo *proc = catalog_proc(fcinfo->flinfo->fn_oid);
    ProcOutputs outputs;
    TupleDesc desc;
    int columns = 0;

    if (proc->prorettype != RECORDOID || !catalog_proc_outputs(proc, &outputs))
        return NULL;
    for (int i = 0; i < outputs.count; i++)
        columns += outputs.modes[i] != 'i' && outputs.modes[i] != 'v';
    desc = CreateTemplateTupleDesc(columns);
    columns = 0;
    for (int i = 0; i < outputs.count; i++)
        if (outputs.modes[i] != 'i' && outputs.modes[i] != 'v')
            TupleDescInitEntry(desc, ++columns, outputs.names ? outputs.names[i] : "",
                               outputs.types[i] == ANYELEMENTOID
                                   ? ARR_ELEMTYPE(PG_GETARG_ARRAYTYPE_P(0))
                                   : outputs.types[i],
                               -1, 0);
    assign_record_type_typmod(desc);
    return desc;
}

static Datum
form(TupleDesc desc, SysRow *row)
{
    Assert(row->count == desc->natts);
    return heap_copy_tuple_as_datum(heap_form_tuple(desc, row->values, row->nulls), desc);
}

void
sysrows_add(SysRows *rows, SysRow *row)
{
    if (rows->count == rows->room) {
        rows->room = rows->room ? 2 * rows->room : ROWS_AT_START;
        rows->values = rows->values ? repalloc(rows->values, rows->room * sizeof(Datum))
                                    : palloc(rows->room * sizeof(Datum));
        rows->nulls = rows->nulls ? repalloc(rows->nulls, rows->room * sizeof(bool))
                                  : palloc(rows->room * sizeof(bool));
    }
    rows->values[rows->count] = rows->desc ? form(rows->desc, row) : row->values[0];
    rows->nulls[rows->count++] = !rows->desc && row->nulls[0];
    row->count = 0;
}

/* The caller reads its rows after the last call, when the set's memory is gone. */
static Datum
copy_row(Datum row)
{
    Size size = VARSIZE_ANY(DatumGetPointer(row));

    return PointerGetDatum(memcpy(palloc(size), DatumGetPointer(row), size));
}

Datum
sysfuncs_return_rows(FunctionCallInfo fcinfo, SysRowsFiller fill)
{
    FuncCallContext *set;
    SysRows *rows;

    if (SRF_IS_FIRSTCALL()) {
        MemoryContext old;

        set = SRF_FIRSTCALL_INIT();
        old = MemoryContextSwitchTo(set->multi_call_memory_ctx);
        rows = palloc0(sizeof(*rows));
        rows->desc = result_desc(fcinfo);
        set->user_fctx = rows;
        fill(rows, fcinfo);
        MemoryContextSwitchTo(old);
    }
    set = SRF_PERCALL_SETUP();
    rows = set->user_fctx;
    if (set->call_cntr < (uint64)rows->count) {
        uint64 index = set->call_cntr;

        if (rows->nulls[index])
            SRF_RETURN_NEXT_NULL(set);
        SRF_RETURN_NEXT(set, rows->desc ? copy_row(rows->values[index]) : rows->values[index]);
    }
    SRF_RETURN_DONE(set);
}

Datum
sysfuncs_return_row(FunctionCallInfo fcinfo, SysRow *row)
{
    return form(result_desc(fcinfo), row);
}

Datum
sysfuncs_int_array(const int32 *numbers, int count)
{
    Datum *values = palloc((count + 1) * sizeof(Datum));

    if (count == 0)
        return PointerGetDatum(construct_empty_array(INT4OID));
    for (int i = 0; i < count; i++)
        values[i] = Int32GetDatum(numbers[i]);
    return PointerGetDatum(construct_array(values, count, INT4OID, sizeof(int32), true, 'i'));
}
