/*
 * sysfunc.c - who, where, when and how large: functions about the session and about values
 */
#include "types_int.h"
#include "types/array.h"
#include "types/funcapi.h"
#include "types/numeric.h"
#include "types/typeinfo.h"
#include "base/clock.h"
#include "catalog/lsyscache.h"
#include "catalog/user.h"
#include "config/config.h"
#include "config/settings.h"
#include "heap/tuple.h"
#include "heap/toast.h"
#include "sync/latch.h"
#include "sync/proc.h"
#include "sync/backend_status.h"
#include "sync/wait_event.h"
#include "xact/clog.h"
#include "xact/procarray.h"
#include "xact/snapshot.h"
#include "xact/xact.h"

static Datum
sysfunc_name(const char *text)
{
    NameData *name = palloc0(sizeof(NameData));

    namestrcpy(name, text);
    PG_RETURN_NAME(name);
}

/* ---- identity ---- */

SQL_FUNCTION(pgsql_version)
{
    PG_RETURN_TEXT_P(cstring_to_text(psprintf("PostgreSQL %s (Sengi %s) on x86_64-linux, compiled by gcc, 64-bit",
                                              PG_VERSION_COMPAT, SENGI_VERSION)));
}

SQL_FUNCTION(current_database)
{
    const char *name = get_database_name(MyDatabaseId);

    return sysfunc_name(name ? name : "");
}

SQL_FUNCTION(current_user)
{
    return sysfunc_name(GetUserNameFromId(GetUserId(), false));
}

SQL_FUNCTION(session_user)
{
    return sysfunc_name(GetUserNameFromId(GetSessionUserId(), false));
}

SQL_FUNCTION(pg_get_userbyid)
{
    Oid role = PG_GETARG_OID(0);
    char *name = GetUserNameFromId(role, true);

    return sysfunc_name(name ? name : psprintf("unknown (OID=%u)", role));
}

SQL_FUNCTION(pg_backend_pid)
{
    PG_RETURN_INT32(MyProcPid);
}

SQL_FUNCTION(current_schema)
{
    List *path = fetch_search_path(false);
    char *name = path != NIL ? get_namespace_name(linitial_oid(path)) : NULL;

    if (name == NULL)
        PG_RETURN_NULL();
    return sysfunc_name(name);
}

SQL_FUNCTION(current_schemas)
{
    List *path = fetch_search_path(PG_GETARG_BOOL(0));
    ArrayBuildState *state = initArrayResult(NAMEOID, CurrentMemoryContext, false);
    ListCell *cell;

    foreach (cell, path)
    {
        char *name = get_namespace_name(lfirst_oid(cell));

        if (name != NULL)
            accumArrayResult(state, sysfunc_name(name), false, NAMEOID, CurrentMemoryContext);
    }
    return makeArrayResult(state, CurrentMemoryContext);
}

/* ---- settings ---- */

SQL_FUNCTION(show_config_by_name)
{
    char *name = text_to_cstring(PG_GETARG_TEXT_PP(0));

    PG_RETURN_TEXT_P(cstring_to_text(GetConfigOptionByName(name, NULL, false)));
}

SQL_FUNCTION(show_config_by_name_missing_ok)
{
    char *name = text_to_cstring(PG_GETARG_TEXT_PP(0));
    char *value = GetConfigOptionByName(name, NULL, PG_GETARG_BOOL(1));

    if (value == NULL)
        PG_RETURN_NULL();
    PG_RETURN_TEXT_P(cstring_to_text(value));
}

SQL_FUNCTION(set_config_by_name)
{
    char *name;
    char *value = PG_ARGISNULL(1) ? NULL : text_to_cstring(PG_GETARG_TEXT_PP(1));
    bool local = !PG_ARGISNULL(2) && PG_GETARG_BOOL(2);

    if (PG_ARGISNULL(0))
        ereport(ERROR, (errcode(ERRCODE_NULL_VALUE_NOT_ALLOWED),
                        errmsg("SET requires parameter name")));
    name = text_to_cstring(PG_GETARG_TEXT_PP(0));
    set_config_option(name, value, superuser() ? PGC_SUSET : PGC_USERSET, PGC_S_SESSION,
                      local ? GUC_ACTION_LOCAL : GUC_ACTION_SET, true, 0, false);
    PG_RETURN_TEXT_P(cstring_to_text(GetConfigOptionByName(name, NULL, false)));
}

/* ---- values ---- */

