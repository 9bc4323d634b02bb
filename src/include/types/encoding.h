/*
 * encoding.h - UTF-8, and the conversions a client may ask for
 *
 * The server's encoding is UTF8 (or SQL_ASCII, where bytes pass unchecked). Clients may use UTF8,
 * SQL_ASCII and every encoding that ICU converts under PostgreSQL's name for it.
 */
#ifndef TYPES_ENCODING_H
#define TYPES_ENCODING_H

#include "base/base.h"

enum
{
    PG_SQL_ASCII = 0,
    PG_UTF8 = 6,
    PG_MULE_INTERNAL = 7,
    PG_LATIN1 = 8,
    PG_ENCODING_COUNT = 42
};

#define MAX_MULTIBYTE_CHAR_LEN 4

/* Number of an encoding by any spelling PostgreSQL takes, or -1. */
extern int pg_char_to_encoding(const char *name);
extern const char *pg_encoding_to_char(int encoding);
extern int pg_encoding_max_length(int encoding);
extern bool encoding_is_client_supported(int encoding);

extern int GetDatabaseEncoding(void);
extern const char *GetDatabaseEncodingName(void);
extern void SetDatabaseEncoding(int encoding);
extern int pg_get_client_encoding(void);
extern void encoding_set_client(int encoding);

/* Returns the input itself where nothing changes, else palloc'd and zero-terminated text. */
extern char *encoding_client_to_server(const char *text, int length, int *ret_length);
extern char *encoding_server_to_client(const char *text, int length, int *ret_length);
extern char *encoding_convert(const char *text, int length, int from, int to, int *ret_length);

/* Throws 22021 on the first wrong sequence unless quiet; then returns whether the text is well. */
extern bool pg_verify_mbstr(int encoding, const char *text, int length, bool quiet);
extern bool pg_verifymbstr(const char *text, int length, bool quiet);
extern int encoding_utf8_valid_length(const unsigned char *text, int length);

/* All assume valid text in the server's encoding. */
extern int pg_mblen(const char *text);
extern int pg_mbstrlen(const char *text);
extern int pg_mbstrlen_with_len(const char *text, int length);
extern int pg_mbcliplen(const char *text, int length, int limit);
extern int pg_mbcharcliplen(const char *text, int length, int limit);
extern int encoding_char_offset(const char *text, int length, int char_count);
extern uint32 encoding_utf8_decode(const unsigned char *text);
extern int encoding_utf8_encode(uint32 code, unsigned char *ret_text);
extern int pg_database_encoding_max_length(void);

#endif
