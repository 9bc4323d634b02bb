/*
 * join.c - the order and the method of joins
 *
 * Why        Inner joins may be done in any order; outer joins stay where they were written. So the
 *            join tree is cut at outer joins: what inner joins connect is one problem whose items
 *            are base relations or whole outer joins, solved by dynamic programming over its
 *            subsets (Selinger), greedily where there are too many.
 * Invariants J1. A condition is tested at the lowest place where it means the same: below an outer
 *                join's nullable side only if it stands in that join's ON.
 *            J2. Every plan of a join problem covers all its items exactly once.
 */
#include "planner_int.h"

typedef struct Item {
    Node *node; /* RangeTblRef or an outer JoinExpr */
    Relids relids;
    List *pushed; /* Clause: from above, to be tested inside */
    Rel *rel;
} Item;

typedef struct Problem {
    List *items;   /* Item */
    List *clauses; /* Clause of more than one item */
} Problem;

static Rel *plan_tree(PlannerInfo *root, Node *node, List *pushed, List *param_clauses,
                      List **ret_gating);

/* ---- taking the tree apart ---- */

static Relids
relids_of_tree(Node *node)
{
    Relids relids = NULL;
    ListCell *cell;

    if (IsA(node, RangeTblRef))
        return bms_make_singleton(((RangeTblRef *) node)->rtindex);
    if (IsA(node, FromExpr)) {
        foreach (cell, ((FromExpr *) node)->fromlist)
            relids = bms_join(relids, relids_of_tree(lfirst(cell)));
        return relids;
    }
    relids = relids_of_tree(((JoinExpr *) node)->larg);
    return bms_join(relids, relids_of_tree(((JoinExpr *) node)->rarg));
}

static void
flatten(Node *node, Problem *problem, List **ret_quals)
{
    ListCell *cell;

    if (IsA(node, FromExpr)) {
        foreach (cell, ((FromExpr *) node)->fromlist)
            flatten(lfirst(cell), problem, ret_quals);
        *ret_quals = list_concat(*ret_quals, planner__qual_list(((FromExpr *) node)->quals));
        return;
    }
    if (IsA(node, JoinExpr) && ((JoinExpr *) node)->jointype == JOIN_INNER) {
        flatten(((JoinExpr *) node)->larg, problem, ret_quals);
        flatten(((JoinExpr *) node)->rarg, problem, ret_quals);
        *ret_quals = list_concat(*ret_quals, planner__qual_list(((JoinExpr *) node)->quals));
        return;
    }

    Item *item = palloc0(sizeof *item);

    item->node = node;
    item->relids = relids_of_tree(node);
    problem->items = lappend(problem->items, item);
}

/* Equalities that follow: a = b and a = 5 give b = 5, which may find an index. */
static List *
derive_constants(PlannerInfo *root, List *clauses)
{
    List *derived = NIL;
    ListCell *cell, *inner;

    foreach (cell, clauses) {
        Clause *equality = lfirst(cell);

        if (!equality->hash_op)
            continue;
        foreach (inner, clauses) {
            Clause *fixed = lfirst(inner);
            OpExpr *a = (OpExpr *) equality->expr, *b = (OpExpr *) fixed->expr;

            if (!IsA(b, OpExpr) || list_length(b->args) != 2 || b->opno != a->opno ||
                b->inputcollid != a->inputcollid || fixed->hash_op ||
                bms_membership(fixed->relids) != BMS_SINGLETON)
                continue;

            Node *value = lsecond(b->args), *column = linitial(b->args);

            if (planner__columns_of(value) != NIL || planner__is_volatile(value) ||
                exprType(linitial(a->args)) != exprType(lsecond(a->args)))
                continue;
            for (int side = 0; side < 2; side++) {
                if (!equal(list_nth(a->args, side), column))
                    continue;

                OpExpr *copy = copyObject(b);

                copy->args = list_make2(copyObject(list_nth(a->args, 1 - side)),
                                        copyObject(value));
                if (!list_member(derived, copy))
                    derived = lappend(derived, copy);
            }
        }
    }

    List *result = clauses;

    foreach (cell, derived) {
        bool known = false;

        foreach (inner, clauses)
            known = known || equal(((Clause *) lfirst(inner))->expr, lfirst(cell));
        if (!known)
            result = lappend(result, planner__make_clause(root, lfirst(cell)));
    }
    return result;
}

