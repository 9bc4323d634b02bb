/*
 * command.c - the backslash commands: their table and the ones of a few lines
 *
 * Invariants C1. While conditions.depth > 0 and the innermost is not active, only \if, \elif,
 *            \else, \endif and \q of the same depth have an effect.
 */
#include <ctype.h>
#include <sys/wait.h>
#include <unistd.h>

#include "client.h"

enum { CONDITION_DEPTH_MAX = 100 };

typedef CommandEnd (*CommandFunction)(Command *command);

static struct {
    struct {
        bool active, taken, outer_active, else_seen;
    } level[CONDITION_DEPTH_MAX];
    size_t depth;
} conditions;

bool
command_is_skipping(void)
{
    return conditions.depth > 0 && !conditions.level[conditions.depth - 1].active;
}

size_t
command_conditional_depth(void)
{
    return conditions.depth;
}

static CommandEnd
end_of(bool ok)
{
    return ok ? COMMAND_DONE : COMMAND_ERROR;
}

/* --- output --- */

FILE *
open_output(const char *target, bool *ret_is_pipe)
{
    FILE *file;

    *ret_is_pipe = target[0] == '|';
    fflush(NULL);
    file = *ret_is_pipe ? popen(target + 1, "w") : fopen(target, "we");
    if (file == NULL)
        say_error("%s: %s", target, strerror(errno));
    return file;
}

bool
command_set_output(const char *target)
{
    bool is_pipe = false;
    FILE *file = target == NULL ? stdout : open_output(target, &is_pipe);

    if (file == NULL)
        return false;
    if (client.out != stdout) {
        if (client.out_is_pipe)
            pclose(client.out);
        else
            fclose(client.out);
    }
    client.out = file;
    client.out_is_pipe = is_pipe;
    return true;
}

static CommandEnd
run_output(Command *command)
{
    char *target = argument_rest(command);
    bool ok = command_set_output(target);

    free(target);
    return end_of(ok);
}

static CommandEnd
run_echo(Command *command)
{
    FILE *out = strcmp(command->name, "qecho") == 0  ? client.out
                : strcmp(command->name, "warn") == 0 ? stderr
                                                     : stdout;
    bool newline = true, first = true;
    char *word;

    while ((word = argument_next(command)) != NULL) {
        if (first && newline && strcmp(word, "-n") == 0)
            newline = false;
        else {
            fprintf(out, "%s%s", first ? "" : " ", word);
            first = false;
        }
        free(word);
    }
    if (newline)
        fputc('\n', out);
    fflush(out);
    return COMMAND_DONE;
}

/* --- print settings --- */

static CommandEnd
run_pset(Command *command)
{
    static const struct {
        const char *command, *option;
    } names[] = {{"f", "fieldsep"}, {"t", "tuples_only"}, {"x", "expanded"}, {"C", "title"}};
    char *first, *second;
    bool ok = true;

    if (strcmp(command->name, "a") == 0)
        return end_of(pset_command("format", client.print.format == FORMAT_ALIGNED
                                   ? "unaligned" : "aligned", client.quiet));
    first = argument_next(command);
    for (size_t i = 0; i < lengthof(names); i++)
        if (strcmp(names[i].command, command->name) == 0) {
            ok = pset_command(names[i].option, first, client.quiet);
            free(first);
            return end_of(ok);
        }
    second = first == NULL ? NULL : argument_next(command);
    if (first == NULL)
        pset_show_all();
    else
        ok = pset_command(first, second, client.quiet);
    free(first);
    free(second);
    return end_of(ok);
}

static CommandEnd
run_timing(Command *command)
{
    char *value = argument_next(command);
    bool ok = true;

    if (value == NULL)
        client.timing = !client.timing;
    else if (!parse_boolean(value, &client.timing)) {
        say_error("unrecognized value \"%s\" for \"\\timing\": Boolean expected", value);
        ok = false;
    }
    if (ok && !client.quiet)
        puts(client.timing ? "Timing is on." : "Timing is off.");
    free(value);
    return end_of(ok);
}

/* --- variables --- */

static CommandEnd
run_set(Command *command)
{
    char *name = argument_next(command), *word;
    Text value = {0};
    bool ok = true;

    if (name == NULL) {
        variable_print_all(stdout);
        return COMMAND_DONE;
    }
    text_add(&value, "");
    while ((word = argument_next(command)) != NULL) {
        text_add(&value, word);
        free(word);
    }
    ok = variable_set(name, value.data);
    text_free(&value);
    free(name);
    return end_of(ok);
}

