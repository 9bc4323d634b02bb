/*
 * datetime_parse.c - reads dates and times in all the ways people write them
 *
 * Why        first the text is cut into fields by their look (number, date with separators, time with
 *            colons, word, signed zone); then each field is given a meaning from what is known so
 *            far. DateOrder decides only where day and month cannot be told apart.
 * Read first datetime_parse()
 */
#include "datetime_int.h"
#include "catalog/catalog.h"
#include "xact/xact.h"

#define FIELDS_MAX 25
#define FIELD_BYTES_MAX 128

typedef enum FieldKind
{
    FIELD_NUMBER,
    FIELD_STRING,
    FIELD_DATE,
    FIELD_TIME,
    FIELD_ZONE,
} FieldKind;

typedef struct Field
{
    FieldKind kind;
    char text[FIELD_BYTES_MAX];
} Field;

enum
{
    HAVE_YEAR = 1,
    HAVE_MONTH = 2,
    HAVE_DAY = 4,
    HAVE_YEARDAY = 8,
    HAVE_TIME = 16,
    HAVE_ZONE = 32,
    HAVE_WEEKDAY = 64,
    HAVE_DATE = HAVE_YEAR | HAVE_MONTH | HAVE_DAY,
};

typedef struct Reader
{
    Field fields[FIELDS_MAX];
    int count;
    int have;
    bool text_month;
    bool time_only;
    bool two_digit_year;
    bool is_julian;
    bool bc;
    int meridian; /* 0 none, 1 AM, 2 PM */
    char prefix;  /* 'J' or 'T' before a number */
    const char *zone_name;
    pg_tz *named_zone;
    const char *abbreviation;
    bool zone_dst;
    DatetimeParts *parts;
} Reader;

/* ---- words ---- */

typedef enum WordKind
{
    WORD_MONTH,
    WORD_DAY,
    WORD_SPECIAL,
    WORD_MERIDIAN,
    WORD_ERA,
    WORD_IGNORE,
    WORD_DST,
    WORD_ISO_TIME,
    WORD_JULIAN,
} WordKind;

enum
{
    SPECIAL_NOW,
    SPECIAL_TODAY,
    SPECIAL_TOMORROW,
    SPECIAL_YESTERDAY,
    SPECIAL_EPOCH,
    SPECIAL_EARLY,
    SPECIAL_LATE,
    SPECIAL_ALLBALLS,
};

static const struct
{
    const char *word;
    WordKind kind;
    int value;
} parse_words[] = {
    {"jan", WORD_MONTH, 1},        {"january", WORD_MONTH, 1},   {"feb", WORD_MONTH, 2},
    {"february", WORD_MONTH, 2},   {"mar", WORD_MONTH, 3},       {"march", WORD_MONTH, 3},
    {"apr", WORD_MONTH, 4},        {"april", WORD_MONTH, 4},     {"may", WORD_MONTH, 5},
    {"jun", WORD_MONTH, 6},        {"june", WORD_MONTH, 6},      {"jul", WORD_MONTH, 7},
    {"july", WORD_MONTH, 7},       {"aug", WORD_MONTH, 8},       {"august", WORD_MONTH, 8},
    {"sep", WORD_MONTH, 9},        {"sept", WORD_MONTH, 9},      {"september", WORD_MONTH, 9},
    {"oct", WORD_MONTH, 10},       {"october", WORD_MONTH, 10},  {"nov", WORD_MONTH, 11},
    {"november", WORD_MONTH, 11},  {"dec", WORD_MONTH, 12},      {"december", WORD_MONTH, 12},
    {"sun", WORD_DAY, 0},          {"sunday", WORD_DAY, 0},      {"mon", WORD_DAY, 1},
    {"monday", WORD_DAY, 1},       {"tue", WORD_DAY, 2},         {"tues", WORD_DAY, 2},
    {"tuesday", WORD_DAY, 2},      {"wed", WORD_DAY, 3},         {"weds", WORD_DAY, 3},
    {"wednesday", WORD_DAY, 3},    {"thu", WORD_DAY, 4},         {"thur", WORD_DAY, 4},
    {"thurs", WORD_DAY, 4},        {"thursday", WORD_DAY, 4},    {"fri", WORD_DAY, 5},
    {"friday", WORD_DAY, 5},       {"sat", WORD_DAY, 6},         {"saturday", WORD_DAY, 6},
    {"now", WORD_SPECIAL, SPECIAL_NOW}, {"today", WORD_SPECIAL, SPECIAL_TODAY},
    {"tomorrow", WORD_SPECIAL, SPECIAL_TOMORROW}, {"yesterday", WORD_SPECIAL, SPECIAL_YESTERDAY},
    {"epoch", WORD_SPECIAL, SPECIAL_EPOCH}, {"-infinity", WORD_SPECIAL, SPECIAL_EARLY},
    {"infinity", WORD_SPECIAL, SPECIAL_LATE}, {"+infinity", WORD_SPECIAL, SPECIAL_LATE},
    {"allballs", WORD_SPECIAL, SPECIAL_ALLBALLS}, {"am", WORD_MERIDIAN, 1}, {"pm", WORD_MERIDIAN, 2},
    {"ad", WORD_ERA, 0},           {"bc", WORD_ERA, 1},          {"at", WORD_IGNORE, 0},
    {"on", WORD_IGNORE, 0},        {"dst", WORD_DST, 0},         {"t", WORD_ISO_TIME, 0},
    {"j", WORD_JULIAN, 0},         {"jd", WORD_JULIAN, 0},       {"julian", WORD_JULIAN, 0},
};

