/*
 * deparse_object.c - definitions of indexes, constraints and views, and the SQL functions over them
 */
#include "deparse_int.h"

#include "base/fmgr.h"
#include "base/varlena.h"
#include "catalog/relcache.h"
#include "catalog/rows.h"
#include "error/error.h"
#include "parser/makefuncs.h"
#include "types/array.h"
#include "types/builtins.h"

#define PRETTY(pretty)                                                                             \
    ((pretty) ? PRETTY_FLAG_PAREN | PRETTY_FLAG_INDENT | PRETTY_FLAG_SCHEMA : PRETTY_FLAG_INDENT)

static char *
text_column(Oid catalog, HeapTuple row, AttrNumber attnum)
{
    bool isnull;
    Datum value = catalog_get(catalog, row, attnum, &isnull);

    return isnull ? NULL : TextDatumGetCString(value);
}

static Oid *
oid_vector(Oid catalog, HeapTuple row, AttrNumber attnum, int *ret_count)
{
    bool isnull;
    Datum value = catalog_get(catalog, row, attnum, &isnull);
    Datum *items;
    bool *nulls;
    Oid *result;

    *ret_count = isnull ? 0 : catalog_array_elements(value, OIDOID, &items, &nulls);
    result = palloc0(sizeof(Oid) * (*ret_count + 1));
    for (int i = 0; i < *ret_count; i++)
        result[i] = DatumGetObjectId(items[i]);
    return result;
}

static int
int2_vector(Oid catalog, HeapTuple row, AttrNumber attnum, int16 **ret_values)
{
    bool isnull;
    Datum value = catalog_get(catalog, row, attnum, &isnull);
    Datum *items;
    bool *nulls;
    int count = isnull ? 0 : catalog_array_elements(value, INT2OID, &items, &nulls);

    *ret_values = palloc0(sizeof(int16) * (count + 1));
    for (int i = 0; i < count; i++)
        (*ret_values)[i] = DatumGetInt16(items[i]);
    return count;
}

/* ---- indexes ---------------------------------------------------------------------------------------------- */

typedef struct IndexRow {
    HeapTuple row;
    Oid table;
    int16 *keys;
    Oid *collations;
    Oid *classes;
    int16 *options;
    int natts;
    int nkeyatts;
    List *expressions;
} IndexRow;

static bool
load_index(Oid indexrelid, IndexRow *index)
{
    bool isnull;
    int count;
    char *exprs;

    index->row = catalog_fetch1(IndexRelationId, PG_INDEX_INDEXRELID_INDEX,
                                ObjectIdGetDatum(indexrelid));
    if (index->row == NULL)
        return false;
    index->table = catalog_get_oid(IndexRelationId, index->row, Anum_pg_index_indrelid);
    index->natts = DatumGetInt16(
        catalog_get(IndexRelationId, index->row, Anum_pg_index_indnatts, &isnull));
    index->nkeyatts = DatumGetInt16(
        catalog_get(IndexRelationId, index->row, Anum_pg_index_indnkeyatts, &isnull));
    int2_vector(IndexRelationId, index->row, Anum_pg_index_indkey, &index->keys);
    index->collations = oid_vector(IndexRelationId, index->row, Anum_pg_index_indcollation, &count);
    index->classes = oid_vector(IndexRelationId, index->row, Anum_pg_index_indclass, &count);
    int2_vector(IndexRelationId, index->row, Anum_pg_index_indoption, &index->options);
    exprs = text_column(IndexRelationId, index->row, Anum_pg_index_indexprs);
    index->expressions = exprs == NULL ? NIL : stringToNode(exprs);
    return true;
}

static void
print_opclass(StringInfo buf, Oid opclass, Oid type)
{
    const OpclassInfo *info = catalog_opclass(opclass);
    const OpclassInfo *wanted;

    if (info == NULL)
        elog(ERROR, "cache lookup failed for opclass %u", opclass);
    wanted = OidIsValid(type) ? catalog_opclass_default(type, info->opcmethod) : NULL;
    if (wanted != NULL && wanted->oid == opclass)
        return;
    if (OpclassIsVisible(opclass))
        appendStringInfo(buf, " %s", quote_identifier(NameStr(info->opcname)));
    else
        appendStringInfo(buf, " %s.%s", quote_identifier(get_namespace_name(info->opcnamespace)),
                         quote_identifier(NameStr(info->opcname)));
}

