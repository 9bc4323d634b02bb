/*
 * signals.h - signal handlers every process kind starts from
 */
#ifndef SYNC_SIGNALS_H
#define SYNC_SIGNALS_H

#include <signal.h>

#include "base/base.h"

typedef void (*pqsigfunc)(int signo);

/* sigaction with SA_RESTART; SIG_IGN and SIG_DFL allowed. */
void pqsignal(int signo, pqsigfunc handler);

/* Masks: all that may be blocked; SIGURG only (normal running); that of the start packet. */
extern sigset_t BlockSig;
extern sigset_t UnBlockSig;
void signals_initialize(void); /* fills the masks */
void signals_block(void);
void signals_unblock(void);

/* Flags these handlers set are in error/interrupt.h. */
void SignalHandlerForConfigReload(int signo);    /* SIGHUP: flag and latch */
void SignalHandlerForShutdownRequest(int signo); /* SIGTERM of auxiliary processes */
void SignalHandlerForCrashExit(int signo);       /* SIGQUIT: _exit(2) at once */
void signals_handle_cancel(int signo);           /* SIGINT of a backend */
void signals_handle_die(int signo);              /* SIGTERM of a backend */

/* The handlers of a backend: HUP, INT, TERM, QUIT, PIPE, USR1, ALRM; then unblocks. */
void signals_setup_backend(void);
/* The same for an auxiliary process: TERM is a shutdown request, INT ignored. */
void signals_setup_auxiliary(void);

#endif
