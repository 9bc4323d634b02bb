/*
 * backend.c - one client's process: start, message loop, end
 *
 * Why        Every error comes to one place, the sigsetjmp in message_loop(). There the
 *            transaction is aborted, the client told, and, in the extended protocol, what it sent
 *            before it knew is skipped up to the next Sync.
 * Invariants B1. ReadyForQuery is sent exactly once per 'Q', 'F' and Sync.
 *            B2. After an error in an extended message, messages are dropped until Sync.
 *            B3. Output is flushed before every wait for input, and by Flush.
 * Read first protocol/README.md
 */
#include "protocol/backend.h"

#include <setjmp.h>
#include <string.h>
#include <unistd.h>

#include <openssl/rand.h>

#include "base/process_title.h"
#include "base/random.h"
#include "buffer/buffer.h"
#include "btree/btree.h"
#include "heap/relation.h"
#include "lock/lock.h"
#include "catalog/catalog.h"
#include "catalog/start.h"
#include "catalog/user.h"
#include "config/config.h"
#include "config/settings.h"
#include "error/error.h"
#include "error/interrupt.h"
#include "error/log.h"
#include "memory/memory.h"
#include "protocol_int.h"
#include "session/session.h"
#include "sync/backend_status.h"
#include "sync/ipc.h"
#include "sync/latch.h"
#include "sync/proc.h"
#include "sync/procsignal.h"
#include "sync/signals.h"
#include "sync/sinval.h"
#include "sync/timeout.h"
#include "xact/xact.h"

#define BIND_VALUES_ON_STACK 64

static struct {
    StartupParameters parameters;
    int32 cancel_key;
    bool skip_to_sync;     /* B2 */
    bool in_extended;      /* the message being served is of the extended protocol */
    bool idle_timer_runs;
    const char *title_state;
    unsigned char mock_secret[32];
} backend;

const unsigned char *
protocol_mock_secret(void)
{
    return backend.mock_secret;
}

void
protocol_register(void)
{
    if (RAND_bytes(backend.mock_secret, sizeof backend.mock_secret) != 1)
        ereport(FATAL, (errmsg("could not generate random bytes")));
    report_register();
    copy_stream_register();
}

_Noreturn void
proc_exit_quietly(void)
{
    proc_exit(0);
}

/* ---- start ---- */

/* The -c name=value and --name=value of the start-up packet's options, split as a shell would. */
static void
apply_options(const char *options, GucContext context)
{
    char **words;
    int count = config_split_options(options, &words);

    for (int i = 0; i < count; i++) {
        const char *word = words[i];
        char *name, *value;

        if (strcmp(word, "-c") == 0 && i + 1 < count)
            word = words[++i];
        else if (strncmp(word, "-c", 2) == 0)
            word += 2;
        else if (strncmp(word, "--", 2) == 0)
            word += 2;
        else
            ereport(FATAL, (errcode(ERRCODE_SYNTAX_ERROR),
                            errmsg("invalid command-line argument for server process: %s", word),
                            errhint("Try \"%s --help\" for more information.", "sengi")));
        if (!config_parse_assignment(word, &name, &value))
            ereport(FATAL, (errcode(ERRCODE_SYNTAX_ERROR), errmsg("-c %s requires a value", word)));
        SetConfigOption(name, value, context, PGC_S_CLIENT);
    }
}

static void
apply_settings(bool is_superuser)
{
    GucContext context = is_superuser ? PGC_SU_BACKEND : PGC_BACKEND;
    const List *settings = backend.parameters.settings;

    if (backend.parameters.options)
        apply_options(backend.parameters.options, context);
    for (int i = 0; i + 1 < list_length(settings); i += 2)
        SetConfigOption(list_nth(settings, i), list_nth(settings, i + 1), context, PGC_S_CLIENT);
}

