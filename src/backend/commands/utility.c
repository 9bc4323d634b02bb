/*
 * utility.c - one row per kind of utility statement, and what runs them
 *
 * Errors     a kind without a row, or without a handler, answers 0A000 by its command tag.
 */
#include "commands_int.h"

typedef struct UtilityKind {
    PgQuery__Node__NodeCase kind;
    void (*process)(Utility *u);        /* NULL: not supported */
    TupleDesc (*result_desc)(Utility *u); /* NULL: it returns no rows */
    bool read_only_ok;                  /* allowed in a read-only transaction */
    bool no_block;                      /* refused inside a transaction block */
} UtilityKind;

#define CASE(name) PG_QUERY__NODE__NODE_##name

static const UtilityKind kinds[] = {
    {CASE(TRANSACTION_STMT), transaction_process, NULL, true, false},
    {CASE(VARIABLE_SET_STMT), variable_set_process, NULL, true, false},
    {CASE(VARIABLE_SHOW_STMT), variable_show_process, variable_show_desc, true, false},
    {CASE(LOCK_STMT), lock_process, NULL, true, false},
    {CASE(CHECK_POINT_STMT), checkpoint_process, NULL, true, false},
    {CASE(CREATE_STMT), create_table_process, NULL, false, false},
    {CASE(INDEX_STMT), create_index_process, NULL, false, false},
    {CASE(DROP_STMT), drop_process, NULL, false, false},
    {CASE(TRUNCATE_STMT), truncate_process, NULL, false, false},
    {CASE(ALTER_TABLE_STMT), alter_table_process, NULL, false, false},
    {CASE(RENAME_STMT), rename_process, NULL, false, false},
    {CASE(ALTER_OBJECT_SCHEMA_STMT), alter_schema_of_process, NULL, false, false},
    {CASE(ALTER_OWNER_STMT), alter_owner_process, NULL, false, false},
    {CASE(VIEW_STMT), create_view_process, NULL, false, false},
    {CASE(CREATE_TABLE_AS_STMT), create_table_as_process, NULL, false, false},
    {CASE(CREATE_SCHEMA_STMT), create_schema_process, NULL, false, false},
    {CASE(COMMENT_STMT), comment_process, NULL, false, false},
    {CASE(GRANT_STMT), grant_process, NULL, false, false},
    {CASE(GRANT_ROLE_STMT), grant_role_process, NULL, false, false},
    {CASE(CREATE_ROLE_STMT), create_role_process, NULL, false, false},
    {CASE(ALTER_ROLE_STMT), alter_role_process, NULL, false, false},
    {CASE(ALTER_ROLE_SET_STMT), alter_role_set_process, NULL, false, false},
    {CASE(DROP_ROLE_STMT), drop_role_process, NULL, false, false},
    {CASE(CREATEDB_STMT), create_database_process, NULL, false, true},
    {CASE(DROPDB_STMT), drop_database_process, NULL, false, true},
    {CASE(ALTER_DATABASE_STMT), alter_database_process, NULL, false, false},
    {CASE(ALTER_DATABASE_SET_STMT), alter_database_set_process, NULL, false, false},
    {CASE(REINDEX_STMT), reindex_process, NULL, true, false},
    /* COPY FROM asks for a writing transaction itself: only it knows its table. */
    {CASE(COPY_STMT), copy_process, NULL, true, false},
    {CASE(EXPLAIN_STMT), explain_process, explain_result_desc, true, false},
    {CASE(VACUUM_STMT), vacuum_process, NULL, true, false},
    {CASE(ALTER_SYSTEM_STMT), NULL, NULL, true, true},
    {CASE(LISTEN_STMT), NULL, NULL, true, false},
    {CASE(UNLISTEN_STMT), NULL, NULL, true, false},
    {CASE(NOTIFY_STMT), NULL, NULL, true, false},
    {CASE(LOAD_STMT), NULL, NULL, true, false},
    {CASE(CLUSTER_STMT), NULL, NULL, true, false},
    {CASE(DO_STMT), NULL, NULL, true, false},
    {CASE(CALL_STMT), NULL, NULL, true, false},
    {CASE(CONSTRAINTS_SET_STMT), NULL, NULL, true, false},
};

static struct {
    const UtilityHooks *hooks;
    const CopyStream *copy_stream;
} utility;

void
utility_set_hooks(const UtilityHooks *hooks)
{
    utility.hooks = hooks;
}

