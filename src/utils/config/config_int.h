/*
 * config_int.h - a setting and its values, shared by the files of this room
 */
#ifndef CONFIG_INT_H
#define CONFIG_INT_H

#include <float.h>

#include "config/settings.h"

/* Flags of the table alone; see settings_list.h. */
#define ONLY_DEFAULT 0x1000000
#define COMPAT 0x2000000

#define CUSTOM_SETTINGS_MAX 10000

typedef enum SettingCategory {
    FILES, CONNECTION, TCP, AUTH, SSL, MEMORY, DISK, KERNEL, VACUUM_COST, BGWRITER, ASYNC, WAL,
    CHECKPOINT, ARCHIVING, REPLICATION, PLAN_METHOD, PLAN_COST, PLAN_GEQO, PLAN_OTHER, LOG_WHERE,
    LOG_WHEN, LOG_WHAT, PROCESS_TITLE, STATS, AUTOVACUUM, CLIENT, LOCALE, PRELOAD, LOCKS, ERRORS,
    COMPAT_OLD, PRESET, CUSTOM, DEVELOPER, CATEGORY_COUNT
} SettingCategory;

typedef union SettingScalar {
    bool boolean;
    int integer;
    double real;
    char *string;
} SettingScalar;

/* A value with what its check hook made of it. */
typedef struct SettingValue {
    SettingScalar scalar;
    void *extra;
} SettingValue;

typedef enum StackState {
    STACK_SAVE,     /* a function's own change: put back at its end */
    STACK_SET,      /* SET: kept at commit */
    STACK_LOCAL,    /* SET LOCAL: put back at commit */
    STACK_SET_LOCAL /* SET, then SET LOCAL: masked is kept at commit */
} StackState;

typedef struct SettingStack {
    struct SettingStack *prev;
    int nest_level;
    StackState state;
    GucSource source;        /* of prior */
    GucSource masked_source; /* of masked */
    SettingValue prior;      /* before this level */
    SettingValue masked;     /* STACK_SET_LOCAL: what SET gave */
} SettingStack;

typedef struct Setting {
    const char *name;
    ConfigType type;
    GucContext context;
    int flags;
    SettingCategory category;
    const char *short_desc;
    const char *long_desc;
    void *variable;
    SettingScalar boot;
    double min, max; /* integers and reals */
    const struct config_enum_entry *options;
    ConfigHook check, assign;
    GucShowHook show;

    SettingValue current; /* *variable holds the same */
    SettingValue reset;
    GucSource source, reset_source;
    SettingStack *stack;
    char *sourcefile;
    int sourceline;
    bool pending_restart;
    bool in_file; /* seen in the file that is being loaded */
    bool report_pending;
} Setting;

/* config.c */
Setting *config__find(const char *name);
Setting *config__find_or_placeholder(const char *name, int elevel);
int config__count(void);
Setting *config__at(int index);
void config__add(Setting *setting);
void config__remove(Setting *setting);

/* settings.c */
Setting *config__table(int *ret_count);
extern const char *const config__category_names[CATEGORY_COUNT];

/* value.c: the three texts of a setting's life */
bool config__parse(const Setting *setting, const char *text, SettingScalar *ret_scalar,
                   int elevel);
bool config__check(Setting *setting, SettingValue *value, GucSource source, int elevel);
void config__install(Setting *setting, const SettingValue *value);
bool config__equal(const Setting *setting, SettingScalar a, SettingScalar b);
void config__release(Setting *setting, SettingValue value);
SettingScalar config__copy_scalar(const Setting *setting, SettingScalar scalar);
const char *config__enum_name(const Setting *setting, int value);
void config__set_show_hooks(void);
char *config__format(const Setting *setting, SettingScalar scalar, bool with_unit);
const char *config__unit_name(int flags);

extern const char *const config__context_names[];
extern const char *const config__source_names[];
extern const char *const config__type_names[];

#endif
