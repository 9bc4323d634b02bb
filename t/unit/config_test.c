/*
 * config_test.c - settings: texts, files, sources, transactions, reload, reports
 *
 * Method: what SHOW says, and the log's lines from a pipe, are compared with PostgreSQL's; the
 * files are written to a temporary directory.
 */
#include <fcntl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "config/settings.h"
#include "error/log.h"
#include "memory/memory.h"
#include "tap.h"

static char directory[] = "/tmp/sengi_config_XXXXXX";
static int log_pipe[2];
static char last_code[6];
static char last_hint[400];

static const char *
read_log(void)
{
    static char text[16384];
    ssize_t length = read(log_pipe[0], text, sizeof(text) - 1);
    text[Max(length, 0)] = '\0';
    return text;
}

/* The message of the error that the statement throws, "" for none. */
#define CATCH(ret_message, statement)                                                              \
    do                                                                                             \
    {                                                                                              \
        ret_message = "";                                                                          \
        PG_TRY();                                                                                  \
        {                                                                                          \
            statement;                                                                             \
        }                                                                                          \
        PG_CATCH();                                                                                \
        {                                                                                          \
            MemoryContextSwitchTo(TopMemoryContext);                                               \
            ErrorData *error = CopyErrorData();                                                    \
            FlushErrorState();                                                                     \
            ret_message = error->message;                                                          \
            strlcpy(last_code, unpack_sql_state(error->sqlerrcode), sizeof(last_code));            \
            strlcpy(last_hint, error->hint ? error->hint : "", sizeof(last_hint));                 \
        }                                                                                          \
        PG_END_TRY();                                                                              \
    } while (0)

static const char *
shown(const char *name)
{
    return GetConfigOptionByName(name, NULL, false);
}

static void
set(const char *name, const char *value, GucAction action)
{
    set_config_option(name, value, PGC_SUSET, PGC_S_SESSION, action, true, 0, false);
}

static void
is_shown(const char *name, const char *want)
{
    char title[200];
    snprintf(title, sizeof(title), "%s is %s", name, want);
    tap_is_string(shown(name), want, title);
}

static void
refuses(const char *name, const char *value, const char *code, const char *want)
{
    const char *volatile message;
    char title[200];
    CATCH(message, set(name, value, GUC_ACTION_SET));
    snprintf(title, sizeof(title), "%s = '%s' is refused", name, value);
    tap_is_string(message, want, title);
    snprintf(title, sizeof(title), "with %s", code);
    tap_is_string(last_code, code, title);
}

static void
write_file(const char *name, const char *text)
{
    char path[MAXPGPATH];
    snprintf(path, sizeof(path), "%s/%s", directory, name);
    FILE *file = fopen(path, "w");
    fputs(text, file);
    fclose(file);
}

static void
test_values(void)
{
    is_shown("work_mem", "4MB");
    is_shown("shared_buffers", "128MB");
    is_shown("max_connections", "100");
    is_shown("unix_socket_permissions", "0777");
    is_shown("TIMEZONE", "GMT");
    set("work_mem", "65536", GUC_ACTION_SET);
    is_shown("work_mem", "64MB");
    set("work_mem", "1.5MB", GUC_ACTION_SET);
    is_shown("work_mem", "1536kB");
    set("statement_timeout", "90 s", GUC_ACTION_SET);
    is_shown("statement_timeout", "90s");
    set("statement_timeout", "2min", GUC_ACTION_SET);
    tap_is_int(StatementTimeout, 120000, "the variable holds milliseconds");
    is_shown("statement_timeout", "2min");
    set("seq_page_cost", "0.25", GUC_ACTION_SET);
    is_shown("seq_page_cost", "0.25");
    set("enable_seqscan", "f", GUC_ACTION_SET);
    is_shown("enable_seqscan", "off");
    set("client_min_messages", "WARNING", GUC_ACTION_SET);
    is_shown("client_min_messages", "warning");
    config_reset_all();
    is_shown("work_mem", "4MB");
    is_shown("enable_seqscan", "on");
    tap_is_string(GetConfigOption("work_mem", false, false), "4096", "the raw text has no unit");
    tap_ok(GetConfigOption("no_such", true, false) == NULL, "an unknown one may be missing");
}

