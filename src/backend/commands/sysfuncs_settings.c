/*
 * sysfuncs_settings.c - settings as rows: pg_settings, pg_file_settings
 *
 * Errors     throws
 */
#include "catalog/catalog.h"
#include "commands/sysfuncs.h"
#include "config/config.h"
#include "error/error.h"
#include "memory/memory.h"
#include "memory/stringinfo.h"
#include "types/array.h"
#include "types/builtins.h"

static void
put_names(SysRow *row, const char *const *names)
{
    int count = 0;
    Datum *values;

    if (!names) {
        sysrow_null(row);
        return;
    }
    while (names[count])
        count++;
    values = palloc((count + 1) * sizeof(Datum));
    for (int i = 0; i < count; i++)
        values[i] = CStringGetTextDatum(names[i]);
    sysrow_datum(row, PointerGetDatum(construct_array(values, count, TEXTOID, -1, false, 'i')));
}

static void
fill_settings(SysRows *rows, FunctionCallInfo fcinfo)
{
    int position = 0;
    ConfigRow setting;
    SysRow row = {0};

    while (config_next_row(&position, &setting)) {
        if (setting.flags & GUC_NO_SHOW_ALL)
            continue;
        sysrow_text(&row, setting.name);
        sysrow_text(&row, setting.setting);
        sysrow_text(&row, setting.unit);
        sysrow_text(&row, setting.category);
        sysrow_text(&row, setting.short_desc);
        sysrow_text(&row, setting.extra_desc);
        sysrow_text(&row, setting.context);
        sysrow_text(&row, setting.vartype);
        sysrow_text(&row, setting.source);
        sysrow_text(&row, setting.min_val);
        sysrow_text(&row, setting.max_val);
        put_names(&row, setting.enumvals);
        sysrow_text(&row, setting.boot_val);
        sysrow_text(&row, setting.reset_val);
        sysrow_text(&row, setting.sourcefile);
        if (setting.sourcefile && setting.sourceline > 0)
            sysrow_int(&row, setting.sourceline);
        else
            sysrow_null(&row);
        sysrow_bool(&row, setting.pending_restart);
        sysrows_add(rows, &row);
    }
}

SQL_FUNCTION(show_all_settings)
{
    return sysfuncs_return_rows(fcinfo, fill_settings);
}

static void
fill_file_settings(SysRows *rows, FunctionCallInfo fcinfo)
{
    ConfigFileLine *head = NULL, *tail = NULL;
    SysRow row = {0};
    int number = 0;

    ParseConfigFile(ConfigFileName, true, NULL, 0, 0, LOG, &head, &tail);
    for (ConfigFileLine *line = head; line; line = line->next) {
        bool is_known = !line->errmsg && line->name && config_exists(line->name);

        sysrow_text(&row, line->filename);
        sysrow_int(&row, line->sourceline);
        sysrow_int(&row, ++number);
        sysrow_text(&row, line->name);
        sysrow_text(&row, line->value);
        sysrow_bool(&row, is_known && !line->ignore);
        if (!line->errmsg && !is_known)
            sysrow_text(&row, "unrecognized configuration parameter");
        else
            sysrow_text(&row, line->errmsg);
        sysrows_add(rows, &row);
    }
}

SQL_FUNCTION(show_all_file_settings)
{
    return sysfuncs_return_rows(fcinfo, fill_file_settings);
}

SQL_FUNCTION(pg_settings_get_flags)
{
    static const struct {
        int flag;
        const char *name;
    } flags[] = {{GUC_EXPLAIN, "EXPLAIN"},
                 {GUC_NO_RESET_ALL, "NO_RESET_ALL"},
                 {GUC_NO_SHOW_ALL, "NO_SHOW_ALL"},
                 {GUC_NOT_IN_SAMPLE, "NOT_IN_SAMPLE"},
                 {GUC_RUNTIME_COMPUTED, "RUNTIME_COMPUTED"}};
    char *name = text_to_cstring(PG_GETARG_TEXT_PP(0));
    Datum names[lengthof(flags)];
    int count = 0;
    int set;

    if (!config_exists(name))
        PG_RETURN_NULL();
    set = GetConfigOptionFlags(name, false);
    for (int i = 0; i < lengthof(flags); i++)
        if (set & flags[i].flag)
            names[count++] = CStringGetTextDatum(flags[i].name);
    if (count == 0)
        PG_RETURN_POINTER(construct_empty_array(TEXTOID));
    PG_RETURN_POINTER(construct_array(names, count, TEXTOID, -1, false, 'i'));
}
