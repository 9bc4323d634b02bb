/*
 * timestamp.c - timestamp and timestamptz: text, order, arithmetic, zones
 *
 * Errors     22008 "timestamp out of range"
 */
#include "datetime_int.h"
#include "types/array.h"
#include "types/funcapi.h"
#include "types/hashing.h"
#include "xact/xact.h"

static const int64 timestamp_scales[MAX_TIMESTAMP_PRECISION + 1] = {1000000, 100000, 10000, 1000,
                                                                    100,     10,     1};

pg_noreturn static void
timestamp_throw_range(void)
{
    ereport(ERROR, (errcode(ERRCODE_DATETIME_FIELD_OVERFLOW), errmsg("timestamp out of range")));
    pg_unreachable();
}

void
datetime_adjust_timestamp(Timestamp *value, int32 typmod)
{
    int64 scale;

    if (TIMESTAMP_NOT_FINITE(*value) || typmod == -1 || typmod == MAX_TIMESTAMP_PRECISION)
        return;
    if (typmod < 0 || typmod > MAX_TIMESTAMP_PRECISION)
        ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE),
                        errmsg("timestamp(%d) precision must be between %d and %d", typmod, 0,
                               MAX_TIMESTAMP_PRECISION)));
    scale = timestamp_scales[typmod];
    if (*value >= 0)
        *value = (*value + scale / 2) / scale * scale;
    else
        *value = -((-*value + scale / 2) / scale * scale);
}

/* ---- text and binary ---- */

static Timestamp
timestamp_read(const char *text, bool zoned, const char *type)
{
    DatetimeParts parts;
    DatetimeError error = datetime_parse(text, false, &parts);
    Timestamp result;
    int zone;

    if (error != DATETIME_OK)
        datetime_throw(error, text, type);
    if (parts.kind == DATETIME_EARLY)
        return DT_NOBEGIN;
    if (parts.kind == DATETIME_LATE)
        return DT_NOEND;
    if (parts.kind == DATETIME_EPOCH)
        return (int64) (UNIX_EPOCH_JDATE - POSTGRES_EPOCH_JDATE) * USECS_PER_DAY;
    zone = parts.has_zone || !zoned ? parts.zone : DetermineTimeZoneOffset(&parts.tm, session_timezone);
    if (!tm2timestamp(&parts.tm, parts.fsec, zoned ? &zone : NULL, &result))
        ereport(ERROR, (errcode(ERRCODE_DATETIME_FIELD_OVERFLOW),
                        errmsg("timestamp out of range: \"%s\"", text)));
    return result;
}

char *
datetime_timestamp_text(Timestamp value)
{
    char *text = palloc(128);
    struct pg_tm tm;
    fsec_t fsec;

    if (TIMESTAMP_NOT_FINITE(value))
        return strcpy(text, TIMESTAMP_IS_NOBEGIN(value) ? "-infinity" : "infinity");
    if (!timestamp2tm(value, NULL, &tm, &fsec, NULL, NULL))
        timestamp_throw_range();
    datetime_encode(&tm, fsec, false, 0, NULL, DateStyle, text);
    return text;
}

static char *
timestamptz_text(TimestampTz value, int style)
{
    char *text = palloc(128);
    struct pg_tm tm;
    fsec_t fsec;
    const char *zone_name;
    int zone;

    if (TIMESTAMP_NOT_FINITE(value))
        return strcpy(text, TIMESTAMP_IS_NOBEGIN(value) ? "-infinity" : "infinity");
    if (!timestamp2tm(value, &zone, &tm, &fsec, &zone_name, NULL))
        timestamp_throw_range();
    datetime_encode(&tm, fsec, true, zone, zone_name, style, text);
    return text;
}

char *
datetime_timestamptz_text(TimestampTz value)
{
    return timestamptz_text(value, DateStyle);
}

const char *
timestamptz_to_str(TimestampTz value)
{
    return timestamptz_text(value, USE_ISO_DATES);
}

SQL_FUNCTION(timestamp_in)
{
    Timestamp result = timestamp_read(PG_GETARG_CSTRING(0), false, "timestamp");

    datetime_adjust_timestamp(&result, PG_GETARG_INT32(2));
    PG_RETURN_TIMESTAMP(result);
}

