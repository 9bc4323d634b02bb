/*
 * buffile.h - a buffered temporary file of any length, for sorts and hashes that spill
 *
 * Owned by the ResourceOwner current at creation: an error closes and removes it. Memory comes
 * from the context current at creation. Positions are plain byte offsets. Errors throw.
 */
#ifndef FILE_BUFFILE_H
#define FILE_BUFFILE_H

#include "file/file.h"

typedef struct BufFile BufFile;

extern BufFile *buffile_create(void);
extern void buffile_close(BufFile *file);
/* Reads up to `size` bytes; fewer only at end of file. */
extern size_t buffile_read(BufFile *file, void *buffer, size_t size);
/* Reads exactly `size` bytes or throws "could not read from temporary file". */
extern void buffile_read_exact(BufFile *file, void *buffer, size_t size);
/* As read_exact, but nothing at all left is false. */
extern bool buffile_read_maybe_eof(BufFile *file, void *buffer, size_t size);
extern void buffile_write(BufFile *file, const void *buffer, size_t size);
extern void buffile_seek(BufFile *file, int64 offset);
extern int64 buffile_tell(BufFile *file);
extern int64 buffile_size(BufFile *file);
extern void buffile_rewind(BufFile *file);

#endif
