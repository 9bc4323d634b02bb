/*
 * relation.h - an open table or index, as every room from here up sees it
 *
 * The catalogue room builds and caches these (relation_open); this room only uses them. A unit test
 * may build one by relation_build_local().
 */
#ifndef HEAP_RELATION_H
#define HEAP_RELATION_H

#include "base/fmgr.h"
#include "heap/tupdesc.h"
#include "lock/lock.h"
#include "memory/bitmapset.h"
#include "memory/list.h"
#include "smgr/smgr.h"
#include "xact/procarray.h"
#include "xact/xact.h"

typedef Oid RegProcedure;

typedef struct FormData_pg_class {
    Oid oid;
    NameData relname;
    Oid relnamespace;
    Oid reltype;
    Oid reloftype;
    Oid relowner;
    Oid relam;
    Oid relfilenode;
    Oid reltablespace; /* 0: the database's */
    int32 relpages;
    float4 reltuples;  /* -1: never counted */
    int32 relallvisible;
    Oid reltoastrelid;
    bool relhasindex;
    bool relisshared;
    char relpersistence;
    char relkind;
    int16 relnatts;
    int16 relchecks;
    bool relhasrules;
    bool relhastriggers;
    bool relhassubclass;
    bool relrowsecurity;
    bool relforcerowsecurity;
    bool relispopulated;
    char relreplident;
    bool relispartition;
    Oid relrewrite;
    TransactionId relfrozenxid;
    MultiXactId relminmxid;
} FormData_pg_class;
typedef FormData_pg_class *Form_pg_class;

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

typedef struct FormData_pg_index {
    Oid indexrelid;
    Oid indrelid;
    int16 indnatts;    /* with INCLUDE columns */
    int16 indnkeyatts;
    bool indisunique;
    bool indnullsnotdistinct;
    bool indisprimary;
    bool indisexclusion;
    bool indimmediate;
    bool indisclustered;
    bool indisvalid;
    bool indcheckxmin;
    bool indisready;
    bool indislive;
    bool indisreplident;
    struct {
        int16 values[INDEX_MAX_KEYS]; /* heap columns, 0 for an expression */
    } indkey;
} FormData_pg_index;
typedef FormData_pg_index *Form_pg_index;

/* rd_indoption */
#define INDOPTION_DESC 0x0001
#define INDOPTION_NULLS_FIRST 0x0002

/* relation options that the storage reads */
typedef struct StdRdOptions {
    int fillfactor;             /* percent; 0: the default */
    int toast_tuple_target;     /* 0: the default */
    int parallel_workers;       /* -1: unset */
    bool vacuum_truncate;
    int vacuum_index_cleanup;   /* -1 auto, 0 off, 1 on */
    bool deduplicate_items;
    bool autovacuum_enabled;
} StdRdOptions;

/* What happened to a table in this transaction; the statistics room collects them. */
typedef struct RelationCounts {
    uint64 tuples_inserted, tuples_updated, tuples_deleted, tuples_hot_updated;
    uint64 tuples_returned, tuples_fetched, scans_started;
    uint64 blocks_fetched, blocks_hit;
    bool truncated;
} RelationCounts;

typedef struct RelationData {
    RelFileLocator rd_locator;
    SmgrRelation *rd_smgr;     /* NULL until relation_smgr() */
    int rd_refcnt;
    int rd_backend;            /* -1, or the owner of a temporary table */
    bool rd_islocaltemp;
    bool rd_isnailed;
    bool rd_isvalid;
    bool rd_indexvalid;
    bool rd_statvalid;
    bool rd_iscatalog;         /* rows are seen through catalogue snapshots */
    SubTransactionId rd_createSubid;
    SubTransactionId rd_newRelfilenodeSubid;
    SubTransactionId rd_firstRelfilenodeSubid;
    SubTransactionId rd_droppedSubid;
    Oid rd_id;
    Form_pg_class rd_rel;
    TupleDesc rd_att;
    StdRdOptions *rd_options;  /* NULL: all defaults */
    RelationCounts *rd_counts; /* NULL: not counted */

    /* tables */
    List *rd_indexlist;        /* oids of indexes, valid with rd_indexvalid */
    Oid rd_pkindex;
    Oid rd_replidindex;
    Bitmapset *rd_indexattr;   /* columns some index reads, offset by FirstLowInvalid... */
    Bitmapset *rd_keyattr;     /* columns of unique indexes a foreign key may refer to */
    Bitmapset *rd_pkattr;
    Bitmapset *rd_idattr;
    Oid rd_toastoid;           /* for a rewritten table: the toast table its values name */
    bool rd_attrsvalid;        /* the four sets above are right */

    /* indexes */
    Form_pg_index rd_index;
    const struct IndexAmRoutine *rd_indam;
    MemoryContext rd_indexcxt;
    Oid *rd_opfamily;
    Oid *rd_opcintype;
    RegProcedure *rd_support;  /* amsupport per column */
    FmgrInfo *rd_supportinfo;  /* the same, looked up; btree: one comparison per key column */
    int16 *rd_indoption;
    Oid *rd_indcollation;
    List *rd_indexprs;
    List *rd_indpred;
    void *rd_amcache;          /* the access method's; palloc'd in rd_indexcxt */

    void *rd_catalog;          /* the catalogue room's */
    void *rd_stats;            /* the statistics room's */
} RelationData;
typedef RelationData *Relation;
typedef Relation *RelationPtr;

