/*
 * parse_clause.c - WHERE, LIMIT, GROUP BY, ORDER BY, DISTINCT, windows, ON CONFLICT
 */
#include "parse_int.h"

#include "catalog/relcache.h"
#include "catalog/rows.h"

Node *
transform_where(ParseState *pstate, RawNode *raw, ParseExprKind kind, const char *construct)
{
    if (RAW_MISSING(raw))
        return NULL;
    return coerce_to_boolean(pstate, transform_expr(pstate, raw, kind), construct);
}

typedef struct VarSearch {
    int sublevels_up;
    int location;
} VarSearch;

static bool
var_search_walker(Node *node, VarSearch *search)
{
    if (node == NULL)
        return false;
    if (IsA(node, Var) && (int) ((Var *) node)->varlevelsup == search->sublevels_up)
    {
        search->location = ((Var *) node)->location;
        return true;
    }
    if (IsA(node, Query))
    {
        bool result;

        search->sublevels_up++;
        result = query_tree_walker((Query *) node, var_search_walker, search, 0);
        search->sublevels_up--;
        return result;
    }
    return expression_tree_walker(node, var_search_walker, search);
}

static void
reject_variables(ParseState *pstate, Node *node, const char *construct)
{
    VarSearch search = {0, -1};

    if (var_search_walker(node, &search))
        ereport(ERROR, (errcode(ERRCODE_INVALID_COLUMN_REFERENCE),
                        errmsg("argument of %s must not contain variables", construct),
                        parser_errposition(pstate, search.location)));
}

Node *
transform_limit(ParseState *pstate, RawNode *raw, ParseExprKind kind, const char *construct,
                LimitOption option)
{
    Node *result;

    if (RAW_MISSING(raw))
        return NULL;
    result = coerce_to_specific_type(pstate, transform_expr(pstate, raw, kind), INT8OID,
                                     construct);
    reject_variables(pstate, result, construct);
    if (kind == EXPR_KIND_LIMIT && option == LIMIT_OPTION_WITH_TIES && RAW_IS(raw, A_CONST) &&
        raw->a_const->isnull)
        ereport(ERROR, (errcode(ERRCODE_INVALID_ROW_COUNT_IN_LIMIT_CLAUSE),
                        errmsg("row count cannot be null in FETCH FIRST ... WITH TIES clause")));
    return result;
}

/* ---- finding the target an ORDER BY or GROUP BY item means ---------------------------------------- */

static void
check_target_allowed(ParseState *pstate, TargetEntry *tle, ParseExprKind kind)
{
    Node *expr = (Node *) tle->expr;

    if (kind != EXPR_KIND_GROUP_BY)
        return;
    if (pstate->hasAggs && contain_aggs_of_level(expr, 0))
        ereport(ERROR, (errcode(ERRCODE_GROUPING_ERROR),
                        errmsg("aggregate functions are not allowed in %s", expr_kind_name(kind)),
                        parser_errposition(pstate, locate_agg_of_level(expr, 0))));
    if (pstate->hasWindowFuncs && contain_windowfuncs(expr))
        ereport(ERROR, (errcode(ERRCODE_WINDOWING_ERROR),
                        errmsg("window functions are not allowed in %s", expr_kind_name(kind)),
                        parser_errposition(pstate, locate_windowfunc(expr))));
}

static TargetEntry *
target_sql99(ParseState *pstate, RawNode *raw, List **targets, ParseExprKind kind)
{
    Node *expr = transform_expr(pstate, raw, kind);
    TargetEntry *added;

    foreach_ptr(TargetEntry, tle, *targets)
    {
        if (equal(expr, strip_implicit_coercions((Node *) tle->expr)))
            return tle;
    }
    added = transform_target_entry(pstate, raw, expr, kind, NULL, true);
    *targets = lappend(*targets, added);
    return added;
}

