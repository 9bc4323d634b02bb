/*
 * shmem.h - the static main segment: one mapping shared by all processes
 *
 * Before the first fork the postmaster lets every room name its areas (shmem_register_area), adds
 * what modules asked for, and calls shmem_create_main_segment(). Each area is then made by its
 * init function. The mapping is at the same address in every process, so pointers into it are good
 * everywhere. After a crash the postmaster calls shmem_create_main_segment() again: the old mapping
 * is dropped and all areas are made anew.
 */
#ifndef SHMEM_SHMEM_H
#define SHMEM_SHMEM_H

#include "base/base.h"
#include "memory/hsearch.h"

#define SHMEM_NAME_MAX 48

typedef Size (*ShmemSizeFunction)(void);
typedef void (*ShmemInitFunction)(void *address, Size size);

/*
 * Name one area. size_fn is called when the segment is sized, after the settings are final; a size
 * of 0 means no area. init_fn gets zeroed memory, cache-line aligned, and runs in the order of
 * registration; it may call ShmemAlloc and ShmemInitHash for what size_fn counted in. Registering
 * a name again replaces it. init_fn may be NULL.
 */
void shmem_register_area(const char *name, ShmemSizeFunction size_fn, ShmemInitFunction init_fn);

/* Make the segment; FATAL on failure, with PostgreSQL's message and hint. */
void shmem_create_main_segment(void);
/* Drop it: the postmaster after all children have ended, or a child that wants none of it. */
void shmem_detach(void);
bool shmem_is_attached(void);
/* The memfd behind it, to hand to tools; -1 without one. */
int shmem_descriptor(void);
void *shmem_base(void);
Size shmem_size(void);
/* What shmem_create_main_segment would map with the present settings. */
Size shmem_calculate_size(void);
/* "on" or "off": what huge_pages came to. */
bool shmem_uses_huge_pages(void);
bool ShmemAddrIsValid(const void *addr);

/* Space that modules ask for, at load time, in their shmem request hook. */
void RequestAddinShmemSpace(Size size);
typedef void (*shmem_request_hook_type)(void);
typedef void (*shmem_startup_hook_type)(void);
extern shmem_request_hook_type shmem_request_hook;
extern shmem_startup_hook_type shmem_startup_hook;

/* Bytes that live as long as the segment; throws 53200 when it is full. */
void *ShmemAlloc(Size size);
void *ShmemAllocNoError(Size size);
/*
 * Find or make a structure by name. *foundPtr false: it is new and zeroed, the caller fills it.
 * Safe against a race of several processes for the making, not for the filling: hold a lock.
 */
void *ShmemInitStruct(const char *name, Size size, bool *foundPtr);
HTAB *ShmemInitHash(const char *name, long init_size, long max_size, HASHCTL *infoP,
                    int hash_flags);
/* Overflow-checked sums and products of sizes. */
Size add_size(Size s1, Size s2);
Size mul_size(Size s1, Size s2);

/* Rows of pg_shmem_allocations: named areas, then "<anonymous>" and the free rest (name NULL). */
typedef struct ShmemAreaInfo
{
    const char *name;
    Size offset;
    bool has_offset;
    Size size;
    Size allocated_size;
} ShmemAreaInfo;
bool shmem_next_area(int *position, ShmemAreaInfo *ret_info);

/* Settings */
typedef enum HugePagesType
{
    HUGE_PAGES_OFF,
    HUGE_PAGES_ON,
    HUGE_PAGES_TRY,
} HugePagesType;
typedef enum NumaPolicy
{
    NUMA_OFF,
    NUMA_INTERLEAVE,
    NUMA_LOCAL,
} NumaPolicy;

/*
 * NUMA. Calls go through this table, which libnuma fills; a test puts a fake machine in its place.
 * All return 0 or a negative errno.
 */
typedef struct NumaTopology
{
    int (*node_count)(void);
    int (*interleave)(void *address, Size size);
    int (*bind_to_node)(void *address, Size size, int node);
    int (*node_of_cpu)(int cpu);
    int (*node_of_page)(void *address);
} NumaTopology;
void shmem_numa_set_topology(const NumaTopology *topology); /* NULL: the real one */
int shmem_numa_node_count(void);
/* Place an area by the setting: interleave it, or put it on one node. Page-aligned inside. */
void shmem_numa_place(void *address, Size size);
void shmem_numa_place_on_node(void *address, Size size, int node);
int shmem_numa_current_node(void);
int shmem_numa_node_of_page(void *address);

#endif
