/*
 * explain_node.c - EXPLAIN's plan tree: one entry per node with what PostgreSQL says of it
 */
#include "explain_int.h"

#include "catalog/typcache.h"

static void explain_node(Explain *es, ExplainLevel *level, const char *relationship,
                         const char *plan_name);

/* ---- names of the range table ---- */

List *
explain_choose_names(List *rtable)
{
    List *names = NIL;

    foreach_ptr (RangeTblEntry, rte, rtable) {
        const char *base = rte->alias != NULL      ? rte->alias->aliasname
                           : rte->rtekind == RTE_RELATION ? get_rel_name(rte->relid)
                           : rte->rtekind == RTE_JOIN     ? NULL
                           : rte->eref != NULL            ? rte->eref->aliasname
                                                          : NULL;
        char *name = base != NULL ? pstrdup(base) : NULL;
        bool taken = name != NULL;

        for (int n = 1; taken; n++) {
            taken = false;
            foreach_ptr (char, other, names)
                taken = taken || (other != NULL && strcmp(other, name) == 0);
            if (taken)
                name = psprintf("%s_%d", base, n);
        }
        names = lappend(names, name);
    }
    return names;
}

/* ---- measured figures ---- */

static Instrumentation *
figures_of(Explain *es, const Plan *plan)
{
    PlanState *ps = es->analyze ? executor_find_planstate(es->qd, plan->plan_node_id) : NULL;

    return ps != NULL ? executor_instrumentation(ps) : NULL;
}

/* Sums with the loop that is still open. */
static Instrumentation
totals(const Instrumentation *in)
{
    Instrumentation all = *in;

    if (in->running) {
        all.startup_s += (double) in->first_row_ns / 1e9;
        all.total_s += (double) in->elapsed_ns / 1e9;
        all.ntuples += in->loop_rows;
        all.nloops += 1;
    }
    return all;
}

static bool
detail_number(Explain *es, const Plan *plan, ExecutorDetailKind kind, int64 *ret)
{
    PlanState *ps = es->analyze ? executor_find_planstate(es->qd, plan->plan_node_id) : NULL;
    const char *text;

    return ps != NULL && executor_detail(ps, kind, ret, &text);
}

static const char *
detail_text(Explain *es, const Plan *plan, ExecutorDetailKind kind)
{
    PlanState *ps = es->analyze ? executor_find_planstate(es->qd, plan->plan_node_id) : NULL;
    const char *text = NULL;
    int64 number;

    return ps != NULL && executor_detail(ps, kind, &number, &text) ? text : NULL;
}

static void
show_removed(Explain *es, const Plan *plan, const char *label, int which)
{
    Instrumentation *in = figures_of(es, plan);
    double count;
    double loops;

    if (in == NULL)
        return;
    count = which == 2 ? in->nfiltered2 : in->nfiltered1;
    loops = totals(in).nloops;
    if (count > 0 || es->format != EXPLAIN_TEXT)
        explain_number(es, label, NULL, loops > 0 ? count / loops : 0, 0);
}

void
explain_buffer_counts(Explain *es, int64 hit, int64 read, int64 dirtied, int64 written)
{
    const struct {
        const char *label;
        const char *json;
        int64 count;
    } counts[] = {{"hit", "Shared Hit Blocks", hit},
                  {"read", "Shared Read Blocks", read},
                  {"dirtied", "Shared Dirtied Blocks", dirtied},
                  {"written", "Shared Written Blocks", written}};

    if (es->format == EXPLAIN_JSON) {
        for (int i = 0; i < 4; i++)
            explain_number(es, counts[i].json, NULL, (double) counts[i].count, 0);
        return;
    }
    if (hit <= 0 && read <= 0 && dirtied <= 0 && written <= 0)
        return;
    explain_indent(es);
    appendStringInfoString(&es->out, "Buffers: shared");
    for (int i = 0; i < 4; i++)
        if (counts[i].count > 0)
            appendStringInfo(&es->out, " %s=%lld", counts[i].label, (long long) counts[i].count);
    appendStringInfoChar(&es->out, '\n');
}

/* ---- what a node is called ---- */

static const char *
join_kind(JoinType jointype)
{
    switch (jointype) {
        case JOIN_LEFT:
            return "Left";
        case JOIN_FULL:
            return "Full";
        case JOIN_RIGHT:
            return "Right";
        case JOIN_SEMI:
            return "Semi";
        case JOIN_ANTI:
            return "Anti";
        default:
            return "Inner";
    }
}

