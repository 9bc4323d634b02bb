/*
 * clog.h - how each transaction ended: two bits per transaction id, in pg_xact
 */
#ifndef XACT_CLOG_H
#define XACT_CLOG_H

#include "base/base.h"

typedef enum XidStatus {
    TRANSACTION_STATUS_IN_PROGRESS = 0,
    TRANSACTION_STATUS_COMMITTED = 1,
    TRANSACTION_STATUS_ABORTED = 2,
    TRANSACTION_STATUS_SUB_COMMITTED = 3,
} XidStatus;

/*
 * Final answers. A transaction that still runs is in neither: look into the procarray first
 * (procarray_xid_in_progress), else one that ends meanwhile may be taken for crashed.
 * The last answer is remembered.
 */
bool TransactionIdDidCommit(TransactionId xid);
bool TransactionIdDidAbort(TransactionId xid);
/* WAL position that must be flushed before a hint that the transaction committed may be
 * written to disk; 0 when it needs nothing. */
XLogRecPtr clog_commit_lsn(TransactionId xid);

XidStatus clog_status(TransactionId xid, XLogRecPtr *ret_lsn);
/* A whole tree at once; lsn 0: synchronous commit or abort. */
void clog_set_tree(TransactionId xid, int subxid_count, const TransactionId *subxids,
                   XidStatus status, XLogRecPtr lsn);
void clog_truncate(TransactionId oldest_xid);

#endif
