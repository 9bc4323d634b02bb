/*
 * input.c - where commands come from: the terminal, files, pipes, strings; and the main loop
 *
 * Why        at a terminal libedit's callback interface leaves the waiting to the event loop, so
 *            that Ctrl-C is an event there as well.
 * Invariants I1. One Source is current; \i makes another that ends before this one goes on.
 */
#include <ctype.h>
#include <editline/readline.h>
#include <sys/stat.h>
#include <termios.h>
#include <unistd.h>

#include "client.h"

typedef struct Source {
    FILE *file;
    bool terminal, is_string;
    Watch *watch; /* of a pipe; NULL for a file */
    Text query, previous, history;
    Scan scan;
} Source;

static struct {
    FILE *current;
    int depth;
    bool edited, at_end; /* what the line editor's callback saw */
    char *line;
    bool history_ready;
} input;

FILE *
input_current_file(void)
{
    return input.current != NULL ? input.current : stdin;
}

char *
input_prompt_password(const char *prompt)
{
    FILE *terminal = fopen("/dev/tty", "r+e");
    FILE *in = terminal == NULL ? stdin : terminal;
    FILE *out = terminal == NULL ? stderr : terminal;
    struct termios before, silent;
    bool changed = tcgetattr(fileno(in), &before) == 0;
    char *line = NULL;
    size_t capacity = 0;

    if (changed) {
        silent = before;
        silent.c_lflag &= ~(tcflag_t)ECHO;
        tcsetattr(fileno(in), TCSAFLUSH, &silent);
    }
    fputs(prompt, out);
    fflush(out);
    if (getline(&line, &capacity, in) < 0)
        replace_string(&line, "");
    line[strcspn(line, "\r\n")] = '\0';
    if (changed) {
        tcsetattr(fileno(in), TCSAFLUSH, &before);
        fputc('\n', out);
    }
    if (terminal != NULL)
        fclose(terminal);
    return line;
}

/* --- prompts --- */

static void
prompt_path_name(Text *text)
{
    const char *database = client.connection->options.value[OPTION_DBNAME];
    const char *user = client.connection->options.value[OPTION_USER];

    text_add(text, database != NULL && user != NULL && strcmp(database, user) == 0 ? "~"
                   : database == NULL ? "" : database);
}

static char
prompt_state(const Source *source, int kind)
{
    if (kind == 1)
        return !wire_is_open(client.connection) ? '!' : client.single_line ? '^' : '=';
    if (source->scan.state != 0)
        return source->scan.state;
    return source->scan.paren_depth > 0 ? '(' : '-';
}

static void
prompt_escape(const Source *source, int kind, const char **at, Text *text)
{
    Connection *c = client.connection;
    bool open = wire_is_open(c);
    const char *super = wire_parameter(c, "is_superuser"), *end, *value;
    char *name;

    switch (**at) {
    case '/':
        text_add(text, open ? c->options.value[OPTION_DBNAME] : "");
        break;
    case '~':
        if (open)
            prompt_path_name(text);
        break;
    case 'R':
        text_char(text, prompt_state(source, kind));
        break;
    case 'x':
        if (!open)
            text_char(text, '?');
        else if (c->transaction != 'I')
            text_char(text, c->transaction == 'T' ? '*' : '!');
        break;
    case '#':
        text_char(text, super != NULL && strcmp(super, "on") == 0 ? '#' : '>');
        break;
    case 'n':
        value = wire_parameter(c, "session_authorization");
        text_add(text, value != NULL ? value : open ? c->options.value[OPTION_USER] : "");
        break;
    case 'm':
    case 'M':
        text_add(text, !open ? "" : c->is_local ? "[local]" : c->host);
        break;
    case '>':
        text_add(text, open ? c->options.value[OPTION_PORT] : "");
        break;
    case 'p':
        if (open)
            text_format(text, "%d", c->pid);
        break;
    case 'l':
        text_format(text, "%" PRIu64, client.input_line);
        break;
    case 'w':
        break;
    case ':':
        end = strchr(*at + 1, ':');
        if (end == NULL)
            break;
        name = copy_bytes(*at + 1, (size_t)(end - *at - 1));
        value = variable_get(name);
        text_add(text, value == NULL ? "" : value);
        free(name);
        *at = end;
        break;
    case '[':
    case ']':
        break;
    default:
        text_char(text, **at);
    }
}