/* The text format's name; *ret_type JSON's "Node Type". */
static const char *
node_name(const Plan *plan, const char **ret_type)
{
    static const struct {
        NodeTag tag;
        const char *name;
    } names[] = {{T_Result, "Result"},
                 {T_ProjectSet, "ProjectSet"},
                 {T_Append, "Append"},
                 {T_MergeAppend, "Merge Append"},
                 {T_RecursiveUnion, "Recursive Union"},
                 {T_BitmapAnd, "BitmapAnd"},
                 {T_BitmapOr, "BitmapOr"},
                 {T_NestLoop, "Nested Loop"},
                 {T_HashJoin, "Hash Join"},
                 {T_MergeJoin, "Merge Join"},
                 {T_SeqScan, "Seq Scan"},
                 {T_SampleScan, "Sample Scan"},
                 {T_IndexScan, "Index Scan"},
                 {T_IndexOnlyScan, "Index Only Scan"},
                 {T_BitmapIndexScan, "Bitmap Index Scan"},
                 {T_BitmapHeapScan, "Bitmap Heap Scan"},
                 {T_TidScan, "Tid Scan"},
                 {T_TidRangeScan, "Tid Range Scan"},
                 {T_SubqueryScan, "Subquery Scan"},
                 {T_FunctionScan, "Function Scan"},
                 {T_ValuesScan, "Values Scan"},
                 {T_CteScan, "CTE Scan"},
                 {T_WorkTableScan, "WorkTable Scan"},
                 {T_Material, "Materialize"},
                 {T_Memoize, "Memoize"},
                 {T_Sort, "Sort"},
                 {T_IncrementalSort, "Incremental Sort"},
                 {T_Group, "Group"},
                 {T_WindowAgg, "WindowAgg"},
                 {T_Unique, "Unique"},
                 {T_LockRows, "LockRows"},
                 {T_Limit, "Limit"},
                 {T_Hash, "Hash"}};

    *ret_type = NULL;
    if (IsA(plan, ModifyTable)) {
        CmdType operation = ((const ModifyTable *) plan)->operation;

        *ret_type = "ModifyTable";
        return operation == CMD_INSERT ? "Insert" : operation == CMD_UPDATE ? "Update" : "Delete";
    }
    if (IsA(plan, Agg)) {
        AggStrategy strategy = ((const Agg *) plan)->aggstrategy;

        *ret_type = "Aggregate";
        return strategy == AGG_PLAIN    ? "Aggregate"
               : strategy == AGG_SORTED ? "GroupAggregate"
               : strategy == AGG_HASHED ? "HashAggregate"
                                        : "MixedAggregate";
    }
    if (IsA(plan, SetOp)) {
        *ret_type = "SetOp";
        return ((const SetOp *) plan)->strategy == SETOP_HASHED ? "HashSetOp" : "SetOp";
    }
    for (size_t i = 0; i < lengthof(names); i++)
        if (names[i].tag == nodeTag(plan)) {
            *ret_type = names[i].name;
            if (IsA(plan, NestLoop) || IsA(plan, HashJoin) || IsA(plan, MergeJoin)) {
                JoinType jointype = ((const Join *) plan)->jointype;

                if (jointype == JOIN_INNER)
                    return names[i].name;
                return psprintf("%s %s Join",
                                IsA(plan, NestLoop)   ? "Nested Loop"
                                : IsA(plan, HashJoin) ? "Hash"
                                                      : "Merge",
                                join_kind(jointype));
            }
            return names[i].name;
        }
    *ret_type = "???";
    return "???";
}

static const char *
setop_command(SetOpCmd cmd)
{
    switch (cmd) {
        case SETOPCMD_INTERSECT:
            return "Intersect";
        case SETOPCMD_INTERSECT_ALL:
            return "Intersect All";
        case SETOPCMD_EXCEPT:
            return "Except";
        default:
            return "Except All";
    }
}

