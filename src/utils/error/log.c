/*
 * log.c - one message as lines of the server log
 *
 * Why        several processes write to one descriptor. A message is put together in memory and
 *            written by one write(2), so that lines of different processes do not mix.
 * Errors     does not throw: what cannot be written is lost.
 */
#include "error_int.h"

#include <time.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/number.h"

int Log_error_verbosity = PGERROR_DEFAULT;
char *Log_line_prefix = "%m [%p] ";
LogSession log_session;
void (*log_local_time_hook)(pg_time_t time, struct tm *ret_tm, char *ret_zone, Size zone_size);

static struct
{
    int fd;
    int pid;
    long line_number; /* of this process, from 1 */
} log_state = {.fd = STDERR_FILENO};

void
log_set_destination(int fd)
{
    log_state.fd = fd;
}

int
log_destination_fd(void)
{
    return log_state.fd;
}

void
log_after_fork(void)
{
    log_state.pid = (int) getpid();
    log_state.line_number = 0;
}

/* A short write (a full pipe) is followed up; a failure has nowhere to be told. */
static void
write_all(int fd, const char *data, Size len)
{
    while (len > 0)
    {
        ssize_t written = write(fd, data, len);
        if (written < 0 && errno == EINTR)
            continue;
        if (written <= 0)
            return;
        data += written;
        len -= (Size) written;
    }
}

void
write_stderr(const char *fmt, ...)
{
    char text[2048];
    va_list args;
    va_start(args, fmt);
    int length = vsnprintf(text, sizeof(text), fmt, args);
    va_end(args);
    if (length > 0)
        write_all(STDERR_FILENO, text, (Size) Min(length, (int) sizeof(text) - 1));
}

const char *
error_severity(int elevel)
{
    switch (elevel)
    {
        case DEBUG1:
        case DEBUG2:
        case DEBUG3:
        case DEBUG4:
        case DEBUG5:
            return "DEBUG";
        case LOG:
        case LOG_SERVER_ONLY:
            return "LOG";
        case INFO:
            return "INFO";
        case NOTICE:
            return "NOTICE";
        case WARNING:
        case WARNING_CLIENT_ONLY:
            return "WARNING";
        case ERROR:
            return "ERROR";
        case FATAL:
            return "FATAL";
        case PANIC:
            return "PANIC";
        default:
            return "???";
    }
}

/* ---- the prefix ---- */

static void
format_time(char *to, Size size, pg_time_t seconds, int milliseconds)
{
    struct tm tm;
    char zone[32] = "GMT";
    char day[32];
    if (log_local_time_hook != NULL)
        log_local_time_hook(seconds, &tm, zone, sizeof(zone));
    else
    {
        time_t t = (time_t) seconds;
        gmtime_r(&t, &tm);
    }
    strftime(day, sizeof(day), "%Y-%m-%d %H:%M:%S", &tm);
    if (milliseconds >= 0)
        snprintf(to, size, "%s.%03d %s", day, milliseconds, zone);
    else
        snprintf(to, size, "%s %s", day, zone);
}

static void
format_host(char *to, Size size, bool with_port)
{
    const char *host = log_session.remote_host ? log_session.remote_host : "";
    const char *port = log_session.remote_port;
    if (with_port && host[0] != '\0' && port != NULL && port[0] != '\0')
        snprintf(to, size, "%s(%s)", host, port);
    else
        snprintf(to, size, "%s", host);
}

static const char *
or_unknown(const char *text)
{
    return text && text[0] ? text : "[unknown]";
}

/* One escape as text, in `to` or elsewhere; "" when it has nothing to show. */
static const char *
expand_escape(char escape, char *to, Size size, ErrorData *edata)
{
    TimestampTz now = GetCurrentTimestamp();
    pg_time_t seconds = timestamptz_to_time_t(now);
    to[0] = '\0';
    switch (escape)
    {
        case 'a':
            return log_session.is_session ? or_unknown(log_session.application_name) : "";
        case 'u':
            return log_session.is_session ? or_unknown(log_session.user_name) : "";
        case 'd':
            return log_session.is_session ? or_unknown(log_session.database_name) : "";
        case 'b':
            return log_session.backend_type ? log_session.backend_type : "not initialized";
        case 'r':
            format_host(to, size, true);
            break;
        case 'h':
            format_host(to, size, false);
            break;
        case 'p':
            snprintf(to, size, "%d", log_state.pid);
            break;
        case 'P':
            if (log_session.lock_group_leader_pid != 0)
                snprintf(to, size, "%d", log_session.lock_group_leader_pid);
            break;
        case 'c':
            snprintf(to, size, "%lx.%x", (long) log_session.start_time, log_state.pid);
            break;
        case 'l':
            snprintf(to, size, "%ld", log_state.line_number);
            break;
        case 'm':
            format_time(to, size, seconds, (int) (now - time_t_to_timestamptz(seconds)) / 1000);
            break;
        case 't':
            format_time(to, size, seconds, -1);
            break;
        case 'n':
            snprintf(to, size, "%lld.%03d", (long long) seconds,
                     (int) (now - time_t_to_timestamptz(seconds)) / 1000);
            break;
        case 's':
            format_time(to, size, log_session.start_time, -1);
            break;
        case 'i':
            return log_session.is_session && log_session.command_tag ? log_session.command_tag
                                                                     : "";
        case 'v':
            if (log_session.virtual_xid != NULL)
            {
                int backend_id;
                uint64 lxid;
                log_session.virtual_xid(&backend_id, &lxid);
                if (backend_id > 0)
                    snprintf(to, size, "%d/%llu", backend_id, (unsigned long long) lxid);
            }
            break;
        case 'x':
            snprintf(to, size, "%llu",
                     log_session.current_xid ? (unsigned long long) log_session.current_xid() : 0);
            break;
        case 'e':
            return unpack_sql_state(edata->sqlerrcode);
        case 'Q':
            snprintf(to, size, "%lld",
                     log_session.query_id ? (long long) log_session.query_id() : 0);
            break;
        default:
            break;
    }
    return to;
}