static CommandEnd
run_unset(Command *command)
{
    char *name = argument_next(command);
    bool ok;

    if (name == NULL) {
        say_error("\\unset: missing required argument");
        return COMMAND_ERROR;
    }
    ok = variable_set(name, NULL);
    free(name);
    return end_of(ok);
}

static CommandEnd
run_getenv(Command *command)
{
    char *name = argument_next(command), *variable = argument_next(command);
    bool ok = variable != NULL;

    if (!ok)
        say_error("\\%s: missing required argument", command->name);
    else if (getenv(variable) != NULL)
        ok = variable_set(name, getenv(variable));
    free(name);
    free(variable);
    return end_of(ok);
}

static CommandEnd
run_setenv(Command *command)
{
    char *name = argument_next(command), *value = argument_next(command);
    bool ok = name != NULL && strchr(name, '=') == NULL;

    if (name == NULL)
        say_error("\\setenv: missing required argument");
    else if (!ok)
        say_error("\\setenv: environment variable name must not contain \"=\"");
    else if (value == NULL)
        unsetenv(name);
    else
        setenv(name, value, 1);
    free(name);
    free(value);
    return end_of(ok);
}

static CommandEnd
run_prompt(Command *command)
{
    char *text = argument_next(command), *name = argument_next(command);
    Text line = {0};
    bool ok;

    if (text == NULL) {
        say_error("\\prompt: missing required argument");
        return COMMAND_ERROR;
    }
    if (name == NULL) {
        name = text;
        text = NULL;
    }
    if (text != NULL)
        fputs(text, stdout);
    fflush(stdout);
    ok = input_read_line(stdin, &line) && variable_set(name, line.data);
    text_free(&line);
    free(text);
    free(name);
    return end_of(ok);
}

/* --- the query buffer --- */

static CommandEnd
run_print(Command *command)
{
    const Text *text = command->query->length > 0 ? command->query : command->previous;

    if (text->length > 0)
        puts(text->data);
    else if (!client.quiet)
        puts("Query buffer is empty.");
    fflush(stdout);
    return COMMAND_DONE;
}

static CommandEnd
run_reset(Command *command)
{
    text_clear(command->query);
    scan_reset(command->scan);
    if (!client.quiet)
        puts("Query buffer reset (cleared).");
    return COMMAND_DONE;
}

static CommandEnd
run_write(Command *command)
{
    char *target = argument_next(command);
    const Text *text = command->query->length > 0 ? command->query : command->previous;
    bool is_pipe;
    FILE *file;

    if (target == NULL) {
        say_error("\\w: missing required argument");
        return COMMAND_ERROR;
    }
    file = open_output(target, &is_pipe);
    free(target);
    if (file == NULL)
        return COMMAND_ERROR;
    if (text->length > 0)
        fprintf(file, "%s\n", text->data);
    if (is_pipe)
        pclose(file);
    else
        fclose(file);
    return COMMAND_DONE;
}

/* The options in parentheses of \g: border=2 format=csv; false when there was a bad one. */
static bool
take_options(Command *command)
{
    static PrintOptions options;
    PrintOptions saved = client.print;
    const char *end = strchr(command->at, ')');
    char *inside, *word, *rest = NULL;
    bool ok = true;

    if (end == NULL) {
        say_error("\\g: missing right parenthesis");
        return false;
    }
    inside = copy_bytes(command->at + 1, (size_t)(end - command->at - 1));
    command->at = end + 1;
    client.print.null = saved.null == NULL ? NULL : copy_string(saved.null);
    client.print.field_separator = copy_string(saved.field_separator);
    client.print.record_separator = copy_string(saved.record_separator);
    client.print.csv_separator = copy_string(saved.csv_separator);
    client.print.title = saved.title == NULL ? NULL : copy_string(saved.title);
    for (word = strtok_r(inside, " ", &rest); word != NULL && ok;
         word = strtok_r(NULL, " ", &rest)) {
        char *value = strchr(word, '=');
        if (value != NULL)
            *value++ = '\0';
        ok = pset_command(word, value, true);
    }
    options = client.print;
    client.print = saved;
    client.once_print = &options;
    free(inside);
    return ok;
}

