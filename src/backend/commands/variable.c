/*
 * variable.c - SET, RESET, SHOW
 */
#include "commands_int.h"

#include "types/builtins.h"

/* SET TIME ZONE INTERVAL '...': the constant goes through interval's input and output. */
static char *
interval_text(const PgQuery__TypeCast *cast)
{
    int32 typmod;
    Oid type = parser_type_lookup(cast->type_name, &typmod, false);
    Oid input;
    Oid param;
    Oid output;
    bool is_varlena;
    Datum value;

    Assert(type == INTERVALOID);
    getTypeInputInfo(type, &input, &param);
    getTypeOutputInfo(type, &output, &is_varlena);
    value = OidInputFunctionCall(input, const_text(cast->arg), param, typmod);
    return psprintf("INTERVAL '%s'", OidOutputFunctionCall(output, value));
}

static List *
arguments_of(const PgQuery__VariableSetStmt *stmt)
{
    List *texts = NIL;

    for (size_t i = 0; i < stmt->n_args; i++) {
        const RawNode *arg = stmt->args[i];

        texts = lappend(texts, RAW_IS(arg, TYPE_CAST) ? interval_text(arg->type_cast)
                                                      : const_text(arg));
    }
    return texts;
}

static void
set_transaction(Utility *u, const PgQuery__VariableSetStmt *stmt)
{
    bool is_session = strcmp(stmt->name, "SESSION CHARACTERISTICS") == 0;

    if (strcmp(stmt->name, "TRANSACTION SNAPSHOT") == 0)
        unsupported("SET TRANSACTION SNAPSHOT");
    if (!is_session)
        xact_warn_no_block(u->is_top_level, "SET TRANSACTION");
    for (size_t i = 0; i < stmt->n_args; i++) {
        const PgQuery__DefElem *option = stmt->args[i]->def_elem;
        const char *name =
            is_session ? psprintf("default_%s", option->defname) : option->defname;

        config_set_statement(name, list_make1(const_text(option->arg)),
                             is_session ? stmt->is_local : true, superuser());
    }
}

void
variable_set_process(Utility *u)
{
    const PgQuery__VariableSetStmt *stmt = u->raw->variable_set_stmt;

    switch (stmt->kind) {
        case PG_QUERY__VARIABLE_SET_KIND__VAR_SET_VALUE:
        case PG_QUERY__VARIABLE_SET_KIND__VAR_SET_CURRENT:
            if (stmt->is_local)
                xact_warn_no_block(u->is_top_level, "SET LOCAL");
            config_set_statement(stmt->name, arguments_of(stmt), stmt->is_local, superuser());
            break;
        case PG_QUERY__VARIABLE_SET_KIND__VAR_SET_MULTI:
            if (strcmp(stmt->name, "TRANSACTION SNAPSHOT") != 0 &&
                strcmp(stmt->name, "TRANSACTION") != 0 &&
                strcmp(stmt->name, "SESSION CHARACTERISTICS") != 0)
                elog(ERROR, "unexpected SET MULTI element: %s", stmt->name);
            set_transaction(u, stmt);
            break;
        case PG_QUERY__VARIABLE_SET_KIND__VAR_SET_DEFAULT:
        case PG_QUERY__VARIABLE_SET_KIND__VAR_RESET:
            if (stmt->is_local)
                xact_warn_no_block(u->is_top_level, "SET LOCAL");
            config_set_statement(stmt->name, NIL, stmt->is_local, superuser());
            break;
        case PG_QUERY__VARIABLE_SET_KIND__VAR_RESET_ALL:
            config_reset_all();
            break;
        default:
            unsupported(u->tag);
    }
}

/* ---- SHOW ---- */

TupleDesc
variable_show_desc(Utility *u)
{
    const char *wanted = u->raw->variable_show_stmt->name;
    const char *name = NULL;
    TupleDesc desc;

    if (strcmp(wanted, "all") == 0) {
        desc = CreateTemplateTupleDesc(3);
        TupleDescInitEntry(desc, 1, "name", TEXTOID, -1, 0);
        TupleDescInitEntry(desc, 2, "setting", TEXTOID, -1, 0);
        TupleDescInitEntry(desc, 3, "description", TEXTOID, -1, 0);
        return desc;
    }
    (void) GetConfigOptionByName(wanted, &name, false);
    desc = CreateTemplateTupleDesc(1);
    TupleDescInitEntry(desc, 1, name, TEXTOID, -1, 0);
    return desc;
}

static void
show_all(RowSender *sender)
{
    ConfigRow row;
    int position = 0;

    while (config_next_row(&position, &row)) {
        bool nulls[3] = {false, row.show_text == NULL, row.short_desc == NULL};
        Datum values[3];

        if (row.flags & GUC_NO_SHOW_ALL)
            continue;
        if ((row.flags & GUC_SUPERUSER_ONLY) && row.setting == NULL)
            continue;
        values[0] = CStringGetTextDatum(row.name);
        values[1] = nulls[1] ? 0 : CStringGetTextDatum(row.show_text);
        values[2] = nulls[2] ? 0 : CStringGetTextDatum(row.short_desc);
        row_sender_add(sender, values, nulls);
    }
}

void
variable_show_process(Utility *u)
{
    const char *wanted = u->raw->variable_show_stmt->name;
    TupleDesc desc = variable_show_desc(u);
    RowSender sender = row_sender_begin(u->dest, desc);

    if (strcmp(wanted, "all") == 0)
        show_all(&sender);
    else {
        char *text = GetConfigOptionByName(wanted, NULL, false);
        Datum value = text != NULL ? CStringGetTextDatum(text) : 0;
        bool isnull = text == NULL;

        row_sender_add(&sender, &value, &isnull);
    }
    row_sender_end(&sender);
}
