/*
 * waldump.c - sengi-waldump: shows the records of the write-ahead log
 *
 * Takes pg_waldump's options. Reads whole segments into memory, one after the other, and joins a
 * record that crosses from one to the next. Ends with exit code 1 where the log ends in something
 * that is no record, as pg_waldump does.
 */
#include <dirent.h>
#include <fcntl.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "format/control.h"
#include "format/xact_record.h"
#include "waldump.h"

#define PROGRAM "sengi-waldump"
#define SEGMENT ((uint64)WAL_SEGMENT_SIZE_DEFAULT)
#define PER_ID ((UINT64_C(1) << 32) / SEGMENT)

static struct {
    char directory[4096];
    uint32 timeline;
    XLogRecPtr start, end;
    uint64 end_segment; /* 0: no bound */
    long limit;
    int rmgr;           /* -1: all */
    bool has_xid;
    uint64 xid;
    bool has_relation;
    RelFileLocator relation;
    int fork; /* -1: all */
    bool has_block;
    BlockNumber block;
    bool images_only, details, quiet, statistics, per_record;
} options = {.timeline = 1, .rmgr = -1, .fork = -1};

static struct {
    uint64 segment; /* 0: none */
    char *bytes;
    size_t length;
} loaded;

static char message[512];

static const char *const rmgr_names[WAL_RMGR_COUNT] = {
    [WAL_RMGR_XLOG] = "XLOG",           [WAL_RMGR_XACT] = "Transaction",
    [WAL_RMGR_SMGR] = "Storage",        [WAL_RMGR_CLOG] = "CLOG",
    [WAL_RMGR_MULTIXACT] = "MultiXact", [WAL_RMGR_HEAP] = "Heap",
    [WAL_RMGR_BTREE] = "Btree",         [WAL_RMGR_DATABASE] = "Database",
    [WAL_RMGR_TABLESPACE] = "Tablespace", [WAL_RMGR_RELMAP] = "RelMap",
    [WAL_RMGR_SEQ] = "Sequence",        [WAL_RMGR_STANDBY] = "Standby",
    [WAL_RMGR_GENERIC] = "Generic",     [WAL_RMGR_LOGICALMSG] = "LogicalMessage",
    [WAL_RMGR_HASH] = "Hash",           [WAL_RMGR_GIN] = "Gin",
    [WAL_RMGR_GIST] = "Gist",           [WAL_RMGR_SPGIST] = "SPGist",
    [WAL_RMGR_BRIN] = "BRIN",
};

static const char *const fork_names[] = {"main", "fsm", "vm", "init"};

static const char *const xlog_infos[] = {
    NULL,  "CHECKPOINT_SHUTDOWN", "CHECKPOINT_ONLINE", "NOOP",            "NEXTOID",
    "SWITCH", "FPI",              "FPI_FOR_HINT",      "END_OF_RECOVERY", "PARAMETER_CHANGE",
    "FPW_CHANGE"};

const char *
rmgr_name(uint8 rmgr)
{
    return rmgr < WAL_RMGR_COUNT && rmgr_names[rmgr] != NULL ? rmgr_names[rmgr] : "?";
}

const char *
info_name(const WalRecord *record)
{
    static char number[16];
    uint8 info = record->info;

    if (record->rmgr == WAL_RMGR_XLOG && info > 0 &&
        info < sizeof(xlog_infos) / sizeof(xlog_infos[0]))
        return xlog_infos[info];
    if (record->rmgr == WAL_RMGR_SMGR)
        return info == WAL_SMGR_CREATE ? "CREATE" : "TRUNCATE";
    if (record->rmgr == WAL_RMGR_XACT)
        return info == WAL_XACT_COMMIT ? "COMMIT" : info == WAL_XACT_ABORT ? "ABORT" : "ASSIGNMENT";
    snprintf(number, sizeof(number), "0x%02X", info);
    return number;
}

uint32
image_bytes(const WalRecord *record)
{
    uint32 sum = 0;

    for (int id = 0; id <= record->max_block_id; id++)
        if (record->blocks[id].in_use)
            sum += record->blocks[id].image_length;
    return sum;
}

