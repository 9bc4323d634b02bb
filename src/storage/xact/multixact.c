/*
 * multixact.c - sets of transactions
 *
 * Why        An offsets entry holds first member and count together, so a reader never needs the
 *            next entry, which its maker may not have written yet.
 * Invariants MX1. members are written, then the offsets entry, then the id may be put on a tuple;
 *                 the WAL record comes before all. MX2. ids and offsets are given out under
 *                 multixact_gen. MX3. a member that is not running any more never runs again.
 * Locks      multixact_gen, then banks of offsets, then of members.
 */
#include <string.h>

#include "error/error.h"
#include "error/interrupt.h"
#include "format/xact_record.h"
#include "memory/memory.h"
#include "shmem/shmem.h"
#include "sync/proc.h"
#include "sync/stop_point.h"
#include "wal/wal.h"
#include "xact/clog.h"
#include "xact/multixact.h"
#include "xact/procarray.h"
#include "xact/slru.h"
#include "xact/xact.h"
#include "xact_int.h"

#define ENTRIES_PER_PAGE ((uint64)SLRU_PAYLOAD / 8)
#define OFFSET_BITS 48
#define XID_BITS 56
#define CACHE_MAX 16

static Slru offsets = {
    .name = "MultiXactOffset",
    .directory = "pg_multixact/offsets",
    .banks = 2,
    .tranche = LWTRANCHE_MULTIXACT_OFFSET_SLRU,
    .durable = true,
};
static Slru members = {
    .name = "MultiXactMember",
    .directory = "pg_multixact/members",
    .banks = 2,
    .tranche = LWTRANCHE_MULTIXACT_MEMBER_SLRU,
    .durable = true,
};

typedef struct MultiXactShared {
    LWLock gen_lock;
    /* guarded by gen_lock */
    MultiXactId next_multi;
    uint64 next_offset;
    MultiXactId oldest_multi;
    /* by pgprocno: the oldest multixact its transaction may be a member of; 0 none */
    _Atomic uint64 oldest_member[];
} MultiXactShared;

static MultiXactShared *shared;

/* Multixacts made or read by this transaction. */
typedef struct CachedMulti {
    MultiXactId multi;
    int count;
    MultiXactMember *members; /* in TopTransactionContext */
} CachedMulti;
static CachedMulti cache[CACHE_MAX];
static int cache_count;
static int cache_next;

static Size
state_size(void)
{
    return sizeof(MultiXactShared) + sizeof(uint64) * (Size)proc_count_slots();
}

static void
state_init(void *area, Size size)
{
    shared = area;
    LWLockInitialize(&shared->gen_lock, LWTRANCHE_MULTIXACT_GEN);
    shared->next_multi = shared->oldest_multi = FirstMultiXactId;
    shared->next_offset = 1;
}

static Size
offsets_size(void)
{
    return slru_size(&offsets);
}

static void
offsets_init(void *area, Size size)
{
    slru_init(&offsets, area);
}

static Size
members_size(void)
{
    return slru_size(&members);
}

static void
members_init(void *area, Size size)
{
    slru_init(&members, area);
}

void
multixact__register(void)
{
    shmem_register_area("Shared MultiXact State", state_size, state_init);
    shmem_register_area("MultiXactOffset", offsets_size, offsets_init);
    shmem_register_area("MultiXactMember", members_size, members_init);
}

/* ---------- entries ---------- */

static void
write_entry(Slru *slru, uint64 index, uint64 value, XLogRecPtr lsn)
{
    uint64 page = index / ENTRIES_PER_PAGE;
    char *payload = slru_lock_page(slru, page, LW_EXCLUSIVE);

    memcpy(payload + (index % ENTRIES_PER_PAGE) * 8, &value, 8);
    slru_mark_dirty(slru, page, lsn);
    slru_unlock(slru, page);
}

static uint64
read_entry(Slru *slru, uint64 index)
{
    uint64 page = index / ENTRIES_PER_PAGE, value;
    char *payload = slru_lock_page(slru, page, LW_SHARED);

    memcpy(&value, payload + (index % ENTRIES_PER_PAGE) * 8, 8);
    slru_unlock(slru, page);
    return value;
}

/* MX1 */
static void
record(MultiXactId multi, uint64 first, int count, const uint64 *packed, XLogRecPtr lsn)
{
    for (int i = 0; i < count; i++)
        write_entry(&members, first + (uint64)i, packed[i], lsn);
    write_entry(&offsets, multi, (uint64)count << OFFSET_BITS | first, lsn);
}

