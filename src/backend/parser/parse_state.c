/*
 * parse_state.c - the state of one query level, error positions, literals
 */
#include "parse_int.h"

#include <errno.h>

#include "catalog/relcache.h"

ParseState *
make_parsestate(ParseState *parent)
{
    ParseState *pstate = palloc0(sizeof(ParseState));

    pstate->parent = parent;
    pstate->next_resno = 1;
    pstate->resolve_unknowns = true;
    if (parent != NULL)
    {
        pstate->sql = parent->sql;
        pstate->params = parent->params;
        pstate->domain_value = parent->domain_value;
    }
    return pstate;
}

void
free_parsestate(ParseState *pstate)
{
    if (list_length(pstate->rtable) > 0 && pstate->next_resno - 1 > MaxTupleAttributeNumber)
        ereport(ERROR, (errcode(ERRCODE_TOO_MANY_COLUMNS),
                        errmsg("target lists can have at most %d entries",
                               MaxTupleAttributeNumber)));
    if (pstate->target_relation != NULL)
        relation_close(pstate->target_relation, NoLock);
    pstate->target_relation = NULL;
}

/* Characters, not bytes; the text is UTF-8. */
int
parser_char_position(const char *sql, int location)
{
    int chars = 0;

    if (sql == NULL || location < 0)
        return 0;
    for (int i = 0; i < location && sql[i] != '\0'; i++)
        chars += ((unsigned char) sql[i] & 0xC0) != 0x80;
    return chars + 1;
}

int
parser_errposition(ParseState *pstate, int location)
{
    int position = pstate == NULL ? 0 : parser_char_position(pstate->sql, location);

    return position > 0 ? errposition(position) : 0;
}

static void
error_position_callback(void *arg)
{
    ErrorPosition *position = arg;

    if (geterrcode() != ERRCODE_QUERY_CANCELED)
        parser_errposition(position->pstate, position->location);
}

/* Errors until the pop point at location. */
void
push_error_position(ErrorPosition *position, ParseState *pstate, int location)
{
    position->pstate = pstate;
    position->location = location;
    position->callback.callback = error_position_callback;
    position->callback.arg = position;
    position->callback.previous = error_context_stack;
    error_context_stack = &position->callback;
}

void
pop_error_position(ErrorPosition *position)
{
    error_context_stack = position->callback.previous;
}

void
unsupported(ParseState *pstate, const char *feature, int location)
{
    ereport(ERROR, (errcode(ERRCODE_FEATURE_NOT_SUPPORTED), errmsg("%s is not supported", feature),
                    parser_errposition(pstate, location)));
    abort();
}

/* A number that does not fit int4: int8 if it fits, else numeric. */
static Const *
number_const(ParseState *pstate, const char *text, int location)
{
    char *end;
    int64 value;

    errno = 0;
    value = strtoll(text, &end, 10);
    if (errno == 0 && *end == '\0' && end != text)
    {
        if (value == (int32) value)
            return makeConst(INT4OID, -1, InvalidOid, 4, Int32GetDatum((int32) value), false, true);
        return makeConst(INT8OID, -1, InvalidOid, 8, Int64GetDatum(value), false, true);
    }
    {
        ErrorPosition position;
        Datum number;

        push_error_position(&position, pstate, location);
        number = string_to_datum(NUMERICOID, -1, text);
        pop_error_position(&position);
        return makeConst(NUMERICOID, -1, InvalidOid, -1, number, false, false);
    }
}

static Const *
bit_const(ParseState *pstate, const char *text, int location)
{
    ErrorPosition position;
    Datum bits;

    push_error_position(&position, pstate, location);
    bits = string_to_datum(BITOID, -1, text);
    pop_error_position(&position);
    return makeConst(BITOID, -1, InvalidOid, -1, bits, false, false);
}

