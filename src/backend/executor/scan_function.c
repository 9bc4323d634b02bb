/*
 * scan_function.c - functions in FROM, and set-returning functions in a select list
 */
#include "base/base.h"
#include "catalog/catalog.h"
#include "catalog/lsyscache.h"
#include "catalog/typcache.h"
#include "parser/nodefuncs.h"
#include "srf_int.h"

/* ---- FROM f(...), ROWS FROM (...), WITH ORDINALITY ---- */

typedef struct FromFunction {
    SetCall *call;
    ExprProgram *args;
    Datum *arg_values;
    bool *arg_nulls;
    int column_first; /* its columns in the row */
    int column_count;
} FromFunction;

typedef struct FunctionScanState {
    PlanState ps;
    int function_count;
    FromFunction *functions;
    bool ordinality;
    int64 ordinal;
    bool begun;
    TupleDesc desc;
    Batch *rows;
    MemoryContext arg_context; /* of argument values; reset when the functions start anew */
} FunctionScanState;

static void
function_scan_begin(FunctionScanState *state)
{
    MemoryContextReset(state->arg_context);
    for (int f = 0; f < state->function_count; f++) {
        FromFunction *function = &state->functions[f];

        expr_run(function->args, NULL, NULL, NULL);
        for (int k = 0; k < function->args->output_count; k++)
            function->arg_values[k] = expr_output(function->args, k, 0, &function->arg_nulls[k]);
        set_call_start(function->call, function->arg_values, function->arg_nulls);
    }
    state->ordinal = 0;
    state->begun = true;
}

static int
function_scan_fill(FunctionScanState *state, int rows_max)
{
    int counts[64];
    int count = 0;

    for (int f = 0; f < state->function_count; f++) {
        FromFunction *function = &state->functions[f];

        counts[f] = set_call_fill(function->call, rows_max,
                                  &state->rows->columns[function->column_first], 0);
        count = Max(count, counts[f]);
    }
    for (int f = 0; f < state->function_count; f++) {
        FromFunction *function = &state->functions[f];

        for (int c = 0; c < function->column_count; c++) {
            for (int i = counts[f]; i < count; i++)
                state->rows->columns[function->column_first + c].nulls[i] = true;
        }
    }
    if (state->ordinality) {
        ColumnVector *column = &state->rows->columns[state->desc->natts - 1];

        for (int i = 0; i < count; i++) {
            column->values[i] = Int64GetDatum(++state->ordinal);
            column->nulls[i] = false;
        }
    }
    return count;
}

static Batch *
function_scan_next(PlanState *ps, int rows_max)
{
    FunctionScanState *state = (FunctionScanState *) ps;

    if (!state->begun)
        function_scan_begin(state);
    for (;;) {
        MemoryContext old;
        int count;

        CHECK_FOR_INTERRUPTS();
        MemoryContextReset(ps->batch_context);
        old = MemoryContextSwitchTo(ps->batch_context);
        count = function_scan_fill(state, Min(rows_max, BATCH_ROWS_MAX));
        MemoryContextSwitchTo(old);
        if (count == 0)
            return NULL;
        state->rows->row_count = count;
        state->rows->sel_count = count;
        state->rows->sel = NULL;
        if (exec_filter(ps, state->rows))
            return exec_project(ps, state->rows);
    }
}

static void
function_scan_rescan(PlanState *ps)
{
    ((FunctionScanState *) ps)->begun = false;
}

static void
function_scan_suspend(PlanState *ps)
{
    FunctionScanState *state = (FunctionScanState *) ps;

    for (int f = 0; f < state->function_count; f++)
        set_call_reset(state->functions[f].call);
    state->begun = false;
}

static const PlanNodeOps function_scan_ops = {"Function Scan", function_scan_next,
                                              function_scan_rescan, function_scan_suspend};

/* Types of the columns a function in FROM gives; true in *ret_composite for a row. */
static List *
function_columns(RangeTblFunction *function, List **typmods, List **collations,
                 bool *ret_composite)
{
    Oid type = exprType(function->funcexpr);
    List *types = NIL;
    ProcOutputs outputs;

    *typmods = NIL;
    *collations = NIL;
    *ret_composite = true;
    if (function->funccoltypes != NIL) {
        *typmods = function->funccoltypmods;
        *collations = function->funccolcollations;
        *ret_composite = type == RECORDOID;
        return function->funccoltypes;
    }
    if (type != RECORDOID && type_is_rowtype(type)) {
        TupleDesc desc = lookup_rowtype_tupdesc_copy(type, -1);

        for (int i = 0; i < desc->natts; i++) {
            types = lappend_oid(types, TupleDescAttr(desc, i)->atttypid);
            *typmods = lappend_int(*typmods, TupleDescAttr(desc, i)->atttypmod);
            *collations = lappend_oid(*collations, TupleDescAttr(desc, i)->attcollation);
        }
        return types;
    }
    if (type == RECORDOID && IsA(function->funcexpr, FuncExpr) &&
        catalog_proc_outputs(catalog_proc(((FuncExpr *) function->funcexpr)->funcid), &outputs)) {
        for (int i = 0; i < outputs.count; i++) {
            if (outputs.modes[i] == 'i' || outputs.modes[i] == 'v')
                continue;
            types = lappend_oid(types, outputs.types[i]);
            *typmods = lappend_int(*typmods, -1);
            *collations = lappend_oid(*collations, get_typcollation(outputs.types[i]));
        }
        return types;
    }
    *ret_composite = false;
    *typmods = list_make1_int(-1);
    *collations = list_make1_oid(exprCollation(function->funcexpr));
    return list_make1_oid(type);
}

