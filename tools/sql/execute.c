/*
 * execute.c - sends statements and shows what comes back; connects and reconnects
 */
#include <unistd.h>

#include "base/clock.h"
#include "client.h"

static void
show_message(const Message *message, const char *query)
{
    Text text = {0};

    message_format(message, query, &text);
    say_info("%s", text.data);
    text_free(&text);
}

static void
on_notice(Connection *connection, const Message *notice)
{
    show_message(notice, NULL);
}

static void
on_notify(const char *channel, const char *payload, int32 pid)
{
    if (payload[0] != '\0')
        fprintf(client.out, "Asynchronous notification \"%s\" with payload \"%s\" received from "
                "server process with PID %d.\n", channel, payload, pid);
    else
        fprintf(client.out, "Asynchronous notification \"%s\" received from server process with "
                "PID %d.\n", channel, pid);
    fflush(client.out);
}

/* --- connecting --- */

void
execute_sync_variables(void)
{
    Connection *c = client.connection;
    const char *encoding = wire_parameter(c, "client_encoding");
    const char *version = wire_parameter(c, "server_version");

    variable_set("DBNAME", wire_is_open(c) ? c->options.value[OPTION_DBNAME] : NULL);
    variable_set("USER", wire_is_open(c) ? c->options.value[OPTION_USER] : NULL);
    variable_set("HOST", wire_is_open(c) ? c->host : NULL);
    variable_set("PORT", wire_is_open(c) ? c->options.value[OPTION_PORT] : NULL);
    variable_set("ENCODING", encoding == NULL ? "UTF8" : encoding);
    if (version != NULL) {
        char *number = format_string("%d%04d", atoi(version),
                                     strchr(version, '.') ? atoi(strchr(version, '.') + 1) : 0);
        variable_set("SERVER_VERSION_NAME", version);
        variable_set("SERVER_VERSION_NUM", number);
        free(number);
    }
}

/* Connects, asking for a password where the server wants one; false after a message. */
bool
execute_connect(const ConnectOptions *wanted, const char *prefix)
{
    ConnectOptions options = {0};
    Text problem = {0};
    Connection *made;
    bool ask = client.prompt_password > 0;

    for (int i = 0; i < OPTION_COUNT; i++)
        replace_string(&options.value[i], wanted->value[i]);
    while (true) {
        if (ask) {
            char *prompt = options.value[OPTION_USER] == NULL
                               ? copy_string("Password: ")
                               : format_string("Password for user %s: ",
                                               options.value[OPTION_USER]);
            free(options.value[OPTION_PASSWORD]);
            options.value[OPTION_PASSWORD] = input_prompt_password(prompt);
            free(prompt);
        }
        text_clear(&problem);
        made = wire_connect(&options, &problem);
        if (wire_is_open(made) || ask || !made->needs_password || made->used_password ||
            client.prompt_password < 0)
            break;
        ask = true;
        replace_string(&options.value[OPTION_USER], made->options.value[OPTION_USER]);
        wire_close(made);
    }
    options_free(&options);
    if (!wire_is_open(made)) {
        say_error("%s%s", prefix, text_string(&problem));
        wire_close(made);
        text_free(&problem);
        return false;
    }
    text_free(&problem);
    wire_close(client.connection);
    client.connection = made;
    made->on_notice = on_notice;
    made->on_notify = on_notify;
    execute_sync_variables();
    return true;
}

/* The server went away: an interactive client tries once to come back, a script ends. */
void
execute_connect_lost(void)
{
    ConnectOptions same = {0};
    Connection *old = client.connection;

    if (!client.interactive) {
        say_error("connection to server was lost");
        exit(EXIT_CONNECTION);
    }
    fputs("The connection to the server was lost. Attempting reset: ", stderr);
    for (int i = 0; i < OPTION_COUNT; i++)
        replace_string(&same.value[i], old->options.value[i]);
    client.connection = NULL;
    wire_close(old);
    {
        Text problem = {0};
        Connection *made = wire_connect(&same, &problem);
        made->on_notice = on_notice;
        made->on_notify = on_notify;
        client.connection = made;
        fputs(wire_is_open(made) ? "Succeeded.\n" : "Failed.\n", stderr);
        text_free(&problem);
    }
    options_free(&same);
    execute_sync_variables();
}

/* --- results --- */

static void
note_error(const Message *message, const char *query)
{
    const char *state = message->field['C'] == NULL ? "" : message->field['C'];

    message_free(&client.last_error);
    for (size_t i = 0; i < lengthof(message->field); i++)
        replace_string(&client.last_error.field[i], message->field[i]);
    replace_string(&client.last_error_query, query);
    variable_set("ERROR", "true");
    variable_set("SQLSTATE", state);
    variable_set("ROW_COUNT", "0");
    variable_set("LAST_ERROR_SQLSTATE", state);
    variable_set("LAST_ERROR_MESSAGE", message->field['M'] == NULL ? "" : message->field['M']);
}

