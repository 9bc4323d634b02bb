/*
 * signals.c - signal dispositions and the handlers that processes start from
 *
 * A handler sets flags and latches. What they ask for happens at the next interrupt check.
 */
#include <errno.h>
#include <unistd.h>

#include "error/interrupt.h"
#include "sync/ipc.h"
#include "sync/latch.h"
#include "sync/procsignal.h"
#include "sync/signals.h"

sigset_t BlockSig;
sigset_t UnBlockSig;

void
pqsignal(int signo, pqsigfunc handler)
{
    struct sigaction action = {.sa_handler = handler, .sa_flags = SA_RESTART};

    sigemptyset(&action.sa_mask);
    if (signo == SIGCHLD)
        action.sa_flags |= SA_NOCLDSTOP;
    sigaction(signo, &action, NULL);
}

void
signals_initialize(void)
{
    static const int never_blocked[] = {SIGTRAP, SIGABRT, SIGILL, SIGFPE, SIGSEGV,
                                        SIGBUS,  SIGSYS,  SIGCONT, SIGQUIT};

    sigemptyset(&UnBlockSig);
    sigaddset(&UnBlockSig, SIGURG); /* latch.c */
    sigfillset(&BlockSig);
    for (unsigned i = 0; i < sizeof(never_blocked) / sizeof(never_blocked[0]); i++)
        sigdelset(&BlockSig, never_blocked[i]);
}

void
signals_block(void)
{
    sigprocmask(SIG_SETMASK, &BlockSig, NULL);
}

void
signals_unblock(void)
{
    sigprocmask(SIG_SETMASK, &UnBlockSig, NULL);
}

void
SignalHandlerForConfigReload(int signo)
{
    int saved_errno = errno;

    ConfigReloadPending = 1;
    SetLatch(MyLatch);
    errno = saved_errno;
}

void
SignalHandlerForShutdownRequest(int signo)
{
    int saved_errno = errno;

    ShutdownRequestPending = 1;
    SetLatch(MyLatch);
    errno = saved_errno;
}

/* Shared memory may be broken: touch nothing. */
void
SignalHandlerForCrashExit(int signo)
{
    _exit(2);
}

void
signals_handle_cancel(int signo)
{
    int saved_errno = errno;

    if (!proc_exit_inprogress) {
        InterruptPending = true;
        QueryCancelPending = true;
    }
    SetLatch(MyLatch);
    errno = saved_errno;
}

void
signals_handle_die(int signo)
{
    int saved_errno = errno;

    if (!proc_exit_inprogress) {
        InterruptPending = true;
        ProcDiePending = true;
    }
    SetLatch(MyLatch);
    errno = saved_errno;
}

static void
setup_common(void)
{
    signals_initialize();
    pqsignal(SIGHUP, SignalHandlerForConfigReload);
    pqsignal(SIGQUIT, SignalHandlerForCrashExit);
    pqsignal(SIGPIPE, SIG_IGN);
    pqsignal(SIGUSR1, procsignal_sigusr1_handler);
    pqsignal(SIGUSR2, SIG_IGN);
    pqsignal(SIGCHLD, SIG_DFL);
}

void
signals_setup_backend(void)
{
    setup_common();
    pqsignal(SIGINT, signals_handle_cancel);
    pqsignal(SIGTERM, signals_handle_die);
    signals_unblock();
}

void
signals_setup_auxiliary(void)
{
    setup_common();
    pqsignal(SIGINT, SIG_IGN);
    pqsignal(SIGTERM, SignalHandlerForShutdownRequest);
    signals_unblock();
}
