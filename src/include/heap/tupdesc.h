/*
 * tupdesc.h - what the columns of a row are
 *
 * Descriptors may be counted (relation cache: tdrefcount >= 0) or not (-1). Whoever changes attrs[]
 * after building calls tupdesc_changed(), which makes the cached offsets be computed anew.
 */
#ifndef HEAP_TUPDESC_H
#define HEAP_TUPDESC_H

#include "base/base.h"

struct AttrMissing;

typedef struct FormData_pg_attribute {
    Oid attrelid;
    NameData attname;
    Oid atttypid;
    int32 attstattarget;
    int16 attlen; /* bytes; -1 varlena, -2 C string */
    int16 attnum;
    int32 attndims;
    int32 attcacheoff; /* offset in the column area if constant, else -1; see tupdesc_prepare */
    int32 atttypmod;
    bool attbyval;
    char attalign;   /* catalogue's; tuples have no padding */
    char attstorage; /* p plain, e external, m main, x extended */
    char attcompression;
    bool attnotnull;
    bool atthasdef;
    bool atthasmissing;
    char attidentity;
    char attgenerated;
    bool attisdropped;
    bool attislocal;
    int32 attinhcount;
    Oid attcollation;
} FormData_pg_attribute;
typedef FormData_pg_attribute *Form_pg_attribute;

#define TYPSTORAGE_PLAIN 'p'
#define TYPSTORAGE_EXTERNAL 'e'
#define TYPSTORAGE_EXTENDED 'x'
#define TYPSTORAGE_MAIN 'm'

typedef struct AttrDefault {
    AttrNumber adnum;
    char *adbin; /* expression as the catalogue has it */
} AttrDefault;

typedef struct ConstrCheck {
    char *ccname;
    char *ccbin;
    bool ccvalid;
    bool ccnoinherit;
} ConstrCheck;

/* Value of a column in rows older than the column. */
typedef struct AttrMissing {
    bool am_present;
    Datum am_value;
} AttrMissing;

typedef struct TupleConstr {
    AttrDefault *defval;
    ConstrCheck *check;
    AttrMissing *missing; /* NULL or natts long */
    uint16 num_defval;
    uint16 num_check;
    bool has_not_null;
    bool has_generated_stored;
} TupleConstr;

typedef struct TupleDescData {
    int natts;
    Oid tdtypeid;
    int32 tdtypmod;
    int tdrefcount; /* -1: not counted */
    TupleConstr *constr;
    int fixed_count;  /* leading columns of constant offset, one past the last; -1: not known yet */
    int needed_null_check; /* all columns of a tuple without nulls are fixed: 0; else 1 */
    FormData_pg_attribute attrs[];
} TupleDescData;
typedef TupleDescData *TupleDesc;

#define TupleDescAttr(tupdesc, i) (&(tupdesc)->attrs[(i)])

/* Computes attcacheoff of all columns and fixed_count. Done at need by the tuple functions. */
extern void tupdesc_prepare(TupleDesc tupdesc);
static inline void
tupdesc_changed(TupleDesc tupdesc)
{
    tupdesc->fixed_count = -1;
}

extern TupleDesc CreateTemplateTupleDesc(int natts); /* tdtypeid RECORDOID, typmod -1 */
extern TupleDesc CreateTupleDesc(int natts, Form_pg_attribute *attrs);
extern TupleDesc CreateTupleDescCopy(TupleDesc tupdesc); /* without constraints */
extern TupleDesc CreateTupleDescCopyConstr(TupleDesc tupdesc);
extern void TupleDescCopy(TupleDesc dst, TupleDesc src);
extern void TupleDescCopyEntry(TupleDesc dst, AttrNumber dst_attno, TupleDesc src,
                               AttrNumber src_attno);
extern void FreeTupleDesc(TupleDesc tupdesc);
extern bool equalTupleDescs(TupleDesc a, TupleDesc b);

/* Counted references of CurrentResourceOwner. */
extern void IncrTupleDescRefCount(TupleDesc tupdesc);
extern void DecrTupleDescRefCount(TupleDesc tupdesc);
#define PinTupleDesc(tupdesc)                                                                      \
    do {                                                                                           \
        if ((tupdesc)->tdrefcount >= 0)                                                            \
            IncrTupleDescRefCount(tupdesc);                                                        \
    } while (0)
#define ReleaseTupleDesc(tupdesc)                                                                  \
    do {                                                                                           \
        if ((tupdesc)->tdrefcount >= 0)                                                            \
            DecrTupleDescRefCount(tupdesc);                                                        \
    } while (0)

/* What the catalogue knows of a type; registered by the catalogue room. */
typedef struct TupdescType {
    int16 typlen;
    bool typbyval;
    char typalign;
    char typstorage;
    Oid typcollation;
} TupdescType;
extern bool (*tupdesc_type_hook)(Oid type, TupdescType *ret_type);

/* Column attno (from 1) of a built-in or, through the hook, any type. */
extern void TupleDescInitEntry(TupleDesc desc, AttrNumber attno, const char *name, Oid type,
                               int32 typmod, int attdim);
extern void TupleDescInitBuiltinEntry(TupleDesc desc, AttrNumber attno, const char *name, Oid type,
                                      int32 typmod, int attdim);
extern void TupleDescInitEntryCollation(TupleDesc desc, AttrNumber attno, Oid collation);

#endif
