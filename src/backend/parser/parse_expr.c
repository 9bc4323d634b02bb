/*
 * parse_expr.c - raw expressions to typed ones
 *
 * Read first parse_int.h, then transform_expr_inner().
 */
#include "parse_int.h"

#include "catalog/relcache.h"

Node *
transform_expr(ParseState *pstate, RawNode *raw, ParseExprKind kind)
{
    ParseExprKind saved = pstate->expr_kind;
    Node *result;

    pstate->expr_kind = kind;
    result = transform_expr_inner(pstate, raw);
    pstate->expr_kind = saved;
    return result;
}

/* A list that may hold relation.* and, in VALUES and row assignments, DEFAULT. */
List *
transform_expr_list(ParseState *pstate, RawNode *const *items, size_t count, ParseExprKind kind,
                    bool allow_default)
{
    List *result = NIL;

    for (size_t i = 0; i < count; i++)
    {
        RawNode *raw = items[i];
        Node *expr;

        if (RAW_IS(raw, COLUMN_REF) &&
            raw_is_star(raw->column_ref->fields[raw->column_ref->n_fields - 1]))
        {
            RawNode target_node = PG_QUERY__NODE__INIT;
            PgQuery__ResTarget target = PG_QUERY__RES_TARGET__INIT;
            RawNode *one = &target_node;

            target.val = raw;
            target_node.node_case = PG_QUERY__NODE__NODE_RES_TARGET;
            target_node.res_target = &target;
            foreach_ptr(TargetEntry, tle, transform_target_list(pstate, &one, 1, kind))
                result = lappend(result, tle->expr);
            continue;
        }
        if (RAW_IS(raw, SET_TO_DEFAULT) && allow_default)
        {
            SetToDefault *def = makeNode(SetToDefault);

            def->location = raw->set_to_default->location;
            def->typeMod = -1;
            expr = (Node *) def;
        }
        else
            expr = transform_expr(pstate, raw, kind);
        result = lappend(result, expr);
    }
    return result;
}

static Node *
bool_expr(ParseState *pstate, PgQuery__BoolExpr *raw)
{
    const char *name = raw->boolop == PG_QUERY__BOOL_EXPR_TYPE__AND_EXPR  ? "AND"
                       : raw->boolop == PG_QUERY__BOOL_EXPR_TYPE__OR_EXPR ? "OR"
                                                                          : "NOT";
    List *args = NIL;

    for (size_t i = 0; i < raw->n_args; i++)
        args = lappend(args, coerce_to_boolean(pstate, transform_expr_inner(pstate, raw->args[i]),
                                               name));
    return (Node *) makeBoolExpr((BoolExprType) (raw->boolop - 1), args, raw->location);
}

static Node *
type_cast(ParseState *pstate, PgQuery__TypeCast *raw)
{
    int32 typmod;
    Oid type = type_name_oid(pstate, raw->type_name, &typmod, false);
    Node *arg;
    Oid input;
    Node *result;
    int location = raw->location;

    if (RAW_IS(raw->arg, A_ARRAY_EXPR))
    {
        int32 base_typmod = typmod;
        Oid base = getBaseTypeAndTypmod(type, &base_typmod);
        Oid element = get_element_type(base);

        arg = OidIsValid(element) ? transform_array_expr(pstate, raw->arg->a_array_expr, base,
                                                         element, base_typmod)
                                  : transform_expr_inner(pstate, raw->arg);
    }
    else
        arg = transform_expr_inner(pstate, raw->arg);
    input = exprType(arg);
    if (!OidIsValid(input))
        return arg;
    if (location <= 0)
        location = raw->type_name->location;
    result = coerce_to_target_type(pstate, arg, input, type, typmod, COERCION_EXPLICIT,
                                   COERCE_EXPLICIT_CAST, location);
    if (result == NULL)
        ereport(ERROR, (errcode(ERRCODE_CANNOT_COERCE),
                        errmsg("cannot cast type %s to %s", format_type_be(input),
                               format_type_be(type)),
                        parser_errposition(pstate, location)));
    return result;
}

