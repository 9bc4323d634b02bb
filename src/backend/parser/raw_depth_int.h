/* raw_depth_int.h - an upper bound of a statement's tree depth, from its tokens */
#ifndef PARSER_RAW_DEPTH_INT_H
#define PARSER_RAW_DEPTH_INT_H

#include "base/base.h"

/* A level costs the grammar library, packing and unpacking at most 1.3 kB of stack together. */
#define RAW_DEPTH_MAX 2500

extern int raw_depth(const char *sql, size_t length);

#endif
