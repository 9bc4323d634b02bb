/*
 * bgwriter.c - writes dirty buffers ahead of the clock hand, so that backends find clean ones
 */
#include "aux/aux.h"

#include <setjmp.h>

#include "buffer/buffer.h"
#include "config/settings.h"
#include "error/error.h"
#include "error/interrupt.h"
#include "error/resowner.h"
#include "memory/memory.h"
#include "sync/backend_status.h"
#include "sync/ipc.h"
#include "sync/latch.h"
#include "sync/lwlock.h"
#include "sync/proc.h"
#include "sync/wait_event.h"

#define HIBERNATE_ROUNDS 50

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
aux_bgwriter_main(void)
{
    sigjmp_buf on_error;
    bool idle = false;

    aux_attach(PROC_AUXILIARY, B_BG_WRITER, "background writer");
    CurrentResourceOwner = ResourceOwnerCreate(NULL, "background writer");
    if (sigsetjmp(on_error, 1) != 0)
        recover_from_error();
    PG_exception_stack = &on_error;
    while (!ShutdownRequestPending) {
        ResetLatch(MyLatch);
        if (ConfigReloadPending) {
            ConfigReloadPending = false;
            config_reload();
        }
        if (ShutdownRequestPending)
            break;

        bool may_sleep = buffer_background_write();

        /* Nothing to do twice: sleep until somebody takes a buffer. */
        bool hibernate = may_sleep && idle;

        idle = may_sleep;
        if (hibernate)
            buffer_wake_me_at_allocation();
        WaitLatch(MyLatch, WL_LATCH_SET | WL_TIMEOUT | WL_EXIT_ON_PM_DEATH,
                  hibernate ? (long) BgWriterDelay * HIBERNATE_ROUNDS : BgWriterDelay,
                  WAIT_EVENT_BGWRITER_MAIN);
    }
}
