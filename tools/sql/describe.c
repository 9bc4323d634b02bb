/*
 * describe.c - the \d family
 */
#include "client.h"

bool
describe_command(const char *name, const char *pattern)
{
    errno = ENOENT;
    return false;
}