static TargetEntry *
target_by_name(ParseState *pstate, RawNode *raw, List *targets, ParseExprKind kind)
{
    const char *name = RAW_STRVAL(raw->column_ref->fields[0]);
    int location = raw->column_ref->location;
    TargetEntry *result = NULL;

    /* GROUP BY prefers a column of FROM */
    if (kind == EXPR_KIND_GROUP_BY && column_name_to_var(pstate, name, location, true) != NULL)
        return NULL;
    foreach_ptr(TargetEntry, tle, targets)
    {
        if (tle->resjunk || strcmp(tle->resname, name) != 0)
            continue;
        if (result != NULL && !equal(result->expr, tle->expr))
            ereport(ERROR, (errcode(ERRCODE_AMBIGUOUS_COLUMN),
                            errmsg("%s \"%s\" is ambiguous", expr_kind_name(kind), name),
                            parser_errposition(pstate, location)));
        if (result == NULL)
            result = tle;
    }
    if (result != NULL)
        check_target_allowed(pstate, result, kind);
    return result;
}

static TargetEntry *
target_by_position(ParseState *pstate, RawNode *raw, List *targets, ParseExprKind kind)
{
    int position = 0;
    int wanted;

    if (raw->a_const->isnull || raw->a_const->val_case != PG_QUERY__A__CONST__VAL_IVAL)
        ereport(ERROR, (errcode(ERRCODE_SYNTAX_ERROR),
                        errmsg("non-integer constant in %s", expr_kind_name(kind)),
                        parser_errposition(pstate, raw->a_const->location)));
    wanted = raw->a_const->ival->ival;
    foreach_ptr(TargetEntry, tle, targets)
    {
        if (!tle->resjunk && ++position == wanted)
        {
            check_target_allowed(pstate, tle, kind);
            return tle;
        }
    }
    ereport(ERROR, (errcode(ERRCODE_INVALID_COLUMN_REFERENCE),
                    errmsg("%s position %d is not in select list", expr_kind_name(kind), wanted),
                    parser_errposition(pstate, raw->a_const->location)));
    return NULL;
}

static TargetEntry *
target_sql92(ParseState *pstate, RawNode *raw, List **targets, ParseExprKind kind)
{
    TargetEntry *tle;

    if (RAW_IS(raw, COLUMN_REF) && raw->column_ref->n_fields == 1 &&
        RAW_IS(raw->column_ref->fields[0], STRING))
    {
        tle = target_by_name(pstate, raw, *targets, kind);
        if (tle != NULL)
            return tle;
    }
    if (RAW_IS(raw, A_CONST))
        return target_by_position(pstate, raw, *targets, kind);
    return target_sql99(pstate, raw, targets, kind);
}

/* ---- sort and group lists ---------------------------------------------------------------------------- */

Index
assign_sort_group_ref(TargetEntry *tle, List *targets)
{
    Index highest = 0;

    if (tle->ressortgroupref != 0)
        return tle->ressortgroupref;
    foreach_ptr(TargetEntry, other, targets)
        highest = Max(highest, other->ressortgroupref);
    tle->ressortgroupref = highest + 1;
    return tle->ressortgroupref;
}

bool
target_is_in_sort_list(TargetEntry *tle, Oid sortop, List *sortlist)
{
    if (tle->ressortgroupref == 0)
        return false;
    foreach_ptr(SortGroupClause, clause, sortlist)
    {
        if (clause->tleSortGroupRef == tle->ressortgroupref &&
            (sortop == InvalidOid || sortop == clause->sortop ||
             sortop == get_commutator(clause->sortop)))
            return true;
    }
    return false;
}

static void
resolve_unknown_target(ParseState *pstate, TargetEntry *tle)
{
    Oid type = exprType((Node *) tle->expr);

    if (type == UNKNOWNOID)
        tle->expr = (Expr *) coerce_type(pstate, (Node *) tle->expr, type, TEXTOID, -1,
                                         COERCION_IMPLICIT, COERCE_IMPLICIT_CAST,
                                         exprLocation((Node *) tle->expr));
}

