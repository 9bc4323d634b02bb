/*
 * hooks.c - errors of the rooms below, which cannot throw by themselves
 */
#include "error_int.h"

#include "base/fmgr.h"

static void
throw_out_of_memory(MemoryContext context, Size size)
{
    if (context == NULL)
        ereport(ERROR, (errcode(ERRCODE_OUT_OF_MEMORY), errmsg("out of shared memory")));
    if (context != ErrorContext && TopMemoryContext != NULL)
        MemoryContextStats(TopMemoryContext);
    ereport(ERROR, (errcode(ERRCODE_OUT_OF_MEMORY), errmsg("out of memory"),
                    errdetail("Failed on request of size %zu in memory context \"%s\".", size,
                              context->name)));
}

static void
throw_bad_size(Size size)
{
    elog(ERROR, "invalid memory alloc request size %zu", size);
}

static void
throw_internal(const char *message)
{
    elog(ERROR, "%s", message);
}

static void
throw_string_limit(int len, int needed)
{
    ereport(ERROR,
            (errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED), errmsg("out of memory"),
             errdetail("Cannot enlarge string buffer containing %d bytes by %d more bytes.", len,
                       needed)));
}

static void
throw_null_result(FunctionCallInfo fcinfo)
{
    if (fcinfo->flinfo != NULL)
        elog(ERROR, "function %u returned NULL", fcinfo->flinfo->fn_oid);
    elog(ERROR, "function returned NULL");
}

void
error__install_hooks(void)
{
    memory_oom_hook = throw_out_of_memory;
    memory_bad_size_hook = throw_bad_size;
    memory_error_hook = throw_internal;
    stringinfo_limit_hook = throw_string_limit;
    fmgr_null_result_hook = throw_null_result;
}
