/*
 * format_read.c - to_date and to_timestamp: text read by a template
 *
 * Read first format_read(), format_read_field()
 */
#include "format_int.h"

typedef struct FormatFields
{
    int hour;
    bool hour12;
    int pm; /* -1 not said, 0 AM, 1 PM */
    int minute;
    int second;
    int ssss;
    int usec;
    int day;
    int yearday;
    int month;
    int year;
    bool has_year;
    int year_digits;
    bool bc;
    int century;
    int julian;
    int week;
    int week_of_month;
    int week_day; /* 1 Sunday .. 7; ISO: 1 Monday .. 7 */
    bool iso;
    bool has_zone;
    int zone_sign;
    int zone_hour;
    int zone_minute;
} FormatFields;

pg_noreturn static void
format_throw_value(const char *value, int length, const char *word, const char *detail)
{
    ereport(ERROR, (errcode(ERRCODE_INVALID_DATETIME_FORMAT),
                    errmsg("invalid value \"%.*s\" for \"%s\"", length, value, word),
                    detail ? errdetail("%s", detail) : 0));
    pg_unreachable();
}

static bool
format_next_is_digit(Format *format, int i)
{
    if (i + 1 >= format->count || format->nodes[i + 1].word == NULL)
        return false;
    switch (format->nodes[i + 1].key)
    {
        case KEY_AD:
        case KEY_AD_DOTS:
        case KEY_AM:
        case KEY_AM_DOTS:
        case KEY_DAY:
        case KEY_DY:
        case KEY_MON:
        case KEY_MONTH:
        case KEY_RM:
        case KEY_TZ:
        case KEY_OF:
        case KEY_TZH:
            return false;
        default:
            return true;
    }
}

/* A number; of exactly `width` characters where another number follows at once. */
static int
format_read_number(Format *format, int i, const char **p, int width, int *ret_digits)
{
    FormatNode *node = &format->nodes[i];
    const char *start;
    char *end;
    long value;

    while (isspace((unsigned char) **p))
        (*p)++;
    start = *p;
    if (node->fill || !format_next_is_digit(format, i) || width == 0)
    {
        errno = 0;
        value = strtol(start, &end, 10);
        if (end == start)
            format_throw_value(start, Min((int) strlen(start), Max(width, 1)), node->word->word,
                               "Value must be an integer.");
    }
    else
    {
        char copy[16];
        int used = (int) strlen(start);

        if (used < width)
            ereport(ERROR, (errcode(ERRCODE_INVALID_DATETIME_FORMAT),
                            errmsg("source string too short for \"%s\" formatting field",
                                   node->word->word),
                            errdetail("Field requires %d characters, but only %d remain.", width,
                                      used),
                            errhint("If your source string is not fixed-width, try using the \"FM\" modifier.")));
        memcpy(copy, start, width);
        copy[width] = '\0';
        errno = 0;
        value = strtol(copy, &end, 10);
        if (end == copy)
            format_throw_value(start, width, node->word->word, "Value must be an integer.");
        if (end - copy < width)
            ereport(ERROR, (errcode(ERRCODE_INVALID_DATETIME_FORMAT),
                            errmsg("invalid value \"%s\" for \"%s\"", copy, node->word->word),
                            errdetail("Field requires %d characters, but only %d could be parsed.",
                                      width, (int) (end - copy)),
                            errhint("If your source string is not fixed-width, try using the \"FM\" modifier.")));
        end = (char *) start + width;
    }
    if (errno == ERANGE || value > INT_MAX || value < INT_MIN)
        ereport(ERROR, (errcode(ERRCODE_DATETIME_VALUE_OUT_OF_RANGE),
                        errmsg("value for \"%s\" in source string is out of range",
                               node->word->word)));
    if (ret_digits != NULL)
        *ret_digits = (int) (end - start);
    *p = end;
    if (node->th != 0 && isalpha((unsigned char) **p))
        *p += Min(strlen(*p), 2);
    return (int) value;
}

/* Index of the longest word that the text begins with. */
static int
format_read_word(const char **p, const char *const *words, int count, int length_max,
                 const char *format_word)
{
    int found = -1;
    int longest = 0;

    for (int i = 0; i < count; i++)
    {
        int length = (int) strlen(words[i]);

        if (length_max > 0)
            length = Min(length, length_max);
        if (length > longest && pg_strncasecmp(*p, words[i], length) == 0)
        {
            found = i;
            longest = length;
        }
    }
    if (found < 0)
        format_throw_value(*p, (int) strcspn(*p, " \t\n"), format_word,
                           "The given value did not match any of the allowed values for this field.");
    *p += longest;
    return found;
}

