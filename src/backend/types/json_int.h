/*
 * json_int.h - reading JSON text, and writing values as JSON
 */
#ifndef JSON_INT_H
#define JSON_INT_H

#include "types_int.h"

typedef enum JsonKind
{
    JSON_OBJECT,
    JSON_ARRAY,
    JSON_STRING,
    JSON_NUMBER,
    JSON_TRUE,
    JSON_FALSE,
    JSON_NULL,
} JsonKind;

/* A value in place: its text lies in [start, end). */
typedef struct JsonValue
{
    JsonKind kind;
    const char *start;
    const char *end;
} JsonValue;

/* Throws 22P02 unless the whole text is one value. */
void json_check(const char *text, int length);
/* Text must have been checked. */
JsonValue json_value_at(const char *p, const char *end);
/* Walks members and elements: *p is behind the bracket at first; false at the end. */
bool json_next(const char **p, const char *end, bool object, JsonValue *ret_key,
               JsonValue *ret_value);
/* A string without quotes and escapes. */
char *json_unescape(const JsonValue *string, int *ret_length);
void json_put_string(StringInfo out, const char *text, int length);
void json_put_datum(StringInfo out, Oid type, Datum value, bool null, bool key, bool pretty,
                    int depth);

#endif
