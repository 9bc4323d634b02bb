/*
 * sqlfunctions.c - built-in functions that PostgreSQL writes in SQL, as C
 *
 * Why        a function in SQL is a statement to parse and plan; all of these are one or two calls
 *            of other built-ins. Their C symbols are sql_NAME_ARGUMENTTYPES (generate.pl).
 * Way        other functions are called by number, through the table that main registers.
 */
#include "catalog_int.h"

#include "base/fmgr.h"

#define SQL_FUNCTION(name) Datum name(PG_FUNCTION_ARGS); Datum name(PG_FUNCTION_ARGS)
#define ARG(n) PG_GETARG_DATUM(n)
#define COLLATION PG_GET_COLLATION()

/* The arguments the other way round. */
#define SWAPPED(name, function)                                                                    \
    SQL_FUNCTION(name)                                                                             \
    {                                                                                              \
        return OidFunctionCall2(function, ARG(1), ARG(0));                                         \
    }

SWAPPED(sql_timedate_pl_time_date, F_DATETIME_PL)
SWAPPED(sql_timetzdate_pl_timetz_date, F_DATETIMETZ_PL)
SWAPPED(sql_interval_pl_time_interval_time, F_TIME_PL_INTERVAL)
SWAPPED(sql_interval_pl_date_interval_date, F_DATE_PL_INTERVAL)
SWAPPED(sql_interval_pl_timetz_interval_timetz, F_TIMETZ_PL_INTERVAL)
SWAPPED(sql_interval_pl_timestamp_interval_timestamp, F_TIMESTAMP_PL_INTERVAL)
SWAPPED(sql_interval_pl_timestamptz_interval_timestamptz, F_TIMESTAMPTZ_PL_INTERVAL)
SWAPPED(sql_integer_pl_date_int4_date, F_DATE_PLI)
SWAPPED(sql_numeric_pl_pg_lsn_numeric_pg_lsn, F_PG_LSN_PLI)

/* ---- text ---- */

SQL_FUNCTION(sql_lpad_text_int4)
{
    return OidFunctionCall3(F_LPAD_TEXT_INT4_TEXT, ARG(0), ARG(1), catalog__text(" "));
}

SQL_FUNCTION(sql_rpad_text_int4)
{
    return OidFunctionCall3(F_RPAD_TEXT_INT4_TEXT, ARG(0), ARG(1), catalog__text(" "));
}

SQL_FUNCTION(sql_substring_text_text_text)
{
    Datum pattern = OidFunctionCall2(F_SIMILAR_TO_ESCAPE_TEXT_TEXT, ARG(1), ARG(2));
    FmgrInfo info;
    LOCAL_FCINFO(inner, 2);
    Datum result;

    fmgr_info(F_SUBSTRING_TEXT_TEXT, &info);
    InitFunctionCallInfoData(*inner, &info, 2, COLLATION, NULL, NULL);
    inner->args[0] = (NullableDatum){ARG(0), false};
    inner->args[1] = (NullableDatum){pattern, false};
    result = FunctionCallInvoke(inner);
    fcinfo->isnull = inner->isnull;
    return result;
}

SQL_FUNCTION(sql_bit_length_bytea)
{
    return Int32GetDatum(8 * DatumGetInt32(OidFunctionCall1(F_OCTET_LENGTH_BYTEA, ARG(0))));
}

SQL_FUNCTION(sql_bit_length_text)
{
    return Int32GetDatum(8 * DatumGetInt32(OidFunctionCall1(F_OCTET_LENGTH_TEXT, ARG(0))));
}

/* ---- numbers ---- */

SQL_FUNCTION(sql_round_numeric)
{
    return OidFunctionCall2(F_ROUND_NUMERIC_INT4, ARG(0), Int32GetDatum(0));
}

SQL_FUNCTION(sql_trunc_numeric)
{
    return OidFunctionCall2(F_TRUNC_NUMERIC_INT4, ARG(0), Int32GetDatum(0));
}

static Datum
log_to_ten(Datum value)
{
    return OidFunctionCall2(F_LOG_NUMERIC_NUMERIC,
                            OidFunctionCall1(F_NUMERIC_INT4, Int32GetDatum(10)), value);
}

