/*
 * ddl.h - making, changing and dropping relations, schemas, roles, databases
 *
 * These write catalog rows, files and dependencies; permission and syntax checks of a statement
 * are the commands room's, name clashes are checked here (42P07, 42710, 42P06, 42701 ...). None
 * increments the command counter unless it says so.
 */
#ifndef CATALOG_DDL_H
#define CATALOG_DDL_H

#include "catalog/catalog.h"
#include "catalog/dependency.h"
#include "catalog/relcache.h"

#define RELKIND_RELATION 'r'
#define RELKIND_INDEX 'i'
#define RELKIND_SEQUENCE 'S'
#define RELKIND_TOASTVALUE 't'
#define RELKIND_VIEW 'v'
#define RELKIND_MATVIEW 'm'
#define RELKIND_COMPOSITE_TYPE 'c'
#define RELKIND_FOREIGN_TABLE 'f'
#define RELKIND_PARTITIONED_TABLE 'p'
#define RELKIND_PARTITIONED_INDEX 'I'
#define RELPERSISTENCE_PERMANENT 'p'
#define RELPERSISTENCE_UNLOGGED 'u'
#define RELPERSISTENCE_TEMP 't'

/* ---- relations ---- */

typedef struct RelationSpec {
    const char *name;
    Oid namespace_oid;
    Oid oid;        /* 0: a new one */
    Oid owner;      /* 0: current user */
    Oid tablespace; /* 0: the database's */
    char relkind;
    char persistence;   /* 0: 'p' */
    TupleDesc desc;     /* names, types, typmods, collations, not null, storage, identity ... */
    Datum reloptions;   /* text[], 0 for none */
    bool no_row_type;
} RelationSpec;

/* pg_class, pg_attribute, row type and its array type, file, TOAST table where the columns may
 * need one. 42P07 if the name is taken. Increments the command counter. */
extern Oid catalog_create_relation(const RelationSpec *spec);

typedef struct IndexSpec {
    const char *name; /* of the index, and of its constraint */
    Oid oid;
    Oid tablespace;
    Oid method; /* BTREE_AM_OID */
    int key_count;
    int column_count; /* with INCLUDE columns */
    const AttrNumber *attnums; /* 0: the next expression */
    const Oid *opclasses;
    const Oid *collations;
    const int16 *options; /* INDOPTION_* */
    TupleDesc desc;          /* names and types of the index columns */
    const char *expressions; /* serialised list of nodes, NULL */
    const char *predicate;   /* serialised node, NULL */
    Datum reloptions;
    bool unique;
    bool nulls_not_distinct;
    bool primary;
    bool immediate;
    bool is_constraint; /* also a pg_constraint row, p or u */
    bool deferrable;
    bool initially_deferred;
    bool is_valid;      /* false: CREATE INDEX CONCURRENTLY's first step */
    Bitmapset *expression_columns; /* heap columns that expressions and predicate use */
} IndexSpec;

/* Rows and an empty file; the caller builds it (btree_build). Increments the command counter. */
extern Oid catalog_create_index(Relation heap, const IndexSpec *spec, Oid *ret_constraint);
extern void catalog_index_set_valid(Oid index, bool is_ready, bool is_valid);

/* Column names of an index over these columns; a name as PostgreSQL would choose it:
 * table_column_suffix, cut to 63 bytes, numbered until free. */
extern char *catalog_choose_relation_name(const char *name1, const char *name2, const char *label,
                                          Oid namespace_oid, bool is_constraint);

extern AttrNumber catalog_add_column(Relation rel, const Form_pg_attribute column);
/* The value that rows written before have in the column: stored with it (fast default). */
extern void catalog_set_missing_value(Relation rel, AttrNumber attnum, Datum value);
extern void catalog_rename_column(Oid relid, const char *old_name, const char *new_name);
extern void catalog_set_not_null(Oid relid, AttrNumber attnum, bool not_null);
extern void catalog_set_column_storage(Oid relid, AttrNumber attnum, char storage);
extern void catalog_set_column_statistics(Oid relid, AttrNumber attnum, int target);
extern void catalog_set_column_type(Oid relid, AttrNumber attnum, Oid type, int32 typmod,
                                    Oid collation);

/* Serialised expression; NULL drops. uses: columns it reads. */
extern void catalog_set_default(Oid relid, AttrNumber attnum, const char *expression,
                                Bitmapset *uses);
extern Oid catalog_add_check(Relation rel, const char *name, const char *expression,
                             Bitmapset *uses, bool is_valid, bool no_inherit, bool is_local);
