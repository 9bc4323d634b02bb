/*
 * backend_status.c - one entry per process, written by it, read by all
 *
 * Invariants BS1. changecount is odd while the entry changes; the fences in begin_write() and
 *                 end_write() keep the fields between the two increments.
 */
#include <string.h>
#include <unistd.h>

#include "config/settings.h"
#include "error/error.h"
#include "error/interrupt.h"
#include "memory/memory.h"
#include "sync/backend_status.h"
#include "sync/ipc.h"
#include "sync/proc.h"
#include "sync/timeout.h"
#include "sync_int.h"

#define READ_TRIES_MAX 1000

static struct {
    BackendStatus *entries; /* by pgprocno */
    char *texts;            /* pgstat_track_activity_query_size bytes each */
    int slots;
    BackendStatus *mine;
} table;

BackendType MyBackendType = B_INVALID;
TimestampTz MyStartTimestamp;

Size
backend_status__shmem_size(void)
{
    Size slots = (Size)proc_count_slots();

    return MAXALIGN(slots * sizeof(BackendStatus)) +
           slots * (Size)pgstat_track_activity_query_size;
}

void
backend_status__shmem_init(void *area, Size size)
{
    table.slots = proc_count_slots();
    table.entries = area;
    table.texts = (char *)area + MAXALIGN((Size)table.slots * sizeof(BackendStatus));
    for (int i = 0; i < table.slots; i++) {
        memset(&table.entries[i], 0, sizeof(BackendStatus));
        table.entries[i].query_offset = (uint32)i * (uint32)pgstat_track_activity_query_size;
    }
}

static char *
text_of(const BackendStatus *entry)
{
    return table.texts + entry->query_offset;
}

static inline void
begin_write(BackendStatus *entry)
{
    uint32 count = atomic_load_explicit(&entry->changecount, memory_order_relaxed);

    HOLD_INTERRUPTS(); /* dying in the middle would leave the count odd */
    atomic_store_explicit(&entry->changecount, count + 1, memory_order_relaxed);
    atomic_thread_fence(memory_order_release); /* BS1 */
}

static inline void
end_write(BackendStatus *entry)
{
    uint32 count = atomic_load_explicit(&entry->changecount, memory_order_relaxed);

    atomic_store_explicit(&entry->changecount, count + 1, memory_order_release);
    RESUME_INTERRUPTS();
}

static void
end_at_exit(int code, Datum arg)
{
    backend_status_end();
}

void
backend_status_begin(BackendType type)
{
    BackendStatus *entry = &table.entries[MyProc->pgprocno];
    uint32 offset = entry->query_offset;

    MyBackendType = type;
    if (MyStartTimestamp == 0)
        MyStartTimestamp = GetCurrentTimestamp();
    begin_write(entry);
    memset((char *)entry + sizeof(entry->changecount), 0,
           sizeof(*entry) - sizeof(entry->changecount));
    entry->query_offset = offset;
    entry->pid = MyProcPid;
    entry->type = type;
    entry->backend_start = MyStartTimestamp;
    text_of(entry)[0] = '\0';
    end_write(entry);
    if (table.mine == NULL)
        on_shmem_exit(end_at_exit, 0);
    table.mine = entry;
}

void
backend_status_set_identity(Oid database, Oid role, const BackendClientAddr *client,
                            const char *hostname, bool tls)
{
    BackendStatus *entry = table.mine;

    if (entry == NULL)
        return;
    begin_write(entry);
    entry->database = database;
    entry->role = role;
    if (client != NULL)
        entry->client = *client;
    entry->client_hostname[0] = '\0';
    if (hostname != NULL)
        strncat(entry->client_hostname, hostname, BACKEND_HOSTNAME_SIZE - 1);
    entry->tls = tls;
    end_write(entry);
}

void
backend_status_set_background_type(const char *type)
{
    BackendStatus *entry = table.mine;

    if (entry == NULL)
        return;
    begin_write(entry);
    entry->background_type[0] = '\0';
    strncat(entry->background_type, type, NAMEDATALEN - 1);
    end_write(entry);
}

void
backend_status_end(void)
{
    BackendStatus *entry = table.mine;

    if (entry == NULL)
        return;
    table.mine = NULL;
    begin_write(entry);
    entry->pid = 0;
    end_write(entry);
}

/* Length up to the size, not within a UTF-8 character. */
static Size
clip_length(const char *text, Size size)
{
    Size length = strnlen(text, size);

    if (length < size)
        return length;
    while (length > 0 && ((unsigned char)text[length] & 0xC0) == 0x80)
        length--;
    return length;
}

