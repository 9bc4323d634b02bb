/*
 * start.c - the catalog room at server start, in a new process, and when a session begins
 */
#include "catalog_int.h"

#include <sys/stat.h>

#include "btree/btree.h"
#include "heap/toast.h"
#include "recovery/recovery.h"
#include "xact/multixact.h"
#include "xact/procarray.h"

Oid MyDatabaseTableSpace;

/* ---- counters of a checkpoint: transactions' and objects' numbers together ---- */

static void
get_counters(ControlCheckpoint *checkpoint)
{
    XactCounters counters;

    xact_read_counters(&counters);
    checkpoint->next_xid = counters.next_xid;
    checkpoint->oldest_xid = counters.oldest_xid;
    checkpoint->oldest_active_xid = counters.oldest_active_xid;
    checkpoint->next_multi = counters.next_multi;
    checkpoint->next_multi_offset = counters.next_multi_offset;
    checkpoint->oldest_multi = counters.oldest_multi;
    checkpoint->next_oid = catalog_next_oid();
}

static void
set_counters(const ControlCheckpoint *checkpoint)
{
    XactCounters counters = {
        .next_xid = checkpoint->next_xid,
        .oldest_xid = checkpoint->oldest_xid,
        .oldest_active_xid = checkpoint->oldest_active_xid,
        .next_multi = checkpoint->next_multi,
        .next_multi_offset = checkpoint->next_multi_offset,
        .oldest_multi = checkpoint->oldest_multi,
    };

    xact_recovery_begin(&counters);
    catalog_set_next_oid(checkpoint->next_oid);
}

static const RecoveryCounters counters = {
    .get = get_counters,
    .set = set_counters,
    .advance_xid = xact_recovery_note_xid,
    .advance_oid = catalog_advance_oid,
};

static const RecoveryCallbacks xact_stages = {
    .name = "transaction status",
    .after_replay = xact_recovery_end,
    .checkpoint = xact_checkpoint,
    .wait_for_commits = procarray_wait_for_delayed_commits,
};

void
catalog_register(void)
{
    catalog__register_oids();
    catalog__register_database_redo();
    recovery_register_counters(&counters);
    recovery_register_callbacks(&xact_stages);
}

/* ---- what lower rooms ask of the catalog ---- */

static bool
shape_of_type(Oid type, TupdescType *ret_type)
{
    const TypeInfo *info = catalog_type(type);

    if (info == NULL)
        return false;
    *ret_type = (TupdescType){info->typlen, info->typbyval, info->typalign, info->typstorage,
                              info->typcollation};
    return true;
}

static bool
toast_value_exists(Relation toast, Oid index_oid, Oid value)
{
    Relation index = relation_open(index_oid, AccessShareLock);
    ScanKeyData key;
    IndexScanDesc scan;
    bool exists;

    memset(&key, 0, sizeof(key));
    key.sk_attno = 1;
    key.sk_strategy = BTEqualStrategyNumber;
    key.sk_argument = ObjectIdGetDatum(value);
    scan = btree_begin_scan(toast, index, SnapshotAny, 1);
    btree_rescan(scan, &key, 1);
    exists = btree_next(scan, ForwardScanDirection);
    btree_end_scan(scan);
    relation_close(index, AccessShareLock);
    return exists;
}

static Oid
new_toast_value(Relation toast, Oid index)
{
    for (;;) {
        Oid value = GetNewObjectId();

        CHECK_FOR_INTERRUPTS();
        if (!toast_value_exists(toast, index, value))
            return value;
    }
}

/* Values are shown only to who may read all of them. */
static bool
may_see_key(Relation index)
{
    Oid table = index->rd_index->indrelid;

    if (pg_class_aclcheck(table, GetUserId(), ACL_SELECT) == ACLCHECK_OK)
        return true;
    for (int i = 0; i < index->rd_index->indnkeyatts; i++) {
        AttrNumber attnum = index->rd_index->indkey.values[i];

        if (attnum == 0 ||
            pg_attribute_aclcheck(table, attnum, GetUserId(), ACL_SELECT) != ACLCHECK_OK)
            return false;
    }
    return true;
}

/* "(a, b)=(1, x)"; NULL where the user must not see it. */
static char *
describe_key(Relation index, const Datum *values, const bool *isnull)
{
    StringInfoData text;

    if (!may_see_key(index))
        return NULL;
    initStringInfo(&text);
    appendStringInfoChar(&text, '(');
    for (int i = 0; i < index->rd_index->indnkeyatts; i++)
        appendStringInfo(&text, "%s%s", i ? ", " : "",
                         quote_identifier(NameStr(TupleDescAttr(index->rd_att, i)->attname)));
    appendStringInfoString(&text, ")=(");
    for (int i = 0; i < index->rd_index->indnkeyatts; i++) {
        bool is_varlena;
        Oid output;

        if (i > 0)
            appendStringInfoString(&text, ", ");
        if (isnull[i]) {
            appendStringInfoString(&text, "null");
            continue;
        }
        getTypeOutputInfo(TupleDescAttr(index->rd_att, i)->atttypid, &output, &is_varlena);
        appendStringInfoString(&text, OidOutputFunctionCall(output, values[i]));
    }
    appendStringInfoChar(&text, ')');
    return text.data;
}

