/*
 * stringinfo.h - strings that grow; data[len] is always 0
 */
#ifndef MEMORY_STRINGINFO_H
#define MEMORY_STRINGINFO_H

#include "memory/memory.h"

typedef struct StringInfoData
{
    char *data;
    int len;
    int maxlen; /* allocated bytes; 0 for a read-only view */
    int cursor; /* for those who read the string from front to end */
} StringInfoData;

#define STRINGINFO_INITIAL_SIZE 1024

StringInfo makeStringInfo(void);
void initStringInfo(StringInfo str);
void resetStringInfo(StringInfo str);
void destroyStringInfo(StringInfo str);
/* A read-only view of bytes that belong to someone else. */
static inline void
initReadOnlyStringInfo(StringInfo str, char *data, int len)
{
    str->data = data;
    str->len = len;
    str->maxlen = 0;
    str->cursor = 0;
}
void appendStringInfo(StringInfo str, const char *fmt, ...) pg_attribute_printf(2, 3);
/* 0 when all was appended, else how many bytes to make room for before trying again. */
int appendStringInfoVA(StringInfo str, const char *fmt, va_list args) pg_attribute_printf(2, 0);
void appendStringInfoString(StringInfo str, const char *s);
void appendStringInfoChar(StringInfo str, char ch);
void appendStringInfoSpaces(StringInfo str, int count);
void appendBinaryStringInfo(StringInfo str, const void *data, int datalen);
void appendBinaryStringInfoNT(StringInfo str, const void *data, int datalen);
/* Make room for `needed` more bytes; throws 54000 past 1 GB. */
void enlargeStringInfo(StringInfo str, int needed);

#define appendStringInfoCharMacro(str, ch)                                                         \
    (((str)->len + 1 >= (str)->maxlen)                                                             \
         ? appendStringInfoChar(str, ch)                                                           \
         : (void) ((str)->data[(str)->len] = (ch), (str)->data[++(str)->len] = '\0'))

/* Set by the error room: throw "out of memory", detail "Cannot enlarge string buffer ...". */
extern void (*stringinfo_limit_hook)(int len, int needed);

#endif
