/*
 * main.c - sengisql: the command line, the start-up file, and what to run
 *
 * Exits with 0, with 1 after an error of its own, 2 when the connection went bad in a script, and
 * 3 when a script failed with ON_ERROR_STOP set.
 */
#include <getopt.h>
#include <locale.h>
#include <signal.h>
#include <unistd.h>

#include "client.h"

enum { ACTION_COUNT_MAX = 1000, OPTION_CSV = 256 };

Client client = {.print = {.border = 1, .footer = true}};

static struct {
    struct {
        char kind; /* c or f */
        const char *value;
    } list[ACTION_COUNT_MAX];
    int count;
} actions;

static struct {
    bool list, single_transaction;
    const char *output, *log;
} start;

static const struct option long_options[] = {
    {"command", required_argument, NULL, 'c'},
    {"dbname", required_argument, NULL, 'd'},
    {"file", required_argument, NULL, 'f'},
    {"list", no_argument, NULL, 'l'},
    {"set", required_argument, NULL, 'v'},
    {"variable", required_argument, NULL, 'v'},
    {"version", no_argument, NULL, 'V'},
    {"no-psqlrc", no_argument, NULL, 'X'},
    {"single-transaction", no_argument, NULL, '1'},
    {"help", optional_argument, NULL, '?'},
    {"echo-all", no_argument, NULL, 'a'},
    {"echo-errors", no_argument, NULL, 'b'},
    {"echo-queries", no_argument, NULL, 'e'},
    {"echo-hidden", no_argument, NULL, 'E'},
    {"log-file", required_argument, NULL, 'L'},
    {"no-readline", no_argument, NULL, 'n'},
    {"output", required_argument, NULL, 'o'},
    {"quiet", no_argument, NULL, 'q'},
    {"single-step", no_argument, NULL, 's'},
    {"single-line", no_argument, NULL, 'S'},
    {"no-align", no_argument, NULL, 'A'},
    {"csv", no_argument, NULL, OPTION_CSV},
    {"field-separator", required_argument, NULL, 'F'},
    {"pset", required_argument, NULL, 'P'},
    {"record-separator", required_argument, NULL, 'R'},
    {"tuples-only", no_argument, NULL, 't'},
    {"expanded", no_argument, NULL, 'x'},
    {"field-separator-zero", no_argument, NULL, 'z'},
    {"record-separator-zero", no_argument, NULL, '0'},
    {"host", required_argument, NULL, 'h'},
    {"port", required_argument, NULL, 'p'},
    {"username", required_argument, NULL, 'U'},
    {"no-password", no_argument, NULL, 'w'},
    {"password", no_argument, NULL, 'W'},
    {NULL, 0, NULL, 0}};

static void
set_defaults(void)
{
    static const char *const values[][2] = {
        {"AUTOCOMMIT", "on"}, {"ON_ERROR_STOP", "off"}, {"QUIET", "off"}, {"SINGLELINE", "off"},
        {"SINGLESTEP", "off"}, {"ECHO", "none"}, {"ECHO_HIDDEN", "off"},
        {"ON_ERROR_ROLLBACK", "off"}, {"VERBOSITY", "default"}, {"SHOW_CONTEXT", "errors"},
        {"PROMPT1", "%/%R%x%# "}, {"PROMPT2", "%/%R%x%# "}, {"PROMPT3", ">> "},
        {"HISTCONTROL", "none"}, {"HISTSIZE", "500"}, {"COMP_KEYWORD_CASE", "preserve-upper"},
        {"FETCH_COUNT", "0"}, {"IGNOREEOF", "0"}, {"VERSION", "sengisql " SENGI_VERSION},
        {"VERSION_NAME", PG_VERSION_COMPAT}, {"SHOW_ALL_RESULTS", "on"}};

    for (size_t i = 0; i < lengthof(values); i++)
        variable_set(values[i][0], values[i][1]);
    client.out = stdout;
    client.print.field_separator = copy_string("|");
    client.print.record_separator = copy_string("\n");
    client.print.csv_separator = copy_string(",");
}

