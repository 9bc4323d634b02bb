/*
 * expr_row.c - composite values in expression programs: ROW(), fields, whole rows, row comparison
 */
#include "base/base.h"
#include "catalog/catalog.h"
#include "catalog/lsyscache.h"
#include "catalog/typcache.h"
#include "executor_int.h"
#include "heap/tuple.h"
#include "parser/nodefuncs.h"
#include "sortkey_int.h"

/* ---- ROW(...) and whole rows ---- */

typedef struct RowMake {
    TupleDesc desc;
    int count;
    int *regs; /* NULL: the columns of an input batch */
    Datum *values;
    bool *nulls;
} RowMake;

static Datum
row_make_datum(RowMake *make)
{
    HeapTuple tuple = heap_form_tuple(make->desc, make->values, make->nulls);
    Datum result = heap_copy_tuple_as_datum(tuple, make->desc);

    heap_freetuple(tuple);
    return result;
}

static void
step_row_make(ExprProgram *p, const ExprStep *step)
{
    RowMake *make = (RowMake *) step->data;
    ExprReg *reg = &p->regs[step->result];

    EXPR_FOR_ROWS(p, i)
    {
        for (int k = 0; k < make->count; k++) {
            const ExprReg *a = &p->regs[make->regs[k]];

            make->values[k] = a->values[i & a->mask];
            make->nulls[k] = a->nulls[i & a->mask];
        }
        reg->values[i] = row_make_datum(make);
        reg->nulls[i] = false;
    }
}

static RowMake *
row_make_create(TupleDesc desc)
{
    RowMake *make = (RowMake *) palloc0(sizeof(RowMake));
    Size count = (Size) Max(desc->natts, 1);

    make->desc = desc;
    make->values = (Datum *) palloc0(sizeof(Datum) * count);
    make->nulls = (bool *) palloc0(sizeof(bool) * count);
    return make;
}

static TupleDesc
row_expr_desc(RowExpr *expr)
{
    TupleDesc desc;
    int attno = 1;
    ListCell *lc;
    ListCell *name = list_head(expr->colnames);

    if (expr->row_typeid != RECORDOID)
        return lookup_rowtype_tupdesc_copy(expr->row_typeid, -1);
    desc = CreateTemplateTupleDesc(list_length(expr->args));
    foreach (lc, expr->args) {
        Node *arg = (Node *) lfirst(lc);

        TupleDescInitEntry(desc, attno, name != NULL ? strVal(lfirst(name)) : psprintf("f%d", attno),
                           exprType(arg), exprTypmod(arg), 0);
        TupleDescInitEntryCollation(desc, attno, exprCollation(arg));
        if (name != NULL)
            name = lnext(expr->colnames, name);
        attno++;
    }
    assign_record_type_typmod(desc);
    return desc;
}

static int
compile_row(ExprCompiler *c, RowExpr *expr)
{
    RowMake *make = row_make_create(row_expr_desc(expr));
    int reg;
    ExprStep *step;
    ListCell *lc;

    make->regs = (int *) palloc(sizeof(int) * (Size) Max(make->desc->natts, 1));
    foreach (lc, expr->args)
        make->regs[make->count++] = expr_compile_into(c, (Expr *) lfirst(lc));
    while (make->count < make->desc->natts)
        make->regs[make->count++] = expr_const_reg(c->program, 0, true);
    reg = expr_new_reg(c->program);
    step = expr_emit(c->program, step_row_make);
    step->result = reg;
    step->data = make;
    return reg;
}

static void
step_whole_row(ExprProgram *p, const ExprStep *step)
{
    RowMake *make = (RowMake *) step->data;
    Batch *input = p->inputs[step->a];
    ExprReg *reg = &p->regs[step->result];

    if (make->desc == NULL) {
        MemoryContext old = MemoryContextSwitchTo(p->context);

        make->desc = CreateTupleDescCopy(input->desc);
        if (make->desc->tdtypeid == RECORDOID && make->desc->tdtypmod < 0)
            assign_record_type_typmod(make->desc);
        make->values = (Datum *) palloc0(sizeof(Datum) * (Size) Max(input->column_count, 1));
        make->nulls = (bool *) palloc0(sizeof(bool) * (Size) Max(input->column_count, 1));
        MemoryContextSwitchTo(old);
    }
    batch_decode_all(input);
    EXPR_FOR_ROWS(p, i)
    {
        batch_get_row(input, i, make->values, make->nulls);
        reg->values[i] = row_make_datum(make);
        reg->nulls[i] = false;
    }
}

