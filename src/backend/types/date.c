/*
 * date.c - date: text, order, arithmetic, casts
 */
#include "datetime_int.h"
#include "types/hashing.h"

pg_noreturn static void
date_throw_range(void)
{
    ereport(ERROR, (errcode(ERRCODE_DATETIME_FIELD_OVERFLOW), errmsg("date out of range")));
    pg_unreachable();
}

SQL_FUNCTION(date_in)
{
    const char *text = PG_GETARG_CSTRING(0);
    DatetimeParts parts;
    DatetimeError error = datetime_parse(text, false, &parts);

    if (error != DATETIME_OK)
        datetime_throw(error, text, "date");
    if (parts.kind == DATETIME_EARLY)
        PG_RETURN_DATEADT(DATEVAL_NOBEGIN);
    if (parts.kind == DATETIME_LATE)
        PG_RETURN_DATEADT(DATEVAL_NOEND);
    if (parts.kind == DATETIME_EPOCH)
        PG_RETURN_DATEADT(UNIX_EPOCH_JDATE - POSTGRES_EPOCH_JDATE);
    if (!IS_VALID_JULIAN(parts.tm.tm_year, parts.tm.tm_mon, parts.tm.tm_mday) ||
        !IS_VALID_DATE((int64) date2j(parts.tm.tm_year, parts.tm.tm_mon, parts.tm.tm_mday) -
                       POSTGRES_EPOCH_JDATE))
        ereport(ERROR, (errcode(ERRCODE_DATETIME_FIELD_OVERFLOW),
                        errmsg("date out of range: \"%s\"", text)));
    PG_RETURN_DATEADT(date2j(parts.tm.tm_year, parts.tm.tm_mon, parts.tm.tm_mday) -
                      POSTGRES_EPOCH_JDATE);
}

SQL_FUNCTION(date_out)
{
    DateADT date = PG_GETARG_DATEADT(0);
    char *text = palloc(64);
    struct pg_tm tm;

    if (DATE_NOT_FINITE(date))
        PG_RETURN_CSTRING(strcpy(text, DATE_IS_NOBEGIN(date) ? "-infinity" : "infinity"));
    j2date(date + POSTGRES_EPOCH_JDATE, &tm.tm_year, &tm.tm_mon, &tm.tm_mday);
    datetime_encode_date(&tm, text);
    PG_RETURN_CSTRING(text);
}

SQL_FUNCTION(date_recv)
{
    DateADT date = (DateADT) pq_getmsgint((StringInfo) PG_GETARG_POINTER(0), 4);

    if (!DATE_NOT_FINITE(date) && !IS_VALID_DATE((int64) date))
        date_throw_range();
    PG_RETURN_DATEADT(date);
}

SQL_FUNCTION(date_send)
{
    StringInfoData buf;

    pq_begintypsend(&buf);
    pq_sendint32(&buf, (uint32) PG_GETARG_DATEADT(0));
    PG_RETURN_BYTEA_P(pq_endtypsend(&buf));
}

SQL_FUNCTION(make_date)
{
    int year = PG_GETARG_INT32(0);
    int month = PG_GETARG_INT32(1);
    int day = PG_GETARG_INT32(2);
    int astronomical = year < 0 ? year + 1 : year;

    if (year == 0 || year == PG_INT32_MIN || !datetime_date_valid(astronomical, month, day))
        ereport(ERROR, (errcode(ERRCODE_DATETIME_FIELD_OVERFLOW),
                        errmsg("date field value out of range: %d-%02d-%02d",
                               year == PG_INT32_MIN ? year : astronomical, month, day)));
    if (!IS_VALID_JULIAN(astronomical, month, day))
        ereport(ERROR, (errcode(ERRCODE_DATETIME_FIELD_OVERFLOW),
                        errmsg("date out of range: %d-%02d-%02d", year, month, day)));
    PG_RETURN_DATEADT(date2j(astronomical, month, day) - POSTGRES_EPOCH_JDATE);
}

/* ---- order ---- */

#define DATE_COMPARE(name, operator)                                                               \
    SQL_FUNCTION(name)                                                                             \
    {                                                                                              \
        PG_RETURN_BOOL(PG_GETARG_DATEADT(0) operator PG_GETARG_DATEADT(1));                        \
    }

DATE_COMPARE(date_eq, ==)
DATE_COMPARE(date_ne, !=)
DATE_COMPARE(date_lt, <)
DATE_COMPARE(date_le, <=)
DATE_COMPARE(date_gt, >)
DATE_COMPARE(date_ge, >=)

SQL_FUNCTION(date_cmp)
{
    DateADT a = PG_GETARG_DATEADT(0);
    DateADT b = PG_GETARG_DATEADT(1);

    PG_RETURN_INT32(a < b ? -1 : a > b);
}

SQL_FUNCTION(date_larger)
{
    PG_RETURN_DATEADT(Max(PG_GETARG_DATEADT(0), PG_GETARG_DATEADT(1)));
}

