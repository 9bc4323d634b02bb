/*
 * shmem_test.c - the main segment: areas, names, races, full, made anew; huge pages and nodes
 *
 * Method: children forked after the segment is made see and change it; a fake machine of four
 * nodes records what is placed where.
 */
#include <sys/wait.h>
#include <unistd.h>

#include "config/settings.h"
#include "error/log.h"
#include "memory/memory.h"
#include "shmem/shmem.h"
#include "tap.h"

typedef struct Entry
{
    uint32 key;
    uint32 value;
} Entry;

static int init_order;
static int *numbers;
static HTAB *table;

static Size numbers_size(void) { return 1000 * sizeof(int); }
static Size table_size(void) { return hash_estimate_size(500, sizeof(Entry)); }
static Size no_size(void) { return 0; }

static void
init_numbers(void *address, Size size)
{
    init_order = init_order * 10 + 1;
    numbers = address;
    for (Size i = 0; i < size; i++)
        if (((char *) address)[i] != 0)
            init_order = -1000;
}

static void
init_table(void *address, Size size)
{
    HASHCTL control = {.keysize = sizeof(uint32), .entrysize = sizeof(Entry), .num_partitions = 8};
    init_order = init_order * 10 + 2;
    table = ShmemInitHash("numbers by name", 500, 500, &control,
                          HASH_ELEM | HASH_BLOBS | HASH_PARTITION);
}

static void
init_nothing(void *address, Size size)
{
    init_order = -1000;
}

static bool
throws(void (*body)(void))
{
    volatile bool thrown = false;
    PG_TRY();
    {
        body();
    }
    PG_CATCH();
    {
        MemoryContextSwitchTo(TopMemoryContext);
        FlushErrorState();
        thrown = true;
    }
    PG_END_TRY();
    return thrown;
}

static void
take_too_much(void)
{
    ShmemAlloc(shmem_size());
}

static void
take_other_size(void)
{
    bool found;
    ShmemInitStruct("race", 65, &found);
}

static void
overflow_sum(void)
{
    add_size(SIZE_MAX, 1);
}

static void
overflow_product(void)
{
    mul_size(SIZE_MAX / 2, 3);
}

