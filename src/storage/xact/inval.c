/*
 * inval.c - queueing of invalidation messages
 *
 * Invariants IV1. messages [0, applied) of a level have been applied to our own caches, the rest
 *                 wait for the end of the command. IV2. levels' ranges lie one after the other in
 *                 one array; a subtransaction that commits just gives its range to the parent.
 */
#include <string.h>

#include "error/error.h"
#include "error/interrupt.h"
#include "memory/memory.h"
#include "xact_int.h"

typedef struct InvalLevel {
    int nest_level;
    int first;
} InvalLevel;

static struct {
    InvalMessage *messages; /* in TopMemoryContext, kept */
    int count;
    int capacity;
    int applied;            /* IV1, over all levels */
    InvalLevel *levels;     /* those that queued something */
    int level_count;
    int level_capacity;
} queue;

static void
note_level(void)
{
    int level = xact_nest_level();

    if (queue.level_count > 0 && queue.levels[queue.level_count - 1].nest_level >= level)
        return;
    if (queue.level_count >= queue.level_capacity) {
        int capacity = Max(8, queue.level_capacity * 2);
        InvalLevel *levels =
            MemoryContextAlloc(TopMemoryContext, (Size)capacity * sizeof(InvalLevel));
        if (queue.levels != NULL) {
            memcpy(levels, queue.levels, (Size)queue.level_count * sizeof(InvalLevel));
            pfree(queue.levels);
        }
        queue.levels = levels;
        queue.level_capacity = capacity;
    }
    queue.levels[queue.level_count++] = (InvalLevel){level, queue.count};
}

void
inval_queue(const InvalMessage *message)
{
    /* The same message twice in one command says nothing new. */
    for (int i = Max(queue.applied, queue.count - 16); i < queue.count; i++)
        if (memcmp(&queue.messages[i], message, sizeof(*message)) == 0)
            return;
    note_level();
    if (queue.count >= queue.capacity) {
        int capacity = Max(64, queue.capacity * 2);
        InvalMessage *messages =
            MemoryContextAlloc(TopMemoryContext, (Size)capacity * sizeof(InvalMessage));
        if (queue.messages != NULL) {
            memcpy(messages, queue.messages, (Size)queue.count * sizeof(InvalMessage));
            pfree(queue.messages);
        }
        queue.messages = messages;
        queue.capacity = capacity;
    }
    queue.messages[queue.count++] = *message;
}

void
inval_queue_relation(Oid database, Oid relation)
{
    InvalMessage message = {.kind = INVAL_RELATION, .database = database, .id = relation};
    inval_queue(&message);
}

void
inval_queue_catalog(Oid database, Oid catalog, uint32 hash)
{
    InvalMessage message = {
        .kind = INVAL_CATALOG, .database = database, .id = catalog, .hash = hash};
    inval_queue(&message);
}

void
inval_queue_snapshot(Oid database, Oid catalog)
{
    InvalMessage message = {.kind = INVAL_SNAPSHOT, .database = database, .id = catalog};
    inval_queue(&message);
}

void
inval_send_now(const InvalMessage *message)
{
    sinval_apply_local(message);
    sinval_send(message, 1);
}

void
inval_send_smgr(const RelFileLocator *locator)
{
    InvalMessage message = {.kind = INVAL_SMGR, .locator = *locator};
    sinval_send(&message, 1);
}

/* A handler may queue more or apply nested: `applied` moves before each call. */
void
inval__command_end(void)
{
    while (queue.applied < queue.count) {
        InvalMessage message = queue.messages[queue.applied++];
        sinval_apply_local(&message);
    }
}

int
inval__commit_messages(const InvalMessage **ret_messages)
{
    *ret_messages = queue.messages;
    return queue.count;
}

static void
forget_all(void)
{
    queue.count = queue.applied = queue.level_count = 0;
}

void
inval__at_commit(void)
{
    if (queue.count == 0)
        return;
    inval__command_end();
    sinval_send(queue.messages, queue.count);
    forget_all();
}

void
inval__at_abort(void)
{
    for (int i = 0; i < queue.applied; i++)
        sinval_apply_local(&queue.messages[i]);
    forget_all();
}

void
inval__at_subcommit(int level)
{
    InvalLevel *top = queue.level_count > 0 ? &queue.levels[queue.level_count - 1] : NULL;

    if (top == NULL || top->nest_level < level)
        return;
    /* IV2: one level up, or into the range of that level if it has one */
    if (queue.level_count > 1 && queue.levels[queue.level_count - 2].nest_level >= level - 1)
        queue.level_count--;
    else
        top->nest_level = level - 1;
}

void
inval__at_subabort(int level)
{
    InvalLevel *top = queue.level_count > 0 ? &queue.levels[queue.level_count - 1] : NULL;

    if (top == NULL || top->nest_level < level)
        return;
    for (int i = top->first; i < queue.applied; i++)
        sinval_apply_local(&queue.messages[i]);
    queue.count = top->first;
    queue.applied = Min(queue.applied, queue.count);
    queue.level_count--;
}
