/*
 * index.c - which indexes can answer which conditions, and in what order they give rows
 *
 * Why        A condition fits an index column when it compares the column, by an operator of the
 *            index's family, with something that is known before the scan: a constant, a
 *            parameter, or columns of relations further out in a nested loop.
 */
#include "planner_int.h"

#include <math.h>

#define BTREE_LESS 1
#define BTREE_LESS_EQUAL 2
#define BTREE_EQUAL 3
#define BTREE_GREATER_EQUAL 4
#define BTREE_GREATER 5
#define TREE_FANOUT 250.0

/* ---- index facts ---- */

static List *
index_tlist(IndexInfo *index, Relation heap)
{
    List *tlist = NIL;

    for (int i = 0; i < index->column_count; i++) {
        Node *expr;

        if (index->columns[i] != 0) {
            Form_pg_attribute att = TupleDescAttr(heap->rd_att, index->columns[i] - 1);

            expr = (Node *) makeVar((int) index->rel->relid, index->columns[i], att->atttypid,
                                    att->atttypmod, att->attcollation, 0);
        } else {
            expr = planner__index_expr(index, i);
        }
        tlist = lappend(tlist, makeTargetEntry((Expr *) expr, (AttrNumber) (i + 1), NULL, false));
    }
    return tlist;
}

/* The expression of a column: expressions stand in order of the zero columns. */
Node *
planner__index_expr(IndexInfo *index, int column)
{
    int nth = 0;

    for (int i = 0; i < column; i++)
        if (index->columns[i] == 0)
            nth++;
    return list_nth(index->expressions, nth);
}

static List *
stored_exprs(const char *text, Rel *rel)
{
    if (!text)
        return NIL;

    Node *node = stringToNode(text);

    node = planner__fold(NULL, node);
    if (rel->relid != 1)
        planner__offset_vars(node, (int) rel->relid - 1, 0);
    return IsA(node, List) ? (List *) node : list_make1(node);
}

static List *
stored_predicate(const char *text, Rel *rel)
{
    List *list = stored_exprs(text, rel), *result = NIL;
    ListCell *cell;

    foreach (cell, list)
        result = list_concat(result, planner__qual_list(lfirst(cell)));
    return result;
}

/* The predicate holds for every row the query wants: each part is among its conditions. */
static bool
predicate_is_implied(IndexInfo *index, List *restricts)
{
    ListCell *cell;

    foreach (cell, index->predicate) {
        ListCell *inner;
        bool found = false;

        foreach (inner, restricts) {
            Clause *clause = lfirst(inner);

            found = found || equal(clause->expr, lfirst(cell));
            /* a strict condition on a column implies that it is not null */
            if (!found && IsA(lfirst(cell), NullTest) &&
                ((NullTest *) lfirst(cell))->nulltesttype == IS_NOT_NULL &&
                IsA(clause->expr, OpExpr) && op_strict(((OpExpr *) clause->expr)->opno) &&
                list_member(((OpExpr *) clause->expr)->args, ((NullTest *) lfirst(cell))->arg))
                found = true;
        }
        if (!found)
            return false;
    }
    return true;
}

static IndexInfo *
load_index(Rel *rel, Relation heap, Relation index)
{
    Form_pg_index form = index->rd_index;
    RelationCatalog *catalog = relation_catalog(index);
    IndexInfo *info = palloc0(sizeof *info);
    int keys = form->indnkeyatts;

    info->oid = index->rd_id;
    info->rel = rel;
    info->column_count = form->indnatts;
    info->key_count = keys;
    info->columns = palloc(sizeof(AttrNumber) * (Size) form->indnatts);
    info->opfamilies = palloc(sizeof(Oid) * (Size) keys);
    info->opcintypes = palloc(sizeof(Oid) * (Size) keys);
    info->collations = palloc(sizeof(Oid) * (Size) keys);
    info->descending = palloc(sizeof(bool) * (Size) keys);
    info->nulls_first = palloc(sizeof(bool) * (Size) keys);
    for (int i = 0; i < form->indnatts; i++)
        info->columns[i] = form->indkey.values[i];
    for (int i = 0; i < keys; i++) {
        info->opfamilies[i] = index->rd_opfamily[i];
        info->opcintypes[i] = index->rd_opcintype[i];
        info->collations[i] = index->rd_indcollation[i];
        info->descending[i] = (index->rd_indoption[i] & INDOPTION_DESC) != 0;
        info->nulls_first[i] = (index->rd_indoption[i] & INDOPTION_NULLS_FIRST) != 0;
    }
    info->unique = form->indisunique;
    info->immediate = form->indimmediate;
    info->expressions = stored_exprs(catalog->index_expressions, rel);
    info->predicate = stored_predicate(catalog->index_predicate, rel);
    info->pages = RelationGetNumberOfBlocks(index);
    info->tuples = info->predicate == NIL ? rel->tuples
                   : index->rd_rel->reltuples >= 0 ? index->rd_rel->reltuples
                                                   : rel->tuples;
    info->tree_height =
        info->pages > 2 ? (int) floor(log(info->pages) / log(TREE_FANOUT)) : 0;
    info->tlist = index_tlist(info, heap);
    return info;
}

