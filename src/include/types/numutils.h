/*
 * numutils.h - floating-point numbers to the shortest exact text and back
 */
#ifndef TYPES_NUMUTILS_H
#define TYPES_NUMUTILS_H

#include "base/base.h"
#include "base/number.h"
#include "error/number_input.h"

/* Shortest text that reads back as the same number; 32 bytes are enough. Return the length. */
extern int double_to_shortest_decimal_buf(double value, char *ret_text);
extern int float_to_shortest_decimal_buf(float value, char *ret_text);
extern char *float8out_internal(double value);
extern char *float4out_internal(float value);
extern double float8in_internal(char *text, char **ret_end, const char *type_name,
                                const char *original);

#endif
