/*
 * datetime.h - dates and times: values, calendar, zones, text
 *
 * date       int32 days since 2000-01-01; the extremes are -infinity and infinity
 * time       int64 microseconds since midnight, 24:00:00 included
 * timetz     12 bytes: int64 microseconds of local time, int32 seconds west of Greenwich
 * timestamp  int64 microseconds since 2000-01-01 00:00; the extremes are the infinities
 * interval   16 bytes: int64 microseconds, int32 days, int32 months
 */
#ifndef TYPES_DATETIME_H
#define TYPES_DATETIME_H

#include "base/base.h"
#include "base/clock.h"
#include "base/fmgr.h"

#define DATEVAL_NOBEGIN ((DateADT) PG_INT32_MIN)
#define DATEVAL_NOEND ((DateADT) PG_INT32_MAX)
#define DATE_IS_NOBEGIN(j) ((j) == DATEVAL_NOBEGIN)
#define DATE_IS_NOEND(j) ((j) == DATEVAL_NOEND)
#define DATE_NOT_FINITE(j) (DATE_IS_NOBEGIN(j) || DATE_IS_NOEND(j))
#define DT_NOBEGIN PG_INT64_MIN
#define DT_NOEND PG_INT64_MAX
#define TIMESTAMP_IS_NOBEGIN(j) ((j) == DT_NOBEGIN)
#define TIMESTAMP_IS_NOEND(j) ((j) == DT_NOEND)
#define TIMESTAMP_NOT_FINITE(j) (TIMESTAMP_IS_NOBEGIN(j) || TIMESTAMP_IS_NOEND(j))
#define MIN_TIMESTAMP INT64CONST(-211813488000000000)
#define END_TIMESTAMP INT64CONST(9223371331200000000)
#define IS_VALID_TIMESTAMP(t) (MIN_TIMESTAMP <= (t) && (t) < END_TIMESTAMP)
#define DATETIME_MIN_JULIAN 0
#define DATE_END_JULIAN (2147483494)
#define TIMESTAMP_END_JULIAN (109203528)
#define JULIAN_MINYEAR (-4713)
#define JULIAN_MINMONTH 11
#define JULIAN_MAXYEAR 5874898
#define JULIAN_MAXMONTH 6
#define IS_VALID_JULIAN(y, m, d)                                                                   \
    (((y) > JULIAN_MINYEAR || ((y) == JULIAN_MINYEAR && ((m) >= JULIAN_MINMONTH))) &&              \
     ((y) < JULIAN_MAXYEAR || ((y) == JULIAN_MAXYEAR && ((m) < JULIAN_MAXMONTH))))
#define IS_VALID_DATE(d) ((d) >= -POSTGRES_EPOCH_JDATE && (d) < DATE_END_JULIAN - POSTGRES_EPOCH_JDATE)
#define MAX_TIMESTAMP_PRECISION 6
#define MAX_INTERVAL_PRECISION 6
#define MONTHS_PER_YEAR 12
#define DAYS_PER_MONTH 30
#define HOURS_PER_DAY 24
#define MINS_PER_HOUR 60
#define SECS_PER_YEAR (36525 * 864)
#define MAX_TZDISP_HOUR 15
#define TZDISP_LIMIT ((MAX_TZDISP_HOUR + 1) * SECS_PER_HOUR)

#define USE_POSTGRES_DATES 0
#define USE_ISO_DATES 1
#define USE_SQL_DATES 2
#define USE_GERMAN_DATES 3
#define USE_XSD_DATES 4
#define DATEORDER_YMD 0
#define DATEORDER_DMY 1
#define DATEORDER_MDY 2
#define INTSTYLE_POSTGRES 0
#define INTSTYLE_POSTGRES_VERBOSE 1
#define INTSTYLE_SQL_STANDARD 2
#define INTSTYLE_ISO_8601 3

/* Settings. datestyle_check() and timezone_set() parse what SET gives. */
extern int DateStyle;
extern int DateOrder;

typedef struct Interval
{
    int64 time;
    int32 day;
    int32 month;
} Interval;

typedef struct TimeTzADT
{
    TimeADT time;
    int32 zone;
} TimeTzADT;

/* Broken-down time; the year is astronomical (0 is 1 BC), the month 1..12. */
struct pg_tm
{
    int tm_sec;
    int tm_min;
    int tm_hour;
    int tm_mday;
    int tm_mon;
    int tm_year;
    int tm_wday;
    int tm_yday;
    int tm_isdst;
    long tm_gmtoff; /* seconds east of Greenwich */
    const char *tm_zone;
};

/* What an interval is built from; each may be large and of either sign. */
struct pg_itm
{
    int tm_usec;
    int tm_sec;
    int tm_min;
    int64 tm_hour;
    int tm_mday;
    int tm_mon;
    int tm_year;
};

typedef struct pg_tz pg_tz;
extern pg_tz *session_timezone;