/* Each condition goes to the item it concerns, or stays with the problem. */
static void
distribute(PlannerInfo *root, Problem *problem, List *clauses, List **ret_gating)
{
    ListCell *cell, *inner;

    clauses = derive_constants(root, clauses);
    foreach (cell, clauses) {
        Clause *clause = lfirst(cell);
        bool placed = false;

        if (bms_is_empty(clause->relids) && !clause->is_volatile) {
            *ret_gating = lappend(*ret_gating, clause->expr);
            continue;
        }
        if (bms_is_empty(clause->relids)) {
            Item *first = linitial(problem->items);

            first->pushed = lappend(first->pushed, clause);
            continue;
        }
        foreach (inner, problem->items) {
            Item *item = lfirst(inner);

            if (bms_is_subset(clause->relids, item->relids)) {
                item->pushed = lappend(item->pushed, clause);
                placed = true;
                break;
            }
        }
        if (!placed)
            problem->clauses = lappend(problem->clauses, clause);
    }
}

/* ---- joining two ---- */

static Rel *
join_rel(PlannerInfo *root, Rel *a, Rel *b)
{
    Rel *rel = palloc0(sizeof *rel);

    rel->kind = REL_JOIN;
    rel->relids = bms_union(a->relids, b->relids);
    rel->width = a->width + b->width;
    return rel;
}

static double
join_rows(PlannerInfo *root, double outer_rows, double inner_rows, List *clauses, List *filter,
          JoinType jointype)
{
    double selectivity =
        planner__list_selectivity(root, planner__exprs_of(clauses), jointype);
    double filter_selectivity = planner__clauses_selectivity(root, filter);
    double rows;

    switch (jointype) {
    case JOIN_LEFT:
        rows = Max(outer_rows * inner_rows * selectivity, outer_rows);
        break;
    case JOIN_FULL:
        rows = Max(Max(outer_rows * inner_rows * selectivity, outer_rows), inner_rows);
        break;
    case JOIN_SEMI:
        rows = outer_rows * Min(1.0, inner_rows * selectivity);
        break;
    case JOIN_ANTI:
        rows = outer_rows * (1.0 - Min(1.0, inner_rows * selectivity));
        rows = Max(rows, outer_rows * 0.01);
        break;
    default:
        rows = outer_rows * inner_rows * selectivity;
        break;
    }
    return planner__clamp_rows(rows * filter_selectivity);
}

/* Clauses that match outer against inner columns, and can hash (or merge). */
static List *
key_clauses(List *clauses, Relids outer, Relids inner, bool for_merge)
{
    List *result = NIL;
    ListCell *cell;

    foreach (cell, clauses) {
        Clause *clause = lfirst(cell);

        if ((for_merge ? !clause->is_merge : !clause->hash_op) || clause->is_pushed)
            continue;
        if ((bms_is_subset(clause->left_relids, outer) &&
             bms_is_subset(clause->right_relids, inner)) ||
            (bms_is_subset(clause->left_relids, inner) &&
             bms_is_subset(clause->right_relids, outer)))
            result = lappend(result, clause);
    }
    return result;
}

static Path *
new_join(Rel *rel, PathKind kind, JoinType jointype, Path *outer, Path *inner, List *clauses,
         List *filter)
{
    Path *path = palloc0(sizeof *path);

    path->kind = kind;
    path->rel = rel;
    path->jointype = jointype;
    path->outer = outer;
    path->inner = inner;
    path->clauses = clauses;
    path->filter = filter;
    path->rows = rel->rows;
    path->required_outer = bms_difference(bms_union(outer->required_outer, inner->required_outer),
                                          rel->relids);
    return path;
}

static bool
is_join_clause_of(Path *inner, Clause *clause)
{
    ListCell *cell;

    foreach (cell, inner->clauses)
        if (lfirst(cell) == clause)
            return true;
    return false;
}

/* Clauses that the inner path has not tested already. */
static List *
untested(List *clauses, Path *inner)
{
    List *result = NIL;
    ListCell *cell;

    if (inner->kind >= PATH_NESTLOOP)
        return clauses;
    foreach (cell, clauses)
        if (!is_join_clause_of(inner, lfirst(cell)))
            result = lappend(result, lfirst(cell));
    return result;
}