static void
show_target(Explain *es, Index rti, const Plan *plan)
{
    const RangeTblEntry *rte = rt_fetch((int) rti, es->plan->rtable);
    const char *refname = list_nth(es->names, (int) rti - 1);
    const char *object = NULL;
    const char *schema = NULL;
    const char *label = "Alias";
    List *functions = IsA(plan, FunctionScan) ? ((const FunctionScan *) plan)->functions : NIL;

    if (rte->rtekind == RTE_RELATION) {
        label = "Relation Name";
        object = get_rel_name(rte->relid);
        if (es->verbose)
            schema = get_namespace_name(get_rel_namespace(rte->relid));
    } else if (rte->rtekind == RTE_CTE) {
        label = "CTE Name";
        object = rte->ctename;
    } else if (list_length(functions) == 1) {
        const RangeTblFunction *function = linitial(functions);

        label = "Function Name";
        if (IsA(function->funcexpr, FuncExpr)) {
            Oid funcid = ((const FuncExpr *) function->funcexpr)->funcid;

            object = get_func_name(funcid);
            if (es->verbose)
                schema = get_namespace_name(get_func_namespace(funcid));
        }
    }
    if (refname == NULL)
        refname = rte->eref != NULL ? rte->eref->aliasname : "?";
    if (es->format == EXPLAIN_JSON) {
        if (object != NULL)
            explain_text(es, label, object);
        if (schema != NULL)
            explain_text(es, "Schema", schema);
        explain_text(es, "Alias", refname);
        return;
    }
    appendStringInfoString(&es->out, " on");
    if (schema != NULL)
        appendStringInfo(&es->out, " %s.%s", quote_identifier(schema), quote_identifier(object));
    else if (object != NULL)
        appendStringInfo(&es->out, " %s", quote_identifier(object));
    if (object == NULL || strcmp(refname, object) != 0)
        appendStringInfo(&es->out, " %s", quote_identifier(refname));
}

static void
show_index(Explain *es, Oid index, ScanDirection direction, bool has_direction)
{
    const char *name = get_rel_name(index);

    if (es->format == EXPLAIN_JSON) {
        if (has_direction)
            explain_text(es, "Scan Direction",
                         direction == BackwardScanDirection ? "Backward" : "Forward");
        explain_text(es, "Index Name", name);
        return;
    }
    if (direction == BackwardScanDirection)
        appendStringInfoString(&es->out, " Backward");
    appendStringInfo(&es->out, has_direction ? " using %s" : " on %s", quote_identifier(name));
}

static void
show_place(Explain *es, Plan *plan)
{
    switch (nodeTag(plan)) {
        case T_IndexScan:
            show_index(es, ((IndexScan *) plan)->indexid, ((IndexScan *) plan)->indexorderdir,
                       true);
            show_target(es, ((Scan *) plan)->scanrelid, plan);
            break;
        case T_IndexOnlyScan:
            show_index(es, ((IndexOnlyScan *) plan)->indexid,
                       ((IndexOnlyScan *) plan)->indexorderdir, true);
            show_target(es, ((Scan *) plan)->scanrelid, plan);
            break;
        case T_BitmapIndexScan:
            show_index(es, ((BitmapIndexScan *) plan)->indexid, ForwardScanDirection, false);
            break;
        case T_SeqScan:
        case T_SampleScan:
        case T_BitmapHeapScan:
        case T_TidScan:
        case T_TidRangeScan:
        case T_SubqueryScan:
        case T_FunctionScan:
        case T_ValuesScan:
        case T_CteScan:
        case T_WorkTableScan:
            show_target(es, ((Scan *) plan)->scanrelid, plan);
            break;
        case T_ModifyTable:
            show_target(es, ((ModifyTable *) plan)->nominalRelation > 0
                                ? ((ModifyTable *) plan)->nominalRelation
                                : (Index) linitial_int(((ModifyTable *) plan)->resultRelations),
                        plan);
            break;
        case T_SetOp:
            if (es->format == EXPLAIN_TEXT)
                appendStringInfo(&es->out, " %s", setop_command(((SetOp *) plan)->cmd));
            else
                explain_text(es, "Command", setop_command(((SetOp *) plan)->cmd));
            break;
        default:
            break;
    }
}