static void
refuse_by_admission(BackendAdmission admission)
{
    switch (admission) {
    case BACKEND_ADMITTED:
        return;
    case BACKEND_REFUSED_STARTING:
        ereport(FATAL, (errcode(ERRCODE_CANNOT_CONNECT_NOW),
                        errmsg("the database system is starting up")));
        break;
    case BACKEND_REFUSED_RECOVERING:
        ereport(FATAL, (errcode(ERRCODE_CANNOT_CONNECT_NOW),
                        errmsg("the database system is in recovery mode")));
        break;
    case BACKEND_REFUSED_SHUTTING_DOWN:
        ereport(FATAL, (errcode(ERRCODE_CANNOT_CONNECT_NOW),
                        errmsg("the database system is shutting down")));
        break;
    }
}

static void
startup_timed_out(void)
{
    _exit(1);
}

/* A slot in shared memory, or 53300. */
static void
take_slot(void)
{
    if (!proc_attach(PROC_BACKEND))
        ereport(FATAL, (errcode(ERRCODE_TOO_MANY_CONNECTIONS),
                        errmsg("sorry, too many clients already")));
}

static void
check_reserved_slots(bool is_superuser)
{
    if (!is_superuser && proc_free_count(PROC_BACKEND) < SuperuserReservedConnections)
        ereport(FATAL, (errcode(ERRCODE_TOO_MANY_CONNECTIONS),
                        errmsg("remaining connection slots are reserved for non-replication "
                               "superuser connections")));
}

static void
publish_identity(void)
{
    const struct sockaddr_storage *address = wire_client_address();
    BackendClientAddr client = {.family = address->ss_family};

    if (address->ss_family == AF_INET) {
        const struct sockaddr_in *in = (const struct sockaddr_in *) address;

        memcpy(client.addr, &in->sin_addr, 4);
        client.port = ntohs(in->sin_port);
    } else if (address->ss_family == AF_INET6) {
        const struct sockaddr_in6 *in6 = (const struct sockaddr_in6 *) address;

        memcpy(client.addr, &in6->sin6_addr, 16);
        client.port = ntohs(in6->sin6_port);
    }
    backend_status_set_identity(MyDatabaseId, GetSessionUserId(), &client, NULL, false);
}

/* Every reported setting once, then the key for cancel requests. */
static void
send_greeting(void)
{
    config_set_report_hook(report_parameter_status);
    config_report_all();

    if (RAND_bytes((unsigned char *) &backend.cancel_key, sizeof backend.cancel_key) != 1)
        ereport(FATAL, (errmsg("could not generate random cancel key")));
    procsignal_set_cancel_key(backend.cancel_key);
    wire_begin('K');
    wire_put_int32((uint32) MyProcPid);
    wire_put_int32((uint32) backend.cancel_key);
    wire_end();
}

/* In the log and in the process list. */
static void
show_identity(void)
{
    const StartupParameters *parameters = &backend.parameters;
    const char *port = wire_client_port();

    log_session.user_name = parameters->user;
    log_session.database_name = parameters->database;
    log_session.remote_host = wire_client_host();
    log_session.remote_port = port;
    process_title_set_fixed(psprintf("sengi: %s%s%s %s %s%s%s%s", cluster_name,
                                     cluster_name[0] ? ": " : "", parameters->user,
                                     parameters->database, wire_client_host(),
                                     port[0] ? "(" : "", port, port[0] ? ")" : ""));
}

