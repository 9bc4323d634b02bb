/*
 * file_test.c - virtual files outlive their descriptors, I/O faults are told, nothing is left
 *
 * Method: more files than descriptors; spill files written and read at random against a model;
 * n-th I/O made to fail; fsync requests counted in the owner's table.
 */
#include "storage_life.h"

#include "file/buffile.h"

#define FILES 100

static void
register_rooms(void)
{
    sync_shmem_register();
}

static int
open_descriptors(void)
{
    DIR *dir = opendir("/proc/self/fd");
    int count = 0;

    while (readdir(dir) != NULL)
        count++;
    closedir(dir);
    return count;
}

static void
life_many_files(void)
{
    File files[FILES];
    char path[64], text[32];
    int before;

    begin_life(register_rooms);
    max_files_per_process = 20;
    before = open_descriptors();
    for (int i = 0; i < FILES; i++) {
        snprintf(path, sizeof(path), "base/%d.many", i);
        files[i] = file_open(path, O_RDWR | O_CREAT | O_EXCL);
        snprintf(text, sizeof(text), "%08d", i);
        if (files[i] < 0 || file_write(files[i], text, 8, 3, 0) != 8)
            _exit(1);
    }
    if (open_descriptors() > before + 21)
        _exit(2);
    for (int i = FILES - 1; i >= 0; i -= 3) {
        snprintf(text, sizeof(text), "%08d", i);
        memset(path, 0, sizeof(path));
        if (file_read(files[i], path, 20, 3, 0) != 8 || strcmp(path, text) != 0)
            _exit(3);
        if (file_size(files[i]) != 11 || file_sync(files[i], 0) != 0)
            _exit(4);
    }
    for (int i = 0; i < FILES; i++)
        file_close(files[i]);
    if (open_descriptors() != before)
        _exit(5);
    if (file_open("base/none", O_RDWR) != -1 || errno != ENOENT)
        _exit(6);
}

static void
life_spill(void)
{
    BufFile *file;
    static char model[300000];
    char got[5000];
    uint64 random = 7;

    begin_life(register_rooms);
    file = buffile_create();
    for (size_t i = 0; i < sizeof(model); i++)
        model[i] = (char)(i * 31 + i / 256);
    buffile_write(file, model, sizeof(model));
    for (int i = 0; i < 2000; i++) {
        size_t at, length;

        random = random * UINT64_C(6364136223846793005) + 1442695040888963407;
        length = (random >> 33) % sizeof(got);
        at = (random >> 20) % (sizeof(model) - length);
        buffile_seek(file, (int64)at);
        if (i % 3 == 0) {
            memset(model + at, i, length);
            buffile_write(file, model + at, length);
        } else {
            buffile_read_exact(file, got, length);
            if (memcmp(got, model + at, length) != 0)
                _exit(1);
        }
        if (buffile_tell(file) != (int64)(at + length))
            _exit(2);
    }
    if (buffile_size(file) != sizeof(model))
        _exit(3);
    buffile_rewind(file);
    for (size_t at = 0; at < sizeof(model); at += 1000) {
        buffile_read_exact(file, got, 1000);
        if (memcmp(got, model + at, 1000) != 0)
            _exit(4);
    }
    if (buffile_read(file, got, 10) != 0 || buffile_read_maybe_eof(file, got, 10))
        _exit(5);
    (void)buffile_create();
    renew_owner(); /* as after an error: the files go */
    if (system("test -z \"$(ls base/pgsql_tmp)\"") != 0)
        _exit(6);
}

static void
life_copy(void)
{
    FILE *stream;

    begin_life(register_rooms);
    if (system("mkdir base/from && echo one > base/from/1 && head -c 3000000 /dev/urandom > "
               "base/from/2") != 0)
        _exit(1);
    copy_dir("base/from", "base/to");
    file_sync_tree("base/to");
    if (system("diff -r base/from base/to") != 0)
        _exit(2);
    if (THROWN(copy_dir("base/from", "base/to")) != ERRCODE_DUPLICATE_FILE)
        _exit(3);
    if (!rmtree("base/from", true) || access("base/from", F_OK) == 0)
        _exit(4);
    if (durable_rename("base/to/1", "base/to/3", ERROR) != 0 || access("base/to/3", F_OK) != 0)
        _exit(5);
    if (durable_rename("base/to/1", "base/to/4", LOG) != -1)
        _exit(6);
    stream = AllocateFile("base/to/3", "r");
    if (stream == NULL || OpenTransientFile("base/to/2", O_RDONLY) < 0)
        _exit(7);
    file_at_transaction_end(false);
    if (FreeFile(stream) != -1)
        _exit(8);
}

/* --- fsync requests --- */

static int synced, unlinked;
static bool gone;

static int
count_sync(const FileTag *tag, char *ret_path)
{
    sprintf(ret_path, "tag%d", (int)tag->segment);
    if (gone) {
        errno = ENOENT;
        return -1;
    }
    synced++;
    return 0;
}

static int
count_unlink(const FileTag *tag, char *ret_path)
{
    unlinked++;
    return 0;
}

