/*
 * parse_func.c - function calls: which function a name and arguments mean, and the node for it
 */
#include "parse_int.h"

#include "catalog/relcache.h"

/* ---- choosing among candidates ------------------------------------------------------------------ */

static List *
keep_best(List *candidates, int nargs, const Oid *input, bool preferred_counts)
{
    List *best = NIL;
    int best_score = -1;

    foreach_ptr(Candidate, candidate, candidates)
    {
        int score = 0;

        for (int i = 0; i < nargs; i++)
        {
            if (input[i] == UNKNOWNOID && !preferred_counts)
                continue;
            if (input[i] != UNKNOWNOID && candidate->types[i] == getBaseType(input[i]))
                score++;
            else if (preferred_counts &&
                     is_preferred_type(input[i] == UNKNOWNOID ? TYPCATEGORY_INVALID
                                                              : type_category(getBaseType(input[i])),
                                       candidate->types[i]) &&
                     input[i] != UNKNOWNOID)
                score++;
        }
        if (score > best_score)
        {
            best_score = score;
            best = list_make1(candidate);
        }
        else if (score == best_score)
            best = lappend(best, candidate);
    }
    return best;
}

/* Resolves unknown literals by category: string if any candidate takes one, else the only one. */
static List *
match_unknown_categories(List *candidates, int nargs, const Oid *input)
{
    char slot[FUNC_MAX_ARGS];
    bool slot_preferred[FUNC_MAX_ARGS];
    List *kept = NIL;

    for (int i = 0; i < nargs; i++)
    {
        bool conflict = false;

        slot[i] = TYPCATEGORY_INVALID;
        slot_preferred[i] = false;
        if (input[i] != UNKNOWNOID)
            continue;
        foreach_ptr(Candidate, candidate, candidates)
        {
            char category;
            bool preferred;

            get_type_category_preferred(candidate->types[i], &category, &preferred);
            if (slot[i] == TYPCATEGORY_INVALID)
            {
                slot[i] = category;
                slot_preferred[i] = preferred;
            }
            else if (category == slot[i])
                slot_preferred[i] = slot_preferred[i] || preferred;
            else if (category == TYPCATEGORY_STRING)
            {
                slot[i] = category;
                slot_preferred[i] = preferred;
            }
            else
                conflict = true;
        }
        if (conflict && slot[i] != TYPCATEGORY_STRING)
            return candidates;
    }
    foreach_ptr(Candidate, candidate, candidates)
    {
        bool keep = true;

        for (int i = 0; i < nargs; i++)
        {
            char category;
            bool preferred;

            if (input[i] != UNKNOWNOID)
                continue;
            get_type_category_preferred(candidate->types[i], &category, &preferred);
            keep = keep && category == slot[i] && (!slot_preferred[i] || preferred);
        }
        if (keep)
            kept = lappend(kept, candidate);
    }
    return kept == NIL ? candidates : kept;
}

/* Where all known arguments have one type, tries it for the unknown ones. */
static List *
match_known_type(List *candidates, int nargs, const Oid *input)
{
    Oid known = UNKNOWNOID;
    Oid assumed[FUNC_MAX_ARGS];
    List *kept = NIL;

    for (int i = 0; i < nargs; i++)
    {
        if (input[i] == UNKNOWNOID)
            continue;
        if (known != UNKNOWNOID && known != getBaseType(input[i]))
            return candidates;
        known = getBaseType(input[i]);
    }
    if (known == UNKNOWNOID)
        return candidates;
    for (int i = 0; i < nargs; i++)
        assumed[i] = known;
    foreach_ptr(Candidate, candidate, candidates)
    {
        if (can_coerce_type(nargs, assumed, candidate->types, COERCION_IMPLICIT))
            kept = lappend(kept, candidate);
    }
    return list_length(kept) == 1 ? kept : candidates;
}

/* PostgreSQL's rules for several coercible candidates; one is left if they decide. */
List *
best_candidates(int nargs, const Oid *input, List *candidates)
{
    int unknowns = 0;

    if (nargs > FUNC_MAX_ARGS)
        return candidates;
    for (int i = 0; i < nargs; i++)
        unknowns += input[i] == UNKNOWNOID;
    candidates = keep_best(candidates, nargs, input, false);
    if (list_length(candidates) == 1)
        return candidates;
    candidates = keep_best(candidates, nargs, input, true);
    if (list_length(candidates) == 1 || unknowns == 0)
        return candidates;
    candidates = match_unknown_categories(candidates, nargs, input);
    if (list_length(candidates) == 1)
        return candidates;
    return unknowns < nargs ? match_known_type(candidates, nargs, input) : candidates;
}

