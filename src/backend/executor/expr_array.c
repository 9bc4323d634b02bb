/*
 * expr_array.c - arrays in expression programs: ARRAY[], subscripts, op ANY/ALL (array)
 */
#include "base/base.h"
#include "catalog/catalog.h"
#include "catalog/lsyscache.h"
#include "executor_int.h"
#include "parser/nodefuncs.h"
#include "sortkey_int.h"
#include "types/array.h"

/* ---- scalar op ANY/ALL (array) ---- */

#define ANY_SORTED_MIN 5

typedef struct AnyAll {
    FmgrInfo function;
    Oid collation;
    bool any;
    bool is_const;  /* the array is a constant: taken apart once */
    int64 *sorted;  /* constant integer array tested by equality, long enough to search */
    int sorted_count;
    bool sorted_null; /* the constant array has a null member */
    int element_bytes;
} AnyAll;

static void
step_any_all(ExprProgram *p, const ExprStep *step)
{
    AnyAll *any = (AnyAll *) step->data;
    const ExprReg *a = &p->regs[step->a];
    const ExprReg *b = &p->regs[step->b];
    ExprReg *reg = &p->regs[step->result];
    ArrayType *array = NULL;

    EXPR_FOR_ROWS(p, i)
    {
        bool result;

        if (b->nulls[i & b->mask]) {
            reg->nulls[i] = true;
            continue;
        }
        if (array == NULL || b->mask != 0)
            array = DatumGetArrayTypeP(b->values[i & b->mask]);
        result = array_any_all(&any->function, any->collation, a->values[i & a->mask],
                               a->nulls[i & a->mask], array, any->any, &reg->nulls[i]);
        reg->values[i] = BoolGetDatum(result);
    }
}

static bool
sorted_contains(const AnyAll *any, int64 value)
{
    int low = 0;
    int high = any->sorted_count - 1;

    while (low <= high) {
        int middle = (low + high) / 2;

        if (any->sorted[middle] == value)
            return true;
        if (any->sorted[middle] < value)
            low = middle + 1;
        else
            high = middle - 1;
    }
    return false;
}

static int64
integer_of(Datum value, int bytes)
{
    return bytes == 8 ? DatumGetInt64(value)
                      : bytes == 4 ? DatumGetInt32(value) : DatumGetInt16(value);
}

static void
step_any_sorted(ExprProgram *p, const ExprStep *step)
{
    AnyAll *any = (AnyAll *) step->data;
    const ExprReg *a = &p->regs[step->a];
    ExprReg *reg = &p->regs[step->result];

    EXPR_FOR_ROWS(p, i)
    {
        bool found;

        if (a->nulls[i & a->mask]) {
            reg->nulls[i] = any->sorted_count > 0 || any->sorted_null;
            reg->values[i] = BoolGetDatum(false);
            continue;
        }
        found = sorted_contains(any, integer_of(a->values[i & a->mask], any->element_bytes));
        reg->values[i] = BoolGetDatum(found);
        reg->nulls[i] = !found && any->sorted_null;
    }
}

static int
compare_int64(const void *a, const void *b)
{
    int64 x = *(const int64 *) a;
    int64 y = *(const int64 *) b;

    return x < y ? -1 : x > y;
}

/* Integer constants tested for equality are searched, not scanned. */
static bool
any_all_sort(AnyAll *any, Oid funcid, Const *con)
{
    Datum *elements;
    bool *nulls;
    int count;

    if (funcid != 65 && funcid != 467 && funcid != 63)
        return false;
    any->element_bytes = funcid == 467 ? 8 : funcid == 65 ? 4 : 2;
    array_deconstruct(DatumGetArrayTypeP(con->constvalue), &elements, &nulls, &count);
    if (count < ANY_SORTED_MIN)
        return false;
    any->sorted = (int64 *) palloc(sizeof(int64) * (Size) count);
    for (int i = 0; i < count; i++) {
        if (nulls != NULL && nulls[i])
            any->sorted_null = true;
        else
            any->sorted[any->sorted_count++] = integer_of(elements[i], any->element_bytes);
    }
    qsort(any->sorted, (size_t) any->sorted_count, sizeof(int64), compare_int64);
    return true;
}

static int
compile_any_all(ExprCompiler *c, ScalarArrayOpExpr *expr)
{
    Oid funcid = OidIsValid(expr->opfuncid) ? expr->opfuncid : get_opcode(expr->opno);
    AnyAll *any = (AnyAll *) palloc0(sizeof(AnyAll));
    Expr *array = (Expr *) lsecond(expr->args);
    ExprKernel kernel = step_any_all;
    int a, b, reg;
    ExprStep *step;

    fmgr_info(funcid, &any->function);
    any->function.fn_expr = (Node *) expr;
    any->collation = expr->inputcollid;
    any->any = expr->useOr;
    if (any->any && IsA(array, Const) && !((Const *) array)->constisnull &&
        any_all_sort(any, funcid, (Const *) array))
        kernel = step_any_sorted;
    a = expr_compile_into(c, (Expr *) linitial(expr->args));
    b = expr_compile_into(c, array);
    reg = expr_new_reg(c->program);
    step = expr_emit(c->program, kernel);
    step->a = a;
    step->b = b;
    step->result = reg;
    step->data = any;
    return reg;
}

