/*
 * bytes.h - little-endian and big-endian integers at any address
 *
 * On disk everything is little-endian; on the wire, big-endian. Transaction ids take six bytes.
 */
#ifndef BASE_BYTES_H
#define BASE_BYTES_H

#include "base/base.h"

static_assert(__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__, "formats are read in place");

#define BYTES_XID_SIZE 6

#define BYTES_DEFINE_ACCESSORS(bits, swap)                                                         \
    static inline uint##bits bytes_get_u##bits(const void *p)                                      \
    {                                                                                              \
        uint##bits v;                                                                              \
        memcpy(&v, p, sizeof(v));                                                                  \
        return v;                                                                                  \
    }                                                                                              \
    static inline void bytes_set_u##bits(void *p, uint##bits v) { memcpy(p, &v, sizeof(v)); }      \
    static inline uint##bits bytes_get_be##bits(const void *p)                                     \
    {                                                                                              \
        return swap(bytes_get_u##bits(p));                                                         \
    }                                                                                              \
    static inline void bytes_set_be##bits(void *p, uint##bits v) { bytes_set_u##bits(p, swap(v)); }

BYTES_DEFINE_ACCESSORS(16, __builtin_bswap16)
BYTES_DEFINE_ACCESSORS(32, __builtin_bswap32)
BYTES_DEFINE_ACCESSORS(64, __builtin_bswap64)
#undef BYTES_DEFINE_ACCESSORS

/* A 48-bit integer; only its six bytes are touched. */
static inline uint64
bytes_get_u48(const void *p)
{
    return (uint64) bytes_get_u32(p) | (uint64) bytes_get_u16((const char *) p + 4) << 32;
}

static inline void
bytes_set_u48(void *p, uint64 v)
{
    Assert(v < (UINT64CONST(1) << 48));
    bytes_set_u32(p, (uint32) v);
    bytes_set_u16((char *) p + 4, (uint16) (v >> 32));
}

static inline TransactionId bytes_get_xid(const void *p) { return bytes_get_u48(p); }
static inline void bytes_set_xid(void *p, TransactionId xid) { bytes_set_u48(p, xid); }

#define pg_hton16(x) __builtin_bswap16(x)
#define pg_hton32(x) __builtin_bswap32(x)
#define pg_hton64(x) __builtin_bswap64(x)
#define pg_ntoh16(x) __builtin_bswap16(x)
#define pg_ntoh32(x) __builtin_bswap32(x)
#define pg_ntoh64(x) __builtin_bswap64(x)

/* Position of the highest and lowest set bit (v must not be 0), and powers of two. */
static inline int pg_leftmost_one_pos32(uint32 v) { return 31 - __builtin_clz(v); }
static inline int pg_leftmost_one_pos64(uint64 v) { return 63 - __builtin_clzll(v); }
static inline int pg_rightmost_one_pos32(uint32 v) { return __builtin_ctz(v); }
static inline int pg_rightmost_one_pos64(uint64 v) { return __builtin_ctzll(v); }
static inline int pg_popcount64(uint64 v) { return __builtin_popcountll(v); }
static inline bool bytes_is_power_of_2(uint64 v) { return v != 0 && (v & (v - 1)) == 0; }
static inline uint32
pg_nextpower2_32(uint32 v)
{
    return v <= 1 ? 1 : (uint32) 1 << (pg_leftmost_one_pos32(v - 1) + 1);
}
static inline uint64
pg_nextpower2_64(uint64 v)
{
    return v <= 1 ? 1 : UINT64CONST(1) << (pg_leftmost_one_pos64(v - 1) + 1);
}
static inline uint32 pg_rotate_left32(uint32 v, int n) { return (v << n) | (v >> (32 - n)); }

/* Checked arithmetic: true on overflow, and then *result is not meaningful. */
static inline bool pg_add_s16_overflow(int16 a, int16 b, int16 *r) { return __builtin_add_overflow(a, b, r); }
static inline bool pg_sub_s16_overflow(int16 a, int16 b, int16 *r) { return __builtin_sub_overflow(a, b, r); }
static inline bool pg_mul_s16_overflow(int16 a, int16 b, int16 *r) { return __builtin_mul_overflow(a, b, r); }
static inline bool pg_add_s32_overflow(int32 a, int32 b, int32 *r) { return __builtin_add_overflow(a, b, r); }
static inline bool pg_sub_s32_overflow(int32 a, int32 b, int32 *r) { return __builtin_sub_overflow(a, b, r); }
static inline bool pg_mul_s32_overflow(int32 a, int32 b, int32 *r) { return __builtin_mul_overflow(a, b, r); }
static inline bool pg_add_s64_overflow(int64 a, int64 b, int64 *r) { return __builtin_add_overflow(a, b, r); }
static inline bool pg_sub_s64_overflow(int64 a, int64 b, int64 *r) { return __builtin_sub_overflow(a, b, r); }
static inline bool pg_mul_s64_overflow(int64 a, int64 b, int64 *r) { return __builtin_mul_overflow(a, b, r); }

#endif
