/*
 * tap.h - the few functions a unit program needs to print TAP
 *
 * Each program ends with `return tap_done();`, which prints the plan.
 */
#ifndef UNIT_TAP_H
#define UNIT_TAP_H

#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

static struct
{
    int run;
    int failed;
} tap;

__attribute__((format(printf, 2, 3))) static inline bool
tap_ok(bool passed, const char *fmt, ...)
{
    va_list args;
    tap.run++;
    tap.failed += !passed;
    printf("%sok %d - ", passed ? "" : "not ", tap.run);
    va_start(args, fmt);
    vprintf(fmt, args);
    va_end(args);
    putchar('\n');
    fflush(stdout);
    return passed;
}

static inline bool
tap_is_string(const char *got, const char *want, const char *name)
{
    bool same = got && want ? strcmp(got, want) == 0 : got == want;
    tap_ok(same, "%s", name);
    if (!same)
        printf("#  got: %s\n# want: %s\n", got ? got : "NULL", want ? want : "NULL");
    return same;
}

static inline bool
tap_is_int(long long got, long long want, const char *name)
{
    tap_ok(got == want, "%s", name);
    if (got != want)
        printf("#  got: %lld\n# want: %lld\n", got, want);
    return got == want;
}

static inline int
tap_done(void)
{
    printf("1..%d\n", tap.run);
    return tap.failed != 0;
}

#endif