static void
test_refusals(void)
{
    const char *volatile message;
    refuses("work_mem", "1", "22023",
            "1 kB is outside the valid range for parameter \"work_mem\" (64 .. 2147483647)");
    refuses("work_mem", "12 XB", "22023", "invalid value for parameter \"work_mem\": \"12 XB\"");
    tap_is_string(last_hint, "Valid units for this parameter are \"B\", \"kB\", \"MB\", \"GB\", "
                             "and \"TB\".", "and the hint lists the units");
    refuses("statement_timeout", "1 month", "22023",
            "invalid value for parameter \"statement_timeout\": \"1 month\"");
    refuses("enable_seqscan", "maybe", "22023",
            "parameter \"enable_seqscan\" requires a Boolean value");
    refuses("client_min_messages", "loud", "22023",
            "invalid value for parameter \"client_min_messages\": \"loud\"");
    tap_is_string(last_hint, "Available values: debug5, debug4, debug3, debug2, debug1, log, "
                             "notice, warning, error.", "and the hint lists the values");
    refuses("no_such_setting", "1", "42704",
            "unrecognized configuration parameter \"no_such_setting\"");
    refuses("port", "5433", "55P02",
            "parameter \"port\" cannot be changed without restarting the server");
    refuses("checkpoint_timeout", "60", "55P02",
            "parameter \"checkpoint_timeout\" cannot be changed now");
    refuses("block_size", "4096", "55P02", "parameter \"block_size\" cannot be changed");
    refuses("log_connections", "on", "55P02",
            "parameter \"log_connections\" cannot be set after connection start");
    refuses("seq_page_cost", "-1", "22023",
            "-1 is outside the valid range for parameter \"seq_page_cost\" (0 .. 1.79769e+308)");
    CATCH(message, set("standard_conforming_strings", "off", GUC_ACTION_SET));
    tap_is_string(last_code, "0A000", "what is not there yet answers 0A000");
    tap_ok(strstr(message, "standard_conforming_strings") != NULL, "and names itself");
    set("standard_conforming_strings", "on", GUC_ACTION_SET);
    tap_ok(true, "while its default is accepted");
    CATCH(message, GetConfigOptionByName("no_such", NULL, false));
    tap_is_string(message, "unrecognized configuration parameter \"no_such\"", "SHOW of unknown");
}

static void
test_transactions(void)
{
    AtStart_GUC();
    set("work_mem", "1MB", GUC_ACTION_SET);
    config_at_abort();
    is_shown("work_mem", "4MB");

    AtStart_GUC();
    set("work_mem", "1MB", GUC_ACTION_SET);
    set("work_mem", "2MB", GUC_ACTION_LOCAL);
    is_shown("work_mem", "2MB");
    config_at_commit();
    is_shown("work_mem", "1MB");

    AtStart_GUC();
    set("work_mem", "8MB", GUC_ACTION_LOCAL);
    set("work_mem", "9MB", GUC_ACTION_SET);
    config_at_commit();
    is_shown("work_mem", "9MB");

    AtStart_GUC();
    set("work_mem", "10MB", GUC_ACTION_SET);
    int level = NewGUCNestLevel();
    set("work_mem", "11MB", GUC_ACTION_SET);
    set("work_mem", "12MB", GUC_ACTION_LOCAL);
    AtEOXact_GUC(false, level);
    is_shown("work_mem", "10MB");
    level = NewGUCNestLevel();
    set("work_mem", "13MB", GUC_ACTION_LOCAL);
    AtEOXact_GUC(true, level);
    is_shown("work_mem", "13MB");
    level = NewGUCNestLevel();
    set("work_mem", "14MB", GUC_ACTION_SAVE);
    AtEOXact_GUC(true, level);
    is_shown("work_mem", "13MB");
    config_at_commit();
    is_shown("work_mem", "10MB");

    AtStart_GUC();
    level = NewGUCNestLevel();
    set("work_mem", "15MB", GUC_ACTION_SET);
    AtEOXact_GUC(true, level);
    config_at_abort();
    is_shown("work_mem", "10MB");
    AtStart_GUC();
    set("search_path", "a, b", GUC_ACTION_LOCAL);
    set("search_path", "c", GUC_ACTION_LOCAL);
    set("work_mem", NULL, GUC_ACTION_SET);
    config_at_commit();
    is_shown("search_path", "\"$user\", public");
    is_shown("work_mem", "4MB");
}

