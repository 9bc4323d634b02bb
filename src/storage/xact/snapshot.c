/*
 * snapshot.c - making, sharing and giving up snapshots
 *
 * Why        A statement's snapshot lives in one of a few objects of this process, each with room
 *            for all running xids; while something refers to it, it is not used again. So pushing
 *            one copies nothing, and taking one that is still right fills nothing.
 * Invariants SN1. an object with active_count or regd_count above 0 never changes, but curcid by
 *                 snapshot_update_active_cid() when that is the only reference.
 *            SN2. while any snapshot is referenced, MyProc->xmin is at most its xmin.
 *            SN3. registered snapshots, the transaction's own and a valid catalogue snapshot are in
 *                 `registered`; the active stack is searched besides.
 */
#include <string.h>

#include "error/error.h"
#include "error/resowner.h"
#include "memory/memory.h"
#include "sync/stop_point.h"
#include "xact/subtrans.h"
#include "xact_int.h"

#define POOL_SIZE 4
#define ACTIVE_MIN 16

SnapshotData SnapshotSelfData = {.snapshot_type = SNAPSHOT_SELF};
SnapshotData SnapshotAnyData = {.snapshot_type = SNAPSHOT_ANY};
TransactionId TransactionXmin = FirstNormalTransactionId;
TransactionId RecentXmin = FirstNormalTransactionId;

typedef struct ActiveElement {
    Snapshot snapshot;
    int level;
} ActiveElement;

static struct {
    SnapshotData pool[POOL_SIZE];
    SnapshotData catalog;
    bool catalog_valid;
    Snapshot transaction; /* REPEATABLE READ: the one of the whole transaction */
    ActiveElement *active;
    int active_count;
    int active_capacity;
    dlist_head registered; /* SN3 */
    bool ready;
    bool taken; /* a snapshot was taken for a statement of this transaction */
} snap;

static void release_snapshot(Datum res);
static char *describe_snapshot(Datum res);

static const ResourceOwnerDesc snapshot_kind = {
    .name = "snapshot reference",
    .release_phase = RESOURCE_RELEASE_AFTER_LOCKS,
    .release_priority = RELEASE_PRIO_SNAPSHOT_REFS,
    .ReleaseResource = release_snapshot,
    .DebugPrint = describe_snapshot,
};

static void
get_ready(void)
{
    dlist_init(&snap.registered);
    snap.active_capacity = ACTIVE_MIN;
    snap.active = MemoryContextAlloc(TopMemoryContext, ACTIVE_MIN * sizeof(ActiveElement));
    snap.ready = true;
}

/* Memory is reserved once; pages that no snapshot ever fills are never touched. */
static void
give_arrays(Snapshot snapshot)
{
    Size procs = procarray__snapshot_capacity();

    if (snapshot->xip != NULL)
        return;
    snapshot->xip = malloc(procs * sizeof(TransactionId));
    snapshot->subxip = malloc(procs * PROC_SUBXIDS_MAX * sizeof(TransactionId));
    if (snapshot->xip == NULL || snapshot->subxip == NULL)
        ereport(ERROR, (errcode(ERRCODE_OUT_OF_MEMORY), errmsg("out of memory")));
}

static inline bool
is_referenced(Snapshot snapshot)
{
    return snapshot->active_count > 0 || snapshot->regd_count > 0;
}

/* ---------- taking ---------- */

static Snapshot
fill(Snapshot snapshot)
{
    STOP_POINT("snapshot-take");
    if (!procarray__try_reuse(snapshot)) {
        give_arrays(snapshot);
        procarray__take_snapshot(snapshot);
    }
    snapshot->snapshot_type = SNAPSHOT_MVCC;
    snapshot->curcid = xact_current_command_id(false);
    snapshot->takenDuringRecovery = false;
    snapshot->copied = false;
    snapshot->whenTaken = 0;
    return snapshot;
}

