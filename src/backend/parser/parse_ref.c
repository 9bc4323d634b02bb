/*
 * parse_ref.c - column references, fields of rows, subscripts
 */
#include "parse_int.h"

#include "catalog/relcache.h"

static void
check_ref_placement(ParseState *pstate, PgQuery__ColumnRef *ref)
{
    const char *message = NULL;

    if (pstate->expr_kind == EXPR_KIND_COLUMN_DEFAULT)
        message = "cannot use column reference in DEFAULT expression";
    if (message != NULL)
        ereport(ERROR, (errcode(ERRCODE_FEATURE_NOT_SUPPORTED), errmsg("%s", message),
                        parser_errposition(pstate, ref->location)));
}

/* One name: a column, else a whole row. */
static Node *
bare_name(ParseState *pstate, const char *name, int location)
{
    Node *result;
    NsItem *item;
    int levels_up;

    if (pstate->domain_value != NULL && strcmp(name, "value") == 0)
    {
        CoerceToDomainValue *value = copyObject((CoerceToDomainValue *) pstate->domain_value);

        value->location = location;
        return (Node *) value;
    }
    result = column_name_to_var(pstate, name, location, false);
    if (result != NULL)
        return result;
    item = refname_nsitem(pstate, NULL, name, location, &levels_up);
    if (item != NULL)
        return whole_row_var(pstate, item, levels_up, location);
    error_missing_column(pstate, NULL, name, location);
}

static Node *
qualified_name(ParseState *pstate, const char *schema, const char *table, RawNode *field,
               int location)
{
    int levels_up;
    NsItem *item = refname_nsitem(pstate, schema, table, location, &levels_up);
    Node *result;

    if (item == NULL)
        error_missing_rte(pstate, schema, table, location);
    if (raw_is_star(field))
        return whole_row_var(pstate, item, levels_up, location);
    result = scan_nsitem_for_column(pstate, item, levels_up, RAW_STRVAL(field), location);
    if (result != NULL)
        return result;
    /* t.f may be the function f over the row t */
    result = parse_func_or_column(pstate, list_make1(makeString(RAW_STRVAL(field))),
                                  list_make1(whole_row_var(pstate, item, levels_up, location)),
                                  pstate->last_srf, NULL, false, location);
    if (result == NULL)
        error_missing_column(pstate, table, RAW_STRVAL(field), location);
    return result;
}

Node *
transform_column_ref(ParseState *pstate, PgQuery__ColumnRef *ref)
{
    size_t count = ref->n_fields;
    int location = ref->location;

    check_ref_placement(pstate, ref);
    if (count == 1 && RAW_IS(ref->fields[0], STRING))
        return bare_name(pstate, RAW_STRVAL(ref->fields[0]), location);
    if (count == 2)
        return qualified_name(pstate, NULL, RAW_STRVAL(ref->fields[0]), ref->fields[1], location);
    if (count == 3)
        return qualified_name(pstate, RAW_STRVAL(ref->fields[0]), RAW_STRVAL(ref->fields[1]),
                              ref->fields[2], location);
    if (count == 4)
    {
        if (strcmp(RAW_STRVAL(ref->fields[0]), get_database_name(MyDatabaseId)) != 0)
            ereport(ERROR, (errcode(ERRCODE_UNDEFINED_COLUMN),
                            errmsg("cross-database references are not implemented: %s",
                                   raw_names_text(ref->fields, count)),
                            parser_errposition(pstate, location)));
        return qualified_name(pstate, RAW_STRVAL(ref->fields[1]), RAW_STRVAL(ref->fields[2]),
                              ref->fields[3], location);
    }
    ereport(ERROR, (errcode(ERRCODE_SYNTAX_ERROR),
                    errmsg("improper qualified name (too many dotted names): %s",
                           raw_names_text(ref->fields, count)),
                    parser_errposition(pstate, location)));
    return NULL;
}

/* The field as an expression; NULL where the value has none of that name. */
Node *
field_of_expr(ParseState *pstate, Node *expr, const char *field, int location)
{
    TupleDesc desc;

    /* a whole row of a table: its column directly */
    if (IsA(expr, Var) && ((Var *) expr)->varattno == InvalidAttrNumber)
    {
        Var *var = (Var *) expr;
        ParseState *level = pstate;

        for (Index i = 0; i < var->varlevelsup; i++)
            level = level->parent;
        foreach_ptr(NsItem, item, level->namespace)
        {
            if (item->rtindex == var->varno)
                return scan_nsitem_for_column(pstate, item, (int) var->varlevelsup, field,
                                              location);
        }
    }
    desc = rowtype_of_expr(pstate, expr, true);
    for (int i = 0; desc != NULL && i < desc->natts; i++)
    {
        Form_pg_attribute attr = TupleDescAttr(desc, i);
        FieldSelect *select;

        if (attr->attisdropped || strcmp(NameStr(attr->attname), field) != 0)
            continue;
        select = makeNode(FieldSelect);
        select->arg = (Expr *) expr;
        select->fieldnum = (AttrNumber) (i + 1);
        select->resulttype = attr->atttypid;
        select->resulttypmod = attr->atttypmod;
        select->resultcollid = attr->attcollation;
        return (Node *) select;
    }
    return NULL;
}

