/*
 * walwriter.c - flushes the WAL of asynchronous commits
 */
#include "aux/aux.h"

#include <setjmp.h>

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
#include "wal/wal.h"

#define IDLE_ROUNDS 2
#define HIBERNATE_ROUNDS 50

void
aux_walwriter_main(void)
{
    sigjmp_buf on_error;
    int idle_rounds = 0;

    aux_attach(PROC_AUXILIARY, B_WAL_WRITER, "walwriter");
    CurrentResourceOwner = ResourceOwnerCreate(NULL, "walwriter");
    if (sigsetjmp(on_error, 1) != 0) {
        HOLD_INTERRUPTS();
        EmitErrorReport();
        LWLockReleaseAll();
        FlushErrorState();
        RESUME_INTERRUPTS();
    }
    PG_exception_stack = &on_error;
    atomic_store(&ProcGlobal->walwriterProcno, MyProc->pgprocno);
    while (!ShutdownRequestPending) {
        ResetLatch(MyLatch);
        if (ConfigReloadPending) {
            ConfigReloadPending = false;
            config_reload();
        }
        if (ShutdownRequestPending)
            break;
        idle_rounds = wal_background_flush() ? 0 : idle_rounds + 1;

        bool hibernate = idle_rounds > IDLE_ROUNDS;

        wal_set_writer_sleeping(hibernate);
        WaitLatch(MyLatch, WL_LATCH_SET | WL_TIMEOUT | WL_EXIT_ON_PM_DEATH,
                  hibernate ? (long) WalWriterDelay * HIBERNATE_ROUNDS : WalWriterDelay,
                  WAIT_EVENT_WAL_WRITER_MAIN);
        wal_set_writer_sleeping(false);
    }
    atomic_store(&ProcGlobal->walwriterProcno, -1);
}