static void
using_operators(ParseState *pstate, PgQuery__SortBy *sortby, Oid type, Oid *ret_sortop,
                Oid *ret_eqop, bool *ret_reverse, bool *ret_hashable)
{
    List *name = raw_string_list(sortby->use_op, sortby->n_use_op);
    const OperatorInfo *op = compatible_oper(pstate, name, type, type, false, sortby->location);

    *ret_sortop = op->oid;
    *ret_eqop = get_equality_op_for_ordering_op(op->oid, ret_reverse);
    if (!OidIsValid(*ret_eqop))
        ereport(ERROR, (errcode(ERRCODE_WRONG_OBJECT_TYPE),
                        errmsg("operator %s is not a valid ordering operator",
                               strVal(llast(name))),
                        errhint("Ordering operators must be \"<\" or \">\" members of btree "
                                "operator families.")));
    *ret_hashable = op_hashjoinable(*ret_eqop, type);
}

List *
add_target_to_sort_list(ParseState *pstate, TargetEntry *tle, List *sortlist, List *targets,
                        PgQuery__SortBy *sortby)
{
    Oid type;
    Oid sortop = InvalidOid;
    Oid eqop = InvalidOid;
    bool hashable = false;
    bool reverse = false;
    SortGroupClause *clause;
    ErrorPosition position;
    int location = sortby->location > 0 ? sortby->location : exprLocation((Node *) tle->expr);

    resolve_unknown_target(pstate, tle);
    type = exprType((Node *) tle->expr);
    push_error_position(&position, pstate, location);
    switch (sortby->sortby_dir)
    {
        case PG_QUERY__SORT_BY_DIR__SORTBY_DESC:
            get_sort_group_operators(type, false, true, true, NULL, &eqop, &sortop, &hashable);
            reverse = true;
            break;
        case PG_QUERY__SORT_BY_DIR__SORTBY_USING:
            using_operators(pstate, sortby, type, &sortop, &eqop, &reverse, &hashable);
            break;
        default:
            get_sort_group_operators(type, true, true, false, &sortop, &eqop, NULL, &hashable);
            break;
    }
    pop_error_position(&position);
    if (target_is_in_sort_list(tle, sortop, sortlist))
        return sortlist;
    clause = makeNode(SortGroupClause);
    clause->tleSortGroupRef = assign_sort_group_ref(tle, targets);
    clause->eqop = eqop;
    clause->sortop = sortop;
    clause->hashable = hashable;
    switch (sortby->sortby_nulls)
    {
        case PG_QUERY__SORT_BY_NULLS__SORTBY_NULLS_FIRST:
            clause->nulls_first = true;
            break;
        case PG_QUERY__SORT_BY_NULLS__SORTBY_NULLS_LAST:
            clause->nulls_first = false;
            break;
        default:
            clause->nulls_first = reverse;
            break;
    }
    return lappend(sortlist, clause);
}

List *
transform_sort_clause(ParseState *pstate, RawNode *const *items, size_t count, List **targets,
                      ParseExprKind kind, bool use_sql99)
{
    List *result = NIL;

    for (size_t i = 0; i < count; i++)
    {
        PgQuery__SortBy *sortby = items[i]->sort_by;
        TargetEntry *tle = use_sql99 ? target_sql99(pstate, sortby->node, targets, kind)
                                     : target_sql92(pstate, sortby->node, targets, kind);

        result = add_target_to_sort_list(pstate, tle, result, *targets, sortby);
    }
    return result;
}

static List *
add_target_to_group_list(ParseState *pstate, TargetEntry *tle, List *grouplist, List *targets,
                         int location)
{
    Oid type;
    SortGroupClause *clause;
    ErrorPosition position;

    resolve_unknown_target(pstate, tle);
    type = exprType((Node *) tle->expr);
    if (target_is_in_sort_list(tle, InvalidOid, grouplist))
        return grouplist;
    clause = makeNode(SortGroupClause);
    push_error_position(&position, pstate, location);
    get_sort_group_operators(type, false, true, false, &clause->sortop, &clause->eqop, NULL,
                             &clause->hashable);
    pop_error_position(&position);
    clause->tleSortGroupRef = assign_sort_group_ref(tle, targets);
    return lappend(grouplist, clause);
}

