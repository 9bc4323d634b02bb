/*
 * parse_coerce.c - casts: whether there is one, and the node that does it
 *
 * Invariants C1. A literal of unknown type becomes a Const of the target type by the type's input
 *            function at once, keeping its location (shape_analyze.c finds it by that).
 *            C2. A cast that changes no bits is a RelabelType; a domain is reached through its base
 *            type and CoerceToDomain.
 */
#include "parse_int.h"

#include "catalog/relcache.h"

char
type_category(Oid type)
{
    char category;
    bool preferred;

    get_type_category_preferred(type, &category, &preferred);
    return category;
}

bool
is_preferred_type(char category, Oid type)
{
    char actual;
    bool preferred;

    get_type_category_preferred(type, &actual, &preferred);
    return (category == actual || category == TYPCATEGORY_INVALID) && preferred;
}

static bool
is_complex_array(Oid type)
{
    Oid element = get_element_type(type);

    return OidIsValid(element) && type_is_rowtype(element);
}

bool
is_binary_coercible(Oid src, Oid target)
{
    const CastInfo *cast;

    if (src == target || target == ANYOID || target == ANYELEMENTOID ||
        target == ANYCOMPATIBLEOID)
        return true;
    src = getBaseType(src);
    if (src == target)
        return true;
    if ((target == ANYARRAYOID || target == ANYCOMPATIBLEARRAYOID) &&
        OidIsValid(get_element_type(src)))
        return true;
    if ((target == ANYNONARRAYOID || target == ANYCOMPATIBLENONARRAYOID) &&
        !OidIsValid(get_element_type(src)))
        return true;
    if (target == ANYENUMOID && type_is_enum(src))
        return true;
    if ((target == ANYRANGEOID || target == ANYCOMPATIBLERANGEOID) && type_is_range(src))
        return true;
    if (target == RECORDOID && type_is_rowtype(src))
        return true;
    if (target == RECORDARRAYOID && is_complex_array(src))
        return true;
    cast = catalog_cast(src, target);
    return cast != NULL && cast->castmethod == COERCION_METHOD_BINARY &&
           cast->castcontext == COERCION_CODE_IMPLICIT;
}

static CoercionContext
cast_context(char code)
{
    switch (code)
    {
        case COERCION_CODE_IMPLICIT:
            return COERCION_IMPLICIT;
        case COERCION_CODE_ASSIGNMENT:
            return COERCION_ASSIGNMENT;
        default:
            return COERCION_EXPLICIT;
    }
}

/* Without a pg_cast row: arrays by element, and text I/O for explicit casts and assignments. */
static CoercionPathType
implied_pathway(Oid target, Oid source, CoercionContext ctx)
{
    if (target != OIDVECTOROID && target != INT2VECTOROID)
    {
        Oid target_element = get_element_type(target);
        Oid source_element = get_element_type(source);
        Oid unused;

        if (OidIsValid(target_element) && OidIsValid(source_element))
        {
            CoercionPathType path =
                find_coercion_pathway(target_element, source_element, ctx, &unused);

            if (path != COERCION_PATH_NONE)
                return COERCION_PATH_ARRAYCOERCE;
        }
    }
    if (ctx >= COERCION_ASSIGNMENT && type_category(target) == TYPCATEGORY_STRING)
        return COERCION_PATH_COERCEVIAIO;
    if (ctx >= COERCION_EXPLICIT && type_category(source) == TYPCATEGORY_STRING)
        return COERCION_PATH_COERCEVIAIO;
    return COERCION_PATH_NONE;
}

CoercionPathType
find_coercion_pathway(Oid target, Oid source, CoercionContext ctx, Oid *ret_func)
{
    const CastInfo *cast;

    *ret_func = InvalidOid;
    if (OidIsValid(source))
        source = getBaseType(source);
    if (OidIsValid(target))
        target = getBaseType(target);
    if (source == target)
        return COERCION_PATH_RELABELTYPE;
    cast = catalog_cast(source, target);
    if (cast == NULL)
        return implied_pathway(target, source, ctx);
    if (ctx < cast_context(cast->castcontext))
        return COERCION_PATH_NONE;
    switch (cast->castmethod)
    {
        case COERCION_METHOD_FUNCTION:
            *ret_func = cast->castfunc;
            return COERCION_PATH_FUNC;
        case COERCION_METHOD_INOUT:
            return COERCION_PATH_COERCEVIAIO;
        default:
            return COERCION_PATH_RELABELTYPE;
    }
}