static void
show_figures(Explain *es, Plan *plan)
{
    Instrumentation *in = figures_of(es, plan);
    Instrumentation all = {0};
    double loops;

    if (in != NULL)
        all = totals(in);
    else if (es->analyze && es->format == EXPLAIN_TEXT)
        all.nloops = 1;
    loops = all.nloops > 0 ? all.nloops : 1;
    if (es->format == EXPLAIN_JSON) {
        if (es->costs) {
            explain_number(es, "Startup Cost", NULL, plan->startup_cost, 2);
            explain_number(es, "Total Cost", NULL, plan->total_cost, 2);
            explain_number(es, "Plan Rows", NULL, plan->plan_rows, 0);
            explain_number(es, "Plan Width", NULL, plan->plan_width, 0);
        }
        if (es->analyze && es->timing) {
            explain_number(es, "Actual Startup Time", NULL, all.startup_s * 1000 / loops, 3);
            explain_number(es, "Actual Total Time", NULL, all.total_s * 1000 / loops, 3);
        }
        if (es->analyze) {
            explain_number(es, "Actual Rows", NULL, all.ntuples / loops, 0);
            explain_number(es, "Actual Loops", NULL, all.nloops, 0);
        }
        return;
    }
    if (es->costs)
        appendStringInfo(&es->out, "  (cost=%.2f..%.2f rows=%.0f width=%d)", plan->startup_cost,
                         plan->total_cost, plan->plan_rows, plan->plan_width);
    if (es->analyze && in != NULL) {
        if (all.nloops <= 0)
            appendStringInfoString(&es->out, " (never executed)");
        else if (es->timing)
            appendStringInfo(&es->out, " (actual time=%.3f..%.3f rows=%.0f loops=%.0f)",
                             all.startup_s * 1000 / loops, all.total_s * 1000 / loops,
                             all.ntuples / loops, all.nloops);
        else
            appendStringInfo(&es->out, " (actual rows=%.0f loops=%.0f)", all.ntuples / loops,
                             all.nloops);
    }
    appendStringInfoChar(&es->out, '\n');
}

/* ---- details ---- */

static void
append_order(StringInfo buf, Node *expr, Oid op, Oid collation, bool nulls_first)
{
    TypeCacheEntry *type = lookup_type_cache(exprType(expr), TYPECACHE_LT_OPR | TYPECACHE_GT_OPR);
    bool reverse = false;

    if (collation != InvalidOid && collation != get_typcollation(exprType(expr)))
        appendStringInfo(buf, " COLLATE %s", quote_identifier(get_collation_name(collation)));
    if (op == type->gt_opr) {
        appendStringInfoString(buf, " DESC");
        reverse = true;
    } else if (op != type->lt_opr)
        appendStringInfo(buf, " USING %s", get_opname(op));
    if (nulls_first && !reverse)
        appendStringInfoString(buf, " NULLS FIRST");
    else if (!nulls_first && reverse)
        appendStringInfoString(buf, " NULLS LAST");
}

/* Columns of the row of level's node; sort's operators or NULL. */
static List *
key_texts(Explain *es, ExplainLevel *level, int count, const AttrNumber *columns, const Sort *sort)
{
    bool prefix = list_length(es->plan->rtable) > 1 || es->verbose;
    List *texts = NIL;

    for (int i = 0; i < count; i++) {
        TargetEntry *tle = get_tle_by_resno(level->plan->targetlist, columns[i]);
        StringInfoData buf;

        if (tle == NULL)
            continue;
        initStringInfo(&buf);
        appendStringInfoString(&buf, explain_expression(es, level, (Node *) tle->expr, prefix,
                                                        true));
        if (sort != NULL)
            append_order(&buf, (Node *) tle->expr, sort->sortOperators[i], sort->collations[i],
                         sort->nullsFirst[i]);
        texts = lappend(texts, buf.data);
    }
    return texts;
}

static void
show_group_keys(Explain *es, ExplainLevel *level, int count, const AttrNumber *columns)
{
    ExplainLevel below = {level, level->plan->lefttree, NULL};

    if (count > 0 && below.plan != NULL)
        explain_list(es, "Group Key", key_texts(es, &below, count, columns, NULL));
}

static void
show_sort(Explain *es, ExplainLevel *level)
{
    const Sort *sort = (const Sort *) level->plan;
    const char *method = detail_text(es, level->plan, DETAIL_SORT_METHOD);
    const char *where = detail_text(es, level->plan, DETAIL_SORT_SPACE_TYPE);
    int64 kb = 0;

    explain_list(es, "Sort Key", key_texts(es, level, sort->numCols, sort->sortColIdx, sort));
    if (IsA(level->plan, IncrementalSort))
        explain_list(es, "Presorted Key",
                     key_texts(es, level, ((const IncrementalSort *) sort)->nPresortedCols,
                               sort->sortColIdx, NULL));
    if (method == NULL || where == NULL)
        return;
    (void) detail_number(es, level->plan, DETAIL_SORT_SPACE_KB, &kb);
    if (es->format == EXPLAIN_TEXT) {
        explain_indent(es);
        appendStringInfo(&es->out, "Sort Method: %s  %s: %lldkB\n", method, where, (long long) kb);
        return;
    }
    explain_text(es, "Sort Method", method);
    explain_number(es, "Sort Space Used", NULL, (double) kb, 0);
    explain_text(es, "Sort Space Type", where);
}