Const *
make_const(ParseState *pstate, PgQuery__AConst *raw)
{
    Const *con;

    if (raw->isnull)
        con = makeConst(UNKNOWNOID, -1, InvalidOid, -2, (Datum) 0, true, false);
    else
    {
        switch (raw->val_case)
        {
            case PG_QUERY__A__CONST__VAL_IVAL:
                con = makeConst(INT4OID, -1, InvalidOid, 4, Int32GetDatum(raw->ival->ival), false,
                                true);
                break;
            case PG_QUERY__A__CONST__VAL_FVAL:
                con = number_const(pstate, raw->fval->fval, raw->location);
                break;
            case PG_QUERY__A__CONST__VAL_BOOLVAL:
                con = makeConst(BOOLOID, -1, InvalidOid, 1, BoolGetDatum(raw->boolval->boolval),
                                false, true);
                break;
            case PG_QUERY__A__CONST__VAL_SVAL:
                con = makeConst(UNKNOWNOID, -1, InvalidOid, -2, CStringGetDatum(raw->sval->sval),
                                false, false);
                break;
            case PG_QUERY__A__CONST__VAL_BSVAL:
                con = bit_const(pstate, raw->bsval->bsval, raw->location);
                break;
            default:
                con = makeConst(INT4OID, -1, InvalidOid, 4, Int32GetDatum(0), false, true);
                break;
        }
    }
    con->location = raw->location;
    return con;
}

const char *
expr_kind_name(ParseExprKind kind)
{
    static const char *const names[EXPR_KIND_COUNT] = {
        [EXPR_KIND_NONE] = "invalid expression context",
        [EXPR_KIND_OTHER] = "extension expression",
        [EXPR_KIND_JOIN_ON] = "JOIN/ON",
        [EXPR_KIND_JOIN_USING] = "JOIN/USING",
        [EXPR_KIND_FROM_SUBSELECT] = "sub-SELECT in FROM",
        [EXPR_KIND_FROM_FUNCTION] = "function in FROM",
        [EXPR_KIND_WHERE] = "WHERE",
        [EXPR_KIND_POLICY] = "POLICY",
        [EXPR_KIND_HAVING] = "HAVING",
        [EXPR_KIND_FILTER] = "FILTER",
        [EXPR_KIND_WINDOW_PARTITION] = "window PARTITION BY",
        [EXPR_KIND_WINDOW_ORDER] = "window ORDER BY",
        [EXPR_KIND_WINDOW_FRAME_RANGE] = "window RANGE",
        [EXPR_KIND_WINDOW_FRAME_ROWS] = "window ROWS",
        [EXPR_KIND_WINDOW_FRAME_GROUPS] = "window GROUPS",
        [EXPR_KIND_SELECT_TARGET] = "SELECT",
        [EXPR_KIND_INSERT_TARGET] = "INSERT",
        [EXPR_KIND_UPDATE_SOURCE] = "UPDATE",
        [EXPR_KIND_UPDATE_TARGET] = "UPDATE",
        [EXPR_KIND_GROUP_BY] = "GROUP BY",
        [EXPR_KIND_ORDER_BY] = "ORDER BY",
        [EXPR_KIND_DISTINCT_ON] = "DISTINCT ON",
        [EXPR_KIND_LIMIT] = "LIMIT",
        [EXPR_KIND_OFFSET] = "OFFSET",
        [EXPR_KIND_RETURNING] = "RETURNING",
        [EXPR_KIND_VALUES] = "VALUES",
        [EXPR_KIND_VALUES_SINGLE] = "VALUES",
        [EXPR_KIND_CHECK_CONSTRAINT] = "CHECK",
        [EXPR_KIND_DOMAIN_CHECK] = "CHECK",
        [EXPR_KIND_COLUMN_DEFAULT] = "DEFAULT",
        [EXPR_KIND_FUNCTION_DEFAULT] = "DEFAULT",
        [EXPR_KIND_INDEX_EXPRESSION] = "index expression",
        [EXPR_KIND_INDEX_PREDICATE] = "index predicate",
        [EXPR_KIND_ALTER_COL_TRANSFORM] = "USING",
        [EXPR_KIND_EXECUTE_PARAMETER] = "EXECUTE",
        [EXPR_KIND_CALL_ARGUMENT] = "CALL",
        [EXPR_KIND_COPY_WHERE] = "WHERE",
        [EXPR_KIND_GENERATED_COLUMN] = "GENERATED AS",
    };

    return names[kind];
}
