/*
 * objects.c - schemas, roles and their settings, comments, parameters of sequences
 */
#include "catalog_int.h"

#define CHANGE(table, name, datum) ((ColumnChange){Anum_##table##_##name, (datum), false})

static void
check_not_reserved(const char *name, bool is_role)
{
    if (strncmp(name, "pg_", 3) != 0 || allowSystemTableMods || catalog_bootstrapping)
        return;
    if (is_role)
        ereport(ERROR, (errcode(ERRCODE_RESERVED_NAME),
                        errmsg("role name \"%s\" is reserved", name),
                        errdetail("Role names starting with \"pg_\" are reserved.")));
    ereport(ERROR, (errcode(ERRCODE_RESERVED_NAME),
                    errmsg("unacceptable schema name \"%s\"", name),
                    errdetail("The prefix \"pg_\" is reserved for system schemas.")));
}

/* ---- schemas ---- */

static void
check_schema_name_free(const char *name)
{
    check_not_reserved(name, false);
    if (get_namespace_oid(name, true) != InvalidOid)
        ereport(ERROR, (errcode(ERRCODE_DUPLICATE_SCHEMA),
                        errmsg("schema \"%s\" already exists", name)));
}

Oid
catalog_create_namespace(const char *name, Oid owner, Oid oid)
{
    Relation rel;
    Datum values[Natts_pg_namespace] = {0};
    bool nulls[Natts_pg_namespace] = {false};

    check_schema_name_free(name);
    rel = relation_open(NamespaceRelationId, RowExclusiveLock);
    if (oid == InvalidOid)
        oid = catalog_new_oid(rel, PG_NAMESPACE_OID_INDEX);
    values[Anum_pg_namespace_oid - 1] = ObjectIdGetDatum(oid);
    values[Anum_pg_namespace_nspname - 1] = catalog__name(name);
    values[Anum_pg_namespace_nspowner - 1] = ObjectIdGetDatum(owner);
    nulls[Anum_pg_namespace_nspacl - 1] = true;
    catalog_insert_row(rel, values, nulls);
    relation_close(rel, RowExclusiveLock);
    recordDependencyOnOwner(NamespaceRelationId, oid, owner);
    xact_command_counter_increment();
    return oid;
}

void
catalog_rename_namespace(const char *old_name, const char *new_name)
{
    Datum key = ObjectIdGetDatum(get_namespace_oid(old_name, false));

    check_schema_name_free(new_name);
    catalog__change_row(NamespaceRelationId, PG_NAMESPACE_OID_INDEX, 1, &key, 1,
                        &CHANGE(pg_namespace, nspname, catalog__name(new_name)));
}

void
catalog_set_namespace_owner(Oid namespace_oid, Oid owner)
{
    Datum key = ObjectIdGetDatum(namespace_oid);

    catalog__change_row(NamespaceRelationId, PG_NAMESPACE_OID_INDEX, 1, &key, 1,
                        &CHANGE(pg_namespace, nspowner, ObjectIdGetDatum(owner)));
    changeDependencyOnOwner(NamespaceRelationId, namespace_oid, owner);
}

/* ---- roles ---- */

static void
fill_role(const RoleSpec *spec, Datum *values, bool *nulls)
{
    values[Anum_pg_authid_rolsuper - 1] = BoolGetDatum(spec->superuser);
    values[Anum_pg_authid_rolinherit - 1] = BoolGetDatum(spec->inherit);
    values[Anum_pg_authid_rolcreaterole - 1] = BoolGetDatum(spec->createrole);
    values[Anum_pg_authid_rolcreatedb - 1] = BoolGetDatum(spec->createdb);
    values[Anum_pg_authid_rolcanlogin - 1] = BoolGetDatum(spec->login);
    values[Anum_pg_authid_rolreplication - 1] = BoolGetDatum(spec->replication);
    values[Anum_pg_authid_rolbypassrls - 1] = BoolGetDatum(spec->bypassrls);
    values[Anum_pg_authid_rolconnlimit - 1] = Int32GetDatum(spec->connlimit);
    nulls[Anum_pg_authid_rolpassword - 1] = spec->password == NULL;
    if (spec->password)
        values[Anum_pg_authid_rolpassword - 1] = catalog__text(spec->password);
    nulls[Anum_pg_authid_rolvaliduntil - 1] = !spec->validuntil_is_set;
    values[Anum_pg_authid_rolvaliduntil - 1] = TimestampTzGetDatum(spec->validuntil);
}

