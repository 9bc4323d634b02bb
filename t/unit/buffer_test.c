/*
 * buffer_test.c - page items stay whole, pages stay found, a bad page is an error
 *
 * Method: page operations against a model; then processes read, change and extend a relation many
 * times larger than the pool, each page naming itself, and the sums are checked; then damage on
 * disk.
 */
#include "storage_life.h"

#include "buffer/buffer.h"

#define PAGES 300
#define WORKERS 6
#define ROUNDS 4000

static const RelFileLocator relation = {1663, 1, 5000};

static void
register_rooms(void)
{
    sync_shmem_register();
    wal_shmem_register();
    buffer_shmem_register();
}

static void
begin_buffer_life(int buffers)
{
    NBuffers = buffers;
    begin_life(register_rooms);
    NBuffers = buffers;
    sync_become_owner();
    buffer_init_process();
    if (access("pg_wal/000000010000000000000001", F_OK) != 0)
        wal_bootstrap(SYSTEM_ID, 1, 1, "x", 1);
    wal_start_at((XLogRecPtr)wal_segment_bytes() + WAL_SEGMENT_HEADER_SIZE + 10, 0, 1, SYSTEM_ID,
                 false);
    attach_more = buffer_init_process;
}

/* --- page operations --- */

static unsigned
item_length(unsigned i)
{
    return 10 + (i * 37) % 60;
}

static bool
check_item(Page page, OffsetNumber offset, unsigned i)
{
    ItemId id = page_item_id(page, offset);
    unsigned char *bytes = page_item(page, id);

    if (!item_id_is_normal(id) || id->lp_len != item_length(i))
        return false;
    for (unsigned b = 0; b < id->lp_len; b++)
        if (bytes[b] != (unsigned char)(i + b))
            return false;
    return true;
}

static void
make_item(char *to, unsigned i)
{
    for (unsigned b = 0; b < item_length(i); b++)
        to[b] = (char)(i + b);
}

static unsigned
fill_page(Page page)
{
    unsigned count = 0;
    char item[100];

    for (;; count++) {
        make_item(item, count);
        if (page_add_item(page, item, item_length(count), 0, PAGE_ADD_IS_HEAP) == 0)
            return count;
    }
}

static void
test_heap_page(void)
{
    char page[BLCKSZ];
    unsigned count, wrong = 0;
    Size free_before;

    page_init(page, 16);
    tap_ok(page_is_valid(page, 0) == false && page_free_space(page) == BLCKSZ - 28 - 16 - 4,
           "an empty page has 8144 bytes for items");
    page_set_checksum(page, 7);
    tap_ok(page_is_valid(page, 7) && !page_is_valid(page, 8), "a checksum knows its block");
    count = fill_page(page);
    for (unsigned i = 0; i < count; i += 3)
        item_id_set_unused(page_item_id(page, (OffsetNumber)(i + 1)));
    free_before = page_exact_free_space(page);
    page_repair_fragmentation(page);
    for (unsigned i = 0; i < count; i++)
        if (i % 3 != 0 && !check_item(page, (OffsetNumber)(i + 1), i))
            wrong++;
    tap_ok(wrong == 0 && page_exact_free_space(page) > free_before + 1500 && count > 150,
           "compacting keeps %u items and gives room", count);
    for (unsigned i = 0; i < count; i += 3) {
        char item[100];
        make_item(item, i);
        if (page_add_item(page, item, item_length(i), 0, PAGE_ADD_IS_HEAP) != i + 1)
            wrong++;
    }
    for (unsigned i = 0; i < count; i++)
        if (!check_item(page, (OffsetNumber)(i + 1), i))
            wrong++;
    tap_ok(wrong == 0, "freed line pointers are used again, lowest first");
    for (unsigned i = count / 2; i < count; i++)
        item_id_set_unused(page_item_id(page, (OffsetNumber)(i + 1)));
    page_truncate_lines(page);
    tap_is_int(page_max_offset(page), count / 2, "unused lines at the end go");
}

