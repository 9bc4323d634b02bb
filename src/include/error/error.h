/*
 * error.h - reporting errors and unwinding from them
 *
 * ereport(level, errcode(...), errmsg(...), ...) builds an ErrorData and hands it to the server log
 * and the client. ERROR unwinds by siglongjmp to PG_exception_stack, FATAL ends the process
 * through error_proc_exit_hook, PANIC aborts it so that the postmaster starts all over.
 */
#ifndef ERROR_ERROR_H
#define ERROR_ERROR_H

#include <setjmp.h>

#include "base/base.h"
#include "error/errcodes.h"
#include "error/interrupt.h"
#include "memory/memory.h"

#define DEBUG5 10
#define DEBUG4 11
#define DEBUG3 12
#define DEBUG2 13
#define DEBUG1 14
#define LOG 15
#define LOG_SERVER_ONLY 16
#define COMMERROR LOG_SERVER_ONLY
#define INFO 17
#define NOTICE 18
#define WARNING 19
#define PGWARNING 19
#define WARNING_CLIENT_ONLY 20
#define ERROR 21
#define PGERROR 21
#define FATAL 22
#define PANIC 23

/* A SQLSTATE packs five characters into 30 bits, six each. */
#define PGSIXBIT(ch) (((ch) - '0') & 0x3F)
#define PGUNSIXBIT(val) (((val) & 0x3F) + '0')
#define MAKE_SQLSTATE(ch1, ch2, ch3, ch4, ch5)                                                     \
    (PGSIXBIT(ch1) + (PGSIXBIT(ch2) << 6) + (PGSIXBIT(ch3) << 12) + (PGSIXBIT(ch4) << 18) +        \
     (PGSIXBIT(ch5) << 24))
#define ERRCODE_TO_CATEGORY(ec) ((ec) & ((1 << 12) - 1))
#define ERRCODE_IS_CATEGORY(ec) (((ec) & ~((1 << 12) - 1)) == 0)

/* Message fields on the wire */
#define PG_DIAG_SEVERITY 'S'
#define PG_DIAG_SEVERITY_NONLOCALIZED 'V'
#define PG_DIAG_SQLSTATE 'C'
#define PG_DIAG_MESSAGE_PRIMARY 'M'
#define PG_DIAG_MESSAGE_DETAIL 'D'
#define PG_DIAG_MESSAGE_HINT 'H'
#define PG_DIAG_STATEMENT_POSITION 'P'
#define PG_DIAG_INTERNAL_POSITION 'p'
#define PG_DIAG_INTERNAL_QUERY 'q'
#define PG_DIAG_CONTEXT 'W'
#define PG_DIAG_SCHEMA_NAME 's'
#define PG_DIAG_TABLE_NAME 't'
#define PG_DIAG_COLUMN_NAME 'c'
#define PG_DIAG_DATATYPE_NAME 'd'
#define PG_DIAG_CONSTRAINT_NAME 'n'
#define PG_DIAG_SOURCE_FILE 'F'
#define PG_DIAG_SOURCE_LINE 'L'
#define PG_DIAG_SOURCE_FUNCTION 'R'

typedef struct ErrorData
{
    int elevel;
    bool output_to_server;
    bool output_to_client;
    bool hide_stmt;
    bool hide_ctx;
    const char *filename;
    int lineno;
    const char *funcname;
    int sqlerrcode;
    char *message;
    char *detail;
    char *detail_log; /* detail for the server log, where it differs */
    char *hint;
    char *context;
    char *backtrace;
    const char *message_id; /* the format string */
    char *schema_name;
    char *table_name;
    char *column_name;
    char *datatype_name;
    char *constraint_name;
    int cursorpos;   /* characters into the statement, from 1; 0: none */
    int internalpos; /* the same, into internalquery */
    char *internalquery;
    int saved_errno;
    MemoryContext assoc_context; /* where the strings live */
} ErrorData;

#define ereport(elevel, ...)                                                                       \
    do                                                                                             \
    {                                                                                              \
        const int elevel_ = (elevel);                                                              \
        if (__builtin_constant_p(elevel) && (elevel) >= ERROR ? errstart_cold(elevel_)             \
                                                              : errstart(elevel_))                 \
            __VA_ARGS__, errfinish(__FILE__, __LINE__, __func__);                                  \
        if (__builtin_constant_p(elevel) ? (elevel) >= ERROR : elevel_ >= ERROR)                   \
            pg_unreachable();                                                                      \
    } while (0)
#define elog(elevel, ...) ereport(elevel, errmsg_internal(__VA_ARGS__))

bool errstart(int elevel);
pg_attribute_cold bool errstart_cold(int elevel);
void errfinish(const char *filename, int lineno, const char *funcname);
/* True when a message of this level would go anywhere: for costly arguments. */
bool message_level_is_interesting(int elevel);

int errcode(int sqlerrcode);
int errcode_for_file_access(void);
int errcode_for_socket_access(void);
int errmsg(const char *fmt, ...) pg_attribute_printf(1, 2);
int errmsg_internal(const char *fmt, ...) pg_attribute_printf(1, 2);
int errmsg_plural(const char *fmt_singular, const char *fmt_plural, unsigned long n, ...)
    pg_attribute_printf(1, 4) pg_attribute_printf(2, 4);
