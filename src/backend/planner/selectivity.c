/*
 * selectivity.c - which part of the rows a condition lets through
 *
 * Why        Estimates come from what ANALYZE stored of a column: the most common values, a
 *            histogram of the others, the number of distinct values. Where there is nothing,
 *            PostgreSQL's published defaults are used, so that plans look familiar.
 */
#include "planner_int.h"

#include <math.h>

#include "base/fmgr.h"

#define DEFAULT_EQ_SELECTIVITY 0.005
#define DEFAULT_INEQ_SELECTIVITY 0.3333333333333333
#define DEFAULT_RANGE_SELECTIVITY 0.005
#define DEFAULT_MATCH_SELECTIVITY 0.005
#define DEFAULT_UNKNOWN_SELECTIVITY 0.005
#define DEFAULT_DISTINCT_VALUES 200.0
#define DEFAULT_ARRAY_ELEMENTS 10.0

static double
clamp(double selectivity)
{
    return selectivity < 0.0 ? 0.0 : selectivity > 1.0 ? 1.0 : selectivity;
}

static Node *
strip_relabels(Node *node)
{
    while (node && IsA(node, RelabelType))
        node = (Node *) ((RelabelType *) node)->arg;
    return node;
}

static Rel *
rel_of_var(PlannerInfo *root, Var *var)
{
    if (var->varno <= 0 || var->varno >= root->rel_count || var->varlevelsup != 0)
        return NULL;
    return root->base_rels[var->varno];
}

/* A column that alone makes a unique index. */
static bool
is_unique_column(Rel *rel, AttrNumber attno)
{
    ListCell *cell;

    foreach (cell, rel->indexes) {
        IndexInfo *index = lfirst(cell);

        if (index->unique && index->key_count == 1 && index->columns[0] == attno &&
            index->predicate == NIL)
            return true;
    }
    return false;
}

/* Through a subquery to the column behind its output, when that is plain. */
static bool
look_through_subquery(PlannerInfo *root, Rel *rel, Var *var, PlannerInfo **ret_root, Var **ret_var)
{
    if (!rel->subroot || var->varattno <= 0)
        return false;

    Query *sub = rel->subroot->parse;
    TargetEntry *entry = get_tle_by_resno(sub->targetList, var->varattno);

    if (sub->setOperations || sub->groupClause || sub->distinctClause || !entry ||
        !IsA(entry->expr, Var) || ((Var *) entry->expr)->varlevelsup != 0)
        return false;
    *ret_root = rel->subroot;
    *ret_var = (Var *) entry->expr;
    return true;
}

const StatisticInfo *
planner__statistics(PlannerInfo *root, Node *expr, double *ret_tuples, bool *ret_unique)
{
    Node *node = strip_relabels(expr);

    *ret_tuples = 0;
    *ret_unique = false;
    if (!node || !IsA(node, Var))
        return NULL;

    Var *var = (Var *) node;
    Rel *rel = rel_of_var(root, var);

    if (!rel)
        return NULL;
    if (rel->rte->rtekind == RTE_SUBQUERY) {
        PlannerInfo *subroot;
        Var *subvar;

        if (!look_through_subquery(root, rel, var, &subroot, &subvar)) {
            *ret_tuples = rel->tuples;
            return NULL;
        }
        return planner__statistics(subroot, (Node *) subvar, ret_tuples, ret_unique);
    }
    *ret_tuples = rel->tuples;
    if (rel->rte->rtekind != RTE_RELATION || var->varattno == 0)
        return NULL;
    *ret_unique = is_unique_column(rel, var->varattno);
    if (var->varattno < 0)
        return NULL;
    return catalog_statistics(rel->rte->relid, var->varattno, false);
}

double
planner__distinct_values(PlannerInfo *root, Node *expr, double rows)
{
    double tuples, distinct;
    bool unique;
    const StatisticInfo *stats = planner__statistics(root, expr, &tuples, &unique);
    double nullfrac = stats ? stats->nullfrac : 0.0;

    if (exprType(expr) == BOOLOID)
        return 2.0;
    if (unique)
        distinct = -1.0 * (1.0 - nullfrac);
    else if (stats && stats->distinct != 0)
        distinct = stats->distinct;
    else
        distinct = 0;
    if (tuples <= 0)
        tuples = rows;
    if (distinct < 0)
        distinct = -distinct * tuples;
    if (distinct == 0)
        distinct = Min(tuples, DEFAULT_DISTINCT_VALUES);
    return planner__clamp_rows(distinct);
}

