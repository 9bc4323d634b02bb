/*
 * stringinfo.c - strings that grow; data[len] is always 0
 */
#include "memory/stringinfo.h"

void (*stringinfo_limit_hook)(int len, int needed);

StringInfo
makeStringInfo(void)
{
    StringInfo str = palloc(sizeof *str);

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
    Assert(str->maxlen != 0);
    str->data[0] = '\0';
    str->len = 0;
    str->cursor = 0;
}

void
destroyStringInfo(StringInfo str)
{
    pfree(str->data);
    pfree(str);
}

void
enlargeStringInfo(StringInfo str, int needed)
{
    Assert(str->maxlen != 0);
    if (needed < 0 || (Size) needed >= MaxAllocSize - (Size) str->len)
        stringinfo_limit_hook(str->len, needed);

    Size wanted = (Size) str->len + (Size) needed + 1, size = (Size) str->maxlen;

    if (wanted <= size)
        return;
    while (size < wanted)
        size *= 2;
    size = Min(size, MaxAllocSize);
    str->data = repalloc(str->data, size);
    str->maxlen = (int) size;
}

int
appendStringInfoVA(StringInfo str, const char *fmt, va_list args)
{
    int room = str->maxlen - str->len;

    if (room < 16)
        return 32;

    int saved_errno = errno;
    Size printed = pvsnprintf(str->data + str->len, (Size) room, fmt, args);

    errno = saved_errno;
    if (printed == 0) {
        str->len += (int) strlen(str->data + str->len);
        return 0;
    }
    str->data[str->len] = '\0';
    return (int) Min(printed, MaxAllocSize);
}

void
appendStringInfo(StringInfo str, const char *fmt, ...)
{
    int saved_errno = errno;

    for (;;) {
        va_list args;
        int needed;

        errno = saved_errno;
        va_start(args, fmt);
        needed = appendStringInfoVA(str, fmt, args);
        va_end(args);
        if (needed == 0)
            return;
        enlargeStringInfo(str, needed);
    }
}

void
appendBinaryStringInfoNT(StringInfo str, const void *data, int datalen)
{
    enlargeStringInfo(str, datalen);
    if (datalen > 0)
        memcpy(str->data + str->len, data, (Size) datalen);
    str->len += datalen;
}

void
appendBinaryStringInfo(StringInfo str, const void *data, int datalen)
{
    appendBinaryStringInfoNT(str, data, datalen);
    str->data[str->len] = '\0';
}

void
appendStringInfoString(StringInfo str, const char *s)
{
    appendBinaryStringInfo(str, s, (int) strlen(s));
}

void
appendStringInfoChar(StringInfo str, char ch)
{
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
