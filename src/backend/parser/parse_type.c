/*
 * parse_type.c - raw type names to type oids and typmods; collations by name
 */
#include "parse_int.h"

#include "catalog/relcache.h"
#include "types/array.h"

char *
parser_type_name_text(const PgQuery__TypeName *name)
{
    StringInfoData text;

    initStringInfo(&text);
    if (name->n_names > 0)
        appendStringInfoString(&text, raw_names_text(name->names, name->n_names));
    else
        appendStringInfoString(&text, format_type_be(name->type_oid));
    if (name->pct_type)
        appendStringInfoString(&text, "%TYPE");
    if (name->n_array_bounds > 0)
        appendStringInfoString(&text, "[]");
    return text.data;
}

/* schema.name out of a dotted list; catalog names are checked by the caller's rooms. */
static void
split_name(ParseState *pstate, const PgQuery__TypeName *name, char **ret_schema, char **ret_name)
{
    size_t count = name->n_names;

    *ret_schema = count > 1 ? RAW_STRVAL(name->names[count - 2]) : NULL;
    *ret_name = RAW_STRVAL(name->names[count - 1]);
    if (count > 3)
        ereport(ERROR, (errcode(ERRCODE_SYNTAX_ERROR),
                        errmsg("improper qualified name (too many dotted names): %s",
                               raw_names_text(name->names, count)),
                        parser_errposition(pstate, name->location)));
}

/* table.column%TYPE */
static Oid
column_type(ParseState *pstate, const PgQuery__TypeName *name, int32 *ret_typmod)
{
    size_t count = name->n_names;
    PgQuery__RangeVar range = PG_QUERY__RANGE_VAR__INIT;
    Relation rel;
    AttrNumber attnum;
    Oid type;
    Oid collation;

    if (count < 2 || count > 3)
        ereport(ERROR, (errcode(ERRCODE_SYNTAX_ERROR),
                        errmsg("improper %%TYPE reference (too few dotted names): %s",
                               raw_names_text(name->names, count)),
                        parser_errposition(pstate, name->location)));
    range.relname = RAW_STRVAL(name->names[count - 2]);
    range.schemaname = count == 3 ? RAW_STRVAL(name->names[0]) : (char *) "";
    range.location = name->location;
    rel = open_named_relation(pstate, &range, AccessShareLock);
    attnum = (AttrNumber) relation_column_number(rel, RAW_STRVAL(name->names[count - 1]), false);
    if (attnum == 0)
        ereport(ERROR, (errcode(ERRCODE_UNDEFINED_COLUMN),
                        errmsg("column \"%s\" of relation \"%s\" does not exist",
                               RAW_STRVAL(name->names[count - 1]), range.relname),
                        parser_errposition(pstate, name->location)));
    get_atttypetypmodcoll(RelationGetRelid(rel), attnum, &type, ret_typmod, &collation);
    relation_close(rel, NoLock);
    return type;
}

/* One type modifier as text for the type's typmod input function. */
static char *
typmod_text(ParseState *pstate, const PgQuery__TypeName *name, const RawNode *raw)
{
    if (RAW_IS(raw, A_CONST) && !raw->a_const->isnull)
    {
        switch (raw->a_const->val_case)
        {
            case PG_QUERY__A__CONST__VAL_IVAL:
                return psprintf("%d", raw->a_const->ival->ival);
            case PG_QUERY__A__CONST__VAL_FVAL:
                return raw->a_const->fval->fval;
            case PG_QUERY__A__CONST__VAL_SVAL:
                return raw->a_const->sval->sval;
            case PG_QUERY__A__CONST__VAL__NOT_SET:
                return pstrdup("0");
            default:
                break;
        }
    }
    if (RAW_IS(raw, COLUMN_REF) && raw->column_ref->n_fields == 1 &&
        RAW_IS(raw->column_ref->fields[0], STRING))
        return RAW_STRVAL(raw->column_ref->fields[0]);
    ereport(ERROR, (errcode(ERRCODE_SYNTAX_ERROR),
                    errmsg("type modifiers must be simple constants or identifiers"),
                    parser_errposition(pstate, name->location)));
    return NULL;
}

static int32
type_name_typmod(ParseState *pstate, const PgQuery__TypeName *name, const TypeInfo *type)
{
    Datum *texts;
    Datum array;
    ErrorPosition position;
    int32 result;

    if (name->n_typmods == 0)
        return name->typemod;
    if (!type->typisdefined)
        ereport(ERROR, (errcode(ERRCODE_SYNTAX_ERROR),
                        errmsg("type modifier cannot be specified for shell type \"%s\"",
                               parser_type_name_text(name)),
                        parser_errposition(pstate, name->location)));
    if (!OidIsValid(type->typmodin))
        ereport(ERROR, (errcode(ERRCODE_SYNTAX_ERROR),
                        errmsg("type modifier is not allowed for type \"%s\"",
                               parser_type_name_text(name)),
                        parser_errposition(pstate, name->location)));
    texts = palloc(sizeof(Datum) * name->n_typmods);
    for (size_t i = 0; i < name->n_typmods; i++)
        texts[i] = CStringGetDatum(typmod_text(pstate, name, name->typmods[i]));
    array = PointerGetDatum(construct_array(texts, (int) name->n_typmods, CSTRINGOID, -2, false,
                                            'c'));
    push_error_position(&position, pstate, name->location);
    result = DatumGetInt32(OidFunctionCall1(type->typmodin, array));
    pop_error_position(&position);
    return result;
}

