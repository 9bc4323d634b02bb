/*
 * rel.c - base relations: their size, their columns, their ways to be read
 */
#include "planner_int.h"

#include <math.h>

#define EMPTY_TABLE_PAGES 10.0
#define DEFAULT_FUNCTION_ROWS 1000.0
#define DEFAULT_CTE_ROWS 1000.0

/* ---- paths of a rel ---- */

static bool
same_key(const OrderKey *a, const OrderKey *b)
{
    return a->sortop == b->sortop && a->nulls_first == b->nulls_first &&
           a->collation == b->collation && equal(a->expr, b->expr);
}

/* Whether rows in the one order are in the other as well. */
bool
planner__order_satisfies(List *have, List *want)
{
    ListCell *a, *b;

    if (list_length(want) > list_length(have))
        return false;
    forboth(a, have, b, want)
        if (!same_key(lfirst(a), lfirst(b)))
            return false;
    return true;
}

/* a is at least as good as b in every respect. */
static bool
dominates(Path *a, Path *b)
{
    return a->total_cost <= b->total_cost * 1.01 && a->startup_cost <= b->startup_cost * 1.01 &&
           bms_is_subset(a->required_outer, b->required_outer) &&
           a->rows <= b->rows && planner__order_satisfies(a->order, b->order);
}

void
planner__add_path(Rel *rel, Path *path)
{
    List *kept = NIL;
    ListCell *cell;

    foreach (cell, rel->paths)
        if (dominates(lfirst(cell), path))
            return;
    foreach (cell, rel->paths)
        if (!dominates(path, lfirst(cell)))
            kept = lappend(kept, lfirst(cell));
    rel->paths = lappend(kept, path);
}

void
planner__set_cheapest(Rel *rel)
{
    ListCell *cell;

    rel->cheapest = NULL;
    foreach (cell, rel->paths) {
        Path *path = lfirst(cell);
        Path *best = rel->cheapest;

        if (!best ||
            (bms_is_empty(path->required_outer) && !bms_is_empty(best->required_outer)) ||
            (bms_is_empty(path->required_outer) == bms_is_empty(best->required_outer) &&
             path->total_cost < best->total_cost))
            rel->cheapest = path;
    }
}

Clause *
planner__make_clause(PlannerInfo *root, Expr *expr)
{
    Clause *clause = palloc0(sizeof *clause);

    clause->expr = expr;
    clause->relids = planner__relids_of((Node *) expr);
    clause->selectivity = -1;
    clause->is_volatile = planner__is_volatile((Node *) expr);
    if (IsA(expr, OpExpr) && list_length(((OpExpr *) expr)->args) == 2) {
        OpExpr *op = (OpExpr *) expr;
        Oid left_type = exprType(linitial(op->args));

        clause->left_relids = planner__relids_of(linitial(op->args));
        clause->right_relids = planner__relids_of(lsecond(op->args));
        if (!clause->is_volatile && !bms_is_empty(clause->left_relids) &&
            !bms_is_empty(clause->right_relids) &&
            !bms_overlap(clause->left_relids, clause->right_relids)) {
            if (op_hashjoinable(op->opno, left_type))
                clause->hash_op = op->opno;
            clause->is_merge = op_mergejoinable(op->opno, left_type);
        }
    }
    return clause;
}

/* ---- sizes ---- */

static int
width_of_vars(List *vars)
{
    int width = 0;
    ListCell *cell;

    foreach (cell, vars)
        width += planner__expr_width(lfirst(cell));
    return width;
}

/* The table's pages as they are now, its rows by the density that VACUUM or ANALYZE saw. */
static void
estimate_table(Relation relation, double *ret_pages, double *ret_tuples, double *ret_visible,
               int width)
{
    Form_pg_class form = relation->rd_rel;
    double pages = RelationGetNumberOfBlocks(relation), density;

    if (pages < EMPTY_TABLE_PAGES && form->reltuples < 0 && form->relkind == RELKIND_RELATION)
        pages = EMPTY_TABLE_PAGES;
    if (pages == 0) {
        *ret_pages = *ret_tuples = *ret_visible = 0;
        return;
    }
    if (form->relpages > 0 && form->reltuples >= 0)
        density = form->reltuples / form->relpages;
    else
        density = floor((BLCKSZ - 28) / (double) (width + 31));
    *ret_pages = pages;
    *ret_tuples = rint(density * pages);
    *ret_visible = form->relallvisible >= form->relpages
                       ? pages
                       : pages * ((double) form->relallvisible / Max(form->relpages, 1));
}