SQL_FUNCTION(sql_log_numeric)
{
    return log_to_ten(ARG(0));
}

SQL_FUNCTION(sql_log10_numeric)
{
    return log_to_ten(ARG(0));
}

/* ---- time ---- */

SQL_FUNCTION(sql_timestamptz_date_time)
{
    return OidFunctionCall1(F_TIMESTAMPTZ_TIMESTAMP,
                            OidFunctionCall2(F_DATETIME_PL, ARG(0), ARG(1)));
}

SQL_FUNCTION(sql_date_part_text_date)
{
    return OidFunctionCall2(F_DATE_PART_TEXT_TIMESTAMP, ARG(0),
                            OidFunctionCall1(F_TIMESTAMP_DATE, ARG(1)));
}

static Datum
current_date(void)
{
    return OidFunctionCall1(F_DATE_TIMESTAMPTZ, TimestampTzGetDatum(xact_start_timestamp()));
}

SQL_FUNCTION(sql_age_timestamptz)
{
    return OidFunctionCall2(F_AGE_TIMESTAMPTZ_TIMESTAMPTZ,
                            OidFunctionCall1(F_TIMESTAMPTZ_DATE, current_date()), ARG(0));
}

SQL_FUNCTION(sql_age_timestamp)
{
    return OidFunctionCall2(F_AGE_TIMESTAMP_TIMESTAMP,
                            OidFunctionCall1(F_TIMESTAMP_DATE, current_date()), ARG(0));
}

static Datum
sleep_until(TimestampTz end)
{
    TimestampTz now = DatumGetTimestampTz(OidFunctionCall0(F_CLOCK_TIMESTAMP));

    OidFunctionCall1(F_PG_SLEEP, Float8GetDatum((double)(end - now) / 1000000.0));
    return (Datum)0;
}

SQL_FUNCTION(sql_pg_sleep_for_interval)
{
    Datum now = OidFunctionCall0(F_CLOCK_TIMESTAMP);

    return sleep_until(
        DatumGetTimestampTz(OidFunctionCall2(F_TIMESTAMPTZ_PL_INTERVAL, now, ARG(0))));
}

SQL_FUNCTION(sql_pg_sleep_until_timestamptz)
{
    return sleep_until(DatumGetTimestampTz(ARG(0)));
}

/*
 * The spans may have null ends: a null argument of a sum is null, and the function of four plain
 * ends knows what that means.
 */
static NullableDatum
span_end(FunctionCallInfo fcinfo, int start, bool is_length, Oid plus)
{
    NullableDatum end = fcinfo->args[start + 1];

    if (!is_length || end.isnull)
        return end;
    if (fcinfo->args[start].isnull)
        return (NullableDatum){0, true};
    return (NullableDatum){OidFunctionCall2(plus, fcinfo->args[start].value, end.value), false};
}

static Datum
overlaps(FunctionCallInfo fcinfo, Oid function, Oid plus, bool first_is_length,
         bool second_is_length)
{
    FmgrInfo info;
    LOCAL_FCINFO(inner, 4);
    Datum result;

    fmgr_info(function, &info);
    InitFunctionCallInfoData(*inner, &info, 4, InvalidOid, NULL, NULL);
    inner->args[0] = fcinfo->args[0];
    inner->args[1] = span_end(fcinfo, 0, first_is_length, plus);
    inner->args[2] = fcinfo->args[2];
    inner->args[3] = span_end(fcinfo, 2, second_is_length, plus);
    result = FunctionCallInvoke(inner);
    fcinfo->isnull = inner->isnull;
    return result;
}

#define OVERLAPS(name, function, plus, first, second)                                              \
    SQL_FUNCTION(name)                                                                             \
    {                                                                                              \
        return overlaps(fcinfo, function, plus, first, second);                                    \
    }
#define OVERLAPS_TZ F_OVERLAPS_TIMESTAMPTZ_TIMESTAMPTZ_TIMESTAMPTZ_TIMESTAMPTZ
#define OVERLAPS_TIMESTAMP F_OVERLAPS_TIMESTAMP_TIMESTAMP_TIMESTAMP_TIMESTAMP
#define OVERLAPS_TIME F_OVERLAPS_TIME_TIME_TIME_TIME