/* How many groups rows fall into by these expressions. */
double
planner__group_count(PlannerInfo *root, List *exprs, double rows)
{
    double count = 1.0;
    List *seen = NIL;
    ListCell *cell;

    rows = planner__clamp_rows(rows);
    foreach (cell, exprs) {
        List *vars = planner__columns_of(lfirst(cell));
        ListCell *inner;

        if (IsA(strip_relabels(lfirst(cell)), Var) || vars == NIL) {
            if (vars != NIL && !list_member(seen, linitial(vars))) {
                count *= planner__distinct_values(root, lfirst(cell), rows);
                seen = lappend(seen, linitial(vars));
            }
            continue;
        }
        foreach (inner, vars) {
            if (list_member(seen, lfirst(inner)))
                continue;
            count *= planner__distinct_values(root, lfirst(inner), rows);
            seen = lappend(seen, lfirst(inner));
        }
    }
    /* Several columns are seldom independent. */
    if (list_length(seen) > 1 && count > rows * 0.1)
        count = Max(Min(count, rows * 0.1), planner__distinct_values(root, linitial(seen), rows));
    return planner__clamp_rows(Min(count, rows));
}

/* ---- column against value ---- */

typedef struct Comparison {
    const StatisticInfo *stats;
    double tuples;
    bool unique;
    Node *column, *other;
    bool column_left;
    Oid op; /* with the column on the left */
    Oid collation;
} Comparison;

static double
eq_from_mcv(const Comparison *c, Datum value)
{
    const StatisticSlot *mcv = catalog_statistics_slot(c->stats, STATISTIC_KIND_MCV);
    double sum = 0;
    FmgrInfo equal_fn;

    if (mcv) {
        fmgr_info(get_opcode(c->op), &equal_fn);
        for (int i = 0; i < mcv->value_count; i++) {
            if (DatumGetBool(FunctionCall2Coll(&equal_fn, c->collation, mcv->values[i], value)))
                return mcv->numbers[i];
            sum += mcv->numbers[i];
        }
    }

    double others = planner__clamp_rows(
        (c->stats->distinct < 0 ? -c->stats->distinct * c->tuples : c->stats->distinct) -
        (mcv ? mcv->value_count : 0));
    double selectivity = (1.0 - sum - c->stats->nullfrac) / others;

    if (mcv && mcv->number_count > 0 && selectivity > mcv->numbers[mcv->number_count - 1])
        selectivity = mcv->numbers[mcv->number_count - 1];
    return selectivity;
}

static double
equality(PlannerInfo *root, const Comparison *c)
{
    if (c->unique && c->tuples >= 1)
        return 1.0 / c->tuples;
    if (!c->stats) {
        double distinct = planner__distinct_values(root, c->column, c->tuples);

        return c->tuples > 0 ? 1.0 / distinct : DEFAULT_EQ_SELECTIVITY;
    }
    if (IsA(c->other, Const)) {
        Const *value = (Const *) c->other;

        if (value->constisnull)
            return 0.0;
        return eq_from_mcv(c, value->constvalue);
    }
    return (1.0 - c->stats->nullfrac) /
           planner__distinct_values(root, c->column, c->tuples);
}

/* A number that orders as the value does, for interpolation; false where there is none. */
static bool
to_scale(Oid type, Datum value, double *ret_number)
{
    switch (type) {
    case INT2OID:
        *ret_number = DatumGetInt16(value);
        return true;
    case INT4OID:
    case DATEOID:
        *ret_number = DatumGetInt32(value);
        return true;
    case OIDOID:
        *ret_number = DatumGetObjectId(value);
        return true;
    case INT8OID:
    case TIMESTAMPOID:
    case TIMESTAMPTZOID:
    case TIMEOID:
        *ret_number = (double) DatumGetInt64(value);
        return true;
    case FLOAT4OID:
        *ret_number = DatumGetFloat4(value);
        return true;
    case FLOAT8OID:
        *ret_number = DatumGetFloat8(value);
        return true;
    case NUMERICOID:
        *ret_number = DatumGetFloat8(OidFunctionCall1(1746, value)); /* numeric to float8 */
        return true;
    default:
        return false;
    }
}

