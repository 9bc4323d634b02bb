/*
 * value.c - a setting's value: from text, checked, installed, back to text
 *
 * Invariants V1. A string or extra that a setting holds in current, reset or on its stack is freed
 *                only when no other of these holds it.
 */
#include "config_int.h"

#include <math.h>

#include "base/number.h"
#include "memory/stringinfo.h"

const char *const config__context_names[] = {"internal", "postmaster", "sighup",
                                             "superuser-backend", "backend", "superuser", "user"};
const char *const config__source_names[] = {
    "default", "default", "environment variable", "configuration file", "command line", "global",
    "database", "user", "database user", "client", "override", "interactive", "test", "session"};
const char *const config__type_names[] = {"bool", "integer", "real", "string", "enum"};

char *GUC_check_errmsg_string;
char *GUC_check_errdetail_string;
char *GUC_check_errhint_string;
static int check_errcode;

void
GUC_check_errcode(int sqlerrcode)
{
    check_errcode = sqlerrcode;
}

char *
config_format_check_text(const char *fmt, ...)
{
    StringInfoData text;
    va_list args;

    initStringInfo(&text);
    for (;;) {
        int needed;

        va_start(args, fmt);
        needed = appendStringInfoVA(&text, fmt, args);
        va_end(args);
        if (needed == 0)
            return text.data;
        enlargeStringInfo(&text, needed);
    }
}

/* ---- memory outside of contexts: settings outlive all of them ---- */

void *
guc_malloc(int elevel, Size size)
{
    void *memory = malloc(size ? size : 1);

    if (!memory)
        ereport(elevel, (errcode(ERRCODE_OUT_OF_MEMORY), errmsg("out of memory")));
    return memory;
}

void *
guc_realloc(int elevel, void *old, Size size)
{
    void *memory = realloc(old, size ? size : 1);

    if (!memory)
        ereport(elevel, (errcode(ERRCODE_OUT_OF_MEMORY), errmsg("out of memory")));
    return memory;
}

char *
guc_strdup(int elevel, const char *src)
{
    Size size = strlen(src) + 1;
    char *copy = guc_malloc(elevel, size);

    if (copy)
        memcpy(copy, src, size);
    return copy;
}

void
guc_free(void *ptr)
{
    free(ptr);
}

SettingScalar
config__copy_scalar(const Setting *setting, SettingScalar scalar)
{
    if (setting->type == PGC_STRING && scalar.string)
        scalar.string = guc_strdup(ERROR, scalar.string);
    return scalar;
}

static bool
holds_string(const Setting *setting, const char *string)
{
    if (setting->current.scalar.string == string || setting->reset.scalar.string == string ||
        setting->boot.string == string)
        return true;
    for (const SettingStack *stack = setting->stack; stack; stack = stack->prev)
        if (stack->prior.scalar.string == string ||
            (stack->state == STACK_SET_LOCAL && stack->masked.scalar.string == string))
            return true;
    return false;
}

static bool
holds_extra(const Setting *setting, const void *extra)
{
    if (setting->current.extra == extra || setting->reset.extra == extra)
        return true;
    for (const SettingStack *stack = setting->stack; stack; stack = stack->prev)
        if (stack->prior.extra == extra ||
            (stack->state == STACK_SET_LOCAL && stack->masked.extra == extra))
            return true;
    return false;
}

/* Frees what the setting no longer holds (V1). */
void
config__release(Setting *setting, SettingValue value)
{
    if (setting->type == PGC_STRING && value.scalar.string &&
        !holds_string(setting, value.scalar.string))
        guc_free(value.scalar.string);
    if (value.extra && !holds_extra(setting, value.extra))
        guc_free(value.extra);
}

/* ---- numbers with units ---- */

typedef struct UnitConversion {
    const char *name;
    int base_unit;     /* GUC_UNIT_x */
    double multiplier; /* of one of name, in base units */
} UnitConversion;

#define KB (1024.0)
#define MEMORY_UNITS(base, bytes)                                                                  \
    {"TB", base, KB * KB * KB * KB / (bytes)}, {"GB", base, KB * KB * KB / (bytes)},               \
        {"MB", base, KB * KB / (bytes)}, {"kB", base, KB / (bytes)}, {"B", base, 1.0 / (bytes)}
#define TIME_UNITS(base, ms)                                                                       \
    {"d", base, 86400000.0 / (ms)}, {"h", base, 3600000.0 / (ms)}, {"min", base, 60000.0 / (ms)},  \
        {"s", base, 1000.0 / (ms)}, {"ms", base, 1.0 / (ms)}, {"us", base, 0.001 / (ms)}

