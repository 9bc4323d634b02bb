/*
 * sysfuncs_lock.c - pg_locks, who blocks whom, advisory locks
 *
 * Errors     throws what lock_acquire throws
 */
#include "catalog/catalog.h"
#include "commands/sysfuncs.h"
#include "error/error.h"
#include "lock/lock.h"
#include "memory/memory.h"
#include "sync/proc.h"
#include "types/array.h"
#include "types/builtins.h"

static void
put_nulls(SysRow *row, int count)
{
    while (count-- > 0)
        sysrow_null(row);
}

static char *
vxid_text(VirtualTransactionId vxid)
{
    return psprintf("%d/%u", vxid.backendId, vxid.localTransactionId);
}

/* Columns database .. objsubid: which of them a kind of lock has. */
static void
put_tag(SysRow *row, const LOCKTAG *tag)
{
    int done = row->count;

    switch ((LockTagType)tag->locktag_type) {
    case LOCKTAG_RELATION:
    case LOCKTAG_RELATION_EXTEND:
    case LOCKTAG_PAGE:
    case LOCKTAG_TUPLE:
        sysrow_oid(row, tag->locktag_field1);
        sysrow_oid(row, tag->locktag_field2);
        if (tag->locktag_type == LOCKTAG_PAGE || tag->locktag_type == LOCKTAG_TUPLE)
            sysrow_int(row, (int32)tag->locktag_field3);
        if (tag->locktag_type == LOCKTAG_TUPLE)
            sysrow_datum(row, Int16GetDatum((int16)tag->locktag_field4));
        break;
    case LOCKTAG_DATABASE_FROZEN_IDS:
        sysrow_oid(row, tag->locktag_field1);
        break;
    case LOCKTAG_TRANSACTION:
    case LOCKTAG_SPECULATIVE_TOKEN:
        put_nulls(row, 5);
        sysrow_oid(row, tag->locktag_field1);
        if (tag->locktag_type == LOCKTAG_SPECULATIVE_TOKEN) {
            sysrow_null(row);
            sysrow_oid(row, tag->locktag_field3);
        }
        break;
    case LOCKTAG_VIRTUALTRANSACTION:
        put_nulls(row, 4);
        sysrow_text(row, vxid_text((VirtualTransactionId){(int32)tag->locktag_field1,
                                                          tag->locktag_field2}));
        break;
    case LOCKTAG_OBJECT:
    case LOCKTAG_USERLOCK:
    case LOCKTAG_ADVISORY:
        sysrow_oid(row, tag->locktag_field1);
        put_nulls(row, 5);
        sysrow_oid(row, tag->locktag_field2);
        sysrow_oid(row, tag->locktag_field3);
        sysrow_datum(row, Int16GetDatum((int16)tag->locktag_field4));
        break;
    }
    put_nulls(row, 9 - (row->count - done));
}

static void
add_lock(SysRows *rows, const LockRow *lock, LOCKMODE mode, bool granted)
{
    SysRow row = {0};

    sysrow_text(&row, lock_tag_type_name(lock->tag.locktag_type));
    put_tag(&row, &lock->tag);
    sysrow_text(&row, vxid_text(lock->vxid));
    if (lock->pid != 0)
        sysrow_int(&row, lock->pid);
    else
        sysrow_null(&row);
    sysrow_text(&row, lock_mode_name(mode));
    sysrow_bool(&row, granted);
    sysrow_bool(&row, lock->fast_path);
    sysrow_time(&row, granted ? 0 : lock->wait_start);
    sysrows_add(rows, &row);
}

static void
fill_locks(SysRows *rows, FunctionCallInfo fcinfo)
{
    int count;
    LockRow *locks = lock_rows(&count);

    for (int i = 0; i < count; i++) {
        for (LOCKMODE mode = 1; mode <= MaxLockMode; mode++)
            if (locks[i].held & LOCKBIT_ON(mode))
                add_lock(rows, &locks[i], mode, true);
        if (locks[i].waiting != NoLock)
            add_lock(rows, &locks[i], locks[i].waiting, false);
    }
}

SQL_FUNCTION(pg_lock_status)
{
    return sysfuncs_return_rows(fcinfo, fill_locks);
}

