/*
 * agg.c - aggregate functions: transition and final steps
 *
 * Why        count, sum, avg, min and max of integers are added up here, column by column, without
 *            a call per row; sums that can outgrow 64 bits are kept in 128. All others go through
 *            their transition function as the catalogue names it.
 */
#include <math.h>

#include "agg_int.h"
#include "base/base.h"
#include "catalog/catalog.h"
#include "catalog/lsyscache.h"
#include "grouping_int.h"
#include "parser/makefuncs.h"
#include "parser/nodefuncs.h"
#include "settings_int.h"

/* ---- preparing ---- */

static TransKind
kind_of_aggregate(const Aggref *aggref)
{
    if (aggref->aggdistinct != NIL || aggref->aggorder != NIL)
        return TRANS_GENERIC;
    switch (aggref->aggfnoid) {
    case 2803:
        return TRANS_COUNT_STAR;
    case 2147:
        return TRANS_COUNT;
    case 2102:
    case 2109:
        return TRANS_SUM_INT2;
    case 2101:
    case 2108:
        return TRANS_SUM_INT4;
    case 2100:
    case 2107:
        return TRANS_SUM_INT8;
    case 2111:
        return TRANS_SUM_FLOAT8;
    case 2117:
        return TRANS_MAX_INT2;
    case 2116:
    case 2122:
        return TRANS_MAX_INT4;
    case 2115:
    case 2126:
    case 2127:
        return TRANS_MAX_INT8;
    case 2133:
        return TRANS_MIN_INT2;
    case 2132:
    case 2138:
        return TRANS_MIN_INT4;
    case 2131:
    case 2142:
    case 2143:
        return TRANS_MIN_INT8;
    default:
        return TRANS_GENERIC;
    }
}

/* A call expression that says of which types the arguments are, for polymorphic functions. */
static Expr *
typed_call(Oid funcid, Oid result, Oid first, List *argtypes, Oid collation)
{
    List *args = NIL;
    FuncExpr *func = makeNode(FuncExpr);
    ListCell *lc;

    argtypes = lcons_oid(first, list_copy(argtypes));
    foreach (lc, argtypes) {
        Param *param = makeNode(Param);

        param->paramkind = PARAM_EXEC;
        param->paramid = -1;
        param->paramtype = lfirst_oid(lc);
        param->paramtypmod = -1;
        param->location = -1;
        args = lappend(args, param);
    }
    func->funcid = funcid;
    func->funcresulttype = result;
    func->inputcollid = collation;
    func->args = args;
    func->location = -1;
    return (Expr *) func;
}

static List *
plain_argtypes(const Aggref *aggref)
{
    List *types = NIL;
    ListCell *lc;

    foreach (lc, aggref->args) {
        TargetEntry *tle = lfirst_node(TargetEntry, lc);

        if (!tle->resjunk)
            types = lappend_oid(types, exprType((Node *) tle->expr));
    }
    return types;
}

static void
trans_init_value(AggTrans *trans, const AggregateInfo *info, Oid trans_type)
{
    Oid input, ioparam;

    trans->init_null = info->agginitval_isnull;
    if (trans->init_null)
        return;
    getTypeInputInfo(trans_type, &input, &ioparam);
    trans->init_value = OidInputFunctionCall(input, (char *) info->agginitval, ioparam, -1);
}

static TargetEntry *
sort_group_entry(Index ref, List *targetlist)
{
    ListCell *lc;

    foreach (lc, targetlist) {
        if (lfirst_node(TargetEntry, lc)->ressortgroupref == ref)
            return lfirst_node(TargetEntry, lc);
    }
    elog(ERROR, "ORDER BY or DISTINCT expression of an aggregate not found");
}

