/*
 * datetime_out.c - dates, times and intervals as text, by DateStyle and IntervalStyle
 */
#include "datetime_int.h"
#include "config/settings.h"

#define YEAR_SHOWN(tm) ((tm)->tm_year > 0 ? (tm)->tm_year : -((tm)->tm_year - 1))

/* Seconds with as many decimals as there are, padded to two digits if wanted. */
char *
datetime_put_seconds(char *p, int seconds, fsec_t fsec, bool fill_zeros)
{
    if (fill_zeros)
        p = pg_ultostr_zeropad(p, (uint32) abs(seconds), 2);
    else
        p = pg_ultostr(p, (uint32) abs(seconds));
    if (fsec != 0)
    {
        *p++ = '.';
        p = pg_ultostr_zeropad(p, (uint32) abs(fsec), 6);
        while (p[-1] == '0')
            p--;
    }
    return p;
}

static char *
put_zone(char *p, int zone, int style)
{
    int seconds = abs(zone);
    int minutes = seconds / 60;

    *p++ = zone <= 0 ? '+' : '-';
    p = pg_ultostr_zeropad(p, (uint32) (minutes / 60), 2);
    if (seconds % 60 != 0 || minutes % 60 != 0 || style == USE_XSD_DATES)
    {
        *p++ = ':';
        p = pg_ultostr_zeropad(p, (uint32) (minutes % 60), 2);
    }
    if (seconds % 60 != 0)
    {
        *p++ = ':';
        p = pg_ultostr_zeropad(p, (uint32) (seconds % 60), 2);
    }
    return p;
}

static char *
put_two(char *p, int value, char separator)
{
    p = pg_ultostr_zeropad(p, (uint32) value, 2);
    if (separator)
        *p++ = separator;
    return p;
}

static char *
put_year(char *p, const struct pg_tm *tm)
{
    return pg_ultostr_zeropad(p, (uint32) YEAR_SHOWN(tm), 4);
}

static char *
put_era(char *p, const struct pg_tm *tm)
{
    if (tm->tm_year <= 0)
    {
        memcpy(p, " BC", 3);
        p += 3;
    }
    return p;
}

/* Numbers of a date without the era. */
static char *
put_date(char *p, const struct pg_tm *tm, int style)
{
    bool day_first = DateOrder == DATEORDER_DMY;

    switch (style)
    {
        case USE_SQL_DATES:
            p = put_two(p, day_first ? tm->tm_mday : tm->tm_mon, '/');
            p = put_two(p, day_first ? tm->tm_mon : tm->tm_mday, '/');
            return put_year(p, tm);
        case USE_GERMAN_DATES:
            p = put_two(p, tm->tm_mday, '.');
            p = put_two(p, tm->tm_mon, '.');
            return put_year(p, tm);
        case USE_POSTGRES_DATES:
            p = put_two(p, day_first ? tm->tm_mday : tm->tm_mon, '-');
            p = put_two(p, day_first ? tm->tm_mon : tm->tm_mday, '-');
            return put_year(p, tm);
        default:
            p = put_year(p, tm);
            *p++ = '-';
            p = put_two(p, tm->tm_mon, '-');
            return put_two(p, tm->tm_mday, 0);
    }
}

void
datetime_encode_date(const struct pg_tm *tm, char *ret_text)
{
    *put_era(put_date(ret_text, tm, DateStyle), tm) = '\0';
}

static char *
put_time(char *p, const struct pg_tm *tm, fsec_t fsec)
{
    p = put_two(p, tm->tm_hour, ':');
    p = put_two(p, tm->tm_min, ':');
    return datetime_put_seconds(p, tm->tm_sec, fsec, true);
}

void
datetime_encode_time(const struct pg_tm *tm, fsec_t fsec, bool print_zone, int zone, char *ret_text)
{
    char *p = put_time(ret_text, tm, fsec);

    if (print_zone)
        p = put_zone(p, zone, DateStyle);
    *p = '\0';
}