/* ---- hooks, reports, modules ---- */

static int assigned;
static bool
check_even(int *newval, void **extra, GucSource source)
{
    if (*newval % 2 == 0)
        return true;
    GUC_check_errcode(ERRCODE_INVALID_PARAMETER_VALUE);
    GUC_check_errdetail("%d is odd.", *newval);
    return false;
}

static void
on_assign(int newval, void *extra)
{
    assigned = newval;
}

static bool
check_lower(char **newval, void **extra, GucSource source)
{
    char *copy = guc_strdup(ERROR, *newval ? *newval : "");
    for (char *p = copy; *p; p++)
        *p = (char) (*p | 0x20);
    guc_free(*newval);
    *newval = copy;
    *extra = guc_strdup(ERROR, "extra");
    return true;
}

static char reported[500];
static void
on_report(const char *name, const char *value)
{
    snprintf(reported + strlen(reported), sizeof(reported) - strlen(reported), "%s=%s;", name,
             value);
}

static int my_int;
static char *my_string;

static void
test_hooks(void)
{
    CONFIG_SET_HOOKS("deadlock_timeout", check_even, on_assign, NULL);
    tap_is_int(assigned, 1000, "hooks set late are told the value");
    refuses("deadlock_timeout", "7", "22023",
            "invalid value for parameter \"deadlock_timeout\": \"7\"");
    set("deadlock_timeout", "8", GUC_ACTION_SET);
    tap_is_int(assigned, 8, "the assign hook is told");
    set("deadlock_timeout", NULL, GUC_ACTION_SET);
    tap_is_int(assigned, 1000, "also of a reset");

    set("my.integer", "42", GUC_ACTION_SET);
    is_shown("my.integer", "42");
    refuses("my.bad-name", "1", "42602", "invalid configuration parameter name \"my.bad-name\"");
    set("my.typo", "1", GUC_ACTION_SET);
    DefineCustomIntVariable("my.integer", "d", NULL, &my_int, 1, 0, 100, PGC_USERSET, 0, NULL,
                            NULL, NULL);
    tap_is_int(my_int, 42, "a module takes over what was set before it came");
    DefineCustomStringVariable("my.text", "d", NULL, &my_string, "Boot", PGC_USERSET, 0,
                               check_lower, NULL, NULL);
    tap_is_string(my_string, "boot", "a check hook replaces the value");
    for (int i = 0; i < 10; i++)
    {
        AtStart_GUC();
        set("my.text", "ABC", GUC_ACTION_SET);
        set("my.text", "DEF", GUC_ACTION_LOCAL);
        i % 2 ? config_at_commit() : config_at_abort();
    }
    tap_is_string(my_string, "abc", "through commits and aborts");
    MarkGUCPrefixReserved("my");
    tap_ok(!config_exists("my.typo") && config_exists("my.text") && strstr(read_log(), "my.typo"),
           "and what it does not know is removed with a warning");
}

