/*
 * main.c - sengi-initdb: makes a new cluster
 *
 * Options, messages and exit codes are initdb's. What it makes is the template unpacked, stamped
 * with an identity of its own, with configuration files beside it.
 */
#include "initdb_int.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <locale.h>
#include <pwd.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <termios.h>
#include <time.h>
#include <unistd.h>

static struct {
    const char *data_dir, *wal_dir;
    const char *user, *auth_local, *auth_host, *auth;
    const char *password_file;
    const char *encoding, *locale;
    bool ask_password, no_sync, no_clean, allow_root, sync_only, group_access, no_instructions;
    char *password;
    char self_dir[INITDB_PATH_CHARS_MAX]; /* where this program is */
    bool made_dir, found_empty_dir, working;
} initdb;

static void
clean_up(void)
{
    char command[INITDB_PATH_CHARS_MAX + 64];

    if (!initdb.working || initdb.no_clean)
        return;
    if (initdb.made_dir)
        fprintf(stderr, "sengi-initdb: removing data directory \"%s\"\n", initdb.data_dir);
    else
        fprintf(stderr, "sengi-initdb: removing contents of data directory \"%s\"\n",
                initdb.data_dir);

    pid_t pid = fork();

    if (pid == 0) {
        if (initdb.made_dir)
            execlp("rm", "rm", "-rf", "--", initdb.data_dir, (char *) NULL);
        snprintf(command, sizeof command, "find \"$1\" -mindepth 1 -delete");
        execlp("sh", "sh", "-c", command, "sh", initdb.data_dir, (char *) NULL);
        _exit(127);
    }
    waitpid(pid, NULL, 0);
}

static _Noreturn void
fail(const char *hint, const char *fmt, ...)
{
    va_list args;

    fprintf(stderr, "sengi-initdb: error: ");
    va_start(args, fmt);
    vfprintf(stderr, fmt, args);
    va_end(args);
    fputc('\n', stderr);
    if (hint)
        fprintf(stderr, "sengi-initdb: hint: %s\n", hint);
    clean_up();
    exit(1);
}

static void
help(void)
{
    puts("sengi-initdb initializes a Sengi database cluster.\n"
         "\n"
         "Usage:\n"
         "  sengi-initdb [OPTION]... [DATADIR]\n"
         "\n"
         "Options:\n"
         "  -A, --auth=METHOD         default authentication method for local connections\n"
         "      --auth-host=METHOD    default authentication method for local TCP/IP connections\n"
         "      --auth-local=METHOD   default authentication method for local-socket connections\n"
         " [-D, --pgdata=]DATADIR     location for this database cluster\n"
         "  -E, --encoding=ENCODING   set default encoding for new databases (UTF8)\n"
         "  -k, --data-checksums      use data page checksums (they always are)\n"
         "      --locale=LOCALE       set default locale for new databases (C, POSIX or C.UTF-8)\n"
         "      --no-locale           equivalent to --locale=C\n"
         "      --pwfile=FILE         read password for the new superuser from file\n"
         "  -U, --username=NAME       database superuser name\n"
         "  -W, --pwprompt            prompt for a password for the new superuser\n"
         "  -X, --waldir=WALDIR       location for the write-ahead log directory\n"
         "\n"
         "Less commonly used options:\n"
         "      --allow-root          run as root\n"
         "  -n, --no-clean            do not clean up after errors\n"
         "  -N, --no-sync             do not wait for changes to be written safely to disk\n"
         "      --no-instructions     do not print instructions for next steps\n"
         "  -S, --sync-only           only sync database files to disk, then exit\n"
         "\n"
         "Other options:\n"
         "  -V, --version             output version information, then exit\n"
         "  -?, --help                show this help, then exit\n"
         "\n"
         "If the data directory is not specified, the environment variable PGDATA is used.");
}

/* ---- options ---- */

