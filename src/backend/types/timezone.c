/*
 * timezone.c - time zones: the system's files, POSIX rules, abbreviations
 *
 * Why        the machine's tzdata is the freshest source; a TZif file is a table of moments at which
 *            the offset changes, and a rule for the time after the last.
 * Invariants Z1. a zone, once read, stays for the process: pointers to it may be kept.
 *            Z2. moments rise strictly.
 * Errors     a name that is no zone gives NULL; the caller words the error
 */
#include <fcntl.h>
#include <unistd.h>

#include "types_int.h"
#include "types/datetime.h"
#include "timezone_abbrevs.h"
#include "memory/hsearch.h"

#define ZONE_DIRECTORY "/usr/share/zoneinfo/"
#define ZONE_NAME_MAX 255
#define ZONE_FILE_MAX (256 * 1024)
#define ABBREVIATION_MAX 16
#define RULE_TYPES 2

typedef struct ZoneType
{
    int32 gmtoff; /* seconds east */
    bool dst;
    char abbreviation[ABBREVIATION_MAX];
} ZoneType;

typedef enum RuleKind
{
    RULE_NONE,
    RULE_JULIAN, /* Jn: 1..365, February 29 not counted */
    RULE_DAY,    /* n: 0..365 */
    RULE_WEEKDAY /* Mm.w.d */
} RuleKind;

typedef struct ZoneChange
{
    RuleKind kind;
    int month;
    int week;
    int day;
    int32 seconds; /* local time of the change */
} ZoneChange;

/* After the last moment: standard time, and daylight time between two changes a year. */
typedef struct ZoneRule
{
    bool valid;
    bool has_dst;
    ZoneType types[RULE_TYPES];
    ZoneChange start;
    ZoneChange end;
} ZoneRule;

struct pg_tz
{
    char name[ZONE_NAME_MAX + 1];
    int count;
    int64 *moments;
    uint8 *moment_types;
    int type_count;
    ZoneType *types;
    ZoneRule rule;
};

static struct
{
    HTAB *zones; /* lower-case name -> pg_tz */
} timezone_state;

pg_tz *session_timezone;

typedef struct ZoneEntry
{
    char key[ZONE_NAME_MAX + 1];
    pg_tz *zone;
} ZoneEntry;

/* ---- POSIX rules: EST5EDT,M3.2.0,M11.1.0 ---- */

static const char *
rule_parse_name(const char *p, char *ret_name)
{
    int n = 0;

    if (*p == '<')
    {
        for (p++; *p != '\0' && *p != '>'; p++)
            if (n < ABBREVIATION_MAX - 1)
                ret_name[n++] = *p;
        if (*p++ != '>')
            return NULL;
    }
    else
        for (; isalpha((unsigned char) *p); p++)
            if (n < ABBREVIATION_MAX - 1)
                ret_name[n++] = *p;
    ret_name[n] = '\0';
    return p;
}

/* [+-]hh[:mm[:ss]] */
static const char *
rule_parse_time(const char *p, int32 *ret_seconds)
{
    int sign = 1;
    int32 parts[3] = {0, 0, 0};

    if (*p == '-')
        sign = -1;
    if (*p == '-' || *p == '+')
        p++;
    for (int i = 0; i < 3; i++)
    {
        if (!isdigit((unsigned char) *p))
            return NULL;
        while (isdigit((unsigned char) *p) && parts[i] < 1000)
            parts[i] = parts[i] * 10 + (*p++ - '0');
        if (*p != ':' || i == 2)
            break;
        p++;
    }
    if (parts[0] > 167 || parts[1] > 59 || parts[2] > 59)
        return NULL;
    *ret_seconds = sign * (parts[0] * 3600 + parts[1] * 60 + parts[2]);
    return p;
}

