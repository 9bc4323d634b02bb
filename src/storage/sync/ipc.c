/*
 * ipc.c - exit callbacks
 */
#include <stdlib.h>
#include <unistd.h>

#include "error/error.h"
#include "error/interrupt.h"
#include "sync/ipc.h"
#include "sync/proc.h"

typedef struct ExitCallback {
    pg_on_exit_callback function;
    Datum arg;
} ExitCallback;

typedef struct ExitList {
    ExitCallback entries[ON_EXIT_CALLBACKS_MAX];
    int count;
} ExitList;

static ExitList on_proc_exit_list, on_shmem_exit_list, before_shmem_exit_list;

bool proc_exit_inprogress;
bool shmem_exit_inprogress;

/* Each is taken off before it runs: one that throws is not run again. */
static void
run_list(ExitList *list, int code)
{
    while (list->count > 0) {
        ExitCallback callback = list->entries[--list->count];
        callback.function(code, callback.arg);
    }
}

static void
add(ExitList *list, pg_on_exit_callback function, Datum arg, const char *what)
{
    if (list->count >= ON_EXIT_CALLBACKS_MAX)
        ereport(FATAL, (errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
                        errmsg_internal("out of %s slots", what)));
    list->entries[list->count++] = (ExitCallback){function, arg};
}

void
shmem_exit(int code)
{
    shmem_exit_inprogress = true;
    run_list(&before_shmem_exit_list, code);
    run_list(&on_shmem_exit_list, code);
    shmem_exit_inprogress = false;
}

void
proc_exit(int code)
{
    if (MyProcPid != 0 && MyProcPid != getpid())
        _exit(2); /* a forked child that never became ours must not run our callbacks */
    proc_exit_inprogress = true;
    error_process_exiting = true;
    /* Nothing may interrupt us any more; an ERROR from now on is as good as FATAL. */
    InterruptPending = false;
    ProcDiePending = false;
    QueryCancelPending = false;
    InterruptHoldoffCount = 1;
    CritSectionCount = 0;
    shmem_exit(code);
    run_list(&on_proc_exit_list, code);
    exit(code);
}

void
on_proc_exit(pg_on_exit_callback function, Datum arg)
{
    add(&on_proc_exit_list, function, arg, "on_proc_exit");
}

void
before_shmem_exit(pg_on_exit_callback function, Datum arg)
{
    add(&before_shmem_exit_list, function, arg, "before_shmem_exit");
}

void
on_shmem_exit(pg_on_exit_callback function, Datum arg)
{
    add(&on_shmem_exit_list, function, arg, "on_shmem_exit");
}

void
cancel_before_shmem_exit(pg_on_exit_callback function, Datum arg)
{
    ExitList *list = &before_shmem_exit_list;

    if (list->count > 0 && list->entries[list->count - 1].function == function &&
        list->entries[list->count - 1].arg == arg)
        list->count--;
    else
        elog(ERROR, "before_shmem_exit callback is not the latest entry");
}

void
on_exit_reset(void)
{
    on_proc_exit_list.count = on_shmem_exit_list.count = before_shmem_exit_list.count = 0;
}