enum { OPT_AUTH_HOST = 256, OPT_AUTH_LOCAL, OPT_LOCALE, OPT_NO_LOCALE, OPT_PWFILE, OPT_ALLOW_ROOT,
       OPT_NO_INSTRUCTIONS, OPT_LC };

static const struct option long_options[] = {
    {"pgdata", required_argument, NULL, 'D'},
    {"encoding", required_argument, NULL, 'E'},
    {"locale", required_argument, NULL, OPT_LOCALE},
    {"no-locale", no_argument, NULL, OPT_NO_LOCALE},
    {"lc-collate", required_argument, NULL, OPT_LC},
    {"lc-ctype", required_argument, NULL, OPT_LC},
    {"lc-messages", required_argument, NULL, OPT_LC},
    {"lc-monetary", required_argument, NULL, OPT_LC},
    {"lc-numeric", required_argument, NULL, OPT_LC},
    {"lc-time", required_argument, NULL, OPT_LC},
    {"pwprompt", no_argument, NULL, 'W'},
    {"pwfile", required_argument, NULL, OPT_PWFILE},
    {"auth", required_argument, NULL, 'A'},
    {"auth-local", required_argument, NULL, OPT_AUTH_LOCAL},
    {"auth-host", required_argument, NULL, OPT_AUTH_HOST},
    {"username", required_argument, NULL, 'U'},
    {"no-clean", no_argument, NULL, 'n'},
    {"no-sync", no_argument, NULL, 'N'},
    {"no-instructions", no_argument, NULL, OPT_NO_INSTRUCTIONS},
    {"sync-only", no_argument, NULL, 'S'},
    {"waldir", required_argument, NULL, 'X'},
    {"data-checksums", no_argument, NULL, 'k'},
    {"allow-group-access", no_argument, NULL, 'g'},
    {"allow-root", no_argument, NULL, OPT_ALLOW_ROOT},
    {"version", no_argument, NULL, 'V'},
    {"help", no_argument, NULL, '?'},
    {NULL, 0, NULL, 0},
};

static bool
is_c_locale(const char *name)
{
    return strcmp(name, "C") == 0 || strcmp(name, "POSIX") == 0 || strcmp(name, "C.UTF-8") == 0 ||
           strcmp(name, "C.utf8") == 0 || name[0] == '\0';
}

static void
check_locale(const char *name)
{
    if (!is_c_locale(name))
        fail("Databases sort by code points; name a collation in queries where another is wanted.",
             "invalid locale name \"%s\"", name);
}

static void
parse_options(int argc, char **argv)
{
    int option;

    if (argc > 1 && (strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "-?") == 0)) {
        help();
        exit(0);
    }
    if (argc > 1 && (strcmp(argv[1], "--version") == 0 || strcmp(argv[1], "-V") == 0)) {
        puts("sengi-initdb (Sengi " SENGI_VERSION ", compatible with PostgreSQL) "
             PG_VERSION_COMPAT);
        exit(0);
    }
    while ((option = getopt_long(argc, argv, "A:D:E:gkL:nNsST:U:WX:", long_options, NULL)) != -1)
        switch (option) {
        case 'A': initdb.auth = optarg; break;
        case 'D': initdb.data_dir = optarg; break;
        case 'E': initdb.encoding = optarg; break;
        case 'U': initdb.user = optarg; break;
        case 'W': initdb.ask_password = true; break;
        case 'X': initdb.wal_dir = optarg; break;
        case 'n': initdb.no_clean = true; break;
        case 'N': initdb.no_sync = true; break;
        case 'S': initdb.sync_only = true; break;
        case 'g': initdb.group_access = true; break;
        case 'k': break;
        case OPT_AUTH_HOST: initdb.auth_host = optarg; break;
        case OPT_AUTH_LOCAL: initdb.auth_local = optarg; break;
        case OPT_PWFILE: initdb.password_file = optarg; break;
        case OPT_ALLOW_ROOT: initdb.allow_root = true; break;
        case OPT_NO_INSTRUCTIONS: initdb.no_instructions = true; break;
        case OPT_NO_LOCALE: initdb.locale = "C"; break;
        case OPT_LOCALE:
        case OPT_LC: check_locale(optarg); initdb.locale = optarg; break;
        default:
            fprintf(stderr, "Try \"sengi-initdb --help\" for more information.\n");
            exit(1);
        }
    if (optind < argc && !initdb.data_dir)
        initdb.data_dir = argv[optind++];
    if (optind < argc)
        fail("Try \"sengi-initdb --help\" for more information.",
             "too many command-line arguments (first is \"%s\")", argv[optind]);
}

