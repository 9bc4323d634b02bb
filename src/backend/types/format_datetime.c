/*
 * format_datetime.c - to_char of dates, times and intervals
 *
 * Read first format_cut(), format_put()
 */
#include "format_int.h"

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

const char *const format_full_months[12] = {"January",   "February", "March",    "April",
                                                   "May",       "June",     "July",     "August",
                                                   "September", "October",  "November", "December"};
const char *const format_roman_months[12] = {"I",   "II",   "III", "IV", "V",  "VI",
                                                    "VII", "VIII", "IX",  "X",  "XI", "XII"};

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

void
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