/* The function that fits a value to a typmod: a cast from the type to itself. */
CoercionPathType
find_typmod_coercion_function(Oid type, Oid *ret_func)
{
    const TypeInfo *info = catalog_type(type);
    CoercionPathType path = COERCION_PATH_FUNC;
    const CastInfo *cast;

    *ret_func = InvalidOid;
    if (info != NULL && OidIsValid(get_element_type(type)))
    {
        type = info->typelem;
        path = COERCION_PATH_ARRAYCOERCE;
    }
    cast = catalog_cast(type, type);
    if (cast != NULL)
        *ret_func = cast->castfunc;
    return OidIsValid(*ret_func) ? path : COERCION_PATH_NONE;
}

static bool
can_coerce_one(Oid input, Oid target, CoercionContext ctx)
{
    Oid func;

    if (input == target || target == ANYOID)
        return true;
    if (IsPolymorphicType(target))
        return true;
    if (input == UNKNOWNOID)
        return true;
    if (find_coercion_pathway(target, input, ctx, &func) != COERCION_PATH_NONE)
        return true;
    if (input == RECORDOID && type_is_rowtype(target))
        return true;
    if (target == RECORDOID && type_is_rowtype(input))
        return true;
    if (target == RECORDARRAYOID && is_complex_array(input))
        return true;
    return false;
}

bool
can_coerce_type(int nargs, const Oid *input, const Oid *target, CoercionContext ctx)
{
    bool generic = false;

    for (int i = 0; i < nargs; i++)
    {
        if (!can_coerce_one(input[i], target[i], ctx))
            return false;
        generic = generic || IsPolymorphicType(target[i]);
    }
    return !generic || check_generic_type_consistency(input, target, nargs);
}

/* ---- making the nodes -------------------------------------------------------------------------- */

static void
hide_coercion(Node *node)
{
    switch (nodeTag(node))
    {
        case T_FuncExpr:
            ((FuncExpr *) node)->funcformat = COERCE_IMPLICIT_CAST;
            break;
        case T_RelabelType:
            ((RelabelType *) node)->relabelformat = COERCE_IMPLICIT_CAST;
            break;
        case T_CoerceViaIO:
            ((CoerceViaIO *) node)->coerceformat = COERCE_IMPLICIT_CAST;
            break;
        case T_ArrayCoerceExpr:
            ((ArrayCoerceExpr *) node)->coerceformat = COERCE_IMPLICIT_CAST;
            break;
        case T_ConvertRowtypeExpr:
            ((ConvertRowtypeExpr *) node)->convertformat = COERCE_IMPLICIT_CAST;
            break;
        case T_RowExpr:
            ((RowExpr *) node)->row_format = COERCE_IMPLICIT_CAST;
            break;
        case T_CoerceToDomain:
            ((CoerceToDomain *) node)->coercionformat = COERCE_IMPLICIT_CAST;
            break;
        default:
            break;
    }
}

static Node *build_coercion(Node *node, CoercionPathType path, Oid func, Oid target, int32 typmod,
                            CoercionContext ctx, CoercionForm form, int location);

static Node *
coerce_typmod(Node *node, Oid type, int32 typmod, CoercionContext ctx, CoercionForm form,
              int location, bool hide_input)
{
    CoercionPathType path;
    Oid func;

    if (typmod == exprTypmod(node))
        return node;
    if (hide_input)
        hide_coercion(node);
    path = typmod < 0 ? COERCION_PATH_NONE : find_typmod_coercion_function(type, &func);
    if (path != COERCION_PATH_NONE)
        return build_coercion(node, path, func, type, typmod, ctx, form, location);
    return applyRelabelType(node, type, typmod, exprCollation(node), form, location, false);
}

