/*
 * role.c - CREATE, ALTER and DROP ROLE (USER, GROUP), and their settings
 */
#include "commands_int.h"

#include "password.h"

/* A role's options as a statement gives them. */
typedef struct RoleOptions {
    RoleSpec spec;
    bool password_given;
    bool superuser_given;
    bool other_given; /* anything that needs CREATEROLE */
    bool replication_given, bypassrls_given;
    const PgQuery__Node *add_to, *role_members, *admin_members;
    List *seen; /* option names */
} RoleOptions;

static TimestampTz
parse_valid_until(const char *value)
{
    Oid input;
    Oid param;

    getTypeInputInfo(TIMESTAMPTZOID, &input, &param);
    return DatumGetInt64(OidInputFunctionCall(input, pstrdup(value), param, -1));
}

static void
set_password(RoleOptions *options, const PgQuery__DefElem *option)
{
    const char *password = option_string(option);

    options->password_given = true;
    options->spec.password = NULL;
    if (password == NULL)
        return;
    if (*password == '\0') {
        ereport(NOTICE, (errmsg("empty string is not a valid password, clearing password")));
        return;
    }
    options->spec.password = password_make_verifier(password);
}

static void
read_option(const Utility *u, RoleOptions *options, const PgQuery__DefElem *option)
{
    RoleSpec *spec = &options->spec;
    ListCell *cell;

    foreach (cell, options->seen)
        if (option_is(option, lfirst(cell)))
            option_conflict(u, option);
    options->seen = lappend(options->seen, option->defname);
    if (option_is(option, "password")) {
        set_password(options, option);
        return;
    }
    options->other_given = true;
    if (option_is(option, "superuser")) {
        spec->superuser = option_bool(option);
        options->superuser_given = true;
    } else if (option_is(option, "inherit"))
        spec->inherit = option_bool(option);
    else if (option_is(option, "createrole"))
        spec->createrole = option_bool(option);
    else if (option_is(option, "createdb"))
        spec->createdb = option_bool(option);
    else if (option_is(option, "canlogin"))
        spec->login = option_bool(option);
    else if (option_is(option, "isreplication")) {
        spec->replication = option_bool(option);
        options->replication_given = true;
    } else if (option_is(option, "bypassrls")) {
        spec->bypassrls = option_bool(option);
        options->bypassrls_given = true;
    } else if (option_is(option, "connectionlimit")) {
        spec->connlimit = (int32) option_int(option);
        if (spec->connlimit < -1)
            ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE),
                            errmsg("invalid connection limit: %d", spec->connlimit)));
    } else if (option_is(option, "validUntil")) {
        spec->validuntil = parse_valid_until(option_string(option));
        spec->validuntil_is_set = true;
    } else if (option_is(option, "sysid"))
        ereport(NOTICE, (errmsg("SYSID can no longer be specified")));
    else if (option_is(option, "addroleto"))
        options->add_to = option->arg;
    else if (option_is(option, "rolemembers"))
        options->role_members = option->arg;
    else if (option_is(option, "adminmembers"))
        options->admin_members = option->arg;
    else
        elog(ERROR, "option \"%s\" not recognized", option->defname);
}

static bool
may_create_roles(void)
{
    return superuser() || catalog_role(GetUserId())->rolcreaterole;
}

static void
must_be_superuser(const char *what)
{
    if (!superuser())
        ereport(ERROR, (errcode(ERRCODE_INSUFFICIENT_PRIVILEGE), errmsg("%s", what)));
}

static void
grant_to_each(Oid role, const PgQuery__Node *members, bool admin_option, bool is_reverse)
{
    if (!RAW_IS(members, LIST))
        return;
    for (size_t i = 0; i < members->list->n_items; i++) {
        Oid other = role_of_spec(members->list->items[i]->role_spec);

        if (is_reverse)
            catalog_grant_role(other, role, admin_option, GetUserId());
        else
            catalog_grant_role(role, other, admin_option, GetUserId());
    }
}