static void
print_index_key(StringInfo buf, IndexRow *index, int column, ListCell **expr, int prettyFlags,
                bool key_only)
{
    AttrNumber attnum = index->keys[column];
    Oid type;
    Oid collation;
    int32 typmod;

    if (attnum != 0)
    {
        appendStringInfoString(buf, quote_identifier(get_attname(index->table, attnum, false)));
        get_atttypetypmodcoll(index->table, attnum, &type, &typmod, &collation);
    }
    else
    {
        Node *node = lfirst(*expr);
        char *text = deparse_text(node, index->table, get_rel_name(index->table), prettyFlags,
                                  false);
        bool call = IsA(node, CoalesceExpr) || IsA(node, MinMaxExpr) || IsA(node, NullIfExpr) ||
                    (IsA(node, FuncExpr) &&
                     ((FuncExpr *) node)->funcformat == COERCE_EXPLICIT_CALL);

        *expr = lnext(index->expressions, *expr);
        appendStringInfo(buf, call ? "%s" : "(%s)", text);
        type = exprType(node);
        collation = exprCollation(node);
    }
    if (key_only || column >= index->nkeyatts)
        return;
    if (OidIsValid(index->collations[column]) && index->collations[column] != collation)
        appendStringInfo(buf, " COLLATE %s", generate_collation_name(index->collations[column]));
    print_opclass(buf, index->classes[column], type);
    if (index->options[column] & INDOPTION_DESC)
    {
        appendStringInfoString(buf, " DESC");
        if (!(index->options[column] & INDOPTION_NULLS_FIRST))
            appendStringInfoString(buf, " NULLS LAST");
    }
    else if (index->options[column] & INDOPTION_NULLS_FIRST)
        appendStringInfoString(buf, " NULLS FIRST");
}

/* name='value' pairs of an object's WITH clause. */
static void
print_options(StringInfo buf, Oid relid)
{
    HeapTuple row = catalog_fetch1(RelationRelationId, PG_CLASS_OID_INDEX, ObjectIdGetDatum(relid));
    bool isnull = true;
    Datum value;
    Datum *items;
    bool *nulls;
    int count;

    if (row == NULL)
        return;
    value = catalog_get(RelationRelationId, row, Anum_pg_class_reloptions, &isnull);
    if (isnull)
        return;
    count = catalog_array_elements(value, TEXTOID, &items, &nulls);
    appendStringInfoString(buf, " WITH (");
    for (int i = 0; i < count; i++)
    {
        char *option = TextDatumGetCString(items[i]);
        char *equals = strchr(option, '=');
        char *setting = "";

        if (equals != NULL)
        {
            *equals = '\0';
            setting = equals + 1;
        }
        appendStringInfo(buf, "%s%s=", i > 0 ? ", " : "", quote_identifier(option));
        if (strcmp(quote_identifier(setting), setting) == 0)
            appendStringInfoString(buf, setting);
        else
            deparse_string_literal(buf, setting);
    }
    appendStringInfoChar(buf, ')');
}

static char *
print_predicate(IndexRow *index, int prettyFlags)
{
    char *text = text_column(IndexRelationId, index->row, Anum_pg_index_indpred);
    Node *node;

    if (text == NULL)
        return NULL;
    node = stringToNode(text);
    if (IsA(node, List))
        node = (Node *) make_ands_explicit((List *) node);
    return deparse_text(node, index->table, get_rel_name(index->table), prettyFlags, false);
}

