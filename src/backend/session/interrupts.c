/*
 * interrupts.c - acts on requests to stop, where it is safe
 *
 * Errors     throws: 57014 for a cancelled statement, FATAL 57P01 and others for the session
 */
#include "session_int.h"

#include "error/error.h"
#include "error/interrupt.h"
#include "sync/latch.h"
#include "sync/procsignal.h"
#include "sync/signals.h"
#include "sync/sinval.h"
#include "sync/timeout.h"

static volatile bool idle; /* between two messages: a cancel request means nothing */

void
interrupt_idle_begin(void)
{
    idle = true;
}

void
interrupt_idle_end(void)
{
    idle = false;
    QueryCancelPending = false;
}

static void
end_session(void)
{
    ProcDiePending = false;
    QueryCancelPending = false;
    if (ClientConnectionLost)
        ereport(FATAL, (errcode(ERRCODE_CONNECTION_FAILURE),
                        errmsg("connection to client lost")));
    ereport(FATAL, (errcode(ERRCODE_ADMIN_SHUTDOWN),
                    errmsg("terminating connection due to administrator command")));
}

static void
cancel_statement(void)
{
    bool lock = get_timeout_indicator(LOCK_TIMEOUT, true);
    bool statement = get_timeout_indicator(STATEMENT_TIMEOUT, true);

    QueryCancelPending = false;
    if (lock && statement &&
        get_timeout_finish_time(STATEMENT_TIMEOUT) < get_timeout_finish_time(LOCK_TIMEOUT))
        lock = false;
    if (lock)
        ereport(ERROR, (errcode(ERRCODE_LOCK_NOT_AVAILABLE),
                        errmsg("canceling statement due to lock timeout")));
    if (statement)
        ereport(ERROR, (errcode(ERRCODE_QUERY_CANCELED),
                        errmsg("canceling statement due to statement timeout")));
    if (!idle)
        ereport(ERROR, (errcode(ERRCODE_QUERY_CANCELED),
                        errmsg("canceling statement due to user request")));
}

static void
end_idle_session(void)
{
    if (IdleInTransactionSessionTimeoutPending) {
        IdleInTransactionSessionTimeoutPending = false;
        if (IdleInTransactionSessionTimeout > 0)
            ereport(FATAL,
                    (errcode(ERRCODE_IDLE_IN_TRANSACTION_SESSION_TIMEOUT),
                     errmsg("terminating connection due to idle-in-transaction timeout")));
    }
    if (IdleSessionTimeoutPending) {
        IdleSessionTimeoutPending = false;
        if (IdleSessionTimeout > 0)
            ereport(FATAL, (errcode(ERRCODE_IDLE_SESSION_TIMEOUT),
                            errmsg("terminating connection due to idle-session timeout")));
    }
}

static void
process_interrupts(void)
{
    if (InterruptHoldoffCount != 0 || CritSectionCount != 0)
        return;
    InterruptPending = false;
    if (ProcDiePending)
        end_session();
    if (ClientConnectionLost) {
        QueryCancelPending = false;
        ereport(FATAL, (errcode(ERRCODE_CONNECTION_FAILURE),
                        errmsg("connection to client lost")));
    }
    if (QueryCancelPending) {
        if (QueryCancelHoldoffCount != 0)
            InterruptPending = true;
        else
            cancel_statement();
    }
    end_idle_session();
    if (ProcSignalBarrierPending)
        ProcessProcSignalBarrier();
    if (idle)
        sinval_process_catchup_interrupt();
}

static void
statement_timed_out(void)
{
    signals_handle_cancel(0);
}

static void
idle_in_transaction_timed_out(void)
{
    IdleInTransactionSessionTimeoutPending = true;
    InterruptPending = true;
    SetLatch(MyLatch);
}

static void
idle_session_timed_out(void)
{
    IdleSessionTimeoutPending = true;
    InterruptPending = true;
    SetLatch(MyLatch);
}

void
session_interrupts_register(void)
{
    process_interrupts_hook = process_interrupts;
    RegisterTimeout(STATEMENT_TIMEOUT, statement_timed_out);
    RegisterTimeout(IDLE_IN_TRANSACTION_SESSION_TIMEOUT, idle_in_transaction_timed_out);
    RegisterTimeout(IDLE_SESSION_TIMEOUT, idle_session_timed_out);
}