static const char *
rule_parse_change(const char *p, ZoneChange *ret)
{
    char *end;

    ret->seconds = 2 * SECS_PER_HOUR;
    if (*p == 'M')
    {
        int used = 0;

        if (sscanf(p, "M%d.%d.%d%n", &ret->month, &ret->week, &ret->day, &used) != 3 ||
            ret->month < 1 || ret->month > 12 || ret->week < 1 || ret->week > 5 || ret->day < 0 ||
            ret->day > 6)
            return NULL;
        ret->kind = RULE_WEEKDAY;
        p += used;
    }
    else
    {
        ret->kind = *p == 'J' ? RULE_JULIAN : RULE_DAY;
        if (*p == 'J')
            p++;
        ret->day = (int) strtol(p, &end, 10);
        if (end == p || ret->day < 0 || ret->day > 365)
            return NULL;
        p = end;
    }
    if (*p == '/')
        p = rule_parse_time(p + 1, &ret->seconds);
    return p;
}

static bool
rule_parse(const char *p, ZoneRule *ret)
{
    int32 west;

    memset(ret, 0, sizeof(*ret));
    if ((p = rule_parse_name(p, ret->types[0].abbreviation)) == NULL ||
        (p = rule_parse_time(p, &west)) == NULL)
        return false;
    ret->types[0].gmtoff = -west;
    ret->valid = true;
    if (*p == '\0')
        return true;
    if ((p = rule_parse_name(p, ret->types[1].abbreviation)) == NULL ||
        ret->types[1].abbreviation[0] == '\0')
        return false;
    ret->types[1].dst = true;
    ret->types[1].gmtoff = ret->types[0].gmtoff + SECS_PER_HOUR;
    ret->has_dst = true;
    if (*p != ',' && *p != '\0')
    {
        if ((p = rule_parse_time(p, &west)) == NULL)
            return false;
        ret->types[1].gmtoff = -west;
    }
    if (*p == '\0')
        p = ",M3.2.0,M11.1.0";
    if (*p != ',' || (p = rule_parse_change(p + 1, &ret->start)) == NULL || *p != ',' ||
        (p = rule_parse_change(p + 1, &ret->end)) == NULL)
        return false;
    return *p == '\0';
}

/* Days since 1970-01-01 of a year's first day. */
static int64
rule_year_start(int64 year)
{
    return (int64) date2j((int) year, 1, 1) - UNIX_EPOCH_JDATE;
}

/* UTC moment of a change in a year; `offset` is in force before it. */
static int64
rule_moment(const ZoneChange *change, int year, int32 offset)
{
    int64 day = rule_year_start(year);

    if (change->kind == RULE_JULIAN)
        day += change->day - 1 + (isleap(year) && change->day >= 60);
    else if (change->kind == RULE_DAY)
        day += change->day;
    else
    {
        int first = date2j(year, change->month, 1);
        int in_month = day_tab[isleap(year)][change->month - 1];
        int of_month = (change->day - j2day(first) + 7) % 7 + (change->week - 1) * 7;

        if (of_month >= in_month)
            of_month -= 7;
        day = (int64) first - UNIX_EPOCH_JDATE + of_month;
    }
    return day * SECS_PER_DAY + change->seconds - offset;
}

/* Type in force by the rule, and the next change after the moment (INT64_MAX where there is none). */
static const ZoneType *
rule_at(const ZoneRule *rule, int64 moment, int64 *ret_next)
{
    int64 day = moment >= 0 ? moment / SECS_PER_DAY : -((-moment + SECS_PER_DAY - 1) / SECS_PER_DAY);
    int64 j = day + UNIX_EPOCH_JDATE;
    const ZoneType *type = &rule->types[0];
    int64 latest = PG_INT64_MIN;
    int year;
    int month;
    int mday;

    *ret_next = PG_INT64_MAX;
    if (!rule->has_dst)
        return type;
    if (j < 0 || j > PG_INT32_MAX)
        return type;
    j2date((int) j, &year, &month, &mday);
    for (int y = year - 1; y <= year + 1; y++)
    {
        int64 start = rule_moment(&rule->start, y, rule->types[0].gmtoff);
        int64 end = rule_moment(&rule->end, y, rule->types[1].gmtoff);

        if (start <= moment && start > latest)
        {
            latest = start;
            type = &rule->types[1];
        }
        if (end <= moment && end > latest)
        {
            latest = end;
            type = &rule->types[0];
        }
        if (start > moment)
            *ret_next = Min(*ret_next, start);
        if (end > moment)
            *ret_next = Min(*ret_next, end);
    }
    return type;
}

