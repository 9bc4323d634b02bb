/*
 * sysfuncs_size.c - how large, and in which file: relations, databases, tablespaces
 *
 * Way        sizes come from the files themselves; one that vanishes meanwhile counts nothing.
 */
#include <dirent.h>
#include <errno.h>
#include <sys/stat.h>

#include "catalog/catalog.h"
#include "catalog/catalog_oids.h"
#include "catalog/ddl.h"
#include "catalog/lsyscache.h"
#include "catalog/namespace.h"
#include "catalog/relcache.h"
#include "catalog/user.h"
#include "commands/sysfuncs.h"
#include "config/config.h"
#include "error/error.h"
#include "error/interrupt.h"
#include "file/file.h"
#include "heap/relation.h"
#include "lock/lock.h"
#include "memory/memory.h"
#include "smgr/smgr.h"
#include "types/builtins.h"

static bool
has_storage(Relation rel)
{
    char kind = rel->rd_rel->relkind;

    return kind == RELKIND_RELATION || kind == RELKIND_INDEX || kind == RELKIND_SEQUENCE ||
           kind == RELKIND_TOASTVALUE || kind == RELKIND_MATVIEW;
}

static int64
fork_bytes(Relation rel, ForkNumber fork)
{
    if (!has_storage(rel) || !smgr_exists(relation_smgr(rel), fork))
        return 0;
    return (int64)smgr_nblocks(relation_smgr(rel), fork) * BLCKSZ;
}

static int64
all_forks_bytes(Relation rel)
{
    int64 bytes = 0;

    for (ForkNumber fork = MAIN_FORKNUM; fork <= INIT_FORKNUM; fork++)
        bytes += fork_bytes(rel, fork);
    return bytes;
}

static int64
indexes_bytes(Relation rel)
{
    List *indexes = RelationGetIndexList(rel);
    ListCell *cell;
    int64 bytes = 0;

    foreach (cell, indexes) {
        Relation index = try_relation_open(lfirst_oid(cell), AccessShareLock);

        if (!index)
            continue;
        bytes += all_forks_bytes(index);
        relation_close(index, AccessShareLock);
    }
    return bytes;
}

/* The table with its toast table, that with its index. */
static int64
table_bytes(Relation rel)
{
    int64 bytes = all_forks_bytes(rel);
    Relation toast;

    if (!OidIsValid(rel->rd_rel->reltoastrelid))
        return bytes;
    toast = try_relation_open(rel->rd_rel->reltoastrelid, AccessShareLock);
    if (!toast)
        return bytes;
    bytes += all_forks_bytes(toast) + indexes_bytes(toast);
    relation_close(toast, AccessShareLock);
    return bytes;
}

#define RELATION_SIZE(name, expression)                                                            \
    SQL_FUNCTION(name)                                                                             \
    {                                                                                              \
        Relation rel = try_relation_open(PG_GETARG_OID(0), AccessShareLock);                       \
        int64 bytes;                                                                               \
                                                                                                   \
        if (!rel)                                                                                  \
            PG_RETURN_NULL();                                                                      \
        bytes = expression;                                                                        \
        relation_close(rel, AccessShareLock);                                                      \
        PG_RETURN_INT64(bytes);                                                                    \
    }

RELATION_SIZE(pg_table_size, table_bytes(rel))
RELATION_SIZE(pg_indexes_size, indexes_bytes(rel))
RELATION_SIZE(pg_total_relation_size, table_bytes(rel) + indexes_bytes(rel))

static ForkNumber
fork_by_name(const char *name)
{
    static const char *const names[] = {"main", "fsm", "vm", "init"};

    for (int i = 0; i < lengthof(names); i++)
        if (strcmp(names[i], name) == 0)
            return (ForkNumber)i;
    ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE), errmsg("invalid fork name"),
                    errhint("Valid fork names are \"main\", \"fsm\", \"vm\", and \"init\".")));
}

RELATION_SIZE(pg_relation_size,
              fork_bytes(rel, fork_by_name(text_to_cstring(PG_GETARG_TEXT_PP(1)))))

/* ---- directories ---- */

static int64
directory_bytes(const char *path)
{
    DIR *dir = AllocateDir(path);
    struct dirent *entry;
    int64 bytes = 0;

    if (!dir)
        return 0;
    while ((entry = ReadDir(dir, path)) != NULL) {
        char *name;
        struct stat status;

        CHECK_FOR_INTERRUPTS();
        if (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0)
            continue;
        name = psprintf("%s/%s", path, entry->d_name);
        if (stat(name, &status) != 0) {
            if (errno != ENOENT)
                ereport(ERROR, (errcode_for_file_access(),
                                errmsg("could not stat file \"%s\": %m", name)));
        } else if (S_ISDIR(status.st_mode))
            bytes += directory_bytes(name);
        else
            bytes += status.st_size;
        pfree(name);
    }
    FreeDir(dir);
    return bytes;
}