static int
table_width(Relation relation)
{
    TupleDesc desc = relation->rd_att;
    int width = 0;

    for (int i = 0; i < desc->natts; i++) {
        Form_pg_attribute att = TupleDescAttr(desc, i);

        if (!att->attisdropped)
            width += get_typavgwidth(att->atttypid, att->atttypmod);
    }
    return width;
}

static void
size_table(PlannerInfo *root, Rel *rel)
{
    Relation relation = relation_open(rel->rte->relid, NoLock);

    estimate_table(relation, &rel->pages, &rel->tuples, &rel->all_visible,
                   table_width(relation));
    root->glob->relation_oids = list_append_unique_oid(root->glob->relation_oids,
                                                       rel->rte->relid);
    relation_close(relation, NoLock);
    planner__load_indexes(root, rel);
}

static double
function_rows(RangeTblFunction *function)
{
    Node *expr = function->funcexpr;

    if (expr && IsA(expr, FuncExpr)) {
        const ProcInfo *proc = catalog_proc(((FuncExpr *) expr)->funcid);
        List *args = ((FuncExpr *) expr)->args;

        if (proc && !proc->proretset)
            return 1;
        /* generate_series over constants says how much it makes */
        if (proc && strcmp(NameStr(proc->proname), "generate_series") == 0 &&
            list_length(args) >= 2 && IsA(linitial(args), Const) && IsA(lsecond(args), Const) &&
            !((Const *) linitial(args))->constisnull && !((Const *) lsecond(args))->constisnull) {
            Const *from = linitial(args), *to = lsecond(args);

            if (from->consttype == INT4OID)
                return Max(1.0, (double) DatumGetInt32(to->constvalue) -
                                    DatumGetInt32(from->constvalue) + 1);
            if (from->consttype == INT8OID)
                return Max(1.0, (double) DatumGetInt64(to->constvalue) -
                                    DatumGetInt64(from->constvalue) + 1);
        }
        if (proc && proc->prorows > 0)
            return proc->prorows;
    }
    return expr && expression_returns_set(expr) ? DEFAULT_FUNCTION_ROWS : 1;
}

static PlannerInfo *
cte_owner(PlannerInfo *root, RangeTblEntry *rte)
{
    PlannerInfo *owner = root;

    for (Index i = rte->ctelevelsup; i > 0; i--)
        owner = owner->parent;
    return owner;
}

static int
cte_index(PlannerInfo *owner, const char *name)
{
    int index = 0;
    ListCell *cell;

    foreach (cell, owner->parse->cteList) {
        if (strcmp(((CommonTableExpr *) lfirst(cell))->ctename, name) == 0)
            return index;
        index++;
    }
    ereport(ERROR, (errmsg_internal("could not find CTE \"%s\"", name)));
    return -1;
}

static void
size_cte(PlannerInfo *root, Rel *rel)
{
    RangeTblEntry *rte = rel->rte;

    if (rte->self_reference) {
        rel->tuples = DEFAULT_CTE_ROWS;
        return;
    }

    PlannerInfo *owner = cte_owner(root, rte);
    int plan_id = list_nth_int(owner->cte_plan_ids, cte_index(owner, rte->ctename));
    Plan *plan = list_nth(root->glob->subplans, plan_id - 1);

    rel->tuples = planner__clamp_rows(plan->plan_rows);
}

/* A subquery in FROM is planned here, so that its size is known. */
static void
size_subquery(PlannerInfo *root, Rel *rel)
{
    List *saved = root->plan_params;
    Plan *plan;

    root->plan_params = NIL;
    plan = planner__query(root->glob, copyObject(rel->rte->subquery), root, false,
                          list_length(root->parse->rtable) == 1 ? root->tuple_fraction : 0.0,
                          &rel->subroot);
    rel->subplan_params = root->plan_params;
    root->plan_params = saved;
    rel->values_dummy = plan;
    rel->tuples = planner__clamp_rows(plan->plan_rows);
}

