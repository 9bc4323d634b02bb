/*
 * slru.c - small page caches over files
 *
 * Why        clog and its relatives are arrays indexed by ids that grow: most accesses fall on the
 *            newest pages. A page is looked for in the 16 slots of its bank; reading and writing
 *            files happens with the bank locked, which keeps every state a slot can be in to two:
 *            valid or empty.
 * Invariants SL1 of slru.h. SL2. a slot is changed only under its bank's lock held exclusively,
 *            but for `last_used`, which races harmlessly. SL3. before a page is written, WAL is
 *            flushed up to its lsn. SL4. a segment written but not yet fsynced is in `unsynced`.
 * Locks      the bank's LWLock; `unsynced` has a spinlock.
 * Crash      torn page: readable again after replay, see slru.h. Nothing else is assumed on disk.
 */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/crc32c.h"
#include "error/error.h"
#include "file/file.h"
#include "memory/memory.h"
#include "sync/spin.h"
#include "sync/stop_point.h"
#include "sync/wait_event.h"
#include "wal/wal.h"
#include "xact/slru.h"

typedef struct SlruPage {
    uint64 lsn;
    uint32 crc;
    uint32 zero;
    char payload[SLRU_PAYLOAD];
} SlruPage;
_Static_assert(sizeof(SlruPage) == BLCKSZ, "an SLRU page is a block");
_Static_assert(offsetof(SlruPage, payload) == SLRU_PAGE_HEADER, "payload at 16");

typedef struct SlruSlot {
    uint64 page_plus_1; /* 0: empty */
    bool dirty;
    uint32 last_used;
} SlruSlot;

typedef struct SlruBank {
    LWLock lock;
    uint32 clock; /* grows with use */
    SlruSlot slots[SLRU_BANK_SLOTS];
} __attribute__((aligned(64))) SlruBank;

struct SlruShared {
    slock_t mutex;
    int unsynced_count; /* guarded by mutex */
    uint64 unsynced[SLRU_UNSYNCED_MAX]; /* segments */
    SlruBank *banks;
    SlruPage *pages; /* banks * SLRU_BANK_SLOTS */
};

bool slru_in_recovery;

/* The segment file this process has open: accesses come in runs. */
static struct {
    const Slru *slru;
    uint64 segment;
    int fd;
} opened = {.fd = -1};

Size
slru_size(const Slru *slru)
{
    return MAXALIGN(sizeof(SlruShared)) + 64 + (Size)slru->banks * sizeof(SlruBank) + BLCKSZ +
           (Size)slru->banks * SLRU_BANK_SLOTS * BLCKSZ;
}

void
slru_init(Slru *slru, void *area)
{
    SlruShared *shared = slru->shared = area;

    SpinLockInit(&shared->mutex);
    shared->unsynced_count = 0;
    shared->banks = (SlruBank *)TYPEALIGN(64, (char *)area + MAXALIGN(sizeof(SlruShared)));
    shared->pages = (SlruPage *)TYPEALIGN(64, shared->banks + slru->banks);
    for (int b = 0; b < slru->banks; b++) {
        SlruBank *bank = &shared->banks[b];
        LWLockInitialize(&bank->lock, slru->tranche);
        bank->clock = 0;
        memset(bank->slots, 0, sizeof(bank->slots));
    }
}

/* ---------- files ---------- */

static void
segment_path(const Slru *slru, uint64 segment, char *ret_path)
{
    snprintf(ret_path, MAXPGPATH, "%s/%04llX", slru->directory, (unsigned long long)segment);
}

static void
close_segment(void)
{
    if (opened.fd >= 0)
        close(opened.fd);
    opened.fd = -1;
    opened.slru = NULL;
}

/* -1 with errno ENOENT if the file is not there and `create` is false; throws otherwise. */
static int
open_segment(const Slru *slru, uint64 segment, bool create)
{
    char path[MAXPGPATH];
    int fd;

    if (opened.fd >= 0 && opened.slru == slru && opened.segment == segment)
        return opened.fd;
    close_segment();
    segment_path(slru, segment, path);
    fd = BasicOpenFile(path, O_RDWR | O_CLOEXEC | (create ? O_CREAT : 0));
    if (fd < 0) {
        if (errno == ENOENT && !create)
            return -1;
        ereport(ERROR, (errcode_for_file_access(), errmsg("could not open file \"%s\": %m", path)));
    }
    opened.slru = slru;
    opened.segment = segment;
    opened.fd = fd;
    return fd;
}

