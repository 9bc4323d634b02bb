/*
 * heap_test.c - rows are what a model says, also after crashes and among concurrent writers
 *
 * Method: tuples of random shape are formed and read by every decoder. Then a table is changed at
 * random (insert, update, delete, abort, savepoint, vacuum) next to a model in memory that outlives
 * the server; scans must agree with it in every life, the server being killed in between. Then
 * writers move amounts between rows while readers sum them up. The seed is printed.
 */
#include "harness.h"

#include "base/random.h"
#include "heap/fsm.h"
#include "heap/vm.h"

#define ROWS_MAX 3000
#define ACCOUNTS 100
#define WRITERS 4

typedef struct ModelRow {
    bool there;
    int64 value;
    uint32 length; /* of the text */
} ModelRow;

typedef struct Model {
    ModelRow rows[ROWS_MAX];
    uint64 seed;
    _Atomic uint64 moves;
    _Atomic uint64 sums;
    char stop_point[48];
} Model;

static Model *model;

/* ---------- tuples ---------- */

static Oid const types[] = {23, 20, 21, 25, 16, 18, 19, 17, 701, 26};

static Datum
random_value(Oid type, char *space)
{
    switch (type) {
    case 19:
        memset(space, 0, NAMEDATALEN);
        snprintf(space, NAMEDATALEN, "name%u", draw(1000));
        return PointerGetDatum(space);
    case 25:
    case 17: {
        Size length = draw(4) == 0 ? draw(600) : draw(20);
        SET_VARSIZE(space, length + VARHDRSZ);
        for (Size i = 0; i < length; i++)
            VARDATA(space)[i] = (char)draw(256);
        return PointerGetDatum(space);
    }
    case 23:
        return Int32GetDatum((int32)harness_random_state);
    case 26:
        return ObjectIdGetDatum((uint32)harness_random_state);
    case 21:
        return Int16GetDatum((int16)draw(65536));
    case 16:
        return BoolGetDatum(draw(2));
    case 18:
        return CharGetDatum((char)draw(256));
    default:
        return (Datum)harness_random_state;
    }
}

static bool
same(Oid type, Datum a, Datum b)
{
    if (type == 25 || type == 17)
        return datum_image_eq(a, b, false, -1);
    if (type == 19)
        return memcmp(DatumGetPointer(a), DatumGetPointer(b), NAMEDATALEN) == 0;
    return type == 26 ? (uint32)a == (uint32)b : a == b;
}

#define COLUMNS 12
#define TUPLES 64

static bool
check_shape(void)
{
    int natts = 1 + (int)draw(COLUMNS), columns = natts;
    TupleDesc desc = CreateTemplateTupleDesc(natts);
    static char space[TUPLES][COLUMNS][700];
    Datum values[TUPLES][COLUMNS];
    bool nulls[TUPLES][COLUMNS];
    HeapTupleHeader tuples[TUPLES];
    static Datum column_values[COLUMNS][TUPLES];
    static bool column_nulls[COLUMNS][TUPLES];
    Datum *all_values[COLUMNS];
    bool *all_nulls[COLUMNS];
    AttrNumber attnums[COLUMNS];
    uint16 offsets[TUPLES] = {0};
    uint16 sel[TUPLES];
    int sel_count = 0;
    bool good = true, with_nulls = draw(2);

    for (int i = 0; i < natts; i++)
        TupleDescInitBuiltinEntry(desc, (AttrNumber)(i + 1), "c", types[draw(lengthof(types))], -1,
                                  0);
    for (int row = 0; row < TUPLES; row++) {
        for (int i = 0; i < natts; i++) {
            nulls[row][i] = with_nulls && draw(4) == 0;
            values[row][i] = random_value(TupleDescAttr(desc, i)->atttypid, space[row][i]);
        }
        tuples[row] = heap_form_tuple(desc, values[row], nulls[row])->t_data;
        if (draw(2))
            sel[sel_count++] = (uint16)row;
    }
    for (int row = 0; row < TUPLES; row++) {
        HeapTupleData tuple = {.t_data = tuples[row], .t_len = 8192};
        Datum out[COLUMNS];
        bool isnull[COLUMNS];
        uint32 offset = 0;
        int half = (int)draw((uint32)natts + 1);

        tuple_deform_upto(desc, tuples[row], 0, half, &offset, out, isnull);
        tuple_deform_upto(desc, tuples[row], half, natts, &offset, out, isnull);
        for (int i = 0; i < natts; i++) {
            Oid type = TupleDescAttr(desc, i)->atttypid;
            bool one_null;
            Datum one;
            if (draw(2))
                tupdesc_changed(desc);
            one = heap_getattr(&tuple, i + 1, desc, &one_null);
            good = good && isnull[i] == nulls[row][i] && one_null == nulls[row][i];
            if (!nulls[row][i])
                good = good && same(type, out[i], values[row][i]) &&
                       same(type, one, values[row][i]);
        }
    }
    for (int i = 0; i < natts; i++) {
        all_values[i] = column_values[i];
        all_nulls[i] = column_nulls[i];
        attnums[i] = (AttrNumber)(i + 1);
    }
    switch (draw(3)) {
    case 0:
        for (int i = 0; i < natts; i++)
            tuple_decode_column(desc, tuples, sel, sel_count, i + 1, column_values[i],
                                column_nulls[i]);
        break;
    case 1:
        tuple_decode_columns(desc, tuples, sel, sel_count, attnums, natts, all_values, all_nulls);
        break;
    default: {
        int half = (int)draw((uint32)natts + 1);
        tuple_decode_range(desc, tuples, sel, sel_count, 0, half, offsets, all_values, all_nulls);
        tuple_decode_range(desc, tuples, sel, sel_count, half, natts, offsets, all_values,
                           all_nulls);
    }
    }
    for (int i = 0; i < columns; i++)
        for (int s = 0; s < sel_count; s++) {
            int row = sel[s];
            good = good && column_nulls[i][row] == nulls[row][i] &&
                   (nulls[row][i] || same(TupleDescAttr(desc, i)->atttypid, column_values[i][row],
                                          values[row][i]));
        }
    return good;
}

