/*
 * wait_event.c - names of wait events
 */
#include <stddef.h>

#include "sync/lwlock.h"
#include "sync/wait_event.h"

static uint32 local_wait_event_info;
uint32 *my_wait_event_info = &local_wait_event_info;

static const char *const activity_names[] = {
#define WAIT_EVENT_ACTIVITY(id, name) name,
#include "sync/wait_event_names.h"
};
static const char *const client_names[] = {
#define WAIT_EVENT_CLIENT(id, name) name,
#include "sync/wait_event_names.h"
};
static const char *const ipc_names[] = {
#define WAIT_EVENT_IPC(id, name) name,
#include "sync/wait_event_names.h"
};
static const char *const timeout_names[] = {
#define WAIT_EVENT_TIMEOUT(id, name) name,
#include "sync/wait_event_names.h"
};
static const char *const io_names[] = {
#define WAIT_EVENT_IO(id, name) name,
#include "sync/wait_event_names.h"
};
static const char *const pin_names[] = {"BufferPin"};
static const char *const extension_names[] = {"Extension"};
/* by LockTagType */
static const char *const lock_names[] = {"relation",       "extend",    "frozenid", "page",
                                         "tuple",          "transactionid", "virtualxid",
                                         "spectoken",      "object",    "userlock", "advisory"};

#define NAMES(array) (array), lengthof(array)
static const struct {
    uint32 class;
    const char *type;
    const char *const *names;
    uint32 count;
} classes[] = {
    {PG_WAIT_LOCK, "Lock", NAMES(lock_names)},
    {PG_WAIT_BUFFER_PIN, "BufferPin", NAMES(pin_names)},
    {PG_WAIT_ACTIVITY, "Activity", NAMES(activity_names)},
    {PG_WAIT_CLIENT, "Client", NAMES(client_names)},
    {PG_WAIT_EXTENSION, "Extension", NAMES(extension_names)},
    {PG_WAIT_IPC, "IPC", NAMES(ipc_names)},
    {PG_WAIT_TIMEOUT, "Timeout", NAMES(timeout_names)},
    {PG_WAIT_IO, "IO", NAMES(io_names)},
};

const char *
pgstat_get_wait_event_type(uint32 wait_event_info)
{
    if (wait_event_info == 0)
        return NULL;
    if ((wait_event_info & 0xFF000000U) == PG_WAIT_LWLOCK)
        return "LWLock";
    for (unsigned i = 0; i < lengthof(classes); i++)
        if ((wait_event_info & 0xFF000000U) == classes[i].class)
            return classes[i].type;
    return "???";
}

const char *
pgstat_get_wait_event(uint32 wait_event_info)
{
    uint32 event = wait_event_info & 0x00FFFFFFU;

    if (wait_event_info == 0)
        return NULL;
    if ((wait_event_info & 0xFF000000U) == PG_WAIT_LWLOCK)
        return lwlock_tranche_name((int)event);
    for (unsigned i = 0; i < lengthof(classes); i++)
        if ((wait_event_info & 0xFF000000U) == classes[i].class && event < classes[i].count)
            return classes[i].names[event];
    return "unknown wait event";
}