/* The part of the histogram below (or up to) the value. */
static double
histogram_below(const StatisticSlot *histogram, FmgrInfo *less, Oid collation, Datum value)
{
    int low = 0, high = histogram->value_count;

    while (low < high) {
        int middle = (low + high) / 2;

        if (DatumGetBool(FunctionCall2Coll(less, collation, histogram->values[middle], value)))
            low = middle + 1;
        else
            high = middle;
    }
    if (low == 0)
        return 0.0;
    if (low >= histogram->value_count)
        return 1.0;

    double from, to, at, within = 0.5;

    if (to_scale(histogram->value_type, histogram->values[low - 1], &from) &&
        to_scale(histogram->value_type, histogram->values[low], &to) &&
        to_scale(histogram->value_type, value, &at) && to > from)
        within = clamp((at - from) / (to - from));
    return (low - 1 + within) / (histogram->value_count - 1);
}

static double
inequality(const Comparison *c, bool is_less)
{
    if (!c->stats || !IsA(c->other, Const))
        return DEFAULT_INEQ_SELECTIVITY;

    Const *value = (Const *) c->other;

    if (value->constisnull)
        return 0.0;

    const StatisticSlot *mcv = catalog_statistics_slot(c->stats, STATISTIC_KIND_MCV);
    const StatisticSlot *histogram = catalog_statistics_slot(c->stats, STATISTIC_KIND_HISTOGRAM);
    double in_mcv = 0, all_mcv = 0, in_histogram = 0.5;
    FmgrInfo op_fn;

    fmgr_info(get_opcode(c->op), &op_fn);
    for (int i = 0; mcv && i < mcv->value_count; i++) {
        all_mcv += mcv->numbers[i];
        if (DatumGetBool(
                FunctionCall2Coll(&op_fn, c->collation, mcv->values[i], value->constvalue)))
            in_mcv += mcv->numbers[i];
    }
    if (histogram && histogram->value_count > 1) {
        TypeCacheEntry *type = lookup_type_cache(histogram->value_type, TYPECACHE_LT_OPR);
        FmgrInfo less;

        if (type->lt_opr && exprType(c->other) == histogram->value_type) {
            fmgr_info(get_opcode(type->lt_opr), &less);

            double below = histogram_below(histogram, &less, c->collation, value->constvalue);

            in_histogram = is_less ? below : 1.0 - below;
            in_histogram = Max(0.0001, Min(0.9999, in_histogram));
        } else {
            in_histogram = DEFAULT_INEQ_SELECTIVITY;
        }
    } else if (!mcv) {
        return DEFAULT_INEQ_SELECTIVITY;
    }
    return in_mcv + in_histogram * Max(0.0, 1.0 - c->stats->nullfrac - all_mcv);
}

/* ---- kinds of operators, told by their estimators' names ---- */

typedef enum OpKind { KIND_EQ, KIND_NE, KIND_LT, KIND_GT, KIND_MATCH, KIND_NOT_MATCH,
                      KIND_OTHER } OpKind;

static OpKind
kind_of(Oid op)
{
    const OperatorInfo *info = catalog_operator(op);

    if (!info)
        return KIND_OTHER;

    const char *name = NameStr(info->oprname);

    if (strcmp(name, "=") == 0)
        return KIND_EQ;
    if (strcmp(name, "<>") == 0)
        return KIND_NE;
    if (strcmp(name, "<") == 0 || strcmp(name, "<=") == 0)
        return KIND_LT;
    if (strcmp(name, ">") == 0 || strcmp(name, ">=") == 0)
        return KIND_GT;
    if (strcmp(name, "~~") == 0 || strcmp(name, "~") == 0 || strcmp(name, "~~*") == 0 ||
        strcmp(name, "~*") == 0)
        return KIND_MATCH;
    if (strcmp(name, "!~~") == 0 || strcmp(name, "!~") == 0 || strcmp(name, "!~~*") == 0 ||
        strcmp(name, "!~*") == 0)
        return KIND_NOT_MATCH;
    return KIND_OTHER;
}

static bool
find_comparison(PlannerInfo *root, OpExpr *op, Comparison *ret)
{
    Node *left = linitial(op->args), *right = lsecond(op->args);
    bool left_has = planner__columns_of(left) != NIL;
    bool right_has = planner__columns_of(right) != NIL;

    if (left_has == right_has)
        return false;
    ret->column_left = left_has;
    ret->column = left_has ? left : right;
    ret->other = strip_relabels(left_has ? right : left);
    ret->op = left_has ? op->opno : get_commutator(op->opno);
    ret->collation = op->inputcollid;
    ret->stats = planner__statistics(root, ret->column, &ret->tuples, &ret->unique);
    return ret->op != InvalidOid;
}