/* ---- ARRAY[...] ---- */

typedef struct ArrayMake {
    Oid element_type;
    int16 typlen;
    bool typbyval;
    char typalign;
    bool multidims;
    int count;
    int regs[];
} ArrayMake;

/* Builds an array whose members are arrays of equal shape; null members count as empty. */
static Datum
array_of_arrays(ArrayMake *make, const Datum *values, const bool *nulls)
{
    int dims[MAXDIM], lbs[MAXDIM];
    int inner_dims[MAXDIM] = {0};
    int inner_ndim = 0;
    int used = 0;
    Datum *elements = NULL;
    bool *element_nulls = NULL;
    int total = 0;

    for (int i = 0; i < make->count; i++) {
        ArrayType *array;
        Datum *part;
        bool *part_nulls;
        int part_count;

        if (nulls[i])
            continue;
        array = DatumGetArrayTypeP(values[i]);
        if (ARR_ELEMTYPE(array) != make->element_type)
            ereport(ERROR, (errcode(ERRCODE_DATATYPE_MISMATCH), errmsg("cannot merge incompatible arrays")));
        if (ARR_NDIM(array) == 0)
            continue;
        if (used == 0) {
            inner_ndim = ARR_NDIM(array);
            memcpy(inner_dims, ARR_DIMS(array), sizeof(int) * (Size) inner_ndim);
            if (inner_ndim + 1 > MAXDIM)
                ereport(ERROR,
                        (errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
                         errmsg("number of array dimensions (%d) exceeds the maximum allowed (%d)",
                                inner_ndim + 1, MAXDIM)));
        } else if (ARR_NDIM(array) != inner_ndim ||
                   memcmp(inner_dims, ARR_DIMS(array), sizeof(int) * (Size) inner_ndim) != 0)
            ereport(ERROR, (errcode(ERRCODE_ARRAY_SUBSCRIPT_ERROR),
                            errmsg("multidimensional arrays must have array expressions with "
                                   "matching dimensions")));
        array_deconstruct(array, &part, &part_nulls, &part_count);
        if (elements == NULL) {
            elements = (Datum *) palloc(sizeof(Datum) * (Size) part_count * (Size) make->count);
            element_nulls = (bool *) palloc0(sizeof(bool) * (Size) part_count *
                                             (Size) make->count);
        }
        for (int k = 0; k < part_count; k++) {
            elements[total] = part[k];
            element_nulls[total++] = part_nulls != NULL && part_nulls[k];
        }
        used++;
    }
    if (used == 0)
        return PointerGetDatum(construct_empty_array(make->element_type));
    if (used != make->count)
        ereport(ERROR, (errcode(ERRCODE_ARRAY_SUBSCRIPT_ERROR),
                        errmsg("multidimensional arrays must have array expressions with "
                               "matching dimensions")));
    dims[0] = used;
    lbs[0] = 1;
    for (int d = 0; d < inner_ndim; d++) {
        dims[d + 1] = inner_dims[d];
        lbs[d + 1] = 1;
    }
    return PointerGetDatum(construct_md_array(elements, element_nulls, inner_ndim + 1, dims, lbs,
                                              make->element_type, make->typlen, make->typbyval,
                                              make->typalign));
}

static void
step_array_make(ExprProgram *p, const ExprStep *step)
{
    ArrayMake *make = (ArrayMake *) step->data;
    ExprReg *reg = &p->regs[step->result];
    Datum *values = (Datum *) palloc(sizeof(Datum) * (Size) Max(make->count, 1));
    bool *nulls = (bool *) palloc(sizeof(bool) * (Size) Max(make->count, 1));

    EXPR_FOR_ROWS(p, i)
    {
        int dims[1] = {make->count};
        int lbs[1] = {1};

        for (int k = 0; k < make->count; k++) {
            const ExprReg *a = &p->regs[make->regs[k]];

            values[k] = a->values[i & a->mask];
            nulls[k] = a->nulls[i & a->mask];
        }
        reg->nulls[i] = false;
        if (make->multidims)
            reg->values[i] = array_of_arrays(make, values, nulls);
        else if (make->count == 0)
            reg->values[i] = PointerGetDatum(construct_empty_array(make->element_type));
        else
            reg->values[i] = PointerGetDatum(
                construct_md_array(values, nulls, 1, dims, lbs, make->element_type, make->typlen,
                                   make->typbyval, make->typalign));
    }
}

