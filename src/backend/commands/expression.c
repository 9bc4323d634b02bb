/*
 * expression.c - what an expression of DDL reads and depends on
 */
#include "commands_int.h"

static bool
column_walker(Node *node, void *context)
{
    Bitmapset **columns = context;

    if (node == NULL)
        return false;
    if (IsA(node, Var)) {
        Var *var = (Var *) node;

        if (var->varlevelsup == 0)
            *columns = bms_add_member(*columns,
                                      var->varattno - FirstLowInvalidHeapAttributeNumber);
        return false;
    }
    return expression_tree_walker(node, column_walker, context);
}

Bitmapset *
expression_columns(Node *expr)
{
    Bitmapset *columns = NULL;

    (void) column_walker(expr, &columns);
    return columns;
}

typedef struct DependencyContext {
    List *found;  /* ObjectAddress * */
    List *rtables; /* of the queries around, innermost first */
} DependencyContext;

static void
add_dependency(DependencyContext *context, Oid classid, Oid objid, int32 subid)
{
    ObjectAddress *address;
    ListCell *cell;

    if (objid == InvalidOid)
        return;
    foreach (cell, context->found) {
        const ObjectAddress *old = lfirst(cell);

        if (old->classId == classid && old->objectId == objid && old->objectSubId == subid)
            return;
    }
    address = palloc(sizeof(*address));
    *address = (ObjectAddress){classid, objid, subid};
    context->found = lappend(context->found, address);
}

static void
add_var(DependencyContext *context, const Var *var)
{
    List *rtable;
    RangeTblEntry *rte;

    if ((int) var->varlevelsup >= list_length(context->rtables))
        return;
    rtable = list_nth(context->rtables, (int) var->varlevelsup);
    if (var->varno < 1 || var->varno > list_length(rtable))
        return;
    rte = list_nth(rtable, var->varno - 1);
    if (rte->rtekind == RTE_RELATION && var->varattno > 0)
        add_dependency(context, RelationRelationId, rte->relid, var->varattno);
}

static bool
dependency_walker(Node *node, void *argument)
{
    DependencyContext *context = argument;

    if (node == NULL)
        return false;
    switch (nodeTag(node)) {
        case T_Var:
            add_var(context, (Var *) node);
            return false;
        case T_Const:
            add_dependency(context, TypeRelationId, ((Const *) node)->consttype, 0);
            return false;
        case T_FuncExpr:
            add_dependency(context, ProcedureRelationId, ((FuncExpr *) node)->funcid, 0);
            break;
        case T_Aggref:
            add_dependency(context, ProcedureRelationId, ((Aggref *) node)->aggfnoid, 0);
            break;
        case T_OpExpr:
        case T_DistinctExpr:
        case T_NullIfExpr:
            add_dependency(context, OperatorRelationId, ((OpExpr *) node)->opno, 0);
            break;
        case T_RelabelType:
            add_dependency(context, TypeRelationId, ((RelabelType *) node)->resulttype, 0);
            break;
        case T_CoerceViaIO:
            add_dependency(context, TypeRelationId, ((CoerceViaIO *) node)->resulttype, 0);
            break;
        case T_Query:
        {
            Query *query = (Query *) node;
            ListCell *cell;
            bool result;

            foreach (cell, query->rtable) {
                RangeTblEntry *rte = lfirst(cell);

                if (rte->rtekind == RTE_RELATION)
                    add_dependency(context, RelationRelationId, rte->relid, 0);
            }
            context->rtables = lcons(query->rtable, context->rtables);
            result = query_tree_walker(query, dependency_walker, context, 0);
            context->rtables = list_delete_first(context->rtables);
            return result;
        }
        default:
            break;
    }
    return expression_tree_walker(node, dependency_walker, context);
}

List *
expression_dependencies(Node *node)
{
    DependencyContext context = {NIL, NIL};

    (void) dependency_walker(node, &context);
    return context.found;
}

/* NULL for a constant NULL (behind casts), which as a default says nothing. */
Node *
const_null_is(Node *expr)
{
    Node *inner = expr;

    while (inner != NULL && IsA(inner, RelabelType))
        inner = (Node *) ((RelabelType *) inner)->arg;
    if (inner != NULL && IsA(inner, Const) && ((Const *) inner)->constisnull)
        return NULL;
    return expr;
}

bool
need_snapshot(void)
{
    if (snapshot_active_is_set())
        return false;
    snapshot_push_active(snapshot_get_transaction());
    return true;
}

void
done_snapshot(bool pushed)
{
    if (pushed)
        snapshot_pop_active();
}
