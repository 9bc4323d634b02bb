/*
 * btree_test.c - an index agrees with a model and with its table, over crashes and concurrency
 *
 * Method: a table with indexes of several shapes (unique number, text and number descending with
 * nulls, bytes) is changed at random beside a model; after each stretch btree_check() compares tree,
 * heap and order, and random range scans are compared with the model. Servers are killed in between,
 * also at stop points within splits. Then inserters race for the same keys. The seed is printed.
 */
#include "harness.h"

#include "btree/btree.h"
#include "heap/toast.h"

#define KEYS 20000

typedef struct Model {
    uint64 seed;
    bool there[KEYS];
    int32 group[KEYS]; /* -1: null */
    _Atomic uint64 won, lost;
    uint32 crash_round;
    char stop_point[48];
} Model;

static Model *model;
static Relation table, by_id, by_group, by_text;

static void
register_btree(void)
{
    btree_register();
}

static const AttrNumber id_columns[] = {1}, group_columns[] = {2, 1}, text_columns[] = {3};

static void
open_tables(void)
{
    TupleDesc desc = CreateTemplateTupleDesc(3);

    TupleDescInitBuiltinEntry(desc, 1, "id", 23, -1, 0);
    TupleDescInitBuiltinEntry(desc, 2, "grp", 20, -1, 0);
    TupleDescInitBuiltinEntry(desc, 3, "txt", 25, -1, 0);
    TupleDescInitEntryCollation(desc, 3, 950);
    table = relation_build_local("t", 21000, test_locator(8000), desc, RELKIND_TOASTVALUE);
    by_id = relation_build_local_index("t_pkey", 21001, test_locator(8001), table, 1, id_columns,
                                       true);
    by_group = relation_build_local_index("t_grp", 21002, test_locator(8002), table, 2,
                                          group_columns, false);
    by_group->rd_indoption[0] = INDOPTION_DESC | INDOPTION_NULLS_FIRST;
    by_text = relation_build_local_index("t_txt", 21003, test_locator(8003), table, 1,
                                         text_columns, false);
}

/* Text of a key: long common prefixes, so that pages hold few and differ late. */
static void
text_of(int id, char *space)
{
    int length = id % 7 == 0 ? 300 + id % 400 : 8;

    memset(VARDATA(space), 'k', length);
    snprintf(VARDATA(space) + length, 16, "%06d", (id * 7919) % 1000000);
    SET_VARSIZE(space, VARHDRSZ + length + 6);
}

static void
row_values(int id, Datum *values, bool *isnull, char *space)
{
    text_of(id, space);
    values[0] = Int32GetDatum(id);
    values[1] = Int64GetDatum(model->group[id]);
    values[2] = PointerGetDatum(space);
    isnull[0] = isnull[2] = false;
    isnull[1] = model->group[id] < 0;
}

static void
insert_entries(HeapTuple tuple, const Datum *values, const bool *isnull)
{
    Datum keys[2] = {values[1], values[0]};
    bool nulls[2] = {isnull[1], isnull[0]};

    btree_insert(by_id, values, isnull, &tuple->t_self, table, UNIQUE_CHECK_YES, false);
    btree_insert(by_group, keys, nulls, &tuple->t_self, table, UNIQUE_CHECK_NO, false);
    btree_insert(by_text, &values[2], &isnull[2], &tuple->t_self, table, UNIQUE_CHECK_NO, false);
}

static void
insert_row(int id)
{
    Datum values[3];
    bool isnull[3];
    char space[1000];
    HeapTuple tuple;

    row_values(id, values, isnull, space);
    tuple = heap_form_tuple(RelationGetDescr(table), values, isnull);
    heap_insert(table, tuple, xact_current_command_id(true), 0, NULL);
    insert_entries(tuple, values, isnull);
    heap_freetuple(tuple);
}

static ScanKeyData
key(AttrNumber attno, StrategyNumber strategy, Datum value)
{
    ScanKeyData sk;

    memset(&sk, 0, sizeof(sk));
    sk.sk_attno = attno;
    sk.sk_strategy = strategy;
    sk.sk_argument = value;
    return sk;
}

