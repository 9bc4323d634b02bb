/*
 * main.c - the program sengi: reads its command line and becomes a server
 *
 * Errors     writes to standard error and exits 1 for a command line that cannot be
 */
#include <pwd.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/process_title.h"
#include "base/random.h"
#include "config/config.h"
#include "config/settings.h"
#include "error/error.h"
#include "format/control.h"
#include "memory/list.h"
#include "memory/memory.h"
#include "parser/stack_depth.h"
#include "postmaster/postmaster.h"
#include "server.h"
#include "shmem/shmem.h"
#include "types/settings.h"

typedef enum RunMode { RUN_POSTMASTER, RUN_SINGLE, RUN_BOOTSTRAP, RUN_SETUP, RUN_SHOW } RunMode;

typedef struct CommandLine {
    RunMode mode;
    const char *data_dir;
    const char *share_dir;
    const char *show_name;
    const char *database;
    bool allow_root;
    SetupOptions setup;
} CommandLine;

static void
print_help(void)
{
    puts("sengi is a small PostgreSQL-compatible database server.\n"
         "\n"
         "Usage:\n"
         "  sengi [OPTION]...\n"
         "\n"
         "Options:\n"
         "  -B NBUFFERS        number of shared buffers\n"
         "  -c NAME=VALUE      set run-time parameter\n"
         "  -C NAME            print value of run-time parameter, then exit\n"
         "  -D DATADIR         database directory\n"
         "  -F                 turn fsync off\n"
         "  -h HOSTNAME        host name or IP address to listen on\n"
         "  -k DIRECTORY       Unix-domain socket location\n"
         "  -N MAX-CONNECT     maximum number of allowed connections\n"
         "  -p PORT            port number to listen on\n"
         "  -S WORK-MEM        set amount of memory for sorts (in kB)\n"
         "  --NAME=VALUE       set run-time parameter\n"
         "  --allow-root       run as root where root owns the data directory\n"
         "  --single [DBNAME]  run statements from standard input, without clients\n"
         "  -V, --version      output version information, then exit\n"
         "  -?, --help         show this help, then exit");
}

static _Noreturn void
usage_error(const char *fmt, const char *argument)
{
    fprintf(stderr, "sengi: ");
    fprintf(stderr, fmt, argument);
    fprintf(stderr, "\nTry \"sengi --help\" for more information.\n");
    exit(1);
}

static void
set_from_command_line(const char *name, const char *value)
{
    SetConfigOption(name, value, PGC_POSTMASTER, PGC_S_ARGV);
}

static void
set_assignment(const char *word)
{
    char *name, *value;

    if (!config_parse_assignment(word, &name, &value))
        usage_error("--%s requires a value", word);
    set_from_command_line(name, value);
}

/* "--word": a mode, or a setting. */
static void
parse_long(const char *word, CommandLine *line)
{
    if (strcmp(word, "allow-root") == 0)
        line->allow_root = true;
    else if (strcmp(word, "single") == 0)
        line->mode = RUN_SINGLE;
    else if (strncmp(word, "bootstrap=", 10) == 0) {
        line->mode = RUN_BOOTSTRAP;
        line->share_dir = word + 10;
    } else if (strcmp(word, "setup") == 0)
        line->mode = RUN_SETUP;
    else if (strncmp(word, "setup-user=", 11) == 0)
        line->setup.superuser = word + 11;
    else
        set_assignment(word);
}

static void
parse_short(char option, const char *value, CommandLine *line)
{
    switch (option) {
    case 'B':
        set_from_command_line("shared_buffers", value);
        break;
    case 'c':
        set_assignment(value);
        break;
    case 'C':
        line->mode = RUN_SHOW;
        line->show_name = value;
        break;
    case 'D':
        line->data_dir = value;
        break;
    case 'h':
        set_from_command_line("listen_addresses", value);
        break;
    case 'k':
        set_from_command_line("unix_socket_directories", value);
        break;
    case 'N':
        set_from_command_line("max_connections", value);
        break;
    case 'p':
        set_from_command_line("port", value);
        break;
    case 'S':
        set_from_command_line("work_mem", value);
        break;
    default:
        usage_error("unrecognized option", "");
    }
}

static void
parse_command_line(int argc, char **argv, CommandLine *line)
{
    for (int i = 1; i < argc; i++) {
        const char *word = argv[i];

        if (strncmp(word, "--", 2) == 0) {
            parse_long(word + 2, line);
        } else if (strcmp(word, "-F") == 0) {
            set_from_command_line("fsync", "false");
        } else if (strcmp(word, "-i") == 0) {
            set_from_command_line("listen_addresses", "*");
        } else if (word[0] == '-' && word[1] && strchr("BcCDhkNpS", word[1])) {
            const char *value = word[2] ? word + 2 : argv[++i];

            if (!value)
                usage_error("option requires an argument -- '%s'", word + 1);
            parse_short(word[1], value, line);
        } else if (word[0] != '-' && line->mode == RUN_SINGLE) {
            line->database = word;
        } else {
            usage_error("invalid argument: \"%s\"", word);
        }
    }
}

/* ---- the data directory ---- */

