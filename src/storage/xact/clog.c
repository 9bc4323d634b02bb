/*
 * clog.c - two bits per transaction
 *
 * Invariants CL1. a transaction's bits go from 0 to their final value, once; SUB_COMMITTED may
 *                 stand between. CL2. bits are set only after WAL says the same; a page bears the
 *                 LSN of what was not flushed then. So no xid above all those in WAL has bits.
 *            CL3. a tree on several pages: first its subtransactions on other pages than the top
 *                 one's become SUB_COMMITTED, then the top one's page changes at once: who reads
 *                 SUB_COMMITTED asks the parent.
 * Locks      the page's bank.
 */
#include <string.h>

#include "error/error.h"
#include "shmem/shmem.h"
#include "sync/stop_point.h"
#include "wal/wal.h"
#include "xact/clog.h"
#include "xact/slru.h"
#include "xact/subtrans.h"
#include "xact_int.h"

#define XIDS_PER_BYTE 4
#define XIDS_PER_PAGE ((uint64)SLRU_PAYLOAD * XIDS_PER_BYTE)
/* Asynchronous commits: one LSN for so many xids of a page in memory. */
#define XIDS_PER_LSN 32
#define LSNS_PER_PAGE (XIDS_PER_PAGE / XIDS_PER_LSN)
_Static_assert(XIDS_PER_PAGE % XIDS_PER_LSN == 0, "LSN groups divide a page");

static Slru clog = {
    .name = "Xact",
    .directory = "pg_xact",
    .banks = 8,
    .tranche = LWTRANCHE_XACT_SLRU,
    .durable = true,
};
static _Atomic uint64 *group_lsns; /* [slot][group]; guarded by the slot's bank */

/* The last final answer. */
static struct {
    TransactionId xid;
    XidStatus status;
    XLogRecPtr lsn;
} cached;

static Size
lsns_size(void)
{
    return (Size)slru_slot_count(&clog) * LSNS_PER_PAGE * sizeof(uint64);
}

static Size
clog_size(void)
{
    return slru_size(&clog);
}

static void
clog_init(void *area, Size size)
{
    slru_init(&clog, area);
}

static void
lsns_init(void *area, Size size)
{
    group_lsns = area;
}

void
clog__register(void)
{
    shmem_register_area("Xact", clog_size, clog_init);
    shmem_register_area("Xact LSNs", lsns_size, lsns_init);
}

static inline uint64
page_of(TransactionId xid)
{
    return xid / XIDS_PER_PAGE;
}

static inline _Atomic uint64 *
group_lsn_of(int slot, TransactionId xid)
{
    return &group_lsns[(Size)slot * LSNS_PER_PAGE + (xid % XIDS_PER_PAGE) / XIDS_PER_LSN];
}

XidStatus
clog_status(TransactionId xid, XLogRecPtr *ret_lsn)
{
    uint64 page = page_of(xid);
    const char *payload = slru_lock_page(&clog, page, LW_SHARED);
    unsigned shift = (xid % XIDS_PER_BYTE) * 2;
    XidStatus status = (payload[(xid % XIDS_PER_PAGE) / XIDS_PER_BYTE] >> shift) & 3;

    *ret_lsn = atomic_load_explicit(group_lsn_of(slru_slot_of(&clog, page), xid),
                                    memory_order_relaxed);
    slru_unlock(&clog, page);
    return status;
}

/* ---------- answers ---------- */

static XidStatus
final_status(TransactionId xid)
{
    XLogRecPtr lsn;
    XidStatus status;

    if (cached.xid == xid)
        return cached.status;
    if (!TransactionIdIsNormal(xid))
        return xid == InvalidTransactionId ? TRANSACTION_STATUS_ABORTED
                                           : TRANSACTION_STATUS_COMMITTED;
    status = clog_status(xid, &lsn);
    if (status == TRANSACTION_STATUS_COMMITTED || status == TRANSACTION_STATUS_ABORTED) {
        cached.xid = xid;
        cached.status = status;
        cached.lsn = lsn;
    }
    return status;
}

bool
TransactionIdDidCommit(TransactionId xid)
{
    XidStatus status = final_status(xid);

    if (status == TRANSACTION_STATUS_SUB_COMMITTED) {
        TransactionId parent = subtrans_parent(xid);
        return TransactionIdIsValid(parent) && TransactionIdDidCommit(parent);
    }
    return status == TRANSACTION_STATUS_COMMITTED;
}

bool
TransactionIdDidAbort(TransactionId xid)
{
    XidStatus status = final_status(xid);

    if (status == TRANSACTION_STATUS_SUB_COMMITTED) {
        TransactionId parent = subtrans_parent(xid);
        return !TransactionIdIsValid(parent) || TransactionIdDidAbort(parent);
    }
    return status == TRANSACTION_STATUS_ABORTED;
}

