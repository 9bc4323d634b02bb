/*
 * copy.c - COPY's data: \copy, COPY FROM STDIN, COPY TO STDOUT
 */
#include <ctype.h>
#include <sys/wait.h>
#include <unistd.h>

#include "client.h"

enum { CHUNK_SIZE = 8192 };

static FILE *copy_file; /* \copy's own end; NULL: the usual one */
static bool copy_is_own;

static FILE *copy_target;

bool
copy_went_to(FILE *out)
{
    bool same = copy_target == out;

    copy_target = NULL;
    return same;
}

bool
copy_data_out(FILE *out)
{
    Text row = {0};
    FILE *to = copy_is_own && copy_file != NULL ? copy_file : out;
    bool ok = true;
    int state;

    while ((state = wire_copy_get(client.connection, &row)) > 0)
        if (ok && fwrite(row.data, 1, row.length, to) != row.length) {
            say_error("could not write COPY data: %s", strerror(errno));
            ok = false;
        }
    fflush(to);
    copy_target = to;
    text_free(&row);
    return ok && state == 0;
}

static bool
send_file(FILE *in)
{
    char buffer[CHUNK_SIZE];
    size_t n;

    while ((n = fread(buffer, 1, sizeof(buffer), in)) > 0)
        if (!wire_copy_put(client.connection, buffer, n))
            return false;
    return ferror(in) == 0;
}

/* Lines from a script or a terminal, up to the one that ends the data. */
static bool
send_lines(FILE *in)
{
    Text line = {0}, block = {0};
    bool terminal = client.interactive && in == stdin, ok = true;

    if (terminal && !client.quiet)
        puts("Enter data to be copied followed by a newline.\n"
             "End with a backslash and a period on a line by itself, or an EOF signal.");
    while (ok) {
        if (terminal) {
            fputs(variable_get("PROMPT3") ? variable_get("PROMPT3") : "", stdout);
            fflush(stdout);
        }
        if (!input_read_line(in, &line))
            break;
        client.input_line++;
        if (strcmp(line.data, "\\.") == 0 || strcmp(line.data, "\\.\r") == 0)
            break;
        text_char(&line, '\n');
        text_bytes(&block, line.data, line.length);
        if (terminal || block.length >= CHUNK_SIZE) {
            ok = wire_copy_put(client.connection, block.data, block.length);
            text_clear(&block);
        }
    }
    if (ok && block.length > 0)
        ok = wire_copy_put(client.connection, block.data, block.length);
    if (terminal)
        clearerr(in);
    text_free(&block);
    text_free(&line);
    return ok;
}

bool
copy_data_in(FILE *in, bool is_script)
{
    bool ok = copy_is_own && copy_file != NULL ? send_file(copy_file) : send_lines(in);

    return wire_copy_end(client.connection, ok ? NULL : "aborted because of read failure") && ok;
}

/* --- \copy --- */

typedef struct CopyCommand {
    Text before, after; /* what stands before FROM or TO, and behind the file */
    bool from, program, standard;
    char *file;
} CopyCommand;

/* Skips one word, quoted text or parenthesis group. */
static const char *
skip_token(const char *at)
{
    int depth = 0;

    if (*at != '(' && *at != '\'' && *at != '"')
        return at + strcspn(at, " \t\r\n('\"") ;
    do {
        if (*at == '\'' || *at == '"') {
            const char *end = strchr(at + 1, *at);
            at = end == NULL ? at + strlen(at) - 1 : end;
        } else
            depth += *at == '(' ? 1 : *at == ')' ? -1 : 0;
        at++;
    } while (depth > 0 && *at != '\0');
    return at;
}

static bool
is_word(const char *at, const char *end, const char *word)
{
    return (size_t)(end - at) == strlen(word) && strncasecmp(at, word, strlen(word)) == 0;
}

static char *
unquote(const char *at, const char *end)
{
    Text text = {0};

    text_add(&text, "");
    if (*at != '\'') {
        text_bytes(&text, at, (size_t)(end - at));
        return text.data;
    }
    for (at++; at < end - 1; at++) {
        if (*at == '\'' && at[1] == '\'')
            at++;
        text_char(&text, *at);
    }
    return text.data;
}

