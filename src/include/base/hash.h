/*
 * hash.h - hash functions for tables in memory (xxHash behind them)
 *
 * Values are stable within one build, not across versions: never store them on disk.
 */
#ifndef BASE_HASH_H
#define BASE_HASH_H

#include "base/base.h"

uint32 hash_bytes(const void *key, Size len);
uint64 hash_bytes_extended(const void *key, Size len, uint64 seed);
uint32 hash_cstring(const char *key);

static inline uint64
hash_mix64(uint64 h)
{
    h ^= h >> 33;
    h *= UINT64CONST(0xff51afd7ed558ccd);
    h ^= h >> 33;
    h *= UINT64CONST(0xc4ceb9fe1a85ec53);
    return h ^ (h >> 33);
}

static inline uint32 hash_uint64(uint64 v) { return (uint32) hash_mix64(v); }
static inline uint32 hash_uint32_mix(uint32 v) { return (uint32) hash_mix64(v); }
static inline uint32
hash_combine(uint32 a, uint32 b)
{
    return a ^ (b + 0x9e3779b9 + (a << 6) + (a >> 2));
}

#endif
