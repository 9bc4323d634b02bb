/*
 * missing_pages.c - blocks that replay wanted and did not find
 *
 * Why        a record may change a relation that a later record drops or truncates; when replay
 *            starts before both, the block is gone already. Such blocks are noted, and forgotten
 *            when the drop or truncation is replayed. What is left at the end means that the log
 *            and the files do not belong together.
 * Locks      none: the startup process alone.
 */
#include "error/error.h"
#include "memory/hsearch.h"
#include "memory/memory.h"
#include "recovery_int.h"
#include "smgr/smgr.h"

typedef struct MissingPage {
    RelFileLocator locator;
    int32 fork;
    BlockNumber block;
    bool present; /* the block exists but was never initialised */
} MissingPage;

#define MISSING_KEY_SIZE offsetof(MissingPage, present)

static HTAB *missing;

void
recovery__missing_page(RelFileLocator locator, ForkNumber fork, BlockNumber block, bool present)
{
    MissingPage key = {.locator = locator, .fork = (int32)fork, .block = block};
    MissingPage *entry;
    bool found;

    if (missing == NULL) {
        HASHCTL info = {.keysize = MISSING_KEY_SIZE, .entrysize = sizeof(MissingPage)};
        info.hcxt = TopMemoryContext;
        missing = hash_create("XLOG invalid-page table", 100, &info,
                              HASH_ELEM | HASH_BLOBS | HASH_CONTEXT);
    }
    entry = hash_search(missing, &key, HASH_ENTER, &found);
    if (!found)
        entry->present = present;
}

static void
forget(bool (*matches)(const MissingPage *entry, const MissingPage *pattern),
       const MissingPage *pattern)
{
    HASH_SEQ_STATUS walk;
    MissingPage *entry;

    if (missing == NULL)
        return;
    hash_seq_init(&walk, missing);
    while ((entry = hash_seq_search(&walk)) != NULL)
        if (matches(entry, pattern))
            hash_search(missing, entry, HASH_REMOVE, NULL);
}

static bool
matches_blocks(const MissingPage *entry, const MissingPage *pattern)
{
    return RelFileLocatorEquals(entry->locator, pattern->locator) &&
           (pattern->fork == InvalidForkNumber || entry->fork == pattern->fork) &&
           entry->block >= pattern->block;
}

static bool
matches_database(const MissingPage *entry, const MissingPage *pattern)
{
    return entry->locator.dbOid == pattern->locator.dbOid;
}

void
recovery__forget_missing(RelFileLocator locator, ForkNumber fork, BlockNumber first_block)
{
    MissingPage pattern = {.locator = locator, .fork = (int32)fork, .block = first_block};

    forget(OidIsValid(locator.relNumber) ? matches_blocks : matches_database, &pattern);
}

void
recovery__check_missing(void)
{
    HASH_SEQ_STATUS walk;
    MissingPage *entry;

    if (missing == NULL || hash_get_num_entries(missing) == 0)
        return;
    hash_seq_init(&walk, missing);
    while ((entry = hash_seq_search(&walk)) != NULL) {
        char *path = smgr_relation_path(entry->locator, (ForkNumber)entry->fork);
        if (entry->present)
            elog(WARNING, "page %u of relation %s is uninitialized", entry->block, path);
        else
            elog(WARNING, "page %u of relation %s does not exist", entry->block, path);
        pfree(path);
    }
    elog(PANIC, "WAL contains references to invalid pages");
}