static Path *
materialized(Path *inner)
{
    Path *path = palloc0(sizeof *path);

    path->kind = PATH_MATERIAL;
    path->rel = inner->rel;
    path->outer = inner;
    path->rows = inner->rows;
    path->order = inner->order;
    planner__cost_material(path);
    return path;
}

static void
add_nestloops(PlannerInfo *root, Rel *rel, Rel *outer_rel, Rel *inner_rel, JoinType jointype,
              List *clauses, List *filter)
{
    ListCell *o, *i;

    foreach (o, outer_rel->paths) {
        Path *outer = lfirst(o);

        /* What the outer side needs cannot come from the inner side. */
        if (bms_overlap(outer->required_outer, inner_rel->relids))
            continue;
        if (outer != outer_rel->cheapest && outer->order == NIL &&
            bms_is_empty(outer->required_outer) && root->tuple_fraction == 0)
            continue;
        foreach (i, inner_rel->paths) {
            Path *inner = lfirst(i);
            Path *join;

            if (inner->order != NIL && inner != inner_rel->cheapest &&
                bms_is_empty(inner->required_outer))
                continue;
            join = new_join(rel, PATH_NESTLOOP, jointype, outer, inner,
                            untested(clauses, inner), filter);
            join->order = outer->order;
            planner__cost_nestloop(root, join);
            planner__add_path(rel, join);
            if (!bms_is_empty(inner->required_outer) || inner->kind == PATH_MATERIAL ||
                inner->kind == PATH_RESULT)
                continue;
            join = new_join(rel, PATH_NESTLOOP, jointype, outer, materialized(inner), clauses,
                            filter);
            join->order = outer->order;
            planner__cost_nestloop(root, join);
            planner__add_path(rel, join);
        }
    }
}

static void
add_hash(PlannerInfo *root, Rel *rel, Rel *outer_rel, Rel *inner_rel, JoinType jointype,
         List *clauses, List *filter)
{
    List *keys = key_clauses(clauses, outer_rel->relids, inner_rel->relids, false);
    Path *outer = outer_rel->cheapest, *inner = inner_rel->cheapest;

    if (keys == NIL || bms_overlap(outer->required_outer, inner_rel->relids) ||
        bms_overlap(inner->required_outer, outer_rel->relids))
        return;

    Path *join = new_join(rel, PATH_HASHJOIN, jointype, outer, inner,
                          list_difference_ptr(clauses, keys), filter);

    join->hash_clauses = keys;
    planner__cost_hashjoin(root, join);
    planner__add_path(rel, join);
}

static List *
merge_order(List *keys, Relids side)
{
    List *order = NIL;
    ListCell *cell;

    foreach (cell, keys) {
        Clause *clause = lfirst(cell);
        OpExpr *op = (OpExpr *) clause->expr;
        bool left = bms_is_subset(clause->left_relids, side);
        OrderKey *key = palloc0(sizeof *key);

        key->expr = left ? linitial(op->args) : lsecond(op->args);
        key->sortop = get_ordering_op_for_equality_op(op->opno, left);
        key->collation = op->inputcollid;
        order = lappend(order, key);
    }
    return order;
}

static Path *
cheapest_in_order(Rel *rel, List *order)
{
    Path *best = NULL;
    ListCell *cell;

    foreach (cell, rel->paths) {
        Path *path = lfirst(cell);

        if (bms_is_empty(path->required_outer) && planner__order_satisfies(path->order, order) &&
            (!best || path->total_cost < best->total_cost))
            best = path;
    }
    return best;
}