static Node *
collate_clause(ParseState *pstate, PgQuery__CollateClause *raw)
{
    CollateExpr *coll = makeNode(CollateExpr);
    Oid type;

    coll->arg = (Expr *) transform_expr_inner(pstate, raw->arg);
    type = exprType((Node *) coll->arg);
    if (!type_is_collatable(type) && type != UNKNOWNOID)
        ereport(ERROR, (errcode(ERRCODE_DATATYPE_MISMATCH),
                        errmsg("collations are not supported by type %s", format_type_be(type)),
                        parser_errposition(pstate, raw->location)));
    coll->collOid = collation_by_name(pstate, raw->collname, raw->n_collname, raw->location);
    coll->location = raw->location;
    return (Node *) coll;
}

static Node *
named_arg(ParseState *pstate, PgQuery__NamedArgExpr *raw)
{
    NamedArgExpr *arg = makeNode(NamedArgExpr);

    arg->arg = (Expr *) transform_expr_inner(pstate, raw->arg);
    arg->name = raw->name;
    arg->argnumber = -1;
    arg->location = raw->location;
    return (Node *) arg;
}

static Node *
case_test(ParseState *pstate, RawNode *raw, CaseTestExpr **ret_placeholder)
{
    Node *arg = transform_expr_inner(pstate, raw);
    CaseTestExpr *placeholder;

    if (exprType(arg) == UNKNOWNOID)
        arg = coerce_to_common_type(pstate, arg, TEXTOID, "CASE");
    assign_expr_collations(pstate, arg);
    placeholder = makeNode(CaseTestExpr);
    placeholder->typeId = exprType(arg);
    placeholder->typeMod = exprTypmod(arg);
    placeholder->collation = exprCollation(arg);
    *ret_placeholder = placeholder;
    return arg;
}

static void
reject_srf(ParseState *pstate, Node *last_srf, const char *construct, const char *hint)
{
    if (pstate->last_srf == last_srf)
        return;
    ereport(ERROR, (errcode(ERRCODE_FEATURE_NOT_SUPPORTED),
                    errmsg("set-returning functions are not allowed in %s", construct),
                    errhint("%s", hint),
                    parser_errposition(pstate, exprLocation(pstate->last_srf))));
}

#define SRF_HINT "You might be able to move the set-returning function into a LATERAL FROM item."

static Node *
case_expr(ParseState *pstate, PgQuery__CaseExpr *raw)
{
    CaseExpr *result = makeNode(CaseExpr);
    CaseTestExpr *placeholder = NULL;
    Node *last_srf = pstate->last_srf;
    List *results = NIL;
    Node *defresult;

    if (raw->arg != NULL)
        result->arg = (Expr *) case_test(pstate, raw->arg, &placeholder);
    for (size_t i = 0; i < raw->n_args; i++)
    {
        PgQuery__CaseWhen *raw_when = raw->args[i]->case_when;
        CaseWhen *when = makeNode(CaseWhen);
        Node *condition = transform_expr_inner(pstate, raw_when->expr);

        if (placeholder != NULL)
            condition = (Node *) make_op(pstate, list_make1(makeString("=")), (Node *) placeholder,
                                         condition, pstate->last_srf, raw_when->location);
        when->expr = (Expr *) coerce_to_boolean(pstate, condition, "CASE/WHEN");
        when->result = (Expr *) transform_expr_inner(pstate, raw_when->result);
        when->location = raw_when->location;
        result->args = lappend(result->args, when);
        results = lappend(results, when->result);
    }
    if (raw->defresult != NULL)
        defresult = transform_expr_inner(pstate, raw->defresult);
    else
        defresult = (Node *) makeConst(UNKNOWNOID, -1, InvalidOid, -2, (Datum) 0, true, false);
    result->casetype = select_common_type(pstate, lcons(defresult, results), "CASE", NULL);
    result->defresult = (Expr *) coerce_to_common_type(pstate, defresult, result->casetype,
                                                       "CASE/ELSE");
    foreach_ptr(CaseWhen, when, result->args)
        when->result = (Expr *) coerce_to_common_type(pstate, (Node *) when->result,
                                                      result->casetype, "CASE/WHEN");
    reject_srf(pstate, last_srf, "CASE", SRF_HINT);
    result->location = raw->location;
    return (Node *) result;
}