static void
trans_init_sort(AggTrans *trans)
{
    const Aggref *aggref = trans->aggref;
    /* with both, the DISTINCT columns begin with the ORDER BY columns */
    List *clauses = aggref->aggdistinct != NIL ? aggref->aggdistinct : aggref->aggorder;
    ListCell *lc;

    trans->sorted = clauses != NIL;
    if (!trans->sorted)
        return;
    trans->sort_desc = executor_desc_from_targetlist(aggref->args, false);
    trans->sort_keys = (TuplesortKey *) palloc0(sizeof(TuplesortKey) *
                                                (Size) list_length(clauses));
    trans->distinct_keys = (EqualKey *) palloc0(sizeof(EqualKey) * (Size) list_length(clauses));
    foreach (lc, clauses) {
        SortGroupClause *clause = lfirst_node(SortGroupClause, lc);
        TargetEntry *tle = sort_group_entry(clause->tleSortGroupRef, aggref->args);
        Oid collation = exprCollation((Node *) tle->expr);

        trans->sort_keys[trans->sort_key_count++] =
            (TuplesortKey){tle->resno, clause->sortop, collation, clause->nulls_first};
        if (aggref->aggdistinct != NIL)
            equal_key_init(&trans->distinct_keys[trans->distinct_count++], tle->resno - 1,
                           clause->eqop, collation, false, true);
    }
}

static void
trans_init(AggSet *set, AggTrans *trans, Aggref *aggref)
{
    const AggregateInfo *info = catalog_aggregate(aggref->aggfnoid);
    Oid trans_type;

    if (info == NULL)
        elog(ERROR, "cache lookup failed for aggregate %u", aggref->aggfnoid);
    if (info->aggkind != AGGKIND_NORMAL)
        ereport(ERROR, (errcode(ERRCODE_FEATURE_NOT_SUPPORTED),
                        errmsg("ordered-set aggregates are not supported")));
    if (aggref->aggsplit != AGGSPLIT_SIMPLE)
        ereport(ERROR, (errcode(ERRCODE_FEATURE_NOT_SUPPORTED),
                        errmsg("partial aggregation is not supported")));
    trans->aggref = aggref;
    trans->kind = kind_of_aggregate(aggref);
    trans->arg_count = list_length(plain_argtypes(aggref));
    trans->input_count = list_length(aggref->args);
    if (trans->kind != TRANS_GENERIC)
        return;
    trans_type = OidIsValid(aggref->aggtranstype) ? aggref->aggtranstype : info->aggtranstype;
    get_typlenbyval(trans_type, &trans->trans_len, &trans->trans_byval);
    fmgr_info(info->aggtransfn, &trans->flinfo);
    trans->flinfo.fn_expr = (Node *) typed_call(info->aggtransfn, trans_type, trans_type,
                                                plain_argtypes(aggref), aggref->inputcollid);
    trans->call = (FunctionCallInfo) palloc0(SizeForFunctionCallInfo(trans->arg_count + 1));
    InitFunctionCallInfoData(*trans->call, &trans->flinfo, trans->arg_count + 1,
                             aggref->inputcollid, (Node *) &set->call_context, NULL);
    trans_init_value(trans, info, trans_type);
    trans_init_sort(trans);
}

static void
final_init(AggSet *set, AggFinal *final, Aggref *aggref)
{
    const AggregateInfo *info = catalog_aggregate(aggref->aggfnoid);
    Oid trans_type = OidIsValid(aggref->aggtranstype) ? aggref->aggtranstype : info->aggtranstype;

    final->aggref = aggref;
    final->transno = aggref->aggtransno;
    get_typlenbyval(aggref->aggtype, &final->result_len, &final->result_byval);
    if (!OidIsValid(info->aggfinalfn) || set->trans[final->transno].kind != TRANS_GENERIC)
        return;
    final->has_final = true;
    final->arg_count = 1 + (info->aggfinalextra ? set->trans[final->transno].arg_count : 0);
    fmgr_info(info->aggfinalfn, &final->flinfo);
    final->flinfo.fn_expr =
        (Node *) typed_call(info->aggfinalfn, aggref->aggtype, trans_type,
                            info->aggfinalextra ? plain_argtypes(aggref) : NIL,
                            aggref->inputcollid);
    final->call = (FunctionCallInfo) palloc0(SizeForFunctionCallInfo(final->arg_count));
    InitFunctionCallInfoData(*final->call, &final->flinfo, final->arg_count, aggref->inputcollid,
                             (Node *) &set->call_context, NULL);
}

static List *
argument_exprs(const Aggref *aggref)
{
    List *exprs = NIL;
    ListCell *lc;

    foreach (lc, aggref->args)
        exprs = lappend(exprs, lfirst_node(TargetEntry, lc)->expr);
    return exprs;
}

