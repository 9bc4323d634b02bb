/*
 * base.c - failed assertions and bounded string copies
 */
#include "base/base.h"

#include <unistd.h>

void
ExceptionalCondition(const char *condition, const char *file, int line)
{
    char text[512];
    int length = snprintf(text, sizeof(text), "TRAP: failed Assert(\"%s\"), File: \"%s\", Line: %d, "
                          "PID: %d\n", condition, file, line, (int) getpid());
    if (write(STDERR_FILENO, text, (Size) Min(length, (int) sizeof(text) - 1)) < 0)
        abort();
    abort();
}

Size
strlcpy(char *to, const char *from, Size size)
{
    Size length = strlen(from);
    if (size > 0)
    {
        Size n = Min(length, size - 1);
        memcpy(to, from, n);
        to[n] = '\0';
    }
    return length;
}

Size
strlcat(char *to, const char *from, Size size)
{
    Size used = strnlen(to, size);
    if (used == size)
        return size + strlen(from);
    return used + strlcpy(to + used, from, size - used);
}

void
namestrcpy(Name name, const char *from)
{
    strncpy(NameStr(*name), from, NAMEDATALEN);
    NameStr(*name)[NAMEDATALEN - 1] = '\0';
}

int
namestrcmp(const NameData *name, const char *string)
{
    if (name == NULL || string == NULL)
        return (name != NULL) - (string != NULL);
    return strncmp(NameStr(*name), string, NAMEDATALEN);
}