static void
check_role_name_free(const char *name)
{
    check_not_reserved(name, true);
    if (strcmp(name, "public") == 0 || strcmp(name, "none") == 0)
        ereport(ERROR, (errcode(ERRCODE_RESERVED_NAME),
                        errmsg("role name \"%s\" is reserved", name)));
    if (get_role_oid(name, true) != InvalidOid)
        ereport(ERROR,
                (errcode(ERRCODE_DUPLICATE_OBJECT), errmsg("role \"%s\" already exists", name)));
}

Oid
catalog_create_role(const RoleSpec *spec)
{
    Relation rel;
    Datum values[Natts_pg_authid] = {0};
    bool nulls[Natts_pg_authid] = {false};
    Oid oid;

    check_role_name_free(spec->name);
    rel = relation_open(AuthIdRelationId, RowExclusiveLock);
    oid = catalog_new_oid(rel, PG_AUTHID_OID_INDEX);
    values[Anum_pg_authid_oid - 1] = ObjectIdGetDatum(oid);
    values[Anum_pg_authid_rolname - 1] = catalog__name(spec->name);
    fill_role(spec, values, nulls);
    catalog_insert_row(rel, values, nulls);
    relation_close(rel, NoLock);
    xact_command_counter_increment();
    return oid;
}

void
catalog_alter_role(Oid role, const RoleSpec *spec)
{
    Relation rel = relation_open(AuthIdRelationId, RowExclusiveLock);
    HeapTuple row = catalog_fetch1(AuthIdRelationId, PG_AUTHID_OID_INDEX, ObjectIdGetDatum(role));
    Datum values[Natts_pg_authid];
    bool nulls[Natts_pg_authid];
    bool replace[Natts_pg_authid];

    if (row == NULL)
        elog(ERROR, "cache lookup failed for role %u", role);
    heap_deform_tuple(row, rel->rd_att, values, nulls);
    fill_role(spec, values, nulls);
    memset(replace, true, sizeof(replace));
    catalog_update_row(rel, row, values, nulls, replace);
    relation_close(rel, NoLock);
}

void
catalog_rename_role(const char *old_name, const char *new_name)
{
    Oid role = get_role_oid(old_name, false);
    Datum key = ObjectIdGetDatum(role);

    check_not_reserved(old_name, true);
    if (role == GetSessionUserId())
        ereport(ERROR, (errcode(ERRCODE_FEATURE_NOT_SUPPORTED),
                        errmsg("session user cannot be renamed")));
    check_role_name_free(new_name);
    catalog__change_row(AuthIdRelationId, PG_AUTHID_OID_INDEX, 1, &key, 1,
                        &CHANGE(pg_authid, rolname, catalog__name(new_name)));
}

static void
delete_memberships(Oid role, Oid index)
{
    Relation rel = relation_open(AuthMemRelationId, RowExclusiveLock);
    Datum key = ObjectIdGetDatum(role);
    CatalogScan *scan = catalog_scan_begin(AuthMemRelationId, index, 1, &key);
    HeapTuple row;

    while ((row = catalog_scan_next(scan)) != NULL)
        catalog_delete_row(rel, row);
    catalog_scan_end(scan);
    relation_close(rel, NoLock);
    xact_command_counter_increment();
}

