/*
 * wire.c - a connection to a server: start-up, queries, COPY and cancel requests
 *
 * Invariants W1. in.data[in_read..length) is what arrived and is not yet consumed.
 *            W2. busy is true from a query's sending to its ReadyForQuery.
 * Errors     false, NULL or a RESULT_LOST; a lost connection has fd -1.
 */
#include <arpa/inet.h>
#include <fcntl.h>
#include <netdb.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "wire.h"

enum { PROTOCOL = 3 << 16, CANCEL_CODE = 80877102, READ_SIZE = 65536 };

static const char lost_text[] =
    "server closed the connection unexpectedly\n"
    "\tThis probably means the server terminated abnormally\n"
    "\tbefore or while processing the request.\n";

void
message_free(Message *message)
{
    for (size_t i = 0; i < lengthof(message->field); i++)
        replace_string(&message->field[i], NULL);
}

void
result_free(Result *result)
{
    if (result == NULL)
        return;
    for (int i = 0; i < result->column_count; i++)
        free(result->columns[i].name);
    for (size_t i = 0; i < result->row_count; i++)
        free(result->rows[i]);
    free(result->columns);
    free(result->rows);
    free(result->tag);
    message_free(&result->error);
    free(result);
}

bool
wire_is_open(const Connection *connection)
{
    return connection != NULL && connection->fd >= 0;
}

static void
drop(Connection *connection)
{
    event_unwatch(connection->watch);
    connection->watch = NULL;
    if (connection->fd >= 0)
        close(connection->fd);
    connection->fd = -1;
    connection->busy = false;
}

const char *
wire_parameter(const Connection *connection, const char *name)
{
    if (connection != NULL)
        for (Parameter *p = connection->parameters; p != NULL; p = p->next)
            if (strcmp(p->name, name) == 0)
                return p->value;
    return NULL;
}

static void
set_parameter(Connection *connection, const char *name, const char *value)
{
    Parameter *p = connection->parameters;

    while (p != NULL && strcmp(p->name, name) != 0)
        p = p->next;
    if (p == NULL) {
        p = need(calloc(1, sizeof(*p)));
        p->name = copy_string(name);
        p->next = connection->parameters;
        connection->parameters = p;
    }
    replace_string(&p->value, value);
}

/* --- bytes --- */

void
wire_begin(Connection *connection, char type)
{
    text_clear(&connection->out);
    text_char(&connection->out, type);
    text_bytes(&connection->out, "\0\0\0\0", 4);
}

bool
wire_end(Connection *connection)
{
    uint32_t length = htonl((uint32_t)connection->out.length - 1);

    memcpy(connection->out.data + 1, &length, 4);
    return wire_is_open(connection);
}

static void
interrupted(Connection *connection)
{
    if (event_take_interrupt() && connection->busy)
        fputs(wire_cancel(connection) ? "Cancel request sent\n"
                                      : "Could not send cancel request\n", stderr);
}

bool
wire_flush(Connection *connection)
{
    size_t sent = 0;

    while (wire_is_open(connection) && sent < connection->out.length) {
        ssize_t n = send(connection->fd, connection->out.data + sent,
                         connection->out.length - sent, MSG_NOSIGNAL);
        if (n > 0)
            sent += (size_t)n;
        else if (errno == EAGAIN) {
            if (!event_wait(connection->watch, EVENT_WRITABLE, -1))
                interrupted(connection);
        } else if (errno != EINTR)
            return false;
    }
    text_clear(&connection->out);
    return wire_is_open(connection);
}

/* Makes want bytes available behind in_read. */
static bool
fill(Connection *connection, size_t want)
{
    Text *in = &connection->in;
    static char buffer[READ_SIZE];

    if (in->length - connection->in_read >= want)
        return true;
    if (connection->in_read > 0) {
        memmove(in->data, in->data + connection->in_read, in->length - connection->in_read);
        in->length -= connection->in_read;
        connection->in_read = 0;
    }
    while (in->length < want) {
        ssize_t n = connection->fd < 0 ? 0 : recv(connection->fd, buffer, sizeof(buffer), 0);
        if (n > 0) {
            text_bytes(in, buffer, (size_t)n);
            interrupted(connection);
        } else if (n < 0 && errno == EAGAIN) {
            if (!event_wait(connection->watch, EVENT_READABLE, -1))
                interrupted(connection);
        } else if (n == 0 || errno != EINTR)
            return false;
    }
    return true;
}

