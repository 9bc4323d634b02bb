/*
 * sysfuncs_wal.c - the log and the control file as SQL shows them
 *
 * Errors     55000 where a function needs recovery, or needs that there is none
 */
#include "catalog/catalog.h"
#include "commands/sysfuncs.h"
#include "error/error.h"
#include "format/control.h"
#include "memory/memory.h"
#include "recovery/recovery.h"
#include "types/builtins.h"
#include "types/numeric.h"
#include "wal/wal.h"

#define UNIX_TO_POSTGRES_EPOCH_S INT64_C(946684800)
#define CATALOG_VERSION_15 202209061
#define CONTROL_VERSION_15 1300

static void
refuse_in_recovery(void)
{
    if (recovery_in_progress())
        ereport(ERROR, (errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE),
                        errmsg("recovery is in progress"),
                        errhint("WAL control functions cannot be executed during recovery.")));
}

static void
need_recovery(void)
{
    if (!recovery_in_progress())
        ereport(ERROR, (errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE),
                        errmsg("recovery is not in progress"),
                        errhint("Recovery control functions can only be executed during "
                                "recovery.")));
}

SQL_FUNCTION(pg_is_in_recovery)
{
    PG_RETURN_BOOL(recovery_in_progress());
}

#define WAL_POSITION(name, expression)                                                             \
    SQL_FUNCTION(name)                                                                             \
    {                                                                                              \
        refuse_in_recovery();                                                                      \
        return Int64GetDatum((int64)(expression));                                                 \
    }

WAL_POSITION(pg_current_wal_lsn, wal_written_lsn())
WAL_POSITION(pg_current_wal_insert_lsn, wal_insert_lsn())
WAL_POSITION(pg_current_wal_flush_lsn, wal_flushed_lsn())
WAL_POSITION(pg_switch_wal, wal_switch())

SQL_FUNCTION(pg_last_wal_receive_lsn)
{
    PG_RETURN_NULL();
}

SQL_FUNCTION(pg_last_wal_replay_lsn)
{
    PG_RETURN_NULL();
}

SQL_FUNCTION(pg_last_xact_replay_timestamp)
{
    PG_RETURN_NULL();
}

SQL_FUNCTION(pg_is_wal_replay_paused)
{
    need_recovery();
    PG_RETURN_BOOL(false);
}

SQL_FUNCTION(pg_get_wal_replay_pause_state)
{
    need_recovery();
    PG_RETURN_TEXT_P(cstring_to_text("not paused"));
}

/* The segment that holds the byte before the position. */
static char *
segment_name(XLogRecPtr lsn)
{
    char *name = palloc(32);

    wal_segment_name(name, wal_timeline(), (lsn - 1) / wal_segment_bytes());
    return name;
}

SQL_FUNCTION(pg_walfile_name)
{
    refuse_in_recovery();
    PG_RETURN_TEXT_P(cstring_to_text(segment_name((XLogRecPtr)PG_GETARG_INT64(0))));
}

SQL_FUNCTION(pg_walfile_name_offset)
{
    XLogRecPtr lsn = (XLogRecPtr)PG_GETARG_INT64(0);
    SysRow row = {0};

    refuse_in_recovery();
    sysrow_text(&row, segment_name(lsn));
    sysrow_int(&row, (int32)(lsn % wal_segment_bytes()));
    return sysfuncs_return_row(fcinfo, &row);
}

static Numeric
lsn_to_numeric(uint64 lsn)
{
    bool error = false;

    return numeric_add_opt_error(
        numeric_mul_opt_error(int64_to_numeric((int64)(lsn >> 32)),
                              int64_to_numeric(INT64_C(1) << 32), &error),
        int64_to_numeric((int64)(lsn & 0xffffffffu)), &error);
}

SQL_FUNCTION(pg_wal_lsn_diff)
{
    bool error = false;

    return NumericGetDatum(numeric_sub_opt_error(lsn_to_numeric((uint64)PG_GETARG_INT64(0)),
                                                 lsn_to_numeric((uint64)PG_GETARG_INT64(1)),
                                                 &error));
}

/* ---- the control file ---- */

static void
put_unix_time(SysRow *row, int64 seconds)
{
    sysrow_time(row, (seconds - UNIX_TO_POSTGRES_EPOCH_S) * 1000000);
}

