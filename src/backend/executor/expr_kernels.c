/*
 * expr_kernels.c - built-in operators that run over whole columns without a call per row
 *
 * Why        Comparing and adding integers costs a nanosecond, calling a function through the
 *            function manager five. The table at the end maps pg_proc OIDs to loops. A kernel
 *            gives the value, the error and the NULL handling of the function it stands for.
 * Invariants
 *   K1. Comparison kernels read entries whose null flag is set (the value is any number) and
 *       write a value nobody reads; kernels that can raise errors look at the flag first.
 */
#include <math.h>

#include "base/base.h"
#include "base/varlena.h"
#include "executor_int.h"

/* Runs BODY with `i` over the selected rows, with a loop of its own for dense batches. */
#define ROWS_LOOP(BODY)                                                                        \
    if (p->sel == NULL) {                                                                      \
        for (int i = 0; i < n; i++) {                                                          \
            BODY                                                                               \
        }                                                                                      \
    } else {                                                                                   \
        for (int k = 0; k < n; k++) {                                                          \
            int i = p->sel[k];                                                                 \
            BODY                                                                               \
        }                                                                                      \
    }

#define KERNEL_HEAD                                                                            \
    const ExprReg *ra = &p->regs[step->a];                                                     \
    const ExprReg *rb = &p->regs[step->b];                                                     \
    ExprReg *rr = &p->regs[step->result];                                                      \
    const Datum *av = ra->values, *bv = rb->values;                                            \
    const bool *an = ra->nulls, *bn = rb->nulls;                                               \
    Datum *rv = rr->values;                                                                    \
    bool *rn = rr->nulls;                                                                      \
    int n = p->n;                                                                              \
    int am = ra->mask, bm = rb->mask

#define KERNEL_COMPARE(name, TYPE_A, GET_A, TYPE_B, GET_B, TEST)                               \
    static void name(ExprProgram *p, const ExprStep *step)                                     \
    {                                                                                          \
        KERNEL_HEAD;                                                                           \
        if (bm == 0 && am != 0) {                                                              \
            bool bnull = bn[0];                                                                \
            TYPE_B b = GET_B(bv[0]);                                                           \
            ROWS_LOOP(TYPE_A a = GET_A(av[i]); rn[i] = an[i] | bnull;                          \
                      rv[i] = (Datum) (TEST);)                                                 \
        } else {                                                                               \
            ROWS_LOOP(TYPE_A a = GET_A(av[i & am]); TYPE_B b = GET_B(bv[i & bm]);              \
                      rn[i] = an[i & am] | bn[i & bm]; rv[i] = (Datum) (TEST);)                \
        }                                                                                      \
    }

