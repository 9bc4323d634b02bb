/*
 * recovery_test.c - what was acknowledged survives; replay twice is replay once
 *
 * Method: a resource manager of the test counts up words in pages. Its redo refuses a step that
 * does not follow the one before, so lost, doubled and misordered changes show. Workers change,
 * log, flush and then acknowledge in memory that outlives the server; a checkpointer and a
 * background writer run; everything is killed at a random moment or at a stop point. Before the
 * next start pages changed since the last checkpoint are torn. The seed is printed.
 */
#include "storage_life.h"

#include <sys/prctl.h>

#include "buffer/buffer.h"
#include "recovery/recovery.h"
#include "sync/stop_point.h"

#define PAGES 120
#define WORDS 32
#define WORKERS 4
#define ACK (&board[200]) /* acknowledged value per page and word */
#define WORD_OFFSET 2000

static const RelFileLocator relation = {1663, 1, 7000};
static unsigned seed;

typedef struct CountStep {
    uint64 value;
    uint16 word;
} CountStep;

static uint64 *
word_at(Page page, int word)
{
    return (uint64 *)(page + WORD_OFFSET) + word;
}

static void
count_redo(const WalRecord *record)
{
    CountStep step;
    Buffer buffer;
    BufferRedoAction action;

    memcpy(&step, record->data, sizeof(step));
    if (record->info == 2) {
        buffer = buffer_init_for_redo(record, 0);
        page_init(buffer_page(buffer), 0);
        action = BUFFER_REDO_NEEDED;
    } else
        action = buffer_read_for_redo(record, 0, &buffer);
    if (action == BUFFER_REDO_NEEDED) {
        uint64 *word = word_at(buffer_page(buffer), step.word);
        if (*word + 1 != step.value)
            elog(PANIC, "word holds " UINT64_FORMAT ", step says " UINT64_FORMAT, *word,
                 step.value);
        *word = step.value;
        page_set_lsn(buffer_page(buffer), record->end);
        buffer_mark_dirty(buffer);
    }
    if (BufferIsValid(buffer))
        buffer_unlock_release(buffer);
}

static void
register_rooms(void)
{
    static const WalResourceManager manager = {.name = "Count", .redo = count_redo};

    sync_shmem_register();
    wal_shmem_register();
    buffer_shmem_register();
    recovery_shmem_register();
    recovery_register_resource_managers();
    wal_register_resource_manager(WAL_RMGR_GENERIC, &manager);
}

static void
begin_server(void)
{
    NBuffers = 40;
    begin_life(register_rooms);
    NBuffers = 40;
    buffer_init_process();
    attach_more = buffer_init_process;
    log_checkpoints = false;
}

/* --- what workers do --- */

static void
count_up(SmgrRelation *rel, BlockNumber block, int word)
{
    Buffer buffer = buffer_read(rel, MAIN_FORKNUM, block, BUFFER_READ_NORMAL, NULL);
    Page page = buffer_page(buffer);
    CountStep step = {.word = (uint16)word};
    XLogRecPtr lsn;

    buffer_lock(buffer, BUFFER_LOCK_EXCLUSIVE);
    START_CRIT_SECTION();
    step.value = ++*word_at(page, word);
    buffer_mark_dirty(buffer);
    wal_begin_insert();
    wal_register_data(&step, sizeof(step));
    buffer_wal_register(0, buffer, WAL_BLOCK_STANDARD);
    lsn = wal_insert(WAL_RMGR_GENERIC, 1);
    page_set_lsn(page, lsn);
    END_CRIT_SECTION();
    buffer_unlock_release(buffer);
    wal_flush(lsn);
    /* Another worker may have acknowledged a higher value of the same word. */
    for (uint64 seen = atomic_load(&ACK[block * WORDS + word]);
         seen < step.value &&
         !atomic_compare_exchange_weak(&ACK[block * WORDS + word], &seen, step.value);)
        continue;
    atomic_fetch_add(&board[1], 1);
}

static void
worker(int index)
{
    SmgrRelation *rel = smgr_open(relation);
    uint64 random = (uint64)seed * 1000 + (uint64)index;

    for (;;) {
        random = random * UINT64_C(6364136223846793005) + 1442695040888963407;
        count_up(rel, (BlockNumber)((random >> 40) % PAGES), (int)((random >> 20) % WORDS));
    }
}

