/*
 * database.c - CREATE and DROP DATABASE: rows of pg_database, and directories
 *
 * A new database is a copy of its template's directory. Nobody may be connected to the template
 * meanwhile; all its pages are written first, so that the files are the database.
 *
 * Crash      before the commit: the directory is an orphan that the next database of that number
 *            cannot meet, since numbers are not used twice. After it: redo copies again from the
 *            template, which cannot have changed, as a checkpoint precedes and follows the copy.
 *            DROP deletes the row, logs the drop, removes the directory, and commits with a flush. A
 *            crash between leaves a row without a directory: connecting says so, and a second DROP
 *            takes the row away.
 */
#include "catalog_int.h"

#include <sys/stat.h>
#include <unistd.h>

#include "buffer/buffer.h"
#include "file/file.h"
#include "recovery/recovery.h"
#include "wal/wal.h"
#include "xact/procarray.h"

#define CHANGE(name, datum) ((ColumnChange){Anum_pg_database_##name, (datum), false})

/* info of WAL_RMGR_DATABASE */
#define WAL_DATABASE_CREATE 0x01
#define WAL_DATABASE_DROP 0x02

typedef struct WalDatabase {
    Oid database;
    Oid tablespace;
    Oid template_database; /* 0 in a drop */
    Oid template_tablespace;
} WalDatabase;

#define COUNT_TRIES 50
#define COUNT_WAIT_MS 100

char *
catalog_database_path(Oid database, Oid tablespace)
{
    return smgr_database_path(database, tablespace);
}

/* ---- rows ---- */

static void
change_database(Oid database, int count, const ColumnChange *changes)
{
    Datum key = ObjectIdGetDatum(database);

    catalog__change_row(DatabaseRelationId, PG_DATABASE_OID_INDEX, 1, &key, count, changes);
}

static void
insert_row(Oid oid, const DatabaseSpec *spec, const DatabaseInfo *template)
{
    Relation rel = relation_open(DatabaseRelationId, RowExclusiveLock);
    Datum values[Natts_pg_database] = {0};
    bool nulls[Natts_pg_database] = {false};

    values[Anum_pg_database_oid - 1] = ObjectIdGetDatum(oid);
    values[Anum_pg_database_datname - 1] = catalog__name(spec->name);
    values[Anum_pg_database_datdba - 1] = ObjectIdGetDatum(spec->owner);
    values[Anum_pg_database_encoding - 1] =
        Int32GetDatum(spec->encoding >= 0 ? spec->encoding : template->encoding);
    values[Anum_pg_database_datlocprovider - 1] = CharGetDatum('c');
    values[Anum_pg_database_datistemplate - 1] = BoolGetDatum(spec->is_template);
    values[Anum_pg_database_datallowconn - 1] = BoolGetDatum(spec->allow_connections);
    values[Anum_pg_database_datconnlimit - 1] = Int32GetDatum(spec->connlimit);
    values[Anum_pg_database_datfrozenxid - 1] = UInt32GetDatum((uint32)FirstNormalTransactionId);
    values[Anum_pg_database_datminmxid - 1] = UInt32GetDatum((uint32)FirstMultiXactId);
    values[Anum_pg_database_dattablespace - 1] = ObjectIdGetDatum(spec->tablespace);
    values[Anum_pg_database_datcollate - 1] =
        catalog__text(spec->collate ? spec->collate : template->datcollate);
    values[Anum_pg_database_datctype - 1] =
        catalog__text(spec->ctype ? spec->ctype : template->datctype);
    nulls[Anum_pg_database_daticulocale - 1] = true;
    nulls[Anum_pg_database_datcollversion - 1] = true;
    nulls[Anum_pg_database_datacl - 1] = true;
    catalog_insert_row(rel, values, nulls);
    relation_close(rel, NoLock);
}

/* ---- directories ---- */

static void
log_change(uint8 info, Oid database, Oid tablespace, Oid template_database,
           Oid template_tablespace)
{
    WalDatabase record = {database, tablespace, template_database, template_tablespace};

    wal_begin_insert();
    wal_register_data(&record, sizeof(record));
    wal_flush(wal_insert(WAL_RMGR_DATABASE, info));
}

static void
copy_directory(const WalDatabase *change)
{
    char *from = smgr_database_path(change->template_database, change->template_tablespace);
    char *to = smgr_database_path(change->database, change->tablespace);
    struct stat st;

    if (stat(to, &st) == 0)
        rmtree(to, true);
    copy_dir(from, to);
    file_sync_tree(to);
    fsync_parent_path(to, ERROR);
}

