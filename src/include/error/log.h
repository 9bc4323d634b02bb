/*
 * log.h - the server log: what goes into it and how its lines look
 *
 * The settings behind these variables are defined by the config room.
 */
#ifndef ERROR_LOG_H
#define ERROR_LOG_H

#include <time.h>

#include "error/error.h"

typedef enum PGErrorVerbosity
{
    PGERROR_TERSE,
    PGERROR_DEFAULT,
    PGERROR_VERBOSE,
} PGErrorVerbosity;

extern int Log_error_verbosity;
extern char *Log_line_prefix;
extern int log_min_error_statement;
extern int log_min_messages;
extern int client_min_messages;
extern int backtrace_min_level;
extern bool ExitOnAnyError;

/* Who this process serves; what is NULL or 0 is unknown. Strings belong to whoever set them. */
typedef struct LogSession
{
    const char *user_name;        /* %u */
    const char *database_name;    /* %d */
    const char *application_name; /* %a */
    const char *remote_host;      /* %h, %r */
    const char *remote_port;      /* %r */
    const char *command_tag;      /* %i */
    const char *statement;        /* text now being run, for the STATEMENT line */
    const char *backend_type;     /* %b */
    bool is_session;              /* a client's process: %q does not end the prefix */
    int32 lock_group_leader_pid;  /* %P */
    pg_time_t start_time;         /* %s, %c */
    TransactionId (*current_xid)(void);                          /* %x */
    void (*virtual_xid)(int *ret_backend_id, uint64 *ret_lxid);  /* %v */
    int64 (*query_id)(void);                                     /* %Q */
} LogSession;
extern LogSession log_session;

/*
 * Breaks a time down in log_timezone and names the zone; set by who knows time zones. Without it
 * the log is in GMT.
 */
extern void (*log_local_time_hook)(pg_time_t time, struct tm *ret_tm, char *ret_zone,
                                   Size zone_size);

/* Append the expansion of a log_line_prefix. */
void log_line_prefix(StringInfo buf, const char *format, ErrorData *edata);

/* Where log lines go: a descriptor, 2 unless log_set_destination() is called. */
void log_set_destination(int fd);
int log_destination_fd(void);
/* The pid changed after a fork: start line numbers again and read the pid anew. */
void log_after_fork(void);

#endif