static void
show_hash(Explain *es, Plan *plan)
{
    int64 buckets;
    int64 batches = 1;
    int64 kb = 0;

    if (!detail_number(es, plan, DETAIL_HASH_BUCKETS, &buckets))
        return;
    (void) detail_number(es, plan, DETAIL_HASH_BATCHES, &batches);
    (void) detail_number(es, plan, DETAIL_HASH_SPACE_KB, &kb);
    if (es->format == EXPLAIN_TEXT) {
        explain_indent(es);
        appendStringInfo(&es->out, "Buckets: %lld  Batches: %lld  Memory Usage: %lldkB\n",
                         (long long) buckets, (long long) batches, (long long) kb);
        return;
    }
    explain_number(es, "Hash Buckets", NULL, (double) buckets, 0);
    explain_number(es, "Hash Batches", NULL, (double) batches, 0);
    explain_number(es, "Peak Memory Usage", "kB", (double) kb, 0);
}

static void
show_agg(Explain *es, ExplainLevel *level, bool prefix)
{
    const Agg *agg = (const Agg *) level->plan;
    int64 batches = 0;
    int64 kb = 0;
    int64 disk = 0;

    show_group_keys(es, level, agg->numCols, agg->grpColIdx);
    explain_qual(es, level, "Filter", (Node *) agg->plan.qual, prefix);
    if (agg->aggstrategy == AGG_HASHED &&
        detail_number(es, level->plan, DETAIL_AGG_BATCHES, &batches)) {
        (void) detail_number(es, level->plan, DETAIL_AGG_SPACE_KB, &kb);
        (void) detail_number(es, level->plan, DETAIL_AGG_DISK_KB, &disk);
        if (es->format == EXPLAIN_TEXT) {
            explain_indent(es);
            appendStringInfo(&es->out, "Batches: %lld  Memory Usage: %lldkB", (long long) batches,
                             (long long) kb);
            if (batches > 1)
                appendStringInfo(&es->out, "  Disk Usage: %lldkB", (long long) disk);
            appendStringInfoChar(&es->out, '\n');
        } else {
            explain_number(es, "HashAgg Batches", NULL, (double) batches, 0);
            explain_number(es, "Peak Memory Usage", "kB", (double) kb, 0);
            explain_number(es, "Disk Usage", "kB", (double) disk, 0);
        }
    }
    if (agg->plan.qual != NIL)
        show_removed(es, level->plan, "Rows Removed by Filter", 1);
}

static void
show_join(Explain *es, ExplainLevel *level, bool prefix)
{
    const Join *join = (const Join *) level->plan;

    explain_qual(es, level, "Join Filter", (Node *) join->joinqual, prefix);
    if (join->joinqual != NIL)
        show_removed(es, level->plan, "Rows Removed by Join Filter", 1);
    explain_qual(es, level, "Filter", (Node *) join->plan.qual, prefix);
    if (join->plan.qual != NIL)
        show_removed(es, level->plan, "Rows Removed by Filter", 2);
}

static void
show_heap_blocks(Explain *es, Plan *plan)
{
    int64 exact = 0;
    int64 lossy = 0;

    if (!detail_number(es, plan, DETAIL_EXACT_PAGES, &exact))
        return;
    (void) detail_number(es, plan, DETAIL_LOSSY_PAGES, &lossy);
    if (es->format == EXPLAIN_JSON) {
        explain_number(es, "Exact Heap Blocks", NULL, (double) exact, 0);
        explain_number(es, "Lossy Heap Blocks", NULL, (double) lossy, 0);
        return;
    }
    if (exact <= 0 && lossy <= 0)
        return;
    explain_indent(es);
    appendStringInfoString(&es->out, "Heap Blocks:");
    if (exact > 0)
        appendStringInfo(&es->out, " exact=%lld", (long long) exact);
    if (lossy > 0)
        appendStringInfo(&es->out, " lossy=%lld", (long long) lossy);
    appendStringInfoChar(&es->out, '\n');
}

