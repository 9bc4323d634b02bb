/*
 * schema.c - CREATE SCHEMA
 */
#include "commands_int.h"

void
create_schema_process(Utility *u)
{
    const PgQuery__CreateSchemaStmt *stmt = u->raw->create_schema_stmt;
    Oid owner = stmt->authrole != NULL ? role_of_spec(stmt->authrole) : GetUserId();
    const char *name = raw_text(stmt->schemaname);

    if (stmt->n_schema_elts > 0)
        unsupported("CREATE SCHEMA with schema elements");
    if (name == NULL)
        name = GetUserNameFromId(owner, false);
    if (pg_database_aclcheck(MyDatabaseId, GetUserId(), ACL_CREATE) != ACLCHECK_OK)
        aclcheck_error(ACLCHECK_NO_PRIV, OBJECT_DATABASE, get_database_name(MyDatabaseId));
    check_is_member_of_role(GetUserId(), owner);
    if (strncmp(name, "pg_", 3) == 0 && !catalog_bootstrapping)
        ereport(ERROR, (errcode(ERRCODE_RESERVED_NAME),
                        errmsg("unacceptable schema name \"%s\"", name),
                        errdetail("The prefix \"pg_\" is reserved for system schemas.")));
    if (stmt->if_not_exists && get_namespace_oid(name, true) != InvalidOid) {
        ereport(NOTICE, (errcode(ERRCODE_DUPLICATE_SCHEMA),
                         errmsg("schema \"%s\" already exists, skipping", name)));
        return;
    }
    (void) catalog_create_namespace(name, owner, InvalidOid);
    xact_command_counter_increment();
}