/* ---------- cache ---------- */

static int
compare_members(const void *a, const void *b)
{
    const MultiXactMember *x = a, *y = b;

    if (x->xid != y->xid)
        return x->xid < y->xid ? -1 : 1;
    return (int)x->status - (int)y->status;
}

static MultiXactId
cache_find_set(int count, const MultiXactMember *sorted)
{
    for (int i = 0; i < cache_count; i++) {
        bool equal = cache[i].count == count;
        for (int k = 0; equal && k < count; k++)
            equal = compare_members(&cache[i].members[k], &sorted[k]) == 0;
        if (equal)
            return cache[i].multi;
    }
    return InvalidMultiXactId;
}

static const CachedMulti *
cache_find(MultiXactId multi)
{
    for (int i = 0; i < cache_count; i++)
        if (cache[i].multi == multi)
            return &cache[i];
    return NULL;
}

static void
cache_put(MultiXactId multi, int count, const MultiXactMember *sorted)
{
    CachedMulti *entry;

    if (cache_count < CACHE_MAX)
        entry = &cache[cache_count++];
    else
        entry = &cache[cache_next++ % CACHE_MAX];
    entry->multi = multi;
    entry->count = count;
    entry->members = MemoryContextAlloc(TopTransactionContext, (Size)count * sizeof(*sorted));
    memcpy(entry->members, sorted, (Size)count * sizeof(*sorted));
}

/* ---------- making ---------- */

void
multixact_set_oldest_member(void)
{
    _Atomic uint64 *mine = &shared->oldest_member[MyProc->pgprocno];

    if (atomic_load_explicit(mine, memory_order_relaxed) != 0)
        return;
    /* Under the lock: a cut must see either us or a next_multi that we saw. */
    LWLockAcquire(&shared->gen_lock, LW_SHARED);
    atomic_store(mine, shared->next_multi);
    LWLockRelease(&shared->gen_lock);
}

void
multixact_at_xact_end(void)
{
    _Atomic uint64 *mine = &shared->oldest_member[MyProc->pgprocno];

    if (atomic_load_explicit(mine, memory_order_relaxed) != 0)
        atomic_store(mine, 0);
    cache_count = cache_next = 0;
}

static void
check_members(int count, const MultiXactMember *list)
{
    bool has_update = false;

    if (count > MULTIXACT_MEMBERS_MAX)
        ereport(ERROR, (errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
                        errmsg("multixact \"members\" limit exceeded")));
    for (int i = 0; i < count; i++) {
        if (!ISUPDATE_from_mxstatus(list[i].status))
            continue;
        if (has_update)
            elog(ERROR, "new multixact has more than one updating member");
        has_update = true;
    }
}

MultiXactId
multixact_create_from_members(int count, const MultiXactMember *list)
{
    MultiXactMember *sorted = palloc((Size)count * sizeof(*sorted));
    uint64 *packed = palloc((Size)count * sizeof(*packed));
    WalMultiXactCreate create = {.member_count = (uint32)count};
    MultiXactId multi;
    XLogRecPtr lsn;

    check_members(count, list);
    memcpy(sorted, list, (Size)count * sizeof(*sorted));
    qsort(sorted, (size_t)count, sizeof(*sorted), compare_members);
    multi = cache_find_set(count, sorted);
    if (MultiXactIdIsValid(multi))
        goto out;
    for (int i = 0; i < count; i++)
        packed[i] = (uint64)sorted[i].status << XID_BITS | sorted[i].xid;

    LWLockAcquire(&shared->gen_lock, LW_EXCLUSIVE); /* MX2 */
    START_CRIT_SECTION();
    /* A checkpoint whose redo point is past our record must find our pages changed. */
    atomic_fetch_or(&MyProc->delayChkptFlags, DELAY_CHKPT_START);
    create.multi = multi = shared->next_multi++;
    create.first_member = shared->next_offset;
    shared->next_offset += (uint64)count;
    LWLockRelease(&shared->gen_lock);
    wal_begin_insert();
    wal_register_data(&create, sizeof(create));
    wal_register_data(packed, (uint32)count * sizeof(*packed));
    lsn = wal_insert(WAL_RMGR_MULTIXACT, WAL_MULTIXACT_CREATE);
    STOP_POINT("multixact-logged");
    record(multi, create.first_member, count, packed, lsn);
    atomic_fetch_and(&MyProc->delayChkptFlags, ~DELAY_CHKPT_START);
    END_CRIT_SECTION();
    cache_put(multi, count, sorted);
out:
    pfree(packed);
    pfree(sorted);
    return multi;
}

