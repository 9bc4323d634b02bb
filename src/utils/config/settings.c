/*
 * settings.c - the variables and table rows that settings_list.h describes
 */
#include "config_int.h"
#include "error/log.h"

#ifdef USE_ASSERT_CHECKING
#define CONFIG_ASSERTS true
#else
#define CONFIG_ASSERTS false
#endif

/* ---- options of enum settings; hidden ones are accepted, not listed ---- */

#define ON_OFF_WORDS(on, off)                                                                      \
    {"true", on, true}, {"yes", on, true}, {"1", on, true}, {"false", off, true},                  \
        {"no", off, true}, {"0", off, true}
#define END_OF_OPTIONS {NULL, 0, false}

static const struct config_enum_entry password_encryption_options[] = {
    {"scram-sha-256", PASSWORD_TYPE_SCRAM_SHA_256, false}, END_OF_OPTIONS};
static const struct config_enum_entry huge_pages_options[] = {
    {"off", HUGE_PAGES_SETTING_OFF, false}, {"on", HUGE_PAGES_SETTING_ON, false}, {"try", HUGE_PAGES_SETTING_TRY, false},
    ON_OFF_WORDS(HUGE_PAGES_SETTING_ON, HUGE_PAGES_SETTING_OFF), END_OF_OPTIONS};
static const struct config_enum_entry numa_options[] = {
    {"off", NUMA_SETTING_OFF, false}, {"interleave", NUMA_SETTING_INTERLEAVE, false}, {"local", NUMA_SETTING_LOCAL, false},
    END_OF_OPTIONS};
static const struct config_enum_entry shared_memory_options[] = {{"mmap", 0, false},
                                                                 END_OF_OPTIONS};
static const struct config_enum_entry dynamic_shared_memory_options[] = {{"none", 0, false},
                                                                         END_OF_OPTIONS};
static const struct config_enum_entry wal_level_options[] = {
    {"replica", WAL_LEVEL_REPLICA, false}, END_OF_OPTIONS};
static const struct config_enum_entry synchronous_commit_options[] = {
    {"local", 1, false}, {"remote_write", 2, false}, {"remote_apply", 4, false}, {"on", 3, false},
    {"off", 0, false}, ON_OFF_WORDS(3, 0), END_OF_OPTIONS};
static const struct config_enum_entry wal_sync_method_options[] = {
    {"fsync", WAL_SYNC_METHOD_FSYNC, false}, {"fdatasync", WAL_SYNC_METHOD_FDATASYNC, false},
    END_OF_OPTIONS};
static const struct config_enum_entry wal_compression_options[] = {
    {"lz4", WAL_COMPRESSION_LZ4, false}, {"on", WAL_COMPRESSION_LZ4, false},
    {"off", WAL_COMPRESSION_NONE, false},
    ON_OFF_WORDS(WAL_COMPRESSION_LZ4, WAL_COMPRESSION_NONE), END_OF_OPTIONS};
static const struct config_enum_entry archive_mode_options[] = {
    {"always", 2, false}, {"on", 1, false}, {"off", 0, false}, ON_OFF_WORDS(1, 0), END_OF_OPTIONS};
static const struct config_enum_entry constraint_exclusion_options[] = {
    {"partition", 2, false}, {"on", 1, false}, {"off", 0, false}, ON_OFF_WORDS(1, 0),
    END_OF_OPTIONS};
static const struct config_enum_entry plan_cache_mode_options[] = {
    {"auto", PLAN_CACHE_MODE_AUTO, false},
    {"force_generic_plan", PLAN_CACHE_MODE_FORCE_GENERIC_PLAN, false},
    {"force_custom_plan", PLAN_CACHE_MODE_FORCE_CUSTOM_PLAN, false}, END_OF_OPTIONS};
static const struct config_enum_entry force_parallel_mode_options[] = {
    {"off", 0, false}, {"on", 1, false}, {"regress", 2, false}, ON_OFF_WORDS(1, 0),
    END_OF_OPTIONS};
static const struct config_enum_entry server_message_level_options[] = {
    {"debug5", DEBUG5, false}, {"debug4", DEBUG4, false}, {"debug3", DEBUG3, false},
    {"debug2", DEBUG2, false}, {"debug1", DEBUG1, false}, {"debug", DEBUG2, true},
    {"info", INFO, false}, {"notice", NOTICE, false}, {"warning", WARNING, false},
    {"error", ERROR, false}, {"log", LOG, false}, {"fatal", FATAL, false},
    {"panic", PANIC, false}, END_OF_OPTIONS};
