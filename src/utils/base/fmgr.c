/*
 * fmgr.c - calling SQL-callable C functions from C
 *
 * Errors     a NULL result where none may be goes to fmgr_null_result_hook, which throws.
 */
#include "base/fmgr.h"

struct varlena *(*fmgr_detoast_hook)(struct varlena *value, DetoastMode mode);
void (*fmgr_null_result_hook)(FunctionCallInfo fcinfo);

struct varlena *
pg_detoast_datum(struct varlena *value)
{
    return VARATT_IS_4B_U(value) ? value : fmgr_detoast_hook(value, DETOAST_PLAIN);
}

struct varlena *
pg_detoast_datum_packed(struct varlena *value)
{
    if (likely(!VARATT_IS_COMPRESSED(value) && !VARATT_IS_EXTERNAL(value)))
        return value;
    return fmgr_detoast_hook(value, DETOAST_PACKED);
}

struct varlena *
pg_detoast_datum_copy(struct varlena *value)
{
    return fmgr_detoast_hook(value, DETOAST_COPY);
}

static pg_noinline pg_attribute_cold void
null_result(FunctionCallInfo fcinfo)
{
    if (fmgr_null_result_hook != NULL)
        fmgr_null_result_hook(fcinfo);
    ExceptionalCondition("function returned NULL where none may be", __FILE__, __LINE__);
}

static inline Datum
call_and_check(PGFunction func, FunctionCallInfo fcinfo)
{
    Datum result = func(fcinfo);
    if (unlikely(fcinfo->isnull))
        null_result(fcinfo);
    return result;
}

static inline void
set_arg(FunctionCallInfo fcinfo, int i, Datum value)
{
    fcinfo->args[i].value = value;
    fcinfo->args[i].isnull = false;
}

Datum
DirectFunctionCall1Coll(PGFunction func, Oid collation, Datum arg1)
{
    LOCAL_FCINFO(fcinfo, 1);
    InitFunctionCallInfoData(*fcinfo, NULL, 1, collation, NULL, NULL);
    set_arg(fcinfo, 0, arg1);
    return call_and_check(func, fcinfo);
}

Datum
DirectFunctionCall2Coll(PGFunction func, Oid collation, Datum arg1, Datum arg2)
{
    LOCAL_FCINFO(fcinfo, 2);
    InitFunctionCallInfoData(*fcinfo, NULL, 2, collation, NULL, NULL);
    set_arg(fcinfo, 0, arg1);
    set_arg(fcinfo, 1, arg2);
    return call_and_check(func, fcinfo);
}

Datum
DirectFunctionCall3Coll(PGFunction func, Oid collation, Datum arg1, Datum arg2, Datum arg3)
{
    LOCAL_FCINFO(fcinfo, 3);
    InitFunctionCallInfoData(*fcinfo, NULL, 3, collation, NULL, NULL);
    set_arg(fcinfo, 0, arg1);
    set_arg(fcinfo, 1, arg2);
    set_arg(fcinfo, 2, arg3);
    return call_and_check(func, fcinfo);
}

Datum
DirectFunctionCall4Coll(PGFunction func, Oid collation, Datum arg1, Datum arg2, Datum arg3,
                        Datum arg4)
{
    LOCAL_FCINFO(fcinfo, 4);
    InitFunctionCallInfoData(*fcinfo, NULL, 4, collation, NULL, NULL);
    set_arg(fcinfo, 0, arg1);
    set_arg(fcinfo, 1, arg2);
    set_arg(fcinfo, 2, arg3);
    set_arg(fcinfo, 3, arg4);
    return call_and_check(func, fcinfo);
}

Datum
DirectFunctionCall5Coll(PGFunction func, Oid collation, Datum arg1, Datum arg2, Datum arg3,
                        Datum arg4, Datum arg5)
{
    LOCAL_FCINFO(fcinfo, 5);
    InitFunctionCallInfoData(*fcinfo, NULL, 5, collation, NULL, NULL);
    set_arg(fcinfo, 0, arg1);
    set_arg(fcinfo, 1, arg2);
    set_arg(fcinfo, 2, arg3);
    set_arg(fcinfo, 3, arg4);
    set_arg(fcinfo, 4, arg5);
    return call_and_check(func, fcinfo);
}

Datum
FunctionCall0Coll(FmgrInfo *flinfo, Oid collation)
{
    LOCAL_FCINFO(fcinfo, 0);
    InitFunctionCallInfoData(*fcinfo, flinfo, 0, collation, NULL, NULL);
    return call_and_check(flinfo->fn_addr, fcinfo);
}

