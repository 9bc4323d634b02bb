/*
 * planner.c - plans one statement, level by level
 *
 * Read first planner/README.md, then planner__query().
 */
#include "planner_int.h"

Expr *(*planner_eval_hook)(Expr *expr, Oid result_type, int32 typmod, Oid collation);

PlannerInfo *
planner__new_root(PlannerGlobal *glob, Query *parse, PlannerInfo *parent)
{
    PlannerInfo *root = palloc0(sizeof *root);

    root->glob = glob;
    root->parse = parse;
    root->parent = parent;
    root->query_level = parent ? parent->query_level + 1 : 1;
    root->wt_param = -1;
    root->limit_tuples = -1;
    return root;
}

/* ---- target lists of changes ---- */

/* INSERT: a value for each column of the table, in order. */
static List *
insert_tlist(PlannerInfo *root, Relation relation)
{
    TupleDesc desc = relation->rd_att;
    List *tlist = NIL;
    ListCell *cell;

    for (int i = 0; i < desc->natts; i++) {
        Form_pg_attribute att = TupleDescAttr(desc, i);
        TargetEntry *found = NULL;

        foreach (cell, root->parse->targetList) {
            TargetEntry *entry = lfirst(cell);

            if (!entry->resjunk && entry->resno == i + 1)
                found = entry;
        }
        if (!found) {
            Const *null = att->attisdropped
                              ? makeConst(INT4OID, -1, InvalidOid, 4, (Datum) 0, true, true)
                              : makeNullConst(att->atttypid, att->atttypmod, att->attcollation);

            found = makeTargetEntry((Expr *) null, (AttrNumber) (i + 1),
                                    pstrdup(NameStr(att->attname)), false);
        }
        tlist = lappend(tlist, found);
    }
    return tlist;
}

/* UPDATE: the new values one after another, and which columns they are for. */
static List *
update_tlist(PlannerInfo *root)
{
    List *tlist = NIL;
    ListCell *cell;
    AttrNumber resno = 1;

    foreach (cell, root->parse->targetList) {
        TargetEntry *entry = lfirst(cell);

        if (!entry->resjunk)
            root->update_colnos = lappend_int(root->update_colnos, entry->resno);
        entry->resno = resno++;
        tlist = lappend(tlist, entry);
    }
    return tlist;
}

static List *
add_junk(List *tlist, Var *var, const char *name)
{
    return lappend(tlist, makeTargetEntry((Expr *) var, (AttrNumber) (list_length(tlist) + 1),
                                          pstrdup(name), true));
}

static Var *
ctid_var(Index rti)
{
    return makeVar((int) rti, SelfItemPointerAttributeNumber, TIDOID, -1, InvalidOid, 0);
}

/* ---- row marks: which rows are locked, or fetched again in a re-check ---- */

static RowMarkType
mark_type(LockClauseStrength strength)
{
    switch (strength) {
    case LCS_FORKEYSHARE:
        return ROW_MARK_KEYSHARE;
    case LCS_FORSHARE:
        return ROW_MARK_SHARE;
    case LCS_FORNOKEYUPDATE:
        return ROW_MARK_NOKEYEXCLUSIVE;
    case LCS_FORUPDATE:
        return ROW_MARK_EXCLUSIVE;
    default:
        return ROW_MARK_REFERENCE;
    }
}

static PlanRowMark *
new_mark(PlannerInfo *root, Index rti, RowMarkType type)
{
    PlanRowMark *mark = makeNode(PlanRowMark);

    mark->rti = mark->prti = rti;
    mark->rowmarkId = (Index) ++root->glob->last_rowmark_id;
    mark->markType = type;
    mark->allMarkTypes = 1 << type;
    mark->waitPolicy = LockWaitBlock;
    return mark;
}

static void
collect_relations(Node *node, Relids *relids)
{
    ListCell *cell;

    if (IsA(node, RangeTblRef))
        *relids = bms_add_member(*relids, ((RangeTblRef *) node)->rtindex);
    else if (IsA(node, FromExpr))
        foreach (cell, ((FromExpr *) node)->fromlist)
            collect_relations(lfirst(cell), relids);
    else {
        collect_relations(((JoinExpr *) node)->larg, relids);
        collect_relations(((JoinExpr *) node)->rarg, relids);
    }
}

