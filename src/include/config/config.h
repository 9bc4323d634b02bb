/*
 * config.h - the settings: one table, whoever changes it
 *
 * A setting has a name, a type, a context (who may change it and when) and a value on a stack, so
 * that SET LOCAL, savepoints and functions can put it back. Sources are ordered: a value from a
 * weaker source never replaces one from a stronger. Names and types are those PostgreSQL publishes
 * to extensions (DefineCustomIntVariable and the rest).
 *
 * Memory of string values and of `extra` comes from guc_malloc and is freed by this room. A check
 * hook that replaces *newval allocates with guc_strdup.
 */
#ifndef CONFIG_CONFIG_H
#define CONFIG_CONFIG_H

#include "error/error.h"
#include "memory/list.h"

/* Who may change a setting, from hardest to easiest. */
typedef enum GucContext
{
    PGC_INTERNAL,   /* nobody: it shows a fact */
    PGC_POSTMASTER, /* at server start */
    PGC_SIGHUP,     /* by the file, on reload */
    PGC_SU_BACKEND, /* at connection start, superuser */
    PGC_BACKEND,    /* at connection start */
    PGC_SUSET,      /* by SET, superuser */
    PGC_USERSET,    /* by SET, anybody */
} GucContext;

/* Where a value came from, from weakest to strongest. */
typedef enum GucSource
{
    PGC_S_DEFAULT,
    PGC_S_DYNAMIC_DEFAULT,
    PGC_S_ENV_VAR,
    PGC_S_FILE,
    PGC_S_ARGV,
    PGC_S_GLOBAL,
    PGC_S_DATABASE,
    PGC_S_USER,
    PGC_S_DATABASE_USER,
    PGC_S_CLIENT,
    PGC_S_OVERRIDE,
    PGC_S_INTERACTIVE,
    PGC_S_TEST,
    PGC_S_SESSION,
} GucSource;

typedef enum GucAction
{
    GUC_ACTION_SET,
    GUC_ACTION_LOCAL,
    GUC_ACTION_SAVE, /* for the span of a function's nest level */
} GucAction;

typedef enum ConfigType
{
    PGC_BOOL,
    PGC_INT,
    PGC_REAL,
    PGC_STRING,
    PGC_ENUM,
} ConfigType;

/* Flags */
#define GUC_LIST_INPUT 0x0001
#define GUC_LIST_QUOTE 0x0002
#define GUC_NO_SHOW_ALL 0x0004
#define GUC_NO_RESET_ALL 0x0008
#define GUC_REPORT 0x0010 /* the client is told when the value changes */
#define GUC_NOT_IN_SAMPLE 0x0020
#define GUC_DISALLOW_IN_FILE 0x0040
#define GUC_CUSTOM_PLACEHOLDER 0x0080
#define GUC_SUPERUSER_ONLY 0x0100
#define GUC_IS_NAME 0x0200
#define GUC_NOT_WHILE_SEC_REST 0x0400
#define GUC_DISALLOW_IN_AUTO_FILE 0x0800
#define GUC_UNIT_KB 0x1000
#define GUC_UNIT_BLOCKS 0x2000
#define GUC_UNIT_XBLOCKS 0x3000
#define GUC_UNIT_MB 0x4000
#define GUC_UNIT_BYTE 0x8000
#define GUC_UNIT_MEMORY 0xF000
#define GUC_UNIT_MS 0x10000
#define GUC_UNIT_S 0x20000
#define GUC_UNIT_MIN 0x30000
#define GUC_UNIT_TIME 0xF0000
#define GUC_EXPLAIN 0x100000
#define GUC_RUNTIME_COMPUTED 0x200000
#define GUC_NO_RESET 0x400000
#define GUC_UNIT (GUC_UNIT_MEMORY | GUC_UNIT_TIME)

struct config_enum_entry
{
    const char *name;
    int val;
    bool hidden; /* accepted, not listed */
};

/* Check hooks return false to refuse; GUC_check_errmsg and friends say why. */
typedef bool (*GucBoolCheckHook)(bool *newval, void **extra, GucSource source);
typedef bool (*GucIntCheckHook)(int *newval, void **extra, GucSource source);
typedef bool (*GucRealCheckHook)(double *newval, void **extra, GucSource source);
typedef bool (*GucStringCheckHook)(char **newval, void **extra, GucSource source);
typedef bool (*GucEnumCheckHook)(int *newval, void **extra, GucSource source);
typedef void (*GucBoolAssignHook)(bool newval, void *extra);
typedef void (*GucIntAssignHook)(int newval, void *extra);
typedef void (*GucRealAssignHook)(double newval, void *extra);
typedef void (*GucStringAssignHook)(const char *newval, void *extra);
typedef void (*GucEnumAssignHook)(int newval, void *extra);
typedef const char *(*GucShowHook)(void);