SQL_FUNCTION(timestamptz_in)
{
    TimestampTz result = timestamp_read(PG_GETARG_CSTRING(0), true, "timestamp with time zone");

    datetime_adjust_timestamp(&result, PG_GETARG_INT32(2));
    PG_RETURN_TIMESTAMPTZ(result);
}

SQL_FUNCTION(timestamp_out)
{
    PG_RETURN_CSTRING(datetime_timestamp_text(PG_GETARG_TIMESTAMP(0)));
}

SQL_FUNCTION(timestamptz_out)
{
    PG_RETURN_CSTRING(datetime_timestamptz_text(PG_GETARG_TIMESTAMPTZ(0)));
}

SQL_FUNCTION(timestamp_recv)
{
    Timestamp value = pq_getmsgint64((StringInfo) PG_GETARG_POINTER(0));

    if (!TIMESTAMP_NOT_FINITE(value) && !IS_VALID_TIMESTAMP(value))
        timestamp_throw_range();
    datetime_adjust_timestamp(&value, PG_GETARG_INT32(2));
    PG_RETURN_TIMESTAMP(value);
}

SQL_FUNCTION(timestamp_send)
{
    StringInfoData buf;

    pq_begintypsend(&buf);
    pq_sendint64(&buf, (uint64) PG_GETARG_TIMESTAMP(0));
    PG_RETURN_BYTEA_P(pq_endtypsend(&buf));
}

SQL_FUNCTION(timestamptz_recv)
{
    return timestamp_recv(fcinfo);
}

SQL_FUNCTION(timestamptz_send)
{
    return timestamp_send(fcinfo);
}

SQL_FUNCTION(timestamp_scale)
{
    Timestamp value = PG_GETARG_TIMESTAMP(0);

    datetime_adjust_timestamp(&value, PG_GETARG_INT32(1));
    PG_RETURN_TIMESTAMP(value);
}

SQL_FUNCTION(timestamptz_scale)
{
    return timestamp_scale(fcinfo);
}

/* ---- making ---- */

static Timestamp
timestamp_make(FunctionCallInfo fcinfo, struct pg_tm *tm)
{
    int year = PG_GETARG_INT32(0);
    double second = PG_GETARG_FLOAT8(5);
    double usec = rint(second * USECS_PER_SEC);
    Timestamp result;

    memset(tm, 0, sizeof(*tm));
    tm->tm_year = year < 0 ? year + 1 : year;
    tm->tm_mon = PG_GETARG_INT32(1);
    tm->tm_mday = PG_GETARG_INT32(2);
    tm->tm_hour = PG_GETARG_INT32(3);
    tm->tm_min = PG_GETARG_INT32(4);
    if (year == 0 || year == PG_INT32_MIN || !datetime_date_valid(tm->tm_year, tm->tm_mon, tm->tm_mday))
        ereport(ERROR, (errcode(ERRCODE_DATETIME_FIELD_OVERFLOW),
                        errmsg("date field value out of range: %d-%02d-%02d",
                               year, tm->tm_mon,
                               tm->tm_mday)));
    if (!IS_VALID_JULIAN(tm->tm_year, tm->tm_mon, tm->tm_mday))
        ereport(ERROR, (errcode(ERRCODE_DATETIME_FIELD_OVERFLOW),
                        errmsg("date out of range: %d-%02d-%02d", year, tm->tm_mon, tm->tm_mday)));
    if (isnan(second) || tm->tm_hour < 0 || tm->tm_hour > 24 || tm->tm_min < 0 || tm->tm_min > 59 ||
        second < 0 || second > 60 || (tm->tm_hour == 24 && (tm->tm_min > 0 || usec > 0)))
        ereport(ERROR, (errcode(ERRCODE_DATETIME_FIELD_OVERFLOW),
                        errmsg("time field value out of range: %d:%02d:%02g", tm->tm_hour,
                               tm->tm_min, second)));
    if (!tm2timestamp(tm, (fsec_t) usec, NULL, &result))
        ereport(ERROR, (errcode(ERRCODE_DATETIME_FIELD_OVERFLOW),
                        errmsg("timestamp out of range: %d-%02d-%02d %d:%02d:%02g", year, tm->tm_mon,
                               tm->tm_mday, tm->tm_hour, tm->tm_min, second)));
    return result;
}

