/*
 * lmgr.c - locks by what they are for
 */
#include <time.h>

#include "error/error.h"
#include "error/interrupt.h"
#include "error/resowner.h"
#include "lock_int.h"
#include "memory/memory.h"
#include "shmem/shmem.h"
#include "sync/ipc.h"
#include "sync/sinval.h"
#include "sync/stop_point.h"
#include "sync/timeout.h"

static struct {
    bool (*is_shared)(Oid relation);
    bool (*xid_in_progress)(TransactionId xid);
    TransactionId (*xid_parent)(TransactionId xid);
    uint32 speculative_token;
} lmgr;

void
lock_register_shared_relation_test(bool (*is_shared)(Oid relation))
{
    lmgr.is_shared = is_shared;
}

void
lock_register_xid_tests(bool (*in_progress)(TransactionId), TransactionId (*parent)(TransactionId))
{
    lmgr.xid_in_progress = in_progress;
    lmgr.xid_parent = parent;
}

/* ---------- relations ---------- */

static inline Oid
database_of(Oid relation)
{
    return lmgr.is_shared != NULL && lmgr.is_shared(relation) ? InvalidOid : MyDatabaseId;
}

/* What others did to the relation before we had the lock must be known before it is used. */
static inline bool
acquire_and_accept(const LOCKTAG *tag, LOCKMODE mode, bool dont_wait)
{
    LockAcquireResult result = lock_acquire(tag, mode, false, dont_wait);

    if (result == LOCKACQUIRE_NOT_AVAIL)
        return false;
    if (result != LOCKACQUIRE_ALREADY_HELD)
        sinval_accept();
    return true;
}

void
lock_relation_in(Oid database, Oid relation, LOCKMODE mode)
{
    LOCKTAG tag = lock_tag_relation(database, relation);
    acquire_and_accept(&tag, mode, false);
}

bool
lock_relation_in_conditional(Oid database, Oid relation, LOCKMODE mode)
{
    LOCKTAG tag = lock_tag_relation(database, relation);
    return acquire_and_accept(&tag, mode, true);
}

void
unlock_relation_in(Oid database, Oid relation, LOCKMODE mode)
{
    LOCKTAG tag = lock_tag_relation(database, relation);
    lock_release(&tag, mode, false);
}

void
lock_relation(Oid relation, LOCKMODE mode)
{
    lock_relation_in(database_of(relation), relation, mode);
}

bool
lock_relation_conditional(Oid relation, LOCKMODE mode)
{
    return lock_relation_in_conditional(database_of(relation), relation, mode);
}

void
unlock_relation(Oid relation, LOCKMODE mode)
{
    unlock_relation_in(database_of(relation), relation, mode);
}

bool
lock_relation_held(Oid database, Oid relation, LOCKMODE mode)
{
    LOCKTAG tag = lock_tag_relation(database, relation);
    return lock_held_by_me(&tag, mode, true);
}

void
lock_relation_for_session(Oid database, Oid relation, LOCKMODE mode)
{
    LOCKTAG tag = lock_tag_relation(database, relation);
    lock_acquire(&tag, mode, true, false);
}

void
unlock_relation_for_session(Oid database, Oid relation, LOCKMODE mode)
{
    LOCKTAG tag = lock_tag_relation(database, relation);
    lock_release(&tag, mode, true);
}

void
lock_relation_extension(Oid database, Oid relation, LOCKMODE mode)
{
    LOCKTAG tag = lock_tag_relation_extend(database, relation);
    lock_acquire(&tag, mode, false, false);
}

bool
lock_relation_extension_conditional(Oid database, Oid relation, LOCKMODE mode)
{
    LOCKTAG tag = lock_tag_relation_extend(database, relation);
    return lock_acquire(&tag, mode, false, true) != LOCKACQUIRE_NOT_AVAIL;
}

void
unlock_relation_extension(Oid database, Oid relation, LOCKMODE mode)
{
    LOCKTAG tag = lock_tag_relation_extend(database, relation);
    lock_release(&tag, mode, false);
}

int
lock_relation_extension_waiters(Oid database, Oid relation)
{
    LOCKTAG tag = lock_tag_relation_extend(database, relation);
    uint32 hash = lock__hash(&tag);
    LWLock *partition = lock__partition_lock(lock__partition(hash));
    LockObject *object;
    int count;

    LWLockAcquire(partition, LW_SHARED);
    object = lock__find_object(&tag, hash);
    count = object != NULL ? object->waiter_count : 0;
    LWLockRelease(partition);
    return count;
}

void
lock_page(Oid database, Oid relation, BlockNumber block, LOCKMODE mode)
{
    LOCKTAG tag = lock_tag_page(database, relation, block);
    lock_acquire(&tag, mode, false, false);
}

void
unlock_page(Oid database, Oid relation, BlockNumber block, LOCKMODE mode)
{
    LOCKTAG tag = lock_tag_page(database, relation, block);
    lock_release(&tag, mode, false);
}

