/*
 * smgr.c - the page store's front: finding SmgrRelations, passing calls to the method table
 *
 * Invariants M1. there is at most one SmgrRelation per locator in a process.
 *            M2. a page of a dropped or truncated block is in no buffer before its file changes.
 * Locks      none: objects are this process's. Callers hold the relation locks that make their
 *            block numbers true.
 * Errors     thrown by the store.
 */
#include <stdio.h>
#include <string.h>

#include "error/error.h"
#include "memory/hsearch.h"
#include "memory/memory.h"
#include "smgr/smgr.h"
#include "smgr_int.h"

#define TABLESPACE_DEFAULT_OID 1663
#define TABLESPACE_GLOBAL_OID 1664
#define TABLESPACE_VERSION_DIR "PG_15_202209061"

void (*smgr_drop_buffers_hook)(const RelFileLocator *locators, int count);
void (*smgr_truncate_buffers_hook)(SmgrRelation *rel, const ForkNumber *forks, int fork_count,
                                   const BlockNumber *block_counts);

typedef struct SmgrEntry {
    RelFileLocator locator;
    SmgrRelation *rel;
} SmgrEntry;

static struct {
    HTAB *table;
    SmgrRelation *last; /* the one asked for last: a statement works on few relations */
} smgr;

void
smgr_init(void)
{
    HASHCTL info = {.keysize = sizeof(RelFileLocator), .entrysize = sizeof(SmgrEntry)};

    if (smgr.table != NULL)
        return;
    info.hcxt = TopMemoryContext;
    smgr.table =
        hash_create("smgr relation table", 64, &info, HASH_ELEM | HASH_BLOBS | HASH_CONTEXT);
    md__register();
}

SmgrRelation *
smgr_open(RelFileLocator locator)
{
    SmgrEntry *entry;
    bool found;

    if (smgr.last != NULL && RelFileLocatorEquals(smgr.last->locator, locator))
        return smgr.last;
    if (smgr.table == NULL)
        smgr_init();
    Assert(OidIsValid(locator.relNumber));
    entry = hash_search(smgr.table, &locator, HASH_ENTER, &found);
    if (!found || entry->rel == NULL) {
        SmgrRelation *rel;

        entry->rel = NULL;
        rel = MemoryContextAllocZero(TopMemoryContext, sizeof(SmgrRelation));
        rel->locator = locator;
        for (int fork = 0; fork < SMGR_FORK_COUNT; fork++)
            rel->cached_nblocks[fork] = InvalidBlockNumber;
        rel->target_block = InvalidBlockNumber;
        rel->methods = &md_methods;
        rel->methods->open(rel);
        entry->rel = rel;
    }
    smgr.last = entry->rel;
    return entry->rel;
}

/*
 * Pointers to the object stay good: only what it knows is forgotten. Callers that keep one (the
 * relation cache, a scan) go on with fresh descriptors.
 */
static void
smgr_reset(SmgrRelation *rel)
{
    for (int fork = 0; fork < SMGR_FORK_COUNT; fork++) {
        rel->methods->close(rel, (ForkNumber)fork);
        rel->cached_nblocks[fork] = InvalidBlockNumber;
    }
    rel->target_block = InvalidBlockNumber;
}

void
smgr_close(RelFileLocator locator)
{
    SmgrEntry *entry =
        smgr.table == NULL ? NULL : hash_search(smgr.table, &locator, HASH_FIND, NULL);

    if (entry != NULL && entry->rel != NULL)
        smgr_reset(entry->rel);
}

void
smgr_close_all(void)
{
    HASH_SEQ_STATUS walk;
    SmgrEntry *entry;

    if (smgr.table == NULL)
        return;
    hash_seq_init(&walk, smgr.table);
    while ((entry = hash_seq_search(&walk)) != NULL)
        if (entry->rel != NULL)
            smgr_reset(entry->rel);
}

bool
smgr_exists(SmgrRelation *rel, ForkNumber fork)
{
    return rel->methods->exists(rel, fork);
}

void
smgr_create(SmgrRelation *rel, ForkNumber fork, bool is_redo)
{
    rel->methods->create(rel, fork, is_redo);
}

void
smgr_unlink_all(const RelFileLocator *locators, int count, bool is_redo)
{
    if (count == 0)
        return;
    if (smgr_drop_buffers_hook != NULL)
        smgr_drop_buffers_hook(locators, count); /* M2 */
    for (int i = 0; i < count; i++)
        smgr_close(locators[i]);
    for (int i = 0; i < count; i++)
        for (int fork = 0; fork <= MAX_FORKNUM; fork++)
            md_methods.unlink(locators[i], (ForkNumber)fork, is_redo);
}

