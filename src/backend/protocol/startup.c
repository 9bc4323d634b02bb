/*
 * startup.c - the start-up packet: encryption requests, cancel requests, parameters
 *
 * Errors     throws FATAL with PostgreSQL's words; a client that says nothing sensible before
 *            its first whole packet is closed without an answer, as a port scanner is
 */
#include <string.h>

#include "error/error.h"
#include "memory/memory.h"
#include "protocol_int.h"
#include "sync/procsignal.h"

#define CANCEL_REQUEST_CODE 80877102
#define SSL_REQUEST_CODE 80877103
#define GSSENC_REQUEST_CODE 80877104
#define UNKNOWN_OPTIONS_MAX 64

/* Protocol options we were asked for and do not know, as NegotiateProtocolVersion lists them. */
static void
negotiate_version(const char *const *unknown, int count)
{
    wire_begin('v');
    wire_put_int32((PROTOCOL_VERSION_MAJOR << 16) | PROTOCOL_VERSION_MINOR);
    wire_put_int32((uint32) count);
    for (int i = 0; i < count; i++)
        wire_put_string(unknown[i]);
    wire_end();
}

static void
store_parameter(StartupParameters *parameters, const char *name, const char *value)
{
    if (strcmp(name, "user") == 0)
        parameters->user = pstrdup(value);
    else if (strcmp(name, "database") == 0)
        parameters->database = pstrdup(value);
    else if (strcmp(name, "options") == 0)
        parameters->options = pstrdup(value);
    else if (strcmp(name, "replication") == 0) {
        if (strcmp(value, "false") != 0 && strcmp(value, "off") != 0 && strcmp(value, "0") != 0 &&
            strcmp(value, "no") != 0)
            ereport(FATAL, (errcode(ERRCODE_FEATURE_NOT_SUPPORTED),
                            errmsg("replication connections are not supported")));
    } else
        parameters->settings = lappend(lappend(parameters->settings, pstrdup(name)),
                                       pstrdup(value));
}

static void
read_parameters(WireMessage *packet, int minor, StartupParameters *ret_parameters)
{
    const char *unknown[UNKNOWN_OPTIONS_MAX];
    int unknown_count = 0;

    for (;;) {
        const char *name = wire_get_string(packet);

        if (!name[0])
            break;

        const char *value = wire_get_string(packet);

        if (strncmp(name, "_pq_.", 5) == 0) {
            if (unknown_count < UNKNOWN_OPTIONS_MAX)
                unknown[unknown_count++] = name;
        } else {
            store_parameter(ret_parameters, name, value);
        }
    }
    if (packet->cursor != packet->length)
        ereport(FATAL, (errcode(ERRCODE_PROTOCOL_VIOLATION),
                        errmsg("invalid startup packet layout: expected terminator as last "
                               "byte")));
    if (minor > PROTOCOL_VERSION_MINOR || unknown_count > 0)
        negotiate_version(unknown, unknown_count);
}

static void
check_identity(StartupParameters *parameters)
{
    if (!parameters->user || !parameters->user[0])
        ereport(FATAL, (errcode(ERRCODE_INVALID_AUTHORIZATION_SPECIFICATION),
                        errmsg("no PostgreSQL user name specified in startup packet")));
    if (!parameters->database || !parameters->database[0])
        parameters->database = pstrdup(parameters->user);
    if (strlen(parameters->database) >= NAMEDATALEN)
        parameters->database[NAMEDATALEN - 1] = '\0';
    if (strlen(parameters->user) >= NAMEDATALEN)
        parameters->user[NAMEDATALEN - 1] = '\0';
}

static void
cancel(WireMessage *packet)
{
    int32 pid, key;

    if (packet->length != 12)
        return;
    pid = wire_get_int32(packet);
    key = wire_get_int32(packet);
    if (!procsignal_send_cancel(pid, key))
        ereport(LOG, (errmsg("wrong key in cancel request for process %d", pid)));
}

bool
startup_read(StartupParameters *ret_parameters)
{
    WireMessage packet;
    bool ssl_asked = false, gss_asked = false;

    memset(ret_parameters, 0, sizeof *ret_parameters);
    for (;;) {
        if (!wire_read_startup(&packet, STARTUP_PACKET_BYTES_MAX))
            return false;

        int32 version = wire_get_int32(&packet);

        if (version == CANCEL_REQUEST_CODE) {
            cancel(&packet);
            return false;
        }
        if ((version == SSL_REQUEST_CODE && !ssl_asked) ||
            (version == GSSENC_REQUEST_CODE && !gss_asked)) {
            if (wire_has_buffered_input())
                ereport(FATAL, (errcode(ERRCODE_PROTOCOL_VIOLATION),
                                errmsg("received unencrypted data after %s request",
                                       version == SSL_REQUEST_CODE ? "SSL" : "GSSAPI encryption"),
                                errdetail("This could be either a client-software bug or evidence "
                                          "of an attempted man-in-the-middle attack.")));
            ssl_asked |= version == SSL_REQUEST_CODE;
            gss_asked |= version == GSSENC_REQUEST_CODE;
            wire_send_raw_byte('N');
            continue;
        }
        if (version >> 16 != PROTOCOL_VERSION_MAJOR)
            ereport(FATAL, (errcode(ERRCODE_FEATURE_NOT_SUPPORTED),
                            errmsg("unsupported frontend protocol %u.%u: server supports %u.0 to "
                                   "%u.%u",
                                   (unsigned) version >> 16, version & 0xffff,
                                   PROTOCOL_VERSION_MAJOR, PROTOCOL_VERSION_MAJOR,
                                   PROTOCOL_VERSION_MINOR)));
        read_parameters(&packet, version & 0xffff, ret_parameters);
        check_identity(ret_parameters);
        return true;
    }
}