void
catalog_drop_role(Oid role)
{
    char *name = GetUserNameFromId(role, false);
    char *detail;
    Relation rel;
    HeapTuple row;

    if (role == GetUserId() || role == GetOuterUserId())
        ereport(ERROR,
                (errcode(ERRCODE_OBJECT_IN_USE), errmsg("current user cannot be dropped")));
    if (role == GetSessionUserId())
        ereport(ERROR,
                (errcode(ERRCODE_OBJECT_IN_USE), errmsg("session user cannot be dropped")));
    if (role < FirstUnpinnedObjectId)
        ereport(ERROR, (errcode(ERRCODE_DEPENDENT_OBJECTS_STILL_EXIST),
                        errmsg("cannot drop role %s because it is required by the database system",
                               name)));
    lock_object(InvalidOid, AuthIdRelationId, role, 0, AccessExclusiveLock);
    detail = catalog__role_dependents(role);
    if (detail)
        ereport(ERROR, (errcode(ERRCODE_DEPENDENT_OBJECTS_STILL_EXIST),
                        errmsg("role \"%s\" cannot be dropped because some objects depend on it",
                               name),
                        errdetail_internal("%s", detail)));
    rel = relation_open(AuthIdRelationId, RowExclusiveLock);
    row = catalog_fetch1(AuthIdRelationId, PG_AUTHID_OID_INDEX, ObjectIdGetDatum(role));
    catalog_delete_row(rel, row);
    relation_close(rel, NoLock);
    delete_memberships(role, PG_AUTH_MEMBERS_ROLE_MEMBER_INDEX);
    delete_memberships(role, PG_AUTH_MEMBERS_MEMBER_ROLE_INDEX);
    catalog_set_shared_comment(AuthIdRelationId, role, NULL);
    catalog_set_role_setting(InvalidOid, role, NULL, NULL);
    xact_command_counter_increment();
}

static HeapTuple
fetch_membership(Oid role, Oid member)
{
    return catalog_fetch2(AuthMemRelationId, PG_AUTH_MEMBERS_ROLE_MEMBER_INDEX,
                          ObjectIdGetDatum(role), ObjectIdGetDatum(member));
}

void
catalog_grant_role(Oid role, Oid member, bool admin_option, Oid grantor)
{
    Relation rel;
    HeapTuple row;
    Datum values[Natts_pg_auth_members] = {0};
    static const bool nulls[Natts_pg_auth_members];
    bool replace[Natts_pg_auth_members];

    if (is_member_of_role_nosuper(role, member))
        ereport(ERROR, (errcode(ERRCODE_INVALID_GRANT_OPERATION),
                        errmsg("role \"%s\" is a member of role \"%s\"",
                               GetUserNameFromId(role, false), GetUserNameFromId(member, false))));
    row = fetch_membership(role, member);
    if (row) {
        bool isnull;
        bool has_option = DatumGetBool(
            catalog_get(AuthMemRelationId, row, Anum_pg_auth_members_admin_option, &isnull));

        if (has_option || !admin_option) {
            ereport(NOTICE, (errmsg("role \"%s\" is already a member of role \"%s\"",
                                    GetUserNameFromId(member, false),
                                    GetUserNameFromId(role, false))));
            return;
        }
    }
    rel = relation_open(AuthMemRelationId, RowExclusiveLock);
    values[Anum_pg_auth_members_roleid - 1] = ObjectIdGetDatum(role);
    values[Anum_pg_auth_members_member - 1] = ObjectIdGetDatum(member);
    values[Anum_pg_auth_members_grantor - 1] = ObjectIdGetDatum(grantor);
    values[Anum_pg_auth_members_admin_option - 1] = BoolGetDatum(admin_option);
    memset(replace, true, sizeof(replace));
    if (row)
        catalog_update_row(rel, row, values, nulls, replace);
    else
        catalog_insert_row(rel, values, nulls);
    relation_close(rel, NoLock);
    xact_command_counter_increment();
}

void
catalog_revoke_role(Oid role, Oid member, bool admin_option_only)
{
    Relation rel = relation_open(AuthMemRelationId, RowExclusiveLock);
    HeapTuple row = fetch_membership(role, member);

    if (row == NULL)
        ereport(WARNING, (errmsg("role \"%s\" is not a member of role \"%s\"",
                                 GetUserNameFromId(member, false),
                                 GetUserNameFromId(role, false))));
    else if (!admin_option_only)
        catalog_delete_row(rel, row);
    else {
        Datum keys[2] = {ObjectIdGetDatum(role), ObjectIdGetDatum(member)};

        catalog__change_row(AuthMemRelationId, PG_AUTH_MEMBERS_ROLE_MEMBER_INDEX, 2, keys, 1,
                            &CHANGE(pg_auth_members, admin_option, BoolGetDatum(false)));
    }
    relation_close(rel, NoLock);
    xact_command_counter_increment();
}