OVERLAPS(sql_overlaps_timestamptz_interval_timestamptz_interval, OVERLAPS_TZ,
         F_TIMESTAMPTZ_PL_INTERVAL, true, true)
OVERLAPS(sql_overlaps_timestamptz_timestamptz_timestamptz_interval, OVERLAPS_TZ,
         F_TIMESTAMPTZ_PL_INTERVAL, false, true)
OVERLAPS(sql_overlaps_timestamptz_interval_timestamptz_timestamptz, OVERLAPS_TZ,
         F_TIMESTAMPTZ_PL_INTERVAL, true, false)
OVERLAPS(sql_overlaps_timestamp_interval_timestamp_interval, OVERLAPS_TIMESTAMP,
         F_TIMESTAMP_PL_INTERVAL, true, true)
OVERLAPS(sql_overlaps_timestamp_timestamp_timestamp_interval, OVERLAPS_TIMESTAMP,
         F_TIMESTAMP_PL_INTERVAL, false, true)
OVERLAPS(sql_overlaps_timestamp_interval_timestamp_timestamp, OVERLAPS_TIMESTAMP,
         F_TIMESTAMP_PL_INTERVAL, true, false)
OVERLAPS(sql_overlaps_time_interval_time_interval, OVERLAPS_TIME, F_TIME_PL_INTERVAL, true, true)
OVERLAPS(sql_overlaps_time_time_time_interval, OVERLAPS_TIME, F_TIME_PL_INTERVAL, false, true)
OVERLAPS(sql_overlaps_time_interval_time_time, OVERLAPS_TIME, F_TIME_PL_INTERVAL, true, false)

/* ---- the catalog ---- */

static Datum
return_comment(FunctionCallInfo fcinfo, char *comment)
{
    if (comment == NULL)
        PG_RETURN_NULL();
    return catalog__text(comment);
}

SQL_FUNCTION(sql_obj_description_oid_name)
{
    Oid catalog = get_relname_relid(NameStr(*PG_GETARG_NAME(1)), PG_CATALOG_NAMESPACE);

    return return_comment(fcinfo, catalog_comment(catalog, PG_GETARG_OID(0), 0));
}

/* Without a catalog: any object of that number. */
SQL_FUNCTION(sql_obj_description_oid)
{
    Datum key = ARG(0);
    CatalogScan *scan =
        catalog_scan_begin(DescriptionRelationId, PG_DESCRIPTION_O_C_O_INDEX, 1, &key);
    char *comment = NULL;
    HeapTuple row;

    while (comment == NULL && (row = catalog_scan_next(scan)) != NULL) {
        bool isnull;

        if (DatumGetInt32(catalog_get(DescriptionRelationId, row, Anum_pg_description_objsubid,
                                      &isnull)) == 0)
            comment = catalog__cstring(catalog_get(DescriptionRelationId, row,
                                                   Anum_pg_description_description, &isnull));
    }
    catalog_scan_end(scan);
    return return_comment(fcinfo, comment);
}

SQL_FUNCTION(sql_col_description_oid_int4)
{
    return return_comment(fcinfo, catalog_comment(RelationRelationId, PG_GETARG_OID(0),
                                                  PG_GETARG_INT32(1)));
}

SQL_FUNCTION(sql_shobj_description_oid_name)
{
    Oid catalog = get_relname_relid(NameStr(*PG_GETARG_NAME(1)), PG_CATALOG_NAMESPACE);
    HeapTuple row = catalog_fetch2(SharedDescriptionRelationId, PG_SHDESCRIPTION_O_C_INDEX,
                                   ARG(0), ObjectIdGetDatum(catalog));
    bool isnull;

    if (row == NULL)
        PG_RETURN_NULL();
    return catalog__text(catalog__cstring(catalog_get(
        SharedDescriptionRelationId, row, Anum_pg_shdescription_description, &isnull)));
}

SQL_FUNCTION(sql_pg_relation_size_regclass)
{
    return OidFunctionCall2(F_PG_RELATION_SIZE_REGCLASS_TEXT, ARG(0), catalog__text("main"));
}
