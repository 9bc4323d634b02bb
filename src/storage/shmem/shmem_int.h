/*
 * shmem_int.h - names of enum settings that config keeps as plain numbers
 */
#ifndef SHMEM_INT_H
#define SHMEM_INT_H

#include "config/settings.h"
#include "shmem/shmem.h"

static_assert((int) HUGE_PAGES_OFF == (int) HUGE_PAGES_SETTING_OFF &&
                  (int) HUGE_PAGES_ON == (int) HUGE_PAGES_SETTING_ON &&
                  (int) HUGE_PAGES_TRY == (int) HUGE_PAGES_SETTING_TRY,
              "the setting's numbers are the enum's");
static_assert((int) NUMA_OFF == (int) NUMA_SETTING_OFF &&
                  (int) NUMA_INTERLEAVE == (int) NUMA_SETTING_INTERLEAVE &&
                  (int) NUMA_LOCAL == (int) NUMA_SETTING_LOCAL,
              "the setting's numbers are the enum's");

#endif
