/*
 * cost.c - what a path costs, in units of one sequential page read
 *
 * The model is PostgreSQL's published one (its documentation of the cost settings, and Mackert and
 * Lohman, "Index scans using a finite LRU buffer", for repeated page fetches), so that EXPLAIN
 * reads the same.
 */
#include "planner_int.h"

#include <math.h>

double
planner__clamp_rows(double rows)
{
    if (rows > 1e100)
        return 1e100;
    return rows <= 1.0 ? 1.0 : rint(rows);
}

int
planner__expr_width(Node *expr)
{
    return get_typavgwidth(exprType(expr), exprTypmod(expr));
}

/* ---- expressions ---- */

static bool
eval_walker(Node *node, double *calls)
{
    if (node == NULL)
        return false;
    switch (nodeTag(node)) {
    case T_FuncExpr: {
        const ProcInfo *proc = catalog_proc(((FuncExpr *) node)->funcid);

        *calls += proc ? proc->procost : 1;
        break;
    }
    case T_OpExpr:
    case T_DistinctExpr:
    case T_NullIfExpr:
        *calls += 1;
        break;
    case T_ScalarArrayOpExpr:
        *calls += 5;
        break;
    case T_CoerceViaIO:
        *calls += 2;
        break;
    case T_SubPlan: {
        SubPlan *subplan = (SubPlan *) node;

        *calls += (subplan->useHashTable ? 1.0 : subplan->per_call_cost / cpu_operator_cost);
        return false;
    }
    case T_Aggref:
    case T_WindowFunc:
        return false;
    default:
        break;
    }
    return expression_tree_walker(node, eval_walker, calls);
}

Cost
planner__eval_cost(Node *expr)
{
    double calls = 0;

    eval_walker(expr, &calls);
    return calls * cpu_operator_cost;
}

Cost
planner__clauses_cost(List *clauses)
{
    Cost cost = 0;
    ListCell *cell;

    foreach (cell, clauses)
        cost += planner__eval_cost((Node *) ((Clause *) lfirst(cell))->expr);
    return cost;
}

/* ---- scans ---- */

void
planner__cost_seqscan(Path *path)
{
    Rel *rel = path->rel;
    Cost per_row = cpu_tuple_cost + planner__clauses_cost(rel->restricts) +
                   planner__clauses_cost(path->clauses);

    path->startup_cost = enable_seqscan ? 0 : DISABLED_COST;
    path->total_cost =
        path->startup_cost + seq_page_cost * rel->pages + per_row * rel->tuples;
}

/* Distinct pages fetched of `pages` when `tuples` rows are fetched in no order. */
static double
pages_fetched(double tuples, double pages, double index_pages)
{
    double T = Max(pages, 1.0), b;

    b = effective_cache_size * T / Max(T + index_pages, 1.0);
    b = b <= 1.0 ? 1.0 : ceil(b);
    if (T <= b) {
        double fetched = (2.0 * T * tuples) / (2.0 * T + tuples);

        return fetched >= T ? T : ceil(fetched);
    }

    double limit = (2.0 * T * b) / (2.0 * T - b);
    double fetched = tuples <= limit ? (2.0 * T * tuples) / (2.0 * T + tuples)
                                     : b + (tuples - limit) * (T - b) / T;

    return ceil(fetched);
}

typedef struct IndexCost {
    Cost startup, total;
    double selectivity;
    double pages; /* index pages of one scan */
} IndexCost;

