/*
 * fastpath.c - the FunctionCall message
 *
 * Clients use it for large objects only, which do not exist here; any other function works too.
 */
#include "catalog/catalog.h"
#include "error/error.h"
#include "protocol_int.h"

void
fastpath_call(WireMessage *message)
{
    Oid function = (Oid) wire_get_int32(message);
    const ProcInfo *proc = catalog_proc(function);

    if (!proc)
        ereport(ERROR, (errcode(ERRCODE_UNDEFINED_FUNCTION),
                        errmsg("function with OID %u does not exist", function)));
    ereport(ERROR, (errcode(ERRCODE_FEATURE_NOT_SUPPORTED),
                    errmsg("function calls by message are not supported"),
                    errdetail("The function is \"%s\".", NameStr(proc->proname))));
}