static void
set_pair(const char *pair, bool is_pset)
{
    const char *sign = strchr(pair, '=');
    char *name = sign == NULL ? copy_string(pair) : copy_bytes(pair, (size_t)(sign - pair));
    bool ok = is_pset ? pset_command(name, sign == NULL ? NULL : sign + 1, true)
                      : variable_set(name, sign == NULL && strlen(name) > 0 ? NULL : sign + 1);

    if (!ok) {
        if (is_pset)
            say_error("could not set printing parameter \"%s\"", name);
        exit(EXIT_FATAL);
    }
    free(name);
}

static void
add_action(char kind, const char *value)
{
    if (actions.count == ACTION_COUNT_MAX) {
        say_error("too many -c and -f options");
        exit(EXIT_FATAL);
    }
    actions.list[actions.count].kind = kind;
    actions.list[actions.count++].value = value;
}

static void
set_database(const char *text)
{
    Text problem = {0};

    if (!options_is_conninfo(text))
        replace_string(&client.options.value[OPTION_DBNAME], text);
    else if (!options_parse(&client.options, text, &problem)) {
        say_error("%s", problem.data);
        exit(EXIT_CONNECTION);
    }
}

static void
take_connection_option(int option)
{
    switch (option) {
    case 'd':
        set_database(optarg);
        break;
    case 'h':
        replace_string(&client.options.value[OPTION_HOST], optarg);
        break;
    case 'p':
        replace_string(&client.options.value[OPTION_PORT], optarg);
        break;
    case 'U':
        replace_string(&client.options.value[OPTION_USER], optarg);
        break;
    default:
        client.prompt_password = option == 'W' ? 1 : -1;
    }
}

static bool
take_format_option(int option)
{
    switch (option) {
    case 'A':
        client.print.format = FORMAT_UNALIGNED;
        return true;
    case OPTION_CSV:
        client.print.format = FORMAT_CSV;
        return true;
    case 'F':
        replace_string(&client.print.field_separator, optarg);
        client.print.field_zero = false;
        return true;
    case 'P':
        set_pair(optarg, true);
        return true;
    case 'R':
        replace_string(&client.print.record_separator, optarg);
        client.print.record_zero = false;
        return true;
    case 't':
        client.print.tuples_only = true;
        return true;
    case 'x':
        client.print.expanded = 1;
        return true;
    case 'z':
        client.print.field_zero = true;
        return true;
    case '0':
        client.print.record_zero = true;
        return true;
    default:
        return false;
    }
}

static bool
take_echo_option(int option)
{
    static const char letters[] = "aebEqsS";
    static const char *const settings[][2] = {
        {"ECHO", "all"}, {"ECHO", "queries"}, {"ECHO", "errors"}, {"ECHO_HIDDEN", "on"},
        {"QUIET", "on"}, {"SINGLESTEP", "on"}, {"SINGLELINE", "on"}};
    const char *found = option < 128 ? strchr(letters, option) : NULL;

    if (found != NULL)
        variable_set(settings[found - letters][0], settings[found - letters][1]);
    return found != NULL;
}

static void
take_option(int option, char **argv)
{
    if (take_format_option(option) || take_echo_option(option))
        return;
    switch (option) {
    case 'c':
    case 'f':
        add_action((char)option, optarg);
        break;
    case 'l':
        start.list = true;
        break;
    case 'v':
        set_pair(optarg, false);
        break;
    case 'V':
        printf("sengisql (Sengi) %s\n", SENGI_VERSION);
        exit(EXIT_OK);
    case 'X':
        client.no_rc = true;
        break;
    case '1':
        start.single_transaction = true;
        break;
    case 'L':
        start.log = optarg;
        break;
    case 'n':
        client.no_editing = true;
        break;
    case 'o':
        start.output = optarg;
        break;
    case '?':
        if (optopt == 0 && (strcmp(argv[optind - 1], "-?") == 0 ||
                            strncmp(argv[optind - 1], "--help", 6) == 0)) {
            help_usage(stdout);
            exit(EXIT_OK);
        }
        fprintf(stderr, "Try \"%s --help\" for more information.\n", PROGRAM);
        exit(EXIT_FATAL);
    default:
        take_connection_option(option);
    }
}