static Node *
coerce_to_domain(Node *arg, Oid base, int32 base_typmod, Oid type, CoercionContext ctx,
                 CoercionForm form, int location, bool hide_input)
{
    CoerceToDomain *result;

    if (!OidIsValid(base))
        base = getBaseTypeAndTypmod(type, &base_typmod);
    if (base == type)
        return arg;
    if (hide_input)
        hide_coercion(arg);
    arg = coerce_typmod(arg, base, base_typmod, ctx, COERCE_IMPLICIT_CAST, location, false);
    result = makeNode(CoerceToDomain);
    result->arg = (Expr *) arg;
    result->resulttype = type;
    result->resulttypmod = -1;
    result->coercionformat = form;
    result->location = location;
    return (Node *) result;
}

static Node *
array_coercion(Node *node, Oid target, int32 typmod, CoercionContext ctx, CoercionForm form,
               int location)
{
    ArrayCoerceExpr *expr = makeNode(ArrayCoerceExpr);
    CaseTestExpr *element = makeNode(CaseTestExpr);
    Oid source_type = exprType(node);
    int32 source_typmod = exprTypmod(node);
    Oid target_element = get_element_type(target);
    Node *coerced;

    source_type = getBaseTypeAndTypmod(source_type, &source_typmod);
    element->typeId = get_element_type(source_type);
    element->typeMod = source_typmod;
    coerced = coerce_to_target_type(NULL, (Node *) element, element->typeId, target_element,
                                    typmod, ctx, form, location);
    if (coerced == NULL)
        elog(ERROR, "failed to coerce array element type as expected");
    expr->arg = (Expr *) node;
    expr->elemexpr = (Expr *) coerced;
    expr->resulttype = target;
    expr->resulttypmod = exprTypmod(coerced);
    expr->coerceformat = form;
    expr->location = location;
    return (Node *) expr;
}

static Node *
function_coercion(Node *node, Oid funcid, Oid target, int32 typmod, CoercionContext ctx,
                  CoercionForm form, int location)
{
    int nargs = get_func_nargs(funcid);
    List *args = list_make1(node);
    FuncExpr *func;

    if (nargs >= 2)
        args = lappend(args, makeConst(INT4OID, -1, InvalidOid, 4, Int32GetDatum(typmod), false,
                                       true));
    if (nargs == 3)
        args = lappend(args, makeBoolConst(ctx == COERCION_EXPLICIT, false));
    func = makeFuncExpr(funcid, target, args, InvalidOid, InvalidOid, form);
    func->location = location;
    return (Node *) func;
}

static Node *
build_coercion(Node *node, CoercionPathType path, Oid func, Oid target, int32 typmod,
               CoercionContext ctx, CoercionForm form, int location)
{
    CoerceViaIO *via;

    switch (path)
    {
        case COERCION_PATH_FUNC:
            return function_coercion(node, func, target, typmod, ctx, form, location);
        case COERCION_PATH_ARRAYCOERCE:
            return array_coercion(node, target, typmod, ctx, form, location);
        case COERCION_PATH_COERCEVIAIO:
            via = makeNode(CoerceViaIO);
            via->arg = (Expr *) node;
            via->resulttype = target;
            via->coerceformat = form;
            via->location = location;
            return (Node *) via;
        default:
            elog(ERROR, "unsupported pathtype %d in coercion", (int) path);
    }
    return NULL;
}

/* C1 */
static Node *
coerce_literal(ParseState *pstate, Const *con, Oid target, int32 typmod, CoercionContext ctx,
               CoercionForm form, int location)
{
    Const *result = makeNode(Const);
    int32 base_typmod = typmod;
    Oid base = getBaseTypeAndTypmod(target, &base_typmod);
    /* intervals fold their fields into the typmod, so they need it to read the text */
    int32 input_typmod = base == INTERVALOID ? base_typmod : -1;
    const TypeInfo *info = catalog_type(base);
    ErrorPosition position;

    if (info == NULL)
        elog(ERROR, "cache lookup failed for type %u", base);
    result->consttype = base;
    result->consttypmod = input_typmod;
    result->constcollid = info->typcollation;
    result->constlen = info->typlen;
    result->constbyval = info->typbyval;
    result->constisnull = con->constisnull;
    result->location = con->location;
    push_error_position(&position, pstate, con->location);
    if (!con->constisnull)
        result->constvalue =
            OidInputFunctionCall(info->typinput, DatumGetCString(con->constvalue),
                                 getTypeIOParam(info), input_typmod);
    pop_error_position(&position);
    if (base != target)
        return coerce_to_domain((Node *) result, base, base_typmod, target, ctx, form, location,
                                false);
    return (Node *) result;
}