bool
lock_tuple(Oid database, Oid relation, const ItemPointerData *tid, LOCKMODE mode, bool dont_wait)
{
    LOCKTAG tag = lock_tag_tuple(database, relation, ItemPointerGetBlockNumber(tid),
                                 ItemPointerGetOffsetNumber(tid));
    return lock_acquire(&tag, mode, false, dont_wait) != LOCKACQUIRE_NOT_AVAIL;
}

void
unlock_tuple(Oid database, Oid relation, const ItemPointerData *tid, LOCKMODE mode)
{
    LOCKTAG tag = lock_tag_tuple(database, relation, ItemPointerGetBlockNumber(tid),
                                 ItemPointerGetOffsetNumber(tid));
    lock_release(&tag, mode, false);
}

/* ---------- transactions ---------- */

void
lock_xid_insert(TransactionId xid)
{
    LOCKTAG tag = lock_tag_transaction(xid);
    lock_acquire(&tag, ExclusiveLock, false, false);
}

void
lock_xid_delete(TransactionId xid)
{
    LOCKTAG tag = lock_tag_transaction(xid);
    lock_release(&tag, ExclusiveLock, false);
}

/* A running top-level transaction keeps its lock to itself until somebody wants to wait. */
static void
make_waitable(TransactionId xid, const LOCKTAG *tag)
{
    for (uint32 i = 0; i < ProcGlobal->allProcCount; i++) {
        PGPROC *proc = &ProcGlobal->allProcs[i];
        if (atomic_load_explicit(&proc->fpXid, memory_order_relaxed) >> 2 != xid)
            continue;
        if (!lock__fast_path_transfer_xid(proc, &proc->fpXid, xid, tag))
            lock__out_of_memory();
        return;
    }
}

typedef struct XidWaitContext {
    XLTW_Oper oper;
    const char *relation_name;
    const ItemPointerData *tid;
} XidWaitContext;

static void
xid_wait_context(void *arg)
{
    static const char *const texts[] = {
        [XLTW_Update] = "while updating tuple (%u,%u) in relation \"%s\"",
        [XLTW_Delete] = "while deleting tuple (%u,%u) in relation \"%s\"",
        [XLTW_Lock] = "while locking tuple (%u,%u) in relation \"%s\"",
        [XLTW_LockUpdated] = "while locking updated version (%u,%u) of tuple in relation \"%s\"",
        [XLTW_InsertIndex] = "while inserting index tuple (%u,%u) in relation \"%s\"",
        [XLTW_InsertIndexUnique] = "while checking uniqueness of tuple (%u,%u) in relation \"%s\"",
        [XLTW_FetchUpdated] = "while rechecking updated tuple (%u,%u) in relation \"%s\"",
        [XLTW_RecheckExclusionConstr] =
            "while checking exclusion constraint on tuple (%u,%u) in relation \"%s\"",
    };
    XidWaitContext *context = arg;
    char *line;

    if (context->tid == NULL || context->relation_name == NULL || context->oper == XLTW_None ||
        !ItemPointerIsValid(context->tid))
        return;
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
    line = psprintf(texts[context->oper], ItemPointerGetBlockNumber(context->tid),
                    ItemPointerGetOffsetNumber(context->tid), context->relation_name);
#pragma GCC diagnostic pop
    errcontext("%s", line);
}

/*
 * A waiter that wakes finds the transaction over, or, if it was a subtransaction that went on as
 * part of its parent, waits for the parent.
 */
static bool
wait_for_xid(TransactionId xid, bool dont_wait)
{
    for (bool first = true;; first = false) {
        LOCKTAG tag = lock_tag_transaction(xid);

        Assert(TransactionIdIsValid(xid));
        make_waitable(xid, &tag);
        if (lock_acquire(&tag, ShareLock, false, dont_wait) == LOCKACQUIRE_NOT_AVAIL)
            return false;
        lock_release(&tag, ShareLock, false);
        if (lmgr.xid_in_progress == NULL || !lmgr.xid_in_progress(xid))
            return true;
        if (lmgr.xid_parent != NULL) {
            TransactionId parent = lmgr.xid_parent(xid);
            if (TransactionIdIsValid(parent)) {
                xid = parent;
                continue;
            }
        }
        /* Still in the procarray though its lock is gone: it is just ending. */
        if (!first) {
            CHECK_FOR_INTERRUPTS();
            nanosleep(&(struct timespec){0, 1000000}, NULL);
        }
    }
}

void
lock_xid_wait(TransactionId xid, const char *relation_name, const ItemPointerData *tid,
              XLTW_Oper oper)
{
    XidWaitContext context = {oper, relation_name, tid};
    ErrorContextCallback callback = {error_context_stack, xid_wait_context, &context};

    if (oper != XLTW_None)
        error_context_stack = &callback;
    wait_for_xid(xid, false);
    if (oper != XLTW_None)
        error_context_stack = callback.previous;
}

bool
lock_xid_wait_conditional(TransactionId xid)
{
    return wait_for_xid(xid, true);
}

