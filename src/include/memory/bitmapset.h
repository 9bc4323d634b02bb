/*
 * bitmapset.h - sets of small non-negative integers
 *
 * The empty set is NULL. Functions that change a set return it and may move it (bms_add_member,
 * bms_add_members, bms_del_member(s), bms_int_members, bms_join); the others leave it alone.
 */
#ifndef MEMORY_BITMAPSET_H
#define MEMORY_BITMAPSET_H

#include "memory/memory.h"

#define BITS_PER_BITMAPWORD 64
typedef uint64 bitmapword;

typedef struct Bitmapset
{
    int nwords; /* the last word is not 0 */
    bitmapword words[];
} Bitmapset;
typedef Bitmapset *Relids;

typedef enum BMS_Comparison
{
    BMS_EQUAL,
    BMS_SUBSET1,
    BMS_SUBSET2,
    BMS_DIFFERENT,
} BMS_Comparison;

typedef enum BMS_Membership
{
    BMS_EMPTY_SET,
    BMS_SINGLETON,
    BMS_MULTIPLE,
} BMS_Membership;

Bitmapset *bms_copy(const Bitmapset *a);
bool bms_equal(const Bitmapset *a, const Bitmapset *b);
int bms_compare(const Bitmapset *a, const Bitmapset *b);
Bitmapset *bms_make_singleton(int x);
void bms_free(Bitmapset *a);
Bitmapset *bms_union(const Bitmapset *a, const Bitmapset *b);
Bitmapset *bms_intersect(const Bitmapset *a, const Bitmapset *b);
Bitmapset *bms_difference(const Bitmapset *a, const Bitmapset *b);
bool bms_is_subset(const Bitmapset *a, const Bitmapset *b);
BMS_Comparison bms_subset_compare(const Bitmapset *a, const Bitmapset *b);
bool bms_is_member(int x, const Bitmapset *a);
int bms_member_index(const Bitmapset *a, int x);
bool bms_overlap(const Bitmapset *a, const Bitmapset *b);
bool bms_nonempty_difference(const Bitmapset *a, const Bitmapset *b);
int bms_singleton_member(const Bitmapset *a);
bool bms_get_singleton_member(const Bitmapset *a, int *member);
int bms_num_members(const Bitmapset *a);
BMS_Membership bms_membership(const Bitmapset *a);
#define bms_is_empty(a) ((a) == NULL)
pg_nodiscard Bitmapset *bms_add_member(Bitmapset *a, int x);
pg_nodiscard Bitmapset *bms_del_member(Bitmapset *a, int x);
pg_nodiscard Bitmapset *bms_add_members(Bitmapset *a, const Bitmapset *b);
pg_nodiscard Bitmapset *bms_add_range(Bitmapset *a, int lower, int upper);
pg_nodiscard Bitmapset *bms_int_members(Bitmapset *a, const Bitmapset *b);
pg_nodiscard Bitmapset *bms_del_members(Bitmapset *a, const Bitmapset *b);
pg_nodiscard Bitmapset *bms_join(Bitmapset *a, Bitmapset *b);
/* Members after (before) prevbit, -2 at the end; start with -1. */
int bms_next_member(const Bitmapset *a, int prevbit);
int bms_prev_member(const Bitmapset *a, int prevbit);
uint32 bms_hash_value(const Bitmapset *a);

#endif