static Node *
row_to_complex(ParseState *pstate, Node *node, Oid target, CoercionContext ctx, CoercionForm form,
               int location)
{
    Oid base = getBaseType(target);
    TupleDesc desc = lookup_rowtype_tupdesc_copy(base, -1);
    RowExpr *row;
    List *args = NIL;
    List *result = NIL;
    int at = 0;

    if (IsA(node, RowExpr))
        args = ((RowExpr *) node)->args;
    else if (IsA(node, Var) && ((Var *) node)->varattno == InvalidAttrNumber && pstate != NULL)
    {
        Var *var = (Var *) node;
        TupleDesc source =
            rte_row_desc(pstate, rte_by_index(pstate, var->varno, (int) var->varlevelsup),
                         (int) var->varlevelsup);

        for (int i = 0; source != NULL && i < source->natts; i++)
        {
            Form_pg_attribute attr = TupleDescAttr(source, i);

            args = lappend(args, makeVar(var->varno, (AttrNumber) (i + 1), attr->atttypid,
                                         attr->atttypmod, attr->attcollation, var->varlevelsup));
        }
    }
    else
        ereport(ERROR, (errcode(ERRCODE_CANNOT_COERCE),
                        errmsg("cannot cast type %s to %s", format_type_be(RECORDOID),
                               format_type_be(target)),
                        parser_errposition(pstate, location)));
    for (int i = 0; i < desc->natts; i++)
    {
        Form_pg_attribute attr = TupleDescAttr(desc, i);
        Node *expr;

        if (attr->attisdropped)
        {
            result = lappend(result, makeNullConst(INT4OID, -1, InvalidOid));
            continue;
        }
        if (at >= list_length(args))
            ereport(ERROR, (errcode(ERRCODE_CANNOT_COERCE),
                            errmsg("cannot cast type %s to %s", format_type_be(RECORDOID),
                                   format_type_be(target)),
                            errdetail("Input has too few columns."),
                            parser_errposition(pstate, location)));
        expr = list_nth(args, at++);
        {
            Oid from = exprType(expr);
            Node *cast = coerce_to_target_type(pstate, expr, from, attr->atttypid,
                                               attr->atttypmod, ctx, COERCE_IMPLICIT_CAST, -1);

            if (cast == NULL)
                ereport(ERROR, (errcode(ERRCODE_CANNOT_COERCE),
                                errmsg("cannot cast type %s to %s", format_type_be(RECORDOID),
                                       format_type_be(target)),
                                errdetail("Cannot cast type %s to %s in column %d.",
                                          format_type_be(from), format_type_be(attr->atttypid), at),
                                parser_errposition(pstate, location)));
            result = lappend(result, cast);
        }
    }
    if (at < list_length(args))
        ereport(ERROR, (errcode(ERRCODE_CANNOT_COERCE),
                        errmsg("cannot cast type %s to %s", format_type_be(RECORDOID),
                               format_type_be(target)),
                        errdetail("Input has too many columns."),
                        parser_errposition(pstate, location)));
    row = makeNode(RowExpr);
    row->args = result;
    row->row_typeid = base;
    row->row_format = form;
    row->location = location;
    if (base != target)
    {
        row->row_format = COERCE_IMPLICIT_CAST;
        return coerce_to_domain((Node *) row, base, -1, target, ctx, form, location, false);
    }
    return (Node *) row;
}

static Node *
coerce_by_pathway(Node *node, CoercionPathType path, Oid func, Oid target, int32 typmod,
                  CoercionContext ctx, CoercionForm form, int location)
{
    int32 base_typmod = typmod;
    Oid base = getBaseTypeAndTypmod(target, &base_typmod);
    Node *result;

    if (path != COERCION_PATH_RELABELTYPE)
    {
        result = build_coercion(node, path, func, base, base_typmod, ctx, form, location);
        if (target != base)
            result = coerce_to_domain(result, base, base_typmod, target, ctx, form, location, true);
        return result;
    }
    result = coerce_to_domain(node, InvalidOid, -1, target, ctx, form, location, false);
    if (result == node)
    {
        RelabelType *relabel = makeRelabelType((Expr *) result, target, -1, InvalidOid, form);

        relabel->location = location;
        result = (Node *) relabel;
    }
    return result;
}

