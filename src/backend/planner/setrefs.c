/*
 * setrefs.c - columns become places in the children's rows
 *
 * Why        While planning, every expression names its columns by relation. The executor wants to
 *            know only: column n of the left or the right child's row. An expression that a child
 *            computed already (a group key, an aggregate, a window call) is found as a whole.
 * Invariants SR1. Afterwards range table indexes are those of the flat range table.
 */
#include "planner_int.h"

typedef struct RefContext {
    PlannerInfo *root;
    List *outer;  /* target list of the left child; NIL: none */
    List *inner;
    List *index;  /* index-only: the index's columns */
    int rt_offset;
    Index result_rel; /* RETURNING: its columns stay as they are */
    Index excluded_rel;
    bool found_none;
} RefContext;

static Plan *set_refs(PlannerInfo *root, Plan *plan, int rt_offset);

static Var *
child_var(int varno, TargetEntry *entry)
{
    Var *var = makeVarFromTargetEntry(varno, entry);

    var->varnosyn = 0;
    if (IsA(entry->expr, Var)) {
        var->varnosyn = ((Var *) entry->expr)->varnosyn;
        var->varattnosyn = ((Var *) entry->expr)->varattnosyn;
    }
    return var;
}

static Node *
find_in_children(Node *node, RefContext *context)
{
    TargetEntry *entry = context->outer ? tlist_member((Expr *) node, context->outer) : NULL;

    if (entry)
        return (Node *) child_var(OUTER_VAR, entry);
    entry = context->inner ? tlist_member((Expr *) node, context->inner) : NULL;
    if (entry)
        return (Node *) child_var(INNER_VAR, entry);
    entry = context->index ? tlist_member((Expr *) node, context->index) : NULL;
    return entry ? (Node *) child_var(INDEX_VAR, entry) : NULL;
}

static Node *
ref_mutator(Node *node, RefContext *context)
{
    if (node == NULL)
        return NULL;
    if (IsA(node, Var)) {
        Var *var = (Var *) node;

        if (IS_SPECIAL_VARNO(var->varno))
            return node;
        if (context->result_rel && var->varno == (int) context->result_rel) {
            Var *copy = copyObject(var);

            copy->varno += context->rt_offset;
            return (Node *) copy;
        }
        if (context->excluded_rel && var->varno == (int) context->excluded_rel) {
            Var *copy = copyObject(var);

            copy->varno = INNER_VAR;
            return (Node *) copy;
        }

        Node *found = find_in_children(node, context);

        if (found)
            return found;
        if (context->outer || context->inner || context->index)
            ereport(ERROR, (errmsg_internal("variable %d.%d not found in subplan target lists",
                                            var->varno, var->varattno)));

        Var *copy = copyObject(var);

        copy->varno += context->rt_offset;
        if (copy->varnosyn > 0)
            copy->varnosyn += (Index) context->rt_offset;
        return (Node *) copy;
    }
    if (!IsA(node, List) && !IsA(node, TargetEntry) && !IsA(node, Const) && !IsA(node, Param) &&
        (context->outer || context->inner || context->index)) {
        Node *found = find_in_children(node, context);

        if (found)
            return found;
    }
    return expression_tree_mutator(node, ref_mutator, context);
}

static Node *
fix(PlannerInfo *root, Node *node, List *outer, List *inner, int rt_offset)
{
    RefContext context = {.root = root, .outer = outer, .inner = inner, .rt_offset = rt_offset};

    return ref_mutator(node, &context);
}

static bool
mark_walker(Node *node, void *unused)
{
    if (node == NULL)
        return false;
    if (IsA(node, Var) && ((Var *) node)->varno == 0)
        ((Var *) node)->varno = OUTER_VAR;
    return expression_tree_walker(node, mark_walker, unused);
}

/* References without a relation (0) read the left child's row by position. */
void
planner__mark_outer(Node *expr)
{
    mark_walker(expr, NULL);
}

