/*
 * funcapi.h - what functions ask of their caller: sets, rows, argument types
 *
 * A set-returning function uses the value-per-call macros. Its state hangs on flinfo->fn_extra; who
 * calls it and stops before the end (a LIMIT, a rescan, an error caught) calls funcapi_abandon().
 * What an expression node says of types is known above this room: the hooks below are set by the
 * parser room at start.
 */
#ifndef TYPES_FUNCAPI_H
#define TYPES_FUNCAPI_H

#include "base/base.h"
#include "base/aggcall.h"
#include "base/fmgr.h"
#include "memory/memory.h"

struct TupleDescData;
struct HeapTupleData;

typedef struct FuncCallContext
{
    uint64 call_cntr;
    uint64 max_calls;
    void *user_fctx;
    struct AttInMetadata *attinmeta;
    MemoryContext multi_call_memory_ctx; /* lives until the last call */
    struct TupleDescData *tuple_desc;
} FuncCallContext;

extern FuncCallContext *init_MultiFuncCall(FunctionCallInfo fcinfo);
extern FuncCallContext *per_MultiFuncCall(FunctionCallInfo fcinfo);
extern void end_MultiFuncCall(FunctionCallInfo fcinfo, FuncCallContext *funcctx);
/* Forgets a set that was not read to its end. */
extern void funcapi_abandon(FmgrInfo *flinfo);

#define SRF_IS_FIRSTCALL() (fcinfo->flinfo->fn_extra == NULL)
#define SRF_FIRSTCALL_INIT() init_MultiFuncCall(fcinfo)
#define SRF_PERCALL_SETUP() per_MultiFuncCall(fcinfo)
#define SRF_RETURN_NEXT(_funcctx, _result)                                                         \
    do                                                                                             \
    {                                                                                              \
        (_funcctx)->call_cntr++;                                                                   \
        ((ReturnSetInfo *) fcinfo->resultinfo)->isDone = ExprMultipleResult;                       \
        PG_RETURN_DATUM(_result);                                                                  \
    } while (0)
#define SRF_RETURN_NEXT_NULL(_funcctx)                                                             \
    do                                                                                             \
    {                                                                                              \
        (_funcctx)->call_cntr++;                                                                   \
        ((ReturnSetInfo *) fcinfo->resultinfo)->isDone = ExprMultipleResult;                       \
        PG_RETURN_NULL();                                                                          \
    } while (0)
#define SRF_RETURN_DONE(_funcctx)                                                                  \
    do                                                                                             \
    {                                                                                              \
        end_MultiFuncCall(fcinfo, _funcctx);                                                       \
        ((ReturnSetInfo *) fcinfo->resultinfo)->isDone = ExprEndResult;                            \
        PG_RETURN_NULL();                                                                          \
    } while (0)

/* What the calling expression says. Set once at start by the room that owns expression nodes. */
typedef struct FuncapiExprHooks
{
    Oid (*argument_type)(Node *expr, int argument); /* InvalidOid where it has none */
    Oid (*result_type)(Node *expr);
    int32 (*result_typmod)(Node *expr);
    bool (*is_variadic)(Node *expr); /* called with the word VARIADIC */
} FuncapiExprHooks;
extern FuncapiExprHooks funcapi_expr_hooks;

extern Oid get_fn_expr_rettype(FmgrInfo *flinfo);
extern Oid get_fn_expr_argtype(FmgrInfo *flinfo, int argnum);
extern bool get_fn_expr_variadic(FmgrInfo *flinfo);
/* Arguments from variadic_start on, a VARIADIC array opened up; -1 if that array is NULL. */
extern int extract_variadic_args(FunctionCallInfo fcinfo, int variadic_start,
                                 bool convert_unknown, Datum **values, Oid **types, bool **nulls);

#endif
