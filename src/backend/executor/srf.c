/*
 * srf.c - calls of functions that return sets
 *
 * Why        generate_series and unnest are computed here, a batch at a time; other functions are
 *            called once per row (value per call) or once per set (they fill a tuplestore), as
 *            they choose.
 * Invariants
 *   F1. What a function keeps between calls (fn_extra) is in the call's own context, which is
 *       reset when a set begins or is abandoned.
 */
#include "base/base.h"
#include "catalog/catalog.h"
#include "catalog/lsyscache.h"
#include "catalog/typcache.h"
#include "heap/tuple.h"
#include "parser/nodefuncs.h"
#include "settings_int.h"
#include "srf_int.h"
#include "types/array.h"

typedef enum SetCallKind {
    SET_CALL_FUNCTION,
    SET_CALL_SINGLE,   /* not a set: one row */
    SET_CALL_SERIES_4, /* generate_series(int4, int4 [, int4]) */
    SET_CALL_SERIES_8,
    SET_CALL_UNNEST
} SetCallKind;

struct SetCall {
    SetCallKind kind;
    List *args;
    int column_count; /* 0: the result as it is */
    MemoryContext context; /* F1 */
    FmgrInfo flinfo;
    FunctionCallInfo call;
    ReturnSetInfo result;
    Oid result_type;
    bool done;
    bool materialized;
    /* series */
    int64 next;
    int64 last;
    int64 step;
    /* unnest */
    Datum *elements;
    bool *element_nulls;
    int element_count;
    int element_next;
    /* composite results */
    TupleDesc row_desc;
    Oid row_type;
    int32 row_typmod;
    Datum *row_values;
    bool *row_nulls;
};

bool
expr_is_set_call(Node *expr)
{
    return (IsA(expr, FuncExpr) && ((FuncExpr *) expr)->funcretset) ||
           (IsA(expr, OpExpr) && ((OpExpr *) expr)->opretset);
}

static SetCallKind
kind_of_function(Oid funcid)
{
    switch (funcid) {
    case 1066:
    case 1067:
        return SET_CALL_SERIES_4;
    case 1068:
    case 1069:
        return SET_CALL_SERIES_8;
    case 2331:
        return SET_CALL_UNNEST;
    default:
        return SET_CALL_FUNCTION;
    }
}

SetCall *
set_call_create(Expr *expr, EState *estate, int column_count)
{
    SetCall *call = (SetCall *) palloc0(sizeof(SetCall));
    Oid funcid, collation;
    int arg_count;

    call->column_count = column_count;
    call->context = AllocSetContextCreate(estate->context, "set-returning function",
                                          ALLOCSET_SMALL_SIZES);
    call->result_type = exprType((Node *) expr);
    if (!expr_is_set_call((Node *) expr)) {
        call->kind = SET_CALL_SINGLE;
        call->args = list_make1(expr);
        return call;
    }
    if (IsA(expr, FuncExpr)) {
        funcid = ((FuncExpr *) expr)->funcid;
        collation = ((FuncExpr *) expr)->inputcollid;
        call->args = ((FuncExpr *) expr)->args;
    } else {
        funcid = get_opcode(((OpExpr *) expr)->opno);
        collation = ((OpExpr *) expr)->inputcollid;
        call->args = ((OpExpr *) expr)->args;
    }
    call->kind = kind_of_function(funcid);
    if (call->kind == SET_CALL_UNNEST && type_is_rowtype(call->result_type))
        call->kind = SET_CALL_FUNCTION;
    if (call->kind != SET_CALL_FUNCTION)
        return call;
    arg_count = list_length(call->args);
    fmgr_info_cxt(funcid, &call->flinfo, call->context);
    call->flinfo.fn_expr = (Node *) expr;
    call->call = (FunctionCallInfo) palloc0(SizeForFunctionCallInfo(Max(arg_count, 1)));
    InitFunctionCallInfoData(*call->call, &call->flinfo, arg_count, collation, NULL,
                             (Node *) &call->result);
    return call;
}

List *
set_call_args(SetCall *call)
{
    return call->args;
}

bool
set_call_done(const SetCall *call)
{
    return call->done;
}

