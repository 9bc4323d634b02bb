/*
 * executor_test.c - statements against known answers, in batches of several sizes and with little
 * memory; sorts and stores against a model
 *
 * Method: a life bootstraps a cluster in a temporary directory. Each statement is parsed, planned
 * and run; its rows as text, joined by spaces, are compared with what PostgreSQL gave. Queries run
 * with batches of 1, 2 and 1024 rows, each twice over one kept executor; changes run in order.
 */
#include "storage_life.h"

#include "btree/btree.h"
#include "buffer/buffer.h"
#include "catalog/catalog.h"
#include "catalog/ddl.h"
#include "catalog/lsyscache.h"
#include "catalog/start.h"
#include "executor/executor.h"
#include "executor/tuplesort.h"
#include "executor/tuplestore.h"
#include "heap/relation.h"
#include "lock/lock.h"
#include "memory/stringinfo.h"
#include "parser/parser.h"
#include "parser/start.h"
#include "planner/planner.h"
#include "recovery/recovery.h"
#include "wal/wal.h"
#include "xact/snapshot.h"
#include "xact/xact.h"

extern const PGFunction builtin_functions[];
extern const int builtin_functions_count;

/* ---- running a query ---- */

typedef struct TextReceiver {
    DestReceiver dest;
    TupleDesc desc;
    StringInfoData text;
    int rows;
} TextReceiver;

static bool
text_receive(DestReceiver *self, Batch *batch)
{
    TextReceiver *receiver = (TextReceiver *) self;

    for (int k = 0; k < batch->sel_count; k++) {
        int i = batch_row(batch, k);

        if (receiver->rows++ > 0)
            appendStringInfoChar(&receiver->text, ' ');
        for (int c = 0; c < receiver->desc->natts; c++) {
            ColumnVector *column = batch_column(batch, c);
            Oid output;
            bool is_varlena;

            if (c > 0)
                appendStringInfoChar(&receiver->text, '|');
            if (column->nulls[i])
                continue;
            getTypeOutputInfo(TupleDescAttr(receiver->desc, c)->atttypid, &output, &is_varlena);
            appendStringInfoString(&receiver->text,
                                   OidOutputFunctionCall(output, column->values[i]));
        }
    }
    return true;
}

static void
text_startup(DestReceiver *self, int operation, TupleDesc desc)
{
    ((TextReceiver *) self)->desc = desc;
}

static void
text_nothing(DestReceiver *self)
{
}

static TextReceiver *
text_receiver(void)
{
    TextReceiver *receiver = palloc0(sizeof(TextReceiver));

    receiver->dest = (DestReceiver){text_receive, text_startup, text_nothing, text_nothing,
                                    DestNone};
    initStringInfo(&receiver->text);
    return receiver;
}

static const char *
run_planned(PlannedStmt *stmt, const char *sql, bool twice)
{
    TextReceiver *receiver = text_receiver();
    QueryDesc *qd = executor_create_query_desc(stmt, sql, snapshot_active(), &receiver->dest,
                                               NULL, 0);
    const char *first;

    executor_start(qd, 0);
    executor_run(qd, ForwardScanDirection, 0);
    executor_finish(qd);
    if (stmt->commandType != CMD_SELECT) {
        if (receiver->rows > 0)
            appendStringInfoChar(&receiver->text, ' ');
        appendStringInfo(&receiver->text, "#%d", (int) qd->es_processed);
    }
    first = receiver->text.data;
    if (twice) {
        receiver = text_receiver();
        executor_suspend(qd);
        if (!executor_rewind(qd, NULL, snapshot_active(), &receiver->dest))
            return "could not rewind";
        executor_run(qd, ForwardScanDirection, 0);
        executor_finish(qd);
        if (strcmp(first, receiver->text.data) != 0)
            return psprintf("second run differs: %s", receiver->text.data);
    }
    executor_end(qd);
    return first;
}

/* In a transaction of its own. */
static const char *
run(const char *sql, bool twice)
{
    MemoryContext context = CurrentMemoryContext;
    const char *volatile result = NULL;

    PG_TRY();
    {
        RawStmt *raw;
        Query *query;

        xact_start_command();
        MemoryContextSwitchTo(context);
        snapshot_push_active(snapshot_get_transaction());
        raw = linitial(parser_parse(sql));
        query = rewrite_query(parser_analyze(raw, sql, NULL, 0));
        result = run_planned(planner_plan(query, sql, 0, NULL), sql, twice);
        snapshot_pop_active();
        xact_commit_command();
        MemoryContextSwitchTo(context);
    }
    PG_CATCH();
    {
        ErrorData *error;

        MemoryContextSwitchTo(context);
        error = CopyErrorData();
        FlushErrorState();
        result = error->detail ? psprintf("ERROR %s (%s)", error->message, error->detail)
                               : psprintf("ERROR %s", error->message);
        xact_abort_out_of_any();
        MemoryContextSwitchTo(context);
    }
    PG_END_TRY();
    return result;
}