/* The next message: its type, its body NUL-terminated in *ret_body (the caller's). 0: lost. */
static char
receive(Connection *connection, Text *ret_body)
{
    uint32_t length;
    char type;

    if (!fill(connection, 5))
        return 0;
    type = connection->in.data[connection->in_read];
    memcpy(&length, connection->in.data + connection->in_read + 1, 4);
    length = ntohl(length);
    if (length < 4 || !fill(connection, (size_t)length + 1))
        return 0;
    text_clear(ret_body);
    text_bytes(ret_body, connection->in.data + connection->in_read + 5, length - 4);
    connection->in_read += (size_t)length + 1;
    return type;
}

static int32
read_int32(const char *at)
{
    uint32_t value;

    memcpy(&value, at, 4);
    return (int32)ntohl(value);
}

static int
read_int16(const char *at)
{
    return (int16)(((unsigned char)at[0] << 8) | (unsigned char)at[1]);
}

static void
parse_message(const Text *body, Message *ret_message)
{
    for (const char *at = text_string(body); *at != '\0'; at += strlen(at) + 1)
        if (*at > 0)
            replace_string(&ret_message->field[(int)*at], at + 1);
}

/* What may come at any time; true when the message was one of these. */
static bool
take_asynchronous(Connection *connection, char type, const Text *body)
{
    const char *data = text_string(body);
    Message notice = {0};

    switch (type) {
    case 'S':
        set_parameter(connection, data, data + strlen(data) + 1);
        return true;
    case 'N':
        parse_message(body, &notice);
        if (connection->on_notice != NULL)
            connection->on_notice(connection, &notice);
        message_free(&notice);
        return true;
    case 'A':
        if (connection->on_notify != NULL)
            connection->on_notify(data + 4, data + 5 + strlen(data + 4), read_int32(data));
        return true;
    default:
        return false;
    }
}

/* --- start-up --- */

static int
start_connect(Connection *connection, const struct sockaddr *address, socklen_t size)
{
    int failure = 0, timeout_s = 0;
    socklen_t length = sizeof(failure);

    connection->fd = socket(address->sa_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (connection->fd < 0)
        return errno;
    if (connection->options.value[OPTION_CONNECT_TIMEOUT] != NULL)
        timeout_s = atoi(connection->options.value[OPTION_CONNECT_TIMEOUT]);
    connection->watch = event_watch(connection->fd);
    if (connect(connection->fd, address, size) != 0) {
        failure = errno;
        if (failure == EINPROGRESS) {
            failure = ETIMEDOUT;
            if (event_wait(connection->watch, EVENT_WRITABLE,
                           timeout_s > 0 ? timeout_s * 1000 : -1))
                getsockopt(connection->fd, SOL_SOCKET, SO_ERROR, &failure, &length);
        }
    }
    if (failure == 0 && address->sa_family != AF_UNIX)
        setsockopt(connection->fd, IPPROTO_TCP, TCP_NODELAY, &(int){1}, sizeof(int));
    if (failure != 0)
        drop(connection);
    return failure;
}

static int
connect_unix(Connection *connection, const char *directory)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};

    snprintf(address.sun_path, sizeof(address.sun_path), "%s/.s.PGSQL.%s", directory,
             connection->options.value[OPTION_PORT]);
    free(connection->address);
    connection->address = format_string("on socket \"%s\"", address.sun_path);
    replace_string(&connection->host, directory);
    connection->is_local = true;
    return start_connect(connection, (struct sockaddr *)&address, sizeof(address));
}