/* colno 0: the whole definition, else one column. attrs_only: no CREATE INDEX around it. */
static char *
index_text(Oid indexrelid, int colno, int prettyFlags)
{
    IndexRow index;
    StringInfoData buf;
    ListCell *expr;
    bool isnull;
    const char *sep = "";
    Relation rel;
    char *predicate;

    if (!load_index(indexrelid, &index))
        return NULL;
    rel = try_relation_open(indexrelid, AccessShareLock);
    if (rel == NULL)
        return NULL;
    initStringInfo(&buf);
    if (colno == 0)
        appendStringInfo(&buf, "CREATE %sINDEX %s ON %s USING %s (",
                         DatumGetBool(catalog_get(IndexRelationId, index.row,
                                                  Anum_pg_index_indisunique, &isnull))
                             ? "UNIQUE "
                             : "",
                         quote_identifier(RelationGetRelationName(rel)),
                         prettyFlags & PRETTY_FLAG_SCHEMA
                             ? generate_relation_name(index.table)
                             : generate_qualified_relation_name(index.table),
                         quote_identifier(get_am_name(rel->rd_rel->relam)));
    expr = list_head(index.expressions);
    for (int i = 0; i < index.natts; i++)
    {
        StringInfoData key;

        initStringInfo(&key);
        print_index_key(&key, &index, i, &expr, prettyFlags, colno != 0);
        if (colno == i + 1)
            appendStringInfoString(&buf, key.data);
        if (colno != 0)
            continue;
        appendStringInfoString(&buf, i == index.nkeyatts ? ") INCLUDE (" : sep);
        appendStringInfoString(&buf, key.data);
        sep = ", ";
    }
    if (colno == 0)
    {
        appendStringInfoChar(&buf, ')');
        if (DatumGetBool(catalog_get(IndexRelationId, index.row, Anum_pg_index_indnullsnotdistinct,
                                     &isnull)))
            appendStringInfoString(&buf, " NULLS NOT DISTINCT");
        print_options(&buf, indexrelid);
        predicate = print_predicate(&index, prettyFlags);
        if (predicate != NULL)
            appendStringInfo(&buf, " WHERE %s", predicate);
    }
    relation_close(rel, AccessShareLock);
    return buf.data;
}

char *
deparse_index(Oid indexrelid, int colno, bool pretty)
{
    return index_text(indexrelid, colno, PRETTY(pretty));
}

/* ---- constraints --------------------------------------------------------------------------------------------- */

static void
print_columns(StringInfo buf, Oid relid, HeapTuple row, AttrNumber attnum)
{
    int16 *columns;
    int count = int2_vector(ConstraintRelationId, row, attnum, &columns);

    for (int i = 0; i < count; i++)
        appendStringInfo(buf, "%s%s", i > 0 ? ", " : "",
                         quote_identifier(get_attname(relid, columns[i], false)));
}

static char
char_column(HeapTuple row, AttrNumber attnum)
{
    bool isnull;

    return DatumGetChar(catalog_get(ConstraintRelationId, row, attnum, &isnull));
}

static bool
bool_column(HeapTuple row, AttrNumber attnum)
{
    bool isnull;

    return DatumGetBool(catalog_get(ConstraintRelationId, row, attnum, &isnull));
}

static const char *
action_text(char action)
{
    switch (action)
    {
        case 'r':
            return "RESTRICT";
        case 'c':
            return "CASCADE";
        case 'n':
            return "SET NULL";
        case 'd':
            return "SET DEFAULT";
        default:
            return NULL;
    }
}

static void
print_foreign_key(StringInfo buf, HeapTuple row, Oid relid)
{
    Oid other = catalog_get_oid(ConstraintRelationId, row, Anum_pg_constraint_confrelid);
    const char *action;

    appendStringInfoString(buf, "FOREIGN KEY (");
    print_columns(buf, relid, row, Anum_pg_constraint_conkey);
    appendStringInfo(buf, ") REFERENCES %s(",
                     generate_relation_name(other));
    print_columns(buf, other, row, Anum_pg_constraint_confkey);
    appendStringInfoChar(buf, ')');
    if (char_column(row, Anum_pg_constraint_confmatchtype) == 'f')
        appendStringInfoString(buf, " MATCH FULL");
    action = action_text(char_column(row, Anum_pg_constraint_confupdtype));
    if (action != NULL)
        appendStringInfo(buf, " ON UPDATE %s", action);
    action = action_text(char_column(row, Anum_pg_constraint_confdeltype));
    if (action != NULL)
        appendStringInfo(buf, " ON DELETE %s", action);
}