void
datetime_encode(const struct pg_tm *tm, fsec_t fsec, bool print_zone, int zone, const char *zone_name,
                int style, char *ret_text)
{
    char *p = ret_text;

    if (style == USE_POSTGRES_DATES)
    {
        memcpy(p, datetime_days[j2day(date2j(tm->tm_year, tm->tm_mon, tm->tm_mday))], 3);
        p += 3;
        *p++ = ' ';
        if (DateOrder == DATEORDER_DMY)
            p = put_two(p, tm->tm_mday, ' ');
        memcpy(p, datetime_months[tm->tm_mon - 1], 3);
        p += 3;
        *p++ = ' ';
        if (DateOrder != DATEORDER_DMY)
            p = put_two(p, tm->tm_mday, ' ');
        p = put_time(p, tm, fsec);
        *p++ = ' ';
        p = put_year(p, tm);
    }
    else
    {
        p = put_date(p, tm, style);
        *p++ = style == USE_XSD_DATES ? 'T' : ' ';
        p = put_time(p, tm, fsec);
    }
    if (print_zone)
    {
        if (style == USE_ISO_DATES || style == USE_XSD_DATES)
            p = put_zone(p, zone, style);
        else if (zone_name != NULL)
            p += sprintf(p, " %.10s", zone_name);
        else
        {
            if (style == USE_POSTGRES_DATES)
                *p++ = ' ';
            p = put_zone(p, zone, style);
        }
    }
    *put_era(p, tm) = '\0';
}

/* ---- intervals ---- */

typedef struct IntervalWriter
{
    char *p;
    bool empty;
    bool before; /* the last part was negative */
} IntervalWriter;

static void
put_postgres_part(IntervalWriter *w, int64 value, const char *unit)
{
    if (value == 0)
        return;
    w->p += sprintf(w->p, "%s%s%" PRId64 " %s%s", w->empty ? "" : " ",
                    w->before && value > 0 ? "+" : "", value, unit, value != 1 ? "s" : "");
    w->before = value < 0;
    w->empty = false;
}

static void
put_verbose_part(IntervalWriter *w, int64 value, const char *unit)
{
    if (value == 0)
        return;
    if (w->empty)
    {
        w->before = value < 0;
        value = value < 0 ? -value : value;
    }
    else if (w->before)
        value = -value;
    w->p += sprintf(w->p, " %" PRId64 " %s%s", value, unit, value == 1 ? "" : "s");
    w->empty = false;
}

static void
put_iso_part(IntervalWriter *w, int64 value, char unit)
{
    if (value != 0)
        w->p += sprintf(w->p, "%" PRId64 "%c", value, unit);
}

static char *
put_clock(char *p, const struct pg_itm *itm)
{
    p += sprintf(p, "%02" PRId64 ":%02d:", itm->tm_hour < 0 ? -itm->tm_hour : itm->tm_hour,
                 abs(itm->tm_min));
    return datetime_put_seconds(p, abs(itm->tm_sec), abs(itm->tm_usec), true);
}

static bool
interval_time_negative(const struct pg_itm *itm)
{
    return itm->tm_hour < 0 || itm->tm_min < 0 || itm->tm_sec < 0 || itm->tm_usec < 0;
}

static char *
encode_sql_standard(const struct pg_itm *itm, char *p)
{
    bool time_negative = interval_time_negative(itm);
    bool negative = itm->tm_year < 0 || itm->tm_mon < 0 || itm->tm_mday < 0 || time_negative;
    bool positive = itm->tm_year > 0 || itm->tm_mon > 0 || itm->tm_mday > 0 || itm->tm_hour > 0 ||
                    itm->tm_min > 0 || itm->tm_sec > 0 || itm->tm_usec > 0;
    bool has_year_month = itm->tm_year != 0 || itm->tm_mon != 0;
    bool has_day = itm->tm_mday != 0;
    bool has_time = itm->tm_hour != 0 || itm->tm_min != 0 || itm->tm_sec != 0 || itm->tm_usec != 0;
    bool standard = !(negative && positive) && !(has_year_month && (has_day || has_time));
    int sign = 1;

    if (negative && standard)
    {
        *p++ = '-';
        sign = -1;
    }
    if (!has_year_month && !has_day && !has_time)
        return p + sprintf(p, "0");
    if (!standard)
    {
        char year_sign = itm->tm_year < 0 || itm->tm_mon < 0 ? '-' : '+';
        char day_sign = itm->tm_mday < 0 ? '-' : '+';

        p += sprintf(p, "%c%d-%d %c%d %c%" PRId64 ":%02d:", year_sign, abs(itm->tm_year),
                     abs(itm->tm_mon), day_sign, abs(itm->tm_mday), time_negative ? '-' : '+',
                     itm->tm_hour < 0 ? -itm->tm_hour : itm->tm_hour, abs(itm->tm_min));
        return datetime_put_seconds(p, abs(itm->tm_sec), abs(itm->tm_usec), true);
    }
    if (has_year_month)
        return p + sprintf(p, "%d-%d", itm->tm_year * sign, itm->tm_mon * sign);
    if (has_day)
        p += sprintf(p, "%d ", itm->tm_mday * sign);
    p += sprintf(p, "%" PRId64 ":%02d:", itm->tm_hour * sign, itm->tm_min * sign);
    return datetime_put_seconds(p, abs(itm->tm_sec), abs(itm->tm_usec), true);
}