static int
parse_find_word(const char *word)
{
    for (int i = 0; i < lengthof(parse_words); i++)
        if (strcmp(word, parse_words[i].word) == 0)
            return i;
    return -1;
}

static int
parse_find_month(const char *word)
{
    int i = parse_find_word(word);

    return i >= 0 && parse_words[i].kind == WORD_MONTH ? parse_words[i].value : 0;
}

/* ---- errors ---- */

void
datetime_throw(DatetimeError error, const char *text, const char *type)
{
    switch (error)
    {
        case DATETIME_FIELD_OVERFLOW:
            ereport(ERROR, (errcode(ERRCODE_DATETIME_FIELD_OVERFLOW),
                            errmsg("date/time field value out of range: \"%s\"", text)));
            break;
        case DATETIME_DAY_OVERFLOW:
            ereport(ERROR, (errcode(ERRCODE_DATETIME_FIELD_OVERFLOW),
                            errmsg("date/time field value out of range: \"%s\"", text),
                            errhint("Perhaps you need a different \"datestyle\" setting.")));
            break;
        case DATETIME_INTERVAL_OVERFLOW:
            ereport(ERROR, (errcode(ERRCODE_INTERVAL_FIELD_OVERFLOW),
                            errmsg("interval field value out of range: \"%s\"", text)));
            break;
        case DATETIME_ZONE_OVERFLOW:
            ereport(ERROR, (errcode(ERRCODE_INVALID_TIME_ZONE_DISPLACEMENT_VALUE),
                            errmsg("time zone displacement out of range: \"%s\"", text)));
            break;
        default:
            ereport(ERROR, (errcode(ERRCODE_INVALID_DATETIME_FORMAT),
                            errmsg("invalid input syntax for type %s: \"%s\"", type, text)));
            break;
    }
    pg_unreachable();
}

/* ---- cutting ---- */

static bool
cut_is_date_separator(char c)
{
    return c == '-' || c == '/' || c == '.';
}

/* Takes what stands at *p into a field; false where it is no field at all. */
static bool
cut_number(const char **p, Field *field, int *n)
{
    while (isdigit((unsigned char) **p) && *n < FIELD_BYTES_MAX - 1)
        field->text[(*n)++] = *(*p)++;
    if (**p == ':')
    {
        field->kind = FIELD_TIME;
        while ((isdigit((unsigned char) **p) || **p == ':' || **p == '.') && *n < FIELD_BYTES_MAX - 1)
            field->text[(*n)++] = *(*p)++;
        return true;
    }
    if (!cut_is_date_separator(**p))
    {
        field->kind = FIELD_NUMBER;
        return true;
    }
    {
        char separator = **p;

        field->text[(*n)++] = *(*p)++;
        if (isdigit((unsigned char) **p))
        {
            field->kind = separator == '.' ? FIELD_NUMBER : FIELD_DATE;
            while (isdigit((unsigned char) **p) && *n < FIELD_BYTES_MAX - 1)
                field->text[(*n)++] = *(*p)++;
            if (**p == separator)
            {
                field->kind = FIELD_DATE;
                while ((isdigit((unsigned char) **p) || **p == separator) && *n < FIELD_BYTES_MAX - 1)
                    field->text[(*n)++] = *(*p)++;
            }
        }
        else
        {
            field->kind = FIELD_DATE;
            while ((isalnum((unsigned char) **p) || **p == separator) && *n < FIELD_BYTES_MAX - 1)
                field->text[(*n)++] = (char) pg_ascii_tolower((unsigned char) *(*p)++);
        }
    }
    return true;
}

