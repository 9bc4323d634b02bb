/*
 * sinval.c - the shared invalidation ring
 *
 * Why        Positions are 64-bit and only grow, so no renumbering. The writer's position is one
 *            atomic word that every reader compares with its own before each use of a cache.
 * Invariants SI1. oldest <= next of every attached reader that is not to be reset <= write.
 *            SI2. write - oldest <= SINVAL_RING_SIZE.
 *            SI3. a reader moves its own `next` under sinval_read shared; under exclusive anybody
 *                 may read all of them and mark laggards for reset.
 * Locks      sinval_write (one writer), then sinval_read.
 */
#include <stdatomic.h>
#include <string.h>

#include "error/error.h"
#include "error/interrupt.h"
#include "sync/lwlock.h"
#include "sync/proc.h"
#include "sync/procsignal.h"
#include "sync/sinval.h"
#include "sync_int.h"

#define RECEIVE_BATCH 32
#define SEND_CHUNK 64
#define CATCHUP_THRESHOLD (SINVAL_RING_SIZE / 2)
#define CLEANUP_STEP (SINVAL_RING_SIZE / 4)

typedef struct SinvalReader {
    int pid;          /* 0: nobody; guarded by sinval_write */
    bool reset;       /* SI3 */
    bool signalled;
    uint64 next;
} SinvalReader;

typedef struct SinvalShared {
    LWLock write_lock;
    LWLock read_lock;
    _Atomic uint64 write;  /* atomic: the writer stores it after the messages (release) */
    uint64 oldest;         /* guarded by sinval_write */
    uint64 cleanup_at;     /* the write position at which to look for laggards */
    InvalMessage ring[SINVAL_RING_SIZE];
    SinvalReader readers[]; /* by pgprocno */
} SinvalShared;

static struct {
    SinvalShared *shared;
    SinvalReader *mine;
    SinvalApplyFunction apply;
    SinvalResetFunction reset;
    /* Read but not applied yet: a handler that accepts again goes on with these first. */
    InvalMessage batch[RECEIVE_BATCH];
    int batch_next;
    int batch_count;
} sinval;

_Atomic uint64 *sinval_write_position;
uint64 sinval_read_position;
volatile bool catchup_interrupt_pending;

Size
sinval__shmem_size(void)
{
    return sizeof(SinvalShared) + sizeof(SinvalReader) * (Size)proc_count_slots();
}

void
sinval__shmem_init(void *area, Size size)
{
    SinvalShared *shared = sinval.shared = area;

    LWLockInitialize(&shared->write_lock, LWTRANCHE_SINVAL_WRITE);
    LWLockInitialize(&shared->read_lock, LWTRANCHE_SINVAL_READ);
    atomic_init(&shared->write, 0);
    shared->oldest = 0;
    shared->cleanup_at = CATCHUP_THRESHOLD;
    memset(shared->readers, 0, sizeof(SinvalReader) * (Size)proc_count_slots());
}

void
sinval_register_handlers(SinvalApplyFunction apply, SinvalResetFunction reset)
{
    sinval.apply = apply;
    sinval.reset = reset;
}

void
sinval_attach(void)
{
    SinvalReader *reader = &sinval.shared->readers[MyProc->pgprocno];

    LWLockAcquire(&sinval.shared->write_lock, LW_EXCLUSIVE);
    reader->pid = MyProcPid;
    reader->reset = reader->signalled = false;
    reader->next = atomic_load(&sinval.shared->write);
    LWLockRelease(&sinval.shared->write_lock);
    sinval.mine = reader;
    sinval.batch_next = sinval.batch_count = 0;
    sinval_read_position = reader->next;
    sinval_write_position = &sinval.shared->write;
}

void
sinval_detach(void)
{
    if (sinval.mine == NULL)
        return;
    LWLockAcquire(&sinval.shared->write_lock, LW_EXCLUSIVE);
    sinval.mine->pid = 0;
    LWLockRelease(&sinval.shared->write_lock);
    sinval.mine = NULL;
    sinval_write_position = NULL;
}

/*
 * Recomputes `oldest`, so that `needed` more messages fit: readers too far behind are marked for
 * reset. Wakes the slowest of those that lag by half the ring. Caller holds sinval_write.
 */