static bool
find_by_id(int id, ItemPointer ret_tid)
{
    ScanKeyData sk = key(1, BTEqualStrategyNumber, Int64GetDatum(id));
    IndexScanDesc scan = btree_begin_scan(table, by_id, snapshot_active(), 1);
    IndexFetch fetch;
    bool found = false, all_dead;

    sk.sk_subtype = draw(2) ? 0 : 20; /* int4 = int8 */
    btree_rescan(scan, &sk, 1);
    heap_index_fetch_begin(&fetch, table);
    while (!found && btree_next(scan, ForwardScanDirection)) {
        if (heap_index_fetch(&fetch, &scan->xs_heaptid, snapshot_active(), &all_dead)) {
            *ret_tid = fetch.tid;
            found = true;
        } else {
            scan->kill_prior_tuple = all_dead;
        }
    }
    heap_index_fetch_end(&fetch);
    btree_end_scan(scan);
    return found;
}

/* ids that a scan of an index gives, in its order. */
static int
scan_ids(Relation index, ScanKeyData *keys, int key_count, ScanDirection direction, int *ids)
{
    IndexScanDesc scan = btree_begin_scan(table, index, snapshot_active(), key_count);
    IndexFetch fetch;
    int count = 0, marked = -1;

    btree_rescan(scan, keys, key_count);
    heap_index_fetch_begin(&fetch, table);
    if (draw(2)) {
        while (btree_next(scan, direction)) {
            bool isnull;
            if (!heap_index_fetch(&fetch, &scan->xs_heaptid, snapshot_active(), NULL))
                continue;
            ids[count++] = DatumGetInt32(
                heap_getattr(&fetch.tuple, 1, RelationGetDescr(table), &isnull));
            if (marked < 0 && draw(50) == 0) {
                btree_mark_position(scan);
                marked = count;
            } else if (marked >= 0 && marked != INT_MAX && draw(100) == 0) {
                btree_restore_position(scan);
                count = marked;
                marked = INT_MAX; /* once */
            } else if (draw(50) == 0 && count >= 2) {
                /* one step back and forth */
                ScanDirection back = (ScanDirection)-direction;
                ItemPointerData here = scan->xs_heaptid;
                if (btree_next(scan, back)) {
                    REQUIRE(btree_next(scan, direction));
                    REQUIRE(ItemPointerEquals(&here, &scan->xs_heaptid));
                } else {
                    count = 0; /* off the end: the next step begins anew */
                    marked = INT_MAX;
                }
            }
        }
    } else {
        const ItemPointerData *tids;
        int n;
        while ((n = btree_next_page(scan, direction, &tids)) > 0)
            for (int i = 0; i < n; i++) {
                bool isnull;
                if (heap_index_fetch(&fetch, &tids[i], snapshot_active(), NULL))
                    ids[count++] = DatumGetInt32(
                        heap_getattr(&fetch.tuple, 1, RelationGetDescr(table), &isnull));
            }
    }
    heap_index_fetch_end(&fetch);
    btree_end_scan(scan);
    return count;
}

static bool
in_order(Relation index, int a, int b)
{
    if (index == by_id)
        return a < b;
    if (index == by_group) {
        int32 x = model->group[a], y = model->group[b];
        if (x != y)
            return x < 0 || (y >= 0 && x > y); /* descending, nulls first */
        return a < b;
    }
    {
        char s[1000], t[1000];
        text_of(a, s);
        text_of(b, t);
        return strcmp(VARDATA(s), VARDATA(t)) <= 0;
    }
}