static void
note_success(const Result *result)
{
    const char *count = result->tag == NULL ? NULL : strrchr(result->tag, ' ');

    variable_set("ERROR", "false");
    variable_set("SQLSTATE", "00000");
    variable_set("ROW_COUNT", count != NULL && count[1] >= '0' && count[1] <= '9' ? count + 1
                                                                                  : "0");
}

static FILE *
output(void)
{
    return client.once_out != NULL ? client.once_out : client.out;
}

static void
print_tag(const Result *result)
{
    if (!client.quiet && result->tag != NULL)
        fprintf(output(), "%s\n", result->tag);
    if (client.log != NULL && result->tag != NULL)
        fprintf(client.log, "%s\n", result->tag);
}

static bool
store_row(const Result *result)
{
    if (result->row_count != 1) {
        say_error(result->row_count == 0 ? "no rows returned for \\gset"
                                         : "more than one row returned for \\gset");
        return false;
    }
    for (int i = 0; i < result->column_count; i++) {
        char *name = format_string("%s%s", client.once_set_prefix, result->columns[i].name);
        bool ok = variable_set(name, result->rows[0][i]);
        free(name);
        if (!ok)
            return false;
    }
    return true;
}

/* \gexec: every cell is a statement. The rows outlive the queries they start. */
static bool
run_cells(const Result *result)
{
    bool ok = true;

    client.once_execute = false;
    for (size_t row = 0; row < result->row_count; row++)
        for (int i = 0; i < result->column_count; i++) {
            const char *sql = result->rows[row][i];
            if (sql == NULL || (!ok && variable_is_on("ON_ERROR_STOP")))
                continue;
            ok = execute_query(sql) && ok;
        }
    return ok;
}

static bool
shows_tag(const Result *result)
{
    static const char *const verbs[] = {"INSERT", "UPDATE", "DELETE", "MERGE"};

    for (size_t i = 0; i < lengthof(verbs); i++)
        if (result->tag != NULL && strncmp(result->tag, verbs[i], strlen(verbs[i])) == 0)
            return true;
    return false;
}

static bool
show_rows(const Result *result)
{
    PrintOptions options = client.once_print != NULL ? *client.once_print : client.print;

    if (client.once_set_prefix != NULL)
        return store_row(result);
    if (client.once_expanded)
        options.expanded = 1;
    print_result(result, &options, client.print.title, output());
    if (client.log != NULL)
        print_result(result, &options, client.print.title, client.log);
    if (shows_tag(result))
        print_tag(result);
    return true;
}

static bool
show_result(Result *result, const char *query)
{
    bool ok = true;

    switch (result->kind) {
    case RESULT_EMPTY:
        break;
    case RESULT_COMMAND:
        if (strncmp(result->tag, "COPY", 4) != 0 || !copy_went_to(output()))
            print_tag(result);
        break;
    case RESULT_ROWS:
        ok = show_rows(result);
        break;
    case RESULT_COPY_IN:
        ok = copy_data_in(input_current_file(), true);
        break;
    case RESULT_COPY_OUT:
        ok = copy_data_out(output());
        break;
    case RESULT_ERROR:
        note_error(&result->error, query);
        show_message(&result->error, query);
        return false;
    case RESULT_LOST:
        say_info("server closed the connection unexpectedly\n"
                 "\tThis probably means the server terminated abnormally\n"
                 "\tbefore or while processing the request.");
        return false;
    }
    note_success(result);
    return ok;
}

static bool
run_and_show(const char *sql)
{
    bool ok = true, lost = false;
    Result *result, *to_execute = NULL;

    if (!wire_send_query(client.connection, sql)) {
        /* What the server said before it closed the connection still is to be read. */
        if (client.connection->fd < 0) {
            say_info("no connection to the server");
            return false;
        }
    }
    while ((result = wire_next_result(client.connection)) != NULL) {
        if (result->kind == RESULT_ROWS && client.once_execute && to_execute == NULL) {
            to_execute = result;
            continue;
        }
        lost = lost || result->kind == RESULT_LOST;
        ok = show_result(result, sql) && ok;
        result_free(result);
        if (lost)
            break;
    }
    if (output() != NULL)
        fflush(output());
    if (lost)
        execute_connect_lost();
    else if (to_execute != NULL)
        ok = run_cells(to_execute) && ok;
    result_free(to_execute);
    return ok;
}

/* --- one statement --- */

static bool
begins_with(const char *sql, const char *word)
{
    size_t length = strlen(word);

    sql += strspn(sql, " \t\r\n");
    return strncasecmp(sql, word, length) == 0 && !(sql[length] >= 'a' && sql[length] <= 'z') &&
           !(sql[length] >= 'A' && sql[length] <= 'Z') && sql[length] != '_';
}