static void
checkpointer(int index)
{
    recovery_checkpointer_attach();
    for (;;) {
        (void)recovery_checkpointer_work();
        recovery_checkpoint(CHECKPOINT_IMMEDIATE);
        atomic_fetch_add(&board[2], 1);
        usleep(2000);
    }
}

static void
cleaner(int index)
{
    for (;;) {
        buffer_background_write();
        wal_background_flush();
        usleep(500);
    }
}

static void
create_relation(void)
{
    SmgrRelation *rel = smgr_create_relation(relation);

    for (BlockNumber block = 0; block < PAGES; block++) {
        CountStep step = {.word = 0, .value = 1};
        Buffer buffer = buffer_extend(rel, MAIN_FORKNUM, NULL, BUFFER_EXTEND_LOCK_FIRST);
        Page page = buffer_page(buffer);
        XLogRecPtr lsn;

        START_CRIT_SECTION();
        page_init(page, 0);
        page_header(page)->lower = 100;
        page_header(page)->upper = 200;
        *word_at(page, 0) = 1;
        buffer_mark_dirty(buffer);
        wal_begin_insert();
        wal_register_data(&step, sizeof(step));
        buffer_wal_register(0, buffer, WAL_BLOCK_WILL_INIT);
        lsn = wal_insert(WAL_RMGR_GENERIC, 2);
        page_set_lsn(page, lsn);
        END_CRIT_SECTION();
        buffer_unlock_release(buffer);
        ACK[block * WORDS] = 1;
    }
    wal_flush(wal_last_insert_lsn());
}

/* Every word is at least what was acknowledged; then it counts as acknowledged itself. */
static void
verify(void)
{
    SmgrRelation *rel = smgr_open(relation);

    for (BlockNumber block = 0; block < PAGES; block++) {
        Buffer buffer = buffer_read(rel, MAIN_FORKNUM, block, BUFFER_READ_NORMAL, NULL);
        for (int word = 0; word < WORDS; word++) {
            uint64 value = *word_at(buffer_page(buffer), word);
            if (value < ACK[block * WORDS + word]) {
                printf("# block %u word %d holds %d, acknowledged %d\n", block, word, (int)value,
                       (int)ACK[block * WORDS + word]);
                fflush(stdout);
                _exit(9);
            }
            ACK[block * WORDS + word] = value;
        }
        buffer_release(buffer);
    }
}

/* --- lives --- */

static void
life_create(void)
{
    begin_server();
    recovery_bootstrap(SYSTEM_ID, 1, 3, 16384);
    recovery_startup();
    create_relation();
    if (THROWN(recovery_request_checkpoint(CHECKPOINT_IMMEDIATE | CHECKPOINT_FORCE)) != 0)
        _exit(1);
    recovery_shutdown_checkpoint();
    if (recovery_control()->state != CLUSTER_SHUTDOWNED)
        _exit(2);
}

/* The whole family is killed through its process group. */
static void
life_work(void)
{
    setpgid(0, 0);
    begin_server();
    recovery_startup();
    verify();
#ifdef USE_STOP_POINTS
    if (board[3] != 0)
        stop_point_set((const char *)&board[100], STOP_POINT_KILL, 0, (int)board[4], true);
#endif
    board[5] = 1;
    spawn_in_life(checkpointer, 0);
    spawn_in_life(cleaner, 0);
    for (int i = 0; i < WORKERS; i++)
        spawn_in_life(worker, i);
    for (;;) {
        int status;
        if (wait(&status) > 0)
            kill(0, SIGKILL); /* one died at its stop point: all do */
    }
}

/* Dies in the middle of its own replay. */
static void
life_die_in_replay(void)
{
    begin_server();
#ifdef USE_STOP_POINTS
    stop_point_set("recovery_before_record", STOP_POINT_KILL, 0, (int)board[4], true);
#endif
    recovery_startup();
    verify();
}

static void
life_verify(void)
{
    begin_server();
    recovery_startup();
    verify();
    recovery_shutdown_checkpoint();
}

static void
life_clean_start(void)
{
    XLogRecPtr end;

    begin_server();
    recovery_startup();
    verify();
    end = wal_insert_lsn();
    recovery_checkpoint(0); /* nothing happened: skipped */
    if (wal_insert_lsn() != end)
        _exit(1);
    recovery_shutdown_checkpoint();
    recovery_trim_wal();
}

