/*
 * stringinfo.c - strings that grow
 *
 * Invariants T1. data[len] is 0 after every call, except appendBinaryStringInfoNT.
 *            T2. maxlen is 0 for a read-only view, which no function here may change.
 */
#include "memory/stringinfo.h"

#include "memory_int.h"

void (*stringinfo_limit_hook)(int len, int needed);

StringInfo
makeStringInfo(void)
{
    StringInfo str = palloc(sizeof(StringInfoData));
    initStringInfo(str);
    return str;
}

void
initStringInfo(StringInfo str)
{
    str->data = palloc(STRINGINFO_INITIAL_SIZE);
    str->maxlen = STRINGINFO_INITIAL_SIZE;
    resetStringInfo(str);
}

void
resetStringInfo(StringInfo str)
{
    Assert(str->maxlen != 0); /* T2 */
    str->data[0] = '\0';
    str->len = 0;
    str->cursor = 0;
}

void
destroyStringInfo(StringInfo str)
{
    Assert(str->maxlen != 0);
    pfree(str->data);
    pfree(str);
}

void
enlargeStringInfo(StringInfo str, int needed)
{
    Assert(str->maxlen != 0);
    if (unlikely(needed < 0))
        memory_fail("invalid string enlargement request size: %d", needed);
    if (unlikely((Size) needed >= MaxAllocSize - (Size) str->len))
    {
        if (stringinfo_limit_hook != NULL)
            stringinfo_limit_hook(str->len, needed);
        memory_fail("cannot enlarge string buffer");
    }
    int64 wanted = (int64) str->len + needed + 1;
    if (likely(wanted <= str->maxlen))
        return;
    int64 size = 2 * (int64) str->maxlen;
    while (size < wanted)
        size *= 2;
    size = Min(size, (int64) MaxAllocSize);
    str->data = repalloc(str->data, (Size) size);
    str->maxlen = (int) size;
}

int
appendStringInfoVA(StringInfo str, const char *fmt, va_list args)
{
    int available = str->maxlen - str->len;
    if (available < 16)
        return 32;
    Size needed = pvsnprintf(str->data + str->len, (Size) available, fmt, args);
    if (needed == 0)
    {
        str->len += (int) strlen(str->data + str->len);
        return 0;
    }
    str->data[str->len] = '\0';
    return needed > MaxAllocSize ? (int) MaxAllocSize : (int) needed;
}

void
appendStringInfo(StringInfo str, const char *fmt, ...)
{
    int saved_errno = errno;
    for (;;)
    {
        va_list args;
        va_start(args, fmt);
        errno = saved_errno;
        int needed = appendStringInfoVA(str, fmt, args);
        va_end(args);
        if (needed == 0)
            return;
        enlargeStringInfo(str, needed);
    }
}

void
appendStringInfoString(StringInfo str, const char *s)
{
    appendBinaryStringInfo(str, s, (int) strlen(s));
}

void
appendStringInfoChar(StringInfo str, char ch)
{
    if (str->len + 1 >= str->maxlen)
        enlargeStringInfo(str, 1);
    str->data[str->len++] = ch;
    str->data[str->len] = '\0';
}

void
appendStringInfoSpaces(StringInfo str, int count)
{
    if (count <= 0)
        return;
    enlargeStringInfo(str, count);
    memset(str->data + str->len, ' ', (Size) count);
    str->len += count;
    str->data[str->len] = '\0';
}

void
appendBinaryStringInfo(StringInfo str, const void *data, int datalen)
{
    appendBinaryStringInfoNT(str, data, datalen);
    str->data[str->len] = '\0';
}

void
appendBinaryStringInfoNT(StringInfo str, const void *data, int datalen)
{
    enlargeStringInfo(str, datalen);
    memcpy(str->data + str->len, data, (Size) datalen);
    str->len += datalen;
}