SQL_FUNCTION(make_timestamp)
{
    struct pg_tm tm;

    PG_RETURN_TIMESTAMP(timestamp_make(fcinfo, &tm));
}

SQL_FUNCTION(make_timestamptz)
{
    struct pg_tm tm;

    PG_RETURN_TIMESTAMPTZ(timestamp2timestamptz(timestamp_make(fcinfo, &tm)));
}

/* Local time in a zone to a moment. */
static TimestampTz
timestamp_from_zone(Timestamp value, pg_tz *zone)
{
    struct pg_tm tm;
    fsec_t fsec;
    TimestampTz result;

    if (TIMESTAMP_NOT_FINITE(value))
        return value;
    if (!timestamp2tm(value, NULL, &tm, &fsec, NULL, NULL))
        timestamp_throw_range();
    result = value + DetermineTimeZoneOffset(&tm, zone) * USECS_PER_SEC;
    if (!IS_VALID_TIMESTAMP(result))
        timestamp_throw_range();
    return result;
}

/* As AT TIME ZONE, but digits with a sign are an offset east. */
static pg_tz *
timestamp_zone_argument(const char *name, int64 moment)
{
    if (*name == '+' || *name == '-')
    {
        int hours = 0;
        int minutes = 0;
        int seconds = 0;
        int count = sscanf(name + 1, "%d:%d:%d", &hours, &minutes, &seconds);
        pg_tz *zone = NULL;

        if (count >= 1 && hours <= MAX_TZDISP_HOUR && minutes < 60 && seconds < 60)
            zone = timezone_fixed((hours * 3600L + minutes * 60 + seconds) * (*name == '-' ? 1 : -1));
        if (zone == NULL)
            ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE),
                            errmsg("invalid input syntax for type %s: \"%s\"", "numeric time zone",
                                   name)));
        return zone;
    }
    return timezone_by_text(name, moment, true);
}

SQL_FUNCTION(make_timestamptz_at_timezone)
{
    struct pg_tm tm;
    Timestamp value = timestamp_make(fcinfo, &tm);

    PG_RETURN_TIMESTAMPTZ(timestamp_from_zone(
        value, timestamp_zone_argument(text_to_cstring(PG_GETARG_TEXT_PP(6)),
                                       timestamptz_to_time_t(value))));
}

SQL_FUNCTION(float8_timestamptz)
{
    double seconds = PG_GETARG_FLOAT8(0);
    double epoch = (double) (POSTGRES_EPOCH_JDATE - UNIX_EPOCH_JDATE) * SECS_PER_DAY;

    if (isnan(seconds))
        ereport(ERROR, (errcode(ERRCODE_DATETIME_FIELD_OVERFLOW),
                        errmsg("timestamp cannot be NaN")));
    if (isinf(seconds))
        PG_RETURN_TIMESTAMPTZ(seconds < 0 ? DT_NOBEGIN : DT_NOEND);
    if (seconds < (double) SECS_PER_DAY * (DATETIME_MIN_JULIAN - UNIX_EPOCH_JDATE) ||
        seconds >= (double) SECS_PER_DAY * ((double) TIMESTAMP_END_JULIAN - UNIX_EPOCH_JDATE))
        ereport(ERROR, (errcode(ERRCODE_DATETIME_FIELD_OVERFLOW),
                        errmsg("timestamp out of range: \"%g\"", seconds)));
    seconds = rint((seconds - epoch) * USECS_PER_SEC);
    PG_RETURN_TIMESTAMPTZ((TimestampTz) seconds);
}

/* ---- order ---- */

int
timestamp_cmp_internal(Timestamp a, Timestamp b)
{
    return a < b ? -1 : a > b;
}

#define TIMESTAMP_COMPARE(name, operator)                                                          \
    SQL_FUNCTION(name)                                                                             \
    {                                                                                              \
        PG_RETURN_BOOL(PG_GETARG_TIMESTAMP(0) operator PG_GETARG_TIMESTAMP(1));                    \
    }