/* ---- TZif files ---- */

static uint32
tzif_word(const unsigned char *p)
{
    return (uint32) p[0] << 24 | (uint32) p[1] << 16 | (uint32) p[2] << 8 | p[3];
}

static int64
tzif_long(const unsigned char *p)
{
    return (int64) ((uint64) tzif_word(p) << 32 | tzif_word(p + 4));
}

/* Bytes of the part whose header stands at p, without the header. */
static Size
tzif_part_size(const unsigned char *p, int time_size)
{
    Size isut = tzif_word(p + 20);
    Size isstd = tzif_word(p + 24);
    Size leap = tzif_word(p + 28);
    Size times = tzif_word(p + 32);
    Size types = tzif_word(p + 36);
    Size chars = tzif_word(p + 40);

    return times * (time_size + 1) + types * 6 + chars + leap * (time_size + 4) + isstd + isut;
}

static bool
tzif_load(pg_tz *zone, const unsigned char *data, Size size)
{
    const unsigned char *p = data;
    const unsigned char *chars;
    Size part;
    char footer[128];

    if (size < 44 || memcmp(p, "TZif", 4) != 0 || p[4] < '2')
        return false;
    part = tzif_part_size(p, 4);
    if (44 + part + 44 > size)
        return false;
    p += 44 + part;
    part = tzif_part_size(p, 8);
    if ((Size) (p - data) + 44 + part > size)
        return false;
    zone->count = (int) tzif_word(p + 32);
    zone->type_count = (int) tzif_word(p + 36);
    zone->moments = palloc((zone->count + 1) * sizeof(int64));
    zone->moment_types = palloc(zone->count + 1);
    zone->types = palloc0((zone->type_count + 1) * sizeof(ZoneType));
    chars = p + 44 + zone->count * 9 + zone->type_count * 6;
    for (int i = 0; i < zone->count; i++)
    {
        zone->moments[i] = tzif_long(p + 44 + i * 8);
        zone->moment_types[i] = p[44 + zone->count * 8 + i];
    }
    for (int i = 0; i < zone->type_count; i++)
    {
        const unsigned char *t = p + 44 + zone->count * 9 + i * 6;

        zone->types[i].gmtoff = (int32) tzif_word(t);
        zone->types[i].dst = t[4];
        strlcpy(zone->types[i].abbreviation, (const char *) chars + t[5], ABBREVIATION_MAX);
    }
    p += 44 + part;
    if (p < data + size && *p == '\n')
    {
        const unsigned char *end = memchr(p + 1, '\n', data + size - p - 1);

        if (end != NULL && end - p - 1 < (int) sizeof(footer))
        {
            memcpy(footer, p + 1, end - p - 1);
            footer[end - p - 1] = '\0';
            if (!rule_parse(footer, &zone->rule))
                zone->rule.valid = false;
        }
    }
    return zone->type_count > 0;
}

/* Reads the file whose name matches without regard to case; ret_name gets the true spelling. */
static bool
tzif_read(const char *name, char *ret_name, unsigned char **ret_data, Size *ret_size)
{
    char path[sizeof(ZONE_DIRECTORY) + ZONE_NAME_MAX];
    int descriptor;
    ssize_t size;

    snprintf(path, sizeof(path), "%s%s", ZONE_DIRECTORY, name);
    descriptor = open(path, O_RDONLY | O_CLOEXEC);
    if (descriptor < 0)
        return false;
    *ret_data = palloc(ZONE_FILE_MAX);
    size = read(descriptor, *ret_data, ZONE_FILE_MAX);
    close(descriptor);
    if (size < 44 || memcmp(*ret_data, "TZif", 4) != 0)
    {
        pfree(*ret_data);
        return false;
    }
    *ret_size = (Size) size;
    strlcpy(ret_name, name, ZONE_NAME_MAX + 1);
    return true;
}