Node *
coerce_type(ParseState *pstate, Node *node, Oid inputType, Oid targetType, int32 targetTypmod,
            CoercionContext ctx, CoercionForm form, int location)
{
    CoercionPathType path;
    Oid func;

    if (targetType == inputType || node == NULL)
        return node;
    if (targetType == ANYOID || targetType == ANYELEMENTOID || targetType == ANYNONARRAYOID ||
        targetType == ANYCOMPATIBLEOID || targetType == ANYCOMPATIBLENONARRAYOID)
        return node;
    if (IsPolymorphicType(targetType))
    {
        /* only reached where the declared type stays polymorphic, as for pg_statistic columns */
        if (inputType != UNKNOWNOID)
        {
            Oid base = getBaseType(inputType);

            if (base != inputType)
                return (Node *) makeRelabelType((Expr *) node, base, -1, InvalidOid, form);
            return node;
        }
    }
    if (inputType == UNKNOWNOID && IsA(node, Const))
        return coerce_literal(pstate, (Const *) node, targetType, targetTypmod, ctx, form,
                              location);
    if (IsA(node, Param) && pstate != NULL)
    {
        Node *result = coerce_param(pstate, (Param *) node, targetType, targetTypmod, location);

        if (result != NULL)
            return result;
    }
    if (IsA(node, CollateExpr))
    {
        CollateExpr *coll = (CollateExpr *) node;
        Node *inner = coerce_type(pstate, (Node *) coll->arg, inputType, targetType, targetTypmod,
                                  ctx, form, location);
        CollateExpr *copy;

        if (!type_is_collatable(targetType))
            return inner;
        copy = makeNode(CollateExpr);
        copy->arg = (Expr *) inner;
        copy->collOid = coll->collOid;
        copy->location = coll->location;
        return (Node *) copy;
    }
    path = find_coercion_pathway(targetType, inputType, ctx, &func);
    if (path != COERCION_PATH_NONE)
        return coerce_by_pathway(node, path, func, targetType, targetTypmod, ctx, form, location);
    if (inputType == RECORDOID && type_is_rowtype(targetType))
        return row_to_complex(pstate, node, targetType, ctx, form, location);
    if (targetType == RECORDOID && type_is_rowtype(inputType))
        return node;
    if (targetType == RECORDARRAYOID && is_complex_array(inputType))
        return node;
    elog(ERROR, "failed to find conversion function from %s to %s", format_type_be(inputType),
         format_type_be(targetType));
    return NULL;
}

Node *
coerce_to_target_type(ParseState *pstate, Node *expr, Oid exprtype, Oid targettype,
                      int32 targettypmod, CoercionContext ccontext, CoercionForm cformat,
                      int location)
{
    Node *original = expr;
    Node *result;

    if (!can_coerce_type(1, &exprtype, &targettype, ccontext))
        return NULL;
    /* a cast goes below COLLATE */
    while (expr != NULL && IsA(expr, CollateExpr))
        expr = (Node *) ((CollateExpr *) expr)->arg;
    result = coerce_type(pstate, expr, exprtype, targettype, targettypmod, ccontext, cformat,
                         location);
    result = coerce_typmod(result, targettype, targettypmod, ccontext, cformat, location,
                           result != expr && !IsA(result, Const));
    if (expr != original && type_is_collatable(targettype))
    {
        CollateExpr *coll = (CollateExpr *) original;
        CollateExpr *copy = makeNode(CollateExpr);

        copy->arg = (Expr *) result;
        copy->collOid = coll->collOid;
        copy->location = coll->location;
        result = (Node *) copy;
    }
    return result;
}

Node *
coerce_to_boolean(ParseState *pstate, Node *node, const char *construct)
{
    return coerce_to_specific_type(pstate, node, BOOLOID, construct);
}