static void
check_auth(const char *method, const char *kind)
{
    static const char *const methods[] = {"trust", "reject", "scram-sha-256", "md5", "password",
                                          "peer"};

    for (size_t i = 0; i < lengthof(methods); i++)
        if (strcmp(methods[i], method) == 0 &&
            (strcmp(kind, "local") == 0 || strcmp(method, "peer") != 0))
            return;
    fail(NULL, "invalid authentication method \"%s\" for \"%s\" connections", method, kind);
}

static bool
needs_password(const char *method)
{
    return strcmp(method, "scram-sha-256") == 0 || strcmp(method, "md5") == 0 ||
           strcmp(method, "password") == 0;
}

static void
settle_options(void)
{
    static char absolute[INITDB_PATH_CHARS_MAX];
    struct passwd *me = getpwuid(geteuid());

    if (initdb.ask_password && initdb.password_file)
        fail(NULL, "password prompt and password file cannot be specified together");
    if (!initdb.auth_local)
        initdb.auth_local = initdb.auth ? initdb.auth : "trust";
    if (!initdb.auth_host)
        initdb.auth_host = initdb.auth ? initdb.auth : "trust";
    if (initdb.auth && strcmp(initdb.auth, "peer") == 0)
        initdb.auth_host = "scram-sha-256";
    check_auth(initdb.auth_local, "local");
    check_auth(initdb.auth_host, "host");
    if (geteuid() == 0 && !initdb.allow_root)
        fail("Please log in (using, e.g., \"su\") as the (unprivileged) user that will own the "
             "server process, or say --allow-root.", "cannot be run as root");
    if (!initdb.data_dir)
        initdb.data_dir = getenv("PGDATA");
    if (!initdb.data_dir || !initdb.data_dir[0])
        fail("You must identify the directory where the data for this database system will "
             "reside. Do this with either the invocation option -D or the environment variable "
             "PGDATA.", "no data directory specified");
    if (initdb.data_dir[0] != '/') {
        char cwd[INITDB_PATH_CHARS_MAX / 2];

        if (!getcwd(cwd, sizeof cwd))
            fail(NULL, "could not determine current directory: %s", strerror(errno));
        snprintf(absolute, sizeof absolute, "%s/%s", cwd, initdb.data_dir);
        initdb.data_dir = absolute;
    }
    if (!initdb.user)
        initdb.user = me ? me->pw_name : "postgres";
    if (strncmp(initdb.user, "pg_", 3) == 0)
        fail(NULL, "superuser name \"%s\" is disallowed; role names cannot begin with \"pg_\"",
             initdb.user);
    if (initdb.encoding && strcasecmp(initdb.encoding, "UTF8") != 0 &&
        strcasecmp(initdb.encoding, "UTF-8") != 0 && strcasecmp(initdb.encoding, "UNICODE") != 0)
        fail("Databases are in UTF8; clients may use any encoding.",
             "encoding \"%s\" is not supported", initdb.encoding);
    if ((needs_password(initdb.auth_local) || needs_password(initdb.auth_host)) &&
        !initdb.ask_password && !initdb.password_file)
        fail(NULL, "must specify a password for the superuser to enable password authentication");
}

/* ---- passwords ---- */

static char *
read_line(FILE *file)
{
    char *line = NULL;
    size_t size = 0;

    if (getline(&line, &size, file) < 0)
        return NULL;
    line[strcspn(line, "\r\n")] = '\0';
    return line;
}

