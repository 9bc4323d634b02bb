/*
 * format_datetime.c - to_char of dates, times and intervals; to_date and to_timestamp
 *
 * Read first format_cut(), format_put(), format_read()
 */
#include "datetime_int.h"
#include "types/encoding.h"

typedef enum FormatKey
{
    KEY_TEXT,  /* one character that is neither letter nor digit nor separator */
    KEY_SPACE,
    KEY_SEPARATOR,
    KEY_AD,
    KEY_AD_DOTS,
    KEY_AM,
    KEY_AM_DOTS,
    KEY_CC,
    KEY_D,
    KEY_DAY,
    KEY_DD,
    KEY_DDD,
    KEY_DY,
    KEY_FF,
    KEY_FX,
    KEY_HH12,
    KEY_HH24,
    KEY_ID,
    KEY_IDDD,
    KEY_IW,
    KEY_J,
    KEY_MI,
    KEY_MM,
    KEY_MON,
    KEY_MONTH,
    KEY_MS,
    KEY_OF,
    KEY_Q,
    KEY_RM,
    KEY_SS,
    KEY_SSSS,
    KEY_TZ,
    KEY_TZH,
    KEY_TZM,
    KEY_US,
    KEY_W,
    KEY_WW,
    KEY_Y,     /* last `width` digits of the year */
    KEY_Y_YYY,
    KEY_I,     /* of the ISO year */
} FormatKey;

/* How a word is written: as in the template's own letters. */
enum
{
    CASE_LOWER,
    CASE_TITLE,
    CASE_UPPER,
};

typedef struct FormatWord
{
    const char *word;
    FormatKey key;
    int width; /* digits */
    int letter_case;
} FormatWord;

