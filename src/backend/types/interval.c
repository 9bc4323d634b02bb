/*
 * interval.c - interval: order, arithmetic, aggregates
 *
 * Invariants I1. for order a month counts 30 days and a day 24 hours.
 * Errors     22008 "interval out of range"
 */
#include "datetime_int.h"
#include "types/array.h"
#include "types/float.h"
#include "types/hashing.h"
#include "types/numeric.h"

pg_noreturn static void
interval_throw_range(void)
{
    ereport(ERROR, (errcode(ERRCODE_DATETIME_FIELD_OVERFLOW), errmsg("interval out of range")));
    pg_unreachable();
}

static __int128
interval_span(Interval value)
{
    return (__int128) value.time +
           (__int128) ((int64) value.month * DAYS_PER_MONTH + value.day) * USECS_PER_DAY;
}

int
interval_compare(Interval a, Interval b)
{
    __int128 x = interval_span(a);
    __int128 y = interval_span(b);

    return x < y ? -1 : x > y;
}

#define INTERVAL_COMPARE(name, operator)                                                           \
    SQL_FUNCTION(name)                                                                             \
    {                                                                                              \
        PG_RETURN_BOOL(interval_compare(PG_GETARG_INTERVAL(0), PG_GETARG_INTERVAL(1)) operator 0); \
    }

INTERVAL_COMPARE(interval_eq, ==)
INTERVAL_COMPARE(interval_ne, !=)
INTERVAL_COMPARE(interval_lt, <)
INTERVAL_COMPARE(interval_le, <=)
INTERVAL_COMPARE(interval_gt, >)
INTERVAL_COMPARE(interval_ge, >=)

SQL_FUNCTION(interval_cmp)
{
    PG_RETURN_INT32(interval_compare(PG_GETARG_INTERVAL(0), PG_GETARG_INTERVAL(1)));
}

SQL_FUNCTION(interval_larger)
{
    return interval_compare(PG_GETARG_INTERVAL(0), PG_GETARG_INTERVAL(1)) > 0 ? PG_GETARG_DATUM(0)
                                                                              : PG_GETARG_DATUM(1);
}

SQL_FUNCTION(interval_smaller)
{
    return interval_compare(PG_GETARG_INTERVAL(0), PG_GETARG_INTERVAL(1)) < 0 ? PG_GETARG_DATUM(0)
                                                                              : PG_GETARG_DATUM(1);
}

static uint32
interval_hash_key(Interval value)
{
    int64 span = (int64) interval_span(value);
    uint32 high = (uint32) ((uint64) span >> 32);

    return (uint32) span ^ (span >= 0 ? high : ~high);
}

SQL_FUNCTION(interval_hash)
{
    PG_RETURN_UINT32(types_hash_uint32(interval_hash_key(PG_GETARG_INTERVAL(0))));
}

SQL_FUNCTION(interval_hash_extended)
{
    PG_RETURN_UINT64(types_hash_uint32_extended(interval_hash_key(PG_GETARG_INTERVAL(0)),
                                                DatumGetUInt64(PG_GETARG_DATUM(1))));
}

SQL_FUNCTION(interval_finite)
{
    PG_RETURN_BOOL(true);
}

/* ---- arithmetic ---- */

static Interval
interval_add(Interval a, Interval b)
{
    Interval r;

    if (__builtin_add_overflow(a.month, b.month, &r.month) ||
        __builtin_add_overflow(a.day, b.day, &r.day) ||
        __builtin_add_overflow(a.time, b.time, &r.time))
        interval_throw_range();
    return r;
}

static Interval
interval_subtract(Interval a, Interval b)
{
    Interval r;

    if (__builtin_sub_overflow(a.month, b.month, &r.month) ||
        __builtin_sub_overflow(a.day, b.day, &r.day) ||
        __builtin_sub_overflow(a.time, b.time, &r.time))
        interval_throw_range();
    return r;
}

SQL_FUNCTION(interval_pl)
{
    PG_RETURN_INTERVAL(interval_add(PG_GETARG_INTERVAL(0), PG_GETARG_INTERVAL(1)));
}

SQL_FUNCTION(interval_mi)
{
    PG_RETURN_INTERVAL(interval_subtract(PG_GETARG_INTERVAL(0), PG_GETARG_INTERVAL(1)));
}

SQL_FUNCTION(interval_um)
{
    PG_RETURN_INTERVAL(interval_subtract((Interval){0, 0, 0}, PG_GETARG_INTERVAL(0)));
}

static double
interval_round(double seconds)
{
    return rint(seconds * 1000000.0) / 1000000.0;
}