static void
life_tuples(void)
{
    harness_random_state = model->seed;
    begin_life(harness_rooms);
    CurrentMemoryContext = TopMemoryContext;
    for (int i = 0; i < 500; i++) {
        MemoryContext context = AllocSetContextCreate(TopMemoryContext, "shape",
                                                      ALLOCSET_DEFAULT_SIZES);
        MemoryContext old = MemoryContextSwitchTo(context);
        REQUIRE(check_shape());
        MemoryContextSwitchTo(old);
        MemoryContextDelete(context);
    }
}

/* ---------- one writer and the model ---------- */

static Relation table;

static void
open_table(RelFileNumber number)
{
    TupleDesc desc = CreateTemplateTupleDesc(3);

    TupleDescInitBuiltinEntry(desc, 1, "id", 23, -1, 0);
    TupleDescInitBuiltinEntry(desc, 2, "value", 20, -1, 0);
    TupleDescInitBuiltinEntry(desc, 3, "pad", 25, -1, 0);
    table = relation_build_local("t", 20000 + number, test_locator(number), desc,
                                 RELKIND_TOASTVALUE); /* no toast table */
    table->rd_indexattr = bms_add_member(NULL, 1 - FirstLowInvalidHeapAttributeNumber);
    table->rd_keyattr = bms_copy(table->rd_indexattr);
}

static HeapTuple
make_row(int id, const ModelRow *row)
{
    static char space[3000];
    Datum values[3] = {Int32GetDatum(id), Int64GetDatum(row->value), PointerGetDatum(space)};
    bool isnull[3] = {false, false, row->length == 0};

    SET_VARSIZE(space, row->length + VARHDRSZ);
    memset(VARDATA(space), 'a' + id % 26, row->length);
    return heap_form_tuple(RelationGetDescr(table), values, isnull);
}