static const struct config_enum_entry client_message_level_options[] = {
    {"debug5", DEBUG5, false}, {"debug4", DEBUG4, false}, {"debug3", DEBUG3, false},
    {"debug2", DEBUG2, false}, {"debug1", DEBUG1, false}, {"debug", DEBUG2, true},
    {"log", LOG, false}, {"info", INFO, true}, {"notice", NOTICE, false},
    {"warning", WARNING, false}, {"error", ERROR, false}, END_OF_OPTIONS};
static const struct config_enum_entry log_error_verbosity_options[] = {
    {"terse", PGERROR_TERSE, false}, {"default", PGERROR_DEFAULT, false},
    {"verbose", PGERROR_VERBOSE, false}, END_OF_OPTIONS};
static const struct config_enum_entry log_statement_options[] = {
    {"none", LOGSTMT_NONE, false}, {"ddl", LOGSTMT_DDL, false}, {"mod", LOGSTMT_MOD, false},
    {"all", LOGSTMT_ALL, false}, END_OF_OPTIONS};
static const struct config_enum_entry track_function_options[] = {
    {"none", 0, false}, {"pl", 1, false}, {"all", 2, false}, END_OF_OPTIONS};
static const struct config_enum_entry compute_query_id_options[] = {
    {"auto", 1, false}, {"regress", 3, false}, {"on", 2, false}, {"off", 0, false},
    ON_OFF_WORDS(2, 0), END_OF_OPTIONS};
static const struct config_enum_entry default_toast_compression_options[] = {
    {"lz4", 'l', false}, END_OF_OPTIONS};
static const struct config_enum_entry isolation_level_options[] = {
    {"serializable", 3, false}, {"repeatable read", 2, false}, {"read committed", 1, false},
    {"read uncommitted", 0, false}, END_OF_OPTIONS};
static const struct config_enum_entry session_replication_role_options[] = {
    {"origin", 0, false}, {"replica", 1, false}, {"local", 2, false}, END_OF_OPTIONS};
static const struct config_enum_entry bytea_output_options[] = {
    {"escape", BYTEA_OUTPUT_ESCAPE, false}, {"hex", BYTEA_OUTPUT_HEX, false}, END_OF_OPTIONS};
static const struct config_enum_entry xmlbinary_options[] = {
    {"base64", 0, false}, {"hex", 1, false}, END_OF_OPTIONS};
static const struct config_enum_entry xmloption_options[] = {
    {"content", 1, false}, {"document", 0, false}, END_OF_OPTIONS};
static const struct config_enum_entry intervalstyle_options[] = {
    {"postgres", INTSTYLE_POSTGRES_VALUE, false},
    {"postgres_verbose", INTSTYLE_POSTGRES_VERBOSE_VALUE, false},
    {"sql_standard", INTSTYLE_SQL_STANDARD_VALUE, false},
    {"iso_8601", INTSTYLE_ISO_8601_VALUE, false}, END_OF_OPTIONS};
static const struct config_enum_entry backslash_quote_options[] = {
    {"safe_encoding", 0, false}, {"on", 1, false}, {"off", 2, false}, ON_OFF_WORDS(1, 2),
    END_OF_OPTIONS};
static const struct config_enum_entry shape_cache_options[] = {
    {"off", SHAPE_CACHE_OFF, false}, {"on", SHAPE_CACHE_ON, false},
    {"twice", SHAPE_CACHE_TWICE, false}, ON_OFF_WORDS(SHAPE_CACHE_ON, SHAPE_CACHE_OFF),
    END_OF_OPTIONS};

/* ---- the variables ---- */

#define SETTING_BOOL(variable, name, boot, ...) bool variable = boot;
#define SETTING_INT(variable, name, boot, ...) int variable = boot;
#define SETTING_REAL(variable, name, boot, ...) double variable = boot;
#define SETTING_STRING(variable, ...) char *variable;
#define SETTING_ENUM(variable, name, boot, ...) int variable = boot;
#define SETTING_LOWER_BOOL(...)
#define SETTING_LOWER_STRING(...)
#define SETTING_LOWER_ENUM(...)
#include "config/settings_list.h"
#undef SETTING_BOOL
#undef SETTING_INT
#undef SETTING_REAL
#undef SETTING_STRING
#undef SETTING_ENUM
#undef SETTING_LOWER_BOOL
#undef SETTING_LOWER_STRING
#undef SETTING_LOWER_ENUM