static int
compile_array_make(ExprCompiler *c, ArrayExpr *expr)
{
    int count = list_length(expr->elements);
    ArrayMake *make = (ArrayMake *) palloc0(sizeof(ArrayMake) + sizeof(int) * (Size) (count + 1));
    int reg;
    ExprStep *step;
    ListCell *lc;

    make->element_type = expr->element_typeid;
    make->multidims = expr->multidims;
    get_typlenbyvalalign(make->element_type, &make->typlen, &make->typbyval, &make->typalign);
    foreach (lc, expr->elements)
        make->regs[make->count++] = expr_compile_into(c, (Expr *) lfirst(lc));
    reg = expr_new_reg(c->program);
    step = expr_emit(c->program, step_array_make);
    step->result = reg;
    step->data = make;
    return reg;
}

/* ---- subscripts ---- */

typedef struct Subscript {
    bool slice;
    bool assign;
    bool fixed; /* int2vector and the like: fixed element type, plain call */
    int upper_count;
    int upper[MAXDIM]; /* registers; -1: omitted */
    int lower[MAXDIM];
    int value;         /* register of the assigned value */
    int16 container_len;
    int16 typlen;
    bool typbyval;
    char typalign;
    Oid element_type;
} Subscript;

/* Reads one bound; false where it is null. */
static bool
subscript_bounds(ExprProgram *p, const Subscript *sub, int i, const int *regs, int *ret_bounds,
                 bool *ret_given)
{
    for (int d = 0; d < sub->upper_count; d++) {
        const ExprReg *a;

        ret_given[d] = regs[d] >= 0;
        ret_bounds[d] = 0;
        if (regs[d] < 0)
            continue;
        a = &p->regs[regs[d]];
        if (a->nulls[i & a->mask]) {
            if (sub->assign)
                ereport(ERROR, (errcode(ERRCODE_NULL_VALUE_NOT_ALLOWED),
                                errmsg("array subscript in assignment must not be null")));
            return false;
        }
        ret_bounds[d] = DatumGetInt32(a->values[i & a->mask]);
    }
    return true;
}

static void
subscript_assign(ExprProgram *p, Subscript *sub, int i, ExprReg *reg, const int *upper,
                 const int *lower, const bool *upper_given, const bool *lower_given)
{
    const ExprReg *value = &p->regs[sub->value];
    Datum container = reg->values[i];

    if (reg->nulls[i]) {
        if (sub->slice && value->nulls[i & value->mask])
            return;
        container = PointerGetDatum(construct_empty_array(sub->element_type));
    }
    if (sub->slice)
        reg->values[i] = array_set_slice(container, sub->upper_count, (int *) upper,
                                         (int *) lower, (bool *) upper_given,
                                         (bool *) lower_given, value->values[i & value->mask],
                                         value->nulls[i & value->mask], sub->container_len,
                                         sub->typlen, sub->typbyval, sub->typalign);
    else
        reg->values[i] = array_set_element(container, sub->upper_count, (int *) upper,
                                           value->values[i & value->mask],
                                           value->nulls[i & value->mask], sub->container_len,
                                           sub->typlen, sub->typbyval, sub->typalign);
    reg->nulls[i] = false;
}

static void
step_subscript(ExprProgram *p, const ExprStep *step)
{
    Subscript *sub = (Subscript *) step->data;
    const ExprReg *a = &p->regs[step->a];
    ExprReg *reg = &p->regs[step->result];

    EXPR_FOR_ROWS(p, i)
    {
        int upper[MAXDIM], lower[MAXDIM];
        bool upper_given[MAXDIM], lower_given[MAXDIM];

        reg->values[i] = a->values[i & a->mask];
        reg->nulls[i] = a->nulls[i & a->mask];
        if (reg->nulls[i] && !sub->assign)
            continue;
        if (!subscript_bounds(p, sub, i, sub->upper, upper, upper_given) ||
            (sub->slice && !subscript_bounds(p, sub, i, sub->lower, lower, lower_given)))
            reg->nulls[i] = true;
        else if (sub->assign)
            subscript_assign(p, sub, i, reg, upper, lower, upper_given, lower_given);
        else if (sub->slice)
            reg->values[i] = array_get_slice(reg->values[i], sub->upper_count, upper, lower,
                                             upper_given, lower_given, sub->container_len,
                                             sub->typlen, sub->typbyval, sub->typalign);
        else
            reg->values[i] = array_get_element(reg->values[i], sub->upper_count, upper,
                                               sub->container_len, sub->typlen, sub->typbyval,
                                               sub->typalign, &reg->nulls[i]);
    }
}