/* From the accepted socket to the first ReadyForQuery. Throws FATAL. */
static void
start_session(BackendAdmission admission)
{
    InitializeTimeouts();
    RegisterTimeout(STARTUP_PACKET_TIMEOUT, startup_timed_out);
    enable_timeout_after(STARTUP_PACKET_TIMEOUT, AuthenticationTimeout * 1000);
    if (Log_connections)
        ereport(LOG, (errmsg("connection received: host=%s%s%s", wire_client_host(),
                             wire_client_port()[0] ? " port=" : "", wire_client_port())));
    if (!startup_read(&backend.parameters))
        proc_exit_quietly();
    refuse_by_admission(admission);
    show_identity();
    process_title_set_activity("authentication");

    take_slot();
    backend_status_begin(B_BACKEND);
    buffer_init_process();
    lock_attach();
    xact_attach();
    heap_attach();
    sinval_attach();
    catalog_start_backend();
    xact_start_command();
    auth_check(&backend.parameters);
    disable_timeout(STARTUP_PACKET_TIMEOUT, false);

    bool is_superuser = catalog_enter_database(backend.parameters.database,
                                               backend.parameters.user);

    check_reserved_slots(is_superuser);
    catalog_apply_role_settings();
    apply_settings(is_superuser);
    publish_identity();
    session_initialize();
    send_greeting();
    xact_commit_command();
}

/* ---- messages of the extended protocol ---- */

static void
serve_parse(WireMessage *message)
{
    const char *name = wire_get_string(message);
    const char *sql = wire_get_string(message);
    int count = (uint16) wire_get_int16(message);
    Oid *types = count > 0 ? palloc(sizeof(Oid) * (Size) count) : NULL;

    for (int i = 0; i < count; i++)
        types[i] = (Oid) wire_get_int32(message);
    wire_get_end(message);
    session_parse(name, sql, types, count);
    wire_begin('1');
    wire_end();
}

static void
serve_bind(WireMessage *message)
{
    const char *portal = wire_get_string(message);
    const char *statement = wire_get_string(message);
    int16 formats_on_stack[BIND_VALUES_ON_STACK];
    BindValue values_on_stack[BIND_VALUES_ON_STACK];
    int format_count = (uint16) wire_get_int16(message);
    int16 *formats = format_count <= BIND_VALUES_ON_STACK
                         ? formats_on_stack
                         : palloc(sizeof(int16) * (Size) format_count);

    for (int i = 0; i < format_count; i++)
        formats[i] = wire_get_int16(message);

    int count = (uint16) wire_get_int16(message);
    BindValue *values = count <= BIND_VALUES_ON_STACK ? values_on_stack
                                                      : palloc(sizeof(BindValue) * (Size) count);

    if (format_count > 1 && format_count != count)
        ereport(ERROR, (errcode(ERRCODE_PROTOCOL_VIOLATION),
                        errmsg("bind message has %d parameter formats but %d parameters",
                               format_count, count)));
    for (int i = 0; i < count; i++) {
        int32 length = wire_get_int32(message);

        values[i].length = length;
        values[i].bytes = length < 0 ? NULL : wire_get_bytes(message, (uint32) length);
        values[i].format = format_count == 0 ? 0 : formats[format_count == 1 ? 0 : i];
    }

    int result_count = (uint16) wire_get_int16(message);
    int16 *result_formats = palloc(sizeof(int16) * (Size) Max(result_count, 1));

    for (int i = 0; i < result_count; i++)
        result_formats[i] = wire_get_int16(message);
    wire_get_end(message);
    session_bind(portal, statement, values, count, result_formats, result_count);
    wire_begin('2');
    wire_end();
}

static _Noreturn void
refuse_subtype(const char *kind, int subtype)
{
    ereport(ERROR, (errcode(ERRCODE_PROTOCOL_VIOLATION),
                    errmsg("invalid %s message subtype %d", kind, subtype)));
    abort();
}

static void
serve_describe(WireMessage *message)
{
    int kind = wire_get_byte(message);
    const char *name = wire_get_string(message);

    wire_get_end(message);
    if (kind == 'S')
        session_describe_statement(name);
    else if (kind == 'P')
        session_describe_portal(name);
    else
        refuse_subtype("DESCRIBE", kind);
}

static void
serve_execute(WireMessage *message)
{
    const char *portal = wire_get_string(message);
    int32 max_rows = wire_get_int32(message);

    wire_get_end(message);
    session_execute(portal, max_rows > 0 ? max_rows : 0);
}

