/*
 * node.c - what all plan nodes have in common: making, asking, rescanning, giving back
 *
 * A node that does not depend on what changed keeps its results (a sort stays sorted): see X2.
 */
#include <time.h>

#include "base/base.h"
#include "buffer/buffer.h"
#include "executor_int.h"

typedef PlanState *(*NodeInit)(const Plan *plan, EState *estate, int eflags);

static NodeInit
node_init_function(const Plan *plan)
{
    switch (nodeTag(plan)) {
    case T_Result:
        return exec_init_result;
    case T_ProjectSet:
        return exec_init_project_set;
    case T_ModifyTable:
        return exec_init_modify_table;
    case T_Append:
        return exec_init_append;
    case T_MergeAppend:
        return exec_init_merge_append;
    case T_RecursiveUnion:
        return exec_init_recursive_union;
    case T_BitmapAnd:
        return exec_init_bitmap_and;
    case T_BitmapOr:
        return exec_init_bitmap_or;
    case T_SeqScan:
        return exec_init_seq_scan;
    case T_IndexScan:
        return exec_init_index_scan;
    case T_IndexOnlyScan:
        return exec_init_index_only_scan;
    case T_BitmapIndexScan:
        return exec_init_bitmap_index_scan;
    case T_BitmapHeapScan:
        return exec_init_bitmap_heap_scan;
    case T_TidScan:
        return exec_init_tid_scan;
    case T_SubqueryScan:
        return exec_init_subquery_scan;
    case T_FunctionScan:
        return exec_init_function_scan;
    case T_ValuesScan:
        return exec_init_values_scan;
    case T_CteScan:
        return exec_init_cte_scan;
    case T_WorkTableScan:
        return exec_init_work_table_scan;
    case T_NestLoop:
        return exec_init_nest_loop;
    case T_MergeJoin:
        return exec_init_merge_join;
    case T_HashJoin:
        return exec_init_hash_join;
    case T_Hash:
        return exec_init_hash;
    case T_Material:
        return exec_init_material;
    case T_Sort:
    case T_IncrementalSort:
        return exec_init_sort;
    case T_Group:
        return exec_init_group;
    case T_Agg:
        return exec_init_agg;
    case T_WindowAgg:
        return exec_init_window_agg;
    case T_Unique:
        return exec_init_unique;
    case T_SetOp:
        return exec_init_set_op;
    case T_LockRows:
        return exec_init_lock_rows;
    case T_Limit:
        return exec_init_limit;
    default:
        ereport(ERROR, (errcode(ERRCODE_FEATURE_NOT_SUPPORTED),
                        errmsg("plan node type %d is not supported", (int) nodeTag(plan))));
    }
}

/* ---- sets of parameter slots ---- */

void
exec_note_param(PlanState *ps, int slot)
{
    ps->all_params[slot / 64] |= UINT64_C(1) << (slot % 64);
}

void
exec_mark_slot(PlanState *ps, int slot)
{
    uint64 bit = UINT64_C(1) << (slot % 64);

    if (ps->all_params[slot / 64] & bit) {
        ps->changed[slot / 64] |= bit;
        ps->any_changed = true;
    }
}

void
exec_mark_changed(PlanState *ps, const uint64 *slots)
{
    for (int w = 0; w < ps->estate->param_words; w++) {
        uint64 hit = slots[w] & ps->all_params[w];

        ps->changed[w] |= hit;
        if (hit != 0)
            ps->any_changed = true;
    }
}

static void
note_child_params(PlanState *ps, const PlanState *child)
{
    for (int w = 0; w < ps->estate->param_words; w++)
        ps->all_params[w] |= child->all_params[w];
}

/* ---- making ---- */

