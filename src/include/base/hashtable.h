/*
 * hashtable.h - a small open-addressing hash table, made for one element type by a macro
 *
 * HASHTABLE_DEFINE(prefix, Element, Key, key_field, HASH(key), EQUAL(a, b)) defines the type
 * prefix_hash and the functions prefix_create, _insert, _lookup, _delete, _reset, _destroy and the
 * walk prefix_next. Element must have a `char status` member, owned by the table (0 is empty).
 * Linear probing, at most 3/4 full, back-shift on delete; insert may move all elements.
 * The including file needs "memory/memory.h": memory is taken from the context given to _create.
 */
#ifndef BASE_HASHTABLE_H
#define BASE_HASHTABLE_H

#include "base/bytes.h"

#define HASHTABLE_DEFINE(prefix, Element, Key, key_field, HASH, EQUAL)                             \
    typedef struct prefix##_hash                                                                   \
    {                                                                                              \
        Element *elements;                                                                         \
        uint32 slot_count;                                                                         \
        uint32 mask;                                                                               \
        uint32 member_count;                                                                       \
        MemoryContext context;                                                                     \
    } prefix##_hash;                                                                               \
                                                                                                   \
    static inline pg_attribute_unused() prefix##_hash *prefix##_create(MemoryContext context,      \
                                                                       uint32 expected_count)      \
    {                                                                                              \
        prefix##_hash *t = MemoryContextAllocZero(context, sizeof(*t));                            \
        t->context = context;                                                                      \
        t->slot_count = pg_nextpower2_32(Max(expected_count + expected_count / 2, 8));             \
        t->mask = t->slot_count - 1;                                                               \
        t->elements = MemoryContextAllocExtended(context, t->slot_count * sizeof(Element),         \
                                                 MCXT_ALLOC_HUGE | MCXT_ALLOC_ZERO);               \
        return t;                                                                                  \
    }                                                                                              \
                                                                                                   \
    static inline pg_attribute_unused() void prefix##_destroy(prefix##_hash *t)                    \
    {                                                                                              \
        pfree(t->elements);                                                                        \
        pfree(t);                                                                                  \
    }                                                                                              \
                                                                                                   \
    static inline pg_attribute_unused() void prefix##_reset(prefix##_hash *t)                      \
    {                                                                                              \
        memset(t->elements, 0, t->slot_count * sizeof(Element));                                   \
        t->member_count = 0;                                                                       \
    }                                                                                              \
                                                                                                   \
    static inline pg_attribute_unused() Element *prefix##_lookup(prefix##_hash *t, Key key)        \
    {                                                                                              \
        uint32 i = HASH(key) & t->mask;                                                            \
        while (t->elements[i].status)                                                              \
        {                                                                                          \
            if (EQUAL(t->elements[i].key_field, key))                                              \
                return &t->elements[i];                                                            \
            i = (i + 1) & t->mask;                                                                 \
        }                                                                                          \
        return NULL;                                                                               \
    }                                                                                              \
                                                                                                   \
    static inline pg_attribute_unused() void prefix##_grow(prefix##_hash *t)                       \
    {                                                                                              \
        Element *old = t->elements;                                                                \
        uint32 old_count = t->slot_count;                                                          \
        t->elements = MemoryContextAllocExtended(t->context, 2 * (Size) old_count * sizeof(Element), \
                                                 MCXT_ALLOC_HUGE | MCXT_ALLOC_ZERO);               \
        t->slot_count = 2 * old_count;                                                             \
        t->mask = t->slot_count - 1;                                                               \
        for (uint32 j = 0; j < old_count; j++)                                                     \
        {                                                                                          \
            if (!old[j].status)                                                                    \
                continue;                                                                          \
            uint32 i = HASH(old[j].key_field) & t->mask;                                           \
            while (t->elements[i].status)                                                          \
                i = (i + 1) & t->mask;                                                             \
            t->elements[i] = old[j];                                                               \
        }                                                                                          \
        pfree(old);                                                                                \
    }                                                                                              \
                                                                                                   \
    /* The element for key, new (only key and status set) or old. */                               \
    static inline pg_attribute_unused() Element *prefix##_insert(prefix##_hash *t, Key key,        \
                                                                 bool *found)                      \
    {                                                                                              \
        if (unlikely((uint64) (t->member_count + 1) * 4 > (uint64) t->slot_count * 3))             \
            prefix##_grow(t);                                                                      \
        uint32 i = HASH(key) & t->mask;                                                            \
        while (t->elements[i].status)                                                              \
        {                                                                                          \
            if (EQUAL(t->elements[i].key_field, key))                                              \
            {                                                                                      \
                *found = true;                                                                     \
                return &t->elements[i];                                                            \
            }                                                                                      \
            i = (i + 1) & t->mask;                                                                 \
        }                                                                                          \
        memset(&t->elements[i], 0, sizeof(Element));                                               \
        t->elements[i].status = 1;                                                                 \
        t->elements[i].key_field = key;                                                            \
        t->member_count++;                                                                         \
        *found = false;                                                                            \
        return &t->elements[i];                                                                    \
    }                                                                                              \
                                                                                                   \
    static inline pg_attribute_unused() bool prefix##_delete(prefix##_hash *t, Key key)            \
    {                                                                                              \
        Element *e = prefix##_lookup(t, key);                                                      \
        if (e == NULL)                                                                             \
            return false;                                                                          \
        uint32 hole = (uint32) (e - t->elements);                                                  \
        for (uint32 i = (hole + 1) & t->mask; t->elements[i].status; i = (i + 1) & t->mask)        \
        {                                                                                          \
            uint32 home = HASH(t->elements[i].key_field) & t->mask;                                \
            if (((i - home) & t->mask) >= ((i - hole) & t->mask))                                  \
            {                                                                                      \
                t->elements[hole] = t->elements[i];                                                \
                hole = i;                                                                          \
            }                                                                                      \
        }                                                                                          \
        t->elements[hole].status = 0;                                                              \
        t->member_count--;                                                                         \
        return true;                                                                               \
    }                                                                                              \
                                                                                                   \
    /* Walk: start with *position = 0, ends with NULL; no insert or delete meanwhile. */           \
    static inline pg_attribute_unused() Element *prefix##_next(prefix##_hash *t, uint32 *position) \
    {                                                                                              \
        while (*position < t->slot_count)                                                          \
        {                                                                                          \
            Element *e = &t->elements[(*position)++];                                              \
            if (e->status)                                                                         \
                return e;                                                                          \
        }                                                                                          \
        return NULL;                                                                               \
    }                                                                                              \
    extern int no_such_variable

#endif
