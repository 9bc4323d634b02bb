/*
 * bitmapset.c - sets of small non-negative integers
 *
 * Invariants BM1. The empty set is NULL; the last word of any other is not zero. So two sets are
 *                 equal exactly when their word counts and words are.
 */
#include "memory/bitmapset.h"

#include "base/hash.h"

#define WORDNUM(x) ((x) / BITS_PER_BITMAPWORD)
#define BITNUM(x) ((x) % BITS_PER_BITMAPWORD)
#define BIT(x) ((bitmapword) 1 << BITNUM(x))

static Bitmapset *
new_set(int nwords)
{
    Bitmapset *set = palloc0(offsetof(Bitmapset, words) + (Size) nwords * sizeof(bitmapword));

    set->nwords = nwords;
    return set;
}

/* Restores BM1 after bits were taken away; frees a set that became empty. */
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

Bitmapset *
bms_copy(const Bitmapset *a)
{
    if (a == NULL)
        return NULL;

    Bitmapset *copy = palloc(offsetof(Bitmapset, words) + (Size) a->nwords * sizeof(bitmapword));

    memcpy(copy, a, offsetof(Bitmapset, words) + (Size) a->nwords * sizeof(bitmapword));
    return copy;
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
    int na = a ? a->nwords : 0, nb = b ? b->nwords : 0;

    if (na != nb)
        return na > nb ? 1 : -1;
    for (int i = na - 1; i >= 0; i--)
        if (a->words[i] != b->words[i])
            return a->words[i] > b->words[i] ? 1 : -1;
    return 0;
}

Bitmapset *
bms_make_singleton(int x)
{
    Assert(x >= 0);

    Bitmapset *set = new_set(WORDNUM(x) + 1);

    set->words[WORDNUM(x)] = BIT(x);
    return set;
}

void
bms_free(Bitmapset *a)
{
    if (a)
        pfree(a);
}

Bitmapset *
bms_union(const Bitmapset *a, const Bitmapset *b)
{
    if (a == NULL || (b != NULL && a->nwords < b->nwords)) {
        const Bitmapset *longer = b;

        b = a;
        a = longer;
    }
    return bms_add_members(bms_copy(a), b);
}

Bitmapset *
bms_intersect(const Bitmapset *a, const Bitmapset *b)
{
    return a && b ? bms_int_members(bms_copy(a), b) : NULL;
}

Bitmapset *
bms_difference(const Bitmapset *a, const Bitmapset *b)
{
    return bms_del_members(bms_copy(a), b);
}

bool
bms_is_subset(const Bitmapset *a, const Bitmapset *b)
{
    if (a == NULL)
        return true;
    if (b == NULL || a->nwords > b->nwords)
        return false;
    for (int i = 0; i < a->nwords; i++)
        if (a->words[i] & ~b->words[i])
            return false;
    return true;
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
    Assert(x >= 0);
    return a && WORDNUM(x) < a->nwords && (a->words[WORDNUM(x)] & BIT(x)) != 0;
}

int
bms_member_index(const Bitmapset *a, int x)
{
    int index = 0;

    if (!bms_is_member(x, a))
        return -1;
    for (int i = 0; i < WORDNUM(x); i++)
        index += __builtin_popcountll(a->words[i]);
    return index + __builtin_popcountll(a->words[WORDNUM(x)] & (BIT(x) - 1));
}

bool
bms_overlap(const Bitmapset *a, const Bitmapset *b)
{
    int n = a && b ? Min(a->nwords, b->nwords) : 0;

    for (int i = 0; i < n; i++)
        if (a->words[i] & b->words[i])
            return true;
    return false;
}

bool
bms_nonempty_difference(const Bitmapset *a, const Bitmapset *b)
{
    return !bms_is_subset(a, b);
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
    int member = -1;
    bool single PG_USED_FOR_ASSERTS_ONLY = bms_get_singleton_member(a, &member);

    Assert(single);
    return member;
}