static char *
ask(const char *prompt)
{
    struct termios saved, silent;
    bool is_tty = tcgetattr(STDIN_FILENO, &saved) == 0;
    char *line;

    fputs(prompt, stderr);
    if (is_tty) {
        silent = saved;
        silent.c_lflag &= ~(tcflag_t) ECHO;
        tcsetattr(STDIN_FILENO, TCSAFLUSH, &silent);
    }
    line = read_line(stdin);
    if (is_tty) {
        tcsetattr(STDIN_FILENO, TCSAFLUSH, &saved);
        fputc('\n', stderr);
    }
    return line;
}

static void
get_password(void)
{
    if (initdb.ask_password) {
        char *first = ask("Enter new superuser password: ");
        char *again = ask("Enter it again: ");

        if (!first || !again || strcmp(first, again) != 0)
            fail(NULL, "Passwords didn't match.");
        initdb.password = first;
    } else if (initdb.password_file) {
        FILE *file = fopen(initdb.password_file, "re");

        if (!file)
            fail(NULL, "could not open file \"%s\" for reading: %s", initdb.password_file,
                 strerror(errno));
        initdb.password = read_line(file);
        fclose(file);
        if (!initdb.password || !initdb.password[0])
            fail(NULL, "password file \"%s\" is empty", initdb.password_file);
    }
}

/* ---- directories ---- */

/* -1 missing, 0 empty, 1 not empty. */
static int
look_at(const char *path)
{
    DIR *dir = opendir(path);
    int found = 0;

    if (!dir)
        return errno == ENOENT ? -1 : 1;
    for (struct dirent *entry; (entry = readdir(dir)) != NULL;)
        if (strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0)
            found = 1;
    closedir(dir);
    return found;
}

static void
make_path(const char *path)
{
    char part[INITDB_PATH_CHARS_MAX];

    snprintf(part, sizeof part, "%s", path);
    for (char *slash = strchr(part + 1, '/'); slash; slash = strchr(slash + 1, '/')) {
        *slash = '\0';
        if (mkdir(part, 0777) != 0 && errno != EEXIST)
            fail(NULL, "could not create directory \"%s\": %s", part, strerror(errno));
        *slash = '/';
    }
    if (mkdir(part, 0700) != 0 && errno != EEXIST)
        fail(NULL, "could not create directory \"%s\": %s", part, strerror(errno));
}

static void
make_directory(void)
{
    char hint[INITDB_PATH_CHARS_MAX + 256];

    switch (look_at(initdb.data_dir)) {
    case -1:
        printf("creating directory %s ... ", initdb.data_dir);
        fflush(stdout);
        make_path(initdb.data_dir);
        initdb.made_dir = true;
        break;
    case 0:
        printf("fixing permissions on existing directory %s ... ", initdb.data_dir);
        fflush(stdout);
        if (chmod(initdb.data_dir, 0700) != 0)
            fail(NULL, "could not change permissions of directory \"%s\": %s", initdb.data_dir,
                 strerror(errno));
        break;
    default:
        snprintf(hint, sizeof hint,
                 "If you want to create a new database system, either remove or empty the "
                 "directory \"%s\" or run sengi-initdb with an argument other than \"%s\".",
                 initdb.data_dir, initdb.data_dir);
        fail(hint, "directory \"%s\" exists but is not empty", initdb.data_dir);
    }
    initdb.working = true;
    puts("ok");
}