void
smgr_read(SmgrRelation *rel, ForkNumber fork, BlockNumber block, void *page)
{
    rel->methods->read(rel, fork, block, page);
}

void
smgr_write(SmgrRelation *rel, ForkNumber fork, BlockNumber block, const void *page, bool skip_fsync)
{
    rel->methods->write(rel, fork, block, page, skip_fsync);
}

void
smgr_extend(SmgrRelation *rel, ForkNumber fork, BlockNumber block, const void *page,
            bool skip_fsync)
{
    rel->methods->extend(rel, fork, block, page, skip_fsync);
    rel->cached_nblocks[fork] = block + 1;
}

void
smgr_extend_zero(SmgrRelation *rel, ForkNumber fork, BlockNumber block, uint32 count,
                 bool skip_fsync)
{
    rel->methods->extend_zero(rel, fork, block, count, skip_fsync);
    rel->cached_nblocks[fork] = block + count;
}

bool
smgr_prefetch(SmgrRelation *rel, ForkNumber fork, BlockNumber block)
{
    return rel->methods->prefetch(rel, fork, block);
}

void
smgr_writeback(SmgrRelation *rel, ForkNumber fork, BlockNumber block, BlockNumber count)
{
    rel->methods->writeback(rel, fork, block, count);
}

BlockNumber
smgr_nblocks(SmgrRelation *rel, ForkNumber fork)
{
    rel->cached_nblocks[fork] = rel->methods->nblocks(rel, fork);
    return rel->cached_nblocks[fork];
}

BlockNumber
smgr_nblocks_cached(SmgrRelation *rel, ForkNumber fork)
{
    return rel->cached_nblocks[fork];
}

void
smgr_truncate(SmgrRelation *rel, const ForkNumber *forks, int fork_count,
              const BlockNumber *block_counts)
{
    if (smgr_truncate_buffers_hook != NULL)
        smgr_truncate_buffers_hook(rel, forks, fork_count, block_counts); /* M2 */
    for (int i = 0; i < fork_count; i++) {
        rel->cached_nblocks[forks[i]] = InvalidBlockNumber;
        rel->methods->truncate(rel, forks[i], block_counts[i]);
        rel->cached_nblocks[forks[i]] = block_counts[i];
    }
    rel->target_block = InvalidBlockNumber;
}

void
smgr_immediate_sync(SmgrRelation *rel, ForkNumber fork)
{
    rel->methods->immediate_sync(rel, fork);
}

const char *
smgr_fork_name(ForkNumber fork)
{
    static const char *const names[] = {"main", "fsm", "vm", "init"};
    return names[fork];
}

void
smgr__format_path(char *ret_path, RelFileLocator locator, ForkNumber fork)
{
    const char *separator = fork == MAIN_FORKNUM ? "" : "_";
    const char *suffix = fork == MAIN_FORKNUM ? "" : smgr_fork_name(fork);

    if (locator.spcOid == TABLESPACE_GLOBAL_OID)
        snprintf(ret_path, MAXPGPATH, "global/%u%s%s", locator.relNumber, separator, suffix);
    else if (locator.spcOid == TABLESPACE_DEFAULT_OID)
        snprintf(ret_path, MAXPGPATH, "base/%u/%u%s%s", locator.dbOid, locator.relNumber,
                 separator, suffix);
    else
        snprintf(ret_path, MAXPGPATH, "pg_tblspc/%u/%s/%u/%u%s%s", locator.spcOid,
                 TABLESPACE_VERSION_DIR, locator.dbOid, locator.relNumber, separator, suffix);
}

char *
smgr_relation_path(RelFileLocator locator, ForkNumber fork)
{
    char path[MAXPGPATH];

    smgr__format_path(path, locator, fork);
    return pstrdup(path);
}

char *
smgr_database_path(Oid database, Oid tablespace)
{
    if (tablespace == TABLESPACE_GLOBAL_OID)
        return pstrdup("global");
    if (tablespace == TABLESPACE_DEFAULT_OID)
        return psprintf("base/%u", database);
    return psprintf("pg_tblspc/%u/%s/%u", tablespace, TABLESPACE_VERSION_DIR, database);
}
