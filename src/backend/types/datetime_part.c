/*
 * datetime_part.c - extract, date_part, date_trunc, date_bin, age, overlaps
 *
 * Why        extract gives numeric and date_part float8 of the same parts; one function finds a part
 *            as an integer with a decimal scale, two wrap it.
 * Errors     22023 for a unit nobody knows, 0A000 for one the type lacks
 */
#include "datetime_int.h"
#include "interval_int.h"
#include "types/numeric.h"
#include "xact/xact.h"

/* value * 10^-scale, plus the fraction numerator / denominator where denominator is not 0. */
typedef struct DatetimePart
{
    __int128 value;
    int scale;
    int64 numerator;
    int64 denominator;
    int infinity; /* -1, 1; 2: NULL */
} DatetimePart;

static const struct
{
    const char *word;
    IntervalUnit unit;
} part_words[] = {
    {"dow", UNIT_DOW},           {"doy", UNIT_DOY},         {"isodow", UNIT_ISODOW},
    {"isoyear", UNIT_ISOYEAR},   {"j", UNIT_JULIAN},        {"jd", UNIT_JULIAN},
    {"julian", UNIT_JULIAN},     {"epoch", UNIT_EPOCH},     {"timezone", UNIT_ZONE},
    {"timezone_h", UNIT_ZONE_HOUR}, {"timezone_m", UNIT_ZONE_MINUTE},
};

IntervalUnit
datetime_find_unit(const char *word)
{
    IntervalUnit unit = interval_find_unit(word);

    for (int i = 0; i < lengthof(part_words) && unit == UNIT_NONE; i++)
        if (strncmp(word, part_words[i].word, 10) == 0)
            unit = part_words[i].unit;
    return unit;
}

static char *
part_unit_text(text *units)
{
    char *result = text_to_cstring(units);

    for (char *p = result; *p != '\0'; p++)
        *p = (char) pg_ascii_tolower((unsigned char) *p);
    return result;
}

pg_noreturn static void
part_throw(const char *unit, bool known, const char *type)
{
    if (known)
        ereport(ERROR, (errcode(ERRCODE_FEATURE_NOT_SUPPORTED),
                        errmsg("unit \"%s\" not supported for type %s", unit, type)));
    ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE),
                    errmsg("unit \"%s\" not recognized for type %s", unit, type)));
    pg_unreachable();
}

static Datum
part_return(FunctionCallInfo fcinfo, const DatetimePart *part, bool as_numeric)
{
    Numeric result;
    bool error = false;

    if (part->infinity == 2)
        PG_RETURN_NULL();
    if (part->infinity != 0)
    {
        if (as_numeric)
            PG_RETURN_NUMERIC(numeric_from_text(part->infinity < 0 ? "-Infinity" : "Infinity", -1));
        PG_RETURN_FLOAT8(part->infinity < 0 ? -INFINITY : INFINITY);
    }
    if (!as_numeric)
    {
        double value = (double) part->value;

        if (part->scale > 0)
            value /= part->scale == 6 ? 1000000.0 : 1000.0;
        if (part->denominator != 0)
            value += (double) part->numerator / (double) part->denominator;
        PG_RETURN_FLOAT8(value);
    }
    result = numeric_from_int128(part->value, part->scale);
    if (part->denominator != 0)
        result = numeric_add_opt_error(result,
                                       numeric_div_opt_error(int64_to_numeric(part->numerator),
                                                             int64_to_numeric(part->denominator),
                                                             &error),
                                       &error);
    PG_RETURN_NUMERIC(result);
}

static int64
part_floor_divide(int64 value, int64 divisor)
{
    return value >= 0 ? value / divisor : -((-value + divisor - 1) / divisor);
}

