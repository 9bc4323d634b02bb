/*
 * sysfuncs_activity.c - processes: pg_stat_activity, signals to them
 *
 * Why        the sync room publishes what each process does; these functions copy it slot by slot.
 * Way        a backend's number in pg_stat_get_backend_*() is its slot plus one.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <signal.h>
#include <stdio.h>

#include "catalog/catalog.h"
#include "catalog/catalog_oids.h"
#include "catalog/user.h"
#include "commands/sysfuncs.h"
#include "config/config.h"
#include "error/error.h"
#include "memory/memory.h"
#include "recovery/recovery.h"
#include "sync/backend_status.h"
#include "sync/latch.h"
#include "sync/proc.h"
#include "sync/procsignal.h"
#include "sync/wait_event.h"
#include "types/builtins.h"

#define UNIX_TO_POSTGRES_EPOCH_S INT64_C(946684800)

/* Roles that may look at all processes. */
static bool
may_see(const BackendStatusCopy *copy)
{
    return superuser() || has_privs_of_role(GetUserId(), 3375 /* pg_read_all_stats */) ||
           (OidIsValid(copy->status.role) && has_privs_of_role(GetUserId(), copy->status.role));
}

static void
put_oid_or_null(SysRow *row, Oid oid)
{
    if (OidIsValid(oid))
        sysrow_oid(row, oid);
    else
        sysrow_null(row);
}

static void
put_xid(SysRow *row, TransactionId xid)
{
    if (TransactionIdIsValid(xid))
        sysrow_oid(row, (uint32)xid);
    else
        sysrow_null(row);
}

static Datum
client_address(const BackendClientAddr *client)
{
    char text[INET6_ADDRSTRLEN];

    inet_ntop(client->family, client->addr, text, sizeof(text));
    return OidInputFunctionCall(F_INET_IN, text, InvalidOid, -1);
}

static void
put_client(SysRow *row, const BackendStatusCopy *copy)
{
    const BackendClientAddr *client = &copy->status.client;

    if (client->family == AF_INET || client->family == AF_INET6)
        sysrow_datum(row, client_address(client));
    else
        sysrow_null(row);
    sysrow_text(row, copy->status.client_hostname[0] ? copy->status.client_hostname : NULL);
    if (client->family == AF_UNIX)
        sysrow_int(row, -1);
    else if (client->family == AF_INET || client->family == AF_INET6)
        sysrow_int(row, client->port);
    else
        sysrow_null(row);
}

/* Columns 5 to 16: from the state to the client's port. */
static void
put_details(SysRow *row, const BackendStatusCopy *copy)
{
    const BackendStatus *status = &copy->status;

    sysrow_text(row, backend_state_name(status->state));
    sysrow_text(row, copy->query ? copy->query : "");
    sysrow_text(row, pgstat_get_wait_event_type(copy->wait_event_info));
    sysrow_text(row, pgstat_get_wait_event(copy->wait_event_info));
    sysrow_time(row, status->xact_start);
    sysrow_time(row, status->query_start);
    sysrow_time(row, status->backend_start);
    sysrow_time(row, status->state_change);
    put_client(row, copy);
}

static void
put_nulls(SysRow *row, int count)
{
    while (count-- > 0)
        sysrow_null(row);
}

static void
add_process(SysRows *rows, const BackendStatusCopy *copy)
{
    const BackendStatus *status = &copy->status;
    bool visible = may_see(copy);
    SysRow row = {0};

    put_oid_or_null(&row, status->database);
    sysrow_int(&row, status->pid);
    put_oid_or_null(&row, status->role);
    sysrow_text(&row, status->application_name);
    if (visible)
        put_details(&row, copy);
    else {
        sysrow_null(&row);
        sysrow_text(&row, "<insufficient privilege>");
        put_nulls(&row, 9);
    }
    put_xid(&row, copy->xid);
    put_xid(&row, copy->xmin);
    if (!visible)
        sysrow_null(&row);
    else
        sysrow_text(&row, status->type == B_BG_WORKER && status->background_type[0]
                              ? status->background_type
                              : backend_type_name(status->type));
    if (!visible)
        sysrow_null(&row);
    else
        sysrow_bool(&row, status->tls);
    put_nulls(&row, 6); /* version, cipher, bits, client DN, serial, issuer */
    if (visible) {
        sysrow_bool(&row, false); /* GSSAPI: authenticated, principal, encrypted */
        sysrow_null(&row);
        sysrow_bool(&row, false);
    } else
        put_nulls(&row, 3);
    sysrow_null(&row); /* leader of a parallel group */
    if (visible && status->query_id != 0)
        sysrow_bigint(&row, (int64)status->query_id);
    else
        sysrow_null(&row);
    sysrows_add(rows, &row);
}