#define RelationIsValid(relation) ((relation) != NULL)
#define RelationGetRelid(relation) ((relation)->rd_id)
#define RelationGetRelationName(relation) (NameStr((relation)->rd_rel->relname))
#define RelationGetNamespace(relation) ((relation)->rd_rel->relnamespace)
#define RelationGetDescr(relation) ((relation)->rd_att)
#define RelationGetForm(relation) ((relation)->rd_rel)
#define RelationGetNumberOfAttributes(relation) ((relation)->rd_rel->relnatts)
#define IndexRelationGetNumberOfAttributes(relation) ((relation)->rd_index->indnatts)
#define IndexRelationGetNumberOfKeyAttributes(relation) ((relation)->rd_index->indnkeyatts)
#define RelationGetNumberOfBlocks(relation) smgr_nblocks(relation_smgr(relation), MAIN_FORKNUM)
#define RelationGetFillFactor(relation, default_percent)                                           \
    ((relation)->rd_options != NULL && (relation)->rd_options->fillfactor > 0                      \
         ? (relation)->rd_options->fillfactor                                                      \
         : (default_percent))
#define RelationGetTargetPageFreeSpace(relation, default_percent)                                  \
    (BLCKSZ * (100 - RelationGetFillFactor(relation, default_percent)) / 100)
#define RelationIsPermanent(relation)                                                              \
    ((relation)->rd_rel->relpersistence == RELPERSISTENCE_PERMANENT)
/* Unlogged and temporary tables write no WAL for their rows. */
#define RelationNeedsWAL(relation) RelationIsPermanent(relation)
#define RelationUsesLocalBuffers(relation)                                                         \
    ((relation)->rd_rel->relpersistence == RELPERSISTENCE_TEMP)

#define HEAP_DEFAULT_FILLFACTOR 100
#define HEAP_MIN_FILLFACTOR 10

static inline SmgrRelation *
relation_smgr(Relation rel)
{
    if (unlikely(rel->rd_smgr == NULL))
        rel->rd_smgr = smgr_open(rel->rd_locator);
    return rel->rd_smgr;
}

/* After smgr_close() of its locator, or a new locator. */
static inline void
relation_forget_smgr(Relation rel)
{
    rel->rd_smgr = NULL;
}

/* Whose snapshots may still see dead rows of this table. */
extern HorizonKind relation_horizon_kind(Relation rel);

/* What only the catalogue room can do; registered by it at start. */
typedef struct RelationHooks {
    Relation (*open)(Oid relation, LOCKMODE mode); /* throws if it does not exist */
    void (*close)(Relation rel, LOCKMODE mode);
    List *(*index_list)(Relation rel);             /* oids; a list of the caller's own */
    void (*fill_index_attrs)(Relation rel);        /* sets rd_indexattr.. and rd_attrsvalid */
} RelationHooks;
extern void relation_register_hooks(const RelationHooks *hooks);
extern const RelationHooks *relation_hooks(void); /* NULL if none */

/* A relation in the current context without any catalogue: tests, bootstrap. */
extern Relation relation_build_local(const char *name, Oid oid, RelFileLocator locator,
                                     TupleDesc desc, char relkind);
/* As above for an index over heap columns; compare functions are set by the caller. */
extern Relation relation_build_local_index(const char *name, Oid oid, RelFileLocator locator,
                                           Relation heap, int key_count, const AttrNumber *columns,
                                           bool unique);

/* heap_register(): settings and resource managers of this room, before start-up.
 * heap_attach(): per process, after xact_attach(). */
extern void heap_register(void);
extern void heap_attach(void);

#endif