static void
show_conflict(Explain *es, ExplainLevel *level)
{
    const ModifyTable *modify = (const ModifyTable *) level->plan;
    List *names = NIL;

    if (modify->onConflictAction == ONCONFLICT_NONE)
        return;
    explain_text(es, "Conflict Resolution",
                 modify->onConflictAction == ONCONFLICT_NOTHING ? "NOTHING" : "UPDATE");
    foreach_oid (index, modify->arbiterIndexes)
        names = lappend(names, get_rel_name(index));
    if (names != NIL)
        explain_list(es, "Conflict Arbiter Indexes", names);
    explain_qual(es, level, "Conflict Filter", modify->onConflictWhere, true);
}

static void
show_output(Explain *es, ExplainLevel *level)
{
    Plan *plan = level->plan;
    bool prefix = list_length(es->plan->rtable) > 1;
    List *texts = NIL;
    List *targets = plan->targetlist;

    if (IsA(plan, Append) || IsA(plan, MergeAppend) || IsA(plan, RecursiveUnion))
        return;
    if (IsA(plan, ModifyTable)) {
        List *returning = ((ModifyTable *) plan)->returningLists;

        targets = returning != NIL ? linitial(returning) : NIL;
    }
    foreach_ptr (TargetEntry, tle, targets)
        texts = lappend(texts, explain_expression(es, level, (Node *) tle->expr, prefix, false));
    if (texts != NIL)
        explain_list(es, "Output", texts);
}

static void
show_calls(Explain *es, ExplainLevel *level)
{
    List *texts = NIL;

    if (!es->verbose)
        return;
    foreach_ptr (RangeTblFunction, function, ((FunctionScan *) level->plan)->functions)
        texts = lappend(texts, explain_expression(es, level, function->funcexpr, true, false));
    explain_list(es, "Function Call", texts);
}

static void
show_details(Explain *es, ExplainLevel *level)
{
    Plan *plan = level->plan;
    bool prefix = list_length(es->plan->rtable) > 1 || es->verbose;
    bool scan_prefix = es->verbose || IsA(plan, SubqueryScan);
    int64 fetches;

    switch (nodeTag(plan)) {
        case T_IndexScan:
            explain_qual(es, level, "Index Cond", (Node *) ((IndexScan *) plan)->indexqualorig,
                         scan_prefix);
            explain_qual(es, level, "Order By", (Node *) ((IndexScan *) plan)->indexorderbyorig,
                         scan_prefix);
            break;
        case T_IndexOnlyScan:
            explain_qual(es, level, "Index Cond", (Node *) ((IndexOnlyScan *) plan)->indexqual,
                         scan_prefix);
            break;
        case T_BitmapIndexScan:
            explain_qual(es, level, "Index Cond",
                         (Node *) ((BitmapIndexScan *) plan)->indexqualorig, scan_prefix);
            return;
        case T_BitmapHeapScan:
            explain_qual(es, level, "Recheck Cond",
                         (Node *) ((BitmapHeapScan *) plan)->bitmapqualorig, scan_prefix);
            if (((BitmapHeapScan *) plan)->bitmapqualorig != NIL && es->format == EXPLAIN_TEXT)
                show_removed(es, plan, "Rows Removed by Index Recheck", 2);
            break;
        case T_FunctionScan:
            show_calls(es, level);
            break;
        case T_TidScan:
            explain_qual(es, level, "TID Cond", (Node *) ((TidScan *) plan)->tidquals, scan_prefix);
            break;
        case T_TidRangeScan:
            explain_qual(es, level, "TID Cond", (Node *) ((TidRangeScan *) plan)->tidrangequals,
                         scan_prefix);
            break;
        case T_NestLoop:
            show_join(es, level, prefix);
            return;
        case T_MergeJoin:
            explain_qual(es, level, "Merge Cond", (Node *) ((MergeJoin *) plan)->mergeclauses,
                         prefix);
            show_join(es, level, prefix);
            return;
        case T_HashJoin:
            explain_qual(es, level, "Hash Cond", (Node *) ((HashJoin *) plan)->hashclauses, prefix);
            show_join(es, level, prefix);
            return;
        case T_Agg:
            show_agg(es, level, prefix);
            return;
        case T_Group:
            show_group_keys(es, level, ((Group *) plan)->numCols, ((Group *) plan)->grpColIdx);
            scan_prefix = prefix;
            break;
        case T_WindowAgg:
            explain_qual(es, level, "Run Condition", (Node *) ((WindowAgg *) plan)->runConditionOrig,
                         prefix);
            scan_prefix = prefix;
            break;
        case T_Sort:
        case T_IncrementalSort:
            show_sort(es, level);
            return;
        case T_MergeAppend: {
            const MergeAppend *merge = (const MergeAppend *) plan;
            Sort keys = {.sortOperators = merge->sortOperators,
                         .collations = merge->collations,
                         .nullsFirst = merge->nullsFirst};

            explain_list(es, "Sort Key",
                         key_texts(es, level, merge->numCols, merge->sortColIdx, &keys));
            return;
        }
        case T_Result:
            explain_qual(es, level, "One-Time Filter", ((Result *) plan)->resconstantqual, prefix);
            scan_prefix = prefix;
            break;
        case T_ModifyTable:
            show_conflict(es, level);
            return;
        case T_Hash:
            show_hash(es, plan);
            return;
        default:
            break;
    }
    explain_qual(es, level, "Filter", (Node *) plan->qual, scan_prefix);
    if (plan->qual != NIL)
        show_removed(es, plan, "Rows Removed by Filter", 1);
    if (IsA(plan, IndexOnlyScan) && detail_number(es, plan, DETAIL_HEAP_FETCHES, &fetches))
        explain_number(es, "Heap Fetches", NULL, (double) fetches, 0);
    if (IsA(plan, BitmapHeapScan))
        show_heap_blocks(es, plan);
}