static void
fill_activity(SysRows *rows, FunctionCallInfo fcinfo)
{
    for (int i = 0; i < backend_status_slots(); i++) {
        BackendStatusCopy copy;

        if (!backend_status_read(i, &copy) || copy.status.type == B_SPARE_BACKEND)
            continue;
        if (PG_ARGISNULL(0) || PG_GETARG_INT32(0) == copy.status.pid)
            add_process(rows, &copy);
    }
}

SQL_FUNCTION(pg_stat_get_activity)
{
    return sysfuncs_return_rows(fcinfo, fill_activity);
}

static void
fill_backend_numbers(SysRows *rows, FunctionCallInfo fcinfo)
{
    SysRow row = {0};

    for (int i = 0; i < backend_status_slots(); i++) {
        BackendStatusCopy copy;

        if (!backend_status_read(i, &copy) || copy.status.type == B_SPARE_BACKEND)
            continue;
        sysrow_int(&row, i + 1);
        sysrows_add(rows, &row);
    }
}

SQL_FUNCTION(pg_stat_get_backend_idset)
{
    return sysfuncs_return_rows(fcinfo, fill_backend_numbers);
}

static bool
find_backend(int32 number, BackendStatusCopy *ret_copy)
{
    return number >= 1 && number <= backend_status_slots() &&
           backend_status_read(number - 1, ret_copy);
}

/* One field of one process; NULL where there is no such process. */
#define BACKEND_FIELD(name, needs_right, isnull, result)                                           \
    SQL_FUNCTION(name)                                                                             \
    {                                                                                              \
        BackendStatusCopy copy;                                                                    \
                                                                                                   \
        if (!find_backend(PG_GETARG_INT32(0), &copy) || ((needs_right) && !may_see(&copy)) ||      \
            (isnull))                                                                              \
            PG_RETURN_NULL();                                                                      \
        return result;                                                                             \
    }

BACKEND_FIELD(pg_stat_get_backend_pid, false, false, Int32GetDatum(copy.status.pid))
BACKEND_FIELD(pg_stat_get_backend_dbid, false, false, ObjectIdGetDatum(copy.status.database))
BACKEND_FIELD(pg_stat_get_backend_userid, false, false, ObjectIdGetDatum(copy.status.role))
BACKEND_FIELD(pg_stat_get_backend_activity_start, true, copy.status.query_start == 0,
              Int64GetDatum(copy.status.query_start))
BACKEND_FIELD(pg_stat_get_backend_xact_start, true, copy.status.xact_start == 0,
              Int64GetDatum(copy.status.xact_start))
BACKEND_FIELD(pg_stat_get_backend_start, true, copy.status.backend_start == 0,
              Int64GetDatum(copy.status.backend_start))
BACKEND_FIELD(pg_stat_get_backend_client_port, true, copy.status.client.family == AF_UNSPEC,
              Int32GetDatum(copy.status.client.family == AF_UNIX ? -1 : copy.status.client.port))
BACKEND_FIELD(pg_stat_get_backend_wait_event_type, true,
              pgstat_get_wait_event_type(copy.wait_event_info) == NULL,
              CStringGetTextDatum(pgstat_get_wait_event_type(copy.wait_event_info)))
BACKEND_FIELD(pg_stat_get_backend_wait_event, true,
              pgstat_get_wait_event(copy.wait_event_info) == NULL,
              CStringGetTextDatum(pgstat_get_wait_event(copy.wait_event_info)))

SQL_FUNCTION(pg_stat_get_backend_activity)
{
    BackendStatusCopy copy;
    const char *text;

    if (!find_backend(PG_GETARG_INT32(0), &copy))
        text = "<backend information not available>";
    else if (!may_see(&copy))
        text = "<insufficient privilege>";
    else
        text = copy.query ? copy.query : "";
    PG_RETURN_TEXT_P(cstring_to_text(text));
}

SQL_FUNCTION(pg_stat_get_db_numbackends)
{
    Oid database = PG_GETARG_OID(0);
    int32 count = 0;

    for (int i = 0; i < backend_status_slots(); i++) {
        BackendStatusCopy copy;

        count += backend_status_read(i, &copy) && copy.status.database == database &&
                 copy.status.type != B_SPARE_BACKEND;
    }
    PG_RETURN_INT32(count);
}

/* ---- signals ---- */

static bool
signal_backend(int pid, int signo, const char *verb)
{
    PGPROC *proc = proc_find_by_pid(pid);

    if (!proc) {
        ereport(WARNING, (errmsg("PID %d is not a PostgreSQL backend process", pid)));
        return false;
    }
    if (superuser_arg(proc->roleId) && !superuser())
        ereport(ERROR, (errcode(ERRCODE_INSUFFICIENT_PRIVILEGE),
                        errmsg("must be a superuser to %s superuser %s", verb,
                               signo == SIGTERM ? "process" : "query")));
    if (!has_privs_of_role(GetUserId(), proc->roleId) &&
        !has_privs_of_role(GetUserId(), 4200 /* pg_signal_backend */))
        ereport(ERROR, (errcode(ERRCODE_INSUFFICIENT_PRIVILEGE),
                        errmsg("must be a member of the role whose %s is being %s or member of "
                               "pg_signal_backend",
                               signo == SIGTERM ? "process" : "query",
                               signo == SIGTERM ? "terminated" : "canceled")));
    if (kill(pid, signo) != 0) {
        ereport(WARNING, (errmsg("could not send signal to process %d: %m", pid)));
        return false;
    }
    return true;
}

