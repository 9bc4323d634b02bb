/*
 * regexp_int.h - compiled expressions and matches (bytes, not characters)
 */
#ifndef REGEXP_INT_H
#define REGEXP_INT_H

#define PCRE2_CODE_UNIT_WIDTH 8
#include <pcre2.h>

#include "types_int.h"

#define REGEXP_ICASE 0x01   /* i */
#define REGEXP_NLSTOP 0x02  /* p: . and [^x] do not match a newline */
#define REGEXP_NLANCH 0x04  /* w: ^ and $ match at newlines */
#define REGEXP_EXPANDED 0x08 /* x */
#define REGEXP_LITERAL 0x10 /* q */

typedef struct Regexp
{
    pcre2_code *code;
    pcre2_match_data *match;
    int group_count; /* capturing groups */
} Regexp;

/* Compiled, kept in a cache; good until the next call. Throws 2201B. */
Regexp *regexp_compile(const char *pattern, int length, int flags, Oid collation);
/* Looks from byte `start`; on success *ret_spans holds 2 * (groups + 1) offsets, PCRE2_UNSET. */
bool regexp_execute(Regexp *regexp, const char *text, int length, int start,
                    PCRE2_SIZE **ret_spans);

#endif