/* A scan reads its own relation: only the range table moves. */
static void
fix_scan(PlannerInfo *root, Scan *scan, int rt_offset)
{
    scan->scanrelid += (Index) rt_offset;
    scan->plan.targetlist =
        (List *) fix(root, (Node *) scan->plan.targetlist, NIL, NIL, rt_offset);
    scan->plan.qual = (List *) fix(root, (Node *) scan->plan.qual, NIL, NIL, rt_offset);
}

static void
fix_index_only(PlannerInfo *root, IndexOnlyScan *scan, int rt_offset)
{
    RefContext context = {.root = root, .index = scan->indextlist, .rt_offset = rt_offset};

    scan->scan.scanrelid += (Index) rt_offset;
    scan->scan.plan.targetlist =
        (List *) ref_mutator((Node *) scan->scan.plan.targetlist, &context);
    scan->scan.plan.qual = (List *) ref_mutator((Node *) scan->scan.plan.qual, &context);
    scan->recheckqual = (List *) ref_mutator((Node *) scan->recheckqual, &context);
    scan->indexqual = (List *) fix(root, (Node *) scan->indexqual, NIL, NIL, rt_offset);
    scan->indextlist = (List *) fix(root, (Node *) scan->indextlist, NIL, NIL, rt_offset);
}

/* A node above one child: every expression reads the child's row. */
static void
fix_upper(PlannerInfo *root, Plan *plan, int rt_offset)
{
    List *outer = plan->lefttree->targetlist;

    plan->targetlist = (List *) fix(root, (Node *) plan->targetlist, outer, NIL, rt_offset);
    plan->qual = (List *) fix(root, (Node *) plan->qual, outer, NIL, rt_offset);
}

/* Nodes that hand on their child's rows as they are. */
static void
fix_passing(Plan *plan)
{
    ListCell *cell;

    foreach (cell, plan->targetlist) {
        TargetEntry *entry = lfirst(cell);
        Node *expr = (Node *) entry->expr;
        Var *var = makeVar(OUTER_VAR, entry->resno, exprType(expr), exprTypmod(expr),
                           exprCollation(expr), 0);

        if (IsA(expr, Var)) {
            var->varnosyn = ((Var *) expr)->varnosyn;
            var->varattnosyn = ((Var *) expr)->varattnosyn;
        }
        entry->expr = (Expr *) var;
    }
}

static void
fix_join(PlannerInfo *root, Join *join, int rt_offset)
{
    List *outer = join->plan.lefttree->targetlist, *inner = join->plan.righttree->targetlist;

    join->plan.targetlist =
        (List *) fix(root, (Node *) join->plan.targetlist, outer, inner, rt_offset);
    join->plan.qual = (List *) fix(root, (Node *) join->plan.qual, outer, inner, rt_offset);
    join->joinqual = (List *) fix(root, (Node *) join->joinqual, outer, inner, rt_offset);
    switch (nodeTag(join)) {
    case T_NestLoop: {
        ListCell *cell;

        foreach (cell, ((NestLoop *) join)->nestParams) {
            NestLoopParam *param = lfirst(cell);

            param->paramval = (Var *) fix(root, (Node *) param->paramval, outer, NIL, rt_offset);
        }
        break;
    }
    case T_HashJoin: {
        HashJoin *hash = (HashJoin *) join;

        hash->hashclauses =
            (List *) fix(root, (Node *) hash->hashclauses, outer, inner, rt_offset);
        hash->hashkeys = (List *) fix(root, (Node *) hash->hashkeys, outer, NIL, rt_offset);
        break;
    }
    case T_MergeJoin:
        ((MergeJoin *) join)->mergeclauses = (List *) fix(
            root, (Node *) ((MergeJoin *) join)->mergeclauses, outer, inner, rt_offset);
        break;
    default:
        break;
    }
}

static List *
set_list(PlannerInfo *root, List *plans, int rt_offset)
{
    ListCell *cell;

    foreach (cell, plans)
        lfirst(cell) = set_refs(root, lfirst(cell), rt_offset);
    return plans;
}

