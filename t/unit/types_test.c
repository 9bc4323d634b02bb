/*
 * types_test.c - functions called directly, with the results PostgreSQL 15 gave
 *
 * Cases stand in types_cases.dat, one a line, fields parted by tabs, \N for NULL, backslash escapes:
 *   function OID, each argument's text, =>, the result's text or !SQLSTATE message
 *   in, type OID, text, =>, the value's text or !SQLSTATE message
 * A TAP line stands for all cases of one function or type. With a file as argument, runs that file
 * and prints each difference (for those who search for more).
 */
#include <stdio.h>
#include <string.h>

#include "base/base.h"
#include "base/random.h"
#include "catalog/catalog.h"
#include "catalog/lsyscache.h"
#include "error/error.h"
#include "heap/relation.h"
#include "memory/memory.h"
#include "types/datetime.h"
#include "types/typeinfo.h"

#define FIELDS_MAX 16

extern const PGFunction builtin_functions[];
extern const int builtin_functions_count;

static char *
unescape(char *field)
{
    char *to = field;

    if (strcmp(field, "\\N") == 0)
        return NULL;
    for (char *p = field; *p != '\0'; p++)
    {
        if (*p != '\\')
        {
            *to++ = *p;
            continue;
        }
        switch (*++p)
        {
            case 'n':
                *to++ = '\n';
                break;
            case 't':
                *to++ = '\t';
                break;
            case 'r':
                *to++ = '\r';
                break;
            case 'b':
                *to++ = '\b';
                break;
            case 'f':
                *to++ = '\f';
                break;
            case 'v':
                *to++ = '\v';
                break;
            default:
                *to++ = *p;
                break;
        }
    }
    *to = '\0';
    return field;
}

static char *
call_function(Oid function, char **arguments, int count)
{
    const ProcInfo *proc = catalog_proc(function);
    FmgrInfo info;
    Datum result;
    LOCAL_FCINFO(call, FIELDS_MAX);

    if (proc == NULL || proc->pronargs != count)
        elog(ERROR, "no function %u of %d arguments", function, count);
    fmgr_info(function, &info);
    InitFunctionCallInfoData(*call, &info, count, 100, NULL, NULL);
    for (int i = 0; i < count; i++)
    {
        call->args[i].isnull = arguments[i] == NULL;
        call->args[i].value = 0;
        if (arguments[i] != NULL)
            call->args[i].value = types_input(proc->proargtypes[i], arguments[i], -1);
        else if (info.fn_strict)
            return NULL;
    }
    result = FunctionCallInvoke(call);
    return call->isnull ? NULL : types_output(proc->prorettype, result);
}

/* The result, "\N" or !SQLSTATE message. */
static char *
run_case(char **fields, int count)
{
    char *result = NULL;
    MemoryContext context = CurrentMemoryContext;

    PG_TRY();
    {
        if (strcmp(fields[0], "in") == 0)
            result = types_output((Oid) atoi(fields[1]),
                                  types_input((Oid) atoi(fields[1]), unescape(fields[2]), -1));
        else
        {
            for (int i = 1; i < count; i++)
                fields[i] = unescape(fields[i]);
            result = call_function((Oid) atoi(fields[0]), fields + 1, count - 1);
        }
    }
    PG_CATCH();
    {
        ErrorData *error;

        MemoryContextSwitchTo(context);
        error = CopyErrorData();
        FlushErrorState();
        result = psprintf("!%s %s", unpack_sql_state(error->sqlerrcode), error->message);
    }
    PG_END_TRY();
    return result;
}

static int
cut_line(char *line, char **fields, char **ret_expected)
{
    int count = 0;
    char *p = line;

    line[strcspn(line, "\n")] = '\0';
    *ret_expected = NULL;
    for (;;)
    {
        char *tab = strchr(p, '\t');

        if (tab != NULL)
            *tab = '\0';
        if (strcmp(p, "=>") == 0 && tab != NULL)
        {
            *ret_expected = tab + 1;
            return count;
        }
        if (count == FIELDS_MAX - 1 || tab == NULL)
            return 0;
        fields[count++] = p;
        p = tab + 1;
    }
}

int
main(int argc, char **argv)
{
    FILE *file;
    static char line[65536];
    static char copy[65536];
    char group[80] = "";
    bool verbose = argc > 1;
    int tests = 0;
    int wrong = 0;
    int wrong_total = 0;
    int cases = 0;
    MemoryContext context;

    MemoryContextInit();
    error_init();
    random_init();
    heap_register();
    catalog_register_functions(builtin_functions, builtin_functions_count);
    if (!timezone_set("America/New_York"))
        return 1;
    file = fopen(verbose ? argv[1] : TYPES_CASES, "r");
    if (file == NULL)
        return 1;
    context = AllocSetContextCreate(TopMemoryContext, "one case", ALLOCSET_DEFAULT_SIZES);
    MemoryContextSwitchTo(context);
    while (fgets(line, sizeof(line), file) != NULL)
    {
        char *fields[FIELDS_MAX];
        char *expected;
        char *got;
        char name[80];
        int count;

        strlcpy(copy, line, sizeof(copy));
        count = cut_line(line, fields, &expected);
        if (count == 0)
            continue;
        if (strcmp(fields[0], "in") == 0)
            snprintf(name, sizeof(name), "type %s", catalog_type((Oid) atoi(fields[1]))
                         ? NameStr(catalog_type((Oid) atoi(fields[1]))->typname) : "?");
        else
            snprintf(name, sizeof(name), "%s", catalog_proc((Oid) atoi(fields[0]))
                         ? NameStr(catalog_proc((Oid) atoi(fields[0]))->proname) : "?");
        if (strcmp(name, group) != 0)
        {
            if (group[0] != '\0' && !verbose)
                printf("%s %d - %s\n", wrong ? "not ok" : "ok", ++tests, group);
            strlcpy(group, name, sizeof(group));
            wrong_total += wrong;
            wrong = 0;
        }
        got = run_case(fields, count);
        expected = unescape(expected);
        cases++;
        if ((got == NULL) != (expected == NULL) || (got != NULL && strcmp(got, expected) != 0))
        {
            wrong++;
            copy[strcspn(copy, "\n")] = '\0';
            printf("# %s: %s\n#   got %s\n", group, copy, got ? got : "\\N");
        }
        MemoryContextReset(context);
    }
    wrong_total += wrong;
    tests++;
    if (!verbose)
        printf("%s %d - %s\n1..%d\n", wrong ? "not ok" : "ok", tests, group, tests);
    else
        printf("%d cases, %d wrong\n", cases, wrong_total);
    return wrong_total != 0;
}
