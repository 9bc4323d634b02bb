/*
 * deparse_function.c - how psql and pg_dump ask for functions, sequences and the kinds of objects
 * that this server does not have
 */
#include "deparse_int.h"

#include "base/fmgr.h"
#include "catalog/relcache.h"
#include "catalog/rows.h"
#include "error/error.h"
#include "heap/tupdesc.h"
#include "types/builtins.h"

#define SQL_FUNCTION(name)                                                                         \
    extern Datum name(PG_FUNCTION_ARGS);                                                           \
    Datum name(PG_FUNCTION_ARGS)

static const char *
mode_word(char mode)
{
    switch (mode)
    {
        case 'o':
            return "OUT ";
        case 'b':
            return "INOUT ";
        case 'v':
            return "VARIADIC ";
        default:
            return "";
    }
}

/* Which arguments to list. */
typedef enum ArgumentList {
    ARGUMENTS_ALL,      /* inputs and outputs, with defaults */
    ARGUMENTS_IDENTITY, /* those that make up the function's signature */
    ARGUMENTS_TABLE     /* the columns of RETURNS TABLE */
} ArgumentList;

static int
print_arguments(StringInfo buf, const ProcInfo *proc, ArgumentList what)
{
    ProcOutputs outputs = {proc->pronargs, proc->proargtypes, NULL, NULL};
    int printed = 0;
    int input = 0;

    if (proc->has_out_args)
        catalog_proc_outputs(proc, &outputs);
    for (int i = 0; i < outputs.count; i++)
    {
        char mode = outputs.modes != NULL ? outputs.modes[i] : 'i';
        const char *name = outputs.names != NULL ? outputs.names[i] : "";
        bool is_input = mode == 'i' || mode == 'b' || mode == 'v';
        int input_index = is_input ? input++ : -1;

        if (outputs.modes == NULL && OidIsValid(proc->provariadic) && i == outputs.count - 1)
            mode = 'v';
        if ((mode == 't') != (what == ARGUMENTS_TABLE))
            continue;
        if (what == ARGUMENTS_IDENTITY && mode == 'o' && proc->prokind != PROKIND_PROCEDURE)
            continue;
        if (printed++ > 0)
            appendStringInfoString(buf, ", ");
        appendStringInfoString(buf, mode_word(mode));
        if (name[0] != '\0')
            appendStringInfo(buf, "%s ", quote_identifier(name));
        appendStringInfoString(buf, format_type_be(outputs.types[i]));
        if (what == ARGUMENTS_ALL && is_input &&
            input_index >= proc->pronargs - proc->pronargdefaults)
        {
            const char *text = catalog_proc_default(proc, input_index);

            if (text != NULL && text[0] == '{')
                text = deparse_text(stringToNode(text), InvalidOid, NULL, 0, false);
            if (text != NULL)
                appendStringInfo(buf, " DEFAULT %s", text);
        }
    }
    return printed;
}

SQL_FUNCTION(pg_get_function_arguments)
{
    const ProcInfo *proc = catalog_proc(PG_GETARG_OID(0));
    StringInfoData buf;

    if (proc == NULL)
        PG_RETURN_NULL();
    initStringInfo(&buf);
    print_arguments(&buf, proc, ARGUMENTS_ALL);
    PG_RETURN_TEXT_P(cstring_to_text(buf.data));
}

SQL_FUNCTION(pg_get_function_identity_arguments)
{
    const ProcInfo *proc = catalog_proc(PG_GETARG_OID(0));
    StringInfoData buf;

    if (proc == NULL)
        PG_RETURN_NULL();
    initStringInfo(&buf);
    print_arguments(&buf, proc, ARGUMENTS_IDENTITY);
    PG_RETURN_TEXT_P(cstring_to_text(buf.data));
}

SQL_FUNCTION(pg_get_function_result)
{
    const ProcInfo *proc = catalog_proc(PG_GETARG_OID(0));
    StringInfoData buf;

    if (proc == NULL || proc->prokind == PROKIND_PROCEDURE)
        PG_RETURN_NULL();
    initStringInfo(&buf);
    if (proc->proretset)
    {
        appendStringInfoString(&buf, "TABLE(");
        if (print_arguments(&buf, proc, ARGUMENTS_TABLE) > 0)
        {
            appendStringInfoChar(&buf, ')');
            PG_RETURN_TEXT_P(cstring_to_text(buf.data));
        }
        resetStringInfo(&buf);
        appendStringInfoString(&buf, "SETOF ");
    }
    appendStringInfoString(&buf, format_type_be(proc->prorettype));
    PG_RETURN_TEXT_P(cstring_to_text(buf.data));
}