static double
join_equality(PlannerInfo *root, OpExpr *op, JoinType jointype)
{
    Node *left = linitial(op->args), *right = lsecond(op->args);
    double tuples_left, tuples_right;
    bool unique_left, unique_right;
    const StatisticInfo *a = planner__statistics(root, left, &tuples_left, &unique_left);
    const StatisticInfo *b = planner__statistics(root, right, &tuples_right, &unique_right);
    double distinct_left = planner__distinct_values(root, left, Max(tuples_left, 1));
    double distinct_right = planner__distinct_values(root, right, Max(tuples_right, 1));
    double not_null = (1.0 - (a ? a->nullfrac : 0)) * (1.0 - (b ? b->nullfrac : 0));

    return not_null / Max(distinct_left, distinct_right);
}

static double
op_selectivity(PlannerInfo *root, OpExpr *op, JoinType jointype)
{
    Comparison c = {0};
    OpKind kind = kind_of(op->opno);

    if (list_length(op->args) != 2)
        return DEFAULT_INEQ_SELECTIVITY;
    if (bms_membership(planner__relids_of((Node *) op)) == BMS_MULTIPLE) {
        if (kind == KIND_EQ)
            return join_equality(root, op, jointype);
        if (kind == KIND_NE)
            return 1.0 - join_equality(root, op, jointype);
        return DEFAULT_INEQ_SELECTIVITY;
    }
    if (!find_comparison(root, op, &c))
        return kind == KIND_EQ ? DEFAULT_EQ_SELECTIVITY : DEFAULT_INEQ_SELECTIVITY;
    if (!c.column_left)
        kind = kind_of(c.op);
    switch (kind) {
    case KIND_EQ:
        return equality(root, &c);
    case KIND_NE:
        c.op = get_negator(c.op);
        if (!c.op)
            return 1.0 - DEFAULT_EQ_SELECTIVITY;
        return 1.0 - equality(root, &c) - (c.stats ? c.stats->nullfrac : 0);
    case KIND_LT:
        return inequality(&c, true);
    case KIND_GT:
        return inequality(&c, false);
    case KIND_MATCH:
        return DEFAULT_MATCH_SELECTIVITY;
    case KIND_NOT_MATCH:
        return 1.0 - DEFAULT_MATCH_SELECTIVITY;
    default:
        return DEFAULT_INEQ_SELECTIVITY;
    }
}

static double
array_op_selectivity(PlannerInfo *root, ScalarArrayOpExpr *op, JoinType jointype)
{
    OpExpr single = {
        .xpr.type = T_OpExpr,
        .opno = op->opno,
        .opresulttype = BOOLOID,
        .inputcollid = op->inputcollid,
        .args = list_make2(linitial(op->args), linitial(op->args)),
    };
    Node *array = strip_relabels(lsecond(op->args));
    double count = DEFAULT_ARRAY_ELEMENTS, one;
    Param unknown = {.xpr.type = T_Param, .paramkind = PARAM_EXTERN, .paramtype = UNKNOWNOID};

    if (IsA(array, ArrayExpr))
        count = list_length(((ArrayExpr *) array)->elements);
    else if (IsA(array, Const) && !((Const *) array)->constisnull)
        count = Max(1, DatumGetInt32(OidFunctionCall1(3179, ((Const *) array)->constvalue)));
    single.args = list_make2(linitial(op->args), &unknown);
    one = op_selectivity(root, &single, jointype);
    if (op->useOr)
        return kind_of(op->opno) == KIND_EQ ? count * one : 1.0 - pow(1.0 - one, count);
    return pow(one, count);
}

static double
null_test_selectivity(PlannerInfo *root, NullTest *test)
{
    double tuples;
    bool unique;
    const StatisticInfo *stats =
        planner__statistics(root, (Node *) test->arg, &tuples, &unique);
    double null_part = stats ? stats->nullfrac : DEFAULT_UNKNOWN_SELECTIVITY;

    return test->nulltesttype == IS_NULL ? null_part : 1.0 - null_part;
}

