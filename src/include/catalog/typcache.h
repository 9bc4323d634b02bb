/*
 * typcache.h - how to compare, sort and hash values of a type
 *
 * Entries live until the process ends; they change only by being filled further.
 */
#ifndef CATALOG_TYPCACHE_H
#define CATALOG_TYPCACHE_H

#include "base/fmgr.h"
#include "catalog/catalog.h"

struct TupleDescData;

typedef struct TypeCacheEntry {
    Oid type_id;
    int16 typlen;
    bool typbyval;
    char typalign;
    char typstorage;
    char typtype;
    Oid typrelid;
    Oid typelem;
    Oid typcollation;
    Oid btree_opf;
    Oid btree_opintype;
    Oid hash_opf;
    Oid hash_opintype;
    Oid eq_opr; /* 0 where the type (or an array's element) has none */
    Oid lt_opr;
    Oid gt_opr;
    Oid cmp_proc;
    Oid hash_proc;
    FmgrInfo eq_opr_finfo;
    FmgrInfo cmp_proc_finfo;
    FmgrInfo hash_proc_finfo;
    struct TupleDescData *tupDesc; /* of a composite type */
    uint32 flags;                  /* what has been looked up */
} TypeCacheEntry;

#define TYPECACHE_EQ_OPR 0x00001
#define TYPECACHE_LT_OPR 0x00002
#define TYPECACHE_GT_OPR 0x00004
#define TYPECACHE_CMP_PROC 0x00008
#define TYPECACHE_HASH_PROC 0x00010
#define TYPECACHE_EQ_OPR_FINFO 0x00020
#define TYPECACHE_CMP_PROC_FINFO 0x00040
#define TYPECACHE_HASH_PROC_FINFO 0x00080
#define TYPECACHE_TUPDESC 0x00100
#define TYPECACHE_BTREE_OPFAMILY 0x00200
#define TYPECACHE_HASH_OPFAMILY 0x00400

extern TypeCacheEntry *lookup_type_cache(Oid type, int flags);
/* Operators for ORDER BY, GROUP BY and DISTINCT: throws 42883 "could not identify an ordering
 * operator for type x" for what is needed and missing. Results may be NULL. */
extern void get_sort_group_operators(Oid type, bool needLT, bool needEQ, bool needGT, Oid *ltOpr,
                                     Oid *eqOpr, Oid *gtOpr, bool *isHashable);

/* Row descriptor of a composite type, or of a registered anonymous record (typmod). */
extern struct TupleDescData *lookup_rowtype_tupdesc(Oid type, int32 typmod);
extern struct TupleDescData *lookup_rowtype_tupdesc_noerror(Oid type, int32 typmod, bool noError);
extern struct TupleDescData *lookup_rowtype_tupdesc_copy(Oid type, int32 typmod);
/* Gives an anonymous record descriptor its typmod (desc->tdtypmod). */
extern void assign_record_type_typmod(struct TupleDescData *desc);

#endif
