/*
 * md.c - relations in local files, one per gigabyte
 *
 * Why        plain files with PostgreSQL's names; 1 GB each so that tools and file systems with
 *            small limits cope. Segment n holds blocks n * SMGR_SEGMENT_BLOCKS on.
 * Invariants D1. all segments before the last one with data are full.
 *            D2. rel->segments[fork][0..segment_count) are open, without gaps.
 *            D3. a written segment owes an fsync to the next checkpoint (sync_request.h).
 *            D4. the first segment of a dropped main fork stays, empty, until after the next
 *                checkpoint: so its number is not given out while WAL that is older than the
 *                checkpoint could be replayed onto a new file of that name.
 * Errors     thrown with PostgreSQL's texts.
 * Read first md_segment().
 */
#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "error/error.h"
#include "file/file.h"
#include "file/sync_request.h"
#include "memory/memory.h"
#include "smgr_int.h"
#include "sync/stop_point.h"
#include "sync/wait_event.h"

typedef struct MdSegment {
    File file;
} MdSegment;

typedef enum MdMissing {
    MD_FAIL,   /* missing segment: error */
    MD_NULL,   /* answer NULL */
    MD_CREATE, /* make it, as it is one past the last */
} MdMissing;

static void
segment_path(char *ret_path, RelFileLocator locator, ForkNumber fork, BlockNumber segment)
{
    smgr__format_path(ret_path, locator, fork);
    if (segment > 0) {
        Size length = strlen(ret_path);
        snprintf(ret_path + length, MAXPGPATH - length, ".%u", segment);
    }
}

static FileTag
make_tag(RelFileLocator locator, ForkNumber fork, BlockNumber segment)
{
    FileTag tag;

    memset(&tag, 0, sizeof(tag));
    tag.handler = SYNC_HANDLER_MD;
    tag.fork = (int16)fork;
    tag.locator = locator;
    tag.segment = segment;
    return tag;
}

static void
md_open(SmgrRelation *rel)
{
    for (int fork = 0; fork < SMGR_FORK_COUNT; fork++) {
        rel->segments[fork] = NULL;
        rel->segment_count[fork] = 0;
    }
}

/* Closes segments from `keep` on. */
static void
close_segments_from(SmgrRelation *rel, ForkNumber fork, int keep)
{
    for (int i = rel->segment_count[fork] - 1; i >= keep; i--) {
        File file = rel->segments[fork][i].file;
        rel->segment_count[fork] = i;
        file_close(file);
    }
    if (keep == 0 && rel->segments[fork] != NULL) {
        pfree(rel->segments[fork]);
        rel->segments[fork] = NULL;
    }
}

static void
md_close(SmgrRelation *rel, ForkNumber fork)
{
    close_segments_from(rel, fork, 0);
}

/* Appends an opened file as the next segment (D2). */
static MdSegment *
push_segment(SmgrRelation *rel, ForkNumber fork, File file)
{
    int count = rel->segment_count[fork];

    rel->segments[fork] =
        count == 0 ? MemoryContextAlloc(TopMemoryContext, sizeof(MdSegment))
                   : repalloc(rel->segments[fork], (count + 1) * sizeof(MdSegment));
    rel->segments[fork][count].file = file;
    rel->segment_count[fork] = count + 1;
    return &rel->segments[fork][count];
}

static BlockNumber
segment_blocks(MdSegment *segment)
{
    off_t size = file_size(segment->file);

    if (size < 0)
        ereport(ERROR,
                (errcode_for_file_access(), errmsg("could not seek to end of file \"%s\": %m",
                                                   file_path(segment->file))));
    return (BlockNumber)(size / BLCKSZ); /* a partial block does not count */
}

/*
 * The segment of that number, opened together with all before it. MD_CREATE may be asked only for
 * the number after the last full one.
 */
static MdSegment *
md_segment(SmgrRelation *rel, ForkNumber fork, BlockNumber number, MdMissing missing)
{
    while (rel->segment_count[fork] <= (int)number) {
        int next = rel->segment_count[fork];
        char path[MAXPGPATH];
        File file;

        if (next > 0 && missing == MD_FAIL &&
            segment_blocks(&rel->segments[fork][next - 1]) < SMGR_SEGMENT_BLOCKS) {
            segment_path(path, rel->locator, fork, number);
            ereport(ERROR,
                    (errcode_for_file_access(),
                     errmsg("could not open file \"%s\" (target block %u): previous segment is "
                            "only %u blocks",
                            path, number * SMGR_SEGMENT_BLOCKS,
                            segment_blocks(&rel->segments[fork][next - 1]))));
        }
        segment_path(path, rel->locator, fork, (BlockNumber)next);
        file = file_open(path, O_RDWR | (missing == MD_CREATE && next > 0 ? O_CREAT : 0));
        if (file < 0) {
            if (missing == MD_NULL && errno == ENOENT)
                return NULL;
            ereport(ERROR,
                    (errcode_for_file_access(), errmsg("could not open file \"%s\": %m", path)));
        }
        push_segment(rel, fork, file);
    }
    return &rel->segments[fork][number];
}