static void
serve_close(WireMessage *message)
{
    int kind = wire_get_byte(message);
    const char *name = wire_get_string(message);

    wire_get_end(message);
    if (kind == 'S')
        session_close_statement(name);
    else if (kind == 'P')
        session_close_portal(name);
    else
        refuse_subtype("CLOSE", kind);
    wire_begin('3');
    wire_end();
}

/* ---- answers ---- */

static void
send_empty(char type)
{
    wire_begin(type);
    wire_end();
}

static void
send_no_data(void)
{
    send_empty('n');
}

static void
send_empty_query(void)
{
    send_empty('I');
}

static void
send_portal_suspended(void)
{
    send_empty('s');
}

static void
send_parameter_description(int count, const Oid *types)
{
    wire_begin('t');
    wire_put_int16((uint16) count);
    for (int i = 0; i < count; i++)
        wire_put_int32(types[i]);
    wire_end();
}

static void
send_command_complete(const char *tag)
{
    wire_begin('C');
    wire_put_string(tag);
    wire_end();
}

/* ---- the loop ---- */

static void
arm_idle_timer(char status)
{
    int delay_ms = status == 'I' ? IdleSessionTimeout : IdleInTransactionSessionTimeout;

    if (delay_ms <= 0)
        return;
    enable_timeout_after(status == 'I' ? IDLE_SESSION_TIMEOUT
                                       : IDLE_IN_TRANSACTION_SESSION_TIMEOUT, delay_ms);
    backend.idle_timer_runs = true;
}

static void
disarm_idle_timer(void)
{
    if (!backend.idle_timer_runs)
        return;
    disable_timeout(IDLE_SESSION_TIMEOUT, false);
    disable_timeout(IDLE_IN_TRANSACTION_SESSION_TIMEOUT, false);
    backend.idle_timer_runs = false;
}

/* What other sessions and ps see; nothing is written when it is what it was. */
static void
show_waiting(char status)
{
    const char *title = status == 'I'   ? "idle"
                        : status == 'T' ? "idle in transaction"
                                        : "idle in transaction (aborted)";

    if (title != backend.title_state)
        process_title_set_activity(title);
    backend.title_state = title;
    pgstat_report_activity(status == 'I'   ? STATE_IDLE
                           : status == 'T' ? STATE_IDLEINTRANSACTION
                                           : STATE_IDLEINTRANSACTION_ABORTED, NULL);
}

static void
send_ready(void)
{
    char status = session_transaction_status();

    config_report_changed();
    wire_begin('Z');
    wire_put_byte(status);
    wire_end();
    show_waiting(status);
}

static void
reload_if_asked(void)
{
    if (!ConfigReloadPending)
        return;
    ConfigReloadPending = false;
    config_reload();
}

/* Serves one message. False at the end of the session. */
static bool
serve_message(WireMessage *message)
{
    backend.in_extended = strchr("PBDECH", message->type) != NULL;
    if (backend.skip_to_sync && message->type != 'S' && message->type != 'X')
        return true;
    if (message->type != 'S' && message->type != 'H')
        backend.title_state = NULL;
    switch (message->type) {
    case 'Q': {
        /* a copy: COPY FROM reads messages into the same buffer */
        const char *sql = pstrdup(wire_get_string(message));

        wire_get_end(message);
        session_simple_query(sql);
        send_ready();
        break;
    }
    case 'P':
        serve_parse(message);
        break;
    case 'B':
        serve_bind(message);
        break;
    case 'D':
        serve_describe(message);
        break;
    case 'E':
        serve_execute(message);
        break;
    case 'C':
        serve_close(message);
        break;
    case 'H':
        wire_flush();
        break;
    case 'S':
        backend.skip_to_sync = false;
        session_sync();
        send_ready();
        break;
    case 'F':
        fastpath_call(message);
        send_ready();
        break;
    case 'X':
        return false;
    case 'd':
    case 'c':
    case 'f':
        break; /* left over from a COPY that failed */
    default:
        ereport(FATAL, (errcode(ERRCODE_PROTOCOL_VIOLATION),
                        errmsg("invalid frontend message type %d", message->type)));
    }
    return true;
}

