/*
 * server.h - the whole server put together; shared by main.c and its neighbours
 */
#ifndef BACKEND_SERVER_H
#define BACKEND_SERVER_H

#include "base/base.h"

/* Every room's settings, shared areas and hooks, in the order of the rooms. */
void server_register(void);

/* In a process that is alone: a slot, caches, a session without a client. */
void standalone_attach(void);

/* Makes the template that initdb unpacks, in an empty directory. */
int bootstrap_run(const char *data_dir, const char *share_dir);

/* Gives an unpacked template its own identity: superuser's name and password, a system id. */
typedef struct SetupOptions {
    const char *superuser;
    const char *password; /* verifier or NULL */
    const char *locale;
} SetupOptions;
int setup_run(const SetupOptions *options);

/* SQL from standard input, or from a file, one statement after another. */
int single_run(const char *database);
void run_sql_file(const char *path);

#endif