static void
init_from_function(FunctionScanState *state, FromFunction *from, RangeTblFunction *function,
                   List **types, List **typmods, List **collations)
{
    List *my_typmods, *my_collations;
    bool composite;
    List *my_types = function_columns(function, &my_typmods, &my_collations, &composite);
    Size arg_count;

    from->column_first = list_length(*types);
    from->column_count = list_length(my_types);
    *types = list_concat(*types, my_types);
    *typmods = list_concat(*typmods, my_typmods);
    *collations = list_concat(*collations, my_collations);
    from->call = set_call_create((Expr *) function->funcexpr, state->ps.estate,
                                 composite ? from->column_count : 0);
    from->args = expr_compile_list(&state->ps, state->ps.estate, set_call_args(from->call));
    from->args->eval_context = state->arg_context;
    arg_count = (Size) Max(list_length(set_call_args(from->call)), 1);
    from->arg_values = (Datum *) palloc0(sizeof(Datum) * arg_count);
    from->arg_nulls = (bool *) palloc0(sizeof(bool) * arg_count);
}

static TupleDesc
desc_from_types(List *types, List *typmods, List *collations)
{
    TupleDesc desc = CreateTemplateTupleDesc(list_length(types));

    for (int i = 0; i < list_length(types); i++) {
        TupleDescInitEntry(desc, (AttrNumber) (i + 1), NULL, list_nth_oid(types, i),
                           list_nth_int(typmods, i), 0);
        TupleDescInitEntryCollation(desc, (AttrNumber) (i + 1), list_nth_oid(collations, i));
    }
    return desc;
}

PlanState *
exec_init_function_scan(const Plan *plan, EState *estate, int eflags)
{
    const FunctionScan *scan = (const FunctionScan *) plan;
    FunctionScanState *state = (FunctionScanState *) exec_make_node(
        sizeof(FunctionScanState), plan, estate, &function_scan_ops);
    List *types = NIL, *typmods = NIL, *collations = NIL;
    ListCell *lc;

    if (list_length(scan->functions) > 64)
        ereport(ERROR, (errcode(ERRCODE_FEATURE_NOT_SUPPORTED),
                        errmsg("more than 64 functions in ROWS FROM are not supported")));
    state->ordinality = scan->funcordinality;
    state->arg_context = AllocSetContextCreate(estate->context, "function arguments",
                                               ALLOCSET_SMALL_SIZES);
    state->functions = (FromFunction *) palloc0(sizeof(FromFunction) *
                                                (Size) list_length(scan->functions));
    foreach (lc, scan->functions)
        init_from_function(state, &state->functions[state->function_count++],
                           lfirst_node(RangeTblFunction, lc), &types, &typmods, &collations);
    if (state->ordinality) {
        types = lappend_oid(types, INT8OID);
        typmods = lappend_int(typmods, -1);
        collations = lappend_oid(collations, InvalidOid);
    }
    state->desc = desc_from_types(types, typmods, collations);
    state->rows = batch_create(state->desc, BATCH_ROWS_MAX);
    exec_init_projection(&state->ps, state->desc);
    return &state->ps;
}

/* ---- set-returning functions in a select list ---- */

typedef struct ProjectSetState {
    PlanState ps;
    int column_count;
    SetCall **calls;      /* by column; NULL: a plain expression */
    int *outputs;         /* first output of the program for the column */
    ExprProgram *program; /* plain expressions and arguments */
    Batch *input;
    int input_next;       /* selected row to expand next */
    int row;              /* physical row being expanded, -1: none */
    MemoryContext out_context; /* of one batch of results */
    Batch *rows;
} ProjectSetState;

static void
project_set_start_row(ProjectSetState *state)
{
    Datum args[FUNC_MAX_ARGS];
    bool nulls[FUNC_MAX_ARGS];

    state->row = batch_row(state->input, state->input_next++);
    for (int c = 0; c < state->column_count; c++) {
        int arg_count;

        if (state->calls[c] == NULL)
            continue;
        arg_count = list_length(set_call_args(state->calls[c]));
        for (int k = 0; k < arg_count; k++)
            args[k] = expr_output(state->program, state->outputs[c] + k, state->row, &nulls[k]);
        set_call_start(state->calls[c], args, nulls);
    }
}