static void
check_role_name(const Utility *u, const char *name)
{
    (void) u;
    if (strncmp(name, "pg_", 3) == 0 && !catalog_bootstrapping)
        ereport(ERROR, (errcode(ERRCODE_RESERVED_NAME),
                        errmsg("role name \"%s\" is reserved", name),
                        errdetail("Role names starting with \"pg_\" are reserved.")));
}

void
create_role_process(Utility *u)
{
    const PgQuery__CreateRoleStmt *stmt = u->raw->create_role_stmt;
    RoleOptions options = {.spec = {.name = stmt->role, .inherit = true, .connlimit = -1}};
    Oid role;

    options.spec.login = stmt->stmt_type == PG_QUERY__ROLE_STMT_TYPE__ROLESTMT_USER;
    for (size_t i = 0; i < stmt->n_options; i++)
        read_option(u, &options, stmt->options[i]->def_elem);
    if (options.spec.superuser)
        must_be_superuser("must be superuser to create superusers");
    else if (options.spec.replication)
        must_be_superuser("must be superuser to create replication users");
    else if (options.spec.bypassrls)
        must_be_superuser("must be superuser to create bypassrls users");
    else if (!may_create_roles())
        ereport(ERROR, (errcode(ERRCODE_INSUFFICIENT_PRIVILEGE),
                        errmsg("permission denied to create role")));
    check_role_name(u, stmt->role);
    role = catalog_create_role(&options.spec);
    xact_command_counter_increment();
    grant_to_each(role, options.add_to, false, true);
    grant_to_each(role, options.role_members, false, false);
    grant_to_each(role, options.admin_members, true, false);
}

static RoleSpec
spec_of(const RoleInfo *role)
{
    return (RoleSpec){
        .name = pstrdup(NameStr(role->rolname)),
        .superuser = role->rolsuper,
        .inherit = role->rolinherit,
        .createrole = role->rolcreaterole,
        .createdb = role->rolcreatedb,
        .login = role->rolcanlogin,
        .replication = role->rolreplication,
        .bypassrls = role->rolbypassrls,
        .connlimit = role->rolconnlimit,
        .password = role->rolpassword != NULL ? pstrdup(role->rolpassword) : NULL,
        .validuntil_is_set = role->rolvaliduntil_is_set,
        .validuntil = role->rolvaliduntil,
    };
}

static Oid
named_role(const PgQuery__RoleSpec *spec)
{
    if (spec->roletype == PG_QUERY__ROLE_SPEC_TYPE__ROLESPEC_PUBLIC)
        ereport(ERROR, (errcode(ERRCODE_UNDEFINED_OBJECT),
                        errmsg("role \"%s\" does not exist", "public")));
    return role_of_spec(spec);
}

static void
change_members(Oid role, const PgQuery__Node *members, int action)
{
    if (action > 0) {
        grant_to_each(role, members, false, false);
        return;
    }
    for (size_t i = 0; RAW_IS(members, LIST) && i < members->list->n_items; i++)
        catalog_revoke_role(role, role_of_spec(members->list->items[i]->role_spec), false);
}

void
alter_role_process(Utility *u)
{
    const PgQuery__AlterRoleStmt *stmt = u->raw->alter_role_stmt;
    Oid oid = named_role(stmt->role);
    const RoleInfo *role = catalog_role(oid);
    bool was_superuser = role->rolsuper;
    RoleOptions options = {.spec = spec_of(role)};
    bool was_replication = role->rolreplication;

    for (size_t i = 0; i < stmt->n_options; i++)
        read_option(u, &options, stmt->options[i]->def_elem);
    if (was_superuser || options.superuser_given)
        must_be_superuser("must be superuser to alter superuser roles or change superuser "
                          "attribute");
    else if (was_replication || options.replication_given)
        must_be_superuser("must be superuser to alter replication roles or change replication "
                          "attribute");
    else if (options.bypassrls_given)
        must_be_superuser("must be superuser to change bypassrls attribute");
    else if (!may_create_roles() && (options.other_given || oid != GetUserId()))
        ereport(ERROR, (errcode(ERRCODE_INSUFFICIENT_PRIVILEGE), errmsg("permission denied")));
    catalog_alter_role(oid, &options.spec);
    xact_command_counter_increment();
    change_members(oid, options.role_members, stmt->action);
}