/* Spellings to try for a name in the wrong case: as given, each part capitalised, all capitals. */
static bool
tzif_find(const char *name, char *ret_name, unsigned char **ret_data, Size *ret_size)
{
    char spelling[ZONE_NAME_MAX + 1];
    bool start = true;

    if (strlen(name) > ZONE_NAME_MAX || strstr(name, "..") != NULL || name[0] == '/' ||
        name[0] == '\0' || name[strlen(name) - 1] == '/')
        return false;
    if (tzif_read(name, ret_name, ret_data, ret_size))
        return true;
    strlcpy(spelling, name, sizeof(spelling));
    for (char *p = spelling; *p != '\0'; p++)
    {
        *p = (char) (start ? pg_ascii_toupper((unsigned char) *p)
                           : pg_ascii_tolower((unsigned char) *p));
        start = !isalpha((unsigned char) *p);
    }
    if (tzif_read(spelling, ret_name, ret_data, ret_size))
        return true;
    for (char *p = spelling; *p != '\0'; p++)
        *p = (char) pg_ascii_toupper((unsigned char) *p);
    return tzif_read(spelling, ret_name, ret_data, ret_size);
}

/* ---- zones by name ---- */

static ZoneEntry *
timezone_entry(const char *name, bool *ret_found)
{
    char key[ZONE_NAME_MAX + 1] = {0};

    if (timezone_state.zones == NULL)
    {
        HASHCTL control = {.keysize = ZONE_NAME_MAX + 1, .entrysize = sizeof(ZoneEntry)};

        timezone_state.zones = hash_create("time zones", 64, &control, HASH_ELEM | HASH_STRINGS);
    }
    for (int i = 0; name[i] != '\0' && i < ZONE_NAME_MAX; i++)
        key[i] = (char) pg_ascii_tolower((unsigned char) name[i]);
    return hash_search(timezone_state.zones, key, HASH_ENTER, ret_found);
}

pg_tz *
pg_tzset(const char *name)
{
    bool found;
    ZoneEntry *entry;
    pg_tz *zone;
    unsigned char *data;
    Size size;
    MemoryContext old;
    bool loaded;

    if (strlen(name) > ZONE_NAME_MAX)
        return NULL;
    entry = timezone_entry(name, &found);
    if (found)
        return entry->zone;
    entry->zone = NULL;
    old = MemoryContextSwitchTo(TopMemoryContext);
    zone = palloc0(sizeof(*zone));
    if (tzif_find(name, zone->name, &data, &size))
    {
        loaded = tzif_load(zone, data, size);
        pfree(data);
    }
    else
    {
        loaded = rule_parse(name, &zone->rule);
        for (int i = 0; name[i] != '\0'; i++)
            zone->name[i] = (char) pg_ascii_toupper((unsigned char) name[i]);
    }
    MemoryContextSwitchTo(old);
    if (!loaded)
    {
        pfree(zone);
        return NULL;
    }
    entry->zone = zone;
    return zone;
}

/* A zone of one offset, named as PostgreSQL names what SET TIME ZONE with a number makes. */
pg_tz *
timezone_fixed(long seconds_west)
{
    char offset[32];
    char name[80];
    long magnitude = labs(seconds_west);
    int n = snprintf(offset, sizeof(offset), "%02ld", magnitude / SECS_PER_HOUR);

    if (magnitude > TZDISP_LIMIT)
        return NULL;
    if (magnitude % SECS_PER_HOUR != 0)
        n += snprintf(offset + n, sizeof(offset) - n, ":%02ld", magnitude / 60 % 60);
    if (magnitude % 60 != 0)
        snprintf(offset + n, sizeof(offset) - n, ":%02ld", magnitude % 60);
    snprintf(name, sizeof(name), seconds_west > 0 ? "<-%s>+%s" : "<+%s>-%s", offset, offset);
    return pg_tzset(name);
}

const char *
pg_get_timezone_name(pg_tz *zone)
{
    return zone->name;
}