static uint32
page_crc(const SlruPage *page, uint64 number)
{
    static const uint32 zero = 0;
    pg_crc32c crc;

    INIT_CRC32C(crc);
    COMP_CRC32C(crc, &number, sizeof(number));
    COMP_CRC32C(crc, page, offsetof(SlruPage, crc));
    COMP_CRC32C(crc, &zero, sizeof(zero));
    COMP_CRC32C(crc, &page->zero, BLCKSZ - offsetof(SlruPage, zero));
    FIN_CRC32C(crc);
    return crc;
}

static bool
page_is_zero(const SlruPage *page)
{
    const uint64 *words = (const uint64 *)page;

    for (unsigned i = 0; i < BLCKSZ / sizeof(uint64); i++)
        if (words[i] != 0)
            return false;
    return true;
}

static void
check_page(const Slru *slru, const SlruPage *page, uint64 number)
{
    char path[MAXPGPATH];

    if (page->crc == page_crc(page, number) || page_is_zero(page))
        return;
    segment_path(slru, number / SLRU_PAGES_PER_SEGMENT, path);
    if (slru_in_recovery) {
        elog(LOG, "page %llu of file \"%s\" is torn; replay completes it",
             (unsigned long long)(number % SLRU_PAGES_PER_SEGMENT), path);
        return;
    }
    ereport(ERROR, (errcode(ERRCODE_DATA_CORRUPTED),
                    errmsg("invalid page %llu in file \"%s\": checksum does not match",
                           (unsigned long long)(number % SLRU_PAGES_PER_SEGMENT), path)));
}

static void
read_page(const Slru *slru, uint64 number, SlruPage *to)
{
    uint64 segment = number / SLRU_PAGES_PER_SEGMENT;
    off_t offset = (off_t)(number % SLRU_PAGES_PER_SEGMENT) * BLCKSZ;
    int fd = open_segment(slru, segment, false);
    ssize_t got = 0;

    if (fd >= 0) {
        pgstat_report_wait_start(WAIT_EVENT_SLRU_READ);
        got = pread(fd, to, BLCKSZ, offset);
        pgstat_report_wait_end();
        if (got < 0) {
            char path[MAXPGPATH];
            segment_path(slru, segment, path);
            ereport(ERROR, (errcode_for_file_access(),
                            errmsg("could not read from file \"%s\" at offset %lld: %m", path,
                                   (long long)offset)));
        }
    }
    if (got < BLCKSZ) {
        memset(to, 0, BLCKSZ); /* SL1 */
        return;
    }
    check_page(slru, to, number);
}

static void
sync_segment(const Slru *slru, uint64 segment)
{
    int fd = open_segment(slru, segment, false);
    char path[MAXPGPATH];

    if (fd < 0)
        return; /* cut meanwhile */
    pgstat_report_wait_start(WAIT_EVENT_SLRU_SYNC);
    if (pg_fsync(fd) != 0) {
        segment_path(slru, segment, path);
        ereport(data_sync_elevel(ERROR),
                (errcode_for_file_access(), errmsg("could not fsync file \"%s\": %m", path)));
    }
    pgstat_report_wait_end();
}

/* SL4 */
static void
note_unsynced(const Slru *slru, uint64 segment)
{
    SlruShared *shared = slru->shared;
    bool full = false;
    int i;

    if (!slru->durable)
        return;
    SpinLockAcquire(&shared->mutex);
    for (i = 0; i < shared->unsynced_count && shared->unsynced[i] != segment; i++)
        ;
    if (i == shared->unsynced_count) {
        full = i >= SLRU_UNSYNCED_MAX;
        if (!full)
            shared->unsynced[shared->unsynced_count++] = segment;
    }
    SpinLockRelease(&shared->mutex);
    if (full)
        sync_segment(slru, segment);
}