void
set_call_reset(SetCall *call)
{
    if (call->materialized && call->result.setResult != NULL)
        tuplestore_end(call->result.setResult);
    call->result.setResult = NULL;
    call->materialized = false;
    call->flinfo.fn_extra = NULL;
    call->row_desc = NULL;
    MemoryContextReset(call->context);
    call->done = true;
}

static void
series_start(SetCall *call, const Datum *args)
{
    bool wide = call->kind == SET_CALL_SERIES_8;
    bool has_step = list_length(call->args) == 3;

    call->next = wide ? DatumGetInt64(args[0]) : DatumGetInt32(args[0]);
    call->last = wide ? DatumGetInt64(args[1]) : DatumGetInt32(args[1]);
    call->step = !has_step ? 1 : wide ? DatumGetInt64(args[2]) : DatumGetInt32(args[2]);
    if (call->step == 0)
        ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE),
                        errmsg("step size cannot equal zero")));
}

static void
unnest_start(SetCall *call, const Datum *args)
{
    MemoryContext old = MemoryContextSwitchTo(call->context);

    array_deconstruct(DatumGetArrayTypeP(args[0]), &call->elements, &call->element_nulls,
                      &call->element_count);
    call->element_next = 0;
    MemoryContextSwitchTo(old);
}

static void
function_start(SetCall *call, const Datum *args, const bool *nulls)
{
    call->result = (ReturnSetInfo){.type = T_ReturnSetInfo,
                                   .allowedModes = SFRM_ValuePerCall | SFRM_Materialize,
                                   .returnMode = SFRM_ValuePerCall};
    for (int i = 0; i < list_length(call->args); i++) {
        call->call->args[i].value = args[i];
        call->call->args[i].isnull = nulls[i];
    }
}

void
set_call_start(SetCall *call, const Datum *args, const bool *nulls)
{
    set_call_reset(call);
    call->done = false;
    if (call->kind == SET_CALL_SINGLE) {
        call->row_values = (Datum *) MemoryContextAlloc(call->context, sizeof(Datum));
        call->row_nulls = (bool *) MemoryContextAlloc(call->context, sizeof(bool));
        call->row_values[0] = args[0];
        call->row_nulls[0] = nulls[0];
        return;
    }
    for (int i = 0; i < list_length(call->args); i++) {
        if (nulls[i] && (call->kind != SET_CALL_FUNCTION || call->flinfo.fn_strict)) {
            call->done = true;
            return;
        }
    }
    switch (call->kind) {
    case SET_CALL_SERIES_4:
    case SET_CALL_SERIES_8:
        series_start(call, args);
        break;
    case SET_CALL_UNNEST:
        unnest_start(call, args);
        break;
    default:
        function_start(call, args, nulls);
        break;
    }
}

static int
series_fill(SetCall *call, int rows_max, ColumnVector *column, int first)
{
    int count = 0;

    while (count < rows_max && !call->done) {
        int64 value = call->next;

        if (call->step > 0 ? value > call->last : value < call->last) {
            call->done = true;
            break;
        }
        column->values[first + count] =
            call->kind == SET_CALL_SERIES_4 ? Int32GetDatum((int32) value) : Int64GetDatum(value);
        column->nulls[first + count] = false;
        count++;
        if (__builtin_add_overflow(value, call->step, &call->next))
            call->done = true;
    }
    return count;
}

static int
unnest_fill(SetCall *call, int rows_max, ColumnVector *column, int first)
{
    int count = 0;

    while (count < rows_max && call->element_next < call->element_count) {
        int i = call->element_next++;

        column->values[first + count] = call->elements[i];
        column->nulls[first + count] = call->element_nulls != NULL && call->element_nulls[i];
        count++;
    }
    if (call->element_next >= call->element_count && count < rows_max)
        call->done = true;
    return count;
}

