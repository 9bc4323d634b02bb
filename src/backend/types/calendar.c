/*
 * calendar.c - the calendar, and values taken apart and put together
 *
 * Why        days are counted by Julian day number; years are Gregorian for all time, year 0 is 1 BC.
 */
#include "types_int.h"
#include "types/datetime.h"
#include "config/settings.h"
#include "xact/xact.h"

const int day_tab[2][13] = {{31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31, 0},
                            {31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31, 0}};
const char *const datetime_months[13] = {"Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul",
                                         "Aug", "Sep", "Oct", "Nov", "Dec", NULL};
const char *const datetime_days[8] = {"Sunday",   "Monday", "Tuesday",  "Wednesday",
                                      "Thursday", "Friday", "Saturday", NULL};

int DateStyle = USE_ISO_DATES;
int DateOrder = DATEORDER_MDY;

/* ---- Julian days ---- */

int
date2j(int year, int month, int day)
{
    int julian;
    int century;

    if (month > 2)
    {
        month += 1;
        year += 4800;
    }
    else
    {
        month += 13;
        year += 4799;
    }
    century = year / 100;
    julian = year * 365 - 32167;
    julian += year / 4 - century + century / 4;
    julian += 7834 * month / 256 + day;
    return julian;
}

void
j2date(int jd, int *year, int *month, int *day)
{
    unsigned int julian = (unsigned int) jd + 32044;
    unsigned int quad = julian / 146097;
    unsigned int extra = (julian - quad * 146097) * 4 + 3;
    int y;

    julian += 60 + quad * 3 + extra / 146097;
    quad = julian / 1461;
    julian -= quad * 1461;
    y = (int) (julian * 4 / 1461);
    julian = (y != 0 ? (julian + 305) % 365 : (julian + 306) % 366) + 123;
    y += (int) (quad * 4);
    *year = y - 4800;
    quad = julian * 2141 / 65536;
    *day = (int) (julian - 7834 * quad / 256);
    *month = (int) ((quad + 10) % MONTHS_PER_YEAR + 1);
}

int
j2day(int jd)
{
    int day = (jd + 1) % 7;

    return day < 0 ? day + 7 : day;
}

/* ---- ISO weeks ---- */

/* First day (Monday) of the ISO year's first week. */
static int
calendar_iso_start(int year)
{
    int fourth = date2j(year, 1, 4);

    return fourth - j2day(fourth - 1);
}

int
isoweek2j(int year, int week)
{
    return (week - 1) * 7 + calendar_iso_start(year);
}

int
date2isoyear(int year, int month, int day)
{
    int jd = date2j(year, month, day);

    if (jd < calendar_iso_start(year))
        return year - 1;
    return jd >= calendar_iso_start(year + 1) ? year + 1 : year;
}

int
date2isoyearday(int year, int month, int day)
{
    return date2j(year, month, day) - calendar_iso_start(date2isoyear(year, month, day)) + 1;
}

int
date2isoweek(int year, int month, int day)
{
    return (date2isoyearday(year, month, day) - 1) / 7 + 1;
}

/* ---- timestamps ---- */

void
time2tm(TimeADT time, struct pg_tm *tm, fsec_t *fsec)
{
    tm->tm_hour = (int) (time / USECS_PER_HOUR);
    time -= tm->tm_hour * USECS_PER_HOUR;
    tm->tm_min = (int) (time / USECS_PER_MINUTE);
    time -= tm->tm_min * USECS_PER_MINUTE;
    tm->tm_sec = (int) (time / USECS_PER_SEC);
    *fsec = (fsec_t) (time - tm->tm_sec * USECS_PER_SEC);
}

static bool
calendar_split(Timestamp value, struct pg_tm *tm, fsec_t *fsec)
{
    int64 day = value / USECS_PER_DAY;
    int64 time = value - day * USECS_PER_DAY;

    if (time < 0)
    {
        time += USECS_PER_DAY;
        day--;
    }
    day += POSTGRES_EPOCH_JDATE;
    if (day < 0 || day > PG_INT32_MAX)
        return false;
    j2date((int) day, &tm->tm_year, &tm->tm_mon, &tm->tm_mday);
    time2tm(time, tm, fsec);
    return true;
}

/*
 * ret_tz NULL: the value's own clock. Else local time in zone (NULL: the session's), *ret_tz
 * seconds west.
 */
bool
timestamp2tm(Timestamp value, int *ret_tz, struct pg_tm *tm, fsec_t *fsec, const char **ret_zone,
             pg_tz *zone)
{
    int64 moment;
    long gmtoff;
    bool dst;
    const char *abbreviation;
    fsec_t ignored;

    tm->tm_isdst = -1;
    tm->tm_gmtoff = 0;
    tm->tm_zone = NULL;
    if (ret_zone != NULL)
        *ret_zone = NULL;
    if (!calendar_split(value, tm, fsec))
        return false;
    if (ret_tz == NULL)
        return true;
    if (zone == NULL)
        zone = session_timezone != NULL ? session_timezone : (session_timezone = pg_tzset("GMT"));
    moment = (value - *fsec) / USECS_PER_SEC +
             (int64) (POSTGRES_EPOCH_JDATE - UNIX_EPOCH_JDATE) * SECS_PER_DAY;
    timezone_at(zone, moment, &gmtoff, &dst, &abbreviation);
    if (!calendar_split(value + gmtoff * USECS_PER_SEC, tm, &ignored))
        return false;
    tm->tm_isdst = dst;
    tm->tm_gmtoff = gmtoff;
    tm->tm_zone = abbreviation;
    *ret_tz = (int) -gmtoff;
    if (ret_zone != NULL)
        *ret_zone = abbreviation;
    return true;
}