static char *
make_prompt(const Source *source)
{
    int kind = source->query.length == 0 && source->scan.state == 0 ? 1 : 2;
    const char *format = variable_get(kind == 1 ? "PROMPT1" : "PROMPT2");
    Text text = {0};

    text_add(&text, "");
    for (const char *at = format == NULL ? "" : format; *at != '\0'; at++) {
        if (*at != '%' || at[1] == '\0') {
            text_char(&text, *at);
            continue;
        }
        at++;
        prompt_escape(source, kind, &at, &text);
    }
    return text.data;
}

/* --- lines --- */

/* A line without its newline; reads bytes one by one from stdio so that COPY goes on behind it. */
bool
input_read_line(FILE *file, Text *ret_line)
{
    int c;

    text_clear(ret_line);
    text_add(ret_line, "");
    while ((c = getc(file)) != EOF && c != '\n')
        text_char(ret_line, (char)c);
    return c != EOF || ret_line->length > 0;
}

static char *
history_path(void)
{
    const char *set = variable_get("HISTFILE"), *home = getenv("HOME");

    if (set == NULL)
        set = getenv("PSQL_HISTORY");
    if (set != NULL)
        return copy_string(set);
    return format_string("%s/.sengisql_history", home == NULL ? "." : home);
}

bool
input_save_history(const char *path)
{
    const char *limit = variable_get("HISTSIZE");
    bool saved;

    stifle_history(limit == NULL ? 500 : atoi(limit));
    saved = write_history(path) == 0;
    return saved;
}

static void
start_history(void)
{
    char *path = history_path();

    rl_readline_name = PROGRAM;
    rl_catch_signals = 0;
    rl_initialize();
    using_history();
    read_history(path);
    free(path);
    input.history_ready = true;
}

static void
finish_history(void)
{
    char *path;

    if (!input.history_ready)
        return;
    path = history_path();
    input_save_history(path);
    free(path);
}

static void
remember(Source *source)
{
    const char *control = variable_get("HISTCONTROL");
    static char *last;
    const char *line = text_string(&source->history);

    if (input.history_ready && source->history.length > 0 &&
        !(control != NULL && strstr(control, "ignore") != NULL &&
          ((strstr(control, "dups") == NULL && line[0] == ' ') ||
           (strstr(control, "space") == NULL && last != NULL && strcmp(last, line) == 0)))) {
        add_history(line);
        replace_string(&last, line);
    }
    text_clear(&source->history);
}

static void
on_line(char *line)
{
    input.edited = true;
    input.at_end = line == NULL;
    input.line = line;
    rl_callback_handler_remove();
}

/* A line from the editor; false at the end. Ctrl-C gives an empty line and forgets the query. */
static bool
edit_line(Source *source, Text *ret_line)
{
    char *prompt = make_prompt(source);
    bool cancelled = false;

    input.edited = false;
    input.line = NULL;
    rl_callback_handler_install(prompt, on_line);
    while (!input.edited) {
        if (event_wait(source->watch, EVENT_READABLE, -1))
            rl_callback_read_char();
        else if (event_take_interrupt()) {
            rl_callback_handler_remove();
            cancelled = true;
            break;
        }
    }
    free(prompt);
    text_clear(ret_line);
    text_add(ret_line, "");
    if (cancelled) {
        fputc('\n', stdout);
        text_clear(&source->query);
        text_clear(&source->history);
        scan_reset(&source->scan);
        return true;
    }
    if (input.at_end)
        return false;
    text_add(ret_line, input.line);
    ret_line->data[strcspn(ret_line->data, "\n")] = '\0';
    ret_line->length = strlen(ret_line->data);
    free(input.line);
    return true;
}

