/*
 * rewrite_targets.c - defaults of INSERT and UPDATE
 *
 * Invariants T1. After this an INSERT's target list has one entry for each column of the table, in
 *            order; what nobody gave is the column's default or NULL.
 *            T2. No SetToDefault is left anywhere in the statement.
 */
#include "parse_int.h"

#include "catalog/relcache.h"
#include "rewrite_int.h"

static Node *
null_of_column(Form_pg_attribute attr)
{
    if (attr->attisdropped)
        return (Node *) makeConst(INT4OID, -1, InvalidOid, 4, (Datum) 0, true, true);
    return coerce_null_to_domain(attr->atttypid, attr->atttypmod, attr->attcollation, attr->attlen,
                                 attr->attbyval);
}

/* The column's default expression, coerced; NULL if it has none. */
static Node *
column_default(Relation rel, int attno)
{
    Form_pg_attribute attr = TupleDescAttr(rel->rd_att, attno - 1);
    const char *text = attr->attgenerated != '\0' ? NULL : relation_default(rel, attr->attnum);
    Node *expr = text == NULL ? NULL : stringToNode(text);

    if (expr == NULL && attr->attgenerated == '\0')
    {
        /* a domain may bring its own default; identity columns have theirs stored like others */
        return NULL;
    }
    if (expr == NULL)
        return NULL;
    return coerce_to_target_type(NULL, expr, exprType(expr), attr->atttypid, attr->atttypmod,
                                 COERCION_ASSIGNMENT, COERCE_IMPLICIT_CAST, -1);
}

static Node *
default_or_null(Relation rel, int attno)
{
    Node *expr = column_default(rel, attno);

    return expr != NULL ? expr : null_of_column(TupleDescAttr(rel->rd_att, attno - 1));
}

static void
check_insert_value(Query *query, Form_pg_attribute attr, bool is_default)
{
    if (is_default)
        return;
    if (attr->attidentity == 'a' && query->override == OVERRIDING_NOT_SET)
        ereport(ERROR, (errcode(ERRCODE_GENERATED_ALWAYS),
                        errmsg("cannot insert a non-DEFAULT value into column \"%s\"",
                               NameStr(attr->attname)),
                        errdetail("Column \"%s\" is an identity column defined as GENERATED "
                                  "ALWAYS.",
                                  NameStr(attr->attname)),
                        errhint("Use OVERRIDING SYSTEM VALUE to override.")));
    if (attr->attgenerated != '\0')
        ereport(ERROR, (errcode(ERRCODE_GENERATED_ALWAYS),
                        errmsg("cannot insert a non-DEFAULT value into column \"%s\"",
                               NameStr(attr->attname)),
                        errdetail("Column \"%s\" is a generated column.",
                                  NameStr(attr->attname))));
}

/* a[1] = x, a[2] = y: the second assignment's base is the first. */
static Node *
chain_assignment(Node *earlier, Node *later, const char *column)
{
    if (IsA(later, SubscriptingRef) && ((SubscriptingRef *) later)->refassgnexpr != NULL &&
        (IsA(earlier, SubscriptingRef) || IsA(earlier, FieldStore)))
    {
        ((SubscriptingRef *) later)->refexpr = (Expr *) earlier;
        return later;
    }
    if (IsA(later, FieldStore) && (IsA(earlier, SubscriptingRef) || IsA(earlier, FieldStore)))
    {
        FieldStore *store = (FieldStore *) later;

        if (IsA(earlier, FieldStore))
        {
            FieldStore *first = (FieldStore *) earlier;

            foreach_int(field, store->fieldnums)
            {
                if (list_member_int(first->fieldnums, field))
                    break;
            }
            first->newvals = list_concat(first->newvals, store->newvals);
            first->fieldnums = list_concat(first->fieldnums, store->fieldnums);
            return earlier;
        }
        store->arg = (Expr *) earlier;
        return later;
    }
    ereport(ERROR, (errcode(ERRCODE_SYNTAX_ERROR),
                    errmsg("multiple assignments to same column \"%s\"", column)));
    return NULL;
}

/* Entries by attno - 1; assignments to one column are chained. */
static TargetEntry **
targets_by_column(List *targets, int natts, List **ret_junk)
{
    TargetEntry **slots = palloc0(sizeof(TargetEntry *) * (natts + 1));

    *ret_junk = NIL;
    foreach_ptr(TargetEntry, tle, targets)
    {
        TargetEntry *earlier;

        if (tle->resjunk)
        {
            *ret_junk = lappend(*ret_junk, tle);
            continue;
        }
        earlier = slots[tle->resno - 1];
        if (earlier != NULL)
            tle->expr = (Expr *) chain_assignment((Node *) earlier->expr, (Node *) tle->expr,
                                                  tle->resname);
        slots[tle->resno - 1] = tle;
    }
    return slots;
}