static bool
cut_word(const char **p, Field *field, int *n)
{
    field->kind = FIELD_STRING;
    while (isalpha((unsigned char) **p) && *n < FIELD_BYTES_MAX - 1)
        field->text[(*n)++] = (char) pg_ascii_tolower((unsigned char) *(*p)++);
    field->text[*n] = '\0';
    if (cut_is_date_separator(**p) || **p == '+' || isdigit((unsigned char) **p) || **p == '_')
    {
        bool is_date = cut_is_date_separator(**p) && parse_find_month(field->text) != 0;
        bool more;

        if (!is_date && !(**p == '+' || **p == '-' || **p == '/' || **p == '_') &&
            parse_find_word(field->text) >= 0)
            return true;
        do
        {
            field->text[(*n)++] = (char) pg_ascii_tolower((unsigned char) *(*p)++);
            more = isalnum((unsigned char) **p) || **p == '-' || **p == '/' || **p == '_' ||
                   **p == '.' || **p == ':' || **p == '+' || **p == ',';
        } while (more && **p != '\0' && *n < FIELD_BYTES_MAX - 1 && !(is_date && **p == ':') &&
                 !(is_date && **p == ','));
        if (is_date)
            field->kind = FIELD_DATE;
    }
    return true;
}

static bool
cut_signed(const char **p, Field *field, int *n)
{
    field->text[(*n)++] = *(*p)++;
    while (isspace((unsigned char) **p))
        (*p)++;
    if (isdigit((unsigned char) **p))
    {
        field->kind = FIELD_ZONE;
        while ((isdigit((unsigned char) **p) || **p == ':' || **p == '.' || **p == '-') &&
               *n < FIELD_BYTES_MAX - 1)
            field->text[(*n)++] = *(*p)++;
        return true;
    }
    if (!isalpha((unsigned char) **p))
        return false;
    field->kind = FIELD_STRING;
    while (isalpha((unsigned char) **p) && *n < FIELD_BYTES_MAX - 1)
        field->text[(*n)++] = (char) pg_ascii_tolower((unsigned char) *(*p)++);
    return true;
}

static bool
datetime_cut(const char *p, Reader *reader)
{
    while (*p != '\0')
    {
        Field *field = &reader->fields[reader->count];
        int n = 0;
        bool good;

        if (isspace((unsigned char) *p))
        {
            p++;
            continue;
        }
        if (reader->count >= FIELDS_MAX)
            return false;
        if (isdigit((unsigned char) *p))
            good = cut_number(&p, field, &n);
        else if (*p == '.' && isdigit((unsigned char) p[1]))
        {
            field->text[n++] = *p++;
            good = cut_number(&p, field, &n);
            field->kind = FIELD_NUMBER;
        }
        else if (isalpha((unsigned char) *p))
            good = cut_word(&p, field, &n);
        else if (*p == '+' || *p == '-')
            good = cut_signed(&p, field, &n);
        else if (ispunct((unsigned char) *p))
        {
            p++;
            continue;
        }
        else
            return false;
        if (!good || n >= FIELD_BYTES_MAX - 1)
            return false;
        field->text[n] = '\0';
        reader->count++;
    }
    return true;
}

/* ---- numbers ---- */

/* ".ddd..." to microseconds, rounded; false for other text. */
static bool
parse_fraction(const char *text, fsec_t *ret)
{
    char *end;
    double value;

    if (text[0] != '.' || (text[1] != '\0' && !isdigit((unsigned char) text[1])))
        return false;
    value = text[1] == '\0' ? 0 : strtod(text, &end);
    if (text[1] != '\0' && *end != '\0')
        return false;
    *ret = (fsec_t) rint(value * 1000000);
    return true;
}

