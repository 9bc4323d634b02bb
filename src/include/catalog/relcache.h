/*
 * relcache.h - relations as backends see them
 *
 * A Relation (heap/relation.h) that relation_open() returns stays valid while it is open; while
 * the lock is held it does not change. Entries are shared by all users in this process, counted
 * by the resource owner. Catalog relations that every query needs are built in.
 */
#ifndef CATALOG_RELCACHE_H
#define CATALOG_RELCACHE_H

#include "heap/relation.h"
#include "lock/lock.h"
#include "memory/bitmapset.h"
#include "memory/list.h"

typedef struct RelationCheck {
    Oid oid;
    const char *name;
    const char *expression; /* serialised node */
    bool is_valid;
    bool no_inherit;
} RelationCheck;

typedef struct RelationDefault {
    AttrNumber attnum;
    const char *expression; /* serialised node */
} RelationDefault;

/* What rd_catalog points to. Filled when first asked for: use the functions below. */
typedef struct RelationCatalog {
    bool indexes_loaded;
    int index_count;
    Oid *indexes; /* ascending OIDs, those that are ready or being built included */
    Oid primary_key_index;
    bool constraints_loaded;
    int check_count;
    RelationCheck *checks; /* by name */
    int default_count;
    RelationDefault *defaults; /* by attnum */
    const char *index_expressions; /* serialised list, NULL if none; index relations */
    const char *index_predicate;
    const char *view_query; /* serialised list of Query, NULL if none; views */
    /* For rooms above: dies with the entry's contents (rebuilt after an invalidation). */
    MemoryContext context;
    void *planner_private;
    void *executor_private;
    void *commands_private;
} RelationCatalog;

/* Takes the lock first; throws 42P01 'relation with OID n does not exist' (could not open). */
extern Relation relation_open(Oid relid, LOCKMODE lockmode);
extern Relation try_relation_open(Oid relid, LOCKMODE lockmode); /* NULL if gone */
/* schema NULL: along the search path. Retries when the name moves while waiting for the lock.
 * Throws 42P01 'relation "x" does not exist', or 3F000 for the schema, unless missing_ok. */
extern Relation relation_open_by_name(const char *schema, const char *name, LOCKMODE lockmode,
                                      bool missing_ok);
/* The same, giving only the OID, locked. */
extern Oid catalog_relation_lock_by_name(const char *schema, const char *name, LOCKMODE lockmode,
                                         bool missing_ok);
/* NoLock keeps the lock until the transaction ends. */
extern void relation_close(Relation relation, LOCKMODE lockmode);
/* As relation_open, but 42809 unless a table (or index). */
extern Relation table_open(Oid relid, LOCKMODE lockmode);
extern void table_close(Relation relation, LOCKMODE lockmode);
extern Relation index_open(Oid relid, LOCKMODE lockmode);
extern void index_close(Relation relation, LOCKMODE lockmode);

extern void RelationIncrementReferenceCount(Relation relation);
extern void RelationDecrementReferenceCount(Relation relation);

extern RelationCatalog *relation_catalog(Relation relation);
extern List *RelationGetIndexList(Relation relation); /* copy, OIDs */
extern Oid RelationGetPrimaryKeyIndex(Relation relation);
extern int relation_checks(Relation relation, const RelationCheck **ret_checks);
/* Serialised default of a column, NULL if none. */
extern const char *relation_default(Relation relation, AttrNumber attnum);
/* Columns that some index uses, offset by FirstLowInvalidHeapAttributeNumber: an update that
 * changes none of them may be HOT. Fills rd_indexattr, rd_keyattr and rd_pkattr. */
extern Bitmapset *relation_indexed_columns(Relation relation);

/* Columns (offset as above) that a serialised expression or list of them reads: registered by the
 * parser room, which can read it. */
extern Bitmapset *(*catalog_expression_columns_hook)(const char *serialised);

/* Tells this process (at command end) and others (at commit) that the entry is stale. */
extern void CacheInvalidateRelcache(Relation relation);
extern void CacheInvalidateRelcacheByRelid(Oid relid);
extern void CacheInvalidateRelcacheAll(void);

/* For caches above (plans, shapes): called for each invalidated relation (0: all), and for each
 * catalog whose rows changed (types, functions, roles ...). Must not throw or read catalogs. */
typedef void (*RelcacheCallbackFunction)(Datum arg, Oid relid);
typedef void (*CatalogCallbackFunction)(Datum arg, Oid catalog, uint32 hash);
extern void CacheRegisterRelcacheCallback(RelcacheCallbackFunction function, Datum arg);
extern void catalog_register_callback(CatalogCallbackFunction function, Datum arg);
/* Moves whenever anything at all was invalidated in this process: cheap staleness check. */
extern uint64 catalog_generation;
extern uint64 catalog_invalidation_count(void); /* the same */

#endif
