/*
 * shmem.c - makes the main segment, hands out its bytes, keeps their names
 *
 * Why        A memfd has no name in any file system: nothing outlives the last process that maps
 *            it, and a tool can map it through the postmaster's descriptor. It is mapped before
 *            the first fork, so every process sees it at one address and pointers in it are good
 *            everywhere.
 * Layout     header | index of names | areas, each at a cache line, in order of registration
 * Invariants M1. header.used only grows, by compare-and-swap, and never passes header.size.
 *            M2. An index entry below header.entry_count is complete; entries are never removed.
 *            M3. Areas are made in the order of registration, in the postmaster, before any fork.
 * Locks      the index's own spin word while a name is added; none to hand out bytes
 * Errors     FATAL while the segment is made; 53200 afterwards
 */
#include "shmem/shmem.h"

#include <stdatomic.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/bytes.h"
#include "config/settings.h"
#include "error/error.h"
#include "memory/memory.h"
#include "shmem_int.h"

#define SHMEM_MAGIC UINT64CONST(0x53454e4749534d31) /* "SENGISM1" */
#define AREAS_MAX 128
#define INDEX_ENTRIES_MAX 256
#define SPARE_BYTES (256 * 1024) /* for names that come later, hash tables, rounding */
#define HUGE_PAGE_DEFAULT_BYTES ((Size) 2 * 1024 * 1024)

typedef struct ShmemIndexEntry {
    char name[SHMEM_NAME_MAX];
    Size offset;
    Size size;           /* asked for */
    Size allocated_size; /* with alignment */
} ShmemIndexEntry;

typedef struct ShmemHeader {
    uint64 magic;                /* set once */
    Size size;                   /* set once */
    _Atomic Size used;           /* atomic: any process, M1 */
    _Atomic uint32 index_lock;   /* 0 free, 1 taken; held for a few instructions */
    _Atomic int32 entry_count;   /* written under index_lock, read by all: M2 */
    ShmemIndexEntry entries[INDEX_ENTRIES_MAX];
} ShmemHeader;

typedef struct AreaRequest {
    const char *name;
    ShmemSizeFunction size_fn;
    ShmemInitFunction init_fn;
} AreaRequest;

static struct {
    AreaRequest areas[AREAS_MAX];
    int area_count;
    Size addin_bytes;
    bool sealed; /* RequestAddinShmemSpace comes too late */
    ShmemHeader *header;
    Size mapped_bytes;
    int fd;
    bool huge;
} shmem = {.fd = -1};

shmem_request_hook_type shmem_request_hook;
shmem_startup_hook_type shmem_startup_hook;

/* ---- sizes ---- */

Size
add_size(Size s1, Size s2)
{
    Size sum;

    if (__builtin_add_overflow(s1, s2, &sum))
        ereport(ERROR, (errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
                        errmsg("requested shared memory size overflows size_t")));
    return sum;
}

Size
mul_size(Size s1, Size s2)
{
    Size product;

    if (__builtin_mul_overflow(s1, s2, &product))
        ereport(ERROR, (errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
                        errmsg("requested shared memory size overflows size_t")));
    return product;
}

void
shmem_register_area(const char *name, ShmemSizeFunction size_fn, ShmemInitFunction init_fn)
{
    int i = 0;

    while (i < shmem.area_count && strcmp(shmem.areas[i].name, name) != 0)
        i++;
    if (i == AREAS_MAX || strlen(name) >= SHMEM_NAME_MAX)
        ereport(FATAL, (errmsg_internal("cannot register shared memory area \"%s\"", name)));
    shmem.areas[i] = (AreaRequest){name, size_fn, init_fn};
    if (i == shmem.area_count)
        shmem.area_count++;
}

void
RequestAddinShmemSpace(Size size)
{
    if (shmem.sealed)
        ereport(FATAL, (errmsg_internal("cannot request additional shared memory outside "
                                        "shmem_request_hook")));
    shmem.addin_bytes = add_size(shmem.addin_bytes, size);
}

Size
shmem_calculate_size(void)
{
    Size size = CACHELINEALIGN(sizeof(ShmemHeader));

    for (int i = 0; i < shmem.area_count; i++)
        size = add_size(size, CACHELINEALIGN(shmem.areas[i].size_fn()));
    size = add_size(size, shmem.addin_bytes);
    return add_size(size, SPARE_BYTES);
}

/* ---- huge pages ---- */

static Size
huge_page_bytes(void)
{
    FILE *meminfo;
    char line[128];
    unsigned long kb = 0;

    if (huge_page_size > 0)
        return (Size) huge_page_size * 1024;
    meminfo = fopen("/proc/meminfo", "re");
    while (meminfo && fgets(line, sizeof line, meminfo))
        if (sscanf(line, "Hugepagesize: %lu kB", &kb) == 1)
            break;
    if (meminfo)
        fclose(meminfo);
    return kb ? (Size) kb * 1024 : HUGE_PAGE_DEFAULT_BYTES;
}