static Datum
database_size(Oid database)
{
    int64 bytes = directory_bytes(psprintf("%s/base/%u", DataDir, database));

    if (bytes == 0)
        return (Datum)0;
    return Int64GetDatum(bytes);
}

SQL_FUNCTION(pg_database_size_oid)
{
    Oid database = PG_GETARG_OID(0);
    Datum size;

    if (!get_database_name(database))
        PG_RETURN_NULL();
    size = database_size(database);
    if (!size)
        PG_RETURN_NULL();
    return size;
}

SQL_FUNCTION(pg_database_size_name)
{
    return database_size(get_database_oid(NameStr(*PG_GETARG_NAME(0)), false));
}

#define DEFAULT_TABLESPACE 1663
#define GLOBAL_TABLESPACE 1664

static const char *
tablespace_directory(Oid tablespace)
{
    if (tablespace == DEFAULT_TABLESPACE)
        return psprintf("%s/base", DataDir);
    return tablespace == GLOBAL_TABLESPACE ? psprintf("%s/global", DataDir) : NULL;
}

SQL_FUNCTION(pg_tablespace_size_oid)
{
    const char *path = tablespace_directory(PG_GETARG_OID(0));

    if (!path)
        PG_RETURN_NULL();
    PG_RETURN_INT64(directory_bytes(path));
}

SQL_FUNCTION(pg_tablespace_size_name)
{
    const char *name = NameStr(*PG_GETARG_NAME(0));
    Oid tablespace = strcmp(name, "pg_default") == 0  ? DEFAULT_TABLESPACE
                     : strcmp(name, "pg_global") == 0 ? GLOBAL_TABLESPACE
                                                      : InvalidOid;

    if (!OidIsValid(tablespace))
        ereport(ERROR, (errcode(ERRCODE_UNDEFINED_OBJECT),
                        errmsg("tablespace \"%s\" does not exist", name)));
    PG_RETURN_INT64(directory_bytes(tablespace_directory(tablespace)));
}

SQL_FUNCTION(pg_tablespace_location)
{
    Oid tablespace = PG_GETARG_OID(0);

    if (tablespace != 0 && !tablespace_directory(tablespace))
        ereport(ERROR, (errcode(ERRCODE_UNDEFINED_OBJECT),
                        errmsg("could not read symbolic link \"pg_tblspc/%u\": No such file or "
                               "directory", tablespace)));
    PG_RETURN_TEXT_P(cstring_to_text(""));
}

static void
fill_tablespace_databases(SysRows *rows, FunctionCallInfo fcinfo)
{
    char *path = psprintf("%s/base", DataDir);
    DIR *dir;
    struct dirent *entry;
    SysRow row = {0};

    if (PG_GETARG_OID(0) == GLOBAL_TABLESPACE)
        ereport(WARNING, (errmsg("global tablespace never has databases")));
    if (PG_GETARG_OID(0) != DEFAULT_TABLESPACE)
        return;
    dir = AllocateDir(path);
    while ((entry = ReadDir(dir, path)) != NULL) {
        Oid database = (Oid)strtoul(entry->d_name, NULL, 10);

        if (!OidIsValid(database))
            continue;
        sysrow_oid(&row, database);
        sysrows_add(rows, &row);
    }
    FreeDir(dir);
}

SQL_FUNCTION(pg_tablespace_databases)
{
    return sysfuncs_return_rows(fcinfo, fill_tablespace_databases);
}

/* ---- file numbers ---- */

SQL_FUNCTION(pg_relation_filenode)
{
    Relation rel = try_relation_open(PG_GETARG_OID(0), AccessShareLock);
    Oid number;

    if (!rel)
        PG_RETURN_NULL();
    number = has_storage(rel) ? rel->rd_locator.relNumber : InvalidOid;
    relation_close(rel, AccessShareLock);
    if (!OidIsValid(number))
        PG_RETURN_NULL();
    PG_RETURN_OID(number);
}

SQL_FUNCTION(pg_relation_filepath)
{
    Relation rel = try_relation_open(PG_GETARG_OID(0), AccessShareLock);
    char *path = NULL;

    if (!rel)
        PG_RETURN_NULL();
    if (has_storage(rel))
        path = rel->rd_locator.spcOid == GLOBAL_TABLESPACE
                   ? psprintf("global/%u", rel->rd_locator.relNumber)
                   : psprintf("base/%u/%u", rel->rd_locator.dbOid, rel->rd_locator.relNumber);
    relation_close(rel, AccessShareLock);
    if (!path)
        PG_RETURN_NULL();
    PG_RETURN_TEXT_P(cstring_to_text(path));
}