bool
tm2timestamp(struct pg_tm *tm, fsec_t fsec, const int *tzp, Timestamp *ret)
{
    int64 day;
    int64 time;
    int64 result;

    *ret = 0;
    if (!IS_VALID_JULIAN(tm->tm_year, tm->tm_mon, tm->tm_mday))
        return false;
    day = (int64) date2j(tm->tm_year, tm->tm_mon, tm->tm_mday) - POSTGRES_EPOCH_JDATE;
    time = (((int64) tm->tm_hour * 60 + tm->tm_min) * 60 + tm->tm_sec) * USECS_PER_SEC + fsec;
    if (__builtin_mul_overflow(day, USECS_PER_DAY, &result) ||
        __builtin_add_overflow(result, time, &result))
        return false;
    if (tzp != NULL && __builtin_add_overflow(result, (int64) *tzp * USECS_PER_SEC, &result))
        return false;
    *ret = result;
    return IS_VALID_TIMESTAMP(result);
}

/* ---- intervals ---- */

void
interval2itm(Interval span, struct pg_itm *itm)
{
    int64 time = span.time;

    itm->tm_year = span.month / MONTHS_PER_YEAR;
    itm->tm_mon = span.month % MONTHS_PER_YEAR;
    itm->tm_mday = span.day;
    itm->tm_hour = time / USECS_PER_HOUR;
    time -= itm->tm_hour * USECS_PER_HOUR;
    itm->tm_min = (int) (time / USECS_PER_MINUTE);
    time -= itm->tm_min * USECS_PER_MINUTE;
    itm->tm_sec = (int) (time / USECS_PER_SEC);
    itm->tm_usec = (int) (time - itm->tm_sec * USECS_PER_SEC);
}

bool
itm2interval(struct pg_itm *itm, Interval *ret)
{
    int64 months = (int64) itm->tm_year * MONTHS_PER_YEAR + itm->tm_mon;

    if (months > PG_INT32_MAX || months < PG_INT32_MIN)
        return false;
    ret->month = (int32) months;
    ret->day = itm->tm_mday;
    return !__builtin_mul_overflow(itm->tm_hour, USECS_PER_HOUR, &ret->time) &&
           !__builtin_add_overflow(ret->time, itm->tm_min * USECS_PER_MINUTE, &ret->time) &&
           !__builtin_add_overflow(ret->time, itm->tm_sec * USECS_PER_SEC, &ret->time) &&
           !__builtin_add_overflow(ret->time, (int64) itm->tm_usec, &ret->time);
}

Datum
datetime_return_interval(Interval value)
{
    Interval *result = palloc(sizeof(*result));

    *result = value;
    return PointerGetDatum(result);
}

Datum
datetime_return_timetz(TimeTzADT value)
{
    TimeTzADT *result = palloc0(sizeof(*result));

    *result = value;
    return PointerGetDatum(result);
}

/* ---- settings ---- */

/* Comma-separated words; a later one of a kind contradicts an earlier (then false). */
bool
datestyle_parse(const char *value, int *ret_style, int *ret_order)
{
    static const struct
    {
        const char *word;
        int style; /* -1: none */
        int order;
    } words[] = {{"iso", USE_ISO_DATES, -1},      {"sql", USE_SQL_DATES, -1},
                 {"german", USE_GERMAN_DATES, -1}, {"ymd", -1, DATEORDER_YMD},
                 {"dmy", -1, DATEORDER_DMY},       {"mdy", -1, DATEORDER_MDY},
                 {"us", -1, DATEORDER_MDY},        {"noneuropean", -1, DATEORDER_MDY}};
    int style = -1;
    int order = -1;
    const char *p = value;

    while (*p != '\0')
    {
        char word[32];
        int n = 0;
        int found_style = -1;
        int found_order = -1;

        while (isspace((unsigned char) *p) || *p == ',')
            p++;
        while (*p != '\0' && *p != ',' && !isspace((unsigned char) *p))
        {
            if (n < (int) sizeof(word) - 1)
                word[n++] = *p;
            p++;
        }
        word[n] = '\0';
        if (n == 0)
            continue;
        for (int i = 0; i < lengthof(words); i++)
            if (pg_strcasecmp(word, words[i].word) == 0)
            {
                found_style = words[i].style;
                found_order = words[i].order;
            }
        if (pg_strncasecmp(word, "postgres", 8) == 0)
            found_style = USE_POSTGRES_DATES;
        else if (pg_strncasecmp(word, "euro", 4) == 0)
            found_order = DATEORDER_DMY;
        else if (pg_strcasecmp(word, "default") == 0)
        {
            found_style = style < 0 ? USE_ISO_DATES : style;
            found_order = order < 0 ? DATEORDER_MDY : order;
        }
        if ((found_style < 0 && found_order < 0) ||
            (found_style >= 0 && style >= 0 && style != found_style) ||
            (found_order >= 0 && order >= 0 && order != found_order))
            return false;
        if (found_style >= 0)
            style = found_style;
        if (found_order >= 0)
            order = found_order;
        if (found_style == USE_GERMAN_DATES && order < 0)
            order = DATEORDER_DMY;
    }
    if (style >= 0)
        *ret_style = style;
    if (order >= 0)
        *ret_order = order;
    return true;
}

const char *
datestyle_show(void)
{
    static const char *const styles[] = {"Postgres", "ISO", "SQL", "German"};
    static const char *const orders[] = {"YMD", "DMY", "MDY"};
    static char text[32];

    snprintf(text, sizeof(text), "%s, %s", styles[DateStyle], orders[DateOrder]);
    return text;
}