/* ---- the queries ---- */

typedef struct Case {
    const char *sql;
    const char *rows;
} Case;

#define QUERY(sql, rows) {sql, rows},
#define CHANGE(sql, rows)
static const Case queries[] = {
#include "executor_cases.h"
};
#undef QUERY
#undef CHANGE
#define QUERY(sql, rows)
#define CHANGE(sql, rows) {sql, rows},
static const Case changes[] = {
#include "executor_cases.h"
};

static void
set_int(const char *name, int value)
{
    SetConfigOption(name, psprintf("%d", value), PGC_SUSET, PGC_S_SESSION);
}

static bool small_only; /* leave out what takes long with nested loops */

static void
set_bool(const char *name, bool value)
{
    SetConfigOption(name, value ? "on" : "off", PGC_SUSET, PGC_S_SESSION);
}

static void
test_cases(const Case *cases, size_t count, bool twice, int batch_rows, int work_mem_kb)
{
    set_int("debug_batch_rows", batch_rows);
    set_int("work_mem", work_mem_kb);
    for (size_t i = 0; i < count; i++) {
        const char *rows;

        if (small_only && strstr(cases[i].sql, "20000") != NULL)
            continue;
        rows = run(cases[i].sql, twice);
        if (strcmp(rows, cases[i].rows) != 0)
            printf("#  sql: %s\n", cases[i].sql);
        tap_is_string(rows, cases[i].rows,
                      psprintf("batches of %d, %d kB: %.60s", batch_rows, work_mem_kb,
                               cases[i].sql));
    }
}

/* ---- sorts and stores against a model ---- */

static TupleDesc
pair_desc(void)
{
    TupleDesc desc = CreateTemplateTupleDesc(2);

    TupleDescInitEntry(desc, 1, "number", INT4OID, -1, 0);
    TupleDescInitEntry(desc, 2, "word", TEXTOID, -1, 0);
    return desc;
}

static Datum
word_of(int number)
{
    char buffer[32];
    int length = snprintf(buffer, sizeof(buffer), "%08d-word", number);
    struct varlena *text = palloc(VARHDRSZ + (Size) length);

    SET_VARSIZE(text, VARHDRSZ + length);
    memcpy(VARDATA(text), buffer, (size_t) length);
    return PointerGetDatum(text);
}

static int
compare_ints(const void *a, const void *b)
{
    return *(const int *) a < *(const int *) b ? -1 : *(const int *) a > *(const int *) b;
}

/* Sorts by the word (descending or not), which orders as the number does. */
static void
test_sort(int rows, int work_mem_kb, int64 limit, bool descending, TuplesortMethod method)
{
    TuplesortKey key = {2, descending ? 666 : 664, DEFAULT_COLLATION_OID, false};
    Tuplesortstate *sort = tuplesort_begin(pair_desc(), &key, 1, work_mem_kb, limit);
    int *model = palloc(sizeof(int) * (Size) rows);
    int64 want = limit > 0 && limit < rows ? limit : rows;
    bool same = true;
    int64 got = 0;
    Batch *batch;

    srand(4711);
    for (int i = 0; i < rows; i++) {
        Datum values[2];
        bool nulls[2] = {false, false};

        model[i] = rand() % 100000;
        values[0] = Int32GetDatum(model[i]);
        values[1] = word_of(model[i]);
        tuplesort_put_values(sort, values, nulls);
    }
    qsort(model, (size_t) rows, sizeof(int), compare_ints);
    tuplesort_perform(sort);
    while (got < want && (batch = tuplesort_read_batch(sort, 100)) != NULL) {
        for (int k = 0; k < batch->sel_count && got < want; k++, got++) {
            int expected = descending ? model[rows - 1 - got] : model[got];

            same &= DatumGetInt32(batch->columns[0].values[k]) == expected;
            same &= memcmp(VARDATA_ANY(DatumGetPointer(batch->columns[1].values[k])),
                           VARDATA_ANY(DatumGetPointer(word_of(expected))), 8) == 0;
        }
    }
    tap_ok(same && got == want, "%d rows sorted in %d kB, limit %d", rows, work_mem_kb,
           (int) limit);
    tap_is_int(tuplesort_stats(sort).method, method, "by the method meant");
    tuplesort_end(sort);
}