void
planner__load_indexes(PlannerInfo *root, Rel *rel)
{
    Relation heap = relation_open(rel->rte->relid, NoLock);
    bool is_target = root->parse->resultRelation == (int) rel->relid;
    ListCell *cell;

    foreach (cell, RelationGetIndexList(heap)) {
        Relation index = index_open(lfirst_oid(cell), is_target ? RowExclusiveLock
                                                                : AccessShareLock);

        if (index->rd_index->indisvalid)
            rel->indexes = lappend(rel->indexes, load_index(rel, heap, index));
        index_close(index, NoLock);
    }
    relation_close(heap, NoLock);
}

/* ---- conditions that fit ---- */

static Node *
strip(Node *node)
{
    while (node && IsA(node, RelabelType))
        node = (Node *) ((RelabelType *) node)->arg;
    return node;
}

static bool
is_index_column(IndexInfo *index, int column, Node *node)
{
    node = strip(node);
    if (index->columns[column] != 0)
        return node && IsA(node, Var) && ((Var *) node)->varno == (int) index->rel->relid &&
               ((Var *) node)->varattno == index->columns[column] &&
               ((Var *) node)->varlevelsup == 0;
    return node && equal(node, strip(planner__index_expr(index, column)));
}

static bool
collation_fits(IndexInfo *index, int column, Oid collation)
{
    return !index->collations[column] || index->collations[column] == collation || !collation;
}

/* The side that is compared with is known before the scan, and does not read this relation. */
static bool
is_known(Node *node, IndexInfo *index)
{
    return !bms_is_member((int) index->rel->relid, planner__relids_of(node)) &&
           !planner__is_volatile(node);
}

static IndexClause *
new_index_clause(Clause *clause, int column, Expr *expr, Oid opno, int strategy)
{
    IndexClause *result = palloc0(sizeof *result);

    result->clause = clause;
    result->column = column;
    result->expr = expr;
    result->opno = opno;
    result->strategy = strategy;
    result->is_equality = strategy == BTREE_EQUAL;
    return result;
}

static IndexClause *
match_op(IndexInfo *index, int column, Clause *clause, OpExpr *op)
{
    Node *left = linitial(op->args), *right = lsecond(op->args);
    Oid opno = op->opno;
    Expr *expr = (Expr *) op;

    if (!collation_fits(index, column, op->inputcollid))
        return NULL;
    if (!(is_index_column(index, column, left) && is_known(right, index))) {
        if (!(is_index_column(index, column, right) && is_known(left, index)))
            return NULL;
        opno = get_commutator(op->opno);
        if (!opno)
            return NULL;
        expr = make_opclause(opno, op->opresulttype, false, (Expr *) right, (Expr *) left,
                             op->opcollid, op->inputcollid);
        set_opfuncid((OpExpr *) expr);
    }

    int strategy = get_op_opfamily_strategy(opno, index->opfamilies[column]);

    return strategy ? new_index_clause(clause, column, expr, opno, strategy) : NULL;
}

static IndexClause *
match_array_op(IndexInfo *index, int column, Clause *clause, ScalarArrayOpExpr *op)
{
    int strategy;

    if (!op->useOr || !is_index_column(index, column, linitial(op->args)) ||
        !is_known(lsecond(op->args), index) || !collation_fits(index, column, op->inputcollid))
        return NULL;
    strategy = get_op_opfamily_strategy(op->opno, index->opfamilies[column]);
    if (strategy != BTREE_EQUAL)
        return NULL;

    IndexClause *result =
        new_index_clause(clause, column, (Expr *) op, op->opno, strategy);

    result->is_array = true;
    return result;
}