PlanState *
exec_make_node(Size size, const Plan *plan, EState *estate, const PlanNodeOps *ops)
{
    PlanState *ps = (PlanState *) palloc0(size);

    ps->type = T_PlanState;
    ps->plan = plan;
    ps->estate = estate;
    ps->ops = ops;
    ps->all_params = (uint64 *) palloc0(sizeof(uint64) * (Size) estate->param_words);
    ps->changed = (uint64 *) palloc0(sizeof(uint64) * (Size) estate->param_words);
    ps->batch_context = AllocSetContextCreate(estate->context, "executor batch",
                                              ALLOCSET_SMALL_SIZES);
    exec_note_param(ps, estate->rewind_slot);
    if (estate->instrument_options != 0) {
        ps->instrument = (Instrumentation *) palloc0(sizeof(Instrumentation));
        ps->instrument->need_timer = (estate->instrument_options & INSTRUMENT_TIMER) != 0;
    }
    return ps;
}

PlanState *
exec_add_child(PlanState *ps, const Plan *plan, int eflags)
{
    PlanState *child = exec_init_node(plan, ps->estate, eflags);
    Size size = sizeof(PlanState *) * (Size) (ps->child_count + 1);

    ps->children = ps->children == NULL ? (PlanState **) palloc(size)
                                        : (PlanState **) repalloc(ps->children, size);
    ps->children[ps->child_count++] = child;
    return child;
}

PlanState *
exec_init_node(const Plan *plan, EState *estate, int eflags)
{
    PlanState *ps;
    ListCell *lc;

    if (plan == NULL)
        return NULL;
    ps = node_init_function(plan)(plan, estate, eflags);
    foreach (lc, plan->initPlan) {
        SubPlan *subplan = lfirst_node(SubPlan, lc);

        if (subplan->subLinkType == CTE_SUBLINK) {
            SubPlanState *cte = (SubPlanState *) palloc0(sizeof(SubPlanState));

            cte->subplan = subplan;
            cte->estate = estate;
            cte->planstate = estate->subplan_states[subplan->plan_id - 1];
            note_child_params(ps, cte->planstate);
            ps->sub_plans = lappend(ps->sub_plans, cte);
            continue;
        }
        ps->init_plans = lappend(ps->init_plans, subplan_init(ps, estate, subplan));
    }
    exec_finish_init(ps);
    return ps;
}

/* The node depends on all that its children depend on. */
void
exec_finish_init(PlanState *ps)
{
    if (ps->left != NULL)
        note_child_params(ps, ps->left);
    if (ps->right != NULL)
        note_child_params(ps, ps->right);
    for (int i = 0; i < ps->child_count; i++)
        note_child_params(ps, ps->children[i]);
}

/* True where the target list is just the input's columns in order. */
static bool
targetlist_is_identity(List *targetlist, TupleDesc input)
{
    int column = 1;
    ListCell *lc;

    if (list_length(targetlist) != input->natts)
        return false;
    foreach (lc, targetlist) {
        TargetEntry *tle = lfirst_node(TargetEntry, lc);
        Var *var = (Var *) tle->expr;

        if (!IsA(var, Var) || var->varattno != column || var->varno == INNER_VAR ||
            TupleDescAttr(input, column - 1)->attisdropped)
            return false;
        column++;
    }
    return true;
}

void
exec_init_projection(PlanState *ps, TupleDesc input)
{
    ExprCompiler compiler = {.parent = ps, .estate = ps->estate};

    ps->desc = executor_desc_from_targetlist(ps->plan->targetlist, false);
    ps->qual = expr_compile_qual(ps, ps->estate, ps->plan->qual);
    if (input == NULL || !targetlist_is_identity(ps->plan->targetlist, input))
        ps->projection = projection_create(&compiler, ps->plan->targetlist, ps->desc);
}

Batch *
exec_project(PlanState *ps, Batch *input)
{
    if (ps->projection == NULL)
        return input;
    return projection_run(ps->projection, input, NULL, NULL);
}

bool
exec_filter(PlanState *ps, Batch *input)
{
    int before = input->sel_count;

    if (ps->qual == NULL)
        return before > 0;
    if (before == 0)
        return false;
    (void) expr_filter(ps->qual, input, NULL, NULL);
    exec_count_filtered(ps, before - input->sel_count);
    return input->sel_count > 0;
}

int
exec_rows_max(EState *estate, int rows_max)
{
    return Min(rows_max, estate->batch_rows);
}