/* The table is what the model says; by page batches or row by row, in both directions. */
static int
compare_with_model(const ModelRow *rows, int *ret_live)
{
    static bool seen[ROWS_MAX];
    HeapScanDesc scan = heap_begin_scan(table, snapshot_active(), HEAP_SCAN_BULKREAD);
    ScanDirection direction = draw(2) ? ForwardScanDirection : BackwardScanDirection;
    static Datum ids[PAGE_MAX_HEAP_ITEMS], vals[PAGE_MAX_HEAP_ITEMS], pads[PAGE_MAX_HEAP_ITEMS];
    static bool n1[PAGE_MAX_HEAP_ITEMS], n2[PAGE_MAX_HEAP_ITEMS], n3[PAGE_MAX_HEAP_ITEMS];
    int faults = 0, count, live = 0;

    memset(seen, 0, sizeof(seen));
    while ((count = heap_scan_next_page(scan, direction)) > 0) {
        TupleDesc desc = RelationGetDescr(table);
        tuple_decode_column(desc, scan->tuples, NULL, count, 1, ids, n1);
        tuple_decode_column(desc, scan->tuples, NULL, count, 2, vals, n2);
        tuple_decode_column(desc, scan->tuples, NULL, count, 3, pads, n3);
        for (int i = 0; i < count; i++) {
            int id = DatumGetInt32(ids[i]);
            uint32 length =
                n3[i] ? 0 : (uint32)VARSIZE_ANY_EXHDR(DatumGetPointer(pads[i]));
            live++;
            if (id < 0 || id >= ROWS_MAX || seen[id] || !rows[id].there ||
                rows[id].value != DatumGetInt64(vals[i]) || rows[id].length != length) {
                if (faults++ < 5)
                    printf("# row %d: value %ld, length %u; model %d %ld %u seen %d\n", id,
                           (long)DatumGetInt64(vals[i]), length, rows[id].there,
                           (long)rows[id].value, rows[id].length, seen[id]);
            } else {
                seen[id] = true;
            }
        }
    }
    heap_end_scan(scan);
    for (int id = 0; id < ROWS_MAX; id++)
        if (rows[id].there && !seen[id] && faults++ < 5)
            printf("# row %d is missing\n", id);
    if (ret_live != NULL)
        *ret_live = live;
    return faults;
}

static bool
find_row(int id, ItemPointer ret_tid)
{
    HeapScanDesc scan = heap_begin_scan(table, snapshot_active(), 0);
    HeapTuple tuple;
    bool found = false;

    while (!found && (tuple = heap_scan_next(scan, ForwardScanDirection)) != NULL) {
        bool isnull;
        if (DatumGetInt32(heap_getattr(tuple, 1, RelationGetDescr(table), &isnull)) == id) {
            *ret_tid = tuple->t_self;
            found = true;
        }
    }
    heap_end_scan(scan);
    return found;
}

static uint32
random_length(void)
{
    return draw(10) == 0 ? draw(2500) : draw(60);
}

static void
change_something(ModelRow *rows)
{
    int id = (int)draw(ROWS_MAX);
    ModelRow *row = &rows[id];
    ItemPointerData tid;
    TM_FailureData failure;
    LockTupleMode mode;
    bool update_indexes;

    if (!row->there) {
        *row = (ModelRow){true, (int64)draw(1000000), random_length()};
        if (draw(8) == 0) { /* a handful at once */
            HeapTuple tuples[20];
            int count = 0;
            for (int i = 0; i < 20 && id + i < ROWS_MAX; i++) {
                if (i > 0 && rows[id + i].there)
                    continue;
                rows[id + i] = (ModelRow){true, (int64)draw(1000000), random_length()};
                tuples[count++] = make_row(id + i, &rows[id + i]);
            }
            heap_multi_insert(table, tuples, count, xact_current_command_id(true), 0, NULL);
        } else {
            heap_insert(table, make_row(id, row), xact_current_command_id(true), 0, NULL);
        }
    } else {
        REQUIRE(find_row(id, &tid));
        if (draw(4) == 0) {
            row->there = false;
            REQUIRE(heap_delete(table, &tid, xact_current_command_id(true), NULL, true, &failure,
                                false) == TM_Ok);
        } else {
            HeapTuple tuple;
            if (draw(3) == 0) {
                HeapTupleData locked = {.t_self = tid};
                Buffer buffer;
                REQUIRE(heap_lock_tuple(table, &locked, xact_current_command_id(false),
                                        (LockTupleMode)draw(4), LockWaitBlock, true, &buffer,
                                        &failure) == TM_Ok);
                buffer_release(buffer);
            }
            row->value++;
            if (draw(5) == 0)
                row->length = random_length();
            tuple = make_row(id, row);
            REQUIRE(heap_update(table, &tid, tuple, xact_current_command_id(true), NULL, true,
                                &failure, &mode, &update_indexes) == TM_Ok);
        }
    }
    next_command();
}

static void
vacuum(bool freeze)
{
    HeapVacuumParams params = {.freeze_all = freeze, .disable_page_skipping = freeze};
    HeapVacuumStats stats;

    begin();
    lock_relation(RelationGetRelid(table), ShareUpdateExclusiveLock);
    heap_vacuum(table, NULL, 0, &params, &stats);
    commit();
}

