/*
 * crc32c.h - CRC-32C (Castagnoli), the checksum of pages and WAL records
 *
 * Use as: crc = CRC32C_INIT; crc = crc32c_update(crc, data, len); ... ; crc32c_finish(crc).
 */
#ifndef BASE_CRC32C_H
#define BASE_CRC32C_H

#include "base/base.h"

typedef uint32 pg_crc32c;

#define CRC32C_INIT ((pg_crc32c) 0xFFFFFFFF)

/* SSE4.2 where the processor has it, tables elsewhere; chosen at the first call. */
extern pg_crc32c (*crc32c_update)(pg_crc32c crc, const void *data, Size len);

static inline pg_crc32c crc32c_finish(pg_crc32c crc) { return crc ^ 0xFFFFFFFF; }

static inline pg_crc32c
crc32c_of(const void *data, Size len)
{
    return crc32c_finish(crc32c_update(CRC32C_INIT, data, len));
}

/* The table version under its own name, so that a test can compare the two. */
pg_crc32c crc32c_update_portable(pg_crc32c crc, const void *data, Size len);

#define INIT_CRC32C(crc) ((crc) = CRC32C_INIT)
#define COMP_CRC32C(crc, data, len) ((crc) = crc32c_update((crc), (data), (len)))
#define FIN_CRC32C(crc) ((crc) ^= 0xFFFFFFFF)
#define EQ_CRC32C(a, b) ((a) == (b))

#endif