static void
print_key(StringInfo buf, HeapTuple row, Oid relid, bool primary)
{
    Oid index_oid = catalog_get_oid(ConstraintRelationId, row, Anum_pg_constraint_conindid);
    IndexRow index;
    bool isnull;

    appendStringInfoString(buf, primary ? "PRIMARY KEY " : "UNIQUE ");
    if (!load_index(index_oid, &index))
        elog(ERROR, "cache lookup failed for index %u", index_oid);
    if (DatumGetBool(catalog_get(IndexRelationId, index.row, Anum_pg_index_indnullsnotdistinct,
                                 &isnull)))
        appendStringInfoString(buf, "NULLS NOT DISTINCT ");
    appendStringInfoChar(buf, '(');
    print_columns(buf, relid, row, Anum_pg_constraint_conkey);
    appendStringInfoChar(buf, ')');
    for (int i = index.nkeyatts; i < index.natts; i++)
        appendStringInfo(buf, "%s%s", i == index.nkeyatts ? " INCLUDE (" : ", ",
                         quote_identifier(get_attname(relid, index.keys[i], false)));
    if (index.natts > index.nkeyatts)
        appendStringInfoChar(buf, ')');
}

static void
print_check(StringInfo buf, HeapTuple row, Oid relid, int prettyFlags)
{
    char *text = text_column(ConstraintRelationId, row, Anum_pg_constraint_conbin);
    char *condition = deparse_text(stringToNode(text), relid,
                                   OidIsValid(relid) ? get_rel_name(relid) : NULL, prettyFlags,
                                   false);

    appendStringInfo(buf, "CHECK (%s)%s", condition,
                     bool_column(row, Anum_pg_constraint_connoinherit) ? " NO INHERIT" : "");
}

static char *
constraint_text(Oid constraint, int prettyFlags)
{
    HeapTuple row = catalog_fetch1(ConstraintRelationId, PG_CONSTRAINT_OID_INDEX,
                                   ObjectIdGetDatum(constraint));
    StringInfoData buf;
    Oid relid;

    if (row == NULL)
        return NULL;
    relid = catalog_get_oid(ConstraintRelationId, row, Anum_pg_constraint_conrelid);
    initStringInfo(&buf);
    switch (char_column(row, Anum_pg_constraint_contype))
    {
        case 'f':
            print_foreign_key(&buf, row, relid);
            break;
        case 'p':
            print_key(&buf, row, relid, true);
            break;
        case 'u':
            print_key(&buf, row, relid, false);
            break;
        case 'c':
            print_check(&buf, row, relid, prettyFlags);
            break;
        default:
            elog(ERROR, "invalid constraint type \"%c\"",
                 char_column(row, Anum_pg_constraint_contype));
    }
    if (bool_column(row, Anum_pg_constraint_condeferrable))
        appendStringInfoString(&buf, " DEFERRABLE");
    if (bool_column(row, Anum_pg_constraint_condeferred))
        appendStringInfoString(&buf, " INITIALLY DEFERRED");
    if (!bool_column(row, Anum_pg_constraint_convalidated))
        appendStringInfoString(&buf, " NOT VALID");
    return buf.data;
}

char *
deparse_constraint(Oid constraint_oid, bool pretty)
{
    return constraint_text(constraint_oid, PRETTY(pretty));
}

/* ---- views ------------------------------------------------------------------------------------------------------- */

char *
deparse_view(Oid viewoid, bool pretty)
{
    Relation view = try_relation_open(viewoid, AccessShareLock);
    const char *text;
    Node *action;

    if (view == NULL)
        return NULL;
    text = view->rd_rel->relkind == RELKIND_VIEW ? relation_catalog(view)->view_query : NULL;
    action = text == NULL ? NULL : stringToNode(text);
    relation_close(view, AccessShareLock);
    if (action == NULL)
        return NULL;
    if (IsA(action, List))
        action = linitial((List *) action);
    return psprintf("%s;", deparse_query((Query *) action, pretty));
}

