/*
 * wal.h - the write-ahead log: inserting, flushing, reading
 *
 * To log a change: START_CRIT_SECTION, change the buffers, buffer_mark_dirty, wal_begin_insert,
 * wal_register_*, lsn = wal_insert, page_set_lsn of every changed page, END_CRIT_SECTION. The
 * buffers stay exclusively locked throughout. Registered bytes are copied by wal_insert.
 *
 * An LSN is a byte position (format/wal_record.h); wal_insert returns that of the record's end.
 */
#ifndef WAL_WAL_H
#define WAL_WAL_H

#include "base/base.h"
#include "format/page.h"
#include "format/wal_record.h"
#include "memory/stringinfo.h"

/* --- making records (wal/insert.c) --- */

/* flags of wal_register_block */
#define WAL_BLOCK_FORCE_IMAGE 0x01 /* image whatever full_page_writes says */
#define WAL_BLOCK_NO_IMAGE 0x02    /* never an image: redo does without the old page */
#define WAL_BLOCK_WILL_INIT (0x04 | WAL_BLOCK_NO_IMAGE) /* redo starts from a zeroed page */
#define WAL_BLOCK_STANDARD 0x08    /* page has the usual lower and upper: leave the hole out */
#define WAL_BLOCK_KEEP_DATA 0x10   /* log block data even with an image */

#define WAL_MAX_DATA_PARTS 20 /* wal_register_data calls per record, per block likewise */

extern void wal_begin_insert(void);
extern void wal_reset_insert(void); /* forgets what was registered; called at transaction abort */
extern void wal_register_data(const void *data, uint32 length);
extern void wal_register_block(uint8 id, const RelFileLocator *locator, ForkNumber fork,
                               BlockNumber block, Page page, uint8 flags);
extern void wal_register_block_data(uint8 id, const void *data, uint32 length);
extern XLogRecPtr wal_insert(uint8 rmgr, uint8 info);

/* Whether a change of this page now would need its image (then block data is not logged). */
extern bool wal_page_needs_image(Page page);
/* A record that is only a page's image; returns its LSN and stamps the page. */
extern XLogRecPtr wal_log_new_page(const RelFileLocator *locator, ForkNumber fork,
                                   BlockNumber block, Page page, bool standard);
/* Before a hint is set without WAL: image if it is the first change after a checkpoint, else 0. */
extern XLogRecPtr wal_log_hint_image(const RelFileLocator *locator, ForkNumber fork,
                                     BlockNumber block, Page page, bool standard);

/* --- positions and flushing (wal/wal.c) --- */

extern void wal_flush(XLogRecPtr lsn); /* returns when everything before lsn is durable */
extern bool wal_needs_flush(XLogRecPtr lsn);
extern void wal_set_async_lsn(XLogRecPtr lsn); /* asynchronous commit: the walwriter will see to it */
extern bool wal_background_flush(void); /* walwriter's round; false if there was nothing to do */
extern XLogRecPtr wal_insert_lsn(void); /* where the next record will begin */
extern XLogRecPtr wal_written_lsn(void);
extern XLogRecPtr wal_flushed_lsn(void);
extern XLogRecPtr wal_redo_lsn(void);   /* redo point of the last checkpoint, from shared memory */
extern XLogRecPtr wal_last_insert_lsn(void); /* end of the last record of this process; 0 if none */
extern XLogRecPtr wal_last_insert_start(void); /* and where it begins */
extern XLogRecPtr wal_switch(void);     /* ends the segment; pg_switch_wal */
/* Fails with 53100 while the log has no space ahead; call where a statement may still fail. */
extern void wal_check_space(void);
extern bool wal_insert_allowed(void);
extern uint32 wal_timeline(void);
extern uint64 wal_system_id(void);
extern uint32 wal_segment_bytes(void);

/* True when a record may be left out: wal_level minimal and such; always false for now. */
static inline bool wal_is_needed(void) { return true; }

/* The transaction id put into records; set by the xact room. */
extern TransactionId (*wal_current_xid_hook)(void);
/* Called by wal_insert when max_wal_size asks for a checkpoint; set by the recovery room. */
extern void (*wal_request_checkpoint_hook)(void);

/* --- resource managers --- */

typedef struct WalResourceManager {
    const char *name;
    void (*redo)(const WalRecord *record);
    void (*describe)(StringInfo buf, const WalRecord *record);
    const char *(*identify)(uint8 info);
    void (*startup)(void); /* before replay; may be NULL */
    void (*cleanup)(void); /* after replay; may be NULL */
} WalResourceManager;