SQL_FUNCTION(pg_control_system)
{
    const ControlFile *control;
    SysRow row = {0};

    recovery_read_control();
    control = recovery_control();
    sysrow_int(&row, CONTROL_VERSION_15);
    sysrow_int(&row, CATALOG_VERSION_15);
    sysrow_bigint(&row, (int64)control->system_id);
    put_unix_time(&row, control->time);
    return sysfuncs_return_row(fcinfo, &row);
}

SQL_FUNCTION(pg_control_checkpoint)
{
    const ControlFile *control;
    const ControlCheckpoint *checkpoint;
    char *segment = palloc(32);
    SysRow row = {0};

    recovery_read_control();
    control = recovery_control();
    checkpoint = &control->checkpoint_copy;
    wal_segment_name(segment, checkpoint->timeline, checkpoint->redo / control->wal_segment_size);
    sysrow_bigint(&row, (int64)control->checkpoint);
    sysrow_bigint(&row, (int64)checkpoint->redo);
    sysrow_text(&row, segment);
    sysrow_int(&row, (int32)checkpoint->timeline);
    sysrow_int(&row, (int32)checkpoint->previous_timeline);
    sysrow_bool(&row, checkpoint->full_page_writes != 0);
    sysrow_text(&row, psprintf("%u:%u", (uint32)(checkpoint->next_xid >> 32),
                               (uint32)checkpoint->next_xid));
    sysrow_oid(&row, checkpoint->next_oid);
    sysrow_oid(&row, (uint32)checkpoint->next_multi);
    sysrow_oid(&row, (uint32)checkpoint->next_multi_offset);
    sysrow_oid(&row, (uint32)checkpoint->oldest_xid);
    sysrow_oid(&row, checkpoint->oldest_xid_db);
    sysrow_oid(&row, (uint32)checkpoint->oldest_active_xid);
    sysrow_oid(&row, (uint32)checkpoint->oldest_multi);
    sysrow_oid(&row, checkpoint->oldest_multi_db);
    sysrow_oid(&row, 0); /* commit timestamps are not kept */
    sysrow_oid(&row, 0);
    put_unix_time(&row, checkpoint->time);
    return sysfuncs_return_row(fcinfo, &row);
}

SQL_FUNCTION(pg_control_recovery)
{
    const ControlFile *control;
    SysRow row = {0};

    recovery_read_control();
    control = recovery_control();
    sysrow_bigint(&row, (int64)control->min_recovery_lsn);
    sysrow_int(&row, (int32)control->min_recovery_tli);
    sysrow_bigint(&row, 0); /* of a base backup */
    sysrow_bigint(&row, 0);
    sysrow_bool(&row, false);
    return sysfuncs_return_row(fcinfo, &row);
}

SQL_FUNCTION(pg_control_init)
{
    const ControlFile *control;
    SysRow row = {0};

    recovery_read_control();
    control = recovery_control();
    sysrow_int(&row, 8); /* alignment */
    sysrow_int(&row, (int32)control->block_size);
    sysrow_int(&row, 131072); /* blocks in a segment of a relation */
    sysrow_int(&row, (int32)control->block_size); /* of the log */
    sysrow_int(&row, (int32)control->wal_segment_size);
    sysrow_int(&row, NAMEDATALEN);
    sysrow_int(&row, INDEX_MAX_KEYS);
    sysrow_int(&row, 1996); /* largest chunk of a toasted value */
    sysrow_int(&row, 2048);
    sysrow_bool(&row, true); /* float8 by value */
    sysrow_int(&row, (int32)control->data_checksum_version);
    return sysfuncs_return_row(fcinfo, &row);
}

static void
fill_resource_managers(SysRows *rows, FunctionCallInfo fcinfo)
{
    SysRow row = {0};

    for (int i = 0; i < 256; i++) {
        const WalResourceManager *manager = wal_resource_manager((uint8)i);

        if (!manager)
            continue;
        sysrow_int(&row, i);
        sysrow_text(&row, manager->name);
        sysrow_bool(&row, true);
        sysrows_add(rows, &row);
    }
}

SQL_FUNCTION(pg_get_wal_resource_managers)
{
    return sysfuncs_return_rows(fcinfo, fill_resource_managers);
}
