/*
 * listen.c - the sockets that clients connect to
 *
 * Errors     throws FATAL when no socket at all could be made; one that fails beside others that
 *            work is a WARNING, as in PostgreSQL
 */
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "config/settings.h"
#include "error/error.h"
#include "memory/list.h"
#include "memory/memory.h"
#include "postmaster_int.h"

static struct {
    int fds[LISTEN_SOCKET_COUNT_MAX];
    int count;
    List *socket_paths; /* to be unlinked at the end */
    char first_dir[sizeof(((struct sockaddr_un *) 0)->sun_path)];
    char first_host[256];
} listening;

/* How many connections the kernel holds ready for us. */
static int
backlog(void)
{
    return Min(2 * MaxConnections + 16, SOMAXCONN);
}

static void
add_socket(int fd)
{
    if (listening.count == LISTEN_SOCKET_COUNT_MAX) {
        close(fd);
        ereport(FATAL, (errcode(ERRCODE_CONFIGURATION_LIMIT_EXCEEDED),
                        errmsg("too many listening sockets"),
                        errdetail("At most %d are supported.", LISTEN_SOCKET_COUNT_MAX)));
    }
    listening.fds[listening.count++] = fd;
}

/* Splits "a, 'b c', d" at its commas; blanks around a name and double quotes go. */
static List *
split_names(const char *text)
{
    List *names = NIL;

    while (*text) {
        const char *end = strchrnul(text, ',');
        const char *first = text, *last = end;

        while (first < last && (*first == ' ' || *first == '\t'))
            first++;
        while (last > first && (last[-1] == ' ' || last[-1] == '\t'))
            last--;
        if (last - first >= 2 && *first == '"' && last[-1] == '"')
            first++, last--;
        if (last > first)
            names = lappend(names, pnstrdup(first, (Size) (last - first)));
        text = *end ? end + 1 : end;
    }
    return names;
}

/* Unix_socket_group: a name or a number; nothing when it is empty. */
static void
set_socket_group(const char *path)
{
    if (!Unix_socket_group || !Unix_socket_group[0])
        return;

    char *end;
    unsigned long number = strtoul(Unix_socket_group, &end, 10);
    gid_t gid = (gid_t) number;

    if (*end) {
        struct group *group = getgrnam(Unix_socket_group);

        if (!group)
            ereport(FATAL,
                    (errmsg("group \"%s\" does not exist", Unix_socket_group)));
        gid = group->gr_gid;
    }
    if (chown(path, (uid_t) -1, gid) != 0)
        ereport(FATAL, (errcode_for_file_access(),
                        errmsg("could not set group of file \"%s\": %m", path)));
}

static bool
open_unix(const char *dir)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    char *path = psprintf("%s/.s.PGSQL.%d", dir, PostPortNumber);

    if (strlen(path) >= sizeof address.sun_path) {
        ereport(WARNING,
                (errmsg("Unix-domain socket path \"%s\" is too long (maximum %d bytes)", path,
                        (int) sizeof address.sun_path - 1)));
        return false;
    }
    strcpy(address.sun_path, path);
    lockfile_take_socket(path);
    unlink(path); /* its lock is ours: whoever made it is gone */

    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);

    if (fd < 0 || bind(fd, (struct sockaddr *) &address, sizeof address) != 0 ||
        listen(fd, backlog()) != 0) {
        ereport(WARNING, (errcode_for_socket_access(),
                          errmsg("could not bind Unix address \"%s\": %m", path)));
        if (fd >= 0)
            close(fd);
        return false;
    }
    set_socket_group(path);
    if (chmod(path, (mode_t) Unix_socket_permissions) != 0)
        ereport(FATAL, (errcode_for_file_access(),
                        errmsg("could not set permissions of file \"%s\": %m", path)));
    add_socket(fd);
    listening.socket_paths = lappend(listening.socket_paths, path);
    if (!listening.first_dir[0])
        snprintf(listening.first_dir, sizeof listening.first_dir, "%s", dir);
    ereport(LOG, (errmsg("listening on Unix socket \"%s\"", path)));
    return true;
}