void
catalog_start_backend(void)
{
    /* never reset: caches of this process */
    if (CacheMemoryContext == NULL)
        CacheMemoryContext = AllocSetContextCreate(TopMemoryContext, "CacheMemoryContext",
                                                   ALLOCSET_DEFAULT_SIZES);
    catalog__relcache_start();
    catalog__cache_start();
    catalog__namespace_start();
    catalog__user_start();
    catalog__inval_start();
    tupdesc_type_hook = shape_of_type;
    toast_new_value_id_hook = new_toast_value;
    btree_describe_key_hook = describe_key;
}

uint64
catalog_invalidation_count(void)
{
    return catalog_generation;
}

/* ---- a session begins ---- */

static const RoleInfo *
check_user(const char *name)
{
    const RoleInfo *role = catalog_role_by_name(name);

    if (role == NULL)
        ereport(FATAL, (errcode(ERRCODE_INVALID_AUTHORIZATION_SPECIFICATION),
                        errmsg("role \"%s\" does not exist", name)));
    if (!role->rolcanlogin)
        ereport(FATAL, (errcode(ERRCODE_INVALID_AUTHORIZATION_SPECIFICATION),
                        errmsg("role \"%s\" is not permitted to log in", name)));
    if (role->rolconnlimit >= 0 && !role->rolsuper &&
        procarray_count_role(role->oid) > role->rolconnlimit)
        ereport(FATAL, (errcode(ERRCODE_TOO_MANY_CONNECTIONS),
                        errmsg("too many connections for role \"%s\"", name)));
    return role;
}

static const DatabaseInfo *
find_database(const char *name)
{
    const DatabaseInfo *database = catalog_database_by_name(name);

    if (database == NULL)
        ereport(FATAL, (errcode(ERRCODE_UNDEFINED_DATABASE),
                        errmsg("database \"%s\" does not exist", name)));
    return database;
}

static void
check_database_directory(Oid database, Oid tablespace)
{
    char *path = catalog_database_path(database, tablespace);
    struct stat st;

    if (stat(path, &st) != 0)
        ereport(FATAL, (errcode(ERRCODE_UNDEFINED_DATABASE),
                        errmsg("database \"%s\" does not exist", get_database_name(database)),
                        errdetail("The database subdirectory \"%s\" is missing.", path)));
}

static void
check_may_connect(const DatabaseInfo *database, Oid role, bool is_superuser)
{
    const char *name = NameStr(database->datname);

    if (!database->datallowconn)
        ereport(FATAL, (errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE),
                        errmsg("database \"%s\" is not currently accepting connections", name)));
    if (!is_superuser && pg_database_aclcheck(database->oid, role, ACL_CONNECT) != ACLCHECK_OK)
        ereport(FATAL, (errcode(ERRCODE_INSUFFICIENT_PRIVILEGE),
                        errmsg("permission denied for database \"%s\"", name),
                        errdetail("User does not have CONNECT privilege.")));
    if (database->datconnlimit >= 0 && !is_superuser &&
        procarray_count_database(database->oid) > database->datconnlimit)
        ereport(FATAL, (errcode(ERRCODE_TOO_MANY_CONNECTIONS),
                        errmsg("too many connections for database \"%s\"", name)));
}

bool
catalog_enter_database(const char *database_name, const char *user_name)
{
    const RoleInfo *role = check_user(user_name);
    Oid role_oid = role->oid;
    bool is_superuser = role->rolsuper;
    Oid oid = find_database(database_name)->oid;
    const DatabaseInfo *database;

    /* DROP and RENAME wait for this lock; look again when we have it */
    lock_object(InvalidOid, DatabaseRelationId, oid, 0, RowExclusiveLock);
    database = find_database(database_name);
    MyDatabaseId = database->oid;
    MyDatabaseTableSpace = database->dattablespace;
    MyProc->databaseId = MyDatabaseId;
    MyProc->roleId = role_oid;
    check_database_directory(MyDatabaseId, MyDatabaseTableSpace);
    catalog_set_session_user(role_oid, is_superuser);
    SetConfigOption("session_authorization", user_name, PGC_BACKEND, PGC_S_OVERRIDE);
    check_may_connect(find_database(database_name), role_oid, is_superuser);
    return is_superuser;
}

static void
apply_settings(Oid database, Oid role, GucSource source)
{
    HeapTuple row =
        catalog_fetch2(DbRoleSettingRelationId, PG_DB_ROLE_SETTING_DATABASEID_ROL_INDEX,
                       ObjectIdGetDatum(database), ObjectIdGetDatum(role));
    bool isnull;
    Datum array;
    Datum *texts;
    int count;

    if (row == NULL)
        return;
    array = catalog_get(DbRoleSettingRelationId, row, Anum_pg_db_role_setting_setconfig, &isnull);
    count = isnull ? 0 : catalog_array_elements(array, TEXTOID, &texts, NULL);
    for (int i = 0; i < count; i++) {
        char *text = catalog__cstring(texts[i]);
        char *equals = strchr(text, '=');

        if (equals == NULL)
            continue;
        *equals = '\0';
        set_config_option(text, equals + 1, superuser() ? PGC_SUSET : PGC_USERSET, source,
                          GUC_ACTION_SET, true, WARNING, false);
    }
}

void
catalog_apply_role_settings(void)
{
    Oid role = GetSessionUserId();

    apply_settings(MyDatabaseId, role, PGC_S_DATABASE_USER);
    apply_settings(InvalidOid, role, PGC_S_USER);
    apply_settings(MyDatabaseId, InvalidOid, PGC_S_DATABASE);
    apply_settings(InvalidOid, InvalidOid, PGC_S_GLOBAL);
}
