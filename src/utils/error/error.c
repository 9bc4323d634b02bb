/*
 * error.c - building an error, and unwinding from it
 *
 * Why        an error may strike while another is being reported, so ErrorData structs stand on a
 *            small static stack, and their strings in ErrorContext, which always has 8 KB left.
 * Invariants E1. stack[0..depth] are reports under construction or being handled; depth is -1 when
 *                there is none.
 *            E2. recursion_depth counts the reports whose own code is running; more than two in
 *                trouble drops context callbacks, a full stack is PANIC.
 *            E3. an ERROR leaves errfinish() only by siglongjmp, with its report still on the stack;
 *                the catcher takes it off with FlushErrorState().
 * Read first errstart(), errfinish().
 */
#include "error_int.h"

#include <execinfo.h>
#include <unistd.h>

#define STACK_MAX 5
#define TROUBLE_DEPTH 2
#define BACKTRACE_MAX 64

ErrorContextCallback *error_context_stack;
sigjmp_buf *PG_exception_stack;
emit_log_hook_type emit_log_hook;
void (*emit_error_to_client)(ErrorData *edata);
void (*error_proc_exit_hook)(int code);
bool ClientAuthInProgress;
bool error_process_exiting;

int client_min_messages = NOTICE;
int log_min_messages = WARNING;
int log_min_error_statement = ERROR;
int backtrace_min_level = PANIC + 1;
bool ExitOnAnyError;

static struct
{
    ErrorData stack[STACK_MAX];
    int depth; /* E1 */
    int recursion_depth;
} error_state = {.depth = -1};

static ErrorData *top_report(void);
static void set_outputs(ErrorData *edata);
static char *format_text(const char *fmt, va_list args) pg_attribute_printf(1, 0);
static void capture_backtrace(ErrorData *edata);

void
error_init(void)
{
    error__install_hooks();
    log_after_fork();
}

bool
in_error_recursion_trouble(void)
{
    return error_state.recursion_depth > TROUBLE_DEPTH;
}

/* ---- start and finish ---- */

bool
error__reaches_log(int elevel, int min_level)
{
    if (elevel == LOG || elevel == LOG_SERVER_ONLY)
        return min_level == LOG || min_level <= ERROR;
    if (elevel == WARNING_CLIENT_ONLY)
        return false;
    return min_level == LOG ? elevel >= FATAL : elevel >= min_level;
}

static bool
reaches_client(int elevel)
{
    if (emit_error_to_client == NULL || elevel == LOG_SERVER_ONLY)
        return false;
    if (ClientAuthInProgress)
        return elevel >= ERROR;
    return elevel >= client_min_messages || elevel == INFO;
}

static void
set_outputs(ErrorData *edata)
{
    edata->output_to_server = error__reaches_log(edata->elevel, log_min_messages);
    edata->output_to_client = reaches_client(edata->elevel);
}

bool
message_level_is_interesting(int elevel)
{
    return elevel >= ERROR || error__reaches_log(elevel, log_min_messages) ||
           reaches_client(elevel);
}

/* What the level comes to here: nobody to catch it, a change half done, a worse one under way. */
static int
promote_level(int elevel)
{
    if (elevel < ERROR)
        return elevel;
    if (CritSectionCount > 0)
        elevel = PANIC;
    if (elevel == ERROR &&
        (PG_exception_stack == NULL || ExitOnAnyError || error_process_exiting))
        elevel = FATAL;
    for (int i = 0; i <= error_state.depth; i++)
        elevel = Max(elevel, error_state.stack[i].elevel);
    return elevel;
}

static ErrorData *
push_report(void)
{
    if (++error_state.depth >= STACK_MAX)
    {
        error_state.depth = -1; /* room for this last one */
        ereport(PANIC, (errmsg_internal("ERRORDATA_STACK_SIZE exceeded")));
    }
    ErrorData *edata = &error_state.stack[error_state.depth];
    memset(edata, 0, sizeof(*edata));
    edata->saved_errno = errno;
    edata->assoc_context = ErrorContext;
    return edata;
}

bool
errstart_cold(int elevel)
{
    return errstart(elevel);
}