static Oid
named_type(ParseState *pstate, const PgQuery__TypeName *name)
{
    char *schema;
    char *bare;

    split_name(pstate, name, &schema, &bare);
    if (schema != NULL && !OidIsValid(LookupExplicitNamespace(schema, false)))
        return InvalidOid;
    return catalog_type_find(schema, bare);
}

Oid
type_name_oid(ParseState *pstate, const PgQuery__TypeName *name, int32 *ret_typmod,
              bool missing_ok)
{
    int32 typmod = -1;
    const TypeInfo *info = NULL;
    Oid type;

    if (name->n_names == 0)
        type = name->type_oid;
    else if (name->pct_type)
        type = column_type(pstate, name, &typmod);
    else
        type = named_type(pstate, name);
    if (OidIsValid(type) && name->n_array_bounds > 0)
    {
        /* the modifiers are those of the element */
        Oid array = get_array_type(type);

        info = catalog_type(array);
        type = array;
    }
    else if (OidIsValid(type))
        info = catalog_type(type);
    if (info == NULL)
    {
        if (missing_ok)
            return InvalidOid;
        ereport(ERROR, (errcode(ERRCODE_UNDEFINED_OBJECT),
                        errmsg("type \"%s\" does not exist", parser_type_name_text(name)),
                        parser_errposition(pstate, name->location)));
    }
    if (!info->typisdefined)
        ereport(ERROR, (errcode(ERRCODE_UNDEFINED_OBJECT),
                        errmsg("type \"%s\" is only a shell", parser_type_name_text(name)),
                        parser_errposition(pstate, name->location)));
    if (!name->pct_type)
        typmod = type_name_typmod(pstate, name, info);
    if (ret_typmod != NULL)
        *ret_typmod = typmod;
    return type;
}

Oid
parser_type_lookup(const PgQuery__TypeName *name, int32 *ret_typmod, bool missing_ok)
{
    return type_name_oid(NULL, name, ret_typmod, missing_ok);
}

/* Parses "SELECT NULL::text" and takes the cast's type. */
static const PgQuery__TypeName *
parse_type_text(const char *text)
{
    List *statements = parser_parse(psprintf("SELECT NULL::%s", text));
    const RawStmt *raw = list_length(statements) == 1 ? linitial(statements) : NULL;
    const PgQuery__SelectStmt *select;
    const RawNode *value;

    if (raw == NULL || !RAW_IS(raw->stmt, SELECT_STMT))
        return NULL;
    select = raw->stmt->select_stmt;
    if (select->n_target_list != 1 || select->n_from_clause > 0 || select->where_clause != NULL ||
        select->n_group_clause > 0 || select->n_sort_clause > 0 || select->limit_count != NULL ||
        select->op > PG_QUERY__SET_OPERATION__SETOP_NONE)
        return NULL;
    value = select->target_list[0]->res_target->val;
    if (raw_string(select->target_list[0]->res_target->name) != NULL || !RAW_IS(value, TYPE_CAST))
        return NULL;
    return value->type_cast->type_name;
}

Oid
parser_type_from_string(const char *text, int32 *ret_typmod, bool missing_ok)
{
    const PgQuery__TypeName *name = NULL;

    if (strspn(text, " \t\n\r\f") != strlen(text))
        name = parse_type_text(text);
    if (name == NULL || name->setof)
        ereport(ERROR, (errcode(ERRCODE_SYNTAX_ERROR), errmsg("invalid type name \"%s\"", text)));
    return type_name_oid(NULL, name, ret_typmod, missing_ok);
}

Oid
collation_by_name(ParseState *pstate, RawNode *const *names, size_t count, int location)
{
    const char *schema = count > 1 ? RAW_STRVAL(names[count - 2]) : NULL;
    Oid collation = catalog_collation_find(schema, RAW_STRVAL(names[count - 1]));

    if (!OidIsValid(collation))
        ereport(ERROR, (errcode(ERRCODE_UNDEFINED_OBJECT),
                        errmsg("collation \"%s\" for encoding \"%s\" does not exist",
                               raw_names_text(names, count), "UTF8"),
                        parser_errposition(pstate, location)));
    return collation;
}

/* The declared collation of a column, else its type's. */
Oid
column_def_collation(ParseState *pstate, const PgQuery__ColumnDef *def, Oid type)
{
    Oid typcollation = get_typcollation(type);
    Oid result = typcollation;

    if (def->coll_clause != NULL)
        result = collation_by_name(pstate, def->coll_clause->collname,
                                   def->coll_clause->n_collname, def->coll_clause->location);
    if (OidIsValid(result) && !OidIsValid(typcollation))
        ereport(ERROR, (errcode(ERRCODE_DATATYPE_MISMATCH),
                        errmsg("collations are not supported by type %s", format_type_be(type)),
                        parser_errposition(pstate, def->location)));
    return result;
}

Datum
string_to_datum(Oid type, int32 typmod, const char *text)
{
    Oid input;
    Oid ioparam;

    getTypeInputInfo(type, &input, &ioparam);
    return OidInputFunctionCall(input, (char *) text, ioparam, typmod);
}
