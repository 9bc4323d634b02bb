/*
 * catalog_int.h - what the files of this room share
 */
#ifndef CATALOG_INT_H
#define CATALOG_INT_H

#include "catalog_data.h"

#include "catalog/catalog.h"
#include "catalog/ddl.h"
#include "catalog/dependency.h"
#include "catalog/lsyscache.h"
#include "catalog/namespace.h"
#include "catalog/relcache.h"
#include "catalog/rows.h"
#include "catalog/start.h"
#include "catalog/typcache.h"
#include "catalog/user.h"
#include "buffer/storage.h"
#include "config/config.h"
#include "config/settings.h"
#include "error/error.h"
#include "error/interrupt.h"
#include "error/resowner.h"
#include "heap/heap.h"
#include "memory/memory.h"
#include "memory/stringinfo.h"
#include "sync/proc.h"
#include "xact/inval.h"
#include "xact/snapshot.h"
#include "xact/xact.h"

/* ---- relation cache ---- */

/* One entry: the Relation that callers hold, and the context of what it points to. */
typedef struct RelcacheEntry {
    RelationData rel; /* first: a Relation is its entry */
    RelationCatalog catalog;
    MemoryContext contents;
    bool stale; /* rebuild before the next use */
} RelcacheEntry;

static inline RelcacheEntry *
relcache_entry(Relation rel)
{
    return (RelcacheEntry *)rel;
}

/* Fills an entry's contents (in entry->contents) from the const arrays or the catalog rows; false
 * if there is no such relation. */
extern bool catalog__build_relation(RelcacheEntry *entry, Oid relid);
extern void catalog__load_indexes(Relation rel);
extern void catalog__load_constraints(Relation rel);

extern void catalog__relcache_start(void);
/* Invalidation of one relation's entry (0: all) in this process. */
extern void catalog__relcache_invalidate(Oid relid);
extern void catalog__relcache_smgr_closed(RelFileLocator locator);
extern void catalog__relcache_smgr_closed_all(void);
extern void catalog__relcache_at_end(bool is_commit);
extern void catalog__relcache_at_sub_end(SubTransactionId subid, SubTransactionId parent,
                                         bool is_commit);
/* Notes that this transaction made the relation, or gave it a new file. */
extern void catalog__note_created(Oid relid);
extern void catalog__note_new_file(Oid relid);
extern void catalog__forget_relation(Oid relid);

/* Memory that readers may still look at: freed when the transaction ends. */
extern void catalog__bury_context(MemoryContext context);
extern void catalog__bury_chunk(void *chunk);
extern void catalog__empty_graveyard(void);

/* ---- object caches ---- */
extern void catalog__cache_start(void);
extern void catalog__cache_invalidate(Oid catalog); /* 0: everything */
extern void catalog__user_start(void);
extern void catalog__user_invalidate(void); /* roles or memberships changed */
extern void catalog__typcache_invalidate(Oid type_relation);
extern void catalog__namespace_start(void);
extern void catalog__namespace_invalidate(void);
extern void catalog__statistics_invalidate(void);

extern void catalog__register_oids(void);
extern void catalog__register_database_redo(void);
/* While on, rows go into catalogs frozen and without index entries: the indexes come after. */
extern void catalog__defer_index_inserts(bool defer);

/* ---- invalidation ---- */
extern void catalog__inval_start(void);
/* A catalog row changed: queue what others must know. */
extern void catalog__queue_row_change(Relation catalog, HeapTuple row);

/* Shared dependencies of an object on the roles that its access control list names. */
extern void catalog__set_acl_dependencies(Oid classid, Oid objid, int32 subid, Oid owner,
                                          const AclItem *items, int count);

/* Parts of dropping: rows and files of one object, no dependency records. */
extern void catalog__remove_relation(Oid relid);
extern void catalog__remove_column(Oid relid, AttrNumber attnum);
extern void catalog__remove_constraint(Oid constraint);
extern void catalog__remove_default(Oid attrdef);
extern void catalog__remove_comments(Oid classid, Oid objid, int32 subid);
extern char *catalog__role_dependents(Oid role);

/* ---- writing rows ---- */
typedef struct ColumnChange {
    AttrNumber attnum;
    Datum value;
    bool isnull;
} ColumnChange;
/* Changes columns of the one row with these keys; throws if there is none. */
extern void catalog__change_row(Oid catalog, Oid index, int key_count, const Datum *keys,
                                int change_count, const ColumnChange *changes);
extern void catalog__change_class(Oid relid, int change_count, const ColumnChange *changes);
extern void catalog__change_attribute(Oid relid, AttrNumber attnum, int change_count,
                                      const ColumnChange *changes);
extern void catalog__insert_class_row(Relation pg_class, const FormData_pg_class *form, Datum acl,
                                      Datum options);
extern void catalog__insert_attribute_row(Relation pg_attribute, const FormData_pg_attribute *att);
extern void catalog__insert_system_attribute_rows(Relation pg_attribute, Oid relid);
extern void catalog__insert_index_row(const FormData_pg_index *form, const Oid *opclasses,
                                      const Oid *collations, const int16 *options,
                                      const char *expressions, const char *predicate);
/* A pg_constraint row; 0 and NULL for what it does not have. */
typedef struct ConstraintRow {
    Oid oid; /* 0: a new one */
    const char *name;
    Oid namespace_oid;
    char type;
    bool deferrable, deferred, validated, is_local, no_inherit;
    Oid relid;
    Oid index;
    const AttrNumber *keys;
    int key_count;
    const char *expression;
} ConstraintRow;
extern Oid catalog__insert_constraint_row(const ConstraintRow *row);
/* Creates the row type and its array type of a relation. */
extern void catalog__create_row_type(Oid relid, const char *name, Oid namespace_oid, Oid owner,
                                     Oid type, Oid array_type);
extern void catalog__create_toast_table(Oid relid);
extern char *catalog__choose_array_name(const char *name, Oid namespace_oid);
extern Oid catalog__new_relfile_number(Oid tablespace, bool shared);

/* ---- helpers ---- */
extern Datum catalog__text(const char *string); /* palloc'd text */
extern char *catalog__cstring(Datum text);      /* palloc'd, NUL-terminated */
extern Datum catalog__name(const char *string); /* palloc'd, cut to 63 bytes at a character */
/* First number of an int2vector or oidvector; unaligned. */
extern const char *catalog__vector_data(Datum vector);
extern bool catalog__is_shared(Oid relation);
/* 42501 unless allow_system_table_mods or bootstrapping. */
extern void catalog__check_not_system(Oid relid, const char *name);


#endif