/* Years of fewer than four digits mean those nearest 2020. */
static int
format_full_year(int year)
{
    if (year < 70)
        return year + 2000;
    if (year < 100)
        return year + 1900;
    if (year < 520)
        return year + 2000;
    return year < 1000 ? year + 1000 : year;
}

static void
format_read_field(Format *format, int i, const char **p, FormatFields *f)
{
    static const char *const eras[] = {"ad", "bc", "a.d.", "b.c."};
    static const char *const halves[] = {"am", "pm", "a.m.", "p.m."};
    static const int scales[7] = {1, 100000, 10000, 1000, 100, 10, 1};
    FormatNode *node = &format->nodes[i];
    const char *word = node->word->word;
    int width = node->word->width;
    int digits;
    int value;

    while (isspace((unsigned char) **p))
        (*p)++;
    switch (node->key)
    {
        case KEY_AM:
        case KEY_AM_DOTS:
            f->pm = format_read_word(p, halves, 4, 0, word) % 2;
            f->hour12 = true;
            break;
        case KEY_HH12:
            f->hour = format_read_number(format, i, p, width, NULL);
            f->hour12 = true;
            break;
        case KEY_HH24:
            f->hour = format_read_number(format, i, p, width, NULL);
            break;
        case KEY_MI:
            f->minute = format_read_number(format, i, p, width, NULL);
            break;
        case KEY_SS:
            f->second = format_read_number(format, i, p, width, NULL);
            break;
        case KEY_MS:
        case KEY_US:
        case KEY_FF:
            value = format_read_number(format, i, p, width, &digits);
            for (; digits > 6; digits--)
                value /= 10;
            f->usec = value * (digits >= 1 ? scales[digits] : 1);
            break;
        case KEY_SSSS:
            f->ssss = format_read_number(format, i, p, 5, NULL);
            break;
        case KEY_TZH:
            f->zone_sign = 1;
            if (**p == '+' || **p == '-' || **p == ' ')
                f->zone_sign = *(*p)++ == '-' ? -1 : 1;
            f->zone_hour = format_read_number(format, i, p, 2, NULL);
            f->has_zone = true;
            break;
        case KEY_TZM:
            f->zone_minute = format_read_number(format, i, p, 2, NULL);
            f->has_zone = true;
            break;
        case KEY_TZ:
        case KEY_OF:
            ereport(ERROR, (errcode(ERRCODE_FEATURE_NOT_SUPPORTED),
                            errmsg("formatting field \"%s\" is only supported in to_char", word)));
            break;
        case KEY_AD:
        case KEY_AD_DOTS:
            f->bc = format_read_word(p, eras, 4, 0, word) % 2;
            break;
        case KEY_MONTH:
            f->month = format_read_word(p, format_full_months, 12, 0, word) + 1;
            break;
        case KEY_MON:
            f->month = format_read_word(p, datetime_months, 12, 0, word) + 1;
            break;
        case KEY_MM:
            f->month = format_read_number(format, i, p, width, NULL);
            break;
        case KEY_RM:
            f->month = format_read_word(p, format_roman_months, 12, 0, word) + 1;
            break;
        case KEY_DAY:
            f->week_day = format_read_word(p, datetime_days, 7, 0, word) + 1;
            break;
        case KEY_DY:
            f->week_day = format_read_word(p, datetime_days, 7, 3, word) + 1;
            break;
        case KEY_DDD:
        case KEY_IDDD:
            f->yearday = format_read_number(format, i, p, width, NULL);
            f->iso |= node->key == KEY_IDDD;
            break;
        case KEY_DD:
            f->day = format_read_number(format, i, p, width, NULL);
            break;
        case KEY_D:
        case KEY_ID:
            f->week_day = format_read_number(format, i, p, 1, NULL);
            f->iso |= node->key == KEY_ID;
            break;
        case KEY_WW:
        case KEY_IW:
            f->week = format_read_number(format, i, p, width, NULL);
            f->iso |= node->key == KEY_IW;
            break;
        case KEY_W:
            f->week_of_month = format_read_number(format, i, p, 1, NULL);
            break;
        case KEY_Q:
            format_read_number(format, i, p, 1, NULL);
            break;
        case KEY_CC:
            f->century = format_read_number(format, i, p, width, NULL);
            break;
        case KEY_J:
            f->julian = format_read_number(format, i, p, 0, NULL);
            break;
        case KEY_Y_YYY:
        {
            int thousands;
            int rest;
            int used = 0;

            if (sscanf(*p, "%d,%03d%n", &thousands, &rest, &used) < 2)
                ereport(ERROR, (errcode(ERRCODE_INVALID_DATETIME_FORMAT),
                                errmsg("invalid input string for \"Y,YYY\"")));
            f->year = thousands * 1000 + rest;
            f->year_digits = 4;
            f->has_year = true;
            *p += used;
            break;
        }
        default:
            value = format_read_number(format, i, p, width, &digits);
            f->year_digits = Min(width, 4);
            f->year = width < 4 && digits < 4 ? format_full_year(value) : value;
            f->has_year = true;
            f->iso |= node->key == KEY_I;
            break;
    }
}

