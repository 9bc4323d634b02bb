/*
 * standalone.c - a server of one process: bootstrap, setup of a new cluster, --single
 *
 * Why        A new cluster is made by the same code that later changes it: rows go through heap,
 *            btree and WAL. There is only nobody else, so the process is startup, checkpointer and
 *            backend in one.
 */
#include "server.h"

#include <setjmp.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/random.h"
#include "btree/btree.h"
#include "buffer/buffer.h"
#include "catalog/catalog.h"
#include "catalog/lsyscache.h"
#include "catalog/rows.h"
#include "catalog/start.h"
#include "catalog/user.h"
#include "commands/commands.h"
#include "config/config.h"
#include "error/error.h"
#include "error/interrupt.h"
#include "error/resowner.h"
#include "file/file.h"
#include "heap/relation.h"
#include "lock/lock.h"
#include "memory/memory.h"
#include "memory/stringinfo.h"
#include "recovery/recovery.h"
#include "session/session.h"
#include "shmem/shmem.h"
#include "sync/backend_status.h"
#include "sync/ipc.h"
#include "sync/latch.h"
#include "sync/proc.h"
#include "sync/signals.h"
#include "sync/sinval.h"
#include "sync/timeout.h"
#include "xact/snapshot.h"
#include "xact/xact.h"

void
standalone_attach(void)
{
    MyProcPid = getpid();
    MyBackendType = B_STANDALONE_BACKEND;
    MyStartTimestamp = GetCurrentTimestamp();
    random_init();
    shmem_create_main_segment();
    latch_initialize_process(0);
    InitializeTimeouts();
    signals_setup_backend();
    if (!proc_attach(PROC_BACKEND))
        ereport(FATAL, (errmsg_internal("no process slot")));
    backend_status_begin(B_STANDALONE_BACKEND);
    buffer_init_process();
    lock_attach();
    CurrentResourceOwner = ResourceOwnerCreate(NULL, "start-up");
}

/* After recovery: transactions, caches. */
static void
join_server(void)
{
    CurrentResourceOwner = NULL;
    xact_attach();
    heap_attach();
    sinval_attach();
    catalog_start_backend();
}

/* ---- results on standard output ---- */

static void
print_row_description(TupleDesc desc, List *targetlist, const int16 *formats)
{
}

static void
print_nothing(void)
{
}

static void
print_parameters(int count, const Oid *types)
{
}

static void
print_tag(const char *tag)
{
}

static bool
print_batch(DestReceiver *self, Batch *batch)
{
    batch_decode_all(batch);
    for (int i = 0; i < batch->sel_count; i++) {
        int row = batch_row(batch, i);

        for (int c = 0; c < batch->column_count; c++) {
            Oid output;
            bool is_varlena;

            if (c > 0)
                putchar('|');
            if (batch->columns[c].nulls[row])
                continue;
            getTypeOutputInfo(TupleDescAttr(batch->desc, c)->atttypid, &output, &is_varlena);
            fputs(OidOutputFunctionCall(output, batch->columns[c].values[row]), stdout);
        }
        putchar('\n');
    }
    return true;
}

static void
print_startup(DestReceiver *self, int operation, TupleDesc desc)
{
}

static void
print_end(DestReceiver *self)
{
}

static DestReceiver *
make_printer(const int16 *formats)
{
    DestReceiver *receiver = palloc0(sizeof *receiver);

    receiver->receive = print_batch;
    receiver->startup = print_startup;
    receiver->shutdown = print_end;
    receiver->destroy = print_end;
    return receiver;
}

static const SessionSink standalone_sink = {
    .row_description = print_row_description,
    .no_data = print_nothing,
    .parameter_description = print_parameters,
    .make_receiver = make_printer,
    .command_complete = print_tag,
    .empty_query = print_nothing,
    .portal_suspended = print_nothing,
};

/* ---- SQL texts ---- */

static char *
read_stream(FILE *file)
{
    StringInfoData text;
    char chunk[4096];
    Size got;

    MemoryContextSwitchTo(TopMemoryContext); /* the text outlives its statements */
    initStringInfo(&text);
    while ((got = fread(chunk, 1, sizeof chunk, file)) > 0)
        appendBinaryStringInfo(&text, chunk, (int) got);
    return text.data;
}

/* Statements end with a semicolon at the end of a line. */
static void
run_sql_text(char *text)
{
    if (!MessageContext)
        MessageContext =
            AllocSetContextCreate(TopMemoryContext, "MessageContext", ALLOCSET_DEFAULT_SIZES);
    while (*text) {
        char *end = strstr(text, ";\n");
        char saved = '\0';

        if (end) {
            saved = end[1];
            end[1] = '\0';
        }
        MemoryContextSwitchTo(MessageContext);
        MemoryContextReset(MessageContext);
        session_simple_query(text);
        if (!end)
            break;
        end[1] = saved;
        text = end + 2;
    }
}

void
run_sql_file(const char *path)
{
    FILE *file = fopen(path, "re");
    char *text;

    if (!file)
        ereport(FATAL, (errcode_for_file_access(), errmsg("could not open file \"%s\": %m", path)));
    MemoryContextSwitchTo(TopMemoryContext); /* the text outlives the statements in it */
    text = read_stream(file);
    fclose(file);
    run_sql_text(text);
    pfree(text);
}