static void
test_index_page(void)
{
    char page[BLCKSZ], item[200];
    unsigned model[300], count = 0, wrong = 0;
    OffsetNumber doomed[300];
    int doomed_count = 0;

    page_init(page, 8);
    for (unsigned i = 0; i < 120; i++) {
        unsigned at = i == 0 ? 0 : (i * 31) % (count + 1);
        make_item(item, i);
        if (page_add_item(page, item, item_length(i), (OffsetNumber)(at + 1), 0) == 0)
            wrong++;
        memmove(model + at + 1, model + at, (count - at) * sizeof(unsigned));
        model[at] = i;
        count++;
    }
    for (unsigned i = 0; i < 10; i++) {
        page_index_delete(page, 3);
        memmove(model + 2, model + 3, (count - 3) * sizeof(unsigned));
        count--;
    }
    for (unsigned i = 0, to = 0, n = count; i < n; i++) {
        if (i % 4 == 1) {
            doomed[doomed_count++] = (OffsetNumber)(i + 1);
            count--;
        } else
            model[to++] = model[i];
    }
    page_index_delete_many(page, doomed, doomed_count);
    for (unsigned i = 0; i < count; i++)
        if (!check_item(page, (OffsetNumber)(i + 1), model[i]))
            wrong++;
    tap_ok(wrong == 0 && page_max_offset(page) == count, "inserts and deletes keep the order");
    memset(item, 'x', sizeof(item));
    tap_ok(page_index_overwrite(page, 5, item, 150) && page_index_overwrite(page, 6, item, 1),
           "items are replaced by longer and shorter ones");
    for (unsigned i = 0; i < count; i++)
        if (i != 4 && i != 5 && !check_item(page, (OffsetNumber)(i + 1), model[i]))
            wrong++;
    tap_ok(wrong == 0 && page_item_id(page, 5)->lp_len == 150 &&
               ((char *)page_item_at(page, 5))[149] == 'x' && page_item_id(page, 6)->lp_len == 1,
           "and the others stay");
}

/* --- the pool --- */

static uint64 *
word(Buffer buffer, int index)
{
    return (uint64 *)(buffer_page(buffer) + 1000) + index;
}

/* Pages name themselves in word 0, word 1 counts changes. */
static void
make_relation(void)
{
    SmgrRelation *rel = smgr_open(relation);

    if (!smgr_exists(rel, MAIN_FORKNUM))
        smgr_create(rel, MAIN_FORKNUM, false);
    for (BlockNumber block = 0; block < PAGES;) {
        Buffer buffers[BUFFER_EXTEND_MAX];
        BlockNumber first;
        uint32 got = buffer_extend_many(rel, MAIN_FORKNUM, NULL, BUFFER_EXTEND_LOCK_FIRST,
                                        PAGES - block, buffers, &first);
        for (uint32 i = 0; i < got; i++) {
            if (i > 0)
                buffer_lock(buffers[i], BUFFER_LOCK_EXCLUSIVE);
            page_init(buffer_page(buffers[i]), 0);
            *word(buffers[i], 0) = first + i;
            buffer_mark_dirty(buffers[i]);
            buffer_unlock_release(buffers[i]);
        }
        block += got;
    }
}

static void
worker(int index)
{
    SmgrRelation *rel = smgr_open(relation);
    uint64 random = (uint64)index * 77 + 1;
    BufferRing *ring = buffer_ring_create(index % 2 ? BUFFER_RING_BULKREAD : BUFFER_RING_NORMAL);

    for (int round = 0; round < ROUNDS; round++) {
        BlockNumber block;
        Buffer buffer;

        random = random * UINT64_C(6364136223846793005) + 1442695040888963407;
        block = (BlockNumber)((random >> 33) % PAGES);
        buffer = buffer_read(rel, MAIN_FORKNUM, block, BUFFER_READ_NORMAL, ring);
        if (round % 4 == 0) {
            buffer_lock(buffer, BUFFER_LOCK_EXCLUSIVE);
            ++*word(buffer, 1);
            buffer_mark_dirty(buffer);
            atomic_fetch_add(&board[10], 1);
        } else
            buffer_lock(buffer, BUFFER_LOCK_SHARE);
        if (*word(buffer, 0) != block)
            _exit(3);
        buffer_unlock(buffer);
        buffer_release(buffer);
        if (round % 500 == 100) {
            BlockNumber first;
            Buffer extended[4];
            uint32 got = buffer_extend_many(rel, MAIN_FORKNUM, NULL, BUFFER_EXTEND_LOCK_FIRST, 3,
                                            extended, &first);
            page_init(buffer_page(extended[0]), 0);
            *word(extended[0], 0) = first;
            buffer_mark_dirty(extended[0]);
            buffer_unlock(extended[0]);
            for (uint32 i = 0; i < got; i++)
                buffer_release(extended[i]);
            atomic_fetch_add(&board[11], got);
        }
    }
}