static Relids
lateral_relids(Rel *rel)
{
    Relids relids = NULL;
    ListCell *cell;

    switch (rel->rte->rtekind) {
    case RTE_FUNCTION:
        relids = planner__relids_of((Node *) rel->rte->functions);
        break;
    case RTE_VALUES:
        relids = planner__relids_of((Node *) rel->rte->values_lists);
        break;
    case RTE_SUBQUERY:
        foreach (cell, rel->subplan_params)
            relids = bms_join(relids,
                              planner__relids_of(((PlannerParam *) lfirst(cell))->item));
        break;
    default:
        break;
    }
    return bms_del_member(relids, (int) rel->relid);
}

static Rel *
make_base_rel(PlannerInfo *root, int rtindex)
{
    Rel *rel = palloc0(sizeof *rel);
    ListCell *cell;

    rel->kind = REL_BASE;
    rel->relid = (Index) rtindex;
    rel->relids = bms_make_singleton(rtindex);
    rel->rte = rt_fetch(rtindex, root->parse->rtable);
    switch (rel->rte->rtekind) {
    case RTE_RELATION:
        size_table(root, rel);
        break;
    case RTE_SUBQUERY:
        size_subquery(root, rel);
        break;
    case RTE_FUNCTION:
        foreach (cell, rel->rte->functions)
            rel->tuples = Max(rel->tuples, function_rows(lfirst(cell)));
        break;
    case RTE_VALUES:
        rel->tuples = list_length(rel->rte->values_lists);
        break;
    case RTE_CTE:
        size_cte(root, rel);
        break;
    case RTE_RESULT:
        rel->tuples = 1;
        break;
    default:
        ereport(ERROR, (errcode(ERRCODE_FEATURE_NOT_SUPPORTED),
                        errmsg("this kind of FROM item is not supported")));
    }
    rel->lateral_relids = lateral_relids(rel);
    return rel;
}

static void
collect_rels(PlannerInfo *root, Node *node)
{
    ListCell *cell;

    if (IsA(node, RangeTblRef)) {
        int rtindex = ((RangeTblRef *) node)->rtindex;

        root->base_rels[rtindex] = make_base_rel(root, rtindex);
    } else if (IsA(node, FromExpr)) {
        foreach (cell, ((FromExpr *) node)->fromlist)
            collect_rels(root, lfirst(cell));
    } else {
        collect_rels(root, ((JoinExpr *) node)->larg);
        collect_rels(root, ((JoinExpr *) node)->rarg);
    }
}

static void
note_vars(PlannerInfo *root, Node *expr)
{
    ListCell *cell;

    foreach (cell, planner__columns_of(expr)) {
        Var *var = lfirst(cell);

        if (var->varno > 0 && var->varno < root->rel_count && root->base_rels[var->varno]) {
            Rel *rel = root->base_rels[var->varno];

            rel->vars = list_append_unique(rel->vars, var);
        }
    }
}

static void
note_tree_vars(PlannerInfo *root, Node *node)
{
    ListCell *cell;

    if (IsA(node, FromExpr)) {
        foreach (cell, ((FromExpr *) node)->fromlist)
            note_tree_vars(root, lfirst(cell));
        note_vars(root, ((FromExpr *) node)->quals);
    } else if (IsA(node, JoinExpr)) {
        note_tree_vars(root, ((JoinExpr *) node)->larg);
        note_tree_vars(root, ((JoinExpr *) node)->rarg);
        note_vars(root, ((JoinExpr *) node)->quals);
    }
}

/* Which columns are needed of each relation, by anything in the query. */
static void
note_all_vars(PlannerInfo *root)
{
    Query *parse = root->parse;
    ListCell *cell;

    note_vars(root, (Node *) root->processed_tlist);
    note_vars(root, parse->havingQual);
    note_tree_vars(root, (Node *) parse->jointree);
    foreach (cell, parse->returningList)
        note_vars(root, lfirst(cell));
    foreach (cell, parse->windowClause) {
        note_vars(root, ((WindowClause *) lfirst(cell))->startOffset);
        note_vars(root, ((WindowClause *) lfirst(cell))->endOffset);
    }
    /* LATERAL inputs come from the rows of other relations. */
    for (int i = 1; i < root->rel_count; i++) {
        Rel *rel = root->base_rels[i];

        if (!rel)
            continue;
        foreach (cell, rel->subplan_params)
            note_vars(root, ((PlannerParam *) lfirst(cell))->item);
        if (rel->rte->rtekind == RTE_FUNCTION)
            note_vars(root, (Node *) rel->rte->functions);
        if (rel->rte->rtekind == RTE_VALUES)
            note_vars(root, (Node *) rel->rte->values_lists);
    }
    /* What expressions of other levels ask of us. */
    foreach (cell, root->plan_params)
        note_vars(root, ((PlannerParam *) lfirst(cell))->item);
}