Node *
transform_array_expr(ParseState *pstate, PgQuery__AArrayExpr *raw, Oid array_type,
                     Oid element_type, int32 typmod)
{
    ArrayExpr *result = makeNode(ArrayExpr);
    List *elements = NIL;
    List *coerced = NIL;
    Oid target;
    bool hard = OidIsValid(array_type);

    for (size_t i = 0; i < raw->n_elements; i++)
    {
        RawNode *item = raw->elements[i];
        Node *element;

        if (RAW_IS(item, A_ARRAY_EXPR))
        {
            element = transform_array_expr(pstate, item->a_array_expr, array_type, element_type,
                                           typmod);
            result->multidims = true;
        }
        else
        {
            element = transform_expr_inner(pstate, item);
            if (!result->multidims && exprType(element) != INT2VECTOROID &&
                exprType(element) != OIDVECTOROID &&
                OidIsValid(get_element_type(exprType(element))))
                result->multidims = true;
        }
        elements = lappend(elements, element);
    }
    if (hard)
        target = result->multidims ? array_type : element_type;
    else
    {
        if (elements == NIL)
            ereport(ERROR, (errcode(ERRCODE_INDETERMINATE_DATATYPE),
                            errmsg("cannot determine type of empty array"),
                            errhint("Explicitly cast to the desired type, for example "
                                    "ARRAY[]::integer[]."),
                            parser_errposition(pstate, raw->location)));
        target = select_common_type(pstate, elements, "ARRAY", NULL);
        if (result->multidims)
        {
            array_type = target;
            element_type = get_element_type(target);
        }
        else
        {
            array_type = get_array_type(target);
            element_type = target;
        }
        if (!OidIsValid(array_type) || !OidIsValid(element_type))
            ereport(ERROR, (errcode(ERRCODE_UNDEFINED_OBJECT),
                            errmsg("could not find %s type for data type %s",
                                   result->multidims ? "element" : "array",
                                   format_type_be(target)),
                            parser_errposition(pstate, raw->location)));
    }
    foreach_ptr(Node, element, elements)
    {
        Node *cast;

        if (hard)
        {
            cast = coerce_to_target_type(pstate, element, exprType(element), target, typmod,
                                         COERCION_EXPLICIT, COERCE_EXPLICIT_CAST, -1);
            if (cast == NULL)
                ereport(ERROR, (errcode(ERRCODE_CANNOT_COERCE),
                                errmsg("cannot cast type %s to %s",
                                       format_type_be(exprType(element)), format_type_be(target)),
                                parser_errposition(pstate, exprLocation(element))));
        }
        else
            cast = coerce_to_common_type(pstate, element, target, "ARRAY");
        coerced = lappend(coerced, cast);
    }
    result->array_typeid = array_type;
    result->element_typeid = element_type;
    result->elements = coerced;
    result->location = raw->location;
    return (Node *) result;
}

Node *
transform_row_expr(ParseState *pstate, PgQuery__RowExpr *raw, bool allow_default)
{
    RowExpr *row = makeNode(RowExpr);

    row->args = transform_expr_list(pstate, raw->args, raw->n_args, pstate->expr_kind,
                                    allow_default);
    if (list_length(row->args) > MaxTupleAttributeNumber)
        ereport(ERROR, (errcode(ERRCODE_TOO_MANY_COLUMNS),
                        errmsg("ROW expressions can have at most %d entries",
                               MaxTupleAttributeNumber),
                        parser_errposition(pstate, raw->location)));
    row->row_typeid = RECORDOID;
    row->row_format = (CoercionForm) (raw->row_format - 1);
    for (int i = 1; i <= list_length(row->args); i++)
        row->colnames = lappend(row->colnames, makeString(psprintf("f%d", i)));
    row->location = raw->location;
    return (Node *) row;
}

static List *
common_args(ParseState *pstate, RawNode *const *items, size_t count, const char *name,
            Oid *ret_type)
{
    List *args = NIL;
    List *result = NIL;

    for (size_t i = 0; i < count; i++)
        args = lappend(args, transform_expr_inner(pstate, items[i]));
    *ret_type = select_common_type(pstate, args, name, NULL);
    foreach_ptr(Node, arg, args)
        result = lappend(result, coerce_to_common_type(pstate, arg, *ret_type, name));
    return result;
}

