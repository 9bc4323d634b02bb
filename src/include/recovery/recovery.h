/*
 * recovery.h - control file, start-up, checkpoints
 */
#ifndef RECOVERY_RECOVERY_H
#define RECOVERY_RECOVERY_H

#include "base/base.h"
#include "format/control.h"
#include "memory/stringinfo.h"

/* --- control file --- */
extern const ControlFile *recovery_control(void); /* this process's copy; loads it at need */
extern void recovery_read_control(void);          /* reads and checks; FATAL if unusable */

/*
 * Makes global/pg_control and the first WAL segment of a new cluster, with a shutdown checkpoint
 * that says: next xid, next oid, next multixact. The directories exist already.
 */
extern void recovery_bootstrap(uint64 system_id, uint32 catalog_version, TransactionId next_xid,
                               Oid next_oid);

/*
 * After a shutdown checkpoint, before the process ends: replaces the log by one page that the
 * cluster can start from, so that the image of a new cluster is small.
 */
extern void recovery_trim_wal(void);

/* --- start-up, in the startup process --- */
/* Reads the control file, replays if the shutdown was not clean, ends with a checkpoint. */
extern void recovery_startup(void);
extern bool recovery_in_progress(void);
extern bool InRecovery; /* this process replays */

/*
 * Where the counters that a checkpoint saves live. `get` fills next_xid, oldest_xid,
 * oldest_active_xid, next_multi, next_multi_offset, oldest_multi, next_oid; `set` takes them over
 * at start-up. Replay raises next_xid through `advance` for every record's xid.
 */
typedef struct RecoveryCounters {
    void (*get)(ControlCheckpoint *checkpoint);
    void (*set)(const ControlCheckpoint *checkpoint);
    void (*advance_xid)(TransactionId xid);
    void (*advance_oid)(Oid next_oid);
} RecoveryCounters;
extern void recovery_register_counters(const RecoveryCounters *counters);

/* Called in order of registration at each stage. */
typedef struct RecoveryCallbacks {
    const char *name;
    void (*before_replay)(const ControlCheckpoint *checkpoint); /* start up SLRUs */
    void (*after_replay)(void);                                 /* trim SLRUs, before the end checkpoint */
    void (*checkpoint)(void);       /* write out (not fsync) all that is dirty: clog, multixact */
    void (*after_checkpoint)(XLogRecPtr redo); /* cut what is no longer needed */
    /* wait until no transaction is between its commit record and clog; may be NULL */
    void (*wait_for_commits)(void);
} RecoveryCallbacks;
extern void recovery_register_callbacks(const RecoveryCallbacks *callbacks);

/* --- checkpoints --- */
#define CHECKPOINT_IS_SHUTDOWN 0x0001
#define CHECKPOINT_END_OF_RECOVERY 0x0002
#define CHECKPOINT_IMMEDIATE 0x0004
#define CHECKPOINT_FORCE 0x0008
#define CHECKPOINT_FLUSH_ALL 0x0010
#define CHECKPOINT_WAIT 0x0020
#define CHECKPOINT_REQUESTED 0x0040
#define CHECKPOINT_CAUSE_XLOG 0x0080
#define CHECKPOINT_CAUSE_TIME 0x0100

extern void recovery_checkpoint(int flags);   /* does one, here and now */
extern void recovery_shutdown_checkpoint(void);

/* Asks the checkpointer (or does it itself where there is none); CHECKPOINT_WAIT waits for it. */
extern void recovery_request_checkpoint(int flags);

/* The checkpointer's part: attach once, then call work whenever the latch is set or time is up. */
extern void recovery_checkpointer_attach(void);
/* Absorbs requests, does a checkpoint if one is due or asked for; returns ms to sleep at most. */
extern long recovery_checkpointer_work(void);
/* Called between writes: handle signals; return true to hurry (a shutdown is wanted). */
extern bool (*recovery_checkpoint_pause_hook)(long wait_ms);

typedef struct CheckpointStatistics {
    uint64 timed, requested;
    uint64 write_time_ms, sync_time_ms;
} CheckpointStatistics;
extern void recovery_checkpoint_statistics(CheckpointStatistics *ret_statistics);

/* Logs the next oid high-water mark, as XLOG_NEXTOID; before oids up to it are used. */
extern void recovery_log_next_oid(Oid next_oid);

extern void recovery_shmem_register(void);
/* The resource managers XLOG and SMGR. */
extern void recovery_register_resource_managers(void);

#endif
