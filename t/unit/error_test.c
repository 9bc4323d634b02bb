/*
 * error_test.c - reports, unwinding, the log's lines, resource owners
 *
 * Method: the log goes to a pipe and its text is compared; levels that end a process are tried in
 * a child.
 */
#include <fcntl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/random.h"
#include "error/error.h"
#include "error/log.h"
#include "error/number_input.h"
#include "error/resowner.h"
#include "memory/stringinfo.h"
#include "tap.h"

static int log_pipe[2];
static ErrorData client_copy;
static int client_count;

static const char *
read_log(void)
{
    static char text[8192];
    ssize_t length = read(log_pipe[0], text, sizeof(text) - 1);
    text[Max(length, 0)] = '\0';
    return text;
}

static void
to_client(ErrorData *edata)
{
    client_copy = *edata;
    client_count++;
}

/* The error that the statement throws, or NULL. */
#define CATCH(ret_error, statement)                                                                \
    do                                                                                             \
    {                                                                                              \
        ret_error = NULL;                                                                          \
        PG_TRY();                                                                                  \
        {                                                                                          \
            statement;                                                                             \
        }                                                                                          \
        PG_CATCH();                                                                                \
        {                                                                                          \
            MemoryContextSwitchTo(TopMemoryContext);                                               \
            ret_error = CopyErrorData();                                                           \
            FlushErrorState();                                                                     \
        }                                                                                          \
        PG_END_TRY();                                                                              \
    } while (0)

static void
add_context(void *arg)
{
    errcontext("while testing %s", (char *) arg);
}

static void
test_fields(void)
{
    ErrorData *volatile error;
    ErrorContextCallback inner, outer;
    outer = (ErrorContextCallback){NULL, add_context, "outer"};
    inner = (ErrorContextCallback){&outer, add_context, "inner"};
    error_context_stack = &inner;
    errno = ENOENT;
    CATCH(error, ereport(ERROR, (errcode_for_file_access(),
                                 errmsg("could not open file \"%s\": %m", "x"), errdetail("d %d", 1),
                                 errhint("h"), errposition(7),
                                 err_generic_string(PG_DIAG_CONSTRAINT_NAME, "con"))));
    error_context_stack = NULL;
    tap_is_string(error->message, "could not open file \"x\": No such file or directory", "message");
    tap_is_string(unpack_sql_state(error->sqlerrcode), "58P01", "SQLSTATE of a missing file");
    tap_is_string(error->detail, "d 1", "detail");
    tap_is_string(error->hint, "h", "hint");
    tap_is_string(error->constraint_name, "con", "constraint");
    tap_is_string(error->context, "while testing inner\nwhile testing outer", "context lines");
    tap_is_string(error->filename, "error_test.c", "file without its folder");
    tap_is_int(error->cursorpos, 7, "position");
    CATCH(error, elog(ERROR, "plain"));
    tap_is_string(unpack_sql_state(error->sqlerrcode), "XX000", "elog is an internal error");
    CATCH(error, ereport(ERROR, errcode(ERRCODE_DIVISION_BY_ZERO),
                         errmsg_plural("%d row", "%d rows", 2, 2)));
    tap_is_string(error->message, "2 rows", "without the extra parentheses, and plural");
    tap_is_string(error_condition_name(ERRCODE_DIVISION_BY_ZERO), "division_by_zero", "condition");
    tap_ok(error_sqlstate_from_text("22012") == ERRCODE_DIVISION_BY_ZERO, "SQLSTATE from text");
}

static void
test_unwinding(void)
{
    volatile int order = 0;
    ErrorData *volatile error;
    CATCH(error, {
        PG_TRY(inner);
        {
            order = order * 10 + 1;
            elog(ERROR, "thrown");
        }
        PG_FINALLY(inner);
        {
            order = order * 10 + 2;
        }
        PG_END_TRY(inner);
        order = order * 10 + 9;
    });
    tap_is_int(order, 12, "PG_FINALLY runs and goes on throwing");
    tap_is_string(error->message, "thrown", "the same error");
    CATCH(error, {
        PG_TRY(inner);
        {
            elog(ERROR, "first");
        }
        PG_CATCH(inner);
        {
            elog(ERROR, "second");
        }
        PG_END_TRY(inner);
    });
    tap_is_string(error->message, "second", "an error while handling another replaces it");
    ErrorData *saved = error;
    CATCH(error, ReThrowError(saved));
    tap_is_string(error->message, "second", "rethrown from a copy");
    CATCH(error, ThrowErrorData(saved));
    tap_ok(error && error->elevel == ERROR, "thrown from a copy");
    HOLD_INTERRUPTS();
    CATCH(error, elog(ERROR, "x"));
    tap_is_int(InterruptHoldoffCount, 0, "an error lets interrupts in again");
    CATCH(error, pg_strtoint32("12x"));
    tap_is_string(error->message, "invalid input syntax for type integer: \"12x\"", "bad integer");
    CATCH(error, pg_strtoint16("40000"));
    tap_is_string(error->message, "value \"40000\" is out of range for type smallint", "too large");
}