static IndexClause *
match_clause(IndexInfo *index, int column, Clause *clause)
{
    Node *expr = (Node *) clause->expr;

    if (clause->is_volatile)
        return NULL;
    if (IsA(expr, OpExpr) && list_length(((OpExpr *) expr)->args) == 2)
        return match_op(index, column, clause, (OpExpr *) expr);
    if (IsA(expr, ScalarArrayOpExpr))
        return match_array_op(index, column, clause, (ScalarArrayOpExpr *) expr);
    if (IsA(expr, NullTest) && !((NullTest *) expr)->argisrow &&
        is_index_column(index, column, (Node *) ((NullTest *) expr)->arg)) {
        IndexClause *result = new_index_clause(clause, column, (Expr *) expr, InvalidOid, 0);

        result->is_equality = ((NullTest *) expr)->nulltesttype == IS_NULL;
        return result;
    }
    /* A plain Boolean column stands for `column = true`. */
    if (exprType(expr) == BOOLOID) {
        bool negated = is_notclause(expr);
        Node *column_expr = negated ? (Node *) get_notclausearg(expr) : expr;

        if (is_index_column(index, column, column_expr) &&
            index->opcintypes[column] == BOOLOID) {
            Expr *op = make_opclause(BooleanEqualOperator, BOOLOID, false, (Expr *) column_expr,
                                     (Expr *) makeBoolConst(!negated, false), InvalidOid,
                                     InvalidOid);

            set_opfuncid((OpExpr *) op);
            return new_index_clause(clause, column, op, BooleanEqualOperator, BTREE_EQUAL);
        }
    }
    return NULL;
}

/* ---- LIKE 'abc%' as a range, where text sorts by bytes ---- */

#define TEXT_LIKE_OP 1209
#define NAME_LIKE_OP 1207
#define BPCHAR_LIKE_OP 1211
#define TEXT_REGEX_OP 641
#define NAME_REGEX_OP 639

static bool
collation_is_bytewise(Oid collation)
{
    return collation == C_COLLATION_OID || collation == DEFAULT_COLLATION_OID ||
           collation == POSIX_COLLATION_OID || collation == InvalidOid;
}

/* The fixed beginning of a pattern; NULL for none. *ret_exact: there is nothing after it. */
static char *
fixed_prefix(Oid op, Const *pattern, bool *ret_exact)
{
    char *text = OidOutputFunctionCall(47, pattern->constvalue); /* textout */
    char *prefix = palloc(strlen(text) + 1), *to = prefix;
    const char *at = text;

    *ret_exact = false;
    if (op == TEXT_REGEX_OP || op == NAME_REGEX_OP) {
        size_t length = strlen(text);

        /* ^(name)$ and ^name: what psql and pg_dump send */
        if (text[0] != '^')
            return NULL;
        at = text + 1;
        if (length > 4 && at[0] == '(' && strcmp(text + length - 2, ")$") == 0) {
            text[length - 2] = '\0';
            at++;
            *ret_exact = true;
        }
        for (; *at && !strchr("\\.[]{}()*+?|^$", *at); at++)
            *to++ = *at;
        if (*at == '$' && at[1] == '\0' && !*ret_exact) {
            *ret_exact = true;
            at++;
        }
        if (*at != '\0') {
            *ret_exact = false;
            if (strchr("*?{|", *at)) { /* the last character may be absent */
                if (*at == '|' || to == prefix)
                    return NULL;
                do
                    to--;
                while (to > prefix && (*to & 0xC0) == 0x80);
            }
        }
        if (strchr(at, '|'))
            return NULL;
    } else {
        for (; *at && *at != '%' && *at != '_'; at++) {
            if (*at == '\\' && at[1])
                at++;
            *to++ = *at;
        }
        *ret_exact = *at == '\0';
    }
    *to = '\0';
    return to > prefix ? prefix : NULL;
}