static CommandEnd
run_go(Command *command)
{
    char *target;

    command->at += strspn(command->at, " \t");
    if (*command->at == '(' && !take_options(command))
        return COMMAND_ERROR;
    target = argument_rest(command);
    if (command->query->length == 0 && command->previous->length == 0) {
        free(target);
        return COMMAND_DONE;
    }
    if (target != NULL) {
        client.once_out = open_output(target, &client.once_pipe);
        free(target);
        if (client.once_out == NULL)
            return COMMAND_ERROR;
    }
    client.once_expanded = strcmp(command->name, "gx") == 0;
    return COMMAND_SEND;
}

static CommandEnd
run_gset(Command *command)
{
    char *prefix = argument_next(command);

    replace_string(&client.once_set_prefix, prefix == NULL ? "" : prefix);
    free(prefix);
    return COMMAND_SEND;
}

static CommandEnd
run_gexec(Command *command)
{
    client.once_execute = true;
    return COMMAND_SEND;
}

static CommandEnd
run_watch(Command *command)
{
    char *value = argument_next(command);
    double seconds = value == NULL ? 2 : atof(value);
    const char *sql = command->query->length > 0 ? command->query->data
                                                 : text_string(command->previous);

    free(value);
    if (sql[0] == '\0') {
        say_error("\\watch cannot be used with an empty query");
        return COMMAND_ERROR;
    }
    event_take_interrupt();
    while (execute_query(sql)) {
        Watch *watch = event_watch(client.connection->fd);
        (void)event_wait(watch, 0, (int)(seconds * 1000));
        event_unwatch(watch);
        if (event_take_interrupt())
            break;
    }
    text_clear(command->query);
    return COMMAND_DONE;
}

/* --- files, the shell, the editor --- */

static CommandEnd
run_include(Command *command)
{
    bool relative = strcmp(command->name, "ir") == 0 ||
                    strcmp(command->name, "include_relative") == 0;
    char *name = argument_next(command);
    int code;

    if (name == NULL) {
        say_error("\\%s: missing required argument", command->name);
        return COMMAND_ERROR;
    }
    code = input_run_file(name, relative);
    free(name);
    return end_of(code == EXIT_OK);
}

static CommandEnd
run_shell(Command *command)
{
    char *line = argument_rest(command);
    int status;

    fflush(NULL);
    if (line == NULL) {
        const char *shell = getenv("SHELL");
        status = system(shell == NULL ? "/bin/sh" : shell);
    } else
        status = system(line);
    free(line);
    return end_of(status != -1 && !(WIFEXITED(status) && WEXITSTATUS(status) == 127));
}

static CommandEnd
run_cd(Command *command)
{
    char *directory = argument_next(command);
    const char *to = directory != NULL ? directory : getenv("HOME");
    bool ok = to != NULL && chdir(to) == 0;

    if (!ok)
        say_error("\\cd: could not change directory to \"%s\": %s", to == NULL ? "" : to,
                  strerror(errno));
    free(directory);
    return end_of(ok);
}

static bool
read_back(const char *path, Text *query)
{
    FILE *file = fopen(path, "re");
    Text line = {0};

    if (file == NULL) {
        say_error("%s: %s", path, strerror(errno));
        return false;
    }
    text_clear(query);
    while (input_read_line(file, &line)) {
        if (query->length > 0)
            text_char(query, '\n');
        text_add(query, line.data);
    }
    text_free(&line);
    fclose(file);
    return true;
}

/* The edited text is scanned again; a complete statement in it is sent at once. */
static CommandEnd
take_edited(Command *command)
{
    Text edited = *command->query;
    const char *at = text_string(&edited);
    ScanEnd end;

    *command->query = (Text){0};
    scan_reset(command->scan);
    end = scan_statement(command->scan, &at, command->query);
    text_free(&edited);
    if (end == SCAN_SEMICOLON)
        return COMMAND_SEND;
    if (command->query->length > 0)
        puts(command->query->data);
    return COMMAND_EDITED;
}