static void
fix_modify(PlannerInfo *root, ModifyTable *modify, int rt_offset)
{
    RefContext context = {
        .root = root,
        .outer = modify->plan.lefttree->targetlist,
        .rt_offset = rt_offset,
        .result_rel = (Index) linitial_int(modify->resultRelations),
        .excluded_rel = modify->exclRelRTI,
    };
    ListCell *cell;

    foreach (cell, modify->returningLists)
        lfirst(cell) = ref_mutator(lfirst(cell), &context);
    modify->plan.targetlist =
        modify->returningLists ? copyObject(linitial(modify->returningLists)) : NIL;
    if (modify->onConflictAction == ONCONFLICT_UPDATE) {
        context.outer = NIL;
        modify->onConflictSet = (List *) ref_mutator((Node *) modify->onConflictSet, &context);
        modify->onConflictWhere = ref_mutator(modify->onConflictWhere, &context);
    }
    foreach (cell, modify->resultRelations)
        lfirst_int(cell) += rt_offset;
    modify->nominalRelation += (Index) rt_offset;
    if (modify->exclRelRTI)
        modify->exclRelRTI += (Index) rt_offset;
    root->glob->result_relations =
        list_concat(root->glob->result_relations, list_copy(modify->resultRelations));
}

static void
shift_marks(List *marks, int rt_offset)
{
    ListCell *cell;

    foreach (cell, marks) {
        PlanRowMark *mark = lfirst(cell);

        mark->rti += (Index) rt_offset;
        mark->prti += (Index) rt_offset;
    }
}

/* The subquery's plan has its own place in the flat range table. */
static void
fix_subquery_scan(PlannerInfo *root, SubqueryScan *scan, int rt_offset)
{
    Rel *rel = root->base_rels[scan->scan.scanrelid];

    scan->subplan = planner__set_references(rel->subroot, scan->subplan);
    fix_scan(root, &scan->scan, rt_offset);
}

static Node *
fix_scan_expr(PlannerInfo *root, Node *node, int rt_offset)
{
    return fix(root, node, NIL, NIL, rt_offset);
}

static void
fix_node(PlannerInfo *root, Plan *plan, int rt_offset)
{
    switch (nodeTag(plan)) {
    case T_SeqScan:
    case T_CteScan:
    case T_WorkTableScan:
        fix_scan(root, (Scan *) plan, rt_offset);
        break;
    case T_IndexScan: {
        IndexScan *scan = (IndexScan *) plan;

        fix_scan(root, &scan->scan, rt_offset);
        scan->indexqual = (List *) fix_scan_expr(root, (Node *) scan->indexqual, rt_offset);
        scan->indexqualorig =
            (List *) fix_scan_expr(root, (Node *) scan->indexqualorig, rt_offset);
        break;
    }
    case T_IndexOnlyScan:
        fix_index_only(root, (IndexOnlyScan *) plan, rt_offset);
        break;
    case T_BitmapIndexScan: {
        BitmapIndexScan *scan = (BitmapIndexScan *) plan;

        scan->scan.scanrelid += (Index) rt_offset;
        scan->indexqual = (List *) fix_scan_expr(root, (Node *) scan->indexqual, rt_offset);
        scan->indexqualorig =
            (List *) fix_scan_expr(root, (Node *) scan->indexqualorig, rt_offset);
        break;
    }
    case T_BitmapHeapScan: {
        BitmapHeapScan *scan = (BitmapHeapScan *) plan;

        fix_scan(root, &scan->scan, rt_offset);
        scan->bitmapqualorig =
            (List *) fix_scan_expr(root, (Node *) scan->bitmapqualorig, rt_offset);
        break;
    }
    case T_TidScan: {
        TidScan *scan = (TidScan *) plan;

        fix_scan(root, &scan->scan, rt_offset);
        scan->tidquals = (List *) fix_scan_expr(root, (Node *) scan->tidquals, rt_offset);
        break;
    }
    case T_SubqueryScan:
        fix_subquery_scan(root, (SubqueryScan *) plan, rt_offset);
        break;
    case T_FunctionScan: {
        FunctionScan *scan = (FunctionScan *) plan;

        fix_scan(root, &scan->scan, rt_offset);
        scan->functions = (List *) fix_scan_expr(root, (Node *) scan->functions, rt_offset);
        break;
    }
    case T_ValuesScan: {
        ValuesScan *scan = (ValuesScan *) plan;

        fix_scan(root, &scan->scan, rt_offset);
        scan->values_lists = (List *) fix_scan_expr(root, (Node *) scan->values_lists, rt_offset);
        break;
    }
    case T_NestLoop:
    case T_HashJoin:
    case T_MergeJoin:
        fix_join(root, (Join *) plan, rt_offset);
        break;
    case T_Hash:
        ((Hash *) plan)->hashkeys = (List *) fix(root, (Node *) ((Hash *) plan)->hashkeys,
                                                 plan->lefttree->targetlist, NIL, rt_offset);
        fix_passing(plan);
        break;
    case T_Material:
    case T_Sort:
    case T_Unique:
    case T_SetOp:
    case T_RecursiveUnion:
        fix_passing(plan);
        break;
    case T_LockRows:
        fix_passing(plan);
        shift_marks(((LockRows *) plan)->rowMarks, rt_offset);
        break;
    case T_Limit:
        fix_passing(plan);
        break;
    case T_Append:
        fix_passing(plan);
        break;
    case T_BitmapAnd:
    case T_BitmapOr: /* no target list; the parts are fixed with the children */
        break;
    case T_Result:
        if (plan->lefttree)
            fix_upper(root, plan, rt_offset);
        else {
            plan->targetlist = (List *) fix_scan_expr(root, (Node *) plan->targetlist, rt_offset);
            plan->qual = (List *) fix_scan_expr(root, (Node *) plan->qual, rt_offset);
        }
        break;
    case T_Agg:
    case T_WindowAgg:
    case T_ProjectSet:
    case T_Group:
        fix_upper(root, plan, rt_offset);
        break;
    case T_ModifyTable:
        fix_modify(root, (ModifyTable *) plan, rt_offset);
        break;
    default:
        ereport(ERROR, (errmsg_internal("unknown plan node %d", (int) nodeTag(plan))));
    }
}