/* ---- candidates ---------------------------------------------------------------------------------- */

/* Maps a call with named arguments to parameters: argnumbers[i] for call argument i, then the
 * defaulted ones. NULL where it does not fit. */
static int *
match_named_args(const ProcInfo *proc, int nargs, List *argnames)
{
    int positional = nargs - list_length(argnames);
    ProcOutputs outputs;
    int *numbers = palloc(sizeof(int) * Max(proc->pronargs, nargs));
    bool *used = palloc0(proc->pronargs + 1);
    int at = positional;

    if (!proc->has_out_args || !catalog_proc_outputs(proc, &outputs) || outputs.names == NULL)
        return NULL;
    for (int i = 0; i < positional; i++)
    {
        numbers[i] = i;
        used[i] = true;
    }
    foreach_ptr(char, name, argnames)
    {
        int parameter = 0;
        bool found = false;

        for (int i = 0; i < outputs.count; i++)
        {
            if (outputs.modes != NULL && strchr("ot", outputs.modes[i]) != NULL)
                continue;
            if (parameter < proc->pronargs && strcmp(outputs.names[i], name) == 0)
            {
                if (used[parameter])
                    return NULL;
                used[parameter] = true;
                numbers[at++] = parameter;
                found = true;
                break;
            }
            parameter++;
        }
        if (!found)
            return NULL;
    }
    for (int i = positional; i < proc->pronargs; i++)
    {
        if (used[i])
            continue;
        if (i < proc->pronargs - proc->pronargdefaults)
            return NULL;
        numbers[at++] = i;
    }
    return numbers;
}

static Candidate *
make_candidate(const ProcInfo *proc, int nargs, List *argnames, bool expand_variadic)
{
    bool variadic = expand_variadic && OidIsValid(proc->provariadic);
    bool defaults = proc->pronargs > nargs;
    Candidate *candidate;
    Oid *types;

    if (argnames != NIL)
    {
        variadic = false;
        if (proc->pronargs < nargs || proc->pronargs > nargs + proc->pronargdefaults)
            return NULL;
    }
    else if (proc->pronargs != nargs && !(variadic && nargs >= proc->pronargs) &&
             !(defaults && nargs + proc->pronargdefaults >= proc->pronargs))
        return NULL;
    if (defaults && variadic)
        variadic = false; /* the VARIADIC parameter itself is defaulted */
    candidate = palloc0(sizeof(Candidate));
    candidate->object = proc;
    candidate->ndargs = defaults ? proc->pronargs - nargs : 0;
    if (argnames != NIL)
    {
        candidate->argnumbers = match_named_args(proc, nargs, argnames);
        if (candidate->argnumbers == NULL)
            return NULL;
    }
    types = palloc(sizeof(Oid) * (Max(nargs, proc->pronargs) + 1));
    for (int i = 0; i < Max(nargs, proc->pronargs); i++)
    {
        int parameter = candidate->argnumbers != NULL ? candidate->argnumbers[i] : i;

        if (variadic && i >= proc->pronargs - 1)
            types[i] = proc->provariadic;
        else
            types[i] = proc->proargtypes[parameter];
    }
    if (variadic)
        candidate->nvargs = nargs - proc->pronargs + 1;
    candidate->types = types;
    return candidate;
}

static bool
same_types(const Oid *a, const Oid *b, int count)
{
    return memcmp(a, b, sizeof(Oid) * count) == 0;
}

/* Of two candidates that the call cannot tell apart: without VARIADIC, then fewer defaults. */
static List *
add_candidate(List *candidates, Candidate *candidate, int nargs)
{
    ListCell *cell;

    foreach (cell, candidates)
    {
        Candidate *other = lfirst(cell);

        if (!same_types(other->types, candidate->types, nargs))
            continue;
        if ((other->nvargs > 0) != (candidate->nvargs > 0))
        {
            if (other->nvargs > 0)
                lfirst(cell) = candidate;
            return candidates;
        }
        if (other->ndargs != candidate->ndargs)
        {
            if (other->ndargs > candidate->ndargs)
                lfirst(cell) = candidate;
            return candidates;
        }
    }
    return lappend(candidates, candidate);
}

