/*
 * indexkeys.c - index conditions as scan keys whose arguments are computed at each rescan
 */
#include "base/base.h"
#include "catalog/catalog.h"
#include "catalog/lsyscache.h"
#include "indexkeys_int.h"
#include "parser/nodefuncs.h"
#include "types/array.h"

static Expr *
strip_relabel(Expr *expr)
{
    while (IsA(expr, RelabelType))
        expr = ((RelabelType *) expr)->arg;
    return expr;
}

static AttrNumber
key_column(Expr *expr)
{
    Var *var = (Var *) strip_relabel(expr);

    if (!IsA(var, Var) || var->varno != INDEX_VAR)
        elog(ERROR, "index condition does not have the index column on the left");
    return var->varattno;
}

static void
key_set(IndexKeys *keys, Relation index, AttrNumber attno, Oid op, Oid collation, int flags,
        int output)
{
    ScanKeyData *key = &keys->keys[keys->count];
    int strategy;
    Oid left, right;

    get_op_opfamily_properties(op, index->rd_opfamily[attno - 1], false, &strategy, &left,
                               &right);
    memset(key, 0, sizeof(*key));
    key->sk_flags = flags;
    key->sk_attno = attno;
    key->sk_strategy = (StrategyNumber) strategy;
    key->sk_subtype = right;
    key->sk_collation = collation;
    keys->output[keys->count++] = output;
}

static void
key_add(IndexKeys *keys, Relation index, Expr *qual, List **arguments)
{
    if (IsA(qual, OpExpr)) {
        OpExpr *op = (OpExpr *) qual;

        key_set(keys, index, key_column((Expr *) linitial(op->args)), op->opno, op->inputcollid, 0,
                list_length(*arguments));
        *arguments = lappend(*arguments, lsecond(op->args));
    } else if (IsA(qual, ScalarArrayOpExpr)) {
        ScalarArrayOpExpr *op = (ScalarArrayOpExpr *) qual;

        keys->element_type[keys->count] =
            get_base_element_type(exprType((Node *) lsecond(op->args)));
        key_set(keys, index, key_column((Expr *) linitial(op->args)), op->opno, op->inputcollid,
                SK_SEARCHARRAY, list_length(*arguments));
        *arguments = lappend(*arguments, lsecond(op->args));
        if (keys->keys[keys->count - 1].sk_strategy != BTEqualStrategyNumber)
            elog(ERROR, "only equality to an array's members can be an index condition");
    } else if (IsA(qual, NullTest)) {
        NullTest *test = (NullTest *) qual;
        ScanKeyData *key = &keys->keys[keys->count];

        memset(key, 0, sizeof(*key));
        key->sk_attno = key_column(test->arg);
        key->sk_flags = SK_ISNULL | (test->nulltesttype == IS_NULL ? SK_SEARCHNULL
                                                                   : SK_SEARCHNOTNULL);
        keys->output[keys->count++] = -1;
    } else if (IsA(qual, RowCompareExpr)) {
        /* the first columns alone, including equality; the rest is checked on the row */
        RowCompareExpr *row = (RowCompareExpr *) qual;
        Oid op = linitial_oid(row->opnos);
        AttrNumber attno = key_column((Expr *) linitial(row->largs));
        ScanKeyData *key;

        key_set(keys, index, attno, op, linitial_oid(row->inputcollids), 0,
                list_length(*arguments));
        key = &keys->keys[keys->count - 1];
        if (key->sk_strategy == BTLessStrategyNumber)
            key->sk_strategy = BTLessEqualStrategyNumber;
        else if (key->sk_strategy == BTGreaterStrategyNumber)
            key->sk_strategy = BTGreaterEqualStrategyNumber;
        *arguments = lappend(*arguments, linitial(row->rargs));
        keys->inexact = true;
    } else
        elog(ERROR, "unsupported index condition: node %d", (int) nodeTag(qual));
}

void
index_keys_init(IndexKeys *keys, PlanState *ps, Relation index, List *quals)
{
    Size count = (Size) (list_length(quals) + 1);
    List *arguments = NIL;
    ListCell *lc;

    memset(keys, 0, sizeof(*keys));
    keys->keys = (ScanKeyData *) palloc0(sizeof(ScanKeyData) * count);
    keys->output = (int *) palloc0(sizeof(int) * count);
    keys->element_type = (Oid *) palloc0(sizeof(Oid) * count);
    foreach (lc, quals)
        key_add(keys, index, (Expr *) lfirst(lc), &arguments);
    keys->context = AllocSetContextCreate(ps->estate->context, "index keys",
                                          ALLOCSET_SMALL_SIZES);
    if (arguments != NIL) {
        keys->program = expr_compile_list(ps, ps->estate, arguments);
        keys->program->eval_context = keys->context;
    }
}

/* Members of the array that are present; false where there are none. */
static bool
key_set_array(IndexKeys *keys, int k, Datum value)
{
    MemoryContext old = MemoryContextSwitchTo(keys->context);
    ScanKeyArray *array = (ScanKeyArray *) palloc0(sizeof(ScanKeyArray));
    Datum *elements;
    bool *nulls;
    int count;

    array_deconstruct(DatumGetArrayTypeP(value), &elements, &nulls, &count);
    array->values = elements;
    for (int e = 0; e < count; e++) {
        if (nulls == NULL || !nulls[e])
            array->values[array->count++] = elements[e];
    }
    keys->keys[k].sk_argument = PointerGetDatum(array);
    MemoryContextSwitchTo(old);
    return array->count > 0;
}

bool
index_keys_evaluate(IndexKeys *keys)
{
    bool possible = true;

    if (keys->program == NULL)
        return true;
    MemoryContextReset(keys->context);
    expr_run(keys->program, NULL, NULL, NULL);
    for (int k = 0; k < keys->count; k++) {
        bool isnull;
        Datum value;

        if (keys->output[k] < 0)
            continue;
        value = expr_output(keys->program, keys->output[k], 0, &isnull);
        if (isnull)
            possible = false;
        else if (keys->keys[k].sk_flags & SK_SEARCHARRAY)
            possible &= key_set_array(keys, k, value);
        else
            keys->keys[k].sk_argument = value;
    }
    return possible;
}
