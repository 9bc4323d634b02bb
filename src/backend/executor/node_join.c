/*
 * node_join.c - what the joins share: pairs of rows gathered into batches
 *
 * Why        A join finds pairs (outer row, inner row). Conditions and target list are programs
 *            over batches, so pairs are gathered column by column into two aligned batches, as many
 *            as fit, and only the columns that the programs read. Values of the inner side are
 *            copied where their owner will not keep them.
 */
#include "base/base.h"
#include "catalog/lsyscache.h"
#include "join_int.h"
#include "parser/nodefuncs.h"

typedef struct FindSide {
    int varno;
    bool *columns;
    int count;
} FindSide;

static bool
find_side_walker(Node *node, FindSide *find)
{
    if (node == NULL)
        return false;
    if (IsA(node, Var)) {
        Var *var = (Var *) node;

        if (var->varno != find->varno)
            return false;
        if (var->varattno == 0)
            memset(find->columns, true, (Size) find->count);
        else if (var->varattno > 0 && var->varattno <= find->count)
            find->columns[var->varattno - 1] = true;
        return false;
    }
    return expression_tree_walker(node, find_side_walker, find);
}

static void
side_init(JoinSide *side, TupleDesc desc, int varno, List *expressions)
{
    FindSide find;
    Size count = (Size) Max(desc->natts, 1);

    side->desc = desc;
    side->needed = (bool *) palloc0(sizeof(bool) * count);
    side->batch.desc = desc;
    side->batch.column_count = desc->natts;
    side->batch.columns = (ColumnVector *) palloc0(sizeof(ColumnVector) * count);
    find = (FindSide){varno, side->needed, desc->natts};
    (void) find_side_walker((Node *) expressions, &find);
}

void
join_pairs_init(JoinPairs *pairs, PlanState *ps, const Join *join, List *more)
{
    EState *estate = ps->estate;
    List *expressions = list_make4(join->plan.targetlist, join->plan.qual, join->joinqual, more);
    ExprCompiler compiler = {.parent = ps, .estate = estate};

    pairs->ps = ps;
    pairs->type = join->jointype;
    side_init(&pairs->outer, ps->left->desc, OUTER_VAR, expressions);
    side_init(&pairs->inner, ps->right->desc, INNER_VAR, expressions);
    pairs->joinqual = expr_compile_qual(ps, estate, join->joinqual);
    ps->qual = expr_compile_qual(ps, estate, join->plan.qual);
    ps->desc = executor_desc_from_targetlist(join->plan.targetlist, false);
    ps->projection = projection_create(&compiler, join->plan.targetlist, ps->desc);
}

static void
side_reserve(JoinSide *side, MemoryContext context, int capacity, int used)
{
    for (int c = 0; c < side->desc->natts; c++) {
        ColumnVector *column = &side->batch.columns[c];
        Datum *values;
        bool *nulls;

        column->ready = true;
        if (!side->needed[c])
            continue;
        values = (Datum *) MemoryContextAlloc(context, sizeof(Datum) * (Size) capacity);
        nulls = (bool *) MemoryContextAlloc(context, sizeof(bool) * (Size) capacity);
        if (column->values != NULL) {
            memcpy(values, column->values, sizeof(Datum) * (Size) used);
            memcpy(nulls, column->nulls, sizeof(bool) * (Size) used);
            pfree(column->values);
            pfree(column->nulls);
        }
        column->values = values;
        column->nulls = nulls;
    }
}

void
join_pairs_reserve(JoinPairs *pairs, int rows)
{
    int capacity = Max(pairs->capacity, 4);
    MemoryContext context = pairs->ps->estate->context;

    if (rows <= pairs->capacity)
        return;
    while (capacity < rows)
        capacity *= 2;
    side_reserve(&pairs->outer, context, capacity, pairs->count);
    side_reserve(&pairs->inner, context, capacity, pairs->count);
    pairs->capacity = capacity;
}

/* Column values of physical row `row` of a batch to row `at` of the pairs. */
void
join_side_put(JoinSide *side, int at, Batch *batch, int row, MemoryContext copy_to)
{
    for (int c = 0; c < side->desc->natts; c++) {
        ColumnVector *from;
        ColumnVector *to = &side->batch.columns[c];

        if (!side->needed[c])
            continue;
        from = batch_column(batch, c);
        to->nulls[at] = from->nulls[row];
        to->values[at] = from->values[row];
        if (copy_to != NULL && !to->nulls[at] && !TupleDescAttr(side->desc, c)->attbyval) {
            MemoryContext old = MemoryContextSwitchTo(copy_to);

            to->values[at] = datum_copy(to->values[at], false,
                                        TupleDescAttr(side->desc, c)->attlen);
            MemoryContextSwitchTo(old);
        }
    }
}

void
join_side_put_row(JoinSide *side, int at, const RowLayout *layout, StoredRow *row)
{
    const uint8 *nulls = row_nulls(layout, row);

    for (int c = 0; c < side->desc->natts; c++) {
        ColumnVector *to = &side->batch.columns[c];

        if (!side->needed[c])
            continue;
        to->values[at] = row->values[c];
        to->nulls[at] = nulls[c] != 0;
    }
}

void
join_side_put_nulls(JoinSide *side, int at)
{
    for (int c = 0; c < side->desc->natts; c++) {
        if (side->needed[c])
            side->batch.columns[c].nulls[at] = true;
    }
}

void
join_pairs_begin(JoinPairs *pairs)
{
    pairs->count = 0;
}

static void
pairs_select_all(JoinPairs *pairs)
{
    JoinSide *sides[2] = {&pairs->outer, &pairs->inner};

    for (int s = 0; s < 2; s++) {
        sides[s]->batch.row_count = pairs->count;
        sides[s]->batch.sel_count = pairs->count;
        sides[s]->batch.sel = NULL;
    }
}

/* Keeps the pairs for which the join condition holds; passed[pair] says which. */
int
join_pairs_match(JoinPairs *pairs, bool *passed)
{
    Batch *outer = &pairs->outer.batch;

    pairs_select_all(pairs);
    if (pairs->joinqual != NULL && pairs->count > 0)
        (void) expr_filter(pairs->joinqual, outer, &pairs->inner.batch, NULL);
    if (passed != NULL) {
        memset(passed, 0, (Size) pairs->count);
        for (int k = 0; k < outer->sel_count; k++)
            passed[batch_row(outer, k)] = true;
    }
    return outer->sel_count;
}

/* Filters by the node's qual and projects those of the pairs that `selected` names (NULL: the
 * current selection); NULL where nothing is left. */
Batch *
join_pairs_output(JoinPairs *pairs, const uint16 *selected, int selected_count)
{
    PlanState *ps = pairs->ps;
    Batch *outer = &pairs->outer.batch;
    int before;

    outer->row_count = pairs->count;
    pairs->inner.batch.row_count = pairs->count;
    if (selected != NULL) {
        outer->sel = (uint16 *) selected;
        outer->sel_count = selected_count;
    }
    pairs->inner.batch.sel = outer->sel;
    pairs->inner.batch.sel_count = outer->sel_count;
    before = outer->sel_count;
    if (before == 0)
        return NULL;
    if (ps->qual != NULL) {
        (void) expr_filter(ps->qual, outer, &pairs->inner.batch, NULL);
        if (ps->instrument != NULL)
            ps->instrument->nfiltered2 += before - outer->sel_count;
        if (outer->sel_count == 0)
            return NULL;
    }
    return projection_run(ps->projection, outer, &pairs->inner.batch, NULL);
}
