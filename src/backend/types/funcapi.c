/*
 * funcapi.c - sets a value per call, and questions about the calling expression
 */
#include "types_int.h"
#include "types/array.h"
#include "types/funcapi.h"
#include "types/typeinfo.h"

FuncapiExprHooks funcapi_expr_hooks;

MemoryContext
types_aggregate_context(FunctionCallInfo fcinfo, const char *function)
{
    MemoryContext context;

    if (!AggCheckCallContext(fcinfo, &context))
        elog(ERROR, "%s called in non-aggregate context", function);
    return context;
}

FuncCallContext *
init_MultiFuncCall(FunctionCallInfo fcinfo)
{
    MemoryContext context;
    FuncCallContext *funcctx;

    if (fcinfo->resultinfo == NULL || ((ReturnSetInfo *) fcinfo->resultinfo)->type != T_ReturnSetInfo)
        ereport(ERROR, (errcode(ERRCODE_FEATURE_NOT_SUPPORTED),
                        errmsg("set-valued function called in context that cannot accept a set")));
    Assert(fcinfo->flinfo->fn_extra == NULL);
    /* Deleted at the last call, by funcapi_abandon(), or with fn_mcxt. */
    context = AllocSetContextCreate(fcinfo->flinfo->fn_mcxt, "SRF multi-call context",
                                    ALLOCSET_SMALL_SIZES);
    funcctx = MemoryContextAllocZero(context, sizeof(*funcctx));
    funcctx->multi_call_memory_ctx = context;
    fcinfo->flinfo->fn_extra = funcctx;
    return funcctx;
}

FuncCallContext *
per_MultiFuncCall(FunctionCallInfo fcinfo)
{
    return fcinfo->flinfo->fn_extra;
}

void
end_MultiFuncCall(FunctionCallInfo fcinfo, FuncCallContext *funcctx)
{
    fcinfo->flinfo->fn_extra = NULL;
    MemoryContextDelete(funcctx->multi_call_memory_ctx);
}

void
funcapi_abandon(FmgrInfo *flinfo)
{
    FuncCallContext *funcctx = flinfo->fn_extra;

    if (!flinfo->fn_retset || funcctx == NULL)
        return;
    flinfo->fn_extra = NULL;
    MemoryContextDelete(funcctx->multi_call_memory_ctx);
}

Oid
get_fn_expr_rettype(FmgrInfo *flinfo)
{
    if (flinfo == NULL || flinfo->fn_expr == NULL || funcapi_expr_hooks.result_type == NULL)
        return InvalidOid;
    return funcapi_expr_hooks.result_type(flinfo->fn_expr);
}

Oid
get_fn_expr_argtype(FmgrInfo *flinfo, int argnum)
{
    if (flinfo == NULL || flinfo->fn_expr == NULL || funcapi_expr_hooks.argument_type == NULL)
        return InvalidOid;
    return funcapi_expr_hooks.argument_type(flinfo->fn_expr, argnum);
}

bool
get_fn_expr_variadic(FmgrInfo *flinfo)
{
    if (flinfo == NULL || flinfo->fn_expr == NULL || funcapi_expr_hooks.is_variadic == NULL)
        return false;
    return funcapi_expr_hooks.is_variadic(flinfo->fn_expr);
}

int
extract_variadic_args(FunctionCallInfo fcinfo, int variadic_start, bool convert_unknown,
                      Datum **values, Oid **types, bool **nulls)
{
    int count = PG_NARGS() - variadic_start;

    *values = NULL;
    *types = NULL;
    *nulls = NULL;
    if (get_fn_expr_variadic(fcinfo->flinfo))
    {
        ArrayType *array;

        Assert(count == 1);
        if (PG_ARGISNULL(variadic_start))
            return -1;
        array = PG_GETARG_ARRAYTYPE_P(variadic_start);
        array_deconstruct(array, values, nulls, &count);
        *types = palloc((count + 1) * sizeof(Oid));
        for (int i = 0; i < count; i++)
            (*types)[i] = ARR_ELEMTYPE(array);
        return count;
    }
    *values = palloc((count + 1) * sizeof(Datum));
    *nulls = palloc((count + 1) * sizeof(bool));
    *types = palloc((count + 1) * sizeof(Oid));
    for (int i = 0; i < count; i++)
    {
        Oid type = get_fn_expr_argtype(fcinfo->flinfo, variadic_start + i);

        (*nulls)[i] = PG_ARGISNULL(variadic_start + i);
        (*values)[i] = PG_GETARG_DATUM(variadic_start + i);
        if (convert_unknown && type == UNKNOWNOID)
        {
            type = TEXTOID;
            if (!(*nulls)[i])
                (*values)[i] = CStringGetTextDatum(DatumGetCString((*values)[i]));
        }
        if (!OidIsValid(type))
            ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE),
                            errmsg("could not determine data type for argument %d", i + 1)));
        (*types)[i] = type;
    }
    return count;
}