/* Name of a new constraint: given is checked (42710), NULL is chosen. */
extern char *catalog_choose_constraint_name(Oid relid, const char *given, const char *column,
                                            const char *label);
extern Oid catalog_constraint_find(Oid relid, const char *name, bool missing_ok); /* 42704 */
extern void catalog_rename_constraint(Oid relid, const char *old_name, const char *new_name);
extern void catalog_validate_constraint(Oid constraint);

extern void catalog_rename_relation(Oid relid, const char *new_name);
extern void catalog_set_relation_namespace(Oid relid, Oid namespace_oid);
extern void catalog_set_relation_owner(Oid relid, Oid owner);
extern void catalog_set_reloptions(Oid relid, Datum reloptions);
extern void catalog_set_relation_persistence(Oid relid, char persistence);
/* Gives the relation (an index too) a new empty file; the old one goes at commit. TOAST table
 * and indexes are the caller's: each needs its own call. */
extern void catalog_new_relfile(Relation rel, char persistence);
/* Takes over the file of `from` (a rewritten copy, which gets the old one) with its TOAST. */
extern void catalog_swap_relfiles(Oid relid, Oid from);
/* VACUUM's and ANALYZE's numbers, written in place. Negative or 0 leave as they are. */
extern void catalog_set_relation_statistics(Oid relid, int64 pages, double tuples,
                                            int64 all_visible, bool has_index);
/* VACUUM's new bounds; 0 leaves one as it is. In place. */
extern void catalog_set_relation_frozen(Oid relid, TransactionId frozen_xid,
                                        MultiXactId min_multi);

/* A view's query, serialised; replaces one that is there. */
extern void catalog_set_view_query(Oid view, const char *query, bool replace, List *dependencies);

/* ---- schemas, roles, databases, comments ---- */

extern Oid catalog_create_namespace(const char *name, Oid owner, Oid oid);
extern void catalog_rename_namespace(const char *old_name, const char *new_name);
extern void catalog_set_namespace_owner(Oid namespace_oid, Oid owner);

typedef struct RoleSpec {
    const char *name;
    bool superuser, inherit, createrole, createdb, login, replication, bypassrls;
    int32 connlimit;
    const char *password; /* as to be stored; NULL none */
    bool validuntil_is_set;
    TimestampTz validuntil;
} RoleSpec;
extern Oid catalog_create_role(const RoleSpec *spec);
extern void catalog_alter_role(Oid role, const RoleSpec *spec); /* all fields but the name */
extern void catalog_rename_role(const char *old_name, const char *new_name);
extern void catalog_drop_role(Oid role); /* 2BP01 while objects depend on it */
extern void catalog_grant_role(Oid role, Oid member, bool admin_option, Oid grantor);
extern void catalog_revoke_role(Oid role, Oid member, bool admin_option_only);
/* ALTER ROLE/DATABASE SET; value NULL resets, name NULL resets all. 0: any. */
extern void catalog_set_role_setting(Oid database, Oid role, const char *name, const char *value);

typedef struct DatabaseSpec {
    const char *name;
    const char *template_name; /* NULL: template1 */
    Oid owner;
    Oid tablespace;
    int encoding; /* -1: the template's */
    const char *collate; /* NULL: the template's */
    const char *ctype;
    bool allow_connections;
    bool is_template;
    int32 connlimit;
    Oid oid;
} DatabaseSpec;
extern Oid catalog_create_database(const DatabaseSpec *spec);
extern void catalog_drop_database(const char *name, bool missing_ok, bool force);
extern void catalog_rename_database(const char *old_name, const char *new_name);
extern void catalog_set_database_owner(Oid database, Oid owner);
extern void catalog_alter_database(Oid database, const bool *allow_connections,
                                   const bool *is_template, const int32 *connlimit);

/* NULL or "" removes. */
extern void catalog_set_comment(Oid classid, Oid objid, int32 subid, const char *comment);
extern void catalog_set_shared_comment(Oid classid, Oid objid, const char *comment);
extern char *catalog_comment(Oid classid, Oid objid, int32 subid); /* palloc'd or NULL */

/* ---- sequences: the parameters' row ---- */
typedef struct SequenceInfo {
    Oid seqtypid;
    int64 seqstart, seqincrement, seqmax, seqmin, seqcache;
    bool seqcycle;
} SequenceInfo;
extern void catalog_set_sequence(Oid relid, const SequenceInfo *info);
extern bool catalog_sequence(Oid relid, SequenceInfo *ret_info);

#endif