static char *
encode_iso(const struct pg_itm *itm, char *p)
{
    IntervalWriter w = {.p = p};

    if (itm->tm_year == 0 && itm->tm_mon == 0 && itm->tm_mday == 0 && itm->tm_hour == 0 &&
        itm->tm_min == 0 && itm->tm_sec == 0 && itm->tm_usec == 0)
        return p + sprintf(p, "PT0S");
    *w.p++ = 'P';
    put_iso_part(&w, itm->tm_year, 'Y');
    put_iso_part(&w, itm->tm_mon, 'M');
    put_iso_part(&w, itm->tm_mday, 'D');
    if (itm->tm_hour != 0 || itm->tm_min != 0 || itm->tm_sec != 0 || itm->tm_usec != 0)
        *w.p++ = 'T';
    put_iso_part(&w, itm->tm_hour, 'H');
    put_iso_part(&w, itm->tm_min, 'M');
    if (itm->tm_sec != 0 || itm->tm_usec != 0)
    {
        if (itm->tm_sec < 0 || itm->tm_usec < 0)
            *w.p++ = '-';
        w.p = datetime_put_seconds(w.p, itm->tm_sec, itm->tm_usec, false);
        *w.p++ = 'S';
    }
    return w.p;
}

static char *
encode_postgres(const struct pg_itm *itm, char *p)
{
    IntervalWriter w = {.p = p, .empty = true};

    put_postgres_part(&w, itm->tm_year, "year");
    put_postgres_part(&w, itm->tm_mon, "mon");
    put_postgres_part(&w, itm->tm_mday, "day");
    if (w.empty || itm->tm_hour != 0 || itm->tm_min != 0 || itm->tm_sec != 0 || itm->tm_usec != 0)
    {
        if (!w.empty)
            *w.p++ = ' ';
        if (interval_time_negative(itm))
            *w.p++ = '-';
        else if (w.before)
            *w.p++ = '+';
        w.p = put_clock(w.p, itm);
    }
    return w.p;
}

static char *
encode_verbose(const struct pg_itm *itm, char *p)
{
    IntervalWriter w = {.p = p + 1, .empty = true};

    *p = '@';
    put_verbose_part(&w, itm->tm_year, "year");
    put_verbose_part(&w, itm->tm_mon, "mon");
    put_verbose_part(&w, itm->tm_mday, "day");
    put_verbose_part(&w, itm->tm_hour, "hour");
    put_verbose_part(&w, itm->tm_min, "min");
    if (itm->tm_sec != 0 || itm->tm_usec != 0)
    {
        bool negative = itm->tm_sec < 0 || (itm->tm_sec == 0 && itm->tm_usec < 0);

        *w.p++ = ' ';
        if (negative && w.empty)
            w.before = true;
        else if (negative != w.before)
            *w.p++ = '-';
        w.p = datetime_put_seconds(w.p, itm->tm_sec, itm->tm_usec, false);
        w.p += sprintf(w.p, " sec%s", abs(itm->tm_sec) != 1 || itm->tm_usec != 0 ? "s" : "");
        w.empty = false;
    }
    if (w.empty)
        w.p += sprintf(w.p, " 0");
    if (w.before)
        w.p += sprintf(w.p, " ago");
    return w.p;
}

void
datetime_encode_interval(const struct pg_itm *itm, int style, char *ret_text)
{
    char *end;

    switch (style)
    {
        case INTSTYLE_SQL_STANDARD:
            end = encode_sql_standard(itm, ret_text);
            break;
        case INTSTYLE_ISO_8601:
            end = encode_iso(itm, ret_text);
            break;
        case INTSTYLE_POSTGRES_VERBOSE:
            end = encode_verbose(itm, ret_text);
            break;
        default:
            end = encode_postgres(itm, ret_text);
            break;
    }
    *end = '\0';
}