SQL_FUNCTION(pg_blocking_pids)
{
    int count;
    int *pids = lock_blocking_pids(PG_GETARG_INT32(0), &count);

    return sysfuncs_int_array(pids, count);
}

SQL_FUNCTION(pg_safe_snapshot_blocking_pids)
{
    return sysfuncs_int_array(NULL, 0);
}

/* Is the session blocked by one of these? */
SQL_FUNCTION(pg_isolation_test_session_is_blocked)
{
    ArrayType *interesting = PG_GETARG_ARRAYTYPE_P(1);
    Datum *values;
    bool *nulls;
    int count, value_count;
    int *pids = lock_blocking_pids(PG_GETARG_INT32(0), &count);

    if (array_contains_nulls(interesting))
        ereport(ERROR, (errmsg("array must not contain nulls")));
    array_deconstruct(interesting, &values, &nulls, &value_count);
    for (int i = 0; i < count; i++)
        for (int j = 0; j < value_count; j++)
            if (DatumGetInt32(values[j]) == pids[i])
                PG_RETURN_BOOL(true);
    PG_RETURN_BOOL(false);
}

/* ---- advisory locks ---- */

static LOCKTAG
key_one(FunctionCallInfo fcinfo)
{
    uint64 key = (uint64)PG_GETARG_INT64(0);

    return lock_tag_advisory(MyDatabaseId, (uint32)(key >> 32), (uint32)key, 1);
}

static LOCKTAG
key_two(FunctionCallInfo fcinfo)
{
    return lock_tag_advisory(MyDatabaseId, (uint32)PG_GETARG_INT32(0), (uint32)PG_GETARG_INT32(1),
                             2);
}

#define ADVISORY_WAIT(name, key, mode, session)                                                    \
    SQL_FUNCTION(name)                                                                             \
    {                                                                                              \
        LOCKTAG tag = key(fcinfo);                                                                 \
                                                                                                   \
        lock_acquire(&tag, mode, session, false);                                                  \
        PG_RETURN_VOID();                                                                          \
    }
#define ADVISORY_TRY(name, key, mode, session)                                                     \
    SQL_FUNCTION(name)                                                                             \
    {                                                                                              \
        LOCKTAG tag = key(fcinfo);                                                                 \
                                                                                                   \
        PG_RETURN_BOOL(lock_acquire(&tag, mode, session, true) != LOCKACQUIRE_NOT_AVAIL);          \
    }
#define ADVISORY_UNLOCK(name, key, mode)                                                           \
    SQL_FUNCTION(name)                                                                             \
    {                                                                                              \
        LOCKTAG tag = key(fcinfo);                                                                 \
                                                                                                   \
        PG_RETURN_BOOL(lock_release(&tag, mode, true));                                            \
    }
#define ADVISORY(suffix, key)                                                                      \
    ADVISORY_WAIT(pg_advisory_lock_##suffix, key, ExclusiveLock, true)                             \
    ADVISORY_WAIT(pg_advisory_lock_shared_##suffix, key, ShareLock, true)                          \
    ADVISORY_WAIT(pg_advisory_xact_lock_##suffix, key, ExclusiveLock, false)                       \
    ADVISORY_WAIT(pg_advisory_xact_lock_shared_##suffix, key, ShareLock, false)                    \
    ADVISORY_TRY(pg_try_advisory_lock_##suffix, key, ExclusiveLock, true)                          \
    ADVISORY_TRY(pg_try_advisory_lock_shared_##suffix, key, ShareLock, true)                       \
    ADVISORY_TRY(pg_try_advisory_xact_lock_##suffix, key, ExclusiveLock, false)                    \
    ADVISORY_TRY(pg_try_advisory_xact_lock_shared_##suffix, key, ShareLock, false)                 \
    ADVISORY_UNLOCK(pg_advisory_unlock_##suffix, key, ExclusiveLock)                               \
    ADVISORY_UNLOCK(pg_advisory_unlock_shared_##suffix, key, ShareLock)

ADVISORY(int8, key_one)
ADVISORY(int4, key_two)

SQL_FUNCTION(pg_advisory_unlock_all)
{
    lock_release_session();
    PG_RETURN_VOID();
}