/* ---- offsets ---- */

/* Type in force at a moment, and the next change after it. */
static const ZoneType *
timezone_type_at(pg_tz *zone, int64 moment, int64 *ret_next)
{
    int low = 0;
    int high = zone->count;

    if (zone->rule.valid && (zone->count == 0 || moment >= zone->moments[zone->count - 1]))
    {
        if (zone->count == 0 && zone->type_count > 0 && !zone->rule.has_dst)
        {
            *ret_next = PG_INT64_MAX;
            return &zone->types[0];
        }
        return rule_at(&zone->rule, moment, ret_next);
    }
    while (low < high)
    {
        int middle = (low + high) / 2;

        if (zone->moments[middle] <= moment)
            low = middle + 1;
        else
            high = middle;
    }
    *ret_next = low < zone->count ? zone->moments[low] : PG_INT64_MAX;
    return &zone->types[low == 0 ? 0 : zone->moment_types[low - 1]];
}

void
timezone_at(pg_tz *zone, pg_time_t moment, long *ret_gmtoff, bool *ret_dst,
            const char **ret_abbreviation)
{
    int64 next;
    const ZoneType *type = timezone_type_at(zone, moment, &next);

    *ret_gmtoff = type->gmtoff;
    if (ret_dst != NULL)
        *ret_dst = type->dst;
    if (ret_abbreviation != NULL)
        *ret_abbreviation = type->abbreviation;
}

/*
 * Seconds west for a local time. A time that a change skips, or that comes twice, is read by standard
 * time: the offset before a change forward, after a change back.
 */
int
DetermineTimeZoneOffset(struct pg_tm *tm, pg_tz *zone)
{
    int64 local;
    int64 boundary;
    int64 ignored;
    const ZoneType *before;
    const ZoneType *after;
    int64 moment_before;
    int64 moment_after;

    if (!IS_VALID_JULIAN(tm->tm_year, tm->tm_mon, tm->tm_mday))
    {
        tm->tm_isdst = 0;
        return 0;
    }
    local = ((int64) date2j(tm->tm_year, tm->tm_mon, tm->tm_mday) - UNIX_EPOCH_JDATE) * SECS_PER_DAY +
            tm->tm_hour * SECS_PER_HOUR + tm->tm_min * SECS_PER_MINUTE + tm->tm_sec;
    before = timezone_type_at(zone, local - SECS_PER_DAY, &boundary);
    if (boundary != PG_INT64_MAX)
    {
        after = timezone_type_at(zone, boundary, &ignored);
        moment_before = local - before->gmtoff;
        moment_after = local - after->gmtoff;
        if (moment_before >= boundary || moment_after >= boundary)
        {
            if ((moment_before > boundary && moment_after >= boundary) ||
                moment_before <= moment_after)
                before = after;
        }
    }
    tm->tm_isdst = before->dst;
    return -before->gmtoff;
}

/* ---- abbreviations ---- */

bool
timezone_find_abbreviation(const char *name, int *ret_seconds_east, bool *ret_dst,
                           const char **ret_zone)
{
    int low = 0;
    int high = lengthof(timezone_abbreviations);

    while (low < high)
    {
        int middle = (low + high) / 2;
        int order = pg_strcasecmp(name, timezone_abbreviations[middle].name);

        if (order == 0)
        {
            *ret_seconds_east = timezone_abbreviations[middle].seconds_east;
            *ret_dst = timezone_abbreviations[middle].dst;
            *ret_zone = timezone_abbreviations[middle].zone;
            return true;
        }
        if (order < 0)
            high = middle;
        else
            low = middle + 1;
    }
    return false;
}

/* Does the zone keep one offset for all time? */
bool
timezone_is_fixed(pg_tz *zone)
{
    if (zone->rule.valid && zone->rule.has_dst)
        return false;
    for (int i = 1; i < zone->type_count; i++)
        if (zone->types[i].gmtoff != zone->types[0].gmtoff)
            return false;
    return true;
}