static int
compile_whole_row(ExprCompiler *c, Var *var)
{
    RowMake *make = (RowMake *) palloc0(sizeof(RowMake));
    int reg = expr_new_reg(c->program);
    ExprStep *step = expr_emit(c->program, step_whole_row);

    step->a = EXPR_INPUT_OUTER;
    if (c->scan_rti != 0)
        step->a = (Index) var->varno == c->scan_rti ? EXPR_INPUT_OUTER : EXPR_INPUT_INNER;
    else if (var->varno == INNER_VAR)
        step->a = EXPR_INPUT_INNER;
    step->result = reg;
    step->data = make;
    if (var->vartype != RECORDOID) {
        TupleDesc desc = lookup_rowtype_tupdesc_copy(var->vartype, -1);

        make->desc = desc;
        make->values = (Datum *) palloc0(sizeof(Datum) * (Size) Max(desc->natts, 1));
        make->nulls = (bool *) palloc0(sizeof(bool) * (Size) Max(desc->natts, 1));
    }
    return reg;
}

/* ---- fields ---- */

typedef struct RowField {
    Oid desc_type; /* of `desc` */
    int32 desc_typmod;
    TupleDesc desc;
    int fieldnum;
} RowField;

static TupleDesc
row_field_desc(ExprProgram *p, RowField *field, Oid type, int32 typmod)
{
    if (field->desc == NULL || field->desc_type != type || field->desc_typmod != typmod) {
        MemoryContext old = MemoryContextSwitchTo(p->context);

        field->desc = lookup_rowtype_tupdesc_copy(type, typmod);
        field->desc_type = type;
        field->desc_typmod = typmod;
        MemoryContextSwitchTo(old);
    }
    return field->desc;
}

static void
step_field(ExprProgram *p, const ExprStep *step)
{
    RowField *field = (RowField *) step->data;
    const ExprReg *a = &p->regs[step->a];
    ExprReg *reg = &p->regs[step->result];

    EXPR_FOR_ROWS(p, i)
    {
        HeapTupleData tuple;
        Oid type;
        int32 typmod;
        TupleDesc desc;

        reg->nulls[i] = a->nulls[i & a->mask];
        if (reg->nulls[i])
            continue;
        heap_tuple_from_datum(PointerGetDatum(PG_DETOAST_DATUM(a->values[i & a->mask])), &tuple,
                              &type, &typmod);
        desc = row_field_desc(p, field, type, typmod);
        if (field->fieldnum > desc->natts || TupleDescAttr(desc, field->fieldnum - 1)->attisdropped)
            reg->nulls[i] = true;
        else
            reg->values[i] = heap_getattr(&tuple, field->fieldnum, desc, &reg->nulls[i]);
    }
}

static int
compile_field(ExprCompiler *c, FieldSelect *expr)
{
    RowField *field = (RowField *) palloc0(sizeof(RowField));
    int a = expr_compile_into(c, expr->arg);
    int reg = expr_new_reg(c->program);
    ExprStep *step = expr_emit(c->program, step_field);

    field->fieldnum = expr->fieldnum;
    step->a = a;
    step->result = reg;
    step->data = field;
    return reg;
}

/* ROW IS [NOT] NULL: every field is, or none is. */
static void
step_row_null_test(ExprProgram *p, const ExprStep *step)
{
    RowField *field = (RowField *) step->data;
    const ExprReg *a = &p->regs[step->a];
    ExprReg *reg = &p->regs[step->result];
    bool want_null = step->number == IS_NULL;

    EXPR_FOR_ROWS(p, i)
    {
        HeapTupleData tuple;
        Oid type;
        int32 typmod;
        TupleDesc desc;
        bool result = true;

        reg->nulls[i] = false;
        if (a->nulls[i & a->mask]) {
            reg->values[i] = BoolGetDatum(want_null);
            continue;
        }
        heap_tuple_from_datum(PointerGetDatum(PG_DETOAST_DATUM(a->values[i & a->mask])), &tuple,
                              &type, &typmod);
        desc = row_field_desc(p, field, type, typmod);
        for (int k = 1; k <= desc->natts && result; k++) {
            if (!TupleDescAttr(desc, k - 1)->attisdropped)
                result = heap_attisnull(&tuple, k, desc) == want_null;
        }
        reg->values[i] = BoolGetDatum(result);
    }
}

