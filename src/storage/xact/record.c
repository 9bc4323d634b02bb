/*
 * record.c - the end of a transaction in WAL and clog; replay
 *
 * Invariants XR1. the commit record is durable before clog says committed, unless the commit is
 *                 asynchronous: then clog's page bears the record's LSN.
 *            XR2. from before the record is inserted until clog is set, DELAY_CHKPT_START is set:
 *                 a checkpoint whose redo point is past the record writes a clog that has it.
 * Errors     both ends run in a critical section: what fails there is a PANIC.
 */
#include <string.h>

#include "base/clock.h"
#include "buffer/storage.h"
#include "error/error.h"
#include "error/interrupt.h"
#include "format/xact_record.h"
#include "memory/memory.h"
#include "buffer/storage.h"
#include "smgr/smgr.h"
#include "sync/proc.h"
#include "sync/stop_point.h"
#include "xact/multixact.h"
#include "xact/slru.h"
#include "xact_int.h"

XLogRecPtr XactLastCommitEnd;
XLogRecPtr XactLastRecEnd;

static bool force_sync;
static XLogRecPtr wal_at_start; /* end of this process's last record as the transaction began */

void
xact__record_at_start(void)
{
    force_sync = false;
    wal_at_start = wal_last_insert_lsn();
}

void
xact_force_sync_commit(void)
{
    force_sync = true;
}

static XLogRecPtr
insert_end(uint8 info, const TransactionLevel *level, int file_count, const RelFileLocator *files,
           int message_count, const InvalMessage *messages)
{
    WalXactEnd end = {
        .time = xact_stop_timestamp(),
        .database = MyDatabaseId,
        .flags = force_sync ? WAL_XACT_FLAG_FORCE_SYNC : 0,
        .subxid_count = (uint32)level->child_count,
        .file_count = (uint32)file_count,
        .message_count = (uint32)message_count,
    };

    wal_begin_insert();
    wal_register_data(&end, sizeof(end));
    if (level->child_count > 0)
        wal_register_data(level->children, end.subxid_count * sizeof(TransactionId));
    if (file_count > 0)
        wal_register_data(files, end.file_count * sizeof(RelFileLocator));
    if (message_count > 0)
        wal_register_data(messages, end.message_count * sizeof(InvalMessage));
    return wal_insert(WAL_RMGR_XACT, info);
}

static void
set_delay(void)
{
    atomic_fetch_or(&MyProc->delayChkptFlags, DELAY_CHKPT_START); /* XR2 */
}

static void
clear_delay(void)
{
    atomic_fetch_and(&MyProc->delayChkptFlags, ~DELAY_CHKPT_START);
}

/* Wrote something without an xid (a sequence, a pruned page): no one waits for that. */
static void
commit_without_xid(void)
{
    XLogRecPtr end = wal_last_insert_lsn();

    if (end == wal_at_start)
        return;
    if (force_sync)
        wal_flush(end);
    else
        wal_set_async_lsn(end);
}

TransactionId
xact__record_commit(void)
{
    TransactionLevel *top = &xact__top;
    RelFileLocator *files = NULL;
    const InvalMessage *messages;
    int file_count = smgr_pending_list(true, &files);
    int message_count = inval__commit_messages(&messages);
    XLogRecPtr end;

    Assert(xact__current == top);
    if (!TransactionIdIsValid(top->xid)) {
        if (file_count > 0)
            elog(ERROR, "cannot commit a transaction that deleted files but has no xid");
        commit_without_xid();
        return InvalidTransactionId;
    }

    START_CRIT_SECTION();
    set_delay();
    STOP_POINT("commit-before-record");
    end = insert_end(WAL_XACT_COMMIT, top, file_count, files, message_count, messages);
    STOP_POINT("commit-after-record");
    if (synchronous_commit > SYNCHRONOUS_COMMIT_OFF || force_sync || file_count > 0) {
        wal_flush(end); /* XR1 */
        STOP_POINT("commit-after-flush");
        clog_set_tree(top->xid, top->child_count, top->children, TRANSACTION_STATUS_COMMITTED, 0);
    } else {
        wal_set_async_lsn(end);
        clog_set_tree(top->xid, top->child_count, top->children, TRANSACTION_STATUS_COMMITTED,
                      end);
    }
    clear_delay();
    END_CRIT_SECTION();
    STOP_POINT("commit-after-clog");
    XactLastCommitEnd = XactLastRecEnd = end;
    if (files != NULL)
        pfree(files);
    return xact__latest_xid(top->xid, top->child_count, top->children);
}

TransactionId
xact__record_abort(bool is_subtransaction)
{
    TransactionLevel *level = xact__current;
    RelFileLocator *files = NULL;
    TransactionId latest;
    int file_count;
    XLogRecPtr end;

    if (!TransactionIdIsValid(level->xid))
        return InvalidTransactionId;
    if (TransactionIdDidCommit(level->xid))
        elog(PANIC, "cannot abort transaction %llu, it was already committed",
             (unsigned long long)level->xid);
    file_count = smgr_pending_list(false, &files);

    START_CRIT_SECTION();
    set_delay();
    end = insert_end(WAL_XACT_ABORT, level, file_count, files, 0, NULL);
    wal_set_async_lsn(end); /* nobody waits for it, but let it not be late for ever */
    STOP_POINT("abort-after-record");
    clog_set_tree(level->xid, level->child_count, level->children, TRANSACTION_STATUS_ABORTED,
                  end);
    clear_delay();
    END_CRIT_SECTION();
    latest = xact__latest_xid(level->xid, level->child_count, level->children);
    if (is_subtransaction)
        procarray_remove_subxids(level->xid, level->child_count, level->children, latest);
    if (files != NULL)
        pfree(files);
    return latest;
}