static bool
format_is_separator(char c)
{
    return c > 0x20 && c < 0x7f && !isalnum((unsigned char) c);
}

static void
format_read(Format *format, const char *p, FormatFields *f)
{
    bool exact = false;
    int skipped = 0;

    memset(f, 0, sizeof(*f));
    f->pm = -1;
    while (isspace((unsigned char) *p))
    {
        p++;
        skipped++;
    }
    for (int i = 0; i < format->count && *p != '\0'; i++)
    {
        FormatNode *node = &format->nodes[i];

        switch (node->key)
        {
            case KEY_FX:
                exact = true;
                break;
            case KEY_SPACE:
            case KEY_SEPARATOR:
                if (exact)
                    p += pg_mblen(p);
                else
                {
                    /* One in the template stands for one or none in the text. */
                    skipped--;
                    if (isspace((unsigned char) *p) || format_is_separator(*p))
                    {
                        p++;
                        skipped++;
                    }
                    while (isspace((unsigned char) *p))
                    {
                        p++;
                        skipped++;
                    }
                }
                break;
            case KEY_TEXT:
                if (!exact)
                {
                    if (skipped > 0)
                        skipped--;
                    else
                        p += pg_mblen(p);
                }
                else
                    p += pg_mblen(p);
                break;
            default:
                skipped = 0;
                format_read_field(format, i, &p, f);
                if (!exact)
                    while (isspace((unsigned char) *p))
                    {
                        p++;
                        skipped++;
                    }
                break;
        }
    }
}

pg_noreturn static void
format_throw_range(const char *text)
{
    datetime_throw(DATETIME_FIELD_OVERFLOW, text, "");
}

static void
format_to_date(const FormatFields *f, struct pg_tm *tm, const char *text)
{
    int year = f->year;

    if (f->century != 0)
        year = f->has_year ? f->year % 100 + (f->century - 1) * 100 : (f->century - 1) * 100 + 1;
    if (f->bc && (f->has_year || f->century != 0))
        year = -year + 1;
    if (!f->has_year && f->century == 0)
        year = 0;
    tm->tm_year = year;
    tm->tm_mon = f->month ? f->month : 1;
    tm->tm_mday = f->day ? f->day : 1;
    if (f->julian != 0)
    {
        j2date(f->julian, &tm->tm_year, &tm->tm_mon, &tm->tm_mday);
        return;
    }
    if (f->week != 0 && f->iso)
    {
        int julian = isoweek2j(year, f->week) + (f->week_day > 0 ? f->week_day - 1 : 0);

        j2date(julian, &tm->tm_year, &tm->tm_mon, &tm->tm_mday);
        return;
    }
    if (f->week != 0)
        j2date(date2j(year, 1, 1) + (f->week - 1) * 7, &tm->tm_year, &tm->tm_mon, &tm->tm_mday);
    if (f->week_of_month != 0)
        tm->tm_mday = (f->week_of_month - 1) * 7 + 1;
    if (f->yearday != 0 && f->month <= 1 && f->day <= 1)
    {
        if (!f->has_year && !f->bc)
            ereport(ERROR, (errcode(ERRCODE_INVALID_DATETIME_FORMAT),
                            errmsg("cannot calculate day of year without year information")));
        if (f->iso)
            j2date(isoweek2j(year, 1) - 1 + f->yearday, &tm->tm_year, &tm->tm_mon, &tm->tm_mday);
        else
        {
            if (f->yearday > 366 || (f->yearday == 366 && !isleap(year)))
                format_throw_range(text);
            j2date(date2j(year, 1, 1) + f->yearday - 1, &tm->tm_year, &tm->tm_mon, &tm->tm_mday);
        }
    }
    if (!datetime_date_valid(tm->tm_year, tm->tm_mon, tm->tm_mday))
        format_throw_range(text);
}

