/*
 * wire.h - a connection to a server: the frontend of protocol 3.0
 */
#ifndef SQL_WIRE_H
#define SQL_WIRE_H

#include "text.h"

typedef enum ConnectOption {
    OPTION_HOST,
    OPTION_HOSTADDR,
    OPTION_PORT,
    OPTION_USER,
    OPTION_DBNAME,
    OPTION_PASSWORD,
    OPTION_APPLICATION_NAME,
    OPTION_OPTIONS,
    OPTION_CLIENT_ENCODING,
    OPTION_CONNECT_TIMEOUT,
    OPTION_SSLMODE,
    OPTION_PASSFILE,
    OPTION_REPLICATION,
    OPTION_COUNT
} ConnectOption;

/* Every value malloc'd or NULL. */
typedef struct ConnectOptions {
    char *value[OPTION_COUNT];
} ConnectOptions;

/* False with a message in ret_error. text: a conninfo string or a URI. */
bool options_parse(ConnectOptions *options, const char *text, Text *ret_error);
bool options_is_conninfo(const char *text);
void options_from_environment(ConnectOptions *options); /* fills what is NULL, then defaults */
void options_free(ConnectOptions *options);
char *options_passfile_lookup(const ConnectOptions *options); /* malloc'd or NULL */

/* An ErrorResponse or NoticeResponse: its fields by their letter. */
typedef struct Message {
    char *field[128];
} Message;

typedef struct Column {
    char *name;
    Oid type;
    int32 typmod;
} Column;

typedef enum ResultKind {
    RESULT_EMPTY,   /* an empty query */
    RESULT_COMMAND, /* a tag alone */
    RESULT_ROWS,    /* columns, rows, and a tag */
    RESULT_ERROR,
    RESULT_COPY_IN,
    RESULT_COPY_OUT,
    RESULT_LOST /* the server is gone; error holds what is known */
} ResultKind;

typedef struct Result {
    ResultKind kind;
    char *tag;
    int column_count;
    Column *columns;
    size_t row_count, row_capacity;
    char ***rows; /* each one block: pointers, then the text; NULL is SQL's NULL */
    Message error;
} Result;

void message_free(Message *message);
void result_free(Result *result);

typedef struct Parameter {
    char *name, *value;
    struct Parameter *next;
} Parameter;

typedef struct Connection {
    int fd;
    struct Watch *watch;
    ConnectOptions options;
    char *address;     /* for messages: 'on socket "..."' or 'at "..." (...), port ...' */
    char *host;        /* the one connected to: a name or a socket directory */
    char *host_address;
    bool is_local, needs_password, used_password, busy;
    char transaction;  /* I, T, E */
    int32 pid, key;
    Parameter *parameters;
    Text in, out;
    size_t in_read;    /* bytes of in consumed */
    char *server_final; /* SCRAM: what the server must prove */
    void (*on_notice)(struct Connection *connection, const Message *notice);
    void (*on_notify)(const char *channel, const char *payload, int32 pid);
} Connection;

/* Never NULL: fd is -1 and ret_error set where no connection could be made. */
Connection *wire_connect(const ConnectOptions *options, Text *ret_error);
void wire_close(Connection *connection);
bool wire_is_open(const Connection *connection);
const char *wire_parameter(const Connection *connection, const char *name); /* or NULL */

bool wire_send_query(Connection *connection, const char *sql);
Result *wire_next_result(Connection *connection); /* NULL when ready for the next query */
/* Every result of sql up to the first error; the last one that counts is returned. */
Result *wire_run(Connection *connection, const char *sql);

bool wire_copy_put(Connection *connection, const char *bytes, size_t length);
bool wire_copy_end(Connection *connection, const char *failure); /* failure may be NULL */
int wire_copy_get(Connection *connection, Text *ret_row); /* 1 a row, 0 the end, -1 lost */
bool wire_cancel(const Connection *connection);

/* Inside: used by auth.c. */
void wire_begin(Connection *connection, char type);
bool wire_end(Connection *connection);
bool wire_flush(Connection *connection);
bool auth_answer(Connection *connection, const char *body, size_t length, Text *ret_error);

/* The event loop: the socket, the terminal and SIGINT. */
typedef struct Watch Watch;
enum { EVENT_READABLE = 1, EVENT_WRITABLE = 2 };

void event_start(void);
Watch *event_watch(int fd);
void event_unwatch(Watch *watch);
/* True when the descriptor is ready; false when SIGINT came first or the time is over. */
bool event_wait(Watch *watch, int events, int timeout_ms);
bool event_take_interrupt(void); /* true once per SIGINT */

#endif
