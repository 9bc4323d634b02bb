/*
 * config.c - finding settings, changing them, putting them back
 *
 * Invariants C1. The array of settings is sorted by name without regard to case.
 *            C2. *variable always equals current, after the assign hook has run.
 *            C3. A setting's stack has at most one entry per nest level, deepest on top; outside
 *                transactions it is empty.
 * Read first config.h, then set_config_option().
 */
#include "config_int.h"

#include "base/number.h"
#include "error/interrupt.h"

static struct {
    Setting **sorted;
    int count, capacity;
    int nest_level; /* 0 outside of transactions */
    int stacked;    /* settings with a stack, so that ending a plain transaction costs nothing */
    bool report_any;
    bool reporting;
    ConfigReportHook report;
} config;

bool (*config_is_superuser_hook)(void);

/* ---- finding ---- */

static int
position_of(const char *name, bool *ret_found)
{
    int low = 0, high = config.count;

    while (low < high) {
        int middle = (low + high) / 2;
        int order = pg_strcasecmp(config.sorted[middle]->name, name);

        if (order == 0) {
            *ret_found = true;
            return middle;
        }
        if (order < 0)
            low = middle + 1;
        else
            high = middle;
    }
    *ret_found = false;
    return low;
}

/* Old spellings that are still understood. */
static const char *
current_name(const char *name)
{
    if (pg_strcasecmp(name, "sort_mem") == 0)
        return "work_mem";
    if (pg_strcasecmp(name, "vacuum_mem") == 0)
        return "maintenance_work_mem";
    return name;
}

Setting *
config__find(const char *name)
{
    bool found;
    int position = position_of(current_name(name), &found);

    return found ? config.sorted[position] : NULL;
}

int
config__count(void)
{
    return config.count;
}

Setting *
config__at(int index)
{
    return config.sorted[index];
}

void
config__add(Setting *setting)
{
    bool found;
    int position = position_of(setting->name, &found);

    Assert(!found);
    if (config.count == config.capacity) {
        config.capacity = config.capacity ? 2 * config.capacity : 512;
        config.sorted = guc_realloc(FATAL, config.sorted,
                                    sizeof(Setting *) * (Size) config.capacity);
    }
    memmove(&config.sorted[position + 1], &config.sorted[position],
            sizeof(Setting *) * (Size) (config.count - position));
    config.sorted[position] = setting;
    config.count++;
}

void
config__remove(Setting *setting)
{
    bool found;
    int position = position_of(setting->name, &found);

    Assert(found);
    memmove(&config.sorted[position], &config.sorted[position + 1],
            sizeof(Setting *) * (Size) (config.count - position - 1));
    config.count--;
}

bool
config_exists(const char *name)
{
    return config__find(name) != NULL;
}

static bool
is_custom_name(const char *name)
{
    bool dot = false, start = true;

    for (const char *at = name; *at; at++) {
        if (*at == '.') {
            if (start)
                return false;
            dot = start = true;
        } else if (pg_ascii_isalpha(*at) || *at == '_' || (*at & 0x80)) {
            start = false;
        } else if (start || !(pg_ascii_isdigit(*at) || *at == '$')) {
            return false;
        }
    }
    return dot && !start;
}

/* A setting "module.name" whose module is not there yet: it keeps the text. */
static Setting *
add_placeholder(const char *name, int elevel)
{
    Setting *setting = guc_malloc(elevel, sizeof *setting);
    char **variable = guc_malloc(elevel, sizeof *variable);

    *variable = NULL;
    *setting = (Setting){
        .name = guc_strdup(elevel, name),
        .type = PGC_STRING,
        .context = PGC_USERSET,
        .flags = GUC_NO_SHOW_ALL | GUC_NOT_IN_SAMPLE | GUC_CUSTOM_PLACEHOLDER,
        .category = CUSTOM,
        .short_desc = "",
        .variable = variable,
    };
    config__add(setting);
    return setting;
}

Setting *
config__find_or_placeholder(const char *name, int elevel)
{
    Setting *setting = config__find(name);

    if (setting)
        return setting;
    if (strchr(name, '.')) {
        if (is_custom_name(name) && config.count < CUSTOM_SETTINGS_MAX)
            return add_placeholder(name, ERROR);
        ereport(elevel, (errcode(ERRCODE_INVALID_NAME),
                         errmsg("invalid configuration parameter name \"%s\"", name),
                         errdetail("Custom parameter names must be two or more simple identifiers "
                                   "separated by dots.")));
        return NULL;
    }
    ereport(elevel, (errcode(ERRCODE_UNDEFINED_OBJECT),
                     errmsg("unrecognized configuration parameter \"%s\"", name)));
    return NULL;
}

/* ---- start ---- */