/* Digits without separators: YYYYMMDD, YYMMDD, HHMMSS, HHMM, each with a fraction. */
static DatetimeError
read_run(Reader *reader, const char *text)
{
    struct pg_tm *tm = &reader->parts->tm;
    const char *point = strchr(text, '.');
    int length = point ? (int) (point - text) : (int) strlen(text);

    if ((reader->have & HAVE_DATE) != HAVE_DATE && length >= 6 && point == NULL && !reader->time_only)
    {
        tm->tm_mday = atoi(text + length - 2);
        tm->tm_mon = (text[length - 4] - '0') * 10 + (text[length - 3] - '0');
        tm->tm_year = (int) strtol(pnstrdup(text, length - 4), NULL, 10);
        reader->two_digit_year = length - 4 == 2;
        reader->have |= HAVE_DATE;
        return DATETIME_OK;
    }
    if (!(reader->have & HAVE_TIME) && (length == 6 || length == 4))
    {
        if (point && !parse_fraction(point, &reader->parts->fsec))
            return DATETIME_BAD_FORMAT;
        tm->tm_hour = (text[0] - '0') * 10 + (text[1] - '0');
        tm->tm_min = (text[2] - '0') * 10 + (text[3] - '0');
        tm->tm_sec = length == 6 ? (text[4] - '0') * 10 + (text[5] - '0') : 0;
        reader->have |= HAVE_TIME;
        return DATETIME_OK;
    }
    return DATETIME_BAD_FORMAT;
}

static DatetimeError
read_number(Reader *reader, const char *text)
{
    struct pg_tm *tm = &reader->parts->tm;
    int length = (int) strlen(text);
    char *end;
    long value;
    int have = reader->have & HAVE_DATE;

    errno = 0;
    value = strtol(text, &end, 10);
    if (errno != 0 || value > INT_MAX)
        return DATETIME_FIELD_OVERFLOW;
    if (end == text)
        return DATETIME_BAD_FORMAT;
    if (*end == '.')
    {
        if (end - text > 2)
            return read_run(reader, text);
        if (!parse_fraction(end, &reader->parts->fsec))
            return DATETIME_BAD_FORMAT;
    }
    else if (*end != '\0')
        return DATETIME_BAD_FORMAT;
    if (length == 3 && have == HAVE_YEAR && value >= 1 && value <= 366)
    {
        reader->have |= HAVE_YEARDAY | HAVE_MONTH | HAVE_DAY;
        tm->tm_yday = (int) value;
        return DATETIME_OK;
    }
    if (have == HAVE_DATE)
        return read_run(reader, text);
    if ((have == 0 && (length >= 3 || DateOrder == DATEORDER_YMD)) ||
        (have == HAVE_MONTH && reader->text_month &&
         (length >= 3 || DateOrder == DATEORDER_YMD)) ||
        have == (HAVE_MONTH | HAVE_DAY))
    {
        tm->tm_year = (int) value;
        reader->two_digit_year = length <= 2;
        reader->have |= HAVE_YEAR;
    }
    else if (have == (HAVE_YEAR | HAVE_MONTH) && reader->text_month && length >= 3 &&
             reader->two_digit_year)
    {
        tm->tm_mday = tm->tm_year;
        tm->tm_year = (int) value;
        reader->two_digit_year = false;
        reader->have |= HAVE_DAY;
    }
    else if ((have == 0 && DateOrder == DATEORDER_DMY) || have == HAVE_MONTH ||
             have == (HAVE_YEAR | HAVE_MONTH))
    {
        tm->tm_mday = (int) value;
        reader->have |= HAVE_DAY;
    }
    else
    {
        tm->tm_mon = (int) value;
        reader->have |= HAVE_MONTH;
    }
    return DATETIME_OK;
}

/* 2-Jan-2024, 1/2/2024, 2024.02.01: words first, since they settle the order. */
static DatetimeError
read_date(Reader *reader, char *text)
{
    char *parts[FIELDS_MAX];
    int count = 0;
    char *p = text;

    while (*p != '\0' && count < FIELDS_MAX)
    {
        bool digits;

        while (*p != '\0' && !isalnum((unsigned char) *p))
            p++;
        if (*p == '\0')
            return DATETIME_BAD_FORMAT;
        parts[count++] = p;
        digits = isdigit((unsigned char) *p);
        while (digits ? isdigit((unsigned char) *p) : isalpha((unsigned char) *p))
            p++;
        if (*p != '\0')
            *p++ = '\0';
    }
    for (int i = 0; i < count; i++)
    {
        int month;

        if (!isalpha((unsigned char) *parts[i]))
            continue;
        month = parse_find_month(parts[i]);
        if (month == 0 || (reader->have & HAVE_MONTH))
            return DATETIME_BAD_FORMAT;
        reader->parts->tm.tm_mon = month;
        reader->have |= HAVE_MONTH;
        reader->text_month = true;
        parts[i] = NULL;
    }
    for (int i = 0; i < count; i++)
    {
        int before = reader->have;
        DatetimeError error;

        if (parts[i] == NULL)
            continue;
        if (*parts[i] == '\0')
            return DATETIME_BAD_FORMAT;
        error = read_number(reader, parts[i]);
        if (error != DATETIME_OK)
            return error;
        if (reader->have == before || (reader->have & HAVE_TIME) != (before & HAVE_TIME))
            return DATETIME_BAD_FORMAT;
    }
    /* Such a date must come first: only a zone may stand before it. */
    if ((reader->have & ~(HAVE_ZONE | HAVE_YEARDAY)) != HAVE_DATE)
        return DATETIME_BAD_FORMAT;
    return DATETIME_OK;
}