/* ---- GROUP BY ------------------------------------------------------------------------------------------ */

typedef struct GroupState {
    List *clauses;
    List **targets;
    List *sort_clause;
    ParseExprKind kind;
    bool use_sql99;
} GroupState;

/* Returns the item's reference number. */
static Index
group_item(ParseState *pstate, RawNode *raw, GroupState *state)
{
    TargetEntry *tle = state->use_sql99 ? target_sql99(pstate, raw, state->targets, state->kind)
                                        : target_sql92(pstate, raw, state->targets, state->kind);

    if (tle->ressortgroupref != 0)
    {
        foreach_ptr(SortGroupClause, clause, state->clauses)
        {
            if (clause->tleSortGroupRef == tle->ressortgroupref)
                return tle->ressortgroupref;
        }
        /* take over ORDER BY's operators, so that one sort serves both */
        foreach_ptr(SortGroupClause, clause, state->sort_clause)
        {
            if (clause->tleSortGroupRef == tle->ressortgroupref)
            {
                state->clauses = lappend(state->clauses, copyObject(clause));
                return tle->ressortgroupref;
            }
        }
    }
    state->clauses = add_target_to_group_list(pstate, tle, state->clauses, *state->targets,
                                              exprLocation((Node *) tle->expr));
    return tle->ressortgroupref;
}

static List *
group_row(ParseState *pstate, RawNode *raw, GroupState *state)
{
    List *refs = NIL;

    if (RAW_IS(raw, ROW_EXPR) &&
        raw->row_expr->row_format == PG_QUERY__COERCION_FORM__COERCE_IMPLICIT_CAST)
    {
        for (size_t i = 0; i < raw->row_expr->n_args; i++)
            refs = list_concat(refs, group_row(pstate, raw->row_expr->args[i], state));
        return refs;
    }
    return list_make1_int((int) group_item(pstate, raw, state));
}

static GroupingSet *
make_grouping_set(GroupingSetKind kind, List *content, int location)
{
    GroupingSet *set = makeNode(GroupingSet);

    set->kind = kind;
    set->content = content;
    set->location = location;
    return set;
}

static GroupingSet *
grouping_set(ParseState *pstate, PgQuery__GroupingSet *raw, GroupState *state)
{
    GroupingSetKind kind = (GroupingSetKind) (raw->kind - 1);
    List *content = NIL;

    if (kind == GROUPING_SET_CUBE && raw->n_content > 12)
        ereport(ERROR, (errcode(ERRCODE_TOO_MANY_COLUMNS),
                        errmsg("CUBE is limited to 12 elements"),
                        parser_errposition(pstate, raw->location)));
    for (size_t i = 0; i < raw->n_content; i++)
    {
        RawNode *item = raw->content[i];

        if (RAW_IS(item, GROUPING_SET))
            content = lappend(content, grouping_set(pstate, item->grouping_set, state));
        else
            content = lappend(content, make_grouping_set(GROUPING_SET_SIMPLE,
                                                         group_row(pstate, item, state), -1));
    }
    return make_grouping_set(kind, content, raw->location);
}

List *
transform_group_clause(ParseState *pstate, RawNode *const *items, size_t count, List **ret_sets,
                       List **targets, List *sort_clause, ParseExprKind kind, bool use_sql99)
{
    GroupState state = {NIL, targets, sort_clause, kind, use_sql99};
    List *sets = NIL;
    bool has_sets = false;

    for (size_t i = 0; i < count; i++)
        has_sets = has_sets || RAW_IS(items[i], GROUPING_SET);
    for (size_t i = 0; i < count; i++)
    {
        if (RAW_IS(items[i], GROUPING_SET))
            sets = lappend(sets, grouping_set(pstate, items[i]->grouping_set, &state));
        else
        {
            List *refs = group_row(pstate, items[i], &state);

            if (has_sets)
                sets = lappend(sets, make_grouping_set(GROUPING_SET_SIMPLE, refs, -1));
        }
    }
    *ret_sets = sets;
    return state.clauses;
}