static int
connect_tcp(Connection *connection, const char *host, Text *ret_error)
{
    struct addrinfo hints = {.ai_socktype = SOCK_STREAM}, *list = NULL;
    const char *target = connection->options.value[OPTION_HOSTADDR];
    const char *port = connection->options.value[OPTION_PORT];
    int failure = getaddrinfo(target != NULL ? target : host, port, &hints, &list);

    if (failure != 0) {
        text_format(ret_error, "could not translate host name \"%s\" to address: %s\n", host,
                    gai_strerror(failure));
        return -1;
    }
    replace_string(&connection->host, host);
    for (struct addrinfo *at = list; at != NULL; at = at->ai_next) {
        char number[NI_MAXHOST] = "";
        getnameinfo(at->ai_addr, at->ai_addrlen, number, sizeof(number), NULL, 0,
                    NI_NUMERICHOST);
        free(connection->address);
        connection->address =
            strcmp(number, host) == 0
                ? format_string("at \"%s\", port %s", host, port)
                : format_string("at \"%s\" (%s), port %s", host, number, port);
        replace_string(&connection->host_address, number);
        failure = start_connect(connection, at->ai_addr, at->ai_addrlen);
        if (failure == 0)
            break;
        text_format(ret_error, "connection to server %s failed: %s\n\tIs the server running on "
                    "that host and accepting TCP/IP connections?\n", connection->address,
                    strerror(failure));
    }
    freeaddrinfo(list);
    return failure == 0 ? 0 : -1;
}

static bool
open_socket(Connection *connection, Text *ret_error)
{
    static const char *const directories[] = {"/tmp", "/var/run/postgresql"};
    const char *host = connection->options.value[OPTION_HOST];
    int failure = ENOENT;

    if (host == NULL)
        host = connection->options.value[OPTION_HOSTADDR];
    if (host != NULL && host[0] != '/' && host[0] != '\0')
        return connect_tcp(connection, host, ret_error) == 0;
    if (host != NULL && host[0] == '/')
        failure = connect_unix(connection, host);
    else
        for (int i = lengthof(directories) - 1; i >= 0 && failure != 0; i--)
            failure = connect_unix(connection, directories[(i + 1) % 2]);
    if (failure == 0)
        return true;
    text_format(ret_error, "connection to server %s failed: %s\n", connection->address,
                strerror(failure));
    if (failure == ENOENT || failure == ECONNREFUSED)
        text_add(ret_error, "\tIs the server running locally and accepting connections on that "
                 "socket?\n");
    return false;
}

static void
send_startup(Connection *connection)
{
    static const struct {
        ConnectOption option;
        const char *name;
    } sent[] = {{OPTION_USER, "user"},
                {OPTION_DBNAME, "database"},
                {OPTION_OPTIONS, "options"},
                {OPTION_REPLICATION, "replication"},
                {OPTION_CLIENT_ENCODING, "client_encoding"},
                {OPTION_APPLICATION_NAME, "application_name"}};
    Text *out = &connection->out;
    uint32_t word = htonl(PROTOCOL);

    text_clear(out);
    text_bytes(out, "\0\0\0\0", 4);
    text_bytes(out, (char *)&word, 4);
    for (size_t i = 0; i < lengthof(sent); i++) {
        const char *value = connection->options.value[sent[i].option];
        if (value == NULL || (sent[i].option == OPTION_CLIENT_ENCODING &&
                              strcmp(value, "auto") == 0))
            continue;
        text_bytes(out, sent[i].name, strlen(sent[i].name) + 1);
        text_bytes(out, value, strlen(value) + 1);
    }
    text_char(out, '\0');
    word = htonl((uint32_t)out->length);
    memcpy(out->data, &word, 4);
    wire_flush(connection);
}

static void
startup_failed(Connection *connection, const Message *message, Text *ret_error)
{
    static const char letters[] = "DH";
    static const char *const labels[] = {"DETAIL", "HINT"};

    text_format(ret_error, "connection to server %s failed: %s:  %s\n", connection->address,
                message->field['S'] ? message->field['S'] : "FATAL",
                message->field['M'] ? message->field['M'] : "");
    for (int i = 0; i < 2; i++)
        if (message->field[(int)letters[i]] != NULL)
            text_format(ret_error, "%s:  %s\n", labels[i], message->field[(int)letters[i]]);
}