static void
set_to_boot(Setting *setting)
{
    SettingValue value = {.scalar = config__copy_scalar(setting, setting->boot)};

    if (!config__check(setting, &value, PGC_S_DEFAULT, LOG))
        ereport(FATAL, (errmsg_internal("failed to initialize %s to its default", setting->name)));
    setting->reset = value;
    setting->source = setting->reset_source = PGC_S_DEFAULT;
    config__install(setting, &value);
}

static void
set_from_environment(const char *variable, const char *name, GucContext context)
{
    const char *value = getenv(variable);

    if (value)
        SetConfigOption(name, value, context, PGC_S_ENV_VAR);
}

void
config_initialize(void)
{
    int count;
    Setting *table = config__table(&count);

    for (int i = 0; i < count; i++)
        config__add(&table[i]);
    config__set_show_hooks();
    for (int i = 0; i < count; i++)
        set_to_boot(&table[i]);
    set_from_environment("PGPORT", "port", PGC_POSTMASTER);
    set_from_environment("PGDATESTYLE", "DateStyle", PGC_POSTMASTER);
    set_from_environment("PGCLIENTENCODING", "client_encoding", PGC_POSTMASTER);
}

void
config_set_hooks(const char *name, ConfigHook check, ConfigHook assign, GucShowHook show)
{
    Setting *setting = config__find(name);

    if (!setting) { /* before config_initialize(): into the table itself */
        int count;
        Setting *table = config__table(&count);

        for (int i = 0; i < count && !setting; i++)
            if (strcmp(table[i].name, name) == 0)
                setting = &table[i];
        if (!setting)
            ereport(FATAL, (errmsg_internal("no setting \"%s\" to hook", name)));
        setting->check = check;
        setting->assign = assign;
        setting->show = show;
        return;
    }
    setting->check = check;
    setting->assign = assign;
    setting->show = show;

    SettingValue value = {.scalar = config__copy_scalar(setting, setting->current.scalar)};

    if (!config__check(setting, &value, setting->source, FATAL))
        return;

    SettingValue old_reset = setting->reset;

    setting->reset = value;
    config__release(setting, old_reset);
    config__install(setting, &value);
}

/* ---- the stack ---- */

static void
push_old_value(Setting *setting, GucAction action)
{
    SettingStack *top = setting->stack;

    if (config.nest_level == 0)
        return;
    if (top && top->nest_level >= config.nest_level) {
        if (action == GUC_ACTION_SET) {
            if (top->state == STACK_SET_LOCAL) {
                SettingValue masked = top->masked;

                top->state = STACK_SET;
                top->masked = (SettingValue){0};
                config__release(setting, masked);
            } else if (top->state == STACK_LOCAL) {
                top->state = STACK_SET;
            }
        } else if (action == GUC_ACTION_LOCAL && top->state == STACK_SET) {
            top->masked_source = setting->source;
            top->masked = setting->current;
            top->state = STACK_SET_LOCAL;
        }
        return;
    }
    if (!top)
        config.stacked++;
    top = guc_malloc(ERROR, sizeof *top);
    *top = (SettingStack){
        .prev = setting->stack,
        .nest_level = config.nest_level,
        .state = action == GUC_ACTION_SET     ? STACK_SET
                 : action == GUC_ACTION_LOCAL ? STACK_LOCAL
                                              : STACK_SAVE,
        .source = setting->source,
        .prior = setting->current,
    };
    setting->stack = top;
}

int
NewGUCNestLevel(void)
{
    return ++config.nest_level;
}

void
AtStart_GUC(void)
{
    config.nest_level = 1;
}

static void
mark_changed(Setting *setting)
{
    if (!(setting->flags & GUC_REPORT))
        return;
    setting->report_pending = true;
    config.report_any = true;
}

