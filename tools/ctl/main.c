/*
 * main.c - sengi-ctl: starts, stops, restarts, reloads a server, or tells how it is
 *
 * Options, messages and exit codes are pg_ctl's: 0 done, 1 failed, 3 no server runs (status),
 * 4 no data directory (status).
 */
#include "base/base.h"

#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <poll.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define PATH_CHARS_MAX 4096
#define ARGUMENTS_MAX 256
#define LOOK_AGAIN_US 2000
#define WAIT_DEFAULT_S 60

typedef enum StopMode { STOP_SMART, STOP_FAST, STOP_IMMEDIATE } StopMode;

static struct {
    char data_dir[PATH_CHARS_MAX];
    const char *log_file;
    const char *options;
    const char *program;
    bool wait, silent;
    int timeout_s;
    StopMode mode;
} ctl = {.wait = true, .timeout_s = WAIT_DEFAULT_S, .mode = STOP_FAST};

static void
say(const char *fmt, ...)
{
    va_list args;

    if (ctl.silent)
        return;
    va_start(args, fmt);
    vprintf(fmt, args);
    va_end(args);
    fflush(stdout);
}

static void
complain(const char *fmt, ...)
{
    va_list args;

    fflush(stdout);
    fprintf(stderr, "sengi-ctl: ");
    va_start(args, fmt);
    vfprintf(stderr, fmt, args);
    va_end(args);
    fputc('\n', stderr);
}

static _Noreturn void
fail(const char *text)
{
    complain("%s", text);
    exit(1);
}

static void
help(void)
{
    puts("sengi-ctl is a utility to start, stop, or control a Sengi server.\n"
         "\n"
         "Usage:\n"
         "  sengi-ctl start      [-D DATADIR] [-l FILENAME] [-W] [-t SECS] [-s] [-o OPTIONS] "
         "[-p PATH]\n"
         "  sengi-ctl stop       [-D DATADIR] [-m SHUTDOWN-MODE] [-W] [-t SECS] [-s]\n"
         "  sengi-ctl restart    [-D DATADIR] [-m SHUTDOWN-MODE] [-W] [-t SECS] [-s] [-o OPTIONS]\n"
         "  sengi-ctl reload     [-D DATADIR] [-s]\n"
         "  sengi-ctl status     [-D DATADIR]\n"
         "  sengi-ctl kill       SIGNALNAME PID\n"
         "\n"
         "Options:\n"
         "  -D, --pgdata=DATADIR   location of the database storage area\n"
         "  -l, --log=FILENAME     write (or append) server log to FILENAME\n"
         "  -m, --mode=MODE        MODE can be \"smart\", \"fast\", or \"immediate\"\n"
         "  -o, --options=OPTIONS  command line options to pass to the server\n"
         "  -p PATH                path to the server program\n"
         "  -s, --silent           only print errors, no informational messages\n"
         "  -t, --timeout=SECS     seconds to wait when using -w option\n"
         "  -V, --version          output version information, then exit\n"
         "  -w, --wait             wait until operation completes (default)\n"
         "  -W, --no-wait          do not wait until operation completes\n"
         "  -?, --help             show this help, then exit\n"
         "\n"
         "If the -D option is omitted, the environment variable PGDATA is used.");
}

/* ---- the pid file ---- */

static char *
path_in_data_dir(const char *name)
{
    static char path[PATH_CHARS_MAX + 64];

    snprintf(path, sizeof path, "%s/%s", ctl.data_dir, name);
    return path;
}

/* Line n (from 1) of postmaster.pid; false when there is none. */
static bool
pid_file_line(int n, char *ret_line, size_t size)
{
    FILE *file = fopen(path_in_data_dir("postmaster.pid"), "re");
    bool found = false;

    if (!file)
        return false;
    for (int i = 1; i <= n && (found = fgets(ret_line, (int) size, file) != NULL); i++)
        ;
    fclose(file);
    if (found)
        ret_line[strcspn(ret_line, "\n")] = '\0';
    return found;
}

static pid_t
server_pid(void)
{
    char line[64];

    return pid_file_line(1, line, sizeof line) ? (pid_t) strtol(line, NULL, 10) : 0;
}

static bool
is_alive(pid_t pid)
{
    return pid > 0 && pid != getpid() && (kill(pid, 0) == 0 || errno == EPERM);
}

static bool
is_ready(pid_t pid)
{
    char line[64];

    if (server_pid() != pid || !pid_file_line(8, line, sizeof line))
        return false;
    return strncmp(line, "ready", 5) == 0;
}