/* Parts of a calendar date; false for a unit that is none of a date. */
static bool
part_of_date(IntervalUnit unit, int year, int month, int day, DatetimePart *ret)
{
    int shown = year > 0 ? year : year - 1;

    switch (unit)
    {
        case UNIT_DAY:
            ret->value = day;
            return true;
        case UNIT_MONTH:
            ret->value = month;
            return true;
        case UNIT_QUARTER:
            ret->value = (month - 1) / 3 + 1;
            return true;
        case UNIT_WEEK:
            ret->value = date2isoweek(year, month, day);
            return true;
        case UNIT_YEAR:
            ret->value = shown;
            return true;
        case UNIT_ISOYEAR:
            ret->value = date2isoyear(year, month, day);
            if (ret->value <= 0)
                ret->value--;
            return true;
        case UNIT_DECADE:
            ret->value = part_floor_divide(year, 10);
            return true;
        case UNIT_CENTURY:
            ret->value = year > 0 ? (year + 99) / 100 : -((99 - (year - 1)) / 100);
            return true;
        case UNIT_MILLENNIUM:
            ret->value = year > 0 ? (year + 999) / 1000 : -((999 - (year - 1)) / 1000);
            return true;
        case UNIT_DOW:
        case UNIT_ISODOW:
            ret->value = j2day(date2j(year, month, day));
            if (unit == UNIT_ISODOW && ret->value == 0)
                ret->value = 7;
            return true;
        case UNIT_DOY:
            ret->value = date2j(year, month, day) - date2j(year, 1, 1) + 1;
            return true;
        case UNIT_JULIAN:
            ret->value = date2j(year, month, day);
            return true;
        default:
            return false;
    }
}

/* Parts of a time of day in microseconds. */
static bool
part_of_time(IntervalUnit unit, int hour, int minute, int second, fsec_t fsec, DatetimePart *ret)
{
    switch (unit)
    {
        case UNIT_MICROSECOND:
            ret->value = second * INT64CONST(1000000) + fsec;
            return true;
        case UNIT_MILLISECOND:
            ret->value = second * INT64CONST(1000000) + fsec;
            ret->scale = 3;
            return true;
        case UNIT_SECOND:
            ret->value = second * INT64CONST(1000000) + fsec;
            ret->scale = 6;
            return true;
        case UNIT_MINUTE:
            ret->value = minute;
            return true;
        case UNIT_HOUR:
            ret->value = hour;
            return true;
        default:
            return false;
    }
}

static bool
part_of_zone(IntervalUnit unit, int west, DatetimePart *ret)
{
    switch (unit)
    {
        case UNIT_ZONE:
            ret->value = -west;
            return true;
        case UNIT_ZONE_HOUR:
            ret->value = -west / SECS_PER_HOUR;
            return true;
        case UNIT_ZONE_MINUTE:
            ret->value = -west / SECS_PER_MINUTE % MINS_PER_HOUR;
            return true;
        default:
            return false;
    }
}

/* What an infinite date or timestamp answers: units that grow are infinite, those in cycles NULL. */
static bool
part_of_infinity(IntervalUnit unit, bool negative, DatetimePart *ret)
{
    switch (unit)
    {
        case UNIT_YEAR:
        case UNIT_DECADE:
        case UNIT_CENTURY:
        case UNIT_MILLENNIUM:
        case UNIT_JULIAN:
        case UNIT_ISOYEAR:
        case UNIT_EPOCH:
            ret->infinity = negative ? -1 : 1;
            return true;
        case UNIT_NONE:
            return false;
        default:
            ret->infinity = 2;
            return true;
    }
}

static Datum
part_timestamp(FunctionCallInfo fcinfo, bool zoned, bool as_numeric)
{
    const char *type = zoned ? "timestamp with time zone" : "timestamp without time zone";
    char *word = part_unit_text(PG_GETARG_TEXT_PP(0));
    Timestamp value = PG_GETARG_TIMESTAMP(1);
    IntervalUnit unit = datetime_find_unit(word);
    DatetimePart part = {0};
    struct pg_tm tm;
    fsec_t fsec;
    int west = 0;

    if (TIMESTAMP_NOT_FINITE(value))
    {
        if (!part_of_infinity(unit, TIMESTAMP_IS_NOBEGIN(value), &part))
            part_throw(word, unit != UNIT_NONE, type);
        return part_return(fcinfo, &part, as_numeric);
    }
    if (!timestamp2tm(value, zoned ? &west : NULL, &tm, &fsec, NULL, NULL))
        ereport(ERROR, (errcode(ERRCODE_DATETIME_FIELD_OVERFLOW), errmsg("timestamp out of range")));
    if (unit == UNIT_EPOCH)
    {
        part.value = (__int128) value +
                     (int64) (POSTGRES_EPOCH_JDATE - UNIX_EPOCH_JDATE) * USECS_PER_DAY;
        part.scale = 6;
    }
    else if (unit == UNIT_JULIAN)
    {
        part.value = date2j(tm.tm_year, tm.tm_mon, tm.tm_mday);
        part.numerator = ((tm.tm_hour * 60 + tm.tm_min) * 60 + tm.tm_sec) * USECS_PER_SEC + fsec;
        part.denominator = USECS_PER_DAY;
    }
    else if (!part_of_time(unit, tm.tm_hour, tm.tm_min, tm.tm_sec, fsec, &part) &&
             !part_of_date(unit, tm.tm_year, tm.tm_mon, tm.tm_mday, &part) &&
             !(zoned && part_of_zone(unit, west, &part)))
        part_throw(word, unit != UNIT_NONE, type);
    return part_return(fcinfo, &part, as_numeric);
}

