/*
 * show.c - settings as text: SHOW, SET's lists, pg_settings, command lines, modules' own settings
 */
#include "config_int.h"

#include "base/number.h"
#include "memory/stringinfo.h"

/* ---- SHOW ---- */

static bool
hidden_from_user(const Setting *setting)
{
    return (setting->flags & GUC_SUPERUSER_ONLY) && config_is_superuser_hook &&
           !config_is_superuser_hook();
}

/* File modes are shown as chmod takes them. */

static const char *
octal(int mode)
{
    static char text[12];

    snprintf(text, sizeof text, "%04o", (unsigned) mode);
    return text;
}

static const char *
show_unix_socket_permissions(void)
{
    return octal(Unix_socket_permissions);
}

static const char *
show_data_directory_mode(void)
{
    return octal(data_directory_mode);
}

void
config__set_show_hooks(void)
{
    config__find("unix_socket_permissions")->show = show_unix_socket_permissions;
    config__find("data_directory_mode")->show = show_data_directory_mode;
}

static char *
show_text(Setting *setting)
{
    return setting->show ? pstrdup(setting->show())
                         : config__format(setting, setting->current.scalar, true);
}

static Setting *
find_shown(const char *name, bool missing_ok, bool restrict_privileged)
{
    Setting *setting = config__find(name);

    if (!setting) {
        if (!missing_ok)
            ereport(ERROR, (errcode(ERRCODE_UNDEFINED_OBJECT),
                            errmsg("unrecognized configuration parameter \"%s\"", name)));
        return NULL;
    }
    if (restrict_privileged && hidden_from_user(setting))
        ereport(ERROR, (errcode(ERRCODE_INSUFFICIENT_PRIVILEGE),
                        errmsg("must be superuser or have privileges of pg_read_all_settings to "
                               "examine \"%s\"", setting->name)));
    return setting;
}

const char *
GetConfigOption(const char *name, bool missing_ok, bool restrict_privileged)
{
    Setting *setting = find_shown(name, missing_ok, restrict_privileged);

    return setting ? config__format(setting, setting->current.scalar, false) : NULL;
}

const char *
GetConfigOptionResetString(const char *name)
{
    Setting *setting = find_shown(name, false, true);

    return config__format(setting, setting->reset.scalar, false);
}

int
GetConfigOptionFlags(const char *name, bool missing_ok)
{
    Setting *setting = find_shown(name, missing_ok, false);

    return setting ? setting->flags : 0;
}

char *
GetConfigOptionByName(const char *name, const char **varname, bool missing_ok)
{
    Setting *setting = find_shown(name, missing_ok, true);

    if (varname)
        *varname = setting ? setting->name : NULL;
    return setting ? show_text(setting) : NULL;
}

/* ---- SET ---- */

/* Whether a name must be quoted to come back as it is. Keywords do no harm in settings. */
static bool
needs_quotes(const char *name)
{
    if (!(pg_ascii_islower(name[0]) || name[0] == '_'))
        return true;
    for (const char *at = name; *at; at++)
        if (!(pg_ascii_islower(*at) || pg_ascii_isdigit(*at) || *at == '_'))
            return true;
    return false;
}

static void
append_quoted(StringInfo text, const char *name)
{
    if (!needs_quotes(name)) {
        appendStringInfoString(text, name);
        return;
    }
    appendStringInfoChar(text, '"');
    for (const char *at = name; *at; at++) {
        if (*at == '"')
            appendStringInfoChar(text, '"');
        appendStringInfoChar(text, *at);
    }
    appendStringInfoChar(text, '"');
}

char *
flatten_set_variable_args(const char *name, List *args)
{
    Setting *setting = config__find_or_placeholder(name, ERROR);
    StringInfoData text;
    ListCell *cell;

    if (args == NIL)
        return NULL;
    if (list_length(args) > 1 && !(setting->flags & GUC_LIST_INPUT))
        ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE),
                        errmsg("SET %s takes only one argument", name)));
    initStringInfo(&text);
    foreach (cell, args) {
        if (text.len > 0)
            appendStringInfoString(&text, ", ");
        if (setting->flags & GUC_LIST_QUOTE)
            append_quoted(&text, lfirst(cell));
        else
            appendStringInfoString(&text, lfirst(cell));
    }
    return text.data;
}

void
config_set_statement(const char *name, List *args, bool is_local, bool is_superuser)
{
    set_config_option(name, flatten_set_variable_args(name, args),
                      is_superuser ? PGC_SUSET : PGC_USERSET, PGC_S_SESSION,
                      is_local ? GUC_ACTION_LOCAL : GUC_ACTION_SET, true, 0, false);
}

/* ---- lists ---- */

static char *
skip_space(char *at)
{
    while (scanner_isspace(*at))
        at++;
    return at;
}