/*
 * Attach a room's hooks to a setting of the table, by name: before config_initialize(), or later,
 * when the value has been set already (assign is then called once with it). Any may be NULL. The
 * pointers are cast to the types above that fit the setting's type.
 */
typedef void (*ConfigHook)(void);
void config_set_hooks(const char *name, ConfigHook check, ConfigHook assign, GucShowHook show);
#define CONFIG_SET_HOOKS(name, check, assign, show)                                                \
    config_set_hooks((name), (ConfigHook) (check), (ConfigHook) (assign), (show))

extern char *GUC_check_errmsg_string;
extern char *GUC_check_errdetail_string;
extern char *GUC_check_errhint_string;
void GUC_check_errcode(int sqlerrcode);
char *config_format_check_text(const char *fmt, ...) pg_attribute_printf(1, 2);
#define GUC_check_errmsg(...) (GUC_check_errmsg_string = config_format_check_text(__VA_ARGS__))
#define GUC_check_errdetail(...)                                                                   \
    (GUC_check_errdetail_string = config_format_check_text(__VA_ARGS__))
#define GUC_check_errhint(...) (GUC_check_errhint_string = config_format_check_text(__VA_ARGS__))

void *guc_malloc(int elevel, Size size);
void *guc_realloc(int elevel, void *old, Size size);
char *guc_strdup(int elevel, const char *src);
void guc_free(void *ptr);

/* Definition by modules. */
void DefineCustomBoolVariable(const char *name, const char *short_desc, const char *long_desc,
                              bool *valueAddr, bool bootValue, GucContext context, int flags,
                              GucBoolCheckHook check_hook, GucBoolAssignHook assign_hook,
                              GucShowHook show_hook);
void DefineCustomIntVariable(const char *name, const char *short_desc, const char *long_desc,
                             int *valueAddr, int bootValue, int minValue, int maxValue,
                             GucContext context, int flags, GucIntCheckHook check_hook,
                             GucIntAssignHook assign_hook, GucShowHook show_hook);
void DefineCustomRealVariable(const char *name, const char *short_desc, const char *long_desc,
                              double *valueAddr, double bootValue, double minValue,
                              double maxValue, GucContext context, int flags,
                              GucRealCheckHook check_hook, GucRealAssignHook assign_hook,
                              GucShowHook show_hook);
void DefineCustomStringVariable(const char *name, const char *short_desc, const char *long_desc,
                                char **valueAddr, const char *bootValue, GucContext context,
                                int flags, GucStringCheckHook check_hook,
                                GucStringAssignHook assign_hook, GucShowHook show_hook);
void DefineCustomEnumVariable(const char *name, const char *short_desc, const char *long_desc,
                              int *valueAddr, int bootValue,
                              const struct config_enum_entry *options, GucContext context,
                              int flags, GucEnumCheckHook check_hook,
                              GucEnumAssignHook assign_hook, GucShowHook show_hook);
void MarkGUCPrefixReserved(const char *className);
#define EmitWarningsOnPlaceholders(className) MarkGUCPrefixReserved(className)

/*
 * Start. config_initialize() builds the table and sets every value to its default (and
 * PGDATA's relatives of the environment: PGPORT, PGDATESTYLE, PGCLIENTENCODING).
 * config_select_files() finds the data directory and the file and reads it; false: it has written
 * what is wrong to stderr.
 */
void config_initialize(void);
bool config_select_files(const char *user_data_directory);

/* Read the file: PGC_POSTMASTER at start (errors end the start), PGC_SIGHUP on reload. */
void ProcessConfigFile(GucContext context);
#define config_reload() ProcessConfigFile(PGC_SIGHUP)
extern TimestampTz PgReloadTime; /* when it was read last */

/*
 * Change a setting. Returns 1 when set, 0 when refused (elevel below ERROR), -1 when it was valid
 * but not applied (weaker source, or only at restart). value NULL means reset to default.
 * elevel 0 picks ERROR for a user's own change and LOG or WARNING otherwise.
 */
int set_config_option(const char *name, const char *value, GucContext context, GucSource source,
                      GucAction action, bool changeVal, int elevel, bool is_reload);