static List *
function_candidates(List *funcname, int nargs, List *argnames, bool expand_variadic)
{
    char *schema = list_length(funcname) > 1
                       ? strVal(list_nth(funcname, list_length(funcname) - 2))
                       : NULL;
    List *candidates = NIL;

    if (schema != NULL)
        LookupExplicitNamespace(schema, false);
    foreach_ptr(const ProcInfo, proc, catalog_proc_candidates(schema, strVal(llast(funcname))))
    {
        Candidate *candidate = make_candidate(proc, nargs, argnames, expand_variadic);

        if (candidate != NULL)
            candidates = add_candidate(candidates, candidate, nargs);
    }
    return candidates;
}

typedef enum FuncChoiceKind {
    CHOICE_NOTFOUND,
    CHOICE_MULTIPLE,
    CHOICE_FUNCTION,
    CHOICE_COERCION
} FuncChoiceKind;

typedef struct FuncChoice {
    FuncChoiceKind kind;
    const Candidate *candidate;
    Oid coercion_target;
} FuncChoice;

/* f(x) where f names a type and the cast needs no function of that name. */
static bool
is_type_coercion(List *funcname, Node *arg, Oid source, Oid *ret_target)
{
    char *schema = list_length(funcname) > 1
                       ? strVal(list_nth(funcname, list_length(funcname) - 2))
                       : NULL;
    Oid target = catalog_type_find(schema, strVal(llast(funcname)));
    const TypeInfo *info = OidIsValid(target) ? catalog_type(target) : NULL;
    CoercionPathType path;
    Oid func;

    if (info == NULL || !info->typisdefined)
        return false;
    *ret_target = target;
    if (source == UNKNOWNOID && IsA(arg, Const))
        return true;
    path = find_coercion_pathway(target, source, COERCION_EXPLICIT, &func);
    if (path == COERCION_PATH_RELABELTYPE)
        return true;
    return path == COERCION_PATH_COERCEVIAIO &&
           ((source != RECORDOID && !type_is_rowtype(source)) ||
            type_category(target) != TYPCATEGORY_STRING);
}

static FuncChoice
choose_function(List *funcname, List *fargs, List *argnames, int nargs, const Oid *input,
                bool expand_variadic)
{
    List *all = function_candidates(funcname, nargs, argnames, expand_variadic);
    List *fitting = NIL;
    FuncChoice choice = {CHOICE_NOTFOUND, NULL, InvalidOid};

    foreach_ptr(Candidate, candidate, all)
    {
        if (same_types(input, candidate->types, nargs))
            return (FuncChoice) {CHOICE_FUNCTION, candidate, InvalidOid};
    }
    if (nargs == 1 && argnames == NIL &&
        is_type_coercion(funcname, linitial(fargs), input[0], &choice.coercion_target))
    {
        choice.kind = CHOICE_COERCION;
        return choice;
    }
    foreach_ptr(Candidate, candidate, all)
    {
        if (can_coerce_type(nargs, input, candidate->types, COERCION_IMPLICIT))
            fitting = lappend(fitting, candidate);
    }
    if (list_length(fitting) > 1)
        fitting = best_candidates(nargs, input, fitting);
    if (fitting == NIL)
        return choice;
    choice.kind = list_length(fitting) == 1 ? CHOICE_FUNCTION : CHOICE_MULTIPLE;
    choice.candidate = linitial(fitting);
    return choice;
}

/* ---- errors --------------------------------------------------------------------------------------- */

static char *
func_signature(List *funcname, int nargs, List *argnames, const Oid *types)
{
    StringInfoData text;
    int positional = nargs - list_length(argnames);
    bool first = true;

    initStringInfo(&text);
    foreach_ptr(String, part, funcname)
    {
        appendStringInfo(&text, "%s%s", first ? "" : ".", strVal(part));
        first = false;
    }
    appendStringInfoChar(&text, '(');
    for (int i = 0; i < nargs; i++)
    {
        if (i > 0)
            appendStringInfoString(&text, ", ");
        if (i >= positional)
            appendStringInfo(&text, "%s => ", (char *) list_nth(argnames, i - positional));
        appendStringInfoString(&text, format_type_be(types[i]));
    }
    appendStringInfoChar(&text, ')');
    return text.data;
}