bool
errstart(int elevel)
{
    int saved_errno = errno;
    elevel = promote_level(elevel);
    if (!message_level_is_interesting(elevel))
        return false;
    if (ErrorContext == NULL)
    {
        write_stderr("error occurred before error message processing is available\n");
        _exit(2);
    }
    if (error_state.recursion_depth++ > 0 && elevel >= ERROR)
    {
        /* The report in work will not be finished: its memory may be what this one lacks. */
        MemoryContextReset(ErrorContext);
        if (in_error_recursion_trouble())
            error_context_stack = NULL;
    }
    errno = saved_errno;
    ErrorData *edata = push_report();
    edata->elevel = elevel;
    set_outputs(edata);
    edata->sqlerrcode = elevel >= ERROR      ? ERRCODE_INTERNAL_ERROR
                        : elevel >= WARNING ? ERRCODE_WARNING
                                            : ERRCODE_SUCCESSFUL_COMPLETION;
    error_state.recursion_depth--;
    return true;
}

static void
call_context_callbacks(void)
{
    for (ErrorContextCallback *cb = error_context_stack; cb != NULL; cb = cb->previous)
        cb->callback(cb->arg);
}

static void
free_strings(ErrorData *edata)
{
    char **strings[] = {&edata->message,       &edata->detail,         &edata->detail_log,
                        &edata->hint,          &edata->context,        &edata->backtrace,
                        &edata->schema_name,   &edata->table_name,     &edata->column_name,
                        &edata->datatype_name, &edata->constraint_name, &edata->internalquery};
    for (Size i = 0; i < lengthof(strings); i++)
        if (*strings[i] != NULL)
            pfree(*strings[i]);
}

pg_noreturn static void
exit_process(int code)
{
    fflush(NULL);
    if (error_proc_exit_hook != NULL)
        error_proc_exit_hook(code);
    _exit(code);
}

void
errfinish(const char *filename, int lineno, const char *funcname)
{
    ErrorData *edata = top_report();
    int elevel = edata->elevel;
    error_state.recursion_depth++;

    const char *slash = filename ? strrchr(filename, '/') : NULL;
    edata->filename = slash ? slash + 1 : filename;
    edata->lineno = lineno;
    edata->funcname = funcname;
    MemoryContext saved_context = MemoryContextSwitchTo(ErrorContext);
    if (edata->backtrace == NULL && elevel >= backtrace_min_level)
        capture_backtrace(edata);
    call_context_callbacks();

    if (elevel == ERROR)
    {
        /* Whoever catches starts with interrupts and cancels allowed. */
        InterruptHoldoffCount = 0;
        QueryCancelHoldoffCount = 0;
        CritSectionCount = 0;
        error_state.recursion_depth--;
        PG_RE_THROW();
    }
    if (elevel >= FATAL)
    {
        HOLD_INTERRUPTS();
        error_context_stack = NULL;
    }
    EmitErrorReport();
    free_strings(edata);
    error_state.depth--;
    MemoryContextSwitchTo(saved_context);
    error_state.recursion_depth--;

    if (elevel == FATAL)
    {
        PG_exception_stack = NULL;
        exit_process(1);
    }
    if (elevel >= PANIC)
    {
        fflush(NULL);
        abort();
    }
    CHECK_FOR_INTERRUPTS();
}

void
EmitErrorReport(void)
{
    ErrorData *edata = top_report();
    error_state.recursion_depth++;
    MemoryContext saved_context = MemoryContextSwitchTo(ErrorContext);
    if (edata->output_to_server && emit_log_hook != NULL)
        emit_log_hook(edata);
    if (edata->output_to_server)
        error__write_log(edata);
    if (edata->output_to_client && emit_error_to_client != NULL)
        emit_error_to_client(edata);
    MemoryContextSwitchTo(saved_context);
    error_state.recursion_depth--;
}

void
pg_re_throw(void)
{
    if (PG_exception_stack != NULL)
        siglongjmp(*PG_exception_stack, 1);
    /* Nobody to catch it any more: the same error, now FATAL. */
    ErrorData *edata = top_report();
    edata->elevel = FATAL;
    set_outputs(edata);
    error_context_stack = NULL;
    errfinish(edata->filename, edata->lineno, edata->funcname);
    ExceptionalCondition("FATAL error does not return", __FILE__, __LINE__);
}

/* ---- the fields of the report under construction ---- */