SQL_FUNCTION(date_smaller)
{
    PG_RETURN_DATEADT(Min(PG_GETARG_DATEADT(0), PG_GETARG_DATEADT(1)));
}

SQL_FUNCTION(date_finite)
{
    PG_RETURN_BOOL(!DATE_NOT_FINITE(PG_GETARG_DATEADT(0)));
}

/* ---- casts ---- */

/* *ret_error: -1 before, 1 after what timestamps reach; then the infinity on that side. */
static Timestamp
date_to_timestamp_side(DateADT date, int *ret_error)
{
    *ret_error = 0;
    if (DATE_IS_NOBEGIN(date))
        return DT_NOBEGIN;
    if (DATE_IS_NOEND(date))
        return DT_NOEND;
    if (date >= TIMESTAMP_END_JULIAN - POSTGRES_EPOCH_JDATE)
    {
        *ret_error = 1;
        return DT_NOEND;
    }
    return date * USECS_PER_DAY;
}

Timestamp
datetime_date_to_timestamp(DateADT date)
{
    int error;
    Timestamp result = date_to_timestamp_side(date, &error);

    if (error != 0)
        ereport(ERROR, (errcode(ERRCODE_DATETIME_FIELD_OVERFLOW),
                        errmsg("date out of range for timestamp")));
    return result;
}

static TimestampTz
date_to_timestamptz_side(DateADT date, int *ret_error)
{
    TimestampTz result = date_to_timestamp_side(date, ret_error);
    struct pg_tm tm;

    if (*ret_error != 0 || TIMESTAMP_NOT_FINITE(result))
        return result;
    memset(&tm, 0, sizeof(tm));
    j2date(date + POSTGRES_EPOCH_JDATE, &tm.tm_year, &tm.tm_mon, &tm.tm_mday);
    result += DetermineTimeZoneOffset(&tm, session_timezone) * USECS_PER_SEC;
    if (!IS_VALID_TIMESTAMP(result))
    {
        *ret_error = result < MIN_TIMESTAMP ? -1 : 1;
        return result < MIN_TIMESTAMP ? DT_NOBEGIN : DT_NOEND;
    }
    return result;
}

TimestampTz
datetime_date_to_timestamptz(DateADT date)
{
    int error;
    TimestampTz result = date_to_timestamptz_side(date, &error);

    if (error != 0)
        ereport(ERROR, (errcode(ERRCODE_DATETIME_FIELD_OVERFLOW),
                        errmsg("date out of range for timestamp")));
    return result;
}

SQL_FUNCTION(date_timestamp)
{
    PG_RETURN_TIMESTAMP(datetime_date_to_timestamp(PG_GETARG_DATEADT(0)));
}

SQL_FUNCTION(date_timestamptz)
{
    PG_RETURN_TIMESTAMPTZ(datetime_date_to_timestamptz(PG_GETARG_DATEADT(0)));
}

static DateADT
date_of_timestamp(Timestamp value, bool zoned)
{
    struct pg_tm tm;
    fsec_t fsec;
    int zone;

    if (TIMESTAMP_IS_NOBEGIN(value))
        return DATEVAL_NOBEGIN;
    if (TIMESTAMP_IS_NOEND(value))
        return DATEVAL_NOEND;
    if (!timestamp2tm(value, zoned ? &zone : NULL, &tm, &fsec, NULL, NULL))
        ereport(ERROR, (errcode(ERRCODE_DATETIME_FIELD_OVERFLOW), errmsg("timestamp out of range")));
    return date2j(tm.tm_year, tm.tm_mon, tm.tm_mday) - POSTGRES_EPOCH_JDATE;
}

SQL_FUNCTION(timestamp_date)
{
    PG_RETURN_DATEADT(date_of_timestamp(PG_GETARG_TIMESTAMP(0), false));
}

SQL_FUNCTION(timestamptz_date)
{
    PG_RETURN_DATEADT(date_of_timestamp(PG_GETARG_TIMESTAMPTZ(0), true));
}

/* ---- against timestamps: a date beyond their reach is after (before) them all ---- */

static int
date_compare_timestamp(DateADT date, Timestamp value, bool zoned)
{
    int error;
    Timestamp t = zoned ? date_to_timestamptz_side(date, &error) : date_to_timestamp_side(date, &error);

    if (error > 0)
        return TIMESTAMP_IS_NOEND(value) ? -1 : 1;
    if (error < 0)
        return TIMESTAMP_IS_NOBEGIN(value) ? 1 : -1;
    return timestamp_cmp_internal(t, value);
}