static void
report_no_function(ParseState *pstate, FuncChoiceKind kind, List *funcname, int nargs,
                   List *argnames, const Oid *types, PgQuery__FuncCall *call, bool proc_call,
                   int location)
{
    char *signature = func_signature(funcname, nargs, argnames, types);

    if (kind == CHOICE_MULTIPLE)
        ereport(ERROR, (errcode(ERRCODE_AMBIGUOUS_FUNCTION),
                        errmsg("%s %s is not unique", proc_call ? "procedure" : "function",
                               signature),
                        errhint("Could not choose a best candidate %s. You might need to add "
                                "explicit type casts.",
                                proc_call ? "procedure" : "function"),
                        parser_errposition(pstate, location)));
    if (call != NULL && call->n_agg_order > 0 && !call->agg_within_group)
        ereport(ERROR,
                (errcode(ERRCODE_UNDEFINED_FUNCTION), errmsg("function %s does not exist", signature),
                 errhint("No aggregate function matches the given name and argument types. Perhaps "
                         "you misplaced ORDER BY; ORDER BY must appear after all regular arguments "
                         "of the aggregate."),
                 parser_errposition(pstate, location)));
    ereport(ERROR,
            (errcode(ERRCODE_UNDEFINED_FUNCTION),
             errmsg("%s %s does not exist", proc_call ? "procedure" : "function", signature),
             errhint("No %s matches the given name and argument types. You might need to add "
                     "explicit type casts.",
                     proc_call ? "procedure" : "function"),
             parser_errposition(pstate, location)));
}

static void
reject(ParseState *pstate, int location, const char *format, const char *name)
{
    char text[256];

    snprintf(text, sizeof(text), format, name);
    ereport(ERROR, (errcode(ERRCODE_WRONG_OBJECT_TYPE), errmsg("%s", text),
                    parser_errposition(pstate, location)));
}

/* What only aggregates and window functions may have. */
static void
check_plain_call(ParseState *pstate, PgQuery__FuncCall *call, const char *name, int location)
{
    if (call == NULL)
        return;
    if (call->agg_star)
        reject(pstate, location, "%s(*) specified, but it is not an aggregate function", name);
    if (call->agg_distinct)
        reject(pstate, location, "DISTINCT specified, but %s is not an aggregate function", name);
    if (call->agg_within_group)
        reject(pstate, location, "WITHIN GROUP specified, but %s is not an aggregate function",
               name);
    if (call->n_agg_order > 0)
        reject(pstate, location, "ORDER BY specified, but %s is not an aggregate function", name);
    if (call->agg_filter != NULL)
        reject(pstate, location, "FILTER specified, but %s is not an aggregate function", name);
    if (call->over != NULL)
        reject(pstate, location,
               "OVER specified, but %s is not a window function nor an aggregate function", name);
}

/* ---- building the call ----------------------------------------------------------------------------- */

static Node *
default_argument(ParseState *pstate, const ProcInfo *proc, int parameter)
{
    int index = parameter - (proc->pronargs - proc->pronargdefaults);
    const char *text = catalog_proc_default(proc, parameter);
    List *statements;
    PgQuery__SelectStmt *select;
    ParseState *inner;

    if (text == NULL || index < 0)
        elog(ERROR, "function %u has no default for argument %d", proc->oid, parameter + 1);
    if (text[0] == '{')
        return stringToNode(text);
    statements = parser_parse(psprintf("SELECT %s", text));
    select = ((RawStmt *) linitial(statements))->stmt->select_stmt;
    inner = make_parsestate(NULL);
    return transform_expr(inner, select->target_list[0]->res_target->val,
                          EXPR_KIND_FUNCTION_DEFAULT);
}