TIMESTAMP_COMPARE(timestamp_eq, ==)
TIMESTAMP_COMPARE(timestamp_ne, !=)
TIMESTAMP_COMPARE(timestamp_lt, <)
TIMESTAMP_COMPARE(timestamp_le, <=)
TIMESTAMP_COMPARE(timestamp_gt, >)
TIMESTAMP_COMPARE(timestamp_ge, >=)

SQL_FUNCTION(timestamp_cmp)
{
    PG_RETURN_INT32(timestamp_cmp_internal(PG_GETARG_TIMESTAMP(0), PG_GETARG_TIMESTAMP(1)));
}

SQL_FUNCTION(timestamp_larger)
{
    PG_RETURN_TIMESTAMP(Max(PG_GETARG_TIMESTAMP(0), PG_GETARG_TIMESTAMP(1)));
}

SQL_FUNCTION(timestamp_smaller)
{
    PG_RETURN_TIMESTAMP(Min(PG_GETARG_TIMESTAMP(0), PG_GETARG_TIMESTAMP(1)));
}

SQL_FUNCTION(timestamp_finite)
{
    PG_RETURN_BOOL(!TIMESTAMP_NOT_FINITE(PG_GETARG_TIMESTAMP(0)));
}

static uint32
timestamp_hash_key(int64 value)
{
    uint32 high = (uint32) ((uint64) value >> 32);

    return (uint32) value ^ (value >= 0 ? high : ~high);
}

SQL_FUNCTION(timestamp_hash)
{
    PG_RETURN_UINT32(types_hash_uint32(timestamp_hash_key(PG_GETARG_TIMESTAMP(0))));
}

SQL_FUNCTION(timestamp_hash_extended)
{
    PG_RETURN_UINT64(types_hash_uint32_extended(timestamp_hash_key(PG_GETARG_TIMESTAMP(0)),
                                                DatumGetUInt64(PG_GETARG_DATUM(1))));
}

/* A timestamp against a timestamptz: the former is local time of the session. */
static int
timestamp_compare_zoned(Timestamp local, TimestampTz moment)
{
    struct pg_tm tm;
    fsec_t fsec;
    int64 converted = local;

    if (!TIMESTAMP_NOT_FINITE(local) && timestamp2tm(local, NULL, &tm, &fsec, NULL, NULL))
        converted = local + DetermineTimeZoneOffset(&tm, session_timezone) * USECS_PER_SEC;
    return timestamp_cmp_internal(converted, moment);
}

