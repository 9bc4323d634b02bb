/*
 * process_title.c - what ps shows of a process
 */
#include "base/process_title.h"

extern char **environ;

#define FIXED_CHARS_MAX 256

static struct {
    char *area; /* NULL: cannot be shown */
    Size size, fixed_length, last_length;
} title;

char **
process_title_save_args(int argc, char **argv)
{
    char *end = argv[0];
    char **copy = malloc(sizeof(char *) * (Size) (argc + 1));
    int count = 0;

    /* argv's strings and the environment's lie one after another. */
    for (int i = 0; i < argc; i++)
        if (argv[i] == end)
            end = argv[i] + strlen(argv[i]) + 1;
    while (environ[count])
        count++;
    for (int i = 0; i < count; i++)
        if (environ[i] == end)
            end = environ[i] + strlen(environ[i]) + 1;

    char **new_environ = malloc(sizeof(char *) * (Size) (count + 1));

    if (!copy || !new_environ)
        return argv;
    for (int i = 0; i < count; i++)
        new_environ[i] = strdup(environ[i]);
    new_environ[count] = NULL;
    environ = new_environ;
    for (int i = 0; i < argc; i++)
        copy[i] = strdup(argv[i]);
    copy[argc] = NULL;
    title.area = argv[0];
    title.size = (Size) (end - argv[0]);
    title.last_length = title.size;
    for (int i = 1; i < argc; i++)
        argv[i] = end - 1;
    return copy;
}

void
process_title_set_fixed(const char *fixed)
{
    if (!title.area || title.size < 2)
        return;
    title.fixed_length = Min(strlen(fixed), Min(title.size - 2, FIXED_CHARS_MAX));
    memcpy(title.area, fixed, title.fixed_length);
    process_title_set_activity("");
}

void
process_title_set_activity(const char *activity)
{
    Size at = title.fixed_length, length = strlen(activity);

    if (!title.area || at + 2 >= title.size)
        return;
    if (length > 0)
        title.area[at++] = ' ';
    length = Min(length, title.size - at - 1);
    memcpy(title.area + at, activity, length);
    at += length;
    if (title.last_length > at)
        memset(title.area + at, 0, title.last_length - at);
    else
        title.area[at] = '\0';
    title.last_length = at;
}
