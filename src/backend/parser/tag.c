/*
 * tag.c - CommandComplete tags of raw statements
 */
#include "parser/parser.h"

#include "raw_int.h"

typedef struct TagRow {
    PgQuery__Node__NodeCase kind;
    const char *tag;
} TagRow;

#define TAG(kind, tag) {PG_QUERY__NODE__NODE_##kind, tag}

static const TagRow plain_tags[] = {
    TAG(INSERT_STMT, "INSERT"),
    TAG(UPDATE_STMT, "UPDATE"),
    TAG(DELETE_STMT, "DELETE"),
    TAG(MERGE_STMT, "MERGE"),
    TAG(SELECT_STMT, "SELECT"),
    TAG(DECLARE_CURSOR_STMT, "DECLARE CURSOR"),
    TAG(CREATE_STMT, "CREATE TABLE"),
    TAG(CREATE_SCHEMA_STMT, "CREATE SCHEMA"),
    TAG(CREATE_TABLE_SPACE_STMT, "CREATE TABLESPACE"),
    TAG(DROP_TABLE_SPACE_STMT, "DROP TABLESPACE"),
    TAG(ALTER_TABLE_SPACE_OPTIONS_STMT, "ALTER TABLESPACE"),
    TAG(CREATE_EXTENSION_STMT, "CREATE EXTENSION"),
    TAG(ALTER_EXTENSION_STMT, "ALTER EXTENSION"),
    TAG(CREATE_FDW_STMT, "CREATE FOREIGN DATA WRAPPER"),
    TAG(CREATE_FOREIGN_SERVER_STMT, "CREATE SERVER"),
    TAG(CREATE_USER_MAPPING_STMT, "CREATE USER MAPPING"),
    TAG(CREATE_FOREIGN_TABLE_STMT, "CREATE FOREIGN TABLE"),
    TAG(IMPORT_FOREIGN_SCHEMA_STMT, "IMPORT FOREIGN SCHEMA"),
    TAG(TRUNCATE_STMT, "TRUNCATE TABLE"),
    TAG(COMMENT_STMT, "COMMENT"),
    TAG(SEC_LABEL_STMT, "SECURITY LABEL"),
    TAG(COPY_STMT, "COPY"),
    TAG(ALTER_DOMAIN_STMT, "ALTER DOMAIN"),
    TAG(CREATE_FUNCTION_STMT, "CREATE FUNCTION"),
    TAG(ALTER_FUNCTION_STMT, "ALTER FUNCTION"),
    TAG(COMPOSITE_TYPE_STMT, "CREATE TYPE"),
    TAG(CREATE_ENUM_STMT, "CREATE TYPE"),
    TAG(CREATE_RANGE_STMT, "CREATE TYPE"),
    TAG(ALTER_ENUM_STMT, "ALTER TYPE"),
    TAG(VIEW_STMT, "CREATE VIEW"),
    TAG(INDEX_STMT, "CREATE INDEX"),
    TAG(RULE_STMT, "CREATE RULE"),
    TAG(CREATE_SEQ_STMT, "CREATE SEQUENCE"),
    TAG(ALTER_SEQ_STMT, "ALTER SEQUENCE"),
    TAG(DO_STMT, "DO"),
    TAG(CREATEDB_STMT, "CREATE DATABASE"),
    TAG(ALTER_DATABASE_STMT, "ALTER DATABASE"),
    TAG(ALTER_DATABASE_REFRESH_COLL_STMT, "ALTER DATABASE"),
    TAG(ALTER_DATABASE_SET_STMT, "ALTER DATABASE"),
    TAG(DROPDB_STMT, "DROP DATABASE"),
    TAG(NOTIFY_STMT, "NOTIFY"),
    TAG(LISTEN_STMT, "LISTEN"),
    TAG(UNLISTEN_STMT, "UNLISTEN"),
    TAG(LOAD_STMT, "LOAD"),
    TAG(CALL_STMT, "CALL"),
    TAG(CLUSTER_STMT, "CLUSTER"),
    TAG(EXPLAIN_STMT, "EXPLAIN"),
    TAG(REFRESH_MAT_VIEW_STMT, "REFRESH MATERIALIZED VIEW"),
    TAG(ALTER_SYSTEM_STMT, "ALTER SYSTEM"),
    TAG(VARIABLE_SHOW_STMT, "SHOW"),
    TAG(CREATE_TRIG_STMT, "CREATE TRIGGER"),
    TAG(CREATE_EVENT_TRIG_STMT, "CREATE EVENT TRIGGER"),
    TAG(ALTER_EVENT_TRIG_STMT, "ALTER EVENT TRIGGER"),
    TAG(CREATE_PLANG_STMT, "CREATE LANGUAGE"),
    TAG(CREATE_ROLE_STMT, "CREATE ROLE"),
    TAG(ALTER_ROLE_STMT, "ALTER ROLE"),
    TAG(ALTER_ROLE_SET_STMT, "ALTER ROLE"),
    TAG(DROP_ROLE_STMT, "DROP ROLE"),
    TAG(DROP_OWNED_STMT, "DROP OWNED"),
    TAG(REASSIGN_OWNED_STMT, "REASSIGN OWNED"),
    TAG(LOCK_STMT, "LOCK TABLE"),
    TAG(CONSTRAINTS_SET_STMT, "SET CONSTRAINTS"),
    TAG(CHECK_POINT_STMT, "CHECKPOINT"),
    TAG(REINDEX_STMT, "REINDEX"),
    TAG(CREATE_CONVERSION_STMT, "CREATE CONVERSION"),
    TAG(CREATE_CAST_STMT, "CREATE CAST"),
    TAG(CREATE_OP_CLASS_STMT, "CREATE OPERATOR CLASS"),
    TAG(CREATE_OP_FAMILY_STMT, "CREATE OPERATOR FAMILY"),
    TAG(CREATE_DOMAIN_STMT, "CREATE DOMAIN"),
    TAG(CREATE_POLICY_STMT, "CREATE POLICY"),
    TAG(ALTER_POLICY_STMT, "ALTER POLICY"),
    TAG(CREATE_AM_STMT, "CREATE ACCESS METHOD"),
    TAG(CREATE_PUBLICATION_STMT, "CREATE PUBLICATION"),
    TAG(ALTER_PUBLICATION_STMT, "ALTER PUBLICATION"),
    TAG(CREATE_SUBSCRIPTION_STMT, "CREATE SUBSCRIPTION"),
    TAG(ALTER_SUBSCRIPTION_STMT, "ALTER SUBSCRIPTION"),
    TAG(DROP_SUBSCRIPTION_STMT, "DROP SUBSCRIPTION"),
    TAG(CREATE_STATS_STMT, "CREATE STATISTICS"),
    TAG(ALTER_STATS_STMT, "ALTER STATISTICS"),
    TAG(CREATE_TRANSFORM_STMT, "CREATE TRANSFORM"),
    TAG(ALTER_COLLATION_STMT, "ALTER COLLATION"),
    TAG(ALTER_DEFAULT_PRIVILEGES_STMT, "ALTER DEFAULT PRIVILEGES"),
    TAG(DEFINE_STMT, "CREATE"),
    TAG(PREPARE_STMT, "PREPARE"),
    TAG(EXECUTE_STMT, "EXECUTE"),
};