/* A transaction of some changes, with savepoints, that ends either way. */
static void
transaction(ModelRow *committed)
{
    static ModelRow now[ROWS_MAX], saved[ROWS_MAX];
    int changes = 1 + (int)draw(6);

    memcpy(now, committed, sizeof(now));
    begin();
    for (int i = 0; i < changes; i++) {
        if (draw(6) == 0) {
            memcpy(saved, now, sizeof(now));
            snapshot_pop_active();
            xact_sub_begin(NULL);
            snapshot_push_active(snapshot_get_latest());
            change_something(now);
            if (draw(2)) {
                xact_sub_rollback();
                memcpy(now, saved, sizeof(now));
            } else {
                snapshot_pop_active();
                xact_sub_release();
            }
            snapshot_push_active(snapshot_get_latest());
        } else {
            change_something(now);
        }
    }
    if (draw(20) == 0)
        REQUIRE(compare_with_model(now, NULL) == 0);
    if (draw(4) == 0) {
        rollback();
    } else {
        commit();
        memcpy(committed, now, sizeof(now));
    }
}

static void
life_model(void)
{
    bool fresh = access("global/pg_control", F_OK) != 0;

    harness_random_state = model->seed++;
    start_server(fresh);
    open_table(7000);
    begin();
    if (fresh)
        smgr_create_relation(table->rd_locator);
    else
        REQUIRE(compare_with_model(model->rows, NULL) == 0);
    commit();
    for (int i = 0; i < 150; i++) {
        transaction(model->rows);
        if (draw(40) == 0)
            vacuum(draw(3) == 0);
        if (draw(60) == 0)
            recovery_checkpoint(CHECKPOINT_IMMEDIATE | CHECKPOINT_FORCE);
    }
    begin();
    REQUIRE(compare_with_model(model->rows, NULL) == 0);
    commit();
    kill(getpid(), SIGKILL);
}

static void
life_empty(void)
{
    HeapVacuumParams params = {.freeze_all = true, .disable_page_skipping = true};
    HeapVacuumStats stats;
    HeapScanDesc scan;
    int live;

    harness_random_state = model->seed++;
    start_server(false);
    open_table(7000);
    begin();
    REQUIRE(compare_with_model(model->rows, &live) == 0);
    commit();
    vacuum(true);
    begin();
    lock_relation(RelationGetRelid(table), ShareUpdateExclusiveLock);
    heap_vacuum(table, NULL, 0, &params, &stats);
    REQUIRE(stats.tuples_live == live);
    REQUIRE(stats.all_visible_pages == stats.pages_after);
    REQUIRE(stats.all_frozen_pages == stats.pages_after);
    REQUIRE(stats.new_frozen_xid >= stats.oldest_xmin);
    commit();
    begin();
    REQUIRE(compare_with_model(model->rows, NULL) == 0);
    scan = heap_begin_scan(table, snapshot_active(), 0);
    for (HeapTuple tuple; (tuple = heap_scan_next(scan, ForwardScanDirection)) != NULL;) {
        ItemPointerData tid = tuple->t_self;
        simple_heap_delete(table, &tid);
    }
    heap_end_scan(scan);
    commit();
    memset(model->rows, 0, sizeof(model->rows));
    begin();
    lock_relation(RelationGetRelid(table), ShareUpdateExclusiveLock);
    heap_vacuum(table, NULL, 0, &params, &stats);
    commit();
    REQUIRE(stats.pages_after == 0 && stats.tuples_live == 0);
    kill(getpid(), SIGKILL);
}

static void
life_still_empty(void)
{
    start_server(false);
    open_table(7000);
    begin();
    REQUIRE(compare_with_model(model->rows, NULL) == 0);
    REQUIRE(RelationGetNumberOfBlocks(table) == 0);
    heap_insert(table, make_row(1, &(ModelRow){true, 5, 3}), xact_current_command_id(true), 0,
                NULL);
    next_command();
    model->rows[1] = (ModelRow){true, 5, 3};
    REQUIRE(compare_with_model(model->rows, NULL) == 0);
    commit();
    recovery_shutdown_checkpoint();
}

/* ---------- several writers ---------- */