#define TIMESTAMP_CROSS(suffix, operator)                                                          \
    SQL_FUNCTION(timestamp_##suffix##_timestamptz)                                                 \
    {                                                                                              \
        PG_RETURN_BOOL(timestamp_compare_zoned(PG_GETARG_TIMESTAMP(0),                             \
                                               PG_GETARG_TIMESTAMPTZ(1)) operator 0);              \
    }                                                                                              \
    SQL_FUNCTION(timestamptz_##suffix##_timestamp)                                                 \
    {                                                                                              \
        PG_RETURN_BOOL(0 operator timestamp_compare_zoned(PG_GETARG_TIMESTAMP(1),                  \
                                                          PG_GETARG_TIMESTAMPTZ(0)));              \
    }

TIMESTAMP_CROSS(eq, ==)
TIMESTAMP_CROSS(ne, !=)
TIMESTAMP_CROSS(lt, <)
TIMESTAMP_CROSS(le, <=)
TIMESTAMP_CROSS(gt, >)
TIMESTAMP_CROSS(ge, >=)

SQL_FUNCTION(timestamp_cmp_timestamptz)
{
    PG_RETURN_INT32(timestamp_compare_zoned(PG_GETARG_TIMESTAMP(0), PG_GETARG_TIMESTAMPTZ(1)));
}

SQL_FUNCTION(timestamptz_cmp_timestamp)
{
    PG_RETURN_INT32(-timestamp_compare_zoned(PG_GETARG_TIMESTAMP(1), PG_GETARG_TIMESTAMPTZ(0)));
}

/* ---- zones ---- */

TimestampTz
timestamp2timestamptz(Timestamp value)
{
    return timestamp_from_zone(value, session_timezone);
}

static Timestamp
timestamp_to_zone(TimestampTz value, pg_tz *zone)
{
    struct pg_tm tm;
    fsec_t fsec;
    int west;
    Timestamp result;

    if (TIMESTAMP_NOT_FINITE(value))
        return value;
    if (!timestamp2tm(value, &west, &tm, &fsec, NULL, zone) ||
        !tm2timestamp(&tm, fsec, NULL, &result))
        timestamp_throw_range();
    return result;
}

Timestamp
timestamptz2timestamp(TimestampTz value)
{
    return timestamp_to_zone(value, session_timezone);
}

SQL_FUNCTION(timestamp_timestamptz)
{
    PG_RETURN_TIMESTAMPTZ(timestamp2timestamptz(PG_GETARG_TIMESTAMP(0)));
}

SQL_FUNCTION(timestamptz_timestamp)
{
    PG_RETURN_TIMESTAMP(timestamptz2timestamp(PG_GETARG_TIMESTAMPTZ(0)));
}

SQL_FUNCTION(timestamp_zone)
{
    Timestamp value = PG_GETARG_TIMESTAMP(1);

    if (TIMESTAMP_NOT_FINITE(value))
        PG_RETURN_TIMESTAMP(value);
    PG_RETURN_TIMESTAMPTZ(timestamp_from_zone(
        value, timezone_by_text(text_to_cstring(PG_GETARG_TEXT_PP(0)), timestamptz_to_time_t(value),
                                true)));
}

SQL_FUNCTION(timestamptz_zone)
{
    TimestampTz value = PG_GETARG_TIMESTAMPTZ(1);

    if (TIMESTAMP_NOT_FINITE(value))
        PG_RETURN_TIMESTAMP(value);
    PG_RETURN_TIMESTAMP(timestamp_to_zone(
        value, timezone_by_text(text_to_cstring(PG_GETARG_TEXT_PP(0)), timestamptz_to_time_t(value),
                                false)));
}

static int64
timestamp_interval_zone(FunctionCallInfo fcinfo)
{
    Interval offset = PG_GETARG_INTERVAL(0);

    if (offset.month != 0 || offset.day != 0)
        ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE),
                        errmsg("interval time zone \"%s\" must not include months or days",
                               DatumGetCString(DirectFunctionCall1(interval_out,
                                                                   PG_GETARG_DATUM(0))))));
    return offset.time / USECS_PER_SEC * USECS_PER_SEC;
}

static Datum
timestamp_shift(Timestamp value, int64 offset)
{
    if (TIMESTAMP_NOT_FINITE(value))
        PG_RETURN_TIMESTAMP(value);
    value += offset;
    if (!IS_VALID_TIMESTAMP(value))
        timestamp_throw_range();
    PG_RETURN_TIMESTAMP(value);
}

SQL_FUNCTION(timestamp_izone)
{
    return timestamp_shift(PG_GETARG_TIMESTAMP(1), -timestamp_interval_zone(fcinfo));
}

SQL_FUNCTION(timestamptz_izone)
{
    return timestamp_shift(PG_GETARG_TIMESTAMPTZ(1), timestamp_interval_zone(fcinfo));
}

/* ---- arithmetic ---- */

SQL_FUNCTION(timestamp_mi)
{
    Timestamp a = PG_GETARG_TIMESTAMP(0);
    Timestamp b = PG_GETARG_TIMESTAMP(1);
    Interval result = {0, 0, 0};

    if (TIMESTAMP_NOT_FINITE(a) || TIMESTAMP_NOT_FINITE(b))
        ereport(ERROR, (errcode(ERRCODE_DATETIME_FIELD_OVERFLOW),
                        errmsg("cannot subtract infinite timestamps")));
    /* Moments further apart than an interval reaches wrap around, as PostgreSQL 15's do. */
    result.time = a - b;
    result.day = (int32) (result.time / USECS_PER_DAY);
    result.time %= USECS_PER_DAY;
    PG_RETURN_INTERVAL(result);
}

