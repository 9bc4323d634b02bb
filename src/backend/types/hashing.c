/*
 * hashing.c - hash functions of the fixed-size types
 *
 * Why        Bob Jenkins's lookup3 (public domain, 2006) with the constants PostgreSQL chose.
 */
#include "types_int.h"
#include "types/hashing.h"

#define HASHING_START 0x9e3779b9
#define ROTATE(x, k) (((x) << (k)) | ((x) >> (32 - (k))))

static inline void
hashing_mix(uint32 *a, uint32 *b, uint32 *c)
{
    static const int turns[6] = {4, 6, 8, 16, 19, 4};

    for (int i = 0; i < 6; i += 3)
    {
        *a = (*a - *c) ^ ROTATE(*c, turns[i]);
        *c += *b;
        *b = (*b - *a) ^ ROTATE(*a, turns[i + 1]);
        *a += *c;
        *c = (*c - *b) ^ ROTATE(*b, turns[i + 2]);
        *b += *a;
    }
}

static inline void
hashing_final(uint32 *a, uint32 *b, uint32 *c)
{
    *c = (*c ^ *b) - ROTATE(*b, 14);
    *a = (*a ^ *c) - ROTATE(*c, 11);
    *b = (*b ^ *a) - ROTATE(*a, 25);
    *c = (*c ^ *b) - ROTATE(*b, 16);
    *a = (*a ^ *c) - ROTATE(*c, 4);
    *b = (*b ^ *a) - ROTATE(*a, 14);
    *c = (*c ^ *b) - ROTATE(*b, 24);
}

static inline uint32
hashing_word(const unsigned char *k)
{
    uint32 word;

    memcpy(&word, k, sizeof(word));
    return word;
}

static uint64
hashing_run(const unsigned char *k, int length, uint64 seed)
{
    uint32 a = HASHING_START + (uint32) length + 3923095;
    uint32 b = a;
    uint32 c = a;
    unsigned char tail[12] = {0};

    if (seed != 0)
    {
        a += (uint32) (seed >> 32);
        b += (uint32) seed;
        hashing_mix(&a, &b, &c);
    }
    for (; length >= 12; length -= 12, k += 12)
    {
        a += hashing_word(k);
        b += hashing_word(k + 4);
        c += hashing_word(k + 8);
        hashing_mix(&a, &b, &c);
    }
    /* The lowest byte of c is kept for the length. */
    memcpy(tail, k, Min(length, 8));
    if (length > 8)
        memcpy(tail + 9, k + 8, length - 8);
    a += hashing_word(tail);
    b += hashing_word(tail + 4);
    c += hashing_word(tail + 8);
    hashing_final(&a, &b, &c);
    return ((uint64) b << 32) | c;
}

uint32
types_hash_bytes(const unsigned char *key, int length)
{
    return (uint32) hashing_run(key, length, 0);
}

uint64
types_hash_bytes_extended(const unsigned char *key, int length, uint64 seed)
{
    return hashing_run(key, length, seed);
}

uint64
types_hash_uint32_extended(uint32 key, uint64 seed)
{
    uint32 a = HASHING_START + (uint32) sizeof(uint32) + 3923095;
    uint32 b = a;
    uint32 c = a;

    if (seed != 0)
    {
        a += (uint32) (seed >> 32);
        b += (uint32) seed;
        hashing_mix(&a, &b, &c);
    }
    a += key;
    hashing_final(&a, &b, &c);
    return ((uint64) b << 32) | c;
}

uint32
types_hash_uint32(uint32 key)
{
    return (uint32) types_hash_uint32_extended(key, 0);
}

/* An int8 that fits int4 hashes as that int4 does, so that the widths share a hash family. */
static uint32
hashing_fold(int64 value)
{
    uint32 low = (uint32) value;
    uint32 high = (uint32) ((uint64) value >> 32);

    return low ^ (value >= 0 ? high : ~high);
}

static Datum
hashing_return(uint32 key)
{
    return UInt32GetDatum(types_hash_uint32(key));
}