static void
count_all(uint64 *ret_changes, uint64 *ret_wrong)
{
    SmgrRelation *rel = smgr_open(relation);

    *ret_changes = *ret_wrong = 0;
    for (BlockNumber block = 0; block < PAGES; block++) {
        Buffer buffer = buffer_read(rel, MAIN_FORKNUM, block, BUFFER_READ_NORMAL, NULL);
        *ret_changes += *word(buffer, 1);
        *ret_wrong += *word(buffer, 0) != block;
        buffer_release(buffer);
    }
}

static int
pinned_buffers(void)
{
    int pinned = 0;

    for (Buffer buffer = 1; buffer <= buffer_count(); buffer++) {
        BufferInfo info;
        buffer_info(buffer, &info);
        pinned += info.pin_count != 0;
    }
    return pinned;
}

static void
life_hammer(void)
{
    uint64 changes, wrong;
    BufferUsage before;

    begin_buffer_life((int)board[20]);
    make_relation();
    for (int i = 0; i < WORKERS; i++)
        spawn_in_life(worker, i);
    if (join() != 0)
        _exit(1);
    before = buffer_usage;
    count_all(&changes, &wrong);
    if (changes != board[10] || wrong != 0)
        _exit(2);
    if (buffer_usage.shared_blks_read + buffer_usage.shared_blks_hit -
            before.shared_blks_hit - before.shared_blks_read !=
        PAGES)
        _exit(3);
    if (smgr_nblocks(smgr_open(relation), MAIN_FORKNUM) != PAGES + board[11])
        _exit(4);
    if (pinned_buffers() != 0)
        _exit(5);
    buffer_flush_all();
}

static void
life_again(void)
{
    uint64 changes, wrong;

    begin_buffer_life(64);
    count_all(&changes, &wrong);
    board[12] = changes;
    board[13] = wrong;
}

/* --- dropping, cleaning, rings --- */

static void
holder(int index)
{
    SmgrRelation *rel = smgr_open(relation);
    Buffer buffer = buffer_read(rel, MAIN_FORKNUM, 5, BUFFER_READ_NORMAL, NULL);

    meet(1, 2);
    meet(2, 2);
    atomic_store(&board[14], 1);
    buffer_release(buffer);
}

static void
life_rules(void)
{
    SmgrRelation *rel;
    Buffer buffer, twice;
    BufferInfo info;
    RelFileLocator other = {1663, 1, 5001};
    ForkNumber fork = MAIN_FORKNUM;
    BlockNumber keep = 100;
    int in_pool = 0;

    begin_buffer_life(256);
    rel = smgr_open(relation);
    buffer = buffer_read(rel, MAIN_FORKNUM, 5, BUFFER_READ_NORMAL, NULL);
    twice = buffer_read(rel, MAIN_FORKNUM, 5, BUFFER_READ_NORMAL, NULL);
    buffer_info(buffer, &info);
    if (twice != buffer || info.pin_count != 1)
        _exit(1);
    buffer_release(twice);
    if (!buffer_is_pinned_by_me(buffer))
        _exit(2);

    /* A cleanup lock waits for the other process's pin. */
    spawn_in_life(holder, 0);
    meet(1, 2);
    if (buffer_conditional_lock_for_cleanup(buffer))
        _exit(3);
    meet(2, 2);
    buffer_lock_for_cleanup(buffer);
    if (board[14] != 1)
        _exit(4);
    buffer_unlock_release(buffer);
    if (join() != 0)
        _exit(5);

    /* Everything pinned: an error, not a hang. */
    for (int i = 0; i < 256; i++)
        buffer_read(rel, MAIN_FORKNUM, (BlockNumber)i, BUFFER_READ_NORMAL, NULL);
    if (THROWN(buffer_read(rel, MAIN_FORKNUM, 299, BUFFER_READ_NORMAL, NULL)) !=
        ERRCODE_INSUFFICIENT_RESOURCES)
        _exit(6);
    renew_owner();
    if (pinned_buffers() != 0)
        _exit(7);

    /* A ring leaves the rest alone. */
    BufferRing *ring = buffer_ring_create(BUFFER_RING_VACUUM);
    smgr_create(smgr_open(other), MAIN_FORKNUM, false);
    buffer_extend_to(smgr_open(other), MAIN_FORKNUM, 200);
    buffer_drop_relations(&other, 1);
    for (BlockNumber block = 0; block < 200; block++)
        buffer_release(
            buffer_read(smgr_open(other), MAIN_FORKNUM, block, BUFFER_READ_NORMAL, ring));
    for (Buffer b = 1; b <= 256; b++)
        in_pool += buffer_info(b, &info) && RelFileLocatorEquals(info.locator, other);
    if (in_pool > buffer_ring_size(BUFFER_RING_VACUUM))
        _exit(8);

    /* Truncation forgets the blocks behind; dropping forgets all. */
    smgr_truncate(rel, &fork, 1, &keep);
    for (Buffer b = 1; b <= 256; b++)
        if (buffer_info(b, &info) && RelFileLocatorEquals(info.locator, relation) &&
            info.block >= keep)
            _exit(9);
    if (smgr_nblocks(rel, MAIN_FORKNUM) != keep)
        _exit(10);
    smgr_unlink_all(&other, 1, false);
    if (access("base/1/5001", F_OK) != 0)
        _exit(11); /* the name stays until after a checkpoint (D4) */
    sync_pre_checkpoint();
    sync_post_checkpoint();
    if (access("base/1/5001", F_OK) == 0)
        _exit(12);
}