SQL_FUNCTION(pg_cancel_backend)
{
    PG_RETURN_BOOL(signal_backend(PG_GETARG_INT32(0), SIGINT, "cancel"));
}

/* Waits until the process is gone, for a timeout above zero. */
static bool
wait_for_end(int pid, int64 timeout_ms)
{
    enum { STEP_MS = 100 };

    for (int64 left = timeout_ms; left > 0; left -= STEP_MS) {
        if (kill(pid, 0) != 0 && errno == ESRCH)
            return true;
        WaitLatch(MyLatch, WL_LATCH_SET | WL_TIMEOUT | WL_EXIT_ON_PM_DEATH, (long)Min(left, STEP_MS),
                  WAIT_EVENT_BACKEND_TERMINATION);
        ResetLatch(MyLatch);
        CHECK_FOR_INTERRUPTS();
    }
    ereport(WARNING, (errmsg_plural("backend with PID %d did not terminate within %lld millisecond",
                                    "backend with PID %d did not terminate within %lld milliseconds",
                                    (unsigned long)timeout_ms, pid, (long long)timeout_ms)));
    return false;
}

SQL_FUNCTION(pg_terminate_backend)
{
    int pid = PG_GETARG_INT32(0);
    int64 timeout_ms = PG_GETARG_INT64(1);
    bool sent;

    if (timeout_ms < 0)
        ereport(ERROR, (errcode(ERRCODE_NUMERIC_VALUE_OUT_OF_RANGE),
                        errmsg("\"timeout\" must not be negative")));
    sent = signal_backend(pid, SIGTERM, "terminate");
    PG_RETURN_BOOL(sent && timeout_ms > 0 ? wait_for_end(pid, timeout_ms) : sent);
}

/* ---- the supervisor: its pid and start are the first and third line of postmaster.pid ---- */

static int64
postmaster_line(int wanted)
{
    char line[MAXPGPATH];
    char *path = psprintf("%s/postmaster.pid", DataDir);
    FILE *file = fopen(path, "re");
    int64 number = 0;

    if (!file)
        ereport(ERROR, (errcode_for_file_access(),
                        errmsg("could not open file \"%s\": %m", path)));
    for (int i = 1; fgets(line, sizeof(line), file) && i <= wanted; i++)
        number = atoll(line);
    fclose(file);
    return number;
}

SQL_FUNCTION(pg_postmaster_start_time)
{
    PG_RETURN_INT64((postmaster_line(3) - UNIX_TO_POSTGRES_EPOCH_S) * 1000000);
}

SQL_FUNCTION(pg_conf_load_time)
{
    PG_RETURN_INT64(PgReloadTime);
}

SQL_FUNCTION(pg_reload_conf)
{
    if (kill((pid_t)postmaster_line(1), SIGHUP) != 0) {
        ereport(WARNING, (errmsg("failed to send signal to postmaster: %m")));
        PG_RETURN_BOOL(false);
    }
    PG_RETURN_BOOL(true);
}

SQL_FUNCTION(pg_rotate_logfile_v2)
{
    ereport(WARNING, (errmsg("rotation not possible because log collection not active")));
    PG_RETURN_BOOL(false);
}

SQL_FUNCTION(pg_current_logfile)
{
    PG_RETURN_NULL();
}

SQL_FUNCTION(pg_current_logfile_1arg)
{
    PG_RETURN_NULL();
}

SQL_FUNCTION(inet_client_addr)
{
    BackendStatusCopy copy;

    if (!backend_status_read(MyProc->pgprocno, &copy) ||
        (copy.status.client.family != AF_INET && copy.status.client.family != AF_INET6))
        PG_RETURN_NULL();
    return client_address(&copy.status.client);
}

SQL_FUNCTION(inet_server_addr)
{
    PG_RETURN_NULL();
}

SQL_FUNCTION(inet_client_port)
{
    BackendStatusCopy copy;

    if (!backend_status_read(MyProc->pgprocno, &copy) ||
        (copy.status.client.family != AF_INET && copy.status.client.family != AF_INET6))
        PG_RETURN_NULL();
    PG_RETURN_INT32(copy.status.client.port);
}

SQL_FUNCTION(inet_server_port)
{
    BackendStatusCopy copy;

    if (!backend_status_read(MyProc->pgprocno, &copy) ||
        (copy.status.client.family != AF_INET && copy.status.client.family != AF_INET6))
        PG_RETURN_NULL();
    PG_RETURN_INT32(atoi(GetConfigOption("port", false, false)));
}
