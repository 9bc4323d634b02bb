/*
 * bitmapset.c - sets of small non-negative integers
 *
 * Invariants S1. a set that is not NULL has a last word that is not 0; so equal sets have equal
 *                length, and the empty set is always NULL.
 */
#include "memory/bitmapset.h"

#include "base/bytes.h"
#include "base/hash.h"
#include "memory_int.h"

#define WORD_OF(x) ((x) / BITS_PER_BITMAPWORD)
#define BIT_OF(x) ((bitmapword) 1 << ((x) % BITS_PER_BITMAPWORD))
#define SET_SIZE(nwords) (offsetof(Bitmapset, words) + (Size) (nwords) * sizeof(bitmapword))
#define check_set(a) Assert((a) == NULL || ((a)->nwords > 0 && (a)->words[(a)->nwords - 1] != 0))

static inline void
check_member(int x)
{
    if (unlikely(x < 0))
        memory_fail("negative bitmapset member not allowed");
}

/* Restore S1 after bits went away. */
static Bitmapset *
trim(Bitmapset *a)
{
    while (a->nwords > 0 && a->words[a->nwords - 1] == 0)
        a->nwords--;
    if (a->nwords > 0)
        return a;
    pfree(a);
    return NULL;
}

static Bitmapset *
widen(Bitmapset *a, int nwords)
{
    if (a->nwords >= nwords)
        return a;
    a = repalloc(a, SET_SIZE(nwords));
    memset(&a->words[a->nwords], 0, (Size) (nwords - a->nwords) * sizeof(bitmapword));
    a->nwords = nwords;
    return a;
}

Bitmapset *
bms_copy(const Bitmapset *a)
{
    check_set(a);
    return a ? memcpy(palloc(SET_SIZE(a->nwords)), a, SET_SIZE(a->nwords)) : NULL;
}

bool
bms_equal(const Bitmapset *a, const Bitmapset *b)
{
    if (a == NULL || b == NULL)
        return a == b;
    return a->nwords == b->nwords &&
           memcmp(a->words, b->words, (Size) a->nwords * sizeof(bitmapword)) == 0;
}

int
bms_compare(const Bitmapset *a, const Bitmapset *b)
{
    int a_words = a ? a->nwords : 0, b_words = b ? b->nwords : 0;
    if (a_words != b_words)
        return a_words > b_words ? 1 : -1;
    for (int i = a_words - 1; i >= 0; i--)
        if (a->words[i] != b->words[i])
            return a->words[i] > b->words[i] ? 1 : -1;
    return 0;
}

Bitmapset *
bms_make_singleton(int x)
{
    check_member(x);
    Bitmapset *result = palloc0(SET_SIZE(WORD_OF(x) + 1));
    result->nwords = WORD_OF(x) + 1;
    result->words[WORD_OF(x)] = BIT_OF(x);
    return result;
}

void
bms_free(Bitmapset *a)
{
    if (a != NULL)
        pfree(a);
}

Bitmapset *
bms_union(const Bitmapset *a, const Bitmapset *b)
{
    return bms_add_members(bms_copy(a), b);
}

Bitmapset *
bms_intersect(const Bitmapset *a, const Bitmapset *b)
{
    return bms_int_members(bms_copy(a), b);
}

Bitmapset *
bms_difference(const Bitmapset *a, const Bitmapset *b)
{
    return bms_del_members(bms_copy(a), b);
}

bool
bms_is_subset(const Bitmapset *a, const Bitmapset *b)
{
    return !bms_nonempty_difference(a, b);
}

bool
bms_nonempty_difference(const Bitmapset *a, const Bitmapset *b)
{
    if (a == NULL)
        return false;
    if (b == NULL || a->nwords > b->nwords)
        return true;
    for (int i = 0; i < a->nwords; i++)
        if (a->words[i] & ~b->words[i])
            return true;
    return false;
}

BMS_Comparison
bms_subset_compare(const Bitmapset *a, const Bitmapset *b)
{
    bool a_in_b = bms_is_subset(a, b), b_in_a = bms_is_subset(b, a);
    if (a_in_b)
        return b_in_a ? BMS_EQUAL : BMS_SUBSET1;
    return b_in_a ? BMS_SUBSET2 : BMS_DIFFERENT;
}

bool
bms_is_member(int x, const Bitmapset *a)
{
    check_member(x);
    return a != NULL && WORD_OF(x) < a->nwords && (a->words[WORD_OF(x)] & BIT_OF(x)) != 0;
}

/* How many members are less than x, or -1 when x is none. */
int
bms_member_index(const Bitmapset *a, int x)
{
    if (!bms_is_member(x, a))
        return -1;
    int count = pg_popcount64(a->words[WORD_OF(x)] & (BIT_OF(x) - 1));
    for (int i = 0; i < WORD_OF(x); i++)
        count += pg_popcount64(a->words[i]);
    return count;
}

bool
bms_overlap(const Bitmapset *a, const Bitmapset *b)
{
    if (a == NULL || b == NULL)
        return false;
    for (int i = Min(a->nwords, b->nwords) - 1; i >= 0; i--)
        if (a->words[i] & b->words[i])
            return true;
    return false;
}