static CommandEnd
run_edit(Command *command)
{
    static const char *const variables[] = {"PSQL_EDITOR", "EDITOR", "VISUAL"};
    const Text *text = command->query->length > 0 ? command->query : command->previous;
    char *name = argument_next(command), *line, path[] = "/tmp/sengisql.edit.XXXXXX";
    const char *editor = NULL;
    bool ok;

    for (size_t i = 0; i < lengthof(variables) && editor == NULL; i++)
        editor = getenv(variables[i]);
    if (name == NULL) {
        int fd = mkstemp(path);
        FILE *file = fd < 0 ? NULL : fdopen(fd, "w");
        if (file == NULL) {
            say_error("could not open temporary file \"%s\": %s", path, strerror(errno));
            return COMMAND_ERROR;
        }
        if (text->length > 0)
            fprintf(file, "%s\n", text->data);
        fclose(file);
    }
    line = format_string("exec %s '%s'", editor == NULL ? "vi" : editor, name ? name : path);
    fflush(NULL);
    ok = system(line) == 0 && read_back(name != NULL ? name : path, command->query);
    if (!ok)
        say_error("could not start editor \"%s\"", editor == NULL ? "vi" : editor);
    if (name == NULL)
        unlink(path);
    free(line);
    free(name);
    return ok ? take_edited(command) : COMMAND_ERROR;
}

static CommandEnd
run_history(Command *command)
{
    char *path = argument_next(command);
    bool ok;

    ok = input_save_history(path == NULL ? "/dev/tty" : path);
    if (!ok)
        say_error("could not save history to file \"%s\": %s", path == NULL ? "/dev/tty" : path,
                  strerror(errno));
    free(path);
    return end_of(ok);
}

/* --- the connection --- */

static void
tell_connection(const char *prefix)
{
    Connection *c = client.connection;
    const char *database = c->options.value[OPTION_DBNAME], *user = c->options.value[OPTION_USER];
    const char *port = c->options.value[OPTION_PORT];

    printf("%sto database \"%s\" as user \"%s\"", prefix, database, user);
    if (c->is_local)
        printf(" via socket in \"%s\" at port \"%s\".\n", c->host, port);
    else if (c->host_address == NULL || strcmp(c->host, c->host_address) == 0)
        printf(" on host \"%s\" at port \"%s\".\n", c->host, port);
    else
        printf(" on host \"%s\" (address \"%s\") at port \"%s\".\n", c->host, c->host_address,
               port);
}

static CommandEnd
run_conninfo(Command *command)
{
    if (!wire_is_open(client.connection))
        puts("You are currently not connected to a database.");
    else
        tell_connection("You are connected ");
    return COMMAND_DONE;
}

static bool
same(const char *a, const char *b)
{
    return a == b || (a != NULL && b != NULL && strcmp(a, b) == 0);
}

static void
after_connect(const char *host, const char *port)
{
    Connection *c = client.connection;

    if (client.quiet)
        return;
    if (same(host, c->host) && same(port, c->options.value[OPTION_PORT]))
        printf("You are now connected to database \"%s\" as user \"%s\".\n",
               c->options.value[OPTION_DBNAME], c->options.value[OPTION_USER]);
    else
        tell_connection("You are now connected ");
}

static bool
connect_options(Command *command, ConnectOptions *options)
{
    static const ConnectOption order[] = {OPTION_DBNAME, OPTION_USER, OPTION_HOST, OPTION_PORT};
    Text problem = {0};
    bool ok = true;

    if (wire_is_open(client.connection))
        for (int i = 0; i < OPTION_COUNT; i++)
            replace_string(&options->value[i], client.connection->options.value[i]);
    else
        for (int i = 0; i < OPTION_COUNT; i++)
            replace_string(&options->value[i], client.options.value[i]);
    for (size_t i = 0; i < lengthof(order) && ok; i++) {
        char *word = argument_bare(command);
        if (word == NULL)
            break;
        if (i == 0 && options_is_conninfo(word)) {
            ok = options_parse(options, word, &problem);
            if (!ok)
                say_error("%s", problem.data);
        } else if (strcmp(word, "-") != 0) {
            if (order[i] != OPTION_DBNAME && !same(options->value[order[i]], word))
                replace_string(&options->value[OPTION_PASSWORD], NULL);
            replace_string(&options->value[order[i]], word);
        }
        free(word);
    }
    text_free(&problem);
    return ok;
}

