/*
 * sync.c - starts the room: its areas of the main segment
 */
#include "error/error.h"
#include "shmem/shmem.h"
#include "sync/ipc.h"
#include "sync/sync.h"
#include "sync_int.h"

void
sync_register(void)
{
    error_proc_exit_hook = proc_exit;
    shmem_register_area("LWLock Array", lwlock__shmem_size, lwlock__shmem_init);
    shmem_register_area("Proc Header", proc__shmem_size, proc__shmem_init);
    shmem_register_area("ProcSignal", procsignal__shmem_size, procsignal__shmem_init);
    shmem_register_area("shmInvalBuffer", sinval__shmem_size, sinval__shmem_init);
    shmem_register_area("Backend Status Array", backend_status__shmem_size,
                        backend_status__shmem_init);
#ifdef USE_STOP_POINTS
    shmem_register_area("Stop Points", stop_point__shmem_size, stop_point__shmem_init);
#endif
}