static ErrorData *
top_report(void)
{
    if (unlikely(error_state.depth < 0))
        ereport(ERROR, (errmsg_internal("errstart was not called")));
    return &error_state.stack[error_state.depth];
}

static char *
format_text(const char *fmt, va_list args)
{
    StringInfoData buf;
    ErrorData *edata = top_report();
    MemoryContext saved_context = MemoryContextSwitchTo(edata->assoc_context);
    error_state.recursion_depth++;
    initStringInfo(&buf);
    for (;;)
    {
        va_list copy;
        va_copy(copy, args);
        errno = edata->saved_errno; /* for %m */
        int needed = appendStringInfoVA(&buf, fmt, copy);
        va_end(copy);
        if (needed == 0)
            break;
        enlargeStringInfo(&buf, needed);
    }
    char *text = pstrdup(buf.data);
    pfree(buf.data);
    error_state.recursion_depth--;
    MemoryContextSwitchTo(saved_context);
    return text;
}

/* Each of these replaces one text of the report by a formatted one, and returns 0. */
#define FORMAT_INTO(field, fmt, last)                                                              \
    do                                                                                             \
    {                                                                                              \
        ErrorData *edata = top_report();                                                           \
        va_list args;                                                                              \
        va_start(args, last);                                                                      \
        char *text = format_text(fmt, args);                                                       \
        va_end(args);                                                                              \
        if (edata->field != NULL)                                                                  \
            pfree(edata->field);                                                                   \
        edata->field = text;                                                                       \
        return 0;                                                                                  \
    } while (0)

int
errcode(int sqlerrcode)
{
    top_report()->sqlerrcode = sqlerrcode;
    return 0;
}

int
errmsg(const char *fmt, ...)
{
    top_report()->message_id = fmt;
    FORMAT_INTO(message, fmt, fmt);
}

int
errmsg_internal(const char *fmt, ...)
{
    top_report()->message_id = fmt;
    FORMAT_INTO(message, fmt, fmt);
}

int
errmsg_plural(const char *fmt_singular, const char *fmt_plural, unsigned long n, ...)
{
    top_report()->message_id = fmt_singular;
    FORMAT_INTO(message, n == 1 ? fmt_singular : fmt_plural, n);
}

int
errdetail(const char *fmt, ...)
{
    FORMAT_INTO(detail, fmt, fmt);
}

int
errdetail_internal(const char *fmt, ...)
{
    FORMAT_INTO(detail, fmt, fmt);
}

int
errdetail_log(const char *fmt, ...)
{
    FORMAT_INTO(detail_log, fmt, fmt);
}

int
errdetail_plural(const char *fmt_singular, const char *fmt_plural, unsigned long n, ...)
{
    FORMAT_INTO(detail, n == 1 ? fmt_singular : fmt_plural, n);
}

int
errhint(const char *fmt, ...)
{
    FORMAT_INTO(hint, fmt, fmt);
}

int
errhint_plural(const char *fmt_singular, const char *fmt_plural, unsigned long n, ...)
{
    FORMAT_INTO(hint, n == 1 ? fmt_singular : fmt_plural, n);
}

/* Adds a line; the innermost callback comes first. */
int
errcontext(const char *fmt, ...)
{
    ErrorData *edata = top_report();
    va_list args;
    va_start(args, fmt);
    char *line = format_text(fmt, args);
    va_end(args);
    if (edata->context == NULL)
    {
        edata->context = line;
        return 0;
    }
    MemoryContext saved_context = MemoryContextSwitchTo(edata->assoc_context);
    char *joined = psprintf("%s\n%s", edata->context, line);
    MemoryContextSwitchTo(saved_context);
    pfree(edata->context);
    pfree(line);
    edata->context = joined;
    return 0;
}

int
errhidestmt(bool hide_stmt)
{
    top_report()->hide_stmt = hide_stmt;
    return 0;
}

int
errhidecontext(bool hide_ctx)
{
    top_report()->hide_ctx = hide_ctx;
    return 0;
}

int
errposition(int cursorpos)
{
    top_report()->cursorpos = cursorpos;
    return 0;
}

int
internalerrposition(int cursorpos)
{
    top_report()->internalpos = cursorpos;
    return 0;
}