MultiXactId
multixact_create(TransactionId xid1, MultiXactStatus status1, TransactionId xid2,
                 MultiXactStatus status2)
{
    MultiXactMember pair[2] = {{xid1, status1}, {xid2, status2}};

    Assert(xid1 != xid2 || status1 != status2);
    return multixact_create_from_members(2, pair);
}

/* A member matters while it runs, or if it updated the row and committed. */
static bool
still_matters(const MultiXactMember *member)
{
    return procarray_xid_in_progress(member->xid) ||
           (ISUPDATE_from_mxstatus(member->status) && TransactionIdDidCommit(member->xid));
}

MultiXactId
multixact_expand(MultiXactId multi, TransactionId xid, MultiXactStatus status)
{
    MultiXactMember *old, *new;
    int old_count = multixact_members(multi, false, &old), count = 0;
    MultiXactId result;

    if (old_count < 0) {
        MultiXactMember alone = {xid, status};
        return multixact_create_from_members(1, &alone);
    }
    for (int i = 0; i < old_count; i++) {
        if (old[i].xid == xid && old[i].status == status) {
            pfree(old);
            return multi;
        }
    }
    new = palloc((Size)(old_count + 1) * sizeof(*new));
    for (int i = 0; i < old_count; i++)
        if (still_matters(&old[i]))
            new[count++] = old[i];
    new[count++] = (MultiXactMember){xid, status};
    result = multixact_create_from_members(count, new);
    pfree(new);
    if (old_count > 0)
        pfree(old);
    return result;
}

/* ---------- reading ---------- */

int
multixact_members(MultiXactId multi, bool lockers_only, MultiXactMember **ret_members)
{
    const CachedMulti *known;
    MultiXactMember *list;
    uint64 entry, first;
    int count;

    *ret_members = NULL;
    if (!MultiXactIdIsValid(multi) || multi < *(volatile MultiXactId *)&shared->oldest_multi)
        return -1;
    known = cache_find(multi);
    if (known != NULL) {
        *ret_members = palloc((Size)known->count * sizeof(**ret_members));
        memcpy(*ret_members, known->members, (Size)known->count * sizeof(**ret_members));
        return known->count;
    }
    if (multi >= *(volatile MultiXactId *)&shared->next_multi)
        ereport(ERROR, (errcode(ERRCODE_INTERNAL_ERROR),
                        errmsg("MultiXactId %llu has not been created yet -- apparent wraparound",
                               (unsigned long long)multi)));
    entry = read_entry(&offsets, multi);
    count = (int)(entry >> OFFSET_BITS);
    first = entry & (((uint64)1 << OFFSET_BITS) - 1);
    if (count == 0)
        ereport(ERROR, (errcode(ERRCODE_DATA_CORRUPTED),
                        errmsg("MultiXactId %llu has no members", (unsigned long long)multi)));
    list = palloc((Size)count * sizeof(*list));
    for (int i = 0; i < count; i++) {
        uint64 packed = read_entry(&members, first + (uint64)i);
        list[i].xid = packed & (((uint64)1 << XID_BITS) - 1);
        list[i].status = (MultiXactStatus)(packed >> XID_BITS);
    }
    cache_put(multi, count, list);
    *ret_members = list;
    return count;
}

bool
multixact_is_running(MultiXactId multi, bool lockers_only)
{
    MultiXactMember *list;
    int count = multixact_members(multi, lockers_only, &list);
    bool running = false;

    for (int i = 0; i < count && !running; i++)
        running = procarray_xid_in_progress(list[i].xid);
    if (count > 0)
        pfree(list);
    return running;
}

TransactionId
multixact_updater(MultiXactId multi)
{
    MultiXactMember *list;
    int count = multixact_members(multi, false, &list);
    TransactionId xid = InvalidTransactionId;

    for (int i = 0; i < count; i++)
        if (ISUPDATE_from_mxstatus(list[i].status))
            xid = list[i].xid;
    if (count > 0)
        pfree(list);
    return xid;
}

/* ---------- life ---------- */