static bool
same_database(const FileTag *pattern, const FileTag *candidate)
{
    return pattern->locator.dbOid == candidate->locator.dbOid;
}

static FileTag
tag_of(Oid database, uint64 segment)
{
    FileTag tag;

    memset(&tag, 0, sizeof(tag));
    tag.handler = SYNC_HANDLER_MD;
    tag.locator.dbOid = database;
    tag.segment = segment;
    return tag;
}

static void
requester(int index)
{
    for (uint64 i = 0; i < 20000; i++) {
        FileTag tag = tag_of(1, i % 50);
        if (!sync_register_request(&tag, SYNC_REQUEST, false))
            _exit(1);
    }
}

static void
life_requests(void)
{
    static const SyncHandler handler = {count_sync, count_unlink, same_database};
    int files;
    uint64 longest, total;
    FileTag tag = tag_of(2, 1);

    begin_life(register_rooms);
    sync_register_handler(SYNC_HANDLER_MD, &handler);
    /* Full queues are compacted, as only 50 files are in question. */
    for (int i = 0; i < 3; i++)
        spawn_in_life(requester, i);
    if (join() != 0)
        _exit(1);
    sync_register_request(&tag, SYNC_REQUEST, true);
    sync_become_owner();
    sync_pre_checkpoint();
    sync_process_requests(&files, &longest, &total);
    if (files != 51 || synced != 51)
        _exit(2);
    sync_process_requests(&files, &longest, &total);
    if (files != 0)
        _exit(3);
    /* Forgotten and filtered ones are not synced. */
    for (uint64 i = 0; i < 4; i++) {
        tag = tag_of(i < 2 ? 1 : 2, i);
        sync_register_request(&tag, SYNC_REQUEST, true);
    }
    sync_register_request(&tag, SYNC_FORGET_REQUEST, true);
    tag = tag_of(1, 0);
    sync_register_request(&tag, SYNC_FILTER_REQUEST, true);
    sync_process_requests(&files, &longest, &total);
    if (files != 1)
        _exit(4);
    /* An unlink waits for the checkpoint after the one that is under way. */
    sync_pre_checkpoint();
    sync_register_request(&tag, SYNC_UNLINK_REQUEST, true);
    sync_post_checkpoint();
    if (unlinked != 0)
        _exit(5);
    sync_pre_checkpoint();
    sync_post_checkpoint();
    if (unlinked != 1)
        _exit(6);
    /* A file that is gone though nobody said so is a PANIC: the process dies. */
    gone = true;
    board[0] = 1;
    sync_register_request(&tag, SYNC_REQUEST, true);
    sync_process_requests(&files, &longest, &total);
}

#ifdef USE_STOP_POINTS
static void
life_faults(void)
{
    File file;
    char block[BLCKSZ] = {1};

    begin_life(register_rooms);
    file = file_open("base/faulty", O_RDWR | O_CREAT);
    file_set_fault(FILE_FAULT_EIO, 3);
    for (int i = 0; i < 5; i++) {
        ssize_t put = file_write(file, block, BLCKSZ, i * BLCKSZ, 0);
        if ((i == 2) != (put < 0) || (put < 0 && errno != EIO))
            _exit(1);
    }
    file_set_fault(FILE_FAULT_ENOSPC, 1);
    if (file_extend_zero(file, 5 * BLCKSZ, 20 * BLCKSZ, 0) != -1 || errno != ENOSPC)
        _exit(2);
    file_set_fault(FILE_FAULT_NONE, 0);
    if (file_extend_zero(file, 5 * BLCKSZ, 20 * BLCKSZ, 0) != 0 || file_size(file) != 25 * BLCKSZ)
        _exit(3);
    file_set_fault(FILE_FAULT_TEAR, 1);
    memset(block, 2, sizeof(block));
    file_write(file, block, BLCKSZ, 0, 0);
    _exit(4);
}

static bool
is_torn(void)
{
    char block[BLCKSZ];
    int fd = open("base/faulty", O_RDONLY);

    return read(fd, block, sizeof(block)) == BLCKSZ && block[100] == 2 && block[BLCKSZ - 1] == 0;
}
#endif

int
main(void)
{
    int status;

    make_data_directory();
    status = live(life_many_files);
    tap_ok(EXITED(status), "%d files on 20 descriptors (status %x)", FILES, status);
    status = live(life_spill);
    tap_ok(EXITED(status), "spill files are as their model, and go (status %x)", status);
    status = live(life_copy);
    tap_ok(EXITED(status), "directories are copied, renamed, removed (status %x)", status);
    status = live(life_requests);
    tap_ok(WIFSIGNALED(status) && WTERMSIG(status) == SIGABRT && board[0] == 1,
           "fsync requests are merged, forgotten, deferred; a lost file is a PANIC (status %x)",
           status);
#ifdef USE_STOP_POINTS
    status = live(life_faults);
    tap_ok(KILLED(status) && is_torn(), "faults on demand (status %x)", status);
#endif
    finish_processes();
    return tap_done();
}