static bool
finish_startup(Connection *connection, Text *ret_error)
{
    Text body = {0}, problem = {0};
    Message message = {0};
    bool ready = false, failed = false;

    while (!ready && !failed) {
        char type = receive(connection, &body);
        if (type == 'R') {
            failed = !auth_answer(connection, body.data, body.length, &problem);
            if (failed && problem.length > 0)
                text_format(ret_error, "connection to server %s failed: %s\n",
                            connection->address, problem.data);
        } else if (type == 'K' && body.length >= 8) {
            connection->pid = read_int32(body.data);
            connection->key = read_int32(body.data + 4);
        } else if (type == 'Z') {
            connection->transaction = body.data[0];
            ready = true;
        } else if (type == 'E') {
            parse_message(&body, &message);
            startup_failed(connection, &message, ret_error);
            failed = true;
        } else if (type == 0) {
            text_format(ret_error, "connection to server %s failed: %s", connection->address,
                        lost_text);
            failed = true;
        } else
            take_asynchronous(connection, type, &body);
    }
    message_free(&message);
    text_free(&problem);
    text_free(&body);
    return ready;
}

Connection *
wire_connect(const ConnectOptions *options, Text *ret_error)
{
    Connection *connection = need(calloc(1, sizeof(*connection)));
    const char *ssl;

    connection->fd = -1;
    for (int i = 0; i < OPTION_COUNT; i++)
        replace_string(&connection->options.value[i], options->value[i]);
    options_from_environment(&connection->options);
    if (connection->options.value[OPTION_PASSWORD] == NULL)
        connection->options.value[OPTION_PASSWORD] =
            options_passfile_lookup(&connection->options);
    ssl = connection->options.value[OPTION_SSLMODE];
    if (ssl != NULL && (strcmp(ssl, "require") == 0 || strncmp(ssl, "verify", 6) == 0)) {
        text_format(ret_error, "sslmode value \"%s\" invalid: this client does not speak TLS\n",
                    ssl);
        return connection;
    }
    if (!open_socket(connection, ret_error))
        return connection;
    text_clear(ret_error);
    send_startup(connection);
    if (!finish_startup(connection, ret_error))
        drop(connection);
    return connection;
}

void
wire_close(Connection *connection)
{
    if (connection == NULL)
        return;
    if (wire_is_open(connection)) {
        wire_begin(connection, 'X');
        if (wire_end(connection))
            wire_flush(connection);
    }
    drop(connection);
    options_free(&connection->options);
    while (connection->parameters != NULL) {
        Parameter *first = connection->parameters;
        connection->parameters = first->next;
        free(first->name);
        free(first->value);
        free(first);
    }
    free(connection->address);
    free(connection->host);
    free(connection->host_address);
    free(connection->server_final);
    text_free(&connection->in);
    text_free(&connection->out);
    free(connection);
}