/* ---- settings ---- */

static const char *
setting_value(const PgQuery__VariableSetStmt *set)
{
    List *texts = NIL;

    if (set->kind == PG_QUERY__VARIABLE_SET_KIND__VAR_SET_CURRENT)
        return GetConfigOption(set->name, false, true);
    if (set->kind != PG_QUERY__VARIABLE_SET_KIND__VAR_SET_VALUE)
        return NULL;
    for (size_t i = 0; i < set->n_args; i++)
        texts = lappend(texts, const_text(set->args[i]));
    return flatten_set_variable_args(set->name, texts);
}

static void
store_setting(Oid database, Oid role, const PgQuery__VariableSetStmt *set)
{
    const char *value;

    if (set->kind == PG_QUERY__VARIABLE_SET_KIND__VAR_RESET_ALL) {
        catalog_set_role_setting(database, role, NULL, NULL);
        return;
    }
    value = setting_value(set);
    if (value != NULL) /* only a try: is it a good value, and may the user set it? */
        (void) set_config_option(set->name, value, superuser() ? PGC_SUSET : PGC_USERSET,
                                 PGC_S_TEST, GUC_ACTION_SET, false, 0, false);
    catalog_set_role_setting(database, role, set->name, value);
}

void
alter_role_set_process(Utility *u)
{
    const PgQuery__AlterRoleSetStmt *stmt = u->raw->alter_role_set_stmt;
    const char *database = NULL;
    Oid role = InvalidOid;

    database = raw_text(stmt->database);
    if (stmt->role != NULL) {
        const RoleInfo *info = catalog_role(role = named_role(stmt->role));

        if (info->rolsuper)
            must_be_superuser("must be superuser to alter superusers");
        else if (!may_create_roles() && role != GetUserId())
            ereport(ERROR,
                    (errcode(ERRCODE_INSUFFICIENT_PRIVILEGE), errmsg("permission denied")));
    } else
        must_be_superuser("must be superuser to alter settings globally");
    store_setting(database != NULL ? get_database_oid(database, false) : InvalidOid, role,
                  stmt->setstmt);
}

void
alter_database_set_process(Utility *u)
{
    const PgQuery__AlterDatabaseSetStmt *stmt = u->raw->alter_database_set_stmt;
    Oid database = get_database_oid(stmt->dbname, false);

    if (!pg_database_ownercheck(database, GetUserId()))
        aclcheck_error(ACLCHECK_NOT_OWNER, OBJECT_DATABASE, stmt->dbname);
    store_setting(database, InvalidOid, stmt->setstmt);
}

/* ---- DROP ROLE ---- */

static void
drop_one(const PgQuery__RoleSpec *spec, bool missing_ok)
{
    const RoleInfo *role;

    if (spec->roletype != PG_QUERY__ROLE_SPEC_TYPE__ROLESPEC_CSTRING)
        ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE),
                        errmsg("cannot use special role specifier in DROP ROLE")));
    role = catalog_role_by_name(spec->rolename);
    if (role == NULL) {
        if (!missing_ok)
            (void) get_role_oid(spec->rolename, false);
        ereport(NOTICE, (errmsg("role \"%s\" does not exist, skipping", spec->rolename)));
        return;
    }
    if (role->rolsuper && !superuser())
        ereport(ERROR, (errcode(ERRCODE_INSUFFICIENT_PRIVILEGE),
                        errmsg("must be superuser to drop superusers")));
    catalog_drop_role(role->oid);
    xact_command_counter_increment();
}

void
drop_role_process(Utility *u)
{
    const PgQuery__DropRoleStmt *stmt = u->raw->drop_role_stmt;

    if (!may_create_roles())
        ereport(ERROR, (errcode(ERRCODE_INSUFFICIENT_PRIVILEGE),
                        errmsg("permission denied to drop role")));
    for (size_t i = 0; i < stmt->n_roles; i++)
        drop_one(stmt->roles[i]->role_spec, stmt->missing_ok);
}