/* Adds defaulted arguments; with named ones, puts all in parameter order. */
static List *
complete_arguments(ParseState *pstate, const Candidate *candidate, List *fargs, List *argnames)
{
    const ProcInfo *proc = candidate->object;
    int nargs = list_length(fargs);
    int total = nargs + candidate->ndargs;
    List *result = NIL;
    Node **slots;

    if (candidate->ndargs == 0 && argnames == NIL)
        return fargs;
    slots = palloc0(sizeof(Node *) * (total + 1));
    for (int i = 0; i < total; i++)
    {
        int parameter = candidate->argnumbers != NULL ? candidate->argnumbers[i] : i;
        Node *arg = i < nargs ? list_nth(fargs, i) : default_argument(pstate, proc, parameter);

        if (IsA(arg, NamedArgExpr))
            arg = (Node *) ((NamedArgExpr *) arg)->arg;
        slots[parameter] = arg;
    }
    for (int i = 0; i < total; i++)
        result = lappend(result, slots[i]);
    return result;
}

static List *
collapse_variadic(ParseState *pstate, const Candidate *candidate, List *args, const Oid *declared)
{
    const ProcInfo *proc = candidate->object;
    int fixed = proc->pronargs - 1;
    ArrayExpr *array = makeNode(ArrayExpr);
    List *elements = list_copy_tail(args, fixed);

    array->elements = elements;
    array->element_typeid = declared[fixed];
    array->array_typeid = get_array_type(array->element_typeid);
    if (!OidIsValid(array->array_typeid))
        ereport(ERROR, (errcode(ERRCODE_UNDEFINED_OBJECT),
                        errmsg("could not find array type for data type %s",
                               format_type_be(array->element_typeid)),
                        parser_errposition(pstate, exprLocation((Node *) elements))));
    array->location = exprLocation((Node *) elements);
    return lappend(list_truncate(list_copy(args), fixed), array);
}

static Node *
build_function(ParseState *pstate, const ProcInfo *proc, Oid rettype, List *args, bool variadic,
               PgQuery__FuncCall *call, Node *last_srf, int location)
{
    FuncExpr *func = makeNode(FuncExpr);

    func->funcid = proc->oid;
    func->funcresulttype = rettype;
    func->funcretset = proc->proretset;
    func->funcvariadic = variadic;
    func->funcformat = call != NULL && call->funcformat ==
                                           PG_QUERY__COERCION_FORM__COERCE_SQL_SYNTAX
                           ? COERCE_SQL_SYNTAX
                           : COERCE_EXPLICIT_CALL;
    func->args = args;
    func->location = location;
    if (proc->proretset)
    {
        check_srf_call_placement(pstate, last_srf, location);
        pstate->last_srf = (Node *) func;
    }
    return (Node *) func;
}

static Node *
build_aggregate(ParseState *pstate, const ProcInfo *proc, Oid rettype, List *args, List *declared,
                bool variadic, PgQuery__FuncCall *call, const char *name, int location)
{
    Aggref *agg = makeNode(Aggref);
    const AggregateInfo *info = catalog_aggregate(proc->oid);

    if (info != NULL && info->aggkind != AGGKIND_NORMAL)
    {
        if (!call->agg_within_group)
            reject(pstate, location, "WITHIN GROUP is required for ordered-set aggregate %s", name);
        unsupported(pstate, "ordered-set aggregate", location);
    }
    if (call->agg_within_group)
        reject(pstate, location, "%s is not an ordered-set aggregate, so it cannot have WITHIN "
                                 "GROUP", name);
    if (args == NIL && !call->agg_star)
        reject(pstate, location,
               "%s(*) must be used to call a parameterless aggregate function", name);
    if (proc->proretset)
        ereport(ERROR, (errcode(ERRCODE_INVALID_FUNCTION_DEFINITION),
                        errmsg("aggregates cannot return sets"),
                        parser_errposition(pstate, location)));
    agg->aggfnoid = proc->oid;
    agg->aggtype = rettype;
    agg->aggstar = call->agg_star;
    agg->aggvariadic = variadic;
    agg->aggkind = AGGKIND_NORMAL;
    agg->aggsplit = AGGSPLIT_SIMPLE;
    agg->aggno = agg->aggtransno = -1;
    agg->location = location;
    foreach_ptr(Node, arg, args)
        agg->aggargtypes = lappend_oid(agg->aggargtypes, exprType(arg));
    if (call->agg_filter != NULL)
        agg->aggfilter = (Expr *) transform_where(pstate, call->agg_filter, EXPR_KIND_FILTER,
                                                  "FILTER");
    transform_aggregate_call(pstate, agg, args, call, call->agg_distinct);
    return (Node *) agg;
}