/* hh:mm[:ss[.f]], also mm:ss.f */
static DatetimeError
read_time(Reader *reader, const char *text)
{
    struct pg_tm *tm = &reader->parts->tm;
    char *end;

    if (reader->have & HAVE_TIME)
        return DATETIME_BAD_FORMAT;
    reader->have |= HAVE_TIME;
    errno = 0;
    tm->tm_hour = (int) strtol(text, &end, 10);
    if (errno != 0 || *end != ':')
        return errno ? DATETIME_FIELD_OVERFLOW : DATETIME_BAD_FORMAT;
    if (!isdigit((unsigned char) end[1]))
        return DATETIME_BAD_FORMAT;
    tm->tm_min = (int) strtol(end + 1, &end, 10);
    tm->tm_sec = 0;
    if (*end == '.')
    {
        if (!parse_fraction(end, &reader->parts->fsec))
            return DATETIME_BAD_FORMAT;
        tm->tm_sec = tm->tm_min;
        tm->tm_min = tm->tm_hour;
        tm->tm_hour = 0;
    }
    else if (*end == ':')
    {
        if (!isdigit((unsigned char) end[1]))
            return DATETIME_BAD_FORMAT;
        tm->tm_sec = (int) strtol(end + 1, &end, 10);
        if (*end == '.')
        {
            if (!parse_fraction(end, &reader->parts->fsec))
                return DATETIME_BAD_FORMAT;
        }
        else if (*end != '\0')
            return DATETIME_BAD_FORMAT;
    }
    else if (*end != '\0')
        return DATETIME_BAD_FORMAT;
    if (tm->tm_hour < 0 || tm->tm_min < 0 || tm->tm_min > 59 || tm->tm_sec < 0 || tm->tm_sec > 60)
        return DATETIME_FIELD_OVERFLOW;
    return DATETIME_OK;
}

/* +hh, +hhmm, +hh:mm, +hh:mm:ss */
static DatetimeError
read_zone_offset(Reader *reader, const char *text)
{
    char *end;
    long hours;
    long minutes = 0;
    long seconds = 0;
    int west;

    errno = 0;
    hours = strtol(text + 1, &end, 10);
    if (errno != 0)
        return DATETIME_ZONE_OVERFLOW;
    if (*end == ':')
    {
        minutes = strtol(end + 1, &end, 10);
        if (*end == ':')
            seconds = strtol(end + 1, &end, 10);
    }
    else if (*end == '\0' && strlen(text) > 3)
    {
        minutes = hours % 100;
        hours /= 100;
    }
    if (hours < 0 || hours > MAX_TZDISP_HOUR || minutes < 0 || minutes > 59 || seconds < 0 ||
        seconds > 59)
        return DATETIME_ZONE_OVERFLOW;
    if (*end != '\0')
        return DATETIME_BAD_FORMAT;
    west = (int) (hours * 3600 + minutes * 60 + seconds);
    reader->parts->zone = text[0] == '-' ? west : -west;
    reader->have |= HAVE_ZONE;
    return DATETIME_OK;
}

/* ---- words ---- */

static DatetimeError
read_zone_name(Reader *reader, const char *text)
{
    int seconds_east;
    bool dst;
    const char *dynamic;

    if (reader->have & HAVE_ZONE)
        return DATETIME_BAD_FORMAT;
    reader->have |= HAVE_ZONE;
    if (timezone_find_abbreviation(text, &seconds_east, &dst, &dynamic))
    {
        if (dynamic != NULL)
        {
            reader->named_zone = pg_tzset(dynamic);
            reader->abbreviation = text;
            return reader->named_zone ? DATETIME_OK : DATETIME_BAD_FORMAT;
        }
        reader->parts->zone = -seconds_east;
        reader->parts->tm.tm_isdst = dst;
        return DATETIME_OK;
    }
    reader->named_zone = pg_tzset(text);
    if (reader->named_zone != NULL)
        return DATETIME_OK;
    if (strpbrk(text, "/_0123456789+-") != NULL)
        ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE),
                        errmsg("time zone \"%s\" not recognized", text)));
    return DATETIME_BAD_FORMAT;
}