static Node *
coalesce_expr(ParseState *pstate, PgQuery__CoalesceExpr *raw)
{
    CoalesceExpr *result = makeNode(CoalesceExpr);
    Node *last_srf = pstate->last_srf;

    result->args = common_args(pstate, raw->args, raw->n_args, "COALESCE", &result->coalescetype);
    reject_srf(pstate, last_srf, "COALESCE", SRF_HINT);
    result->location = raw->location;
    return (Node *) result;
}

static Node *
min_max_expr(ParseState *pstate, PgQuery__MinMaxExpr *raw)
{
    MinMaxExpr *result = makeNode(MinMaxExpr);
    const char *name = raw->op == PG_QUERY__MIN_MAX_OP__IS_GREATEST ? "GREATEST" : "LEAST";

    result->op = (MinMaxOp) (raw->op - 1);
    result->args = common_args(pstate, raw->args, raw->n_args, name, &result->minmaxtype);
    result->location = raw->location;
    return (Node *) result;
}

static Node *
sql_value_function(ParseState *pstate, PgQuery__SQLValueFunction *raw)
{
    static const Oid types[] = {
        [SVFOP_CURRENT_DATE] = DATEOID,
        [SVFOP_CURRENT_TIME] = TIMETZOID,
        [SVFOP_CURRENT_TIME_N] = TIMETZOID,
        [SVFOP_CURRENT_TIMESTAMP] = TIMESTAMPTZOID,
        [SVFOP_CURRENT_TIMESTAMP_N] = TIMESTAMPTZOID,
        [SVFOP_LOCALTIME] = TIMEOID,
        [SVFOP_LOCALTIME_N] = TIMEOID,
        [SVFOP_LOCALTIMESTAMP] = TIMESTAMPOID,
        [SVFOP_LOCALTIMESTAMP_N] = TIMESTAMPOID,
        [SVFOP_CURRENT_ROLE] = NAMEOID,
        [SVFOP_CURRENT_USER] = NAMEOID,
        [SVFOP_USER] = NAMEOID,
        [SVFOP_SESSION_USER] = NAMEOID,
        [SVFOP_CURRENT_CATALOG] = NAMEOID,
        [SVFOP_CURRENT_SCHEMA] = NAMEOID,
    };
    SQLValueFunction *result = makeNode(SQLValueFunction);

    result->op = (SQLValueFunctionOp) (raw->op - 1);
    result->type = types[result->op];
    result->typmod = -1;
    if (result->op == SVFOP_CURRENT_TIME_N || result->op == SVFOP_CURRENT_TIMESTAMP_N ||
        result->op == SVFOP_LOCALTIME_N || result->op == SVFOP_LOCALTIMESTAMP_N)
    {
        result->typmod = raw->typmod;
        if (result->typmod > 6)
        {
            ereport(WARNING, (errcode(ERRCODE_INVALID_PARAMETER_VALUE),
                              errmsg("%s(%d) precision reduced to maximum allowed, %d",
                                     result->type == TIMEOID || result->type == TIMETZOID
                                         ? "TIME"
                                         : "TIMESTAMP",
                                     result->typmod, 6)));
            result->typmod = 6;
        }
    }
    result->location = raw->location;
    return (Node *) result;
}

static Node *
null_test(ParseState *pstate, PgQuery__NullTest *raw)
{
    NullTest *result = makeNode(NullTest);

    result->arg = (Expr *) transform_expr_inner(pstate, raw->arg);
    result->nulltesttype = (NullTestType) (raw->nulltesttype - 1);
    result->argisrow = type_is_rowtype(exprType((Node *) result->arg));
    result->location = raw->location;
    return (Node *) result;
}

static Node *
boolean_test(ParseState *pstate, PgQuery__BooleanTest *raw)
{
    static const char *const names[] = {"IS TRUE",      "IS NOT TRUE", "IS FALSE",
                                        "IS NOT FALSE", "IS UNKNOWN",  "IS NOT UNKNOWN"};
    BooleanTest *result = makeNode(BooleanTest);

    result->booltesttype = (BoolTestType) (raw->booltesttype - 1);
    result->arg = (Expr *) coerce_to_boolean(pstate, transform_expr_inner(pstate, raw->arg),
                                             names[result->booltesttype]);
    result->location = raw->location;
    return (Node *) result;
}

