/*
 * crc32c.c - CRC-32C by the processor or by tables
 *
 * Why        every page read and every WAL record is checked, so the sum must cost little. The
 *            SSE4.2 instruction has a latency of three cycles and a throughput of one; runs of
 *            3 x 336 bytes are therefore summed in three lanes, whose sums are joined by
 *            multiplying with x^n mod P (Gopal et al., "Fast CRC Computation for iSCSI Polynomial
 *            Using CRC32 Instruction", Intel 2011) - here through tables instead of PCLMUL.
 * Read first crc32c_update_portable(), the slicing-by-8 method of Kounavis and Berry.
 */
#include "base/crc32c.h"

#if defined(__x86_64__)
#include <nmmintrin.h>
#endif

#define POLYNOMIAL_REVERSED 0x82F63B78u
#define LANE_BYTES 336

static pg_crc32c choose_and_update(pg_crc32c crc, const void *data, Size len);

pg_crc32c (*crc32c_update)(pg_crc32c crc, const void *data, Size len) = choose_and_update;

static struct
{
    bool ready;
    uint32 slice[8][256];
    uint32 shift_lane[4][256]; /* what LANE_BYTES zero bytes do to each byte of a sum */
} crc32c_tables;

static void
make_slices(void)
{
    for (uint32 byte = 0; byte < 256; byte++)
    {
        uint32 crc = byte;
        for (int bit = 0; bit < 8; bit++)
            crc = (crc >> 1) ^ (crc & 1 ? POLYNOMIAL_REVERSED : 0);
        crc32c_tables.slice[0][byte] = crc;
    }
    for (uint32 byte = 0; byte < 256; byte++)
        for (int k = 1; k < 8; k++)
        {
            uint32 previous = crc32c_tables.slice[k - 1][byte];
            crc32c_tables.slice[k][byte] =
                (previous >> 8) ^ crc32c_tables.slice[0][previous & 0xFF];
        }
}

static void
make_lane_shift(void)
{
    for (int place = 0; place < 4; place++)
        for (uint32 byte = 0; byte < 256; byte++)
        {
            uint32 crc = byte << (8 * place);
            for (int i = 0; i < LANE_BYTES; i++)
                crc = (crc >> 8) ^ crc32c_tables.slice[0][crc & 0xFF];
            crc32c_tables.shift_lane[place][byte] = crc;
        }
}

static void
make_tables(void)
{
    if (crc32c_tables.ready)
        return;
    make_slices();
    make_lane_shift();
    crc32c_tables.ready = true;
}

static inline uint32
portable_byte(uint32 crc, uint8 byte)
{
    return (crc >> 8) ^ crc32c_tables.slice[0][(crc ^ byte) & 0xFF];
}

pg_crc32c
crc32c_update_portable(pg_crc32c crc, const void *data, Size len)
{
    const uint8 *p = data;
    const uint32(*slice)[256] = (const uint32(*)[256]) crc32c_tables.slice;
    make_tables();
    for (; len >= 8; len -= 8, p += 8)
    {
        uint32 low, high;
        memcpy(&low, p, 4);
        memcpy(&high, p + 4, 4);
        low ^= crc;
        crc = slice[7][low & 0xFF] ^ slice[6][(low >> 8) & 0xFF] ^ slice[5][(low >> 16) & 0xFF] ^
              slice[4][low >> 24] ^ slice[3][high & 0xFF] ^ slice[2][(high >> 8) & 0xFF] ^
              slice[1][(high >> 16) & 0xFF] ^ slice[0][high >> 24];
    }
    for (; len > 0; len--)
        crc = portable_byte(crc, *p++);
    return crc;
}

#if defined(__x86_64__)
static inline uint64
load64(const uint8 *p)
{
    uint64 v;
    memcpy(&v, p, sizeof(v));
    return v;
}

static inline uint32
shift_by_lane(uint32 crc)
{
    return crc32c_tables.shift_lane[0][crc & 0xFF] ^
           crc32c_tables.shift_lane[1][(crc >> 8) & 0xFF] ^
           crc32c_tables.shift_lane[2][(crc >> 16) & 0xFF] ^
           crc32c_tables.shift_lane[3][crc >> 24];
}

__attribute__((target("sse4.2"))) static pg_crc32c
update_sse42(pg_crc32c crc, const void *data, Size len)
{
    const uint8 *p = data;
    for (; len >= 3 * LANE_BYTES; len -= 3 * LANE_BYTES, p += 3 * LANE_BYTES)
    {
        uint64 a = crc, b = 0, c = 0;
        for (int i = 0; i < LANE_BYTES; i += 8)
        {
            a = _mm_crc32_u64(a, load64(p + i));
            b = _mm_crc32_u64(b, load64(p + LANE_BYTES + i));
            c = _mm_crc32_u64(c, load64(p + 2 * LANE_BYTES + i));
        }
        crc = shift_by_lane((uint32) a) ^ (uint32) b;
        crc = shift_by_lane(crc) ^ (uint32) c;
    }
    for (; len >= 8; len -= 8, p += 8)
        crc = (uint32) _mm_crc32_u64(crc, load64(p));
    for (; len > 0; len--)
        crc = _mm_crc32_u8(crc, *p++);
    return crc;
}
#endif

static pg_crc32c
choose_and_update(pg_crc32c crc, const void *data, Size len)
{
    make_tables();
    crc32c_update = crc32c_update_portable;
#if defined(__x86_64__)
    if (__builtin_cpu_supports("sse4.2"))
        crc32c_update = update_sse42;
#endif
    return crc32c_update(crc, data, len);
}
