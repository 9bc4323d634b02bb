/*
 * toast_int.h - the pointer to a value kept out of line, and how its chunks are reached
 */
#ifndef TOAST_INT_H
#define TOAST_INT_H

#include "heap/heap.h"

#define TOAST_SIZE_MASK 0x3fffffffu
#define TOAST_METHOD_SHIFT 30
#define TOAST_METHOD_LZ4 1u
#define TOAST_COMPRESS_MIN 32

/* As PostgreSQL's; 16 bytes after the 2-byte header, unaligned. */
typedef struct ToastPointer {
    int32 raw_size;  /* plain, with its 4-byte header */
    uint32 info;     /* bytes stored (30 bits), compression method */
    Oid value_id;
    Oid toast_relid;
} ToastPointer;
_Static_assert(sizeof(ToastPointer) == VARTAG_ONDISK_SIZE, "pointer is 16 bytes");

extern void toast__read_pointer(const struct varlena *attr, ToastPointer *ret_pointer);
static inline bool
toast__is_compressed(const struct varlena *attr)
{
    ToastPointer pointer;
    toast__read_pointer(attr, &pointer);
    return (int32)(pointer.info & TOAST_SIZE_MASK) < pointer.raw_size - VARHDRSZ;
}
extern struct varlena *toast__fetch(const struct varlena *attr);
extern struct varlena *toast__fetch_slice(const struct varlena *attr, int32 offset, int32 length);

#endif