/* Compiles arguments: one program for all transitions without FILTER, one for each with. */
static void
set_compile_args(AggSet *set)
{
    List *shared = NIL;
    PlanState *parent = set->parent;

    for (int t = 0; t < set->trans_count; t++) {
        AggTrans *trans = &set->trans[t];

        if (trans->aggref == NULL)
            continue;
        if (trans->aggref->aggfilter != NULL) {
            trans->filter = expr_compile_qual(parent, parent->estate,
                                              list_make1(trans->aggref->aggfilter));
            trans->program = expr_compile_list(parent, parent->estate,
                                               argument_exprs(trans->aggref));
            trans->owns_program = true;
            continue;
        }
        trans->first_output = list_length(shared);
        shared = list_concat(shared, argument_exprs(trans->aggref));
    }
    set->args = expr_compile_list(parent, parent->estate, shared);
    for (int t = 0; t < set->trans_count; t++) {
        if (!set->trans[t].owns_program)
            set->trans[t].program = set->args;
    }
}

AggSet *
agg_set_create(PlanState *parent, List *aggrefs)
{
    AggSet *set = (AggSet *) palloc0(sizeof(AggSet));
    ListCell *lc;

    set->parent = parent;
    set->call_context.type = T_AggState;
    foreach (lc, aggrefs) {
        Aggref *aggref = lfirst_node(Aggref, lc);

        set->agg_count = Max(set->agg_count, aggref->aggno + 1);
        set->trans_count = Max(set->trans_count, aggref->aggtransno + 1);
    }
    set->trans = (AggTrans *) palloc0(sizeof(AggTrans) * (Size) Max(set->trans_count, 1));
    set->aggs = (AggFinal *) palloc0(sizeof(AggFinal) * (Size) Max(set->agg_count, 1));
    foreach (lc, aggrefs) {
        Aggref *aggref = lfirst_node(Aggref, lc);

        if (set->trans[aggref->aggtransno].aggref == NULL)
            trans_init(set, &set->trans[aggref->aggtransno], aggref);
    }
    foreach (lc, aggrefs) {
        Aggref *aggref = lfirst_node(Aggref, lc);

        if (set->aggs[aggref->aggno].aggref == NULL)
            final_init(set, &set->aggs[aggref->aggno], aggref);
    }
    set_compile_args(set);
    return set;
}

static bool
collect_walker(Node *node, List **aggrefs)
{
    if (node == NULL)
        return false;
    if (IsA(node, Aggref)) {
        *aggrefs = lappend(*aggrefs, node);
        return false;
    }
    return expression_tree_walker(node, collect_walker, aggrefs);
}

List *
agg_collect(List *expressions)
{
    List *aggrefs = NIL;

    (void) collect_walker((Node *) expressions, &aggrefs);
    return aggrefs;
}

/* ---- transitions ---- */

void
agg_init_values(AggSet *set, TransValue *values)
{
    for (int t = 0; t < set->trans_count; t++) {
        AggTrans *trans = &set->trans[t];
        TransValue *value = &values[t];

        memset(value, 0, sizeof(*value));
        if (trans->kind != TRANS_GENERIC)
            continue;
        value->isnull = trans->init_null;
        value->no_value = trans->init_null;
        if (!trans->init_null) {
            MemoryContext old = MemoryContextSwitchTo(set->call_context.aggcontext);

            value->value = datum_copy(trans->init_value, trans->trans_byval, trans->trans_len);
            MemoryContextSwitchTo(old);
        }
    }
}