static inline MdSegment *
md_segment_of_block(SmgrRelation *rel, ForkNumber fork, BlockNumber block, MdMissing missing)
{
    BlockNumber number = block / SMGR_SEGMENT_BLOCKS;

    if (likely((int)number < rel->segment_count[fork]))
        return &rel->segments[fork][number];
    return md_segment(rel, fork, number, missing);
}

static off_t
block_offset(BlockNumber block)
{
    return (off_t)(block % SMGR_SEGMENT_BLOCKS) * BLCKSZ;
}

static bool
md_exists(SmgrRelation *rel, ForkNumber fork)
{
    /* Another process may have dropped it: ask the file system, not what we hold open. */
    md_close(rel, fork);
    return md_segment(rel, fork, 0, MD_NULL) != NULL;
}

static void
ensure_database_directory(SmgrRelation *rel)
{
    char *path = smgr_database_path(rel->locator.dbOid, rel->locator.spcOid);

    if (MakePGDirectory(path) < 0 && errno != EEXIST)
        ereport(ERROR, (errcode_for_file_access(),
                        errmsg("could not create directory \"%s\": %m", path)));
    pfree(path);
}

static void
md_create(SmgrRelation *rel, ForkNumber fork, bool is_redo)
{
    char path[MAXPGPATH];
    File file;

    if (is_redo && rel->segment_count[fork] > 0)
        return;
    Assert(rel->segment_count[fork] == 0);
    segment_path(path, rel->locator, fork, 0);
    file = file_open(path, O_RDWR | O_CREAT | O_EXCL);
    if (file < 0 && errno == ENOENT && is_redo) {
        ensure_database_directory(rel);
        file = file_open(path, O_RDWR | O_CREAT | O_EXCL);
    }
    if (file < 0 && is_redo)
        file = file_open(path, O_RDWR);
    if (file < 0)
        ereport(ERROR,
                (errcode_for_file_access(), errmsg("could not create file \"%s\": %m", path)));
    push_segment(rel, fork, file);
}

/* D3, with the fsync done here when the queue is full. */
static void
register_dirty(SmgrRelation *rel, ForkNumber fork, BlockNumber number, MdSegment *segment)
{
    FileTag tag = make_tag(rel->locator, fork, number);

    if (sync_register_request(&tag, SYNC_REQUEST, false))
        return;
    ereport(DEBUG1, (errmsg_internal("could not forward fsync request because request queue is full")));
    if (file_sync(segment->file, WAIT_EVENT_DATA_FILE_SYNC) < 0)
        ereport(data_sync_elevel(ERROR),
                (errcode_for_file_access(),
                 errmsg("could not fsync file \"%s\": %m", file_path(segment->file))));
}

static void
md_read(SmgrRelation *rel, ForkNumber fork, BlockNumber block, void *page)
{
    MdSegment *segment = md_segment_of_block(rel, fork, block, MD_FAIL);
    ssize_t got =
        file_read(segment->file, page, BLCKSZ, block_offset(block), WAIT_EVENT_DATA_FILE_READ);

    if (likely(got == BLCKSZ))
        return;
    if (got < 0)
        ereport(ERROR, (errcode_for_file_access(), errmsg("could not read block %u in file \"%s\": %m",
                                                          block, file_path(segment->file))));
    ereport(ERROR, (errcode(ERRCODE_DATA_CORRUPTED),
                    errmsg("could not read block %u in file \"%s\": read only %d of %d bytes",
                           block, file_path(segment->file), (int)got, BLCKSZ)));
}

static void
md_write(SmgrRelation *rel, ForkNumber fork, BlockNumber block, const void *page, bool skip_fsync)
{
    MdSegment *segment = md_segment_of_block(rel, fork, block, MD_FAIL);

    STOP_POINT("md_write");
    if (file_write(segment->file, page, BLCKSZ, block_offset(block), WAIT_EVENT_DATA_FILE_WRITE) <
        0)
        ereport(ERROR,
                (errcode_for_file_access(), errmsg("could not write block %u in file \"%s\": %m",
                                                   block, file_path(segment->file))));
    if (!skip_fsync)
        register_dirty(rel, fork, block / SMGR_SEGMENT_BLOCKS, segment);
}

static void
check_extend_limit(SmgrRelation *rel, ForkNumber fork, uint64 end)
{
    char path[MAXPGPATH];

    if (end <= InvalidBlockNumber)
        return;
    segment_path(path, rel->locator, fork, 0);
    ereport(ERROR, (errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
                    errmsg("cannot extend file \"%s\" beyond %u blocks", path, InvalidBlockNumber)));
}

