/*
 * interval_parse.c - reads intervals: "1 day 2:03", "1-2 3", P1Y2M, and their modifiers
 *
 * Why        the traditional form is read from its end, since a unit stands behind its number and a
 *            bare number takes its unit from what follows it.
 * Modifier   (fields << 16) | precision; 0x7FFF all fields, 0xFFFF all precision
 */
#include "datetime_int.h"
#include "interval_int.h"
#include "types/array.h"
#include "config/settings.h"

#define INTERVAL_FIELDS_MAX 25

typedef struct IntervalSum
{
    int64 months;
    int64 days;
    int64 usec;
    bool overflow;
} IntervalSum;

static const struct
{
    const char *word;
    IntervalUnit unit;
} interval_words[] = {
    {"c", UNIT_CENTURY},          {"cent", UNIT_CENTURY},       {"centuries", UNIT_CENTURY},
    {"century", UNIT_CENTURY},    {"d", UNIT_DAY},              {"day", UNIT_DAY},
    {"days", UNIT_DAY},           {"dec", UNIT_DECADE},         {"decade", UNIT_DECADE},
    {"decades", UNIT_DECADE},     {"decs", UNIT_DECADE},        {"h", UNIT_HOUR},
    {"hour", UNIT_HOUR},          {"hours", UNIT_HOUR},         {"hr", UNIT_HOUR},
    {"hrs", UNIT_HOUR},           {"m", UNIT_MINUTE},           {"microsecon", UNIT_MICROSECOND},
    {"mil", UNIT_MILLENNIUM},     {"millennia", UNIT_MILLENNIUM}, {"millennium", UNIT_MILLENNIUM},
    {"millisecon", UNIT_MILLISECOND}, {"mils", UNIT_MILLENNIUM}, {"min", UNIT_MINUTE},
    {"mins", UNIT_MINUTE},        {"minute", UNIT_MINUTE},      {"minutes", UNIT_MINUTE},
    {"mon", UNIT_MONTH},          {"mons", UNIT_MONTH},         {"month", UNIT_MONTH},
    {"months", UNIT_MONTH},       {"ms", UNIT_MILLISECOND},     {"msec", UNIT_MILLISECOND},
    {"mseconds", UNIT_MILLISECOND}, {"msecs", UNIT_MILLISECOND}, {"qtr", UNIT_QUARTER},
    {"quarter", UNIT_QUARTER},    {"s", UNIT_SECOND},           {"sec", UNIT_SECOND},
    {"second", UNIT_SECOND},      {"seconds", UNIT_SECOND},     {"secs", UNIT_SECOND},
    {"us", UNIT_MICROSECOND},     {"usec", UNIT_MICROSECOND},   {"useconds", UNIT_MICROSECOND},
    {"usecs", UNIT_MICROSECOND},  {"w", UNIT_WEEK},             {"week", UNIT_WEEK},
    {"weeks", UNIT_WEEK},         {"y", UNIT_YEAR},             {"year", UNIT_YEAR},
    {"years", UNIT_YEAR},         {"yr", UNIT_YEAR},            {"yrs", UNIT_YEAR},
};

/* Words count up to their tenth letter. */
IntervalUnit
interval_find_unit(const char *word)
{
    for (int i = 0; i < lengthof(interval_words); i++)
        if (strncmp(word, interval_words[i].word, 10) == 0)
            return interval_words[i].unit;
    return UNIT_NONE;
}

/* ---- sums ---- */

static void
sum_add(IntervalSum *sum, int64 *part, int64 value, int64 scale, int64 max)
{
    int64 product;

    if (__builtin_mul_overflow(value, scale, &product) ||
        __builtin_add_overflow(*part, product, part) || *part > max || *part < -max - 1)
        sum->overflow = true;
}