/* Spreads a composite value over columns. */
static void
spread_row(SetCall *call, Datum value, bool isnull, ColumnVector *columns, int row)
{
    HeapTupleData tuple;
    Oid type;
    int32 typmod;

    if (isnull) {
        for (int c = 0; c < call->column_count; c++)
            columns[c].nulls[row] = true;
        return;
    }
    value = PointerGetDatum(PG_DETOAST_DATUM_COPY(value)); /* as in own_value() */
    heap_tuple_from_datum(value, &tuple, &type, &typmod);
    if (call->row_desc == NULL || call->row_type != type || call->row_typmod != typmod) {
        MemoryContext old = MemoryContextSwitchTo(call->context);

        call->row_desc = lookup_rowtype_tupdesc_copy(type, typmod);
        call->row_type = type;
        call->row_typmod = typmod;
        MemoryContextSwitchTo(old);
    }
    for (int c = 0; c < call->column_count; c++) {
        if (c < call->row_desc->natts)
            columns[c].values[row] = heap_getattr(&tuple, c + 1, call->row_desc,
                                                  &columns[c].nulls[row]);
        else
            columns[c].nulls[row] = true;
    }
}

/*
 * A function may have made its value in the memory it keeps between calls, which goes when it has
 * given its last row; the batch lives longer.
 */
static Datum
own_value(SetCall *call, Datum value)
{
    Oid type = get_func_rettype(call->call->flinfo->fn_oid);
    int16 length;
    bool by_value;

    if (get_typtype(type) == TYPTYPE_PSEUDO)
        return value;
    get_typlenbyval(type, &length, &by_value);
    return datum_copy(value, by_value, length);
}

static void
put_result(SetCall *call, Datum value, bool isnull, ColumnVector *columns, int row)
{
    if (call->column_count > 0) {
        spread_row(call, value, isnull, columns, row);
        return;
    }
    if (call->kind == SET_CALL_FUNCTION && !isnull)
        value = own_value(call, value);
    columns[0].values[row] = value;
    columns[0].nulls[row] = isnull;
}

static int
store_fill(SetCall *call, int rows_max, ColumnVector *columns, int first)
{
    int count = 0;
    Datum *values;
    bool *nulls;

    while (count < rows_max &&
           tuplestore_read_row(call->result.setResult, 0, true, &values, &nulls)) {
        for (int c = 0; c < Max(call->column_count, 1); c++) {
            Form_pg_attribute att = TupleDescAttr(call->result.setDesc, c);

            columns[c].nulls[first + count] = nulls[c];
            if (!nulls[c])
                columns[c].values[first + count] = datum_copy(values[c], att->attbyval,
                                                              att->attlen);
        }
        count++;
    }
    if (count < rows_max)
        call->done = true;
    return count;
}

static int
function_fill(SetCall *call, int rows_max, ColumnVector *columns, int first)
{
    int count = 0;

    if (call->materialized)
        return store_fill(call, rows_max, columns, first);
    while (count < rows_max && !call->done) {
        Datum value;

        CHECK_FOR_INTERRUPTS();
        call->call->isnull = false;
        call->result.isDone = ExprSingleResult;
        value = FunctionCallInvoke(call->call);
        if (call->result.returnMode == SFRM_Materialize) {
            if (call->result.setResult == NULL) {
                call->done = true;
                return count;
            }
            call->materialized = true;
            return store_fill(call, rows_max, columns, first);
        }
        if (call->result.isDone == ExprEndResult) {
            call->done = true;
            break;
        }
        put_result(call, value, call->call->isnull, columns, first + count);
        count++;
        if (call->result.isDone == ExprSingleResult)
            call->done = true;
    }
    return count;
}

int
set_call_fill(SetCall *call, int rows_max, ColumnVector *columns, int first)
{
    if (call->done || rows_max <= 0)
        return 0;
    switch (call->kind) {
    case SET_CALL_SINGLE:
        put_result(call, call->row_values[0], call->row_nulls[0], columns, first);
        call->done = true;
        return 1;
    case SET_CALL_SERIES_4:
    case SET_CALL_SERIES_8:
        return series_fill(call, rows_max, &columns[0], first);
    case SET_CALL_UNNEST:
        return unnest_fill(call, rows_max, &columns[0], first);
    case SET_CALL_FUNCTION:
        break;
    }
    return function_fill(call, rows_max, columns, first);
}