static bool
needs_no_begin(const char *sql)
{
    static const char *const verbs[] = {"begin", "start", "commit", "end", "rollback", "abort",
                                        "vacuum", "create database", "drop database",
                                        "alter system", "reindex database", "reindex system",
                                        "discard all", "cluster", "prepare transaction"};

    for (size_t i = 0; i < lengthof(verbs); i++)
        if (begins_with(sql, verbs[i]))
            return true;
    return false;
}

bool
execute_silently(const char *sql)
{
    Result *result = wire_run(client.connection, sql);
    bool ok = result->kind == RESULT_COMMAND;

    if (result->kind == RESULT_ERROR)
        show_message(&result->error, sql);
    result_free(result);
    return ok;
}

static void
print_elapsed(double ms)
{
    if (ms < 1000) {
        printf("Time: %.3f ms\n", ms);
        return;
    }
    {
        double seconds = ms / 1000, minutes = (double)(int64)(seconds / 60);
        double hours = (double)(int64)(minutes / 60);
        seconds -= minutes * 60;
        minutes -= hours * 60;
        if (hours > 0)
            printf("Time: %.3f ms (%02.0f:%02.0f:%06.3f)\n", ms, hours, minutes, seconds);
        else
            printf("Time: %.3f ms (%02.0f:%06.3f)\n", ms, minutes, seconds);
    }
}

static void
forget_once(void)
{
    if (client.once_out != NULL && client.once_out != stdout) {
        if (client.once_pipe)
            pclose(client.once_out);
        else
            fclose(client.once_out);
    }
    client.once_out = NULL;
    client.once_pipe = client.once_expanded = client.once_execute = false;
    replace_string(&client.once_set_prefix, NULL);
}

static bool
wants_savepoint(const char *sql)
{
    const char *value = variable_get("ON_ERROR_ROLLBACK");
    bool on = false;

    if (value == NULL || client.connection->transaction != 'T' || begins_with(sql, "commit") ||
        begins_with(sql, "rollback") || begins_with(sql, "end") || begins_with(sql, "abort") ||
        begins_with(sql, "savepoint") || begins_with(sql, "release"))
        return false;
    if (strcasecmp(value, "interactive") == 0)
        return client.interactive;
    return parse_boolean(value, &on) && on;
}

static bool
confirm_step(const char *sql)
{
    char answer[8] = "";

    printf("***(Single step mode: verify command)*******************************************\n"
           "%s\n"
           "***(press return to proceed or enter x and return to cancel)********************\n",
           sql);
    fflush(stdout);
    return fgets(answer, sizeof(answer), stdin) != NULL && answer[0] != 'x';
}

bool
execute_query(const char *sql)
{
    const char *echo = variable_get("ECHO");
    bool ok, savepoint;
    uint64 start;

    if (!wire_is_open(client.connection)) {
        say_error("You are currently not connected to a database.");
        forget_once();
        return false;
    }
    if (client.single_step && !confirm_step(sql)) {
        forget_once();
        return false;
    }
    if (echo != NULL && strcmp(echo, "queries") == 0) {
        printf("%s\n", sql);
        fflush(stdout);
    }
    if (client.log != NULL)
        fprintf(client.log, "********* QUERY **********\n%s\n**************************\n\n", sql);
    if (client.connection->transaction == 'I' && variable_get("AUTOCOMMIT") != NULL &&
        !variable_is_on("AUTOCOMMIT") && !needs_no_begin(sql))
        execute_silently("BEGIN");
    savepoint = wants_savepoint(sql) && execute_silently("SAVEPOINT pg_psql_temporary_savepoint");
    start = clock_monotonic_ns();
    ok = run_and_show(sql);
    if (savepoint && wire_is_open(client.connection) && client.connection->transaction != 'I')
        execute_silently(ok ? "RELEASE pg_psql_temporary_savepoint"
                        : "ROLLBACK TO pg_psql_temporary_savepoint");
    if (client.timing)
        print_elapsed((double)(clock_monotonic_ns() - start) / 1e6);
    if (!ok && echo != NULL && strcmp(echo, "errors") == 0)
        say_info("STATEMENT:  %s", sql);
    execute_sync_variables();
    forget_once();
    fflush(stdout);
    return ok;
}

Result *
execute_catalog(const char *sql)
{
    const char *hidden = variable_get("ECHO_HIDDEN");
    Result *result;

    if (!wire_is_open(client.connection)) {
        say_error("You are currently not connected to a database.");
        return NULL;
    }
    if (hidden != NULL && strcmp(hidden, "off") != 0) {
        printf("********* QUERY **********\n%s\n**************************\n\n", sql);
        if (strcmp(hidden, "noexec") == 0)
            return NULL;
    }
    result = wire_run(client.connection, sql);
    if (result->kind == RESULT_ROWS)
        return result;
    if (result->kind == RESULT_ERROR)
        show_message(&result->error, sql);
    else if (result->kind == RESULT_LOST)
        execute_connect_lost();
    result_free(result);
    return NULL;
}