/* A cancel request on a connection of its own, to the peer of this one. */
bool
wire_cancel(const Connection *connection)
{
    struct sockaddr_storage peer;
    socklen_t size = sizeof(peer);
    uint32_t packet[4] = {htonl(16), htonl(CANCEL_CODE), htonl((uint32_t)connection->pid),
                          htonl((uint32_t)connection->key)};
    char rest;
    bool sent;
    int fd;

    if (!wire_is_open(connection) ||
        getpeername(connection->fd, (struct sockaddr *)&peer, &size) != 0)
        return false;
    fd = socket(peer.ss_family, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (fd < 0)
        return false;
    sent = connect(fd, (struct sockaddr *)&peer, size) == 0 &&
           send(fd, packet, sizeof(packet), MSG_NOSIGNAL) == (ssize_t)sizeof(packet);
    while (sent && recv(fd, &rest, 1, 0) > 0)
        ;
    close(fd);
    return sent;
}

/* --- queries --- */

bool
wire_send_query(Connection *connection, const char *sql)
{
    if (!wire_is_open(connection))
        return false;
    event_take_interrupt();
    wire_begin(connection, 'Q');
    text_bytes(&connection->out, sql, strlen(sql) + 1);
    connection->busy = true;
    return wire_end(connection) && wire_flush(connection);
}

static void
parse_columns(const Text *body, Result *result)
{
    const char *at = body->data + 2;

    result->kind = RESULT_ROWS;
    result->column_count = read_int16(body->data);
    result->columns = need(calloc((size_t)result->column_count + 1, sizeof(Column)));
    for (int i = 0; i < result->column_count; i++) {
        result->columns[i].name = copy_string(at);
        at += strlen(at) + 1;
        result->columns[i].type = (Oid)read_int32(at + 6);
        result->columns[i].typmod = read_int32(at + 12);
        at += 18;
    }
}

static void
parse_row(const Text *body, Result *result)
{
    int count = read_int16(body->data);
    size_t pointers = sizeof(char *) * ((size_t)count + 1);
    char **row = need(malloc(pointers + body->length + (size_t)count + 1));
    char *to = (char *)row + pointers;
    const char *at = body->data + 2;

    for (int i = 0; i < count; i++) {
        int32 length = read_int32(at);
        at += 4;
        row[i] = length < 0 ? NULL : to;
        if (length < 0)
            continue;
        memcpy(to, at, (size_t)length);
        to[length] = '\0';
        to += length + 1;
        at += length;
    }
    row[count] = NULL;
    if (result->row_count == result->row_capacity) {
        result->row_capacity = Max(result->row_capacity * 2, (size_t)64);
        result->rows = need(realloc(result->rows, result->row_capacity * sizeof(char **)));
    }
    result->rows[result->row_count++] = row;
}

static void
lose(Connection *connection, Result *result)
{
    drop(connection);
    result->kind = RESULT_LOST;
}

/* Takes one message into the result; true when the result is complete. */
static bool
take_message(Connection *connection, char type, const Text *body, Result *result)
{
    switch (type) {
    case 'T':
        parse_columns(body, result);
        return false;
    case 'D':
        parse_row(body, result);
        return false;
    case 'C':
        result->tag = copy_string(text_string(body));
        if (result->kind != RESULT_ROWS)
            result->kind = RESULT_COMMAND;
        return true;
    case 'I':
        result->kind = RESULT_EMPTY;
        return true;
    case 'E':
        parse_message(body, &result->error);
        result->kind = RESULT_ERROR;
        return true;
    case 'G':
        result->kind = RESULT_COPY_IN;
        return true;
    case 'H':
        result->kind = RESULT_COPY_OUT;
        return true;
    case 0:
        lose(connection, result);
        return true;
    default:
        take_asynchronous(connection, type, body);
        return false;
    }
}

Result *
wire_next_result(Connection *connection)
{
    Result *result = need(calloc(1, sizeof(*result)));
    Text body = {0};
    bool done = false;

    if (!connection->busy) {
        free(result);
        return NULL;
    }
    while (!done) {
        char type = receive(connection, &body);
        if (type == 'Z') {
            connection->transaction = body.data[0];
            connection->busy = false;
            result_free(result);
            result = NULL;
            break;
        }
        done = take_message(connection, type, &body, result);
    }
    text_free(&body);
    return result;
}

Result *
wire_run(Connection *connection, const char *sql)
{
    Result *kept = NULL, *next;

    if (!wire_send_query(connection, sql)) {
        kept = need(calloc(1, sizeof(*kept)));
        lose(connection, kept);
        return kept;
    }
    while ((next = wire_next_result(connection)) != NULL) {
        if (kept != NULL && kept->kind == RESULT_ERROR && next->kind != RESULT_LOST) {
            result_free(next);
            continue;
        }
        result_free(kept);
        kept = next;
        if (next->kind == RESULT_COPY_IN)
            wire_copy_end(connection, "COPY is not expected here");
    }
    return kept == NULL ? need(calloc(1, sizeof(*kept))) : kept;
}

/* --- COPY --- */

bool
wire_copy_put(Connection *connection, const char *bytes, size_t length)
{
    wire_begin(connection, 'd');
    text_bytes(&connection->out, bytes, length);
    return wire_end(connection) && wire_flush(connection);
}

bool
wire_copy_end(Connection *connection, const char *failure)
{
    wire_begin(connection, failure == NULL ? 'c' : 'f');
    if (failure != NULL)
        text_bytes(&connection->out, failure, strlen(failure) + 1);
    return wire_end(connection) && wire_flush(connection);
}

int
wire_copy_get(Connection *connection, Text *ret_row)
{
    while (true) {
        char type;
        if (!fill(connection, 5))
            return -1;
        type = connection->in.data[connection->in_read];
        if (type == 'E')
            return 0; /* wire_next_result reports it */
        type = receive(connection, ret_row);
        if (type == 'd')
            return 1;
        if (type == 'c')
            return 0;
        if (type == 0)
            return -1;
        take_asynchronous(connection, type, ret_row);
    }
}
