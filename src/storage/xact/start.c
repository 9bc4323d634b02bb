/*
 * start.c - starting the room: settings, areas, resource managers, recovery
 */
#include <errno.h>
#include <sys/stat.h>

#include "config/config.h"
#include "error/error.h"
#include "file/file.h"
#include "lock/lock.h"
#include "sync/ipc.h"
#include "xact/multixact.h"
#include "xact/slru.h"
#include "xact/subtrans.h"
#include "xact_int.h"

/* ---------- settings ---------- */

static bool
refuse_serializable(int level)
{
    if (level != XACT_SERIALIZABLE)
        return false;
    GUC_check_errcode(ERRCODE_FEATURE_NOT_SUPPORTED);
    GUC_check_errmsg("isolation level SERIALIZABLE is not supported");
    return true;
}

static bool
check_isolation(int *newval, void **extra, GucSource source)
{
    if (refuse_serializable(*newval))
        return false;
    if (*newval == XactIsoLevel || !xact_is_active())
        return true;
    if (snapshot__taken()) {
        GUC_check_errcode(ERRCODE_ACTIVE_SQL_TRANSACTION);
        GUC_check_errmsg("SET TRANSACTION ISOLATION LEVEL must be called before any query");
        return false;
    }
    if (xact_in_subtransaction()) {
        GUC_check_errcode(ERRCODE_ACTIVE_SQL_TRANSACTION);
        GUC_check_errmsg("SET TRANSACTION ISOLATION LEVEL must not be called in a subtransaction");
        return false;
    }
    return true;
}

static bool
check_default_isolation(int *newval, void **extra, GucSource source)
{
    return !refuse_serializable(*newval);
}

static bool
check_read_only(bool *newval, void **extra, GucSource source)
{
    if (*newval || !XactReadOnly || !xact_is_active())
        return true;
    if (xact_in_subtransaction() && xact__current->prev_read_only) {
        GUC_check_errcode(ERRCODE_ACTIVE_SQL_TRANSACTION);
        GUC_check_errmsg(
            "cannot set transaction read-write mode inside a read-only transaction");
        return false;
    }
    if (snapshot__taken()) {
        GUC_check_errcode(ERRCODE_ACTIVE_SQL_TRANSACTION);
        GUC_check_errmsg("transaction read-write mode must be set before any query");
        return false;
    }
    return true;
}

static bool
check_deferrable(bool *newval, void **extra, GucSource source)
{
    if (!xact_is_active())
        return true;
    if (xact_in_subtransaction()) {
        GUC_check_errcode(ERRCODE_ACTIVE_SQL_TRANSACTION);
        GUC_check_errmsg(
            "SET TRANSACTION [NOT] DEFERRABLE cannot be called within a subtransaction");
        return false;
    }
    if (snapshot__taken()) {
        GUC_check_errcode(ERRCODE_ACTIVE_SQL_TRANSACTION);
        GUC_check_errmsg("SET TRANSACTION [NOT] DEFERRABLE must be called before any query");
        return false;
    }
    return true;
}

/* ---------- registering ---------- */

static const WalResourceManager xact_manager = {
    .name = "Transaction",
    .redo = xact__redo,
    .describe = xact__describe,
};
static const WalResourceManager clog_manager = {
    .name = "CLOG",
    .redo = clog__redo,
    .describe = clog__describe,
};
static const WalResourceManager multixact_manager = {
    .name = "MultiXact",
    .redo = multixact__redo,
    .describe = multixact__describe,
};

void
xact_register(void)
{
    CONFIG_SET_HOOKS("transaction_isolation", check_isolation, NULL, NULL);
    CONFIG_SET_HOOKS("default_transaction_isolation", check_default_isolation, NULL, NULL);
    CONFIG_SET_HOOKS("transaction_read_only", check_read_only, NULL, NULL);
    CONFIG_SET_HOOKS("transaction_deferrable", check_deferrable, NULL, NULL);
    clog__register();
    subtrans__register();
    multixact__register();
    procarray__register();
    wal_register_resource_manager(WAL_RMGR_XACT, &xact_manager);
    wal_register_resource_manager(WAL_RMGR_CLOG, &clog_manager);
    wal_register_resource_manager(WAL_RMGR_MULTIXACT, &multixact_manager);
    wal_current_xid_hook = xact_current_id_if_any;
}

/* Process exit: what is open is rolled back while shared memory is still ours. */
static void
abort_at_exit(int code, Datum arg)
{
    xact_abort_out_of_any();
}

void
xact_attach(void)
{
    lock_register_xid_tests(procarray_xid_in_progress, subtrans_parent);
    procarray_attach();
    xact__life_attach();
    before_shmem_exit(abort_at_exit, 0);
}

/* ---------- bootstrap, recovery, checkpoints ---------- */

static void
make_directory(const char *path)
{
    if (mkdir(path, DIR_MODE_DEFAULT) != 0 && errno != EEXIST)
        ereport(ERROR, (errcode_for_file_access(),
                        errmsg("could not create directory \"%s\": %m", path)));
}

void
xact_bootstrap(void)
{
    make_directory("pg_xact");
    make_directory("pg_subtrans");
    make_directory("pg_multixact");
    make_directory("pg_multixact/offsets");
    make_directory("pg_multixact/members");
}

void
xact_recovery_begin(const XactCounters *counters)
{
    slru_in_recovery = true;
    procarray__set_next_xid(Max(counters->next_xid, FirstNormalTransactionId),
                            counters->oldest_xid);
    multixact__set_counters(counters);
}

void
xact_recovery_note_xid(TransactionId xid)
{
    procarray__note_xid(xid);
}

void
xact_recovery_end(void)
{
    subtrans__reset();
    clog__trim(procarray_next_xid());
    slru_in_recovery = false;
}

void
xact_read_counters(XactCounters *ret_counters)
{
    ret_counters->next_xid = procarray_next_xid();
    ret_counters->oldest_xid = xact_oldest_kept_xid();
    ret_counters->oldest_active_xid = procarray_oldest_active_xid();
    multixact__read_counters(ret_counters);
}

void
xact_checkpoint(void)
{
    clog__checkpoint();
    multixact__checkpoint();
    subtrans__truncate(Min(procarray_oldest_active_xid(), procarray__oldest_xmin()));
}