static void
test_store(int work_mem_kb, bool in_memory)
{
    Tuplestorestate *store = tuplestore_begin_heap(true, false, work_mem_kb);
    TupleDesc desc = pair_desc();
    int second;
    bool same = true;
    Datum *row;
    bool *row_nulls;

    for (int i = 0; i < 5000; i++) {
        Datum values[2] = {Int32GetDatum(i), word_of(i)};
        bool nulls[2] = {i % 7 == 0, false};

        tuplestore_putvalues(store, desc, values, nulls);
        if (i == 2500) {
            Batch *batch = tuplestore_read_batch(store, 0, 1000);

            same &= batch != NULL && batch->row_count == 1000;
        }
    }
    second = tuplestore_alloc_read_pointer(store, 0);
    tuplestore_seek(store, second, 5000);
    for (int i = 4999; i >= 0; i--) {
        same &= tuplestore_read_row(store, second, false, &row, &row_nulls);
        same &= row_nulls[0] == (i % 7 == 0);
        same &= row_nulls[0] || DatumGetInt32(row[0]) == i;
        same &= memcmp(VARDATA_ANY(DatumGetPointer(row[1])),
                       VARDATA_ANY(DatumGetPointer(word_of(i))), 8) == 0;
    }
    same &= !tuplestore_read_row(store, second, false, &row, &row_nulls);
    same &= tuplestore_read_batch(store, 0, 10)->columns[0].values[0] == Int32GetDatum(1000);
    tap_ok(same, "a store of 5000 rows in %d kB gives them back forward and backward",
           work_mem_kb);
    tap_ok(tuplestore_in_memory(store) == in_memory, "in memory: %d", in_memory);
    tuplestore_end(store);
}

/* ---- a cluster with two tables: acc (id, balance, note), hist (id, delta) ---- */

static void
register_rooms(void)
{
    sync_shmem_register();
    lock_register();
    wal_shmem_register();
    buffer_shmem_register();
    xact_register();
    recovery_shmem_register();
    recovery_register_resource_managers();
    heap_register();
    btree_register();
    btree_shmem_register();
    catalog_register();
    catalog_register_functions(builtin_functions, builtin_functions_count);
    parser_start();
    planner_register();
    executor_register();
}

static void
attach_rooms(void)
{
    buffer_init_process();
    lock_attach();
    xact_attach();
    heap_attach();
    catalog_start_backend();
}

static void
make_table(const char *name, const char *second, Oid second_type, const char *third)
{
    TupleDesc desc = CreateTemplateTupleDesc(third != NULL ? 3 : 2);
    RelationSpec spec = {.name = name, .namespace_oid = PG_PUBLIC_NAMESPACE, .relkind = 'r',
                         .desc = desc};
    TupleDesc key = CreateTemplateTupleDesc(1);
    IndexSpec index_spec = {.name = psprintf("%s_pkey", name), .method = BTREE_AM_OID,
                            .key_count = 1, .column_count = 1, .attnums = (AttrNumber[]){1},
                            .opclasses = (Oid[]){INT4_BTREE_OPS_OID}, .collations = (Oid[]){0},
                            .options = (int16[]){0}, .desc = key, .unique = true, .primary = true,
                            .immediate = true, .is_constraint = true, .is_valid = true};
    Relation heap, index;

    TupleDescInitEntry(desc, 1, "id", INT4OID, -1, 0);
    TupleDescInitEntry(desc, 2, second, second_type, -1, 0);
    if (third != NULL)
        TupleDescInitEntry(desc, 3, third, TEXTOID, -1, 0);
    TupleDescAttr(desc, 0)->attnotnull = true;
    TupleDescInitEntry(key, 1, "id", INT4OID, -1, 0);
    heap = relation_open(catalog_create_relation(&spec), ShareLock);
    index = relation_open(catalog_create_index(heap, &index_spec, NULL), NoLock);
    btree_build(heap, index, NULL, NULL);
    relation_close(index, NoLock);
    relation_close(heap, NoLock);
}

static void
make_cluster(void)
{
    recovery_bootstrap(SYSTEM_ID, CATALOG_VERSION, FirstNormalTransactionId, 12000);
    xact_bootstrap();
    recovery_startup();
    attach_rooms();
    CurrentResourceOwner = NULL;
    catalog_bootstrap("postgres", 6, "C.UTF-8");
    catalog_bootstrapping = false;
    xact_start_command();
    make_table("acc", "balance", INT8OID, "note");
    make_table("hist", "delta", INT4OID, NULL);
    xact_commit_command();
    SetConfigOption("search_path", "public", PGC_SUSET, PGC_S_SESSION);
}