static bool
next_line(Source *source, Text *ret_line)
{
    client.input_line++;
    if (source->terminal && !client.no_editing)
        return edit_line(source, ret_line);
    if (source->terminal) {
        char *prompt = make_prompt(source);
        fputs(prompt, stdout);
        fflush(stdout);
        free(prompt);
    }
    return input_read_line(source->file, ret_line);
}

/* --- the main loop --- */

static bool
send_statement(Source *source)
{
    bool ok;

    if (command_is_skipping()) {
        text_clear(&source->query);
        scan_reset(&source->scan);
        return true;
    }
    ok = execute_query(text_string(&source->query));
    text_clear(&source->previous);
    text_add(&source->previous, text_string(&source->query));
    text_clear(&source->query);
    scan_reset(&source->scan);
    return ok;
}

typedef enum LineEnd { LINE_OK, LINE_FAILED, LINE_QUIT } LineEnd;

static LineEnd
run_command(Source *source, const char **at)
{
    CommandEnd end = command_run(at, &source->query, &source->previous, &source->scan);

    if (end == COMMAND_QUIT)
        return LINE_QUIT;
    if (end == COMMAND_SEND) {
        if (source->query.length == 0)
            text_add(&source->query, text_string(&source->previous));
        return send_statement(source) ? LINE_OK : LINE_FAILED;
    }
    if (end == COMMAND_ERROR || end == COMMAND_UNKNOWN)
        return LINE_FAILED;
    return LINE_OK;
}

static bool
is_bare_word(const char *line, const char *word)
{
    size_t length = strlen(word);

    return strncasecmp(line, word, length) == 0 &&
           line[length + strspn(line + length, " ;\t")] == '\0';
}

/* "exit", "quit" and "help" alone, as newcomers type them. */
static bool
take_bare_word(Source *source, const char *line, LineEnd *ret_end)
{
    if (!source->terminal || source->query.length > 0)
        return false;
    if (is_bare_word(line, "quit") || is_bare_word(line, "exit")) {
        *ret_end = LINE_QUIT;
        return true;
    }
    if (!is_bare_word(line, "help"))
        return false;
    puts("You are using sengisql, the command-line interface to Sengi.\n"
         "Type:  \\h for help with SQL commands\n"
         "       \\? for help with sengisql commands\n"
         "       \\g or terminate with semicolon to execute query\n"
         "       \\q to quit");
    *ret_end = LINE_OK;
    return true;
}

static LineEnd
run_line(Source *source, const char *line)
{
    const char *at = line;
    LineEnd end = LINE_OK;

    if (take_bare_word(source, line, &end))
        return end;
    if (source->query.length > 0)
        text_char(&source->query, '\n');
    while (end == LINE_OK || (end == LINE_FAILED && !variable_is_on("ON_ERROR_STOP"))) {
        ScanEnd found = scan_statement(&source->scan, &at, &source->query);
        if (found == SCAN_BACKSLASH) {
            LineEnd now = run_command(source, &at);
            end = now == LINE_OK ? end : now;
        } else if (found == SCAN_SEMICOLON || (client.single_line && source->query.length > 0)) {
            LineEnd now = send_statement(source) ? LINE_OK : LINE_FAILED;
            end = now == LINE_OK ? end : now;
        } else
            break;
    }
    return end;
}

static bool
is_blank(const char *text)
{
    return text[strspn(text, " \t\r\n")] == '\0';
}

