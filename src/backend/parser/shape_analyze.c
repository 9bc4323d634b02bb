/*
 * shape_analyze.c - which literals of a statement may become parameters
 *
 * Why        a cached plan may serve another statement of the same shape only if the literals that
 *            became parameters could not have changed its analysis or the plan's form.
 * Invariants A1. A literal becomes a Param only where exactly one Const of the analyzed tree carries
 *            its location. One that analysis used up (ORDER BY 1, type modifiers) or that stands
 *            twice (BETWEEN's operand) has none or two.
 *            A2. Literals stay in expressions that analysis compared with others: those that sort,
 *            group or distinct by an expression, and everything above a grouping by expressions.
 *            A3. Patterns of LIKE and regular expressions stay: they decide index ranges.
 *            A4. Constants that are not the literal's own value (casts folded with a typmod of
 *            their own, domains' base constants) stay.
 */
#include "parse_int.h"

#include "parser/shape.h"
#include "rewrite_int.h"

typedef struct ShapeState {
    const char *sql;
    const ShapeLiteral *literals;
    int literal_count;
    ShapeUse *uses;
    int *seen;   /* Consts per literal */
    bool *fixed; /* by A2 and A3 */
    int first_param;
    int taken;
    Oid *types;
} ShapeState;

/* The literal at a Const's place: itself, or behind its minus. -1 if there is none. */
static int
literal_at(const ShapeState *state, int location, bool *ret_negated)
{
    uint32 at;
    int low = 0;
    int high = state->literal_count - 1;

    *ret_negated = false;
    if (location < 0)
        return -1;
    at = (uint32) location;
    if (state->sql[at] == '-')
    {
        *ret_negated = true;
        at++;
        while (state->sql[at] == ' ' || state->sql[at] == '\t' || state->sql[at] == '\n' ||
               state->sql[at] == '\r' || state->sql[at] == '\f')
            at++;
    }
    while (low <= high)
    {
        int middle = (low + high) / 2;

        if (state->literals[middle].offset == at)
            return middle;
        if (state->literals[middle].offset < at)
            low = middle + 1;
        else
            high = middle - 1;
    }
    return -1;
}

static bool
class_fits(ShapeClass class, const Const *con, bool negated)
{
    switch (class)
    {
        case SHAPE_INT4:
            return con->consttype == INT4OID;
        case SHAPE_INT8:
            return con->consttype == INT8OID;
        case SHAPE_NUMERIC:
            return con->consttype == NUMERICOID;
        default:
            return !negated && con->consttype != UNKNOWNOID &&
                   get_typtype(con->consttype) != TYPTYPE_PSEUDO;
    }
}

/* ---- first pass: what must stay ---------------------------------------------------------------------- */

static bool
fix_walker(Node *node, ShapeState *state)
{
    if (node == NULL)
        return false;
    if (IsA(node, Const))
    {
        bool negated;
        int index = literal_at(state, ((Const *) node)->location, &negated);

        if (index >= 0)
            state->fixed[index] = true;
        return false;
    }
    if (IsA(node, Query))
        return query_tree_walker((Query *) node, fix_walker, state, 0);
    return expression_tree_walker(node, fix_walker, state);
}

static bool
is_pattern_operator(Oid op)
{
    const OperatorInfo *info = catalog_operator(op);
    const char *name = info == NULL ? "" : NameStr(info->oprname);

    return strcmp(name, "~~") == 0 || strcmp(name, "!~~") == 0 || strcmp(name, "~~*") == 0 ||
           strcmp(name, "!~~*") == 0 || strcmp(name, "~") == 0 || strcmp(name, "!~") == 0 ||
           strcmp(name, "~*") == 0 || strcmp(name, "!~*") == 0;
}

static bool
groups_by_expression(Query *query)
{
    foreach_ptr(SortGroupClause, clause, query->groupClause)
    {
        if (!IsA(get_sortgroupclause_expr(clause, query->targetList), Var))
            return true;
    }
    return query->groupingSets != NIL;
}

static void
fix_query(Query *query, ShapeState *state)
{
    bool all = groups_by_expression(query);

    foreach_ptr(TargetEntry, tle, query->targetList)
    {
        if (all || tle->ressortgroupref != 0 || tle->resjunk)
            fix_walker((Node *) tle->expr, state);
    }
    if (all)
        fix_walker(query->havingQual, state);
    foreach_ptr(WindowClause, window, query->windowClause)
    {
        fix_walker(window->startOffset, state);
        fix_walker(window->endOffset, state);
    }
    /* a set operation's leaf columns were typed together */
    if (query->setOperations != NULL)
    {
        foreach_ptr(RangeTblEntry, rte, query->rtable)
        {
            if (rte->rtekind == RTE_SUBQUERY)
                fix_walker((Node *) rte->subquery->targetList, state);
        }
    }
    if (query->onConflict != NULL)
    {
        fix_walker((Node *) query->onConflict->arbiterElems, state);
        fix_walker(query->onConflict->arbiterWhere, state);
    }
}