/* Months first, the day cut to the month's length; then days; then the time. */
static Timestamp
timestamp_add_calendar(Timestamp value, Interval span, pg_tz *zone, bool zoned)
{
    struct pg_tm tm;
    fsec_t fsec;
    int west;

    if (span.month == 0 && span.day == 0)
        return value;
    for (int pass = 0; pass < 2; pass++)
    {
        if ((pass == 0 ? span.month : span.day) == 0)
            continue;
        if (!timestamp2tm(value, zoned ? &west : NULL, &tm, &fsec, NULL, zone))
            timestamp_throw_range();
        if (pass == 0)
        {
            int64 months = (int64) tm.tm_year * MONTHS_PER_YEAR + tm.tm_mon - 1 + span.month;
            int64 year = months >= 0 ? months / 12 : -((-months + 11) / 12);

            if (year > PG_INT32_MAX / 2 || year < PG_INT32_MIN / 2)
                timestamp_throw_range();
            tm.tm_year = (int) year;
            tm.tm_mon = (int) (months - year * 12) + 1;
            tm.tm_mday = Min(tm.tm_mday, day_tab[isleap(tm.tm_year)][tm.tm_mon - 1]);
        }
        else
        {
            int julian;

            if (__builtin_add_overflow(date2j(tm.tm_year, tm.tm_mon, tm.tm_mday), span.day, &julian) ||
                julian < 0)
                timestamp_throw_range();
            j2date(julian, &tm.tm_year, &tm.tm_mon, &tm.tm_mday);
        }
        if (zoned)
            west = DetermineTimeZoneOffset(&tm, zone);
        if (!tm2timestamp(&tm, fsec, zoned ? &west : NULL, &value))
            timestamp_throw_range();
    }
    return value;
}

static Timestamp
timestamp_add(Timestamp value, Interval span, pg_tz *zone, bool zoned)
{
    if (TIMESTAMP_NOT_FINITE(value))
        return value;
    value = timestamp_add_calendar(value, span, zone, zoned);
    if (__builtin_add_overflow(value, span.time, &value) || !IS_VALID_TIMESTAMP(value))
        timestamp_throw_range();
    return value;
}

Timestamp
datetime_add_interval(Timestamp value, Interval span)
{
    return timestamp_add(value, span, NULL, false);
}

TimestampTz
datetime_add_interval_tz(TimestampTz value, Interval span, pg_tz *zone)
{
    return timestamp_add(value, span, zone != NULL ? zone : session_timezone, true);
}

static Interval
timestamp_negate(Interval span)
{
    if (span.month == PG_INT32_MIN || span.day == PG_INT32_MIN || span.time == PG_INT64_MIN)
        ereport(ERROR, (errcode(ERRCODE_DATETIME_FIELD_OVERFLOW), errmsg("interval out of range")));
    return (Interval){-span.time, -span.day, -span.month};
}

SQL_FUNCTION(timestamp_pl_interval)
{
    PG_RETURN_TIMESTAMP(datetime_add_interval(PG_GETARG_TIMESTAMP(0), PG_GETARG_INTERVAL(1)));
}

SQL_FUNCTION(timestamp_mi_interval)
{
    PG_RETURN_TIMESTAMP(
        datetime_add_interval(PG_GETARG_TIMESTAMP(0), timestamp_negate(PG_GETARG_INTERVAL(1))));
}

SQL_FUNCTION(timestamptz_pl_interval)
{
    PG_RETURN_TIMESTAMPTZ(
        datetime_add_interval_tz(PG_GETARG_TIMESTAMPTZ(0), PG_GETARG_INTERVAL(1), NULL));
}

SQL_FUNCTION(timestamptz_mi_interval)
{
    PG_RETURN_TIMESTAMPTZ(datetime_add_interval_tz(
        PG_GETARG_TIMESTAMPTZ(0), timestamp_negate(PG_GETARG_INTERVAL(1)), NULL));
}