/* ---- several processes change the same rows ---- */

#define WRITERS 4
#define ROUNDS 60

/* Each statement must find the one row, whatever the others have just made of it. */
static void
writer(int index)
{
    static const char *const statements[] = {
        "update acc set balance = balance + 1 where id = 1",
        "update acc set balance = acc.balance + h.delta from hist h where acc.id = 1 and h.id = 2",
        "insert into hist values (7, 1) on conflict (id) do update set delta = hist.delta + 1",
        "with l as (select id from acc where id = 1 for update) "
        "update acc set balance = balance + 1 from l where acc.id = l.id",
        "update acc set note = (select max(delta)::text from hist), balance = balance + 1 "
        "where id in (select id from acc where id = 1)",
    };

    attach_rooms();
    CurrentResourceOwner = NULL;
    MemoryContextSwitchTo(AllocSetContextCreate(TopMemoryContext, "writer",
                                                ALLOCSET_DEFAULT_SIZES));
    for (int round = 0; round < ROUNDS; round++) {
        for (size_t i = 0; i < lengthof(statements); i++) {
            const char *rows = run(statements[i], false);

            if (strcmp(rows, "#1") != 0) {
                printf("# writer %d: %s: %s\n", index, statements[i], rows);
                fflush(stdout);
                _exit(1);
            }
        }
    }
}

static void
test_writers(void)
{
    (void) run("delete from acc", false);
    (void) run("delete from hist", false);
    (void) run("insert into acc values (1, 0, 'x'), (2, 0, 'y')", false);
    (void) run("insert into hist values (2, 1)", false);
    for (int i = 0; i < WRITERS; i++)
        (void) spawn_in_life(writer, i);
    tap_is_int(join(), 0, "writers of one row all find it");
    tap_is_string(run("select balance from acc where id = 1", false),
                  psprintf("%d", WRITERS * ROUNDS * 4), "no update is lost");
    tap_is_string(run("select delta from hist where id = 7", false),
                  psprintf("%d", WRITERS * ROUNDS), "nor any of ON CONFLICT");
}

static void
life(void)
{
    NBuffers = 2000;
    begin_life(register_rooms);
    make_cluster();
    MemoryContextSwitchTo(AllocSetContextCreate(TopMemoryContext, "test",
                                                ALLOCSET_DEFAULT_SIZES));
    xact_start_command();
    test_sort(1000, 4096, 0, false, TUPLESORT_QUICKSORT);
    test_sort(20000, 64, 0, false, TUPLESORT_EXTERNAL);
    test_sort(20000, 64, 0, true, TUPLESORT_EXTERNAL);
    test_sort(20000, 4096, 17, false, TUPLESORT_TOP_N);
    test_sort(20000, 4096, 17, true, TUPLESORT_TOP_N);
    test_store(4096, true);
    test_store(64, false);
    xact_commit_command();
    MemoryContextSwitchTo(AllocSetContextCreate(TopMemoryContext, "cases",
                                                ALLOCSET_DEFAULT_SIZES));
    test_cases(changes, lengthof(changes), false, 1024, 4096);
    (void) run("delete from acc", false);
    (void) run("delete from hist", false);
    test_cases(changes, lengthof(changes), false, 1, 64);
    test_writers();
    test_cases(queries, lengthof(queries), true, 1024, 4096);
    test_cases(queries, lengthof(queries), true, 1, 4096);
    test_cases(queries, lengthof(queries), true, 2, 64);
    /* other plans for the same: merge joins, sorted groups; then nested loops only */
    set_bool("enable_hashjoin", false);
    set_bool("enable_hashagg", false);
    test_cases(queries, lengthof(queries), true, 1024, 4096);
    test_cases(queries, lengthof(queries), true, 1, 64);
    set_bool("enable_mergejoin", false);
    small_only = true;
    test_cases(queries, lengthof(queries), true, 1024, 4096);
    small_only = false;
    set_bool("enable_hashjoin", true);
    set_bool("enable_hashagg", true);
    set_bool("enable_nestloop", false);
    test_cases(queries, lengthof(queries), true, 3, 4096);
    fflush(stdout);
}

int
main(void)
{
    make_data_directory();
    life();
    chdir("/");
    rmtree(test_directory, true);
    return tap_done();
}