pg_attribute_printf(1, 2) pg_noreturn static void
fail(const char *format, ...)
{
    va_list args;

    fprintf(stderr, "%s: error: ", PROGRAM);
    va_start(args, format);
    vfprintf(stderr, format, args);
    va_end(args);
    fputc('\n', stderr);
    exit(1);
}

/* --- reading --- */

static bool
load_segment(uint64 segment)
{
    char path[4200];
    const WalSegmentHeader *header;
    ssize_t got;
    int fd;

    if (loaded.segment == segment)
        return true;
    snprintf(path, sizeof(path), "%s/%08X%08X%08X", options.directory, options.timeline,
             (uint32)(segment / PER_ID), (uint32)(segment % PER_ID));
    fd = open(path, O_RDONLY);
    if (fd < 0) {
        snprintf(message, sizeof(message), "could not open file \"%.300s\": %s", path,
                 strerror(errno));
        return false;
    }
    if (loaded.bytes == NULL)
        loaded.bytes = malloc(SEGMENT);
    for (loaded.length = 0; loaded.length < SEGMENT; loaded.length += (size_t)got) {
        got = read(fd, loaded.bytes + loaded.length, SEGMENT - loaded.length);
        if (got <= 0)
            break;
    }
    close(fd);
    loaded.segment = segment;
    header = (const WalSegmentHeader *)loaded.bytes;
    if (loaded.length < sizeof(*header) || header->magic != WAL_MAGIC ||
        header->segment != segment || header->crc != wal_segment_header_crc(header)) {
        snprintf(message, sizeof(message), "invalid header of segment \"%.300s\"", path);
        loaded.segment = 0;
        return false;
    }
    return true;
}

/* Copies record bytes from an LSN on, over segment headers. */
static bool
gather(XLogRecPtr lsn, size_t length, char *to, XLogRecPtr *ret_end)
{
    while (length > 0) {
        size_t offset, step;

        if (lsn % SEGMENT == 0)
            lsn += WAL_SEGMENT_HEADER_SIZE;
        if (!load_segment(lsn / SEGMENT))
            return false;
        offset = lsn % SEGMENT;
        if (offset >= loaded.length) {
            snprintf(message, sizeof(message), "end of file");
            return false;
        }
        step = Min(length, loaded.length - offset);
        memcpy(to, loaded.bytes + offset, step);
        to += step;
        lsn += step;
        length -= step;
    }
    *ret_end = lsn;
    return true;
}

static char *record_bytes;

/* The record at *lsn; moves *lsn behind it. */
static bool
read_record(XLogRecPtr *lsn, WalRecord *record)
{
    char prefix[16];
    XLogRecPtr start = *lsn % SEGMENT == 0 ? *lsn + WAL_SEGMENT_HEADER_SIZE : *lsn;
    XLogRecPtr end;
    const char *problem;
    uint32 length, crc;

    if (!gather(start, sizeof(prefix), prefix, &end))
        return false;
    length = wal_record_peek_length(prefix, sizeof(prefix));
    if (length == 0 || length == UINT32_MAX || length > WAL_RECORD_MAX) {
        snprintf(message, sizeof(message), "invalid record length");
        return false;
    }
    record_bytes = realloc(record_bytes, length);
    if (record_bytes == NULL || !gather(start, length, record_bytes, &end))
        return false;
    memcpy(&crc, record_bytes, sizeof(crc));
    problem = crc != wal_record_crc(record_bytes, length, start)
                  ? "incorrect checksum"
                  : wal_record_decode(record_bytes, length, start, record);
    if (problem != NULL) {
        snprintf(message, sizeof(message), "%s", problem);
        return false;
    }
    record->end = end;
    *lsn = end;
    if (record->rmgr == WAL_RMGR_XLOG && record->info == WAL_XLOG_SWITCH)
        *lsn = (start / SEGMENT + 1) * SEGMENT;
    return true;
}

/* --- showing --- */

static bool
block_passes(const WalRecordBlock *block)
{
    return (!options.has_relation || RelFileLocatorEquals(block->locator, options.relation)) &&
           (options.fork < 0 || (int)block->fork == options.fork) &&
           (!options.has_block || block->block == options.block) &&
           (!options.images_only || block->has_image);
}

