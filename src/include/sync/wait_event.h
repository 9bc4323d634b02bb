/*
 * wait_event.h - what a process waits for, as pg_stat_activity shows it
 *
 * One 32-bit word per process: class in the top byte, event below. Writing it is a plain store.
 */
#ifndef SYNC_WAIT_EVENT_H
#define SYNC_WAIT_EVENT_H

#include "base/base.h"

#define PG_WAIT_LWLOCK 0x01000000U
#define PG_WAIT_LOCK 0x03000000U
#define PG_WAIT_BUFFER_PIN 0x04000000U
#define PG_WAIT_ACTIVITY 0x05000000U
#define PG_WAIT_CLIENT 0x06000000U
#define PG_WAIT_EXTENSION 0x07000000U
#define PG_WAIT_IPC 0x08000000U
#define PG_WAIT_TIMEOUT 0x09000000U
#define PG_WAIT_IO 0x0A000000U

enum WaitEventsActivity {
    WAIT_EVENT__BEFORE_ACTIVITY = PG_WAIT_ACTIVITY - 1,
#define WAIT_EVENT_ACTIVITY(id, name) WAIT_EVENT_##id,
#include "sync/wait_event_names.h"
};
enum WaitEventsClient {
    WAIT_EVENT__BEFORE_CLIENT = PG_WAIT_CLIENT - 1,
#define WAIT_EVENT_CLIENT(id, name) WAIT_EVENT_##id,
#include "sync/wait_event_names.h"
};
enum WaitEventsIpc {
    WAIT_EVENT__BEFORE_IPC = PG_WAIT_IPC - 1,
#define WAIT_EVENT_IPC(id, name) WAIT_EVENT_##id,
#include "sync/wait_event_names.h"
};
enum WaitEventsTimeout {
    WAIT_EVENT__BEFORE_TIMEOUT = PG_WAIT_TIMEOUT - 1,
#define WAIT_EVENT_TIMEOUT(id, name) WAIT_EVENT_##id,
#include "sync/wait_event_names.h"
};
enum WaitEventsIo {
    WAIT_EVENT__BEFORE_IO = PG_WAIT_IO - 1,
#define WAIT_EVENT_IO(id, name) WAIT_EVENT_##id,
#include "sync/wait_event_names.h"
};
#define WAIT_EVENT_BUFFER_PIN PG_WAIT_BUFFER_PIN
#define WAIT_EVENT_EXTENSION PG_WAIT_EXTENSION

/* Where this process publishes: a local word until proc_attach(). */
extern uint32 *my_wait_event_info;

static inline void
pgstat_report_wait_start(uint32 wait_event_info)
{
    *(volatile uint32 *)my_wait_event_info = wait_event_info;
}

static inline void
pgstat_report_wait_end(void)
{
    *(volatile uint32 *)my_wait_event_info = 0;
}

/* "Lock", "IO", ... and "transactionid", "WALSync", ...; NULL when not waiting. */
const char *pgstat_get_wait_event_type(uint32 wait_event_info);
const char *pgstat_get_wait_event(uint32 wait_event_info);

#endif