/* Longer words first where one begins another. */
static const FormatWord format_words[] = {
    {"A.D.", KEY_AD_DOTS, 0, CASE_UPPER}, {"A.M.", KEY_AM_DOTS, 0, CASE_UPPER},
    {"AD", KEY_AD, 0, CASE_UPPER},        {"AM", KEY_AM, 0, CASE_UPPER},
    {"B.C.", KEY_AD_DOTS, 0, CASE_UPPER}, {"BC", KEY_AD, 0, CASE_UPPER},
    {"CC", KEY_CC, 2, 0},                 {"DAY", KEY_DAY, 9, CASE_UPPER},
    {"DDD", KEY_DDD, 3, 0},               {"DD", KEY_DD, 2, 0},
    {"DY", KEY_DY, 3, CASE_UPPER},        {"Day", KEY_DAY, 9, CASE_TITLE},
    {"Dy", KEY_DY, 3, CASE_TITLE},        {"D", KEY_D, 1, 0},
    {"FF1", KEY_FF, 1, 0},                {"FF2", KEY_FF, 2, 0},
    {"FF3", KEY_FF, 3, 0},                {"FF4", KEY_FF, 4, 0},
    {"FF5", KEY_FF, 5, 0},                {"FF6", KEY_FF, 6, 0},
    {"FX", KEY_FX, 0, 0},                 {"HH24", KEY_HH24, 2, 0},
    {"HH12", KEY_HH12, 2, 0},             {"HH", KEY_HH12, 2, 0},
    {"IDDD", KEY_IDDD, 3, 0},             {"ID", KEY_ID, 1, 0},
    {"IW", KEY_IW, 2, 0},                 {"IYYY", KEY_I, 4, 0},
    {"IYY", KEY_I, 3, 0},                 {"IY", KEY_I, 2, 0},
    {"I", KEY_I, 1, 0},                   {"J", KEY_J, 0, 0},
    {"MI", KEY_MI, 2, 0},                 {"MM", KEY_MM, 2, 0},
    {"MONTH", KEY_MONTH, 9, CASE_UPPER},  {"MON", KEY_MON, 3, CASE_UPPER},
    {"MS", KEY_MS, 3, 0},                 {"Month", KEY_MONTH, 9, CASE_TITLE},
    {"Mon", KEY_MON, 3, CASE_TITLE},      {"OF", KEY_OF, 0, 0},
    {"P.M.", KEY_AM_DOTS, 0, CASE_UPPER}, {"PM", KEY_AM, 0, CASE_UPPER},
    {"Q", KEY_Q, 1, 0},                   {"RM", KEY_RM, 4, CASE_UPPER},
    {"SSSSS", KEY_SSSS, 5, 0},            {"SSSS", KEY_SSSS, 5, 0},
    {"SS", KEY_SS, 2, 0},                 {"TZH", KEY_TZH, 2, 0},
    {"TZM", KEY_TZM, 2, 0},               {"TZ", KEY_TZ, 0, CASE_UPPER},
    {"US", KEY_US, 6, 0},                 {"WW", KEY_WW, 2, 0},
    {"W", KEY_W, 1, 0},                   {"Y,YYY", KEY_Y_YYY, 0, 0},
    {"YYYY", KEY_Y, 4, 0},                {"YYY", KEY_Y, 3, 0},
    {"YY", KEY_Y, 2, 0},                  {"Y", KEY_Y, 1, 0},
    {"a.d.", KEY_AD_DOTS, 0, CASE_LOWER}, {"a.m.", KEY_AM_DOTS, 0, CASE_LOWER},
    {"ad", KEY_AD, 0, CASE_LOWER},        {"am", KEY_AM, 0, CASE_LOWER},
    {"b.c.", KEY_AD_DOTS, 0, CASE_LOWER}, {"bc", KEY_AD, 0, CASE_LOWER},
    {"cc", KEY_CC, 2, 0},                 {"day", KEY_DAY, 9, CASE_LOWER},
    {"ddd", KEY_DDD, 3, 0},               {"dd", KEY_DD, 2, 0},
    {"dy", KEY_DY, 3, CASE_LOWER},        {"d", KEY_D, 1, 0},
    {"ff1", KEY_FF, 1, 0},                {"ff2", KEY_FF, 2, 0},
    {"ff3", KEY_FF, 3, 0},                {"ff4", KEY_FF, 4, 0},
    {"ff5", KEY_FF, 5, 0},                {"ff6", KEY_FF, 6, 0},
    {"fx", KEY_FX, 0, 0},                 {"hh24", KEY_HH24, 2, 0},
    {"hh12", KEY_HH12, 2, 0},             {"hh", KEY_HH12, 2, 0},
    {"iddd", KEY_IDDD, 3, 0},             {"id", KEY_ID, 1, 0},
    {"iw", KEY_IW, 2, 0},                 {"iyyy", KEY_I, 4, 0},
    {"iyy", KEY_I, 3, 0},                 {"iy", KEY_I, 2, 0},
    {"i", KEY_I, 1, 0},                   {"j", KEY_J, 0, 0},
    {"mi", KEY_MI, 2, 0},                 {"mm", KEY_MM, 2, 0},
    {"month", KEY_MONTH, 9, CASE_LOWER},  {"mon", KEY_MON, 3, CASE_LOWER},
    {"ms", KEY_MS, 3, 0},                 {"of", KEY_OF, 0, 0},
    {"p.m.", KEY_AM_DOTS, 0, CASE_LOWER}, {"pm", KEY_AM, 0, CASE_LOWER},
    {"q", KEY_Q, 1, 0},                   {"rm", KEY_RM, 4, CASE_LOWER},
    {"sssss", KEY_SSSS, 5, 0},            {"ssss", KEY_SSSS, 5, 0},
    {"ss", KEY_SS, 2, 0},                 {"tzh", KEY_TZH, 2, 0},
    {"tzm", KEY_TZM, 2, 0},               {"tz", KEY_TZ, 0, CASE_LOWER},
    {"us", KEY_US, 6, 0},                 {"ww", KEY_WW, 2, 0},
    {"w", KEY_W, 1, 0},                   {"y,yyy", KEY_Y_YYY, 0, 0},
    {"yyyy", KEY_Y, 4, 0},                {"yyy", KEY_Y, 3, 0},
    {"yy", KEY_Y, 2, 0},                  {"y", KEY_Y, 1, 0},
};

