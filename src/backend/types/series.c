/*
 * series.c - generate_series over numbers
 */
#include "types_int.h"
#include "types/funcapi.h"
#include "types/numeric.h"

pg_noreturn static void
series_throw(const char *message)
{
    ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE), errmsg("%s", message)));
    pg_unreachable();
}

typedef struct IntSeries
{
    int64 current;
    int64 finish;
    int64 step;
    bool done;
} IntSeries;

static Datum
series_int(FunctionCallInfo fcinfo, int64 start, int64 finish, int64 step, int64 max, int64 min)
{
    FuncCallContext *funcctx;
    IntSeries *series;
    int64 result;

    if (SRF_IS_FIRSTCALL())
    {
        if (step == 0)
            series_throw("step size cannot equal zero");
        funcctx = SRF_FIRSTCALL_INIT();
        series = MemoryContextAlloc(funcctx->multi_call_memory_ctx, sizeof(*series));
        *series = (IntSeries){start, finish, step, false};
        funcctx->user_fctx = series;
    }
    funcctx = SRF_PERCALL_SETUP();
    series = funcctx->user_fctx;
    result = series->current;
    if (series->done || (series->step > 0 ? result > series->finish : result < series->finish))
        SRF_RETURN_DONE(funcctx);
    if (__builtin_add_overflow(series->current, series->step, &series->current) ||
        series->current > max || series->current < min)
        series->done = true;
    SRF_RETURN_NEXT(funcctx, Int64GetDatum(result));
}

SQL_FUNCTION(generate_series_step_int4)
{
    return series_int(fcinfo, PG_GETARG_INT32(0), PG_GETARG_INT32(1),
                      PG_NARGS() > 2 ? PG_GETARG_INT32(2) : 1, PG_INT32_MAX, PG_INT32_MIN);
}

SQL_FUNCTION(generate_series_int4)
{
    return generate_series_step_int4(fcinfo);
}

SQL_FUNCTION(generate_series_step_int8)
{
    return series_int(fcinfo, PG_GETARG_INT64(0), PG_GETARG_INT64(1),
                      PG_NARGS() > 2 ? PG_GETARG_INT64(2) : 1, PG_INT64_MAX, PG_INT64_MIN);
}

SQL_FUNCTION(generate_series_int8)
{
    return generate_series_step_int8(fcinfo);
}

typedef struct NumericSeries
{
    Numeric current;
    Numeric finish;
    Numeric step;
    int sign;
} NumericSeries;

static Numeric
series_numeric_argument(FunctionCallInfo fcinfo, int argument, const char *what)
{
    Numeric value = (Numeric) PG_DETOAST_DATUM_COPY(PG_GETARG_DATUM(argument));

    if (numeric_is_nan(value) || numeric_is_inf(value))
        series_throw(psprintf("%s cannot be %s", what, numeric_is_nan(value) ? "NaN" : "infinity"));
    return value;
}

SQL_FUNCTION(generate_series_step_numeric)
{
    FuncCallContext *funcctx;
    NumericSeries *series;
    Numeric result;
    MemoryContext old;
    bool error = false;

    if (SRF_IS_FIRSTCALL())
    {
        funcctx = SRF_FIRSTCALL_INIT();
        old = MemoryContextSwitchTo(funcctx->multi_call_memory_ctx);
        series = palloc(sizeof(*series));
        series->current = series_numeric_argument(fcinfo, 0, "start value");
        series->finish = series_numeric_argument(fcinfo, 1, "stop value");
        series->step = PG_NARGS() > 2 ? series_numeric_argument(fcinfo, 2, "step size")
                                      : int64_to_numeric(1);
        series->sign = numeric_compare(series->step, int64_to_numeric(0));
        if (series->sign == 0)
            series_throw("step size cannot equal zero");
        funcctx->user_fctx = series;
        MemoryContextSwitchTo(old);
    }
    funcctx = SRF_PERCALL_SETUP();
    series = funcctx->user_fctx;
    result = series->current;
    if (numeric_compare(result, series->finish) * series->sign > 0)
        SRF_RETURN_DONE(funcctx);
    old = MemoryContextSwitchTo(funcctx->multi_call_memory_ctx);
    series->current = numeric_add_opt_error(result, series->step, &error);
    MemoryContextSwitchTo(old);
    SRF_RETURN_NEXT(funcctx, NumericGetDatum(result));
}

SQL_FUNCTION(generate_series_numeric)
{
    return generate_series_step_numeric(fcinfo);
}
