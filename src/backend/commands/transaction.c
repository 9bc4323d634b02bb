/*
 * transaction.c - BEGIN, COMMIT, ROLLBACK, SAVEPOINT and their kin
 */
#include "commands_int.h"

static void
set_modes(RawNode *const *options, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        const PgQuery__DefElem *option = options[i]->def_elem;

        config_set_statement(option->defname, list_make1(const_text(option->arg)), true,
                             superuser());
    }
}

static void
set_tag(Utility *u, const char *tag)
{
    snprintf(u->completion->tag, sizeof(u->completion->tag), "%s", tag);
}

void
transaction_process(Utility *u)
{
    PgQuery__TransactionStmt *stmt = u->raw->transaction_stmt;

    switch (stmt->kind) {
        case PG_QUERY__TRANSACTION_STMT_KIND__TRANS_STMT_BEGIN:
        case PG_QUERY__TRANSACTION_STMT_KIND__TRANS_STMT_START:
            xact_block_begin();
            set_modes(stmt->options, stmt->n_options);
            break;
        case PG_QUERY__TRANSACTION_STMT_KIND__TRANS_STMT_COMMIT:
            if (!xact_block_commit(stmt->chain))
                set_tag(u, "ROLLBACK");
            break;
        case PG_QUERY__TRANSACTION_STMT_KIND__TRANS_STMT_ROLLBACK:
            xact_block_rollback(stmt->chain);
            break;
        case PG_QUERY__TRANSACTION_STMT_KIND__TRANS_STMT_SAVEPOINT:
            xact_require_block(u->is_top_level, "SAVEPOINT");
            xact_savepoint_define(stmt->savepoint_name);
            break;
        case PG_QUERY__TRANSACTION_STMT_KIND__TRANS_STMT_RELEASE:
            xact_require_block(u->is_top_level, "RELEASE SAVEPOINT");
            xact_savepoint_release(stmt->savepoint_name);
            break;
        case PG_QUERY__TRANSACTION_STMT_KIND__TRANS_STMT_ROLLBACK_TO:
            xact_require_block(u->is_top_level, "ROLLBACK TO SAVEPOINT");
            xact_savepoint_rollback(stmt->savepoint_name);
            break;
        case PG_QUERY__TRANSACTION_STMT_KIND__TRANS_STMT_PREPARE:
            xact_block_prepare(stmt->gid);
        default:
            unsupported(u->tag);
    }
}