static const char *const format_full_months[12] = {"January",   "February", "March",    "April",
                                                   "May",       "June",     "July",     "August",
                                                   "September", "October",  "November", "December"};
static const char *const format_roman_months[12] = {"I",   "II",   "III", "IV", "V",  "VI",
                                                    "VII", "VIII", "IX",  "X",  "XI", "XII"};

typedef struct FormatNode
{
    const FormatWord *word; /* NULL: text */
    FormatKey key;
    char text[MAX_MULTIBYTE_CHAR_LEN + 1];
    bool fill;      /* FM */
    bool translate; /* TM */
    int th;         /* 0, 1 th, 2 TH */
} FormatNode;

typedef struct Format
{
    FormatNode *nodes;
    int count;
} Format;

/* ---- the template ---- */

static void
format_add_text(Format *format, const char *p, bool quoted)
{
    FormatNode *node = &format->nodes[format->count++];

    memset(node, 0, sizeof(*node));
    memcpy(node->text, p, pg_mblen(p));
    node->key = KEY_TEXT;
    if (!quoted && isspace((unsigned char) *p))
        node->key = KEY_SPACE;
    else if (!quoted && *p > 0x20 && *p < 0x7f && !isalnum((unsigned char) *p))
        node->key = KEY_SEPARATOR;
}

static const FormatWord *
format_find(const char *p)
{
    for (int i = 0; i < lengthof(format_words); i++)
        if (strncmp(p, format_words[i].word, strlen(format_words[i].word)) == 0)
            return &format_words[i];
    return NULL;
}

static const char *
format_add_word(Format *format, const char *p)
{
    FormatNode node = {0};
    const char *start = p;

    for (;;)
    {
        if (strncmp(p, "FM", 2) == 0 || strncmp(p, "fm", 2) == 0)
            node.fill = true;
        else if (strncmp(p, "TM", 2) == 0 || strncmp(p, "tm", 2) == 0)
            node.translate = true;
        else
            break;
        p += 2;
    }
    node.word = format_find(p);
    if (node.word == NULL)
        return p > start ? p : NULL;
    node.key = node.word->key;
    p += strlen(node.word->word);
    if (strncmp(p, "TH", 2) == 0 || strncmp(p, "th", 2) == 0)
    {
        node.th = *p == 'T' ? 2 : 1;
        p += 2;
    }
    if (strncmp(p, "SP", 2) == 0)
        p += 2;
    format->nodes[format->count++] = node;
    return p;
}

static void
format_cut(Format *format, text *template)
{
    const char *p = text_to_cstring(template);

    format->nodes = palloc((strlen(p) + 1) * sizeof(FormatNode));
    format->count = 0;
    while (*p != '\0')
    {
        const char *next = format_add_word(format, p);

        if (next != NULL)
        {
            p = next;
            continue;
        }
        if (*p == '"')
        {
            for (p++; *p != '\0' && *p != '"'; p += pg_mblen(p))
            {
                if (*p == '\\' && p[1] != '\0')
                    p++;
                format_add_text(format, p, true);
            }
            if (*p == '"')
                p++;
            continue;
        }
        if (*p == '\\' && p[1] == '"')
            p++;
        format_add_text(format, p, false);
        p += pg_mblen(p);
    }
}

/* ---- writing ---- */

typedef struct FormatTime
{
    struct pg_tm tm;
    int64 hour; /* may be large in an interval */
    fsec_t fsec;
    bool is_interval;
    bool has_zone;
    const char *zone;
} FormatTime;

static void
format_put_word(StringInfo out, const char *word, int letter_case, int width)
{
    int length = (int) strlen(word);

    for (int i = 0; i < length; i++)
        appendStringInfoChar(out, letter_case == CASE_UPPER
                                      ? (char) pg_ascii_toupper((unsigned char) word[i])
                                  : letter_case == CASE_LOWER
                                      ? (char) pg_ascii_tolower((unsigned char) word[i])
                                      : word[i]);
    appendStringInfoSpaces(out, Max(width - length, 0));
}

