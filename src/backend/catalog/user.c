/*
 * user.c - the session's and the current user, and memberships among roles
 *
 * Invariant  U1. current is the user whose rights count; outer is what SET ROLE chose, or session;
 *            authenticated never changes.
 */
#include "catalog_int.h"

#define MEMBERSHIP_MAX 4096

static struct {
    Oid authenticated;
    Oid session;
    Oid outer;
    Oid current;
    int sec_context;
    bool session_is_superuser;
    bool role_is_set; /* SET ROLE to other than NONE */
    /* roles_of() of one member, kept until roles change */
    Oid member;
    bool inherit_only;
    Oid *roles;
    int role_count;
    /* superuser_arg()'s last answer */
    Oid superuser_asked;
    bool superuser_answer;
} user;

Oid
GetUserId(void)
{
    return user.current;
}

Oid
GetSessionUserId(void)
{
    return user.session;
}

Oid
GetAuthenticatedUserId(void)
{
    return user.authenticated;
}

Oid
GetOuterUserId(void)
{
    return user.outer;
}

bool
GetSessionUserIsSuperuser(void)
{
    return user.session_is_superuser;
}

static void
tell_is_superuser(bool is_superuser)
{
    SetConfigOption("is_superuser", is_superuser ? "on" : "off", PGC_INTERNAL,
                    PGC_S_DYNAMIC_DEFAULT);
}

void
catalog_set_session_user(Oid role, bool is_superuser)
{
    if (user.authenticated == InvalidOid)
        user.authenticated = role;
    user.session = role;
    user.session_is_superuser = is_superuser;
    user.role_is_set = false;
    user.outer = user.current = role;
    catalog__namespace_invalidate();
    tell_is_superuser(is_superuser);
}

void
catalog_set_current_role(Oid role, bool is_superuser)
{
    user.role_is_set = role != InvalidOid;
    if (!user.role_is_set) {
        role = user.session;
        is_superuser = user.session_is_superuser;
    }
    user.outer = user.current = role;
    catalog__namespace_invalidate();
    tell_is_superuser(is_superuser);
}

void
GetUserIdAndSecContext(Oid *userid, int *sec_context)
{
    *userid = user.current;
    *sec_context = user.sec_context;
}

void
SetUserIdAndSecContext(Oid userid, int sec_context)
{
    user.current = userid;
    user.sec_context = sec_context;
    catalog__namespace_invalidate();
}

/* ---- superusers ---- */

bool
superuser_arg(Oid role)
{
    const RoleInfo *info;

    if (role == user.superuser_asked && role != InvalidOid)
        return user.superuser_answer;
    if (role == BOOTSTRAP_SUPERUSERID && catalog_bootstrapping)
        return true;
    info = catalog_role(role);
    user.superuser_answer = info && info->rolsuper;
    user.superuser_asked = role;
    return user.superuser_answer;
}

bool
superuser(void)
{
    return superuser_arg(user.current);
}

void
catalog__user_invalidate(void)
{
    user.superuser_asked = InvalidOid;
    user.member = InvalidOid;
}

/* ---- memberships ---- */

static void
remember_role(Oid role)
{
    for (int i = 0; i < user.role_count; i++)
        if (user.roles[i] == role)
            return;
    if (user.role_count == MEMBERSHIP_MAX)
        ereport(ERROR, (errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
                        errmsg("a role is a member of more than %d roles", MEMBERSHIP_MAX)));
    user.roles[user.role_count++] = role;
}

/* A database's owner is a member of pg_database_owner. */
static void
add_database_owner(Oid role)
{
    const DatabaseInfo *database;

    if (MyDatabaseId == InvalidOid)
        return;
    database = catalog_database(MyDatabaseId);
    if (database && database->datdba == role)
        remember_role(ROLE_PG_DATABASE_OWNER);
}

static void
add_memberships(Oid role)
{
    Datum key = ObjectIdGetDatum(role);
    CatalogScan *scan =
        catalog_scan_begin(AuthMemRelationId, PG_AUTH_MEMBERS_MEMBER_ROLE_INDEX, 1, &key);
    HeapTuple row;

    while ((row = catalog_scan_next(scan)) != NULL)
        remember_role(catalog_get_oid(AuthMemRelationId, row, Anum_pg_auth_members_roleid));
    catalog_scan_end(scan);
}

static void
load_roles_of(Oid member, bool inherit_only)
{
    if (user.member == member && user.inherit_only == inherit_only)
        return;
    if (user.roles == NULL)
        user.roles = MemoryContextAlloc(TopMemoryContext, sizeof(Oid) * MEMBERSHIP_MAX);
    user.member = InvalidOid;
    user.role_count = 0;
    remember_role(member);
    for (int i = 0; i < user.role_count; i++) {
        const RoleInfo *info = catalog_role(user.roles[i]);

        if (inherit_only && info && !info->rolinherit)
            continue;
        add_memberships(user.roles[i]);
        add_database_owner(user.roles[i]);
    }
    user.member = member;
    user.inherit_only = inherit_only;
}