/* One step of a generic transition; arguments are in call->args[1..]. */
static void
trans_step(AggSet *set, AggTrans *trans, TransValue *value)
{
    FunctionCallInfo call = trans->call;
    Datum result;

    if (trans->flinfo.fn_strict) {
        for (int a = 1; a <= trans->arg_count; a++) {
            if (call->args[a].isnull)
                return;
        }
        if (value->no_value) {
            MemoryContext old = MemoryContextSwitchTo(set->call_context.aggcontext);

            value->value = datum_copy(call->args[1].value, trans->trans_byval, trans->trans_len);
            value->isnull = false;
            value->no_value = false;
            MemoryContextSwitchTo(old);
            return;
        }
        if (value->isnull)
            return;
    }
    call->args[0].value = value->value;
    call->args[0].isnull = value->isnull;
    call->isnull = false;
    result = FunctionCallInvoke(call);
    if (!trans->trans_byval && result != value->value && !call->isnull) {
        MemoryContext old = MemoryContextSwitchTo(set->call_context.aggcontext);

        result = datum_copy(result, false, trans->trans_len);
        if (!value->isnull && value->value != 0)
            pfree(DatumGetPointer(value->value));
        MemoryContextSwitchTo(old);
    }
    value->value = result;
    value->isnull = call->isnull;
    value->no_value = false;
}

static TransValue *
value_of(TransValue *values, const uint32 *groups, int row, int trans_count, int t)
{
    if (groups == NULL)
        return &values[t];
    return &values[(Size) groups[row] * (Size) trans_count + (Size) t];
}

static void
advance_generic(AggSet *set, AggTrans *trans, int t, Batch *batch, const uint32 *groups,
                TransValue *values)
{
    for (int k = 0; k < batch->sel_count; k++) {
        int i = batch_row(batch, k);

        if (groups != NULL && groups[i] == GROUP_NONE)
            continue;
        for (int a = 0; a < trans->arg_count; a++)
            trans->call->args[a + 1].value = expr_output(trans->program, trans->first_output + a,
                                                         i, &trans->call->args[a + 1].isnull);
        trans_step(set, trans, value_of(values, groups, i, set->trans_count, t));
    }
}

/* DISTINCT and ORDER BY: rows wait in a sort until the group is complete. */
static void
advance_sorted(AggSet *set, AggTrans *trans, int t, Batch *batch, const uint32 *groups,
               TransValue *values)
{
    Datum *inputs = (Datum *) palloc(sizeof(Datum) * (Size) trans->input_count);
    bool *nulls = (bool *) palloc(sizeof(bool) * (Size) trans->input_count);

    for (int k = 0; k < batch->sel_count; k++) {
        int i = batch_row(batch, k);
        TransValue *value;
        bool skip = false;

        if (groups != NULL && groups[i] == GROUP_NONE)
            continue;
        value = value_of(values, groups, i, set->trans_count, t);
        for (int a = 0; a < trans->input_count; a++) {
            inputs[a] = expr_output(trans->program, trans->first_output + a, i, &nulls[a]);
            skip |= nulls[a] && a < trans->arg_count && trans->flinfo.fn_strict;
        }
        if (skip)
            continue;
        if (value->sort == NULL) {
            MemoryContext old = MemoryContextSwitchTo(set->parent->estate->context);

            value->sort = tuplesort_begin(trans->sort_desc, trans->sort_keys,
                                          trans->sort_key_count, exec_work_mem_kb(), 0);
            MemoryContextSwitchTo(old);
        }
        tuplesort_put_values(value->sort, inputs, nulls);
    }
    pfree(inputs);
    pfree(nulls);
}

static bool
same_as_before(AggTrans *trans, const Datum *a, const bool *anulls, const Datum *b,
               const bool *bnulls)
{
    for (int k = 0; k < trans->distinct_count; k++) {
        EqualKey *key = &trans->distinct_keys[k];

        if (!equal_key_same(key, a[key->column], anulls[key->column], b[key->column],
                            bnulls[key->column]))
            return false;
    }
    return true;
}

/* Feeds the sorted rows of a complete group to the transition function. */
static void
drain_sort(AggSet *set, AggTrans *trans, TransValue *value)
{
    RowLayout *layout = row_layout_create(trans->sort_desc);
    RowArena arena;
    Datum *before = (Datum *) palloc0(sizeof(Datum) * (Size) trans->input_count);
    bool *before_nulls = (bool *) palloc0(sizeof(bool) * (Size) trans->input_count);
    bool first = true;
    Datum *row;
    bool *nulls;

    row_arena_init(&arena, CurrentMemoryContext);
    tuplesort_perform(value->sort);
    while (tuplesort_read_row(value->sort, &row, &nulls)) {
        if (trans->distinct_count > 0) {
            StoredRow *stored;

            if (!first && same_as_before(trans, row, nulls, before, before_nulls))
                continue;
            row_arena_reset(&arena);
            stored = row_form(layout, &arena, row, nulls);
            memcpy(before, stored->values, sizeof(Datum) * (Size) trans->input_count);
            memcpy(before_nulls, nulls, sizeof(bool) * (Size) trans->input_count);
        }
        first = false;
        for (int a = 0; a < trans->arg_count; a++) {
            trans->call->args[a + 1].value = row[a];
            trans->call->args[a + 1].isnull = nulls[a];
        }
        trans_step(set, trans, value);
    }
    tuplesort_end(value->sort);
    value->sort = NULL;
}