/* Caller holds the bank exclusively. */
static void
write_page(const Slru *slru, uint64 number, SlruPage *page)
{
    uint64 segment = number / SLRU_PAGES_PER_SEGMENT;
    off_t offset = (off_t)(number % SLRU_PAGES_PER_SEGMENT) * BLCKSZ;
    ssize_t written;
    int fd;

    if (page->lsn != 0 && !slru_in_recovery)
        wal_flush(page->lsn); /* SL3 */
    STOP_POINT("slru-write");
    page->crc = page_crc(page, number);
    fd = open_segment(slru, segment, true);
    errno = 0;
    pgstat_report_wait_start(WAIT_EVENT_SLRU_WRITE);
    written = pwrite(fd, page, BLCKSZ, offset);
    pgstat_report_wait_end();
    if (written != BLCKSZ) {
        char path[MAXPGPATH];
        if (written >= 0)
            errno = ENOSPC;
        segment_path(slru, segment, path);
        ereport(ERROR, (errcode_for_file_access(),
                        errmsg("could not write to file \"%s\" at offset %lld: %m", path,
                               (long long)offset)));
    }
    note_unsynced(slru, segment);
}

/* ---------- slots ---------- */

static inline int
bank_of(const Slru *slru, uint64 page)
{
    return (int)(page % (uint64)slru->banks);
}

static int
find_slot(SlruBank *bank, uint64 page)
{
    for (int s = 0; s < SLRU_BANK_SLOTS; s++)
        if (bank->slots[s].page_plus_1 == page + 1)
            return s;
    return -1;
}

static SlruPage *
page_in(const Slru *slru, int bank, int slot)
{
    return &slru->shared->pages[bank * SLRU_BANK_SLOTS + slot];
}

/* A slot to fill: an empty one, else the least recently used, written out. Exclusive lock held. */
static int
evict(const Slru *slru, int bank_index)
{
    SlruBank *bank = &slru->shared->banks[bank_index];
    int oldest = 0;

    for (int s = 0; s < SLRU_BANK_SLOTS; s++) {
        if (bank->slots[s].page_plus_1 == 0)
            return s;
        if (bank->clock - bank->slots[s].last_used > bank->clock - bank->slots[oldest].last_used)
            oldest = s;
    }
    if (bank->slots[oldest].dirty)
        write_page(slru, bank->slots[oldest].page_plus_1 - 1, page_in(slru, bank_index, oldest));
    bank->slots[oldest].dirty = false;
    bank->slots[oldest].page_plus_1 = 0;
    return oldest;
}

static inline void
touch(SlruBank *bank, int slot)
{
    if (bank->slots[slot].last_used != bank->clock)
        bank->slots[slot].last_used = ++bank->clock;
}

char *
slru_lock_page(Slru *slru, uint64 page, LWLockMode mode)
{
    int b = bank_of(slru, page);
    SlruBank *bank = &slru->shared->banks[b];
    int slot;

    LWLockAcquire(&bank->lock, mode);
    slot = find_slot(bank, page);
    if (slot < 0 && mode == LW_SHARED) {
        LWLockRelease(&bank->lock);
        LWLockAcquire(&bank->lock, LW_EXCLUSIVE);
        slot = find_slot(bank, page);
    }
    if (slot < 0) {
        slot = evict(slru, b);
        read_page(slru, page, page_in(slru, b, slot));
        bank->slots[slot].page_plus_1 = page + 1;
        bank->slots[slot].dirty = false;
    }
    touch(bank, slot);
    return page_in(slru, b, slot)->payload;
}

void
slru_unlock(Slru *slru, uint64 page)
{
    LWLockRelease(&slru->shared->banks[bank_of(slru, page)].lock);
}

void
slru_mark_dirty(Slru *slru, uint64 page, XLogRecPtr lsn)
{
    int b = bank_of(slru, page);
    SlruBank *bank = &slru->shared->banks[b];
    int slot = find_slot(bank, page);
    SlruPage *bytes = page_in(slru, b, slot);

    Assert(LWLockHeldByMeInMode(&bank->lock, LW_EXCLUSIVE)); /* SL2 */
    bank->slots[slot].dirty = true;
    if (lsn > bytes->lsn)
        bytes->lsn = lsn;
}

int
slru_slot_of(Slru *slru, uint64 page)
{
    int b = bank_of(slru, page);

    return b * SLRU_BANK_SLOTS + find_slot(&slru->shared->banks[b], page);
}