/* Half of each page that replay has an image for becomes rubbish. */
static int
tear_pages(void)
{
    ControlFile control;
    int fd = open("global/pg_control", O_RDONLY);
    int torn = 0;
    char page[BLCKSZ];

    if (read(fd, &control, sizeof(control)) != (ssize_t)sizeof(control))
        abort();
    close(fd);
    fd = open("base/1/7000", O_RDWR);
    for (BlockNumber block = 0; block < PAGES; block++) {
        if (pread(fd, page, BLCKSZ, (off_t)block * BLCKSZ) != BLCKSZ)
            abort();
        if (page_lsn(page) <= control.checkpoint_copy.redo)
            continue;
        memset(page + BLCKSZ / 2, 0x5a, BLCKSZ / 2);
        if (pwrite(fd, page, BLCKSZ, (off_t)block * BLCKSZ) != BLCKSZ)
            abort();
        torn++;
    }
    close(fd);
    return torn;
}

static int
work_and_kill(unsigned wait_us)
{
    int status;
    pid_t pid;

    board[5] = 0;
    fflush(stdout);
    pid = fork();
    if (pid == 0) {
        life_work();
        _exit(0);
    }
    if (wait_us > 0) {
        for (int i = 0; i < 20000 && board[5] == 0 && waitpid(pid, &status, WNOHANG) == 0; i++)
            usleep(1000);
        if (board[5] == 0)
            return status;
        usleep(wait_us);
        kill(-pid, SIGKILL);
    }
    waitpid(pid, &status, 0);
    kill(-pid, SIGKILL);
    while (waitpid(-pid, NULL, 0) > 0) /* its children are ours now */
        continue;
    return status;
}

static void
test_random_kills(int rounds)
{
    int bad = 0, torn = 0;

    for (int round = 0; round < rounds; round++) {
        board[3] = 0;
        if (!KILLED(work_and_kill(1000 + (unsigned)rand() % 60000)))
            bad++;
        torn += tear_pages();
        if (round % 3 == 1) {
            board[4] = (uint64)(rand() % 200);
            live(life_die_in_replay);
            tear_pages();
        }
    }
    tap_is_int(bad, 0, "every start after a kill finds what was acknowledged");
    printf("# seed %u, %d changes, %d checkpoints, %d pages torn\n", seed, (int)board[1],
           (int)board[2], torn);
    tap_ok(torn > 0, "though pages were torn");
}

static void
test_stop_points(void)
{
    static const char *const names[] = {
        "wal_before_insert", "wal_insert_reserved", "wal_flush_before_write", "wal_before_sync",
        "wal_flush_after_sync", "buffer_before_write", "md_write", "buffer_before_victim_write",
        "buffer_checkpoint_page", "checkpoint_after_redo_point", "checkpoint_before_sync",
        "checkpoint_before_control", "control_before_write", "checkpoint_before_cleanup"};

    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        int status;

        strcpy((char *)&board[100], names[i]);
        board[3] = 1;
        board[4] = (uint64)(rand() % 4);
        status = work_and_kill(0);
        tear_pages();
        board[3] = 0;
        tap_ok(KILLED(status) && EXITED(live(life_verify)), "killed at %s (status %x)", names[i],
               status);
    }
}

int
main(int argc, char **argv)
{
    int status;

    seed = argc > 2 ? (unsigned)atoi(argv[2]) : (unsigned)time(NULL);
    srand(seed);
    prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0);
    make_data_directory();
    /* The words of all pages do not fit the board that processes.h makes. */
    board = mmap(NULL, (PAGES * WORDS + 300) * sizeof(uint64), PROT_READ | PROT_WRITE,
                 MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    status = live(life_create);
    tap_ok(EXITED(status), "a cluster is made (status %x)", status);
    status = live(life_verify);
    tap_ok(EXITED(status), "and starts (status %x)", status);
    test_random_kills(argc > 1 ? atoi(argv[1]) : 12);
#ifdef USE_STOP_POINTS
    test_stop_points();
#endif
    status = live(life_verify);
    tap_ok(EXITED(status), "a last recovery (status %x)", status);
    status = live(life_clean_start);
    tap_ok(EXITED(status), "a clean start replays nothing (status %x)", status);
    status = live(life_verify);
    tap_ok(EXITED(status), "a trimmed log starts (status %x)", status);
    finish_processes();
    return tap_done();
}