static void
test_reports(void)
{
    config_set_report_hook(on_report);
    config_report_all();
    tap_ok(strstr(reported, "client_encoding=UTF8;") && strstr(reported, "DateStyle=ISO, MDY;") &&
               strstr(reported, "server_version=") && strstr(reported, "integer_datetimes=on;") &&
               strstr(reported, "standard_conforming_strings=on;"),
           "all reported settings are told at start");
    reported[0] = '\0';
    set("application_name", "x", GUC_ACTION_SET);
    set("work_mem", "1MB", GUC_ACTION_SET);
    config_report_changed();
    tap_is_string(reported, "application_name=x;", "later only what changed");
    reported[0] = '\0';
    AtStart_GUC();
    set("application_name", "y", GUC_ACTION_SET);
    config_report_changed();
    config_at_abort();
    config_report_changed();
    tap_is_string(reported, "application_name=y;application_name=x;", "also by a rollback");
    reported[0] = '\0';
    config_report_changed();
    tap_is_string(reported, "", "and only once");
    config_set_report_hook(NULL);
}

/* ---- lists and command lines ---- */

static void
test_lists(void)
{
    List *names;
    char **words, *name, *value;
    tap_ok(SplitIdentifierString(pstrdup(" Foo, \"B\"\"ar\" ,baz"), ',', &names) &&
               list_length(names) == 3 && strcmp(linitial(names), "foo") == 0 &&
               strcmp(lsecond(names), "B\"ar") == 0 && strcmp(lthird(names), "baz") == 0,
           "names of a list are folded unless quoted");
    tap_ok(!SplitIdentifierString(pstrdup("a,,b"), ',', &names) &&
               !SplitIdentifierString(pstrdup("a b"), ',', &names) &&
               !SplitIdentifierString(pstrdup("\"a"), ',', &names) &&
               !SplitIdentifierString(pstrdup("a,"), ',', &names),
           "bad lists");
    tap_ok(SplitIdentifierString(pstrdup("  "), ',', &names) && names == NIL, "an empty list");
    tap_ok(SplitGUCList(pstrdup("Foo,b"), ',', &names) && strcmp(linitial(names), "Foo") == 0,
           "other lists are not folded");
    tap_is_string(flatten_set_variable_args("search_path", list_make2("$user", "public")),
                  "\"$user\", public", "SET quotes names that need it");
    const char *volatile message;
    CATCH(message, flatten_set_variable_args("work_mem", list_make2("1", "2")));
    tap_is_string(message, "SET work_mem takes only one argument", "one argument only");
    tap_ok(config_split_options(" -c  a=b\\ c -cd=e ", &words) == 3 &&
               strcmp(words[1], "a=b c") == 0,
           "options are split at white space, not at an escaped one");
    tap_ok(config_parse_assignment("work-mem=1=2", &name, &value) &&
               strcmp(name, "work_mem") == 0 && strcmp(value, "1=2") == 0 &&
               !config_parse_assignment("x", &name, &value),
           "assignments");
}

/* ---- files ---- */