static Node *
build_window_function(ParseState *pstate, const ProcInfo *proc, Oid rettype, List *args,
                      PgQuery__FuncCall *call, const char *name, Node *last_srf, int location)
{
    WindowFunc *wfunc = makeNode(WindowFunc);

    if (call->agg_within_group)
        reject(pstate, location, "window function %s cannot have WITHIN GROUP", name);
    wfunc->winfnoid = proc->oid;
    wfunc->wintype = rettype;
    wfunc->args = args;
    wfunc->winstar = call->agg_star;
    wfunc->winagg = proc->prokind == PROKIND_AGGREGATE;
    wfunc->location = location;
    if (call->agg_distinct)
        ereport(ERROR, (errcode(ERRCODE_FEATURE_NOT_SUPPORTED),
                        errmsg("DISTINCT is not implemented for window functions"),
                        parser_errposition(pstate, location)));
    if (wfunc->winagg && args == NIL && !call->agg_star)
        reject(pstate, location,
               "%s(*) must be used to call a parameterless aggregate function", name);
    if (call->n_agg_order > 0)
        ereport(ERROR, (errcode(ERRCODE_FEATURE_NOT_SUPPORTED),
                        errmsg("aggregate ORDER BY is not implemented for window functions"),
                        parser_errposition(pstate, location)));
    if (call->agg_filter != NULL && !wfunc->winagg)
        ereport(ERROR, (errcode(ERRCODE_FEATURE_NOT_SUPPORTED),
                        errmsg("FILTER is not implemented for non-aggregate window functions"),
                        parser_errposition(pstate, location)));
    if (pstate->last_srf != last_srf)
        ereport(ERROR, (errcode(ERRCODE_FEATURE_NOT_SUPPORTED),
                        errmsg("window function calls cannot contain set-returning function calls"),
                        errhint("You might be able to move the set-returning function into a "
                                "LATERAL FROM item."),
                        parser_errposition(pstate, exprLocation(pstate->last_srf))));
    if (call->agg_filter != NULL)
        wfunc->aggfilter = (Expr *) transform_where(pstate, call->agg_filter, EXPR_KIND_FILTER,
                                                    "FILTER");
    transform_window_func_call(pstate, wfunc, call->over);
    return (Node *) wfunc;
}

static Node *
build_call(ParseState *pstate, const Candidate *candidate, List *fargs, List *argnames,
           PgQuery__FuncCall *call, Node *last_srf, bool proc_call, const char *name, int location)
{
    const ProcInfo *proc = candidate->object;
    bool variadic = call != NULL && call->func_variadic;
    List *args = complete_arguments(pstate, candidate, fargs, argnames);
    int nargs = list_length(args);
    Oid *actual = palloc(sizeof(Oid) * (nargs + 1));
    Oid *declared = palloc(sizeof(Oid) * (nargs + 1));
    Oid rettype;

    for (int i = 0; i < nargs; i++)
    {
        actual[i] = exprType(list_nth(args, i));
        declared[i] = candidate->argnumbers != NULL ? proc->proargtypes[i] : candidate->types[i];
    }
    rettype = enforce_generic_type_consistency(actual, declared, nargs, proc->prorettype, false);
    args = list_copy(args);
    for (int i = 0; i < nargs; i++)
    {
        if (actual[i] != declared[i])
            lfirst(list_nth_cell(args, i)) =
                coerce_type(pstate, list_nth(args, i), actual[i], declared[i], -1,
                            COERCION_IMPLICIT, COERCE_IMPLICIT_CAST, -1);
    }
    if (rettype == ANYOID || IsPolymorphicType(rettype))
        ereport(ERROR, (errcode(ERRCODE_DATATYPE_MISMATCH),
                        errmsg("could not determine polymorphic type because input has type "
                               "unknown"),
                        parser_errposition(pstate, location)));
    if (candidate->nvargs > 0 && proc->provariadic != ANYOID)
    {
        args = collapse_variadic(pstate, candidate, args, declared);
        variadic = true;
    }
    if (candidate->nvargs == 0 && variadic && proc->provariadic == ANYOID && nargs > 0 &&
        !OidIsValid(get_base_element_type(actual[nargs - 1])))
        ereport(ERROR, (errcode(ERRCODE_WRONG_OBJECT_TYPE),
                        errmsg("VARIADIC argument must be an array"),
                        parser_errposition(pstate, exprLocation(llast(args)))));
    switch (proc->prokind)
    {
        case PROKIND_AGGREGATE:
            if (call == NULL || call->over == NULL)
                return build_aggregate(pstate, proc, rettype, args, NIL, variadic, call, name,
                                       location);
            return build_window_function(pstate, proc, rettype, args, call, name, last_srf,
                                         location);
        case PROKIND_WINDOW:
            if (call == NULL || call->over == NULL)
                ereport(ERROR, (errcode(ERRCODE_WRONG_OBJECT_TYPE),
                                errmsg("window function %s requires an OVER clause", name),
                                parser_errposition(pstate, location)));
            return build_window_function(pstate, proc, rettype, args, call, name, last_srf,
                                         location);
        case PROKIND_PROCEDURE:
            if (!proc_call)
                ereport(ERROR, (errcode(ERRCODE_WRONG_OBJECT_TYPE),
                                errmsg("%s is a procedure",
                                       func_signature(list_make1(makeString((char *) name)),
                                                      nargs, NIL, actual)),
                                errhint("To call a procedure, use CALL."),
                                parser_errposition(pstate, location)));
            break;
        default:
            check_plain_call(pstate, call, name, location);
            break;
    }
    return build_function(pstate, proc, rettype, args, variadic, call, last_srf, location);
}