SQL_FUNCTION(pg_typeof)
{
    PG_RETURN_OID(get_fn_expr_argtype(fcinfo->flinfo, 0));
}

SQL_FUNCTION(pg_column_size)
{
    Oid type = get_fn_expr_argtype(fcinfo->flinfo, 0);
    Datum value = PG_GETARG_DATUM(0);
    int16 typlen = get_typlen(type);

    if (typlen == -1)
        PG_RETURN_INT32((int32) VARSIZE_ANY(DatumGetPointer(value)));
    if (typlen == -2)
        PG_RETURN_INT32((int32) strlen(DatumGetCString(value)) + 1);
    PG_RETURN_INT32(typlen);
}

/* How many arguments are NULL (or not); a VARIADIC array counts its elements, NULL gives false. */
static bool
sysfunc_count_nulls(FunctionCallInfo fcinfo, bool nulls, int32 *ret_count)
{
    *ret_count = 0;
    if (get_fn_expr_variadic(fcinfo->flinfo))
    {
        ArrayType *array;
        int count;
        const uint8 *bitmap;

        if (PG_ARGISNULL(0))
            return false;
        array = PG_GETARG_ARRAYTYPE_P(0);
        count = ArrayGetNItems(ARR_NDIM(array), ARR_DIMS(array));
        bitmap = ARR_NULLBITMAP(array);
        for (int i = 0; i < count; i++)
            *ret_count += (bitmap != NULL && !(bitmap[i / 8] & (1 << (i % 8)))) == nulls;
        return true;
    }
    for (int i = 0; i < PG_NARGS(); i++)
        *ret_count += PG_ARGISNULL(i) == nulls;
    return true;
}

SQL_FUNCTION(pg_num_nulls)
{
    int32 count;

    if (!sysfunc_count_nulls(fcinfo, true, &count))
        PG_RETURN_NULL();
    PG_RETURN_INT32(count);
}

SQL_FUNCTION(pg_num_nonnulls)
{
    int32 count;

    if (!sysfunc_count_nulls(fcinfo, false, &count))
        PG_RETURN_NULL();
    PG_RETURN_INT32(count);
}

/* ---- sizes in words ---- */

static const struct
{
    const char *name;
    uint32 limit; /* shown in this unit below the limit */
    bool round;
    uint8 bits;
} sysfunc_units[] = {
    {"bytes", 10 * 1024, false, 0},     {"kB", 20 * 1024 - 1, true, 10},
    {"MB", 20 * 1024 - 1, true, 20},    {"GB", 20 * 1024 - 1, true, 30},
    {"TB", 20 * 1024 - 1, true, 40},    {"PB", 20 * 1024 - 1, true, 50},
};

static int64
sysfunc_half(int64 value)
{
    return (value + (value < 0 ? -1 : 1)) / 2;
}

SQL_FUNCTION(pg_size_pretty)
{
    int64 size = PG_GETARG_INT64(0);

    for (int i = 0;; i++)
    {
        uint64 magnitude = size < 0 ? 0 - (uint64) size : (uint64) size;
        bool last = i + 1 == lengthof(sysfunc_units);

        if (last || magnitude < sysfunc_units[i].limit)
        {
            if (sysfunc_units[i].round)
                size = sysfunc_half(size);
            PG_RETURN_TEXT_P(cstring_to_text(psprintf(INT64_FORMAT " %s", size,
                                                      sysfunc_units[i].name)));
        }
        /* One bit is kept for rounding. */
        size /= (int64) 1 << (sysfunc_units[i + 1].bits - sysfunc_units[i].bits -
                              (sysfunc_units[i + 1].round ? 1 : 0) + (sysfunc_units[i].round ? 1 : 0));
    }
}