/* What one stack entry leaves behind when its level ends. */
static void
end_level(Setting *setting, bool is_commit)
{
    SettingStack *entry = setting->stack, *below = entry->prev;
    bool restore_prior = false, restore_masked = false;

    if (!is_commit || entry->state == STACK_SAVE)
        restore_prior = true;
    else if (entry->nest_level == 1) {
        restore_masked = entry->state == STACK_SET_LOCAL;
        restore_prior = entry->state == STACK_LOCAL;
    } else if (!below || below->nest_level < entry->nest_level - 1) {
        entry->nest_level--; /* now it is the enclosing level's change */
        return;
    } else {
        /* Merge into the enclosing level's entry: its prior stays the value to go back to. */
        switch (entry->state) {
        case STACK_SET:
            if (below->state == STACK_SET_LOCAL) {
                SettingValue masked = below->masked;

                below->masked = (SettingValue){0};
                below->state = STACK_SET;
                config__release(setting, masked);
            }
            below->state = STACK_SET;
            break;
        case STACK_LOCAL:
            if (below->state == STACK_SET) {
                below->masked_source = entry->source;
                below->masked = entry->prior;
                below->state = STACK_SET_LOCAL;
            }
            break;
        case STACK_SET_LOCAL:
            if (below->state == STACK_SET_LOCAL) {
                SettingValue old = below->masked;

                below->masked = entry->masked;
                below->masked_source = entry->masked_source;
                config__release(setting, old);
            } else {
                below->masked = entry->masked;
                below->masked_source = entry->masked_source;
                below->state = STACK_SET_LOCAL;
            }
            break;
        default:
            break;
        }
    }

    setting->stack = below;
    if (!below)
        config.stacked--;
    if (restore_prior || restore_masked) {
        SettingValue value = restore_masked ? entry->masked : entry->prior;
        GucSource source = restore_masked ? entry->masked_source : entry->source;

        if (!config__equal(setting, setting->current.scalar, value.scalar) ||
            setting->current.extra != value.extra)
            mark_changed(setting);
        config__install(setting, &value);
        setting->source = source;
    }
    config__release(setting, entry->prior);
    if (entry->state == STACK_SET_LOCAL)
        config__release(setting, entry->masked);
    guc_free(entry);
}

void
AtEOXact_GUC(bool isCommit, int nestLevel)
{
    for (int i = 0; config.stacked > 0 && i < config.count; i++) {
        Setting *setting = config.sorted[i];

        while (setting->stack && setting->stack->nest_level >= nestLevel) {
            SettingStack *top = setting->stack;
            int level = top->nest_level;

            end_level(setting, isCommit);
            if (setting->stack == top && top->nest_level == level)
                break;
        }
    }
    config.nest_level = nestLevel - 1;
}

/* ---- changing ---- */

static bool
is_superuser(void)
{
    return !config_is_superuser_hook || config_is_superuser_hook();
}

/* Whether a caller of this context may change the setting: 1 yes, 0 no, -1 valid but not now. */
static int
may_change(Setting *setting, GucContext context, GucSource source, bool is_reload, int elevel)
{
    switch (setting->context) {
    case PGC_INTERNAL:
        if (context == PGC_INTERNAL)
            return 1;
        ereport(elevel, (errcode(ERRCODE_CANT_CHANGE_RUNTIME_PARAM),
                         errmsg("parameter \"%s\" cannot be changed", setting->name)));
        return 0;
    case PGC_POSTMASTER:
        if (context == PGC_SIGHUP)
            return -1;
        if (context == PGC_POSTMASTER)
            return 1;
        ereport(elevel, (errcode(ERRCODE_CANT_CHANGE_RUNTIME_PARAM),
                         errmsg("parameter \"%s\" cannot be changed without restarting the server",
                                setting->name)));
        return 0;
    case PGC_SIGHUP:
        if (context == PGC_SIGHUP || context == PGC_POSTMASTER)
            return 1;
        ereport(elevel, (errcode(ERRCODE_CANT_CHANGE_RUNTIME_PARAM),
                         errmsg("parameter \"%s\" cannot be changed now", setting->name)));
        return 0;
    case PGC_SU_BACKEND:
        if (context == PGC_BACKEND) {
            ereport(elevel, (errcode(ERRCODE_INSUFFICIENT_PRIVILEGE),
                             errmsg("permission denied to set parameter \"%s\"", setting->name)));
            return 0;
        }
        /* fall through */
    case PGC_BACKEND:
        if (context == PGC_SIGHUP)
            return is_reload ? -1 : 1;
        if (context == PGC_POSTMASTER || context == PGC_BACKEND || context == PGC_SU_BACKEND)
            return 1;
        ereport(elevel, (errcode(ERRCODE_CANT_CHANGE_RUNTIME_PARAM),
                         errmsg("parameter \"%s\" cannot be set after connection start",
                                setting->name)));
        return 0;
    case PGC_SUSET:
        if ((context == PGC_USERSET || context == PGC_BACKEND) && !is_superuser()) {
            ereport(elevel, (errcode(ERRCODE_INSUFFICIENT_PRIVILEGE),
                             errmsg("permission denied to set parameter \"%s\"", setting->name)));
            return 0;
        }
        return 1;
    case PGC_USERSET:
        return 1;
    }
    return 0;
}

static int
default_elevel(GucContext context, GucSource source)
{
    if (source == PGC_S_DEFAULT || source == PGC_S_FILE)
        return context == PGC_POSTMASTER ? ERROR : LOG;
    if (source == PGC_S_GLOBAL || source == PGC_S_DATABASE || source == PGC_S_USER ||
        source == PGC_S_DATABASE_USER)
        return WARNING;
    return ERROR;
}

