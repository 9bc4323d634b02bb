/*
 * grant.c - GRANT and REVOKE of rights and of role membership
 */
#include "commands_int.h"

static const struct RightName {
    const char *name;
    AclMode right;
} right_names[] = {
    {"insert", ACL_INSERT},         {"select", ACL_SELECT},
    {"update", ACL_UPDATE},         {"delete", ACL_DELETE},
    {"truncate", ACL_TRUNCATE},     {"references", ACL_REFERENCES},
    {"trigger", ACL_TRIGGER},       {"execute", ACL_EXECUTE},
    {"usage", ACL_USAGE},           {"create", ACL_CREATE},
    {"temporary", ACL_CREATE_TEMP}, {"temp", ACL_CREATE_TEMP},
    {"connect", ACL_CONNECT},
};

/* What kind of object is granted on. */
typedef struct GrantKind {
    PgQuery__ObjectType raw;
    ObjectType type;
    Oid classid;
    AclMode all_rights;
    const char *noun;
} GrantKind;

static const GrantKind grant_kinds[] = {
    {PG_QUERY__OBJECT_TYPE__OBJECT_TABLE, OBJECT_TABLE, RelationRelationId,
     ACL_ALL_RIGHTS_RELATION | ACL_ALL_RIGHTS_SEQUENCE, "relation"},
    {PG_QUERY__OBJECT_TYPE__OBJECT_SEQUENCE, OBJECT_SEQUENCE, RelationRelationId,
     ACL_ALL_RIGHTS_SEQUENCE, "sequence"},
    {PG_QUERY__OBJECT_TYPE__OBJECT_DATABASE, OBJECT_DATABASE, DatabaseRelationId,
     ACL_ALL_RIGHTS_DATABASE, "database"},
    {PG_QUERY__OBJECT_TYPE__OBJECT_SCHEMA, OBJECT_SCHEMA, NamespaceRelationId,
     ACL_ALL_RIGHTS_SCHEMA, "schema"},
};

static AclMode
right_of_name(const char *name)
{
    for (size_t i = 0; i < lengthof(right_names); i++)
        if (strcmp(right_names[i].name, name) == 0)
            return right_names[i].right;
    ereport(ERROR, (errcode(ERRCODE_SYNTAX_ERROR),
                    errmsg("unrecognized privilege type \"%s\"", name)));
    return 0;
}

static const char *
name_of_right(AclMode right)
{
    for (size_t i = 0; i < lengthof(right_names); i++)
        if (right_names[i].right == right)
            return right_names[i].name;
    return "?";
}

static List *
grantees_of(const PgQuery__GrantStmt *stmt)
{
    List *grantees = NIL;

    for (size_t i = 0; i < stmt->n_grantees; i++)
        grantees = lappend_oid(grantees, role_of_spec(stmt->grantees[i]->role_spec));
    return grantees;
}

static void
check_right(const GrantKind *kind, AclMode right)
{
    if (right & ~kind->all_rights) {
        const char *name = name_of_right(right);
        char upper[32];

        for (size_t i = 0; i <= strlen(name); i++)
            upper[i] = (char) pg_ascii_toupper((unsigned char) name[i]);
        ereport(ERROR, (errcode(ERRCODE_INVALID_GRANT_OPERATION),
                        errmsg("invalid privilege type %s for %s", upper, kind->noun)));
    }
}