/* The index's own part of a scan. */
static IndexCost
cost_of_index(PlannerInfo *root, Path *path, double loops)
{
    IndexInfo *index = path->index;
    List *bounds = NIL, *all = NIL;
    double array_scans = 1.0;
    int last_equal = -1;
    bool equal_all = true;
    Bitmapset *equal_columns = NULL;
    ListCell *cell;
    IndexCost cost;

    foreach (cell, path->index_clauses) {
        IndexClause *clause = lfirst(cell);

        if (clause->is_equality)
            equal_columns = bms_add_member(equal_columns, clause->column);
    }
    while (bms_is_member(last_equal + 1, equal_columns))
        last_equal++;
    foreach (cell, path->index_clauses) {
        IndexClause *clause = lfirst(cell);

        all = lappend(all, clause->clause->expr);
        if (clause->column <= last_equal + 1)
            bounds = lappend(bounds, clause->clause->expr);
        if (clause->is_array) {
            ScalarArrayOpExpr *op = (ScalarArrayOpExpr *) clause->expr;
            Node *array = lsecond(op->args);

            array_scans *= IsA(array, ArrayExpr) ? list_length(((ArrayExpr *) array)->elements)
                                                 : 10.0;
        }
        equal_all = equal_all && clause->is_equality;
    }

    double scanned;

    if (index->unique && equal_all && bms_num_members(equal_columns) == index->key_count &&
        array_scans == 1.0) {
        scanned = 1.0;
        cost.selectivity = index->rel->tuples > 0 ? 1.0 / index->rel->tuples : 1.0;
    } else {
        scanned = planner__list_selectivity(root, bounds, JOIN_INNER) * index->rel->tuples;
        scanned = rint(scanned / array_scans);
        cost.selectivity = planner__list_selectivity(root, all, JOIN_INNER);
    }
    scanned = Min(Max(scanned, 1.0), Max(index->tuples, 1.0));
    cost.pages = index->pages > 1 && index->tuples > 1
                     ? ceil(scanned * index->pages / index->tuples)
                     : 1.0;
    double fetched = cost.pages * array_scans * loops;

    if (loops > 1 || array_scans > 1)
        fetched = pages_fetched(fetched, index->pages, index->pages);

    Cost descent = ceil(log2(Max(index->tuples, 2.0))) * cpu_operator_cost +
                   (index->tree_height + 1) * 50.0 * cpu_operator_cost;
    Cost per_entry = cpu_index_tuple_cost +
                     cpu_operator_cost * list_length(path->index_clauses);

    cost.startup = descent;
    cost.total = descent * array_scans + fetched * random_page_cost / loops +
                 scanned * array_scans * per_entry;
    return cost;
}

/* How closely the table's order follows the index's first column; -1 .. 1. */
static double
correlation_of(IndexInfo *index)
{
    if (index->columns[0] <= 0)
        return 0;

    const StatisticInfo *stats =
        catalog_statistics(index->rel->rte->relid, index->columns[0], false);
    const StatisticSlot *slot =
        stats ? catalog_statistics_slot(stats, STATISTIC_KIND_CORRELATION) : NULL;
    double correlation = slot && slot->number_count > 0 ? slot->numbers[0] : 0;

    if (index->descending[0])
        correlation = -correlation;
    return index->key_count > 1 ? correlation * 0.75 : correlation;
}

void
planner__cost_index(PlannerInfo *root, Path *path, double loops)
{
    Rel *rel = path->rel;
    IndexCost index = cost_of_index(root, path, loops);
    double rows = planner__clamp_rows(index.selectivity * rel->tuples);
    double visible = rel->pages > 0 ? Min(1.0, rel->all_visible / rel->pages) : 0;
    double heap_part = path->kind == PATH_INDEXONLYSCAN ? 1.0 - visible : 1.0;
    double max_pages, min_pages;
    Cost max_io, min_io;

    path->startup_cost = index.startup;
    if ((path->kind == PATH_INDEXSCAN && !enable_indexscan) ||
        (path->kind == PATH_INDEXONLYSCAN && !enable_indexonlyscan))
        path->startup_cost += DISABLED_COST;

    if (loops > 1) {
        max_pages = pages_fetched(rows * loops, rel->pages, path->index->pages);
        max_io = ceil(max_pages * heap_part) * random_page_cost / loops;
        min_pages = pages_fetched(ceil(index.selectivity * rel->pages) * loops, rel->pages,
                                  path->index->pages);
        min_io = ceil(min_pages * heap_part) * random_page_cost / loops;
    } else {
        max_pages = pages_fetched(rows, rel->pages, path->index->pages);
        max_io = ceil(max_pages * heap_part) * random_page_cost;
        min_pages = ceil(index.selectivity * rel->pages);
        min_io = 0;
        if (min_pages > 0) {
            double pages = ceil(min_pages * heap_part);

            min_io = pages > 0 ? random_page_cost + (pages - 1) * seq_page_cost : 0;
        }
    }

    double correlation = correlation_of(path->index);
    Cost io = max_io + correlation * correlation * (min_io - max_io);
    Cost per_row = cpu_tuple_cost + planner__clauses_cost(rel->restricts) +
                   planner__clauses_cost(path->clauses);

    path->total_cost = path->startup_cost + (index.total - index.startup) + io + per_row * rows;
}