static bool
timestamp_in_range(FunctionCallInfo fcinfo, bool zoned)
{
    Timestamp value = PG_GETARG_TIMESTAMP(0);
    Timestamp base = PG_GETARG_TIMESTAMP(1);
    Interval offset = PG_GETARG_INTERVAL(2);

    if (interval_compare(offset, (Interval){0, 0, 0}) < 0)
        ereport(ERROR, (errcode(ERRCODE_INVALID_PRECEDING_OR_FOLLOWING_SIZE),
                        errmsg("invalid preceding or following size in window function")));
    if (PG_GETARG_BOOL(3))
        offset = timestamp_negate(offset);
    base = timestamp_add(base, offset, session_timezone, zoned);
    return PG_GETARG_BOOL(4) ? value <= base : value >= base;
}

SQL_FUNCTION(in_range_timestamp_interval)
{
    PG_RETURN_BOOL(timestamp_in_range(fcinfo, false));
}

SQL_FUNCTION(in_range_timestamptz_interval)
{
    PG_RETURN_BOOL(timestamp_in_range(fcinfo, true));
}

SQL_FUNCTION(in_range_date_interval)
{
    LOCAL_FCINFO(call, 5);

    InitFunctionCallInfoData(*call, NULL, 5, InvalidOid, NULL, NULL);
    memcpy(call->args, fcinfo->args, 5 * sizeof(NullableDatum));
    call->args[0].value = TimestampGetDatum(datetime_date_to_timestamp(PG_GETARG_DATEADT(0)));
    call->args[1].value = TimestampGetDatum(datetime_date_to_timestamp(PG_GETARG_DATEADT(1)));
    PG_RETURN_BOOL(timestamp_in_range(call, false));
}

/* ---- the clock ---- */

SQL_FUNCTION(now)
{
    PG_RETURN_TIMESTAMPTZ(xact_start_timestamp());
}

SQL_FUNCTION(statement_timestamp)
{
    PG_RETURN_TIMESTAMPTZ(xact_statement_timestamp());
}

SQL_FUNCTION(clock_timestamp)
{
    PG_RETURN_TIMESTAMPTZ(GetCurrentTimestamp());
}

SQL_FUNCTION(timeofday)
{
    struct pg_tm tm;
    fsec_t fsec;
    const char *zone_name;
    int zone;

    timestamp2tm(GetCurrentTimestamp(), &zone, &tm, &fsec, &zone_name, NULL);
    PG_RETURN_TEXT_P(cstring_to_text(
        psprintf("%.3s %s %02d %02d:%02d:%02d.%06d %04d %s",
                 datetime_days[j2day(date2j(tm.tm_year, tm.tm_mon, tm.tm_mday))],
                 datetime_months[tm.tm_mon - 1], tm.tm_mday, tm.tm_hour, tm.tm_min, tm.tm_sec, fsec,
                 tm.tm_year, zone_name)));
}

/* ---- series ---- */

typedef struct TimestampSeries
{
    Timestamp current;
    Timestamp finish;
    Interval step;
    int sign;
} TimestampSeries;

static Datum
timestamp_series(FunctionCallInfo fcinfo, bool zoned)
{
    FuncCallContext *funcctx;
    TimestampSeries *series;
    Timestamp result;

    if (SRF_IS_FIRSTCALL())
    {
        funcctx = SRF_FIRSTCALL_INIT();
        series = MemoryContextAlloc(funcctx->multi_call_memory_ctx, sizeof(*series));
        series->current = PG_GETARG_TIMESTAMP(0);
        series->finish = PG_GETARG_TIMESTAMP(1);
        series->step = PG_GETARG_INTERVAL(2);
        series->sign = interval_compare(series->step, (Interval){0, 0, 0});
        if (series->sign == 0)
            ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE),
                            errmsg("step size cannot equal zero")));
        funcctx->user_fctx = series;
    }
    funcctx = SRF_PERCALL_SETUP();
    series = funcctx->user_fctx;
    result = series->current;
    if (series->sign > 0 ? result > series->finish : result < series->finish)
        SRF_RETURN_DONE(funcctx);
    series->current = timestamp_add(result, series->step, session_timezone, zoned);
    SRF_RETURN_NEXT(funcctx, TimestampGetDatum(result));
}

SQL_FUNCTION(generate_series_timestamp)
{
    return timestamp_series(fcinfo, false);
}

SQL_FUNCTION(generate_series_timestamptz)
{
    return timestamp_series(fcinfo, true);
}
