/*
 * interrupt.c - the flags that signal handlers set
 *
 * CritSectionCount stands in the memory room, which must know it.
 */
#include "error/interrupt.h"

volatile sig_atomic_t InterruptPending;
volatile sig_atomic_t QueryCancelPending;
volatile sig_atomic_t ProcDiePending;
volatile sig_atomic_t IdleInTransactionSessionTimeoutPending;
volatile sig_atomic_t IdleSessionTimeoutPending;
volatile sig_atomic_t TransactionTimeoutPending;
volatile sig_atomic_t ClientConnectionLost;
volatile sig_atomic_t CheckClientConnectionPending;
volatile sig_atomic_t ProcSignalBarrierPending;
volatile sig_atomic_t LogMemoryContextPending;
volatile sig_atomic_t ConfigReloadPending;
volatile sig_atomic_t ShutdownRequestPending;

volatile uint32 InterruptHoldoffCount;
volatile uint32 QueryCancelHoldoffCount;

void (*process_interrupts_hook)(void);

void
ProcessInterrupts(void)
{
    if (InterruptHoldoffCount != 0 || CritSectionCount != 0)
        return;
    if (process_interrupts_hook != NULL)
        process_interrupts_hook();
    else
        InterruptPending = false;
}
