/*
 * attach.c - how a process joins the server: its slot, its latch, its caches
 */
#include "aux/aux.h"

#include <unistd.h>

#include "base/random.h"
#include "btree/btree.h"
#include "buffer/buffer.h"
#include "error/error.h"
#include "error/interrupt.h"
#include "error/log.h"
#include "heap/relation.h"
#include "lock/lock.h"
#include "sync/backend_status.h"
#include "sync/ipc.h"
#include "sync/latch.h"
#include "sync/proc.h"
#include "sync/procsignal.h"
#include "sync/signals.h"
#include "sync/sinval.h"
#include "sync/timeout.h"
#include "xact/procarray.h"
#include "xact/xact.h"

/* An auxiliary process ends when it is told to, at once where it is safe. */
static void
process_interrupts(void)
{
    if (ProcSignalBarrierPending)
        ProcessProcSignalBarrier();
    if (ProcDiePending)
        proc_exit(0);
}

void
aux_attach(int proc_kind, int backend_type, const char *log_name)
{
    MyProcPid = getpid();
    MyBackendType = (BackendType) backend_type;
    MyStartTimestamp = GetCurrentTimestamp();
    log_after_fork();
    random_init();
    log_session.backend_type = log_name;
    process_interrupts_hook = process_interrupts;
    latch_initialize_process(getppid());
    InitializeTimeouts();
    if (!proc_attach((ProcKind) proc_kind))
        ereport(FATAL, (errcode(ERRCODE_TOO_MANY_CONNECTIONS),
                        errmsg("no process slot is free for the %s", log_name)));
    backend_status_begin((BackendType) backend_type);
    buffer_init_process();
    lock_attach();
    signals_setup_auxiliary();
}
