/*
 * file_int.h - shared inside the file room
 */
#ifndef FILE_INT_H
#define FILE_INT_H

#include "file/file.h"

/* Gives the kernel back one descriptor that can be opened again; false if there is none. */
bool file__release_lru(void);
/* fopen and friends hold descriptors outside the LRU: counted here so that the sum stays bounded. */
void file__reserve_external(void);
void file__release_external(void);
void file__count_temp_bytes(uint64 bytes);

#ifdef USE_STOP_POINTS
/* Decides the fate of an I/O: 0, or an errno; a write may be cut to *io_size. */
#define FILE_FAULT(is_write, size) file_fault_check((is_write), (size))
int file_fault_check(bool is_write, size_t *io_size);
#else
#define FILE_FAULT(is_write, size) 0
#endif

#endif