Node *
coerce_to_specific_type(ParseState *pstate, Node *node, Oid type, const char *construct)
{
    Oid input = exprType(node);

    if (input != type)
    {
        Node *result = coerce_to_target_type(pstate, node, input, type, -1, COERCION_ASSIGNMENT,
                                             COERCE_IMPLICIT_CAST, -1);

        if (result == NULL)
            ereport(ERROR, (errcode(ERRCODE_DATATYPE_MISMATCH),
                            errmsg("argument of %s must be type %s, not type %s", construct,
                                   format_type_be(type), format_type_be(input)),
                            parser_errposition(pstate, exprLocation(node))));
        node = result;
    }
    if (expression_returns_set(node))
        ereport(ERROR, (errcode(ERRCODE_DATATYPE_MISMATCH),
                        errmsg("argument of %s must not return a set", construct),
                        parser_errposition(pstate, exprLocation(node))));
    return node;
}

Node *
coerce_null_to_domain(Oid typid, int32 typmod, Oid collation, int typlen, bool typbyval)
{
    int32 base_typmod = typmod;
    Oid base = getBaseTypeAndTypmod(typid, &base_typmod);
    Node *result =
        (Node *) makeConst(base, base_typmod, collation, typlen, (Datum) 0, true, typbyval);

    if (typid != base)
        result = coerce_to_domain(result, base, base_typmod, typid, COERCION_IMPLICIT,
                                  COERCE_IMPLICIT_CAST, -1, false);
    return result;
}

/* ---- common types ------------------------------------------------------------------------------ */

/* context NULL: InvalidOid instead of an error. */
Oid
select_common_type(ParseState *pstate, List *exprs, const char *context, Node **ret_which)
{
    Node *chosen = linitial(exprs);
    Oid type = exprType(chosen);
    char category;
    bool preferred;
    bool all_same = true;

    foreach_ptr(Node, other, exprs)
        all_same = all_same && exprType(other) == type;
    if (type != UNKNOWNOID && all_same)
    {
        if (ret_which != NULL)
            *ret_which = chosen;
        return type;
    }
    type = getBaseType(type);
    get_type_category_preferred(type, &category, &preferred);
    foreach_ptr(Node, expr, exprs)
    {
        Oid next = getBaseType(exprType(expr));
        char next_category;
        bool next_preferred;

        if (next == UNKNOWNOID || next == type)
            continue;
        get_type_category_preferred(next, &next_category, &next_preferred);
        if (type == UNKNOWNOID)
        {
            chosen = expr;
            type = next;
            category = next_category;
            preferred = next_preferred;
        }
        else if (next_category != category)
        {
            if (context == NULL)
                return InvalidOid;
            ereport(ERROR, (errcode(ERRCODE_DATATYPE_MISMATCH),
                            errmsg("%s types %s and %s cannot be matched", context,
                                   format_type_be(type), format_type_be(next)),
                            parser_errposition(pstate, exprLocation(expr))));
        }
        else if (!preferred && can_coerce_type(1, &type, &next, COERCION_IMPLICIT) &&
                 !can_coerce_type(1, &next, &type, COERCION_IMPLICIT))
        {
            chosen = expr;
            type = next;
            category = next_category;
            preferred = next_preferred;
        }
    }
    if (type == UNKNOWNOID)
        type = TEXTOID;
    if (ret_which != NULL)
        *ret_which = chosen;
    return type;
}

int32
select_common_typmod(List *exprs, Oid common_type)
{
    int32 result = -1;
    bool first = true;

    foreach_ptr(Node, expr, exprs)
    {
        if (exprType(expr) != common_type)
            return -1;
        if (first)
            result = exprTypmod(expr);
        else if (result != exprTypmod(expr))
            return -1;
        first = false;
    }
    return result;
}

Node *
coerce_to_common_type(ParseState *pstate, Node *node, Oid type, const char *context)
{
    Oid input = exprType(node);

    if (input == type)
        return node;
    if (!can_coerce_type(1, &input, &type, COERCION_IMPLICIT))
        ereport(ERROR, (errcode(ERRCODE_CANNOT_COERCE),
                        errmsg("%s could not convert type %s to %s", context,
                               format_type_be(input), format_type_be(type)),
                        parser_errposition(pstate, exprLocation(node))));
    return coerce_type(pstate, node, input, type, -1, COERCION_IMPLICIT, COERCE_IMPLICIT_CAST, -1);
}
