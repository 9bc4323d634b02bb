/*
 * ipc.h - the one way a process ends
 *
 * proc_exit() runs: before_shmem_exit callbacks, on_shmem_exit callbacks, on_proc_exit callbacks,
 * each list last in, first out, each callback taken off before it runs.
 */
#ifndef SYNC_IPC_H
#define SYNC_IPC_H

#include "base/base.h"

typedef void (*pg_on_exit_callback)(int code, Datum arg);

#define ON_EXIT_CALLBACKS_MAX 40

extern bool proc_exit_inprogress;
extern bool shmem_exit_inprogress;

pg_noreturn void proc_exit(int code);
void shmem_exit(int code);
void on_proc_exit(pg_on_exit_callback function, Datum arg);
void before_shmem_exit(pg_on_exit_callback function, Datum arg);
void on_shmem_exit(pg_on_exit_callback function, Datum arg);
void cancel_before_shmem_exit(pg_on_exit_callback function, Datum arg);
/* In a child right after fork: forgets the parent's callbacks. */
void on_exit_reset(void);

#endif