static bool
is_among_roles(Oid member, Oid role, bool inherit_only)
{
    load_roles_of(member, inherit_only);
    for (int i = 0; i < user.role_count; i++)
        if (user.roles[i] == role)
            return true;
    return false;
}

bool
has_privs_of_role(Oid member, Oid role)
{
    if (member == role || superuser_arg(member))
        return true;
    return is_among_roles(member, role, true);
}

bool
is_member_of_role_nosuper(Oid member, Oid role)
{
    return member == role || is_among_roles(member, role, false);
}

bool
is_member_of_role(Oid member, Oid role)
{
    return member == role || superuser_arg(member) || is_among_roles(member, role, false);
}

/* Direct grants WITH ADMIN OPTION to member, or to a role that member is in. */
bool
is_admin_of_role(Oid member, Oid role)
{
    Datum key = ObjectIdGetDatum(role);
    CatalogScan *scan;
    HeapTuple row;
    bool is_admin = false;

    if (superuser_arg(member))
        return true;
    if (member == role)
        return false;
    scan = catalog_scan_begin(AuthMemRelationId, PG_AUTH_MEMBERS_ROLE_MEMBER_INDEX, 1, &key);
    while (!is_admin && (row = catalog_scan_next(scan)) != NULL) {
        bool isnull;
        bool option = DatumGetBool(
            catalog_get(AuthMemRelationId, row, Anum_pg_auth_members_admin_option, &isnull));
        Oid holder = catalog_get_oid(AuthMemRelationId, row, Anum_pg_auth_members_member);

        is_admin = option && is_member_of_role_nosuper(member, holder);
    }
    catalog_scan_end(scan);
    return is_admin;
}

void
check_is_member_of_role(Oid member, Oid role)
{
    if (!is_member_of_role(member, role))
        ereport(ERROR, (errcode(ERRCODE_INSUFFICIENT_PRIVILEGE),
                        errmsg("must be member of role \"%s\"", GetUserNameFromId(role, false))));
}

/* ---- SET ROLE, SET SESSION AUTHORIZATION ---- */

typedef struct RoleChoice {
    Oid role;
    bool is_superuser;
} RoleChoice;

static bool
choose(const char *name, void **extra, bool (*allowed)(Oid role), const char *refusal)
{
    const RoleInfo *info = NULL;
    RoleChoice *choice;

    if (xact_is_active())
        info = catalog_role_by_name(name);
    if (info == NULL) {
        GUC_check_errcode(ERRCODE_UNDEFINED_OBJECT);
        GUC_check_errmsg("role \"%s\" does not exist", name);
        return false;
    }
    if (!allowed(info->oid)) {
        GUC_check_errcode(ERRCODE_INSUFFICIENT_PRIVILEGE);
        GUC_check_errmsg(refusal, name);
        return false;
    }
    choice = guc_malloc(LOG, sizeof(*choice));
    if (choice == NULL)
        return false;
    choice->role = info->oid;
    choice->is_superuser = info->rolsuper;
    *extra = choice;
    return true;
}

static bool
may_set_role(Oid role)
{
    return is_member_of_role(user.session, role);
}

static bool
may_set_session(Oid role)
{
    return role == user.authenticated || superuser_arg(user.authenticated);
}

static bool
check_role(char **newval, void **extra, GucSource source)
{
    if (*newval == NULL || strcmp(*newval, "none") == 0) {
        RoleChoice *choice = guc_malloc(LOG, sizeof(*choice));

        if (choice == NULL)
            return false;
        choice->role = InvalidOid;
        choice->is_superuser = user.session_is_superuser;
        *extra = choice;
        return true;
    }
    return choose(*newval, extra, may_set_role, "permission denied to set role \"%s\"");
}

static void
assign_role(const char *newval, void *extra)
{
    RoleChoice *choice = extra;

    if (choice && user.session != InvalidOid)
        catalog_set_current_role(choice->role, choice->is_superuser);
}

static const char *
show_role(void)
{
    return user.role_is_set && role_string ? role_string : "none";
}

static bool
check_session_authorization(char **newval, void **extra, GucSource source)
{
    if (*newval == NULL)
        return true;
    return choose(*newval, extra, may_set_session,
                  "permission denied to set session authorization");
}

static void
assign_session_authorization(const char *newval, void *extra)
{
    RoleChoice *choice = extra;

    if (choice)
        catalog_set_session_user(choice->role, choice->is_superuser);
}

static bool
user_is_superuser(void)
{
    return user.current == InvalidOid || superuser();
}

void
catalog__user_start(void)
{
    user.current = user.outer = user.session = BOOTSTRAP_SUPERUSERID;
    CONFIG_SET_HOOKS("role", check_role, assign_role, show_role);
    CONFIG_SET_HOOKS("session_authorization", check_session_authorization,
                     assign_session_authorization, NULL);
    config_is_superuser_hook = user_is_superuser;
}