/* More rows from the input row being expanded; 0 when it is used up. */
static int
project_set_expand(ProjectSetState *state, int first, int rows_max)
{
    int count = 0;
    int counts[MaxTupleAttributeNumber];

    for (int c = 0; c < state->column_count; c++) {
        counts[c] = 0;
        if (state->calls[c] == NULL)
            continue;
        counts[c] = set_call_fill(state->calls[c], rows_max, &state->rows->columns[c], first);
        count = Max(count, counts[c]);
    }
    for (int c = 0; c < state->column_count; c++) {
        ColumnVector *column = &state->rows->columns[c];

        if (state->calls[c] == NULL) {
            bool isnull;
            Datum value = expr_output(state->program, state->outputs[c], state->row, &isnull);

            for (int i = 0; i < count; i++) {
                column->values[first + i] = value;
                column->nulls[first + i] = isnull;
            }
        } else {
            for (int i = counts[c]; i < count; i++)
                column->nulls[first + i] = true;
        }
    }
    return count;
}

static bool
project_set_fetch(ProjectSetState *state, int rows_max)
{
    PlanState *ps = &state->ps;

    MemoryContextReset(ps->batch_context);
    state->input = exec_next(ps->left, rows_max);
    if (state->input == NULL)
        return false;
    expr_run(state->program, state->input, NULL, NULL);
    state->input_next = 0;
    return true;
}

static Batch *
project_set_next(PlanState *ps, int rows_max)
{
    ProjectSetState *state = (ProjectSetState *) ps;
    MemoryContext old;
    int count = 0;

    MemoryContextReset(state->out_context);
    rows_max = Min(rows_max, BATCH_ROWS_MAX);
    while (count < rows_max) {
        int made;

        if (state->row < 0) {
            if (state->input == NULL || state->input_next >= state->input->sel_count) {
                if (count > 0 || !project_set_fetch(state, rows_max))
                    break;
            }
            project_set_start_row(state);
        }
        old = MemoryContextSwitchTo(state->out_context);
        made = project_set_expand(state, count, rows_max - count);
        MemoryContextSwitchTo(old);
        if (made == 0)
            state->row = -1;
        count += made;
    }
    if (count == 0)
        return NULL;
    state->rows->row_count = count;
    state->rows->sel_count = count;
    state->rows->sel = NULL;
    return state->rows;
}

static void
project_set_rescan(PlanState *ps)
{
    ProjectSetState *state = (ProjectSetState *) ps;

    state->input = NULL;
    state->row = -1;
    if (!ps->left->any_changed)
        exec_rescan(ps->left);
}

static void
project_set_suspend(PlanState *ps)
{
    ProjectSetState *state = (ProjectSetState *) ps;

    for (int c = 0; c < state->column_count; c++) {
        if (state->calls[c] != NULL)
            set_call_reset(state->calls[c]);
    }
    state->input = NULL;
    state->row = -1;
}

static const PlanNodeOps project_set_ops = {"ProjectSet", project_set_next, project_set_rescan,
                                            project_set_suspend};

PlanState *
exec_init_project_set(const Plan *plan, EState *estate, int eflags)
{
    ProjectSetState *state = (ProjectSetState *) exec_make_node(sizeof(ProjectSetState), plan,
                                                                estate, &project_set_ops);
    Size count = (Size) Max(list_length(plan->targetlist), 1);
    List *exprs = NIL;
    ListCell *lc;

    state->ps.left = exec_init_node(outerPlan(plan), estate, eflags);
    state->ps.desc = executor_desc_from_targetlist(plan->targetlist, false);
    state->calls = (SetCall **) palloc0(sizeof(SetCall *) * count);
    state->outputs = (int *) palloc0(sizeof(int) * count);
    foreach (lc, plan->targetlist) {
        Expr *expr = lfirst_node(TargetEntry, lc)->expr;
        int column = state->column_count++;

        state->outputs[column] = list_length(exprs);
        if (expr_is_set_call((Node *) expr)) {
            state->calls[column] = set_call_create(expr, estate, 0);
            exprs = list_concat_copy(exprs, set_call_args(state->calls[column]));
        } else
            exprs = lappend(exprs, expr);
    }
    state->program = expr_compile_list(&state->ps, estate, exprs);
    state->out_context = AllocSetContextCreate(estate->context, "set results",
                                               ALLOCSET_SMALL_SIZES);
    state->rows = batch_create(state->ps.desc, BATCH_ROWS_MAX);
    state->row = -1;
    return &state->ps;
}