static int
open_tcp_address(const struct addrinfo *info)
{
    const int on = 1;
    int fd = socket(info->ai_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);

    if (fd < 0)
        return -1;
    setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    if (info->ai_family == AF_INET6)
        setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &on, sizeof on);
    if (bind(fd, info->ai_addr, info->ai_addrlen) == 0 && listen(fd, backlog()) == 0)
        return fd;

    int saved_errno = errno;

    close(fd);
    errno = saved_errno;
    return -1;
}

static bool
open_tcp(const char *host)
{
    struct addrinfo hints = {.ai_flags = AI_PASSIVE, .ai_socktype = SOCK_STREAM};
    struct addrinfo *list = NULL;
    char port[16];
    bool opened = false;

    snprintf(port, sizeof port, "%d", PostPortNumber);
    int rc = getaddrinfo(strcmp(host, "*") == 0 ? NULL : host, port, &hints, &list);

    if (rc != 0) {
        ereport(LOG, (errmsg("could not translate host name \"%s\", service \"%s\" to address: %s",
                             host, port, gai_strerror(rc))));
        return false;
    }
    for (struct addrinfo *info = list; info; info = info->ai_next) {
        char address[INET6_ADDRSTRLEN + 1] = "";
        int fd = open_tcp_address(info);

        getnameinfo(info->ai_addr, info->ai_addrlen, address, sizeof address, NULL, 0,
                    NI_NUMERICHOST);
        if (fd < 0) {
            ereport(LOG, (errcode_for_socket_access(),
                          errmsg("could not bind %s address \"%s\": %m",
                                 info->ai_family == AF_INET6 ? "IPv6" : "IPv4", address),
                          errno == EADDRINUSE
                              ? errhint("Is another postmaster already running on port %d? If "
                                        "not, wait a few seconds and retry.",
                                        PostPortNumber)
                              : 0));
            continue;
        }
        add_socket(fd);
        opened = true;
        ereport(LOG, (errmsg("listening on %s address \"%s\", port %d",
                             info->ai_family == AF_INET6 ? "IPv6" : "IPv4", address,
                             PostPortNumber)));
    }
    freeaddrinfo(list);
    if (opened && !listening.first_host[0])
        snprintf(listening.first_host, sizeof listening.first_host, "%s", host);
    else if (!opened)
        ereport(WARNING, (errmsg("could not create listen socket for \"%s\"", host)));
    return opened;
}

/*
 * Opens every socket that the settings name. Returns how many; throws FATAL for none, or when
 * each of a kind that was asked for failed.
 */
int
listen_open_all(int ret_fds[LISTEN_SOCKET_COUNT_MAX])
{
    List *hosts = split_names(ListenAddresses);
    List *dirs = split_names(Unix_socket_directories);
    ListCell *cell;
    int opened = 0;

    foreach (cell, hosts)
        opened += open_tcp(lfirst(cell));
    if (hosts != NIL && opened == 0)
        ereport(FATAL, (errmsg("could not create any TCP/IP sockets")));
    opened = 0;
    foreach (cell, dirs)
        opened += open_unix(lfirst(cell));
    if (dirs != NIL && opened == 0)
        ereport(FATAL, (errmsg("could not create any Unix-domain sockets")));
    if (listening.count == 0)
        ereport(FATAL, (errmsg("no socket created for listening")));
    memcpy(ret_fds, listening.fds, sizeof(int) * (Size) listening.count);
    return listening.count;
}

/* A child needs none of them. */
void
listen_close_in_child(void)
{
    for (int i = 0; i < listening.count; i++)
        close(listening.fds[i]);
    listening.count = 0;
}

void
listen_close_all(void)
{
    ListCell *cell;

    listen_close_in_child();
    foreach (cell, listening.socket_paths)
        unlink(lfirst(cell));
    listening.socket_paths = NIL;
    lockfile_release_sockets();
}

const char *
listen_first_socket_dir(void)
{
    return listening.first_dir;
}

const char *
listen_first_host(void)
{
    return listening.first_host;
}