static void
sum_add_fraction_usec(IntervalSum *sum, double fraction, int64 scale)
{
    int64 usec;

    if (fraction == 0)
        return;
    fraction *= (double) scale;
    usec = (int64) fraction;
    fraction -= (double) usec;
    if (fraction > 0.5)
        usec++;
    else if (fraction < -0.5)
        usec--;
    sum_add(sum, &sum->usec, usec, 1, PG_INT64_MAX);
}

static void
sum_add_fraction_days(IntervalSum *sum, double fraction, int scale)
{
    int days;

    if (fraction == 0)
        return;
    fraction *= scale;
    days = (int) fraction;
    sum_add(sum, &sum->days, days, 1, PG_INT32_MAX);
    sum_add_fraction_usec(sum, fraction - days, USECS_PER_DAY);
}

static void
sum_add_years(IntervalSum *sum, int64 value, double fraction, int years)
{
    sum_add(sum, &sum->months, value, (int64) years * MONTHS_PER_YEAR, PG_INT32_MAX);
    sum_add(sum, &sum->months, (int64) rint(fraction * years * MONTHS_PER_YEAR), 1, PG_INT32_MAX);
}

static void
sum_add_unit(IntervalSum *sum, IntervalUnit unit, int64 value, double fraction)
{
    switch (unit)
    {
        case UNIT_MICROSECOND:
            sum_add(sum, &sum->usec, value, 1, PG_INT64_MAX);
            sum_add_fraction_usec(sum, fraction, 1);
            break;
        case UNIT_MILLISECOND:
            sum_add(sum, &sum->usec, value, 1000, PG_INT64_MAX);
            sum_add_fraction_usec(sum, fraction, 1000);
            break;
        case UNIT_SECOND:
            sum_add(sum, &sum->usec, value, USECS_PER_SEC, PG_INT64_MAX);
            sum_add_fraction_usec(sum, fraction, USECS_PER_SEC);
            break;
        case UNIT_MINUTE:
            sum_add(sum, &sum->usec, value, USECS_PER_MINUTE, PG_INT64_MAX);
            sum_add_fraction_usec(sum, fraction, USECS_PER_MINUTE);
            break;
        case UNIT_HOUR:
            sum_add(sum, &sum->usec, value, USECS_PER_HOUR, PG_INT64_MAX);
            sum_add_fraction_usec(sum, fraction, USECS_PER_HOUR);
            break;
        case UNIT_DAY:
            sum_add(sum, &sum->days, value, 1, PG_INT32_MAX);
            sum_add_fraction_usec(sum, fraction, USECS_PER_DAY);
            break;
        case UNIT_WEEK:
            sum_add(sum, &sum->days, value, 7, PG_INT32_MAX);
            sum_add_fraction_days(sum, fraction, 7);
            break;
        case UNIT_MONTH:
            sum_add(sum, &sum->months, value, 1, PG_INT32_MAX);
            sum_add_fraction_days(sum, fraction, DAYS_PER_MONTH);
            break;
        case UNIT_YEAR:
            sum_add_years(sum, value, fraction, 1);
            break;
        case UNIT_DECADE:
            sum_add_years(sum, value, fraction, 10);
            break;
        case UNIT_CENTURY:
            sum_add_years(sum, value, fraction, 100);
            break;
        case UNIT_MILLENNIUM:
            sum_add_years(sum, value, fraction, 1000);
            break;
        default:
            break;
    }
}

static DatetimeError
sum_result(const IntervalSum *sum, Interval *ret)
{
    if (sum->overflow)
        return DATETIME_INTERVAL_OVERFLOW;
    ret->month = (int32) sum->months;
    ret->day = (int32) sum->days;
    ret->time = sum->usec;
    return DATETIME_OK;
}

/* ---- the traditional form ---- */

typedef struct IntervalField
{
    char text[64];
    bool word;
} IntervalField;

