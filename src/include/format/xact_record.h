/*
 * xact_record.h - the bytes of WAL records of resource managers XACT, CLOG and MULTIXACT
 *
 * XACT commit and abort: WalXactEnd, then, in this order and as counted by it,
 *   subxids   8 bytes each
 *   files     RelFileLocator (12 bytes) each: removed once the record is replayed
 *   messages  InvalMessage (20 bytes) each, commit only
 * CLOG truncate: WalClogTruncate. MULTIXACT create: WalMultiXactCreate, then 8 bytes per member
 * as in pg_multixact/members. MULTIXACT truncate: WalMultiXactTruncate.
 */
#ifndef FORMAT_XACT_RECORD_H
#define FORMAT_XACT_RECORD_H

#include "base/base.h"

#define WAL_XACT_COMMIT 0x01
#define WAL_XACT_ABORT 0x02
#define WAL_XACT_ASSIGNMENT 0x03

#define WAL_CLOG_TRUNCATE 0x01

#define WAL_MULTIXACT_CREATE 0x01
#define WAL_MULTIXACT_TRUNCATE 0x02

typedef struct WalXactEnd {
    int64 time;           /* TimestampTz */
    Oid database;
    uint32 flags;         /* WAL_XACT_FLAG_* */
    uint32 subxid_count;
    uint32 file_count;
    uint32 message_count;
    uint32 unused;
} WalXactEnd;

_Static_assert(sizeof(WalXactEnd) == 32, "on disk");

#define WAL_XACT_FLAG_FORCE_SYNC 0x1

typedef struct WalClogTruncate {
    uint64 oldest_xid;
    Oid oldest_xid_db;
    uint32 unused;
} WalClogTruncate;

typedef struct WalMultiXactCreate {
    uint64 multi;
    uint64 first_member;
    uint32 member_count;
    uint32 unused;
} WalMultiXactCreate;

typedef struct WalMultiXactTruncate {
    uint64 oldest_multi;
} WalMultiXactTruncate;

#endif