static Oid
object_of(const GrantKind *kind, const RawNode *node)
{
    QualifiedName name;
    Oid oid;
    char relkind;

    if (kind->type == OBJECT_DATABASE)
        return get_database_oid(name_of_node(node).name, false);
    if (kind->type == OBJECT_SCHEMA)
        return get_namespace_oid(name_of_node(node).name, false);
    name = name_of_node(node);
    oid = catalog_relation_lock_by_name(name.schema, name.name, AccessShareLock, false);
    relkind = get_rel_relkind(oid);
    if (relkind == RELKIND_INDEX)
        ereport(ERROR, (errcode(ERRCODE_WRONG_OBJECT_TYPE),
                        errmsg("\"%s\" is an index", name.name)));
    if (relkind == RELKIND_COMPOSITE_TYPE)
        ereport(ERROR, (errcode(ERRCODE_WRONG_OBJECT_TYPE),
                        errmsg("\"%s\" is a composite type", name.name)));
    if (kind->type == OBJECT_SEQUENCE && relkind != RELKIND_SEQUENCE)
        ereport(ERROR, (errcode(ERRCODE_WRONG_OBJECT_TYPE),
                        errmsg("\"%s\" is not a sequence", name.name)));
    return oid;
}

/* OIDs of what the statement names. */
static List *
objects_of(const GrantKind *kind, const PgQuery__GrantStmt *stmt)
{
    List *oids = NIL;

    if (stmt->targtype == PG_QUERY__GRANT_TARGET_TYPE__ACL_TARGET_OBJECT) {
        for (size_t i = 0; i < stmt->n_objects; i++)
            oids = lappend_oid(oids, object_of(kind, stmt->objects[i]));
        return oids;
    }
    for (size_t i = 0; i < stmt->n_objects; i++) {
        Oid schema = LookupExplicitNamespace(name_of_node(stmt->objects[i]).name, false);
        CatalogScan *scan = catalog_scan_begin(RelationRelationId, 0, 0, NULL);
        HeapTuple row;

        while ((row = catalog_scan_next(scan)) != NULL) {
            bool isnull;
            char relkind = DatumGetChar(
                catalog_get(RelationRelationId, row, Anum_pg_class_relkind, &isnull));

            if (catalog_get_oid(RelationRelationId, row, Anum_pg_class_relnamespace) == schema &&
                (kind->type == OBJECT_SEQUENCE
                     ? relkind == RELKIND_SEQUENCE
                     : relkind == RELKIND_RELATION || relkind == RELKIND_VIEW ||
                           relkind == RELKIND_MATVIEW))
                oids = lappend_oid(oids,
                                   catalog_get_oid(RelationRelationId, row, Anum_pg_class_oid));
        }
        catalog_scan_end(scan);
    }
    return oids;
}

static void
grant_columns(const PgQuery__GrantStmt *stmt, const PgQuery__AccessPriv *priv, AclMode right,
              List *oids, List *grantees)
{
    static const AclMode column_rights = ACL_SELECT | ACL_INSERT | ACL_UPDATE | ACL_REFERENCES;
    static const GrantKind column_kind = {.all_rights = ACL_SELECT | ACL_INSERT | ACL_UPDATE |
                                                        ACL_REFERENCES,
                                          .noun = "column"};
    ListCell *cell;

    if (right == ACL_NO_RIGHTS)
        right = column_rights;
    check_right(&column_kind, right);
    foreach (cell, oids)
        for (size_t i = 0; i < priv->n_cols; i++) {
            const char *name = priv->cols[i]->string->sval;
            AttrNumber attnum = get_attnum(lfirst_oid(cell), name);

            if (attnum == InvalidAttrNumber)
                ereport(ERROR, (errcode(ERRCODE_UNDEFINED_COLUMN),
                                errmsg("column \"%s\" of relation \"%s\" does not exist", name,
                                       get_rel_name(lfirst_oid(cell)))));
            catalog_grant(OBJECT_COLUMN, RelationRelationId, lfirst_oid(cell), attnum,
                          stmt->is_grant, right, grantees, stmt->grant_option,
                          drop_behavior(stmt->behavior) == DROP_CASCADE);
            xact_command_counter_increment();
        }
}