/* Cuts into words and number-like pieces (digits with . : - inside). */
static int
interval_cut(const char *p, IntervalField *fields)
{
    int count = 0;

    while (*p != '\0')
    {
        IntervalField *field = &fields[count];
        int n = 0;

        if (isspace((unsigned char) *p) || *p == ',' || *p == '@')
        {
            p++;
            continue;
        }
        if (count >= INTERVAL_FIELDS_MAX)
            return -1;
        field->word = isalpha((unsigned char) *p);
        if (field->word)
            while (isalpha((unsigned char) *p) && n < (int) sizeof(field->text) - 1)
                field->text[n++] = (char) pg_ascii_tolower((unsigned char) *p++);
        else
        {
            if (*p == '+' || *p == '-')
            {
                field->text[n++] = *p++;
                while (isspace((unsigned char) *p))
                    p++;
            }
            if (!isdigit((unsigned char) *p) && *p != '.')
                return -1;
            while ((isdigit((unsigned char) *p) || *p == '.' || *p == ':' ||
                    (*p == '-' && isdigit((unsigned char) p[1]) && n > 0)) &&
                   n < (int) sizeof(field->text) - 1)
                field->text[n++] = *p++;
        }
        if (n >= (int) sizeof(field->text) - 1)
            return -1;
        field->text[n] = '\0';
        count++;
    }
    return count;
}

/* hh:mm[:ss[.f]]; with only two parts, minutes and seconds where that is the range asked for. */
static DatetimeError
interval_time(IntervalSum *sum, const char *text, int sign, int range)
{
    char *end;
    int64 parts[3] = {0, 0, 0};
    int count = 0;
    double fraction = 0;
    const char *p = text;

    errno = 0;
    for (;;)
    {
        if (!isdigit((unsigned char) *p) && !(*p == '\0' && count == 2))
            return DATETIME_BAD_FORMAT;
        parts[count++] = strtoll(p, &end, 10);
        p = end;
        if (*p != ':' || count == 3)
            break;
        p++;
    }
    if (errno != 0)
        return DATETIME_FIELD_OVERFLOW;
    if (*p == '.')
    {
        fraction = strtod(p, &end);
        p = end;
        if (count == 2)
        {
            parts[2] = parts[1];
            parts[1] = parts[0];
            parts[0] = 0;
        }
    }
    else if (count == 2 && range == (INTERVAL_BIT_MINUTE | INTERVAL_BIT_SECOND))
    {
        parts[2] = parts[1];
        parts[1] = parts[0];
        parts[0] = 0;
    }
    if (*p != '\0')
        return DATETIME_BAD_FORMAT;
    if (parts[1] > 59 || parts[2] > 60)
        return DATETIME_FIELD_OVERFLOW;
    sum_add_unit(sum, UNIT_HOUR, sign * parts[0], 0);
    sum_add_unit(sum, UNIT_MINUTE, sign * parts[1], 0);
    sum_add(sum, &sum->usec, sign * parts[2], USECS_PER_SEC, PG_INT64_MAX);
    sum_add(sum, &sum->usec, sign * (int64) rint(fraction * 1000000), 1, PG_INT64_MAX);
    return DATETIME_OK;
}

/* Unit of a bare number by the fields the type has. */
static IntervalUnit
interval_default_unit(int range)
{
    if (range == INTERVAL_BIT_YEAR)
        return UNIT_YEAR;
    if (range == INTERVAL_BIT_MONTH || range == (INTERVAL_BIT_YEAR | INTERVAL_BIT_MONTH))
        return UNIT_MONTH;
    if (range == INTERVAL_BIT_DAY)
        return UNIT_DAY;
    if (range == INTERVAL_BIT_HOUR || range == (INTERVAL_BIT_DAY | INTERVAL_BIT_HOUR))
        return UNIT_HOUR;
    if (range == INTERVAL_BIT_MINUTE || range == (INTERVAL_BIT_HOUR | INTERVAL_BIT_MINUTE) ||
        range == (INTERVAL_BIT_DAY | INTERVAL_BIT_HOUR | INTERVAL_BIT_MINUTE))
        return UNIT_MINUTE;
    return UNIT_SECOND;
}