SQL_FUNCTION(pg_size_pretty_numeric)
{
    Datum size = PG_GETARG_DATUM(0);
    Numeric two = int64_to_numeric(2);

    for (int i = 0;; i++)
    {
        bool last = i + 1 == lengthof(sysfunc_units);
        Datum magnitude = DirectFunctionCall1(numeric_abs, size);
        bool error = false;

        if (last || numeric_compare(DatumGetNumeric(magnitude),
                                    int64_to_numeric(sysfunc_units[i].limit)) < 0)
        {
            if (sysfunc_units[i].round)
            {
                Numeric one = int64_to_numeric(1);
                Numeric value = DatumGetNumeric(size);

                value = numeric_compare(value, int64_to_numeric(0)) < 0
                            ? numeric_sub_opt_error(value, one, &error)
                            : numeric_add_opt_error(value, one, &error);
                size = DirectFunctionCall2(numeric_div_trunc, NumericGetDatum(value),
                                           NumericGetDatum(two));
            }
            PG_RETURN_TEXT_P(cstring_to_text(psprintf("%s %s", numeric_to_text(DatumGetNumeric(size)),
                                                      sysfunc_units[i].name)));
        }
        size = DirectFunctionCall2(
            numeric_div_trunc, size,
            NumericGetDatum(int64_to_numeric(
                (int64) 1 << (sysfunc_units[i + 1].bits - sysfunc_units[i].bits -
                              (sysfunc_units[i + 1].round ? 1 : 0) +
                              (sysfunc_units[i].round ? 1 : 0)))));
    }
}

SQL_FUNCTION(pg_size_bytes)
{
    char *input = text_to_cstring(PG_GETARG_TEXT_PP(0));
    char *p = input;
    char *start;
    char *end;
    Numeric size;
    bool error = false;

    while (isspace((unsigned char) *p))
        p++;
    start = p;
    if (*p == '-' || *p == '+')
        p++;
    end = p;
    while (isdigit((unsigned char) *end) || *end == '.')
        end++;
    if (end == p || (end == p + 1 && *p == '.'))
        ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE),
                        errmsg("invalid size: \"%s\"", input)));
    if (*end == 'e' || *end == 'E')
    {
        char *after;

        strtol(end + 1, &after, 10);
        if (after > end + 1)
            end = after;
    }
    size = numeric_from_text(pnstrdup(start, end - start), -1);
    while (isspace((unsigned char) *end))
        end++;
    if (*end != '\0')
    {
        char *unit = pstrdup(end);
        int last = (int) strlen(unit) - 1;
        int found = -1;

        while (last >= 0 && isspace((unsigned char) unit[last]))
            unit[last--] = '\0';
        for (int i = 0; i < lengthof(sysfunc_units); i++)
            if (pg_strcasecmp(unit, sysfunc_units[i].name) == 0)
                found = i;
        if (pg_strcasecmp(unit, "B") == 0)
            found = 0;
        if (found < 0)
            ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE),
                            errmsg("invalid size: \"%s\"", input),
                            errdetail("Invalid size unit: \"%s\".", end),
                            errhint("Valid units are \"bytes\", \"kB\", \"MB\", \"GB\", \"TB\", and \"PB\".")));
        size = numeric_mul_opt_error(size, int64_to_numeric((int64) 1 << sysfunc_units[found].bits),
                                     &error);
    }
    return DirectFunctionCall1(numeric_int8, NumericGetDatum(size));
}

/* ---- sleep ---- */

SQL_FUNCTION(pg_sleep)
{
    double seconds = PG_GETARG_FLOAT8(0);
    TimestampTz start = GetCurrentTimestamp();
    double end = (double) start + seconds * (double) USECS_PER_SEC;

    for (;;)
    {
        double left_ms;

        CHECK_FOR_INTERRUPTS();
        left_ms = (end - (double) GetCurrentTimestamp()) / 1000.0;
        if (!(left_ms > 0))
            break;
        WaitLatch(MyLatch, WL_LATCH_SET | WL_TIMEOUT | WL_EXIT_ON_PM_DEATH,
                  (long) Min(ceil(left_ms), 600000.0), WAIT_EVENT_PG_SLEEP);
        ResetLatch(MyLatch);
    }
    PG_RETURN_VOID();
}

/* ---- transaction ids ---- */

SQL_FUNCTION(pg_current_xact_id)
{
    xact_prevent_if_parallel("pg_current_xact_id()");
    PG_RETURN_UINT64(xact_top_id());
}

SQL_FUNCTION(pg_current_xact_id_if_assigned)
{
    TransactionId xid = xact_top_id_if_any();

    if (!TransactionIdIsValid(xid))
        PG_RETURN_NULL();
    PG_RETURN_UINT64(xid);
}

SQL_FUNCTION(xid_age)
{
    TransactionId now = procarray_next_xid();
    uint32 xid = PG_GETARG_UINT32(0);

    if (xid < FirstNormalTransactionId)
        PG_RETURN_INT32(PG_INT32_MAX);
    PG_RETURN_INT32((int32) ((uint32) now - xid));
}

SQL_FUNCTION(mxid_age)
{
    PG_RETURN_INT32(PG_INT32_MAX);
}