/* Values that may lie unaligned in a tuple are copied out. */
static inline Interval
datetime_get_interval(Datum d)
{
    Interval value;

    memcpy(&value, DatumGetPointer(d), sizeof(value));
    return value;
}

static inline TimeTzADT
datetime_get_timetz(Datum d)
{
    TimeTzADT value;

    memcpy(&value, DatumGetPointer(d), 12);
    return value;
}

#define PG_GETARG_INTERVAL(n) datetime_get_interval(PG_GETARG_DATUM(n))
#define PG_GETARG_TIMETZ(n) datetime_get_timetz(PG_GETARG_DATUM(n))
extern Datum datetime_return_interval(Interval value);
extern Datum datetime_return_timetz(TimeTzADT value);
#define PG_RETURN_INTERVAL(v) return datetime_return_interval(v)
#define PG_RETURN_TIMETZ(v) return datetime_return_timetz(v)

/* calendar */
extern int date2j(int year, int month, int day);
extern void j2date(int jd, int *year, int *month, int *day);
extern int j2day(int jd); /* 0 is Sunday */
extern int date2isoweek(int year, int month, int day);
extern int date2isoyear(int year, int month, int day);
extern int date2isoyearday(int year, int month, int day);
extern int isoweek2j(int year, int week);
extern const int day_tab[2][13];
extern const char *const datetime_months[13];      /* Jan .. Dec, NULL */
extern const char *const datetime_days[8];         /* Sunday .. Saturday, NULL */
#define isleap(y) (((y) % 4) == 0 && (((y) % 100) != 0 || ((y) % 400) == 0))

/* values and parts; each returns false (-1) where the value does not exist */
extern bool tm2timestamp(struct pg_tm *tm, fsec_t fsec, const int *tzp, Timestamp *ret);
/* tz NULL: no conversion when ret_tz is NULL, else the session's zone */
extern bool timestamp2tm(Timestamp value, int *ret_tz, struct pg_tm *tm, fsec_t *fsec,
                         const char **ret_zone, pg_tz *zone);
extern void time2tm(TimeADT time, struct pg_tm *tm, fsec_t *fsec);
extern void interval2itm(Interval span, struct pg_itm *itm);
extern bool itm2interval(struct pg_itm *itm, Interval *ret);
extern Timestamp date2timestamp_opt(DateADT date, bool *ret_error);
extern Timestamp datetime_date_to_timestamp(DateADT date);
extern TimestampTz datetime_date_to_timestamptz(DateADT date);
extern TimestampTz timestamp2timestamptz(Timestamp value);
extern Timestamp timestamptz2timestamp(TimestampTz value);
extern int timestamp_cmp_internal(Timestamp a, Timestamp b);
extern int interval_compare(Interval a, Interval b);
extern Interval datetime_parse_interval(const char *text, int32 typmod);
extern Timestamp datetime_add_interval(Timestamp value, Interval span);
extern TimestampTz datetime_add_interval_tz(TimestampTz value, Interval span, pg_tz *zone);
extern void datetime_adjust_timestamp(Timestamp *value, int32 typmod);
extern void datetime_adjust_time(TimeADT *value, int32 typmod);
extern void datetime_adjust_interval(Interval *value, int32 typmod);
extern char *datetime_timestamp_text(Timestamp value);
extern char *datetime_timestamptz_text(TimestampTz value);
extern const char *timestamptz_to_str(TimestampTz value);

/* zones */
extern pg_tz *pg_tzset(const char *name); /* NULL if there is none */
extern pg_tz *timezone_fixed(long seconds_west);
extern const char *pg_get_timezone_name(pg_tz *zone);
/* Offset in force at a moment. */
extern void timezone_at(pg_tz *zone, pg_time_t moment, long *ret_gmtoff, bool *ret_dst,
                        const char **ret_abbreviation);
/* Seconds west for a local time; sets tm_isdst. */
extern int DetermineTimeZoneOffset(struct pg_tm *tm, pg_tz *zone);
extern int timezone_abbreviation_offset(pg_tz *zone, const char *abbreviation, struct pg_tm *tm,
                                        bool *ret_found);
/* Fixed abbreviations (EST, PDT, ...): false if there is none of that name. */
extern bool timezone_find_abbreviation(const char *name, int *ret_seconds_east, bool *ret_dst,
                                       const char **ret_zone);
extern bool timezone_is_fixed(pg_tz *zone);
/* A zone by name, abbreviation or POSIX rule; throws 22023 when there is none. */
extern pg_tz *timezone_by_text(const char *name, int64 moment, bool local);

/* settings */
extern bool datestyle_parse(const char *value, int *ret_style, int *ret_order);
extern const char *datestyle_show(void);
/* What SET TIME ZONE takes: NULL (false) where the text names no zone. */
extern pg_tz *timezone_parse(const char *value);
extern bool timezone_set(const char *value);
extern const char *timezone_show(void);

#endif
