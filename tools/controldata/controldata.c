/*
 * controldata.c - sengi-controldata: what global/pg_control says
 *
 * Prints the lines of pg_controldata, in its order, for the facts that there are here. Exits 1 when
 * the file cannot be read; a wrong checksum is a warning, since then one wants to see the rest.
 */
#include <fcntl.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "format/control.h"
#include "format/wal_record.h"

#define PROGRAM "sengi-controldata"

static void
print_help(void)
{
    printf("%s displays control information of a Sengi database cluster.\n\n"
           "Usage:\n  %s [OPTION] [DATADIR]\n\n"
           "Options:\n"
           " [-D, --pgdata=]DATADIR  data directory\n"
           "  -V, --version          output version information, then exit\n"
           "  -?, --help             show this help, then exit\n\n"
           "If no data directory (DATADIR) is specified, the environment variable PGDATA\n"
           "is used.\n",
           PROGRAM, PROGRAM);
}

static void
read_control(const char *directory, ControlFile *ret_control)
{
    char path[4096];
    int fd;

    snprintf(path, sizeof(path), "%s/%s", directory, CONTROL_FILE);
    fd = open(path, O_RDONLY);
    if (fd < 0) {
        fprintf(stderr, "%s: error: could not open file \"%s\" for reading: %s\n", PROGRAM, path,
                strerror(errno));
        exit(1);
    }
    if (read(fd, ret_control, sizeof(*ret_control)) != (ssize_t)sizeof(*ret_control)) {
        fprintf(stderr, "%s: error: could not read file \"%s\"\n", PROGRAM, path);
        exit(1);
    }
    close(fd);
    if (ret_control->magic != CONTROL_MAGIC) {
        fprintf(stderr, "%s: error: \"%s\" is not a control file of this server\n", PROGRAM, path);
        exit(1);
    }
    if (ret_control->crc != control_compute_crc(ret_control))
        printf("WARNING: Calculated CRC checksum does not match value stored in file.\n"
               "Either the file is corrupt, or it has a different layout than this program\n"
               "is expecting.  The results below are untrustworthy.\n\n");
}

static const char *
format_time(int64 when)
{
    static char text[128];
    time_t seconds = (time_t)when;
    struct tm parts;

    strftime(text, sizeof(text), "%c", localtime_r(&seconds, &parts));
    return text;
}

static void
print_checkpoint(const ControlFile *control)
{
    const ControlCheckpoint *c = &control->checkpoint_copy;
    uint64 segment = c->redo / control->wal_segment_size;
    uint64 per_id = (UINT64_C(1) << 32) / control->wal_segment_size;

    printf("Latest checkpoint location:           %X/%X\n", LSN_FORMAT_ARGS(control->checkpoint));
    printf("Latest checkpoint's REDO location:    %X/%X\n", LSN_FORMAT_ARGS(c->redo));
    printf("Latest checkpoint's REDO WAL file:    %08X%08X%08X\n", c->timeline,
           (uint32)(segment / per_id), (uint32)(segment % per_id));
    printf("Latest checkpoint's TimeLineID:       %u\n", c->timeline);
    printf("Latest checkpoint's PrevTimeLineID:   %u\n", c->previous_timeline);
    printf("Latest checkpoint's full_page_writes: %s\n", c->full_page_writes ? "on" : "off");
    printf("Latest checkpoint's NextXID:          %" PRIu64 "\n", c->next_xid);
    printf("Latest checkpoint's NextOID:          %u\n", c->next_oid);
    printf("Latest checkpoint's NextMultiXactId:  %" PRIu64 "\n", c->next_multi);
    printf("Latest checkpoint's NextMultiOffset:  %" PRIu64 "\n", c->next_multi_offset);
    printf("Latest checkpoint's oldestXID:        %" PRIu64 "\n", c->oldest_xid);
    printf("Latest checkpoint's oldestXID's DB:   %u\n", c->oldest_xid_db);
    printf("Latest checkpoint's oldestActiveXID:  %" PRIu64 "\n", c->oldest_active_xid);
    printf("Latest checkpoint's oldestMultiXid:   %" PRIu64 "\n", c->oldest_multi);
    printf("Latest checkpoint's oldestMulti's DB: %u\n", c->oldest_multi_db);
    printf("Time of latest checkpoint:            %s\n", format_time(c->time));
}

static void
print_control(const ControlFile *control)
{
    static const char *const levels[] = {"minimal", "replica", "logical"};

    printf("pg_control version number:            %u\n", control->version);
    printf("Catalog version number:               %u\n", control->catalog_version);
    printf("Database system identifier:           %" PRIu64 "\n", control->system_id);
    printf("Database cluster state:               %s\n", control_state_name(control->state));
    printf("pg_control last modified:             %s\n", format_time(control->time));
    print_checkpoint(control);
    printf("Minimum recovery ending location:     %X/%X\n",
           LSN_FORMAT_ARGS(control->min_recovery_lsn));
    printf("Min recovery ending loc's timeline:   %u\n", control->min_recovery_tli);
    printf("wal_level setting:                    %s\n",
           control->wal_level < 3 ? levels[control->wal_level] : "unrecognized wal_level");
    printf("max_connections setting:              %u\n", control->max_connections);
    printf("max_worker_processes setting:         %u\n", control->max_worker_processes);
    printf("max_wal_senders setting:              %u\n", control->max_wal_senders);
    printf("max_prepared_xacts setting:           %u\n", control->max_prepared_xacts);
    printf("max_locks_per_xact setting:           %u\n", control->max_locks_per_xact);
    printf("Database block size:                  %u\n", control->block_size);
    printf("Bytes per WAL segment:                %u\n", control->wal_segment_size);
    printf("Data page checksum version:           %u\n", control->data_checksum_version);
    printf("Mock authentication nonce:            ");
    for (size_t i = 0; i < sizeof(control->mock_nonce); i++)
        printf("%02x", control->mock_nonce[i]);
    printf("\n");
}

int
main(int argc, char **argv)
{
    static const struct option options[] = {{"pgdata", required_argument, NULL, 'D'},
                                            {"version", no_argument, NULL, 'V'},
                                            {"help", no_argument, NULL, '?'},
                                            {NULL, 0, NULL, 0}};
    const char *directory = NULL;
    ControlFile control;
    int option;

    if (argc > 1 && (strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "-?") == 0)) {
        print_help();
        return 0;
    }
    while ((option = getopt_long(argc, argv, "D:V", options, NULL)) != -1) {
        if (option == 'D')
            directory = optarg;
        else if (option == 'V') {
            printf("%s (Sengi) %s\n", PROGRAM, SENGI_VERSION);
            return 0;
        } else {
            fprintf(stderr, "%s: hint: Try \"%s --help\" for more information.\n", PROGRAM,
                    PROGRAM);
            return 1;
        }
    }
    if (directory == NULL && optind < argc)
        directory = argv[optind++];
    if (directory == NULL)
        directory = getenv("PGDATA");
    if (optind < argc) {
        fprintf(stderr, "%s: error: too many command-line arguments (first is \"%s\")\n", PROGRAM,
                argv[optind]);
        return 1;
    }
    if (directory == NULL) {
        fprintf(stderr, "%s: error: no data directory specified\n", PROGRAM);
        return 1;
    }
    read_control(directory, &control);
    print_control(&control);
    return 0;
}