static CommandEnd
run_connect(Command *command)
{
    ConnectOptions options = {0};
    Connection *old = client.connection;
    char *host = old == NULL || old->host == NULL ? NULL : copy_string(old->host);
    char *port = old == NULL ? NULL : copy_string(old->options.value[OPTION_PORT]);
    bool ok = connect_options(command, &options) && execute_connect(&options, "\\connect: ");

    if (ok)
        after_connect(host, port);
    else if (client.interactive && wire_is_open(client.connection))
        say_info("Previous connection kept");
    else if (!client.interactive) {
        wire_close(client.connection);
        client.connection = NULL;
    }
    options_free(&options);
    free(host);
    free(port);
    return end_of(ok);
}

static CommandEnd
run_encoding(Command *command)
{
    char *name = argument_next(command);
    const char *now = wire_parameter(client.connection, "client_encoding");
    Text sql = {0};
    Result *result;
    bool ok = true;

    if (name == NULL)
        puts(now == NULL ? "" : now);
    else if (wire_is_open(client.connection)) {
        text_add(&sql, "SET client_encoding = ");
        text_literal(&sql, name);
        result = wire_run(client.connection, sql.data);
        ok = result->kind == RESULT_COMMAND;
        if (!ok)
            say_error("%s: invalid encoding name or conversion procedure not found", name);
        result_free(result);
        execute_sync_variables();
    }
    text_free(&sql);
    free(name);
    return end_of(ok);
}

static CommandEnd
run_errverbose(Command *command)
{
    const char *before = variable_get("VERBOSITY");
    char *kept = before == NULL ? NULL : copy_string(before);
    Text text = {0};

    if (client.last_error.field['M'] == NULL) {
        puts("There is no previous error.");
        free(kept);
        return COMMAND_DONE;
    }
    variable_set("VERBOSITY", "verbose");
    message_format(&client.last_error, client.last_error_query, &text);
    variable_set("VERBOSITY", kept);
    say_error("%s", text.data);
    text_free(&text);
    free(kept);
    return COMMAND_DONE;
}

static CommandEnd
run_password(Command *command)
{
    char *user = argument_next(command), *first, *second;
    const char *name = user != NULL ? user : client.connection->options.value[OPTION_USER];
    char *prompt = format_string("Enter new password for user \"%s\": ", name);
    Text sql = {0};
    bool ok;

    first = input_prompt_password(prompt);
    second = input_prompt_password("Enter it again: ");
    ok = strcmp(first, second) == 0;
    if (!ok)
        say_error("Passwords didn't match.");
    else {
        Result *result;
        text_add(&sql, "ALTER USER ");
        text_name(&sql, name);
        text_add(&sql, " PASSWORD ");
        text_literal(&sql, first);
        result = wire_run(client.connection, sql.data);
        ok = result->kind == RESULT_COMMAND;
        if (!ok && result->error.field['M'] != NULL)
            say_error("%s:  %s", result->error.field['S'], result->error.field['M']);
        result_free(result);
    }
    text_free(&sql);
    free(prompt);
    free(first);
    free(second);
    free(user);
    return end_of(ok);
}

/* --- conditions --- */

static bool
condition_of(Command *command)
{
    char *word = argument_next(command);
    bool value = false;

    if (word == NULL || !parse_boolean(word, &value))
        say_error("unrecognized value \"%s\" for \"\\%s expression\": Boolean expected",
                  word == NULL ? "" : word, command->name);
    free(word);
    return value;
}

static CommandEnd
run_condition(Command *command)
{
    size_t top = conditions.depth - 1;
    bool outer = !command_is_skipping(), is_else = strcmp(command->name, "else") == 0;

    if (strcmp(command->name, "if") == 0) {
        if (conditions.depth >= CONDITION_DEPTH_MAX)
            return COMMAND_ERROR;
        top = conditions.depth;
        conditions.level[top].outer_active = outer;
        conditions.level[top].taken = outer && condition_of(command);
        conditions.level[top].active = conditions.level[top].taken;
        conditions.level[top].else_seen = false;
        conditions.depth++;
        return COMMAND_DONE;
    }
    if (conditions.depth == 0) {
        say_error("\\%s: no matching \\if", command->name);
        return COMMAND_ERROR;
    }
    if (strcmp(command->name, "endif") == 0) {
        conditions.depth--;
        return COMMAND_DONE;
    }
    if (conditions.level[top].else_seen) {
        say_error("\\%s: cannot occur after \\else", command->name);
        return COMMAND_ERROR;
    }
    conditions.level[top].else_seen = is_else;
    conditions.level[top].active = false;
    if (conditions.level[top].outer_active && !conditions.level[top].taken)
        conditions.level[top].taken = conditions.level[top].active =
            is_else || condition_of(command);
    return COMMAND_DONE;
}

