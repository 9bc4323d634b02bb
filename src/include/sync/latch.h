/*
 * latch.h - one per process: what it waits on between pieces of work
 *
 * The loop is always: ResetLatch, look for work, WaitLatch. SetLatch is safe in signal handlers
 * and costs one load when the latch is already set.
 * A wait with a socket is one ppoll, without one a futex on the latch's own word. A sleeper in
 * ppoll is woken by SIGURG, which is blocked everywhere else, so no wake-up falls between the
 * look and the sleep (LA1). Death of the postmaster arrives as a signal (PR_SET_PDEATHSIG) that
 * sets the latch.
 */
#ifndef SYNC_LATCH_H
#define SYNC_LATCH_H

#include <stdatomic.h>

#include "base/base.h"

typedef struct Latch {
    _Atomic uint32 is_set;  /* futex word; atomic: anybody sets, the owner clears */
    _Atomic uint32 waiting; /* LATCH_AWAKE, or how the owner sleeps; atomic: owner writes */
    _Atomic int32 owner_pid;
    bool is_shared;
} Latch;

#define WL_LATCH_SET (1 << 0)
#define WL_SOCKET_READABLE (1 << 1)
#define WL_SOCKET_WRITEABLE (1 << 2)
#define WL_TIMEOUT (1 << 3)
#define WL_POSTMASTER_DEATH (1 << 4)
#define WL_EXIT_ON_PM_DEATH (1 << 5)
#define WL_SOCKET_CONNECTED WL_SOCKET_WRITEABLE
#define WL_SOCKET_CLOSED (1 << 7)

#define PGINVALID_SOCKET (-1)
typedef int pgsocket;

/* This process's latch: its own until proc_attach() gives it the one in its PGPROC. */
extern Latch *MyLatch;

void InitLatch(Latch *latch);       /* process-local */
void InitSharedLatch(Latch *latch); /* in shared memory, without owner */
void OwnLatch(Latch *latch);
void DisownLatch(Latch *latch);
void SetLatch(Latch *latch);
void ResetLatch(Latch *latch);

/* Bits that came true. timeout_ms counts only with WL_TIMEOUT; wait_event_info is WAIT_EVENT_x. */
int WaitLatch(Latch *latch, int wakeEvents, long timeout_ms, uint32 wait_event_info);
int WaitLatchOrSocket(Latch *latch, int wakeEvents, pgsocket sock, long timeout_ms,
                      uint32 wait_event_info);

/*
 * In each child right after fork: blocks SIGURG, installs its handler, asks the kernel for a
 * signal when `postmaster_pid` dies (0: nobody's death matters), resets MyLatch.
 */
void latch_initialize_process(int postmaster_pid);
bool PostmasterIsAlive(void);

#endif
