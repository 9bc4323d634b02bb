/*
 * auth.c - proves that the client is the role it names
 *
 * Errors     throws FATAL 28000 or 28P01 with PostgreSQL's words; the log's detail says why, the
 *            client is not told
 */
#include <pwd.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "catalog/catalog.h"
#include "config/settings.h"
#include "error/error.h"
#include "memory/memory.h"
#include "protocol/hba.h"
#include "protocol_int.h"
#include "sync/timeout.h"

static const char *
method_name(AuthMethod method)
{
    switch (method) {
    case AUTH_SCRAM:
    case AUTH_PASSWORD:
        return "password";
    case AUTH_PEER:
        return "Peer";
    case AUTH_TRUST:
        return "\"trust\"";
    default:
        return "";
    }
}

static _Noreturn void
refuse(const StartupParameters *parameters, HbaMatch match, const char *log_detail)
{
    const char *user = parameters->user;
    const char *place = psprintf("Connection matched pg_hba.conf line %d", match.line_number);
    int code = match.method == AUTH_SCRAM || match.method == AUTH_PASSWORD
                   ? ERRCODE_INVALID_PASSWORD
                   : ERRCODE_INVALID_AUTHORIZATION_SPECIFICATION;

    ereport(FATAL, (errcode(code),
                    errmsg("%s authentication failed for user \"%s\"", method_name(match.method),
                           user),
                    errdetail_log("%s%s%s", log_detail ? log_detail : "", log_detail ? "\n" : "",
                                  place)));
    abort();
}

static _Noreturn void
refuse_by_rule(const StartupParameters *parameters, HbaMatch match)
{
    const char *user = parameters->user, *database = parameters->database;
    bool explicit = match.method == AUTH_REJECT;

    ereport(FATAL,
            (errcode(ERRCODE_INVALID_AUTHORIZATION_SPECIFICATION),
             explicit ? errmsg("pg_hba.conf rejects connection for host \"%s\", user \"%s\", "
                               "database \"%s\", %s",
                               wire_client_host(), user, database, "no encryption")
                      : errmsg("no pg_hba.conf entry for host \"%s\", user \"%s\", "
                               "database \"%s\", %s",
                               wire_client_host(), user, database, "no encryption")));
    abort();
}

/* The system user at the other end of a Unix socket. */
static const char *
peer_name(void)
{
    struct ucred peer;
    socklen_t length = sizeof peer;

    if (getsockopt(wire_fd(), SOL_SOCKET, SO_PEERCRED, &peer, &length) != 0)
        ereport(FATAL, (errcode_for_socket_access(),
                        errmsg("could not get peer credentials: %m")));

    struct passwd *entry = getpwuid(peer.uid);

    if (!entry)
        ereport(FATAL, (errmsg("could not look up local user ID %ld: %s", (long) peer.uid,
                               "user does not exist")));
    return pstrdup(entry->pw_name);
}

/* The role's verifier; NULL with the reason for the log when no password can be right. */
static const char *
find_verifier(const char *user, const char **ret_reason)
{
    const RoleInfo *role = catalog_role_by_name(user);

    if (!role) {
        *ret_reason = psprintf("Role \"%s\" does not exist.", user);
        return NULL;
    }
    if (!role->rolpassword) {
        *ret_reason = psprintf("User \"%s\" has no password assigned.", user);
        return NULL;
    }
    if (role->rolvaliduntil_is_set && role->rolvaliduntil < GetCurrentTimestamp()) {
        *ret_reason = psprintf("User \"%s\" has an expired password.", user);
        return NULL;
    }
    return role->rolpassword;
}

static void
check_password(const StartupParameters *parameters, HbaMatch match)
{
    const char *reason = NULL;
    const char *verifier = find_verifier(parameters->user, &reason);
    bool proved;

    if (match.method == AUTH_SCRAM) {
        proved = scram_authenticate(parameters->user, verifier);
    } else {
        WireMessage message;

        wire_begin('R');
        wire_put_int32(3);
        wire_end();
        wire_flush();
        if (!wire_read_message(&message))
            proc_exit_quietly();
        if (message.type != 'p')
            ereport(FATAL, (errcode(ERRCODE_PROTOCOL_VIOLATION),
                            errmsg("expected password response, got message type %d",
                                   message.type)));

        const char *password = wire_get_string(&message);

        if (!password[0])
            ereport(FATAL, (errcode(ERRCODE_INVALID_PASSWORD),
                            errmsg("empty password returned by client")));
        proved = verifier && scram_password_matches(password, verifier);
    }
    if (!proved)
        refuse(parameters, match,
               reason ? reason
                      : psprintf("Password does not match for user \"%s\".", parameters->user));
}

static void
send_ok(void)
{
    wire_begin('R');
    wire_put_int32(0);
    wire_end();
}

void
auth_check(const StartupParameters *parameters)
{
    HbaMatch match =
        hba_find(wire_client_address(), parameters->database, parameters->user);

    switch (match.method) {
    case AUTH_REJECT:
    case AUTH_IMPLICIT_REJECT:
        refuse_by_rule(parameters, match);
    case AUTH_TRUST:
        break;
    case AUTH_PEER: {
        const char *peer = peer_name();

        if (!hba_ident_allows(match.ident_map, peer, parameters->user))
            refuse(parameters, match,
                   psprintf("provided user name (%s) and authenticated user name (%s) do not match",
                            parameters->user, peer));
        break;
    }
    case AUTH_SCRAM:
    case AUTH_PASSWORD:
        check_password(parameters, match);
        break;
    }
    if (Log_connections)
        ereport(LOG, (errmsg("connection authorized: user=%s database=%s", parameters->user,
                             parameters->database)));
    send_ok();
}