/* "%-10p": a width, negative to pad on the right. */
static const char *
read_padding(const char *p, int *ret_width)
{
    bool left = *p == '-';
    int width = 0;
    for (p += left; pg_ascii_isdigit(*p); p++)
        width = Min(width * 10 + (*p - '0'), 1000);
    *ret_width = left ? -width : width;
    return p;
}

void
log_line_prefix(StringInfo buf, const char *format, ErrorData *edata)
{
    char text[128];
    log_state.line_number++;
    if (format == NULL)
        return;
    for (const char *p = format; *p != '\0'; p++)
    {
        int width;
        if (*p != '%')
        {
            appendStringInfoChar(buf, *p);
            continue;
        }
        p = read_padding(p + 1, &width);
        if (*p == '\0')
            return;
        if (*p == '%')
            appendStringInfoChar(buf, '%');
        else if (*p == 'q')
        {
            if (!log_session.is_session)
                return;
        }
        else
            appendStringInfo(buf, "%*s", width, expand_escape(*p, text, sizeof(text), edata));
    }
}

/* ---- the message ---- */

/* Continuation lines begin with a tab, so that a reader can tell where a message begins. */
static void
append_with_tabs(StringInfo buf, const char *text)
{
    for (; *text != '\0'; text++)
    {
        appendStringInfoChar(buf, *text);
        if (*text == '\n')
            appendStringInfoChar(buf, '\t');
    }
}

static void
append_part(StringInfo buf, ErrorData *edata, const char *label, const char *text)
{
    if (text == NULL)
        return;
    log_line_prefix(buf, Log_line_prefix, edata);
    appendStringInfoString(buf, label);
    append_with_tabs(buf, text);
    appendStringInfoChar(buf, '\n');
}

static void
append_location(StringInfo buf, ErrorData *edata)
{
    if (edata->filename == NULL)
        return;
    log_line_prefix(buf, Log_line_prefix, edata);
    appendStringInfoString(buf, "LOCATION:  ");
    if (edata->funcname != NULL)
        appendStringInfo(buf, "%s, ", edata->funcname);
    appendStringInfo(buf, "%s:%d\n", edata->filename, edata->lineno);
}

static void
append_first_line(StringInfo buf, ErrorData *edata)
{
    log_line_prefix(buf, Log_line_prefix, edata);
    appendStringInfo(buf, "%s:  ", error_severity(edata->elevel));
    if (Log_error_verbosity >= PGERROR_VERBOSE)
        appendStringInfo(buf, "%s: ", unpack_sql_state(edata->sqlerrcode));
    append_with_tabs(buf, edata->message ? edata->message : "missing error text");
    if (edata->cursorpos > 0)
        appendStringInfo(buf, " at character %d", edata->cursorpos);
    else if (edata->internalpos > 0)
        appendStringInfo(buf, " at character %d", edata->internalpos);
    appendStringInfoChar(buf, '\n');
}

void
error__write_log(ErrorData *edata)
{
    StringInfoData buf;
    initStringInfo(&buf);
    append_first_line(&buf, edata);
    if (Log_error_verbosity >= PGERROR_DEFAULT)
    {
        append_part(&buf, edata, "DETAIL:  ",
                    edata->detail_log ? edata->detail_log : edata->detail);
        append_part(&buf, edata, "HINT:  ", edata->hint);
        append_part(&buf, edata, "QUERY:  ", edata->internalquery);
        if (!edata->hide_ctx)
            append_part(&buf, edata, "CONTEXT:  ", edata->context);
        if (Log_error_verbosity >= PGERROR_VERBOSE)
            append_location(&buf, edata);
        append_part(&buf, edata, "BACKTRACE:  ", edata->backtrace);
    }
    if (!edata->hide_stmt && error__reaches_log(edata->elevel, log_min_error_statement))
        append_part(&buf, edata, "STATEMENT:  ", log_session.statement);
    write_all(log_state.fd, buf.data, (Size) buf.len);
    pfree(buf.data);
}
