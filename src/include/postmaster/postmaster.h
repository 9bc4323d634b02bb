/*
 * postmaster.h - the supervisor's entry point and what a child may know of it
 *
 * Read first postmaster/README.md.
 */
#ifndef POSTMASTER_POSTMASTER_H
#define POSTMASTER_POSTMASTER_H

#include "base/base.h"

/* Every kind of process the postmaster starts; the rows of child_kinds.c are in this order. */
typedef enum ChildKind {
    CHILD_STARTUP,
    CHILD_CHECKPOINTER,
    CHILD_BGWRITER,
    CHILD_WALWRITER,
    CHILD_BACKEND,
    CHILD_KIND_COUNT
} ChildKind;

/* What a newly connected client is told; set in the postmaster before each fork. */
typedef enum Admission {
    ADMIT_YES,
    ADMIT_STARTING,      /* 57P03: the database system is starting up */
    ADMIT_RECOVERING,    /* 57P03: the database system is in recovery mode */
    ADMIT_SHUTTING_DOWN, /* 57P03: the database system is shutting down */
} Admission;

/*
 * Runs the server until it is told to stop. The settings are read, the working directory is the
 * data directory. Returns the exit status: 0 after a clean stop, 1 when it could not start.
 */
int postmaster_run(bool allow_root);

/* Writes the title that ps shows: "sengi: " and the words given. */
void postmaster_set_title(const char *kind);

#endif
