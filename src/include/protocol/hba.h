/*
 * hba.h - who may connect from where, and how they must prove it (pg_hba.conf, pg_ident.conf)
 */
#ifndef PROTOCOL_HBA_H
#define PROTOCOL_HBA_H

#include <sys/socket.h>

#include "base/base.h"

typedef enum AuthMethod {
    AUTH_REJECT,
    AUTH_IMPLICIT_REJECT, /* no line matched */
    AUTH_TRUST,
    AUTH_PASSWORD, /* clear text, checked against the verifier */
    AUTH_SCRAM,    /* scram-sha-256, also for md5: no md5 verifier exists here */
    AUTH_PEER,
} AuthMethod;

typedef struct HbaMatch {
    AuthMethod method;
    const char *ident_map; /* NULL: the names must be equal */
    int line_number;
} HbaMatch;

/*
 * Reads both files. On any error the old rules stay, the errors are logged with file and line,
 * and false is returned; with elevel FATAL it does not return then. Called by the postmaster at
 * start and at SIGHUP; backends inherit the result.
 */
bool hba_load(int elevel);

/* The first line that matches this client. Cannot fail: no match is AUTH_IMPLICIT_REJECT. */
HbaMatch hba_find(const struct sockaddr_storage *client, const char *database, const char *user);

/* Whether pg_ident.conf lets the system user connect as the role. */
bool hba_ident_allows(const char *map, const char *system_user, const char *role);

/* A role's memberships, for "+group" entries; registered by backend.c since it reads catalogs. */
typedef bool (*HbaMemberCheck)(const char *role, const char *group);
void hba_set_member_check(HbaMemberCheck check);

#endif