static void
set_string(ErrorData *edata, char **field, const char *value)
{
    if (*field != NULL)
        pfree(*field);
    *field = value ? MemoryContextStrdup(edata->assoc_context, value) : NULL;
}

int
internalerrquery(const char *query)
{
    ErrorData *edata = top_report();
    set_string(edata, &edata->internalquery, query);
    return 0;
}

int
err_generic_string(int field, const char *str)
{
    ErrorData *edata = top_report();
    switch (field)
    {
        case PG_DIAG_SCHEMA_NAME:
            set_string(edata, &edata->schema_name, str);
            break;
        case PG_DIAG_TABLE_NAME:
            set_string(edata, &edata->table_name, str);
            break;
        case PG_DIAG_COLUMN_NAME:
            set_string(edata, &edata->column_name, str);
            break;
        case PG_DIAG_DATATYPE_NAME:
            set_string(edata, &edata->datatype_name, str);
            break;
        case PG_DIAG_CONSTRAINT_NAME:
            set_string(edata, &edata->constraint_name, str);
            break;
        default:
            elog(ERROR, "unsupported ErrorData field id: %d", field);
    }
    return 0;
}

static void
capture_backtrace(ErrorData *edata)
{
    void *frames[BACKTRACE_MAX];
    int count = backtrace(frames, lengthof(frames));
    char **names = backtrace_symbols(frames, count);
    StringInfoData buf;
    if (names == NULL)
        return;
    MemoryContext saved_context = MemoryContextSwitchTo(edata->assoc_context);
    initStringInfo(&buf);
    for (int i = 2; i < count; i++)
        appendStringInfo(&buf, "\n%s", names[i]);
    MemoryContextSwitchTo(saved_context);
    free(names);
    edata->backtrace = buf.data;
}

int
errbacktrace(void)
{
    capture_backtrace(top_report());
    return 0;
}

int
geterrcode(void)
{
    return top_report()->sqlerrcode;
}

int
error__saved_errno(void)
{
    return top_report()->saved_errno;
}

int
geterrlevel(void)
{
    return top_report()->elevel;
}

int
geterrposition(void)
{
    return top_report()->cursorpos;
}

int
getinternalerrposition(void)
{
    return top_report()->internalpos;
}

/* ---- reports as values ---- */

static void
copy_strings(ErrorData *edata, MemoryContext context)
{
    char **strings[] = {&edata->message,       &edata->detail,         &edata->detail_log,
                        &edata->hint,          &edata->context,        &edata->backtrace,
                        &edata->schema_name,   &edata->table_name,     &edata->column_name,
                        &edata->datatype_name, &edata->constraint_name, &edata->internalquery};
    for (Size i = 0; i < lengthof(strings); i++)
        if (*strings[i] != NULL)
            *strings[i] = MemoryContextStrdup(context, *strings[i]);
    edata->assoc_context = context;
}

/* The error being handled, copied to the current context, which may not be ErrorContext. */
ErrorData *
CopyErrorData(void)
{
    ErrorData *edata = top_report();
    Assert(CurrentMemoryContext != ErrorContext);
    ErrorData *copy = palloc(sizeof(ErrorData));
    *copy = *edata;
    copy_strings(copy, CurrentMemoryContext);
    return copy;
}

void
FreeErrorData(ErrorData *edata)
{
    free_strings(edata);
    pfree(edata);
}

void
FlushErrorState(void)
{
    error_state.depth = -1;
    error_state.recursion_depth = 0;
    MemoryContextReset(ErrorContext);
}

void
ThrowErrorData(ErrorData *edata)
{
    if (!errstart(edata->elevel))
        return;
    ErrorData *report = top_report();
    int elevel = report->elevel;
    error_state.recursion_depth++;
    bool to_server = report->output_to_server, to_client = report->output_to_client;
    *report = *edata;
    report->elevel = elevel;
    report->output_to_server = to_server;
    report->output_to_client = to_client;
    copy_strings(report, ErrorContext);
    error_state.recursion_depth--;
    errfinish(edata->filename, edata->lineno, edata->funcname);
}

void
ReThrowError(ErrorData *edata)
{
    Assert(edata->elevel == ERROR);
    error_state.recursion_depth++;
    ErrorData *report = push_report();
    *report = *edata;
    copy_strings(report, ErrorContext);
    error_state.recursion_depth--;
    PG_RE_THROW();
}