/* -X: the log elsewhere, a link to it here. */
static void
move_wal(void)
{
    char link[INITDB_PATH_CHARS_MAX], command[64] = "mv \"$1\"/* \"$2\"/ && rmdir \"$1\"";

    if (!initdb.wal_dir)
        return;
    if (initdb.wal_dir[0] != '/')
        fail(NULL, "WAL directory location must be an absolute path");
    if (look_at(initdb.wal_dir) > 0)
        fail(NULL, "directory \"%s\" exists but is not empty", initdb.wal_dir);
    make_path(initdb.wal_dir);
    snprintf(link, sizeof link, "%s/pg_wal", initdb.data_dir);

    pid_t pid = fork();
    int status = 1;

    if (pid == 0) {
        execlp("sh", "sh", "-c", command, "sh", link, initdb.wal_dir, (char *) NULL);
        _exit(127);
    }
    waitpid(pid, &status, 0);
    if (status != 0 || symlink(initdb.wal_dir, link) != 0)
        fail(NULL, "could not create symbolic link \"%s\": %s", link, strerror(errno));
}

/* ---- files ---- */

static FILE *
create_file(const char *name)
{
    char path[INITDB_PATH_CHARS_MAX];
    int fd;

    snprintf(path, sizeof path, "%s/%s", initdb.data_dir, name);
    fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    if (fd < 0)
        fail(NULL, "could not open file \"%s\" for writing: %s", path, strerror(errno));
    return fdopen(fd, "w");
}

static void
close_file(FILE *file, const char *name)
{
    if (ferror(file) || fclose(file) != 0)
        fail(NULL, "could not write file \"%s\": %s", name, strerror(errno));
}

static FILE *
open_shared(const char *name)
{
    char path[INITDB_PATH_CHARS_MAX];
    FILE *file;

    snprintf(path, sizeof path, "%.3000s/../share/sengi/%s", initdb.self_dir, name);
    file = fopen(path, "re");
    if (!file)
        fail("The programs must stay where they were installed.",
             "file \"%s\" does not exist or cannot be read: %s", path, strerror(errno));
    return file;
}

static void
write_settings(void)
{
    FILE *in = open_shared("postgresql.conf.sample"), *out = create_file("postgresql.conf");
    char line[1024];

    while (fgets(line, sizeof line, in))
        fputs(line, out);
    fclose(in);
    close_file(out, "postgresql.conf");
    out = create_file("postgresql.auto.conf");
    fputs("# Do not edit this file manually!\n", out);
    close_file(out, "postgresql.auto.conf");
}

static void
write_rules(void)
{
    FILE *out = create_file("pg_hba.conf");

    fprintf(out,
            "# Who may connect, from where, and how they prove who they are.\n"
            "#\n"
            "# local  DATABASE  USER  METHOD  [OPTIONS]\n"
            "# host   DATABASE  USER  ADDRESS  METHOD  [OPTIONS]\n"
            "#\n"
            "# The first line that matches counts. METHOD is trust, reject, scram-sha-256,\n"
            "# password or, on Unix sockets, peer. Reload the server after a change.\n"
            "\n"
            "# TYPE  DATABASE        USER            ADDRESS                 METHOD\n"
            "local   all             all                                     %s\n"
            "host    all             all             127.0.0.1/32            %s\n"
            "host    all             all             ::1/128                 %s\n",
            initdb.auth_local, initdb.auth_host, initdb.auth_host);
    close_file(out, "pg_hba.conf");
    out = create_file("pg_ident.conf");
    fputs("# Maps of system users to roles, for the peer method.\n"
          "#\n"
          "# MAPNAME       SYSTEM-USERNAME         ROLE\n", out);
    close_file(out, "pg_ident.conf");
}

static void
find_self(void)
{
    ssize_t length = readlink("/proc/self/exe", initdb.self_dir, sizeof initdb.self_dir - 1);
    char *slash;

    if (length <= 0)
        fail(NULL, "could not find own program executable");
    initdb.self_dir[length] = '\0';
    slash = strrchr(initdb.self_dir, '/');
    *slash = '\0';
}

static uint64
new_system_id(void)
{
    struct timespec now;

    clock_gettime(CLOCK_REALTIME, &now);
    return ((uint64) now.tv_sec << 32) | ((uint64) (now.tv_nsec / 1000) << 12) |
           ((uint64) getpid() & 0xfff);
}