static void
take_command_line(int argc, char **argv)
{
    int option;

    while ((option = getopt_long(argc, argv, "aAbc:d:eEf:F:h:lL:no:p:P:qR:sStU:v:VwWxXz01?",
                                 long_options, NULL)) != -1)
        take_option(option, argv);
    if (optind < argc && client.options.value[OPTION_DBNAME] == NULL)
        set_database(argv[optind++]);
    if (optind < argc && client.options.value[OPTION_USER] == NULL)
        replace_string(&client.options.value[OPTION_USER], argv[optind++]);
    for (; optind < argc; optind++)
        fprintf(stderr, "%s: warning: extra command-line argument \"%s\" ignored\n", PROGRAM,
                argv[optind]);
    if (start.single_transaction && actions.count == 0) {
        say_error("-1 can only be used in non-interactive mode");
        exit(EXIT_FATAL);
    }
}

static void
read_start_file(void)
{
    const char *home = getenv("HOME"), *own = getenv("SENGISQLRC");
    char *path = own != NULL ? copy_string(own)
                             : format_string("%s/.sengisqlrc", home == NULL ? "" : home);

    if (!client.no_rc && access(path, R_OK) == 0)
        input_run_file(path, false);
    free(path);
}

static int
run_action(char kind, const char *value)
{
    int code;

    if (kind == 'f') {
        code = input_run_file(value, false);
        return code < 0 ? EXIT_FATAL : code;
    }
    client.terse = true;
    if (value[0] == '\\') {
        Text query = {0}, previous = {0};
        Scan scan = {0};
        const char *at = value;
        CommandEnd end = command_run(&at, &query, &previous, &scan);
        text_free(&query);
        text_free(&previous);
        return end == COMMAND_ERROR || end == COMMAND_UNKNOWN ? EXIT_FATAL : EXIT_OK;
    }
    return execute_query(value) ? EXIT_OK : EXIT_FATAL;
}

static int
run_actions(void)
{
    int code = EXIT_OK;

    if (start.single_transaction && !execute_silently("BEGIN"))
        return EXIT_SCRIPT;
    for (int i = 0; i < actions.count; i++) {
        code = run_action(actions.list[i].kind, actions.list[i].value);
        if (code != EXIT_OK && variable_is_on("ON_ERROR_STOP"))
            break;
    }
    if (start.single_transaction && wire_is_open(client.connection) &&
        !execute_silently(code == EXIT_OK || !variable_is_on("ON_ERROR_STOP") ? "COMMIT"
                                                                              : "ROLLBACK"))
        code = code == EXIT_OK ? EXIT_SCRIPT : code;
    return code;
}

static void
open_files(void)
{
    if (start.output != NULL && !command_set_output(start.output))
        exit(EXIT_FATAL);
    if (start.log != NULL && (client.log = fopen(start.log, "ae")) == NULL) {
        say_error("could not open log file \"%s\": %s", start.log, strerror(errno));
        exit(EXIT_FATAL);
    }
}

int
main(int argc, char **argv)
{
    bool known;
    int code;

    setlocale(LC_CTYPE, "");
    signal(SIGPIPE, SIG_IGN);
    event_start();
    set_defaults();
    take_command_line(argc, argv);
    if (start.list && client.options.value[OPTION_DBNAME] == NULL && getenv("PGDATABASE") == NULL)
        replace_string(&client.options.value[OPTION_DBNAME], "postgres");
    if (!execute_connect(&client.options, ""))
        return EXIT_CONNECTION;
    open_files();
    if (start.list)
        return describe_command("l", NULL, &known) ? EXIT_OK : EXIT_FATAL;
    client.interactive = actions.count == 0 && isatty(STDIN_FILENO) && isatty(STDOUT_FILENO);
    if (actions.count > 0) {
        read_start_file();
        code = run_actions();
    } else {
        client.terse = true;
        if (client.interactive && !client.quiet) {
            const char *version = wire_parameter(client.connection, "server_version");
            printf("sengisql (%s, server %s)\nType \"help\" for help.\n\n", SENGI_VERSION,
                   version == NULL ? "?" : version);
        }
        read_start_file();
        client.input_line = 0;
        code = input_run_interactive();
    }
    command_set_output(NULL);
    wire_close(client.connection);
    return code;
}