/* ---- settings of roles and databases ---- */

/* "name=value" texts with one of them set or taken out; returns the new count. */
static int
change_settings(Datum *texts, int count, const char *name, const char *value)
{
    int kept = 0;
    Size length = strlen(name);

    for (int i = 0; i < count; i++) {
        char *text = catalog__cstring(texts[i]);

        if (strncasecmp(text, name, length) == 0 && text[length] == '=')
            continue;
        texts[kept++] = texts[i];
    }
    if (value)
        texts[kept++] = catalog__text(psprintf("%s=%s", name, value));
    return kept;
}

void
catalog_set_role_setting(Oid database, Oid role, const char *name, const char *value)
{
    Relation rel = relation_open(DbRoleSettingRelationId, RowExclusiveLock);
    HeapTuple row =
        catalog_fetch2(DbRoleSettingRelationId, PG_DB_ROLE_SETTING_DATABASEID_ROL_INDEX,
                       ObjectIdGetDatum(database), ObjectIdGetDatum(role));
    Datum values[Natts_pg_db_role_setting] = {ObjectIdGetDatum(database), ObjectIdGetDatum(role)};
    static const bool nulls[Natts_pg_db_role_setting];
    bool replace[Natts_pg_db_role_setting] = {false, false, true};
    Datum *texts = palloc_array(Datum, 1);
    int count = 0;
    bool isnull;

    if (row && name) {
        Datum array = catalog_get(DbRoleSettingRelationId, row,
                                  Anum_pg_db_role_setting_setconfig, &isnull);

        if (!isnull) {
            count = catalog_array_elements(array, TEXTOID, &texts, NULL);
            texts = repalloc(texts, sizeof(Datum) * (Size)(count + 1));
        }
    }
    if (name)
        count = change_settings(texts, count, name, value);
    values[Anum_pg_db_role_setting_setconfig - 1] =
        catalog_array_build(TEXTOID, texts, NULL, count);
    if (row && count > 0)
        catalog_update_row(rel, row, values, nulls, replace);
    else if (row)
        catalog_delete_row(rel, row);
    else if (count > 0)
        catalog_insert_row(rel, values, nulls);
    relation_close(rel, NoLock);
}

/* ---- comments ---- */

static void
set_comment(Oid catalog, Oid index, int key_count, const Datum *keys, const char *comment)
{
    Relation rel = relation_open(catalog, RowExclusiveLock);
    HeapTuple row = catalog_fetch(catalog, index, key_count, keys);
    Datum values[CATALOG_KEYS_MAX];
    static const bool nulls[CATALOG_KEYS_MAX];
    bool replace[CATALOG_KEYS_MAX] = {false};

    memcpy(values, keys, sizeof(Datum) * (Size)key_count);
    if (comment && comment[0]) {
        values[key_count] = catalog__text(comment);
        replace[key_count] = true;
        if (row)
            catalog_update_row(rel, row, values, nulls, replace);
        else
            catalog_insert_row(rel, values, nulls);
    } else if (row)
        catalog_delete_row(rel, row);
    relation_close(rel, NoLock);
}

void
catalog_set_comment(Oid classid, Oid objid, int32 subid, const char *comment)
{
    set_comment(DescriptionRelationId, PG_DESCRIPTION_O_C_O_INDEX, 3,
                (Datum[]){ObjectIdGetDatum(objid), ObjectIdGetDatum(classid),
                          Int32GetDatum(subid)},
                comment);
}

void
catalog_set_shared_comment(Oid classid, Oid objid, const char *comment)
{
    set_comment(SharedDescriptionRelationId, PG_SHDESCRIPTION_O_C_INDEX, 2,
                (Datum[]){ObjectIdGetDatum(objid), ObjectIdGetDatum(classid)}, comment);
}