void
agg_drop_sorts(AggSet *set, TransValue *values, int64 group_count)
{
    for (int64 i = 0; i < group_count * set->trans_count; i++) {
        if (values[i].sort != NULL)
            tuplesort_end(values[i].sort);
        values[i].sort = NULL;
    }
}

/* Runs BODY with `i` (row), `v` (argument) and `s` (state) for rows whose argument is present. */
#define FAST_ROWS(BODY)                                                                        \
    for (int k = 0; k < batch->sel_count; k++) {                                               \
        int i = batch_row(batch, k);                                                           \
        TransValue *s;                                                                         \
        if ((groups != NULL && groups[i] == GROUP_NONE) || nulls[i & mask])                    \
            continue;                                                                          \
        s = value_of(values, groups, i, set->trans_count, t);                                  \
        {                                                                                      \
            BODY                                                                               \
        }                                                                                      \
    }

#define FAST_MINMAX(GET, OP)                                                                   \
    FAST_ROWS(int64 v = GET(args[i & mask]);                                                   \
              if (s->count++ == 0 || v OP s->integer) s->integer = v;)

/* The whole batch into one group: plain loops that the compiler can widen. */
static bool
advance_one_group(AggTrans *trans, Batch *batch, const ExprReg *reg, TransValue *s)
{
    const Datum *args = reg->values;
    const bool *nulls = reg->nulls;
    int64 sum = 0;
    int64 count = 0;
    int n = batch->sel_count;

    if (reg->mask == 0 || batch->sel != NULL)
        return false;
    if (trans->kind == TRANS_SUM_INT4) {
        for (int i = 0; i < n; i++) {
            sum += nulls[i] ? 0 : (int64) DatumGetInt32(args[i]);
            count += !nulls[i];
        }
    } else if (trans->kind == TRANS_COUNT) {
        for (int i = 0; i < n; i++)
            count += !nulls[i];
    } else
        return false;
    s->wide += sum;
    s->count += count;
    return true;
}

static pg_noreturn void
float_overflow(void)
{
    ereport(ERROR, (errcode(ERRCODE_NUMERIC_VALUE_OUT_OF_RANGE),
                    errmsg("value out of range: overflow")));
}

static void
advance_fast(AggSet *set, AggTrans *trans, int t, Batch *batch, const uint32 *groups,
             TransValue *values)
{
    const ExprReg *reg;
    const Datum *args;
    const bool *nulls;
    int mask;

    if (trans->kind == TRANS_COUNT_STAR) {
        if (groups == NULL) {
            values[t].count += batch->sel_count;
            return;
        }
        for (int k = 0; k < batch->sel_count; k++) {
            int i = batch_row(batch, k);

            if (groups[i] != GROUP_NONE)
                value_of(values, groups, i, set->trans_count, t)->count++;
        }
        return;
    }
    reg = &trans->program->regs[trans->program->outputs[trans->first_output]];
    args = reg->values;
    nulls = reg->nulls;
    mask = reg->mask;
    if (groups == NULL && advance_one_group(trans, batch, reg, &values[t]))
        return;
    switch (trans->kind) {
    case TRANS_COUNT:
        FAST_ROWS(s->count++;)
        break;
    case TRANS_SUM_INT2:
        FAST_ROWS(s->wide += DatumGetInt16(args[i & mask]); s->count++;)
        break;
    case TRANS_SUM_INT4:
        FAST_ROWS(s->wide += DatumGetInt32(args[i & mask]); s->count++;)
        break;
    case TRANS_SUM_INT8:
        FAST_ROWS(s->wide += DatumGetInt64(args[i & mask]); s->count++;)
        break;
    case TRANS_SUM_FLOAT8:
        FAST_ROWS(double v = DatumGetFloat8(args[i & mask]); double r = s->real + v;
                  if (unlikely(isinf(r)) && !isinf(s->real) && !isinf(v)) float_overflow();
                  s->real = s->count++ == 0 ? v : r;)
        break;
    case TRANS_MIN_INT2:
        FAST_MINMAX(DatumGetInt16, <)
        break;
    case TRANS_MIN_INT4:
        FAST_MINMAX(DatumGetInt32, <)
        break;
    case TRANS_MIN_INT8:
        FAST_MINMAX(DatumGetInt64, <)
        break;
    case TRANS_MAX_INT2:
        FAST_MINMAX(DatumGetInt16, >)
        break;
    case TRANS_MAX_INT4:
        FAST_MINMAX(DatumGetInt32, >)
        break;
    case TRANS_MAX_INT8:
        FAST_MINMAX(DatumGetInt64, >)
        break;
    default:
        break;
    }
}