void
grant_process(Utility *u)
{
    const PgQuery__GrantStmt *stmt = u->raw->grant_stmt;
    const GrantKind *kind = NULL;
    List *grantees;
    List *oids;
    AclMode rights = ACL_NO_RIGHTS;
    bool whole = stmt->n_privileges == 0;
    ListCell *cell;

    for (size_t i = 0; i < lengthof(grant_kinds); i++)
        if (grant_kinds[i].raw == stmt->objtype)
            kind = &grant_kinds[i];
    if (kind == NULL || stmt->targtype == PG_QUERY__GRANT_TARGET_TYPE__ACL_TARGET_DEFAULTS)
        unsupported(stmt->is_grant ? "GRANT on this kind of object"
                                   : "REVOKE on this kind of object");
    if (stmt->grantor != NULL && role_of_spec(stmt->grantor) != GetUserId())
        ereport(ERROR, (errcode(ERRCODE_FEATURE_NOT_SUPPORTED),
                        errmsg("grantor must be current user")));
    grantees = grantees_of(stmt);
    oids = objects_of(kind, stmt);
    for (size_t i = 0; i < stmt->n_privileges; i++) {
        const PgQuery__AccessPriv *priv = stmt->privileges[i]->access_priv;
        AclMode right = raw_text(priv->priv_name) != NULL ? right_of_name(priv->priv_name) : 0;

        if (priv->n_cols > 0) {
            if (kind->type != OBJECT_TABLE)
                ereport(ERROR, (errcode(ERRCODE_INVALID_GRANT_OPERATION),
                                errmsg("column privileges are only valid for relations")));
            grant_columns(stmt, priv, right, oids, grantees);
            continue;
        }
        check_right(kind, right);
        rights |= right;
        whole = true;
    }
    if (!whole)
        return;
    foreach (cell, oids) {
        Oid oid = lfirst_oid(cell);
        ObjectType type = kind->type;

        if (type == OBJECT_TABLE && get_rel_relkind(oid) == RELKIND_SEQUENCE)
            type = OBJECT_SEQUENCE;
        catalog_grant(type, kind->classid, oid, 0, stmt->is_grant, rights, grantees,
                      stmt->grant_option, drop_behavior(stmt->behavior) == DROP_CASCADE);
        xact_command_counter_increment();
    }
}

/* ---- membership ---- */

static void
check_may_grant_role(Oid role)
{
    const RoleInfo *info = catalog_role(role);

    if (info->rolsuper && !superuser())
        ereport(ERROR, (errcode(ERRCODE_INSUFFICIENT_PRIVILEGE),
                        errmsg("must be superuser to alter superusers")));
    if (superuser() || is_admin_of_role(GetUserId(), role) ||
        catalog_role(GetUserId())->rolcreaterole)
        return;
    ereport(ERROR, (errcode(ERRCODE_INSUFFICIENT_PRIVILEGE),
                    errmsg("must have admin option on role \"%s\"", NameStr(info->rolname))));
}

void
grant_role_process(Utility *u)
{
    const PgQuery__GrantRoleStmt *stmt = u->raw->grant_role_stmt;
    Oid grantor = stmt->grantor != NULL ? role_of_spec(stmt->grantor) : GetUserId();

    for (size_t i = 0; i < stmt->n_granted_roles; i++) {
        const PgQuery__AccessPriv *priv = stmt->granted_roles[i]->access_priv;
        Oid role;

        if (raw_text(priv->priv_name) == NULL || priv->n_cols > 0)
            ereport(ERROR,
                    (errcode(ERRCODE_INVALID_GRANT_OPERATION),
                     errmsg("column names cannot be included in GRANT/REVOKE ROLE")));
        role = get_role_oid(priv->priv_name, false);
        check_may_grant_role(role);
        for (size_t k = 0; k < stmt->n_grantee_roles; k++) {
            Oid member = role_of_spec(stmt->grantee_roles[k]->role_spec);

            if (member == InvalidOid)
                ereport(ERROR, (errcode(ERRCODE_UNDEFINED_OBJECT),
                                errmsg("role \"%s\" does not exist", "public")));
            if (stmt->is_grant)
                catalog_grant_role(role, member, stmt->admin_opt, grantor);
            else
                catalog_revoke_role(role, member, stmt->admin_opt);
            xact_command_counter_increment();
        }
    }
}