static DatetimeError
read_special(Reader *reader, int special, bool time_only)
{
    DatetimeParts *parts = reader->parts;
    struct pg_tm now;
    fsec_t fsec;
    int zone;

    switch (special)
    {
        case SPECIAL_EPOCH:
            parts->kind = DATETIME_EPOCH;
            return DATETIME_OK;
        case SPECIAL_EARLY:
            parts->kind = DATETIME_EARLY;
            return DATETIME_OK;
        case SPECIAL_LATE:
            parts->kind = DATETIME_LATE;
            return DATETIME_OK;
        case SPECIAL_ALLBALLS:
            reader->have |= HAVE_TIME | HAVE_ZONE;
            parts->tm.tm_hour = parts->tm.tm_min = parts->tm.tm_sec = 0;
            parts->fsec = 0;
            parts->zone = 0;
            return DATETIME_OK;
        default:
            break;
    }
    timestamp2tm(xact_start_timestamp(), &zone, &now, &fsec, NULL, NULL);
    if (special == SPECIAL_TOMORROW || special == SPECIAL_YESTERDAY)
    {
        int day = date2j(now.tm_year, now.tm_mon, now.tm_mday) + (special == SPECIAL_TOMORROW ? 1 : -1);

        j2date(day, &now.tm_year, &now.tm_mon, &now.tm_mday);
    }
    if (time_only && special != SPECIAL_NOW)
        return DATETIME_BAD_FORMAT;
    parts->tm.tm_year = now.tm_year;
    parts->tm.tm_mon = now.tm_mon;
    parts->tm.tm_mday = now.tm_mday;
    reader->have |= HAVE_DATE;
    if (special == SPECIAL_NOW)
    {
        parts->tm.tm_hour = now.tm_hour;
        parts->tm.tm_min = now.tm_min;
        parts->tm.tm_sec = now.tm_sec;
        parts->fsec = fsec;
        parts->zone = zone;
        parts->now = true;
        reader->have |= HAVE_TIME | HAVE_ZONE;
    }
    return DATETIME_OK;
}

static DatetimeError
read_word(Reader *reader, int index, bool time_only)
{
    const char *text = reader->fields[index].text;
    int word = parse_find_word(text);
    int value = word >= 0 ? parse_words[word].value : 0;
    bool is_zone_too;
    int ignored_offset;
    bool ignored_dst;
    const char *ignored_zone;

    if (word < 0)
        return read_zone_name(reader, text);
    is_zone_too = timezone_find_abbreviation(text, &ignored_offset, &ignored_dst, &ignored_zone);
    switch (parse_words[word].kind)
    {
        case WORD_MONTH:
            /* "2 3 Jan": what looked like a month was the day. */
            if ((reader->have & HAVE_MONTH) && !reader->text_month && !(reader->have & HAVE_DAY) &&
                reader->parts->tm.tm_mon >= 1 && reader->parts->tm.tm_mon <= 31)
            {
                reader->parts->tm.tm_mday = reader->parts->tm.tm_mon;
                reader->have |= HAVE_DAY;
            }
            else if (reader->have & HAVE_MONTH)
                return DATETIME_BAD_FORMAT;
            reader->have |= HAVE_MONTH;
            reader->text_month = true;
            reader->parts->tm.tm_mon = value;
            return DATETIME_OK;
        case WORD_DAY:
            if (is_zone_too && (reader->have & HAVE_TIME))
                return read_zone_name(reader, text);
            if (reader->have & HAVE_WEEKDAY)
                return DATETIME_BAD_FORMAT;
            reader->have |= HAVE_WEEKDAY;
            return DATETIME_OK;
        case WORD_SPECIAL:
            return read_special(reader, value, time_only);
        case WORD_MERIDIAN:
            reader->meridian = value;
            return DATETIME_OK;
        case WORD_ERA:
            reader->bc = value;
            return DATETIME_OK;
        case WORD_DST:
            reader->parts->zone -= SECS_PER_HOUR;
            return DATETIME_OK;
        case WORD_ISO_TIME:
        case WORD_JULIAN:
            if (index + 1 >= reader->count ||
                (reader->fields[index + 1].kind != FIELD_NUMBER &&
                 reader->fields[index + 1].kind != FIELD_TIME &&
                 reader->fields[index + 1].kind != FIELD_DATE))
                return DATETIME_BAD_FORMAT;
            if (parse_words[word].kind == WORD_ISO_TIME && !time_only &&
                (reader->have & HAVE_DATE) != HAVE_DATE)
                return DATETIME_BAD_FORMAT;
            reader->prefix = parse_words[word].kind == WORD_JULIAN ? 'J' : 'T';
            return DATETIME_OK;
        default:
            return DATETIME_OK;
    }
}

