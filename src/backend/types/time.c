/*
 * time.c - time and timetz: text, order, arithmetic, casts
 *
 * Invariants a timetz orders by its moment, then by its zone.
 */
#include "datetime_int.h"
#include "types/array.h"
#include "types/hashing.h"
#include "xact/xact.h"

static const int64 time_scales[MAX_TIMESTAMP_PRECISION + 1] = {1000000, 100000, 10000, 1000,
                                                               100,     10,     1};

pg_noreturn static void
time_throw_range(void)
{
    ereport(ERROR, (errcode(ERRCODE_DATETIME_FIELD_OVERFLOW), errmsg("time out of range")));
    pg_unreachable();
}

void
datetime_adjust_time(TimeADT *value, int32 typmod)
{
    int64 scale;

    if (typmod < 0 || typmod > MAX_TIMESTAMP_PRECISION)
        return;
    scale = time_scales[typmod];
    if (*value >= 0)
        *value = (*value + scale / 2) / scale * scale;
    else
        *value = -((-*value + scale / 2) / scale * scale);
}

static TimeADT
time_of_tm(const struct pg_tm *tm, fsec_t fsec)
{
    return ((tm->tm_hour * 60 + tm->tm_min) * 60 + tm->tm_sec) * USECS_PER_SEC + fsec;
}

/* Into one day, 24:00 not kept. */
static TimeADT
time_wrap(int64 value)
{
    value %= USECS_PER_DAY;
    return value < 0 ? value + USECS_PER_DAY : value;
}

static void
time_read(const char *text, const char *type, DatetimeParts *ret)
{
    DatetimeError error = datetime_parse(text, true, ret);

    if (error != DATETIME_OK)
        datetime_throw(error, text, type);
}

/* ---- modifiers, shared with timestamps ---- */

Datum
datetime_typmod_in(FunctionCallInfo fcinfo, const char *type, bool zone)
{
    int count;
    int32 *modifiers = ArrayGetIntegerTypmods(PG_GETARG_ARRAYTYPE_P(0), &count);
    const char *suffix = zone ? " WITH TIME ZONE" : "";

    if (count != 1)
        ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE), errmsg("invalid type modifier")));
    if (modifiers[0] < 0)
        ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE),
                        errmsg("%s(%d)%s precision must not be negative", type, modifiers[0], suffix)));
    if (modifiers[0] > MAX_TIMESTAMP_PRECISION)
    {
        ereport(WARNING, (errcode(ERRCODE_INVALID_PARAMETER_VALUE),
                          errmsg("%s(%d)%s precision reduced to maximum allowed, %d", type,
                                 modifiers[0], suffix, MAX_TIMESTAMP_PRECISION)));
        modifiers[0] = MAX_TIMESTAMP_PRECISION;
    }
    PG_RETURN_INT32(modifiers[0]);
}

char *
datetime_typmod_out(int32 typmod, bool zone)
{
    const char *suffix = zone ? " with time zone" : " without time zone";

    return typmod >= 0 ? psprintf("(%d)%s", typmod, suffix) : pstrdup(suffix);
}