static Datum
hashing_return_extended(uint32 key, Datum seed)
{
    return UInt64GetDatum(types_hash_uint32_extended(key, DatumGetUInt64(seed)));
}

#define HASH_WORD(name, expression)                                                                \
    SQL_FUNCTION(name)                                                                             \
    {                                                                                              \
        return hashing_return((uint32) (expression));                                              \
    }                                                                                              \
    SQL_FUNCTION(name##extended)                                                                   \
    {                                                                                              \
        return hashing_return_extended((uint32) (expression), PG_GETARG_DATUM(1));                 \
    }

HASH_WORD(hashchar, (int32) PG_GETARG_CHAR(0))
HASH_WORD(hashint2, (int32) PG_GETARG_INT16(0))
HASH_WORD(hashint4, PG_GETARG_INT32(0))
HASH_WORD(hashint8, hashing_fold(PG_GETARG_INT64(0)))
HASH_WORD(hashoid, PG_GETARG_OID(0))
HASH_WORD(hashenum, PG_GETARG_OID(0))

SQL_FUNCTION(pg_lsn_hash)
{
    return hashint8(fcinfo);
}

SQL_FUNCTION(pg_lsn_hash_extended)
{
    return hashint8extended(fcinfo);
}

/* Zero and minus zero are equal, and so are all NaNs; a float4 hashes as the float8 it equals. */
static float8
hashing_float_key(float8 key)
{
    return isnan(key) ? (float8) NAN : key;
}

static Datum
hashing_float(float8 value)
{
    float8 key = hashing_float_key(value);

    if (key == 0)
        return UInt32GetDatum(0);
    return hash_any((unsigned char *) &key, sizeof(key));
}

static Datum
hashing_float_extended(float8 value, Datum seed)
{
    float8 key = hashing_float_key(value);

    if (key == 0)
        return seed;
    return hash_any_extended((unsigned char *) &key, sizeof(key), DatumGetUInt64(seed));
}

SQL_FUNCTION(hashfloat4)
{
    return hashing_float(PG_GETARG_FLOAT4(0));
}

SQL_FUNCTION(hashfloat4extended)
{
    return hashing_float_extended(PG_GETARG_FLOAT4(0), PG_GETARG_DATUM(1));
}

SQL_FUNCTION(hashfloat8)
{
    return hashing_float(PG_GETARG_FLOAT8(0));
}

SQL_FUNCTION(hashfloat8extended)
{
    return hashing_float_extended(PG_GETARG_FLOAT8(0), PG_GETARG_DATUM(1));
}

SQL_FUNCTION(hashtid)
{
    return hash_any((unsigned char *) PG_GETARG_POINTER(0), sizeof(ItemPointerData));
}

SQL_FUNCTION(hashtidextended)
{
    return hash_any_extended((unsigned char *) PG_GETARG_POINTER(0), sizeof(ItemPointerData),
                             DatumGetUInt64(PG_GETARG_DATUM(1)));
}

SQL_FUNCTION(hashname)
{
    const char *name = PG_GETARG_POINTER(0);

    return hash_any((const unsigned char *) name, (int) strnlen(name, NAMEDATALEN));
}

SQL_FUNCTION(hashnameextended)
{
    const char *name = PG_GETARG_POINTER(0);

    return hash_any_extended((const unsigned char *) name, (int) strnlen(name, NAMEDATALEN),
                             DatumGetUInt64(PG_GETARG_DATUM(1)));
}

SQL_FUNCTION(hashvarlena)
{
    struct varlena *value = PG_GETARG_VARLENA_PP(0);

    return hash_any((unsigned char *) VARDATA_ANY(value), (int) VARSIZE_ANY_EXHDR(value));
}

SQL_FUNCTION(hashvarlenaextended)
{
    struct varlena *value = PG_GETARG_VARLENA_PP(0);

    return hash_any_extended((unsigned char *) VARDATA_ANY(value), (int) VARSIZE_ANY_EXHDR(value),
                             DatumGetUInt64(PG_GETARG_DATUM(1)));
}