/* [sign]number, or [sign]years-months */
static DatetimeError
interval_number(IntervalSum *sum, const char *text, IntervalUnit *unit, int range, int force_sign,
                bool *ret_was_month)
{
    int sign = text[0] == '-' ? -1 : 1;
    const char *p = text + (text[0] == '-' || text[0] == '+');
    char *end;
    int64 value;
    double fraction = 0;

    if (force_sign != 0)
        sign = force_sign;
    errno = 0;
    value = strtoll(p, &end, 10);
    if (errno != 0)
        return DATETIME_FIELD_OVERFLOW;
    if (*unit == UNIT_NONE)
        *unit = interval_default_unit(range);
    if (*end == '-')
    {
        int64 months = strtoll(end + 1, &end, 10);

        if (*end != '\0')
            return DATETIME_BAD_FORMAT;
        if (months >= MONTHS_PER_YEAR)
            return DATETIME_FIELD_OVERFLOW;
        *unit = UNIT_MONTH;
        *ret_was_month = true;
        sum_add(sum, &sum->months, sign * value, MONTHS_PER_YEAR, PG_INT32_MAX);
        sum_add(sum, &sum->months, sign * months, 1, PG_INT32_MAX);
        return DATETIME_OK;
    }
    if (*end == '.')
    {
        const char *point = end;

        fraction = strtod(point, &end);
        if (end == point)
        {
            end = (char *) point + 1;
            fraction = 0;
        }
    }
    else if (end == p)
        return DATETIME_BAD_FORMAT;
    if (*end != '\0')
        return DATETIME_BAD_FORMAT;
    sum_add_unit(sum, *unit, sign * value, sign * fraction);
    return DATETIME_OK;
}

static DatetimeError
interval_traditional(const char *text, int range, Interval *ret)
{
    IntervalField fields[INTERVAL_FIELDS_MAX];
    IntervalSum sum = {0};
    IntervalUnit unit = UNIT_NONE;
    unsigned seen = 0;
    bool ago = false;
    bool parsing_unit = false;
    int force_sign = 0;
    int count = interval_cut(text, fields);

    if (count <= 0)
        return DATETIME_BAD_FORMAT;
    if (IntervalStyle == INTSTYLE_SQL_STANDARD && fields[0].text[0] == '-')
    {
        bool more = false;

        for (int i = 1; i < count; i++)
            more |= fields[i].text[0] == '-' || fields[i].text[0] == '+';
        if (!more)
            force_sign = -1;
    }
    for (int i = count - 1; i >= 0; i--)
    {
        char *p = fields[i].text;
        DatetimeError error;
        bool was_month = false;

        if (fields[i].word)
        {
            if (parsing_unit)
                return DATETIME_BAD_FORMAT;
            if (strcmp(p, "ago") == 0)
            {
                if (i != count - 1)
                    return DATETIME_BAD_FORMAT;
                ago = true;
                unit = UNIT_NONE;
                continue;
            }
            unit = interval_find_unit(p);
            if (unit == UNIT_NONE || unit == UNIT_QUARTER)
                return DATETIME_BAD_FORMAT;
            parsing_unit = true;
            continue;
        }
        if (strchr(p, ':') != NULL)
        {
            int sign = *p == '-' ? -1 : 1;

            if (parsing_unit)
                return DATETIME_BAD_FORMAT;
            if (seen & (1u << UNIT_HOUR | 1u << UNIT_MINUTE | 1u << UNIT_SECOND))
                return DATETIME_BAD_FORMAT;
            error = interval_time(&sum, p + (*p == '-' || *p == '+'), force_sign ? force_sign : sign,
                                  range);
            seen |= 1u << UNIT_HOUR | 1u << UNIT_MINUTE | 1u << UNIT_SECOND;
            unit = UNIT_DAY;
        }
        else
        {
            error = interval_number(&sum, p, &unit, range, force_sign, &was_month);
            if (error == DATETIME_OK)
            {
                unsigned bit = 1u << (unit == UNIT_MILLISECOND || unit == UNIT_MICROSECOND ? unit
                                                                                         : unit);

                if (seen & bit)
                    return DATETIME_BAD_FORMAT;
                seen |= bit;
            }
            /* "1-2 3" and "1 2:03": a bare number before these counts days or years. */
            unit = was_month ? UNIT_NONE : unit;
        }
        if (error != DATETIME_OK)
            return error;
        parsing_unit = false;
    }
    if (seen == 0 || parsing_unit)
        return DATETIME_BAD_FORMAT;
    if (ago)
    {
        sum.months = -sum.months;
        sum.days = -sum.days;
        sum.usec = -sum.usec;
    }
    return sum_result(&sum, ret);
}

