/*
 * number_input.h - integers from text, throwing PostgreSQL's errors for bad input
 */
#ifndef ERROR_NUMBER_INPUT_H
#define ERROR_NUMBER_INPUT_H

#include "base/number.h"

/* 22P02 when it is no integer, 22003 when it does not fit. */
int16 pg_strtoint16(const char *s);
int32 pg_strtoint32(const char *s);
int64 pg_strtoint64(const char *s);
Oid pg_strtooid(const char *s);

#endif