static bool
survey_walker(Node *node, ShapeState *state)
{
    if (node == NULL)
        return false;
    switch (nodeTag(node))
    {
        case T_Const:
        {
            bool negated;
            int index = literal_at(state, ((Const *) node)->location, &negated);

            if (index < 0)
                return false;
            state->seen[index]++;
            if (((Const *) node)->constisnull ||
                !class_fits(state->literals[index].class, (Const *) node, negated))
                state->fixed[index] = true;
            return false;
        }
        case T_OpExpr:
            if (is_pattern_operator(((OpExpr *) node)->opno))
                fix_walker(get_rightop(node), state);
            break;
        case T_Aggref:
            /* ORDER BY and DISTINCT inside of an aggregate compared its arguments */
            if (((Aggref *) node)->aggorder != NIL || ((Aggref *) node)->aggdistinct != NIL)
                fix_walker((Node *) ((Aggref *) node)->args, state);
            break;
        case T_CoerceToDomain:
        case T_ArrayCoerceExpr:
            fix_walker((Node *) ((CoerceToDomain *) node)->arg, state);
            break;
        case T_FuncExpr:
        {
            /* the typmod argument of a length cast decides the column's type */
            FuncExpr *func = (FuncExpr *) node;

            for (int i = 1; exprIsLengthCoercion(node, NULL) && i < list_length(func->args); i++)
                fix_walker(list_nth(func->args, i), state);
            break;
        }
        case T_SubscriptingRef:
            fix_walker((Node *) ((SubscriptingRef *) node)->refupperindexpr, state);
            fix_walker((Node *) ((SubscriptingRef *) node)->reflowerindexpr, state);
            break;
        case T_Query:
            fix_query((Query *) node, state);
            return query_tree_walker((Query *) node, survey_walker, state, 0);
        default:
            break;
    }
    return expression_tree_walker(node, survey_walker, state);
}

/* ---- second pass: replace ------------------------------------------------------------------------------ */

static Node *
replace_mutator(Node *node, ShapeState *state)
{
    bool negated;
    int index;
    Const *con;
    Param *param;
    ShapeUse *use;

    if (node == NULL)
        return NULL;
    if (IsA(node, Query))
        return (Node *) query_tree_mutator((Query *) node, replace_mutator, state, 0);
    if (!IsA(node, Const))
        return expression_tree_mutator(node, replace_mutator, state);
    con = (Const *) node;
    index = literal_at(state, con->location, &negated);
    if (index < 0 || state->fixed[index] || state->seen[index] != 1)
        return copyObject(node);
    use = &state->uses[index];
    use->paramid = state->first_param + ++state->taken;
    use->type = con->consttype;
    use->typmod = con->consttypmod;
    use->negated = negated;
    getTypeInputInfo(con->consttype, &use->typinput, &use->typioparam);
    state->types[use->paramid - 1] = con->consttype;
    param = makeNode(Param);
    param->paramkind = PARAM_EXTERN;
    param->paramid = use->paramid;
    param->paramtype = con->consttype;
    param->paramtypmod = con->consttypmod;
    param->paramcollid = con->constcollid;
    param->location = con->location;
    return (Node *) param;
}

Query *
parser_analyze_shape(RawStmt *raw, const char *sql, Oid **param_types, int *param_count,
                     const ShapeLiteral *literals, int literal_count, ShapeUse *uses,
                     int *ret_taken)
{
    Query *query = parser__analyze_varparams_unrewritten(raw, sql, param_types, param_count);
    ShapeState state = {.sql = sql, .literals = literals, .literal_count = literal_count};

    memset(uses, 0, sizeof(ShapeUse) * literal_count);
    *ret_taken = 0;
    if (query->commandType == CMD_UTILITY || literal_count == 0)
        return rewrite_query(query);
    state.uses = uses;
    state.seen = palloc0(sizeof(int) * literal_count);
    state.fixed = palloc0(literal_count);
    state.first_param = *param_count;
    state.types = palloc0(sizeof(Oid) * (*param_count + literal_count));
    if (*param_count > 0)
        memcpy(state.types, *param_types, sizeof(Oid) * *param_count);
    survey_walker((Node *) query, &state);
    query = (Query *) replace_mutator((Node *) query, &state);
    *param_types = state.types;
    *param_count += state.taken;
    *ret_taken = state.taken;
    return rewrite_query(query);
}

static char *
literal_text(const char *sql, const ShapeLiteral *literal, bool negated)
{
    const char *from = sql + literal->offset;
    char *text = palloc(literal->length + 2);
    uint32 n = 0;

    if (literal->class != SHAPE_STRING)
    {
        if (negated)
            text[n++] = '-';
        memcpy(text + n, from, literal->length);
        text[n + literal->length] = '\0';
        return text;
    }
    for (uint32 i = 1; i + 1 < literal->length; i++)
    {
        text[n++] = from[i];
        if (from[i] == '\'')
            i++;
    }
    text[n] = '\0';
    return text;
}

static int64
literal_integer(const char *sql, const ShapeLiteral *literal, bool negated)
{
    int64 value = 0;

    for (uint32 i = 0; i < literal->length; i++)
        value = value * 10 + (sql[literal->offset + i] - '0');
    return negated ? -value : value;
}

Datum
shape_literal_value(const char *sql, const ShapeLiteral *literal, const ShapeUse *use)
{
    if (literal->class == SHAPE_INT4)
        return Int32GetDatum((int32) literal_integer(sql, literal, use->negated));
    if (literal->class == SHAPE_INT8)
        return Int64GetDatum(literal_integer(sql, literal, use->negated));
    return OidInputFunctionCall(use->typinput, literal_text(sql, literal, use->negated),
                                use->typioparam, use->typmod);
}