static _Noreturn void
refuse_directory(const char *fmt, const char *detail)
{
    ereport(FATAL, (errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE), errmsg(fmt, DataDir),
                    detail ? errdetail("%s", detail) : 0));
    abort();
}

/* Root becomes the directory's owner; if that is root itself, it must have said so. */
static void
settle_owner(const struct stat *status, bool allow_root)
{
    if (geteuid() != 0) {
        if (status->st_uid != geteuid())
            ereport(FATAL, (errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE),
                            errmsg("data directory \"%s\" has wrong ownership", DataDir),
                            errhint("The server must be started by the user that owns the data "
                                    "directory.")));
        return;
    }
    if (status->st_uid != 0) {
        if (setgid(status->st_gid) != 0 || setuid(status->st_uid) != 0)
            ereport(FATAL, (errmsg("could not become the owner of data directory \"%s\": %m",
                                   DataDir)));
        return;
    }
    if (!allow_root) {
        fprintf(stderr,
                "\"root\" execution of the server is not permitted unless --allow-root says so.\n"
                "The server must be started under an unprivileged user ID to prevent\n"
                "possible system security compromise.\n");
        exit(1);
    }
    ereport(LOG, (errmsg("running as root, as --allow-root says")));
}

static void
check_version(void)
{
    FILE *file = fopen("PG_VERSION", "re");
    char text[32] = "";

    if (!file)
        ereport(FATAL, (errcode_for_file_access(),
                        errmsg("\"%s\" is not a valid data directory", DataDir),
                        errdetail("File \"%s/PG_VERSION\" is missing.", DataDir)));
    if (!fgets(text, sizeof text, file))
        text[0] = '\0';
    fclose(file);
    text[strcspn(text, "\n")] = '\0';
    if (strcmp(text, PG_MAJORVERSION) != 0)
        ereport(FATAL, (errcode(ERRCODE_INVALID_PARAMETER_VALUE),
                        errmsg("database files are incompatible with server"),
                        errdetail("The data directory was initialized by PostgreSQL version %s, "
                                  "which is not compatible with this version %s.", text,
                                  PG_VERSION_COMPAT)));
}

static void
enter_data_directory(bool allow_root)
{
    struct stat status;

    if (stat(DataDir, &status) != 0)
        ereport(FATAL, (errcode_for_file_access(),
                        errmsg("could not read permissions of directory \"%s\": %m", DataDir)));
    if (!S_ISDIR(status.st_mode))
        refuse_directory("specified data directory \"%s\" is not a directory", NULL);
    settle_owner(&status, allow_root);
    if (status.st_mode & 0027)
        refuse_directory("data directory \"%s\" has invalid permissions",
                         "Permissions should be u=rwx (0700) or u=rwx,g=rx (0750).");
    if (chdir(DataDir) != 0)
        ereport(FATAL, (errmsg("could not change directory to \"%s\": %m", DataDir)));
    umask(status.st_mode & 0050 ? 0027 : 0077);
    check_version();
}

/* Settings that do not fit together. */
static void
check_settings(void)
{
    if (SuperuserReservedConnections >= MaxConnections) {
        fprintf(stderr,
                "sengi: superuser_reserved_connections (%d) must be less than max_connections "
                "(%d)\n", SuperuserReservedConnections, MaxConnections);
        exit(1);
    }
}

static int
show_setting(const char *name)
{
    const char *value;

    if (strcmp(name, "shared_memory_size") == 0)
        printf("%zu\n", (shmem_calculate_size() + 1024 * 1024 - 1) / (1024 * 1024));
    else if ((value = GetConfigOption(name, false, false)) != NULL)
        puts(value);
    return 0;
}

static int
run(const CommandLine *line)
{
    if (line->mode == RUN_BOOTSTRAP) {
        server_register();
        return bootstrap_run(line->data_dir, line->share_dir);
    }
    if (!config_select_files(line->data_dir))
        return 2;
    if (line->mode == RUN_SHOW) {
        server_register();
        return show_setting(line->show_name);
    }
    enter_data_directory(line->allow_root);
    check_settings();
    server_register();
    switch (line->mode) {
    case RUN_SETUP: {
        SetupOptions options = line->setup;

        options.password = getenv("SENGI_SETUP_PASSWORD");
        return setup_run(&options);
    }
    case RUN_SINGLE:
        return single_run(line->database ? line->database : "postgres");
    default:
        return postmaster_run(line->allow_root);
    }
}

int
main(int argc, char **argv)
{
    CommandLine line = {.setup = {.superuser = "postgres"}};

    argv = process_title_save_args(argc, argv);
    if (argc > 1 && (strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "-?") == 0)) {
        print_help();
        return 0;
    }
    if (argc > 1 && (strcmp(argv[1], "--version") == 0 || strcmp(argv[1], "-V") == 0)) {
        puts("sengi (Sengi " SENGI_VERSION ", compatible with PostgreSQL) " PG_VERSION_COMPAT);
        return 0;
    }
    MemoryContextInit();
    error_init();
    random_init();
    set_stack_base();
    types_register_settings();
    config_initialize();
    parse_command_line(argc, argv, &line);
    return run(&line);
}