/* value * factor: what is left of months goes to days, what is left of days to the time. */
static Interval
interval_scale_by(Interval value, double factor, bool divide)
{
    double month = divide ? value.month / factor : value.month * factor;
    double day = divide ? value.day / factor : value.day * factor;
    double time = divide ? value.time / factor : value.time * factor;
    double month_rest;
    double second_rest;
    Interval r;

    if (isnan(month) || month > PG_INT32_MAX || month < PG_INT32_MIN || isnan(day) ||
        day > PG_INT32_MAX || day < PG_INT32_MIN)
        interval_throw_range();
    r.month = (int32) month;
    r.day = (int32) day;
    month_rest = interval_round((month - r.month) * DAYS_PER_MONTH);
    second_rest = interval_round((day - r.day + month_rest - (int) month_rest) * SECS_PER_DAY);
    if (fabs(second_rest) >= SECS_PER_DAY)
    {
        int days = (int) (second_rest / SECS_PER_DAY);

        if (__builtin_add_overflow(r.day, days, &r.day))
            interval_throw_range();
        second_rest -= (double) days * SECS_PER_DAY;
    }
    if (__builtin_add_overflow(r.day, (int32) month_rest, &r.day))
        interval_throw_range();
    time = rint(time + second_rest * USECS_PER_SEC);
    if (isnan(time) || !(time >= (double) PG_INT64_MIN && time < -(double) PG_INT64_MIN))
        interval_throw_range();
    r.time = (int64) time;
    return r;
}

SQL_FUNCTION(interval_mul)
{
    PG_RETURN_INTERVAL(interval_scale_by(PG_GETARG_INTERVAL(0), PG_GETARG_FLOAT8(1), false));
}

SQL_FUNCTION(mul_d_interval)
{
    PG_RETURN_INTERVAL(interval_scale_by(PG_GETARG_INTERVAL(1), PG_GETARG_FLOAT8(0), false));
}

SQL_FUNCTION(interval_div)
{
    if (PG_GETARG_FLOAT8(1) == 0.0)
        types_throw_division_by_zero();
    PG_RETURN_INTERVAL(interval_scale_by(PG_GETARG_INTERVAL(0), PG_GETARG_FLOAT8(1), true));
}

/* ---- justify ---- */

static Interval
interval_hours_to_days(Interval value)
{
    int64 days = value.time / USECS_PER_DAY;

    value.time -= days * USECS_PER_DAY;
    if (__builtin_add_overflow(value.day, (int32) days, &value.day))
        interval_throw_range();
    if (value.day > 0 && value.time < 0)
    {
        value.time += USECS_PER_DAY;
        value.day--;
    }
    else if (value.day < 0 && value.time > 0)
    {
        value.time -= USECS_PER_DAY;
        value.day++;
    }
    return value;
}

static Interval
interval_days_to_months(Interval value)
{
    int32 months = value.day / DAYS_PER_MONTH;

    value.day -= months * DAYS_PER_MONTH;
    if (__builtin_add_overflow(value.month, months, &value.month))
        interval_throw_range();
    if (value.month > 0 && value.day < 0)
    {
        value.day += DAYS_PER_MONTH;
        value.month--;
    }
    else if (value.month < 0 && value.day > 0)
    {
        value.day -= DAYS_PER_MONTH;
        value.month++;
    }
    return value;
}

SQL_FUNCTION(interval_justify_hours)
{
    PG_RETURN_INTERVAL(interval_hours_to_days(PG_GETARG_INTERVAL(0)));
}

SQL_FUNCTION(interval_justify_days)
{
    PG_RETURN_INTERVAL(interval_days_to_months(PG_GETARG_INTERVAL(0)));
}

SQL_FUNCTION(interval_justify_interval)
{
    Interval value = PG_GETARG_INTERVAL(0);
    int64 days;
    int32 months;

    /* Days that run against the time could overflow: settle them among themselves first. */
    if ((value.day > 0 && value.time > 0) || (value.day < 0 && value.time < 0))
    {
        months = value.day / DAYS_PER_MONTH;
        value.day -= months * DAYS_PER_MONTH;
        if (__builtin_add_overflow(value.month, months, &value.month))
            interval_throw_range();
    }
    days = value.time / USECS_PER_DAY;
    value.time -= days * USECS_PER_DAY;
    if (__builtin_add_overflow(value.day, (int32) days, &value.day))
        interval_throw_range();
    months = value.day / DAYS_PER_MONTH;
    value.day -= months * DAYS_PER_MONTH;
    if (__builtin_add_overflow(value.month, months, &value.month))
        interval_throw_range();
    if (value.month > 0 && (value.day < 0 || (value.day == 0 && value.time < 0)))
    {
        value.day += DAYS_PER_MONTH;
        value.month--;
    }
    else if (value.month < 0 && (value.day > 0 || (value.day == 0 && value.time > 0)))
    {
        value.day -= DAYS_PER_MONTH;
        value.month++;
    }
    if (value.day > 0 && value.time < 0)
    {
        value.time += USECS_PER_DAY;
        value.day--;
    }
    else if (value.day < 0 && value.time > 0)
    {
        value.time -= USECS_PER_DAY;
        value.day++;
    }
    PG_RETURN_INTERVAL(value);
}

