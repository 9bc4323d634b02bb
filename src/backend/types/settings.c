/*
 * settings.c - the settings this room gives effect to: DateStyle, TimeZone, client_encoding
 *
 * Why        a check hook parses the text once and hands what it found to the assign hook, which so
 *            cannot fail.
 */
#include "types_int.h"
#include "types/datetime.h"
#include "types/encoding.h"
#include "types/settings.h"
#include "config/config.h"
#include "config/settings.h"

typedef struct DateStyleExtra
{
    int style;
    int order;
} DateStyleExtra;

static bool
settings_check_datestyle(char **newval, void **extra, GucSource source)
{
    DateStyleExtra parsed = {DateStyle, DateOrder};
    DateStyleExtra *kept;
    static const char *const styles[] = {"Postgres", "ISO", "SQL", "German"};
    static const char *const orders[] = {"YMD", "DMY", "MDY"};
    char shown[32];
    char *canonical;

    if (!datestyle_parse(*newval, &parsed.style, &parsed.order))
    {
        GUC_check_errdetail("Conflicting \"datestyle\" specifications.");
        return false;
    }
    kept = guc_malloc(LOG, sizeof(*kept));
    snprintf(shown, sizeof(shown), "%s, %s", styles[parsed.style], orders[parsed.order]);
    canonical = guc_strdup(LOG, shown);
    if (kept == NULL || canonical == NULL)
        return false;
    *kept = parsed;
    guc_free(*newval);
    *newval = canonical;
    *extra = kept;
    return true;
}

static void
settings_assign_datestyle(const char *newval, void *extra)
{
    const DateStyleExtra *parsed = extra;

    if (parsed == NULL)
        return;
    DateStyle = parsed->style;
    DateOrder = parsed->order;
}

static bool
settings_check_timezone(char **newval, void **extra, GucSource source)
{
    pg_tz *zone = *newval != NULL ? timezone_parse(*newval) : pg_tzset("GMT");
    pg_tz **kept;

    if (zone == NULL)
        return false;
    kept = guc_malloc(LOG, sizeof(*kept));
    if (kept == NULL)
        return false;
    *kept = zone;
    *extra = kept;
    return true;
}

static void
settings_assign_timezone(const char *newval, void *extra)
{
    if (extra != NULL)
        session_timezone = *(pg_tz **) extra;
}

static const char *
settings_show_timezone(void)
{
    return timezone_show();
}

static bool
settings_check_client_encoding(char **newval, void **extra, GucSource source)
{
    int encoding = pg_char_to_encoding(*newval);
    int *kept;
    char *canonical;

    if (encoding < 0)
        return false;
    if (!encoding_is_client_supported(encoding))
    {
        GUC_check_errcode(ERRCODE_FEATURE_NOT_SUPPORTED);
        GUC_check_errdetail("Conversion between %s and %s is not supported.",
                            pg_encoding_to_char(encoding), GetDatabaseEncodingName());
        return false;
    }
    kept = guc_malloc(LOG, sizeof(*kept));
    canonical = guc_strdup(LOG, pg_encoding_to_char(encoding));
    if (kept == NULL || canonical == NULL)
        return false;
    *kept = encoding;
    guc_free(*newval);
    *newval = canonical;
    *extra = kept;
    return true;
}

static void
settings_assign_client_encoding(const char *newval, void *extra)
{
    if (extra != NULL)
        encoding_set_client(*(int *) extra);
}

void
types_register_settings(void)
{
    CONFIG_SET_HOOKS("DateStyle", settings_check_datestyle, settings_assign_datestyle, NULL);
    CONFIG_SET_HOOKS("TimeZone", settings_check_timezone, settings_assign_timezone,
                     settings_show_timezone);
    CONFIG_SET_HOOKS("client_encoding", settings_check_client_encoding,
                     settings_assign_client_encoding, NULL);
}
