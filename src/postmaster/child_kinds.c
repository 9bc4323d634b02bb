/*
 * child_kinds.c - one row per kind of child
 */
#include <signal.h>

#include "aux/aux.h"
#include "postmaster_int.h"
#include "protocol/backend.h"

static void
run_startup(const ChildStart *start)
{
    aux_startup_main();
}

static void
run_checkpointer(const ChildStart *start)
{
    aux_checkpointer_main();
}

static void
run_bgwriter(const ChildStart *start)
{
    aux_bgwriter_main();
}

static void
run_walwriter(const ChildStart *start)
{
    aux_walwriter_main();
}

static void
run_backend(const ChildStart *start)
{
    static const BackendAdmission admissions[] = {
        [ADMIT_YES] = BACKEND_ADMITTED,
        [ADMIT_STARTING] = BACKEND_REFUSED_STARTING,
        [ADMIT_RECOVERING] = BACKEND_REFUSED_RECOVERING,
        [ADMIT_SHUTTING_DOWN] = BACKEND_REFUSED_SHUTTING_DOWN,
    };

    backend_main(start->client_fd, admissions[start->admission]);
}

const ChildKindRow child_kinds[CHILD_KIND_COUNT] = {
    [CHILD_STARTUP] = {.name = "startup process", .title = "startup", .main = run_startup,
                       .stop_signal = SIGTERM},
    [CHILD_CHECKPOINTER] = {.name = "checkpointer process", .title = "checkpointer",
                            .main = run_checkpointer, .restarted = true, .stop_signal = SIGUSR2},
    [CHILD_BGWRITER] = {.name = "background writer process", .title = "background writer",
                        .main = run_bgwriter, .restarted = true, .exit_1_is_ok = true,
                        .stop_signal = SIGTERM},
    [CHILD_WALWRITER] = {.name = "WAL writer process", .title = "walwriter",
                         .main = run_walwriter, .restarted = true, .exit_1_is_ok = true,
                         .stop_signal = SIGTERM},
    [CHILD_BACKEND] = {.name = "server process", .main = run_backend, .exit_1_is_ok = true,
                       .stop_signal = SIGTERM},
};