static void
report_extend_failure(MdSegment *segment)
{
    ereport(ERROR,
            (errcode_for_file_access(),
             errmsg("could not extend file \"%s\": %m", file_path(segment->file)),
             errhint("Check free disk space.")));
}

static void
md_extend(SmgrRelation *rel, ForkNumber fork, BlockNumber block, const void *page, bool skip_fsync)
{
    MdSegment *segment;

    check_extend_limit(rel, fork, (uint64)block + 1);
    segment = md_segment_of_block(rel, fork, block, MD_CREATE);
    if (file_write(segment->file, page, BLCKSZ, block_offset(block), WAIT_EVENT_DATA_FILE_EXTEND) <
        0)
        report_extend_failure(segment);
    if (!skip_fsync)
        register_dirty(rel, fork, block / SMGR_SEGMENT_BLOCKS, segment);
}

static void
md_extend_zero(SmgrRelation *rel, ForkNumber fork, BlockNumber block, uint32 count,
               bool skip_fsync)
{
    check_extend_limit(rel, fork, (uint64)block + count);
    STOP_POINT("md_extend");
    while (count > 0) {
        BlockNumber number = block / SMGR_SEGMENT_BLOCKS;
        uint32 step = Min(count, SMGR_SEGMENT_BLOCKS - block % SMGR_SEGMENT_BLOCKS);
        MdSegment *segment = md_segment_of_block(rel, fork, block, MD_CREATE);

        if (file_extend_zero(segment->file, block_offset(block), (off_t)step * BLCKSZ,
                             WAIT_EVENT_DATA_FILE_EXTEND) != 0)
            report_extend_failure(segment);
        if (!skip_fsync)
            register_dirty(rel, fork, number, segment);
        block += step;
        count -= step;
    }
}

static bool
md_prefetch(SmgrRelation *rel, ForkNumber fork, BlockNumber block)
{
    MdSegment *segment = md_segment_of_block(rel, fork, block, MD_NULL);

    if (segment == NULL)
        return false;
    (void)file_prefetch(segment->file, block_offset(block), BLCKSZ, WAIT_EVENT_DATA_FILE_PREFETCH);
    return true;
}

static void
md_writeback(SmgrRelation *rel, ForkNumber fork, BlockNumber block, BlockNumber count)
{
    while (count > 0) {
        BlockNumber step = Min(count, SMGR_SEGMENT_BLOCKS - block % SMGR_SEGMENT_BLOCKS);
        MdSegment *segment = md_segment_of_block(rel, fork, block, MD_NULL);

        if (segment == NULL)
            return; /* dropped or truncated meanwhile */
        file_writeback(segment->file, block_offset(block), (off_t)step * BLCKSZ,
                       WAIT_EVENT_DATA_FILE_FLUSH);
        block += step;
        count -= step;
    }
}

static BlockNumber
md_nblocks(SmgrRelation *rel, ForkNumber fork)
{
    BlockNumber number;

    (void)md_segment(rel, fork, 0, MD_FAIL);
    number = (BlockNumber)rel->segment_count[fork] - 1;
    for (;;) {
        BlockNumber blocks = segment_blocks(&rel->segments[fork][number]);

        if (blocks > SMGR_SEGMENT_BLOCKS)
            elog(FATAL, "segment too big");
        if (blocks == 0 && number > 0) {
            /* Truncated by another process after we opened it. */
            close_segments_from(rel, fork, (int)number);
            number--;
            continue;
        }
        if (blocks < SMGR_SEGMENT_BLOCKS)
            return number * SMGR_SEGMENT_BLOCKS + blocks;
        number++;
        if (md_segment(rel, fork, number, MD_NULL) == NULL)
            return number * SMGR_SEGMENT_BLOCKS;
    }
}

/* Segments after the new last one become empty and stay: others may have them open. */
static void
md_truncate(SmgrRelation *rel, ForkNumber fork, BlockNumber count)
{
    BlockNumber now = md_nblocks(rel, fork);
    BlockNumber keep = count / SMGR_SEGMENT_BLOCKS;

    if (count >= now) {
        if (count > now)
            ereport(ERROR,
                    (errmsg("could not truncate file \"%s\" to %u blocks: it's only %u blocks now",
                            file_path(rel->segments[fork][0].file), count, now)));
        return;
    }
    for (int i = rel->segment_count[fork] - 1; i >= (int)keep; i--) {
        MdSegment *segment = &rel->segments[fork][i];
        off_t size = i == (int)keep ? block_offset(count) : 0;

        if (file_truncate(segment->file, size, WAIT_EVENT_DATA_FILE_TRUNCATE) < 0)
            ereport(ERROR, (errcode_for_file_access(),
                            errmsg("could not truncate file \"%s\" to %u blocks: %m",
                                   file_path(segment->file), count)));
        register_dirty(rel, fork, (BlockNumber)i, segment);
    }
    if (keep + 1 < (BlockNumber)rel->segment_count[fork])
        close_segments_from(rel, fork, (int)keep + 1);
}