/* With zeros to the width (a minus sign may take one more), none under FM; then th. */
static void
format_put_number(StringInfo out, FormatNode *node, int64 value, int width)
{
    int start = out->len;

    bool widens = node->key == KEY_HH12 || node->key == KEY_HH24 || node->key == KEY_MI ||
                  node->key == KEY_SS || node->key == KEY_CC || node->key == KEY_Y ||
                  node->key == KEY_I;

    appendStringInfo(out, "%0*" PRId64, node->fill ? 0 : width + (value < 0 && widens), value);
    if (node->th != 0)
    {
        static const char *const endings[2][4] = {{"th", "st", "nd", "rd"}, {"TH", "ST", "ND", "RD"}};
        int last = out->data[out->len - 1] - '0';

        if (out->len - start > 1 && out->data[out->len - 2] == '1')
            last = 0;
        appendStringInfoString(out, endings[node->th - 1][last >= 1 && last <= 3 ? last : 0]);
    }
}

static void
format_need_date(const FormatTime *t)
{
    if (t->is_interval)
        ereport(ERROR, (errcode(ERRCODE_INVALID_DATETIME_FORMAT),
                        errmsg("invalid format specification for an interval value"),
                        errhint("Intervals are not tied to specific calendar dates.")));
}

static int
format_shown_year(const FormatTime *t, int year)
{
    return t->is_interval ? year : year <= 0 ? -(year - 1) : year;
}

static void
format_put_year(StringInfo out, FormatNode *node, const FormatTime *t)
{
    int year = t->tm.tm_year;
    int width = node->word->width;
    int modulus = width == 3 ? 1000 : width == 2 ? 100 : width == 1 ? 10 : 0;

    if (node->key == KEY_I)
        year = date2isoyear(year, t->tm.tm_mon, t->tm.tm_mday);
    year = format_shown_year(t, year);
    if (node->key == KEY_Y_YYY)
    {
        appendStringInfo(out, "%d,%03d", year / 1000, year % 1000);
        return;
    }
    format_put_number(out, node, modulus ? year % modulus : year, width);
}

static void
format_put_zone(StringInfo out, FormatNode *node, const FormatTime *t)
{
    long offset = t->tm.tm_gmtoff;
    long magnitude = labs(offset);

    switch (node->key)
    {
        case KEY_TZ:
            format_need_date(t);
            if (t->has_zone && t->zone != NULL)
                format_put_word(out, t->zone, node->word->letter_case, 0);
            break;
        case KEY_TZH:
            format_need_date(t);
            appendStringInfo(out, "%c%02ld", offset >= 0 ? '+' : '-', magnitude / SECS_PER_HOUR);
            break;
        case KEY_TZM:
            format_need_date(t);
            appendStringInfo(out, "%02ld", magnitude % SECS_PER_HOUR / SECS_PER_MINUTE);
            break;
        default:
            format_need_date(t);
            appendStringInfo(out, "%c%0*ld", offset >= 0 ? '+' : '-', node->fill ? 0 : 2,
                             magnitude / SECS_PER_HOUR);
            if (magnitude % SECS_PER_HOUR != 0)
                appendStringInfo(out, ":%02ld", magnitude % SECS_PER_HOUR / SECS_PER_MINUTE);
            break;
    }
}

