/*
 * start.h - the catalog room in the life of cluster, server and process
 */
#ifndef CATALOG_START_H
#define CATALOG_START_H

#include "base/base.h"
#include "format/control.h"

#define CATALOG_VERSION 202601011
#define BootstrapSuperuserOid 10

/* Before the main segment is made: settings, shared memory, WAL redo of databases. */
extern void catalog_register(void);

/* Per process, after proc_attach and xact_attach: caches, invalidation. Shared catalogs (roles,
 * databases) may be read from then on. */
extern void catalog_start_backend(void);
/* Sets MyDatabaseId and the user. FATAL 3D000, 28000, 55000, 42501, 53300 with PostgreSQL's
 * texts. Returns whether the user is a superuser. In a transaction. */
extern bool catalog_enter_database(const char *database, const char *user);
/* Settings of pg_db_role_setting for this database and role. */
extern void catalog_apply_role_settings(void);

extern Oid MyDatabaseTableSpace;
/* Directory of the database, relative to the data directory. */
extern char *catalog_database_path(Oid database, Oid tablespace);

/* ---- oids: part of the checkpoint's counters ---- */
#define FirstNormalObjectId 16384
extern Oid GetNewObjectId(void);
extern Oid catalog_next_oid(void);          /* for the checkpoint record */
extern void catalog_set_next_oid(Oid next); /* at start-up, from the checkpoint */
extern void catalog_advance_oid(Oid next);  /* redo of a next-oid record */

/*
 * Makes global/, base/1, base/4, base/5 in an empty data directory: all catalogs with the built-in
 * rows. The process is alone: buffers, WAL and transactions are up (single mode). Views come later,
 * from SQL run in template1 through the ordinary statement way, then catalog_bootstrap_finish()
 * copies template1 to the other databases.
 */
extern void catalog_bootstrap(const char *superuser_name, int encoding, const char *locale);
extern void catalog_bootstrap_finish(void);
/* While the SQL of the system views runs: new objects get OIDs below FirstNormalObjectId. */
extern bool catalog_bootstrapping;

#endif
