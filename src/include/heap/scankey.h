/*
 * scankey.h - "column operator constant", as index scans and catalogue lookups want it
 */
#ifndef HEAP_SCANKEY_H
#define HEAP_SCANKEY_H

#include "base/fmgr.h"

typedef uint16 StrategyNumber;
#define InvalidStrategy ((StrategyNumber)0)
#define BTLessStrategyNumber 1
#define BTLessEqualStrategyNumber 2
#define BTEqualStrategyNumber 3
#define BTGreaterEqualStrategyNumber 4
#define BTGreaterStrategyNumber 5
#define BTMaxStrategyNumber 5

typedef struct ScanKeyData {
    int sk_flags;
    AttrNumber sk_attno; /* heap column, or in index scans index column, from 1 */
    StrategyNumber sk_strategy;
    Oid sk_subtype;      /* type of the argument; 0: the column's */
    Oid sk_collation;
    FmgrInfo sk_func;    /* heap keys: the operator; btree keys: not used, may be empty */
    Datum sk_argument;   /* with SK_SEARCHARRAY: struct ScanKeyArray * */
} ScanKeyData;
typedef ScanKeyData *ScanKey;

#define SK_ISNULL 0x0001
#define SK_UNARY 0x0002
#define SK_ROW_HEADER 0x0004
#define SK_ROW_MEMBER 0x0008
#define SK_ROW_END 0x0010
#define SK_SEARCHARRAY 0x0020
#define SK_SEARCHNULL 0x0040
#define SK_SEARCHNOTNULL 0x0080
#define SK_ORDER_BY 0x0100

/* Fills an FmgrInfo from a function's OID; set by the catalogue room. */
extern void (*scankey_fmgr_info_hook)(Oid function, FmgrInfo *ret_info);

extern void ScanKeyInit(ScanKey entry, AttrNumber attno, StrategyNumber strategy,
                        Oid procedure, Datum argument);
extern void ScanKeyEntryInitialize(ScanKey entry, int flags, AttrNumber attno,
                                   StrategyNumber strategy, Oid subtype, Oid collation,
                                   Oid procedure, Datum argument);
extern void ScanKeyEntryInitializeWithInfo(ScanKey entry, int flags, AttrNumber attno,
                                           StrategyNumber strategy, Oid subtype, Oid collation,
                                           const FmgrInfo *finfo, Datum argument);

#endif
