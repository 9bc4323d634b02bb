/*
 * collation.h - order and case by collation
 *
 * "default", "C", "POSIX" and "ucs_basic" compare bytes. All others are ICU locales; a libc
 * collation of another name is taken for the ICU locale of that name.
 */
#ifndef TYPES_COLLATION_H
#define TYPES_COLLATION_H

#include "base/base.h"

extern bool collation_is_deterministic(Oid collation);
extern bool lc_collate_is_c(Oid collation);
extern bool lc_ctype_is_c(Oid collation);
/* Version of the library's rules for an ICU locale, or NULL. Palloc'd. */
extern char *collation_version(Oid collation);
extern void collation_check_locale(const char *locale);

/* palloc'd and zero-terminated. 22023 (42P22) where no collation was given. */
extern char *str_tolower(const char *text, size_t length, Oid collation);
extern char *str_toupper(const char *text, size_t length, Oid collation);
extern char *str_initcap(const char *text, size_t length, Oid collation);
extern char *asc_tolower(const char *text, size_t length);
extern char *asc_toupper(const char *text, size_t length);

#endif