static bool
passes(const WalRecord *record)
{
    if (options.rmgr >= 0 && record->rmgr != options.rmgr)
        return false;
    if (options.has_xid && record->xid != options.xid)
        return false;
    if (!options.has_relation && options.fork < 0 && !options.has_block && !options.images_only)
        return true;
    for (int id = 0; id <= record->max_block_id; id++)
        if (record->blocks[id].in_use && block_passes(&record->blocks[id]))
            return true;
    return false;
}

static void
print_description(const WalRecord *record)
{
    printf("%s", info_name(record));
    if (record->rmgr == WAL_RMGR_XLOG && (record->info == WAL_XLOG_CHECKPOINT_SHUTDOWN ||
                                          record->info == WAL_XLOG_CHECKPOINT_ONLINE) &&
        record->data_length == sizeof(ControlCheckpoint)) {
        ControlCheckpoint c;
        memcpy(&c, record->data, sizeof(c));
        printf(" redo %X/%X; tli %u; prev tli %u; fpw %s; xid %" PRIu64
               "; oid %u; multi %" PRIu64 "; offset %" PRIu64 "; oldest xid %" PRIu64
               " in DB %u; oldest multi %" PRIu64 " in DB %u; oldest running xid %" PRIu64 "; %s",
               LSN_FORMAT_ARGS(c.redo), c.timeline, c.previous_timeline,
               c.full_page_writes ? "true" : "false", c.next_xid, c.next_oid, c.next_multi,
               c.next_multi_offset, c.oldest_xid, c.oldest_xid_db, c.oldest_multi,
               c.oldest_multi_db, c.oldest_active_xid,
               record->info == WAL_XLOG_CHECKPOINT_SHUTDOWN ? "shutdown" : "online");
    } else if (record->rmgr == WAL_RMGR_SMGR && record->data_length >= sizeof(RelFileLocator)) {
        RelFileLocator l;
        memcpy(&l, record->data, sizeof(l));
        printf(" %u/%u/%u", l.spcOid, l.dbOid, l.relNumber);
    } else if (record->data_length > 0)
        printf(" %u bytes", record->data_length);
}

static void
print_block(const WalRecord *record, int id)
{
    const WalRecordBlock *block = &record->blocks[id];

    printf(options.details ? "\n\tblkref #%d: rel %u/%u/%u" : ", blkref #%d: rel %u/%u/%u", id,
           block->locator.spcOid, block->locator.dbOid, block->locator.relNumber);
    if (block->fork != MAIN_FORKNUM || options.details)
        printf(" fork %s", fork_names[block->fork]);
    printf(" blk %u", block->block);
    if (block->has_image && options.details)
        printf(" (FPW); hole: offset: %u, length: %u%s%u", block->hole_offset, block->hole_length,
               block->compression == WAL_IMAGE_LZ4 ? ", compression: lz4, length: "
                                                   : ", plain, length: ",
               block->image_length);
    else if (block->has_image)
        printf(" FPW");
}

static void
print_record(const WalRecord *record)
{
    printf("rmgr: %-11s len (rec/tot): %6u/%6u, tx: %10" PRIu64 ", lsn: %X/%08X, desc: ",
           rmgr_name(record->rmgr), record->length - image_bytes(record), record->length,
           record->xid, LSN_FORMAT_ARGS(record->start));
    print_description(record);
    for (int id = 0; id <= record->max_block_id; id++)
        if (record->blocks[id].in_use)
            print_block(record, id);
    putchar('\n');
}

static int
dump(void)
{
    static WalRecord record;
    XLogRecPtr lsn = options.start;
    long shown = 0;

    while ((options.end == 0 || lsn < options.end) &&
           (options.end_segment == 0 || lsn / SEGMENT <= options.end_segment)) {
        XLogRecPtr at = lsn;

        if (!read_record(&lsn, &record)) {
            if (options.statistics && !options.quiet)
                statistics_print(options.start, at, options.per_record);
            fflush(stdout);
            fail("error in WAL record at %X/%X: %s", LSN_FORMAT_ARGS(at), message);
        }
        if (!passes(&record))
            continue;
        if (options.statistics)
            statistics_add(&record);
        else if (!options.quiet)
            print_record(&record);
        if (options.limit > 0 && ++shown >= options.limit)
            break;
    }
    if (options.statistics && !options.quiet)
        statistics_print(options.start, lsn, options.per_record);
    return 0;
}

/* --- options --- */