int
bms_num_members(const Bitmapset *a)
{
    int count = 0;

    for (int i = 0; a && i < a->nwords; i++)
        count += __builtin_popcountll(a->words[i]);
    return count;
}

BMS_Membership
bms_membership(const Bitmapset *a)
{
    int count = bms_num_members(a);

    return count == 0 ? BMS_EMPTY_SET : count == 1 ? BMS_SINGLETON : BMS_MULTIPLE;
}

static Bitmapset *
enlarge(Bitmapset *a, int nwords)
{
    if (a == NULL)
        return new_set(nwords);
    if (a->nwords >= nwords)
        return a;
    a = repalloc(a, offsetof(Bitmapset, words) + (Size) nwords * sizeof(bitmapword));
    memset(&a->words[a->nwords], 0, (Size) (nwords - a->nwords) * sizeof(bitmapword));
    a->nwords = nwords;
    return a;
}

Bitmapset *
bms_add_member(Bitmapset *a, int x)
{
    Assert(x >= 0);
    a = enlarge(a, WORDNUM(x) + 1);
    a->words[WORDNUM(x)] |= BIT(x);
    return a;
}

Bitmapset *
bms_del_member(Bitmapset *a, int x)
{
    if (!bms_is_member(x, a))
        return a;
    a->words[WORDNUM(x)] &= ~BIT(x);
    return trim(a);
}

Bitmapset *
bms_add_members(Bitmapset *a, const Bitmapset *b)
{
    if (b == NULL)
        return a;
    a = enlarge(a, b->nwords);
    for (int i = 0; i < b->nwords; i++)
        a->words[i] |= b->words[i];
    return a;
}

Bitmapset *
bms_add_range(Bitmapset *a, int lower, int upper)
{
    if (upper < lower)
        return a;
    a = enlarge(a, WORDNUM(upper) + 1);
    for (int x = lower; x <= upper; x++)
        a->words[WORDNUM(x)] |= BIT(x);
    return a;
}

Bitmapset *
bms_int_members(Bitmapset *a, const Bitmapset *b)
{
    if (a == NULL)
        return NULL;
    for (int i = 0; i < a->nwords; i++)
        a->words[i] &= b && i < b->nwords ? b->words[i] : 0;
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

Bitmapset *
bms_join(Bitmapset *a, Bitmapset *b)
{
    if (a == NULL)
        return b;
    if (b == NULL)
        return a;
    a = bms_add_members(a, b);
    if (a != b)
        pfree(b);
    return a;
}

int
bms_next_member(const Bitmapset *a, int prevbit)
{
    int next = prevbit + 1;

    for (int i = WORDNUM(next); a && i < a->nwords; i++) {
        bitmapword word = a->words[i];

        if (i == WORDNUM(next))
            word &= ~(bitmapword) 0 << BITNUM(next);
        if (word)
            return i * BITS_PER_BITMAPWORD + __builtin_ctzll(word);
    }
    return -2;
}

int
bms_prev_member(const Bitmapset *a, int prevbit)
{
    if (a == NULL || prevbit == 0)
        return -2;

    int last = prevbit == -1 ? a->nwords * BITS_PER_BITMAPWORD - 1 : prevbit - 1;

    for (int i = Min(WORDNUM(last), a->nwords - 1); i >= 0; i--) {
        bitmapword word = a->words[i];

        if (i == WORDNUM(last))
            word &= ~(bitmapword) 0 >> (BITS_PER_BITMAPWORD - 1 - BITNUM(last));
        if (word)
            return i * BITS_PER_BITMAPWORD + BITS_PER_BITMAPWORD - 1 - __builtin_clzll(word);
    }
    return -2;
}

uint32
bms_hash_value(const Bitmapset *a)
{
    return a ? hash_bytes(a->words, (Size) a->nwords * sizeof(bitmapword)) : 0;
}