static double
bool_var_selectivity(PlannerInfo *root, Node *var)
{
    Comparison c = {.column = var, .op = BooleanEqualOperator, .column_left = true};
    Const value = {.xpr.type = T_Const, .consttype = BOOLOID, .constvalue = BoolGetDatum(true)};

    c.other = (Node *) &value;
    c.stats = planner__statistics(root, var, &c.tuples, &c.unique);
    return c.stats ? equality(root, &c) : 0.5;
}

double
planner__clause_selectivity(PlannerInfo *root, Node *clause, JoinType jointype)
{
    double result = 0.5;
    ListCell *cell;

    if (clause == NULL)
        return 1.0;
    switch (nodeTag(clause)) {
    case T_Const:
        result = ((Const *) clause)->constisnull ? 0.0
                 : DatumGetBool(((Const *) clause)->constvalue) ? 1.0 : 0.0;
        break;
    case T_BoolExpr:
        switch (((BoolExpr *) clause)->boolop) {
        case AND_EXPR:
            result = planner__list_selectivity(root, ((BoolExpr *) clause)->args, jointype);
            break;
        case OR_EXPR:
            result = 0.0;
            foreach (cell, ((BoolExpr *) clause)->args) {
                double arm = planner__clause_selectivity(root, lfirst(cell), jointype);

                result = result + arm - result * arm;
            }
            break;
        case NOT_EXPR:
            result = 1.0 - planner__clause_selectivity(
                               root, linitial(((BoolExpr *) clause)->args), jointype);
            break;
        }
        break;
    case T_OpExpr:
        result = op_selectivity(root, (OpExpr *) clause, jointype);
        break;
    case T_ScalarArrayOpExpr:
        result = array_op_selectivity(root, (ScalarArrayOpExpr *) clause, jointype);
        break;
    case T_NullTest:
        result = null_test_selectivity(root, (NullTest *) clause);
        break;
    case T_Var:
        result = bool_var_selectivity(root, clause);
        break;
    case T_RelabelType:
        result = planner__clause_selectivity(root, (Node *) ((RelabelType *) clause)->arg,
                                             jointype);
        break;
    case T_RowCompareExpr:
        result = DEFAULT_INEQ_SELECTIVITY;
        break;
    case T_DistinctExpr:
        result = 1.0 - DEFAULT_EQ_SELECTIVITY;
        break;
    case T_FuncExpr:
        result = 0.3333333;
        break;
    default:
        break;
    }
    return clamp(result);
}

/* Two bounds of one column are a range, not independent conditions. */
static bool
is_range_pair(OpExpr *a, OpExpr *b)
{
    if (!equal(linitial(a->args), linitial(b->args)))
        return false;

    OpKind x = kind_of(a->opno), y = kind_of(b->opno);

    return (x == KIND_LT && y == KIND_GT) || (x == KIND_GT && y == KIND_LT);
}

double
planner__list_selectivity(PlannerInfo *root, List *clauses, JoinType jointype)
{
    double result = 1.0;
    Bitmapset *done = NULL;

    for (int i = 0; i < list_length(clauses); i++) {
        Node *clause = list_nth(clauses, i);
        double one;

        if (bms_is_member(i, done))
            continue;
        one = planner__clause_selectivity(root, clause, jointype);
        for (int j = i + 1; IsA(clause, OpExpr) && j < list_length(clauses); j++) {
            Node *other = list_nth(clauses, j);

            if (bms_is_member(j, done) || !IsA(other, OpExpr) ||
                list_length(((OpExpr *) clause)->args) != 2 ||
                list_length(((OpExpr *) other)->args) != 2 ||
                !is_range_pair((OpExpr *) clause, (OpExpr *) other))
                continue;

            double second = planner__clause_selectivity(root, other, jointype);

            done = bms_add_member(done, j);
            if (one == DEFAULT_INEQ_SELECTIVITY || second == DEFAULT_INEQ_SELECTIVITY)
                one = DEFAULT_RANGE_SELECTIVITY;
            else
                one = Max(one + second - 1.0, DEFAULT_RANGE_SELECTIVITY / 50);
            break;
        }
        result *= one;
    }
    return clamp(result);
}

double
planner__clauses_selectivity(PlannerInfo *root, List *clauses)
{
    return planner__list_selectivity(root, planner__exprs_of(clauses), JOIN_INNER);
}