static void
format_put_time(StringInfo out, FormatNode *node, const FormatTime *t)
{
    static const int divisors[7] = {1000000, 100000, 10000, 1000, 100, 10, 1};
    int width = node->word->width;

    switch (node->key)
    {
        case KEY_AM:
            format_put_word(out, t->hour % HOURS_PER_DAY >= 12 ? "PM" : "AM", node->word->letter_case,
                            0);
            break;
        case KEY_AM_DOTS:
            format_put_word(out, t->hour % HOURS_PER_DAY >= 12 ? "P.M." : "A.M.",
                            node->word->letter_case, 0);
            break;
        case KEY_HH12:
            format_put_number(out, node, t->hour % 12 == 0 ? 12 : t->hour % 12, width);
            break;
        case KEY_HH24:
            format_put_number(out, node, t->hour, width);
            break;
        case KEY_MI:
            format_put_number(out, node, t->tm.tm_min, width);
            break;
        case KEY_SS:
            format_put_number(out, node, t->tm.tm_sec, width);
            break;
        case KEY_FF:
            appendStringInfo(out, "%0*d", width, t->fsec / divisors[width]);
            break;
        case KEY_MS:
            appendStringInfo(out, "%03d", t->fsec / 1000);
            break;
        case KEY_US:
            appendStringInfo(out, "%06d", t->fsec);
            break;
        case KEY_SSSS:
        {
            FormatNode plain = *node;

            plain.fill = true;
            format_put_number(out, &plain,
                              t->hour * SECS_PER_HOUR + t->tm.tm_min * SECS_PER_MINUTE + t->tm.tm_sec,
                              0);
            break;
        }
        default:
            format_put_zone(out, node, t);
            break;
    }
}

static void
format_put_month(StringInfo out, FormatNode *node, const FormatTime *t)
{
    int month = t->tm.tm_mon;
    int letter_case = node->word->letter_case;

    if (node->key == KEY_RM)
    {
        if (month == 0 && t->tm.tm_year == 0)
            return;
        if (month == 0)
            month = t->tm.tm_year >= 0 ? 12 : 1;
        else if (month < 0)
            month += 13;
        format_put_word(out, format_roman_months[month - 1], letter_case, node->fill ? 0 : 4);
        return;
    }
    if (node->key == KEY_MM)
    {
        format_put_number(out, node, month, 2);
        return;
    }
    format_need_date(t);
    if (month == 0)
        return;
    if (node->key == KEY_MONTH)
        format_put_word(out, format_full_months[month - 1], letter_case,
                        node->fill || node->translate ? 0 : 9);
    else
        format_put_word(out, datetime_months[month - 1], letter_case, 0);
}

static void
format_put_date(StringInfo out, FormatNode *node, const FormatTime *t)
{
    const struct pg_tm *tm = &t->tm;
    int letter_case = node->word->letter_case;
    int century;

    switch (node->key)
    {
        case KEY_AD:
            format_need_date(t);
            format_put_word(out, tm->tm_year <= 0 ? "BC" : "AD", letter_case, 0);
            break;
        case KEY_AD_DOTS:
            format_need_date(t);
            format_put_word(out, tm->tm_year <= 0 ? "B.C." : "A.D.", letter_case, 0);
            break;
        case KEY_DAY:
            format_need_date(t);
            format_put_word(out, datetime_days[tm->tm_wday], letter_case,
                            node->fill || node->translate ? 0 : 9);
            break;
        case KEY_DY:
            format_need_date(t);
            format_put_word(out, pnstrdup(datetime_days[tm->tm_wday], 3), letter_case, 0);
            break;
        case KEY_DDD:
            format_put_number(out, node, tm->tm_yday, 3);
            break;
        case KEY_IDDD:
            format_put_number(out, node, date2isoyearday(tm->tm_year, tm->tm_mon, tm->tm_mday), 3);
            break;
        case KEY_DD:
            format_put_number(out, node, tm->tm_mday, 2);
            break;
        case KEY_D:
            format_need_date(t);
            format_put_number(out, node, tm->tm_wday + 1, 1);
            break;
        case KEY_ID:
            format_need_date(t);
            format_put_number(out, node, tm->tm_wday == 0 ? 7 : tm->tm_wday, 1);
            break;
        case KEY_WW:
            format_put_number(out, node, (tm->tm_yday - 1) / 7 + 1, 2);
            break;
        case KEY_IW:
            format_put_number(out, node, date2isoweek(tm->tm_year, tm->tm_mon, tm->tm_mday), 2);
            break;
        case KEY_W:
            format_put_number(out, node, (tm->tm_mday - 1) / 7 + 1, 1);
            break;
        case KEY_Q:
            if (tm->tm_mon != 0)
                format_put_number(out, node, (tm->tm_mon - 1) / 3 + 1, 1);
            break;
        case KEY_J:
            format_put_number(out, node, date2j(tm->tm_year, tm->tm_mon, tm->tm_mday), 0);
            break;
        case KEY_CC:
            century = t->is_interval     ? tm->tm_year / 100
                      : tm->tm_year > 0 ? (tm->tm_year - 1) / 100 + 1
                                        : tm->tm_year / 100 - 1;
            format_put_number(out, node, century, century <= 99 && century >= -99 ? 2 : 0);
            break;
        case KEY_MM:
        case KEY_MON:
        case KEY_MONTH:
        case KEY_RM:
            format_put_month(out, node, t);
            break;
        default:
            format_put_year(out, node, t);
            break;
    }
}