/* A batch of one row and a program-free view of its arguments, for the fast kinds. */
static void
step_fast(AggTrans *trans, TransValue *s, Datum arg, bool isnull)
{
    int64 v;

    if (trans->kind == TRANS_COUNT_STAR || (trans->kind == TRANS_COUNT && !isnull)) {
        s->count++;
        return;
    }
    if (isnull)
        return;
    switch (trans->kind) {
    case TRANS_SUM_FLOAT8: {
        double r = s->real + DatumGetFloat8(arg);

        if (isinf(r) && !isinf(s->real) && !isinf(DatumGetFloat8(arg)))
            float_overflow();
        s->real = s->count++ == 0 ? DatumGetFloat8(arg) : r;
        return;
    }
    case TRANS_SUM_INT2:
    case TRANS_MIN_INT2:
    case TRANS_MAX_INT2:
        v = DatumGetInt16(arg);
        break;
    case TRANS_SUM_INT4:
    case TRANS_MIN_INT4:
    case TRANS_MAX_INT4:
        v = DatumGetInt32(arg);
        break;
    default:
        v = DatumGetInt64(arg);
        break;
    }
    if (trans->kind <= TRANS_SUM_INT8)
        s->wide += v;
    else if (s->count == 0 || (trans->kind <= TRANS_MIN_INT8 ? v < s->integer : v > s->integer))
        s->integer = v;
    s->count++;
}

void
agg_step_values(AggSet *set, int t, TransValue *value, const Datum *args, const bool *nulls,
                int arg_count)
{
    AggTrans *trans = &set->trans[t];

    if (trans->kind != TRANS_GENERIC) {
        step_fast(trans, value, arg_count > 0 ? args[0] : 0, arg_count > 0 && nulls[0]);
        return;
    }
    for (int a = 0; a < arg_count; a++) {
        trans->call->args[a + 1].value = args[a];
        trans->call->args[a + 1].isnull = nulls[a];
    }
    trans_step(set, trans, value);
}

Oid
agg_resolve_transtype(Oid aggregate, List *args)
{
    const AggregateInfo *info = catalog_aggregate(aggregate);

    if (info == NULL)
        elog(ERROR, "cache lookup failed for aggregate %u", aggregate);
    switch (info->aggtranstype) {
    case ANYARRAYOID:
    case ANYELEMENTOID:
    case ANYNONARRAYOID:
    case ANYENUMOID:
        return exprType((Node *) linitial(args));
    default:
        return info->aggtranstype;
    }
}

void
agg_advance(AggSet *set, Batch *batch, const uint32 *groups, TransValue *values)
{
    MemoryContext old;

    if (batch->sel_count == 0)
        return;
    if (set->args->output_count > 0)
        expr_run(set->args, batch, NULL, NULL);
    old = MemoryContextSwitchTo(set->parent->batch_context);
    for (int t = 0; t < set->trans_count; t++) {
        AggTrans *trans = &set->trans[t];
        Batch narrowed = *batch;

        if (trans->aggref == NULL)
            continue;
        if (trans->filter != NULL) {
            if (expr_filter(trans->filter, &narrowed, NULL, NULL) == 0)
                continue;
            expr_run(trans->program, &narrowed, NULL, NULL);
        }
        if (trans->sorted)
            advance_sorted(set, trans, t, &narrowed, groups, values);
        else if (trans->kind == TRANS_GENERIC)
            advance_generic(set, trans, t, &narrowed, groups, values);
        else
            advance_fast(set, trans, t, &narrowed, groups, values);
    }
    MemoryContextSwitchTo(old);
}