static Node *
current_of(ParseState *pstate, PgQuery__CurrentOfExpr *raw)
{
    CurrentOfExpr *result = makeNode(CurrentOfExpr);

    if (pstate->target_nsitem == NULL)
        ereport(ERROR, (errcode(ERRCODE_FEATURE_NOT_SUPPORTED),
                        errmsg("WHERE CURRENT OF is not supported here")));
    result->cvarno = (Index) pstate->target_nsitem->rtindex;
    result->cursor_name = raw->cursor_name;
    result->cursor_param = raw->cursor_param;
    return (Node *) result;
}

Node *
transform_func_call(ParseState *pstate, PgQuery__FuncCall *raw)
{
    Node *last_srf = pstate->last_srf;
    List *args = NIL;

    for (size_t i = 0; i < raw->n_args; i++)
        args = lappend(args, transform_expr_inner(pstate, raw->args[i]));
    return parse_func_or_column(pstate, raw_string_list(raw->funcname, raw->n_funcname), args,
                                last_srf, raw, false, raw->location);
}

Node *
transform_expr_inner(ParseState *pstate, RawNode *raw)
{
    if (RAW_MISSING(raw))
        return NULL;
    check_stack_depth();
    switch (raw->node_case)
    {
        case PG_QUERY__NODE__NODE_COLUMN_REF:
            return transform_column_ref(pstate, raw->column_ref);
        case PG_QUERY__NODE__NODE_PARAM_REF:
            return param_ref(pstate, raw->param_ref);
        case PG_QUERY__NODE__NODE_A_CONST:
            return (Node *) make_const(pstate, raw->a_const);
        case PG_QUERY__NODE__NODE_A_INDIRECTION:
            return transform_indirection(pstate, raw->a_indirection);
        case PG_QUERY__NODE__NODE_A_ARRAY_EXPR:
            return transform_array_expr(pstate, raw->a_array_expr, InvalidOid, InvalidOid, -1);
        case PG_QUERY__NODE__NODE_TYPE_CAST:
            return type_cast(pstate, raw->type_cast);
        case PG_QUERY__NODE__NODE_COLLATE_CLAUSE:
            return collate_clause(pstate, raw->collate_clause);
        case PG_QUERY__NODE__NODE_A_EXPR:
            return transform_a_expr(pstate, raw->a_expr);
        case PG_QUERY__NODE__NODE_BOOL_EXPR:
            return bool_expr(pstate, raw->bool_expr);
        case PG_QUERY__NODE__NODE_FUNC_CALL:
            return transform_func_call(pstate, raw->func_call);
        case PG_QUERY__NODE__NODE_GROUPING_FUNC:
            return transform_grouping_func(pstate, raw->grouping_func);
        case PG_QUERY__NODE__NODE_NAMED_ARG_EXPR:
            return named_arg(pstate, raw->named_arg_expr);
        case PG_QUERY__NODE__NODE_SUB_LINK:
            return transform_sublink(pstate, raw->sub_link);
        case PG_QUERY__NODE__NODE_CASE_EXPR:
            return case_expr(pstate, raw->case_expr);
        case PG_QUERY__NODE__NODE_ROW_EXPR:
            return transform_row_expr(pstate, raw->row_expr, false);
        case PG_QUERY__NODE__NODE_COALESCE_EXPR:
            return coalesce_expr(pstate, raw->coalesce_expr);
        case PG_QUERY__NODE__NODE_MIN_MAX_EXPR:
            return min_max_expr(pstate, raw->min_max_expr);
        case PG_QUERY__NODE__NODE_SQLVALUE_FUNCTION:
            return sql_value_function(pstate, raw->sqlvalue_function);
        case PG_QUERY__NODE__NODE_NULL_TEST:
            return null_test(pstate, raw->null_test);
        case PG_QUERY__NODE__NODE_BOOLEAN_TEST:
            return boolean_test(pstate, raw->boolean_test);
        case PG_QUERY__NODE__NODE_CURRENT_OF_EXPR:
            return current_of(pstate, raw->current_of_expr);
        case PG_QUERY__NODE__NODE_SET_TO_DEFAULT:
            ereport(ERROR, (errcode(ERRCODE_SYNTAX_ERROR),
                            errmsg("DEFAULT is not allowed in this context"),
                            parser_errposition(pstate, raw->set_to_default->location)));
            break;
        case PG_QUERY__NODE__NODE_XML_EXPR:
        case PG_QUERY__NODE__NODE_XML_SERIALIZE:
            ereport(ERROR, (errcode(ERRCODE_FEATURE_NOT_SUPPORTED),
                            errmsg("unsupported XML feature")));
            break;
        default:
            elog(ERROR, "unrecognized node type: %d", (int) raw->node_case);
    }
    return NULL;
}