/* One name at *cursor, which moves past it; NULL for bad syntax. In place. */
static char *
next_name(char **cursor, char separator, bool fold)
{
    char *at = *cursor, *name, *end;

    if (*at == '"') {
        char *to = name = ++at;

        for (;; at++) {
            if (*at == '\0')
                return NULL;
            if (*at == '"' && at[1] == '"')
                at++;
            else if (*at == '"')
                break;
            *to++ = *at;
        }
        end = to;
        at++;
        *cursor = at;
        *end = *at ? *end : '\0';
        if (end != at)
            *end = '\0';
        return name;
    }
    name = at;
    while (*at && *at != separator && !scanner_isspace(*at)) {
        if (fold)
            *at = (char) pg_ascii_tolower((unsigned char) *at);
        at++;
    }
    if (at == name)
        return NULL;
    *cursor = at;
    return name;
}

static bool
split(char *raw, char separator, bool fold, List **ret_names)
{
    char *at = skip_space(raw);

    *ret_names = NIL;
    if (*at == '\0')
        return true;
    for (;;) {
        char *name = next_name(&at, separator, fold);

        if (!name)
            return false;

        char *end = at;

        at = skip_space(at);

        char next = *at;

        if (*end)
            *end = '\0';
        if (fold && strlen(name) >= NAMEDATALEN)
            name[NAMEDATALEN - 1] = '\0';
        *ret_names = lappend(*ret_names, name);
        if (next == '\0')
            return true;
        if (next != separator)
            return false;
        at = skip_space(at + 1);
    }
}

bool
SplitIdentifierString(char *rawstring, char separator, List **namelist)
{
    return split(rawstring, separator, true, namelist);
}

bool
SplitGUCList(char *rawstring, char separator, List **namelist)
{
    return split(rawstring, separator, false, namelist);
}

/* ---- command lines ---- */

int
config_split_options(const char *options, char ***ret_words)
{
    int count = 0;

    *ret_words = palloc(sizeof(char *) * (strlen(options) / 2 + 2));
    for (const char *at = options; *at;) {
        StringInfoData word;

        while (scanner_isspace(*at))
            at++;
        if (*at == '\0')
            break;
        initStringInfo(&word);
        for (; *at && !scanner_isspace(*at); at++) {
            if (*at == '\\' && at[1])
                at++;
            appendStringInfoChar(&word, *at);
        }
        (*ret_words)[count++] = word.data;
    }
    return count;
}

bool
config_parse_assignment(const char *word, char **ret_name, char **ret_value)
{
    const char *equals = strchr(word, '=');

    if (!equals)
        return false;
    *ret_name = pnstrdup(word, (Size) (equals - word));
    *ret_value = pstrdup(equals + 1);
    for (char *at = *ret_name; *at; at++)
        if (*at == '-')
            *at = '_';
    return true;
}

/* ---- pg_settings ---- */

static const char **
enum_values(const Setting *setting)
{
    static const char *values[64];
    int count = 0;

    for (const struct config_enum_entry *entry = setting->options; entry->name; entry++)
        if (!entry->hidden && count < (int) lengthof(values) - 1)
            values[count++] = entry->name;
    values[count] = NULL;
    return values;
}

static const char *
text_or_null(const Setting *setting, SettingScalar scalar)
{
    if (setting->type == PGC_STRING && !scalar.string)
        return NULL;
    return config__format(setting, scalar, false);
}

bool
config_next_row(int *position, ConfigRow *ret_row)
{
    if (*position >= config__count())
        return false;

    Setting *setting = config__at((*position)++);
    bool hidden = hidden_from_user(setting);
    bool is_number = setting->type == PGC_INT || setting->type == PGC_REAL;
    const char *setting_text = hidden          ? NULL
                               : setting->show ? pstrdup(setting->show())
                                               : config__format(setting, setting->current.scalar,
                                                                false);

    *ret_row = (ConfigRow){
        .name = setting->name,
        .setting = setting_text,
        .unit = config__unit_name(setting->flags),
        .category = config__category_names[setting->category],
        .short_desc = setting->short_desc,
        .extra_desc = setting->long_desc,
        .context = config__context_names[setting->context],
        .vartype = config__type_names[setting->type],
        .source = config__source_names[setting->source],
        .min_val = is_number ? psprintf(setting->type == PGC_INT ? "%.0f" : "%g", setting->min)
                             : NULL,
        .max_val = is_number ? psprintf(setting->type == PGC_INT ? "%.0f" : "%g", setting->max)
                             : NULL,
        .enumvals = setting->type == PGC_ENUM ? enum_values(setting) : NULL,
        .boot_val = text_or_null(setting, setting->boot),
        .reset_val = hidden ? NULL : text_or_null(setting, setting->reset.scalar),
        .sourcefile = hidden || setting->source != PGC_S_FILE ? NULL : setting->sourcefile,
        .sourceline = hidden || setting->source != PGC_S_FILE ? 0 : setting->sourceline,
        .pending_restart = setting->pending_restart,
        .flags = setting->flags,
        .show_text = hidden ? NULL : show_text(setting),
    };
    return true;
}

/* ---- settings of modules ---- */

static void
take_over_placeholder(Setting *setting)
{
    Setting *placeholder = config__find(setting->name);

    if (!placeholder)
        return;
    if (!(placeholder->flags & GUC_CUSTOM_PLACEHOLDER))
        ereport(ERROR, (errmsg_internal("attempt to redefine parameter \"%s\"", setting->name)));
    config__remove(placeholder);
}