/* All objects are referenced: one that is freed with its last reference. */
static Snapshot
make_copied(Snapshot from)
{
    Size xids = from->xcnt * sizeof(TransactionId);
    Size subxids = (Size)from->subxcnt * sizeof(TransactionId);
    Snapshot copy =
        MemoryContextAlloc(TopTransactionContext, sizeof(SnapshotData) + xids + subxids);

    *copy = *from;
    copy->xip = (TransactionId *)(copy + 1);
    copy->subxip = copy->xip + from->xcnt;
    memcpy(copy->xip, from->xip, xids);
    memcpy(copy->subxip, from->subxip, subxids);
    copy->active_count = copy->regd_count = 0;
    copy->copied = true;
    copy->snapXactCompletionCount = 0;
    return copy;
}

static Snapshot
take_fresh(void)
{
    static SnapshotData spare;
    Snapshot choice = NULL;

    for (int i = 0; i < POOL_SIZE; i++) {
        if (is_referenced(&snap.pool[i]))
            continue;
        if (procarray__try_reuse(&snap.pool[i])) {
            snap.pool[i].curcid = xact_current_command_id(false);
            return &snap.pool[i];
        }
        if (choice == NULL)
            choice = &snap.pool[i];
    }
    if (choice != NULL)
        return fill(choice);
    return make_copied(fill(&spare));
}

Snapshot
snapshot_get_transaction(void)
{
    if (unlikely(!snap.ready))
        get_ready();
    snapshot_invalidate_catalog();
    snap.taken = true;
    if (!IsolationUsesXactSnapshot())
        return take_fresh();
    if (snap.transaction == NULL) {
        Snapshot snapshot = take_fresh();
        snapshot->regd_count++;
        dlist_push_tail(&snap.registered, &snapshot->node);
        snap.transaction = snapshot;
        return snapshot;
    }
    if (snap.transaction->active_count == 0 && snap.transaction->regd_count == 1) {
        snap.transaction->curcid = xact_current_command_id(false); /* SN1 */
        return snap.transaction;
    }
    if (snap.transaction->curcid != xact_current_command_id(false)) {
        Snapshot copy = make_copied(snap.transaction);
        copy->curcid = xact_current_command_id(false);
        return copy;
    }
    return snap.transaction;
}

Snapshot
snapshot_get_latest(void)
{
    if (unlikely(!snap.ready))
        get_ready();
    return take_fresh();
}

Snapshot
snapshot_get_catalog(void)
{
    if (unlikely(!snap.ready))
        get_ready();
    if (!snap.catalog_valid) {
        fill(&snap.catalog);
        dlist_push_tail(&snap.registered, &snap.catalog.node);
        snap.catalog_valid = true;
    }
    snap.catalog.curcid = xact_current_command_id(false);
    return &snap.catalog;
}

/* ---------- xmin ---------- */

static void
reset_xmin(void)
{
    TransactionId xmin = MaxTransactionId;
    dlist_iter it;

    if (snap.active_count > 0)
        return;
    if (dlist_is_empty(&snap.registered)) {
        atomic_store_explicit(&MyProc->xmin, InvalidTransactionId, memory_order_release);
        return;
    }
    dlist_foreach(it, &snap.registered)
        xmin = Min(xmin, dlist_container(SnapshotData, node, it.cur)->xmin);
    if (xmin > atomic_load_explicit(&MyProc->xmin, memory_order_relaxed)) {
        atomic_store_explicit(&MyProc->xmin, xmin, memory_order_release);
        TransactionXmin = xmin;
    }
}

void
snapshot_invalidate_catalog(void)
{
    if (!snap.catalog_valid)
        return;
    snap.catalog_valid = false;
    dlist_delete(&snap.catalog.node);
    reset_xmin();
}

static void
free_if_unreferenced(Snapshot snapshot)
{
    if (snapshot->copied && !is_referenced(snapshot))
        pfree(snapshot);
}

/* ---------- the active stack ---------- */