static void
add_merge(PlannerInfo *root, Rel *rel, Rel *outer_rel, Rel *inner_rel, JoinType jointype,
          List *clauses, List *filter)
{
    List *keys = key_clauses(clauses, outer_rel->relids, inner_rel->relids, true);

    if (keys == NIL || !bms_is_empty(outer_rel->cheapest->required_outer) ||
        !bms_is_empty(inner_rel->cheapest->required_outer))
        return;

    List *outer_order = merge_order(keys, outer_rel->relids);
    List *inner_order = merge_order(keys, inner_rel->relids);
    ListCell *a, *b;

    forboth(a, outer_order, b, inner_order)
        if (!((OrderKey *) lfirst(a))->sortop || !((OrderKey *) lfirst(b))->sortop)
            return;

    Path *sorted_outer = cheapest_in_order(outer_rel, outer_order);
    Path *sorted_inner = cheapest_in_order(inner_rel, inner_order);
    Path *outer = sorted_outer ? sorted_outer : outer_rel->cheapest;
    Path *inner = sorted_inner ? sorted_inner : inner_rel->cheapest;
    Path *join = new_join(rel, PATH_MERGEJOIN, jointype, outer, inner,
                          list_difference_ptr(clauses, keys), filter);

    join->merge_clauses = keys;
    join->outer_order = sorted_outer ? NIL : outer_order;
    join->inner_order = sorted_inner ? NIL : inner_order;
    join->order = jointype == JOIN_FULL || jointype == JOIN_RIGHT ? NIL : outer_order;
    planner__cost_mergejoin(root, join);
    planner__add_path(rel, join);
}

/* All ways to join two rels; clauses decide the match, filter is tested on the result. */
static void
add_join_paths(PlannerInfo *root, Rel *rel, Rel *left, Rel *right, JoinType jointype,
               List *clauses, List *filter)
{
    if (!left->cheapest || !right->cheapest)
        return;
    switch (jointype) {
    case JOIN_INNER:
        add_nestloops(root, rel, left, right, JOIN_INNER, clauses, filter);
        add_nestloops(root, rel, right, left, JOIN_INNER, clauses, filter);
        add_hash(root, rel, left, right, JOIN_INNER, clauses, filter);
        add_hash(root, rel, right, left, JOIN_INNER, clauses, filter);
        add_merge(root, rel, left, right, JOIN_INNER, clauses, filter);
        break;
    case JOIN_LEFT:
        add_nestloops(root, rel, left, right, JOIN_LEFT, clauses, filter);
        add_hash(root, rel, left, right, JOIN_LEFT, clauses, filter);
        add_hash(root, rel, right, left, JOIN_RIGHT, clauses, filter);
        add_merge(root, rel, left, right, JOIN_LEFT, clauses, filter);
        break;
    case JOIN_SEMI:
    case JOIN_ANTI:
        add_nestloops(root, rel, left, right, jointype, clauses, filter);
        add_hash(root, rel, left, right, jointype, clauses, filter);
        break;
    case JOIN_FULL:
        add_hash(root, rel, left, right, JOIN_FULL, clauses, filter);
        add_hash(root, rel, right, left, JOIN_FULL, clauses, filter);
        add_merge(root, rel, left, right, JOIN_FULL, clauses, filter);
        if (rel->paths == NIL && clauses == NIL)
            add_nestloops(root, rel, left, right, JOIN_FULL, clauses, filter);
        if (rel->paths == NIL)
            ereport(ERROR, (errcode(ERRCODE_FEATURE_NOT_SUPPORTED),
                            errmsg("FULL JOIN is only supported with merge-joinable or "
                                   "hash-joinable join conditions")));
        break;
    default:
        break;
    }
}

/* ---- outer joins, where they were written ---- */