static const struct ObjectTag {
    PgQuery__ObjectType type;
    const char *name;
} object_names[] = {
    {PG_QUERY__OBJECT_TYPE__OBJECT_TABLE, "TABLE"},
    {PG_QUERY__OBJECT_TYPE__OBJECT_COLUMN, "TABLE"},
    {PG_QUERY__OBJECT_TYPE__OBJECT_TABCONSTRAINT, "TABLE"},
    {PG_QUERY__OBJECT_TYPE__OBJECT_SEQUENCE, "SEQUENCE"},
    {PG_QUERY__OBJECT_TYPE__OBJECT_VIEW, "VIEW"},
    {PG_QUERY__OBJECT_TYPE__OBJECT_MATVIEW, "MATERIALIZED VIEW"},
    {PG_QUERY__OBJECT_TYPE__OBJECT_INDEX, "INDEX"},
    {PG_QUERY__OBJECT_TYPE__OBJECT_FOREIGN_TABLE, "FOREIGN TABLE"},
    {PG_QUERY__OBJECT_TYPE__OBJECT_TYPE, "TYPE"},
    {PG_QUERY__OBJECT_TYPE__OBJECT_ATTRIBUTE, "TYPE"},
    {PG_QUERY__OBJECT_TYPE__OBJECT_DOMAIN, "DOMAIN"},
    {PG_QUERY__OBJECT_TYPE__OBJECT_DOMCONSTRAINT, "DOMAIN"},
    {PG_QUERY__OBJECT_TYPE__OBJECT_COLLATION, "COLLATION"},
    {PG_QUERY__OBJECT_TYPE__OBJECT_CONVERSION, "CONVERSION"},
    {PG_QUERY__OBJECT_TYPE__OBJECT_SCHEMA, "SCHEMA"},
    {PG_QUERY__OBJECT_TYPE__OBJECT_DATABASE, "DATABASE"},
    {PG_QUERY__OBJECT_TYPE__OBJECT_TABLESPACE, "TABLESPACE"},
    {PG_QUERY__OBJECT_TYPE__OBJECT_ROLE, "ROLE"},
    {PG_QUERY__OBJECT_TYPE__OBJECT_FUNCTION, "FUNCTION"},
    {PG_QUERY__OBJECT_TYPE__OBJECT_PROCEDURE, "PROCEDURE"},
    {PG_QUERY__OBJECT_TYPE__OBJECT_ROUTINE, "ROUTINE"},
    {PG_QUERY__OBJECT_TYPE__OBJECT_AGGREGATE, "AGGREGATE"},
    {PG_QUERY__OBJECT_TYPE__OBJECT_OPERATOR, "OPERATOR"},
    {PG_QUERY__OBJECT_TYPE__OBJECT_OPCLASS, "OPERATOR CLASS"},
    {PG_QUERY__OBJECT_TYPE__OBJECT_OPFAMILY, "OPERATOR FAMILY"},
    {PG_QUERY__OBJECT_TYPE__OBJECT_CAST, "CAST"},
    {PG_QUERY__OBJECT_TYPE__OBJECT_LANGUAGE, "LANGUAGE"},
    {PG_QUERY__OBJECT_TYPE__OBJECT_EXTENSION, "EXTENSION"},
    {PG_QUERY__OBJECT_TYPE__OBJECT_TRIGGER, "TRIGGER"},
    {PG_QUERY__OBJECT_TYPE__OBJECT_EVENT_TRIGGER, "EVENT TRIGGER"},
    {PG_QUERY__OBJECT_TYPE__OBJECT_RULE, "RULE"},
    {PG_QUERY__OBJECT_TYPE__OBJECT_POLICY, "POLICY"},
    {PG_QUERY__OBJECT_TYPE__OBJECT_PUBLICATION, "PUBLICATION"},
    {PG_QUERY__OBJECT_TYPE__OBJECT_SUBSCRIPTION, "SUBSCRIPTION"},
    {PG_QUERY__OBJECT_TYPE__OBJECT_STATISTIC_EXT, "STATISTICS"},
    {PG_QUERY__OBJECT_TYPE__OBJECT_ACCESS_METHOD, "ACCESS METHOD"},
    {PG_QUERY__OBJECT_TYPE__OBJECT_FOREIGN_SERVER, "SERVER"},
    {PG_QUERY__OBJECT_TYPE__OBJECT_FDW, "FOREIGN DATA WRAPPER"},
    {PG_QUERY__OBJECT_TYPE__OBJECT_TRANSFORM, "TRANSFORM"},
};

