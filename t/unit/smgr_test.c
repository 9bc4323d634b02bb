/*
 * smgr_test.c - blocks are where they were put, across segments, truncation and other processes
 *
 * Method: sparse writes at the ends of gigabyte segments, truncation back, and what another
 * process then sees through its open files.
 */
#include "storage_life.h"

#include "smgr/smgr.h"

static const RelFileLocator relation = {1663, 1, 6000};

static void
register_rooms(void)
{
    sync_shmem_register();
}

static void
other_process(int index)
{
    SmgrRelation *rel = smgr_open(relation);

    if (smgr_nblocks(rel, MAIN_FORKNUM) != SMGR_SEGMENT_BLOCKS + 3)
        _exit(1);
    meet(1, 2);
    meet(2, 2);
    if (smgr_nblocks(rel, MAIN_FORKNUM) != 10)
        _exit(2);
}

static void
life_segments(void)
{
    SmgrRelation *rel;
    char page[BLCKSZ], got[BLCKSZ];
    ForkNumber fork = MAIN_FORKNUM;
    BlockNumber ten = 10;

    begin_life(register_rooms);
    rel = smgr_open(relation);
    if (smgr_open(relation) != rel || smgr_exists(rel, MAIN_FORKNUM))
        _exit(1);
    smgr_create(rel, MAIN_FORKNUM, false);
    if (THROWN(smgr_create(smgr_open((RelFileLocator){1663, 99, 1}), MAIN_FORKNUM, false)) !=
        ERRCODE_UNDEFINED_FILE)
        _exit(2);
    smgr_extend_zero(rel, MAIN_FORKNUM, 0, 16, false);
    if (smgr_nblocks(rel, MAIN_FORKNUM) != 16)
        _exit(3);
    /* The first segment is made full by a hole, which the store cannot tell from data. */
    if (truncate("base/1/6000", (off_t)SMGR_SEGMENT_BLOCKS * BLCKSZ) != 0)
        _exit(4);
    for (int i = 0; i < 3; i++) {
        memset(page, 'a' + i, sizeof(page));
        smgr_extend(rel, MAIN_FORKNUM, SMGR_SEGMENT_BLOCKS + (BlockNumber)i, page, false);
    }
    smgr_write(rel, MAIN_FORKNUM, SMGR_SEGMENT_BLOCKS - 1, page, false);
    if (access("base/1/6000.1", F_OK) != 0 ||
        smgr_nblocks(rel, MAIN_FORKNUM) != SMGR_SEGMENT_BLOCKS + 3)
        _exit(5);
    smgr_read(rel, MAIN_FORKNUM, SMGR_SEGMENT_BLOCKS + 1, got);
    if (got[0] != 'b' || got[BLCKSZ - 1] != 'b')
        _exit(6);
    smgr_read(rel, MAIN_FORKNUM, SMGR_SEGMENT_BLOCKS - 1, got);
    if (memcmp(got, page, BLCKSZ) != 0)
        _exit(7);
    if (THROWN(smgr_read(rel, MAIN_FORKNUM, SMGR_SEGMENT_BLOCKS + 3, got)) !=
        ERRCODE_DATA_CORRUPTED)
        _exit(8);
    smgr_writeback(rel, MAIN_FORKNUM, SMGR_SEGMENT_BLOCKS - 2, 4);
    smgr_immediate_sync(rel, MAIN_FORKNUM);
    spawn_in_life(other_process, 0);
    meet(1, 2);
    smgr_truncate(rel, &fork, 1, &ten);
    meet(2, 2);
    if (join() != 0 || smgr_nblocks(rel, MAIN_FORKNUM) != 10)
        _exit(9);
    smgr_close_all();
    smgr_read(rel, MAIN_FORKNUM, 3, got);
    smgr_create(rel, FSM_FORKNUM, false);
    if (!smgr_exists(rel, FSM_FORKNUM) || smgr_exists(rel, VISIBILITYMAP_FORKNUM))
        _exit(10);
    sync_become_owner();
    smgr_unlink_all(&relation, 1, false);
    if (access("base/1/6000", F_OK) != 0 || access("base/1/6000_fsm", F_OK) == 0 ||
        access("base/1/6000.1", F_OK) == 0)
        _exit(11);
    smgr_unlink_all(&relation, 1, true);
    if (access("base/1/6000", F_OK) == 0)
        _exit(12);
}

static void
life_names(void)
{
    begin_life(register_rooms);
    if (strcmp(smgr_relation_path((RelFileLocator){1664, 0, 1262}, MAIN_FORKNUM), "global/1262"))
        _exit(1);
    if (strcmp(smgr_relation_path((RelFileLocator){1663, 5, 9}, VISIBILITYMAP_FORKNUM),
               "base/5/9_vm"))
        _exit(2);
    if (strcmp(smgr_relation_path((RelFileLocator){777, 5, 9}, INIT_FORKNUM),
               "pg_tblspc/777/PG_15_202209061/5/9_init"))
        _exit(3);
}

int
main(void)
{
    int status;

    make_data_directory();
    status = live(life_segments);
    tap_ok(EXITED(status), "two segments, truncated, seen by another process (status %x)", status);
    status = live(life_names);
    tap_ok(EXITED(status), "files have PostgreSQL's names (status %x)", status);
    finish_processes();
    return tap_done();
}