/* ---- DISTINCT ------------------------------------------------------------------------------------------ */

List *
transform_distinct(ParseState *pstate, List **targets, List *sort_clause, bool is_agg)
{
    List *result = NIL;

    foreach_ptr(SortGroupClause, clause, sort_clause)
    {
        TargetEntry *tle = get_sortgroupclause_tle(clause, *targets);

        if (tle->resjunk)
            ereport(ERROR,
                    (errcode(ERRCODE_INVALID_COLUMN_REFERENCE),
                     is_agg ? errmsg("in an aggregate with DISTINCT, ORDER BY expressions must "
                                     "appear in argument list")
                            : errmsg("for SELECT DISTINCT, ORDER BY expressions must appear in "
                                     "select list"),
                     parser_errposition(pstate, exprLocation((Node *) tle->expr))));
        result = lappend(result, copyObject(clause));
    }
    foreach_ptr(TargetEntry, tle, *targets)
    {
        if (!tle->resjunk)
            result = add_target_to_group_list(pstate, tle, result, *targets,
                                              exprLocation((Node *) tle->expr));
    }
    if (result == NIL)
        ereport(ERROR, (errcode(ERRCODE_SYNTAX_ERROR),
                        is_agg ? errmsg("an aggregate with DISTINCT must have at least one "
                                        "argument")
                               : errmsg("SELECT DISTINCT must have at least one column")));
    return result;
}

List *
transform_distinct_on(ParseState *pstate, RawNode *const *items, size_t count, List **targets,
                      List *sort_clause)
{
    List *result = NIL;
    List *refs = NIL;
    bool skipped = false;

    for (size_t i = 0; i < count; i++)
    {
        TargetEntry *tle = target_sql92(pstate, items[i], targets, EXPR_KIND_DISTINCT_ON);

        refs = lappend_int(refs, (int) assign_sort_group_ref(tle, *targets));
    }
    foreach_ptr(SortGroupClause, clause, sort_clause)
    {
        if (list_member_int(refs, (int) clause->tleSortGroupRef))
        {
            if (skipped)
                ereport(ERROR, (errcode(ERRCODE_INVALID_COLUMN_REFERENCE),
                                errmsg("SELECT DISTINCT ON expressions must match initial ORDER BY "
                                       "expressions"),
                                parser_errposition(pstate, raw_location(items[0]))));
            result = lappend(result, copyObject(clause));
        }
        else
            skipped = true;
    }
    foreach_int(ref, refs)
    {
        TargetEntry *tle = get_sortgroupref_tle((Index) ref, *targets);

        if (target_is_in_sort_list(tle, InvalidOid, result))
            continue;
        if (skipped)
            ereport(ERROR, (errcode(ERRCODE_INVALID_COLUMN_REFERENCE),
                            errmsg("SELECT DISTINCT ON expressions must match initial ORDER BY "
                                   "expressions"),
                            parser_errposition(pstate, exprLocation((Node *) tle->expr))));
        result = add_target_to_group_list(pstate, tle, result, *targets,
                                          exprLocation((Node *) tle->expr));
    }
    return result;
}

/* ---- windows ------------------------------------------------------------------------------------------- */

static WindowClause *
find_window(List *windows, const char *name)
{
    foreach_ptr(WindowClause, window, windows)
    {
        if (window->name != NULL && strcmp(window->name, name) == 0)
            return window;
    }
    return NULL;
}

