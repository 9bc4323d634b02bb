/*
 * database.c - CREATE, ALTER and DROP DATABASE
 */
#include "commands_int.h"

#include "types/encoding.h"

static void
must_have_createdb(const char *what)
{
    if (!superuser() && !catalog_role(GetUserId())->rolcreatedb)
        ereport(ERROR, (errcode(ERRCODE_INSUFFICIENT_PRIVILEGE),
                        errmsg("permission denied to %s database", what)));
}

static void
check_encoding(const PgQuery__DefElem *option)
{
    const char *name = option_string(option);

    if (name == NULL || pg_strcasecmp(name, "utf8") == 0 || pg_strcasecmp(name, "utf-8") == 0 ||
        pg_strcasecmp(name, "unicode") == 0 || strcmp(name, "6") == 0)
        return;
    ereport(ERROR, (errcode(ERRCODE_FEATURE_NOT_SUPPORTED),
                    errmsg("database encoding \"%s\" is not supported", name)));
}

static int32
connection_limit(const PgQuery__DefElem *option)
{
    int32 limit = (int32) option_int(option);

    if (limit < -1)
        ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE),
                        errmsg("invalid connection limit: %d", limit)));
    return limit;
}

static void
read_option(const Utility *u, DatabaseSpec *spec, const PgQuery__DefElem *option)
{
    if (option_is(option, "owner"))
        spec->owner = option_string(option) != NULL
                          ? get_role_oid(option_string(option), false)
                          : GetUserId();
    else if (option_is(option, "template"))
        spec->template_name = option_string(option);
    else if (option_is(option, "encoding"))
        check_encoding(option);
    else if (option_is(option, "locale"))
        spec->collate = spec->ctype = option_string(option);
    else if (option_is(option, "lc_collate"))
        spec->collate = option_string(option);
    else if (option_is(option, "lc_ctype"))
        spec->ctype = option_string(option);
    else if (option_is(option, "is_template"))
        spec->is_template = option_bool(option);
    else if (option_is(option, "allow_connections"))
        spec->allow_connections = option_bool(option);
    else if (option_is(option, "connection_limit"))
        spec->connlimit = connection_limit(option);
    else if (option_is(option, "tablespace")) {
        if (option_string(option) != NULL &&
            get_tablespace_oid(option_string(option), false) != DEFAULTTABLESPACE_OID)
            unsupported("TABLESPACE other than pg_default");
    } else if (option_is(option, "strategy") || option_is(option, "locale_provider") ||
               option_is(option, "icu_locale") || option_is(option, "collation_version") ||
               option_is(option, "oid"))
        ereport(ERROR, (errcode(ERRCODE_FEATURE_NOT_SUPPORTED),
                        errmsg("CREATE DATABASE option \"%s\" is not supported",
                               option->defname)));
    else
        ereport(ERROR, (errcode(ERRCODE_SYNTAX_ERROR),
                        errmsg("option \"%s\" not recognized", option->defname),
                        errposition(commands_position(u->sql, option->location))));
}

void
create_database_process(Utility *u)
{
    const PgQuery__CreatedbStmt *stmt = u->raw->createdb_stmt;
    DatabaseSpec spec = {.name = stmt->dbname,
                         .owner = GetUserId(),
                         .encoding = -1,
                         .allow_connections = true,
                         .connlimit = -1};

    for (size_t i = 0; i < stmt->n_options; i++) {
        for (size_t k = 0; k < i; k++)
            if (option_is(stmt->options[i]->def_elem, stmt->options[k]->def_elem->defname))
                option_conflict(u, stmt->options[i]->def_elem);
        read_option(u, &spec, stmt->options[i]->def_elem);
    }
    must_have_createdb("create");
    check_new_owner(GetUserId(), spec.owner);
    (void) catalog_create_database(&spec);
}

void
drop_database_process(Utility *u)
{
    const PgQuery__DropdbStmt *stmt = u->raw->dropdb_stmt;
    Oid oid = get_database_oid(stmt->dbname, true);
    bool force = false;

    for (size_t i = 0; i < stmt->n_options; i++) {
        const PgQuery__DefElem *option = stmt->options[i]->def_elem;

        if (!option_is(option, "force"))
            ereport(ERROR, (errcode(ERRCODE_SYNTAX_ERROR),
                            errmsg("unrecognized DROP DATABASE option \"%s\"", option->defname),
                            errposition(commands_position(u->sql, option->location))));
        force = true;
    }
    if (oid == InvalidOid) {
        if (!stmt->missing_ok)
            (void) get_database_oid(stmt->dbname, false);
        ereport(NOTICE, (errmsg("database \"%s\" does not exist, skipping", stmt->dbname)));
        return;
    }
    if (!pg_database_ownercheck(oid, GetUserId()))
        aclcheck_error(ACLCHECK_NOT_OWNER, OBJECT_DATABASE, stmt->dbname);
    catalog_drop_database(stmt->dbname, stmt->missing_ok, force);
}

void
alter_database_process(Utility *u)
{
    const PgQuery__AlterDatabaseStmt *stmt = u->raw->alter_database_stmt;
    Oid oid = get_database_oid(stmt->dbname, false);
    bool allow = true;
    bool is_template = false;
    int32 limit = -1;
    const bool *new_allow = NULL;
    const bool *new_template = NULL;
    const int32 *new_limit = NULL;

    if (!pg_database_ownercheck(oid, GetUserId()))
        aclcheck_error(ACLCHECK_NOT_OWNER, OBJECT_DATABASE, stmt->dbname);
    for (size_t i = 0; i < stmt->n_options; i++) {
        const PgQuery__DefElem *option = stmt->options[i]->def_elem;

        if (option_is(option, "is_template")) {
            is_template = option_bool(option);
            new_template = &is_template;
        } else if (option_is(option, "allow_connections")) {
            allow = option_bool(option);
            new_allow = &allow;
        } else if (option_is(option, "connection_limit")) {
            limit = connection_limit(option);
            new_limit = &limit;
        } else if (option_is(option, "tablespace"))
            unsupported("ALTER DATABASE SET TABLESPACE");
        else
            ereport(ERROR, (errcode(ERRCODE_SYNTAX_ERROR),
                            errmsg("option \"%s\" not recognized", option->defname),
                            errposition(commands_position(u->sql, option->location))));
    }
    if (new_allow != NULL && !allow && oid == MyDatabaseId)
        ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE),
                        errmsg("cannot disallow connections for current database")));
    catalog_alter_database(oid, new_allow, new_template, new_limit);
}