XLogRecPtr
clog_commit_lsn(TransactionId xid)
{
    XLogRecPtr lsn;

    if (cached.xid == xid)
        return cached.lsn;
    if (!TransactionIdIsNormal(xid))
        return 0;
    clog_status(xid, &lsn);
    return lsn;
}

/* ---------- setting ---------- */

/* caller holds the page exclusively */
static void
set_bits(char *payload, int slot, TransactionId xid, XidStatus status, XLogRecPtr lsn)
{
    unsigned shift = (xid % XIDS_PER_BYTE) * 2;
    char *byte = &payload[(xid % XIDS_PER_PAGE) / XIDS_PER_BYTE];
    XidStatus old = (*byte >> shift) & 3;

    /* CL1; in replay a commit may meet its own traces */
    if (slru_in_recovery && status == TRANSACTION_STATUS_SUB_COMMITTED &&
        old == TRANSACTION_STATUS_COMMITTED)
        return;
    Assert(old == TRANSACTION_STATUS_IN_PROGRESS || old == status ||
           old == TRANSACTION_STATUS_SUB_COMMITTED);
    *byte = (char)((*byte & ~(3 << shift)) | ((int)status << shift));
    if (lsn != 0 && status == TRANSACTION_STATUS_COMMITTED) {
        _Atomic uint64 *group = group_lsn_of(slot, xid);
        if (lsn > atomic_load_explicit(group, memory_order_relaxed))
            atomic_store_explicit(group, lsn, memory_order_relaxed);
    }
}

/* `top` may be 0; all xids lie on the page. */
static void
set_on_page(uint64 page, TransactionId top, int count, const TransactionId *subxids,
            XidStatus status, XLogRecPtr lsn)
{
    char *payload = slru_lock_page(&clog, page, LW_EXCLUSIVE);
    int slot = slru_slot_of(&clog, page);

    for (int i = 0; i < count; i++)
        set_bits(payload, slot, subxids[i], status, lsn);
    if (TransactionIdIsValid(top))
        set_bits(payload, slot, top, status, lsn);
    slru_mark_dirty(&clog, page, lsn);
    slru_unlock(&clog, page);
}

/* Subxids in runs of one page each, but for those on page `skip`. */
static void
set_subxids(int count, const TransactionId *subxids, uint64 skip, XidStatus status, XLogRecPtr lsn)
{
    for (int i = 0, run; i < count; i += run) {
        uint64 page = page_of(subxids[i]);

        for (run = 1; i + run < count && page_of(subxids[i + run]) == page; run++)
            ;
        if (page != skip)
            set_on_page(page, InvalidTransactionId, run, &subxids[i], status, lsn);
    }
}

void
clog_set_tree(TransactionId xid, int subxid_count, const TransactionId *subxids, XidStatus status,
              XLogRecPtr lsn)
{
    uint64 page = page_of(xid);
    int same = 0;

    Assert(status == TRANSACTION_STATUS_COMMITTED || status == TRANSACTION_STATUS_ABORTED);
    /* Subxids are in ascending order, all above xid: those of its page come first. */
    while (same < subxid_count && page_of(subxids[same]) == page)
        same++;
    if (same < subxid_count && status == TRANSACTION_STATUS_COMMITTED) /* CL3 */
        set_subxids(subxid_count - same, subxids + same, UINT64_MAX,
                    TRANSACTION_STATUS_SUB_COMMITTED, lsn);
    STOP_POINT("clog-set-tree");
    set_on_page(page, xid, same, subxids, status, lsn);
    set_subxids(subxid_count - same, subxids + same, UINT64_MAX, status, lsn);
}

/* ---------- life ---------- */

void
clog__checkpoint(void)
{
    slru_checkpoint(&clog);
}

/* Nothing at or above next_xid has happened: clears what a torn write or a lost tail left. */
void
clog__trim(TransactionId next_xid)
{
    uint64 page = page_of(next_xid);
    Size byte = (next_xid % XIDS_PER_PAGE) / XIDS_PER_BYTE;
    char *payload = slru_lock_page(&clog, page, LW_EXCLUSIVE);

    payload[byte] &= (char)((1 << ((next_xid % XIDS_PER_BYTE) * 2)) - 1);
    memset(payload + byte + 1, 0, SLRU_PAYLOAD - byte - 1);
    slru_mark_dirty(&clog, page, 0);
    slru_unlock(&clog, page);
}

void
clog_truncate(TransactionId oldest_xid)
{
    slru_truncate(&clog, page_of(oldest_xid));
}