SQL_FUNCTION(make_interval)
{
    int32 years = PG_GETARG_INT32(0);
    int32 weeks = PG_GETARG_INT32(2);
    double seconds = PG_GETARG_FLOAT8(6);
    Interval r;
    int32 product;
    int64 usec;

    if (isinf(seconds) || isnan(seconds))
        interval_throw_range();
    if (__builtin_mul_overflow(years, MONTHS_PER_YEAR, &product) ||
        __builtin_add_overflow(product, PG_GETARG_INT32(1), &r.month))
        interval_throw_range();
    if (__builtin_mul_overflow(weeks, 7, &product) ||
        __builtin_add_overflow(product, PG_GETARG_INT32(3), &r.day))
        interval_throw_range();
    seconds = rint(seconds * USECS_PER_SEC);
    if (!(seconds >= (double) PG_INT64_MIN && seconds < -(double) PG_INT64_MIN))
        interval_throw_range();
    usec = (int64) seconds;
    r.time = PG_GETARG_INT32(4) * USECS_PER_HOUR + PG_GETARG_INT32(5) * USECS_PER_MINUTE;
    if (__builtin_add_overflow(r.time, usec, &r.time))
        interval_throw_range();
    PG_RETURN_INTERVAL(r);
}

/* ---- aggregates: the state is interval[2], sum and count ---- */

typedef struct IntervalTotal
{
    Interval sum;
    Interval count; /* its time holds the number */
} IntervalTotal;

static IntervalTotal
interval_total(ArrayType *state)
{
    IntervalTotal total;

    if (ARR_NDIM(state) != 1 || ARR_DIMS(state)[0] != 2 || ARR_HASNULL(state) ||
        ARR_ELEMTYPE(state) != INTERVALOID)
        elog(ERROR, "expected 2-element interval array");
    memcpy(&total, ARR_DATA_PTR(state), sizeof(total));
    return total;
}

static Datum
interval_total_array(IntervalTotal total)
{
    Datum values[2] = {PointerGetDatum(&total.sum), PointerGetDatum(&total.count)};

    PG_RETURN_ARRAYTYPE_P(construct_array(values, 2, INTERVALOID, sizeof(Interval), false, 'd'));
}

SQL_FUNCTION(interval_accum)
{
    IntervalTotal total = interval_total(PG_GETARG_ARRAYTYPE_P(0));

    total.sum = interval_add(total.sum, PG_GETARG_INTERVAL(1));
    total.count.time++;
    return interval_total_array(total);
}

SQL_FUNCTION(interval_accum_inv)
{
    IntervalTotal total = interval_total(PG_GETARG_ARRAYTYPE_P(0));

    total.sum = interval_subtract(total.sum, PG_GETARG_INTERVAL(1));
    total.count.time--;
    return interval_total_array(total);
}

SQL_FUNCTION(interval_combine)
{
    IntervalTotal a = interval_total(PG_GETARG_ARRAYTYPE_P(0));
    IntervalTotal b = interval_total(PG_GETARG_ARRAYTYPE_P(1));

    a.sum = interval_add(a.sum, b.sum);
    a.count.time += b.count.time;
    return interval_total_array(a);
}

SQL_FUNCTION(interval_avg)
{
    IntervalTotal total = interval_total(PG_GETARG_ARRAYTYPE_P(0));

    if (total.count.time == 0)
        PG_RETURN_NULL();
    PG_RETURN_INTERVAL(interval_scale_by(total.sum, (double) total.count.time, true));
}

SQL_FUNCTION(in_range_interval_interval)
{
    Interval value = PG_GETARG_INTERVAL(0);
    Interval base = PG_GETARG_INTERVAL(1);
    Interval offset = PG_GETARG_INTERVAL(2);
    bool less = PG_GETARG_BOOL(4);
    int order;

    if (interval_compare(offset, (Interval){0, 0, 0}) < 0)
        ereport(ERROR, (errcode(ERRCODE_INVALID_PRECEDING_OR_FOLLOWING_SIZE),
                        errmsg("invalid preceding or following size in window function")));
    base = PG_GETARG_BOOL(3) ? interval_subtract(base, offset) : interval_add(base, offset);
    order = interval_compare(value, base);
    PG_RETURN_BOOL(less ? order <= 0 : order >= 0);
}