static void
test_file(void)
{
    char want[1000];
    ConfigFileName = psprintf("%s/postgresql.conf", directory);
    char sub[MAXPGPATH];
    snprintf(sub, sizeof(sub), "%s/conf.d", directory);
    mkdir(sub, 0700);
    write_file("conf.d/b.conf", "random_page_cost = 3\n");
    write_file("conf.d/a.conf", "random_page_cost = 2\ncpu_tuple_cost=0.5 # comment\n");
    write_file("conf.d/.hidden.conf", "bad line here and there\n");
    write_file("more.conf", "log_line_prefix='it''s \\\\ %m\\t'\nmy2.thing = yes\n");
    write_file("postgresql.conf", "# comment\n\n  WORK_MEM = 3MB\nmax_connections 30\n"
                                  "include 'more.conf'\ninclude_dir = 'conf.d'\n"
                                  "include_if_exists='missing.conf'\nmax_connections=31");
    ProcessConfigFile(PGC_POSTMASTER);
    snprintf(want, sizeof(want),
             "LOG:  skipping missing configuration file \"%s/missing.conf\"\n", directory);
    tap_is_string(read_log(), want, "a missing optional file is told");
    is_shown("work_mem", "1MB"); /* the session's value is stronger */
    tap_is_string(GetConfigOptionResetString("work_mem"), "3072", "but the reset value is new");
    set("work_mem", NULL, GUC_ACTION_SET);
    is_shown("work_mem", "3MB");
    is_shown("max_connections", "31");
    is_shown("random_page_cost", "3");
    is_shown("log_line_prefix", "it's \\ %m\t");
    is_shown("my2.thing", "yes");
    set_config_option("log_line_prefix", "", PGC_POSTMASTER, PGC_S_ARGV, GUC_ACTION_SET, true, 0,
                      false);

    int position = 0;
    ConfigRow row;
    bool found = false;
    while (config_next_row(&position, &row))
        if (strcmp(row.name, "cpu_tuple_cost") == 0)
            found = row.sourceline == 2 && strstr(row.sourcefile, "conf.d/a.conf") &&
                    strcmp(row.source, "configuration file") == 0;
    tap_ok(found, "pg_settings tells file and line");
}

static void
test_reload(void)
{
    char want[2000];
    write_file("postgresql.conf", "work_mem = 5MB\nmax_connections = 99\n");
    ProcessConfigFile(PGC_SIGHUP);
    const char *text = read_log();
    is_shown("work_mem", "5MB");
    is_shown("max_connections", "31");
    tap_ok(strstr(text, "LOG:  parameter \"work_mem\" changed to \"5MB\"\n") != NULL,
           "a change is logged");
    tap_ok(strstr(text, "LOG:  parameter \"max_connections\" cannot be changed without restarting "
                        "the server\n") != NULL,
           "and what needs a restart");
    tap_ok(strstr(text, "LOG:  parameter \"cpu_tuple_cost\" removed from configuration file, reset "
                        "to default\n") != NULL,
           "and what is gone");
    is_shown("random_page_cost", "4");

    write_file("postgresql.conf", "work_mem = 6MB\nthis is wrong\nport = 'unclosed\n");
    ProcessConfigFile(PGC_SIGHUP);
    is_shown("work_mem", "5MB");
    snprintf(want, sizeof(want),
             "LOG:  syntax error in file \"%s/postgresql.conf\" line 2, near token \"is\"\n",
             directory);
    text = read_log();
    tap_ok(strstr(text, "line 2, near token") != NULL, "a bad line is told with its number");
    snprintf(want, sizeof(want),
             "LOG:  configuration file \"%s/postgresql.conf\" contains errors; no changes were "
             "applied\n", directory);
    tap_ok(strstr(text, want) != NULL, "and nothing is changed");

    write_file("postgresql.conf", "work_mem = 6MB\nno_such_setting = 1\n");
    ProcessConfigFile(PGC_SIGHUP);
    is_shown("work_mem", "5MB");
    snprintf(want, sizeof(want),
             "LOG:  unrecognized configuration parameter \"no_such_setting\" in file "
             "\"%s/postgresql.conf\" line 2\n", directory);
    tap_ok(strstr(read_log(), want) != NULL, "an unknown name, too");

    write_file("postgresql.conf", "work_mem = 7MB\nenable_seqscan = perhaps\n");
    ProcessConfigFile(PGC_SIGHUP);
    text = read_log();
    is_shown("work_mem", "7MB");
    is_shown("enable_seqscan", "on");
    tap_ok(strstr(text, "parameter \"enable_seqscan\" requires a Boolean value") != NULL &&
               strstr(text, "contains errors; unaffected changes were applied") != NULL,
           "a bad value keeps the old one");

    write_file("postgresql.conf", "include 'postgresql.conf'\n");
    ProcessConfigFile(PGC_SIGHUP);
    tap_ok(strstr(read_log(), "nesting depth exceeded") != NULL, "a file that includes itself");
    is_shown("work_mem", "7MB");
}