static Const *
text_const(Oid type, const char *text)
{
    Oid input, io_param;
    int16 length;
    bool by_value;

    getTypeInputInfo(type, &input, &io_param);
    get_typlenbyval(type, &length, &by_value);
    return makeConst(type, -1, DEFAULT_COLLATION_OID, length,
                     OidInputFunctionCall(input, (char *) text, io_param, -1), false, by_value);
}

/* The least text greater than all with the prefix; false when there is none. */
static bool
increment(char *text)
{
    for (Size length = strlen(text); length > 0; length--) {
        unsigned char *last = (unsigned char *) &text[length - 1];

        if (*last < 0x7f) { /* stays valid UTF-8 */
            (*last)++;
            text[length] = '\0';
            return true;
        }
        text[length - 1] = '\0';
    }
    return false;
}

static IndexClause *
derived(Clause *clause, IndexInfo *index, int column, Node *key, int strategy, const char *text)
{
    Oid type = index->opcintypes[column];
    Oid opno = get_opfamily_member(index->opfamilies[column], type, type, (int16) strategy);

    if (!opno)
        return NULL;

    Expr *expr = make_opclause(opno, BOOLOID, false, (Expr *) copyObject(key),
                               (Expr *) text_const(type, text), InvalidOid,
                               index->collations[column]);

    set_opfuncid((OpExpr *) expr);

    IndexClause *result = new_index_clause(clause, column, expr, opno, strategy);

    result->lossy = true;
    return result;
}

static List *
match_pattern(IndexInfo *index, int column, Clause *clause)
{
    OpExpr *op = (OpExpr *) clause->expr;
    bool exact;

    if (!IsA(op, OpExpr) || list_length(op->args) != 2 ||
        (op->opno != TEXT_LIKE_OP && op->opno != NAME_LIKE_OP && op->opno != TEXT_REGEX_OP &&
         op->opno != NAME_REGEX_OP) ||
        !is_index_column(index, column, linitial(op->args)) || !IsA(lsecond(op->args), Const) ||
        ((Const *) lsecond(op->args))->constisnull ||
        !collation_is_bytewise(index->collations[column]) ||
        (index->opcintypes[column] != TEXTOID && index->opcintypes[column] != NAMEOID))
        return NIL;

    char *prefix = fixed_prefix(op->opno, lsecond(op->args), &exact);

    if (!prefix)
        return NIL;
    if (exact) {
        IndexClause *one =
            derived(clause, index, column, linitial(op->args), BTREE_EQUAL, prefix);

        return one ? list_make1(one) : NIL;
    }

    IndexClause *low =
        derived(clause, index, column, linitial(op->args), BTREE_GREATER_EQUAL, prefix);
    char *next = pstrdup(prefix);
    IndexClause *high = increment(next) ? derived(clause, index, column, linitial(op->args),
                                                  BTREE_LESS, next)
                                        : NULL;

    if (!low)
        return NIL;
    return high ? list_make2(low, high) : list_make1(low);
}

/* All conditions of a list that fit some column, in the order of columns. */
static List *
match_clauses(IndexInfo *index, List *clauses)
{
    List *result = NIL;

    for (int column = 0; column < index->key_count; column++) {
        ListCell *cell;

        foreach (cell, clauses) {
            IndexClause *one = match_clause(index, column, lfirst(cell));

            if (one)
                result = lappend(result, one);
            else
                result = list_concat(result, match_pattern(index, column, lfirst(cell)));
        }
    }
    return result;
}

/* A btree can start only from its first column. */
static bool
uses_first_column(List *index_clauses)
{
    return index_clauses != NIL && ((IndexClause *) linitial(index_clauses))->column == 0;
}

/* ---- orders ---- */

static List *
order_of(IndexInfo *index, ScanDirection direction)
{
    List *order = NIL;

    for (int i = 0; i < index->key_count; i++) {
        bool descending = index->descending[i] != ScanDirectionIsBackward(direction);
        Oid op = get_opfamily_member(index->opfamilies[i], index->opcintypes[i],
                                     index->opcintypes[i],
                                     descending ? BTREE_GREATER : BTREE_LESS);
        OrderKey *key = palloc0(sizeof *key);

        if (!op)
            break;
        key->expr = ((TargetEntry *) list_nth(index->tlist, i))->expr;
        key->sortop = op;
        key->collation = index->collations[i];
        key->nulls_first = index->nulls_first[i] != ScanDirectionIsBackward(direction);
        order = lappend(order, key);
    }
    return order;
}