/* ---- the tree ---- */

static bool
collect_subplans(Node *node, List **subplans)
{
    if (node == NULL)
        return false;
    if (IsA(node, SubPlan))
        *subplans = lappend(*subplans, node);
    return expression_tree_walker(node, collect_subplans, subplans);
}

static List *
subplans_of(Plan *plan)
{
    List *found = NIL;
    Node *extra[4] = {0};

    collect_subplans((Node *) plan->targetlist, &found);
    collect_subplans((Node *) plan->qual, &found);
    switch (nodeTag(plan)) {
        case T_Result:
            extra[0] = ((Result *) plan)->resconstantqual;
            break;
        case T_NestLoop:
        case T_MergeJoin:
            extra[0] = (Node *) ((Join *) plan)->joinqual;
            break;
        case T_HashJoin:
            extra[0] = (Node *) ((Join *) plan)->joinqual;
            extra[1] = (Node *) ((HashJoin *) plan)->hashclauses;
            break;
        case T_IndexScan:
            extra[0] = (Node *) ((IndexScan *) plan)->indexqual;
            break;
        case T_Limit:
            extra[0] = ((Limit *) plan)->limitOffset;
            extra[1] = ((Limit *) plan)->limitCount;
            break;
        case T_ValuesScan:
            extra[0] = (Node *) ((ValuesScan *) plan)->values_lists;
            break;
        case T_ModifyTable:
            extra[0] = (Node *) ((ModifyTable *) plan)->returningLists;
            extra[1] = (Node *) ((ModifyTable *) plan)->onConflictSet;
            extra[2] = ((ModifyTable *) plan)->onConflictWhere;
            break;
        default:
            break;
    }
    for (int i = 0; i < 4; i++)
        collect_subplans(extra[i], &found);
    return found;
}

static const char *
subplan_title(const SubPlan *subplan)
{
    StringInfoData buf;
    const char *separator = "";

    if (subplan->setParam == NIL || strncmp(subplan->plan_name, "InitPlan", 8) != 0 ||
        strstr(subplan->plan_name, "returns") != NULL)
        return subplan->plan_name;
    initStringInfo(&buf);
    appendStringInfo(&buf, "%s (returns ", subplan->plan_name);
    foreach_int (slot, subplan->setParam) {
        appendStringInfo(&buf, "%s$%d", separator, slot);
        separator = ",";
    }
    appendStringInfoChar(&buf, ')');
    return buf.data;
}

static void
show_subplans(Explain *es, ExplainLevel *level, List *subplans, const char *relationship)
{
    foreach_ptr (SubPlan, subplan, subplans) {
        ExplainLevel below = {level, NULL, subplan};

        if (bms_is_member(subplan->plan_id, es->printed_subplans))
            continue;
        es->printed_subplans = bms_add_member(es->printed_subplans, subplan->plan_id);
        below.plan = list_nth(es->plan->subplans, subplan->plan_id - 1);
        if (below.plan != NULL)
            explain_node(es, &below, relationship, subplan_title(subplan));
    }
}

static void
show_child(Explain *es, ExplainLevel *level, Plan *plan, const char *relationship)
{
    ExplainLevel below = {level, plan, NULL};

    if (plan != NULL)
        explain_node(es, &below, relationship, NULL);
}