static List *
argument_names(ParseState *pstate, List *fargs)
{
    List *names = NIL;

    foreach_ptr(Node, arg, fargs)
    {
        if (IsA(arg, NamedArgExpr))
        {
            foreach_ptr(char, other, names)
            {
                if (strcmp(other, ((NamedArgExpr *) arg)->name) == 0)
                    ereport(ERROR, (errcode(ERRCODE_SYNTAX_ERROR),
                                    errmsg("argument name \"%s\" used more than once", other),
                                    parser_errposition(pstate, exprLocation(arg))));
            }
            names = lappend(names, ((NamedArgExpr *) arg)->name);
        }
        else if (names != NIL)
            ereport(ERROR, (errcode(ERRCODE_SYNTAX_ERROR),
                            errmsg("positional argument cannot follow named argument"),
                            parser_errposition(pstate, exprLocation(arg))));
    }
    return names;
}

static List *
drop_void_params(ParseState *pstate, List *fargs)
{
    List *kept = NIL;

    foreach_ptr(Node, arg, fargs)
    {
        if (exprType(arg) == VOIDOID && IsA(arg, Param))
            continue;
        kept = lappend(kept, arg);
    }
    return kept;
}

Node *
parse_func_or_column(ParseState *pstate, List *funcname, List *fargs, Node *last_srf,
                     PgQuery__FuncCall *call, bool proc_call, int location)
{
    int nargs;
    List *argnames;
    Oid *input;
    FuncChoice choice;
    const char *name = strVal(llast(funcname));
    bool plain = call == NULL || (!call->agg_star && !call->agg_distinct &&
                                  call->n_agg_order == 0 && call->agg_filter == NULL &&
                                  call->over == NULL && !call->func_variadic);

    if (list_length(fargs) > FUNC_MAX_ARGS)
        ereport(ERROR, (errcode(ERRCODE_TOO_MANY_ARGUMENTS),
                        errmsg("cannot pass more than %d arguments to a function", FUNC_MAX_ARGS),
                        parser_errposition(pstate, location)));
    fargs = drop_void_params(pstate, fargs);
    nargs = list_length(fargs);
    argnames = argument_names(pstate, fargs);
    input = palloc(sizeof(Oid) * (nargs + 1));
    for (int i = 0; i < nargs; i++)
        input[i] = exprType(list_nth(fargs, i));
    choice = choose_function(funcname, fargs, argnames, nargs, input,
                             call == NULL || !call->func_variadic);
    if (choice.kind == CHOICE_FUNCTION)
        return build_call(pstate, choice.candidate, fargs, argnames, call, last_srf, proc_call,
                          name, location);
    if (choice.kind == CHOICE_COERCION)
    {
        check_plain_call(pstate, call, name, location);
        return coerce_type(pstate, linitial(fargs), input[0], choice.coercion_target, -1,
                           COERCION_EXPLICIT, COERCE_EXPLICIT_CALL, location);
    }
    /* name(row) may mean row.name */
    if (plain && nargs == 1 && argnames == NIL && list_length(funcname) == 1 &&
        (input[0] == RECORDOID || type_is_rowtype(input[0])))
    {
        Node *field = field_of_expr(pstate, linitial(fargs), name, location);

        if (field != NULL)
            return field;
    }
    if (call == NULL && !proc_call)
        return NULL;
    report_no_function(pstate, choice.kind, funcname, nargs, argnames, input, call, proc_call,
                       location);
    return NULL;
}