/* The wanted order with the keys left out that conditions fix to one value. */
static bool
order_useful(PlannerInfo *root, IndexInfo *index, List *index_clauses, ScanDirection direction,
             List **ret_order)
{
    List *have = order_of(index, direction), *reduced = NIL;
    ListCell *cell;
    Bitmapset *fixed = NULL;
    int at = 0;

    *ret_order = have;
    if (root->order_wanted == NIL)
        return false;
    foreach (cell, index_clauses) {
        IndexClause *clause = lfirst(cell);

        if (clause->is_equality && !clause->is_array && clause->strategy == BTREE_EQUAL)
            fixed = bms_add_member(fixed, clause->column);
    }
    foreach (cell, have) {
        if (!bms_is_member(at, fixed))
            reduced = lappend(reduced, lfirst(cell));
        at++;
    }
    if (planner__order_satisfies(have, root->order_wanted))
        return true;
    if (planner__order_satisfies(reduced, root->order_wanted)) {
        *ret_order = root->order_wanted;
        return true;
    }
    return false;
}

static bool
has_array_clause(List *index_clauses)
{
    ListCell *cell;

    foreach (cell, index_clauses)
        if (((IndexClause *) lfirst(cell))->is_array)
            return true;
    return false;
}

/* ---- paths ---- */

/* Everything the scan must give is in the index itself. */
static bool
index_covers(IndexInfo *index)
{
    ListCell *cell;

    foreach (cell, index->rel->vars) {
        Var *var = lfirst(cell);
        bool found = false;

        for (int i = 0; i < index->column_count; i++)
            found = found || (var->varattno > 0 && index->columns[i] == var->varattno);
        if (!found)
            return false;
    }
    return enable_indexonlyscan;
}

static Path *
index_path(PlannerInfo *root, IndexInfo *index, List *index_clauses, List *join_clauses,
           ScanDirection direction, Relids required_outer, double loops, bool only)
{
    Rel *rel = index->rel;
    Path *path = palloc0(sizeof *path);
    ListCell *cell;

    path->kind = only ? PATH_INDEXONLYSCAN : PATH_INDEXSCAN;
    path->rel = rel;
    path->index = index;
    path->index_clauses = index_clauses;
    path->clauses = join_clauses;
    path->direction = direction;
    path->required_outer = bms_union(required_outer, rel->lateral_relids);
    path->rows = rel->rows;
    if (join_clauses != NIL) {
        List *all = list_concat_copy(rel->restricts, join_clauses);

        path->rows = planner__clamp_rows(rel->tuples * planner__clauses_selectivity(root, all));
        /* each outer row finds at most one row by a whole unique key */
        if (index->unique) {
            Bitmapset *equal_columns = NULL;

            foreach (cell, index_clauses)
                if (((IndexClause *) lfirst(cell))->is_equality)
                    equal_columns = bms_add_member(equal_columns,
                                                   ((IndexClause *) lfirst(cell))->column);
            if (bms_num_members(equal_columns) == index->key_count)
                path->rows = 1;
        }
    }
    planner__cost_index(root, path, loops);
    return path;
}

static void
add_bitmap(PlannerInfo *root, Rel *rel, List *arms, bool is_or, List *join_clauses,
           Relids required_outer, double loops)
{
    Path *path = palloc0(sizeof *path);

    path->kind = PATH_BITMAPSCAN;
    path->rel = rel;
    path->bitmaps = arms;
    path->bitmap_or = is_or;
    path->clauses = join_clauses;
    path->required_outer = bms_union(required_outer, rel->lateral_relids);
    path->rows = rel->rows;
    if (join_clauses != NIL)
        path->rows = planner__clamp_rows(
            rel->tuples * planner__clauses_selectivity(
                              root, list_concat_copy(rel->restricts, join_clauses)));
    planner__cost_bitmap(root, path, loops);
    planner__add_path(rel, path);
}