static void
md_immediate_sync(SmgrRelation *rel, ForkNumber fork)
{
    (void)md_nblocks(rel, fork); /* opens all segments */
    for (int i = rel->segment_count[fork] - 1; i >= 0; i--) {
        MdSegment *segment = &rel->segments[fork][i];
        if (file_sync(segment->file, WAIT_EVENT_DATA_FILE_IMMEDIATE_SYNC) < 0)
            ereport(data_sync_elevel(ERROR),
                    (errcode_for_file_access(),
                     errmsg("could not fsync file \"%s\": %m", file_path(segment->file))));
    }
}

/* --- unlink --- */

static void
forget_requests(RelFileLocator locator, ForkNumber fork, BlockNumber number)
{
    FileTag tag = make_tag(locator, fork, number);

    (void)sync_register_request(&tag, SYNC_FORGET_REQUEST, true);
}

/* Gives the space back even if other processes keep the file open. */
static bool
truncate_and_unlink(const char *path, bool keep_name)
{
    if (truncate(path, 0) < 0) {
        if (errno == ENOENT)
            return false;
        ereport(WARNING,
                (errcode_for_file_access(), errmsg("could not truncate file \"%s\": %m", path)));
    }
    if (!keep_name && unlink(path) < 0 && errno != ENOENT)
        ereport(WARNING,
                (errcode_for_file_access(), errmsg("could not remove file \"%s\": %m", path)));
    return true;
}

static void
md_unlink(RelFileLocator locator, ForkNumber fork, bool is_redo)
{
    char path[MAXPGPATH];
    bool defer = !is_redo && fork == MAIN_FORKNUM; /* D4 */

    segment_path(path, locator, fork, 0);
    forget_requests(locator, fork, 0);
    STOP_POINT("md_unlink");
    if (!truncate_and_unlink(path, defer))
        return;
    if (defer) {
        FileTag tag = make_tag(locator, fork, 0);
        (void)sync_register_request(&tag, SYNC_UNLINK_REQUEST, true);
    }
    for (BlockNumber number = 1;; number++) {
        segment_path(path, locator, fork, number);
        if (access(path, F_OK) != 0)
            break;
        forget_requests(locator, fork, number);
        if (!truncate_and_unlink(path, false))
            break;
    }
}

/* --- what the checkpointer does with our requests --- */

static int
md_sync_tag(const FileTag *tag, char *ret_path)
{
    int fd, rc, saved;

    segment_path(ret_path, tag->locator, (ForkNumber)tag->fork, (BlockNumber)tag->segment);
    fd = BasicOpenFile(ret_path, O_RDWR);
    if (fd < 0)
        return -1;
    pgstat_report_wait_start(WAIT_EVENT_DATA_FILE_SYNC);
    rc = pg_fsync(fd);
    pgstat_report_wait_end();
    saved = errno;
    (void)close(fd);
    errno = saved;
    return rc;
}

static int
md_unlink_tag(const FileTag *tag, char *ret_path)
{
    segment_path(ret_path, tag->locator, (ForkNumber)tag->fork, (BlockNumber)tag->segment);
    return unlink(ret_path);
}

/* A filter names a database. */
static bool
md_matches(const FileTag *pattern, const FileTag *candidate)
{
    return pattern->locator.dbOid == candidate->locator.dbOid;
}

void
smgr_forget_database(Oid database)
{
    FileTag tag = make_tag((RelFileLocator){.dbOid = database}, MAIN_FORKNUM, 0);

    (void)sync_register_request(&tag, SYNC_FILTER_REQUEST, true);
}

void
md__register(void)
{
    static const SyncHandler handler = {
        .sync = md_sync_tag,
        .unlink = md_unlink_tag,
        .matches = md_matches,
    };
    sync_register_handler(SYNC_HANDLER_MD, &handler);
}

const SmgrMethods md_methods = {
    .name = "md",
    .open = md_open,
    .close = md_close,
    .exists = md_exists,
    .create = md_create,
    .unlink = md_unlink,
    .read = md_read,
    .write = md_write,
    .extend = md_extend,
    .extend_zero = md_extend_zero,
    .prefetch = md_prefetch,
    .writeback = md_writeback,
    .nblocks = md_nblocks,
    .truncate = md_truncate,
    .immediate_sync = md_immediate_sync,
};