/* "VERB OBJECT"; verbs are few, so the texts live in a small table of their own. */
static const char *
object_tag(const char *verb, PgQuery__ObjectType type)
{
    static char texts[3][64][40];
    int row = verb[0] == 'D' ? 0 : verb[0] == 'A' ? 1 : 2;

    for (size_t i = 0; i < lengthof(object_names); i++)
    {
        if (object_names[i].type != type)
            continue;
        if (texts[row][i][0] == '\0')
            snprintf(texts[row][i], sizeof(texts[row][i]), "%s %s", verb, object_names[i].name);
        return texts[row][i];
    }
    return verb;
}

static const char *
transaction_tag(const PgQuery__TransactionStmt *stmt)
{
    switch (stmt->kind)
    {
        case PG_QUERY__TRANSACTION_STMT_KIND__TRANS_STMT_BEGIN:
            return "BEGIN";
        case PG_QUERY__TRANSACTION_STMT_KIND__TRANS_STMT_START:
            return "START TRANSACTION";
        case PG_QUERY__TRANSACTION_STMT_KIND__TRANS_STMT_COMMIT:
            return "COMMIT";
        case PG_QUERY__TRANSACTION_STMT_KIND__TRANS_STMT_ROLLBACK:
        case PG_QUERY__TRANSACTION_STMT_KIND__TRANS_STMT_ROLLBACK_TO:
            return "ROLLBACK";
        case PG_QUERY__TRANSACTION_STMT_KIND__TRANS_STMT_SAVEPOINT:
            return "SAVEPOINT";
        case PG_QUERY__TRANSACTION_STMT_KIND__TRANS_STMT_RELEASE:
            return "RELEASE";
        case PG_QUERY__TRANSACTION_STMT_KIND__TRANS_STMT_PREPARE:
            return "PREPARE TRANSACTION";
        case PG_QUERY__TRANSACTION_STMT_KIND__TRANS_STMT_COMMIT_PREPARED:
            return "COMMIT PREPARED";
        case PG_QUERY__TRANSACTION_STMT_KIND__TRANS_STMT_ROLLBACK_PREPARED:
            return "ROLLBACK PREPARED";
        default:
            return "???";
    }
}