static void
report_no_field(ParseState *pstate, Node *expr, const char *field, int location)
{
    Oid type = exprType(expr);

    if (type == RECORDOID)
        ereport(ERROR, (errcode(ERRCODE_UNDEFINED_COLUMN),
                        errmsg("could not identify column \"%s\" in record data type", field),
                        parser_errposition(pstate, location)));
    if (type_is_rowtype(type))
        ereport(ERROR, (errcode(ERRCODE_UNDEFINED_COLUMN),
                        errmsg("column \"%s\" not found in data type %s", field,
                               format_type_be(type)),
                        parser_errposition(pstate, location)));
    ereport(ERROR, (errcode(ERRCODE_WRONG_OBJECT_TYPE),
                    errmsg("column notation .%s applied to type %s, which is not a composite type",
                           field, format_type_be(type)),
                    parser_errposition(pstate, location)));
}

Node *
transform_indirection(ParseState *pstate, PgQuery__AIndirection *raw)
{
    Node *last_srf = pstate->last_srf;
    Node *result = transform_expr_inner(pstate, raw->arg);
    List *subscripts = NIL;
    int location = exprLocation(result);

    for (size_t i = 0; i < raw->n_indirection; i++)
    {
        RawNode *step = raw->indirection[i];

        if (RAW_IS(step, A_INDICES))
        {
            subscripts = lappend(subscripts, step->a_indices);
            continue;
        }
        if (raw_is_star(step))
            ereport(ERROR, (errcode(ERRCODE_FEATURE_NOT_SUPPORTED),
                            errmsg("row expansion via \"*\" is not supported here"),
                            parser_errposition(pstate, location)));
        if (subscripts != NIL)
            result = (Node *) transform_subscripts(pstate, result, exprType(result),
                                                   exprTypmod(result), subscripts, false);
        subscripts = NIL;
        {
            Node *field = field_of_expr(pstate, result, RAW_STRVAL(step), location);

            if (field == NULL)
                field = parse_func_or_column(pstate, list_make1(makeString(RAW_STRVAL(step))),
                                             list_make1(result), last_srf, NULL, false, location);
            if (field == NULL)
                report_no_field(pstate, result, RAW_STRVAL(step), location);
            result = field;
        }
    }
    if (subscripts != NIL)
        result = (Node *) transform_subscripts(pstate, result, exprType(result),
                                               exprTypmod(result), subscripts, false);
    return result;
}

/* ---- subscripts ----------------------------------------------------------------------------------- */

/* Domains over arrays are subscripted as their base; vectors as arrays of their elements. */
Oid
subscript_container_type(Oid *type, int32 *typmod)
{
    *type = getBaseTypeAndTypmod(*type, typmod);
    if (*type == INT2VECTOROID)
        return INT2OID;
    if (*type == OIDVECTOROID)
        return OIDOID;
    if (*type == NAMEOID)
        return CHAROID;
    return get_element_type(*type);
}

static Node *
subscript_bound(ParseState *pstate, RawNode *raw)
{
    Node *expr;
    Node *result;

    if (RAW_MISSING(raw))
        return NULL;
    expr = transform_expr_inner(pstate, raw);
    result = coerce_to_target_type(pstate, expr, exprType(expr), INT4OID, -1, COERCION_ASSIGNMENT,
                                   COERCE_IMPLICIT_CAST, -1);
    if (result == NULL)
        ereport(ERROR, (errcode(ERRCODE_DATATYPE_MISMATCH),
                        errmsg("array subscript must have type integer"),
                        parser_errposition(pstate, exprLocation(expr))));
    return result;
}

static Node *
lower_bound_one(void)
{
    return (Node *) makeConst(INT4OID, -1, InvalidOid, 4, Int32GetDatum(1), false, true);
}

SubscriptingRef *
transform_subscripts(ParseState *pstate, Node *container, Oid type, int32 typmod,
                     List *subscripts, bool assignment)
{
    SubscriptingRef *ref = makeNode(SubscriptingRef);
    Oid element = subscript_container_type(&type, &typmod);
    bool slice = false;

    if (!OidIsValid(element))
        ereport(ERROR, (errcode(ERRCODE_DATATYPE_MISMATCH),
                        errmsg("cannot subscript type %s because it does not support subscripting",
                               format_type_be(type)),
                        parser_errposition(pstate, exprLocation(container))));
    foreach_ptr(PgQuery__AIndices, index, subscripts)
        slice = slice || index->is_slice;
    foreach_ptr(PgQuery__AIndices, index, subscripts)
    {
        if (slice)
        {
            Node *lower = index->is_slice ? subscript_bound(pstate, index->lidx)
                                          : lower_bound_one();

            ref->reflowerindexpr = lappend(ref->reflowerindexpr, lower);
        }
        ref->refupperindexpr =
            lappend(ref->refupperindexpr, subscript_bound(pstate, index->uidx));
    }
    if (list_length(ref->refupperindexpr) > 6)
        ereport(ERROR, (errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
                        errmsg("number of array dimensions (%d) exceeds the maximum allowed (%d)",
                               list_length(ref->refupperindexpr), 6)));
    ref->refcontainertype = type;
    ref->refelemtype = element;
    ref->refrestype = slice ? type : element;
    ref->reftypmod = typmod;
    ref->refexpr = (Expr *) container;
    return ref;
}