static const UnitConversion conversions[] = {
    MEMORY_UNITS(GUC_UNIT_BYTE, 1.0),       MEMORY_UNITS(GUC_UNIT_KB, KB),
    MEMORY_UNITS(GUC_UNIT_MB, KB *KB),      MEMORY_UNITS(GUC_UNIT_BLOCKS, (double) BLCKSZ),
    MEMORY_UNITS(GUC_UNIT_XBLOCKS, (double) XLOG_BLCKSZ),
    TIME_UNITS(GUC_UNIT_MS, 1.0),           TIME_UNITS(GUC_UNIT_S, 1000.0),
    TIME_UNITS(GUC_UNIT_MIN, 60000.0),
};

static const char memory_hint[] =
    "Valid units for this parameter are \"B\", \"kB\", \"MB\", \"GB\", and \"TB\".";
static const char time_hint[] =
    "Valid units for this parameter are \"us\", \"ms\", \"s\", \"min\", \"h\", and \"d\".";

const char *
config__unit_name(int flags)
{
    switch (flags & GUC_UNIT) {
    case GUC_UNIT_BYTE:
        return "B";
    case GUC_UNIT_KB:
        return "kB";
    case GUC_UNIT_MB:
        return "MB";
    case GUC_UNIT_BLOCKS:
    case GUC_UNIT_XBLOCKS:
        return "8kB";
    case GUC_UNIT_MS:
        return "ms";
    case GUC_UNIT_S:
        return "s";
    case GUC_UNIT_MIN:
        return "min";
    default:
        return NULL;
    }
}

static bool
apply_unit(double *value, const char *unit, int flags, const char **hintmsg)
{
    for (Size i = 0; i < lengthof(conversions); i++)
        if (conversions[i].base_unit == (flags & GUC_UNIT) &&
            strcmp(conversions[i].name, unit) == 0) {
            *value *= conversions[i].multiplier;
            return true;
        }
    if (hintmsg && (flags & GUC_UNIT))
        *hintmsg = (flags & GUC_UNIT_MEMORY) ? memory_hint : time_hint;
    return false;
}

bool
parse_real(const char *value, double *result, int flags, const char **hintmsg)
{
    char unit[8];
    char *end;
    int length = 0;

    if (hintmsg)
        *hintmsg = NULL;
    errno = 0;

    double number = strtod(value, &end);

    if (end == value || errno == ERANGE || isnan(number))
        return false;
    while (scanner_isspace(*end))
        end++;
    while (*end && !scanner_isspace(*end) && length < (int) sizeof unit - 1)
        unit[length++] = *end++;
    unit[length] = '\0';
    while (scanner_isspace(*end))
        end++;
    if (*end)
        length = length ? length : 1;
    if (length > 0 && (*end || !apply_unit(&number, unit, flags, hintmsg))) {
        if (hintmsg && (flags & GUC_UNIT))
            *hintmsg = (flags & GUC_UNIT_MEMORY) ? memory_hint : time_hint;
        return false;
    }
    *result = number;
    return true;
}

bool
parse_int(const char *value, int *result, int flags, const char **hintmsg)
{
    const char *digits = value;
    double number;

    while (scanner_isspace(*digits))
        digits++;
    if (digits[0] == '0' && digits[1] >= '0' && digits[1] <= '7' && !strpbrk(digits, ".eE")) {
        /* Octal, as for file permissions. */
        char *end;
        long octal = strtol(digits, &end, 8);

        while (scanner_isspace(*end))
            end++;
        if (*end == '\0' && octal <= INT_MAX) {
            *result = (int) octal;
            return true;
        }
    }
    if (!parse_real(value, &number, flags, hintmsg))
        return false;
    number = rint(number);
    if (number > INT_MAX || number < INT_MIN) {
        if (hintmsg)
            *hintmsg = "Value exceeds integer range.";
        return false;
    }
    *result = (int) number;
    return true;
}

/* ---- text to value ---- */

