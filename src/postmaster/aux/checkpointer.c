/*
 * checkpointer.c - does checkpoints when they are due or asked for, and the last one at shutdown
 *
 * SIGUSR2 from the postmaster means: all others have ended, do the shutdown checkpoint and end.
 */
#include "aux/aux.h"

#include <setjmp.h>

#include "config/config.h"
#include "error/error.h"
#include "error/interrupt.h"
#include "error/resowner.h"
#include "memory/memory.h"
#include "recovery/recovery.h"
#include "sync/backend_status.h"
#include "sync/ipc.h"
#include "sync/latch.h"
#include "sync/lwlock.h"
#include "sync/proc.h"
#include "sync/signals.h"
#include "sync/wait_event.h"

static volatile sig_atomic_t shutdown_wanted;

static void
request_shutdown(int signo)
{
    shutdown_wanted = true;
    SetLatch(MyLatch);
}

/* Between two writes of a checkpoint. */
static bool
pause_between_writes(long wait_ms)
{
    if (ConfigReloadPending) {
        ConfigReloadPending = false;
        config_reload();
    }
    if (shutdown_wanted)
        return true;
    if (wait_ms > 0) {
        WaitLatch(MyLatch, WL_LATCH_SET | WL_TIMEOUT | WL_EXIT_ON_PM_DEATH, wait_ms,
                  WAIT_EVENT_CHECKPOINT_WRITE_DELAY);
        ResetLatch(MyLatch);
    }
    return shutdown_wanted;
}

static void
recover_from_error(void)
{
    HOLD_INTERRUPTS();
    EmitErrorReport();
    LWLockReleaseAll();
    ResourceOwnerRelease(CurrentResourceOwner, RESOURCE_RELEASE_BEFORE_LOCKS, false, true);
    FlushErrorState();
    RESUME_INTERRUPTS();
}

void
aux_checkpointer_main(void)
{
    sigjmp_buf on_error;
    MemoryContext work; /* reset in each round */

    aux_attach(PROC_AUXILIARY, B_CHECKPOINTER, "checkpointer");
    pqsignal(SIGUSR2, request_shutdown);
    pqsignal(SIGTERM, SIG_IGN); /* ends by SIGUSR2, after all others */
    recovery_checkpoint_pause_hook = pause_between_writes;
    recovery_checkpointer_attach();
    CurrentResourceOwner = ResourceOwnerCreate(NULL, "checkpointer");
    work = AllocSetContextCreate(TopMemoryContext, "checkpointer", ALLOCSET_DEFAULT_SIZES);

    if (sigsetjmp(on_error, 1) != 0)
        recover_from_error();
    PG_exception_stack = &on_error;
    while (!shutdown_wanted) {
        MemoryContextSwitchTo(work);
        MemoryContextReset(work);
        ResetLatch(MyLatch);
        if (ConfigReloadPending) {
            ConfigReloadPending = false;
            config_reload();
        }
        if (shutdown_wanted)
            break;

        long sleep_ms = recovery_checkpointer_work();

        if (shutdown_wanted)
            break;
        WaitLatch(MyLatch, WL_LATCH_SET | WL_TIMEOUT | WL_EXIT_ON_PM_DEATH, sleep_ms,
                  WAIT_EVENT_CHECKPOINTER_MAIN);
    }
    PG_exception_stack = NULL;
    recovery_shutdown_checkpoint();
}
