/*
 * raw_location.c - where a raw expression begins
 */
#include "raw_int.h"

#include "base/base.h"

static int
first(int a, int b)
{
    if (a < 0)
        return b;
    return b < 0 ? a : Min(a, b);
}

int
raw_location(const RawNode *node)
{
    switch (RAW_KIND(node))
    {
        case PG_QUERY__NODE__NODE_COLUMN_REF:
            return node->column_ref->location;
        case PG_QUERY__NODE__NODE_PARAM_REF:
            return node->param_ref->location;
        case PG_QUERY__NODE__NODE_A_CONST:
            return node->a_const->location;
        case PG_QUERY__NODE__NODE_A_EXPR:
            return first(node->a_expr->location, raw_location(node->a_expr->lexpr));
        case PG_QUERY__NODE__NODE_FUNC_CALL:
            return node->func_call->location;
        case PG_QUERY__NODE__NODE_TYPE_CAST:
            return first(raw_location(node->type_cast->arg), node->type_cast->location);
        case PG_QUERY__NODE__NODE_COLLATE_CLAUSE:
            return raw_location(node->collate_clause->arg);
        case PG_QUERY__NODE__NODE_A_INDIRECTION:
            return raw_location(node->a_indirection->arg);
        case PG_QUERY__NODE__NODE_A_ARRAY_EXPR:
            return node->a_array_expr->location;
        case PG_QUERY__NODE__NODE_RES_TARGET:
            return node->res_target->location;
        case PG_QUERY__NODE__NODE_SORT_BY:
            return raw_location(node->sort_by->node);
        case PG_QUERY__NODE__NODE_BOOL_EXPR:
            return node->bool_expr->n_args == 0
                       ? node->bool_expr->location
                       : first(node->bool_expr->location,
                               raw_location(node->bool_expr->args[0]));
        case PG_QUERY__NODE__NODE_SUB_LINK:
            return first(raw_location(node->sub_link->testexpr), node->sub_link->location);
        case PG_QUERY__NODE__NODE_CASE_EXPR:
            return node->case_expr->location;
        case PG_QUERY__NODE__NODE_ROW_EXPR:
            return node->row_expr->location;
        case PG_QUERY__NODE__NODE_COALESCE_EXPR:
            return node->coalesce_expr->location;
        case PG_QUERY__NODE__NODE_MIN_MAX_EXPR:
            return node->min_max_expr->location;
        case PG_QUERY__NODE__NODE_SQLVALUE_FUNCTION:
            return node->sqlvalue_function->location;
        case PG_QUERY__NODE__NODE_NULL_TEST:
            return raw_location(node->null_test->arg);
        case PG_QUERY__NODE__NODE_BOOLEAN_TEST:
            return raw_location(node->boolean_test->arg);
        default:
            return -1;
    }
}
