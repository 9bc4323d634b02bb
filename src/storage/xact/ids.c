/*
 * ids.c - transaction, subtransaction and command ids
 *
 * Invariants ID1. a subtransaction gets an xid only after its parents have theirs, so a child's is
 *                 the higher. ID2. children of a level are ascending.
 */
#include <string.h>

#include "error/error.h"
#include "lock/lock.h"
#include "memory/memory.h"
#include "wal/wal.h"
#include "xact/subtrans.h"
#include "xact_int.h"

static struct {
    CommandId command;
    bool command_used;
    SubTransactionId subid; /* the last one given out */
} ids;

void
xact__ids_at_start(void)
{
    ids.command = FirstCommandId;
    ids.command_used = false;
    ids.subid = TopSubTransactionId;
}

SubTransactionId
xact__next_subid(void)
{
    if (++ids.subid == InvalidSubTransactionId) {
        ids.subid--;
        ereport(ERROR, (errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
                        errmsg("cannot have more than 2^32-1 subtransactions in a transaction")));
    }
    return ids.subid;
}

/* ---------- xids ---------- */

static void
assign_one(TransactionLevel *level)
{
    ResourceOwner old_owner = CurrentResourceOwner;
    bool is_sub = level->parent != NULL;

    Assert(level->state == TRANS_INPROGRESS && !TransactionIdIsValid(level->xid));
    wal_check_space(); /* whoever will write must be told now, while it can still fail */
    level->xid = procarray_assign_xid(is_sub);
    if (is_sub)
        subtrans_set_parent(level->xid, level->parent->xid);
    CurrentResourceOwner = level->owner;
    if (is_sub)
        lock_xid_insert(level->xid);
    else
        lock_xid_insert_top(level->xid);
    CurrentResourceOwner = old_owner;
}

/* Outermost first (ID1), without recursion: savepoints may nest deeply. */
static void
assign(TransactionLevel *level)
{
    for (;;) {
        TransactionLevel *outermost = level;

        while (outermost->parent != NULL && !TransactionIdIsValid(outermost->parent->xid))
            outermost = outermost->parent;
        assign_one(outermost);
        if (outermost == level)
            return;
    }
}

TransactionId
xact_top_id(void)
{
    if (!TransactionIdIsValid(xact__top.xid))
        assign(&xact__top);
    return xact__top.xid;
}

TransactionId
xact_top_id_if_any(void)
{
    return xact__top.xid;
}

TransactionId
xact_current_id(void)
{
    if (unlikely(!TransactionIdIsValid(xact__current->xid)))
        assign(xact__current);
    return xact__current->xid;
}

TransactionId
xact_current_id_if_any(void)
{
    return xact__current->xid;
}

static bool
has_child(const TransactionLevel *level, TransactionId xid)
{
    int low = 0, high = level->child_count - 1;

    while (low <= high) {
        int middle = low + (high - low) / 2;
        if (level->children[middle] == xid)
            return true;
        if (level->children[middle] < xid)
            low = middle + 1;
        else
            high = middle - 1;
    }
    return false;
}

bool
xact_is_current(TransactionId xid)
{
    if (!TransactionIdIsValid(xact__top.xid) || xid < xact__top.xid)
        return false; /* ID1: all of ours are at or above */
    for (TransactionLevel *level = xact__current; level != NULL; level = level->parent) {
        if (level->state == TRANS_ABORT || !TransactionIdIsValid(level->xid))
            continue;
        if (level->xid == xid || has_child(level, xid))
            return true;
    }
    return false;
}

void
xact__add_child(TransactionLevel *level, TransactionId xid, int count, const TransactionId *xids)
{
    int needed = level->child_count + 1 + count;

    if (needed > level->child_capacity) {
        int capacity = Max(needed * 2, 32);
        TransactionId *grown =
            MemoryContextAlloc(TopTransactionContext, (Size)capacity * sizeof(TransactionId));
        if (level->children != NULL) {
            memcpy(grown, level->children, (Size)level->child_count * sizeof(TransactionId));
            pfree(level->children);
        }
        level->children = grown;
        level->child_capacity = capacity;
    }
    Assert(level->child_count == 0 || level->children[level->child_count - 1] < xid); /* ID2 */
    level->children[level->child_count++] = xid;
    if (count > 0)
        memcpy(level->children + level->child_count, xids, (Size)count * sizeof(TransactionId));
    level->child_count += count;
}

int
xact_committed_children(TransactionId **ret_xids)
{
    *ret_xids = xact__current->children;
    return xact__current->child_count;
}

TransactionId
xact__latest_xid(TransactionId xid, int count, const TransactionId *children)
{
    return count > 0 ? children[count - 1] : xid;
}

/* ---------- subtransaction and command ids ---------- */

SubTransactionId
xact_current_subid(void)
{
    return xact__current->subid;
}

bool
xact_subid_is_active(SubTransactionId subid)
{
    for (TransactionLevel *level = xact__current; level != NULL; level = level->parent)
        if (level->state != TRANS_ABORT && level->subid == subid)
            return true;
    return false;
}

CommandId
xact_current_command_id(bool used)
{
    if (used)
        ids.command_used = true;
    return ids.command;
}

bool
xact_command_counter_used(void)
{
    return ids.command_used;
}

void
xact_command_counter_increment(void)
{
    if (!ids.command_used)
        return;
    if (++ids.command == InvalidCommandId) {
        ids.command--;
        ereport(ERROR, (errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
                        errmsg("cannot have more than 2^32-2 commands in a transaction")));
    }
    ids.command_used = false;
    inval__command_end();
    xact__call(STEP_COMMAND_END);
}