static double
now_s(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double) now.tv_sec + (double) now.tv_nsec / 1e9;
}

/* ---- start ---- */

/* Splits the options as a shell would: blanks, quotes, backslashes. In place. */
static int
split_options(char *text, char **words, int count_max)
{
    int count = 0;

    while (*text && count < count_max) {
        char *to, quote = 0;

        while (*text == ' ' || *text == '\t' || *text == '\n')
            text++;
        if (!*text)
            break;
        words[count++] = to = text;
        for (; *text && (quote || !strchr(" \t\n", *text)); text++) {
            if (*text == '\\' && text[1] && quote != '\'')
                *to++ = *++text;
            else if (quote && *text == quote)
                quote = 0;
            else if (!quote && (*text == '\'' || *text == '"'))
                quote = *text;
            else
                *to++ = *text;
        }
        if (*text)
            text++;
        *to = '\0';
    }
    return count;
}

static void
find_server(char *ret_path)
{
    ssize_t length = readlink("/proc/self/exe", ret_path, PATH_CHARS_MAX - 16);

    if (ctl.program) {
        snprintf(ret_path, PATH_CHARS_MAX, "%s", ctl.program);
        return;
    }
    if (length <= 0)
        fail("could not find own program executable");
    ret_path[length] = '\0';
    strcpy(strrchr(ret_path, '/') + 1, "sengi");
}

static void
redirect(int from, const char *path, int flags)
{
    int fd = open(path, flags, 0600);

    if (fd < 0) {
        complain("could not open log file \"%s\": %s", path, strerror(errno));
        _exit(1);
    }
    dup2(fd, from);
    if (fd > STDERR_FILENO)
        close(fd);
}

static pid_t
spawn_server(void)
{
    char program[PATH_CHARS_MAX], *words[ARGUMENTS_MAX];
    int count = 0;
    pid_t pid;

    find_server(program);
    if (access(program, X_OK) != 0) {
        complain("program \"%s\" was not found", program);
        exit(1);
    }
    words[count++] = program;
    words[count++] = "-D";
    words[count++] = ctl.data_dir;
    if (ctl.options)
        count += split_options(strdup(ctl.options), words + count, ARGUMENTS_MAX - count - 1);
    words[count] = NULL;
    fflush(NULL);
    pid = fork();
    if (pid != 0)
        return pid;
    setsid();
    redirect(STDIN_FILENO, "/dev/null", O_RDONLY);
    if (ctl.log_file) {
        redirect(STDOUT_FILENO, ctl.log_file, O_WRONLY | O_CREAT | O_APPEND);
        dup2(STDOUT_FILENO, STDERR_FILENO);
    }
    execv(program, words);
    complain("could not execute \"%s\": %s", program, strerror(errno));
    _exit(127);
}

/* The options of the last start, for restart. */
static void
save_options(void)
{
    FILE *file = fopen(path_in_data_dir("postmaster.opts"), "we");

    if (!file)
        return;
    fprintf(file, "%s\n", ctl.options ? ctl.options : "");
    fclose(file);
}

static void
load_options(void)
{
    static char line[PATH_CHARS_MAX];
    FILE *file = fopen(path_in_data_dir("postmaster.opts"), "re");

    if (!file)
        return;
    if (fgets(line, sizeof line, file)) {
        line[strcspn(line, "\n")] = '\0';
        ctl.options = line;
    }
    fclose(file);
}

static int
do_start(void)
{
    pid_t old = server_pid(), pid;
    double end = now_s() + ctl.timeout_s;
    int status;

    if (is_alive(old))
        complain("another server might be running; trying to start server anyway");
    pid = spawn_server();
    if (pid < 0) {
        complain("could not start server: %s", strerror(errno));
        return 1;
    }
    save_options();
    if (!ctl.wait) {
        say("server starting\n");
        return 0;
    }
    say("waiting for server to start...");
    for (;;) {
        if (waitpid(pid, &status, WNOHANG) == pid) {
            say(" stopped waiting\n");
            complain("could not start server\nExamine the log output.");
            return 1;
        }
        if (is_ready(pid))
            break;
        if (now_s() > end) {
            say(" stopped waiting\n");
            complain("server did not start in time");
            return 1;
        }
        usleep(LOOK_AGAIN_US);
    }
    say(" done\nserver started\n");
    return 0;
}

/* ---- stop ---- */

