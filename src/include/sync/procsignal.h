/*
 * procsignal.h - many reasons over one signal (SIGUSR1), barriers, cancel keys
 */
#ifndef SYNC_PROCSIGNAL_H
#define SYNC_PROCSIGNAL_H

#include "base/base.h"

typedef enum ProcSignalReason {
    PROCSIG_CATCHUP_INTERRUPT,
    PROCSIG_NOTIFY_INTERRUPT,
    PROCSIG_PARALLEL_MESSAGE,
    PROCSIG_WALSND_INIT_STOPPING,
    PROCSIG_BARRIER,
    PROCSIG_LOG_MEMORY_CONTEXT,
    PROCSIG_RECOVERY_CONFLICT,
    NUM_PROCSIGNALS,
} ProcSignalReason;

typedef enum ProcSignalBarrierType {
    PROCSIGNAL_BARRIER_SMGRRELEASE, /* close all relation files */
    PROCSIGNAL_BARRIERS,
} ProcSignalBarrierType;

/* Called in the handler (reasons) or at the next interrupt check (barriers); per process. */
typedef void (*ProcSignalHandler)(void);
typedef bool (*ProcSignalBarrierHandler)(void); /* false: not now, try again */
void procsignal_register(ProcSignalReason reason, ProcSignalHandler handler);
void procsignal_register_barrier(ProcSignalBarrierType type, ProcSignalBarrierHandler handler);

/* 0, or -1 with errno ESRCH if there is no such process. pgprocno -1: look the pid up. */
int SendProcSignal(int pid, ProcSignalReason reason, int pgprocno);
void procsignal_sigusr1_handler(int signo);

uint64 EmitProcSignalBarrier(ProcSignalBarrierType type);
void WaitForProcSignalBarrier(uint64 generation);
void ProcessProcSignalBarrier(void); /* from the interrupt check */

/* Cancel keys: what BackendKeyData told the client. */
void procsignal_set_cancel_key(int32 key);
/* SIGINT to the process if pid and key are right. */
bool procsignal_send_cancel(int pid, int32 key);

#endif
