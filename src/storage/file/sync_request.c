/*
 * sync_request.c - fsyncs and unlinks owed to the next checkpoint
 *
 * Why        a backend that writes a dirty page out must not wait for the disk, and the same file
 *            written a thousand times needs one fsync. So requests go to one process, which
 *            forgets doubles and pays at the checkpoint.
 * Invariants Q1. a request is in the queue or in the owner's table from before the writer's call
 *                returns until an fsync that began later has succeeded.
 *            Q2. an unlink asked for after sync_pre_checkpoint waits for the checkpoint after.
 *            Q3. entries made during sync_process_requests carry the new cycle and stay.
 * Locks      CheckpointerComm over the queue.
 * Errors     a failed fsync is PANIC (data_sync_elevel); a file that is gone is tried again once
 *            after absorbing, in case the request to forget it is on its way.
 */
#include <errno.h>
#include <string.h>

#include "base/clock.h"
#include "config/settings.h"
#include "error/error.h"
#include "file_int.h"
#include "file/sync_request.h"
#include "memory/hsearch.h"
#include "memory/list.h"
#include "memory/memory.h"
#include "shmem/shmem.h"
#include "sync/lwlock.h"
#include "sync/proc.h"
#include "sync/wait_event.h"

#define SYNC_QUEUE_MAX 8192
#define SYNC_ABSORB_EVERY 10

typedef struct QueuedRequest {
    FileTag tag;
    int32 type;
} QueuedRequest;

typedef struct SyncQueue {
    LWLock lock;
    int32 count;                     /* guarded by lock */
    _Atomic uint64 backend_fsyncs;   /* full queue: the backend did it itself */
    QueuedRequest requests[SYNC_QUEUE_MAX];
} SyncQueue;

typedef struct PendingSync {
    FileTag tag;
    uint16 cycle;
    bool canceled;
} PendingSync;

typedef struct PendingUnlink {
    FileTag tag;
    uint16 cycle;
} PendingUnlink;

static struct {
    SyncQueue *queue;
    const SyncHandler *handlers[SYNC_HANDLER_COUNT];
    HTAB *syncs;          /* NULL: this process does not own the table */
    PendingUnlink *unlinks;
    int unlink_count;
    int unlink_space;
    uint16 sync_cycle;
    uint16 checkpoint_cycle;
    MemoryContext context; /* lives as long as the process */
} owner;

static Size
sync_shmem_size(void)
{
    return sizeof(SyncQueue);
}

static void
sync_shmem_init(void *address, Size size)
{
    owner.queue = address;
    LWLockInitialize(&owner.queue->lock, LWTRANCHE_CHECKPOINTER_COMM);
}

void
sync_shmem_register(void)
{
    shmem_register_area("Checkpointer Data", sync_shmem_size, sync_shmem_init);
}

void
sync_register_handler(SyncHandlerKind kind, const SyncHandler *handler)
{
    owner.handlers[kind] = handler;
}

void
sync_become_owner(void)
{
    HASHCTL info = {.keysize = sizeof(FileTag), .entrysize = sizeof(PendingSync)};

    if (owner.syncs != NULL)
        return;
    owner.context = AllocSetContextCreate(TopMemoryContext, "Pending ops context",
                                          ALLOCSET_DEFAULT_SIZES);
    MemoryContextAllowInCriticalSection(owner.context, true);
    info.hcxt = owner.context;
    owner.syncs =
        hash_create("Pending Ops Table", 100, &info, HASH_ELEM | HASH_BLOBS | HASH_CONTEXT);
    owner.unlink_space = 64;
    owner.unlinks = MemoryContextAlloc(owner.context, owner.unlink_space * sizeof(PendingUnlink));
}

/* --- the owner's table --- */

static void
remember_sync(const FileTag *tag)
{
    bool found;
    PendingSync *entry = hash_search(owner.syncs, tag, HASH_ENTER, &found);

    /* An entry that waits keeps its cycle: its fsync is owed to the checkpoint that comes. */
    if (!found || entry->canceled) {
        entry->cycle = owner.sync_cycle;
        entry->canceled = false;
    }
}

static void
remember_unlink(const FileTag *tag)
{
    if (owner.unlink_count == owner.unlink_space) {
        owner.unlink_space *= 2;
        owner.unlinks = repalloc(owner.unlinks, owner.unlink_space * sizeof(PendingUnlink));
    }
    owner.unlinks[owner.unlink_count++] =
        (PendingUnlink){.tag = *tag, .cycle = owner.checkpoint_cycle};
}