#define TIME_TYPMOD(type, word, zone)                                                              \
    SQL_FUNCTION(type##typmodin)                                                                   \
    {                                                                                              \
        return datetime_typmod_in(fcinfo, word, zone);                                             \
    }                                                                                              \
    SQL_FUNCTION(type##typmodout)                                                                  \
    {                                                                                              \
        PG_RETURN_CSTRING(datetime_typmod_out(PG_GETARG_INT32(0), zone));                          \
    }

TIME_TYPMOD(time, "TIME", false)
TIME_TYPMOD(timetz, "TIME", true)
TIME_TYPMOD(timestamp, "TIMESTAMP", false)
TIME_TYPMOD(timestamptz, "TIMESTAMP", true)

/* ---- time ---- */

SQL_FUNCTION(time_in)
{
    DatetimeParts parts;
    TimeADT result;

    time_read(PG_GETARG_CSTRING(0), "time", &parts);
    result = time_of_tm(&parts.tm, parts.fsec);
    datetime_adjust_time(&result, PG_GETARG_INT32(2));
    PG_RETURN_TIMEADT(result);
}

SQL_FUNCTION(time_out)
{
    struct pg_tm tm;
    fsec_t fsec;
    char *text = palloc(64);

    time2tm(PG_GETARG_TIMEADT(0), &tm, &fsec);
    datetime_encode_time(&tm, fsec, false, 0, text);
    PG_RETURN_CSTRING(text);
}

SQL_FUNCTION(time_recv)
{
    TimeADT result = pq_getmsgint64((StringInfo) PG_GETARG_POINTER(0));

    if (result < 0 || result > USECS_PER_DAY)
        time_throw_range();
    datetime_adjust_time(&result, PG_GETARG_INT32(2));
    PG_RETURN_TIMEADT(result);
}

SQL_FUNCTION(time_send)
{
    StringInfoData buf;

    pq_begintypsend(&buf);
    pq_sendint64(&buf, (uint64) PG_GETARG_TIMEADT(0));
    PG_RETURN_BYTEA_P(pq_endtypsend(&buf));
}

SQL_FUNCTION(time_scale)
{
    TimeADT result = PG_GETARG_TIMEADT(0);

    datetime_adjust_time(&result, PG_GETARG_INT32(1));
    PG_RETURN_TIMEADT(result);
}

SQL_FUNCTION(make_time)
{
    int hour = PG_GETARG_INT32(0);
    int minute = PG_GETARG_INT32(1);
    double second = PG_GETARG_FLOAT8(2);
    double usec = rint(second * USECS_PER_SEC);

    if (isnan(second) || hour < 0 || hour > 24 || minute < 0 || minute > 59 || second < 0 ||
        second > 60 || (hour == 24 && (minute > 0 || usec > 0)))
        ereport(ERROR, (errcode(ERRCODE_DATETIME_FIELD_OVERFLOW),
                        errmsg("time field value out of range: %d:%02d:%02g", hour, minute, second)));
    PG_RETURN_TIMEADT((hour * 60 + minute) * USECS_PER_MINUTE + (int64) usec);
}

#define TIME_COMPARE(name, operator)                                                               \
    SQL_FUNCTION(name)                                                                             \
    {                                                                                              \
        PG_RETURN_BOOL(PG_GETARG_TIMEADT(0) operator PG_GETARG_TIMEADT(1));                        \
    }

TIME_COMPARE(time_eq, ==)
TIME_COMPARE(time_ne, !=)
TIME_COMPARE(time_lt, <)
TIME_COMPARE(time_le, <=)
TIME_COMPARE(time_gt, >)
TIME_COMPARE(time_ge, >=)

SQL_FUNCTION(time_cmp)
{
    TimeADT a = PG_GETARG_TIMEADT(0);
    TimeADT b = PG_GETARG_TIMEADT(1);

    PG_RETURN_INT32(a < b ? -1 : a > b);
}

SQL_FUNCTION(time_larger)
{
    PG_RETURN_TIMEADT(Max(PG_GETARG_TIMEADT(0), PG_GETARG_TIMEADT(1)));
}

SQL_FUNCTION(time_smaller)
{
    PG_RETURN_TIMEADT(Min(PG_GETARG_TIMEADT(0), PG_GETARG_TIMEADT(1)));
}

static uint32
time_hash_key(int64 value)
{
    uint32 high = (uint32) ((uint64) value >> 32);

    return (uint32) value ^ (value >= 0 ? high : ~high);
}

SQL_FUNCTION(time_hash)
{
    PG_RETURN_UINT32(types_hash_uint32(time_hash_key(PG_GETARG_TIMEADT(0))));
}

SQL_FUNCTION(time_hash_extended)
{
    PG_RETURN_UINT64(types_hash_uint32_extended(time_hash_key(PG_GETARG_TIMEADT(0)),
                                                DatumGetUInt64(PG_GETARG_DATUM(1))));
}

SQL_FUNCTION(time_mi_time)
{
    PG_RETURN_INTERVAL(((Interval){PG_GETARG_TIMEADT(0) - PG_GETARG_TIMEADT(1), 0, 0}));
}

SQL_FUNCTION(time_pl_interval)
{
    PG_RETURN_TIMEADT(time_wrap(PG_GETARG_TIMEADT(0) + PG_GETARG_INTERVAL(1).time));
}

SQL_FUNCTION(time_mi_interval)
{
    PG_RETURN_TIMEADT(time_wrap(PG_GETARG_TIMEADT(0) - PG_GETARG_INTERVAL(1).time));
}

SQL_FUNCTION(time_interval)
{
    PG_RETURN_INTERVAL(((Interval){PG_GETARG_TIMEADT(0), 0, 0}));
}

SQL_FUNCTION(interval_time)
{
    PG_RETURN_TIMEADT(time_wrap(PG_GETARG_INTERVAL(0).time));
}

static bool
time_in_range(int64 value, int64 base, Interval offset, bool preceding, bool less)
{
    int64 sum;

    if (offset.time < 0)
        ereport(ERROR, (errcode(ERRCODE_INVALID_PRECEDING_OR_FOLLOWING_SIZE),
                        errmsg("invalid preceding or following size in window function")));
    if (preceding)
        sum = base - offset.time;
    else if (__builtin_add_overflow(base, offset.time, &sum))
        return less;
    return less ? value <= sum : value >= sum;
}

SQL_FUNCTION(in_range_time_interval)
{
    PG_RETURN_BOOL(time_in_range(PG_GETARG_TIMEADT(0), PG_GETARG_TIMEADT(1), PG_GETARG_INTERVAL(2),
                                 PG_GETARG_BOOL(3), PG_GETARG_BOOL(4)));
}

/* ---- timetz ---- */

SQL_FUNCTION(timetz_in)
{
    DatetimeParts parts;
    TimeTzADT result;

    time_read(PG_GETARG_CSTRING(0), "time with time zone", &parts);
    result.time = time_of_tm(&parts.tm, parts.fsec);
    result.zone = parts.zone;
    if (!parts.has_zone)
    {
        struct pg_tm now;
        fsec_t fsec;
        int zone;

        if (!parts.has_date)
        {
            timestamp2tm(xact_start_timestamp(), &zone, &now, &fsec, NULL, NULL);
            parts.tm.tm_year = now.tm_year;
            parts.tm.tm_mon = now.tm_mon;
            parts.tm.tm_mday = now.tm_mday;
        }
        result.zone = DetermineTimeZoneOffset(&parts.tm, session_timezone);
    }
    datetime_adjust_time(&result.time, PG_GETARG_INT32(2));
    PG_RETURN_TIMETZ(result);
}

SQL_FUNCTION(timetz_out)
{
    TimeTzADT value = PG_GETARG_TIMETZ(0);
    struct pg_tm tm;
    fsec_t fsec;
    char *text = palloc(64);

    time2tm(value.time, &tm, &fsec);
    datetime_encode_time(&tm, fsec, true, value.zone, text);
    PG_RETURN_CSTRING(text);
}

SQL_FUNCTION(timetz_recv)
{
    StringInfo buf = (StringInfo) PG_GETARG_POINTER(0);
    TimeTzADT result;

    result.time = pq_getmsgint64(buf);
    result.zone = (int32) pq_getmsgint(buf, 4);
    if (result.time < 0 || result.time > USECS_PER_DAY)
        time_throw_range();
    if (result.zone <= -TZDISP_LIMIT || result.zone >= TZDISP_LIMIT)
        ereport(ERROR, (errcode(ERRCODE_INVALID_TIME_ZONE_DISPLACEMENT_VALUE),
                        errmsg("time zone displacement out of range")));
    datetime_adjust_time(&result.time, PG_GETARG_INT32(2));
    PG_RETURN_TIMETZ(result);
}

SQL_FUNCTION(timetz_send)
{
    TimeTzADT value = PG_GETARG_TIMETZ(0);
    StringInfoData buf;

    pq_begintypsend(&buf);
    pq_sendint64(&buf, (uint64) value.time);
    pq_sendint32(&buf, (uint32) value.zone);
    PG_RETURN_BYTEA_P(pq_endtypsend(&buf));
}

SQL_FUNCTION(timetz_scale)
{
    TimeTzADT value = PG_GETARG_TIMETZ(0);

    datetime_adjust_time(&value.time, PG_GETARG_INT32(1));
    PG_RETURN_TIMETZ(value);
}

static int
timetz_compare(FunctionCallInfo fcinfo)
{
    TimeTzADT a = PG_GETARG_TIMETZ(0);
    TimeTzADT b = PG_GETARG_TIMETZ(1);
    TimeOffset x = a.time + a.zone * USECS_PER_SEC;
    TimeOffset y = b.time + b.zone * USECS_PER_SEC;

    if (x != y)
        return x < y ? -1 : 1;
    return a.zone < b.zone ? -1 : a.zone > b.zone;
}

#define TIMETZ_COMPARE(name, operator)                                                             \
    SQL_FUNCTION(name)                                                                             \
    {                                                                                              \
        PG_RETURN_BOOL(timetz_compare(fcinfo) operator 0);                                         \
    }

TIMETZ_COMPARE(timetz_eq, ==)
TIMETZ_COMPARE(timetz_ne, !=)
TIMETZ_COMPARE(timetz_lt, <)
TIMETZ_COMPARE(timetz_le, <=)
TIMETZ_COMPARE(timetz_gt, >)
TIMETZ_COMPARE(timetz_ge, >=)

SQL_FUNCTION(timetz_cmp)
{
    PG_RETURN_INT32(timetz_compare(fcinfo));
}

SQL_FUNCTION(timetz_larger)
{
    return timetz_compare(fcinfo) > 0 ? PG_GETARG_DATUM(0) : PG_GETARG_DATUM(1);
}

SQL_FUNCTION(timetz_smaller)
{
    return timetz_compare(fcinfo) < 0 ? PG_GETARG_DATUM(0) : PG_GETARG_DATUM(1);
}

SQL_FUNCTION(timetz_hash)
{
    TimeTzADT value = PG_GETARG_TIMETZ(0);

    PG_RETURN_UINT32(types_hash_uint32(time_hash_key(value.time)) ^
                     types_hash_uint32((uint32) value.zone));
}

SQL_FUNCTION(timetz_hash_extended)
{
    TimeTzADT value = PG_GETARG_TIMETZ(0);
    uint64 seed = DatumGetUInt64(PG_GETARG_DATUM(1));

    PG_RETURN_UINT64(types_hash_uint32_extended(time_hash_key(value.time), seed) ^
                     types_hash_uint32_extended((uint32) value.zone, seed));
}

SQL_FUNCTION(timetz_pl_interval)
{
    TimeTzADT value = PG_GETARG_TIMETZ(0);

    value.time = time_wrap(value.time + PG_GETARG_INTERVAL(1).time);
    PG_RETURN_TIMETZ(value);
}

SQL_FUNCTION(timetz_mi_interval)
{
    TimeTzADT value = PG_GETARG_TIMETZ(0);

    value.time = time_wrap(value.time - PG_GETARG_INTERVAL(1).time);
    PG_RETURN_TIMETZ(value);
}

SQL_FUNCTION(in_range_timetz_interval)
{
    TimeTzADT value = PG_GETARG_TIMETZ(0);
    TimeTzADT base = PG_GETARG_TIMETZ(1);

    PG_RETURN_BOOL(time_in_range(value.time + value.zone * USECS_PER_SEC,
                                 base.time + base.zone * USECS_PER_SEC, PG_GETARG_INTERVAL(2),
                                 PG_GETARG_BOOL(3), PG_GETARG_BOOL(4)));
}

/* ---- casts ---- */

SQL_FUNCTION(timetz_time)
{
    PG_RETURN_TIMEADT(PG_GETARG_TIMETZ(0).time);
}

SQL_FUNCTION(time_timetz)
{
    TimeTzADT result = {PG_GETARG_TIMEADT(0), 0};
    struct pg_tm tm;
    fsec_t fsec;
    int zone;

    timestamp2tm(xact_start_timestamp(), &zone, &tm, &fsec, NULL, NULL);
    time2tm(result.time, &tm, &fsec);
    result.zone = DetermineTimeZoneOffset(&tm, session_timezone);
    PG_RETURN_TIMETZ(result);
}

static bool
time_split(Timestamp value, bool zoned, struct pg_tm *tm, fsec_t *fsec, int *ret_zone)
{
    if (TIMESTAMP_NOT_FINITE(value))
        return false;
    if (!timestamp2tm(value, zoned ? ret_zone : NULL, tm, fsec, NULL, NULL))
        ereport(ERROR, (errcode(ERRCODE_DATETIME_FIELD_OVERFLOW), errmsg("timestamp out of range")));
    return true;
}

SQL_FUNCTION(timestamp_time)
{
    struct pg_tm tm;
    fsec_t fsec;

    if (!time_split(PG_GETARG_TIMESTAMP(0), false, &tm, &fsec, NULL))
        PG_RETURN_NULL();
    PG_RETURN_TIMEADT(time_of_tm(&tm, fsec));
}

SQL_FUNCTION(timestamptz_time)
{
    struct pg_tm tm;
    fsec_t fsec;
    int zone;

    if (!time_split(PG_GETARG_TIMESTAMPTZ(0), true, &tm, &fsec, &zone))
        PG_RETURN_NULL();
    PG_RETURN_TIMEADT(time_of_tm(&tm, fsec));
}

SQL_FUNCTION(timestamptz_timetz)
{
    struct pg_tm tm;
    fsec_t fsec;
    TimeTzADT result;
    int zone;

    if (!time_split(PG_GETARG_TIMESTAMPTZ(0), true, &tm, &fsec, &zone))
        PG_RETURN_NULL();
    result.time = time_of_tm(&tm, fsec);
    result.zone = zone;
    PG_RETURN_TIMETZ(result);
}

static Datum
timetz_move_zone(TimeTzADT value, int32 zone)
{
    value.time = time_wrap(value.time + (value.zone - zone) * USECS_PER_SEC);
    value.zone = zone;
    PG_RETURN_TIMETZ(value);
}

SQL_FUNCTION(timetz_zone)
{
    pg_tz *zone = timezone_by_text(text_to_cstring(PG_GETARG_TEXT_PP(0)),
                                   timestamptz_to_time_t(xact_start_timestamp()), false);
    struct pg_tm tm;
    fsec_t fsec;
    int west;

    timestamp2tm(xact_start_timestamp(), &west, &tm, &fsec, NULL, zone);
    return timetz_move_zone(PG_GETARG_TIMETZ(1), west);
}

SQL_FUNCTION(timetz_izone)
{
    Interval offset = PG_GETARG_INTERVAL(0);

    if (offset.month != 0 || offset.day != 0)
        ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE),
                        errmsg("interval time zone \"%s\" must not include months or days",
                               DatumGetCString(DirectFunctionCall1(interval_out,
                                                                   PG_GETARG_DATUM(0))))));
    return timetz_move_zone(PG_GETARG_TIMETZ(1), (int32) (-offset.time / USECS_PER_SEC));
}