/* ---- results ---- */

enum { FUNC_INT8_NUMERIC = 1781, FUNC_NUMERIC_DIV = 1727, FUNC_NUMERIC_IN = 1701 };

static Datum
wide_to_numeric(__int128 value)
{
    char text[48];
    char *at = text + sizeof(text) - 1;
    unsigned __int128 rest;

    if (value >= INT64_MIN && value <= INT64_MAX)
        return OidFunctionCall1(FUNC_INT8_NUMERIC, Int64GetDatum((int64) value));
    rest = value < 0 ? -(unsigned __int128) value : (unsigned __int128) value;
    *at = '\0';
    do {
        *--at = (char) ('0' + (int) (rest % 10));
        rest /= 10;
    } while (rest != 0);
    if (value < 0)
        *--at = '-';
    return OidFunctionCall3Coll(FUNC_NUMERIC_IN, InvalidOid, CStringGetDatum(at),
                                ObjectIdGetDatum(InvalidOid), Int32GetDatum(-1));
}

static Datum
finalize_fast(const AggTrans *trans, const AggFinal *final, const TransValue *value,
              bool *ret_isnull)
{
    *ret_isnull = false;
    if (trans->kind == TRANS_COUNT || trans->kind == TRANS_COUNT_STAR)
        return Int64GetDatum(value->count);
    *ret_isnull = value->count == 0;
    if (*ret_isnull)
        return (Datum) 0;
    switch (final->aggref->aggfnoid) {
    case 2108:
    case 2109:
        if (value->wide > INT64_MAX || value->wide < INT64_MIN)
            ereport(ERROR, (errcode(ERRCODE_NUMERIC_VALUE_OUT_OF_RANGE),
                            errmsg("bigint out of range")));
        return Int64GetDatum((int64) value->wide);
    case 2107:
        return wide_to_numeric(value->wide);
    case 2100:
    case 2101:
    case 2102:
        return OidFunctionCall2(FUNC_NUMERIC_DIV, wide_to_numeric(value->wide),
                                wide_to_numeric(value->count));
    case 2111:
        return Float8GetDatum(value->real);
    default:
        break;
    }
    switch (final->result_len) {
    case 2:
        return Int16GetDatum((int16) value->integer);
    case 4:
        return Int32GetDatum((int32) value->integer);
    default:
        return Int64GetDatum(value->integer);
    }
}

Datum
agg_finalize(AggSet *set, int aggno, TransValue *values, bool *ret_isnull)
{
    AggFinal *final = &set->aggs[aggno];
    AggTrans *trans = &set->trans[final->transno];
    TransValue *value = &values[final->transno];
    FunctionCallInfo call = final->call;
    Datum result;

    if (trans->kind != TRANS_GENERIC)
        return finalize_fast(trans, final, value, ret_isnull);
    if (value->sort != NULL)
        drain_sort(set, trans, value);
    if (!final->has_final) {
        *ret_isnull = value->isnull;
        return value->isnull ? (Datum) 0
                             : datum_copy(value->value, final->result_byval, final->result_len);
    }
    if (final->flinfo.fn_strict && value->isnull) {
        *ret_isnull = true;
        return (Datum) 0;
    }
    call->args[0].value = value->value;
    call->args[0].isnull = value->isnull;
    for (int a = 1; a < final->arg_count; a++) {
        call->args[a].value = 0;
        call->args[a].isnull = true;
    }
    if (final->flinfo.fn_strict && final->arg_count > 1) {
        *ret_isnull = true;
        return (Datum) 0;
    }
    call->isnull = false;
    result = FunctionCallInvoke(call);
    *ret_isnull = call->isnull;
    if (!call->isnull && !final->result_byval)
        result = datum_copy(result, false, final->result_len);
    return result;
}
