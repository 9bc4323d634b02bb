/*
 * control.h - the bytes of global/pg_control
 *
 * One sector's worth of facts that start-up needs before it can read anything else, written with
 * one write of CONTROL_FILE_SIZE bytes and one fsync. The CRC-32C covers all bytes before it.
 *
 *   offset size field
 *        0    4 magic            CONTROL_MAGIC
 *        4    4 version          CONTROL_VERSION
 *        8    8 system_id        drawn by initdb, also in every WAL segment
 *       16    4 catalog_version  of the catalogue the cluster was made with
 *       20    4 state            ClusterState
 *       24    8 time             last change of this file, seconds since 1970
 *       32    8 checkpoint       LSN where the last checkpoint record begins
 *       40   96 checkpoint_copy  its contents (ControlCheckpoint)
 *      136    8 min_recovery_lsn replay must reach this before the data is consistent
 *      144    4 min_recovery_tli
 *      148    4 wal_segment_size bytes
 *      152    4 block_size       BLCKSZ
 *      156    4 max_connections  setting at last start
 *      160    4 max_worker_processes
 *      164    4 max_prepared_xacts
 *      168    4 max_locks_per_xact
 *      172    4 data_checksum_version  1: CRC-32C
 *      176    4 wal_level
 *      180    4 max_wal_senders
 *      184   32 mock_nonce       for SCRAM with unknown users
 *      216    4 crc
 */
#ifndef FORMAT_CONTROL_H
#define FORMAT_CONTROL_H

#include <stddef.h>

#include "base/base.h"
#include "base/crc32c.h"

#define CONTROL_FILE "global/pg_control"
#define CONTROL_FILE_SIZE 8192
#define CONTROL_MAGIC 0x49474e53u /* "SNGI" */
#define CONTROL_VERSION 1u

typedef enum ClusterState {
    CLUSTER_STARTUP = 0,
    CLUSTER_SHUTDOWNED,
    CLUSTER_SHUTDOWNED_IN_RECOVERY,
    CLUSTER_SHUTDOWNING,
    CLUSTER_IN_CRASH_RECOVERY,
    CLUSTER_IN_ARCHIVE_RECOVERY,
    CLUSTER_IN_PRODUCTION,
} ClusterState;

/* What a checkpoint record holds. All of it is what start-up continues from. */
typedef struct ControlCheckpoint {
    uint64 redo;              /* LSN from where to replay */
    uint32 timeline;
    uint32 previous_timeline;
    uint64 next_xid;
    uint64 oldest_xid;        /* clog may be cut below this */
    uint64 oldest_active_xid;
    uint64 next_multi;
    uint64 next_multi_offset;
    uint64 oldest_multi;
    uint32 next_oid;
    uint32 oldest_xid_db;
    uint32 oldest_multi_db;
    uint32 full_page_writes;
    int64 time;               /* seconds since 1970 */
    uint64 reserved;
} ControlCheckpoint;

typedef struct ControlFile {
    uint32 magic;
    uint32 version;
    uint64 system_id;
    uint32 catalog_version;
    uint32 state;
    int64 time;
    uint64 checkpoint;
    ControlCheckpoint checkpoint_copy;
    uint64 min_recovery_lsn;
    uint32 min_recovery_tli;
    uint32 wal_segment_size;
    uint32 block_size;
    uint32 max_connections;
    uint32 max_worker_processes;
    uint32 max_prepared_xacts;
    uint32 max_locks_per_xact;
    uint32 data_checksum_version;
    uint32 wal_level;
    uint32 max_wal_senders;
    uint8 mock_nonce[32];
    uint32 crc;
    uint32 tail;              /* padding, zero */
} ControlFile;

_Static_assert(sizeof(ControlCheckpoint) == 96, "a checkpoint record is 96 bytes");
_Static_assert(offsetof(ControlFile, checkpoint_copy) == 40, "checkpoint_copy at 40");
_Static_assert(offsetof(ControlFile, mock_nonce) == 184, "mock_nonce at 184");
_Static_assert(offsetof(ControlFile, crc) == 216, "crc at 216");
_Static_assert(sizeof(ControlFile) <= 512, "the control file fits one sector");

static inline uint32
control_compute_crc(const ControlFile *control)
{
    pg_crc32c crc;

    INIT_CRC32C(crc);
    COMP_CRC32C(crc, control, offsetof(ControlFile, crc));
    FIN_CRC32C(crc);
    return crc;
}

/* The words pg_controldata prints. */
static inline const char *
control_state_name(uint32 state)
{
    static const char *const names[] = {"starting up", "shut down", "shut down in recovery",
                                        "shutting down", "in crash recovery",
                                        "in archive recovery", "in production"};
    return state < sizeof(names) / sizeof(names[0]) ? names[state] : "unrecognized status code";
}

#endif