static ItemPointerData *
account_places(void)
{
    ItemPointerData *places = palloc(ACCOUNTS * sizeof(ItemPointerData));
    HeapScanDesc scan = heap_begin_scan(table, snapshot_active(), 0);
    int count = 0;

    for (HeapTuple tuple; (tuple = heap_scan_next(scan, ForwardScanDirection)) != NULL; count++) {
        bool isnull;
        int id = DatumGetInt32(heap_getattr(tuple, 1, RelationGetDescr(table), &isnull));
        REQUIRE(id >= 0 && id < ACCOUNTS);
        places[id] = tuple->t_self;
    }
    heap_end_scan(scan);
    REQUIRE(count == ACCOUNTS);
    return places;
}

static int64
sum_up(int *ret_count)
{
    HeapScanDesc scan = heap_begin_scan(table, snapshot_active(), 0);
    int64 sum = 0;

    *ret_count = 0;
    for (HeapTuple tuple; (tuple = heap_scan_next(scan, ForwardScanDirection)) != NULL;) {
        bool isnull;
        sum += DatumGetInt64(heap_getattr(tuple, 2, RelationGetDescr(table), &isnull));
        ++*ret_count;
    }
    heap_end_scan(scan);
    return sum;
}

/* Adds to a row as READ COMMITTED does: on a concurrent change, lock the latest and try again. */
static void
add_to(int id, int64 amount)
{
    ItemPointerData tid = account_places()[id]; /* as this command's snapshot has it */

    for (;;) {
        HeapTupleData tuple = {.t_self = tid};
        TM_FailureData failure;
        LockTupleMode mode;
        bool update_indexes;
        Buffer buffer = InvalidBuffer;
        HeapTuple new;
        Datum values[3];
        bool nulls[3];
        TM_Result result;

        /* Sometimes the key-share lock of a foreign key first. */
        result = heap_lock_latest(table, &tid, snapshot_active(), &tuple,
                                  xact_current_command_id(false), LockTupleNoKeyExclusive,
                                  LockWaitBlock, &buffer, &failure);
        REQUIRE(result == TM_Ok);
        tid = tuple.t_self;
        heap_deform_tuple(&tuple, RelationGetDescr(table), values, nulls);
        values[1] = Int64GetDatum(DatumGetInt64(values[1]) + amount);
        new = heap_form_tuple(RelationGetDescr(table), values, nulls);
        buffer_release(buffer);
        result = heap_update(table, &tid, new, xact_current_command_id(true), NULL, true, &failure,
                             &mode, &update_indexes);
        REQUIRE(result == TM_Ok);
        return;
    }
}

static void
key_share(int id)
{
    ItemPointerData tid = account_places()[id];
    HeapTupleData tuple = {.t_self = tid};
    TM_FailureData failure;
    Buffer buffer = InvalidBuffer;

    REQUIRE(heap_lock_latest(table, &tid, snapshot_active(), &tuple,
                             xact_current_command_id(false), LockTupleKeyShare, LockWaitBlock,
                             &buffer, &failure) == TM_Ok);
    buffer_release(buffer);
}

static void
mover(int index)
{
    CurrentMemoryContext = TopMemoryContext;
    harness_random_state = model->seed * 77 + (uint64)index;
    open_table(7001);
    for (int round = 0; board[6] == 0 || round < 40; round++) {
        int from = (int)draw(ACCOUNTS), to = (int)draw(ACCOUNTS);
        int64 amount = (int64)draw(100);
        volatile int thrown = 0;

        if (from == to)
            continue;
        begin();
        lock_relation(RelationGetRelid(table), RowExclusiveLock);
        thrown = THROWN({
            if (draw(3) == 0)
                key_share((int)draw(ACCOUNTS));
            add_to(from, -amount);
            next_command();
            add_to(to, amount);
        });
        if (thrown != 0) {
            if (thrown != ERRCODE_T_R_DEADLOCK_DETECTED)
                printf("# thrown: %s\n", unpack_sql_state(thrown));
            REQUIRE(thrown == ERRCODE_T_R_DEADLOCK_DETECTED);
            rollback();
            continue;
        }
        commit();
        atomic_fetch_add(&model->moves, 1);
    }
}