void
planner__cost_bitmap(PlannerInfo *root, Path *path, double loops)
{
    Rel *rel = path->rel;
    Cost index_total = 0;
    double selectivity = path->bitmap_or ? 0.0 : 1.0;
    ListCell *cell;

    foreach (cell, path->bitmaps) {
        Path *arm = lfirst(cell);
        IndexCost cost = cost_of_index(root, arm, loops);

        index_total += cost.total + 0.1 * cpu_operator_cost * cost.selectivity * rel->tuples;
        if (path->bitmap_or)
            selectivity = selectivity + cost.selectivity - selectivity * cost.selectivity;
        else
            selectivity *= cost.selectivity;
    }

    double rows = planner__clamp_rows(selectivity * rel->tuples);
    double T = Max(rel->pages, 1.0);
    double pages = loops > 1 ? pages_fetched(rows * loops, rel->pages, 0) / loops
                             : Min(ceil((2.0 * T * rows) / (2.0 * T + rows)), T);
    Cost per_page = pages >= 2.0 ? random_page_cost - (random_page_cost - seq_page_cost) *
                                                          sqrt(pages / T)
                                 : random_page_cost;
    Cost per_row = cpu_tuple_cost + planner__clauses_cost(rel->restricts) +
                   planner__clauses_cost(path->clauses) +
                   cpu_operator_cost * list_length(path->bitmaps);

    path->startup_cost = index_total + (enable_bitmapscan ? 0 : DISABLED_COST);
    path->total_cost = path->startup_cost + pages * per_page + per_row * rows;
}

/* ---- sort and material ---- */

void
planner__cost_sort(double rows, int width, double limit, Cost input_total, Cost *ret_startup,
                   Cost *ret_total)
{
    double bytes = rows * (width + 24), output = limit > 0 && limit < rows ? limit : rows;
    double output_bytes = output * (width + 24), memory = work_mem * 1024.0;
    Cost compare = 2.0 * cpu_operator_cost, startup = input_total;

    rows = Max(rows, 2.0);
    if (!enable_sort)
        startup += DISABLED_COST;
    if (output_bytes > memory) {
        double pages = ceil(bytes / BLCKSZ), runs = bytes / memory;
        double merges = runs > 6 ? ceil(log(runs) / log(6.0)) : 1.0;

        startup += compare * rows * log2(rows);
        startup += 2.0 * pages * merges * (seq_page_cost * 0.75 + random_page_cost * 0.25);
    } else if (rows > 2 * output || bytes > memory) {
        startup += compare * rows * log2(Max(2.0 * output, 2.0));
    } else {
        startup += compare * rows * log2(rows);
    }
    *ret_startup = startup;
    *ret_total = startup + cpu_operator_cost * rows;
}

void
planner__cost_material(Path *path)
{
    Path *child = path->outer;
    double bytes = child->rows * (child->rel->width + 24);

    path->startup_cost = child->startup_cost + (enable_material ? 0 : DISABLED_COST);
    path->total_cost = child->total_cost + 2 * cpu_operator_cost * child->rows;
    if (bytes > work_mem * 1024.0)
        path->total_cost += seq_page_cost * ceil(bytes / BLCKSZ);
}

/* ---- joins ---- */

/* Reading the inner side once more. */
static Cost
rescan_cost(Path *inner)
{
    switch (inner->kind) {
    case PATH_MATERIAL: {
        Cost cost = cpu_operator_cost * inner->rows;
        double bytes = inner->rows * (inner->rel->width + 24);

        return bytes > work_mem * 1024.0 ? cost + seq_page_cost * ceil(bytes / BLCKSZ) : cost;
    }
    case PATH_CTESCAN:
    case PATH_FUNCTIONSCAN:
        return cpu_tuple_cost * inner->rows;
    default:
        return inner->total_cost;
    }
}