int errdetail(const char *fmt, ...) pg_attribute_printf(1, 2);
int errdetail_internal(const char *fmt, ...) pg_attribute_printf(1, 2);
int errdetail_log(const char *fmt, ...) pg_attribute_printf(1, 2);
int errdetail_plural(const char *fmt_singular, const char *fmt_plural, unsigned long n, ...)
    pg_attribute_printf(1, 4) pg_attribute_printf(2, 4);
int errhint(const char *fmt, ...) pg_attribute_printf(1, 2);
int errhint_plural(const char *fmt_singular, const char *fmt_plural, unsigned long n, ...)
    pg_attribute_printf(1, 4) pg_attribute_printf(2, 4);
int errcontext(const char *fmt, ...) pg_attribute_printf(1, 2);
#define errcontext_msg errcontext
int errhidestmt(bool hide_stmt);
int errhidecontext(bool hide_ctx);
int errbacktrace(void);
int errposition(int cursorpos);
int internalerrposition(int cursorpos);
int internalerrquery(const char *query);
/* field: one of PG_DIAG_SCHEMA_NAME, TABLE, COLUMN, DATATYPE, CONSTRAINT. */
int err_generic_string(int field, const char *str);
int geterrcode(void);
int geterrlevel(void);
int geterrposition(void);
int getinternalerrposition(void);

/* Callbacks that add errcontext() lines, innermost first. */
typedef struct ErrorContextCallback
{
    struct ErrorContextCallback *previous;
    void (*callback)(void *arg);
    void *arg;
} ErrorContextCallback;
extern ErrorContextCallback *error_context_stack;
extern sigjmp_buf *PG_exception_stack;

/*
 * PG_TRY() { ... } PG_CATCH() { ... } PG_END_TRY();  or PG_FINALLY() in place of PG_CATCH().
 * No return, break or goto out of the first block. Locals changed in it and read after it must be
 * volatile. An argument makes the names unique where blocks nest in one function.
 */
#define PG_TRY(...)                                                                                \
    do                                                                                             \
    {                                                                                              \
        sigjmp_buf *_save_exception_stack##__VA_ARGS__ = PG_exception_stack;                       \
        ErrorContextCallback *_save_context_stack##__VA_ARGS__ = error_context_stack;              \
        sigjmp_buf _local_sigjmp_buf##__VA_ARGS__;                                                 \
        bool _do_rethrow##__VA_ARGS__ = false;                                                     \
        if (sigsetjmp(_local_sigjmp_buf##__VA_ARGS__, 0) == 0)                                     \
        {                                                                                          \
            PG_exception_stack = &_local_sigjmp_buf##__VA_ARGS__
#define PG_CATCH(...)                                                                              \
    }                                                                                              \
    else                                                                                           \
    {                                                                                              \
        PG_exception_stack = _save_exception_stack##__VA_ARGS__;                                   \
        error_context_stack = _save_context_stack##__VA_ARGS__
#define PG_FINALLY(...)                                                                            \
    }                                                                                              \
    else                                                                                           \
        _do_rethrow##__VA_ARGS__ = true;                                                           \
    {                                                                                              \
        PG_exception_stack = _save_exception_stack##__VA_ARGS__;                                   \
        error_context_stack = _save_context_stack##__VA_ARGS__
#define PG_END_TRY(...)                                                                            \
    }                                                                                              \
    if (_do_rethrow##__VA_ARGS__)                                                                  \
        PG_RE_THROW();                                                                             \
    PG_exception_stack = _save_exception_stack##__VA_ARGS__;                                       \
    error_context_stack = _save_context_stack##__VA_ARGS__;                                        \
    }                                                                                              \
    while (0)
pg_noreturn void pg_re_throw(void);
#define PG_RE_THROW() pg_re_throw()

void EmitErrorReport(void);
ErrorData *CopyErrorData(void);
void FreeErrorData(ErrorData *edata);
void FlushErrorState(void);
pg_noreturn void ReThrowError(ErrorData *edata);
/* Report edata as if it were new: throws when its level is ERROR or more, else returns. */
void ThrowErrorData(ErrorData *edata);
bool in_error_recursion_trouble(void);
const char *error_severity(int elevel);
/* "22012" for ERRCODE_DIVISION_BY_ZERO; a static buffer. */
const char *unpack_sql_state(int sql_state);
int error_sqlstate_from_text(const char *five_characters);
/* The condition's name ("division_by_zero") or NULL. */
const char *error_condition_name(int sql_state);
/* The throw-away form for places where even ErrorContext may be missing. */
void write_stderr(const char *fmt, ...) pg_attribute_printf(1, 2);

/* Must run once in each process before the first ereport; sets the hooks of the memory room. */
void error_init(void);

/* Hooks */
typedef void (*emit_log_hook_type)(ErrorData *edata);
extern emit_log_hook_type emit_log_hook;
/* Sends edata to the client; set by the protocol room once a client is there, NULL before. */
extern void (*emit_error_to_client)(ErrorData *edata);
/* proc_exit; set by the sync room. */
extern void (*error_proc_exit_hook)(int code);
/* True while the client is being authenticated: only ERROR and worse go to it. */
extern bool ClientAuthInProgress;
/* Set by proc_exit() as it begins: the process has no loop to go back to, so ERROR is FATAL. */
extern bool error_process_exiting;

#endif