static void
make_row_marks(PlannerInfo *root)
{
    Query *parse = root->parse;
    bool changes = parse->commandType == CMD_UPDATE || parse->commandType == CMD_DELETE;
    Relids relids = NULL;
    int rti = -1;
    ListCell *cell;

    if (parse->rowMarks == NIL && !changes)
        return;
    collect_relations((Node *) parse->jointree, &relids);
    while ((rti = bms_next_member(relids, rti)) >= 0) {
        RangeTblEntry *rte = rt_fetch(rti, parse->rtable);
        PlanRowMark *mark = NULL;

        if (rti == parse->resultRelation)
            continue;
        foreach (cell, parse->rowMarks) {
            RowMarkClause *clause = lfirst(cell);

            if (clause->rti == (Index) rti && rte->rtekind == RTE_RELATION) {
                mark = new_mark(root, (Index) rti, mark_type(clause->strength));
                mark->strength = clause->strength;
                mark->waitPolicy = clause->waitPolicy;
            }
        }
        if (!mark)
            mark = new_mark(root, (Index) rti,
                            rte->rtekind == RTE_RELATION ? ROW_MARK_REFERENCE : ROW_MARK_COPY);
        root->row_marks = lappend(root->row_marks, mark);
    }
}

static List *
add_mark_columns(PlannerInfo *root, List *tlist)
{
    ListCell *cell;

    foreach (cell, root->row_marks) {
        PlanRowMark *mark = lfirst(cell);
        RangeTblEntry *rte = rt_fetch(mark->rti, root->parse->rtable);

        if (mark->markType != ROW_MARK_COPY)
            tlist = add_junk(tlist, ctid_var(mark->rti), psprintf("ctid%u", mark->rowmarkId));
        else if (rte->rtekind != RTE_RESULT)
            tlist = add_junk(tlist, makeWholeRowVar(rte, (int) mark->rti, 0, false),
                             psprintf("wholerow%u", mark->rowmarkId));
    }
    return tlist;
}

static void
make_target_list(PlannerInfo *root)
{
    Query *parse = root->parse;
    List *tlist = parse->targetList;
    ListCell *cell;

    if (parse->commandType == CMD_INSERT) {
        RangeTblEntry *rte = rt_fetch(parse->resultRelation, parse->rtable);
        Relation relation = table_open(rte->relid, NoLock);

        tlist = insert_tlist(root, relation);
        table_close(relation, NoLock);
    } else if (parse->commandType == CMD_UPDATE) {
        tlist = update_tlist(root);
    }
    if (parse->commandType == CMD_UPDATE || parse->commandType == CMD_DELETE)
        tlist = add_junk(parse->commandType == CMD_DELETE ? NIL : tlist,
                         ctid_var((Index) parse->resultRelation), "ctid");
    tlist = add_mark_columns(root, tlist);
    /* RETURNING reads columns of the other relations through the subplan's row. */
    if (parse->resultRelation && parse->returningList)
        foreach (cell, planner__columns_of((Node *) parse->returningList)) {
            Var *var = lfirst(cell);

            if (var->varno != parse->resultRelation && !tlist_member((Expr *) var, tlist))
                tlist = add_junk(tlist, copyObject(var), "returning");
        }
    root->processed_tlist = tlist;
}

/* ---- limits known beforehand ---- */

static void
note_limit(PlannerInfo *root)
{
    Query *parse = root->parse;
    double count, offset = 0;

    if (!parse->limitCount || !IsA(parse->limitCount, Const) ||
        ((Const *) parse->limitCount)->constisnull)
        return;
    if (parse->limitOffset) {
        if (!IsA(parse->limitOffset, Const) || ((Const *) parse->limitOffset)->constisnull)
            return;
        offset = (double) DatumGetInt64(((Const *) parse->limitOffset)->constvalue);
    }
    count = (double) DatumGetInt64(((Const *) parse->limitCount)->constvalue);
    if (count > 0)
        root->limit_tuples = count + Max(offset, 0);
}

/* The order that would save a sort at the top: grouping's first, else ORDER BY's. */
static void
note_order(PlannerInfo *root)
{
    Query *parse = root->parse;
    List *clauses = parse->groupClause      ? parse->groupClause
                    : parse->hasAggs        ? NIL
                    : parse->hasWindowFuncs ? NIL
                    : parse->sortClause     ? parse->sortClause
                                            : parse->distinctClause;
    ListCell *cell;

    foreach (cell, clauses) {
        SortGroupClause *clause = lfirst(cell);
        OrderKey *key = palloc0(sizeof *key);

        key->expr = (Expr *) get_sortgroupclause_expr(clause, root->processed_tlist);
        key->sortop = clause->sortop;
        key->nulls_first = clause->nulls_first;
        key->collation = exprCollation((Node *) key->expr);
        if (!key->sortop)
            break;
        root->order_wanted = lappend(root->order_wanted, key);
    }
}

/* ---- one level ---- */