static bool
refuse_range(const Setting *setting, double value, int elevel)
{
    const char *unit = config__unit_name(setting->flags);
    const char *space = unit ? " " : "";

    unit = unit ? unit : "";
    if (setting->type == PGC_INT)
        ereport(elevel, (errcode(ERRCODE_INVALID_PARAMETER_VALUE),
                         errmsg("%d%s%s is outside the valid range for parameter \"%s\" "
                                "(%d .. %d)",
                                (int) value, space, unit, setting->name, (int) setting->min,
                                (int) setting->max)));
    else
        ereport(elevel, (errcode(ERRCODE_INVALID_PARAMETER_VALUE),
                         errmsg("%g%s%s is outside the valid range for parameter \"%s\" "
                                "(%g .. %g)",
                                value, space, unit, setting->name, setting->min, setting->max)));
    return false;
}

static bool
refuse_value(const Setting *setting, const char *text, const char *hint, int elevel)
{
    ereport(elevel, (errcode(ERRCODE_INVALID_PARAMETER_VALUE),
                     errmsg("invalid value for parameter \"%s\": \"%s\"", setting->name, text),
                     hint ? errhint("%s", hint) : 0));
    return false;
}

static bool
parse_enum(const Setting *setting, const char *text, int *ret_value, int elevel)
{
    StringInfoData hint;
    const char *separator = "";

    for (const struct config_enum_entry *entry = setting->options; entry->name; entry++)
        if (pg_strcasecmp(entry->name, text) == 0) {
            *ret_value = entry->val;
            return true;
        }
    initStringInfo(&hint);
    appendStringInfoString(&hint, "Available values: ");
    for (const struct config_enum_entry *entry = setting->options; entry->name; entry++) {
        if (entry->hidden)
            continue;
        appendStringInfo(&hint, "%s%s", separator, entry->name);
        separator = ", ";
    }
    appendStringInfoChar(&hint, '.');
    return refuse_value(setting, text, hint.data, elevel);
}

bool
config__parse(const Setting *setting, const char *text, SettingScalar *ret_scalar, int elevel)
{
    const char *hint = NULL;

    switch (setting->type) {
    case PGC_BOOL:
        if (!parse_bool(text, &ret_scalar->boolean)) {
            ereport(elevel, (errcode(ERRCODE_INVALID_PARAMETER_VALUE),
                             errmsg("parameter \"%s\" requires a Boolean value", setting->name)));
            return false;
        }
        return true;
    case PGC_INT:
        if (!parse_int(text, &ret_scalar->integer, setting->flags, &hint))
            return refuse_value(setting, text, hint, elevel);
        if (ret_scalar->integer < setting->min || ret_scalar->integer > setting->max)
            return refuse_range(setting, ret_scalar->integer, elevel);
        return true;
    case PGC_REAL:
        if (!parse_real(text, &ret_scalar->real, setting->flags, &hint))
            return refuse_value(setting, text, hint, elevel);
        if (ret_scalar->real < setting->min || ret_scalar->real > setting->max)
            return refuse_range(setting, ret_scalar->real, elevel);
        return true;
    case PGC_STRING:
        ret_scalar->string = guc_strdup(elevel, text);
        if (ret_scalar->string && (setting->flags & GUC_IS_NAME) &&
            strlen(ret_scalar->string) >= NAMEDATALEN)
            ret_scalar->string[NAMEDATALEN - 1] = '\0';
        return ret_scalar->string != NULL;
    case PGC_ENUM:
        return parse_enum(setting, text, &ret_scalar->integer, elevel);
    }
    return false;
}

bool
config__equal(const Setting *setting, SettingScalar a, SettingScalar b)
{
    switch (setting->type) {
    case PGC_BOOL:
        return a.boolean == b.boolean;
    case PGC_REAL:
        return a.real == b.real;
    case PGC_STRING:
        return a.string == b.string ||
               (a.string && b.string && strcmp(a.string, b.string) == 0);
    default:
        return a.integer == b.integer;
    }
}

/* ---- hooks ---- */

static bool
call_check(Setting *setting, SettingValue *value, GucSource source)
{
    switch (setting->type) {
    case PGC_BOOL:
        return ((GucBoolCheckHook) setting->check)(&value->scalar.boolean, &value->extra, source);
    case PGC_INT:
        return ((GucIntCheckHook) setting->check)(&value->scalar.integer, &value->extra, source);
    case PGC_REAL:
        return ((GucRealCheckHook) setting->check)(&value->scalar.real, &value->extra, source);
    case PGC_STRING:
        return ((GucStringCheckHook) setting->check)(&value->scalar.string, &value->extra, source);
    case PGC_ENUM:
        return ((GucEnumCheckHook) setting->check)(&value->scalar.integer, &value->extra, source);
    }
    return true;
}