static int
in_child(int (*body)(void))
{
    int status;
    pid_t pid = fork();
    if (pid == 0)
        _exit(body());
    waitpid(pid, &status, 0);
    return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

static int
change_numbers(void)
{
    uint32 key = 7;
    bool found;
    numbers[5] = 55;
    ((Entry *) hash_search(table, &key, HASH_ENTER, &found))->value = 77;
    return found;
}

static void
test_segment(void)
{
    uint32 key = 7;
    tap_is_int(init_order, 12, "areas are made in order, zeroed; one of size 0 is none");
    tap_ok(shmem_is_attached() && ShmemAddrIsValid(numbers) && !ShmemAddrIsValid(&key) &&
               ((uintptr_t) numbers & 63) == 0,
           "they lie in the segment, at a cache line");
    tap_is_int(in_child(change_numbers), 0, "a child works in it");
    Entry *entry = hash_search(table, &key, HASH_FIND, NULL);
    tap_ok(numbers[5] == 55 && entry && entry->value == 77, "and the others see it");
    tap_ok(throws(take_too_much), "more than there is, is refused");
    tap_ok(ShmemAllocNoError(shmem_size()) == NULL, "or answered by NULL");
    tap_ok(throws(overflow_sum) && throws(overflow_product), "sizes that overflow");
    tap_ok(shmem_size() >= shmem_calculate_size() && shared_memory_size_mb > 0, "its size");
}

static int
race_for_struct(void)
{
    bool found;
    char *address = ShmemInitStruct("race", 64, &found);
    address[32] = 1;
    return (found ? 0 : 1) + (address == ShmemInitStruct("race", 64, &found) ? 0 : 100);
}

static void
test_race(void)
{
    pid_t pids[8];
    int makers = 0, status;
    for (int i = 0; i < 8; i++)
        if ((pids[i] = fork()) == 0)
            _exit(race_for_struct());
    for (int i = 0; i < 8; i++)
    {
        waitpid(pids[i], &status, 0);
        makers += WEXITSTATUS(status);
    }
    tap_is_int(makers, 1, "of eight that race for a name one makes it");
    tap_ok(throws(take_other_size), "another size is refused");
}

static void
test_areas(void)
{
    int position = 0, named = 0, anonymous = 0, free_rows = 0;
    Size total = 0;
    ShmemAreaInfo info;
    bool found_numbers = false;
    while (shmem_next_area(&position, &info))
    {
        total += info.allocated_size;
        if (info.name == NULL)
            free_rows++;
        else if (info.name[0] == '<')
            anonymous++;
        else
            named++;
        if (info.name && strcmp(info.name, "numbers") == 0)
            found_numbers = info.size == 4000 && info.allocated_size >= 4000 &&
                            (char *) shmem_base() + info.offset == (char *) numbers;
    }
    tap_ok(found_numbers && named >= 3 && anonymous == 1 && free_rows == 1,
           "the names, the anonymous and the free part");
    tap_is_int((long long) total, (long long) shmem_size(), "which add up to the segment");
}

static void
test_again(void)
{
    numbers[5] = 1;
    init_order = 0;
    shmem_create_main_segment();
    bool found;
    uint32 key = 7;
    tap_is_int(init_order, 12, "made again after a crash, areas are made again");
    tap_ok(numbers[5] == 0 && hash_search(table, &key, HASH_FIND, NULL) == NULL, "and are empty");
    ShmemInitStruct("race", 64, &found);
    tap_ok(!found, "names are gone");
}

/* ---- a machine of four nodes ---- */

static struct
{
    int interleaved, bound;
    Size interleaved_size;
    int last_node;
} fake;

static int fake_count(void) { return 4; }
static int
fake_interleave(void *address, Size size)
{
    fake.interleaved++;
    fake.interleaved_size = size;
    return (uintptr_t) address % 4096 == 0 && size % 4096 == 0 ? 0 : -EINVAL;
}
static int
fake_bind(void *address, Size size, int node)
{
    fake.bound++;
    fake.last_node = node;
    return 0;
}
static int fake_node_of_cpu(int cpu) { return cpu % 4; }
static int fake_node_of_page(void *address) { return (int) ((uintptr_t) address / 4096 % 4); }
static const NumaTopology fake_machine = {fake_count, fake_interleave, fake_bind, fake_node_of_cpu,
                                          fake_node_of_page};

static void
test_numa(void)
{
    tap_ok(shmem_numa_node_count() >= 1 && shmem_numa_current_node() >= 0, "the real machine");
    shmem_numa_set_topology(&fake_machine);
    tap_is_int(shmem_numa_node_count(), 4, "a fake machine has four nodes");
    shmem_create_main_segment();
    tap_ok(fake.interleaved == 1 && fake.interleaved_size <= shmem_size() &&
               fake.interleaved_size + 8192 > shmem_size(),
           "the segment is interleaved");
    shmem_numa_place_on_node(shmem_base(), 8192, 6);
    tap_ok(fake.bound == 1 && fake.last_node == 2, "a part may go to one node");
    shmem_numa_place_on_node((char *) shmem_base() + 100, 1000, 1);
    tap_is_int(fake.bound, 1, "less than a page goes nowhere");
    numa = NUMA_OFF;
    shmem_create_main_segment();
    tap_is_int(fake.interleaved, 1, "numa = off places nothing");
    shmem_numa_set_topology(NULL);
}

static void
test_huge_pages(void)
{
    huge_pages = HUGE_PAGES_OFF;
    shmem_create_main_segment();
    tap_ok(!shmem_uses_huge_pages(), "huge_pages = off");
    huge_pages = HUGE_PAGES_TRY;
    shmem_create_main_segment();
    memset(numbers, 1, numbers_size());
    tap_ok(true, "huge_pages = try gives a segment either way (%s)",
           shmem_uses_huge_pages() ? "huge" : "plain");
}

int
main(void)
{
    MemoryContextInit();
    error_init();
    config_initialize();
    shmem_register_area("numbers", numbers_size, init_numbers);
    shmem_register_area("nothing", no_size, init_nothing);
    shmem_register_area("table", table_size, init_table);
    RequestAddinShmemSpace(10000);
    huge_pages = HUGE_PAGES_OFF;
    shmem_create_main_segment();
    test_segment();
    test_race();
    test_areas();
    test_again();
    test_numa();
    test_huge_pages();
    shmem_detach();
    tap_ok(!shmem_is_attached() && shmem_descriptor() == -1, "detached");
    return tap_done();
}