/* Superuser's name and password are rows: the server itself writes them. */
static void
set_superuser(void)
{
    char program[INITDB_PATH_CHARS_MAX + 16], user[512];
    pid_t pid;
    int status;

    if (strcmp(initdb.user, "postgres") == 0 && !initdb.password)
        return;
    snprintf(program, sizeof program, "%s/sengi", initdb.self_dir);
    snprintf(user, sizeof user, "--setup-user=%s", initdb.user);
    if (initdb.password)
        setenv("SENGI_SETUP_PASSWORD", initdb.password, 1);
    pid = fork();
    if (pid == 0) {
        execl(program, program, "--setup", user, "-D", initdb.data_dir, "-c",
              "log_min_messages=fatal", "-c", "shared_buffers=4MB", "-F", "--allow-root",
              (char *) NULL);
        fprintf(stderr, "could not execute \"%s\": %s\n", program, strerror(errno));
        _exit(127);
    }
    if (pid < 0 || waitpid(pid, &status, 0) != pid || status != 0)
        fail(NULL, "could not set up the superuser");
}

/* ---- durability ---- */

static void
sync_all(void)
{
    int fd = open(initdb.data_dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

    if (initdb.no_sync)
        return;
    printf("syncing data to disk ... ");
    fflush(stdout);
    if (fd < 0 || syncfs(fd) != 0)
        fail(NULL, "could not fsync file \"%s\": %s", initdb.data_dir, strerror(errno));
    close(fd);
    puts("ok");
}

static void
on_signal(int signal_number)
{
    fail(NULL, "caught signal");
}

static void
print_settings(void)
{
    printf("The files belonging to this database system will be owned by user \"%s\".\n"
           "This user must also own the server process.\n"
           "\n"
           "The database cluster will be initialized with locale \"%s\".\n"
           "The default database encoding has accordingly been set to \"UTF8\".\n"
           "The default text search configuration will be set to \"simple\".\n"
           "\n"
           "Data page checksums are enabled.\n"
           "\n",
           getpwuid(geteuid()) ? getpwuid(geteuid())->pw_name : "?",
           initdb.locale && initdb.locale[0] ? initdb.locale : "C.UTF-8");
}

int
main(int argc, char **argv)
{
    char image[INITDB_PATH_CHARS_MAX + 64], path[INITDB_PATH_CHARS_MAX];
    int failure;

    umask(0077);
    parse_options(argc, argv);
    settle_options();
    find_self();
    get_password();
    if (initdb.sync_only) {
        sync_all();
        return 0;
    }
    signal(SIGINT, on_signal);
    signal(SIGTERM, on_signal);
    print_settings();
    make_directory();
    printf("unpacking the template ... ");
    fflush(stdout);
    snprintf(image, sizeof image, "%s/../share/sengi/template.img", initdb.self_dir);
    failure = initdb_unpack(image, initdb.data_dir, path);
    if (failure)
        fail(NULL, "could not write \"%s\": %s", path, strerror(failure));
    failure = initdb_stamp(initdb.data_dir, new_system_id(), path);
    if (failure)
        fail(NULL, "could not write \"%s\": %s", path, strerror(failure));
    puts("ok");
    printf("creating configuration files ... ");
    fflush(stdout);
    write_settings();
    write_rules();
    puts("ok");
    set_superuser();
    move_wal();
    sync_all();
    initdb.working = false;
    if (!initdb.auth && strcmp(initdb.auth_local, "trust") == 0)
        fprintf(stderr, "\nsengi-initdb: warning: enabling \"trust\" authentication for local "
                        "connections\nsengi-initdb: hint: You can change this by editing "
                        "pg_hba.conf or using the option -A, or --auth-local and --auth-host, the "
                        "next time you run sengi-initdb.\n");
    if (!initdb.no_instructions)
        printf("\nSuccess. You can now start the database server using:\n\n"
               "    %s/sengi-ctl -D %s -l logfile start\n\n", initdb.self_dir, initdb.data_dir);
    return 0;
}
