/*
 * stack_depth.c - bounds recursion by the distance of stack addresses
 */
#include "parser/stack_depth.h"

#include "config/settings.h"
#include "error/error.h"

static char *stack_base;

void
set_stack_base(void)
{
    stack_base = __builtin_frame_address(0);
}

bool
stack_is_too_deep(void)
{
    char *here = __builtin_frame_address(0);

    if (stack_base == NULL)
        set_stack_base();
    return labs((long) (stack_base - here)) > (long) max_stack_depth * 1024;
}

void
report_stack_depth(void)
{
    ereport(ERROR, (errcode(ERRCODE_STATEMENT_TOO_COMPLEX), errmsg("stack depth limit exceeded"),
                    errhint("Increase the configuration parameter \"max_stack_depth\" (currently "
                            "%dkB), after ensuring the platform's stack depth limit is adequate.",
                            max_stack_depth)));
    abort();
}

void
check_stack_depth(void)
{
    if (unlikely(stack_is_too_deep()))
        report_stack_depth();
}