static void
push(Snapshot snapshot, int level)
{
    if (unlikely(!snap.ready))
        get_ready();
    if (snap.active_count >= snap.active_capacity) {
        snap.active = repalloc(snap.active,
                               2 * (Size)snap.active_capacity * sizeof(ActiveElement));
        snap.active_capacity *= 2;
    }
    Assert(snapshot->snapshot_type == SNAPSHOT_MVCC);
    snapshot->active_count++;
    snap.active[snap.active_count++] = (ActiveElement){snapshot, level};
}

void
snapshot_push_active(Snapshot snapshot)
{
    if (snapshot == &snap.catalog) {
        Snapshot copy = make_copied(snapshot);
        push(copy, xact_nest_level());
        return;
    }
    push(snapshot, xact_nest_level());
}

void
snapshot_push_copied(Snapshot snapshot)
{
    push(make_copied(snapshot), xact_nest_level());
}

void
snapshot_update_active_cid(void)
{
    Snapshot snapshot = snapshot_active();

    if (snapshot->active_count > 1 || snapshot->regd_count > 0) {
        /* shared: give the stack one of its own (SN1) */
        Snapshot copy = make_copied(snapshot);
        snapshot->active_count--;
        copy->active_count = 1;
        snap.active[snap.active_count - 1].snapshot = copy;
        snapshot = copy;
    }
    snapshot->curcid = xact_current_command_id(false);
}

static void
pop(void)
{
    Snapshot snapshot = snap.active[--snap.active_count].snapshot;

    Assert(snapshot->active_count > 0);
    snapshot->active_count--;
    free_if_unreferenced(snapshot);
}

void
snapshot_pop_active(void)
{
    Assert(snap.active_count > 0);
    pop();
    reset_xmin();
}

Snapshot
snapshot_active(void)
{
    Assert(snap.active_count > 0);
    return snap.active[snap.active_count - 1].snapshot;
}

bool
snapshot_active_is_set(void)
{
    return snap.active_count > 0;
}

bool
snapshot__taken(void)
{
    return snap.taken;
}

bool
snapshot_have_any(void)
{
    return snap.active_count > 0 || (snap.ready && !dlist_is_empty(&snap.registered));
}

/* ---------- references by owners ---------- */

Snapshot
snapshot_register(Snapshot snapshot)
{
    if (snapshot == InvalidSnapshot)
        return InvalidSnapshot;
    if (snapshot == &snap.catalog)
        snapshot = make_copied(snapshot);
    ResourceOwnerEnlarge(CurrentResourceOwner);
    if (snapshot->regd_count++ == 0)
        dlist_push_tail(&snap.registered, &snapshot->node);
    ResourceOwnerRemember(CurrentResourceOwner, PointerGetDatum(snapshot), &snapshot_kind);
    return snapshot;
}

static void
unregister(Snapshot snapshot)
{
    Assert(snapshot->regd_count > 0);
    if (--snapshot->regd_count == 0)
        dlist_delete(&snapshot->node);
    free_if_unreferenced(snapshot);
    reset_xmin();
}

void
snapshot_unregister(Snapshot snapshot)
{
    if (snapshot == InvalidSnapshot)
        return;
    ResourceOwnerForget(CurrentResourceOwner, PointerGetDatum(snapshot), &snapshot_kind);
    unregister(snapshot);
}

static void
release_snapshot(Datum res)
{
    unregister((Snapshot)DatumGetPointer(res));
}

static char *
describe_snapshot(Datum res)
{
    return psprintf("snapshot %p", (void *)DatumGetPointer(res));
}

/* ---------- what a snapshot says ---------- */

static bool
in_list(const TransactionId *list, Size count, TransactionId xid)
{
    for (Size i = 0; i < count; i++)
        if (list[i] == xid)
            return true;
    return false;
}

