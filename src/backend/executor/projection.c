/*
 * projection.c - a node's output columns
 *
 * A plain column is handed on without being touched: it is decoded when somebody above asks for
 * it. Computed columns are run for the whole selection at once.
 */
#include "base/base.h"
#include "executor_int.h"

static void
projection_decode(Batch *batch, int column)
{
    Projection *projection = (Projection *) batch->source;
    Batch *input = projection->inputs[projection->source_input[column]];
    ColumnVector *vector = batch_column(input, projection->source[column]);

    batch->columns[column].values = vector->values;
    batch->columns[column].nulls = vector->nulls;
    batch->columns[column].ready = true;
}

/* Input and column of a plain column reference, or false. */
static bool
projection_plain_column(ExprCompiler *compiler, Expr *expr, int *ret_input, int *ret_column)
{
    Var *var = (Var *) expr;

    if (!IsA(expr, Var) || var->varattno <= 0)
        return false;
    if (compiler->scan_rti != 0)
        *ret_input = (Index) var->varno == compiler->scan_rti ? EXPR_INPUT_OUTER
                                                              : EXPR_INPUT_INNER;
    else
        *ret_input = var->varno == INNER_VAR ? EXPR_INPUT_INNER : EXPR_INPUT_OUTER;
    *ret_column = var->varattno - 1;
    return true;
}

Projection *
projection_create(ExprCompiler *compiler, List *targetlist, TupleDesc desc)
{
    Projection *projection = (Projection *) palloc0(sizeof(Projection));
    int count = list_length(targetlist);
    List *computed = NIL;
    ListCell *lc;
    int column = 0;

    projection->column_count = count;
    projection->source = (int *) palloc0(sizeof(int) * (Size) Max(count, 1));
    projection->source_input = (uint8 *) palloc0((Size) Max(count, 1));
    foreach (lc, targetlist) {
        TargetEntry *tle = lfirst_node(TargetEntry, lc);
        int input;

        if (projection_plain_column(compiler, tle->expr, &input, &projection->source[column]))
            projection->source_input[column] = (uint8) input;
        else {
            projection->source[column] = -1 - list_length(computed);
            computed = lappend(computed, tle->expr);
        }
        column++;
    }
    if (computed != NIL)
        projection->program = expr_compile_with(compiler, computed);
    projection->out.desc = desc;
    projection->out.column_count = count;
    projection->out.columns =
        (ColumnVector *) palloc0(sizeof(ColumnVector) * (Size) Max(count, 1));
    projection->spread =
        (ColumnVector *) palloc0(sizeof(ColumnVector) * (Size) Max(count, 1));
    projection->out.decode = projection_decode;
    projection->out.source = projection;
    return projection;
}

/* One value for all rows, spread: 1-row batches need no copy. */
static void
projection_spread(Projection *projection, ExprReg *reg, int column, int rows)
{
    ColumnVector *vector = &projection->out.columns[column];
    ColumnVector *spread = &projection->spread[column];

    if (rows == 1) {
        vector->values = reg->values;
        vector->nulls = reg->nulls;
        return;
    }
    if (spread->values == NULL) {
        MemoryContext context = projection->program->context;

        spread->values =
            (Datum *) MemoryContextAlloc(context, sizeof(Datum) * (Size) BATCH_ROWS_MAX);
        spread->nulls =
            (bool *) MemoryContextAlloc(context, sizeof(bool) * (Size) BATCH_ROWS_MAX);
    }
    for (int i = 0; i < rows; i++) {
        spread->values[i] = reg->values[0];
        spread->nulls[i] = reg->nulls[0];
    }
    vector->values = spread->values;
    vector->nulls = spread->nulls;
}

Batch *
projection_run(Projection *projection, Batch *outer, Batch *inner, Batch *extra)
{
    Batch *out = &projection->out;
    Batch *base = outer != NULL ? outer : inner != NULL ? inner : extra;
    ExprProgram *p = projection->program;

    projection->inputs[EXPR_INPUT_OUTER] = outer;
    projection->inputs[EXPR_INPUT_INNER] = inner;
    projection->inputs[EXPR_INPUT_EXTRA] = extra;
    if (p != NULL)
        expr_run(p, outer, inner, extra);
    out->row_count = base != NULL ? base->row_count : 1;
    out->sel_count = base != NULL ? base->sel_count : 1;
    out->sel = base != NULL ? base->sel : NULL;
    for (int i = 0; i < projection->column_count; i++) {
        ColumnVector *vector = &out->columns[i];

        vector->ready = false;
        if (projection->source[i] < 0) {
            ExprReg *reg = &p->regs[p->outputs[-1 - projection->source[i]]];

            vector->ready = true;
            if (reg->mask == 0)
                projection_spread(projection, reg, i, out->row_count);
            else {
                vector->values = reg->values;
                vector->nulls = reg->nulls;
            }
        }
    }
    return out;
}