static void
check_scan(Relation index, ScanKeyData *keys, int key_count, bool (*matches)(int id, void *arg),
           void *arg)
{
    static int ids[KEYS * 2];
    static bool seen[KEYS];
    ScanDirection direction = draw(2) ? ForwardScanDirection : BackwardScanDirection;
    int count = scan_ids(index, keys, key_count, direction, ids), expected = 0;

    memset(seen, 0, sizeof(seen));
    for (int i = 0; i < count; i++) {
        REQUIRE(ids[i] >= 0 && ids[i] < KEYS && model->there[ids[i]] && !seen[ids[i]]);
        REQUIRE(matches(ids[i], arg));
        if (i > 0)
            REQUIRE(ScanDirectionIsForward(direction) ? in_order(index, ids[i - 1], ids[i])
                                                      : in_order(index, ids[i], ids[i - 1]));
        seen[ids[i]] = true;
    }
    for (int id = 0; id < KEYS; id++)
        expected += model->there[id] && matches(id, arg);
    if (count != expected)
        printf("# index %s: %d rows, not %d\n", RelationGetRelationName(index), count, expected);
    REQUIRE(count == expected);
}

typedef struct Range {
    int low, high, group, group_low, group_high;
    int array[5], array_count;
    bool null_group;
} Range;

static bool
by_id_matches(int id, void *arg)
{
    Range *range = arg;
    return id > range->low && id <= range->high;
}

static bool
by_group_matches(int id, void *arg)
{
    Range *range = arg;
    return model->group[id] == range->group && id >= range->low && id < range->high;
}

static bool
by_group_null(int id, void *arg)
{
    return model->group[id] < 0;
}

static bool
by_group_range(int id, void *arg)
{
    Range *range = arg;
    return model->group[id] >= 0 && model->group[id] > range->group_low &&
           model->group[id] <= range->group_high;
}

static bool
by_group_array(int id, void *arg)
{
    Range *range = arg;
    for (int i = 0; i < range->array_count; i++)
        if (model->group[id] == range->array[i] && id > range->low)
            return true;
    return false;
}

static bool
by_second(int id, void *arg)
{
    Range *range = arg;
    return id == range->low;
}

static bool
everything(int id, void *arg)
{
    return true;
}

static void
check_scans(void)
{
    Range range = {.low = (int)draw(KEYS), .group = (int)draw(50)};
    ScanKeyData keys[4];
    ScanKeyArray array;
    Datum elements[5];

    range.high = range.low + (int)draw(draw(2) ? 50 : KEYS);
    range.group_low = (int)draw(50) - 5;
    range.group_high = range.group_low + (int)draw(20);
    switch (draw(7)) {
    case 0:
        keys[0] = key(1, BTGreaterStrategyNumber, Int32GetDatum(range.low));
        keys[1] = key(1, BTLessEqualStrategyNumber, Int32GetDatum(range.high));
        check_scan(by_id, keys, 2, by_id_matches, &range);
        break;
    case 1:
        keys[0] = key(2, BTGreaterEqualStrategyNumber, Int32GetDatum(range.low));
        keys[1] = key(1, BTEqualStrategyNumber, Int64GetDatum(range.group));
        keys[2] = key(2, BTLessStrategyNumber, Int32GetDatum(range.high));
        check_scan(by_group, keys, 3, by_group_matches, &range);
        break;
    case 2:
        keys[0] = key(1, 0, 0);
        keys[0].sk_flags = SK_ISNULL | SK_SEARCHNULL;
        check_scan(by_group, keys, 1, by_group_null, &range);
        break;
    case 3:
        keys[0] = key(1, BTGreaterStrategyNumber, Int64GetDatum(range.group_low));
        keys[1] = key(1, BTLessEqualStrategyNumber, Int64GetDatum(range.group_high));
        check_scan(by_group, keys, 2, by_group_range, &range);
        break;
    case 4:
        range.array_count = (int)draw(5);
        for (int i = 0; i < range.array_count; i++) {
            range.array[i] = (int)draw(50);
            elements[i] = Int64GetDatum(range.array[i]);
        }
        array = (ScanKeyArray){range.array_count, elements};
        keys[0] = key(1, BTEqualStrategyNumber, PointerGetDatum(&array));
        keys[0].sk_flags = SK_SEARCHARRAY;
        keys[1] = key(2, BTGreaterStrategyNumber, Int32GetDatum(range.low));
        check_scan(by_group, keys, 2, by_group_array, &range);
        break;
    case 5: /* only the second column: a filter */
        keys[0] = key(2, BTEqualStrategyNumber, Int32GetDatum(range.low));
        check_scan(by_group, keys, 1, by_second, &range);
        break;
    default:
        check_scan(draw(2) ? by_text : by_id, NULL, 0, everything, NULL);
    }
}

