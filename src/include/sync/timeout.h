/*
 * timeout.h - several timeouts of one process over one interval timer
 *
 * A handler runs in SIGALRM: it sets flags and latches, nothing else.
 */
#ifndef SYNC_TIMEOUT_H
#define SYNC_TIMEOUT_H

#include "base/clock.h"

typedef enum TimeoutId {
    STARTUP_PACKET_TIMEOUT,
    DEADLOCK_TIMEOUT,
    LOCK_TIMEOUT,
    STATEMENT_TIMEOUT,
    STANDBY_DEADLOCK_TIMEOUT,
    STANDBY_TIMEOUT,
    STANDBY_LOCK_TIMEOUT,
    IDLE_IN_TRANSACTION_SESSION_TIMEOUT,
    IDLE_SESSION_TIMEOUT,
    IDLE_STATS_UPDATE_TIMEOUT,
    CLIENT_CONNECTION_CHECK_TIMEOUT,
    STARTUP_PROGRESS_TIMEOUT,
    USER_TIMEOUT,
    MAX_TIMEOUTS = USER_TIMEOUT + 10,
} TimeoutId;

typedef void (*timeout_handler_proc)(void);

void InitializeTimeouts(void); /* per process; installs the SIGALRM handler */
TimeoutId RegisterTimeout(TimeoutId id, timeout_handler_proc handler);
void enable_timeout_after(TimeoutId id, int delay_ms);
void enable_timeout_at(TimeoutId id, TimestampTz fin_time);
void disable_timeout(TimeoutId id, bool keep_indicator);
void disable_all_timeouts(bool keep_indicators);
bool get_timeout_active(TimeoutId id);
bool get_timeout_indicator(TimeoutId id, bool reset_indicator);
TimestampTz get_timeout_start_time(TimeoutId id);
TimestampTz get_timeout_finish_time(TimeoutId id);

#endif