uint32
lock_speculative_insert(TransactionId xid)
{
    LOCKTAG tag;

    if (++lmgr.speculative_token == 0)
        lmgr.speculative_token = 1;
    tag = lock_tag_speculative(xid, lmgr.speculative_token);
    lock_acquire(&tag, ExclusiveLock, false, false);
    return lmgr.speculative_token;
}

void
unlock_speculative(TransactionId xid)
{
    LOCKTAG tag = lock_tag_speculative(xid, lmgr.speculative_token);
    lock_release(&tag, ExclusiveLock, false);
}

void
lock_speculative_wait(TransactionId xid, uint32 token)
{
    LOCKTAG tag = lock_tag_speculative(xid, token);
    lock_acquire(&tag, ShareLock, false, false);
    lock_release(&tag, ShareLock, false);
}

/* ---------- objects ---------- */

void
lock_object(Oid database, Oid classid, Oid objid, uint16 objsubid, LOCKMODE mode)
{
    LOCKTAG tag = lock_tag_object(database, classid, objid, objsubid);
    acquire_and_accept(&tag, mode, false);
}

void
unlock_object(Oid database, Oid classid, Oid objid, uint16 objsubid, LOCKMODE mode)
{
    LOCKTAG tag = lock_tag_object(database, classid, objid, objsubid);
    lock_release(&tag, mode, false);
}

void
lock_object_for_session(Oid database, Oid classid, Oid objid, LOCKMODE mode)
{
    LOCKTAG tag = lock_tag_object(database, classid, objid, 0);
    lock_acquire(&tag, mode, true, false);
}

void
unlock_object_for_session(Oid database, Oid classid, Oid objid, LOCKMODE mode)
{
    LOCKTAG tag = lock_tag_object(database, classid, objid, 0);
    lock_release(&tag, mode, true);
}

/* ---------- names ---------- */

const char *
lock_tag_type_name(int type)
{
    static const char *const names[] = {"relation",  "extend",        "frozenid",   "page",
                                        "tuple",     "transactionid", "virtualxid", "spectoken",
                                        "object",    "userlock",      "advisory"};
    return type >= 0 && type < (int)lengthof(names) ? names[type] : "unrecognized";
}

static uint64
tag_xid(const LOCKTAG *tag)
{
    return (uint64)tag->locktag_field2 << 32 | tag->locktag_field1;
}

char *
lock_describe(const LOCKTAG *tag)
{
    uint32 a = tag->locktag_field1, b = tag->locktag_field2, c = tag->locktag_field3;

    switch ((LockTagType)tag->locktag_type) {
    case LOCKTAG_RELATION:
        return psprintf("relation %u of database %u", b, a);
    case LOCKTAG_RELATION_EXTEND:
        return psprintf("extension of relation %u of database %u", b, a);
    case LOCKTAG_DATABASE_FROZEN_IDS:
        return psprintf("pg_database.datfrozenxid of database %u", a);
    case LOCKTAG_PAGE:
        return psprintf("page %u of relation %u of database %u", c, b, a);
    case LOCKTAG_TUPLE:
        return psprintf("tuple (%u,%u) of relation %u of database %u", c, tag->locktag_field4, b,
                        a);
    case LOCKTAG_TRANSACTION:
        return psprintf("transaction %llu", (unsigned long long)tag_xid(tag));
    case LOCKTAG_VIRTUALTRANSACTION:
        return psprintf("virtual transaction %d/%u", (int)a, b);
    case LOCKTAG_SPECULATIVE_TOKEN:
        return psprintf("speculative token %u of transaction %llu", c,
                        (unsigned long long)tag_xid(tag));
    case LOCKTAG_OBJECT:
        return psprintf("object %u of class %u of database %u", c, b, a);
    case LOCKTAG_USERLOCK:
        return psprintf("user lock [%u,%u,%u]", a, b, c);
    case LOCKTAG_ADVISORY:
        return psprintf("advisory lock [%u,%u,%u,%u]", a, b, c, tag->locktag_field4);
    }
    return psprintf("unrecognized locktag type %d", (int)tag->locktag_type);
}

/* ---------- start ---------- */

void
lock_register(void)
{
    shmem_register_area("LOCK hash", lock__shmem_size, lock__shmem_init);
}

/* An ending owner's locks: the top one lets all go, a subtransaction's pass on or go. */
static void
release_owner_locks(ResourceOwner owner, bool is_commit, bool is_top_level)
{
    if (is_top_level) {
        if (owner == TopTransactionResourceOwner)
            lock_release_all(false);
    } else if (is_commit) {
        lock_reassign_owner(owner, ResourceOwnerGetParent(owner));
    } else {
        lock_release_owner(owner);
    }
}

static void
release_at_exit(int code, Datum arg)
{
    lock_cancel_wait();
    lock_release_all(true);
}

void
lock_attach(void)
{
    on_shmem_exit(release_at_exit, 0);
    lock__local_init();
    lock__wait_attach();
    resource_owner_release_locks_hook = release_owner_locks;
}