/* The default that a weaker source left becomes the value that RESET and rollback return to. */
static void
set_reset_value(Setting *setting, const SettingValue *value, GucSource source)
{
    if (setting->reset_source <= source) {
        SettingValue old = setting->reset;

        setting->reset = *value;
        setting->reset_source = source;
        config__release(setting, old);
    }
    for (SettingStack *stack = setting->stack; stack; stack = stack->prev)
        if (stack->source <= source) {
            SettingValue old = stack->prior;

            stack->prior = *value;
            stack->source = source;
            config__release(setting, old);
        }
}

/* The value asked for: parsed and checked, or the reset value for NULL. */
static bool
make_value(Setting *setting, const char *text, GucSource *source, int elevel,
           SettingValue *ret_value)
{
    *ret_value = (SettingValue){0};
    if (text) {
        if (!config__parse(setting, text, &ret_value->scalar, elevel))
            return false;
    } else if (*source == PGC_S_DEFAULT) {
        ret_value->scalar = config__copy_scalar(setting, setting->boot);
    } else {
        *ret_value = setting->reset;
        *source = setting->reset_source;
        return true;
    }
    if (config__check(setting, ret_value, *source, elevel))
        return true;
    config__release(setting, *ret_value);
    return false;
}

int
set_config_option(const char *name, const char *value, GucContext context, GucSource source,
                  GucAction action, bool changeVal, int elevel, bool is_reload)
{
    if (elevel == 0)
        elevel = default_elevel(context, source);

    Setting *setting = config__find_or_placeholder(name, elevel);

    if (!setting)
        return 0;

    int allowed = may_change(setting, context, source, is_reload, elevel);
    bool prohibited = allowed < 0;

    if (allowed == 0)
        return 0;

    bool makes_default = changeVal && source <= PGC_S_OVERRIDE &&
                         (value != NULL || source == PGC_S_DEFAULT);

    if (setting->source > source) {
        if (changeVal && !makes_default)
            return -1;
        changeVal = false;
    }

    SettingValue new_value;
    GucSource new_source = source;

    if (!make_value(setting, value, &new_source, elevel, &new_value))
        return 0;
    if (prohibited) {
        bool same = config__equal(setting, setting->current.scalar, new_value.scalar);

        config__release(setting, new_value);
        setting->pending_restart = !same;
        if (same)
            return -1;
        ereport(elevel, (errcode(ERRCODE_CANT_CHANGE_RUNTIME_PARAM),
                         errmsg("parameter \"%s\" cannot be changed without restarting the server",
                                setting->name)));
        return 0;
    }
    if (changeVal) {
        if (!makes_default)
            push_old_value(setting, action);
        if (!config__equal(setting, setting->current.scalar, new_value.scalar))
            mark_changed(setting);
        config__install(setting, &new_value);
        setting->source = new_source;
    }
    if (makes_default)
        set_reset_value(setting, &new_value, source);
    config__release(setting, new_value);
    return changeVal || makes_default ? 1 : -1;
}

void
SetConfigOption(const char *name, const char *value, GucContext context, GucSource source)
{
    set_config_option(name, value, context, source, GUC_ACTION_SET, true, 0, false);
}

void
config_reset_all(void)
{
    for (int i = 0; i < config.count; i++) {
        Setting *setting = config.sorted[i];

        if (setting->context != PGC_SUSET && setting->context != PGC_USERSET)
            continue;
        if ((setting->flags & (GUC_NO_RESET_ALL | GUC_NO_RESET)) ||
            setting->source <= PGC_S_OVERRIDE)
            continue;
        push_old_value(setting, GUC_ACTION_SET);

        SettingValue value = setting->reset;

        if (!config__equal(setting, setting->current.scalar, value.scalar))
            mark_changed(setting);
        config__install(setting, &value);
        setting->source = setting->reset_source;
    }
}

/* ---- telling the client ---- */

void
config_set_report_hook(ConfigReportHook hook)
{
    config.report = hook;
}

static void
report(Setting *setting)
{
    char *text = setting->show ? pstrdup(setting->show())
                               : config__format(setting, setting->current.scalar, true);

    setting->report_pending = false;
    if (config.report)
        config.report(setting->name, text);
    pfree(text);
}

void
config_report_all(void)
{
    config.reporting = true;
    for (int i = 0; i < config.count; i++)
        if (config.sorted[i]->flags & GUC_REPORT)
            report(config.sorted[i]);
    config.report_any = false;
}

void
config_report_changed(void)
{
    if (!config.report_any || !config.reporting)
        return;
    config.report_any = false;
    for (int i = 0; i < config.count; i++)
        if (config.sorted[i]->report_pending)
            report(config.sorted[i]);
}