SQL_FUNCTION(timestamp_part)
{
    return part_timestamp(fcinfo, false, false);
}

SQL_FUNCTION(extract_timestamp)
{
    return part_timestamp(fcinfo, false, true);
}

SQL_FUNCTION(timestamptz_part)
{
    return part_timestamp(fcinfo, true, false);
}

SQL_FUNCTION(extract_timestamptz)
{
    return part_timestamp(fcinfo, true, true);
}

SQL_FUNCTION(extract_date)
{
    char *word = part_unit_text(PG_GETARG_TEXT_PP(0));
    DateADT date = PG_GETARG_DATEADT(1);
    IntervalUnit unit = datetime_find_unit(word);
    DatetimePart part = {0};
    int year;
    int month;
    int day;

    switch (unit)
    {
        case UNIT_MICROSECOND:
        case UNIT_MILLISECOND:
        case UNIT_SECOND:
        case UNIT_MINUTE:
        case UNIT_HOUR:
        case UNIT_ZONE:
        case UNIT_ZONE_HOUR:
        case UNIT_ZONE_MINUTE:
        case UNIT_NONE:
            part_throw(word, unit != UNIT_NONE, "date");
        default:
            break;
    }
    if (DATE_NOT_FINITE(date))
    {
        part_of_infinity(unit, DATE_IS_NOBEGIN(date), &part);
        return part_return(fcinfo, &part, true);
    }
    j2date(date + POSTGRES_EPOCH_JDATE, &year, &month, &day);
    if (unit == UNIT_EPOCH)
        part.value = ((int64) date + POSTGRES_EPOCH_JDATE - UNIX_EPOCH_JDATE) * SECS_PER_DAY;
    else
        part_of_date(unit, year, month, day, &part);
    return part_return(fcinfo, &part, true);
}

static Datum
part_time(FunctionCallInfo fcinfo, bool zoned, bool as_numeric)
{
    const char *type = zoned ? "time with time zone" : "time without time zone";
    char *word = part_unit_text(PG_GETARG_TEXT_PP(0));
    TimeTzADT value = {0, 0};
    IntervalUnit unit = datetime_find_unit(word);
    DatetimePart part = {0};
    struct pg_tm tm;
    fsec_t fsec;

    if (zoned)
        value = PG_GETARG_TIMETZ(1);
    else
        value.time = PG_GETARG_TIMEADT(1);
    time2tm(value.time, &tm, &fsec);
    if (unit == UNIT_EPOCH)
    {
        if (!as_numeric)
            PG_RETURN_FLOAT8((double) value.time / 1000000.0 + value.zone);
        part.value = value.time + value.zone * USECS_PER_SEC;
        part.scale = 6;
    }
    else if (!part_of_time(unit, tm.tm_hour, tm.tm_min, tm.tm_sec, fsec, &part) &&
             !(zoned && part_of_zone(unit, value.zone, &part)))
        part_throw(word, unit != UNIT_NONE, type);
    return part_return(fcinfo, &part, as_numeric);
}

SQL_FUNCTION(time_part)
{
    return part_time(fcinfo, false, false);
}

SQL_FUNCTION(extract_time)
{
    return part_time(fcinfo, false, true);
}

SQL_FUNCTION(timetz_part)
{
    return part_time(fcinfo, true, false);
}

SQL_FUNCTION(extract_timetz)
{
    return part_time(fcinfo, true, true);
}

