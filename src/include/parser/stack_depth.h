/*
 * stack_depth.h - recursion asks here whether it may go deeper
 *
 * check_stack_depth() throws 54001 when the process's stack has grown past max_stack_depth since
 * set_stack_base(). Every function that recurses over a tree calls it.
 */
#ifndef PARSER_STACK_DEPTH_H
#define PARSER_STACK_DEPTH_H

#include "base/base.h"


extern void set_stack_base(void);
extern bool stack_is_too_deep(void);
extern void check_stack_depth(void);
pg_noreturn extern void report_stack_depth(void);

#endif