/* A number behind J: a Julian day, its fraction the time. */
static DatetimeError
read_julian(Reader *reader, const char *text)
{
    struct pg_tm *tm = &reader->parts->tm;
    char *end;
    long day;

    errno = 0;
    day = strtol(text, &end, 10);
    if (errno != 0 || day < 0 || day > INT_MAX)
        return DATETIME_FIELD_OVERFLOW;
    j2date((int) day, &tm->tm_year, &tm->tm_mon, &tm->tm_mday);
    reader->is_julian = true;
    reader->have |= HAVE_DATE;
    if (*end == '\0')
        return DATETIME_OK;
    if (*end == '.')
    {
        double fraction = strtod(end, &end);

        time2tm((TimeADT) (fraction * USECS_PER_DAY), tm, &reader->parts->fsec);
        reader->have |= HAVE_TIME;
        return *end == '\0' ? DATETIME_OK : DATETIME_BAD_FORMAT;
    }
    return DATETIME_BAD_FORMAT;
}

/* hhmmss-zz */
static DatetimeError
read_run_with_zone(Reader *reader, char *text)
{
    char *minus = strchr(text, '-');
    DatetimeError error = read_zone_offset(reader, minus);

    if (error != DATETIME_OK)
        return error;
    *minus = '\0';
    return read_run(reader, text);
}

static DatetimeError
read_field(Reader *reader, int index, bool time_only)
{
    Field *field = &reader->fields[index];
    char prefix = reader->prefix;

    reader->prefix = 0;
    switch (field->kind)
    {
        case FIELD_STRING:
            return read_word(reader, index, time_only);
        case FIELD_TIME:
            return prefix == 'J' ? DATETIME_BAD_FORMAT : read_time(reader, field->text);
        case FIELD_ZONE:
            if (reader->have & HAVE_ZONE && reader->named_zone == NULL)
                return DATETIME_BAD_FORMAT;
            return read_zone_offset(reader, field->text);
        case FIELD_DATE:
            if (prefix == 'J')
                return DATETIME_BAD_FORMAT;
            if (isdigit((unsigned char) field->text[0]) && strchr(field->text, '-') != NULL &&
                strchr(field->text, '-') == strrchr(field->text, '-') &&
                (time_only || prefix == 'T' || (reader->have & HAVE_DATE) == HAVE_DATE))
                return read_run_with_zone(reader, field->text);
            if ((reader->have & (HAVE_MONTH | HAVE_DAY)) == (HAVE_MONTH | HAVE_DAY) ||
                (isalpha((unsigned char) field->text[0]) && (reader->have & HAVE_DATE)))
                return DATETIME_BAD_FORMAT;
            return read_date(reader, field->text);
        default:
            if (prefix == 'J')
                return read_julian(reader, field->text);
            if (prefix == 'T' || (time_only && !(reader->have & HAVE_TIME)))
                return read_run(reader, field->text);
            if (strchr(field->text, '.') != NULL && !(reader->have & HAVE_DATE))
                return read_date(reader, field->text);
            if (strlen(field->text) >= 6 && (!(reader->have & HAVE_DATE) || !(reader->have & HAVE_TIME)))
                return read_run(reader, field->text);
            return read_number(reader, field->text);
    }
}

/* ---- the whole ---- */

bool
datetime_date_valid(int year, int month, int day)
{
    return month >= 1 && month <= MONTHS_PER_YEAR && day >= 1 && day <= day_tab[isleap(year)][month - 1];
}