static RangeTblEntry *
values_entry(Query *query)
{
    Node *item;
    RangeTblEntry *rte;

    if (query->jointree == NULL || list_length(query->jointree->fromlist) != 1)
        return NULL;
    item = linitial(query->jointree->fromlist);
    if (!IsA(item, RangeTblRef))
        return NULL;
    rte = rt_fetch(((RangeTblRef *) item)->rtindex, query->rtable);
    return rte->rtekind == RTE_VALUES ? rte : NULL;
}

/* DEFAULT inside of a multi-row VALUES. */
static void
default_values(Query *query, Relation rel)
{
    RangeTblEntry *rte = values_entry(query);
    int *attnos;
    int width;

    if (rte == NULL)
        return;
    width = list_length(linitial(rte->values_lists));
    attnos = palloc0(sizeof(int) * (width + 1));
    foreach_ptr(TargetEntry, tle, query->targetList)
    {
        Node *expr = strip_implicit_coercions((Node *) tle->expr);

        if (IsA(expr, Var) && rt_fetch(((Var *) expr)->varno, query->rtable) == rte)
            attnos[((Var *) expr)->varattno - 1] = tle->resno;
    }
    foreach_ptr(List, row, rte->values_lists)
    {
        for (int i = 0; i < width; i++)
        {
            Node *value = list_nth(row, i);
            bool is_default = IsA(value, SetToDefault);

            if (attnos[i] == 0)
                continue;
            check_insert_value(query, TupleDescAttr(rel->rd_att, attnos[i] - 1), is_default);
            if (is_default)
                lfirst(list_nth_cell(row, i)) = default_or_null(rel, attnos[i]);
        }
    }
}

static void
conflict_targets(Query *query, Relation rel)
{
    if (query->onConflict == NULL)
        return;
    foreach_ptr(TargetEntry, tle, query->onConflict->onConflictSet)
    {
        if (IsA(tle->expr, SetToDefault))
            tle->expr = (Expr *) default_or_null(rel, tle->resno);
    }
}

void
rewrite_insert_targets(Query *query)
{
    RangeTblEntry *rte = rt_fetch(query->resultRelation, query->rtable);
    Relation rel = relation_open(rte->relid, NoLock);
    int natts = rel->rd_att->natts;
    List *junk;
    TargetEntry **slots = targets_by_column(query->targetList, natts, &junk);
    bool has_values = values_entry(query) != NULL;
    List *result = NIL;

    if (has_values)
        default_values(query, rel);
    for (int attno = 1; attno <= natts; attno++)
    {
        Form_pg_attribute attr = TupleDescAttr(rel->rd_att, attno - 1);
        TargetEntry *tle = slots[attno - 1];
        bool is_default = tle == NULL || IsA(tle->expr, SetToDefault);

        if (tle != NULL && !has_values)
            check_insert_value(query, attr, is_default);
        if (tle != NULL && attr->attidentity != '\0' &&
            query->override == OVERRIDING_USER_VALUE)
            is_default = true;
        if (is_default)
            tle = makeTargetEntry((Expr *) (attr->attisdropped ? null_of_column(attr)
                                                               : default_or_null(rel, attno)),
                                  (AttrNumber) attno, pstrdup(NameStr(attr->attname)), false);
        result = lappend(result, tle);
    }
    query->targetList = list_concat(result, junk);
    conflict_targets(query, rel);
    relation_close(rel, NoLock);
}

void
rewrite_update_targets(Query *query)
{
    RangeTblEntry *rte = rt_fetch(query->resultRelation, query->rtable);
    Relation rel = relation_open(rte->relid, NoLock);
    int natts = rel->rd_att->natts;
    List *junk;
    TargetEntry **slots = targets_by_column(query->targetList, natts, &junk);
    List *result = NIL;

    for (int attno = 1; attno <= natts; attno++)
    {
        Form_pg_attribute attr = TupleDescAttr(rel->rd_att, attno - 1);
        TargetEntry *tle = slots[attno - 1];
        bool is_default = tle != NULL && IsA(tle->expr, SetToDefault);

        if (tle == NULL)
            continue;
        if (!is_default && (attr->attidentity == 'a' || attr->attgenerated != '\0'))
            ereport(ERROR,
                    (errcode(ERRCODE_GENERATED_ALWAYS),
                     errmsg("column \"%s\" can only be updated to DEFAULT", NameStr(attr->attname)),
                     attr->attidentity == 'a'
                         ? errdetail("Column \"%s\" is an identity column defined as GENERATED "
                                     "ALWAYS.",
                                     NameStr(attr->attname))
                         : errdetail("Column \"%s\" is a generated column.",
                                     NameStr(attr->attname))));
        if (is_default)
            tle->expr = (Expr *) default_or_null(rel, attno);
        result = lappend(result, tle);
    }
    query->targetList = list_concat(result, junk);
    relation_close(rel, NoLock);
}