int
slru_slot_count(const Slru *slru)
{
    return slru->banks * SLRU_BANK_SLOTS;
}

void
slru_zero_page(Slru *slru, uint64 page)
{
    int b = bank_of(slru, page);
    SlruBank *bank = &slru->shared->banks[b];
    int slot;

    LWLockAcquire(&bank->lock, LW_EXCLUSIVE);
    slot = find_slot(bank, page);
    if (slot < 0)
        slot = evict(slru, b);
    memset(page_in(slru, b, slot), 0, BLCKSZ);
    bank->slots[slot].page_plus_1 = page + 1;
    bank->slots[slot].dirty = true;
    touch(bank, slot);
    LWLockRelease(&bank->lock);
}

/* ---------- checkpoint, cutting ---------- */

void
slru_checkpoint(Slru *slru)
{
    SlruShared *shared = slru->shared;
    uint64 segments[SLRU_UNSYNCED_MAX];
    int count;

    for (int b = 0; b < slru->banks; b++) {
        SlruBank *bank = &shared->banks[b];

        LWLockAcquire(&bank->lock, LW_EXCLUSIVE);
        for (int s = 0; s < SLRU_BANK_SLOTS; s++) {
            if (bank->slots[s].page_plus_1 == 0 || !bank->slots[s].dirty)
                continue;
            write_page(slru, bank->slots[s].page_plus_1 - 1, page_in(slru, b, s));
            bank->slots[s].dirty = false;
        }
        LWLockRelease(&bank->lock);
    }
    if (!slru->durable)
        return;
    SpinLockAcquire(&shared->mutex);
    count = shared->unsynced_count;
    memcpy(segments, shared->unsynced, (Size)count * sizeof(uint64));
    shared->unsynced_count = 0;
    SpinLockRelease(&shared->mutex);
    for (int i = 0; i < count; i++)
        sync_segment(slru, segments[i]);
    if (count > 0)
        fsync_fname(slru->directory, true, data_sync_elevel(ERROR));
}

/* Empties the slots of pages below the cutoff; with UINT64_MAX of all. */
static void
drop_slots(Slru *slru, uint64 cutoff_page)
{
    for (int b = 0; b < slru->banks; b++) {
        SlruBank *bank = &slru->shared->banks[b];

        LWLockAcquire(&bank->lock, LW_EXCLUSIVE);
        for (int s = 0; s < SLRU_BANK_SLOTS; s++) {
            if (bank->slots[s].page_plus_1 != 0 && bank->slots[s].page_plus_1 <= cutoff_page) {
                bank->slots[s].page_plus_1 = 0;
                bank->slots[s].dirty = false;
            }
        }
        LWLockRelease(&bank->lock);
    }
}

static void
remove_segments_below(Slru *slru, uint64 cutoff_segment)
{
    DIR *dir = AllocateDir(slru->directory);
    struct dirent *entry;

    if (dir == NULL && errno == ENOENT)
        return;
    while ((entry = ReadDir(dir, slru->directory)) != NULL) {
        char path[MAXPGPATH], *end;
        unsigned long long segment = strtoull(entry->d_name, &end, 16);

        if (end == entry->d_name || *end != '\0' || segment >= cutoff_segment)
            continue;
        snprintf(path, sizeof(path), "%s/%s", slru->directory, entry->d_name);
        if (opened.slru == slru && opened.segment == segment)
            close_segment();
        if (unlink(path) != 0 && errno != ENOENT)
            ereport(LOG, (errcode_for_file_access(),
                          errmsg("could not remove file \"%s\": %m", path)));
    }
    FreeDir(dir);
}

void
slru_truncate(Slru *slru, uint64 cutoff_page)
{
    uint64 cutoff_segment = cutoff_page / SLRU_PAGES_PER_SEGMENT;

    if (cutoff_segment == 0)
        return;
    drop_slots(slru, cutoff_segment * SLRU_PAGES_PER_SEGMENT);
    remove_segments_below(slru, cutoff_segment);
}

void
slru_reset(Slru *slru)
{
    drop_slots(slru, UINT64_MAX);
    remove_segments_below(slru, UINT64_MAX);
}
