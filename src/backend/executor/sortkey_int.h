/*
 * sortkey_int.h - comparing Datums by an ordering or equality operator
 */
#ifndef EXECUTOR_SORTKEY_INT_H
#define EXECUTOR_SORTKEY_INT_H

#include "base/base.h"
#include "base/fmgr.h"
#include "executor/tuplesort.h"

/* How a value's order is found without calling a function. */
typedef enum KeyKind {
    KEY_GENERIC,
    KEY_INT16,
    KEY_INT32,
    KEY_INT64,
    KEY_UINT32,
    KEY_FLOAT4,
    KEY_FLOAT8,
    KEY_BOOL,
    KEY_CHAR,
    KEY_TEXT_C, /* text in byte order */
    KEY_NAME_C
} KeyKind;

typedef struct SortKey {
    int column; /* from 0 */
    KeyKind kind;
    bool reverse; /* descending */
    bool nulls_first;
    Oid collation;
    FmgrInfo cmp;
    FunctionCallInfo call;
} SortKey;

/* Fills a key from an ordering operator. */
extern void sort_key_init(SortKey *key, int column, Oid sort_operator, Oid collation,
                          bool nulls_first);
/* Fills it from a comparison function. */
extern void sort_key_init_cmp(SortKey *key, int column, Oid cmp_proc, Oid collation);

/* < 0, 0, > 0 in ascending order, both values present. */
extern int sort_key_compare_raw(SortKey *key, Datum a, Datum b);

/* In the key's order, nulls included. */
extern int sort_key_compare(SortKey *key, Datum a, bool anull, Datum b, bool bnull);

/* A number whose order never contradicts the key's. */
extern uint64 sort_key_abbreviate(const SortKey *key, Datum value);

/* Equal numbers mean equal values. */
extern bool sort_key_is_exact(const SortKey *key);

/* Equality and hashing of one column for grouping, hash joins, DISTINCT. */
typedef struct EqualKey {
    int column; /* from 0 */
    KeyKind kind;
    bool bitwise; /* equal exactly where the payload bytes are (kinds above, text) */
    Oid collation;
    FmgrInfo eq;
    FunctionCallInfo eq_call;
    FmgrInfo hash;
    FunctionCallInfo hash_call;
    bool hash_by_kind; /* hash computed here, not by the type's function */
} EqualKey;

/* `left` says which operand's type the hash function is for (cross-type operators). */
extern void equal_key_init(EqualKey *key, int column, Oid eq_operator, Oid collation, bool hashed,
                           bool left);
extern bool equal_key_equal(EqualKey *key, Datum a, Datum b);
extern uint32 equal_key_hash(EqualKey *key, Datum value);

/* Equal, or both NULL. */
extern bool equal_key_same(EqualKey *key, Datum a, bool anull, Datum b, bool bnull);
/* An array of keys for grouping columns (numbers from 1). */
extern EqualKey *equal_keys_create(int count, const AttrNumber *columns, const Oid *operators,
                                   const Oid *collations, bool hashed);

/* The same for a whole column: mixes into hashes[] of the selected rows; NULL hashes as 0. */
extern void equal_key_hash_column(EqualKey *key, const ColumnVector *vector, const uint16 *sel,
                                  int count, uint32 *hashes);

static inline uint32
hash_mix(uint32 seed, uint32 hash)
{
    return ((seed << 1) | (seed >> 31)) ^ hash;
}

#endif