static void
test_memory_errors(void)
{
    ErrorData *volatile error;
    int saved_stderr = dup(2), null = open("/dev/null", O_WRONLY);
    dup2(null, 2); /* the context tree is told there */
    memory_fail_at(1);
    CATCH(error, palloc(100000000));
    memory_fail_at(0);
    dup2(saved_stderr, 2);
    tap_is_string(error->message, "out of memory", "out of memory");
    tap_is_string(error->detail,
                  "Failed on request of size 100000000 in memory context \"TopMemoryContext\".",
                  "and its detail");
    tap_is_string(unpack_sql_state(error->sqlerrcode), "53200", "and its code");
    CATCH(error, palloc(SIZE_MAX));
    tap_is_string(error->message, "invalid memory alloc request size 18446744073709551615", "size");
    StringInfo str = makeStringInfo();
    appendStringInfoString(str, "abc");
    CATCH(error, enlargeStringInfo(str, (int) MaxAllocSize));
    tap_is_string(error->detail,
                  "Cannot enlarge string buffer containing 3 bytes by 1073741823 more bytes.",
                  "a string too long");
    tap_is_string(unpack_sql_state(error->sqlerrcode), "54000", "and its code");
}

static void
test_log(void)
{
    Log_line_prefix = "%q<%u@%d %a %b %e %%>%6l ";
    ereport(LOG, (errmsg("two\nlines")));
    tap_is_string(read_log(), "LOG:  two\n\tlines\n", "%q ends the prefix outside sessions");
    log_session = (LogSession){.is_session = true, .user_name = "u", .database_name = "d",
                               .backend_type = "client backend", .statement = "select 1"};
    log_after_fork();
    ereport(WARNING, (errcode(ERRCODE_DIVISION_BY_ZERO), errmsg("w"), errdetail("d"),
                      errdetail_log("for the log"), errhint("h")));
    tap_is_string(read_log(),
                  "<u@d [unknown] client backend 22012 %>     1 WARNING:  w\n"
                  "<u@d [unknown] client backend 22012 %>     2 DETAIL:  for the log\n"
                  "<u@d [unknown] client backend 22012 %>     3 HINT:  h\n",
                  "prefix and lines of a warning");
    Log_line_prefix = "%m ";
    log_min_error_statement = WARNING;
    Log_error_verbosity = PGERROR_VERBOSE;
    elog(WARNING, "w");
    const char *text = read_log();
    tap_ok(strstr(text, " GMT WARNING:  01000: w\n") && strstr(text, "LOCATION:  test_log, error_test.c:")
               && strstr(text, "STATEMENT:  select 1\n"),
           "verbose: code, location, statement");
    Log_error_verbosity = PGERROR_DEFAULT;
    Log_line_prefix = "%-8p|%c|%x|%v|%h";
    log_min_error_statement = ERROR;
    log_session.statement = NULL;
    log_after_fork();
    elog(LOG, "x");
    char want[100];
    snprintf(want, sizeof(want), "%-8d|0.%x|0||LOG:  x\n", (int) getpid(), (int) getpid());
    tap_is_string(read_log(), want, "padding and more escapes");
    Log_line_prefix = "";
    log_session.is_session = false;
}

static void
test_levels(void)
{
    emit_error_to_client = to_client;
    client_count = 0;
    elog(NOTICE, "n");
    tap_ok(client_count == 1 && client_copy.elevel == NOTICE, "a notice goes to the client");
    tap_ok(!message_level_is_interesting(DEBUG1), "a debug message goes nowhere");
    elog(LOG, "l");
    elog(LOG_SERVER_ONLY, "s");
    tap_ok(client_count == 1, "a log message goes to the server alone");
    tap_is_string(read_log(), "LOG:  l\nLOG:  s\n", "and stands there");
    client_min_messages = ERROR;
    elog(INFO, "i");
    elog(WARNING, "w");
    tap_ok(client_count == 2 && client_copy.elevel == INFO, "INFO always goes to the client");
    tap_is_string(read_log(), "WARNING:  w\n", "a warning to the log");
    log_min_messages = FATAL;
    elog(LOG, "l");
    elog(WARNING, "w");
    tap_is_string(read_log(), "", "LOG ranks between ERROR and FATAL in the log");
    log_min_messages = LOG;
    elog(LOG, "l");
    tap_is_string(read_log(), "LOG:  l\n", "unless the log asks for it");
    log_min_messages = WARNING;
    client_min_messages = NOTICE;
    ClientAuthInProgress = true;
    elog(WARNING, "w");
    read_log();
    tap_is_int(client_count, 2, "during authentication only errors go to the client");
    ClientAuthInProgress = false;
    emit_error_to_client = NULL;
}

static void
exit_with(int code)
{
    _exit(code + 40);
}

static int
status_of_child(void (*body)(void))
{
    int status;
    pid_t pid = fork();
    if (pid == 0)
    {
        error_proc_exit_hook = exit_with;
        body();
        _exit(0);
    }
    waitpid(pid, &status, 0);
    read_log();
    return WIFSIGNALED(status) ? -WTERMSIG(status) : WEXITSTATUS(status);
}