/* RANGE with an offset: finds the in_range function of the ordering column's family. */
static Node *
range_offset(ParseState *pstate, Node *node, WindowClause *window, List *targets, Oid *ret_func)
{
    SortGroupClause *clause = linitial(window->orderClause);
    Node *sort_expr = get_sortgroupclause_expr(clause, targets);
    Oid type = exprType(sort_expr);
    Oid node_type = exprType(node);
    Oid family;
    Oid opcintype;
    int16 strategy;
    static const Oid offsets[] = {INT8OID, INT4OID, INT2OID, FLOAT8OID, NUMERICOID, INTERVALOID};

    if (!get_ordering_op_properties(clause->sortop, &family, &opcintype, &strategy))
        elog(ERROR, "operator %u is not a valid ordering operator", clause->sortop);
    window->inRangeColl = exprCollation(sort_expr);
    window->inRangeAsc = strategy == BTLessStrategyNumber;
    window->inRangeNullsFirst = clause->nulls_first;
    *ret_func = InvalidOid;
    if (node_type != UNKNOWNOID)
        *ret_func = catalog_opfamily_proc(family, opcintype, node_type, BTINRANGE_PROC);
    for (size_t i = 0; i < lengthof(offsets) && !OidIsValid(*ret_func); i++)
    {
        Oid func = catalog_opfamily_proc(family, opcintype, offsets[i], BTINRANGE_PROC);

        if (OidIsValid(func) && can_coerce_type(1, &node_type, &offsets[i], COERCION_IMPLICIT) &&
            (node_type != UNKNOWNOID || offsets[i] == opcintype || offsets[i] == INTERVALOID))
        {
            *ret_func = func;
            node = coerce_to_specific_type(pstate, node, offsets[i], "RANGE");
        }
    }
    if (!OidIsValid(*ret_func))
        ereport(ERROR,
                (errcode(ERRCODE_FEATURE_NOT_SUPPORTED),
                 errmsg("RANGE with offset PRECEDING/FOLLOWING is not supported for column type %s "
                        "and offset type %s",
                        format_type_be(type), format_type_be(node_type)),
                 errhint("Cast the offset value to an appropriate type."),
                 parser_errposition(pstate, exprLocation(node))));
    return node;
}

static Node *
frame_offset(ParseState *pstate, RawNode *raw, WindowClause *window, List *targets, Oid *ret_func)
{
    Node *node;
    const char *construct;

    *ret_func = InvalidOid;
    if (RAW_MISSING(raw))
        return NULL;
    if (window->frameOptions & FRAMEOPTION_ROWS)
    {
        construct = "ROWS";
        node = coerce_to_specific_type(
            pstate, transform_expr(pstate, raw, EXPR_KIND_WINDOW_FRAME_ROWS), INT8OID, construct);
    }
    else if (window->frameOptions & FRAMEOPTION_GROUPS)
    {
        construct = "GROUPS";
        node = coerce_to_specific_type(
            pstate, transform_expr(pstate, raw, EXPR_KIND_WINDOW_FRAME_GROUPS), INT8OID,
            construct);
    }
    else
    {
        construct = "RANGE";
        node = range_offset(pstate, transform_expr(pstate, raw, EXPR_KIND_WINDOW_FRAME_RANGE),
                            window, targets, ret_func);
    }
    reject_variables(pstate, node, construct);
    return node;
}

static void
inherit_window(ParseState *pstate, PgQuery__WindowDef *def, WindowClause *window,
               WindowClause *ref, bool has_order)
{
    const char *refname = def->refname;

    if (window->partitionClause != NIL)
        ereport(ERROR, (errcode(ERRCODE_WINDOWING_ERROR),
                        errmsg("cannot override PARTITION BY clause of window \"%s\"", refname),
                        parser_errposition(pstate, def->location)));
    window->partitionClause = copyObject(ref->partitionClause);
    if (has_order && ref->orderClause != NIL)
        ereport(ERROR, (errcode(ERRCODE_WINDOWING_ERROR),
                        errmsg("cannot override ORDER BY clause of window \"%s\"", refname),
                        parser_errposition(pstate, def->location)));
    if (!has_order)
    {
        window->orderClause = copyObject(ref->orderClause);
        window->copiedOrder = true;
    }
    if (ref->frameOptions != FRAMEOPTION_DEFAULTS)
    {
        if (raw_string(def->name) != NULL || has_order ||
            def->frame_options != FRAMEOPTION_DEFAULTS)
            ereport(ERROR,
                    (errcode(ERRCODE_WINDOWING_ERROR),
                     errmsg("cannot copy window \"%s\" because it has a frame clause", refname),
                     parser_errposition(pstate, def->location)));
        ereport(ERROR,
                (errcode(ERRCODE_WINDOWING_ERROR),
                 errmsg("cannot copy window \"%s\" because it has a frame clause", refname),
                 errhint("Omit the parentheses in this OVER clause."),
                 parser_errposition(pstate, def->location)));
    }
}

