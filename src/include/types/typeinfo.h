/*
 * typeinfo.h - what type functions ask of the catalog, in one place
 */
#ifndef TYPES_TYPEINFO_H
#define TYPES_TYPEINFO_H

#include "base/base.h"
#include "base/fmgr.h"
#include "catalog/catalog.h"
#include "catalog/typcache.h"

/* What one type's values look like and how they are read and written. */
typedef struct TypeOps
{
    Oid type;
    int16 typlen;
    bool typbyval;
    char typalign;
    char typdelim;
    char typtype;
    char typcategory;
    Oid typioparam;
    Oid element; /* of a true array, else InvalidOid */
    Oid array;   /* the array over this type, or InvalidOid */
    FmgrInfo input;
    FmgrInfo output;
    FmgrInfo receive; /* fn_addr NULL until types_ops_binary() */
    FmgrInfo send;
} TypeOps;

/* Never NULL: throws where the type does not exist. Good until the statement ends. */
extern TypeOps *types_ops(Oid type);
extern TypeOps *types_ops_binary(Oid type);
/* The type cache with the function asked for; throws 42883 where the type has none. */
extern TypeCacheEntry *types_eq(Oid type);
extern TypeCacheEntry *types_cmp(Oid type);
/* Text of a value through the type's output function. */
extern char *types_output(Oid type, Datum value);
extern Datum types_input(Oid type, char *text, int32 typmod);
extern Datum types_copy_datum(Datum value, bool typbyval, int typlen);

#endif