static text *
format_put(Format *format, const FormatTime *t)
{
    StringInfoData out;

    initStringInfo(&out);
    for (int i = 0; i < format->count; i++)
    {
        FormatNode *node = &format->nodes[i];

        switch (node->key)
        {
            case KEY_TEXT:
            case KEY_SPACE:
            case KEY_SEPARATOR:
                appendStringInfoString(&out, node->text);
                break;
            case KEY_FX:
                break;
            case KEY_AM:
            case KEY_AM_DOTS:
            case KEY_HH12:
            case KEY_HH24:
            case KEY_MI:
            case KEY_SS:
            case KEY_FF:
            case KEY_MS:
            case KEY_US:
            case KEY_SSSS:
            case KEY_TZ:
            case KEY_TZH:
            case KEY_TZM:
            case KEY_OF:
                format_put_time(&out, node, t);
                break;
            default:
                format_put_date(&out, node, t);
                break;
        }
    }
    return cstring_to_text_with_len(out.data, out.len);
}

static Datum
format_timestamp(FunctionCallInfo fcinfo, bool zoned)
{
    Timestamp value = PG_GETARG_TIMESTAMP(0);
    text *template = PG_GETARG_TEXT_PP(1);
    FormatTime t = {.has_zone = zoned};
    Format format;
    int west = 0;
    int julian;

    if (VARSIZE_ANY_EXHDR(template) == 0 || TIMESTAMP_NOT_FINITE(value))
        PG_RETURN_NULL();
    if (!timestamp2tm(value, zoned ? &west : NULL, &t.tm, &t.fsec, &t.zone, NULL))
        ereport(ERROR, (errcode(ERRCODE_DATETIME_FIELD_OVERFLOW), errmsg("timestamp out of range")));
    t.hour = t.tm.tm_hour;
    julian = date2j(t.tm.tm_year, t.tm.tm_mon, t.tm.tm_mday);
    t.tm.tm_wday = j2day(julian);
    t.tm.tm_yday = julian - date2j(t.tm.tm_year, 1, 1) + 1;
    format_cut(&format, template);
    PG_RETURN_TEXT_P(format_put(&format, &t));
}

SQL_FUNCTION(timestamp_to_char)
{
    return format_timestamp(fcinfo, false);
}

SQL_FUNCTION(timestamptz_to_char)
{
    return format_timestamp(fcinfo, true);
}

SQL_FUNCTION(interval_to_char)
{
    text *template = PG_GETARG_TEXT_PP(1);
    FormatTime t = {.is_interval = true};
    struct pg_itm itm;
    Format format;

    if (VARSIZE_ANY_EXHDR(template) == 0)
        PG_RETURN_NULL();
    interval2itm(PG_GETARG_INTERVAL(0), &itm);
    t.fsec = itm.tm_usec;
    t.tm.tm_sec = itm.tm_sec;
    t.tm.tm_min = itm.tm_min;
    t.hour = itm.tm_hour;
    t.tm.tm_mday = itm.tm_mday;
    t.tm.tm_mon = itm.tm_mon;
    t.tm.tm_year = itm.tm_year;
    t.tm.tm_yday = (itm.tm_year * MONTHS_PER_YEAR + itm.tm_mon) * DAYS_PER_MONTH + itm.tm_mday;
    format_cut(&format, template);
    PG_RETURN_TEXT_P(format_put(&format, &t));
}

/* ---- reading ---- */

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