static void
check_all(void)
{
    Relation indexes[] = {by_id, by_group, by_text};

    for (int i = 0; i < 3; i++)
        btree_check(indexes[i], table, BTREE_CHECK_ALL, NULL, NULL);
}

static void
vacuum(void)
{
    Relation indexes[] = {by_id, by_group, by_text};
    HeapVacuumParams params = {0};
    HeapVacuumStats stats;

    begin();
    lock_relation(RelationGetRelid(table), ShareUpdateExclusiveLock);
    heap_vacuum(table, indexes, 3, &params, &stats);
    commit();
}

static void
delete_rows(int first, int count)
{
    for (int id = first; id < first + count && id < KEYS; id++) {
        ItemPointerData tid;
        if (!model->there[id])
            continue;
        REQUIRE(find_by_id(id, &tid));
        simple_heap_delete(table, &tid);
        model->there[id] = false;
    }
}

/* Changes are committed one by one, and the model after the commit: a kill falls between lives. */
static void
change(void)
{
    int first = (int)draw(KEYS), count = draw(3) == 0 ? (int)draw(400) : (int)draw(10);

    begin();
    if (draw(3) == 0) {
        delete_rows(first, count);
        commit();
        return;
    }
    for (int i = 0; i < count; i++) {
        int id = draw(2) ? first + i : (int)draw(KEYS);
        if (id >= KEYS || model->there[id])
            continue;
        model->group[id] = draw(5) == 0 ? -1 : (int32)draw(50);
        insert_row(id);
        model->there[id] = true;
        next_command();
    }
    commit();
}

static void
create(void)
{
    begin();
    smgr_create_relation(table->rd_locator);
    smgr_create_relation(by_id->rd_locator);
    smgr_create_relation(by_group->rd_locator);
    smgr_create_relation(by_text->rd_locator);
    btree_build_empty(by_id);
    btree_build_empty(by_group);
    btree_build_empty(by_text);
    commit();
}

static void
life_model(void)
{
    bool fresh = access("global/pg_control", F_OK) != 0;

    harness_random_state = model->seed++;
    start_server(fresh);
    open_tables();
    if (fresh)
        create();
    begin();
    check_all();
    commit();
    for (int i = 0; i < 120; i++) {
        change();
        if (draw(4) == 0) {
            begin();
            check_scans();
            commit();
        }
        if (draw(25) == 0)
            vacuum();
        if (draw(50) == 0)
            recovery_checkpoint(CHECKPOINT_IMMEDIATE);
    }
    begin();
    check_all();
    for (int i = 0; i < 20; i++)
        check_scans();
    commit();
    kill(getpid(), SIGKILL);
}

static void
life_shrink(void)
{
    BlockNumber blocks;

    harness_random_state = model->seed++;
    start_server(false);
    open_tables();
    begin();
    delete_rows(0, KEYS);
    commit();
    vacuum();
    begin();
    check_all();
    check_scan(by_id, NULL, 0, everything, NULL);
    commit();
    blocks = RelationGetNumberOfBlocks(by_id);
    for (int round = 0; round < 3; round++) {
        begin();
        for (int id = 0; id < KEYS / 4; id++) {
            model->group[id] = id % 50;
            insert_row(id);
            model->there[id] = true;
        }
        next_command();
        check_all();
        delete_rows(0, KEYS);
        commit();
        vacuum();
        vacuum();
    }
    if (RelationGetNumberOfBlocks(by_id) > blocks + 80)
        printf("# index grew from %u to %u blocks\n", blocks, RelationGetNumberOfBlocks(by_id));
    REQUIRE(RelationGetNumberOfBlocks(by_id) <= blocks + 80);
    begin();
    check_all();
    commit();
}

