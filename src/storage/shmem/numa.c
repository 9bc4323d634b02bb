/*
 * numa.c - places shared memory on the nodes of a machine
 *
 * The only file that includes libnuma. On a machine with one node everything here does nothing.
 */
#include <errno.h>
#include <sched.h>
#include <unistd.h>

#include <numa.h>
#include <numaif.h>

#include "shmem_int.h"

static int
real_node_count(void)
{
    return numa_available() < 0 ? 1 : numa_num_configured_nodes();
}

static int
real_interleave(void *address, Size size)
{
    numa_interleave_memory(address, size, numa_all_nodes_ptr);
    return 0;
}

static int
real_bind_to_node(void *address, Size size, int node)
{
    numa_tonode_memory(address, size, node);
    return 0;
}

static int
real_node_of_cpu(int cpu)
{
    return numa_available() < 0 ? 0 : numa_node_of_cpu(cpu);
}

static int
real_node_of_page(void *address)
{
    int status = 0;

    if (numa_available() < 0)
        return 0;
    return numa_move_pages(0, 1, &address, NULL, &status, 0) == 0 ? status : -errno;
}

static const NumaTopology real_topology = {real_node_count, real_interleave, real_bind_to_node,
                                           real_node_of_cpu, real_node_of_page};
static const NumaTopology *topology = &real_topology;

void
shmem_numa_set_topology(const NumaTopology *other)
{
    topology = other ? other : &real_topology;
}

int
shmem_numa_node_count(void)
{
    int count = topology->node_count();

    return count > 0 ? count : 1;
}

/* The whole pages inside a range; false when there is none. */
static bool
whole_pages(void *address, Size size, void **ret_first, Size *ret_size)
{
    Size page = (Size) sysconf(_SC_PAGESIZE);
    uintptr_t first = TYPEALIGN(page, (uintptr_t) address);
    uintptr_t end = TYPEALIGN_DOWN(page, (uintptr_t) address + size);

    *ret_first = (void *) first;
    *ret_size = end > first ? end - first : 0;
    return end > first;
}

void
shmem_numa_place(void *address, Size size)
{
    void *first;
    Size length;

    if (numa == NUMA_INTERLEAVE && shmem_numa_node_count() > 1 &&
        whole_pages(address, size, &first, &length))
        topology->interleave(first, length);
}

void
shmem_numa_place_on_node(void *address, Size size, int node)
{
    void *first;
    Size length;

    if (numa != NUMA_OFF && shmem_numa_node_count() > 1 &&
        whole_pages(address, size, &first, &length))
        topology->bind_to_node(first, length, node % shmem_numa_node_count());
}

int
shmem_numa_current_node(void)
{
    int cpu = sched_getcpu();

    return cpu < 0 ? 0 : topology->node_of_cpu(cpu);
}

int
shmem_numa_node_of_page(void *address)
{
    return topology->node_of_page(address);
}
