/*
 * settings.h - the variables behind the settings
 *
 * Declared from settings_list.h. They belong to the config room, which alone writes them; all
 * other rooms read.
 */
#ifndef CONFIG_SETTINGS_H
#define CONFIG_SETTINGS_H

#include "config/config.h"

#define SETTING_BOOL(variable, ...) extern bool variable;
#define SETTING_INT(variable, ...) extern int variable;
#define SETTING_REAL(variable, ...) extern double variable;
#define SETTING_STRING(variable, ...) extern char *variable;
#define SETTING_ENUM(variable, ...) extern int variable;
#define SETTING_LOWER_BOOL(variable, ...) extern bool variable;
#define SETTING_LOWER_STRING(variable, ...) extern char *variable;
#define SETTING_LOWER_ENUM(variable, ...) extern int variable;
#include "config/settings_list.h"
#undef SETTING_BOOL
#undef SETTING_INT
#undef SETTING_REAL
#undef SETTING_STRING
#undef SETTING_ENUM
#undef SETTING_LOWER_BOOL
#undef SETTING_LOWER_STRING
#undef SETTING_LOWER_ENUM

/* Values of enum settings whose type no room defines. */
enum { PLAN_CACHE_MODE_AUTO, PLAN_CACHE_MODE_FORCE_GENERIC_PLAN, PLAN_CACHE_MODE_FORCE_CUSTOM_PLAN };
enum { PASSWORD_TYPE_PLAINTEXT, PASSWORD_TYPE_MD5, PASSWORD_TYPE_SCRAM_SHA_256 };
enum { WAL_LEVEL_MINIMAL, WAL_LEVEL_REPLICA, WAL_LEVEL_LOGICAL };
enum { WAL_COMPRESSION_NONE, WAL_COMPRESSION_PGLZ, WAL_COMPRESSION_LZ4, WAL_COMPRESSION_ZSTD };
enum { WAL_SYNC_METHOD_FSYNC, WAL_SYNC_METHOD_FDATASYNC, WAL_SYNC_METHOD_OPEN,
       WAL_SYNC_METHOD_OPEN_DSYNC };
enum { LOGSTMT_NONE, LOGSTMT_DDL, LOGSTMT_MOD, LOGSTMT_ALL };
enum { INTSTYLE_POSTGRES_VALUE, INTSTYLE_POSTGRES_VERBOSE_VALUE, INTSTYLE_SQL_STANDARD_VALUE,
       INTSTYLE_ISO_8601_VALUE };
enum { BYTEA_OUTPUT_ESCAPE, BYTEA_OUTPUT_HEX };
enum { HUGE_PAGES_SETTING_OFF, HUGE_PAGES_SETTING_ON, HUGE_PAGES_SETTING_TRY };
enum { NUMA_SETTING_OFF, NUMA_SETTING_INTERLEAVE, NUMA_SETTING_LOCAL };
enum { SHAPE_CACHE_OFF, SHAPE_CACHE_ON, SHAPE_CACHE_TWICE };

#endif