/* --- the table --- */

static CommandEnd
run_copy(Command *command)
{
    char *rest = argument_rest(command);
    bool ok = copy_command(rest);

    free(rest);
    return end_of(ok);
}

static CommandEnd
run_help(Command *command)
{
    char *topic;

    if (command->name[0] == '?') {
        help_backslash(stdout);
        return COMMAND_DONE;
    }
    topic = argument_rest(command);
    help_sql(stdout, topic);
    free(topic);
    return COMMAND_DONE;
}

static CommandEnd
run_quit(Command *command)
{
    return COMMAND_QUIT;
}

static const struct {
    const char *name;
    CommandFunction run;
} commands[] = {
    {"!", run_shell},        {"?", run_help},          {"C", run_pset},
    {"a", run_pset},         {"c", run_connect},       {"cd", run_cd},
    {"connect", run_connect}, {"conninfo", run_conninfo}, {"copy", run_copy},
    {"e", run_edit},         {"echo", run_echo},       {"edit", run_edit},
    {"elif", run_condition}, {"else", run_condition},  {"encoding", run_encoding},
    {"endif", run_condition}, {"errverbose", run_errverbose}, {"f", run_pset},
    {"g", run_go},           {"getenv", run_getenv},   {"gexec", run_gexec},
    {"gset", run_gset},      {"gx", run_go},           {"h", run_help},
    {"help", run_help},      {"i", run_include},       {"if", run_condition},
    {"include", run_include}, {"include_relative", run_include}, {"ir", run_include},
    {"o", run_output},       {"out", run_output},      {"p", run_print},
    {"password", run_password}, {"print", run_print},  {"prompt", run_prompt},
    {"pset", run_pset},      {"q", run_quit},          {"qecho", run_echo},
    {"quit", run_quit},      {"r", run_reset},         {"reset", run_reset},
    {"s", run_history},      {"set", run_set},         {"setenv", run_setenv},
    {"t", run_pset},         {"timing", run_timing},   {"unset", run_unset},
    {"w", run_write},        {"warn", run_echo},       {"watch", run_watch},
    {"write", run_write},    {"x", run_pset},
};

static CommandEnd
dispatch(Command *command)
{
    for (size_t i = 0; i < lengthof(commands); i++)
        if (strcmp(commands[i].name, command->name) == 0) {
            if (command_is_skipping() && commands[i].run != run_condition)
                return COMMAND_DONE;
            return commands[i].run(command);
        }
    if (command_is_skipping())
        return COMMAND_DONE;
    if (command->name[0] == 'd' || command->name[0] == 'l' || strcmp(command->name, "z") == 0) {
        char *pattern = argument_name(command);
        bool known, ok = describe_command(command->name, pattern, &known);
        free(pattern);
        if (known)
            return end_of(ok);
    }
    say_error("invalid command \\%s", command->name);
    if (client.interactive)
        say_info("Try \\? for help.");
    return COMMAND_UNKNOWN;
}

/* Runs the command at *at; leaves *at behind it: at a second command or at the line's end. */
CommandEnd
command_run(const char **at, Text *query, Text *previous, Scan *scan)
{
    size_t length;
    char *name;
    Command command = {.query = query, .previous = previous, .scan = scan};
    CommandEnd end;

    (*at)++;
    length = strcspn(*at, " \t\r\n\\");
    if (length > 1 && (**at == '!' || **at == '?') && isalpha((unsigned char)(*at)[1]))
        length = 1;
    if (length == 0 && **at == '\\') {
        (*at)++;
        return COMMAND_DONE;
    }
    name = copy_bytes(*at, length);
    command.name = name;
    command.at = *at + length;
    end = dispatch(&command);
    if (end != COMMAND_SEND && end != COMMAND_ERROR && end != COMMAND_UNKNOWN) {
        char *extra;
        while ((extra = argument_next(&command)) != NULL) {
            if (!command_is_skipping())
                say_error("\\%s: extra argument \"%s\" ignored", name, extra);
            free(extra);
        }
    } else if (end != COMMAND_SEND)
        command.at += strlen(command.at);
    if (strncmp(command.at, "\\\\", 2) == 0)
        command.at += 2;
    *at = command.at;
    fflush(stdout);
    free(name);
    return end;
}