static void
report_refusal(const Setting *setting, SettingScalar scalar, int elevel)
{
    char *text = config__format(setting, scalar, false);
    int code = check_errcode ? check_errcode : ERRCODE_INVALID_PARAMETER_VALUE;

    ereport(elevel,
            (errcode(code),
             GUC_check_errmsg_string
                 ? errmsg_internal("%s", GUC_check_errmsg_string)
                 : errmsg("invalid value for parameter \"%s\": \"%s\"", setting->name, text),
             GUC_check_errdetail_string ? errdetail_internal("%s", GUC_check_errdetail_string) : 0,
             GUC_check_errhint_string ? errhint("%s", GUC_check_errhint_string) : 0));
}

/* Asks the check hook, which may replace the value. The value stays the caller's when refused. */
bool
config__check(Setting *setting, SettingValue *value, GucSource source, int elevel)
{
    if ((setting->flags & ONLY_DEFAULT) &&
        !config__equal(setting, value->scalar, setting->boot)) {
        ereport(elevel, (errcode(ERRCODE_FEATURE_NOT_SUPPORTED),
                         errmsg("parameter \"%s\" is not supported with this value", setting->name),
                         errdetail("Only its default is.")));
        return false;
    }
    if (!setting->check)
        return true;
    check_errcode = 0;
    GUC_check_errmsg_string = GUC_check_errdetail_string = GUC_check_errhint_string = NULL;
    if (call_check(setting, value, source))
        return true;
    report_refusal(setting, value->scalar, elevel);
    return false;
}

/* Makes the value current: the assign hook first, then the variable. Cannot fail. */
void
config__install(Setting *setting, const SettingValue *value)
{
    SettingValue old = setting->current;

    switch (setting->type) {
    case PGC_BOOL:
        if (setting->assign)
            ((GucBoolAssignHook) setting->assign)(value->scalar.boolean, value->extra);
        *(bool *) setting->variable = value->scalar.boolean;
        break;
    case PGC_INT:
        if (setting->assign)
            ((GucIntAssignHook) setting->assign)(value->scalar.integer, value->extra);
        *(int *) setting->variable = value->scalar.integer;
        break;
    case PGC_REAL:
        if (setting->assign)
            ((GucRealAssignHook) setting->assign)(value->scalar.real, value->extra);
        *(double *) setting->variable = value->scalar.real;
        break;
    case PGC_STRING:
        if (setting->assign)
            ((GucStringAssignHook) setting->assign)(value->scalar.string, value->extra);
        *(char **) setting->variable = value->scalar.string;
        break;
    case PGC_ENUM:
        if (setting->assign)
            ((GucEnumAssignHook) setting->assign)(value->scalar.integer, value->extra);
        *(int *) setting->variable = value->scalar.integer;
        break;
    }
    setting->current = *value;
    config__release(setting, old);
}

/* ---- value to text ---- */

const char *
config__enum_name(const Setting *setting, int value)
{
    for (const struct config_enum_entry *entry = setting->options; entry->name; entry++)
        if (entry->val == value)
            return entry->name;
    return "";
}

/* An integer in the largest unit that holds it exactly. */
static char *
format_with_unit(const Setting *setting, double value)
{
    int base = setting->flags & GUC_UNIT;

    if (value <= 0 || !base)
        return setting->type == PGC_INT ? psprintf("%d", (int) value) : psprintf("%g", value);
    for (Size i = 0; i < lengthof(conversions); i++) {
        double in_unit = value / conversions[i].multiplier;

        if (conversions[i].base_unit == base && in_unit >= 1 && in_unit == rint(in_unit))
            return psprintf("%.0f%s", in_unit, conversions[i].name);
    }
    return psprintf("%g%s", value, config__unit_name(base));
}

/* In the current memory context. */
char *
config__format(const Setting *setting, SettingScalar scalar, bool with_unit)
{
    switch (setting->type) {
    case PGC_BOOL:
        return pstrdup(scalar.boolean ? "on" : "off");
    case PGC_INT:
        return with_unit ? format_with_unit(setting, scalar.integer)
                         : psprintf("%d", scalar.integer);
    case PGC_REAL:
        return with_unit ? format_with_unit(setting, scalar.real) : psprintf("%g", scalar.real);
    case PGC_STRING:
        return pstrdup(scalar.string ? scalar.string : "");
    case PGC_ENUM:
        return pstrdup(config__enum_name(setting, scalar.integer));
    }
    return NULL;
}