const UtilityHooks *
utility__hooks(void)
{
    return utility.hooks;
}

void
commands_set_copy_stream(const CopyStream *stream)
{
    utility.copy_stream = stream;
}

const CopyStream *
commands_copy_stream(void)
{
    return utility.copy_stream;
}

void
unsupported(const char *what)
{
    ereport(ERROR, (errcode(ERRCODE_FEATURE_NOT_SUPPORTED), errmsg("%s is not supported", what)));
    pg_unreachable();
}

void
unsupported_plural(const char *what)
{
    ereport(ERROR,
            (errcode(ERRCODE_FEATURE_NOT_SUPPORTED), errmsg("%s are not supported", what)));
    pg_unreachable();
}

static const UtilityKind *
find_kind(const RawNode *raw)
{
    for (size_t i = 0; i < lengthof(kinds); i++)
        if (kinds[i].kind == RAW_KIND(raw))
            return &kinds[i];
    return NULL;
}

static Utility
utility_of(PlannedStmt *statement, const char *sql)
{
    RawStmt raw = {.type = T_RawStmt, .stmt = statement->utilityStmt};

    return (Utility){.statement = statement,
                     .raw = statement->utilityStmt,
                     .sql = sql,
                     .tag = parser_command_tag(&raw)};
}

void
utility_process(PlannedStmt *statement, const char *sql, bool is_top_level, ParamListInfo params,
                DestReceiver *dest, QueryCompletion *ret_completion)
{
    const UtilityKind *kind = find_kind(statement->utilityStmt);
    QueryCompletion ignored;
    Utility u = utility_of(statement, sql);

    check_stack_depth();
    if (ret_completion == NULL) {
        ret_completion = &ignored;
        snprintf(ignored.tag, sizeof(ignored.tag), "%s", u.tag);
    }
    u.is_top_level = is_top_level;
    u.params = params;
    u.dest = dest != NULL ? dest : None_Receiver;
    u.completion = ret_completion;
    utility_check_read_only(statement);
    if (kind != NULL && kind->no_block)
        xact_prevent_in_block(is_top_level, u.tag);
    if (kind == NULL || kind->process == NULL)
        unsupported(u.tag);
    kind->process(&u);
}

TupleDesc
utility_result_desc(PlannedStmt *statement, const char *sql)
{
    const UtilityKind *kind = find_kind(statement->utilityStmt);
    Utility u = utility_of(statement, sql);

    if (kind == NULL || kind->result_desc == NULL)
        return NULL;
    return kind->result_desc(&u);
}

void
utility_check_read_only(PlannedStmt *statement)
{
    const UtilityKind *kind;

    if (!XactReadOnly)
        return;
    kind = find_kind(statement->utilityStmt);
    if (kind == NULL || !kind->read_only_ok)
        xact_prevent_read_only(utility_of(statement, NULL).tag);
}

/* ---- rows of a result ---- */

RowSender
row_sender_begin(DestReceiver *dest, TupleDesc desc)
{
    RowSender sender = {dest, batch_create(desc, BATCH_ROWS_MAX)};

    dest->startup(dest, CMD_UTILITY, desc);
    sender.batch->row_count = 0;
    return sender;
}

static void
flush_rows(RowSender *sender)
{
    Batch *batch = sender->batch;

    if (batch->row_count == 0)
        return;
    batch->sel = NULL;
    batch->sel_count = batch->row_count;
    for (int i = 0; i < batch->column_count; i++)
        batch->columns[i].ready = true;
    sender->dest->receive(sender->dest, batch);
    batch->row_count = 0;
}

void
row_sender_add(RowSender *sender, const Datum *values, const bool *nulls)
{
    Batch *batch = sender->batch;
    int row = batch->row_count++;

    for (int i = 0; i < batch->column_count; i++) {
        batch->columns[i].values[row] = values[i];
        batch->columns[i].nulls[row] = nulls != NULL && nulls[i];
    }
    if (batch->row_count == BATCH_ROWS_MAX)
        flush_rows(sender);
}

void
row_sender_end(RowSender *sender)
{
    flush_rows(sender);
    sender->dest->shutdown(sender->dest);
}

/* ---- start ---- */

static Bitmapset *
stored_expression_columns(const char *serialised)
{
    return serialised == NULL ? NULL : expression_columns(stringToNode(serialised));
}

void
commands_register(void)
{
    if (catalog_expression_columns_hook == NULL)
        catalog_expression_columns_hook = stored_expression_columns;
}