/* ---- SQL functions ------------------------------------------------------------------------------------------------- */

static Datum
text_or_null(FunctionCallInfo fcinfo, char *text)
{
    if (text == NULL)
        PG_RETURN_NULL();
    PG_RETURN_TEXT_P(cstring_to_text(text));
}

static bool
any_var_walker(Node *node, void *context)
{
    if (node == NULL)
        return false;
    if (IsA(node, Var))
        return true;
    return expression_tree_walker(node, any_var_walker, context);
}

static char *
expr_text(char *stored, Oid relid, int prettyFlags)
{
    Node *node = stringToNode(stored);
    char *relname = NULL;

    if (IsA(node, Query))
        ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE),
                        errmsg("input is a query, not an expression")));
    if (OidIsValid(relid))
    {
        relname = get_rel_name(relid);
        if (relname == NULL)
            return NULL;
    }
    else if (any_var_walker(node, NULL))
        ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE),
                        errmsg("expression contains variables")));
    if (IsA(node, List) && list_length((List *) node) == 1)
        node = linitial((List *) node);
    return deparse_text(node, relid, relname, prettyFlags, false);
}

#define SQL_FUNCTION(name)                                                                         \
    extern Datum name(PG_FUNCTION_ARGS);                                                           \
    Datum name(PG_FUNCTION_ARGS)

SQL_FUNCTION(pg_get_expr)
{
    return text_or_null(fcinfo, expr_text(text_to_cstring(PG_GETARG_TEXT_PP(0)), PG_GETARG_OID(1),
                                          PRETTY_FLAG_INDENT));
}

SQL_FUNCTION(pg_get_expr_ext)
{
    return text_or_null(fcinfo, expr_text(text_to_cstring(PG_GETARG_TEXT_PP(0)), PG_GETARG_OID(1),
                                          PRETTY(PG_GETARG_BOOL(2))));
}

SQL_FUNCTION(pg_get_indexdef)
{
    return text_or_null(fcinfo, index_text(PG_GETARG_OID(0), 0, PRETTY_FLAG_INDENT));
}

SQL_FUNCTION(pg_get_indexdef_ext)
{
    return text_or_null(fcinfo, index_text(PG_GETARG_OID(0), PG_GETARG_INT32(1),
                                           PRETTY(PG_GETARG_BOOL(2))));
}

SQL_FUNCTION(pg_get_constraintdef)
{
    return text_or_null(fcinfo, constraint_text(PG_GETARG_OID(0), PRETTY_FLAG_INDENT));
}

SQL_FUNCTION(pg_get_constraintdef_ext)
{
    return text_or_null(fcinfo, constraint_text(PG_GETARG_OID(0), PRETTY(PG_GETARG_BOOL(1))));
}

SQL_FUNCTION(pg_get_viewdef)
{
    return text_or_null(fcinfo, deparse_view(PG_GETARG_OID(0), false));
}

SQL_FUNCTION(pg_get_viewdef_ext)
{
    return text_or_null(fcinfo, deparse_view(PG_GETARG_OID(0), PG_GETARG_BOOL(1)));
}

SQL_FUNCTION(pg_get_viewdef_wrap)
{
    return text_or_null(fcinfo, deparse_view(PG_GETARG_OID(0), true));
}

static Oid
relation_of_text(text *name)
{
    Oid input;
    Oid param;

    getTypeInputInfo(REGCLASSOID, &input, &param);
    return DatumGetObjectId(OidInputFunctionCall(input, text_to_cstring(name), param, -1));
}

SQL_FUNCTION(pg_get_viewdef_name)
{
    return text_or_null(fcinfo, deparse_view(relation_of_text(PG_GETARG_TEXT_PP(0)), false));
}

SQL_FUNCTION(pg_get_viewdef_name_ext)
{
    return text_or_null(fcinfo, deparse_view(relation_of_text(PG_GETARG_TEXT_PP(0)),
                                             PG_GETARG_BOOL(1)));
}