static void
format_to_time(const FormatFields *f, struct pg_tm *tm, fsec_t *ret_fsec, const char *text)
{
    tm->tm_hour = f->hour;
    tm->tm_min = f->minute;
    tm->tm_sec = f->second;
    *ret_fsec = f->usec;
    if (f->ssss != 0)
    {
        tm->tm_hour = f->ssss / SECS_PER_HOUR;
        tm->tm_min = f->ssss % SECS_PER_HOUR / SECS_PER_MINUTE;
        tm->tm_sec = f->ssss % SECS_PER_MINUTE;
    }
    if (f->hour12)
    {
        if (tm->tm_hour < 1 || tm->tm_hour > 12)
            ereport(ERROR, (errcode(ERRCODE_INVALID_DATETIME_FORMAT),
                            errmsg("hour \"%d\" is invalid for the 12-hour clock", tm->tm_hour),
                            errhint("Use the 24-hour clock, or give an hour between 1 and 12.")));
        if (f->pm == 1 && tm->tm_hour < 12)
            tm->tm_hour += 12;
        else if (f->pm == 0 && tm->tm_hour == 12)
            tm->tm_hour = 0;
    }
    if (tm->tm_hour < 0 || tm->tm_hour >= HOURS_PER_DAY || tm->tm_min < 0 ||
        tm->tm_min >= MINS_PER_HOUR || tm->tm_sec < 0 || tm->tm_sec >= SECS_PER_MINUTE)
        format_throw_range(text);
}

static FormatFields
format_parse(FunctionCallInfo fcinfo, struct pg_tm *tm, fsec_t *ret_fsec)
{
    char *input = text_to_cstring(PG_GETARG_TEXT_PP(0));
    Format format;
    FormatFields fields;

    format_cut(&format, PG_GETARG_TEXT_PP(1));
    format_read(&format, input, &fields);
    memset(tm, 0, sizeof(*tm));
    format_to_date(&fields, tm, input);
    format_to_time(&fields, tm, ret_fsec, input);
    return fields;
}

SQL_FUNCTION(to_date)
{
    struct pg_tm tm;
    fsec_t fsec;

    format_parse(fcinfo, &tm, &fsec);
    if (!IS_VALID_JULIAN(tm.tm_year, tm.tm_mon, tm.tm_mday))
        ereport(ERROR, (errcode(ERRCODE_DATETIME_FIELD_OVERFLOW),
                        errmsg("date out of range: \"%s\"", text_to_cstring(PG_GETARG_TEXT_PP(0)))));
    PG_RETURN_DATEADT(date2j(tm.tm_year, tm.tm_mon, tm.tm_mday) - POSTGRES_EPOCH_JDATE);
}

SQL_FUNCTION(to_timestamp)
{
    struct pg_tm tm;
    fsec_t fsec;
    FormatFields fields = format_parse(fcinfo, &tm, &fsec);
    Timestamp result;
    int west;

    if (fields.has_zone)
    {
        west = -(fields.zone_sign ? fields.zone_sign : 1) *
               (fields.zone_hour * SECS_PER_HOUR + fields.zone_minute * SECS_PER_MINUTE);
        if (abs(west) >= TZDISP_LIMIT)
            datetime_throw(DATETIME_ZONE_OVERFLOW, text_to_cstring(PG_GETARG_TEXT_PP(0)), "");
    }
    else
        west = DetermineTimeZoneOffset(&tm, session_timezone);
    if (!tm2timestamp(&tm, fsec, &west, &result))
        ereport(ERROR, (errcode(ERRCODE_DATETIME_FIELD_OVERFLOW), errmsg("timestamp out of range")));
    PG_RETURN_TIMESTAMPTZ(result);
}
