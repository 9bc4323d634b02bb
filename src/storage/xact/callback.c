/*
 * callback.c - who takes part in the life of a transaction
 *
 * Modules register callbacks, called last in, first out. Rooms above register participants, called
 * in the order of the rooms.
 */
#include "error/error.h"
#include "memory/memory.h"
#include "xact_int.h"

#define PARTICIPANTS_MAX 24

typedef struct XactItem {
    struct XactItem *next;
    XactCallback callback;
    void *arg;
} XactItem;

typedef struct SubXactItem {
    struct SubXactItem *next;
    SubXactCallback callback;
    void *arg;
} SubXactItem;

static XactItem *xact_items;
static SubXactItem *subxact_items;
static const XactParticipant *participants[PARTICIPANTS_MAX];
static int participant_count;

void
RegisterXactCallback(XactCallback callback, void *arg)
{
    XactItem *item = MemoryContextAlloc(TopMemoryContext, sizeof(XactItem));

    *item = (XactItem){xact_items, callback, arg};
    xact_items = item;
}

void
UnregisterXactCallback(XactCallback callback, void *arg)
{
    for (XactItem **at = &xact_items; *at != NULL; at = &(*at)->next) {
        XactItem *item = *at;
        if (item->callback == callback && item->arg == arg) {
            *at = item->next;
            pfree(item);
            return;
        }
    }
}

void
RegisterSubXactCallback(SubXactCallback callback, void *arg)
{
    SubXactItem *item = MemoryContextAlloc(TopMemoryContext, sizeof(SubXactItem));

    *item = (SubXactItem){subxact_items, callback, arg};
    subxact_items = item;
}

void
UnregisterSubXactCallback(SubXactCallback callback, void *arg)
{
    for (SubXactItem **at = &subxact_items; *at != NULL; at = &(*at)->next) {
        SubXactItem *item = *at;
        if (item->callback == callback && item->arg == arg) {
            *at = item->next;
            pfree(item);
            return;
        }
    }
}

/* A callback may take itself off the list. */
void
xact__call_xact_callbacks(XactEvent event)
{
    for (XactItem *item = xact_items, *next; item != NULL; item = next) {
        next = item->next;
        item->callback(event, item->arg);
    }
}

void
xact__call_subxact_callbacks(SubXactEvent event, SubTransactionId subid, SubTransactionId parent)
{
    for (SubXactItem *item = subxact_items, *next; item != NULL; item = next) {
        next = item->next;
        item->callback(event, subid, parent, item->arg);
    }
}

void
xact_register_participant(const XactParticipant *participant)
{
    for (int i = 0; i < participant_count; i++)
        if (participants[i] == participant)
            return;
    if (participant_count >= PARTICIPANTS_MAX)
        elog(FATAL, "too many transaction participants");
    participants[participant_count++] = participant;
}

void
xact__call(ParticipantStep step)
{
    for (int i = 0; i < participant_count; i++) {
        const XactParticipant *p = participants[i];
        switch (step) {
        case STEP_START:
            if (p->at_start)
                p->at_start();
            break;
        case STEP_COMMIT:
            if (p->at_commit)
                p->at_commit();
            break;
        case STEP_ABORT:
            if (p->at_abort)
                p->at_abort();
            break;
        case STEP_AFTER_COMMIT:
        case STEP_AFTER_ABORT:
            if (p->after_end)
                p->after_end(step == STEP_AFTER_COMMIT);
            break;
        case STEP_CLEANUP:
            if (p->at_cleanup)
                p->at_cleanup();
            break;
        case STEP_COMMAND_END:
            if (p->at_command_end)
                p->at_command_end();
            break;
        }
    }
}

/* True if somebody did work that may have made work for the others. */
bool
xact__call_pre_commit(void)
{
    bool again = false;

    for (int i = 0; i < participant_count; i++)
        if (participants[i]->pre_commit)
            again |= participants[i]->pre_commit();
    return again;
}

void
xact__call_sub_start(SubTransactionId subid, SubTransactionId parent)
{
    for (int i = 0; i < participant_count; i++)
        if (participants[i]->at_sub_start)
            participants[i]->at_sub_start(subid, parent);
}

void
xact__call_sub_commit(SubTransactionId subid, SubTransactionId parent, int level)
{
    for (int i = 0; i < participant_count; i++)
        if (participants[i]->at_sub_commit)
            participants[i]->at_sub_commit(subid, parent, level);
}

void
xact__call_sub_abort(SubTransactionId subid, SubTransactionId parent, int level)
{
    for (int i = 0; i < participant_count; i++)
        if (participants[i]->at_sub_abort)
            participants[i]->at_sub_abort(subid, parent, level);
}

void
xact__call_sub_cleanup(SubTransactionId subid)
{
    for (int i = 0; i < participant_count; i++)
        if (participants[i]->at_sub_cleanup)
            participants[i]->at_sub_cleanup(subid);
}