static void
check_frame(ParseState *pstate, PgQuery__WindowDef *def, WindowClause *window)
{
    int options = window->frameOptions;

    if ((options & FRAMEOPTION_RANGE) &&
        (options & (FRAMEOPTION_START_OFFSET | FRAMEOPTION_END_OFFSET)) &&
        list_length(window->orderClause) != 1)
        ereport(ERROR, (errcode(ERRCODE_WINDOWING_ERROR),
                        errmsg("RANGE with offset PRECEDING/FOLLOWING requires exactly one ORDER "
                               "BY column"),
                        parser_errposition(pstate, def->location)));
    if ((options & FRAMEOPTION_GROUPS) && window->orderClause == NIL)
        ereport(ERROR, (errcode(ERRCODE_WINDOWING_ERROR),
                        errmsg("GROUPS mode requires an ORDER BY clause"),
                        parser_errposition(pstate, def->location)));
}

List *
transform_window_definitions(ParseState *pstate, List *defs, List **targets)
{
    List *result = NIL;
    Index winref = 0;

    foreach_ptr(PgQuery__WindowDef, def, defs)
    {
        WindowClause *window = makeNode(WindowClause);
        WindowClause *ref = NULL;
        char *name = raw_string(def->name);
        char *refname = raw_string(def->refname);
        List *sets;

        winref++;
        if (name != NULL && find_window(result, name) != NULL)
            ereport(ERROR, (errcode(ERRCODE_WINDOWING_ERROR),
                            errmsg("window \"%s\" is already defined", name),
                            parser_errposition(pstate, def->location)));
        if (refname != NULL)
        {
            ref = find_window(result, refname);
            if (ref == NULL)
                ereport(ERROR, (errcode(ERRCODE_UNDEFINED_OBJECT),
                                errmsg("window \"%s\" does not exist", refname),
                                parser_errposition(pstate, def->location)));
        }
        window->name = name;
        window->refname = refname;
        window->winref = winref;
        window->frameOptions = def->frame_options;
        window->orderClause = transform_sort_clause(pstate, def->order_clause, def->n_order_clause,
                                                    targets, EXPR_KIND_WINDOW_ORDER, true);
        window->partitionClause =
            transform_group_clause(pstate, def->partition_clause, def->n_partition_clause, &sets,
                                   targets, window->orderClause, EXPR_KIND_WINDOW_PARTITION, true);
        if (ref != NULL)
            inherit_window(pstate, def, window, ref, window->orderClause != NIL);
        check_frame(pstate, def, window);
        window->startOffset = frame_offset(pstate, def->start_offset, window, *targets,
                                           &window->startInRangeFunc);
        window->endOffset = frame_offset(pstate, def->end_offset, window, *targets,
                                         &window->endInRangeFunc);
        result = lappend(result, window);
    }
    return result;
}

/* ---- ON CONFLICT ----------------------------------------------------------------------------------------- */