/* ---- parameters -------------------------------------------------------------------------------- */

Node *
param_ref(ParseState *pstate, PgQuery__ParamRef *ref)
{
    ParamTypes *params = pstate->params;
    Param *param;
    int number = ref->number;

    if (number <= 0 || number > 65535 || params == NULL ||
        (!params->variable && (number > params->count || !OidIsValid(params->types[number - 1]))))
        ereport(ERROR, (errcode(ERRCODE_UNDEFINED_PARAMETER),
                        errmsg("there is no parameter $%d", number),
                        parser_errposition(pstate, ref->location)));
    if (number > params->count)
    {
        Oid *types = palloc0(sizeof(Oid) * number);

        if (params->count > 0)
            memcpy(types, params->types, sizeof(Oid) * params->count);
        params->types = types;
        params->count = number;
    }
    if (params->variable && !OidIsValid(params->types[number - 1]))
        params->types[number - 1] = UNKNOWNOID;
    param = makeNode(Param);
    param->paramkind = PARAM_EXTERN;
    param->paramid = number;
    param->paramtype = params->types[number - 1];
    param->paramtypmod = -1;
    param->paramcollid = get_typcollation(param->paramtype);
    param->location = ref->location;
    return (Node *) param;
}

/* The first use of a parameter of unknown type decides it; NULL where it is not for us. */
Node *
coerce_param(ParseState *pstate, Param *param, Oid type, int32 typmod, int location)
{
    ParamTypes *params = pstate->params;
    Oid *slot;

    if (param->paramkind != PARAM_EXTERN || param->paramtype != UNKNOWNOID || params == NULL ||
        !params->variable)
        return NULL;
    if (param->paramid <= 0 || param->paramid > params->count)
        ereport(ERROR, (errcode(ERRCODE_UNDEFINED_PARAMETER),
                        errmsg("there is no parameter $%d", param->paramid),
                        parser_errposition(pstate, param->location)));
    slot = &params->types[param->paramid - 1];
    if (*slot == UNKNOWNOID)
        *slot = type;
    else if (*slot != type)
        ereport(ERROR,
                (errcode(ERRCODE_AMBIGUOUS_PARAMETER),
                 errmsg("inconsistent types deduced for parameter $%d", param->paramid),
                 errdetail("%s versus %s", format_type_be(*slot), format_type_be(type)),
                 parser_errposition(pstate, param->location)));
    param->paramtype = type;
    param->paramtypmod = -1;
    param->paramcollid = get_typcollation(type);
    if (location >= 0 && (param->location < 0 || location < param->location))
        param->location = location;
    return (Node *) param;
}

static bool
check_params_walker(Node *node, ParseState *pstate)
{
    if (node == NULL)
        return false;
    if (IsA(node, Param) && ((Param *) node)->paramkind == PARAM_EXTERN)
    {
        Param *param = (Param *) node;

        if (param->paramid <= 0 || param->paramid > pstate->params->count)
            ereport(ERROR, (errcode(ERRCODE_UNDEFINED_PARAMETER),
                            errmsg("there is no parameter $%d", param->paramid),
                            parser_errposition(pstate, param->location)));
        if (param->paramtype != pstate->params->types[param->paramid - 1])
            ereport(ERROR, (errcode(ERRCODE_AMBIGUOUS_PARAMETER),
                            errmsg("could not determine data type of parameter $%d",
                                   param->paramid),
                            parser_errposition(pstate, param->location)));
        return false;
    }
    if (IsA(node, Query))
        return query_tree_walker((Query *) node, check_params_walker, pstate, 0);
    return expression_tree_walker(node, check_params_walker, pstate);
}

/* All uses of a parameter must have seen the same type in the end. */
void
check_param_types(ParseState *pstate, Query *query)
{
    if (pstate->params != NULL && pstate->params->count > 0)
        check_params_walker((Node *) query, pstate);
}