static void
life_build(void)
{
    Relation unique;
    IndexBuildResult result;

    harness_random_state = model->seed++;
    start_server(false);
    open_tables();
    maintenance_work_mem = (int)(100 + draw(2000));
    begin();
    for (int i = 0; i < KEYS / 2; i++) {
        int id = (int)draw(KEYS);
        if (model->there[id])
            continue;
        model->group[id] = draw(5) == 0 ? -1 : (int32)draw(50);
        insert_row(id);
        model->there[id] = true;
    }
    commit();
    begin();
    {
        RelFileNumber number = 8100;
        Relation *indexes[] = {&by_id, &by_group, &by_text};
        for (int i = 0; i < 3; i++) {
            (*indexes[i])->rd_locator = test_locator(number++);
            (*indexes[i])->rd_amcache = NULL;
            relation_forget_smgr(*indexes[i]);
            smgr_create_relation((*indexes[i])->rd_locator);
            result = btree_build(table, *indexes[i], NULL, NULL);
            REQUIRE(result.index_tuples >= 1000);
        }
    }
    next_command();
    check_all();
    for (int i = 0; i < 30; i++)
        check_scans();
    for (int i = 0; i < 500; i++) {
        int id = (int)draw(KEYS);
        if (model->there[id])
            continue;
        model->group[id] = (int32)draw(50);
        insert_row(id);
        model->there[id] = true;
    }
    next_command();
    check_all();
    unique = relation_build_local_index("t_grp_unique", 21009, test_locator(8200), table, 1,
                                        (AttrNumber[]){2}, true);
    smgr_create_relation(unique->rd_locator);
    REQUIRE(THROWN(btree_build(table, unique, NULL, NULL)) == ERRCODE_UNIQUE_VIOLATION);
    rollback();
    kill(getpid(), SIGKILL);
}

/* ---------- races ---------- */

static void
racer(int index)
{
    CurrentMemoryContext = TopMemoryContext;
    harness_random_state = model->seed * 31 + (uint64)index;
    open_tables();
    for (int round = 0; round < 400 || board[6] == 1; round++) {
        int id = KEYS / 2 + (int)draw(3000), thrown;

        begin();
        lock_relation(RelationGetRelid(table), RowExclusiveLock);
        model->group[id] = id % 50; /* the same by whomever */
        thrown = THROWN(insert_row(id));
        if (thrown != 0) {
            if (thrown != ERRCODE_UNIQUE_VIOLATION && thrown != ERRCODE_T_R_DEADLOCK_DETECTED)
                printf("# thrown %s\n", unpack_sql_state(thrown));
            REQUIRE(thrown == ERRCODE_UNIQUE_VIOLATION ||
                    thrown == ERRCODE_T_R_DEADLOCK_DETECTED);
            rollback();
            atomic_fetch_add(&model->lost, 1);
            continue;
        }
        if (draw(4) == 0) {
            rollback();
            continue;
        }
        commit();
        atomic_fetch_add(&model->won, 1);
        if (draw(3) == 0) {
            ItemPointerData tid;
            begin();
            lock_relation(RelationGetRelid(table), RowExclusiveLock);
            if (find_by_id(id, &tid) && THROWN(simple_heap_delete(table, &tid)) == 0)
                commit();
            else
                rollback();
        }
    }
}

