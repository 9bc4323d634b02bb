/*
 * expr_run.c - running expression programs over batches
 *
 * Why        A program is a flat array of steps; each runs over all selected rows before the next
 *            begins, so that the cost of finding out what to do is paid once per batch. What must
 *            not be evaluated (the second arm of an AND, a CASE branch) is cut off by narrowing
 *            the selection, not by branching per row.
 * Invariants
 *   E1. A register's entry for a row means something only if the row was selected when the step
 *       that sets it ran.
 *   E2. Columns of inputs are decoded for the batch's own selection, which contains every
 *       selection inside the program.
 */
#include "base/base.h"
#include "executor_int.h"

#define CAPACITY_MIN 4

static void
expr_reserve(ExprProgram *p, int rows)
{
    int capacity = Max(p->capacity, CAPACITY_MIN);
    MemoryContext old;

    if (likely(rows <= p->capacity))
        return;
    while (capacity < rows)
        capacity *= 2;
    old = MemoryContextSwitchTo(p->context);
    for (int i = 0; i < p->reg_count; i++) {
        ExprReg *reg = &p->regs[i];

        if (!reg->owned)
            continue;
        if (reg->values != NULL) {
            pfree(reg->values);
            pfree(reg->nulls);
        }
        reg->values = (Datum *) palloc(sizeof(Datum) * (Size) capacity);
        reg->nulls = (bool *) palloc(sizeof(bool) * (Size) capacity);
    }
    for (int i = 0; i < p->buf_count; i++) {
        if (p->bufs[i] != NULL)
            pfree(p->bufs[i]);
        p->bufs[i] = (uint16 *) palloc(sizeof(uint16) * (Size) capacity);
    }
    MemoryContextSwitchTo(old);
    p->capacity = capacity;
}

static inline void
expr_begin(ExprProgram *p, Batch *outer, Batch *inner, Batch *extra)
{
    Batch *base = outer != NULL ? outer : inner != NULL ? inner : extra;

    p->inputs[EXPR_INPUT_OUTER] = outer;
    p->inputs[EXPR_INPUT_INNER] = inner;
    p->inputs[EXPR_INPUT_EXTRA] = extra;
    if (base != NULL) {
        p->sel = base->sel;
        p->n = base->sel_count;
        p->row_count = base->row_count;
    } else {
        p->sel = NULL;
        p->n = 1;
        p->row_count = 1;
    }
    expr_reserve(p, p->row_count);
}

static inline void
expr_steps(ExprProgram *p)
{
    MemoryContext old = CurrentMemoryContext;

    if (p->eval_context != NULL)
        MemoryContextSwitchTo(p->eval_context);
    p->pc = 0;
    while (p->pc < p->step_count) {
        const ExprStep *step = &p->steps[p->pc++];

        step->run(p, step);
    }
    MemoryContextSwitchTo(old);
}

void
expr_run(ExprProgram *p, Batch *outer, Batch *inner, Batch *extra)
{
    expr_begin(p, outer, inner, extra);
    expr_steps(p);
}

int
expr_filter(ExprProgram *p, Batch *outer, Batch *inner, Batch *extra)
{
    expr_begin(p, outer, inner, extra);
    if (p->n > 0)
        expr_steps(p);
    if (outer != NULL) {
        outer->sel = (uint16 *) p->sel;
        outer->sel_count = p->n;
    }
    return p->n;
}

Datum
expr_run_scalar(ExprProgram *p, bool *ret_isnull)
{
    expr_begin(p, NULL, NULL, NULL);
    expr_steps(p);
    return expr_output(p, 0, 0, ret_isnull);
}
