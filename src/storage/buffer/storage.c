/*
 * storage.c - relation files created and dropped by transactions
 *
 * Why        the store knows no transactions and the log no relations; this is where both are in
 *            reach. It stands in the buffer room because dropping and truncating files means
 *            dropping their pages first.
 * Invariants T1. a file made by a transaction is on its list, to be dropped at abort, before the
 *                file exists.
 *            T2. the truncation record is durable before the file shrinks: else replay of older
 *                records would meet blocks that are gone without knowing why.
 * Locks      none of its own. Callers hold an AccessExclusiveLock on what they drop or truncate.
 * A crash    between the commit record and the unlinks is repaired by replay of the record; after
 *            a crash between file creation and commit the file stays as an orphan, as PostgreSQL's.
 */
#include <string.h>

#include "buffer/buffer.h"
#include "error/error.h"
#include "memory/memory.h"
#include "sync/stop_point.h"

typedef struct PendingFile {
    RelFileLocator locator;
    bool at_commit; /* drop at commit, else at abort */
    int level;
    struct PendingFile *next;
} PendingFile;

static struct {
    PendingFile *first;
    int level;
} pending;

static void
pending_push(RelFileLocator locator, bool at_commit)
{
    PendingFile *entry = MemoryContextAlloc(TopMemoryContext, sizeof(PendingFile));

    entry->locator = locator;
    entry->at_commit = at_commit;
    entry->level = pending.level;
    entry->next = pending.first;
    pending.first = entry;
}

SmgrRelation *
smgr_create_relation(RelFileLocator locator)
{
    SmgrRelation *rel = smgr_open(locator);

    pending_push(locator, false); /* T1 */
    STOP_POINT("smgr_before_create");
    smgr_create(rel, MAIN_FORKNUM, false);
    smgr_log_create(locator, MAIN_FORKNUM);
    return rel;
}

void
smgr_log_create(RelFileLocator locator, ForkNumber fork)
{
    WalSmgrCreate record = {.locator = locator, .fork = (int32)fork};

    wal_begin_insert();
    wal_register_data(&record, sizeof(record));
    wal_insert(WAL_RMGR_SMGR, WAL_SMGR_CREATE);
}

void
smgr_register_pending_drop(RelFileLocator locator)
{
    pending_push(locator, true);
}

void
smgr_forget_pending(RelFileLocator locator, bool at_commit)
{
    PendingFile **link = &pending.first;

    while (*link != NULL) {
        PendingFile *entry = *link;
        if (RelFileLocatorEquals(entry->locator, locator) && entry->at_commit == at_commit) {
            *link = entry->next;
            pfree(entry);
        } else
            link = &entry->next;
    }
}

void
smgr_pending_set_level(int nest_level)
{
    pending.level = nest_level;
}

int
smgr_pending_list(bool for_commit, RelFileLocator **ret_locators)
{
    int count = 0;

    *ret_locators = NULL;
    for (PendingFile *entry = pending.first; entry != NULL; entry = entry->next)
        if (entry->level >= pending.level && entry->at_commit == for_commit)
            count++;
    if (count == 0)
        return 0;
    *ret_locators = palloc(count * sizeof(RelFileLocator));
    count = 0;
    for (PendingFile *entry = pending.first; entry != NULL; entry = entry->next)
        if (entry->level >= pending.level && entry->at_commit == for_commit)
            (*ret_locators)[count++] = entry->locator;
    return count;
}

void
smgr_pending_execute(bool is_commit)
{
    PendingFile **link = &pending.first;
    RelFileLocator *locators;
    int count;

    count = smgr_pending_list(is_commit, &locators);
    /* Off the list first: an error while unlinking must not try them again. */
    while (*link != NULL) {
        PendingFile *entry = *link;
        if (entry->level >= pending.level) {
            *link = entry->next;
            pfree(entry);
        } else
            link = &entry->next;
    }
    STOP_POINT("smgr_before_pending_unlink");
    if (count > 0) {
        smgr_unlink_all(locators, count, false);
        pfree(locators);
    }
}