static int
compile_row_null_test(ExprCompiler *c, NullTest *expr)
{
    int a = expr_compile_into(c, expr->arg);
    int reg = expr_new_reg(c->program);
    ExprStep *step = expr_emit(c->program, step_row_null_test);

    step->a = a;
    step->result = reg;
    step->number = (int) expr->nulltesttype;
    step->data = palloc0(sizeof(RowField));
    return reg;
}

/* ---- (a, b) < (c, d) ---- */

typedef struct RowCompare {
    RowCompareType type;
    int count;
    SortKey *keys;
    int *left;
    int *right;
} RowCompare;

static bool
row_compare_result(RowCompareType type, int order)
{
    switch (type) {
    case ROWCOMPARE_LT:
        return order < 0;
    case ROWCOMPARE_LE:
        return order <= 0;
    case ROWCOMPARE_EQ:
        return order == 0;
    case ROWCOMPARE_GE:
        return order >= 0;
    case ROWCOMPARE_GT:
        return order > 0;
    case ROWCOMPARE_NE:
        return order != 0;
    }
    return false;
}

static void
step_row_compare(ExprProgram *p, const ExprStep *step)
{
    RowCompare *compare = (RowCompare *) step->data;
    ExprReg *reg = &p->regs[step->result];

    EXPR_FOR_ROWS(p, i)
    {
        int order = 0;

        reg->nulls[i] = false;
        for (int k = 0; k < compare->count && order == 0; k++) {
            const ExprReg *a = &p->regs[compare->left[k]];
            const ExprReg *b = &p->regs[compare->right[k]];

            if (a->nulls[i & a->mask] || b->nulls[i & b->mask]) {
                reg->nulls[i] = true;
                break;
            }
            order = sort_key_compare_raw(&compare->keys[k], a->values[i & a->mask],
                                         b->values[i & b->mask]);
        }
        reg->values[i] = BoolGetDatum(row_compare_result(compare->type, order));
    }
}

static int
compile_row_compare(ExprCompiler *c, RowCompareExpr *expr)
{
    RowCompare *compare = (RowCompare *) palloc0(sizeof(RowCompare));
    Size count = (Size) list_length(expr->largs);
    int reg;
    ExprStep *step;

    compare->type = expr->rctype;
    compare->count = (int) count;
    compare->keys = (SortKey *) palloc0(sizeof(SortKey) * count);
    compare->left = (int *) palloc(sizeof(int) * count);
    compare->right = (int *) palloc(sizeof(int) * count);
    for (int k = 0; k < compare->count; k++) {
        Oid op = list_nth_oid(expr->opnos, k);
        Oid family = list_nth_oid(expr->opfamilies, k);
        int strategy;
        Oid left, right;

        get_op_opfamily_properties(op, family, false, &strategy, &left, &right);
        sort_key_init_cmp(&compare->keys[k], 0, get_opfamily_proc(family, left, right, BTORDER_PROC),
                          list_nth_oid(expr->inputcollids, k));
        compare->left[k] = expr_compile_into(c, (Expr *) list_nth(expr->largs, k));
        compare->right[k] = expr_compile_into(c, (Expr *) list_nth(expr->rargs, k));
    }
    reg = expr_new_reg(c->program);
    step = expr_emit(c->program, step_row_compare);
    step->result = reg;
    step->data = compare;
    return reg;
}

int
expr_compile_row(ExprCompiler *c, Expr *expr)
{
    switch (nodeTag(expr)) {
    case T_RowExpr:
        return compile_row(c, (RowExpr *) expr);
    case T_Var:
        return compile_whole_row(c, (Var *) expr);
    case T_FieldSelect:
        return compile_field(c, (FieldSelect *) expr);
    case T_NullTest:
        return compile_row_null_test(c, (NullTest *) expr);
    case T_RowCompareExpr:
        return compile_row_compare(c, (RowCompareExpr *) expr);
    case T_FieldStore:
        ereport(ERROR, (errcode(ERRCODE_FEATURE_NOT_SUPPORTED),
                        errmsg("assignment to a field of a composite column is not supported")));
        break;
    default:
        ereport(ERROR, (errcode(ERRCODE_FEATURE_NOT_SUPPORTED),
                        errmsg("conversion between row types is not supported")));
    }
}
