/*
 * sync_int.h - what the files of this room share
 */
#ifndef SYNC_INT_H
#define SYNC_INT_H

#include <sched.h>

#include "base/base.h"

static inline void
sync__yield(void)
{
    sched_yield();
}

/* Areas of the main segment: size, then set up (sync.c registers them). */
Size proc__shmem_size(void);
void proc__shmem_init(void *area, Size size);
Size procsignal__shmem_size(void);
void procsignal__shmem_init(void *area, Size size);
Size sinval__shmem_size(void);
void sinval__shmem_init(void *area, Size size);
Size backend_status__shmem_size(void);
void backend_status__shmem_init(void *area, Size size);
Size lwlock__shmem_size(void);
void lwlock__shmem_init(void *area, Size size);
Size stop_point__shmem_size(void);
void stop_point__shmem_init(void *area, Size size);

void procsignal__attach(void);
void procsignal__detach(void);
void condition_variable__forget(void);

#endif