char *DataDir;

/* ---- the rows ---- */

#define HEAD(variable_, name_, type_, context_, flags_, category_, desc_)                          \
    .name = name_, .type = type_, .context = context_, .flags = flags_, .category = category_,     \
    .short_desc = desc_, .variable = &variable_
#define SETTING_BOOL(variable, name, boot_, context, flags, category, desc)                        \
    {HEAD(variable, name, PGC_BOOL, context, flags, category, desc), .boot = {.boolean = boot_}},
#define SETTING_INT(variable, name, boot_, min_, max_, context, flags, category, desc)             \
    {HEAD(variable, name, PGC_INT, context, flags, category, desc), .boot = {.integer = boot_},    \
     .min = min_, .max = max_},
#define SETTING_REAL(variable, name, boot_, min_, max_, context, flags, category, desc)            \
    {HEAD(variable, name, PGC_REAL, context, flags, category, desc), .boot = {.real = boot_},      \
     .min = min_, .max = max_},
#define SETTING_STRING(variable, name, boot_, context, flags, category, desc)                      \
    {HEAD(variable, name, PGC_STRING, context, flags, category, desc),                             \
     .boot = {.string = (char *) boot_}},
#define SETTING_ENUM(variable, name, boot_, options_, context, flags, category, desc)              \
    {HEAD(variable, name, PGC_ENUM, context, flags, category, desc), .boot = {.integer = boot_},   \
     .options = options_},

#define SETTING_LOWER_BOOL SETTING_BOOL
#define SETTING_LOWER_STRING SETTING_STRING
#define SETTING_LOWER_ENUM SETTING_ENUM

static Setting settings_table[] = {
#include "config/settings_list.h"
};

Setting *
config__table(int *ret_count)
{
    *ret_count = lengthof(settings_table);
    return settings_table;
}

const char *const config__category_names[CATEGORY_COUNT] = {
    [FILES] = "File Locations",
    [CONNECTION] = "Connections and Authentication / Connection Settings",
    [TCP] = "Connections and Authentication / TCP Settings",
    [AUTH] = "Connections and Authentication / Authentication",
    [SSL] = "Connections and Authentication / SSL",
    [MEMORY] = "Resource Usage / Memory",
    [DISK] = "Resource Usage / Disk",
    [KERNEL] = "Resource Usage / Kernel Resources",
    [VACUUM_COST] = "Resource Usage / Cost-Based Vacuum Delay",
    [BGWRITER] = "Resource Usage / Background Writer",
    [ASYNC] = "Resource Usage / Asynchronous Behavior",
    [WAL] = "Write-Ahead Log / Settings",
    [CHECKPOINT] = "Write-Ahead Log / Checkpoints",
    [ARCHIVING] = "Write-Ahead Log / Archiving",
    [REPLICATION] = "Replication / Sending Servers",
    [PLAN_METHOD] = "Query Tuning / Planner Method Configuration",
    [PLAN_COST] = "Query Tuning / Planner Cost Constants",
    [PLAN_GEQO] = "Query Tuning / Genetic Query Optimizer",
    [PLAN_OTHER] = "Query Tuning / Other Planner Options",
    [LOG_WHERE] = "Reporting and Logging / Where to Log",
    [LOG_WHEN] = "Reporting and Logging / When to Log",
    [LOG_WHAT] = "Reporting and Logging / What to Log",
    [PROCESS_TITLE] = "Reporting and Logging / Process Title",
    [STATS] = "Statistics / Cumulative Query and Index Statistics",
    [AUTOVACUUM] = "Autovacuum",
    [CLIENT] = "Client Connection Defaults / Statement Behavior",
    [LOCALE] = "Client Connection Defaults / Locale and Formatting",
    [PRELOAD] = "Client Connection Defaults / Shared Library Preloading",
    [LOCKS] = "Lock Management",
    [ERRORS] = "Error Handling",
    [COMPAT_OLD] = "Version and Platform Compatibility / Previous PostgreSQL Versions",
    [PRESET] = "Preset Options",
    [CUSTOM] = "Customized Options",
    [DEVELOPER] = "Developer Options",
};
