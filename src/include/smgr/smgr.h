/*
 * smgr.h - the page store: relations as arrays of blocks
 *
 * SmgrRelation objects are per process, found by locator, and live until smgr_close: after a
 * relation is dropped or its files change. The store is a method table (SmgrMethods); `md`, files
 * of 1 GB each with PostgreSQL's names, is the one there is.
 *
 * Errors  all throw, with PostgreSQL's texts.
 */
#ifndef SMGR_SMGR_H
#define SMGR_SMGR_H

#include "base/base.h"

#define SMGR_SEGMENT_BLOCKS 131072 /* blocks of one segment file: 1 GB */
#define SMGR_FORK_COUNT 4

typedef struct SmgrMethods SmgrMethods;

typedef struct SmgrRelation {
    RelFileLocator locator;
    /* Last seen length per fork, a hint; InvalidBlockNumber if unknown. */
    BlockNumber cached_nblocks[SMGR_FORK_COUNT];
    BlockNumber target_block; /* heap: where the last insert found room; InvalidBlockNumber */
    const SmgrMethods *methods;
    struct MdSegment *segments[SMGR_FORK_COUNT]; /* md: open segments */
    int segment_count[SMGR_FORK_COUNT];
} SmgrRelation;

/* What a page store must do. skip_fsync: the caller syncs by itself. */
struct SmgrMethods {
    const char *name;
    void (*open)(SmgrRelation *rel);
    void (*close)(SmgrRelation *rel, ForkNumber fork);
    bool (*exists)(SmgrRelation *rel, ForkNumber fork);
    void (*create)(SmgrRelation *rel, ForkNumber fork, bool is_redo);
    void (*unlink)(RelFileLocator locator, ForkNumber fork, bool is_redo);
    void (*read)(SmgrRelation *rel, ForkNumber fork, BlockNumber block, void *page);
    void (*write)(SmgrRelation *rel, ForkNumber fork, BlockNumber block, const void *page,
                  bool skip_fsync);
    void (*extend)(SmgrRelation *rel, ForkNumber fork, BlockNumber block, const void *page,
                   bool skip_fsync);
    void (*extend_zero)(SmgrRelation *rel, ForkNumber fork, BlockNumber block, uint32 count,
                        bool skip_fsync);
    bool (*prefetch)(SmgrRelation *rel, ForkNumber fork, BlockNumber block);
    void (*writeback)(SmgrRelation *rel, ForkNumber fork, BlockNumber block, BlockNumber count);
    BlockNumber (*nblocks)(SmgrRelation *rel, ForkNumber fork);
    void (*truncate)(SmgrRelation *rel, ForkNumber fork, BlockNumber count);
    void (*immediate_sync)(SmgrRelation *rel, ForkNumber fork);
};

extern void smgr_init(void); /* once per process */
extern SmgrRelation *smgr_open(RelFileLocator locator);
extern void smgr_close(RelFileLocator locator); /* closes files and forgets lengths */
extern void smgr_close_all(void);
extern bool smgr_exists(SmgrRelation *rel, ForkNumber fork);
extern void smgr_create(SmgrRelation *rel, ForkNumber fork, bool is_redo);
/* Removes the files of all forks at once, buffers included (through the hook below). */
extern void smgr_unlink_all(const RelFileLocator *locators, int count, bool is_redo);
extern void smgr_read(SmgrRelation *rel, ForkNumber fork, BlockNumber block, void *page);
extern void smgr_write(SmgrRelation *rel, ForkNumber fork, BlockNumber block, const void *page,
                       bool skip_fsync);
extern void smgr_extend(SmgrRelation *rel, ForkNumber fork, BlockNumber block, const void *page,
                        bool skip_fsync);
extern void smgr_extend_zero(SmgrRelation *rel, ForkNumber fork, BlockNumber block, uint32 count,
                             bool skip_fsync);
extern bool smgr_prefetch(SmgrRelation *rel, ForkNumber fork, BlockNumber block);
extern void smgr_writeback(SmgrRelation *rel, ForkNumber fork, BlockNumber block,
                           BlockNumber count);
extern BlockNumber smgr_nblocks(SmgrRelation *rel, ForkNumber fork); /* asks the store */
extern BlockNumber smgr_nblocks_cached(SmgrRelation *rel, ForkNumber fork);
extern void smgr_truncate(SmgrRelation *rel, const ForkNumber *forks, int fork_count,
                          const BlockNumber *block_counts);
extern void smgr_immediate_sync(SmgrRelation *rel, ForkNumber fork);

/* Path relative to the data directory, without the segment suffix; palloc'd. */
extern char *smgr_relation_path(RelFileLocator locator, ForkNumber fork);
extern char *smgr_database_path(Oid database, Oid tablespace);
extern const char *smgr_fork_name(ForkNumber fork);

/* Set by the buffer room: pages of dropped or truncated relations leave the pool first. */
extern void (*smgr_drop_buffers_hook)(const RelFileLocator *locators, int count);
extern void (*smgr_truncate_buffers_hook)(SmgrRelation *rel, const ForkNumber *forks,
                                          int fork_count, const BlockNumber *block_counts);

/* Forgets the fsync and unlink requests of a database that is being dropped. */
extern void smgr_forget_database(Oid database);

#endif