static DatetimeError
check_date(Reader *reader)
{
    struct pg_tm *tm = &reader->parts->tm;

    if ((reader->have & HAVE_YEAR) && !reader->is_julian)
    {
        if (reader->bc)
        {
            if (tm->tm_year <= 0)
                return DATETIME_FIELD_OVERFLOW;
            tm->tm_year = -(tm->tm_year - 1);
        }
        else if (reader->two_digit_year)
        {
            if (tm->tm_year < 0)
                return DATETIME_FIELD_OVERFLOW;
            if (tm->tm_year < 70)
                tm->tm_year += 2000;
            else if (tm->tm_year < 100)
                tm->tm_year += 1900;
        }
        else if (tm->tm_year <= 0)
            return DATETIME_FIELD_OVERFLOW;
    }
    if (reader->have & HAVE_YEARDAY)
        j2date(date2j(tm->tm_year, 1, 1) + tm->tm_yday - 1, &tm->tm_year, &tm->tm_mon, &tm->tm_mday);
    if ((reader->have & HAVE_MONTH) && (tm->tm_mon < 1 || tm->tm_mon > MONTHS_PER_YEAR))
        return DATETIME_DAY_OVERFLOW;
    if ((reader->have & HAVE_DAY) && (tm->tm_mday < 1 || tm->tm_mday > 31))
        return DATETIME_DAY_OVERFLOW;
    if ((reader->have & HAVE_DATE) == HAVE_DATE &&
        !datetime_date_valid(tm->tm_year, tm->tm_mon, tm->tm_mday))
        return DATETIME_FIELD_OVERFLOW;
    return DATETIME_OK;
}

static DatetimeError
check_time(Reader *reader)
{
    struct pg_tm *tm = &reader->parts->tm;

    if (reader->meridian != 0 && tm->tm_hour > 12)
        return DATETIME_FIELD_OVERFLOW;
    if (reader->meridian == 1 && tm->tm_hour == 12)
        tm->tm_hour = 0;
    else if (reader->meridian == 2 && tm->tm_hour != 12)
        tm->tm_hour += 12;
    if (tm->tm_hour > 24 || tm->tm_min > 59 || tm->tm_sec > 60 ||
        (tm->tm_hour == 24 && (tm->tm_min > 0 || tm->tm_sec > 0 || reader->parts->fsec > 0)))
        return DATETIME_FIELD_OVERFLOW;
    return DATETIME_OK;
}

static DatetimeError
resolve_zone(Reader *reader, bool time_only)
{
    struct pg_tm *tm = &reader->parts->tm;
    struct pg_tm now;
    fsec_t fsec;
    int zone;
    bool found;

    if (reader->named_zone == NULL || (reader->have & HAVE_DATE) != HAVE_DATE)
    {
        if (reader->named_zone == NULL)
            return DATETIME_OK;
        if (!time_only)
            return DATETIME_OK;
        if (reader->abbreviation == NULL && !timezone_is_fixed(reader->named_zone))
            return DATETIME_BAD_FORMAT;
        /* A named zone's offset depends on the day: today's. */
        timestamp2tm(xact_start_timestamp(), &zone, &now, &fsec, NULL, reader->named_zone);
        tm->tm_year = now.tm_year;
        tm->tm_mon = now.tm_mon;
        tm->tm_mday = now.tm_mday;
        if (reader->abbreviation == NULL)
        {
            reader->parts->zone = DetermineTimeZoneOffset(tm, reader->named_zone);
            return DATETIME_OK;
        }
    }
    if (reader->abbreviation != NULL)
        reader->parts->zone = timezone_abbreviation_offset(reader->named_zone,
                                                           reader->abbreviation, tm, &found);
    else
        reader->parts->zone = DetermineTimeZoneOffset(tm, reader->named_zone);
    return DATETIME_OK;
}

DatetimeError
datetime_parse(const char *text, bool time_only, DatetimeParts *ret)
{
    Reader reader;
    DatetimeError error;

    memset(ret, 0, sizeof(*ret));
    memset(&reader.count, 0, sizeof(Reader) - offsetof(Reader, count));
    reader.time_only = time_only;
    reader.parts = ret;
    ret->tm.tm_isdst = -1;
    if (!datetime_cut(text, &reader) || reader.count == 0)
        return DATETIME_BAD_FORMAT;
    for (int i = 0; i < reader.count; i++)
    {
        error = read_field(&reader, i, time_only);
        if (error != DATETIME_OK)
            return error;
    }
    if (ret->kind != DATETIME_DATE)
        return reader.have & ~HAVE_ZONE || time_only ? DATETIME_BAD_FORMAT : DATETIME_OK;
    if ((error = check_date(&reader)) != DATETIME_OK || (error = check_time(&reader)) != DATETIME_OK)
        return error;
    if (time_only ? !(reader.have & HAVE_TIME) : (reader.have & HAVE_DATE) != HAVE_DATE)
        return DATETIME_BAD_FORMAT;
    ret->has_date = (reader.have & HAVE_DATE) == HAVE_DATE;
    ret->has_time = (reader.have & HAVE_TIME) != 0;
    ret->has_zone = (reader.have & HAVE_ZONE) != 0;
    return resolve_zone(&reader, time_only);
}
