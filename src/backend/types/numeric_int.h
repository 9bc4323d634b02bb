/*
 * numeric_int.h - numbers being computed with
 *
 * A NumericVar is digits of base 10000 with a weight: sum of digits[i] * 10000^(weight - i).
 * Invariants N1. digits[-1] may be written (a carry), so a sum needs no second buffer.
 *            N2. a var may not be copied as a struct: digits may point into itself.
 *            N3. the result of an operation is never one of its operands.
 */
#ifndef NUMERIC_INT_H
#define NUMERIC_INT_H

#include <gmp.h>

#include "types_int.h"
#include "types/numeric.h"

#define NBASE 10000
#define DEC_DIGITS 4
#define NUMERIC_POS 0x0000
#define NUMERIC_NEG 0x4000
#define NUMERIC_NAN 0xC000
#define NUMERIC_PINF 0xD000
#define NUMERIC_NINF 0xF000
#define NUMERIC_DSCALE_MAX 0x3FFF
#define NUMERIC_WEIGHT_MAX 0x7FFF
#define NUMERIC_MIN_SIG_DIGITS 16
#define NUMERIC_MAX_DISPLAY_SCALE NUMERIC_MAX_PRECISION
#define NUMERIC_MAX_RESULT_SCALE (NUMERIC_MAX_PRECISION * 2)
#define NUMERIC_LOCAL_DIGITS 40

typedef int16 NumericDigit;

typedef struct NumericVar
{
    int ndigits;
    int weight;
    int sign; /* NUMERIC_POS .. NUMERIC_NINF */
    int dscale;
    NumericDigit *digits;
    NumericDigit *allocated; /* NULL while digits points into local */
    NumericDigit local[NUMERIC_LOCAL_DIGITS];
} NumericVar;

static inline bool
numeric_var_special(const NumericVar *var)
{
    return (var->sign & 0xC000) == 0xC000;
}

/* numeric_var.c */
void numeric_var_init(NumericVar *var);
void numeric_var_alloc(NumericVar *var, int ndigits);
void numeric_var_free(NumericVar *var);
void numeric_var_copy(NumericVar *ret, const NumericVar *from);
void numeric_var_zero(NumericVar *ret, int dscale);
void numeric_var_load(NumericVar *ret, Numeric value);
Numeric numeric_var_store(NumericVar *var);
Numeric numeric_special(int sign);
void numeric_var_from_int64(NumericVar *ret, int64 value);
void numeric_var_from_int128(NumericVar *ret, __int128 value, int scale);
bool numeric_var_to_int64(const NumericVar *var, int64 *ret);
void numeric_var_strip(NumericVar *var);
void numeric_var_round(NumericVar *var, int scale);
void numeric_var_trunc(NumericVar *var, int scale);
int numeric_var_cmp(const NumericVar *a, const NumericVar *b);
void numeric_var_add(NumericVar *ret, const NumericVar *a, const NumericVar *b);
void numeric_var_sub(NumericVar *ret, const NumericVar *a, const NumericVar *b);
void numeric_var_mul(NumericVar *ret, const NumericVar *a, const NumericVar *b, int scale);
void numeric_var_div(NumericVar *ret, const NumericVar *a, const NumericVar *b, int scale,
                     bool round);
void numeric_var_mod(NumericVar *ret, const NumericVar *a, const NumericVar *b);
int numeric_div_scale(const NumericVar *a, const NumericVar *b);

/* numeric_math.c */
void numeric_var_to_mpz(mpz_t ret, const NumericVar *var, int *ret_scale);
void numeric_var_from_mpz(NumericVar *ret, const mpz_t value, int scale);
void numeric_var_mul_big(NumericVar *ret, const NumericVar *a, const NumericVar *b);
void numeric_var_div_big(NumericVar *ret, const NumericVar *a, const NumericVar *b, int scale);
void numeric_var_sqrt(NumericVar *ret, const NumericVar *a, int scale);
void numeric_var_ln(NumericVar *ret, const NumericVar *a, int scale);
void numeric_var_exp(NumericVar *ret, const NumericVar *a, int scale);
void numeric_gmp_init(void);

/* numeric_io.c */
void numeric_var_parse(NumericVar *ret, const char *text, const char *original, int *ret_special);
char *numeric_var_text(const NumericVar *var, int dscale);
double numeric_var_double(const NumericVar *var);
void numeric_apply_typmod(NumericVar *var, int32 typmod);
pg_noreturn void numeric_throw_overflow(void);

#endif
