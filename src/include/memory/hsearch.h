/*
 * hsearch.h - hash tables made at run time, private or in shared memory
 *
 * Private tables (hash_create without HASH_SHARED_MEM) grow. Shared ones, made by ShmemInitHash,
 * have a fixed number of entries; with HASH_PARTITION a caller who holds the lock of the partition
 * of a hash value (hash % num_partitions) may work in it while others work in other partitions.
 *
 * A walk (hash_seq_search) visits the entries in storage order: entries may be removed, and
 * inserted, while it runs; it needs no clean-up after an error. New entries may or may not be seen.
 */
#ifndef MEMORY_HSEARCH_H
#define MEMORY_HSEARCH_H

#include "memory/memory.h"

typedef uint32 (*HashValueFunc)(const void *key, Size keysize);
typedef int (*HashCompareFunc)(const void *key1, const void *key2, Size keysize); /* 0: equal */
typedef void *(*HashCopyFunc)(void *dest, const void *src, Size keysize);
typedef void *(*HashAllocFunc)(Size size);

typedef struct HTAB HTAB;
typedef struct HashTableHeader HASHHDR;

typedef struct HASHCTL
{
    long num_partitions; /* HASH_PARTITION: a power of two */
    Size keysize;
    Size entrysize;        /* the key is the entry's first member */
    HashValueFunc hash;    /* HASH_FUNCTION */
    HashCompareFunc match; /* HASH_COMPARE */
    HashCopyFunc keycopy;  /* HASH_KEYCOPY */
    HashAllocFunc alloc;   /* HASH_ALLOC */
    MemoryContext hcxt;    /* HASH_CONTEXT */
    HASHHDR *hctl;         /* HASH_SHARED_MEM and HASH_ATTACH: the shared part */
} HASHCTL;

#define HASH_PARTITION 0x0001
#define HASH_ELEM 0x0008
#define HASH_STRINGS 0x0010 /* keys are C strings in keysize bytes */
#define HASH_BLOBS 0x0020   /* keys are any bytes */
#define HASH_FUNCTION 0x0040
#define HASH_COMPARE 0x0080
#define HASH_KEYCOPY 0x0100
#define HASH_ALLOC 0x0200
#define HASH_CONTEXT 0x0400
#define HASH_SHARED_MEM 0x0800
#define HASH_ATTACH 0x1000
#define HASH_FIXED_SIZE 0x2000

typedef enum HASHACTION
{
    HASH_FIND,
    HASH_ENTER,
    HASH_REMOVE,
    HASH_ENTER_NULL, /* like HASH_ENTER, but NULL when memory is out */
} HASHACTION;

typedef struct HASH_SEQ_STATUS
{
    HTAB *hashp;
    void *segment;
    long index;
} HASH_SEQ_STATUS;

HTAB *hash_create(const char *tabname, long nelem, const HASHCTL *info, int flags);
void hash_destroy(HTAB *hashp);
void *hash_search(HTAB *hashp, const void *key, HASHACTION action, bool *foundPtr);
uint32 get_hash_value(HTAB *hashp, const void *key);
void *hash_search_with_hash_value(HTAB *hashp, const void *key, uint32 hashvalue,
                                  HASHACTION action, bool *foundPtr);
bool hash_update_hash_key(HTAB *hashp, void *existing_entry, const void *new_key);
long hash_get_num_entries(HTAB *hashp);
void hash_seq_init(HASH_SEQ_STATUS *status, HTAB *hashp);
void *hash_seq_search(HASH_SEQ_STATUS *status);
void hash_seq_term(HASH_SEQ_STATUS *status);

/* Bytes a shared table for num_entries entries takes. */
Size hash_estimate_size(long num_entries, Size entrysize);
/* Bytes of it that HASHCTL.hctl must point to; the rest is asked of HASHCTL.alloc. */
Size hash_shared_header_size(void);

uint32 string_hash(const void *key, Size keysize);
uint32 tag_hash(const void *key, Size keysize);
uint32 uint32_hash(const void *key, Size keysize);
#define oid_hash uint32_hash

#endif