static bool
part_of_interval(IntervalUnit unit, Interval span, const struct pg_itm *itm, DatetimePart *ret)
{
    switch (unit)
    {
        case UNIT_HOUR:
            ret->value = itm->tm_hour;
            return true;
        case UNIT_DAY:
            ret->value = itm->tm_mday;
            return true;
        case UNIT_MONTH:
            ret->value = itm->tm_mon;
            return true;
        case UNIT_QUARTER:
            ret->value = itm->tm_mon / 3 + 1;
            return true;
        case UNIT_YEAR:
            ret->value = itm->tm_year;
            return true;
        case UNIT_DECADE:
            ret->value = itm->tm_year / 10;
            return true;
        case UNIT_CENTURY:
            ret->value = itm->tm_year / 100;
            return true;
        case UNIT_MILLENNIUM:
            ret->value = itm->tm_year / 1000;
            return true;
        case UNIT_EPOCH:
            /* A year counts 365.25 days, a month 30. */
            ret->value = ((int64) (span.month / 12) * SECS_PER_YEAR +
                          ((int64) (span.month % 12) * DAYS_PER_MONTH + span.day) * SECS_PER_DAY) *
                             USECS_PER_SEC +
                         span.time;
            ret->scale = 6;
            return true;
        default:
            return part_of_time(unit, 0, itm->tm_min, itm->tm_sec, itm->tm_usec, ret);
    }
}

static Datum
part_interval(FunctionCallInfo fcinfo, bool as_numeric)
{
    char *word = part_unit_text(PG_GETARG_TEXT_PP(0));
    Interval span = PG_GETARG_INTERVAL(1);
    IntervalUnit unit = datetime_find_unit(word);
    DatetimePart part = {0};
    struct pg_itm itm;

    interval2itm(span, &itm);
    if (!part_of_interval(unit, span, &itm, &part))
        part_throw(word, unit != UNIT_NONE, "interval");
    return part_return(fcinfo, &part, as_numeric);
}

SQL_FUNCTION(interval_part)
{
    return part_interval(fcinfo, false);
}

SQL_FUNCTION(extract_interval)
{
    return part_interval(fcinfo, true);
}

/* ---- date_trunc ---- */

/* Sets what is below the unit to its start; *ret_redo where the zone must be found anew. */
static bool
trunc_tm(IntervalUnit unit, struct pg_tm *tm, fsec_t *fsec, bool *ret_redo)
{
    *ret_redo = unit >= UNIT_DAY;
    switch (unit)
    {
        case UNIT_WEEK:
        {
            int week = date2isoweek(tm->tm_year, tm->tm_mon, tm->tm_mday);
            int year = date2isoyear(tm->tm_year, tm->tm_mon, tm->tm_mday);

            j2date(isoweek2j(year, week), &tm->tm_year, &tm->tm_mon, &tm->tm_mday);
            break;
        }
        case UNIT_MILLENNIUM:
            tm->tm_year = tm->tm_year > 0 ? (tm->tm_year + 999) / 1000 * 1000 - 999
                                          : -((999 - (tm->tm_year - 1)) / 1000) * 1000 + 1;
            break;
        case UNIT_CENTURY:
            tm->tm_year = tm->tm_year > 0 ? (tm->tm_year + 99) / 100 * 100 - 99
                                          : -((99 - (tm->tm_year - 1)) / 100) * 100 + 1;
            break;
        case UNIT_DECADE:
            tm->tm_year = tm->tm_year > 0 ? tm->tm_year / 10 * 10 : -((8 - (tm->tm_year - 1)) / 10) * 10;
            break;
        default:
            break;
    }
    switch (unit)
    {
        case UNIT_MILLENNIUM:
        case UNIT_CENTURY:
        case UNIT_DECADE:
        case UNIT_YEAR:
            tm->tm_mon = 1;
            /* FALLTHROUGH */
        case UNIT_QUARTER:
            tm->tm_mon = 3 * ((tm->tm_mon - 1) / 3) + 1;
            /* FALLTHROUGH */
        case UNIT_MONTH:
            tm->tm_mday = 1;
            /* FALLTHROUGH */
        case UNIT_WEEK:
        case UNIT_DAY:
            tm->tm_hour = 0;
            /* FALLTHROUGH */
        case UNIT_HOUR:
            tm->tm_min = 0;
            /* FALLTHROUGH */
        case UNIT_MINUTE:
            tm->tm_sec = 0;
            /* FALLTHROUGH */
        case UNIT_SECOND:
            *fsec = 0;
            return true;
        case UNIT_MILLISECOND:
            *fsec = *fsec / 1000 * 1000;
            return true;
        case UNIT_MICROSECOND:
            return true;
        default:
            return false;
    }
}