static List *
inference_elements(ParseState *pstate, PgQuery__InferClause *infer)
{
    List *result = NIL;

    for (size_t i = 0; i < infer->n_index_elems; i++)
    {
        PgQuery__IndexElem *raw = infer->index_elems[i]->index_elem;
        InferenceElem *elem = makeNode(InferenceElem);

        if (raw->ordering > PG_QUERY__SORT_BY_DIR__SORTBY_DEFAULT)
            ereport(ERROR, (errcode(ERRCODE_INVALID_COLUMN_REFERENCE),
                            errmsg("ASC/DESC is not allowed in ON CONFLICT clause"),
                            parser_errposition(pstate, infer->location)));
        if (raw->nulls_ordering > PG_QUERY__SORT_BY_NULLS__SORTBY_NULLS_DEFAULT)
            ereport(ERROR, (errcode(ERRCODE_INVALID_COLUMN_REFERENCE),
                            errmsg("NULLS FIRST/LAST is not allowed in ON CONFLICT clause"),
                            parser_errposition(pstate, infer->location)));
        if (raw->expr != NULL)
            elem->expr = transform_expr(pstate, raw->expr, EXPR_KIND_INDEX_EXPRESSION);
        else
        {
            elem->expr = column_name_to_var(pstate, raw->name, infer->location, true);
            if (elem->expr == NULL)
                error_missing_column(pstate, NULL, raw->name, infer->location);
        }
        if (raw->n_collation > 0)
            elem->infercollid = collation_by_name(pstate, raw->collation, raw->n_collation,
                                                  raw_location(raw->expr));
        if (raw->n_opclass > 0)
            elem->inferopclass = catalog_opclass_find(
                403, raw->n_opclass > 1 ? RAW_STRVAL(raw->opclass[raw->n_opclass - 2]) : NULL,
                RAW_STRVAL(raw->opclass[raw->n_opclass - 1]));
        result = lappend(result, elem);
    }
    return result;
}

/* The constraint that owns the index; 0 if it is a plain unique index. */
static Oid
constraint_of_index(Relation rel, Oid index)
{
    Datum key = ObjectIdGetDatum(RelationGetRelid(rel));
    CatalogScan *scan = catalog_scan_begin(ConstraintRelationId, PG_CONSTRAINT_CONRELID_CONTYPID_CONNAME_INDEX, 1,
                                           &key);
    Oid result = InvalidOid;
    HeapTuple row;

    while (!OidIsValid(result) && (row = catalog_scan_next(scan)) != NULL)
    {
        if (catalog_get_oid(ConstraintRelationId, row, Anum_pg_constraint_conindid) == index)
            result = catalog_get_oid(ConstraintRelationId, row, Anum_pg_constraint_oid);
    }
    catalog_scan_end(scan);
    return result;
}

OnConflictExpr *
transform_on_conflict_arbiter(ParseState *pstate, PgQuery__OnConflictClause *raw, List **ret_elems,
                              Node **ret_where, Oid *ret_constraint)
{
    PgQuery__InferClause *infer = raw->infer;

    *ret_elems = NIL;
    *ret_where = NULL;
    *ret_constraint = InvalidOid;
    if (raw->action == PG_QUERY__ON_CONFLICT_ACTION__ONCONFLICT_UPDATE && infer == NULL)
        ereport(ERROR, (errcode(ERRCODE_SYNTAX_ERROR),
                        errmsg("ON CONFLICT DO UPDATE requires inference specification or "
                               "constraint name"),
                        errhint("For example, ON CONFLICT (column_name)."),
                        parser_errposition(pstate, raw->location)));
    if (infer == NULL)
        return NULL;
    *ret_elems = inference_elements(pstate, infer);
    *ret_where = transform_where(pstate, infer->where_clause, EXPR_KIND_INDEX_PREDICATE, "WHERE");
    if (raw_string(infer->conname) != NULL)
    {
        Oid index = get_relname_relid(infer->conname,
                                      RelationGetNamespace(pstate->target_relation));

        /* a unique or primary key constraint bears its index's name */
        if (OidIsValid(index))
            *ret_constraint = constraint_of_index(pstate->target_relation, index);
        if (!OidIsValid(*ret_constraint))
            ereport(ERROR, (errcode(ERRCODE_UNDEFINED_OBJECT),
                            errmsg("constraint \"%s\" for table \"%s\" does not exist",
                                   infer->conname,
                                   RelationGetRelationName(pstate->target_relation))));
    }
    return NULL;
}
