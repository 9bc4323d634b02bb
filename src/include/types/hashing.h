/*
 * hashing.h - PostgreSQL's hash of bytes, value for value
 *
 * Why        hash partitioning and hashtext() show these numbers to users, so they must be
 *            PostgreSQL's: Bob Jenkins's lookup3. Tables in memory use base/hash.h instead.
 */
#ifndef TYPES_HASHING_H
#define TYPES_HASHING_H

#include "base/base.h"

extern uint32 types_hash_bytes(const unsigned char *key, int length);
extern uint64 types_hash_bytes_extended(const unsigned char *key, int length, uint64 seed);
extern uint32 types_hash_uint32(uint32 key);
extern uint64 types_hash_uint32_extended(uint32 key, uint64 seed);

static inline Datum
hash_any(const unsigned char *key, int length)
{
    return UInt32GetDatum(types_hash_bytes(key, length));
}

static inline Datum
hash_any_extended(const unsigned char *key, int length, uint64 seed)
{
    return UInt64GetDatum(types_hash_bytes_extended(key, length, seed));
}

static inline uint32
hash_combine32(uint32 a, uint32 b)
{
    return a ^ (b + 0x9e3779b9 + (a << 6) + (a >> 2));
}

static inline uint64
hash_combine64(uint64 a, uint64 b)
{
    return a ^ (b + UINT64CONST(0x49a0f4dd15e5a8e3) + (a << 54) + (a >> 7));
}

#endif
