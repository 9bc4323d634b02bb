/*
 * interrupt.h - requests to stop, noticed at safe points; critical sections
 *
 * Signal handlers set the flags; CHECK_FOR_INTERRUPTS() acts on them, which may throw.
 * In a critical section a shared change is half done: any ERROR there becomes PANIC.
 */
#ifndef ERROR_INTERRUPT_H
#define ERROR_INTERRUPT_H

#include <signal.h>

#include "base/base.h"

extern volatile sig_atomic_t InterruptPending;
extern volatile sig_atomic_t QueryCancelPending;
extern volatile sig_atomic_t ProcDiePending;
extern volatile sig_atomic_t IdleInTransactionSessionTimeoutPending;
extern volatile sig_atomic_t IdleSessionTimeoutPending;
extern volatile sig_atomic_t TransactionTimeoutPending;
extern volatile sig_atomic_t ClientConnectionLost;
extern volatile sig_atomic_t CheckClientConnectionPending;
extern volatile sig_atomic_t ProcSignalBarrierPending;
extern volatile sig_atomic_t LogMemoryContextPending;
extern volatile sig_atomic_t ConfigReloadPending;
extern volatile sig_atomic_t ShutdownRequestPending;

extern volatile uint32 InterruptHoldoffCount;
extern volatile uint32 QueryCancelHoldoffCount;
extern volatile uint32 CritSectionCount;

/* Acts on pending interrupts; set by the session room (auxiliary processes set their own). */
extern void (*process_interrupts_hook)(void);
void ProcessInterrupts(void);

#define INTERRUPTS_PENDING_CONDITION() unlikely(InterruptPending)
#define CHECK_FOR_INTERRUPTS()                                                                     \
    do                                                                                             \
    {                                                                                              \
        if (INTERRUPTS_PENDING_CONDITION())                                                        \
            ProcessInterrupts();                                                                   \
    } while (0)
#define INTERRUPTS_CAN_BE_PROCESSED()                                                              \
    (InterruptHoldoffCount == 0 && CritSectionCount == 0 && QueryCancelHoldoffCount == 0)

#define HOLD_INTERRUPTS() (InterruptHoldoffCount++)
#define RESUME_INTERRUPTS()                                                                        \
    do                                                                                             \
    {                                                                                              \
        Assert(InterruptHoldoffCount > 0);                                                         \
        InterruptHoldoffCount--;                                                                   \
    } while (0)
#define HOLD_CANCEL_INTERRUPTS() (QueryCancelHoldoffCount++)
#define RESUME_CANCEL_INTERRUPTS()                                                                 \
    do                                                                                             \
    {                                                                                              \
        Assert(QueryCancelHoldoffCount > 0);                                                       \
        QueryCancelHoldoffCount--;                                                                 \
    } while (0)
#define START_CRIT_SECTION() (CritSectionCount++)
#define END_CRIT_SECTION()                                                                         \
    do                                                                                             \
    {                                                                                              \
        Assert(CritSectionCount > 0);                                                              \
        CritSectionCount--;                                                                        \
    } while (0)

#endif