static void
reader(int index)
{
    CurrentMemoryContext = TopMemoryContext;
    harness_random_state = model->seed * 37 + (uint64)index;
    open_tables();
    for (int round = 0; round < 40 || board[6] == 1; round++) {
        static int ids[KEYS * 4];
        int count;
        ScanDirection direction = draw(2) ? ForwardScanDirection : BackwardScanDirection;

        begin();
        lock_relation(RelationGetRelid(table), AccessShareLock);
        count = scan_ids(by_id, NULL, 0, direction, ids);
        for (int i = 1; i < count; i++)
            REQUIRE(ScanDirectionIsForward(direction) ? ids[i - 1] < ids[i]
                                                      : ids[i - 1] > ids[i]);
        {
            /* the same snapshot by another way */
            static int again[KEYS * 4];
            REQUIRE(scan_ids(by_group, NULL, 0, ForwardScanDirection, again) == count);
        }
        commit();
        if (round % 8 == 3)
            vacuum();
    }
}

static void
start_race(void)
{
    harness_random_state = model->seed++;
    start_server(access("global/pg_control", F_OK) != 0);
    open_tables();
    begin();
    if (!smgr_exists(relation_smgr(table), MAIN_FORKNUM)) {
        commit();
        create();
        begin();
    }
    check_all();
    commit();
}

static void
life_race(void)
{
    start_race();
    board[6] = 0;
    for (int i = 0; i < 4; i++)
        spawn_in_life(racer, i);
    spawn_in_life(reader, 0);
    REQUIRE(join() == 0);
    begin();
    check_all();
    commit();
}

static void
life_race_killed(void)
{
    start_race();
#ifdef USE_STOP_POINTS
    if (model->stop_point[0] != '\0')
        stop_point_set(model->stop_point, STOP_POINT_KILL, 0, (int)draw(5), true);
#endif
    board[6] = 1;
    for (int i = 0; i < 4; i++)
        spawn_in_life(racer, i);
    spawn_in_life(reader, 0);
    board[5] = 1;
    usleep(30000);
    recovery_checkpoint(CHECKPOINT_IMMEDIATE);
}

/* ---------- values out of line ---------- */

#define LONG_ROWS 60

static Relation long_table, toast_table, toast_index;

static Relation
toast_open(Oid relation, LOCKMODE mode)
{
    if (relation == RelationGetRelid(toast_table))
        return toast_table;
    REQUIRE(relation == RelationGetRelid(toast_index));
    return toast_index;
}

static void
toast_close(Relation rel, LOCKMODE mode)
{
}

static List *
toast_indexes(Relation rel)
{
    REQUIRE(rel == toast_table);
    return list_make1_oid(RelationGetRelid(toast_index));
}

/* Length and bytes follow from the number: some can be compressed, some not, some are short. */
static struct varlena *
long_value(int number)
{
    static const int lengths[] = {0, 5, 126, 127, 500, 1990, 2040, 5000, 8160, 30000, 300000};
    int length = lengths[number % 11] + number / 11;
    struct varlena *value = palloc((Size)length + VARHDRSZ);
    uint64 state = (uint64)number;

    SET_VARSIZE(value, length + VARHDRSZ);
    for (int i = 0; i < length; i++) {
        state = state * UINT64_C(6364136223846793005) + 1;
        VARDATA(value)[i] = number % 3 == 0 ? (char)(state >> 50) : (char)('a' + i % 50);
    }
    return value;
}

static void
open_long_tables(void)
{
    static const RelationHooks hooks = {toast_open, toast_close, toast_indexes, NULL};
    static const AttrNumber columns[] = {1, 2};
    TupleDesc desc = CreateTemplateTupleDesc(4), toast_desc = CreateTemplateTupleDesc(3);

    TupleDescInitBuiltinEntry(desc, 1, "id", 23, -1, 0);
    for (int i = 2; i <= 4; i++)
        TupleDescInitBuiltinEntry(desc, (AttrNumber)i, "v", 25, -1, 0);
    TupleDescAttr(desc, 2)->attstorage = TYPSTORAGE_EXTERNAL;
    TupleDescAttr(desc, 3)->attstorage = TYPSTORAGE_MAIN;
    TupleDescInitBuiltinEntry(toast_desc, 1, "chunk_id", 26, -1, 0);
    TupleDescInitBuiltinEntry(toast_desc, 2, "chunk_seq", 23, -1, 0);
    TupleDescInitBuiltinEntry(toast_desc, 3, "chunk_data", 17, -1, 0);
    TupleDescAttr(toast_desc, 2)->attstorage = TYPSTORAGE_PLAIN;
    long_table = relation_build_local("l", 23000, test_locator(8300), desc, RELKIND_RELATION);
    toast_table = relation_build_local("pg_toast_23000", 23001, test_locator(8301), toast_desc,
                                       RELKIND_TOASTVALUE);
    toast_index = relation_build_local_index("pg_toast_23000_index", 23002, test_locator(8302),
                                             toast_table, 2, columns, true);
    long_table->rd_rel->reltoastrelid = 23001;
    relation_register_hooks(&hooks);
}