static bool
wait_for_end(pid_t pid)
{
    int fd = (int) syscall(SYS_pidfd_open, pid, 0);
    double end = now_s() + ctl.timeout_s;
    struct pollfd poll_fd = {.fd = fd, .events = POLLIN};

    if (fd >= 0) {
        int rc = poll(&poll_fd, 1, ctl.timeout_s * 1000);

        close(fd);
        return rc > 0;
    }
    while (is_alive(pid) && now_s() < end)
        usleep(LOOK_AGAIN_US);
    return !is_alive(pid);
}

static int
no_server(const char *what)
{
    complain("PID file \"%s\" does not exist", path_in_data_dir("postmaster.pid"));
    fprintf(stderr, "Is server running?\n");
    if (what)
        fprintf(stderr, "%s\n", what);
    return 1;
}

static int
do_stop(void)
{
    static const int signals[] = {SIGTERM, SIGINT, SIGQUIT};
    pid_t pid = server_pid();

    if (pid == 0)
        return no_server(NULL);
    if (kill(pid, signals[ctl.mode]) != 0) {
        complain("could not send stop signal (PID: %d): %s", (int) pid, strerror(errno));
        return 1;
    }
    if (!ctl.wait) {
        say("server shutting down\n");
        return 0;
    }
    say("waiting for server to shut down...");
    if (!wait_for_end(pid)) {
        say(" failed\n");
        complain("server does not shut down");
        if (ctl.mode == STOP_SMART)
            fprintf(stderr, "HINT: The \"-m fast\" option immediately disconnects sessions rather "
                            "than\nwaiting for session-initiated disconnection.\n");
        return 1;
    }
    say(" done\nserver stopped\n");
    return 0;
}

static int
do_restart(void)
{
    pid_t pid = server_pid();

    if (!ctl.options)
        load_options();
    if (pid == 0) {
        no_server("trying to start server anyway");
        return do_start();
    }
    if (is_alive(pid)) {
        ctl.wait = true;
        int rc = do_stop();

        if (rc != 0)
            return rc;
    } else {
        complain("old server process (PID: %d) seems to be gone", (int) pid);
        fprintf(stderr, "starting server anyway\n");
    }
    return do_start();
}

/* ---- others ---- */

static int
do_reload(void)
{
    pid_t pid = server_pid();

    if (pid == 0)
        return no_server(NULL);
    if (kill(pid, SIGHUP) != 0) {
        complain("could not send reload signal (PID: %d): %s", (int) pid, strerror(errno));
        return 1;
    }
    say("server signaled\n");
    return 0;
}

static void
print_command_line(pid_t pid)
{
    char path[64], text[PATH_CHARS_MAX];
    int fd;
    ssize_t length;

    snprintf(path, sizeof path, "/proc/%d/cmdline", (int) pid);
    fd = open(path, O_RDONLY | O_CLOEXEC);
    length = fd < 0 ? -1 : read(fd, text, sizeof text - 1);
    if (fd >= 0)
        close(fd);
    if (length <= 0)
        return;
    for (ssize_t i = 0; i + 1 < length; i++)
        if (text[i] == '\0')
            text[i] = ' ';
    text[length] = '\0';
    say("%s\n", text);
}

static int
do_status(void)
{
    pid_t pid = server_pid();

    if (is_alive(pid)) {
        say("sengi-ctl: server is running (PID: %d)\n", (int) pid);
        print_command_line(pid);
        return 0;
    }
    say("sengi-ctl: no server running\n");
    return 3;
}

static int
do_kill(const char *name, const char *pid_text)
{
    static const struct {
        const char *name;
        int number;
    } signals[] = {{"HUP", SIGHUP},   {"INT", SIGINT},   {"QUIT", SIGQUIT}, {"ABRT", SIGABRT},
                   {"KILL", SIGKILL}, {"TERM", SIGTERM}, {"USR1", SIGUSR1}, {"USR2", SIGUSR2}};
    pid_t pid = (pid_t) strtol(pid_text, NULL, 10);

    for (size_t i = 0; i < lengthof(signals); i++)
        if (strcmp(signals[i].name, name) == 0) {
            if (kill(pid, signals[i].number) == 0)
                return 0;
            complain("could not send signal %d (PID: %d): %s", signals[i].number, (int) pid,
                     strerror(errno));
            return 1;
        }
    complain("unrecognized signal name \"%s\"", name);
    return 1;
}

/* ---- command line ---- */

