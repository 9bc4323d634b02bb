/*
 * recovery_int.h - shared inside the recovery room
 */
#ifndef RECOVERY_INT_H
#define RECOVERY_INT_H

#include <stdatomic.h>

#include "config/settings.h"
#include "recovery/recovery.h"
#include "sync/condition_variable.h"
#include "sync/lwlock.h"
#include "sync/spin.h"
#include "wal/wal.h"

#define RECOVERY_CALLBACKS_MAX 16

typedef struct RecoveryShared {
    LWLock control_lock;
    ControlFile control;                /* guarded by control_lock; the file's bytes */
    _Atomic uint32 in_progress;         /* atomic: the startup process clears it, last of all */
    _Atomic uint64 last_checkpoint_end; /* atomic: end of the last checkpoint record */

    slock_t request_lock;
    /* guarded by request_lock: requests count up, so that a waiter knows which one answers it */
    uint32 started, done, failed;
    int flags;
    bool has_checkpointer;
    ConditionVariable started_cv, done_cv;

    _Atomic uint64 timed, requested, write_time_ms, sync_time_ms;
} RecoveryShared;

extern RecoveryShared *recovery_shared;
extern RecoveryCounters recovery_counters;
extern const RecoveryCallbacks *recovery_callbacks[RECOVERY_CALLBACKS_MAX];
extern int recovery_callback_count;

/* control.c: the caller holds no control_lock */
ControlFile *recovery__control(void);
void recovery__write_control(void);

/* missing_pages.c */
void recovery__missing_page(RelFileLocator locator, ForkNumber fork, BlockNumber block,
                            bool present);
void recovery__forget_missing(RelFileLocator locator, ForkNumber fork, BlockNumber first_block);
void recovery__check_missing(void);

#endif