static Rel *
plan_outer_join(PlannerInfo *root, JoinExpr *join, List *pushed, List *param_clauses,
                List **ret_gating)
{
    JoinType jointype = join->jointype;
    Node *left = join->larg, *right = join->rarg;
    List *to_left = NIL, *to_right = NIL, *clauses = NIL, *filter = NIL, *ignored = NIL;
    Relids left_relids, right_relids;
    ListCell *cell;

    if (jointype == JOIN_RIGHT) {
        left = join->rarg;
        right = join->larg;
        jointype = JOIN_LEFT;
    }
    left_relids = relids_of_tree(left);
    right_relids = relids_of_tree(right);
    foreach (cell, planner__qual_list(join->quals)) {
        Clause *clause = planner__make_clause(root, lfirst(cell));

        if (jointype != JOIN_FULL && !bms_is_empty(clause->relids) && !clause->is_volatile &&
            bms_is_subset(clause->relids, right_relids))
            to_right = lappend(to_right, clause); /* J1 */
        else
            clauses = lappend(clauses, clause);
    }
    foreach (cell, pushed) {
        Clause *clause = lfirst(cell);

        if (jointype != JOIN_FULL && bms_is_subset(clause->relids, left_relids) &&
            !bms_is_empty(clause->relids))
            to_left = lappend(to_left, clause);
        else {
            clause->is_pushed = true;
            filter = lappend(filter, clause);
        }
    }

    List *inner_params = jointype == JOIN_FULL ? NIL : list_concat_copy(clauses, NIL);
    Rel *left_rel = plan_tree(root, left, to_left, param_clauses, &ignored);
    Rel *right_rel = plan_tree(root, right, to_right,
                               list_concat(inner_params, NIL), &ignored);
    Rel *rel = join_rel(root, left_rel, right_rel);

    rel->rows = join_rows(root, left_rel->rows, right_rel->rows, clauses, filter, jointype);
    if (jointype == JOIN_LEFT && planner__index_is_unique_for(right_rel, clauses))
        rel->rows = planner__clamp_rows(left_rel->rows *
                                        planner__clauses_selectivity(root, filter));
    add_join_paths(root, rel, left_rel, right_rel, jointype, clauses, filter);
    planner__set_cheapest(rel);
    /* A constant ON condition of this join is tested with it; of an inner join below, there. */
    foreach (cell, ignored)
        *ret_gating = lappend(*ret_gating, lfirst(cell));
    return rel;
}

/* ---- inner joins, in the best order ---- */

static Rel *
plan_item(PlannerInfo *root, Item *item, List *problem_clauses, List *param_clauses,
          List **ret_gating)
{
    if (IsA(item->node, JoinExpr))
        return plan_outer_join(root, (JoinExpr *) item->node, item->pushed, problem_clauses,
                               ret_gating);

    Rel *rel = root->base_rels[((RangeTblRef *) item->node)->rtindex];
    ListCell *cell;

    rel->restricts = item->pushed;
    foreach (cell, list_concat_copy(problem_clauses, param_clauses)) {
        Clause *clause = lfirst(cell);

        if (bms_is_member((int) rel->relid, clause->relids) && !clause->is_volatile)
            rel->param_clauses = lappend(rel->param_clauses, clause);
    }
    planner__make_base_paths(root, rel);
    return rel;
}

/* The problem's clauses that a and b together can test, and neither alone. */
static List *
clauses_between(Problem *problem, Rel *a, Rel *b)
{
    Relids both = bms_union(a->relids, b->relids);
    List *result = NIL;
    ListCell *cell;

    foreach (cell, problem->clauses) {
        Clause *clause = lfirst(cell);

        if (bms_is_subset(clause->relids, both) && !bms_is_subset(clause->relids, a->relids) &&
            !bms_is_subset(clause->relids, b->relids))
            result = lappend(result, clause);
    }
    return result;
}

static bool
is_connected(Problem *problem, Rel *a, Rel *b)
{
    ListCell *cell;

    foreach (cell, problem->clauses) {
        Clause *clause = lfirst(cell);

        if (bms_overlap(clause->relids, a->relids) && bms_overlap(clause->relids, b->relids))
            return true;
    }
    /* LATERAL connects too */
    foreach (cell, a->paths)
        if (bms_overlap(((Path *) lfirst(cell))->required_outer, b->relids))
            return true;
    foreach (cell, b->paths)
        if (bms_overlap(((Path *) lfirst(cell))->required_outer, a->relids))
            return true;
    return false;
}

/* Adds to `into` the ways to join a and b; makes it first if it is NULL. */
static Rel *
join_pair(PlannerInfo *root, Problem *problem, Rel *into, Rel *a, Rel *b)
{
    List *clauses = clauses_between(problem, a, b);

    if (!into) {
        into = join_rel(root, a, b);
        into->rows = join_rows(root, a->rows, b->rows, clauses, NIL, JOIN_INNER);
        if (planner__index_is_unique_for(b, clauses))
            into->rows = Min(into->rows, planner__clamp_rows(a->rows));
        if (planner__index_is_unique_for(a, clauses))
            into->rows = Min(into->rows, planner__clamp_rows(b->rows));
    }
    add_join_paths(root, into, a, b, JOIN_INNER, clauses, NIL);
    return into;
}

