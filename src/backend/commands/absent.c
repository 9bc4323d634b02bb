/*
 * absent.c - statements whose own files this build does not have: they answer 0A000
 */
#include "commands_int.h"

void
explain_process(Utility *u)
{
    unsupported(u->tag);
}

TupleDesc
explain_result_desc(Utility *u)
{
    unsupported(u->tag);
}