static void
forget_matching(const FileTag *pattern)
{
    HASH_SEQ_STATUS walk;
    PendingSync *entry;
    int kept = 0;

    hash_seq_init(&walk, owner.syncs);
    while ((entry = hash_seq_search(&walk)) != NULL)
        if (entry->tag.handler == pattern->handler &&
            owner.handlers[pattern->handler]->matches(pattern, &entry->tag))
            entry->canceled = true;
    for (int i = 0; i < owner.unlink_count; i++) {
        const FileTag *tag = &owner.unlinks[i].tag;
        if (tag->handler == pattern->handler &&
            owner.handlers[pattern->handler]->matches(pattern, tag))
            continue;
        owner.unlinks[kept++] = owner.unlinks[i];
    }
    owner.unlink_count = kept;
}

static void
remember(const FileTag *tag, SyncRequestType type)
{
    PendingSync *entry;

    switch (type) {
    case SYNC_REQUEST:
        remember_sync(tag);
        break;
    case SYNC_UNLINK_REQUEST:
        remember_unlink(tag);
        break;
    case SYNC_FORGET_REQUEST:
        entry = hash_search(owner.syncs, tag, HASH_FIND, NULL);
        if (entry != NULL)
            entry->canceled = true;
        break;
    case SYNC_FILTER_REQUEST:
        forget_matching(tag);
        break;
    }
}

/* --- the queue --- */

/* Drops requests that a later one repeats; true if that made room. Queue lock held. */
static bool
compact_queue_locked(void)
{
    SyncQueue *queue = owner.queue;
    HASHCTL info = {.keysize = sizeof(QueuedRequest), .entrysize = sizeof(QueuedRequest) + 8};
    bool *skip;
    HTAB *seen;
    int kept = 0;

    Assert(LWLockHeldByMe(&queue->lock));
    if (CritSectionCount > 0)
        return false; /* no memory may be asked for there */
    skip = palloc0(sizeof(bool) * queue->count);
    info.hcxt = CurrentMemoryContext;
    seen = hash_create("CompactCheckpointerRequestQueue", queue->count, &info,
                       HASH_ELEM | HASH_BLOBS | HASH_CONTEXT);
    for (int i = queue->count - 1; i >= 0; i--) {
        bool found;
        hash_search(seen, &queue->requests[i], HASH_ENTER, &found);
        /* Only plain fsyncs may go: the order of the others matters. */
        skip[i] = found && queue->requests[i].type == SYNC_REQUEST;
    }
    hash_destroy(seen);
    for (int i = 0; i < queue->count; i++)
        if (!skip[i])
            queue->requests[kept++] = queue->requests[i];
    pfree(skip);
    if (kept == queue->count)
        return false;
    queue->count = kept;
    return true;
}

static void
wake_checkpointer(void)
{
    int procno = ProcGlobal == NULL ? INVALID_PGPROCNO
                                    : atomic_load(&ProcGlobal->checkpointerProcno);

    if (procno != INVALID_PGPROCNO)
        SetLatch(&GetPGProcByNumber(procno)->procLatch);
}

static bool
enqueue(const FileTag *tag, SyncRequestType type)
{
    SyncQueue *queue = owner.queue;
    bool half_full;

    LWLockAcquire(&queue->lock, LW_EXCLUSIVE);
    if (queue->count >= SYNC_QUEUE_MAX && !compact_queue_locked()) {
        if (type == SYNC_REQUEST)
            atomic_fetch_add(&queue->backend_fsyncs, 1);
        LWLockRelease(&queue->lock);
        wake_checkpointer();
        return false;
    }
    memset(&queue->requests[queue->count], 0, sizeof(QueuedRequest));
    queue->requests[queue->count].tag = *tag;
    queue->requests[queue->count].type = (int32)type;
    queue->count++;
    half_full = queue->count >= SYNC_QUEUE_MAX / 2;
    LWLockRelease(&queue->lock);
    if (half_full)
        wake_checkpointer();
    return true;
}

bool
sync_register_request(const FileTag *tag, SyncRequestType type, bool retry_on_full)
{
    if (owner.syncs != NULL) {
        remember(tag, type);
        return true;
    }
    Assert(owner.queue != NULL);
    while (!enqueue(tag, type)) {
        if (!retry_on_full)
            return false;
        WaitLatch(NULL, WL_TIMEOUT, 10, WAIT_EVENT_REGISTER_SYNC_REQUEST);
    }
    return true;
}