void SetConfigOption(const char *name, const char *value, GucContext context, GucSource source);
/* Raw text of the value; NULL when missing_ok and unknown. Valid until the next call. */
const char *GetConfigOption(const char *name, bool missing_ok, bool restrict_privileged);
const char *GetConfigOptionResetString(const char *name);
int GetConfigOptionFlags(const char *name, bool missing_ok);
/* What SHOW displays, units and show hook applied; palloc'd. */
char *GetConfigOptionByName(const char *name, const char **varname, bool missing_ok);
bool config_exists(const char *name);

/* SET name TO args (texts; list settings take several), SET LOCAL; args NIL resets. */
void config_set_statement(const char *name, List *args, bool is_local, bool is_superuser);
void config_reset_all(void);
/* Join and quote the parts of a list setting, as SET search_path = a, b does. */
char *flatten_set_variable_args(const char *name, List *args);

/*
 * Transactions. Level 1 is the top transaction; each savepoint or function with SET clauses takes
 * the next level. AtEOXact_GUC keeps or undoes what was set at nestLevel and above.
 */
int NewGUCNestLevel(void);
void AtStart_GUC(void);
void AtEOXact_GUC(bool isCommit, int nestLevel);
static inline void config_at_commit(void) { AtEOXact_GUC(true, 1); }
static inline void config_at_abort(void) { AtEOXact_GUC(false, 1); }

/* Hooks into the session: is the current user a superuser (default: yes)? */
extern bool (*config_is_superuser_hook)(void);

/*
 * Tell the client of changed GUC_REPORT settings: hook(name, value) for all of them after start-up
 * (config_report_all), later only for the changed ones (config_report_changed), before
 * ReadyForQuery.
 */
typedef void (*ConfigReportHook)(const char *name, const char *value);
void config_set_report_hook(ConfigReportHook hook);
void config_report_all(void);
void config_report_changed(void);
#define BeginReportingGUCOptions() config_report_all()
#define ReportChangedGUCOptions() config_report_changed()

/*
 * Command lines. config_split_options splits the `options` start-up parameter at white space,
 * honouring backslashes, into a palloc'd array and returns its length. config_parse_assignment
 * takes "name=value" apart, dashes of the name becoming underscores; false without "=".
 */
int config_split_options(const char *options, char ***ret_words);
bool config_parse_assignment(const char *word, char **ret_name, char **ret_value);

/* Integer or real with a unit, as in the file; false sets *hintmsg. */
bool parse_int(const char *value, int *result, int flags, const char **hintmsg);
bool parse_real(const char *value, double *result, int flags, const char **hintmsg);
/* Split 'a, "B c"' at separator, in place, folding unquoted names; false on bad syntax. */
bool SplitIdentifierString(char *rawstring, char separator, List **namelist);
bool SplitGUCList(char *rawstring, char separator, List **namelist);

/* One row of pg_settings. Strings are valid until the next call; NULL is SQL NULL. */
typedef struct ConfigRow
{
    const char *name;
    const char *setting;
    const char *unit;
    const char *category;
    const char *short_desc;
    const char *extra_desc;
    const char *context;
    const char *vartype;
    const char *source;
    const char *min_val;
    const char *max_val;
    const char *const *enumvals; /* NULL-terminated, or NULL */
    const char *boot_val;
    const char *reset_val;
    const char *sourcefile;
    int sourceline; /* 0: NULL */
    bool pending_restart;
    int flags;
    const char *show_text; /* as SHOW ALL displays it */
} ConfigRow;
/* Rows in order of name: start with *position = 0. Superuser-only ones come with NULL setting. */
bool config_next_row(int *position, ConfigRow *ret_row);

/* Lines of the files as pg_file_settings shows them. */
typedef struct ConfigFileLine
{
    const char *filename;
    int sourceline;
    const char *name;
    const char *value;
    const char *errmsg; /* NULL when all is well */
    bool ignore;        /* a later line replaces this one */
    bool applied;
    struct ConfigFileLine *next;
} ConfigFileLine;
/* Parse a file alone; errors are reported at elevel. Memory of the current context. */
bool ParseConfigFile(const char *config_file, bool strict, const char *calling_file,
                     int calling_lineno, int depth, int elevel, ConfigFileLine **head,
                     ConfigFileLine **tail);

extern char *ConfigFileName;
extern char *HbaFileName;
extern char *IdentFileName;
extern char *data_directory; /* the setting */
extern char *DataDir;        /* absolute path in use */

#endif
