/*
 * varlena.h - values that carry their own length
 *
 * The first byte's low bits tell the form, as in PostgreSQL on little-endian machines:
 *
 *   xxxxxx00  4-byte header, length << 2, not compressed
 *   xxxxxx10  4-byte header, length << 2, compressed in line
 *   00000001  1-byte header, then a tag byte: pointer to a value kept out of line
 *   xxxxxxx1  1-byte header, length << 1, at most 126 bytes with the header
 *
 * Every length includes the header. Tuples hold values without padding, so all headers are read
 * by memcpy and no accessor here assumes alignment.
 */
#ifndef BASE_VARLENA_H
#define BASE_VARLENA_H

#include "base/base.h"

struct varlena
{
    char vl_len_[4]; /* never read directly */
    char vl_dat[];
};

typedef struct varlena bytea;
typedef struct varlena text;
typedef struct varlena BpChar;
typedef struct varlena VarChar;

#define VARHDRSZ ((int32) sizeof(int32))
#define VARHDRSZ_SHORT 1
#define VARHDRSZ_COMPRESSED 8
#define VARHDRSZ_EXTERNAL 2
#define VARATT_SHORT_MAX 0x7F

static inline uint32
varlena_header(const void *p)
{
    uint32 header;
    memcpy(&header, p, sizeof(header));
    return header;
}

static inline void
varlena_set_header(void *p, uint32 header)
{
    memcpy(p, &header, sizeof(header));
}

#define VARATT_IS_1B(p) ((*(const uint8 *) (p) & 0x01) == 0x01)
#define VARATT_IS_1B_E(p) (*(const uint8 *) (p) == 0x01)
#define VARATT_IS_4B(p) ((*(const uint8 *) (p) & 0x01) == 0x00)
#define VARATT_IS_4B_U(p) ((*(const uint8 *) (p) & 0x03) == 0x00)
#define VARATT_IS_4B_C(p) ((*(const uint8 *) (p) & 0x03) == 0x02)
#define VARATT_IS_SHORT(p) VARATT_IS_1B(p)
#define VARATT_IS_EXTERNAL(p) VARATT_IS_1B_E(p)
#define VARATT_IS_COMPRESSED(p) VARATT_IS_4B_C(p)
#define VARATT_IS_EXTENDED(p) (!VARATT_IS_4B_U(p))

#define VARSIZE_4B(p) (varlena_header(p) >> 2)
#define VARSIZE_1B(p) ((uint32) (*(const uint8 *) (p) >> 1))
#define VARTAG_1B_E(p) (((const uint8 *) (p))[1])
#define VARTAG_EXTERNAL(p) VARTAG_1B_E(p)

/* Bytes that follow the two header bytes of an out-of-line pointer; set by the heap room's tags. */
#define VARTAG_ONDISK 18
#define VARTAG_ONDISK_SIZE 16
#define VARSIZE_EXTERNAL(p) (VARHDRSZ_EXTERNAL + VARTAG_ONDISK_SIZE)

#define VARSIZE(p) VARSIZE_4B(p)
#define VARSIZE_SHORT(p) VARSIZE_1B(p)
#define VARDATA(p) ((char *) (p) + VARHDRSZ)
#define VARDATA_4B(p) ((char *) (p) + VARHDRSZ)
#define VARDATA_SHORT(p) ((char *) (p) + VARHDRSZ_SHORT)
#define VARDATA_1B(p) ((char *) (p) + VARHDRSZ_SHORT)
#define VARDATA_EXTERNAL(p) ((char *) (p) + VARHDRSZ_EXTERNAL)
#define SET_VARSIZE(p, len) varlena_set_header((p), (uint32) (len) << 2)
#define SET_VARSIZE_COMPRESSED(p, len) varlena_set_header((p), ((uint32) (len) << 2) | 0x02)
#define SET_VARSIZE_SHORT(p, len) ((void) (*(uint8 *) (p) = (uint8) (((len) << 1) | 0x01)))
#define SET_VARTAG_EXTERNAL(p, tag)                                                                \
    ((void) (((uint8 *) (p))[0] = 0x01, ((uint8 *) (p))[1] = (uint8) (tag)))
#define VARATT_CAN_MAKE_SHORT(p)                                                                   \
    (VARATT_IS_4B_U(p) && VARSIZE(p) - VARHDRSZ + VARHDRSZ_SHORT <= VARATT_SHORT_MAX)
#define VARATT_CONVERTED_SHORT_SIZE(p) (VARSIZE(p) - VARHDRSZ + VARHDRSZ_SHORT)

/* Whole length, header included, of a value in any form. */
static inline Size
VARSIZE_ANY(const void *p)
{
    if (VARATT_IS_1B_E(p))
        return VARSIZE_EXTERNAL(p);
    return VARATT_IS_1B(p) ? VARSIZE_1B(p) : VARSIZE_4B(p);
}

/* Length of the data, for any form. */
static inline Size
VARSIZE_ANY_EXHDR(const void *p)
{
    if (VARATT_IS_1B_E(p))
        return VARSIZE_EXTERNAL(p) - VARHDRSZ_EXTERNAL;
    return VARATT_IS_1B(p) ? VARSIZE_1B(p) - VARHDRSZ_SHORT : VARSIZE_4B(p) - VARHDRSZ;
}

/* The data of a value that is neither compressed nor out of line. */
#define VARDATA_ANY(p) (VARATT_IS_1B(p) ? VARDATA_1B(p) : VARDATA_4B(p))

/* Bytes of a 2-column null bitmap, rounded up to whole bytes. */
#define BITMAPLEN(natts) (((int) (natts) + 7) / 8)

#endif