static void
remove_directory(Oid database, Oid tablespace)
{
    char *path = smgr_database_path(database, tablespace);

    if (!rmtree(path, true))
        ereport(WARNING, (errmsg("some useless files may be left behind in old database directory "
                                 "\"%s\"",
                                 path)));
}

/* Others in that database get a moment to leave. */
static int
count_others(Oid database)
{
    int count = 0;

    for (int i = 0; i < COUNT_TRIES; i++) {
        count = procarray_count_database(database);
        if (count == 0)
            break;
        CHECK_FOR_INTERRUPTS();
        usleep(COUNT_WAIT_MS * 1000);
    }
    return count;
}

static void
throw_in_use(const char *message, const char *name, int count)
{
    ereport(ERROR, (errcode(ERRCODE_OBJECT_IN_USE), errmsg(message, name),
                    count == 1 ? errdetail("There is 1 other session using the database.")
                               : errdetail("There are %d other sessions using the database.",
                                           count)));
}

/* ---- CREATE ---- */

static const DatabaseInfo *
lock_template(const char *name)
{
    const DatabaseInfo *template = catalog_database_by_name(name);
    int others;

    if (template == NULL)
        ereport(ERROR, (errcode(ERRCODE_UNDEFINED_DATABASE),
                        errmsg("template database \"%s\" does not exist", name)));
    lock_object(InvalidOid, DatabaseRelationId, template->oid, 0, ShareLock);
    if (!template->datistemplate && !pg_database_ownercheck(template->oid, GetUserId()))
        ereport(ERROR, (errcode(ERRCODE_INSUFFICIENT_PRIVILEGE),
                        errmsg("permission denied to copy database \"%s\"", name)));
    others = template->oid == MyDatabaseId ? 0 : count_others(template->oid);
    if (others > 0)
        throw_in_use("source database \"%s\" is being accessed by other users", name, others);
    return catalog_database_by_name(name);
}

Oid
catalog_create_database(const DatabaseSpec *wanted)
{
    DatabaseSpec spec = *wanted;
    const DatabaseInfo *found = lock_template(spec.template_name ? spec.template_name : "template1");
    DatabaseInfo template = *found;
    WalDatabase change;
    Relation rel;
    Oid oid = spec.oid;

    if (get_database_oid(spec.name, true) != InvalidOid)
        ereport(ERROR, (errcode(ERRCODE_DUPLICATE_DATABASE),
                        errmsg("database \"%s\" already exists", spec.name)));
    if (spec.owner == InvalidOid)
        spec.owner = GetUserId();
    if (spec.tablespace == InvalidOid)
        spec.tablespace = template.dattablespace;
    if (oid == InvalidOid) {
        rel = relation_open(DatabaseRelationId, RowExclusiveLock);
        oid = catalog_new_oid(rel, PG_DATABASE_OID_INDEX);
        relation_close(rel, NoLock);
    }
    insert_row(oid, &spec, &template);
    recordDependencyOnOwner(DatabaseRelationId, oid, spec.owner);
    change = (WalDatabase){oid, spec.tablespace, template.oid, template.dattablespace};
    recovery_request_checkpoint(CHECKPOINT_IMMEDIATE | CHECKPOINT_FORCE | CHECKPOINT_WAIT |
                                CHECKPOINT_FLUSH_ALL);
    copy_directory(&change);
    log_change(WAL_DATABASE_CREATE, oid, spec.tablespace, template.oid, template.dattablespace);
    recovery_request_checkpoint(CHECKPOINT_IMMEDIATE | CHECKPOINT_FORCE | CHECKPOINT_WAIT);
    xact_force_sync_commit();
    return oid;
}

/* ---- DROP and ALTER ---- */