#define DATE_CROSS(suffix, operator)                                                               \
    SQL_FUNCTION(date_##suffix##_timestamp)                                                        \
    {                                                                                              \
        PG_RETURN_BOOL(date_compare_timestamp(PG_GETARG_DATEADT(0), PG_GETARG_TIMESTAMP(1),        \
                                              false) operator 0);                                  \
    }                                                                                              \
    SQL_FUNCTION(date_##suffix##_timestamptz)                                                      \
    {                                                                                              \
        PG_RETURN_BOOL(date_compare_timestamp(PG_GETARG_DATEADT(0), PG_GETARG_TIMESTAMPTZ(1),      \
                                              true) operator 0);                                   \
    }                                                                                              \
    SQL_FUNCTION(timestamp_##suffix##_date)                                                        \
    {                                                                                              \
        PG_RETURN_BOOL(0 operator date_compare_timestamp(PG_GETARG_DATEADT(1),                     \
                                                         PG_GETARG_TIMESTAMP(0), false));          \
    }                                                                                              \
    SQL_FUNCTION(timestamptz_##suffix##_date)                                                      \
    {                                                                                              \
        PG_RETURN_BOOL(0 operator date_compare_timestamp(PG_GETARG_DATEADT(1),                     \
                                                         PG_GETARG_TIMESTAMPTZ(0), true));         \
    }

DATE_CROSS(eq, ==)
DATE_CROSS(ne, !=)
DATE_CROSS(lt, <)
DATE_CROSS(le, <=)
DATE_CROSS(gt, >)
DATE_CROSS(ge, >=)

SQL_FUNCTION(date_cmp_timestamp)
{
    PG_RETURN_INT32(date_compare_timestamp(PG_GETARG_DATEADT(0), PG_GETARG_TIMESTAMP(1), false));
}

SQL_FUNCTION(date_cmp_timestamptz)
{
    PG_RETURN_INT32(date_compare_timestamp(PG_GETARG_DATEADT(0), PG_GETARG_TIMESTAMPTZ(1), true));
}

SQL_FUNCTION(timestamp_cmp_date)
{
    PG_RETURN_INT32(-date_compare_timestamp(PG_GETARG_DATEADT(1), PG_GETARG_TIMESTAMP(0), false));
}

SQL_FUNCTION(timestamptz_cmp_date)
{
    PG_RETURN_INT32(-date_compare_timestamp(PG_GETARG_DATEADT(1), PG_GETARG_TIMESTAMPTZ(0), true));
}

/* ---- arithmetic ---- */

SQL_FUNCTION(date_mi)
{
    DateADT a = PG_GETARG_DATEADT(0);
    DateADT b = PG_GETARG_DATEADT(1);

    if (DATE_NOT_FINITE(a) || DATE_NOT_FINITE(b))
        ereport(ERROR, (errcode(ERRCODE_DATETIME_FIELD_OVERFLOW),
                        errmsg("cannot subtract infinite dates")));
    PG_RETURN_INT32(a - b);
}

static Datum
date_move(DateADT date, int64 days)
{
    int64 result = date + days;

    if (DATE_NOT_FINITE(date))
        PG_RETURN_DATEADT(date);
    if (!IS_VALID_DATE(result))
        date_throw_range();
    PG_RETURN_DATEADT((DateADT) result);
}

SQL_FUNCTION(date_pli)
{
    return date_move(PG_GETARG_DATEADT(0), PG_GETARG_INT32(1));
}

SQL_FUNCTION(date_mii)
{
    return date_move(PG_GETARG_DATEADT(0), -(int64) PG_GETARG_INT32(1));
}

SQL_FUNCTION(date_pl_interval)
{
    PG_RETURN_TIMESTAMP(datetime_add_interval(datetime_date_to_timestamp(PG_GETARG_DATEADT(0)),
                                              PG_GETARG_INTERVAL(1)));
}

SQL_FUNCTION(date_mi_interval)
{
    Interval span = PG_GETARG_INTERVAL(1);

    span = (Interval){-span.time, -span.day, -span.month};
    PG_RETURN_TIMESTAMP(
        datetime_add_interval(datetime_date_to_timestamp(PG_GETARG_DATEADT(0)), span));
}

SQL_FUNCTION(datetime_timestamp)
{
    Timestamp result = datetime_date_to_timestamp(PG_GETARG_DATEADT(0));

    if (!TIMESTAMP_NOT_FINITE(result))
    {
        result += PG_GETARG_TIMEADT(1);
        if (!IS_VALID_TIMESTAMP(result))
            ereport(ERROR, (errcode(ERRCODE_DATETIME_FIELD_OVERFLOW),
                            errmsg("timestamp out of range")));
    }
    PG_RETURN_TIMESTAMP(result);
}

SQL_FUNCTION(datetimetz_timestamptz)
{
    DateADT date = PG_GETARG_DATEADT(0);
    TimeTzADT time = PG_GETARG_TIMETZ(1);
    TimestampTz result = datetime_date_to_timestamp(date);

    if (!TIMESTAMP_NOT_FINITE(result))
    {
        result += time.time + time.zone * USECS_PER_SEC;
        if (!IS_VALID_TIMESTAMP(result))
            ereport(ERROR, (errcode(ERRCODE_DATETIME_FIELD_OVERFLOW),
                            errmsg("date out of range for timestamp")));
    }
    PG_RETURN_TIMESTAMPTZ(result);
}
