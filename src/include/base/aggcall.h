/*
 * aggcall.h - what an aggregate's functions find in fcinfo->context
 *
 * The executor is above the rooms that define aggregate functions; it and they meet here. The
 * published AggCheckCallContext() answers where a transition function keeps what must live as
 * long as its group.
 */
#ifndef BASE_AGGCALL_H
#define BASE_AGGCALL_H

#include "base/fmgr.h"

#define AGG_CONTEXT_AGGREGATE 1
#define AGG_CONTEXT_WINDOW 2

typedef struct AggCallContext {
    NodeTag type;              /* T_AggState or T_WindowAggState */
    MemoryContext aggcontext;  /* lives as long as the group's state */
    Node *aggref;              /* the Aggref or WindowFunc being computed */
} AggCallContext;

static inline int
AggCheckCallContext(FunctionCallInfo fcinfo, MemoryContext *aggcontext)
{
    const AggCallContext *context = (const AggCallContext *) fcinfo->context;

    if (context == NULL || (context->type != T_AggState && context->type != T_WindowAggState)) {
        if (aggcontext != NULL)
            *aggcontext = NULL;
        return 0;
    }
    if (aggcontext != NULL)
        *aggcontext = context->aggcontext;
    return context->type == T_AggState ? AGG_CONTEXT_AGGREGATE : AGG_CONTEXT_WINDOW;
}

#endif
