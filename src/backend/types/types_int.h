/*
 * types_int.h - what the files of the types room share
 */
#ifndef TYPES_INT_H
#define TYPES_INT_H

#include <float.h>
#include <limits.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <ctype.h>

#include "base/base.h"
#include "base/varlena.h"
#include "base/fmgr.h"
#include "memory/memory.h"
#include "memory/stringinfo.h"
#include "error/error.h"
#include "error/errcodes.h"
#include "error/interrupt.h"
#include "catalog/catalog.h"
#include "types/builtins.h"
#include "types/pqformat.h"
#include "types/numutils.h"

/* Declares and opens a function that SQL can call. */
#define SQL_FUNCTION(name) Datum name(PG_FUNCTION_ARGS); Datum name(PG_FUNCTION_ARGS)

/* The five kinds of failure that nearly all type functions share. */
pg_noreturn void types_throw_syntax(const char *type, const char *input);
pg_noreturn void types_throw_out_of_range(const char *type, const char *input);
pg_noreturn void types_throw_range(const char *message);
pg_noreturn void types_throw_division_by_zero(void);
pg_noreturn void types_throw_unsupported(const char *what);

/* Where an aggregate keeps what must live as long as its group. */
MemoryContext types_aggregate_context(FunctionCallInfo fcinfo, const char *function);

#endif
