/*
 * slru.h - small shared page caches for arrays that grow by transaction id
 *
 * A cache is split in banks of SLRU_BANK_SLOTS pages; a page belongs to one bank, whose LWLock
 * guards its slots. Files are <directory>/<segment in hex>, SLRU_PAGES_PER_SEGMENT pages each.
 *
 *   offset size of a page
 *        0    8 lsn        WAL up to here must be on disk before the page is
 *        8    4 crc        CRC-32C of page number (8 bytes), then the page with this field zero
 *       12    4 zero
 *       16 8176 payload
 *
 * A page that no file holds yet, or of zeroes, reads as zeroes: extending needs no WAL (SL1).
 * A page with a wrong CRC is XX001, but during recovery, where replay rewrites what a torn write
 * left (xact/README.md, "Crash").
 */
#ifndef XACT_SLRU_H
#define XACT_SLRU_H

#include "sync/lwlock.h"

#define SLRU_PAGE_HEADER 16
#define SLRU_PAYLOAD (BLCKSZ - SLRU_PAGE_HEADER)
#define SLRU_PAGES_PER_SEGMENT 32
#define SLRU_BANK_SLOTS 16
#define SLRU_UNSYNCED_MAX 32

typedef struct SlruShared SlruShared;

/* One per cache; const but for `shared`, which slru_init() sets before the first fork. */
typedef struct Slru {
    const char *name;      /* in pg_shmem_allocations */
    const char *directory; /* below the data directory */
    int banks;
    int tranche;
    bool durable;          /* fsync at checkpoints */
    SlruShared *shared;
} Slru;

Size slru_size(const Slru *slru);
void slru_init(Slru *slru, void *area);

/*
 * The payload of a page, with its bank locked in `mode` (upgraded to exclusive when it has to be
 * read in and the caller asked for shared: *ret the lock either way). Release with slru_unlock().
 */
char *slru_lock_page(Slru *slru, uint64 page, LWLockMode mode);
void slru_unlock(Slru *slru, uint64 page);
/* Under exclusive lock: the page changed; lsn 0 when no WAL must precede it. */
void slru_mark_dirty(Slru *slru, uint64 page, XLogRecPtr lsn);
/* Index of the slot that holds the page, which the caller has locked. */
int slru_slot_of(Slru *slru, uint64 page);
int slru_slot_count(const Slru *slru);
/* Makes an empty page without reading. */
void slru_zero_page(Slru *slru, uint64 page);

/* Writes all dirty pages; fsyncs if the cache is durable. */
void slru_checkpoint(Slru *slru);
/* Drops buffers of, and unlinks segments wholly before, this page. */
void slru_truncate(Slru *slru, uint64 cutoff_page);
/* Removes all files and buffers: what does not outlive a start. */
void slru_reset(Slru *slru);
extern bool slru_in_recovery; /* local: this process replays WAL */

#endif