Datum
FunctionCall1Coll(FmgrInfo *flinfo, Oid collation, Datum arg1)
{
    LOCAL_FCINFO(fcinfo, 1);
    InitFunctionCallInfoData(*fcinfo, flinfo, 1, collation, NULL, NULL);
    set_arg(fcinfo, 0, arg1);
    return call_and_check(flinfo->fn_addr, fcinfo);
}

Datum
FunctionCall2Coll(FmgrInfo *flinfo, Oid collation, Datum arg1, Datum arg2)
{
    LOCAL_FCINFO(fcinfo, 2);
    InitFunctionCallInfoData(*fcinfo, flinfo, 2, collation, NULL, NULL);
    set_arg(fcinfo, 0, arg1);
    set_arg(fcinfo, 1, arg2);
    return call_and_check(flinfo->fn_addr, fcinfo);
}

Datum
FunctionCall3Coll(FmgrInfo *flinfo, Oid collation, Datum arg1, Datum arg2, Datum arg3)
{
    LOCAL_FCINFO(fcinfo, 3);
    InitFunctionCallInfoData(*fcinfo, flinfo, 3, collation, NULL, NULL);
    set_arg(fcinfo, 0, arg1);
    set_arg(fcinfo, 1, arg2);
    set_arg(fcinfo, 2, arg3);
    return call_and_check(flinfo->fn_addr, fcinfo);
}

Datum
FunctionCall4Coll(FmgrInfo *flinfo, Oid collation, Datum arg1, Datum arg2, Datum arg3, Datum arg4)
{
    LOCAL_FCINFO(fcinfo, 4);
    InitFunctionCallInfoData(*fcinfo, flinfo, 4, collation, NULL, NULL);
    set_arg(fcinfo, 0, arg1);
    set_arg(fcinfo, 1, arg2);
    set_arg(fcinfo, 2, arg3);
    set_arg(fcinfo, 3, arg4);
    return call_and_check(flinfo->fn_addr, fcinfo);
}

Datum
FunctionCall5Coll(FmgrInfo *flinfo, Oid collation, Datum arg1, Datum arg2, Datum arg3, Datum arg4,
                  Datum arg5)
{
    LOCAL_FCINFO(fcinfo, 5);
    InitFunctionCallInfoData(*fcinfo, flinfo, 5, collation, NULL, NULL);
    set_arg(fcinfo, 0, arg1);
    set_arg(fcinfo, 1, arg2);
    set_arg(fcinfo, 2, arg3);
    set_arg(fcinfo, 3, arg4);
    set_arg(fcinfo, 4, arg5);
    return call_and_check(flinfo->fn_addr, fcinfo);
}

/* A NULL input gives NULL, by a strict function without a call; anything else is not NULL. */
static Datum
input_or_receive(FmgrInfo *flinfo, Datum source, bool source_is_null, Oid typioparam, int32 typmod)
{
    LOCAL_FCINFO(fcinfo, 3);
    if (source_is_null && flinfo->fn_strict)
        return (Datum) 0;
    InitFunctionCallInfoData(*fcinfo, flinfo, 3, InvalidOid, NULL, NULL);
    set_arg(fcinfo, 0, source);
    fcinfo->args[0].isnull = source_is_null;
    set_arg(fcinfo, 1, ObjectIdGetDatum(typioparam));
    set_arg(fcinfo, 2, Int32GetDatum(typmod));
    Datum result = FunctionCallInvoke(fcinfo);
    if (unlikely(fcinfo->isnull != source_is_null))
        null_result(fcinfo);
    return result;
}

Datum
InputFunctionCall(FmgrInfo *flinfo, char *str, Oid typioparam, int32 typmod)
{
    return input_or_receive(flinfo, CStringGetDatum(str), str == NULL, typioparam, typmod);
}

Datum
ReceiveFunctionCall(FmgrInfo *flinfo, StringInfo buf, Oid typioparam, int32 typmod)
{
    return input_or_receive(flinfo, PointerGetDatum(buf), buf == NULL, typioparam, typmod);
}

char *
OutputFunctionCall(FmgrInfo *flinfo, Datum val)
{
    return DatumGetCString(FunctionCall1(flinfo, val));
}

bytea *
SendFunctionCall(FmgrInfo *flinfo, Datum val)
{
    return (bytea *) DatumGetPointer(FunctionCall1(flinfo, val));
}