static Timestamp
trunc_timestamp(text *units, Timestamp value, bool zoned, pg_tz *zone)
{
    const char *type = zoned ? "timestamp with time zone" : "timestamp without time zone";
    char *word = part_unit_text(units);
    IntervalUnit unit = datetime_find_unit(word);
    struct pg_tm tm = {0};
    fsec_t fsec = 0;
    int west = 0;
    bool redo;
    Timestamp result;

    if (TIMESTAMP_NOT_FINITE(value))
        return value;
    if (!timestamp2tm(value, zoned ? &west : NULL, &tm, &fsec, NULL, zone))
        ereport(ERROR, (errcode(ERRCODE_DATETIME_FIELD_OVERFLOW), errmsg("timestamp out of range")));
    if (!trunc_tm(unit, &tm, &fsec, &redo))
        part_throw(word, unit != UNIT_NONE, type);
    if (zoned && redo)
        west = DetermineTimeZoneOffset(&tm, zone ? zone : session_timezone);
    if (!tm2timestamp(&tm, fsec, zoned ? &west : NULL, &result))
        ereport(ERROR, (errcode(ERRCODE_DATETIME_FIELD_OVERFLOW), errmsg("timestamp out of range")));
    return result;
}

SQL_FUNCTION(timestamp_trunc)
{
    PG_RETURN_TIMESTAMP(trunc_timestamp(PG_GETARG_TEXT_PP(0), PG_GETARG_TIMESTAMP(1), false, NULL));
}

SQL_FUNCTION(timestamptz_trunc)
{
    PG_RETURN_TIMESTAMPTZ(
        trunc_timestamp(PG_GETARG_TEXT_PP(0), PG_GETARG_TIMESTAMPTZ(1), true, session_timezone));
}

SQL_FUNCTION(timestamptz_trunc_zone)
{
    TimestampTz value = PG_GETARG_TIMESTAMPTZ(1);

    if (TIMESTAMP_NOT_FINITE(value))
        PG_RETURN_TIMESTAMPTZ(value);
    PG_RETURN_TIMESTAMPTZ(trunc_timestamp(
        PG_GETARG_TEXT_PP(0), value, true,
        timezone_by_text(text_to_cstring(PG_GETARG_TEXT_PP(2)), timestamptz_to_time_t(value), false)));
}

SQL_FUNCTION(interval_trunc)
{
    char *word = part_unit_text(PG_GETARG_TEXT_PP(0));
    Interval span = PG_GETARG_INTERVAL(1);
    IntervalUnit unit = datetime_find_unit(word);
    struct pg_itm itm;
    Interval result;

    interval2itm(span, &itm);
    switch (unit)
    {
        case UNIT_MILLENNIUM:
            itm.tm_year = itm.tm_year / 1000 * 1000;
            /* FALLTHROUGH */
        case UNIT_CENTURY:
            itm.tm_year = itm.tm_year / 100 * 100;
            /* FALLTHROUGH */
        case UNIT_DECADE:
            itm.tm_year = itm.tm_year / 10 * 10;
            /* FALLTHROUGH */
        case UNIT_YEAR:
            itm.tm_mon = 0;
            /* FALLTHROUGH */
        case UNIT_QUARTER:
            itm.tm_mon = 3 * (itm.tm_mon / 3);
            /* FALLTHROUGH */
        case UNIT_MONTH:
            itm.tm_mday = 0;
            /* FALLTHROUGH */
        case UNIT_DAY:
            itm.tm_hour = 0;
            /* FALLTHROUGH */
        case UNIT_HOUR:
            itm.tm_min = 0;
            /* FALLTHROUGH */
        case UNIT_MINUTE:
            itm.tm_sec = 0;
            /* FALLTHROUGH */
        case UNIT_SECOND:
            itm.tm_usec = 0;
            break;
        case UNIT_MILLISECOND:
            itm.tm_usec = itm.tm_usec / 1000 * 1000;
            break;
        case UNIT_MICROSECOND:
            break;
        case UNIT_WEEK:
            ereport(ERROR, (errcode(ERRCODE_FEATURE_NOT_SUPPORTED),
                            errmsg("unit \"%s\" not supported for type %s", word, "interval"),
                            errdetail("Months usually have fractional weeks.")));
            break;
        default:
            part_throw(word, unit != UNIT_NONE, "interval");
    }
    if (!itm2interval(&itm, &result))
        ereport(ERROR, (errcode(ERRCODE_DATETIME_FIELD_OVERFLOW), errmsg("interval out of range")));
    PG_RETURN_INTERVAL(result);
}