static void
print_help(void)
{
    printf("%s decodes and displays Sengi write-ahead logs for debugging.\n\n"
           "Usage:\n  %s [OPTION]... [STARTSEG [ENDSEG]]\n\n"
           "Options:\n"
           "  -b, --bkp-details      output detailed information about backup blocks\n"
           "  -B, --block=N          with --relation, only show records that modify block N\n"
           "  -e, --end=RECPTR       stop reading at WAL location RECPTR\n"
           "  -F, --fork=FORK        only show records that modify blocks in fork FORK;\n"
           "                         valid names are main, fsm, vm, init\n"
           "  -n, --limit=N          number of records to display\n"
           "  -p, --path=PATH        directory in which to find log segment files or a\n"
           "                         directory with a ./pg_wal that contains such files\n"
           "                         (default: current directory, ./pg_wal, $PGDATA/pg_wal)\n"
           "  -q, --quiet            do not print any output, except for errors\n"
           "  -r, --rmgr=RMGR        only show records generated by resource manager RMGR;\n"
           "                         use --rmgr=list to list valid resource manager names\n"
           "  -R, --relation=T/D/R   only show records that modify blocks in relation T/D/R\n"
           "  -s, --start=RECPTR     start reading at WAL location RECPTR\n"
           "  -t, --timeline=TLI     timeline from which to read log records\n"
           "                         (default: 1 or the value used in STARTSEG)\n"
           "  -V, --version          output version information, then exit\n"
           "  -w, --fullpage         only show records with a full page write\n"
           "  -x, --xid=XID          only show records with transaction ID XID\n"
           "  -z, --stats[=record]   show statistics instead of records\n"
           "                         (optionally, show per-record statistics)\n"
           "  -?, --help             show this help, then exit\n",
           PROGRAM, PROGRAM);
}

static XLogRecPtr
parse_lsn(const char *text)
{
    unsigned high, low;
    char rest;

    if (sscanf(text, "%X/%X%c", &high, &low, &rest) != 2)
        fail("invalid WAL location: \"%s\"", text);
    return (uint64)high << 32 | low;
}

static int
parse_rmgr(const char *text)
{
    if (strcmp(text, "list") == 0) {
        for (int id = 1; id < WAL_RMGR_COUNT; id++)
            if (rmgr_names[id] != NULL)
                puts(rmgr_names[id]);
        exit(0);
    }
    for (int id = 1; id < WAL_RMGR_COUNT; id++)
        if (rmgr_names[id] != NULL && strcasecmp(rmgr_names[id], text) == 0)
            return id;
    fail("resource manager \"%s\" does not exist", text);
}

static int
parse_fork(const char *text)
{
    for (int fork = 0; fork < 4; fork++)
        if (strcmp(fork_names[fork], text) == 0)
            return fork;
    fail("invalid fork name: \"%s\"", text);
}

static bool
has_segments(const char *directory)
{
    DIR *dir = opendir(directory);
    struct dirent *entry;
    bool found = false;

    while (dir != NULL && !found && (entry = readdir(dir)) != NULL)
        found = strlen(entry->d_name) == 24 && strspn(entry->d_name, "0123456789ABCDEF") == 24;
    if (dir != NULL)
        closedir(dir);
    return found;
}

static void
find_directory(const char *path)
{
    const char *data = getenv("PGDATA");
    char tries[3][4096] = {"", "", ""};

    if (path != NULL) {
        snprintf(tries[0], sizeof(tries[0]), "%s", path);
        snprintf(tries[1], sizeof(tries[1]), "%s/pg_wal", path);
    } else {
        strcpy(tries[0], ".");
        strcpy(tries[1], "pg_wal");
        if (data != NULL)
            snprintf(tries[2], sizeof(tries[2]), "%s/pg_wal", data);
    }
    for (int i = 0; i < 3; i++)
        if (tries[i][0] != '\0' && has_segments(tries[i])) {
            strcpy(options.directory, tries[i]);
            return;
        }
    fail("could not find any WAL file%s%s%s", path ? " in directory \"" : "", path ? path : "",
         path ? "\"" : "");
}

