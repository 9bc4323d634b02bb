/*
 * backend_status.h - what each process does, for pg_stat_activity
 *
 * One entry per PGPROC slot in the main segment. Only its process writes it, between two
 * increments of `changecount`; a reader copies and tries again while the count is odd or moved.
 * Nobody waits for anybody.
 */
#ifndef SYNC_BACKEND_STATUS_H
#define SYNC_BACKEND_STATUS_H

#include <stdatomic.h>
#include <sys/socket.h>
#include <netinet/in.h>

#include "base/base.h"

typedef enum BackendType {
    B_INVALID = 0,
    B_ARCHIVER,
    B_AUTOVAC_LAUNCHER,
    B_AUTOVAC_WORKER,
    B_BACKEND,
    B_BG_WORKER,
    B_BG_WRITER,
    B_CHECKPOINTER,
    B_LOGGER,
    B_STANDALONE_BACKEND,
    B_STARTUP,
    B_WAL_RECEIVER,
    B_WAL_SENDER,
    B_WAL_WRITER,
    B_SPARE_BACKEND,
    BACKEND_TYPES,
} BackendType;

typedef enum BackendState {
    STATE_UNDEFINED,
    STATE_IDLE,
    STATE_RUNNING,
    STATE_IDLEINTRANSACTION,
    STATE_FASTPATH,
    STATE_IDLEINTRANSACTION_ABORTED,
    STATE_DISABLED,
} BackendState;

#define BACKEND_HOSTNAME_SIZE 128

/* Address as sockaddr: family AF_UNSPEC while unknown, AF_UNIX, AF_INET, AF_INET6. */
typedef struct BackendClientAddr {
    uint16 family;
    uint16 port; /* host order */
    uint8 addr[16];
} BackendClientAddr;

typedef struct BackendStatus {
    _Atomic uint32 changecount;
    int pid; /* 0: slot unused */
    BackendType type;
    BackendState state;
    TimestampTz backend_start;
    TimestampTz xact_start;
    TimestampTz query_start;
    TimestampTz state_change;
    Oid database;
    Oid role;
    uint64 query_id;
    BackendClientAddr client;
    bool tls;
    char application_name[NAMEDATALEN];
    char client_hostname[BACKEND_HOSTNAME_SIZE];
    char background_type[NAMEDATALEN]; /* of a background worker */
    uint32 query_offset;               /* internal: where the text lies */
} BackendStatus;

/* A reader's copy, with what comes from the PGPROC. */
typedef struct BackendStatusCopy {
    BackendStatus status;
    int pgprocno;
    TransactionId xid;
    TransactionId xmin;
    uint32 wait_event_info;
    const char *query; /* palloc'd */
} BackendStatusCopy;

extern BackendType MyBackendType;
extern TimestampTz MyStartTimestamp;

void backend_status_begin(BackendType type); /* after proc_attach */
void backend_status_set_identity(Oid database, Oid role, const BackendClientAddr *client,
                                 const char *hostname, bool tls);
void backend_status_set_background_type(const char *type);
void backend_status_end(void);

/* State and, for STATE_RUNNING, the statement text (cut at a character of the encoding). */
void pgstat_report_activity(BackendState state, const char *query);
void pgstat_report_appname(const char *name);
void pgstat_report_xact_timestamp(TimestampTz start);
void pgstat_report_query_id(uint64 query_id, bool force);

/* Copies a slot; false when unused. Allocates the text in CurrentMemoryContext. */
bool backend_status_read(int pgprocno, BackendStatusCopy *ret_copy);
int backend_status_slots(void);
const char *backend_type_name(BackendType type);   /* "client backend", ... */
const char *backend_state_name(BackendState state); /* "active", ...; NULL if undefined */

#endif