static void
compile_bounds(ExprCompiler *c, List *exprs, int *regs)
{
    int d = 0;
    ListCell *lc;

    foreach (lc, exprs) {
        if (d >= MAXDIM)
            ereport(ERROR,
                    (errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
                     errmsg("number of array dimensions (%d) exceeds the maximum allowed (%d)",
                            list_length(exprs), MAXDIM)));
        regs[d++] = lfirst(lc) == NULL ? -1 : expr_compile_into(c, (Expr *) lfirst(lc));
    }
}

static int
compile_subscript(ExprCompiler *c, SubscriptingRef *expr)
{
    Subscript *sub = (Subscript *) palloc0(sizeof(Subscript));
    int a = expr_compile_into(c, expr->refexpr);
    int reg;
    ExprStep *step;

    sub->slice = expr->reflowerindexpr != NIL;
    sub->assign = expr->refassgnexpr != NULL;
    sub->upper_count = list_length(expr->refupperindexpr);
    sub->element_type = expr->refelemtype;
    sub->container_len = get_typlen(expr->refcontainertype);
    get_typlenbyvalalign(expr->refelemtype, &sub->typlen, &sub->typbyval, &sub->typalign);
    compile_bounds(c, expr->refupperindexpr, sub->upper);
    compile_bounds(c, expr->reflowerindexpr, sub->lower);
    if (sub->assign)
        sub->value = expr_compile_into(c, expr->refassgnexpr);
    reg = expr_new_reg(c->program);
    step = expr_emit(c->program, step_subscript);
    step->a = a;
    step->result = reg;
    step->data = sub;
    return reg;
}

/* ---- casts of arrays ---- */

typedef struct ArrayCast {
    ExprProgram *element; /* computes one element from its `input` register */
    int input;
    Oid result_type;
    int16 typlen;
    bool typbyval;
    char typalign;
} ArrayCast;

static void
step_array_cast(ExprProgram *p, const ExprStep *step)
{
    ArrayCast *cast = (ArrayCast *) step->data;
    const ExprReg *a = &p->regs[step->a];
    ExprReg *reg = &p->regs[step->result];

    EXPR_FOR_ROWS(p, i)
    {
        ArrayType *array;
        Datum *values;
        bool *nulls;
        int count;

        reg->nulls[i] = a->nulls[i & a->mask];
        if (reg->nulls[i])
            continue;
        array = DatumGetArrayTypeP(a->values[i & a->mask]);
        array_deconstruct(array, &values, &nulls, &count);
        if (count == 0) {
            reg->values[i] = PointerGetDatum(construct_empty_array(cast->result_type));
            continue;
        }
        if (nulls == NULL)
            nulls = (bool *) palloc0(sizeof(bool) * (Size) count);
        for (int k = 0; k < count; k++) {
            cast->element->regs[cast->input].values[0] = values[k];
            cast->element->regs[cast->input].nulls[0] = nulls[k];
            values[k] = expr_run_scalar(cast->element, &nulls[k]);
        }
        reg->values[i] = PointerGetDatum(
            construct_md_array(values, nulls, ARR_NDIM(array), ARR_DIMS(array), ARR_LBOUND(array),
                               cast->result_type, cast->typlen, cast->typbyval, cast->typalign));
    }
}

static int
compile_array_cast(ExprCompiler *c, ArrayCoerceExpr *expr)
{
    ArrayCast *cast = (ArrayCast *) palloc0(sizeof(ArrayCast));
    ExprCompiler inner = {.parent = c->parent, .estate = c->estate};
    int a = expr_compile_into(c, expr->arg);
    int reg;
    ExprStep *step;

    cast->element = expr_program_create(&inner);
    cast->element->eval_context = NULL;
    cast->element->params = c->program->params;
    cast->input = expr_const_reg(cast->element, 0, true);
    inner.case_reg = cast->input;
    inner.domain_reg = -1;
    cast->element->outputs = (int *) palloc(sizeof(int));
    cast->element->outputs[0] = expr_compile_into(&inner, expr->elemexpr);
    cast->element->output_count = 1;
    cast->result_type = get_element_type(expr->resulttype);
    get_typlenbyvalalign(cast->result_type, &cast->typlen, &cast->typbyval, &cast->typalign);
    reg = expr_new_reg(c->program);
    step = expr_emit(c->program, step_array_cast);
    step->a = a;
    step->result = reg;
    step->data = cast;
    return reg;
}

int
expr_compile_array(ExprCompiler *c, Expr *expr)
{
    switch (nodeTag(expr)) {
    case T_ArrayExpr:
        return compile_array_make(c, (ArrayExpr *) expr);
    case T_ScalarArrayOpExpr:
        return compile_any_all(c, (ScalarArrayOpExpr *) expr);
    case T_SubscriptingRef:
        return compile_subscript(c, (SubscriptingRef *) expr);
    default:
        return compile_array_cast(c, (ArrayCoerceExpr *) expr);
    }
}