static Plan *
modify_plan(PlannerInfo *root, Plan *child)
{
    Query *parse = root->parse;
    ModifyTable *modify = makeNode(ModifyTable);

    modify->operation = parse->commandType;
    modify->canSetTag = parse->canSetTag;
    modify->nominalRelation = (Index) parse->resultRelation;
    modify->resultRelations = list_make1_int(parse->resultRelation);
    if (parse->commandType == CMD_UPDATE)
        modify->updateColnosLists = list_make1(root->update_colnos);
    if (parse->returningList)
        modify->returningLists = list_make1(parse->returningList);
    modify->rowMarks = root->row_marks;
    modify->epqParam = planner__new_param(root->glob, INTERNALOID);
    if (parse->onConflict) {
        OnConflictExpr *conflict = parse->onConflict;
        ListCell *cell;

        modify->onConflictAction = conflict->action;
        modify->arbiterIndexes = planner__infer_arbiters(root);
        modify->onConflictSet = conflict->onConflictSet;
        foreach (cell, conflict->onConflictSet)
            modify->onConflictCols = lappend_int(modify->onConflictCols,
                                                 ((TargetEntry *) lfirst(cell))->resno);
        modify->onConflictWhere =
            (Node *) planner__qual_list(conflict->onConflictWhere);
        modify->exclRelRTI = (Index) conflict->exclRelIndex;
        modify->exclRelTlist = conflict->exclRelTlist;
    }
    modify->plan.lefttree = child;
    modify->plan.targetlist = parse->returningList;
    planner__copy_costs(&modify->plan, child);
    if (!parse->returningList)
        modify->plan.plan_rows = 0;
    return &modify->plan;
}

static Plan *
plan_from(PlannerInfo *root)
{
    List *gating = NIL;
    Rel *top = NULL;

    planner__make_base_rels(root);
    if (root->parse->jointree->fromlist != NIL)
        top = planner__plan_join_tree(root, &gating);
    else
        gating = planner__qual_list(root->parse->jointree->quals);
    root->append_tlists = gating;
    return planner__finish(root, top);
}

Plan *
planner__query(PlannerGlobal *glob, Query *parse, PlannerInfo *parent, bool has_recursion,
               double tuple_fraction, PlannerInfo **ret_root)
{
    PlannerInfo *root = planner__new_root(glob, parse, parent);
    Plan *plan;

    if (++glob->depth > PLAN_DEPTH_MAX)
        ereport(ERROR, (errcode(ERRCODE_STATEMENT_TOO_COMPLEX),
                        errmsg("stack depth limit exceeded"),
                        errdetail("Subqueries are nested more than %d deep.", PLAN_DEPTH_MAX)));
    if (parse->commandType == CMD_MERGE)
        ereport(ERROR, (errcode(ERRCODE_FEATURE_NOT_SUPPORTED),
                        errmsg("MERGE is not supported")));
    root->has_recursion = has_recursion;
    root->tuple_fraction = tuple_fraction;
    planner__prepare(root);
    if (parse->setOperations) {
        plan = planner__plan_setop(root);
    } else {
        make_row_marks(root);
        make_target_list(root);
        note_limit(root);
        note_order(root);
        plan = plan_from(root);
    }
    if (parse->commandType != CMD_SELECT)
        plan = modify_plan(root, plan);
    plan->initPlan = root->init_plans;
    glob->depth--;
    *ret_root = root;
    return plan;
}

static double
cursor_fraction(int cursor_options)
{
    if (!(cursor_options & CURSOR_OPT_FAST_PLAN))
        return 0.0;
    return cursor_tuple_fraction >= 1.0 ? 0.0 : Max(cursor_tuple_fraction, 1e-10);
}

PlannedStmt *
planner_plan(Query *query, const char *sql, int cursor_options, ParamListInfo params)
{
    PlannerGlobal glob = {.params = params, .sql = sql};
    PlannedStmt *result = makeNode(PlannedStmt);
    PlannerInfo *root;
    ListCell *plan_cell, *root_cell;

    Plan *plan = planner__query(&glob, query, NULL, false, cursor_fraction(cursor_options), &root);

    plan = planner__set_references(root, plan);
    forboth(plan_cell, glob.subplans, root_cell, glob.subroots)
        lfirst(plan_cell) = planner__set_references(lfirst(root_cell), lfirst(plan_cell));

    result->commandType = query->commandType;
    result->queryId = query->queryId;
    result->hasReturning = query->returningList != NIL;
    result->hasModifyingCTE = query->hasModifyingCTE;
    result->canSetTag = query->canSetTag;
    result->planTree = plan;
    result->rtable = glob.final_rtable;
    result->resultRelations = glob.result_relations;
    result->subplans = glob.subplans;
    result->rewindPlanIDs = glob.rewind_plan_ids;
    result->rowMarks = root->row_marks;
    result->relationOids = glob.relation_oids;
    result->paramExecTypes = glob.param_exec_types;
    result->stmt_location = query->stmt_location;
    result->stmt_len = query->stmt_len;
    return result;
}
