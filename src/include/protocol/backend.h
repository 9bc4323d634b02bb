/*
 * backend.h - a process that serves one client, from accept to exit
 */
#ifndef PROTOCOL_BACKEND_H
#define PROTOCOL_BACKEND_H

#include "base/base.h"

/* Whether the server serves, decided by the postmaster when it accepted. */
typedef enum BackendAdmission {
    BACKEND_ADMITTED,
    BACKEND_REFUSED_STARTING,
    BACKEND_REFUSED_RECOVERING,
    BACKEND_REFUSED_SHUTTING_DOWN,
} BackendAdmission;

/* Secrets and hooks of this room; once at start, before the first fork. */
void protocol_register(void);

/* Serves the client on fd. Called in a fresh child with all signals blocked; does not return. */
_Noreturn void backend_main(int fd, BackendAdmission admission);

#endif