static void
define(Setting *setting)
{
    Setting *placeholder = config__find(setting->name);
    SettingValue value = {.scalar = config__copy_scalar(setting, setting->boot)};

    take_over_placeholder(setting);
    if (!config__check(setting, &value, PGC_S_DEFAULT, ERROR))
        return;
    config__add(setting);
    setting->reset = value;
    config__install(setting, &value);
    if (placeholder && placeholder->current.scalar.string)
        set_config_option(setting->name, placeholder->current.scalar.string,
                          placeholder->source >= PGC_S_CLIENT ? PGC_USERSET : PGC_POSTMASTER,
                          placeholder->source, GUC_ACTION_SET, true, WARNING, false);
}

static Setting *
new_custom(const char *name, const char *short_desc, const char *long_desc, ConfigType type,
           void *variable, GucContext context, int flags, ConfigHook check, ConfigHook assign,
           GucShowHook show)
{
    Setting *setting = guc_malloc(ERROR, sizeof *setting);

    *setting = (Setting){
        .name = guc_strdup(ERROR, name),
        .type = type,
        .context = context,
        .flags = flags,
        .category = CUSTOM,
        .short_desc = short_desc,
        .long_desc = long_desc,
        .variable = variable,
        .check = check,
        .assign = assign,
        .show = show,
    };
    return setting;
}

void
DefineCustomBoolVariable(const char *name, const char *short_desc, const char *long_desc,
                         bool *valueAddr, bool bootValue, GucContext context, int flags,
                         GucBoolCheckHook check_hook, GucBoolAssignHook assign_hook,
                         GucShowHook show_hook)
{
    Setting *setting =
        new_custom(name, short_desc, long_desc, PGC_BOOL, valueAddr, context, flags,
                   (ConfigHook) check_hook, (ConfigHook) assign_hook, show_hook);

    setting->boot.boolean = bootValue;
    define(setting);
}

void
DefineCustomIntVariable(const char *name, const char *short_desc, const char *long_desc,
                        int *valueAddr, int bootValue, int minValue, int maxValue,
                        GucContext context, int flags, GucIntCheckHook check_hook,
                        GucIntAssignHook assign_hook, GucShowHook show_hook)
{
    Setting *setting =
        new_custom(name, short_desc, long_desc, PGC_INT, valueAddr, context, flags,
                   (ConfigHook) check_hook, (ConfigHook) assign_hook, show_hook);

    setting->boot.integer = bootValue;
    setting->min = minValue;
    setting->max = maxValue;
    define(setting);
}

void
DefineCustomRealVariable(const char *name, const char *short_desc, const char *long_desc,
                         double *valueAddr, double bootValue, double minValue, double maxValue,
                         GucContext context, int flags, GucRealCheckHook check_hook,
                         GucRealAssignHook assign_hook, GucShowHook show_hook)
{
    Setting *setting =
        new_custom(name, short_desc, long_desc, PGC_REAL, valueAddr, context, flags,
                   (ConfigHook) check_hook, (ConfigHook) assign_hook, show_hook);

    setting->boot.real = bootValue;
    setting->min = minValue;
    setting->max = maxValue;
    define(setting);
}

void
DefineCustomStringVariable(const char *name, const char *short_desc, const char *long_desc,
                           char **valueAddr, const char *bootValue, GucContext context, int flags,
                           GucStringCheckHook check_hook, GucStringAssignHook assign_hook,
                           GucShowHook show_hook)
{
    Setting *setting =
        new_custom(name, short_desc, long_desc, PGC_STRING, valueAddr, context, flags,
                   (ConfigHook) check_hook, (ConfigHook) assign_hook, show_hook);

    setting->boot.string = (char *) bootValue;
    define(setting);
}

void
DefineCustomEnumVariable(const char *name, const char *short_desc, const char *long_desc,
                         int *valueAddr, int bootValue, const struct config_enum_entry *options,
                         GucContext context, int flags, GucEnumCheckHook check_hook,
                         GucEnumAssignHook assign_hook, GucShowHook show_hook)
{
    Setting *setting =
        new_custom(name, short_desc, long_desc, PGC_ENUM, valueAddr, context, flags,
                   (ConfigHook) check_hook, (ConfigHook) assign_hook, show_hook);

    setting->boot.integer = bootValue;
    setting->options = options;
    define(setting);
}

/* Placeholders of a module that has defined all it has were typing errors. */
void
MarkGUCPrefixReserved(const char *className)
{
    Size length = strlen(className);

    for (int i = config__count() - 1; i >= 0; i--) {
        Setting *setting = config__at(i);

        if ((setting->flags & GUC_CUSTOM_PLACEHOLDER) &&
            strncmp(setting->name, className, length) == 0 && setting->name[length] == '.') {
            ereport(WARNING,
                    (errcode(ERRCODE_INVALID_NAME),
                     errmsg("invalid configuration parameter name \"%s\", removing it",
                            setting->name),
                     errdetail("\"%s\" is now a reserved prefix.", className)));
            config__remove(setting);
        }
    }
}