/* ---------- replay ---------- */

typedef struct ParsedEnd {
    WalXactEnd end;
    TransactionId *subxids; /* palloc'd, aligned */
    RelFileLocator *files;
} ParsedEnd;

static void
parse_end(const WalRecord *rec, ParsedEnd *ret)
{
    const char *at = rec->data;
    Size need = sizeof(WalXactEnd);

    if (rec->data_length < need)
        elog(PANIC, "transaction record of %u bytes is too short", rec->data_length);
    memcpy(&ret->end, at, sizeof(WalXactEnd));
    at += sizeof(WalXactEnd);
    need += ret->end.subxid_count * sizeof(TransactionId) +
            ret->end.file_count * sizeof(RelFileLocator) +
            ret->end.message_count * sizeof(InvalMessage);
    if (rec->data_length != need)
        elog(PANIC, "transaction record has %u bytes instead of %zu", rec->data_length, need);
    ret->subxids = palloc(Max(ret->end.subxid_count, 1) * sizeof(TransactionId));
    memcpy(ret->subxids, at, ret->end.subxid_count * sizeof(TransactionId));
    at += ret->end.subxid_count * sizeof(TransactionId);
    ret->files = palloc(Max(ret->end.file_count, 1) * sizeof(RelFileLocator));
    memcpy(ret->files, at, ret->end.file_count * sizeof(RelFileLocator));
}

void
xact__redo(const WalRecord *rec)
{
    ParsedEnd parsed;
    XidStatus status;

    if (rec->info != WAL_XACT_COMMIT && rec->info != WAL_XACT_ABORT)
        elog(PANIC, "transaction redo: unknown record type %u", rec->info);
    parse_end(rec, &parsed);
    status = rec->info == WAL_XACT_COMMIT ? TRANSACTION_STATUS_COMMITTED
                                          : TRANSACTION_STATUS_ABORTED;
    xact_recovery_note_xid(
        xact__latest_xid(rec->xid, (int)parsed.end.subxid_count, parsed.subxids));
    clog_set_tree(rec->xid, (int)parsed.end.subxid_count, parsed.subxids, status, 0);
    if (parsed.end.file_count > 0)
        smgr_unlink_all(parsed.files, (int)parsed.end.file_count, true);
    pfree(parsed.files);
    pfree(parsed.subxids);
}

void
xact__describe(StringInfo buf, const WalRecord *rec)
{
    ParsedEnd parsed;

    if (rec->data_length < sizeof(WalXactEnd))
        return;
    parse_end(rec, &parsed);
    appendStringInfo(buf, "time %lld", (long long)parsed.end.time);
    if (parsed.end.subxid_count > 0)
        appendStringInfoString(buf, "; subxacts:");
    for (uint32 i = 0; i < parsed.end.subxid_count; i++)
        appendStringInfo(buf, " %llu", (unsigned long long)parsed.subxids[i]);
    if (parsed.end.file_count > 0)
        appendStringInfoString(buf, "; rels:");
    for (uint32 i = 0; i < parsed.end.file_count; i++)
        appendStringInfo(buf, " %u/%u/%u", parsed.files[i].spcOid, parsed.files[i].dbOid,
                         parsed.files[i].relNumber);
    if (parsed.end.message_count > 0)
        appendStringInfo(buf, "; inval msgs: %u", parsed.end.message_count);
    pfree(parsed.files);
    pfree(parsed.subxids);
}

void
clog__redo(const WalRecord *rec)
{
    WalClogTruncate truncate;

    if (rec->info != WAL_CLOG_TRUNCATE)
        elog(PANIC, "clog redo: unknown record type %u", rec->info);
    memcpy(&truncate, rec->data, sizeof(truncate));
    procarray__advance_oldest(truncate.oldest_xid);
    clog_truncate(truncate.oldest_xid);
}

void
clog__describe(StringInfo buf, const WalRecord *rec)
{
    WalClogTruncate truncate;

    memcpy(&truncate, rec->data, sizeof(truncate));
    appendStringInfo(buf, "oldest xid %llu", (unsigned long long)truncate.oldest_xid);
}

void
xact_truncate_logs(TransactionId oldest_xid, MultiXactId oldest_multi)
{
    WalClogTruncate truncate = {.oldest_xid = oldest_xid};

    multixact_truncate(oldest_multi);
    if (!procarray__advance_oldest(oldest_xid))
        return;
    wal_begin_insert();
    wal_register_data(&truncate, sizeof(truncate));
    wal_flush(wal_insert(WAL_RMGR_CLOG, WAL_CLOG_TRUNCATE));
    clog_truncate(oldest_xid);
}