static void
damage(BlockNumber block)
{
    int fd = open("base/1/5000", O_RDWR);

    if (pwrite(fd, "damage", 6, (off_t)block * BLCKSZ + 5000) != 6)
        abort();
    close(fd);
}

static void
life_damaged(void)
{
    SmgrRelation *rel;

    begin_buffer_life(64);
    rel = smgr_open(relation);
    for (int i = 0; i < 2; i++) {
        if (THROWN(buffer_read(rel, MAIN_FORKNUM, 17, BUFFER_READ_NORMAL, NULL)) !=
            ERRCODE_DATA_CORRUPTED)
            _exit(1);
        renew_owner();
    }
    renew_owner();
    buffer_release(buffer_read(rel, MAIN_FORKNUM, 18, BUFFER_READ_NORMAL, NULL));
    if (THROWN(buffer_read(rel, MAIN_FORKNUM, 100000, BUFFER_READ_NORMAL, NULL)) == 0)
        _exit(2);
    renew_owner();
    buffer_release(buffer_read(rel, MAIN_FORKNUM, 17, BUFFER_READ_ZERO_ON_ERROR, NULL));
}

/* How long a hit takes; shown, not judged. */
static void
life_speed(void)
{
    SmgrRelation *rel;
    struct timespec a, b;

    begin_buffer_life(512);
    rel = smgr_open(relation);
    clock_gettime(CLOCK_MONOTONIC, &a);
    for (int i = 0; i < 1000000; i++)
        buffer_release(
            buffer_read(rel, MAIN_FORKNUM, (BlockNumber)(20 + i % 70), BUFFER_READ_NORMAL, NULL));
    clock_gettime(CLOCK_MONOTONIC, &b);
    board[15] = (uint64)((b.tv_sec - a.tv_sec) * 1000000000 + b.tv_nsec - a.tv_nsec) / 1000000;
}

int
main(void)
{
    int status;

    test_heap_page();
    test_index_page();
    make_data_directory();
    for (int round = 0; round < 2; round++) {
        static const int sizes[] = {32, 1000};
        reset_gates();
        board[20] = (uint64)sizes[round];
        unlink("base/1/5000");
        status = live(life_hammer);
        tap_ok(EXITED(status), "pages are found and changes kept with %d buffers (status %x)",
               sizes[round], status);
        live(life_again);
        tap_ok(board[12] == board[10] && board[13] == 0, "and are on disk after a flush");
    }
    reset_gates();
    status = live(life_rules);
    tap_ok(EXITED(status), "pins, cleanup locks, rings, drop and truncate (status %x)", status);
    damage(17);
    status = live(life_damaged);
    tap_ok(EXITED(status), "a damaged page is an error for who reads it (status %x)", status);
    live(life_speed);
    printf("# a hit takes %d ns\n", (int)board[15]);
    finish_processes();
    return tap_done();
}
