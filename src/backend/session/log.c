/*
 * log.c - what log_statement, log_duration and log_min_duration_statement write
 */
#include "session_int.h"

#include <string.h>

#include "base/random.h"
#include "error/error.h"
#include "error/log.h"
#include "memory/memory.h"
#include "sync/timeout.h"

static bool logged; /* the statement's text is in the log already */

/* The kind of statement by its tag: what log_statement's levels mean. */
static int
kind_of(const char *tag)
{
    static const char *const ddl[] = {"CREATE", "ALTER", "DROP", "GRANT", "REVOKE", "COMMENT",
                                      "REINDEX", "SECURITY", "IMPORT", "REASSIGN"};
    static const char *const modifying[] = {"INSERT", "UPDATE", "DELETE", "MERGE", "COPY",
                                            "TRUNCATE TABLE", "SELECT INTO"};

    for (Size i = 0; i < lengthof(ddl); i++)
        if (strncmp(tag, ddl[i], strlen(ddl[i])) == 0)
            return LOGSTMT_DDL;
    for (Size i = 0; i < lengthof(modifying); i++)
        if (strncmp(tag, modifying[i], strlen(modifying[i])) == 0)
            return LOGSTMT_MOD;
    return LOGSTMT_ALL;
}

void
log_statement_begin(const char *sql, const char *tag)
{
    log_session.statement = sql;
    log_session.command_tag = tag;
    logged = false;
    if (log_statement == LOGSTMT_NONE || kind_of(tag) > log_statement)
        return;
    ereport(LOG, (errmsg("statement: %s", sql), errhidestmt(true)));
    logged = true;
}

void
log_duration_end(const char *sql)
{
    if (!log_duration && log_min_duration_statement < 0 && log_min_duration_sample < 0)
        return;

    int64 us = GetCurrentTimestamp() - xact_statement_timestamp();
    int64 ms = us / 1000;
    bool exceeded = log_min_duration_statement >= 0 && ms >= log_min_duration_statement;
    bool sampled = log_min_duration_sample >= 0 && ms >= log_min_duration_sample &&
                   pg_prng_double(&pg_global_prng_state) < log_statement_sample_rate;
    char *text = psprintf("%lld.%03d", (long long) ms, (int) (us % 1000));

    if ((exceeded || sampled) && !logged && sql)
        ereport(LOG, (errmsg("duration: %s ms  statement: %s", text, sql), errhidestmt(true)));
    else if (exceeded || sampled || log_duration)
        ereport(LOG, (errmsg("duration: %s ms", text), errhidestmt(true)));
    pfree(text);
}

static TransactionId
current_xid(void)
{
    return xact_top_id_if_any();
}

void
session_log_register(void)
{
    log_session.current_xid = current_xid;
}