static HeapTuple
long_row(int id, int number)
{
    Datum values[4] = {Int32GetDatum(id)};
    bool isnull[4] = {false, false, false, number % 5 == 0};

    for (int i = 1; i < 4; i++)
        values[i] = PointerGetDatum(long_value(i == 3 ? (number % 40) / 11 * 11 + number % 8
                                                      : number + i));
    return heap_form_tuple(RelationGetDescr(long_table), values, isnull);
}

static void
check_long_rows(const int *numbers)
{
    HeapScanDesc scan = heap_begin_scan(long_table, snapshot_active(), 0);
    int count = 0, expected = 0;

    for (HeapTuple tuple; (tuple = heap_scan_next(scan, ForwardScanDirection)) != NULL; count++) {
        Datum values[4];
        bool isnull[4];
        TupleDesc desc = RelationGetDescr(long_table);
        int id;
        HeapTuple wanted;

        heap_deform_tuple(tuple, desc, values, isnull);
        id = DatumGetInt32(values[0]);
        REQUIRE(numbers[id] >= 0);
        wanted = long_row(id, numbers[id]);
        for (int i = 1; i < 4; i++) {
            bool want_null;
            Datum want = heap_getattr(wanted, i + 1, desc, &want_null);
            int32 size, from;
            struct varlena *slice;
            if (want_null != isnull[i])
                printf("# row %d column %d null\n", id, i);
            REQUIRE(want_null == isnull[i]);
            if (want_null)
                continue;
            REQUIRE(datum_image_eq(values[i], want, false, -1));
            size = (int32)VARSIZE_ANY_EXHDR(DatumGetPointer(want));
            REQUIRE(toast_raw_datum_size(values[i]) == (Size)size + VARHDRSZ);
            from = (int32)draw((uint32)size + 1);
            slice = detoast_attr_slice((struct varlena *)DatumGetPointer(values[i]), from, 3000);
            REQUIRE((int32)VARSIZE_ANY_EXHDR(slice) == Min(3000, size - from));
            REQUIRE(memcmp(VARDATA_ANY(slice), VARDATA_ANY(DatumGetPointer(want)) + from,
                           VARSIZE_ANY_EXHDR(slice)) == 0);
        }
    }
    heap_end_scan(scan);
    for (int id = 0; id < LONG_ROWS; id++)
        expected += numbers[id] >= 0;
    REQUIRE(count == expected);
}

static int
count_rows(Relation rel)
{
    HeapScanDesc scan = heap_begin_scan(rel, snapshot_active(), 0);
    int count = 0;

    while (heap_scan_next(scan, ForwardScanDirection) != NULL)
        count++;
    heap_end_scan(scan);
    return count;
}