static void
throw_uncaught(void)
{
    elog(ERROR, "nobody catches");
}

static void
throw_fatal(void)
{
    ErrorData *volatile error pg_attribute_unused();
    CATCH(error, elog(FATAL, "f"));
}

static void
throw_in_critical_section(void)
{
    ErrorData *volatile error pg_attribute_unused();
    START_CRIT_SECTION();
    CATCH(error, elog(ERROR, "half done"));
}

static void
throw_while_exiting(void)
{
    ErrorData *volatile error pg_attribute_unused();
    error_process_exiting = true;
    CATCH(error, elog(ERROR, "x"));
}

static void
throw_in_callback(void *arg)
{
    elog(ERROR, "callback fails");
}

static void
throw_without_end(void)
{
    ErrorData *volatile error;
    ErrorContextCallback cb = {NULL, throw_in_callback, NULL};
    error_context_stack = &cb;
    CATCH(error, elog(ERROR, "x"));
    _exit(error != NULL ? 7 : 8);
}

static void
test_endings(void)
{
    tap_is_int(status_of_child(throw_uncaught), 41, "an error nobody catches is FATAL");
    tap_is_int(status_of_child(throw_fatal), 41, "FATAL ends the process");
    tap_is_int(status_of_child(throw_in_critical_section), -SIGABRT,
               "in a critical section an error is PANIC");
    tap_is_int(status_of_child(throw_while_exiting), 41, "while exiting an error is FATAL");
    int status = status_of_child(throw_without_end);
    tap_ok(status == 7 || status == -SIGABRT, "a callback that always fails ends");
}

/* ---- resource owners ---- */

static int64 released[1000];
static int released_count;

static void
on_release(Datum res)
{
    released[released_count++] = (int64) res;
}

static char *
print_resource(Datum res)
{
    return psprintf("thing %d", (int) res);
}

static const ResourceOwnerDesc early = {"early", RESOURCE_RELEASE_BEFORE_LOCKS, 100, on_release, NULL};
static const ResourceOwnerDesc later = {"later", RESOURCE_RELEASE_BEFORE_LOCKS, 200, on_release,
                                        print_resource};
static const ResourceOwnerDesc last = {"last", RESOURCE_RELEASE_AFTER_LOCKS, 1, on_release, NULL};

static void
remember(ResourceOwner owner, int value, const ResourceOwnerDesc *kind)
{
    ResourceOwnerEnlarge(owner);
    ResourceOwnerRemember(owner, Int32GetDatum(value), kind);
}

static void
release(ResourceOwner owner, bool is_commit)
{
    released_count = 0;
    ResourceOwnerRelease(owner, RESOURCE_RELEASE_BEFORE_LOCKS, is_commit, true);
    ResourceOwnerRelease(owner, RESOURCE_RELEASE_LOCKS, is_commit, true);
    ResourceOwnerRelease(owner, RESOURCE_RELEASE_AFTER_LOCKS, is_commit, true);
}

static void
test_owners(void)
{
    ResourceOwner owner = ResourceOwnerCreate(NULL, "top");
    ResourceOwner child = ResourceOwnerCreate(owner, "child");
    remember(owner, 3, &last);
    remember(owner, 2, &later);
    remember(child, 1, &early);
    remember(child, 4, &early);
    ResourceOwnerForget(child, Int32GetDatum(4), &early);
    release(owner, false);
    tap_ok(released_count == 3 && released[0] == 1 && released[1] == 2 && released[2] == 3,
           "children first, then by phase and priority");
    remember(owner, 5, &later);
    release(owner, true);
    tap_is_string(read_log(), "WARNING:  resource was not closed: thing 5\n",
                  "what is left at commit is told");
    ErrorData *volatile error;
    CATCH(error, ResourceOwnerForget(owner, Int32GetDatum(77), &later));
    tap_ok(error && strstr(error->message, "is not owned by resource owner top"), "not its own");

    for (int i = 0; i < 900; i++)
        remember(owner, i, i % 2 ? &early : &later);
    for (int i = 0; i < 900; i += 3)
        ResourceOwnerForget(owner, Int32GetDatum(i), i % 2 ? &early : &later);
    ResourceOwnerReleaseAllOfKind(owner, &later);
    int of_kind = released_count - 1; /* one from above */
    release(owner, false);
    tap_ok(of_kind == 300 && released_count == 300, "hundreds, forgotten in any order");
    bool right = true;
    for (int i = 0; i < released_count; i++)
        right &= released[i] % 2 == 1 && released[i] % 3 != 0;
    tap_ok(right, "and exactly those that were left");
    ResourceOwnerDelete(owner);
}

int
main(void)
{
    random_init();
    MemoryContextInit();
    error_init();
    if (pipe2(log_pipe, O_NONBLOCK) != 0)
        return 1;
    log_set_destination(log_pipe[1]);
    Log_line_prefix = "";
    test_fields();
    test_unwinding();
    test_memory_errors();
    test_log();
    test_levels();
    test_endings();
    test_owners();
    MemoryContextCheck(TopMemoryContext);
    return tap_done();
}