static Rel *
solve_exhaustively(PlannerInfo *root, Problem *problem, Rel **items, int count)
{
    unsigned full = (1u << count) - 1;
    Rel **best = palloc0(sizeof(Rel *) * (full + 1));

    for (int i = 0; i < count; i++)
        best[1u << i] = items[i];
    for (int size = 2; size <= count; size++) {
        for (int pass = 0; pass < 2; pass++) {
            bool all_made = true;

            for (unsigned set = 1; set <= full; set++) {
                if (__builtin_popcount(set) != size || (pass == 1 && best[set]))
                    continue;

                Rel *rel = NULL;

                for (unsigned part = (set - 1) & set; part > 0; part = (part - 1) & set) {
                    Rel *a = best[part], *b = best[set ^ part];

                    if (part < (set ^ part) || !a || !b)
                        continue; /* each split once */
                    if (pass == 0 && !is_connected(problem, a, b))
                        continue;
                    rel = join_pair(root, problem, rel, a, b);
                }
                if (rel && rel->paths != NIL) {
                    planner__set_cheapest(rel);
                    best[set] = rel;
                } else if (pass == 0) {
                    all_made = false;
                }
            }
            /* Products are made only where nothing else completes the problem. */
            if (all_made || size < count)
                break;
        }
    }
    if (!best[full]) { /* components without connection: join them one after another */
        for (int size = 2; size <= count; size++)
            for (unsigned set = 1; set <= full; set++) {
                if (__builtin_popcount(set) != size || best[set])
                    continue;

                Rel *rel = NULL;

                for (unsigned part = (set - 1) & set; part > 0; part = (part - 1) & set)
                    if (part > (set ^ part) && best[part] && best[set ^ part])
                        rel = join_pair(root, problem, rel, best[part], best[set ^ part]);
                if (rel && rel->paths != NIL) {
                    planner__set_cheapest(rel);
                    best[set] = rel;
                }
            }
    }
    return best[full];
}

static Rel *
solve_greedily(PlannerInfo *root, Problem *problem, Rel **items, int count)
{
    while (count > 1) {
        Rel *chosen = NULL;
        int chosen_a = 0, chosen_b = 0;

        for (int pass = 0; pass < 2 && !chosen; pass++)
            for (int a = 0; a < count; a++)
                for (int b = a + 1; b < count; b++) {
                    Rel *rel;

                    if (pass == 0 && !is_connected(problem, items[a], items[b]))
                        continue;
                    rel = join_pair(root, problem, NULL, items[a], items[b]);
                    if (rel->paths == NIL)
                        continue;
                    planner__set_cheapest(rel);
                    if (!chosen || rel->rows < chosen->rows ||
                        (rel->rows == chosen->rows &&
                         rel->cheapest->total_cost < chosen->cheapest->total_cost)) {
                        chosen = rel;
                        chosen_a = a;
                        chosen_b = b;
                    }
                }
        if (!chosen)
            return NULL;
        items[chosen_a] = chosen;
        items[chosen_b] = items[--count];
    }
    return items[0];
}

static Rel *
plan_tree(PlannerInfo *root, Node *node, List *pushed, List *param_clauses, List **ret_gating)
{
    Problem problem = {0};
    List *quals = NIL, *clauses = NIL;
    ListCell *cell;

    flatten(node, &problem, &quals);
    foreach (cell, quals)
        clauses = lappend(clauses, planner__make_clause(root, lfirst(cell)));
    clauses = list_concat(clauses, pushed);
    distribute(root, &problem, clauses, ret_gating);

    int count = list_length(problem.items);
    Rel **items = palloc(sizeof(Rel *) * (Size) count);

    for (int i = 0; i < count; i++)
        items[i] = plan_item(root, list_nth(problem.items, i), problem.clauses, param_clauses,
                             ret_gating);
    if (count == 1)
        return items[0];

    Rel *rel = count <= JOIN_ITEMS_EXHAUSTIVE_MAX
                   ? solve_exhaustively(root, &problem, items, count)
                   : solve_greedily(root, &problem, items, count);

    if (!rel)
        ereport(ERROR, (errmsg_internal("could not find a plan for the join")));
    return rel;
}

/* The best rel for FROM and WHERE; conditions without columns come back in *ret_gating. */
Rel *
planner__plan_join_tree(PlannerInfo *root, List **ret_gating)
{
    *ret_gating = NIL;
    return plan_tree(root, (Node *) root->parse->jointree, NIL, NIL, ret_gating);
}
