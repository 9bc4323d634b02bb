/*
 * parse_oper.c - operators: the one that fits the argument types best
 */
#include "parse_int.h"

#include "catalog/relcache.h"

static void
split_opname(List *opname, char **ret_schema, char **ret_name)
{
    *ret_schema = list_length(opname) > 1 ? strVal(list_nth(opname, list_length(opname) - 2))
                                          : NULL;
    *ret_name = strVal(llast(opname));
}

static char *
op_signature(List *opname, Oid left, Oid right)
{
    StringInfoData text;
    bool first = true;

    initStringInfo(&text);
    if (OidIsValid(left))
        appendStringInfo(&text, "%s ", format_type_be(left));
    foreach_ptr(String, part, opname)
    {
        appendStringInfo(&text, "%s%s", first ? "" : ".", strVal(part));
        first = false;
    }
    appendStringInfo(&text, " %s", format_type_be(right));
    return text.data;
}

static void
op_error(ParseState *pstate, List *opname, Oid left, Oid right, bool multiple, int location)
{
    if (multiple)
        ereport(ERROR, (errcode(ERRCODE_AMBIGUOUS_FUNCTION),
                        errmsg("operator is not unique: %s", op_signature(opname, left, right)),
                        errhint("Could not choose a best candidate operator. You might need to add "
                                "explicit type casts."),
                        parser_errposition(pstate, location)));
    ereport(ERROR,
            (errcode(ERRCODE_UNDEFINED_FUNCTION),
             errmsg("operator does not exist: %s", op_signature(opname, left, right)),
             !OidIsValid(left)
                 ? errhint("No operator matches the given name and argument type. You might need "
                           "to add an explicit type cast.")
                 : errhint("No operator matches the given name and argument types. You might need "
                           "to add explicit type casts."),
             parser_errposition(pstate, location)));
}

static const OperatorInfo *
exact_binary(const char *schema, const char *name, Oid left, Oid right)
{
    Oid left_base;
    const OperatorInfo *op;

    /* an unknown literal beside a known type is taken for that type */
    if (right == UNKNOWNOID && OidIsValid(left))
        right = left;
    else if (left == UNKNOWNOID && OidIsValid(right))
        left = right;
    op = catalog_operator_exact(schema, name, left, right);
    if (op != NULL || left != right)
        return op;
    left_base = getBaseType(left);
    return left_base == left ? NULL : catalog_operator_exact(schema, name, left_base, left_base);
}

static const OperatorInfo *
best_operator(List *operators, int nargs, const Oid *input, bool *ret_multiple)
{
    List *candidates = NIL;
    int count = list_length(operators);
    Oid *types = palloc(sizeof(Oid) * 2 * (count + 1));
    int at = 0;

    foreach_ptr(const OperatorInfo, op, operators)
    {
        Candidate *candidate = palloc0(sizeof(Candidate));
        Oid *mine = &types[2 * at++];

        mine[0] = nargs == 2 ? op->oprleft : op->oprright;
        mine[1] = op->oprright;
        candidate->object = op;
        candidate->types = mine;
        if (can_coerce_type(nargs, input, mine, COERCION_IMPLICIT))
            candidates = lappend(candidates, candidate);
    }
    *ret_multiple = list_length(candidates) > 1;
    if (list_length(candidates) > 1)
        candidates = best_candidates(nargs, input, candidates);
    if (list_length(candidates) != 1)
        return NULL;
    *ret_multiple = false;
    return ((Candidate *) linitial(candidates))->object;
}

const OperatorInfo *
oper_lookup(ParseState *pstate, List *opname, Oid left, Oid right, bool no_error, int location)
{
    char *schema;
    char *name;
    const OperatorInfo *op;
    bool multiple = false;

    split_opname(opname, &schema, &name);
    op = exact_binary(schema, name, left, right);
    if (op == NULL)
    {
        Oid input[2] = {left, right};
        List *operators = catalog_operator_candidates(schema, name, 'b');

        op = best_operator(operators, 2, input, &multiple);
    }
    if (op == NULL && !no_error)
        op_error(pstate, opname, left, right, multiple, location);
    return op;
}

const OperatorInfo *
left_oper_lookup(ParseState *pstate, List *opname, Oid arg, bool no_error, int location)
{
    char *schema;
    char *name;
    const OperatorInfo *op;
    bool multiple = false;

    split_opname(opname, &schema, &name);
    op = catalog_operator_exact(schema, name, InvalidOid, arg);
    if (op == NULL)
        op = best_operator(catalog_operator_candidates(schema, name, 'l'), 1, &arg, &multiple);
    if (op == NULL && !no_error)
        op_error(pstate, opname, InvalidOid, arg, multiple, location);
    return op;
}

/* An operator that takes the types as they are, or binary coercible. */
const OperatorInfo *
compatible_oper(ParseState *pstate, List *opname, Oid left, Oid right, bool no_error, int location)
{
    const OperatorInfo *op = oper_lookup(pstate, opname, left, right, no_error, location);

    if (op == NULL)
        return NULL;
    if (is_binary_coercible(left, op->oprleft) && is_binary_coercible(right, op->oprright))
        return op;
    if (!no_error)
        ereport(ERROR, (errcode(ERRCODE_UNDEFINED_FUNCTION),
                        errmsg("operator requires run-time type coercion: %s",
                               op_signature(opname, left, right)),
                        parser_errposition(pstate, location)));
    return NULL;
}

