/*
 * hash.c - hash functions for tables in memory
 */
#include "base/hash.h"

#include <xxhash.h>

uint32
hash_bytes(const void *key, Size len)
{
    return (uint32) XXH3_64bits(key, len);
}

uint64
hash_bytes_extended(const void *key, Size len, uint64 seed)
{
    return XXH3_64bits_withSeed(key, len, seed);
}

uint32
hash_cstring(const char *key)
{
    return hash_bytes(key, strlen(key));
}
