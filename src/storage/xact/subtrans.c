/*
 * subtrans.c - parents of subtransactions
 *
 * A start begins with no files here: a subtransaction of before is settled in clog.
 */
#include <string.h>

#include "error/error.h"
#include "shmem/shmem.h"
#include "xact/clog.h"
#include "xact/slru.h"
#include "xact/snapshot.h"
#include "xact/subtrans.h"
#include "xact_int.h"

#define XIDS_PER_PAGE ((uint64)SLRU_PAYLOAD / sizeof(TransactionId))

static Slru subtrans = {
    .name = "Subtrans",
    .directory = "pg_subtrans",
    .banks = 2,
    .tranche = LWTRANCHE_SUBTRANS_SLRU,
    .durable = false,
};

static Size
subtrans_size(void)
{
    return slru_size(&subtrans);
}

static void
subtrans_init(void *area, Size size)
{
    slru_init(&subtrans, area);
}

void
subtrans__register(void)
{
    shmem_register_area("Subtrans", subtrans_size, subtrans_init);
}

void
subtrans_set_parent(TransactionId xid, TransactionId parent)
{
    uint64 page = xid / XIDS_PER_PAGE;
    char *payload = slru_lock_page(&subtrans, page, LW_EXCLUSIVE);

    Assert(xid > parent);
    memcpy(payload + (xid % XIDS_PER_PAGE) * sizeof(TransactionId), &parent, sizeof(parent));
    slru_mark_dirty(&subtrans, page, 0);
    slru_unlock(&subtrans, page);
}

TransactionId
subtrans_parent(TransactionId xid)
{
    uint64 page = xid / XIDS_PER_PAGE;
    TransactionId parent;
    char *payload;

    if (!TransactionIdIsNormal(xid))
        return InvalidTransactionId;
    payload = slru_lock_page(&subtrans, page, LW_SHARED);
    memcpy(&parent, payload + (xid % XIDS_PER_PAGE) * sizeof(TransactionId), sizeof(parent));
    slru_unlock(&subtrans, page);
    return parent;
}

TransactionId
subtrans_topmost(TransactionId xid)
{
    TransactionId parent;

    while (TransactionIdIsValid(parent = subtrans_parent(xid))) {
        if (parent >= xid)
            elog(ERROR, "pg_subtrans contains invalid entry: xid %llu points to parent xid %llu",
                 (unsigned long long)xid, (unsigned long long)parent);
        xid = parent;
        if (xid < TransactionXmin) /* older ones may be cut; they are not asked about */
            break;
    }
    return xid;
}

void
subtrans__reset(void)
{
    slru_reset(&subtrans);
}

void
subtrans__truncate(TransactionId oldest_active)
{
    slru_truncate(&subtrans, oldest_active / XIDS_PER_PAGE);
}