bool
snapshot_xid_in_list(TransactionId xid, Snapshot snapshot)
{
    if (!snapshot->suboverflowed) {
        if (in_list(snapshot->subxip, (Size)snapshot->subxcnt, xid))
            return true;
    } else {
        xid = subtrans_topmost(xid);
        if (xid < snapshot->xmin)
            return false;
    }
    return in_list(snapshot->xip, snapshot->xcnt, xid);
}

/* ---------- flat copies ---------- */

typedef struct SerializedSnapshot {
    TransactionId xmin, xmax;
    uint32 xcnt;
    int32 subxcnt;
    bool suboverflowed;
    CommandId curcid;
} SerializedSnapshot;

Size
snapshot_serialized_size(Snapshot snapshot)
{
    return sizeof(SerializedSnapshot) +
           (snapshot->xcnt + (Size)snapshot->subxcnt) * sizeof(TransactionId);
}

void
snapshot_serialize(Snapshot snapshot, char *to)
{
    SerializedSnapshot head = {snapshot->xmin,    snapshot->xmax,          snapshot->xcnt,
                               snapshot->subxcnt, snapshot->suboverflowed, snapshot->curcid};
    Size xids = snapshot->xcnt * sizeof(TransactionId);

    memcpy(to, &head, sizeof(head));
    memcpy(to + sizeof(head), snapshot->xip, xids);
    memcpy(to + sizeof(head) + xids, snapshot->subxip,
           (Size)snapshot->subxcnt * sizeof(TransactionId));
}

Snapshot
snapshot_restore(const char *from)
{
    SerializedSnapshot head;
    SnapshotData shell = {.snapshot_type = SNAPSHOT_MVCC};

    memcpy(&head, from, sizeof(head));
    shell.xmin = head.xmin;
    shell.xmax = head.xmax;
    shell.xcnt = head.xcnt;
    shell.subxcnt = head.subxcnt;
    shell.suboverflowed = head.suboverflowed;
    shell.curcid = head.curcid;
    shell.xip = (TransactionId *)(from + sizeof(head));
    shell.subxip = shell.xip + head.xcnt;
    return make_copied(&shell);
}

void
snapshot_set_transaction(Snapshot snapshot)
{
    Snapshot copy = make_copied(snapshot);

    if (unlikely(!snap.ready))
        get_ready();
    Assert(snap.transaction == NULL);
    copy->regd_count++;
    dlist_push_tail(&snap.registered, &copy->node);
    snap.transaction = copy;
    procarray__install_xmin(copy->xmin, INVALID_PGPROCNO);
}

/* ---------- ends ---------- */

void
snapshot__at_xact_end(bool is_commit)
{
    if (!snap.ready)
        return;
    snap.taken = false;
    if (snap.catalog_valid) {
        snap.catalog_valid = false;
        dlist_delete(&snap.catalog.node);
    }
    if (snap.transaction != NULL) {
        snap.transaction->regd_count--;
        if (snap.transaction->regd_count == 0)
            dlist_delete(&snap.transaction->node);
        snap.transaction = NULL;
    }
    if (is_commit && snap.active_count > 0)
        elog(WARNING, "snapshot %p still active", (void *)snapshot_active());
    while (snap.active_count > 0) {
        snap.active[--snap.active_count].snapshot->active_count--;
    }
    Assert(!is_commit || dlist_is_empty(&snap.registered));
    /* Copied ones go with TopTransactionContext. */
    dlist_init(&snap.registered);
    for (int i = 0; i < POOL_SIZE; i++)
        snap.pool[i].regd_count = snap.pool[i].active_count = 0;
    atomic_store_explicit(&MyProc->xmin, InvalidTransactionId, memory_order_release);
}

void
snapshot__at_subcommit(int level)
{
    for (int i = snap.active_count - 1; i >= 0 && snap.active[i].level >= level; i--)
        snap.active[i].level = level - 1;
}

void
snapshot__at_subabort(int level)
{
    while (snap.active_count > 0 && snap.active[snap.active_count - 1].level >= level)
        pop();
    if (snap.ready)
        reset_xmin();
}