static void
exit_with(int code)
{
    _exit(40 + code);
}

static void
test_bad_start(void)
{
    int status;
    write_file("postgresql.conf", "shared_buffers = lots\n");
    pid_t pid = fork();
    if (pid == 0)
    {
        error_proc_exit_hook = exit_with;
        PG_exception_stack = NULL;
        ProcessConfigFile(PGC_POSTMASTER);
        _exit(0);
    }
    waitpid(pid, &status, 0);
    const char *text = read_log();
    tap_ok(WIFEXITED(status) && WEXITSTATUS(status) == 41, "a bad file prevents the start");
    tap_ok(strstr(text, "invalid value for parameter \"shared_buffers\": \"lots\"") &&
               strstr(text, "contains errors"),
           "and says why");
}

static void
test_sources(void)
{
    set_config_option("geqo_threshold", "13", PGC_POSTMASTER, PGC_S_ARGV, GUC_ACTION_SET, true, 0,
                      false);
    set_config_option("geqo_threshold", "14", PGC_POSTMASTER, PGC_S_FILE, GUC_ACTION_SET, true, 0,
                      false);
    is_shown("geqo_threshold", "13");
    set_config_option("geqo_threshold", "15", PGC_SUSET, PGC_S_DATABASE, GUC_ACTION_SET, true, 0,
                      false);
    set_config_option("geqo_threshold", "16", PGC_BACKEND, PGC_S_CLIENT, GUC_ACTION_SET, true, 0,
                      false);
    is_shown("geqo_threshold", "16");
    set("geqo_threshold", "17", GUC_ACTION_SET);
    set("geqo_threshold", NULL, GUC_ACTION_SET);
    is_shown("geqo_threshold", "16");
}

/* Every commented-out line of the sample is the default, and can be put into force. */
static void
test_sample(void)
{
    FILE *file = fopen(SAMPLE_FILE, "r");
    char line[1000], name[100], value[300];
    int settings = 0, wrong = 0;
    while (file && fgets(line, sizeof(line), file))
    {
        if (sscanf(line, "#%99[A-Za-z_] = %299[^#\n]", name, value) != 2)
            continue;
        char *end = value + strlen(value);
        while (end > value && end[-1] == ' ')
            *--end = '\0';
        char *text = value;
        if (text[0] == '\'')
        {
            end[-1] = '\0';
            text++;
        }
        settings++;
        if (set_config_option(name, text, PGC_POSTMASTER, PGC_S_FILE, GUC_ACTION_SET, false, LOG,
                              false) == 0)
            wrong++;
        else if (strncmp(text, "ConfigDir", 9) != 0 && strcmp(shown(name), text) != 0)
        {
            printf("# %s: sample %s, default %s\n", name, text, shown(name));
            wrong++;
        }
    }
    if (file)
        fclose(file);
    tap_ok(settings > 150 && wrong == 0, "the sample shows %d defaults as they are", settings);
}

static void
remove_files(void)
{
    const char *names[] = {"conf.d/a.conf", "conf.d/b.conf", "conf.d/.hidden.conf", "more.conf",
                           "postgresql.conf", "conf.d", ""};
    for (Size i = 0; i < lengthof(names); i++)
        remove(psprintf("%s/%s", directory, names[i]));
}

int
main(void)
{
    MemoryContextInit();
    error_init();
    config_initialize();
    if (pipe2(log_pipe, O_NONBLOCK) != 0 || mkdtemp(directory) == NULL)
        return 1;
    log_set_destination(log_pipe[1]);
    test_sample();
    set_config_option("log_line_prefix", "", PGC_POSTMASTER, PGC_S_DEFAULT, GUC_ACTION_SET, true,
                      0, false);
    test_values();
    test_refusals();
    test_transactions();
    test_hooks();
    test_reports();
    test_lists();
    test_file();
    test_reload();
    test_bad_start();
    test_sources();
    remove_files();
    return tap_done();
}
