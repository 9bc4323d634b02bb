/*
 * initdb_int.h - shared by the files of sengi-initdb
 */
#ifndef INITDB_INT_H
#define INITDB_INT_H

#include "base/base.h"

#define INITDB_PATH_CHARS_MAX 4096

/* 0, or the errno of what failed at ret_path. */
int initdb_unpack(const char *image, const char *data_dir, char *ret_path);
/* A system id of its own in control file and WAL. Same returns. */
int initdb_stamp(const char *data_dir, uint64 system_id, char *ret_path);

#endif
