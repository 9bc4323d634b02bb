/*
 * condition_variable.h - sleep until a shared condition may have become true
 *
 *   ConditionVariablePrepareToSleep(&cv);       // optional
 *   while (!condition)
 *       ConditionVariableSleep(&cv, WAIT_EVENT_X);
 *   ConditionVariableCancelSleep();
 *
 * No wake-up is lost (CV1): a sleeper enters the list before it looks at the condition, and
 * whoever changes it signals after. Sleeping checks for interrupts; an error's cleanup calls
 * ConditionVariableCancelSleep().
 */
#ifndef SYNC_CONDITION_VARIABLE_H
#define SYNC_CONDITION_VARIABLE_H

#include "sync/spin.h"

typedef struct ConditionVariable {
    slock_t mutex;
    int32 first; /* pgprocno or -1; guarded by mutex */
    int32 last;
} ConditionVariable;

typedef union ConditionVariableMinimallyPadded {
    ConditionVariable cv;
    char pad[16];
} ConditionVariableMinimallyPadded;

void ConditionVariableInit(ConditionVariable *cv);
void ConditionVariablePrepareToSleep(ConditionVariable *cv);
void ConditionVariableSleep(ConditionVariable *cv, uint32 wait_event_info);
/* True when timeout_ms passed without a signal; -1 waits for ever. */
bool ConditionVariableTimedSleep(ConditionVariable *cv, long timeout_ms, uint32 wait_event_info);
/* True if this process had been signalled meanwhile. */
bool ConditionVariableCancelSleep(void);
void ConditionVariableSignal(ConditionVariable *cv);
void ConditionVariableBroadcast(ConditionVariable *cv);

#endif