void
planner__make_base_rels(PlannerInfo *root)
{
    root->rel_count = list_length(root->parse->rtable) + 1;
    root->base_rels = palloc0(sizeof(Rel *) * (Size) root->rel_count);
    collect_rels(root, (Node *) root->parse->jointree);
    note_all_vars(root);
    for (int i = 1; i < root->rel_count; i++)
        if (root->base_rels[i])
            root->base_rels[i]->width = width_of_vars(root->base_rels[i]->vars);
}

/* ---- ways to read ---- */

static Path *
new_scan(Rel *rel, PathKind kind)
{
    Path *path = palloc0(sizeof *path);

    path->kind = kind;
    path->rel = rel;
    path->rows = rel->rows;
    path->required_outer = bms_copy(rel->lateral_relids);
    path->direction = ForwardScanDirection;
    return path;
}

static void
add_plain_scan(PlannerInfo *root, Rel *rel, PathKind kind, Cost startup, Cost run)
{
    Path *path = new_scan(rel, kind);

    path->startup_cost = startup;
    path->total_cost =
        startup + run + (cpu_tuple_cost + planner__clauses_cost(rel->restricts)) * rel->tuples;
    planner__add_path(rel, path);
}

/* `ctid = value` finds rows without looking for them. */
static void
add_tid_path(PlannerInfo *root, Rel *rel)
{
    List *quals = NIL;
    ListCell *cell;

    foreach (cell, rel->restricts) {
        Clause *clause = lfirst(cell);
        Node *expr = (Node *) clause->expr;
        Node *left = NULL;

        if (IsA(expr, OpExpr) && list_length(((OpExpr *) expr)->args) == 2 &&
            ((OpExpr *) expr)->opno == TIDEqualOperator)
            left = get_leftop(expr);
        else if (IsA(expr, ScalarArrayOpExpr) &&
                 ((ScalarArrayOpExpr *) expr)->opno == TIDEqualOperator &&
                 ((ScalarArrayOpExpr *) expr)->useOr)
            left = linitial(((ScalarArrayOpExpr *) expr)->args);
        if (left && IsA(left, Var) &&
            ((Var *) left)->varattno == SelfItemPointerAttributeNumber && quals == NIL &&
            planner__columns_of(expr) && list_length(planner__columns_of(expr)) == 1)
            quals = list_make1(expr);
    }
    if (quals == NIL || !enable_tidscan)
        return;

    Path *path = new_scan(rel, PATH_TIDSCAN);

    path->tid_quals = quals;
    path->rows = 1;
    path->startup_cost = 0;
    path->total_cost = random_page_cost + cpu_tuple_cost;
    planner__add_path(rel, path);
}

static void
make_table_paths(PlannerInfo *root, Rel *rel)
{
    Path *path = new_scan(rel, PATH_SEQSCAN);

    planner__cost_seqscan(path);
    planner__add_path(rel, path);
    add_tid_path(root, rel);
    planner__make_index_paths(root, rel);
}

void
planner__make_base_paths(PlannerInfo *root, Rel *rel)
{
    rel->rows = planner__clamp_rows(rel->tuples *
                                    planner__clauses_selectivity(root, rel->restricts));
    switch (rel->rte->rtekind) {
    case RTE_RELATION:
        make_table_paths(root, rel);
        break;
    case RTE_SUBQUERY:
        add_plain_scan(root, rel, PATH_SUBQUERYSCAN, rel->values_dummy->startup_cost,
                       rel->values_dummy->total_cost - rel->values_dummy->startup_cost);
        break;
    case RTE_FUNCTION:
        add_plain_scan(root, rel, PATH_FUNCTIONSCAN,
                       planner__eval_cost((Node *) rel->rte->functions), 0);
        break;
    case RTE_VALUES:
        add_plain_scan(root, rel, PATH_VALUESSCAN, 0, cpu_operator_cost * rel->tuples);
        break;
    case RTE_CTE:
        add_plain_scan(root, rel,
                       rel->rte->self_reference ? PATH_WORKTABLESCAN : PATH_CTESCAN, 0,
                       cpu_tuple_cost * rel->tuples);
        break;
    default:
        add_plain_scan(root, rel, PATH_RESULT, 0, 0);
        break;
    }
    planner__set_cheapest(rel);
}