/*
 * A mapping of huge pages may succeed and still die by SIGBUS at the first touch, where a
 * container's limit is lower than the machine's. So a child touches every page first.
 */
static bool
huge_pages_can_be_touched(char *address, Size size, Size page)
{
    pid_t pid = fork();
    int status;

    if (pid == 0) {
        for (Size at = 0; at < size; at += page)
            *(volatile char *) (address + at) = 0;
        _exit(0);
    }
    if (pid < 0)
        return false;
    while (waitpid(pid, &status, 0) < 0)
        if (errno != EINTR)
            return false;
    return WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

static void *
map_huge(Size size, Size *ret_mapped)
{
    Size page = huge_page_bytes(), rounded = TYPEALIGN(page, size);
    unsigned flags = MFD_CLOEXEC | MFD_HUGETLB;

    if (huge_page_size > 0)
        flags |= (unsigned) __builtin_ctzll(page) << 26; /* MFD_HUGE_SHIFT */

    int fd = memfd_create("sengi-main", flags);

    if (fd < 0)
        return NULL;

    void *address = MAP_FAILED;

    if (ftruncate(fd, (off_t) rounded) == 0)
        address = mmap(NULL, rounded, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    if (address != MAP_FAILED && huge_pages_can_be_touched(address, rounded, page)) {
        shmem.fd = fd;
        *ret_mapped = rounded;
        return address;
    }
    if (address != MAP_FAILED)
        munmap(address, rounded);
    close(fd);
    return NULL;
}

static void *
map_plain(Size size, Size *ret_mapped)
{
    Size rounded = TYPEALIGN((Size) sysconf(_SC_PAGESIZE), size);
    int fd = memfd_create("sengi-main", MFD_CLOEXEC);
    void *address = MAP_FAILED;

    if (fd >= 0 && ftruncate(fd, (off_t) rounded) == 0)
        address = mmap(NULL, rounded, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    if (address == MAP_FAILED) {
        int saved_errno = errno;

        if (fd >= 0)
            close(fd);
        errno = saved_errno;
        ereport(FATAL,
                (errmsg("could not map anonymous shared memory: %m"),
                 errno == ENOMEM
                     ? errhint("This error usually means that PostgreSQL's request for a shared "
                               "memory segment exceeded available memory, swap space, or huge "
                               "pages. To reduce the request size (currently %zu bytes), reduce "
                               "PostgreSQL's shared memory usage, perhaps by reducing "
                               "\"shared_buffers\" or \"max_connections\".", rounded)
                     : 0));
    }
    shmem.fd = fd;
    *ret_mapped = rounded;
    return address;
}

static void *
map_segment(Size size, Size *ret_mapped)
{
    void *address = NULL;

    shmem.huge = false;
    if (huge_pages != HUGE_PAGES_OFF) {
        address = map_huge(size, ret_mapped);
        shmem.huge = address != NULL;
        if (!address && huge_pages == HUGE_PAGES_ON)
            ereport(FATAL, (errmsg("could not map anonymous shared memory: %m"),
                            errdetail("The main segment cannot be had in huge pages.")));
    }
    return address ? address : map_plain(size, ret_mapped);
}

/* ---- the segment's life ---- */

void
shmem_detach(void)
{
    if (shmem.header)
        munmap(shmem.header, shmem.mapped_bytes);
    if (shmem.fd >= 0)
        close(shmem.fd);
    shmem.header = NULL;
    shmem.fd = -1;
}

static void
make_areas(void)
{
    for (int i = 0; i < shmem.area_count; i++) { /* M3 */
        const AreaRequest *area = &shmem.areas[i];
        Size size = area->size_fn();
        bool found;

        if (size == 0)
            continue;

        void *address = ShmemInitStruct(area->name, size, &found);

        if (area->init_fn)
            area->init_fn(address, size);
    }
}

void
shmem_create_main_segment(void)
{
    shmem_detach();
    if (shmem_request_hook && !shmem.sealed)
        shmem_request_hook();
    shmem.sealed = true;

    Size size = shmem_calculate_size();
    ShmemHeader *header = map_segment(size, &shmem.mapped_bytes);

    shmem.header = header;
    header->magic = SHMEM_MAGIC;
    header->size = shmem.mapped_bytes;
    atomic_store(&header->used, CACHELINEALIGN(sizeof(ShmemHeader)));
    shmem_numa_place(header, shmem.mapped_bytes);
    make_areas();
    if (shmem_startup_hook)
        shmem_startup_hook();

    char megabytes[32];

    snprintf(megabytes, sizeof megabytes, "%zu",
             (shmem.mapped_bytes + 1024 * 1024 - 1) / (1024 * 1024));
    SetConfigOption("shared_memory_size", megabytes, PGC_INTERNAL, PGC_S_DYNAMIC_DEFAULT);
}

bool
shmem_is_attached(void)
{
    return shmem.header != NULL;
}

int
shmem_descriptor(void)
{
    return shmem.fd;
}

void *
shmem_base(void)
{
    return shmem.header;
}

Size
shmem_size(void)
{
    return shmem.header ? shmem.header->size : 0;
}

bool
shmem_uses_huge_pages(void)
{
    return shmem.huge;
}

bool
ShmemAddrIsValid(const void *addr)
{
    const char *base = (const char *) shmem.header;

    return base && (const char *) addr >= base && (const char *) addr < base + shmem.header->size;
}

/* ---- bytes and names ---- */

/* Returns an offset, or 0 when the segment is full. */
static Size
take_bytes(Size size)
{
    Size used = atomic_load_explicit(&shmem.header->used, memory_order_relaxed);

    size = CACHELINEALIGN(size);
    do {
        if (size > shmem.header->size - used)
            return 0;
    } while (!atomic_compare_exchange_weak(&shmem.header->used, &used, used + size)); /* M1 */
    return used;
}

void *
ShmemAllocNoError(Size size)
{
    Size offset = take_bytes(size);

    return offset ? (char *) shmem.header + offset : NULL;
}

void *
ShmemAlloc(Size size)
{
    void *address = ShmemAllocNoError(size);

    if (!address)
        ereport(ERROR, (errcode(ERRCODE_OUT_OF_MEMORY),
                        errmsg("out of shared memory (%zu bytes requested)", size)));
    return address;
}

static void
lock_index(void)
{
    while (atomic_exchange_explicit(&shmem.header->index_lock, 1, memory_order_acquire))
        usleep(1); /* names are made at start; nobody waits here twice */
}

static void
unlock_index(void)
{
    atomic_store_explicit(&shmem.header->index_lock, 0, memory_order_release);
}

static ShmemIndexEntry *
find_entry(const char *name)
{
    int count = atomic_load_explicit(&shmem.header->entry_count, memory_order_acquire); /* M2 */

    for (int i = 0; i < count; i++)
        if (strcmp(shmem.header->entries[i].name, name) == 0)
            return &shmem.header->entries[i];
    return NULL;
}

/* The entry of a name that is not there yet; NULL when bytes or names have run out. */
static ShmemIndexEntry *
add_entry(const char *name, Size size)
{
    int count = atomic_load_explicit(&shmem.header->entry_count, memory_order_relaxed);
    Size offset = count < INDEX_ENTRIES_MAX ? take_bytes(size) : 0;

    if (!offset)
        return NULL;

    ShmemIndexEntry *entry = &shmem.header->entries[count];

    strcpy(entry->name, name);
    entry->offset = offset;
    entry->size = size;
    entry->allocated_size = CACHELINEALIGN(size);
    atomic_store_explicit(&shmem.header->entry_count, count + 1, memory_order_release); /* M2 */
    return entry;
}

void *
ShmemInitStruct(const char *name, Size size, bool *foundPtr)
{
    if (strlen(name) >= SHMEM_NAME_MAX)
        ereport(ERROR, (errmsg_internal("shared memory name \"%s\" is too long", name)));
    lock_index();

    ShmemIndexEntry *entry = find_entry(name);

    *foundPtr = entry != NULL;
    if (!entry)
        entry = add_entry(name, size);
    unlock_index();

    if (!entry)
        ereport(ERROR, (errcode(ERRCODE_OUT_OF_MEMORY),
                        errmsg("not enough shared memory for data structure \"%s\" (%zu bytes "
                               "requested)", name, size)));
    if (entry->size != size)
        ereport(ERROR, (errmsg("ShmemIndex entry size is wrong for data structure \"%s\": "
                               "expected %zu, actual %zu", name, size, entry->size)));
    return (char *) shmem.header + entry->offset;
}

HTAB *
ShmemInitHash(const char *name, long init_size, long max_size, HASHCTL *infoP, int hash_flags)
{
    bool found;

    infoP->hctl = ShmemInitStruct(name, hash_shared_header_size(), &found);
    infoP->alloc = ShmemAllocNoError;
    hash_flags |= HASH_SHARED_MEM | HASH_FIXED_SIZE | HASH_ALLOC;
    if (found)
        hash_flags |= HASH_ATTACH;
    return hash_create(name, max_size, infoP, hash_flags);
}

bool
shmem_next_area(int *position, ShmemAreaInfo *ret_info)
{
    ShmemHeader *header = shmem.header;
    int count = atomic_load_explicit(&header->entry_count, memory_order_acquire);
    Size used = atomic_load(&header->used), named = 0;

    if (*position < count) {
        const ShmemIndexEntry *entry = &header->entries[(*position)++];

        *ret_info = (ShmemAreaInfo){entry->name, entry->offset, true, entry->size,
                                    entry->allocated_size};
        return true;
    }
    for (int i = 0; i < count; i++)
        named += header->entries[i].allocated_size;
    if (*position == count) {
        *ret_info = (ShmemAreaInfo){"<anonymous>", 0, false, used - named, used - named};
        (*position)++;
        return true;
    }
    if (*position == count + 1) {
        *ret_info = (ShmemAreaInfo){NULL, used, true, header->size - used, header->size - used};
        (*position)++;
        return true;
    }
    return false;
}