static void
coerce_args(ParseState *pstate, List *args, const Oid *actual, const Oid *declared)
{
    for (int i = 0; i < list_length(args); i++)
    {
        if (actual[i] != declared[i])
            lfirst(list_nth_cell(args, i)) =
                coerce_type(pstate, list_nth(args, i), actual[i], declared[i], -1,
                            COERCION_IMPLICIT, COERCE_IMPLICIT_CAST, -1);
    }
}

Expr *
make_op(ParseState *pstate, List *opname, Node *ltree, Node *rtree, Node *last_srf, int location)
{
    const OperatorInfo *op;
    Oid actual[2];
    Oid declared[2];
    List *args;
    OpExpr *result;
    Oid rettype;

    if (rtree == NULL)
        ereport(ERROR, (errcode(ERRCODE_UNDEFINED_FUNCTION),
                        errmsg("postfix operators are not supported")));
    if (ltree == NULL)
    {
        actual[0] = exprType(rtree);
        op = left_oper_lookup(pstate, opname, actual[0], false, location);
        declared[0] = op->oprright;
        args = list_make1(rtree);
    }
    else
    {
        actual[0] = exprType(ltree);
        actual[1] = exprType(rtree);
        op = oper_lookup(pstate, opname, actual[0], actual[1], false, location);
        declared[0] = op->oprleft;
        declared[1] = op->oprright;
        args = list_make2(ltree, rtree);
    }
    if (!OidIsValid(op->oprcode))
        ereport(ERROR, (errcode(ERRCODE_UNDEFINED_FUNCTION),
                        errmsg("operator is only a shell: %s",
                               op_signature(opname, op->oprleft, op->oprright)),
                        parser_errposition(pstate, location)));
    rettype = enforce_generic_type_consistency(actual, declared, list_length(args), op->oprresult,
                                               false);
    result = makeNode(OpExpr);
    result->opno = op->oid;
    result->opfuncid = op->oprcode;
    result->opresulttype = rettype;
    result->opretset = get_func_retset(op->oprcode);
    coerce_args(pstate, args, actual, declared);
    result->args = args;
    result->location = location;
    if (result->opretset)
    {
        check_srf_call_placement(pstate, last_srf, location);
        pstate->last_srf = (Node *) result;
    }
    return (Expr *) result;
}

Expr *
make_scalar_array_op(ParseState *pstate, List *opname, bool use_or, Node *ltree, Node *rtree,
                     int location)
{
    Oid ltype = exprType(ltree);
    Oid array_type = exprType(rtree);
    Oid rtype;
    const OperatorInfo *op;
    Oid actual[2];
    Oid declared[2];
    List *args;
    ScalarArrayOpExpr *result;
    Oid rettype;

    if (array_type == UNKNOWNOID)
        rtype = UNKNOWNOID;
    else
    {
        rtype = get_base_element_type(array_type);
        if (!OidIsValid(rtype))
            ereport(ERROR, (errcode(ERRCODE_WRONG_OBJECT_TYPE),
                            errmsg("op ANY/ALL (array) requires array on right side"),
                            parser_errposition(pstate, location)));
    }
    op = oper_lookup(pstate, opname, ltype, rtype, false, location);
    actual[0] = ltype;
    actual[1] = rtype;
    declared[0] = op->oprleft;
    declared[1] = op->oprright;
    rettype = enforce_generic_type_consistency(actual, declared, 2, op->oprresult, false);
    if (rettype != BOOLOID)
        ereport(ERROR, (errcode(ERRCODE_WRONG_OBJECT_TYPE),
                        errmsg("op ANY/ALL (array) requires operator to yield boolean"),
                        parser_errposition(pstate, location)));
    if (get_func_retset(op->oprcode))
        ereport(ERROR, (errcode(ERRCODE_WRONG_OBJECT_TYPE),
                        errmsg("op ANY/ALL (array) requires operator not to return a set"),
                        parser_errposition(pstate, location)));
    /* the array is coerced as a whole */
    if (IsPolymorphicType(op->oprright) && array_type != UNKNOWNOID)
        declared[1] = array_type;
    else
    {
        declared[1] = get_array_type(declared[1]);
        if (!OidIsValid(declared[1]))
            ereport(ERROR, (errcode(ERRCODE_UNDEFINED_OBJECT),
                            errmsg("could not find array type for data type %s",
                                   format_type_be(op->oprright)),
                            parser_errposition(pstate, location)));
    }
    actual[1] = array_type;
    args = list_make2(ltree, rtree);
    coerce_args(pstate, args, actual, declared);
    result = makeNode(ScalarArrayOpExpr);
    result->opno = op->oid;
    result->opfuncid = op->oprcode;
    result->useOr = use_or;
    result->args = args;
    result->location = location;
    return (Expr *) result;
}