/* ---- date_bin ---- */

static Timestamp
bin_timestamp(Interval stride, Timestamp value, Timestamp origin)
{
    int64 width;
    int64 difference;
    int64 rest;

    if (TIMESTAMP_NOT_FINITE(value))
        return value;
    if (TIMESTAMP_NOT_FINITE(origin))
        ereport(ERROR, (errcode(ERRCODE_DATETIME_FIELD_OVERFLOW), errmsg("origin out of range")));
    if (stride.month != 0)
        ereport(ERROR, (errcode(ERRCODE_FEATURE_NOT_SUPPORTED),
                        errmsg("timestamps cannot be binned into intervals containing months or years")));
    if (__builtin_mul_overflow((int64) stride.day, USECS_PER_DAY, &width) ||
        __builtin_add_overflow(width, stride.time, &width))
        ereport(ERROR, (errcode(ERRCODE_DATETIME_FIELD_OVERFLOW), errmsg("interval out of range")));
    if (width <= 0)
        ereport(ERROR, (errcode(ERRCODE_DATETIME_FIELD_OVERFLOW),
                        errmsg("stride must be greater than zero")));
    if (__builtin_sub_overflow(value, origin, &difference))
        ereport(ERROR, (errcode(ERRCODE_DATETIME_FIELD_OVERFLOW), errmsg("interval out of range")));
    rest = difference % width;
    if (rest < 0)
        rest += width;
    return value - rest;
}

SQL_FUNCTION(timestamp_bin)
{
    PG_RETURN_TIMESTAMP(
        bin_timestamp(PG_GETARG_INTERVAL(0), PG_GETARG_TIMESTAMP(1), PG_GETARG_TIMESTAMP(2)));
}

SQL_FUNCTION(timestamptz_bin)
{
    return timestamp_bin(fcinfo);
}

/* ---- age: years, months and days between two moments, by the calendar ---- */

static Interval
age_between(Timestamp a, Timestamp b, bool zoned)
{
    struct pg_tm ta;
    struct pg_tm tb;
    fsec_t fa;
    fsec_t fb;
    int west_a = 0;
    int west_b = 0;
    struct pg_itm itm = {0};
    Interval result;
    bool negative = a < b;
    const struct pg_tm *earlier;

    if (!timestamp2tm(a, zoned ? &west_a : NULL, &ta, &fa, NULL, NULL) ||
        !timestamp2tm(b, zoned ? &west_b : NULL, &tb, &fb, NULL, NULL))
        ereport(ERROR, (errcode(ERRCODE_DATETIME_FIELD_OVERFLOW), errmsg("timestamp out of range")));
    earlier = negative ? &ta : &tb;
    itm.tm_usec = fa - fb;
    itm.tm_sec = ta.tm_sec - tb.tm_sec;
    itm.tm_min = ta.tm_min - tb.tm_min;
    itm.tm_hour = ta.tm_hour - tb.tm_hour;
    itm.tm_mday = ta.tm_mday - tb.tm_mday;
    itm.tm_mon = ta.tm_mon - tb.tm_mon;
    itm.tm_year = ta.tm_year - tb.tm_year;
    if (negative)
        itm = (struct pg_itm){-itm.tm_usec, -itm.tm_sec, -itm.tm_min, -itm.tm_hour,
                              -itm.tm_mday, -itm.tm_mon, -itm.tm_year};
    while (itm.tm_usec < 0)
    {
        itm.tm_usec += USECS_PER_SEC;
        itm.tm_sec--;
    }
    while (itm.tm_sec < 0)
    {
        itm.tm_sec += SECS_PER_MINUTE;
        itm.tm_min--;
    }
    while (itm.tm_min < 0)
    {
        itm.tm_min += MINS_PER_HOUR;
        itm.tm_hour--;
    }
    while (itm.tm_hour < 0)
    {
        itm.tm_hour += HOURS_PER_DAY;
        itm.tm_mday--;
    }
    while (itm.tm_mday < 0)
    {
        itm.tm_mday += day_tab[isleap(earlier->tm_year)][earlier->tm_mon - 1];
        itm.tm_mon--;
    }
    while (itm.tm_mon < 0)
    {
        itm.tm_mon += MONTHS_PER_YEAR;
        itm.tm_year--;
    }
    if (negative)
        itm = (struct pg_itm){-itm.tm_usec, -itm.tm_sec, -itm.tm_min, -itm.tm_hour,
                              -itm.tm_mday, -itm.tm_mon, -itm.tm_year};
    if (!itm2interval(&itm, &result))
        ereport(ERROR, (errcode(ERRCODE_DATETIME_FIELD_OVERFLOW), errmsg("interval out of range")));
    return result;
}

