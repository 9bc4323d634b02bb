/*
 * postmaster_int.h - shared by the files of the supervisor, by nobody else
 */
#ifndef POSTMASTER_INT_H
#define POSTMASTER_INT_H

#include <sys/types.h>
#include <uv.h>

#include "base/ilist.h"
#include "postmaster/postmaster.h"

#define LISTEN_SOCKET_COUNT_MAX 64
#define ACCEPTS_PER_WAKEUP_MAX 32

/* One running child. Owned by the postmaster alone; freed when the child is reaped. */
typedef struct Child {
    dlist_node link;
    pid_t pid;
    ChildKind kind;
} Child;

/* What a child is started with; lives until the fork has returned in the parent. */
typedef struct ChildStart {
    ChildKind kind;
    int client_fd; /* the accepted socket of a backend, else -1 */
    Admission admission;
} ChildStart;

/* One row per child kind: how it is started, what its death means, when it is ended. */
typedef struct ChildKindRow {
    const char *name;  /* in log lines */
    const char *title; /* in the process list; NULL: the child sets its own */
    void (*main)(const ChildStart *start);
    bool restarted;     /* started again when it ends while the server runs */
    bool exit_1_is_ok;  /* exit status 1 is an ordinary FATAL, not a crash */
    int stop_signal;    /* asks it to end in a fast stop */
} ChildKindRow;

extern const ChildKindRow child_kinds[CHILD_KIND_COUNT];

/* listen.c */
int listen_open_all(int ret_fds[LISTEN_SOCKET_COUNT_MAX]);
void listen_close_in_child(void);
void listen_close_all(void);
const char *listen_first_socket_dir(void);
const char *listen_first_host(void);

/* lockfile.c */
void lockfile_take_data_directory(void);
void lockfile_write_pid_file(const char *status);
bool lockfile_is_still_ours(void);
void lockfile_remove(void);
void lockfile_take_socket(const char *socket_path);
void lockfile_release_sockets(void);
int lockfile_data_directory_fd(void);

/* spawn.c: returns the pid, or -1 with the failure logged. */
pid_t spawn_child(const ChildStart *start);

#endif