static const struct option long_options[] = {
    {"help", no_argument, NULL, '?'},        {"version", no_argument, NULL, 'V'},
    {"log", required_argument, NULL, 'l'},   {"mode", required_argument, NULL, 'm'},
    {"pgdata", required_argument, NULL, 'D'}, {"options", required_argument, NULL, 'o'},
    {"silent", no_argument, NULL, 's'},      {"timeout", required_argument, NULL, 't'},
    {"core-files", no_argument, NULL, 'c'},  {"wait", no_argument, NULL, 'w'},
    {"no-wait", no_argument, NULL, 'W'},     {NULL, 0, NULL, 0},
};

static void
set_mode(const char *name)
{
    if (strcmp(name, "s") == 0 || strcmp(name, "smart") == 0)
        ctl.mode = STOP_SMART;
    else if (strcmp(name, "f") == 0 || strcmp(name, "fast") == 0)
        ctl.mode = STOP_FAST;
    else if (strcmp(name, "i") == 0 || strcmp(name, "immediate") == 0)
        ctl.mode = STOP_IMMEDIATE;
    else {
        complain("unrecognized shutdown mode \"%s\"", name);
        fprintf(stderr, "Try \"sengi-ctl --help\" for more information.\n");
        exit(1);
    }
}

static void
set_data_dir(const char *path)
{
    if (path && !realpath(path, ctl.data_dir))
        snprintf(ctl.data_dir, sizeof ctl.data_dir, "%s", path);
}

static void
need_data_dir(const char *command)
{
    struct stat status;

    if (!ctl.data_dir[0])
        set_data_dir(getenv("PGDATA"));
    if (!ctl.data_dir[0])
        fail("no database directory specified and environment variable PGDATA unset\n"
             "Try \"sengi-ctl --help\" for more information.");
    if (stat(ctl.data_dir, &status) != 0) {
        complain(errno == ENOENT ? "directory \"%s\" does not exist"
                                 : "could not access directory \"%s\"", ctl.data_dir);
        exit(strcmp(command, "status") == 0 ? 4 : 1);
    }
    if (access(path_in_data_dir("PG_VERSION"), F_OK) != 0) {
        complain("directory \"%s\" is not a database cluster directory", ctl.data_dir);
        exit(strcmp(command, "status") == 0 ? 4 : 1);
    }
}

static int
run(const char *command, int argc, char **argv)
{
    if (strcmp(command, "kill") == 0)
        return argc == 2 ? do_kill(argv[0], argv[1])
                         : (complain("missing arguments for kill mode"), 1);
    need_data_dir(command);
    if (strcmp(command, "start") == 0)
        return do_start();
    if (strcmp(command, "stop") == 0)
        return do_stop();
    if (strcmp(command, "restart") == 0)
        return do_restart();
    if (strcmp(command, "reload") == 0)
        return do_reload();
    if (strcmp(command, "status") == 0)
        return do_status();
    complain("unrecognized operation mode \"%s\"", command);
    fprintf(stderr, "Try \"sengi-ctl --help\" for more information.\n");
    return 1;
}

int
main(int argc, char **argv)
{
    int option;

    if (argc > 1 && (strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "-?") == 0)) {
        help();
        return 0;
    }
    if (argc > 1 && (strcmp(argv[1], "--version") == 0 || strcmp(argv[1], "-V") == 0)) {
        puts("sengi-ctl (Sengi " SENGI_VERSION ", compatible with PostgreSQL) " PG_VERSION_COMPAT);
        return 0;
    }
    umask(0077);
    while ((option = getopt_long(argc, argv, "cD:e:l:m:N:o:p:P:sS:t:U:wW", long_options, NULL)) !=
           -1)
        switch (option) {
        case 'D': set_data_dir(optarg); break;
        case 'l': ctl.log_file = optarg; break;
        case 'm': set_mode(optarg); break;
        case 'o': ctl.options = optarg; break;
        case 'p': ctl.program = optarg; break;
        case 's': ctl.silent = true; break;
        case 't': ctl.timeout_s = atoi(optarg); break;
        case 'w': ctl.wait = true; break;
        case 'W': ctl.wait = false; break;
        case 'c': break;
        default:
            fprintf(stderr, "Try \"sengi-ctl --help\" for more information.\n");
            return 1;
        }
    if (optind >= argc) {
        complain("no operation specified");
        fprintf(stderr, "Try \"sengi-ctl --help\" for more information.\n");
        return 1;
    }

    const char *command = argv[optind++];

    return run(command, argc - optind, argv + optind);
}