/* Seconds west that a zone meant by an abbreviation: the latest use before the moment, or the first. */
static bool
timezone_abbreviation_at(pg_tz *zone, const char *abbreviation, int64 moment, int *ret_west,
                         int *ret_dst)
{
    int64 next;
    const ZoneType *type = timezone_type_at(zone, moment, &next);
    bool found = pg_strcasecmp(type->abbreviation, abbreviation) == 0;

    for (int i = zone->count - 1; i >= 0 && !found; i--)
    {
        type = &zone->types[zone->moment_types[i]];
        found = zone->moments[i] <= moment && pg_strcasecmp(type->abbreviation, abbreviation) == 0;
    }
    for (int i = 0; i < zone->count && !found; i++)
    {
        type = &zone->types[zone->moment_types[i]];
        found = pg_strcasecmp(type->abbreviation, abbreviation) == 0;
    }
    if (!found)
        return false;
    *ret_west = -type->gmtoff;
    *ret_dst = type->dst;
    return true;
}

int
timezone_abbreviation_offset(pg_tz *zone, const char *abbreviation, struct pg_tm *tm,
                             bool *ret_found)
{
    int west = DetermineTimeZoneOffset(tm, zone);
    int64 moment = ((int64) date2j(tm->tm_year, tm->tm_mon, tm->tm_mday) - UNIX_EPOCH_JDATE) *
                       SECS_PER_DAY +
                   tm->tm_hour * SECS_PER_HOUR + tm->tm_min * SECS_PER_MINUTE + tm->tm_sec + west;

    *ret_found = timezone_abbreviation_at(zone, abbreviation, moment, &west, &tm->tm_isdst);
    return west;
}

/*
 * What AT TIME ZONE accepts: a name, an abbreviation or a POSIX rule. An abbreviation means what it
 * meant at the moment (seconds since 1970; local: in that zone's own time).
 */
pg_tz *
timezone_by_text(const char *name, int64 moment, bool local)
{
    pg_tz *zone;
    int seconds_east;
    bool dst;
    const char *dynamic;

    if (timezone_find_abbreviation(name, &seconds_east, &dst, &dynamic))
    {
        int west = -seconds_east;
        int ignored;

        if (dynamic != NULL && (zone = pg_tzset(dynamic)) != NULL)
        {
            long gmtoff;

            timezone_at(zone, moment, &gmtoff, NULL, NULL);
            west = (int) -gmtoff;
            timezone_abbreviation_at(zone, name, local ? moment + west : moment, &west, &ignored);
        }
        return timezone_fixed(west);
    }
    zone = pg_tzset(name);
    if (zone == NULL)
        ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE),
                        errmsg("time zone \"%s\" not recognized", name)));
    return zone;
}

/* ---- the session's zone ---- */

/* A name, hours east, or INTERVAL '...' as SET TIME ZONE passes it; NULL where it is no zone. */
pg_tz *
timezone_parse(const char *value)
{
    pg_tz *zone;
    char *end;
    double hours;

    if (pg_strncasecmp(value, "interval", 8) == 0)
    {
        const char *quote = strchr(value, '\'');
        char *text;
        Interval span;

        if (quote == NULL)
            return NULL;
        text = pstrdup(quote + 1);
        end = strchr(text, '\'');
        if (end == NULL)
            return NULL;
        *end = '\0';
        span = datetime_parse_interval(text, -1);
        if (span.month != 0 || span.day != 0)
            return NULL;
        zone = timezone_fixed((long) (-span.time / USECS_PER_SEC));
    }
    else
    {
        hours = strtod(value, &end);
        if (end != value && *end == '\0')
            zone = timezone_fixed((long) (-hours * SECS_PER_HOUR));
        else
            zone = pg_tzset(value);
    }
    return zone;
}

bool
timezone_set(const char *value)
{
    pg_tz *zone = timezone_parse(value);

    if (zone == NULL)
        return false;
    session_timezone = zone;
    return true;
}

const char *
timezone_show(void)
{
    return session_timezone != NULL ? session_timezone->name : "GMT";
}