MultiXactId
multixact_next(void)
{
    MultiXactId next;

    LWLockAcquire(&shared->gen_lock, LW_SHARED);
    next = shared->next_multi;
    LWLockRelease(&shared->gen_lock);
    return next;
}

MultiXactId
multixact_oldest_needed(void)
{
    MultiXactId oldest;

    LWLockAcquire(&shared->gen_lock, LW_EXCLUSIVE);
    oldest = shared->next_multi;
    for (uint32 i = 0; i < ProcGlobal->allProcCount; i++) {
        MultiXactId member = atomic_load(&shared->oldest_member[i]);
        if (member != 0 && member < oldest)
            oldest = member;
    }
    LWLockRelease(&shared->gen_lock);
    return oldest;
}

static void
cut(MultiXactId oldest)
{
    uint64 first = read_entry(&offsets, oldest) & (((uint64)1 << OFFSET_BITS) - 1);

    slru_truncate(&offsets, oldest / ENTRIES_PER_PAGE);
    if (first != 0)
        slru_truncate(&members, first / ENTRIES_PER_PAGE);
}

void
multixact_truncate(MultiXactId oldest)
{
    WalMultiXactTruncate truncate = {oldest};
    bool forward;

    LWLockAcquire(&shared->gen_lock, LW_EXCLUSIVE);
    forward = oldest > shared->oldest_multi && oldest < shared->next_multi;
    if (forward)
        shared->oldest_multi = oldest;
    LWLockRelease(&shared->gen_lock);
    if (!forward)
        return;
    wal_begin_insert();
    wal_register_data(&truncate, sizeof(truncate));
    wal_flush(wal_insert(WAL_RMGR_MULTIXACT, WAL_MULTIXACT_TRUNCATE));
    cut(oldest);
}

void
multixact__read_counters(XactCounters *ret)
{
    LWLockAcquire(&shared->gen_lock, LW_SHARED);
    ret->next_multi = shared->next_multi;
    ret->next_multi_offset = shared->next_offset;
    ret->oldest_multi = shared->oldest_multi;
    LWLockRelease(&shared->gen_lock);
}

void
multixact__set_counters(const XactCounters *counters)
{
    shared->next_multi = Max(counters->next_multi, FirstMultiXactId);
    shared->next_offset = Max(counters->next_multi_offset, 1);
    shared->oldest_multi = Max(counters->oldest_multi, FirstMultiXactId);
}

void
multixact__checkpoint(void)
{
    slru_checkpoint(&members);
    slru_checkpoint(&offsets);
}

void
multixact__redo(const WalRecord *rec)
{
    if (rec->info == WAL_MULTIXACT_CREATE) {
        WalMultiXactCreate create;
        uint64 *packed;

        memcpy(&create, rec->data, sizeof(create));
        packed = palloc(create.member_count * sizeof(uint64));
        memcpy(packed, rec->data + sizeof(create), create.member_count * sizeof(uint64));
        record(create.multi, create.first_member, (int)create.member_count, packed, 0);
        shared->next_multi = Max(shared->next_multi, create.multi + 1);
        shared->next_offset =
            Max(shared->next_offset, create.first_member + create.member_count);
        for (uint32 i = 0; i < create.member_count; i++)
            xact_recovery_note_xid(packed[i] & (((uint64)1 << XID_BITS) - 1));
        pfree(packed);
    } else if (rec->info == WAL_MULTIXACT_TRUNCATE) {
        WalMultiXactTruncate truncate;

        memcpy(&truncate, rec->data, sizeof(truncate));
        shared->oldest_multi = Max(shared->oldest_multi, truncate.oldest_multi);
        cut(truncate.oldest_multi);
    } else {
        elog(PANIC, "multixact redo: unknown record type %u", rec->info);
    }
}

void
multixact__describe(StringInfo buf, const WalRecord *rec)
{
    if (rec->info == WAL_MULTIXACT_CREATE) {
        WalMultiXactCreate create;
        memcpy(&create, rec->data, sizeof(create));
        appendStringInfo(buf, "%llu offset %llu nmembers %u", (unsigned long long)create.multi,
                         (unsigned long long)create.first_member, create.member_count);
    } else {
        WalMultiXactTruncate truncate;
        memcpy(&truncate, rec->data, sizeof(truncate));
        appendStringInfo(buf, "oldest %llu", (unsigned long long)truncate.oldest_multi);
    }
}