static void
enter(const char *database, const char *user)
{
    xact_start_command();
    catalog_enter_database(database, user);
    session_set_sink(&standalone_sink);
    session_initialize();
    xact_commit_command();
}

/* ---- bootstrap ---- */

static void
make_directories(const char *data_dir)
{
    static const char *const parts[] = {"global",   "base",        "pg_wal",      "pg_xact",
                                        "pg_multixact", "pg_multixact/members",
                                        "pg_multixact/offsets", "pg_subtrans", "pg_tblspc"};

    if (mkdir(data_dir, 0700) != 0 && errno != EEXIST)
        ereport(FATAL, (errcode_for_file_access(),
                        errmsg("could not create directory \"%s\": %m", data_dir)));
    if (chdir(data_dir) != 0)
        ereport(FATAL, (errmsg("could not change directory to \"%s\": %m", data_dir)));
    for (Size i = 0; i < lengthof(parts); i++)
        if (mkdir(parts[i], 0700) != 0 && errno != EEXIST)
            ereport(FATAL, (errcode_for_file_access(),
                            errmsg("could not create directory \"%s\": %m", parts[i])));
}

static void
on_standalone_error(void)
{
    EmitErrorReport();
    _exit(1);
}

int
bootstrap_run(const char *data_dir, const char *share_dir)
{
    sigjmp_buf on_error;

    if (sigsetjmp(on_error, 1) != 0)
        on_standalone_error();
    PG_exception_stack = &on_error;
    make_directories(data_dir);
    SetConfigOption("fsync", "off", PGC_POSTMASTER, PGC_S_OVERRIDE);
    catalog_bootstrapping = true;
    standalone_attach();
    recovery_bootstrap(1, CATALOG_VERSION, FirstNormalTransactionId, FirstUnpinnedObjectId);
    xact_bootstrap();
    recovery_startup();
    join_server();
    catalog_bootstrap("postgres", 6, "C.UTF-8");
    enter("template1", "postgres");
    run_sql_file(psprintf("%s/system_views.sql", share_dir));
    run_sql_file(psprintf("%s/information_schema.sql", share_dir));
    catalog_bootstrap_finish();
    recovery_shutdown_checkpoint();
    recovery_trim_wal();
    return 0;
}

/* ---- setup of an unpacked template ---- */

static void
sql(const char *fmt, const char *argument)
{
    session_simple_query(psprintf(fmt, argument));
}

static char *
quoted(const char *text, char quote)
{
    StringInfoData result;

    initStringInfo(&result);
    appendStringInfoChar(&result, quote);
    for (; *text; text++) {
        if (*text == quote)
            appendStringInfoChar(&result, quote);
        appendStringInfoChar(&result, *text);
    }
    appendStringInfoChar(&result, quote);
    return result.data;
}

int
setup_run(const SetupOptions *options)
{
    sigjmp_buf on_error;

    if (sigsetjmp(on_error, 1) != 0) {
        error_context_stack = NULL;
        on_standalone_error();
    }
    PG_exception_stack = &on_error;
    standalone_attach();
    recovery_startup();
    join_server();
    enter("template1", "postgres");
    MessageContext =
        AllocSetContextCreate(TopMemoryContext, "MessageContext", ALLOCSET_DEFAULT_SIZES);
    MemoryContextSwitchTo(MessageContext);
    if (options->password)
        sql("ALTER ROLE postgres PASSWORD %s", quoted(options->password, '\''));
    if (strcmp(options->superuser, "postgres") != 0)
        sql("ALTER ROLE postgres RENAME TO %s", quoted(options->superuser, '"'));
    recovery_shutdown_checkpoint();
    recovery_trim_wal();
    return 0;
}

/* ---- --single ---- */

int
single_run(const char *database)
{
    sigjmp_buf on_error;
    volatile bool failed = false;
    const RoleInfo *superuser_role;

    standalone_attach();
    recovery_startup();
    join_server();
    xact_start_command();
    superuser_role = catalog_role(BootstrapSuperuserOid);
    catalog_enter_database(database, NameStr(superuser_role->rolname));
    session_set_sink(&standalone_sink);
    session_initialize();
    xact_commit_command();
    if (sigsetjmp(on_error, 1) != 0) {
        EmitErrorReport();
        session_abort();
        FlushErrorState();
        failed = true;
    }
    PG_exception_stack = &on_error;
    MessageContext =
        AllocSetContextCreate(TopMemoryContext, "MessageContext", ALLOCSET_DEFAULT_SIZES);
    for (char *line = NULL;;) {
        Size size = 0;
        ssize_t length = getline(&line, &size, stdin);

        if (length < 0)
            break;
        MemoryContextSwitchTo(MessageContext);
        MemoryContextReset(MessageContext);
        session_simple_query(line);
        fflush(stdout);
        free(line);
        line = NULL;
    }
    PG_exception_stack = NULL;
    recovery_shutdown_checkpoint();
    return failed ? 1 : 0;
}