static void
life_toast(void)
{
    int numbers[LONG_ROWS];
    ItemPointerData tids[LONG_ROWS];

    harness_random_state = model->seed++;
    start_server(false);
    open_long_tables();
    begin();
    smgr_create_relation(long_table->rd_locator);
    smgr_create_relation(toast_table->rd_locator);
    smgr_create_relation(toast_index->rd_locator);
    btree_build_empty(toast_index);
    for (int id = 0; id < LONG_ROWS; id++) {
        HeapTuple tuple = long_row(id, numbers[id] = (int)draw(60));
        heap_insert(long_table, tuple, xact_current_command_id(true), 0, NULL);
        tids[id] = tuple->t_self;
    }
    next_command();
    check_long_rows(numbers);
    commit();
    for (int round = 0; round < 100; round++) {
        int id = (int)draw(LONG_ROWS);
        bool update_indexes;
        HeapTuple tuple;

        begin();
        if (draw(3) > 0) { /* keep the values, change the rest: pointers stay */
            HeapTupleData old = {.t_self = tids[id]};
            Buffer buffer;
            Datum values[4];
            bool isnull[4];
            int chunks = count_rows(toast_table);

            REQUIRE(heap_fetch(long_table, snapshot_active(), &old, &buffer, false));
            heap_deform_tuple(&old, RelationGetDescr(long_table), values, isnull);
            tuple = heap_form_tuple(RelationGetDescr(long_table), values, isnull);
            simple_heap_update(long_table, &tids[id], tuple, &update_indexes);
            buffer_release(buffer);
            next_command();
            REQUIRE(count_rows(toast_table) == chunks);
        } else {
            tuple = long_row(id, numbers[id] = (int)draw(60));
            simple_heap_update(long_table, &tids[id], tuple, &update_indexes);
        }
        tids[id] = tuple->t_self;
        commit();
    }
    begin();
    check_long_rows(numbers);
    btree_check(toast_index, toast_table, BTREE_CHECK_ALL, NULL, NULL);
    REQUIRE(count_rows(toast_table) > 100);
    for (int id = 0; id < LONG_ROWS; id++) {
        simple_heap_delete(long_table, &tids[id]);
        numbers[id] = -1;
    }
    next_command();
    check_long_rows(numbers);
    REQUIRE(count_rows(toast_table) == 0);
    rollback();
    kill(getpid(), SIGKILL);
}

int
main(int argc, char **argv)
{
    static const char *const points[] = {"btree-split-before", "btree-split-incomplete",
                                         "btree-unlink-before", "btree-insert-before",
                                         "vacuum-before-reap"};
    uint64 seed = argc > 2 ? (uint64)atol(argv[2]) : (uint64)time(NULL);
    int rounds = argc > 1 ? atoi(argv[1]) : 5, status, bad = 0;

    prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0);
    make_data_directory();
    harness_register = register_btree;
    model = mmap(NULL, sizeof(Model), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    model->seed = seed;
    printf("# seed %lu\n", (unsigned long)seed);
    for (int i = 0; i < rounds && argc <= 3; i++) { /* a third argument: races only */
        harness_buffers = i % 2 == 0 ? 60 : 1000;
        status = live(life_model);
        if (!KILLED(status)) {
            bad++;
            printf("# round %d: status %x\n", i, status);
            break;
        }
    }
    harness_buffers = 1000;
    tap_is_int(bad, 0, "indexes agree with the model, over kills");
    if (argc > 3)
        goto races;
    status = live(life_shrink);
    tap_ok(EXITED(status), "emptied pages are taken out and used again (status %x)", status);
    status = live(life_build);
    tap_ok(KILLED(status), "a sorted build gives the same (status %x)", status);
    status = live(life_toast);
    tap_ok(KILLED(status), "long values are stored out of line and found again (status %x)",
           status);
races:
    finish_processes();

    make_data_directory();
    status = live(life_race);
    tap_ok(EXITED(status), "of racing inserters of a key one wins (status %x)", status);
    for (int i = 0; i < rounds * 2; i++) {
        strcpy(model->stop_point, i % 2 ? points[(i / 2) % lengthof(points)] : "");
        live_and_kill(life_race_killed, 50000 + (unsigned)(rand() % 200000));
    }
    model->stop_point[0] = '\0';
    status = live(life_race);
    tap_ok(EXITED(status), "and after %d kills (status %x)", rounds * 2, status);
    printf("# %lu won, %lu lost\n", (unsigned long)model->won, (unsigned long)model->lost);
    finish_processes();
    return tap_done();
}