/* ---- ISO 8601: P1Y2M3W4DT5H6M7.8S, P0001-02-03T04:05:06 ---- */

static DatetimeError
interval_iso(const char *text, Interval *ret)
{
    IntervalSum sum = {0};
    const char *p = text;
    bool date_part = true;
    bool any = false;

    if (*p++ != 'P' || *p == '\0')
        return DATETIME_BAD_FORMAT;
    while (*p != '\0')
    {
        char *end;
        double number;
        int64 value;
        double fraction;

        if (*p == 'T' && date_part)
        {
            date_part = false;
            any = true;
            p++;
            continue;
        }
        if (!isdigit((unsigned char) *p) && *p != '-' && *p != '+' && *p != '.')
            return DATETIME_BAD_FORMAT;
        errno = 0;
        value = strtoll(p, &end, 10);
        if (errno != 0)
            return DATETIME_FIELD_OVERFLOW;
        number = strtod(p, &end);
        if (end == p)
            return DATETIME_BAD_FORMAT;
        fraction = number - (double) value;
        if (fabs(number) > 1e15)
            fraction = 0;
        p = end;
        any = true;
        if (date_part && *p == '-' && fraction == 0)
        {
            int month = 0;
            int day = 0;
            int used = 0;

            if (sscanf(p, "-%d-%d%n", &month, &day, &used) < 2)
            {
                if (sscanf(p, "-%d%n", &month, &used) != 1)
                    return DATETIME_BAD_FORMAT;
            }
            sum_add_unit(&sum, UNIT_YEAR, value, 0);
            sum_add_unit(&sum, UNIT_MONTH, month, 0);
            sum_add_unit(&sum, UNIT_DAY, day, 0);
            p += used;
            continue;
        }
        if (!date_part && *p == ':')
        {
            DatetimeError error;
            const char *start = p;

            while (start > text && start[-1] != 'T')
                start--;
            error = interval_time(&sum, start + (*start == '-'), *start == '-' ? -1 : 1, 0x7FFF);
            return error != DATETIME_OK ? error : sum_result(&sum, ret);
        }
        switch (*p)
        {
            case 'Y':
                sum_add_unit(&sum, UNIT_YEAR, value, fraction);
                break;
            case 'M':
                sum_add_unit(&sum, date_part ? UNIT_MONTH : UNIT_MINUTE, value, fraction);
                break;
            case 'W':
                sum_add_unit(&sum, UNIT_WEEK, value, fraction);
                break;
            case 'D':
                sum_add_unit(&sum, UNIT_DAY, value, fraction);
                break;
            case 'H':
                sum_add_unit(&sum, UNIT_HOUR, value, fraction);
                break;
            case 'S':
                sum_add_unit(&sum, UNIT_SECOND, value, fraction);
                break;
            default:
                return DATETIME_BAD_FORMAT;
        }
        if (date_part != (strchr("YWD", *p) != NULL) && *p != 'M')
            return DATETIME_BAD_FORMAT;
        p++;
    }
    return any ? sum_result(&sum, ret) : DATETIME_BAD_FORMAT;
}

/* ---- the whole ---- */