char *
catalog_comment(Oid classid, Oid objid, int32 subid)
{
    HeapTuple row = catalog_fetch(DescriptionRelationId, PG_DESCRIPTION_O_C_O_INDEX, 3,
                                  (Datum[]){ObjectIdGetDatum(objid), ObjectIdGetDatum(classid),
                                            Int32GetDatum(subid)});
    bool isnull;

    if (row == NULL)
        return NULL;
    return catalog__cstring(
        catalog_get(DescriptionRelationId, row, Anum_pg_description_description, &isnull));
}

/* subid 0: those on columns too. */
void
catalog__remove_comments(Oid classid, Oid objid, int32 subid)
{
    Relation rel = relation_open(DescriptionRelationId, RowExclusiveLock);
    Datum keys[3] = {ObjectIdGetDatum(objid), ObjectIdGetDatum(classid), Int32GetDatum(subid)};
    CatalogScan *scan = catalog_scan_begin(DescriptionRelationId, PG_DESCRIPTION_O_C_O_INDEX,
                                           subid ? 3 : 2, keys);
    HeapTuple row;

    while ((row = catalog_scan_next(scan)) != NULL)
        catalog_delete_row(rel, row);
    catalog_scan_end(scan);
    relation_close(rel, RowExclusiveLock);
}

/* ---- sequences ---- */

void
catalog_set_sequence(Oid relid, const SequenceInfo *info)
{
    Relation rel = relation_open(SequenceRelationId, RowExclusiveLock);
    HeapTuple row =
        catalog_fetch1(SequenceRelationId, PG_SEQUENCE_SEQRELID_INDEX, ObjectIdGetDatum(relid));
    Datum values[Natts_pg_sequence];
    static const bool nulls[Natts_pg_sequence];
    bool replace[Natts_pg_sequence];

    values[Anum_pg_sequence_seqrelid - 1] = ObjectIdGetDatum(relid);
    values[Anum_pg_sequence_seqtypid - 1] = ObjectIdGetDatum(info->seqtypid);
    values[Anum_pg_sequence_seqstart - 1] = Int64GetDatum(info->seqstart);
    values[Anum_pg_sequence_seqincrement - 1] = Int64GetDatum(info->seqincrement);
    values[Anum_pg_sequence_seqmax - 1] = Int64GetDatum(info->seqmax);
    values[Anum_pg_sequence_seqmin - 1] = Int64GetDatum(info->seqmin);
    values[Anum_pg_sequence_seqcache - 1] = Int64GetDatum(info->seqcache);
    values[Anum_pg_sequence_seqcycle - 1] = BoolGetDatum(info->seqcycle);
    memset(replace, true, sizeof(replace));
    if (row)
        catalog_update_row(rel, row, values, nulls, replace);
    else
        catalog_insert_row(rel, values, nulls);
    relation_close(rel, RowExclusiveLock);
}

bool
catalog_sequence(Oid relid, SequenceInfo *ret_info)
{
    HeapTuple row =
        catalog_fetch1(SequenceRelationId, PG_SEQUENCE_SEQRELID_INDEX, ObjectIdGetDatum(relid));
    Datum values[Natts_pg_sequence];
    bool nulls[Natts_pg_sequence];

    if (row == NULL)
        return false;
    heap_deform_tuple(row, catalog_desc(SequenceRelationId), values, nulls);
    ret_info->seqtypid = DatumGetObjectId(values[Anum_pg_sequence_seqtypid - 1]);
    ret_info->seqstart = DatumGetInt64(values[Anum_pg_sequence_seqstart - 1]);
    ret_info->seqincrement = DatumGetInt64(values[Anum_pg_sequence_seqincrement - 1]);
    ret_info->seqmax = DatumGetInt64(values[Anum_pg_sequence_seqmax - 1]);
    ret_info->seqmin = DatumGetInt64(values[Anum_pg_sequence_seqmin - 1]);
    ret_info->seqcache = DatumGetInt64(values[Anum_pg_sequence_seqcache - 1]);
    ret_info->seqcycle = DatumGetBool(values[Anum_pg_sequence_seqcycle - 1]);
    return true;
}