/* ---- asking ---- */

static int64
now_ns(void)
{
    struct timespec ts;

    clock_gettime(CLOCK_MONOTONIC, &ts);
    return (int64) ts.tv_sec * 1000000000 + ts.tv_nsec;
}

/* Adds the loop that has ended to the sums. */
static void
instrument_end_loop(Instrumentation *in)
{
    if (!in->running)
        return;
    in->startup_s += (double) in->first_row_ns / 1e9;
    in->total_s += (double) in->elapsed_ns / 1e9;
    in->ntuples += in->loop_rows;
    in->nloops += 1;
    in->running = false;
    in->elapsed_ns = 0;
    in->first_row_ns = 0;
    in->loop_rows = 0;
}

static Batch *
next_instrumented(PlanState *ps, int rows_max)
{
    Instrumentation *in = ps->instrument;
    bool buffers = (ps->estate->instrument_options & INSTRUMENT_BUFFERS) != 0;
    BufferUsage before = {0};
    int64 start = 0;
    bool first = !in->running || in->loop_rows == 0;
    Batch *batch;

    in->running = true;
    if (buffers)
        before = buffer_usage;
    if (in->need_timer)
        start = now_ns();
    batch = ps->ops->next(ps, rows_max);
    if (in->need_timer)
        in->elapsed_ns += now_ns() - start;
    if (buffers) {
        in->shared_hit += buffer_usage.shared_blks_hit - before.shared_blks_hit;
        in->shared_read += buffer_usage.shared_blks_read - before.shared_blks_read;
        in->shared_dirtied += buffer_usage.shared_blks_dirtied - before.shared_blks_dirtied;
        in->shared_written += buffer_usage.shared_blks_written - before.shared_blks_written;
    }
    if (first)
        in->first_row_ns = in->elapsed_ns;
    if (batch != NULL)
        in->loop_rows += batch->sel_count;
    return batch;
}

Batch *
exec_next_slow(PlanState *ps, int rows_max)
{
    if (ps->any_changed)
        exec_rescan(ps);
    if (ps->instrument != NULL)
        return next_instrumented(ps, rows_max);
    return ps->ops->next(ps, rows_max);
}

/* ---- starting again ---- */

static bool
depends_on_change(const PlanState *ps, const uint64 *slots)
{
    for (int w = 0; w < ps->estate->param_words; w++) {
        if (ps->all_params[w] & slots[w])
            return true;
    }
    return false;
}

void
exec_rescan(PlanState *ps)
{
    ListCell *lc;

    if (ps->instrument != NULL)
        instrument_end_loop(ps->instrument);
    if (ps->any_changed) {
        foreach (lc, ps->init_plans) {
            SubPlanState *init = (SubPlanState *) lfirst(lc);

            if (depends_on_change(init->planstate, ps->changed)) {
                exec_mark_changed(init->planstate, ps->changed);
                subplan_reset(init);
            }
        }
        foreach (lc, ps->sub_plans)
            exec_mark_changed(((SubPlanState *) lfirst(lc))->planstate, ps->changed);
        if (ps->left != NULL)
            exec_mark_changed(ps->left, ps->changed);
        if (ps->right != NULL)
            exec_mark_changed(ps->right, ps->changed);
        for (int i = 0; i < ps->child_count; i++)
            exec_mark_changed(ps->children[i], ps->changed);
    }
    MemoryContextReset(ps->batch_context);
    if (ps->ops->rescan != NULL)
        ps->ops->rescan(ps);
    memset(ps->changed, 0, sizeof(uint64) * (Size) ps->estate->param_words);
    ps->any_changed = false;
}

void
exec_suspend_node(PlanState *ps)
{
    if (ps == NULL)
        return;
    if (ps->instrument != NULL)
        instrument_end_loop(ps->instrument);
    if (ps->ops->suspend != NULL)
        ps->ops->suspend(ps);
    exec_suspend_node(ps->left);
    exec_suspend_node(ps->right);
    for (int i = 0; i < ps->child_count; i++)
        exec_suspend_node(ps->children[i]);
}
