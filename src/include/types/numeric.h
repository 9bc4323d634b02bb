/*
 * numeric.h - the numeric type: its bytes, and what other rooms may do with it
 *
 * Bytes of a numeric after its length word (native order; PostgreSQL's, so that binary tools agree):
 *   2  header: 10...... short form: sign 1 bit, display scale 6 bits, weight 7 bits (two's complement)
 *              00 / 01  long form: positive or negative, display scale 14 bits; 2 bytes of weight
 *              11...... special: 0xC000 NaN, 0xD000 Infinity, 0xF000 -Infinity
 *   2n digits of base 10000, the first is digit * 10000^weight; no leading or trailing zero digit
 * A value on a page may be unaligned: read it through these functions only.
 */
#ifndef TYPES_NUMERIC_H
#define TYPES_NUMERIC_H

#include "base/base.h"
#include "base/varlena.h"
#include "base/fmgr.h"

#define NUMERIC_MAX_PRECISION 1000
#define NUMERIC_MIN_SCALE (-1000)
#define NUMERIC_MAX_SCALE 1000

typedef struct varlena *Numeric;

#define DatumGetNumeric(X) ((Numeric) PG_DETOAST_DATUM_PACKED(X))
#define NumericGetDatum(X) PointerGetDatum(X)
#define PG_GETARG_NUMERIC(n) DatumGetNumeric(PG_GETARG_DATUM(n))
#define PG_RETURN_NUMERIC(x) return NumericGetDatum(x)

extern Numeric int64_to_numeric(int64 value);
extern Numeric numeric_from_int128(__int128 value, int scale);
extern Numeric numeric_add_opt_error(Numeric a, Numeric b, bool *ret_error);
extern Numeric numeric_sub_opt_error(Numeric a, Numeric b, bool *ret_error);
extern Numeric numeric_mul_opt_error(Numeric a, Numeric b, bool *ret_error);
extern Numeric numeric_div_opt_error(Numeric a, Numeric b, bool *ret_error);
extern int numeric_compare(Numeric a, Numeric b);
extern bool numeric_is_nan(Numeric value);
extern bool numeric_is_inf(Numeric value);
extern char *numeric_normalize(Numeric value);
extern char *numeric_out_sci(Numeric value, int scale);
extern int32 numeric_int4_opt_error(Numeric value, bool *ret_error);
extern Numeric numeric_from_text(const char *text, int32 typmod);
extern char *numeric_to_text(Numeric value);
extern Numeric numeric_round_to(Numeric value, int scale);

#endif