#define KERNEL_COMPARE_SIX(prefix, TYPE_A, GET_A, TYPE_B, GET_B)                               \
    KERNEL_COMPARE(prefix##_eq, TYPE_A, GET_A, TYPE_B, GET_B, a == b)                          \
    KERNEL_COMPARE(prefix##_ne, TYPE_A, GET_A, TYPE_B, GET_B, a != b)                          \
    KERNEL_COMPARE(prefix##_lt, TYPE_A, GET_A, TYPE_B, GET_B, a < b)                           \
    KERNEL_COMPARE(prefix##_gt, TYPE_A, GET_A, TYPE_B, GET_B, a > b)                           \
    KERNEL_COMPARE(prefix##_le, TYPE_A, GET_A, TYPE_B, GET_B, a <= b)                          \
    KERNEL_COMPARE(prefix##_ge, TYPE_A, GET_A, TYPE_B, GET_B, a >= b)

KERNEL_COMPARE_SIX(k_22, int16, DatumGetInt16, int16, DatumGetInt16)
KERNEL_COMPARE_SIX(k_24, int16, DatumGetInt16, int32, DatumGetInt32)
KERNEL_COMPARE_SIX(k_42, int32, DatumGetInt32, int16, DatumGetInt16)
KERNEL_COMPARE_SIX(k_44, int32, DatumGetInt32, int32, DatumGetInt32)
KERNEL_COMPARE_SIX(k_48, int32, DatumGetInt32, int64, DatumGetInt64)
KERNEL_COMPARE_SIX(k_84, int64, DatumGetInt64, int32, DatumGetInt32)
KERNEL_COMPARE_SIX(k_88, int64, DatumGetInt64, int64, DatumGetInt64)
KERNEL_COMPARE_SIX(k_oid, uint32, DatumGetUInt32, uint32, DatumGetUInt32)
KERNEL_COMPARE_SIX(k_bool, bool, DatumGetBool, bool, DatumGetBool)
KERNEL_COMPARE_SIX(k_char, uint8, DatumGetUInt8, uint8, DatumGetUInt8)

/* NaN equals NaN and is greater than all else. */
static inline bool
float_eq(double a, double b)
{
    return isnan(a) ? isnan(b) : a == b;
}

static inline bool
float_lt(double a, double b)
{
    return isnan(b) ? !isnan(a) : a < b;
}

KERNEL_COMPARE(k_f8_eq, double, DatumGetFloat8, double, DatumGetFloat8, float_eq(a, b))
KERNEL_COMPARE(k_f8_ne, double, DatumGetFloat8, double, DatumGetFloat8, !float_eq(a, b))
KERNEL_COMPARE(k_f8_lt, double, DatumGetFloat8, double, DatumGetFloat8, float_lt(a, b))
KERNEL_COMPARE(k_f8_gt, double, DatumGetFloat8, double, DatumGetFloat8, float_lt(b, a))
KERNEL_COMPARE(k_f8_le, double, DatumGetFloat8, double, DatumGetFloat8, !float_lt(b, a))
KERNEL_COMPARE(k_f8_ge, double, DatumGetFloat8, double, DatumGetFloat8, !float_lt(a, b))

static pg_noreturn void
kernel_out_of_range(const char *type)
{
    ereport(ERROR, (errcode(ERRCODE_NUMERIC_VALUE_OUT_OF_RANGE), errmsg("%s out of range", type)));
}

static pg_noreturn void
kernel_division_by_zero(void)
{
    ereport(ERROR, (errcode(ERRCODE_DIVISION_BY_ZERO), errmsg("division by zero")));
}

#define KERNEL_ARITHMETIC(name, TYPE_A, GET_A, TYPE_B, GET_B, BODY)                            \
    static void name(ExprProgram *p, const ExprStep *step)                                     \
    {                                                                                          \
        KERNEL_HEAD;                                                                           \
        ROWS_LOOP(rn[i] = an[i & am] | bn[i & bm]; if (likely(!rn[i])) {                       \
            TYPE_A a = GET_A(av[i & am]);                                                      \
            TYPE_B b = GET_B(bv[i & bm]);                                                      \
            BODY                                                                               \
        })                                                                                     \
    }

#define INTEGER_OP(builtin, RTYPE, PUT, typename)                                              \
    RTYPE r;                                                                                   \
    if (unlikely(builtin((RTYPE) a, (RTYPE) b, &r)))                                           \
        kernel_out_of_range(typename);                                                         \
    rv[i] = PUT(r);

#define INTEGER_DIV(RTYPE, PUT, typename)                                                      \
    RTYPE r;                                                                                   \
    if (unlikely(b == 0))                                                                      \
        kernel_division_by_zero();                                                             \
    if (unlikely(b == -1)) {                                                                   \
        if (__builtin_sub_overflow((RTYPE) 0, (RTYPE) a, &r))                                  \
            kernel_out_of_range(typename);                                                     \
    } else                                                                                     \
        r = (RTYPE) a / (RTYPE) b;                                                             \
    rv[i] = PUT(r);

#define INTEGER_MOD(RTYPE, PUT)                                                                \
    if (unlikely(b == 0))                                                                      \
        kernel_division_by_zero();                                                             \
    rv[i] = b == -1 ? PUT(0) : PUT((RTYPE) a % (RTYPE) b);

#define INT4_ARITHMETIC(prefix, TA, GA, TB, GB)                                                \
    KERNEL_ARITHMETIC(prefix##_pl, TA, GA, TB, GB,                                             \
                      INTEGER_OP(__builtin_add_overflow, int32, Int32GetDatum, "integer"))     \
    KERNEL_ARITHMETIC(prefix##_mi, TA, GA, TB, GB,                                             \
                      INTEGER_OP(__builtin_sub_overflow, int32, Int32GetDatum, "integer"))     \
    KERNEL_ARITHMETIC(prefix##_mul, TA, GA, TB, GB,                                            \
                      INTEGER_OP(__builtin_mul_overflow, int32, Int32GetDatum, "integer"))     \
    KERNEL_ARITHMETIC(prefix##_div, TA, GA, TB, GB,                                            \
                      INTEGER_DIV(int32, Int32GetDatum, "integer"))

#define INT8_ARITHMETIC(prefix, TA, GA, TB, GB)                                                \
    KERNEL_ARITHMETIC(prefix##_pl, TA, GA, TB, GB,                                             \
                      INTEGER_OP(__builtin_add_overflow, int64, Int64GetDatum, "bigint"))      \
    KERNEL_ARITHMETIC(prefix##_mi, TA, GA, TB, GB,                                             \
                      INTEGER_OP(__builtin_sub_overflow, int64, Int64GetDatum, "bigint"))      \
    KERNEL_ARITHMETIC(prefix##_mul, TA, GA, TB, GB,                                            \
                      INTEGER_OP(__builtin_mul_overflow, int64, Int64GetDatum, "bigint"))      \
    KERNEL_ARITHMETIC(prefix##_div, TA, GA, TB, GB,                                            \
                      INTEGER_DIV(int64, Int64GetDatum, "bigint"))

INT4_ARITHMETIC(k_44, int32, DatumGetInt32, int32, DatumGetInt32)
INT4_ARITHMETIC(k_24, int16, DatumGetInt16, int32, DatumGetInt32)
INT4_ARITHMETIC(k_42, int32, DatumGetInt32, int16, DatumGetInt16)
INT8_ARITHMETIC(k_88, int64, DatumGetInt64, int64, DatumGetInt64)
INT8_ARITHMETIC(k_48, int32, DatumGetInt32, int64, DatumGetInt64)
INT8_ARITHMETIC(k_84, int64, DatumGetInt64, int32, DatumGetInt32)
KERNEL_ARITHMETIC(k_44_mod, int32, DatumGetInt32, int32, DatumGetInt32,
                  INTEGER_MOD(int32, Int32GetDatum))
KERNEL_ARITHMETIC(k_88_mod, int64, DatumGetInt64, int64, DatumGetInt64,
                  INTEGER_MOD(int64, Int64GetDatum))

static pg_noreturn void
kernel_float_overflow(void)
{
    ereport(ERROR, (errcode(ERRCODE_NUMERIC_VALUE_OUT_OF_RANGE),
                    errmsg("value out of range: overflow")));
}

static pg_noreturn void
kernel_float_underflow(void)
{
    ereport(ERROR, (errcode(ERRCODE_NUMERIC_VALUE_OUT_OF_RANGE),
                    errmsg("value out of range: underflow")));
}

KERNEL_ARITHMETIC(k_f8_pl, double, DatumGetFloat8, double, DatumGetFloat8, double r = a + b;
                  if (unlikely(isinf(r)) && !isinf(a) && !isinf(b)) kernel_float_overflow();
                  rv[i] = Float8GetDatum(r);)
KERNEL_ARITHMETIC(k_f8_mi, double, DatumGetFloat8, double, DatumGetFloat8, double r = a - b;
                  if (unlikely(isinf(r)) && !isinf(a) && !isinf(b)) kernel_float_overflow();
                  rv[i] = Float8GetDatum(r);)
KERNEL_ARITHMETIC(k_f8_mul, double, DatumGetFloat8, double, DatumGetFloat8, double r = a * b;
                  if (unlikely(isinf(r)) && !isinf(a) && !isinf(b)) kernel_float_overflow();
                  if (unlikely(r == 0.0) && a != 0.0 && b != 0.0) kernel_float_underflow();
                  rv[i] = Float8GetDatum(r);)
KERNEL_ARITHMETIC(k_f8_div, double, DatumGetFloat8, double, DatumGetFloat8, double r;
                  if (unlikely(b == 0.0) && !isnan(a)) kernel_division_by_zero();
                  r = a / b;
                  if (unlikely(isinf(r)) && !isinf(a)) kernel_float_overflow();
                  if (unlikely(r == 0.0) && a != 0.0 && !isinf(b)) kernel_float_underflow();
                  rv[i] = Float8GetDatum(r);)

static inline bool
text_equal(Datum x, Datum y)
{
    struct varlena *a = PG_DETOAST_DATUM_PACKED(x);
    struct varlena *b = PG_DETOAST_DATUM_PACKED(y);
    Size length = VARSIZE_ANY_EXHDR(a);

    return length == VARSIZE_ANY_EXHDR(b) && memcmp(VARDATA_ANY(a), VARDATA_ANY(b), length) == 0;
}

static void
k_text_eq(ExprProgram *p, const ExprStep *step)
{
    KERNEL_HEAD;
    ROWS_LOOP(rn[i] = an[i & am] | bn[i & bm];
              if (!rn[i]) rv[i] = BoolGetDatum(text_equal(av[i & am], bv[i & bm]));)
}

static void
k_text_ne(ExprProgram *p, const ExprStep *step)
{
    KERNEL_HEAD;
    ROWS_LOOP(rn[i] = an[i & am] | bn[i & bm];
              if (!rn[i]) rv[i] = BoolGetDatum(!text_equal(av[i & am], bv[i & bm]));)
}

typedef struct KernelRow {
    uint16 funcid;
    ExprKernel kernel;
} KernelRow;

/* Sorted by funcid. */
static const KernelRow kernel_table[] = {
    {56, k_bool_lt},  {57, k_bool_gt},  {60, k_bool_eq},  {61, k_char_eq},  {63, k_22_eq},
    {64, k_22_lt},    {65, k_44_eq},    {66, k_44_lt},    {67, k_text_eq},  {70, k_char_ne},
    {72, k_char_le},  {73, k_char_gt},  {74, k_char_ge},  {84, k_bool_ne},  {141, k_44_mul},
    {144, k_44_ne},   {145, k_22_ne},   {146, k_22_gt},   {147, k_44_gt},   {148, k_22_le},
    {149, k_44_le},   {150, k_44_ge},   {151, k_22_ge},   {154, k_44_div},  {156, k_44_mod},
    {157, k_text_ne}, {158, k_24_eq},   {159, k_42_eq},   {160, k_24_lt},   {161, k_42_lt},
    {162, k_24_gt},   {163, k_42_gt},   {164, k_24_ne},   {165, k_42_ne},   {166, k_24_le},
    {167, k_42_le},   {168, k_24_ge},   {169, k_42_ge},   {170, k_24_mul},  {171, k_42_mul},
    {172, k_24_div},  {173, k_42_div},  {177, k_44_pl},   {178, k_24_pl},   {179, k_42_pl},
    {181, k_44_mi},   {182, k_24_mi},   {183, k_42_mi},   {184, k_oid_eq},  {185, k_oid_ne},
    {216, k_f8_mul},  {217, k_f8_div},  {218, k_f8_pl},   {219, k_f8_mi},   {293, k_f8_eq},
    {294, k_f8_ne},   {295, k_f8_lt},   {296, k_f8_le},   {297, k_f8_gt},   {298, k_f8_ge},
    {463, k_88_pl},   {464, k_88_mi},   {465, k_88_mul},  {466, k_88_div},  {467, k_88_eq},
    {468, k_88_ne},   {469, k_88_lt},   {470, k_88_gt},   {471, k_88_le},   {472, k_88_ge},
    {474, k_84_eq},   {475, k_84_ne},   {476, k_84_lt},   {477, k_84_gt},   {478, k_84_le},
    {479, k_84_ge},   {716, k_oid_lt},  {717, k_oid_le},  {852, k_48_eq},   {853, k_48_ne},
    {854, k_48_lt},   {855, k_48_gt},   {856, k_48_le},   {857, k_48_ge},   {945, k_88_mod},
    {1086, k_44_eq},  {1087, k_44_lt},  {1088, k_44_le},  {1089, k_44_gt},  {1090, k_44_ge},
    {1091, k_44_ne},  {1102, k_88_lt},  {1103, k_88_le},  {1104, k_88_gt},  {1105, k_88_ge},
    {1106, k_88_ne},  {1145, k_88_eq},  {1152, k_88_eq},  {1153, k_88_ne},  {1154, k_88_lt},
    {1155, k_88_le},  {1156, k_88_ge},  {1157, k_88_gt},  {1246, k_char_lt}, {1274, k_84_pl},
    {1275, k_84_mi},  {1276, k_84_mul}, {1277, k_84_div}, {1278, k_48_pl},  {1279, k_48_mi},
    {1280, k_48_mul}, {1281, k_48_div}, {1638, k_oid_gt}, {1639, k_oid_ge}, {1691, k_bool_le},
    {1692, k_bool_ge}, {2052, k_88_eq}, {2053, k_88_ne},  {2054, k_88_lt},  {2055, k_88_le},
    {2056, k_88_ge},  {2057, k_88_gt},
};

ExprKernel
expr_find_kernel(Oid funcid, Oid collation)
{
    int low = 0;
    int high = lengthof(kernel_table) - 1;

    while (low <= high) {
        int middle = (low + high) / 2;

        if (kernel_table[middle].funcid == funcid)
            return kernel_table[middle].kernel;
        if (kernel_table[middle].funcid < funcid)
            low = middle + 1;
        else
            high = middle - 1;
    }
    return NULL;
}
