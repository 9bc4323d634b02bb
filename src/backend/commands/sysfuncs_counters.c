/*
 * sysfuncs_counters.c - cumulative statistics
 *
 * Why        the log, the checkpointer and the processes count what they do; tables, indexes and
 *            databases are not counted, and answer as PostgreSQL does for an object without
 *            activity: 0, and NULL for times.
 * Errors     throws
 */
#include "catalog/catalog.h"
#include "catalog/lsyscache.h"
#include "catalog/user.h"
#include "commands/sysfuncs.h"
#include "config/config.h"
#include "base/clock.h"
#include "error/error.h"
#include "recovery/recovery.h"
#include "types/builtins.h"
#include "types/numeric.h"
#include "wal/wal.h"

#define ZERO(name) SQL_FUNCTION(name) { return Int64GetDatum(0); }
#define ZERO_REAL(name) SQL_FUNCTION(name) { return Float8GetDatum(0.0); }
#define NO_TIME(name) SQL_FUNCTION(name) { PG_RETURN_NULL(); }

/* ---- of a table or index ---- */
ZERO(pg_stat_get_numscans)
ZERO(pg_stat_get_tuples_returned)
ZERO(pg_stat_get_tuples_fetched)
ZERO(pg_stat_get_tuples_inserted)
ZERO(pg_stat_get_tuples_updated)
ZERO(pg_stat_get_tuples_deleted)
ZERO(pg_stat_get_tuples_hot_updated)
ZERO(pg_stat_get_blocks_fetched)
ZERO(pg_stat_get_blocks_hit)
ZERO(pg_stat_get_live_tuples)
ZERO(pg_stat_get_dead_tuples)
ZERO(pg_stat_get_mod_since_analyze)
ZERO(pg_stat_get_ins_since_vacuum)
ZERO(pg_stat_get_vacuum_count)
ZERO(pg_stat_get_autovacuum_count)
ZERO(pg_stat_get_analyze_count)
ZERO(pg_stat_get_autoanalyze_count)
NO_TIME(pg_stat_get_last_vacuum_time)
NO_TIME(pg_stat_get_last_autovacuum_time)
NO_TIME(pg_stat_get_last_analyze_time)
NO_TIME(pg_stat_get_last_autoanalyze_time)
ZERO(pg_stat_get_xact_numscans)
ZERO(pg_stat_get_xact_tuples_returned)
ZERO(pg_stat_get_xact_tuples_fetched)
ZERO(pg_stat_get_xact_tuples_inserted)
ZERO(pg_stat_get_xact_tuples_updated)
ZERO(pg_stat_get_xact_tuples_deleted)
ZERO(pg_stat_get_xact_tuples_hot_updated)
ZERO(pg_stat_get_xact_blocks_fetched)
ZERO(pg_stat_get_xact_blocks_hit)

/* ---- of a function: NULL, as with track_functions off ---- */
NO_TIME(pg_stat_get_function_calls)
NO_TIME(pg_stat_get_function_total_time)
NO_TIME(pg_stat_get_function_self_time)
NO_TIME(pg_stat_get_xact_function_calls)
NO_TIME(pg_stat_get_xact_function_total_time)
NO_TIME(pg_stat_get_xact_function_self_time)

/* ---- of a database ---- */
ZERO(pg_stat_get_db_xact_commit)
ZERO(pg_stat_get_db_xact_rollback)
ZERO(pg_stat_get_db_blocks_fetched)
ZERO(pg_stat_get_db_blocks_hit)
ZERO(pg_stat_get_db_tuples_returned)
ZERO(pg_stat_get_db_tuples_fetched)
ZERO(pg_stat_get_db_tuples_inserted)
ZERO(pg_stat_get_db_tuples_updated)
ZERO(pg_stat_get_db_tuples_deleted)
ZERO(pg_stat_get_db_conflict_tablespace)
ZERO(pg_stat_get_db_conflict_lock)
ZERO(pg_stat_get_db_conflict_snapshot)
ZERO(pg_stat_get_db_conflict_bufferpin)
ZERO(pg_stat_get_db_conflict_startup_deadlock)
ZERO(pg_stat_get_db_conflict_all)
ZERO(pg_stat_get_db_temp_files)
ZERO(pg_stat_get_db_temp_bytes)
ZERO(pg_stat_get_db_deadlocks)
ZERO(pg_stat_get_db_checksum_failures)
ZERO(pg_stat_get_db_sessions)
ZERO(pg_stat_get_db_sessions_abandoned)
ZERO(pg_stat_get_db_sessions_fatal)
ZERO(pg_stat_get_db_sessions_killed)
ZERO_REAL(pg_stat_get_db_session_time)
ZERO_REAL(pg_stat_get_db_active_time)
ZERO_REAL(pg_stat_get_db_idle_in_transaction_time)
ZERO_REAL(pg_stat_get_db_blk_read_time)
ZERO_REAL(pg_stat_get_db_blk_write_time)
NO_TIME(pg_stat_get_db_checksum_last_failure)
NO_TIME(pg_stat_get_db_stat_reset_time)