static void
summer(int index)
{
    CurrentMemoryContext = TopMemoryContext;
    harness_random_state = model->seed * 99 + (uint64)index;
    open_table(7001);
    for (int round = 0; board[6] == 0 || round < 20; round++) {
        int count;
        int64 sum;

        begin();
        lock_relation(RelationGetRelid(table), AccessShareLock);
        sum = sum_up(&count);
        if (count != ACCOUNTS || sum != ACCOUNTS * 1000)
            printf("# sum %ld of %d rows\n", (long)sum, count);
        REQUIRE(count == ACCOUNTS && sum == ACCOUNTS * 1000);
        commit();
        atomic_fetch_add(&model->sums, 1);
        if (round % 10 == 5)
            vacuum(round % 3 == 0);
    }
}

static void
start_accounts(void)
{
    bool fresh;
    int count;

    start_server(access("global/pg_control", F_OK) != 0);
    open_table(7001);
    begin();
    fresh = !smgr_exists(relation_smgr(table), MAIN_FORKNUM);
    if (fresh) {
        smgr_create_relation(table->rd_locator);
        for (int id = 0; id < ACCOUNTS; id++)
            heap_insert(table, make_row(id, &(ModelRow){true, 1000, 10}),
                        xact_current_command_id(true), 0, NULL);
        next_command();
    }
    REQUIRE(sum_up(&count) == ACCOUNTS * 1000 && count == ACCOUNTS);
    commit();
}

static void
life_movers(void)
{
    start_accounts();
    board[6] = 1; /* a fixed number of rounds */
    for (int i = 0; i < WRITERS; i++)
        spawn_in_life(mover, i);
    spawn_in_life(summer, 0);
    REQUIRE(join() == 0);
    begin();
    {
        int count;
        REQUIRE(sum_up(&count) == ACCOUNTS * 1000 && count == ACCOUNTS);
    }
    commit();
}

static void
life_movers_killed(void)
{
    start_accounts();
    board[6] = 0;
#ifdef USE_STOP_POINTS
    if (model->stop_point[0] != '\0')
        stop_point_set(model->stop_point, STOP_POINT_KILL, 0, (int)draw(20), true);
#endif
    for (int i = 0; i < WRITERS; i++)
        spawn_in_life(mover, i);
    spawn_in_life(summer, 0);
    board[5] = 1;
    for (int i = 0; i < 3; i++) {
        usleep(20000);
        recovery_checkpoint(CHECKPOINT_IMMEDIATE);
    }
}

int
main(int argc, char **argv)
{
    static const char *const points[] = {
        "heap-update-before", "heap-update-after", "heap-lock-before", "heap-prune-before",
        "heap-prune-after", "vacuum-page-done", "vacuum-before-reap"};
    uint64 seed = argc > 2 ? (uint64)atol(argv[2]) : (uint64)time(NULL);
    int rounds = argc > 1 ? atoi(argv[1]) : 6, status, bad = 0;

    prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0);
    make_data_directory();
    mkdir("base/1", 0700);
    model = mmap(NULL, sizeof(Model), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    model->seed = seed;
    printf("# seed %lu\n", (unsigned long)seed);
    status = live(life_tuples);
    tap_ok(EXITED(status), "tuples of random shape read as they were made (status %x)", status);
    for (int i = 0; i < rounds; i++) {
        harness_buffers = i % 2 == 0 ? 40 : 400;
        status = live(life_model);
        if (!KILLED(status)) {
            bad++;
            printf("# round %d: status %x\n", i, status);
            break;
        }
    }
    tap_is_int(bad, 0, "the table is what the model says, over kills");
    status = live(life_empty);
    tap_ok(KILLED(status), "vacuum freezes all, and gives back an emptied table (status %x)",
           status);
    status = live(life_still_empty);
    tap_ok(EXITED(status), "it is empty after recovery, and takes rows (status %x)", status);
    status = live(life_movers);
    tap_ok(EXITED(status), "sums hold among concurrent writers (status %x)", status);
    for (int i = 0; i < rounds * 2; i++) {
        strcpy(model->stop_point, i % 2 ? points[(i / 2) % lengthof(points)] : "");
        live_and_kill(life_movers_killed, 20000 + (unsigned)(rand() % 150000));
    }
    model->stop_point[0] = '\0';
    status = live(life_movers);
    tap_ok(EXITED(status), "sums hold over %d kills (status %x)", rounds * 2, status);
    printf("# %lu moves, %lu sums\n", (unsigned long)model->moves, (unsigned long)model->sums);
    finish_processes();
    return tap_done();
}
