/*
 * client.h - sengisql's state and the calls between its files
 */
#ifndef SQL_CLIENT_H
#define SQL_CLIENT_H

#include "print.h"

#define PROGRAM "sengisql"

enum { EXIT_OK = 0, EXIT_FATAL = 1, EXIT_CONNECTION = 2, EXIT_SCRIPT = 3 };
enum { INCLUDE_DEPTH_MAX = 100 };

typedef struct Client {
    Connection *connection;
    ConnectOptions options;   /* what the last \c or the start asked for */
    int prompt_password;      /* -1 never, 0 when asked, 1 always */
    PrintOptions print;
    FILE *out;                /* rows and tags; stdout unless \o */
    bool out_is_pipe;
    FILE *log;                /* -L */
    bool interactive;         /* stdin and stdout are terminals and no -c or -f */
    bool terse;               /* no program name in front of messages */
    bool quiet, timing, single_line, single_step, no_editing, no_rc;
    const char *input_name;   /* NULL: no file */
    uint64 input_line;
    Message last_error;
    char *last_error_query;

    /* For the next query only: \g's and \gset's arguments. */
    FILE *once_out;
    bool once_pipe, once_expanded, once_execute;
    char *once_set_prefix;
    PrintOptions *once_print;
} Client;

extern Client client;

/* message.c */
void message_format(const Message *message, const char *query, Text *ret_text);
pg_attribute_printf(1, 2) void say_error(const char *format, ...);
pg_attribute_printf(1, 2) void say_info(const char *format, ...);

/* variable.c */
const char *variable_get(const char *name); /* NULL: unset */
bool variable_set(const char *name, const char *value); /* value NULL: unset; false: refused */
bool variable_is_on(const char *name);
void variable_print_all(FILE *out);
bool variable_name_is_valid(const char *name, size_t length);
bool parse_boolean(const char *value, bool *ret_value);
/* Replaces :name at *at into text, where a variable of that name exists; else returns false. */
bool variable_interpolate(const char **at, Text *text);

/* scan.c */
typedef enum ScanEnd { SCAN_SEMICOLON, SCAN_BACKSLASH, SCAN_INCOMPLETE } ScanEnd;

typedef struct Scan {
    char state; /* 0, ' " $ or * (comment) */
    bool escapes;
    char *tag;
    int comment_depth, paren_depth, begin_depth, word_count;
    char words[4][16];
} Scan;

void scan_reset(Scan *scan);
ScanEnd scan_statement(Scan *scan, const char **at, Text *query);

/* input.c */
char *input_prompt_password(const char *prompt);
int input_run_file(const char *name, bool relative); /* an EXIT_ code; -1: cannot be read */
int input_run_interactive(void);
int input_run_string(const char *commands);
bool input_read_line(FILE *file, Text *ret_line); /* false at the end */
bool input_save_history(const char *path);
FILE *input_current_file(void); /* what is being read: for \copy from stdin */

/* execute.c */
bool execute_query(const char *sql);
Result *execute_catalog(const char *sql); /* NULL after an error, which was shown */
bool execute_connect(const ConnectOptions *options, const char *prefix);
bool execute_silently(const char *sql); /* a command without rows; errors are shown */
void execute_connect_lost(void);
void execute_sync_variables(void);

/* copy.c */
bool copy_command(const char *arguments);
bool copy_data_in(FILE *in, bool is_script);
bool copy_data_out(FILE *out);
bool copy_went_to(FILE *out); /* the last COPY wrote its data there: no tag after it */

/* command.c and its parts */
typedef enum CommandEnd {
    COMMAND_UNKNOWN,
    COMMAND_DONE,
    COMMAND_SEND,
    COMMAND_QUIT,
    COMMAND_EDITED,
    COMMAND_ERROR
} CommandEnd;

typedef struct Command {
    const char *name;
    const char *at;   /* the rest of the line */
    Text *query;      /* the query buffer */
    Text *previous;
    Scan *scan;
} Command;

/* An argument, malloc'd, or NULL when there is none. */
char *argument_next(Command *command);
char *argument_name(Command *command);       /* drops a closing ; */
char *argument_bare(Command *command);       /* drops double quotes */
char *argument_rest(Command *command);       /* the whole rest of the line */

CommandEnd command_run(const char **at, Text *query, Text *previous, Scan *scan);
bool command_is_skipping(void);
size_t command_conditional_depth(void);
bool command_set_output(const char *target);
bool pset_command(const char *option, const char *value, bool quiet);
void pset_show_all(void);
FILE *open_output(const char *target, bool *ret_is_pipe);

/* describe.c */
bool describe_command(const char *name, const char *pattern, bool *ret_known);
bool describe_table(const char *pattern, bool verbose, bool system);
/* Adds "AND ..." conditions for a \d pattern. */
void describe_pattern(Text *sql, const char *pattern, const char *schema, const char *name,
                      const char *visible);

/* help.c */
void help_usage(FILE *out);
void help_backslash(FILE *out);
void help_sql(FILE *out, const char *topic);

#endif