void
catalog_drop_database(const char *name, bool missing_ok, bool force)
{
    Relation rel = relation_open(DatabaseRelationId, RowExclusiveLock);
    const DatabaseInfo *found = catalog_database_by_name(name);
    DatabaseInfo info;
    int others;
    HeapTuple row;

    if (found == NULL) {
        relation_close(rel, RowExclusiveLock);
        if (!missing_ok)
            get_database_oid(name, false);
        ereport(NOTICE, (errmsg("database \"%s\" does not exist, skipping", name)));
        return;
    }
    info = *found;
    lock_object(InvalidOid, DatabaseRelationId, info.oid, 0, AccessExclusiveLock);
    if (!pg_database_ownercheck(info.oid, GetUserId()))
        aclcheck_error(ACLCHECK_NOT_OWNER, OBJECT_DATABASE, name);
    if (info.datistemplate)
        ereport(ERROR, (errcode(ERRCODE_WRONG_OBJECT_TYPE),
                        errmsg("cannot drop a template database")));
    if (info.oid == MyDatabaseId)
        ereport(ERROR, (errcode(ERRCODE_OBJECT_IN_USE),
                        errmsg("cannot drop the currently open database")));
    if (force)
        procarray_terminate_database(info.oid);
    others = count_others(info.oid);
    if (others > 0)
        throw_in_use("database \"%s\" is being accessed by other users", name, others);
    row = catalog_fetch1(DatabaseRelationId, PG_DATABASE_OID_INDEX, ObjectIdGetDatum(info.oid));
    catalog_delete_row(rel, row);
    deleteSharedDependencyRecordsFor(DatabaseRelationId, info.oid, 0);
    catalog_set_shared_comment(DatabaseRelationId, info.oid, NULL);
    catalog_set_role_setting(info.oid, InvalidOid, NULL, NULL);
    buffer_drop_database(info.oid);
    smgr_forget_database(info.oid);
    recovery_request_checkpoint(CHECKPOINT_IMMEDIATE | CHECKPOINT_FORCE | CHECKPOINT_WAIT);
    log_change(WAL_DATABASE_DROP, info.oid, info.dattablespace, InvalidOid, InvalidOid);
    remove_directory(info.oid, info.dattablespace);
    relation_close(rel, NoLock);
    xact_force_sync_commit();
}

void
catalog_rename_database(const char *old_name, const char *new_name)
{
    Oid oid = get_database_oid(old_name, false);
    int others;

    lock_object(InvalidOid, DatabaseRelationId, oid, 0, AccessExclusiveLock);
    if (get_database_oid(new_name, true) != InvalidOid)
        ereport(ERROR, (errcode(ERRCODE_DUPLICATE_DATABASE),
                        errmsg("database \"%s\" already exists", new_name)));
    if (oid == MyDatabaseId)
        ereport(ERROR, (errcode(ERRCODE_FEATURE_NOT_SUPPORTED),
                        errmsg("current database cannot be renamed")));
    others = count_others(oid);
    if (others > 0)
        throw_in_use("database \"%s\" is being accessed by other users", old_name, others);
    change_database(oid, 1, &CHANGE(datname, catalog__name(new_name)));
}

void
catalog_set_database_owner(Oid database, Oid owner)
{
    change_database(database, 1, &CHANGE(datdba, ObjectIdGetDatum(owner)));
    changeDependencyOnOwner(DatabaseRelationId, database, owner);
}

void
catalog_alter_database(Oid database, const bool *allow_connections, const bool *is_template,
                       const int32 *connlimit)
{
    ColumnChange changes[3];
    int count = 0;

    if (allow_connections)
        changes[count++] = CHANGE(datallowconn, BoolGetDatum(*allow_connections));
    if (is_template)
        changes[count++] = CHANGE(datistemplate, BoolGetDatum(*is_template));
    if (connlimit)
        changes[count++] = CHANGE(datconnlimit, Int32GetDatum(*connlimit));
    if (count > 0)
        change_database(database, count, changes);
}

/* ---- redo ---- */

static void
redo(const WalRecord *record)
{
    WalDatabase change;

    memcpy(&change, record->data, sizeof(change));
    if (record->info == WAL_DATABASE_CREATE) {
        buffer_flush_database(change.template_database);
        copy_directory(&change);
        return;
    }
    buffer_drop_database(change.database);
    smgr_forget_database(change.database);
    smgr_close_all();
    remove_directory(change.database, change.tablespace);
}

static void
describe(StringInfo buf, const WalRecord *record)
{
    WalDatabase change;

    memcpy(&change, record->data, sizeof(change));
    if (record->info == WAL_DATABASE_CREATE)
        appendStringInfo(buf, "copy dir %u/%u to %u/%u", change.template_tablespace,
                         change.template_database, change.tablespace, change.database);
    else
        appendStringInfo(buf, "dir %u/%u", change.tablespace, change.database);
}

static const char *
identify(uint8 info)
{
    return info == WAL_DATABASE_CREATE ? "CREATE" : "DROP";
}

static const WalResourceManager database_manager = {
    .name = "Database",
    .redo = redo,
    .describe = describe,
    .identify = identify,
};

void
catalog__register_database_redo(void)
{
    wal_register_resource_manager(WAL_RMGR_DATABASE, &database_manager);
}
