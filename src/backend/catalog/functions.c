/*
 * functions.c - from a function's OID to the C code to call
 *
 * The C functions stand in rooms above this one; main hands the generated table down at start
 * (catalog_register_functions). It runs parallel to catalog__procs.
 */
#include "catalog_data.h"

#include "base/fmgr.h"
#include "catalog/lsyscache.h"
#include "catalog/namespace.h"
#include "error/error.h"
#include "memory/memory.h"
#include "memory/stringinfo.h"

static struct {
    const PGFunction *table; /* set once, before any call */
} functions;

void
catalog_register_functions(const PGFunction *table, int count)
{
    Assert(count == catalog__procs_count);
    functions.table = table;
}

PGFunction
catalog_builtin_function(Oid function)
{
    const ProcInfo *proc = catalog_proc(function);

    if (proc == NULL || functions.table == NULL)
        return NULL;
    return functions.table[proc - catalog__procs];
}

char *
catalog_proc_signature(const char *name, int nargs, const Oid *argtypes)
{
    StringInfoData text;

    initStringInfo(&text);
    appendStringInfo(&text, "%s(", name);
    for (int i = 0; i < nargs; i++)
        appendStringInfo(&text, "%s%s", i ? ", " : "", format_type_be(argtypes[i]));
    appendStringInfoChar(&text, ')');
    return text.data;
}

pg_noreturn static void
throw_unsupported(const ProcInfo *proc)
{
    ereport(ERROR, (errcode(ERRCODE_FEATURE_NOT_SUPPORTED),
                    errmsg("function %s is not supported",
                           catalog_proc_signature(NameStr(proc->proname), proc->pronargs,
                                                  proc->proargtypes))));
    pg_unreachable();
}

void
fmgr_info_cxt(Oid function, FmgrInfo *ret_info, MemoryContext context)
{
    const ProcInfo *proc = catalog_proc(function);
    PGFunction address = catalog_builtin_function(function);

    if (proc == NULL)
        elog(ERROR, "cache lookup failed for function %u", function);
    if (address == NULL)
        throw_unsupported(proc);
    memset(ret_info, 0, sizeof(*ret_info));
    ret_info->fn_addr = address;
    ret_info->fn_oid = function;
    ret_info->fn_nargs = proc->pronargs;
    ret_info->fn_strict = proc->proisstrict;
    ret_info->fn_retset = proc->proretset;
    ret_info->fn_mcxt = context;
}

void
fmgr_info(Oid function, FmgrInfo *ret_info)
{
    fmgr_info_cxt(function, ret_info, CurrentMemoryContext);
}

static Datum
call(Oid function, Oid collation, int nargs, const Datum *args)
{
    FmgrInfo info;
    LOCAL_FCINFO(fcinfo, 4);
    Datum result;

    Assert(nargs <= 4);
    fmgr_info(function, &info);
    InitFunctionCallInfoData(*fcinfo, &info, nargs, collation, NULL, NULL);
    for (int i = 0; i < nargs; i++) {
        fcinfo->args[i].value = args[i];
        fcinfo->args[i].isnull = false;
    }
    result = FunctionCallInvoke(fcinfo);
    if (fcinfo->isnull)
        elog(ERROR, "function %u returned NULL", function);
    return result;
}

Datum
OidFunctionCall0Coll(Oid function, Oid collation)
{
    return call(function, collation, 0, NULL);
}

Datum
OidFunctionCall1Coll(Oid function, Oid collation, Datum arg1)
{
    return call(function, collation, 1, &arg1);
}

Datum
OidFunctionCall2Coll(Oid function, Oid collation, Datum arg1, Datum arg2)
{
    return call(function, collation, 2, (Datum[]){arg1, arg2});
}

Datum
OidFunctionCall3Coll(Oid function, Oid collation, Datum arg1, Datum arg2, Datum arg3)
{
    return call(function, collation, 3, (Datum[]){arg1, arg2, arg3});
}

Datum
OidInputFunctionCall(Oid function, char *str, Oid typioparam, int32 typmod)
{
    FmgrInfo info;

    fmgr_info(function, &info);
    return InputFunctionCall(&info, str, typioparam, typmod);
}

char *
OidOutputFunctionCall(Oid function, Datum value)
{
    FmgrInfo info;

    fmgr_info(function, &info);
    return OutputFunctionCall(&info, value);
}