/* ---- of the cluster ---- */
ZERO(pg_stat_get_bgwriter_buf_written_checkpoints)
ZERO(pg_stat_get_bgwriter_buf_written_clean)
ZERO(pg_stat_get_bgwriter_maxwritten_clean)
ZERO(pg_stat_get_buf_written_backend)
ZERO(pg_stat_get_buf_fsync_backend)
ZERO(pg_stat_get_buf_alloc)
NO_TIME(pg_stat_get_bgwriter_stat_reset_time)
NO_TIME(pg_stat_get_snapshot_timestamp)

#define CHECKPOINTS(name, result)                                                                  \
    SQL_FUNCTION(name)                                                                             \
    {                                                                                              \
        CheckpointStatistics counts;                                                               \
                                                                                                   \
        recovery_checkpoint_statistics(&counts);                                                   \
        return result;                                                                             \
    }

CHECKPOINTS(pg_stat_get_bgwriter_timed_checkpoints, Int64GetDatum((int64)counts.timed))
CHECKPOINTS(pg_stat_get_bgwriter_requested_checkpoints, Int64GetDatum((int64)counts.requested))
CHECKPOINTS(pg_stat_get_checkpoint_write_time, Float8GetDatum((double)counts.write_time_ms))
CHECKPOINTS(pg_stat_get_checkpoint_sync_time, Float8GetDatum((double)counts.sync_time_ms))

SQL_FUNCTION(pg_stat_get_wal)
{
    WalStatistics counts;
    SysRow row = {0};

    wal_statistics(&counts);
    sysrow_bigint(&row, (int64)counts.records);
    sysrow_bigint(&row, (int64)counts.images);
    sysrow_datum(&row, NumericGetDatum(int64_to_numeric((int64)counts.bytes)));
    sysrow_bigint(&row, (int64)counts.buffers_full);
    sysrow_bigint(&row, (int64)counts.writes);
    sysrow_bigint(&row, (int64)counts.syncs);
    sysrow_datum(&row, Float8GetDatum((double)counts.write_time_us / 1000.0));
    sysrow_datum(&row, Float8GetDatum((double)counts.sync_time_us / 1000.0));
    sysrow_null(&row);
    return sysfuncs_return_row(fcinfo, &row);
}

SQL_FUNCTION(pg_stat_get_archiver)
{
    SysRow row = {0};

    sysrow_bigint(&row, 0);
    sysrow_null(&row);
    sysrow_null(&row);
    sysrow_bigint(&row, 0);
    sysrow_null(&row);
    sysrow_null(&row);
    sysrow_null(&row);
    return sysfuncs_return_row(fcinfo, &row);
}

static void
fill_slru(SysRows *rows, FunctionCallInfo fcinfo)
{
    static const char *const names[] = {"CommitTs", "MultiXactMember", "MultiXactOffset", "Notify",
                                        "Serial", "Subtrans", "Xact", "other"};
    SysRow row = {0};

    for (int i = 0; i < lengthof(names); i++) {
        sysrow_text(&row, names[i]);
        for (int j = 0; j < 7; j++)
            sysrow_bigint(&row, 0);
        sysrow_null(&row);
        sysrows_add(rows, &row);
    }
}

SQL_FUNCTION(pg_stat_get_slru)
{
    return sysfuncs_return_rows(fcinfo, fill_slru);
}

/* ---- things there are none of ---- */

static void
fill_nothing(SysRows *rows, FunctionCallInfo fcinfo)
{
}

#define NO_ROWS(name) SQL_FUNCTION(name) { return sysfuncs_return_rows(fcinfo, fill_nothing); }

NO_ROWS(pg_prepared_xact)
NO_ROWS(pg_stat_get_wal_senders)
NO_ROWS(pg_stat_get_progress_info)
NO_ROWS(pg_stat_get_subscription)
NO_ROWS(pg_get_publication_tables)
NO_ROWS(pg_get_replication_slots)
NO_ROWS(pg_available_extensions)
NO_ROWS(pg_available_extension_versions)
NO_ROWS(pg_extension_update_paths)
NO_ROWS(pg_listening_channels)
NO_ROWS(pg_get_catalog_foreign_keys)

SQL_FUNCTION(pg_stat_get_wal_receiver)
{
    PG_RETURN_NULL();
}

SQL_FUNCTION(pg_notification_queue_usage)
{
    PG_RETURN_FLOAT8(0.0);
}

SQL_FUNCTION(pg_relation_is_publishable)
{
    char kind = get_rel_relkind(PG_GETARG_OID(0));

    if (kind == 0)
        PG_RETURN_NULL();
    PG_RETURN_BOOL(kind == 'r' && PG_GETARG_OID(0) >= 16384);
}

SQL_FUNCTION(pg_stat_clear_snapshot)
{
    PG_RETURN_VOID();
}

SQL_FUNCTION(pg_stat_force_next_flush)
{
    PG_RETURN_VOID();
}

SQL_FUNCTION(pg_trigger_depth)
{
    PG_RETURN_INT32(0);
}

SQL_FUNCTION(pg_jit_available)
{
    PG_RETURN_BOOL(false);
}