void
sync_absorb_requests(void)
{
    SyncQueue *queue = owner.queue;
    QueuedRequest *copy = NULL;
    int count;

    if (owner.syncs == NULL || queue == NULL)
        return;
    LWLockAcquire(&queue->lock, LW_EXCLUSIVE);
    count = queue->count;
    if (count > 0) {
        copy = palloc(count * sizeof(QueuedRequest));
        memcpy(copy, queue->requests, count * sizeof(QueuedRequest));
        queue->count = 0;
    }
    /* From here to the end of the loop the requests are nowhere but here: an error would lose
     * them, so it must be a PANIC (Q1). */
    START_CRIT_SECTION();
    LWLockRelease(&queue->lock);
    for (int i = 0; i < count; i++)
        remember(&copy[i].tag, (SyncRequestType)copy[i].type);
    END_CRIT_SECTION();
    if (copy != NULL)
        pfree(copy);
}

uint64
sync_backend_fsync_count(void)
{
    return owner.queue == NULL ? 0 : atomic_load(&owner.queue->backend_fsyncs);
}

/* --- checkpoint --- */

void
sync_pre_checkpoint(void)
{
    sync_absorb_requests();
    owner.checkpoint_cycle++; /* Q2 */
}

/* One entry; false if its file is gone, which the first time may mean that it is being dropped. */
static bool
sync_one(PendingSync *entry, bool first_try, uint64 *ret_elapsed_us)
{
    char path[MAXPGPATH];
    uint64 start = clock_monotonic_ns();

    if (owner.handlers[entry->tag.handler]->sync(&entry->tag, path) == 0) {
        *ret_elapsed_us = (clock_monotonic_ns() - start) / 1000;
        return true;
    }
    if (errno == ENOENT && first_try)
        return false;
    ereport(data_sync_elevel(ERROR),
            (errcode_for_file_access(), errmsg("could not fsync file \"%s\": %m", path)));
    return false;
}

static void
sync_one_or_forgotten(PendingSync *entry, uint64 *ret_elapsed_us)
{
    if (sync_one(entry, true, ret_elapsed_us))
        return;
    sync_absorb_requests();
    if (!entry->canceled)
        (void)sync_one(entry, false, ret_elapsed_us);
}

void
sync_process_requests(int *ret_files, uint64 *ret_longest_us, uint64 *ret_total_us)
{
    static bool interrupted = false;
    HASH_SEQ_STATUS walk;
    PendingSync *entry;
    int files = 0, since_absorb = 0;
    uint64 longest = 0, total = 0;

    Assert(owner.syncs != NULL);
    sync_absorb_requests();
    if (interrupted) {
        /* The last round failed half way: what it left counts as old. */
        hash_seq_init(&walk, owner.syncs);
        while ((entry = hash_seq_search(&walk)) != NULL)
            entry->cycle = owner.sync_cycle;
    }
    owner.sync_cycle++;
    interrupted = true;
    hash_seq_init(&walk, owner.syncs);
    while ((entry = hash_seq_search(&walk)) != NULL) {
        uint64 elapsed = 0;

        if (entry->cycle == owner.sync_cycle)
            continue; /* Q3 */
        if (!entry->canceled && enableFsync) {
            if (++since_absorb >= SYNC_ABSORB_EVERY) {
                sync_absorb_requests();
                since_absorb = 0;
            }
            if (!entry->canceled) {
                sync_one_or_forgotten(entry, &elapsed);
                files++;
                longest = Max(longest, elapsed);
                total += elapsed;
            }
        }
        hash_search(owner.syncs, &entry->tag, HASH_REMOVE, NULL);
    }
    interrupted = false;
    *ret_files = files;
    *ret_longest_us = longest;
    *ret_total_us = total;
}

void
sync_post_checkpoint(void)
{
    int done = 0;

    while (done < owner.unlink_count) {
        PendingUnlink *entry = &owner.unlinks[done];
        char path[MAXPGPATH];

        if (entry->cycle == owner.checkpoint_cycle)
            break; /* Q2: this and all after it are newer */
        if (owner.handlers[entry->tag.handler]->unlink(&entry->tag, path) != 0 && errno != ENOENT)
            ereport(WARNING,
                    (errcode_for_file_access(), errmsg("could not remove file \"%s\": %m", path)));
        done++;
    }
    memmove(owner.unlinks, owner.unlinks + done,
            (owner.unlink_count - done) * sizeof(PendingUnlink));
    owner.unlink_count -= done;
}