extern void wal_register_resource_manager(uint8 id, const WalResourceManager *manager);
extern const WalResourceManager *wal_resource_manager(uint8 id); /* NULL if not registered */

/* Rebuilds a page from the image in a record; false with an error message if it is damaged. */
extern bool wal_restore_image(const WalRecord *record, uint8 block_id, Page page);
/* The block reference, or NULL when the record has none of that id. */
static inline const WalRecordBlock *
wal_record_block(const WalRecord *record, int id)
{
    return id <= record->max_block_id && record->blocks[id].in_use ? &record->blocks[id] : NULL;
}
static inline const char *
wal_record_block_data(const WalRecord *record, int id, uint32 *ret_length)
{
    const WalRecordBlock *block = wal_record_block(record, id);
    if (block == NULL || !block->has_data)
        return NULL;
    if (ret_length != NULL)
        *ret_length = block->data_length;
    return block->data;
}

/* --- reading (wal/reader.c): recovery, tools in the server --- */

typedef struct WalReader WalReader;

extern WalReader *wal_reader_create(const char *directory, uint32 timeline, uint64 system_id);
extern void wal_reader_destroy(WalReader *reader);
extern void wal_reader_seek(WalReader *reader, XLogRecPtr lsn); /* where a record begins */
/* The next record, valid until the next call; NULL at the end of the log (see message). */
extern const WalRecord *wal_reader_next(WalReader *reader);
extern XLogRecPtr wal_reader_position(WalReader *reader); /* where the next record would begin */
extern const char *wal_reader_message(WalReader *reader); /* why the last read ended */

/* --- segments (wal/segment.c) --- */

extern void wal_segment_name(char *ret_name, uint32 timeline, uint64 segment); /* 25 bytes */
extern bool wal_segment_parse(const char *name, uint32 *ret_timeline, uint64 *ret_segment);
extern void wal_preallocate(void);                  /* keeps the segments ahead existing */
/* After a checkpoint: recycles or removes segments before its redo point. */
extern void wal_remove_old(XLogRecPtr redo, XLogRecPtr end, double distance_estimate,
                           int *ret_removed, int *ret_recycled);
/* Before replay: what is in the files from here on becomes durable. */
extern void wal_sync_existing(uint32 timeline, XLogRecPtr from);
extern XLogRecPtr wal_keep_lsn(void);
extern XLogRecPtr (*wal_keep_lsn_hook)(void);       /* replication slots: oldest LSN needed, 0 none */

/* --- statistics: cluster-wide since start, and of this process --- */

typedef struct WalUsage {
    uint64 records;
    uint64 images;
    uint64 bytes;
} WalUsage;
extern WalUsage wal_usage; /* of this process, for EXPLAIN (WAL) */

typedef struct WalStatistics {
    uint64 records, images, bytes, buffers_full, writes, syncs, write_time_us, sync_time_us;
} WalStatistics;
extern void wal_statistics(WalStatistics *ret_statistics);

/* --- life cycle, for recovery and the process kinds --- */

extern void wal_shmem_register(void);
/*
 * Makes a segment that a cluster can start from: its header and, as its first record, a shutdown
 * checkpoint with these bytes. The file is one page long; it grows when it is written. Replaces
 * one of that name.
 */
extern void wal_bootstrap(uint64 system_id, uint32 timeline, uint64 segment,
                          const void *checkpoint, uint32 length);
/* Removes all segments but this one, whatever they hold. */
extern void wal_remove_others(uint64 segment);
/*
 * After replay: records go in at `end`, the end of the last valid record. After a crash what lies
 * behind it is erased.
 */
extern void wal_start_at(XLogRecPtr end, XLogRecPtr redo, uint32 timeline, uint64 system_id,
                         bool after_crash);
/* Publishes and returns the redo point: changes after it find their pages in need of an image. */
extern XLogRecPtr wal_begin_checkpoint(void);
/* The checkpoint is durable: max_wal_size counts from its redo point. */
extern void wal_end_checkpoint(XLogRecPtr redo);
/* The walwriter sleeps long: an asynchronous commit has to wake it. */
extern void wal_set_writer_sleeping(bool sleeping);
extern bool wal_fullpage_writes(void);

#ifdef USE_STOP_POINTS
extern bool wal_test_disk_full; /* new segments find no space */
#endif

#endif