/* After an error: the report is in the buffer, the transaction must go. */
static void
recover_from_error(void)
{
    HOLD_INTERRUPTS();
    disable_all_timeouts(false);
    QueryCancelPending = false;
    wire_abandon_message();
    EmitErrorReport();
    session_abort();
    FlushErrorState();
    MemoryContextSwitchTo(TopMemoryContext);
    RESUME_INTERRUPTS();
    if (backend.in_extended)
        backend.skip_to_sync = true;
    else
        send_ready();
}

static _Noreturn void
message_loop(void)
{
    sigjmp_buf on_error;
    WireMessage message;

    MessageContext = AllocSetContextCreate(TopMemoryContext, "MessageContext",
                                           ALLOCSET_DEFAULT_SIZES); /* reset for each message */
    if (sigsetjmp(on_error, 1) != 0) {
        error_context_stack = NULL; /* its callbacks were on the stack that is gone */
        recover_from_error();
    }
    PG_exception_stack = &on_error;

    for (;;) {
        MemoryContextSwitchTo(MessageContext);
        MemoryContextReset(MessageContext);
        if (!wire_has_buffered_input()) {
            wire_flush(); /* B3 */
            arm_idle_timer(session_transaction_status());
            interrupt_idle_begin();
            bool alive = wire_read_message(&message);
            interrupt_idle_end();
            disarm_idle_timer();
            if (!alive)
                break;
        } else if (!wire_read_message(&message)) {
            break;
        }
        reload_if_asked();
        if (!serve_message(&message))
            break;
    }
    if (session_transaction_status() != 'I' && message.type != 'X')
        ereport(LOG, (errcode(ERRCODE_CONNECTION_DOES_NOT_EXIST),
                      errmsg("unexpected EOF on client connection with an open transaction")));
    proc_exit(0);
}

static void
log_disconnection(int code, Datum arg)
{
    TimestampTz us = GetCurrentTimestamp() - MyStartTimestamp;
    int64 seconds = us / 1000000;

    ereport(LOG, (errmsg("disconnection: session time: %d:%02d:%02d.%03d user=%s database=%s "
                         "host=%s%s%s",
                         (int) (seconds / 3600), (int) (seconds / 60 % 60), (int) (seconds % 60),
                         (int) (us / 1000 % 1000), backend.parameters.user,
                         backend.parameters.database, wire_client_host(),
                         wire_client_port()[0] ? " port=" : "", wire_client_port())));
}

_Noreturn void
backend_main(int fd, BackendAdmission admission)
{
    static const SessionSink sink = {
        .row_description = printer_row_description,
        .no_data = send_no_data,
        .parameter_description = send_parameter_description,
        .make_receiver = printer_make_receiver,
        .command_complete = send_command_complete,
        .empty_query = send_empty_query,
        .portal_suspended = send_portal_suspended,
    };
    sigjmp_buf on_error;

    session_set_sink(&sink);
    log_after_fork();
    random_init();
    log_session.backend_type = "client backend";
    log_session.is_session = true;
    MyBackendType = B_BACKEND;
    MyStartTimestamp = GetCurrentTimestamp();
    latch_initialize_process(getppid());
    signals_setup_backend();
    wire_init(fd);
    if (sigsetjmp(on_error, 1) != 0) {
        /* Only FATAL leaves the start; an ERROR there ends the session all the same. */
        HOLD_INTERRUPTS();
        EmitErrorReport();
        wire_flush();
        proc_exit(1);
    }
    PG_exception_stack = &on_error;
    start_session(admission);
    if (Log_disconnections)
        on_proc_exit(log_disconnection, 0);
    send_ready();
    message_loop();
}