static const char *
discard_tag(const PgQuery__DiscardStmt *stmt)
{
    switch (stmt->target)
    {
        case PG_QUERY__DISCARD_MODE__DISCARD_PLANS:
            return "DISCARD PLANS";
        case PG_QUERY__DISCARD_MODE__DISCARD_SEQUENCES:
            return "DISCARD SEQUENCES";
        case PG_QUERY__DISCARD_MODE__DISCARD_TEMP:
            return "DISCARD TEMP";
        default:
            return "DISCARD ALL";
    }
}

static const char *
select_tag(const PgQuery__SelectStmt *stmt)
{
    if (stmt->into_clause != NULL)
        return "SELECT INTO";
    return "SELECT";
}

const char *
parser_command_tag(const RawStmt *raw)
{
    const RawNode *node = raw->stmt;

    switch (RAW_KIND(node))
    {
        case PG_QUERY__NODE__NODE_SELECT_STMT:
            return select_tag(node->select_stmt);
        case PG_QUERY__NODE__NODE_TRANSACTION_STMT:
            return transaction_tag(node->transaction_stmt);
        case PG_QUERY__NODE__NODE_DROP_STMT:
            return object_tag("DROP", node->drop_stmt->remove_type);
        case PG_QUERY__NODE__NODE_ALTER_TABLE_STMT:
            return object_tag("ALTER", node->alter_table_stmt->objtype);
        case PG_QUERY__NODE__NODE_RENAME_STMT:
            if (node->rename_stmt->rename_type == PG_QUERY__OBJECT_TYPE__OBJECT_COLUMN)
                return object_tag("ALTER", node->rename_stmt->relation_type);
            return object_tag("ALTER", node->rename_stmt->rename_type);
        case PG_QUERY__NODE__NODE_ALTER_OBJECT_SCHEMA_STMT:
            return object_tag("ALTER", node->alter_object_schema_stmt->object_type);
        case PG_QUERY__NODE__NODE_ALTER_OWNER_STMT:
            return object_tag("ALTER", node->alter_owner_stmt->object_type);
        case PG_QUERY__NODE__NODE_DEFINE_STMT:
            return object_tag("CREATE", node->define_stmt->kind);
        case PG_QUERY__NODE__NODE_GRANT_STMT:
            return node->grant_stmt->is_grant ? "GRANT" : "REVOKE";
        case PG_QUERY__NODE__NODE_GRANT_ROLE_STMT:
            return node->grant_role_stmt->is_grant ? "GRANT ROLE" : "REVOKE ROLE";
        case PG_QUERY__NODE__NODE_VARIABLE_SET_STMT:
            return node->variable_set_stmt->kind == PG_QUERY__VARIABLE_SET_KIND__VAR_RESET ||
                           node->variable_set_stmt->kind ==
                               PG_QUERY__VARIABLE_SET_KIND__VAR_RESET_ALL
                       ? "RESET"
                       : "SET";
        case PG_QUERY__NODE__NODE_DISCARD_STMT:
            return discard_tag(node->discard_stmt);
        case PG_QUERY__NODE__NODE_FETCH_STMT:
            return node->fetch_stmt->ismove ? "MOVE" : "FETCH";
        case PG_QUERY__NODE__NODE_CLOSE_PORTAL_STMT:
            return raw_string(node->close_portal_stmt->portalname) == NULL ? "CLOSE CURSOR ALL"
                                                                           : "CLOSE CURSOR";
        case PG_QUERY__NODE__NODE_DEALLOCATE_STMT:
            return raw_string(node->deallocate_stmt->name) == NULL ? "DEALLOCATE ALL"
                                                                   : "DEALLOCATE";
        case PG_QUERY__NODE__NODE_VACUUM_STMT:
            return node->vacuum_stmt->is_vacuumcmd ? "VACUUM" : "ANALYZE";
        case PG_QUERY__NODE__NODE_CREATE_TABLE_AS_STMT:
            if (node->create_table_as_stmt->objtype == PG_QUERY__OBJECT_TYPE__OBJECT_MATVIEW)
                return "CREATE MATERIALIZED VIEW";
            return node->create_table_as_stmt->is_select_into ? "SELECT INTO" : "CREATE TABLE AS";
        default:
            break;
    }
    for (size_t i = 0; i < lengthof(plain_tags); i++)
    {
        if (plain_tags[i].kind == RAW_KIND(node))
            return plain_tags[i].tag;
    }
    return "???";
}