void
pgstat_report_activity(BackendState state, const char *query)
{
    BackendStatus *entry = table.mine;
    TimestampTz now;

    if (entry == NULL)
        return;
    if (!pgstat_track_activities) {
        if (entry->state != STATE_DISABLED) {
            begin_write(entry);
            entry->state = STATE_DISABLED;
            entry->state_change = entry->query_start = 0;
            text_of(entry)[0] = '\0';
            end_write(entry);
        }
        return;
    }
    now = GetCurrentTimestamp();
    begin_write(entry);
    entry->state = state;
    entry->state_change = now;
    if (state == STATE_RUNNING)
        entry->query_id = 0;
    if (query != NULL) {
        Size length = clip_length(query, (Size)pgstat_track_activity_query_size - 1);
        memcpy(text_of(entry), query, length);
        text_of(entry)[length] = '\0';
        entry->query_start = now;
    }
    end_write(entry);
}

void
pgstat_report_appname(const char *name)
{
    BackendStatus *entry = table.mine;
    Size length;

    if (entry == NULL)
        return;
    length = clip_length(name, NAMEDATALEN - 1);
    begin_write(entry);
    memcpy(entry->application_name, name, length);
    entry->application_name[length] = '\0';
    end_write(entry);
}

void
pgstat_report_xact_timestamp(TimestampTz start)
{
    BackendStatus *entry = table.mine;

    if (entry == NULL || !pgstat_track_activities)
        return;
    begin_write(entry);
    entry->xact_start = start;
    end_write(entry);
}

void
pgstat_report_query_id(uint64 query_id, bool force)
{
    BackendStatus *entry = table.mine;

    if (entry == NULL || !pgstat_track_activities || (entry->query_id != 0 && !force))
        return;
    begin_write(entry);
    entry->query_id = query_id;
    end_write(entry);
}

int
backend_status_slots(void)
{
    return table.slots;
}

/* One try; false if the entry changed meanwhile. */
static bool
try_copy(BackendStatus *entry, BackendStatus *ret_copy, char *ret_text)
{
    uint32 before = atomic_load_explicit(&entry->changecount, memory_order_acquire);

    if (before & 1)
        return false;
    memcpy(ret_copy, entry, sizeof(*ret_copy));
    if (ret_copy->pid != 0)
        memcpy(ret_text, text_of(entry), (Size)pgstat_track_activity_query_size);
    atomic_thread_fence(memory_order_acquire);
    return atomic_load_explicit(&entry->changecount, memory_order_relaxed) == before;
}

bool
backend_status_read(int pgprocno, BackendStatusCopy *ret_copy)
{
    BackendStatus *entry = &table.entries[pgprocno];
    PGPROC *proc = GetPGProcByNumber(pgprocno);
    char *text;

    if (entry->pid == 0)
        return false;
    text = palloc((Size)pgstat_track_activity_query_size);
    text[0] = '\0';
    for (int tries = 0; !try_copy(entry, &ret_copy->status, text); tries++) {
        if (tries >= READ_TRIES_MAX)
            sync__yield();
        CHECK_FOR_INTERRUPTS();
    }
    if (ret_copy->status.pid == 0) {
        pfree(text);
        return false;
    }
    text[pgstat_track_activity_query_size - 1] = '\0';
    ret_copy->pgprocno = pgprocno;
    ret_copy->xid = atomic_load(&proc->xid);
    ret_copy->xmin = atomic_load(&proc->xmin);
    ret_copy->wait_event_info = *(volatile uint32 *)&proc->wait_event_info;
    ret_copy->query = text;
    return true;
}

const char *
backend_type_name(BackendType type)
{
    static const char *const names[BACKEND_TYPES] = {
        [B_INVALID] = "not initialized",
        [B_ARCHIVER] = "archiver",
        [B_AUTOVAC_LAUNCHER] = "autovacuum launcher",
        [B_AUTOVAC_WORKER] = "autovacuum worker",
        [B_BACKEND] = "client backend",
        [B_BG_WORKER] = "background worker",
        [B_BG_WRITER] = "background writer",
        [B_CHECKPOINTER] = "checkpointer",
        [B_LOGGER] = "logger",
        [B_STANDALONE_BACKEND] = "standalone backend",
        [B_STARTUP] = "startup",
        [B_WAL_RECEIVER] = "walreceiver",
        [B_WAL_SENDER] = "walsender",
        [B_WAL_WRITER] = "walwriter",
        [B_SPARE_BACKEND] = "spare backend",
    };

    return type < BACKEND_TYPES ? names[type] : "unknown process type";
}

const char *
backend_state_name(BackendState state)
{
    static const char *const names[] = {
        NULL,
        "idle",
        "active",
        "idle in transaction",
        "fastpath function call",
        "idle in transaction (aborted)",
        "disabled",
    };

    return state < lengthof(names) ? names[state] : NULL;
}