bool
bms_get_singleton_member(const Bitmapset *a, int *member)
{
    if (bms_membership(a) != BMS_SINGLETON)
        return false;
    *member = bms_next_member(a, -1);
    return true;
}

int
bms_singleton_member(const Bitmapset *a)
{
    int member;
    if (a == NULL)
        memory_fail("bitmapset is empty");
    if (!bms_get_singleton_member(a, &member))
        memory_fail("bitmapset has multiple members");
    return member;
}

int
bms_num_members(const Bitmapset *a)
{
    int count = 0;
    for (int i = 0; a != NULL && i < a->nwords; i++)
        count += pg_popcount64(a->words[i]);
    return count;
}

BMS_Membership
bms_membership(const Bitmapset *a)
{
    int count = bms_num_members(a);
    return count == 0 ? BMS_EMPTY_SET : count == 1 ? BMS_SINGLETON : BMS_MULTIPLE;
}

Bitmapset *
bms_add_member(Bitmapset *a, int x)
{
    check_member(x);
    if (a == NULL)
        return bms_make_singleton(x);
    a = widen(a, WORD_OF(x) + 1);
    a->words[WORD_OF(x)] |= BIT_OF(x);
    return a;
}

Bitmapset *
bms_del_member(Bitmapset *a, int x)
{
    if (!bms_is_member(x, a))
        return a;
    a->words[WORD_OF(x)] &= ~BIT_OF(x);
    return trim(a);
}

Bitmapset *
bms_add_members(Bitmapset *a, const Bitmapset *b)
{
    if (a == NULL || b == NULL)
        return a ? a : bms_copy(b);
    a = widen(a, b->nwords);
    for (int i = 0; i < b->nwords; i++)
        a->words[i] |= b->words[i];
    return a;
}

Bitmapset *
bms_add_range(Bitmapset *a, int lower, int upper)
{
    if (upper < lower)
        return a;
    check_member(lower);
    a = a ? widen(a, WORD_OF(upper) + 1) : bms_make_singleton(upper);
    for (int i = WORD_OF(lower); i <= WORD_OF(upper); i++)
    {
        bitmapword bits = ~(bitmapword) 0;
        if (i == WORD_OF(lower))
            bits &= ~(BIT_OF(lower) - 1);
        if (i == WORD_OF(upper))
            bits &= BIT_OF(upper) | (BIT_OF(upper) - 1);
        a->words[i] |= bits;
    }
    return a;
}

Bitmapset *
bms_int_members(Bitmapset *a, const Bitmapset *b)
{
    if (a == NULL)
        return NULL;
    a->nwords = Min(a->nwords, b ? b->nwords : 0);
    for (int i = 0; i < a->nwords; i++)
        a->words[i] &= b->words[i];
    return trim(a);
}

Bitmapset *
bms_del_members(Bitmapset *a, const Bitmapset *b)
{
    if (a == NULL || b == NULL)
        return a;
    for (int i = 0; i < Min(a->nwords, b->nwords); i++)
        a->words[i] &= ~b->words[i];
    return trim(a);
}

/* Union that may use up both. */
Bitmapset *
bms_join(Bitmapset *a, Bitmapset *b)
{
    if (a == NULL || b == NULL)
        return a ? a : b;
    Bitmapset *longer = a->nwords >= b->nwords ? a : b;
    Bitmapset *shorter = longer == a ? b : a;
    for (int i = 0; i < shorter->nwords; i++)
        longer->words[i] |= shorter->words[i];
    if (shorter != longer)
        pfree(shorter);
    return longer;
}

int
bms_next_member(const Bitmapset *a, int prevbit)
{
    if (a == NULL)
        return -2;
    int bit = prevbit + 1;
    bitmapword mask = ~(bitmapword) 0 << (bit % BITS_PER_BITMAPWORD);
    for (int i = WORD_OF(bit); i < a->nwords; i++, mask = ~(bitmapword) 0)
        if (a->words[i] & mask)
            return i * BITS_PER_BITMAPWORD + pg_rightmost_one_pos64(a->words[i] & mask);
    return -2;
}

int
bms_prev_member(const Bitmapset *a, int prevbit)
{
    if (a == NULL || prevbit == 0)
        return -2;
    int bit = prevbit == -1 ? a->nwords * BITS_PER_BITMAPWORD - 1 : prevbit - 1;
    bitmapword mask = ~(bitmapword) 0 >> (BITS_PER_BITMAPWORD - 1 - bit % BITS_PER_BITMAPWORD);
    for (int i = WORD_OF(bit); i >= 0; i--, mask = ~(bitmapword) 0)
        if (a->words[i] & mask)
            return i * BITS_PER_BITMAPWORD + pg_leftmost_one_pos64(a->words[i] & mask);
    return -2;
}

uint32
bms_hash_value(const Bitmapset *a)
{
    return a ? hash_bytes(a->words, (Size) a->nwords * sizeof(bitmapword)) : 0;
}
