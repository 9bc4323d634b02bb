/*
 * lone.c - single expressions outside of any plan: defaults, CHECK, COPY, constant folding
 */
#include "base/base.h"
#include "catalog/lsyscache.h"
#include "executor_int.h"
#include "parser/makefuncs.h"
#include "parser/nodefuncs.h"

struct ExprState {
    ExprProgram *program;
    ParamListInfo params;
    MemoryContext eval_context; /* of the result; reset before each evaluation */
    Batch batch;
};

static int
highest_column(const ExprProgram *p)
{
    int highest = -1;

    for (int i = 0; i < p->step_count; i++)
        highest = Max(highest, expr_step_column(&p->steps[i]));
    return highest;
}

ExprState *
expression_compile(Expr *expr, ParamListInfo params)
{
    ExprState *state = (ExprState *) palloc0(sizeof(ExprState));
    ExprCompiler compiler = {0};

    state->params = params;
    state->program = expr_compile_with(&compiler, list_make1(expr));
    state->program->params = &state->params;
    state->eval_context = AllocSetContextCreate(CurrentMemoryContext, "expression",
                                                ALLOCSET_SMALL_SIZES);
    state->program->eval_context = state->eval_context;
    state->batch.row_count = 1;
    state->batch.sel_count = 1;
    state->batch.column_count = highest_column(state->program) + 1;
    state->batch.columns = (ColumnVector *) palloc0(
        sizeof(ColumnVector) * (Size) Max(state->batch.column_count, 1));
    return state;
}

Datum
expression_eval_row(ExprState *state, const Datum *values, const bool *nulls, bool *ret_isnull)
{
    MemoryContextReset(state->eval_context);
    for (int c = 0; c < state->batch.column_count; c++) {
        state->batch.columns[c].values = (Datum *) &values[c];
        state->batch.columns[c].nulls = (bool *) &nulls[c];
        state->batch.columns[c].ready = true;
    }
    expr_run(state->program, &state->batch, NULL, NULL);
    return expr_output(state->program, 0, 0, ret_isnull);
}

Datum
expression_eval_once(Expr *expr, bool *ret_isnull)
{
    MemoryContext caller = CurrentMemoryContext;
    MemoryContext scratch = AllocSetContextCreate(caller, "expression", ALLOCSET_SMALL_SIZES);
    int16 typlen;
    bool typbyval;
    Datum value;

    MemoryContextSwitchTo(scratch);
    value = expression_eval_row(expression_compile(expr, NULL), NULL, NULL, ret_isnull);
    get_typlenbyval(exprType((Node *) expr), &typlen, &typbyval);
    MemoryContextSwitchTo(caller);
    if (!*ret_isnull) {
        if (typlen == -1)
            value = PointerGetDatum(PG_DETOAST_DATUM_COPY(value));
        else
            value = datum_copy(value, typbyval, typlen);
    }
    MemoryContextDelete(scratch);
    return value;
}

Expr *
executor_eval_const_expr(Expr *expr, Oid result_type, int32 typmod, Oid collation)
{
    int16 typlen;
    bool typbyval;
    bool isnull;
    Datum value = expression_eval_once(expr, &isnull);

    get_typlenbyval(result_type, &typlen, &typbyval);
    return (Expr *) makeConst(result_type, typmod, collation, typlen, isnull ? (Datum) 0 : value,
                              isnull, typbyval);
}