static uint64
parse_segment(const char *argument, char *ret_directory)
{
    const char *slash = strrchr(argument, '/');
    const char *name = slash == NULL ? argument : slash + 1;
    unsigned timeline, high, low;

    if (slash != NULL)
        snprintf(ret_directory, 4096, "%.*s", (int)(slash - argument), argument);
    if (strlen(name) != 24 || sscanf(name, "%08X%08X%08X", &timeline, &high, &low) != 3)
        fail("could not parse \"%s\" as a WAL file name", name);
    options.timeline = timeline;
    return (uint64)high * PER_ID + low;
}

/* Where the first record of a segment begins, which its header knows. */
static XLogRecPtr
first_record(uint64 segment)
{
    for (;; segment++) {
        if (!load_segment(segment))
            fail("%s", message);
        if (((const WalSegmentHeader *)loaded.bytes)->first_record != 0)
            return segment * SEGMENT +
                   ((const WalSegmentHeader *)loaded.bytes)->first_record;
    }
}

static void
parse_option(int option, char **path)
{
    switch (option) {
    case 'b': options.details = true; break;
    case 'B': options.has_block = true; options.block = (BlockNumber)atol(optarg); break;
    case 'e': options.end = parse_lsn(optarg); break;
    case 'F': options.fork = parse_fork(optarg); break;
    case 'n':
        options.limit = atol(optarg);
        if (options.limit <= 0)
            fail("invalid value \"%s\" for option %s", optarg, "-n/--limit");
        break;
    case 'p': *path = optarg; break;
    case 'q': options.quiet = true; break;
    case 'r': options.rmgr = parse_rmgr(optarg); break;
    case 'R':
        options.has_relation = true;
        if (sscanf(optarg, "%u/%u/%u", &options.relation.spcOid, &options.relation.dbOid,
                   &options.relation.relNumber) != 3)
            fail("invalid relation specification: \"%s\"", optarg);
        break;
    case 's': options.start = parse_lsn(optarg); break;
    case 't': options.timeline = (uint32)atol(optarg); break;
    case 'V': printf("%s (Sengi) %s\n", PROGRAM, SENGI_VERSION); exit(0);
    case 'w': options.images_only = true; break;
    case 'x': options.has_xid = true; options.xid = strtoull(optarg, NULL, 10); break;
    case 'z':
        options.statistics = true;
        options.per_record = optarg != NULL && strcmp(optarg, "record") == 0;
        break;
    default:
        fprintf(stderr, "%s: hint: Try \"%s --help\" for more information.\n", PROGRAM, PROGRAM);
        exit(1);
    }
}

int
main(int argc, char **argv)
{
    static const struct option names[] = {
        {"bkp-details", no_argument, NULL, 'b'},    {"block", required_argument, NULL, 'B'},
        {"end", required_argument, NULL, 'e'},      {"fork", required_argument, NULL, 'F'},
        {"limit", required_argument, NULL, 'n'},    {"path", required_argument, NULL, 'p'},
        {"quiet", no_argument, NULL, 'q'},          {"rmgr", required_argument, NULL, 'r'},
        {"relation", required_argument, NULL, 'R'}, {"start", required_argument, NULL, 's'},
        {"timeline", required_argument, NULL, 't'}, {"version", no_argument, NULL, 'V'},
        {"fullpage", no_argument, NULL, 'w'},       {"xid", required_argument, NULL, 'x'},
        {"stats", optional_argument, NULL, 'z'},    {NULL, 0, NULL, 0}};
    char *path = NULL;
    char directory[4096] = "";
    uint64 segment = 0;
    int option;

    if (argc > 1 && (strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "-?") == 0)) {
        print_help();
        return 0;
    }
    while ((option = getopt_long(argc, argv, "bB:e:F:n:p:qr:R:s:t:Vwx:z", names, NULL)) != -1)
        parse_option(option, &path);
    if (optind < argc)
        segment = parse_segment(argv[optind++], directory);
    if (optind < argc)
        options.end_segment = parse_segment(argv[optind++], directory);
    if (optind < argc)
        fail("too many command-line arguments (first is \"%s\")", argv[optind]);
    if (options.end_segment == 0)
        options.end_segment = segment;
    find_directory(path != NULL ? path : directory[0] != '\0' ? directory : NULL);
    if (options.start == 0 && segment == 0)
        fail("no start WAL location given");
    if (options.start == 0)
        options.start = first_record(segment);
    return dump();
}