void
smgr_pending_sub_commit(void)
{
    for (PendingFile *entry = pending.first; entry != NULL; entry = entry->next)
        if (entry->level >= pending.level)
            entry->level = pending.level - 1;
}

void
smgr_pending_forget_all(void)
{
    while (pending.first != NULL) {
        PendingFile *entry = pending.first;
        pending.first = entry->next;
        pfree(entry);
    }
}

/* The forks a record or a call names, for smgr_truncate. */
static int
collect_forks(SmgrRelation *rel, const BlockNumber *wanted, ForkNumber *ret_forks,
              BlockNumber *ret_counts)
{
    int count = 0;

    for (int fork = 0; fork < 3; fork++) {
        if (wanted[fork] == InvalidBlockNumber || !smgr_exists(rel, (ForkNumber)fork))
            continue;
        if (smgr_nblocks(rel, (ForkNumber)fork) <= wanted[fork])
            continue;
        ret_forks[count] = (ForkNumber)fork;
        ret_counts[count++] = wanted[fork];
    }
    return count;
}

void
smgr_truncate_relation(SmgrRelation *rel, BlockNumber main_blocks, BlockNumber fsm_blocks,
                       BlockNumber vm_blocks)
{
    WalSmgrTruncate record = {.locator = rel->locator,
                              .block_counts = {main_blocks, fsm_blocks, vm_blocks}};
    ForkNumber forks[3];
    BlockNumber counts[3];
    int count = collect_forks(rel, record.block_counts, forks, counts);

    if (count == 0)
        return;
    START_CRIT_SECTION();
    wal_begin_insert();
    wal_register_data(&record, sizeof(record));
    wal_flush(wal_insert(WAL_RMGR_SMGR, WAL_SMGR_TRUNCATE)); /* T2 */
    STOP_POINT("smgr_before_truncate");
    smgr_truncate(rel, forks, count, counts);
    END_CRIT_SECTION();
}

/* --- replay --- */

static void
smgr_redo(const WalRecord *record)
{
    if (record->info == WAL_SMGR_CREATE) {
        WalSmgrCreate create;

        memcpy(&create, record->data, sizeof(create));
        smgr_create(smgr_open(create.locator), (ForkNumber)create.fork, true);
    } else if (record->info == WAL_SMGR_TRUNCATE) {
        WalSmgrTruncate truncate;
        SmgrRelation *rel;
        ForkNumber forks[3];
        BlockNumber counts[3];
        int count;

        memcpy(&truncate, record->data, sizeof(truncate));
        rel = smgr_open(truncate.locator);
        /* A later record may drop it; then an older replay finds no file. */
        smgr_create(rel, MAIN_FORKNUM, true);
        count = collect_forks(rel, truncate.block_counts, forks, counts);
        wal_flush(record->end); /* T2, should this replay crash too */
        if (count > 0)
            smgr_truncate(rel, forks, count, counts);
        for (int i = 0; i < 3; i++)
            if (buffer_forget_missing_hook != NULL)
                buffer_forget_missing_hook(truncate.locator, (ForkNumber)i, truncate.block_counts[i]);
    } else
        elog(PANIC, "smgr_redo: unknown op code %u", record->info);
}

static const char *
smgr_identify(uint8 info)
{
    return info == WAL_SMGR_CREATE ? "CREATE" : info == WAL_SMGR_TRUNCATE ? "TRUNCATE" : NULL;
}

static void
smgr_describe(StringInfo buf, const WalRecord *record)
{
    RelFileLocator locator;

    memcpy(&locator, record->data, sizeof(locator));
    appendStringInfo(buf, "%u/%u/%u", locator.spcOid, locator.dbOid, locator.relNumber);
}

void
smgr_register_resource_manager(void)
{
    static const WalResourceManager manager = {
        .name = "Storage",
        .redo = smgr_redo,
        .describe = smgr_describe,
        .identify = smgr_identify,
    };
    wal_register_resource_manager(WAL_RMGR_SMGR, &manager);
}