static const char *
skip_space(const char *at)
{
    return at + strspn(at, " \t\r\n");
}

static const char *
quoted_end(const char *at)
{
    if (*at != '\'')
        return at + strcspn(at, " \t\r\n");
    for (at++; *at != '\0'; at++) {
        if (*at == '\'' && at[1] == '\'')
            at++;
        else if (*at == '\'')
            return at + 1;
    }
    return at;
}

static bool
parse_file(CopyCommand *copy, const char *at)
{
    const char *end;

    at = skip_space(at);
    end = quoted_end(at);
    if (is_word(at, end, "program")) {
        copy->program = true;
        at = skip_space(end);
        if (*at != '\'')
            return false;
        end = quoted_end(at);
    }
    if (at == end)
        return false;
    copy->standard = !copy->program && (is_word(at, end, "stdin") || is_word(at, end, "stdout"));
    if (is_word(at, end, "pstdin") || is_word(at, end, "pstdout"))
        copy->file = copy_string("-");
    else if (!copy->standard)
        copy->file = unquote(at, end);
    text_add(&copy->after, end);
    return true;
}

static bool
parse_copy(CopyCommand *copy, const char *at)
{
    for (at = skip_space(at); *at != '\0'; at = skip_space(at)) {
        const char *end = skip_token(at);
        if (copy->before.length > 0 && (is_word(at, end, "from") || is_word(at, end, "to"))) {
            copy->from = is_word(at, end, "from");
            return parse_file(copy, end);
        }
        if (end == at)
            end++;
        text_bytes(&copy->before, at, (size_t)(end - at));
        if (*end == ' ' || *end == '\t' || *end == '\n')
            text_char(&copy->before, ' ');
        at = end;
    }
    return false;
}

static bool
open_copy_file(CopyCommand *copy)
{
    const char *home = getenv("HOME");

    copy_is_own = true;
    copy_file = NULL;
    if (copy->standard) {
        if (!copy->from)
            copy_file = client.out;
        return true;
    }
    if (strcmp(copy->file, "-") == 0) {
        copy_file = copy->from ? stdin : stdout;
        return true;
    }
    if (strncmp(copy->file, "~/", 2) == 0 && home != NULL) {
        char *full = format_string("%s%s", home, copy->file + 1);
        free(copy->file);
        copy->file = full;
    }
    fflush(NULL);
    copy_file = copy->program ? popen(copy->file, copy->from ? "r" : "w")
                              : fopen(copy->file, copy->from ? "re" : "we");
    if (copy_file == NULL)
        say_error("%s: %s", copy->file, strerror(errno));
    return copy_file != NULL;
}

static bool
close_copy_file(const CopyCommand *copy)
{
    bool ok = true;

    if (copy_file != NULL && copy_file != client.out && copy_file != stdin &&
        copy_file != stdout) {
        if (copy->program) {
            int status = pclose(copy_file);
            if (status != 0) {
                say_error("%s: child process exited with exit code %d", copy->file,
                          WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status));
                ok = false;
            }
        } else if (fclose(copy_file) != 0) {
            say_error("%s: %s", copy->file, strerror(errno));
            ok = false;
        }
    }
    copy_file = NULL;
    copy_is_own = false;
    return ok;
}

bool
copy_command(const char *arguments)
{
    CopyCommand copy = {0};
    bool ok = false;
    char *sql;

    if (arguments == NULL || *skip_space(arguments) == '\0')
        say_error("\\copy: arguments required");
    else if (!parse_copy(&copy, arguments))
        say_error("\\copy: parse error at end of line");
    else if (open_copy_file(&copy)) {
        sql = format_string("COPY %s %s%s", text_string(&copy.before),
                            copy.from ? "FROM STDIN" : "TO STDOUT", text_string(&copy.after));
        ok = execute_query(sql);
        ok = close_copy_file(&copy) && ok;
        free(sql);
    }
    copy_is_own = false;
    text_free(&copy.before);
    text_free(&copy.after);
    free(copy.file);
    return ok;
}