static int
main_loop(Source *source)
{
    const char *echo;
    Text line = {0};
    int code = EXIT_OK;
    bool stop = false;
    FILE *outer = input.current;
    size_t conditions = command_conditional_depth();

    input.current = source->file;
    while (!stop && next_line(source, &line)) {
        LineEnd end;
        size_t was = source->query.length;
        if (client.input_line == 1 && strncmp(line.data, "\xef\xbb\xbf", 3) == 0)
            memmove(line.data, line.data + 3, line.length - 2);
        echo = variable_get("ECHO");
        if (!source->terminal && !source->is_string && echo != NULL && strcmp(echo, "all") == 0)
            puts(line.data);
        if (source->terminal && line.data[0] != '\0') {
            if (source->history.length > 0)
                text_char(&source->history, '\n');
            text_add(&source->history, line.data);
        }
        if (was == 0 && is_blank(line.data) && source->scan.state == 0)
            continue;
        end = run_line(source, line.data);
        if (source->query.length == 0)
            remember(source);
        if (end == LINE_QUIT)
            stop = true;
        else if (end == LINE_FAILED && !source->terminal && variable_is_on("ON_ERROR_STOP")) {
            code = EXIT_SCRIPT;
            stop = true;
        }
    }
    if (!stop && !source->terminal && !is_blank(text_string(&source->query)) &&
        !send_statement(source) && variable_is_on("ON_ERROR_STOP"))
        code = EXIT_SCRIPT;
    if (!stop && command_conditional_depth() > conditions)
        say_error("reached EOF without finding closing \\endif(s)");
    input.current = outer;
    text_free(&line);
    return code;
}

static void
free_source(Source *source)
{
    event_unwatch(source->watch);
    text_free(&source->query);
    text_free(&source->previous);
    text_free(&source->history);
    scan_reset(&source->scan);
}

int
input_run_interactive(void)
{
    Source source = {.file = stdin, .terminal = client.interactive};
    int code;

    if (source.terminal && !client.no_editing)
        start_history();
    if (source.terminal)
        source.watch = event_watch(STDIN_FILENO);
    code = main_loop(&source);
    if (source.terminal) {
        if (!client.quiet && input.at_end)
            puts("\\q");
        finish_history();
    }
    free_source(&source);
    return code;
}

int
input_run_string(const char *commands)
{
    Source source = {.is_string = true};
    uint64 line = client.input_line;
    int code;

    source.file = fmemopen((void *)(uintptr_t)commands, Max(strlen(commands), 1), "r");
    code = main_loop(&source);
    client.input_line = line;
    fclose(need(source.file));
    free_source(&source);
    return code;
}

/* The name of a file that \ir reads: beside the one that is being read. */
static char *
resolve(const char *name, bool relative)
{
    const char *slash = client.input_name == NULL ? NULL : strrchr(client.input_name, '/');
    const char *home = getenv("HOME");

    if (strncmp(name, "~/", 2) == 0 && home != NULL)
        return format_string("%s%s", home, name + 1);
    if (!relative || name[0] == '/' || slash == NULL)
        return copy_string(name);
    return format_string("%.*s/%s", (int)(slash - client.input_name), client.input_name, name);
}

int
input_run_file(const char *name, bool relative)
{
    Source source = {0};
    const char *outer_name = client.input_name;
    uint64 outer_line = client.input_line;
    char *path = resolve(name, relative);
    struct stat status;
    int code;

    source.file = strcmp(name, "-") == 0 ? stdin : fopen(path, "re");
    if (source.file != NULL && fstat(fileno(source.file), &status) == 0 &&
        S_ISDIR(status.st_mode)) {
        fclose(source.file);
        source.file = NULL;
        errno = EISDIR;
    }
    if (source.file == NULL || input.depth >= INCLUDE_DEPTH_MAX) {
        say_error("%s: %s", path, source.file == NULL ? strerror(errno) : "nested too deep");
        free(path);
        return -1;
    }
    client.input_name = source.file == stdin ? "<stdin>" : path;
    client.input_line = 0;
    input.depth++;
    code = main_loop(&source);
    input.depth--;
    client.input_name = outer_name;
    client.input_line = outer_line;
    if (source.file != stdin)
        fclose(source.file);
    free_source(&source);
    free(path);
    return code;
}