SQL_FUNCTION(pg_get_function_arg_default)
{
    const ProcInfo *proc = catalog_proc(PG_GETARG_OID(0));
    int index = PG_GETARG_INT32(1) - 1;
    const char *text;

    if (proc == NULL || index < 0 || index >= proc->pronargs)
        PG_RETURN_NULL();
    text = catalog_proc_default(proc, index);
    if (text == NULL)
        PG_RETURN_NULL();
    if (text[0] == '{')
        text = deparse_text(stringToNode(text), InvalidOid, NULL, 0, false);
    PG_RETURN_TEXT_P(cstring_to_text(text));
}

/* The sequence that a column owns, as schema.name. */
SQL_FUNCTION(pg_get_serial_sequence)
{
    char *table = text_to_cstring(PG_GETARG_TEXT_PP(0));
    char *column = text_to_cstring(PG_GETARG_TEXT_PP(1));
    Oid input;
    Oid param;
    Oid relid;
    AttrNumber attnum;
    CatalogScan *scan;
    Datum keys[3];
    HeapTuple row;
    Oid sequence = InvalidOid;

    getTypeInputInfo(REGCLASSOID, &input, &param);
    relid = DatumGetObjectId(OidInputFunctionCall(input, table, param, -1));
    attnum = get_attnum(relid, column);
    if (attnum == InvalidAttrNumber)
        ereport(ERROR, (errcode(ERRCODE_UNDEFINED_COLUMN),
                        errmsg("column \"%s\" of relation \"%s\" does not exist", column,
                               get_rel_name(relid))));
    keys[0] = ObjectIdGetDatum(RelationRelationId);
    keys[1] = ObjectIdGetDatum(relid);
    keys[2] = Int32GetDatum(attnum);
    scan = catalog_scan_begin(DependRelationId, PG_DEPEND_REFERENCE_INDEX, 3, keys);
    while ((row = catalog_scan_next(scan)) != NULL)
    {
        Oid object = catalog_get_oid(DependRelationId, row, Anum_pg_depend_objid);
        bool isnull;
        char type = DatumGetChar(catalog_get(DependRelationId, row, Anum_pg_depend_deptype,
                                             &isnull));

        if (catalog_get_oid(DependRelationId, row, Anum_pg_depend_classid) == RelationRelationId &&
            (type == 'a' || type == 'i') && get_rel_relkind(object) == 'S')
            sequence = object;
    }
    catalog_scan_end(scan);
    if (!OidIsValid(sequence))
        PG_RETURN_NULL();
    PG_RETURN_TEXT_P(cstring_to_text(generate_qualified_relation_name(sequence)));
}

/* "CREATE RULE ..." of a view's rule. */
static Datum
rule_text(FunctionCallInfo fcinfo, bool pretty)
{
    HeapTuple row = catalog_fetch1(RewriteRelationId, PG_REWRITE_OID_INDEX,
                                   ObjectIdGetDatum(PG_GETARG_OID(0)));
    Oid view;
    bool isnull;
    char *body;
    char *relation;
    Datum name;

    if (row == NULL)
        PG_RETURN_NULL();
    view = catalog_get_oid(RewriteRelationId, row, Anum_pg_rewrite_ev_class);
    name = catalog_get(RewriteRelationId, row, Anum_pg_rewrite_rulename, &isnull);
    body = deparse_view(view, pretty);
    if (body == NULL)
        PG_RETURN_NULL();
    relation = pretty ? generate_relation_name(view) : generate_qualified_relation_name(view);
    PG_RETURN_TEXT_P(cstring_to_text(
        psprintf("CREATE RULE %s AS\n    ON SELECT TO %s DO INSTEAD %s",
                 quote_identifier(NameStr(*DatumGetName(name))), relation, body)));
}

SQL_FUNCTION(pg_get_ruledef)
{
    return rule_text(fcinfo, false);
}

SQL_FUNCTION(pg_get_ruledef_ext)
{
    return rule_text(fcinfo, PG_GETARG_BOOL(1));
}

/* Objects of these kinds cannot exist here, and for an oid that is none the answer is NULL. */
#define NO_SUCH_OBJECT(name)                                                                       \
    SQL_FUNCTION(name)                                                                             \
    {                                                                                              \
        PG_RETURN_NULL();                                                                          \
    }

NO_SUCH_OBJECT(pg_get_triggerdef)
NO_SUCH_OBJECT(pg_get_triggerdef_ext)
NO_SUCH_OBJECT(pg_get_partkeydef)
NO_SUCH_OBJECT(pg_get_partition_constraintdef)
NO_SUCH_OBJECT(pg_get_statisticsobjdef)
NO_SUCH_OBJECT(pg_get_statisticsobjdef_columns)
NO_SUCH_OBJECT(pg_get_statisticsobjdef_expressions)
NO_SUCH_OBJECT(pg_get_function_sqlbody)