static List *
members_of(Plan *plan)
{
    switch (nodeTag(plan)) {
        case T_Append:
            return ((Append *) plan)->appendplans;
        case T_MergeAppend:
            return ((MergeAppend *) plan)->mergeplans;
        case T_BitmapAnd:
            return ((BitmapAnd *) plan)->bitmapplans;
        case T_BitmapOr:
            return ((BitmapOr *) plan)->bitmapplans;
        default:
            return NIL;
    }
}

static void
begin_node(Explain *es, Plan *plan, const char *relationship, const char *plan_name)
{
    const char *type;
    const char *name = node_name(plan, &type);

    if (es->format == EXPLAIN_TEXT) {
        if (plan_name != NULL) {
            explain_indent(es);
            appendStringInfo(&es->out, "%s\n", plan_name);
            es->indent++;
        }
        if (es->indent > 0) {
            explain_indent(es);
            appendStringInfoString(&es->out, "->  ");
            es->indent += 2;
        }
        appendStringInfoString(&es->out, name);
        es->indent++;
        return;
    }
    explain_open(es, relationship != NULL ? NULL : "Plan", true);
    explain_text(es, "Node Type", type);
    if (IsA(plan, ModifyTable))
        explain_text(es, "Operation", name);
    if (IsA(plan, Agg)) {
        static const char *const strategies[] = {"Plain", "Sorted", "Hashed", "Mixed"};

        explain_text(es, "Strategy", strategies[((Agg *) plan)->aggstrategy]);
        explain_text(es, "Partial Mode", "Simple");
    }
    if (IsA(plan, SetOp))
        explain_text(es, "Strategy",
                     ((SetOp *) plan)->strategy == SETOP_HASHED ? "Hashed" : "Sorted");
    if (relationship != NULL)
        explain_text(es, "Parent Relationship", relationship);
    if (plan_name != NULL)
        explain_text(es, "Subplan Name", plan_name);
    explain_bool(es, "Parallel Aware", plan->parallel_aware);
    explain_bool(es, "Async Capable", plan->async_capable);
    if (IsA(plan, NestLoop) || IsA(plan, HashJoin) || IsA(plan, MergeJoin))
        explain_text(es, "Join Type", join_kind(((Join *) plan)->jointype));
}

static void
explain_node(Explain *es, ExplainLevel *level, const char *relationship, const char *plan_name)
{
    Plan *plan = level->plan;
    List *members = members_of(plan);
    List *subplans = subplans_of(plan);
    Instrumentation *in = figures_of(es, plan);
    int indent = es->indent;
    bool has_children = plan->initPlan != NIL || plan->lefttree != NULL ||
                        plan->righttree != NULL || members != NIL || subplans != NIL ||
                        IsA(plan, SubqueryScan);

    begin_node(es, plan, relationship, plan_name);
    show_place(es, plan);
    show_figures(es, plan);
    if (es->verbose)
        show_output(es, level);
    if (es->format == EXPLAIN_JSON &&
        (IsA(plan, NestLoop) || IsA(plan, HashJoin) || IsA(plan, MergeJoin)))
        explain_bool(es, "Inner Unique", ((Join *) plan)->inner_unique);
    else if (es->verbose && (IsA(plan, NestLoop) || IsA(plan, HashJoin) || IsA(plan, MergeJoin)) &&
             ((Join *) plan)->inner_unique)
        explain_bool(es, "Inner Unique", true);
    show_details(es, level);
    if (es->buffers && in != NULL)
        explain_buffer_counts(es, in->shared_hit, in->shared_read, in->shared_dirtied,
                              in->shared_written);
    if (has_children) {
        explain_open(es, "Plans", false);
        show_subplans(es, level, plan->initPlan, "InitPlan");
        show_child(es, level, plan->lefttree, "Outer");
        show_child(es, level, plan->righttree, "Inner");
        foreach_ptr (Plan, member, members)
            show_child(es, level, member, "Member");
        if (IsA(plan, SubqueryScan))
            show_child(es, level, ((SubqueryScan *) plan)->subplan, "Subquery");
        show_subplans(es, level, subplans, "SubPlan");
        explain_close(es, false);
    }
    if (es->format == EXPLAIN_TEXT)
        es->indent = indent;
    explain_close(es, true);
}

void
explain_plan_tree(Explain *es)
{
    ExplainLevel top = {NULL, es->plan->planTree, NULL};

    explain_node(es, &top, NULL, NULL);
}