SQL_FUNCTION(timestamp_age)
{
    PG_RETURN_INTERVAL(age_between(PG_GETARG_TIMESTAMP(0), PG_GETARG_TIMESTAMP(1), false));
}

SQL_FUNCTION(timestamptz_age)
{
    PG_RETURN_INTERVAL(age_between(PG_GETARG_TIMESTAMPTZ(0), PG_GETARG_TIMESTAMPTZ(1), true));
}

/* ---- OVERLAPS: each period is two ends in any order, one of which may be NULL ---- */

typedef int (*OverlapOrder)(Datum a, Datum b);

static int
overlap_order_int64(Datum a, Datum b)
{
    int64 x = DatumGetInt64(a);
    int64 y = DatumGetInt64(b);

    return x < y ? -1 : x > y;
}

static int
overlap_order_timetz(Datum a, Datum b)
{
    return DatumGetInt32(DirectFunctionCall2(timetz_cmp, a, b));
}

/* Puts the known or earlier end first; false where both are NULL. */
static bool
overlap_sort(NullableDatum *start, NullableDatum *end, OverlapOrder order)
{
    if (start->isnull)
    {
        if (end->isnull)
            return false;
        *start = *end;
        end->isnull = true;
    }
    else if (!end->isnull && order(start->value, end->value) > 0)
    {
        NullableDatum swap = *start;

        *start = *end;
        *end = swap;
    }
    return true;
}

static Datum
overlap(FunctionCallInfo fcinfo, OverlapOrder order)
{
    NullableDatum s1 = fcinfo->args[0];
    NullableDatum e1 = fcinfo->args[1];
    NullableDatum s2 = fcinfo->args[2];
    NullableDatum e2 = fcinfo->args[3];
    NullableDatum *end;
    NullableDatum *other_start;
    int c;

    if (!overlap_sort(&s1, &e1, order) || !overlap_sort(&s2, &e2, order))
        PG_RETURN_NULL();
    c = order(s1.value, s2.value);
    if (c == 0)
    {
        if (e1.isnull || e2.isnull)
            PG_RETURN_NULL();
        PG_RETURN_BOOL(true);
    }
    /* The one that begins later must begin before the other ends. */
    end = c > 0 ? &e2 : &e1;
    other_start = c > 0 ? &s1 : &s2;
    if (end->isnull)
        PG_RETURN_NULL();
    if (order(other_start->value, end->value) < 0)
        PG_RETURN_BOOL(true);
    if ((c > 0 ? &e1 : &e2)->isnull)
        PG_RETURN_NULL();
    PG_RETURN_BOOL(false);
}

SQL_FUNCTION(overlaps_timestamp)
{
    return overlap(fcinfo, overlap_order_int64);
}

SQL_FUNCTION(overlaps_time)
{
    return overlap(fcinfo, overlap_order_int64);
}

SQL_FUNCTION(overlaps_timetz)
{
    return overlap(fcinfo, overlap_order_timetz);
}