static void
add_paths_of_index(PlannerInfo *root, IndexInfo *index)
{
    Rel *rel = index->rel;
    List *matched = match_clauses(index, rel->restricts);
    bool covers = index_covers(index) && index->expressions == NIL;
    ScanDirection directions[2] = {ForwardScanDirection, BackwardScanDirection};

    for (int i = 0; i < 2; i++) {
        List *order;
        bool useful = order_useful(root, index, matched, directions[i], &order);

        if (has_array_clause(matched))
            useful = false;
        if (!uses_first_column(matched) && !useful && !(covers && i == 0))
            continue;
        if (i == 1 && !useful)
            continue;

        Path *path = index_path(root, index, uses_first_column(matched) ? matched : NIL, NIL,
                                directions[i], NULL, 1.0, covers);

        path->order = useful ? order : NIL;
        planner__add_path(rel, path);
    }
    if (uses_first_column(matched)) {
        Path *arm = index_path(root, index, matched, NIL, ForwardScanDirection, NULL, 1.0, false);

        add_bitmap(root, rel, list_make1(arm), false, NIL, NULL, 1.0);
    }
}

/* Index scans driven by the columns of one other set of relations. */
static void
add_parameterized(PlannerInfo *root, IndexInfo *index)
{
    Rel *rel = index->rel;
    List *seen = NIL;
    ListCell *cell;

    foreach (cell, rel->param_clauses) {
        Clause *clause = lfirst(cell);
        Relids outer = bms_del_member(bms_copy(clause->relids), (int) rel->relid);
        List *usable = NIL;
        ListCell *inner;
        bool known = false;

        foreach (inner, seen)
            known = known || bms_equal(lfirst(inner), outer);
        if (known || bms_is_empty(outer))
            continue;
        seen = lappend(seen, outer);
        foreach (inner, rel->param_clauses) {
            Clause *other = lfirst(inner);

            if (bms_is_subset(other->relids, bms_union(outer, rel->relids)))
                usable = lappend(usable, other);
        }

        List *matched = match_clauses(index, list_concat_copy(rel->restricts, usable));
        List *joins = NIL;

        if (!uses_first_column(matched))
            continue;
        foreach (inner, matched) {
            Clause *used = ((IndexClause *) lfirst(inner))->clause;

            if (list_member_ptr(usable, used))
                joins = list_append_unique_ptr(joins, used);
        }
        if (joins == NIL)
            continue;

        Relids required = NULL;

        foreach (inner, joins)
            required = bms_add_members(required, ((Clause *) lfirst(inner))->relids);
        required = bms_del_member(required, (int) rel->relid);

        double loops = 1.0;
        int member = -1;

        while ((member = bms_next_member(required, member)) >= 0)
            if (member < root->rel_count && root->base_rels[member])
                loops = Max(loops, Max(root->base_rels[member]->rows, 1.0));

        bool covers = index_covers(index) && index->expressions == NIL;

        planner__add_path(rel, index_path(root, index, matched, joins, ForwardScanDirection,
                                          required, loops, covers));
        if (!covers) {
            Path *arm = index_path(root, index, matched, joins, ForwardScanDirection, required,
                                   loops, false);

            add_bitmap(root, rel, list_make1(arm), false, joins, required, loops);
        }
    }
}

/* a = 1 OR b = 2 with an index for each arm. */
static void
add_or_paths(PlannerInfo *root, Rel *rel)
{
    ListCell *cell;

    foreach (cell, rel->restricts) {
        Clause *clause = lfirst(cell);
        List *arms = NIL;
        bool complete = true;
        ListCell *inner;

        if (!is_orclause(clause->expr))
            continue;
        foreach (inner, ((BoolExpr *) clause->expr)->args) {
            List *parts = NIL;
            Path *best = NULL;
            ListCell *part, *index_cell;

            foreach (part, planner__qual_list(lfirst(inner)))
                parts = lappend(parts, planner__make_clause(root, lfirst(part)));
            foreach (index_cell, rel->indexes) {
                IndexInfo *index = lfirst(index_cell);
                List *matched = index->predicate == NIL || index->predicate_ok
                                    ? match_clauses(index, parts)
                                    : NIL;

                if (!uses_first_column(matched))
                    continue;

                Path *arm = index_path(root, index, matched, NIL, ForwardScanDirection, NULL, 1.0,
                                       false);

                if (!best || arm->total_cost < best->total_cost)
                    best = arm;
            }
            complete = complete && best != NULL;
            if (best)
                arms = lappend(arms, best);
        }
        if (complete && list_length(arms) > 1)
            add_bitmap(root, rel, arms, true, NIL, NULL, 1.0);
    }
}