void
planner__cost_nestloop(PlannerInfo *root, Path *path)
{
    Path *outer = path->outer, *inner = path->inner;
    double outer_rows = Max(outer->rows, 1.0);
    Cost filter = planner__clauses_cost(path->clauses) + planner__clauses_cost(path->filter);
    double pairs = outer_rows * Max(inner->rows, 1.0);
    double inner_part = 1.0;

    if (path->jointype == JOIN_SEMI || path->jointype == JOIN_ANTI)
        inner_part = 0.5; /* stops at the first match */
    path->startup_cost = outer->startup_cost + inner->startup_cost;
    if (!enable_nestloop)
        path->startup_cost += DISABLED_COST;
    path->total_cost = path->startup_cost + (outer->total_cost - outer->startup_cost) +
                       (inner->total_cost - inner->startup_cost) * inner_part +
                       (outer_rows - 1) * rescan_cost(inner) * inner_part;
    path->total_cost += (cpu_tuple_cost + filter) * pairs * inner_part;
}

void
planner__cost_hashjoin(PlannerInfo *root, Path *path)
{
    Path *outer = path->outer, *inner = path->inner;
    int keys = list_length(path->hash_clauses);
    double inner_bytes = inner->rows * (inner->rel->width + 32);
    double memory = work_mem * 1024.0 * hash_mem_multiplier;
    double distinct = 1.0;
    ListCell *cell;

    path->startup_cost = outer->startup_cost + inner->total_cost +
                         (cpu_operator_cost * keys + cpu_tuple_cost) * inner->rows;
    if (!enable_hashjoin)
        path->startup_cost += DISABLED_COST;
    path->total_cost = path->startup_cost + (outer->total_cost - outer->startup_cost) +
                       cpu_operator_cost * keys * outer->rows;
    if (inner_bytes > memory) {
        double outer_pages = ceil(outer->rows * (outer->rel->width + 24) / BLCKSZ);
        double inner_pages = ceil(inner_bytes / BLCKSZ);

        path->startup_cost += seq_page_cost * inner_pages;
        path->total_cost += seq_page_cost * (2 * outer_pages + 2 * inner_pages);
    }
    foreach (cell, path->hash_clauses) {
        Clause *clause = lfirst(cell);
        Node *left = get_leftop(clause->expr), *right = get_rightop(clause->expr);
        Node *key = bms_is_subset(clause->left_relids, inner->rel->relids) ? left : right;

        distinct = Max(distinct, planner__distinct_values(root, key, inner->rows));
    }

    double matches = inner->rows / Max(Min(distinct, inner->rows), 1.0);

    path->total_cost += cpu_operator_cost * keys * outer->rows * matches * 0.5 +
                        (cpu_tuple_cost + planner__clauses_cost(path->clauses) +
                         planner__clauses_cost(path->filter)) * path->rows;
}

void
planner__cost_mergejoin(PlannerInfo *root, Path *path)
{
    Path *outer = path->outer, *inner = path->inner;
    Cost outer_startup = outer->startup_cost, outer_total = outer->total_cost;
    Cost inner_startup = inner->startup_cost, inner_total = inner->total_cost;

    if (path->outer_order != NIL)
        planner__cost_sort(outer->rows, outer->rel->width, -1, outer->total_cost, &outer_startup,
                           &outer_total);
    if (path->inner_order != NIL)
        planner__cost_sort(inner->rows, inner->rel->width, -1, inner->total_cost, &inner_startup,
                           &inner_total);
    path->startup_cost = outer_startup + inner_startup + (enable_mergejoin ? 0 : DISABLED_COST);
    path->total_cost = path->startup_cost + (outer_total - outer_startup) +
                       (inner_total - inner_startup) +
                       cpu_operator_cost * list_length(path->merge_clauses) *
                           (outer->rows + inner->rows) +
                       (cpu_tuple_cost + planner__clauses_cost(path->clauses) +
                        planner__clauses_cost(path->filter)) * path->rows;
}