Interval
datetime_parse_interval(const char *text, int32 typmod)
{
    int range = typmod >= 0 ? (typmod >> 16) & 0x7FFF : 0x7FFF;
    Interval result;
    DatetimeError error = interval_traditional(text, range, &result);

    if (error == DATETIME_BAD_FORMAT)
    {
        const char *p = text;

        while (isspace((unsigned char) *p))
            p++;
        if (*p == 'P')
            error = interval_iso(p, &result);
    }
    if (error != DATETIME_OK)
        datetime_throw(error == DATETIME_FIELD_OVERFLOW ? DATETIME_INTERVAL_OVERFLOW : error, text,
                       "interval");
    datetime_adjust_interval(&result, typmod);
    return result;
}

/* ---- modifiers ---- */

static const struct
{
    int range;
    const char *text;
} interval_ranges[] = {
    {INTERVAL_BIT_YEAR, " year"},
    {INTERVAL_BIT_MONTH, " month"},
    {INTERVAL_BIT_DAY, " day"},
    {INTERVAL_BIT_HOUR, " hour"},
    {INTERVAL_BIT_MINUTE, " minute"},
    {INTERVAL_BIT_SECOND, " second"},
    {INTERVAL_BIT_YEAR | INTERVAL_BIT_MONTH, " year to month"},
    {INTERVAL_BIT_DAY | INTERVAL_BIT_HOUR, " day to hour"},
    {INTERVAL_BIT_DAY | INTERVAL_BIT_HOUR | INTERVAL_BIT_MINUTE, " day to minute"},
    {INTERVAL_BIT_DAY | INTERVAL_BIT_HOUR | INTERVAL_BIT_MINUTE | INTERVAL_BIT_SECOND,
     " day to second"},
    {INTERVAL_BIT_HOUR | INTERVAL_BIT_MINUTE, " hour to minute"},
    {INTERVAL_BIT_HOUR | INTERVAL_BIT_MINUTE | INTERVAL_BIT_SECOND, " hour to second"},
    {INTERVAL_BIT_MINUTE | INTERVAL_BIT_SECOND, " minute to second"},
    {0x7FFF, ""},
};

static bool
interval_range_known(int range)
{
    for (int i = 0; i < lengthof(interval_ranges); i++)
        if (range == interval_ranges[i].range)
            return true;
    return false;
}

static void
interval_keep_multiple(Interval *value, int64 unit)
{
    value->time = value->time / unit * unit;
}

void
datetime_adjust_interval(Interval *value, int32 typmod)
{
    static const int64 scales[MAX_INTERVAL_PRECISION + 1] = {1000000, 100000, 10000, 1000, 100, 10, 1};
    int range;
    int precision;

    if (typmod < 0)
        return;
    range = (typmod >> 16) & 0x7FFF;
    precision = typmod & 0xFFFF;
    if (!interval_range_known(range))
        elog(ERROR, "unrecognized interval typmod: %d", typmod);
    if (range == INTERVAL_BIT_YEAR)
        value->month = value->month / MONTHS_PER_YEAR * MONTHS_PER_YEAR;
    if (range != 0x7FFF && !(range & (INTERVAL_BIT_DAY | INTERVAL_BIT_HOUR | INTERVAL_BIT_MINUTE |
                                      INTERVAL_BIT_SECOND)))
    {
        value->day = 0;
        value->time = 0;
    }
    if (range == INTERVAL_BIT_DAY)
        value->time = 0;
    else if (range == INTERVAL_BIT_HOUR || range == (INTERVAL_BIT_DAY | INTERVAL_BIT_HOUR))
        interval_keep_multiple(value, USECS_PER_HOUR);
    else if (range == INTERVAL_BIT_MINUTE || range == (INTERVAL_BIT_HOUR | INTERVAL_BIT_MINUTE) ||
             range == (INTERVAL_BIT_DAY | INTERVAL_BIT_HOUR | INTERVAL_BIT_MINUTE))
        interval_keep_multiple(value, USECS_PER_MINUTE);
    if (precision != 0xFFFF)
    {
        int64 scale = scales[Min(precision, MAX_INTERVAL_PRECISION)];

        if (value->time >= 0)
            value->time = (value->time + scale / 2) / scale * scale;
        else
            value->time = -((-value->time + scale / 2) / scale * scale);
    }
}