/* Two indexes whose bitmaps are intersected. */
static void
add_and_paths(PlannerInfo *root, Rel *rel)
{
    List *arms = NIL;
    Bitmapset *columns = NULL;
    ListCell *cell;

    foreach (cell, rel->indexes) {
        IndexInfo *index = lfirst(cell);
        List *matched;

        if (index->predicate != NIL || index->columns[0] == 0 ||
            bms_is_member(index->columns[0] + 8, columns))
            continue;
        matched = match_clauses(index, rel->restricts);
        if (!uses_first_column(matched))
            continue;
        columns = bms_add_member(columns, index->columns[0] + 8);
        arms = lappend(arms, index_path(root, index, matched, NIL, ForwardScanDirection, NULL, 1.0,
                                        false));
    }
    if (list_length(arms) == 2)
        add_bitmap(root, rel, arms, false, NIL, NULL, 1.0);
}

void
planner__make_index_paths(PlannerInfo *root, Rel *rel)
{
    ListCell *cell;

    foreach (cell, rel->indexes) {
        IndexInfo *index = lfirst(cell);

        index->predicate_ok = predicate_is_implied(index, rel->restricts);
        if (index->predicate != NIL && !index->predicate_ok)
            continue;
        add_paths_of_index(root, index);
        add_parameterized(root, index);
    }
    add_or_paths(root, rel);
    add_and_paths(root, rel);
}

/* Whether the conditions (join clauses of equality) leave at most one row of the relation. */
bool
planner__index_is_unique_for(Rel *rel, List *clauses)
{
    ListCell *cell;

    if (rel->kind != REL_BASE || rel->rte->rtekind != RTE_RELATION)
        return false;
    foreach (cell, rel->indexes) {
        IndexInfo *index = lfirst(cell);
        List *all = list_concat_copy(rel->restricts, clauses), *matched;
        Bitmapset *columns = NULL;
        ListCell *inner;

        if (!index->unique || !index->immediate || index->predicate != NIL)
            continue;
        matched = match_clauses(index, all);
        foreach (inner, matched) {
            IndexClause *one = lfirst(inner);

            if (one->is_equality && !one->is_array && one->strategy == BTREE_EQUAL)
                columns = bms_add_member(columns, one->column);
        }
        if (bms_num_members(columns) == index->key_count)
            return true;
    }
    return false;
}

/* ---- ON CONFLICT: the unique indexes that the target names ---- */

static bool
index_matches_elements(IndexInfo *index, List *elements)
{
    if (list_length(elements) != index->key_count)
        return false;
    for (int i = 0; i < index->key_count; i++) {
        ListCell *cell;
        bool found = false;

        foreach (cell, elements) {
            InferenceElem *element = lfirst(cell);

            found = found || is_index_column(index, i, element->expr);
        }
        if (!found)
            return false;
    }
    return true;
}

List *
planner__infer_arbiters(PlannerInfo *root)
{
    OnConflictExpr *conflict = root->parse->onConflict;
    RangeTblEntry *rte = rt_fetch(root->parse->resultRelation, root->parse->rtable);
    Rel rel = {.kind = REL_BASE, .relid = (Index) root->parse->resultRelation, .rte = rte};
    List *result = NIL, *where = NIL;
    ListCell *cell;

    if (conflict->arbiterElems == NIL && !conflict->constraint)
        return NIL;
    planner__load_indexes(root, &rel);
    foreach (cell, planner__qual_list(conflict->arbiterWhere))
        where = lappend(where, planner__make_clause(root, lfirst(cell)));
    foreach (cell, rel.indexes) {
        IndexInfo *index = lfirst(cell);

        if (conflict->constraint) {
            /* a constraint's index bears its name */
            if (strcmp(get_constraint_name(conflict->constraint), get_rel_name(index->oid)) == 0)
                result = lappend_oid(result, index->oid);
            continue;
        }
        if (index->unique && index_matches_elements(index, conflict->arbiterElems) &&
            predicate_is_implied(index, where))
            result = lappend_oid(result, index->oid);
    }
    if (result == NIL)
        ereport(ERROR, (errcode(ERRCODE_INVALID_COLUMN_REFERENCE),
                        errmsg("there is no unique or exclusion constraint matching the ON "
                               "CONFLICT specification")));
    return result;
}