/* Where a set-returning function may stand. */
void
check_srf_call_placement(ParseState *pstate, Node *last_srf, int location)
{
    const char *message = NULL;
    bool wrong_kind = false;

    switch (pstate->expr_kind)
    {
        case EXPR_KIND_NONE:
        case EXPR_KIND_OTHER:
        case EXPR_KIND_FROM_SUBSELECT:
            break;
        case EXPR_KIND_FROM_FUNCTION:
            if (pstate->last_srf != last_srf)
                ereport(ERROR, (errcode(ERRCODE_FEATURE_NOT_SUPPORTED),
                                errmsg("set-returning functions must appear at top level of FROM"),
                                parser_errposition(pstate, exprLocation(pstate->last_srf))));
            break;
        case EXPR_KIND_JOIN_ON:
        case EXPR_KIND_JOIN_USING:
            message = "set-returning functions are not allowed in JOIN conditions";
            break;
        case EXPR_KIND_WINDOW_PARTITION:
        case EXPR_KIND_WINDOW_ORDER:
        case EXPR_KIND_SELECT_TARGET:
        case EXPR_KIND_INSERT_TARGET:
        case EXPR_KIND_GROUP_BY:
        case EXPR_KIND_ORDER_BY:
        case EXPR_KIND_DISTINCT_ON:
        case EXPR_KIND_VALUES_SINGLE:
            pstate->hasTargetSRFs = true;
            break;
        case EXPR_KIND_WINDOW_FRAME_RANGE:
        case EXPR_KIND_WINDOW_FRAME_ROWS:
        case EXPR_KIND_WINDOW_FRAME_GROUPS:
            message = "set-returning functions are not allowed in window definitions";
            break;
        case EXPR_KIND_CHECK_CONSTRAINT:
        case EXPR_KIND_DOMAIN_CHECK:
            message = "set-returning functions are not allowed in check constraints";
            break;
        case EXPR_KIND_COLUMN_DEFAULT:
        case EXPR_KIND_FUNCTION_DEFAULT:
            message = "set-returning functions are not allowed in DEFAULT expressions";
            break;
        case EXPR_KIND_INDEX_EXPRESSION:
            message = "set-returning functions are not allowed in index expressions";
            break;
        case EXPR_KIND_INDEX_PREDICATE:
            message = "set-returning functions are not allowed in index predicates";
            break;
        case EXPR_KIND_ALTER_COL_TRANSFORM:
            message = "set-returning functions are not allowed in transform expressions";
            break;
        case EXPR_KIND_EXECUTE_PARAMETER:
            message = "set-returning functions are not allowed in EXECUTE parameters";
            break;
        case EXPR_KIND_POLICY:
            message = "set-returning functions are not allowed in policy expressions";
            break;
        case EXPR_KIND_CALL_ARGUMENT:
            message = "set-returning functions are not allowed in CALL arguments";
            break;
        case EXPR_KIND_COPY_WHERE:
            message = "set-returning functions are not allowed in COPY FROM WHERE conditions";
            break;
        case EXPR_KIND_GENERATED_COLUMN:
            message = "set-returning functions are not allowed in column generation expressions";
            break;
        default:
            wrong_kind = true;
            break;
    }
    if (message != NULL)
        ereport(ERROR, (errcode(ERRCODE_FEATURE_NOT_SUPPORTED), errmsg("%s", message),
                        parser_errposition(pstate, location)));
    if (wrong_kind)
        ereport(ERROR, (errcode(ERRCODE_FEATURE_NOT_SUPPORTED),
                        errmsg("set-returning functions are not allowed in %s",
                               expr_kind_name(pstate->expr_kind)),
                        parser_errposition(pstate, location)));
}