/* Children's target lists are read before they are changed: parents are done first. */
static Plan *
set_refs(PlannerInfo *root, Plan *plan, int rt_offset)
{
    if (plan == NULL)
        return NULL;
    plan->plan_node_id = root->glob->last_plan_node_id++;
    fix_node(root, plan, rt_offset);
    if (IsA(plan, Append))
        set_list(root, ((Append *) plan)->appendplans, rt_offset);
    if (IsA(plan, BitmapAnd))
        set_list(root, ((BitmapAnd *) plan)->bitmapplans, rt_offset);
    if (IsA(plan, BitmapOr))
        set_list(root, ((BitmapOr *) plan)->bitmapplans, rt_offset);
    plan->lefttree = set_refs(root, plan->lefttree, rt_offset);
    plan->righttree = set_refs(root, plan->righttree, rt_offset);
    return plan;
}

/* What the executor must know of a range table entry: not the subquery it was. */
static void
add_to_flat_table(PlannerGlobal *glob, RangeTblEntry *rte)
{
    RangeTblEntry *copy = makeNode(RangeTblEntry);

    *copy = *rte;
    copy->subquery = NULL;
    copy->joinaliasvars = NIL;
    copy->joinleftcols = copy->joinrightcols = NIL;
    copy->functions = NIL;
    copy->values_lists = NIL;
    copy->coltypes = copy->coltypmods = copy->colcollations = NIL;
    copy->securityQuals = NIL;
    glob->final_rtable = lappend(glob->final_rtable, copy);
}

Plan *
planner__set_references(PlannerInfo *root, Plan *plan)
{
    PlannerGlobal *glob = root->glob;
    int rt_offset = list_length(glob->final_rtable);
    ListCell *cell;

    foreach (cell, root->parse->rtable)
        add_to_flat_table(glob, lfirst(cell));
    shift_marks(root->row_marks, IsA(plan, LockRows) ? 0 : 0);
    return set_refs(root, plan, rt_offset);
}