static void
clean_up(uint64 needed)
{
    SinvalShared *shared = sinval.shared;
    uint64 write = atomic_load(&shared->write);
    uint64 lowest = write + needed > SINVAL_RING_SIZE ? write + needed - SINVAL_RING_SIZE : 0;
    uint64 oldest = write;
    int slowest = -1, slowest_pid = 0;

    LWLockAcquire(&shared->read_lock, LW_EXCLUSIVE);
    for (uint32 i = 0; i < ProcGlobal->allProcCount; i++) {
        SinvalReader *reader = &shared->readers[i];
        if (reader->pid == 0 || reader->reset)
            continue;
        if (reader->next < lowest) {
            reader->reset = true; /* SI1 */
            continue;
        }
        if (reader->next < oldest) {
            oldest = reader->next;
            slowest = reader->signalled ? -1 : (int)i;
        }
    }
    shared->oldest = oldest;
    if (slowest >= 0 && write - oldest >= CATCHUP_THRESHOLD) {
        shared->readers[slowest].signalled = true;
        slowest_pid = shared->readers[slowest].pid;
    }
    LWLockRelease(&shared->read_lock);
    shared->cleanup_at = Max(oldest + CATCHUP_THRESHOLD, write + CLEANUP_STEP);
    if (slowest_pid != 0)
        SendProcSignal(slowest_pid, PROCSIG_CATCHUP_INTERRUPT, slowest);
}

void
sinval_send(const InvalMessage *messages, int count)
{
    SinvalShared *shared = sinval.shared;

    while (count > 0) {
        int chunk = Min(count, SEND_CHUNK);
        uint64 write;

        LWLockAcquire(&shared->write_lock, LW_EXCLUSIVE);
        write = atomic_load(&shared->write);
        if (write + (uint64)chunk - shared->oldest > SINVAL_RING_SIZE || write >= shared->cleanup_at)
            clean_up((uint64)chunk);
        for (int i = 0; i < chunk; i++)
            shared->ring[(write + (uint64)i) % SINVAL_RING_SIZE] = messages[i];
        atomic_store(&shared->write, write + (uint64)chunk);
        LWLockRelease(&shared->write_lock);
        messages += chunk;
        count -= chunk;
    }
}

void
sinval_apply_local(const InvalMessage *message)
{
    if (sinval.apply != NULL)
        sinval.apply(message);
}

void
sinval_reset_local(void)
{
    if (sinval.reset != NULL)
        sinval.reset();
}

/* Fills the batch. False when this reader was too slow and all it cached must go. */
static bool
receive_batch(void)
{
    SinvalShared *shared = sinval.shared;
    SinvalReader *me = sinval.mine;
    uint64 write;
    bool ok = true;

    sinval.batch_next = sinval.batch_count = 0;
    LWLockAcquire(&shared->read_lock, LW_SHARED);
    write = atomic_load(&shared->write);
    me->signalled = false;
    if (me->reset) {
        me->reset = false;
        me->next = write;
        ok = false;
    } else {
        while (me->next < write && sinval.batch_count < RECEIVE_BATCH)
            sinval.batch[sinval.batch_count++] = shared->ring[me->next++ % SINVAL_RING_SIZE];
    }
    LWLockRelease(&shared->read_lock);
    return ok;
}

void
sinval_accept_slow(void)
{
    bool was_pending = catchup_interrupt_pending;

    if (sinval.mine == NULL)
        return;
    for (;;) {
        while (sinval.batch_next < sinval.batch_count) {
            InvalMessage message = sinval.batch[sinval.batch_next++];
            sinval_apply_local(&message);
        }
        if (!receive_batch()) {
            sinval_read_position = sinval.mine->next;
            sinval_reset_local();
            continue;
        }
        if (sinval.batch_count == 0) {
            sinval_read_position = sinval.mine->next;
            break;
        }
    }
    if (was_pending) {
        /* The writer woke only the slowest: pass it on to the next slowest. */
        catchup_interrupt_pending = false;
        LWLockAcquire(&sinval.shared->write_lock, LW_EXCLUSIVE);
        clean_up(0);
        LWLockRelease(&sinval.shared->write_lock);
    }
}

void
sinval_handle_catchup_interrupt(void)
{
    catchup_interrupt_pending = true;
}

void
sinval_process_catchup_interrupt(void)
{
    while (catchup_interrupt_pending)
        sinval_accept_slow();
}