SQL_FUNCTION(interval_in)
{
    PG_RETURN_INTERVAL(datetime_parse_interval(PG_GETARG_CSTRING(0), PG_GETARG_INT32(2)));
}

SQL_FUNCTION(interval_out)
{
    struct pg_itm itm;
    char *text = palloc(160);

    interval2itm(PG_GETARG_INTERVAL(0), &itm);
    datetime_encode_interval(&itm, IntervalStyle, text);
    PG_RETURN_CSTRING(text);
}

SQL_FUNCTION(interval_recv)
{
    StringInfo buf = (StringInfo) PG_GETARG_POINTER(0);
    Interval value;

    value.time = pq_getmsgint64(buf);
    value.day = (int32) pq_getmsgint(buf, 4);
    value.month = (int32) pq_getmsgint(buf, 4);
    datetime_adjust_interval(&value, PG_GETARG_INT32(2));
    PG_RETURN_INTERVAL(value);
}

SQL_FUNCTION(interval_send)
{
    Interval value = PG_GETARG_INTERVAL(0);
    StringInfoData buf;

    pq_begintypsend(&buf);
    pq_sendint64(&buf, (uint64) value.time);
    pq_sendint32(&buf, (uint32) value.day);
    pq_sendint32(&buf, (uint32) value.month);
    PG_RETURN_BYTEA_P(pq_endtypsend(&buf));
}

SQL_FUNCTION(interval_scale)
{
    Interval value = PG_GETARG_INTERVAL(0);

    datetime_adjust_interval(&value, PG_GETARG_INT32(1));
    PG_RETURN_INTERVAL(value);
}

SQL_FUNCTION(intervaltypmodin)
{
    int count;
    int32 *modifiers = ArrayGetIntegerTypmods(PG_GETARG_ARRAYTYPE_P(0), &count);
    int range = -1;

    for (int i = 0; count > 0 && i < lengthof(interval_ranges); i++)
        if (modifiers[0] == interval_ranges[i].range)
            range = modifiers[0];
    if (range < 0 || count > 2)
        ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE),
                        errmsg("invalid INTERVAL type modifier")));
    if (count == 1)
        PG_RETURN_INT32(range != 0x7FFF ? (range << 16) | 0xFFFF : -1);
    if (modifiers[1] < 0)
        ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE),
                        errmsg("INTERVAL(%d) precision must not be negative", modifiers[1])));
    if (modifiers[1] > MAX_INTERVAL_PRECISION)
    {
        ereport(WARNING, (errcode(ERRCODE_INVALID_PARAMETER_VALUE),
                          errmsg("INTERVAL(%d) precision reduced to maximum allowed, %d",
                                 modifiers[1], MAX_INTERVAL_PRECISION)));
        modifiers[1] = MAX_INTERVAL_PRECISION;
    }
    PG_RETURN_INT32((range << 16) | modifiers[1]);
}

SQL_FUNCTION(intervaltypmodout)
{
    int32 typmod = PG_GETARG_INT32(0);
    const char *fields = "";

    if (typmod < 0)
        PG_RETURN_CSTRING(pstrdup(""));
    for (int i = 0; i < lengthof(interval_ranges); i++)
        if (((typmod >> 16) & 0x7FFF) == interval_ranges[i].range)
            fields = interval_ranges[i].text;
    if ((typmod & 0xFFFF) != 0xFFFF)
        PG_RETURN_CSTRING(psprintf("%s(%d)", fields, typmod & 0xFFFF));
    PG_RETURN_CSTRING(pstrdup(fields));
}
