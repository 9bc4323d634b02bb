/*
 * float.h - float4 and float8 as SQL sees them: NaN equals itself and is above all else
 */
#ifndef TYPES_FLOAT_H
#define TYPES_FLOAT_H

#include <math.h>

#include "base/base.h"

static inline int
float8_cmp_internal(float8 a, float8 b)
{
    if (isnan(a))
        return isnan(b) ? 0 : 1;
    if (isnan(b))
        return -1;
    return a > b ? 1 : a < b ? -1 : 0;
}

static inline int
float4_cmp_internal(float4 a, float4 b)
{
    return float8_cmp_internal(a, b);
}

/* Throw 22003 when the result overflows or underflows, 22012 on division by zero. */
extern float8 float8_pl(float8 a, float8 b);
extern float8 float8_mi(float8 a, float8 b);
extern float8 float8_mul(float8 a, float8 b);
extern float8 float8_div(float8 a, float8 b);
pg_noreturn extern void float_overflow_error(void);
pg_noreturn extern void float_underflow_error(void);
extern double types_random_double(void);

#endif
